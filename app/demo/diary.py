"""What happens when: events in the order of time, each run with the clock at its own moment."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.kernel import clock, db

Event = Callable[[datetime], object]
Progress = Callable[[int], None]

CHUNK: Final = 80
MORNING, EVENING = 9, 18
PERCENT: Final = 100


@dataclass(slots=True)
class Diary:
    """Events up to `now`; what would lie after it never happens.

    An event gets the moment it happens at and may write further ones into the diary.
    """

    now: datetime
    timezone: str
    first: datetime | None = None
    _pages: list[tuple[datetime, int, Event]] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def today(self) -> date:
        """The day of loading, where the organisation is."""
        return clock.local_day(self.now, self.timezone)

    def day(self, ago: int) -> date:
        """The calendar day so many days before today."""
        return self.today - timedelta(days=ago)

    def at(self, ago: int, hour: int, minute: int = 0) -> datetime:
        """A local time of day, `ago` days before today."""
        local = datetime.combine(self.day(ago), time(hour, minute), ZoneInfo(self.timezone))
        return local.astimezone(self.now.tzinfo)

    def by_day(self, moment: datetime) -> datetime:
        """The moment itself in working hours, else the next morning at the same minute."""
        local = moment.astimezone(ZoneInfo(self.timezone))
        if local.hour >= EVENING:
            local += timedelta(days=1)
        if not MORNING <= local.hour < EVENING:
            local = local.replace(hour=MORNING + local.hour % 3)
        return local.astimezone(moment.tzinfo)

    def write(self, moment: datetime, event: Event) -> None:
        """Let `event` happen at `moment`, unless that is still to come."""
        if moment < self.now:
            heapq.heappush(self._pages, (moment, next(self._numbers), event))

    def play(self, progress: Progress) -> int:
        """Run all events in order of time, a transaction for some eighty of them.

        `progress` hears how many of a hundred parts of the time are done. Returns the number of
        events.
        """
        count, told = 0, 0
        start = self.first or (self._pages[0][0] if self._pages else self.now)
        while self._pages:
            with db.transaction():
                for _ in range(min(CHUNK, len(self._pages))):
                    moment = self._step()
                    count += 1
                    if not self._pages:
                        break
            done = int(PERCENT * ((moment - start) / (self.now - start)))
            progress(done - told)
            told = done
        progress(PERCENT - told)
        return count

    def _step(self) -> datetime:
        moment, _number, event = heapq.heappop(self._pages)
        with clock.at(lambda: moment):
            event(moment)
        return moment
