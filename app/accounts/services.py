"""Changes to people, roles, the organisation, sessions, notices. Callers hash passwords first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, or_, select, update

from app.accounts import queries
from app.accounts.errors import (
    DateOrderError,
    LoginTakenError,
    NoLoginError,
    SelfChangeError,
    SelfMentorError,
    UnitInUseError,
    UnitLoopError,
)
from app.accounts.models import (
    AccessLog,
    Leadership,
    Membership,
    Mentorship,
    Notice,
    Role,
    RoleGrant,
    Throttle,
    Unit,
    UnitEdge,
    User,
    UserSession,
)
from app.accounts.queries import fold, units_below_select
from app.accounts.throttle import WINDOW
from app.audit.services import record
from app.domain.items import DEFAULT_LANG
from app.kernel.db import affected, insert_once, session, upsert
from app.kernel.errors import NotFoundError

SIGN_IN_LOG: Final = timedelta(days=180)
TOLD_AT_ONCE: Final = 500
SIGN_IN_KINDS: Final = ("sign_in", "sign_in_failed")

# ---------------------------------------------------------------- sessions and sign-in


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


def end_session(*, session_id: int, user_id: int, now: datetime) -> None:
    """Sign a browser out; ending twice changes nothing. Raises NotFoundError for another's."""
    row = session().get(UserSession, session_id)
    if row is None or row.user_id != user_id:
        raise NotFoundError
    row.ended_at = row.ended_at or now
    session().flush()


def end_sessions(*, user_id: int, now: datetime, but: int | None = None) -> int:
    """Sign a person out everywhere, except in session `but`. Returns how many ended."""
    query = update(UserSession).where(
        UserSession.user_id == user_id, UserSession.ended_at.is_(None)
    )
    if but is not None:
        query = query.where(UserSession.id != but)
    done = session().execute(query.values(ended_at=now))
    return affected(done)


def record_failure(*, keys: Collection[str], now: datetime) -> None:
    """Count a failed sign-in; a new window starts when the last one is over."""
    for key in sorted(keys):
        fresh = {"key": key, "failures": 1, "window_started_at": now, "last_at": now}
        current = session().get(Throttle, key, with_for_update=True)
        if current is not None and now - current.window_started_at <= WINDOW:
            fresh |= {
                "failures": current.failures + 1,
                "window_started_at": current.window_started_at,
            }
        upsert(Throttle, fresh, keys=("key",))


def forget_failures(*, key: str) -> None:
    """After a sign-in that worked."""
    session().execute(delete(Throttle).where(Throttle.key == key))


def log_access(
    *,
    kind: str,
    now: datetime,
    actor_id: int | None = None,
    subject_id: int | None = None,
    detail: str = "",
    address: str = "",
) -> None:
    """One line of the access log: who looked at whom, who failed to sign in."""
    session().add(
        AccessLog(
            at=now,
            actor_id=actor_id,
            kind=kind,
            subject_id=subject_id,
            detail=detail[:200],
            address=address[:64],
        )
    )
    session().flush()


def forget_old_records(*, now: datetime) -> None:
    """Throttle counters after a day; sign-in records and ended sessions after SIGN_IN_LOG."""
    old = now - SIGN_IN_LOG
    for query in (
        delete(Throttle).where(Throttle.last_at < now - timedelta(days=1)),
        delete(AccessLog).where(AccessLog.kind.in_(SIGN_IN_KINDS), AccessLog.at < old),
        delete(UserSession).where(UserSession.created_at < old),
    ):
        session().execute(query)


# ---------------------------------------------------------------- people


@dataclass(frozen=True, slots=True)
class PersonData:
    """What an admin writes about a person. Without a time zone hers stays as it is."""

    name: str
    email: str | None = None
    staff_no: str | None = None
    job_role: str = "seller"
    set_step: str | None = None
    hire_on: date | None = None
    locale: str = "zh-CN"
    timezone: str | None = None


def create_person(
    data: PersonData,
    *,
    password_hash: str,
    actor_id: int | None,
    now: datetime,
    roles: Collection[str] = (),
    must_change_password: bool = True,
) -> int:
    """A new person with a one-time first password. Returns the id.

    Raises LoginTakenError, NoLoginError.
    """
    row = User(
        password_hash=password_hash, created_at=now, must_change_password=must_change_password
    )
    _fill(row, data)
    session().add(row)
    session().flush()
    _audit("user.create", row.id, actor_id, now)
    for role in sorted(roles):
        grant_role(user_id=row.id, role=role, actor_id=actor_id, now=now)
    return row.id


