"""A scene behind a real server, and cookies of its people."""

import contextlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from app import create_app
from app.accounts.models import UserSession
from app.accounts.sessions import token_hash
from app.kernel.clock import now
from app.kernel.db import Base, db, transaction
from tests import builders, servers, world
from tests.security import scene as scenes


@dataclass(frozen=True)
class Served:
    """Where the scene is served, and who may enter with which cookie."""

    address: str
    app: Flask
    scene: scenes.Scene
    cookies: dict[str, str]


@contextlib.contextmanager
def serve(folder: Path, say: Any, *afterwards: Callable[[], Any]) -> Iterator[Served]:
    """Build a scene with the words of `say`, change it by `afterwards`, and serve it."""
    settings = world.settings_for(folder)
    app = create_app(settings)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with transaction():
            builders.cast()
            scene = scenes.build(say, settings, folder, now())
            for deed in afterwards:
                deed()
            cookies = {name: _cookie(app, scene.people[name]) for name in scenes.ACTORS.values()}
        db.engine.dispose()
    environment = {
        "APP_ENV": "test",
        "SECRET_KEY": world.SECRET,
        "DATABASE_URL": settings.database_url,
        "INSTANCE_DIR": str(folder),
        "LOG_LEVEL": "ERROR",
    }
    with servers.gunicorn(environment=environment, workers=1) as (address, _server):
        yield Served(address, app, scene, cookies)


def _cookie(app: Flask, person_id: int) -> str:
    token, moment = secrets.token_urlsafe(16), now()
    db.session.add(
        UserSession(
            token_hash=token_hash(token),
            user_id=person_id,
            created_at=moment,
            seen_at=moment,
            address="127.0.0.1",
            browser="test",
        )
    )
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    return str(signer.dumps({"sid": token, "csrf_token": "test"}))
