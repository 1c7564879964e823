"""What a learner has to do and how it went: one card per assignment."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import bindparam, select

from app.assessments.models import Assessment, Assignment, Attempt
from app.assessments.queries.rows import (
    ATTEMPT_COLUMNS,
    AssignmentRows,
    assignment_for,
    attempts_allowed,
    stored_state,
)
from app.domain import attempts
from app.domain.attempts import AttemptState, Counts
from app.domain.items import DEFAULT_LANG
from app.kernel.db import session

_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class AssignmentCard:
    """One assignment as of now. `total`, `passed_last` are None until the score is released.

    `passed`: by the attempt that counts. `free_at`: when the pause between attempts ends.
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
    is_cancelled: bool
    free_at: datetime | None
    open_attempt_id: int | None
    last_attempt_id: int | None
    is_waiting: bool
    passed: bool
    submitted_at: datetime | None
    total: Fraction | None
    maximum: Fraction
    passed_last: bool | None
    is_marked: bool = False  # waits for the release alone
    track: str | None = None

    @property
    def attempts_left(self) -> int:
        """How often it may still be started."""
        return max(0, self.attempts_allowed - self.attempts_used)

    @property
    def is_used_up(self) -> bool:
        """Not passed, nothing under way, and no attempt left: only one more helps."""
        ended = self.open_attempt_id is None and not self.is_waiting
        return ended and not (self.passed or self.is_cancelled or self.attempts_left)

    def is_to_do(self, now: datetime) -> bool:
        """True when the learner can and should start or go on now."""
        if self.open_attempt_id is not None:
            return True
        if self.is_cancelled or self.passed or self.is_waiting or not self.attempts_left:
            return False
        if self.opens_at is not None and now < self.opens_at:
            return False
        if self.closes_at is not None and now >= self.closes_at:
            return False
        return self.free_at is None or now >= self.free_at


def cards_of(person_id: int, *, now: datetime, lang: str = DEFAULT_LANG) -> list[AssignmentCard]:
    """All of a person's assignments, latest first; cancelled ones only when begun. Two SELECTs."""
    rows = (
        session()
        .execute(
            select(Assignment, Assessment)
            .join(Assessment, Assessment.id == Assignment.assessment_id)
            .where(Assignment.person_id == person_id, Assignment.is_preview.is_(False))
            .order_by(Assignment.assigned_at.desc(), Assignment.id.desc())
        )
        .all()
    )
    by_assignment = defaultdict(list)
    for row in attempt_rows(Attempt.person_id == person_id):
        by_assignment[row.assignment_id].append(row)
    cards = [_card(a, b, by_assignment[a.id], now, lang) for a, b in rows]
    return [card for card in cards if not card.is_cancelled or card.attempts_used]


def card_of(
    assignment_id: int, person_id: int, *, now: datetime, lang: str = DEFAULT_LANG
) -> AssignmentCard:
    """One assignment of this person; a preview too. Raises NotFoundError. One SELECT."""
    return card_with(assignment_id, person_id, now=now, lang=lang)[0]


def card_with(
    assignment_id: int, person_id: int, *, now: datetime, lang: str = DEFAULT_LANG
) -> tuple[AssignmentCard, AssignmentRows]:
    """As `card_of`, with the rows it was made of."""
    found = assignment_for(assignment_id, person_id)
    card = _card(found.assignment, found.assessment, found.counting, now, lang)
    return card, found


@dataclass(frozen=True, slots=True)
class ExamStand:
    """How somebody stands with one assessment. `allowed`: how often she may sit it in all;
    `waiting_since`: handed in, no result yet; `last_at`: the latest hand-in; `free_at`: when the
    pause between attempts ends."""

    allowed: int
    attempts_left: int
    waiting_since: datetime | None
    last_at: datetime | None
    free_at: datetime | None


def stands(
    assessment_ids: Collection[int], *, person_ids: Collection[int], now: datetime
) -> dict[tuple[int, int], ExamStand]:
    """(assessment, person) -> how it stands, of those who began one; open attempts are left out.

    One SELECT, and two more per 500 people.
    """
    tests = {
        row.id: row
        for row in session().execute(
            select(Assessment.id, Assessment.attempts_allowed, Assessment.cooldown_seconds).where(
                Assessment.id.in_(assessment_ids)
            )
        )
    }
    by_pair = defaultdict(list)
    more: dict[tuple[int, int], int] = {}
    people = sorted(person_ids) if tests else []
    for start in range(0, len(people), _CHUNK):
        chunk = people[start : start + _CHUNK]
        for row in _attempts_of(tests, chunk):
            by_pair[row.assessment_id, row.person_id].append(row)
        more |= _given(tests, chunk)
    found = {}
    for (assessment, person), rows in by_pair.items():
        last = state_now(rows[-1], now)
        if last.state is AttemptState.OPEN:
            continue
        ended, test = last.finished_at, tests[assessment]
        allowed = test.attempts_allowed + more.get((assessment, person), 0)
        found[assessment, person] = ExamStand(
            allowed=allowed,
            attempts_left=max(0, allowed - len(rows)),
            waiting_since=None if last.state is AttemptState.RELEASED else ended,
            last_at=ended,
            free_at=None if ended is None else ended + timedelta(seconds=test.cooldown_seconds),
        )
    return found


