"""Reads about people, the organisation, sessions and notices.

Functions that end in `_select` give a SELECT of person ids to build a query on ("the scope stands
in the query"); the others run it. A day is always an argument: edges of the tree are dated.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.accounts.models import (
    AccessLog,
    Leadership,
    Membership,
    Mentorship,
    Notice,
    RoleGrant,
    Throttle,
    Unit,
    UnitEdge,
    User,
    UserSession,
)
from app.accounts.throttle import Failures
from app.kernel.db import UtcDateTime, core, session
from app.kernel.errors import NotFoundError
from app.kernel.policy import Actor, allowed_scopes

SESSION_DAYS: Final = 14
PAGE: Final = 50

PersonIds = Select[int]


def fold(text: str) -> str:
    """The form in which e-mail addresses and staff numbers are compared."""
    return text.strip().casefold()


def user_id_by_email(email: str) -> int | None:
    """The person with this e-mail address, or None. One SELECT."""
    return session().scalar(select(User.id).where(User.email_key == fold(email)))


# ---------------------------------------------------------------- sign-in and sessions


def _live_session() -> Select[Any]:
    """Built once, of plain columns: every request runs it, and building it costs more than it."""
    user, live = User.__table__.c, UserSession.__table__.c
    grant, notice = RoleGrant.__table__.c, Notice.__table__.c
    unread = (
        select(func.count())
        .where(notice.user_id == user.id, notice.read_at.is_(None))
        .correlate(User.__table__)
        .scalar_subquery()
    )
    return (
        select(
            user.id,
            user.name,
            user.locale,
            user.timezone,
            user.theme,
            user.must_change_password,
            live.id.label("session_id"),
            live.seen_at,
            grant.role,
            unread.label("unread"),
        )
        .select_from(
            User.__table__.join(UserSession.__table__, live.user_id == user.id).outerjoin(
                RoleGrant.__table__, grant.user_id == user.id
            )
        )
        .where(
            live.token_hash == bindparam("token_hash"),
            live.ended_at.is_(None),
            live.created_at > bindparam("since", type_=UtcDateTime()),
            user.disabled_at.is_(None),
        )
    )


_LIVE_SESSION: Final = _live_session()


def session_actor(token_hash: str, *, now: datetime) -> tuple[Actor, datetime] | None:
    """The person of a live session, and when it was last used. One statement."""
    values = {"token_hash": token_hash, "since": now - timedelta(days=SESSION_DAYS)}
    rows = core().execute(_LIVE_SESSION, values).all()
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


def credentials(login: str) -> Credentials | None:
    """By e-mail or staff number, case folded. An e-mail address wins over a staff number."""
    key = fold(login)
    row = (
        session()
        .execute(
            select(User.id, User.password_hash, User.disabled_at)
            .where(or_(User.email_key == key, User.staff_no_key == key))
            .order_by((User.email_key == key).desc())
            .limit(1)
        )
        .first()
    )
    return None if row is None else Credentials(row.id, row.password_hash, bool(row.disabled_at))


def session_owner(token_hash: str) -> int | None:
    """Whose session this is or was; None when unknown or when the person is disabled."""
    return session().scalar(
        select(UserSession.user_id)
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.token_hash == token_hash, User.disabled_at.is_(None))
    )


def password_hash_of(user_id: int) -> str | None:
    """The stored hash, None for nobody."""
    return session().scalar(select(User.password_hash).where(User.id == user_id))


def failures(keys: Collection[str]) -> dict[str, Failures]:
    """Failed sign-ins by throttle key."""
    rows = session().scalars(select(Throttle).where(Throttle.key.in_(keys)))
    return {row.key: Failures(row.failures, row.window_started_at, row.last_at) for row in rows}


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A signed-in browser of a person."""

    id: int
    created_at: datetime
    seen_at: datetime
    address: str
    browser: str


