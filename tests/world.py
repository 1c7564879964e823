"""A small real data set on a database of its own, for tests with real servers and for the bench."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from app import create_app
from app.accounts.models import UserSession
from app.accounts.sessions import token_hash
from app.assessments.services import planning
from app.banks import queries as banks
from app.banks.services import load_paths
from app.competency.services import load_framework
from app.kernel import clock
from app.kernel.config import Settings
from app.kernel.db import Base, db, transaction
from tests import builders

ROOT = Path(__file__).resolve().parents[1]
SECRET = "a secret of the tests alone, 32 characters"


@dataclass(frozen=True, slots=True)
class Learner:
    """One person with an assignment and a signed-in cookie."""

    id: int
    assignment_id: int
    cookie: str


@dataclass(frozen=True, slots=True)
class World:
    """Where it lies and who is in it."""

    settings: Settings
    assessment_id: int
    learners: tuple[Learner, ...]

    @property
    def environment(self) -> dict[str, str]:
        """What a server process needs to serve this world."""
        return {
            "APP_ENV": "test",
            "SECRET_KEY": SECRET,
            "DATABASE_URL": self.settings.database_url,
            "INSTANCE_DIR": str(self.settings.instance_dir),
            "LOG_LEVEL": "ERROR",
        }


def settings_for(folder: Path, database_url: str = "") -> Settings:
    """Test settings with their database in `folder` unless named."""
    return Settings(
        env="test",
        secret_key=SECRET,
        database_url=database_url or f"sqlite+pysqlite:///{folder / 'world.sqlite3'}",
        instance_dir=folder,
        log_level="ERROR",
        company="澄屿软件",
    )


def build(folder: Path, *, learners: int = 8, database_url: str = "", **definition: Any) -> World:
    """A published bank, an assessment over its own sections, people who are to sit it."""
    settings = settings_for(folder, database_url)
    app = create_app(settings)
    now = clock.now()
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with transaction():
            load_framework(
                (ROOT / "question_banks" / "framework.yaml").read_bytes(),
                actor_id=None,
                now=now,
                today=now.date(),
            )
            load_paths(
                [ROOT / "question_banks" / "product-knowledge.yaml"],
                root=ROOT / "question_banks",
                now=now,
            )
            team = builders.unit("华东一组")
            trainer = builders.user("陈老师", "trainer", unit=team)
            people = [builders.user(f"学员{n}", unit=team) for n in range(learners)]
            bank = banks.published_bank("product-knowledge")
            assert bank is not None
            assessment_id = planning.define(
                planning.Definition(
                    title="产品知识 课后测试",
                    sources=(planning.Source(bank.id, "product-knowledge"),),
                    pass_mark=bank.bank.pass_mark,
                    **definition,
                ),
                owner_id=trainer.id,
                actor_id=trainer.id,
                now=now,
            )
            planning.assign(
                assessment_id=assessment_id,
                person_ids=[person.id for person in people],
                actor_id=trainer.id,
                now=now,
            )
            found = tuple(
                Learner(person.id, _assignment(assessment_id, person.id), sign_in(app, person.id))
                for person in people
            )
        db.engine.dispose()
    return World(settings, assessment_id, found)


def _assignment(assessment_id: int, person_id: int) -> int:
    from sqlalchemy import select

    from app.assessments.models import Assignment

    found = db.session.scalar(
        select(Assignment.id).where(
            Assignment.assessment_id == assessment_id, Assignment.person_id == person_id
        )
    )
    assert found is not None
    return found


def sign_in(app: Flask, person_id: int) -> str:
    """A signed-in session as the browser would hold it, form token inside."""
    token, now = secrets.token_urlsafe(16), clock.now()
    db.session.add(
        UserSession(
            token_hash=token_hash(token),
            user_id=person_id,
            created_at=now,
            seen_at=now,
            address="127.0.0.1",
            browser="test",
        )
    )
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    return str(signer.dumps({"sid": token, "csrf_token": "test"}))


def csrf_token() -> str:
    """The form token that fits the cookies of this world."""
    from itsdangerous import URLSafeTimedSerializer

    return str(URLSafeTimedSerializer(SECRET, salt="wtf-csrf-token").dumps("test"))
