"""Two trainers write a bank in a real browser; a learner sits what the second one approved."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.assessments.services import Source
from app.authoring import writing
from app.banks import queries
from app.banks import services as banks
from app.domain.items import ItemType
from app.kernel.clock import now
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.site import Site

EXAMPLE = Path(__file__).resolve().parents[1] / "banks" / "data" / "example-bank.zh.yaml"


@pytest.fixture
def bank(site: Site) -> str:
    """A bank of its own for each story, published from its file."""
    site.count += 1
    slug, n = f"story-{site.count}", site.count
    text = EXAMPLE.read_text(encoding="utf-8").replace("bootcamp-discovery", slug)
    text = text.replace("disc-", f"story{n}-")

    def load() -> None:
        report = banks.import_bank(text.encode(), now=now())
        assert report.version_id is not None
        banks.publish(bank_version_id=report.version_id, actor_id=None, now=now())

    site.do(load)
    return slug


@pytest.fixture
def trainers(site: Site) -> tuple[str, str]:
    """Staff numbers of two trainers."""
    return site.learner("甲老师", "trainer")[2], site.learner("乙老师", "trainer")[2]


def source(site: Site, slug: str) -> str:
    return str(site.do(lambda: queries.working_copy(slug, 0, {"all"}).source))


def first_item(site: Site, slug: str) -> str:
    return str(site.do(lambda: queries.published_bank(slug).bank.items[0].id))


def newest(site: Site, slug: str) -> tuple[Source, ...]:
    """What an assessment defined now would pin."""
    return (Source(site.do(lambda: queries.published_bank(slug).id), slug),)


def stem(page: Page):
    return page.locator("textarea[name='stem.zh-CN']")


def test_edit_conflict_submit_approve_and_serve(site, device, sign_in, bank, trainers) -> None:
    one, other = trainers
    item = first_item(site, bank)
    path = f"/banks/{bank}/edit"
    old = site.sit(sources=newest(site, bank))
    mine = sign_in(device(DESKTOP), one, path)
    theirs = sign_in(device(DESKTOP), other, path)

    # an error shows while writing, without a save; a letter key mends it
    before = source(site, bank)
    key = mine.locator("[data-key]:checked").first
    letter = mine.locator("[data-key]").evaluate_all("all => all.findIndex(one => one.checked)")
    mine.locator("textarea[name='option.B.zh-CN']").fill(
        mine.locator("textarea[name='option.A.zh-CN']").input_value()
    )
    expect(mine.locator("#item [data-findings]")).to_contain_text("E212")
    expect(mine.locator("[data-errors]")).to_be_visible()
    mine.locator("textarea[name='option.B.zh-CN']").fill("一个新的选项")
    expect(mine.locator("#item [data-findings]")).not_to_contain_text("E212")
    mine.keyboard.press(f"Alt+{'ABCD'[letter]}")
    expect(key).to_be_checked()
    stem(mine).fill("改过的题干：**先**问清谁拍板，再谈价格，对吗")
    expect(mine.locator("[data-preview] strong")).to_have_text("先")
    assert source(site, bank) == before, "a check saves nothing"
    mine.keyboard.press("Control+s")
    expect(mine.locator("[data-saved]")).to_have_text(re.compile("已保存.*甲老师"))
    assert "改过的题干" in source(site, bank)

    # the colleague opened the same item before that
    stem(theirs).fill("同事写的另一个题干，问的是同一件事")
    theirs.get_by_role("button", name="保存").first.click()
    note = theirs.locator("[role=alert]")
    expect(note).to_contain_text("被别人改过")
    expect(note).to_contain_text("第 1 题题干改了")
    assert "同事写的" not in source(site, bank), "nothing overwritten"
    assert stem(theirs).input_value().startswith("同事写的"), "and nothing lost"
    theirs.get_by_role("link", name="用别人的").click()
    expect(stem(theirs)).to_have_value(re.compile("改过的题干"))

    # submit, with the reason; its author cannot approve it
    mine.get_by_role("link", name="提交审核").click()
    expect(mine.locator(".lb-changes")).to_contain_text("第 1 题题干改了")
    mine.get_by_label("为什么改").fill("题干太短")
    mine.get_by_role("button", name="提交审核").click()
    expect(mine.locator("main")).to_contain_text("等审核")
    mine.goto(f"/banks/{bank}/approval/2")
    expect(mine.locator("main")).to_contain_text("要由另一个人审核")
    expect(mine.get_by_role("button", name="同意并发布")).to_have_count(0)

    # the second person comes from her notices, reads, approves
    theirs.goto("/notices")
    theirs.get_by_role("button", name="打开：题库等您审核").first.click()
    theirs.wait_for_url("**/approval/2")
    expect(theirs.locator(".lb-changes")).to_contain_text("改过的题干")
    expect(theirs.locator("main")).to_contain_text("题干太短")
    theirs.get_by_role("button", name="同意并发布").click()
    expect(theirs.get_by_role("heading", name="下一步")).to_be_visible()
    expect(theirs.locator("h1")).to_contain_text("已发布")
    expect(theirs.get_by_role("button", name="退回")).to_have_count(0)
    theirs.go_back()
    expect(theirs.get_by_role("button", name="退回")).to_have_count(0)
    expect(theirs.locator("h1")).to_contain_text("已发布")

    # new attempts serve the new version, the old one keeps its own
    fresh = site.sit(sources=newest(site, bank))
    learner = sign_in(device(PHONE), fresh.staff_no, fresh.path)
    expect(learner.locator("main")).to_contain_text("问清谁拍板，再谈价格，对吗")
    earlier = sign_in(device(PHONE), old.staff_no, old.path)
    expect(earlier.locator("main")).not_to_contain_text("问清谁拍板，再谈价格，对吗")
    mine.goto(f"/banks/{bank}/history")
    expect(mine.locator("main")).to_contain_text("乙老师 批准")
    expect(mine.locator("main")).to_contain_text("1 份答卷用了它")
    assert item in source(site, bank)


def test_the_source_view_checks_indents_jumps_and_saves(
    site, device, sign_in, bank, trainers
) -> None:
    page = sign_in(device(DESKTOP), trainers[0], f"/banks/{bank}/source")
    area = page.locator("#source")
    text = area.input_value()
    lines = text.split("\n")
    line = next(n for n, one in enumerate(lines, 1) if one.strip().startswith("answer:"))
    area.fill(text.replace("answer:", "anwser:", 1))
    mark = page.locator("[data-gutter] span").nth(line - 1)
    expect(mark).to_have_class(re.compile("is-err"))
    link = page.locator(f"[data-findings] a[data-line='{line}']").first
    expect(page.locator("[data-findings]")).to_contain_text("anwser")
    area.evaluate("one => one.setSelectionRange(0, 0)")
    link.click()
    expect(page.locator("[data-place]")).to_contain_text(f"第 {line} 行")
    expect(area).to_be_focused()

    # the text itself is marked, exactly under the line, and the message is found from there
    band = page.locator("[data-marks] .is-err", has_text="anwser")
    expect(band.locator("mark")).to_have_text(re.compile("^anwser"))
    top = "one => one.getBoundingClientRect().top"
    places = band.evaluate(top), mark.evaluate(top)
    assert abs(places[0] - places[1]) < 1
    expect(page.locator(".lb-find.is-here")).to_contain_text("anwser")
    page.keyboard.press("Control+Enter")
    expect(link).to_be_focused()
    page.keyboard.press("Escape")
    expect(area).to_be_focused()
    expect(page.locator("[data-place]")).to_contain_text(f"第 {line} 行")
    area.evaluate("one => one.setSelectionRange(one.value.length, one.value.length)")
    page.keyboard.press("Shift+F8")
    expect(page.locator("[data-place]")).not_to_contain_text(f"第 {len(lines)} 行")
    mark.click()
    expect(link).to_be_focused()
    area.fill(text)
    expect(mark).not_to_have_class(re.compile("is-err"))
    area.press("Control+End")
    area.press_sequentially("# 一行注\n")
    area.press("Tab")
    assert area.input_value().endswith("# 一行注\n  ")
    area.press("Shift+Tab")
    assert area.input_value().endswith("# 一行注\n")
    page.keyboard.press("Control+s")
    expect(page.locator("[data-saved]")).to_have_text(re.compile("已保存"))
    assert source(site, bank) == text + "# 一行注\n"
    assert page.url.endswith("/source"), "saved in place"
    other = site.learner("丙老师", "trainer")[0]
    # somebody else saves; the next save shows what differs
    site.do(
        lambda: banks.save_draft(
            slug=bank,
            source=text.replace("pass: 60%", "pass: 75%"),
            revision=1,
            actor_id=other,
            now=now(),
        )
    )
    area.press("Control+End")
    area.press_sequentially("# 又一行")
    page.keyboard.press("Control+s")
    expect(page.locator("[role=alert]").first).to_contain_text("及格线由 75% 改为 60%")
    assert area.input_value().endswith("# 又一行")
    assert "pass: 75%" in source(site, bank)


def test_options_are_added_moved_and_dropped_by_hand(site, device, sign_in, bank, trainers) -> None:
    item = first_item(site, bank)
    page = sign_in(device(PHONE), trainers[0], f"/banks/{bank}/edit?item={item}")
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1]
    page.get_by_role("button", name="加选项").click()
    rows = page.locator("[data-row]")
    count = rows.count()
    rows.nth(count - 1).locator("textarea").first.fill("补上的一项")
    rows.nth(count - 1).get_by_role("button", name="上移").click()
    rows.nth(0).get_by_role("button", name="去掉这个选项").click()
    rows.nth(0).locator("[data-key]").check(force=True)
    page.get_by_role("button", name="保存").first.click()
    page.wait_for_load_state()
    found = site.do(lambda: queries.read_outline(source(site, bank)).item(item).values)
    assert list(found["options"]) == list("ABCDE"[: count - 1])
    assert found["answer"] == "A"
    assert "补上的一项" in str(found["options"]["ABCDE"[count - 3]])


def test_the_other_language_is_folded_and_boxes_grow(site, device, sign_in, trainers) -> None:
    slug = new_bank(site, trainers[0], "只有中文")
    page = sign_in(device(DESKTOP), trainers[0], f"/banks/{slug}/edit")
    english, chinese = page.locator("textarea[name='stem.en']"), stem(page)
    expect(chinese).to_be_visible()
    expect(english).to_be_hidden()
    low = chinese.bounding_box()["height"]
    chinese.fill("很长的题干，一行写不下。" * 30)
    assert chinese.bounding_box()["height"] > low * 2
    fits = chinese.evaluate("one => one.scrollHeight <= one.clientHeight + 1")
    assert fits, "all of it is in view"
    page.get_by_label("双语").check()
    expect(english).to_be_visible()
    english.fill("An English stem")
    page.get_by_label("双语").uncheck()
    expect(english).to_be_visible()  # what is written stays in view
    expect(page.locator("textarea[name='why.en']")).to_be_hidden()
    page.get_by_label("双语").check()
    page.get_by_role("button", name="保存", exact=True).first.click()
    page.wait_for_load_state()
    expect(page.locator("textarea[name='why.en']")).to_be_visible()  # remembered
    other = new_bank(site, trainers[0], "另一个题库")
    page.goto(f"/banks/{other}/edit")
    expect(page.locator("textarea[name='why.en']")).to_be_hidden()


def test_every_field_of_a_rubric_has_its_label_in_view(
    site, device, sign_in, bank, trainers
) -> None:
    item = site.do(
        lambda: (
            next(
                one for one in queries.published_bank(bank).bank.items if one.type is ItemType.SHORT
            ).id
        )
    )
    for size in (PHONE, DESKTOP):
        page = sign_in(device(size), trainers[0], f"/banks/{bank}/edit?item={item}")
        row = page.locator("[data-crow]").first
        for label in ("评分点", "分值", "关键词"):
            expect(row.locator("label", has_text=label).first).to_be_visible()
        rare = row.get_by_label("至少几组")
        more = row.locator("details")
        if more.get_attribute("open") is None:
            expect(rare).to_be_hidden()
            more.locator("summary").click()
        expect(rare).to_be_visible()
        width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1]


def test_the_preview_is_what_the_learner_gets(site, device, sign_in, bank, trainers) -> None:
    sat = site.sit(sources=newest(site, bank))
    plain = device(PHONE, java_script_enabled=False)  # before a script counts and moves things
    learner = sign_in(plain, sat.staff_no, sat.path)
    editor = sign_in(device(DESKTOP), trainers[0], f"/banks/{bank}/edit")
    taken = {}
    for one in learner.locator("section.lb-item").all():
        html = one.evaluate("one => one.outerHTML")
        taken[re.search(r'lb-q__stem"[^>]*>(.*?)</div>', html, re.DOTALL)[1]] = bare(html)
    links = editor.locator(".lb-pick__link").evaluate_all("all => all.map(one => one.href)")
    compared = 0
    for link in links:
        editor.goto(link)
        html = editor.locator("[data-preview] section.lb-item").evaluate("one => one.outerHTML")
        found = re.search(r'lb-q__stem"[^>]*>(.*?)</div>', html, re.DOTALL)[1]
        if found in taken:
            assert bare(html) == taken[found]
            compared += 1
    assert compared == len(taken) > 3


def bare(html: str) -> list[str]:
    """The tags with their classes and the texts, sorted: options may be shuffled."""
    html = re.sub(r"第 \d+ 题|共 \d+ 题", "", html).replace(" is-here", "")
    return sorted(filter(str.strip, re.findall(r'<\w+|class="[^"]*"|(?<=>)[^<]+(?=<)', html)))


def new_bank(site: Site, staff_no: str, title: str) -> str:
    """A bank as the page of a new one makes it."""
    site.count += 1
    text = writing.new_bank(f"fresh-{site.count}", title, "zh-CN")
    make = {"owner_id": None, "actor_id": None, "now": now()}
    return str(site.do(lambda: banks.create_bank(source=text, **make)))


class Hand:
    """Clicks and typed fields, counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks, self.fields = page, 0, 0

    def click(self, role: str, name: str) -> None:
        self.page.get_by_role(role, name=name, exact=True).last.click()
        self.page.wait_for_load_state()
        self.clicks += 1

    def fill(self, field, words: str) -> None:
        field.fill(words)
        self.fields += 1


