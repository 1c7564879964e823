"""Read tracks, enrolments and a learner's standing. Each function says what it costs."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.queries import PersonIds
from app.assessments.queries.cards import AssignmentCard, passed_pairs
from app.banks.loader import load_text
from app.competency import queries as competency
from app.competency.queries import StoredLevel
from app.domain.competency import Status
from app.domain.progress import Progress, progress
from app.domain.tracks import Track
from app.kernel.db import session
from app.kernel.errors import NotFoundError
from app.kernel.policy import Actor, allowed_scopes
from app.tracks.models import Enrolment, LessonRead, LessonText, TrackExam, TrackVersion

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
    progress: Progress
    assignments: Mapping[str, AssignmentCard]
    read_at: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class EnrolledPerson:
    """One line of a track's people."""

    enrolment_id: int
    person_id: int
    name: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could be put on a track."""

    id: int
    name: str
    unit: str
    hire_on: date | None


@lru_cache(maxsize=64)
def _parsed(version_id: int, source: str) -> Track:
    loaded = load_text(source, name=f"track version {version_id}")
    if loaded.track is None:
        raise ValueError(f"stored track version {version_id} can no longer be read")
    return loaded.track


def track_of(version: TrackVersion) -> Track:
    """The track of a stored version, parsed once per process."""
    return _parsed(version.id, version.source)


def newest_version(slug: str) -> TrackVersion | None:
    """The version new enrolments get. One SELECT."""
    return session().scalar(
        select(TrackVersion)
        .where(TrackVersion.slug == slug)
        .order_by(TrackVersion.number.desc())
        .limit(1)
    )


def exams_of(version_id: int) -> dict[str, int]:
    """Activity id -> assessment id. One SELECT."""
    rows = session().execute(
        select(TrackExam.activity_id, TrackExam.assessment_id).where(
            TrackExam.track_version_id == version_id
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


def standings(
    person_id: int,
    *,
    now: datetime,
    timezone: str,
    cards: Sequence[AssignmentCard],
) -> list[Standing]:
    """Where a learner stands on each of her tracks. Five SELECTs however many tracks."""
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
    versions = _versions([row.track_version_id for row in rows])
    exams = _exams(list(versions))
    reads = _reads([row.id for row in rows])
    by_exam = {card.assessment_id: card for card in cards}
    levels = confirmed(competency.levels_for([person_id])[person_id])
    return [
        _standing(row, versions[row.track_version_id], _Facts(exams, reads, by_exam, levels, today))
        for row in rows
    ]


def confirmed(levels: Iterable[StoredLevel]) -> dict[str, int]:
    """Competency -> rank of the confirmed level, of those with sufficient evidence."""
    return {
        one.competency: one.level.rank
        for one in levels
        if one.status is Status.SUFFICIENT and one.level is not None
    }


@dataclass(frozen=True, slots=True)
class _Facts:
    """What standings are worked out from: by version, by enrolment, by assessment, by slug."""

    exams: Mapping[int, Mapping[str, int]]
    reads: Mapping[int, Mapping[str, datetime]]
    cards: Mapping[int, AssignmentCard]
    levels: Mapping[str, int]
    today: date


def _standing(row: Enrolment, version: TrackVersion, facts: _Facts) -> Standing:
    mine = {
        activity: facts.cards[assessment]
        for activity, assessment in facts.exams.get(version.id, {}).items()
        if assessment in facts.cards
    }
    read = facts.reads.get(row.id, {})
    done = set(read) | {activity for activity, card in mine.items() if card.passed}
    found = progress(
        track_of(version),
        anchor_on=row.anchor_on,
        today=facts.today,
        done=done,
        levels=facts.levels.items(),
    )
    return Standing(
        enrolment_id=row.id,
        slug=row.track_slug,
        progress=found,
        assignments=mine,
        read_at=read,
    )


def people_on(slug: str, reach: PersonIds, *, today: date) -> list[EnrolledPerson]:
    """The people on a track within reach, with their standing, furthest behind first.

    Six SELECTs however many people (and one more per 500).
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
    versions = _versions([row.Enrolment.track_version_id for row in rows])
    exams = _exams(list(versions))
    reads = _reads([row.Enrolment.id for row in rows])
    passed = passed_pairs(
        [assessment for by_activity in exams.values() for assessment in by_activity.values()]
    )
    levels = competency.levels_for({row.Enrolment.person_id for row in rows})
    people = []
    for row in rows:
        enrolment = row.Enrolment
        done = set(reads.get(enrolment.id, {})) | {
            activity
            for activity, assessment in exams.get(enrolment.track_version_id, {}).items()
            if (assessment, enrolment.person_id) in passed
        }
        standing = progress(
            track_of(versions[enrolment.track_version_id]),
            anchor_on=enrolment.anchor_on,
            today=today,
            done=done,
            levels=confirmed(levels[enrolment.person_id]).items(),
        )
        people.append(EnrolledPerson(enrolment.id, enrolment.person_id, row.name, standing))
    return sorted(people, key=lambda person: (person.progress.done, person.name))


def _versions(ids: Sequence[int]) -> dict[int, TrackVersion]:
    rows = session().scalars(select(TrackVersion).where(TrackVersion.id.in_(set(ids))))
    return {row.id: row for row in rows}


def _exams(version_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for row in session().scalars(
        select(TrackExam).where(TrackExam.track_version_id.in_(version_ids))
    ):
        found.setdefault(row.track_version_id, {})[row.activity_id] = row.assessment_id
    return found


def _reads(enrolment_ids: Sequence[int]) -> dict[int, dict[str, datetime]]:
    found: dict[int, dict[str, datetime]] = {}
    for row in session().scalars(
        select(LessonRead).where(LessonRead.enrolment_id.in_(enrolment_ids))
    ):
        found.setdefault(row.enrolment_id, {})[row.activity_id] = row.read_at
    return found
