"""Marks, and what follows from them in the same transaction: outcome, release, evidence, step."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select

from app.accounts.models import User
from app.competency import services as competency
from app.competency.services import NewEvidence, Source
from app.domain import rated
from app.domain.framework import EvidenceKind
from app.domain.items import DEFAULT_LANG, text_in
from app.domain.rated import SeatRole, Settled, Wanted
from app.domain.tracks import ActivityKind, Form
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.kernel.errors import BadInputError, NotFoundError
from app.ratings.errors import (
    AlreadyMarkedError,
    MarkingOverError,
    NotYourTurnError,
    WrongStateError,
)
from app.ratings.models import (
    RUNNING,
    Appeal,
    AppealState,
    Outcome,
    Performance,
    PerformanceState,
    RatedMark,
    Seat,
    SeatState,
)
from app.ratings.queries.outcomes import frozen, latest_outcomes, marks_of, settlement
from app.ratings.services.common import LEFT, audit, filled, locked, organisers, tell
from app.tracks import queries as tracks
from app.tracks import services as track_services
from app.tracks.models import Enrolment
from app.tracks.services import StepSource

SOURCE = "performance"
MOST_WORDS = 1000


@dataclass(frozen=True, slots=True)
class NewMark:
    """What an assessor gives: every row's marks, keep / change / try, lines said of `never`."""

    rows: dict[str, int]
    keep: str = ""
    change: str = ""
    attempt: str = ""
    said: tuple[int, ...] = field(default=())


def submit(
    *, seat_id: int, new: NewMark, key: str, seen: int, actor_id: int, now: datetime
) -> PerformanceState:
    """Give the mark of a seat, or correct it while nothing is settled.

    `key` is made by the device once a mark: the same one again changes nothing, whatever happened
    meanwhile. `seen` is the number of the mark that was on the page, 0 for none.

    Raises NotFoundError for anybody else's seat, BadInputError, AlreadyMarkedError,
    MarkingOverError, NotYourTurnError.
    """
    one = session().get(Seat, seat_id, populate_existing=True)
    if one is None or one.assessor_id != actor_id or one.state == SeatState.DECLINED:
        raise NotFoundError
    row = locked(one.performance_id)
    session().refresh(one)
    marks = list(
        session().scalars(
            select(RatedMark).where(RatedMark.seat_id == seat_id).order_by(RatedMark.number)
        )
    )
    if any(mark.key == key for mark in marks):
        return PerformanceState(row.state)
    _is_open(row, one)
    last = marks[-1] if marks else None
    if (0 if last is None else last.number) != seen:
        raise AlreadyMarkedError
    form, _rules = frozen(row)
    _check(form, new)
    given = rated.Mark(SeatRole(one.role), new.rows)
    session().add(
        RatedMark(
            seat_id=seat_id,
            number=seen + 1,
            supersedes_id=None if last is None else last.id,
            rows=new.rows,
            total=rated.total_of_mark(form, given),
            keep=new.keep,
            change=new.change,
            attempt=new.attempt,
            said=sorted(set(new.said)),
            key=key,
            submitted_at=now,
        )
    )
    one.state, one.answered_at = SeatState.SUBMITTED.value, one.answered_at or now
    session().flush()
    audit("rating.give", row, actor_id=actor_id, now=now, role=one.role, number=seen + 1)
    if one.role == SeatRole.APPEAL:
        return PerformanceState(row.state)
    row.state = PerformanceState.MARKING.value
    session().flush()
    _settle(row, now=now)
    return PerformanceState(row.state)


def _is_open(row: Performance, one: Seat) -> None:
    """Raises MarkingOverError, NotYourTurnError."""
    if one.role == SeatRole.APPEAL:
        appeal = session().scalar(select(Appeal).where(Appeal.seat_id == one.id))
        if row.state != PerformanceState.RELEASED or appeal is None:
            raise MarkingOverError
        if appeal.state != AppealState.MARKING:
            raise MarkingOverError
        return
    if row.state not in RUNNING:
        raise MarkingOverError
    if not is_turn(row, one):
        raise NotYourTurnError


def is_turn(row: Performance, one: Seat) -> bool:
    """Whether the seat's mark is wanted now: leads and arbiters come after the others."""
    if one.role not in {SeatRole.LEAD, SeatRole.ARBITER}:
        return True
    if one.state == SeatState.SUBMITTED:
        return True
    found = settlement(row, marks_of([row.id]).get(row.id, []), seats=_peers(row))
    return isinstance(found, Wanted) and found.role.value == one.role


