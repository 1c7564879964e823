"""Cuts a stretch of a paper into its numbered items: only the next expected number counts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from app.banks.importing.archive import RefusedFileError
from app.banks.importing.fields import JUDGED
from app.banks.importing.script import Script
from app.domain.items import ItemType

_TOKEN: Final = re.compile(
    rf"(?P<key>[(\[][ ]*+(?:[A-J]{{1,6}}|{JUDGED}|)[ ]*[)\]][ ]*)?"
    r"(?:(?P<said>第[ ]*(?P<a>\d{1,3})[ ]*题[ ]*[.、:)]?)"
    r"|(?P<boxed>[(\[【][ ]*(?P<b>\d{1,3})[ ]*[)\]】][ ]*[.、:]?)"
    r"|(?P<named>(?:Q|Question|No\.?|题目?|问题)[ ]*(?P<c>\d{1,3})[ ]*(?:[.、:)]|(?=[ ]|$)))"
    r"|(?<![\d.])(?P<plain>(?P<d>\d{1,3})[ ]*(?P<sign>[.、:)]|,(?!\d)))"
    r"|(?<![\d.])(?P<bare>(?P<e>\d{1,3})[ ]+(?=[\u4e00-\u9fffA-Z“《])))",
    re.IGNORECASE | re.MULTILINE,
)
_UNIT: Final = re.compile(
    r"\d+(?:\.\d+)?\s*(?:倍|%|万|亿|元|千|百|米|公里|小时|天|分|折|版|代|[GMKT]B?\b|x\b)"
)
_CLOSED: Final = ")】。！？?!；;.…_”\"' "
_OPTION_A: Final = re.compile(r"[Aa][ ]*[.、:)\]】 ]")
_OPTION_B: Final = re.compile(r"[Bb][ ]*[.、:)\]】 ]")
_EVIDENCE: Final = re.compile(
    rf"[(\[]\s*(?:[A-J]{{1,6}}|{JUDGED})?\s*[)\]]|_{{2,}}|＿{{2,}}|[?？]\s*(?:[(（].*)?$"
    r"|[?？]\s*A[ ]*[\u4e00-\u9fff]|答案\s*[:】\])]"
    r"|[Aa]nswer\s*[:\])]",
    re.IGNORECASE | re.MULTILINE,
)
_ANSWER_ABOVE: Final = re.compile(
    r"(?:答案|要点|解析|评分标准|answer|explanation|key)[^\n]{0,20}[:】\])]|[:：]\s*$",
    re.IGNORECASE,
)
MOST_GAP: Final = 2
_LOOK: Final = 3000
# Ten times what a page of the product shows; beyond it a file is no test.
MOST_NUMBERS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Number:
    """The number of an item: where it starts and where the item's text does."""

    value: int
    start: int
    end: int
    style: str
    is_first: bool
    is_set_off: bool


@dataclass(slots=True)
class Chain:
    """Items in order. `jumps` holds the places in `numbers` before which a number is missing or
    repeated.
    """

    numbers: list[Number]
    jumps: list[int] = field(default_factory=list)

    @property
    def last(self) -> Number:
        """The newest item."""
        return self.numbers[-1]


def find_numbers(script: Script, start: int, end: int) -> list[Number]:
    """Everything that might be the number of an item. Raises RefusedFileError for too many."""
    found = []
    at = start
    while match := _TOKEN.search(script.norm, at, end):
        number = _number(script, match, start)
        if number is not None:
            found.append(number)
            if len(found) > MOST_NUMBERS:
                place = script.place(number.start)
                params = {"most": MOST_NUMBERS}
                raise RefusedFileError("E609.numbers", params, place.line, place.part)
        at = match.end() if number is not None else match.start() + 1
    return found


def _number(script: Script, match: re.Match[str], start: int) -> Number | None:
    norm = script.norm
    is_first = script.at_line_start(match.start()) or match.start() == start
    begin = match.start()
    if (
        match["key"] and not is_first
    ):  # `（√）2.` in a line: the bracket belongs to what stands before
        begin = match.end("key")
    value = int(match["a"] or match["b"] or match["c"] or match["d"] or match["e"])
    style = next(name for name in ("said", "boxed", "named", "plain", "bare") if match[name])
    if style == "plain" and match["sign"] in {")", ":"}:
        style = match["sign"]
    before = norm[begin - 1] if begin > start else "\n"
    is_set_off = is_first or before in _CLOSED
    number = Number(value, begin, match.end(), style, is_first, is_set_off)
    return number if value > 0 and _could_be(norm, match, number, before) else None


def _could_be(norm: str, match: re.Match[str], number: Number, before: str) -> bool:
    after = norm[match.end() : match.end() + 1]
    if number.style in {"bare", "named", ":"}:
        return number.is_first and not (number.style == ":" and after.isdigit())
    if number.style == "boxed":
        return number.is_set_off
    if number.style == ")":
        line = norm[norm.rfind("\n", 0, number.start) + 1 : number.start]
        return number.is_set_off and line.count("(") <= line.count(")")
    if after.isdigit() and match["plain"]:
        # 3.5 倍 is a figure, 3.2024 年 is item 3 that begins with a year.
        year = re.match(r"(?:19|20)\d\d(?!\d)", norm[match.end() : match.end() + 5])
        return number.is_first and (year is not None or not _UNIT.match(norm, match.end()))
    return not (before.isascii() and (before.isdigit() or before.isupper() or before in "-~/%+"))


