"""Typing answers in, and planning a paper, in a real browser with the keyboard alone."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import select

from app.assessments import services
from app.assessments.models import Assessment, Attempt
from app.assessments.queries import printed
from app.domain.papers import letters
from app.kernel.clock import now
from app.kernel.db import db
from tests.assessments import builders as b
from tests.browser.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.timeout(120)


def prepared(site, trainer_id, names):
    """An assessment with one form for some people, and their sheets: its id, person by name."""

    def make():
        made = b.assessment(trainer_id, now() - timedelta(hours=2), text=b.objective(), forms=1)
        people = {name: site.person(name)[0] for name in names}
        for person_id in people.values():
            b.assigned(made, person_id, now())
        services.make_sheets(assessment_id=made, owner_id=trainer_id, seed="s", now=now())
        sheet = printed.latest_sheets(made)[people[names[0]]]
        return made, people, sheet

    return site.do(make)


def keys_for(sheet, answers):
    """What to press for each item."""
    pressed = []
    for entry in sheet.paper.entries:
        answer = answers[entry.item_id]
        if isinstance(answer, bool):
            pressed.append("t" if answer else "f")
        else:
            by_letter = letters(entry.options)
            pressed.append("".join(k for k, o in by_letter.items() if o in answer).lower())
    return pressed


def test_answers_are_typed_with_the_keyboard_alone(site, device, sign_in):
    trainer_id, _name, staff_no = site.learner("", "trainer")
    names = ("Bei", "Cai")
    made, people, sheet = prepared(site, trainer_id, names)
    page = sign_in(device(DESKTOP), staff_no, f"/assessments/{made}/papers/entry")
    first = page.locator(f"[name='c-{sheet.code}-1']")
    name = page.locator(f"tr:has([name='c-{sheet.code}-1']) > th")
    assert name.evaluate("one => getComputedStyle(one).position") == "sticky", "whose row it is"
    first.focus()
    for keys in keys_for(sheet, b.RIGHT):
        page.keyboard.type(keys)
        page.keyboard.press("ArrowRight")
    last = f"c-{sheet.code}-{len(sheet.paper.entries)}"
    assert page.evaluate("document.activeElement.name") == last, "a row's end is not run over"
    written = page.locator(f"tr:has([name='{last}']) [data-filled]")
    assert written.inner_text() == f"已填 {len(sheet.paper.entries)} / {len(sheet.paper.entries)}"
    page.keyboard.press("Enter")
    second = printed_code(site, made, people["Cai"])
    assert page.evaluate("document.activeElement.name") == f"c-{second}-1", "the next person"
    page.keyboard.type("z")
    page.keyboard.press("ArrowUp")
    at = page.evaluate("document.activeElement.name")
    assert at.startswith(f"c-{sheet.code}-")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert "papers/entry" in page.url, "Enter goes down and sends nothing"
    page.get_by_role("button", name="录入这些作答").focus()
    page.keyboard.press("Enter")
    page.get_by_text("1 行要改").wait_for()
    wrong = page.locator(f"[name='c-{second}-1']")
    assert wrong.get_attribute("aria-invalid") == "true"
    assert page.locator(f"[name='c-{sheet.code}-1']").input_value(), "nothing typed is lost"
    wrong.fill("")
    page.get_by_role("button", name="录入这些作答").press("Enter")
    page.wait_for_url(re.compile("/papers$"))
    rows = site.do(
        lambda: db.session.execute(
            select(Attempt.person_id, Attempt.total).where(Attempt.assessment_id == made)
        ).all()
    )
    assert [(row[0], row[1]) for row in rows] == [(people["Bei"], 35)]


def printed_code(site, made, person_id):
    return site.do(lambda: printed.latest_sheets(made)[person_id].code)


@pytest.mark.parametrize("kind", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_the_pages_are_accessible_and_fit(site, device, sign_in, kind, locale):
    trainer_id, _name, staff_no = site.learner("", "trainer", locale=locale)
    made, _people, _sheet = prepared(site, trainer_id, ("Dan", "Eve", "Fei"))
    page = sign_in(device(kind), staff_no, f"/assessments/{made}/papers")
    for path in ("papers", "papers/entry", "assign"):
        page.goto(f"{site.address}/assessments/{made}/{path}")
        look(page)
    page.goto(f"{site.address}/assessments/new")
    page.locator("[name=title]").fill("x")
    page.locator("[name=banks][value=objections]").check()
    page.locator("[name=paper][value=plan]").check()
    look(page)
    page.locator("[data-cell][data-competency=''][data-difficulty='']").fill("9")
    page.locator("[data-cells] .is-short").wait_for()
    page.locator("[data-rows] summary").click()
    page.locator("[data-blueprint] table").wait_for()
    page.locator("[data-check='0'].is-short").wait_for()
    look(page)


def look(page):
    found = [
        f"{page.url} {one['id']}: {[node['target'] for node in one['nodes']][:3]}"
        for one in Axe().run(page).response["violations"]
    ]
    width, screen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= screen, page.url
    assert not found, "\n".join(found)


def test_the_table_follows_while_one_types(site, device, sign_in):
    _id, _name, staff_no = site.learner("", "trainer")
    site.do(lambda: b.bank(now()))
    page = sign_in(device(DESKTOP), staff_no, "/assessments/new")
    page.locator("[name=banks][value=objections]").check()
    page.locator("[name=paper][value=plan]").check()
    page.locator("[data-early]").wait_for()
    page.locator("[name=shows_keys]").uncheck()
    page.locator("[data-early]").wait_for(state="hidden")
    page.locator("[data-rows] summary").click()
    page.locator("[name='cells-0-n']").fill("2")
    page.locator("[name='cells-0-type']").select_option("single")
    page.locator("[data-check='0']").get_by_text("够，合条件的有 2 题").wait_for()
    page.locator("[name='cells-1-n']").fill("4")
    page.locator("[data-check='1'].is-short").wait_for()
    assert "第 1、2 行抢同一批题" in page.locator("[data-check='1']").inner_text()
    assert "还缺 1 题" in page.locator("[data-blueprint]").inner_text()


def test_the_two_way_table_is_filled_in_with_the_keyboard(site, device, sign_in):
    _id, _name, staff_no = site.learner("", "trainer")
    site.do(lambda: b.bank(now()))
    page = sign_in(device(DESKTOP), staff_no, "/assessments/new")
    page.locator("[name=title]").fill("细目表")
    page.locator("[name=banks][value=objections]").check()
    page.locator("[name=paper][value=plan]").check()
    anything = page.locator("[data-cell][data-competency=''][data-difficulty='']")
    page.locator("[data-cells]").get_by_text("有 2", exact=True).last.wait_for()
    assert not page.locator("[data-rows]").evaluate("one => one.open")
    page.locator("[data-points]").fill("5")
    second = page.locator("[data-cell][data-competency=''][data-difficulty='3']")
    second.fill("1")
    second.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    at = page.evaluate("document.activeElement.dataset.difficulty")
    assert at == "5"
    anything.fill("4")
    page.locator("[data-cells]").get_by_text("缺 3 题", exact=True).wait_for()
    anything.press("Enter")
    assert page.url.endswith("/assessments/new"), "Enter does not send the form"
    anything.fill("")
    page.locator("[data-type=true_false]").click()
    assert anything.input_value() == ""
    anything.fill("1")
    page.locator("[data-blueprint]").get_by_text("题目够用").wait_for()
    rows = page.evaluate(
        """[...document.querySelectorAll("tr[data-row]")].map((row) =>
          [...row.querySelectorAll("[name]")].map((one) => one.value)).filter((row) => row[0])"""
    )
    assert rows == [["1", "", "3", "single", "5"], ["1", "", "", "true_false", ""]]
    page.get_by_role("button", name="建好测验").click()
    page.wait_for_url("**/assign")
    plan = site.do(
        lambda: db.session.scalars(select(Assessment.plan).filter_by(title="细目表")).one()
    )
    assert [cell["n"] for cell in plan["cells"]] == [1, 1]


def test_more_cells_than_rows_make_rows(site, device, sign_in):
    _id, _name, staff_no = site.learner("", "trainer")
    site.do(lambda: b.bank(now()))
    page = sign_in(device(DESKTOP), staff_no, "/assessments/new")
    page.locator("[name=banks][value=objections]").check()
    page.locator("[name=paper][value=plan]").check()
    for kind in ("single", "multi"):
        page.locator(f"[data-type={kind}]").click()
        for difficulty in ("1", "2", "3", "4", "5", ""):
            cell = page.locator(f"[data-cell][data-competency=''][data-difficulty='{difficulty}']")
            cell.fill("1")
    assert page.locator("tr[data-row]").count() == 12
    page.locator("[data-blueprint]").get_by_text("共 12 题").wait_for()
    page.locator("[data-rows] summary").click()
    assert page.get_by_label("第 12 行，题数").input_value() == "1"


def test_one_paper_for_all_shows_no_keys_until_they_are_asked_for(site, device, sign_in):
    _id, _name, staff_no = site.learner("", "trainer")
    page = sign_in(device(DESKTOP), staff_no, "/assessments/new")
    keys = page.locator("[name=shows_keys]")
    assert keys.is_checked()
    page.locator("[name=issue][value=same]").check()
    assert not keys.is_checked()
    assert page.locator("[data-early]").is_hidden()
    page.locator("[name=feedback]").select_option("after_close")
    assert keys.is_checked()
    page.locator("[name=feedback]").select_option("after_submit")
    assert not keys.is_checked()
    keys.check()
    page.locator("[name=issue][value=parallel]").check()
    assert keys.is_checked(), "what the trainer chose stays"
    assert page.locator("[data-early]").is_visible()


SINGLE = """      - id: z-{n}
        type: single
        stem: 第 {n} 题选哪个
        options: {{A: 甲, B: 乙, C: 丙, D: 丁}}
        answer: A
