"""Items that ask the same thing: near-equal stems, or the same options.

An index over runs of characters finds the few stems worth comparing; whether they are alike is
then measured exactly (`make bench`, docs/performance.md).
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

LEAST: Final = 0.85
MIN_OPTIONS: Final = 2
_NO_WORD: Final = re.compile(r"[\W_]+")
# Characters of a run: a pair of Chinese ones tells as much as five letters.
_RUN: Final = 2
_RUN_ASCII: Final = 5
# Of its runs a stem is looked up by the rarest that the index holds. A stem that is 85 % the same
# has lost at most 52 % of its pairs, so up to 21 Chinese characters nothing can be missed; beyond,
# and in English, a test measures what is.
_RAREST: Final = 12
_RAREST_ASCII: Final = 20
# Where fewer of its runs than this are held at all, no stem can be so much alike (of pairs; of five
# letters hardly one: a change of one letter in ten loses half of them).
_SHARED: Final = 0.45
_SHARED_ASCII: Final = 0.2
# Runs that fewer than this many stems share are all followed; a crowd of like stems is cut.
_MOST: Final = 2_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What an item asks: where it stands, its stem and options by language."""

    bank: str
    item: str
    stem: Mapping[str, str]
    options: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two items that are alike. `share` 0-1 of the stems; `same_options`: all options equal."""

    one: Asked
    other: Asked
    share: float
    same_options: bool


def folded(text: str) -> str:
    """Letters and digits alone, NFKC, case folded: punctuation and spaces tell nothing apart."""
    return _NO_WORD.sub("", unicodedata.normalize("NFKC", text).casefold())


def runs(text: str) -> frozenset[str]:
    """The runs of characters of a folded text."""
    size = _RUN_ASCII if text.isascii() else _RUN
    return frozenset(text[at : at + size] for at in range(max(1, len(text) - size + 1)))


class Stems:
    """Folded stems by the runs of characters they hold; a stem's number is its place."""

    __slots__ = ("_holders", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._holders: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, text: str, of: frozenset[str] | None = None) -> None:
        """One more; `of` are its runs where they are known."""
        number = len(self.texts)
        self.texts.append(text)
        for run in runs(text) if of is None else of:
            self._holders[run].append(number)

    def near(
        self, text: str, of: frozenset[str], *, least: float = LEAST
    ) -> Iterator[tuple[int, float]]:
        """(number, share) of those that are at least so much alike, in no order."""
        if not text:
            return
        among = [held for held in map(self._holders.get, of) if held]
        if len(among) < len(of) * (_SHARED_ASCII if text.isascii() else _SHARED):
            return
        most = _RAREST_ASCII if text.isascii() else _RAREST
        if len(among) > most:
            among.sort(key=len)
            del among[most:]
        found: set[int] = set()
        for held in among:
            found.update(held)
            if len(found) > _MOST:
                break
        for number in found:
            share = fuzz.ratio(text, self.texts[number], score_cutoff=least * 100)
            if share:
                yield number, share / 100


@dataclass(frozen=True, slots=True)
class _Words:
    """An item made ready to be looked up, once for all indexes."""

    stems: tuple[tuple[str, frozenset[str]], ...]
    options: tuple[frozenset[str], ...]


def _words(item: Asked) -> _Words:
    stems = dict.fromkeys(map(folded, item.stem.values()))
    langs = dict.fromkeys([*item.stem, *(lang for text in item.options for lang in text)])
    options = dict.fromkeys(_options(item, lang) for lang in langs)
    return _Words(
        tuple((stem, runs(stem)) for stem in stems if stem),
        tuple(one for one in options if len(one) >= MIN_OPTIONS),
    )


def _options(item: Asked, lang: str) -> frozenset[str]:
    """A figure is often written once for all languages."""
    texts = (text.get(lang) or next(iter(text.values()), "") for text in item.options)
    return frozenset(map(folded, texts)) - {""}


class Index:
    """Items to be asked which of them are like another one. Reads only, once it is made."""

    __slots__ = ("_by_options", "_of", "_stems", "items")

    def __init__(self, items: Iterable[Asked]) -> None:
        self.items: list[Asked] = []
        self._stems = Stems()
        self._of: list[int] = []
        self._by_options: defaultdict[frozenset[str], list[int]] = defaultdict(list)
        for item in items:
            self._add(item, _words(item))

    def _add(self, item: Asked, words: _Words) -> None:
        number = len(self.items)
        self.items.append(item)
        for stem, of in words.stems:
            self._stems.add(stem, of)
            self._of.append(number)
        for options in words.options:
            self._by_options[options].append(number)

    def _near(self, item: Asked, words: _Words, least: float) -> Iterator[Likeness]:
        share: dict[int, float] = {}
        for stem, of in words.stems:
            for place, like in self._stems.near(stem, of, least=least):
                number = self._of[place]
                share[number] = max(like, share.get(number, 0.0))
        same = {number for one in words.options for number in self._by_options.get(one, ())}
        for number in sorted(share.keys() | same):
            other = self.items[number]
            if (other.bank, other.item) != (item.bank, item.item):
                yield Likeness(item, other, share.get(number, 0.0), number in same)


def nearest(item: Asked, indexes: Iterable[Index], *, least: float = LEAST) -> list[Likeness]:
    """What is like this item, most alike first."""
    words = _words(item)
    found = [one for index in indexes for one in index._near(item, words, least)]
    return sorted(found, key=lambda one: (-one.share, one.other.bank, one.other.item))


def across(
    items: Sequence[Asked], indexes: Sequence[Index], *, least: float = LEAST
) -> list[Likeness]:
    """Each pair of an item and one of the indexes, most alike first."""
    ready = [(item, _words(item)) for item in items]
    found = [
        one for item, words in ready for index in indexes for one in index._near(item, words, least)
    ]
    return sorted(found, key=_order)


def _order(one: Likeness) -> tuple[float, str, str]:
    return (-one.share, one.one.item, one.other.item)


def pairs(
    items: Sequence[Asked], indexes: Sequence[Index], *, least: float = LEAST
) -> list[Likeness]:
    """Each pair of an item and another one (of `items` too) once, most alike first."""
    before = Index(())
    within: list[Likeness] = []
    for item in items:
        words = _words(item)
        within += [
            Likeness(one.other, one.one, one.share, one.same_options)
            for one in before._near(item, words, least)
        ]
        before._add(item, words)
    return sorted([*within, *across(items, indexes, least=least)], key=_order)
