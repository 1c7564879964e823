"""What the manager does before a review, and what those she looks at see of it."""

import re
import zipfile
from datetime import timedelta
from pathlib import Path

import pypdfium2
from playwright.sync_api import Download, Locator, Page, expect

from app.kernel import clock
from tests.stories.company import TEAM, Company, worker
from tests.stories.conftest import Devices
from tests.stories.new_hire import NewHire

REVIEW = "2026 下半年"
KNOWLEDGE = "产品知识"
TEST = "速成营 课后测试"
GOAL = "独立算对含阶梯与预付的报价"
PROOF = "产品知识重考 80 分以上"


class Manager:
    """周经理 with a wide screen."""

    def __init__(self, company: Company, devices: Devices, subject: str) -> None:
        self.company, self.subject = company, subject
        self.page: Page = devices.sign_in("周经理")

    def opens_the_team(self) -> None:
        page = self.page
        page.goto("/")
        page.get_by_role("link", name="团队", exact=True).first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(TEAM)

    def cell(self) -> Locator:
        """What the subject knows of the product, in the matrix."""
        return self.page.get_by_role("link", name=re.compile(f"^{self.subject} {KNOWLEDGE}："))

    def sees_an_open_question(self) -> None:
        """Before the test is marked: enough evidence, and no answer yet."""
        self.opens_the_team()
        expect(self.cell()).to_have_accessible_name(
            f"{self.subject} {KNOWLEDGE}：L2，未定，期望 L3"
        )
        expect(self.page.locator("section[aria-labelledby=l1]")).not_to_contain_text(self.subject)

    # ------------------------------------------------------------ a review

    def sets_a_review(self) -> None:
        """Name, day, the whole team; from its page to the team."""
        page = self.page
        page.goto("/")
        page.get_by_role("link", name="评估", exact=True).click()
        page.get_by_role("link", name="新建评估").first.click()
        page.get_by_role("button", name="保存评估").click()
        expect(page.get_by_role("alert")).to_contain_text("名称")
        page.get_by_label("名称").fill(REVIEW)
        on = clock.organisation_day(clock.now()) + timedelta(days=20)
        page.get_by_label("评估日").fill(on.isoformat())
        page.get_by_label(TEAM, exact=True).check()
        page.get_by_role("button", name="保存评估").click()
        page.get_by_role("link", name="看团队页").click()
        facts = page.locator("dl.lb-facts").first
        expect(facts).to_contain_text(REVIEW)
        expect(facts).to_contain_text("还有 20 天")

    # ------------------------------------------------------------ the gap and its evidence

    def sees_the_gap_with_its_evidence(self) -> None:
        """In the matrix, in the list, in the ledger, where the test is a row with its weight."""
        page = self.page
        expect(self.cell()).to_have_accessible_name(
            f"{self.subject} {KNOWLEDGE}：L1，差距 2 级，期望 L3"
        )
        gaps = page.locator("section[aria-labelledby=l1] li").filter(has_text=self.subject)
        expect(gaps).to_contain_text(KNOWLEDGE)
        expect(gaps).to_contain_text("期望 L3，现 L1")
        self.cell().click()
        expect(page.get_by_role("heading", level=1, name=self.subject)).to_be_visible()
        expect(page.get_by_role("heading", name=f"{KNOWLEDGE}的证据账本")).to_be_visible()
        row = page.locator("section[aria-labelledby=led] tbody tr").filter(has_text=TEST)
        expect(row).to_have_count(1)
        expect(row).to_contain_text(re.compile(r"\d+%"))
        ledger = page.locator("section[aria-labelledby=led]")
        weights = ledger.locator("tbody td:nth-child(7)").all_inner_texts()
        assert sum(int(weight.rstrip("%")) for weight in weights) == 100
        assert float(row.locator("td").nth(2).inner_text()) < 60, "the product half was wrong"
        expect(page.locator("section[aria-labelledby=tests]")).to_contain_text(
            re.compile(rf"{TEST}.*66\.5", re.DOTALL)
        )

    # ------------------------------------------------------------ plan

    def writes_a_plan(self) -> None:
        """One goal; a goal without a day is asked for it, and keeps what was typed."""
        page = self.page
        goal = page.get_by_role("group", name="目标 1")
        goal.get_by_label("目标", exact=True).fill(GOAL)
        goal.get_by_label("对应能力").select_option(label=KNOWLEDGE)
        goal.get_by_label("在工作中做").fill("每份报价先自己算一遍，再请经理核对")
        goal.get_by_label("用什么证明").fill(PROOF)
        page.get_by_role("button", name="保存计划").click()
        expect(goal.get_by_label("期限")).to_have_attribute("aria-invalid", "true")
        expect(goal.get_by_label("目标", exact=True)).to_have_value(GOAL)
        due = clock.organisation_day(clock.now()) + timedelta(days=45)
        goal.get_by_label("期限").fill(due.isoformat())
        page.get_by_role("button", name="保存计划").click()
        expect(page.get_by_text("计划已保存")).to_be_visible()
        expect(goal.get_by_label("目标", exact=True)).to_have_value(GOAL)

    # ------------------------------------------------------------ on paper

    def downloads_the_pack(self) -> None:
        """Two pages and the ledger; its names and figures are those of the page."""
        page = self.page
        page.get_by_role("button", name="生成评审包").click()
        expect(page.get_by_role("link", name="评审包 PDF")).to_be_visible()
        figures = profile(page)
        with page.expect_download() as coming:
            page.get_by_role("link", name="评审包 PDF").click()
        pages = texts(saved(coming.value, self.company.folder))
        assert len(pages) >= 3
        front, appendix = "".join(pages[:2]), "".join(pages[2:])
        assert "证据账本" in appendix
        assert "证据账本" not in front
        code = page.locator("dl.lb-facts dd", has_text=re.compile(r"^[0-9A-Z-]{8,}$")).inner_text()
        for said in (self.subject, "周经理", REVIEW, code, GOAL, PROOF):
            assert bare(said) in front, said
        for line in figures:
            for said in line:
                assert bare(said) in front, (said, line)
        for title in (TEST, "产品知识 课后测试", "66.5"):
            assert bare(title) in front + appendix

    def fetches_the_packs_of_the_team(self) -> None:
        """A job with progress; the zip holds a PDF of each."""
        page = self.page
        self.opens_the_team()
        page.get_by_role("link", name=REVIEW).first.click()
        page.get_by_role("button", name="生成全队评审包").click()
        status = page.locator("main section [role=status]")
        expect(status).to_contain_text("排队中")
        expect(page.get_by_role("progressbar")).to_be_visible()
        with worker(self.company):
            expect(status).to_contain_text("做好了", timeout=60_000)
        with page.expect_download() as coming:
            page.get_by_role("link", name=re.compile("下载")).click()
        path = saved(coming.value, self.company.folder)
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            assert len(names) == 5
            found = next(name for name in names if name.startswith(self.subject))
            inside = self.company.folder / "one.pdf"
            inside.write_bytes(archive.read(found))
        front = "".join(texts(inside)[:2])
        assert bare(f"{self.subject}") in front
        assert bare(GOAL) in front
        expect(page.locator(".lb-side")).to_contain_text("1 条未读")


