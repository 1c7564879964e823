"""Item statistics reproduce published figures, and say nothing below the least number of people."""

import csv
from pathlib import Path

import pytest

from app.domain.itemstats import Sat, correlation, flags, item_stats

GOLDEN = Path(__file__).parents[1] / "golden"


def rows(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def lsat() -> list[list[Sat]]:
    """LSAT section 6 (Bock and Lieberman 1970): 1,000 people, 5 items."""
    items: list[list[Sat]] = [[] for _ in range(5)]
    for row in rows("lsat6_patterns.csv"):
        marks = [int(mark) for mark in row["pattern"]]
        for number, mark in enumerate(marks):
            seen = Sat(mark, rest=(sum(marks) - mark) / 4)
            items[number] += [seen] * int(row["people"])
    return items


@pytest.mark.parametrize("number", range(5))
def test_facility_and_item_rest_correlation_are_those_of_the_golden_figures(lsat, number) -> None:
    want = rows("lsat6_golden.csv")[number]
    found = item_stats(lsat[number])
    assert found.n == 1000
    assert found.facility == pytest.approx(float(want["p"]), abs=1e-9)
    assert found.r == pytest.approx(float(want["pb_corrected"]), abs=1e-9)


def test_the_interval_is_the_golden_one_of_jeffreys() -> None:
    for row in rows("beta_binomial.csv"):
        n, x = int(row["n"]), float(row["x"])
        if n < 10:
            continue
        found = item_stats([Sat(x / n)] * n)
        assert found.lo == pytest.approx(float(row["jeff_lo90"]), abs=1e-9)
        assert found.hi == pytest.approx(float(row["jeff_hi90"]), abs=1e-9)


def people(n: int, right: int, *, against: bool = False, chosen: str = "C") -> list[Sat]:
    """`right` of n get it; the good ones do, or with `against` the weak ones."""
    found = []
    for number in range(n):
        good = number < right
        rest = number / n if against else 1 - number / n
        found.append(Sat(float(good), rest, frozenset("B" if good else chosen)))
    return found


def keys(sat: list[Sat], **more) -> list[str]:
    return [flag.key for flag in flags(item_stats(sat, "ABCD", frozenset("B")), **more)]


def test_too_few_people_give_no_figure_and_no_finding() -> None:
    few = item_stats(people(9, 1))
    assert (few.n, few.facility, few.r, few.lo) == (9, None, None, None)
    assert keys(people(29, 1)) == []
    assert item_stats(people(29, 10)).r is None
    assert item_stats(people(30, 10)).r is not None


def test_a_hard_item_is_told_from_thirty_people_on_and_names_what_most_chose() -> None:
    assert keys(people(30, 5)) == ["W580"]
    (flag,) = flags(item_stats(people(30, 5), "ABCD", frozenset("B")), is_single=True)
    assert (flag.key, flag.params["letter"], flag.params["share"]) == ("W580.chosen", "C", 83)
    assert keys(people(30, 6)) == [], "20 % is not below 20 %"


def test_an_easy_item_is_told_above_ninety_five_per_cent() -> None:
    assert keys(people(40, 39)) == ["W580.easy"]
    assert keys(people(40, 38)) == []


def test_a_negative_correlation_asks_for_the_key_from_fifty_people_on() -> None:
    assert keys(people(49, 20, against=True)) == []
    assert keys(people(50, 20, against=True)) == ["W581.key"]


def test_a_weak_correlation_is_told_from_a_hundred_people_on() -> None:
    def weak(n: int) -> list[Sat]:
        return [Sat(float(k % 2), (k % 4) / 4 if k % 8 else 0.2) for k in range(n)]

    r = correlation([one.share for one in weak(104)], [one.rest for one in weak(104)])
    assert r is not None
    mixed = [Sat(float(k % 2), (k // 2 % 5) / 5) for k in range(100)]
    assert [flag.key for flag in flags(item_stats(mixed))] == ["W581"]
    assert [flag.key for flag in flags(item_stats(mixed[:90]))] == []


def test_a_distractor_nobody_takes_is_told_from_a_hundred_people_on() -> None:
    found = flags(item_stats(people(100, 60), "ABCD", frozenset("B")))
    assert [(flag.key, flag.params["letters"]) for flag in found] == [("W582", ("A", "D"))]
    assert keys(people(99, 60)) == []


def test_hasty_answers_are_told() -> None:
    def quick(seconds: float) -> list[str]:
        return [flag.key for flag in flags(item_stats([Sat(1, seconds=seconds)] * 12))]

    assert quick(4.9) == ["W583"]
    assert quick(5) == []


def test_an_item_everybody_gets_has_no_correlation() -> None:
    found = item_stats([Sat(1.0, rest=k / 40) for k in range(40)])
    assert found.is_flat
    assert found.r is None
