"""Tables of items: xlsx, xls and ods by python-calamine, csv by the standard library.

Columns are found by their names. Every row that cannot be read is told with its row and column.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from app.banks.importing import fields
from app.banks.importing.archive import Archive
from app.banks.importing.body import settle_row
from app.banks.importing.encodings import decoded
from app.banks.importing.errors import ImportBrokenError, ImportTooLargeError
from app.banks.importing.headings import kind_in
from app.banks.importing.options import find_options
from app.banks.importing.script import Line, Script, narrow, tidy
from app.banks.importing.template import HELP_SHEETS, template_xlsx
from app.domain.banks import LETTERS
from app.domain.imports import FoundBank, FoundItem, FoundSection, Note, Place
from app.domain.items import DEFAULT_LANG, ItemType, Text

MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 200
# Of a longer cell only the beginning can be the name of a column.
_NAME_MOST: Final = 200
HEADER_WITHIN: Final = 15
_NAMES: Final = {
    "kind": r"题型|题目类型|试题类型|类型|类别|题目种类|type|questiontype|itemtype|kind",
    "stem": (
        r"题干|试题|题目|题目内容|试题内容|题目描述|题干内容|问题|内容|question|questiontext|stem"
        r"|item|text|prompt"
    ),
    "options": r"选项|备选项|备选答案|选项内容|候选项|options?|choices?|alternatives",
    "key": (
        r"正确答案|标准答案|参考答案|答案|正确选项|answers?|correctanswers?|key|correct|correctoption"
    ),
    "why": r"解析|答案解析|试题解析|题目解析|说明|explanation|rationale|why|feedback",
    "points": r"分值|分数|每题分值|得分|points?|score|marks?",
    "difficulty": r"难度|难度系数|难度等级|难易度|难易程度|difficulty|level",
    "tags": r"知识点|标签|分类|考点|考查点|知识分类|章节|tags?|topics?|category|knowledge",
    "competencies": r"能力|能力项|competenc(?:y|ies)",
    "source": r"出处|来源|source",
    "id": r"编号|题号|序号|id|no|number|code",
}
_OPTION: Final = re.compile(r"(?:选项|答案|备选项|option|choice|alternative)?([a-j])(?:选项|项)?")
_OPTION_NUMBER: Final = re.compile(
    r"(?:选项|答案选项|备选项|option|choice|alternative)(10|[1-9]|[一二三四五六七八九十])"
)
_CN: Final = "一二三四五六七八九十"
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_COMPETENCY: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

Row = list[str]


# ---------------------------------------------------------------- files


def read(data: bytes, _name: str = "") -> FoundBank:
    """A workbook. Formulas are read as the text they show, nothing is computed."""
    if data.startswith(b"PK"):
        archive = Archive(data)
        for member in archive.names:
            archive.read(member)  # limits hold also when a member lies about its size
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [(sheet, list(_rows(book, sheet))) for sheet in book.sheet_names]
    except (CalamineError, PasswordError, ValueError, OSError, KeyError) as error:
        raise ImportBrokenError(kind="xlsx") from error
    except BaseException as error:
        # A panic of the Rust reader is no Exception; what else comes this way goes on.
        if type(error).__name__ == "PanicException":
            raise ImportBrokenError(kind="xlsx") from error
        raise
    return _together(sheets)


def read_csv(data: bytes, _name: str = "") -> FoundBank:
    """A csv or tab-separated file in any usual encoding."""
    text, notes = decoded(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    rows: list[tuple[int, Row]] = []
    reader = csv.reader(io.StringIO(text), delimiter=delimiter_of(text))
    csv.field_size_limit(1_000_000)
    try:
        for row in reader:
            rows.append((reader.line_num - sum(cell.count("\n") for cell in row), row))
            if len(rows) > MAX_ROWS:
                raise ImportTooLargeError(what="csv", most=MAX_ROWS)
    except csv.Error as error:
        raise ImportBrokenError(kind="csv") from error
    found = _together([("", [(line, [tidy(cell) for cell in row]) for line, row in rows])])
    return replace(found, notes=(*notes, *found.notes))


def delimiter_of(text: str) -> str:
    """The sign between cells, from the first lines."""
    first = [line for line in text.split("\n")[:HEADER_WITHIN] if line.strip()]
    counts = {sign: sum(line.count(sign) for line in first) for sign in ",\t;|，"}
    return max(counts, key=lambda sign: counts[sign]) if any(counts.values()) else ","


def looks_like_table(text: str) -> bool:
    """True when a text file has a row of known column names."""
    sign = delimiter_of(text)
    rows = [line.split(sign) for line in text.split("\n")[:HEADER_WITHIN]]
    return any(_Columns.of([cell.strip(' "') for cell in row]) is not None for row in rows)


def _rows(book: Any, sheet: str) -> Iterator[tuple[int, Row]]:
    page = book.get_sheet_by_name(sheet)
    if page.total_height > MAX_ROWS:
        raise ImportTooLargeError(what=sheet, most=MAX_ROWS)
    rows = page.to_python(skip_empty_area=False, nrows=MAX_ROWS)
    merged = page.merged_cell_ranges or []
    cells = [[_shown(value) for value in row[:MAX_COLUMNS]] for row in rows]
    for (top, left), (bottom, right) in merged:
        _spread(cells, (top, left), (bottom, right))
    yield from enumerate(cells, start=1)


def _spread(cells: list[Row], start: tuple[int, int], end: tuple[int, int]) -> None:
    """A cell merged over several rows counts for each of them."""
    if start[0] >= len(cells) or start[1] != end[1] or start[1] >= len(cells[start[0]]):
        return
    value = cells[start[0]][start[1]]
    for row in range(start[0] + 1, min(end[0] + 1, len(cells))):
        if start[1] < len(cells[row]):
            cells[row][start[1]] = value


def _shown(value: object) -> str:
    """A cell as its author sees it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime | date | time | timedelta):
        return str(value)
    return tidy(str(value)) if value is not None else ""


