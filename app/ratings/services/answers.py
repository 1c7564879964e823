"""Appeals against the mark of a written answer: to a marker who has not marked it before."""

from datetime import date, datetime, timedelta
from fractions import Fraction

from sqlalchemy import select

from app.accounts import services as accounts
from app.assessments.queries.monitor import markers_of
from app.assessments.queries.rows import AttemptRow, attempt_any
from app.audit.services import record
from app.domain import rated
from app.domain.attempts import AttemptState
from app.grading import queries as grading
from app.grading import services as marking
from app.kernel.clock import organisation_day
from app.kernel.db import insert_once, session
from app.kernel.errors import NotFoundError
from app.kernel.policy import Actor
from app.ratings.errors import AppealLateError, TwiceError, WrongStateError
from app.ratings.models import AnswerAppeal, AppealState
from app.ratings.queries import answers


def answer_appeal_until(attempt: AttemptRow) -> date | None:
    """The last day on which marks of this attempt may be appealed against; None: not released."""
    if attempt.state is not AttemptState.RELEASED or attempt.released_at is None:
        return None
    return organisation_day(attempt.released_at) + timedelta(rated.APPEAL_DAYS)


def appeal_answer(
    *, attempt_id: int, position: int, reason: str, actor_id: int, now: datetime
) -> int:
    """The learner asks for another marker of one written answer; returns the appeal's id.

    Raises NotFoundError for anybody else's attempt or an answer nobody marked, AppealLateError.
    """
    attempt = attempt_any(attempt_id, lock=True)
    if attempt.person_id != actor_id or not answers.markers(attempt_id, position):
        raise NotFoundError
    until = answer_appeal_until(attempt)
    values = {
        "attempt_id": attempt_id,
        "position": position,
        "reason": reason,
        "state": AppealState.OPEN.value,
        "at": now,
        "decision": "",
    }
    is_in_time = until is not None and organisation_day(now) <= until
    if not is_in_time or not insert_once(AnswerAppeal, values):
        raise AppealLateError
    made = (
        session()
        .scalars(
            select(AnswerAppeal.id).where(
                AnswerAppeal.attempt_id == attempt_id, AnswerAppeal.position == position
            )
        )
        .one()
    )
    _tell(attempt, made, position, now=now)
    _audit("answer.appeal", attempt, actor_id=actor_id, now=now, reason=reason, position=position)
    return made


def _tell(attempt: AttemptRow, appeal_id: int, position: int, *, now: datetime) -> None:
    """Whoever may mark it; and the owner, who can name somebody where nobody else may."""
    before = answers.markers(attempt.id, position)
    others = {one for one in markers_of(attempt.assessment_id) if one not in before}
    owner = set() if attempt.owner_id is None else {attempt.owner_id}
    for person_id in (others | owner) - {attempt.person_id}:
        accounts.notify(
            user_id=person_id,
            kind="rating_appeal",
            key=f"answer-appeal:{appeal_id}",
            params=_titled(attempt),
            url="/assess",
            now=now,
        )


def _titled(attempt: AttemptRow) -> dict[str, str]:
    english = {"en": attempt.title_en} if attempt.title_en else {}
    return accounts.titled({"zh-CN": attempt.title} | english)


def decide_answer(
    *, appeal_id: int, points: Fraction, reason: str, actor: Actor, now: datetime
) -> bool:
    """Another marker's own mark; True when it changes the old one, which it then supersedes with
    result and evidence.

    Raises NotFoundError outside the marker's scope, TwiceError for who marked it before,
    WrongStateError when it is decided, MarkRangeError.
    """
    one = session().scalar(
        select(AnswerAppeal)
        .where(AnswerAppeal.id == appeal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if one is None:
        raise NotFoundError
    sheet = grading.sheet(actor, one.attempt_id, one.position)
    if actor.id in answers.markers(one.attempt_id, one.position):
        raise TwiceError
    if one.state != AppealState.OPEN or sheet.last is None:
        raise WrongStateError
    is_changed = points != sheet.last.points
    if is_changed:
        marking.mark(
            attempt_id=one.attempt_id,
            position=one.position,
            new=marking.NewMark(frozenset(), points, reason, sheet.last.number),
            actor=actor,
            now=now,
        )
    one.state = (AppealState.CHANGED if is_changed else AppealState.KEPT).value
    one.decision, one.decided_at, one.decided_by_id = reason, now, actor.id
    session().flush()
    attempt = attempt_any(one.attempt_id)
    _audit(
        "answer.appeal_decide",
        attempt,
        actor_id=actor.id,
        now=now,
        reason=reason,
        position=one.position,
        changed=is_changed,
    )
    accounts.notify(
        user_id=attempt.person_id,
        kind="rating_appeal_decided",
        key=f"answer-appeal-decided:{one.id}",
        params=_titled(attempt),
        url=f"/attempts/{attempt.id}/appeals",
        now=now,
    )
    return is_changed


def _audit(
    action: str,
    attempt: AttemptRow,
    *,
    actor_id: int,
    now: datetime,
    reason: str,
    **detail: object,
) -> None:
    record(
        action=action,
        object_type="attempt",
        object_id=attempt.id,
        actor_id=actor_id,
        now=now,
        detail=detail,
        reason=reason,
    )
