"""Load tracks, enrol people, confirm lessons. Services flush; the edges commit."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.assessments import services as assessments
from app.audit.services import record
from app.banks import queries as banks
from app.domain.items import text_in
from app.domain.progress import due_on
from app.domain.tracks import Activity, ActivityKind, Track
from app.kernel.db import session
from app.kernel.errors import DomainError, NotFoundError
from app.tracks import queries
from app.tracks.models import Enrolment, LessonRead, LessonText, TrackExam, TrackVersion


class BankMissingError(DomainError):
    """A track names an item bank that was not loaded."""

    code = "bank_missing"
    message = "路径“%(track)s”的考试“%(activity)s”要用题库 %(bank)s，但它还没有装入。先装入题库。"


class AlreadyEnrolledError(DomainError):
    """Nothing to do: the person is on this track."""

    code = "already_enrolled"
    message = "%(name)s 已经在这条路径上。"


@dataclass(frozen=True, slots=True)
class LoadedTrack:
    """What loading did: `is_new` False when the same version was there."""

    slug: str
    number: int
    is_new: bool


def load_track(
    track: Track,
    *,
    source: str,
    lessons: Mapping[str, str],
    actor_id: int | None,
    now: datetime,
) -> LoadedTrack:
    """Store a version of a track with its lessons (activity id -> Markdown) and its exams.

    The same text and lessons again change nothing. Raises BankMissingError.
    """
    sha256 = _fingerprint(source, lessons)
    known = session().scalar(
        select(TrackVersion).where(TrackVersion.slug == track.id, TrackVersion.sha256 == sha256)
    )
    if known is not None:
        return LoadedTrack(track.id, known.number, is_new=False)
    last = session().scalar(
        select(func.max(TrackVersion.number)).where(TrackVersion.slug == track.id)
    )
    version = TrackVersion(
        slug=track.id,
        number=(last or 0) + 1,
        sha256=sha256,
        title=dict(track.title),
        source=source,
        loaded_at=now,
        loaded_by_id=actor_id,
    )
    session().add(version)
    session().flush()
    for activity in track.activities:
        if activity.kind is ActivityKind.LESSON:
            text = lessons.get(activity.id, "")
            session().add(
                LessonText(track_version_id=version.id, activity_id=activity.id, markdown=text)
            )
        elif activity.exam is not None:
            _define_exam(version, track, activity, actor_id=actor_id, now=now)
    record(
        action="track.load",
        object_type="track",
        object_id=track.id,
        actor_id=actor_id,
        now=now,
        detail={"version": version.number, "sha256": sha256},
    )
    return LoadedTrack(track.id, version.number, is_new=True)


def _fingerprint(source: str, lessons: Mapping[str, str]) -> str:
    digest = hashlib.sha256(source.encode())
    for activity_id in sorted(lessons):
        digest.update(b"\0" + activity_id.encode() + b"\0" + lessons[activity_id].encode())
    return digest.hexdigest()


def _define_exam(
    version: TrackVersion,
    track: Track,
    activity: Activity,
    *,
    actor_id: int | None,
    now: datetime,
) -> None:
    rules = activity.exam
    if rules is None:
        return
    bank = banks.published_bank(rules.bank)
    if bank is None:
        raise BankMissingError(
            track=text_in(track.title, track.lang),
            activity=text_in(activity.title, track.lang),
            bank=rules.bank,
        )
    assessment_id = assessments.define_for_track(
        title=dict(activity.title), rules=rules, track_slug=track.id, actor_id=actor_id, now=now
    )
    session().add(
        TrackExam(track_version_id=version.id, activity_id=activity.id, assessment_id=assessment_id)
    )


def enrol(
    *,
    person_ids: Sequence[int],
    slug: str,
    anchor_on: date,
    timezone: str,
    actor_id: int | None,
    now: datetime,
) -> list[int]:
    """Put people on the newest version of a track and assign its exams, due at 23:59 local.

    Returns the ids of the new enrolments; who is on the track already is left alone.
    """
    version = queries.newest_version(slug)
    if version is None:
        raise NotFoundError
    track = queries.track_of(version)
    exams = queries.exams_of(version.id)
    there = set(
        session().scalars(
            select(Enrolment.person_id).where(
                Enrolment.track_slug == slug,
                Enrolment.person_id.in_(person_ids),
                Enrolment.withdrawn_at.is_(None),
            )
        )
    )
    made = []
    for person_id in person_ids:
        if person_id in there:
            continue
        there.add(person_id)
        row = Enrolment(
            person_id=person_id,
            track_slug=slug,
            track_version_id=version.id,
            anchor_on=anchor_on,
            created_at=now,
            created_by_id=actor_id,
        )
        session().add(row)
        session().flush()
        made.append(row.id)
        for activity in track.activities:
            if activity.id in exams:
                assessments.assign(
                    assessment_id=exams[activity.id],
                    person_ids=[person_id],
                    due_at=due_at(anchor_on, activity.due_day, timezone),
                    actor_id=actor_id,
                    now=now,
                )
        record(
            action="enrolment.create",
            object_type="person",
            object_id=person_id,
            actor_id=actor_id,
            now=now,
            detail={"track": slug, "version": version.number, "anchor_on": anchor_on},
        )
    return made


def due_at(anchor_on: date, due_day: int | None, timezone: str) -> datetime | None:
    """23:59:59 local on the day a step is due."""
    day = due_on(anchor_on, due_day)
    if day is None:
        return None
    return datetime.combine(day, time(23, 59, 59), tzinfo=ZoneInfo(timezone))


def withdraw(*, enrolment_id: int, reason: str, actor_id: int, now: datetime) -> None:
    """Take someone off a track; what was done stays as evidence."""
    row = session().get(Enrolment, enrolment_id)
    if row is None:
        raise NotFoundError
    row.withdrawn_at, row.withdrawn_reason = now, reason
    record(
        action="enrolment.withdraw",
        object_type="person",
        object_id=row.person_id,
        actor_id=actor_id,
        now=now,
        detail={"track": row.track_slug},
        reason=reason,
    )


def confirm_lesson(*, enrolment_id: int, activity_id: str, person_id: int, now: datetime) -> None:
    """The learner says she has read it; saying so twice changes nothing."""
    row = session().get(Enrolment, enrolment_id)
    if row is None or row.person_id != person_id:
        raise NotFoundError
    if queries.lesson_markdown(row.track_version_id, activity_id) is None:
        raise NotFoundError
    known = session().scalar(
        select(LessonRead.id).where(
            LessonRead.enrolment_id == enrolment_id, LessonRead.activity_id == activity_id
        )
    )
    if known is None:
        session().add(LessonRead(enrolment_id=enrolment_id, activity_id=activity_id, read_at=now))
        session().flush()
