"""What rated work waits for, in the work list of the home page."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from flask_babel import gettext as _

from app.domain.stuck import Hold, Reason
from app.domain.tracks import Party
from app.kernel.auth import Actor, may
from app.kernel.clock import organisation_day
from app.kernel.i18n import show_day
from app.ratings import pages
from app.ratings.models import Performance, PerformanceState, Seat, SeatState
from app.ratings.pages import QueueLine
from app.ratings.queries import lists
from app.tracks.duties import Queue


def waiting(actor: Actor, *, now: datetime, lang: str) -> list[Queue]:
    """Marks to give, seats to fill, results to release, appeals to assign: what the board says is
    this reader's turn, and what she planned herself."""
    today = organisation_day(now)
    page = pages.queue_page(actor, today=today, lang=lang, may_plan=may("rating.plan"))
    arrange = [one for one in page.arrange if _arranges(actor, one)]
    return [_queue(line, today) for line in (*page.mine, *page.answers, *arrange)]


def _arranges(actor: Actor, line: QueueLine) -> bool:
    """Trainers arrange, and whoever planned it; HR where nobody did, as for the panel of a work."""
    if actor.has("trainer") or line.planned_by == actor.id:
        return True
    return line.planned_by is None and actor.has("hr")


def _queue(line: QueueLine, today: date) -> Queue:
    ahead = line.happens_on is not None and line.happens_on > today
    when = _("%(day)s 进行", day=show_day(line.happens_on)) if ahead else ""
    return Queue(
        title=_("%(what)s：%(who)s", what=line.title, who=line.subject),
        meta=_("，").join(part for part in (line.role, when) if part),
        url=line.url,
        button=line.button,
        since=None if ahead else line.happens_on,
        is_late=line.is_late,
        about=line.about,
    )


def holds(enrolment_ids: Collection[int], *, now: datetime) -> list[Hold]:
    """What role-plays and other rated work of these enrolments wait for. Two SELECTs."""
    today = organisation_day(now)
    return [_hold(row, seats, today) for row, seats in lists.waiting_for(enrolment_ids)]


def _hold(row: Performance, seats: Sequence[Seat], today: date) -> Hold:
    """Seats are free, or the day is still to come, or it waits for the marks of those seated."""
    invited = tuple(one.assessor_id for one in seats if one.state == SeatState.INVITED)
    made_on = organisation_day(row.created_at)
    reason, since = Reason.MARKING, row.happens_on
    if row.state == PerformanceState.PLANNED:
        reason, since, invited = Reason.UNPLANNED, made_on, ()
    elif row.happens_on > today:
        reason, since = Reason.BOOKED, made_on
    return Hold(
        enrolment_id=row.enrolment_id or 0,
        activity_id=row.activity_id,
        reason=reason,
        since=since,
        party=Party.TRAINER,
        people=invited,
        until=row.happens_on if reason is Reason.BOOKED else None,
    )
