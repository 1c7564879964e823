"""Performances, the seats of their assessors, marks, outcomes and appeals.

Marks and outcomes are only ever added: a correction is a further row that supersedes the one
before. What must not happen twice is a constraint here.
"""

from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.framework import EvidenceKind
from app.domain.rated import How, SeatRole
from app.domain.tracks import Party
from app.kernel.db import Base, Points, UtcDateTime, enum_check


class PerformanceState(StrEnum):
    """`planned`: seats are free; `open`: may be marked; `marking`: marks are in, not settled."""

    PLANNED = "planned"
    OPEN = "open"
    MARKING = "marking"
    SETTLED = "settled"
    RELEASED = "released"
    VOID = "void"


RUNNING = (PerformanceState.PLANNED, PerformanceState.OPEN, PerformanceState.MARKING)


class SeatState(StrEnum):
    """How an invitation to assess stands."""

    INVITED = "invited"
    DECLINED = "declined"
    SUBMITTED = "submitted"


class AppealState(StrEnum):
    """`open`: nobody marks yet; `marking`: with another marker; then how it was decided."""

    OPEN = "open"
    MARKING = "marking"
    KEPT = "kept"
    CHANGED = "changed"


_RUNNING_SQL = text("state IN ('planned', 'open', 'marking')")
_ONE_SQL = text("state <> 'declined' AND role IN ('lead', 'arbiter')")
_PLACE_SQL = text("state <> 'declined' AND party IS NOT NULL")


class Performance(Base):
    """One piece of rated work of one person, and how it is marked: all of it frozen when planned.

    `form`, `rules` are `domain.tracks.Form` and `RatedRules` as JSON, `form_version` a digest of
    the form. `occasion` tells several performances of one activity apart (two peer reviews of two
    drafts); `number` counts the attempts. `happens_on` is the day it is shown or read.
    """

    __tablename__ = "performance"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "activity_id", "kind", "occasion", "number"),
        Index(
            "uq_performance_running",
            "enrolment_id",
            "activity_id",
            "kind",
            "occasion",
            unique=True,
            sqlite_where=_RUNNING_SQL,
            postgresql_where=_RUNNING_SQL,
        ),
        Index("ix_performance_person_id_state", "person_id", "state"),
        Index("ix_performance_form_id", "form_id"),
        enum_check("state", PerformanceState),
        enum_check("kind", EvidenceKind),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("(state = 'void') = (void_reason <> '')", name="void"),
        CheckConstraint("state <> 'released' OR released_at IS NOT NULL", name="released"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolment.id"))
    activity_id: Mapped[str] = mapped_column(String(64), default="")
    kind: Mapped[str] = mapped_column(String(20))
    occasion: Mapped[str] = mapped_column(String(80), default="")
    number: Mapped[int] = mapped_column(default=1)
    resubmission_of_id: Mapped[int | None] = mapped_column(ForeignKey("performance.id"))
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    form_id: Mapped[str] = mapped_column(String(64))
    form_version: Mapped[str] = mapped_column(String(12))
    form: Mapped[dict[str, Any]] = mapped_column(JSON)
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)
    is_blind: Mapped[bool]
    is_gate: Mapped[bool]
    is_held: Mapped[bool] = mapped_column(default=False)
    happens_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20), default=PerformanceState.PLANNED)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    void_reason: Mapped[str] = mapped_column(String(400), default="")

    @property
    def evidence_kind(self) -> EvidenceKind:
        """`kind` as the rules know it."""
        return EvidenceKind(self.kind)


