"""A learner takes a test in a real browser: nothing typed is lost, whatever happens on the way."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from app.assessments.terms import Display
from app.kernel.clock import now
from tests.browser.conftest import DESKTOP, PHONE, gone
from tests.browser.site import PASSWORD, Site, Sitting, seconds

SAVED = re.compile("已保存")
TEXT = "先弄清谁拍板，再谈价格。"


@pytest.fixture
def sitting(site: Site) -> Sitting:
    return site.sit()


@pytest.fixture
def take(device, sign_in, sitting):
    """The learner's test page on a desktop."""
    return sign_in(device(), sitting.staff_no, sitting.path)


def to(page: Page, number: int) -> None:
    """Walk to an item by the map."""
    page.locator(f"[data-to='{number}']").first.click()
    expect(page.locator(f"#q{number}")).to_be_visible()


def choose(page: Page, number: int, *letters: str) -> None:
    to(page, number)
    for letter in letters:
        page.locator(f"label[for=q{number}{letter}]").click()


def write(page: Page, number: int, text: str) -> None:
    to(page, number)
    page.locator(f"#q{number} textarea").fill(text)


def saved(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_have_text(SAVED)


def chosen(page: Page, number: int) -> str:
    found = page.locator(f"#q{number} input.lb-opt__in:checked").evaluate_all(
        "found => found.map((one) => one.id.at(-1)).join('')"
    )
    return str(found)


def stored_text(site: Site, sitting: Sitting, number: int) -> Any:
    body = site.stored(sitting.attempt_id).get(number)
    return None if body is None else json.loads(body).get("text")


def lose_the_reply(route: Route) -> None:
    """The server works, its answer never arrives."""
    route.fetch()
    route.abort()


def hand_in(page: Page) -> None:
    page.locator("[data-review]:visible").first.click()
    page.locator("[data-hand-in]").click()
    page.wait_for_url("**/result")


# ---------------------------------------------------------------- saving


def test_answers_survive_a_reload(site, sitting, take):
    choose(take, 1, "B")
    choose(take, 3, "A", "D")
    write(take, 5, TEXT)
    take.locator("[data-flag]").click()
    saved(take)
    take.reload()
    assert (chosen(take, 1), chosen(take, 3)) == ("B", "AD")
    assert take.locator("#q5 textarea").input_value() == TEXT
    assert "已标记" in str(take.locator("[data-to='5']").get_attribute("aria-label"))
    assert stored_text(site, sitting, 5) == TEXT


def test_a_browser_that_keeps_nothing_says_so_at_once(site, sitting, take):
    take.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }"
    )
    expect(take.locator("[data-note=storage]")).to_have_count(0)
    take.reload()
    expect(take.locator("[data-note=storage]")).to_contain_text("存不下答案")
    choose(take, 1, "B")
    saved(take)
    expect(take.locator("[data-note=storage]")).to_be_visible()
    assert set(site.stored(sitting.attempt_id)) == {1}


def test_saved_is_said_only_after_the_server_said_so(sitting, take):
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    take.route("**/responses", hold, times=1)
    choose(take, 1, "B")
    expect(take.locator("[data-saved]")).to_have_text("正在保存")
    take.wait_for_timeout(300)
    assert "已保存" not in take.locator("[data-saved]").inner_text()
    waiting[0].continue_()
    expect(take.locator("[data-saved]")).to_have_text(re.compile(r"已保存 \d\d:\d\d:\d\d"))


def test_offline_one_can_go_on_and_is_told_so(site, sitting, take):
    choose(take, 1, "A")
    saved(take)
    take.context.set_offline(True)
    choose(take, 2, "C")
    expect(take.locator("[data-saved]")).to_have_text("已离线，1 题在本机")
    write(take, 5, TEXT)
    expect(take.locator("[data-note=offline]")).to_contain_text("网络断了，可以接着答。")
    expect(take.locator("[data-note=offline]")).to_contain_text("2、5")
    expect(take.locator("[data-to='2']")).to_have_class(re.compile("is-local"))
    assert set(site.stored(sitting.attempt_id)) == {1}
    take.context.set_offline(False)
    saved(take)
    expect(take.locator("[data-note=offline]")).to_have_count(0)
    assert set(site.stored(sitting.attempt_id)) == {1, 2, 5}
    assert stored_text(site, sitting, 5) == TEXT


