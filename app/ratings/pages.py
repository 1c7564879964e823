"""View models of rated work: everything a template prints, computed here once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Final

from flask import current_app, url_for
from flask_babel import gettext

from app.accounts import queries as people
from app.assessments.queries.rows import attempt_of
from app.banks.markdown import render
from app.competency import queries as competency
from app.domain import rated
from app.domain.framework import EvidenceKind
from app.domain.items import ShortAnswer, text_in
from app.domain.rated import Conflict, How, SeatRole, Settled
from app.domain.tracks import Activity, Form, Party, RatedRules
from app.grading import queries as grading
from app.kernel.auth import Actor, may, view_of
from app.kernel.clock import local_day
from app.kernel.errors import NotFoundError
from app.kernel.i18n import show_day, show_points, zone
from app.ratings import queries, services, words
from app.ratings.models import (
    RUNNING,
    AnswerAppeal,
    Appeal,
    AppealState,
    Outcome,
    Performance,
    PerformanceState,
    RatedMark,
    Seat,
    SeatState,
)
from app.ratings.queries import answers, lists
from app.ratings.queries.assessors import Candidate
from app.ratings.queries.outcomes import Errors, frozen, marks_of, settlement, shares
from app.tracks.models import Enrolment

_: Callable[..., str] = gettext

MOST_OFFERED: Final = 30
# From the line that begins so on, the intro of a form is for those who assess.
ASSESSORS_ONLY: Final = ("【评委】", "Assessors:")
# Where the work itself is read, by kind: rooms above have the page or the build leaves it out.
READING: Final[Mapping[EvidenceKind, str]] = {
    EvidenceKind.WORK: "deliverables.reading",
    EvidenceKind.PEER: "deliverables.reading",
}


# ---------------------------------------------------------------- forms in the reader's language


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row of a form: `steps` are its marks, each with the anchor that says what it looks like
    (empty: none is written)."""

    id: str
    title: str
    hint: str
    weight: int
    points: int
    steps: tuple[tuple[int, str], ...]
    pass_percent: str

    @property
    def has_anchors(self) -> bool:
        """Whether the marks are described."""
        return any(text for _n, text in self.steps)


def _rows(form: Form, lang: str) -> tuple[RowLine, ...]:
    whole = sum(row.weight for row in form.rows)
    return tuple(
        RowLine(
            id=row.id,
            title=text_in(row.title, lang),
            hint=text_in(row.hint, lang) if row.hint else "",
            weight=round(100 * row.weight / whole),
            points=row.points,
            steps=tuple(
                (n, text_in(row.anchors[n], lang) if n < len(row.anchors) else "")
                for n in range(row.points + 1)
            ),
            pass_percent="" if row.pass_share is None else words.percent(row.pass_share),
        )
        for row in form.rows
    )


def subject(row: Performance, names: Mapping[int, str]) -> str:
    """The name, or where the work is read blind a number."""
    return _("第 %(n)s 号", n=row.id) if row.is_blind else names.get(row.person_id, "")


# ---------------------------------------------------------------- the activity


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One performance in a list. `total` empty before it is released."""

    number: int
    happens_on: date
    state: str
    tag: str
    total: str
    has_passed: bool | None
    assessors: str
    url: str


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """A role-play of somebody's track. `is_own`: the reader is the learner."""

    enrolment_id: int
    activity_id: str
    title: str
    intro: str
    person: str
    is_own: bool
    minutes: int | None
    due_on: date | None
    marking: str
    pass_percent: str
    rows: tuple[RowLine, ...]
    never: tuple[str, ...]
    attempts: tuple[AttemptLine, ...]
    headline: str
    may_plan: bool
    today: date


def activity_page(
    enrolment: Enrolment,
    work: tuple[Activity, Form, RatedRules],
    actor: Actor,
    *,
    due_on: date | None,
    today: date,
    lang: str,
    may_plan: bool,
) -> ActivityPage:
    """The page of a role-play: what it is, how it is marked, what came of it. Five SELECTs."""
    activity, form, rules = work
    rows = lists.attempts(enrolment.id, activity.id)
    ids = [row.id for row in rows]
    found = queries.outcomes_of(ids)
    seats = lists.seats_of(ids)
    names = people.names(
        {enrolment.person_id} | {seat.assessor_id for one in seats.values() for seat in one}
    )
    is_own = enrolment.person_id == actor.id
    lines = tuple(
        _attempt(row, found[row.id], seats.get(row.id, []), names, is_own=is_own) for row in rows
    )
    is_running = any(row.state in (*RUNNING, PerformanceState.SETTLED) for row in rows)
    return ActivityPage(
        enrolment_id=enrolment.id,
        activity_id=activity.id,
        title=text_in(activity.title, lang),
        intro=_situation(form, lang, is_own=is_own),
        person=names.get(enrolment.person_id, ""),
        is_own=is_own,
        minutes=activity.minutes,
        due_on=due_on,
        marking=words.marking(rules),
        pass_percent=words.percent(rules.pass_share),
        rows=_rows(form, lang),
        never=tuple(text_in(line, lang) for line in form.never),
        attempts=lines,
        headline=_headline(rows, found),
        may_plan=may_plan and not is_running and not is_own,
        today=today,
    )


