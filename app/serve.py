"""`python run.py`: tables up to date, first content, then web and worker until told to stop."""

import ctypes
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from importlib import import_module
from importlib.util import find_spec
from types import FrameType
from typing import Final

import click
from flask import Flask

from app import create_app
from app.kernel.config import ROOT, ConfigError, Settings

START_SECONDS: Final = 60
STOP_SECONDS: Final = 20
RESTARTS: Final = 5
CALM_SECONDS: Final = 60
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NAME: Final = 15


def main() -> int:
    """Serve until Ctrl-C or SIGTERM. Returns the exit code."""
    try:
        settings = Settings.from_env()
    except ConfigError as error:
        click.echo(f"Settings to mend:\n{error}", err=True)
        return 2
    if _is_taken(settings):
        click.echo(
            f"{settings.host}:{settings.port} is in use. Stop what runs there, or choose another "
            "port: PORT=8001 make run",
            err=True,
        )
        return 2
    app = create_app(settings)
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a load is undone
        notes = prepare(app)
    except KeyboardInterrupt:
        click.echo("\nStopped. The next start begins the set-up again.")
        return 130
    return Group(app, notes).run()


def prepare(app: Flask) -> list[str]:
    """Bring the tables up to date and load the first content. Returns lines to show at the end."""
    from flask_migrate import upgrade  # noqa: PLC0415  only when serving

    from app.kernel.health import database_problem  # noqa: PLC0415  only when serving

    with app.app_context():
        is_old = database_problem().startswith("tables")
        _close_connections()  # an open read would go on seeing the old tables
        if is_old:
            click.echo("· Bringing the tables up to date")
            upgrade()
        notes: list[str] = []
        if find_spec("app.cli.firststart") is not None:
            first = import_module("app.cli.firststart")
            first.load(click.echo)
            notes = first.accounts()
        _close_connections()
    return notes


def _close_connections() -> None:
    from app.kernel.db import db  # noqa: PLC0415  only when serving

    db.session.remove()
    db.engine.dispose()


def _is_taken(settings: Settings) -> bool:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            return True
    return False


class Child:
    """One process of the group, forked: all is imported once, so a start costs milliseconds.

    It has a session of its own: Ctrl-C reaches the parent alone, which stops it; and it ends when
    the parent is killed.
    """

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self.name, self._work = name, work
        self._pid = 0
        self.restarts: list[float] = []

    def start(self) -> None:
        """Fork and work."""
        sys.stdout.flush()
        sys.stderr.flush()
        self._pid = os.fork()
        if self._pid == 0:
            os._exit(self._live())

    def _live(self) -> int:
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, signal.SIG_DFL)
        os.setsid()
        if sys.platform == "linux":
            libc = ctypes.CDLL(None)
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            libc.prctl(_PR_SET_NAME, f"lianbing-{self.name}"[:15].encode())
        try:
            self._work()
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(bool(end.code))
        except BaseException:  # noqa: BLE001  the last line of a process
            traceback.print_exc()
            return 1
        return 0

    def has_ended(self) -> bool:
        """True when it is not running."""
        if self._pid and os.waitpid(self._pid, os.WNOHANG)[0]:
            self._pid = 0
        return not self._pid

    def tell(self, signum: int) -> None:
        """Signal its whole group."""
        if not self.has_ended():
            with suppress(ProcessLookupError):
                os.killpg(self._pid, signum)


def _web() -> None:
    from gunicorn.app.wsgiapp import WSGIApplication  # noqa: PLC0415  in the child alone

    sys.argv = ["gunicorn", "-c", str(ROOT / "deploy" / "gunicorn.conf.py")]
    WSGIApplication().run()


def _work(app: Flask) -> None:
    from app.jobs.worker import work  # noqa: PLC0415  in the child alone

    work(app)


class Group:
    """Web and worker. The worker is started again when it dies; without the web all ends."""

    def __init__(self, app: Flask, notes: list[str]) -> None:
        self._settings: Settings = app.extensions["settings"]
        self._notes = notes
        os.environ |= {
            "HOST": self._settings.host,
            "PORT": str(self._settings.port),
            "WEB_CONCURRENCY": str(self._settings.workers),
        }
        os.chdir(ROOT)
        self._web = Child("web", _web)
        self._worker = Child("worker", lambda: _work(app))
        self._told = 0

    def run(self) -> int:
        """Start both, watch both, stop both."""
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, self._tell)
        try:
            self._web.start()
            self._worker.start()
            if not self._wait_until_ready():
                return 0 if self._told else 1
            self._announce()
            return self._watch()
        finally:
            self._stop()

    def _tell(self, _signum: int, _frame: FrameType | None) -> None:
        self._told += 1
        if self._told > 1:
            for child in (self._web, self._worker):
                child.tell(signal.SIGKILL)

    def _wait_until_ready(self) -> bool:
        until = time.monotonic() + START_SECONDS
        while not self._told and time.monotonic() < until:
            if self._web.has_ended():
                click.echo("The web server did not start; see the lines above.", err=True)
                return False
            if _answers(self._settings):
                return True
            time.sleep(0.1)
        if not self._told:
            click.echo(f"The web server did not answer within {START_SECONDS} s.", err=True)
        return False

    def _announce(self) -> None:
        for note in self._notes:
            click.echo(note)
        click.echo(f"\nLianbing is ready: {self._settings.base_url}   (Ctrl-C stops it)")

    def _watch(self) -> int:
        while not self._told:
            if self._web.has_ended():
                click.echo("The web server ended; stopping.", err=True)
                return 1
            if self._worker.has_ended() and not _start_again(self._worker, time.monotonic):
                click.echo("The job worker keeps ending; stopping.", err=True)
                return 1
            time.sleep(0.2)
        return 0

    def _stop(self) -> None:
        children = (self._web, self._worker)
        for child in children:
            child.tell(signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        while time.monotonic() < until and not all(child.has_ended() for child in children):
            time.sleep(0.05)
        for child in children:
            child.tell(signal.SIGKILL)
        if self._told:
            click.echo("Stopped.")


def _start_again(child: Child, clock: Callable[[], float]) -> bool:
    """Start a dead child again; False when it died too often within a minute."""
    moment = clock()
    child.restarts = [at for at in child.restarts if moment - at < CALM_SECONDS] + [moment]
    if len(child.restarts) > RESTARTS:
        return False
    click.echo(f"The {child.name} ended; starting it again.", err=True)
    child.start()
    return True


def _answers(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    connection = HTTPConnection(host, settings.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
