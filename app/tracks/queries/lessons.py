"""The texts of lessons, in the language of their reader."""

from dataclasses import dataclass

from sqlalchemy import select

from app.kernel.db import session
from app.tracks.models import LessonText


@dataclass(frozen=True, slots=True)
class LessonIn:
    """A lesson's Markdown and the language it is written in."""

    markdown: str
    lang: str


def lesson_in(version_id: int, activity_id: str, *, lang: str, own: str) -> LessonIn | None:
    """A lesson in the reader's language, else in `own`, that of its track; None when the activity
    is no lesson of this version. One SELECT."""
    rows = session().scalars(
        select(LessonText).where(
            LessonText.track_version_id == version_id, LessonText.activity_id == activity_id
        )
    )
    texts = {row.lang: row.markdown for row in rows}
    tag = next((one for one in (lang, own, *sorted(texts)) if one in texts), None)
    return None if tag is None else LessonIn(texts[tag], tag)


def lessons_of(version_id: int) -> dict[tuple[str, str], str]:
    """(activity id, language) -> Markdown, of a whole version. One SELECT."""
    rows = session().scalars(select(LessonText).where(LessonText.track_version_id == version_id))
    return {(row.activity_id, row.lang): row.markdown for row in rows}
