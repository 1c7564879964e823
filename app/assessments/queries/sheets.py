"""An attempt as data for its pages: answers, scores, what may be seen when. No words, no HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, bindparam, func, select

from app.assessments.models import Answer, Attempt, ItemReport, ItemScore, LateAnswer, Signal
from app.assessments.queries.rows import AttemptRow
from app.assessments.terms import Feedback
from app.domain.attempts import AttemptState
from app.kernel.db import core, session


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The current answer to one item; `body` as `frozen.pack` wrote it."""

    revision: int
    body: str | None
    is_flagged: bool


@dataclass(frozen=True, slots=True)
class Sight:
    """What the learner may see now: own answers with their outcome; keys and explanations."""

    answers: bool
    keys: bool
    written_keys: bool


_ANSWERS: Final = select(Answer.position, Answer.revision, Answer.body, Answer.is_flagged).where(
    Answer.attempt_id == bindparam("attempt_id")
)


def answers_of(attempt_id: int) -> Mapping[int, StoredAnswer]:
    """Current answers by position. One SELECT."""
    rows = core().execute(_ANSWERS, {"attempt_id": attempt_id})
    return {row[0]: StoredAnswer(row[1], row[2], row[3]) for row in rows}


@dataclass(frozen=True, slots=True)
class MarkedSheet:
    """Scores (share, points, maximum, outcome, reason, awarded, comment) and answers by position.

    `late`: how many bodies came after the end; `signals`: how often the page noticed something;
    `reports`: how many items the learner reported.
    """

    scores: Mapping[int, Any]
    answers: Mapping[int, StoredAnswer]
    late: int
    signals: int
    reports: int = 0


def _count_of(table: type[LateAnswer | Signal | ItemReport]) -> Any:
    mine = select(func.count()).where(table.attempt_id == bindparam("attempt_id"))
    return mine.scalar_subquery()


_MARKED: Final = (
    select(
        ItemScore.position,
        ItemScore.share,
        ItemScore.points,
        ItemScore.maximum,
        ItemScore.outcome,
        ItemScore.reason,
        ItemScore.awarded,
        ItemScore.comment,
        Answer.revision,
        Answer.body,
        Answer.is_flagged,
        _count_of(LateAnswer).label("late"),
        _count_of(Signal).label("signals"),
        _count_of(ItemReport).label("reports"),
    )
    .outerjoin(
        Answer,
        and_(Answer.attempt_id == ItemScore.attempt_id, Answer.position == ItemScore.position),
    )
    .where(ItemScore.attempt_id == bindparam("attempt_id"))
    .order_by(ItemScore.position)
)


def marked_sheet(attempt_id: int) -> MarkedSheet:
    """What was answered and what it came to. One SELECT, two before it is handed in."""
    rows = core().execute(_MARKED, {"attempt_id": attempt_id}).all()
    if not rows:
        return MarkedSheet({}, {}, late_count(attempt_id), len(signals_of(attempt_id)))
    answers = {
        row.position: StoredAnswer(row.revision, row.body, row.is_flagged)
        for row in rows
        if row.revision is not None
    }
    scores = {row.position: row for row in rows}
    return MarkedSheet(scores, answers, rows[0].late, rows[0].signals, rows[0].reports)


def sight_of(attempt: AttemptRow, now: datetime) -> Sight:
    """The feedback policy, in one place.

    Keys of choice items show before the written answers are marked, never before the trainer's
    release where one is needed; model answers and rubrics only with the released score.
    """
    nothing = Sight(answers=False, keys=False, written_keys=False)
    if attempt.state in {AttemptState.OPEN, AttemptState.VOID}:
        return nothing
    is_released = attempt.state is AttemptState.RELEASED
    if attempt.trainer_releases and not is_released:
        return nothing
    if attempt.feedback == Feedback.NEVER and not attempt.is_preview:
        return nothing
    if attempt.feedback == Feedback.AFTER_CLOSE and not _is_over(attempt, now):
        return nothing
    keys = attempt.shows_keys
    return Sight(answers=True, keys=keys, written_keys=keys and is_released)


def _is_over(attempt: AttemptRow, now: datetime) -> bool:
    """True when the window has closed and nobody with extra time still sits."""
    if attempt.is_preview:
        return True
    if attempt.closes_at is None or now <= attempt.closes_at + attempt.grace:
        return False
    latest = session().scalar(
        select(func.max(Attempt.deadline_at)).where(
            Attempt.assessment_id == attempt.assessment_id,
            Attempt.submitted_at.is_(None),
            Attempt.voided_at.is_(None),
        )
    )
    return latest is None or now > latest + attempt.grace


def late_count(attempt_id: int) -> int:
    """How many bodies came after the end."""
    query = select(func.count()).where(LateAnswer.attempt_id == attempt_id)
    return session().scalar(query) or 0


def late_answers(attempt_id: int) -> Sequence[LateAnswer]:
    """What came after the end, in the order it came."""
    query = select(LateAnswer).where(LateAnswer.attempt_id == attempt_id).order_by(LateAnswer.id)
    return session().scalars(query).all()


def signals_of(attempt_id: int) -> Sequence[Any]:
    """What the page noticed: kind, position, received_at."""
    return (
        session()
        .execute(
            select(Signal.kind, Signal.position, Signal.received_at)
            .where(Signal.attempt_id == attempt_id)
            .order_by(Signal.id)
        )
        .all()
    )