class Seat(Base):
    """An assessor of a performance; nobody sits on it twice, one lead, one arbiter, a party once.

    `party`: the panel's place (null: another department).
    """

    __tablename__ = "seat"
    __table_args__ = (
        UniqueConstraint("performance_id", "assessor_id"),
        Index(
            "uq_seat_role",
            "performance_id",
            "role",
            unique=True,
            sqlite_where=_ONE_SQL,
            postgresql_where=_ONE_SQL,
        ),
        Index(
            "uq_seat_party",
            "performance_id",
            "party",
            unique=True,
            sqlite_where=_PLACE_SQL,
            postgresql_where=_PLACE_SQL,
        ),
        Index("ix_seat_assessor_id_state", "assessor_id", "state"),
        enum_check("role", SeatRole),
        enum_check("party", Party),
        enum_check("state", SeatState),
        CheckConstraint("(state = 'declined') = (because <> '')", name="because"),
        CheckConstraint("(state = 'invited') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("party IS NULL OR role = 'panel'", name="party_panel"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    performance_id: Mapped[int] = mapped_column(ForeignKey("performance.id"))
    assessor_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    role: Mapped[str] = mapped_column(String(20))
    party: Mapped[str | None] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default=SeatState.INVITED)
    because: Mapped[str] = mapped_column(String(400), default="")
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RatedMark(Base):
    """What an assessor gave: row id -> marks, words, and which must-not-say lines were said.

    `key` is the device's own: the same mark sent twice is one. `number` counts corrections.
    """

    __tablename__ = "rated_mark"
    __table_args__ = (
        UniqueConstraint("seat_id", "number"),
        UniqueConstraint("seat_id", "key"),
        CheckConstraint("(number = 1) = (supersedes_id IS NULL)", name="supersedes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    seat_id: Mapped[int] = mapped_column(ForeignKey("seat.id"))
    number: Mapped[int] = mapped_column(default=1)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("rated_mark.id"), unique=True)
    rows: Mapped[dict[str, int]] = mapped_column(JSON)
    total: Mapped[Fraction] = mapped_column(Points)
    keep: Mapped[str] = mapped_column(Text, default="")
    change: Mapped[str] = mapped_column(Text, default="")
    attempt: Mapped[str] = mapped_column(Text, default="")
    said: Mapped[list[int]] = mapped_column(JSON, default=list)
    key: Mapped[str] = mapped_column(String(64))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Outcome(Base):
    """What the marks came to; a further row supersedes the one before, with its reason.

    `total` is a share of the maximum, `rows` row id -> share, as exact fractions; `marks` the ids
    of the marks it rests on, `independent` how many of them were given blind.
    """

    __tablename__ = "outcome"
    __table_args__ = (
        UniqueConstraint("performance_id", "number"),
        enum_check("how", How),
        CheckConstraint("(number = 1) = (supersedes_id IS NULL)", name="supersedes"),
        CheckConstraint("number = 1 OR reason <> ''", name="reason"),
        CheckConstraint("independent > 0", name="independent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    performance_id: Mapped[int] = mapped_column(ForeignKey("performance.id"))
    number: Mapped[int] = mapped_column(default=1)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("outcome.id"), unique=True)
    how: Mapped[str] = mapped_column(String(20))
    total: Mapped[Fraction] = mapped_column(Points)
    rows: Mapped[dict[str, str]] = mapped_column(JSON)
    has_passed: Mapped[bool]
    independent: Mapped[int]
    marks: Mapped[list[int]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(400), default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Appeal(Base):
    """The learner asks for another marker, once a performance, within seven days of release."""

    __tablename__ = "rated_appeal"
    __table_args__ = (
        UniqueConstraint("performance_id"),
        enum_check("state", AppealState),
        CheckConstraint(
            "(state IN ('kept', 'changed')) = (decided_at IS NOT NULL)", name="decided"
        ),
        CheckConstraint("decided_at IS NULL OR decision <> ''", name="decision"),
        CheckConstraint("state = 'open' OR seat_id IS NOT NULL", name="seat"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    performance_id: Mapped[int] = mapped_column(ForeignKey("performance.id"))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), default=AppealState.OPEN)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    seat_id: Mapped[int | None] = mapped_column(ForeignKey("seat.id"))
    decision: Mapped[str] = mapped_column(String(400), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class AnswerAppeal(Base):
    """A learner asks another marker to look at a written answer of a released test, once each.

    `kept`: the mark stays; `changed`: the new mark superseded it (grading keeps both).
    """

    __tablename__ = "answer_appeal"
    __table_args__ = (
        UniqueConstraint("attempt_id", "position"),
        Index("ix_answer_appeal_state", "state"),
        enum_check("state", AppealState),
        CheckConstraint("state <> 'marking'", name="no_desk"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("decided_at IS NULL OR decision <> ''", name="decision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    position: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), default=AppealState.OPEN)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    decision: Mapped[str] = mapped_column(String(400), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class AppendOnlyError(RuntimeError):
    """Code tried to change or delete a row that is only ever added."""


def _refuse(_mapper: Any, _connection: Any, target: object) -> None:
    raise AppendOnlyError(type(target).__name__)


for _kept in (RatedMark, Outcome):
    event.listen(_kept, "before_update", _refuse)
    event.listen(_kept, "before_delete", _refuse)
