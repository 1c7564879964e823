"""Small decisions of a printed paper: how many columns options take, how sections are numbered."""

import re
from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import Final
from unicodedata import east_asian_width

# In half widths of a character, at the size options are set in on A4.
_IN_FOUR: Final = 17
_IN_TWO: Final = 38
_DIGITS: Final = "零一二三四五六七八九"
_MARKS: Final = re.compile(r"\*\*|`")
_NUMBERED: Final = re.compile(
    r"^\s*(?:第[一二三四五六七八九十0-9]{1,3}(?:部分|大题|节|章)|[一二三四五六七八九十]{1,3}(?=[、.．:：])"
    r"|(?:part|section)\s+(?:[0-9]{1,2}|[ivx]{1,4})\b|[0-9]{1,2}(?=[、.．:：)]))[、.．:：)\s]*",
    re.IGNORECASE,
)
# An empty pair of brackets to answer in; `f()` in the middle of some code is none.
_BLANK: Final = re.compile(r"[（(][\s_＿]+[)）]|（）|(?<![\w`.])\(\)")
_ACROSS: Final = ((5, 4), (4, 5), (3, 8), (2, 10))
_CHARS_A_LINE: Final = 38
FEWEST_LINES: Final = 3
MOST_LINES: Final = 8


def width(text: str) -> int:
    """Half widths: a Chinese character takes two, a Latin letter one."""
    plain = _MARKS.sub("", text)
    return sum(2 if east_asian_width(sign) in "WFA" else 1 for sign in plain)


def columns(options: Sequence[str]) -> int:
    """1, 2 or 4 options side by side, by the longest; one with several lines stands alone."""
    if any("\n" in text.strip() for text in options):
        return 1
    longest = max(map(width, options), default=0)
    if longest <= _IN_FOUR and len(options) > 2:
        return 4
    return 2 if longest <= _IN_TWO else 1


def across(boxes: int) -> int:
    """How many items with at most so many boxes stand side by side on an A4 answer sheet."""
    return next(count for count, most in _ACROSS if boxes <= most)


def chinese(number: int) -> str:
    """1 to 99 as sections are numbered: 一, 十, 十一, 二十, 二十一."""
    if not 1 <= number <= 99:
        raise ValueError("1 to 99")
    tens, ones = divmod(number, 10)
    if tens == 0:
        return _DIGITS[ones]
    head = "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")


def unnumbered(title: str) -> str:
    """A section's title without the number its author gave it: the paper numbers its own."""
    return _NUMBERED.sub("", title).strip() or title


def has_blank(stem: str) -> bool:
    """Whether the author wrote a bracket to answer in: the paper then adds none of its own."""
    return _BLANK.search(_MARKS.sub("", stem)) is not None


def lines_for(points: Fraction, max_chars: int | None) -> int:
    """Lines to write a short answer on: by its limit, else two for three points."""
    wanted = ceil(points * 2 / 3) if max_chars is None else ceil(max_chars / _CHARS_A_LINE)
    return max(FEWEST_LINES, min(MOST_LINES, wanted))