def test_what_was_typed_offline_survives_a_crash_of_the_page(site, sitting, take):
    context = take.context
    context.set_offline(True)
    choose(take, 2, "C")
    write(take, 5, TEXT)
    expect(take.locator("[data-saved]")).to_have_text("已离线，2 题在本机")
    gone(take)
    context.set_offline(False)
    again = context.new_page()
    again.goto(sitting.path)
    saved(again)
    assert chosen(again, 2) == "C"
    assert again.locator("#q5 textarea").input_value() == TEXT
    assert stored_text(site, sitting, 5) == TEXT
    kept = again.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('lb-take'))")
    assert kept == [], "what the server has confirmed leaves the device"


def test_answers_kept_on_the_device_belong_to_one_person_and_one_attempt(
    site, sitting, take, sign_in
):
    context = take.context
    context.set_offline(True)
    write(take, 5, TEXT)
    expect(take.locator("[data-saved]")).to_have_text("已离线，1 题在本机")
    gone(take)
    context.set_offline(False)
    context.clear_cookies()
    other = site.sit()
    page = sign_in(context, other.staff_no, other.path)
    choose(page, 1, "A")
    saved(page)
    assert page.locator("#q5 textarea").input_value() == ""
    assert set(site.stored(other.attempt_id)) == {1}
    assert site.stored(sitting.attempt_id) == {}


def test_a_lost_reply_is_no_conflict_with_oneself(site, sitting, take):
    take.route("**/responses", lose_the_reply, times=1)
    write(take, 5, "第一句")
    expect(take.locator("[data-saved]")).to_have_text(re.compile("已离线"))
    write(take, 5, "第一句，第二句")
    saved(take)
    expect(take.locator(".lb-clash")).to_have_count(0)
    assert stored_text(site, sitting, 5) == "第一句，第二句"


def test_a_full_disk_is_named_and_the_answer_is_sent_again(site, sitting, take):
    said = "服务器的磁盘满了，刚才的内容没有存上。"

    def refuse(route: Route) -> None:
        route.fulfill(status=507, json={"code": "disk_full", "message": said})

    take.route("**/responses", refuse, times=1)
    choose(take, 1, "A")
    expect(take.get_by_role("alert")).to_contain_text(said)
    expect(take.locator("[data-saved]")).to_have_text("没存上，正在重试")
    saved(take)
    assert set(site.stored(sitting.attempt_id)) == {1}


# ---------------------------------------------------------------- two windows


def two_windows(site: Site, sitting: Sitting, take: Page) -> Page:
    """The same item answered B elsewhere, then C here."""
    other = take.context.new_page()
    other.goto(sitting.path)
    choose(other, 1, "B")
    saved(other)
    choose(take, 1, "C")
    clash = take.locator("#q1 .lb-clash")
    expect(clash).to_contain_text("这题在另一个窗口改过。")
    expect(clash.locator("[data-theirs]")).to_have_text("B")
    expect(clash.locator("[data-ours]")).to_have_text("C")
    assert json.loads(str(site.stored(sitting.attempt_id)[1]))["options"]
    return other


def test_two_windows_conflict_and_this_one_is_kept(site, sitting, take):
    other = two_windows(site, sitting, take)
    take.get_by_role("button", name="用这个窗口的").click()
    saved(take)
    expect(take.locator(".lb-clash")).to_have_count(0)
    other.reload()
    assert chosen(other, 1) == "C"


def test_two_windows_conflict_and_the_other_is_kept(site, sitting, take):
    two_windows(site, sitting, take)
    take.get_by_role("button", name="用另一个的").click()
    expect(take.locator(".lb-clash")).to_have_count(0)
    assert chosen(take, 1) == "B"
    take.reload()
    assert chosen(take, 1) == "B"


