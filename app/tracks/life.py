"""What an enrolment's page shows: how it stands, what is missing, who may do what, its story."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from flask import url_for
from flask_babel import gettext

from app.accounts import queries as accounts
from app.assessments.pages import used_up_text
from app.assessments.queries.cards import AssignmentCard, cards_of
from app.domain.enrolment import Event, State, extension_days, may
from app.domain.items import text_in
from app.domain.moving import Change, Fate, Moving
from app.domain.progress import GateProgress, Progress, StepProgress, StepState
from app.domain.stuck import RATED, Around, Hold, Reason, blocks, main_block, needed
from app.domain.tracks import (
    Activity,
    Gate,
    Need,
    NeedsActivity,
    NeedsLevel,
    NeedsSignature,
    Party,
    Track,
)
from app.kernel.auth import Actor
from app.kernel.clock import local_day, organisation_day
from app.kernel.i18n import show_day
from app.tracks import services
from app.tracks.board import holds_of
from app.tracks.models import Credential, Enrolment, GateSignature
from app.tracks.queries.board import around_of
from app.tracks.queries.facts import Known, known_of, progress_of, track_of, versions_by_id
from app.tracks.queries.story import Story, recalls_of, story_of
from app.tracks.services.lifecycle import parties_of
from app.tracks.stuckwords import DOORS, ENROLMENT, About, Said, act_url, framework_now, say, way
from app.tracks.words import (
    TONES,
    event_says,
    gate_title,
    party_name,
    rule_says,
    state_means,
    state_name,
)

_: Callable[..., str] = gettext


class Act(StrEnum):
    """What somebody may do to an enrolment, beside signing."""

    RETRY = "retry"
    EXTEND = "extend"
    PAUSE = "pause"
    RESUME = "resume"
    WAIVE = "waive"
    EXEMPT = "exempt"
    MOVE = "move"
    RECERTIFY = "recertify"
    WITHDRAW = "withdraw"
    READMIT = "readmit"


EVENTS: Mapping[Act, Event] = {
    Act.RETRY: Event.RETRY,
    Act.EXTEND: Event.EXTEND,
    Act.PAUSE: Event.PAUSE,
    Act.RESUME: Event.RESUME,
    Act.WAIVE: Event.WAIVE,
    Act.EXEMPT: Event.EXEMPT,
    Act.MOVE: Event.MOVE,
    Act.RECERTIFY: Event.RECERTIFY,
    Act.WITHDRAW: Event.WITHDRAW,
    Act.READMIT: Event.READMIT,
}


@dataclass(frozen=True, slots=True)
class NeedLine:
    """One need of a gate: met or not, how it stands, and the way to meet it (`url` empty: none).

    `who`: who must act while it is missing, as a sentence.
    """

    title: str
    is_met: bool
    notes: tuple[str, ...]
    who: str
    url: str
    button: str


@dataclass(frozen=True, slots=True)
class SignLine:
    """A place where the reader may sign, as that party."""

    party: str
    name: str
    is_signed: bool


@dataclass(frozen=True, slots=True)
class GateCard:
    """One gate with every need. `is_next`: the one to pass now; `signs` are the reader's places."""

    id: str
    title: str
    is_passed: bool
    is_next: bool
    when: str
    extended: str
    needs: tuple[NeedLine, ...]
    missing: int
    signs: tuple[SignLine, ...]


