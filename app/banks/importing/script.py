"""The text of a paper with two faces: as written, and as the rules see it; and its places.

Both faces have the same length, so a position found in one is a position in the other. The rules
see half-width digits, letters and punctuation, and plain spaces.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.domain.banks import LETTERS
from app.domain.imports import Place

# A picture stands in the text as these two signs with its number between them.
PICTURE: Final = re.compile("\ue000(\\d{1,4})\ue001")

_NARROW: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    ord("\u3000"): " ",
    ord("\xa0"): " ",
    ord("\t"): " ",
    ord("﹒"): ".",
    ord("〔"): "(",
    ord("〕"): ")",
    ord("–"): "-",
    ord("—"): "-",
    ord("～"): "~",
    ord("√"): "√",
    ord("✓"): "√",
    ord("✔"): "√",
    ord("☑"): "√",
    ord("✗"): "×",
    ord("✘"): "×",
    ord("╳"): "×",
    ord("☓"): "×",
}
# Signs of Word's symbol fonts, and what nobody sees.
_SYMBOLS: Final = {
    0xF0FC: "√",
    0xF050: "√",
    0xF0FE: "√",
    0xF0FB: "×",
    0xF04F: "×",
    0x0B: "\n",
    0x0C: "\n",
    0x85: "\n",
    0x2028: "\n",
    0x2029: "\n",
}
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
    "\ufff9-\uffff\ud800-\udfff]"
)
_NO_PICTURE: Final = {0xE000: None, 0xE001: None}
# Nobody types two hundred blanks or dots in a row and means them; every rule that looks over such
# a run looks over its whole length at each place in it.
_MOST_RUN: Final = 200
_BLANKS: Final = re.compile(rf"([^\S\n]{{{_MOST_RUN}}})[^\S\n]+")
_SAME_SIGN: Final = re.compile(rf"([^\w\s]|_)\1{{{_MOST_RUN},}}")


def tidy(text: str, *, has_pictures: bool = False) -> str:
    """NFC, one kind of line break, symbols as signs, nothing invisible, no endless run of blanks
    or of one sign.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_SYMBOLS)
    if not has_pictures:
        text = text.translate(_NO_PICTURE)
    text = _BLANKS.sub(r"\1", _UNSEEN.sub("", text))
    text = _SAME_SIGN.sub(lambda run: run[1] * _MOST_RUN, text)
    return unicodedata.normalize("NFC", text)


