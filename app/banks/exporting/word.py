"""A Word file that looks like the ordinary Chinese test, and comes back through our own import.

Items stand by type under numbered headings that name points and marking rule; options stand in
one, two or four columns by their length. The page of keys is written on request.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from docx import Document
from docx.document import Document as Paper
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Pt
from docx.text.paragraph import Paragraph
from docx.text.run import Run
from lxml import etree
from lxml import html as lxml_html
from PIL import Image, UnidentifiedImageError

from app.banks.exporting.content import Words, served
from app.banks.exporting.office import KINDS, RULES, key_of, rubric_lines, said
from app.banks.importing.richtext import words_of
from app.banks.markdown import render, render_inline, with_letters
from app.banks.messages import show_points
from app.domain.items import Bank, Choice, Item, ItemType, Section, ShortAnswer, Text
from app.domain.typesetting import has_blank

SERIF: Final = ("Times New Roman", "宋体")
SANS: Final = ("Calibri", "等线")
MONO: Final = ("Consolas", "等线")
LINES: Final = 6
_TEXT_WIDTH: Final = Cm(17)
_PICTURE: Final = Cm(11)
# Greatest length of an option, in Chinese characters, for so many columns.
_COLUMNS: Final = ((4, 8), (2, 18))
_NUMERALS: Final = "一二三四五六七八九十"
_ORDINAL: Final = re.compile(
    r"^\s*(第?[一二三四五六七八九十]+[、.．，部节章]分?\s*|(Part|Section)\s*\w+[.:：]?\s*)",
    re.IGNORECASE,
)
_BRACKETED: Final = re.compile(r"[（(][^（）()]*[)）]")
_SAME: Final = {letter: letter for letter in "ABCDEFGHIJ"}
_ORDER: Final = tuple(KINDS)


@dataclass(frozen=True, slots=True)
class _Part:
    """Items of one type of a section, under a heading of their own."""

    heading: str
    short_heading: str
    items: tuple[Item, ...]
    equal: bool


def write(bank: Bank, *, lang: str, images: Mapping[str, bytes]) -> bytes:
    """The paper without keys."""
    return _bytes(_Writer(bank, lang, images).paper())


def write_with_key(bank: Bank, *, lang: str, images: Mapping[str, bytes]) -> bytes:
    """The paper, and a page with keys and explanations behind it."""
    writer = _Writer(bank, lang, images)
    writer.paper()
    return _bytes(writer.keys())


def _bytes(paper: Paper) -> bytes:
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


class _Writer:
    def __init__(self, bank: Bank, lang: str, images: Mapping[str, bytes]) -> None:
        self.bank = served(bank)
        self.words = Words(bank, lang)
        self.lang = lang
        self.images = images
        self.doc = Document()
        self.parts = list(self._parts())

    def say(self, chinese: str, english: str) -> str:
        return said((chinese, english), self.lang)

    # ------------------------------------------------------------ parts

    def _parts(self) -> Iterator[_Part]:
        number = 0
        for section in self.bank.sections:
            kinds = [kind for kind in _ORDER if any(item.type is kind for item in section.items)]
            for kind in kinds:
                items = tuple(item for item in section.items if item.type is kind)
                for same in _by_rule(items):
                    yield self._part(section, kind, same, number, alone=len(kinds) == 1)
                    number += 1

    def _part(
        self, section: Section, kind: ItemType, items: tuple[Item, ...], number: int, *, alone: bool
    ) -> _Part:
        title = _ORDINAL.sub("", _BRACKETED.sub("", self.words.plain(section.title))).strip()
        name = said(KINDS[kind], self.lang)
        if alone and title and name in title:
            name = title
        elif title and not _names_a_kind(title):
            name = self.say(f"{title} {name}", f"{name}, {title}")
        total = sum((item.points for item in items), Fraction(0))
        equal = len({item.points for item in items}) == 1
        told = self._figures(items, total, equal=equal)
        ordinal = self.say(f"{_numeral(number + 1)}、", f"Part {number + 1}. ")
        body = items[0].body
        if isinstance(body, Choice) and body.multiple:
            rule = said(RULES[body.rule], self.lang)
            told += self.say(f"；{rule}", f"; {rule}")
        heading = f"{ordinal}{name}" + self.say(f"（{told}）", f" ({told})")
        return _Part(heading, f"{ordinal}{said(KINDS[kind], self.lang)}", items, equal)

    def _figures(self, items: Sequence[Item], total: Fraction, *, equal: bool) -> str:
        shown = show_points(total)
        if not equal:
            return self.say(f"共 {shown} 分", f"{shown} points in total")
        each = show_points(items[0].points)
        return self.say(
            f"每题 {each} 分，共 {shown} 分", f"{each} points each, {shown} points in total"
        )

    # ------------------------------------------------------------ the paper

    def paper(self) -> Paper:
        self._page()
        self._head()
        for part in self.parts:
            self.heading(part.heading)
            intro = self._intro(part)
            if intro:
                self.blocks(intro, first="")
            for number, item in enumerate(part.items, 1):
                self._item(item, number, is_equal=part.equal)
        return self.doc

    def _intro(self, part: _Part) -> str:
        for section in self.bank.sections:
            if section.intro and section.items[0] is part.items[0]:
                return self._html(section.intro)
        return ""

    def _page(self) -> None:
        page = self.doc.sections[0]
        page.page_width, page.page_height = Cm(21), Cm(29.7)
        page.left_margin = page.right_margin = Cm(2)
        page.top_margin = page.bottom_margin = Cm(2.2)
        style = self.doc.styles["Normal"]
        style.font.size = Pt(10.5)
        _fonts(style.element.get_or_add_rPr(), SERIF)
        style.paragraph_format.space_after = Pt(2)
        style.paragraph_format.line_spacing = 1.25
        foot = page.footer.paragraphs[0]
        foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
        foot.add_run(self.say("第 ", "Page "))
        _field(foot, "PAGE")
        foot.add_run(self.say(" 页，共 ", " of "))
        _field(foot, "NUMPAGES")
        foot.add_run(self.say(" 页", ""))
        properties = self.doc.core_properties
        properties.title = self.words.plain(self.bank.title)
        properties.author = ""

    def _head(self) -> None:
        title = self.doc.add_paragraph()
        title.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._run(title, self.words.plain(self.bank.title), size=Pt(16), bold=True, fonts=SANS)
        blanks = self.say(
            "姓名：____________　　部门：____________　　得分：____________",
            "Name: ______________   Department: ______________   Score: ______________",
        )
        form = self.doc.add_paragraph(blanks)
        form.alignment = WD_ALIGN_PARAGRAPH.CENTER
        total = show_points(sum((i.points for i in self.bank.items), Fraction(0)))
        facts = [self.say(f"满分：{total} 分", f"Total: {total} points")]
        if minutes := self.bank.time_limit_minutes:
            facts.append(self.say(f"考试时间：{minutes} 分钟", f"Time: {minutes} minutes"))
        line = self.doc.add_paragraph(self.say("　　", "   ").join(facts))
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER

    def heading(self, words: str) -> None:
        paragraph = self.doc.add_paragraph()
        paragraph.paragraph_format.space_before = Pt(10)
        paragraph.paragraph_format.keep_with_next = True
        self._run(paragraph, words, size=Pt(12), bold=True, fonts=SANS)

    def _item(self, item: Item, number: int, *, is_equal: bool) -> None:
        points = (
            ""
            if is_equal
            else self.say(
                f"（{show_points(item.points)} 分）", f"({show_points(item.points)} points) "
            )
        )
        first = self.blocks(self._html(item.stem), first=f"{number}. {points}")
        self._picture(item)
        if item.type is ItemType.TRUE_FALSE and not has_blank(self.words.of(item.stem)):
            first.paragraph_format.tab_stops.add_tab_stop(_TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT)
            first.add_run("\t（    ）")
        if isinstance(item.body, Choice):
            self._options(item.body)
        elif isinstance(item.body, ShortAnswer):
            for _ in range(LINES):
                _ruled(self.doc.add_paragraph())

    def _picture(self, item: Item) -> None:
        data = self.images.get(item.image or "")
        if data is None:
            return
        try:
            with Image.open(io.BytesIO(data)) as picture:
                width, height = picture.size
                out = io.BytesIO()
                picture.save(out, "PNG")
        except (UnidentifiedImageError, OSError, ValueError):
            return
        # At 96 points an inch, and never wider or higher than fits beside the text.
        natural = Emu(int(width * 914400 / 96))
        limit = min(_PICTURE, Emu(int(_PICTURE * width / max(height, 1))))
        out.seek(0)
        drawn = self.doc.add_picture(out, width=min(natural, limit))
        drawn._inline.docPr.set("descr", self.words.plain(item.image_alt))

    def _options(self, choice: Choice) -> None:
        texts = [(o.id, self._inline(o.text)) for o in choice.options]
        longest = max(_width(words_of(_tree(html))) for _, html in texts)
        columns = next((n for n, most in _COLUMNS if longest <= most), 1)
        for start in range(0, len(texts), columns):
            paragraph = self.doc.add_paragraph()
            paragraph.paragraph_format.left_indent = Cm(0.6)
            paragraph.paragraph_format.keep_together = True
            for place, (letter, html) in enumerate(texts[start : start + columns]):
                if place:
                    at = Emu(int((_TEXT_WIDTH - Cm(0.6)) * place / columns) + Cm(0.6))
                    paragraph.paragraph_format.tab_stops.add_tab_stop(at)
                    paragraph.add_run("\t")
                paragraph.add_run(f"{letter}. ")
                self._runs(paragraph, _tree(html), bold=False)

    # ------------------------------------------------------------ keys

    def keys(self) -> Paper:
        self.doc.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        title = self.doc.add_paragraph()
        title.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._run(title, self.say("参考答案", "Answer key"), size=Pt(14), bold=True, fonts=SANS)
        for part in self.parts:
            self.heading(part.short_heading)
            for number, item in enumerate(part.items, 1):
                self._key(item, number)
        return self.doc

    def _key(self, item: Item, number: int) -> None:
        paragraph = self.doc.add_paragraph(f"{number}. {self.say('【答案】', '[Answer] ')}")
        body = item.body
        if isinstance(body, ShortAnswer):
            paragraph.add_run(self.words.plain(body.model_answer))
            for line in rubric_lines(body, self.words):
                self.doc.add_paragraph(line)
        else:
            paragraph.add_run(key_of(item, self.lang))
        if item.why:
            why = self.doc.add_paragraph(self.say("【解析】", "[Explanation] "))
            why.add_run(" ".join(words_of(_tree(self._html(item.why))).split()))

    # ------------------------------------------------------------ rich text

    def _html(self, text: Text) -> str:
        return str(render(with_letters(self.words.of(text), _SAME)))

    def _inline(self, text: Text) -> str:
        return str(render_inline(with_letters(self.words.of(text), _SAME)))

    def blocks(self, html: str, *, first: str) -> Paragraph:
        """Paragraphs, lists, tables and code; `first` stands before the first words."""
        opening: Paragraph | None = None
        for node in _tree(html):
            name = str(node.tag)
            if name in {"ul", "ol"}:
                self._list(node, ordered=name == "ol")
            elif name == "table":
                opening = opening or self.doc.add_paragraph(first)
                self._table(node)
            else:
                paragraph = self.doc.add_paragraph("" if opening else first)
                self._runs(paragraph, node, bold=False, is_code=name == "pre")
                opening = opening or paragraph
            opening = opening or self.doc.add_paragraph(first)
        return opening or self.doc.add_paragraph(first)

    def _list(self, node: etree._Element, *, ordered: bool) -> None:
        for number, entry in enumerate(node, 1):
            paragraph = self.doc.add_paragraph(f"（{number}）" if ordered else "• ")
            paragraph.paragraph_format.left_indent = Cm(0.8)
            self._runs(paragraph, entry, bold=False)

    def _table(self, node: etree._Element) -> None:
        rows = [list(row) for row in node.iter("tr")]
        table = self.doc.add_table(len(rows), max(map(len, rows)), style="Table Grid")
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                paragraph = table.cell(row, column).paragraphs[0]
                self._runs(paragraph, cell, bold=cell.tag == "th")

    def _runs(
        self, paragraph: Paragraph, node: etree._Element, *, bold: bool, is_code: bool = False
    ) -> None:
        self._words(paragraph, node.text, bold=bold, is_code=is_code)
        for child in node:
            name = str(child.tag)
            if name == "br":
                paragraph.add_run().add_break()
            else:
                self._runs(
                    paragraph,
                    child,
                    bold=bold or name == "strong",
                    is_code=is_code or name in {"code", "pre"},
                )
            self._words(paragraph, child.tail, bold=bold, is_code=is_code)

    def _words(self, paragraph: Paragraph, words: str | None, *, bold: bool, is_code: bool) -> None:
        if not words or (not is_code and not words.strip("\n")):
            return
        text = words if is_code else words.replace("\n", "")
        self._run(paragraph, text, bold=bold, fonts=MONO if is_code else None)

    def _run(
        self,
        paragraph: Paragraph,
        words: str,
        *,
        size: Pt | None = None,
        bold: bool = False,
        fonts: tuple[str, str] | None = None,
    ) -> Run:
        run = paragraph.add_run(words)
        run.bold = bold or None
        if size is not None:
            run.font.size = size
        if fonts is not None:
            _fonts(run._element.get_or_add_rPr(), fonts)
        return run


def _by_rule(items: tuple[Item, ...]) -> list[tuple[Item, ...]]:
    """Multiple choice items of one rule together: the heading names the rule."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        body = item.body
        rule = body.rule.value if isinstance(body, Choice) and body.multiple else ""
        groups.setdefault(rule, []).append(item)
    return [tuple(group) for group in groups.values()]