@dataclass(frozen=True, slots=True)
class StepRow:
    """One activity in the list of all. `can_waive`: whether it may be let off now."""

    id: str
    title: str
    is_done: bool
    is_late: bool
    is_waived: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageRows:
    """The activities of a stage."""

    title: str
    done: int
    steps: tuple[StepRow, ...]


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One thing that happened. `who` empty: it followed by itself."""

    at: datetime
    says: str
    who: str
    reason: str
    rule: str


@dataclass(frozen=True, slots=True)
class CredentialLine:
    """A credential: `is_valid` now."""

    title: str
    number: str
    issued_on: date
    expires_on: date
    is_valid: bool
    void_reason: str


@dataclass(frozen=True, slots=True)
class EnrolmentPage:
    """Everything on the page of an enrolment. `retries`: exams that one more attempt can be given
    for; `why_not_extend`: why who decides has no extension to give; `stuck`: what keeps her, as the
    board names it, None while nothing has waited too long."""

    id: int
    person_id: int
    person: str
    is_own: bool
    slug: str
    track: str
    state: State
    state_word: str
    state_means: str
    tone: str
    since: datetime
    day: str
    done: int
    total: int
    facts: tuple[tuple[str, str], ...]
    gates: tuple[GateCard, ...]
    stages: tuple[StageRows, ...]
    credentials: tuple[CredentialLine, ...]
    acts: frozenset[Act]
    gate_to_extend: str
    extend_title: str
    extend_days: int
    extend_to: date | None
    extend_needs_plan: bool
    why_not_extend: str
    waivable: tuple[tuple[str, str], ...]
    retries: tuple[tuple[str, str], ...]
    story: tuple[StoryLine, ...]
    today: date
    away_from: date | None
    stuck: Said | None


def page(
    row: Enrolment, actor: Actor, *, may_edit: bool, may_renew: bool, now: datetime, lang: str
) -> EnrolmentPage:
    """The page of an enrolment for this reader. A fixed number of SELECTs.

    `may_edit`, `may_renew`: by the policy and its scope; nobody decides about herself.
    """
    version = versions_by_id([row.track_version_id])[row.track_version_id]
    track = track_of(version)
    today = organisation_day(now)
    known = known_of([row], today=today)[row.id]
    standing = progress_of(row, track, known, today=today)
    story = story_of(row)
    is_own = row.person_id == actor.id
    parties = parties_of(row, today)
    held = holds_of([row.id], now=now)
    around = around_of([row], {row.id: known}, holds=held, now=now)[row.id]
    holds = {one.activity_id: one for one in held.get(row.id, ())}
    at = _At(
        row,
        track,
        known,
        standing,
        parties,
        actor,
        _names(row, story, parties, holds),
        {card.assessment_id: card for card in cards_of(actor.id, now=now, lang=lang)}
        if is_own
        else {},
        _used_up(standing, around),
        frozenset(slug for slug, one in around.exams.items() if one.handed_in_on is not None),
        holds,
        may_edit and not is_own and may(State(row.state), Event.RETRY),
        today,
        now,
        lang,
    )
    state = State(row.state)
    acts = frozenset(
        act
        for act in Act
        if _is_open(act, at, story, may_edit=may_edit and not is_own, may_renew=may_renew)
    )
    following = standing.next_gate
    gate = following.gate if following else None
    return EnrolmentPage(
        id=row.id,
        person_id=row.person_id,
        person=at.names[row.person_id],
        is_own=is_own,
        slug=row.track_slug,
        track=text_in(track.title, lang),
        state=state,
        state_word=state_name(state),
        state_means=state_means(state),
        tone=TONES[state],
        since=row.state_since,
        day=_day(standing),
        done=standing.done,
        total=standing.total,
        facts=_facts(at, story),
        gates=tuple(_gate_card(one, at) for one in standing.gates),
        stages=tuple(
            StageRows(
                text_in(one.stage.title, lang),
                len(one.steps) - one.left,
                tuple(_step_row(step, at) for step in one.steps),
            )
            for one in standing.stages
        ),
        credentials=tuple(_credential(one, at) for one in reversed(story.credentials)),
        acts=acts,
        gate_to_extend=gate.id if gate else "",
        extend_title=text_in(gate.title, lang) if gate else "",
        extend_days=(gate.extend or 0) if gate else 0,
        extend_to=_extended_to(following, at.today),
        extend_needs_plan=gate.needs_plan if gate else False,
        why_not_extend="" if Act.EXTEND in acts else _why_not_extend(following, at),
        waivable=_waivable(at),
        retries=_retries(at),
        story=tuple(_story(at, story)),
        today=today,
        away_from=next((one.from_on for one in known.leaves if one.back_on is None), None),
        stuck=_stuck(at, around),
    )


@dataclass(frozen=True, slots=True)
class _At:
    """What every part of the page is made from. `cards`: the reader's own exams by assessment;
    `used_up`: exams without an attempt left, with how many there were; `handed_in`: those that wait
    for marks; `holds` by activity."""

    row: Enrolment
    track: Track
    known: Known
    standing: Progress
    parties: Mapping[Party, tuple[int, ...]]
    actor: Actor
    names: Mapping[int, str]
    cards: Mapping[int, AssignmentCard]
    used_up: Mapping[str, int]
    handed_in: frozenset[str]
    holds: Mapping[str, Hold]
    may_edit: bool
    today: date
    now: datetime
    lang: str

    def people(self, party: Party) -> str:
        """Who is that to the learner, at most two by name."""
        ids = self.parties.get(party, ())
        if party in {Party.TRAINER, Party.HR} and len(ids) > 2:
            return party_name(party)
        known = [
            _("您") if one == self.actor.id else self.names[one] for one in ids if one in self.names
        ]
        return _("、").join(known[:3]) or _("%(party)s（还没有人）", party=party_name(party))


def _used_up(standing: Progress, around: Around) -> dict[str, int]:
    """Exams not passed whose attempts are all used and scored, with how many there were."""
    found = {}
    for step in standing.steps:
        stand = around.exams.get(step.activity.id)
        if step.is_finished or stand is None or stand.handed_in_on is not None:
            continue
        if stand.attempts_left == 0:
            found[step.activity.id] = stand.allowed
    return found


def _stuck(at: _At, around: Around) -> Said | None:
    """What the board names first for her; a button only where it leads away from this page."""
    found = blocks(at.standing, around)
    main = main_block(found, at.today)
    if main is None or not main.is_stuck(at.today):
        return None
    about = About(
        enrolment_id=at.row.id,
        person_id=at.row.person_id,
        name=_("您") if at.row.person_id == at.actor.id else at.names[at.row.person_id],
        progress=at.standing,
        parties=at.parties,
        names=at.names,
        reader_id=at.actor.id,
        lang=at.lang,
        framework=framework_now(),
        blocks=found,
    )
    said = say(main, about, at.today)
    leads_away = said.is_mine and not said.url.startswith(way(ENROLMENT, enrolment_id=at.row.id))
    return said if leads_away else replace(said, url="", button="")


def _retries(at: _At) -> tuple[tuple[str, str], ...]:
    """The exams one more attempt can be given for, those a gate asks for first."""
    asked = needed(at.standing)
    found = [one.activity for one in at.standing.steps if one.activity.id in at.used_up]
    found.sort(key=lambda one: one.id not in asked)
    return tuple((one.id, text_in(one.title, at.lang)) for one in found)


def _names(
    row: Enrolment,
    story: Story,
    parties: Mapping[Party, tuple[int, ...]],
    holds: Mapping[str, Hold],
) -> dict[int, str]:
    ids = {row.person_id, *(one for those in parties.values() for one in those)}
    ids |= {one.actor_id for one in story.events if one.actor_id is not None}
    ids |= {one.person_id for one in story.signatures}
    ids |= {one for hold in holds.values() for one in hold.people}
    return accounts.names(ids)


def _day(standing: Progress) -> str:
    if standing.day_number < 1:
        return _("还有 %(n)s 天开始", n=1 - standing.day_number)
    return _("第 %(n)s 天", n=standing.day_number)


def _facts(at: _At, story: Story) -> tuple[tuple[str, str], ...]:
    found = [(_("第 1 天"), at.row.anchor_on.isoformat())]
    if story.cohort is not None:
        found.append((_("期次"), story.cohort.title))
    found.append((_("路径版本"), str(story.number)))
    people = (one for one in (Party.MENTOR, Party.MANAGER) if at.parties.get(one))
    return (*found, *((party_name(one), at.people(one)) for one in people))


# ---------------------------------------------------------------- who may do what


def next_gate(row: Enrolment, now: datetime) -> Gate | None:
    """The gate to pass now, None when there is none."""
    track = track_of(versions_by_id([row.track_version_id])[row.track_version_id])
    today = organisation_day(now)
    known = known_of([row], today=today)[row.id]
    found = progress_of(row, track, known, today=today).next_gate
    return found.gate if found else None


def may_recertify(row: Enrolment, *, may_edit: bool) -> bool:
    """The learner begins it when the credential ends soon; who runs the track at any time."""
    return may_edit or row.state != State.CERTIFIED


def activities(row: Enrolment, lang: str) -> list[tuple[str, str]]:
    """The activities of an enrolment, id and title."""
    track = track_of(versions_by_id([row.track_version_id])[row.track_version_id])
    return [(one.id, text_in(one.title, lang)) for one in track.all_activities]


def other_versions(row: Enrolment) -> list[int]:
    """The numbers of the versions an enrolment could move to, newest first."""
    found = story_of(row)
    return [one for one in found.versions if one != found.number]


def _extended_to(gate: GateProgress | None, today: date) -> date | None:
    """The date a gate would have after its extension; None without a date or an extension."""
    if gate is None or gate.due_on is None or gate.gate.extend is None:
        return None
    days = extension_days(gate.gate.extend, due_on=gate.due_on, today=today)
    return gate.due_on + timedelta(days=days)


def _why_not_extend(gate: GateProgress | None, at: _At) -> str:
    """Why the date of the next gate is not moved by anybody; empty where it is not the time."""
    if gate is None or gate.may_extend or gate.due_on is None:
        return ""
    title = text_in(gate.gate.title, at.lang)
    given = at.known.extensions.get(gate.gate.id)
    if given is None:
        return _("“%(gate)s”不能延期：这条路径没有给它延期的天数。", gate=title)
    return _(
        "“%(gate)s”不能再延：%(day)s 由%(who)s延过 %(n)s 天，只能延一次。",
        gate=title,
        day=show_day(local_day(given.at, at.actor.timezone)),
        who=at.names.get(given.actor_id, ""),
        n=given.days,
    )


def _is_open(act: Act, at: _At, story: Story, *, may_edit: bool, may_renew: bool) -> bool:
    """Whether the reader may do it now: by policy, by state, and where it makes sense at all."""
    state = State(at.row.state)
    if not may(state, EVENTS[act]):
        return False
    if act is Act.RECERTIFY:
        is_time = may_recertify(at.row, may_edit=may_edit)
        return may_renew and is_time and at.track.renewal is not None
    return may_edit and _makes_sense(act, at, story)


def _makes_sense(act: Act, at: _At, story: Story) -> bool:
    match act:
        case Act.EXTEND:
            gate = at.standing.next_gate
            return gate is not None and gate.may_extend
        case Act.RETRY:
            return bool(at.used_up)
        case Act.MOVE:
            return len(story.versions) > 1
        case Act.WAIVE:
            return any(one.state is not StepState.DONE for one in at.standing.steps)
        case _:
            return True


def _waivable(at: _At) -> tuple[tuple[str, str], ...]:
    """What is not done, first what the next gate lacks."""
    gate = at.standing.next_gate
    missing = gate.missing if gate else ()
    lacks = {one.activity for one in missing if isinstance(one, NeedsActivity)}
    steps = [one for one in at.standing.steps if one.state is not StepState.DONE]
    steps.sort(key=lambda one: one.activity.id not in lacks)
    return tuple((one.activity.id, _waive_label(one, at.lang)) for one in steps)


def _waive_label(step: StepProgress, lang: str) -> str:
    title = text_in(step.activity.title, lang)
    return _("%(title)s（现在免做）", title=title) if step.state is StepState.WAIVED else title


# ---------------------------------------------------------------- gates and steps


def _gate_card(gate: GateProgress, at: _At) -> GateCard:
    following = at.standing.next_gate
    is_next = following is not None and following.gate.id == gate.gate.id
    passed_at = at.known.passages.get(gate.gate.id)
    if passed_at is not None:
        day = local_day(passed_at, at.actor.timezone)
        when = _("%(day)s 过关", day=show_day(day))
    elif gate.due_on is None:
        when = ""
    else:
        when = _due(gate.due_on, at.today)
    extension = at.known.extensions.get(gate.gate.id)
    return GateCard(
        id=gate.gate.id,
        title=text_in(gate.gate.title, at.lang),
        is_passed=gate.is_passed,
        is_next=is_next,
        when=when,
        extended=_("已延期 %(n)s 天", n=extension.days) if extension else "",
        needs=tuple(_need(one, gate, at) for one in gate.gate.needs),
        missing=len(gate.missing),
        signs=_signs(gate, at) if is_next else (),
    )


def _due(day: date, today: date) -> str:
    left = (day - today).days
    if left < 0:
        return _("%(day)s 到期，晚了 %(n)s 天", day=show_day(day), n=-left)
    if left == 0:
        return _("今天 23:59 到期")
    return _("%(day)s 23:59 到期，还有 %(n)s 天", day=show_day(day), n=left)


def _signs(gate: GateProgress, at: _At) -> tuple[SignLine, ...]:
    """The places of the next gate that are the reader's; signing again replaces the word before."""
    if not may(State(at.row.state), Event.WAIVE) or at.row.state == State.PAUSED:
        return ()
    return tuple(
        SignLine(
            one.party.value,
            party_name(one.party),
            is_signed=(gate.gate.id, one.party) in at.known.facts.signed,
        )
        for one in gate.gate.needs
        if isinstance(one, NeedsSignature) and at.actor.id in at.parties.get(one.party, ())
    )


