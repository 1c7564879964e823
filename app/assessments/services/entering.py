"""From a sheet of paper to an attempt: numbered sheets, and the answers somebody types in.

An attempt sat on paper is scored, released and counted as any other; only how its answers came in
differs. A sheet becomes one attempt at most, and that one takes one of the attempts allowed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import func, insert, select, update

from app.assessments import content, people
from app.assessments.errors import (
    CancelledError,
    InTheFutureError,
    MarksGivenError,
    OpenOnlineError,
    ReasonMissingError,
    WrongStateError,
)
from app.assessments.frozen import Frozen, digest, freeze, pack, thaw
from app.assessments.models import (
    Answer,
    AnswerEvent,
    Assessment,
    Assignment,
    Attempt,
    AttemptPaper,
    ItemScore,
    PaperEntry,
    PaperForm,
    PaperSheet,
)
from app.assessments.papertext import as_text, digest_of
from app.assessments.queries import printed
from app.assessments.queries.printed import SheetRow
from app.assessments.queries.rows import (
    AttemptRow,
    assessment_by_owner,
    attempt_any,
    attempts_allowed,
    insert_ignore,
)
from app.assessments.services import forms, scoring, starting
from app.assessments.terms import Cause, Medium
from app.audit.services import record
from app.domain import attempts, papercode
from app.domain.attempts import AttemptState
from app.domain.items import Written
from app.domain.papersheet import Typed
from app.domain.scoring import Reason, marked
from app.kernel.db import session, upsert
from app.kernel.errors import NotFoundError

CLIENT: Final = "paper"


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of one sheet. `marks`: position to the mark read from the paper."""

    attempt_id: int
    is_new: bool
    changed: tuple[int, ...]
    marks: Mapping[int, Fraction]


# ---------------------------------------------------------------- sheets


def make_sheets(*, assessment_id: int, owner_id: int, seed: str, now: datetime) -> int:
    """A numbered sheet for everybody who may still sit and has none to fill in. Gives how many.

    Doing it twice changes nothing. After a void attempt the new sheet bears the same paper, so that
    the answers on the old one can be typed in again. Raises NotFoundError, CancelledError,
    PlanCannotBeMetError.
    """
    assessment = assessment_by_owner(assessment_id, owner_id)
    if assessment.cancelled_at is not None:
        raise CancelledError
    forms.deal_all(assessment)
    newest = printed.latest_sheets(assessment_id)
    rows = [
        _sheet(assessment, assignment, newest.get(assignment.person_id), seed=seed, now=now)
        for assignment in _to_sit(assessment, newest)
    ]
    if rows:
        session().execute(insert_ignore(PaperSheet), rows)
        record(
            action="paper.sheets",
            object_type="assessment",
            object_id=assessment_id,
            actor_id=owner_id,
            now=now,
            detail={"sheets": len(rows)},
        )
    return len(rows)


def _to_sit(assessment: Assessment, newest: Mapping[int, SheetRow]) -> list[Assignment]:
    """Assignments with an attempt left and no sheet that waits for its answers."""
    used = printed.used(assessment.id)
    rows = session().scalars(
        select(Assignment)
        .where(
            Assignment.assessment_id == assessment.id,
            Assignment.is_preview.is_(False),
            Assignment.cancelled_at.is_(None),
        )
        .order_by(Assignment.id)
    )
    return [
        row
        for row in rows
        if used.get(row.person_id, 0) < attempts_allowed(row, assessment)
        and (row.person_id not in newest or newest[row.person_id].attempt_id is not None)
    ]


def _sheet(
    assessment: Assessment,
    assignment: Assignment,
    before: SheetRow | None,
    *,
    seed: str,
    now: datetime,
) -> dict[str, Any]:
    number = _next_number(assignment.id)
    is_again = before is not None and _is_void_and_last(before)
    form = None if is_again else forms.form_for(assessment, assignment, number)
    form_id = None if form is None else form.id
    if before is not None and is_again:
        body, form_id = as_text(before.paper), before.form_id
    elif form is None:
        seen, _with_key = starting.seen_items(assignment.person_id, now)
        paper = starting.paper_for(
            assessment,
            content.pinned_for(assessment.id),
            seed=f"{seed}/{assignment.id}/{number}",
            seen=seen,
        )
        body = as_text(paper)
    else:
        body = form.body
    return {
        "assignment_id": assignment.id,
        "number": number,
        "form_id": form_id,
        "code": papercode.code_for("sheet", seed, assignment.id, number),
        "body": body,
        "digest": digest_of(body),
        "made_at": now,
    }


