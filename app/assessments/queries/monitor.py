"""What a trainer sees of an assessment: who has started, submitted, passed, is absent, waits."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select

from app.assessments import content
from app.assessments.models import (
    Assessment,
    AssessmentMarker,
    Assignment,
    Attempt,
    LateAnswer,
    Signal,
)
from app.assessments.queries.cards import attempt_rows, passes, state_now
from app.assessments.queries.rows import (
    assessment_any,
    assessment_by_owner,
    attempts_allowed,
)
from app.domain.attempts import AttemptState
from app.domain.items import PassMark, text_in
from app.kernel.db import session


class Progress(StrEnum):
    """How far a person is; `ABSENT`: not started, and the due time or the window is over."""

    NOT_STARTED = "not_started"
    ABSENT = "absent"
    OPEN = "open"
    WAITING = "waiting"
    HELD = "held"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person of an assessment. `total`, `maximum` are of the latest scored attempt.

    `attempts` begun of those `allowed`, `sittings` of them handed in.
    """

    person_id: int
    assignment_id: int
    progress: Progress
    attempts: int
    allowed: int
    sittings: int
    voided: int
    attempt_id: int | None
    started_at: datetime | None
    submitted_at: datetime | None
    is_timed_out: bool
    total: Fraction | None
    maximum: Fraction | None
    due_at: datetime | None
    extra_seconds: int
    signals: int
    late: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Figures over all people of an assessment: each counts people, `sittings` what they handed
    in."""

    assigned: int
    started: int
    submitted: int
    sittings: int
    passed: int
    absent: int
    waiting: int
    held: int


@dataclass(frozen=True, slots=True)
class AssessmentLine:
    """One assessment in a list. `assigned`: people who are to sit it, or did before they were taken
    off; `submitted` of them handed in, `sittings` times in all."""

    id: int
    title: str
    opens_at: datetime | None
    closes_at: datetime | None
    is_cancelled: bool
    is_shared: bool
    track: str | None
    created_at: datetime
    assigned: int
    submitted: int
    sittings: int
    waiting: int
    held: int


def lines(owner_id: int | None, lang: str) -> list[AssessmentLine]:
    """Assessments newest first: own and shared ones of a trainer, all with None. Two SELECTs."""
    where: list[ColumnElement[bool]] = []
    if owner_id is not None:
        where.append(or_(Assessment.owner_id == owner_id, Assessment.owner_id.is_(None)))
    # As on the page of one: who was taken off after beginning is still one of its people.
    begun = (
        select(Attempt.id)
        .where(Attempt.assignment_id == Assignment.id, Attempt.voided_at.is_(None))
        .exists()
    )
    assigned = (
        select(func.count())
        .where(
            Assignment.assessment_id == Assessment.id,
            Assignment.is_preview.is_(False),
            or_(Assignment.cancelled_at.is_(None), begun),
        )
        .correlate(Assessment)
        .scalar_subquery()
    )
    rows = session().execute(
        select(Assessment, assigned)
        .where(*where)
        .order_by(Assessment.created_at.desc(), Assessment.id.desc())
    )
    counts = _submitted_counts()
    return [
        AssessmentLine(
            id=row.id,
            title=(row.title_en if lang == "en" else None) or row.title,
            opens_at=row.opens_at,
            closes_at=row.closes_at,
            is_cancelled=row.cancelled_at is not None,
            is_shared=row.owner_id is None,
            track=row.track,
            created_at=row.created_at,
            assigned=n,
            submitted=counts.get(row.id, _NONE)[0],
            sittings=counts.get(row.id, _NONE)[1],
            waiting=counts.get(row.id, _NONE)[2],
            held=counts.get(row.id, _NONE)[3],
        )
        for row, n in rows
    ]


_NONE: Final = (0, 0, 0, 0)


def _submitted_counts() -> dict[int, tuple[int, int, int, int]]:
    """People who handed in, attempts handed in, those that wait for marks and for release, by
    assessment."""
    waits = Attempt.scored_at.is_(None)
    is_held = Attempt.scored_at.is_not(None) & Attempt.released_at.is_(None)
    rows = session().execute(
        select(
            Attempt.assessment_id,
            func.count(Attempt.person_id.distinct()),
            func.count(),
            func.count().filter(waits),
            func.count().filter(is_held),
        )
        .where(
            Attempt.submitted_at.is_not(None),
            Attempt.voided_at.is_(None),
            Attempt.is_preview.is_(False),
        )
        .group_by(Attempt.assessment_id)
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}


def people(assessment_id: int, now: datetime) -> list[PersonRow]:
    """Everybody assigned, also who was taken off after beginning. Six SELECTs."""
    assessment = assessment_any(assessment_id)
    assignments = session().scalars(
        select(Assignment)
        .where(Assignment.assessment_id == assessment_id, Assignment.is_preview.is_(False))
        .order_by(Assignment.id)
    )
    by_assignment = defaultdict(list)
    for row in attempt_rows(Attempt.assessment_id == assessment_id):
        by_assignment[row.assignment_id].append(row)
    beside = _Beside(
        voided=_voided(assessment_id),
        signals=_beside(Signal.attempt_id, assessment_id),
        late=_beside(LateAnswer.attempt_id, assessment_id),
    )
    return [
        _person(assignment, assessment, by_assignment[assignment.id], beside, now)
        for assignment in assignments
        if assignment.cancelled_at is None or by_assignment[assignment.id]
    ]


@dataclass(frozen=True, slots=True)
class _Beside:
    """Counts beside the attempts: void ones by assignment, signals and late bodies by attempt."""

    voided: Mapping[int, int]
    signals: Mapping[int, int]
    late: Mapping[int, int]


def _voided(assessment_id: int) -> dict[int, int]:
    rows = session().execute(
        select(Attempt.assignment_id, func.count())
        .where(Attempt.assessment_id == assessment_id, Attempt.voided_at.is_not(None))
        .group_by(Attempt.assignment_id)
    )
    return {row[0]: row[1] for row in rows}


def _beside(column: Any, assessment_id: int) -> dict[int, int]:
    """How many rows of another table belong to each attempt."""
    rows = session().execute(
        select(column, func.count())
        .join(Attempt, Attempt.id == column)
        .where(Attempt.assessment_id == assessment_id)
        .group_by(column)
    )
    return {row[0]: row[1] for row in rows}


def _person(
    assignment: Assignment,
    assessment: Assessment,
    rows: Sequence[Any],
    beside: _Beside,
    now: datetime,
) -> PersonRow:
    last = rows[-1] if rows else None
    scored = next((row for row in reversed(rows) if row.scored_at is not None), None)
    standing = None if last is None else state_now(last, now)
    return PersonRow(
        person_id=assignment.person_id,
        assignment_id=assignment.id,
        progress=_progress(assignment, assessment, rows, now),
        attempts=len(rows),
        allowed=attempts_allowed(assignment, assessment),
        sittings=sum(state_now(row, now).state is not AttemptState.OPEN for row in rows),
        voided=beside.voided.get(assignment.id, 0),
        attempt_id=None if last is None else last.id,
        started_at=None if last is None else last.started_at,
        submitted_at=None if standing is None else standing.finished_at,
        is_timed_out=last is not None and last.is_timed_out,
        total=None if scored is None else scored.total,
        maximum=None if scored is None else scored.maximum,
        due_at=assignment.due_at,
        extra_seconds=assignment.extra_seconds,
        signals=sum(beside.signals.get(row.id, 0) for row in rows),
        late=sum(beside.late.get(row.id, 0) for row in rows),
    )


def _progress(
    assignment: Assignment, assessment: Assessment, rows: Sequence[Any], now: datetime
) -> Progress:
    if not rows:
        ends = [end for end in (assignment.due_at, assessment.closes_at) if end is not None]
        return Progress.ABSENT if any(now > end for end in ends) else Progress.NOT_STARTED
    if passes(rows):
        return Progress.PASSED
    match state_now(rows[-1], now).state:
        case AttemptState.OPEN:
            return Progress.OPEN
        case AttemptState.SUBMITTED:
            return Progress.WAITING
        case AttemptState.SCORED:
            return Progress.HELD
        case AttemptState.RELEASED | AttemptState.VOID:
            return Progress.FAILED


def counts_of(rows: Sequence[PersonRow]) -> Counts:
    """The figures above the table."""

    def number(*kinds: Progress) -> int:
        return sum(row.progress in kinds for row in rows)

    return Counts(
        assigned=len(rows),
        started=sum(row.attempt_id is not None for row in rows),
        submitted=sum(row.sittings > 0 for row in rows),
        sittings=sum(row.sittings for row in rows),
        passed=number(Progress.PASSED),
        absent=number(Progress.ABSENT),
        waiting=number(Progress.WAITING),
        held=number(Progress.HELD),
    )


@dataclass(frozen=True, slots=True)
class Head:
    """An assessment's own facts for its pages."""

    id: int
    title: str
    banks: tuple[str, ...]
    opens_at: datetime | None
    closes_at: datetime | None
    limit_seconds: int | None
    attempts_allowed: int
    cooldown_seconds: int
    counts: str
    pass_mark: PassMark
    feedback: str
    shows_keys: bool
    release_by: str
    display: str
    unseen_share: Fraction
    is_plan: bool
    is_cancelled: bool
    track: str | None


