"""Two trainers write a bank in a real browser; a learner sits what the second one approved."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.assessments.services import Source
from app.banks import queries
from app.banks import services as banks
from app.kernel.clock import now
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.site import Site

pytestmark = pytest.mark.xdist_group("browser")

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


def test_without_a_script_the_form_saves_too(site, device, sign_in, bank, trainers) -> None:
    item = first_item(site, bank)
    context = device(DESKTOP, java_script_enabled=False)
    page = sign_in(context, trainers[0], f"/banks/{bank}/edit?item={item}")
    stem(page).fill("不用脚本也能改的一个题干")
    page.get_by_role("button", name="保存").first.click()
    assert "不用脚本也能改的一个题干" in source(site, bank)
