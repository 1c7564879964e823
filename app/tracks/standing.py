"""A learner's own standing in words: where the enrolment is, and what the next gate still needs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from flask_babel import gettext

from app.accounts import queries as accounts
from app.domain.enrolment import RUNNING, State
from app.domain.framework import Framework
from app.domain.items import text_in
from app.domain.progress import GateProgress
from app.domain.stuck import RATED, Hold, Reason
from app.domain.tracks import (
    Activity,
    ActivityKind,
    Need,
    NeedsActivity,
    NeedsLevel,
    NeedsSignature,
    Party,
)
from app.kernel.clock import organisation_day
from app.kernel.i18n import show_day, show_month_day
from app.tracks.board import holds_of
from app.tracks.queries import Standing
from app.tracks.queries.board import parties_for
from app.tracks.stuckwords import enrolment_url, waits, way
from app.tracks.words import TONES, party_name, state_name

_: Callable[..., str] = gettext

# More than so many trainers are a role, not a name.
MOST_NAMES: Final = 2


@dataclass(frozen=True, slots=True)
class GateNeed:
    """One need of a gate: how it stands, and the way to meet it (`url` empty: there is none)."""

    title: str
    state: tuple[str, ...]
    url: str
    button: str
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class GateLine:
    """A gate with all it needs, what is missing first."""

    title: str
    due_on: date | None
    days_left: int | None
    needs: tuple[GateNeed, ...]
    is_passed: bool = False

    @property
    def missing(self) -> tuple[GateNeed, ...]:
        """What is not met yet."""
        return tuple(one for one in self.needs if not one.is_done)


@dataclass(frozen=True, slots=True)
class StateLine:
    """Where the enrolment is when that is more than going on: a word, a sentence, a way on.

    `tone` is a kind of tag; `certificate` the address of the certificate, empty without one.
    """

    word: str
    say: str
    tone: str
    url: str = ""
    button: str = ""
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class Circle:
    """Who stands around a learner, by name, and what her activities wait for.

    `holds`: (enrolment, activity) -> what it waits for.
    """

    people: Mapping[Party, tuple[str, ...]] = field(default_factory=dict)
    holds: Mapping[tuple[int, str], Hold] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)

    def who(self, party: Party) -> str:
        """The party with its name where one or two are meant."""
        names = self.people.get(party, ())
        if not 0 < len(names) <= MOST_NAMES:
            return party_name(party)
        return _("%(party)s%(names)s", party=party_name(party), names=_("、").join(names))


def circle_of(person_id: int, standings: Sequence[Standing], *, now: datetime) -> Circle:
    """Who stands around this learner. Seven SELECTs and those of the rooms; none without a track
    that goes on."""
    running = [one for one in standings if one.state in RUNNING or one.state is State.PAUSED]
    if not running:
        return Circle()
    parties = parties_for([person_id], organisation_day(now))[person_id]
    holds = holds_of([one.enrolment_id for one in running], now=now)
    found = {(hold.enrolment_id, hold.activity_id): hold for of in holds.values() for hold in of}
    ids = {one for of in parties.values() for one in of}
    names = accounts.names(ids | {one for hold in found.values() for one in hold.people})
    return Circle(
        people={
            party: tuple(names[one] for one in of if one in names) for party, of in parties.items()
        },
        holds=found,
        names=names,
    )


# ---------------------------------------------------------------- what a step waits for


def step_waits(
    standing: Standing, activity: Activity, circle: Circle, today: date
) -> tuple[str, ...]:
    """For whom an unfinished step waits, when it is not the learner's turn."""
    hold = circle.holds.get((standing.enrolment_id, activity.id))
    if hold is not None and hold.reason is not Reason.LATE:
        return _held(hold, circle, today)
    if activity.kind in RATED:
        return (str(_("等培训师安排评委")),)
    others = [party for party in activity.by if party is not Party.LEARNER]
    if not others:
        return ()
    party = others[0]
    if party is Party.MENTOR and not circle.people.get(Party.MENTOR):
        return (_("还没有带教人，由%(who)s安排", who=circle.who(Party.MANAGER)),)
    if Party.LEARNER in activity.by:
        return (_("和%(who)s一起", who=circle.who(party)),)
    return (_("由%(who)s填写", who=circle.who(party)),)


