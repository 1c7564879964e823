"""Good items are left alone: at most one in twenty has a finding of a rule, ours have none."""

import re

import pytest

from app.domain.itemlint import CODES
from tests.itemlint.rates import GOOD, OURS, PAGE, published, rates


@pytest.fixture(scope="module")
def independent():
    """Items written by somebody who had not seen the rules."""
    return rates([GOOD])


@pytest.mark.parametrize("code", [code for code in CODES if not code.startswith("W58")])
def test_the_rule_fires_on_at_most_one_good_item_in_twenty(independent, code: str) -> None:
    found, n = independent
    assert n >= 200
    assert found[code] / n <= 0.05


def test_our_own_banks_are_clean() -> None:
    found, n = rates([OURS])
    assert n >= 226
    assert {code for code, count in found.items() if count} == set()


def test_the_published_rates_are_those_measured() -> None:
    """`make lint-rates` measures them again."""
    assert published() in PAGE.read_text(encoding="utf-8")


def test_the_table_has_a_rate_for_every_rule_that_looks_at_items() -> None:
    told = re.findall(r"(?m)^\| (W5\d\d) \| \d", published())
    assert told == [code for code in CODES if not code.startswith("W58")]
