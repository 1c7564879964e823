"""What this room asks of accounts: teams by day, names, and word to a person."""

from collections.abc import Collection, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.accounts.models import Membership, User
from app.kernel.db import session


def unit_on(person_id: int, moment: datetime) -> int | None:
    """The team of a person on the local day of `moment`. One statement."""
    rows = session().execute(
        select(User.timezone, Membership.unit_id, Membership.valid_from, Membership.valid_to)
        .join(Membership, Membership.user_id == User.id)
        .where(User.id == person_id)
        .order_by(Membership.valid_from.desc())
    )
    for zone, unit_id, first, end in rows:
        day = moment.astimezone(ZoneInfo(zone)).date()
        if first <= day and (end is None or day < end):
            return int(unit_id)
    return None


def names(person_ids: Collection[int]) -> Mapping[int, str]:
    """Names by id."""
    rows = session().execute(select(User.id, User.name).where(User.id.in_(person_ids)))
    return {row[0]: row[1] for row in rows}


def tell_assigned(
    assignment_ids: Mapping[int, int], *, title: str, due_at: datetime | None, now: datetime
) -> None:
    """A notice that there is a test to sit; `assignment_ids` by person."""


def tell_released(person_id: int, *, attempt_id: int, title: str, now: datetime) -> None:
    """A notice that a score is there."""
