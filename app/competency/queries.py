"""Reads: the framework in force, expectations, the ledger, stored levels, and whole profiles.

The framework is parsed once per loaded version; a profile is computed from the ledger on the day
asked for, so it agrees with the stored levels of that day by construction.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, assert_never

from sqlalchemy import BindParameter, Row, Select, and_, bindparam, func, select, true
from sqlalchemy.orm import aliased

from app.accounts import queries as accounts
from app.banks import loader
from app.competency.errors import NoFrameworkError
from app.competency.models import Evidence, Expectation, FrameworkVersion, ProfileLevel
from app.domain import competency as model
from app.domain.competency import (
    Call,
    Explanation,
    Moved,
    Need,
    Rules,
    Settling,
    Status,
    Verdict,
)
from app.domain.framework import (
    Competency,
    CompetencyKind,
    CompetencyStatus,
    EvidenceKind,
    Framework,
    Level,
)
from app.kernel.db import core, session

CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class InForce:
    """The framework in force and the row it was read from."""

    version_id: int
    framework: Framework


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is expected of a competency; `number` is the version of the row that says so."""

    level: Level
    weight: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class StandingOf:
    """A person's role and step on a day."""

    role: str
    step: str | None


@dataclass(frozen=True, slots=True)
class Ground:
    """What levels are judged against on a day: the framework, what is expected, who stands where.

    `wanted` as `expectations` gives it, at least for the roles of these people.
    """

    current: InForce
    wanted: Mapping[tuple[str, str], Mapping[str, Wanted]]
    standings: Mapping[int, StandingOf]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row of the ledger as a page shows it. `passed`: the whole test was passed."""

    id: int
    kind: EvidenceKind
    label: str
    score: float
    pass_mark: float
    passed: bool | None
    happened_on: date
    items: float
    right: float
    assessors: int
    assessor_id: int | None
    assessor_role: str | None
    source_type: str
    source_id: str
    number: int


@dataclass(frozen=True, slots=True)
class LedgerPiece:
    """What counts as one piece: its ledger rows, and its part in the level.

    `percent` of all pieces and the start's add up to 100. `recency` is the age factor 0-1.
    `change` is the mean with the piece minus the mean without it.
    """

    kind: EvidenceKind
    rows: tuple[LedgerRow, ...]
    x: float
    percent: int
    share: float
    age: int
    recency: float
    change: float
    call_without: Call | None
    status_without: Status
    assessors: int


class WhyNotMet(StrEnum):
    """Why a passed test does not settle a competency."""

    NEEDS_RATED = "needs_rated"  # behaviour: answering is not doing
    NEEDS_ITEMS = "needs_items"  # knowledge: too few items
    TOO_WIDE = "too_wide"  # the interval holds both sides of the line
    STALE = "stale"
    UNDECIDED = "undecided"
    BELOW = "below"  # the whole evidence says gap
    NOT_EXPECTED = "not_expected"


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """One competency of one person, all that a page, a PDF or a sheet needs."""

    competency: Competency
    expected: Level | None
    weight: int | None
    verdict: Verdict
    explanation: Explanation
    ledger: tuple[LedgerPiece, ...]
    uncounted: tuple[LedgerRow, ...]
    missing: tuple[Need, ...]
    settling: Settling | None
    moved: Moved | None
    moved_by: LedgerRow | None
    tests_passed: int
    tests_finished: int
    why_not_met: WhyNotMet | None

    @property
    def gap(self) -> int:
        """Levels between the expectation and the confirmed level; 0 unless the call is a gap."""
        if self.verdict.call is not Call.GAP or self.expected is None:
            return 0
        confirmed = self.verdict.level.rank if self.verdict.level else 1
        return max(0, self.expected.rank - confirmed)


@dataclass(frozen=True, slots=True)
class Profile:
    """All competencies of a person that are expected or have evidence, in framework order."""

    person_id: int
    as_of: date
    role: str
    step: str | None
    framework: Framework
    framework_version_id: int
    lines: tuple[ProfileLine, ...]

    def line(self, slug: str) -> ProfileLine | None:
        """The line of one competency."""
        return next((line for line in self.lines if line.competency.slug == slug), None)


@dataclass(frozen=True, slots=True)
class StoredLevel:
    """A level as stored, for lists and matrices."""

    person_id: int
    competency: str
    as_of: date
    role: str
    step: str | None
    mean: float
    sd: float
    lo: float
    hi: float
    p: float | None
    status: Status
    call: Call | None
    level: Level | None
    expected: Level | None
    weight: int | None
    kinds: int
    pieces: int
    newest_on: date | None

    @property
    def gap(self) -> int:
        """As `ProfileLine.gap`."""
        if self.call is not Call.GAP or self.expected is None:
            return 0
        return max(0, self.expected.rank - (self.level.rank if self.level else 1))


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an expectation, for the history on the page; `level` None: not required."""

    at: datetime
    by_id: int | None
    role: str
    step: str
    competency: str
    level: Level | None
    weight: int
    valid_from: date


# ---------------------------------------------------------------- framework and expectations


_NEWEST: Final = (
    select(FrameworkVersion.id, FrameworkVersion.sha256)
    .order_by(FrameworkVersion.id.desc())
    .limit(1)
)


def in_force() -> InForce | None:
    """The newest loaded framework, or None before the first. One small SELECT."""
    row = core().execute(_NEWEST).first()
    return None if row is None else InForce(row.id, _parsed(row.sha256))


def required() -> InForce:
    """As `in_force`. Raises NoFrameworkError."""
    found = in_force()
    if found is None:
        raise NoFrameworkError
    return found


def framework_of(version_id: int) -> Framework:
    """The framework of one loaded version, so that an old snapshot can be computed again."""
    sha256 = session().scalar(
        select(FrameworkVersion.sha256).where(FrameworkVersion.id == version_id)
    )
    if sha256 is None:
        raise NoFrameworkError
    return _parsed(sha256)


@lru_cache(maxsize=16)
def _parsed(sha256: str) -> Framework:
    """Parse a stored file once per process; the hash names its content."""
    source = session().scalars(
        select(FrameworkVersion.source).where(FrameworkVersion.sha256 == sha256)
    )
    framework = loader.load_bytes(source.one().encode()).framework
    if framework is None:
        raise NoFrameworkError
    return framework


_EXPECTED: Final = (
    select(
        Expectation.role,
        Expectation.step,
        Expectation.competency,
        Expectation.level,
        Expectation.weight,
        Expectation.number,
    )
    .where(Expectation.valid_from <= bindparam("day"))
    .order_by(Expectation.number)
)


def expectations(day: date) -> dict[tuple[str, str], dict[str, Wanted]]:
    """(role, step) -> competency -> what is wanted on `day`. One SELECT."""
    return _wanted(core().execute(_EXPECTED, {"day": day}))


def _wanted(rows: Iterable[Any]) -> dict[tuple[str, str], dict[str, Wanted]]:
    """Rows (role, step, competency, level, weight, number) in the order of their numbers."""
    wanted: dict[tuple[str, str], dict[str, Wanted]] = defaultdict(dict)
    for role, step, slug, level, weight, number in rows:
        of_step = wanted[role, step]
        if level is None:
            of_step.pop(slug, None)
        else:
            of_step[slug] = Wanted(Level(level), weight, number)
    return wanted


def expectation_changes(*, limit: int = 30) -> list[Change]:
    """What was changed on the page, newest first."""
    rows = session().scalars(
        select(Expectation)
        .where(Expectation.changed_by_id.is_not(None))
        .order_by(Expectation.id.desc())
        .limit(limit)
    )
    return [
        Change(
            row.changed_at,
            row.changed_by_id,
            row.role,
            row.step,
            row.competency,
            None if row.level is None else Level(row.level),
            row.weight,
            row.valid_from,
        )
        for row in rows
    ]


def newest_change(role: str, step: str) -> int:
    """The id of the newest row of a step, 0 for none: what a form was opened with."""
    found = session().scalar(
        select(func.max(Expectation.id)).where(Expectation.role == role, Expectation.step == step)
    )
    return found or 0