def _need(need: Need, gate: GateProgress, at: _At) -> NeedLine:
    is_met = need not in gate.missing
    match need:
        case NeedsActivity(activity=activity_id):
            return _need_step(activity_id, at, is_met=is_met)
        case NeedsLevel():
            return _need_level(need, gate, at, is_met=is_met)
        case NeedsSignature(party=party):
            return _need_signature(gate, party, at, is_met=is_met)


def _need_step(activity_id: str, at: _At, *, is_met: bool) -> NeedLine:
    step = next((one for one in at.standing.steps if one.activity.id == activity_id), None)
    if step is None:
        return NeedLine(activity_id, is_met, (), "", "", "")
    url, button = ("", "") if is_met else _way(step.activity, at)
    return NeedLine(
        title=text_in(step.activity.title, at.lang),
        is_met=is_met,
        notes=_notes(step, at),
        who="" if is_met else _doers(step.activity, at),
        url=url,
        button=button,
    )


def _doers(activity: Activity, at: _At) -> str:
    """Who must act about an activity that is missing."""
    if activity.id in at.used_up:
        return ""  # said in its notes
    if activity.id in at.handed_in:
        return str(_("已完成，等评分"))
    hold = at.holds.get(activity.id)
    if hold is not None and hold.reason is not Reason.LATE:
        return _held(hold, at)
    if activity.kind in RATED:
        return str(_("等培训师安排评委"))
    if Party.MENTOR in activity.by and not at.parties.get(Party.MENTOR):
        return _("还没有带教人，由%(who)s安排", who=at.people(Party.MANAGER))
    parties = activity.by or (Party.LEARNER,)
    return _("要%(who)s来做", who=_("、").join(at.people(party) for party in parties))


