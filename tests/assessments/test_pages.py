"""The learner's pages and routes."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.assessments import services
from app.assessments.models import Attempt
from tests.assessments import builders as b

pytestmark = pytest.mark.one_database


@pytest.fixture
def assignment(app, clock, person):
    assessment = b.assessment(person("陈老师").id, clock.now)
    return b.assigned(assessment, person("小王").id, clock.now)


@pytest.fixture
def attempt(page, assignment, db_session):
    page(f"/assignments/{assignment}/start", as_="小王", data={}, status=302)
    return db_session.scalars(select(Attempt)).one().id


def save(page, attempt, answers, revision=1, **more):
    body = {"client": "tab", "saves": b.saves(attempt, answers, revision=revision)}
    return page(f"/attempts/{attempt}/responses", as_="小王", json=body, **more)


def test_a_learner_starts_answers_submits_and_sees_the_result(page, assignment, attempt):
    assert "10" in page(f"/assignments/{assignment}/start", as_="小王").text
    text = page(f"/attempts/{attempt}", as_="小王").text
    assert "先做什么" in text
    assert "KEYWHY" not in text
    assert "MODELANSWER" not in text
    reply = save(page, attempt, b.RIGHT).get_json()
    assert {one["status"] for one in reply["results"]} == {"saved"}
    assert reply["state"] == "open"
    done = page(f"/attempts/{attempt}/submit", as_="小王", data={"key": "k"}, status=302)
    assert done.headers["Location"] == f"/attempts/{attempt}/result"
    shown = page(f"/attempts/{attempt}/result", as_="小王").text
    assert "KEYWHY-1" in shown
    assert "MODELANSWER" not in shown, "the written item is not marked yet"
    own = page("/assessments/mine", as_="小王").text
    assert "交卷</span>" in own
    assert "截止</span>" not in own, "what is handed in has no due time any more"


def test_an_autosave_costs_four_statements(page, attempt, queries):
    save(page, attempt, {"o-1": {"A"}})
    assert len(queries) <= 4, "\n".join(queries)


def test_the_test_page_costs_three_statements(page, attempt, queries):
    page(f"/attempts/{attempt}", as_="小王")
    page(f"/attempts/{attempt}", as_="小王")
    assert len(queries) <= 3, "\n".join(queries)


def test_a_complete_attempt_costs_at_most_33_statements(page, clock, person, queries):
    def sit() -> int:
        spent = 0

        def go(url, **how):
            nonlocal spent
            reply = page(url, as_="小王", **how)
            spent += len(queries)
            return reply

        assessment = b.assessment(person("陈老师").id, clock.now, text=b.objective())
        assignment = b.assigned(assessment, person("小王").id, clock.now)
        go(f"/assignments/{assignment}/start")
        where = go(f"/assignments/{assignment}/start", data={}, status=302).headers["Location"]
        attempt = int(where.rsplit("/", 1)[1])
        batch = b.saves(attempt, {"o-1": {"A"}, "o-2": {"B"}})
        go(where)
        go(f"{where}/responses", json={"client": "tab", "saves": batch})
        go(f"{where}/submit", data={"key": "k", "saves": "[]"}, status=302)
        go(f"{where}/result")
        return spent

    sit()
    assert sit() <= 33


def test_submit_answers_a_fetch_with_the_receipt(page, attempt):
    outbox = json.dumps(b.saves(attempt, {"o-1": {"A"}}))
    reply = page(
        f"/attempts/{attempt}/submit",
        as_="小王",
        data={"key": "k", "saves": outbox},
        headers={"Accept": "application/json"},
    ).get_json()
    assert reply["url"] == f"/attempts/{attempt}/result"
    assert len(reply["receipt"]) == 8


def test_a_forged_body_is_a_400_in_json(page, attempt):
    body = {"client": "tab", "saves": [{"item": 77, "revision": 1, "response": None}]}
    reply = page(f"/attempts/{attempt}/responses", as_="小王", json=body, status=400)
    assert reply.get_json()["code"] == "bad_input"
    page(f"/attempts/{attempt}/submit", as_="小王", data={"saves": "{"}, status=400)


def test_others_find_nothing_there(page, attempt):
    for url in (f"/attempts/{attempt}", f"/attempts/{attempt}/result"):
        page(url, as_="小陈", status=404)
        page(url, status=302)
    page(f"/attempts/{attempt}/responses", json={"client": "x", "saves": []}, status=401)


def test_signals_are_shown_to_the_learner_too(page, attempt):
    events = [{"kind": "left", "item": 2, "at": "2026-03-02T01:00:00Z"}]
    page(f"/attempts/{attempt}/signals", as_="小王", json={"events": events}, status=204)
    page(f"/attempts/{attempt}/submit", as_="小王", data={"key": "k"})
    assert "离开了测验页面" in page(f"/attempts/{attempt}/result", as_="小王").text


def test_after_the_deadline_the_page_leads_to_the_result_before_anything_is_stored(
    page, attempt, clock, db_session
):
    clock.advance(minutes=11)
    page(f"/attempts/{attempt}", as_="小王", status=302)
    page(f"/attempts/{attempt}/result", as_="小王")
    assert db_session.get(Attempt, attempt).submitted_at is None
    services.sweep(now=clock.now)
    db_session.expire_all()
    assert db_session.get(Attempt, attempt).submitted_at is not None


def test_the_own_result_as_pdf(page, attempt):
    page(f"/attempts/{attempt}/submit", as_="小王", data={"key": "k"})
    reply = page(f"/attempts/{attempt}/result.pdf", as_="小王")
    assert reply.data.startswith(b"%PDF")


def test_without_scripts_the_form_saves_and_hands_in(page, attempt, db_session):
    position, wire = b.response(attempt, "o-1", {"A"})
    fields = {f"rev-{n}": "0" for n in range(1, 6)}
    page(
        f"/attempts/{attempt}/responses",
        as_="小王",
        data={**fields, f"r-{position}": wire["options"], "client": "form"},
        status=302,
    )
    text = page(f"/attempts/{attempt}", as_="小王").text
    assert "已保存" in text
    fields[f"rev-{position}"] = "1"
    judged = b.response(attempt, "o-4", value := False)[0]
    page(
        f"/attempts/{attempt}/submit",
        as_="小王",
        data={
            **fields,
            f"r-{position}": wire["options"],
            f"r-{judged}": str(value).lower(),
            "client": "form",
        },
        status=302,
    )
    db_session.expire_all()
    assert db_session.get(Attempt, attempt).total == 15


def test_a_page_left_open_does_not_overwrite_another_window(page, attempt):
    position, wire = b.response(attempt, "o-1", {"A"})
    save(page, attempt, {"o-1": {"B"}}, revision=1)
    page(
        f"/attempts/{attempt}/responses",
        as_="小王",
        data={f"rev-{position}": "0", f"r-{position}": wire["options"]},
        status=302,
    )
    assert "另一个窗口改过" in page(f"/attempts/{attempt}", as_="小王").text


def test_a_longer_test_session_is_kept_alive_by_saves(page, attempt, clock, db_session):
    from app.accounts.models import UserSession

    clock.advance(minutes=9)
    before = {one.id: one.seen_at for one in db_session.scalars(select(UserSession))}
    clock.advance(minutes=2)
    save(page, attempt, {"o-2": {"B"}})
    db_session.expire_all()
    after = {one.id: one.seen_at for one in db_session.scalars(select(UserSession))}
    assert any(after[one] > before[one] for one in before)


def test_the_start_page_names_the_close(page, person, clock):
    made = b.assessment(
        person("陈老师").id,
        clock.now,
        text=b.objective(),
        opens_at=None,
        closes_at=clock.now + timedelta(days=8),
    )
    assignment = b.assigned(made, person("小王").id, clock.now)
    text = page(f"/assignments/{assignment}/start", as_="小王").text
    assert re.search(r"<dt>关闭时间</dt><dd>\d{4}-\d\d-\d\d \d\d:\d\d</dd>", text)
