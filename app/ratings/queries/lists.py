"""Rated work as the pages list it: within the reader's scope, a fixed number of SELECTs each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Final

from sqlalchemy import select

from app.accounts import queries as people
from app.accounts.models import User
from app.domain import rated
from app.domain.rated import SeatRole, Severity
from app.kernel.db import session
from app.kernel.errors import NotFoundError
from app.kernel.policy import Actor
from app.ratings.models import (
    RUNNING,
    Appeal,
    AppealState,
    Outcome,
    Performance,
    PerformanceState,
    RatedMark,
    Seat,
    SeatState,
)
from app.tracks import queries as tracks
from app.tracks.models import Enrolment

LATE_DAYS: Final = 1


def performance(actor: Actor, action: str, performance_id: int, *, day: date) -> Performance:
    """One performance within the actor's scope. Raises NotFoundError. One SELECT."""
    row = session().scalar(
        select(Performance).where(
            Performance.id == performance_id,
            Performance.person_id.in_(people.people_in_scope(actor, action, day=day)),
        )
    )
    if row is None:
        raise NotFoundError
    return row


def enrolment(actor: Actor, action: str, enrolment_id: int, *, day: date) -> Enrolment:
    """One enrolment within the actor's scope. Raises NotFoundError. One SELECT."""
    row = session().scalar(
        select(Enrolment).where(
            Enrolment.id == enrolment_id,
            Enrolment.person_id.in_(people.people_in_scope(actor, action, day=day)),
        )
    )
    if row is None:
        raise NotFoundError
    return row


def attempts(enrolment_id: int, activity_id: str) -> list[Performance]:
    """The performances of one activity, latest first. One SELECT."""
    return list(
        session().scalars(
            select(Performance)
            .where(Performance.enrolment_id == enrolment_id, Performance.activity_id == activity_id)
            .order_by(Performance.number.desc(), Performance.id.desc())
        )
    )


def seats_of(performance_ids: Collection[int]) -> dict[int, list[Seat]]:
    """Seats by performance, first invited first. One SELECT."""
    found: dict[int, list[Seat]] = {}
    rows = session().scalars(
        select(Seat).where(Seat.performance_id.in_(performance_ids)).order_by(Seat.id)
    )
    for row in rows:
        found.setdefault(row.performance_id, []).append(row)
    return found


def own_seat(seat_id: int, assessor_id: int) -> tuple[Seat, Performance]:
    """One's own seat that was not declined, with its performance. Raises NotFoundError."""
    row = (
        session()
        .execute(
            select(Seat, Performance)
            .join(Performance, Performance.id == Seat.performance_id)
            .where(
                Seat.id == seat_id,
                Seat.assessor_id == assessor_id,
                Seat.state != SeatState.DECLINED,
            )
        )
        .first()
    )
    if row is None:
        raise NotFoundError
    return row.Seat, row.Performance


def last_mark(seat_id: int) -> RatedMark | None:
    """The mark in force of a seat. One SELECT."""
    return session().scalar(
        select(RatedMark)
        .where(RatedMark.seat_id == seat_id)
        .order_by(RatedMark.number.desc())
        .limit(1)
    )


def outcomes(performance_id: int) -> list[Outcome]:
    """Every outcome of a performance, first made first. One SELECT."""
    return list(
        session().scalars(
            select(Outcome).where(Outcome.performance_id == performance_id).order_by(Outcome.number)
        )
    )


def appeal_of(performance_id: int) -> Appeal | None:
    """The appeal against a performance. One SELECT."""
    return session().scalar(select(Appeal).where(Appeal.performance_id == performance_id))


def invited(assessor_id: int) -> list[tuple[Seat, Performance]]:
    """What waits for somebody's mark or decision, earliest day first. One SELECT."""
    rows = session().execute(
        select(Seat, Performance)
        .join(Performance, Performance.id == Seat.performance_id)
        .outerjoin(Appeal, Appeal.seat_id == Seat.id)
        .where(
            Seat.assessor_id == assessor_id,
            ((Seat.state == SeatState.INVITED) & Performance.state.in_(RUNNING))
            | ((Appeal.state == AppealState.MARKING) & (Seat.state != SeatState.DECLINED)),
        )
        .order_by(Performance.happens_on, Seat.id)
    )
    return [(row.Seat, row.Performance) for row in rows]


def given(assessor_id: int, *, most: int = 20) -> list[tuple[Seat, Performance]]:
    """What somebody has marked, latest first. One SELECT."""
    rows = session().execute(
        select(Seat, Performance)
        .join(Performance, Performance.id == Seat.performance_id)
        .where(Seat.assessor_id == assessor_id, Seat.state == SeatState.SUBMITTED)
        .order_by(Seat.answered_at.desc(), Seat.id.desc())
        .limit(most)
    )
    return [(row.Seat, row.Performance) for row in rows]


def to_arrange(actor: Actor, *, day: date) -> list[Performance]:
    """Performances in reach that are not settled, or settled and held, earliest first."""
    return list(
        session().scalars(
            select(Performance)
            .where(
                Performance.state.in_([*RUNNING, PerformanceState.SETTLED]),
                Performance.person_id.in_(people.people_in_scope(actor, "rating.plan", day=day)),
            )
            .order_by(Performance.happens_on, Performance.id)
            .limit(200)
        )
    )


