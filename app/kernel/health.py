"""What must be right on this machine; each check says what it found and the cure."""

import ctypes
import smtplib
import ssl
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from socket import gaierror
from typing import Final
from urllib.parse import urlsplit

import pysqlite3
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.kernel import fonts
from app.kernel.config import KNOWN_SECRETS, MIN_SECRET, ROOT, Settings
from app.kernel.db import session, sqlite_version_is_safe
from app.kernel.mail import greet, sender_of, server_of

MIGRATIONS: Final = ROOT / "migrations"
LIBRARIES: Final = {
    "pango": ("libpango-1.0.so.0", "libpango-1.0-0"),
    "pangoft2": ("libpangoft2-1.0.so.0", "libpangoft2-1.0-0"),
    "harfbuzz-subset": ("libharfbuzz-subset.so.0", "libharfbuzz-subset0"),
}
SECONDS: Final = 5  # to wait for a server elsewhere
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
    yield _mail(settings)
    yield _jobs(settings)


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
    problem = fonts.problem()
    if problem:
        return Check("chinese font", f"missing, {problem}", fonts.CURE)
    try:
        found = fonts.font_files()
    except fonts.FontMissingError:
        return Check("chinese font", "not made yet; the first PDF makes it")
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


def _mail(settings: Settings) -> Check:
    """Whether the mail server takes us: connected, encrypted, signed in, nothing sent."""
    if not settings.mail_url:
        return Check("mail", "not set up; notices are read in the product alone")
    try:
        server = server_of(settings.mail_url)
        sender_of(settings.mail_from)
    except ValueError as error:
        return Check("mail", "MAIL_URL or MAIL_FROM cannot be read", str(error))
    place = f"{server.host}:{server.port} (tls={server.tls})"
    try:
        greet(server, seconds=SECONDS)
    except (OSError, smtplib.SMTPException) as error:
        return Check("mail", f"{place}: {_line(error)}", _mail_cure(error))
    return Check("mail", f"{place} takes us; flask --app run mail test ADDRESS sends one")


def _mail_cure(error: Exception) -> str:
    match error:
        case smtplib.SMTPAuthenticationError():
            return "Check user and password in MAIL_URL; percent-encode what is no letter or digit"
        case ssl.SSLCertVerificationError():
            return "Write the name that the server's certificate has as the host of MAIL_URL"
        case smtplib.SMTPNotSupportedError() | ssl.SSLError():
            return (
                "The server speaks another kind of TLS: write smtps:// or tls=starttls or tls=none"
            )
        case gaierror():
            return "Check the host in MAIL_URL: this machine does not know the name"
        case _:
            return "Check host and port in MAIL_URL, that the server runs, and the firewall between"


def _jobs(settings: Settings) -> Check:
    """Whether the store that carries the jobs answers. What it carries is safe in the database."""
    kind = settings.jobs_url.partition(":")[0]
    if not kind:
        return Check("jobs", f"SQLite file in {settings.instance_dir}")
    cure = (
        "Check JOBS_URL (redis://host:6379/0 or postgresql://user:password@host/name, the password "
        "percent-encoded), and that the server runs"
    )
    try:
        _ping(settings.jobs_url)
    except ValueError:  # its words may hold a piece of the password
        return Check("jobs", "JOBS_URL cannot be read", cure)
    except Exception as error:  # noqa: BLE001  each store has its own kinds; all mean the same
        return Check("jobs", f"{kind}: {_line(error)}", cure)
    return Check("jobs", f"{kind} answers")


def _ping(url: str) -> None:
    _ = urlsplit(url).port  # raises ValueError
    if url.startswith("postgresql"):
        import psycopg  # noqa: PLC0415  only where this store is used

        psycopg.connect(url, connect_timeout=SECONDS).close()
        return
    import redis  # noqa: PLC0415  only where this store is used

    with redis.Redis.from_url(url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS) as store:
        store.ping()


def _line(error: Exception) -> str:
    """What went wrong, on one line. The libraries name host and port, never a password."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]


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