def test_a_conflict_does_not_hold_up_the_other_answers(site, sitting, take):
    two_windows(site, sitting, take)
    choose(take, 2, "A")
    write(take, 5, TEXT)
    take.wait_for_timeout(1500)
    assert stored_text(site, sitting, 5) == TEXT
    assert 2 in site.stored(sitting.attempt_id)


def test_handed_in_elsewhere_this_window_says_so(site, sitting, take):
    other = take.context.new_page()
    other.goto(sitting.path)
    hand_in(other)
    choose(take, 1, "A")
    expect(take.get_by_role("dialog")).to_contain_text("已经交卷")
    take.get_by_role("link", name="看结果").click()
    take.wait_for_url("**/result")


# ---------------------------------------------------------------- an ended session


def test_an_ended_session_is_renewed_in_place(site, sitting, take):
    choose(take, 1, "A")
    saved(take)
    site.end_sessions(sitting.person_id)
    write(take, 5, TEXT)
    dialog = take.get_by_role("dialog")
    expect(dialog).to_contain_text("登录已结束，请再登录一次")
    dialog.get_by_label(f"{sitting.name} 的密码").fill("wrong")
    dialog.get_by_role("button", name="登录并补交").click()
    expect(dialog.get_by_role("alert")).to_have_text("密码不对。")
    assert stored_text(site, sitting, 5) is None
    dialog.get_by_label(f"{sitting.name} 的密码").fill(PASSWORD)
    dialog.get_by_role("button", name="登录并补交").click()
    expect(dialog).to_have_count(0)
    saved(take)
    assert take.locator("#q5 textarea").input_value() == TEXT, "still the same page"
    assert stored_text(site, sitting, 5) == TEXT


def test_a_stale_form_token_never_stops_a_save(site, sitting, take):
    take.evaluate("document.querySelector('#take input[name=csrf_token]').value = 'stale'")
    choose(take, 1, "A")
    saved(take)
    assert 1 in site.stored(sitting.attempt_id)


# ---------------------------------------------------------------- time


def test_at_the_deadline_the_paper_is_handed_in_by_itself(site, device, sign_in):
    sitting = site.sit(limit_seconds=600)
    page = sign_in(device(), sitting.staff_no, sitting.path)
    site.set_deadline(sitting.attempt_id, now() + seconds(5))
    page.reload()
    expect(page.locator(".lb-quiz__rail [data-timer]")).to_have_class(re.compile("lb-timer--last"))
    to(page, 5)
    page.locator("#q5 textarea").press_sequentially("写到一半")
    page.wait_for_url("**/result", timeout=20_000)
    assert stored_text(site, sitting, 5) == "写到一半"
    attempt = site.attempt(sitting.attempt_id)
    assert attempt.submitted_at is not None
    assert attempt.submitted_at - attempt.deadline_at < seconds(5)


def test_a_clock_of_the_device_that_runs_fast_hands_nothing_in(site, sitting, take):
    take.evaluate("const real = Date.now; Date.now = () => real() + 3_600_000")
    take.wait_for_timeout(2500)
    assert site.attempt(sitting.attempt_id).submitted_at is None
    choose(take, 1, "A")
    saved(take)
    assert "result" not in take.url


def test_five_minutes_and_one_minute_are_announced_politely(site, device, sign_in):
    sitting = site.sit(limit_seconds=600)
    page = sign_in(device(), sitting.staff_no, sitting.path)
    site.set_deadline(sitting.attempt_id, now() + seconds(302))
    page.reload()
    expect(page.locator("[data-say]")).to_have_text("还剩 5 分钟", timeout=8000)
    assert page.locator("[data-say]").get_attribute("role") == "status"
    expect(page.locator(".lb-quiz__rail [data-timer]")).to_have_class(re.compile("lb-timer--soon"))


