"""The health page of a bank: what is written badly, what was switched off, what people did."""

import re
from datetime import timedelta

import pytest

from app.analytics.timing import seconds_per_position
from app.banks import services
from app.competency.services import load_framework
from tests.banks.test_pages import EXAMPLE, NOW
from tests.world import ROOT


@pytest.fixture
def loaded(app):
    return services.load_paths([EXAMPLE], now=NOW)


def test_it_lists_each_finding_with_its_item_and_cure(page, loaded, queries) -> None:
    text = page("/banks/bootcamp-discovery/health", as_="陈老师").text
    assert len(queries) <= 12
    assert '<a href="/help/rules#W542">每道多选题的答案个数一样</a>' in text
    assert "先做什么" in text
    assert 'href="/banks/bootcamp-discovery#disc-' in text
    assert "让答案个数有多有少" in text
    assert "人数太少" in text
    assert "没有关掉任何检查" in text


def test_what_was_switched_off_is_listed_with_its_reason(page, app) -> None:
    source = EXAMPLE.read_text(encoding="utf-8")
    source = source.replace("title:", "x-lint-off: {W542: 这一节练的就是三选}\ntitle:", 1)
    services.import_bank(source.encode(), owner_id=None, now=NOW)
    text = page("/banks/bootcamp-discovery/health", as_="陈老师").text
    assert "理由：这一节练的就是三选" in text
    assert "没有关掉任何检查" not in text


def test_the_reason_is_told_with_who_gave_it_and_since_which_version(page, app, person) -> None:
    plain = EXAMPLE.read_text(encoding="utf-8")
    off = plain.replace("title:", "x-lint-off: {W542: 这一节练的就是三选}\ntitle:", 1)
    teacher = person("陈老师").id
    services.import_bank(plain.encode(), owner_id=None, now=NOW)
    services.import_bank(off.encode(), owner_id=None, actor_id=teacher, now=NOW)
    later = off.replace("开场 3 分钟", "开场 4 分钟", 1)
    services.import_bank(later.encode(), owner_id=None, now=NOW + timedelta(days=3))
    text = page("/banks/bootcamp-discovery/health", as_="陈老师").text
    assert "陈老师 在第 2 版关掉" in text


def test_a_rule_is_switched_on_again_in_the_working_copy(page, app) -> None:
    source = EXAMPLE.read_text(encoding="utf-8")
    source = source.replace("title:", "x-lint-off: {W542: 就是三选}\ntitle:", 1)
    services.import_bank(source.encode(), owner_id=None, now=NOW)
    slug = "bootcamp-discovery"
    assert 'value="lint-on"' in page(f"/banks/{slug}/health", as_="陈老师").text
    sent = {"do": "lint-on", "code": "W542", "on": "bank", "item": ""}
    for told in ("W542 在草稿里重新检查了", "草稿里已经没有关掉 W542"):
        page(f"/banks/{slug}/items", as_="陈老师", data=sent)
        assert told in page(f"/banks/{slug}/edit", as_="陈老师").text
    assert "x-lint-off" not in page(f"/banks/{slug}/source", as_="陈老师").text


def test_a_bank_that_nobody_sat_and_without_difficulties_says_so_and_what_to_do(page, app) -> None:
    source = re.sub(r"(?m)^ *difficulty: .*\n", "", EXAMPLE.read_text(encoding="utf-8"))
    source = re.sub(r"(?m)^ *competencies: .*\n", "", source)
    services.import_bank(source.encode(), owner_id=None, now=NOW)
    text = page("/banks/bootcamp-discovery/health", as_="陈老师").text
    assert "都没有设难度" in text
    assert "都没有标能力" in text
    assert "还没有人考过这个题库里的题" in text
    assert 'href="/banks/bootcamp-discovery/edit"' in text


def test_competencies_are_called_by_their_names(page, app) -> None:
    services.import_bank(EXAMPLE.read_bytes(), owner_id=None, now=NOW)
    url = "/banks/bootcamp-discovery/health"
    assert ">insight</th>" in page(url, as_="陈老师").text, "no framework, no other word"
    source = (ROOT / "question_banks" / "framework.yaml").read_bytes()
    load_framework(source, actor_id=None, now=NOW, today=NOW.date())
    text = page(url, as_="陈老师").text
    assert ">洞察力</th>" in text
    assert ">insight</th>" not in text


def test_a_like_item_of_another_bank_is_named(page, loaded) -> None:
    other = EXAMPLE.read_text(encoding="utf-8").replace("disc-", "like-")
    other = other.replace("id: bootcamp-discovery", "id: another").replace(
        "开场 3 分钟", "开场 5 分钟"
    )
    services.import_bank(other.encode(), owner_id=None, now=NOW)
    text = page("/banks/bootcamp-discovery/health", as_="陈老师").text
    assert "与题库 another 的 like-001" in text


def test_the_bank_leads_there_with_the_number_of_findings(page, loaded) -> None:
    text = page("/banks/bootcamp-discovery", as_="陈老师").text
    assert 'href="/banks/bootcamp-discovery/health"' in text
    assert "命题检查有" in text
    assert "W542" not in text


def test_the_time_of_an_item_runs_from_the_save_before_it() -> None:
    def at(seconds: int):
        return NOW + timedelta(seconds=seconds)

    saves = [(1, at(30)), (2, at(50)), (1, at(60)), (3, at(100)), (4, at(100))]
    assert seconds_per_position(NOW, saves) == {1: 30, 2: 20, 3: 20, 4: 20}
