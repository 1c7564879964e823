"""The frozen paper of an attempt: what is stored, and how letters on the wire become responses.

The body is JSON text, written once; everything a save must check stands in it, so that the hot
path reads no bank. Reading it again is cached by its text.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from app.domain.items import Chosen, Item, ItemType, Judged, Response, ShortAnswer, Written
from app.domain.papers import Entry, Paper, letter_of, letters
from app.kernel.errors import BadInputError

FORMAT: Final = "frozen/1"
MOST_CHARS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of the paper and what a response to it may look like.

    `key_seen`: this person may have seen the key before the start, so it is weak evidence.
    """

    entry: Entry
    type: ItemType
    competencies: tuple[str, ...]
    max_chars: int | None
    key_seen: bool

    @property
    def position(self) -> int:
        """1-based number on the paper."""
        return self.entry.position


@dataclass(frozen=True, slots=True)
class Frozen:
    """A paper with its slots in order. `banks`: id and token of the pinned bank versions."""

    paper: Paper
    slots: tuple[Slot, ...]
    banks: tuple[tuple[int, str], ...]

    def slot(self, position: object) -> Slot:
        """The slot with this number. Raises BadInputError for a number not on the paper."""
        if type(position) is not int or not 1 <= position <= len(self.slots):
            raise BadInputError
        return self.slots[position - 1]


def freeze(
    paper: Paper,
    items: Mapping[int, Item],
    *,
    banks: Sequence[tuple[int, str]],
    key_seen: frozenset[str],
) -> str:
    """The text to store. `items` by version id; `key_seen` holds item ids."""
    slots = [
        [
            items[entry.item_version_id].type.value,
            list(items[entry.item_version_id].competencies),
            _max_chars(items[entry.item_version_id]),
            entry.item_id in key_seen,
        ]
        for entry in paper.entries
    ]
    body = {"format": FORMAT, "banks": banks, "paper": paper.to_json(), "slots": slots}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _max_chars(item: Item) -> int | None:
    return item.body.max_chars if isinstance(item.body, ShortAnswer) else None


@lru_cache(maxsize=512)
def thaw(body: str) -> Frozen:
    """The inverse of `freeze`. Raises ValueError for another format."""
    data = json.loads(body)
    if data["format"] != FORMAT:
        raise ValueError(f"not a {FORMAT}: {data['format']}")
    paper = Paper.from_json(data["paper"])
    slots = tuple(
        Slot(entry, ItemType(kind), tuple(competencies), max_chars, key_seen)
        for entry, (kind, competencies, max_chars, key_seen) in zip(
            paper.entries, data["slots"], strict=True
        )
    )
    return Frozen(paper, slots, tuple((number, token) for number, token in data["banks"]))


def digest(body: str | None) -> str:
    """32 hex digits of a text's SHA-256; of nothing for None."""
    return hashlib.sha256((body or "").encode()).hexdigest()[:32]


def read_response(slot: Slot, raw: object) -> Response | None:
    """A response off the wire, letters turned into option ids; None takes the answer back.

    Raises BadInputError for anything no page of ours sends.
    """
    if raw is None:
        return None
    if not isinstance(raw, dict) or len(raw) != 1:
        raise BadInputError
    match slot.type:
        case ItemType.SINGLE | ItemType.MULTI:
            return _read_options(slot, raw.get("options"))
        case ItemType.TRUE_FALSE:
            value = raw.get("value")
            if not isinstance(value, bool):
                raise BadInputError
            return Judged(value)
        case ItemType.SHORT:
            text = raw.get("text")
            if not isinstance(text, str) or len(text) > (slot.max_chars or MOST_CHARS):
                raise BadInputError
            return Written(storable(text))


def storable(text: str) -> str:
    """The text itself. Raises BadInputError for what no database keeps: NUL, half a character."""
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise BadInputError
    return text


def _read_options(slot: Slot, picked: object) -> Chosen:
    if not isinstance(picked, list) or len(picked) > len(slot.entry.options):
        raise BadInputError
    by_letter = letters(slot.entry.options)
    if any(not isinstance(letter, str) or letter not in by_letter for letter in picked):
        raise BadInputError
    chosen = frozenset(by_letter[letter] for letter in picked)
    if len(chosen) != len(picked) or (slot.type is ItemType.SINGLE and len(chosen) > 1):
        raise BadInputError
    return Chosen(chosen)


def pack(response: Response | None) -> str | None:
    """The stored text of a response, by option ids; equal responses have equal texts."""
    match response:
        case None:
            return None
        case Chosen(options=options):
            plain: dict[str, Any] = {"options": sorted(options)}
        case Judged(value=value):
            plain = {"value": value}
        case Written(text=text):
            plain = {"text": text}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def unpack(body: str | None) -> Response | None:
    """The inverse of `pack`."""
    if body is None:
        return None
    plain = json.loads(body)
    if "options" in plain:
        return Chosen(frozenset(plain["options"]))
    if "value" in plain:
        return Judged(plain["value"])
    return Written(plain["text"])


def on_the_wire(slot: Slot, body: str | None) -> dict[str, Any] | None:
    """A stored response as the page of this person writes it, in the letters she saw."""
    match unpack(body):
        case None:
            return None
        case Chosen(options=options):
            return {"options": shown_letters(slot.entry.options, sorted(options))}
        case Judged(value=value):
            return {"value": value}
        case Written(text=text):
            return {"text": text}


def shown_letters(order: Sequence[str], options: Sequence[str]) -> list[str]:
    """Option ids as the letters of this paper, sorted."""
    return sorted(letter for o in options if (letter := letter_of(order, o)) is not None)
