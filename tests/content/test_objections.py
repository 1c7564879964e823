"""The shipped objection library: it is published as it stands, and the banks walk past it."""

from datetime import UTC, datetime
from pathlib import Path

from app.banks.loader import load_path, load_tree
from app.knowledge import queries, services

BANKS = Path(__file__).resolve().parents[2] / "question_banks"
FILE = BANKS / "objections.yaml"
NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)


def test_every_objection_is_published_whole_in_both_languages(app) -> None:
    loaded = services.load_library(FILE.read_text(encoding="utf-8"), now=NOW)
    assert loaded.fresh >= 20
    assert loaded.changed == loaded.same == 0
    entries = queries.published(today=NOW.date())
    assert len(entries) == loaded.fresh
    framework = load_path(BANKS / "framework.yaml").framework
    assert framework is not None
    slugs = {one.slug for one in framework.competencies}
    for entry in entries:
        chinese, english = entry.words("zh-CN"), entry.words("en")
        assert chinese.title != english.title
        assert set(chinese.body) == set(english.body)
        assert len(chinese.body) == 6
        assert entry.competency in slugs


def test_a_folder_is_walked_past_the_library_which_is_no_bank() -> None:
    assert FILE.name not in {Path(one.file).name for one in load_tree([BANKS], root=BANKS)}
    assert load_path(FILE).errors
