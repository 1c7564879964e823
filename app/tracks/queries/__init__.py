"""Read tracks, enrolments and a learner's standing. Each function says what it costs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.queries import PersonIds
from app.assessments.queries.cards import AssignmentCard
from app.domain.enrolment import State
from app.domain.progress import Progress
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.kernel.errors import NotFoundError
from app.kernel.policy import Actor, allowed_scopes
from app.tracks.models import Enrolment, LessonText, TrackExam, TrackVersion
from app.tracks.queries.facts import Known, known_of, progress_of, track_of, versions_by_id

__all__ = ["Known", "known_of", "progress_of", "track_of", "versions_by_id"]

MOST_CANDIDATES: Final = 200


@dataclass(frozen=True, slots=True)
class TrackRow:
    """One track in a list: its newest version."""

    slug: str
    title: Mapping[str, str]
    tier: str
    number: int
    activities: int
    enrolled: int
    loaded_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A learner on one track."""

    enrolment_id: int
    slug: str
    state: State
    since: date
    progress: Progress
    assignments: Mapping[str, AssignmentCard]
    known: Known

    @property
    def read_at(self) -> Mapping[str, datetime]:
        """When each lesson was confirmed as read."""
        return self.known.read_at


@dataclass(frozen=True, slots=True)
class EnrolledPerson:
    """One line of a track's people."""

    enrolment_id: int
    person_id: int
    name: str
    state: State
    state_since: datetime
    progress: Progress
    known: Known


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could be put on a track."""

    id: int
    name: str
    unit: str
    hire_on: date | None


def newest_version(slug: str) -> TrackVersion | None:
    """The version new enrolments get. One SELECT."""
    return session().scalar(
        select(TrackVersion)
        .where(TrackVersion.slug == slug)
        .order_by(TrackVersion.number.desc())
        .limit(1)
    )


def exams_of(version_id: int) -> dict[str, int]:
    """Activity id -> assessment id, of the first round. One SELECT."""
    rows = session().execute(
        select(TrackExam.activity_id, TrackExam.assessment_id).where(
            TrackExam.track_version_id == version_id, TrackExam.round == 1
        )
    )
    return {row.activity_id: row.assessment_id for row in rows}


def lesson_markdown(version_id: int, activity_id: str) -> str | None:
    """A lesson's text, None when the activity is no lesson of this version. One SELECT."""
    return session().scalar(
        select(LessonText.markdown).where(
            LessonText.track_version_id == version_id, LessonText.activity_id == activity_id
        )
    )


def track_list() -> list[TrackRow]:
    """All tracks, newest version each, with how many are enrolled now. Two SELECTs."""
    newest = (
        select(TrackVersion.slug, func.max(TrackVersion.number).label("number"))
        .group_by(TrackVersion.slug)
        .subquery()
    )
    versions = session().scalars(
        select(TrackVersion)
        .join(
            newest,
            (newest.c.slug == TrackVersion.slug) & (newest.c.number == TrackVersion.number),
        )
        .order_by(TrackVersion.slug)
    )
    counts = {
        row.track_slug: row.n
        for row in session().execute(
            select(Enrolment.track_slug, func.count().label("n"))
            .where(Enrolment.withdrawn_at.is_(None))
            .group_by(Enrolment.track_slug)
        )
    }
    return [
        TrackRow(
            slug=version.slug,
            title=version.title,
            tier=track.tier,
            number=version.number,
            activities=len(track.activities),
            enrolled=counts.get(version.slug, 0),
            loaded_at=version.loaded_at,
        )
        for version in versions
        for track in [track_of(version)]
    ]


def titles() -> dict[str, Mapping[str, str]]:
    """What each track is called now. One SELECT."""
    rows = session().execute(
        select(TrackVersion.slug, TrackVersion.title).order_by(TrackVersion.number)
    )
    return {row.slug: row.title for row in rows}


def enrolment_within(enrolment_id: int, reach: PersonIds) -> str:
    """The slug of an enrolment's track. Raises NotFoundError for one outside reach. One SELECT."""
    slug = session().scalar(
        select(Enrolment.track_slug).where(
            Enrolment.id == enrolment_id, Enrolment.person_id.in_(reach)
        )
    )
    if slug is None:
        raise NotFoundError
    return slug


def version_of_enrolment(enrolment_id: int) -> TrackVersion | None:
    """The version an enrolment keeps. One SELECT."""
    return session().scalar(
        select(TrackVersion)
        .join(Enrolment, Enrolment.track_version_id == TrackVersion.id)
        .where(Enrolment.id == enrolment_id)
    )


def people_on_tracks_select(_actor: Actor, _day: date) -> PersonIds:
    """SELECT of everybody on a track now: the scope word `tracks` (trainers share all tracks)."""
    return select(Enrolment.person_id).where(Enrolment.withdrawn_at.is_(None))


accounts.PEOPLE_SCOPES["tracks"] = people_on_tracks_select


