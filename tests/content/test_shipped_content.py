"""The shipped content: every reference can be followed, and the example company's sums agree."""

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from app.banks.loader import Kind, load_tree

BANKS = Path(__file__).resolve().parents[2] / "question_banks"
CODE = re.compile(r"(?<![A-Za-z0-9])[FO]-\d{2,3}(?!\d)")
IN_ENGLISH = sorted((BANKS / "lessons").glob("*/*.en.md"))
LESSONS = sorted({*(BANKS / "lessons").glob("*/*.md")} - {*IN_ENGLISH})
# Written, and not yet in a track: take a name away when a track reads it.
AHEAD_OF_TRACK = {
    "lessons/case-workshop/pricing.md",
    "lessons/case-workshop/prospecting.md",
}


@pytest.fixture(scope="module")
def company() -> str:
    return (BANKS / "sources" / "company.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def codes(company: str) -> set[str]:
    """The codes of facts (F-…) and objections (O-…) that the sources define."""
    objections = (BANKS / "sources" / "objections.md").read_text(encoding="utf-8")
    facts = re.findall(r"^(?:- \*\*|\| )(F-\d{3})", company, re.MULTILINE)
    assert len(facts) == len(set(facts)), "a fact code is given twice"
    return {*facts, *re.findall(r"^### (O-\d{2})", objections, re.MULTILINE)}


def _lesson_files() -> Iterator[str]:
    for loaded in load_tree([BANKS / "tracks"], root=BANKS):
        assert loaded.track is not None, loaded.errors
        for activity in loaded.track.activities:
            if activity.lesson is not None:
                yield activity.lesson.file


def test_everything_shipped_loads_without_a_complaint() -> None:
    loaded = load_tree([BANKS], root=BANKS)
    complaints = [str(problem) for file in loaded for problem in (*file.errors, *file.warnings)]
    assert complaints == []
    assert {file.kind for file in loaded} == set(Kind)


def test_every_lesson_belongs_to_a_track_and_no_track_names_a_missing_one() -> None:
    named = [*_lesson_files()]
    shipped = {path.relative_to(BANKS).as_posix() for path in LESSONS}
    assert len(named) == len(set(named)), "a lesson is read twice"
    assert set(named) | AHEAD_OF_TRACK == shipped
    assert not set(named) & AHEAD_OF_TRACK


def test_every_fact_a_bank_or_lesson_cites_can_be_looked_up(codes: set[str]) -> None:
    files = [*BANKS.glob("*.yaml"), *LESSONS, *IN_ENGLISH]
    missing = {
        (path.name, code)
        for path in files
        for code in CODE.findall(path.read_text(encoding="utf-8"))
        if code not in codes
    }
    assert missing == set()


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_has_a_goal_three_questions_with_answers_and_its_facts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(r"# \S", text)
    goal, questions = text.split("**自测三题**")
    asked, answers = questions.split("**答案**")
    assert "**学完能做什么**" in goal
    assert "**常见错误**" in goal
    assert re.search(r"^- \*\*你\*\*：|÷|＝", goal, re.MULTILINE), "a conversation or a sum"
    numbered = re.compile(r"^(\d)\. ", re.MULTILINE)
    assert numbered.findall(asked) == numbered.findall(answers) == ["1", "2", "3"]
    assert text.rstrip().splitlines()[-1].startswith("**事实编号**：")


def _shape(text: str) -> list[str]:
    """What begins each line that is not prose, in order: a part, a row, a point, a fence."""
    signs = (re.match(r"\*\*|\||- |\d\. |```", line) for line in text.splitlines())
    return [sign[0] for sign in signs if sign]


@pytest.mark.parametrize("path", IN_ENGLISH, ids=lambda path: path.stem)
def test_a_lesson_in_english_says_what_the_chinese_one_says(path: Path) -> None:
    """The same parts, tables, lists and facts, and no Chinese left over."""
    text = path.read_text(encoding="utf-8")
    chinese = path.with_name(path.name.replace(".en.md", ".md")).read_text(encoding="utf-8")
    assert not re.search(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uff60]", text)
    assert re.match(r"# \S", text)
    assert "**What you will be able to do**" in text
    for part in ("**Common mistakes**", "**Three questions to check yourself**", "**Answers**"):
        assert part in text
    assert text.rstrip().splitlines()[-1].startswith("**Facts**: ")
    assert _shape(text) == _shape(chinese)
    assert CODE.findall(text) == CODE.findall(chinese)


@pytest.mark.parametrize("path", [*LESSONS, *IN_ENGLISH], ids=lambda path: path.stem)
def test_a_lesson_keeps_to_the_closed_markdown(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<|\]\(|!|！", text), "no HTML, links, images or exclamation marks"
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({row.count("|") for row in table.splitlines()}) == 1, table


def _rows(company: str) -> dict[str, list[Fraction]]:
    """The funnel by team: leads, S1-S5, deals, new sales, target, attainment in per cent."""
    return {
        code: [Fraction(cell.strip(" %").replace(",", "")) for cell in rest.split("|")[1:-1]]
        for code, rest in re.findall(r"^\| (F-15[0-4]) \|(.*)$", company, re.MULTILINE)
    }


def test_the_funnel_of_the_example_company_adds_up(company: str) -> None:
    rows = _rows(company)
    whole = rows.pop("F-154")
    assert len(rows) == 4
    assert [sum(column) for column in zip(*rows.values(), strict=True)][:9] == whole[:9]
    for row in [*rows.values(), whole]:
        assert abs(row[7] / row[8] * 100 - row[9]) < Fraction(1, 20)
