"""The shape of `qbank/1`: from nodes to drafts of a bank, its sections and its items."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from app.banks.reader import Map, Node, Scalar, Seq
from app.banks.shape import BROKEN, Reader, Shape
from app.domain.banks import BankDraft, ItemDraft, Path, SectionDraft
from app.domain.itemlint import CODES
from app.domain.items import Criterion, Grading, ItemStatus, ItemType, Rule

IMAGE: Final = re.compile(r"(?!/)(?!.*\.\.)[\w./-]+\.(png|jpe?g|webp)")
MINUTES: Final = re.compile(r"([1-9][0-9]{0,3})m")
# Addresses of pages right below /banks: a bank of this name could not be opened.
RESERVED: Final = frozenset({"import", "new", "waiting"})
MAX_SECTIONS: Final = 50
MAX_ITEMS: Final = 10_000
MAX_CRITERIA: Final = 20

# Names in the file that differ from the names in the program.
_LINT_OFF: Final = "x-lint-off"
_BANK_NAMES: Final = {
    "pass": "pass_mark",
    "time_limit": "time_limit_minutes",
    _LINT_OFF: "lint_off",
}
# The format keeps every `x-` key: what the picture shows needs no other edition of it.
_ALT: Final = "x-alt"
_ITEM_NAMES: Final = {"scoring": "rule"}
_CRITERION_NAMES: Final = {"not": "vetoes"}
_FROM_DEFAULTS: Final = ("difficulty", "shuffle", "rule", "competencies", "tags", "grading")


def read_bank(shape: Shape, root: Map) -> BankDraft:
    """The draft of a whole bank; mistakes are in `shape.problems`."""
    if lang := root.entries.get("lang"):
        tag = Shape(shape.source).language("lang", lang.value)
        shape.lang = tag if isinstance(tag, str) else shape.lang
    return _BankShape(shape).bank(root)


class _BankShape:
    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.defaults: dict[str, Any] = {}
        self.section_defaults: dict[str, Any] = {}
        self.bank_readers = self._bank_readers()
        self.section_readers = self._section_readers()
        self.item_readers = self._item_readers()
        self.criterion_readers = self._criterion_readers()

    def _defaults_readers(self) -> dict[str, Reader]:
        shape = self.shape
        return {
            "difficulty": shape.integer(1, 5),
            "shuffle": shape.flag,
            "scoring": shape.choice(Rule),
            "competencies": self._competencies(),
            "tags": self._tags(),
            "grading": shape.choice(Grading),
        }

    def _competencies(self) -> Reader:
        shape = self.shape
        return shape.noting_uses(shape.unique(shape.many(shape.slug, most=20, example="insight")))

    def _tags(self) -> Reader:
        shape = self.shape
        return shape.unique(shape.many(shape.line(40), most=30, example="拜访"))

    def _bank_readers(self) -> dict[str, Reader]:
        shape = self.shape
        return {
            "schema": shape.scalar,
            "id": self._bank_id,
            "title": shape.text,
            "description": shape.text,
            "lang": shape.language,
            "track": shape.slug,
            "tier": shape.slug,
            "license": shape.line(100),
            "authors": shape.many(shape.line(100), most=20, example="课程组"),
            "pass": shape.pass_mark,
            "time_limit": self._minutes,
            "total": shape.points,
            "defaults": self._read_defaults,
            "sections": self._raw,
            _LINT_OFF: self._silenced,
        }

    def _section_readers(self) -> dict[str, Reader]:
        shape = self.shape
        return {
            "title": shape.text,
            "intro": shape.text,
            "type": shape.choice(ItemType),
            "points_each": shape.points,
            "total": shape.points,
            "draw": shape.integer(1, 1000),
            "shuffle": shape.flag,
            "shuffle_items": shape.flag,
            "scoring": shape.choice(Rule),
            "items": self._raw,
            _LINT_OFF: self._silenced,
        }

    def _item_readers(self) -> dict[str, Reader]:
        shape = self.shape
        return {
            "id": shape.slug,
            "type": shape.choice(ItemType),
            "stem": shape.text,
            "image": self._image,
            _ALT: shape.text,
            "options": self._letters,
            "answer": self._raw,
            "points": shape.points,
            "why": shape.text,
            "feedback": self._letters,
            "status": shape.choice(ItemStatus),
            "max_chars": shape.integer(1, 20_000),
            "rubric": self._rubric,
            "rubric_cap": shape.flag,
            "replaces": shape.slug,
            "source": shape.line(300),
            _LINT_OFF: self._silenced,
            **self._defaults_readers(),
        }

    def _criterion_readers(self) -> dict[str, Reader]:
        shape = self.shape
        return {
            "id": shape.slug,
            "points": shape.points,
            "point": shape.text,
            "keywords": shape.many(shape.line(200), least=1, most=20, example="决策人|拍板"),
            "need": shape.integer(1, 20),
            "not": shape.many(shape.line(60), most=20, example="不需要"),
        }

    # ------------------------------------------------------------ fields of their own

    @staticmethod
    def _raw(_name: str, node: Node) -> Node:
        """Read later, when more is known."""
        return node

    def _bank_id(self, name: str, node: Node) -> Any:
        text = self.shape.slug(name, node)
        if isinstance(text, str) and text in RESERVED:
            return self.shape.note("E103.reserved", node, value=text)
        return text

    def _minutes(self, name: str, node: Node) -> Any:
        text = self.shape.scalar(name, node)
        if not isinstance(text, str):
            return text
        if found := MINUTES.fullmatch(text):
            return int(found.group(1))
        return self.shape.note("E103.form", node, key=name, value=text, example="30m")

    def _image(self, name: str, node: Node) -> Any:
        text = self.shape.line(200)(name, node)
        if isinstance(text, str) and not IMAGE.fullmatch(text):
            return self.shape.note("E240.form", node, value=text)
        if isinstance(text, str):
            self.shape.files.append((text, node.line, node.col))
        return text

    def _silenced(self, name: str, node: Node) -> dict[str, str]:
        """Rules of the item lint that are off here, each with its reason; never an error."""
        if type(node) is not Map:
            self.shape.note("W590.form", node, key=name)
            return {}
        reasons: dict[str, str] = {}
        for code, entry in node.entries.items():
            if code not in CODES:
                self.shape.note("W590.code", entry, code=code)
            elif type(entry.value) is not Scalar or not entry.value.text.strip():
                self.shape.note("W590", entry, code=code)
            else:
                reasons[code] = unicodedata.normalize("NFC", entry.value.text.strip())
        return reasons

    def _letters(self, name: str, node: Node) -> Any:
        """Texts by option letter; whether the letters are right, the rules say."""
        if isinstance(node, Scalar) and "：" in node.text:
            return self.shape.not_a_map(name, node)
        if type(node) is not Map:
            return self.shape.note("E103.letters", node, key=name)
        text = self.shape.text
        texts = {
            letter: text(f"{name}: {letter}", entry.value) for letter, entry in node.entries.items()
        }
        return BROKEN if any(value is BROKEN for value in texts.values()) else texts

    def _rubric(self, name: str, node: Node) -> Any:
        read = self.shape.many(
            self._criterion, least=1, most=MAX_CRITERIA, example="{id: who, points: 4, point: …}"
        )
        return read(name, node)

    def _criterion(self, name: str, node: Node) -> Any:
        required = ("id", "points", "point")
        values, broken = self.shape.record(name, node, self.criterion_readers, required)
        if broken:
            return BROKEN
        groups = tuple(
            tuple(word.strip() for word in group.split("|") if word.strip())
            for group in values.pop("keywords", ())
        )
        return Criterion(**_renamed(values, _CRITERION_NAMES), keywords=groups)

    def _read_defaults(self, name: str, node: Node) -> Any:
        values, _ = self.shape.record(name, node, self._defaults_readers())
        return _renamed(values, _ITEM_NAMES)

    # ------------------------------------------------------------ bank, section, item

    def bank(self, root: Map) -> BankDraft:
        values, _ = self.shape.record(
            "schema", root, self.bank_readers, required=("id", "title", "sections")
        )
        values.pop("schema", None)
        self.defaults = values.pop("defaults", {})
        nodes = values.pop("sections", None)
        sections = tuple(
            self._section(("sections", number), node)
            for number, node in enumerate(self._list("sections", nodes, MAX_SECTIONS))
        )
        return BankDraft(sections=sections, **_renamed(values, _BANK_NAMES))

    def _list(self, name: str, node: Node | None, most: int) -> list[Node]:
        if node is None:  # missing, and reported
            return []
        if type(node) is not Seq:
            self.shape.note("E103.list", node, key=name, example="…")
            return []
        if not 1 <= len(node.items) <= most:
            count = len(node.items)
            self.shape.note("E103.count", node, key=name, count=count, least=1, most=most)
        return node.items

    def _section(self, path: Path, node: Node) -> SectionDraft:
        required = ("title", "items")
        values, broken = self.shape.record("sections", node, self.section_readers, required)
        nodes = values.pop("items", None)
        inherited: dict[str, Any] = {
            "type": values.pop("type", None),
            "points": values.pop("points_each", None),
            **{name: self.defaults[name] for name in _FROM_DEFAULTS if name in self.defaults},
        }
        if "shuffle" in values:
            inherited["shuffle"] = values.pop("shuffle")
        if "scoring" in values:
            inherited["rule"] = values.pop("scoring")
        self.section_defaults = inherited
        inherited_broken = {"points"} if "points_each" in broken else set()
        inherited_broken |= broken & {"type"}
        items = tuple(
            self._item((*path, "items", number), element, inherited_broken)
            for number, element in enumerate(self._list("items", nodes, MAX_ITEMS))
        )
        silenced = values.pop(_LINT_OFF, {})
        return SectionDraft(path=path, items=items, lint_off=silenced, **values)

    def _item(self, path: Path, node: Node, inherited_broken: set[str]) -> ItemDraft:
        values, broken = self.shape.record("items", node, self.item_readers, ("id", "stem"))
        if "*" in broken:
            return ItemDraft(path, broken=frozenset({"item", "type"}))
        answer = values.pop("answer", None)
        scoring = values.pop("scoring", None)
        if scoring is not None:
            values["rule"] = scoring
        if _LINT_OFF in values:
            values["lint_off"] = values.pop(_LINT_OFF)
        if _ALT in values:
            values["image_alt"] = values.pop(_ALT)
        written = broken | values.keys()
        item_values = {**self.section_defaults, **values}
        if "type" in broken:  # reported; the section's type would only add false findings
            item_values["type"] = None
        if answer is not None:
            self._answer(item_values, broken, answer)
        broken |= inherited_broken - written
        return ItemDraft(path, **item_values, broken=frozenset(broken))

    def _answer(self, values: dict[str, Any], broken: set[str], node: Node) -> None:
        """A model answer is a text; a key is one scalar or a list of them."""
        if _is_nothing(node):
            return
        name, read = "answer", self._key
        if values["type"] is ItemType.SHORT:
            name, read = "model_answer", self.shape.text
        value = read("answer", node)
        if value is BROKEN:
            broken.add("answer")
        else:
            values[name] = value

    def _key(self, name: str, node: Node) -> Any:
        if type(node) is Scalar:
            return (node.text.strip(),)
        if type(node) is Seq and all(type(element) is Scalar for element in node.items):
            return tuple(
                element.text.strip() for element in node.items if isinstance(element, Scalar)
            )
        return self.shape.note("E103.list", node, key=name, example="A, C")


def _is_nothing(node: Node) -> bool:
    if isinstance(node, Seq):
        return not node.items
    return isinstance(node, Scalar) and not node.text.strip()


def _renamed(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in values.items()}