def enrollable_select(actor: Actor, *, day: date) -> PersonIds:
    """SELECT of the people this actor may put on a track or take off it.

    Who runs a track decides who is on it, so a trainer may enrol anybody who works here; a
    manager only the people below.
    """
    words = allowed_scopes(actor, "enrolment.edit")
    mine = accounts.people_in_scope(actor, "enrolment.edit", day=day)
    here = select(User.id).where(
        User.disabled_at.is_(None), or_(User.left_on.is_(None), User.left_on > day)
    )
    return here if "tracks" in words else here.where(User.id.in_(mine))


def candidates(
    slug: str, reach: PersonIds, *, day: date, text: str = "", ids: Collection[int] | None = None
) -> list[Candidate]:
    """People within reach who are not on the track, latest hired first, at most 200.

    `ids` narrows to those asked for, `text` to names that contain it. Two SELECTs.
    """
    on_it = select(Enrolment.person_id).where(
        Enrolment.track_slug == slug, Enrolment.withdrawn_at.is_(None)
    )
    query = select(User.id).where(User.id.in_(reach), User.id.not_in(on_it))
    if ids is not None:
        query = query.where(User.id.in_(ids))
    if text:
        query = query.where(User.name.contains(text, autoescape=True))
    query = query.order_by(User.hire_on.desc().nulls_last(), User.id).limit(MOST_CANDIDATES)
    found = list(session().scalars(query))
    people = accounts.people(found, day=day)
    return [
        Candidate(person.id, person.name, person.unit_name, person.hire_on)
        for person_id in found
        for person in [people[person_id]]
    ]


def is_enrolled(person_id: int, slug: str) -> bool:
    """True when the person is on the track now. One SELECT."""
    return (
        session().scalar(
            select(Enrolment.id)
            .where(
                Enrolment.person_id == person_id,
                Enrolment.track_slug == slug,
                Enrolment.withdrawn_at.is_(None),
            )
            .limit(1)
        )
        is not None
    )


def is_any_enrolled(reach: PersonIds, slug: str) -> bool:
    """True when one of these people is on the track now. One SELECT."""
    query = select(Enrolment.id).where(
        Enrolment.person_id.in_(reach),
        Enrolment.track_slug == slug,
        Enrolment.withdrawn_at.is_(None),
    )
    return session().scalar(query.limit(1)) is not None


def standings(
    person_id: int,
    *,
    now: datetime,
    timezone: str,
    cards: Sequence[AssignmentCard],
) -> list[Standing]:
    """Where a learner stands on each of her tracks. Eleven SELECTs however many tracks."""
    rows = list(
        session().scalars(
            select(Enrolment)
            .where(Enrolment.person_id == person_id, Enrolment.withdrawn_at.is_(None))
            .order_by(Enrolment.anchor_on.desc(), Enrolment.id.desc())
        )
    )
    if not rows:
        return []
    today = now.astimezone(ZoneInfo(timezone)).date()
    versions = versions_by_id([row.track_version_id for row in rows])
    known = known_of(rows, today=today)
    by_exam = {card.assessment_id: card for card in cards}
    return [
        _standing(row, versions[row.track_version_id], known[row.id], by_exam, today)
        for row in rows
    ]


def _standing(
    row: Enrolment,
    version: TrackVersion,
    known: Known,
    cards: Mapping[int, AssignmentCard],
    today: date,
) -> Standing:
    return Standing(
        enrolment_id=row.id,
        slug=row.track_slug,
        state=State(row.state),
        since=organisation_day(row.state_since),
        progress=progress_of(row, track_of(version), known, today=today),
        assignments={
            activity: cards[assessment]
            for activity, assessment in known.exams.items()
            if assessment in cards
        },
        known=known,
    )


def people_on(slug: str, reach: PersonIds, *, today: date) -> list[EnrolledPerson]:
    """The people on a track within reach, with their standing, furthest behind first.

    Eleven SELECTs however many people (and two more per 500).
    """
    query = (
        select(Enrolment, User.name)
        .join(User, User.id == Enrolment.person_id)
        .where(
            Enrolment.track_slug == slug,
            Enrolment.withdrawn_at.is_(None),
            Enrolment.person_id.in_(reach),
        )
    )
    rows = session().execute(query).all()
    enrolments = [row.Enrolment for row in rows]
    versions = versions_by_id([row.track_version_id for row in enrolments])
    known = known_of(enrolments, today=today)
    people = [
        EnrolledPerson(
            enrolment_id=one.id,
            person_id=one.person_id,
            name=row.name,
            state=State(one.state),
            state_since=one.state_since,
            progress=progress_of(
                one, track_of(versions[one.track_version_id]), known[one.id], today=today
            ),
            known=known[one.id],
        )
        for row in rows
        for one in [row.Enrolment]
    ]
    return sorted(people, key=lambda person: (person.progress.done, person.name))
