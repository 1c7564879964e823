"""Time per item from the saves of a sitting: from the save before it to its first one."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby


def seconds_per_position(
    started_at: datetime, saves: Sequence[tuple[int, datetime]]
) -> dict[int, float]:
    """Seconds by position; `saves` in the order of their times.

    What came in one save shares its time: the page saves several answers at once after a break in
    the connection.
    """
    found: dict[int, float] = {}
    before = started_at
    for moment, group in groupby(saves, key=lambda save: save[1]):
        new = [position for position, _ in group if position not in found]
        for position in dict.fromkeys(new):
            found[position] = (moment - before).total_seconds() / len(set(new))
        before = moment
    return found
