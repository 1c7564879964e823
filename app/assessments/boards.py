"""View models of the trainer's pages: the list, the monitor (page and sheet), one attempt."""

import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import xlsxwriter
from flask_babel import gettext

from app.accounts import queries as accounts
from app.accounts.queries import Person
from app.assessments.frozen import Frozen, on_the_wire, thaw
from app.assessments.models import LateAnswer
from app.assessments.pages import counts_text, feedback_text
from app.assessments.queries import monitor, sheets
from app.assessments.queries.monitor import AssessmentLine, Counts, Head, PersonRow, Progress
from app.assessments.queries.rows import AttemptRow
from app.assessments.terms import Display, Release
from app.domain import attempts
from app.domain.scoring import shown
from app.kernel.clock import organisation_day
from app.kernel.i18n import show_when

_: Callable[..., str] = gettext


SOON = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class ListLine:
    """One assessment in the trainer's list. `created_at` only where a title stands twice;
    `assigned`, `submitted` count people, `again` says how often they sat where that is more."""

    id: int
    title: str
    state: str
    kind: str
    track: str | None
    closes_at: datetime | None
    created_at: datetime | None
    is_cancelled: bool
    assigned: int
    submitted: int
    again: str
    waiting: int
    held: int


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person on the monitor. `kind` is the tint of the state's tag; `can_give`: one more
    attempt, where no path has the say."""

    person_id: int
    name: str
    unit: str
    state: str
    kind: str
    attempts: str
    submitted_at: datetime | None
    timed_out: bool
    total: str
    due_at: datetime | None
    extra_minutes: int
    signals: int
    late: int
    attempt_id: int | None
    can_give: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """A label with its value."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Monitor:
    """The monitor page; the sheet is made from the same."""

    head: Head
    facts: tuple[Fact, ...]
    counts: Counts
    figures: tuple[Fact, ...]
    people: tuple[PersonLine, ...]
    asof: datetime


def list_lines(found: Sequence[AssessmentLine], now: datetime) -> list[ListLine]:
    """What needs work first: to mark, to release, open (the next to close first), not yet open,
    not assigned, then what is closed, the latest first, and what was cancelled."""
    titles = Counter(line.title for line in found)
    placed = [(_stage(line, now), line) for line in found]
    placed.sort(key=lambda pair: (pair[0][0], _nearness(pair[1], now)))
    return [
        ListLine(
            id=line.id,
            title=line.title,
            state=word,
            kind=kind,
            track=line.track,
            closes_at=line.closes_at,
            created_at=line.created_at if titles[line.title] > 1 else None,
            is_cancelled=line.is_cancelled,
            assigned=line.assigned,
            submitted=line.submitted,
            again=sat_text(line.submitted, line.sittings),
            waiting=line.waiting,
            held=line.held,
        )
        for (_order, word, kind), line in placed
    ]


def sat_text(people: int, sittings: int) -> str:
    """How often so many people handed in; empty where each did once."""
    return _("共 %(n)s 次", n=sittings) if sittings > people else ""


def copyable(found: Sequence[AssessmentLine], most: int) -> list[AssessmentLine]:
    """Assessments to start from: of equal titles the newest."""
    newest: dict[str, AssessmentLine] = {}
    for line in found:
        newest.setdefault(line.title, line)
    return list(newest.values())[:most]


def _stage(line: AssessmentLine, now: datetime) -> tuple[int, str, str]:
    """Place in the list, word, tint."""
    end = line.closes_at
    cases = (
        (line.waiting > 0, 0, _("等待评分"), "accent"),
        (line.held > 0, 1, _("等待公布"), "accent"),
        (line.is_cancelled, 6, _("已取消"), ""),
        (end is not None and end <= now, 5, _("已结束"), "line"),
        (not line.assigned, 4, _("未布置"), ""),
        (line.opens_at is not None and line.opens_at > now, 3, _("未开放"), "line"),
        (end is not None and end - now <= SOON, 2, _("快结束"), "warn"),
    )
    found = (case[1:] for case in cases if case[0])
    return next(found, (2, _("开放中"), "line"))