# ---------------------------------------------------------------- columns


def _name(cell: str) -> str:
    text = re.sub(r"[(（【\[].*?[)）】\]]", "", cell[:_NAME_MOST])
    return re.sub(r"[\s*:：_\-./]+", "", narrow(text)).lower()


@dataclass(slots=True)
class _Columns:
    """Which column holds what."""

    places: dict[str, int]
    options: dict[str, int]
    unknown: dict[int, str]

    @staticmethod
    def of(row: Sequence[str]) -> "_Columns | None":
        """The columns named by this row; None when it names no stem."""
        places: dict[str, int] = {}
        options: dict[str, int] = {}
        unknown: dict[int, str] = {}
        for column, cell in enumerate(row):
            name = _name(cell)
            if not name:
                continue
            field_ = next((f for f, words in _NAMES.items() if re.fullmatch(words, name)), None)
            letter = _letter(name)
            if field_ is not None and field_ not in places:
                places[field_] = column
            elif letter is not None and letter not in options:
                options[letter] = column
            else:
                unknown[column] = cell.strip()
        is_table = "stem" in places and (options or places.keys() & {"key", "options", "kind"})
        return _Columns(places, options, unknown) if is_table else None


def _letter(name: str) -> str | None:
    if found := _OPTION.fullmatch(name):
        return found[1].upper()
    if found := _OPTION_NUMBER.fullmatch(name):
        number = _CN.index(found[1]) if found[1] in _CN else int(found[1]) - 1
        return LETTERS[number]
    return None


# ---------------------------------------------------------------- rows

_KIND_WORDS: Final = {
    "single": ItemType.SINGLE,
    "multi": ItemType.MULTI,
    "multiple": ItemType.MULTI,
    "truefalse": ItemType.TRUE_FALSE,
    "tf": ItemType.TRUE_FALSE,
    "short": ItemType.SHORT,
}


def understand_table(rows: Sequence[Row], *, first_line: int = 1, part: str = "") -> FoundBank:
    """A table whose first rows name the columns; without such a row nothing is found."""
    table = _Table(part)
    table.read(list(enumerate(rows, start=first_line)))
    return table.found()


