"""Reads: the company as the plan sees it, open and finished lists, invitations."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import undefer

from app.accounts.models import (
    Leadership,
    Membership,
    Mentorship,
    RoleGrant,
    Unit,
    UnitEdge,
    User,
    UserSession,
)
from app.accounts.queries import SESSION_DAYS
from app.domain.staff import StaffTable, from_plain
from app.domain.staffplan import Company, Known, KnownUnit, Wishes
from app.kernel.db import session
from app.staff.errors import ImportGoneError
from app.staff.models import Absence, Invitation, StaffImport


def company(day: date) -> Company:
    """Everybody with her latest place, every open unit with its place and leaders. Six SELECTs."""
    return Company(tuple(_people(day)), tuple(_units(day)))


def _people(day: date) -> list[Known]:
    db = session()
    latest: dict[int, Membership] = {
        one.user_id: one for one in db.scalars(select(Membership).order_by(Membership.valid_from))
    }
    roles: dict[int, set[str]] = defaultdict(set)
    for user_id, role in db.execute(select(RoleGrant.user_id, RoleGrant.role)):
        roles[user_id].add(role)
    return [_known(row, latest.get(row.id), roles[row.id], day)
            for row in db.scalars(select(User).order_by(User.id))]  # fmt: skip


def _known(row: User, place: Membership | None, roles: Collection[str], day: date) -> Known:
    is_member = place is not None and (place.valid_to is None or place.valid_to > day)
    return Known(
        id=row.id,
        name=row.name,
        staff_no=row.staff_no or "",
        email=row.email or "",
        job_role=row.job_role,
        step=row.set_step or "",
        locale=row.locale,
        hire_on=row.hire_on,
        left_on=row.left_on,
        is_disabled=row.disabled_at is not None,
        unit_id=place.unit_id if place is not None and is_member else None,
        member_since=place.valid_from if place is not None else None,
        roles=frozenset(roles),
    )


def _units(day: date) -> list[KnownUnit]:
    db = session()
    above: dict[int, int] = {}
    for edge in db.scalars(select(UnitEdge).order_by(UnitEdge.valid_from)):
        if edge.valid_to is None or edge.valid_to > day:
            above[edge.unit_id] = edge.parent_id
    leaders: dict[int, dict[int, date]] = defaultdict(dict)
    now = or_(Leadership.valid_to.is_(None), Leadership.valid_to > day)
    for one in db.scalars(select(Leadership).where(now).order_by(Leadership.id)):
        leaders[one.unit_id][one.user_id] = one.valid_from
    open_ = or_(Unit.closed_on.is_(None), Unit.closed_on > day)
    return [
        KnownUnit(unit.id, unit.name, above.get(unit.id), leaders[unit.id])
        for unit in db.scalars(select(Unit).where(open_).order_by(Unit.id))
    ]


# ---------------------------------------------------------------- lists


@dataclass(frozen=True, slots=True)
class OpenImport:
    """A list that was read and is not made yet."""

    id: int
    name: str
    table: StaffTable
    wishes: Wishes
    made_at: datetime


def wishes_of(text: str, on: date) -> Wishes:
    """The admin's choices as kept; the day of the import unless another was chosen."""
    kept = json.loads(text or "{}")
    return Wishes(
        on=date.fromisoformat(kept["on"]) if kept.get("on") else on,
        is_complete=bool(kept.get("complete")),
        left_out=frozenset(kept.get("left_out", ())),
        ticked=frozenset(kept.get("ticked", ())),
    )


def wishes_json(wishes: Wishes) -> str:
    """For `wishes_of`."""
    return json.dumps(
        {
            "on": wishes.on.isoformat(),
            "complete": wishes.is_complete,
            "left_out": sorted(wishes.left_out),
            "ticked": sorted(wishes.ticked),
        },
        ensure_ascii=False,
    )