def test_without_a_limit_the_close_is_said_until_its_last_hour(site, device, sign_in):
    sitting = site.sit(limit_seconds=None)
    page = sign_in(device(), sitting.staff_no, sitting.path)
    timer = page.locator(".lb-quiz__rail [data-timer] b")
    site.set_deadline(sitting.attempt_id, now() + seconds(8 * 86400))
    page.reload()
    expect(timer).to_have_text(re.compile(r"^\d\d-\d\d \d\d:\d\d 关闭$"))
    expect(page.locator(".lb-quiz__rail")).to_contain_text("没有时间限制")
    site.set_deadline(sitting.attempt_id, now() + seconds(3500))
    page.reload()
    expect(timer).to_have_text(re.compile(r"^58:\d\d$"))


def test_more_time_reaches_an_open_page(site, device, sign_in):
    sitting = site.sit(limit_seconds=600)
    page = sign_in(device(), sitting.staff_no, sitting.path)
    site.set_deadline(sitting.attempt_id, now() + seconds(4000))
    choose(page, 1, "A")
    saved(page)
    expect(page.locator(".lb-quiz__rail [data-timer] b")).to_have_text(re.compile(r"1:0\d:\d\d"))


# ---------------------------------------------------------------- handing in


def test_what_is_open_is_named_before_handing_in(site, sitting, take):
    choose(take, 1, "A")
    take.locator("[data-review]:visible").first.click()
    dialog = take.get_by_role("dialog")
    expect(dialog).to_contain_text("还有 4 题没有作答")
    expect(dialog.get_by_role("link")).to_have_count(4)
    dialog.get_by_role("link").first.click()
    expect(take.locator("#q2")).to_be_visible()
    expect(dialog).to_have_count(0)


def test_handing_in_gives_a_receipt_and_leaves_nothing_on_the_device(site, sitting, take):
    write(take, 5, TEXT)
    hand_in(take)
    expect(take.get_by_text("回执")).to_be_visible()
    assert stored_text(site, sitting, 5) == TEXT
    assert take.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('lb-take'))") == []


def test_handing_in_offline_happens_when_the_network_is_back(site, sitting, take):
    choose(take, 1, "A")
    saved(take)
    take.context.set_offline(True)
    write(take, 5, TEXT)
    take.locator("[data-review]:visible").first.click()
    take.locator("[data-hand-in]").click()
    expect(take.locator("[data-review-say]")).to_contain_text("网络断了")
    assert site.attempt(sitting.attempt_id).submitted_at is None
    take.context.set_offline(False)
    take.wait_for_url("**/result")
    assert stored_text(site, sitting, 5) == TEXT


def test_a_lost_receipt_is_asked_for_again(site, sitting, take):
    choose(take, 1, "A")
    saved(take)
    take.route("**/submit", lose_the_reply, times=1)
    hand_in(take)
    assert site.attempt(sitting.attempt_id).submitted_at is not None


# ---------------------------------------------------------------- ways of working


def test_the_keyboard_alone_is_enough(site, sitting, take):
    keys = take.keyboard
    to(take, 1)
    keys.press("b")
    keys.press("f")
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    expect(take.locator("#q3")).to_be_visible()
    keys.press("a")
    keys.press("c")
    keys.press("a")
    keys.press("Enter")
    expect(take.locator("#q4")).to_be_visible()
    keys.press("a")
    keys.press("Enter")
    keys.press("Tab")
    take.locator("#q5 textarea").focus()
    keys.type("Fabe 写在这里")
    saved(take)
    assert [chosen(take, 1), chosen(take, 3), chosen(take, 4)] == ["B", "C", "A"]
    assert take.locator("#q5 textarea").input_value() == "Fabe 写在这里"
    take.locator("#q5 textarea").blur()
    keys.press("Enter")
    expect(take.get_by_role("dialog")).to_contain_text("还有 1 题没有作答")
    take.locator("[data-hand-in]").focus()
    keys.press("Enter")
    take.wait_for_url("**/result")
    assert set(site.stored(sitting.attempt_id)) == {1, 3, 4, 5}


def test_single_letter_keys_can_be_switched_off(sitting, take):
    take.locator("[data-keys]").uncheck()
    take.reload()
    to(take, 1)
    take.keyboard.press("b")
    assert chosen(take, 1) == ""


