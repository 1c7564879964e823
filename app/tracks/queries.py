"""Read tracks, enrolments and a learner's standing. Each function says what it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.accounts.models import User
from app.assessments.queries.cards import AssignmentCard, passed_pairs
from app.banks.loader import load_text
from app.domain.progress import Progress, progress
from app.domain.tracks import Track
from app.kernel.db import session
from app.tracks.models import Enrolment, LessonRead, LessonText, TrackExam, TrackVersion


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


def enrolment_of(enrolment_id: int) -> Enrolment | None:
    """One enrolment. One SELECT."""
    return session().get(Enrolment, enrolment_id)


def version_of_enrolment(enrolment_id: int) -> TrackVersion | None:
    """The version an enrolment keeps. One SELECT."""
    return session().scalar(
        select(TrackVersion)
        .join(Enrolment, Enrolment.track_version_id == TrackVersion.id)
        .where(Enrolment.id == enrolment_id)
    )


def enrolled_ids(slug: str) -> set[int]:
    """People on the track now. One SELECT."""
    return set(
        session().scalars(
            select(Enrolment.person_id).where(
                Enrolment.track_slug == slug, Enrolment.withdrawn_at.is_(None)
            )
        )
    )


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
    """Where a learner stands on each of her tracks. Four SELECTs however many tracks."""
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
    return [
        _standing(row, versions[row.track_version_id], exams, reads, by_exam, today) for row in rows
    ]


def _standing(
    row: Enrolment,
    version: TrackVersion,
    exams: Mapping[int, Mapping[str, int]],
    reads: Mapping[int, Mapping[str, datetime]],
    cards: Mapping[int, AssignmentCard],
    today: date,
) -> Standing:
    mine = {
        activity: cards[assessment]
        for activity, assessment in exams.get(version.id, {}).items()
        if assessment in cards
    }
    read = reads.get(row.id, {})
    done = set(read) | {activity for activity, card in mine.items() if card.passed}
    return Standing(
        enrolment_id=row.id,
        slug=row.track_slug,
        progress=progress(track_of(version), anchor_on=row.anchor_on, today=today, done=done),
        assignments=mine,
        read_at=read,
    )


def people_on(slug: str, person_ids: Sequence[int] | None, *, today: date) -> list[EnrolledPerson]:
    """The people on a track with their standing, furthest behind first; `None` = everybody.

    Five SELECTs however many people.
    """
    query = (
        select(Enrolment, User.name)
        .join(User, User.id == Enrolment.person_id)
        .where(Enrolment.track_slug == slug, Enrolment.withdrawn_at.is_(None))
    )
    if person_ids is not None:
        query = query.where(Enrolment.person_id.in_(person_ids))
    rows = session().execute(query).all()
    versions = _versions([row.Enrolment.track_version_id for row in rows])
    exams = _exams(list(versions))
    reads = _reads([row.Enrolment.id for row in rows])
    passed = passed_pairs(
        [assessment for by_activity in exams.values() for assessment in by_activity.values()]
    )
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
