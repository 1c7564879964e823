"""Pass rates: first attempts, kept up with every release, rebuilt with equal result."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from app.accounts import queries as accounts
from app.analytics import queries as analytics
from app.assessments import outcomes, services
from app.assessments.models import (
    Assessment,
    AssessmentSource,
    Assignment,
    Attempt,
    FirstResult,
    RateCell,
    TrackTally,
)
from app.competency import services as competency
from app.kernel.db import db
from tests import builders
from tests.assessments import builders as sitting
from tests.competency.conftest import FRAMEWORK

DAY = builders.START.date()


def exam(title="期末考试", **more) -> Assessment:
    row = Assessment(
        title=title,
        pass_share=Fraction(3, 5),
        created_at=builders.START,
        attempts_allowed=9,
        **more,
    )
    db.session.add(row)
    db.session.flush()
    return row


def sit(test, who, *, passed, number=1, unit=None, days=0, released=True, share=None):
    """One attempt, released at once, with the aggregates kept as the release does."""
    assignment = db.session.scalar(
        select(Assignment).where(
            Assignment.assessment_id == test.id, Assignment.person_id == who.id
        )
    )
    if assignment is None:
        assignment = Assignment(assessment_id=test.id, person_id=who.id, assigned_at=builders.START)
        db.session.add(assignment)
        db.session.flush()
    moment = builders.START + timedelta(days=days, hours=number)
    row = Attempt(
        assignment_id=assignment.id,
        assessment_id=test.id,
        person_id=who.id,
        number=number,
        seed="0",
        engine="1",
        started_at=moment,
        submitted_at=moment,
        scored_at=moment if released else None,
        released_at=moment if released else None,
        total=share if share is not None else Fraction(8 if passed else 3),
        maximum=Fraction(10),
        passed=passed if released else None,
        unit_id=unit,
    )
    db.session.add(row)
    db.session.flush()
    outcomes.keep(who.id, test.id)
    return row


def tables() -> list[object]:
    """Everything that is kept up."""
    db.session.flush()
    return [
        sorted(map(tuple, db.session.execute(select(*table.__table__.columns)).all()), key=str)
        for table in (FirstResult, RateCell, TrackTally)
    ]


@pytest.fixture
def east(person):
    return accounts.unit_of(person("小王").id, DAY)


@pytest.fixture
def rates_of(app):
    def read(unit):
        below = accounts.units_below_select(unit.id, DAY)
        return analytics.rates(below, accounts.people_below_unit(unit.id, DAY))

    return read


def test_the_first_attempt_decides_and_the_counted_one_stands_beside_it(
    person, east, rates_of
) -> None:
    test = exam()
    sit(test, person("小王"), passed=False, unit=east.id)
    sit(test, person("小王"), passed=True, number=2, unit=east.id)
    sit(test, person("小陈"), passed=True, unit=east.id)
    (line,) = rates_of(east).assessments
    assert (line.rate.passed, line.rate.n, line.counted) == (1, 2, 2)
    assert line.rate.few
    assert line.rate.share is None


def test_from_ten_people_on_there_is_a_share_with_its_interval(east, rates_of) -> None:
    test, unit = exam(), db.session.get(builders.Unit, east.id)
    for n in range(10):
        sit(test, builders.user(unit=unit), passed=n < 7, unit=east.id)
    (line,) = rates_of(east).assessments
    assert line.rate.share == pytest.approx(0.7)
    assert line.rate.lo < 0.5 < 0.7 < line.rate.hi
    assert line.trend[0].percent == 70


def test_the_team_is_that_of_the_day_of_submission(person, east, rates_of) -> None:
    south = accounts.unit_of(person("小赵").id, DAY)
    test = exam()
    sit(test, person("小王"), passed=True, unit=south.id)
    assert rates_of(east).all.rate.n == 0
    assert rates_of(south).all.rate.n == 1


def test_what_is_under_way_waiting_or_void_is_told_apart(person, east, rates_of) -> None:
    test = exam()
    sit(test, person("小王"), passed=False, released=False, unit=east.id)
    void = sit(test, person("小陈"), passed=True, unit=east.id)
    void.voided_at = builders.START
    db.session.flush()
    outcomes.keep(person("小陈").id, test.id)
    (line,) = rates_of(east).assessments
    assert (line.rate.n, line.under_way, line.waiting, line.void) == (0, 0, 1, 1)
    assert tables() == [[], [], []]


def asked(test, who) -> None:
    """Asked to sit, nothing done yet."""
    row = Assignment(assessment_id=test.id, person_id=who.id, assigned_at=builders.START)
    db.session.add(row)
    db.session.flush()


def test_who_has_not_started_is_in_no_rate_and_is_told_apart(person, east, rates_of) -> None:
    test, source = exam(), sitting.bank(builders.START)
    db.session.add(
        AssessmentSource(
            assessment_id=test.id, bank_version_id=source.bank_version_id, bank=source.bank
        )
    )
    unit = db.session.get(builders.Unit, east.id)
    for n in range(10):
        sit(test, builders.user(unit=unit), passed=n < 7, unit=east.id)
    before = rates_of(east)
    for name in ("小王", "小陈", "小赵"):  # 小赵 is of another team
        asked(test, person(name))
    found = rates_of(east)
    (line,), (bank,) = found.assessments, found.banks
    assert (line.rate, line.not_started) == (before.assessments[0].rate, 2)
    assert (line.rate.passed, line.rate.n) == (7, 10)
    assert (bank.rate.n, bank.not_started) == (10, 2)
    assert found.all.rate == before.all.rate
    sit(test, person("小王"), passed=False, released=False, unit=east.id)
    (line,) = rates_of(east).assessments
    assert (line.rate.n, line.not_started, line.waiting) == (10, 1, 1)


def test_a_test_nobody_began_is_listed_without_a_rate(person, east, rates_of) -> None:
    test = exam()
    asked(test, person("小王"))
    (line,) = rates_of(east).assessments
    assert (line.rate.n, line.rate.lo, line.not_started) == (0, None, 1)
    cancelled = exam("取消的", cancelled_at=builders.START)
    asked(cancelled, person("小王"))
    assert len(rates_of(east).assessments) == 1


def test_the_team_page_says_how_many_have_not_started(page, person, east) -> None:
    competency.load_framework(FRAMEWORK.read_bytes(), actor_id=None, now=builders.START, today=DAY)
    test = exam()
    sit(test, person("小陈"), passed=True, unit=east.id)
    asked(test, person("小王"))
    db.session.commit()
    text = page("/teams/2", as_="李经理").text
    row = text[text.index("期末考试") :][:900]
    assert "1 / 1" in row
    assert "未开始 1" in row


def test_a_void_first_attempt_makes_the_second_the_first(person, east, rates_of) -> None:
    test = exam()
    first = sit(test, person("小王"), passed=False, unit=east.id)
    sit(test, person("小王"), passed=True, number=2, unit=east.id, days=40)
    first.voided_at = builders.START
    db.session.flush()
    outcomes.keep(person("小王").id, test.id)
    (line,) = rates_of(east).assessments
    assert (line.rate.passed, line.rate.n) == (1, 1)
    assert [point.month for point in line.trend] == ["2026-04"]


def test_a_bank_counts_the_assessments_made_from_it(person, east, rates_of) -> None:
    source = sitting.bank(builders.START)
    one, other = exam("一"), exam("二")
    for test in (one, other):
        db.session.add(
            AssessmentSource(
                assessment_id=test.id, bank_version_id=source.bank_version_id, bank=source.bank
            )
        )
        sit(test, person("小王"), passed=test is one, unit=east.id)
    (line,) = rates_of(east).banks
    assert (line.rate.passed, line.rate.n) == (1, 2)


def test_a_real_release_is_counted_in_its_own_transaction_and_a_void_taken_out(
    person, east, rates_of, clock
) -> None:
    trainer, learner = person("陈老师"), person("小王")
    test = sitting.assessment(trainer.id, clock.now, text=sitting.objective())
    place = sitting.assigned(test, learner.id, clock.now)
    attempt = services.start(assignment_id=place, person_id=learner.id, seed="s", now=clock.now)
    right = {key: value for key, value in sitting.RIGHT.items() if key != "o-5"}
    clock.advance(minutes=3)
    services.save(
        attempt_id=attempt,
        person_id=learner.id,
        client="tab",
        saves=sitting.saves(attempt, right),
        now=clock.now,
    )
    services.hand_in(
        attempt_id=attempt, person_id=learner.id, key="k", client="tab", saves=[], now=clock.now
    )
    (line,) = rates_of(east).assessments
    assert (line.rate.passed, line.rate.n, line.counted) == (1, 1, 1)
    services.void(attempt_id=attempt, owner_id=trainer.id, reason="断电", now=clock.now)
    (line,) = rates_of(east).assessments
    assert (line.rate.n, line.void) == (0, 1)


acts = st.lists(
    st.tuples(
        st.integers(0, 2),  # who
        st.integers(0, 2),  # which test
        st.booleans(),  # passed
        st.integers(0, 70),  # day
        st.integers(0, 2),  # team
        st.sampled_from(["sit", "sit", "sit", "void", "regrade"]),
    ),
    max_size=14,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts)
def test_kept_up_and_rebuilt_are_the_same_rows(app, acts) -> None:
    nested = db.session.begin_nested()
    units = [None, *[row.id for row in db.session.scalars(select(builders.Unit)).all()[:2]]]
    people = [builders.user() for _ in range(3)]
    tests = [exam("甲", track="bootcamp"), exam("乙", track="bootcamp"), exam("丙", counts="first")]
    numbers: dict[tuple[int, int], int] = {}
    rows: list[Attempt] = []
    for who, which, passed, days, unit, act in acts:
        if act == "sit" or not rows:
            number = numbers[who, which] = numbers.get((who, which), 0) + 1
            rows.append(
                sit(
                    tests[which],
                    people[who],
                    passed=passed,
                    number=number,
                    unit=units[unit],
                    days=days,
                )
            )
            continue
        row = rows[days % len(rows)]
        values = {"voided_at": builders.START} if act == "void" else {"passed": passed}
        db.session.execute(update(Attempt).where(Attempt.id == row.id).values(**values))
        outcomes.keep(row.person_id, row.assessment_id)
    kept = tables()
    for table in (TrackTally, RateCell, FirstResult):
        db.session.execute(delete(table))
    outcomes.rebuild()
    assert tables() == kept
    nested.rollback()
    db.session.expunge_all()


def test_cells_add_up_to_the_first_results(person, east) -> None:
    test = exam()
    for name in ("小王", "小陈", "小赵"):
        sit(test, person(name), passed=name != "小赵", unit=east.id)
    (cell,) = db.session.scalars(select(RateCell)).all()
    assert (cell.n, cell.passed, cell.month) == (3, 2, "2026-03")


def test_reading_costs_the_same_at_any_history(person, east, rates_of, queries) -> None:
    test = exam()
    sit(test, person("小王"), passed=True, unit=east.id)
    queries.clear()
    rates_of(east)
    few = len(queries)
    for number in range(2, 30):
        sit(test, person("小王"), passed=True, number=number, unit=east.id)
    queries.clear()
    rates_of(east)
    assert len(queries) == few <= 13
    assert db.session.query(RateCell).count() == 1