def appeals_to_assign(actor: Actor, *, day: date) -> list[tuple[Appeal, Performance]]:
    """Appeals in reach, of people who work here, that nobody looks at yet, oldest first.

    One SELECT.
    """
    rows = session().execute(
        select(Appeal, Performance)
        .join(Performance, Performance.id == Appeal.performance_id)
        .join(User, User.id == Performance.person_id)
        .outerjoin(Seat, Seat.id == Appeal.seat_id)
        .where(
            User.left_on.is_(None) | (User.left_on > day),
            (Appeal.state == AppealState.OPEN)
            | ((Appeal.state == AppealState.MARKING) & (Seat.state == SeatState.DECLINED)),
            Performance.person_id.in_(people.people_in_scope(actor, "rating.plan", day=day)),
        )
        .order_by(Appeal.at)
    )
    return [(row.Appeal, row.Performance) for row in rows]


def is_within(actor: Actor, action: str, row: Performance, day: date) -> bool:
    """Whether the person of a performance lies within the actor's scope. One SELECT."""
    reach = people.people_in_scope(actor, action, day=day)
    found = select(Performance.id).where(Performance.id == row.id, Performance.person_id.in_(reach))
    return session().scalar(found) is not None


def unanswered_seat(performance_id: int, assessor_id: int) -> int | None:
    """One's own seat on a running performance (or its appeal) whose mark is not in. One SELECT."""
    return session().scalar(
        select(Seat.id)
        .join(Performance, Performance.id == Seat.performance_id)
        .where(
            Seat.performance_id == performance_id,
            Seat.assessor_id == assessor_id,
            Seat.state == SeatState.INVITED,
            Performance.state.in_(RUNNING) | (Seat.role == SeatRole.APPEAL),
        )
    )


def appeal_seat(performance_id: int, assessor_id: int) -> int:
    """The seat of an appeal's marker. Raises NotFoundError. One SELECT."""
    found = session().scalar(
        select(Seat.id).where(
            Seat.performance_id == performance_id,
            Seat.assessor_id == assessor_id,
            Seat.role == SeatRole.APPEAL,
            Seat.state != SeatState.DECLINED,
        )
    )
    if found is None:
        raise NotFoundError
    return found


def due_on(row: Enrolment, activity_id: str, *, today: date) -> date | None:
    """When an activity of an enrolment is due; None: no date of its own. As `known_of`."""
    version = tracks.versions_by_id([row.track_version_id])[row.track_version_id]
    known = tracks.known_of([row], today=today)[row.id]
    progress = tracks.progress_of(row, tracks.track_of(version), known, today=today)
    return next((step.due_on for step in progress.steps if step.activity.id == activity_id), None)


def waiting_for(enrolment_ids: Collection[int]) -> list[tuple[Performance, list[Seat]]]:
    """The running performances of enrolments with their seats. Two SELECTs."""
    rows = list(
        session().scalars(
            select(Performance)
            .where(
                Performance.enrolment_id.in_(enrolment_ids),
                Performance.state.in_([*RUNNING, PerformanceState.SETTLED]),
            )
            .order_by(Performance.id)
        )
    )
    seats = seats_of([row.id for row in rows])
    return [(row, seats.get(row.id, [])) for row in rows]


def late_seats(today: date) -> list[tuple[Seat, Performance]]:
    """Invitations whose performance was a day ago or more. One SELECT."""
    rows = session().execute(
        select(Seat, Performance)
        .join(Performance, Performance.id == Seat.performance_id)
        .where(
            Seat.state == SeatState.INVITED,
            Performance.state.in_(RUNNING),
            Performance.happens_on <= today - timedelta(days=LATE_DAYS),
        )
    )
    return [(row.Seat, row.Performance) for row in rows]


@dataclass(frozen=True, slots=True)
class AssessorRow:
    """One line of the page of assessors."""

    name: str
    severity: Severity


def severity_rows(*, since: datetime) -> list[AssessorRow]:
    """Severity of everybody who marked blind since a moment, strictest first. Two SELECTs."""
    rows = session().execute(
        select(Seat.performance_id, Seat.assessor_id, RatedMark.total)
        .join(RatedMark, RatedMark.seat_id == Seat.id)
        .join(Performance, Performance.id == Seat.performance_id)
        .where(
            Performance.state.in_([PerformanceState.SETTLED, PerformanceState.RELEASED]),
            Seat.role.in_([SeatRole.MARKER, SeatRole.PANEL]),
            Performance.created_at >= since,
        )
        .order_by(Seat.performance_id, RatedMark.number)
    )
    totals: dict[int, dict[int, Fraction]] = {}
    for performance_id, assessor_id, total in rows:
        totals.setdefault(performance_id, {})[assessor_id] = total
    found = rated.severities(totals.values())
    names = people.names([one.assessor for one in found])
    return [AssessorRow(names.get(one.assessor, ""), one) for one in found]
