"""The dashboard of a track: who stands where against the plan, who is stuck, and who must act."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Final

from flask import current_app
from flask_babel import gettext

from app.accounts.queries import PersonIds
from app.domain.durations import median
from app.domain.enrolment import State
from app.domain.items import text_in
from app.domain.progress import Progress, StepState
from app.domain.stuck import Block, Hold, Reason, counting, is_stuck, main_block
from app.domain.tracks import Track
from app.kernel.clock import organisation_day
from app.kernel.i18n import show_points
from app.kernel.xlsx import Cell, Sheet
from app.tracks.queries import board as queries
from app.tracks.queries.board import RENEWING, UNDER_WAY, Board, Placed
from app.tracks.stuckwords import (
    About,
    Said,
    enrolment_url,
    framework_now,
    reason_name,
    say,
)
from app.tracks.words import state_name

_: Callable[..., str] = gettext

PAGE: Final = 100
MOST_DOTS: Final = 400
BARE: Final = "—"


class Show(StrEnum):
    """Which people are listed."""

    UNDER_WAY = "on"
    STUCK = "stuck"
    LATE = "late"
    PAST = "past"
    AWAY = "away"
    THROUGH = "through"
    RENEW = "renew"
    ALL = "all"


class Sort(StrEnum):
    """In which order."""

    STUCK = "stuck"
    BEHIND = "behind"
    DAY = "day"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Want:
    """What the reader narrowed the board to."""

    show: Show = Show.UNDER_WAY
    reason: Reason | None = None
    cohort: int | None = None
    unit: int | None = None
    text: str = ""
    sort: Sort = Sort.STUCK
    page: int = 1

    def args(self, **changed: object) -> dict[str, str]:
        """The filter as it stands in an address, changed by what is given."""
        values: dict[str, object] = {
            "show": self.show if self.show is not Show.UNDER_WAY else None,
            "reason": self.reason,
            "cohort": self.cohort,
            "unit": self.unit,
            "q": self.text,
            "sort": self.sort if self.sort is not Sort.STUCK else None,
        } | changed
        return {key: str(value) for key, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class GateMark:
    """A gate on the strip of a person. `at`: per cent of the track."""

    at: float
    is_passed: bool
    is_late: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One person. `done_at`, `plan_at`: per cent of all steps, done and planned until today.

    `blocks` in the order in which they are named; `main` is the one to name. `used`: days until the
    track was passed, None on the way.
    """

    enrolment_id: int
    person_id: int
    url: str
    name: str
    team: str
    cohort: str
    state: State
    state_word: str
    day: int
    plan_days: int | None
    done: int
    total: int
    planned: int
    late: int
    done_at: float
    plan_at: float
    gates: tuple[GateMark, ...]
    say: str
    main: Said | None
    others: tuple[Said, ...]
    is_stuck: bool
    is_under_way: bool
    is_past: bool
    used: int | None
    unit_id: int | None
    cohort_id: int | None
    day_text: str
    tag: str
    reasons: frozenset[Reason] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Count:
    """A figure at the top that leads to the people behind it."""

    show: Show
    label: str
    n: int
    is_current: bool
    args: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many are kept by this."""

    reason: Reason
    label: str
    n: int
    is_current: bool
    args: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Dot:
    """One who is through, on the axis of days (`at` per cent of it)."""

    at: float
    is_past: bool
    say: str


@dataclass(frozen=True, slots=True)
class Durations:
    """How long it took: `text` the median with its interval or that there are too few.

    `plan`: the days it should take; `axis` the last day of the axis.
    """

    text: str
    n: int
    on_the_way: int
    past: int
    plan: int
    axis: int
    plan_at: float
    lo_at: float | None
    hi_at: float | None
    median_at: float | None
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter."""

    value: str
    label: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Page:
    """The dashboard of one track."""

    slug: str
    title: str
    headline: str
    goal: str
    today: date
    counts: tuple[Count, ...]
    reasons: tuple[ReasonCount, ...]
    rows: tuple[Row, ...]
    shown: int
    page: int
    pages: int
    people: int
    cohorts: tuple[Choice, ...]
    units: tuple[Choice, ...]
    sorts: tuple[Choice, ...]
    durations: Durations | None
    past: tuple[Row, ...]
    want: Want


def gather(slug: str, reach: PersonIds, *, now: datetime) -> Board:
    """The people of a track with all that keeps them; asks every room for what it holds."""
    rows = queries.enrolments_on(slug, reach, today=organisation_day(now))
    return queries.placed(rows, holds=holds_of([row.id for row in rows], now=now), now=now)


