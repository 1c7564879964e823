"""The health page of a bank: what is written badly, what was switched off, what people did."""

from datetime import timedelta

import pytest

from app.analytics.timing import seconds_per_position
from app.banks import services
from tests.banks.test_pages import EXAMPLE, NOW


@pytest.fixture
def loaded(app):
    return services.load_paths([EXAMPLE], now=NOW)


def test_it_lists_each_finding_with_its_item_and_cure(page, loaded, queries) -> None:
    text = page("/banks/bootcamp-discovery/health", as_="陈老师").text
    assert len(queries) <= 12
    assert "W542" in text
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
