"""Two at the same moment, each with a connection of her own, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app import create_app
from app.accounts.models import User
from app.competency.models import Evidence
from app.domain.rated import SeatRole
from app.kernel.config import Settings
from app.kernel.db import Base, db, session, transaction
from app.ratings.models import Outcome, Performance, RatedMark, Seat
from tests import builders, servers
from tests.conftest import Page, Queries
from tests.ratings.conftest import Desk

ROUNDS = 4


def person_named(name):
    return session().scalars(select(User).where(User.name == name)).one()


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL for this module."""
    with servers.postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def page(request, tmp_path, clock):
    """Pages of the cast on a committed database."""
    if request.param == "sqlite":
        url = f"sqlite+pysqlite:///{tmp_path / 'once.sqlite3'}"
    else:
        server = request.getfixturevalue("server")
        url = servers.new_database(server, f"r{uuid4().hex[:8]}")
    app = create_app(
        Settings(
            env="test",
            secret_key="a secret of the tests alone, 32 characters",
            database_url=url,
            instance_dir=tmp_path,
            log_level="WARNING",
        )
    )
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with transaction():
            builders.cast()
        found = Page(app, Queries(), clock)
        for who in ("周老师", "阅卷人", "HR", "总监"):
            found("/assess", as_=who)
        yield found
        session().rollback()
        db.engine.dispose()


@pytest.fixture
def desk(page, clock):
    return Desk(person_named, clock)


def at_once(page, *calls):
    """Post forms at the same moment, each call (who, url, data); statuses in order."""
    prepared = []
    for who, url, data in calls:
        client = page.client(who)
        prepared.append((client, url, data, page.token(client)))
    session().rollback()
    barrier = Barrier(len(calls))

    def one(call):
        client, url, data, token = call
        barrier.wait()
        return client.post(url, data=data, headers={"X-CSRFToken": token}).status_code

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, prepared))


def mark(seat, key="k", say=3):
    return f"/seats/{seat}/mark", {"row-say": say, "row-ask": 3, "key": key, "seen": 0}


def count(table, **where):
    session().rollback()
    return session().scalar(select(func.count()).select_from(table).filter_by(**where))


def prepared(desk, occasion, *, seats=("周老师", "阅卷人")):
    with transaction():
        performance = desk.plan(occasion=occasion)
        return performance, [desk.seat(performance, who) for who in seats]


def test_two_assessors_hand_in_together_and_there_is_one_outcome(page, desk):
    for n in range(ROUNDS):
        performance, (first, second) = prepared(desk, str(n))
        answers = at_once(page, ("周老师", *mark(first)), ("阅卷人", *mark(second)))
        assert answers == [302, 302]
        assert count(Outcome, performance_id=performance) == 1
        assert count(Evidence, source_id=str(performance)) == 2
        assert desk.of(performance).state == "released"


def test_one_mark_from_two_devices_is_one(page, desk):
    for n in range(ROUNDS):
        _performance, (first, _second) = prepared(desk, str(n))
        same = [("周老师", *mark(first, key="phone"))] * 2
        assert at_once(page, *same) == [302, 302]
        assert count(RatedMark, seat_id=first) == 1
        _performance, (other, _second) = prepared(desk, f"other {n}")
        two = [("周老师", *mark(other, key=key)) for key in ("phone", "tablet")]
        assert sorted(at_once(page, *two)) == [302, 409]
        assert count(RatedMark, seat_id=other) == 1


def test_the_last_seat_is_given_once(page, desk):
    for n in range(ROUNDS):
        performance, _seats = prepared(desk, str(n), seats=("周老师",))
        ask = [
            (
                "HR",
                f"/performances/{performance}/seats",
                {"assessor": person_named(who).id, "role": SeatRole.MARKER, "party": ""},
            )
            for who in ("阅卷人", "总监")
        ]
        assert sorted(at_once(page, *ask)) == [302, 409]
        assert count(Seat, performance_id=performance) == 2


def test_a_mark_and_the_end_of_the_marking_do_not_cross(page, desk):
    for n in range(ROUNDS):
        performance, (first, second) = prepared(desk, str(n))
        with transaction():
            desk.mark(first, "周老师", 3, 3)
        void = f"/performances/{performance}/void"
        answers = at_once(page, ("阅卷人", *mark(second)), ("HR", void, {"reason": "x"}))
        assert answers[1] == 302
        assert answers[0] in {302, 409}
        session().rollback()
        rows = session().scalars(select(Evidence).where(Evidence.source_id == str(performance)))
        last = {row.competency: row for row in sorted(rows, key=lambda row: row.number)}
        assert all(row.is_withdrawn for row in last.values())
        assert session().get(Performance, performance).state == "void"
