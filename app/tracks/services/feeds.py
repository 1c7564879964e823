"""The secret address of a person's calendar. Services flush; the edges commit."""

import hashlib
import hmac
from datetime import datetime

from sqlalchemy import delete, select

from app.audit.services import record
from app.kernel.db import session
from app.tracks.models import CalendarFeed

_SIZE = 40


def token_of(feed: CalendarFeed, secret: str) -> str:
    """The secret part of the address; made anew each time, so that it is stored nowhere."""
    message = f"calendar:{feed.person_id}:{feed.nonce}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()[:_SIZE]


def feed_of(person_id: int) -> CalendarFeed | None:
    """A person's calendar address, None when there is none. One SELECT."""
    return session().scalar(select(CalendarFeed).where(CalendarFeed.person_id == person_id))


def owner_of(token: str) -> int | None:
    """Whose calendar an address is; None for an unknown or ended one. One SELECT."""
    return session().scalar(
        select(CalendarFeed.person_id).where(CalendarFeed.token_hash == _digest(token))
    )


def open_feed(*, person_id: int, nonce: str, secret: str, now: datetime) -> CalendarFeed:
    """A new address; the one before, if any, leads nowhere from now on. `nonce` is random."""
    session().execute(delete(CalendarFeed).where(CalendarFeed.person_id == person_id))
    feed = CalendarFeed(person_id=person_id, nonce=nonce, token_hash="", created_at=now)
    feed.token_hash = _digest(token_of(feed, secret))
    session().add(feed)
    session().flush()
    record(
        action="calendar.open",
        object_type="person",
        object_id=person_id,
        actor_id=person_id,
        now=now,
    )
    return feed


def close_feed(*, person_id: int, now: datetime) -> bool:
    """End the address; False when there was none."""
    feed = feed_of(person_id)
    if feed is None:
        return False
    session().delete(feed)
    session().flush()
    record(
        action="calendar.close",
        object_type="person",
        object_id=person_id,
        actor_id=person_id,
        now=now,
    )
    return True


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