# ---------------------------------------------------------------- people and ledger


def standings(person_ids: Collection[int], day: date) -> dict[int, StandingOf]:
    """Role and step of people on a day, from hire date and set step. One SELECT."""
    return {person.id: _standing(person, day) for person in accounts.jobs(person_ids)}


def _standing(person: Any, day: date) -> StandingOf:
    step = model.step_of(
        role=person.job_role, hired_on=person.hire_on, set_step=person.set_step, today=day
    )
    return StandingOf(person.job_role, step)


def ground(person_ids: Collection[int], day: date) -> Ground | None:
    """The ground of some people; None before a framework is loaded. Three SELECTs."""
    current = in_force()
    if current is None:
        return None
    return Ground(current, expectations(day), standings(person_ids, day))


def _ground_of() -> Select[Any]:
    newest = _NEWEST.subquery()
    person = accounts.job_select(bindparam("person")).subquery()
    return (
        select(
            newest.c.id.label("version_id"),
            newest.c.sha256,
            *person.c,
            Expectation.role,
            Expectation.step,
            Expectation.competency,
            Expectation.level,
            Expectation.weight,
            Expectation.number,
        )
        .select_from(newest)
        .outerjoin(person, true())
        .outerjoin(
            Expectation,
            and_(Expectation.role == person.c.job_role, Expectation.valid_from <= bindparam("day")),
        )
        .order_by(Expectation.number)
    )


_GROUND_OF: Final = _ground_of()


def ground_of(person_id: int, day: date) -> Ground | None:
    """As `ground` for one person, in one SELECT."""
    found = core().execute(_GROUND_OF, {"person": person_id, "day": day}).all()
    if not found:
        return None
    first = found[0]
    current = InForce(first.version_id, _parsed(first.sha256))
    wanted = _wanted(row[6:] for row in found if row.role is not None)
    standings = {} if first.id is None else {person_id: _standing(first, day)}
    return Ground(current, wanted, standings)


def live_select(person_ids: Collection[int] | BindParameter[int]) -> Select[Evidence]:
    """The ledger rows in force: not superseded and not withdrawn."""
    later = aliased(Evidence)
    return (
        select(Evidence)
        .outerjoin(later, later.supersedes_id == Evidence.id)
        .where(
            Evidence.person_id.in_(person_ids),
            later.id.is_(None),
            Evidence.is_withdrawn.is_(False),
        )
    )


# Built once: every submit renews the levels of one person.
_LEDGER: Final = (
    live_select(bindparam("person_ids", expanding=True))
    .with_only_columns(*Evidence.__table__.columns)
    .order_by(Evidence.happened_on, Evidence.id)
)
_LEDGER_OF: Final = _LEDGER.where(Evidence.competency.in_(bindparam("slugs", expanding=True)))


def ledger_rows(
    person_ids: Collection[int], slugs: Collection[str] | None = None
) -> dict[tuple[int, str], list[Row[Any]]]:
    """(person, competency) -> rows in force, oldest first. One SELECT of columns."""
    query, params = _LEDGER, dict[str, Any](person_ids=list(person_ids))
    if slugs is not None:
        query, params["slugs"] = _LEDGER_OF, list(slugs)
    found: dict[tuple[int, str], list[Row[Any]]] = defaultdict(list)
    for row in core().execute(query, params):
        found[row.person_id, row.competency].append(row)
    return found


def observed(row: Row[Any]) -> model.Evidence:
    """A ledger row as the rules see it."""
    return model.Evidence(
        id=row.id,
        kind=EvidenceKind(row.kind),
        score=row.score,
        pass_mark=row.pass_mark,
        happened_on=row.happened_on,
        items=row.items,
        right=row.items_right,
        assessors=row.assessors,
        assessor_id=row.assessor_id,
        occasion=row.occasion,
        is_360=row.is_360,
    )


