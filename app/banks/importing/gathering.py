"""What the readers of other systems' files share: collecting, letters, rules, names."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Final

from app.banks.importing.archive import RefusedFileError
from app.banks.importing.encodings import decoded
from app.banks.importing.richtext import Rich
from app.domain.banks import LETTERS, parse_true_false
from app.domain.imports import FoundBank, FoundItem, FoundSection, Note, Place
from app.domain.items import DEFAULT_LANG, Criterion, ItemType, Rule, Text
from app.domain.scoring import Tally, share_of

ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
PICTURE: Final = re.compile(r"[\w-][\w.-]*\.(png|jpe?g|webp)", re.ASCII)
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_NUMBER: Final = re.compile(r"[-+]?(\d{1,9}(\.\d{0,15})?|\.\d{1,15})", re.ASCII)
_NEAR: Final = Fraction(1, 1000)
# What ticks every subset of more options than this would take too long, and no bank has them.
MAX_OPTIONS: Final = len(LETTERS)
PRINTED: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Gathering:
    """The sections, notes and pictures of one file while it is being read."""

    def __init__(self, *, part: str = "") -> None:
        self.part = part
        self.sections: list[FoundSection] = []
        self.items: list[FoundItem] = []
        self.notes: list[Note] = []
        self.images: dict[str, bytes] = {}
        self._open: FoundSection | None = None
        self._before = 0

    def place(self, line: int, part: str = "") -> Place:
        """A place of this file."""
        return Place(line, 1, part or self.part)

    def section(self, section: FoundSection) -> None:
        """Begin a section; what is added from now on stands in it."""
        self._close()
        self._open = section

    def add(self, item: FoundItem) -> None:
        """The next item; notes about it are given beforehand with `about=True`."""
        self.items.append(item)

    def note(self, key: str, place: Place, *, about: bool = False, **params: object) -> None:
        """Something to tell; `about` the item that is added next."""
        self.tell(key, place, params, about=about)

    def tell(
        self, key: str, place: Place, params: Mapping[str, object], *, about: bool = False
    ) -> None:
        """The same with the words of its sentence in a mapping."""
        number = self._before + len(self.items) if about else None
        self.notes.append(Note(key, place, params, number))

    def _close(self) -> None:
        if self.items:
            section = self._open or FoundSection(self.items[0].place, ())
            self.sections.append(replace(section, items=tuple(self.items)))
        self._before += len(self.items)
        self.items = []
        self._open = None

    def bank(self, *, title: str | None = None) -> FoundBank:
        """All that was found. The language is Chinese unless no text has a Chinese character."""
        self._close()
        stems = "".join(w for s in self.sections for i in s.items for w in i.stem.values())
        lang = DEFAULT_LANG if _CHINESE.search(stems) or not stems else "en"
        sections = tuple(self.sections)
        if lang != DEFAULT_LANG:
            sections = tuple(_in_language(section, lang) for section in sections)
        return FoundBank(
            sections=sections,
            notes=tuple(self.notes),
            title={lang: title} if title else None,
            lang=lang,
            images=self.images,
        )


def refused(error: RefusedFileError) -> FoundBank:
    """A file of which nothing could be read, with the reason."""
    note = Note(error.key, Place(error.line, 1, error.part), error.params)
    return FoundBank((), (note,))


def say(text: str) -> Text:
    """A text in the language that files are taken to have until all is read."""
    return {DEFAULT_LANG: text}


def maybe(text: str) -> Text | None:
    """The same, None for nothing."""
    return say(text) if text else None


def _moved(text: Text | None, lang: str) -> Text | None:
    return None if text is None else {lang: next(iter(text.values()), "")}


def _in_language(section: FoundSection, lang: str) -> FoundSection:
    return replace(
        section,
        title=_moved(section.title, lang),
        intro=_moved(section.intro, lang),
        items=tuple(_item_in_language(item, lang) for item in section.items),
    )


def _item_in_language(item: FoundItem, lang: str) -> FoundItem:
    return replace(
        item,
        stem=_moved(item.stem, lang) or {},
        options=tuple((letter, _moved(text, lang) or {}) for letter, text in item.options),
        model_answer=_moved(item.model_answer, lang),
        why=_moved(item.why, lang),
        feedback={letter: _moved(text, lang) or {} for letter, text in item.feedback.items()},
        rubric=tuple(replace(c, point=_moved(c.point, lang) or {}) for c in item.rubric),
    )


# ---------------------------------------------------------------- rules


def letter(number: int) -> str:
    """The letter of the option with this index."""
    return PRINTED[number] if number < len(PRINTED) else f"{PRINTED[-1]}{number}"


def rule_of(
    score: Callable[[frozenset[str]], Fraction], letters: Sequence[str], key: frozenset[str]
) -> Rule | None:
    """The rule that gives what `score` (a share, 0-1) gives for every choice of options, or None.

    Every choice is tried, so whatever the other system calls its rule, an answer is exact.
    """
    if not key or len(letters) > MAX_OPTIONS:
        return None
    fitting = list(Rule)
    for size in range(1, len(letters) + 1):
        for chosen in map(frozenset, combinations(letters, size)):
            right = len(chosen & key)
            tally = Tally(right, len(chosen) - right, len(key), len(letters))
            got = score(chosen)
            fitting = [rule for rule in fitting if abs(share_of(rule, tally) - got) <= _NEAR]
            if not fitting:
                return None
    return Rule.SUBSET if Rule.SUBSET in fitting else fitting[0]


def weighted(fractions: Mapping[str, Fraction]) -> Callable[[frozenset[str]], Fraction]:
    """The score of a sum of weights kept between 0 and 1."""

    def score(chosen: frozenset[str]) -> Fraction:
        total = sum((fractions[one] for one in chosen), Fraction(0))
        return min(max(total, Fraction(0)), Fraction(1))

    return score


# ---------------------------------------------------------------- items


def as_true_false(item: FoundItem) -> FoundItem | None:
    """A single choice of the two words for true and false as a true/false item, else None."""
    if item.type is not ItemType.SINGLE or len(item.options) != 2:
        return None
    texts = [next(iter(text.values()), "") for _, text in item.options]
    if any(text.strip().casefold() in {"x", "y", "n"} for text in texts):
        return None  # letters of a formula, not of a judgement
    words = [parse_true_false(text) for text in texts]
    if set(words) != {True, False}:
        return None
    names = {
        of: "true" if word else "false" for (of, _), word in zip(item.options, words, strict=True)
    }
    parts = [next(iter(item.why.values()))] if item.why else []
    for of, text in item.feedback.items():
        parts += [f"{'对' if names[of] == 'true' else '错'}：{words_}" for words_ in text.values()]
    return replace(
        item,
        type=ItemType.TRUE_FALSE,
        options=(),
        answer=tuple(names[of] for of in item.answer if of in names),
        why=maybe("\n\n".join(parts)),
        feedback={},
        rule=None,
        shuffle=None,
    )


def keyword_criterion(answers: Iterable[str], points: Fraction | None) -> Criterion | None:
    """A criterion that any of the accepted answers of a gap meets."""
    words = tuple(dict.fromkeys(word for a in answers if (word := a.replace("|", " ").strip(" *"))))
    if not words:
        return None
    point = say("写出 " + " 或 ".join(words))
    return Criterion("answer", points or Fraction(1), point, (words,))


def name_as_id(name: str) -> str | None:
    """The name of a question where it is an id: not a mere number or a sentence."""
    name = name.strip()
    if ID.fullmatch(name) and re.search(r"[a-z]", name) and re.search(r"[0-9._-]", name):
        return name
    return None


def points_of(text: str | None) -> Fraction | None:
    """Points of a number with at most two decimal places after rounding; None for none."""
    value = number_of(text)
    if value is None:
        return None
    rounded = Fraction(round(value * 100), 100)
    return rounded if 0 < rounded <= 10_000 else None


def fraction_of(text: str | None) -> Fraction:
    """A weight in per cent as a share; 0 for what is no number."""
    value = number_of((text or "").strip().rstrip("%"))
    return value / 100 if value is not None else Fraction(0)


def number_of(text: str | None) -> Fraction | None:
    """An ordinary decimal number; an exponent could ask for a number that fills the memory."""
    words = (text or "").strip().replace(",", ".")
    return Fraction(words) if _NUMBER.fullmatch(words) else None


class Pictures:
    """The pictures of one item: the first of the stem stays, the others are named as lost."""

    def __init__(
        self, gathering: Gathering, find: Callable[[str], tuple[str, bytes] | None]
    ) -> None:
        self.gathering = gathering
        self.find = find
        self.kept: str | None = None
        self.lost: list[str] = []
        self.forms: list[str] = []

    def read(self, rich: Rich, *, keeps: bool = False) -> str:
        """The text of `rich`; its pictures and losses are remembered."""
        self.forms += rich.lost
        for source in rich.images:
            found = self.find(source) if keeps and self.kept is None else None
            if found is None:
                self.lost.append(source[:60])
                continue
            self.kept = self._store(*found)
        return rich.text

    def _store(self, name: str, data: bytes) -> str:
        name = re.sub(r"[^\w.-]", "_", name.rpartition("/")[2], flags=re.ASCII).lstrip(".-")
        if not PICTURE.fullmatch(name.lower()):
            name = f"{name.rpartition('.')[0] or 'picture'}{_suffix(data)}"
        stem, dot, suffix = name.rpartition(".")
        images, number = self.gathering.images, 1
        while images.get(name, data) != data:
            number += 1
            name = f"{stem}-{number}{dot}{suffix}"
        images[name] = data
        return name

    def tell(self, place: Place) -> None:
        """The notes about what was left out of the item that is added next."""
        if self.lost:
            names = tuple(dict.fromkeys(self.lost))
            self.gathering.note("W622", place, about=True, names=names)
        if self.forms:
            names = tuple(dict.fromkeys(f"<{form}>" for form in self.forms))
            self.gathering.note("W621", place, about=True, names=names)


def _suffix(data: bytes) -> str:
    if data.startswith(b"\xff\xd8"):
        return ".jpg"
    return ".webp" if data[8:12] == b"WEBP" else ".png"


def lines_of(data: bytes) -> tuple[str, tuple[Note, ...]]:
    """The text of a file with one kind of line break, and what its encoding asks to tell.

    Raises ImportUnreadableError for bytes that are no text.
    """
    text, notes = decoded(data)
    # The signs that stand for escaped ones while a file is read may not come from the file.
    text = re.sub("[\ue000-\ue007\0]", "\ufffd", text)
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes
