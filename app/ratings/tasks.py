"""What the worker does by itself for rated work."""

from datetime import datetime

from app.accounts import services as accounts
from app.kernel.clock import organisation_day
from app.ratings import services
from app.ratings.queries import lists
from app.ratings.services.common import words_of


def hourly(now: datetime) -> None:
    """Remind assessors whose mark is late: the day after, and once a week from then on."""
    today = organisation_day(now)
    words = [
        accounts.Word(
            user_id=seat.assessor_id,
            kind="seat_late",
            key=f"seat-late:{seat.id}:{(today - row.happens_on).days // 7}",
            params=words_of(row),
            url=f"/seats/{seat.id}",
        )
        for seat, row in lists.late_seats(today)
    ]
    accounts.notify_each(words, now=now)


def nightly(now: datetime) -> None:
    """Seats of those who have left are free for others, and work about them is not waited for."""
    services.free_of_leavers(now=now)
    services.void_of_leavers(now=now)
    services.keep_of_leavers(now=now)
