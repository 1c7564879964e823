"""The grid as an xlsx file, down and up again. Text is written as text: no cell is a formula."""

import io
import json
import os
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Final

import xlsxwriter
from flask_babel import gettext

from app.kernel.config import ROOT
from app.papers.errors import WorkbookError, WorkbookTooLargeError
from app.papers.grid import Grid, Typing

_: Callable[..., str] = gettext

MOST_MB: Final = 4
MOST_BYTES: Final = MOST_MB * 1024 * 1024
MOST_EXPANDED: Final = 40 * 1024 * 1024
SECONDS: Final = 20
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
    lines = _lines(data)
    if not lines:
        raise WorkbookError
    numbers = _numbers(lines[0])
    if not numbers:
        raise WorkbookError
    typed: dict[str, Typing] = {}
    for line, cells in enumerate(lines[1:], start=2):
        code = cells[0].strip() if cells else ""
        if code:
            known = typed.get(code)
            key = code if known is None else f"{code} "  # the second one is shown as wrong
            typed[key] = _typing(cells, numbers, line)
    return typed


def _lines(data: bytes) -> list[list[str]]:
    """The cells of the first sheet as text, read in a limited process without our secrets."""
    try:
        done = subprocess.run(  # our own module, no shell
            [sys.executable, "-B", "-m", "app.papers.sheet_child"],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=str(ROOT),
            env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"},
            timeout=SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise WorkbookError from error
    lines: list[list[str]] = json.loads(done.stdout)
    return lines


def _typing(cells: Sequence[str], numbers: dict[int, int], line: int) -> Typing:
    values = {number: cells[column] for column, number in numbers.items() if column < len(cells)}
    return Typing(values, cells[HEADS - 1].strip().upper(), line)


def _numbers(heads: Sequence[str]) -> dict[int, int]:
    """Column to item number; columns may have been moved, the first four not."""
    found = {}
    for column, head in enumerate(heads[HEADS:], start=HEADS):
        text = head.strip()
        if text.isascii() and text.isdecimal():
            found[column] = int(text)
    return found if len(set(found.values())) == len(found) else {}


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
