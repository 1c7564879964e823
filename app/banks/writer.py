"""Writes what an importer understood as a `qbank/1` file that a trainer can read.

The text is the same for the same values, quotes stand only where they are needed, and the loader
reads back exactly what was written (texts in NFC, white space at their ends cut off).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final, TypeVar

import yaml

from app.banks.messages import show_points
from app.domain.banks import DEFAULT_DIFFICULTY, DEFAULT_MAX_CHARS
from app.domain.imports import FoundBank, FoundItem, FoundSection, Place
from app.domain.items import (
    DEFAULT_LANG,
    Bank,
    Choice,
    Grading,
    Item,
    ItemStatus,
    ItemType,
    PassMark,
    Rule,
    Section,
    ShortAnswer,
    Text,
    TrueFalse,
)

SLUG: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_NUMBER_DIGITS: Final = 3

T = TypeVar("T")

# ---------------------------------------------------------------- texts

# What YAML does not let stand unescaped, what the loader refuses, and lone surrogates.
_UNSHOWABLE: Final = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_INDICATORS: Final = "-?:,[]{}#&*!|>'\"%@`=<~"
# A field name with a full-width colon: the loader takes it for a slip.
_LIKE_A_KEY: Final = re.compile(r"[A-Za-z][\w.-]{0,40}\s*：")
_FLOW_SAFE: Final = re.compile(r"[^\W_][\w./|·+（）“”、：-]*( [\w./|·+（）“”、：-]+)*")
_RESOLVER: Final = yaml.resolver.Resolver()


def scalar(text: str, *, in_flow: bool = False) -> str:
    """`text` (one line) as YAML: plain where that is safe, else in quotes."""
    if _UNSHOWABLE.search(text) or "\n" in text or "\t" in text:
        return _escaped(text)
    if text and _is_plain(text, in_flow=in_flow):
        return text
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def _is_plain(text: str, *, in_flow: bool) -> bool:
    if text != text.strip() or text[0] in _INDICATORS or text.endswith(":"):
        return False
    if ": " in text or " #" in text or _LIKE_A_KEY.match(text):
        return False
    if in_flow and not _FLOW_SAFE.fullmatch(text):
        return False
    # Other programs read a bare 1.10, yes or 12:30 as something that is no text.
    resolve: Any = _RESOLVER.resolve
    return bool(resolve(yaml.ScalarNode, text, (True, False)).endswith(":str"))


def _escaped(text: str) -> str:
    signs = {"\n": "\\n", "\t": "\\t", '"': '\\"', "\\": "\\\\"}

    def sign(char: str) -> str:
        if char in signs:
            return signs[char]
        if not _UNSHOWABLE.match(char):
            return char
        code = ord(char)
        if 0xD800 <= code <= 0xDFFF:  # half a character: nothing can carry it
            return "\ufffd"
        return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"

    return '"' + "".join(map(sign, text)) + '"'


def _normal(text: str) -> str:
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.strip()


class _Page:
    """Lines of the file, by depth."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def put(self, depth: int, line: str) -> None:
        self.lines.append("  " * depth + line)

    def field(self, depth: int, name: str, value: str) -> None:
        """A field with a value that is already YAML."""
        self.put(depth, f"{name}: {value}")

    def words(self, depth: int, name: str, text: str) -> None:
        """A field with a text in one language; several lines stand as a block."""
        text = _normal(text)
        if "\n" not in text or _UNSHOWABLE.search(text) or text.startswith("\t"):
            self.field(depth, name, scalar(text))
            return
        self.put(depth, f"{name}: |-")
        for line in text.split("\n"):
            self.lines.append("  " * (depth + 1) + line if line else "")

    def text(self, depth: int, name: str, text: Text | None, lang: str) -> None:
        """A field with a text: a string in the bank's own language, else a map of languages."""
        said = {tag: words for tag, words in (text or {}).items() if _normal(words)}
        if not said:
            return
        if said.keys() == {lang}:
            self.words(depth, name, said[lang])
            return
        self.put(depth, f"{name}:")
        for tag, words in said.items():
            self.words(depth + 1, tag, words)

    def needed(self, depth: int, name: str, text: Text, lang: str) -> None:
        """A text that has to be there: an empty one keeps its place, and the loader says so."""
        if any(map(_normal, text.values())):
            self.text(depth, name, text, lang)
        else:
            self.field(depth, name, '""')

    def names(self, depth: int, name: str, values: Sequence[str]) -> None:
        """A field with a list of short texts, on one line."""
        if values:
            inside = ", ".join(scalar(_normal(value), in_flow=True) for value in values)
            self.field(depth, name, f"[{inside}]")

    def optional(self, depth: int, name: str, value: str | int | None) -> None:
        """A field with a short text or a number, if there is one."""
        if value is not None and value != "":
            self.field(
                depth, name, scalar(_normal(value)) if isinstance(value, str) else f"{value}"
            )

    def points(self, depth: int, name: str, value: Fraction | None) -> None:
        """A field with points, if there are any."""
        if value is not None:
            self.field(depth, name, show_points(value))

    def flag(self, depth: int, name: str, value: bool | None) -> None:
        """A field with true or false, if it was said."""
        if value is not None:
            self.field(depth, name, "true" if value else "false")


