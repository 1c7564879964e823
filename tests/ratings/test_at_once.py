"""Two at the same moment, each with a connection of her own, on both databases."""

import pytest
from sqlalchemy import func, select

from app.accounts.models import User
from app.competency.models import Evidence
from app.domain.rated import SeatRole
from app.kernel.db import session, transaction
from app.ratings.models import Outcome, Performance, RatedMark, Seat
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
