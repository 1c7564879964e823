"""What a hand does on the preview: keys by keyboard alone, each cure of a total, hostile texts."""

import base64
import re

import pytest
from playwright.sync_api import Page, expect

from app.banks import queries as banks
from app.banks.loader import load_text
from tests.browser.test_every_page import problems

pytestmark = pytest.mark.timeout(180)
ITEMS = 60
WITHOUT = [n for n in range(ITEMS) if n % 3 == 1]
SLIP = """销售复盘小测
四、简答题（每题 10 分，共 25 分）
1. 请说明“以客户为中心”的含义。
参考答案：先看客户的目标。
2. 写出您目前遇到的难点和对策。
参考答案：一个难点，两条对策。
3. 提出三条具体的改进建议。
参考答案：三条，各有时间。
"""
EVEN = SLIP.replace("共 25 分", "共 24 分")
RUNS = "<script>window.hit=1</script><img src=x onerror=window.hit=2><svg onload=window.hit=3>"
LINK = '<a href="javascript:window.hit=4">x</a><iframe src="javascript:parent.hit=5"></iframe>'


def read(page: Page, text: str) -> None:
    page.goto("/banks/import")
    page.get_by_label("粘贴题目").fill(text)
    page.get_by_role("button", name="读一读").click()
    page.wait_for_url(re.compile(r"/banks/import/\d+$"))


def sixty() -> str:
    """Sixty single choices, every third without a key."""
    rows = ["一、单选题（每题1分，共60分）"]
    for n in range(ITEMS):
        key = " " if n in WITHOUT else "ABC"[n % 3]
        rows.append(f"{n + 1}. 第 {n + 1} 位客户先要什么（{key}）")
        rows += [f"A. 资料{n}", f"B. 报价{n}", f"C. 样品{n}"]
    return "\n".join(rows)


def test_twenty_missing_keys_of_sixty_items_take_forty_one_strokes(site, desk):
    """One to begin, a letter and Enter for each; nobody walks past the forty filled ones."""
    page = desk(site.learner("许老师", "trainer"))
    read(page, sixty())
    expect(page.locator("[data-without]")).to_have_text("20")
    strokes = 0

    def press(key: str) -> None:
        nonlocal strokes
        strokes += 1
        page.keyboard.press(key)

    press("Enter")
    for n in WITHOUT:
        expect(page.locator(f"#i{n}")).to_be_focused()
        press("b")
        press("Enter")
    assert strokes == 41
    expect(page.locator("[data-without]")).to_have_text("0")
    expect(page.locator("[data-state]")).to_contain_text("已保存")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("读懂 60 题，都有答案")
    for n in WITHOUT:
        expect(page.locator(f"#i{n}-B")).to_be_checked()


def test_a_text_is_left_for_the_next_missing_one_without_the_mouse(site, desk):
    page = desk(site.learner("曹老师", "trainer"))
    read(
        page,
        "一、简答题（每题5分）\n1. 请说明甲？\n2. 请说明乙？\n参考答案：乙的要点\n3. 请说明丙？\n",
    )
    page.keyboard.press("Enter")
    page.keyboard.insert_text("甲的要点")
    page.keyboard.press("Control+Enter")
    page.keyboard.insert_text("丙的要点")
    expect(page.locator("#i2-model")).to_have_value("丙的要点")
    expect(page.locator("#i1-model")).to_have_value("乙的要点")


@pytest.mark.parametrize(
    ("text", "cure", "codes"),
    [
        (SLIP, "总分改为 30 分", set()),
        (SLIP, "先不改，提交审核前再定", {"E301"}),
        (EVEN, "每题改为 8 分", set()),
        (EVEN, "总分改为 30 分", set()),
    ],
    ids=["the sum", "later", "each", "the sum of an even one"],
)
def test_each_cure_of_a_total_is_saved_as_chosen(site, desk, text, cure, codes):
    trainer = site.learner("严老师", "trainer")
    page = desk(trainer)
    read(page, text)
    expect(page.locator("#total-s0")).to_contain_text("E301")
    page.get_by_label(cure).check()
    expect(page.locator("[data-state]")).to_contain_text("已保存")
    if not codes:
        expect(page.locator("#total-s0 .lb-find--err")).to_have_count(0)
    assert problems(page) == []
    slug = page.get_by_label("题库编号").input_value()
    page.locator("#import").get_by_role("button", name="保存为题库").click()
    page.wait_for_url(f"**/banks/{slug}/edit**")
    source = site.do(lambda: banks.working_copy(slug, trainer[0], {"own"}).source)
    assert {problem.code for problem in load_text(source).errors} == codes


def qti_item(stem: str) -> str:
    return (
        '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i" title="t">'
        '<responseDeclaration identifier="R" cardinality="single" baseType="identifier">'
        "<correctResponse><value>A</value></correctResponse></responseDeclaration><itemBody><p>先"
        f'{stem}</p><choiceInteraction responseIdentifier="R" maxChoices="1">'
        f'<simpleChoice identifier="A">甲{stem}</simpleChoice>'
        f'<simpleChoice identifier="B">乙</simpleChoice></choiceInteraction></itemBody>'
        "</assessmentItem>"
    )


def moodle(stem: str) -> str:
    svg = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg' onload='parent.hit=6'/>")
    return (
        '<quiz><question type="multichoice"><name><text>n</text></name><questiontext format="html">'
        f'<text><![CDATA[先{stem}<img src="@@PLUGINFILE@@/x.png">]]></text>'
        f'<file name="x.png" encoding="base64">{svg.decode()}</file></questiontext>'
        f'<answer fraction="100"><text><![CDATA[甲{stem}]]></text></answer>'
        '<answer fraction="0"><text>乙</text></answer></question></quiz>'
    )


XHTML = RUNS.replace("<img src=x onerror=window.hit=2>", '<img src="x" onerror="window.hit=2"/>')
XHTML = XHTML.replace("<svg onload=window.hit=3>", '<svg onload="window.hit=3"/>')
HOSTILE = {
    "text": (
        "t.txt",
        f"1. 先做什么{RUNS}{LINK}？\nA. 甲{RUNS}\nB. 乙{LINK}\n答案：A{RUNS}\n{RUNS}\n",
    ),
    "csv": ("t.csv", f'题干,选项A,选项B,答案\n"先{RUNS}{LINK}","甲{RUNS}",乙,A\n'),
    "moodle": ("m.xml", moodle(RUNS + LINK)),
    "qti": ("q.xml", qti_item(XHTML + LINK)),
    "gift": ("g.gift", f"::q::[html]先{RUNS.replace('=', chr(92) + '=')} {{=甲 ~乙}}\n"),
    "name": (f"{RUNS}.txt".replace("/", ""), "1. 先做什么？\nA. 甲\nB. 乙\n答案：A\n"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_nothing_of_a_hostile_file_runs_in_the_preview(site, desk, kind):
    name, text = HOSTILE[kind]
    page = desk(site.learner("戴老师", "trainer"))
    page.goto("/banks/import")
    page.locator("[type=file]").set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": text.encode()}
    )
    page.get_by_role("button", name="读一读").click()
    page.wait_for_url(re.compile(r"/banks/import/\d+$"))
    expect(page.locator("[data-item]")).not_to_have_count(0)
    page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
    page.locator("[data-item]").first.focus()
    page.keyboard.press("b")
    expect(page.locator("[data-state]")).to_contain_text("已保存")
    page.wait_for_timeout(200)
    assert page.evaluate("window.hit") is None
    shown = "main script, main iframe, main [onerror], main [onload], main a[href^=javascript]"
    assert page.locator(shown).count() == 0
    assert problems(page) == []