def _held(hold: Hold, at: _At) -> str:
    names = _("、").join(at.names[one] for one in hold.people if one in at.names)
    if hold.reason is Reason.UNPLANNED:
        return str(_("等培训师安排评委"))
    if hold.reason is Reason.BOOKED and hold.until is not None:
        return _("排在 %(day)s", day=show_day(hold.until))
    if hold.reason is Reason.SIGNATURE:
        return _("等%(who)s签字", who=names or at.people(hold.party))
    return _("等评委%(who)s评分", who=names) if names else str(_("等评分"))


def _way(activity: Activity, at: _At) -> tuple[str, str]:
    """Where an activity is done, for those who do it."""
    if activity.id in at.used_up:
        url = act_url(at.row.id, Act.RETRY) if at.may_edit else ""
        return (url, _("再给一次")) if url else ("", "")
    if activity.exam is not None:
        card = at.cards.get(at.known.exams.get(activity.id, 0))
        if card is None or not card.is_to_do(at.now):
            return "", ""
        return url_for("assessments.start_page", assignment_id=card.assignment_id), _("去测验")
    if activity.lesson is not None:
        url = url_for("tracks.lesson", slug=at.row.track_slug, activity_id=activity.id)
        return url, _("去读")
    door = DOORS.get(activity.kind)
    url = way(door, enrolment_id=at.row.id, activity_id=activity.id) if door else ""
    return (url, _("打开")) if url else ("", "")


