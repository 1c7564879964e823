"""Reads of the trail."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from app.audit.models import AuditEvent
from app.kernel.db import session

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the trail; `hash` proves its place."""

    id: int
    at: datetime
    actor_id: int | None
    action: str
    object_type: str
    object_id: str
    detail: Mapping[str, Any]
    reason: str
    hash: str


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What the list is narrowed to; empty means everything."""

    action: str = ""
    object_type: str = ""
    object_id: str = ""
    actor_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


def events(want: EventFilter, *, before: int | None = None, limit: int = PAGE) -> list[Event]:
    """Latest first, a page at a time (`before` = the last id seen)."""
    query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(limit)
    if want.action:
        query = query.where(AuditEvent.action == want.action)
    if want.object_type:
        query = query.where(AuditEvent.object_type == want.object_type)
    if want.object_id:
        query = query.where(AuditEvent.object_id == want.object_id)
    if want.actor_id is not None:
        query = query.where(AuditEvent.actor_id == want.actor_id)
    if want.since is not None:
        query = query.where(AuditEvent.at >= want.since)
    if want.until is not None:
        query = query.where(AuditEvent.at < want.until)
    if before is not None:
        query = query.where(AuditEvent.id < before)
    return [
        Event(
            id=row.id,
            at=row.at,
            actor_id=row.actor_id,
            action=row.action,
            object_type=row.object_type,
            object_id=row.object_id,
            detail=json.loads(row.detail),
            reason=row.reason,
            hash=row.hash,
        )
        for row in session().scalars(query)
    ]


def actions() -> list[str]:
    """The actions that occur in the trail."""
    query = select(AuditEvent.action).distinct().order_by(AuditEvent.action)
    return list(session().scalars(query))
