"""Multiple choice rules as weights that other systems add up."""

from fractions import Fraction
from typing import Final

from app.domain.items import Choice, Rule

# The rules that a sum of weights kept between 0 and 1 gives exactly.
SUMS: Final = frozenset({Rule.SUBSET, Rule.NET})


def is_sum(choice: Choice) -> bool:
    """True when weights give the points of the item's rule for every set of ticks."""
    if not choice.multiple or choice.rule in SUMS:
        return True
    # With one key, or two keys and half for one of them, the rules fall together.
    if choice.rule in {Rule.ALL_OR_NOTHING, Rule.SUBSET_HALF} and len(choice.key) == 1:
        return True
    return choice.rule is Rule.SUBSET_HALF and len(choice.key) == 2


def weight(choice: Choice, letter: str) -> Fraction:
    """The share of the points that ticking `letter` adds or takes.

    Rules that are no sum become the nearest one: a wrong tick takes everything where it does so in
    the rule, else it takes as much as a right one gives.
    """
    share = Fraction(1, len(choice.key) or 1)
    if letter in choice.key:
        return share
    return -share if choice.rule in {Rule.NET, Rule.EACH_OPTION} else Fraction(-1)


def percent(share: Fraction) -> str:
    """As Moodle writes it: 100, 50, 33.33333."""
    return f"{float(share * 100):.5f}".rstrip("0").rstrip(".")
