"""Make, assign, watch, adjust: the trainer's pages."""

import io
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.accounts.models import Notice, User
from app.assessments import boards, services
from app.assessments.errors import NoAttemptsLeftError
from app.assessments.models import Assessment, Assignment, Attempt
from app.assessments.queries.monitor import AssessmentLine
from app.banks import services as bank_services
from app.banks.models import Bank
from app.banks.queries import latest_bank, published_bank
from app.kernel.db import session
from tests import builders
from tests.assessments import builders as b


def form(**more):
    return {
        "title": "第一场",
        "banks": ["objections"],
        "paper": "sections",
        "attempts": "1",
        "counts": "best",
        "pass_percent": "60",
        "feedback": "after_submit",
        "shows_keys": "y",
        "release_by": "auto",
        "display": "one",
        **more,
    }


@pytest.fixture
def made(page, clock, db_session):
    b.bank(clock.now)
    page("/assessments/new", as_="陈老师", data=form(), status=302)
    return db_session.scalars(select(Assessment)).one().id


def test_a_trainer_makes_and_assigns_a_test_to_a_team(page, made, db_session, person):
    assert "第一场" in page("/assessments", as_="陈老师").text
    shown = page(f"/assessments/{made}/assign", as_="陈老师").text
    assert "华东一组" in shown
    reply = page(
        f"/assessments/{made}/assign", as_="陈老师", data={"logins": "CY1001\nCY1003"}, status=302
    )
    assert reply.headers["Location"] == f"/assessments/{made}"
    page(f"/assessments/{made}/assign", as_="陈老师", data={"logins": "CY1001"}, status=302)
    assert len(db_session.scalars(select(Assignment)).all()) == 2
    notices = db_session.scalars(select(Notice).where(Notice.user_id == person("小王").id)).all()
    assert [one.kind for one in notices] == ["assigned"]
    text = page(f"/assessments/{made}", as_="陈老师").text
    assert "小王" in text
    assert "未开始" in text
    assert "第一场" in page("/assessments/mine", as_="小王").text


def test_a_manager_assigns_to_her_own_people_only(page, made, db_session, person):
    url = f"/assessments/{made}/assign"
    page(url, as_="李经理", data={"logins": "CY1001"}, status=302)
    refused = page(url, as_="李经理", data={"logins": "CY1003"}, status=422)
    assert "找不到：CY1003" in refused.text
    assert "华南一组" not in page(url, as_="李经理").text
    page(f"/assessments/{made}", as_="李经理", status=403)


def test_a_name_is_enough_where_one_person_bears_it(page, made, db_session, person):
    url = f"/assessments/{made}/assign"
    page(url, as_="陈老师", data={"logins": "小王"}, status=302)
    assert db_session.scalars(select(Assignment.person_id)).all() == [person("小王").id]
    db_session.scalars(select(User).where(User.staff_no == "CY1003")).one().name = "小王"
    db_session.commit()
    refused = page(url, as_="陈老师", data={"logins": "小王\n没有"}, status=422).text
    assert "找不到：没有" in refused
    assert "有 2 位 小王（CY1001 华东一组、CY1003 华南一组），请写工号。" in refused
    page(url, as_="李经理", data={"logins": "小王"}, status=302)
    assert len(db_session.scalars(select(Assignment)).all()) == 1


def test_an_unknown_staff_number_is_named(page, made):
    reply = page(
        f"/assessments/{made}/assign", as_="陈老师", data={"logins": "CY1001\n没有"}, status=422
    )
    assert "找不到：没有" in reply.text


def test_a_form_with_mistakes_comes_back_with_all_of_them(page, clock):
    b.bank(clock.now)
    reply = page(
        "/assessments/new",
        as_="陈老师",
        data=form(
            title="",
            opens_at="2026-03-03T10:00",
            closes_at="2026-03-03T09:00",
            paper="plan",
        ),
        status=422,
    )
    for text in ("请填名称", "结束时间要晚于开始时间", "至少要有一行"):
        assert text in reply.text


