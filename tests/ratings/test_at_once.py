"""Two at the same moment, each with a connection of her own, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic

import pytest
from sqlalchemy import func, select, text

from app.accounts import services as accounts
from app.accounts.models import User
from app.competency.models import Evidence
from app.domain.rated import SeatRole
from app.kernel.db import db, session, transaction
from app.ratings import services
from app.ratings.models import Appeal, Outcome, Performance, RatedMark, Seat
from tests import builders
from tests.at_once import committed, copies, statuses
from tests.conftest import Page, Queries
from tests.ratings.conftest import Desk

__all__ = ["committed", "copies"]

ROUNDS = 4


def person_named(name):
    return session().scalars(select(User).where(User.name == name)).one()


@pytest.fixture(scope="module")
def furnish():
    return builders.cast


@pytest.fixture
def page(committed, clock):
    """Pages of the cast on a committed database."""
    found = Page(committed, Queries(), clock)
    for who in ("周老师", "阅卷人", "HR", "总监"):
        found("/assess", as_=who)
    return found


@pytest.fixture
def desk(page, clock):
    return Desk(person_named, clock)


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
        answers = statuses(page, ("周老师", *mark(first)), ("阅卷人", *mark(second)))
        assert answers == [302, 302]
        assert count(Outcome, performance_id=performance) == 1
        assert count(Evidence, source_id=str(performance)) == 2
        assert desk.of(performance).state == "released"


def test_one_mark_from_two_devices_is_one(page, desk):
    for n in range(ROUNDS):
        _performance, (first, _second) = prepared(desk, str(n))
        same = [("周老师", *mark(first, key="phone"))] * 2
        assert statuses(page, *same) == [302, 302]
        assert count(RatedMark, seat_id=first) == 1
        _performance, (other, _second) = prepared(desk, f"other {n}")
        two = [("周老师", *mark(other, key=key)) for key in ("phone", "tablet")]
        assert sorted(statuses(page, *two)) == [302, 409]
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
        assert sorted(statuses(page, *ask)) == [302, 409]
        assert count(Seat, performance_id=performance) == 2


def test_a_mark_and_the_end_of_the_marking_do_not_cross(page, desk):
    for n in range(ROUNDS):
        performance, (first, second) = prepared(desk, str(n))
        with transaction():
            desk.mark(first, "周老师", 3, 3)
        void = f"/performances/{performance}/void"
        answers = statuses(page, ("阅卷人", *mark(second)), ("HR", void, {"reason": "x"}))
        assert answers[1] == 302
        assert answers[0] in {302, 409}
        session().rollback()
        rows = session().scalars(select(Evidence).where(Evidence.source_id == str(performance)))
        last = {row.competency: row for row in sorted(rows, key=lambda row: row.number)}
        assert all(row.is_withdrawn for row in last.values())
        assert session().get(Performance, performance).state == "void"


def meanwhile(app, first, second):
    """`second` begins when `first` is done but not committed, and waits for it."""
    is_done = Event()

    def one():
        with app.app_context(), transaction():
            first()
            is_done.set()
            waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            until = monotonic() + (10 if db.engine.name == "postgresql" else 0)
            while monotonic() < until and not session().scalar(waits):
                pass

    def two():
        with app.app_context(), transaction():
            return second()

    session().rollback()
    with ThreadPoolExecutor(2) as pool:
        begun = pool.submit(one)
        is_done.wait(10)
        given = pool.submit(two).result(20)
        begun.result(20)
    session().rollback()
    return given


def test_what_came_out_while_leavers_were_looked_for_stays(committed, desk, clock):
    performance, (first, second) = prepared(desk, "leaves")
    with transaction():
        desk.mark(first, "周老师", 3, 3)
        gone = person_named("小王").id
        accounts.leave(user_id=gone, on=clock.now.date(), actor_id=None, now=clock.now)
    now = clock.now

    def voided():
        return services.void_of_leavers(now=now)

    assert meanwhile(committed, lambda: desk.mark(second, "阅卷人", 3, 3), voided) == 0
    assert desk.of(performance).state == "released"
    with transaction():
        services.appeal(performance_id=performance, reason="重听", actor_id=gone, now=now)
        seat = services.assign_appeal(
            performance_id=performance, assessor_id=person_named("HR").id, actor_id=None, now=now
        )
        desk.mark(seat, "HR", 2, 2)
        hr = person_named("HR").id

    def changed():
        services.decide(
            performance_id=performance, is_changed=True, reason="听过", actor_id=hr, now=now
        )

    def kept():
        return services.keep_of_leavers(now=now)

    assert meanwhile(committed, changed, kept) == 0
    assert session().scalars(select(Appeal.state)).all() == ["changed"]
