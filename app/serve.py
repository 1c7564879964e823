"""`python run.py`: tables up to date, first content, then web and worker until told to stop."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
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
    notes = prepare(app)
    return Group(settings, notes).run()


def prepare(app: Flask) -> list[str]:
    """Bring the tables up to date and load the first content. Returns lines to show at the end."""
    from flask_migrate import upgrade  # noqa: PLC0415  only when serving

    from app.kernel.health import database_problem  # noqa: PLC0415

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
    from app.kernel.db import db  # noqa: PLC0415

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


@dataclass(slots=True)
class Child:
    """One process of the group and how to start it."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    restarts: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C reaches the parent alone, which stops it."""
        self.process = subprocess.Popen(  # noqa: S603  our own commands
            self.command,
            cwd=ROOT,
            env=self.environment,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509  the parent has no threads
        )

    def has_ended(self) -> bool:
        """True when it is not running."""
        return self.process is None or self.process.poll() is not None

    def tell(self, signum: int) -> None:
        """Signal its whole group."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signum)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Group:
    """Web and worker. The worker is started again when it dies; without the web all ends."""

    def __init__(self, settings: Settings, notes: list[str]) -> None:
        self._settings, self._notes = settings, notes
        environment = os.environ | {
            "HOST": settings.host,
            "PORT": str(settings.port),
            "WEB_CONCURRENCY": str(settings.workers),
            "PYTHONUNBUFFERED": "1",
        }
        python = sys.executable
        self._web = Child(
            "web", [python, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py"], environment
        )
        self._worker = Child(
            "worker", [python, "-m", "flask", "--app", "run", "worker"], environment
        )
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
