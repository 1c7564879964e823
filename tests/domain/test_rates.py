"""Pass rates and their interval, against figures computed elsewhere."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import rates

GOLDEN = Path(__file__).parent.parent / "golden" / "beta_binomial.csv"


def golden() -> list[dict[str, float]]:
    with GOLDEN.open() as file:
        return [{name: float(text) for name, text in row.items()} for row in csv.DictReader(file)]


def test_the_interval_meets_the_golden_figures() -> None:
    rows = golden()
    assert len(rows) >= 10
    for row in rows:
        a, b = row["x"] + 0.5, row["n"] - row["x"] + 0.5
        assert rates.beta_quantile(0.05, a, b) == pytest.approx(row["jeff_lo90"], abs=1e-9)
        assert rates.beta_quantile(0.95, a, b) == pytest.approx(row["jeff_hi90"], abs=1e-9)
        a, b = row["x"] + 1, row["n"] - row["x"] + 1
        assert rates.beta_quantile(0.05, a, b) == pytest.approx(row["unif_lo90"], abs=1e-9)
        assert rates.beta_quantile(0.95, a, b) == pytest.approx(row["unif_hi90"], abs=1e-9)


@pytest.mark.parametrize(("n", "half"), [(5, 0.29), (10, 0.22), (20, 0.16), (56, 0.10)])
def test_one_quiz_cannot_settle_a_competency(n: int, half: float) -> None:
    lo, hi = rates.jeffreys(0.7 * n, n)
    assert (hi - lo) / 2 == pytest.approx(half, abs=0.006)


def test_below_ten_people_there_is_a_fraction_and_no_share() -> None:
    few = rates.rate(3, 7)
    assert (few.passed, few.n, few.few, few.share) == (3, 7, True, None)
    enough = rates.rate(7, 10)
    assert (enough.few, enough.share) == (False, 0.7)
    nobody = rates.rate(0, 0)
    assert (nobody.lo, nobody.hi, nobody.few, nobody.share) == (None, None, True, None)


def test_everybody_and_nobody_reach_the_ends() -> None:
    everybody, nobody = rates.rate(12, 12), rates.rate(0, 12)
    assert everybody.hi == 1
    assert nobody.lo == 0
    assert everybody.lo == pytest.approx(1 - nobody.hi)
    assert 0 < everybody.lo < 1


def test_a_list_of_passes_is_a_rate() -> None:
    assert rates.rate_of([True, False, True]) == rates.rate(2, 3)


@pytest.mark.parametrize(("passed", "n"), [(-1, 3), (4, 3)])
def test_an_impossible_rate_is_refused(passed: int, n: int) -> None:
    with pytest.raises(ValueError, match="passed <= n"):
        rates.rate(passed, n)


@given(st.integers(1, 400), st.data())
def test_an_interval_holds_its_share_and_shrinks_with_people(n: int, data: st.DataObject) -> None:
    x = data.draw(st.integers(0, n))
    lo, hi = rates.jeffreys(x, n)
    assert 0 <= lo <= x / n <= hi <= 1
    wider = rates.jeffreys(x, n, 0.95)
    assert wider[0] <= lo
    assert wider[1] >= hi
    ten_fold = rates.jeffreys(10 * x, 10 * n)
    assert ten_fold[1] - ten_fold[0] < hi - lo


@given(st.floats(0.5, 300), st.floats(0.5, 300), st.floats(0.001, 0.999))
def test_the_quantile_turns_the_distribution_round(a: float, b: float, p: float) -> None:
    assert rates.beta_cdf(rates.beta_quantile(p, a, b), a, b) == pytest.approx(p, abs=1e-9)
    assert rates.beta_cdf(0, a, b) == 0
    assert rates.beta_cdf(1, a, b) == 1
