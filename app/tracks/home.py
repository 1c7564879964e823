"""View models of the track pages: everything a template prints, computed here once."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

from flask import current_app, url_for
from flask_babel import gettext, pgettext

from app.accounts.queries import PersonIds
from app.assessments.pages import used_up_text
from app.assessments.queries.cards import AssignmentCard, cards_of
from app.competency import queries as competency
from app.competency.queries import StoredLevel
from app.domain.competency import Call, Status
from app.domain.enrolment import THROUGH, State
from app.domain.framework import Framework
from app.domain.items import text_in
from app.domain.progress import (
    Progress,
    StageProgress,
    StageState,
    StepProgress,
    StepState,
    due_on,
)
from app.domain.stuck import counting, needed, next_step
from app.domain.tracks import (
    Activity,
    ActivityKind,
)
from app.kernel.auth import Actor, may, view_of
from app.kernel.clock import local_day
from app.kernel.i18n import show_days_late, show_points
from app.tracks import duties, queries
from app.tracks.board import day_of, plan_days
from app.tracks.duties import Sight
from app.tracks.models import TrackVersion
from app.tracks.standing import (
    Circle,
    GateLine,
    NeedLine,
    StateLine,
    circle_of,
    gate_line,
    is_learners_turn,
    state_line,
    step_waits,
)
from app.tracks.stuckwords import DOORS, allowed, enrolment_url, framework_now, waits
from app.tracks.words import kind_name, state_name

_: Callable[..., str] = gettext

FAR: Final = datetime.max.replace(tzinfo=UTC)
MOST_LEVELS: Final = 6
# So many work lists stand open; the others are folded below them.
FIRST_QUEUES: Final = 8
SHAPES: Final = {
    Status.SUFFICIENT: "full",
    Status.PROVISIONAL: "half",
    Status.INSUFFICIENT: "none",
    Status.STALE: "stale",
}
CALLS: Final = {Call.MET: "pass", Call.GAP: "gap", Call.UNDECIDED: "open"}


@dataclass(frozen=True, slots=True)
class StepLine:
    """One activity on a page. `url` and `button` empty when there is nothing to open.

    `is_open`: the learner can do something about it now; an exam that waits for its marks is not:
    that is `is_handed_in`.
    """

    title: str
    kind: ActivityKind
    state: StepState
    meta: tuple[str, ...]
    url: str
    button: str
    is_open: bool
    is_primary: bool = False
    is_handed_in: bool = False


@dataclass(frozen=True, slots=True)
class DayMark:
    """One tile of the strip of stages."""

    number: int
    label: str
    state: StageState
    is_today: bool


@dataclass(frozen=True, slots=True)
class PathView:
    """One track of a learner. `late`: what is late or due today in other stages than the
    one it opens on."""

    slug: str
    title: str
    headline: str
    day_text: str
    state: StateLine | None
    today: date
    minutes_left: int
    done: int
    total: int
    days: tuple[DayMark, ...]
    stage_title: str
    stage_done: int
    stage_total: int
    steps: tuple[StepLine, ...]
    gate: GateLine | None
    stages: tuple["StageView", ...]
    is_passed: bool
    late: tuple[StepLine, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage of a track page."""

    title: str
    state: StageState
    steps: tuple[StepLine, ...]
    gate: GateLine | None


@dataclass(frozen=True, slots=True)
class Home:
    """The home page; `queues` is what waits for the reader, `ways` lead to the work of her roles,
    `sight` is what the boards say of others.

    `is_leading`: others wait for this reader or are her people, so that this comes before one's own
    learning; `headline` then says how it stands.
    """

    today: date
    path: PathView | None
    other_paths: tuple[PathView, ...]
    due: tuple["CardLine", ...]
    results: tuple["ResultLine", ...]
    queues: tuple["WorkLine", ...]
    ways: tuple["WorkLine", ...]
    sight: Sight
    levels: tuple["LevelLine", ...]
    levels_url: str
    is_leading: bool = False
    headline: str = ""
    mentees_url: str = ""
    first_queues: int = FIRST_QUEUES


@dataclass(frozen=True, slots=True)
class CardLine:
    """An assignment to do: what the button says and what to know before."""

    title: str
    notes: tuple[str, ...]
    url: str
    button: str


@dataclass(frozen=True, slots=True)
class ResultLine:
    """An attempt handed in. `total` empty while it waits; `waits` says for what."""

    title: str
    url: str
    submitted_at: datetime | None
    total: str
    maximum: str
    passed: bool | None
    waits: str


