"""Shape checks: from nodes to typed values, every mistake noted and none the last.

Each reader takes the name of a field and its node and gives back the value, or BROKEN after
noting why. The text of a scalar is converted by the field that wants it, never by YAML's own
guesses.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from app.banks.messages import Problem, Where
from app.banks.reader import Map, Node, Scalar, Seq, Source
from app.domain.banks import Finding, Path, PlainText, Ref
from app.domain.items import DEFAULT_LANG, PassMark, Text

SLUG: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
LANG: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
POINTS: Final = re.compile(r"[0-9]{1,5}(\.[0-9]{1,2})?")
PERCENT: Final = re.compile(r"(100|[1-9]?[0-9](\.[0-9]{1,2})?)%")
INTEGER: Final = re.compile(r"-?[0-9]{1,9}")
NUMBER: Final = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
_WIDE_COLON: Final = re.compile(r"(?P<key>[A-Za-z][\w.-]{0,40})\s*：")
_WIDE_LANG: Final = re.compile(r"(?P<key>zh|en|[a-z]{2,3}-[A-Z]{2,4})：")
MAX_POINTS: Final = 10_000
MAX_LANGS: Final = 8
ENOUGH: Final = 500
_TRUE: Final = frozenset({"true", "yes", "on", "是", "对"})
_FALSE: Final = frozenset({"false", "no", "off", "否", "错"})
# Words that authors write for a field, where likeness of letters does not lead to it.
SYNONYMS: Final = {
    "question": "stem",
    "题干": "stem",
    "题目": "stem",
    "choices": "options",
    "选项": "options",
    "key": "answer",
    "correct": "answer",
    "答案": "answer",
    "explanation": "why",
    "解析": "why",
    "score": "points",
    "分值": "points",
    "难度": "difficulty",
    "标签": "tags",
    "能力": "competencies",
    "题型": "type",
    "name": "title",
    "标题": "title",
    "questions": "items",
    "pass_mark": "pass",
    "criteria": "rubric",
}


class _Broken:
    """The value of a field whose shape is wrong."""


BROKEN: Final = _Broken()
Reader = Callable[[str, Node], Any]


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was probably meant to be."""
    names = list(known)
    synonym = SYNONYMS.get(word.lower())
    if synonym in names:
        return synonym
    found = difflib.get_close_matches(word.lower()[:64], names, n=1, cutoff=0.6)
    return found[0] if found else None


