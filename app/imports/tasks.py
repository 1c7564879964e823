"""Nightly work: imports that nobody saved go."""

from datetime import datetime

from app.imports import services


def nightly(now: datetime) -> None:
    """Forget old imports. The caller commits."""
    services.forget_old(now=now)