@dataclass(frozen=True, slots=True)
class LevelLine:
    """One competency of one's own: `shape`, `lo`, `hi`, `m`, `target`, `call` draw the interval.

    `say` is it in words; with too little evidence there is no number in any of them.
    """

    name: str
    shape: str
    say: str
    lo: float
    hi: float
    m: float
    target: float | None
    call: str


@dataclass(frozen=True, slots=True)
class WorkLine:
    """A `Queue` as the page prints it: since when, in words."""

    title: str
    meta: str
    url: str
    button: str
    waits: str = ""
    is_late: bool = False
    count: int = 1


def home(actor: Actor, *, now: datetime, lang: str) -> Home:
    """Everything on the home page. A fixed number of SELECTs."""
    today = local_day(now, actor.timezone)
    cards = cards_of(actor.id, now=now, lang=lang)
    standings = queries.standings(actor.id, now=now, timezone=actor.timezone, cards=cards)
    in_tracks = {
        card.assignment_id for standing in standings for card in standing.assignments.values()
    }
    loose = [c for c in cards if c.assignment_id not in in_tracks and c.is_to_do(now)]
    loose.sort(key=lambda c: (c.due_at or c.closes_at or FAR, c.assignment_id))
    at = _Reader(circle_of(actor.id, standings, now=now), framework_now(), today, now, lang)
    views = [_path(standing, at, besides=len(loose)) for standing in standings]
    views.sort(key=lambda view: view.is_passed)
    recent = sorted(
        ((card.submitted_at, card.assignment_id, card) for card in cards if card.submitted_at),
        reverse=True,
    )
    seen = duties.sight(actor, now=now, lang=lang)
    work, known = _work(actor, seen, today, now, lang)
    # Who is through with her own path comes for the others' work, an assessor too.
    is_through = bool(work) and all(view.is_passed for view in views)
    is_leading = (is_through or actor.roles != {"learner"}) and bool(work or known or seen.boards)
    return Home(
        today=today,
        path=views[0] if views else None,
        other_paths=tuple(views[1:]),
        due=tuple(_card_line(card, now) for card in loose),
        results=tuple(_result_line(card) for _at, _id, card in recent[:5]),
        queues=tuple(work),
        ways=(*known, *_ways(but=_told(known, seen))),
        sight=seen,
        levels=tuple(_levels(actor, lang)),
        levels_url=_way("reports.own"),
        is_leading=is_leading,
        headline=_leading(work, seen),
        mentees_url=allowed("fieldwork.mentees"),
    )


def _told(known: Sequence["WorkLine"], seen: Sight) -> set[str]:
    """The rights whose way stands on the page already."""
    return {
        right for right, is_told in (("team.read", known), ("board.read", seen.boards)) if is_told
    }


def _leading(work: Sequence["WorkLine"], seen: Sight) -> str:
    """How much waits for the reader, and how her people stand."""
    mine = (
        _("有 %(n)s 件事等您", n=sum(one.count for one in work)) if work else _("现在没有等您的事")
    )
    return _("；").join([mine, seen.say]) if seen.say else str(mine)


def _work(
    actor: Actor, seen: Sight, today: date, now: datetime, lang: str
) -> tuple[list[WorkLine], list[WorkLine]]:
    """What waits for this person on the boards and in all rooms, each thing once: late first, then
    what has waited longest; and what is good to know."""
    rooms = current_app.extensions.get("inboxes", {})
    told = [queue for find in rooms.values() for queue in find(actor, now=now, lang=lang)]
    found = duties.merged(seen.mine, told)
    found.sort(key=lambda one: (not one.is_late, one.since or date.max))
    work = [_work_line(one, today) for one in found if not one.is_info]
    return work, [_work_line(one, today) for one in found if one.is_info]


def _work_line(one: duties.Queue, today: date) -> WorkLine:
    return WorkLine(
        title=one.title,
        meta=one.meta,
        url=one.url,
        button=one.button,
        waits=waits(one.since, today) if one.since else "",
        is_late=one.is_late,
        count=one.count,
    )


def _way(endpoint: str) -> str:
    """The address of a page of another room; empty when this build leaves the room out."""
    return url_for(endpoint) if view_of(current_app, endpoint) else ""


def _levels(actor: Actor, lang: str) -> list[LevelLine]:
    """Own levels where something is expected, heaviest first, then in framework order."""
    current = competency.in_force()
    if current is None:
        return []
    expected = [one for one in competency.levels_for([actor.id])[actor.id] if one.expected]
    heaviest = sorted(expected, key=lambda one: -(one.weight or 0))[:MOST_LEVELS]
    return [_level(one, current.framework, lang) for one in expected if one in heaviest]


