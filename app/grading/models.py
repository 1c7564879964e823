"""Marks, append only, and who is at work on which answer."""

from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, Points, UtcDateTime


class Mark(Base):
    """What a marker gave one answer, in points of the item (2.9 stays 2.9).

    A new mark supersedes the one before; the UNIQUE lets only one of two markers who saw the same
    state save. `awarded` maps a rubric criterion's id to the points given, null for a free mark.
    """

    __tablename__ = "mark"
    __table_args__ = (UniqueConstraint("attempt_id", "position", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    position: Mapped[int]
    number: Mapped[int]
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("mark.id"), unique=True)
    marker_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    points: Mapped[Fraction] = mapped_column(Points)
    awarded: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    comment: Mapped[str] = mapped_column(Text, default="")
    marked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MarkClaim(Base):
    """A marker looks at an answer now; others are given the next one until the claim runs out."""

    __tablename__ = "mark_claim"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    marker_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    until_at: Mapped[datetime] = mapped_column(UtcDateTime)
