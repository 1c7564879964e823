"""Database: the declarative base, column types, and SQLite set up so that nothing is lost."""

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

import pysqlite3
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    CheckConstraint,
    CursorResult,
    Dialect,
    Engine,
    MetaData,
    Result,
    String,
    event,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.types import DateTime, TypeDecorator

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
# Releases with the WAL-reset bug when several connections write; the wheel brings a newer one.
WAL_RESET_BUG: Final = ((3, 7, 0), (3, 51, 2))


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})


def session() -> Session:
    """The session of the current request, job or command. Services flush, edges commit."""
    return db.session()


def core() -> Connection:
    """The connection of the current session's transaction, for plain statements.

    As `session().connection()`, which asks itself anew each time whether it may: a submit has
    fifteen statements and one transaction.
    """
    current = session()
    transaction = current.get_transaction()
    kept = current.info.get("plain")
    if transaction is not None and kept is not None and kept[0] is transaction:
        found: Connection = kept[1]
        if transaction.is_active and not found.closed:
            return found
    found = current.connection()
    current.info["plain"] = (current.get_transaction(), found)
    return found


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in Python, naive UTC in the column (the same on SQLite and PostgreSQL)."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse naive times: they would be a guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


class Points(TypeDecorator[Fraction]):
    """An exact number as text: `7/3`, `10`."""

    impl = String(64)
    cache_ok = True

    def process_bind_param(self, value: Fraction | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write the fraction in lowest terms."""
        if value is None or type(value) is Fraction:
            return None if value is None else str(value)
        return str(Fraction(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Fraction | None:  # noqa: ARG002
        """Read the fraction back."""
        return None if value is None else _fraction(value)


# A paper has twenty items of few different points; reading a fraction costs more than finding it.
_fraction: Final = lru_cache(maxsize=4096)(Fraction)


def enum_check(column: str, enum: type[StrEnum]) -> CheckConstraint:
    """CHECK that a text column holds one of an enum's values (NULL passes)."""
    allowed = ", ".join(f"'{member.value}'" for member in enum)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


# ---------------------------------------------------------------- SQLite

_write_mode: ContextVar[bool] = ContextVar("write_mode", default=False)


class _WriteTurn:
    """Waits for the turn to write: first in this process, then across processes.

    SQLite's own busy handler polls, so under 8 writers p99 is 120-740 ms; a queue gives 7-11 ms.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.Lock()
        self._held = threading.local()
        self._opened = (0, -1)

    def take(self) -> None:
        if getattr(self._held, "is_mine", False):
            return
        self._threads.acquire()
        try:
            fcntl.flock(self._file(), fcntl.LOCK_EX)
        except BaseException:
            self._threads.release()
            raise
        self._held.is_mine = True

    def give_back(self) -> None:
        if not getattr(self._held, "is_mine", False):
            return
        self._held.is_mine = False
        fcntl.flock(self._opened[1], fcntl.LOCK_UN)
        self._threads.release()

    def _file(self) -> int:
        """The open file of this process: one opened before a fork would be locked for both."""
        process, file = self._opened
        if process != os.getpid():
            file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
            self._opened = (os.getpid(), file)
        return file


def engine_options(database_url: str) -> dict[str, Any]:
    """What create_engine needs beside the URL."""
    if database_url.startswith("sqlite"):
        return {"module": pysqlite3.dbapi2, "connect_args": {"timeout": 10}}
    return {"pool_pre_ping": True}


def prepare_engine(engine: Engine) -> None:
    """Set durability on every SQLite connection and open transactions as the edge asked for."""
    if engine.dialect.name != "sqlite":
        return
    turn = _WriteTurn(Path(f"{engine.url.database}.turn"))

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=10000",
            # The file is brought up to the log every 16 MB, not every 4: somebody waits for it.
            "wal_autocheckpoint=4000",
        ):
            connection.execute(f"PRAGMA {pragma}")
        if connection.execute("PRAGMA synchronous").fetchone() != (2,):
            raise RuntimeError("SQLite did not accept synchronous=FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if _write_mode.get():
            turn.take()
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("BEGIN")

    @event.listens_for(engine, "checkin")
    def _checkin(_connection: PoolProxiedConnection | None, _record: Any) -> None:
        turn.give_back()


@contextmanager
def writing() -> Iterator[None]:
    """Transactions begun inside open for writing (BEGIN IMMEDIATE on SQLite)."""
    token = _write_mode.set(True)
    try:
        yield
    finally:
        _write_mode.reset(token)


@contextmanager
def transaction() -> Iterator[Session]:
    """One write transaction for a job or a command: commit at the end, roll back on error."""
    with writing():
        current = session()
        current.rollback()  # a read begun before must not be upgraded
        try:
            yield current
            current.commit()
        except BaseException:
            current.rollback()
            raise
        finally:
            current.close()


def one_at_a_time(name: str) -> None:
    """Until this transaction ends, nobody else who names the same gets past here.

    Waits for its turn. SQLite has one writer at a time anyway.
    """
    connection = core()
    if connection.dialect.name == "postgresql":
        digest = hashlib.sha256(name.encode()).digest()
        key = int.from_bytes(digest[:8], "big", signed=True)
        connection.execute(select(func.pg_advisory_xact_lock(key)))


def sqlite_version_is_safe() -> bool:
    """False in the range with the WAL-reset bug."""
    low, high = WAL_RESET_BUG
    version = tuple(int(part) for part in pysqlite3.sqlite_version.split("."))
    return not low <= version <= high


def insert_into(table: type[Base]) -> Any:
    """An INSERT of the dialect in use, for `on_conflict_…`."""
    return _insert(table, core().dialect.name)


@lru_cache(maxsize=256)
def _insert(table: type[Base], dialect: str) -> Any:
    return (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table.__table__)  # type: ignore[arg-type]


@lru_cache(maxsize=256)
def _upsert(table: type[Base], names: tuple[str, ...], keys: tuple[str, ...], dialect: str) -> Any:
    """Built once: putting the statement together costs more than running it."""
    statement = _insert(table, dialect)
    fresh = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=fresh)


def affected(result: Result[Any]) -> int:
    """How many rows a bulk UPDATE, DELETE or INSERT touched."""
    return int(cast("CursorResult[Any]", result).rowcount)


def insert_once(table: type[Base], values: Mapping[str, Any]) -> bool:
    """INSERT unless a unique constraint already has it. True when a row was made."""
    statement = insert_into(table).on_conflict_do_nothing()
    session().flush()
    # Without the option the count of an INSERT is not kept on PostgreSQL: -1, "no row was made".
    kept = {"preserve_rowcount": True}
    done = core().execute(statement, dict(values), execution_options=kept)
    return affected(done) > 0


def upsert(table: type[Base], values: Mapping[str, Any], *, keys: tuple[str, ...]) -> None:
    """INSERT, or UPDATE the row with the same `keys`."""
    session().flush()
    upsert_all(table, [values], keys=keys)


def upsert_all(
    table: type[Base], rows: Sequence[Mapping[str, Any]], *, keys: tuple[str, ...]
) -> None:
    """As `upsert` for rows of the same columns, in one statement; at least one row."""
    current = core()
    statement = _upsert(table, tuple(rows[0]), keys, current.dialect.name)
    current.execute(statement, [dict(row) for row in rows])
