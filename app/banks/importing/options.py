"""Finds the options A, B, C … of an item, also when they run together with nothing between."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.banks.importing.script import Script
from app.domain.banks import LETTERS

# A tick glued to the words before it and apart from the letter behind it is theirs.
_MARK: Final = r"(?P<mark>(?<![*])(?:(?<=\s)[*√][ ]*|(?<![^\n])[*√][ ]*|[*√]))?"
_UPPER: Final = re.compile(
    rf"{_MARK}(?:(?P<boxed>[(\[【][ ]*(?P<l1>[A-J])[ ]*[)\]】])[ ]*[.、:]?"
    r"|(?P<l2>[A-J])[ ]*(?P<sign>[.、:)\]])"
    r"|(?<![A-Za-z0-9])(?P<l3>[A-J])(?P<bare> +(?:- +)?(?=\S)|,(?=\S)|(?=[\u4e00-\u9fff])))"
)
_LOWER: Final = re.compile(
    rf"{_MARK}(?:(?P<boxed>[(\[][ ]*(?P<l1>[a-j])[ ]*[)\]])"
    r"|(?<![A-Za-z0-9])(?P<l2>[a-j])[ ]*(?P<sign>[.、)])"
    r"|(?P<l3>(?!))(?P<bare>))"
)
_ACRONYM: Final = re.compile(r"[A-Z]\.[A-Z](?![a-z])(?=[.\s\u4e00-\u9fff&]|$)|[A-Za-z]\.[a-z]\.")
_LISTED: Final = re.compile(r"[A-J]\s*[、,]\s*[A-J](?=[、,和与及或都均对错项.)\s]|$)")
_AFTER_SIGN: Final = ")]】。？?！!；;:…_”\"'》"
MOST_TOKENS: Final = 400
# A股B股 is a sentence; three letters in a row between characters are options.
_LEAST_GLUED: Final = 3


@dataclass(frozen=True, slots=True)
class Token:
    """The letter of an option: where it starts and where its text does."""

    letter: str
    start: int
    end: int
    strength: int
    style: str
    is_marked: bool = False


def find_options(script: Script, start: int, end: int) -> list[Token]:
    """The best run A, B, C … between two positions; empty when there are not at least two."""
    for pattern in (_UPPER, _LOWER):
        tokens = [
            token
            for match in pattern.finditer(script.norm, start, end)
            if (token := _token(script, match, start)) is not None
        ]
        run = _best_run(tokens[:MOST_TOKENS])
        if run and not (len(run) < _LEAST_GLUED and any(t.strength == -3 for t in run)):
            if pattern is _LOWER and not all(script.at_line_start(t.start) for t in run[:2]):
                continue
            return run
    return []


def _token(script: Script, match: re.Match[str], start: int) -> Token | None:
    norm, at = script.norm, match.start()
    letter = (match["l1"] or match["l2"] or match["l3"]).upper()
    before = norm[at - 1] if at > start else "\n"
    is_first = script.at_line_start(at) or at == start
    if match["l3"]:
        strength = _bare_strength(match, before, is_first=is_first)
    else:
        strength = _strength(before, is_first=is_first)
    if strength is None:
        return None
    letter_at = max(match.start("l1"), match.start("l2"), match.start("l3"))
    if _ACRONYM.match(norm, letter_at) and not match["l1"]:
        strength -= 5
    if _LISTED.match(norm, letter_at):
        strength -= 3
    if match["boxed"] and norm[at] != "(":
        strength -= 1
    style = "boxed" if match["boxed"] else (match["sign"] or "bare")
    is_marked = match["mark"] is not None
    return Token(letter, at, match.end(), strength, style, is_marked)


def _strength(before: str, *, is_first: bool) -> int | None:
    if is_first:
        return 3
    if before == " ":
        return 2
    if before in _AFTER_SIGN:
        return 2
    if before in ".&-/" or before.isdigit():
        return -2 if before.isdigit() else -5
    if before.isascii() and before.isalpha():
        return -1 if before.islower() else -4
    return 1


def _bare_strength(match: re.Match[str], before: str, *, is_first: bool) -> int | None:
    """A letter without a sign behind it: at a line's start, behind a bracket or a space; letters
    after A also between two characters.
    """
    if match["bare"] == "," and not (is_first or before == " "):
        return None
    if is_first:
        return 0
    if before in " )]】?!":
        return -2
    is_glued = match["l3"] != "A" and not match["bare"] and not before.isascii()
    return -3 if is_glued else None


def _best_run(tokens: Sequence[Token]) -> list[Token]:
    """The run from A on with the highest worth: long, well set off, of one style."""
    worth: list[int] = []
    previous: list[int | None] = []
    for number, token in enumerate(tokens):
        best, link = (4 + token.strength, None) if token.letter == "A" else (-(10**6), None)
        for other in range(number):
            if LETTERS.find(tokens[other].letter) + 1 != LETTERS.find(token.letter):
                continue
            value = worth[other] + 4 + token.strength
            value += 2 if tokens[other].style == token.style else -2
            if value > best and token.letter != "A" and worth[other] > -(10**5):
                best, link = value, other
        worth.append(best)
        previous.append(link)
    return _traced(tokens, worth, previous)


def _traced(
    tokens: Sequence[Token], worth: Sequence[int], previous: Sequence[int | None]
) -> list[Token]:
    ends = [n for n, token in enumerate(tokens) if token.letter != "A" and previous[n] is not None]
    if not ends:
        return []
    at: int | None = max(ends, key=lambda n: worth[n])
    run: list[Token] = []
    while at is not None:
        run.append(tokens[at])
        at = previous[at]
    return run[::-1]
