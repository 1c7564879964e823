"""How a track went, for HR: gates in time, days until it was passed, extensions, by cohort."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from flask_babel import gettext

from app.accounts.queries import PersonIds
from app.domain.durations import median
from app.domain.items import text_in
from app.domain.rates import Rate, rate
from app.kernel.i18n import show_points
from app.kernel.xlsx import Cell, Sheet
from app.tracks.board import plan_days
from app.tracks.queries import outcomes as queries
from app.tracks.queries.outcomes import Outcome, Outcomes

_: Callable[..., str] = gettext

SINCE_DAYS: Final = 730


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; `percent`, `lo`, `hi` (whole per cent) None below ten people."""

    part: int
    n: int
    percent: int | None
    lo: int | None
    hi: int | None
    text: str


@dataclass(frozen=True, slots=True)
class GateLine:
    """A gate: who passed it on its first date, who was given more time, who is past it."""

    title: str
    in_time: Share
    extended: Share
    passed: int
    open: int


@dataclass(frozen=True, slots=True)
class CohortLine:
    """A cohort (or those without one): how many, through, how long, how many in time."""

    title: str
    people: int
    through: int
    under_way: int
    withdrawn: int
    days: str
    last_gate: Share
    extended: Share


@dataclass(frozen=True, slots=True)
class OutcomePage:
    """The page. `goal`: what the track leads to; `plan`: days it should take."""

    slug: str
    title: str
    goal: str
    since: date
    people: int
    plan: int | None
    days: str
    gates: tuple[GateLine, ...]
    cohorts: tuple[CohortLine, ...]


def page(
    slug: str, title: str, reach: PersonIds, *, today: date, lang: str, now: datetime
) -> OutcomePage:
    """What became of those who began within two years."""
    since = today - timedelta(days=SINCE_DAYS)
    found = queries.outcomes(slug, reach, since=since, now=now)
    track = found.track
    goal = text_in(track.credential.title, lang) if track and track.credential else ""
    return OutcomePage(
        slug=slug,
        title=title,
        goal=goal,
        since=since,
        people=len(found.people),
        plan=plan_days(track) if track else None,
        days=days_text(found.people),
        gates=_gates(found, today, lang),
        cohorts=_cohorts(found, today),
    )


def _gates(found: Outcomes, today: date, lang: str) -> tuple[GateLine, ...]:
    if found.track is None:
        return ()
    gates = [stage.gate for stage in found.track.stages if stage.gate is not None]
    return tuple(
        GateLine(
            title=text_in(gate.title, lang),
            in_time=in_time(found.people, gate.id, today),
            extended=extended(found.people, gate.id, today),
            passed=sum(
                one.passed_on is not None
                for who in found.people
                for one in who.gates
                if one.gate_id == gate.id
            ),
            open=sum(
                one.passed_on is None and who.withdrawn_on is None
                for who in found.people
                for one in who.gates
                if one.gate_id == gate.id
            ),
        )
        for gate in gates
    )


def in_time(people: Sequence[Outcome], gate_id: str, today: date) -> Share:
    """Passed on the first date, of those whose date has come before they left."""
    decided = [
        one
        for who in people
        for one in who.gates
        if one.gate_id == gate_id and one.is_decided(today) and not _left_before(who, one.due)
    ]
    return share(rate(sum(one.is_in_time for one in decided), len(decided)))


def extended(people: Sequence[Outcome], gate_id: str, today: date) -> Share:
    """Given more time, of the same people."""
    decided = [
        one
        for who in people
        for one in who.gates
        if one.gate_id == gate_id and one.is_decided(today) and not _left_before(who, one.due)
    ]
    return share(rate(sum(one.is_extended for one in decided), len(decided)))


def _left_before(who: Outcome, due: date | None) -> bool:
    return who.withdrawn_on is not None and due is not None and who.withdrawn_on <= due


def _cohorts(found: Outcomes, today: date) -> tuple[CohortLine, ...]:
    groups = [
        (title, [who for who in found.people if who.cohort_id == key])
        for key, title in found.cohorts.items()
    ]
    groups.append((_("没有期次的人"), [who for who in found.people if who.cohort_id is None]))
    return tuple(_cohort(title, people, today) for title, people in groups if people)


def _cohort(title: str, people: Sequence[Outcome], today: date) -> CohortLine:
    last = next((who.gates[-1].gate_id for who in reversed(people) if who.gates), "")
    through = sum(who.used is not None for who in people)
    withdrawn = sum(who.withdrawn_on is not None and who.used is None for who in people)
    return CohortLine(
        title=title,
        people=len(people),
        through=through,
        under_way=len(people) - through - withdrawn,
        withdrawn=withdrawn,
        days=days_text(people),
        last_gate=in_time(people, last, today),
        extended=extended(people, last, today),
    )


def days_text(people: Sequence[Outcome]) -> str:
    """The median of days with its interval; below five people that they are too few."""
    used = [who.used for who in people if who.used is not None]
    found = median(used)
    if not used:
        return str(_("还没有人走完"))
    if found.median is None:
        return _("人数太少（%(n)s 人）", n=found.n)
    return _(
        "%(n)s 天（%(lo)s–%(hi)s，%(people)s 人）",
        n=show_points(found.median),
        lo=found.lo,
        hi=found.hi,
        people=found.n,
    )


def share(found: Rate) -> Share:
    """A rate as it is printed: below ten people the fraction alone."""
    if found.n == 0:
        return Share(0, 0, None, None, None, str(_("还没有人到日期")))
    if found.few or found.lo is None or found.hi is None:
        return Share(
            found.passed,
            found.n,
            None,
            None,
            None,
            _("%(k)s / %(n)s 人", k=found.passed, n=found.n),
        )
    percent, lo, hi = (
        round(100 * found.passed / found.n),
        round(100 * found.lo),
        round(100 * found.hi),
    )
    return Share(
        found.passed,
        found.n,
        percent,
        lo,
        hi,
        _(
            "%(p)s%%（%(lo)s–%(hi)s%%，%(k)s / %(n)s 人）",
            p=percent,
            lo=lo,
            hi=hi,
            k=found.passed,
            n=found.n,
        ),
    )


def sheets(view: OutcomePage) -> list[Sheet]:
    """The two tables of the page."""
    gates = Sheet(
        _("关口"),
        (_("关口"), _("首次到期时通过"), _("人数"), _("延期"), _("已过"), _("还没过")),
        tuple(
            (one.title, one.in_time.part, one.in_time.n, one.extended.part, one.passed, one.open)
            for one in view.gates
        ),
    )
    cohorts = Sheet(
        _("期次"),
        (_("期次"), _("人数"), _("已走完"), _("在路上"), _("中途移出"), _("走完用了几天"),
         _("最后一关首次到期时通过"), _("到期人数"), _("延期")),
        tuple(_cells(one) for one in view.cohorts),
    )  # fmt: skip
    return [gates, cohorts]


def _cells(one: CohortLine) -> tuple[Cell, ...]:
    return (
        one.title,
        one.people,
        one.through,
        one.under_way,
        one.withdrawn,
        one.days,
        one.last_gate.part,
        one.last_gate.n,
        one.extended.part,
    )
