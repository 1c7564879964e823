"""Reviews with their people, immutable snapshots, plans with at most two goals, comments."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UtcDateTime


class Review(Base):
    """A review cycle: a name, a day, people."""

    __tablename__ = "review"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    review_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)


class ReviewPerson(Base):
    """A person is reviewed in a review."""

    __tablename__ = "review_person"

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)


class Snapshot(Base):
    """What a pack said at one moment. `body` is canonical JSON, `hash` its SHA-256; never updated.

    `code` is the short public id printed on the pack.
    """

    __tablename__ = "snapshot"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    review_id: Mapped[int | None] = mapped_column(ForeignKey("review.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    data_through: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))


class Goal(Base):
    """One of at most two goals of a person's plan: what, why, 70/20/10 actions, owner, due date."""

    __tablename__ = "goal"
    __table_args__ = (
        UniqueConstraint("person_id", "review_id", "position"),
        CheckConstraint("position IN (1, 2)", name="position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"))
    position: Mapped[int]
    competency: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(400))
    on_the_job: Mapped[str] = mapped_column(String(400), default="")
    with_others: Mapped[str] = mapped_column(String(400), default="")
    by_course: Mapped[str] = mapped_column(String(400), default="")
    proof: Mapped[str] = mapped_column(String(400), default="")
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    due_on: Mapped[date] = mapped_column(Date)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))


class PlanComment(Base):
    """The person's own words beside her plan; append only."""

    __tablename__ = "plan_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_appeal: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(String(2000))
