"""What will clash in the calendar of a cohort or of a year: a pure function of dates and people."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from app.domain.items import Text
from app.domain.tracks import ActivityKind, Marking, NeedsActivity, Party, Track
from app.domain.workdays import ANNOUNCED_UNTIL, is_workday

_ONE_DAY: Final = timedelta(days=1)
# What one assessor can rate on a working day beside the own work, and the days before a due date in
# which role-plays are really held.
RATINGS_A_DAY: Final = 4
RATING_DAYS: Final = 5
TRAINEES_A_MENTOR: Final = 3
_MINUTES_A_DAY: Final = 24 * 60
# Everybody who marks alone before anything is settled.
SEATS: Final[Mapping[Marking, int]] = {
    Marking.SINGLE: 1,
    Marking.LEAD: 2,
    Marking.PAIR: 2,
    Marking.PANEL: 2,
}


class What(StrEnum):
    """What is on a day."""

    LESSON = "lesson"
    EXAM = "exam"
    MEETING = "meeting"
    RATED = "rated"
    SIGNED = "signed"
    PAPER = "paper"
    GATE = "gate"


KINDS: Final[Mapping[ActivityKind, What]] = {
    ActivityKind.LESSON: What.LESSON,
    ActivityKind.EXAM: What.EXAM,
    ActivityKind.SEMINAR: What.MEETING,
    ActivityKind.ROLEPLAY: What.RATED,
    ActivityKind.BATTLE: What.RATED,
    ActivityKind.CHECKLIST: What.SIGNED,
    ActivityKind.OBSERVATION: What.SIGNED,
    ActivityKind.DELIVERABLE: What.PAPER,
    ActivityKind.SURVEY: What.PAPER,
    ActivityKind.KPI_MILESTONE: What.PAPER,
}
# For these somebody has to be there on the day, and other people with her.
_APPOINTMENTS: Final = frozenset({What.MEETING, What.RATED})
# These cannot well fall on a day off; a lesson can be read on any.
_WORK: Final = frozenset({What.EXAM, What.MEETING, What.RATED, What.SIGNED, What.GATE})


@dataclass(frozen=True, slots=True)
class Dated:
    """One thing on one day for one person (None: a cohort nobody is in yet)."""

    day: date
    track: str
    thing: str
    title: Text
    what: What
    person: int | None = None
    is_done: bool = False
    marking: Marking | None = None
    excludes: tuple[Party, ...] = ()


class ClashKind(StrEnum):
    """Why something will not work out."""

    DAY_OFF = "day_off"
    TWO_THINGS = "two_things"
    COOLDOWN = "cooldown"
    ASSESSORS = "assessors"
    NO_MENTOR = "no_mentor"
    MENTORS = "mentors"
    SEATS = "seats"


@dataclass(frozen=True, slots=True)
class Clash:
    """One clash. `things` are titles, `people` ids; `before`, `after` days that would do;
    `have` of `need`, whatever is too few."""

    kind: ClashKind
    day: date | None
    things: tuple[Text, ...] = ()
    people: tuple[int, ...] = ()
    before: date | None = None
    after: date | None = None
    have: int = 0
    need: int = 0


@dataclass(frozen=True, slots=True)
class Staff:
    """Who can help. `assessors` are those who may rate; `mentor_of` person -> mentor; `load`
    mentor -> trainees, of all mentors there are and of those who could be one."""

    assessors: frozenset[int] = frozenset()
    mentor_of: Mapping[int, int] = field(default_factory=dict)
    load: Mapping[int, int] = field(default_factory=dict)


def is_guess(day: date) -> bool:
    """Whether the official calendar of that day is not announced yet."""
    return day > ANNOUNCED_UNTIL


def clashes(
    found: Sequence[Dated],
    *,
    today: date,
    staff: Staff,
    tracks: Mapping[str, Track],
    needs_mentor: Collection[int] = (),
    people: int = 0,
    seats: int | None = None,
    works: Callable[[date], bool] = is_workday,
) -> list[Clash]:
    """Everything from today on that will not work out, by day; what has no day comes first.

    `needs_mentor`: people on tracks where a mentor fills in or signs something.
    """
    ahead = [one for one in found if one.day >= today and not one.is_done]
    made = [
        *_days_off(ahead, works),
        *_two_things(ahead),
        *_cooldowns(ahead, tracks),
        *_assessors(ahead, staff, works),
        *_mentors(needs_mentor, staff),
    ]
    if seats is not None and people > seats:
        made.append(Clash(ClashKind.SEATS, None, have=seats, need=people))
    return sorted(made, key=lambda one: (one.day or date.min, one.kind))


def _by_day(found: Iterable[Dated]) -> dict[date, list[Dated]]:
    days: dict[date, list[Dated]] = defaultdict(list)
    for one in found:
        days[one.day].append(one)
    return days


def _days_off(found: Sequence[Dated], works: Callable[[date], bool]) -> Iterator[Clash]:
    for day, there in _by_day(found).items():
        if works(day):
            continue
        hard = [one for one in there if one.what in _WORK]
        if hard:
            yield Clash(
                ClashKind.DAY_OFF,
                day,
                things=_titles(hard),
                people=_people(hard),
                before=_next(day, -_ONE_DAY, works),
                after=_next(day, _ONE_DAY, works),
            )


def _next(day: date, step: timedelta, works: Callable[[date], bool]) -> date:
    day += step
    while not works(day):
        day += step
    return day


def _two_things(found: Sequence[Dated]) -> Iterator[Clash]:
    """Two appointments on a day, or an exam of one track beside an appointment or exam of another:
    the same people together."""
    for day, there in _by_day(found).items():
        by_person: dict[int, list[Dated]] = defaultdict(list)
        for one in there:
            if one.person is not None:
                by_person[one.person].append(one)
        same: dict[tuple[str, ...], list[tuple[int, list[Dated]]]] = defaultdict(list)
        for person, all_of in by_person.items():
            both = _competing(all_of)
            if both:
                key = tuple(sorted(f"{one.track}/{one.thing}" for one in both))
                same[key].append((person, both))
        for who in same.values():
            yield Clash(
                ClashKind.TWO_THINGS,
                day,
                things=_titles(who[0][1]),
                people=tuple(sorted(person for person, _both in who)),
            )


def _competing(there: Sequence[Dated]) -> list[Dated]:
    fixed = [one for one in there if one.what in _APPOINTMENTS]
    heavy = [one for one in there if one.what in _APPOINTMENTS or one.what is What.EXAM]
    if len({one.track for one in heavy}) > 1:
        return heavy
    return fixed if len(fixed) > 1 else []


def _cooldowns(found: Sequence[Dated], tracks: Mapping[str, Track]) -> Iterator[Clash]:
    """A gate so near to its exam that who fails has no second attempt before it."""
    days = {(one.track, one.thing, one.person): one for one in found}
    told: dict[tuple[str, str, date], list[int]] = defaultdict(list)
    for one in found:
        if one.what is not What.GATE or one.track not in tracks:
            continue
        for exam, wait in _needed_exams(tracks[one.track], one.thing):
            sitting = days.get((one.track, exam, one.person))
            if sitting is not None and sitting.day + timedelta(days=wait) > one.day:
                told[one.track, exam, one.day].append(one.person or 0)
    for (track, exam, day), who in told.items():
        activity = tracks[track].activity(exam)
        wait = _wait(tracks[track], exam)
        if activity is not None:
            yield Clash(
                ClashKind.COOLDOWN,
                day,
                things=(activity.title,),
                people=tuple(sorted(one for one in who if one)),
                before=day - timedelta(days=wait),
                need=wait,
            )


def _needed_exams(track: Track, gate_id: str) -> Iterator[tuple[str, int]]:
    for stage in [*track.stages, *([track.renewal] if track.renewal else [])]:
        if stage.gate is None or stage.gate.id != gate_id:
            continue
        for need in stage.gate.needs:
            wait = _wait(track, need.activity) if isinstance(need, NeedsActivity) else 0
            if wait and isinstance(need, NeedsActivity):
                yield need.activity, wait


def _wait(track: Track, activity_id: str) -> int:
    """Days to the second attempt; 0 where it may follow at once or there is none."""
    activity = track.activity(activity_id)
    exam = activity.exam if activity else None
    if exam is None or exam.attempts == 1 or not exam.cooldown_minutes:
        return 0
    return -(-exam.cooldown_minutes // _MINUTES_A_DAY)


def _assessors(
    found: Sequence[Dated], staff: Staff, works: Callable[[date], bool]
) -> Iterator[Clash]:
    """Too few to sit at all, or too few for all that is due on a day and the days before it."""
    rated = [one for one in found if one.what is What.RATED and one.marking is not None]
    for day, there in _by_day(rated).items():
        seats = [SEATS[one.marking] for one in there if one.marking is not None]
        free = min(len(_may_rate(one, staff)) for one in there)
        room = len(staff.assessors) * RATINGS_A_DAY * RATING_DAYS
        if free < max(seats):
            yield Clash(
                ClashKind.ASSESSORS, day, _titles(there), _people(there), have=free, need=max(seats)
            )
        elif sum(seats) > room:
            least = -(-sum(seats) // (RATINGS_A_DAY * RATING_DAYS))
            yield Clash(
                ClashKind.ASSESSORS,
                day,
                _titles(there),
                _people(there),
                before=_back(day, RATING_DAYS, works),
                have=len(staff.assessors),
                need=least,
            )


def _back(day: date, count: int, works: Callable[[date], bool]) -> date:
    for _ in range(count):
        day = _next(day, -_ONE_DAY, works)
    return day


def _may_rate(one: Dated, staff: Staff) -> frozenset[int]:
    gone = {one.person} if one.person is not None else set()
    mentor = staff.mentor_of.get(one.person) if one.person is not None else None
    if mentor is not None and Party.MENTOR in one.excludes:
        gone.add(mentor)
    return staff.assessors - gone


def _mentors(needs_mentor: Collection[int], staff: Staff) -> Iterator[Clash]:
    """People without a mentor; and too few mentors to give each of them one."""
    without = tuple(sorted(one for one in needs_mentor if one not in staff.mentor_of))
    if not without:
        return
    load = dict(staff.load)
    free = sum(max(TRAINEES_A_MENTOR - count, 0) for count in load.values())
    if free < len(without):
        yield Clash(ClashKind.MENTORS, None, people=without, have=free, need=len(without))
    else:
        yield Clash(ClashKind.NO_MENTOR, None, people=without, need=len(without))


def _titles(found: Sequence[Dated]) -> tuple[Text, ...]:
    known: dict[tuple[str, str], Text] = {}
    for one in found:
        known.setdefault((one.track, one.thing), one.title)
    return tuple(known.values())


def _people(found: Sequence[Dated]) -> tuple[int, ...]:
    return tuple(sorted({one.person for one in found if one.person is not None}))
