"""What the job worker does: close, remind, and go on when one attempt is broken."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import Notice
from app.assessments import services, tasks
from app.assessments.models import Attempt, AttemptPaper
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


def test_who_has_not_handed_in_is_reminded_once(app, clock, person, db_session):
    made = b.assessment(person("陈老师").id, clock.now, text=b.objective())
    due = clock.now + timedelta(hours=20)
    services.assign(
        assessment_id=made,
        person_ids=[person("小王").id, person("小陈").id],
        actor_id=None,
        due_at=due,
        now=clock.now,
    )
    tasks.nightly(clock.now)
    tasks.nightly(clock.now + timedelta(hours=1))
    told = db_session.scalars(select(Notice).where(Notice.kind == "due")).all()
    assert len(told) == 2
    services.cancel(
        assessment_id=made, owner_id=person("陈老师").id, reason="题目有误", now=clock.now
    )
    told = db_session.scalars(select(Notice).where(Notice.kind == "cancelled")).all()
    assert len(told) == 2
