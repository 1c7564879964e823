"""Steps of a track are reminded of on five days, once each, in the learner's own days."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Notice
from app.tracks import tasks
from tests.tracks.conftest import Bootcamp


@pytest.fixture
def bootcamp(tracks, person, clock):
    return Bootcamp(person, clock)


def told(db_session):
    rows = db_session.scalars(
        select(Notice).where(Notice.kind.in_(["step_due", "step_overdue"])).order_by(Notice.id)
    )
    return [(row.key.split(":")[2], row.key.split(":")[4], row.created_at) for row in rows]


def test_a_step_is_told_on_five_days_once_each_and_an_exam_by_its_assessment(
    bootcamp, clock, db_session
):
    bootcamp.enrol("小王", on=date(2026, 3, 12))
    for _ in range(30):
        tasks.hourly(clock.now)
        tasks.hourly(clock.now + timedelta(hours=3))
        clock.advance(days=1)
    by_step = Counter(activity for activity, _, _ in told(db_session))
    assert by_step
    exams = set(bootcamp_exams())
    assert not exams & set(by_step)
    whole = {activity for activity, n in by_step.items() if n == 5}
    assert whole
    for activity in whole:
        assert [left for one, left, _ in told(db_session) if one == activity] == [
            "7",
            "3",
            "1",
            "0",
            "-1",
        ]


def bootcamp_exams():
    from app.tracks import queries

    return queries.exams_of(queries.newest_version("bootcamp").id)


def test_what_is_done_is_not_told_again(bootcamp, clock, db_session):
    (enrolment,) = bootcamp.enrol("小王", on=date(2026, 3, 12))
    for _ in range(12):
        tasks.hourly(clock.now)
        clock.advance(days=1)
    first = told(db_session)[0][0]
    lessons = {activity for activity, _, _ in told(db_session)}
    before = Counter(activity for activity, _, _ in told(db_session))
    bootcamp.read("小王", first, enrolment)
    for _ in range(20):
        tasks.hourly(clock.now)
        clock.advance(days=1)
    after = Counter(activity for activity, _, _ in told(db_session))
    assert after[first] == before[first]
    assert any(after[one] > before[one] for one in lessons)


def test_the_days_begin_where_the_learner_is(bootcamp, clock, person, db_session):
    person("小王").timezone = "America/New_York"
    bootcamp.enrol("小王", on=date(2026, 3, 12))
    clock.set(datetime(2026, 3, 5, 4, 30, tzinfo=UTC))  # 23:30 on the 4th in New York
    tasks.hourly(clock.now)
    before = len(told(db_session))
    clock.advance(hours=1)  # 00:30 on the 5th
    tasks.hourly(clock.now)
    assert len(told(db_session)) > before
