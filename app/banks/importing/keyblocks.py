"""Keys that stand apart from the items: `1-5 ABCDE`, `1.A 2.B`, tables, answer pages."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.banks.importing.fields import JUDGED
from app.banks.importing.headings import CN, KIND, kind_in, ordinal
from app.banks.importing.script import RULE, Script
from app.domain.items import ItemType

_TITLE: Final = re.compile(
    r"\s*(?:[^\w\s【\[(《]{1,3}\s*)?[【\[(《]?\s*(?:附\s*\S{0,3}?\s*[:、]?\s*)?[^\s:。]{0,14}?(?:参考答案|标准答案|正确答案|试题答案|试卷答案|答案速查|答案"
    r"|Answer\s*Keys?|Answers?|Key\s*to[\w ]*|Keys?)"
    r"\s*(?:与解析|及解析|和解析|解析|部分|速查|页|如下|一览|表|卷)*\s*[】\])》]?"
    r"\s*(?P<colon>:)?\s*(?:[(][^()]{0,30}[)])?\s*",
    re.IGNORECASE,
)
_SIGN: Final = rf"(?:[A-J]{{1,10}}(?![A-Za-z])|{JUDGED}(?![A-Za-z\u4e00-\u9fff]))"
_RANGE: Final = re.compile(
    r"(?<!\d)(\d{1,3})\s*(?:题)?\s*[-~至到]+\s*(\d{1,3})\s*(?:小?题)?\s*[.、:)]?\s*"
)
_SINGLE: Final = re.compile(
    rf"(?<![\d.])(?:第\s*)?[(]?(\d{{1,3}})\s*[)]?(?:\s*题)?\s*[.、:)\-]?\s*[(]?\s*"
    rf"({_SIGN}(?:[\s,、]*(?<=[A-J,、 ])[A-J]"
    r"(?![A-Za-z.、)]))*)\s*[)]?",
    re.IGNORECASE,
)
_FILLER: Final = re.compile(
    rf"(?:{KIND}|[一二三四五六七八九十]{{1,3}}\s*[、.]|第[一二三四五六七八九十]+(?:部分|大题)|(?:参考|正确|标准)?答案|Answers?|Keys?"
    r"|[(][^()]*分[^()]*[)]|Part\s*[IVX\d]+|[\s,、;:。.|【】\[\]()*]+)",
    re.IGNORECASE,
)
_COMPACT_RANGE: Final = re.compile(
    rf"[^\n\d]{{0,24}}(?<!\d)\d{{1,3}}\s*[-~至到]+\s*\d{{1,3}}\s*(?:小?题)?\s*[.、:)]?\s*{_SIGN}",
    re.IGNORECASE,
)
_NUMBER_ROW: Final = re.compile(
    r"[\s|]*+(?:题\s*号|序号|No\.?|Question)?[\s|:]*+((?:\d{1,3}[\s|]+)+\d{1,3})[\s|]*",
    re.IGNORECASE,
)
_VALUE_ROW: Final = re.compile(
    rf"[\s|]*+(?:答\s*案|Answer|Key)?[\s|:]*+((?:{_SIGN}[\s|]+)+{_SIGN})[\s|]*", re.IGNORECASE
)
_LINE_NUMBER: Final = re.compile(
    r"[ ]*(?:第\s*)?[(]?(\d{1,3})[)]?(?:\s*题)?\s*[.、:)]\s*(?!\d)|[ ]*(\d{1,3})\s+(?=【)"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a key block says of one number: the text from `start` to `end`, or a ready `value`."""

    number: int
    start: int
    end: int
    value: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A section of the paper: its type, its number and the numbers of its items."""

    kind: ItemType | None
    ordinal: int | None
    numbers: tuple[int, ...]


@dataclass(slots=True)
class Group:
    """Entries under one heading of the key block; `section`: the place of its paper section."""

    kind: ItemType | None
    names_kind: bool
    start: int
    end: int
    entries: list[Entry] = field(default_factory=list)
    section: int | None = None
    ordinal: int | None = None
    unread: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the text that only holds keys."""

    start: int
    end: int


def is_title(norm: str) -> bool:
    """`参考答案`, `Answer key`, alone on a line."""
    return bool(norm.strip()) and _TITLE.fullmatch(norm) is not None


