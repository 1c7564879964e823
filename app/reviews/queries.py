"""Reads about reviews, snapshots, plans and comments.

A review is in a manager's scope when it is of her people: everybody in it is below her now, or she
made it. HR sees all.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from app.accounts import queries as accounts
from app.accounts.models import User
from app.kernel.db import session
from app.kernel.errors import NotFoundError
from app.kernel.policy import Actor, allowed_scopes
from app.reviews.models import Goal, PlanComment, Review, ReviewPerson, Snapshot

ACTION = "review.define"


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A review in a list or a head."""

    id: int
    name: str
    review_on: date
    people: int
    created_by: str


@dataclass(frozen=True, slots=True)
class SnapshotRef:
    """What is printed about a snapshot, without its body."""

    id: int
    code: str
    hash: str
    person_id: int
    review_id: int | None
    made_at: datetime
    made_by_id: int
    data_through: datetime


@dataclass(frozen=True, slots=True)
class GoalRow:
    """One of at most two goals."""

    position: int
    competency: str
    what: str
    on_the_job: str
    with_others: str
    by_course: str
    proof: str
    owner_id: int
    due_on: date
    written_at: datetime
    written_by_id: int


@dataclass(frozen=True, slots=True)
class CommentRow:
    """The person's own words."""

    text: str
    is_appeal: bool
    written_at: datetime
    author_id: int


def _rows(*where: ColumnElement[bool]) -> list[ReviewRow]:
    people = (
        select(func.count())
        .where(ReviewPerson.review_id == Review.id)
        .correlate(Review)
        .scalar_subquery()
    )
    rows = session().execute(
        select(Review.id, Review.name, Review.review_on, people, User.name)
        .join(User, User.id == Review.created_by_id)
        .where(*where)
        .order_by(Review.review_on.desc(), Review.id.desc())
    )
    return [ReviewRow(*row) for row in rows]


def _of(review_id: Any, people: accounts.PersonIds, *, inside: bool) -> ColumnElement[bool]:
    """Whether a review has somebody inside (or outside) a set of people."""
    among = ReviewPerson.person_id.in_(people)
    return (
        select(ReviewPerson.person_id)
        .where(ReviewPerson.review_id == review_id, among if inside else ~among)
        .correlate(Review)
        .exists()
    )


def _in_scope(actor: Actor, day: date) -> list[ColumnElement[bool]]:
    words = allowed_scopes(actor, ACTION)
    if "all" in words:
        return []
    mine = accounts.people_in_scope(actor, ACTION, day=day)
    whole = and_(_of(Review.id, mine, inside=True), ~_of(Review.id, mine, inside=False))
    return [or_(Review.created_by_id == actor.id, whole)]


def reviews_in_scope(actor: Actor, *, day: date) -> list[ReviewRow]:
    """The reviews an actor may set, latest date first. One SELECT."""
    return _rows(*_in_scope(actor, day))


def review_in_scope(actor: Actor, review_id: int, *, day: date) -> ReviewRow:
    """A review the actor may set. Raises NotFoundError."""
    found = _rows(Review.id == review_id, *_in_scope(actor, day))
    if not found:
        raise NotFoundError
    return found[0]


def reviews_among(people: accounts.PersonIds) -> list[ReviewRow]:
    """Reviews that have somebody of these people in them, latest date first. One SELECT."""
    return _rows(_of(Review.id, people, inside=True))


def review(review_id: int) -> ReviewRow:
    """One review, whoever asks. Raises NotFoundError."""
    found = _rows(Review.id == review_id)
    if not found:
        raise NotFoundError
    return found[0]


def reviews_of(person_id: int) -> list[ReviewRow]:
    """The reviews a person is in, latest date first."""
    return _rows(
        Review.id.in_(select(ReviewPerson.review_id).where(ReviewPerson.person_id == person_id))
    )


def people_select(review_id: int) -> Select[int]:
    """SELECT of the people of a review."""
    return select(ReviewPerson.person_id).where(ReviewPerson.review_id == review_id)


def people_of(review_id: int) -> frozenset[int]:
    """Ids of the people of a review."""
    return frozenset(session().scalars(people_select(review_id)))


# ---------------------------------------------------------------- snapshots


def _refs() -> Any:
    return select(
        Snapshot.id,
        Snapshot.code,
        Snapshot.hash,
        Snapshot.person_id,
        Snapshot.review_id,
        Snapshot.made_at,
        Snapshot.made_by_id,
        Snapshot.data_through,
    )


def _ref(row: Row[Any]) -> SnapshotRef:
    return SnapshotRef(*tuple(row))


def snapshot(code: str) -> tuple[SnapshotRef, str]:
    """A snapshot with its body. Raises NotFoundError."""
    row = session().execute(_refs().add_columns(Snapshot.body).where(Snapshot.code == code)).first()
    if row is None:
        raise NotFoundError
    return SnapshotRef(*row[:-1]), row.body


def snapshots_of(person_id: int, *, limit: int = 10) -> list[SnapshotRef]:
    """A person's snapshots, latest first."""
    rows = session().execute(
        _refs().where(Snapshot.person_id == person_id).order_by(Snapshot.id.desc()).limit(limit)
    )
    return [_ref(row) for row in rows]


def baseline(person_id: int, *, review_id: int | None, before: datetime) -> str | None:
    """The body to compare with: the latest snapshot of another cycle, else of an earlier day."""
    other: ColumnElement[bool] = Snapshot.review_id.is_not(None)
    if review_id is not None:
        other = and_(other, Snapshot.review_id != review_id)
    latest = (
        select(Snapshot.body)
        .where(Snapshot.person_id == person_id, Snapshot.made_at < before)
        .order_by(Snapshot.id.desc())
        .limit(1)
    )
    if review_id is None:
        return session().scalar(latest)
    return session().scalar(latest.where(other)) or session().scalar(latest)


# ---------------------------------------------------------------- plan


def goals(person_id: int, review_id: int) -> list[GoalRow]:
    """A person's goals of a review, in order."""
    rows = session().scalars(
        select(Goal)
        .where(Goal.person_id == person_id, Goal.review_id == review_id)
        .order_by(Goal.position)
    )
    return [
        GoalRow(**{name: getattr(row, name) for name in GoalRow.__dataclass_fields__})
        for row in rows
    ]


def comments(person_id: int, review_id: int) -> list[CommentRow]:
    """What the person wrote beside her plan, oldest first."""
    rows = session().scalars(
        select(PlanComment)
        .where(PlanComment.person_id == person_id, PlanComment.review_id == review_id)
        .order_by(PlanComment.id)
    )
    return [CommentRow(row.text, row.is_appeal, row.written_at, row.author_id) for row in rows]


def latest_snapshots(person_ids: Collection[int]) -> Mapping[int, str]:
    """person -> code of her latest snapshot. One SELECT."""
    newest = (
        select(func.max(Snapshot.id))
        .where(Snapshot.person_id.in_(person_ids))
        .group_by(Snapshot.person_id)
    )
    rows = session().execute(
        select(Snapshot.person_id, Snapshot.code).where(Snapshot.id.in_(newest))
    )
    return {row.person_id: row.code for row in rows}
