"""Cohorts as their pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from app.accounts import queries as people
from app.accounts.queries import PersonIds
from app.domain.enrolment import THROUGH, State
from app.domain.items import text_in
from app.domain.progress import StepState
from app.domain.stuck import counting, next_step
from app.domain.tracks import Anchor
from app.kernel.errors import NotFoundError
from app.kernel.i18n import show_people
from app.tracks import queries
from app.tracks.queries.cohorts import CohortRow, Member, cohort, cohorts, members
from app.tracks.services.cohorts import StartPlan
from app.tracks.words import state_name

_MOST_NAMES = 8


@dataclass(frozen=True, slots=True)
class CohortLine:
    """One cohort in the list of its track."""

    id: int
    title: str
    starts_on: date
    place: str
    people: str
    is_full: bool
    is_closed: bool
    is_past: bool


@dataclass(frozen=True, slots=True)
class CohortList:
    """The cohorts of a track, those to come first. `by_hire`: the track counts from the day
    somebody was hired; in a cohort it counts from the cohort's start all the same."""

    slug: str
    track: str
    open: Sequence[CohortLine]
    closed: Sequence[CohortLine]
    by_hire: bool


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One person of a cohort and how far."""

    enrolment_id: int
    name: str
    unit: str
    done: int
    total: int
    next_title: str
    next_due: date | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class CohortPage:
    """One cohort with its people."""

    row: CohortRow
    track: str
    people: Sequence[MemberLine]
    is_over_full: bool


@dataclass(frozen=True, slots=True)
class MoveLine:
    """One thing whose date changes, the same for so many people; `names` are some of them."""

    title: str
    old_on: date
    new_on: date
    is_exam: bool
    is_gate: bool
    is_past: bool
    names: str


@dataclass(frozen=True, slots=True)
class StartPage:
    """What another start would change, before it is done."""

    row: CohortRow
    track: str
    new_on: date
    people: int
    exams: int
    lines: Sequence[MoveLine]
    staying: str


def cohort_list(slug: str, reach: PersonIds | None, *, today: date, lang: str) -> CohortList:
    """The cohorts of a track; with `reach` those these people are in. Raises NotFoundError, also
    where none of them is on the track. Three SELECTs, four with `reach`."""
    version = queries.newest_version(slug)
    if version is None or (reach is not None and not queries.is_any_enrolled(reach, slug)):
        raise NotFoundError
    lines = [_line(row, today) for row in cohorts(slug, reach=reach)]
    return CohortList(
        slug=slug,
        track=text_in(version.title, lang),
        open=[one for one in lines if not one.is_closed],
        closed=[one for one in lines if one.is_closed],
        by_hire=queries.track_of(version).anchor is Anchor.HIRE_DATE,
    )


def _line(row: CohortRow, today: date) -> CohortLine:
    count = (
        show_people(row.people)
        if row.seats is None
        else _("%(n)s / %(seats)s 人", n=row.people, seats=row.seats)
    )
    return CohortLine(
        id=row.id,
        title=row.title,
        starts_on=row.starts_on,
        place=row.place,
        people=count,
        is_full=row.free == 0,
        is_closed=row.closed_on is not None,
        is_past=row.starts_on < today,
    )


def cohort_page(cohort_id: int, reach: PersonIds | None, *, today: date, lang: str) -> CohortPage:
    """One cohort with its people within reach. Raises NotFoundError. Seventeen SELECTs however many
    people."""
    row = cohort(cohort_id, reach=reach)
    return CohortPage(
        row=row,
        track=_track_title(row.slug, lang),
        people=[_member(one, lang) for one in members(cohort_id, today=today, reach=reach)],
        is_over_full=row.seats is not None and row.people > row.seats,
    )


def _track_title(slug: str, lang: str) -> str:
    version = queries.newest_version(slug)
    return text_in(version.title, lang) if version else slug


def _member(one: Member, lang: str) -> MemberLine:
    is_over = one.state in THROUGH - {State.RECERTIFYING}
    step = None if is_over else next_step(one.progress)
    late = [found for found in counting(one.progress) if found.state is StepState.LATE]
    return MemberLine(
        enrolment_id=one.enrolment_id,
        name=one.name,
        unit=one.unit,
        done=one.progress.done,
        total=one.progress.total,
        next_title=text_in(step.activity.title, lang)
        if step
        else state_name(one.state)
        if is_over
        else "",
        next_due=step.due_on if step else None,
        is_late=bool(late) and not is_over,
    )


def start_page(plan: StartPlan, *, lang: str) -> StartPage:
    """What moving the start would change, things with the same dates together. Four SELECTs."""
    row = cohort(plan.cohort_id)
    names = people.names([*(one.person_id for one in plan.people), *plan.staying])
    shared: dict[tuple[str, date, date, bool, bool, bool], list[str]] = {}
    for one in plan.people:
        for move in one.moves:
            title = text_in(move.title, lang)
            key = (title, move.old_on, move.new_on, move.is_exam, move.is_gate, move.is_past)
            shared.setdefault(key, []).append(names[one.person_id])
    lines = [
        MoveLine(*key, names=_some(who, len(plan.people)))
        for key, who in sorted(shared.items(), key=lambda entry: (entry[0][2], entry[0][0]))
    ]
    return StartPage(
        row=row,
        track=_track_title(row.slug, lang),
        new_on=plan.new_on,
        people=len(plan.people),
        exams=sum(line.is_exam for line in lines),
        lines=lines,
        staying=_("、").join(names[one] for one in plan.staying),
    )


def _some(names: Sequence[str], everybody: int) -> str:
    if len(names) == everybody:
        return str(_("全部 %(n)s 人", n=everybody))
    said = str(_("、")).join(names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return said if more <= 0 else str(_("%(names)s 等 %(n)s 人", names=said, n=len(names)))