def edit_person(user_id: int, data: PersonData, *, actor_id: int, now: datetime) -> None:
    """Correct a person's data. Raises NotFoundError, LoginTakenError, NoLoginError."""
    row = _user(user_id)
    before = _plain(row)
    _fill(row, data)
    # Names of fields only: the trail is never rewritten, so it holds no personal data.
    changed = sorted(field for field, value in _plain(row).items() if before[field] != value)
    session().flush()
    if changed:
        _audit("user.edit", user_id, actor_id, now, fields=changed)


def _plain(row: User) -> dict[str, Any]:
    return {field: getattr(row, field) for field in PersonData.__dataclass_fields__}


def _fill(row: User, data: PersonData) -> None:
    email, staff_no = (data.email or "").strip() or None, (data.staff_no or "").strip() or None
    if email is None and staff_no is None:
        raise NoLoginError
    keys = {fold(login) for login in (email, staff_no) if login}
    with session().no_autoflush:
        taken = session().scalar(
            select(User.id).where(
                User.id != (row.id or 0),
                or_(User.email_key.in_(keys), User.staff_no_key.in_(keys)),
            )
        )
    if taken is not None:
        raise LoginTakenError
    for field in PersonData.__dataclass_fields__:
        if field != "timezone" or data.timezone is not None:
            setattr(row, field, getattr(data, field))
    row.email, row.email_key = email, fold(email) if email else None
    row.staff_no, row.staff_no_key = staff_no, fold(staff_no) if staff_no else None


def set_step(*, user_id: int, step: str | None, actor_id: int, now: datetime) -> bool:
    """Set a person's career step, or let the hire date decide again (None). False: no change.

    Raises NotFoundError.
    """
    row = _user(user_id)
    if row.set_step == step:
        return False
    before, row.set_step = row.set_step, step
    session().flush()
    _audit("user.step", user_id, actor_id, now, before=before, after=step)
    return True


def disable_person(*, user_id: int, actor_id: int | None, reason: str, now: datetime) -> None:
    """No more sign-in; all sessions end at once. Raises SelfChangeError, NotFoundError."""
    if user_id == actor_id:
        raise SelfChangeError
    row = _user(user_id)
    if row.disabled_at is not None:
        return
    row.disabled_at = now
    ended = end_sessions(user_id=user_id, now=now)
    _audit("user.disable", user_id, actor_id, now, reason=reason, sessions_ended=ended)


def enable_person(*, user_id: int, actor_id: int | None, now: datetime) -> None:
    """Sign-in works again; old sessions stay ended. Raises SelfChangeError, NotFoundError."""
    if user_id == actor_id:
        raise SelfChangeError
    row = _user(user_id)
    if row.disabled_at is None:
        return
    row.disabled_at = None
    _audit("user.enable", user_id, actor_id, now)


def leave(*, user_id: int, on: date, actor_id: int | None, now: datetime) -> None:
    """A person leaves the company: membership and leadership end, sign-in ends."""
    row = _user(user_id)
    row.left_on = on
    for table in (Membership, Leadership):
        session().execute(
            update(table)
            .where(table.user_id == user_id, table.valid_to.is_(None), table.valid_from <= on)
            .values(valid_to=on)
        )
    disable_person(user_id=user_id, actor_id=actor_id, reason="left", now=now)


def announce_leave(*, user_id: int, on: date, actor_id: int | None, now: datetime) -> None:
    """A person leaves on a day, now or to come: membership, leadership and mentoring end that day.

    Signing in ends with `disable_person`, on the day. Raises NotFoundError.
    """
    row = _user(user_id)
    row.left_on = on
    for table in (Membership, Leadership):
        session().execute(
            update(table)
            .where(
                table.user_id == user_id,
                table.valid_from <= on,
                or_(table.valid_to.is_(None), table.valid_to > on),
            )
            .values(valid_to=on)
        )
    for one in session().scalars(
        select(Mentorship).where(
            or_(Mentorship.mentor_id == user_id, Mentorship.trainee_id == user_id),
            or_(Mentorship.valid_to.is_(None), Mentorship.valid_to > on),
        )
    ):
        one.valid_to = max(on, one.valid_from)
    session().flush()
    _audit("user.leave", user_id, actor_id, now, on=on)


def come_back(*, user_id: int, actor_id: int | None, now: datetime) -> None:
    """Who had left, or was disabled, works here again. Raises SelfChangeError, NotFoundError."""
    row = _user(user_id)
    row.left_on = None
    enable_person(user_id=user_id, actor_id=actor_id, now=now)
    session().flush()