def profile(page: Page) -> list[tuple[str, ...]]:
    """Name, level, call, certainty, evidence of every competency, as the page shows them."""
    rows = page.locator("section[aria-labelledby=prof] tbody tr")
    found = rows.evaluate_all(
        "rows => rows.map(row => [row.querySelector('th'), ...[0, 2, 3, 4].map("
        "n => row.querySelectorAll('td')[n])].map(cell => cell.innerText.trim()))"
    )
    assert found
    return [tuple(re.sub(r"^[✓−?]\s*", "", said) for said in row) for row in found]


def saved(download: Download, folder: Path) -> Path:
    path = folder / download.suggested_filename
    download.save_as(path)
    return path


def texts(path: Path) -> list[str]:
    """The text of each page without white space."""
    document = pypdfium2.PdfDocument(path)
    try:
        return [bare(page.get_textpage().get_text_bounded()) for page in document]
    finally:
        document.close()


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def she_sees_the_same(her: NewHire, shown: list[tuple[str, ...]]) -> None:
    """The rep on her phone: the same page, the same figures, and the goal."""
    page = her.page
    page.goto("/profile")
    assert profile(page) == shown
    expect(page.get_by_text(GOAL)).to_be_visible()
    expect(page.get_by_role("button", name="保存计划")).to_have_count(0)
    her.fits()


def the_look_is_in_the_log(company: Company, devices: Devices, subject: str) -> None:
    """The administrator sees who looked at whom; the rep's look at herself is no news."""
    page = devices.sign_in("安管理")
    page.get_by_role("link", name="访问记录").first.click()
    rows = page.locator("tbody tr")
    for kind in ("看能力档案", "导出评估资料"):
        line = rows.filter(has_text=kind).filter(has_text="周经理").filter(has_text=subject)
        expect(line.first).to_be_visible()
    expect(rows.filter(has_text="看能力档案").filter(has_not_text="周经理")).to_have_count(0)


def whole_day(company: Company, devices: Devices, her: NewHire) -> None:
    """All of it, after the marks."""
    she = Manager(company, devices, her.name)
    she.sets_a_review()
    she.sees_the_gap_with_its_evidence()
    she.writes_a_plan()
    shown = profile(she.page)
    she.downloads_the_pack()
    she.fetches_the_packs_of_the_team()
    she_sees_the_same(her, shown)
    the_look_is_in_the_log(company, devices, her.name)
