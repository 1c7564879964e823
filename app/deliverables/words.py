"""Stages, traces and milestones in the reader's language."""

from collections.abc import Callable, Mapping
from typing import Final

from flask_babel import gettext as _
from flask_babel import pgettext

from app.domain.deliverables import Handed, Milestone, Stage, Trace

_STAGES: Final[Mapping[Stage, Callable[[], str]]] = {
    Stage.WRITING: lambda: _("在写"),
    Stage.DRAFT_IN: lambda: _("草稿已交，等批注"),
    Stage.FINAL_IN: lambda: _("已交，等评审"),
    Stage.SENT_BACK: lambda: _("退回修改"),
    Stage.FAILED: lambda: _("没有过线"),
    Stage.ACCEPTED: lambda: _("已通过"),
}
_HANDED: Final[Mapping[Handed, Callable[[], str]]] = {
    Handed.DRAFT: lambda: _("草稿"),
    Handed.FINAL: lambda: _("正式稿"),
    Handed.RESUBMISSION: lambda: _("重交稿"),
}
_TRACES: Final[Mapping[Trace, Callable[[], str]]] = {
    Trace.PHONE: lambda: _("像电话"),
    Trace.EMAIL: lambda: _("像邮箱"),
    Trace.ID_CARD: lambda: _("像证件号"),
    Trace.COMPANY: lambda: _("像公司名"),
    Trace.PERSON: lambda: _("像人名"),
    Trace.EARLIER: lambda: _("以前提醒过"),
}
_MILESTONES: Final[Mapping[Milestone, Callable[[], str]]] = {
    Milestone.REACHED: lambda: _("做到了"),
    Milestone.PARTLY: lambda: _("做到一部分"),
    Milestone.MISSED: lambda: _("没做到"),
    Milestone.DROPPED: lambda: pgettext("milestone", "不做了"),
}


def stage(one: Stage) -> str:
    """Where a document stands."""
    return _STAGES[one]()


def handed(one: Handed) -> str:
    """What a submission is."""
    return _HANDED[one]()


def trace(one: str) -> str:
    """What a place may give away."""
    return _TRACES[Trace(one)]() if one in set(Trace) else one


def milestone(one: Milestone | None) -> str:
    """What became of a milestone; empty before the follow-up."""
    return _MILESTONES[one]() if one else ""