def _together(sheets: Sequence[tuple[str, Sequence[tuple[int, Row]]]]) -> FoundBank:
    sections: list[FoundSection] = []
    notes: list[Note] = []
    count = 0
    for sheet, rows in sheets:
        table = _Table(sheet)
        table.read(rows)
        found = table.found()
        is_filled = any(cell.strip() for _, row in rows for cell in row)
        if table.columns is None and is_filled and sheet not in HELP_SHEETS:
            key = "W615" if len(sheets) > 1 else "E607"
            notes.append(Note(key, Place(1, 1, sheet), {"sheet": sheet}))
        notes += [replace(n, item=None if n.item is None else n.item + count) for n in found.notes]
        sections += found.sections
        count += len(found.items)
    if not sections and not any(note.key == "E607" for note in notes):
        notes.append(Note("E607", Place(1)))
    text = "".join(item.source for section in sections for item in section.items)
    lang = "zh-CN" if re.search("[\u4e00-\u9fff]", text) or not text else "en"
    return _in_lang(FoundBank(tuple(sections), tuple(notes)), lang)


def _in_lang(found: FoundBank, lang: str) -> FoundBank:
    if lang == DEFAULT_LANG:
        return found

    def said(text: Text | None) -> Text | None:
        return {lang: next(iter(text.values()))} if text else text

    sections = tuple(
        replace(
            section,
            title=said(section.title),
            items=tuple(
                replace(
                    item,
                    stem=said(item.stem) or {},
                    options=tuple((letter, said(text) or {}) for letter, text in item.options),
                    why=said(item.why),
                    model_answer=said(item.model_answer),
                )
                for item in section.items
            ),
        )
        for section in found.sections
    )
    return replace(found, sections=sections, lang=lang)


