"""What the job worker does: close, remind, and go on when one attempt is broken."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import Notice
from app.assessments import services, tasks
from app.assessments.models import Assignment, Attempt, AttemptPaper
from tests.assessments import builders as b


@pytest.fixture
def two_open(app, clock, person):
    made = b.assessment(person("陈老师").id, clock.now, text=b.objective())
    attempts = []
    for name in ("小王", "小陈"):
        who = person(name).id
        assignment = b.assigned(made, who, clock.now)
        attempts.append(
            services.start(assignment_id=assignment, person_id=who, seed=name, now=clock.now)
        )
    return attempts


def test_the_sweeper_closes_what_is_over_once(two_open, clock, db_session):
    assert tasks.sweep(clock.now + timedelta(seconds=604)) == 0
    clock.advance(minutes=11)
    assert tasks.sweep(clock.now) == 2
    assert tasks.sweep(clock.now) == 0
    rows = db_session.scalars(select(Attempt)).all()
    assert all(one.submitted_at == one.deadline_at for one in rows)
    told = db_session.scalars(select(Notice).where(Notice.kind == "released")).all()
    assert len(told) == 2


def test_one_broken_attempt_holds_up_nobody(two_open, clock, db_session, caplog):
    db_session.execute(
        update(AttemptPaper).where(AttemptPaper.attempt_id == two_open[0]).values(body="{}")
    )
    clock.advance(minutes=11)
    assert tasks.sweep(clock.now) == 1
    assert "could not be handed in" in caplog.text


def told(db_session, *kinds):
    rows = db_session.scalars(select(Notice).where(Notice.kind.in_(kinds)).order_by(Notice.id))
    return [(row.kind, row.params["due"], row.created_at.date().isoformat()) for row in rows]


@pytest.fixture
def due_on_the_tenth(app, clock, person):
    """A test for 小王, due 2026-03-10 23:59:59 in Shanghai; it is 2026-03-02 there."""
    made = b.assessment(person("陈老师").id, clock.now, text=b.objective())
    services.assign(
        assessment_id=made,
        person_ids=[person("小王").id],
        actor_id=None,
        due_at=datetime(2026, 3, 10, 15, 59, 59, tzinfo=UTC),
        now=clock.now,
    )
    return made


def hours_pass(clock, days):
    """The worker's hourly step, every hour and sometimes twice."""
    for hour in range(24 * days):
        clock.advance(hours=1)
        tasks.hourly(clock.now)
        if hour % 5 == 0:
            tasks.hourly(clock.now)


def test_who_has_not_handed_in_is_reminded_on_five_days_once_each(
    due_on_the_tenth, clock, db_session
):
    hours_pass(clock, 14)
    days = ["2026-03-02", "2026-03-06", "2026-03-08", "2026-03-09", "2026-03-10"]
    # From midnight in Shanghai on, which is 16:00 UTC of the day before.
    assert told(db_session, "due", "overdue") == [
        ("overdue" if day == days[-1] else "due", "2026-03-10", day) for day in days
    ]


def test_the_days_are_those_of_the_person(due_on_the_tenth, clock, person, db_session):
    person("小王").timezone = "America/New_York"  # due at 11:59 there, days begin at 05:00 UTC
    hours_pass(clock, 14)
    days = ["2026-03-03", "2026-03-07", "2026-03-09", "2026-03-10", "2026-03-11"]
    assert [day for _, _, day in told(db_session, "due", "overdue")] == days


def test_nobody_is_reminded_of_what_was_handed_in_or_cancelled(
    due_on_the_tenth, clock, person, db_session
):
    who = person("小王").id
    (assignment,) = db_session.scalars(select(Assignment.id).where(Assignment.person_id == who))
    clock.advance(days=5)
    attempt = services.start(assignment_id=assignment, person_id=who, seed="x", now=clock.now)
    clock.advance(minutes=11)
    tasks.sweep(clock.now)
    assert db_session.get(Attempt, attempt).submitted_at is not None
    hours_pass(clock, 8)
    assert told(db_session, "due", "overdue") == []


def test_who_is_assigned_late_is_not_told_of_days_that_have_passed(
    due_on_the_tenth, clock, db_session
):
    clock.advance(days=7, hours=14)  # 23:00 on the ninth in Shanghai
    hours_pass(clock, 3)
    assert [day for _, _, day in told(db_session, "due", "overdue")] == ["2026-03-09", "2026-03-10"]


def test_who_need_not_sit_it_is_told(app, clock, person, db_session):
    made = b.assessment(person("陈老师").id, clock.now, text=b.objective())
    services.assign(
        assessment_id=made,
        person_ids=[person("小王").id, person("小陈").id],
        actor_id=None,
        due_at=clock.now + timedelta(hours=20),
        now=clock.now,
    )
    services.cancel(
        assessment_id=made, owner_id=person("陈老师").id, reason="题目有误", now=clock.now
    )
    rows = db_session.scalars(select(Notice).where(Notice.kind == "cancelled")).all()
    assert len(rows) == 2
    tasks.hourly(clock.now)
    assert told(db_session, "due") == []
