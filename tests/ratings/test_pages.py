"""The pages of rated work: who sees what, and when. Canary words stand for names and marks."""

from datetime import date

import pytest
from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.models import Notice
from app.domain.framework import EvidenceKind
from app.domain.rated import SeatRole
from app.domain.tracks import Marking, RatedRules
from app.kernel.db import session
from app.ratings.models import RatedMark, Seat
from app.ratings.tasks import hourly
from tests import builders

pytestmark = pytest.mark.one_database

WORDS = {"keep": "CanaryKeep81", "change": "CanaryChange82", "attempt": "CanaryTry83"}


@pytest.fixture
def opening(bootcamp):
    """小王 on the bootcamp: the address of her first role-play."""
    (enrolment,) = bootcamp.enrol("小王")
    return f"/enrolments/{enrolment}/activities/m-rp-opening/roleplay"


def fields(seat, *rows, key="k", seen=0, **more):
    names = ("say", "ask") if len(rows) == 2 else ("purpose", "agreement", "listening", "next-step")
    given = {f"row-{name}": n for name, n in zip(names, rows, strict=True)}
    return {**given, "key": key, "seen": seen, **more}


def test_from_the_plan_to_the_result_on_the_pages_alone(page, opening, person, clock):
    before = page(opening, as_="小王")
    assert "还没有定日期" in before.text
    assert "定日期" not in page(opening, as_="小王").text.replace("还没有定日期", "")
    planned = page(opening, as_="陈老师", data={"happens_on": "2026-03-05"})
    assert planned.status_code == 302
    address = planned.headers["Location"]
    offers = page(address, as_="陈老师")
    assert "请评委，还有 2 席" in offers.text
    assert "周老师" in offers.text
    assert f'<option value="{person("小王").id}"' not in offers.text

    def ask(*names, **more):
        ids = [person(name).id if name else "" for name in names]
        both = {"role": ["marker"] * len(ids), "party": [""] * len(ids)}
        return page(f"{address}/seats", as_="陈老师", data={"assessor": ids, **both}, **more)

    # One that cannot be: nobody is asked, and each seat says why.
    for names, why in (
        (("周老师", "周老师"), "已经选在另一个席位上"),
        (("周老师", "小王"), "不能评自己"),
    ):
        refused = ask(*names, status=409)
        assert refused.text.count("invalid-feedback") == 1
        assert why in refused.text
        assert f'<option value="{person("周老师").id}" selected>' in refused.text
        assert session().scalars(select(Seat)).all() == []
    assert ask("周老师", "阅卷人").status_code == 302
    page(
        f"{address}/seats",
        as_="陈老师",
        data={"assessor": person("HR").id, "role": "marker", "party": ""},
        status=409,
    )
    assert "1 份等您评" in page("/assess", as_="周老师").text
    seats = {row.assessor_id: row.id for row in session().scalars(select(Seat))}
    form = page(f"/seats/{seats[person('周老师').id]}", as_="周老师")
    assert "小王" in form.text
    assert "贬低同行" in form.text
    for name in ("周老师", "阅卷人"):
        sent = page(
            f"/seats/{seats[person(name).id]}/mark",
            as_=name,
            data=fields(0, 3, 3, 2, 4, said=["0"], **WORDS),
        )
        assert sent.status_code == 302
    result = page(address, as_="小王")
    # 30·3/4 + 30·3/4 + 20·2/4 + 20·4/4
    assert "通过，75 分" in result.text
    assert all(word in result.text for word in WORDS.values())
    assert "评委听到了不能说的话" in result.text
    assert "75" in page(opening, as_="小王").text


def test_who_plays_is_not_told_what_the_assessors_know(page, opening):
    assert "【情景】" in page(opening, as_="小王").text
    assert "【评委】" not in page(opening, as_="小王").text
    assert "【评委】" in page(opening, as_="陈老师").text


def test_an_assessor_sees_no_other_mark_before_his_own(page, desk):
    performance = desk.plan()
    first, second = desk.seat(performance, "周老师"), desk.seat(performance, "阅卷人")
    desk.mark(first, "周老师", 3, 1, **WORDS)
    pages = ("/assess", f"/seats/{second}", f"/seats/{first}", "/")
    for path in (*pages, f"/performances/{performance}"):
        for name in ("阅卷人", "陈老师", "小王", "李经理", "HR"):
            answer = page.raw(path, as_=name)
            found = [word for word in WORDS.values() if word in answer.text]
            assert not found, (path, name)


