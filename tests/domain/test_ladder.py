"""The diagnosis ladder: which rung gives way first, and what is not assessed."""

from dataclasses import dataclass

import pytest

from app.domain.competency import Call
from app.domain.framework import CompetencyKind, Level
from app.domain.ladder import Footing, Rung, first_failing, ladder

KNOWS, DOES = CompetencyKind.KNOWLEDGE, CompetencyKind.BEHAVIOUR


@dataclass(frozen=True)
class Line:
    competency: str
    kind: CompetencyKind
    call: Call | None = None
    pieces: int = 1
    rated: int = 1
    expected: Level | None = Level.L3


def footing(*lines):
    return {one.rung: one.footing for one in ladder(lines)}


def test_without_evidence_nothing_is_assessed() -> None:
    nothing = [Line("product", KNOWS, pieces=0, rated=0), Line("insight", DOES, pieces=0, rated=0)]
    assert set(footing(*nothing).values()) == {Footing.NOT_ASSESSED}
    assert first_failing(ladder(nothing)) is None
    assert set(footing().values()) == {Footing.NOT_ASSESSED}


def test_goals_and_process_wait_for_figures_of_the_business() -> None:
    found = footing(Line("product", KNOWS, Call.GAP), Line("insight", DOES, Call.MET))
    assert found[Rung.GOALS] is found[Rung.PROCESS] is Footing.NOT_ASSESSED


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([Call.MET, Call.MET], Footing.PASSED),
        ([Call.MET, Call.UNDECIDED], Footing.OPEN),
        ([Call.MET, None], Footing.OPEN),
        ([Call.MET, Call.GAP], Footing.NOT_PASSED),
        ([None, Call.GAP], Footing.NOT_PASSED),
    ],
)
def test_a_rung_stands_as_its_competencies_do(calls, expected) -> None:
    lines = [Line(f"b{n}", DOES, call) for n, call in enumerate(calls)]
    assert footing(*lines)[Rung.SKILLS] is expected


def test_a_test_alone_says_nothing_about_skills() -> None:
    by_test = Line("insight", DOES, Call.GAP, rated=0)
    assert footing(by_test)[Rung.SKILLS] is Footing.NOT_ASSESSED
    seen = Line("closing", DOES, Call.MET)
    assert footing(by_test, seen)[Rung.SKILLS] is Footing.NOT_PASSED


def test_what_nobody_expects_decides_nothing() -> None:
    lines = [Line("insight", DOES, Call.MET), Line("extra", DOES, Call.GAP, expected=None)]
    assert footing(*lines)[Rung.SKILLS] is Footing.PASSED


def test_the_first_rung_that_gives_way_is_named_with_its_gaps() -> None:
    lines = [Line("product", KNOWS, Call.GAP), Line("insight", DOES, Call.GAP)]
    failing = first_failing(ladder(lines))
    assert (failing.rung, failing.about) == (Rung.KNOWLEDGE, ("product",))
