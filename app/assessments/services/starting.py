"""Starting an attempt: who may, the paper from the stored seed, frozen at once."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, assert_never

from sqlalchemy import bindparam, insert, select

from app.assessments import content
from app.assessments.errors import (
    CancelledError,
    CoolingDownError,
    NoAttemptsLeftError,
    NotYetOpenError,
    PlanCannotBeMetError,
    WindowClosedError,
)
from app.assessments.frozen import freeze
from app.assessments.models import Assessment, Assignment, Attempt, AttemptPaper, SeenItem
from app.assessments.queries.rows import (
    assignment_for,
    attempt_any,
    attempts_allowed,
    insert_ignore,
)
from app.assessments.services import forms, scoring
from app.banks.queries import BankSnapshot
from app.domain import attempts
from app.domain.attempts import AttemptState, StartRefusal
from app.domain.papers import Lack, Paper, PaperPlan, PlanError, assemble
from app.kernel.db import core, session
from app.kernel.errors import DomainError

ENGINE: Final = "1"

_NEW_PAPER: Final = insert(AttemptPaper)
_SEEN: Final = select(SeenItem.item_id, SeenItem.key_at).where(
    SeenItem.person_id == bindparam("person_id")
)


def start(*, assignment_id: int, person_id: int, seed: str, now: datetime) -> int:
    """The id of the open attempt, a new one if there is none. Two starts at once give one attempt.

    Raises NotFoundError, CancelledError, NotYetOpenError, WindowClosedError, NoAttemptsLeftError,
    CoolingDownError, PlanCannotBeMetError.
    """
    found = assignment_for(assignment_id, person_id)
    assignment, assessment, before = found.assignment, found.assessment, _before(found.attempts)
    if before.open_id is not None:
        if _is_open(before.open_id, now):
            return before.open_id
        before = _before(assignment_for(assignment_id, person_id).attempts)
    if assignment.cancelled_at is not None or assessment.cancelled_at is not None:
        raise CancelledError
    decision = attempts.may_start(
        rules_of(assignment, assessment),
        used=before.used,
        last_finished_at=before.last_at,
        now=now,
    )
    if decision.refusal is not None:
        raise refusal(decision.refusal)
    number = before.last_number + 1
    form = forms.paper_for_attempt(assessment, assignment, number)
    paper, body = assembled(
        assessment, person_id=person_id, seed=seed, now=now, form=form, banks=found.banks
    )
    row = {
        "assignment_id": assignment_id,
        "assessment_id": assessment.id,
        "person_id": person_id,
        "number": number,
        "is_preview": assignment.is_preview,
        "seed": seed,
        "engine": ENGINE,
        "started_at": now,
        "deadline_at": deadline_of(assignment, assessment, started_at=now),
        "is_timed_out": False,
        "maximum": paper.total,
    }
    made = core().scalar(insert_ignore(Attempt).returning(Attempt.id), row)
    if made is None:  # another start won the number
        return _attempt_numbered(assignment_id, number)
    digest = hashlib.sha256(body.encode()).hexdigest()
    paper_row = {"attempt_id": made, "digest": digest, "body": body}
    core().execute(_NEW_PAPER, paper_row)
    if not assignment.is_preview:
        remember(paper, person_id=person_id, now=now)
    return int(made)


def deadline_of(
    assignment: Assignment, assessment: Assessment, *, started_at: datetime
) -> datetime | None:
    """The deadline by the settings as they stand."""
    limit = assessment.limit_seconds
    closes_at = None if assignment.is_preview else assessment.closes_at
    return attempts.deadline(
        started_at,
        None if limit is None else timedelta(seconds=limit),
        timedelta(seconds=assignment.extra_seconds),
        closes_at,
    )


def rules_of(assignment: Assignment, assessment: Assessment) -> attempts.StartRules:
    """When and how often this person may start; a preview knows no bounds."""
    if assignment.is_preview:
        return attempts.StartRules(attempts=None)
    return attempts.StartRules(
        opens_at=assessment.opens_at,
        closes_at=assessment.closes_at,
        attempts=attempts_allowed(assignment, assessment),
        cool_down=timedelta(seconds=assessment.cooldown_seconds),
    )


def assembled(
    assessment: Assessment,
    *,
    person_id: int,
    seed: str,
    now: datetime,
    form: Paper | None = None,
    banks: str = "",
) -> tuple[Paper, str]:
    """A person's paper (`form`, else a draw) and the text that freezes it.

    `banks`: the tokens of the pinned banks, where they were read already.

    Raises PlanCannotBeMetError.
    """
    seen, key_seen = seen_items(person_id, now)
    snapshots = content.pinned_known(assessment.id, banks)
    if form is None:
        paper = paper_for(assessment, snapshots, seed=seed, seen=seen)
    else:
        paper = forms.as_met(form, seen)
    items = {key: item for one in snapshots for key, item in content.by_version(one).items()}
    pins = [(one.id, one.token) for one in snapshots]
    return paper, freeze(paper, items, banks=pins, key_seen=key_seen)


def paper_for(
    assessment: Assessment, snapshots: Sequence[BankSnapshot], *, seed: str, seen: frozenset[str]
) -> Paper:
    """The paper of the plan. Raises PlanCannotBeMetError naming every place that lacks items."""
    try:
        if assessment.plan is None:
            plan = content.plan_of(snapshots[0])
            return assemble(plan, seed=seed, seen=seen, unseen=assessment.unseen_share)
        return assemble(
            PaperPlan.from_json(assessment.plan),
            seed=seed,
            pool=content.pool(snapshots),
            seen=seen,
            unseen=assessment.unseen_share,
        )
    except PlanError as error:
        raise PlanCannotBeMetError(lacks="; ".join(map(_lack, error.lacks))) from error


def _lack(lack: Lack) -> str:
    if lack.item_id is not None:
        return lack.item_id
    place = f"#{(lack.index or 0) + 1}"
    return f"{place} {lack.found}/{lack.wanted}"


def seen_items(person_id: int, now: datetime) -> tuple[frozenset[str], frozenset[str]]:
    """Ids of the items this person met before, and of those whose key she may have seen."""
    rows = core().execute(_SEEN, {"person_id": person_id}).all()
    with_key = frozenset(r.item_id for r in rows if r.key_at is not None and r.key_at <= now)
    return frozenset(r.item_id for r in rows), with_key


def remember(paper: Paper, *, person_id: int, now: datetime) -> None:
    """From now on this person has met these items."""
    rows = [
        {"person_id": person_id, "item_id": entry.item_id, "first_at": now}
        for entry in paper.entries
    ]
    core().execute(insert_ignore(SeenItem), rows)


@dataclass(frozen=True, slots=True)
class _Before:
    """The attempts there are: how many count, the highest number, the last end, the open one."""

    used: int
    last_number: int
    last_at: datetime | None
    open_id: int | None


def _before(rows: Sequence[Any]) -> _Before:
    real = [row for row in rows if row.voided_at is None]
    return _Before(
        used=len(real),
        last_number=max((row.number for row in rows), default=0),
        last_at=max((row.submitted_at for row in real if row.submitted_at), default=None),
        open_id=next((row.id for row in real if row.submitted_at is None), None),
    )


def _is_open(attempt_id: int, now: datetime) -> bool:
    """Whether it is open still; one whose grace is over is handed in first."""
    row = attempt_any(attempt_id, lock=True)
    if row.is_due(now):
        scoring.finish_at_deadline(row, now=now)
        return False
    return row.state is AttemptState.OPEN


def refusal(reason: StartRefusal) -> DomainError:
    """The named error for a refusal."""
    match reason:
        case StartRefusal.NOT_YET:
            return NotYetOpenError()
        case StartRefusal.WINDOW_CLOSED:
            return WindowClosedError()
        case StartRefusal.NO_ATTEMPTS_LEFT:
            return NoAttemptsLeftError()
        case StartRefusal.COOLING_DOWN:
            return CoolingDownError()
        case _ as unreachable:
            assert_never(unreachable)


def _attempt_numbered(assignment_id: int, number: int) -> int:
    return int(
        session()
        .execute(
            select(Attempt.id).where(
                Attempt.assignment_id == assignment_id, Attempt.number == number
            )
        )
        .scalar_one()
    )
