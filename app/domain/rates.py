"""Pass rates: how many of how many, with an interval that says how little that may be.

The interval is Jeffreys' (Brown, Cai and DasGupta 2001): quantiles of Beta(x + 1/2, n - x + 1/2),
the lower bound 0 when nobody passed and the upper 1 when everybody did. Quantiles come from the
regularised incomplete beta function (continued fraction after Lentz) by bisection.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import exp, lgamma, log, log1p
from typing import Final

COVERAGE: Final = 0.90
FEWEST: Final = 10

_TINY: Final = 1e-300
_PRECISION: Final = 1e-16


@dataclass(frozen=True, slots=True)
class Rate:
    """`passed` of `n` with a 90 % interval (shares 0-1).

    `few`: fewer than ten, so only the fraction is shown; the interval is kept for sorting. `lo`,
    `hi` are None for n = 0.
    """

    passed: int
    n: int
    lo: float | None
    hi: float | None
    few: bool

    @property
    def share(self) -> float | None:
        """The share to print, None where there are too few people for one."""
        return None if self.few else self.passed / self.n


def rate(passed: int, n: int, *, fewest: int = FEWEST) -> Rate:
    """The rate of `passed` among `n`. Raises ValueError unless 0 <= passed <= n."""
    if not 0 <= passed <= n:
        raise ValueError("a rate needs 0 <= passed <= n")
    if n == 0:
        return Rate(0, 0, None, None, few=True)
    lo, hi = jeffreys(passed, n)
    return Rate(passed, n, lo, hi, few=n < fewest)


def rate_of(outcomes: Iterable[bool]) -> Rate:
    """The rate of a list of passes and fails."""
    known = list(outcomes)
    return rate(sum(known), len(known))


@lru_cache(maxsize=4096)
def jeffreys(x: float, n: float, coverage: float = COVERAGE) -> tuple[float, float]:
    """Jeffreys' interval for the share behind x of n (x may be fractional), as shares 0-1."""
    tail = (1 - coverage) / 2
    a, b = x + 0.5, n - x + 0.5
    lo = 0.0 if x <= 0 else beta_quantile(tail, a, b)
    hi = 1.0 if x >= n else beta_quantile(1 - tail, a, b)
    return lo, hi


def beta_quantile(p: float, a: float, b: float) -> float:
    """The x at which the Beta(a, b) distribution reaches p; absolute error below 1e-14."""
    lo, hi = 0.0, 1.0
    while hi - lo > _PRECISION * max(1.0, lo):
        middle = (lo + hi) / 2
        if middle in (lo, hi):
            break
        if beta_cdf(middle, a, b) < p:
            lo = middle
        else:
            hi = middle
    return (lo + hi) / 2


def beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    # The fraction converges fast on this side of the mean; the symmetry covers the other.
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function (DLMF 8.17.22), modified Lentz."""
    c, d = 1.0, _nonzero(1 - (a + b) * x / (a + 1))
    d = 1 / d
    value = d
    for m in range(1, 1000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for numerator in (even, odd):
            d = 1 / _nonzero(1 + numerator * d)
            c = _nonzero(1 + numerator / c)
            value *= c * d
        if abs(c * d - 1) < _PRECISION * 10:
            break
    return value


def _nonzero(value: float) -> float:
    """Keep a denominator off zero (Lentz)."""
    return value if abs(value) > _TINY else _TINY
