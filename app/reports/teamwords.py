"""The team page's cells and lists in words."""

from dataclasses import dataclass
from itertools import groupby

from flask_babel import format_date

from app.competency.queries import StoredLevel
from app.domain import team
from app.domain.competency import Call, Status
from app.reports.matrix import Cell, Column, ListRow, TeamPage
from app.reports.words import DASH, _, need_text, step_name, text_of


@dataclass(frozen=True, slots=True)
class CellWords:
    """How a cell looks and what it says: class, evidence shape, level, mark, sentence."""

    kind: str
    status: str
    main: str
    sub: str
    say: str
    is_over: bool = False


_NOT_ASKED = "na"


class TeamWords:
    """Sentences about one team page."""

    def __init__(self, page: TeamPage, lang: str) -> None:
        self.page, self.lang = page, lang
        self._names = {
            found.slug: text_of(found.name, lang) for found in page.framework.competencies
        }

    def name(self, slug: str) -> str:
        """A competency's name."""
        return self._names.get(slug, slug)

    def short(self, column: Column) -> str:
        """The head of a column."""
        found = column.competency
        if self.lang == "en" and found.short:
            return text_of(found.short, self.lang)
        return text_of(found.name, self.lang)

    def groups(self) -> list[tuple[str, int]]:
        """Neighbouring columns of one group, with their number."""
        names = {
            slug: text_of(name, self.lang) for slug, name in self.page.framework.groups.items()
        }
        return [
            (names.get(group or "", ""), len(list(columns)))
            for group, columns in groupby(self.page.columns, key=lambda c: c.competency.group)
        ]

    def step(self, step: str | None) -> str:
        """A career step."""
        return step_name(step)

    def cell(self, cell: Cell) -> CellWords:
        """One cell."""
        level = cell.level
        if level is None or level.expected is None:
            return CellWords(_NOT_ASKED, "", DASH, "", _("本岗位不要求"))
        if level.status is Status.SUFFICIENT:
            return self._settled(level)
        if level.status is Status.PROVISIONAL:
            said = f"{level.lo:.0f}–{level.hi:.0f}"
            return CellWords("half", level.status, "", said, _("暂定，区间 %(said)s", said=said))
        if level.status is Status.STALE and level.newest_on is not None:
            month = format_date(level.newest_on, "MMM")
            return CellWords(
                "stale", level.status, "", month, _("证据过期，最近 %(day)s", day=level.newest_on)
            )
        lacking = _("差 %(n)s 项", n=cell.lacking)
        return CellWords(
            "none", level.status, "", lacking, _("证据不足，还差 %(n)s 项", n=cell.lacking)
        )

    def _settled(self, level: StoredLevel) -> CellWords:
        confirmed = level.level or DASH
        facts = {"level": confirmed, "expected": level.expected}
        if level.call is Call.GAP:
            n = team.gap(level)
            text = _("%(level)s，差距 %(n)s 级，期望 %(expected)s", n=n, **facts)
            return CellWords("gap", level.status, confirmed, f"−{n}", text)
        if level.call is Call.UNDECIDED:
            text = _("%(level)s，未定，期望 %(expected)s", **facts)
            return CellWords("open", level.status, confirmed, "?", text)
        above = (level.level.rank if level.level else 0) - (
            level.expected.rank if level.expected else 0
        )
        text = _("%(level)s，达标，期望 %(expected)s", **facts)
        over = above > 0
        return CellWords(
            "pass", level.status, confirmed, f"+{above}" if over else "✓", text, is_over=over
        )

    def names_of(self, row: ListRow, most: int = 3) -> str:
        """The competencies of a list row, the first few of them."""
        names = [self.name(level.competency) for level in row.levels]
        said = _("、").join(names[:most])
        return said if len(names) <= most else _("%(what)s 等 %(n)s 项", what=said, n=len(names))

    def helpers(self, row: ListRow, most: int = 2) -> str:
        """Colleagues above expectation where this person's heaviest gap is; empty for none."""
        slug = row.levels[0].competency
        names = [
            one.name
            for one in self.page.coaches
            if one.person_id != row.person_id
            and any(level.competency == slug for level in one.levels)
        ]
        return _("可请 %(names)s 带", names=_("、").join(names[:most])) if names else ""

    def gap_meta(self, row: ListRow) -> str:
        """What is expected and what there is, of the heaviest gap."""
        first = row.levels[0]
        said = _(
            "期望 %(expected)s，现 %(level)s，区间 %(lo).0f–%(hi).0f",
            expected=first.expected,
            level=first.level or DASH,
            lo=first.lo,
            hi=first.hi,
        )
        return said if len(row.levels) == 1 else f"{self.name(first.competency)} {said}"

    def prove_meta(self, row: ListRow) -> str:
        """What is missing of the heaviest one."""
        first = row.levels[0]
        if first.status is Status.STALE and first.newest_on is not None:
            return _("最近一次是 %(day)s，重做 1 次", day=first.newest_on)
        needs = [need_text(need) for need in row.missing]
        return _("还差 %(what)s", what=_("、").join(needs)) if needs else _("还差证据")

    def coach_meta(self, row: ListRow) -> str:
        """How far above."""
        first = row.levels[0]
        return _("%(level)s，期望 %(expected)s", level=first.level, expected=first.expected)
