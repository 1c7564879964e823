"""What stands where in a bank's text, right or wrong: for the editor's list, form and findings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.banks.patch import plain
from app.banks.reader import Map, Node, Seq, StopReadingError, read
from app.domain.items import DEFAULT_LANG, ItemType

TYPES = frozenset(kind.value for kind in ItemType)


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item as far as it can be read. `values` are its fields as texts, dicts and lists.

    `type` has the section's type applied; `points` is what is written, or the section's points.
    `first` and `last` are lines of the text, counted from 1.
    """

    section: int
    position: int
    number: int
    first: int
    last: int
    id: str
    type: str
    stem: str
    points: str
    status: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SectionLine:
    """A section as far as it can be read."""

    index: int
    line: int
    title: str
    points: str
    values: Mapping[str, Any]
    items: tuple[ItemLine, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """A bank's text as far as it can be read; empty when it cannot be."""

    is_readable: bool
    id: str = ""
    title: Mapping[str, str] = field(default_factory=dict)
    lang: str = DEFAULT_LANG
    values: Mapping[str, Any] = field(default_factory=dict)
    sections: tuple[SectionLine, ...] = ()

    @property
    def items(self) -> tuple[ItemLine, ...]:
        """All items in the order of the text."""
        return tuple(item for section in self.sections for item in section.items)

    def item(self, item_id: str) -> ItemLine | None:
        """The first item with this id."""
        return next((item for item in self.items if item.id == item_id), None)

    def item_at(self, line: int) -> ItemLine | None:
        """The item a line of the text belongs to."""
        found = [item for item in self.items if item.first <= line <= item.last]
        return found[-1] if found else None


def outline(text: str) -> Outline:
    """The outline of a text. Never raises."""
    try:
        root = read(text.encode("utf-8", "replace")).root
    except StopReadingError:
        return Outline(is_readable=False)
    if not isinstance(root, Map):
        return Outline(is_readable=False)
    values = {key: plain(entry.value) for key, entry in root.entries.items() if key != "sections"}
    lang = values.get("lang") if isinstance(values.get("lang"), str) else None
    lang = lang or DEFAULT_LANG
    return Outline(
        is_readable=True,
        id=_line(values.get("id")),
        title=texts(values.get("title"), lang),
        lang=lang,
        values=values,
        sections=tuple(_sections(root, text.count("\n") + 1, lang)),
    )


def texts(value: Any, lang: str) -> dict[str, str]:
    """A text as written, by language; nothing when it is no text."""
    if isinstance(value, str):
        return {lang: value} if value else {}
    if isinstance(value, Mapping):
        return {tag: words for tag, words in value.items() if isinstance(words, str) and words}
    return {}


def _line(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _elements(node: Node, name: str) -> Sequence[Node]:
    entry = node.entries.get(name) if isinstance(node, Map) else None
    return entry.value.items if entry and isinstance(entry.value, Seq) else ()


def _sections(root: Map, lines: int, lang: str) -> Iterator[SectionLine]:
    nodes = _elements(root, "sections")
    starts = [item.line for node in nodes for item in _elements(node, "items")]
    ends = _ends(starts, [node.line for node in nodes], lines)
    number = 0
    for index, node in enumerate(nodes):
        values = _fields(node, {"items"})
        items = []
        for position, found in enumerate(_elements(node, "items")):
            items.append(_item(found, (index, position, number), ends[number], values, lang))
            number += 1
        title = texts(values.get("title"), lang)
        yield SectionLine(
            index=index,
            line=node.line,
            title=title.get(lang) or next(iter(title.values()), ""),
            points=_line(values.get("total")),
            values=values,
            items=tuple(items),
        )


def _ends(items: Sequence[int], sections: Sequence[int], lines: int) -> list[int]:
    """The last line of each item: just before the next item or the next section."""
    starts = sorted({*items, *sections})
    following = dict(zip(starts, [*starts[1:], lines + 1], strict=False))
    return [max(line, following[line] - 1) for line in items]


def _fields(node: Node, without: set[str]) -> dict[str, Any]:
    if not isinstance(node, Map):
        return {}
    return {name: plain(one.value) for name, one in node.entries.items() if name not in without}


def _item(
    node: Node, place: tuple[int, int, int], last: int, section: Mapping[str, Any], lang: str
) -> ItemLine:
    values = _fields(node, set())
    kind = _line(values.get("type")) or _line(section.get("type"))
    stem = texts(values.get("stem"), lang)
    return ItemLine(
        section=place[0],
        position=place[1],
        number=place[2] + 1,
        first=node.line,
        last=last,
        id=_line(values.get("id")),
        type=kind if kind in TYPES else "",
        stem=stem.get(lang) or next(iter(stem.values()), ""),
        points=_line(values.get("points")) or _line(section.get("points_each")),
        status=_line(values.get("status")) or "active",
        values=values,
    )
