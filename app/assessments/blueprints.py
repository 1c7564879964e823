"""View model of the two-way table (双向细目表) of a plan, and of what each of its rows lacks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from flask_babel import gettext

from app.domain.blueprint import CellCheck, Column, Square, feasibility, supply, two_way
from app.domain.forms_parallel import Overlap
from app.domain.items import ItemType
from app.domain.papers import Candidate, PaperPlan
from app.domain.scoring import shown

_: Callable[..., str] = gettext


@dataclass(frozen=True, slots=True)
class SquareView:
    """One square: how many items, what they are worth, what is missing; empty where nothing is."""

    n: str
    points: str
    missing: str


@dataclass(frozen=True, slots=True)
class LineView:
    """A row of the table with its share."""

    name: str
    squares: tuple[SquareView, ...]
    total: SquareView
    share: str


@dataclass(frozen=True, slots=True)
class RowCheck:
    """What one row of the form finds. `row` counts from 0, as on the form."""

    row: int
    text: str
    is_met: bool
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Blueprint:
    """The table, a verdict in one sentence, and a check for each row of the form."""

    columns: tuple[str, ...]
    lines: tuple[LineView, ...]
    foot: LineView
    shares: tuple[str, ...]
    verdict: str
    is_met: bool
    checks: tuple[RowCheck, ...]


def blueprint(
    plan: PaperPlan,
    pool: Sequence[Candidate],
    competencies: Mapping[str, str],
    rows: Sequence[int],
) -> Blueprint:
    """`competencies`: names by slug, in the framework's order. `rows`: row of the form by cell."""
    table = two_way(plan, pool, list(competencies))
    checks = feasibility(plan, pool)
    is_met = not table.total.missing and bool(table.total.n)
    return Blueprint(
        columns=tuple(map(_column, table.columns)),
        lines=tuple(
            LineView(
                name=competencies.get(line.competency, line.competency) or _("不限能力"),
                squares=tuple(map(_square, line.squares)),
                total=_square(line.total),
                share=_percent(line.share),
            )
            for line in table.rows
        ),
        foot=LineView(
            name=_("合计"),
            squares=tuple(map(_square, table.totals)),
            total=_square(table.total),
            share="100%" if table.total.n else "",
        ),
        shares=tuple(map(_percent, table.shares)),
        verdict=_verdict(table.total),
        is_met=is_met,
        checks=tuple(_check(one, rows) for one in checks),
    )


def _verdict(total: Square) -> str:
    if not total.n:
        return _("还没有写题数。")
    points = _("分值看抽到哪些题") if total.points is None else _("%(p)s 分", p=shown(total.points))
    if total.missing:
        return _("共 %(n)s 题，%(p)s，还缺 %(m)s 题。", n=total.n, p=points, m=total.missing)
    return _("共 %(n)s 题，%(p)s，题目够用。", n=total.n, p=points)


def _square(square: Square) -> SquareView:
    if not square.n:
        return SquareView("", "", "")
    points = "" if square.points is None else _("%(p)s 分", p=shown(square.points))
    missing = _("缺 %(n)s 题", n=square.missing) if square.missing else ""
    return SquareView(str(square.n), points, missing)


def _column(column: Column) -> str:
    kinds = {
        ItemType.SINGLE: _("单选"),
        ItemType.MULTI: _("多选"),
        ItemType.TRUE_FALSE: _("判断"),
        ItemType.SHORT: _("简答"),
    }
    kind = _("不限题型") if column.type is None else kinds[column.type]
    if column.difficulty is None:
        return kind
    return _("%(kind)s，难度 %(d)s", kind=kind, d=column.difficulty)


def _percent(share: Fraction) -> str:
    return f"{round(share * 100)}%" if share else ""


def _check(one: CellCheck, rows: Sequence[int]) -> RowCheck:
    if not one.missing:
        return RowCheck(rows[one.index], _("够，合条件的有 %(n)s 题", n=one.fitting), is_met=True)
    text = _("缺 %(n)s 题", n=one.missing)
    if one.clash is not None:
        names = _("、").join(str(rows[cell] + 1) for cell in one.clash.cells)
        text += _(
            "：第 %(rows)s 行抢同一批题，一共要 %(want)s 题，只有 %(have)s 题",
            rows=names,
            want=one.clash.wanted,
            have=one.clash.there,
        )
    else:
        text += _("，合条件的只有 %(n)s 题", n=one.fitting)
    return RowCheck(rows[one.index], text, is_met=False, missing=one.missing)


# ---------------------------------------------------------------- what stands beside the table


def supply_by_key(pool: Sequence[Candidate]) -> dict[str, int]:
    """How many items there are, by `type|competency|difficulty`; an empty part: whichever."""
    return {
        f"{kind or ''}|{competency}|{difficulty or ''}": n
        for (kind, competency, difficulty), n in supply(pool).items()
    }


@dataclass(frozen=True, slots=True)
class OverlapView:
    """How much parallel forms repeat each other. `is_most`: half of two forms or more."""

    text: str
    is_most: bool


def overlap_view(overlaps: Sequence[Overlap]) -> OverlapView | None:
    """The worst pair of forms in a sentence; None for a single form."""
    worst = max(overlaps, key=lambda one: one.shared, default=None)
    if worst is None:
        return None
    if worst.is_all:
        text = _("平行卷的题目会完全相同：题库里没有多余的题可换。")
    elif worst.shared:
        text = _("每两份卷最多共用 %(n)s 题，每份 %(all)s 题。", n=worst.shared, all=worst.of)
    else:
        text = _("各卷没有共用的题，每份 %(all)s 题。", all=worst.of)
    return OverlapView(text, worst.is_most)