def _is_void_and_last(sheet: SheetRow) -> bool:
    """Whether the attempt of a sheet is void, and nothing was sat since."""
    last = session().execute(
        select(Attempt.id, Attempt.voided_at)
        .where(Attempt.assignment_id == sheet.assignment_id)
        .order_by(Attempt.number.desc())
        .limit(1)
    )
    row = last.first()
    return row is not None and row.id == sheet.attempt_id and row.voided_at is not None


def _next_number(assignment_id: int) -> int:
    """One more than the attempts and sheets there are."""
    db = session()
    sat = db.scalar(select(func.max(Attempt.number)).where(Attempt.assignment_id == assignment_id))
    made = db.scalar(
        select(func.max(PaperSheet.number)).where(PaperSheet.assignment_id == assignment_id)
    )
    return max(sat or 0, made or 0) + 1


def change_form(*, sheet: SheetRow, form_number: int, owner_id: int, now: datetime) -> SheetRow:
    """The person took another form than was meant for her. Raises NotFoundError, WrongStateError.

    The caller has checked that the sheet belongs to an assessment of this owner.
    """
    db = session()
    assignment = db.get_one(Assignment, sheet.assignment_id)
    form = db.scalar(
        select(PaperForm).where(
            PaperForm.assessment_id == assignment.assessment_id, PaperForm.number == form_number
        )
    )
    if form is None:
        raise NotFoundError
    if form.id == sheet.form_id:
        return sheet
    if sheet.attempt_id is not None:
        raise WrongStateError
    db.execute(
        update(PaperSheet)
        .where(PaperSheet.id == sheet.id)
        .values(form_id=form.id, body=form.body, digest=form.digest)
        .execution_options(synchronize_session=False)
    )
    record(
        action="paper.form",
        object_type="assessment",
        object_id=assignment.assessment_id,
        actor_id=owner_id,
        now=now,
        detail={"person": sheet.person_id, "before": sheet.letter, "after": form.number},
    )
    changed = printed.sheet_coded(assignment.assessment_id, sheet.code)
    if changed is None:
        raise NotFoundError
    return changed


# ---------------------------------------------------------------- answers


def enter(
    *,
    sheet: SheetRow,
    typed: Sequence[Typed],
    owner_id: int,
    sat_at: datetime,
    reason: str,
    now: datetime,
) -> Entered:
    """Take over what stands on a sheet: a new attempt, or corrections of the one there is.

    `typed` has one entry for each item of the sheet. Entering the same again changes nothing.
    The caller has checked that the sheet belongs to an assessment of this owner, and gives the
    marks on. Raises NoAttemptsLeftError, CancelledError, OpenOnlineError, InTheFutureError,
    ReasonMissingError, MarksGivenError, WrongStateError.
    """
    if sat_at > now:
        raise InTheFutureError
    if sheet.attempt_id is None:
        return _enter_new(sheet, typed, owner_id=owner_id, sat_at=sat_at, now=now)
    return _correct(sheet, typed, owner_id=owner_id, reason=reason, now=now)


def _enter_new(
    sheet: SheetRow, typed: Sequence[Typed], *, owner_id: int, sat_at: datetime, now: datetime
) -> Entered:
    number = _may_sit(sheet, now)
    attempt_id, frozen = _attempt(sheet, number, sat_at)
    _keep(attempt_id, frozen, {n: one for n, one in enumerate(typed, 1) if one.response}, now)
    attempt = attempt_any(attempt_id, lock=True)
    session().execute(
        insert(PaperEntry),
        {
            "attempt_id": attempt_id,
            "sheet_id": sheet.id,
            "entered_by_id": owner_id,
            "entered_at": now,
        },
    )
    if scoring.finish(attempt, submitted_at=sat_at, key=None, now=now) is None:
        raise WrongStateError
    done = attempt_any(attempt_id)
    if done.state is AttemptState.RELEASED:  # she was not there to see it
        people.tell_released(done.person_id, attempt_id=attempt_id, title=done.titles, now=now)
    record(
        action="paper.enter",
        object_type="attempt",
        object_id=attempt_id,
        actor_id=owner_id,
        now=now,
        detail={"person": sheet.person_id, "code": sheet.code, "sat_at": sat_at.isoformat()},
    )
    return Entered(attempt_id, is_new=True, changed=(), marks=_marks(typed))


