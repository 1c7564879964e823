"""The words of an enrolment's life, in one place: states, events, the rules behind them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask_babel import gettext, pgettext

from app.domain.enrolment import Event, State
from app.domain.items import text_in
from app.domain.tracks import ActivityKind, Party, Track

_: Callable[..., str] = gettext

# The colour of a state: amber waits for somebody, grey is over, teal holds.
TONES: Final[Mapping[State, str]] = {
    State.ASSIGNED: "",
    State.ACTIVE: "accent",
    State.AT_GATE: "warn",
    State.PASSED: "pass",
    State.CERTIFIED: "pass",
    State.EXPIRING: "warn",
    State.EXPIRED: "danger",
    State.RECERTIFYING: "accent",
    State.EXTENDED: "warn",
    State.NOT_YET: "warn",
    State.PAUSED: "line",
    State.WITHDRAWN: "line",
    State.EXEMPT: "line",
}


def state_name(state: State) -> str:
    """Where an enrolment stands, in a word."""
    return {
        State.ASSIGNED: _("还没开始"),
        State.ACTIVE: _("进行中"),
        State.AT_GATE: _("等签字过关"),
        State.PASSED: _("已通过"),
        State.CERTIFIED: _("已认证"),
        State.EXPIRING: _("证书快到期"),
        State.EXPIRED: _("证书已过期"),
        State.RECERTIFYING: _("再认证中"),
        State.EXTENDED: _("已延期"),
        State.NOT_YET: _("这一关还没过"),
        State.PAUSED: _("暂停"),
        State.WITHDRAWN: _("已移出"),
        State.EXEMPT: _("免修"),
    }[state]


def state_means(state: State) -> str:
    """What a state means for whoever reads it, in a sentence."""
    return {
        State.ASSIGNED: _("第 1 天还没到，可以先看课程。"),
        State.ACTIVE: _("按日期往下走。"),
        State.AT_GATE: _("要做的都做完了，只差签字。"),
        State.PASSED: _("所有关口都过了。"),
        State.CERTIFIED: _("所有关口都过了，证书有效。"),
        State.EXPIRING: _("证书还有效，可以开始再认证了。"),
        State.EXPIRED: _("证书不再有效，再认证后恢复。"),
        State.RECERTIFYING: _("再认证的各项完成后，证书换新。"),
        State.EXTENDED: _("日期已经顺延一次，按计划补齐。"),
        State.NOT_YET: _("日期过了，还没过关。不算失败，由经理定下一步。"),
        State.PAUSED: _("请假期间日期不走，返岗后顺延。"),
        State.WITHDRAWN: _("不在这条路径上了，做过的内容仍作为证据保留。"),
        State.EXEMPT: _("凭证据免修，不用再走这条路径。"),
    }[state]


def event_says(event: Event, rule: str, detail: Mapping[str, Any], track: Track, lang: str) -> str:
    """One event as a sentence. `track` is the version the enrolment has now."""
    activity = track.activity(rule) if event in {Event.WAIVE, Event.RETRY} else None
    is_waived = detail.get("waived", True)
    words = {
        "title": text_in(track.credential.title, lang) if track.credential else "",
        "gate": gate_title(track, rule, lang),
        "activity": text_in(activity.title, lang) if activity else rule,
        "n": detail.get("days", detail.get("number", "")),
        "day": detail.get("from", detail.get("back", "")),
        "old": detail.get("from", ""),
        "new": detail.get("to", ""),
    }
    says: Mapping[Event, Callable[[], str]] = {
        Event.ENROL: lambda: _("报名"),
        Event.BEGIN: lambda: _("开始"),
        Event.REACH_GATE: lambda: _("“%(gate)s”只差签字", **words),
        Event.LEAVE_GATE: lambda: _("“%(gate)s”又有一项要补", **words),
        Event.OPEN_GATE: lambda: _("过了“%(gate)s”", **words),
        Event.MISS: lambda: _("“%(gate)s”的日期过了，还没过关", **words),
        Event.FINISH: lambda: _("所有关口都过了"),
        Event.CERTIFY: lambda: _("获得“%(title)s”", **words),
        Event.SOON: lambda: _("“%(title)s”快到期", **words),
        Event.EXPIRE: lambda: _("“%(title)s”不再有效", **words),
        Event.RENEW: lambda: _("再认证完成，“%(title)s”换新", **words),
        Event.EXTEND: lambda: _("“%(gate)s”延期 %(n)s 天", **words),
        Event.PAUSE: lambda: _("从 %(day)s 起请假", **words),
        Event.RESUME: lambda: _("%(day)s 返岗", **words),
        Event.WITHDRAW: lambda: _("移出路径"),
        Event.EXEMPT: lambda: _("免修"),
        Event.RECERTIFY: lambda: _("开始第 %(n)s 次再认证", **words),
        Event.VOID: lambda: _("“%(title)s”作废", **words),
        Event.RESTORE: lambda: _("作废撤回，“%(title)s”恢复有效", **words),
        Event.READMIT: lambda: _("重新加入路径"),
        Event.MOVE: lambda: _("从第 %(old)s 版换到第 %(new)s 版", **words),
        Event.WAIVE: lambda: (
            _("“%(activity)s”免做", **words) if is_waived else _("“%(activity)s”改回要做", **words)
        ),
        Event.RETRY: lambda: _("“%(activity)s”再给一次，共可考 %(n)s 次", **words),
    }
    return says[event]()


def gate_title(track: Track, gate_id: str, lang: str) -> str:
    """What a gate is called; its id where this version no longer has it."""
    stages = [*track.stages, *([track.renewal] if track.renewal else [])]
    found = next((one.gate for one in stages if one.gate and one.gate.id == gate_id), None)
    return text_in(found.title, lang) if found else gate_id


def rule_says(event: Event, rule: str, track: Track) -> str:
    """What an event followed from, where nobody decided it; empty where the sentence says it."""
    if rule.startswith("enrol:"):
        _enrol, role, days = rule.split(":")
        return _("自动报名规则：%(role)s，入职 %(n)s 天内", role=role_name(role), n=days)
    keep = track.credential.keep if track.credential else None
    if rule == "keep" and keep is not None:
        return _("最近 %(of)s 轮要参加 %(needed)s 轮", of=keep[1], needed=keep[0])
    says: Mapping[Event, str] = {
        Event.BEGIN: _("第 1 天到了，或者已经做了第一项"),
        Event.OPEN_GATE: _("这一关要的都齐了"),
        Event.MISS: _("到日期当天 23:59 还缺项"),
        Event.SOON: _("证书的有效期"),
        Event.EXPIRE: _("证书的有效期"),
        Event.RENEW: _("再认证的各项都完成了"),
        Event.WITHDRAW: _("已离职") if rule == "left" else "",
    }
    return says.get(event, "")


def role_name(role: str) -> str:
    """A job role in words."""
    return {"seller": _("销售"), "manager": _("团队经理"), "staff": _("职能")}.get(role, role)


def party_name(party: Party) -> str:
    """Who acts, in words."""
    names = {
        Party.LEARNER: _("学员本人"),
        Party.MENTOR: _("带教人"),
        Party.TRAINER: _("培训师"),
        Party.MANAGER: _("经理"),
        Party.HR: pgettext("party", "HR"),
        Party.PEER: _("同期学员"),
    }
    return str(names[party])


def kind_name(kind: ActivityKind) -> str:
    """A kind of activity in words."""
    names = {
        ActivityKind.LESSON: _("课程"),
        ActivityKind.EXAM: pgettext("kind", "测验"),
        ActivityKind.CHECKLIST: _("签字清单"),
        ActivityKind.OBSERVATION: _("观察记录"),
        ActivityKind.ROLEPLAY: _("角色演练"),
        ActivityKind.BATTLE: _("模拟战役"),
        ActivityKind.DELIVERABLE: _("交付物"),
        ActivityKind.SEMINAR: _("研讨"),
        ActivityKind.SURVEY: _("自评"),
        ActivityKind.KPI_MILESTONE: _("业绩节点"),
    }
    return str(names[kind])
