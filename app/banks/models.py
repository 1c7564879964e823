"""Banks in versions, items in versions, and which version of an item stands in which of a bank."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UtcDateTime, enum_check

WAITING: Final = "submitted_at IS NOT NULL AND published_at IS NULL AND closed_at IS NULL"


class ImageType(StrEnum):
    """What a picture of an item may be."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"


class Closed(StrEnum):
    """How a submitted version left the queue without being published."""

    WITHDRAWN = "withdrawn"
    SENT_BACK = "sent_back"
    REPLACED = "replaced"


class Bank(Base):
    """One bank, named by the id in its file. Without an owner it belongs to the group `shared`."""

    __tablename__ = "bank"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BankVersion(Base):
    """One edition of a bank's file, kept as its author wrote it. Only approval changes a row.

    `header` holds what the items do not (JSON); `token` is unlike any other in any database, so
    what was read once can be kept in memory by it. `submitted_at` is set for versions written in
    the browser: such a version waits until it is published or closed, one at a time per bank.
    `edited_by_id` is who last saved it, `loaded_by_id` who submitted it, `reason` why.
    """

    __tablename__ = "bank_version"
    __table_args__ = (
        UniqueConstraint("bank_id", "number"),
        enum_check("closed_as", Closed),
        CheckConstraint("published_at IS NULL OR closed_at IS NULL", name="one_end"),
        CheckConstraint("(closed_at IS NULL) = (closed_as IS NULL)", name="closed"),
        Index(
            "uq_bank_version_waiting",
            "bank_id",
            unique=True,
            sqlite_where=text(WAITING),
            postgresql_where=text(WAITING),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("bank.id"), index=True)
    number: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    token: Mapped[str] = mapped_column(String(32), unique=True)
    file: Mapped[str] = mapped_column(String(255))
    header: Mapped[str] = mapped_column(Text)
    items: Mapped[int]
    warnings: Mapped[int]
    loaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    loaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    edited_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    closed_as: Mapped[str | None] = mapped_column(String(10))
    closed_reason: Mapped[str] = mapped_column(Text, default="", server_default="")


class BankDraft(Base):
    """The one working copy of a bank. Every save counts `revision` up by one.

    `base_number` is the version it was begun from, or last made into; None: there was none.
    `title` (JSON by language), `items`, `errors` and `warnings` are for lists.
    """

    __tablename__ = "bank_draft"

    bank_id: Mapped[int] = mapped_column(ForeignKey("bank.id"), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
    base_number: Mapped[int | None]
    title: Mapped[str] = mapped_column(Text)
    items: Mapped[int]
    errors: Mapped[int]
    warnings: Mapped[int]
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)


class BankImage(Base):
    """A picture of the working copy, by its name in the file."""

    __tablename__ = "bank_image"

    bank_id: Mapped[int] = mapped_column(ForeignKey("bank.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("item_image.sha256"), index=True)


class Item(Base):
    """One item for good, named by the id in the file; `bank_id` is the bank it stands in."""

    __tablename__ = "item"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("bank.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ItemVersion(Base):
    """What an item said and how it is scored; written once, never updated.

    `body` is JSON (stem, options with letters, key, points, rule, rubric). Item statistics are
    kept per `content_hash`, scores are reproducible per `scoring_hash`.
    """

    __tablename__ = "item_version"
    __table_args__ = (
        UniqueConstraint("item_id", "scoring_hash"),
        UniqueConstraint("item_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    number: Mapped[int]
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    scoring_hash: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    image_sha256: Mapped[str | None] = mapped_column(ForeignKey("item_image.sha256"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ItemImage(Base):
    """A picture, kept by the SHA-256 of its bytes, so that an old version keeps its own."""

    __tablename__ = "item_image"
    __table_args__ = (enum_check("mime", ImageType),)

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    mime: Mapped[str] = mapped_column(String(20))
    data: Mapped[bytes] = mapped_column(LargeBinary)


class BankVersionItem(Base):
    """An item version at its place in a bank version; `meta` (JSON) may change without a new one:

    difficulty, competencies, tags, why, feedback, status, shuffle, grading, source, replaces.
    """

    __tablename__ = "bank_version_item"
    __table_args__ = (UniqueConstraint("bank_version_id", "item_version_id"),)

    bank_version_id: Mapped[int] = mapped_column(ForeignKey("bank_version.id"), primary_key=True)
    section: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), index=True)
    meta: Mapped[str] = mapped_column(Text)
