"""A learner's assignments as cards for her home and her tracks, and who passed what."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import and_, select

from app.assessments.models import Assessment, Assignment, Attempt
from app.kernel.db import session


@dataclass(frozen=True, slots=True)
class AssignmentCard:
    """One assignment of one person with her latest and her counted attempt.

    `submitted_at`, `total`, `maximum` and `passed_last` are of the latest attempt that was handed
    in; `passed` is True once any released attempt passed. `open_attempt_id`: one is under way.
    """

    assignment_id: int
    assessment_id: int
    title: str
    due_at: datetime | None
    opens_at: datetime | None
    closes_at: datetime | None
    limit_seconds: int | None
    attempts_allowed: int
    attempts_used: int
    open_attempt_id: int | None
    last_attempt_id: int | None
    submitted_at: datetime | None
    released_at: datetime | None
    total: Fraction | None
    maximum: Fraction | None
    passed: bool
    passed_last: bool | None

    @property
    def attempts_left(self) -> int:
        """How many attempts may still be started."""
        return max(0, self.attempts_allowed - self.attempts_used)

    def is_to_do(self, now: datetime) -> bool:
        """True when there is something to start or to go on with."""
        if self.open_attempt_id is not None:
            return True
        is_over = self.closes_at is not None and self.closes_at <= now
        return not self.passed and self.attempts_left > 0 and not is_over and not self.is_waiting

    @property
    def is_waiting(self) -> bool:
        """True when the latest attempt waits for marks or for the release."""
        return self.submitted_at is not None and self.released_at is None


def cards_of(person_id: int, *, now: datetime) -> list[AssignmentCard]:
    """Every assignment of a person that is not cancelled, newest first. Two SELECTs."""
    assignments = (
        session()
        .execute(
            select(Assignment, Assessment)
            .join(Assessment, Assessment.id == Assignment.assessment_id)
            .where(
                Assignment.person_id == person_id,
                Assignment.is_preview.is_(False),
                Assignment.cancelled_at.is_(None),
                Assessment.cancelled_at.is_(None),
            )
            .order_by(Assignment.assigned_at.desc(), Assignment.id.desc())
        )
        .all()
    )
    attempts: dict[int, list[Any]] = {}
    for row in session().execute(
        select(
            Attempt.id,
            Attempt.assignment_id,
            Attempt.deadline_at,
            Attempt.submitted_at,
            Attempt.released_at,
            Attempt.total,
            Attempt.maximum,
            Attempt.passed,
        )
        .where(
            Attempt.person_id == person_id,
            Attempt.is_preview.is_(False),
            Attempt.voided_at.is_(None),
        )
        .order_by(Attempt.number)
    ):
        attempts.setdefault(row.assignment_id, []).append(row)
    return [
        _card(assignment, assessment, attempts.get(assignment.id, []), now)
        for assignment, assessment in assignments
    ]


def _card(
    assignment: Assignment, assessment: Assessment, attempts: list[Any], now: datetime
) -> AssignmentCard:
    handed_in = [row for row in attempts if row.submitted_at is not None]
    last = handed_in[-1] if handed_in else None
    under_way = [
        row
        for row in attempts
        if row.submitted_at is None and (row.deadline_at is None or row.deadline_at > now)
    ]
    is_released = last is not None and last.released_at is not None
    return AssignmentCard(
        assignment_id=assignment.id,
        assessment_id=assessment.id,
        title=assessment.title,
        due_at=assignment.due_at,
        opens_at=assessment.opens_at,
        closes_at=assessment.closes_at,
        limit_seconds=assessment.limit_seconds,
        attempts_allowed=assessment.attempts_allowed,
        attempts_used=len(attempts),
        open_attempt_id=under_way[-1].id if under_way else None,
        last_attempt_id=last.id if last else None,
        submitted_at=last.submitted_at if last else None,
        released_at=last.released_at if last else None,
        total=last.total if last is not None and is_released else None,
        maximum=last.maximum if last else None,
        passed=any(row.passed and row.released_at is not None for row in attempts),
        passed_last=last.passed if last is not None and is_released else None,
    )


def passed_pairs(assessment_ids: Collection[int]) -> set[tuple[int, int]]:
    """(assessment, person) pairs with a released attempt that passed. One SELECT."""
    rows = session().execute(
        select(Attempt.assessment_id, Attempt.person_id)
        .where(
            and_(
                Attempt.assessment_id.in_(set(assessment_ids)),
                Attempt.passed.is_(True),
                Attempt.released_at.is_not(None),
                Attempt.voided_at.is_(None),
                Attempt.is_preview.is_(False),
            )
        )
        .group_by(Attempt.assessment_id, Attempt.person_id)
    )
    return {(row.assessment_id, row.person_id) for row in rows}
