"""Marks given on a phone in a real browser: the network goes and comes, nothing is lost."""

from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sqlalchemy import select

from app.domain.framework import EvidenceKind
from app.domain.rated import SeatRole
from app.kernel.clock import now
from app.kernel.db import db
from app.ratings import services
from app.ratings.models import RatedMark, Seat
from tests.browser.conftest import PHONE, gone
from tests.ratings.conftest import ANCHORED, PAIR

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def seat(site):
    """A seat of somebody long with the company: (its id, his staff number, the learner's name)."""

    def make():
        learner, name, _no = site.person()
        assessor, _name, staff_no = site.person(hire_on=date(2024, 1, 1))
        made = services.open_performance(
            person_id=learner,
            enrolment_id=None,
            activity_id="",
            kind=EvidenceKind.ROLEPLAY,
            form=ANCHORED,
            rated_rules=PAIR,
            occasion="",
            is_blind=False,
            actor_id=assessor,
            now=now(),
        )
        found = services.seat(
            performance_id=made,
            assessor_id=assessor,
            role=SeatRole.MARKER,
            actor_id=None,
            now=now(),
        )
        return found, staff_no, name

    return site.do(make)


@pytest.fixture
def form(device, sign_in, seat):
    return sign_in(device(PHONE), seat[1], f"/seats/{seat[0]}")


def marks(site, seat_id):
    """What the server has."""

    def read():
        rows = db.session.scalars(select(RatedMark).where(RatedMark.seat_id == seat_id))
        return [(row.rows, row.keep, row.said) for row in rows]

    return site.do(read)


def choose(page, row, n):
    page.locator(f"label[for='r-{row}-{n}']").tap()


def test_anchors_are_chosen_with_the_thumb_and_handed_in(site, seat, form):
    expect(form.get_by_role("heading", level=1)).to_have_text(seat[2])
    label = form.locator("label[for='r-say-3']")
    box = label.bounding_box()
    assert box["height"] >= 44
    assert "客户点头" in label.inner_text()
    assert Axe().run(form).response["violations"] == []
    assert form.evaluate("document.documentElement.scrollWidth") <= 360
    form.get_by_role("button", name="交评分").tap()
    expect(form.locator("[data-note=missing]")).to_contain_text("还有 2 项没打分")
    choose(form, "say", 3)
    choose(form, "ask", 2)
    form.get_by_label("贬低同行").check()
    form.get_by_label("保持").fill("先问再答")
    expect(form.locator("[data-done]")).to_have_text("2 / 2 项")
    form.get_by_role("button", name="交评分").tap()
    form.wait_for_url("**/assess")
    assert marks(site, seat[0]) == [({"say": 3, "ask": 2}, "先问再答", [0])]


def test_without_a_network_the_marks_wait_on_the_phone_and_go_by_themselves(site, seat, form):
    form.context.set_offline(True)
    choose(form, "say", 4)
    choose(form, "ask", 1)
    form.get_by_role("button", name="交评分").tap()
    expect(form.locator("[data-note=trouble]")).to_contain_text("网络断了")
    assert marks(site, seat[0]) == []
    form.context.set_offline(False)
    form.wait_for_url("**/assess", timeout=20_000)
    assert marks(site, seat[0]) == [({"say": 4, "ask": 1}, "", [])]


def test_a_draft_outlives_the_page_and_the_list_says_where_it_is(site, seat, form):
    choose(form, "say", 2)
    form.get_by_label("改进").fill("少说两句")
    form.goto("/assess")
    expect(form.locator("[data-kept]")).to_be_visible()
    form.goto(f"/seats/{seat[0]}")
    expect(form.locator("[data-note=restored]")).to_be_visible()
    assert form.locator("#r-say-2").is_checked()
    assert form.get_by_label("改进").input_value() == "少说两句"


def test_a_page_closed_while_offline_hands_in_when_it_is_opened_again(site, seat, form):
    form.context.set_offline(True)
    choose(form, "say", 4)
    choose(form, "ask", 4)
    form.get_by_role("button", name="交评分").tap()
    expect(form.locator("[data-note=trouble]")).to_be_visible()
    again = form.context.new_page()
    gone(form)
    form.context.set_offline(False)
    again.goto(f"/seats/{seat[0]}")
    again.wait_for_url("**/assess", timeout=20_000)
    assert marks(site, seat[0]) == [({"say": 4, "ask": 4}, "", [])]


def test_a_mark_that_arrived_without_an_answer_is_not_asked_for_again(site, seat, form):
    def lose(route):
        route.fetch()
        route.abort()

    form.route("**/mark", lose)
    choose(form, "say", 2)
    choose(form, "ask", 3)
    form.get_by_role("button", name="交评分").tap()
    expect(form.locator("[data-note=trouble]")).to_be_visible()
    again = form.context.new_page()
    gone(form)
    again.goto(f"/seats/{seat[0]}")
    again.wait_for_url("**/assess", timeout=20_000)
    expect(again.locator("body")).to_contain_text("评分已交")
    assert marks(site, seat[0]) == [({"say": 2, "ask": 3}, "", [])]


def test_a_lost_reply_makes_no_second_mark(site, seat, form):
    lost = []

    def lose(route):
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    form.route("**/mark", lose)
    choose(form, "say", 1)
    choose(form, "ask", 1)
    form.get_by_role("button", name="交评分").tap()
    form.wait_for_url("**/assess", timeout=20_000)
    assert lost == [200]
    assert len(marks(site, seat[0])) == 1


def test_an_ended_session_keeps_the_marks(site, seat, form):
    choose(form, "say", 1)
    choose(form, "ask", 1)
    person = site.do(lambda: db.session.get(Seat, seat[0]).assessor_id)
    site.end_sessions(person)
    form.get_by_role("button", name="交评分").tap()
    expect(form.locator("[data-note=trouble]")).to_contain_text("登录已结束")
    assert form.locator("#r-say-1").is_checked()
    assert marks(site, seat[0]) == []
