"""Whose enrolment has to be looked at: because of a new fact, or because a day has passed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts.models import User
from app.assessments.models import Attempt
from app.competency.models import Evidence
from app.domain.enrolment import ENDED, HOLDING, RUNNING, State
from app.kernel.db import session
from app.tracks.models import Cohort, Enrolment, TrackVersion

# A fact has the time its transaction began; it is seen when that has ended.
_SLACK: Final = timedelta(minutes=2)
# What is older is found by the night's look at everybody.
_LOOK_BACK: Final = timedelta(days=1)


def with_new_facts(now: datetime) -> list[int]:
    """Enrolments on the way of people whose results or evidence are newer than the last look.

    Two SELECTs, each over an index on the time of the fact.
    """
    return sorted(
        {*_newer(Attempt.person_id, Attempt.released_at, now)}
        | {*_newer(Evidence.person_id, Evidence.created_at, now)}
    )


def _newer(
    person: InstrumentedAttribute[int], at: InstrumentedAttribute[Any], now: datetime
) -> Sequence[int]:
    return list(
        session().scalars(
            select(Enrolment.id)
            .join(person.class_, person == Enrolment.person_id)
            .where(
                at > now - _LOOK_BACK,
                Enrolment.state.in_(sorted(RUNNING)),
                or_(at >= Enrolment.advanced_at, at > now - _SLACK),
            )
            .distinct()
        )
    )


def moving_with_the_days() -> list[int]:
    """Enrolments for which a new day can mean something. One SELECT."""
    states = sorted(RUNNING | HOLDING | {State.PASSED})
    return list(
        session().scalars(
            select(Enrolment.id).where(Enrolment.state.in_(states)).order_by(Enrolment.id)
        )
    )


def of_leavers(day: date) -> list[int]:
    """Enrolments, not ended, of people who have left the company. One SELECT."""
    return list(
        session().scalars(
            select(Enrolment.id)
            .join(User, User.id == Enrolment.person_id)
            .where(User.left_on <= day, Enrolment.state.not_in(sorted(ENDED)))
            .order_by(Enrolment.id)
        )
    )


def newest_versions() -> list[TrackVersion]:
    """The newest version of each track. One SELECT."""
    newest: dict[str, TrackVersion] = {}
    for row in session().scalars(select(TrackVersion).order_by(TrackVersion.number)):
        newest[row.slug] = row
    return list(newest.values())


def to_enrol(slug: str, *, role: str, within: int, day: date) -> dict[int, date]:
    """Person -> hire date: who has the job, was hired at most `within` days ago, works here, and
    was never on the track (who was taken off it stays off). One SELECT."""
    rows = session().execute(
        select(User.id, User.hire_on)
        .where(
            User.job_role == role,
            User.hire_on.between(day - timedelta(days=within), day),
            User.disabled_at.is_(None),
            or_(User.left_on.is_(None), User.left_on > day),
            User.id.not_in(select(Enrolment.person_id).where(Enrolment.track_slug == slug)),
        )
        .order_by(User.id)
    )
    return {row.id: row.hire_on for row in rows if row.hire_on is not None}


def cohorts_with_seats(slug: str, day: date) -> list[tuple[Cohort, int | None]]:
    """Open cohorts that begin on that day or later, with the seats left (None: no limit), the
    soonest first. Two SELECTs."""
    cohorts = list(
        session().scalars(
            select(Cohort)
            .where(
                and_(Cohort.track_slug == slug, Cohort.starts_on >= day, Cohort.closed_on.is_(None))
            )
            .order_by(Cohort.starts_on, Cohort.id)
        )
    )
    taken: dict[int, int] = {}
    for cohort_id in session().scalars(
        select(Enrolment.cohort_id).where(
            Enrolment.cohort_id.in_([one.id for one in cohorts]),
            Enrolment.withdrawn_at.is_(None),
        )
    ):
        if cohort_id is not None:
            taken[cohort_id] = taken.get(cohort_id, 0) + 1
    return [
        (one, None if one.seats is None else max(one.seats - taken.get(one.id, 0), 0))
        for one in cohorts
    ]