def _check(form: Form, new: NewMark) -> None:
    """Raises BadInputError for rows or lines that are not the form's."""
    points = {row.id: row.points for row in form.rows}
    texts = (new.keep, new.change, new.attempt)
    if (
        set(new.rows) != set(points)
        or any(not 0 <= given <= points[row] for row, given in new.rows.items())
        or any(not 0 <= line < len(form.never) for line in new.said)
        or any(len(text) > MOST_WORDS for text in texts)
    ):
        raise BadInputError


def _peers(row: Performance) -> int:
    return filled(row.id).get(SeatRole.PEER, 0)


def _settle(row: Performance, *, now: datetime) -> None:
    """Write the outcome when the marks lead to one; else ask for whom they need."""
    found = settlement(row, marks_of([row.id]).get(row.id, []), seats=_peers(row))
    if isinstance(found, Wanted):
        _ask_for(row, found, now=now)
        return
    add_outcome(row, found, reason="", decided_by_id=None, now=now)
    row.state = PerformanceState.SETTLED.value
    session().flush()
    if row.is_held:
        tell(
            organisers(row),
            row,
            "rating_settled",
            key=f"settled:{row.id}",
            url=f"/performances/{row.id}",
            now=now,
        )
    else:
        _release(row, now=now)


def _ask_for(row: Performance, wanted: Wanted, *, now: datetime) -> None:
    """Tell the lead or arbiter that it is his turn, or who planned it that a seat is free."""
    seats = list(
        session().scalars(
            select(Seat).where(
                Seat.performance_id == row.id,
                Seat.role == wanted.role.value,
                Seat.state == SeatState.INVITED,
            )
        )
    )
    for one in seats:
        if wanted.role in {SeatRole.LEAD, SeatRole.ARBITER}:
            tell(
                [one.assessor_id],
                row,
                "seat_turn",
                key=f"turn:{one.id}",
                url=f"/seats/{one.id}",
                now=now,
            )
    if len(seats) < wanted.n:
        tell(
            organisers(row),
            row,
            "seat_wanted",
            key=f"wanted:{row.id}:{wanted.role}:{wanted.why}",
            url=f"/performances/{row.id}",
            now=now,
        )


def add_outcome(
    row: Performance, found: Settled, *, reason: str, decided_by_id: int | None, now: datetime
) -> Outcome:
    """One more outcome, superseding the one in force."""
    last = latest_outcomes([row.id]).get(row.id)
    made = Outcome(
        performance_id=row.id,
        number=1 if last is None else last.number + 1,
        supersedes_id=None if last is None else last.id,
        how=found.how.value,
        total=found.total,
        rows={key: str(share) for key, share in found.rows.items()},
        has_passed=found.has_passed,
        independent=found.independent,
        marks=[mark.id for mark in found.counted],
        reason=reason,
        decided_by_id=decided_by_id,
        at=now,
    )
    session().add(made)
    session().flush()
    audit(
        "rating.settle",
        row,
        actor_id=decided_by_id,
        now=now,
        reason=reason,
        how=found.how.value,
        total=str(found.total),
        passed=found.has_passed,
    )
    return made


# ---------------------------------------------------------------- release, void, close


def release(*, performance_id: int, actor_id: int | None, now: datetime) -> None:
    """Show a settled outcome to the learner and make it evidence. Raises WrongStateError."""
    row = locked(performance_id)
    if row.state != PerformanceState.SETTLED:
        raise WrongStateError
    audit("rating.release", row, actor_id=actor_id, now=now)
    _release(row, now=now)


def _release(row: Performance, *, now: datetime) -> None:
    row.state, row.released_at = PerformanceState.RELEASED.value, now
    session().flush()
    make_known(row, now=now)
    tell(
        [row.person_id],
        row,
        "rated",
        key=f"rated:{row.id}",
        url=f"/performances/{row.id}",
        now=now,
    )


def make_known(row: Performance, *, now: datetime) -> None:
    """The outcome in force as evidence, and how far the activity is: the whole truth each time."""
    last = latest_outcomes([row.id]).get(row.id)
    is_out = row.state == PerformanceState.RELEASED and last is not None
    competency.record_evidence(
        person_id=row.person_id,
        source=Source(SOURCE, str(row.id)),
        happened_on=row.happens_on,
        entries=evidence_of(row, last) if is_out and last is not None else (),
        now=now,
        today=organisation_day(now),
    )
    _record_step(row, now=now)


