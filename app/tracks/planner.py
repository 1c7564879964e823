"""The calendar of a cohort or of everybody, month by month, and what will clash, with its cure."""

from calendar import Calendar
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from chinese_calendar import get_holiday_detail
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.queries import PersonIds
from app.domain.enrolment import RUNNING
from app.domain.items import Text, text_in
from app.domain.planner import (
    KINDS,
    TRAINEES_A_MENTOR,
    Clash,
    ClashKind,
    Dated,
    Staff,
    What,
    clashes,
    is_guess,
)
from app.domain.progress import Facts, Progress, due_on, progress
from app.domain.tracks import Activity, Party, Track
from app.domain.workdays import ANNOUNCED_UNTIL, is_announced, is_workday
from app.kernel.db import session
from app.kernel.i18n import is_english
from app.tracks import queries
from app.tracks.models import Cohort, Enrolment
from app.tracks.queries.cohorts import CohortRow, cohort, enrolled_in
from app.tracks.queries.facts import known_of, progress_of, track_of, versions_by_id
from app.tracks.queries.mentors import could_mentor

_MOST_IN_A_CELL: Final = 3
_MOST_NAMES: Final = 6
# The names the State Council's calendar gives its holidays.
_HOLIDAYS: Final = {
    "New Year's Day": _l("元旦"),
    "Spring Festival": _l("春节"),
    "Tomb-sweeping Day": _l("清明节"),
    "Labour Day": _l("劳动节"),
    "Dragon Boat Festival": _l("端午节"),
    "National Day": _l("国庆节"),
    "Mid-autumn Festival": _l("中秋节"),
}
WORDS: Final = {
    What.LESSON: _l("课程"),
    What.EXAM: _l("测验"),
    What.MEETING: _l("研讨"),
    What.RATED: _l("演练"),
    What.SIGNED: _l("签字"),
    What.PAPER: _l("材料"),
    What.GATE: _l("关口"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing on a day, for so many people."""

    title: str
    track: str
    what: str
    is_gate: bool
    people: int
    names: str
    done: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the month. `note`: a holiday's name, or that a weekend is worked."""

    day: date
    is_in_month: bool
    is_today: bool
    is_off: bool
    is_guess: bool
    note: str
    entries: Sequence[Entry]
    more: int
    count: int
    has_clash: bool


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the list."""

    day: date
    is_guess: bool
    note: str
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class ClashLine:
    """One clash in words, and what would cure it."""

    day: date | None
    what: str
    who: str
    cure: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month to go to, with how many clashes it has."""

    value: str
    label: str
    things: int
    clashes: int
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A month of a calendar with what clashes; `row` None: of everybody."""

    row: CohortRow | None
    track: str
    month: date
    label: str
    weekdays: Sequence[str]
    months: Sequence[Month]
    weeks: Sequence[Sequence[Cell]]
    days: Sequence[Day]
    clashes: Sequence[ClashLine]
    clashes_elsewhere: int
    has_guess: bool
    announced_until: date
    people: int


def cohort_plan(
    cohort_id: int, month: date | None, reach: PersonIds | None, *, today: date, lang: str
) -> Plan:
    """The calendar of one cohort, of its people within reach (None: all). Raises NotFoundError.
    Some twenty-five SELECTs however many."""
    row = cohort(cohort_id, reach=reach)
    rows = enrolled_in([cohort_id], reach=reach)
    ids = [one.person_id for one in rows]
    everything = _running(ids) if ids else []
    found, tracks = _dated([*rows, *(one for one in everything if one.cohort_id != row.id)], today)
    version = queries.newest_version(row.slug)
    if not rows and version is not None:
        track = track_of(version)
        tracks = {row.slug: track}
        found = _of_nobody(track, row.starts_on, today)
    told = _clashes(found, tracks, rows, today, people=len(rows), seats=row.seats)
    mine = [one for one in found if one.track == row.slug]
    title = text_in(version.title, lang) if version else row.slug
    return _plan(_About(row, title, len(rows), today, lang), found, mine, told, month)


def year_plan(month: date | None, reach: PersonIds | None, *, today: date, lang: str) -> Plan:
    """The calendar of all within reach who are on the way, and without a limit of reach of cohorts
    nobody is in yet."""
    rows = _running(reach)
    found, tracks = _dated(rows, today)
    filled = {one.cohort_id for one in rows}
    for ahead in _ahead(today) if reach is None else ():
        version = queries.newest_version(ahead.track_slug)
        if ahead.id not in filled and version is not None:
            found += _of_nobody(track_of(version), ahead.starts_on, today)
            tracks.setdefault(ahead.track_slug, track_of(version))
    told = _clashes(found, tracks, rows, today, people=0, seats=None)
    about = _About(None, "", len(rows), today, lang)
    return _plan(about, found, found, told, month or today.replace(day=1))


def _ahead(today: date) -> list[Cohort]:
    query = select(Cohort).where(Cohort.closed_on.is_(None), Cohort.starts_on >= today)
    return list(session().scalars(query))


def _running(person_ids: Collection[int] | PersonIds | None) -> list[Enrolment]:
    query = select(Enrolment).where(
        Enrolment.withdrawn_at.is_(None), Enrolment.state.in_(sorted(RUNNING))
    )
    if person_ids is not None:
        query = query.where(Enrolment.person_id.in_(person_ids))
    return list(session().scalars(query.order_by(Enrolment.id)))


# ---------------------------------------------------------------- what is on which day


def _dated(rows: Sequence[Enrolment], today: date) -> tuple[list[Dated], dict[str, Track]]:
    """Every dated step, further date of a deliverable, and gate of these enrolments."""
    versions = versions_by_id([row.track_version_id for row in rows])
    known = known_of(rows, today=today)
    found: list[Dated] = []
    tracks: dict[str, Track] = {}
    for row in rows:
        track = track_of(versions[row.track_version_id])
        tracks[row.track_slug] = track
        standing = progress_of(row, track, known[row.id], today=today)
        shift = known[row.id].facts.shift
        found += _of(standing, track, row.person_id, shift)
    return found, tracks


def _of_nobody(track: Track, starts_on: date, today: date) -> list[Dated]:
    standing = progress(track, anchor_on=starts_on, today=today, facts=Facts())
    return _of(standing, track, None, 0)


def _of(standing: Progress, track: Track, person: int | None, shift: int) -> list[Dated]:
    found = []
    for step in standing.steps:
        one = step.activity
        for day, title in _days_of(one, step.due_on, track, standing.anchor_on, shift):
            found.append(
                Dated(
                    day,
                    track.id,
                    one.id if day == step.due_on else f"{one.id}/{day}",
                    title,
                    KINDS[one.kind],
                    person,
                    is_done=step.is_finished,
                    marking=one.rated.marking if one.rated else None,
                    excludes=one.rated.excludes if one.rated else (),
                )
            )
    found += [
        Dated(
            gate.due_on,
            track.id,
            gate.gate.id,
            gate.gate.title,
            What.GATE,
            person,
            is_done=gate.is_passed,
        )
        for gate in standing.gates
        if gate.due_on is not None
    ]
    return found


def _days_of(
    one: Activity, due: date | None, track: Track, anchor_on: date, shift: int
) -> list[tuple[date, Text]]:
    """The due day, and the draft, revision and defence of a deliverable."""
    days = [] if due is None else [(due, one.title)]
    if one.work is None:
        return days
    words = (
        (one.work.draft, _("%(title)s 初稿")),
        (one.work.revision, _("%(title)s 修改稿")),
        (one.work.defence, _("%(title)s 答辩")),
    )
    for number, said in words:
        day = due_on(anchor_on, number, days=track.days, shift=shift)
        if day is not None and day != due:
            days.append((day, {tag: said % {"title": text} for tag, text in one.title.items()}))
    return days


def _clashes(
    found: Sequence[Dated],
    tracks: Mapping[str, Track],
    rows: Sequence[Enrolment],
    today: date,
    *,
    people: int,
    seats: int | None,
) -> list[Clash]:
    mentored = {slug for slug, track in tracks.items() if _by_mentor(track)}
    needs = {row.person_id for row in rows if row.track_slug in mentored}
    return clashes(
        found,
        today=today,
        staff=_staff({one.person for one in found if one.person is not None}, needs, today),
        tracks=tracks,
        needs_mentor=needs,
        people=people,
        seats=seats,
    )


def _by_mentor(track: Track) -> bool:
    return any(Party.MENTOR in one.by for one in track.activities)


def _staff(ids: Collection[int], needs: Collection[int], today: date) -> Staff:
    """Who may rate, who is a mentor of whom, and who could be one. Six SELECTs; where the mentors
    have no room for all who need one, those that `could_mentor` asks."""
    here = set(accounts.active_ids(today))
    mentors = set(accounts.holders("mentor")) & here
    assessors = {
        *mentors,
        *(here & set(accounts.holders("trainer"))),
        *(here & set(accounts.holders("manager"))),
    }
    every = accounts.mentors_of(here, today)
    load = dict.fromkeys(mentors, 0)
    for mentor in every.values():
        load[mentor] = load.get(mentor, 0) + 1
    mine = {person: mentor for person, mentor in every.items() if person in ids}
    lacking = sum(one not in mine for one in needs)
    free = sum(max(TRAINEES_A_MENTOR - count, 0) for count in load.values())
    if free < lacking:
        for one in could_mentor(today, but={*load, *needs}):
            load[one] = 0
            free += TRAINEES_A_MENTOR
            if free >= lacking:
                break
    return Staff(frozenset(assessors), mine, load)


# ---------------------------------------------------------------- as a page


@dataclass(frozen=True, slots=True)
class _About:
    """Whose calendar it is, and as seen on which day."""

    row: CohortRow | None
    title: str
    people: int
    today: date
    lang: str


def _plan(
    about: _About,
    found: Sequence[Dated],
    shown: Sequence[Dated],
    told: Sequence[Clash],
    month: date | None,
) -> Plan:
    row, today, lang = about.row, about.today, about.lang
    names = _names(found)
    first = month or _first_month(shown, today)
    by_day: dict[date, list[Dated]] = defaultdict(list)
    for one in shown:
        by_day[one.day].append(one)
    entries = {day: _entries(there, names, lang) for day, there in by_day.items()}
    bad = {one.day for one in told if one.day is not None}
    weeks = [
        [_cell(day, first, today, entries.get(day, []), day in bad) for day in week]
        for week in Calendar().monthdatescalendar(first.year, first.month)
    ]
    here = [day for day in sorted(entries) if (day.year, day.month) == (first.year, first.month)]
    lines = [one for one in told if one.day is None or _same(one.day, first)]
    return Plan(
        row=row,
        track=about.title,
        month=first,
        label=_month_name(first, short=False),
        weekdays=[str(format_date(cell.day, "ccc")) for cell in weeks[0]],
        months=_months(shown, told, first, is_year=row is None),
        weeks=weeks,
        days=[Day(day, is_guess(day), _note(day), entries[day]) for day in here],
        clashes=[_said(one, names, lang) for one in lines],
        clashes_elsewhere=len(told) - len(lines),
        has_guess=any(is_guess(day) for day in here),
        announced_until=ANNOUNCED_UNTIL,
        people=about.people,
    )


def _names(found: Sequence[Dated]) -> dict[int, str]:
    ids = {one.person for one in found if one.person is not None}
    rows = session().execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _same(day: date, first: date) -> bool:
    return (day.year, day.month) == (first.year, first.month)


def _first_month(found: Sequence[Dated], today: date) -> date:
    """The month of what comes next, else of what was last."""
    ahead = [one.day for one in found if one.day >= today]
    day = min(ahead) if ahead else max((one.day for one in found), default=today)
    return day.replace(day=1)


def _months(
    found: Sequence[Dated], told: Sequence[Clash], first: date, *, is_year: bool
) -> list[Month]:
    """The months there is something in; of everybody the twelve of the year."""
    here = {one.day.replace(day=1) for one in found} | {first}
    if is_year:
        here = {date(first.year, month, 1) for month in range(1, 13)}
    counts: dict[date, set[tuple[date, str, str]]] = defaultdict(set)
    for one in found:
        counts[one.day.replace(day=1)].add((one.day, one.track, one.thing))
    bad = [one.day.replace(day=1) for one in told if one.day is not None]
    return [
        Month(
            value=f"{month:%Y-%m}",
            label=_month_name(month, short=True),
            things=len(counts[month]),
            clashes=bad.count(month),
            is_shown=month == first,
        )
        for month in sorted(here)
    ]


def _month_name(month: date, *, short: bool) -> str:
    """2026 年 12 月 or December 2026; short: 2026-12, Dec 2026."""
    if is_english():
        return f"{month:%b %Y}" if short else f"{month:%B %Y}"
    return f"{month:%Y-%m}" if short else f"{month.year} 年 {month.month} 月"


def _entries(there: Sequence[Dated], names: Mapping[int, str], lang: str) -> list[Entry]:
    """Things of a day, gates and exams first, each with its people."""
    same: dict[tuple[str, str], list[Dated]] = defaultdict(list)
    for one in there:
        same[one.track, one.thing].append(one)
    order = [What.GATE, What.EXAM, What.MEETING, What.RATED, What.SIGNED, What.PAPER, What.LESSON]
    found = sorted(same.values(), key=lambda many: order.index(many[0].what))
    return [
        Entry(
            title=text_in(many[0].title, lang),
            track=many[0].track,
            what=str(WORDS[many[0].what]),
            is_gate=many[0].what is What.GATE,
            people=len(who),
            names=_some(who),
            done=sum(one.is_done for one in many),
        )
        for many in found
        for who in [sorted(names[one.person] for one in many if one.person is not None)]
    ]


def _some(names: Sequence[str]) -> str:
    said = str(_("、")).join(names[:_MOST_NAMES])
    if len(names) <= _MOST_NAMES:
        return said
    return str(_("%(names)s 等 %(n)s 人", names=said, n=len(names)))


def _cell(day: date, first: date, today: date, entries: Sequence[Entry], has_clash: bool) -> Cell:
    return Cell(
        day=day,
        is_in_month=_same(day, first),
        is_today=day == today,
        is_off=not is_workday(day),
        is_guess=is_guess(day),
        note=_note(day),
        entries=entries[:_MOST_IN_A_CELL],
        more=max(len(entries) - _MOST_IN_A_CELL, 0),
        count=len(entries),
        has_clash=has_clash,
    )


def _note(day: date) -> str:
    """The holiday of a day, or that a weekend is worked."""
    if not is_announced(day):
        return ""
    is_off, name = get_holiday_detail(day)
    if is_off:
        return str(_HOLIDAYS.get(name or "", ""))
    return str(_("补班")) if day.weekday() >= 5 else ""


# ---------------------------------------------------------------- clashes in words


def _said(one: Clash, names: Mapping[int, str], lang: str) -> ClashLine:
    things = str(_("、")).join(text_in(title, lang) for title in one.things)
    who = _some(sorted(names.get(person, "") for person in one.people))
    what, cure = _words(one, things)
    return ClashLine(one.day, what, who, cure)


def _words(one: Clash, things: str) -> tuple[str, str]:
    kind = one.kind
    if kind is ClashKind.ASSESSORS and one.before is None:
        return _no_assessor(one, things)
    return _WORDS[kind](one, things)


_Words = Callable[[Clash, str], tuple[str, str]]


def _no_assessor(one: Clash, things: str) -> tuple[str, str]:
    what = _(
        "评委不够：%(things)s 要 %(need)s 位，能评的只有 %(have)s 位",
        things=things,
        need=one.need,
        have=one.have,
    )
    return what, _("请别的团队出评委，或给合适的人加上带教人或培训师的角色。")


_WORDS: Final[Mapping[ClashKind, _Words]] = {
    ClashKind.DAY_OFF: lambda one, things: (
        _("不是工作日：%(things)s", things=things),
        _(
            "改到 %(before)s 或 %(after)s，或换一个开始日期。",
            before=_day(one.before),
            after=_day(one.after),
        ),
    ),
    ClashKind.TWO_THINGS: lambda _one, things: (
        _("同一个人一天有两件：%(things)s", things=things),
        _("把其中一件换一天，或请这几位改到另一期。"),
    ),
    ClashKind.COOLDOWN: lambda one, things: (
        _("“%(things)s”没过的话，到关口前来不及再考一次", things=things),
        _(
            "让测验不晚于 %(before)s，或缩短间隔，或把关口推后 %(n)s 天。",
            before=_day(one.before),
            n=one.need,
        ),
    ),
    ClashKind.ASSESSORS: lambda one, things: (
        _(
            "评委排不过来：%(things)s 要 %(need)s 位，现有 %(have)s 位",
            things=things,
            need=one.need,
            have=one.have,
        ),
        _("从 %(before)s 起就分批演练，或多请几位评委。", before=_day(one.before)),
    ),
    ClashKind.NO_MENTOR: lambda one, _things: (
        _("%(n)s 人还没有带教人", n=one.need),
        _("在带教页给每人指定一位。"),
    ),
    ClashKind.MENTORS: lambda one, _things: (
        _(
            "%(need)s 人还没有带教人，带教人和够条件的人最多再带 %(have)s 人",
            need=one.need,
            have=one.have,
        ),
        _("再找几位带教人（一位最多带三人），或把几位改到下一期。"),
    ),
    ClashKind.SEATS: lambda one, _things: (
        _("%(need)s 人，只有 %(have)s 个名额", need=one.need, have=one.have),
        _("把名额改大，或请几位改到下一期。"),
    ),
}


def _day(day: date | None) -> str:
    return "" if day is None else str(format_date(day, "M-d"))


def month_of(text: str, today: date) -> date | None:
    """`2026-11` as its first day; None for anything else."""
    year, _dash, month = text.partition("-")
    if not (year.isascii() and month.isascii() and year.isdigit() and month.isdigit()):
        return None
    if not (today.year - 20 <= int(year) <= today.year + 20 and 1 <= int(month) <= 12):
        return None
    return date(int(year), int(month), 1)


def neighbours(month: date) -> tuple[str, str]:
    """The months before and after, as the address has them."""
    last = month - timedelta(days=1)
    following = (month + timedelta(days=32)).replace(day=1)
    return f"{last:%Y-%m}", f"{following:%Y-%m}"
