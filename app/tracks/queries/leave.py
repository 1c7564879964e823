"""Enrolments of one person that a leave concerns."""

from datetime import date

from sqlalchemy import select

from app.domain.enrolment import RUNNING
from app.kernel.db import session
from app.tracks.models import Enrolment, Leave


def may_pause(person_id: int) -> list[int]:
    """Ids of her enrolments that are on the way. One SELECT."""
    return list(
        session().scalars(
            select(Enrolment.id)
            .where(Enrolment.person_id == person_id, Enrolment.state.in_(sorted(RUNNING)))
            .order_by(Enrolment.id)
        )
    )


def on_leave(person_id: int, *, since: date) -> list[int]:
    """Ids of her enrolments whose leave began that day and still runs. One SELECT."""
    return list(
        session().scalars(
            select(Enrolment.id)
            .join(Leave, Leave.enrolment_id == Enrolment.id)
            .where(
                Enrolment.person_id == person_id,
                Leave.from_on == since,
                Leave.back_on.is_(None),
                Enrolment.back_to.is_not(None),
            )
            .order_by(Enrolment.id)
        )
    )
