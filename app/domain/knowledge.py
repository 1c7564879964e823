"""The knowledge base as rules: what an entry has, how it is found, when its use speaks against it.

Pure; days are arguments. A body maps field -> text in the order of the page.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final

from rapidfuzz import fuzz

UNUSED_DAYS: Final = 180
LEAST_USES: Final = 5
SNIPPET: Final = 60
_ALIKE: Final = 75
_LEAST_FUZZY: Final = 3
_BREAK: Final = re.compile(r"[\s,，、;；。/|]+")
_TITLE, _TAG, _HEAD, _TEXT, _NEAR = 12, 8, 6, 3, 2


class EntryKind(StrEnum):
    """What is published."""

    OBJECTION = "objection"
    METHOD = "method"
    CASE = "case"


class Customer(StrEnum):
    """At whom something was used."""

    NEW = "new"
    EXISTING = "existing"
    KEY_ACCOUNT = "key_account"
    RENEWAL = "renewal"


# The fields of an entry written here; work that was handed in brings the rows of its own form.
FIELDS: Final[Mapping[EntryKind, tuple[str, ...]]] = {
    EntryKind.OBJECTION: ("says", "empathy", "value", "case", "limits", "never"),
    EntryKind.METHOD: ("when", "empathy", "value", "proof", "limits"),
    EntryKind.CASE: ("background", "people", "turning", "mine", "result", "again"),
}
MAY_BE_EMPTY: Final = frozenset({"limits", "never", "again"})
# What somebody in front of a customer looks for: how the situation is recognised.
_HEADS: Final = frozenset({"says", "when", "background"})


@dataclass(frozen=True, slots=True)
class Uses:
    """How often something was tried, and how often it worked; `last_on` None: never tried."""

    n: int = 0
    worked: int = 0
    last_on: date | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the search reads of an entry: one language of it."""

    title: str
    body: Mapping[str, str]
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """How well an entry fits: `score` above 0, and where in its text (empty: in the title)."""

    score: Fraction
    snippet: str


def fold(text: str) -> str:
    """The form in which texts are compared: full and half width, capitals and small are one."""
    return unicodedata.normalize("NFKC", text).casefold()


def words_of(query: str) -> tuple[str, ...]:
    """The words asked for. Chinese needs no blanks: what is written together is one word."""
    return tuple(dict.fromkeys(word for word in _BREAK.split(fold(query)) if word))


def find(words: Sequence[str], sheets: Sequence[Sheet], uses: Uses) -> Hit | None:
    """How well the languages of one entry fit; None when one of the words is nowhere in them.

    Title before tags, how the situation is recognised before the rest; what worked comes first
    among equals. Without words everything fits, and only its use counts.
    """
    total, snippet = Fraction(), ""
    for word in words:
        found = max((_in(word, sheet) for sheet in sheets), default=(0, ""))
        if not found[0]:
            return None
        total += found[0]
        snippet = snippet or found[1]
    return Hit(total + 2 * usefulness(uses), snippet)


def usefulness(uses: Uses) -> Fraction:
    """How often it worked, drawn towards one half while it was hardly tried: (w + 1) / (n + 2)."""
    return Fraction(uses.worked + 1, uses.n + 2)


def _in(word: str, sheet: Sheet) -> tuple[int, str]:
    title = fold(sheet.title)
    if word in title:
        return _TITLE, ""
    if any(word in fold(tag) for tag in sheet.tags):
        return _TAG, ""
    for field, text in sheet.body.items():
        at = fold(text).find(word)
        if at >= 0:
            return (_HEAD if field in _HEADS else _TEXT), _around(text, at, len(word))
    is_near = len(word) >= _LEAST_FUZZY and any(
        fuzz.partial_ratio(word, fold(text)) >= _ALIKE
        for text in (title, *(text for field, text in sheet.body.items() if field in _HEADS))
        if len(text) >= len(word)
    )
    return (_NEAR if is_near else 0), ""


def _around(text: str, at: int, length: int) -> str:
    start = max(0, at - SNIPPET // 3)
    end = min(len(text), max(at + length, start + SNIPPET))
    piece = " ".join(text[start:end].split())
    return ("…" if start else "") + piece + ("…" if end < len(text) else "")


class Stale(StrEnum):
    """Why an entry should be looked at again."""

    UNUSED = "unused"
    FAILS = "fails"


def stale(uses: Uses, *, confirmed_on: date, today: date) -> Stale | None:
    """Why the entry should be looked at again, None: it need not be.

    It failed more often than it worked (from five uses on), or nobody used it in the 180 days
    since it was approved or last used.
    """
    if uses.n >= LEAST_USES and 2 * uses.worked < uses.n:
        return Stale.FAILS
    since = max(confirmed_on, uses.last_on or confirmed_on)
    return Stale.UNUSED if today - since > timedelta(days=UNUSED_DAYS) else None


@dataclass(frozen=True, slots=True)
class Card:
    """A published card as the quiz takes it: `when` to use it, `limits` when not."""

    id: int
    number: int
    title: str
    when: str
    limits: str
    competency: str = ""


@dataclass(frozen=True, slots=True)
class DraftItem:
    """One item to be finished by a trainer. `options` empty: true or false by `is_true`."""

    card: Card
    stem_of: str
    about: str
    options: tuple[str, ...] = ()
    key: int = 0
    is_true: bool = True


MOST_OPTIONS: Final = 4


def quiz(cards: Sequence[Card]) -> tuple[list[DraftItem], list[DraftItem]]:
    """Scaffolds from cards: (single choice, true or false).

    "Which card fits": the other chosen cards are the distractors, so it takes at least two. "True
    or false": when to use it is true, a limit read as a use is false. A card that does not say
    when gives neither.
    """
    speaking = [card for card in cards if card.when]
    choice = []
    for at, card in enumerate(speaking):
        others = [*speaking[at + 1 :], *speaking[:at]][: MOST_OPTIONS - 1]
        if not others:
            continue
        key = at % (len(others) + 1)
        titles = [one.title for one in others]
        titles.insert(key, card.title)
        choice.append(DraftItem(card, "which", card.when, tuple(titles), key))
    judged = [DraftItem(card, "when", card.when, is_true=True) for card in speaking]
    judged += [
        DraftItem(card, "limits", card.limits, is_true=False) for card in speaking if card.limits
    ]
    return choice, judged
