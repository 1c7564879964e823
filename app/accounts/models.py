"""People, the dated organisation tree, roles, sessions, notices, and the edge's own records."""

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
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.clock import organisation_zone
from app.kernel.db import Base, UtcDateTime, enum_check


class Role(StrEnum):
    """What a person may do; roles add up, everybody is a learner."""

    LEARNER = "learner"
    TRAINER = "trainer"
    MARKER = "marker"
    MANAGER = "manager"
    MENTOR = "mentor"
    HR = "hr"
    ADMIN = "admin"


class JobRole(StrEnum):
    """The role of the competency framework a person is judged by."""

    SELLER = "seller"
    MANAGER = "manager"
    STAFF = "staff"


class Step(StrEnum):
    """Step of a person; `day-30` and `day-90` follow from the hire date unless a step is set."""

    DAY_30 = "day-30"
    DAY_90 = "day-90"
    BACKBONE = "backbone"
    MANAGER = "manager"


class User(Base):
    """One person. E-mail and staff number are unique after case folding (`*_key`)."""

    __tablename__ = "user"
    __table_args__ = (enum_check("job_role", JobRole), enum_check("set_step", Step))

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str | None] = mapped_column(String(254))
    email_key: Mapped[str | None] = mapped_column(String(254), unique=True)
    staff_no: Mapped[str | None] = mapped_column(String(40))
    staff_no_key: Mapped[str | None] = mapped_column(String(40), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    must_change_password: Mapped[bool] = mapped_column(default=True)
    locale: Mapped[str] = mapped_column(String(10), default="zh-CN")
    timezone: Mapped[str] = mapped_column(String(64), default=organisation_zone)
    theme: Mapped[str] = mapped_column(String(10), default="auto")
    job_role: Mapped[str] = mapped_column(String(20), default=JobRole.SELLER)
    set_step: Mapped[str | None] = mapped_column(String(20))
    hire_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_on: Mapped[date | None] = mapped_column(Date)


class RoleGrant(Base):
    """A role a person holds beside learner."""

    __tablename__ = "role_grant"
    __table_args__ = (UniqueConstraint("user_id", "role"), enum_check("role", Role))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Unit(Base):
    """A team or a group of teams."""

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    closed_on: Mapped[date | None] = mapped_column(Date)


class UnitEdge(Base):
    """`unit` lies below `parent` from a day until (not including) another."""

    __tablename__ = "unit_edge"
    __table_args__ = (
        UniqueConstraint("unit_id", "valid_from"),
        CheckConstraint("unit_id <> parent_id", name="no_self"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    parent_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class Membership(Base):
    """A person belongs to a unit from a day until (not including) another; one unit at a time."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("user_id", "valid_from"),
        Index("ix_membership_unit_now", "unit_id", "valid_to", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class Leadership(Base):
    """A person leads a unit (and all below it) from a day until (not including) another."""

    __tablename__ = "leadership"
    __table_args__ = (
        UniqueConstraint("user_id", "unit_id", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class Mentorship(Base):
    """A mentor stands by a newcomer from a day until (not including) another.

    `named_because`: why somebody who does not meet the rules was named all the same.
    """

    __tablename__ = "mentorship"
    __table_args__ = (
        UniqueConstraint("trainee_id", "valid_from"),
        Index("ix_mentorship_mentor_id_valid_to", "mentor_id", "valid_to"),
        CheckConstraint("mentor_id <> trainee_id", name="no_self"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mentor_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    trainee_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    named_because: Mapped[str] = mapped_column(String(400), default="")
    named_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UserSession(Base):
    """A signed-in browser. The cookie holds the token, the row its SHA-256."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    address: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(200))


class Throttle(Base):
    """Failed sign-ins per account or address in a window; never a lock."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    window_started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AccessLog(Base):
    """Who looked at whom, who failed to sign in."""

    __tablename__ = "access_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    detail: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(64), default="")


class Notice(Base):
    """Something to know, in the app: assigned, due, released. `params` fill the kind's sentence.

    `key` is unique per person, so that nothing is told twice.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index("ix_notice_user_unread", "user_id", "read_at"),
        Index("ix_notice_created_at", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(120))
    params: Mapped[dict[str, str]] = mapped_column(JSON)
    url: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