def evidence_of(row: Performance, outcome: Outcome) -> list[NewEvidence]:
    """One entry per competency of the form's rows."""
    form, rules = frozen(row)
    shares = {key: Fraction(value) for key, value in outcome.rows.items()}
    single = outcome.independent == 1
    counted = {mark.id: seat for seat, mark in marks_of([row.id]).get(row.id, [])}
    assessors = [counted[one] for one in outcome.marks if one in counted]
    return [
        NewEvidence(
            competency=slug,
            kind=EvidenceKind(row.kind),
            pass_mark=100 * rules.pass_share,
            score=score,
            assessors=outcome.independent,
            assessor_id=assessors[0].assessor_id if single and assessors else None,
            assessor_role=assessors[0].role if single and assessors else None,
            occasion=f"{SOURCE}:{row.id}",
            has_passed=outcome.has_passed,
            label=text_in(row.title, DEFAULT_LANG),
        )
        for slug, score in rated.competency_scores(form, shares).items()
    ]


def _record_step(row: Performance, *, now: datetime) -> None:
    """How far the role-play of the enrolment is; works of other rooms are recorded there."""
    if row.enrolment_id is None or row.kind != EvidenceKind.ROLEPLAY:
        return
    version = tracks.version_of_enrolment(row.enrolment_id)
    if version is None:
        return
    track = tracks.track_of(version)
    activity = track.activity(row.activity_id)
    if activity is None or activity.kind is not ActivityKind.ROLEPLAY:
        return
    renewal = track.renewal
    is_renewal = renewal is not None and activity in renewal.activities
    released = _released(row, is_renewal=is_renewal)
    latest = latest_outcomes([one.id for one in released])
    passed = [one for one in released if latest[one.id].has_passed]
    source = (passed or released or [row])[-1]
    track_services.record_step(
        enrolment_id=row.enrolment_id,
        activity_id=row.activity_id,
        times=len(passed),
        is_done=len(passed) >= activity.needed,
        source=StepSource(SOURCE, str(source.id)),
        actor_id=None,
        now=now,
    )


def _released(row: Performance, *, is_renewal: bool) -> Sequence[Performance]:
    """The released attempts of the activity; for a renewal those since it began."""
    began = select(Enrolment.renewal_on).where(Enrolment.id == row.enrolment_id)
    since = session().scalar(began) if is_renewal else None
    found = session().scalars(
        select(Performance)
        .where(
            Performance.enrolment_id == row.enrolment_id,
            Performance.activity_id == row.activity_id,
            Performance.kind == row.kind,
            Performance.state == PerformanceState.RELEASED,
        )
        .order_by(Performance.number)
    )
    return [one for one in found if since is None or one.happens_on >= since]


def void(*, performance_id: int, reason: str, actor_id: int | None, now: datetime) -> None:
    """Take a performance out, with its evidence; marks stay to be read. Raises WrongStateError."""
    row = locked(performance_id)
    if row.state == PerformanceState.VOID:
        raise WrongStateError
    _void(row, reason=reason, actor_id=actor_id, now=now)
    tell(
        [row.person_id],
        row,
        "rating_void",
        key=f"void:{row.id}",
        url=f"/performances/{row.id}",
        now=now,
    )


def void_of_leavers(*, now: datetime) -> int:
    """What is not out of people who have left is void: nobody has to mark it, nor is reminded.

    Gives how many there were.
    """
    found = session().scalars(
        select(Performance.id)
        .join(User, User.id == Performance.person_id)
        .where(
            Performance.state.in_([*RUNNING, PerformanceState.SETTLED]),
            User.left_on <= organisation_day(now),
        )
        .order_by(Performance.id)
    )
    count = 0
    for performance_id in found.all():
        row = locked(performance_id)
        if row.state in {*RUNNING, PerformanceState.SETTLED}:  # it may be out since it was found
            _void(row, reason=LEFT, actor_id=None, now=now)
            count += 1
    return count


def _void(row: Performance, *, reason: str, actor_id: int | None, now: datetime) -> None:
    was_released = row.state == PerformanceState.RELEASED
    row.state, row.void_reason = PerformanceState.VOID.value, reason
    row.voided_at, row.voided_by_id = now, actor_id
    session().flush()
    audit("performance.void", row, actor_id=actor_id, now=now, reason=reason)
    if was_released:
        make_known(row, now=now)


def close(*, performance_id: int, actor_id: int | None, now: datetime) -> None:
    """End peer reviews with those that are in; who has not answered is not waited for.

    Raises WrongStateError for other work and when no review is in.
    """
    row = locked(performance_id)
    pairs = marks_of([row.id]).get(row.id, [])
    if row.state not in RUNNING or row.evidence_kind is not EvidenceKind.PEER or not pairs:
        raise WrongStateError
    for one in session().scalars(
        select(Seat).where(Seat.performance_id == row.id, Seat.state == SeatState.INVITED)
    ):
        one.state, one.because, one.answered_at = SeatState.DECLINED.value, "—", now
    session().flush()
    audit("performance.close", row, actor_id=actor_id, now=now, reviews=len(pairs))
    _settle(row, now=now)