def open_sessions(user_id: int, *, now: datetime) -> list[OpenSession]:
    """Where a person is signed in, latest use first."""
    rows = session().scalars(
        select(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.ended_at.is_(None),
            UserSession.created_at > now - timedelta(days=SESSION_DAYS),
        )
        .order_by(UserSession.seen_at.desc(), UserSession.id.desc())
    )
    return [
        OpenSession(row.id, row.created_at, row.seen_at, row.address, row.browser) for row in rows
    ]


# ---------------------------------------------------------------- people


@dataclass(frozen=True, slots=True)
class Person:
    """A person as other rooms see her; `unit_*` is where she belongs on the day asked for."""

    id: int
    name: str
    staff_no: str | None
    email: str | None
    job_role: str
    set_step: str | None
    hire_on: date | None
    left_on: date | None
    is_disabled: bool
    unit_id: int | None
    unit_name: str
    roles: frozenset[str] = frozenset({"learner"})


def _valid(
    table: type[Membership | UnitEdge | Leadership | Mentorship], day: date
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.valid_from <= day, or_(table.valid_to.is_(None), table.valid_to > day)


def _person_select(day: date) -> Select[User, int, str]:
    member = aliased(Membership)
    return (
        select(User, Unit.id.label("unit_id"), Unit.name.label("unit_name"))
        .outerjoin(
            member,
            and_(
                member.user_id == User.id,
                member.valid_from <= day,
                or_(member.valid_to.is_(None), member.valid_to > day),
            ),
        )
        .outerjoin(Unit, Unit.id == member.unit_id)
    )


def _person(row: Any, roles: frozenset[str] = frozenset({"learner"})) -> Person:
    user: User = row.User
    return Person(
        id=user.id,
        name=user.name,
        staff_no=user.staff_no,
        email=user.email,
        job_role=user.job_role,
        set_step=user.set_step,
        hire_on=user.hire_on,
        left_on=user.left_on,
        is_disabled=user.disabled_at is not None,
        unit_id=row.unit_id,
        unit_name=row.unit_name or "",
        roles=roles,
    )


def people(ids: Collection[int] | PersonIds, *, day: date) -> dict[int, Person]:
    """id -> person, of those who exist. One SELECT; roles are not filled."""
    rows = session().execute(_person_select(day).where(User.id.in_(ids)))
    return {row.User.id: _person(row) for row in rows}


_JOBS: Final = select(User.id, User.job_role, User.hire_on, User.set_step).where(
    User.id.in_(bindparam("ids", expanding=True))
)


def job_select(person: ColumnElement[int]) -> Select[int, str, date | None, str | None]:
    """(id, job_role, hire_on, set_step) of one person, to be put into another statement."""
    return select(User.id, User.job_role, User.hire_on, User.set_step).where(User.id == person)


def jobs(ids: Collection[int]) -> list[Any]:
    """(id, job_role, hire_on, set_step) of those who exist. One SELECT."""
    return list(session().execute(_JOBS, {"ids": list(ids)}))


def person(user_id: int, *, day: date) -> Person:
    """One person with roles. Raises NotFoundError."""
    row = session().execute(_person_select(day).where(User.id == user_id)).first()
    if row is None:
        raise NotFoundError
    return _person(row, roles_of(user_id))


def roles_of(user_id: int) -> frozenset[str]:
    """All roles; everybody is a learner."""
    granted = session().scalars(select(RoleGrant.role).where(RoleGrant.user_id == user_id))
    return frozenset({"learner", *granted})


def names(ids: Collection[int]) -> dict[int, str]:
    """id -> name."""
    rows = session().execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}


def timezones(ids: Collection[int]) -> dict[int, str]:
    """Time zone by person. One SELECT."""
    rows = session().execute(select(User.id, User.timezone).where(User.id.in_(ids)))
    return {row.id: row.timezone for row in rows}


def locale_of(user_id: int | None) -> str:
    """A person's language; zh-CN for nobody."""
    found = session().scalar(select(User.locale).where(User.id == user_id))
    return found or "zh-CN"


def holders(role: str) -> list[int]:
    """Ids of the active people who hold a role."""
    return list(
        session().scalars(
            select(RoleGrant.user_id)
            .join(User, User.id == RoleGrant.user_id)
            .where(RoleGrant.role == role, User.disabled_at.is_(None))
            .order_by(RoleGrant.user_id)
        )
    )