def _situation(form: Form, lang: str, *, is_own: bool) -> str:
    """The intro of a form; whoever is to play it is not told what the assessors know."""
    lines = (text_in(form.intro, lang) if form.intro else "").splitlines()
    cut = next((n for n, line in enumerate(lines) if line.startswith(ASSESSORS_ONLY)), None)
    return "\n".join(lines[:cut] if is_own else lines).strip()


def _headline(rows: Sequence[Performance], found: Mapping[int, queries.OutcomeOf]) -> str:
    """How it stands, in a sentence."""
    released = [row for row in rows if row.state == PerformanceState.RELEASED]
    if any(found[row.id].has_passed for row in released):
        return _("已经通过")
    running = [row for row in rows if row.state in (*RUNNING, PerformanceState.SETTLED)]
    if running:
        return _("安排在 %(on)s", on=show_day(running[0].happens_on))
    return _("上次没有通过，可以再安排一次") if released else _("还没有安排")


def _attempt(
    row: Performance,
    found: queries.OutcomeOf,
    seats: Sequence[Seat],
    names: Mapping[int, str],
    *,
    is_own: bool,
) -> AttemptLine:
    word, tag = words.state(row.state)
    is_out = row.state == PerformanceState.RELEASED
    seated = [names.get(one.assessor_id, "") for one in seats if one.state != SeatState.DECLINED]
    return AttemptLine(
        number=row.number,
        happens_on=row.happens_on,
        state=word,
        tag=tag,
        total=words.percent(found.total) if is_out and found.total is not None else "",
        has_passed=found.has_passed if is_out else None,
        assessors="" if row.is_blind and is_own else words.titles(seated),
        url=url_for("ratings.performance", performance_id=row.id),
    )


# ---------------------------------------------------------------- the scoring form


@dataclass(frozen=True, slots=True)
class Peer:
    """What another assessor gave, for whoever decides after reading it."""

    who: str
    total: str
    rows: Mapping[str, int]
    keep: str
    change: str
    attempt: str


@dataclass(frozen=True, slots=True)
class SeatPage:
    """The form of one assessor. `given` are the marks chosen so far, `seen` their number."""

    seat_id: int
    title: str
    subject: str
    role: str
    happens_on: date
    intro: str
    rows: tuple[RowLine, ...]
    never: tuple[str, ...]
    given: Mapping[str, int]
    said: frozenset[int]
    keep: str
    change: str
    attempt: str
    seen: int
    key: str
    reading_url: str
    others: tuple[Peer, ...]
    note: str
    is_open: bool
    is_submitted: bool
    submitted_at: datetime | None
    is_blind: bool
    may_decline: bool
    appeal: str
    decision: "Decision | None" = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What following the appeal's marker would change, said before it is done."""

    before: str
    after: str
    verdict: str
    scores: tuple[tuple[str, str, str], ...]
    is_same: bool
    url: str


def seat_page(seat: Seat, row: Performance, *, lang: str, key: str) -> SeatPage:
    """The scoring form, with the others' marks only where this seat reads them first."""
    form, rules = frozen(row)
    role = SeatRole(seat.role)
    mark = lists.last_mark(seat.id)
    appeal = lists.appeal_of(row.id) if role is SeatRole.APPEAL else None
    is_open = _is_open(row, seat, appeal)
    others = _others(row, seat, rules) if is_open else ()
    reading = READING.get(row.evidence_kind, "")
    return SeatPage(
        seat_id=seat.id,
        title=text_in(row.title, lang),
        subject=subject(row, people.names([row.person_id])),
        role=words.role(role, Party(seat.party) if seat.party else None),
        happens_on=row.happens_on,
        intro=text_in(form.intro, lang) if form.intro else "",
        rows=_rows(form, lang),
        never=tuple(text_in(line, lang) for line in form.never),
        given={} if mark is None else dict(mark.rows),
        said=frozenset() if mark is None else frozenset(mark.said),
        keep="" if mark is None else mark.keep,
        change="" if mark is None else mark.change,
        attempt="" if mark is None else mark.attempt,
        seen=0 if mark is None else mark.number,
        key=key,
        reading_url=url_for(reading, performance_id=row.id)
        if reading and view_of(current_app, reading)
        else "",
        others=others,
        note="" if is_open else _closed(row, seat),
        is_open=is_open,
        is_submitted=mark is not None,
        submitted_at=None if mark is None else mark.submitted_at,
        is_blind=row.is_blind,
        may_decline=is_open and mark is None,
        appeal="" if appeal is None else appeal.reason,
        decision=_decision(row, appeal, mark, lang=lang),
    )