def open_import(import_id: int, *, today: date) -> OpenImport:
    """A list that waits. Raises ImportGoneError."""
    row = session().get(StaffImport, import_id, options=[undefer(StaffImport.rows)])
    if row is None or row.applied_at is not None:
        raise ImportGoneError
    table = from_plain(json.loads(row.rows))
    return OpenImport(row.id, row.name, table, wishes_of(row.wishes, today), row.made_at)


def is_open(import_id: int) -> bool:
    """Whether a list waits to be made; False for one that was made. Raises ImportGoneError."""
    row = (
        session()
        .execute(select(StaffImport.applied_at).where(StaffImport.id == import_id))
        .one_or_none()
    )
    if row is None:
        raise ImportGoneError
    return row.applied_at is None


@dataclass(frozen=True, slots=True)
class ImportLine:
    """A list in the history; `report` counts what was done, by kind."""

    id: int
    name: str
    people: int
    by: str
    made_at: datetime
    applied_at: datetime | None
    undone_at: datetime | None


def imports() -> list[ImportLine]:
    """The latest thirty lists, newest first. One SELECT."""
    by = func.coalesce(StaffImport.applied_by_id, StaffImport.person_id)
    rows = session().execute(
        select(StaffImport, User.name)
        .outerjoin(User, User.id == by)
        .order_by(StaffImport.id.desc())
        .limit(30)
    )
    return [
        ImportLine(
            row.id, row.name, row.people, name or "", row.made_at, row.applied_at, row.undone_at
        )
        for row, name in rows
    ]


@dataclass(frozen=True, slots=True)
class Report:
    """A list that was made: `done` as `services.apply` kept it."""

    id: int
    name: str
    by: str
    applied_at: datetime
    undone_at: datetime | None
    done: Mapping[str, Any]


def report(import_id: int) -> Report:
    """What an import did. Raises ImportGoneError."""
    row = session().get(StaffImport, import_id, options=[undefer(StaffImport.report)])
    if row is None or row.applied_at is None:
        raise ImportGoneError
    by = session().scalar(select(User.name).where(User.id == row.applied_by_id)) or ""
    return Report(row.id, row.name, by, row.applied_at, row.undone_at, json.loads(row.report))


# ---------------------------------------------------------------- who loses whom


@dataclass(frozen=True, slots=True)
class Losses:
    """Names of who is left without a mentor, and of units left without a leader."""

    mentees: Mapping[int, tuple[str, ...]]
    units: Mapping[int, tuple[str, ...]]


def losses(leaver_ids: Collection[int], day: date) -> Losses:
    """By leaver: whom she mentors, which units she leads. Two SELECTs."""
    db = session()
    mentees: dict[int, list[str]] = defaultdict(list)
    for mentor_id, name in db.execute(
        select(Mentorship.mentor_id, User.name)
        .join(User, User.id == Mentorship.trainee_id)
        .where(
            Mentorship.mentor_id.in_(leaver_ids),
            or_(Mentorship.valid_to.is_(None), Mentorship.valid_to > day),
        )
        .order_by(User.name)
    ):
        mentees[mentor_id].append(name)
    units: dict[int, list[str]] = defaultdict(list)
    for user_id, name in db.execute(
        select(Leadership.user_id, Unit.name)
        .join(Unit, Unit.id == Leadership.unit_id)
        .where(
            Leadership.user_id.in_(leaver_ids),
            or_(Leadership.valid_to.is_(None), Leadership.valid_to > day),
        )
        .order_by(Unit.name)
    ):
        units[user_id].append(name)
    return Losses(
        {one: tuple(names) for one, names in mentees.items()},
        {one: tuple(names) for one, names in units.items()},
    )


