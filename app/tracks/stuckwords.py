"""What keeps somebody on a track, in words: why, since when, who must act, and the way to do it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import current_app, url_for
from flask_babel import gettext, pgettext

from app.competency import queries as competency
from app.domain.framework import Framework, Level
from app.domain.items import text_in
from app.domain.progress import GateProgress, Progress, StepProgress
from app.domain.stuck import Block, Reason, who_does
from app.domain.tracks import (
    ActivityKind,
    Gate,
    Need,
    NeedsActivity,
    NeedsLevel,
    NeedsSignature,
    Party,
)
from app.kernel.auth import may, scopes, view_of
from app.kernel.i18n import show_month_day
from app.tracks.words import party_name

_: Callable[..., str] = gettext

ENROLMENT: Final = "tracks.enrolment"
# Where each kind of activity is done: a page of the room that owns it, if it is in this release.
DOORS: Final = {
    ActivityKind.CHECKLIST: "fieldwork.activity",
    ActivityKind.OBSERVATION: "fieldwork.activity",
    ActivityKind.SURVEY: "fieldwork.activity",
    ActivityKind.SEMINAR: "fieldwork.activity",
    ActivityKind.KPI_MILESTONE: "fieldwork.activity",
    ActivityKind.ROLEPLAY: "ratings.activity",
    ActivityKind.DELIVERABLE: "deliverables.activity",
}
MOST_NAMES: Final = 2
# So many missing needs are named; the others are a number.
MOST_NEEDS: Final = 3
# What an activity waits for once the work itself is done or can go no further.
HELD: Final = frozenset(
    {Reason.EXHAUSTED, Reason.MARKING, Reason.SIGNATURE, Reason.BOOKED, Reason.COOLDOWN}
)
# Who may decide about somebody else's enrolment, seen from her (`enrolment.edit`).
DECIDING: Final = (Party.MANAGER, Party.TRAINER, Party.HR)


@dataclass(frozen=True, slots=True)
class Said:
    """One block as a page prints it. `url` empty: nobody who reads it can do anything there."""

    reason: Reason
    why: str
    since: date
    days: int
    waits: str
    who: str
    url: str
    button: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class About:
    """Whom a block is about, and who reads it. `names` by id, of all who may have to act; `blocks`
    are all that keep her, so that a missing need says what it waits for."""

    enrolment_id: int
    person_id: int
    name: str
    progress: Progress
    parties: Mapping[Party, tuple[int, ...]]
    names: Mapping[int, str]
    reader_id: int
    lang: str
    framework: Framework | None
    blocks: tuple[Block, ...] = ()


def framework_now() -> Framework | None:
    """The framework in force, for the names of competencies."""
    current = competency.in_force()
    return current.framework if current else None


def reason_name(reason: Reason) -> str:
    """A reason in a few words, for filters and heads."""
    return {
        Reason.AWAY: _("请假中"),
        Reason.EXHAUSTED: _("测验次数用完"),
        Reason.NO_MENTOR: _("没有带教人"),
        Reason.UNPLANNED: _("没排评委"),
        Reason.MARKING: _("等评分"),
        Reason.SIGNATURE: _("等签字"),
        Reason.SAID_NOT_YET: _("签了“还不行”"),
        Reason.DECISION: _("等人定下一步"),
        Reason.LATE: _("晚了"),
        Reason.LEVEL: _("能力还没确认"),
        Reason.BOOKED: _("已排好，等那天"),
        Reason.COOLDOWN: _("等下次测验"),
    }[reason]


def action_name(reason: Reason) -> str:
    """What is to be done about it, as a button says it."""
    return {
        Reason.AWAY: _("登记返岗"),
        Reason.EXHAUSTED: _("再给一次"),
        Reason.NO_MENTOR: _("配带教人"),
        Reason.UNPLANNED: _("安排评委"),
        Reason.MARKING: _("去评分"),
        Reason.SIGNATURE: _("去签字"),
        Reason.SAID_NOT_YET: _("再看一次"),
        Reason.DECISION: _("免做或移出"),
        Reason.LATE: _("去完成"),
        Reason.LEVEL: _("看怎么补"),
        Reason.BOOKED: _("查看"),
        Reason.COOLDOWN: _("查看"),
    }[reason]


def say(block: Block, about: About, today: date) -> Said:
    """A block in words for this reader."""
    days = block.days(today)
    people = block.people or about.parties.get(block.party, ())
    is_mine = about.reader_id in people
    url, button = _act(block, about, is_mine=is_mine)
    return Said(
        reason=block.reason,
        why=why(block, about, today),
        since=block.since,
        days=days,
        waits=waits(block.since, today),
        who=who_acts(block, people, about),
        url=url,
        button=button,
        is_mine=is_mine,
    )


def waits(since: date, today: date) -> str:
    """Since when, and how long that is."""
    days = (today - since).days
    if days <= 0:
        return str(_("从今天起"))
    return _("从 %(day)s 起，%(n)s 天", day=show_month_day(since), n=days)


def why(block: Block, about: About, today: date) -> str:
    """The one thing that blocks, named."""
    what = _subject(block, about)
    until = show_month_day(block.until) if block.until else ""
    if block.reason is Reason.LATE:
        return _late(block, about, what, today)
    if block.reason is Reason.LEVEL:
        return _level(block, about, what)
    if block.reason is Reason.DECISION:
        return _decision(block, about, what)
    if block.reason is Reason.SAID_NOT_YET and not until:
        party = party_name(block.said_by or block.party)
        return _("“%(what)s”，%(party)s签了“还不行”", what=what, party=party)
    return _plain(block, what, until)


def _plain(block: Block, what: str, until: str) -> str:
    party = party_name(block.said_by or block.party)
    return {
        Reason.AWAY: _("请假中"),
        Reason.EXHAUSTED: _("“%(what)s”的次数用完了，没通过，等培训师再给一次", what=what),
        Reason.NO_MENTOR: _("没有带教人"),
        Reason.UNPLANNED: _("“%(what)s”还没排好评委和时间", what=what),
        Reason.MARKING: _("“%(what)s”已完成，等评分", what=what),
        Reason.SIGNATURE: _("“%(what)s”等%(party)s签字", what=what, party=party),
        Reason.SAID_NOT_YET: _(
            "“%(what)s”，%(party)s签了“还不行”，%(day)s 再看", what=what, party=party, day=until
        ),
        Reason.BOOKED: _("“%(what)s”排在 %(day)s", what=what, day=until),
        Reason.COOLDOWN: _("“%(what)s”没通过，%(day)s 起可以再考", what=what, day=until),
    }[block.reason]


def _late(block: Block, about: About, what: str, today: date) -> str:
    step = next((s for s in about.progress.steps if s.activity.id == block.activity), None)
    if step is not None and step.activity.times > 1:
        return _(
            "“%(what)s”晚了 %(n)s 天，做了 %(k)s 次，要 %(needed)s 次",
            what=what,
            n=block.days(today),
            k=step.times,
            needed=step.activity.needed,
        )
    return _("“%(what)s”晚了 %(n)s 天", what=what, n=block.days(today))


def _decision(block: Block, about: About, what: str) -> str:
    """What the gate still needs, and whether its date can be moved."""
    gate = _gate_progress(block, about)
    needs = missing_said(gate, about)
    if gate.may_extend:
        return _("“%(what)s”到期没过，还差：%(needs)s", what=what, needs=needs)
    used = _("延期用过了") if gate.is_extended else _("这一关不能延期")
    return _("“%(what)s”到期没过（%(used)s），还差：%(needs)s", what=what, used=used, needs=needs)


def missing_said(gate: GateProgress, about: About) -> str:
    """The needs a gate lacks, each with whom it waits for; signatures once nothing else is."""
    missing = gate.missing
    if not gate.waits_for_people:
        missing = tuple(one for one in missing if not isinstance(one, NeedsSignature))
    said = [_missing(one, about) for one in missing[:MOST_NEEDS]]
    rest = len(missing) - MOST_NEEDS
    if rest > 0:
        said.append(_("另外 %(n)s 项", n=rest))
    return _("；").join(said)


def _missing(need: Need, about: About) -> str:
    match need:
        case NeedsActivity(activity=slug):
            step = next((one for one in about.progress.steps if one.activity.id == slug), None)
            return slug if step is None else _missing_step(step, about)
        case NeedsLevel(competency=slug, level=level):
            return _("%(name)s到 %(level)s", name=_competency(slug, about), level=level)
        case NeedsSignature(party=party):
            return _("%(party)s签字", party=who(party, about.parties.get(party, ()), about))


def _missing_step(step: StepProgress, about: About) -> str:
    activity = step.activity
    what = text_in(activity.title, about.lang)
    if activity.times > 1:
        what = _("%(what)s %(n)s 次", what=what, n=max(activity.needed - step.times, 1))
    block = next((one for one in about.blocks if one.activity == activity.id), None)
    if block is not None and block.reason in HELD:
        return _("%(what)s（%(reason)s）", what=what, reason=reason_name(block.reason))
    party = who_does(activity, has_mentor=bool(about.parties.get(Party.MENTOR)))
    if party is Party.LEARNER:
        return what
    return _("%(what)s，等%(who)s", what=what, who=who(party, about.parties.get(party, ()), about))


def _competency(slug: str, about: About) -> str:
    found = about.framework.competency(slug) if about.framework else None
    return text_in(found.name, about.lang) if found else slug


def _level(block: Block, about: About, gate: str) -> str:
    name = _competency(block.competency, about)
    needs = _gate(block, about).needs
    level = next(
        (n.level for n in needs if isinstance(n, NeedsLevel) and n.competency == block.competency),
        Level.L1,
    )
    return _("“%(gate)s”要“%(name)s”到 %(level)s，证据还不够", gate=gate, name=name, level=level)


def _gate(block: Block, about: About) -> Gate:
    return _gate_progress(block, about).gate


def _gate_progress(block: Block, about: About) -> GateProgress:
    return next(one for one in about.progress.gates if one.gate.id == block.gate)


def _subject(block: Block, about: About) -> str:
    if block.activity:
        activity = about.progress.track.activity(block.activity)
        return text_in(activity.title, about.lang) if activity else block.activity
    return text_in(_gate(block, about).title, about.lang) if block.gate else ""


def who_acts(block: Block, people: Sequence[int], about: About) -> str:
    """Who must act about a block; those seated to mark rated work are its assessors."""
    if block.reason in {Reason.MARKING, Reason.BOOKED} and block.people:
        return _named(_("评委"), people, about)
    return who(block.party, people, about)


def who(party: Party, people: Sequence[int], about: About) -> str:
    """Who must act: the party, with names where they are known."""
    return about.name if party is Party.LEARNER else _named(party_name(party), people, about)


def _named(word: str, people: Sequence[int], about: About) -> str:
    known = [about.names[one] for one in people if one in about.names]
    if not known:
        return _("%(party)s（还没有人）", party=word)
    shown = _("、").join(known[:MOST_NAMES])
    if len(known) > MOST_NAMES:
        return _("%(party)s%(names)s等", party=word, names=shown)
    return _("%(party)s%(names)s", party=word, names=shown)


# ---------------------------------------------------------------- the way to do it


def enrolment_url(enrolment_id: int) -> str:
    """The page of an enrolment; empty when this build leaves it out."""
    return way(ENROLMENT, enrolment_id=enrolment_id)


def way(endpoint: str, **values: Any) -> str:
    """The address of a page; empty when this build leaves it out."""
    if view_of(current_app, endpoint) is None:
        return ""
    return url_for(endpoint, **values)


def allowed(endpoint: str, **values: Any) -> str:
    """The address of a page the reader has the right to; the page itself looks at its object."""
    view = view_of(current_app, endpoint)
    action = getattr(view, "policy", "")
    return url_for(endpoint, **values) if view and action and may(action) else ""


def act_url(enrolment_id: int, act: str) -> str:
    """The page of an enrolment with the form of one decision open."""
    url = way(ENROLMENT, enrolment_id=enrolment_id, do=act)
    return f"{url}#acts" if url else ""


def _decides(about: About) -> bool:
    """Whether the reader may decide about this enrolment; nobody does about her own."""
    deciding = {one for party in DECIDING for one in about.parties.get(party, ())}
    return about.reader_id in deciding and about.reader_id != about.person_id


def _act(block: Block, about: About, *, is_mine: bool) -> tuple[str, str]:
    """Where and with which word the reader gets on; else where she sees more."""
    target, button = _target(block, about, is_mine=is_mine), action_name(block.reason)
    if target and block.reason is Reason.DECISION and _gate_progress(block, about).may_extend:
        button = str(pgettext("act", "延期"))
    elif target and block.reason is Reason.DECISION and not _can_waive(block, about):
        button = str(_("免修或移出"))
    if target:
        return target, button
    more = enrolment_url(about.enrolment_id)
    return (more, str(_("查看"))) if more else ("", "")


def _evidence(block: Block, about: About) -> str:
    """A trainer assigns from the tests: what the page of a person shows is not for trainers."""
    if scopes("assessment.assign") <= {"own"}:
        return allowed("assessments.index")
    return allowed("reports.assign", person_id=about.person_id, competency=block.competency)


def _target(block: Block, about: About, *, is_mine: bool) -> str:
    """Where this reader does it; empty where it is not hers to do."""
    match block.reason:
        case Reason.NO_MENTOR:
            return allowed("fieldwork.pairing", person_id=about.person_id)
        case Reason.LEVEL:
            return _evidence(block, about)
        case Reason.MARKING:
            return _marking(block, about, is_mine=is_mine)
        case Reason.UNPLANNED:
            return _door(block, about) if _decides(about) else ""
        case Reason.SAID_NOT_YET | Reason.LATE:
            return _door(block, about) if is_mine else ""
        case _:
            return _decision_url(block, about, is_mine=is_mine)


def _decision_url(block: Block, about: About, *, is_mine: bool) -> str:
    """The page of the enrolment, with the form of the one thing to decide open."""
    decides = _decides(about)
    if block.reason is Reason.SIGNATURE and is_mine:
        return enrolment_url(about.enrolment_id)
    if block.reason is Reason.EXHAUSTED and decides:
        return act_url(about.enrolment_id, "retry")
    if block.reason is Reason.AWAY and decides and is_mine:
        return act_url(about.enrolment_id, "resume")
    if block.reason is Reason.DECISION and decides and is_mine:
        if _gate_progress(block, about).may_extend:
            return act_url(about.enrolment_id, "extend")
        return act_url(about.enrolment_id, "waive" if _can_waive(block, about) else "exempt")
    return ""


def _can_waive(block: Block, about: About) -> bool:
    """Whether letting her off an activity would bring her any nearer: a level is not let off."""
    return any(isinstance(one, NeedsActivity) for one in _gate_progress(block, about).missing)


def _marking(block: Block, about: About, *, is_mine: bool) -> str:
    """The way to the marks: an assessor's to rated work, a marker's to an exam."""
    activity = about.progress.track.activity(block.activity)
    if activity is not None and activity.exam is not None:
        return allowed("grading.queue")
    return _door(block, about) if is_mine else ""


def _door(block: Block, about: About) -> str:
    activity = about.progress.track.activity(block.activity)
    if activity is None:
        return enrolment_url(about.enrolment_id)
    if activity.exam is not None:
        return ""
    endpoint = DOORS.get(activity.kind)
    if endpoint is None:
        return ""
    return way(endpoint, enrolment_id=about.enrolment_id, activity_id=activity.id)
