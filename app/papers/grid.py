"""The grid in which answers are typed: people down, items across; the same as a workbook."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext

from app.accounts import queries as accounts
from app.accounts.queries import Person
from app.assessments.queries import monitor, printed
from app.assessments.queries.monitor import Head
from app.assessments.queries.printed import FormRow, SheetRow
from app.domain import papercode
from app.domain.items import Item, ItemType
from app.domain.papers import Entry, Paper
from app.domain.papersheet import CellError, Slip, read_cell, write_cell
from app.domain.scoring import shown
from app.kernel.clock import organisation_day
from app.papers import queries
from app.papers.services import Filled

_: Callable[..., str] = gettext

A_PAGE = 25


@dataclass(frozen=True, slots=True)
class CellView:
    """One field. `kind` is the item type, `said` what it is called, `error` what is wrong."""

    name: str
    text: str
    kind: str
    letters: int
    most: str
    said: str
    error: str


@dataclass(frozen=True, slots=True)
class RowView:
    """One person. `entered` is empty for a sheet that nobody typed in yet.

    `locked` says why nothing can be typed in for her; else it is empty.
    """

    code: str
    plain: str
    person: str
    staff_no: str
    letter: str
    entered: str
    cells: tuple[CellView, ...]
    error: str
    locked: str = ""

    @property
    def filled(self) -> int:
        """How many items have something written."""
        return sum(bool(cell.text.strip()) for cell in self.cells)

    @property
    def is_wrong(self) -> bool:
        """Whether something in this row has to be changed."""
        return bool(self.error) or any(cell.error for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Grid:
    """The page: rows of this page, items across by number."""

    head: Head
    numbers: tuple[int, ...]
    rows: tuple[RowView, ...]
    letters: tuple[str, ...]
    pages: int
    page: int
    without: int
    wrong: int
    untouched: int


@dataclass(frozen=True, slots=True)
class Typing:
    """What somebody typed for one sheet: its form's letter and a text for each item."""

    cells: Mapping[int, str]
    letter: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class _Stage:
    """All that reading and showing sheets needs, read once."""

    head: Head
    sheets: Mapping[str, SheetRow]
    forms: Mapping[str, FormRow]
    items: Mapping[int, Item]
    people: Mapping[int, Person]
    names: Mapping[int, str]
    stored: Mapping[int, Mapping[int, queries.Stored]]
    used: Mapping[int, int]
    allowed: Mapping[int, int]
    sitting: Collection[int]

    def paper(self, sheet: SheetRow, typing: Typing | None) -> Paper:
        """The paper this person really had before her."""
        other = None if typing is None or sheet.attempt_id else self.forms.get(typing.letter)
        return sheet.paper if other is None else other.paper

    def locked(self, sheet: SheetRow) -> str:
        """Why no new sheet of this person can be typed in; '' when it can."""
        if sheet.attempt_id is not None:
            return ""
        if sheet.person_id in self.sitting:
            return _("正在线上作答")
        allowed = self.allowed.get(sheet.person_id, self.head.attempts_allowed)
        return _("线上已交") if self.used.get(sheet.person_id, 0) >= allowed else ""

    def kind(self, entry: Entry) -> ItemType:
        return self.items[entry.item_version_id].type


