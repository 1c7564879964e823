"""How failed sign-ins slow the next try down. Pure: counts and times come as arguments.

Never a lock: the longest wait is a minute, so nobody can shut a colleague out by typing nonsense.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(minutes=15)
ACCOUNT_LIMIT: Final = 10
ADDRESS_LIMIT: Final = 300  # a whole company sits behind one address
LONGEST_WAIT: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed tries since `window_started_at`, the latest at `last_at`."""

    count: int
    window_started_at: datetime
    last_at: datetime


def wait(failures: Failures | None, *, limit: int, now: datetime) -> timedelta:
    """How long the next try must still wait: 1, 2, 4 … 60 s after each failure from `limit` on."""
    if failures is None or now - failures.window_started_at > WINDOW or failures.count < limit:
        return timedelta(0)
    doublings = min(failures.count - limit, 6)
    pause = min(timedelta(seconds=2**doublings), LONGEST_WAIT)
    return max(failures.last_at + pause - now, timedelta(0))
