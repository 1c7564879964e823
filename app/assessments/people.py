"""What this room asks of accounts: the team on a day, and word to a person."""

from collections.abc import Mapping
from datetime import datetime

from app.accounts import queries, services
from app.kernel.clock import organisation_day


def unit_on(person_id: int, moment: datetime) -> int | None:
    """The team of a person on the day of `moment`."""
    unit = queries.unit_of(person_id, organisation_day(moment))
    return None if unit is None else unit.id


def tell_assigned(
    assignment_ids: Mapping[int, int], *, title: str, due_at: datetime | None, now: datetime
) -> None:
    """A notice that there is a test to sit; `assignment_ids` by person."""
    due = "" if due_at is None else organisation_day(due_at).isoformat()
    for person_id, assignment_id in assignment_ids.items():
        services.notify(
            user_id=person_id,
            kind="assigned",
            key=f"assigned:{assignment_id}:{now:%Y%m%d%H%M%S}",
            params={"title": title, "due": due} if due else {"title": title},
            url=f"/assignments/{assignment_id}/start",
            now=now,
        )


def tell_released(person_id: int, *, attempt_id: int, title: str, now: datetime) -> None:
    """A notice that a score is there; once per attempt."""
    services.notify(
        user_id=person_id,
        kind="released",
        key=f"released:{attempt_id}",
        params={"title": title},
        url=f"/attempts/{attempt_id}/result",
        now=now,
    )
