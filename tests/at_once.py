"""Several people at the same moment, each with a connection of her own, on both databases.

A module that takes `committed` over says in a fixture `furnish` what its database holds:

    from tests.at_once import committed, copies, post_at_once

    @pytest.fixture(scope="module")
    def furnish():
        return builders.cast
"""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from app import create_app
from app.kernel import clock
from app.kernel.config import Settings
from app.kernel.db import Base, db, session, transaction
from app.kernel.errors import DomainError
from tests import builders, servers
from tests.conftest import Page

Copies = Callable[[Path], AbstractContextManager[str]]


def application(url: str, folder: Path) -> Flask:
    """The product over this database."""
    return create_app(
        Settings(
            env="test",
            secret_key="a secret of the tests alone, 32 characters",
            database_url=url,
            instance_dir=folder,
            log_level="WARNING",
        )
    )


@pytest.fixture(scope="module")
def copies(
    kind: str,
    furnish: Callable[[], object],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Copies:
    """`copies(folder)`: a context with the URL of a fresh copy of the furnished database."""
    folder = tmp_path_factory.mktemp("furnished")
    original = f"f{uuid4().hex[:8]}"
    file = folder / "original.sqlite3"
    server = request.getfixturevalue("postgres") if kind == "postgresql" else ""
    url = servers.new_database(server, original) if server else f"sqlite+pysqlite:///{file}"
    app = application(url, folder)
    with app.app_context(), clock.at(lambda: builders.START):
        Base.metadata.create_all(db.engine)
        with transaction():
            furnish()
        db.session.remove()
        db.engine.dispose()  # a copy is made of what nobody is connected to

    @contextmanager
    def copy(place: Path) -> Iterator[str]:
        if not server:
            yield f"sqlite+pysqlite:///{shutil.copy(file, place / 'copy.sqlite3')}"
            return
        name = f"c{uuid4().hex[:8]}"
        yield servers.new_database(server, name, of=original)
        servers.drop_database(server, name)

    return copy


@pytest.fixture
def committed(copies: Copies, tmp_path: Path) -> Iterator[Flask]:
    """The product over a copy, inside its context; what is committed here stays for others."""
    with copies(tmp_path) as url:
        app = application(url, tmp_path)
        with app.app_context():
            yield app
            session().rollback()
            db.session.remove()
            db.engine.dispose()


def at_once(app: Flask, *deeds: Callable[[], Any]) -> list[Any]:
    """Run deeds at the same moment, each in its own transaction; what each gave, or the
    `DomainError` it was refused with."""
    barrier = Barrier(len(deeds))

    def one(deed: Callable[[], Any]) -> Any:
        with app.app_context():
            barrier.wait()
            try:
                with transaction():
                    return deed()
            except DomainError as refused:
                return refused
            finally:
                db.session.remove()

    session().rollback()
    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(one, deeds))


def post_at_once(page: Page, *calls: tuple[str, str, dict[str, Any]]) -> list[tuple[int, str]]:
    """Post forms at the same moment, each call (who, url, data); statuses and texts in order."""
    prepared = []
    for who, url, data in calls:
        client = page.client(who)
        prepared.append((client, url, data, page.token(client)))
    session().rollback()
    barrier = Barrier(len(calls))

    def one(call: Any) -> tuple[int, str]:
        client, url, data, token = call
        barrier.wait()
        answer = client.post(url, data=data, headers={"X-CSRFToken": token})
        return answer.status_code, answer.text

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, prepared))


def statuses(page: Page, *calls: tuple[str, str, dict[str, Any]]) -> list[int]:
    """The statuses of `post_at_once`."""
    return [status for status, _text in post_at_once(page, *calls)]
