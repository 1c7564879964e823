"""How long something takes people: the median with an interval that says how little it may be.

The interval is the one of order statistics (Conover 1999, 3.2): between the k-th shortest and the
k-th longest lies the median of everybody with a probability that follows from the binomial alone,
whatever the shape. Below five people even the shortest and the longest do not reach 90 %.
"""

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Final

COVERAGE: Final = Fraction(90, 100)


@dataclass(frozen=True, slots=True)
class Median:
    """The median of `n` whole days; `lo`, `hi` its 90 % interval. All None below five people."""

    n: int
    median: Fraction | None
    lo: int | None
    hi: int | None

    @property
    def is_few(self) -> bool:
        """Too few people for a figure."""
        return self.median is None


def median(days: Collection[int]) -> Median:
    """The median of these durations with its interval."""
    ordered, n = sorted(days), len(days)
    rank = _rank(n)
    if rank is None:
        return Median(n, None, None, None)
    middle = Fraction(ordered[(n - 1) // 2] + ordered[n // 2], 2)
    return Median(n, middle, ordered[rank - 1], ordered[n - rank])


def _rank(n: int) -> int | None:
    """The highest k whose interval covers enough; None when even the first does not."""
    best = None
    tail = 0
    for k in range(1, n // 2 + 1):
        tail += comb(n, k - 1)
        if 1 - Fraction(2 * tail, 2**n) < COVERAGE:
            break
        best = k
    return best
