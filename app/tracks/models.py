"""Immutable track versions with their lessons, enrolments, and lessons read."""

from datetime import date, datetime

from sqlalchemy import JSON, Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UtcDateTime


class TrackVersion(Base):
    """A published version of a track file; never updated. `source` is the YAML text."""

    __tablename__ = "track_version"
    __table_args__ = (UniqueConstraint("slug", "number"), UniqueConstraint("slug", "sha256"))

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64))
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(Text)
    loaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    loaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class LessonText(Base):
    """The text of a lesson as it was when its track version was loaded (closed Markdown)."""

    __tablename__ = "lesson_text"
    __table_args__ = (UniqueConstraint("track_version_id", "activity_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    track_version_id: Mapped[int] = mapped_column(ForeignKey("track_version.id"))
    activity_id: Mapped[str] = mapped_column(String(64))
    markdown: Mapped[str] = mapped_column(Text)


class TrackExam(Base):
    """The assessment that stands for an exam activity of a track version."""

    __tablename__ = "track_exam"
    __table_args__ = (UniqueConstraint("track_version_id", "activity_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    track_version_id: Mapped[int] = mapped_column(ForeignKey("track_version.id"))
    activity_id: Mapped[str] = mapped_column(String(64))
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), unique=True)


class Enrolment(Base):
    """A person on a track version, counted from `anchor_on`."""

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("person_id", "track_slug", "anchor_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    track_slug: Mapped[str] = mapped_column(String(64))
    track_version_id: Mapped[int] = mapped_column(ForeignKey("track_version.id"), index=True)
    anchor_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(String(400), default="")


class LessonRead(Base):
    """A learner confirmed that the lesson was read."""

    __tablename__ = "lesson_read"
    __table_args__ = (UniqueConstraint("enrolment_id", "activity_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    activity_id: Mapped[str] = mapped_column(String(64))
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
