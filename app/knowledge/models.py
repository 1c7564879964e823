"""Entries with immutable versions in one or two languages, and what came of using them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.knowledge import Customer, EntryKind
from app.kernel.db import Base, UtcDateTime, enum_check


class VersionState(StrEnum):
    """`waiting` for a second person; `replaced` before anybody looked at it."""

    WAITING = "waiting"
    PUBLISHED = "published"
    SENT_BACK = "sent_back"
    REPLACED = "replaced"


_WAITING_SQL = text("state = 'waiting'")


class KnowledgeEntry(Base):
    """One card, case or objection. `published_id` is the version readers see (null: none yet).

    `source_type`, `source_id`: the work it came from, if it was handed in.
    """

    __tablename__ = "knowledge_entry"
    __table_args__ = (
        UniqueConstraint("slug"),
        UniqueConstraint("source_type", "source_id"),
        enum_check("kind", EntryKind),
        CheckConstraint("retired_at IS NULL OR retire_reason <> ''", name="retired"),
        CheckConstraint("(source_type IS NULL) = (source_id IS NULL)", name="source"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    slug: Mapped[str | None] = mapped_column(String(64))
    competency: Mapped[str] = mapped_column(String(64), default="")
    tags: Mapped[str] = mapped_column(String(200), default="")
    published_id: Mapped[int | None] = mapped_column(
        ForeignKey("knowledge_version.id", use_alter=True)
    )
    source_type: Mapped[str | None] = mapped_column(String(40))
    source_id: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retired_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    retire_reason: Mapped[str] = mapped_column(String(400), default="")


class KnowledgeVersion(Base):
    """The text of an entry as somebody wrote it; approved by somebody else, then never changed."""

    __tablename__ = "knowledge_version"
    __table_args__ = (
        UniqueConstraint("entry_id", "number"),
        Index(
            "uq_knowledge_version_waiting",
            "entry_id",
            unique=True,
            sqlite_where=_WAITING_SQL,
            postgresql_where=_WAITING_SQL,
        ),
        enum_check("state", VersionState),
        CheckConstraint(
            "decided_by_id IS NULL OR author_id IS NULL OR decided_by_id <> author_id",
            name="second_person",
        ),
        CheckConstraint("state <> 'sent_back' OR reason <> ''", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("knowledge_entry.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(20), default=VersionState.WAITING)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(400), default="")


class KnowledgeText(Base):
    """A version in one language: field -> text, and field -> heading where it is no usual one."""

    __tablename__ = "knowledge_text"
    __table_args__ = (UniqueConstraint("version_id", "lang"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("knowledge_version.id"))
    lang: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[dict[str, str]] = mapped_column(JSON)
    heads: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)


class KnowledgeUse(Base):
    """Somebody tried it at a customer. Told once a day and kind of customer; the latest counts."""

    __tablename__ = "knowledge_use"
    __table_args__ = (
        UniqueConstraint("entry_id", "person_id", "used_on", "customer"),
        enum_check("customer", Customer),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("knowledge_entry.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("knowledge_version.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    used_on: Mapped[date] = mapped_column(Date)
    customer: Mapped[str] = mapped_column(String(20))
    has_worked: Mapped[bool]
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