def _level(one: StoredLevel, framework: Framework, lang: str) -> LevelLine:
    found = framework.competency(one.competency)
    cuts = {"L1": 0.0} | {level.value: cut for level, cut in framework.formula.level_cuts.items()}
    figures = one.status is not Status.INSUFFICIENT
    return LevelLine(
        name=text_in(found.name, lang) if found else one.competency,
        shape=SHAPES[one.status],
        say=_say(one),
        lo=one.lo if figures else 0,
        hi=one.hi if figures else 0,
        m=one.mean if figures else 0,
        target=cuts[one.expected.value] if one.expected else None,
        call=CALLS[one.call] if one.call else "",
    )


def _say(one: StoredLevel) -> str:
    span = {"lo": round(one.lo), "hi": round(one.hi), "expected": one.expected}
    match one.status:
        case Status.INSUFFICIENT:
            return _("证据不足，期望 %(expected)s", expected=one.expected)
        case Status.PROVISIONAL:
            return _("暂定 %(lo)s–%(hi)s，期望 %(expected)s", **span)
        case Status.STALE:
            return _("%(on)s 以后没有新证据", on=one.newest_on)
        case Status.SUFFICIENT:
            return _("%(level)s，期望 %(expected)s", level=one.level, expected=one.expected)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who reads, and when: what every line of a track needs."""

    circle: Circle
    framework: Framework | None
    today: date
    now: datetime
    lang: str


def paths(actor: Actor, *, now: datetime, lang: str) -> list[PathView]:
    """A learner's own tracks."""
    today = local_day(now, actor.timezone)
    cards = cards_of(actor.id, now=now, lang=lang)
    found = queries.standings(actor.id, now=now, timezone=actor.timezone, cards=cards)
    at = _Reader(circle_of(actor.id, found, now=now), framework_now(), today, now, lang)
    return [_path(standing, at) for standing in found]