def _is_open(row: Performance, seat: Seat, appeal: Appeal | None) -> bool:
    if seat.role == SeatRole.APPEAL:
        return appeal is not None and appeal.state == AppealState.MARKING
    return row.state in RUNNING and services.is_turn(row, seat)


def _closed(row: Performance, seat: Seat) -> str:
    if row.state in RUNNING:
        return _("还没轮到：别的评委交了评分以后，这里会打开，并通知您。")
    return (
        _("这次评分已经结束，下面是您交的评分。") if seat.answered_at else _("这次评分已经结束。")
    )


def _others(row: Performance, seat: Seat, rules: RatedRules) -> tuple[Peer, ...]:
    """The others' marks, for a lead or arbiter who decides after reading them."""
    if not rated.sees_others(rules.marking, SeatRole(seat.role)):
        return ()
    pairs = marks_of([row.id]).get(row.id, [])
    names = people.names([one.assessor_id for one, _mark in pairs])
    return tuple(
        Peer(
            who=f"{words.role(SeatRole(one.role))} {names.get(one.assessor_id, '')}",
            total=words.percent(mark.total),
            rows=mark.rows,
            keep=mark.keep,
            change=mark.change,
            attempt=mark.attempt,
        )
        for one, mark in pairs
        if one.id != seat.id
    )


def _decision(
    row: Performance, appeal: Appeal | None, mark: RatedMark | None, *, lang: str
) -> Decision | None:
    if appeal is None or appeal.state != AppealState.MARKING or mark is None:
        return None
    found = services.preview(row.id)
    pair = (found.passed_before, found.passed_after)
    verdict = {
        (True, True): _("通过，不变"),
        (False, False): _("未通过，不变"),
        (True, False): _("从通过变成未通过"),
        (False, True): _("从未通过变成通过"),
    }[pair]
    names = competency_names(lang)
    return Decision(
        before=words.percent(found.before),
        after=words.percent(found.after),
        verdict=verdict,
        scores=tuple(
            (names.get(slug, slug), words_score(old), words_score(new))
            for slug, old, new in found.scores
        ),
        is_same=found.before == found.after and pair[0] == pair[1],
        url=url_for("ratings.decide", performance_id=row.id),
    )


def words_score(value: Fraction) -> str:
    """0-100 as shown."""
    return words.percent(value / 100)


def competency_names(lang: str) -> dict[str, str]:
    """Slug -> name in the framework in force. One SELECT."""
    current = competency.in_force()
    if current is None:
        return {}
    return {one.slug: text_in(one.name, lang) for one in current.framework.competencies}


# ---------------------------------------------------------------- the performance


