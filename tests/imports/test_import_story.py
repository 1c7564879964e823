"""The real paper of a sales course, from the clipboard to an assigned test, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_every_page import problems
from tests.imports.paper import CHOICES, JUDGED, MODELS, PAPER

pytestmark = pytest.mark.timeout(180)
SIGNS = {"true": "t", "false": "f"}


def pastes(page: Page) -> None:
    page.goto("/banks")
    page.get_by_role("link", name="导入题目").click()
    page.wait_for_url("**/banks/import")
    assert problems(page) == []
    page.get_by_label("粘贴题目").fill(PAPER)
    page.get_by_role("button", name="读一读").click()
    page.wait_for_url(re.compile(r"/banks/import/\d+$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("读懂 18 题，18 题没有答案")
    expect(page.locator("[data-item]")).to_have_count(18)


def without_key(page: Page, count: int) -> None:
    expect(page.locator("[data-without]")).to_have_text(str(count))


def fills_in_by_keyboard(page: Page) -> None:
    """Letters choose, Enter goes on; a slip is taken back with the same key."""
    page.get_by_role("link", name="从第 1 题填起").click()
    page.keyboard.press("d")
    for letters in CHOICES:
        for letter in letters:
            page.keyboard.press(letter.lower())
        page.keyboard.press("Enter")
    for word in JUDGED:
        page.keyboard.press(SIGNS[word])
        page.keyboard.press("ArrowDown")
    for words in MODELS:
        page.keyboard.insert_text(words)
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
    without_key(page, 0)
    expect(page.locator("[data-state]")).to_contain_text("已保存")


def fills_in_by_touch(page: Page) -> None:
    for n, letters in enumerate(CHOICES):
        for letter in letters:
            page.locator(f"label[for=i{n}-{letter}]").tap()
    for n, word in enumerate(JUDGED, start=len(CHOICES)):
        page.locator(f"label[for=i{n}-{word}]").tap()
    for n, words in enumerate(MODELS, start=15):
        page.locator(f"#i{n}-model").fill(words)
    without_key(page, 0)
    expect(page.locator("[data-state]")).to_contain_text("已保存")


@pytest.mark.parametrize(("size", "theme"), [("desktop", "light"), ("phone360", "dark")])
def test_a_paper_out_of_a_chat_becomes_an_assigned_test(site, desk, size, theme):
    trainer = site.learner(f"叶老师 {size}", "trainer")
    second = site.learner(f"周老师 {size}", "trainer")
    page = desk(trainer, size, theme)
    slug = f"sales-{size}"
    pastes(page)
    assert problems(page) == []
    source = page.locator("#i0 .lb-imp__src pre")
    if size == "desktop":
        expect(source).to_contain_text("A. 介绍公司历史B. 说明来意并约定议程")
    else:
        expect(source).to_be_hidden()
        page.locator("#i0 .lb-imp__src summary").tap()
        expect(source).to_be_visible()
    expect(page.get_by_text("如果需要答案，可以告诉我。").first).to_be_visible()

    (fills_in_by_keyboard if size == "desktop" else fills_in_by_touch)(page)
    expect(page.locator("#total-s3")).to_contain_text("E301")
    page.get_by_label("总分改为 30 分").check()
    expect(page.locator("#total-s3")).not_to_contain_text("E301")
    expect(page.locator("#summary")).to_contain_text("答案齐了，可以保存。")
    page.get_by_label("题库名称").fill("第二课 课后测试")
    page.get_by_label("题库编号").fill(slug)
    page.get_by_label("归谁").select_option("shared")
    expect(page.locator("[data-state]")).to_contain_text("已保存")
    page.wait_for_timeout(800)
    assert problems(page) == []
    expect(page.get_by_role("heading", level=1)).to_have_text("读懂 18 题，都有答案")

    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("读懂 18 题，都有答案")
    expect(page.get_by_label("题库编号")).to_have_value(slug)
    expect(page.get_by_label("总分改为 30 分")).to_be_checked()
    expect(page.locator("#i5 [name$='.key']:checked")).to_have_count(3)
    expect(page.locator("#i0 [name$='.key']:checked")).to_have_value("B")

    page.locator("#import").get_by_role("button", name="保存为题库").click()
    page.wait_for_url(f"**/banks/{slug}/edit**")
    page.get_by_role("link", name="提交审核").click()
    page.get_by_label("为什么改").fill("第二课的课后测试")
    page.get_by_role("button", name="提交审核").click()

    other = desk(second, size)
    other.goto("/banks/waiting")
    other.get_by_role("link", name=re.compile("第二课")).first.click()
    other.get_by_role("button", name="同意并发布").click()
    other.goto(f"/banks/{slug}")
    expect(other.get_by_text("已发布").first).to_be_visible()

    learner = site.learner(f"学员 {size}")
    page.goto("/assessments/new")
    page.get_by_label("名称", exact=True).fill(f"第二课 {size}")
    page.locator(f"[name=banks][value='{slug}']").check()
    page.get_by_label("按题库自己的结构").check()
    page.get_by_role("button", name="建好测验").click()
    page.wait_for_url(re.compile(r"/assessments/\d+/assign"))
    page.get_by_label("个人：工号或邮箱，一行一个").fill(learner[2])
    page.get_by_role("button", name="布置", exact=True).click()
    expect(page.get_by_text("新布置了 1 人。")).to_be_visible()
    hers = desk(learner, "phone")
    hers.goto("/assessments/mine")
    expect(hers.get_by_text(f"第二课 {size}")).to_be_visible()


def test_a_type_is_changed_by_key_and_an_item_left_out(site, desk):
    page = desk(site.learner("林老师", "trainer"))
    pastes(page)
    page.locator("#i10").focus()
    page.keyboard.press("4")
    expect(page.locator("#i10-model")).to_be_visible()
    page.keyboard.press("3")
    expect(page.locator("#i10-model")).to_be_hidden()
    page.keyboard.press("t")
    without_key(page, 17)
    page.locator("#i17-out").check()
    without_key(page, 16)
    page.reload()
    expect(page.locator("#i10-true")).to_be_checked()
    expect(page.locator("#i17-out")).to_be_checked()


def test_a_single_choice_holds_one_key_and_an_unlabelled_item_as_many_as_wanted(site, desk):
    page = desk(site.learner("何老师", "trainer"))
    page.goto("/banks/import")
    page.get_by_label("粘贴题目").fill("1. 开场先做什么？\nA. 议程\nB. 报价\nC. 闲聊\n" + PAPER)
    page.get_by_role("button", name="读一读").click()
    page.wait_for_url(re.compile(r"/banks/import/\d+$"))
    page.locator("[data-item][data-known=yes][data-kind=single]").first.focus()
    for key in "ab":
        page.keyboard.press(key)
    first = page.locator("[data-item][data-known=yes][data-kind=single]").first
    expect(first.locator("[name$='.key']:checked")).to_have_count(1)


def test_while_the_network_is_away_nothing_is_lost(site, desk):
    page = desk(site.learner("钱老师", "trainer"))
    pastes(page)
    page.route("**/choices", lambda route: route.fulfill(status=503, body="{}"))
    page.locator("#i0").focus()
    page.keyboard.press("b")
    expect(page.locator("[data-state]")).to_contain_text("没存上，正在重试")
    page.unroute("**/choices")
    expect(page.locator("[data-state]")).to_contain_text("已保存", timeout=8000)
    without_key(page, 17)
