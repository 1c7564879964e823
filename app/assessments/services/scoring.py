"""From a handed-in paper to a score, a result, a release and evidence. Callers hold the row's lock.

Every path to a complete score goes through `_settle`: the submit, the deadline, the last mark, a
late answer that is counted.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import Row, insert, or_, select, update

from app.assessments import content, ledger, people
from app.assessments.errors import WrongStateError
from app.assessments.frozen import Frozen, Slot, thaw, unpack
from app.assessments.models import (
    Answer,
    Attempt,
    Cause,
    Feedback,
    ItemScore,
    Result,
    SeenItem,
)
from app.assessments.queries.rows import AttemptRow, attempt_any, due_attempts
from app.domain import scoring
from app.domain.attempts import AttemptState, Event, TransitionError, after
from app.domain.items import Item, Response
from app.domain.scoring import Outcome, Score
from app.kernel.db import session

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
    if won.rowcount != 1:  # type: ignore[attr-defined]
        return
    items = content.items({slot.entry.item_version_id for slot in frozen.slots})
    scores = [score_slot(slot, items, unpack(bodies.get(slot.position))) for slot in frozen.slots]
    rows = [
        _score_row(attempt.id, slot, one) for slot, one in zip(frozen.slots, scores, strict=True)
    ]
    session().execute(insert(ItemScore), rows)
    if attempt.feedback == Feedback.AFTER_SUBMIT and not attempt.trainer_releases:
        _key_may_be_seen(attempt, frozen, submitted_at)
    if attempt.feedback == Feedback.AFTER_CLOSE and attempt.closes_at is not None:
        _key_may_be_seen(attempt, frozen, max(attempt.closes_at, submitted_at))
    _settle(attempt, frozen, event=event, cause=Cause.COMPLETE, now=now)


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
    attempt: AttemptRow,
    position: int,
    one: Score,
    *,
    cause: Cause,
    actor_id: int,
    now: datetime,
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
    frozen = thaw(attempt.body)
    _settle(attempt, frozen, event=Event.MARK, cause=cause, now=now, actor_id=actor_id)


def release(attempt: AttemptRow, *, now: datetime) -> None:
    """Release a complete score. Raises WrongStateError when there is none."""
    _next_state(attempt.state, Event.RELEASE, awaiting=0, trainer_releases=True)
    scores = item_scores(attempt.id)
    frozen = thaw(attempt.body)
    session().execute(update(Attempt).where(Attempt.id == attempt.id).values(released_at=now))
    _publish(attempt, frozen, scores, passed=bool(attempt.passed), now=now)


def item_scores(attempt_id: int) -> Sequence[Row[Any]]:
    """Scores of one attempt in the order of the paper."""
    return (
        session()
        .execute(
            select(
                ItemScore.position,
                ItemScore.share,
                ItemScore.points,
                ItemScore.maximum,
                ItemScore.outcome,
                ItemScore.reason,
            )
            .where(ItemScore.attempt_id == attempt_id)
            .order_by(ItemScore.position)
        )
        .all()
    )


def _next_state(
    state: AttemptState, event: Event, *, awaiting: int, trainer_releases: bool
) -> AttemptState:
    try:
        return after(state, event, awaiting=awaiting, trainer_releases=trainer_releases)
    except TransitionError as error:
        raise WrongStateError from error


def _settle(
    attempt: AttemptRow,
    frozen: Frozen,
    *,
    event: Event,
    cause: Cause,
    now: datetime,
    actor_id: int | None = None,
) -> None:
    """Add up, and let the state follow: complete, released, with evidence in this transaction."""
    scores = item_scores(attempt.id)
    awaiting = sum(row.outcome == Outcome.AWAITING_MARK for row in scores)
    state = _next_state(
        attempt.state, event, awaiting=awaiting, trainer_releases=attempt.trainer_releases
    )
    points = sum((row.points for row in scores if row.points is not None), Fraction(0))
    values: dict[str, Any] = {"total": points}
    if state is AttemptState.SUBMITTED:
        values |= {"passed": None, "scored_at": None}
    else:
        line = scoring.line(attempt.pass_mark, attempt.maximum)
        passed = scoring.passed(points, line)
        values |= {"passed": passed, "scored_at": attempt.scored_at or now}
        _add_result(attempt, points, line, cause=cause, actor_id=actor_id, now=now)
    if state is AttemptState.RELEASED:
        values["released_at"] = attempt.released_at or now
    session().execute(update(Attempt).where(Attempt.id == attempt.id).values(**values))
    if state is AttemptState.RELEASED:
        is_news = event is not Event.SUBMIT
        _publish(attempt, frozen, scores, passed=passed, now=now, is_news=is_news)


def _add_result(
    attempt: AttemptRow,
    points: Fraction,
    line: Fraction,
    *,
    cause: Cause,
    actor_id: int | None,
    now: datetime,
) -> None:
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
            cause=cause,
            total=points,
            maximum=attempt.maximum,
            pass_line=line,
            passed=scoring.passed(points, line),
            engine=attempt.engine,
            made_at=now,
            made_by_id=actor_id,
        )
    )


# ---------------------------------------------------------------- release


def _publish(
    attempt: AttemptRow,
    frozen: Frozen,
    scores: Sequence[Row[Any]],
    *,
    passed: bool,
    now: datetime,
    is_news: bool = True,
) -> None:
    """What a release means outside the attempt: evidence, and word to the learner."""
    if attempt.is_preview:
        return
    if attempt.feedback == Feedback.AFTER_SUBMIT and attempt.trainer_releases:
        _key_may_be_seen(attempt, frozen, now)
    submitted_at = attempt.submitted_at or now
    ledger.record(
        attempt,
        evidence_of(frozen, {row.position: row.share for row in scores}),
        line=scoring.line(attempt.pass_mark, attempt.maximum),
        submitted_at=submitted_at,
        now=now,
    )
    if is_news:
        people.tell_released(attempt.person_id, attempt_id=attempt.id, title=attempt.title, now=now)


def evidence_of(
    frozen: Frozen, shares: Mapping[int, Fraction | None]
) -> dict[str, tuple[Fraction, Fraction]]:
    """(r, n) per competency: items of every type weigh 1, those whose key was seen 1/4.

    r is the sum of item shares; an item with two competencies counts in both (spec/03).
    """
    sums: dict[str, tuple[Fraction, Fraction]] = {}
    for slot in frozen.slots:
        weight = Fraction(1, 4) if slot.key_seen else Fraction(1)
        share = shares[slot.position] or Fraction(0)
        for slug in slot.competencies:
            right, n = sums.get(slug, (Fraction(0), Fraction(0)))
            sums[slug] = (right + weight * share, n + weight)
    return sums


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
