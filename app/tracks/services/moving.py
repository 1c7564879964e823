"""People move to another version of their track. Services flush; the edges commit."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from app.accounts import services as accounts
from app.accounts.queries import PersonIds
from app.domain.enrolment import Event, State, may
from app.domain.moving import Fate, Moving, compare
from app.domain.tracks import Track
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.kernel.errors import ConflictError, NotFoundError
from app.tracks.models import Enrolment, StepResult, TrackVersion
from app.tracks.queries.facts import (
    Known,
    is_renewing,
    known_of,
    rounds_in,
    track_of,
    versions_by_id,
)
from app.tracks.services.dates import assign_exams, cancel_exams, move_exams
from app.tracks.services.lifecycle import WrongMomentError, advance, audit, happen, locked
from app.tracks.services.renewing import define_exams

# Where the pass of an exam stands that was sat in the version one comes from.
MOVED = "moved"


@dataclass(frozen=True, slots=True)
class MovePlan:
    """A move before it is made, or as it was made."""

    enrolment_id: int
    person_id: int
    old_number: int
    new_number: int
    moving: Moving


def plan_move(*, enrolment_id: int, to_number: int, now: datetime) -> MovePlan:
    """What moving somebody to another version would change. Raises NotFoundError."""
    row = session().get(Enrolment, enrolment_id)
    if row is None:
        raise NotFoundError
    old, new = _versions(row, to_number)
    return _plan(row, old, new, now)


def plan_moves(slug: str, to_number: int, *, reach: PersonIds, now: datetime) -> list[MovePlan]:
    """What moving to a version would change for everybody within reach who is on another one.

    Only who may be moved at all. Raises NotFoundError. Ten SELECTs however many people.
    """
    new = _version(slug, to_number)
    rows = session().scalars(
        select(Enrolment)
        .where(
            Enrolment.track_slug == slug,
            Enrolment.track_version_id != new.id,
            Enrolment.state.in_([state.value for state in State if may(state, Event.MOVE)]),
            Enrolment.person_id.in_(reach),
        )
        .order_by(Enrolment.id)
    )
    found = list(rows)
    olds = versions_by_id({row.track_version_id for row in found})
    known = known_of(found, today=organisation_day(now))
    return [_compared(row, olds[row.track_version_id], new, known[row.id]) for row in found]


class PlanChangedError(ConflictError):
    """Somebody did something since the move was shown: it would be another one now."""

    code = "plan_changed"
    message = "看过预览以后情况变了，没有换。请再看一遍。"


def move(
    *,
    enrolment_id: int,
    to_number: int,
    reason: str,
    actor_id: int,
    now: datetime,
    seen: str | None = None,
) -> MovePlan:
    """Move somebody to another version of the same track; to the one before is the way back.

    What is done carries over by activity id; exams that are other ones now are sat again. `seen`:
    the digest of the move that was shown. Raises NotFoundError, WrongMomentError, PlanChangedError.
    """
    row = locked(enrolment_id)
    if not may(State(row.state), Event.MOVE):
        raise WrongMomentError
    old, new = _versions(row, to_number)
    plan = _plan(row, old, new, now)
    if seen is not None and plan.moving.digest != seen:
        raise PlanChangedError
    cancel_exams(row, actor_id=actor_id, now=now, only_open=True)
    _carry_exams(row, plan.moving, track_of(new), actor_id=actor_id, now=now)
    row.track_version_id = new.id
    happen(
        row,
        Event.MOVE,
        rule=f"version:{new.number}",
        reason=reason,
        actor_id=actor_id,
        now=now,
        detail={
            "from": old.number,
            "to": new.number,
            "new": [one.thing.id for one in plan.moving.of(Fate.NEW)],
            "gone": [one.thing.id for one in plan.moving.of(Fate.GONE)],
            "again": [one.thing.id for one in plan.moving.of(Fate.AGAIN)],
        },
    )
    define_exams(new, track_of(new), row.renewals, actor_id=actor_id, now=now)
    assign_exams([row], actor_id=actor_id, now=now)
    move_exams([row], now=now)
    accounts.notify(
        user_id=row.person_id,
        kind="moved",
        key=f"moved:{row.id}:{new.number}:{now:%Y%m%d%H%M%S}",
        params=accounts.titled(new.title),
        url=f"/enrolments/{row.id}",
        now=now,
    )
    numbers = {"from": old.number, "to": new.number}
    audit("enrolment.move", row, actor_id=actor_id, now=now, reason=reason, **numbers)
    advance([enrolment_id], now=now)
    return plan


def _versions(row: Enrolment, to_number: int) -> tuple[TrackVersion, TrackVersion]:
    """The version an enrolment has and the one asked for, which is another."""
    new = _version(row.track_slug, to_number)
    if new.id == row.track_version_id:
        raise NotFoundError
    return versions_by_id([row.track_version_id])[row.track_version_id], new


def _version(slug: str, number: int) -> TrackVersion:
    found = session().scalar(
        select(TrackVersion).where(TrackVersion.slug == slug, TrackVersion.number == number)
    )
    if found is None:
        raise NotFoundError
    return found


def _plan(row: Enrolment, old: TrackVersion, new: TrackVersion, now: datetime) -> MovePlan:
    return _compared(row, old, new, known_of([row], today=organisation_day(now))[row.id])


def _compared(row: Enrolment, old: TrackVersion, new: TrackVersion, known: Known) -> MovePlan:
    renewal_on = row.renewal_on if is_renewing(row) else None
    moving = compare(
        track_of(old),
        track_of(new),
        anchor_on=row.anchor_on,
        done=known.facts.done,
        passed_gates=known.facts.passed_gates,
        shift=known.facts.shift if renewal_on is None else known.shift_renewal,
        renewal_on=renewal_on,
    )
    return MovePlan(row.id, row.person_id, old.number, new.number, moving)


def _carry_exams(
    row: Enrolment, moving: Moving, track: Track, *, actor_id: int, now: datetime
) -> None:
    """An exam passed in the old version counts in the new one where it is the same exam."""
    session().execute(
        delete(StepResult).where(
            StepResult.enrolment_id == row.id,
            StepResult.source_type == MOVED,
            StepResult.is_waived.is_(False),
        )
    )
    session().expire_all()
    rounds = rounds_in(track, row.renewals)
    kept = {
        (one.activity_id, one.round)
        for one in session().scalars(select(StepResult).where(StepResult.enrolment_id == row.id))
    }
    for change in moving.of(Fate.CARRIED):
        activity = track.activity(change.thing.id)
        key = (change.thing.id, rounds.of(change.thing.id))
        if activity is None or activity.exam is None or key in kept:
            continue
        session().add(
            StepResult(
                enrolment_id=row.id,
                activity_id=activity.id,
                round=key[1],
                times=1,
                is_done=True,
                done_at=now,
                source_type=MOVED,
                source_id=str(row.track_version_id),
                actor_id=actor_id,
                changed_at=now,
            )
        )
    session().flush()
