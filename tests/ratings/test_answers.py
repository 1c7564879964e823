"""A learner appeals against the mark of a written answer; another marker's mark supersedes it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Notice
from app.assessments import services as assessments
from app.assessments.models import AssessmentMarker, Attempt, Result
from app.grading import services as marking
from app.grading.models import Mark
from app.kernel.auth import Actor
from app.kernel.db import session
from app.ratings import errors, services
from app.ratings.models import AnswerAppeal, AppealState
from tests.assessments import builders as b

WHY = "CanaryAppeal61"


def actor(row, *roles):
    return Actor(row.id, row.name, frozenset({"learner", *roles}), "zh-CN", "Asia/Shanghai")


@pytest.fixture
def marked(app, clock, person):
    """小王's written answer got 0 points of 陈老师; 阅卷人 may mark the test too."""
    wang, trainer = person("小王").id, person("陈老师")
    made = b.assessment(trainer.id, clock.now)
    session().add(AssessmentMarker(assessment_id=made, marker_id=person("阅卷人").id))
    assignment = b.assigned(made, wang, clock.now)
    attempt = assessments.start(assignment_id=assignment, person_id=wang, seed="s", now=clock.now)
    assessments.hand_in(
        attempt_id=attempt,
        person_id=wang,
        key="k",
        client="t",
        saves=b.saves(attempt, b.RIGHT),
        now=clock.now,
    )
    position = b.response(attempt, "o-5", "x")[0]
    marking.mark(
        attempt_id=attempt,
        position=position,
        new=marking.NewMark(frozenset(), 0, "CanaryComment62", 0),
        actor=actor(trainer, "trainer"),
        now=clock.now,
    )
    return attempt, position


def total(attempt):
    return session().get(Attempt, attempt, populate_existing=True).total


def test_from_the_appeal_to_the_new_result_on_the_pages(page, marked, person):
    attempt, position = marked
    before = total(attempt)
    own = f"/attempts/{attempt}/appeals"
    assert f'href="{own}"' in page(f"/attempts/{attempt}/result", as_="小王").text
    page(own, as_="小陈", status=404)
    page(own, as_="小王", data={"position": position, "reason": ""}, status=422)
    page(own, as_="小王", data={"position": 1, "reason": WHY}, status=404)
    page(own, as_="小王", data={"position": position, "reason": WHY})
    (appeal,) = session().scalars(select(AnswerAppeal.id))
    desk = f"/answer-appeals/{appeal}"
    assert desk not in page("/assess", as_="陈老师").text, "who marked it is not asked"
    page(desk, as_="陈老师", status=404)
    page(desk, as_="周老师", status=404)
    assert desk in page("/assess", as_="阅卷人").text
    shown = page(desk, as_="阅卷人").text
    assert WHY in shown
    assert "CanaryComment62" not in shown
    assert "小王" not in shown
    page(desk, as_="阅卷人", data={"points": "many", "reason": "x"}, status=422)
    page(desk, as_="阅卷人", data={"points": "999", "reason": "x"}, status=422)
    page(desk, as_="阅卷人", data={"points": "2.5", "reason": "CanaryWhy63"})
    assert total(attempt) == before + 2.5
    results = session().scalars(select(Result).where(Result.attempt_id == attempt)).all()
    assert len(results) == 2
    assert results[1].supersedes_id == results[0].id
    told = page(own, as_="小王").text
    assert "改了结果" in told
    assert "CanaryWhy63" in told
    page(desk, as_="阅卷人", status=404)
    page(desk, as_="阅卷人", data={"points": "1", "reason": "x"}, status=404)


def test_the_same_mark_again_keeps_everything(marked, person, clock):
    attempt, position = marked
    ask = {"attempt_id": attempt, "position": position, "reason": WHY}
    appeal = services.appeal_answer(**ask, actor_id=person("小王").id, now=clock.now)
    marker = actor(person("阅卷人"), "marker")
    changed = services.decide_answer(
        appeal_id=appeal, points=0, reason="看过了", actor=marker, now=clock.now
    )
    assert not changed
    assert len(session().scalars(select(Mark)).all()) == 1
    assert session().get(AnswerAppeal, appeal).state == AppealState.KEPT
    kinds = session().scalars(select(Notice.kind).where(Notice.user_id == person("小王").id))
    assert "rating_appeal_decided" in set(kinds)
    with pytest.raises(errors.WrongStateError):
        services.decide_answer(appeal_id=appeal, points=1, reason="x", actor=marker, now=clock.now)


def test_who_marked_it_does_not_decide(marked, person, clock):
    attempt, position = marked
    appeal = services.appeal_answer(
        attempt_id=attempt,
        position=position,
        reason=WHY,
        actor_id=person("小王").id,
        now=clock.now,
    )
    with pytest.raises(errors.TwiceError):
        services.decide_answer(
            appeal_id=appeal,
            points=1,
            reason="x",
            actor=actor(person("陈老师"), "trainer"),
            now=clock.now,
        )


def test_on_the_seventh_day_yes_on_the_eighth_no_and_only_once(marked, person, clock):
    attempt, position = marked
    ask = {
        "attempt_id": attempt,
        "position": position,
        "reason": WHY,
        "actor_id": person("小王").id,
    }
    with pytest.raises(errors.AppealLateError):
        services.appeal_answer(**ask, now=clock.now + timedelta(days=8))
    services.appeal_answer(**ask, now=clock.now + timedelta(days=7))
    with pytest.raises(errors.AppealLateError):
        services.appeal_answer(**ask, now=clock.now + timedelta(days=7))
