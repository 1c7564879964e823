"""Work of the job worker. The caller opens and ends the transaction."""

from datetime import datetime

from app.fieldwork import services


def hourly(now: datetime) -> None:
    """Remind of the day agreed after a "not yet"."""
    services.remind(now=now)


def nightly(now: datetime) -> None:
    """End what is over between mentors and trainees; tell mentors what waits for them, and managers
    who lost a mentor."""
    services.end_finished(now=now)
    services.tell_waiting(now=now)
