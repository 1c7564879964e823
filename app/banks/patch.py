"""Changes one place of a bank's text and leaves every other byte as its author wrote it.

The places come from PyYAML's composer, run only on text that our own reader has accepted. Each
change is made at the known place, with the quoting and the block or flow style found there; then
the new text is read again, and a change that did not do exactly what was asked is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from app.banks.reader import Map, Node, Scalar, StopReadingError, read
from app.banks.writer import scalar as as_scalar
from app.kernel.errors import DomainError

Plain = Any  # str, Mapping[str, Plain] or Sequence[Plain]; a `Raw` is written as it is
Path = tuple[str | int, ...]
Edit = tuple[int, int, str]

_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Where a field belongs that was not there before.
ORDER: Final = (
    *("schema", "id", "title", "description", "lang", "track", "tier", "license", "authors"),
    *("pass", "time_limit", "intro", "type", "points_each", "total", "draw", "shuffle_items"),
    *("defaults", "stem", "image", "x-alt", "options", "answer", "rubric"),
    *("rubric_cap", "grading"),
    *("max_chars", "points", "scoring", "shuffle", "why", "feedback", "source", "competencies"),
    *("tags", "difficulty", "status", "replaces", "sections", "items"),
)


class Raw(str):
    """A figure, a flag or an answer: written without quotes."""

    __slots__ = ()


class CannotPatchError(DomainError):
    """The text is written in a way this change cannot be made in; nothing was changed."""

    code = "cannot_patch"
    status = 422
    message = "这一处的写法比较特别，表单改不了。请到“源文件”里改。"


def plain(node: Node) -> Plain:
    """A node as texts, dicts and lists."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Map):
        return {key: plain(entry.value) for key, entry in node.entries.items()}
    return [plain(one) for one in node.items]


def plain_text(text: str) -> Plain:
    """What the text holds. Raises StopReadingError when it cannot be read."""
    root = read(text.encode()).root
    return None if root is None else plain(root)


def edit(text: str, path: Path, changes: Mapping[str, Plain | None]) -> str:
    """Set fields of the map at `path`; None takes a field away. Raises CannotPatchError."""
    work = _Work(text)
    node = work.at(path)
    if not isinstance(node, yaml.MappingNode):
        raise CannotPatchError
    old = _plain(node)
    wanted = {key: value for key, value in {**old, **changes}.items() if value is not None}
    ordered = _in_order(old, wanted)
    expected = _replaced(work.plain, path, ordered)
    return work.result(work.merge(node, ordered, work.end_of(path)), expected)


def insert(text: str, path: Path, position: int, value: Mapping[str, Plain]) -> str:
    """Put a new map into the list at `path` before `position`. Raises CannotPatchError."""
    work = _Work(text)
    lines = work.block_list(path)
    block = "".join(f"{line}\n" for line in _item_lines(value, lines.column))
    expected = _listed(work.plain, path, lambda found: found.insert(position, value))
    return work.result([work.insertion(lines, position, block)], expected)


def remove(text: str, path: Path, position: int) -> str:
    """Take an element out of the list at `path`. Raises CannotPatchError."""
    work = _Work(text)
    lines = work.block_list(path)
    start, end = lines.regions[position]
    expected = _listed(work.plain, path, lambda found: found.pop(position))
    return work.result([(start, end, "")], expected)


def copy(text: str, path: Path, position: int, changes: Mapping[str, Plain | None]) -> str:
    """Repeat an element right after itself, with other fields. Raises CannotPatchError."""
    work = _Work(text)
    lines = work.block_list(path)
    block = _ended(text[lines.dashes[position] : lines.regions[position][1]])
    expected = _listed(work.plain, path, lambda found: found.insert(position, found[position]))
    twice = work.result([work.insertion(lines, position + 1, block)], expected)
    return edit(twice, (*path, position + 1), changes)


