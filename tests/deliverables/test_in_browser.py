"""Writing in the real browser: the network goes and comes, two windows, nothing is lost."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from app.deliverables import queries
from app.kernel.clock import now, organisation_day
from tests.browser.conftest import PHONE, gone
from tests.deliverables.small import enrolled

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def author(site):
    """(enrolment, staff number) of somebody who has a case to write."""

    def make():
        learner, _name, staff_no = site.person()
        return enrolled(learner, now=now())[0], staff_no

    return site.do(make)


@pytest.fixture
def work(device, sign_in, author):
    return sign_in(device(PHONE), author[1], f"/enrolments/{author[0]}/activities/case/work")


def kept(site, author):
    """What the server has."""

    def read():
        place = queries.place(author[0], "case", today=organisation_day(now()))
        if place.document is None:
            return {}
        return {row: one.text for row, one in queries.sections(place.document.id).items()}

    return site.do(read)


def test_what_is_written_is_saved_by_itself_on_a_phone(site, author, work):
    assert Axe().run(work).response["violations"] == []
    assert work.evaluate("document.documentElement.scrollWidth") <= 360
    work.locator("#t-people").fill("三个人，三种怕法。")
    expect(work.locator("[data-save]")).to_contain_text("已保存")
    assert kept(site, author) == {"people": "三个人，三种怕法。"}
    expect(work.locator("#s-people [data-count]")).to_contain_text("9 字")


def test_without_a_network_it_stays_on_the_device_and_goes_by_itself(site, author, work):
    work.context.set_offline(True)
    work.locator("#t-mine").fill("先停演示去现场。")
    expect(work.locator("[data-save]")).to_contain_text("已离线")
    assert kept(site, author) == {}
    work.context.set_offline(False)
    expect(work.locator("[data-save]")).to_contain_text("已保存", timeout=20_000)
    assert kept(site, author) == {"mine": "先停演示去现场。"}


def test_a_page_closed_without_a_network_goes_on_where_it_was(site, author, work):
    address, context = work.url, work.context
    context.set_offline(True)
    work.locator("#t-mine").fill("写到一半")
    expect(work.locator("[data-save]")).to_contain_text("已离线")
    gone(work)
    context.set_offline(False)
    again = context.new_page()
    again.goto(address)
    expect(again.locator("#t-mine")).to_have_value("写到一半")
    expect(again.locator("[data-save]")).to_contain_text("已保存", timeout=20_000)
    assert kept(site, author) == {"mine": "写到一半"}


def test_what_arrived_without_an_answer_is_no_clash_with_oneself(site, author, work):
    address, context, arrived = work.url, work.context, []

    def lose(route):
        if not arrived:
            arrived.append(route.fetch().status)
        route.abort()

    work.route(lambda url: url.startswith(address), lose)
    work.locator("#t-mine").fill("写到")
    expect(work.locator("[data-save]")).to_contain_text("已离线")
    work.locator("#t-mine").fill("写到一半")
    gone(work)
    assert (arrived, kept(site, author)) == ([200], {"mine": "写到"})
    again = context.new_page()
    again.goto(address)
    expect(again.locator("[data-save]")).to_contain_text("已保存", timeout=20_000)
    expect(again.locator("#s-mine [data-clash]")).to_be_empty()
    assert kept(site, author) == {"mine": "写到一半"}


def test_two_windows_show_the_conflict_and_either_text_can_win(site, author, work):
    other = work.context.new_page()
    other.goto(work.url)
    work.locator("#t-mine").fill("甲的写法")
    expect(work.locator("[data-save]")).to_contain_text("已保存")
    other.locator("#t-mine").fill("乙的写法")
    clash = other.locator("#s-mine [data-clash]")
    expect(clash).to_contain_text("甲的写法")
    expect(other.locator("#t-mine")).to_have_value("乙的写法")
    assert kept(site, author) == {"mine": "甲的写法"}
    clash.get_by_role("button", name="用这个窗口的").tap()
    expect(other.locator("[data-save]")).to_contain_text("已保存")
    expect(clash).to_be_empty()
    assert kept(site, author) == {"mine": "乙的写法"}