def _nearness(line: AssessmentLine, now: datetime) -> float:
    """Seconds to the end: what ends next first, what never ends last; the past the latest first."""
    end = line.closes_at or datetime.max.replace(tzinfo=UTC)
    return abs((end - now).total_seconds())


def progress_text(progress: Progress) -> tuple[str, str]:
    """The word for how far a person is, and its tint."""
    return {
        Progress.NOT_STARTED: (_("未开始"), ""),
        Progress.ABSENT: (_("缺考"), "warn"),
        Progress.OPEN: (_("作答中"), "accent"),
        Progress.WAITING: (_("等待评分"), "accent"),
        Progress.HELD: (_("等待公布"), "accent"),
        Progress.PASSED: (_("通过"), "pass"),
        Progress.FAILED: (_("未通过"), "gap"),
    }[progress]


def board(head: Head, now: datetime) -> Monitor:
    """The monitor of one assessment; people in the order of need."""
    rows = monitor.people(head.id, now)
    people = accounts.people([row.person_id for row in rows], day=organisation_day(now))
    order = list(Progress)
    lines = sorted(
        ((row, people[row.person_id]) for row in rows),
        key=lambda pair: (-_need(order, pair[0]), pair[1].name),
    )
    counts = monitor.counts_of(rows)
    return Monitor(
        head=head,
        facts=facts_of(head),
        counts=counts,
        figures=_figures(counts),
        people=tuple(_line(row, person, head) for row, person in lines),
        asof=now,
    )


def _figures(counts: Counts) -> tuple[Fact, ...]:
    """The figures above the table: people, and how often they handed in."""
    again = sat_text(counts.submitted, counts.sittings)
    handed_in = f"{counts.submitted}"
    if again:
        handed_in = _("%(n)s 人，%(again)s", n=counts.submitted, again=again)
    return (
        Fact(_("已布置"), f"{counts.assigned}"),
        Fact(_("已开始"), f"{counts.started}"),
        Fact(_("已交"), handed_in),
        Fact(_("通过"), f"{counts.passed}"),
        Fact(_("缺考"), f"{counts.absent}"),
        Fact(_("等待评分"), f"{counts.waiting}"),
        Fact(_("等待公布"), f"{counts.held}"),
    )


def _need(order: Sequence[Progress], row: PersonRow) -> int:
    """Absent and waiting first, passed last."""
    return {
        Progress.ABSENT: 6,
        Progress.WAITING: 5,
        Progress.HELD: 4,
        Progress.OPEN: 3,
        Progress.FAILED: 2,
        Progress.NOT_STARTED: 1,
        Progress.PASSED: 0,
    }[order[order.index(row.progress)]]


def _line(row: PersonRow, person: Person, head: Head) -> PersonLine:
    state, kind = progress_text(row.progress)
    total = "—"
    if row.total is not None and row.maximum is not None:
        total = f"{shown(row.total, _pass_line(head, row.maximum))} / {shown(row.maximum)}"
    return PersonLine(
        person_id=row.person_id,
        name=person.name,
        unit=person.unit_name,
        state=state,
        kind=kind,
        attempts=f"{row.attempts} / {row.allowed}",
        submitted_at=row.submitted_at,
        timed_out=row.is_timed_out,
        total=total,
        due_at=row.due_at,
        extra_minutes=row.extra_seconds // 60,
        signals=row.signals,
        late=row.late,
        attempt_id=row.attempt_id,
        can_give=head.track is None
        and not head.is_cancelled
        and row.progress is Progress.FAILED
        and row.attempts >= row.allowed,
    )


def _pass_line(head: Head, maximum: Fraction) -> Fraction:
    mark = head.pass_mark
    return mark.points if mark.points is not None else (mark.share or Fraction(0)) * maximum