# ---------------------------------------------------------------- ids


def item_ids(found: FoundBank, bank_id: str) -> list[str]:
    """An id for every item, in order: that of the source where a bank may carry it and it is not
    used yet, else the bank's id and a running number.
    """
    taken: set[str] = set()
    ids: list[str | None] = []
    for item in found.items:
        is_free = item.id and SLUG.fullmatch(item.id) and item.id not in taken
        ids.append(item.id if is_free else None)
        taken.add(item.id or "")
    return [kept or _numbered(bank_id, n, len(ids), taken) for n, kept in enumerate(ids, 1)]


def _numbered(bank_id: str, number: int, count: int, taken: set[str]) -> str:
    digits = max(_NUMBER_DIGITS, len(str(count)))
    name = f"{bank_id[: 60 - digits]}-{number:0{digits}}"  # room for letters when it is taken
    while name in taken:
        name += "x"
    taken.add(name)
    return name


# ---------------------------------------------------------------- the file

_TITLES: Final[Mapping[ItemType | None, tuple[str, str]]] = {
    ItemType.SINGLE: ("单选题", "Single choice"),
    ItemType.MULTI: ("多选题", "Multiple choice"),
    ItemType.TRUE_FALSE: ("判断题", "True or false"),
    ItemType.SHORT: ("简答题", "Short answer"),
    None: ("题目", "Items"),
}


def to_yaml(found: FoundBank, *, bank_id: str, title: str) -> str:
    """The bank as a file. Items that lack a key, or a short answer's rubric, are drafts.

    An item without a type is written as a choice when it has options, else as a short answer: the
    file needs a type, and such an item is a draft.
    """
    page = _Page()
    lang = found.lang or DEFAULT_LANG
    page.field(0, "schema", "qbank/1")
    page.field(0, "id", bank_id)
    named = found.title if title in (found.title or {}).values() else None
    page.text(0, "title", named or {lang: title}, lang)
    page.text(0, "description", found.description, lang)
    page.field(0, "lang", lang)
    for name in ("track", "tier", "license"):
        page.optional(0, name, getattr(found, name))
    page.names(0, "authors", found.authors)
    if found.pass_mark is not None:
        page.field(0, "pass", _pass_mark(found.pass_mark))
    if found.time_limit_minutes is not None:
        page.field(0, "time_limit", f"{found.time_limit_minutes}m")
    page.points(0, "total", found.total)
    page.put(0, "")
    page.put(0, "sections:")
    ids = iter(item_ids(found, bank_id))
    for section in found.sections:
        if section.items:
            _section(page, section, ids, lang)
    return "\n".join(page.lines) + "\n"


