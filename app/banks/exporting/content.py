"""What the writers share: the items that are served, one language, HTML of the closed Markdown."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from lxml import html as lxml_html

from app.banks.importing.richtext import LETTER_CLASS, shows_itself, words_of
from app.banks.markdown import render, render_inline, with_letters
from app.domain.items import (
    Bank,
    Choice,
    Item,
    ItemStatus,
    Section,
    Text,
    text_in,
)

_LETTER: Final = re.compile(r"\{([A-J])\}")
# `{A}` on its way through the renderer, which lets no tag of ours pass.
_SENTINELS: Final = {letter: f"\ue010{letter}\ue011" for letter in "ABCDEFGHIJ"}
_SENTINEL: Final = re.compile("\ue010([A-J])\ue011")
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def served(bank: Bank) -> Bank:
    """The bank with its active items alone; sections without any are left out."""
    sections = []
    for section in bank.sections:
        items = tuple(item for item in section.items if item.status is ItemStatus.ACTIVE)
        if items:
            sections.append(replace(section, items=items))
    return replace(bank, sections=tuple(sections))


class Words:
    """Texts in one language, else in the bank's."""

    def __init__(self, bank: Bank, lang: str) -> None:
        self.lang = lang
        self.fallback = bank.lang

    def of(self, text: Text | None) -> str:
        """The words, in Unicode that XML can hold."""
        words = "" if text is None else text_in(text, self.lang, self.fallback)
        return _NO_XML.sub("", words).replace("\r\n", "\n").strip()

    def html(self, text: Text | None, *, inline: bool = False) -> str:
        """Safe HTML; an option named `{A}` is its letter in a span of its own class."""
        words = with_letters(self.of(text), _SENTINELS)
        shown = str(render_inline(words) if inline else render(words)).strip()
        return _SENTINEL.sub(rf'<span class="{LETTER_CLASS}">\1</span>', shown)

    def plain(self, text: Text | None) -> str:
        """The words without markup, in one line."""
        shown = self.html(text)
        words = words_of(lxml_html.fromstring(shown)) if shown else ""
        return " ".join(words.split())


def is_plain(words: str) -> bool:
    """True for one line that Markdown, HTML and letters leave alone."""
    return (
        "\n" not in words
        and not re.search("[<&]", words)
        and not _LETTER.search(words)
        and shows_itself(words, blocks=True)
    )


def texts(item: Item) -> Iterator[Text]:
    """All texts of an item."""
    yield item.stem
    if item.why:
        yield item.why
    if isinstance(item.body, Choice):
        for option in item.body.options:
            yield option.text
            if option.feedback:
                yield option.feedback


def names_letters(item: Item) -> bool:
    """True when the explanation or a comment names an option by its letter."""
    found: list[Text | None] = [item.why]
    if isinstance(item.body, Choice):
        found += [option.feedback for option in item.body.options]
    return any(_LETTER.search(words) for text in found if text for words in text.values())


def keeps_order(item: Item) -> bool:
    """True when the options must stand as in the file: else the letters named would be wrong."""
    return not item.shuffle or names_letters(item)


def picture_name(item: Item) -> str:
    """The name of an item's picture without its folder."""
    return (item.image or "").rpartition("/")[2]


def section_items(bank: Bank) -> Iterator[tuple[Section, Item]]:
    """Every item with its section."""
    return ((section, item) for section in bank.sections for item in section.items)