def facts_of(head: Head) -> tuple[Fact, ...]:
    """The settings of an assessment in words."""
    mark = head.pass_mark
    line = (
        f"{shown(100 * mark.share)}%"
        if mark.share is not None
        else shown(mark.points or Fraction(0))
    )
    limit = head.limit_seconds
    return (
        Fact(_("题库"), _("、").join(head.banks)),
        Fact(_("组卷"), _("按方案抽题") if head.is_plan else _("按题库结构")),
        Fact(_("开始"), show_when(head.opens_at)),
        Fact(_("结束"), show_when(head.closes_at)),
        Fact(_("限时"), _("不限时") if limit is None else _("%(n)s 分钟", n=limit // 60)),
        Fact(_("次数"), f"{head.attempts_allowed}"),
        Fact(_("计分"), counts_text(attempts.Counts(head.counts))),
        Fact(_("及格线"), _("%(p)s（约定分数）", p=line)),
        Fact(_("反馈"), feedback_text(head.feedback, shows_keys=head.shows_keys)),
        Fact(
            _("公布"),
            _("由培训师统一公布") if head.release_by == Release.TRAINER else _("评完自动公布"),
        ),
        Fact(_("答题页"), _("一页一题") if head.display == Display.ONE else _("全部一页")),
    )


# ---------------------------------------------------------------- the sheet


def workbook(view: Monitor) -> bytes:
    """The monitor as xlsx. Every cell of text is written as text: none becomes a formula."""
    heads = (
        _("姓名"),
        _("团队"),
        _("状态"),
        _("次数"),
        _("得分"),
        _("交卷时间"),
        _("到期"),
        _("加时（分钟）"),
        _("记录"),
        _("迟到的作答"),
    )
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    sheet = book.add_worksheet(_("测验情况"))
    bold = book.add_format({"bold": True})
    for column, text in enumerate(heads):
        sheet.write_string(0, column, text, bold)
    for number, line in enumerate(view.people, start=1):
        for column, text in enumerate(_cells(line)):
            sheet.write_string(number, column, text)
        for column, figure in enumerate((line.extra_minutes, line.signals, line.late), start=7):
            sheet.write_number(number, column, figure)
    sheet.freeze_panes(1, 1)
    sheet.autofit()
    book.close()
    return out.getvalue()


def _cells(line: PersonLine) -> tuple[str, ...]:
    return (
        line.name,
        line.unit,
        line.state,
        line.attempts,
        line.total,
        show_when(line.submitted_at) if line.submitted_at else "",
        show_when(line.due_at) if line.due_at else "",
    )


# ---------------------------------------------------------------- one attempt


@dataclass(frozen=True, slots=True)
class LateLine:
    """A body that came after the end, as the learner would read it."""

    id: int
    number: int
    text: str
    received_at: datetime
    counted_at: datetime | None
    reason: str


def late_lines(attempt: AttemptRow) -> tuple[LateLine, ...]:
    """What came too late, in the order it came."""
    frozen = thaw(attempt.body)
    return tuple(_late_line(frozen, late) for late in sheets.late_answers(attempt.id))


def _late_line(frozen: Frozen, late: LateAnswer) -> LateLine:
    wire = on_the_wire(frozen.slot(late.position), late.body)
    return LateLine(
        id=late.id,
        number=late.position,
        text=_said(wire),
        received_at=late.received_at,
        counted_at=late.counted_at,
        reason=late.reason or "",
    )


def _said(wire: Mapping[str, object] | None) -> str:
    """A response in words."""
    match wire:
        case {"options": [*picked]}:
            return "".join(map(str, picked)) or _("未作答")
        case {"value": bool(value)}:
            return _("对") if value else _("错")
        case {"text": str(text)}:
            return text or _("未作答")
        case _:
            return _("未作答")