def _held(hold: Hold, circle: Circle, today: date) -> tuple[str, ...]:
    if hold.reason is Reason.BOOKED and hold.until is not None:
        return (_("排在 %(day)s", day=show_day(hold.until)),)
    return (_hold(hold, circle), waits(hold.since, today))


def _hold(hold: Hold, circle: Circle) -> str:
    names = [circle.names[one] for one in hold.people if one in circle.names]
    match hold.reason:
        case Reason.UNPLANNED:
            return str(_("等培训师安排评委"))
        case Reason.SIGNATURE:
            return _("等%(who)s签字", who=_("、").join(names) or circle.who(hold.party))
        case _:
            return str(_("等评委评分"))


def is_learners_turn(standing: Standing, activity: Activity, circle: Circle) -> bool:
    """Whether the learner herself can get on with it now."""
    if standing.state not in RUNNING or activity.kind is ActivityKind.ROLEPLAY:
        return False
    hold = circle.holds.get((standing.enrolment_id, activity.id))
    if hold is not None and hold.party is not Party.LEARNER:
        return False
    return not activity.by or Party.LEARNER in activity.by


# ---------------------------------------------------------------- the next gate


@dataclass(frozen=True, slots=True)
class NeedLine:
    """A step as a need of a gate sees it."""

    title: str
    meta: tuple[str, ...]
    url: str
    button: str


def gate_line(
    standing: Standing,
    gate: GateProgress,
    steps: Mapping[str, NeedLine],
    circle: Circle,
    framework: Framework | None,
    today: date,
    lang: str,
) -> GateLine:
    """A gate with every need: done, missing with the way to do it, or who is waited for."""
    at = _Gate(standing, gate, steps, circle, framework, today, lang)
    needs = [_need(need, at) for need in gate.gate.needs]
    return GateLine(
        title=text_in(gate.gate.title, lang),
        due_on=gate.due_on,
        days_left=(gate.due_on - today).days if gate.due_on else None,
        needs=tuple(sorted(needs, key=lambda one: one.is_done)),
        is_passed=gate.is_passed,
    )


@dataclass(frozen=True, slots=True)
class _Gate:
    standing: Standing
    gate: GateProgress
    steps: Mapping[str, NeedLine]
    circle: Circle
    framework: Framework | None
    today: date
    lang: str


def _need(need: Need, at: _Gate) -> GateNeed:
    is_done = at.gate.is_passed or need not in at.gate.missing
    match need:
        case NeedsActivity(activity=activity):
            step = at.steps[activity]
            state = (_("已完成"),) if is_done else step.meta
            return GateNeed(step.title, state, step.url, step.button, is_done)
        case NeedsLevel():
            title, state = _need_level(need, at), (_("还没有达到"),)
            if is_done:
                return GateNeed(title, (_("已确认"),), "", "", is_done)
            return GateNeed(title, state, way("reports.own"), _("看能力"))
        case NeedsSignature(party=party):
            return _signature(party, at, is_done=is_done)


def _need_level(need: NeedsLevel, at: _Gate) -> str:
    found = at.framework.competency(need.competency) if at.framework else None
    name = text_in(found.name, at.lang) if found else need.competency
    return _("%(competency)s 达到 %(level)s", competency=name, level=need.level)


