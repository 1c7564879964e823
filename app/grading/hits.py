"""Where the words of a rubric stand in an answer: a help for the eye, never a mark."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.items import Criterion

_CJK: Final = re.compile(r"[\u3400-\u9fff]")
_LATIN: Final = re.compile(r"[a-z]")
_STYLES: Final = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of an answer; `number` is the rubric point whose word it is, `style` a line style 1-3.

    Both are 0 outside of words.
    """

    text: str
    number: int = 0
    style: int = 0


def language_of(text: str, otherwise: str) -> str:
    """The language an answer is written in; of one without letters, `otherwise`."""
    if _CJK.search(text):
        return "zh-CN"
    return "en" if _LATIN.search(text.lower()) else otherwise


def in_language(words: Sequence[str], lang: str) -> Sequence[str]:
    """Of synonyms in two languages those of one; figures and abbreviations belong to both."""
    kept = [word for word in words if not _is_foreign(word, lang)]
    return kept or words


def _is_foreign(word: str, lang: str) -> bool:
    if lang == "en":
        return bool(_CJK.search(word))
    return bool(_LATIN.search(word)) and not _CJK.search(word)


def pieces(line: str, rubric: Sequence[Criterion]) -> tuple[Piece, ...]:
    """The line in runs that join to it again; of overlapping words the longer one is shown."""
    points = {
        word.lower(): number
        for number, one in reversed([*enumerate(rubric, start=1)])
        for group in one.keywords
        for word in group
    }
    if not points:
        return (Piece(line),)
    words = "|".join(_pattern(word) for word in sorted(points, key=len, reverse=True))
    found: list[Piece] = []
    for n, text in enumerate(re.split(f"({words})", line, flags=re.IGNORECASE)):
        if n % 2:
            number = points.get(text.lower(), 0)
            found.append(Piece(text, number, (number - 1) % _STYLES + 1 if number else 0))
        elif text:
            found.append(Piece(text))
    return tuple(found)


def _pattern(word: str) -> str:
    """A Latin word may go on ("priorit…"), but does not begin within another."""
    start = r"(?<![A-Za-z])" if word[0].isascii() and word[0].isalpha() else ""
    return start + re.escape(word)
