"""Reads about people, the organisation, sessions and notices."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from app.accounts.models import (
    Notice,
    RoleGrant,
    User,
    UserSession,
)
from app.kernel.auth import Actor
from app.kernel.db import session

SESSION_DAYS: Final = 14


def fold(text: str) -> str:
    """The form in which e-mail addresses and staff numbers are compared."""
    return text.strip().casefold()


def session_actor(token_hash: str, *, now: datetime) -> tuple[Actor, datetime] | None:
    """The person of a live session, and when it was last used. One statement."""
    unread = (
        select(func.count())
        .where(Notice.user_id == User.id, Notice.read_at.is_(None))
        .correlate(User)
        .scalar_subquery()
    )
    rows = (
        session()
        .execute(
            select(
                User.id,
                User.name,
                User.locale,
                User.timezone,
                User.theme,
                User.must_change_password,
                UserSession.id.label("session_id"),
                UserSession.seen_at,
                RoleGrant.role,
                unread.label("unread"),
            )
            .join(UserSession, UserSession.user_id == User.id)
            .outerjoin(RoleGrant, RoleGrant.user_id == User.id)
            .where(
                UserSession.token_hash == token_hash,
                UserSession.ended_at.is_(None),
                UserSession.created_at > now - timedelta(days=SESSION_DAYS),
                User.disabled_at.is_(None),
            )
        )
        .all()
    )
    if not rows:
        return None
    first = rows[0]
    actor = Actor(
        id=first.id,
        name=first.name,
        roles=frozenset({"learner"} | {row.role for row in rows if row.role}),
        locale=first.locale,
        timezone=first.timezone,
        session_id=first.session_id,
        must_change_password=first.must_change_password,
        theme=first.theme,
        unread=first.unread,
    )
    return actor, first.seen_at


@dataclass(frozen=True, slots=True)
class Credentials:
    """What sign-in needs to know of a person."""

    user_id: int
    password_hash: str
    is_disabled: bool
    must_change_password: bool


def credentials(login: str) -> Credentials | None:
    """By e-mail or staff number, case folded. An e-mail address wins over a staff number."""
    key = fold(login)
    row = (
        session()
        .execute(
            select(User.id, User.password_hash, User.disabled_at, User.must_change_password)
            .where(or_(User.email_key == key, User.staff_no_key == key))
            .order_by((User.email_key == key).desc())
            .limit(1)
        )
        .first()
    )
    if row is None:
        return None
    return Credentials(
        row.id, row.password_hash, row.disabled_at is not None, row.must_change_password
    )