def _pass_mark(mark: PassMark) -> str:
    if mark.share is not None:
        return show_points(mark.share * 100) + "%"
    return show_points(mark.points or Fraction(0))


def _section(page: _Page, section: FoundSection, ids: Iterator[str], lang: str) -> None:
    kind = _common(item_type(item, section) for item in section.items)
    rule = _common(item.rule for item in section.items)
    start = len(page.lines)
    words = _TITLES[kind][0 if lang == DEFAULT_LANG else 1]
    title = section.title if any(map(_normal, (section.title or {}).values())) else {lang: words}
    page.text(2, "title", title, lang)
    page.lines[start] = "  - " + page.lines[start].lstrip()
    page.text(2, "intro", section.intro, lang)
    if kind is not None:
        page.field(2, "type", kind.value)
    page.points(2, "points_each", section.points_each)
    page.points(2, "total", section.total)
    page.optional(2, "draw", section.draw)
    page.flag(2, "shuffle_items", section.shuffle_items or None)
    if rule is not None and rule is not Rule.SUBSET:
        page.field(2, "scoring", rule.value)
    page.put(2, "items:")
    for item in section.items:
        start = len(page.lines)
        page.field(4, "id", next(ids))
        page.lines[start] = "      - " + page.lines[start].lstrip()
        if kind is None:
            page.field(4, "type", item_type(item, section).value)
        _item(page, item, section, rule, lang)


def _common(values: Iterable[T]) -> T | None:
    different = set(values)
    return different.pop() if len(different) == 1 else None


def item_type(item: FoundItem, section: FoundSection) -> ItemType:
    """The type an item is written with."""
    if known := item.type or section.type:
        return known
    return ItemType.SINGLE if item.options else ItemType.SHORT


def is_draft(item: FoundItem, section: FoundSection) -> bool:
    """True when it cannot be served as it is: no key, or nothing to mark by, or no type."""
    if item.status is not None:
        return item.status is ItemStatus.DRAFT
    if item_type(item, section) is ItemType.SHORT:
        return not (item.rubric or _said(item.model_answer))
    return not item.answer or (item.type or section.type) is None


def _said(text: Text | None) -> bool:
    return any(map(_normal, (text or {}).values()))


def _item(
    page: _Page, item: FoundItem, section: FoundSection, rule: Rule | None, lang: str
) -> None:
    kind = item_type(item, section)
    page.needed(4, "stem", item.stem, lang)
    page.optional(4, "image", item.image)
    page.text(4, "x-alt", item.image_alt, lang)
    if item.options:
        page.put(4, "options:")
        for letter, text in item.options:
            page.needed(5, letter, text, lang)
    _answer(page, item, kind, lang)
    if item.points is not None and item.points != section.points_each:
        page.points(4, "points", item.points)
    if item.rule is not None and item.rule is not rule and kind is ItemType.MULTI:
        page.field(4, "scoring", item.rule.value)
    page.flag(4, "shuffle", item.shuffle)
    page.text(4, "why", item.why, lang)
    _feedback(page, item, lang)
    page.optional(4, "source", item.reference)
    page.names(4, "competencies", item.competencies)
    page.names(4, "tags", item.tags)
    page.optional(4, "difficulty", item.difficulty)
    if is_draft(item, section):
        page.field(4, "status", ItemStatus.DRAFT.value)
    elif item.status is ItemStatus.RETIRED:
        page.field(4, "status", ItemStatus.RETIRED.value)
    page.optional(4, "replaces", item.replaces)


def _feedback(page: _Page, item: FoundItem, lang: str) -> None:
    said = {letter: text for letter, text in item.feedback.items() if _said(text)}
    if said:
        page.put(4, "feedback:")
        for letter, text in said.items():
            page.text(5, letter, text, lang)


_JUDGED: Final = {"true": ("对", "true"), "false": ("错", "false")}