def test_banks_are_boxes_with_ones_own_first(page, clock, person):
    b.bank(clock.now, b.BANK)
    bank_services.import_bank(
        b.BANK.replace("id: objections", "id: z-own").replace("id: o-", "id: z-").encode(),
        now=clock.now,
    )
    bank_services.publish(bank_version_id=latest_bank("z-own").id, actor_id=None, now=clock.now)
    row = session().scalars(select(Bank).where(Bank.slug == "z-own")).one()
    row.owner_id = person("陈老师").id
    session().commit()
    text = page("/assessments/new", as_="陈老师").text
    boxes = [one for one in re.findall(r"<input[^>]*>", text) if 'name="banks"' in one]
    assert all('type="checkbox"' in one for one in boxes)
    assert [re.search('value="([^"]*)"', one)[1] for one in boxes] == ["z-own", "objections"]


def test_keys_right_after_submission_are_warned_of(page):
    text = page("/assessments/new", as_="陈老师").text
    after = text.split('id="after"')[1]
    assert "先考完的人会看到答案，别人还没考。" in after
    assert "data-early" in after


def test_a_plan_that_cannot_be_met_says_which_cell_lacks_how_many(page, clock):
    b.bank(clock.now)
    reply = page(
        "/assessments/new",
        as_="陈老师",
        data=form(**{"paper": "plan", "cells-0-n": "1", "cells-1-n": "9", "cells-1-type": "multi"}),
        status=422,
    )
    assert "题目不够" in reply.text
    assert "1/9" in reply.text


def test_a_plan_draws_its_cells(page, clock, db_session):
    b.bank(clock.now)
    page(
        "/assessments/new",
        as_="陈老师",
        data=form(**{"paper": "plan", "cells-0-n": "2", "cells-0-type": "single"}),
        status=302,
    )
    made = db_session.scalars(select(Assessment)).one()
    assert made.plan["cells"][0]["n"] == 2
    again = page(f"/assessments/new?copy={made.id}", as_="陈老师").text
    assert 'value="第一场"' in again


def test_another_trainer_finds_nothing(page, made):
    for url in (f"/assessments/{made}", f"/assessments/{made}/assign"):
        page(url, as_="周老师", status=404)
    page(f"/assessments/{made}/cancel", as_="周老师", data={"reason": "x"}, status=404)
    page("/assessments/new", as_="小王", status=403)


def test_a_preview_never_counts(page, made, db_session):
    reply = page(f"/assessments/{made}/preview", as_="陈老师", data={}, status=302)
    page(reply.headers["Location"], as_="陈老师")
    attempt = db_session.scalars(select(Attempt)).one()
    assert attempt.is_preview
    page(f"/attempts/{attempt.id}/submit", as_="陈老师", data={"key": "k"}, status=302)
    page(f"/attempts/{attempt.id}/result", as_="陈老师")
    assert "还没有布置给人" in page(f"/assessments/{made}", as_="陈老师").text


def test_the_sheet_has_no_formula(page, made, db_session, person):
    person("小王").name = '=HYPERLINK("http://x")'
    page(f"/assessments/{made}/assign", as_="陈老师", data={"logins": "CY1001"})
    reply = page(f"/assessments/{made}/monitor.xlsx", as_="陈老师")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(reply.data)).get_sheet_by_index(0).to_python()
    assert rows[1][0] == '=HYPERLINK("http://x")'


