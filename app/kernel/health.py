"""What must be right on this machine; each check says what it found and the cure."""

import ctypes
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pysqlite3
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.kernel import fonts
from app.kernel.config import KNOWN_SECRETS, MIN_SECRET, ROOT, Settings
from app.kernel.db import session, sqlite_version_is_safe

MIGRATIONS: Final = ROOT / "migrations"
LIBRARIES: Final = {
    "pango": ("libpango-1.0.so.0", "libpango-1.0-0"),
    "pangoft2": ("libpangoft2-1.0.so.0", "libpangoft2-1.0-0"),
    "harfbuzz-subset": ("libharfbuzz-subset.so.0", "libharfbuzz-subset0"),
}
PRAGMAS: Final = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `cure` is empty when all is well."""

    name: str
    found: str
    cure: str = ""

    @property
    def is_ok(self) -> bool:
        """True when there is nothing to cure."""
        return not self.cure


def checks() -> Iterator[Check]:
    """All checks, in the order a person would mend them."""
    settings: Settings = current_app.extensions["settings"]
    yield _python()
    if settings.is_sqlite:
        yield sqlite_version()
    for name, (library, package) in LIBRARIES.items():
        yield _library(name, library, package)
    yield _font()
    yield _secret(settings)
    yield from _database(settings)


def _python() -> Check:
    found = ".".join(str(part) for part in sys.version_info[:3])
    good = sys.version_info >= (3, 11)
    return Check("python", found, "" if good else "Install Python 3.11 or newer")


def sqlite_version() -> Check:
    """The SQLite in use, and whether it has the WAL-reset bug."""
    cure = "" if sqlite_version_is_safe() else "pip install -U pysqlite3 (WAL-reset bug)"
    return Check("sqlite", pysqlite3.sqlite_version, cure)


def _library(name: str, library: str, package: str) -> Check:
    try:
        ctypes.CDLL(library)
    except OSError:
        return Check(name, "missing", f"sudo apt-get install -y {package}")
    return Check(name, library)


def _font() -> Check:
    try:
        found = fonts.font_files()
    except fonts.FontMissingError:
        return Check("chinese font", "missing", "make setup (or python -m app.kernel.fonts)")
    return Check("chinese font", ", ".join(path.name for path in found.values()))


def _secret(settings: Settings) -> Check:
    is_weak = len(settings.secret_key) < MIN_SECRET or settings.secret_key in KNOWN_SECRETS
    cure = f"Set SECRET_KEY to at least {MIN_SECRET} random characters" if is_weak else ""
    return Check(
        "secret", "too weak" if is_weak else f"{len(settings.secret_key)} characters", cure
    )


def _database(settings: Settings) -> Iterator[Check]:
    problem = database_problem()
    yield Check("database", problem or session().get_bind().dialect.name, _database_cure(problem))
    if settings.is_sqlite and not problem:
        yield _pragmas()
        yield _writable(settings.instance_dir)


def _database_cure(problem: str) -> str:
    if not problem:
        return ""
    if problem.startswith("tables"):
        return "flask --app run db upgrade"
    return "Check DATABASE_URL, and that the server is running"


def _pragmas() -> Check:
    found = {
        name: str(session().execute(text(f"PRAGMA {name}")).scalar()).lower() for name in PRAGMAS
    }
    wrong = [name for name, value in PRAGMAS.items() if found[name] != value]
    said = ", ".join(f"{name}={value}" for name, value in found.items())
    return Check("sqlite settings", said, f"Not as asked: {', '.join(wrong)}" if wrong else "")


def _writable(folder: Path) -> Check:
    probe = folder / ".doctor"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        return Check("instance folder", str(error), f"Let this user write into {folder}")
    return Check("instance folder", str(folder))


def database_problem() -> str:
    """Why the database cannot serve; empty when it can."""
    try:
        current = _revision()
    except SQLAlchemyError as error:
        return f"no answer: {type(error).__name__}"
    expected = head_revision()
    if current != expected:
        return f"tables at {current or 'nothing'}, this release needs {expected}"
    return ""


def _revision() -> str | None:
    connection = session().connection()
    return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str | None:
    """The newest migration of this release."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()
