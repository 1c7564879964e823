"""Set a review, take an immutable snapshot, write the plan, add the person's own words."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.services import notify
from app.audit.services import record
from app.domain.team import MOST_GOALS
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.kernel.errors import NotFoundError
from app.reviews.errors import (
    DueBeforeTodayError,
    EmptyCommentError,
    NobodyError,
    NotReviewedError,
    OutsideScopeError,
)
from app.reviews.models import Goal, PlanComment, Review, ReviewPerson, Snapshot
from app.reviews.queries import SnapshotRef, people_of

CODE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class ReviewData:
    """What is set: name, day, and who."""

    name: str
    review_on: date
    people: frozenset[int]


@dataclass(frozen=True, slots=True)
class GoalData:
    """A goal as it was typed. `competency` may be empty for a goal beside the framework."""

    competency: str
    what: str
    on_the_job: str
    with_others: str
    by_course: str
    proof: str
    owner_id: int
    due_on: date


def create_review(data: ReviewData, *, scope: Collection[int], actor_id: int, now: datetime) -> int:
    """A new review of people inside `scope`; each of them is told. Returns its id.

    Raises NobodyError, OutsideScopeError.
    """
    _check(data.people, scope)
    row = Review(name=data.name, review_on=data.review_on, created_at=now, created_by_id=actor_id)
    session().add(row)
    session().flush()
    _add_people(row, data.people, now)
    record(
        action="review.create",
        object_type="review",
        object_id=row.id,
        actor_id=actor_id,
        now=now,
        detail={"review_on": data.review_on, "people": sorted(data.people)},
    )
    return row.id


def edit_review(
    review_id: int, data: ReviewData, *, scope: Collection[int], actor_id: int, now: datetime
) -> None:
    """Change name, day or people. People outside `scope` stay as they are.

    Raises NotFoundError, NobodyError, OutsideScopeError.
    """
    row = session().get(Review, review_id)
    if row is None:
        raise NotFoundError
    before = people_of(review_id)
    reach = frozenset(scope)
    after = data.people | (before - reach)
    if not after:
        raise NobodyError
    _check(data.people - before, reach, may_be_empty=True)
    row.name, row.review_on = data.name, data.review_on
    gone, added = before - after, after - before
    session().execute(
        delete(ReviewPerson)
        .where(ReviewPerson.review_id == review_id, ReviewPerson.person_id.in_(gone))
        .execution_options(synchronize_session=False)
    )
    session().flush()
    _add_people(row, added, now)
    record(
        action="review.edit",
        object_type="review",
        object_id=review_id,
        actor_id=actor_id,
        now=now,
        detail={
            "review_on": data.review_on,
            "added": sorted(added),
            "removed": sorted(gone),
        },
    )


def _check(people: Collection[int], scope: Collection[int], *, may_be_empty: bool = False) -> None:
    if not people and not may_be_empty:
        raise NobodyError
    outside = frozenset(people) - frozenset(scope)
    if outside:
        raise OutsideScopeError(n=len(outside))


def _add_people(review: Review, people: Iterable[int], now: datetime) -> None:
    ids = sorted(people)
    if ids:
        session().execute(
            insert(ReviewPerson),
            [{"review_id": review.id, "person_id": person_id} for person_id in ids],
        )
    for person_id in ids:
        notify(
            user_id=person_id,
            kind="review_set",
            key=f"review:{review.id}",
            params={"title": review.name, "due": review.review_on.isoformat()},
            url="/profile",
            now=now,
        )


# ---------------------------------------------------------------- snapshots


def hash_of(body: str) -> str:
    """SHA-256 of a snapshot's canonical body."""
    return hashlib.sha256(body.encode()).hexdigest()


def take_snapshot(
    *,
    person_id: int,
    review_id: int | None,
    body: str,
    data_through: datetime,
    actor_id: int,
    now: datetime,
) -> SnapshotRef:
    """Keep what a pack says now. `body` is canonical JSON and is never changed again."""
    digest = hash_of(body)
    row = Snapshot(
        code=_code(f"{digest}|{person_id}|{review_id}|{actor_id}|{now.isoformat()}"),
        person_id=person_id,
        review_id=review_id,
        made_at=now,
        made_by_id=actor_id,
        data_through=data_through,
        body=body,
        hash=digest,
    )
    session().add(row)
    session().flush()
    record(
        action="snapshot.take",
        object_type="snapshot",
        object_id=row.code,
        actor_id=actor_id,
        now=now,
        detail={"person": person_id, "review": review_id, "sha256": digest},
    )
    return SnapshotRef(**{name: getattr(row, name) for name in SnapshotRef.__dataclass_fields__})


