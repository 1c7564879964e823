"""From a handed-in paper to a score, a result, a release and evidence. Callers hold the row's lock.

Every path to a complete score goes through `_settle`: the submit, the deadline, the last mark, a
late answer that is counted.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import insert, or_, select, update

from app.assessments import content, ledger, outcomes, people
from app.assessments.errors import WrongStateError
from app.assessments.frozen import Frozen, Slot, thaw, unpack
from app.assessments.models import Answer, Attempt, ItemScore, Result, SeenItem
from app.assessments.queries.rows import AttemptRow, attempt_any, due_attempts, item_scores
from app.assessments.terms import Cause, Feedback
from app.domain import scoring
from app.domain.attempts import AttemptState, Event, TransitionError, after
from app.domain.items import Item, Response
from app.domain.scoring import Outcome, Score
from app.kernel.db import affected, session

SWEEP_AT_ONCE: Final = 200


def finish(attempt: AttemptRow, *, submitted_at: datetime, key: str | None, now: datetime) -> None:
    """Hand an open attempt in and score it; does nothing when it is handed in already."""
    _hand_in(attempt, Event.SUBMIT, submitted_at=submitted_at, key=key, now=now)


def finish_at_deadline(attempt: AttemptRow, *, now: datetime) -> None:
    """Store what the clock did: the attempt ended at its deadline with the last saved answers."""
    if attempt.deadline_at is not None:
        _hand_in(attempt, Event.EXPIRE, submitted_at=attempt.deadline_at, key=None, now=now)


def sweep(*, now: datetime) -> int:
    """Hand in every open attempt whose grace is over. Gives their number; safe to run twice."""
    done = 0
    for row in due_attempts(now, SWEEP_AT_ONCE):
        fresh = attempt_any(row.id, lock=True)
        if fresh.is_due(now):
            finish_at_deadline(fresh, now=now)
            done += 1
    return done


def _hand_in(
    attempt: AttemptRow, event: Event, *, submitted_at: datetime, key: str | None, now: datetime
) -> None:
    frozen = thaw(attempt.body)
    bodies = _bodies(attempt.id)
    won = session().execute(
        update(Attempt)
        .where(
            Attempt.id == attempt.id,
            Attempt.submitted_at.is_(None),
            Attempt.voided_at.is_(None),
        )
        .values(
            submitted_at=submitted_at,
            submit_key=key,
            is_timed_out=event is Event.EXPIRE,
            receipt=_receipt(attempt.id, submitted_at, bodies),
            unit_id=people.unit_on(attempt.person_id, submitted_at),
        )
    )
    if affected(won) != 1:
        return
    items = content.items_of(frozen)
    scores = [score_slot(slot, items, unpack(bodies.get(slot.position))) for slot in frozen.slots]
    rows = [
        _score_row(attempt.id, slot, one) for slot, one in zip(frozen.slots, scores, strict=True)
    ]
    session().execute(insert(ItemScore), rows)
    if attempt.feedback == Feedback.AFTER_SUBMIT and not attempt.trainer_releases:
        _key_may_be_seen(attempt, frozen, submitted_at)
    if attempt.feedback == Feedback.AFTER_CLOSE and attempt.closes_at is not None:
        _key_may_be_seen(attempt, frozen, max(attempt.closes_at, submitted_at))
    change = _Change(attempt.state, event, Cause.COMPLETE, now)
    _settle(replace(attempt, submitted_at=submitted_at), frozen, change)


def score_slot(slot: Slot, items: Mapping[int, Item], response: Response | None) -> Score:
    """The score of one slot by the item version it was frozen with."""
    item = items[slot.entry.item_version_id]
    return scoring.score(item, response, points=slot.entry.points)


def _bodies(attempt_id: int) -> dict[int, str | None]:
    query = select(Answer.position, Answer.body).where(Answer.attempt_id == attempt_id)
    return {row[0]: row[1] for row in session().execute(query)}


def _receipt(attempt_id: int, submitted_at: datetime, bodies: Mapping[int, str | None]) -> str:
    """SHA-256 over the attempt, the time and the final answers in the order of the paper."""
    final = [[position, bodies[position]] for position in sorted(bodies)]
    text = json.dumps([attempt_id, submitted_at.isoformat(), final], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _score_row(attempt_id: int, slot: Slot, one: Score) -> dict[str, Any]:
    return {
        "attempt_id": attempt_id,
        "position": slot.position,
        "item_version_id": slot.entry.item_version_id,
        "item_id": slot.entry.item_id,
        **_score_values(one),
    }


def _score_values(one: Score) -> dict[str, Any]:
    return {
        "share": one.share,
        "points": one.points,
        "maximum": one.maximum,
        "outcome": one.outcome.value,
        "reason": one.reason.value,
    }


# ---------------------------------------------------------------- changes after the submit


def rescore(
    attempt: AttemptRow, position: int, one: Score, *, cause: Cause, actor_id: int, now: datetime
) -> None:
    """Put a new score in place of an item's; the last one that was missing completes the attempt.

    Raises WrongStateError when the attempt is open or void, or when a released score would be
    taken back.
    """
    session().execute(
        update(ItemScore)
        .where(ItemScore.attempt_id == attempt.id, ItemScore.position == position)
        .values(**_score_values(one))
    )
    change = _Change(attempt.state, Event.MARK, cause, now, actor_id)
    _settle(attempt, thaw(attempt.body), change)


def release(attempt: AttemptRow, *, now: datetime) -> None:
    """Release a complete score. Raises WrongStateError when there is none."""
    _next_state(attempt.state, Event.RELEASE, awaiting=0, trainer_releases=True)
    scores = item_scores(attempt.id)
    frozen = thaw(attempt.body)
    session().execute(update(Attempt).where(Attempt.id == attempt.id).values(released_at=now))
    _publish(attempt, frozen, scores, passed=bool(attempt.passed), now=now)
    _tell(attempt, now)


def _next_state(
    state: AttemptState, event: Event, *, awaiting: int, trainer_releases: bool
) -> AttemptState:
    try:
        return after(state, event, awaiting=awaiting, trainer_releases=trainer_releases)
    except TransitionError as error:
        raise WrongStateError from error


@dataclass(frozen=True, slots=True)
class _Change:
    """Why an attempt is added up anew: from which state, by what event, whose."""

    state: AttemptState
    event: Event
    cause: Cause
    now: datetime
    actor_id: int | None = None


def _settle(attempt: AttemptRow, frozen: Frozen, change: _Change) -> None:
    """Add up, and let the state follow: complete, released, with evidence in this transaction."""
    scores, now = item_scores(attempt.id), change.now
    awaiting = sum(row.outcome == Outcome.AWAITING_MARK for row in scores)
    state = _next_state(
        change.state,
        change.event,
        awaiting=awaiting,
        trainer_releases=attempt.trainer_releases,
    )
    points = sum((row.points for row in scores if row.points is not None), Fraction(0))
    passed = None
    values: dict[str, Any] = {"total": points, "scored_at": None}
    if state is not AttemptState.SUBMITTED:
        passed = _add_result(attempt, points, change)
        values["scored_at"] = attempt.scored_at or now
    if state is AttemptState.RELEASED:
        values["released_at"] = attempt.released_at or now
    session().execute(
        update(Attempt)
        .where(Attempt.id == attempt.id)
        .values(**values, passed=passed)
        .execution_options(synchronize_session=False)
    )
    if state is AttemptState.RELEASED:
        is_news = change.event is not Event.SUBMIT and attempt.released_at is None
        _publish(attempt, frozen, scores, passed=bool(passed), now=now)
        if is_news:
            _tell(attempt, now)


def _add_result(attempt: AttemptRow, points: Fraction, change: _Change) -> bool:
    """Append a result that supersedes the last; True when the total passes."""
    line = scoring.line(attempt.pass_mark, attempt.maximum)
    passed = scoring.passed(points, line)
    last = (
        session()
        .execute(
            select(Result.id, Result.number)
            .where(Result.attempt_id == attempt.id)
            .order_by(Result.number.desc())
            .limit(1)
        )
        .first()
    )
    session().execute(
        insert(Result).values(
            attempt_id=attempt.id,
            number=1 if last is None else last.number + 1,
            supersedes_id=None if last is None else last.id,
            cause=change.cause.value,
            total=points,
            maximum=attempt.maximum,
            pass_line=line,
            passed=passed,
            engine=attempt.engine,
            made_at=change.now,
            made_by_id=change.actor_id,
        )
    )
    return passed


# ---------------------------------------------------------------- release


def _publish(
    attempt: AttemptRow,
    frozen: Frozen,
    scores: Sequence[Any],
    *,
    passed: bool,
    now: datetime,
) -> None:
    """What a release means outside the attempt: evidence, and keys that may be known from now."""
    if attempt.is_preview:
        return
    if attempt.feedback == Feedback.AFTER_SUBMIT and attempt.trainer_releases:
        _key_may_be_seen(attempt, frozen, now)
    submitted_at = attempt.submitted_at or now
    ledger.record(
        attempt,
        frozen,
        {row.position: row.share for row in scores},
        submitted_at=submitted_at,
        passed=passed,
        now=now,
    )
    outcomes.keep(attempt.person_id, attempt.assessment_id)


def _tell(attempt: AttemptRow, now: datetime) -> None:
    """Word to the learner, who was not there when the score was released."""
    if not attempt.is_preview:
        people.tell_released(attempt.person_id, attempt_id=attempt.id, title=attempt.title, now=now)


def _key_may_be_seen(attempt: AttemptRow, frozen: Frozen, moment: datetime) -> None:
    """From `moment` on the learner may know the keys of this paper; an earlier time stays."""
    if attempt.is_preview or not attempt.shows_keys:
        return
    session().execute(
        update(SeenItem)
        .where(
            SeenItem.person_id == attempt.person_id,
            SeenItem.item_id.in_(_ids(frozen.slots)),
            or_(SeenItem.key_at.is_(None), SeenItem.key_at > moment),
        )
        .values(key_at=moment)
        .execution_options(synchronize_session=False)
    )


def _ids(slots: Iterable[Slot]) -> list[str]:
    return [slot.entry.item_id for slot in slots]
