"""Options that are figures: read, compared, and seen whether their ranges overlap."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_FIGURE: Final = r"[-−]?\d[\d,，]*(?:\.\d+)?"
_ONE: Final = re.compile(rf"^\D{{0,6}}?({_FIGURE})([^\d]{{0,8}})$")
_RANGE: Final = re.compile(
    rf"^({_FIGURE})\s*([^\d\s]{{0,4}}?)\s*(?:-|–|—|~|～|至|到|to)\s*({_FIGURE})\s*([^\d]{{0,8}})$"
)
_DIGIT: Final = re.compile(r"\d")
_SIGN: Final = "−"


@dataclass(frozen=True, slots=True)
class Span:
    """A figure or a range of figures with what stands around it. `low` = `high`: one figure."""

    low: float
    high: float
    unit: str

    @property
    def is_range(self) -> bool:
        return self.low != self.high


def read_span(text: str) -> Span | None:
    """The figure or range that a whole option is, else None."""
    words = text.strip().rstrip("。.")
    if not _DIGIT.search(words):
        return None
    if found := _RANGE.match(words):
        low, high = _number(found.group(1)), _number(found.group(3))
        if low is not None and high is not None and low < high:
            return Span(low, high, found.group(4).strip())
        return None
    if found := _ONE.match(words):
        value = _number(found.group(1))
        lead = words[: found.start(1)].strip()
        return None if value is None else Span(value, value, f"{lead}…{found.group(2).strip()}")
    return None


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "").replace("，", "").replace(_SIGN, "-"))
    except ValueError:
        return None


def spans(texts: Sequence[str]) -> list[Span] | None:
    """The figures when every option is one and all count in the same unit."""
    known: list[Span] = []
    for text in texts:
        one = read_span(text)
        if one is None:
            return None
        known.append(one)
    if len(known) < 2:
        return None
    return known if len({one.unit for one in known}) == 1 else None


def are_sorted(known: Sequence[Span]) -> bool:
    """Rising or falling."""
    lows = [(one.low, one.high) for one in known]
    return lows in (sorted(lows), sorted(lows, reverse=True))


def overlap(known: Sequence[Span]) -> bool:
    """True when a figure belongs to two options; a shared end counts."""
    ordered = sorted(known, key=lambda one: (one.low, one.high))
    return any(
        before.high >= after.low and (before.is_range or after.is_range)
        for before, after in pairwise(ordered)
    )
