"""The product behind a real server, with a small real data set and hands to change it."""

import contextlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from app import create_app
from app.accounts import passwords
from app.accounts.models import User, UserSession
from app.assessments import services
from app.assessments.models import Answer, AnswerEvent, Attempt, Signal
from app.kernel.clock import now
from app.kernel.config import Settings
from app.kernel.db import Base, db, transaction
from tests import builders, servers
from tests.assessments import builders as exams

PASSWORD = "a password of the tests"


@dataclass(frozen=True)
class Sitting:
    """One learner with one attempt under way."""

    person_id: int
    name: str
    staff_no: str
    attempt_id: int
    path: str


class Site:
    """A running server at `address`, and its database."""

    def __init__(self, address: str, app: Flask) -> None:
        self.address, self.app = address, app
        self.hash = passwords.hash_password(PASSWORD)
        self.count = 0

    def do(self, deed: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        """Run `deed` in a transaction of its own."""
        with self.app.app_context(), transaction():
            return deed(*arguments, **more)

    def person(self, name: str = "", *roles: str, **more: Any) -> tuple[int, str, str]:
        """A new person with the tests' password: id, name, staff number."""
        row = builders.user(name, *roles, password_hash=self.hash, created_at=now(), **more)
        return row.id, row.name, row.staff_no

    def learner(self, name: str = "", *roles: str, **more: Any) -> tuple[int, str, str]:
        """`person` in a transaction."""
        return self.do(self.person, name, *roles, **more)

    def sit(self, name: str = "", *, locale: str = "zh-CN", **settings: Any) -> Sitting:
        """A new learner who has just started a new assessment."""
        return self.do(self._sit, name, locale, settings)

    def _sit(self, name: str, locale: str, settings: dict[str, Any]) -> Sitting:
        person_id, name, staff_no = self.person(name, locale=locale)
        self.count += 1
        assignment_id = exams.assigned(self._assessment(settings), person_id, now())
        attempt_id = services.start(
            assignment_id=assignment_id, person_id=person_id, seed=f"seed {self.count}", now=now()
        )
        return Sitting(person_id, name, staff_no, attempt_id, f"/attempts/{attempt_id}")

    def assign(self, person_id: int, **settings: Any) -> int:
        """A new assessment assigned to somebody; the assignment's id."""
        return self.do(lambda: exams.assigned(self._assessment(settings), person_id, now()))

    def _assessment(self, settings: dict[str, Any]) -> int:
        return exams.assessment(None, now(), **settings)

    def stored(self, attempt_id: int) -> dict[int, str | None]:
        """Position to current answer, as the database has it."""
        query = select(Answer.position, Answer.body).where(Answer.attempt_id == attempt_id)
        return {row[0]: row[1] for row in self.do(lambda: db.session.execute(query).all())}

    def events(self, attempt_id: int) -> int:
        """How many saves were written."""
        query = select(AnswerEvent.id).where(AnswerEvent.attempt_id == attempt_id)
        return len(self.do(lambda: db.session.execute(query).all()))

    def signals(self, attempt_id: int) -> list[str]:
        """What the page noticed."""
        query = select(Signal.kind).where(Signal.attempt_id == attempt_id).order_by(Signal.id)
        return [str(kind) for kind in self.do(lambda: db.session.scalars(query).all())]

    def position(self, sitting: Sitting, item_id: str) -> int:
        """Where an item stands on this person's paper."""

        def find() -> int:
            slots = exams.frozen(sitting.attempt_id).slots
            return next(slot.position for slot in slots if slot.entry.item_id == item_id)

        return self.do(find)

    def attempt(self, attempt_id: int) -> Attempt:
        """The row, detached."""

        def read() -> Attempt:
            row = db.session.get_one(Attempt, attempt_id)
            db.session.expunge(row)
            return row

        return self.do(read)

    def set_deadline(self, attempt_id: int, moment: datetime) -> None:
        """Let the time of an attempt run out at `moment`."""
        query = update(Attempt).where(Attempt.id == attempt_id).values(deadline_at=moment)
        self.do(lambda: db.session.execute(query))

    def end_sessions(self, person_id: int) -> None:
        """What an administrator or the passing of days does to a session."""
        query = update(UserSession).where(UserSession.user_id == person_id).values(ended_at=now())
        self.do(lambda: db.session.execute(query))

    def people(self) -> list[str]:
        """All names."""
        return list(self.do(lambda: db.session.scalars(select(User.name)).all()))


def seconds(n: float) -> timedelta:
    """A short word for a test's line."""
    return timedelta(seconds=n)


@contextlib.contextmanager
def serve(folder: Path, port: int | None = None) -> Iterator[Site]:
    """A server over a fresh database in `folder`."""
    secret = secrets.token_urlsafe(32)
    port = port or servers.free_port()
    settings = Settings(
        env="test",
        secret_key=secret,
        database_url=f"sqlite+pysqlite:///{folder / 'lianbing.sqlite3'}",
        instance_dir=folder,
        port=port,
        log_level="WARNING",
    )
    app = create_app(settings)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        db.session.commit()
    environment = {"INSTANCE_DIR": str(folder), "SECRET_KEY": secret, "LOG_LEVEL": "WARNING"}
    with servers.gunicorn(environment=environment, workers=1, port=port) as (address, _server):
        yield Site(address, app)
    with app.app_context():
        db.engine.dispose()
