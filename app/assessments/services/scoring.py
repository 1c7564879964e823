"""From a handed-in paper to a score, a result, a release and evidence. Callers hold the row's lock.

Every path to a complete score goes through `_settle`: the submit, the deadline, the last mark, a
late answer that is counted.
"""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import bindparam, insert, or_, select, update

from app.assessments import content, ledger, outcomes, people
from app.assessments.errors import WrongStateError
from app.assessments.frozen import Slot, thaw, unpack
from app.assessments.models import Answer, Attempt, ItemScore, Result, SeenItem
from app.assessments.queries.rows import AttemptRow, attempt_any, due_attempts, item_scores
from app.assessments.terms import Cause, Feedback
from app.domain import scoring
from app.domain.attempts import AttemptState, Event, TransitionError, after
from app.domain.items import Item, Response
from app.domain.scoring import Outcome, Score
from app.kernel.clock import organisation_day
from app.kernel.db import core, session

SWEEP_AT_ONCE: Final = 50

# Built once, of plain columns: putting them together costs more than running them.
_FINISH: Final = (
    update(Attempt)
    .where(
        Attempt.id == bindparam("attempt"),
        Attempt.submitted_at.is_(None),
        Attempt.voided_at.is_(None),
    )
    .values(unit_id=people.UNIT_ON)
    .returning(Attempt.unit_id)
)
_BODIES: Final = select(Answer.position, Answer.body).where(
    Answer.attempt_id == bindparam("attempt")
)
_NEW_SCORES: Final = insert(ItemScore)
_NEW_RESULT: Final = insert(Result)
_KEYS_SEEN: Final = (
    update(SeenItem)
    .where(
        SeenItem.person_id == bindparam("person"),
        SeenItem.item_id.in_(
            select(ItemScore.item_id).where(ItemScore.attempt_id == bindparam("attempt"))
        ),
        or_(SeenItem.key_at.is_(None), SeenItem.key_at > bindparam("moment")),
    )
    .values(key_at=bindparam("moment"))
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a submit gives back: equal for every repetition."""

    attempt_id: int
    submitted_at: datetime
    receipt: str


def finish(
    attempt: AttemptRow, *, submitted_at: datetime, key: str | None, now: datetime
) -> Receipt | None:
    """Hand an open attempt in and score it; None when it was handed in meanwhile."""
    return _hand_in(attempt, Event.SUBMIT, submitted_at=submitted_at, key=key, now=now)


def finish_at_deadline(attempt: AttemptRow, *, now: datetime) -> None:
    """Store what the clock did: the attempt ended at its deadline with the last saved answers."""
    if attempt.deadline_at is not None:
        _hand_in(attempt, Event.EXPIRE, submitted_at=attempt.deadline_at, key=None, now=now)


def sweep(*, now: datetime) -> int:
    """Hand in open attempts whose grace is over, some at a time: others wait for the turn to write.

    Gives their number; safe to run twice. One that cannot be scored is logged and holds up nobody.
    """
    done = 0
    for row in due_attempts(now, SWEEP_AT_ONCE):
        try:
            with session().begin_nested():
                done += _sweep_one(row.id, now)
        except Exception:
            log.exception("attempt %s could not be handed in at its deadline", row.id)
    return done


def _sweep_one(attempt_id: int, now: datetime) -> int:
    fresh = attempt_any(attempt_id, lock=True)
    if not fresh.is_due(now):
        return 0
    finish_at_deadline(fresh, now=now)
    return 1


def _hand_in(
    attempt: AttemptRow, event: Event, *, submitted_at: datetime, key: str | None, now: datetime
) -> Receipt | None:
    frozen = thaw(attempt.body)
    connection = core()
    bodies, items = _bodies(attempt.id), content.items_of(frozen)
    scores = [score_slot(slot, items, unpack(bodies.get(slot.position))) for slot in frozen.slots]
    lines = [
        _Line(slot.position, one.share, one.points, one.outcome)
        for slot, one in zip(frozen.slots, scores, strict=True)
    ]
    change = _Change(attempt.state, event, Cause.COMPLETE, now)
    total = _total(attempt, lines, change)
    receipt = _receipt(attempt.id, submitted_at, bodies)
    won = connection.execute(
        _FINISH,
        {
            "attempt": attempt.id,
            **people.unit_params(attempt.person_id, submitted_at),
            "submitted_at": submitted_at,
            "submit_key": key,
            "is_timed_out": event is Event.EXPIRE,
            "receipt": receipt,
            **_columns(attempt, total, now),
        },
    ).first()
    if won is None:
        return None
    rows = [
        _score_row(attempt.id, slot, one) for slot, one in zip(frozen.slots, scores, strict=True)
    ]
    connection.execute(_NEW_SCORES, rows)
    _keys_after_submit(attempt, submitted_at)
    change = replace(change, unit_id=won.unit_id)
    _follow(replace(attempt, submitted_at=submitted_at), lines, total, change)
    return Receipt(attempt.id, submitted_at, receipt)


def _keys_after_submit(attempt: AttemptRow, submitted_at: datetime) -> None:
    if attempt.feedback == Feedback.AFTER_SUBMIT and not attempt.trainer_releases:
        _key_may_be_seen(attempt, submitted_at)
    if attempt.feedback == Feedback.AFTER_CLOSE and attempt.closes_at is not None:
        _key_may_be_seen(attempt, max(attempt.closes_at, submitted_at))


def score_slot(slot: Slot, items: Mapping[int, Item], response: Response | None) -> Score:
    """The score of one slot by the item version it was frozen with."""
    item = items[slot.entry.item_version_id]
    return scoring.score(item, response, points=slot.entry.points)


def _bodies(attempt_id: int) -> dict[int, str | None]:
    rows = core().execute(_BODIES, {"attempt": attempt_id})
    return {row[0]: row[1] for row in rows}


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
    rescore_many(attempt, {position: one}, cause=cause, actor_id=actor_id, now=now)


def rescore_many(
    attempt: AttemptRow,
    scores: Mapping[int, Score],
    *,
    cause: Cause,
    actor_id: int,
    now: datetime,
) -> None:
    """`rescore` for several items by position, as one change with one result."""
    for position, one in scores.items():
        session().execute(
            update(ItemScore)
            .where(ItemScore.attempt_id == attempt.id, ItemScore.position == position)
            .values(**_score_values(one))
        )
    change = _Change(attempt.state, Event.MARK, cause, now, actor_id)
    lines = _lines(attempt.id)
    total = _total(attempt, lines, change)
    session().execute(
        update(Attempt)
        .where(Attempt.id == attempt.id)
        .values(**_columns(attempt, total, now))
        .execution_options(synchronize_session=False)
    )
    _follow(attempt, lines, total, change)


def release(attempt: AttemptRow, *, now: datetime) -> None:
    """Release a complete score. Raises WrongStateError when there is none."""
    _next_state(attempt.state, Event.RELEASE, awaiting=0, trainer_releases=True)
    session().execute(
        update(Attempt)
        .where(Attempt.id == attempt.id)
        .values(released_at=now)
        .execution_options(synchronize_session=False)
    )
    passed = bool(attempt.passed)
    _publish(attempt, _lines(attempt.id), passed=passed, first=None, now=now)
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
    """Why an attempt is added up anew: from which state, by what event, whose.

    `unit_id`: the team it counts for, known to the submit alone.
    """

    state: AttemptState
    event: Event
    cause: Cause
    now: datetime
    actor_id: int | None = None
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    """The score of one item, in figures."""

    position: int
    share: Fraction | None
    points: Fraction | None
    outcome: str


@dataclass(frozen=True, slots=True)
class _Total:
    """What the lines come to, and the state that follows; `passed` None while marks are missing."""

    points: Fraction
    line: Fraction
    passed: bool | None
    state: AttemptState


def _lines(attempt_id: int) -> list[_Line]:
    return [
        _Line(row.position, row.share, row.points, row.outcome) for row in item_scores(attempt_id)
    ]


def _total(attempt: AttemptRow, lines: Sequence[_Line], change: _Change) -> _Total:
    """Add up, and let the state follow."""
    state = _next_state(
        change.state,
        change.event,
        awaiting=sum(one.outcome == Outcome.AWAITING_MARK for one in lines),
        trainer_releases=attempt.trainer_releases,
    )
    points = sum((one.points for one in lines if one.points is not None), Fraction(0))
    line = scoring.line(attempt.pass_mark, attempt.maximum)
    passed = None if state is AttemptState.SUBMITTED else scoring.passed(points, line)
    return _Total(points, line, passed, state)


def _columns(attempt: AttemptRow, total: _Total, now: datetime) -> dict[str, Any]:
    """What the attempt's row says of its total."""
    is_complete = total.state is not AttemptState.SUBMITTED
    is_released = total.state is AttemptState.RELEASED
    return {
        "total": total.points,
        "passed": total.passed,
        "scored_at": (attempt.scored_at or now) if is_complete else None,
        "released_at": (attempt.released_at or now) if is_released else None,
    }


def _follow(attempt: AttemptRow, lines: Sequence[_Line], total: _Total, change: _Change) -> None:
    """What comes with a complete total in the same transaction: result, release, evidence."""
    if total.passed is None:
        return
    _add_result(attempt, total, change)
    if total.state is AttemptState.RELEASED:
        first = _outcome(attempt, total, change) if change.state is AttemptState.OPEN else None
        _publish(attempt, lines, passed=total.passed, first=first, now=change.now)
        if change.event is not Event.SUBMIT and attempt.released_at is None:
            _tell(attempt, change.now)


def _add_result(attempt: AttemptRow, total: _Total, change: _Change) -> None:
    """Append a result that supersedes the last."""
    last = None if change.state is AttemptState.OPEN else _last_result(attempt.id)
    core().execute(
        _NEW_RESULT,
        {
            "attempt_id": attempt.id,
            "number": 1 if last is None else last.number + 1,
            "supersedes_id": None if last is None else last.id,
            "cause": change.cause.value,
            "total": total.points,
            "maximum": attempt.maximum,
            "pass_line": total.line,
            "passed": total.passed,
            "engine": attempt.engine,
            "made_at": change.now,
            "made_by_id": change.actor_id,
        },
    )


def _last_result(attempt_id: int) -> Any:
    return (
        session()
        .execute(
            select(Result.id, Result.number)
            .where(Result.attempt_id == attempt_id)
            .order_by(Result.number.desc())
            .limit(1)
        )
        .first()
    )


# ---------------------------------------------------------------- release


def _outcome(attempt: AttemptRow, total: _Total, change: _Change) -> outcomes.Outcome:
    """What an attempt that is released with its submit adds to the pass rates, were it alone."""
    return outcomes.Outcome(
        person_id=attempt.person_id,
        assessment_id=attempt.assessment_id,
        attempt_id=attempt.id,
        unit_id=change.unit_id,
        day=organisation_day(attempt.submitted_at or change.now),
        passed=bool(total.passed),
        passed_counted=bool(total.passed and attempt.maximum),
    )


def _publish(
    attempt: AttemptRow,
    lines: Sequence[_Line],
    *,
    passed: bool,
    first: outcomes.Outcome | None,
    now: datetime,
) -> None:
    """What a release means outside the attempt: evidence, and keys that may be known from now.

    `first`: what it adds to the pass rates when it was never released before.
    """
    if attempt.is_preview:
        return
    frozen = thaw(attempt.body)
    if attempt.feedback == Feedback.AFTER_SUBMIT and attempt.trainer_releases:
        _key_may_be_seen(attempt, now)
    submitted_at = attempt.submitted_at or now
    ledger.record(
        attempt,
        frozen,
        {one.position: one.share for one in lines},
        submitted_at=submitted_at,
        passed=passed,
        is_first=first is not None,
        now=now,
    )
    if first is not None and attempt.number == 1:  # one assignment a person: no other attempt
        outcomes.keep_first(first, attempt.track)
    else:
        outcomes.keep(attempt.person_id, attempt.assessment_id)


def _tell(attempt: AttemptRow, now: datetime) -> None:
    """Word to the learner, who was not there when the score was released."""
    if not attempt.is_preview:
        people.tell_released(
            attempt.person_id, attempt_id=attempt.id, title=attempt.titles, now=now
        )


def _key_may_be_seen(attempt: AttemptRow, moment: datetime) -> None:
    """From `moment` on the learner may know the keys of this paper; an earlier time stays."""
    if attempt.is_preview or not attempt.shows_keys:
        return
    core().execute(
        _KEYS_SEEN,
        {"person": attempt.person_id, "attempt": attempt.id, "moment": moment},
    )
