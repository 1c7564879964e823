"""The rows other reads and the services start from. Missing and foreign rows look the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Select, bindparam, or_, select

from app.assessments.models import (
    Assessment,
    AssessmentSource,
    Assignment,
    Attempt,
    AttemptPaper,
    ItemScore,
)
from app.assessments.terms import Release
from app.banks.queries import tokens_select
from app.domain import attempts
from app.domain.attempts import AttemptState
from app.domain.items import PassMark
from app.kernel.db import Base, core, insert_into, session
from app.kernel.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt with what its assessment says about it and the text of its frozen paper."""

    id: int
    assignment_id: int
    assessment_id: int
    person_id: int
    number: int
    is_preview: bool
    engine: str
    started_at: datetime
    deadline_at: datetime | None
    submitted_at: datetime | None
    scored_at: datetime | None
    released_at: datetime | None
    voided_at: datetime | None
    receipt: str | None
    total: Fraction | None
    maximum: Fraction
    passed: bool | None
    is_timed_out: bool
    void_reason: str | None
    title: str
    title_en: str | None
    owner_id: int | None
    pass_share: Fraction | None
    pass_points: Fraction | None
    limit_seconds: int | None
    closes_at: datetime | None
    grace_seconds: int
    release_by: str
    feedback: str
    shows_keys: bool
    display: str
    body: str
    medium: str
    track: str | None

    @property
    def state(self) -> AttemptState:
        """What is stored; the clock may have gone on since (`state_at`)."""
        return stored_state(self)

    def is_markable_by(self, person_id: int) -> bool:
        """Whether its written answers take this trainer's marks: not her own, a preview, void."""
        is_own = self.person_id == person_id
        return not is_own and not self.is_preview and self.voided_at is None

    @property
    def grace(self) -> timedelta:
        """How long after the deadline a body still counts."""
        return timedelta(seconds=self.grace_seconds)

    @property
    def pass_mark(self) -> PassMark:
        """Share or points."""
        return PassMark(share=self.pass_share, points=self.pass_points)

    @property
    def trainer_releases(self) -> bool:
        """True when a complete score waits for the trainer."""
        return self.release_by == Release.TRAINER

    def title_in(self, lang: str) -> str:
        """The title in the reader's language."""
        return (self.title_en if lang == "en" else None) or self.title

    @property
    def titles(self) -> dict[str, str]:
        """The title by language, for notices."""
        return {"zh-CN": self.title, "en": self.title_en or ""}

    def is_due(self, now: datetime) -> bool:
        """True when it is stored as open but its grace is over."""
        return self.standing(now).is_due

    def standing(self, now: datetime) -> attempts.Standing:
        """The attempt as of `now`."""
        facts = attempts.Facts(self.state, self.started_at, self.deadline_at, self.submitted_at)
        return attempts.standing(facts, now, self.grace)


def stored_state(row: Any) -> AttemptState:
    """The state that follows from the times of a row with `*_at` columns."""
    if row.voided_at is not None:
        return AttemptState.VOID
    if row.released_at is not None:
        return AttemptState.RELEASED
    if row.scored_at is not None:
        return AttemptState.SCORED
    if row.submitted_at is not None:
        return AttemptState.SUBMITTED
    return AttemptState.OPEN


def attempt_select() -> Any:
    """Columns in the order of `AttemptRow`."""
    return (
        select(
            Attempt.id,
            Attempt.assignment_id,
            Attempt.assessment_id,
            Attempt.person_id,
            Attempt.number,
            Attempt.is_preview,
            Attempt.engine,
            Attempt.started_at,
            Attempt.deadline_at,
            Attempt.submitted_at,
            Attempt.scored_at,
            Attempt.released_at,
            Attempt.voided_at,
            Attempt.receipt,
            Attempt.total,
            Attempt.maximum,
            Attempt.passed,
            Attempt.is_timed_out,
            Attempt.void_reason,
            Assessment.title,
            Assessment.title_en,
            Assessment.owner_id,
            Assessment.pass_share,
            Assessment.pass_points,
            Assessment.limit_seconds,
            Assessment.closes_at,
            Assessment.grace_seconds,
            Assessment.release_by,
            Assessment.feedback,
            Assessment.shows_keys,
            Assessment.display,
            AttemptPaper.body,
            Attempt.medium,
            Assessment.track,
        )
        .join(Assessment, Assessment.id == Attempt.assessment_id)
        .join(AttemptPaper, AttemptPaper.attempt_id == Attempt.id)
    )


