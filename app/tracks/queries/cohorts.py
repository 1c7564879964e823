"""Read cohorts, who is in them and how far. Each function says what it costs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.queries import PersonIds
from app.domain.enrolment import THROUGH, State
from app.domain.progress import Progress
from app.domain.tracks import Anchor
from app.kernel.db import session
from app.kernel.errors import NotFoundError
from app.kernel.policy import Actor, allowed_scopes
from app.tracks import queries
from app.tracks.models import Cohort, Enrolment
from app.tracks.queries.facts import known_of, progress_of, track_of, versions_by_id

MOST_FOUND = 60


@dataclass(frozen=True, slots=True)
class CohortRow:
    """A cohort with how many are in it."""

    id: int
    slug: str
    title: str
    starts_on: date
    place: str
    seats: int | None
    people: int
    closed_on: date | None
    moved_from: date | None

    @property
    def free(self) -> int | None:
        """Seats left; None: as many as come."""
        return None if self.seats is None else max(self.seats - self.people, 0)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a cohort and how far."""

    enrolment_id: int
    person_id: int
    name: str
    unit: str
    state: State
    progress: Progress


def reach_of(actor: Actor, *, day: date) -> PersonIds | None:
    """The people whose part in cohorts this actor may see; None: everybody's, and cohorts nobody is
    in yet."""
    if allowed_scopes(actor, "cohort.read") - {"subtree"}:
        return None
    return accounts.subtree_people_select(actor.id, day)


def cohorts(
    slug: str | None = None,
    *,
    ids: Collection[int] | None = None,
    reach: PersonIds | None = None,
) -> list[CohortRow]:
    """Cohorts, latest start first. Two SELECTs.

    `reach`: only those with somebody of these people, who alone are counted; seats say nothing.
    """
    query = select(Cohort).order_by(Cohort.starts_on.desc(), Cohort.id.desc())
    if slug is not None:
        query = query.where(Cohort.track_slug == slug)
    if ids is not None:
        query = query.where(Cohort.id.in_(ids))
    rows = list(session().scalars(query))
    counting = (
        select(Enrolment.cohort_id, func.count().label("n"))
        .where(Enrolment.cohort_id.in_([row.id for row in rows]), Enrolment.withdrawn_at.is_(None))
        .group_by(Enrolment.cohort_id)
    )
    if reach is not None:
        counting = counting.where(Enrolment.person_id.in_(reach))
    counts = {row.cohort_id: row.n for row in session().execute(counting)}
    return [
        CohortRow(
            id=row.id,
            slug=row.track_slug,
            title=row.title,
            starts_on=row.starts_on,
            place=row.place,
            seats=row.seats if reach is None else None,
            people=counts.get(row.id, 0),
            closed_on=row.closed_on,
            moved_from=row.moved_from,
        )
        for row in rows
        if reach is None or row.id in counts
    ]


def cohort(cohort_id: int, *, reach: PersonIds | None = None) -> CohortRow:
    """One cohort; with `reach` only with somebody of these. Raises NotFoundError. Two SELECTs."""
    found = cohorts(ids=[cohort_id], reach=reach)
    if not found:
        raise NotFoundError
    return found[0]


def enrolled_in(cohort_ids: Collection[int], *, reach: PersonIds | None = None) -> list[Enrolment]:
    """Enrolments of cohorts, of those within reach who have not left. One SELECT."""
    query = select(Enrolment).where(
        Enrolment.cohort_id.in_(cohort_ids), Enrolment.withdrawn_at.is_(None)
    )
    if reach is not None:
        query = query.where(Enrolment.person_id.in_(reach))
    return list(session().scalars(query.order_by(Enrolment.id)))


def members(cohort_id: int, *, today: date, reach: PersonIds | None = None) -> list[Member]:
    """Who is in a cohort, furthest behind first. Fourteen SELECTs however many."""
    rows = enrolled_in([cohort_id], reach=reach)
    return members_of(rows, today=today)


def members_of(rows: Sequence[Enrolment], *, today: date) -> list[Member]:
    """These enrolments with names and standing. Thirteen SELECTs however many."""
    people = accounts.people([row.person_id for row in rows], day=today)
    versions = versions_by_id([row.track_version_id for row in rows])
    known = known_of(rows, today=today)
    found = [
        Member(
            enrolment_id=row.id,
            person_id=row.person_id,
            name=people[row.person_id].name,
            unit=people[row.person_id].unit_name,
            state=State(row.state),
            progress=progress_of(
                row, track_of(versions[row.track_version_id]), known[row.id], today=today
            ),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (one.progress.done, one.name))


def candidates(
    row: CohortRow, reach: PersonIds, *, day: date, text: str, ids: Collection[int] | None = None
) -> list[queries.Candidate]:
    """People who could be put in, latest hired first, at most 60. Three SELECTs.

    Who has finished an earlier round of a track that is gone through in cohorts may come again.
    """
    version = queries.newest_version(row.slug)
    if version is None:
        return []
    in_the_way = (Enrolment.track_slug == row.slug) & Enrolment.withdrawn_at.is_(None)
    if queries.track_of(version).anchor is Anchor.COHORT_START:
        again = Enrolment.state.in_(sorted(THROUGH)) & (Enrolment.anchor_on != row.starts_on)
        in_the_way &= ~again
    query = select(User.id).where(
        User.id.in_(reach), User.id.not_in(select(Enrolment.person_id).where(in_the_way))
    )
    if ids is not None:
        query = query.where(User.id.in_(ids))
    if text:
        query = query.where(User.name.contains(text, autoescape=True))
    query = query.order_by(User.hire_on.desc().nulls_last(), User.id).limit(MOST_FOUND)
    found = list(session().scalars(query))
    people = accounts.people(found, day=day)
    return [
        queries.Candidate(one.id, one.name, one.unit_name, one.hire_on)
        for person_id in found
        for one in [people[person_id]]
    ]
