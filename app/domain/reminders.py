"""On which days before and after a due day a person is reminded."""

from datetime import date
from typing import Final

# Days left; -1 is the day after. Each is told once, and never one that its day has passed.
REMIND_WITH: Final = (7, 3, 1, 0, -1)


def days_left_to_tell(due_on: date, today: date) -> int | None:
    """The days left when `today` is a day to remind on, else None. Both days are the person's."""
    left = (due_on - today).days
    return left if left in REMIND_WITH else None