def set_first_password(*, user_id: int, password_hash: str, now: datetime) -> None:
    """An invited person's own first password; whoever was signed in before is signed out."""
    row = _user(user_id)
    row.password_hash = password_hash
    row.must_change_password = False
    end_sessions(user_id=user_id, now=now)
    _audit("password.change", user_id, user_id, now)


def reset_password(
    *, user_id: int, password_hash: str, actor_id: int | None, now: datetime
) -> None:
    """A new one-time password by an admin; the person is signed out everywhere.

    Raises SelfChangeError (use the own account page), NotFoundError.
    """
    if user_id == actor_id:
        raise SelfChangeError
    row = _user(user_id)
    row.password_hash = password_hash
    row.must_change_password = True
    end_sessions(user_id=user_id, now=now)
    _audit("password.reset", user_id, actor_id, now)


def change_password(*, user_id: int, password_hash: str, session_id: int, now: datetime) -> None:
    """A person's own new password; her other sessions end."""
    row = _user(user_id)
    row.password_hash = password_hash
    row.must_change_password = False
    end_sessions(user_id=user_id, now=now, but=session_id)
    _audit("password.change", user_id, user_id, now)


def set_preferences(*, user_id: int, locale: str, timezone: str, theme: str) -> None:
    """Language, time zone and light or dark."""
    row = _user(user_id)
    row.locale, row.timezone, row.theme = locale, timezone, theme
    session().flush()


def grant_role(*, user_id: int, role: str, actor_id: int | None, now: datetime) -> None:
    """Give a role; giving it twice changes nothing. Nobody grants herself (SelfChangeError)."""
    if user_id == actor_id:
        raise SelfChangeError
    _user(user_id)
    role = Role(role).value
    if role == Role.LEARNER:
        return  # everybody is one
    held = session().scalar(
        select(RoleGrant.id).where(RoleGrant.user_id == user_id, RoleGrant.role == role)
    )
    if held is None:
        session().add(RoleGrant(user_id=user_id, role=role, granted_by_id=actor_id, granted_at=now))
        _audit("role.grant", user_id, actor_id, now, role=role)


def revoke_role(*, user_id: int, role: str, actor_id: int | None, now: datetime) -> None:
    """Take a role away; nothing happens without it. Raises SelfChangeError, NotFoundError."""
    if user_id == actor_id:
        raise SelfChangeError
    _user(user_id)
    gone = session().execute(
        delete(RoleGrant).where(RoleGrant.user_id == user_id, RoleGrant.role == role)
    )
    if affected(gone):
        _audit("role.revoke", user_id, actor_id, now, role=role)


def set_roles(*, user_id: int, roles: Collection[str], actor_id: int | None, now: datetime) -> None:
    """Grant and revoke until the person holds exactly `roles` (beside learner)."""
    held = set(session().scalars(select(RoleGrant.role).where(RoleGrant.user_id == user_id)))
    wanted = {Role(role).value for role in roles} - {Role.LEARNER.value}
    if user_id == actor_id and held != wanted:
        raise SelfChangeError
    for role in sorted(wanted - held):
        grant_role(user_id=user_id, role=role, actor_id=actor_id, now=now)
    for role in sorted(held - wanted):
        revoke_role(user_id=user_id, role=role, actor_id=actor_id, now=now)


def _user(user_id: int) -> User:
    row = session().get(User, user_id)
    if row is None:
        raise NotFoundError
    return row


def _audit(
    action: str,
    object_id: int,
    actor_id: int | None,
    now: datetime,
    *,
    reason: str = "",
    **detail: Any,
) -> None:
    kind = "unit" if action.startswith("unit.") else "user"
    record(
        action=action,
        object_type=kind,
        object_id=object_id,
        actor_id=actor_id,
        now=now,
        detail=detail,
        reason=reason,
    )


# ---------------------------------------------------------------- the organisation


def create_unit(
    *, name: str, parent_id: int | None, since: date, actor_id: int | None, now: datetime
) -> int:
    """A new unit, below `parent_id` from `since`. Returns the id."""
    row = Unit(name=name.strip())
    session().add(row)
    session().flush()
    if parent_id is not None:
        _unit(parent_id)
        session().add(UnitEdge(unit_id=row.id, parent_id=parent_id, valid_from=since))
    _audit("unit.create", row.id, actor_id, now, name=row.name, parent=parent_id)
    return row.id