def _marks(typed: Sequence[Typed]) -> dict[int, Fraction]:
    return {n: one.mark for n, one in enumerate(typed, 1) if one.mark is not None}


def _may_sit(sheet: SheetRow, now: datetime) -> int:
    """The number of the attempt. It is a record of what was sat: window and pause do not matter."""
    db = session()
    found = db.execute(
        select(Assignment, Assessment)
        .join(Assessment, Assessment.id == Assignment.assessment_id)
        .where(Assignment.id == sheet.assignment_id)
        .with_for_update(of=Assignment)
    ).one()
    # Somebody else may have typed this very sheet in while we waited for the row.
    taken = select(PaperEntry.attempt_id).where(PaperEntry.sheet_id == sheet.id)
    if db.scalar(taken) is not None:
        raise WrongStateError
    if found.Assignment.cancelled_at is not None or found.Assessment.cancelled_at is not None:
        raise CancelledError
    rows = db.execute(
        select(Attempt.number, Attempt.submitted_at, Attempt.voided_at).where(
            Attempt.assignment_id == sheet.assignment_id
        )
    ).all()
    real = [row for row in rows if row.voided_at is None]
    if any(row.submitted_at is None for row in real):
        raise OpenOnlineError
    rules = attempts.StartRules(attempts=attempts_allowed(found.Assignment, found.Assessment))
    decision = attempts.may_start(rules, used=len(real), last_finished_at=None, now=now)
    if decision.refusal is not None:
        raise starting.refusal(decision.refusal)
    return max((row.number for row in rows), default=0) + 1


def _attempt(sheet: SheetRow, number: int, sat_at: datetime) -> tuple[int, Frozen]:
    """The row and its frozen paper. Raises WrongStateError when another start took the number."""
    db = session()
    assignment = db.get_one(Assignment, sheet.assignment_id)
    seen, key_seen = starting.seen_items(sheet.person_id, sat_at)
    snapshots = content.pinned_for(assignment.assessment_id)
    items = printed.items_of(assignment.assessment_id)
    paper = forms.as_met(sheet.paper, seen)
    body = freeze(paper, items, banks=[(one.id, one.token) for one in snapshots], key_seen=key_seen)
    row = {
        "assignment_id": assignment.id,
        "assessment_id": assignment.assessment_id,
        "person_id": sheet.person_id,
        "number": number,
        "is_preview": False,
        "medium": Medium.PAPER.value,
        "seed": paper.seed,
        "engine": starting.ENGINE,
        "started_at": sat_at,
        "deadline_at": None,
        "is_timed_out": False,
        "maximum": paper.total,
    }
    made = db.scalar(insert_ignore(Attempt).returning(Attempt.id), row)
    if made is None:
        raise WrongStateError
    text = hashlib.sha256(body.encode()).hexdigest()
    db.execute(insert(AttemptPaper), {"attempt_id": made, "digest": text, "body": body})
    starting.remember(paper, person_id=sheet.person_id, now=sat_at)
    return int(made), thaw(body)


def _keep(
    attempt_id: int, frozen: Frozen, typed: Mapping[int, Typed], now: datetime
) -> dict[int, str | None]:
    """Append an event for each response and make it the current one."""
    db = session()
    rows = db.execute(
        select(Answer.position, Answer.revision).where(Answer.attempt_id == attempt_id)
    )
    revisions = {row[0]: row[1] for row in rows}
    bodies = {}
    for position, one in typed.items():
        bodies[position] = body = pack(one.response)
        values = {
            "attempt_id": attempt_id,
            "position": frozen.slot(position).position,
            "revision": revisions.get(position, 0) + 1,
            "client": CLIENT,
            "body": body,
            "is_flagged": False,
        }
        db.execute(
            insert(AnswerEvent).values(**values, digest=digest(f"{body}/0"), received_at=now)
        )
        upsert(Answer, {**values, "saved_at": now}, keys=("attempt_id", "position"))
    return bodies


