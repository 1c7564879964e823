"""Work of the job worker. The caller opens and ends the transaction."""

from datetime import datetime

from app.assessments import services


def sweep(now: datetime) -> int:
    """Every 30 s: hand in attempts whose time is over; gives their number."""
    return services.sweep(now=now)


def hourly(now: datetime) -> None:
    """Tell people what falls due and is not handed in: somewhere it is midnight every hour."""
    services.remind(now=now)
