"""The work handed in at the demo company fills the forms of its tracks, row by row."""

import re
from pathlib import Path

import pytest
import yaml

from app.banks.loader import load_tree

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "app" / "demo" / "data"
BANKS = ROOT / "question_banks"
WORKS = [
    work
    for name in ("workshop.yaml", "growth-plan.yaml")
    for work in yaml.safe_load((DATA / name).read_text(encoding="utf-8"))["works"]
]
TRACKS = {file.track.id: file.track for file in load_tree([BANKS / "tracks"]) if file.track}
TRACEABLE = re.compile(r"1[3-9]\d{9}|\S+@\S+|https?:")


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work["id"])
def test_a_work_fills_every_row_of_its_form_and_names_nobody(work) -> None:
    track = TRACKS[work["track"]]
    activity = next(one for one in track.activities if one.id == work["activity"])
    form = track.forms[activity.form]
    assert list(work["body"]) == [row.id for row in form.rows]
    for row in form.rows:
        said = work["body"][row.id]
        assert set(said) == set(work["title"])
        for text in said.values():
            assert len("".join(text.split())) >= (row.least or 0), row.id
            assert not TRACEABLE.search(text)


def test_there_are_two_cases_three_cards_and_a_plan() -> None:
    kinds = sorted(work["kind"] for work in WORKS)
    assert kinds == ["case", "case", "method", "method", "method", "plan"]


def test_the_demo_loads_its_own_quiz_and_walks_past_the_works() -> None:
    assert [Path(one.file).name for one in load_tree([DATA])] == ["monthly-quiz.yaml"]