@dataclass(frozen=True, slots=True)
class Said:
    """One assessor's words to the learner. `who` empty where names are not shown."""

    who: str
    keep: str
    change: str
    attempt: str


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One row of a result. `marks` is each assessor's, in the order of the heads."""

    title: str
    weight: int
    points: int
    mean: str
    percent: int
    anchor: str
    is_failed: bool
    is_noted: bool
    marks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SeatLine:
    """One assessor as the organiser sees him."""

    id: int
    name: str
    role: str
    state: str
    tag: str
    because: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """Somebody who could take the free seat; `reason` says why not."""

    id: int
    name: str
    meta: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class FreeSeat:
    """A seat to fill, and who could. `chosen`, `error`: what was asked for and why it cannot be."""

    role: str
    party: str
    label: str
    why: str
    offers: tuple[Offer, ...]
    refused: tuple[Offer, ...]
    chosen: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a form for seats asked for that was refused: by place the person, and the reason."""

    chosen: Mapping[int, int] = field(default_factory=dict)
    errors: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """One outcome of the story: how it came about, what it was, why it was changed."""

    at: datetime
    total: str
    has_passed: bool
    how: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Result:
    """An outcome opened to its rows."""

    total: str
    percent: int
    pass_percent: str
    pass_whole: int
    has_passed: bool
    how: str
    rows: tuple[ResultRow, ...]
    words: tuple[Said, ...]
    said: tuple[str, ...]
    heads: tuple[str, ...]
    totals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AppealBox:
    """The appeal: what was asked, how it stands; `may`: the reader can still make one."""

    may: bool
    until: date | None
    reason: str
    state: str
    decision: str
    by: str


@dataclass(frozen=True, slots=True)
class PerformancePage:
    """One performance: for the learner the result, for who runs it everything."""

    id: int
    title: str
    person: str
    back_url: str
    number: int
    happens_on: date
    state: str
    tag: str
    headline: str
    marking: str
    is_own: bool
    is_organiser: bool
    void_reason: str
    result: Result | None
    story: tuple[OutcomeLine, ...]
    seats: tuple[SeatLine, ...]
    free: tuple[FreeSeat, ...]
    waits: str
    appeal: AppealBox
    may_release: bool
    may_void: bool
    q: str


def performance_page(
    row: Performance,
    actor: Actor,
    *,
    is_organiser: bool,
    now: datetime,
    today: date,
    lang: str,
    q: str,
    tried: Tried | None = None,
) -> PerformancePage:
    """The page of a performance. Marks are shown once it is settled, to learners once released."""
    form, rules = frozen(row)
    pairs = marks_of([row.id]).get(row.id, [])
    made = lists.outcomes(row.id)
    seats = lists.seats_of([row.id]).get(row.id, [])
    appeal = lists.appeal_of(row.id)
    is_own = row.person_id == actor.id
    ids = {row.person_id, *(seat.assessor_id for seat in seats)}
    names = people.names(ids)
    is_settled = row.state in {PerformanceState.SETTLED, PerformanceState.RELEASED}
    shows = row.state == PerformanceState.RELEASED or (is_settled and is_organiser)
    organises = is_organiser and not is_own
    word, tag = words.state(row.state)
    result = (
        _result(row, form, rules, made[-1], pairs, names, lang=lang, is_organiser=organises)
        if made and shows
        else None
    )
    free = _free(row, pairs, appeal, tried or Tried(), today=today, q=q) if organises else ()
    return PerformancePage(
        id=row.id,
        title=text_in(row.title, lang),
        person=names.get(row.person_id, ""),
        back_url=_back(row),
        number=row.number,
        happens_on=row.happens_on,
        state=word,
        tag=tag,
        headline=_result_headline(row, result, is_organiser=organises),
        marking=words.marking(rules, is_peer=row.evidence_kind is EvidenceKind.PEER),
        is_own=is_own,
        is_organiser=organises,
        void_reason=row.void_reason,
        result=result,
        story=tuple(_story(one, rules, pairs, names) for one in made)
        if organises and shows
        else (),
        seats=tuple(_seat_line(one, names) for one in seats) if organises else (),
        free=free,
        # What the marks given so far look like is nobody's business but the organiser's.
        waits=_waits(row, pairs, seats)
        if organises and row.state in {PerformanceState.OPEN, PerformanceState.MARKING}
        else "",
        appeal=_appeal(row, appeal, names, now=now, is_own=is_own, is_organiser=organises),
        may_release=organises and row.state == PerformanceState.SETTLED,
        may_void=organises and row.state != PerformanceState.VOID,
        q=q,
    )


def _back(row: Performance) -> str:
    if row.enrolment_id is None or row.kind != EvidenceKind.ROLEPLAY:
        return ""
    return url_for("ratings.activity", enrolment_id=row.enrolment_id, activity_id=row.activity_id)


def _result_headline(row: Performance, result: Result | None, *, is_organiser: bool) -> str:
    if row.state == PerformanceState.VOID:
        return _("这次评分作废了")
    if result is None:
        return words.state(row.state)[0] if is_organiser else _("结果还没有公布")
    return (
        _("通过，%(n)s 分", n=result.total)
        if result.has_passed
        else _("这次没有通过，%(n)s 分", n=result.total)
    )


def _waits(row: Performance, pairs: Sequence[tuple[Seat, RatedMark]], seats: Sequence[Seat]) -> str:
    peers = sum(one.role == SeatRole.PEER and one.state != SeatState.DECLINED for one in seats)
    found = settlement(row, pairs, seats=peers)
    return "" if isinstance(found, Settled) else words.wanted(found)


def _apart(marks: Sequence[tuple[Seat, RatedMark]]) -> Fraction | None:
    totals = [mark.total for _seat, mark in marks]
    return max(totals) - min(totals) if len(totals) > 1 else None


def _blind(pairs: Sequence[tuple[Seat, RatedMark]]) -> list[tuple[Seat, RatedMark]]:
    roles = {SeatRole.MARKER, SeatRole.PANEL}
    return [pair for pair in pairs if pair[0].role in roles]


def _how(one: Outcome, rules: RatedRules, pairs: Sequence[tuple[Seat, RatedMark]]) -> str:
    return words.how(
        How(one.how),
        tolerance=rules.tolerance,
        apart=_apart(_blind(pairs)),
        independent=one.independent,
    )


def _story(
    one: Outcome,
    rules: RatedRules,
    pairs: Sequence[tuple[Seat, RatedMark]],
    names: Mapping[int, str],
) -> OutcomeLine:
    return OutcomeLine(
        at=one.at,
        total=words.percent(one.total),
        has_passed=one.has_passed,
        how=_how(one, rules, pairs),
        reason=one.reason,
        by=names.get(one.decided_by_id, "") if one.decided_by_id else "",
    )


def _result(
    row: Performance,
    form: Form,
    rules: RatedRules,
    one: Outcome,
    pairs: Sequence[tuple[Seat, RatedMark]],
    names: Mapping[int, str],
    *,
    lang: str,
    is_organiser: bool,
) -> Result:
    given = shares(one)
    counted = [pair for pair in pairs if pair[1].id in one.marks]
    shown = list(pairs) if is_organiser else []
    noted = rated.noted_rows(
        form,
        [rated.Mark(SeatRole(seat.role), mark.rows) for seat, mark in _blind(pairs)],
        rules.tolerance,
    )
    speakers = shown if is_organiser else counted
    lines = {line.id: line for line in _rows(form, lang)}
    return Result(
        total=words.percent(one.total),
        percent=round(100 * one.total),
        pass_percent=words.percent(rules.pass_share),
        pass_whole=round(100 * rules.pass_share),
        has_passed=one.has_passed,
        how=_how(one, rules, pairs),
        rows=tuple(
            ResultRow(
                title=lines[item.id].title,
                weight=lines[item.id].weight,
                points=item.points,
                mean=words.percent(given[item.id] * item.points / 100),
                percent=round(100 * given[item.id]),
                anchor=lines[item.id].steps[_nearest(given[item.id], item.points)][1],
                is_failed=item.pass_share is not None and given[item.id] < item.pass_share,
                is_noted=is_organiser and item.id in noted,
                marks=tuple(mark.rows[item.id] for _seat, mark in shown),
            )
            for item in form.rows
        ),
        words=tuple(
            Said(
                who="" if row.is_blind and not is_organiser else names.get(seat.assessor_id, ""),
                keep=mark.keep,
                change=mark.change,
                attempt=mark.attempt,
            )
            for seat, mark in speakers
            if mark.keep or mark.change or mark.attempt
        ),
        said=tuple(
            text_in(form.never[n], lang) for n in sorted({n for _s, m in counted for n in m.said})
        ),
        heads=tuple(
            f"{names.get(seat.assessor_id, '')} ({words.role(SeatRole(seat.role))})"
            for seat, _mark in shown
        ),
        totals=tuple(words.percent(mark.total) for _seat, mark in shown),
    )


def _nearest(share: Fraction, points: int) -> int:
    """The mark whose anchor is shown for a mean: the lower one of two."""
    return int(share * points)


def _seat_line(one: Seat, names: Mapping[int, str]) -> SeatLine:
    word, tag = {
        SeatState.INVITED: (_("已邀请"), ""),
        SeatState.DECLINED: (_("推辞了"), "warn"),
        SeatState.SUBMITTED: (_("已评"), "pass"),
    }[SeatState(one.state)]
    return SeatLine(
        id=one.id,
        name=names.get(one.assessor_id, ""),
        role=words.role(SeatRole(one.role), Party(one.party) if one.party else None),
        state=word,
        tag=tag,
        because=one.because,
        since=one.answered_at or one.invited_at,
    )


# ---------------------------------------------------------------- free seats


Wanted = tuple[SeatRole, Party | None, str]


def free_seats(
    row: Performance, pairs: Sequence[tuple[Seat, RatedMark]], appeal: Appeal | None
) -> list[Wanted]:
    """The seats somebody has to be asked for now: role, panel's place, why."""
    _form, rules = frozen(row)
    seats = [one for one in lists.seats_of([row.id]).get(row.id, []) if one.state != "declined"]
    if row.state == PerformanceState.RELEASED:
        waits = appeal is not None and appeal.state in {AppealState.OPEN, AppealState.MARKING}
        if not waits or any(one.role == SeatRole.APPEAL for one in seats):
            return []
        return [(SeatRole.APPEAL, None, _("学员申诉了，要请一位没有评过的评委复评。"))]
    if row.state not in RUNNING:
        return []
    first = _first_seats(row, rules, seats)
    if first:
        return first
    found = _free_role(row, rules, pairs, seats)
    return [] if found is None else [found]


