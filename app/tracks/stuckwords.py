"""What keeps somebody on a track, in words: why, since when, who must act, and the way to do it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import current_app, url_for
from flask_babel import gettext

from app.competency import queries as competency
from app.domain.framework import Framework, Level
from app.domain.items import text_in
from app.domain.progress import Progress
from app.domain.stuck import Block, Reason
from app.domain.tracks import (
    ActivityKind,
    Gate,
    NeedsLevel,
    Party,
)
from app.kernel.auth import may, view_of
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
    """Whom a block is about, and who reads it. `names` by id, of all who may have to act."""

    enrolment_id: int
    person_id: int
    name: str
    progress: Progress
    parties: Mapping[Party, tuple[int, ...]]
    names: Mapping[int, str]
    reader_id: int
    lang: str
    framework: Framework | None


def framework_now() -> Framework | None:
    """The framework in force, for the names of competencies."""
    current = competency.in_force()
    return current.framework if current else None


def reason_name(reason: Reason) -> str:
    """A reason in a few words, for filters and heads."""
    return {
        Reason.AWAY: _("请假中"),
        Reason.EXHAUSTED: _("考试次数用完"),
        Reason.NO_MENTOR: _("没有带教人"),
        Reason.UNPLANNED: _("没排评委"),
        Reason.MARKING: _("等评分"),
        Reason.SIGNATURE: _("等签字"),
        Reason.SAID_NOT_YET: _("签了“还不行”"),
        Reason.DECISION: _("等人定下一步"),
        Reason.LATE: _("晚了"),
        Reason.LEVEL: _("能力还没确认"),
        Reason.COOLDOWN: _("等下次考试"),
    }[reason]


def action_name(reason: Reason) -> str:
    """What is to be done about it, as a button says it."""
    return {
        Reason.AWAY: _("登记返岗"),
        Reason.EXHAUSTED: _("定下一步"),
        Reason.NO_MENTOR: _("配带教人"),
        Reason.UNPLANNED: _("安排评委"),
        Reason.MARKING: _("去评分"),
        Reason.SIGNATURE: _("去签字"),
        Reason.SAID_NOT_YET: _("再看一次"),
        Reason.DECISION: _("定下一步"),
        Reason.LATE: _("去完成"),
        Reason.LEVEL: _("安排证据"),
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
        who=who(block.party, people, about),
        url=url,
        button=button,
        is_mine=is_mine,
    )


def waits(since: date, today: date) -> str:
    """Since when, and how long that is."""
    days = (today - since).days
    if days <= 0:
        return str(_("从今天起"))
    return _("从 %(day)s 起，%(n)s 天", day=f"{since:%m-%d}", n=days)


def why(block: Block, about: About, today: date) -> str:
    """The one thing that blocks, named."""
    what = _subject(block, about)
    until = f"{block.until:%m-%d}" if block.until else ""
    if block.reason is Reason.LATE:
        return _late(block, about, what, today)
    if block.reason is Reason.LEVEL:
        return _level(block, about, what)
    if block.reason is Reason.SAID_NOT_YET and not until:
        party = party_name(block.said_by or block.party)
        return _("“%(what)s”，%(party)s签了“还不行”", what=what, party=party)
    return _plain(block, what, until)


def _plain(block: Block, what: str, until: str) -> str:
    party = party_name(block.said_by or block.party)
    return {
        Reason.AWAY: _("请假中"),
        Reason.EXHAUSTED: _("“%(what)s”的次数用完了，还没通过", what=what),
        Reason.NO_MENTOR: _("没有带教人"),
        Reason.UNPLANNED: _("“%(what)s”还没排好评委和时间", what=what),
        Reason.MARKING: _("“%(what)s”已完成，等评分", what=what),
        Reason.SIGNATURE: _("“%(what)s”等%(party)s签字", what=what, party=party),
        Reason.SAID_NOT_YET: _(
            "“%(what)s”，%(party)s签了“还不行”，%(day)s 再看", what=what, party=party, day=until
        ),
        Reason.DECISION: _("“%(what)s”的日期过了，还没定是延期还是别的", what=what),
        Reason.COOLDOWN: _("“%(what)s”没通过，%(day)s 起可以再考", what=what, day=until),
    }[block.reason]


def _late(block: Block, about: About, what: str, today: date) -> str:
    step = next((s for s in about.progress.steps if s.activity.id == block.activity), None)
    if step is not None and step.activity.times > 1:
        return _(
            "“%(what)s”晚了 %(n)s 天，做了 %(k)s 次，要 %(needed)s 次",
            what=what,
            n=(today - block.since).days + 1,
            k=step.times,
            needed=step.activity.needed,
        )
    return _("“%(what)s”晚了 %(n)s 天", what=what, n=(today - block.since).days + 1)


def _level(block: Block, about: About, gate: str) -> str:
    found = about.framework.competency(block.competency) if about.framework else None
    name = text_in(found.name, about.lang) if found else block.competency
    needs = _gate(block, about).needs
    level = next(
        (n.level for n in needs if isinstance(n, NeedsLevel) and n.competency == block.competency),
        Level.L1,
    )
    return _("“%(gate)s”要%(name)s到 %(level)s，证据还不够", gate=gate, name=name, level=level)


def _gate(block: Block, about: About) -> Gate:
    return next(one.gate for one in about.progress.gates if one.gate.id == block.gate)


def _subject(block: Block, about: About) -> str:
    if block.activity:
        activity = about.progress.track.activity(block.activity)
        return text_in(activity.title, about.lang) if activity else block.activity
    return text_in(_gate(block, about).title, about.lang) if block.gate else ""


def who(party: Party, people: Sequence[int], about: About) -> str:
    """Who must act: the party, with names where they are known."""
    if party is Party.LEARNER:
        return about.name
    known = [about.names[one] for one in people if one in about.names]
    if not known:
        return _("%(party)s（还没有人）", party=party_name(party))
    shown = _("、").join(known[:MOST_NAMES])
    if len(known) > MOST_NAMES:
        return _("%(party)s%(names)s等", party=party_name(party), names=shown)
    return _("%(party)s%(names)s", party=party_name(party), names=shown)


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


def _act(block: Block, about: About, *, is_mine: bool) -> tuple[str, str]:
    """Where and with which word the reader gets on; else where she sees more."""
    target = ""
    match block.reason:
        case Reason.NO_MENTOR:
            target = allowed("fieldwork.pairing", person_id=about.person_id)
        case Reason.UNPLANNED | Reason.MARKING:
            target = _door(block, about)
        case Reason.LEVEL:
            target = allowed(
                "reports.assign", person_id=about.person_id, competency=block.competency
            )
        case Reason.SIGNATURE | Reason.DECISION | Reason.EXHAUSTED | Reason.AWAY:
            target = enrolment_url(about.enrolment_id) if is_mine else ""
        case Reason.SAID_NOT_YET | Reason.LATE | Reason.COOLDOWN:
            target = _door(block, about) if is_mine else ""
    if target:
        return target, action_name(block.reason)
    more = enrolment_url(about.enrolment_id)
    return (more, str(_("查看"))) if more else ("", "")


def _door(block: Block, about: About) -> str:
    activity = about.progress.track.activity(block.activity)
    if activity is None:
        return enrolment_url(about.enrolment_id)
    if activity.exam is not None:
        return allowed("grading.queue") if block.reason is Reason.MARKING else ""
    endpoint = DOORS.get(activity.kind)
    if endpoint is None:
        return ""
    return way(endpoint, enrolment_id=about.enrolment_id, activity_id=activity.id)
