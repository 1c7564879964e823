"""Framework versions, expectations, the append-only ledger, and the levels computed from it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.competency import Call, Status
from app.domain.framework import EvidenceKind, Level
from app.kernel.db import Base, UtcDateTime, enum_check


class Origin(StrEnum):
    """Where an expectation was set: in the framework file or on the page."""

    FILE = "file"
    PAGE = "page"


class FrameworkVersion(Base):
    """One loaded framework file, kept as it was written; the newest is in force."""

    __tablename__ = "framework_version"
    __table_args__ = (UniqueConstraint("slug", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    source: Mapped[str] = mapped_column(Text)
    loaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    loaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Expectation(Base):
    """What a role needs at a step, from a day on; the highest number of a key is in force.

    `level` None: no longer required. Rows are added, never changed.
    """

    __tablename__ = "expectation"
    __table_args__ = (
        UniqueConstraint("role", "step", "competency", "number"),
        enum_check("level", Level),
        enum_check("origin", Origin),
        CheckConstraint("weight BETWEEN 1 AND 3", name="weight"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(20))
    step: Mapped[str] = mapped_column(String(20))
    competency: Mapped[str] = mapped_column(String(64))
    number: Mapped[int]
    level: Mapped[str | None] = mapped_column(String(2))
    weight: Mapped[int]
    origin: Mapped[str] = mapped_column(String(10))
    valid_from: Mapped[date] = mapped_column(Date)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Evidence(Base):
    """One row of the ledger: what one source says about one person's competency.

    A correction is a further row (`number` 2, 3, …) that supersedes the one before; `is_withdrawn`
    takes it out. `score`, `pass_mark` 0-100; `items`, `items_right` by weight, for tests alone;
    `has_passed`: the whole test was passed, which is not the same as the score in a competency.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        UniqueConstraint("source_type", "source_id", "person_id", "competency", "number"),
        Index("ix_evidence_person_competency", "person_id", "competency"),
        Index("ix_evidence_created_at", "created_at"),
        enum_check("kind", EvidenceKind),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        CheckConstraint("pass_mark BETWEEN 0 AND 100", name="pass_mark"),
        CheckConstraint("items_right >= 0 AND items_right <= items", name="items"),
        CheckConstraint("(kind = 'test') = (items > 0)", name="test_has_items"),
        CheckConstraint("(kind = 'test') = (assessors = 0)", name="rating_has_assessors"),
        CheckConstraint("assessor_id IS NULL OR assessors = 1", name="one_assessor"),
        CheckConstraint("(number = 1) = (supersedes_id IS NULL)", name="supersedes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    competency: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(20))
    score: Mapped[float]
    pass_mark: Mapped[float]
    has_passed: Mapped[bool | None]
    happened_on: Mapped[date] = mapped_column(Date)
    items: Mapped[float] = mapped_column(default=0.0)
    items_right: Mapped[float] = mapped_column(default=0.0)
    assessors: Mapped[int] = mapped_column(default=0)
    assessor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    assessor_role: Mapped[str | None] = mapped_column(String(40))
    occasion: Mapped[str | None] = mapped_column(String(80))
    is_360: Mapped[bool] = mapped_column(default=False)
    source_type: Mapped[str] = mapped_column(String(40))
    source_id: Mapped[str] = mapped_column(String(64))
    number: Mapped[int] = mapped_column(default=1)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"), unique=True)
    is_withdrawn: Mapped[bool] = mapped_column(default=False)
    label: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ProfileLevel(Base):
    """The level of one person in one competency as of a day, computed from the ledger.

    `role`, `step`, `expected`, `weight` are what it was judged against (None: nothing expected).
    `mean`, `sd`, `lo`, `hi` 0-100; `p` 0-1. Deleting the table loses nothing.
    """

    __tablename__ = "profile_level"
    __table_args__ = (
        UniqueConstraint("person_id", "competency"),
        enum_check("status", Status),
        enum_check("call", Call),
        enum_check("level", Level),
        enum_check("expected", Level),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    competency: Mapped[str] = mapped_column(String(64), index=True)
    framework_version_id: Mapped[int] = mapped_column(ForeignKey("framework_version.id"))
    as_of: Mapped[date] = mapped_column(Date)
    role: Mapped[str] = mapped_column(String(20))
    step: Mapped[str | None] = mapped_column(String(20))
    mean: Mapped[float]
    sd: Mapped[float]
    lo: Mapped[float]
    hi: Mapped[float]
    p: Mapped[float | None]
    status: Mapped[str] = mapped_column(String(20))
    call: Mapped[str | None] = mapped_column(String(20))
    level: Mapped[str | None] = mapped_column(String(2))
    expected: Mapped[str | None] = mapped_column(String(2))
    weight: Mapped[int | None]
    kinds: Mapped[int]
    pieces: Mapped[int]
    newest_on: Mapped[date | None] = mapped_column(Date)


class ProfileSummary(Base):
    """The stored levels of one person in numbers (`domain.team.Summary`), kept with them.

    `asked` and `gaps_in` are slugs in order, joined by commas: what is expected, where a gap is
    confirmed. A team of any size is counted and sorted by these rows alone. Deleting the table
    loses nothing.
    """

    __tablename__ = "profile_summary"

    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    as_of: Mapped[date] = mapped_column(Date)
    expected: Mapped[int]
    sufficient: Mapped[int]
    provisional: Mapped[int]
    insufficient: Mapped[int]
    stale: Mapped[int]
    met: Mapped[int]
    gaps: Mapped[int]
    undecided: Mapped[int]
    coaching: Mapped[int]
    weighted_gap: Mapped[int]
    asked: Mapped[str] = mapped_column(Text)
    gaps_in: Mapped[str] = mapped_column(Text)


class AppendOnlyError(RuntimeError):
    """Code tried to change or delete a row that is only ever added."""


def _refuse(_mapper: Any, _connection: Any, target: object) -> None:
    raise AppendOnlyError(type(target).__name__)


for _kept in (Evidence, Expectation, FrameworkVersion):
    event.listen(_kept, "before_update", _refuse)
    event.listen(_kept, "before_delete", _refuse)
