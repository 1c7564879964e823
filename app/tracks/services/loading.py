"""Load tracks from files: a version with its lessons and its exams, or nothing."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from app.assessments import services as assessments
from app.audit.services import record
from app.banks import queries as banks
from app.banks.loader import Kind, find_below, load_tree
from app.domain.items import text_in
from app.domain.tracks import Activity, ActivityKind, Track
from app.kernel.db import session
from app.kernel.errors import DomainError
from app.tracks.models import LessonText, TrackExam, TrackVersion


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
    for activity in track.all_activities:
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
    for activity in track.all_activities:
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
    for bank in rules.banks:
        if banks.published_bank(bank) is None:
            raise BankMissingError(
                track=text_in(track.title, track.lang),
                activity=text_in(activity.title, track.lang),
                bank=bank,
            )
    assessment_id = assessments.define_for_track(
        title=dict(activity.title), rules=rules, track_slug=track.id, actor_id=actor_id, now=now
    )
    session().add(
        TrackExam(track_version_id=version.id, activity_id=activity.id, assessment_id=assessment_id)
    )
