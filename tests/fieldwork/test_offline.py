"""A mentor at a customer's: the phone has no network, nothing is lost and nothing comes twice."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from app.accounts import services as accounts
from app.banks.services import load_paths
from app.competency import services as competency
from app.domain.tracks import Party
from app.fieldwork import services
from app.fieldwork.models import CheckSignature, FieldRecord
from app.kernel.clock import now, organisation_day
from app.kernel.db import session
from app.tracks import services as tracks
from app.tracks.models import TrackVersion
from tests import builders
from tests.browser.conftest import PHONE, device, gone, sign_in, site
from tests.browser.site import Site
from tests.tracks.conftest import BANKS

__all__ = ["device", "sign_in", "site"]
pytestmark = pytest.mark.timeout(300)


class Camp:
    """Somebody on the bootcamp with a mentor and a trainer, on a running server."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.enrolment, self.mentor, self.trainer, self.learner = site.do(self._build)

    def _build(self) -> tuple[int, str, str, str]:
        today, moment = organisation_day(now()), now()
        if not session().scalar(select(TrackVersion.id).limit(1)):
            source = (BANKS / "framework.yaml").read_bytes()
            competency.load_framework(source, actor_id=None, now=moment, today=today)
            load_paths([BANKS], root=BANKS, now=moment)
            tracks.load_folder(BANKS, actor_id=None, now=moment)
        boss = builders.user("", "manager")
        learner, mentor = self.site.person(), self.site.person("", "mentor")
        trainer = self.site.person("", "trainer")
        began = today - timedelta(days=15)
        (enrolment,) = tracks.enrol(
            person_ids=[learner[0]],
            slug="bootcamp",
            anchor_on=began,
            actor_id=boss.id,
            now=moment,
        )
        accounts.pair(
            mentor_id=mentor[0],
            trainee_id=learner[0],
            on=began,
            because="",
            actor_id=boss.id,
            now=moment,
        )
        return enrolment, mentor[2], trainer[2], learner[2]

    def path(self, activity: str) -> str:
        return f"/enrolments/{self.enrolment}/activities/{activity}/field"

    def records(self) -> list[dict[str, Any]]:
        def read() -> list[dict[str, Any]]:
            rows = session().scalars(
                select(FieldRecord)
                .where(FieldRecord.enrolment_id == self.enrolment)
                .order_by(FieldRecord.id)
            )
            return [{"marks": row.content["marks"], "verdict": row.verdict} for row in rows]

        return list(self.site.do(read))

    def signed(self) -> int:
        query = select(CheckSignature.id).where(CheckSignature.enrolment_id == self.enrolment)
        return len(self.site.do(lambda: session().scalars(query).all()))

    def file(self, activity: str) -> None:
        """Another device of the mentor's signs a sheet of today."""

        def write() -> None:
            today = organisation_day(now())
            one = services.queries.work(self.enrolment, activity, day=today)
            (mentor,) = one.parties[Party.MENTOR]
            services.file(
                enrolment_id=self.enrolment,
                activity_id=activity,
                filled=services.Filled(today, {"marks": {one.form.rows[0].id: 1}}, "other-device"),
                actor_id=mentor,
                now=now(),
            )

        self.site.do(write)


@pytest.fixture
def camp(site: Site) -> Camp:
    return Camp(site)


@pytest.fixture
def phone(device: Callable[..., BrowserContext], sign_in: Callable[..., Page], camp: Camp) -> Page:
    """The mentor's phone on the sheet of a joint visit."""
    return sign_in(device(PHONE), camp.mentor, camp.path("m-joint"))


def fill(page: Page, mark: str, *, not_yet: str = "") -> None:
    for row in page.locator("fieldset.lb-sheetrow").all():
        row.locator(f"label[for$='-{mark}']").first.click()
    page.locator(f"label[for=verdict-{'not_yet' if not_yet else 'yes'}]").click()
    if not_yet:
        page.fill("[name=because]", not_yet)
        page.fill("[name=again_on]", "2099-01-04")


def submit(page: Page) -> None:
    page.locator("form[data-draft] button.btn-primary").click()


def test_a_sheet_signed_online_is_there_at_once(phone, camp):
    fill(phone, "3")
    submit(phone)
    expect(phone.locator("#just-signed")).to_have_text("已签字，双方都能看到。")
    assert Axe().run(phone).response["violations"] == []
    assert [one["verdict"] for one in camp.records()] == ["yes"]
    expect(phone.locator("#outbox")).to_be_hidden()


def test_two_sheets_without_network_are_sent_once_each_when_it_is_back(phone, camp):
    phone.context.set_offline(True)
    fill(phone, "3")
    submit(phone)
    expect(phone.locator("#outbox")).to_contain_text("1 份在这台手机上")
    fill(phone, "1", not_yet="客户没有说到一半")
    submit(phone)
    expect(phone.locator("#outbox")).to_contain_text("2 份在这台手机上")
    assert Axe().run(phone).response["violations"] == []
    assert camp.records() == []
    phone.context.set_offline(False)
    # The second sheet is of the same day as the first, which this page had not seen.
    expect(phone.locator("#outbox")).to_contain_text("已经有一张表")
    assert len(camp.records()) == 1
    phone.get_by_role("button", name="是另一次").click()
    # From here on the page goes by itself to what was recorded.
    expect(phone.locator("#outbox")).to_be_hidden()
    assert [one["verdict"] for one in camp.records()] == ["yes", "not_yet"]