def _first_seats(row: Performance, rules: RatedRules, seats: Sequence[Seat]) -> list[Wanted]:
    """Everything to fill before the marking can begin."""
    found: list[Wanted] = []
    for role, n in rated.seats_at_start(rules, row.evidence_kind):
        left = n - sum(one.role == role for one in seats)
        places: list[Party | None] = [None] * left
        if role is SeatRole.PANEL:
            held = {one.party for one in seats if one.role == SeatRole.PANEL}
            open_ = [party for party in rules.panel if party.value not in held]
            places = [*open_, *places][:left]
        found += [(role, party, "") for party in places]
    return found


def _free_role(
    row: Performance,
    rules: RatedRules,
    pairs: Sequence[tuple[Seat, RatedMark]],
    seats: Sequence[Seat],
    errors: Errors | None = None,
) -> tuple[SeatRole, Party | None, str] | None:
    taken = {role: sum(one.role == role for one in seats) for role in SeatRole}
    for role, n in rated.seats_at_start(rules, row.evidence_kind):
        if taken[role] < n:
            return role, _place(rules, seats) if role is SeatRole.PANEL else None, ""
    found = settlement(row, pairs, seats=taken[SeatRole.PEER], errors=errors)
    if isinstance(found, Settled) or found.role is SeatRole.PEER:
        return None
    given = sum(seat.role == found.role for seat, _mark in pairs)
    return (found.role, None, words.wanted(found)) if taken[found.role] < given + found.n else None


