"""A mail server that the product of the test writes to, and people who are told things."""

from dataclasses import replace

import pytest

from app.accounts.services import notify
from app.mailing import tasks
from tests.mailing.server import taking


@pytest.fixture
def point_at(app, monkeypatch):
    """`point_at(port)` sets mail up as an installation would."""

    def point(port, **more):
        settings = replace(
            app.extensions["settings"],
            mail_url=f"smtp://127.0.0.1:{port}?tls=none",
            mail_from="通知 <notices@chengyu.example>",
            base_url="https://train.chengyu.example",
            **more,
        )
        monkeypatch.setitem(app.extensions, "settings", settings)

    return point


@pytest.fixture
def box(point_at):
    with taking() as server:
        point_at(server.port)
        yield server


@pytest.fixture
def tell(person, clock, db_session):
    """Tell somebody something now."""

    def now(name, kind="assigned", key="", url="/assignments/7/start", **params):
        notify(
            user_id=person(name).id,
            kind=kind,
            key=key or f"{kind}:{clock.now.isoformat()}",
            params={"title": "产品知识", "due": "2026-03-09"} | params,
            url=url,
            now=clock.now,
        )
        db_session.commit()

    return now


@pytest.fixture
def later(clock):
    """Time passes, and the courier goes round: gives how many were sent."""

    def go(**delta):
        clock.advance(**delta)
        return tasks.deliver()

    return go