def holds_of(enrolment_ids: Sequence[int], *, now: datetime) -> dict[int, list[Hold]]:
    """What activities of these enrolments wait for, as the rooms say in which they are done."""
    rooms = current_app.extensions.get("holds", {})
    found = [hold for ask in rooms.values() for hold in ask(enrolment_ids, now=now)]
    return queries.by_enrolment(found)


def rows_of(found: Board, *, reader_id: int, today: date, lang: str) -> list[Row]:
    """Everybody as a line."""
    framework = framework_now()
    made = []
    for one in found.people:
        about = About(
            enrolment_id=one.enrolment.id,
            person_id=one.person.id,
            name=one.person.name,
            progress=one.progress,
            parties=one.parties,
            names=found.names,
            reader_id=reader_id,
            lang=lang,
            framework=framework,
            blocks=one.blocks,
        )
        made.append(_row(one, about, found.cohorts, today))
    return made


def _row(one: Placed, about: About, cohorts: Mapping[int, str], today: date) -> Row:
    state, progress = one.enrolment.state, one.progress
    said = [say(block, about, today) for block in one.blocks]
    main = main_block(one.blocks, today)
    place = one.blocks.index(main) if main is not None else 0
    plan = plan_days(one.track)
    used = _used(one)
    under_way = state in UNDER_WAY
    done = progress.done
    planned = _planned(progress, today)
    # What was handed in waits for its marks: that is not the learner's delay.
    marked = {block.activity for block in one.blocks if block.reason is Reason.MARKING}
    late = sum(
        step.state is StepState.LATE and step.activity.id not in marked
        for step in counting(progress)
        if under_way
    )
    over = progress.day_number if under_way else used
    return Row(
        enrolment_id=one.enrolment.id,
        person_id=one.person.id,
        url=enrolment_url(one.enrolment.id),
        name=one.person.name,
        team=one.person.unit_name,
        cohort=cohorts.get(one.enrolment.cohort_id or 0, ""),
        state=state,
        state_word=state_name(state),
        day=progress.day_number,
        plan_days=plan,
        done=done,
        total=progress.total,
        planned=planned,
        late=late,
        done_at=_share(done, progress.total),
        plan_at=_share(planned, progress.total),
        gates=_gates(progress, today),
        say=_(
            "做完 %(done)s 项，按计划到今天 %(planned)s 项，共 %(total)s 项",
            done=done,
            planned=planned,
            total=progress.total,
        ),
        main=said[place] if said else None,
        others=tuple(s for n, s in enumerate(said) if n != place),
        is_stuck=is_stuck(one.blocks, today),
        is_under_way=under_way,
        is_past=plan is not None and over is not None and over > plan,
        used=used,
        unit_id=one.person.unit_id,
        cohort_id=one.enrolment.cohort_id,
        day_text=_day_text(progress.day_number, plan, used, under_way=under_way),
        tag=_("卡住")
        if is_stuck(one.blocks, today)
        else ""
        if state is State.ACTIVE
        else state_name(state),
        reasons=frozenset(_stuck_reasons(one.blocks, today)),
    )


def _day_text(day: int, plan: int | None, used: int | None, *, under_way: bool) -> str:
    """Which day it is of how many; for who is through how many it took."""
    if not under_way:
        return _("用了 %(n)s 天", n=used) if used is not None else ""
    if day < 1:
        return _("还有 %(n)s 天开始", n=1 - day)
    if plan is None:
        return _("第 %(n)s 天", n=day)
    return day_of(day, plan)


def day_of(day: int, plan: int) -> str:
    """Which day of how many; past the plan, what the plan was."""
    if day > plan:
        return _("第 %(n)s 天，计划 %(plan)s 天", n=day, plan=plan)
    return _("第 %(n)s 天，共 %(plan)s 天", n=day, plan=plan)


def _stuck_reasons(found: Sequence[Block], today: date) -> list[Reason]:
    return [one.reason for one in found if one.is_stuck(today)]


def plan_days(track: Track) -> int | None:
    """How many days the track takes by its plan: the last date of all, counted from day 1."""
    days = [
        due
        for stage in track.stages
        for due in (
            stage.gate.due_day if stage.gate else None,
            *(activity.due_day for activity in stage.activities),
        )
        if due is not None
    ]
    return max(days) + 1 if days else None


def _used(one: Placed) -> int | None:
    """Days from the anchor until the track was passed, days of leave until then taken off."""
    if one.independent_on is None:
        return None
    away = one.known.away_before(one.independent_on)
    return (one.independent_on - one.enrolment.anchor_on).days + 1 - away


