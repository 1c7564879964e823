"""Work of the night."""

from datetime import datetime

from app.competency import services
from app.kernel.clock import organisation_day


def nightly(now: datetime) -> int:
    """Renew all levels: evidence ages and steps follow the hire date. The caller commits."""
    return services.refresh_all(organisation_day(now))
