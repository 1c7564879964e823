"""Pass rates: people who passed of people with a released result, by FIRST attempt.

The attempt that counts (best, latest, first) stands beside it. A team's rate goes by the team on
the day of submission. Previews and void attempts are in no figure; what is open, waits or was not
started is counted apart (`apart`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from app.assessments.models import Assessment, AssessmentSource, Assignment, Attempt
from app.domain.attempts import Counts
from app.domain.rates import Rate, rate
from app.kernel.db import session


@dataclass(frozen=True, slots=True)
class PassRate:
    """One line of a table of pass rates. `key` names the assessment, bank, track or team."""

    key: str
    title: str
    first: Rate
    counted: Rate


@dataclass(frozen=True, slots=True)
class PassRow:
    """One person's first released attempt at one assessment."""

    assessment_id: int
    title: str
    person_id: int
    unit_id: int | None
    track: str | None
    submitted_at: datetime
    passed: bool
    counted_passed: bool


@dataclass(frozen=True, slots=True)
class Apart:
    """People and assessments without a released result: counted, never in a rate."""

    not_started: int
    open: int
    waiting: int
    voided: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which attempts. None: all. `unit_ids` go by the day of submission."""

    person_ids: Collection[int] | Select[Any] | None = None
    unit_ids: Collection[int] | Select[Any] | None = None
    assessment_ids: Collection[int] | None = None
    since: datetime | None = None
    until: datetime | None = None


def _facts(want: Filter) -> Any:
    """Subquery: one row per person and assessment with a released first attempt."""
    real = and_(Attempt.is_preview.is_(False), Attempt.voided_at.is_(None))
    is_released = Attempt.released_at.is_not(None)
    per = (
        select(
            Attempt.assignment_id,
            func.min(Attempt.number).label("first_number"),
            func.max(case((is_released, Attempt.number))).label("last_number"),
            func.max(case((and_(is_released, Attempt.passed.is_(True)), 1), else_=0)).label(
                "any_passed"
            ),
        )
        .where(real)
        .group_by(Attempt.assignment_id)
        .subquery()
    )
    first, last = aliased(Attempt), aliased(Attempt)
    counted = case(
        (Assessment.counts == Counts.BEST.value, per.c.any_passed),
        (Assessment.counts == Counts.LATEST.value, case((last.passed.is_(True), 1), else_=0)),
        else_=case((first.passed.is_(True), 1), else_=0),
    )
    where: list[Any] = [first.released_at.is_not(None)]
    if want.person_ids is not None:
        where.append(first.person_id.in_(want.person_ids))
    if want.unit_ids is not None:
        where.append(first.unit_id.in_(want.unit_ids))
    if want.assessment_ids is not None:
        where.append(first.assessment_id.in_(want.assessment_ids))
    if want.since is not None:
        where.append(first.submitted_at >= want.since)
    if want.until is not None:
        where.append(first.submitted_at < want.until)
    return (
        select(
            first.assessment_id,
            first.person_id,
            first.unit_id,
            first.submitted_at,
            Assessment.title,
            Assessment.track,
            case((first.passed.is_(True), 1), else_=0).label("passed"),
            counted.label("counted"),
        )
        .join(
            per,
            and_(per.c.assignment_id == first.assignment_id, per.c.first_number == first.number),
        )
        .join(
            last,
            and_(last.assignment_id == first.assignment_id, last.number == per.c.last_number),
        )
        .join(Assessment, Assessment.id == first.assessment_id)
        .where(*where)
        .subquery()
    )


def pass_rows(want: Filter) -> list[PassRow]:
    """The rows behind the rates, for lists one can click through. One SELECT."""
    facts = _facts(want)
    rows = session().execute(select(facts).order_by(facts.c.assessment_id, facts.c.person_id))
    return [
        PassRow(
            assessment_id=row.assessment_id,
            title=row.title,
            person_id=row.person_id,
            unit_id=row.unit_id,
            track=row.track,
            submitted_at=row.submitted_at,
            passed=bool(row.passed),
            counted_passed=bool(row.counted),
        )
        for row in rows
    ]


def by_assessment(want: Filter) -> list[PassRate]:
    """One line per assessment. One SELECT."""
    facts = _facts(want)
    return _rates(facts, facts.c.assessment_id, func.min(facts.c.title))


def by_bank(want: Filter) -> list[PassRate]:
    """One line per bank, over the assessments made from it. One SELECT."""
    facts = _facts(want)
    rows = session().execute(
        select(
            AssessmentSource.bank,
            AssessmentSource.bank,
            func.count(),
            func.sum(facts.c.passed),
            func.sum(facts.c.counted),
        )
        .join(facts, facts.c.assessment_id == AssessmentSource.assessment_id)
        .group_by(AssessmentSource.bank)
        .order_by(AssessmentSource.bank)
    )
    return [_rate(row) for row in rows]


def by_unit(want: Filter) -> list[PassRate]:
    """One line per team of the day of submission; `title` is empty. One SELECT."""
    facts = _facts(want)
    found = _rates(facts, facts.c.unit_id, func.min(""))
    return [one for one in found if one.key != "None"]


def by_track(want: Filter) -> list[PassRate]:
    """One line per training path: people whose exams are all released; passed = all of them.

    One SELECT, and one for the number of exams.
    """
    facts = _facts(want)
    exams = dict(
        session()
        .execute(
            select(Assessment.track, func.count())
            .where(Assessment.track.is_not(None), Assessment.cancelled_at.is_(None))
            .group_by(Assessment.track)
        )
        .tuples()
        .all()
    )
    rows = session().execute(
        select(
            facts.c.track,
            facts.c.person_id,
            func.count().label("n"),
            func.min(facts.c.passed).label("passed"),
            func.min(facts.c.counted).label("counted"),
        )
        .where(facts.c.track.is_not(None))
        .group_by(facts.c.track, facts.c.person_id)
    )
    sums: dict[str, list[int]] = {}
    for row in rows:
        if row.n >= exams.get(row.track, 0) > 0:
            line = sums.setdefault(row.track, [0, 0, 0])
            line[0] += 1
            line[1] += row.passed
            line[2] += row.counted
    return [
        PassRate(track, track, rate(passed, n), rate(counted, n))
        for track, (n, passed, counted) in sorted(sums.items())
    ]


def _rates(facts: Any, key: Any, title: Any) -> list[PassRate]:
    rows = session().execute(
        select(key, title, func.count(), func.sum(facts.c.passed), func.sum(facts.c.counted))
        .group_by(key)
        .order_by(key)
    )
    return [_rate(row) for row in rows]


def _rate(row: Sequence[Any]) -> PassRate:
    key, title, n, passed, counted = row
    return PassRate(str(key), title, rate(int(passed), n), rate(int(counted), n))


def apart(want: Filter, now: datetime) -> Apart:
    """What is in no rate, over the same people and assessments. Two SELECTs."""
    where: list[Any] = [Assignment.is_preview.is_(False)]
    if want.person_ids is not None:
        where.append(Assignment.person_id.in_(want.person_ids))
    if want.assessment_ids is not None:
        where.append(Assignment.assessment_id.in_(want.assessment_ids))
    real = and_(Attempt.assignment_id == Assignment.id, Attempt.voided_at.is_(None))
    not_started = session().scalar(
        select(func.count())
        .select_from(Assignment)
        .where(*where, Assignment.cancelled_at.is_(None), ~select(Attempt.id).where(real).exists())
    )
    is_over = or_(Attempt.submitted_at.is_not(None), Attempt.deadline_at < now)
    is_real = Attempt.voided_at.is_(None)
    row = (
        session()
        .execute(
            select(
                func.count().filter(is_real, ~func.coalesce(is_over, False)),
                func.count().filter(is_real, is_over, Attempt.released_at.is_(None)),
                func.count().filter(Attempt.voided_at.is_not(None)),
            )
            .select_from(Assignment)
            .join(Attempt, Attempt.assignment_id == Assignment.id)
            .where(*where)
        )
        .one()
    )
    return Apart(not_started or 0, row[0], row[1], row[2])
