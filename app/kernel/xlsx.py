"""Workbooks from plain rows. Text is written as text: no cell becomes a formula."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any, Final

from xlsxwriter import Workbook

MIMETYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
Cell = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: a name, the heads of its columns, its rows."""

    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def workbook(sheets: Iterable[Sheet], *, title: str) -> bytes:
    """The sheets as an xlsx file."""
    out = BytesIO()
    book = Workbook(out, OPTIONS)
    book.set_properties({"title": title})
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name[:31])
        page.freeze_panes(1, 1)
        for column, head in enumerate(sheet.heads):
            page.write_string(0, column, head, bold)
        for number, row in enumerate(sheet.rows, 1):
            for column, value in enumerate(row):
                _write(page, number, column, value, wrap)
        for column, width in enumerate(_widths(sheet)):
            page.set_column(column, column, width)
    book.close()
    return out.getvalue()


def _write(page: Any, row: int, column: int, value: Cell, wrap: Any) -> None:
    match value:
        case None:
            page.write_blank(row, column, None, wrap)
        case bool() | int() | float():
            page.write_number(row, column, value, wrap)
        case date():
            page.write_string(row, column, value.isoformat(), wrap)
        case _:
            page.write_string(row, column, value, wrap)


def _widths(sheet: Sheet) -> list[int]:
    """Wide enough for Chinese, not wider than a screen."""
    longest = [2 * len(head) for head in sheet.heads]
    for row in sheet.rows:
        for column, value in enumerate(row):
            longest[column] = max(longest[column], 2 * len(str(value or "")))
    return [min(48, max(8, width + 2)) for width in longest]
