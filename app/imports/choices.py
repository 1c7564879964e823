"""What the trainer decided about an import: values, their JSON, and the bank that comes of them.

Nothing is decided here that the trainer did not say: a choice that is not made leaves what the
source says.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final, Protocol

from app.banks.writer import item_type
from app.domain.imports import FoundBank, FoundItem, FoundSection, Note
from app.domain.items import ItemType

MAX_TEXT: Final = 20_000
MAX_TITLE: Final = 200
SUM, EACH, KEEP = "sum", "each", "keep"
OWN, SHARED = "own", "shared"
JUDGED: Final = ("true", "false")
CHOICE_TYPES: Final = frozenset({ItemType.SINGLE, ItemType.MULTI})
_POINTS: Final = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,2})?")
# What the trainer answers by filling in a key or a type: said no more once that is done.
_ABOUT_KEY: Final = frozenset({"W603.key", "W604"})
_ABOUT_TYPE: Final = frozenset({"W603.kind"})


class Sent(Protocol):
    """What a form sent."""

    def get(self, key: str, /) -> Any:
        """The first value of a field, None without one."""

    def getlist(self, key: str, /) -> list[str]:
        """All values of a field."""


@dataclass(frozen=True, slots=True)
class ItemChoice:
    """An item as the trainer left it. `answer` holds letters, or true or false."""

    type: ItemType | None = None
    answer: tuple[str, ...] = ()
    model: str = ""
    is_left_out: bool = False


@dataclass(frozen=True, slots=True)
class SectionChoice:
    """A section as the trainer left it; `points` as typed, "" for what the source says.

    `total`: what to do when the points do not sum to the stated total; "" is undecided.
    """

    title: str | None = None
    points: str = ""
    total: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything decided so far, by index over the whole file."""

    title: str = ""
    bank_id: str = ""
    owner: str = OWN
    items: Mapping[int, ItemChoice] = field(default_factory=dict)
    sections: Mapping[int, SectionChoice] = field(default_factory=dict)


def to_json(choices: Choices) -> str:
    """The choices as they are kept."""
    return json.dumps(
        {
            "title": choices.title,
            "bank_id": choices.bank_id,
            "owner": choices.owner,
            "items": {
                str(n): [one.type, list(one.answer), one.model, one.is_left_out]
                for n, one in choices.items.items()
            },
            "sections": {
                str(n): [one.title, one.points, one.total] for n, one in choices.sections.items()
            },
        },
        ensure_ascii=False,
    )


def from_json(text: str) -> Choices:
    """The choices again."""
    kept = json.loads(text)
    return Choices(
        title=kept["title"],
        bank_id=kept["bank_id"],
        owner=kept["owner"],
        items={
            int(n): ItemChoice(ItemType(kind) if kind else None, tuple(answer), model, left_out)
            for n, (kind, answer, model, left_out) in kept["items"].items()
        },
        sections={int(n): SectionChoice(*one) for n, one in kept["sections"].items()},
    )


# ---------------------------------------------------------------- what a form says


def read_form(sent: Sent, found: FoundBank, before: Choices) -> Choices:
    """The choices with what a form says of the parts it holds: all of the page, or one item.

    A part is in the form when its marker is (`i3`, `s0`, `bank`); other parts stay as they were.
    """
    items = {**before.items, **dict(_items(sent, found))}
    sections = {**before.sections, **dict(_sections(sent, found))}
    changed = replace(before, items=items, sections=sections)
    if sent.get("bank") is None:
        return changed
    return replace(
        changed,
        title=one_line(sent.get("title"))[:MAX_TITLE],
        bank_id=one_line(sent.get("bank_id"))[:64],
        owner=SHARED if sent.get("owner") == SHARED else OWN,
    )


def _items(sent: Sent, found: FoundBank) -> Iterator[tuple[int, ItemChoice]]:
    for n, (_s, section, item) in enumerate(numbered(found)):
        if sent.get(f"i{n}") is None:
            continue
        kind = sent.get(f"i{n}.type")
        said = ItemType(kind) if kind in list(ItemType) else None
        known = item.type or section.type
        yield (
            n,
            ItemChoice(
                type=None if said is known else said,
                answer=tuple(dict.fromkeys(sent.getlist(f"i{n}.key")))[:10],
                model=_text(sent.get(f"i{n}.model")),
                is_left_out=sent.get(f"i{n}.out") is not None,
            ),
        )


def _sections(sent: Sent, found: FoundBank) -> Iterator[tuple[int, SectionChoice]]:
    for n in range(len(found.sections)):
        if sent.get(f"s{n}") is None:
            continue
        points = one_line(sent.get(f"s{n}.points"))
        total = sent.get(f"s{n}.total")
        yield (
            n,
            SectionChoice(
                title=one_line(sent.get(f"s{n}.title"))[:MAX_TITLE],
                points=points if read_points(points) is not None else "",
                total=total if total in {SUM, EACH, KEEP} else "",
            ),
        )


def read_points(text: str) -> Fraction | None:
    """Points above 0 with at most two decimals, or None."""
    value = Fraction(text) if _POINTS.fullmatch(text) else Fraction(0)
    return value or None


