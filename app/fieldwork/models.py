"""Filled forms, signatures on checklists, check-ins; records and signatures are only added.

What must not happen twice is a constraint here.
"""

from datetime import date, datetime
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
)
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.fieldwork import Verdict
from app.domain.tracks import ActivityKind, Party
from app.kernel.db import Base, UtcDateTime, enum_check


class FieldRecord(Base):
    """A filled form about one learner: an observation, a survey, a figure, an attendance.

    `number` counts the times of an activity; a correction is a further row of the same number with
    the next `version`, which supersedes the one before; `is_withdrawn` takes it out. `content` is
    what the form asked for (`services.content`). `key` is made by the device: the same twice is one
    record.
    """

    __tablename__ = "field_record"
    __table_args__ = (
        UniqueConstraint("observer_id", "key"),
        UniqueConstraint("enrolment_id", "activity_id", "round", "number", "version"),
        Index("ix_field_record_again_on", "again_on"),
        enum_check("kind", ActivityKind),
        enum_check("party", Party),
        enum_check("verdict", Verdict),
        CheckConstraint("number >= 1 AND version >= 1 AND round >= 1", name="numbers"),
        CheckConstraint("(version = 1) = (supersedes_id IS NULL)", name="supersedes"),
        CheckConstraint("version = 1 OR reason <> ''", name="reason"),
        CheckConstraint(
            "(verdict = 'not_yet') = (again_on IS NOT NULL) AND (verdict = 'not_yet') ="
            " (because <> '')",
            name="not_yet",
        ),
        CheckConstraint("again_on IS NULL OR again_on > happened_on", name="again_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    activity_id: Mapped[str] = mapped_column(String(64))
    round: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("field_record.id"), unique=True)
    observer_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    party: Mapped[str] = mapped_column(String(20))
    happened_on: Mapped[date] = mapped_column(Date)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    verdict: Mapped[str] = mapped_column(String(10))
    because: Mapped[str] = mapped_column(String(400), default="")
    again_on: Mapped[date | None] = mapped_column(Date)
    notes: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(String(400), default="")
    is_withdrawn: Mapped[bool] = mapped_column(default=False)
    signed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    key: Mapped[str] = mapped_column(String(40))


class CheckSignature(Base):
    """One party's word on one row of a checklist; the latest counts. Taken back: with a reason."""

    __tablename__ = "check_signature"
    __table_args__ = (
        UniqueConstraint("person_id", "key", "row_id"),
        Index("ix_check_signature_enrolment_id_activity_id", "enrolment_id", "activity_id"),
        enum_check("party", Party),
        CheckConstraint("is_signed OR reason <> ''", name="reason"),
        CheckConstraint("round >= 1", name="round"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    activity_id: Mapped[str] = mapped_column(String(64))
    round: Mapped[int] = mapped_column(default=1)
    row_id: Mapped[str] = mapped_column(String(64))
    party: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    is_signed: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(400), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    key: Mapped[str] = mapped_column(String(40))


class CheckIn(Base):
    """A code that is shown in the room for some minutes; who types it was there."""

    __tablename__ = "check_in"
    __table_args__ = (
        Index("ix_check_in_code", "code"),
        Index("ix_check_in_track_slug_activity_id", "track_slug", "activity_id"),
        CheckConstraint("closes_at > opened_at", name="order"),
        CheckConstraint("late_after IS NULL OR late_after >= opened_at", name="late"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    track_slug: Mapped[str] = mapped_column(String(64))
    activity_id: Mapped[str] = mapped_column(String(64))
    anchor_on: Mapped[date] = mapped_column(Date)
    code: Mapped[str] = mapped_column(String(6))
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    late_after: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