def _notes(step: StepProgress, at: _At) -> tuple[str, ...]:
    activity = step.activity
    found = []
    if step.state is StepState.WAIVED:
        reason = at.known.steps[activity.id].reason if activity.id in at.known.steps else ""
        return (_("免做：%(reason)s", reason=reason),) if reason else (_("免做"),)
    result = at.known.steps.get(activity.id)
    if step.state is StepState.DONE:
        done_at = at.known.read_at.get(activity.id) or (result.done_at if result else None)
        if done_at is None:
            return (_("已完成"),)
        return (_("%(day)s 完成", day=show_day(local_day(done_at, at.actor.timezone))),)
    if activity.times > 1:
        found.append(_("已做 %(n)s 次，要 %(needed)s 次", n=step.times, needed=activity.needed))
    if activity.id in at.used_up:
        is_needed = activity.id in needed(at.standing)
        found.append(used_up_text(at.used_up[activity.id], is_needed=is_needed))
    if step.due_on is not None and activity.id not in at.handed_in:
        found.append(_due(step.due_on, at.today))
    return tuple(found)


def _need_level(need: NeedsLevel, gate: GateProgress, at: _At, *, is_met: bool) -> NeedLine:
    # While activities are missing the evidence still comes from them.
    waits = not is_met and not any(isinstance(one, NeedsActivity) for one in gate.missing)
    framework = framework_now()
    found = framework.competency(need.competency) if framework else None
    name = text_in(found.name, at.lang) if found else need.competency
    rank = at.known.facts.levels.get(need.competency)
    note = _("现在 L%(n)s", n=rank) if rank else _("证据还不够，没有确认的级别")
    is_own = at.row.person_id == at.actor.id
    url = way("reports.own") if is_own else way("reports.person", person_id=at.row.person_id)
    return NeedLine(
        title=_("%(competency)s 达到 %(level)s", competency=name, level=need.level),
        is_met=is_met,
        notes=(note,),
        who=_("等培训师安排证据") if waits else "",
        url="" if is_met else url,
        button=_("看还差什么证据"),
    )