def active_ids(day: date) -> list[int]:
    """Ids of everybody who works here on a day, in ascending order."""
    return list(
        session().scalars(
            select(User.id)
            .where(User.disabled_at.is_(None), or_(User.left_on.is_(None), User.left_on > day))
            .order_by(User.id)
        )
    )


def find_id(login: str) -> int | None:
    """Id by e-mail or staff number."""
    found = credentials(login)
    return found.user_id if found else None


def named(names: Collection[str]) -> dict[str, list[int]]:
    """Ids of the people who bear exactly one of these names, by name. One SELECT."""
    rows = session().execute(
        select(User.name, User.id).where(User.name.in_(set(names))).order_by(User.id)
    )
    found: dict[str, list[int]] = {}
    for name, person_id in rows:
        found.setdefault(name, []).append(person_id)
    return found


# ---------------------------------------------------------------- the organisation


@dataclass(frozen=True, slots=True)
class UnitRef:
    """A unit by id and name."""

    id: int
    name: str


def unit_select(*, person: ColumnElement[int], day: ColumnElement[date]) -> Select[int]:
    """The id of the unit a person belongs to on a day, for another room's statement."""
    return (
        select(Membership.unit_id)
        .where(
            Membership.user_id == person,
            Membership.valid_from <= day,
            or_(Membership.valid_to.is_(None), Membership.valid_to > day),
        )
        .limit(1)
    )


def unit_of(user_id: int, day: date) -> UnitRef | None:
    """The unit a person belongs to on a day."""
    row = (
        session()
        .execute(
            select(Unit.id, Unit.name)
            .join(Membership, Membership.unit_id == Unit.id)
            .where(Membership.user_id == user_id, *_valid(Membership, day))
        )
        .first()
    )
    return UnitRef(row.id, row.name) if row else None


def _below(start: Select[int], day: date) -> Select[int]:
    """Recursive CTE: the units of `start` and all below them on a day."""
    tree = start.cte("tree", recursive=True)
    # UNION, not UNION ALL: a loop in the data ends instead of running for ever.
    tree = tree.union(
        select(UnitEdge.unit_id)
        .join(tree, UnitEdge.parent_id == tree.c.id)
        .where(*_valid(UnitEdge, day))
    )
    return select(tree.c.id)


def subtree_units_select(manager_id: int, day: date) -> Select[int]:
    """SELECT of the units a person leads on a day, with all below."""
    led = select(Leadership.unit_id.label("id")).where(
        Leadership.user_id == manager_id, *_valid(Leadership, day)
    )
    return _below(led, day)


def subtree_unit_ids(manager_id: int, day: date) -> frozenset[int]:
    """Units a person leads on a day, with all below."""
    return frozenset(session().scalars(subtree_units_select(manager_id, day)))


def units_below_select(unit_id: int, day: date) -> Select[int]:
    """SELECT of a unit and all below it on a day."""
    return _below(select(Unit.id).where(Unit.id == unit_id), day)


def subtree_people_select(manager_id: int, day: date) -> PersonIds:
    """SELECT of the people below a manager on a day; not the manager."""
    return select(Membership.user_id).where(
        Membership.unit_id.in_(subtree_units_select(manager_id, day)),
        Membership.user_id != manager_id,
        *_valid(Membership, day),
    )


def subtree_people(manager_id: int, day: date) -> frozenset[int]:
    """Ids of the people below a manager on a day; not the manager."""
    return frozenset(session().scalars(subtree_people_select(manager_id, day)))


def people_of_units_select(units: Collection[int] | Select[int], day: date) -> PersonIds:
    """SELECT of the members of units on a day."""
    return select(Membership.user_id).where(Membership.unit_id.in_(units), *_valid(Membership, day))


def people_below_unit(unit_id: int, day: date) -> frozenset[int]:
    """Ids of the members of a unit and of all below it on a day."""
    query = people_of_units_select(units_below_select(unit_id, day), day)
    return frozenset(session().scalars(query))


