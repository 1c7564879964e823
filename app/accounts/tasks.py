"""Nightly work: what is kept about sign-ins goes when its time is over."""

from datetime import datetime

from app.accounts import services


def nightly(now: datetime) -> None:
    """Forget old counters, sign-in records and sessions. The caller commits."""
    services.forget_old_records(now=now)
