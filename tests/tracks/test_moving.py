"""People moved to another version and back: what carries over, what is sat again, which days."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.accounts.models import User
from app.audit.models import AuditEvent
from app.jobs.models import JobRun
from app.jobs.worker import folder_of, run_job
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


# ---------------------------------------------------------------- many people at once


@pytest.fixture
def two(load_track, bootcamp, clock, db_session):
    """小王 and 小赵 on version 1 of two; only 小王 has passed the exam that does not change."""
    load_track(FIRST)
    clock.set(at(MONDAY))
    rows = [bootcamp.enrol(name, slug="versions")[0] for name in ("小王", "小赵")]
    bootcamp.sit("小王", "kept", slug="versions")
    load_track(SECOND)
    services.advance(rows, now=clock.now)
    db_session.commit()
    return rows


def ticked(text):
    return re.findall(r'name="chosen" value="([^"]+)"', text)


def run(app, db_session):
    """The worker does what waits, and gives the rows of the report."""
    job = db_session.scalars(select(JobRun).order_by(JobRun.id.desc())).first()
    run_job(app, job.id)
    db_session.expire_all()
    path = folder_of(app.extensions["settings"], job.id) / job.file_name
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[1:]


def test_many_are_moved_as_shown_each_whole_and_nobody_twice(
    app, page, two, clock, db_session
) -> None:
    url = "/tracks/versions/moves"
    assert url in page("/tracks/versions/versions", as_="陈老师").text
    text = page(url, as_="陈老师").text
    for word in ("2 人在别的版本", "照算 1 项", "新增 1 项", "去掉 1 项", "新加的研讨"):
        assert word in text, word
    assert re.search("关口：.+ 改为 ", text), "whose gate moves"
    both = ticked(text)
    assert len(both) == 2
    page(url, as_="陈老师", data={"to": 2, "reason": "新版上线"}, status=422)
    page(url, as_="陈老师", data={"to": 2, "reason": "", "chosen": both}, status=422)
    for odd in ("1;drop", f"{'9' * 30}:{'a' * 16}"):
        page(url, as_="陈老师", data={"to": 2, "reason": "x", "chosen": [odd]}, status=404)
    page(url, as_="小王", status=403)
    order = {"to": 2, "reason": "新版上线", "chosen": both}
    page(url, as_="陈老师", data=order, status=303)
    # Between the click and the job somebody goes on: hers would be another move than was shown.
    services.record_step(
        enrolment_id=two[1],
        activity_id="dropped",
        times=1,
        is_done=True,
        source=services.StepSource("test", "1"),
        actor_id=None,
        now=clock.now,
    )
    lines = {name: (result, facts) for name, result, facts in run(app, db_session)}
    assert lines["小王"][0] == "从第 1 版换到第 2 版"
    assert "照算 1 项" in lines["小王"][1]
    assert "情况变了" in lines["小赵"][0]
    numbers = [queries.version_of_enrolment(one).number for one in two]
    assert numbers == [2, 1]
    # Looked at again, and the first order once more: who has moved stays as she is.
    again = ticked(page(url, as_="陈老师").text)
    page(url, as_="陈老师", data=order | {"chosen": [both[0], *again]}, status=303)
    lines = {name: result for name, result, _facts in run(app, db_session)}
    assert lines == {"小王": "已经在第 2 版", "小赵": "从第 1 版换到第 2 版"}
    assert "没有要换的人" in page(url, as_="陈老师").text
    deeds = select(AuditEvent.id).where(AuditEvent.action == "enrolment.move")
    assert len(db_session.scalars(deeds).all()) == 2


def test_a_manager_moves_her_own_people_alone(app, page, two, person, db_session) -> None:
    shown = page("/tracks/versions/moves", as_="赵经理").text
    mine = ticked(page("/tracks/versions/moves", as_="陈老师").text)
    assert len(ticked(shown)) < len(mine)
    page(
        "/tracks/versions/moves",
        as_="赵经理",
        data={"to": 2, "reason": "x", "chosen": mine},
        status=303,
    )
    lines = run(app, db_session)
    others = [name for name, result, _facts in lines if "换到" not in result]
    assert set(others) == {"—"}, "whose name she may not see is not in her report"
    results = [result for _name, result, _facts in lines]
    assert sum(result.startswith("从第 1 版") for result in results) == len(ticked(shown))
