"""Item statistics after use: how hard an item was, whether it tells good from weak, its options.

Every figure has its n; below a least number of people it is None ("too few"). One sitting per
person and item goes in; who calls decides which.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, median
from typing import Final

from app.domain.rates import jeffreys

FEWEST_FACILITY: Final = 10
FEWEST_REST: Final = 30
# Least n for a finding (not for a figure).
ENOUGH_FACILITY: Final = 30
ENOUGH_WEAK: Final = 100
ENOUGH_NEGATIVE: Final = 50
ENOUGH_OPTIONS: Final = 100
HARD: Final = 0.20
EASY: Final = 0.95
WEAK: Final = 0.10
RARE: Final = 0.05
HASTY_SECONDS: Final = 5
ENOUGH_TIMES: Final = 10


@dataclass(frozen=True, slots=True)
class Sat:
    """One person at one item. `share` of its points 0-1; `rest` share of the rest of the paper.

    `rest` is None where the paper has no other scored item, `seconds` where no time is known.
    `chosen` are option ids; empty: blank, or no choice item.
    """

    share: float
    rest: float | None = None
    chosen: frozenset[str] = frozenset()
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class OptionShare:
    """How often an option was taken; `r`: correlation of taking it with the rest of the paper."""

    id: str
    is_key: bool
    count: int
    share: float
    r: float | None


@dataclass(frozen=True, slots=True)
class ItemStats:
    """What is known about an item. `lo`, `hi`: 90 % interval (Jeffreys) of the facility.

    `facility` None: fewer than 10 people; `r` None: fewer than 30, or no variance (`is_flat`).
    """

    n: int
    facility: float | None
    lo: float | None
    hi: float | None
    r: float | None
    n_rest: int
    is_flat: bool
    options: tuple[OptionShare, ...]
    blank: int
    seconds: float | None
    n_seconds: int


@dataclass(frozen=True, slots=True)
class Flag:
    """A finding after use: its key in the messages and what fills its words."""

    key: str
    params: Mapping[str, object]


def correlation(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Pearson's r = Σ(x-x̄)(y-ȳ) / sqrt(Σ(x-x̄)² Σ(y-ȳ)²); None without variance on either side."""
    if len(xs) < 2:
        return None
    mean_x, mean_y = fmean(xs), fmean(ys)
    apart = [(x - mean_x, y - mean_y) for x, y in zip(xs, ys, strict=True)]
    spread = sum(a * a for a, _ in apart) * sum(b * b for _, b in apart)
    if spread <= 1e-18:
        return None
    return max(-1.0, min(1.0, sum(a * b for a, b in apart) / sqrt(spread)))


def item_stats(
    sat: Sequence[Sat], options: Sequence[str] = (), key: frozenset[str] = frozenset()
) -> ItemStats:
    """The figures of one item. Facility = mean share of its points (mean / maximum)."""
    n = len(sat)
    shares = [one.share for one in sat]
    enough = n >= FEWEST_FACILITY
    lo, hi = jeffreys(sum(shares), n) if enough else (None, None)
    paired = [(one.share, one.rest) for one in sat if one.rest is not None]
    r = correlation([a for a, _ in paired], [b for _, b in paired])
    seconds = [one.seconds for one in sat if one.seconds is not None]
    return ItemStats(
        n=n,
        facility=fmean(shares) if enough else None,
        lo=lo,
        hi=hi,
        r=r if len(paired) >= FEWEST_REST else None,
        n_rest=len(paired),
        is_flat=len(paired) >= FEWEST_REST and r is None,
        options=_options(sat, options, key),
        blank=sum(not one.chosen for one in sat) if options else 0,
        seconds=median(seconds) if len(seconds) >= ENOUGH_TIMES else None,
        n_seconds=len(seconds),
    )


def _options(
    sat: Sequence[Sat], options: Sequence[str], key: frozenset[str]
) -> tuple[OptionShare, ...]:
    counts = Counter(option for one in sat for option in one.chosen)
    paired = [one for one in sat if one.rest is not None]
    rests = [one.rest or 0.0 for one in paired]
    return tuple(
        OptionShare(
            id=option,
            is_key=option in key,
            count=counts[option],
            share=counts[option] / len(sat) if sat else 0.0,
            r=correlation([float(option in one.chosen) for one in paired], rests)
            if len(paired) >= FEWEST_REST
            else None,
        )
        for option in options
    )


def flags(found: ItemStats, *, is_single: bool = False) -> tuple[Flag, ...]:
    """What the figures say is wrong, each with the least n of its rule."""
    said: list[Flag] = []
    if found.facility is not None and found.n >= ENOUGH_FACILITY:
        said += _about_facility(found, found.facility, is_single=is_single)
    if found.r is not None and found.n_rest >= ENOUGH_NEGATIVE and found.r < 0:
        said.append(Flag("W581.key", {"r": f"{found.r:.2f}", "n": found.n_rest}))
    elif found.r is not None and found.n_rest >= ENOUGH_WEAK and found.r < WEAK:
        said.append(Flag("W581", {"r": f"{found.r:.2f}", "n": found.n_rest}))
    if found.n >= ENOUGH_OPTIONS:
        rare = tuple(one.id for one in found.options if not one.is_key and one.share < RARE)
        if rare:
            said.append(Flag("W582", {"letters": rare, "n": found.n}))
    if found.seconds is not None and found.seconds < HASTY_SECONDS:
        said.append(Flag("W583", {"seconds": HASTY_SECONDS, "n": found.n_seconds}))
    return tuple(said)


def is_doubtful(found: ItemStats) -> bool:
    """A weak or negative correlation among too few people for a finding: worth watching."""
    if found.r is None or found.r >= WEAK:
        return False
    return found.n_rest < (ENOUGH_NEGATIVE if found.r < 0 else ENOUGH_WEAK)


def _about_facility(found: ItemStats, facility: float, *, is_single: bool) -> list[Flag]:
    percent = round(100 * facility)
    if facility > EASY:
        return [Flag("W580.easy", {"percent": percent, "n": found.n})]
    if facility >= HARD:
        return []
    wrong = [one for one in found.options if not one.is_key]
    favourite = max(wrong, key=lambda one: one.count, default=None)
    if is_single and favourite is not None and favourite.share > facility:
        share = round(100 * favourite.share)
        params = {"percent": percent, "n": found.n, "letter": favourite.id, "share": share}
        return [Flag("W580.chosen", params)]
    return [Flag("W580", {"percent": percent, "n": found.n})]