def test_a_phone_of_360_pixels_is_enough(site, sitting, device, sign_in):
    page = sign_in(device(PHONE), sitting.staff_no, sitting.path)
    title = page.locator(".lb-quiz__title").bounding_box()
    head = page.locator(".lb-quiz__top").bounding_box()
    assert title
    assert title["width"] >= 40
    assert head
    assert head["height"] <= 53
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("label[for=q1A]").tap()
    saved(page)
    expect(page.locator(".lb-quiz__rail")).to_be_hidden()
    page.locator("[data-open-map]").tap()
    sheet = page.locator("dialog#sheet")
    assert sheet.evaluate("dialog => dialog.matches(':modal')")
    expect(sheet.locator("[data-to='1']")).to_have_class(re.compile("is-done"))
    sheet.locator("[data-to='5']").tap()
    expect(sheet).not_to_be_visible()
    page.locator("#q5 textarea").fill(TEXT)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    small = page.evaluate(
        "[...document.querySelectorAll('button, a, summary, label.lb-opt')].filter((one) => {"
        " const box = one.getBoundingClientRect();"
        " return box.width && getComputedStyle(one).visibility === 'visible'"
        "   && !one.matches('.lb-skip') && (box.width < 24 || box.height < 24)"
        "}).map((one) => one.outerHTML)"
    )
    assert small == []
    page.locator("[data-next]").tap()
    expect(page.get_by_role("dialog")).to_contain_text("检查并交卷")
    page.locator("[data-hand-in]").tap()
    page.wait_for_url("**/result")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert stored_text(site, sitting, 5) == TEXT


def test_all_items_on_one_page(site, device, sign_in):
    sitting = site.sit(display=Display.ALL)
    page = sign_in(device(DESKTOP), sitting.staff_no, sitting.path)
    for number in range(1, 6):
        expect(page.locator(f"#q{number}")).to_be_visible()
    page.locator("label[for=q2B]").click()
    page.locator("#q3 .lb-flag").click()
    page.locator("#q5 textarea").fill(TEXT)
    saved(page)
    assert set(site.stored(sitting.attempt_id)) == {2, 3, 5}
    hand_in(page)


def test_without_scripts_one_form_saves_and_hands_in(site, sitting, device, sign_in):
    context = device(DESKTOP, java_script_enabled=False)
    page = sign_in(context, sitting.staff_no, sitting.path)
    expect(page.get_by_role("button", name="检查并交卷")).to_have_count(0)
    page.locator("label[for=q1B]").click()
    page.locator("#q5 textarea").fill(TEXT)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存")).to_be_visible()
    assert set(site.stored(sitting.attempt_id)) == {1, 5}
    page.locator("label[for=q3C]").click()
    page.get_by_role("button", name="交卷", exact=True).click()
    page.wait_for_url("**/result")
    assert set(site.stored(sitting.attempt_id)) == {1, 3, 5}


# ---------------------------------------------------------------- signals


def turn(page: Page, shown: str) -> None:
    """As when the person goes to another window (`hidden`) or comes back (`visible`)."""
    page.evaluate(
        "shown => { Object.defineProperty(document, 'visibilityState',"
        " {get: () => shown, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')) }",
        shown,
    )


def test_leaving_and_pasting_are_noted_and_shown_to_the_learner(site, sitting, take):
    turn(take, "hidden")
    turn(take, "visible")
    expect(take.locator("[data-signals-say]")).to_contain_text("离开过答题页")
    to(take, 5)
    take.locator("#q5 textarea").evaluate(
        "area => area.dispatchEvent(new ClipboardEvent('paste', {bubbles: true}))"
    )
    expect(take.locator("[data-signals-say]")).to_contain_text("粘贴了文字")
    take.wait_for_timeout(5500)
    assert site.signals(sitting.attempt_id) == ["left", "back", "paste"]
    hand_in(take)
    take.get_by_text(re.compile("答题时的记录")).click()
    expect(take.get_by_text("粘贴了文字")).to_be_visible()