def leaders_of(user_id: int, day: date) -> list[int]:
    """Who leads the unit a person belongs to on a day (the nearest unit that has a leader
    other than herself), lowest id first."""
    parents = session().execute(
        select(UnitEdge.unit_id, UnitEdge.parent_id).where(*_valid(UnitEdge, day))
    )
    above = {row.unit_id: row.parent_id for row in parents}
    home = unit_of(user_id, day)
    unit_id, seen = home.id if home else None, set[int]()
    while unit_id is not None and unit_id not in seen:
        seen.add(unit_id)
        found = session().scalars(
            select(Leadership.user_id)
            .where(
                Leadership.unit_id == unit_id,
                Leadership.user_id != user_id,
                *_valid(Leadership, day),
            )
            .order_by(Leadership.user_id)
        )
        leaders = list(found)
        if leaders:
            return leaders
        unit_id = above.get(unit_id)
    return []


def leaders_for(ids: Collection[int], day: date) -> dict[int, tuple[int, ...]]:
    """`leaders_of` for many at once: person -> who leads her on a day. Three SELECTs."""
    db = session()
    edges = db.execute(select(UnitEdge.unit_id, UnitEdge.parent_id).where(*_valid(UnitEdge, day)))
    above = {row.unit_id: row.parent_id for row in edges}
    led: dict[int, list[int]] = {}
    for row in db.execute(
        select(Leadership.unit_id, Leadership.user_id)
        .where(*_valid(Leadership, day))
        .order_by(Leadership.user_id)
    ):
        led.setdefault(row.unit_id, []).append(row.user_id)
    homes = db.execute(
        select(Membership.user_id, Membership.unit_id).where(
            Membership.user_id.in_(ids), *_valid(Membership, day)
        )
    )
    return {row.user_id: _nearest_leaders(row.user_id, row.unit_id, above, led) for row in homes}


def _nearest_leaders(
    user_id: int, home: int, above: Mapping[int, int], led: Mapping[int, list[int]]
) -> tuple[int, ...]:
    """Who leads the nearest unit that has a leader other than herself."""
    unit_id: int | None = home
    seen = set[int]()
    while unit_id is not None and unit_id not in seen:
        seen.add(unit_id)
        leaders = tuple(one for one in led.get(unit_id, ()) if one != user_id)
        if leaders:
            return leaders
        unit_id = above.get(unit_id)
    return ()


def mentees_select(mentor_id: int, day: date) -> PersonIds:
    """SELECT of the people somebody mentors on a day."""
    return select(Mentorship.trainee_id).where(
        Mentorship.mentor_id == mentor_id, *_valid(Mentorship, day)
    )


def mentors_of(ids: Collection[int], day: date) -> dict[int, int]:
    """Trainee -> mentor on a day, for those who have one. One SELECT."""
    rows = session().execute(
        select(Mentorship.trainee_id, Mentorship.mentor_id).where(
            Mentorship.trainee_id.in_(ids), *_valid(Mentorship, day)
        )
    )
    return {row.trainee_id: row.mentor_id for row in rows}