def _given(
    assessment_ids: Collection[int], person_ids: Collection[int]
) -> dict[tuple[int, int], int]:
    """(assessment, person) -> attempts given beside those of the rules. One SELECT."""
    rows = session().execute(
        select(Assignment.assessment_id, Assignment.person_id, Assignment.extra_attempts).where(
            Assignment.assessment_id.in_(assessment_ids),
            Assignment.person_id.in_(person_ids),
            Assignment.is_preview.is_(False),
            Assignment.extra_attempts > 0,
        )
    )
    return {(row[0], row[1]): row[2] for row in rows}


_COUNTING: Final = (
    select(*ATTEMPT_COLUMNS)
    .join(Assessment, Assessment.id == Attempt.assessment_id)
    .where(Attempt.is_preview.is_(False), Attempt.voided_at.is_(None))
    .order_by(Attempt.assignment_id, Attempt.number)
)
# Built once: whatever happens on a track asks which exams were passed.
_OF_PEOPLE: Final = _COUNTING.where(
    Attempt.assessment_id.in_(bindparam("tests", expanding=True)),
    Attempt.person_id.in_(bindparam("people", expanding=True)),
)


def attempt_rows(*where: Any) -> Sequence[Any]:
    """Attempts that count (no preview, not void) with what their state follows from. One SELECT."""
    return session().execute(_COUNTING.where(*where)).all()


def _attempts_of(assessment_ids: Iterable[int], person_ids: Sequence[int]) -> Sequence[Any]:
    """As `attempt_rows`. One SELECT."""
    params = {"tests": list(assessment_ids), "people": person_ids}
    return session().execute(_OF_PEOPLE, params).all()


def state_now(row: Any, now: datetime) -> attempts.Standing:
    """The standing of an attempt row as of now."""
    facts = attempts.Facts(stored_state(row), row.started_at, row.deadline_at, row.submitted_at)
    return attempts.standing(facts, now, timedelta(seconds=row.grace_seconds))


def passes(rows: Iterable[Any]) -> bool:
    """Whether the attempt that counts was passed, of one person's attempts at one assessment."""
    released = [row for row in rows if row.released_at is not None]
    if not released:
        return False
    results = [
        attempts.Result(row.id, row.number, _share(row.total, row.maximum), bool(row.passed))
        for row in released
    ]
    found = attempts.counted(results, Counts(released[0].counts))
    return found is not None and found.passed


def _share(total: Fraction | None, maximum: Fraction) -> Fraction:
    return total / maximum if total is not None and maximum else Fraction(0)


def _card(
    assignment: Assignment,
    assessment: Assessment,
    rows: Sequence[Any],
    now: datetime,
    lang: str,
) -> AssignmentCard:
    last = rows[-1] if rows else None
    standing = None if last is None else state_now(last, now)
    is_open = standing is not None and standing.state is AttemptState.OPEN
    is_released = standing is not None and standing.state is AttemptState.RELEASED
    finished_at = None if standing is None or is_open else standing.finished_at
    pause = timedelta(seconds=assessment.cooldown_seconds)
    return AssignmentCard(
        assignment_id=assignment.id,
        assessment_id=assessment.id,
        title=(assessment.title_en if lang == "en" else None) or assessment.title,
        due_at=assignment.due_at,
        opens_at=assessment.opens_at,
        closes_at=assessment.closes_at,
        limit_seconds=assessment.limit_seconds,
        attempts_allowed=attempts_allowed(assignment, assessment),
        attempts_used=len(rows),
        is_cancelled=assignment.cancelled_at is not None or assessment.cancelled_at is not None,
        free_at=None if finished_at is None else finished_at + pause,
        open_attempt_id=last.id if last is not None and is_open else None,
        last_attempt_id=None if last is None or is_open else last.id,
        is_waiting=last is not None and not is_open and not is_released,
        passed=passes(rows),
        submitted_at=finished_at,
        total=last.total if last is not None and is_released else None,
        maximum=Fraction(0) if last is None else last.maximum,
        passed_last=last.passed if last is not None and is_released else None,
        is_marked=standing is not None and standing.state is AttemptState.SCORED,
        track=assessment.track,
    )


def assigned_among(person_id: int, assessment_ids: Collection[int]) -> set[int]:
    """Which of these assessments a person has to sit, or had to. One SELECT."""
    return set(
        session().scalars(
            select(Assignment.assessment_id).where(
                Assignment.person_id == person_id,
                Assignment.assessment_id.in_(assessment_ids),
                Assignment.is_preview.is_(False),
            )
        )
    )


def passed_pairs(
    assessment_ids: Collection[int], *, person_ids: Collection[int]
) -> set[tuple[int, int]]:
    """(assessment, person) wherever the attempt that counts was passed; a SELECT per 500 people."""
    by_pair = defaultdict(list)
    people = sorted(person_ids) if assessment_ids else []
    for start in range(0, len(people), _CHUNK):
        for row in _attempts_of(assessment_ids, people[start : start + _CHUNK]):
            by_pair[row.assessment_id, row.person_id].append(row)
    return {pair for pair, rows in by_pair.items() if passes(rows)}
