"""Word to learners about steps that fall due; exams are reminded of by their assessment."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.models import User
from app.accounts.services import titled
from app.domain.enrolment import State
from app.domain.progress import StepProgress
from app.domain.reminders import days_left_to_tell
from app.domain.tracks import ActivityKind
from app.kernel.clock import local_day
from app.kernel.db import session
from app.tracks.models import Enrolment
from app.tracks.queries.facts import known_of, progress_of, track_of, versions_by_id

# In these somebody is on the way; who is paused, exempt or through is not reminded.
ON_THE_WAY: Final = (
    State.ASSIGNED,
    State.ACTIVE,
    State.AT_GATE,
    State.EXTENDED,
    State.NOT_YET,
    State.RECERTIFYING,
)


def remind(*, now: datetime) -> int:
    """Tell learners which unfinished steps fall or fell due, on the days to do so.

    Days are those of each learner; twice on the same day changes nothing. Gives the number told.
    """
    rows = session().execute(
        select(Enrolment, User.timezone)
        .join(User, User.id == Enrolment.person_id)
        .where(Enrolment.state.in_(ON_THE_WAY), User.disabled_at.is_(None))
        .order_by(Enrolment.id)
    )
    by_day: dict[date, list[Enrolment]] = defaultdict(list)
    for row, timezone in rows:
        by_day[local_day(now, timezone)].append(row)
    return sum(_remind_on(today, found, now) for today, found in by_day.items())


def _remind_on(today: date, rows: Sequence[Enrolment], now: datetime) -> int:
    versions = versions_by_id([row.track_version_id for row in rows])
    known = known_of(rows, today=today)
    words = []
    for row in rows:
        track = track_of(versions[row.track_version_id])
        standing = progress_of(row, track, known[row.id], today=today)
        words += [word for step in standing.steps if (word := _word(row, step, today))]
    return accounts.notify_each(words, now=now)


def _word(row: Enrolment, step: StepProgress, today: date) -> accounts.Word | None:
    if step.is_finished or step.due_on is None or step.activity.kind is ActivityKind.EXAM:
        return None
    left = days_left_to_tell(step.due_on, today)
    if left is None:
        return None
    return accounts.Word(
        user_id=row.person_id,
        kind="step_overdue" if left < 0 else "step_due",
        key=f"step_due:{row.id}:{step.activity.id}:{step.due_on}:{left}",
        params={**titled(step.activity.title), "due": step.due_on.isoformat()},
        url="/path",
    )