def rename_unit(*, unit_id: int, name: str, actor_id: int | None, now: datetime) -> None:
    """Another name, for all days. Raises NotFoundError."""
    row = _unit(unit_id)
    if row.name != name.strip():
        _audit("unit.rename", unit_id, actor_id, now, before=row.name, after=name.strip())
        row.name = name.strip()


def move_unit(
    *, unit_id: int, parent_id: int | None, on: date, actor_id: int | None, now: datetime
) -> None:
    """Lay a unit below another (or make it a root) from a day on; earlier days stay as they were.

    Raises UnitLoopError, DateOrderError, NotFoundError.
    """
    _unit(unit_id)
    if parent_id is not None:
        _unit(parent_id)
        below = session().scalars(units_below_select(unit_id, on))
        if parent_id in set(below):
            raise UnitLoopError
    edges = session().scalars(
        select(UnitEdge).where(UnitEdge.unit_id == unit_id).order_by(UnitEdge.valid_from)
    )
    last = _close(list(edges), on, "parent_id", parent_id)
    if last and parent_id is not None:
        session().add(UnitEdge(unit_id=unit_id, parent_id=parent_id, valid_from=on))
    _audit("unit.move", unit_id, actor_id, now, parent=parent_id, on=on)


def close_unit(*, unit_id: int, on: date, actor_id: int | None, now: datetime) -> None:
    """Close an empty unit. Raises UnitInUseError, NotFoundError."""
    row = _unit(unit_id)
    after = on
    member = session().scalar(
        select(Membership.id)
        .where(
            Membership.unit_id == unit_id,
            or_(Membership.valid_to.is_(None), Membership.valid_to > after),
        )
        .limit(1)
    )
    child = session().scalar(
        select(UnitEdge.id)
        .where(
            UnitEdge.parent_id == unit_id,
            or_(UnitEdge.valid_to.is_(None), UnitEdge.valid_to > after),
        )
        .limit(1)
    )
    if member is not None or child is not None:
        raise UnitInUseError
    row.closed_on = on
    _audit("unit.close", unit_id, actor_id, now, on=on)


def move_person(
    *, user_id: int, unit_id: int | None, on: date, actor_id: int | None, now: datetime
) -> None:
    """A person belongs to a unit from a day on; the days before stay as they were.

    Raises DateOrderError, NotFoundError.
    """
    _user(user_id)
    if unit_id is not None:
        _unit(unit_id)
    rows = session().scalars(
        select(Membership).where(Membership.user_id == user_id).order_by(Membership.valid_from)
    )
    if _close(list(rows), on, "unit_id", unit_id) and unit_id is not None:
        session().add(Membership(user_id=user_id, unit_id=unit_id, valid_from=on))
        session().flush()
    _audit("membership.move", user_id, actor_id, now, unit=unit_id, on=on)


def _close(rows: list[UnitEdge] | list[Membership], on: date, target: str, new: int | None) -> bool:
    """End the last edge on a day. False when a changed row already says what was wanted."""
    if not rows:
        return True
    last = rows[-1]
    if on < last.valid_from:
        raise DateOrderError(since=last.valid_from)
    if last.valid_from == on and new is not None:
        setattr(last, target, new)  # corrected on its first day
        last.valid_to = None
        session().flush()
        return False
    if last.valid_to is None or last.valid_to > on:
        last.valid_to = on
    session().flush()
    return True