def _planned(progress: Progress, today: date) -> int:
    """Steps whose date has come; those without a date count when they are done."""
    return sum(
        step.due_on <= today if step.due_on is not None else step.is_finished
        for step in progress.steps
    )


def _share(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def _gates(progress: Progress, today: date) -> tuple[GateMark, ...]:
    marks, before = [], 0
    for stage in progress.stages:
        before += len(stage.steps)
        gate = stage.gate
        if gate is not None:
            late = not gate.is_passed and gate.due_on is not None and gate.due_on < today
            marks.append(GateMark(_share(before, progress.total), gate.is_passed, late))
    return tuple(marks)


# ---------------------------------------------------------------- the page


def page(
    slug: str, title: str, found: Board, want: Want, *, reader_id: int, today: date, lang: str
) -> Page:
    """The board as its reader asked for it."""
    everybody = rows_of(found, reader_id=reader_id, today=today, lang=lang)
    within = [row for row in everybody if _is_within(row, want)]
    listed = _sorted([row for row in within if _is_shown(row, want)], want.sort)
    pages = max(1, -(-len(listed) // PAGE))
    number = min(max(want.page, 1), pages)
    under_way = [row for row in within if row.is_under_way]
    stuck = sum(row.is_stuck for row in under_way)
    return Page(
        slug=slug,
        title=title,
        headline=_headline(len(under_way), stuck),
        goal=_goal(found, lang),
        today=today,
        counts=_counts(within, want),
        reasons=_reasons(under_way, want),
        rows=tuple(listed[(number - 1) * PAGE : number * PAGE]),
        shown=len(listed),
        page=number,
        pages=pages,
        people=len(everybody),
        cohorts=tuple(
            Choice(str(key), name, key == want.cohort) for key, name in found.cohorts.items()
        ),
        units=_units(everybody, want),
        sorts=tuple(
            Choice(sort.value, label, sort is want.sort)
            for sort, label in (
                (Sort.STUCK, _("卡得最久的在前")),
                (Sort.BEHIND, _("落后最多的在前")),
                (Sort.DAY, _("按第几天")),
                (Sort.NAME, _("按姓名")),
            )
        ),
        durations=_durations(within, _plan(found)),
        past=tuple(sorted((r for r in under_way if r.is_past), key=lambda r: (-r.day, r.name))),
        want=want,
    )


def _headline(under_way: int, stuck: int) -> str:
    if not under_way:
        return str(_("现在没有人在路上"))
    if not stuck:
        return _("%(n)s 人在路上，没有人卡住", n=under_way)
    return _("%(n)s 人在路上，其中 %(k)s 人卡住", n=under_way, k=stuck)


def _goal(found: Board, lang: str) -> str:
    """What the track leads to: the name of its credential."""
    for one in reversed(found.people):
        if one.track.credential is not None:
            return text_in(one.track.credential.title, lang)
    return ""


def _plan(found: Board) -> int | None:
    """The days of the newest version that somebody is on."""
    newest = max(found.people, key=lambda one: one.enrolment.version_id, default=None)
    return plan_days(newest.track) if newest else None


def _is_within(row: Row, want: Want) -> bool:
    """Whether the filters about who it is let her pass."""
    return (
        (want.cohort is None or row.cohort_id == want.cohort)
        and (want.unit is None or row.unit_id == want.unit)
        and want.text.casefold() in row.name.casefold()
    )


_SHOWN: Final[Mapping[Show, Callable[[Row], bool]]] = {
    Show.UNDER_WAY: lambda row: row.is_under_way,
    Show.STUCK: lambda row: row.is_stuck,
    Show.LATE: lambda row: row.late > 0,
    Show.PAST: lambda row: row.is_past and row.is_under_way,
    Show.AWAY: lambda row: row.state is State.PAUSED,
    Show.THROUGH: lambda row: row.used is not None,
    Show.RENEW: lambda row: row.state in RENEWING,
    Show.ALL: lambda _row: True,
}


def _is_shown(row: Row, want: Want) -> bool:
    return _SHOWN[want.show](row) and (want.reason is None or want.reason in row.reasons)


def _sorted(rows: list[Row], sort: Sort) -> list[Row]:
    keys: dict[Sort, Callable[[Row], tuple[object, ...]]] = {
        Sort.STUCK: lambda row: (
            not row.is_stuck,
            row.main.since if row.main else date.max,
            row.name,
        ),
        Sort.BEHIND: lambda row: (row.done - row.planned, row.name),
        Sort.DAY: lambda row: (-row.day, row.name),
        Sort.NAME: lambda row: (row.name,),
    }
    return sorted(rows, key=keys[sort])


def _counts(rows: Sequence[Row], want: Want) -> tuple[Count, ...]:
    labels = (
        (Show.UNDER_WAY, _("在路上")),
        (Show.STUCK, _("卡住")),
        (Show.LATE, _("有晚了的")),
        (Show.PAST, _("超过计划天数")),
        (Show.AWAY, _("请假中")),
        (Show.THROUGH, _("已走完")),
        (Show.RENEW, _("要再认证")),
    )
    return tuple(
        Count(
            show,
            label,
            sum(_SHOWN[show](row) for row in rows),
            show is want.show and want.reason is None,
            want.args(show=show if show is not Show.UNDER_WAY else None, reason=None),
        )
        for show, label in labels
    )


def _reasons(rows: Sequence[Row], want: Want) -> tuple[ReasonCount, ...]:
    counts = Counter(reason for row in rows for reason in row.reasons)
    return tuple(
        ReasonCount(
            reason,
            reason_name(reason),
            counts[reason],
            reason is want.reason,
            want.args(show=Show.STUCK, reason=None if reason is want.reason else reason),
        )
        for reason in Reason
        if counts[reason]
    )


def _units(rows: Sequence[Row], want: Want) -> tuple[Choice, ...]:
    names = {row.unit_id: row.team for row in rows if row.unit_id is not None}
    return tuple(
        Choice(str(key), name, key == want.unit)
        for key, name in sorted(names.items(), key=lambda one: one[1])
    )


def _durations(rows: Sequence[Row], plan: int | None) -> Durations | None:
    """How long it took those who are through; None where a track has no days."""
    if plan is None:
        return None
    through = [row for row in rows if row.used is not None]
    under_way = [row for row in rows if row.is_under_way]
    used = [row.used for row in through if row.used is not None]
    found = median(used)
    axis = max(2 * plan, *used, 1) if used else 2 * plan

    def at(day: float) -> float:
        return round(100 * min(max(day, 0), axis) / axis, 1)

    return Durations(
        text=_median_text(found.median, found.lo, found.hi, found.n),
        n=found.n,
        on_the_way=len(under_way),
        past=sum(row.is_past for row in under_way),
        plan=plan,
        axis=axis,
        plan_at=at(plan),
        lo_at=None if found.lo is None else at(found.lo),
        hi_at=None if found.hi is None else at(found.hi),
        median_at=None if found.median is None else at(float(found.median)),
        dots=tuple(
            Dot(at(row.used), row.is_past, _("%(name)s %(n)s 天", name=row.name, n=row.used))
            for row in sorted(through, key=lambda row: row.used or 0)[:MOST_DOTS]
            if row.used is not None
        ),
    )


def _median_text(value: Fraction | None, lo: int | None, hi: int | None, n: int) -> str:
    if not n:
        return str(_("近一年还没有人走完"))
    if value is None:
        return _("走完的才 %(n)s 人，人数太少，不算中位数", n=n)
    return _(
        "中位数 %(n)s 天（90%% 区间 %(lo)s–%(hi)s，%(people)s 人）",
        n=show_points(value),
        lo=lo,
        hi=hi,
        people=n,
    )


# ---------------------------------------------------------------- the same as a workbook


def sheets(title: str, rows: Sequence[Row]) -> list[Sheet]:
    """Everybody the filter lets pass, one line each."""
    heads = (
        _("姓名"),
        _("团队"),
        _("期次"),
        _("状态"),
        _("第几天"),
        _("计划天数"),
        _("做完"),
        _("按计划"),
        _("共"),
        _("晚了"),
        _("卡住"),
        _("为什么"),
        _("从哪天起"),
        _("等了几天"),
        _("该谁做"),
        _("还有"),
        _("走完用了几天"),
    )
    return [Sheet(title, heads, tuple(_cells(row) for row in rows))]


def _cells(row: Row) -> tuple[Cell, ...]:
    main = row.main
    return (
        row.name,
        row.team,
        row.cohort,
        row.state_word,
        row.day,
        row.plan_days,
        row.done,
        row.planned,
        row.total,
        row.late,
        _("是") if row.is_stuck else "",
        main.why if main else "",
        main.since if main else None,
        main.days if main else None,
        main.who if main else "",
        _("；").join(one.why for one in row.others),
        row.used,
    )


def listed(found: Board, want: Want, *, reader_id: int, today: date, lang: str) -> list[Row]:
    """Everybody the filter lets pass, in its order, not cut into pages."""
    rows = rows_of(found, reader_id=reader_id, today=today, lang=lang)
    return _sorted(
        [row for row in rows if _is_within(row, want) and _is_shown(row, want)], want.sort
    )