def last_mentored(ids: Collection[int], day: date) -> dict[int, date]:
    """Trainee -> the day the latest mentorship ended, of those ended by that day. One SELECT."""
    rows = session().execute(
        select(Mentorship.trainee_id, func.max(Mentorship.valid_to).label("ended"))
        .where(Mentorship.trainee_id.in_(ids), Mentorship.valid_to <= day)
        .group_by(Mentorship.trainee_id)
    )
    return {row.trainee_id: row.ended for row in rows}


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit of the tree on a day; `depth` 0 is a root, rows come in tree order."""

    id: int
    name: str
    parent_id: int | None
    depth: int
    members: int
    leaders: tuple[UnitRef, ...]
    closed_on: date | None


def unit_tree(day: date, *, with_closed: bool = False) -> list[UnitRow]:
    """The whole tree on a day, parents before children, siblings by name. Four SELECTs."""
    db = session()
    units = {
        unit.id: unit
        for unit in db.scalars(select(Unit).order_by(Unit.name))
        if with_closed or unit.closed_on is None or unit.closed_on > day
    }
    edges = db.execute(select(UnitEdge.unit_id, UnitEdge.parent_id).where(*_valid(UnitEdge, day)))
    above = {row.unit_id: row.parent_id for row in edges}
    counts = db.execute(
        select(Membership.unit_id, func.count())
        .where(*_valid(Membership, day))
        .group_by(Membership.unit_id)
    )
    members = {row[0]: row[1] for row in counts}
    led = db.execute(
        select(Leadership.unit_id, User.id, User.name)
        .join(User, User.id == Leadership.user_id)
        .where(*_valid(Leadership, day))
        .order_by(User.name)
    )
    leaders: dict[int, list[UnitRef]] = {}
    for unit_id, user_id, name in led:
        leaders.setdefault(unit_id, []).append(UnitRef(user_id, name))
    children: dict[int | None, list[int]] = {}
    for unit_id in units:
        parent = above.get(unit_id)
        children.setdefault(parent if parent in units else None, []).append(unit_id)
    rows: list[UnitRow] = []

    def walk(parent: int | None, depth: int) -> None:
        for unit_id in children.get(parent, []):
            unit = units[unit_id]
            rows.append(
                UnitRow(
                    id=unit_id,
                    name=unit.name,
                    parent_id=parent,
                    depth=depth,
                    members=members.get(unit_id, 0),
                    leaders=tuple(leaders.get(unit_id, ())),
                    closed_on=unit.closed_on,
                )
            )
            walk(unit_id, depth + 1)

    walk(None, 0)
    return rows


def _sellers(day: date) -> Select[int, str]:
    return select(User.id, User.name).where(
        User.job_role == "seller",
        User.disabled_at.is_(None),
        or_(User.left_on.is_(None), User.left_on > day),
        or_(User.hire_on.is_(None), User.hire_on <= day),
    )


def sellers_without_unit(day: date) -> list[UnitRef]:
    """Sellers who work here and belong to no unit that day, by name. One SELECT."""
    placed = select(Membership.user_id).where(*_valid(Membership, day))
    rows = session().execute(_sellers(day).where(User.id.not_in(placed)).order_by(User.name))
    return [UnitRef(row.id, row.name) for row in rows]


def sellers_of_units(unit_ids: Collection[int], day: date) -> dict[int, list[UnitRef]]:
    """Unit -> the sellers who work here and belong to it that day, by name. One SELECT."""
    rows = session().execute(
        _sellers(day)
        .add_columns(Membership.unit_id)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.unit_id.in_(unit_ids), *_valid(Membership, day))
        .order_by(User.name)
    )
    found: dict[int, list[UnitRef]] = {}
    for row in rows:
        found.setdefault(row.unit_id, []).append(UnitRef(row.id, row.name))
    return found


def unit_ref(unit_id: int) -> UnitRef:
    """A unit by id. Raises NotFoundError."""
    unit = session().get(Unit, unit_id)
    if unit is None:
        raise NotFoundError
    return UnitRef(unit.id, unit.name)


@dataclass(frozen=True, slots=True)
class Dated:
    """Something that held from a day until (not including) another."""

    id: int
    name: str
    valid_from: date
    valid_to: date | None
    other_id: int


def memberships_of(user_id: int) -> list[Dated]:
    """Where a person belonged, latest first."""
    rows = session().execute(
        select(Membership, Unit.name)
        .join(Unit, Unit.id == Membership.unit_id)
        .where(Membership.user_id == user_id)
        .order_by(Membership.valid_from.desc())
    )
    return [Dated(m.id, name, m.valid_from, m.valid_to, m.unit_id) for m, name in rows]


def leaderships_of_unit(unit_id: int) -> list[Dated]:
    """Who led a unit, latest first."""
    rows = session().execute(
        select(Leadership, User.name)
        .join(User, User.id == Leadership.user_id)
        .where(Leadership.unit_id == unit_id)
        .order_by(Leadership.valid_from.desc(), Leadership.id.desc())
    )
    return [Dated(m.id, name, m.valid_from, m.valid_to, m.user_id) for m, name in rows]


def edges_of_unit(unit_id: int) -> list[Dated]:
    """What a unit lay below, latest first."""
    rows = session().execute(
        select(UnitEdge, Unit.name)
        .join(Unit, Unit.id == UnitEdge.parent_id)
        .where(UnitEdge.unit_id == unit_id)
        .order_by(UnitEdge.valid_from.desc())
    )
    return [Dated(m.id, name, m.valid_from, m.valid_to, m.parent_id) for m, name in rows]


# ---------------------------------------------------------------- scope

ScopeRule = Callable[[Actor, date], PersonIds]


def _nobody(_actor: Actor, _day: date) -> PersonIds:
    return select(User.id).where(User.id.is_(None))


def _team(actor: Actor, day: date) -> PersonIds:
    own = select(Membership.unit_id).where(Membership.user_id == actor.id, *_valid(Membership, day))
    return people_of_units_select(own, day)


# A room above adds the words it owns, e.g. tracks: `PEOPLE_SCOPES["tracks"] = people_on_my_tracks`.
PEOPLE_SCOPES: Final[dict[str, ScopeRule]] = {
    "all": lambda _actor, _day: select(User.id),
    "own": lambda actor, _day: select(User.id).where(User.id == actor.id),
    "self": lambda actor, _day: select(User.id).where(User.id == actor.id),
    "team": _team,
    "subtree": lambda actor, day: subtree_people_select(actor.id, day),
    "mentees": lambda actor, day: mentees_select(actor.id, day),
}


def everybody_select() -> PersonIds:
    """SELECT of all ids; for the command line."""
    return select(User.id)


def people_in_scope(actor: Actor, action: str, *, day: date) -> PersonIds:
    """SELECT of the ids of all people this actor may do `action` to; use it with `.in_()`.

    The scope words of the actor's roles add up; a word no room explains gives nobody.
    """
    words = sorted(allowed_scopes(actor, action))
    if "all" in words:
        return select(User.id)
    rules = [PEOPLE_SCOPES.get(word, _nobody)(actor, day) for word in words]
    if not rules:
        return _nobody(actor, day)
    if len(rules) == 1:
        return rules[0]
    found = union(*rules).subquery()
    return select(found.c[0])


def person_in_scope(actor: Actor, action: str, person_id: int, *, day: date) -> Person:
    """The person, or NotFoundError when she is missing or outside the actor's scope."""
    row = (
        session()
        .execute(
            _person_select(day).where(
                User.id == person_id, User.id.in_(people_in_scope(actor, action, day=day))
            )
        )
        .first()
    )
    if row is None:
        raise NotFoundError
    return _person(row)


