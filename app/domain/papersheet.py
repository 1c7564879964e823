"""What a trainer types from a sheet of paper: one cell, one response or one mark.

Letters for choices (`AC`), √ or × for true/false, a figure for a written answer that was marked on
the paper, `?` for one to be marked later at the desk. Empty and `-` mean: not answered.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from app.domain.items import Chosen, ItemType, Judged, Response, Written
from app.domain.papers import Entry, letters

# What stands for a text that is on the paper itself.
ON_PAPER: Final = "（写在纸质答卷上 / written on the paper sheet）"
LATER: Final = "?"
MOST_SIGNS: Final = 40
_BLANK: Final = frozenset({"", "-", "—", "–", "/"})
_YES: Final = frozenset({"√", "✓", "✔", "T", "TRUE", "Y", "YES", "1", "对", "是", "正确"})
_NO: Final = frozenset({"×", "✗", "✘", "X", "F", "FALSE", "N", "NO", "0", "错", "否", "错误"})
_BETWEEN: Final = re.compile(r"[\s,，、;；.]+")
_MARK: Final = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")
_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


class Slip(StrEnum):
    """What is wrong with a cell."""

    NO_SUCH_LETTER = "no_such_letter"
    ONE_LETTER = "one_letter"
    TWICE = "twice"
    NOT_TRUE_FALSE = "not_true_false"
    NOT_A_MARK = "not_a_mark"
    OVER_MAXIMUM = "over_maximum"
    TOO_LONG = "too_long"


class CellError(ValueError):
    """The cell cannot be understood; nothing is guessed."""

    def __init__(self, slip: Slip) -> None:
        super().__init__(slip.value)
        self.slip = slip


def is_on_paper(text: str) -> bool:
    """Whether a stored answer only says that the text is on the paper itself."""
    return text == ON_PAPER


@dataclass(frozen=True, slots=True)
class Typed:
    """What a cell says. `mark` is set for a written answer marked on the paper."""

    response: Response | None
    mark: Fraction | None = None


def read_cell(text: str, entry: Entry, kind: ItemType) -> Typed:
    """The response in a cell for one item of a paper. Raises CellError."""
    plain = text.strip().translate(_FULL_WIDTH).upper()
    if plain in _BLANK:
        return Typed(None)
    if len(plain) > MOST_SIGNS:
        raise CellError(Slip.TOO_LONG)
    match kind:
        case ItemType.SINGLE | ItemType.MULTI:
            return Typed(_chosen(plain, entry, kind))
        case ItemType.TRUE_FALSE:
            return Typed(_judged(plain))
        case ItemType.SHORT:
            return _written(plain, entry.points)


def write_cell(response: Response | None, entry: Entry, mark: Fraction | None) -> str:
    """The inverse of `read_cell`."""
    match response:
        case None:
            return ""
        case Chosen(options=options):
            by_letter = letters(entry.options)
            return "".join(letter for letter, option in by_letter.items() if option in options)
        case Judged(value=value):
            return "√" if value else "×"
        case Written():
            return LATER if mark is None else _decimal(mark)


def _chosen(plain: str, entry: Entry, kind: ItemType) -> Chosen:
    by_letter = letters(entry.options)
    found = [*_BETWEEN.sub("", plain)]
    if not found or any(letter not in by_letter for letter in found):
        raise CellError(Slip.NO_SUCH_LETTER)
    if len(set(found)) != len(found):
        raise CellError(Slip.TWICE)
    if kind is ItemType.SINGLE and len(found) > 1:
        raise CellError(Slip.ONE_LETTER)
    return Chosen(frozenset(by_letter[letter] for letter in found))


def _judged(plain: str) -> Judged:
    if plain in _YES:
        return Judged(value=True)
    if plain in _NO:
        return Judged(value=False)
    raise CellError(Slip.NOT_TRUE_FALSE)


def _written(plain: str, maximum: Fraction) -> Typed:
    if plain == LATER:
        return Typed(Written(ON_PAPER))
    if not _MARK.fullmatch(plain):
        raise CellError(Slip.NOT_A_MARK)
    mark = Fraction(plain)
    if mark > maximum:
        raise CellError(Slip.OVER_MAXIMUM)
    return Typed(Written(ON_PAPER), mark)


def _decimal(mark: Fraction) -> str:
    """Marks are typed as decimals, so they end."""
    value = Decimal(mark.numerator) / Decimal(mark.denominator)
    return f"{value.normalize():f}"
