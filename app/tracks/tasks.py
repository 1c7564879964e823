"""Work of the job worker. The caller opens and ends the transaction."""

from datetime import datetime

from app.tracks.services.reminders import remind


def hourly(now: datetime) -> None:
    """Tell learners which steps fall due: somewhere it is midnight every hour."""
    remind(now=now)