def head(assessment_id: int, owner_id: int | None, lang: str) -> Head:
    """Facts of an assessment of this trainer, of any with None. Raises NotFoundError."""
    row = (
        assessment_any(assessment_id)
        if owner_id is None
        else assessment_by_owner(assessment_id, owner_id)
    )
    pinned = content.pinned_for(assessment_id)
    return Head(
        id=row.id,
        title=(row.title_en if lang == "en" else None) or row.title,
        banks=tuple(text_in(one.bank.title, lang) for one in pinned),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        limit_seconds=row.limit_seconds,
        attempts_allowed=row.attempts_allowed,
        cooldown_seconds=row.cooldown_seconds,
        counts=row.counts,
        pass_mark=PassMark(share=row.pass_share, points=row.pass_points),
        feedback=row.feedback,
        shows_keys=row.shows_keys,
        release_by=row.release_by,
        display=row.display,
        unseen_share=row.unseen_share,
        is_plan=row.plan is not None,
        is_cancelled=row.cancelled_at is not None,
        track=row.track,
    )


def markers_of(assessment_id: int) -> list[int]:
    """Ids of the people named to mark an assessment."""
    query = select(AssessmentMarker.marker_id).where(
        AssessmentMarker.assessment_id == assessment_id
    )
    return list(session().scalars(query))


def assigned_people(assessment_id: int) -> Collection[int]:
    """Ids of the people who are to sit it."""
    return set(
        session().scalars(
            select(Assignment.person_id).where(
                Assignment.assessment_id == assessment_id,
                Assignment.is_preview.is_(False),
                Assignment.cancelled_at.is_(None),
            )
        )
    )
