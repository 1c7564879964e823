"""The grid as an xlsx file, down and up again. Text is written as text: no cell is a formula."""

import io
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Any, Final

import xlsxwriter
from flask_babel import gettext
from python_calamine import CalamineError, CalamineWorkbook

from app.papers.errors import WorkbookError, WorkbookTooLargeError
from app.papers.grid import Grid, Typing

_: Callable[..., str] = gettext

MOST_MB: Final = 4
MOST_BYTES: Final = MOST_MB * 1024 * 1024
MOST_EXPANDED: Final = 40 * 1024 * 1024
MOST_ROWS: Final = 2_000
MOST_COLUMNS: Final = 300
HEADS: Final = 4
_PIECE: Final = 1024 * 1024


def write(grid: Grid) -> bytes:
    """One line a person, one column an item, answers that are known filled in."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    sheet = book.add_worksheet(_("录入"))
    bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    grey = book.add_format({"font_color": "#686C72"})
    heads = (_("卷号"), _("姓名"), _("工号"), _("卷别"), *map(str, grid.numbers))
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, bold)
    for column, hint in enumerate(_hints(grid), start=HEADS):
        sheet.write_string(1, column, hint, grey)
    for number, row in enumerate(grid.rows, start=2):
        first = (row.code, row.person, row.staff_no, row.letter)
        for column, value in enumerate((*first, *(cell.text for cell in row.cells))):
            sheet.write_string(number, column, value, text)
    sheet.set_column(0, 2, 12)
    sheet.freeze_panes(2, HEADS)
    book.close()
    return out.getvalue()


def _hints(grid: Grid) -> list[str]:
    """What may stand in each column, as far as all forms agree."""
    kinds = {
        "single": _("一个字母"),
        "multi": _("几个字母"),
        "true_false": "√ ×",
        "short": _("分数"),
    }
    hints = []
    for number in grid.numbers:
        found = {row.cells[number - 1].kind for row in grid.rows if len(row.cells) >= number}
        hints.append(kinds[found.pop()] if len(found) == 1 else "")
    return hints


def read(data: bytes) -> dict[str, Typing]:
    """What stands in the lines, by code. Raises WorkbookError, WorkbookTooLargeError."""
    _check(data)
    try:
        lines = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    except (CalamineError, IndexError, ValueError, OSError) as error:
        raise WorkbookError from error
    if not lines or len(lines) > MOST_ROWS or len(lines[0]) > MOST_COLUMNS:
        raise WorkbookError
    numbers = _numbers(lines[0])
    if not numbers:
        raise WorkbookError
    typed: dict[str, Typing] = {}
    for line, cells in enumerate(lines[1:], start=2):
        code = _text(cells[0]).strip() if cells else ""
        if code:
            known = typed.get(code)
            key = code if known is None else f"{code} "  # the second one is shown as wrong
            typed[key] = _typing(cells, numbers, line)
    return typed


def _typing(cells: Sequence[Any], numbers: dict[int, int], line: int) -> Typing:
    values = {
        number: _text(cells[column]) for column, number in numbers.items() if column < len(cells)
    }
    return Typing(values, _text(cells[HEADS - 1]).strip().upper(), line)


def _numbers(heads: Sequence[Any]) -> dict[int, int]:
    """Column to item number; columns may have been moved, the first four not."""
    found = {}
    for column, head in enumerate(heads[HEADS:], start=HEADS):
        text = _text(head).strip()
        if text.isascii() and text.isdecimal():
            found[column] = int(text)
    return found if len(set(found.values())) == len(found) else {}


def _text(value: object) -> str:
    """A cell as somebody sees it: Excel makes 7 of "7" and TRUE of "true"."""
    match value:
        case bool():
            return "√" if value else "×"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def _check(data: bytes) -> None:
    """Sizes by what comes out, not by what the file says of itself."""
    if len(data) > MOST_BYTES:
        raise WorkbookTooLargeError(most=MOST_MB)
    left = MOST_EXPANDED
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                with archive.open(info) as member:
                    while piece := member.read(_PIECE):
                        left -= len(piece)
                        if left < 0:
                            raise WorkbookTooLargeError(most=MOST_MB)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError) as error:
        raise WorkbookError from error
    except (EOFError, ValueError) as error:
        raise WorkbookError from error
