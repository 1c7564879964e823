"""The stage of every test: one application, one schema, one outer transaction, the named cast."""

import contextvars
import gc
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import event, select
from xdist.scheduler import LoadScopeScheduling

from app import create_app
from app.accounts.models import User, UserSession
from app.accounts.sessions import token_hash
from app.kernel import clock as kernel_clock
from app.kernel.config import Settings
from app.kernel.db import Base, db
from tests import builders, html_rules, servers

DAY = timedelta(days=1)
# Modules stay as long as the process: garbage is looked for among what the tests make, not there.
gc.disable()


class Clock:
    """The time of the test. `advance(hours=3)` or `set(...)` moves it."""

    def __init__(self) -> None:
        self.now = builders.START

    def set(self, moment: datetime) -> None:
        self.now = moment

    def advance(self, **delta: float) -> datetime:
        self.now += timedelta(**delta)
        return self.now


class Queries(list[str]):
    """The statements of the latest request (the one that loads the session included)."""

    def hear(self, _c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "PRAGMA")):
            self.append(statement)


class Page:
    """Opens pages as one of the cast, and checks every HTML page it gets.

    `page("/team/3", as_="赵经理", status=404)`; `page("/x", data={...})` posts a form and
    `page("/x", json={...})` JSON, each with its token (`token=False` leaves it out).
    `status` defaults to 200 for a GET and to "below 400" for a form. Gives the response.
    """

    def __init__(self, app: Flask, queries: Queries, clock: Clock) -> None:
        self.app, self.queries, self.clock = app, queries, clock
        self.clients: dict[str | None, FlaskClient] = {}
        self.since: dict[str | None, datetime] = {}

    def __call__(
        self,
        url: str,
        *,
        as_: str | None = None,
        status: int | None = None,
        **more: Any,
    ) -> Any:
        response = self.raw(url, as_=as_, **more)
        if status is not None:
            assert response.status_code == status, _said(response)
        else:
            most = 300 if response.request.method == "GET" else 400
            assert response.status_code < most, _said(response)
        if response.mimetype == "text/html" and response.status_code not in {301, 302, 303}:
            html_rules.check(response)
        return response

    def raw(
        self,
        url: str,
        *,
        as_: str | None = None,
        method: str | None = None,
        data: dict[str, Any] | None = None,
        json: Any = None,
        token: bool = True,
        **more: Any,
    ) -> Any:
        """The request alone: nothing about the answer is asserted."""
        method = method or ("POST" if data is not None or json is not None else "GET")
        client = self.client(as_)
        headers = dict(more.pop("headers", {}))
        if method not in {"GET", "HEAD"}:
            data = {} if data is None and json is None else data
            if token:
                headers["X-CSRFToken"] = self.token(client)
        db.session.commit()
        self.queries.clear()
        response = _alone(
            lambda: client.open(
                url, method=method, data=data, json=json, headers=headers, buffered=True, **more
            )
        )
        db.session.expire_all()
        return response

    def client(self, as_: str | None) -> FlaskClient:
        """The browser of one person; signed in without the cost of a password."""
        if as_ not in self.clients:
            self.clients[as_] = self.app.test_client()
        if (
            as_ is not None
            and self.clock.now - self.since.get(as_, builders.START - 30 * DAY) > DAY
        ):
            self.sign_in(as_)
        return self.clients[as_]

    def sign_in(self, name: str) -> None:
        token = secrets.token_urlsafe(8)
        person = db.session.scalars(select(User).where(User.name == name)).one()
        moment = self.clock.now
        db.session.add(
            UserSession(
                token_hash=token_hash(token),
                user_id=person.id,
                created_at=moment,
                seen_at=moment,
                address="127.0.0.1",
                browser="test",
            )
        )
        db.session.commit()
        self._put(self.clients[name], {"sid": token})
        self.since[name] = moment

    def token(self, client: FlaskClient) -> str:
        """A valid form token for this browser."""
        self._put(client, {"csrf_token": "test"})
        signer = URLSafeTimedSerializer(self.app.secret_key, salt="wtf-csrf-token")
        return str(signer.dumps("test"))

    def _put(self, client: FlaskClient, values: dict[str, str]) -> None:
        def write() -> None:
            with client.session_transaction() as cookie:
                cookie.update(values)

        _alone(write)


def _alone(call: Any) -> Any:
    """Run outside the test's application context, so that the request has its own `g`."""
    return contextvars.Context().run(call)


