"""The page of a lesson: its text in the reader's language, and its neighbours in the stage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.assessments.queries.cards import cards_of
from app.domain.items import text_in
from app.domain.tracks import Activity, Track
from app.kernel.policy import Actor
from app.tracks import queries
from app.tracks.queries.lessons import lesson_in

_MINUTES = 10  # what a lesson takes where its file does not say


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The lesson before or after this one in its stage."""

    activity_id: str
    title: str


@dataclass(frozen=True, slots=True)
class LessonPage:
    """A lesson with where it stands for this reader; `enrolment_id` None for those who run it.

    `number` of `total`: its place among the lessons of its stage; `following`: the next thing to
    do, whatever its kind. `lang` is that of the text, which may not be that of the page.
    """

    slug: str
    track: str
    stage: str
    title: str
    minutes: int
    markdown: str
    lang: str
    enrolment_id: int | None
    activity_id: str
    read_at: datetime | None
    following: str
    number: int
    total: int
    before: Neighbour | None
    after: Neighbour | None


def lesson_page(
    slug: str, activity_id: str, actor: Actor, *, now: datetime, lang: str
) -> LessonPage | None:
    """The lesson of the reader's own enrolment, else of the newest version, or None."""
    cards = cards_of(actor.id, now=now, lang=lang)
    standings = queries.standings(actor.id, now=now, timezone=actor.timezone, cards=cards)
    mine = next((one for one in standings if one.slug == slug), None)
    if mine is not None:
        version = queries.version_of_enrolment(mine.enrolment_id)
    else:
        version = queries.newest_version(slug)
    if version is None:
        return None
    track = queries.track_of(version)
    text = lesson_in(version.id, activity_id, lang=lang, own=track.lang)
    activity = track.activity(activity_id)
    if activity is None or text is None:
        return None
    stage, lessons = _stage(track, activity_id)
    place = [one.id for one in lessons].index(activity_id)
    following = _after(track.all_activities, activity_id)
    return LessonPage(
        slug=slug,
        track=text_in(track.title, lang),
        stage=text_in(stage, lang),
        title=text_in(activity.title, lang),
        minutes=(activity.lesson and activity.lesson.minutes) or _MINUTES,
        markdown=_body(text.markdown),
        lang=text.lang,
        enrolment_id=mine.enrolment_id if mine else None,
        activity_id=activity_id,
        read_at=mine.read_at.get(activity_id) if mine else None,
        following=text_in(following.title, lang) if following else "",
        number=place + 1,
        total=len(lessons),
        before=_neighbour(lessons[place - 1], lang) if place else None,
        after=_neighbour(lessons[place + 1], lang) if place + 1 < len(lessons) else None,
    )


def _stage(track: Track, activity_id: str) -> tuple[dict[str, str], Sequence[Activity]]:
    """The title of the stage a lesson stands in, and the lessons of that stage."""
    stages = [*track.stages, *([track.renewal] if track.renewal else [])]
    for stage in stages:
        lessons = [one for one in stage.activities if one.lesson is not None]
        if activity_id in {one.id for one in lessons}:
            return dict(stage.title), lessons
    raise LookupError(activity_id)


def _neighbour(activity: Activity, lang: str) -> Neighbour:
    return Neighbour(activity.id, text_in(activity.title, lang))


def _after(activities: Sequence[Activity], activity_id: str) -> Activity | None:
    place = [one.id for one in activities].index(activity_id) + 1
    return activities[place] if place < len(activities) else None


def _body(markdown: str) -> str:
    """A lesson without its first line when that is the title: the page's head says it already."""
    first, _newline, rest = markdown.partition("\n")
    return rest if first.startswith("# ") else markdown