def _text(value: object) -> str:
    text = value if isinstance(value, str) else ""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return text.encode("utf-8", "replace").decode("utf-8").strip()[:MAX_TEXT]


def one_line(value: object) -> str:
    """A text of a form on one line, without what no database keeps."""
    return " ".join(_text(value).split())


# ---------------------------------------------------------------- the bank that comes of it


def numbered(found: FoundBank) -> Iterator[tuple[int, FoundSection, FoundItem]]:
    """Every item with its section and that section's index, in order."""
    for s, section in enumerate(found.sections):
        for item in section.items:
            yield s, section, item


@dataclass(frozen=True, slots=True)
class Decided:
    """The bank with the choices in it. `kept` gives the index in the file of each item of `bank`,
    `places` the index in `bank.sections` of each section of the file that kept an item."""

    bank: FoundBank
    kept: tuple[int, ...]
    places: Mapping[int, int]


def decided(found: FoundBank, choices: Choices) -> Decided:
    """What is to be saved."""
    kept: list[int] = []
    sections: list[FoundSection] = []
    places: dict[int, int] = {}
    first = 0
    for s, section in enumerate(found.sections):
        items = []
        for n, item in enumerate(section.items, start=first):
            choice = choices.items.get(n)
            if choice is None or not choice.is_left_out:
                items.append(item if choice is None else _with(item, section, choice, found.lang))
                kept.append(n)
        first += len(section.items)
        if items:
            places[s] = len(sections)
            changed = replace(section, items=tuple(items))
            sections.append(_section(changed, choices.sections.get(s), found.lang))
    index = {n: place for place, n in enumerate(kept)}
    bank = replace(
        found, sections=tuple(sections), notes=tuple(_notes(found.notes, index, choices))
    )
    if choices.title:
        bank = replace(bank, title=_said(found.title, choices.title, found.lang))
    return Decided(bank, tuple(kept), places)


def _notes(notes: tuple[Note, ...], index: Mapping[int, int], choices: Choices) -> Iterator[Note]:
    for note in notes:
        if note.item is None:
            yield note
            continue
        choice = choices.items.get(note.item, ItemChoice())
        has_key = choice.answer or choice.model
        is_settled = (note.key in _ABOUT_KEY and has_key) or (
            note.key in _ABOUT_TYPE and choice.type
        )
        if note.item in index and not is_settled:
            yield replace(note, item=index[note.item])


def _with(item: FoundItem, section: FoundSection, choice: ItemChoice, lang: str) -> FoundItem:
    kind = choice.type or item.type
    letters = tuple(letter for letter, _text in item.options)
    if kind is None and section.type is None and item.options and choice.answer:
        # No label at all: the key the trainer filled in tells the type.
        kind = ItemType.SINGLE if len(choice.answer) == 1 else ItemType.MULTI
    of = item_type(replace(item, type=kind), section)
    allowed = letters if of in CHOICE_TYPES else JUDGED if of is ItemType.TRUE_FALSE else ()
    answer = tuple(sorted(word for word in choice.answer if word in allowed))
    model = _said(item.model_answer, choice.model, lang) if of is ItemType.SHORT else None
    # Another type than the source's has no room for options: the format forbids them there.
    drops = choice.type is not None and of not in CHOICE_TYPES
    return replace(
        item,
        type=kind,
        answer=answer,
        model_answer=model,
        options=() if drops else item.options,
        feedback={} if drops else item.feedback,
        rule=item.rule if of is ItemType.MULTI else None,
        rubric=item.rubric if of is ItemType.SHORT else (),
    )


def _said(old: Mapping[str, str] | None, words: str, lang: str) -> Mapping[str, str] | None:
    """The text with other words in the file's language; unchanged when they are the same."""
    before = dict(old or {})
    shown = before.get(lang) or next(iter(before.values()), "")
    if _text(shown) == words:
        return old
    if words:
        return {**before, lang: words}
    before.pop(lang, None)
    return before or None


def _section(section: FoundSection, choice: SectionChoice | None, lang: str) -> FoundSection:
    if choice is None:
        return section
    each = read_points(choice.points)
    changed = replace(
        section,
        title=_said(section.title, choice.title, lang) if choice.title else section.title,
        points_each=each if each is not None else section.points_each,
    )
    if choice.total == SUM:
        return replace(changed, total=points_of(changed))
    if choice.total == EACH and (share := share_of(changed)) is not None:
        items = tuple(replace(item, points=None) for item in changed.items)
        return replace(changed, points_each=share, items=items)
    return changed


def points_of(section: FoundSection) -> Fraction:
    """What the items of a section give together, or what is drawn of them."""
    worth = [
        item.points if item.points is not None else section.points_each or Fraction(1)
        for item in section.items
    ]
    if section.draw is not None and worth:
        return worth[0] * section.draw
    return sum(worth, Fraction(0))


def share_of(section: FoundSection) -> Fraction | None:
    """The stated total shared out evenly, where it comes out in two decimals at most."""
    count = section.draw or len(section.items)
    if section.total is None or not count:
        return None
    share = section.total / count
    return share if share > 0 and (share * 100).denominator == 1 else None
