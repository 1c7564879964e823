"""《部门增长方案》: draft, comments, panel, the second try, milestones after ninety days."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Notice
from app.competency.models import Evidence
from app.deliverables import queries as deliverables
from app.deliverables import services
from app.deliverables.errors import NoTryLeftError
from app.domain.deliverables import Stage
from app.domain.enrolment import State
from app.domain.rated import SeatRole
from app.domain.tracks import Party
from app.kernel.db import session
from app.ratings import services as rating
from app.ratings.errors import SubordinateError
from app.ratings.models import Seat
from app.tracks.models import Enrolment

PLAN = "lw-plan"
WORK = "/enrolments/{}/activities/lw-plan/work"
BODY = {
    "diagnosis": "目标差在下半年新客户不够，流程差在报价等三天，能力差在新人不会问第三个问题。" * 6,
    "goals": "公司八千万，部门一千二百万，个人按人头拆到月，正推缺口一百八十万由续约补。" * 6,
    "process": "只动报价这一段，改前等三天两次返工，改后当天出，模板由内勤先填。" * 5,
    "incentives": "想拉动老销售带新人，副作用是抢单，防法是按客户首访归属算。" * 5,
    "capability": "差距来自上季演练记录，练需求三问，带教人每周一次，第六十天过关。" * 5,
    "data": "一个北极星是有效拜访数，三个过程指标是首访率、方案率、复访率，口径写清。" * 4,
    "milestones": "三十天报价当天出，六十天新人过关八个，九十天有效拜访翻倍，钱二十万。" * 3,
    "risks": "骨干被挖、预算冻结、系统延期，先兆是请假多、审批慢、测试拖，第一动作先谈。" * 2,
}


@pytest.fixture
def plan(workshop):
    """李经理 on the leadership workshop."""
    return workshop.enrol("李经理", slug="leadership")["李经理"]


def write_and_hand_in(workshop, plan, *, key, revision=1):
    workshop.write(plan, BODY, PLAN, revision=revision)
    return workshop.hand_in(plan, PLAN, key=key)


def panel(workshop, plan, clock, points):
    """Superior, HR and another department mark what is in."""
    document = workshop.document(plan)
    seats = []
    for name, party in (("总监", Party.MANAGER), ("HR", Party.HR), ("赵经理", None)):
        seats.append(
            rating.seat(
                performance_id=document.panel_id,
                assessor_id=workshop.person(name).id,
                role=SeatRole.PANEL,
                party=party,
                actor_id=workshop.person("陈老师").id,
                now=clock.now,
            )
        )
    for one in seats:
        workshop.mark(session().get(Seat, one), points)
    services.follow(now=clock.now)


def test_a_draft_waits_for_comments_and_may_be_written_on(page, workshop, plan, clock):
    write_and_hand_in(workshop, plan, key="d")
    assert workshop.document(plan).stage == Stage.DRAFT_IN
    assert "草稿，等您批注" in page("/notices", as_="总监").text
    assert workshop.document(plan).panel_id is None
    assert workshop.write(plan, {"risks": "改了" * 40}, PLAN, revision=2)[0].status == "saved"
    found = page(WORK.format(plan), as_="李经理").text
    assert "检查并交正式稿" in found
    assert "草稿" in found


def test_comments_are_due_five_days_after_the_draft_and_the_coach_is_told(workshop, plan, clock):
    write_and_hand_in(workshop, plan, key="d")

    def told():
        return set(
            session().scalars(
                select(Notice.user_id).where(
                    Notice.kind == "work_due", Notice.created_at == clock.now
                )
            )
        )

    clock.advance(days=2)
    services.remind(now=clock.now)
    assert told() == {workshop.person("总监").id}
    assert services.remind(now=clock.now) == 0
    clock.advance(days=1)
    services.remind(now=clock.now)
    assert told() == set()


@pytest.mark.one_database
def test_the_dates_of_many_plans_cost_as_much_as_those_of_one(workshop, plan, clock, queries):
    def cost():
        queries.clear()
        services.remind(now=clock.now)
        return len(queries)

    one = cost()
    others = workshop.enrol("赵经理", "总监", "小陈", "小赵", slug="leadership")
    assert cost() == one
    for enrolment in others.values():
        row = session().get(Enrolment, enrolment)
        row.state, row.anchor_on = State.EXPIRED, row.anchor_on - timedelta(days=900)
    session().flush()
    assert [found.enrolment.id for found in deliverables.dated(today=clock.now.date())] == [plan]


def test_the_panel_reads_blind_and_a_direct_subordinate_is_refused(page, workshop, plan, clock):
    write_and_hand_in(workshop, plan, key="d")
    write_and_hand_in(workshop, plan, key="f", revision=2)
    document = workshop.document(plan)
    with pytest.raises(SubordinateError):
        rating.seat(
            performance_id=document.panel_id,
            assessor_id=workshop.person("小王").id,
            role=SeatRole.PANEL,
            party=None,
            actor_id=workshop.person("陈老师").id,
            now=clock.now,
        )
    rating.seat(
        performance_id=document.panel_id,
        assessor_id=workshop.person("赵经理").id,
        role=SeatRole.PANEL,
        actor_id=workshop.person("陈老师").id,
        now=clock.now,
    )
    found = page(f"/performances/{document.panel_id}/work", as_="赵经理").text
    assert "李经理" not in found
    assert "只动报价这一段" in found


def test_a_pass_is_the_step_and_the_evidence(page, workshop, plan, clock):
    write_and_hand_in(workshop, plan, key="d")
    write_and_hand_in(workshop, plan, key="f", revision=2)
    panel(workshop, plan, clock, 8)
    assert workshop.document(plan).stage == Stage.ACCEPTED
    assert workshop.is_done(plan, PLAN)
    kinds = session().scalars(
        select(Evidence.kind).where(Evidence.person_id == workshop.person("李经理").id)
    )
    assert set(kinds) == {"work"}
    assert "8 / 10" in page(WORK.format(plan), as_="李经理").text


def test_below_seventy_there_is_one_more_try_within_fourteen_days(page, workshop, plan, clock):
    write_and_hand_in(workshop, plan, key="d")
    write_and_hand_in(workshop, plan, key="f", revision=2)
    panel(workshop, plan, clock, 6)
    assert workshop.document(plan).stage == Stage.FAILED
    assert not workshop.is_done(plan, PLAN)
    assert "可以改好重交一次" in page(WORK.format(plan), as_="李经理").text
    clock.advance(days=14)
    write_and_hand_in(workshop, plan, key="r", revision=3)
    panel(workshop, plan, clock, 9)
    assert workshop.document(plan).stage == Stage.ACCEPTED


def test_on_the_fifteenth_day_it_is_too_late(workshop, plan, clock):
    write_and_hand_in(workshop, plan, key="d")
    write_and_hand_in(workshop, plan, key="f", revision=2)
    panel(workshop, plan, clock, 6)
    clock.advance(days=15)
    assert workshop.write(plan, BODY, PLAN, revision=9)[0].status == "closed"
    with pytest.raises(NoTryLeftError):
        workshop.hand_in(plan, PLAN, key="late")


def test_a_section_below_sixty_fails_though_the_total_would_do(workshop, plan, clock):
    write_and_hand_in(workshop, plan, key="d")
    write_and_hand_in(workshop, plan, key="f", revision=2)
    document = workshop.document(plan)
    for name, party in (("总监", Party.MANAGER), ("HR", Party.HR), ("赵经理", None)):
        one = rating.seat(
            performance_id=document.panel_id,
            assessor_id=workshop.person(name).id,
            role=SeatRole.PANEL,
            party=party,
            actor_id=None,
            now=clock.now,
        )
        rating.submit(
            seat_id=one,
            new=rating.NewMark(dict.fromkeys(BODY, 9) | {"risks": 5}),
            key=f"k{one}",
            seen=0,
            actor_id=workshop.person(name).id,
            now=clock.now,
        )
    services.follow(now=clock.now)
    assert workshop.document(plan).stage == Stage.FAILED


def test_milestones_are_planned_followed_after_ninety_days_and_read_by_those_who_lead(
    page, workshop, plan, clock
):
    url = WORK.format(plan)
    form = {
        "m1-what": "报价当天出",
        "m1-owner": "小陈",
        "m1-due_on": "2026-04-01",
        "m1-money": "5 万",
    }
    page(f"{url}/milestones", data={"m1-what": "没有责任人"}, as_="李经理", status=422)
    page(f"{url}/milestones", data=form, as_="李经理")
    assert "报价当天出" in page(url, as_="总监").text
    write_and_hand_in(workshop, plan, key="d")
    write_and_hand_in(workshop, plan, key="f", revision=2)
    panel(workshop, plan, clock, 8)
    answers = {"f1-state": "partly", "f1-reason": ""}
    page(f"{url}/follow-up", data=answers, as_="李经理", status=404)
    clock.set(clock.now + timedelta(days=136))
    assert clock.now.date() >= date(2026, 7, 15)
    page(f"{url}/follow-up", data=answers, as_="李经理", status=422)
    page(f"{url}/follow-up", data=answers | {"f1-reason": "模板晚了两周"}, as_="李经理")
    assert "模板晚了两周" in page(url, as_="HR").text
    assert "回看了" in page("/notices", as_="总监").text


def test_the_whole_panel_is_asked_in_one_form_each_place_with_its_own_people(
    page, workshop, plan, clock
):
    write_and_hand_in(workshop, plan, key="d")
    write_and_hand_in(workshop, plan, key="f", revision=2)
    url = f"/performances/{workshop.document(plan).panel_id}"
    text = page(url, as_="陈老师").text
    assert "请评委，还有 3 席" in text
    ids = [workshop.person(name).id for name in ("总监", "HR", "赵经理")]
    seats = {"role": ["panel"] * 3, "party": ["manager", "hr", ""]}
    # HR and the superior have changed places: both are told, and nobody is asked.
    swapped = {"assessor": [ids[1], ids[0], ids[2]], **seats}
    refused = page(f"{url}/seats", as_="陈老师", data=swapped, status=409).text
    assert refused.count("invalid-feedback") == 2
    assert refused.count(" selected>") == 3, "what was chosen stays"
    assert "这个席位留给另一方。" in refused
    assert session().scalars(select(Seat)).all() == []
    page(f"{url}/seats", as_="陈老师", data={"assessor": ids, **seats}, status=302)
    assert sorted(session().scalars(select(Seat.assessor_id))) == sorted(ids)
    assert "请评委，还有" not in page(url, as_="陈老师").text
