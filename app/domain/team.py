"""A team against its expectations: who needs what, in which order, and what many lack.

People are ordered by need, never ranked by score. Only calls on sufficient evidence count as gaps.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import hypot
from typing import Final, Protocol, TypeVar

from app.domain.competency import Call, Status
from app.domain.framework import Level

FEWEST_FOR_COMMON: Final = 3
LEAST_PERCENT_FOR_COMMON: Final = 30
MOST_GOALS: Final = 2
CHECKS: Final = (30, 60, 90)
# Marking and releasing take a few days: evidence arranged later no longer counts at the review.
DAYS_TO_RELEASE: Final = 3


class Judged(Protocol):
    """One competency of one person with what is expected and what was found."""

    @property
    def competency(self) -> str: ...
    @property
    def expected(self) -> Level | None: ...
    @property
    def weight(self) -> int | None: ...
    @property
    def status(self) -> Status: ...
    @property
    def call(self) -> Call | None: ...
    @property
    def level(self) -> Level | None: ...


J = TypeVar("J", bound=Judged)


@dataclass(frozen=True, slots=True)
class Summary:
    """A person in numbers of expected competencies; `coaching` counts those above expectation.

    `met`, `gaps`, `undecided` are calls, made on `sufficient` evidence alone.
    """

    expected: int = 0
    sufficient: int = 0
    provisional: int = 0
    insufficient: int = 0
    stale: int = 0
    met: int = 0
    gaps: int = 0
    undecided: int = 0
    coaching: int = 0
    weighted_gap: int = 0

    @property
    def lacking(self) -> int:
        """Expected competencies whose evidence does not carry a call yet."""
        return self.expected - self.sufficient

    @property
    def is_complete(self) -> bool:
        """Every expected competency has sufficient evidence (and something is expected)."""
        return self.expected > 0 and self.lacking == 0


def gap(one: Judged) -> int:
    """Levels between the expectation and the confirmed level; 0 unless the call is a gap."""
    if one.call is not Call.GAP or one.expected is None:
        return 0
    return max(0, one.expected.rank - (one.level.rank if one.level else 1))


def need(one: Judged) -> int:
    """A gap by its weight."""
    return gap(one) * (one.weight or 1)


def may_coach(one: Judged) -> bool:
    """Confirmed at least one level above the expectation."""
    return (
        one.status is Status.SUFFICIENT
        and one.level is not None
        and one.expected is not None
        and one.level.rank > one.expected.rank
    )


def summarise(levels: Iterable[Judged]) -> Summary:
    """Count a person's expected competencies; what nobody expects of her is left out."""
    asked = [one for one in levels if one.expected is not None]
    statuses = [one.status for one in asked]
    calls = [one.call for one in asked]
    return Summary(
        expected=len(asked),
        sufficient=statuses.count(Status.SUFFICIENT),
        provisional=statuses.count(Status.PROVISIONAL),
        insufficient=statuses.count(Status.INSUFFICIENT),
        stale=statuses.count(Status.STALE),
        met=calls.count(Call.MET),
        gaps=calls.count(Call.GAP),
        undecided=calls.count(Call.UNDECIDED),
        coaching=sum(may_coach(one) for one in asked),
        weighted_gap=sum(need(one) for one in asked),
    )


class Numbers(Protocol):
    """What people are ordered by: a `Summary`, or a row that holds one."""

    @property
    def weighted_gap(self) -> int: ...
    @property
    def gaps(self) -> int: ...
    @property
    def lacking(self) -> int: ...


def order(summary: Numbers) -> tuple[int, int, int]:
    """Sort key by need: largest weighted confirmed gap, then most gaps, then most to prove."""
    return (-summary.weighted_gap, -summary.gaps, -summary.lacking)


def confirmed_gaps(levels: Iterable[J]) -> list[J]:
    """A person's confirmed gaps, the heaviest first."""
    return sorted((one for one in levels if gap(one)), key=lambda one: -need(one))


def to_prove(levels: Iterable[J]) -> list[J]:
    """Expected competencies without sufficient evidence, the heaviest first."""
    lacking = [
        one for one in levels if one.expected is not None and one.status is not Status.SUFFICIENT
    ]
    return sorted(lacking, key=lambda one: -(one.weight or 1))


def coaching(levels: Iterable[J]) -> list[J]:
    """What a person could coach others in, the highest level first."""
    found = [one for one in levels if may_coach(one)]
    return sorted(found, key=lambda one: -(one.level.rank if one.level else 0))


def focus(levels: Sequence[J]) -> J | None:
    """The one thing to talk about first: heaviest gap, else undecided, else what to prove."""
    gaps = confirmed_gaps(levels)
    if gaps:
        return gaps[0]
    undecided = [one for one in levels if one.call is Call.UNDECIDED]
    if undecided:
        return max(undecided, key=lambda one: one.weight or 1)
    return next(iter(to_prove(levels)), None)


def is_common(gaps: int, people: int) -> bool:
    """A gap of many: at least three people and at least 30 % of those it is expected of."""
    return gaps >= FEWEST_FOR_COMMON and 100 * gaps >= LEAST_PERCENT_FOR_COMMON * people


def last_useful_day(review_on: date) -> date:
    """The last day evidence can be arranged on and still be released before the review."""
    return review_on - timedelta(days=DAYS_TO_RELEASE)


def has_changed(before: tuple[float, float], after: tuple[float, float], z: float) -> bool:
    """Whether two (mean, SD) differ by more than z times the deviation of their difference."""
    (mean_1, sd_1), (mean_2, sd_2) = before, after
    return abs(mean_2 - mean_1) > z * hypot(sd_1, sd_2)