def _signature(party: Party, at: _Gate, *, is_done: bool) -> GateNeed:
    who = at.circle.who(party)
    title = _("%(party)s签字", party=party_name(party) if party is Party.LEARNER else who)
    word = at.standing.known.signatures.get((at.gate.gate.id, party))
    if is_done:
        signed = show_month_day(organisation_day(word.at)) if word is not None else ""
        state = _("%(day)s 已签", day=signed) if signed else _("已签")
        return GateNeed(title, (state,), "", "", is_done)
    if word is not None and not word.is_yes:
        day = show_month_day(organisation_day(word.at))
        said = _("%(day)s 说还不行：%(because)s", day=day, because=word.because)
        again = (_("%(day)s 再看", day=show_month_day(word.again_on)),) if word.again_on else ()
        return GateNeed(title, (said, *again), "", "")
    if not at.gate.waits_for_people:
        return GateNeed(title, (_("其他各项齐了以后再签"),), "", "")
    if party is Party.LEARNER:
        url = enrolment_url(at.standing.enrolment_id)
        return GateNeed(title, (_("现在可以签"),), url, _("去签字") if url else "")
    if party is Party.MENTOR and not at.circle.people.get(party):
        manager = at.circle.who(Party.MANAGER)
        return GateNeed(title, (_("还没有带教人，由%(who)s安排", who=manager),), "", "")
    since = at.standing.since if at.standing.state is State.AT_GATE else at.today
    return GateNeed(title, (_("等%(who)s", who=who), waits(since, at.today)), "", "")


# ---------------------------------------------------------------- the state of the enrolment


def state_line(standing: Standing, circle: Circle, today: date, lang: str) -> StateLine | None:
    """The state in a sentence; None while it simply goes on."""
    if standing.state in {State.ASSIGNED, State.ACTIVE}:
        return None
    url = enrolment_url(standing.enrolment_id)
    renews = standing.state in {State.EXPIRING, State.EXPIRED}
    return StateLine(
        word=state_name(standing.state),
        say=_state(standing, circle, today, lang),
        tone=TONES[standing.state],
        url=url if renews else "",
        button=str(_("开始再认证")) if renews and url else "",
        certificate=_certificate(standing),
    )


def _certificate(standing: Standing) -> str:
    credential = standing.known.credential
    if credential is None:
        return ""
    return way("tracks.certificate", credential_id=credential.id)


def _state(standing: Standing, circle: Circle, today: date, lang: str) -> str:
    match standing.state:
        case State.CERTIFIED | State.EXPIRING | State.EXPIRED | State.RECERTIFYING:
            return _holding(standing, today, lang)
        case State.PAUSED:
            return _("从 %(day)s 起请假，期间日期不走", day=show_day(_away_from(standing)))
        case State.NOT_YET:
            return _(
                "日期过了，还没过关。不算失败，由%(who)s定下一步", who=circle.who(Party.MANAGER)
            )
        case _:
            return _at_gate(standing, circle, today, lang)


def _at_gate(standing: Standing, circle: Circle, today: date, lang: str) -> str:
    gate = standing.progress.next_gate
    if gate is None:
        return ""
    title = text_in(gate.gate.title, lang)
    if standing.state is State.AT_GATE:
        parties = [one.party for one in gate.missing if isinstance(one, NeedsSignature)]
        who = _("、").join(circle.who(party) for party in parties)
        return _(
            "“%(gate)s”只差签字，等%(who)s，%(since)s",
            gate=title,
            who=who,
            since=waits(standing.since, today),
        )
    if standing.state is State.EXTENDED and gate.due_on is not None:
        return _("“%(gate)s”延期到 %(day)s", gate=title, day=show_day(gate.due_on))
    return ""


def _away_from(standing: Standing) -> date:
    return next(
        (one.from_on for one in standing.known.leaves if one.back_on is None), standing.since
    )


def _holding(standing: Standing, today: date, lang: str) -> str:
    credential = standing.known.credential
    if standing.state is State.EXPIRED:
        return str(_("证书不再有效，做完再认证就换新"))
    if credential is None:
        return ""
    values = {
        "title": text_in(credential.title, lang),
        "day": credential.expires_on.isoformat(),
        "n": (credential.expires_on - today).days,
    }
    if standing.state is State.CERTIFIED:
        return _("“%(title)s”有效到 %(day)s", **values)
    return _("“%(title)s”有效到 %(day)s，还有 %(n)s 天", **values)
