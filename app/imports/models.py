"""Files that were read and are not a bank yet, with what the trainer filled in so far."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UtcDateTime


class BankImport(Base):
    """One file of one person, seen by nobody else.

    `source` and `found` (what was understood, packed, without pictures) and `pictures` go when the
    bank is saved. What stays remembers the file: `sha256` of it, the trainer's choices, the bank it
    became and `text_sha256` of the text that was saved, so that the same file changes nothing.
    """

    __tablename__ = "bank_import"
    __table_args__ = (
        CheckConstraint("(saved_at IS NULL) = (bank_id IS NULL)", name="saved"),
        CheckConstraint("saved_at IS NOT NULL OR found IS NOT NULL", name="kept"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    source: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    found: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    pictures: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    choices: Mapped[str] = mapped_column(Text)
    items: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    bank_id: Mapped[int | None] = mapped_column(ForeignKey("bank.id"), index=True)
    text_sha256: Mapped[str] = mapped_column(String(64), default="")
