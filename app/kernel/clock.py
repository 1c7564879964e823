"""The one place that reads the time. Edges call it; everything below takes `now` as an argument."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def _system() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  the clock itself


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """The current instant, aware, UTC."""
    return _source()


@contextmanager
def at(source: Callable[[], datetime]) -> Iterator[None]:
    """Run with another clock (tests, demo data). Not for concurrent use in one process."""
    global _source  # noqa: PLW0603  the injected clock is process-wide on purpose
    before = _source
    _source = source
    try:
        yield
    finally:
        _source = before


def local_day(moment: datetime, timezone: str) -> date:
    """The calendar day of `moment` in an IANA time zone."""
    return moment.astimezone(ZoneInfo(timezone)).date()


_organisation_zone = "Asia/Shanghai"


def set_organisation_zone(name: str) -> None:
    """The IANA zone in which the organisation counts days; create_app sets it from TIMEZONE."""
    global _organisation_zone  # noqa: PLW0603  one organisation per process, like the clock
    _organisation_zone = name


def organisation_zone() -> str:
    """The IANA zone of the organisation: who is new lives by it until she says otherwise."""
    return _organisation_zone


def organisation_day(moment: datetime) -> date:
    """The calendar day of `moment` where the organisation is: evidence and teams go by it."""
    return local_day(moment, _organisation_zone)
