"""One more attempt: who used up the attempts of an exam waits for the trainer, and for nothing
else; what is given is exactly one, and no score changes."""

import pytest
from sqlalchemy import func, select

from app.accounts.models import Notice
from app.assessments.models import Assignment, Attempt
from app.audit.models import AuditEvent
from app.kernel.db import session
from app.tracks import services
from tests.tracks.conftest import MONDAY
from tests.tracks.test_board import lines
from tests.tracks.test_renewal import at

TEST = """
schema: track/1
id: tested
title: 考试路径
tier: new-hire
anchor: hire_date
stages:
  - id: one
    title: 一
    activities:
      - id: t-exam
        kind: exam
        title: 结业考
        due: 2
        bank: product-knowledge
        pass: 60%
        attempts: 2
        cooldown: 1h
        draw: [{n: 3, type: single}]
      - id: t-quiz
        kind: exam
        title: 随堂测
        due: 1
        bank: product-knowledge
        pass: 60%
        attempts: 1
        draw: [{n: 2, type: single}]
    gate: {id: t-gate, title: 过关, due: 3, needs: [t-exam]}
"""


@pytest.fixture
def used_up(load_track, bootcamp, clock, db_session):
    """小王 has failed both attempts; gives her enrolment."""
    load_track(TEST)
    clock.set(at(MONDAY))
    (row,) = bootcamp.enrol("小王", slug="tested")
    for _ in range(2):
        bootcamp.sit("小王", "t-exam", right=False, slug="tested")
        clock.advance(hours=2)
    db_session.commit()
    return row


def give(page, row, who="陈老师", **more):
    data = {"activity": "t-exam", "reason": "生病那天考的", **more.pop("data", {})}
    return page(f"/enrolments/{row}/retry", as_=who, data=data, **more)


def test_who_is_used_up_waits_for_the_trainer_and_reads_so(page, used_up, clock) -> None:
    said = "2 次机会已用完，等培训师再给一次"
    home = page("/", as_="小王").text
    assert said in home
    assert "再考一次" not in home
    own = page(f"/enrolments/{used_up}", as_="小王").text
    assert said in own
    assert "去测验" not in own
    # Where it was sat, too; what nobody gives yet is not offered.
    last = session().scalars(select(Attempt).order_by(Attempt.id.desc())).first()
    for url in (f"/attempts/{last.id}/result", f"/assignments/{last.assignment_id}/start"):
        told = page(url, as_="小王").text
        assert "2 次机会已用完，可以请培训师再给一次。" in told
        assert "再考" not in told
    line = lines(page("/tracks/tested/board", as_="陈老师").text)["小王"]
    assert "“结业考”的次数用完了，没通过，等培训师再给一次 从今天起 等 培训师" in line
    assert "再给一次 小王" in line
    board = page("/tracks/tested/board?reason=exhausted&show=stuck", as_="陈老师").text
    assert f'href="/enrolments/{used_up}?do=retry#acts"' in board
    assert "再给一次 小王" not in lines(page("/tracks/tested/board", as_="带教人").text)
    opened = page(f"/enrolments/{used_up}?do=retry", as_="陈老师").text
    assert 'id="act-retry" open' in opened


def test_exactly_one_more_is_given_told_and_on_record(
    page, used_up, person, clock, bootcamp
) -> None:
    before = session().execute(select(Attempt.id, Attempt.total, Attempt.passed)).all()
    assert "写一句原因" in give(page, used_up, data={"reason": ""}, status=422).text
    give(page, used_up)
    give(page, used_up, status=409)  # pressed twice
    assert session().execute(select(Attempt.id, Attempt.total, Attempt.passed)).all() == before
    given = select(Assignment.extra_attempts).where(
        Assignment.assessment_id == bootcamp.exam("t-exam", slug="tested")
    )
    assert session().scalars(given).all() == [1]
    story = page(f"/enrolments/{used_up}", as_="小王").text
    assert "“结业考”再给一次，共可考 3 次" in story
    assert "生病那天考的" in story
    assert "去测验" in story
    assert "“结业考”可以再考一次：生病那天考的" in page("/notices", as_="小王").text
    assert "再考一次" in page("/", as_="小王").text
    actions = session().scalars(
        select(AuditEvent.action).where(AuditEvent.actor_id == person("陈老师").id)
    )
    assert {"attempt.give", "enrolment.retry"} <= set(actions)
    bootcamp.sit("小王", "t-exam", right=False, slug="tested")
    assert "3 次机会已用完，等培训师再给一次" in page("/", as_="小王").text
    give(page, used_up, who="李经理")  # and once more, where that is meant
    clock.advance(hours=2)
    assert bootcamp.sit("小王", "t-exam", slug="tested").passed
    services.follow_facts(now=clock.now)
    assert "所有关口都过了" in page(f"/enrolments/{used_up}", as_="小王").text
    # The quiz was never taken: the sentence and the count are the same everywhere.
    home = page("/", as_="小王").text
    assert "考试路径 已过关，做完 1 / 2 项" in home
    assert "共完成 1 / 2" in home
    assert "1 / 2" in lines(page("/tracks/tested/board?show=all", as_="陈老师").text)["小王"]
    kinds = select(func.count()).where(Notice.kind == "retry")
    assert session().scalar(kinds) == 2


def test_it_is_given_only_where_it_is_needed_and_by_who_may(page, used_up, bootcamp) -> None:
    assert "act-retry" not in page(f"/enrolments/{used_up}", as_="小王").text
    give(page, used_up, who="小王", status=403)
    give(page, used_up, who="赵经理", status=404)
    give(page, used_up, data={"activity": "t-quiz"}, status=409)  # not begun
    give(page, used_up, data={"activity": "no-such"}, status=422)
    bootcamp.sit("小王", "t-quiz", right=False, slug="tested")
    # No gate asks for the quiz: nobody is waited for.
    assert "1 次机会已用完" in page("/", as_="小王").text
    assert "1 次机会已用完，等培训师" not in page("/", as_="小王").text
    page(f"/enrolments/{used_up}/leave", as_="陈老师", data={"reason": "转岗"})
    give(page, used_up, status=409)