def narrow(text: str) -> str:
    """The face the rules see; as long as `text`."""
    return text.translate(_NARROW)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the source. `number` and `part` say where it stands, `col` where it begins."""

    text: str
    number: int
    part: str = ""
    col: int = 1


class Script:
    """The lines joined. `is_wrapped`: a line break may stand inside a sentence (not in Word)."""

    def __init__(self, lines: Sequence[Line], *, is_wrapped: bool = True) -> None:
        self.lines = lines
        self.is_wrapped = is_wrapped
        self.text = "\n".join(line.text for line in lines)
        self.norm = narrow(self.text)
        self.starts: list[int] = []
        at = 0
        for line in lines:
            self.starts.append(at)
            at += len(line.text) + 1

    def index(self, at: int) -> int:
        """The line that holds this position."""
        return max(0, bisect_right(self.starts, at) - 1)

    def line_start(self, at: int) -> int:
        """Where the line of this position begins."""
        return self.starts[self.index(at)] if self.starts else 0

    def line_end(self, at: int) -> int:
        """Where the line of this position ends (its line break)."""
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end

    def place(self, at: int) -> Place:
        """The place in the source."""
        if not self.lines:
            return Place(1)
        number = self.index(min(at, max(0, len(self.text) - 1)))
        line = self.lines[number]
        return Place(line.number, at - self.starts[number] + line.col, line.part)

    def at_line_start(self, at: int) -> bool:
        """True when only white space stands before it on its line."""
        return not self.norm[self.line_start(at) : at].strip()


# ---------------------------------------------------------------- marks of chat output and Word

_FENCE: Final = re.compile(r"\s*(```|~~~)\s*[\w-]*\s*")
_LEFT: Final = re.compile(r"\s*(?:>\s?)*\s*(?:#{1,6}\s+)?")
_STRUCTURE: Final = (
    r"(?:\d{1,3}\s*[.、．)）:：]|[（(]?\s*[A-Ja-j]\s*[.、．)）:：]|[（(【\[]\s*\d|第\s*\d|第?[一二三四五六七八九十]+[、.．部大]"
    r"|[（(][一二三四五六七八九十]|[【\[（(]|(?:正确|标准|参考)?答案|解析|难度|知识点|考点|分值|题型|题目|单选|多选|判断|简答"
    r"|[Aa]nswers?\b|[Cc]orrect|[Ee]xplanation|Part\b|Section\b|Q\d|Question|姓名|部门|得分|[√×✓✗])"
)
_BULLET: Final = re.compile(
    rf"(?:[-*+]\s+|[•·●○▪◦■□]\s*)(?:\[([ xX]?)\]\s*)?(?=(?:\*\*|__)?{_STRUCTURE})"
)
_BOLD: Final = re.compile(
    rf"(\*\*|__)(?=\S)({_STRUCTURE}[^*\n]{{0,200}}?|[^*\n]{{0,200}}?[:：])(?<=\S)\1"
)
_ALL_BOLD: Final = re.compile(r"\s*\*\*([^*\n]+)\*\*\s*")
_ESCAPED: Final = re.compile(r"\\([.\-_*#()\[\]+!~`>])")
RULE: Final = re.compile(r"\s*(?:[-*_=~.·…—＿－][ \t]*){3,}")
_HTML: Final = re.compile(r"</?(?:br|p|div|b|strong|span|u)\s*/?>", re.IGNORECASE)


_PAGE: Final = re.compile(
    r"\s*[-—–]?\s*(?:第\s*\d{1,3}\s*页\s*[,，、/|]?\s*(?:[(（]?\s*共\s*\d{1,3}\s*页\s*[)）]?)?"
    r"|共\s*\d{1,3}\s*页\s*[,，、/|]?\s*第\s*\d{1,3}\s*页|Page\s*\d{1,3}\s*(?:of|/)\s*\d{1,3})\s*[-—–]?\s*",
    re.IGNORECASE,
)
_NUMBERED: Final = re.compile(r"\s*(?:第\s*)?\d{1,3}\s*(?:题|[.、．)）])")
_CIRCLE: Final = re.compile(r"\s*[○◯□☐]\s*(?![A-Ja-j]\s*[.、．)）:：])(?=\S)")


def is_fence(text: str) -> bool:
    """A line that only opens or closes a code block."""
    return _FENCE.fullmatch(text) is not None


def is_page_number(text: str) -> bool:
    """A line that only counts pages: `第 2 页 共 5 页`. It may cut an item in two."""
    return _PAGE.fullmatch(text) is not None


def plain_lines(text: str, *, part: str = "", first: int = 1) -> list[Line]:
    """Lines of `text` without the marks that chat programs put around numbers and headings."""
    return [
        _unmarked(line, number, part)
        for number, line in enumerate(text.split("\n"), start=first)
        if not is_page_number(line)
    ]


def lettered(lines: Sequence[Line]) -> list[Line]:
    """Survey programs show options as `○ 对`, `□ 报价` below a numbered line: with letters."""
    found = list(lines)
    row: list[int] = []
    is_below_number = False
    for place, line in enumerate([*lines, Line(".", 0)]):
        if is_below_number and _CIRCLE.match(line.text):
            row.append(place)
        elif line.text.strip():
            if 2 <= len(row) <= len(LETTERS):
                for letter, at in zip(LETTERS, row, strict=False):
                    found[at] = _with_letter(lines[at], letter)
            row = []
            is_below_number = _NUMBERED.match(line.text) is not None
    return found


def _with_letter(line: Line, letter: str) -> Line:
    circle = _CIRCLE.match(line.text)
    start = circle.end() if circle else 0
    return replace(line, text=f"{letter}. {line.text[start:]}", col=line.col + start)


def _unmarked(text: str, number: int, part: str) -> Line:
    if is_fence(text):
        return Line("", number, part)
    left = _LEFT.match(text)
    start = left.end() if left else 0
    rest = text[start:]
    if RULE.fullmatch(rest):
        return Line(rest, number, part, start + 1)
    if bullet := _BULLET.match(rest):
        start += bullet.end()
        # A ticked box in a list marks the right option.
        rest = ("√" if bullet.group(1) in {"x", "X"} else "") + rest[bullet.end() :]
    rest = _HTML.sub(" ", _ESCAPED.sub(r"\1", rest))
    if whole := _ALL_BOLD.fullmatch(rest):
        rest = whole.group(1)
    rest = _BOLD.sub(r"\2", rest)
    return Line(rest.rstrip(), number, part, start + 1)


def joined(pieces: Iterable[str]) -> str:
    """Lines of one sentence put together: a space between words, none between characters."""
    text = ""
    for piece in (piece.strip() for piece in pieces):
        if text and piece:
            is_word = text[-1].isascii() or piece[0].isascii()
            text += " " if is_word else ""
        text += piece
    return text
