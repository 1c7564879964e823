"""The diagnosis ladder: goals, process, knowledge, skills. Which rung is the first that gives way.

Knowledge is judged by the knowledge competencies, skills by the behaviours that somebody saw: in a
role-play, at work, on a visit, among peers. Only calls on sufficient evidence count, as everywhere.
Goals and process need figures of the business, which no competency has: they are not assessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.domain.competency import Call
from app.domain.framework import CompetencyKind, Level


class Rung(StrEnum):
    """The rungs, from the first to be asked about."""

    GOALS = "goals"
    PROCESS = "process"
    KNOWLEDGE = "knowledge"
    SKILLS = "skills"


class Footing(StrEnum):
    """How a rung stands. `OPEN`: there is evidence, but it does not settle the matter yet."""

    PASSED = "passed"
    NOT_PASSED = "not_passed"
    OPEN = "open"
    NOT_ASSESSED = "not_assessed"


class Seen(Protocol):
    """One competency as the ladder looks at it: `pieces` counts all evidence, `rated` what a person
    saw and rated."""

    @property
    def competency(self) -> str: ...
    @property
    def kind(self) -> CompetencyKind: ...
    @property
    def expected(self) -> Level | None: ...
    @property
    def call(self) -> Call | None: ...
    @property
    def pieces(self) -> int: ...
    @property
    def rated(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: how it stands, and the competencies that decide it (the gaps, or what is open)."""

    rung: Rung
    footing: Footing
    about: tuple[str, ...] = ()


_JUDGED_BY = {Rung.KNOWLEDGE: CompetencyKind.KNOWLEDGE, Rung.SKILLS: CompetencyKind.BEHAVIOUR}


def ladder(lines: Sequence[Seen]) -> tuple[Step, ...]:
    """All four rungs in order."""
    return tuple(_step(rung, lines) for rung in Rung)


def first_failing(steps: Sequence[Step]) -> Step | None:
    """The lowest rung that gives way."""
    return next((one for one in steps if one.footing is Footing.NOT_PASSED), None)


def _step(rung: Rung, lines: Sequence[Seen]) -> Step:
    kind = _JUDGED_BY.get(rung)
    asked = [one for one in lines if one.kind is kind and one.expected is not None]
    # A test says what somebody would do; skills are what somebody saw her do.
    if not any(one.rated if rung is Rung.SKILLS else one.pieces for one in asked):
        return Step(rung, Footing.NOT_ASSESSED)
    gaps = tuple(one.competency for one in asked if one.call is Call.GAP)
    if gaps:
        return Step(rung, Footing.NOT_PASSED, gaps)
    unclear = tuple(one.competency for one in asked if one.call is not Call.MET)
    return Step(rung, Footing.OPEN, unclear) if unclear else Step(rung, Footing.PASSED)
