"""What the services of this room share: the locked row, the trail, whom to tell."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.accounts import queries as people
from app.accounts import services as accounts
from app.audit.services import record
from app.domain import rated
from app.domain.rated import SeatRole
from app.kernel.db import session
from app.kernel.errors import NotFoundError
from app.ratings.models import Performance, PerformanceState, Seat, SeatState
from app.ratings.queries.outcomes import frozen

# Kept as the reason where somebody left the company; read in both languages.
LEFT = "已离职 (left the company)"


def locked(performance_id: int) -> Performance:
    """The performance, held until the transaction ends. Raises NotFoundError."""
    row = session().scalar(
        select(Performance)
        .where(Performance.id == performance_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFoundError
    return row


def organisers(row: Performance) -> list[int]:
    """Who looks after it: whoever planned it, else all trainers."""
    found = [] if row.created_by_id is None else [row.created_by_id]
    return found or people.holders("trainer")


def tell(
    who: Iterable[int],
    row: Performance,
    kind: str,
    *,
    key: str,
    url: str,
    now: datetime,
    **params: str,
) -> None:
    """A notice to each; the title is that of the activity, never the learner's name."""
    words = words_of(row) | params
    for person_id in who:
        accounts.notify(user_id=person_id, kind=kind, key=key, params=words, url=url, now=now)


def words_of(row: Performance) -> dict[str, str]:
    """What a notice about a performance says: its title and day."""
    return accounts.titled(row.title) | {"due": row.happens_on.isoformat()}


def audit(
    action: str,
    row: Performance,
    *,
    actor_id: int | None,
    now: datetime,
    reason: str = "",
    **detail: Any,
) -> None:
    """One line of the trail about a performance."""
    record(
        action=action,
        object_type="performance",
        object_id=row.id,
        actor_id=actor_id,
        now=now,
        detail={"person": row.person_id, "activity": row.activity_id} | detail,
        reason=reason,
    )


def filled(performance_id: int) -> dict[SeatRole, int]:
    """How many seats of each role are taken. One SELECT."""
    rows = session().execute(
        select(Seat.role, func.count())
        .where(Seat.performance_id == performance_id, Seat.state != SeatState.DECLINED)
        .group_by(Seat.role)
    )
    return {SeatRole(role): n for role, n in rows}


def restate(row: Performance) -> None:
    """Planned while seats are free, open once they are taken, marking with the first mark."""
    if row.state not in {PerformanceState.PLANNED, PerformanceState.OPEN}:
        return
    _form, rules = frozen(row)
    taken = filled(row.id)
    wanted = rated.seats_at_start(rules, row.evidence_kind)
    is_full = all(taken.get(role, 0) >= n for role, n in wanted)
    row.state = PerformanceState.OPEN if is_full else PerformanceState.PLANNED
    session().flush()