def _need_signature(gate: GateProgress, party: Party, at: _At, *, is_met: bool) -> NeedLine:
    word = at.known.signatures.get((gate.gate.id, party))
    notes = (_word(word, at),) if word else (_("还没有签"),)
    is_mine = at.actor.id in at.parties.get(party, ()) and not is_met
    waits = any(not isinstance(one, NeedsSignature) for one in gate.missing)
    return NeedLine(
        title=_("%(party)s签字", party=party_name(party)),
        is_met=is_met,
        notes=notes,
        who="" if is_met or waits else _("等%(who)s签字", who=at.people(party)),
        url=f"#sign-{gate.gate.id}" if is_mine and not waits else "",
        button=_("去签字"),
    )


def _word(word: GateSignature, at: _At) -> str:
    who = at.names.get(word.person_id, "")
    day = show_day(local_day(word.at, at.actor.timezone))
    if word.is_yes:
        return _("%(who)s %(day)s 签了“可以”", who=who, day=day)
    if word.again_on is None:
        return _("%(who)s %(day)s：还不行，因为%(because)s", who=who, day=day, because=word.because)
    return _(
        "%(who)s %(day)s：还不行，因为%(because)s，%(again)s 再看",
        who=who,
        day=day,
        because=word.because,
        again=show_day(word.again_on),
    )