def pair(
    *,
    mentor_id: int,
    trainee_id: int,
    on: date,
    because: str,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Somebody mentors a newcomer from a day on; a mentor before ends that day.

    `because`: why, where the mentor does not meet the rules (the caller has looked). Raises
    DateOrderError, NotFoundError, SelfMentorError.
    """
    _user(mentor_id)
    _user(trainee_id)
    if mentor_id == trainee_id:
        raise SelfMentorError
    last = _end_pairing(trainee_id, on)
    if last is not None and last.valid_from == on:
        row = last  # corrected on its first day
    else:
        row = Mentorship(trainee_id=trainee_id, valid_from=on)
        session().add(row)
    row.mentor_id, row.valid_to, row.named_because = mentor_id, None, because
    row.named_by_id, row.created_at = actor_id, now
    session().flush()
    _audit("mentor.pair", trainee_id, actor_id, now, mentor=mentor_id, on=on, because=because)


def end_pairing(*, trainee_id: int, on: date, actor_id: int | None, now: datetime) -> None:
    """The newcomer has no mentor from a day on; ending twice changes nothing."""
    last = _newest_pairing(trainee_id)
    before = last.valid_to if last is not None else None
    if _end_pairing(trainee_id, on) is not None and last is not None and last.valid_to != before:
        _audit("mentor.end", trainee_id, actor_id, now, on=on)


def _newest_pairing(trainee_id: int) -> Mentorship | None:
    return session().scalar(
        select(Mentorship)
        .where(Mentorship.trainee_id == trainee_id)
        .order_by(Mentorship.valid_from.desc())
        .limit(1)
    )


def _end_pairing(trainee_id: int, on: date) -> Mentorship | None:
    """The newest pairing, ended on that day where it still ran. Raises DateOrderError."""
    last = _newest_pairing(trainee_id)
    if last is None:
        return None
    if on < last.valid_from:
        raise DateOrderError(since=last.valid_from)
    if last.valid_to is None or last.valid_to > on:
        last.valid_to = on
    session().flush()
    return last


def appoint_leader(
    *, unit_id: int, user_id: int, on: date, actor_id: int | None, now: datetime
) -> None:
    """A person leads a unit (and all below) from a day on. Needs the role manager to see pages."""
    _unit(unit_id)
    _user(user_id)
    if user_id == actor_id:
        raise SelfChangeError
    current = session().scalar(
        select(Leadership).where(
            Leadership.unit_id == unit_id,
            Leadership.user_id == user_id,
            or_(Leadership.valid_to.is_(None), Leadership.valid_to >= on),
        )
    )
    if current is not None:
        current.valid_to = None
        return
    session().add(Leadership(unit_id=unit_id, user_id=user_id, valid_from=on))
    session().flush()
    _audit("unit.leader_start", unit_id, actor_id, now, user=user_id, on=on)


def end_leadership(
    *, unit_id: int, leadership_id: int, on: date, actor_id: int | None, now: datetime
) -> None:
    """A person no longer leads a unit. Raises NotFoundError, DateOrderError."""
    row = session().get(Leadership, leadership_id)
    if row is None or row.unit_id != unit_id:
        raise NotFoundError
    if on < row.valid_from:
        raise DateOrderError(since=row.valid_from)
    row.valid_to = on
    _audit("unit.leader_end", unit_id, actor_id, now, user=row.user_id, on=on)


def _unit(unit_id: int) -> Unit:
    row = session().get(Unit, unit_id)
    if row is None:
        raise NotFoundError
    return row


# ---------------------------------------------------------------- notices


def titled(title: Mapping[str, str]) -> dict[str, str]:
    """A title by language as parameters: whoever reads the notice has it in their language."""
    first = title.get(DEFAULT_LANG) or next(iter(title.values()), "")
    english = title.get("en") or ""
    return {"title": first} | ({"title_en": english} if english else {})


def notify(
    *, user_id: int, kind: str, key: str, params: Mapping[str, str], url: str, now: datetime
) -> bool:
    """Tell a person something once: the same `key` again changes nothing. True when it is new.

    `kind` is one of `accounts.notices.KINDS`, `params` fill its sentence, `url` is the page to
    open (a path of this site).
    """
    return insert_once(
        Notice,
        {
            "user_id": user_id,
            "kind": kind,
            "key": key,
            "params": dict(params),
            "url": url,
            "created_at": now,
        },
    )


@dataclass(frozen=True, slots=True)
class Word:
    """What `notify` tells one person."""

    user_id: int
    kind: str
    key: str
    params: Mapping[str, str]
    url: str


def notify_each(words: Sequence[Word], *, now: datetime) -> int:
    """As `notify` for many, most of whom were told before: looked up in one SELECT per 500.

    Gives how many are new.
    """
    told: set[tuple[int, str]] = set()
    for start in range(0, len(words), TOLD_AT_ONCE):
        part = words[start : start + TOLD_AT_ONCE]
        told |= queries.told({one.user_id for one in part}, {one.key for one in part})
    return sum(
        notify(
            user_id=one.user_id,
            kind=one.kind,
            key=one.key,
            params=one.params,
            url=one.url,
            now=now,
        )
        for one in words
        if (one.user_id, one.key) not in told
    )


def read_notice(*, notice_id: int, user_id: int, now: datetime) -> str:
    """Mark one notice read. Returns its address. Raises NotFoundError for another's."""
    row = session().get(Notice, notice_id)
    if row is None or row.user_id != user_id:
        raise NotFoundError
    row.read_at = row.read_at or now
    session().flush()
    return row.url


def read_all_notices(*, user_id: int, now: datetime) -> None:
    """Mark all of a person's notices read."""
    session().execute(
        update(Notice)
        .where(Notice.user_id == user_id, Notice.read_at.is_(None))
        .values(read_at=now)
    )
