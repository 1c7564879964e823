"""Work of the job worker. The caller opens and ends the transaction."""

from datetime import datetime

from app.tracks.services.following import (
    enrol_by_rule,
    follow_days,
    follow_facts,
    withdraw_leavers,
)
from app.tracks.services.reminders import remind


def sweep(now: datetime) -> int:
    """Every 30 s: enrol by rule who has come, and let new results count; gives what happened."""
    return enrol_by_rule(now=now) + follow_facts(now=now)


def nightly(now: datetime) -> None:
    """A new day for everybody on a track: who left is off it, dates pass, credentials end."""
    withdraw_leavers(now=now)
    enrol_by_rule(now=now)
    follow_days(now=now)


def hourly(now: datetime) -> None:
    """Tell learners which steps fall due: somewhere it is midnight every hour."""
    remind(now=now)
