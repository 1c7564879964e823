"""The one view model behind a person's page, its PDF and its workbook: facts, no sentences.

A pack is frozen, so that three outputs cannot disagree, and turns into canonical JSON (sorted keys,
no blanks), so that a snapshot has a hash. What a status must not show is not in it: no figure for
insufficient evidence, the interval alone for provisional and stale evidence.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from app.domain.competency import Call, Need, Settling, Status
from app.domain.framework import CompetencyKind, EvidenceKind, Level
from app.domain.rates import Rate
from app.domain.team import Summary

FORMAT = "pack/1"
Names = dict[str, str]


@dataclass(frozen=True, slots=True)
class Head:
    """Section A. `formula` and `framework` are versions; `day` counts from the hire date (1)."""

    person_id: int
    name: str
    staff_no: str | None
    job_role: str
    step: str | None
    day: int | None
    unit: str
    managers: tuple[str, ...]
    review_id: int | None
    review: str | None
    review_on: date | None
    last_useful_on: date | None
    as_of: date
    data_through: datetime
    framework: str
    formula: int


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One piece of evidence. `score`, `pass_mark`, `x` 0-100; `recency` 0-1; `percent` of weight.

    `rows` ratings are one piece; `score` is their mean. `change`: the mean with it minus without,
    None where no figure is shown.
    """

    kind: EvidenceKind
    label: str
    happened_on: date
    score: float
    pass_mark: float
    x: float
    recency: float
    age: int
    percent: int
    items: float
    assessors: int
    role: str | None
    rows: int
    passed: bool | None
    source_type: str
    source_id: str
    change: float | None
    call_without: Call | None
    status_without: Status


@dataclass(frozen=True, slots=True)
class MovedBy:
    """The piece that moved the level most."""

    label: str
    kind: EvidenceKind
    happened_on: date
    before: float
    after: float
    is_first: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One competency. `target` is where the expected level begins; `change` since the last cycle,
    set only when it is more than chance."""

    competency: str
    name: Names
    kind: CompetencyKind
    expected: Level | None
    weight: int | None
    target: float | None
    status: Status
    call: Call | None
    level: Level | None
    lo: float | None
    hi: float | None
    mean: float | None
    sd: float | None
    p: float | None
    kinds: int
    pieces: int
    newest_on: date | None
    age: int | None
    change: float | None
    was_compared: bool
    missing: tuple[Need, ...]
    settling: Settling | None
    moved: MovedBy | None
    ledger: tuple[LedgerLine, ...]
    start_percent: int
    tests_passed: int
    tests_finished: int
    why_not_met: str | None

    @property
    def m(self) -> float | None:
        """The point of the chart."""
        return self.mean

    @property
    def rated(self) -> int:
        """How many pieces of its evidence are ratings of somebody who saw it."""
        return sum(piece.kind.is_rated for piece in self.ledger)

    @property
    def is_open(self) -> bool:
        """Something is to be proved or settled."""
        return self.expected is not None and self.call not in {Call.MET, Call.GAP}


@dataclass(frozen=True, slots=True)
class TestLine:
    """One assessment: first and latest released score in per cent of the maximum (section E)."""

    __test__ = False  # pytest collects classes by this name otherwise

    assessment_id: int
    title: Names
    first: float
    latest: float
    pass_mark: float
    attempts: int
    passed_first: bool
    passed_latest: bool
    latest_on: date
    attempt_id: int
    cohort: Rate | None


@dataclass(frozen=True, slots=True)
class WeakPoint:
    """A knowledge point (a tag): `right` of `items`, never the text of an item."""

    tag: str
    right: float
    items: int


class PromptKind(StrEnum):
    """What a conversation prompt starts from."""

    CHANGED = "changed"
    GAP = "gap"
    EVIDENCE = "evidence"
    WEAK_POINT = "weak_point"
    TEST = "test"
    UNDECIDED = "undecided"
    TO_PROVE = "to_prove"
    STRENGTH = "strength"
    PROUD = "proud"
    UNSURE = "unsure"
    NEXT = "next"
    CUSTOMER = "customer"
    LEARN = "learn"
    MONTH = "month"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question to ask, by its data. `competencies` are slugs, `facts` fill the sentence."""

    kind: PromptKind
    competencies: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GoalLine:
    """One goal of the plan (section I)."""

    position: int
    competency: str
    what: str
    on_the_job: str
    with_others: str
    by_course: str
    proof: str
    owner: str
    owner_id: int
    due_on: date
    checks: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class CommentLine:
    """The person's own words (section J)."""

    text: str
    is_appeal: bool
    written_on: date


@dataclass(frozen=True, slots=True)
class Pack:
    """All of it."""

    format: str
    head: Head
    summary: Summary
    focus: str | None
    lines: tuple[Line, ...]
    tests: tuple[TestLine, ...]
    weak_points: tuple[WeakPoint, ...]
    prompts: tuple[Prompt, ...]
    goals: tuple[GoalLine, ...]
    comments: tuple[CommentLine, ...]

    def line(self, slug: str | None) -> Line | None:
        """The line of a competency."""
        return next((line for line in self.lines if line.competency == slug), None)


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Pack]:
    return TypeAdapter(Pack)


def canonical(pack: Pack) -> str:
    """The pack as JSON that is the same for the same content."""
    plain: Any = _adapter().dump_python(pack, mode="json")
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_json(body: str) -> Pack:
    """A pack as it was kept."""
    return _adapter().validate_json(body)
