"""A stage of its own: the full scene is built once a kind of database, each test is undone."""

import dataclasses
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from flask import Flask

from app import create_app
from app.kernel import clock as kernel_clock
from app.kernel import pdf
from app.kernel.config import Settings
from app.kernel.db import Base, db
from tests import builders, servers
from tests.security import scene as scenes
from tests.world import SECRET

# Scopes are SQL and differ between the kinds; tokens, headers and templates do not.
ON_BOTH_KINDS = {"test_matrix.py", "test_bodies.py"}
# What the whole matrix says of SQLite already.
ON_POSTGRESQL = "test_on_either_database"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the second kind of database where it would say the same again."""
    if config.getoption("database") != "both":
        return
    out = [item for item in items if item.path.parent == scenes.HERE and _says_it_again(item)]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in set(out)]


def _says_it_again(item: pytest.Item) -> bool:
    if item.name.startswith(ON_POSTGRESQL):
        return "[sqlite" in item.name
    return item.path.name not in ON_BOTH_KINDS and "[postgresql" in item.name


class Once:
    """A pool that lays out equal documents once: every role and every walk asks for them again."""

    made: ClassVar[dict[str, Any]] = {}

    def __init__(self, pool: Any) -> None:
        self.pool = pool

    def submit(self, render: Any, html: str) -> Any:
        if html not in self.made:
            self.made[html] = self.pool.submit(render, html)
        return self.made[html]


@pytest.fixture(autouse=True)
def equal_documents_once(monkeypatch: pytest.MonkeyPatch) -> None:
    real = pdf._pool
    monkeypatch.setattr(pdf, "_pool", lambda processes: Once(real(processes)))


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("security")
    if database_url.startswith("sqlite"):
        own = f"sqlite+pysqlite:///{folder / 'security.sqlite3'}"
    else:
        own = servers.new_database(database_url.replace("/test?", "/{name}?"), "security")
    return Settings(
        env="test",
        secret_key=SECRET,
        database_url=own,
        instance_dir=folder,
        company="澄屿软件",
        log_level="WARNING",
    )


@pytest.fixture(scope="session")
def built(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, scenes.Scene]]:
    """The application over a database that holds the scene."""
    app = create_app(settings)
    folder = tmp_path_factory.mktemp("files")
    with app.app_context(), kernel_clock.at(lambda: builders.START):
        Base.metadata.create_all(db.engine)
        builders.cast()
        found = scenes.build(scenes.PlainWords(), settings, folder, builders.START)
        db.session.commit()
    yield app, found
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def stage(built: Any) -> Flask:
    """What the fixture `app` of all tests undoes."""
    return built[0]


@pytest.fixture
def scene(app: Flask, built: Any) -> scenes.Scene:
    """The scene, inside the test's transaction."""
    return dataclasses.replace(built[1])
