"""Who may be a mentor: tenure, confirmed knowledge, and room for one more trainee."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from app.domain import competency as model
from app.domain.competency import Evidence, Rules, rescale
from app.domain.framework import Framework, Level

TENURE_DAYS: Final = 180
WINDOW_DAYS: Final = 365
MOST_TRAINEES: Final = 3
LEAST_LEVEL: Final = Level.L3
# What a mentor must have known (K1 and K2 of the framework).
KNOWS: Final = ("product-knowledge", "talk-tracks")


class Lacks(StrEnum):
    """A rule that somebody does not meet."""

    TENURE = "tenure"
    LEVEL = "level"
    ROOM = "room"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of somebody who could be a mentor.

    `confirmed_on`: competency -> the latest day in the window on which the level was confirmed,
    None: on none. `load`: trainees now.
    """

    tenure: int | None
    confirmed_on: Mapping[str, date | None]
    load: int


def wanted(framework: Framework) -> tuple[str, ...]:
    """The slugs of the competencies a mentor must have."""
    return tuple(one.slug for one in framework.competencies if one.slug in KNOWS)


def lacks(one: Standing) -> tuple[Lacks, ...]:
    """The rules not met; empty: eligible. Without a known hire date nobody counts as long here."""
    found = []
    if one.tenure is None or one.tenure < TENURE_DAYS:
        found.append(Lacks.TENURE)
    if not one.confirmed_on or None in one.confirmed_on.values():
        found.append(Lacks.LEVEL)
    if one.load >= MOST_TRAINEES:
        found.append(Lacks.ROOM)
    return tuple(found)


def order(one: Standing, *, is_near: bool) -> tuple[int, bool, int, int]:
    """Sort key of suggestions: who meets more, of the same team, with fewer trainees, longer here.

    Nobody is ranked by level: enough is enough.
    """
    return (len(lacks(one)), not is_near, one.load, -(one.tenure or 0))


def confirmed_on(
    evidence: Iterable[Evidence],
    rules_on: Callable[[date], Rules],
    *,
    today: date,
    days: int = WINDOW_DAYS,
) -> date | None:
    """The latest day of the window on which the level was confirmed at L3 or more, None: on none.

    The level is a pure function of ledger and day, so every day of the window is looked at, newest
    first; only where no piece reaches the cut is it clear without looking.
    """
    rows = list(evidence)
    rules = rules_on(today)
    if not _could_reach(rows, rules):
        return None
    for back in range(days + 1):
        day = today - timedelta(days=back)
        if not any(row.happened_on <= day for row in rows):
            return None
        level = model.evaluate(rows, rules_on(day)).level
        if level is not None and level.rank >= LEAST_LEVEL.rank:
            return day
    return None


def _could_reach(rows: Sequence[Evidence], rules: Rules) -> bool:
    """A mean lies between its pieces and the start: without one above the cut it never gets there.

    Ratings of several days count as one by their mean, which is not above the best of them.
    """
    cut = rules.formula.level_cuts[LEAST_LEVEL]
    anchor = rules.formula.anchor
    return rules.formula.prior.mean >= cut or any(
        rescale(row.score, row.pass_mark, anchor)[0] >= cut for row in rows
    )
