"""Aiken: a question, options `A. …`, a line `ANSWER: X`. Strict, so each stray line is told."""

import re
from dataclasses import dataclass, field
from typing import Final

from app.banks.importing import gathering as g
from app.banks.importing.richtext import from_html, from_plain, looks_like_html
from app.domain.imports import FoundBank, FoundItem, Place
from app.domain.items import ItemType

_OPTION: Final = re.compile(r"^\s*([A-Z])\s*[.)]\s+(.*)$")
_ANSWER: Final = re.compile(r"^\s*ANSWER\s*:\s*(.*?)\s*$", re.IGNORECASE)
_LETTERS: Final = re.compile(r"[A-Z](\s*[,;]?\s*[A-Z])*")
MANY: Final = 20


def read(data: bytes) -> FoundBank:
    """What an Aiken file holds; what cannot be read is a note.

    Raises ImportUnreadableError for bytes that are no text.
    """
    text, notes = g.lines_of(data)
    found = g.Gathering()
    found.notes += notes
    _Reader(found).read(text)
    return found.bank()


@dataclass(slots=True)
class _Open:
    """The question being read."""

    line: int = 0
    stem: list[str] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


class _Reader:
    """Reads one file from top to bottom."""

    def __init__(self, found: g.Gathering) -> None:
        self.found = found
        self.open = _Open()

    def read(self, text: str) -> None:
        last = 1
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                last = number
                self.line(number, line)
        self.end(last, None)

    def line(self, number: int, line: str) -> None:
        one = self.open
        if answer := _ANSWER.match(line):
            one.lines.append(line)
            self.end(number, answer[1])
        elif (option := _OPTION.match(line)) and one.stem:
            self.option(number, option[1], option[2])
            one.lines.append(line)
        elif one.options:
            # A text after the options begins the next question: this one has no answer.
            self.end(number - 1, None)
            self.stem(number, line)
        else:
            self.stem(number, line)

    def stem(self, number: int, line: str) -> None:
        self.open.line = self.open.line or number
        self.open.stem.append(line.strip())
        self.open.lines.append(line)

    def option(self, number: int, letter: str, words: str) -> None:
        wanted = g.letter(len(self.open.options))
        if letter != wanted:
            place = self.found.place(number)
            self.found.note("E626.letter", place, about=True, letter=letter, want=wanted)
        self.open.options.append((letter, words.strip()))

    def end(self, number: int, answer: str | None) -> None:
        one, self.open = self.open, _Open()
        place = self.found.place(number)
        if not one.stem:
            if answer is not None:
                self.found.note("E626.answer", place)
        elif not one.options:
            self.found.note("E626", self.found.place(one.line), text=one.stem[0])
        else:
            self.found.add(self.item(one, answer, place))

    def item(self, one: _Open, answer: str | None, place: Place) -> FoundItem:
        key: tuple[str, ...] = ()
        if answer is None:
            self.found.note("E626.none", place, about=True)
        elif _LETTERS.fullmatch(answer.upper()):
            key = tuple(dict.fromkeys(re.findall("[A-Z]", answer.upper())))
        else:
            self.found.note("E626.unclear", place, about=True, value=answer)
        # The letters of a bank run from A, whatever stands in the file.
        names = {old: g.letter(number) for number, (old, _) in enumerate(one.options)}
        item = FoundItem(
            place=self.found.place(one.line),
            source="\n".join(one.lines),
            stem=g.say(_words("\n".join(one.stem))),
            type=ItemType.MULTI if len(key) > 1 else ItemType.SINGLE,
            options=tuple(
                (g.letter(n), g.say(_words(words))) for n, (_, words) in enumerate(one.options)
            ),
            answer=tuple(names.get(letter, letter) for letter in key),
        )
        return g.as_true_false(item) or item


def _words(text: str) -> str:
    return from_html(text).text if looks_like_html(text) else from_plain(text)