def slugs_of(
    framework: Framework, wanted: Mapping[str, Wanted], with_evidence: Iterable[str]
) -> list[Competency]:
    """The competencies a profile shows: active ones that are expected or have evidence."""
    shown = {*wanted, *with_evidence}
    return [
        competency
        for competency in framework.competencies
        if competency.slug in shown and competency.status is CompetencyStatus.ACTIVE
    ]


_LEVEL_COLUMNS: Final = tuple(
    ProfileLevel.__table__.c[name]
    for name in (
        "person_id", "competency", "as_of", "role", "step", "mean", "sd", "lo", "hi", "p",
        "status", "call", "level", "expected", "weight", "kinds", "pieces", "newest_on",
    )
)  # fmt: skip
_LEVELS: Final = (
    select(*_LEVEL_COLUMNS)
    .where(ProfileLevel.person_id.in_(bindparam("ids", expanding=True)))
    .order_by(ProfileLevel.id)
)


def levels_for(
    person_ids: Collection[int], current: InForce | None = None
) -> dict[int, tuple[StoredLevel, ...]]:
    """Stored levels by person, each in framework order; one SELECT per 500 people."""
    found: dict[int, list[StoredLevel]] = {person_id: [] for person_id in person_ids}
    ids = sorted(found)
    for start in range(0, len(ids), CHUNK):
        rows = core().execute(_LEVELS, {"ids": ids[start : start + CHUNK]})
        for row in rows:
            found[row.person_id].append(_stored(row))
    order = _framework_order(current or in_force())
    return {
        person_id: tuple(sorted(levels, key=lambda one: order.get(one.competency, len(order))))
        for person_id, levels in found.items()
    }


def _newest_levels() -> Select[Any]:
    newest = _NEWEST.subquery()
    mine = and_(
        ProfileLevel.person_id == bindparam("person"),
        ProfileLevel.competency.in_(bindparam("slugs", expanding=True)),
    )
    table = newest.outerjoin(ProfileLevel.__table__, mine)
    return select(newest.c.sha256, *_LEVEL_COLUMNS).select_from(table)


_NEWEST_LEVELS: Final = _newest_levels()


def levels_in(
    person_id: int, slugs: Collection[str]
) -> tuple[Framework, dict[str, StoredLevel]] | None:
    """The framework in force and a person's stored levels in these competencies, in one SELECT.

    None before a framework is loaded.
    """
    params = {"person": person_id, "slugs": list(slugs)}
    rows = core().execute(_NEWEST_LEVELS, params).all()
    if not rows:
        return None
    levels = {row.competency: _stored(row) for row in rows if row.competency is not None}
    return _parsed(rows[0].sha256), levels


def _stored(row: Row[Any]) -> StoredLevel:
    return StoredLevel(
        person_id=row.person_id,
        competency=row.competency,
        as_of=row.as_of,
        role=row.role,
        step=row.step,
        mean=row.mean,
        sd=row.sd,
        lo=row.lo,
        hi=row.hi,
        p=row.p,
        status=Status(row.status),
        call=None if row.call is None else Call(row.call),
        level=None if row.level is None else Level(row.level),
        expected=None if row.expected is None else Level(row.expected),
        weight=row.weight,
        kinds=row.kinds,
        pieces=row.pieces,
        newest_on=row.newest_on,
    )


def _framework_order(found: InForce | None) -> dict[str, int]:
    if found is None:
        return {}
    return {c.slug: index for index, c in enumerate(found.framework.competencies)}


# ---------------------------------------------------------------- the profile


def profile(person_id: int, today: date) -> Profile:
    """One person's profile computed from the ledger on `today`. Five SELECTs.

    Raises NoFrameworkError, NotFoundError.
    """
    current = required()
    who = accounts.person(person_id, day=today)
    step = model.step_of(
        role=who.job_role, hired_on=who.hire_on, set_step=who.set_step, today=today
    )
    wanted = expectations(today).get((who.job_role, step or ""), {})
    ledger = {slug: rows for (_, slug), rows in ledger_rows([person_id]).items()}
    lines = [
        _line(
            ledger.get(competency.slug, []),
            Rules(
                competency,
                wanted[competency.slug].level if competency.slug in wanted else None,
                current.framework.formula,
                today,
            ),
            wanted.get(competency.slug),
        )
        for competency in slugs_of(current.framework, wanted, ledger)
    ]
    return Profile(
        person_id=person_id,
        as_of=today,
        role=who.job_role,
        step=step,
        framework=current.framework,
        framework_version_id=current.version_id,
        lines=tuple(lines),
    )


def _line(rows: Sequence[Row[Any]], rules: Rules, wanted: Wanted | None) -> ProfileLine:
    known = [row for row in rows if row.happened_on <= rules.today]
    verdict = model.evaluate([observed(row) for row in known], rules)
    explanation = model.explain(verdict, rules)
    by_id = {row.id: _ledger_row(row) for row in known}
    counted = {i for piece in verdict.pieces for i in piece.evidence_ids}
    finished = [row for row in by_id.values() if row.kind is EvidenceKind.TEST]
    moved = model.moved(verdict, rules)
    passed = sum(row.passed is True for row in finished)
    return ProfileLine(
        competency=rules.competency,
        expected=rules.expected,
        weight=None if wanted is None else wanted.weight,
        verdict=verdict,
        explanation=explanation,
        ledger=tuple(_ledger_piece(one, by_id) for one in explanation.pieces),
        uncounted=tuple(row for row in by_id.values() if row.id not in counted),
        missing=model.missing(verdict, rules),
        settling=model.settle(verdict, rules),
        moved=moved,
        moved_by=None if moved is None else by_id[moved.piece.evidence_ids[-1]],
        tests_passed=passed,
        tests_finished=sum(row.passed is not None for row in finished),
        why_not_met=_why_not_met(verdict, rules) if passed else None,
    )


def _ledger_piece(one: model.ExplainedPiece, rows: Mapping[int, LedgerRow]) -> LedgerPiece:
    return LedgerPiece(
        kind=one.piece.kind,
        rows=tuple(rows[i] for i in one.piece.evidence_ids),
        x=one.piece.x,
        percent=one.percent,
        share=one.share,
        age=one.piece.age,
        recency=one.piece.recency,
        change=one.change,
        call_without=one.call_without,
        status_without=one.status_without,
        assessors=one.piece.assessors,
    )


def _ledger_row(row: Row[Any]) -> LedgerRow:
    return LedgerRow(
        id=row.id,
        kind=EvidenceKind(row.kind),
        label=row.label,
        score=row.score,
        pass_mark=row.pass_mark,
        passed=row.has_passed,
        happened_on=row.happened_on,
        items=row.items,
        right=row.items_right,
        assessors=row.assessors,
        assessor_id=row.assessor_id,
        assessor_role=row.assessor_role,
        source_type=row.source_type,
        source_id=row.source_id,
        number=row.number,
    )


def _why_not_met(verdict: Verdict, rules: Rules) -> WhyNotMet | None:
    """Why a passed test is not yet "met", for one sentence on the page."""
    if verdict.call is not None:
        return {
            Call.MET: None,
            Call.GAP: WhyNotMet.BELOW,
            Call.UNDECIDED: WhyNotMet.UNDECIDED,
        }[verdict.call]
    match verdict.status:
        case Status.STALE:
            return WhyNotMet.STALE
        case Status.SUFFICIENT:
            return WhyNotMet.NOT_EXPECTED
        case Status.INSUFFICIENT | Status.PROVISIONAL:
            return _lacking(verdict, rules)
        case _ as unreachable:
            assert_never(unreachable)


def _lacking(verdict: Verdict, rules: Rules) -> WhyNotMet:
    """What a test alone cannot give."""
    limits = rules.formula.status
    if rules.competency.kind is CompetencyKind.KNOWLEDGE:
        recent = sum(p.items for p in verdict.pieces if p.age <= limits.knowledge_window_days)
        return WhyNotMet.NEEDS_ITEMS if recent < limits.knowledge_min_items else WhyNotMet.TOO_WIDE
    if any(kind.is_rated for kind in verdict.kinds):
        return WhyNotMet.TOO_WIDE
    return WhyNotMet.NEEDS_RATED