def test_from_nothing_to_submitted_in_few_steps(site, device, sign_in, trainers) -> None:
    page = sign_in(device(DESKTOP), trainers[0], "/banks")
    hand = Hand(page)
    hand.click("link", "新建题库")
    hand.fill(page.get_by_label("标题"), "三道题的小测")
    hand.click("button", "新建")
    for n in range(3):
        hand.fill(stem(page), f"第 {n} 个情境里先做哪一步，请从下面两项里选一项")
        hand.fill(page.locator("textarea[name='option.A.zh-CN']"), f"先问清{'甲乙丙'[n]}的目标")
        hand.fill(page.locator("textarea[name='option.B.zh-CN']"), f"先给{'甲乙丙'[n]}看报价")
        page.locator("[data-key]").first.check(force=True)
        hand.clicks += 1
        hand.click("button", "保存并加下一题" if n < 2 else "保存")
        expect(page.locator("[data-saved]")).to_contain_text("已保存")
    expect(page.locator("[data-errors]")).to_be_hidden()
    hand.click("link", "提交审核")
    hand.click("button", "提交审核")
    expect(page.locator("main")).to_contain_text("等审核")
    # 3 × (key, save) and, around them, new, create, submit, submit
    assert hand.clicks == 10
    assert hand.fields == 1 + 3 * 3


def test_without_a_script_the_form_saves_too(site, device, sign_in, bank, trainers) -> None:
    item = first_item(site, bank)
    context = device(DESKTOP, java_script_enabled=False)
    page = sign_in(context, trainers[0], f"/banks/{bank}/edit?item={item}")
    stem(page).fill("不用脚本也能改的一个题干")
    page.get_by_role("button", name="保存").first.click()
    assert "不用脚本也能改的一个题干" in source(site, bank)
