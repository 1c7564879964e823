"""Rated work in words: states, seats, how an outcome came about, why somebody may not assess."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from flask_babel import gettext

from app.domain.rated import Conflict, How, SeatRole, Wanted, Why
from app.domain.tracks import Marking, Party, RatedRules
from app.kernel.i18n import show_points
from app.ratings.errors import CONFLICTS
from app.ratings.models import PerformanceState

_: Callable[..., str] = gettext
Say = Callable[[], str]

STATES: Final[Mapping[PerformanceState, tuple[Say, str]]] = {
    PerformanceState.PLANNED: (lambda: _("还缺评委"), "warn"),
    PerformanceState.OPEN: (lambda: _("评委齐了，还没评"), "accent"),
    PerformanceState.MARKING: (lambda: _("评分中"), "accent"),
    PerformanceState.SETTLED: (lambda: _("已定分，未公布"), "accent"),
    PerformanceState.RELEASED: (lambda: _("已公布"), ""),
    PerformanceState.VOID: (lambda: _("作废"), "danger"),
}
ROLES: Final[Mapping[SeatRole, Say]] = {
    SeatRole.MARKER: lambda: _("评委"),
    SeatRole.LEAD: lambda: _("主评"),
    SeatRole.ARBITER: lambda: _("仲裁"),
    SeatRole.PANEL: lambda: _("评审组"),
    SeatRole.PEER: lambda: _("互评人"),
    SeatRole.APPEAL: lambda: _("申诉复评"),
}
PLACES: Final[Mapping[Party | None, Say]] = {
    Party.MANAGER: lambda: _("评审组：直接上级"),
    Party.HR: lambda: _("评审组：HR"),
    Party.TRAINER: lambda: _("评审组：培训师"),
    Party.MENTOR: lambda: _("评审组：带教人"),
    None: lambda: _("评审组：另一个部门"),
}


def state(value: str) -> tuple[str, str]:
    """A state's word, and the kind of its tag."""
    say, kind = STATES[PerformanceState(value)]
    return say(), kind


def role(value: SeatRole, party: Party | None = None) -> str:
    """What a seat is called."""
    if value is SeatRole.PANEL:
        return PLACES.get(party, ROLES[value])()
    return ROLES[value]()


def conflict(value: Conflict) -> str:
    """Why somebody may not assess."""
    return _(CONFLICTS[value].message)


def percent(share: Fraction) -> str:
    """A share of the maximum as points of 100."""
    return show_points(100 * share)


def marking(rules: RatedRules, *, is_peer: bool = False) -> str:
    """How it is marked, in a sentence."""
    tolerance = percent(rules.tolerance)
    if is_peer:
        return _("同事互评，取平均。")
    if rules.panel:
        return _("评审组三人各自独立打分；相差不超过 %(t)s 分取平均，都超过就交仲裁。", t=tolerance)
    match rules.marking:
        case Marking.SINGLE:
            return _("一位评委打分；总分离及格线很近时再请第二位。")
        case Marking.LEAD:
            return _("一位评委先打分，主评看过以后定分。")
        case Marking.PAIR:
            return _(
                "两位评委各自独立打分；总分相差不超过 %(t)s 分取平均，超过就由主评定分。",
                t=tolerance,
            )
        case Marking.PANEL:
            return _(
                "两位评委各自独立打分；总分相差超过 %(t)s 分，主评再独立打分，还是都超过就交仲裁。",
                t=tolerance,
            )


def how(value: How, *, tolerance: Fraction, apart: Fraction | None, independent: int) -> str:
    """How an outcome came about. `apart`: how far the totals lay from one another."""
    values = {
        "t": percent(tolerance),
        "d": "—" if apart is None else percent(apart),
        "n": independent,
    }
    say: Mapping[How, Callable[..., str]] = {
        How.SINGLE: lambda **_v: _("一位评委打分，总分离及格线够远，不用再请第二位。"),
        How.LEAD_SAW: lambda **_v: _("主评看过第一位评委的评分以后定分。"),
        How.MEAN: lambda **v: _(
            "两位评委各自独立打分，总分相差 %(d)s 分，没有超过 %(t)s 分，取平均。", **v
        ),
        How.LEAD_DECIDED: lambda **v: _(
            "两位评委总分相差 %(d)s 分，超过 %(t)s 分，由主评看过以后定分。", **v
        ),
        How.WITH_LEAD: lambda **v: _(
            "两位评委总分相差超过 %(t)s 分，主评独立打分后，取相近的 %(n)s 份平均。", **v
        ),
        How.PANEL_MEAN: lambda **v: _(
            "评审组三人各自独立打分，离中间一份都不超过 %(t)s 分，取平均。", **v
        ),
        How.PANEL_PART: lambda **v: _(
            "评审组三人各自独立打分，取相差不超过 %(t)s 分的 %(n)s 份平均。", **v
        ),
        How.ARBITER: lambda **v: _("各份评分相差都超过 %(t)s 分，由仲裁看过以后定分。", **v),
        How.PEERS: lambda **v: _("%(n)s 位同事互评，取平均。", **v),
        How.APPEAL: lambda **_v: _("申诉以后由另一位评委复评，按复评定分。"),
    }
    return say[value](**values)


def wanted(found: Wanted) -> str:
    """Whose mark is missing, and why."""
    name = ROLES[found.role]()
    say: Mapping[Why, Callable[[], str]] = {
        Why.FIRST: lambda: _("还等 %(n)s 份%(role)s的评分。", n=found.n, role=name),
        Why.NEAR: lambda: _("总分离及格线很近，要第二位评委独立打分。"),
        Why.LEAD_FOLLOWS: lambda: _("评委已评完，等主评定分。"),
        Why.OUTSIDE: lambda: _("总分相差超过容差，要%(role)s来评。", role=name),
        Why.STILL_OUTSIDE: lambda: _("主评的总分离两位评委都超过容差，要仲裁来定。"),
    }
    return say[found.why]()


def titles(parts: Sequence[str]) -> str:
    """Names in a row."""
    return _("、").join(parts)