def _place(rules: RatedRules, seats: Sequence[Seat]) -> Party | None:
    held = {one.party for one in seats if one.role == SeatRole.PANEL}
    return next((party for party in rules.panel if party.value not in held), None)


def _free(
    row: Performance,
    pairs: Sequence[tuple[Seat, RatedMark]],
    appeal: Appeal | None,
    tried: Tried,
    *,
    today: date,
    q: str,
) -> tuple[FreeSeat, ...]:
    """The seats to fill with who could; people are looked up once for seats of one kind."""
    known: dict[tuple[SeatRole, Party | None], list[Candidate]] = {}
    found = []
    for place, (role, party, why) in enumerate(free_seats(row, pairs, appeal)):
        is_first = (role, party) not in known
        if is_first:
            known[role, party] = queries.candidates(row, role, party, day=today, text=q)
        rows, chosen = known[role, party], tried.chosen.get(place, 0)
        fit = [one for one in rows if one.conflict is None]
        # Who cannot at all is told only to somebody who looks for him.
        unfit = [
            one for one in rows if one.conflict is not None and one.conflict is not Conflict.SELF
        ]
        # Whoever was chosen stays chosen, so that the reason below the seat has its name.
        shown = fit[:MOST_OFFERED]
        shown += [one for one in rows if one.id == chosen and one not in shown]
        found.append(
            FreeSeat(
                role=role.value,
                party=party.value if party else "",
                label=words.role(role, party),
                why=why,
                offers=tuple(_offer(one) for one in shown),
                refused=tuple(_offer(one) for one in unfit[:MOST_OFFERED])
                if q and is_first
                else (),
                chosen=chosen,
                error=tried.errors.get(place, ""),
            )
        )
    return tuple(found)


def _offer(one: Candidate) -> Offer:
    meta = [one.unit] if one.unit else []
    if one.tenure is not None and one.tenure >= 0:
        meta.append(_("入职 %(n)s 天", n=one.tenure))
    if one.asked:
        meta.append(_("相关能力 %(n)s / %(all)s 项达到 L3", n=one.levels, all=one.asked))
    meta.append(_("手上 %(n)s 份待评", n=one.load) if one.load else _("手上没有待评的"))
    return Offer(
        id=one.id,
        name=one.name,
        meta=tuple(meta),
        reason="" if one.conflict is None else words.conflict(one.conflict),
    )


def _appeal(
    row: Performance,
    one: Appeal | None,
    names: Mapping[int, str],
    *,
    now: datetime,
    is_own: bool,
    is_organiser: bool,
) -> AppealBox:
    if one is None:
        until = services.appeal_until(row)
        return AppealBox(is_own and services.may_appeal(row, now=now), until, "", "", "", "")
    word = {
        AppealState.OPEN: _("等着安排另一位评委"),
        AppealState.MARKING: _("另一位评委在看"),
        AppealState.KEPT: _("维持原来的结果"),
        AppealState.CHANGED: _("改了结果"),
    }[AppealState(one.state)]
    shows = not row.is_blind or is_organiser
    by = names.get(one.decided_by_id, "") if one.decided_by_id and shows else ""
    return AppealBox(
        may=False,
        until=None,
        reason=one.reason if is_own or is_organiser else "",
        state=word,
        decision=one.decision,
        by=by,
    )