def test_a_trainer_who_assesses_is_sent_to_his_own_form_first(page, desk, bootcamp):
    bootcamp.enrol("小王")
    performance = desk.plan()
    seat = desk.seat(performance, "周老师")
    answer = page.raw(f"/performances/{performance}", as_="周老师")
    assert answer.headers["Location"] == f"/seats/{seat}"


def test_a_lead_of_two_reads_both_and_a_lead_of_two_plus_arbiter_none(page, desk):
    seen = {}
    for mode in (Marking.PAIR, Marking.PANEL):
        performance = desk.plan(rules=RatedRules(mode), occasion=mode.value)
        for name, rows in (("周老师", (4, 4)), ("阅卷人", (0, 0))):
            desk.mark(desk.seat(performance, name), name, *rows, **WORDS)
        lead = desk.seat(performance, "HR", SeatRole.LEAD)
        seen[mode] = page(f"/seats/{lead}", as_="HR").text
    assert "CanaryKeep81" in seen[Marking.PAIR]
    assert "CanaryKeep81" not in seen[Marking.PANEL]
    assert "周老师" not in seen[Marking.PANEL]


def test_blind_work_shows_a_number_and_never_the_name(page, desk, senior):
    writer = builders.user("CanaryWriter77", hire_on=date(2024, 1, 1)).name
    performance = desk.plan(writer, kind=EvidenceKind.WORK, is_blind=True)
    seat = desk.seat(performance, senior[0])
    for path in ("/assess", f"/seats/{seat}", "/", "/notices"):
        answer = page(path, as_=senior[0])
        assert answer.status_code == 200
        assert writer not in answer.text, path
    assert f"第 {performance} 号" in page(f"/seats/{seat}", as_=senior[0]).text
    page(f"/performances/{performance}", as_=senior[0], status=404)


def test_of_blind_work_the_writer_is_not_told_who_marked(page, desk):
    performance = desk.done((3, 3), (3, 3), kind=EvidenceKind.WORK, is_blind=True)
    told = page(f"/performances/{performance}", as_="小王")
    assert "周老师" not in told.text
    assert "阅卷人" not in told.text
    everything = page(f"/performances/{performance}", as_="HR")
    assert "周老师" in everything.text


def test_nothing_is_shown_to_the_learner_before_the_release(page, desk, clock, person):
    performance = desk.done((3, 3), (3, 3), is_held=True)
    assert "结果还没有公布" in page(f"/performances/{performance}", as_="小王").text
    assert "公布结果" in page(f"/performances/{performance}", as_="HR").text
    page(f"/performances/{performance}/release", as_="HR", data={})
    assert "通过，75 分" in page(f"/performances/{performance}", as_="小王").text


def test_nobody_runs_the_marking_of_his_own_work(page, desk):
    performance = desk.plan("HR")
    for deed, data in (
        ("seats", {"assessor": 1, "role": "marker", "party": ""}),
        ("void", {"reason": "x"}),
        ("release", {}),
    ):
        answer = page.raw(f"/performances/{performance}/{deed}", as_="HR", data=data)
        assert answer.status_code in {400, 404}, deed
    assert "作废这次评分" not in page(f"/performances/{performance}", as_="HR").text


def test_an_appeal_from_the_learner_to_the_decision(page, desk, person):
    performance = desk.done((2, 2), (2, 2))
    address = f"/performances/{performance}"
    page(f"{address}/appeal", as_="小王", data={"reason": ""}, status=422)
    page(f"{address}/appeal", as_="小王", data={"reason": "CanaryAppeal51"})
    assert "申诉，要请另一位评委" in page("/assess", as_="HR").text
    page(
        f"{address}/seats",
        as_="HR",
        data={"assessor": person("周老师").id, "role": "appeal", "party": ""},
        status=409,
    )
    again = session().scalars(select(Seat).where(Seat.role == "appeal")).all()
    assert again == [], "who has marked is refused"
    page(
        f"{address}/seats",
        as_="HR",
        data={"assessor": person("总监").id, "role": "appeal", "party": ""},
    )
    (seat,) = session().scalars(select(Seat.id).where(Seat.role == "appeal"))
    form = page(f"/seats/{seat}", as_="总监")
    assert "CanaryAppeal51" in form.text
    assert "50 变成 100" not in form.text
    page(f"/seats/{seat}/mark", as_="总监", data=fields(seat, 4, 4))
    shown = page(f"/seats/{seat}", as_="总监")
    assert "50 变成 100" in shown.text
    assert "从未通过变成通过" in shown.text
    page(f"{address}/decision", as_="总监", data={"verdict": "changed"}, status=422)
    page(f"{address}/decision", as_="总监", data={"verdict": "changed", "reason": "CanaryWhy52"})
    told = page(address, as_="小王")
    assert "通过，100 分" in told.text
    assert "CanaryWhy52" in told.text
    story = page(address, as_="HR").text
    assert "结果是怎样来的" in story


