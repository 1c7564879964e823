"""Word files as lines of text: numbers that Word makes itself, tables, pictures, changes.

python-docx reads the parts; what it does not know (numbering, tracked changes, text boxes) is
read from their XML.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import docx
from docx.oxml.ns import qn
from lxml import etree

from app.banks.importing.archive import Archive, RefusedFileError
from app.banks.importing.errors import ImportBrokenError, ImportTooLargeError
from app.banks.importing.script import Line, narrow, plain_lines, tidy
from app.banks.importing.sheets import understand_table
from app.banks.importing.text import read_lines
from app.domain.imports import FoundBank, Note, Place

MAX_PARAGRAPHS: Final = 60_000
_IMAGE_STARTS: Final = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpg",
    b"RIFF": "webp",
}
_CN_DIGITS: Final = "〇一二三四五六七八九"


def read(data: bytes, _name: str = "") -> FoundBank:
    """A docx file. Raises ImportRefusedError when it is damaged, too large or no docx."""
    _check_container(data)
    try:
        document = docx.Document(io.BytesIO(data))
        page = _Page(document)
        page.read()
    except (RefusedFileError, ImportTooLargeError):
        raise
    except (KeyError, ValueError, AttributeError, IndexError, TypeError, etree.LxmlError) as error:
        raise ImportBrokenError(kind="docx") from error
    except Exception as error:
        if type(error).__module__.startswith(("docx", "zipfile", "zlib", "struct")):
            raise ImportBrokenError(kind="docx") from error
        raise
    return page.found()


def _check_container(data: bytes) -> None:
    """Limits, and no archives inside the archive, before anything is parsed."""
    archive = Archive(data)
    names = archive.names
    if "word/document.xml" not in names:
        raise ImportBrokenError(kind="docx")
    for name in names:
        # Reading each member once holds the limits against lying sizes.
        start = archive.read(name)[:4]
        if start == b"PK\x03\x04" and not name.startswith("word/embeddings/"):
            raise ImportBrokenError(kind="docx")


@dataclass(slots=True)
class _Table:
    line: int
    rows: list[list[str]]


@dataclass(slots=True)
class _Page:
    document: Any
    lines: list[Line] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    images: dict[str, bytes] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    tables: list[_Table] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    number: int = 0
    changes: int = 0
    counters: dict[tuple[str, int], int] = field(default_factory=dict)
    numbering: "_Numbering | None" = None

    def read(self) -> None:
        self.numbering = _Numbering(self.document)
        for block in self.document.element.body.iterchildren():
            self._block(block)
        if self.changes:
            self.notes.append(Note("W611.tracked", Place(1), {"count": self.changes}))
        if self.refused:
            names = tuple(dict.fromkeys(self.refused))
            self.notes.append(Note("W610", Place(1), {"names": names}))

    def found(self) -> FoundBank:
        """The items of the text, and of tables that are lists of items."""
        read = read_lines(self.lines, is_wrapped=False, images=self.names)
        sections = list(read.sections)
        notes = [*self.notes, *read.notes]
        before = len(read.items)
        for table in self.tables:
            more = understand_table(table.rows, first_line=table.line)
            sections += more.sections
            notes += [
                replace(n, item=None if n.item is None else n.item + before) for n in more.notes
            ]
            before += len(more.items)
        used = {item.image for section in sections for item in section.items if item.image}
        images = {name: data for name, data in self.images.items() if name in used}
        return replace(read, sections=tuple(sections), notes=tuple(notes), images=images)

    # ------------------------------------------------------------ blocks

    def _block(self, block: Any) -> None:
        if block.tag == qn("w:p"):
            self._paragraph(block)
        elif block.tag == qn("w:tbl"):
            self._table(block)
        elif block.tag == qn("w:sdt"):
            for content in block.iterchildren(qn("w:sdtContent")):
                for inner in content.iterchildren():
                    self._block(inner)
        elif block.tag == qn("w:ins"):
            self.changes += 1
            for inner in block.iterchildren():
                self._block(inner)

    def _paragraph(self, paragraph: Any) -> None:
        self.number += 1
        if self.number > MAX_PARAGRAPHS:
            raise ImportTooLargeError(what="docx", most=MAX_PARAGRAPHS)
        text = self._text(paragraph)
        label = self.numbering.label(paragraph, self.counters) if self.numbering else ""
        self._put(label + text if text.strip() else text)

    def _put(self, text: str) -> None:
        for line in plain_lines(tidy(text, has_pictures=True), first=self.number):
            self.lines.append(replace(line, number=self.number))

    def _table(self, table: Any) -> None:
        rows = [
            [self._cell(cell) for cell in row.iter(qn("w:tc"))] for row in table.iter(qn("w:tr"))
        ]
        start = self.number + 1
        if understand_table(rows, first_line=start).items:
            self.tables.append(_Table(start, rows))
            self.number += len(rows)
            return
        for row in rows:
            self.number += 1
            filled = [cell for cell in row if cell.strip()]
            if len(row) <= 2 or any("\n" in cell for cell in filled):
                for cell in filled:
                    self._put(cell)
            else:
                self._put("\t".join(row))
        self.lines.append(Line("", self.number))

    def _cell(self, cell: Any) -> str:
        paragraphs = []
        for paragraph in cell.iter(qn("w:p")):
            text = self._text(paragraph)
            label = self.numbering.label(paragraph, self.counters) if self.numbering else ""
            paragraphs.append(label + text if text.strip() else text)
        return "\n".join(paragraphs).strip("\n")

    # ------------------------------------------------------------ runs

    def _text(self, paragraph: Any) -> str:
        return "".join(self._pieces(paragraph))

    def _pieces(self, node: Any) -> Iterator[str]:
        for child in node.iterchildren():
            yield from self._piece(child)

    def _piece(self, child: Any) -> Iterator[str]:
        tag = child.tag
        if tag in _SKIPPED:
            self.changes += tag in _CHANGES
            return
        if tag == qn("w:t"):
            yield child.text or ""
        elif tag in _SIGNS:
            yield _SIGNS[tag]
        elif tag == qn("w:sym"):
            yield _symbol(child.get(qn("w:char")) or "")
        elif tag in {qn("w:drawing"), qn("w:pict"), qn("w:object")}:
            yield from self._drawing(child)
        elif isinstance(tag, str):
            self.changes += tag == qn("w:ins")
            yield from self._pieces(child)

    def _drawing(self, node: Any) -> Iterator[str]:
        boxed = "".join(
            text.text or ""
            for box in node.iter(qn("w:txbxContent"))
            for text in box.iter(qn("w:t"))
        )
        if boxed.strip():
            self.notes.append(Note("W611", Place(max(1, self.number)), {"text": boxed.strip()}))
            return
        for blip in node.iter(_BLIP, _VML_IMAGE):
            key = blip.get(qn("r:embed")) or blip.get(qn("r:id"))
            if key and (sign := self._picture(key)):
                yield sign

    def _picture(self, key: str) -> str:
        part = self.document.part.related_parts.get(key)
        if part is None:
            return ""
        data = part.blob
        kind = next((k for start, k in _IMAGE_STARTS.items() if data.startswith(start)), None)
        if kind is None or (kind == "webp" and data[8:12] != b"WEBP"):
            self.refused.append(str(part.partname).rsplit("/", 1)[-1])
            return ""
        same = next((n for n, one in self.images.items() if one == data), None)
        if same is None:
            same = f"image-{len(self.images) + 1}.{kind}"
            self.images[same] = data
        if same not in self.names:
            self.names.append(same)
        return f"\ue000{self.names.index(same)}\ue001"


_BLIP: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
_VML_IMAGE: Final = "{urn:schemas-microsoft-com:vml}imagedata"
_CHANGES: Final = frozenset({qn("w:del"), qn("w:moveFrom")})
_SKIPPED: Final = _CHANGES | {
    qn("w:pPr"),
    qn("w:rPr"),
    qn("w:instrText"),
    qn("w:delText"),
    qn("w:fldChar"),
    qn("w:commentReference"),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}
_SIGNS: Final = {
    qn("w:tab"): "\t",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "-",
    qn("w:ptab"): "\t",
}


def _symbol(code: str) -> str:
    if not re.fullmatch("[0-9A-Fa-f]{2,4}", code):
        return ""
    value = int(code, 16)
    return chr(value if value >= 0xF000 else value + 0xF000 if value < 0x100 else value)


# ---------------------------------------------------------------- numbers that Word makes


class _Numbering:
    """The list definitions: which paragraph gets which number."""

    def __init__(self, document: Any) -> None:
        self.levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self.styles: dict[str, tuple[str, int]] = {}
        self.open: dict[str, int] = {}
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError, AttributeError):
            return
        abstract = {
            node.get(qn("w:abstractNumId")): node for node in root.iter(qn("w:abstractNum"))
        }
        for num in root.iter(qn("w:num")):
            target = num.find(qn("w:abstractNumId"))
            base = abstract.get(target.get(qn("w:val"))) if target is not None else None
            if base is not None:
                self.levels[num.get(qn("w:numId"))] = self._levels(base, num)
        self._read_styles(document)

    @staticmethod
    def _levels(base: Any, num: Any) -> dict[int, tuple[str, str, int]]:
        levels = {}
        for level in base.iter(qn("w:lvl")):
            depth = _integer(level.get(qn("w:ilvl")), 0)
            start = _integer(_value(level, "w:start"), 1)
            levels[depth] = (_value(level, "w:numFmt"), _value(level, "w:lvlText"), start)
        for override in num.iter(qn("w:lvlOverride")):
            depth = _integer(override.get(qn("w:ilvl")), 0)
            first = _value(override, "w:startOverride")
            if depth in levels and first:
                levels[depth] = (*levels[depth][:2], _integer(first, 1))
        return levels

    def _read_styles(self, document: Any) -> None:
        for style in document.styles.element.iter(qn("w:style")):
            found = style.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
            if found is not None:
                number, depth = _value(found, "w:numId"), _integer(_value(found, "w:ilvl"), 0)
                self.styles[style.get(qn("w:styleId"))] = (number, depth)

    def label(self, paragraph: Any, counters: dict[tuple[str, int], int]) -> str:
        """`1. `, `A. `, `（一）` as Word shows it before this paragraph; empty without a number."""
        number, depth = self._of(paragraph)
        levels = self.levels.get(number, {})
        if depth not in levels or levels[depth][0] in {"bullet", "none", ""}:
            return ""
        key = (number, depth)
        counters[key] = counters.get(key, levels[depth][2] - 1) + 1
        for deeper in range(depth + 1, 9):
            counters.pop((number, deeper), None)

        def shown(match: re.Match[str]) -> str:
            level = int(match[1]) - 1
            form, _, start = levels.get(level, ("decimal", "", 1))
            return _formatted(counters.get((number, level), start), form)

        text = re.sub(r"%([1-9])", shown, levels[depth][1])
        return text + ("" if text[-1:] in "、）】" else " ") if text.strip() else ""

    def _of(self, paragraph: Any) -> tuple[str, int]:
        properties = paragraph.find(qn("w:pPr"))
        if properties is None:
            return "", 0
        own = properties.find(qn("w:numPr"))
        style = properties.find(qn("w:pStyle"))
        inherited = (
            self.styles.get(style.get(qn("w:val")), ("", 0)) if style is not None else ("", 0)
        )
        if own is None:
            return inherited
        number = _value(own, "w:numId") or inherited[0]
        return number, _integer(_value(own, "w:ilvl"), inherited[1])


def _value(node: Any, name: str) -> str:
    child = node.find(qn(name))
    return (child.get(qn("w:val")) or "") if child is not None else ""


def _integer(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch("[0-9]{1,6}", text) else default


def _formatted(value: int, form: str) -> str:
    if form in {"upperLetter", "lowerLetter"}:
        letter = chr(ord("A") + (value - 1) % 26) * ((value - 1) // 26 + 1)
        return letter if form == "upperLetter" else letter.lower()
    if form in {"upperRoman", "lowerRoman"}:
        roman = _roman(value)
        return roman if form == "upperRoman" else roman.lower()
    if "chinese" in form.lower() or form.startswith(("ideograph", "japanese", "taiwanese")):
        return _chinese(value)
    if form == "decimalFullWidth":
        return narrow(str(value))
    return str(value)


def _roman(value: int) -> str:
    text = ""
    for worth, sign in ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        count, value = divmod(value, worth)
        text += sign * min(count, 9)
    return text


def _chinese(value: int) -> str:
    if value < 10:
        return _CN_DIGITS[value]
    tens, ones = divmod(value, 10)
    if tens > 9:
        return str(value)
    return ("" if tens == 1 else _CN_DIGITS[tens]) + "十" + (_CN_DIGITS[ones] if ones else "")