def _said(response: Any) -> str:
    return f"{response.status_code} {response.headers.get('Location', '')}\n{response.text[:3000]}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=["both", "sqlite", "postgresql"],
        default="both",
        help="run tests that use the database on this kind only (default: both)",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The stories begin first: at the end the other workers would only wait for them."""
    items.sort(key=lambda item: item.path.parent.name != "stories")


class ByFile(LoadScopeScheduling):
    """A file stays with one worker, so that its server is started once; its tests on PostgreSQL
    are a share of their own and come later, so that a worker changes its database once."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return f"{file} on PostgreSQL" if "[postgresql" in nodeid else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Shares are dealt out as the tests were collected, not the file with most tests first."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_collection_finish() -> None:
    """From here on garbage is collected again, with everything loaded so far left out."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever touches the database runs on SQLite and on a real PostgreSQL.

    `one_database`: this one is about rules, or about what a page says. Its statements have tests
    of their own on both, and tests/security/test_matrix.py asks each route on either.
    """
    wish = metafunc.config.getoption("database")
    kinds = ["sqlite", "postgresql"] if wish == "both" else [wish]
    if "kind" in metafunc.fixturenames and "copies" in metafunc.fixturenames:
        metafunc.parametrize("kind", kinds, scope="module")
    if "database_url" in metafunc.fixturenames:
        if wish == "both" and metafunc.definition.get_closest_marker("one_database"):
            kinds = ["sqlite"]
        metafunc.parametrize("database_url", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """One PostgreSQL for all tests of a process; `servers.new_database` makes room on it."""
    with servers.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def database_url(request: pytest.FixtureRequest, tmp_path_factory: Any) -> str:
    """An empty database of the kind asked for."""
    if request.param == "sqlite":
        return f"sqlite+pysqlite:///{tmp_path_factory.mktemp('db') / 'test.sqlite3'}"
    return servers.new_database(request.getfixturevalue("postgres"), "test")


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = tmp_path_factory.mktemp("instance")
    return Settings(
        env="test",
        secret_key="a secret of the tests alone, 32 characters",
        database_url=database_url,
        instance_dir=folder,
        company="澄屿软件",
        log_level="WARNING",
    )


@pytest.fixture(scope="session")
def stage(settings: Settings) -> Iterator[Flask]:
    """The application with schema and cast, once for all tests."""
    app = create_app(settings)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        builders.cast()
        db.session.commit()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def furnished(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A second stage, where the shipped framework, banks and tracks are loaded as well."""
    folder: Path = tmp_path_factory.mktemp("furnished")
    url = f"sqlite+pysqlite:///{folder / 'furnished.sqlite3'}"
    if settings.database_url.startswith("postgresql"):
        server = settings.database_url.replace("/test?", "/{name}?")
        url = servers.new_database(server, "furnished")
    app = create_app(replace(settings, database_url=url, instance_dir=folder))
    with app.app_context(), kernel_clock.at(lambda: builders.START):
        Base.metadata.create_all(db.engine)
        builders.cast()
        builders.shipped()
        db.session.commit()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(
    request: pytest.FixtureRequest,
    settings: Settings,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Flask]:
    """The application inside an outer transaction that is rolled back at the end.

    A test that asks for `tracks` stands on the furnished stage; `settings` names the database.
    """
    is_furnished = "tracks" in request.fixturenames
    stage: Flask = request.getfixturevalue("furnished" if is_furnished else "stage")
    with stage.app_context():
        engine = db.engine
        with engine.connect() as connection:
            outer = connection.begin()
            monkeypatch.setitem(db.engines, None, connection)
            monkeypatch.setitem(
                db.session.session_factory.kw, "join_transaction_mode", "create_savepoint"
            )
            yield stage
            db.session.remove()
            outer.rollback()


@pytest.fixture
def db_session(app: Flask) -> Any:
    """The test's own session. `page()` commits it before and expires it after each request."""
    return db.session


@pytest.fixture
def clock() -> Iterator[Clock]:
    hand = Clock()
    with kernel_clock.at(lambda: hand.now):
        yield hand


@pytest.fixture
def queries(app: Flask) -> Iterator[Queries]:
    heard = Queries()
    connection = db.engines[None]
    event.listen(connection, "before_cursor_execute", heard.hear)
    yield heard
    event.remove(connection, "before_cursor_execute", heard.hear)


@pytest.fixture
def page(app: Flask, queries: Queries, clock: Clock) -> Page:
    return Page(app, queries, clock)


@pytest.fixture
def person(app: Flask) -> Any:
    """`person("小王")` gives the row of one of the cast."""

    def find(name: str) -> User:
        return db.session.scalars(select(User).where(User.name == name)).one()

    return find


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for all tests of a process: Playwright cannot be started twice in a thread."""
    from tests.browser.chromium import launched

    with launched() as browser:
        yield browser
