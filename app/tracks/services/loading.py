"""Load tracks from files: a version with its lessons and its exams, or nothing."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select

from app.assessments import services as assessments
from app.audit.services import record
from app.banks import queries as banks
from app.banks.loader import Kind, find_below, load_tree
from app.domain.items import text_in
from app.domain.tracks import Activity, ActivityKind, Track
from app.kernel.db import session
from app.kernel.errors import DomainError
from app.tracks.models import LessonText, TrackExam, TrackVersion

# Lessons may stand beside the track's own in these.
LANGUAGES: Final = ("zh-CN", "en")
NO_OTHERS: Final[Mapping[tuple[str, str], str]] = {}


class BankMissingError(DomainError):
    """A track names an item bank that was not loaded."""

    code = "bank_missing"
    message = "路径“%(track)s”的测验“%(activity)s”要用题库 %(bank)s，但它还没有装入。先装入题库。"


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
    """What loading did: `is_new` False when the same version was there.

    `leaves_behind`: the version whose figures were changed on the page and are not in this file.
    """

    slug: str
    number: int
    is_new: bool
    leaves_behind: int | None = None


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
            translated=_translated(one.track, folder),
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


def _translated(track: Track, folder: Path) -> dict[tuple[str, str], str]:
    """What stands beside the lessons in other languages: day1.en.md beside day1.md."""
    found = {}
    for activity in track.all_activities:
        if activity.lesson is None:
            continue
        stem, dot, suffix = activity.lesson.file.rpartition(".")
        for tag in LANGUAGES:
            path = find_below(folder, f"{stem}.{tag}{dot}{suffix}")
            if path is not None and tag != track.lang:
                found[activity.id, tag] = path.read_text(encoding="utf-8")
    return found


def load_track(
    track: Track,
    *,
    source: str,
    lessons: Mapping[str, str],
    actor_id: int | None,
    now: datetime,
    translated: Mapping[tuple[str, str], str] = NO_OTHERS,
    reason: str = "",
) -> LoadedTrack:
    """Store a version of a track with its lessons (activity id -> Markdown) and its exams.

    `translated`: (activity id, language) -> the lesson in another language. The same text and
    lessons again change nothing, unless there is a `reason`: then somebody wants these figures
    back, and they become the newest version again. Raises BankMissingError.
    """
    sha256 = _fingerprint(source, lessons, translated)
    last = session().scalar(
        select(TrackVersion)
        .where(TrackVersion.slug == track.id)
        .order_by(TrackVersion.number.desc())
        .limit(1)
    )
    number = last.number + 1 if last else 1
    if reason:
        sha256 = hashlib.sha256(f"{sha256} {number}".encode()).hexdigest()
    known = session().scalar(
        select(TrackVersion).where(TrackVersion.slug == track.id, TrackVersion.sha256 == sha256)
    )
    if known is not None:
        return LoadedTrack(track.id, known.number, is_new=False)
    version = TrackVersion(
        slug=track.id,
        number=number,
        sha256=sha256,
        title=dict(track.title),
        source=source,
        loaded_at=now,
        loaded_by_id=actor_id,
        reason=reason,
    )
    session().add(version)
    session().flush()
    for activity in track.all_activities:
        if activity.kind is ActivityKind.LESSON:
            text = lessons.get(activity.id, "")
            texts = {track.lang: text} | {
                tag: other for (of, tag), other in translated.items() if of == activity.id
            }
            session().add_all(
                LessonText(
                    track_version_id=version.id, activity_id=activity.id, lang=tag, markdown=one
                )
                for tag, one in texts.items()
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
        reason=reason,
    )
    left = last.number if last is not None and last.reason and not reason else None
    return LoadedTrack(track.id, version.number, is_new=True, leaves_behind=left)


def _fingerprint(
    source: str, lessons: Mapping[str, str], translated: Mapping[tuple[str, str], str]
) -> str:
    digest = hashlib.sha256(source.encode())
    for activity_id in sorted(lessons):
        digest.update(b"\0" + activity_id.encode() + b"\0" + lessons[activity_id].encode())
    for activity_id, tag in sorted(translated):
        text = translated[activity_id, tag]
        digest.update(f"\0{activity_id}\0{tag}\0{text}".encode())
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
