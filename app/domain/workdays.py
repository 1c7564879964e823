"""Which day a deadline falls on: calendar days, or Chinese working days.

The official holidays and the weekends worked in exchange for them come from `chinese_calendar`,
which knows the years the State Council has announced. Beyond them Monday to Friday are taken for
working days, and `is_announced` says that this is a guess.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from chinese_calendar import is_workday as _is_workday
from chinese_calendar.constants import holidays

ANNOUNCED_UNTIL: Final = date(max(holidays).year, 12, 31)
_ANNOUNCED_FROM: Final = date(min(holidays).year, 1, 1)
_ONE_DAY: Final = timedelta(days=1)


class Days(StrEnum):
    """How the days of a track are counted."""

    CALENDAR = "calendar"
    WORKING = "working"


def is_announced(day: date) -> bool:
    """Whether the official calendar of that year is known."""
    return _ANNOUNCED_FROM <= day <= ANNOUNCED_UNTIL


def is_workday(day: date) -> bool:
    """True for a day people work in mainland China, make-up weekends included."""
    return _is_workday(day) if is_announced(day) else day.weekday() < 5


def add_days(start: date, days: int, how: Days) -> date:
    """The day `days` after `start` (before it when negative).

    Working days: 0 is `start` itself or the first working day after it; so is the count's origin.
    """
    if how is Days.CALENDAR:
        return start + timedelta(days=days)
    day = start
    while not is_workday(day):
        day += _ONE_DAY
    step = _ONE_DAY if days > 0 else -_ONE_DAY
    for _ in range(abs(days)):
        day += step
        while not is_workday(day):
            day += step
    return day
