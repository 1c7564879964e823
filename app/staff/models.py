"""Lists of people that were read and what became of them; invitations; leave."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UtcDateTime


class StaffImport(Base):
    """One list of people of one admin.

    `rows` (JSON of `domain.staff.StaffTable`) holds what the file says of the fields that are
    needed; `wishes` the admin's choices. After it was made: `report` says what was done, `journal`
    each row of the database before and after, so that it can be taken back exactly.
    """

    __tablename__ = "staff_import"
    __table_args__ = (
        CheckConstraint("undone_at IS NULL OR applied_at IS NOT NULL", name="order"),
        Index("ix_staff_import_person_id_sha256", "person_id", "sha256"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    rows: Mapped[str] = mapped_column(Text, deferred=True)
    wishes: Mapped[str] = mapped_column(Text, default="{}")
    people: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    report: Mapped[str] = mapped_column(Text, default="", deferred=True)
    journal: Mapped[str] = mapped_column(Text, default="", deferred=True)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Invitation(Base):
    """A link with which one person sets her own first password, once, until a moment.

    The link is made of `nonce` and the secret of the installation and stands nowhere; a request is
    known by the digest. A new invitation ends the one before. `mail_*`: whether it goes by e-mail;
    claimed before it is handed over, so that it is never sent twice.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        Index("ix_invitation_user_id_id", "user_id", "id"),
        Index("ix_invitation_mail_wanted_at", "mail_wanted_at", "mail_claimed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    nonce: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail_wanted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail_claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail_sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail_words: Mapped[str] = mapped_column(String(400), default="")


class Absence(Base):
    """Days a person is away, entered once: her tracks pause from `from_on`, go on at `back_on`.

    `paused_at`, `resumed_at`: when that was done; days to come wait for their day.
    """

    __tablename__ = "absence"
    __table_args__ = (
        UniqueConstraint("user_id", "from_on"),
        CheckConstraint("back_on IS NULL OR back_on >= from_on", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    from_on: Mapped[date] = mapped_column(Date)
    back_on: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(400))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resumed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