def _step_row(step: StepProgress, at: _At) -> StepRow:
    return StepRow(
        id=step.activity.id,
        title=text_in(step.activity.title, at.lang),
        is_done=step.state is StepState.DONE,
        is_late=step.state is StepState.LATE and step.activity.id not in at.handed_in,
        is_waived=step.state is StepState.WAIVED,
        notes=_notes(step, at),
    )


def _credential(one: Credential, at: _At) -> CredentialLine:
    return CredentialLine(
        title=text_in(one.title, at.lang),
        number=one.number,
        issued_on=one.issued_on,
        expires_on=one.expires_on,
        is_valid=one.voided_at is None and one.expires_on >= at.today,
        void_reason=one.void_reason,
    )


# ---------------------------------------------------------------- the story


def _story(at: _At, story: Story) -> Sequence[StoryLine]:
    """Events and signatures, newest first."""
    lines = [
        (
            one.at,
            1,
            one.id,
            StoryLine(
                at=one.at,
                says=event_says(Event(one.event), one.rule, one.detail, at.track, at.lang),
                who=at.names.get(one.actor_id, "") if one.actor_id else "",
                reason=one.reason or str(one.detail.get("plan", "")),
                rule=rule_says(Event(one.event), one.rule, at.track),
            ),
        )
        for one in story.events
    ]
    lines += [
        (
            one.at,
            0,
            one.id,
            StoryLine(
                at=one.at,
                says=_signed(one, at),
                who=at.names.get(one.person_id, ""),
                reason=one.because,
                rule="",
            ),
        )
        for one in story.signatures
    ]
    return [line for _at, _kind, _id, line in sorted(lines, key=lambda one: one[:3], reverse=True)]


def _signed(one: GateSignature, at: _At) -> str:
    words = {
        "party": party_name(Party(one.party)),
        "gate": gate_title(at.track, one.gate_id, at.lang),
    }
    if one.is_yes:
        return _("%(party)s在“%(gate)s”签了“可以”", **words)
    if one.again_on is None:
        return _("%(party)s在“%(gate)s”签了“还不行”", **words)
    return _("%(party)s在“%(gate)s”签了“还不行”，%(day)s 再看", day=show_day(one.again_on), **words)


# ---------------------------------------------------------------- moving to another version


@dataclass(frozen=True, slots=True)
class MoveLine:
    """One thing a move changes."""

    title: str
    note: str


@dataclass(frozen=True, slots=True)
class MovePage:
    """What moving somebody from one version to another does."""

    id: int
    person: str
    track: str
    slug: str
    old_number: int
    new_number: int
    choices: tuple[int, ...]
    parts: tuple[tuple[str, str, tuple[MoveLine, ...]], ...]
    carried: int


