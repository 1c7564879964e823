"""Understands a test that somebody typed: finds the paper in the text, its items and its keys.

Sections are cut first; inside them only the next expected number and the next expected letter
count. Nothing is guessed and nothing is lost: what belongs to no item, heading or key is listed.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from itertools import islice
from typing import Final

from app.banks.importing import keyblocks
from app.banks.importing.archive import RefusedFileError
from app.banks.importing.body import (
    Segment,
    is_closing_line,
    is_form_line,
    key_line,
    picture_of,
    read_item,
    settle,
)
from app.banks.importing.encodings import decoded
from app.banks.importing.fields import Field, difficulty, find_labels, read_key, says_nothing
from app.banks.importing.headings import NUM, Heading, find_headings, number
from app.banks.importing.keyblocks import Asked, Block, Entry
from app.banks.importing.numbers import Chain, cut, looks_like_items
from app.banks.importing.options import find_options
from app.banks.importing.script import RULE, Line, Script, lettered, narrow, plain_lines, tidy
from app.domain.imports import FoundBank, FoundItem, FoundSection, Note, Place
from app.domain.items import DEFAULT_LANG, ItemType, PassMark, Text

MOST_CHARACTERS: Final = 3_000_000
MOST_PARTS: Final = 500
_MOST_SHOWN: Final = 300


class Use(StrEnum):
    """What a stretch of the source became."""

    ITEM = "item"
    HEADING = "heading"
    HEADER = "header"
    KEY = "key"
    RULE = "rule"


@dataclass(slots=True)
class _Part:
    """A section while it is read."""

    heading: Heading | None
    start: int
    end: int
    items: list[FoundItem] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    notes: list[tuple[int | None, Note]] = field(default_factory=list)
    intro: str = ""

    @property
    def kind(self) -> ItemType | None:
        """The type its heading names."""
        return self.heading.kind if self.heading else None


def read(data: bytes, _name: str = "") -> FoundBank:
    """A text file. Raises ImportUnreadableError when it holds no text."""
    text, notes = decoded(data)
    found = read_lines(plain_lines(tidy(text)))
    return replace(found, notes=(*notes, *found.notes))


def read_text(text: str) -> FoundBank:
    """Pasted text."""
    return read_lines(plain_lines(tidy(text)))


def read_lines(
    lines: Sequence[Line], *, is_wrapped: bool = True, images: Sequence[str] = ()
) -> FoundBank:
    """Lines of any source. `is_wrapped`: a line break may stand inside a sentence. `images` are
    names of the pictures whose numbers stand in the text. Raises RefusedFileError for more than
    any test holds.
    """
    size = sum(len(line.text) + 1 for line in lines)
    if size > MOST_CHARACTERS:
        raise RefusedFileError("E609", {"count": size, "most": MOST_CHARACTERS})
    return _Paper(Script(lettered(lines), is_wrapped=is_wrapped), images).read()


class _Paper:
    def __init__(self, script: Script, images: Sequence[str]) -> None:
        self.script = script
        self.images = images
        self.uses: list[tuple[int, int, Use]] = []
        self.parts: list[_Part] = []
        self.notes: list[Note] = []
        self.title: str | None = None
        self.total: Fraction | None = None
        self.minutes: int | None = None
        self.pass_mark: PassMark | None = None

    def read(self) -> FoundBank:
        headings = find_headings(self.script)
        blocks = _find_blocks(self.script, headings)
        self._refuse_a_library([h.start for h in headings if h.is_paper])
        self._refuse_a_library([block.start for block in blocks])
        self._read_parts(headings, blocks)
        self._read_keys(blocks)
        self._read_header()
        self._list_what_is_left()
        return self._bank()

    def _refuse_a_library(self, starts: Sequence[int]) -> None:
        """More sections, or blocks of keys, than any test has."""
        if len(starts) > MOST_PARTS:
            place = self.script.place(starts[MOST_PARTS])
            params = {"count": len(starts), "most": MOST_PARTS}
            raise RefusedFileError("E609.sections", params, place.line, place.part)

    def claim(self, start: int, end: int, use: Use) -> None:
        """This stretch has become something."""
        if start < end:
            self.uses.append((start, end, use))

    # ------------------------------------------------------------ parts

    def _read_parts(self, headings: Sequence[Heading], blocks: Sequence[Block]) -> None:
        starts = [block.start for block in blocks]
        outside = [
            heading
            for heading in headings
            if not (at := bisect_right(starts, heading.start))
            or blocks[at - 1].end <= heading.start
        ]
        bounds = [(0, 0, None), *((h.start, h.end, h) for h in outside)]
        ends = [start for start, _, _ in bounds[1:]] + [len(self.script.text)]
        for (_, start, heading), end in zip(bounds, ends, strict=True):
            for first, last in _without(start, end, blocks):
                is_head = heading is not None and heading.is_paper and first == start
                self._read_part(heading if is_head else None, first, last)

    def _read_part(self, heading: Heading | None, start: int, end: int) -> None:
        kind = heading.kind if heading else None
        last = self.parts[-1].values[-1] if self.parts and self.parts[-1].values else 0
        chains = cut(self.script, start, end, kind, last + 1 if heading else None)
        ends = [chain.numbers[0].start for chain in chains[1:]] + [end] * bool(chains)
        good = [
            (chain, stop)
            for chain, stop in zip(chains, ends, strict=True)
            if (heading and heading.is_firm) or looks_like_items(self.script, chain, stop)
        ]
        if heading and not good and (heading.is_firm or heading.figures.says_points):
            self._read_unnumbered(heading, start, end)
            return
        for place, (chain, stop) in enumerate(good):
            part = _Part(heading if place == 0 else None, start if place == 0 else 0, stop)
            if part.heading:
                self._introduce(part, start, chain.numbers[0].start)
            self._read_chain(part, chain, kind if place == 0 else None)

    def _introduce(self, part: _Part, start: int, end: int) -> None:
        """The heading and what stands between it and the first item."""
        heading = part.heading
        if heading is None:
            return
        self.claim(heading.start, heading.end, Use.HEADING)
        kept = [heading.intro] if heading.intro else []
        for at, line in _lines_between(self.script, start, end):
            norm = narrow(line)
            if is_form_line(norm):
                self.claim(at, at + len(line), Use.HEADER)
            elif not RULE.fullmatch(line) and len(line) <= 600:
                self.claim(at, at + len(line), Use.HEADING)
                kept.append(line.strip())
        part.intro = "\n".join(line for line in kept if line)

    def _read_chain(self, part: _Part, chain: Chain, kind: ItemType | None) -> None:
        ends = [one.start for one in chain.numbers[1:]] + [part.end]
        for place, (one, end) in enumerate(zip(chain.numbers, ends, strict=True)):
            is_last = place == len(ends) - 1
            segment = Segment(self.script, one.start, one.end, end, kind, is_last)
            self._add(part, segment, one.value)
            if place in chain.jumps:
                before = chain.numbers[place - 1].value
                params = {"number": one.value, "before": before}
                part.notes.append((place, Note("W605", self.script.place(one.start), params)))
        self._finish(part)

    def _add(self, part: _Part, segment: Segment, value: int) -> None:
        item = read_item(segment)
        part.items.append(item)
        part.segments.append(segment)
        part.values.append(value)
        part.notes += [(len(part.items) - 1, note) for note in segment.notes]
        segment.notes.clear()
        self._claim_item(segment)

    def _claim_item(self, segment: Segment) -> None:
        self.claim(segment.start, segment.end, Use.ITEM)

    def _finish(self, part: _Part) -> None:
        if not part.items:
            return
        self.parts.append(part)
        self._share_out_a_row(part)
        if part.heading and _GAPS.search(part.heading.title):
            place = self.script.place(part.heading.start)
            part.notes.append((None, Note("W616", place, {"count": len(part.items)})))
        told = part.heading.figures.count if part.heading else None
        if told is not None and told != len(part.items) and part.heading:
            params = {"stated": told, "count": len(part.items)}
            place = self.script.place(part.heading.start)
            part.notes.append((None, Note("W606", place, params)))

    def _share_out_a_row(self, part: _Part) -> None:
        """`答案：BAC` below the last of three items is a key for each; what may be either is none.

        Certain is it where one item cannot have that key: two letters for a single choice, two
        signs for a statement, a letter twice or out of order.
        """
        before, last = part.items[:-1], part.items[-1]
        if not before or any(one.answer or one.model_answer for one in before):
            return
        is_plain = part.kind is None and all(one.type is None for one in before)
        if not is_plain and part.kind not in {ItemType.SINGLE, ItemType.TRUE_FALSE}:
            return
        said = narrow(key_line(part.segments[-1])).strip(" .。")
        values = keyblocks.range_values(said, len(part.items)) if said else None
        if values is None or any(len(value) > 1 and value.isascii() for value in values):
            return
        place = len(part.items) - 1
        part.items[place] = replace(last, answer=(), type=part.kind, model_answer=None)
        unread = "W603.key"
        part.notes = [(n, note) for n, note in part.notes if (n, note.key) != (place, unread)]
        at = part.segments[-1].labels[-1].start
        if is_plain and values == sorted(set(values)):
            self.notes.append(Note("W607", self.script.place(at), self._line_at(at)))
            return
        for spot, value in enumerate(values):
            self._take_entry((len(self.parts) - 1, spot), Entry(spot, at, at, value))

    # ------------------------------------------------------------ items whose numbers got lost

    def _read_unnumbered(self, heading: Heading, start: int, end: int) -> None:
        """Word's own numbers are lost when text is copied: cut by options, brackets and lines."""
        part = _Part(heading, start, end)
        spans = list(_unnumbered(self.script, start, end, heading.kind))
        if not spans:
            return
        self._introduce(part, start, spans[0][0])
        for place, (first, last) in enumerate(spans, start=1):
            is_last = place == len(spans)
            segment = Segment(self.script, first, first, last, heading.kind, is_last)
            self._add(part, segment, place)
        params = {"count": len(part.items)}
        part.notes.append((None, Note("W605.none", self.script.place(heading.start), params)))
        self._finish(part)

    # ------------------------------------------------------------ keys apart from the items

    def _read_keys(self, blocks: Sequence[Block]) -> None:
        above = 0
        for block in blocks:
            found = keyblocks.groups(self.script, block)
            self._claim_titles(block)
            before = [n for n, p in enumerate(self.parts) if above <= p.start < block.start]
            above = block.end
            if not any(group.names_kind or group.ordinal for group in found):
                self._tie_to_section(found, before)
            sections = [_asked(part) for part in self.parts]
            taken, loose = keyblocks.matched(found, sections)
            for spot, entry in taken.items():
                self._take_entry(spot, entry)
            unread = [span for group in found for span in group.unread]
            places = sorted({e.start for e in loose} | {start for start, _ in unread})
            # A line is told once, at the first place in it that leads nowhere.
            lines = {self.script.line_start(at): at for at in reversed(places)}
            for start in sorted(lines.values()):
                self.notes.append(Note("W607", self.script.place(start), self._line_at(start)))

    def _tie_to_section(self, found: Sequence[keyblocks.Group], before: Sequence[int]) -> None:
        """Keys right below one section, and only one since the last keys, are that section's."""
        if len(before) == 1:
            for group in found:
                group.section = before[0]

    def _line_at(self, at: int) -> dict[str, object]:
        start = self.script.line_start(at)
        text = self.script.text[start : self.script.line_end(at)].strip()
        return {"text": text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…"}

    def _claim_titles(self, block: Block) -> None:
        for at, line in _lines_between(self.script, block.start, block.end):
            self.claim(at, at + len(line), Use.KEY)

    def _take_entry(self, spot: tuple[int, int], entry: Entry) -> None:
        section, place = spot
        part = self.parts[section]
        item, segment = part.items[place], part.segments[place]
        if entry.value:
            text = entry.value
            why: str | None = None
        else:
            item, text, why = self._long_entry(item, entry)
        if item.type is ItemType.SHORT and not item.model_answer and not says_nothing(text):
            part.items[place] = replace(item, model_answer={"": text.strip()})
            return
        key = read_key(text, narrow(text), item.type, has_options=bool(item.options))
        if why is None and key.answer and key.rest and not entry.value:
            why = _rest_of(item, key.answer, key.rest)
        keys = [one for one in (item.answer, key.answer) if one]
        if why and not item.why:
            item = replace(item, why={"": why})
        model = "" if key.answer or item.type is not None or item.options else key.rest
        if not keys and not model:
            self.notes.append(Note("W607", self.script.place(entry.start), {"text": text}))
        part.items[place] = settle(segment, item, keys, model)
        part.notes += [(place, note) for note in segment.notes]
        segment.notes.clear()

    def _long_entry(self, item: FoundItem, entry: Entry) -> tuple[FoundItem, str, str | None]:
        """`1.【答案】B【解析】…`: the key, and what else the entry says."""
        script = self.script
        labels = find_labels(script, entry.start, entry.end, entry.start)
        stops = [label.start for label in labels] + [entry.end]
        said = {
            label.field: script.text[label.end : stop].strip()
            for label, stop in zip(labels, stops[1:], strict=True)
        }
        text = said.get(Field.KEY, script.text[entry.start : stops[0]].strip())
        if level := difficulty(said.get(Field.DIFFICULTY, "")):
            item = replace(item, difficulty=item.difficulty or level)
        return item, text, said.get(Field.WHY)

    # ------------------------------------------------------------ the head of the paper

    def _read_header(self) -> None:
        """Title, blanks to fill in, time and total: above the first section, or alone on a line."""
        first = min((start for start, _, use in self.uses if use is Use.HEADING or use is Use.ITEM),
                    default=0)  # fmt: skip
        for start, end in self._left_lines():
            line = self.script.text[start:end]
            norm = narrow(line).strip()
            if is_form_line(norm):
                self.claim(start, end, Use.HEADER)
            elif RULE.fullmatch(line):
                self.claim(start, end, Use.RULE)
            elif start < first and (self._told(norm) or self._is_title(line.strip())):
                self.claim(start, end, Use.HEADER)

    def _told(self, norm: str) -> bool:
        """A line that says how long the test takes, what it is worth, or how to pass."""
        if len(norm) > 160:
            return False
        time = _TIME.search(norm)
        total = _FULL.search(norm)
        passing = _PASS.search(norm)
        if time and self.minutes is None:
            self.minutes = min(int(number(time.group(1))), 9999) or None
        if total and self.total is None:
            self.total = _positive(total.group(1))
        if passing and self.pass_mark is None:
            self.pass_mark = _pass_mark(passing.group(1), is_share=passing.group(2) == "%")
        return bool(time or total or passing) or is_form_line(_WITHOUT_TITLE.sub("", norm))

    def _is_title(self, line: str) -> bool:
        norm = narrow(line)
        if self.title is not None or len(line) > 60 or not _TITLE.search(norm):
            return False
        if _CHATTY.search(norm):
            return False
        title = line.strip("【】*# ").strip()
        wraps = title.startswith("《") and title.find("》") == len(title) - 1
        self.title = (title[1:-1] if wraps else title) or None
        return self.title is not None

    # ------------------------------------------------------------ what is left

    def _left_lines(self) -> list[tuple[int, int]]:
        """Stretches of lines that have become nothing yet."""
        covered = sorted((start, end) for start, end, _ in self.uses)
        free: list[tuple[int, int]] = []
        at = 0
        for start, end in [*covered, (len(self.script.text), len(self.script.text))]:
            if at < start:
                free.append((at, start))
            at = max(at, end)
        return [
            (first, first + len(line))
            for start, end in free
            for first, line in _lines_between(self.script, start, end)
        ]

    def _list_what_is_left(self) -> None:
        rows: list[list[tuple[int, int]]] = []
        for start, end in self._left_lines():
            if rows and self._is_next(rows[-1][-1][1], start):
                rows[-1].append((start, end))
            else:
                rows.append([(start, end)])
        for row in rows:
            text = self.script.text[row[0][0] : row[-1][1]]
            params = {"text": text.strip(), "lines": len(row)}
            self.notes.append(Note("W602", self.script.place(row[0][0]), params))

    def _is_next(self, end: int, start: int) -> bool:
        return not self.script.text[end:start].strip()

    # ------------------------------------------------------------ the result

    def _bank(self) -> FoundBank:
        lang = _language(self.script.text)
        sections: list[FoundSection] = []
        count = 0
        notes: list[Note] = []
        for part in self.parts:
            notes += [replace(n, item=None if i is None else count + i) for i, n in part.notes]
            sections.append(self._section(part, lang, count))
            count += len(part.items)
        notes += self.notes
        notes.sort(key=lambda note: (note.place.line, note.place.col, note.key))
        return FoundBank(
            sections=tuple(sections),
            notes=tuple(notes),
            title={lang: self.title} if self.title else None,
            lang=lang,
            total=self.total,
            pass_mark=self.pass_mark,
            time_limit_minutes=self.minutes,
        )

    def _section(self, part: _Part, lang: str, before: int) -> FoundSection:
        heading = part.heading
        kind = part.kind
        if heading and kind is None and heading.names_kind and _has_single(self.parts):
            kind = _choice_kind(heading, self.script)
        items = tuple(self._with_lang(item, lang, n) for n, item in enumerate(part.items, before))
        at = heading.start if heading else part.segments[0].start
        return FoundSection(
            place=self.script.place(at),
            items=items,
            title={lang: heading.title} if heading and heading.title else None,
            type=kind,
            points_each=heading.figures.each if heading else None,
            total=heading.figures.total if heading else None,
            intro={lang: part.intro} if part.intro else None,
        )

    def _with_lang(self, item: FoundItem, lang: str, index: int) -> FoundItem:
        pictures: list[int] = []

        def said(text: Text | None) -> Text | None:
            if text is None:
                return None
            words, found = picture_of(text[""])
            pictures.extend(found)
            return {lang: words}

        item = replace(
            item,
            stem=said(item.stem) or {},
            options=tuple((letter, said(text) or {}) for letter, text in item.options),
            model_answer=said(item.model_answer),
            why=said(item.why),
            source=picture_of(item.source)[0],
        )
        named = [self.images[n] for n in dict.fromkeys(pictures) if n < len(self.images)]
        if len(named) > 1:
            params = {"names": tuple(named[1:])}
            self.notes.append(Note("W610.many", item.place, params, item=index))
        return replace(item, image=named[0] if named else None)


# ---------------------------------------------------------------- helpers

_TIME: Final = re.compile(
    rf"(?:时间|时长|限时|用时|time)\D{{0,8}}?({NUM})\s*(?:分钟|min)", re.IGNORECASE
)
_FULL: Final = re.compile(
    r"(?:满分|总分|全卷共|卷面|共计|试卷共|full marks?|total(?: score| marks| points)?)"
    rf"\s*(?:为|是|:)?\s*({NUM})\s*(?:分|points|marks|$)",
    re.IGNORECASE,
)
_PASS: Final = re.compile(
    rf"(?:及格|合格|通过|pass(?:ing)?)\s*(?:线|分数|分|标准|mark|score)?\s*(?:为|是|:|of)?\s*({NUM})\s*(%|分|points)",
    re.IGNORECASE,
)
_TITLE: Final = re.compile(
    r"试卷|测试|考试|测验|考核|题库|试题|练习|自测|小测|结业|竞赛|\b(?:test|quiz|exam(?:ination)?|assessment|paper)\b",
    re.IGNORECASE,
)
_CHATTY: Final = re.compile(
    r"[:。！!,]\s*$|^(?:好的|以下|下面|当然|没问题|这是|根据|请|注意|说明|sure|here|certainly"
    r"|of course|below)",
    re.IGNORECASE,
)
_GAPS: Final = re.compile(r"填空|fill[- ]in", re.IGNORECASE)
_WITHOUT_TITLE: Final = re.compile(r"^[^\s:_]{2,20}(?:试卷|测试|考试|测验)\s+")


def _positive(text: str) -> Fraction | None:
    value = number(text)
    return value if value > 0 else None


def _pass_mark(text: str, *, is_share: bool) -> PassMark | None:
    value = number(text)
    if value <= 0 or (is_share and value > 100):
        return None
    return PassMark(share=value / 100) if is_share else PassMark(points=value)


def _lines_between(script: Script, start: int, end: int) -> Iterable[tuple[int, str]]:
    """Lines that are not blank, as far as they lie between two positions."""
    at = start
    while at < end:
        stop = min(script.line_end(at), end)
        text = script.text[at:stop]
        if text.strip():
            yield at, text
        at = stop + 1


def _without(start: int, end: int, blocks: Sequence[Block]) -> Iterable[tuple[int, int]]:
    """What is left of a stretch without the key blocks."""
    at = start
    # Blocks stand in order and do not overlap.
    first = max(0, bisect_right(blocks, start, key=lambda block: block.start) - 1)
    for block in islice(blocks, first, None):
        if block.start >= end:
            break
        if block.end <= at:
            continue
        if at < block.start:
            yield at, block.start
        at = max(at, block.end)
    if at < end:
        yield at, end


def _find_blocks(script: Script, headings: Sequence[Heading]) -> list[Block]:
    blocks: list[Block] = []
    norms = [narrow(line.text) for line in script.lines]
    for place, norm in enumerate(norms):
        start = script.starts[place]
        if not norm.strip() or (blocks and start < blocks[-1].end):
            continue
        below = _below(norms, place)
        is_line = keyblocks.is_key_line(norm)
        if is_line or keyblocks.is_key_table(norm, below):
            blocks.append(_line_block(script, norms, place))
        elif place > 0 and _opens_block(norm, below, headings, start):
            blocks.append(Block(start, _block_end(script, headings, start)))
    return _joined_blocks(blocks, script)


def _below(norms: Sequence[str], place: int) -> str:
    later = (norms[n] for n in range(place + 1, min(place + 20, len(norms))))
    return next((norm for norm in later if norm.strip()), "")


def _line_block(script: Script, norms: Sequence[str], place: int) -> Block:
    last = place
    if not keyblocks.is_key_line(norms[place]):
        last = place + 1
    return Block(script.starts[place], script.line_end(script.starts[min(last, len(norms) - 1)]))


def _opens_block(norm: str, below: str, headings: Sequence[Heading], start: int) -> bool:
    if not keyblocks.is_title(norm) or not any(c.isalpha() for c in norm):
        return False
    is_key = keyblocks.is_key_line(below) or _ENTRY.match(below) is not None
    if keyblocks.has_colon(norm) or norm.strip() in {"答案", "参考答案"}:
        after = next((h for h in headings if h.start > start), None)
        gap = "" if after is None else below.strip()
        return is_key or (after is not None and gap.startswith(after.title[:4]))
    return True


_ENTRY: Final = re.compile(
    r"\s*(?:第\s*)?\d{1,3}\s*(?:题)?\s*[.、:)]?\s*(?:[(]?\s*(?:[A-J]{1,10}|[√×对错]|正确|错误|T|F|true|false)\s*[)]?"
    r"\s*(?:$|[.。,，;；【\s解])|【?\s*(?:正确|参考|标准)?答案)",
    re.IGNORECASE,
)


def _block_end(script: Script, headings: Sequence[Heading], start: int) -> int:
    """To the end, or to a heading of a kind that has not been seen: more of the paper."""
    seen = {h.kind for h in headings if h.start < start and h.is_paper}
    ahead = [h for h in headings if h.start > start]
    for place, heading in enumerate(ahead):
        end = ahead[place + 1].start if place + 1 < len(ahead) else len(script.text)
        if not heading.is_paper:
            lines = [narrow(line) for _, line in _lines_between(script, heading.end, end)]
            if heading.title and not any(
                _ENTRY.match(line) or keyblocks.is_key_line(line) for line in lines
            ):
                return heading.start
            continue
        is_new = heading.kind not in seen or not seen
        if is_new and _holds_items(script, heading, end):
            return heading.start
    return _before_closing(script, start)


def _holds_items(script: Script, heading: Heading, end: int) -> bool:
    chains = cut(script, heading.end, end, heading.kind, None)
    return any(looks_like_items(script, chain, end) for chain in chains)


def _before_closing(script: Script, start: int) -> int:
    """The end of the text, without the closing words of a chat."""
    for at, line in _lines_between(script, start, len(script.text)):
        if at > start and is_closing_line(narrow(line)):
            return at
    return len(script.text)


def _joined_blocks(blocks: Sequence[Block], script: Script) -> list[Block]:
    """Blocks with nothing but blank lines between them are one."""
    joined: list[Block] = []
    for block in blocks:
        if joined and not script.text[joined[-1].end : block.start].strip():
            joined[-1] = Block(joined[-1].start, block.end)
        else:
            joined.append(block)
    return joined


def _unnumbered(
    script: Script, start: int, end: int, kind: ItemType | None
) -> Iterable[tuple[int, int]]:
    if kind in {ItemType.TRUE_FALSE, ItemType.SHORT}:
        for at, line in _lines_between(script, start, end):
            norm = narrow(line)
            if is_closing_line(norm):
                return
            is_item = _BLANK.search(norm) if kind is ItemType.TRUE_FALSE else _ASKS.search(norm)
            if is_item:
                yield at, at + len(line)
        return
    yield from _by_options(script, start, end)


_BLANK: Final = re.compile(r"[(]\s*(?:[√×对错TF]|正确|错误)?\s*[)]|_{2,}")
_ASKS: Final = re.compile(
    r"[?？]\s*$|^\s*(?:请|试|简述|谈谈|说明|结合|列举|如何|为什么|what|how|why|describe|explain)",
    re.IGNORECASE,
)


def _by_options(script: Script, start: int, end: int) -> Iterable[tuple[int, int]]:
    """Each run of options from A on ends an item; the next one begins on the line below."""
    at = start
    while at < end:
        stop = _second_first_option(script, at, end)
        if stop is None:
            return
        options, next_start = stop
        if not options:
            return
        yield _first_text(script, at), next_start
        at = next_start


def _first_text(script: Script, at: int) -> int:
    while at < len(script.text) and script.text[at].isspace():
        at += 1
    return at


_FIRST_LETTER: Final = re.compile(r"^[ ]*[(]?A\s*[.、:)]", re.MULTILINE)


def _second_first_option(script: Script, start: int, end: int) -> tuple[bool, int] | None:
    """Where the next item begins: the line above the next `A.`, or the end."""
    found = [m.start() for m in islice(_FIRST_LETTER.finditer(script.norm, start, end), 2)]
    if not found:
        return None
    if len(found) < 2:
        return True, end
    run = find_options(script, start, found[1])
    above = script.line_start(max(start, found[1] - 1))
    last = run[-1].start if run else found[0]
    # The stem of the next item: what stands between this item's last option line and its `A.`.
    return True, max(min(script.line_end(last) + 1, above), start + 1)


def _asked(part: _Part) -> Asked:
    ordinal = part.heading.ordinal if part.heading else None
    return Asked(part.kind or _kind_of_items(part), ordinal, tuple(part.values))


def _kind_of_items(part: _Part) -> ItemType | None:
    kinds = {item.type for item in part.items}
    return kinds.pop() if len(kinds) == 1 else None


def _has_single(parts: Sequence[_Part]) -> bool:
    return any(part.kind is ItemType.SINGLE for part in parts)


def _choice_kind(heading: Heading, script: Script) -> ItemType | None:
    """`Multiple choice` beside `Single choice` means several keys."""
    words = script.norm[heading.start : heading.end].lower()
    return ItemType.MULTI if "multiple" in words else None


def _rest_of(item: FoundItem, answer: Sequence[str], rest: str) -> str | None:
    texts = {text[""].rstrip("。.") for letter, text in item.options if letter in answer}
    return None if rest.rstrip("。.") in texts else rest


def _language(text: str) -> str:
    chinese = len(re.findall("[\u4e00-\u9fff]", text))
    words = len(re.findall("[A-Za-z]{2,}", text))
    return "en" if words > 10 * chinese and words > 3 else DEFAULT_LANG


def no_place() -> Place:
    """The file as a whole."""
    return Place(1)
