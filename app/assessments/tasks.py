"""Work of the job worker."""

from datetime import datetime

from app.assessments import services


def sweep(now: datetime) -> int:
    """Hand in every attempt whose time is over; gives their number. The caller commits."""
    return services.sweep(now=now)
