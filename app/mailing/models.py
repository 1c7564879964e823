"""Mails with the notices they hold, and when a person wants which of them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UtcDateTime, enum_check


class MailState(StrEnum):
    """Where a mail stands. Only `waiting` is ever taken to be sent.

    A mail is `sending` from the commit before the server is spoken to until the commit after; one
    whose worker died in between is `unsure`, and stays so until a person decides.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    UNSURE = "unsure"
    FAILED = "failed"


class MailKind(StrEnum):
    """At once, or the summary of a day."""

    NOTICE = "notice"
    DIGEST = "digest"


class Mail(Base):
    """One mail to one person. `key` is unique per person; `words` are the server's, or the reason.

    `tries` counts the claims: whoever was taken for dead finds another number and writes nothing.
    """

    __tablename__ = "mail"
    __table_args__ = (
        UniqueConstraint("person_id", "key"),
        enum_check("state", MailState),
        enum_check("kind", MailKind),
        Index("ix_mail_state_next_at", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(10), default=MailState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    words: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MailNotice(Base):
    """A notice is in one mail at most."""

    __tablename__ = "mail_notice"

    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    mail_id: Mapped[int] = mapped_column(ForeignKey("mail.id"), index=True)


class MailWish(Base):
    """How a person wants her mail; without a row the defaults of `turns.Wishes`.

    Minutes are those of the local day. `modes`: group of notices -> now, digest or never.
    """

    __tablename__ = "mail_wish"
    __table_args__ = (
        CheckConstraint("digest_at >= 0 AND digest_at < 1440", name="digest_at"),
        CheckConstraint("quiet_from >= 0 AND quiet_from < 1440", name="quiet_from"),
        CheckConstraint("quiet_to >= 0 AND quiet_to < 1440", name="quiet_to"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    modes: Mapped[dict[str, str]] = mapped_column(JSON)
    digest_at: Mapped[int]
    quiet_from: Mapped[int]
    quiet_to: Mapped[int]
    no_weekends: Mapped[bool]
