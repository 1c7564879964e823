"""A trainer's pages: the list, a bank with keys, and the same as a learner sees it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from app.accounts.models import User
from app.banks import services
from app.banks.loader import load_path
from app.kernel.db import session

EXAMPLE = Path(__file__).parent / "data" / "example-bank.zh.yaml"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def loaded(app):
    return services.load_paths([EXAMPLE], now=NOW)


def own_bank(owner: str) -> None:
    owner_id = session().scalars(select(User.id).where(User.name == owner)).one()
    text = EXAMPLE.read_text(encoding="utf-8")
    text = text.replace("id: bootcamp-discovery", "id: private").replace("disc-", "own-")
    services.import_bank(text.encode(), owner_id=owner_id, now=NOW)


def test_the_list_names_every_bank_with_its_version(page, loaded, queries) -> None:
    text = page("/banks", as_="陈老师").text
    assert text.index(">状态</th>") < text.index(">编号</th>"), "a phone shows the first columns"
    assert "新人训练营·客户需求挖掘 课后测试" in text
    assert "bootcamp-discovery" in text
    assert "已发布" in text
    assert len(queries) <= 2


def test_an_empty_list_says_how_to_load(page) -> None:
    assert "bank load" in page("/banks", as_="陈老师").text


def test_a_bank_shows_items_with_their_keys_and_its_versions(page, loaded, queries) -> None:
    text = page("/banks/bootcamp-discovery", as_="陈老师").text
    assert len(queries) <= 6
    for item in load_path(EXAMPLE).bank.items:
        assert f'id="{item.id}"' in text
    assert text.count('lb-tag--pass lb-push">答案') == 3 + 9
    assert "少选按比例，错选不得分" in text
    assert "全对才得分" in text
    assert "<table>" in text, "the funnel of the third item"
    assert "其余两项（B、D）只需选择" in text, "letters, not braces"
    assert "指出要找到决策人或拍板人" in text
    assert "命令行" in text


def test_as_a_learner_sees_it_nothing_gives_a_key_away(page, loaded) -> None:
    text = page("/banks/bootcamp-discovery?view=learner", as_="陈老师").text
    assert "第一次拜访客户" in text
    for secret in ("先对齐议程", "答案</span>", "决策人|拍板", "指出要找到", "过早谈价", "命令行"):
        assert secret not in text


def test_english_readers_get_english_where_there_is_some(page, loaded) -> None:
    text = page("/banks/bootcamp-discovery", as_="陈老师", headers={}).text
    assert "客户需求挖掘" in text
    person = session().scalars(select(User).where(User.name == "周老师")).one()
    person.locale = "en"
    text = page("/banks/bootcamp-discovery", as_="周老师").text
    assert "New-hire bootcamp: discovery quiz" in text


def test_a_trainer_does_not_see_the_bank_of_another(page, loaded) -> None:
    own_bank("周老师")
    assert "private" not in page("/banks", as_="陈老师").text
    page("/banks/private", as_="陈老师", status=404)
    assert "private" in page("/banks", as_="周老师").text
    page("/banks/private", as_="周老师", status=200)


@pytest.mark.parametrize("who", ["小王", "李经理", "HR", "阅卷人"])
def test_nobody_but_trainers_reads_banks(page, loaded, who) -> None:
    page("/banks", as_=who, status=403)
    page("/banks/bootcamp-discovery", as_=who, status=403)


def test_a_bank_that_is_not_there_is_not_found(page) -> None:
    page("/banks/nothing", as_="陈老师", status=404)
