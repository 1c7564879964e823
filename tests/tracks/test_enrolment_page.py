"""The page of an enrolment: who sees what, signs where, decides what; each refusal in its place."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts import services as accounts
from app.tracks import services
from app.tracks.models import Enrolment, EnrolmentEvent, GateExtension, GateSignature, Recall
from app.tracks.services import StepSource
from tests.tracks.conftest import MONDAY
from tests.tracks.test_renewal import RENEWABLE, at

pytestmark = pytest.mark.one_database

SIGNED = """
schema: track/1
id: signed
title: 签字路径
tier: new-hire
anchor: hire_date
credential: {id: signed-done, title: 签字通过, days: 100, warn: 20}
stages:
  - id: one
    title: 一
    activities:
      - {id: a-seminar, kind: seminar, title: 研讨, due: 1, people: 1-9, minutes: 60}
      - {id: a-other, kind: seminar, title: 另一场, due: 1, people: 1-9, minutes: 60}
    gate:
      id: a-gate
      title: 独立
      due: 5
      needs: [a-seminar, {signed: mentor}, {signed: manager}, {signed: learner}]
      extend: 7
      plan: true
"""


@pytest.fixture
def enrolment(load_track, bootcamp, person, clock, db_session):
    """小王 on a track whose gate asks for a seminar and three signatures; 带教人 is her mentor."""
    load_track(SIGNED)
    clock.set(at(MONDAY))
    accounts.pair(
        trainee_id=person("小王").id,
        mentor_id=person("小陈").id,
        on=MONDAY,
        because="老手",
        actor_id=person("李经理").id,
        now=clock.now,
    )
    accounts.grant_role(user_id=person("小陈").id, role="mentor", actor_id=None, now=clock.now)
    (row,) = bootcamp.enrol("小王", slug="signed")
    db_session.commit()
    return row


def seminar(row, clock):
    services.record_step(
        enrolment_id=row,
        activity_id="a-seminar",
        times=1,
        is_done=True,
        source=StepSource("seminar", "1"),
        actor_id=None,
        now=clock.now,
    )


def state(db_session, row):
    return db_session.get(Enrolment, row, populate_existing=True).state


def sign(page, row, who, party, **more):
    data = {"party": party, "word": "yes", **more.pop("data", {})}
    return page(f"/enrolments/{row}/gates/a-gate/sign", as_=who, data=data, **more)


def test_everybody_concerned_sees_how_it_stands_and_nobody_else(page, enrolment) -> None:
    for who in ("小王", "小陈", "李经理", "HR", "陈老师", "总监"):
        text = page(f"/enrolments/{enrolment}", as_=who).text
        assert "独立" in text
        assert "带教人签字" in text
        assert "进行中" in text
    for who in ("小赵", "赵经理"):
        page(f"/enrolments/{enrolment}", as_=who, status=404)


def test_who_may_decide_has_the_forms_and_who_may_not_has_none(page, enrolment) -> None:
    for who in ("李经理", "HR", "陈老师"):
        text = page(f"/enrolments/{enrolment}", as_=who).text
        for word in ("延期一次", "登记请假", "免做一项", "整条免修", "移出路径"):
            assert word in text, (who, word)
        for word in ("登记返岗", "重新加入", "开始再认证", "换到另一个版本"):
            assert word not in text, (who, word)
    for who in ("小王", "小陈"):
        assert "可以做的事" not in page(f"/enrolments/{enrolment}", as_=who).text
        page(f"/enrolments/{enrolment}/extend", as_=who, data={"reason": "x"}, status=403)


def test_three_people_sign_and_the_gate_opens(page, enrolment, clock, db_session) -> None:
    seminar(enrolment, clock)
    db_session.commit()
    assert state(db_session, enrolment) == "at_gate"
    sign(page, enrolment, "小陈", "mentor")
    sign(page, enrolment, "李经理", "manager")
    assert state(db_session, enrolment) == "at_gate"
    sign(page, enrolment, "小王", "learner")
    assert state(db_session, enrolment) == "certified"
    text = page(f"/enrolments/{enrolment}", as_="小王").text
    assert "带教人在“独立”签了“可以”" in text
    assert "获得“签字通过”" in text
    sign(page, enrolment, "小陈", "mentor", status=409)


def test_not_yet_needs_its_reason_and_keeps_the_gate_closed(
    page, enrolment, clock, db_session
) -> None:
    seminar(enrolment, clock)
    db_session.commit()
    refused = sign(page, enrolment, "小陈", "mentor", data={"word": "not_yet"}, status=422)
    assert "写一句还差什么" in refused.text
    again = (MONDAY + timedelta(days=3)).isoformat()
    word = {"word": "not_yet", "because": "报价还不熟", "again_on": again}
    sign(page, enrolment, "小陈", "mentor", data=word)
    for who, party in (("李经理", "manager"), ("小王", "learner")):
        sign(page, enrolment, who, party)
    assert state(db_session, enrolment) == "at_gate"
    assert "报价还不熟" in page(f"/enrolments/{enrolment}", as_="小王").text
    sign(page, enrolment, "小陈", "mentor")
    assert state(db_session, enrolment) == "certified"


def test_nobody_signs_in_the_place_of_another(page, enrolment, db_session) -> None:
    sign(page, enrolment, "小王", "mentor", status=403)
    sign(page, enrolment, "HR", "manager", status=403)
    sign(page, enrolment, "小王", "nobody", status=400)
    sign(page, enrolment, "小赵", "learner", status=404)
    assert db_session.scalars(select(GateSignature)).all() == []


def test_extending_asks_for_the_plan_and_is_done_once(page, enrolment, db_session) -> None:
    url = f"/enrolments/{enrolment}/extend"
    refused = page(url, as_="李经理", data={"reason": "病了"}, status=422)
    assert "先写补齐计划" in refused.text
    data = {"reason": "病了", "plan": "周五补研讨"}
    page(url, as_="李经理", data=data)
    assert state(db_session, enrolment) == "extended"
    assert "已延期 7 天" in page(f"/enrolments/{enrolment}", as_="李经理").text
    page(url, as_="李经理", data=data, status=409)
    assert len(db_session.scalars(select(GateExtension)).all()) == 1


def test_an_extension_that_comes_late_counts_from_today(page, enrolment, clock) -> None:
    """The gate was due on Saturday; eleven days later seven more days must lie ahead of her."""
    clock.set(at(MONDAY + timedelta(days=16)))
    services.advance([enrolment], now=clock.now)
    form = page(f"/enrolments/{enrolment}", as_="李经理").text
    assert "改到 3 月 25 日 周三，只能延这一次" in form
    page(f"/enrolments/{enrolment}/extend", as_="李经理", data={"reason": "病了", "plan": "补"})
    assert "3 月 25 日" in page(f"/enrolments/{enrolment}", as_="小王").text
    clock.set(at(MONDAY + timedelta(days=23)))
    assert services.advance([enrolment], now=clock.now) == 0
    clock.set(at(MONDAY + timedelta(days=24)))
    assert services.advance([enrolment], now=clock.now) == 1


def test_leave_and_return(page, enrolment, clock, db_session) -> None:
    url = f"/enrolments/{enrolment}"
    future = (MONDAY + timedelta(days=1)).isoformat()
    page(f"{url}/pause", as_="李经理", data={"from_on": future, "reason": "x"}, status=422)
    page(f"{url}/pause", as_="李经理", data={"from_on": "soon", "reason": "x"}, status=422)
    page(f"{url}/pause", as_="李经理", data={"from_on": MONDAY.isoformat(), "reason": "病假"})
    assert state(db_session, enrolment) == "paused"
    clock.set(at(MONDAY + timedelta(days=4)))
    before = (MONDAY - timedelta(days=1)).isoformat()
    page(f"{url}/resume", as_="李经理", data={"back_on": before}, status=422)
    page(
        f"{url}/resume",
        as_="李经理",
        data={"back_on": (MONDAY + timedelta(days=4)).isoformat()},
    )
    assert state(db_session, enrolment) == "active"
    text = page(url, as_="李经理").text
    assert "3 月 11 日 周三 23:59 到期" in text
    assert "病假" in text


def test_who_comes_back_to_a_gate_has_waited_there_since_before_the_leave(
    page, enrolment, clock, db_session
) -> None:
    seminar(enrolment, clock)
    reached = db_session.get(Enrolment, enrolment).state_since
    db_session.commit()
    clock.advance(days=2)
    today = (MONDAY + timedelta(days=2)).isoformat()
    page(f"/enrolments/{enrolment}/pause", as_="李经理", data={"from_on": today, "reason": "病假"})
    clock.advance(days=2)
    back = (MONDAY + timedelta(days=4)).isoformat()
    page(f"/enrolments/{enrolment}/resume", as_="李经理", data={"back_on": back})
    assert state(db_session, enrolment) == "at_gate"
    assert db_session.get(Enrolment, enrolment).state_since == reached
    assert "从 03-02 起，4 天" in page("/tracks/signed/board", as_="李经理").text


def test_an_activity_is_waived_and_taken_back(page, enrolment, db_session) -> None:
    url = f"/enrolments/{enrolment}"
    data = {"activity": "a-seminar", "undo": "", "reason": "去年听过"}
    page(f"{url}/waive", as_="李经理", data=data)
    assert "免做：去年听过" in page(url, as_="小王").text
    page(f"{url}/waive", as_="李经理", data={**data, "undo": "1"})
    assert "“研讨”改回要做" in page(url, as_="小王").text
    page(f"{url}/waive", as_="李经理", data={**data, "activity": "no-such"}, status=422)


def test_exempt_and_taken_off_can_come_back(page, enrolment, db_session) -> None:
    url = f"/enrolments/{enrolment}"
    page(f"{url}/exempt", as_="HR", data={"evidence": ""}, status=422)
    page(f"{url}/exempt", as_="HR", data={"evidence": "三年经验"})
    assert state(db_session, enrolment) == "exempt"
    page(f"{url}/leave", as_="HR", data={"reason": "x"}, status=409)
    page(f"{url}/readmit", as_="HR", data={"reason": "还是要走一遍"})
    assert state(db_session, enrolment) == "active"
    page(f"{url}/leave", as_="HR", data={"reason": "转岗"})
    assert state(db_session, enrolment) == "withdrawn"
    text = page(url, as_="陈老师").text
    assert "转岗" in text
    assert "重新加入" in text
    page(f"{url}/readmit", as_="陈老师", data={"reason": "回来了"})
    assert state(db_session, enrolment) == "active"


def test_nobody_decides_about_her_own_enrolment(
    page, bootcamp, load_track, clock, db_session
) -> None:
    load_track(SIGNED)
    (row,) = bootcamp.enrol("李经理", slug="signed")
    db_session.commit()
    assert "可以做的事" not in page(f"/enrolments/{row}", as_="李经理").text
    for deed, data in (
        ("extend", {"reason": "x", "plan": "x"}),
        ("exempt", {"evidence": "x"}),
        ("waive", {"activity": "a-seminar", "undo": "", "reason": "x"}),
        ("leave", {"reason": "x"}),
    ):
        status = page.raw(f"/enrolments/{row}/{deed}", as_="李经理", data=data).status_code
        assert status in {403, 404}, deed
    page(f"/enrolments/{row}/exempt", as_="总监", data={"evidence": "x"})


def test_a_mover_keeps_her_enrolment_and_the_new_manager_sees_it(
    page, enrolment, person, clock, db_session
) -> None:
    page(f"/enrolments/{enrolment}", as_="赵经理", status=404)
    from app.accounts.queries import unit_of

    target = unit_of(person("小赵").id, clock.now.date())
    accounts.move_person(
        user_id=person("小王").id,
        unit_id=target.id,
        on=MONDAY,
        actor_id=person("HR").id,
        now=clock.now,
    )
    db_session.commit()
    page(f"/enrolments/{enrolment}", as_="李经理", status=404)
    assert "进行中" in page(f"/enrolments/{enrolment}", as_="赵经理").text
    sign(page, enrolment, "赵经理", "manager")
    sign(page, enrolment, "李经理", "manager", status=404)


def test_the_learner_renews_when_it_ends_soon_and_the_trainer_at_any_time(
    load_track, page, bootcamp, clock, db_session
) -> None:
    load_track(RENEWABLE)
    clock.set(at(MONDAY))
    rows = bootcamp.enrol("小王", "小陈", slug="short")
    for row in rows:
        services.record_step(
            enrolment_id=row,
            activity_id="s-seminar",
            times=1,
            is_done=True,
            source=StepSource("seminar", "1"),
            actor_id=None,
            now=clock.now,
        )
    db_session.commit()
    assert "开始再认证" not in page(f"/enrolments/{rows[0]}", as_="小王").text
    page(f"/enrolments/{rows[0]}/recertify", as_="小王", data={"reason": ""}, status=409)
    page(f"/enrolments/{rows[1]}/recertify", as_="陈老师", data={"reason": "新品"})
    assert state(db_session, rows[1]) == "recertifying"
    clock.set(at(MONDAY + timedelta(days=85)))
    services.follow_days(now=clock.now)
    db_session.commit()
    assert "开始再认证" in page(f"/enrolments/{rows[0]}", as_="小王").text
    page(f"/enrolments/{rows[0]}/recertify", as_="小王", data={"reason": ""})
    text = page(f"/enrolments/{rows[0]}", as_="小王").text
    assert "再考" in text
    assert "开始第 1 次再认证" in text


def test_a_recall_is_looked_at_given_a_reason_and_taken_back(
    load_track, page, bootcamp, clock, db_session
) -> None:
    load_track(RENEWABLE)
    clock.set(at(MONDAY))
    (row,) = bootcamp.enrol("小王", slug="short")
    services.record_step(
        enrolment_id=row,
        activity_id="s-seminar",
        times=1,
        is_done=True,
        source=StepSource("seminar", "1"),
        actor_id=None,
        now=clock.now,
    )
    db_session.commit()
    text = page("/tracks/short/recall", as_="陈老师").text
    assert "小王" in text
    page("/tracks/short/recall", as_="陈老师", data={"reason": " "}, status=422)
    page("/tracks/short/recall", as_="陈老师", data={"reason": "3.0 上线"})
    assert state(db_session, row) == "expired"
    text = page("/tracks/short/recall", as_="HR").text
    assert "现在没有有效的证书" in text
    assert "撤回作废" in text
    recall_id = db_session.scalars(select(Recall.id)).one()
    page(f"/tracks/short/recall/{recall_id}/undo", as_="HR", data={})
    assert state(db_session, row) == "certified"
    page("/tracks/short/recall", as_="李经理", status=403)
    page("/tracks/nowhere/recall", as_="陈老师", status=404)


def test_the_number_of_statements_does_not_grow_with_the_story(
    page, enrolment, clock, person, db_session
) -> None:
    page(f"/enrolments/{enrolment}", as_="李经理")
    few = len(page.queries)
    for _ in range(10):
        for waived in (True, False):
            services.waive(
                enrolment_id=enrolment,
                activity_id="a-seminar",
                is_waived=waived,
                reason="x",
                actor_id=person("李经理").id,
                now=clock.now,
            )
    db_session.commit()
    page(f"/enrolments/{enrolment}", as_="李经理")
    assert len(page.queries) <= few + 1
    assert few < 60
    assert len(db_session.scalars(select(EnrolmentEvent)).all()) > 20