# ---------------------------------------------------------------- invitations


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who has no password of her own yet; `invited_at` None: nobody invited her."""

    user_id: int
    name: str
    login: str
    email: str
    invited_at: datetime | None
    expires_at: datetime | None
    mailed_at: datetime | None
    mail_words: str


def uninvited(ids: Collection[int]) -> list[Invited]:
    """Of these people those without a password of their own, by name. Two SELECTs."""
    db = session()
    people = db.scalars(
        select(User)
        .where(User.id.in_(ids), User.must_change_password, User.disabled_at.is_(None))
        .order_by(User.name, User.id)
    ).all()
    latest = {
        one.user_id: one
        for one in db.scalars(
            select(Invitation)
            .where(Invitation.user_id.in_([one.id for one in people]))
            .order_by(Invitation.id)
        )
    }
    return [_invited(one, latest.get(one.id)) for one in people]


def _invited(row: User, last: Invitation | None) -> Invited:
    is_open = last is not None and last.ended_at is None and last.used_at is None
    return Invited(
        row.id,
        row.name,
        row.staff_no or row.email or "",
        row.email or "",
        last.made_at if last and is_open else None,
        last.expires_at if last and is_open else None,
        last.mail_sent_at if last and is_open else None,
        last.mail_words if last and is_open else "",
    )


@dataclass(frozen=True, slots=True)
class Link:
    """An invitation that may be used now."""

    id: int
    user_id: int
    name: str
    login: str
    locale: str
    expires_at: datetime


def link(token_hash: str, *, now: datetime) -> Link | None:
    """The invitation behind a link; None when it is used, ended, expired or nobody's."""
    row = (
        session()
        .execute(
            select(Invitation, User)
            .join(User, User.id == Invitation.user_id)
            .where(
                Invitation.token_hash == token_hash,
                Invitation.used_at.is_(None),
                Invitation.ended_at.is_(None),
                Invitation.expires_at > now,
                User.disabled_at.is_(None),
            )
        )
        .first()
    )
    if row is None:
        return None
    invitation, user = row
    return Link(
        invitation.id, user.id, user.name, user.staff_no or user.email or "", user.locale,
        invitation.expires_at,
    )  # fmt: skip


def mails_waiting() -> list[int]:
    """Ids of the invitations that are to go by e-mail and nobody has taken up yet."""
    return list(
        session().scalars(
            select(Invitation.id)
            .where(
                Invitation.mail_wanted_at.is_not(None),
                Invitation.mail_claimed_at.is_(None),
                Invitation.ended_at.is_(None),
                Invitation.used_at.is_(None),
            )
            .order_by(Invitation.id)
            .limit(50)
        )
    )


# ---------------------------------------------------------------- leave


@dataclass(frozen=True, slots=True)
class Away:
    """Days away of one person; `is_paused` once her tracks stand still."""

    id: int
    user_id: int
    from_on: date
    back_on: date | None
    reason: str
    is_paused: bool
    is_over: bool


def absences(user_id: int) -> list[Away]:
    """A person's leave, latest first."""
    rows = session().scalars(
        select(Absence).where(Absence.user_id == user_id).order_by(Absence.from_on.desc())
    )
    return [_away(row) for row in rows]


def absences_due(day: date) -> list[Away]:
    """Leave that begins or ends by this day and was not followed yet, earliest first."""
    begins = (Absence.paused_at.is_(None)) & (Absence.from_on <= day)
    ends = (Absence.resumed_at.is_(None)) & (Absence.back_on <= day)
    rows = session().scalars(
        select(Absence).where(or_(begins, ends)).order_by(Absence.from_on, Absence.id)
    )
    return [_away(row) for row in rows]


def _away(row: Absence) -> Away:
    return Away(
        row.id, row.user_id, row.from_on, row.back_on, row.reason,
        row.paused_at is not None, row.resumed_at is not None,
    )  # fmt: skip


def open_sessions(user_ids: Collection[int], *, now: datetime) -> int:
    """How many browsers of these people are signed in."""
    return (
        session().scalar(
            select(func.count())
            .select_from(UserSession)
            .where(
                UserSession.user_id.in_(user_ids),
                UserSession.ended_at.is_(None),
                UserSession.created_at > now - timedelta(days=SESSION_DAYS),
            )
        )
        or 0
    )
