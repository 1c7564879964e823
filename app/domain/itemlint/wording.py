"""Rules that look at one item in one language. Results are kept by what they looked at."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Final, NamedTuple

from app.domain.itemlint import words
from app.domain.itemlint.numbers import are_sorted, overlap, read_span, spans
from app.domain.itemlint.words import Tongue
from app.domain.items import ItemType

SHORTEST: Final = 8
LONGEST: Final[dict[str, int]] = {"zh": 120, "en": 300}
KEY_TIMES: Final = 1.5
# Below this many characters more than the median a longer key catches no eye.
KEY_MORE: Final[dict[str, int]] = {"zh": 4, "en": 12}
# Text that may follow a blank: a unit and the full stop.
TAIL: Final[dict[str, int]] = {"zh": 3, "en": 12}
REPEATED: Final = 3
FEW: Final = 3
_SPACE: Final = re.compile(r"\s+")
_MARKUP: Final = re.compile(r"[*_`|（）()【】\s　＿]+")
_NOTE: Final = re.compile(r"[（(][^（）()]*[)）]|[\s。.？?！!，,；;：:、”\"」*]+")
_HAN: Final = re.compile(r"[一-鿿]+")
_LATIN: Final = re.compile(r"[a-z][a-z'-]{4,}")
_ENDING: Final = re.compile(r"(?:ing|ed|es|s|'s)$")
_COMMON: Final = frozenset(
    """about above after again against along among another answer because before being below between
    could customer customers doing during every first following further having other others person
    people reply should since their there these thing things those through today under until which
    while would whose where without within yourself seller sellers sales company question questions
    still""".split()  # noqa: SIM905  a text is read more easily than a list
)
_STARTS_QUOTED: Final = ("“", '"', "「", "‘")


class Hit(NamedTuple):
    """A finding in an item: its key, the field (and option) it is about, what fills its words."""

    key: str
    field: tuple[str, ...]
    params: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """An item in one language. `key`: letters of the key, of a statement `T` or `F`, "" unknown."""

    type: ItemType
    tongue: Tongue
    stem: str
    options: tuple[tuple[str, str], ...] = ()
    key: str = ""
    has_source: bool = False
    parts: int = 0


@lru_cache(maxsize=40_000)
def look(said: Said) -> tuple[Hit, ...]:
    """What the rules say about an item in one language."""
    hits = [*_stem(said)]
    if said.options:
        hits += _options(said)
    if said.type is ItemType.TRUE_FALSE:
        hits += _statement(said)
    return tuple(hits)


forget: Final = look.cache_clear


# ---------------------------------------------------------------- stem


def _stem(said: Said) -> Iterator[Hit]:
    of, place = said.tongue, ("stem",)
    own = words.own_words(said.stem)
    is_statement = said.type is ItemType.TRUE_FALSE
    asked = own if is_statement else words.question(own, of)
    if not is_statement and (word := _negative(asked, of)):
        yield Hit("W510", place, (("word", word),))
    if (double := _double(own, of)) is not None:
        yield Hit("W511", place, (("words", double),))
    judges = words.JUDGES if of == "zh" else words.JUDGES_EN
    if not said.has_source and (found := judges.search(asked)):
        yield Hit("W512", place, (("word", found.group()),))
    if _blank_in_the_middle(said):
        yield Hit("W513", place)
    yield from _length(said)
    opinion = words.OPINION if of == "zh" else words.OPINION_EN
    if found := opinion.search(own):
        yield Hit("W515", place, (("word", found.group()),))
    # A task of several parts has a criterion for each.
    if said.parts < FEW - 1 and _asks_twice(own, of):
        yield Hit("W516", place)


def _length(said: Said) -> Iterator[Hit]:
    most = LONGEST[said.tongue]
    plain = _MARKUP if said.tongue == "zh" else _SPACE
    length = len(plain.sub("" if said.tongue == "zh" else " ", said.stem))
    if length < SHORTEST:
        yield Hit("W514.short", ("stem",), (("length", length), ("least", SHORTEST)))
    elif length > most:
        yield Hit("W514.long", ("stem",), (("length", length), ("most", most)))


def _negative(asked: str, of: Tongue) -> str | None:
    """The word that turns the question round and is not set in bold."""
    if of == "en":
        found_en = words.NEGATIVE_EN.search(words.without_harmless(asked, of))
        if found_en is None or words.is_bold(found_en.string, found_en.start(1)):
            return None
        return found_en.group(1)
    plain = words.without_harmless(asked, of)
    for found in words.NEGATIVE.finditer(plain):
        rest = plain[found.end() :]
        if found.group().startswith("除") and words.ADDS.search(rest):
            continue
        if words.RELATIVE.match(rest) or words.is_bold(plain, found.start()):
            continue
        return found.group().strip("*")
    return None


def _double(own: str, of: Tongue) -> str | None:
    """Words that deny each other within one clause."""
    double = words.DOUBLE if of == "zh" else words.DOUBLE_EN
    found = double.search(words.without_harmless(own.replace("**", ""), of))
    return found.group() if found else None


def _blank_in_the_middle(said: Said) -> bool:
    stem = said.stem.strip()
    found = list(words.BLANK.finditer(stem))
    if not found:
        return False
    # What follows on other lines is material to look at, such as a table.
    tail = _NOTE.sub("", stem[found[-1].end() :].partition("\n")[0])
    return found[0].start() == 0 or len(tail) > TAIL[said.tongue]


def _asks_twice(own: str, of: Tongue) -> bool:
    if own.count("？") + own.count("?") >= 2:
        return True
    twice = words.TWO_QUESTIONS if of == "zh" else words.TWO_QUESTIONS_EN
    return twice.search(own) is not None


# ---------------------------------------------------------------- options


def _options(said: Said) -> Iterator[Hit]:
    of = said.tongue
    own = {letter: words.own_words(text) for letter, text in said.options}
    yield from _of_the_above(said)
    yield from _long_key(said)
    yield from _repeated_word(said)
    yield from _absolute_distractors(said, own)
    leads = words.LEADS_WITH_NO if of == "zh" else words.LEADS_WITH_NO_EN
    negative = [
        letter for letter, text in own.items() if leads.search(words.without_harmless(text, of))
    ]
    yield from _tone(said, negative)
    yield from _figures(said)
    if (reason := _not_parallel(said)) is not None:
        yield Hit(f"W527.{reason}", ("options",))
    # One of a single choice is a cue of tone, W525.
    if len(negative) >= 2:
        yield Hit("W528", ("options", negative[0]), (("letters", tuple(negative)),))


def _of_the_above(said: Said) -> Iterator[Hit]:
    above = words.OF_THE_ABOVE if said.tongue == "zh" else words.OF_THE_ABOVE_EN
    for letter, text in said.options:
        if found := above.search(text):
            yield Hit("W520", ("options", letter), (("word", found.group()),))
            return


def _long_key(said: Said) -> Iterator[Hit]:
    if said.type is not ItemType.SINGLE or not said.key or len(said.options) < FEW:
        return
    lengths = {letter: len(text) for letter, text in said.options}
    key = lengths.get(said.key, 0)
    middle = median(lengths.values())
    is_longest = all(key > length for letter, length in lengths.items() if letter != said.key)
    if is_longest and key >= KEY_TIMES * middle and key - middle >= KEY_MORE[said.tongue]:
        params = (("letter", said.key), ("length", key), ("median", round(middle)))
        yield Hit("W521", ("options", said.key), params)


def _repeated_word(said: Said) -> Iterator[Hit]:
    if said.type is not ItemType.SINGLE or not said.key or len(said.options) < FEW:
        return
    of = said.tongue
    stem = _content(words.own_words(said.stem), of)
    if not stem:
        return
    texts = dict(said.options)
    echoed = stem & _content(texts.pop(said.key, ""), of)
    # A distractor that echoes the stem as well takes the cue away.
    if echoed and not any(stem & _content(text, of) for text in texts.values()):
        params = (("letter", said.key), ("word", min(echoed, key=lambda w: (-len(w), w))))
        yield Hit("W523", ("options", said.key), params)


def _content(text: str, of: Tongue) -> frozenset[str]:
    """Words that carry the meaning; Chinese, which has no spaces, as runs of characters."""
    if of == "en":
        found = (word for word in _LATIN.findall(text.lower()) if word not in _COMMON)
        return frozenset(_ENDING.sub("", word) for word in found)
    return frozenset(
        run[at : at + REPEATED]
        for run in _HAN.findall(text)
        for at in range(len(run) - REPEATED + 1)
    )


def _absolute_distractors(said: Said, own: dict[str, str]) -> Iterator[Hit]:
    if not said.key or said.type is not ItemType.SINGLE:
        return
    pattern = words.ABSOLUTE if said.tongue == "zh" else words.ABSOLUTE_EN
    found = {letter: hit.group() for letter, text in own.items() if (hit := pattern.search(text))}
    # A single one ("all three editions") stood in 10 of 210 good items , so it is not told.
    if len(found) >= 2 and not found.keys() & set(said.key):
        letter = min(found)
        yield Hit("W524", ("options", letter), (("letters", tuple(found)), ("word", found[letter])))


def _tone(said: Said, negative: list[str]) -> Iterator[Hit]:
    if len(said.options) < FEW:
        return
    if len(negative) == len(said.options) - 1:
        (alone,) = {letter for letter, _ in said.options} - set(negative)
        yield Hit("W525.positive", ("options", alone), (("letter", alone),))
    elif len(negative) == 1 and said.type is ItemType.SINGLE:
        key = "W525" if negative[0] in said.key else "W525.distractor"
        yield Hit(key, ("options", negative[0]), (("letter", negative[0]),))


def _figures(said: Said) -> Iterator[Hit]:
    known = spans([text for _, text in said.options])
    if known is None:
        return
    if overlap(known):
        yield Hit("W526.overlap", ("options",))
    elif not are_sorted(known):
        yield Hit("W526", ("options",))


def _not_parallel(said: Said) -> str | None:
    """Why the options are not alike in form: `stops`, `quotes`, `figures` or `case`."""
    texts = [text.strip() for _, text in said.options]
    if len(texts) < FEW:
        return None
    if _mixed([text.endswith(("。", ".")) for text in texts]):
        return "stops"
    if _mixed([text.startswith(_STARTS_QUOTED) for text in texts]):
        return "quotes"
    figures = [text for text in texts if read_span(text)]
    if len(figures) == len(texts) - 1 and spans(figures):
        return "figures"
    letters = [text[0] for text in texts if text]
    if said.tongue == "en" and all(one.isalpha() and one.isascii() for one in letters):
        plain = [text for text in texts if not text[:2].isupper()]
        if _mixed([text[0].isupper() for text in plain]):
            return "case"
    return None


def _mixed(flags: list[bool]) -> bool:
    return any(flags) and not all(flags)


# ---------------------------------------------------------------- statements


def _statement(said: Said) -> Iterator[Hit]:
    of, place = said.tongue, ("stem",)
    own = words.own_words(said.stem)
    absolute = words.ABSOLUTE if of == "zh" else words.ABSOLUTE_EN
    hedge = words.HEDGE if of == "zh" else words.HEDGE_EN
    if said.key == "F" and (found := absolute.search(own)):
        yield Hit("W535", place, (("word", found.group()),))
    if said.key == "T" and (found := hedge.search(own)):
        yield Hit("W536", place, (("word", found.group()),))
    denies = words.DENIES if of == "zh" else words.DENIES_EN
    plain = words.without_harmless(own, of)
    if (found := denies.search(plain)) and not words.is_bold(plain, found.start()):
        yield Hit("W537", place, (("word", found.group()),))
    two = words.TWO_STATEMENTS if of == "zh" else words.TWO_STATEMENTS_EN
    if found := two.search(own):
        yield Hit("W538", place, (("word", found.group().strip()),))
