"""Load tracks, enrol people, confirm lessons. Services flush; the edges commit."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.accounts import services as accounts
from app.assessments import services as assessments
from app.audit.services import record
from app.banks import queries as banks
from app.banks.loader import Kind, find_below, load_tree
from app.domain.items import DEFAULT_LANG, text_in
from app.domain.progress import due_on
from app.domain.tracks import Activity, ActivityKind, Track
from app.kernel.db import insert_once, session
from app.kernel.errors import DomainError, NotFoundError
from app.tracks import queries
from app.tracks.models import Enrolment, LessonRead, LessonText, TrackExam, TrackVersion


class BankMissingError(DomainError):
    """A track names an item bank that was not loaded."""

    code = "bank_missing"
    message = "路径“%(track)s”的考试“%(activity)s”要用题库 %(bank)s，但它还没有装入。先装入题库。"


class LessonMissingError(DomainError):
    """A track names a lesson file that is not there."""

    code = "lesson_missing"
    message = "路径“%(track)s”的课程文件 %(file)s 找不到。检查文件名，它从 question_banks/ 算起。"


class TrackInvalidError(DomainError):
    """A track file has errors; `problems` lists them, one a line."""

    code = "track_invalid"
    message = "路径文件有错，没有装入：\n%(problems)s"


@dataclass(frozen=True, slots=True)
class LoadedTrack:
    """What loading did: `is_new` False when the same version was there."""

    slug: str
    number: int
    is_new: bool


def load_folder(
    folder: Path, *, actor_id: int | None, now: datetime, paths: Iterable[Path | str] = ()
) -> list[LoadedTrack]:
    """Load the tracks of a folder such as `question_banks/` (or only `paths`) with their lessons.

    Raises TrackInvalidError when a file has an error, LessonMissingError, BankMissingError; then
    nothing is written.
    """
    files = [one for one in load_tree(paths or [folder], root=folder) if one.kind is Kind.TRACK]
    broken = [str(problem) for one in files for problem in one.errors]
    if broken:
        raise TrackInvalidError(problems="\n".join(broken))
    return [
        load_track(
            one.track,
            source=one.data.decode("utf-8"),
            lessons=_lessons(one.track, folder),
            actor_id=actor_id,
            now=now,
        )
        for one in files
        if one.track is not None
    ]


def _lessons(track: Track, folder: Path) -> dict[str, str]:
    """The Markdown of a track's lessons by activity id. Raises LessonMissingError."""
    found = {}
    for activity in track.activities:
        if activity.lesson is None:
            continue
        path = find_below(folder, activity.lesson.file)
        if path is None:
            raise LessonMissingError(
                track=text_in(track.title, track.lang), file=activity.lesson.file
            )
        found[activity.id] = path.read_text(encoding="utf-8")
    return found


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

    Returns the ids of the new enrolments; who is on the track already is left alone. The caller
    has checked that the actor may enrol these people. Raises NotFoundError for an unknown track.
    """
    version = queries.newest_version(slug)
    if version is None:
        raise NotFoundError
    known = {
        row.person_id: row
        for row in session().scalars(
            select(Enrolment)
            .where(
                Enrolment.track_slug == slug,
                Enrolment.person_id.in_(person_ids),
                (Enrolment.withdrawn_at.is_(None)) | (Enrolment.anchor_on == anchor_on),
            )
            .order_by(Enrolment.withdrawn_at.is_(None))
        )
    }
    fresh = []
    for person_id in dict.fromkeys(person_ids):
        row = known.get(person_id)
        if row is not None and row.withdrawn_at is None:
            continue
        if row is None:
            row = Enrolment(person_id=person_id, track_slug=slug, anchor_on=anchor_on)
            session().add(row)
        row.track_version_id, row.created_at, row.created_by_id = version.id, now, actor_id
        row.withdrawn_at, row.withdrawn_reason = None, ""
        fresh.append(row)
    session().flush()
    people = [row.person_id for row in fresh]
    _assign_exams(version, people, anchor_on, timezone, actor_id=actor_id, now=now)
    for row in fresh:
        _tell(row, version, now)
        record(
            action="enrolment.create",
            object_type="person",
            object_id=row.person_id,
            actor_id=actor_id,
            now=now,
            detail={"track": slug, "version": version.number, "anchor_on": anchor_on},
        )
    return [row.id for row in fresh]


def _assign_exams(
    version: TrackVersion,
    people: Sequence[int],
    anchor_on: date,
    timezone: str,
    *,
    actor_id: int | None,
    now: datetime,
) -> None:
    exams = queries.exams_of(version.id)
    for activity in queries.track_of(version).activities:
        if activity.id in exams and people:
            assessments.assign(
                assessment_id=exams[activity.id],
                person_ids=people,
                due_at=due_at(anchor_on, activity.due_day, timezone),
                actor_id=actor_id,
                now=now,
            )


def _tell(row: Enrolment, version: TrackVersion, now: datetime) -> None:
    accounts.notify(
        user_id=row.person_id,
        kind="enrolled",
        key=f"enrolled:{row.id}:{now:%Y%m%d%H%M%S}",
        params={"title": text_in(version.title, DEFAULT_LANG)},
        url="/path",
        now=now,
    )


def due_at(anchor_on: date, due_day: int | None, timezone: str) -> datetime | None:
    """23:59:59 local on the day a step is due."""
    day = due_on(anchor_on, due_day)
    if day is None:
        return None
    return datetime.combine(day, time(23, 59, 59), tzinfo=ZoneInfo(timezone))


def withdraw(*, enrolment_id: int, reason: str, actor_id: int, now: datetime) -> None:
    """Take someone off a track: its exams need not be sat, what was done stays as evidence.

    Doing it twice changes nothing. Raises NotFoundError.
    """
    row = session().get(Enrolment, enrolment_id)
    if row is None:
        raise NotFoundError
    if row.withdrawn_at is not None:
        return
    row.withdrawn_at, row.withdrawn_reason = now, reason
    session().flush()
    for assessment_id in queries.exams_of(row.track_version_id).values():
        assessments.cancel_assignment(
            assessment_id=assessment_id, person_id=row.person_id, owner_id=actor_id, now=now
        )
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
    """The learner says she has read it; saying so twice changes nothing. Raises NotFoundError."""
    row = session().get(Enrolment, enrolment_id)
    if row is None or row.person_id != person_id or row.withdrawn_at is not None:
        raise NotFoundError
    if queries.lesson_markdown(row.track_version_id, activity_id) is None:
        raise NotFoundError
    insert_once(
        LessonRead, {"enrolment_id": enrolment_id, "activity_id": activity_id, "read_at": now}
    )
