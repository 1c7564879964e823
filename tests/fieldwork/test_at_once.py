"""Two at the same moment, each with a connection of her own, on both databases."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from app.accounts.models import Mentorship, User
from app.competency.models import Evidence
from app.fieldwork.models import FieldRecord
from app.kernel.db import session
from tests import builders
from tests.at_once import committed, copies, statuses
from tests.conftest import Page, Queries
from tests.fieldwork.conftest import MONDAY
from tests.tracks.conftest import Bootcamp

__all__ = ["committed", "copies"]

NEW = ("新人甲", "新人乙", "新人丙", "新人丁")


def named(name):
    return session().scalars(select(User).where(User.name == name)).one()


@pytest.fixture(scope="module")
def furnish():
    return newcomers


@pytest.fixture
def page(committed, clock):
    """Pages of the cast on a committed database, with four newcomers on the bootcamp."""
    found = Page(committed, Queries(), clock)
    for who in ("李经理", "带教人", "陈老师", "新人甲", "HR"):
        found("/", as_=who)
    return found


def newcomers():
    """Four on the shipped bootcamp, and a mentor long enough with the company."""
    builders.cast()
    builders.shipped()
    east = session().scalars(select(builders.Unit).where(builders.Unit.name == "华东一组")).one()
    for name in NEW:
        builders.user(name, unit=east)
    Bootcamp(named, SimpleNamespace(now=builders.START)).enrol(*NEW)
    named("带教人").hire_on = MONDAY - timedelta(days=400)


def pairing(who, name):
    form = {"mentor": named("带教人").id, "on": MONDAY.isoformat(), "because": "只有他有空"}
    return who, f"/mentoring/{named(name).id}", form


def enrolment(name):
    from app.tracks.models import Enrolment

    query = select(Enrolment.id).where(Enrolment.person_id == named(name).id)
    return session().scalars(query).one()


def test_a_mentor_never_gets_a_fourth_trainee_by_two_managers_at_once(page):
    page(pairing("李经理", "新人甲")[1], as_="李经理", data=pairing("李经理", "新人甲")[2])
    page(pairing("李经理", "新人乙")[1], as_="李经理", data=pairing("李经理", "新人乙")[2])
    found = statuses(page, pairing("李经理", "新人丙"), pairing("HR", "新人丁"))
    assert sorted(found) == [302, 409]
    load = select(func.count()).where(
        Mentorship.mentor_id == named("带教人").id, Mentorship.valid_to.is_(None)
    )
    assert session().scalar(load) == 3


def test_a_sheet_sent_by_two_windows_at_once_is_one(page):
    who, url, form = pairing("李经理", "新人甲")
    page(url, as_=who, data=form)
    marks = {f"m-{row}": "3" for row in ("prepare", "lead", "benefit", "commitment", "record")}
    posted = {"key": "one-key-twice", "happened_on": str(MONDAY), "verdict": "yes", **marks}
    url = f"/enrolments/{enrolment('新人甲')}/activities/m-joint/field"
    assert statuses(page, *[("带教人", url, posted)] * 2) == [302, 302]
    assert session().scalar(select(func.count()).select_from(FieldRecord)) == 1


def test_two_last_signatures_at_once_complete_the_list_once(page):
    url = f"/enrolments/{enrolment('新人甲')}/activities/d5-crm-checklist/field/signatures"
    rows = [
        "dedupe", "customer", "contacts", "opportunity", "visit", "next-step", "stage", "summary",
        "concession", "close-date", "lost", "funnel",
    ]  # fmt: skip
    found = statuses(
        page,
        ("陈老师", url, {"key": "trainers-key", "rows": rows}),
        ("新人甲", url, {"key": "learners-key", "rows": rows}),
    )
    assert found == [302, 302]
    kept = select(func.count()).where(Evidence.source_type == "field_checklist")
    assert session().scalar(kept) == 2, "one row for each of its two competencies"
