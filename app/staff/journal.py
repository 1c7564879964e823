"""What an import changed in the database, row by row, and the way back.

The tables are read before and after; what differs is kept. Going back is allowed only while every
changed row still is as the import left it and nothing newer points at what it made.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Date, DateTime, ForeignKeyConstraint, Table, delete, func, select, update

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
from app.kernel.db import Base, UtcDateTime, session

# Parents first: rows are taken away in the other order.
_MODELS: Final[tuple[type[Base], ...]] = (
    User, Unit, UnitEdge, Membership, Leadership, RoleGrant, Mentorship,
)  # fmt: skip
TABLES: Final[tuple[Table, ...]] = tuple(one.__table__ for one in _MODELS)  # type: ignore[misc]  # every model has one
_BY_NAME: Final = {table.name: table for table in TABLES}
# A person's own settings and secrets: not kept in the journal, and changing them forbids nothing.
_OWN: Final = frozenset({"password_hash", "must_change_password", "locale", "timezone", "theme"})
# Rows of one person that belong together: a newer one of hers depends on what was changed.
_OF_PERSON: Final = {"membership": "user_id", "mentorship": "trainee_id"}

Snapshot = Mapping[str, Mapping[int, Mapping[str, Any]]]


def snapshot() -> dict[str, dict[int, dict[str, Any]]]:
    """Every row of the tables an import writes, as plain values."""
    session().flush()
    return {table.name: _rows(table) for table in TABLES}


def _rows(table: Table) -> dict[int, dict[str, Any]]:
    columns = [column for column in table.columns if column.name != "password_hash"]
    found = session().execute(select(*columns))
    return {
        row["id"]: {key: _plain(value) for key, value in row.items()} for row in found.mappings()
    }


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime | date) else value


def differences(before: Snapshot, after: Snapshot) -> dict[str, Any]:
    """`{table: {"made": {id: row}, "changed": {id: {column: [before, after]}}}}`, for JSON."""
    found: dict[str, Any] = {}
    for name, rows in after.items():
        made = {str(key): row for key, row in rows.items() if key not in before[name]}
        changed = {}
        for key, row in rows.items():
            old = before[name].get(key)
            if old is not None and old != row:
                changed[str(key)] = {c: [old[c], row[c]] for c in row if old[c] != row[c]}
        if made or changed:
            found[name] = {"made": made, "changed": changed}
    return found


def made_ids(journal: Mapping[str, Any], table: str) -> list[int]:
    """The ids of what an import made in a table."""
    return [int(key) for key in journal.get(table, {}).get("made", {})]


# ---------------------------------------------------------------- what stands in the way


def blocked(journal: Mapping[str, Any]) -> list[int]:
    """Ids of the people on account of whom the import cannot be taken back, [0] for a unit."""
    now = snapshot()
    found: set[int] = set()
    for name, parts in journal.items():
        found |= set(_touched(name, parts, now[name]))
    found |= set(_newer(journal, now))
    found |= set(_signed_in(made_ids(journal, "user")))
    if _units_in_use(journal):
        found.add(0)
    return sorted(found)


def _touched(name: str, parts: Mapping[str, Any], now: Mapping[int, Any]) -> Iterator[int]:
    owner = "id" if name == "user" else "user_id" if name != "mentorship" else "trainee_id"
    for key, row in parts["made"].items():
        here = now.get(int(key))
        if here is None or any(here[c] != row[c] for c in row if c not in _OWN):
            yield int(row.get(owner, 0) or 0)
    for key, columns in parts["changed"].items():
        here = now.get(int(key))
        if here is None or any(here[c] != pair[1] for c, pair in columns.items()):
            yield int(here.get(owner, 0) or 0) if here else 0


def _newer(journal: Mapping[str, Any], now: Snapshot) -> Iterator[int]:
    """A later move of somebody whom the import moved."""
    for name, owner in _OF_PERSON.items():
        parts = journal.get(name)
        if not parts:
            continue
        touched = {int(key) for key in (*parts["made"], *parts["changed"])}
        people = {now[name][key][owner] for key in touched if key in now[name]}
        last = {key: max((now[name][key]["valid_from"] for key in touched
                          if key in now[name] and now[name][key][owner] == key_person), default="")
                for key_person in people for key in [key_person]}  # fmt: skip
        for key, row in now[name].items():
            person = row[owner]
            if person in people and key not in touched and row["valid_from"] >= last[person]:
                yield int(person)


def _signed_in(user_ids: list[int]) -> Iterator[int]:
    """Who has signed in since: her account is hers now."""
    yield from session().scalars(
        select(UserSession.user_id).where(UserSession.user_id.in_(user_ids)).distinct()
    )


def _units_in_use(journal: Mapping[str, Any]) -> bool:
    """A unit the import made has members, leaders or units below it that it did not bring."""
    made = made_ids(journal, "unit")
    return any(_references("unit", made, journal, skip=frozenset()))


def _references(
    target: str, ids: list[int], journal: Mapping[str, Any], *, skip: frozenset[str]
) -> Iterator[int]:
    """The ids among `ids` that rows point at which the import did not make."""
    for table in Base.metadata.sorted_tables if ids else ():
        if table.name in skip:
            continue
        own = made_ids(journal, table.name) if table.name in _BY_NAME else []
        for constraint in table.constraints:
            if (
                not isinstance(constraint, ForeignKeyConstraint)
                or constraint.referred_table.name != target
            ):
                continue
            for column in constraint.columns:
                query = select(column).where(column.in_(ids)).distinct()
                if own:
                    query = query.where(table.c.id.not_in(own))
                yield from session().scalars(query)


# ---------------------------------------------------------------- the way back


def take_back(journal: Mapping[str, Any], *, now: datetime, day: date) -> list[int]:
    """Every row as it was. Returns the ids of accounts that are kept, disabled, because records of
    others point at them (a training enrolment, a notice)."""
    session().flush()
    made = made_ids(journal, "user")
    kept = sorted(set(_references("user", made, journal, skip=frozenset())))
    for table in reversed(TABLES):
        parts = journal.get(table.name, {"made": {}, "changed": {}})
        ids = [int(key) for key in parts["made"]]
        if table.name == "user":
            ids = [key for key in ids if key not in kept]
        if ids:
            session().execute(delete(table).where(table.c.id.in_(ids)))
        for key, columns in parts["changed"].items():
            values = {c: _typed(table, c, pair[0]) for c, pair in columns.items()}
            session().execute(update(table).where(table.c.id == int(key)).values(values))
    if kept:
        left = {"disabled_at": func.coalesce(User.disabled_at, now), "left_on": day}
        session().execute(update(User).where(User.id.in_(kept)).values(left))
    session().expire_all()
    return kept


def _typed(table: Table, column: str, value: Any) -> Any:
    kind = table.c[column].type
    if value is None or not isinstance(value, str):
        return value
    if isinstance(kind, UtcDateTime | DateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


def people_of(journal: Mapping[str, Any]) -> frozenset[int]:
    """Everybody of whom a row was made or changed."""
    found: dict[str, set[int]] = defaultdict(set)
    for name, parts in journal.items():
        for key in (*parts["made"], *parts["changed"]):
            found[name].add(int(key))
    ids = set(found["user"])
    for name in ("membership", "leadership", "role_grant"):
        table = _BY_NAME[name]
        if found[name]:
            query = select(table.c.user_id).where(table.c.id.in_(found[name]))
            ids |= set(session().scalars(query))
    return frozenset(ids)
