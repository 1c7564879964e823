"""The median of durations and its interval: by hand, against the textbook, for any numbers."""

from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from app.domain.durations import median


def test_below_five_people_there_is_no_figure() -> None:
    for n in range(5):
        found = median(range(20, 20 + n))
        assert (found.n, found.median, found.lo, found.hi) == (n, None, None, None)
        assert found.is_few


def test_five_people_reach_from_the_shortest_to_the_longest() -> None:
    # 1 - 2/32 = .9375
    found = median([31, 28, 30, 45, 29])
    assert (found.median, found.lo, found.hi) == (30, 28, 45)


def test_the_ranks_are_those_of_the_tables() -> None:
    # Ranks of the 90 % interval of a median: n = 8 -> 2, 10 -> 2, 11 -> 3, 20 -> 6, 25 -> 8.
    for n, rank in ((8, 2), (10, 2), (11, 3), (20, 6), (25, 8)):
        found = median(range(1, n + 1))
        assert (found.lo, found.hi) == (rank, n + 1 - rank)


def test_an_even_number_has_its_median_between_two() -> None:
    assert median([1, 2, 3, 4, 5, 6]).median == Fraction(7, 2)


def test_the_interval_covers_the_true_median_as_often_as_it_says() -> None:
    draw = Random("coverage")
    hits = 0
    for _ in range(2000):
        found = median([round(draw.lognormvariate(3.4, 0.3) * 1000) for _ in range(12)])
        hits += found.lo <= 29964 <= found.hi  # exp(3.4) * 1000
    assert hits / 2000 > 0.89


@given(st.lists(st.integers(0, 400), min_size=5, max_size=80))
def test_the_median_lies_in_its_interval_and_that_within_the_days(days) -> None:
    found = median(days)
    assert min(days) <= found.lo <= found.median <= found.hi <= max(days)
    assert median(list(reversed(days))) == found
