"""What a trainer does to attempts, each with a reason on record: void, count late, release."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, insert, select, update

from app.assessments import content, ledger, outcomes, people
from app.assessments.errors import (
    CancelledError,
    NothingToReleaseError,
    NotUsedUpError,
    OverError,
    ReasonMissingError,
    WrongStateError,
)
from app.assessments.frozen import digest, thaw, unpack
from app.assessments.models import (
    Answer,
    AnswerEvent,
    Assignment,
    Attempt,
    ItemScore,
    LateAnswer,
)
from app.assessments.queries.cards import attempt_rows, passes, state_now
from app.assessments.queries.rows import (
    AttemptRow,
    assessment_by_owner,
    attempt_any,
    attempt_by_owner,
    attempts_allowed,
)
from app.assessments.services import scoring
from app.assessments.terms import Cause
from app.audit.services import record
from app.domain.attempts import AttemptState, Event, TransitionError, after
from app.domain.scoring import Score
from app.kernel.db import affected, session
from app.kernel.errors import NotFoundError

LATE: Final = "late"


def void(*, attempt_id: int, owner_id: int, reason: str, now: datetime) -> None:
    """Take an attempt out of every count; the person may sit again. Its evidence is withdrawn.

    Raises NotFoundError, WrongStateError (void already), ReasonMissingError.
    """
    attempt = attempt_by_owner(attempt_id, owner_id, lock=True)
    if not reason.strip():
        raise ReasonMissingError
    try:
        after(attempt.state, Event.VOID)
    except TransitionError as error:
        raise WrongStateError from error
    session().execute(
        update(Attempt)
        .where(Attempt.id == attempt.id)
        .values(voided_at=now, void_reason=reason.strip())
        .execution_options(synchronize_session=False)
    )
    if attempt.state is AttemptState.RELEASED and not attempt.is_preview:
        ledger.withdraw(attempt, now=now)
        outcomes.keep(attempt.person_id, attempt.assessment_id)
    _note("attempt.void", attempt, owner_id, reason, now)


def give_attempt(
    *, assessment_id: int, person_id: int, owner_id: int, reason: str, now: datetime
) -> int:
    """One more attempt for somebody who has used all of hers up; she is told. Gives how many she
    has in all.

    Nothing that was scored changes. Asked for twice it is given once: then one is left.
    Raises NotFoundError, CancelledError, ReasonMissingError, NotUsedUpError (one is left, a score
    is still to come, or she has passed), OverError.
    """
    assessment = assessment_by_owner(assessment_id, owner_id)
    row = session().scalar(
        select(Assignment)
        .where(
            Assignment.assessment_id == assessment_id,
            Assignment.person_id == person_id,
            Assignment.is_preview.is_(False),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFoundError
    if row.cancelled_at is not None or assessment.cancelled_at is not None:
        raise CancelledError
    if not reason.strip():
        raise ReasonMissingError
    sat = attempt_rows(Attempt.assignment_id == row.id)
    is_settled = all(state_now(one, now).state is AttemptState.RELEASED for one in sat)
    before = attempts_allowed(row, assessment)
    if len(sat) < before or not is_settled or passes(sat):
        raise NotUsedUpError
    if assessment.closes_at is not None and now >= assessment.closes_at:
        raise OverError
    row.extra_attempts += 1
    session().flush()
    record(
        action="attempt.give",
        object_type="assessment",
        object_id=assessment_id,
        actor_id=owner_id,
        now=now,
        detail={"person": person_id, "before": before, "after": before + 1},
        reason=reason.strip(),
    )
    people.tell_given(
        person_id,
        assignment_id=row.id,
        title=assessment.titles,
        number=before + 1,
        reason=reason.strip(),
        now=now,
    )
    return before + 1


def release_all(*, assessment_id: int, owner_id: int, now: datetime) -> int:
    """Release every complete score of an assessment. Gives their number.

    Raises NotFoundError, NothingToReleaseError.
    """
    db = session()
    assessment_by_owner(assessment_id, owner_id)
    waiting = db.scalars(
        select(Attempt.id)
        .where(
            Attempt.assessment_id == assessment_id,
            Attempt.scored_at.is_not(None),
            Attempt.released_at.is_(None),
            Attempt.voided_at.is_(None),
        )
        .order_by(Attempt.id)
    ).all()
    if not waiting:
        raise NothingToReleaseError
    for attempt_id in waiting:
        scoring.release(attempt_any(attempt_id, lock=True), now=now)
    record(
        action="assessment.release",
        object_type="assessment",
        object_id=assessment_id,
        actor_id=owner_id,
        now=now,
        detail={"attempts": list(waiting)},
    )
    return len(waiting)


def count_late(*, late_id: int, attempt_id: int, owner_id: int, reason: str, now: datetime) -> None:
    """Let an answer count that came after the grace; the attempt is scored anew.

    Raises NotFoundError, ReasonMissingError, WrongStateError (open, void, or a written answer in an
    attempt that is released: a score is not taken back).
    """
    attempt = attempt_by_owner(attempt_id, owner_id, lock=True)
    late = session().scalar(
        select(LateAnswer).where(LateAnswer.id == late_id, LateAnswer.attempt_id == attempt_id)
    )
    if late is None:
        raise NotFoundError
    if not reason.strip():
        raise ReasonMissingError
    if attempt.state in {AttemptState.OPEN, AttemptState.VOID} or late.counted_at is not None:
        raise WrongStateError
    frozen = thaw(attempt.body)
    slot, items = frozen.slot(late.position), content.items_of(frozen)
    late.counted_at, late.counted_by_id, late.reason = now, owner_id, reason.strip()
    session().flush()
    _make_current(attempt.id, late, now)
    one = scoring.score_slot(slot, items, unpack(late.body))
    scoring.rescore(
        attempt, slot.position, one, cause=Cause.LATE_ANSWER, actor_id=owner_id, now=now
    )
    _note("attempt.count_late", attempt, owner_id, reason, now, position=slot.position)


def _make_current(attempt_id: int, late: LateAnswer, now: datetime) -> None:
    """The late body becomes the answer, as one more event of a page of its own."""
    db = session()
    last = select(func.max(Answer.revision)).where(
        Answer.attempt_id == attempt_id, Answer.position == late.position
    )
    revision = (db.scalar(last) or 0) + 1
    values = {
        "attempt_id": attempt_id,
        "position": late.position,
        "revision": revision,
        "client": LATE,
        "body": late.body,
        "is_flagged": False,
    }
    db.execute(
        insert(AnswerEvent).values(**values, digest=digest(late.body), received_at=late.received_at)
    )
    changed = db.execute(
        update(Answer)
        .where(Answer.attempt_id == attempt_id, Answer.position == late.position)
        .values(revision=revision, client=LATE, body=late.body, saved_at=now)
        .execution_options(synchronize_session=False)
    )
    if affected(changed) == 0:
        db.execute(insert(Answer).values(**values, saved_at=now))


@dataclass(frozen=True, slots=True)
class Marked:
    """A marker's score with what the learner may read: points by criterion, and a comment."""

    score: Score
    awarded: Mapping[str, str] | None = None
    comment: str = ""


def put_mark(
    *, attempt_id: int, position: int, mark: Marked, marker_id: int, now: datetime
) -> None:
    """Take a marker's score over; with the last one missing the attempt is final.

    For the grading room, which has checked the marker and kept the mark. Raises WrongStateError.
    """
    attempt = attempt_any(attempt_id, lock=True)
    if attempt.state in {AttemptState.OPEN, AttemptState.VOID}:
        raise WrongStateError
    session().execute(
        update(ItemScore)
        .where(ItemScore.attempt_id == attempt_id, ItemScore.position == position)
        .values(awarded=dict(mark.awarded) if mark.awarded else None, comment=mark.comment or None)
        .execution_options(synchronize_session=False)
    )
    scoring.rescore(
        attempt, position, mark.score, cause=Cause.COMPLETE, actor_id=marker_id, now=now
    )


def _note(
    action: str, attempt: AttemptRow, actor_id: int, reason: str, now: datetime, **detail: object
) -> None:
    record(
        action=action,
        object_type="attempt",
        object_id=attempt.id,
        actor_id=actor_id,
        now=now,
        reason=reason.strip(),
        detail=detail,
    )
