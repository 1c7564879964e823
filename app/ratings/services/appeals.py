"""Appeals: within seven days, once, to a marker who has not marked here before."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from sqlalchemy import select

from app.accounts import queries as people
from app.accounts.models import User
from app.domain import rated
from app.domain.framework import EvidenceKind
from app.domain.rated import SeatRole, Settled
from app.kernel.clock import organisation_day
from app.kernel.db import insert_once, session
from app.kernel.errors import NotFoundError
from app.ratings.errors import AppealLateError, WrongStateError
from app.ratings.models import (
    Appeal,
    AppealState,
    Outcome,
    Performance,
    PerformanceState,
    Seat,
    SeatState,
)
from app.ratings.queries.outcomes import domain_mark, frozen, latest_outcomes, marks_of, shares
from app.ratings.services.common import LEFT, audit, locked, organisers, tell
from app.ratings.services.marking import add_outcome, make_known
from app.ratings.services.seating import seat


def may_appeal(row: Performance, *, now: datetime) -> bool:
    """Whether the learner may still appeal: released, not more than seven days ago, no peers'."""
    ends = appeal_until(row)
    return ends is not None and organisation_day(now) <= ends


def appeal_until(row: Performance) -> date | None:
    """The last day on which the learner may appeal; None: not released, or peers' reviews."""
    if row.state != PerformanceState.RELEASED or row.released_at is None:
        return None
    if row.evidence_kind is EvidenceKind.PEER:
        return None
    return organisation_day(row.released_at) + timedelta(rated.APPEAL_DAYS)


def appeal(*, performance_id: int, reason: str, actor_id: int, now: datetime) -> int:
    """The learner asks for another marker; returns the appeal's id.

    Raises NotFoundError for anybody else's work, AppealLateError when late or made before.
    """
    row = locked(performance_id)
    if row.person_id != actor_id:
        raise NotFoundError
    values = {
        "performance_id": row.id,
        "reason": reason,
        "state": AppealState.OPEN.value,
        "at": now,
        "decision": "",
    }
    if not may_appeal(row, now=now) or not insert_once(Appeal, values):
        raise AppealLateError
    made = _of(row.id)
    tell(
        {*organisers(row), *people.holders("hr")},
        row,
        "rating_appeal",
        key=f"rating-appeal:{made.id}",
        url=f"/performances/{row.id}",
        now=now,
    )
    audit("rating.appeal", row, actor_id=actor_id, now=now, reason=reason)
    return made.id


def _of(performance_id: int) -> Appeal:
    found = session().scalar(select(Appeal).where(Appeal.performance_id == performance_id))
    if found is None:
        raise NotFoundError
    return found


def assign_appeal(
    *, performance_id: int, assessor_id: int, actor_id: int | None, now: datetime
) -> int:
    """Give an open appeal to another marker; returns the seat. Raises as `seat`."""
    row = locked(performance_id)
    one = _of(performance_id)
    if one.state == AppealState.MARKING:
        before = session().get(Seat, one.seat_id)
        if before is not None and before.state != "declined":
            raise WrongStateError
    elif one.state != AppealState.OPEN:
        raise WrongStateError
    made = seat(
        performance_id=row.id,
        assessor_id=assessor_id,
        role=SeatRole.APPEAL,
        actor_id=actor_id,
        now=now,
    )
    one.seat_id, one.state = made, AppealState.MARKING.value
    session().flush()
    return made


@dataclass(frozen=True, slots=True)
class Consequence:
    """What following the appeal's marker would change. Scores are 0-100 by competency."""

    before: Fraction
    after: Fraction
    passed_before: bool
    passed_after: bool
    scores: tuple[tuple[str, Fraction, Fraction], ...]


def preview(performance_id: int) -> Consequence:
    """What the decision would change. Raises WrongStateError before the new mark is in."""
    row = session().get(Performance, performance_id)
    if row is None:
        raise NotFoundError
    last, fresh = _both(row)
    form, _rules = frozen(row)
    old = rated.competency_scores(form, shares(last))
    new = rated.competency_scores(form, fresh.rows)
    return Consequence(
        before=last.total,
        after=fresh.total,
        passed_before=last.has_passed,
        passed_after=fresh.has_passed,
        scores=tuple((slug, old[slug], new[slug]) for slug in old),
    )


def _both(row: Performance) -> tuple[Outcome, Settled]:
    """The outcome in force, and the one the appeal's marker would make it."""
    one = _of(row.id)
    last = latest_outcomes([row.id]).get(row.id)
    pairs = marks_of([row.id]).get(row.id, [])
    given = [domain_mark(place, mark) for place, mark in pairs if place.id == one.seat_id]
    if last is None or not given:
        raise WrongStateError
    form, rules = frozen(row)
    return last, rated.after_appeal(form, rules, given[0])


def decide(
    *, performance_id: int, is_changed: bool, reason: str, actor_id: int, now: datetime
) -> None:
    """The appeal's marker keeps the outcome or changes it to his own, with the reason.

    A changed outcome supersedes the old one with its evidence. Raises NotFoundError for anybody
    else, WrongStateError before the mark is in or when it is decided.
    """
    row = locked(performance_id)
    one = _of(performance_id)
    place = session().get(Seat, one.seat_id) if one.seat_id is not None else None
    if place is None or place.assessor_id != actor_id:
        raise NotFoundError
    if one.state != AppealState.MARKING or row.state != PerformanceState.RELEASED:
        raise WrongStateError
    _last, fresh = _both(row)
    one.state = (AppealState.CHANGED if is_changed else AppealState.KEPT).value
    one.decision, one.decided_at, one.decided_by_id = reason, now, actor_id
    session().flush()
    audit(
        "rating.appeal_decide", row, actor_id=actor_id, now=now, reason=reason, changed=is_changed
    )
    if is_changed:
        add_outcome(row, fresh, reason=reason, decided_by_id=actor_id, now=now)
        make_known(row, now=now)
    tell(
        [row.person_id],
        row,
        "rating_appeal_decided",
        key=f"rating-appeal-decided:{one.id}",
        url=f"/performances/{row.id}",
        now=now,
    )


def keep_of_leavers(*, now: datetime) -> int:
    """Appeals of people who have left keep the outcome: nobody has to mark, and nobody is told.

    Gives how many there were.
    """
    found = session().scalars(
        select(Performance.id)
        .join(Appeal, Appeal.performance_id == Performance.id)
        .join(User, User.id == Performance.person_id)
        .where(Appeal.state == AppealState.MARKING.value, User.left_on <= organisation_day(now))
        .order_by(Performance.id)
    )
    count = 0
    for performance_id in found.all():
        row, one = locked(performance_id), _of(performance_id)
        session().refresh(one)
        if one.state != AppealState.MARKING:  # decided since it was found
            continue
        place = session().get(Seat, one.seat_id) if one.seat_id is not None else None
        if place is not None and place.state == SeatState.INVITED:
            place.state, place.because, place.answered_at = SeatState.DECLINED.value, LEFT, now
        one.state, one.decision, one.decided_at = AppealState.KEPT.value, LEFT, now
        session().flush()
        audit("rating.appeal_decide", row, actor_id=None, now=now, reason=LEFT, changed=False)
        count += 1
    return count
