"""Work of the worker. The caller opens and ends the transaction."""

from datetime import datetime

from app.admin import absences


def nightly(now: datetime) -> None:
    """Leave that begins or ends today."""
    absences.follow(now=now)