# ---------------------------------------------------------------- corrections


def _correct(
    sheet: SheetRow, typed: Sequence[Typed], *, owner_id: int, reason: str, now: datetime
) -> Entered:
    attempt = attempt_any(sheet.attempt_id or 0, lock=True)
    if attempt.state is AttemptState.VOID:
        raise WrongStateError
    frozen = thaw(attempt.body)
    before = _bodies(attempt.id)
    said = {n: one for n, one in enumerate(typed, 1) if pack(one.response) != before.get(n)}
    changed = {**said, **_unmarked(attempt.id, typed)}
    if not changed:
        return Entered(attempt.id, is_new=False, changed=(), marks=_marks(typed))
    _check_marks(attempt, changed)
    _keep(attempt.id, frozen, said, now)
    _score_again(attempt, frozen, changed, owner_id, now)
    note_correction(
        attempt_id=attempt.id,
        owner_id=owner_id,
        reason=reason,
        now=now,
        detail={
            str(n): {"before": before.get(n), "after": pack(one.response)}
            for n, one in changed.items()
        },
    )
    return Entered(attempt.id, is_new=False, changed=tuple(changed), marks=_marks(typed))


def _unmarked(attempt_id: int, typed: Sequence[Typed]) -> dict[int, Typed]:
    """Written answers whose mark in force was typed over by "not marked yet"."""
    marked_at = session().scalars(
        select(ItemScore.position).where(
            ItemScore.attempt_id == attempt_id, ItemScore.reason == Reason.MARKED.value
        )
    )
    asked = {n: one for n, one in enumerate(typed, 1) if one.response and one.mark is None}
    return {n: asked[n] for n in marked_at if n in asked}


def note_correction(
    *, attempt_id: int, owner_id: int, reason: str, now: datetime, detail: Mapping[str, Any]
) -> None:
    """Put a correction on record, and whose it is. Raises ReasonMissingError."""
    if not reason.strip():
        raise ReasonMissingError
    session().execute(
        update(PaperEntry)
        .where(PaperEntry.attempt_id == attempt_id)
        .values(corrected_by_id=owner_id, corrected_at=now)
        .execution_options(synchronize_session=False)
    )
    record(
        action="paper.correct",
        object_type="attempt",
        object_id=attempt_id,
        actor_id=owner_id,
        now=now,
        reason=reason.strip(),
        detail=detail,
    )


def _bodies(attempt_id: int) -> dict[int, str | None]:
    rows = session().execute(
        select(Answer.position, Answer.body).where(Answer.attempt_id == attempt_id)
    )
    return {row[0]: row[1] for row in rows}


def _is_out(attempt: AttemptRow) -> bool:
    """Whether the score is complete: it is not taken back to "waits for a mark"."""
    return attempt.state in {AttemptState.RELEASED, AttemptState.SCORED}


def _check_marks(attempt: AttemptRow, changed: Mapping[int, Typed]) -> None:
    waits = any(isinstance(one.response, Written) and one.mark is None for one in changed.values())
    if waits and _is_out(attempt):
        raise MarksGivenError


def _score_again(
    attempt: AttemptRow,
    frozen: Frozen,
    changed: Mapping[int, Typed],
    owner_id: int,
    now: datetime,
) -> None:
    """All changed items at once. The caller puts the marks on record in the same transaction."""
    items = content.items_of(frozen)
    scores = {}
    for position, one in changed.items():
        slot = frozen.slot(position)
        if one.mark is not None and _is_out(attempt):
            scores[position] = marked(items[slot.entry.item_version_id], one.mark)
        else:
            scores[position] = scoring.score_slot(slot, items, one.response)
    scoring.rescore_many(attempt, scores, cause=Cause.COMPLETE, actor_id=owner_id, now=now)


__all__ = ["Entered", "change_form", "enter", "make_sheets", "note_correction"]