def test_an_answer_that_was_lost_on_the_way_back_makes_no_second_sheet(phone, camp):
    state = {"cut": True}

    def lose(route: Any) -> None:
        if state["cut"] and route.request.method == "POST":
            state["cut"] = False
            route.fetch()  # the server has it
            route.abort()  # the phone does not hear of it
        else:
            route.continue_()

    phone.route(re.compile(r"/field$"), lose)
    fill(phone, "4")
    submit(phone)
    expect(phone.locator("#outbox")).to_contain_text("1 份在这台手机上")
    assert len(camp.records()) == 1
    phone.reload()
    expect(phone.locator("#outbox")).to_be_hidden()
    assert len(camp.records()) == 1


def test_a_sheet_signed_as_the_page_closed_is_no_draft_any_more(phone, camp):
    """Else somebody writes on in what is signed, and what she changes is nowhere."""
    fill(phone, "4")
    phone.route(re.compile(r"/field$"), lambda route: route.fetch() and route.abort())
    submit(phone)
    expect(phone.locator("#outbox")).to_contain_text("1 份在这台手机上")
    # As the page was in the moment of the signature: the draft is there, and so is what waits.
    phone.evaluate(
        "() => { const [key] = Object.keys(localStorage).filter((one) => one.includes(':out:'));"
        " const entry = JSON.parse(localStorage.getItem(key));"
        " localStorage.setItem(entry.again, JSON.stringify(entry)); }"
    )
    phone.unroute_all()
    phone.goto(camp.path("m-joint"))
    expect(phone.locator("main .lb-list a").first).to_be_visible()
    assert phone.locator("fieldset.lb-sheetrow input:checked").count() == 0
    assert len(camp.records()) == 1


def test_a_draft_outlives_a_closed_page(phone, camp):
    fill(phone, "2", not_yet="开场没有征得同意")
    phone.context.set_offline(True)
    gone(phone)
    context = phone.context
    context.set_offline(False)
    page = context.new_page()
    page.goto(camp.path("m-joint"))
    expect(page.locator("[name=because]")).to_have_value("开场没有征得同意")
    assert page.locator("fieldset.lb-sheetrow input:checked").count() == 5
    submit(page)
    expect(page.locator("#just-signed")).to_be_visible()
    assert camp.records()[0]["verdict"] == "not_yet"
    page.goto(camp.path("m-joint"))
    assert page.locator("fieldset.lb-sheetrow input:checked").count() == 0, "no draft is left"


def test_what_another_device_signed_meanwhile_is_shown(phone, camp):
    phone.context.set_offline(True)
    fill(phone, "3")
    submit(phone)
    camp.file("m-joint")
    phone.context.set_offline(False)
    expect(phone.locator("#outbox")).to_contain_text("已经有一张表")
    phone.get_by_role("button", name="不送了").click()
    expect(phone.locator("#outbox")).to_be_hidden()
    phone.reload()
    assert len(camp.records()) == 1


def test_the_session_ended_meanwhile_and_nothing_is_lost(phone, camp, site):
    phone.context.set_offline(True)
    fill(phone, "3")
    submit(phone)
    names = select(builders.User.id).where(builders.User.staff_no == camp.mentor)
    site.end_sessions(site.do(lambda: session().scalars(names).one()))
    phone.context.set_offline(False)
    expect(phone.locator("#outbox")).to_contain_text("登录结束了")
    assert camp.records() == []
    phone.locator("#outbox a").click()
    phone.fill("[name=login]", camp.mentor)
    phone.fill("[name=password]", "a password of the tests")
    phone.locator("main form button[type=submit]").first.click()
    expect(phone.locator("main .lb-list a").first).to_be_visible()
    assert len(camp.records()) == 1


def test_trainer_and_learner_sign_the_list_each_on_a_phone_of_their_own(device, sign_in, camp):
    path = camp.path("d5-crm-checklist")
    trainer = sign_in(device(PHONE), camp.trainer, path)
    learner = sign_in(device(PHONE), camp.learner, path)
    trainer.context.set_offline(True)
    for box in trainer.locator("[name=rows]").all():
        box.check()
    trainer.get_by_role("button", name="身份签选中的").click()
    expect(trainer.locator("#outbox")).to_contain_text("1 份在这台手机上")
    for box in learner.locator("[name=rows]").all():
        box.check()
    learner.get_by_role("button", name="身份签选中的").click()
    expect(learner.locator("main")).to_contain_text("您这一方签完了")
    trainer.context.set_offline(False)
    expect(trainer.locator("h1 + .lb-head__sub")).to_contain_text("12 项全部签完")
    assert camp.signed() == 24


def test_on_the_phone_an_answered_row_shrinks_to_the_answer_and_opens_again(phone):
    row = phone.locator("fieldset.lb-sheetrow").first
    shown = row.locator(".lb-anchors label:visible")
    expect(shown).to_have_count(6)
    row.locator("label[for$='-3']").click()
    expect(shown).to_have_count(1)
    shown.click()
    expect(shown).to_have_count(6)
    row.locator("label[for$='-x']").click()
    expect(shown).to_have_count(1)
    assert Axe().run(phone).response["violations"] == []
    row.locator("input:checked").focus()
    phone.keyboard.press("ArrowUp")
    expect(shown).to_have_count(6)