def move_page(
    row: Enrolment, to_number: int | None, *, now: datetime, lang: str
) -> MovePage | None:
    """The preview of a move, to the newest other version where none is named; None: no other."""
    story = story_of(row)
    choices = tuple(one for one in story.versions if one != story.number)
    if not choices:
        return None
    chosen = choices[0] if to_number is None else to_number
    plan = services.plan_move(enrolment_id=row.id, to_number=chosen, now=now)
    track = track_of(versions_by_id([row.track_version_id])[row.track_version_id])
    return MovePage(
        id=row.id,
        person=accounts.names([row.person_id])[row.person_id],
        track=text_in(track.title, lang),
        slug=row.track_slug,
        old_number=plan.old_number,
        new_number=plan.new_number,
        choices=choices,
        parts=move_parts(plan.moving, lang),
        carried=sum(one.fate is Fate.CARRIED for one in plan.moving.changes),
    )


def move_parts(moving: Moving, lang: str) -> tuple[tuple[str, str, tuple[MoveLine, ...]], ...]:
    """Each kind of change with its head, what it means, and its lines; empty kinds left out."""

    def lines(changes: Sequence[Change], note: Callable[[Change], str]) -> tuple[MoveLine, ...]:
        return tuple(MoveLine(text_in(one.thing.title, lang), note(one)) for one in changes)

    found = [
        (
            _("新增，要做"),
            "",
            lines(
                moving.of(Fate.NEW),
                lambda one: _("%(day)s 到期", day=show_day(one.new_on)) if one.new_on else "",
            ),
        ),
        (
            _("要重考"),
            _("考过，但题库、组卷或及格线变了，原来的成绩仍是证据，不算这一版的通过。"),
            lines(
                moving.of(Fate.AGAIN),
                lambda one: _("%(day)s 到期", day=show_day(one.new_on)) if one.new_on else "",
            ),
        ),
        (
            _("日期变了"),
            "",
            lines(
                moving.moved,
                lambda one: _(
                    "%(old)s 改为 %(new)s",
                    old=show_day(one.old_on) if one.old_on else _("没有日期"),
                    new=show_day(one.new_on) if one.new_on else _("没有日期"),
                ),
            ),
        ),
        (
            _("这一版没有了"),
            "",
            lines(
                moving.of(Fate.GONE),
                lambda one: _("做过，仍作为证据保留") if one.is_done else _("不用做了"),
            ),
        ),
        (
            _("照算"),
            _("做过的按活动带过来，过了的关口仍算过。"),
            lines(moving.of(Fate.CARRIED), lambda _one: ""),
        ),
    ]
    return tuple(one for one in found if one[2])


# ---------------------------------------------------------------- taking credentials back


def recall_page(slug: str, track: Track, *, now: datetime, lang: str) -> "RecallPage":
    """Who holds the credential of a track, and the recalls there were. Five SELECTs."""
    day = organisation_day(now)
    held = services.held_now(slug, now=now)
    people = accounts.people({one.person_id for one in held}, day=day)
    recalls = recalls_of(slug)
    names = accounts.names({one.actor_id for one in recalls})
    return RecallPage(
        slug=slug,
        track=text_in(track.title, lang),
        title=text_in(track.credential.title, lang) if track.credential else "",
        has_renewal=track.renewal is not None,
        holders=tuple(
            HolderLine(who.name, who.unit_name, one.number, one.expires_on)
            for one in held
            for who in [people[one.person_id]]
        ),
        recalls=tuple(
            RecallLine(
                one.id,
                one.at,
                names.get(one.actor_id, ""),
                one.people,
                one.reason,
                one.undone_at,
                can_undo=one.undone_at is None and organisation_day(one.at) == day,
            )
            for one in recalls
        ),
    )


@dataclass(frozen=True, slots=True)
class HolderLine:
    """Somebody who would lose the credential."""

    person: str
    unit: str
    number: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class RecallLine:
    """A recall that was made; `can_undo`: still the same day."""

    id: int
    at: datetime
    who: str
    people: int
    reason: str
    undone_at: datetime | None
    can_undo: bool


@dataclass(frozen=True, slots=True)
class RecallPage:
    """Before and after a recall."""

    slug: str
    track: str
    title: str
    has_renewal: bool
    holders: tuple[HolderLine, ...]
    recalls: tuple[RecallLine, ...]
