"""Which notices become which mail, who sends it, and what came of it.

At most once: a mail is claimed by one UPDATE and committed before the server is spoken to. What is
not surely unsent is never sent again by itself (docs/adr/0011).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import delete, select, update

from app.accounts.models import Notice, User
from app.audit.services import record
from app.kernel.db import affected, insert_once, session, upsert
from app.kernel.errors import ConflictError, NotFoundError
from app.mailing import queries
from app.mailing.models import Mail, MailKind, MailNotice, MailState, MailWish
from app.mailing.turns import Mode, Wishes, digest_day, is_quiet, is_turn

# Older notices are not news: nobody gets a hundred mails on the day mail is set up.
FRESH: Final = timedelta(days=3)
# Longer than the longest conversation with a server.
STUCK_AFTER: Final = timedelta(minutes=10)
PAUSES: Final = tuple(timedelta(minutes=n) for n in (1, 5, 15, 60, 240, 480, 720))
KEEP: Final = timedelta(days=90)
DIED: Final = "worker stopped"


@dataclass(frozen=True, slots=True)
class Line:
    """One notice of a mail; `url` is a path of this site or empty."""

    kind: str
    params: Mapping[str, str]
    url: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A claimed mail with all that is needed to write it; `tries` is the number of the claim."""

    id: int
    tries: int
    kind: str
    address: str
    name: str
    locale: str
    lines: tuple[Line, ...]


class MailNotOverError(ConflictError):
    """Only a mail that failed, or may have been sent, is sent again."""

    code = "mail_not_over"
    message = "这封邮件已经发出，或者正等着发，不用再发。"


# ---------------------------------------------------------------- notices into mails


@dataclass(frozen=True, slots=True)
class Turn:
    """Notices of one person whose turn has come, and the key of the mail they go into."""

    person_id: int
    kind: MailKind
    key: str
    notice_ids: tuple[int, ...]


def plan(*, now: datetime) -> int:
    """Put notices whose turn has come into mails that wait. Returns the number of mails."""
    return write(turns(now=now), now=now)


def turns(*, now: datetime) -> list[Turn]:
    """Whose turn it is. Reads only: mostly there is nothing to write."""
    rows = session().execute(
        select(Notice.id, Notice.kind, Notice.created_at, User.id, User.timezone)
        .join(User, User.id == Notice.user_id)
        .outerjoin(MailNotice, MailNotice.notice_id == Notice.id)
        .where(
            Notice.created_at > now - FRESH,
            Notice.read_at.is_(None),
            MailNotice.notice_id.is_(None),
            User.email.is_not(None),
            User.disabled_at.is_(None),
        )
        .order_by(User.id, Notice.id)
    )
    people = {key: list(group) for key, group in groupby(rows.all(), key=lambda row: row[3])}
    wishes = queries.wishes_of(people)
    found = [turn for who, own in people.items() for turn in _turns_of(who, own, wishes[who], now)]
    gone = queries.known_keys({turn.key for turn in found if turn.kind is MailKind.DIGEST})
    return [turn for turn in found if (turn.person_id, turn.key) not in gone]


def _turns_of(person_id: int, rows: Sequence[Any], wishes: Wishes, now: datetime) -> Iterator[Turn]:
    zone = rows[0][4]
    at_once, later = [], []
    for notice_id, kind, created_at, *_person in rows:
        mode = wishes.mode_of(kind)
        if mode is Mode.NOW and is_turn(wishes, created_at, now, zone):
            at_once.append(notice_id)
        elif mode is Mode.DIGEST:
            later.append(notice_id)
    if at_once:
        yield Turn(person_id, MailKind.NOTICE, f"notice:{at_once[0]}", tuple(at_once))
    day = digest_day(wishes, now, zone) if later else None
    if day is not None:
        yield Turn(person_id, MailKind.DIGEST, f"digest:{day}", tuple(later))


def write(found: Sequence[Turn], *, now: datetime) -> int:
    """A mail for each turn; one that another worker is writing is left to it."""
    return sum(_write(turn, now) for turn in found)


def _write(turn: Turn, now: datetime) -> bool:
    values = {
        "person_id": turn.person_id,
        "kind": turn.kind,
        "key": turn.key,
        "state": MailState.WAITING,
        "tries": 0,
        "words": "",
        "created_at": now,
        "next_at": now,
    }
    if not insert_once(Mail, values):
        return False
    mail_id = (
        session()
        .scalars(select(Mail.id).where(Mail.person_id == turn.person_id, Mail.key == turn.key))
        .one()
    )
    for notice_id in turn.notice_ids:
        insert_once(MailNotice, {"notice_id": notice_id, "mail_id": mail_id})
    return True


# ---------------------------------------------------------------- sending