def has_colon(norm: str) -> bool:
    """True for `参考答案：`, which may also belong to the item above."""
    match = _TITLE.fullmatch(norm)
    return match is not None and match["colon"] is not None


def is_key_line(norm: str) -> bool:
    """A line that holds several keys and nothing else."""
    if _COMPACT_RANGE.match(norm):
        return True
    if len(_SINGLE.findall(norm)) < 2:
        return False
    return not _FILLER.sub("", _SINGLE.sub(" ", norm))


def is_key_table(first: str, second: str) -> bool:
    """A row of numbers above a row of keys, equally many."""
    numbers, values = _NUMBER_ROW.fullmatch(first), _VALUE_ROW.fullmatch(second)
    if numbers is None or values is None:
        return False
    return len(re.findall(r"\d+", numbers[1])) == len(_cells(values[1]))


def _cells(text: str) -> list[str]:
    return [cell for cell in re.split(r"[\s|]+", text) if cell]


# ---------------------------------------------------------------- reading a block


_HEAD: Final = re.compile(
    rf"(?:^[ ]*[【\[]?|(?<=[\s;。,])(?=\S))(?P<ordinal>{CN}\s*[、.,:]|第\s*{CN}\s*(?:部分|大题)"
    rf"|[(]\s*{CN}\s*[)]|(?:Part|Section)\s*(?:[IVX]{{1,4}}|\d{{1,2}}))?\s*"
    rf"(?P<kind>{KIND})?(?P<rest>[】\]]?(?:\s*\([^()\n]*\))?[^\d\n]{{0,8}})"
    r"(?=\d|$)",
    re.IGNORECASE | re.MULTILINE,
)


def groups(script: Script, block: Block) -> list[Group]:
    """The entries of a block, by its own headings."""
    heads = [
        match
        for match in _HEAD.finditer(script.norm, block.start, block.end)
        if match["ordinal"] or match["kind"]
    ]
    bounds = [(block.start, "", ""), *((m.end(), m["ordinal"], m["kind"]) for m in heads)]
    ends = [match.start() for match in heads] + [block.end]
    found = []
    for (start, ordinal_, kind), end in zip(bounds, ends, strict=True):
        names, named = kind_in(kind or "")
        group = Group(named, names, start, end, ordinal=ordinal(ordinal_ or ""))
        _read(script, group)
        if group.entries or names or group.unread:
            found.append(group)
    return found


def _read(script: Script, group: Group) -> None:
    at = group.start
    while at < group.end:
        end = min(script.line_end(at), group.end)
        next_end = min(script.line_end(end + 1), group.end) if end + 1 < group.end else end
        line, below = script.norm[at:end], script.norm[end + 1 : next_end]
        if is_key_table(line, below):
            _read_table(group, line, below, at)
            at = next_end + 1
            continue
        if is_key_line(line):
            _read_compact(script, group, at, end)
        elif _LINE_NUMBER.match(line):
            end = _read_long(script, group, at, end)
        elif line.strip() and not RULE.fullmatch(line) and not is_title(line):
            single = _SINGLE.fullmatch(line.strip())
            if single is not None:
                group.entries.append(Entry(int(single[1]), at, end, single[2]))
            else:
                group.unread.append((at, end))
        at = end + 1


def _read_table(group: Group, line: str, below: str, at: int) -> None:
    numbers, values = _NUMBER_ROW.fullmatch(line), _VALUE_ROW.fullmatch(below)
    if numbers is None or values is None:
        return
    for number, value in zip(re.findall(r"\d+", numbers[1]), _cells(values[1]), strict=True):
        group.entries.append(Entry(int(number), at, at, value))


def _read_compact(script: Script, group: Group, start: int, end: int) -> None:
    """`1-5 ABCDE 6-10 …` and `1.A 2.B`, several on a line."""
    norm = script.norm
    at = start
    while at < end:
        found = _RANGE.search(norm, at, end)
        for single in _SINGLE.finditer(norm, at, found.start() if found else end):
            group.entries.append(Entry(int(single[1]), single.start(), single.end(), single[2]))
        if found is None:
            return
        at = re.compile(r"[^\d\n]*").match(norm, found.end(), end).end()  # type: ignore[union-attr]
        _read_range(group, found, norm[found.end() : at], (found.start(), at))


