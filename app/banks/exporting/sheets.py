"""An xlsx with the columns of the import template, one item a row; no cell is a formula."""

import io
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final

import xlsxwriter

from app.banks.exporting.content import Words, served
from app.banks.exporting.office import key_of, rubric_lines, said
from app.banks.messages import show_points
from app.domain.items import Bank, Choice, Item, ItemType, ShortAnswer

_KINDS: Final = {
    ItemType.SINGLE: ("单选题", "Single choice"),
    ItemType.MULTI: ("多选题", "Multiple answers"),
    ItemType.TRUE_FALSE: ("判断题", "True or false"),
    ItemType.SHORT: ("简答题", "Short answer"),
}
_BEFORE: Final = (("题型", "Type"), ("题干", "Stem"))
_AFTER: Final = (
    ("正确答案", "Key"),
    ("解析", "Explanation"),
    ("分值", "Points"),
    ("难度", "Difficulty"),
    ("知识点", "Tags"),
    ("能力", "Competencies"),
    ("编号", "ID"),
    ("出处", "Source"),
)
_LEAST_OPTIONS: Final = 4
_WIDTHS: Final = {"text": 48, "option": 24, "rest": 14}


def write(bank: Bank, *, lang: str, images: Mapping[str, bytes]) -> bytes:  # noqa: ARG001  as all
    """The bank as a sheet in one language; pictures are left out."""
    bank = served(bank)
    words = Words(bank, lang)
    counts = [len(i.body.options) for i in bank.items if isinstance(i.body, Choice)]
    letters = "ABCDEFGHIJ"[: max([_LEAST_OPTIONS, *counts])]
    options = [said((f"选项{letter}", f"Option {letter}"), lang) for letter in letters]
    head = [*(said(c, lang) for c in _BEFORE), *options, *(said(c, lang) for c in _AFTER)]
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(said(("题目", "Items"), lang))
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        sheet.set_column(0, 0, _WIDTHS["rest"])
        sheet.set_column(1, 1, _WIDTHS["text"])
        sheet.set_column(2, 1 + len(letters), _WIDTHS["option"])
        sheet.set_column(2 + len(letters), len(head) - 1, _WIDTHS["rest"])
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(head):
            sheet.write_string(0, column, name, bold)
        for number, item in enumerate(bank.items, 1):
            for column, cell in enumerate(_row(item, words, letters)):
                sheet.write_string(number, column, cell, wrapped)
    return out.getvalue()


def _row(item: Item, words: Words, letters: str) -> Iterator[str]:
    body = item.body
    texts = {o.id: words.of(o.text) for o in body.options} if isinstance(body, Choice) else {}
    yield said(_KINDS[item.type], words.lang)
    yield words.of(item.stem)
    for letter in letters:
        yield texts.get(letter, "")
    yield _answer(body, words) if isinstance(body, ShortAnswer) else key_of(item, words.lang)
    yield words.of(item.why)
    yield show_points(Fraction(item.points))
    yield str(item.difficulty)
    yield said(("、", ", "), words.lang).join(item.tags)
    yield said(("、", ", "), words.lang).join(item.competencies)
    yield item.id
    yield item.source or ""


def _answer(short: ShortAnswer, words: Words) -> str:
    return "\n".join(filter(None, [words.of(short.model_answer), *rubric_lines(short, words)]))
