"""Reads YAML that nobody vouches for: positions for everything, text only, nothing executed.

PyYAML's event stream (libyaml when present, else pure Python) drives a builder of our own, because
the ready-made loaders lose positions and duplicate keys and turn `1.10`, `010`, `yes` and `12:30`
into something the author did not write. Here every scalar stays the text it was.
"""

import gc
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import yaml
from yaml import events

from app.banks.messages import Problem, problem

MAX_BYTES: Final = 8 * 1024 * 1024
MAX_DEPTH: Final = 12
MAX_TEXT: Final = 20_000
MAX_NODES: Final = 600_000

try:
    from yaml import cyaml
except ImportError:  # PyYAML built without libyaml
    FastParser: Any = None
else:
    FastParser = cyaml.CParser  # type: ignore[attr-defined]


class PurePythonParser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):
    """The same events without libyaml; slower."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)


class Scalar:
    """A text as written; `end` is where it ends in the source, `plain`: without quotes."""

    __slots__ = ("col", "end", "line", "plain", "text")

    def __init__(self, text: str, line: int, col: int, end: int, *, plain: bool) -> None:
        self.text = text
        self.line = line
        self.col = col
        self.end = end
        self.plain = plain


class Entry:
    """A key of a map (where it stands) and its value."""

    __slots__ = ("col", "line", "value")

    def __init__(self, line: int, col: int, value: "Node") -> None:
        self.line = line
        self.col = col
        self.value = value


class Map:
    """A map in the order of the file; `flow`: written with braces."""

    __slots__ = ("col", "entries", "flow", "line")

    def __init__(self, line: int, col: int, *, flow: bool) -> None:
        self.entries: dict[str, Entry] = {}
        self.line = line
        self.col = col
        self.flow = flow


class Seq:
    """A list."""

    __slots__ = ("col", "items", "line")

    def __init__(self, line: int, col: int) -> None:
        self.items: list[Node] = []
        self.line = line
        self.col = col


Node = Scalar | Map | Seq


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file with one kind of line break, and the tree read from it."""

    text: str
    root: Node | None


class StopReadingError(Exception):
    """The file cannot be read further; carries the one problem to show."""

    def __init__(self, found: Problem) -> None:
        super().__init__(str(found))
        self.problem = found


def read(data: bytes, *, parser: Any = None) -> Source:
    """The tree of one YAML document. Raises StopReadingError with an E0xx problem."""
    text = decode(data)
    _refuse_invisible(text)
    source = (parser or FastParser or PurePythonParser)(text)
    try:
        with without_collector():
            root = _Builder(text).build(source)
    except yaml.MarkedYAMLError as error:
        raise StopReadingError(_Diagnosis(text, error).problem()) from None
    except yaml.reader.ReaderError as error:
        line, col = _place(text, max(0, error.position))
        raise StopReadingError(problem("E000", line, col)) from None
    return Source(text, root)


