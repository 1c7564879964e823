"""Reads about mails and wishes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from app.accounts.models import Notice, User
from app.kernel.db import session
from app.mailing.models import Mail, MailNotice, MailState, MailWish
from app.mailing.turns import Wishes


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail as the administrator's page shows it: who and how, not what it says."""

    id: int
    person: str
    kind: str
    state: str
    tries: int
    words: str
    created_at: datetime
    next_at: datetime
    ended_at: datetime | None


def wishes_of(person_ids: Collection[int]) -> Mapping[int, Wishes]:
    """How each of the people wants her mail; the defaults for who never said."""
    rows = session().scalars(select(MailWish).where(MailWish.person_id.in_(list(person_ids))))
    known = {row.person_id: _wishes(row) for row in rows}
    return {person_id: known.get(person_id, Wishes()) for person_id in person_ids}


def _wishes(row: MailWish) -> Wishes:
    return Wishes(row.modes, row.digest_at, row.quiet_from, row.quiet_to, row.no_weekends)


def known_keys(keys: Collection[str]) -> frozenset[tuple[int, str]]:
    """Person and key of the mails that exist with one of these keys."""
    rows = session().execute(select(Mail.person_id, Mail.key).where(Mail.key.in_(list(keys))))
    return frozenset((person_id, key) for person_id, key in rows)


def due(*, now: datetime, limit: int = 50) -> list[int]:
    """Ids of mails that wait and may be tried now, the oldest first."""
    return list(
        session().scalars(
            select(Mail.id)
            .where(Mail.state == MailState.WAITING, Mail.next_at <= now)
            .order_by(Mail.next_at, Mail.id)
            .limit(limit)
        )
    )


def lines_of(mail_id: int) -> list[Row[str, dict[str, str], str]]:
    """Kind, params and url of the notices of a mail that are still unread, in their order.

    What waited for the end of quiet hours may have been told again meanwhile: it is said once.
    """
    rows = session().execute(
        select(Notice.kind, Notice.params, Notice.url)
        .join(MailNotice, MailNotice.notice_id == Notice.id)
        .where(MailNotice.mail_id == mail_id, Notice.read_at.is_(None))
        .order_by(Notice.id)
    )
    said = {(row.kind, tuple(sorted(row.params.items())), row.url): row for row in rows}
    return list(said.values())


def counts(*, since: datetime) -> Mapping[str, int]:
    """How many mails stand where: all open ones, and those that ended since then."""
    rows = session().execute(
        select(Mail.state, func.count())
        .where((Mail.ended_at.is_(None)) | (Mail.ended_at >= since))
        .group_by(Mail.state)
    )
    found: dict[str, int] = dict(rows.all())
    return {state.value: found.get(state.value, 0) for state in MailState}


def mails(*, state: str = "", before: int | None = None, limit: int = 50) -> list[MailRow]:
    """The latest mails, of one state or of all."""
    query: Any = (
        select(Mail, User.name)
        .join(User, User.id == Mail.person_id)
        .order_by(Mail.id.desc())
        .limit(limit)
    )
    if state:
        query = query.where(Mail.state == state)
    if before is not None:
        query = query.where(Mail.id < before)
    return [
        MailRow(
            id=row.id,
            person=name,
            kind=row.kind,
            state=row.state,
            tries=row.tries,
            words=row.words,
            created_at=row.created_at,
            next_at=row.next_at,
            ended_at=row.ended_at,
        )
        for row, name in session().execute(query)
    ]
