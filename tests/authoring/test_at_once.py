"""Two people at the same moment, each with a connection of her own, on both databases: one wins,
the other gets the ordinary conflict page."""

import pytest
from sqlalchemy import func, select

from app.banks import queries, services
from app.banks.models import BankVersion
from app.kernel.db import session
from tests import builders
from tests.at_once import committed, copies, post_at_once
from tests.authoring.conftest import EXAMPLE, SLUG, fields
from tests.conftest import Page, Queries

__all__ = ["committed", "copies"]

EDIT = f"/banks/{SLUG}/edit"
ROUNDS = 6


@pytest.fixture(scope="module")
def furnish():
    def bank():
        builders.cast()
        services.load_paths([EXAMPLE], now=builders.START)

    return bank


@pytest.fixture
def people(committed, clock):
    """The pages of 陈老师 and 周老师, each with a session of her own, on a committed bank."""
    page = Page(committed, Queries(), clock)
    for who in ("陈老师", "周老师"):
        page(EDIT, as_=who)
    return page


def said(answers) -> list[int]:
    return sorted(status for status, _text in answers)


def form_of(page, item, who):
    return fields(page(f"{EDIT}?item={item}", as_=who).text)


def row():
    session().rollback()
    session().expire_all()
    return queries.working_copy(SLUG, 0, {"all"})


def items():
    return [one.id for one in queries.latest_bank(SLUG).bank.items]


def test_two_saves_of_one_item(people) -> None:
    item = items()[0]
    for n in range(ROUNDS):
        sent = [form_of(people, item, who) for who in ("陈老师", "周老师")]
        for form, who in zip(sent, "甲乙", strict=True):
            form["stem.zh-CN"] = [f"{who} 第 {n} 次写的题干"]
        answers = post_at_once(people, ("陈老师", EDIT, sent[0]), ("周老师", EDIT, sent[1]))
        assert said(answers) == [302, 409]
        lost = next(text for status, text in answers if status == 409)
        assert "被别人改过" in lost
        kept = [who for who in "甲乙" if f"{who} 第 {n} 次写的题干" in row().source]
        assert len(kept) == 1, "one of them, whole"
        assert all(f"{who} 第 {n} 次写的题干" in lost for who in "甲乙"), "nothing lost, both shown"


def test_two_saves_of_two_items_are_both_kept(people) -> None:
    first, second = items()[:2]
    for n in range(ROUNDS):
        one, other = form_of(people, first, "陈老师"), form_of(people, second, "周老师")
        one["stem.zh-CN"], other["stem.zh-CN"] = [f"甲 {n} 写的题干"], [f"乙 {n} 写的题干"]
        answers = post_at_once(people, ("陈老师", EDIT, one), ("周老师", EDIT, other))
        assert said(answers) == [302, 302]
        assert f"甲 {n} 写的题干" in row().source
        assert f"乙 {n} 写的题干" in row().source


def waiting_version(page, n) -> int:
    item = items()[0]
    form = form_of(page, item, "陈老师")
    form["stem.zh-CN"] = [f"第 {n} 次提交的题干"]
    page(EDIT, as_="陈老师", data=form)
    page(f"/banks/{SLUG}/submit", as_="陈老师", data={"revision": row().revision, "reason": "改"})
    (found,) = queries.waiting(SLUG)
    return found.number


def published(number) -> bool:
    session().rollback()
    statement = select(func.count()).where(
        BankVersion.number == number, BankVersion.published_at.is_not(None)
    )
    return session().scalar(statement) == 1


def test_approving_twice(people) -> None:
    for n in range(ROUNDS):
        number = waiting_version(people, n)
        call = ("周老师", f"/banks/{SLUG}/approval/{number}", {})
        answers = post_at_once(people, call, ("admin", *call[1:]))
        assert said(answers) == [302, 409]
        lost = next(text for status, text in answers if status == 409)
        assert "已经不在等审核" in lost
        assert "已发布" in lost
        assert published(number)


def test_approving_and_sending_back(people) -> None:
    for n in range(ROUNDS):
        number = waiting_version(people, n)
        url = f"/banks/{SLUG}/approval/{number}"
        answers = post_at_once(
            people, ("周老师", url, {}), ("admin", f"{url}/back", {"reason": "答案不对"})
        )
        assert said(answers) == [302, 409]
        assert queries.waiting(SLUG) == []


def test_approving_and_submitting_again(people) -> None:
    for n in range(ROUNDS):
        number = waiting_version(people, f"{n} 前")
        form = form_of(people, items()[0], "陈老师")
        form["stem.zh-CN"] = [f"第 {n} 次再提交的题干"]
        people(EDIT, as_="陈老师", data=form)
        again = {"revision": row().revision, "reason": "再改"}
        answers = post_at_once(
            people,
            ("周老师", f"/banks/{SLUG}/approval/{number}", {}),
            ("陈老师", f"/banks/{SLUG}/submit", again),
        )
        assert answers[1][0] == 302, "what she wrote waits in any case"
        assert answers[0][0] in {302, 409}
        assert published(number) == (answers[0][0] == 302)
        (waits,) = queries.waiting(SLUG)
        assert waits.number == number + 1
        people(f"/banks/{SLUG}/approval/{waits.number}", as_="周老师", data={})


def test_two_banks_of_one_name(people) -> None:
    for n in range(ROUNDS):
        form = {"title": "新题库", "slug": f"same-{n}", "belongs": "shared"}
        calls = [(who, "/banks/new", form) for who in ("陈老师", "周老师")]
        answers = post_at_once(people, *calls)
        assert said(answers) == [302, 409]
        assert "已经有题库用了这个编号" in "".join(text for _status, text in answers)
