"""A file of people as cells: xlsx, xls and ods by python-calamine, csv and pasted tables."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from app.banks.importing.archive import Archive, RefusedFileError
from app.banks.importing.encodings import decoded
from app.banks.importing.errors import ImportRefusedError
from app.domain.staff import Finding, Sheet, StaffTable, understand

MAX_ROWS: Final = 10_000
MAX_COLUMNS: Final = 120
MAX_CELL: Final = 400
HELP_SHEETS: Final = ("填写说明", "How to fill in")
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER: Final = (b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf")
Rows = list[tuple[int, list[str]]]


class RefusedTableError(Exception):
    """Nothing can be read; `key` is one of `app.staff.words.FINDINGS`."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def read(data: bytes) -> StaffTable:
    """A file as understood; never raises for what is in it."""
    try:
        sheets = list(_sheets(data))
    except RefusedTableError as error:
        return StaffTable(findings=(Finding(error.key),))
    return understand(sheets)


def _sheets(data: bytes) -> Iterator[Sheet]:
    if data.startswith((b"PK", _OLD_OFFICE)):
        yield from _workbook(data)
        return
    if data.startswith(_OTHER) or data[:200].lstrip().lower().startswith((b"<html", b"<!doctype")):
        raise RefusedTableError("file_kind")
    yield "", _text_rows(data)


def _workbook(data: bytes) -> Iterator[Sheet]:
    try:
        if data.startswith(b"PK"):
            _check_archive(data)
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        found = [(name, _cells(book, name)) for name in book.sheet_names if name not in HELP_SHEETS]
    except RefusedTableError:
        raise
    except PasswordError as error:
        raise RefusedTableError("file_password") from error
    except (CalamineError, ImportRefusedError, ValueError, OSError, KeyError) as error:
        raise RefusedTableError("file_broken") from error
    except BaseException as error:
        # A panic of the Rust reader is no Exception; what else comes this way goes on.
        if type(error).__name__ == "PanicException":
            raise RefusedTableError("file_broken") from error
        raise
    yield from (sheet for sheet in found if sheet[1])


def _check_archive(data: bytes) -> None:
    try:
        archive = Archive(data)
        for member in archive.names:
            archive.read(member)  # limits hold also when a member lies about its size
    except RefusedFileError as error:
        raise RefusedTableError("file_large" if error.key == "E603" else "file_broken") from error


def _cells(book: Any, name: str) -> Rows:
    page = book.get_sheet_by_name(name)
    if page.total_height > MAX_ROWS:
        raise RefusedTableError("file_long")
    rows = page.to_python(skip_empty_area=False, nrows=MAX_ROWS)
    cells = [[_shown(value) for value in row[:MAX_COLUMNS]] for row in rows]
    for (top, left), (bottom, right) in page.merged_cell_ranges or []:
        if left == right:
            _spread(cells, top, bottom, left)
    return list(enumerate(cells, start=1))


def _spread(cells: list[list[str]], top: int, bottom: int, column: int) -> None:
    """A cell merged over several rows counts for each of them."""
    if top >= len(cells) or column >= len(cells[top]):
        return
    for row in cells[top + 1 : bottom + 1]:
        if column < len(row):
            row[column] = cells[top][column]


def _shown(value: object) -> str:
    """A cell as its author sees it; a day of Excel as the day."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)[:MAX_CELL] if value is not None else ""


def _text_rows(data: bytes) -> Rows:
    try:
        text, _notes = decoded(data)
    except ImportRefusedError as error:
        raise RefusedTableError("file_kind") from error
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    csv.field_size_limit(1_000_000)
    rows: Rows = []
    try:
        for row in reader:
            line = reader.line_num - sum(cell.count("\n") for cell in row)
            rows.append((line, [cell[:MAX_CELL] for cell in row[:MAX_COLUMNS]]))
            if len(rows) > MAX_ROWS:
                raise RefusedTableError("file_long")
    except csv.Error as error:
        raise RefusedTableError("file_broken") from error
    return rows


def _delimiter(text: str) -> str:
    first = [line for line in text.split("\n")[:20] if line.strip()]
    counts = {sign: sum(line.count(sign) for line in first) for sign in "\t,;|，"}
    return max(counts, key=lambda sign: counts[sign]) if any(counts.values()) else ","