def _card_line(card: AssignmentCard, now: datetime, *, is_needed: bool = True) -> CardLine:
    """`is_needed`: a gate ahead asks for it."""
    start = url_for("assessments.start_page", assignment_id=card.assignment_id)
    notes = []
    if card.limit_seconds:
        notes.append(_("限时 %(n)s 分钟", n=card.limit_seconds // 60))
    if card.attempts_allowed > 1:
        notes.append(_("还可考 %(n)s 次", n=card.attempts_left))
    if card.open_attempt_id is not None:
        return CardLine(
            card.title,
            (*notes, _("已开始，还没交")),
            url_for("assessments.take", attempt_id=card.open_attempt_id),
            _("继续"),
        )
    if card.is_to_do(now):
        button = _("再考一次") if card.attempts_used else _("开始")
        if card.attempts_used:
            notes.append(_("上次没有通过"))
        return CardLine(card.title, tuple(notes), start, button)
    if card.last_attempt_id is not None:
        url = url_for("assessments.result", attempt_id=card.last_attempt_id)
        word = _waits(card) if card.is_waiting else _("通过") if card.passed else _("未通过")
        said = [word]
        if card.is_used_up:
            said.append(used_up_text(card.attempts_allowed, is_needed=is_needed))
        return CardLine(card.title, tuple(said), url, _("看成绩"))
    return CardLine(card.title, tuple(notes), "", "")


def _waits(card: AssignmentCard) -> str:
    return _("等待公布") if card.is_marked else _("等待评分")


def _result_line(card: AssignmentCard) -> ResultLine:
    return ResultLine(
        title=card.title,
        url=url_for("assessments.result", attempt_id=card.last_attempt_id),
        submitted_at=card.submitted_at,
        total="" if card.total is None else show_points(card.total),
        maximum=show_points(card.maximum),
        passed=card.passed_last,
        waits=_waits(card) if card.total is None else "",
    )


def _ways(*, but: Collection[str]) -> list[WorkLine]:
    """The ways to the work of the other roles, by right; each page has its own figures."""
    ways = (
        ("mark.give", "grading.queue", _("评分"), _("待评的简答题，姓名隐藏"), _("去评分")),
        (
            "assessment.monitor",
            "assessments.index",
            _("测验安排"),
            _("出卷、布置、看谁还没考"),
            _("打开"),
        ),
        (
            "board.read",
            "tracks.boards_index",
            _("培训看板"),
            _("谁走到哪里、卡在哪里、该谁做什么"),
            _("看看板"),
        ),
        (
            "team.read",
            "reviews.index",
            _("团队"),
            _("差距、待补证据、通过率，可以一路点到原始记录"),
            _("看团队"),
        ),
        (
            "people.edit",
            "admin.people",
            _("人员"),
            _("建账号、调组、重设密码、看审计"),
            _("打开"),
        ),
        ("job.manage", "admin.jobs", _("后台"), _("谁在干活，什么在等，哪里没有做成。"), _("打开")),
    )
    return [
        WorkLine(title, meta, url, button)
        for right, endpoint, title, meta, button in ways
        for url in [_way(endpoint)]
        if url and may(right) and right not in but
    ]


def _path(standing: queries.Standing, at: _Reader, *, besides: int = 0) -> PathView:
    """A track as its person sees it. `besides`: what is to be done apart from it."""
    state = standing.progress
    title = text_in(state.track.title, at.lang)
    found = [_stage(standing, stage, at) for stage in state.stages]
    now_index = _opens_on(state, found)
    stages = _with_primary(found, now_index)
    steps = stages[now_index].steps
    late = _late(state, stages, now_index)
    left = [
        step.activity
        for step, line in zip(state.stages[now_index].steps, steps, strict=True)
        if line.is_open
    ]
    return PathView(
        slug=standing.slug,
        title=title,
        headline=_headline(standing, len(left) + sum(one.is_open for one in late) + besides, title),
        day_text=_day_text(state),
        state=state_line(standing, at.circle, at.today, at.lang),
        today=at.today,
        minutes_left=sum(_minutes(activity) for activity in left),
        done=state.done,
        total=state.total,
        days=tuple(
            DayMark(number, _day_label(stage), stage.state, number == now_index + 1)
            for number, stage in enumerate(state.stages, start=1)
        ),
        stage_title=stages[now_index].title,
        stage_done=sum(step.state in {StepState.DONE, StepState.WAIVED} for step in steps),
        stage_total=len(steps),
        steps=steps,
        gate=next((s.gate for s in stages if s.gate is not None and not s.gate.is_passed), None),
        stages=stages,
        is_passed=state.is_passed,
        late=tuple(late),
        url=enrolment_url(standing.enrolment_id),
    )


def _opens_on(state: Progress, stages: Sequence["StageView"]) -> int:
    """The number of the stage to show: the one of today where something can be done, else the first
    such behind the last passed gate. One that only waits for marks must not hide the next day."""
    passed = [n for n, one in enumerate(state.stages) if one.gate and one.gate.is_passed]
    ahead = passed[-1] + 1 if passed else 0
    can_do = [n for n, stage in enumerate(stages) if any(step.is_open for step in stage.steps)]
    due = {n: _due_today(state, stages[n], n) for n in can_do}
    today = sorted((n for n in can_do if due[n]), key=lambda n: (-due[n], -n))
    rest = [n for n, one in enumerate(state.stages) if n >= ahead and one.left]
    open_gate = [n for n, one in enumerate(state.stages) if one.gate and not one.gate.is_passed]
    wanted = [*today, *(n for n in can_do if n >= ahead), *rest, *open_gate, *can_do]
    return [*wanted, len(stages) - 1][0]


def _due_today(state: Progress, view: "StageView", number: int) -> int:
    """How many steps of a stage can be done and are due today."""
    pairs = zip(state.stages[number].steps, view.steps, strict=True)
    return sum(line.is_open and step.due_on == state.today for step, line in pairs)


def _late(state: Progress, stages: Sequence["StageView"], now_index: int) -> list[StepLine]:
    """What is late or due today in other stages, those left behind a passed gate apart."""
    counts = {step.activity.id for step in counting(state)}
    return [
        line
        for n, (stage, view) in enumerate(zip(state.stages, stages, strict=True))
        if n != now_index
        for step, line in zip(stage.steps, view.steps, strict=True)
        if step.activity.id in counts
        and not line.is_handed_in
        and not step.is_finished
        and (step.state is StepState.LATE or step.due_on == state.today)
    ]


def _day_text(state: Progress) -> str:
    """Which day it is of how many."""
    plan = plan_days(state.track)
    if state.is_passed or state.day_number < 1 or plan is None:
        return ""
    return day_of(state.day_number, plan)


def _headline(standing: queries.Standing, left: int, title: str) -> str:
    state = standing.progress
    if standing.state is State.PAUSED:
        return _("%(track)s 暂停中", track=title)
    if state.is_passed:
        if state.done == state.total:
            return _("%(track)s 已全部完成", track=title)
        # Every gate is passed; what lies beside them was not asked for.
        return _(
            "%(track)s 已过关，做完 %(done)s / %(total)s 项",
            track=title,
            done=state.done,
            total=state.total,
        )
    if state.day_number < 1:
        return _("还有 %(n)s 天开始", n=1 - state.day_number)
    if left == 0:
        return _("第 %(day)s 天，现在没有要做的", day=state.day_number)
    return _("第 %(day)s 天，还有 %(n)s 件事", day=state.day_number, n=left)


def _day_label(stage: StageProgress) -> str:
    match stage.state:
        case StageState.DONE:
            return _("已完成")
        case StageState.LATE:
            return _("差 %(n)s 项", n=stage.left)
        case StageState.TODAY:
            return _("今天")
        case StageState.OPEN:
            return _("未开始")


def _minutes(activity: Activity) -> int:
    if activity.lesson is not None:
        return activity.lesson.minutes or 10
    return 30 if activity.exam is not None else 0


def _stage(standing: queries.Standing, stage: StageProgress, at: _Reader) -> StageView:
    gate = None
    if stage.gate is not None:
        lines = {
            one.activity.id: _step(standing, one, at)
            for other in standing.progress.stages
            for one in other.steps
        }
        steps = {
            slug: NeedLine(line.title, line.meta, line.url, line.button)
            for slug, line in lines.items()
        }
        gate = gate_line(standing, stage.gate, steps, at.circle, at.framework, at.today, at.lang)
    return StageView(
        title=text_in(stage.stage.title, at.lang),
        state=stage.state,
        steps=tuple(_step(standing, step, at) for step in stage.steps),
        gate=gate,
    )


def _step(standing: queries.Standing, step: StepProgress, at: _Reader) -> StepLine:
    activity = step.activity
    card = standing.assignments.get(activity.id)
    url, button, can_do = "", "", False
    is_handed_in = card is not None and card.is_waiting
    # What is handed in waits for its marks: no date speaks to the learner any more.
    meta = [] if is_handed_in else list(_when(standing.progress, step, at.today))
    if activity.lesson is not None:
        can_do = True
        url = url_for("tracks.lesson", slug=standing.slug, activity_id=activity.id)
        button = _("再看") if step.state is StepState.DONE else _("开始读")
        meta.insert(0, _("课程，%(n)s 分钟", n=_minutes(activity)))
    elif card is not None:
        is_needed = activity.id in needed(standing.progress)
        line = _card_line(card, at.now, is_needed=is_needed)
        url, button = line.url, line.button
        can_do = card.open_attempt_id is not None or card.is_to_do(at.now)
        meta = [pgettext("kind", "测验"), *meta, *line.notes]
    elif door := _door(standing, activity):
        url, can_do = door, is_learners_turn(standing, activity, at.circle)
        button = _("打开") if can_do and not step.is_finished else _("查看")
        meta.insert(0, kind_name(activity.kind))
    else:
        meta.insert(0, _("线下进行，由带教人安排"))
    if activity.times > 1 and not step.is_finished:
        meta.append(_("已做 %(n)s 次，要 %(needed)s 次", n=step.times, needed=activity.needed))
    if activity.lesson is None and card is None and not step.is_finished:
        meta += step_waits(standing, activity, at.circle, at.today)
    if step.state is StepState.WAIVED:
        meta.append(_("免做"))
    return StepLine(
        title=text_in(activity.title, at.lang),
        kind=activity.kind,
        state=step.state,
        meta=tuple(meta),
        url=url,
        button=button,
        is_open=can_do and not step.is_finished,
        is_handed_in=is_handed_in,
    )


def _door(standing: queries.Standing, activity: Activity) -> str:
    endpoint = DOORS.get(activity.kind)
    if endpoint is None or view_of(current_app, endpoint) is None:
        return ""
    return url_for(endpoint, enrolment_id=standing.enrolment_id, activity_id=activity.id)


def _with_primary(stages: Sequence[StageView], now_index: int) -> tuple[StageView, ...]:
    """The first open step from the stage shown on has the one filled button of the page."""
    ordered = [*stages[now_index:], *stages[:now_index]]
    first = next((step for stage in ordered for step in stage.steps if step.is_open), None)
    return tuple(
        replace(
            stage,
            steps=tuple(replace(step, is_primary=step is first) for step in stage.steps),
        )
        for stage in stages
    )


def _when(state: Progress, step: StepProgress, today: date) -> Sequence[str]:
    if step.due_on is None or step.state is StepState.DONE:
        return ()
    if not step.is_finished and step not in counting(state):
        return (_("已过关，可以不做"),)  # left behind a passed gate: nobody asks for it
    days = (step.due_on - today).days
    if days < 0:
        return (show_days_late(-days),)
    if days == 0:
        return (_("今天 23:59 前"),)
    return (_("明天到期") if days == 1 else _("%(n)s 天后到期", n=days),)


# ------------------------------------------------------------------ for those who run tracks


@dataclass(frozen=True, slots=True)
class TrackLine:
    """A track in the list."""

    slug: str
    title: str
    tier: str
    number: int
    activities: int
    enrolled: int
    loaded_at: datetime


def track_rows(lang: str) -> list[TrackLine]:
    """All tracks with their words."""
    return [
        TrackLine(
            row.slug,
            text_in(row.title, lang),
            tier_name(row.tier),
            row.number,
            row.activities,
            row.enrolled,
            row.loaded_at,
        )
        for row in queries.track_list()
    ]


def tier_name(tier: str) -> str:
    """The name of a tier."""
    names = {"new-hire": _("新人层"), "backbone": _("骨干层"), "manager": _("管理层")}
    return names.get(tier, tier)


@dataclass(frozen=True, slots=True)
class TrackActivity:
    """One activity of a track, whoever reads."""

    title: str
    kind: ActivityKind
    due_day: int | None
    url: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrackPage:
    """A track as a whole: stages with activities."""

    slug: str
    title: str
    tier: str
    number: int
    loaded_at: datetime
    stages: tuple[tuple[str, tuple[TrackActivity, ...]], ...]


def track_page(version: TrackVersion, *, lang: str) -> TrackPage:
    """The newest version of a track."""
    track = queries.track_of(version)
    return TrackPage(
        slug=version.slug,
        title=text_in(track.title, lang),
        tier=tier_name(track.tier),
        number=version.number,
        loaded_at=version.loaded_at,
        stages=tuple(
            (
                text_in(stage.title, lang),
                tuple(_activity(version.slug, activity, lang) for activity in stage.activities),
            )
            for stage in track.stages
        ),
    )


def _activity(slug: str, activity: Activity, lang: str) -> TrackActivity:
    facts = []
    if activity.exam is not None:
        facts.append(_("题库 %(bank)s", bank=activity.exam.bank))
        if activity.exam.attempts:
            facts.append(_("可考 %(n)s 次", n=activity.exam.attempts))
    if activity.lesson is not None:
        facts.append(_("%(n)s 分钟", n=_minutes(activity)))
    return TrackActivity(
        title=text_in(activity.title, lang),
        kind=activity.kind,
        due_day=activity.due_day,
        url=url_for("tracks.lesson", slug=slug, activity_id=activity.id)
        if activity.lesson is not None
        else "",
        facts=tuple(facts),
    )


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Someone on a track, as those who run it see her."""

    enrolment_id: int
    person_id: int
    name: str
    anchor_on: date
    done: int
    total: int
    next_title: str
    next_due: date | None
    is_late: bool


def people_rows(slug: str, reach: PersonIds, *, today: date, lang: str) -> list[PersonLine]:
    """People on a track, furthest behind first; who is through has no next step, but a state."""
    lines = []
    for row in queries.people_on(slug, reach, today=today):
        is_over = row.state in THROUGH - {State.RECERTIFYING}
        step = None if is_over else next_step(row.progress)
        lines.append(
            PersonLine(
                enrolment_id=row.enrolment_id,
                person_id=row.person_id,
                name=row.name,
                anchor_on=row.progress.anchor_on,
                done=row.progress.done,
                total=row.progress.total,
                next_title=text_in(step.activity.title, lang)
                if step
                else state_name(row.state)
                if is_over
                else "",
                next_due=due_on(row.progress.anchor_on, step.activity.due_day) if step else None,
                is_late=step is not None and step.state is StepState.LATE,
            )
        )
    return sorted(lines, key=lambda line: (not line.is_late, line.done, line.name))


def candidate_label(one: queries.Candidate) -> str:
    """Name, team and hire date of somebody who could be put on a track."""
    parts = [one.name, one.unit or _("没有团队")]
    if one.hire_on is not None:
        parts.append(_("%(on)s 入职", on=one.hire_on))
    return _("，").join(parts)