def move(text: str, start: Path, position: int, goal: Path, target: int) -> str:
    """Move an element to another place of its list or of another one, comments above it too.

    `target` counts in the goal as it is once the element is gone. Raises CannotPatchError.
    """
    work = _Work(text)
    lines = work.block_list(start)
    first, end = lines.regions[position]
    block = _ended(text[first:end])
    element = work.value_at((*start, position))
    expected = _listed(work.plain, start, lambda found: found.pop(position))
    without = work.result([(first, end, "")], expected)
    rest = _Work(without)
    there = rest.block_list(goal)
    shift = there.column - lines.column
    block = "".join(_shifted(line, shift) for line in block.splitlines(keepends=True))
    expected = _listed(rest.plain, goal, lambda found: found.insert(target, element))
    return rest.result([rest.insertion(there, target, block)], expected)


# ---------------------------------------------------------------- values


def _plain(node: Any) -> Plain:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one) for one in node.value]
    return node.value


def _in_order(old: Mapping[str, Plain], wanted: Mapping[str, Plain]) -> dict[str, Plain]:
    """Known fields where they were; a new one after the last field that belongs before it."""
    names = [name for name in old if name in wanted]
    ranks = {name: rank for rank, name in enumerate(ORDER)}
    for name in wanted:
        if name in old:
            continue
        rank = ranks.get(name)
        if rank is None:
            names.append(name)
            continue
        before = [n for n, other in enumerate(names) if ranks.get(other, len(ORDER)) < rank]
        names.insert(before[-1] + 1 if before else len(names), name)
    return {name: wanted[name] for name in names}


def _replaced(whole: Plain, path: Path, value: Plain) -> Plain:
    if not path:
        return value
    step, *rest = path
    if isinstance(step, int):
        found = list(whole)
        found[step] = _replaced(found[step], tuple(rest), value)
        return found
    return {**whole, step: _replaced(whole[step], tuple(rest), value)}


def _listed(whole: Plain, path: Path, change: Any) -> Plain:
    value = whole
    for step in path:
        value = value[step]
    fresh = list(value)
    change(fresh)
    return _replaced(whole, path, fresh)


def _ended(block: str) -> str:
    return block if block.endswith("\n") else block + "\n"


def _shifted(line: str, by: int) -> str:
    if not line.strip() or by == 0:
        return line
    if by > 0:
        return " " * by + line
    lead = len(line) - len(line.lstrip(" "))
    return line[min(-by, lead) :]


# ---------------------------------------------------------------- writing values


def _flow(value: Plain) -> str:
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, str):
        return as_scalar(value, in_flow=True)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(name)}: {_flow(one)}" for name, one in value.items())
        return "{" + inside + "}"
    return "[" + ", ".join(map(_flow, value)) + "]"


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("-", "").isalnum() else as_scalar(name)


def _is_short(value: Plain) -> bool:
    """True for a map of texts without line breaks."""
    return isinstance(value, Mapping) and all(
        isinstance(one, str) and "\n" not in one for one in value.values()
    )


def _lines(name: str, value: Plain, indent: int, *, in_flow: bool = False) -> list[str]:
    """A field at a column, as lines without line ends."""
    head = f"{' ' * indent}{_key(name)}:"
    if isinstance(value, str):
        return _text_lines(head, value, indent)
    if isinstance(value, Mapping):
        if in_flow and _is_short(value):
            return [f"{head} {_flow(value)}"]
        inside = [line for key, one in value.items() for line in _lines(key, one, indent + 2)]
        return [head, *inside]
    if all(isinstance(one, str) for one in value):
        return [f"{head} {_flow(value)}"]
    return [head, *(line for one in value for line in _item_lines(one, indent + 2))]


def _text_lines(head: str, value: str, indent: int) -> list[str]:
    if isinstance(value, Raw) or "\n" not in value:
        return [f"{head} {value if isinstance(value, Raw) else as_scalar(value)}"]
    written = as_scalar(value.replace("\n", " "))
    first = value.split("\n", 1)[0]
    if first.startswith((" ", "\t")) or "\\u" in written or not value.strip():
        return [f"{head} {as_scalar(value)}"]
    body = [" " * (indent + 2) + line if line else "" for line in value.split("\n")]
    return [f"{head} |-", *body]