def test_absent_waiting_and_released_stand_apart(page, made, db_session, person, clock):
    page(
        f"/assessments/{made}/assign",
        as_="陈老师",
        data={"logins": "CY1001\nCY1002", "due_at": "2026-03-03T18:00"},
    )
    wang = person("小王").id
    assignment = db_session.scalars(select(Assignment).filter_by(person_id=wang)).one().id
    attempt = services.start(assignment_id=assignment, person_id=wang, seed="s", now=clock.now)
    services.hand_in(
        attempt_id=attempt,
        person_id=wang,
        key="k",
        client="t",
        saves=b.saves(attempt, b.RIGHT),
        now=clock.now,
    )
    clock.advance(days=3)
    text = page(f"/assessments/{made}", as_="陈老师").text
    assert "等待评分" in text
    assert "缺考" in text
    review = page(f"/assessments/{made}/attempts/{attempt}", as_="陈老师").text
    assert "先弄清谁拍板" in review
    page(
        f"/assessments/{made}/attempts/{attempt}/void",
        as_="陈老师",
        data={"reason": "考场断电"},
        status=302,
    )
    assert "考场断电" in page(f"/assessments/{made}/attempts/{attempt}", as_="陈老师").text
    assert services.start(assignment_id=assignment, person_id=wang, seed="t", now=clock.now)


def test_the_trainer_releases_all_scores_with_one_button(page, clock, db_session, person):
    made = b.assessment(
        person("陈老师").id, clock.now, text=b.objective(), release_by=services.Release.TRAINER
    )
    wang = person("小王").id
    assignment = b.assigned(made, wang, clock.now)
    attempt = services.start(assignment_id=assignment, person_id=wang, seed="s", now=clock.now)
    services.hand_in(
        attempt_id=attempt, person_id=wang, key="k", client="t", saves=[], now=clock.now
    )
    before = page(f"/attempts/{attempt}/result", as_="小王").text
    assert "KEYWHY" not in before
    page(f"/assessments/{made}/release", as_="陈老师", data={}, status=302)
    after = page(f"/attempts/{attempt}/result", as_="小王").text
    assert "KEYWHY-1" in after
    kinds = [one.kind for one in db_session.scalars(select(Notice)).all()]
    assert "released" in kinds


def test_extra_time_and_a_longer_limit_from_the_page(page, made, db_session, person):
    page(f"/assessments/{made}/assign", as_="陈老师", data={"logins": "CY1001"})
    wang = person("小王").id
    page(
        f"/assessments/{made}/people/{wang}/time",
        as_="陈老师",
        data={"minutes": "10", "reason": "视力"},
        status=302,
    )
    page(f"/assessments/{made}/lengthen", as_="陈老师", data={"limit_minutes": "45"}, status=302)
    db_session.expire_all()
    assert db_session.scalars(select(Assignment)).one().extra_seconds == 600
    assert db_session.get(Assessment, made).limit_seconds == 2700


def test_cancelling_needs_a_reason_and_stops_new_starts(page, made):
    page(f"/assessments/{made}/cancel", as_="陈老师", data={"reason": " "}, status=422)
    page(f"/assessments/{made}/cancel", as_="陈老师", data={"reason": "题目有误"}, status=302)
    assert "已取消" in page(f"/assessments/{made}", as_="陈老师").text


def test_a_plan_holds_the_items_everybody_sits(page, clock, db_session):
    b.bank(clock.now)
    wanted = [item.id for item in published_bank("objections").bank.items][:2]
    page(
        "/assessments/new",
        as_="陈老师",
        data=form(paper="plan", fixed=f"{wanted[0]}、\n{wanted[1]} {wanted[0]}"),
        status=302,
    )
    made = db_session.scalars(select(Assessment)).one()
    assert made.plan["fixed"] == wanted
    refused = page(
        "/assessments/new", as_="陈老师", data=form(paper="plan", fixed="no-such-item"), status=422
    )
    assert "no-such-item" in refused.text


