"""What the trainer does at a desk: make, assign, try, watch, mark by keyboard."""

import re

from playwright.sync_api import Locator, Page, expect
from python_calamine import CalamineWorkbook

from app.kernel import clock
from tests.stories.company import POST_COURSE, TEAM, Company
from tests.stories.conftest import Devices

WEEKLY = "异议处理 周测"
DRAWN = "CRM 与产品 抽题小测"
MOST_TABS = 60


class Trainer:
    """叶老师 with a wide screen."""

    def __init__(self, company: Company, devices: Devices) -> None:
        self.company = company
        self.page: Page = devices.sign_in("叶老师")

    # ------------------------------------------------------------ make and assign

    def makes_a_test_from_a_bank(self) -> int:
        """With the bank's own sections; gives the assessment's id."""
        page = self.page
        page.goto("/")
        page.get_by_role("link", name="测验安排", exact=True).click()
        page.get_by_role("link", name="新建测验").first.click()
        page.get_by_label("名称", exact=True).fill(WEEKLY)
        page.locator("[name=banks][value=objection-handling]").check()
        page.get_by_label("按题库自己的结构").check()
        page.get_by_label("限时（分钟）").fill("40")
        page.get_by_label("及格线（%）").fill("70")
        return self._makes()

    def makes_a_test_by_plan(self) -> int:
        """Items drawn from two banks; what is wrong is said, and nothing typed is lost."""
        page = self.page
        page.goto("/assessments/new")
        page.get_by_label("名称", exact=True).fill(DRAWN)
        page.locator("[name=banks][value=crm-operations]").check()
        page.locator("[name=banks][value=product-knowledge]").check()
        page.get_by_label("按下面的组卷方案抽题").check()
        page.get_by_role("button", name="建好测验").click()
        expect(page.get_by_role("alert")).to_contain_text("1 处要改")
        expect(page.get_by_label("名称", exact=True)).to_have_value(DRAWN)
        if not page.locator("[data-rows]").evaluate("rows => rows.open"):
            page.get_by_text("按行写", exact=True).click()
        self._row(1, n="3", competency="CRM 操作", kind="single", points="20")
        self._row(2, n="4", competency="产品知识", kind="true_false", points="10")
        return self._makes()

    def _row(self, number: int, *, n: str, competency: str, kind: str, points: str) -> None:
        def cell(what: str) -> Locator:
            return self.page.get_by_label(f"第 {number} 行，{what}", exact=True)

        cell("题数").fill(n)
        cell("能力").select_option(label=competency)
        cell("题型").select_option(kind)
        cell("每题分值").fill(points)

    def _makes(self) -> int:
        page = self.page
        page.get_by_role("button", name="建好测验").click()
        expect(page.get_by_text("测验建好了。下一步：布置给人。")).to_be_visible()
        found = re.search(r"/assessments/(\d+)/assign", page.url)
        assert found is not None
        return int(found[1])

    def assigns_it_to_the_team(self, assessment_id: int) -> None:
        """Five sellers are in it."""
        page = self.page
        page.goto(f"/assessments/{assessment_id}/assign")
        page.get_by_label("团队（含下级）").select_option(label=f"　　{TEAM}")
        page.get_by_role("button", name="布置", exact=True).click()
        expect(page.get_by_text("新布置了 5 人。")).to_be_visible()
        self.sees(已布置=5, 已开始=0, 已交=0, 通过=0, 缺考=0, 等待评分=0)

    # ------------------------------------------------------------ try

    def tries_it(self, assessment_id: int) -> None:
        """The paper is as planned, the try says that it does not count, and it does not."""
        page = self.page
        page.goto(f"/assessments/{assessment_id}")
        before = self.figures()
        page.get_by_role("button", name="试做一遍").click()
        page.wait_for_url(re.compile(r"/attempts/\d+$"))
        expect(page.get_by_text("预览，不计分")).to_be_visible()
        kinds = page.locator("[data-type]").evaluate_all("all => all.map(q => q.dataset.type)")
        assert sorted(kinds) == ["single"] * 3 + ["true_false"] * 4
        page.keyboard.press("a")
        expect(page.locator("[data-saved]")).to_contain_text("已保存")
        page.locator("[data-review]:visible").first.click()
        expect(page.get_by_role("dialog")).to_contain_text("还有 6 题没有作答")
        page.locator("[data-hand-in]").click()
        page.wait_for_url("**/result")
        expect(page.get_by_text("这是预览，不计成绩，也不进能力档案。")).to_be_visible()
        page.goto(f"/assessments/{assessment_id}")
        assert self.figures() == before
        expect(page.get_by_role("row", name=re.compile("叶老师"))).to_have_count(0)

    # ------------------------------------------------------------ watch

    def watches(self, assessment_id: int) -> None:
        """Who has started, handed in, waits, is absent; the sheet says the same."""
        company, page = self.company, self.page
        moment = clock.now()
        company.do(company.sit, "沈知意", assessment_id, moment)
        company.do(company.start, "何以宁", assessment_id, moment)
        company.due_time_passes("陆远航", assessment_id)
        page.goto(f"/assessments/{assessment_id}")
        self.sees(已布置=5, 已开始=2, 已交=1, 通过=0, 缺考=1, 等待评分=1)
        for name, state in self.states().items():
            row = page.get_by_role("row").filter(has_text=name)
            expect(row).to_contain_text(state)
        with page.expect_download() as coming:
            page.get_by_role("link", name="下载表格").click()
        path = company.folder / "monitor.xlsx"
        coming.value.save_as(path)
        heads, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        table = [dict(zip(heads, row, strict=True)) for row in rows]
        assert {row["姓名"]: row["状态"] for row in table} == self.states()
        assert {row["团队"] for row in table} == {TEAM}
        shown = page.locator("section[aria-labelledby=who] tbody th").all_inner_texts()
        assert [row["姓名"] for row in table] == shown

    @staticmethod
    def states() -> dict[str, str]:
        return {
            "陆远航": "缺考",
            "沈知意": "等待评分",
            "何以宁": "作答中",
            "方小满": "未开始",
            "Amy Lin": "未开始",
        }

    def figures(self) -> dict[str, int]:
        """The figures on top of the monitor."""
        parts = self.page.locator("dl.lb-facts").first
        labels = parts.locator("dt").all_inner_texts()
        return dict(zip(labels, map(int, parts.locator("dd").all_inner_texts()), strict=True))

    def sees(self, **wanted: int) -> None:
        figures = self.figures()
        assert {label: figures[label] for label in wanted} == wanted

    # ------------------------------------------------------------ mark

    def marks_by_keyboard(self, attempt_id: int) -> None:
        """The three written answers of the new hire; with the last one her score is final.

        `2 + 2` of ten for the first, all for the second, a free mark for the third.
        """
        page = self.page
        page.goto("/marking")
        deeds = {
            "冷库维保": ["1", "4"],
            "阶段按客户的行为推进": ["1", "2", "3", "4"],
            "三条具体做法": None,
        }
        for left, (words, keys) in zip((2, 1, 0), deeds.items(), strict=True):
            self._opens_the_question_about(words)
            expect(page.locator(".lb-work")).to_contain_text("姓名已隐藏")
            for name in self.company.people:
                if name != "叶老师":
                    expect(page.locator("main")).not_to_contain_text(name)
            self._gives(keys)
            expect(page.get_by_text("这一题没有在等的作答了。")).to_be_visible()
            assert self.company.is_final(attempt_id) == (left == 0)

    def _gives(self, keys: list[str] | None) -> None:
        page = self.page
        if keys is None:
            page.keyboard.press(".")
            page.keyboard.type("2.5")
            page.keyboard.press("Escape")
            page.keyboard.press("c")
            page.keyboard.type("CRM 那一条还缺一个日期。")
            page.keyboard.press("Escape")
            expect(page.locator("[data-total]")).to_have_text("2.5")
        else:
            for key in keys:
                page.keyboard.press(key)
            expect(page.locator("[name=criteria]:checked")).to_have_count(len(keys))
        page.keyboard.press("Enter")

    def _opens_the_question_about(self, words: str) -> None:
        row = self.page.locator("li").filter(has_text=words).filter(has_text="速成营 课后测试")
        self._tabs_to(row.get_by_role("button", name="开始评"))
        self.page.keyboard.press("Enter")
        expect(self.page.locator("#mark")).to_be_visible()
        expect(self.page.locator(".lb-desk")).to_contain_text(words)

    def _tabs_to(self, target: Locator) -> None:
        """As somebody without a mouse gets there."""
        for _ in range(MOST_TABS):
            if target.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{target} is not reached by the Tab key")


def whole_day(company: Company, devices: Devices, new_hire: str) -> int:
    """All of it; gives the id of the test that was made from a bank."""
    he = Trainer(company, devices)
    weekly = he.makes_a_test_from_a_bank()
    he.assigns_it_to_the_team(weekly)
    drawn = he.makes_a_test_by_plan()
    he.assigns_it_to_the_team(drawn)
    he.tries_it(drawn)
    he.page.goto(f"/assessments/{weekly}")
    he.watches(weekly)
    he.marks_by_keyboard(company.attempt_of(new_hire, company.exams[POST_COURSE]))
    return weekly