def _item_lines(value: Mapping[str, Plain], column: int) -> list[str]:
    lines = [line for name, one in value.items() for line in _lines(name, one, column + 2)]
    return [" " * column + "- " + lines[0].lstrip(" "), *lines[1:]]


def _styled(node: Any, value: str, *, in_flow: bool) -> str:
    """One line of text, quoted the way the old one was."""
    if isinstance(value, Raw) and not node.style:
        return str(value)
    if "\n" not in value and node.style == "'":
        return "'" + value.replace("'", "''") + "'"
    written = as_scalar(value, in_flow=in_flow)
    if node.style == '"' and not written.startswith('"'):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return written


# ---------------------------------------------------------------- places


@dataclass(frozen=True, slots=True)
class _List:
    """A list in block style: column of its dashes, and where each element starts and ends."""

    column: int
    dashes: list[int]
    regions: list[tuple[int, int]]


class _Work:
    """One text with its places."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            root = read(text.encode()).root
            self.root = yaml.compose(text, Loader=_Loader)
        except (StopReadingError, yaml.YAMLError):
            raise CannotPatchError from None
        if root is None:
            raise CannotPatchError
        self.plain = plain(root)

    def at(self, path: Path) -> Any:
        """The node at a path."""
        node: Any = self.root
        for step in path:
            if isinstance(step, int) and isinstance(node, yaml.SequenceNode):
                node = node.value[step]
            elif isinstance(node, yaml.MappingNode):
                node = {key.value: value for key, value in node.value}[step]
            else:
                raise CannotPatchError
        return node

    def value_at(self, path: Path) -> Plain:
        """The value at a path."""
        value = self.plain
        for step in path:
            value = value[step]
        return value

    def line_start(self, index: int) -> int:
        """Where the line of a place begins."""
        return self.text.rfind("\n", 0, index) + 1

    def end_of(self, path: Path) -> int:
        """Where what stands at a path surely ends: the next thing after it, or the end."""
        for depth in range(len(path), 0, -1):
            parent, step = self.at(path[: depth - 1]), path[depth - 1]
            if parent.flow_style:
                continue
            if isinstance(step, int):
                if step + 1 < len(parent.value):
                    return self.block_list(path[: depth - 1]).regions[step + 1][0]
            else:
                names = [key.value for key, _value in parent.value]
                if names.index(step) + 1 < len(names):
                    key = parent.value[names.index(step) + 1][0]
                    return self.line_start(key.start_mark.index)
        return len(self.text)

    def trimmed(self, node: Any, start: int, end: int, column: int) -> int:
        """The end of a region without the blank and comment lines that follow its value."""
        keeps_deep = isinstance(last := _last_leaf(node), yaml.ScalarNode) and last.style in {
            "|",
            ">",
        }
        while end > start:
            before = self.line_start(end - 1)
            line = self.text[before:end]
            words = line.strip()
            is_comment = words.startswith("#")
            if is_comment and keeps_deep and len(line) - len(line.lstrip(" ")) > column:
                break
            if words and not is_comment:
                break
            if before <= start:
                break
            end = before
        return end

    def block_list(self, path: Path) -> _List:
        """The places of a list in block style with at least one element."""
        node = self.at(path)
        if not isinstance(node, yaml.SequenceNode) or node.flow_style or not node.value:
            raise CannotPatchError
        column = node.start_mark.column
        dashes, after = [], node.start_mark.index
        for element in node.value:
            dash = self.text.rfind("-", after, max(element.start_mark.index, after + 1))
            if dash < 0:
                raise CannotPatchError
            dashes.append(self.line_start(dash))
            after = max(element.start_mark.index, dash + 1)
        starts = [self._with_comments(dash, column) for dash in dashes]
        starts[0] = max(starts[0], self.line_start(node.start_mark.index) if not path else 0)
        end = self.trimmed(node.value[-1], dashes[-1], self._list_end(path), column)
        return _List(column, dashes, list(zip(starts, [*starts[1:], end], strict=True)))

    def _list_end(self, path: Path) -> int:
        return self.end_of(path)

    def _with_comments(self, start: int, column: int) -> int:
        """Comment lines right above an element, no deeper than its dash, belong to it."""
        while start > 0:
            before = self.line_start(start - 1)
            line = self.text[before:start]
            lead = len(line) - len(line.lstrip(" "))
            if not line.strip().startswith("#") or lead > column:
                return start
            start = before
        return start

    def insertion(self, lines: _List, position: int, block: str) -> Edit:
        """The edit that puts a block of lines before an element, or after the last one."""
        if position < len(lines.regions):
            at = lines.regions[position][0]
            return (at, at, block)
        at = lines.regions[-1][1]
        if at and self.text[at - 1] != "\n":
            return (at, at, "\n" + block)
        return (at, at, block)

    # ------------------------------------------------------------ changing

    def merge(self, node: Any, new: Plain, end: int) -> list[Edit]:
        """Edits that make a map into `new`; `end` is where its region ends at most."""
        if node.flow_style:
            return self._merge_flow(node, new)
        return self._merge_block(node, new, end)

    def _merge_flow(self, node: Any, new: Plain) -> list[Edit]:
        old = _plain(node)
        if isinstance(new, Mapping) and isinstance(old, dict) and list(old) == list(new):
            edits: list[Edit] = []
            for key, value in node.value:
                edits += self._in_flow(value, new[key.value])
            return edits
        return [(node.start_mark.index, node.end_mark.index, _flow(new))]

    def _in_flow(self, node: Any, new: Plain) -> list[Edit]:
        if _same(_plain(node), new):
            return []
        if isinstance(node, yaml.MappingNode):
            return self._merge_flow(node, new)
        if isinstance(node, yaml.ScalarNode) and isinstance(new, str):
            return [self._span(node, _styled(node, new, in_flow=True))]
        return [self._span(node, _flow(new))]

    @staticmethod
    def _span(node: Any, written: str) -> Edit:
        return (node.start_mark.index, node.end_mark.index, written)

    def _merge_block(self, node: Any, new: Mapping[str, Plain], end: int) -> list[Edit]:
        column = node.start_mark.column
        pairs = {key.value: (key, value) for key, value in node.value}
        kept = [name for name in pairs if name in new]
        if not kept or kept != [name for name in new if name in pairs]:
            raise CannotPatchError
        regions = self._regions(node, end)
        first = next(iter(pairs))
        if first not in new:  # it stands on the line of the dash
            raise CannotPatchError
        edits: list[Edit] = []
        for name, (key, value) in pairs.items():
            if name not in new:
                edits.append((*regions[name], ""))
            elif not _same(_plain(value), new[name]):
                edits += self._field(key, value, new[name], regions[name], column)
        return edits + self._new_fields(pairs, new, regions, column)

    def _new_fields(
        self,
        pairs: Mapping[str, Any],
        new: Mapping[str, Plain],
        regions: Mapping[str, tuple[int, int]],
        column: int,
    ) -> list[Edit]:
        places: dict[int, str] = {}
        before = ""
        for name, value in new.items():
            if name in pairs:
                before = name
                continue
            at = regions[before][1]
            neighbour = pairs[before][1] if before else None
            like_flow = bool(getattr(neighbour, "flow_style", False))
            lines = "".join(f"{line}\n" for line in _lines(name, value, column, in_flow=like_flow))
            places[at] = places.get(at, "") + lines
        return [
            (at, at, lines if not at or self.text[at - 1] == "\n" else "\n" + lines)
            for at, lines in places.items()
        ]

    def _regions(self, node: Any, end: int) -> dict[str, tuple[int, int]]:
        """Each field from its key (line) to where its value ends."""
        starts = [key.start_mark.index for key, _value in node.value]
        begins = [starts[0], *map(self.line_start, starts[1:])]
        found = {}
        for n, (key, value) in enumerate(node.value):
            limit = begins[n + 1] if n + 1 < len(begins) else end
            found[key.value] = (
                begins[n],
                self.trimmed(value, begins[n], limit, node.start_mark.column),
            )
        return found

    def _field(
        self, key: Any, value: Any, new: Plain, region: tuple[int, int], column: int
    ) -> list[Edit]:
        """Edits that give a field of a block map another value."""
        edits: list[Edit] | None = None
        if isinstance(value, yaml.ScalarNode) and isinstance(new, str):
            edits = self._words(key, value, new)
        elif isinstance(value, yaml.MappingNode) and isinstance(new, Mapping):
            edits = self._inside(value, new, region[1])
        elif isinstance(value, yaml.SequenceNode) and not isinstance(new, str | Mapping):
            edits = self._elements(value, new, region[1])
        return edits or [self._rewritten(key, value, new, region, column)]

    def _words(self, key: Any, value: Any, new: str) -> list[Edit] | None:
        """One line of text in place of another."""
        is_line = value.start_mark.line == value.end_mark.line
        if not is_line or value.style in {"|", ">"} or "\n" in new:
            return None
        if value.start_mark.index == value.end_mark.index:  # nothing was written
            at = key.end_mark.index + 1
            return [(at, at, f" {new if isinstance(new, Raw) else as_scalar(new)}")]
        return [self._span(value, _styled(value, new, in_flow=False))]

    def _inside(self, value: Any, new: Mapping[str, Plain], end: int) -> list[Edit] | None:
        if value.flow_style:
            return self._merge_flow(value, new) if _is_short(new) else None
        try:
            return self._merge_block(value, new, end)
        except CannotPatchError:
            return None

    def _elements(self, value: Any, new: Sequence[Plain], end: int) -> list[Edit] | None:
        """Per element, when the list keeps its length and holds maps."""
        if value.flow_style and all(isinstance(one, str) for one in new):
            return [self._span(value, _flow(new))]
        if value.flow_style or len(value.value) != len(new):
            return None
        edits: list[Edit] = []
        for n, (element, wanted) in enumerate(zip(value.value, new, strict=True)):
            if _same(_plain(element), wanted):
                continue
            if not isinstance(element, yaml.MappingNode) or not isinstance(wanted, Mapping):
                return None
            following = value.value[n + 1].start_mark.index if n + 1 < len(new) else end
            limit = self.line_start(following) if n + 1 < len(new) else end
            inside = self._inside(element, wanted, limit)
            if inside is None:
                return None
            edits += inside
        return edits

    def _rewritten(
        self, key: Any, value: Any, new: Plain, region: tuple[int, int], column: int
    ) -> Edit:
        """The whole field again; a comment on its first line stays there."""
        like_flow = bool(getattr(value, "flow_style", False))
        lines = _lines(key.value, new, column, in_flow=like_flow)
        start, end = region
        lines[0] = lines[0].lstrip(" ") if start == key.start_mark.index else lines[0]
        if comment := self._comment(value):
            lines[0] += comment
        ending = "\n" if self.text[start:end].endswith("\n") or end == len(self.text) else ""
        return (start, end, "\n".join(lines) + ending)

    def _comment(self, value: Any) -> str:
        if not isinstance(value, yaml.ScalarNode) or value.style in {"|", ">"}:
            return ""
        stop = self.text.find("\n", value.end_mark.index)
        rest = self.text[value.end_mark.index : stop if stop >= 0 else None]
        return rest.rstrip() if rest.lstrip().startswith("#") else ""

    def result(self, edits: Iterable[Edit], expected: Plain) -> str:
        """The text with the edits. Raises CannotPatchError unless it says what was expected."""
        text = self.text
        for start, end, written in sorted(edits, key=lambda one: (one[0], one[1]), reverse=True):
            text = text[:start] + written + text[end:]
        try:
            found = plain_text(text)
        except StopReadingError:
            raise CannotPatchError from None
        if not _same(found, expected):
            raise CannotPatchError
        return text


def _last_leaf(node: Any) -> Any:
    while True:
        if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
            node = node.value[-1][1]
        elif isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
            node = node.value[-1]
        else:
            return node


def _same(one: Plain, other: Plain) -> bool:
    """Equal values in the same order of fields."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, str) or isinstance(other, str):
        return bool(isinstance(one, str) and isinstance(other, str) and str(one) == str(other))
    if isinstance(one, Sequence) and isinstance(other, Sequence):
        return len(one) == len(other) and all(map(_same, one, other))
    return False