# ---------------------------------------------------------------- lists


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One thing to do in the list of what is to be assessed. `about`: enrolment and activity, where
    it is a step of a track; `planned_by`: who planned it."""

    seat_id: int
    title: str
    subject: str
    role: str
    happens_on: date | None
    is_late: bool
    url: str
    button: str
    note: str = ""
    about: tuple[int, str] | None = None
    planned_by: int | None = None


def _about(row: Performance) -> tuple[int, str] | None:
    return None if row.enrolment_id is None else (row.enrolment_id, row.activity_id)


@dataclass(frozen=True, slots=True)
class QueuePage:
    """What waits for one's own mark, what to arrange, what one has marked."""

    mine: tuple[QueueLine, ...]
    answers: tuple[QueueLine, ...]
    arrange: tuple[QueueLine, ...]
    given: tuple[QueueLine, ...]


def queue_page(actor: Actor, *, today: date, lang: str, may_plan: bool) -> QueuePage:
    """The list "to assess". Five SELECTs, eight for those who plan."""
    mine, given = lists.invited(actor.id), lists.given(actor.id)
    arrange = lists.to_arrange(actor, day=today) if may_plan else []
    appeals = lists.appeals_to_assign(actor, day=today) if may_plan else []
    rows = [row for _seat, row in (*mine, *given, *appeals)] + arrange
    names = people.names({row.person_id for row in rows})
    ids = [row.id for row in arrange]
    seats = lists.seats_of(ids)
    marks = marks_of(ids)
    errors = Errors()
    return QueuePage(
        mine=tuple(_own_line(seat, row, names, today, lang) for seat, row in mine),
        answers=tuple(_answer_line(one, lang) for one in answers.waiting_answers(actor))
        if may("mark.give")
        else (),
        arrange=(
            *(
                _appeal_line(row, names, lang)
                for _appeal, row in appeals
                if row.person_id != actor.id
            ),
            *(
                line
                for row in arrange
                if row.person_id != actor.id
                for line in _arrange_lines(
                    row,
                    seats.get(row.id, []),
                    marks.get(row.id, []),
                    names,
                    today,
                    lang,
                    errors,
                )
            ),
        ),
        given=tuple(
            QueueLine(
                seat_id=seat.id,
                title=text_in(row.title, lang),
                subject=subject(row, names),
                role=words.role(SeatRole(seat.role)),
                happens_on=row.happens_on,
                is_late=False,
                url=url_for("ratings.seat", seat_id=seat.id),
                button=_("看我的评分"),
                note=words.state(row.state)[0],
            )
            for seat, row in given
        ),
    )


def _answer_line(one: answers.WaitingAnswer, lang: str) -> QueueLine:
    return QueueLine(
        seat_id=0,
        title=(one.title_en if lang == "en" else None) or one.title,
        subject=_("第 %(n)s 题", n=one.position),
        role=_("简答题的评分有申诉"),
        happens_on=local_day(one.row.at, zone()),
        is_late=False,
        url=url_for("ratings.answer_desk", appeal_id=one.appeal_id),
        button=_("去评分"),
    )


def _own_line(
    seat: Seat, row: Performance, names: Mapping[int, str], today: date, lang: str
) -> QueueLine:
    is_decision = seat.state == SeatState.SUBMITTED
    return QueueLine(
        seat_id=seat.id,
        title=text_in(row.title, lang),
        subject=subject(row, names),
        role=words.role(SeatRole(seat.role), Party(seat.party) if seat.party else None),
        happens_on=row.happens_on,
        is_late=row.happens_on < today,
        url=url_for("ratings.seat", seat_id=seat.id),
        button=_("作决定")
        if is_decision
        else _("看情景")
        if row.happens_on > today
        else _("去评分"),
        about=_about(row),
    )


def _appeal_line(row: Performance, names: Mapping[int, str], lang: str) -> QueueLine:
    return QueueLine(
        seat_id=0,
        title=text_in(row.title, lang),
        subject=names.get(row.person_id, ""),
        role=_("申诉，要请另一位评委"),
        happens_on=row.happens_on,
        is_late=True,
        url=url_for("ratings.performance", performance_id=row.id),
        button=_("请评委"),
        planned_by=row.created_by_id,
    )


def _arrange_lines(
    row: Performance,
    seats: Sequence[Seat],
    pairs: Sequence[tuple[Seat, RatedMark]],
    names: Mapping[int, str],
    today: date,
    lang: str,
    errors: Errors,
) -> list[QueueLine]:
    """A line where somebody has to be asked or a result be released."""
    _form, rules = frozen(row)
    live = [one for one in seats if one.state != SeatState.DECLINED]
    if row.state == PerformanceState.SETTLED:
        what, button = words.state(row.state)[0], _("公布")
    else:
        found = _free_role(row, rules, pairs, live, errors)
        if found is None:
            return []
        what, button = _("还缺：%(role)s", role=words.role(found[0], found[1])), _("请评委")
    return [
        QueueLine(
            seat_id=0,
            title=text_in(row.title, lang),
            subject=names.get(row.person_id, ""),
            role=what,
            happens_on=row.happens_on,
            is_late=row.happens_on < today,
            url=url_for("ratings.performance", performance_id=row.id),
            button=button,
            about=_about(row),
            planned_by=row.created_by_id,
        )
    ]