def _answer(page: _Page, item: FoundItem, kind: ItemType, lang: str) -> None:
    if kind is ItemType.SHORT:
        _short(page, item, lang)
    elif kind is ItemType.MULTI and item.answer:
        page.names(4, "answer", item.answer)
    elif len(item.answer) == 1:
        word = item.answer[0]
        if kind is ItemType.TRUE_FALSE and word in _JUDGED:
            page.field(4, "answer", _JUDGED[word][0 if lang == DEFAULT_LANG else 1])
        else:
            page.field(4, "answer", scalar(_normal(word)))
    else:
        page.names(4, "answer", item.answer)


def _short(page: _Page, item: FoundItem, lang: str) -> None:
    page.text(4, "answer", item.model_answer, lang)
    if item.rubric:
        page.put(4, "rubric:")
    for criterion in item.rubric:
        page.put(5, f"- id: {criterion.id}")
        page.points(6, "points", criterion.points)
        page.text(6, "point", criterion.point, lang)
        page.names(6, "keywords", ["|".join(group) for group in criterion.keywords])
        page.optional(6, "need", criterion.need)
        page.names(6, "not", criterion.vetoes)
    page.flag(4, "rubric_cap", item.rubric_cap or None)
    if item.grading is not None and item.grading is not Grading.ASSIST:
        page.field(4, "grading", item.grading.value)
    if item.max_chars is not None and item.max_chars != DEFAULT_MAX_CHARS:
        page.optional(4, "max_chars", item.max_chars)


# ---------------------------------------------------------------- from a bank


def found_of(bank: Bank) -> FoundBank:
    """A bank as found values: `to_yaml` of them loads as an equal bank."""
    return FoundBank(
        sections=tuple(map(_found_section, bank.sections)),
        title=bank.title,
        lang=bank.lang,
        total=bank.total,
        pass_mark=bank.pass_mark,
        time_limit_minutes=bank.time_limit_minutes,
        description=bank.description,
        track=bank.track,
        tier=bank.tier,
        license=bank.license,
        authors=bank.authors,
    )


def _found_section(section: Section) -> FoundSection:
    return FoundSection(
        place=Place(1),
        items=tuple(map(found_item, section.items)),
        title=section.title,
        type=_common(item.type for item in section.items),
        points_each=_common(item.points for item in section.items),
        total=section.total,
        intro=section.intro,
        draw=section.draw,
        shuffle_items=section.shuffle_items,
    )


def found_item(item: Item) -> FoundItem:
    """An item of a bank as a found one; `source` is its stem."""
    found = FoundItem(
        place=Place(1),
        source=next(iter(item.stem.values()), ""),
        stem=item.stem,
        type=item.type,
        points=item.points,
        why=item.why,
        difficulty=None if item.difficulty == DEFAULT_DIFFICULTY else item.difficulty,
        competencies=item.competencies,
        tags=item.tags,
        id=item.id,
        image=item.image,
        image_alt=item.image_alt,
        status=item.status,
        reference=item.source,
        replaces=item.replaces,
        shuffle=None if item.shuffle else False,
    )
    return _with_body(found, item.body)


def _with_body(found: FoundItem, body: Choice | TrueFalse | ShortAnswer) -> FoundItem:
    match body:
        case Choice():
            return replace(
                found,
                options=tuple((option.id, option.text) for option in body.options),
                answer=tuple(sorted(body.key)),
                rule=body.rule if body.multiple else None,
                feedback={o.id: o.feedback for o in body.options if o.feedback},
            )
        case TrueFalse():
            answer = () if body.key is None else ("true" if body.key else "false",)
            return replace(found, answer=answer)
        case ShortAnswer():
            return replace(
                found,
                rubric=body.rubric,
                model_answer=body.model_answer,
                rubric_cap=body.rubric_cap,
                grading=body.grading,
                max_chars=body.max_chars,
            )
