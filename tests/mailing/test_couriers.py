"""Couriers as processes on a real database: two at once, and one that is killed in the middle."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import create_app
from app.accounts.models import User
from app.accounts.services import notify
from app.kernel import clock
from app.kernel.config import ROOT, Settings
from app.kernel.db import Base, db, transaction
from app.mailing import services, tasks
from app.mailing.models import Mail
from app.mailing.turns import Wishes
from tests import servers
from tests.mailing.server import rude, taking, until_the_end

pytestmark = pytest.mark.timeout(180)
MANY = 20


class Office:
    """The product with a database of its own, couriers beside it, people who are told things."""

    def __init__(self, folder, database_url):
        self.folder, self.running = folder, []
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "APP_ENV": "development",
            "SECRET_KEY": "a secret of the tests alone, 32 characters",
            "DATABASE_URL": database_url,
            "INSTANCE_DIR": str(folder),
            "MAIL_FROM": "notices@chengyu.example",
            "LB_STOP": str(folder / "stop"),
        }
        self.app = create_app(Settings.from_env(self.environment))

    def hire(self):
        with transaction():
            for number in range(MANY):
                db.session.add(
                    User(
                        name=f"学员{number}",
                        email=f"p{number}@chengyu.example",
                        email_key=f"p{number}@chengyu.example",
                        password_hash="!",
                        created_at=clock.now(),
                    )
                )
        with transaction():
            for person in db.session.scalars(select(User)).all():
                services.set_wishes(person.id, Wishes(quiet_from=0, quiet_to=0))

    def tell_all(self):
        with transaction():
            for person in db.session.scalars(select(User)).all():
                notify(
                    user_id=person.id,
                    kind="assigned",
                    key="x",
                    params={"title": "产品知识", "due": "2026-03-09"},
                    url="/",
                    now=clock.now() - timedelta(minutes=5),
                )

    def send_out(self, port):
        """A courier process."""
        more = {"MAIL_URL": f"smtp://127.0.0.1:{port}?tls=none"}
        command = [sys.executable, "-m", "tests.mailing.courier_process"]
        self.running.append(
            subprocess.Popen(
                command, cwd=ROOT, env=self.environment | more, stderr=subprocess.DEVNULL
            )
        )
        return self.running[-1]

    def states(self):
        db.session.rollback()
        return Counter(db.session.scalars(select(Mail.state)))

    def end(self):
        (self.folder / "stop").touch()
        for process in self.running:
            process.wait(timeout=30)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server_url(request):
    return request.getfixturevalue("postgres") if request.param == "postgresql" else ""


@pytest.fixture
def office(server_url, tmp_path, request):
    name = f"mail_{abs(hash(request.node.name)) % 10**8}"
    url = servers.new_database(server_url, name) if server_url else ""
    made = Office(tmp_path, url or f"sqlite:///{tmp_path / 'lianbing.sqlite3'}")
    with made.app.app_context():
        Base.metadata.create_all(db.engine)
        made.hire()
        try:
            yield made
        finally:
            made.end()
            db.session.remove()
            db.engine.dispose()


def test_two_couriers_at_once_send_each_mail_once(office):
    with taking() as box:
        office.send_out(box.port)
        office.send_out(box.port)
        office.tell_all()
        end = time.monotonic() + 60
        while office.states()["sent"] < MANY:
            assert time.monotonic() < end, office.states()
            time.sleep(0.1)
        office.end()
    arrived = Counter(to for tos, _mail in box.mails for to in tos)
    assert set(arrived.values()) == {1}
    assert len(arrived) == MANY


def test_a_courier_killed_while_it_sends_leaves_one_doubt_and_no_second_copy(office, monkeypatch):
    has_all, hold = threading.Event(), threading.Event()

    def holds(connection, hear):
        until_the_end(connection, hear)
        has_all.set()
        hold.wait(60)

    office.tell_all()
    with rude(holds) as port:
        courier = office.send_out(port)
        assert has_all.wait(60)
        courier.kill()
        courier.wait(timeout=10)
        hold.set()
    assert office.states() == {"sending": 1, "waiting": MANY - 1}
    with taking() as box:
        monkeypatch.setitem(
            office.app.extensions,
            "settings",
            Settings.from_env(
                office.environment | {"MAIL_URL": f"smtp://127.0.0.1:{box.port}?tls=none"}
            ),
        )
        assert tasks.deliver() == MANY - 1
        later = clock.now() + timedelta(minutes=11)
        with clock.at(lambda: later):
            with transaction():
                tasks.sweep(clock.now())
            assert tasks.deliver() == 0
        assert office.states() == {"unsure": 1, "sent": MANY - 1}
        assert len(box.mails) == MANY - 1
