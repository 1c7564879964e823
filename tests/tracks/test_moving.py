"""People moved to another version and back: what carries over, what is sat again, which days."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.accounts.models import User
from app.kernel.clock import local_day
from app.tracks import queries, services
from app.tracks.models import Enrolment
from app.tracks.services import due_at
from tests.tracks.conftest import MONDAY
from tests.tracks.test_enrolment_page import state
from tests.tracks.test_renewal import at

FIRST = """
schema: track/1
id: versions
title: 版本
tier: new-hire
anchor: hire_date
stages:
  - id: one
    title: 一
    activities:
      - {id: kept, kind: exam, title: 不变的, due: 2, bank: product-knowledge, attempts: 2}
      - {id: other, kind: exam, title: 变了的, due: 3, bank: product-knowledge, attempts: 2}
      - {id: dropped, kind: seminar, title: 去掉的研讨, due: 4, people: 1-9, minutes: 60}
    gate: {id: gate, title: 关口, due: 6, needs: [kept, other]}
"""
SECOND = (
    FIRST.replace("due: 3, bank: product-knowledge", "due: 8, bank: talk-track-basics")
    .replace("id: dropped", "id: added")
    .replace("去掉的研讨", "新加的研讨")
    .replace("due: 6, needs: [kept, other]", "due: 9, needs: [kept, other, added]")
)


@pytest.fixture
def moving(load_track, bootcamp, clock, db_session):
    """小王 on version 1 of two, with the exam that does not change passed."""
    load_track(FIRST)
    clock.set(at(MONDAY))
    (row,) = bootcamp.enrol("小王", slug="versions")
    bootcamp.sit("小王", "kept", slug="versions")
    load_track(SECOND)
    services.advance([row], now=clock.now)
    db_session.commit()
    return row


def known(db_session, row):
    found = db_session.get(Enrolment, row, populate_existing=True)
    return queries.known_of([found], today=MONDAY)[row]


def test_the_preview_names_each_change_and_changes_nothing(page, moving, db_session) -> None:
    text = page(f"/enrolments/{moving}/move", as_="陈老师").text
    for word in ("从第 1 版换到第 2 版", "新加的研讨", "去掉的研讨", "日期变了", "照算"):
        assert word in text
    assert "要重考" not in text
    assert queries.version_of_enrolment(moving).number == 1
    page(f"/enrolments/{moving}/move?to=9", as_="陈老师", status=404)
    page(f"/enrolments/{moving}/move", as_="陈老师", data={"to": 2, "reason": ""}, status=422)
    page(f"/enrolments/{moving}/move", as_="小王", status=403)


def test_a_passed_exam_that_is_the_same_counts_and_the_other_is_assigned_anew(
    page, moving, bootcamp, db_session
) -> None:
    data = {"to": 2, "reason": "新版上线"}
    page(f"/enrolments/{moving}/move", as_="陈老师", data=data)
    facts = known(db_session, moving).facts
    assert "kept" in facts.done
    assert "other" not in facts.done
    bootcamp.sit("小王", "other", slug="versions")
    assert known(db_session, moving).facts.done >= {"kept", "other"}
    text = page(f"/enrolments/{moving}", as_="小王").text
    assert "从第 1 版换到第 2 版" in text
    assert "新版上线" in text


def test_back_is_a_move_too_and_nothing_is_lost(page, moving, clock, db_session) -> None:
    for number in (2, 1):
        data = {"to": number, "reason": "x"}
        page(f"/enrolments/{moving}/move", as_="陈老师", data=data)
    found = db_session.get(Enrolment, moving, populate_existing=True)
    assert queries.version_of_enrolment(moving).number == 1
    assert "kept" in known(db_session, moving).facts.done
    assert found.state == "active"


def test_who_has_passed_an_exam_that_became_another_sits_it_again(
    page, moving, bootcamp, person, clock, db_session
) -> None:
    boss = person("陈老师").id
    services.move(enrolment_id=moving, to_number=2, reason="x", actor_id=boss, now=clock.now)
    bootcamp.sit("小王", "other", slug="versions")
    text = page(f"/enrolments/{moving}/move?to=1", as_="陈老师").text
    assert "要重考" in text
    services.move(enrolment_id=moving, to_number=1, reason="x", actor_id=boss, now=clock.now)
    assert "other" not in known(db_session, moving).facts.done
    assert state(db_session, moving) == "active"


# ---------------------------------------------------------------- days of other places


@pytest.mark.parametrize(
    ("zone", "day", "end"),
    [
        ("Asia/Shanghai", date(2026, 3, 8), datetime(2026, 3, 8, 15, 59, 59, tzinfo=UTC)),
        # Clocks in New York go forward on 8 March 2026 and back on 1 November.
        ("America/New_York", date(2026, 3, 7), datetime(2026, 3, 8, 4, 59, 59, tzinfo=UTC)),
        ("America/New_York", date(2026, 3, 8), datetime(2026, 3, 9, 3, 59, 59, tzinfo=UTC)),
        ("America/New_York", date(2026, 11, 1), datetime(2026, 11, 2, 4, 59, 59, tzinfo=UTC)),
        ("Pacific/Kiritimati", date(2028, 2, 29), datetime(2028, 2, 29, 9, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_step_is_due_at_the_end_of_the_day_where_the_learner_is(zone, day, end) -> None:
    due = due_at(day, zone)
    assert due is not None
    assert due.astimezone(UTC) == end
    assert local_day(due, zone) == day
    assert local_day(due + timedelta(seconds=1), zone) == day + timedelta(days=1)


def test_exams_of_a_learner_abroad_are_due_at_her_midnight(
    load_track, bootcamp, person, clock, db_session
) -> None:
    person("小王").timezone = "America/New_York"
    db_session.flush()
    assert db_session.get(User, person("小王").id).timezone == "America/New_York"
    load_track(FIRST)
    clock.set(at(MONDAY))
    bootcamp.enrol("小王", slug="versions", on=date(2026, 3, 6))
    from app.assessments.models import Assignment

    dues = {
        one.due_at
        for one in db_session.query(Assignment).where(Assignment.person_id == person("小王").id)
    }
    # Due on 8 and 9 March, after the clocks have gone forward.
    assert dues == {
        datetime(2026, 3, 9, 3, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 10, 3, 59, 59, tzinfo=UTC),
    }
