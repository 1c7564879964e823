"""Documents of enrolments: sections in writing, revisions that never change, what is said there."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.domain.deliverables import Handed, Milestone, Stage
from app.domain.tracks import Party
from app.kernel.db import Base, UtcDateTime, enum_check


class Document(Base):
    """What one person writes for one activity; `round` as in `step_result`.

    `panel_id`: the performance that is or was defended last; `review_id`: that of the peers.
    """

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "activity_id", "round"),
        enum_check("stage", Stage),
        CheckConstraint("round >= 1", name="round"),
        CheckConstraint("stage <> 'sent_back' OR reason <> ''", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    activity_id: Mapped[str] = mapped_column(String(64))
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    stage: Mapped[str] = mapped_column(String(20), default=Stage.WRITING, index=True)
    stage_since: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(400), default="")
    review_id: Mapped[int | None] = mapped_column(ForeignKey("performance.id"), index=True)
    panel_id: Mapped[int | None] = mapped_column(ForeignKey("performance.id"), index=True)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("knowledge_entry.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class DocumentSection(Base):
    """A section as it is being written; `revision` counts its saves, `client` made the last."""

    __tablename__ = "document_section"
    __table_args__ = (UniqueConstraint("document_id", "row_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    row_id: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
    client: Mapped[str] = mapped_column(String(64))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DocumentRevision(Base):
    """What was handed in; only ever added. `findings`: what might give a customer away and was
    confirmed by the author, as [row, trace, words]."""

    __tablename__ = "document_revision"
    __table_args__ = (
        UniqueConstraint("document_id", "number"),
        UniqueConstraint("document_id", "key"),
        enum_check("handed", Handed),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    number: Mapped[int]
    handed: Mapped[str] = mapped_column(String(20))
    body: Mapped[dict[str, str]] = mapped_column(JSON)
    files: Mapped[list[int]] = mapped_column(JSON, default=list)
    findings: Mapped[list[Any]] = mapped_column(JSON, default=list)
    key: Mapped[str] = mapped_column(String(64))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DocumentComment(Base):
    """Said about a place: a section of a revision, and the words meant. `parent_id`: an answer."""

    __tablename__ = "document_comment"
    __table_args__ = (
        enum_check("party", Party),
        UniqueConstraint("document_id", "key"),
        CheckConstraint("(resolved_at IS NULL) = (resolved_by_id IS NULL)", name="resolved"),
        Index("ix_document_comment_revision_id", "revision_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("document_revision.id"))
    row_id: Mapped[str] = mapped_column(String(64))
    quote: Mapped[str] = mapped_column(String(300), default="")
    text: Mapped[str] = mapped_column(Text)
    party: Mapped[str] = mapped_column(String(20))
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    key: Mapped[str] = mapped_column(String(64))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("document_comment.id"))
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class DocumentFile(Base):
    """An attachment, kept in the database; taken away, it stays with the revisions it was in."""

    __tablename__ = "document_file"
    __table_args__ = (CheckConstraint("size > 0", name="size"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    suffix: Mapped[str] = mapped_column(String(8))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    data: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DocumentMilestone(Base):
    """A milestone of a plan, and what became of it at the follow-up."""

    __tablename__ = "document_milestone"
    __table_args__ = (
        UniqueConstraint("document_id", "number"),
        enum_check("state", Milestone),
        CheckConstraint("(state IS NULL) = (followed_at IS NULL)", name="followed"),
        CheckConstraint("state IS NULL OR state = 'reached' OR reason <> ''", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    number: Mapped[int]
    what: Mapped[str] = mapped_column(String(200))
    owner: Mapped[str] = mapped_column(String(80))
    due_on: Mapped[date] = mapped_column(Date)
    money: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(400), default="")
    followed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AppendOnlyError(RuntimeError):
    """Code tried to change or delete what was handed in."""


def _refuse(_mapper: Any, _connection: Any, _target: object) -> None:
    raise AppendOnlyError


event.listen(DocumentRevision, "before_update", _refuse)
event.listen(DocumentRevision, "before_delete", _refuse)