def _names_a_kind(title: str) -> bool:
    return (
        re.search(
            r"选择|单选|多选|判断|简答|问答|论述|案例分析|choice|answer|true", title, re.IGNORECASE
        )
        is not None
    )


def _numeral(number: int) -> str:
    if number <= 10:
        return _NUMERALS[number - 1]
    tens, ones = divmod(number, 10)
    head = "" if tens == 1 else _NUMERALS[tens - 1]
    return f"{head}十{_NUMERALS[ones - 1] if ones else ''}"


def _width(text: str) -> float:
    """In Chinese characters; a Latin letter takes about half of one."""
    return sum(1 if ord(sign) > 0x2E7F else 0.55 for sign in text) + 1.5


def _tree(html: str) -> etree._Element:
    tree: etree._Element = lxml_html.fragment_fromstring(html, create_parent="div")
    return tree


def _fonts(properties: etree._Element, names: tuple[str, str]) -> None:
    latin, chinese = names
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for attribute in ("w:ascii", "w:hAnsi", "w:cs"):
        fonts.set(qn(attribute), latin)
    fonts.set(qn("w:eastAsia"), chinese)


def _field(paragraph: Paragraph, code: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    paragraph._p.append(field)


def _ruled(paragraph: Paragraph) -> None:
    """A line to write on: a border, no characters that would be read as text."""
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "4"), ("space", "1"), ("color", "808080")):
        bottom.set(qn(f"w:{name}"), value)
    between = OxmlElement("w:between")
    for name, value in (("val", "single"), ("sz", "4"), ("space", "1"), ("color", "808080")):
        between.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    borders.append(between)
    paragraph._p.get_or_add_pPr().append(borders)
