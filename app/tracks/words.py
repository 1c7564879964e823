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
    credential = text_in(track.credential.title, lang) if track.credential else ""
    gate = gate_title(track, rule, lang)
    match event:
        case Event.OPEN_GATE:
            return _("过了“%(gate)s”", gate=gate)
        case Event.MISS:
            return _("“%(gate)s”的日期过了，还没过关", gate=gate)
        case Event.REACH_GATE:
            return _("“%(gate)s”只差签字", gate=gate)
        case Event.LEAVE_GATE:
            return _("“%(gate)s”又有一项要补", gate=gate)
        case Event.EXTEND:
            return _("“%(gate)s”延期 %(n)s 天", gate=gate, n=detail.get("days", 0))
        case Event.PAUSE:
            return _("从 %(day)s 起请假", day=detail.get("from", ""))
        case Event.RESUME:
            return _("%(day)s 返岗", day=detail.get("back", ""))
        case Event.RECERTIFY:
            return _("开始第 %(n)s 次再认证", n=detail.get("number", 1))
        case Event.MOVE:
            return _(
                "从第 %(old)s 版换到第 %(new)s 版",
                old=detail.get("from", ""),
                new=detail.get("to", ""),
            )
        case Event.WAIVE:
            activity = track.activity(rule)
            title = text_in(activity.title, lang) if activity else rule
            if detail.get("waived", True):
                return _("“%(title)s”免做", title=title)
            return _("“%(title)s”改回要做", title=title)
        case _:
            return _plain(event, credential)


def _plain(event: Event, credential: str) -> str:
    return {
        Event.ENROL: _("报名"),
        Event.BEGIN: _("开始"),
        Event.FINISH: _("所有关口都过了"),
        Event.CERTIFY: _("获得“%(title)s”", title=credential),
        Event.SOON: _("“%(title)s”快到期", title=credential),
        Event.EXPIRE: _("“%(title)s”不再有效", title=credential),
        Event.RENEW: _("再认证完成，“%(title)s”换新", title=credential),
        Event.WITHDRAW: _("移出路径"),
        Event.EXEMPT: _("免修"),
        Event.VOID: _("“%(title)s”作废", title=credential),
        Event.RESTORE: _("作废撤回，“%(title)s”恢复有效", title=credential),
        Event.READMIT: _("重新加入路径"),
    }.get(event, event.value)


def gate_title(track: Track, gate_id: str, lang: str) -> str:
    """What a gate is called; its id where this version no longer has it."""
    stages = [*track.stages, *([track.renewal] if track.renewal else [])]
    found = next((one.gate for one in stages if one.gate and one.gate.id == gate_id), None)
    return text_in(found.title, lang) if found else gate_id


def rule_says(event: Event, rule: str, track: Track) -> str:
    """What an event followed from, where nobody decided it; empty where the sentence says it."""
    name, _colon, more = rule.partition(":")
    keep = track.credential.keep if track.credential else None
    match event, name:
        case Event.BEGIN, _:
            return _("第 1 天到了，或者已经做了第一项")
        case ((Event.ENROL | Event.READMIT), "enrol"):
            role, _colon, days = more.partition(":")
            return _("自动报名规则：%(role)s，入职 %(n)s 天内", role=role_name(role), n=days)
        case Event.WITHDRAW, "left":
            return _("已离职")
        case Event.EXPIRE, "keep" if keep is not None:
            return _("最近 %(of)s 轮要参加 %(needed)s 轮", of=keep[1], needed=keep[0])
        case ((Event.SOON | Event.EXPIRE), _):
            return _("证书的有效期")
        case Event.OPEN_GATE, _:
            return _("这一关要的都齐了")
        case Event.MISS, _:
            return _("到日期当天 23:59 还缺项")
        case Event.RENEW, _:
            return _("再认证的各项都完成了")
        case _:
            return ""


def role_name(role: str) -> str:
    """A job role in words."""
    return {"seller": _("销售"), "manager": _("团队经理"), "staff": _("职能")}.get(role, role)


def party_name(party: Party) -> str:
    """Who acts, in words."""
    names = {
        Party.LEARNER: _("学员本人"),
        Party.MENTOR: _("带教人"),
        Party.TRAINER: _("讲师"),
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
