"""Work of the night and of the job worker."""

from datetime import datetime

from app.accounts import queries as accounts
from app.competency import services
from app.competency.queries import CHUNK
from app.jobs.registry import JobContext, job
from app.kernel.clock import organisation_day


def nightly(now: datetime) -> None:
    """Renew all levels: evidence ages and steps follow the hire date. The caller commits."""
    services.renew_everybody(now=now, today=organisation_day(now))


@job(services.RENEW_JOB)
def renew(context: JobContext) -> None:
    """Renew all levels in pieces, each a transaction of its own."""
    today = organisation_day(context.now())
    with context.transaction():
        ids = accounts.active_ids(today)
    for start in range(0, len(ids), CHUNK):
        context.progress(start, total=len(ids))
        with context.transaction():
            services.renew_levels(ids[start : start + CHUNK], today)
    context.progress(len(ids), total=len(ids))