# ---------------------------------------------------------------- written answers


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """A marked written answer of one's own, with the appeal against its mark."""

    position: int
    points: str
    comment: str
    reason: str
    state: str
    decision: str


@dataclass(frozen=True, slots=True)
class AnswersPage:
    """The written answers of a released test. `until`: the last day for an appeal, None: over."""

    attempt_id: int
    title: str
    until: date | None
    lines: tuple[AnswerLine, ...]


def answers_page(attempt_id: int, actor: Actor, *, today: date, lang: str) -> AnswersPage:
    """One's own released test. Raises NotFoundError. Three SELECTs."""
    attempt = attempt_of(attempt_id, actor.id)
    until = services.answer_appeal_until(attempt)
    if until is None:
        raise NotFoundError
    return AnswersPage(
        attempt_id=attempt_id,
        title=(attempt.title_en if lang == "en" else None) or attempt.title,
        until=until if today <= until else None,
        lines=tuple(_answer(one) for one in answers.marked_answers(attempt_id)),
    )


def _answer(one: answers.MarkedAnswer) -> AnswerLine:
    word = {
        AppealState.OPEN: _("等另一位评分人来看"),
        AppealState.KEPT: _("维持原来的结果"),
        AppealState.CHANGED: _("改了结果"),
    }
    appeal = one.appeal
    return AnswerLine(
        position=one.position,
        points=show_points(one.points),
        comment=one.comment,
        reason="" if appeal is None else appeal.reason,
        state="" if appeal is None else word[AppealState(appeal.state)],
        decision="" if appeal is None else appeal.decision,
    )


@dataclass(frozen=True, slots=True)
class AnswerDesk:
    """An answer that is appealed against, without the name and the old mark."""

    appeal_id: int
    title: str
    position: int
    reason: str
    stem_html: str
    text: str
    maximum: str
    criteria: tuple[tuple[str, str], ...]
    model_html: str


def answer_to_decide(appeal_id: int, actor: Actor) -> AnswerAppeal:
    """The appeal. Raises NotFoundError for none, and for who marked the answer before."""
    one = answers.appeal(appeal_id)
    if one is None or actor.id in answers.markers(one.attempt_id, one.position):
        raise NotFoundError
    return one


def answer_desk(appeal_id: int, actor: Actor, *, lang: str) -> AnswerDesk:
    """The desk of an appeal. Raises NotFoundError outside the marker's scope, or for who marked
    the answer before."""
    one = answer_to_decide(appeal_id, actor)
    if one.state != AppealState.OPEN:
        raise NotFoundError
    sheet = grading.sheet(actor, one.attempt_id, one.position)
    body = sheet.item.body if isinstance(sheet.item.body, ShortAnswer) else ShortAnswer()
    return AnswerDesk(
        appeal_id=appeal_id,
        title=(sheet.title_en if lang == "en" else None) or sheet.title,
        position=one.position,
        reason=one.reason,
        stem_html=render(text_in(sheet.item.stem, lang)),
        text=sheet.text,
        maximum=show_points(sheet.item.points),
        criteria=tuple((text_in(c.point, lang), show_points(c.points)) for c in body.rubric),
        model_html=render(text_in(body.model_answer, lang)) if body.model_answer else "",
    )


# ---------------------------------------------------------------- assessors


@dataclass(frozen=True, slots=True)
class AssessorLine:
    """One assessor: figures as shown, empty where there are too few."""

    name: str
    n: int
    difference: str
    interval: str
    call: str
    lo: float
    hi: float
    centre: float | None


def assessor_lines(*, since: datetime) -> tuple[AssessorLine, ...]:
    """The page of assessors, strictest first. Two SELECTs."""
    return tuple(_assessor(one) for one in lists.severity_rows(since=since))


def _assessor(row: lists.AssessorRow) -> AssessorLine:
    one = row.severity
    if one.difference is None or one.lo is None or one.hi is None:
        return AssessorLine(row.name, one.n, "", "", _("场次太少"), 0, 0, None)
    call = _("看不出偏严或偏松")
    if one.hi < 0:
        call = _("偏严")
    elif one.lo > 0:
        call = _("偏松")
    return AssessorLine(
        name=row.name,
        n=one.n,
        difference=f"{one.difference:+.1f}",
        interval=f"{one.lo:+.1f} – {one.hi:+.1f}",
        call=call,
        lo=one.lo,
        hi=one.hi,
        centre=one.difference,
    )