def _code(seed: str) -> str:
    """A short public id: hexadecimal, so that it can be read out; longer when it is taken."""
    full = hashlib.sha256(seed.encode()).hexdigest().upper()
    for length in range(CODE_LENGTH, 18):
        code = f"S-{full[:length]}"
        if session().scalar(select(Snapshot.id).where(Snapshot.code == code)) is None:
            return code
    raise RuntimeError("no free snapshot code")


# ---------------------------------------------------------------- plan


def save_plan(
    *,
    person_id: int,
    review_id: int,
    goals: Iterable[GoalData],
    actor_id: int,
    now: datetime,
    today: date,
) -> int:
    """Put a person's goals of a review in place, at most two. Returns how many there are now.

    A goal that was there and is not handed in is taken away. Due dates that were set before and
    have passed may stay. Raises NotReviewedError, DueBeforeTodayError.
    """
    wanted = list(goals)[:MOST_GOALS]
    _check_reviewed(person_id, review_id)
    rows = {
        row.position: row
        for row in session().scalars(
            select(Goal).where(Goal.person_id == person_id, Goal.review_id == review_id)
        )
    }
    before = {position: _said(row) for position, row in rows.items()}
    for position, goal in enumerate(wanted, 1):
        row = rows.get(position) or Goal(
            person_id=person_id, review_id=review_id, position=position
        )
        if goal.due_on < today and row.due_on != goal.due_on:
            raise DueBeforeTodayError(today=today.isoformat())
        if _said(row) != asdict(goal):
            for name, value in asdict(goal).items():
                setattr(row, name, value)
            row.written_at, row.written_by_id = now, actor_id
            session().add(row)
    for position, row in rows.items():
        if position > len(wanted):
            session().delete(row)
    session().flush()
    after = {position: asdict(goal) for position, goal in enumerate(wanted, 1)}
    if after != before:
        _after_plan(person_id, review_id, before, after, actor_id=actor_id, now=now)
    return len(wanted)


def _said(row: Goal) -> dict[str, object]:
    return {name: getattr(row, name) for name in GoalData.__dataclass_fields__}


def _after_plan(
    person_id: int,
    review_id: int,
    before: dict[int, dict[str, object]],
    after: dict[int, dict[str, object]],
    *,
    actor_id: int,
    now: datetime,
) -> None:
    review = session().get_one(Review, review_id)
    # The trail is never rewritten, so it holds what was decided, not the words about a person.
    kept = ("competency", "owner_id", "due_on")
    record(
        action="plan.save",
        object_type="plan",
        object_id=f"{person_id}/{review_id}",
        actor_id=actor_id,
        now=now,
        detail={
            when: {position: {name: goal[name] for name in kept} for position, goal in of.items()}
            for when, of in (("from", before), ("to", after))
        },
    )
    if person_id != actor_id:
        notify(
            user_id=person_id,
            kind="plan",
            key=f"plan:{review_id}:{now:%Y%m%d%H%M}",
            params={"title": review.name},
            url="/profile",
            now=now,
        )


def _check_reviewed(person_id: int, review_id: int) -> None:
    if session().get(ReviewPerson, (review_id, person_id)) is None:
        raise NotReviewedError


def comment(*, person_id: int, review_id: int, text: str, is_appeal: bool, now: datetime) -> None:
    """The person's own words beside her plan; never changed. An appeal stands in the trail.

    Raises EmptyCommentError, NotReviewedError.
    """
    if not text.strip():
        raise EmptyCommentError
    _check_reviewed(person_id, review_id)
    row = PlanComment(
        person_id=person_id,
        review_id=review_id,
        author_id=person_id,
        written_at=now,
        is_appeal=is_appeal,
        text=text.strip()[:2000],
    )
    session().add(row)
    session().flush()
    record(
        action="plan.appeal" if is_appeal else "plan.comment",
        object_type="plan",
        object_id=f"{person_id}/{review_id}",
        actor_id=person_id,
        now=now,
        detail={"comment": row.id},
    )
    if is_appeal:
        _tell_of_appeal(row, now)


def _tell_of_appeal(row: PlanComment, now: datetime) -> None:
    """Her managers and HR know at once: somebody else than the first assessor has to look."""
    review = session().get_one(Review, row.review_id)
    person = session().get_one(User, row.person_id)
    readers = {*accounts.leaders_of(row.person_id, organisation_day(now)), *accounts.holders("hr")}
    for user_id in sorted(readers - {row.person_id}):
        notify(
            user_id=user_id,
            kind="plan_appeal",
            key=f"appeal:{row.id}",
            params={"title": f"{person.name} {review.name}"},
            url=f"/people/{row.person_id}/profile?review={row.review_id}#said",
            now=now,
        )
