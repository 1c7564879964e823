"""Write to the trail, and check that nobody rewrote it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, text

from app.audit.models import AuditEvent
from app.kernel.db import session

GENESIS: Final = "0" * 64
CHUNK: Final = 1000
_CHAIN_LOCK: Final = 7_281_991  # any fixed number: one writer of the chain at a time


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """`broken_at` is the id of the first event that does not fit, None when all do."""

    events: int
    broken_at: int | None


def record(
    *,
    action: str,
    object_type: str,
    object_id: object,
    actor_id: int | None,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Append one event in the transaction of the change itself."""
    db = session()
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _CHAIN_LOCK})
    db.flush()
    last = db.execute(
        select(AuditEvent.id, AuditEvent.hash).order_by(AuditEvent.id.desc()).limit(1)
    ).first()
    event = AuditEvent(
        id=(last.id if last else 0) + 1,
        at=now,
        actor_id=actor_id,
        action=action,
        object_type=object_type,
        object_id=str(object_id),
        detail=json.dumps(detail or {}, ensure_ascii=False, sort_keys=True, default=str),
        reason=reason,
        previous=last.hash if last else GENESIS,
    )
    event.hash = _digest(event)
    db.add(event)
    db.flush()


def check_chain() -> ChainCheck:
    """Recompute every hash. Reads the whole trail in chunks."""
    previous, count = GENESIS, 0
    while chunk := _chunk(after=count):
        for event in chunk:
            fits = event.id == count + 1 and event.previous == previous
            if not fits or event.hash != _digest(event):
                return ChainCheck(events=count, broken_at=event.id)
            previous, count = event.hash, count + 1
    return ChainCheck(events=count, broken_at=None)


def _chunk(*, after: int) -> list[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.id > after).order_by(AuditEvent.id)
    return list(session().scalars(query.limit(CHUNK)))


def _digest(event: AuditEvent) -> str:
    parts = [
        event.id,
        event.at.isoformat(),
        event.actor_id,
        event.action,
        event.object_type,
        event.object_id,
        event.detail,
        event.reason,
        event.previous,
    ]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