@dataclass(frozen=True, slots=True)
class Read:
    """What was understood: sheets to take over, and whether all is well.

    `left_out` names people whose row is locked and who were typed in all the same.
    """

    filled: tuple[Filled, ...]
    grid: Grid
    left_out: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Nothing has to be changed."""
        return not self.grid.wrong


def page(assessment_id: int, owner_id: int, lang: str, now: datetime, *, number: int = 1) -> Grid:
    """The grid as it stands, so many people a page. Ten SELECTs. Raises NotFoundError."""
    stage = _stage(assessment_id, owner_id, lang, now)
    order = _order(stage)
    pages = max(1, -(-len(order) // A_PAGE))
    number = min(max(1, number), pages)
    chosen = order[(number - 1) * A_PAGE : number * A_PAGE]
    rows = tuple(_row(stage, sheet, None) for sheet in chosen)
    return _grid(stage, rows, page=number, pages=pages, untouched=0)


def everything(assessment_id: int, owner_id: int, lang: str, now: datetime) -> Grid:
    """All rows on one page, for the workbook."""
    stage = _stage(assessment_id, owner_id, lang, now)
    rows = tuple(_row(stage, sheet, None) for sheet in _order(stage))
    return _grid(stage, rows, page=1, pages=1, untouched=0)


def read(
    assessment_id: int,
    owner_id: int,
    lang: str,
    now: datetime,
    *,
    typed: Mapping[str, Typing],
    number: int = 1,
) -> Read:
    """Understand what was typed, by code; rows with nothing in them are left alone.

    Raises NotFoundError.
    """
    stage = _stage(assessment_id, owner_id, lang, now)
    rows, filled, untouched = [], [], 0
    left_out: list[str] = []
    for code, typing in typed.items():
        sheet = stage.sheets.get(papercode.read(code) or "")
        if sheet is None:
            rows.append(_lost(code, typing))
        elif not any(text.strip() for text in typing.cells.values()):
            untouched += 1
        elif why := stage.locked(sheet):
            left_out.append(
                _("%(who)s（%(why)s）", who=stage.people[sheet.person_id].name, why=why)
            )
            rows.append(_row(stage, sheet, None))
        else:
            row = _row(stage, sheet, typing)
            rows.append(row)
            if not row.is_wrong:
                filled.append(_filled(stage, sheet, typing))
    twice = {one.code for one in rows if sum(two.plain == one.plain for two in rows) > 1}
    shown_rows = tuple(_twice(row) if row.code in twice else row for row in rows)
    pages = max(1, -(-len(stage.sheets) // A_PAGE))
    grid = _grid(stage, shown_rows, page=number, pages=pages, untouched=untouched)
    return Read(tuple(filled), grid, tuple(left_out))


def _stage(assessment_id: int, owner_id: int, lang: str, now: datetime) -> _Stage:
    head = monitor.head(assessment_id, owner_id, lang)
    newest = printed.latest_sheets(assessment_id)
    people = accounts.people(list(newest), day=organisation_day(now))
    typists = {row.entered_by_id for row in newest.values() if row.entered_by_id}
    typists |= {row.corrected_by_id for row in newest.values() if row.corrected_by_id}
    attempts = [row.attempt_id for row in newest.values() if row.attempt_id is not None]
    return _Stage(
        head=head,
        sheets={row.code: row for row in newest.values()},
        forms={form.letter: form for form in printed.forms(assessment_id)},
        items=printed.items_of(assessment_id),
        people=people,
        names=accounts.names(typists),
        stored=queries.stored(attempts),
        used=printed.used(assessment_id),
        allowed=printed.allowed(assessment_id),
        sitting=printed.sitting(assessment_id),
    )


def _order(stage: _Stage) -> list[SheetRow]:
    """By name, and by number for people of one name."""
    return sorted(
        stage.sheets.values(), key=lambda row: (stage.people[row.person_id].name, row.person_id)
    )


def _grid(
    stage: _Stage, rows: tuple[RowView, ...], *, page: int, pages: int, untouched: int
) -> Grid:
    longest = max((len(row.cells) for row in rows), default=0)
    assigned = set(stage.allowed)
    have = {row.person_id for row in stage.sheets.values()}
    return Grid(
        head=stage.head,
        numbers=tuple(range(1, longest + 1)),
        rows=rows,
        letters=tuple(stage.forms) if len(stage.forms) > 1 else (),
        pages=pages,
        page=page,
        without=len(assigned - have),
        wrong=sum(row.is_wrong for row in rows),
        untouched=untouched,
    )


# ---------------------------------------------------------------- rows and cells


def _row(stage: _Stage, sheet: SheetRow, typing: Typing | None) -> RowView:
    person = stage.people[sheet.person_id]
    error = ""
    if typing is not None and typing.letter and typing.letter not in stage.forms:
        error = _("没有 %(letter)s 卷", letter=typing.letter[:3])
    elif typing is not None and sheet.attempt_id and typing.letter not in {"", sheet.letter}:
        error = _("已经按 %(letter)s 卷录入，卷别不能再改。要改先作废。", letter=sheet.letter)
    paper = stage.paper(sheet, typing)
    before = stage.stored.get(sheet.attempt_id or 0, {})
    cells = []
    for entry in paper.entries:
        if typing is None:
            old = before.get(entry.position)
            text = "" if old is None else write_cell(old.response, entry, old.mark)
        else:
            text = typing.cells.get(entry.position, "")
        cells.append(_cell(stage, sheet, person, entry, text))
    if typing is not None and any(n > len(paper.entries) for n, t in typing.cells.items() if t):
        error = _("这份卷子只有 %(n)s 题", n=len(paper.entries))
    return RowView(
        code=papercode.shown(sheet.code),
        plain=sheet.code,
        person=person.name,
        staff_no=person.staff_no or "",
        letter=typing.letter if typing is not None and typing.letter else sheet.letter,
        entered=_entered(stage, sheet),
        cells=tuple(cells),
        error=error,
        locked=stage.locked(sheet),
    )


def _cell(stage: _Stage, sheet: SheetRow, person: Person, entry: Entry, text: str) -> CellView:
    kind = stage.kind(entry)
    try:
        read_cell(text, entry, kind)
        error = ""
    except CellError as slip:
        error = slip_text(slip.slip, len(entry.options), shown(entry.points))
    return CellView(
        name=f"c-{sheet.code}-{entry.position}",
        text=text[:80],
        kind=kind.value,
        letters=len(entry.options),
        most=shown(entry.points),
        said=_("%(who)s 第 %(n)s 题", who=person.name, n=entry.position),
        error=error,
    )


def _filled(stage: _Stage, sheet: SheetRow, typing: Typing) -> Filled:
    paper = stage.paper(sheet, typing)
    typed = tuple(
        read_cell(typing.cells.get(entry.position, ""), entry, stage.kind(entry))
        for entry in paper.entries
    )
    return Filled(sheet, typed, typing.letter)


def _entered(stage: _Stage, sheet: SheetRow) -> str:
    if sheet.entered_by_id is None:
        return ""
    text = _("%(who)s 录入", who=stage.names[sheet.entered_by_id])
    if sheet.corrected_by_id is not None:
        text += _("，%(who)s 更正", who=stage.names[sheet.corrected_by_id])
    return text


def _lost(code: str, typing: Typing) -> RowView:
    """A code that leads nowhere: mistyped, or of another assessment."""
    if papercode.read(code) is None:
        error = _("卷号 %(code)s 抄错了", code=code[:20])
    else:
        error = _("卷号 %(code)s 不是这场测验的，或者有更新的卷子", code=code[:20])
    return RowView(code[:20], code[:20], "", "", typing.letter[:3], "", (), error)


def _twice(row: RowView) -> RowView:
    return replace(row, error=_("卷号 %(code)s 出现了两次", code=row.code))


def slip_text(slip: Slip, options: int, most: str) -> str:
    """What is wrong with a cell, and what may stand in it."""
    last = "ABCDEFGHIJ"[max(0, options - 1)]
    return {
        Slip.NO_SUCH_LETTER: _("只有 A 到 %(last)s", last=last),
        Slip.ONE_LETTER: _("单选题只写一个字母"),
        Slip.TWICE: _("同一个字母写了两次"),
        Slip.NOT_TRUE_FALSE: _("写 √ 或 ×"),
        Slip.NOT_A_MARK: _("写 0 到 %(most)s 的分数，还没评写问号", most=most),
        Slip.OVER_MAXIMUM: _("最多 %(most)s 分", most=most),
        Slip.TOO_LONG: _("写得太长"),
    }[slip]
