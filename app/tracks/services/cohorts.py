"""Cohorts: made, changed, filled, moved to another start, closed. Services flush; edges commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select

from app.accounts import services as accounts
from app.accounts.services import titled
from app.audit.services import record
from app.domain.enrolment import RUNNING, Event, State
from app.domain.progress import StepProgress, progress
from app.domain.tracks import ActivityKind, Gate
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.kernel.errors import DomainError, NotFoundError
from app.tracks import queries
from app.tracks.models import Cohort, Enrolment
from app.tracks.queries.facts import known_of, track_of, versions_by_id
from app.tracks.services.dates import move_exams
from app.tracks.services.enrolling import enrol
from app.tracks.services.lifecycle import advance, happen

# The rule an enrolment event names when the start of its cohort was moved.
START_MOVED = "cohort_start"
NOTHING: Final[Mapping[str, object]] = {}


class TitleTakenError(DomainError):
    """Two cohorts of one track cannot have one name."""

    code = "cohort_title"
    status = 422
    message = "这条路径已经有一期叫“%(title)s”。换一个名字。"


class CohortFullError(DomainError):
    """More people than seats."""

    code = "cohort_full"
    status = 422
    message = "只剩 %(free)s 个名额，选了 %(n)s 人。少选几位，或先把名额改大。"


class CohortClosedError(DomainError):
    """Nobody is put into a closed cohort, and its start does not move."""

    code = "cohort_closed"
    message = "这一期已经关闭。先重新打开。"


@dataclass(frozen=True, slots=True)
class CohortData:
    """What is written about a cohort; `seats` None: as many as come."""

    title: str
    place: str
    seats: int | None


@dataclass(frozen=True, slots=True)
class DateMove:
    """One step or gate whose date changes: the title by language."""

    title: dict[str, str]
    old_on: date
    new_on: date
    is_exam: bool
    is_gate: bool
    is_past: bool


@dataclass(frozen=True, slots=True)
class PersonMove:
    """One person whose dates change."""

    enrolment_id: int
    person_id: int
    moves: tuple[DateMove, ...]


@dataclass(frozen=True, slots=True)
class StartPlan:
    """What another start would change. `staying`: people who are through, or have left, or are on
    the track from that day already."""

    cohort_id: int
    old_on: date
    new_on: date
    people: tuple[PersonMove, ...]
    staying: tuple[int, ...]


def make_cohort(
    slug: str, data: CohortData, *, starts_on: date, actor_id: int, now: datetime
) -> int:
    """A cohort of a track. Raises NotFoundError, TitleTakenError."""
    if queries.newest_version(slug) is None:
        raise NotFoundError
    _free_title(slug, data.title, None)
    row = Cohort(
        track_slug=slug,
        title=data.title,
        starts_on=starts_on,
        place=data.place,
        seats=data.seats,
        created_at=now,
        created_by_id=actor_id,
    )
    session().add(row)
    session().flush()
    _audit("cohort.create", row, actor_id, now, {"on": starts_on} | _facts(row))
    return row.id


def edit_cohort(cohort_id: int, data: CohortData, *, actor_id: int, now: datetime) -> None:
    """Title, place and seats; the start is moved by `move_start`. Raises TitleTakenError."""
    row = _locked(cohort_id)
    if _facts(row) == {"title": data.title, "place": data.place, "seats": data.seats}:
        return
    _free_title(row.track_slug, data.title, row.id)
    row.title, row.place, row.seats = data.title, data.place, data.seats
    session().flush()
    _audit("cohort.edit", row, actor_id, now, _facts(row))


def close_cohort(cohort_id: int, *, is_closed: bool, actor_id: int, now: datetime) -> None:
    """Close it, or open it again; who is in stays on the track."""
    row = _locked(cohort_id)
    if (row.closed_on is not None) == is_closed:
        return
    row.closed_on = organisation_day(now) if is_closed else None
    session().flush()
    _audit("cohort.close" if is_closed else "cohort.open", row, actor_id, now)


def put_in(cohort_id: int, person_ids: Sequence[int], *, actor_id: int, now: datetime) -> list[int]:
    """Put people on the track in this cohort; gives the new enrolments.

    The caller has checked that the actor may. Raises CohortClosedError, CohortFullError.
    """
    row = _locked(cohort_id)
    if row.closed_on is not None:
        raise CohortClosedError
    wanted = dict.fromkeys(person_ids)
    if row.seats is not None:
        free = max(row.seats - _count(row.id), 0)
        if len(wanted) > free:
            raise CohortFullError(free=free, n=len(wanted))
    return enrol(
        person_ids=list(wanted),
        slug=row.track_slug,
        anchor_on=row.starts_on,
        actor_id=actor_id,
        now=now,
        cohort_id=row.id,
    )


# ---------------------------------------------------------------- another start


def plan_start(cohort_id: int, new_on: date, *, now: datetime) -> StartPlan:
    """What moving the start would change; nothing is written. Raises NotFoundError."""
    row = session().get(Cohort, cohort_id)
    if row is None:
        raise NotFoundError
    return _plan(row, new_on, _people(row.id), now)


def move_start(
    cohort_id: int, new_on: date, *, reason: str, actor_id: int, now: datetime
) -> StartPlan:
    """Move the start: due dates of all who are on the way move, and those of their exams.

    The start before is kept, so that moving can be taken back. Raises CohortClosedError.
    """
    row = _locked(cohort_id)
    if row.closed_on is not None:
        raise CohortClosedError
    people = _people(row.id)
    plan = _plan(row, new_on, people, now)
    if new_on == row.starts_on:
        return plan
    moving = {one.enrolment_id for one in plan.people}
    moved = [one for one in people if one.id in moving]
    old_on = row.starts_on
    # The way back is no move to take back in its turn.
    row.moved_from = None if row.moved_from == new_on else old_on
    row.starts_on = new_on
    for one in moved:
        one.anchor_on = new_on
        happen(
            one,
            Event.MOVE,
            rule=START_MOVED,
            reason=reason,
            actor_id=actor_id,
            now=now,
            detail={"from_on": old_on.isoformat(), "to_on": new_on.isoformat()},
        )
    session().flush()
    move_exams(moved, now=now)
    version = queries.newest_version(row.track_slug)
    for one in moved:
        accounts.notify(
            user_id=one.person_id,
            kind="start_moved",
            key=f"start_moved:{one.id}:{new_on}:{now:%Y%m%d%H%M%S}",
            params=titled(version.title if version else {}) | {"due": new_on.isoformat()},
            url="/path",
            now=now,
        )
    detail = {"before": old_on, "after": new_on, "people": len(moved)}
    _audit("cohort.move", row, actor_id, now, detail, reason=reason)
    advance([one.id for one in moved], now=now)
    return plan


def _plan(row: Cohort, new_on: date, people: Sequence[Enrolment], now: datetime) -> StartPlan:
    today = organisation_day(now)
    taken = _taken(row, new_on, people)
    versions = versions_by_id([one.track_version_id for one in people])
    known = known_of(people, today=today)
    moving, staying = [], []
    for one in people:
        is_on_the_way = State(one.state) in RUNNING - {State.RECERTIFYING} or one.back_to
        if not is_on_the_way or one.anchor_on != row.starts_on or one.person_id in taken:
            staying.append(one.person_id)
            continue
        track = track_of(versions[one.track_version_id])
        facts = known[one.id].facts
        before = progress(track, anchor_on=one.anchor_on, today=today, facts=facts)
        after = progress(track, anchor_on=new_on, today=today, facts=facts)
        moves = [
            _date_move(old, new, today)
            for old, new in zip(before.steps, after.steps, strict=True)
            if not old.is_finished and old.due_on != new.due_on
        ]
        gates = [
            _gate_move(old.gate, old.due_on, new.due_on, today)
            for old, new in zip(before.gates, after.gates, strict=True)
            if not old.is_passed and old.due_on and new.due_on and old.due_on != new.due_on
        ]
        moving.append(
            PersonMove(one.id, one.person_id, tuple(m for m in [*moves, *gates] if m is not None))
        )
    return StartPlan(row.id, row.starts_on, new_on, tuple(moving), tuple(staying))


def _date_move(old: StepProgress, new: StepProgress, today: date) -> DateMove | None:
    if old.due_on is None or new.due_on is None:
        return None
    is_exam = old.activity.kind is ActivityKind.EXAM
    return DateMove(
        dict(old.activity.title), old.due_on, new.due_on, is_exam, False, new.due_on < today
    )


def _gate_move(gate: Gate, old_on: date, new_on: date, today: date) -> DateMove:
    return DateMove(dict(gate.title), old_on, new_on, False, True, new_on < today)


def _taken(row: Cohort, new_on: date, people: Sequence[Enrolment]) -> set[int]:
    """Who has another enrolment on this track that counts from the new day."""
    ids = {one.person_id for one in people}
    return set(
        session().scalars(
            select(Enrolment.person_id).where(
                Enrolment.track_slug == row.track_slug,
                Enrolment.person_id.in_(ids),
                Enrolment.anchor_on == new_on,
            )
        )
    )


# ---------------------------------------------------------------- small things


def _people(cohort_id: int) -> list[Enrolment]:
    return list(
        session().scalars(
            select(Enrolment)
            .where(Enrolment.cohort_id == cohort_id, Enrolment.withdrawn_at.is_(None))
            .order_by(Enrolment.id)
        )
    )


def _count(cohort_id: int) -> int:
    query = select(func.count()).where(
        Enrolment.cohort_id == cohort_id, Enrolment.withdrawn_at.is_(None)
    )
    return session().scalar(query) or 0


def _locked(cohort_id: int) -> Cohort:
    row = session().scalar(select(Cohort).where(Cohort.id == cohort_id).with_for_update())
    if row is None:
        raise NotFoundError
    return row


def _free_title(slug: str, title: str, own: int | None) -> None:
    known = session().scalar(
        select(Cohort.id).where(Cohort.track_slug == slug, Cohort.title == title)
    )
    if known is not None and known != own:
        raise TitleTakenError(title=title)


def _facts(row: Cohort) -> dict[str, object]:
    return {"title": row.title, "place": row.place, "seats": row.seats}


def _audit(
    action: str,
    row: Cohort,
    actor_id: int,
    now: datetime,
    detail: Mapping[str, object] = NOTHING,
    *,
    reason: str = "",
) -> None:
    record(
        action=action,
        object_type="cohort",
        object_id=row.id,
        actor_id=actor_id,
        now=now,
        detail={"track": row.track_slug, "cohort": row.title, **detail},
        reason=reason,
    )
