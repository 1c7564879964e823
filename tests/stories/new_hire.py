"""What the new hire does on a phone, from the first sign-in to the receipt."""

import re

from playwright.sync_api import expect

from app.domain.items import ShortAnswer
from tests.assessments.builders import response
from tests.stories.company import ONE_TIME, POST_COURSE, Company, answer_to, items_of
from tests.stories.conftest import Devices

OWN_PASSWORD = "her own long password"
LESSON = {"zh-CN": "二十分钟的完整首访", "en": "A whole first visit in twenty minutes"}
EXAM = {"zh-CN": "速成营 课后测试", "en": "Bootcamp post-course test"}
# Fifteen questions without a written answer, five points each: the five about the product wrong.
SECTIONS = ["20", "15", "15"]


def is_about_the_product(item) -> bool:
    return "product-knowledge" in item.competencies and not isinstance(item.body, ShortAnswer)


class NewHire:
    """One of the new hires, with a phone in her hand."""

    def __init__(self, company: Company, devices: Devices, name: str, locale: str, size: str):
        self.company, self.name, self.locale = company, name, locale
        self.page = devices.device(size, locale=locale)

    def say(self, text: str) -> str:
        return self.company.say(text, self.locale)

    def button(self, text: str):
        return self.page.get_by_role("button", name=self.say(text), exact=True)

    def fits(self) -> None:
        """Nothing of the page lies beside the screen."""
        width = self.page.viewport_size["width"]
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width, self.page.url

    # ------------------------------------------------------------ the door

    def signs_in_for_the_first_time(self) -> None:
        """With the one-time password, which is of no further use."""
        page, staff_no = self.page, self.company.people[self.name].staff_no
        if self.locale == "en":
            expect(page.locator("html")).to_have_attribute("lang", "en")
        self.fits()
        page.get_by_label(self.say("邮箱或工号")).fill(staff_no)
        page.get_by_label(self.say("密码"), exact=True).fill(ONE_TIME)
        self.button("登录").tap()
        expect(page.get_by_role("heading", name=self.say("设置自己的密码"))).to_be_visible()
        page.goto("/path")
        expect(page.get_by_role("heading", name=self.say("设置自己的密码"))).to_be_visible()
        self.fits()
        page.get_by_label(self.say("现在的密码")).fill(ONE_TIME)
        page.get_by_label(self.say("新密码"), exact=True).fill(OWN_PASSWORD)
        page.get_by_label(self.say("再填一次新密码")).fill(OWN_PASSWORD)
        self.button("启用新密码").tap()
        expect(page.locator(".lb-steps").first).to_be_visible()

    # ------------------------------------------------------------ today

    def reads_the_lesson_of_today(self) -> None:
        """It is the first thing to do; confirmed, it is done."""
        page, title = self.page, LESSON[self.locale]
        now = page.locator(".lb-steps li.is-now").first
        expect(now).to_have_count(1)
        expect(now).to_contain_text(title)
        expect(page.locator(".lb-days [aria-current=step]")).to_contain_text("7")
        self.fits()
        now.get_by_role("link").tap()
        expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
        expect(page.locator("article")).to_contain_text(re.compile("二十分钟|twenty minutes"))
        self.fits()
        self.button("我读完了").tap()
        expect(page.get_by_text(self.say("已记下，这一课读完了。"))).to_be_visible()
        done = page.locator(".lb-steps li.is-done", has_text=title)
        expect(done).to_contain_text(self.say("已完成"))

    # ------------------------------------------------------------ the test

    def starts_the_post_course_test(self) -> int:
        """From the step of today, over the page with the rules; gives the attempt's id."""
        page, title = self.page, EXAM[self.locale]
        page.locator(".lb-steps li", has_text=title).get_by_role("link").tap()
        expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
        expect(page.locator(".lb-hero")).to_contain_text("18")
        expect(page.locator(".lb-hero")).to_contain_text("100")
        self.fits()
        self.button("开始答题，开始计时").tap()
        page.wait_for_url(re.compile(r"/attempts/\d+$"))
        expect(page.locator(".lb-quiz__top [data-timer] b")).to_have_text(re.compile(r"4\d:\d\d"))
        self.fits()
        return self.company.attempt_of(self.name, self.company.exams[POST_COURSE])

    def answers(self, attempt_id: int) -> None:
        """All eighteen in their order; the connection is away from the sixth to the tenth."""
        page, types = self.page, []
        for number, item in enumerate(self.company.do(items_of, attempt_id), start=1):
            if number == 6:
                self.is_saved()
                page.context.set_offline(True)
            if number == 11:
                self.is_kept_on_the_device(attempt_id)
                page.context.set_offline(False)
                self.is_saved()
            here = page.locator(f"#q{number}")
            expect(here).to_be_visible()
            types.append(str(here.get_attribute("data-type")))
            self.fits()
            self.gives(attempt_id, item)
            if number < 18:
                page.locator("[data-next]").tap()
        assert set(types) == {"single", "multi", "true_false", "short"}
        self.is_saved()

    def gives(self, attempt_id: int, item) -> None:
        """One answer: what she knows right, what is about the product wrong."""
        answer = answer_to(item, is_wrong=is_about_the_product(item))
        n, wire = self.company.do(response, attempt_id, item.id, answer)
        if "text" in wire:
            self.page.locator(f"#q{n} textarea").fill(wire["text"])
            return
        letters = wire.get("options") or ("A" if wire["value"] else "B")
        for letter in letters:
            self.page.locator(f"label[for=q{n}{letter}]").tap()
        for letter in letters:
            expect(self.page.locator(f"#q{n}{letter}")).to_be_checked()

    def is_saved(self) -> None:
        said = self.say("已保存 {at}").replace("{at}", "")
        expect(self.page.locator("[data-saved]")).to_contain_text(said)

    def is_kept_on_the_device(self, attempt_id: int) -> None:
        """The page says so, and the server has nothing of it."""
        page = self.page
        offline = self.say("已离线，{n} 题在本机").replace("{n}", "5")
        expect(page.locator("[data-saved]")).to_have_text(offline)
        expect(page.locator("[data-note=offline]")).to_contain_text(
            self.say("网络断了，可以接着答。")
        )
        assert self.company.answered(attempt_id) == 5

    def hands_in(self, attempt_id: int) -> None:
        """Nothing is open; the receipt is there."""
        page = self.page
        page.locator("[data-next]").tap()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text(self.say("检查并交卷"))
        expect(dialog.get_by_role("link")).to_have_count(0)
        dialog.get_by_role("button", name=self.say("交卷"), exact=True).tap()
        page.wait_for_url(f"**/attempts/{attempt_id}/result")
        assert self.company.answered(attempt_id) == 18

    # ------------------------------------------------------------ afterwards

    def sees_receipt_and_first_scores(self) -> None:
        """Objective scores are there, the total waits for the marks."""
        page = self.page
        facts = page.locator(".lb-facts")
        receipt = facts.locator("div", has_text=self.say("回执")).locator("dd")
        expect(receipt).to_have_text(re.compile(r"[0-9a-f]{4} [0-9a-f]{4}"))
        expect(page.get_by_text(self.say("已交卷，等待评分"))).to_be_visible()
        expect(page.get_by_text(self.say("简答评完才有总分"))).to_be_visible()
        rows = page.locator("section[aria-labelledby=sec] tbody tr")
        expect(rows).to_have_count(4)
        for row, points in zip(rows.all(), SECTIONS, strict=False):
            expect(row.locator("td").nth(0)).to_have_text(points)
            expect(row.locator("td").nth(1)).to_have_text("25")
        expect(rows.nth(3).locator("td").nth(0)).to_have_text("—")
        expect(page.locator(".lb-score")).to_have_count(0)
        self.fits()
        page.goto("/")
        recent = page.locator("section[aria-labelledby=results] li", has_text=EXAM[self.locale])
        expect(recent).to_contain_text(self.say("等待评分"))

    def sees_the_total(self, attempt_id: int, total: str) -> None:
        """After the last mark."""
        self.page.goto(f"/attempts/{attempt_id}/result")
        expect(self.page.locator(".lb-score").first).to_have_text(re.compile(rf"{total}\s*/ 100"))
        expect(self.page.locator(".lb-tag--pass").first).to_have_text(self.say("通过"))


def whole_day(company: Company, devices: Devices, name: str, locale: str, size: str) -> NewHire:
    """Everything up to the receipt; gives her, the phone still in her hand."""
    her = NewHire(company, devices, name, locale, size)
    her.signs_in_for_the_first_time()
    her.reads_the_lesson_of_today()
    attempt_id = her.starts_the_post_course_test()
    her.answers(attempt_id)
    her.hands_in(attempt_id)
    her.sees_receipt_and_first_scores()
    return her