class Shape:
    """Reads one file. `problems` fills up while reading; `lang` is that of plain texts."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.lang = DEFAULT_LANG
        # What only other files can confirm: competency slugs, banks and files; and where.
        self.uses: dict[str, list[tuple[int, int]]] = {}
        self.files: list[tuple[str, int, int]] = []
        self.banks: list[tuple[str, int, int]] = []

    # ------------------------------------------------------------ noting

    def note(self, key: str, at: Any, /, **params: object) -> _Broken:
        """A finding at a node or an entry."""
        self.problems.append(Problem(at.line, at.col, key, params))
        return BROKEN

    def note_finding(self, finding: Finding) -> None:
        """A finding of the rules, its path turned into a place."""
        self.problems.append(self.problem_of(finding))

    def problem_of(self, finding: Finding) -> Problem:
        """The same as a problem, without noting it."""
        line, col = self.place(finding.path, at_key=finding.at_key)
        params = {
            name: Where(self.place(value.path)[0]) if isinstance(value, Ref) else value
            for name, value in finding.params.items()
        }
        return Problem(line, col, finding.key, params)

    def place(self, path: Path, *, at_key: bool = False) -> tuple[int, int]:
        """Line and column of the value at `path`; `at_key`: of its key (of an item: its id)."""
        node: Any = self.source.root
        entry: Any = node
        for step in path:
            if isinstance(step, int):
                entry = node = node.items[step]
            else:
                entry = node.entries[step]
                node = entry.value
        if not at_key:
            return node.line, node.col
        if entry is node and isinstance(node, Map):
            entry = first_key(node)
        return entry.line, entry.col

    # ------------------------------------------------------------ records

    def record(
        self,
        name: str,
        node: Node,
        readers: Mapping[str, Reader],
        required: Iterable[str] = (),
    ) -> tuple[dict[str, Any], set[str]]:
        """Values of the fields that are right, and the names of those that are not."""
        values: dict[str, Any] = {}
        broken: set[str] = set()
        if type(node) is not Map:
            self.not_a_map(name, node)
            return values, {"*"}
        for key, entry in node.entries.items():
            reader = readers.get(key)
            if reader is None:
                if not key.startswith("x-"):
                    self.unknown(key, entry, readers)
                continue
            value = reader(key, entry.value)
            if value is BROKEN:
                broken.add(key)
            else:
                values[key] = value
        for key in required:
            if key not in node.entries:
                self.note("E103.missing", first_key(node), key=key)
                broken.add(key)
        return values, broken

    def not_a_map(self, name: str, node: Node) -> _Broken:
        """Something else stands where `field: value` belongs."""
        if isinstance(node, Scalar) and (found := _WIDE_COLON.match(node.text)):
            return self.note("E104", node, key=found.group("key"))
        return self.note("E103.map", node, key=name)

    def unknown(self, key: str, entry: Any, known: Iterable[str]) -> _Broken:
        """A key nobody reads: more often a slip than a wish."""
        names = tuple(known)
        if hint := self.hint(key, names):
            return self.note("E101", entry, key=key, hint=hint)
        return self.note("E101.list", entry, key=key, known=names)

    def hint(self, word: str, known: Iterable[str]) -> str | None:
        """What was probably meant. Only for findings that may be shown: likeness costs time."""
        return closest(word, known) if len(self.problems) < ENOUGH else None

    # ------------------------------------------------------------ texts

    def scalar(self, name: str, node: Node) -> str | _Broken:
        """The text of a scalar that is not empty."""
        if type(node) is not Scalar:
            return self.note("E103.braces" if self._is_brace(node) else "E103.text", node, key=name)
        text = node.text.strip()
        return text or self.note("E103.empty", node, key=name)

    def _is_brace(self, node: Node) -> bool:
        """True for a map in braces; `[a: b]` makes a map without any."""
        if not isinstance(node, Map) or not node.flow:
            return False
        return self.source.text.split("\n")[node.line - 1][node.col - 1] == "{"

    def text(self, name: str, node: Node) -> Text | _Broken:
        """A text in the bank's language, or a map of languages."""
        if type(node) is Scalar:
            words = self.words(name, node)
            return PlainText({self.lang: words}) if isinstance(words, str) else words
        if type(node) is Map:
            return self._languages(name, node)
        return self.note("E103.text", node, key=name)

    def words(self, name: str, node: Scalar) -> str | _Broken:
        """One text in NFC; warns when the rest of it was taken for a comment."""
        text = node.text
        if not text.isascii() and not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
        text = text.strip()
        if not text:
            is_comment = node.plain and self.source.text.startswith(" #", node.end)
            return self.note("E103.hash" if is_comment else "E103.empty", node, key=name)
        if node.plain:
            if self.source.text.startswith(" #", node.end):
                self._lost_text(node)
            if "：" in text[:10] and (found := _WIDE_LANG.match(text)):
                return self.note("E104", node, key=found.group("key"))
        return text

    def _lost_text(self, node: Scalar) -> None:
        source = self.source.text
        start = source.rfind("\n", 0, node.end) + 1
        if source[start + node.col - 1 : node.end] != node.text:
            return  # written over several lines
        end = source.find("\n", node.end)
        lost = source[node.end + 1 : end if end >= 0 else len(source)]
        self.note("W401", node, lost=lost.rstrip())

    def _languages(self, name: str, node: Map) -> Text | _Broken:
        if node.flow and all(_is_empty(entry.value) for entry in node.entries.values()):
            return self.note("E103.braces", node, key=name)
        texts: dict[str, str] = {}
        is_right = True
        for lang, entry in node.entries.items():
            value: str | _Broken = BROKEN
            if not LANG.fullmatch(lang):
                self._not_a_language(lang, entry, node)
            elif type(entry.value) is Scalar:
                value = self.words(name, entry.value)
            else:
                self.note("E103.text", entry.value, key=name)
            if isinstance(value, str):
                texts[lang] = value
            else:
                is_right = False
        if len(texts) > MAX_LANGS:
            count = len(texts)
            return self.note("E103.count", node, key=name, count=count, least=1, most=MAX_LANGS)
        return texts if is_right else BROKEN

    def _not_a_language(self, lang: str, entry: Any, node: Map) -> None:
        if node.flow and _is_empty(entry.value):
            self.note("E101.comma", entry, key=lang)
        else:
            self.note("E101.language", entry, key=lang)

    def language(self, name: str, node: Node) -> str | _Broken:
        """A language tag."""
        text = self.scalar(name, node)
        if isinstance(text, str) and not LANG.fullmatch(text):
            return self.note("E103.form", node, key=name, value=text, example="zh-CN")
        return text

    def slug(self, name: str, node: Node) -> str | _Broken:
        """An id."""
        text = self.scalar(name, node)
        if isinstance(text, str) and not SLUG.fullmatch(text):
            return self.note("E103.slug", node, key=name, value=text)
        return text

    def line(self, most: int) -> Reader:
        """A short text in one language, `most` characters long."""

        def read(name: str, node: Node) -> str | _Broken:
            text = self.scalar(name, node)
            if isinstance(text, str) and len(text) > most:
                return self.note("E103.long", node, key=name, length=len(text), most=most)
            return unicodedata.normalize("NFC", text) if isinstance(text, str) else text

        return read

    # ------------------------------------------------------------ figures, flags, choices

    def points(self, name: str, node: Node) -> Fraction | _Broken:
        """Points: an exact number above 0 with at most two decimal places."""
        text = self.scalar(name, node)
        if not isinstance(text, str):
            return text
        value = Fraction(text) if POINTS.fullmatch(text) else Fraction(0)
        if not 0 < value <= MAX_POINTS:
            return self.note("E103.points", node, key=name, value=text)
        return value

    def integer(self, least: int, most: int) -> Reader:
        """A whole number in these bounds."""

        def read(name: str, node: Node) -> int | _Broken:
            text = self.scalar(name, node)
            if not isinstance(text, str):
                return text
            if INTEGER.fullmatch(text) and least <= int(text) <= most:
                return int(text)
            return self.note("E103.integer", node, key=name, value=text, least=least, most=most)

        return read

    def number(self, least: float, most: float) -> Reader:
        """A figure of a formula in these bounds."""

        def read(name: str, node: Node) -> float | _Broken:
            text = self.scalar(name, node)
            if not isinstance(text, str):
                return text
            if NUMBER.fullmatch(text) and least <= float(text) <= most:
                return float(text)
            return self.note("E103.number", node, key=name, value=text, least=least, most=most)

        return read

    def flag(self, name: str, node: Node) -> bool | _Broken:
        """True or false."""
        text = self.scalar(name, node)
        if not isinstance(text, str):
            return text
        word = text.lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        return self.note("E103.flag", node, key=name, value=text)

    def choice(self, enum: type[StrEnum], among: Iterable[StrEnum] | None = None) -> Reader:
        """A member of a closed set."""
        members = {member.value: member for member in (among or enum)}

        def read(name: str, node: Node) -> StrEnum | _Broken:
            text = self.scalar(name, node)
            if not isinstance(text, str):
                return text
            return members.get(text) or self._no_choice(name, node, text, tuple(members))

        return read

    def _no_choice(self, name: str, node: Node, text: str, known: tuple[str, ...]) -> _Broken:
        if hint := self.hint(text, known):
            return self.note("E103.choice", node, key=name, value=text, hint=hint, known=known)
        return self.note("E103.choices", node, key=name, value=text, known=known)

    def pass_mark(self, name: str, node: Node) -> PassMark | _Broken:
        """`60%` or points."""
        text = self.scalar(name, node)
        if not isinstance(text, str):
            return text
        if PERCENT.fullmatch(text):
            return PassMark(share=Fraction(text[:-1]) / 100)
        if POINTS.fullmatch(text) and 0 < Fraction(text) <= MAX_POINTS:
            return PassMark(points=Fraction(text))
        return self.note("E103.form", node, key=name, value=text, example=("60%", "60"))

    def share(self, name: str, node: Node) -> Fraction | _Broken:
        """A percentage as a share."""
        text = self.scalar(name, node)
        if isinstance(text, str):
            if PERCENT.fullmatch(text):
                return Fraction(text[:-1]) / 100
            return self.note("E103.form", node, key=name, value=text, example="70%")
        return text

    # ------------------------------------------------------------ lists

    def many(self, one: Reader, *, least: int = 0, most: int, example: str) -> Reader:
        """A list; every element is read, so that all its mistakes show."""

        def read(name: str, node: Node) -> tuple[Any, ...] | _Broken:
            if type(node) is not Seq:
                return self.note("E103.list", node, key=name, example=example)
            count = len(node.items)
            if not least <= count <= most:
                return self.note("E103.count", node, key=name, count=count, least=least, most=most)
            values = [one(name, element) for element in node.items]
            return BROKEN if any(value is BROKEN for value in values) else tuple(values)

        return read

    def unique(self, many: Reader) -> Reader:
        """The list of `many`, refused when a value stands in it twice."""

        def read(name: str, node: Node) -> tuple[Any, ...] | _Broken:
            values: tuple[Any, ...] | _Broken = many(name, node)
            if not isinstance(values, tuple) or len(set(values)) == len(values):
                return values
            seen = set()
            for value, element in zip(values, getattr(node, "items", ()), strict=True):
                if value in seen:
                    self.note("E103.twice", element, key=name, value=value)
                seen.add(value)
            return BROKEN

        return read

    def noting_uses(self, read_slugs: Reader) -> Reader:
        """The list of `read_slugs`; where each slug stands goes to `uses`."""

        def read(name: str, node: Node) -> tuple[str, ...] | _Broken:
            slugs: tuple[str, ...] | _Broken = read_slugs(name, node)
            if isinstance(slugs, tuple):
                for slug, element in zip(slugs, getattr(node, "items", ()), strict=True):
                    self.uses.setdefault(slug, []).append((element.line, element.col))
            return slugs

        return read


def first_key(node: Map) -> Any:
    """Where a thing is named: its id, else its first key, else itself. A file: its first key."""
    first = next(iter(node.entries.values()), None)
    if "schema" in node.entries:
        return first
    return node.entries.get("id") or first or node


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.plain and not node.text