@dataclass(slots=True)
class _Table:
    part: str
    columns: _Columns | None = None
    items: list[FoundItem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    start: int = 1

    def read(self, rows: Sequence[tuple[int, Row]]) -> None:
        for place, (line, row) in enumerate(rows):
            if self.columns is None:
                if place < HEADER_WITHIN:
                    self._head(line, row)
            elif any(cell.strip() for cell in row) and _Columns.of(row) is None:
                self._row(line, row)

    def _head(self, line: int, row: Row) -> None:
        self.columns = _Columns.of(row)
        if self.columns is None:
            return
        self.start = line
        for column, name in self.columns.unknown.items():
            place = Place(line, column + 1, self.part)
            self.notes.append(Note("W612", place, {"column": name}))

    def found(self) -> FoundBank:
        if not self.items:
            return FoundBank((), tuple(self.notes))
        section = FoundSection(Place(self.start, 1, self.part), tuple(self.items))
        return FoundBank(tuple(_by_kind(section)), tuple(self._moved_notes(section)))

    def _moved_notes(self, section: FoundSection) -> Iterator[Note]:
        """Notes with the index their item has after sorting by type."""
        order = [n for kind in _kinds(section) for n, i in enumerate(self.items) if i.type is kind]
        where = {old: new for new, old in enumerate(order)}
        for note in self.notes:
            yield replace(note, item=where[note.item]) if note.item is not None else note

    # ------------------------------------------------------------ one row

    def _cell(self, row: Row, name: str) -> tuple[str, int]:
        columns = self.columns
        column = columns.places.get(name) if columns else None
        if column is None or column >= len(row):
            return "", (column or 0) + 1
        return row[column].strip(), column + 1

    def _note(self, key: str, line: int, column: int, **params: object) -> None:
        self.notes.append(Note(key, Place(line, column, self.part), params, item=len(self.items)))

    def _row(self, line: int, row: Row) -> None:
        stem, column = self._cell(row, "stem")
        if not stem:
            text = " ".join(cell.strip() for cell in row if cell.strip())
            place = Place(line, column, self.part)
            self.notes.append(Note("W613", place, {"text": text}))
            return
        kind = self._kind(line, row)
        item = FoundItem(
            place=Place(line, 1, self.part),
            source=" | ".join(cell.strip() for cell in row if cell.strip()),
            stem={DEFAULT_LANG: stem},
            type=kind,
            options=tuple(self._options(line, row)),
            why=self._text(row, "why"),
            points=self._points(line, row),
            difficulty=self._difficulty(line, row),
            tags=fields.tags(self._cell(row, "tags")[0]),
            competencies=self._competencies(row),
            reference=self._cell(row, "source")[0][:300] or None,
            id=self._id(row),
        )
        self.items.append(self._with_key(line, row, item))

    def _kind(self, line: int, row: Row) -> ItemType | None:
        text, column = self._cell(row, "kind")
        if not text:
            return None
        word = re.sub(r"[\s_-]+", "", narrow(text)).lower()
        names, kind = kind_in(narrow(text))
        kind = _KIND_WORDS.get(word, kind)
        if kind is None and not names:
            self._note("W603.kind", line, column, value=text)
        return kind

    def _text(self, row: Row, name: str) -> Text | None:
        text = self._cell(row, name)[0]
        return {DEFAULT_LANG: text} if text else None

    def _id(self, row: Row) -> str | None:
        text = self._cell(row, "id")[0]
        return text if _SLUG.fullmatch(text) and not text.isdigit() else None

    def _competencies(self, row: Row) -> tuple[str, ...]:
        words = re.split(r"[\s,，、;；|]+", self._cell(row, "competencies")[0])
        return tuple(dict.fromkeys(word for word in words if _COMPETENCY.fullmatch(word)))[:20]

    def _points(self, line: int, row: Row) -> Fraction | None:
        text, column = self._cell(row, "points")
        if not text:
            return None
        found = re.fullmatch(r"(\d{1,5}(?:\.\d{1,2})?)(?:0*)\s*分?", narrow(text))
        if found is None or not 0 < Fraction(found[1]) <= 10_000:
            self._note("W603.points", line, column, value=text)
            return None
        return Fraction(found[1])

    def _difficulty(self, line: int, row: Row) -> int | None:
        text, column = self._cell(row, "difficulty")
        level = fields.difficulty(narrow(text)) if text else None
        if text and level is None:
            self._note("W603.difficulty", line, column, value=text)
        return level

    def _options(self, line: int, row: Row) -> Iterator[tuple[str, Text]]:
        columns = self.columns
        if columns is None:
            return
        cells = [
            (letter, row[column].strip())
            for letter, column in sorted(columns.options.items())
            if column < len(row)
        ]
        while cells and not cells[-1][1]:
            cells.pop()
        if cells:
            for letter, text in cells:
                yield letter, {DEFAULT_LANG: _without_letter(letter, text)}
            return
        text, column = self._cell(row, "options")
        if text:
            yield from self._split_options(text, line, column)

    def _split_options(self, text: str, line: int, column: int) -> Iterator[tuple[str, Text]]:
        found = split_options(text)
        if len(found) < 2:
            self._note("W614", line, column, text=text)
        for letter, words in zip(LETTERS, found, strict=False):
            yield letter, {DEFAULT_LANG: words}

    def _with_key(self, line: int, row: Row, item: FoundItem) -> FoundItem:
        text, column = self._cell(row, "key")
        settled, unread = settle_row(item, text)
        if unread:
            self._note("W603.key", line, column, value=text)
        return settled


def _without_letter(letter: str, text: str) -> str:
    found = re.match(rf"\s*[(（]?{letter}\s*[.、．:：)）]\s*(?=\S)", text)
    return text[found.end() :] if found else text


def split_options(text: str) -> list[str]:
    """Options of one cell: `A. … B. …`, one a line, or between `|`, `；`."""
    script = Script([Line(line, n) for n, line in enumerate(text.split("\n"), start=1)])
    run = find_options(script, 0, len(script.text))
    if run:
        ends = [token.start for token in run[1:]] + [len(script.text)]
        return [
            " ".join(script.text[token.end : end].split()).rstrip("；;|，, ")
            for token, end in zip(run, ends, strict=True)
        ]
    for sign in ("\n", "|", "；", ";"):
        parts = [part.strip() for part in text.split(sign) if part.strip()]
        if len(parts) >= 2:
            return parts[: len(LETTERS)]
    return [text]


def _kinds(section: FoundSection) -> list[ItemType | None]:
    return list(dict.fromkeys(item.type for item in section.items))


def _by_kind(section: FoundSection) -> Iterable[FoundSection]:
    """A section for each type, in the order of their first items."""
    for kind in _kinds(section):
        items = tuple(item for item in section.items if item.type is kind)
        yield FoundSection(
            place=items[0].place,
            items=items,
            type=kind,
            points_each=_same_points(items),
        )


def _same_points(items: Sequence[FoundItem]) -> Fraction | None:
    points = {item.points for item in items}
    return points.pop() if len(points) == 1 else None


__all__ = ["read", "read_csv", "template_xlsx", "understand_table"]