def test_the_list_begins_with_what_needs_work() -> None:
    at = builders.START

    def line(title: str, **more: Any) -> AssessmentLine:
        plain = AssessmentLine(
            id=1,
            title=title,
            opens_at=None,
            closes_at=None,
            is_cancelled=False,
            is_shared=False,
            track=None,
            created_at=at,
            assigned=3,
            submitted=0,
            sittings=0,
            waiting=0,
            held=0,
        )
        return replace(plain, **more)

    day = timedelta(days=1)
    wanted = [
        line("to mark", waiting=1, closes_at=at - 9 * day),
        line("to release", held=2),
        line("closing soon", closes_at=at + day),
        line("open", closes_at=at + 9 * day),
        line("open for ever"),
        line("not open yet", opens_at=at + day, closes_at=at + 2 * day),
        line("draft", assigned=0),
        line("closed lately", closes_at=at - day),
        line("closed", closes_at=at - 30 * day),
        line("cancelled", is_cancelled=True),
    ]
    shown = boards.list_lines(wanted[::-1], at)
    assert [one.title for one in shown] == [one.title for one in wanted]
    assert {one.created_at for one in shown} == {None}

    twice = boards.list_lines([wanted[3], line("open"), wanted[4]], at)
    assert [one.created_at for one in twice if one.title == "open"] == [at, at]
    assert [one.title for one in boards.copyable([line("b"), line("a"), line("b", id=2)], 8)] == [
        "b",
        "a",
    ]


def test_counts_are_people_and_how_often_they_sat_stands_beside_them(
    page, clock, db_session, person
) -> None:
    """One sat twice, one was taken off after sitting, one has not begun."""
    exam = b.assessment(person("陈老师").id, clock.now, attempts_allowed=3)
    for name, times in (("小王", 2), ("小陈", 1), ("小赵", 0)):
        who = person(name).id
        assignment = b.assigned(exam, who, clock.now)
        for _ in range(times):
            start = {"assignment_id": assignment, "person_id": who, "now": clock.now}
            attempt = services.start(**start, seed="s")
            services.hand_in(
                attempt_id=attempt, person_id=who, key="k", client="c", saves=(), now=clock.now
            )
    services.cancel_assignment(
        assessment_id=exam,
        person_id=person("小陈").id,
        owner_id=person("陈老师").id,
        now=clock.now,
    )
    db_session.commit()
    listed = re.sub(r"<[^>]+>", " ", page("/assessments", as_="陈老师").text)
    assert re.search(r"— 3 2\s+共 3 次", " ".join(listed.split()))
    shown = page(f"/assessments/{exam}", as_="陈老师").text
    assert "<dt>已布置</dt><dd>3</dd>" in shown
    assert "<dt>已交</dt><dd>2 人，共 3 次</dd>" in shown


def test_one_more_attempt_is_given_to_who_has_used_hers_up(page, clock, person) -> None:
    exam = b.assessment(person("陈老师").id, clock.now, text=b.objective())
    who = person("小王").id
    assignment = b.assigned(exam, who, clock.now)
    b.assigned(exam, person("小陈").id, clock.now)

    def fail():
        start = {"assignment_id": assignment, "person_id": who, "now": clock.now}
        attempt = services.start(**start, seed="s")
        services.hand_in(
            attempt_id=attempt, person_id=who, key="k", client="c", saves=(), now=clock.now
        )

    def give(name="小王", **more):
        url = f"/assessments/{exam}/people/{person(name).id}/attempt"
        return page(url, as_="陈老师", data={"reason": "断电了", **more.pop("data", {})}, **more)

    assert "再给一次" not in page(f"/assessments/{exam}", as_="陈老师").text
    give(status=409)  # not begun
    fail()
    assert page(f"/assessments/{exam}", as_="陈老师").text.count(">再给一次<") == 1
    give(data={"reason": " "}, status=422)
    row = session().get(Assessment, exam)
    row.closes_at = clock.now  # what nobody could sit any more is not promised
    assert "请先在“加长时间”里改关闭时间" in give(status=409).text
    assert "可以再考一次" not in page("/notices", as_="小王").text
    row.closes_at = None
    give()
    give(status=409)
    assert "1 / 2" in page(f"/assessments/{exam}", as_="陈老师").text
    assert "“异议处理 单元测验”可以再考一次：断电了" in page("/notices", as_="小王").text
    fail()
    with pytest.raises(NoAttemptsLeftError):
        fail()