def test_who_declines_says_why_and_the_organiser_sees_it(page, desk):
    performance = desk.plan()
    seat = desk.seat(performance, "周老师")
    page(f"/seats/{seat}/decline", as_="阅卷人", data={"reason": "x"}, status=404)
    page(f"/seats/{seat}/decline", as_="周老师", data={"reason": "那天出差"})
    page(f"/seats/{seat}", as_="周老师", status=404)
    assert "那天出差" in page(f"/performances/{performance}", as_="HR").text


def test_a_colleague_who_cannot_is_named_with_the_reason_when_looked_for(page, desk, person, clock):
    mentor = builders.user("CanaryMentor", "mentor", hire_on=date(2024, 1, 1))
    accounts.pair(
        mentor_id=mentor.id,
        trainee_id=person("小王").id,
        on=date(2026, 3, 1),
        because="",
        actor_id=None,
        now=clock.now,
    )
    performance = desk.plan()
    assert "CanaryMentor" not in page(f"/performances/{performance}", as_="HR").text
    found = page(f"/performances/{performance}?q=Canary", as_="HR").text
    assert "不能请：是学员自己的带教人" in found


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"rows": {"say": 3}, "said": [], "key": "k", "seen": 0},
        {"rows": {"say": 3, "ask": True}, "said": [], "key": "k", "seen": 0},
        {"rows": {"say": 3, "ask": 3}, "said": [9], "key": "k", "seen": 0},
        {"rows": {"say": 3, "ask": 3}, "said": [], "key": "", "seen": 0},
        {"rows": {"say": 3, "ask": 3}, "said": [], "key": "k", "seen": 0, "keep": "x" * 1001},
        {"rows": {"say": 3, "ask": 3}, "said": [], "key": "k", "seen": 0, "keep": 5},
    ],
)
def test_a_broken_body_is_refused_and_nothing_kept(page, desk, body):
    seat = desk.seat(desk.plan(), "周老师")
    page(f"/seats/{seat}/mark", as_="周老师", json=body, status=400)
    assert session().scalars(select(RatedMark)).all() == []


def test_the_list_costs_the_same_for_one_and_for_many(page, desk, queries):
    def cost(name):
        page("/assess", as_=name)
        return len(page.queries)

    desk.seat(desk.plan("小王"), "周老师")
    page("/assess", as_="周老师")
    few = cost("周老师")
    for name in ("小陈", "小赵", "李经理"):
        desk.seat(desk.plan(name), "周老师")
    assert cost("周老师") == few


def test_what_is_to_arrange_costs_the_same_for_one_and_for_many(page, desk, senior):
    single = RatedRules(Marking.SINGLE)

    def near_the_pass_mark(name):
        performance = desk.plan(name, single)
        desk.mark(desk.seat(performance, senior[0]), senior[0], 2, 4)

    near_the_pass_mark("小王")
    assert "还缺：评委" in page("/assess", as_="HR").text
    few = len(page.queries)
    for name in ("小陈", "小赵", "李经理"):
        near_the_pass_mark(name)
    assert page("/assess", as_="HR").text.count("还缺：评委") == 4
    assert len(page.queries) == few


def test_a_late_assessor_is_reminded_once_a_week(desk, clock, person):
    desk.seat(desk.plan(happens_on=date(2026, 3, 2)), "周老师")
    hourly(clock.now)
    clock.advance(days=1)
    hourly(clock.now)
    hourly(clock.now)
    clock.advance(days=7)
    hourly(clock.now)
    told = session().scalars(select(Notice).where(Notice.kind == "seat_late")).all()
    assert [one.user_id for one in told] == [person("周老师").id] * 2


def test_assessors_are_compared_only_from_five_shared_performances_on(page, desk):
    for n in range(4):
        desk.done((3, 4), (3, 3), occasion=str(n))
    assert "场次太少" in page("/assessors", as_="HR").text
    desk.done((3, 3), (3, 3), occasion="5")
    shown = page("/assessors", as_="HR").text
    assert "偏松" in shown
    assert "偏严" in shown
    book = page("/assessors.xlsx", as_="HR")
    assert book.data[:2] == b"PK"
    page("/assessors", as_="陈老师", status=403)