# Built once: on the hot path putting the statement together costs more than running it.
_ALL = attempt_select()
_OWN = _ALL.where(
    Attempt.id == bindparam("attempt_id"), Attempt.person_id == bindparam("person_id")
)
_OF_TRAINER = _ALL.where(
    Attempt.id == bindparam("attempt_id"),
    or_(Assessment.owner_id == bindparam("owner_id"), Assessment.owner_id.is_(None)),
)
_ANY = _ALL.where(Attempt.id == bindparam("attempt_id"))
# Whoever is going to write holds the row: a save cannot slip in between the reading of the answers
# and the score. (SQLite has one writer at a time and no such clause.)
_OWN_LOCKED = _OWN.with_for_update(of=Attempt)
_OF_TRAINER_LOCKED = _OF_TRAINER.with_for_update(of=Attempt)
_ANY_LOCKED = _ANY.with_for_update(of=Attempt)


def attempt_of(attempt_id: int, person_id: int, *, lock: bool = False) -> AttemptRow:
    """The attempt of this person. Raises NotFoundError. One statement."""
    query = _OWN_LOCKED if lock else _OWN
    return _one(query, attempt_id=attempt_id, person_id=person_id)


def attempt_by_owner(attempt_id: int, owner_id: int, *, lock: bool = False) -> AttemptRow:
    """An attempt at an assessment of this trainer. Raises NotFoundError. One statement."""
    query = _OF_TRAINER_LOCKED if lock else _OF_TRAINER
    return _one(query, attempt_id=attempt_id, owner_id=owner_id)


def attempt_any(attempt_id: int, *, lock: bool = False) -> AttemptRow:
    """An attempt whoever asks: for services that checked already. Raises NotFoundError."""
    return _one(_ANY_LOCKED if lock else _ANY, attempt_id=attempt_id)


def _one(query: Select[Any], **params: int) -> AttemptRow:
    row = core().execute(query, params).first()
    if row is None:
        raise NotFoundError
    return AttemptRow(*row)


def due_attempts(now: datetime, most: int) -> Sequence[AttemptRow]:
    """Open attempts whose grace is over, oldest deadline first."""
    query = (
        _ALL.where(
            Attempt.submitted_at.is_(None),
            Attempt.voided_at.is_(None),
            Attempt.deadline_at < now,
        )
        .order_by(Attempt.deadline_at)
        .limit(most)
    )
    rows = [AttemptRow(*row) for row in session().execute(query)]
    return [row for row in rows if row.is_due(now)]


def owned_by(trainer_id: int) -> ColumnElement[bool]:
    """Own assessments, and those without an owner, which all trainers share."""
    return or_(Assessment.owner_id == trainer_id, Assessment.owner_id.is_(None))


def assessment_by_owner(assessment_id: int, owner_id: int) -> Assessment:
    """An assessment of this trainer. Raises NotFoundError."""
    found = session().scalar(
        select(Assessment).where(Assessment.id == assessment_id, owned_by(owner_id))
    )
    if found is None:
        raise NotFoundError
    return found


def assessment_any(assessment_id: int) -> Assessment:
    """An assessment whoever asks. Raises NotFoundError. Kept by the session."""
    found = session().get(Assessment, assessment_id)
    if found is None:
        raise NotFoundError
    return found


def attempts_allowed(assignment: Assignment, assessment: Assessment) -> int:
    """How often this person may sit it: by its rules, and what was given to her besides."""
    return assessment.attempts_allowed + assignment.extra_attempts


