"""No key, explanation or rubric leaves before the policy allows it."""

from datetime import timedelta

import pytest

from app.assessments import services
from app.assessments.services import Feedback, Release
from tests.assessments import builders as b

SECRETS = ("KEYWHY", "MODELANSWER", "指出拍板人", "拍板|决策人")


@pytest.fixture
def sit(app, clock, person):
    """An attempt of 小王 at an assessment with the given policy; `submit` hands it in."""

    def make(*, submit=True, answers=None, text=b.BANK, **policy):
        made = b.assessment(person("陈老师").id, clock.now, text=text, **policy)
        wang = person("小王").id
        assignment = b.assigned(made, wang, clock.now)
        attempt = services.start(assignment_id=assignment, person_id=wang, seed="s", now=clock.now)
        if submit:
            services.hand_in(
                attempt_id=attempt,
                person_id=wang,
                key="k",
                client="t",
                saves=b.saves(attempt, answers or {"o-1": {"B"}}),
                now=clock.now,
            )
        return attempt, assignment

    return make


def test_nothing_while_the_paper_is_open(page, sit):
    attempt, assignment = sit(submit=False)
    urls = (f"/assignments/{assignment}/start", f"/attempts/{attempt}", "/assessments/mine")
    texts = [page(url, as_="小王").text for url in urls]
    reply = page(
        f"/attempts/{attempt}/responses",
        as_="小王",
        json={"client": "x", "saves": b.saves(attempt, {"o-1": {"B"}})},
    )
    whole = "".join([*texts, reply.text])
    for secret in SECRETS:
        assert secret not in whole


def result(page, attempt):
    return page(f"/attempts/{attempt}/result", as_="小王").text


def test_never_shows_the_score_alone(page, sit):
    attempt, _ = sit(text=b.objective(), feedback=Feedback.NEVER)
    text = result(page, attempt)
    assert "KEYWHY" not in text
    assert "先做什么" not in text


def test_without_keys_only_the_own_answers_show(page, sit):
    attempt, _ = sit(text=b.objective(), shows_keys=False)
    text = result(page, attempt)
    assert "先做什么" in text
    assert "KEYWHY" not in text
    assert "漏选" not in text


def test_after_the_window_closes_and_not_a_second_before(page, sit, clock):
    closes = clock.now + timedelta(hours=2)
    attempt, _ = sit(text=b.objective(), feedback=Feedback.AFTER_CLOSE, closes_at=closes)
    assert "KEYWHY" not in result(page, attempt)
    clock.set(closes + timedelta(seconds=4))
    assert "KEYWHY" not in result(page, attempt), "the grace of others is not over"
    clock.set(closes + timedelta(seconds=6))
    assert "KEYWHY-1" in result(page, attempt)


def test_keys_wait_for_those_with_extra_time(page, sit, clock, person):
    closes = clock.now + timedelta(hours=2)
    attempt, assignment = sit(
        text=b.objective(),
        feedback=Feedback.AFTER_CLOSE,
        closes_at=closes,
        limit_seconds=7200,
    )
    from app.assessments.models import Assignment
    from app.kernel.db import session

    made = session().get(Assignment, assignment).assessment_id
    chen = person("小陈").id
    other = b.assigned(made, chen, clock.now)
    services.give_time(
        assessment_id=made,
        person_id=chen,
        extra_seconds=1800,
        owner_id=person("陈老师").id,
        reason="视力",
        now=clock.now,
    )
    services.start(assignment_id=other, person_id=chen, seed="t", now=clock.now)
    clock.set(closes + timedelta(minutes=10))
    assert "KEYWHY" not in result(page, attempt)


def test_the_trainers_release_comes_before_any_key(page, sit):
    attempt, _ = sit(text=b.objective(), release_by=Release.TRAINER)
    assert "KEYWHY" not in result(page, attempt)


def test_model_answers_wait_for_the_mark_while_choice_items_show(page, sit):
    attempt, _ = sit(answers=b.RIGHT)
    text = result(page, attempt)
    assert "KEYWHY-1" in text
    for secret in ("MODELANSWER", "指出拍板人"):
        assert secret not in text
    pdf = page(f"/attempts/{attempt}/result.pdf", as_="小王")
    assert b"MODELANSWER" not in pdf.data
