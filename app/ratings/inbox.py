"""What rated work waits for, in the work list of the home page."""

from collections.abc import Collection, Sequence
from datetime import datetime

from flask_babel import gettext as _

from app.domain.stuck import Hold, Reason
from app.domain.tracks import Party
from app.kernel.auth import Actor, may
from app.kernel.clock import organisation_day
from app.ratings import pages
from app.ratings.models import Performance, PerformanceState, Seat, SeatState
from app.ratings.queries import lists
from app.tracks.home import Queue


def waiting(actor: Actor, *, now: datetime, lang: str) -> list[Queue]:
    """Marks to give, seats to fill, results to release, appeals to assign."""
    page = pages.queue_page(
        actor, today=organisation_day(now), lang=lang, may_plan=may("rating.plan")
    )
    return [
        Queue(
            title=_("%(what)s：%(who)s", what=line.title, who=line.subject),
            meta=line.role,
            url=line.url,
            button=line.button,
            since=line.happens_on,
            is_late=line.is_late,
        )
        for line in (*page.mine, *page.answers, *page.arrange)
    ]


def holds(enrolment_ids: Collection[int], *, now: datetime) -> list[Hold]:
    """What role-plays and other rated work of these enrolments wait for. Two SELECTs."""
    today = organisation_day(now)
    found = [_hold(row, seats) for row, seats in lists.waiting_for(enrolment_ids)]
    return [one for one in found if one.since <= today]


def _hold(row: Performance, seats: Sequence[Seat]) -> Hold:
    invited = [one for one in seats if one.state == SeatState.INVITED]
    is_planned = row.state == PerformanceState.PLANNED
    waits = () if is_planned else tuple(one.assessor_id for one in invited)
    since = organisation_day(row.created_at) if is_planned else row.happens_on
    return Hold(
        enrolment_id=row.enrolment_id or 0,
        activity_id=row.activity_id,
        reason=Reason.UNPLANNED if is_planned else Reason.MARKING,
        since=since,
        party=Party.TRAINER,
        people=waits,
    )