"""


def test_a_test_of_18_items_is_typed_without_scrolling_sideways(site, device, sign_in):
    trainer_id, _name, staff_no = site.learner("", "trainer")

    def make():
        text = b.objective() + "".join(SINGLE.format(n=n) for n in range(14))
        made = b.assessment(trainer_id, now() - timedelta(hours=2), text=text, forms=1)
        b.assigned(made, site.person("Gao")[0], now())
        services.make_sheets(assessment_id=made, owner_id=trainer_id, seed="s", now=now())
        return made

    made = site.do(make)
    page = sign_in(device(DESKTOP), staff_no, f"/assessments/{made}/papers/entry")
    page.set_viewport_size({"width": 1280, "height": 800})
    assert page.locator("thead th").count() == 19
    wide, seen = page.locator("[data-grid]").evaluate("one => [one.scrollWidth, one.clientWidth]")
    assert wide <= seen, "no column is cut"
    look(page)
    # Where it has to scroll, the cell that is typed in comes out whole from under the name.
    page.set_viewport_size({"width": 700, "height": 800})
    cells = page.locator(".lb-cell")
    for at in (17, 3):
        cells.nth(at).focus()
        page.wait_for_timeout(200)
        left = cells.nth(at).evaluate("one => one.getBoundingClientRect().left")
        name = page.locator("tbody th").evaluate("one => one.getBoundingClientRect().right")
        assert left >= name - 1