@contextmanager
def without_collector() -> Iterator[None]:
    """Pause the cycle collector while hundreds of thousands of nodes are made, none of them waste.

    It would walk them again and again and take longer than the reading itself.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def decode(data: bytes) -> str:
    """UTF-8 text with line feeds only. A file in another encoding is named as such."""
    if len(data) > MAX_BYTES:
        size, most = f"{len(data) / 1048576:.1f}", MAX_BYTES // 1048576
        raise StopReadingError(problem("E010", 1, 1, size=size, most=most))
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise StopReadingError(problem("E000.encoding", 1, 1, encoding="UTF-16"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StopReadingError(_wrong_encoding(data, error)) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _wrong_encoding(data: bytes, error: UnicodeDecodeError) -> Problem:
    # Positions of this error count from the end of a byte order mark, if there is one.
    at = error.start + (3 if data.startswith(b"\xef\xbb\xbf") else 0)
    line = data.count(b"\n", 0, at) + 1
    start = data.rfind(b"\n", 0, at) + 1
    col = len(data[start:at].decode("utf-8", "replace").lstrip("\ufeff")) + 1
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return problem("E000.bytes", line, col)
    return problem("E000.encoding", line, col, encoding="GBK")


# Letters that no editor shows, and separators that an editor does not count as a line.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]"
)


def _refuse_invisible(text: str) -> None:
    if found := _INVISIBLE.search(text):
        line, col = _place(text, found.start())
        code = f"U+{ord(found.group()):04X}"
        raise StopReadingError(problem("E000.invisible", line, col, character=code))


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


class _Builder:
    """Turns events into nodes. One loop, because a bank has hundreds of thousands of events."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root: Node | None = None
        self.stack: list[Map | Seq] = []
        self.keys: list[Scalar | None] = []  # the key waiting for its value, per open map
        self.count = 0
        self.documents = 0

    def build(self, source: Any) -> Node | None:
        get_event = source.get_event
        steps = {
            events.MappingStartEvent: self._open,
            events.SequenceStartEvent: self._open,
            events.MappingEndEvent: self._close,
            events.SequenceEndEvent: self._close,
            events.AliasEvent: self._alias,
            events.DocumentStartEvent: self._document,
        }
        scalar, scalar_type, end = self._scalar, events.ScalarEvent, events.StreamEndEvent
        while True:
            event = get_event()
            kind = type(event)
            if kind is scalar_type:
                scalar(event)
            elif kind is end:
                return self.root
            elif step := steps.get(kind):
                step(event)

    def _scalar(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse_magic(event)
        mark = event.start_mark
        text = event.value
        if len(text) > MAX_TEXT:
            self._stop("E012", mark, length=len(text), most=MAX_TEXT)
        node = Scalar(
            text, mark.line + 1, mark.column + 1, event.end_mark.index, plain=not event.style
        )
        keys = self.keys
        if keys and keys[-1] is None and type(self.stack[-1]) is Map:
            self._key(node, self.stack[-1])
        else:
            self._add(node)

    def _key(self, key: Scalar, container: Map) -> None:
        text = key.text
        if not text.isascii():
            key.text = text = unicodedata.normalize("NFC", text)
        if text in container.entries:
            raise StopReadingError(
                problem("E020", key.line, key.col, key=text, first=container.entries[text].line)
            )
        if text == "<<" and key.plain:
            raise StopReadingError(problem("E030.merge", key.line, key.col))
        self.keys[-1] = key

    def _add(self, node: Node) -> None:
        self.count += 1
        if self.count > MAX_NODES:
            raise StopReadingError(problem("E013", node.line, node.col, most=MAX_NODES))
        if not self.stack:
            self.root = node
            return
        container = self.stack[-1]
        if type(container) is Seq:
            container.items.append(node)
            return
        key = self.keys[-1]
        if key is None or type(container) is not Map:  # a map or list where a key belongs
            raise StopReadingError(problem("E000.key", node.line, node.col))
        container.entries[key.text] = Entry(key.line, key.col, node)
        self.keys[-1] = None

    def _open(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse_magic(event)
        mark = event.start_mark
        if len(self.stack) >= MAX_DEPTH:
            self._stop("E011", mark, most=MAX_DEPTH)
        line, col = mark.line + 1, mark.column + 1
        node: Map | Seq
        if type(event) is events.MappingStartEvent:
            node = Map(line, col, flow=bool(event.flow_style))
        else:
            node = Seq(line, col)
        self._add(node)
        self.stack.append(node)
        self.keys.append(None)

    def _close(self, _event: Any) -> None:
        self.stack.pop()
        self.keys.pop()

    def _alias(self, event: Any) -> None:
        self._stop("E030.alias", event.start_mark, sign="*")

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self._stop("E030.documents", event.start_mark)
        if event.tags:
            self._stop("E030.directive", event.start_mark)

    def _refuse_magic(self, event: Any) -> None:
        if event.anchor is not None:
            self._stop("E030.alias", event.start_mark, sign="&")
        self._stop("E030.alias", event.start_mark, sign="!")

    @staticmethod
    def _stop(code: str, mark: Any, /, **params: object) -> None:
        raise StopReadingError(problem(code, mark.line + 1, mark.column + 1, **params))


# A key, after indentation and dashes; what could be a text with punctuation is none.
_WIDE_COLON: Final = re.compile(r"\s*(?:-\s+)*(?P<key>[A-Za-z][\w.-]{0,40})\s*：")
_TIGHT_COLON: Final = re.compile(r"\s*(?:-\s+)*(?P<key>[A-Za-z][\w.-]{0,40}):\S")
_BEFORE_VALUE: Final = re.compile(r"\s*(?:-\s+)*(?:[\w.-]{1,64}\s*:\s+)?(?:-\s+)*")
_MAGIC: Final = (("an alias", "*"), ("an anchor", "&"), ("a tag", "!"))

_KEPT_SIGNS: Final = (("entries are not allowed", "-"), ("mapping keys are not allowed", "?"))


class _Diagnosis:
    """Names the likely slip behind a syntax error, mostly from the lines themselves.

    libyaml and the pure-Python scanner word their errors differently, so the words are used only
    to tell the kinds apart.
    """

    def __init__(self, text: str, error: yaml.MarkedYAMLError) -> None:
        self.lines = text.split("\n")
        mark = error.problem_mark or error.context_mark
        self.line, self.col = (mark.line, mark.column) if mark else (0, 0)
        start = error.context_mark or mark
        self.start_line, self.start_col = (start.line, start.column) if start else (0, 0)
        self.words = f"{error.context or ''} {error.problem or ''}"

    def problem(self) -> Problem:
        looks = (
            self._magic,
            self._sign,
            self._directive,
            self._scalar,
            self._no_colon,
            self._second_colon,
            self._brackets,
            self._rest,
        )
        for look in looks:
            if found := look():
                return found
        return self._say("E000", self.line, self.col)

    def _text(self, number: int) -> str:
        return self.lines[number] if 0 <= number < len(self.lines) else ""

    def _char(self, line: int, col: int) -> str:
        return self._text(line)[col : col + 1]

    @staticmethod
    def _say(key: str, line: int, col: int, /, **params: object) -> Problem:
        return problem(key, line + 1, col + 1, **params)

    def _magic(self) -> Problem | None:
        for words, sign in _MAGIC:
            if f"scanning {words}" in self.words or f"parsing {words}" in self.words:
                return self._say("E030.alias", self.start_line, self.start_col, sign=sign)
        return None

    def _sign(self) -> Problem | None:
        """A text that begins with a sign YAML keeps for itself, and tabs."""
        found = self._char(self.line, self.col)
        if "cannot start any token" in self.words or "tab character" in self.words:
            if found == "\t":
                return self._say("E000.tab", self.line, self.col)
            return self._say("E000.sign", self.line, self.col, sign=found)
        if "node content" in self.words and found in {",", "]", "}"}:
            return self._say("E000.sign", self.line, self.col, sign=found)
        for words, sign in _KEPT_SIGNS:
            if words in self.words:
                return self._say("E000.sign", self.line, self.col, sign=sign)
        return None

    def _directive(self) -> Problem | None:
        """A line that begins with `%`, as only directives do."""
        if "directive" in self.words or "document start" in self.words:
            for number in range(self.line, -1, -1):
                if self._text(number).startswith("%"):
                    return self._say("E000.sign", number, 0, sign="%")
        return None

    def _scalar(self) -> Problem | None:
        """Quotes that stay open, unknown escapes, text behind `|` or `>`."""
        sign = self._char(self.start_line, self.start_col)
        where = (self.start_line, self.start_col)
        if "escape" in self.words:
            return self._say("E000.escape", *where)
        if "quoted scalar" in self.words:
            return self._say("E000.unclosed", *where, sign=sign)
        if "scanning a block scalar" in self.words and sign in {"|", ">"}:
            return self._say("E000.sign", *where, sign=sign)
        return None

    def _no_colon(self) -> Problem | None:
        if "could not find expected ':'" not in self.words:
            return None
        return self._bad_key(self.start_line) or self._say(
            "E000.nokey", self.start_line, self.start_col
        )

    def _bad_key(self, number: int) -> Problem | None:
        """A key whose colon is full-width, or has no space behind it, is no key at all."""
        text = self._text(number)
        for pattern, key in ((_WIDE_COLON, "E104"), (_TIGHT_COLON, "E000.tight")):
            if found := pattern.match(text):
                return self._say(key, number, found.start("key"), key=found.group("key"))
        return None

    def _second_colon(self) -> Problem | None:
        if "mapping values are not allowed" not in self.words:
            return None
        text = self._text(self.line)
        before = text[: self.col]
        value_at = _BEFORE_VALUE.match(text)
        if value_at and ":" in value_at.group() and value_at.end() <= len(before):
            return self._say("E000.colon", self.line, self.col)
        above = next((n for n in range(self.line - 1, -1, -1) if self._text(n).strip()), -1)
        return self._bad_key(above) or self._say(
            "E000.indent", self.line, len(text) - len(text.lstrip())
        )

    def _brackets(self) -> Problem | None:
        if "flow" not in self.words:
            return None
        if self.line == self.start_line:
            return self._say("E000.flow", self.line, self.col)
        return self._say("E000.flow", self.start_line, self.start_col)

    def _rest(self) -> Problem | None:
        """Something follows where a value was complete."""
        text = self._text(self.line)
        if "document start" in self.words:
            return None
        if not text[: self.col].strip():
            if " #" in self._text(self.line - 1):
                return self._say("E000.comment", self.line, self.col)
            return self._say("E000.indent", self.line, self.col)
        start = _BEFORE_VALUE.match(text)
        at = start.end() if start else 0
        sign = self._char(self.line, at)
        if at < self.col and sign in {'"', "'"}:
            return self._say("E000.quote", self.line, at, sign=sign)
        if at < self.col and sign in {"[", "{"}:
            return self._say("E000.bracket", self.line, at, sign=sign)
        return None