def _read_range(group: Group, found: re.Match[str], text: str, span: tuple[int, int]) -> None:
    first, last = int(found[1]), int(found[2])
    values = range_values(text, last - first + 1)
    if values is None:
        group.unread.append(span)
        return
    for number, value in enumerate(values, start=first):
        group.entries.append(Entry(number, *span, value))


def range_values(text: str, count: int) -> list[str] | None:
    """`count` values of `ABCDE`, `AB AC BD`, `√×√`; None when there are more or fewer."""
    text = _FILLER_TAIL.sub("", text.strip())
    parts = [part for part in re.split(r"[\s,、;/|。.]+", text.strip()) if part]
    if len(parts) == count and all(re.fullmatch(_SIGN, part, re.IGNORECASE) for part in parts):
        return parts
    whole = "".join(parts)
    signs = re.findall(r"正确|错误|[A-J]|[√×对错TFtf是否]", whole)
    if len(signs) == count and "".join(signs) == whole:
        return signs
    return None


_FILLER_TAIL: Final = re.compile(
    rf"(?:{KIND}|[一二三四五六七八九十]{{1,3}}\s*[、.]|[\s,、;:。.|【】\[\]()第])+$", re.IGNORECASE
)


def _read_long(script: Script, group: Group, at: int, end: int) -> int:
    """An entry of its own: goes on to the next line that begins with a number."""
    match = _LINE_NUMBER.match(script.norm, at, end)
    if match is None:
        return end
    stop = end
    while stop + 1 < group.end:
        line_end = min(script.line_end(stop + 1), group.end)
        line = script.norm[stop + 1 : line_end]
        if _LINE_NUMBER.match(line) or is_key_line(line) or RULE.fullmatch(line):
            break
        stop = line_end
    value = int(match[1] or match[2])
    group.entries.append(Entry(value, match.end(), stop))
    return stop


# ---------------------------------------------------------------- which item is meant


def runs(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Entries cut where the numbers begin again."""
    run: list[Entry] = []
    for entry in entries:
        if run and entry.number <= run[-1].number:
            yield run
            run = []
        run.append(entry)
    if run:
        yield run


def matched(
    found: Sequence[Group], sections: Sequence[Asked]
) -> tuple[dict[tuple[int, int], Entry], list[Entry]]:
    """Entries by (section, place in it), and entries that fit nowhere for sure.

    Nothing is guessed: an entry needs a section by name, by number, or by all numbers agreeing.
    """
    taken: dict[tuple[int, int], Entry] = {}
    loose: list[Entry] = []
    rows = [(group, run) for group in found for run in runs(group.entries)]
    # Without a name a row of keys belongs to a section only when all rows and sections agree.
    agree = [[entry.number for entry in run] for _, run in rows] == [
        list(one.numbers) for one in sections
    ]
    for place, (group, run) in enumerate(rows):
        section = _section_of(group, place if agree else None, sections)
        for entry in run:
            spot = _spot(entry, section, run, sections, is_only=len(rows) == 1)
            if spot is None or spot in taken:
                loose.append(entry)
            else:
                taken[spot] = entry
    return taken, loose


def _section_of(
    group: Group,
    place: int | None,
    sections: Sequence[Asked],
) -> int | None:
    if group.section is not None:
        return group.section
    if group.names_kind:
        same = [n for n, one in enumerate(sections) if one.kind is group.kind]
        if len(same) == 1:
            return same[0]
    if group.ordinal is not None:
        same = [n for n, one in enumerate(sections) if one.ordinal == group.ordinal]
        if len(same) == 1:
            return same[0]
    if place is not None:
        return place
    return 0 if len(sections) == 1 else None


def _spot(
    entry: Entry,
    section: int | None,
    run: Sequence[Entry],
    sections: Sequence[Asked],
    *,
    is_only: bool,
) -> tuple[int, int] | None:
    if section is not None:
        numbers = sections[section].numbers
        if numbers.count(entry.number) == 1:
            return section, numbers.index(entry.number)
        return None
    spots = [
        (s, n)
        for s, one in enumerate(sections)
        for n, value in enumerate(one.numbers)
        if value == entry.number
    ]
    if len(spots) == 1:
        return spots[0]
    every = [(s, n) for s, one in enumerate(sections) for n in range(len(one.numbers))]
    counted = [e.number for e in run] == list(range(1, len(every) + 1))
    # One row of keys for the whole paper, exactly as long as the paper.
    return every[entry.number - 1] if is_only and counted else None