def claim(mail_id: int, *, now: datetime) -> Letter | None:
    """Take a waiting mail to send it; None when there is nothing to send, now or ever.

    The caller commits before it speaks to the server.
    """
    letter = _letter(mail_id, now)
    if letter is None:
        return None
    taken = session().execute(
        update(Mail)
        .where(
            Mail.id == mail_id,
            Mail.state == MailState.WAITING,
            Mail.tries == letter.tries - 1,
            Mail.next_at <= now,
        )
        .values(state=MailState.SENDING, tries=letter.tries, claimed_at=now, words="")
    )
    return letter if affected(taken) else None


def _letter(mail_id: int, now: datetime) -> Letter | None:
    row = (
        session()
        .execute(
            select(Mail.id, Mail.tries, Mail.kind, User)
            .join(User, User.id == Mail.person_id)
            .where(Mail.id == mail_id, Mail.state == MailState.WAITING)
        )
        .first()
    )
    if row is None:
        return None
    person: User = row[3]
    lines = queries.lines_of(mail_id)
    if not lines or person.email is None or person.disabled_at is not None:
        _drop(mail_id)
        return None
    if is_quiet(queries.wishes_of([person.id])[person.id], now, person.timezone):
        _postpone(mail_id, now)
        return None
    return Letter(
        id=row[0],
        tries=row[1] + 1,
        kind=row[2],
        address=person.email,
        name=person.name,
        locale=person.locale,
        lines=tuple(Line(kind, params, url) for kind, params, url in lines),
    )


def _drop(mail_id: int) -> None:
    """All was read in the product, or there is nobody to write to."""
    session().execute(delete(MailNotice).where(MailNotice.mail_id == mail_id))
    session().execute(delete(Mail).where(Mail.id == mail_id, Mail.state == MailState.WAITING))


def _postpone(mail_id: int, now: datetime) -> None:
    session().execute(
        update(Mail)
        .where(Mail.id == mail_id, Mail.state == MailState.WAITING)
        .values(next_at=now + timedelta(minutes=10))
    )


def sent(letter: Letter, *, words: str, now: datetime) -> bool:
    """The server took it. False when somebody decided otherwise meanwhile."""
    return _end(letter, MailState.SENT, words, now)


def unsure(letter: Letter, *, words: str, now: datetime) -> bool:
    """It was handed over and no reply came."""
    return _end(letter, MailState.UNSURE, words, now)


def refused(letter: Letter, *, words: str, is_final: bool, now: datetime) -> bool:
    """The server surely did not take it: tried again after a growing pause, unless it is final."""
    if is_final or letter.tries > len(PAUSES):
        return _end(letter, MailState.FAILED, words, now)
    next_at = now + PAUSES[letter.tries - 1]
    return _end(letter, MailState.WAITING, words, now, next_at=next_at, ended_at=None)


def _end(
    letter: Letter, state: MailState, words: str, now: datetime, **more: datetime | None
) -> bool:
    # A late answer also settles what was already called unsure.
    values: dict[str, Any] = {"state": state, "words": words[:500], "ended_at": now, **more}
    done = session().execute(
        update(Mail)
        .where(
            Mail.id == letter.id,
            Mail.tries == letter.tries,
            Mail.state.in_([MailState.SENDING, MailState.UNSURE]),
        )
        .values(**values)
    )
    return affected(done) > 0


def doubt_stuck(*, now: datetime) -> int:
    """Mails whose worker died while sending: nobody knows whether they went. Gives the number."""
    done = session().execute(
        update(Mail)
        .where(Mail.state == MailState.SENDING, Mail.claimed_at < now - STUCK_AFTER)
        .values(state=MailState.UNSURE, words=DIED, ended_at=now)
    )
    return affected(done)


def send_again(mail_id: int, *, actor_id: int, now: datetime) -> None:
    """A person decides that a failed or unsure mail is sent (again).

    Raises NotFoundError, MailNotOverError.
    """
    row = session().get(Mail, mail_id)
    if row is None:
        raise NotFoundError
    done = session().execute(
        update(Mail)
        .where(Mail.id == mail_id, Mail.state.in_([MailState.UNSURE, MailState.FAILED]))
        .values(state=MailState.WAITING, next_at=now, ended_at=None)
    )
    if not affected(done):
        raise MailNotOverError
    record(
        action="mail.again",
        object_type="mail",
        object_id=mail_id,
        actor_id=actor_id,
        now=now,
        detail={"person": row.person_id},
    )


def forget_old(*, now: datetime) -> None:
    """Mails that ended long ago."""
    old = select(Mail.id).where(Mail.ended_at < now - KEEP)
    session().execute(delete(MailNotice).where(MailNotice.mail_id.in_(old)))
    session().execute(delete(Mail).where(Mail.ended_at < now - KEEP))


# ---------------------------------------------------------------- wishes


def set_wishes(person_id: int, wishes: Wishes) -> None:
    """Keep how a person wants her mail."""
    values = {
        "person_id": person_id,
        "modes": dict(wishes.modes),
        "digest_at": wishes.digest_at,
        "quiet_from": wishes.quiet_from,
        "quiet_to": wishes.quiet_to,
        "no_weekends": wishes.no_weekends,
    }
    upsert(MailWish, values, keys=("person_id",))
