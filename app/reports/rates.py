"""Pass rates as the team page and its workbook print them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from app.accounts import queries as accounts
from app.analytics import queries as analytics
from app.analytics.queries import RateLine
from app.reports.words import _, rate_text


@dataclass(frozen=True, slots=True)
class RateRow:
    """One rate. Shares in whole per cent; None below ten people."""

    name: str
    passed: int
    n: int
    percent: int | None
    lo: int | None
    hi: int | None
    text: str
    counted: int
    trend: tuple[int, ...]
    apart: str


@dataclass(frozen=True, slots=True)
class RateTable:
    """Rates of one kind."""

    key: str
    title: str
    rows: tuple[RateRow, ...]


def tables(
    unit: accounts.UnitRef, people: Collection[int], *, today: date, lang: str, most: int = 12
) -> list[RateTable]:
    """By track, assessment, bank and team; kinds without a result are left out."""
    below = accounts.units_below_select(unit.id, today)
    found = analytics.rates(below, people, lang=lang, most=most)
    made = [
        RateTable("tracks", _("培训路径"), _rows(found.tracks, _("还没考完"))),
        RateTable("assessments", _("测验"), _rows(found.assessments, _("答题中"))),
        RateTable("banks", _("题库"), _rows(found.banks, _("答题中"))),
        RateTable("teams", _("团队"), _rows(found.teams, "")),
    ]
    return [table for table in made if table.rows]


def _rows(lines: Sequence[RateLine], under_way: str) -> tuple[RateRow, ...]:
    return tuple(_row(line, under_way) for line in lines)


def _row(line: RateLine, under_way: str) -> RateRow:
    rate = line.rate
    few = rate.few or rate.lo is None or rate.hi is None
    percents = [point.percent for point in line.trend]
    apart = [
        text
        for n, text in (
            (line.not_started, _("未开始 %(n)s", n=line.not_started)),
            (line.under_way, f"{under_way} {line.under_way}"),
            (line.waiting, _("等待公布 %(n)s", n=line.waiting)),
            (line.void, _("作废 %(n)s", n=line.void)),
        )
        if n
    ]
    return RateRow(
        name=line.name,
        passed=rate.passed,
        n=rate.n,
        percent=None if few else round(100 * rate.passed / rate.n),
        lo=None if few else round(100 * (rate.lo or 0)),
        hi=None if few else round(100 * (rate.hi or 0)),
        text=rate_text(rate),
        counted=line.counted,
        trend=tuple(p for p in percents if p is not None),
        apart=_("，").join(apart),
    )