def cut(
    script: Script, start: int, end: int, kind: ItemType | None, also_first: int | None
) -> list[Chain]:
    """Chains of items between two positions. A chain begins with 1, or with `also_first`."""
    numbers = find_numbers(script, start, end)
    return _Cutter(script, numbers, end, kind, also_first).chains()


class _Cutter:
    def __init__(
        self,
        script: Script,
        numbers: Sequence[Number],
        end: int,
        kind: ItemType | None,
        also_first: int | None,
    ) -> None:
        self.script, self.numbers, self.end = script, numbers, end
        self.kind = kind
        self.first = {1, also_first}
        self.found: list[Chain] = []

    def chains(self) -> list[Chain]:
        at = 0
        while at < len(self.numbers):
            number = self.numbers[at]
            if not self.found:
                if number.value in self.first and number.is_set_off:
                    self.found.append(Chain([number]))
                at += 1
                continue
            at = self._next(at, number)
        return self.found

    def _next(self, at: int, number: Number) -> int:
        """Take or leave one number; gives the place to go on from."""
        chain = self.found[-1]
        is_same = number.style == chain.last.style
        if number.value == chain.last.value + 1 and is_same and self._is_next(at, number, chain):
            chain.numbers.append(number)
        elif number.value == 1 and number.is_set_off and at > 0:
            return self._restart(at, chain)
        elif is_same and number.is_first and self._is_jump(at, number, chain):
            chain.jumps.append(len(chain.numbers))
            chain.numbers.append(number)
        return at + 1

    def _is_next(self, at: int, number: Number, chain: Chain) -> bool:
        if number.is_first:
            return True
        if self._stands_below(at, number):
            return False  # a list inside an option; the item itself begins a line
        between = self._above(chain, number)
        if self.kind in {ItemType.TRUE_FALSE, ItemType.SHORT}:
            return bool(between.strip()) and (number.is_set_off or self._is_between_words(number))
        return _has_options(between) or (
            number.is_set_off and _EVIDENCE.search(between) is not None and self.kind is None
        )

    def _above(self, chain: Chain, number: Number) -> str:
        """The text of the item above, as far as it matters."""
        return self.script.norm[max(chain.last.end, number.start - _LOOK) : number.start]

    def _is_jump(self, at: int, number: Number, chain: Chain) -> bool:
        """A number left out or written twice, where the text itself looks like an item."""
        step = number.value - chain.last.value
        if step == 0:
            end = self._end_of(at)
            above = self._above(chain, number)
            here = self.script.norm[number.end : end]
            return _looks_like_item(above) and _looks_like_item(here)
        return 1 < step <= 1 + MOST_GAP and not self._comes_later(at, chain.last.value + 1)

    def _comes_later(self, at: int, value: int) -> bool:
        later = self.numbers[at + 1 : at + 40]
        return any(n.value == value and n.is_first for n in later)

    def _stands_below(self, at: int, number: Number) -> bool:
        """The same number begins a line further down, before the numbers start again."""
        for later in self.numbers[at + 1 : at + 40]:
            if later.is_first and later.value == 1:
                return False
            if later.is_first and (later.value, later.style) == (number.value, number.style):
                return True
        return False

    def _is_between_words(self, number: Number) -> bool:
        before = self.script.norm[number.start - 1 : number.start]
        after = self.script.norm[number.end : number.end + 1]
        is_counted = before in "第共约有前后这到至满超"
        return not is_counted and all("\u4e00" <= char <= "\u9fff" for char in (before, after))

    def _end_of(self, at: int) -> int:
        return self.numbers[at + 1].start if at + 1 < len(self.numbers) else self.end

    def _restart(self, at: int, chain: Chain) -> int:
        """A 1 below other items: a list inside the item above, or a new row of items."""
        last = at
        while (
            last + 1 < len(self.numbers)
            and self.numbers[last + 1].value == self.numbers[last].value + 1
            and self.numbers[last + 1].style == self.numbers[at].style
        ):
            last += 1
        after = last + 1
        is_items = self._share_of_items(at, last) >= 0.5
        above = self._above(chain, self.numbers[at])
        is_below_paper = self.kind is None and not looks_like_items(
            self.script, chain, self.numbers[at].start
        )
        if is_items and self.numbers[at].is_first and (is_below_paper or _looks_like_item(above)):
            self.found.append(Chain([self.numbers[at]]))
            return at + 1
        if last == at:
            return after
        wanted = chain.last.value + 1
        comes_later = any(
            n.value == wanted and n.is_first and n.style == chain.last.style
            for n in self.numbers[after : after + 10]
        )
        if comes_later or _ANSWER_ABOVE.search(above[-60:]):
            return after
        return at + 1

    def _share_of_items(self, first: int, last: int) -> float:
        count = sum(
            _looks_like_item(self.script.norm[self.numbers[n].end : self._end_of(n)])
            for n in range(first, last + 1)
        )
        return count / (last - first + 1)


def _looks_like_item(text: str) -> bool:
    text = text[:_LOOK]
    return _has_options(text) or _EVIDENCE.search(text) is not None


def _has_options(text: str) -> bool:
    first = _OPTION_A.search(text)
    return first is not None and _OPTION_B.search(text, first.end()) is not None


def looks_like_items(script: Script, chain: Chain, end: int) -> bool:
    """True when at least half of a chain has options, a bracket, a question mark or a key."""
    ends = [number.start for number in chain.numbers[1:]] + [end]
    hits = sum(
        _looks_like_item(script.norm[number.end : stop])
        for number, stop in zip(chain.numbers, ends, strict=True)
    )
    return hits * 2 >= len(ends)
