"""Changes to people, sessions and notices."""

from datetime import datetime

from sqlalchemy import update

from app.accounts.models import UserSession
from app.kernel.db import session


def open_session(
    *, user_id: int, token_hash: str, address: str, browser: str, now: datetime
) -> int:
    """A signed-in browser. Returns the session's id."""
    row = UserSession(
        token_hash=token_hash,
        user_id=user_id,
        created_at=now,
        seen_at=now,
        address=address[:64],
        browser=browser[:200],
    )
    session().add(row)
    session().flush()
    return row.id


def touch_session(*, session_id: int, now: datetime) -> None:
    """Remember when a session was last used."""
    session().execute(update(UserSession).where(UserSession.id == session_id).values(seen_at=now))


def end_session(*, session_id: int, now: datetime) -> None:
    """Sign out; ending twice changes nothing."""
    session().execute(
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.ended_at.is_(None))
        .values(ended_at=now)
    )
