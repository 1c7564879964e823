"""Items that ask the same thing: near-equal stems, or the same options."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz, process

LEAST: Final = 0.85
MIN_OPTIONS: Final = 2
_NO_WORD: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an item asks: where it stands, its stem, its options; in one language."""

    bank: str
    item: str
    stem: str
    options: tuple[str, ...] = ()


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


def nearest(item: Asked, others: Sequence[Asked], *, least: float = LEAST) -> list[Likeness]:
    """The others that are like this one, most alike first."""
    stem, options = folded(item.stem), _options(item)
    found = []
    for other in others:
        if (other.bank, other.item) == (item.bank, item.item):
            continue
        share = fuzz.ratio(stem, folded(other.stem), score_cutoff=least * 100) / 100 if stem else 0
        same = len(options) >= MIN_OPTIONS and options == _options(other)
        if share >= least or same:
            found.append(Likeness(item, other, share, same))
    return sorted(found, key=lambda one: (-one.share, one.other.bank, one.other.item))


def pairs(
    items: Sequence[Asked], others: Sequence[Asked], *, least: float = LEAST
) -> list[Likeness]:
    """Each pair of an item and another one (of `items` too) once, most alike first."""
    everything = [*items, *others]
    stems = [folded(one.stem) for one in everything]
    options = [_options(one) for one in everything]
    found: list[Likeness] = []
    for n, item in enumerate(items):
        rest = range(n + 1, len(everything))
        near = {
            n + 1 + place: score / 100
            for _stem, score, place in process.extract(
                stems[n],
                stems[n + 1 :],
                scorer=fuzz.ratio,
                processor=None,
                score_cutoff=least * 100,
                limit=None,
            )
            if stems[n]
        }
        equal = {m for m in rest if len(options[n]) >= MIN_OPTIONS and options[n] == options[m]}
        found += [
            Likeness(item, everything[m], near.get(m, 0.0), m in equal)
            for m in sorted(near.keys() | equal)
        ]
    return sorted(found, key=lambda one: (-one.share, one.one.item, one.other.item))


def _options(item: Asked) -> frozenset[str]:
    return frozenset(map(folded, item.options)) - {""}