def unit_in_scope(actor: Actor, action: str, unit_id: int, *, day: date) -> UnitRef:
    """The unit, or NotFoundError when the actor neither leads it (or one above) nor has `all`."""
    words = allowed_scopes(actor, action)
    query = select(Unit.id, Unit.name).where(Unit.id == unit_id)
    if "all" not in words:
        if "subtree" not in words:
            raise NotFoundError
        query = query.where(Unit.id.in_(subtree_units_select(actor.id, day)))
    row = session().execute(query).first()
    if row is None:
        raise NotFoundError
    return UnitRef(row.id, row.name)


def units_in_scope(actor: Actor, action: str, *, day: date) -> list[UnitRow]:
    """The part of the tree the actor may do `action` to, in tree order."""
    words = allowed_scopes(actor, action)
    tree = unit_tree(day)
    if "all" in words:
        return tree
    mine = subtree_unit_ids(actor.id, day) if "subtree" in words else frozenset[int]()
    return [row for row in tree if row.id in mine]


# ---------------------------------------------------------------- lists of the admin


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """What the list of people is narrowed to; empty strings and None mean everything."""

    text: str = ""
    role: str = ""
    unit_id: int | None = None
    status: str = "active"


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of people, `total` over all pages."""

    rows: list[Person]
    total: int
    page: int
    pages: int


def people_list(scope: PersonIds, want: PeopleFilter, *, page: int, day: date) -> PeoplePage:
    """People of a scope, by name. Three SELECTs."""
    db = session()
    where = _people_where(want, day)
    total = db.scalar(select(func.count()).select_from(User).where(User.id.in_(scope), *where))
    pages = max(1, -(-(total or 0) // PAGE))
    page = min(max(page, 1), pages)
    found = db.execute(
        _person_select(day)
        .where(User.id.in_(scope), *where)
        .order_by(User.name, User.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    grants = db.execute(
        select(RoleGrant.user_id, RoleGrant.role).where(
            RoleGrant.user_id.in_([row.User.id for row in found])
        )
    )
    roles: dict[int, set[str]] = {}
    for user_id, role in grants:
        roles.setdefault(user_id, set()).add(role)
    rows = [_person(row, frozenset({"learner", *roles.get(row.User.id, ())})) for row in found]
    return PeoplePage(rows, total or 0, page, pages)


def _people_where(want: PeopleFilter, day: date) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if want.text:
        like = f"%{_escaped(fold(want.text))}%"
        where.append(
            or_(
                _contains(User.name, f"%{_escaped(want.text.strip())}%"),
                _contains(User.email_key, like),
                _contains(User.staff_no_key, like),
            )
        )
    if want.role:
        where.append(User.id.in_(select(RoleGrant.user_id).where(RoleGrant.role == want.role)))
    if want.unit_id is not None:
        below = units_below_select(want.unit_id, day)
        where.append(User.id.in_(people_of_units_select(below, day)))
    if want.status == "active":
        where.append(User.disabled_at.is_(None))
    elif want.status == "disabled":
        where.append(User.disabled_at.is_not(None))
    return where


def _contains(
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], like: str
) -> ColumnElement[bool]:
    return column.ilike(like, escape="\\")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@dataclass(frozen=True, slots=True)
class Look:
    """One line of the access log, people by name."""

    id: int
    at: datetime
    kind: str
    actor: str
    subject: str
    detail: str
    address: str


def access_log(
    *, kind: str = "", person_id: int | None = None, before: int | None = None
) -> list[Look]:
    """Latest first, a page at a time (`before` = the last id seen)."""
    who, whom = aliased(User), aliased(User)
    query = (
        select(AccessLog, who.name, whom.name)
        .outerjoin(who, who.id == AccessLog.actor_id)
        .outerjoin(whom, whom.id == AccessLog.subject_id)
        .order_by(AccessLog.id.desc())
        .limit(PAGE)
    )
    if kind:
        query = query.where(AccessLog.kind == kind)
    if person_id is not None:
        query = query.where(or_(AccessLog.actor_id == person_id, AccessLog.subject_id == person_id))
    if before is not None:
        query = query.where(AccessLog.id < before)
    return [
        Look(row.id, row.at, row.kind, actor or "", subject or "", row.detail, row.address)
        for row, actor, subject in session().execute(query)
    ]


# ---------------------------------------------------------------- notices


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One notice; `accounts.notices.sentence` words it in the reader's language."""

    id: int
    kind: str
    params: Mapping[str, str]
    url: str
    created_at: datetime
    is_unread: bool


def told(user_ids: Collection[int], keys: Collection[str]) -> set[tuple[int, str]]:
    """Which of these people were told which of these, as (person, key). One SELECT."""
    rows = session().execute(
        select(Notice.user_id, Notice.key).where(Notice.user_id.in_(user_ids), Notice.key.in_(keys))
    )
    return {(row.user_id, row.key) for row in rows}


def notices(user_id: int, *, before: int | None = None) -> list[NoticeRow]:
    """Latest first, a page at a time (`before` = the last id seen)."""
    query = select(Notice).where(Notice.user_id == user_id).order_by(Notice.id.desc()).limit(PAGE)
    if before is not None:
        query = query.where(Notice.id < before)
    return [
        NoticeRow(row.id, row.kind, row.params, row.url, row.created_at, row.read_at is None)
        for row in session().scalars(query)
    ]