@dataclass(frozen=True, slots=True)
class AssignmentRows:
    """An assignment, its assessment and all attempts by number, void ones too.

    Assignment and assessment are to be read only: objects with the columns as attributes that the
    session does not know. `banks`: the tokens of the pinned bank versions.
    """

    assignment: Assignment
    assessment: Assessment
    attempts: Sequence[Any]
    banks: str

    @property
    def counting(self) -> Sequence[Any]:
        """The attempts that count: no preview, not void."""
        if self.assignment.is_preview:
            return ()
        return [row for row in self.attempts if row.voided_at is None]


# What the state and the share of an attempt follow from.
ATTEMPT_COLUMNS: Final = (
    Attempt.id,
    Attempt.assignment_id,
    Attempt.assessment_id,
    Attempt.person_id,
    Attempt.number,
    Attempt.started_at,
    Attempt.deadline_at,
    Attempt.submitted_at,
    Attempt.scored_at,
    Attempt.released_at,
    Attempt.voided_at,
    Attempt.total,
    Attempt.maximum,
    Attempt.passed,
    Attempt.is_timed_out,
    Assessment.grace_seconds,
    Assessment.counts,
)
# Two selects deep: only said outright does the inner one mean the assessment of the outermost.
_BANKS: Final = tokens_select(
    select(AssessmentSource.bank_version_id)
    .where(AssessmentSource.assessment_id == Assessment.id)
    .correlate(Assessment)
).scalar_subquery()
_MINE: Final = tuple(Assignment.__table__.columns.keys())
_ITS: Final = tuple(Assessment.__table__.columns.keys())
_BOTH: Final = len(_MINE) + len(_ITS)
_SITTING: Final = tuple(column.key for column in ATTEMPT_COLUMNS)
_ASSIGNMENT: Final = (
    select(
        *Assignment.__table__.columns,
        *Assessment.__table__.columns,
        _BANKS,
        *ATTEMPT_COLUMNS,
    )
    .join(Assessment, Assessment.id == Assignment.assessment_id)
    .outerjoin(Attempt, Attempt.assignment_id == Assignment.id)
    .where(
        Assignment.id == bindparam("assignment_id"),
        Assignment.person_id == bindparam("person_id"),
    )
    .order_by(Attempt.number)
)


def assignment_for(assignment_id: int, person_id: int) -> AssignmentRows:
    """An assignment of this person. Raises NotFoundError. One statement."""
    params = {"assignment_id": assignment_id, "person_id": person_id}
    rows = core().execute(_ASSIGNMENT, params).all()
    if not rows:
        raise NotFoundError
    first = tuple(rows[0])
    assignment = SimpleNamespace(**dict(zip(_MINE, first, strict=False)))
    assessment = SimpleNamespace(**dict(zip(_ITS, first[len(_MINE) :], strict=False)))
    sittings = [
        SimpleNamespace(**dict(zip(_SITTING, row[_BOTH + 1 :], strict=True)))
        for row in map(tuple, rows)
        if row[_BOTH + 1] is not None
    ]
    return AssignmentRows(
        cast("Assignment", assignment), cast("Assessment", assessment), sittings, first[_BOTH] or ""
    )


def sources(assessment_id: int) -> Sequence[AssessmentSource]:
    """The pinned banks, in a fixed order."""
    return (
        session()
        .scalars(
            select(AssessmentSource)
            .where(AssessmentSource.assessment_id == assessment_id)
            .order_by(AssessmentSource.bank)
        )
        .all()
    )


def item_scores(attempt_id: int) -> Sequence[Any]:
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
                ItemScore.awarded,
                ItemScore.comment,
            )
            .where(ItemScore.attempt_id == attempt_id)
            .order_by(ItemScore.position)
        )
        .all()
    )


def insert_ignore(model: type[Base]) -> Any:
    """An INSERT that leaves an existing row alone; add `.returning(...)` to learn which won."""
    return insert_into(model).on_conflict_do_nothing()
