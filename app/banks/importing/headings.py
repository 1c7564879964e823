"""Section headings of a paper, wherever they stand and however they are written."""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from app.banks.importing.script import Script
from app.domain.items import ItemType

CN: Final = "[一二三四五六七八九十]{1,3}"
NUM: Final = rf"(?:\d{{1,3}}(?:\.\d{{1,2}})?|{CN}(?!大题|、))"
_ROMAN: Final = r"(?:[IVX]{1,4}|[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ])"
_ENGLISH_ORDINAL: Final = (
    rf"(?:Part|Section|PART|SECTION)\s*(?:{_ROMAN}|\d{{1,2}}|[A-H]|One|Two|Three|Four|Five)"
)
_KINDS: Final = (
    (
        ItemType.MULTI,
        (
            r"不定项选择|不定项|多项选择|多选|multiple[- ](?:answers?|responses?|select(?:ion)?)"
            r"|multi[- ]?(?:select|choice|answers?)|multiple[- ]choice\s*\(?\s*multiple[- ]answers?"
            r"|select all|check all|choose all"
        ),
    ),
    (
        ItemType.SINGLE,
        r"单项选择|单选|single[- ](?:choice|answer|select|best)|one[- ]best|best answer",
    ),
    (
        ItemType.TRUE_FALSE,
        (
            r"判断(?:正误|对错|改错|说明)?|是非|对错|正误|true\s*(?:/|or|and|&|-)?\s*false"
            r"|t\s*/\s*f\b|right\s*(?:/|or)\s*wrong|yes\s*(?:/|or)\s*no"
        ),
    ),
    (
        ItemType.SHORT,
        (
            r"简答|问答|论述|简述|案例分析|案例|情景(?:分析|模拟)?|情境(?:分析|模拟)?|名词解释|主观"
            r"|开放性?|填空|计算|综合|应用|分析|实操|实务|话术设计|short[- ]?answers?"
            r"|open[- ]?(?:ended|questions?)|essays?|case\s*(?:stud(?:y|ies)|analysis)|fill[- ]in"
            r"|written"
        ),
    ),
    (None, r"选择|客观|multiple[- ]choice|choice\s*questions?"),
)
_ALL_KINDS: Final = "|".join(words for _, words in _KINDS)
# Between 判断 and 题 nothing else; in English the word may stand alone.
KIND: Final = rf"(?:{_ALL_KINDS})(?:题目|题型|题|\s*(?:questions?|items?|section))?"
_KIND_WORD: Final = re.compile(KIND, re.IGNORECASE)
_KIND_PATTERNS: Final = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in _KINDS)

# ---------------------------------------------------------------- figures of a heading

_EACH: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:每|各)\s*(?:一)?\s*(?:个)?\s*(?:小题|道题|题目|题|空|道|问|个|小项)?\s*(?:得|计|为|占|值)?\s*({NUM})\s*分",
        rf"({NUM})\s*分\s*[/每]\s*(?:一)?(?:小题|道|题|空|个)",
        rf"({NUM})\s*(?:points?|pts?\.?|marks?)\s*(?:for\s*)?(?:each|per\b|apiece|a\s*question|/)",
        rf"each\s*(?:question|item|one)?\s*(?:is|are|carries)?\s*(?:worth\s*)?({NUM})\s*(?:points?|marks?)",
        rf"{NUM}\s*(?:小题|道题|题|道|个)\s*[×xX*]\s*({NUM})\s*分",
        rf"({NUM})\s*分\s*[×xX*]\s*{NUM}\s*(?:小题|道题|题|道|个)",
    )
)
_TOTAL: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:共计?|合计|总计|总共|总分|满分|计|本大?题|本节|小计)\s*(?:为|是|:)?\s*({NUM})\s*分",
        rf"=\s*({NUM})\s*分?",
        rf"({NUM})\s*(?:points?|pts?\.?|marks?)?\s*(?:in\s*(?:total|all)|total|altogether)",
        rf"total(?:\s*(?:score|points|marks))?\s*(?:of|:|is|=)?\s*({NUM})",
    )
)
_ALONE: Final = re.compile(rf"[(\[]\s*({NUM})\s*(?:分|points?|marks?|pts?)\s*[)\]]", re.IGNORECASE)
_COUNT: Final = re.compile(
    rf"(?:共|计|有|:|\(|,|、|^)\s*({NUM})\s*(?:个)?\s*(?:小题|道小题|道题|题|道)(?!\s*[×xX*]?\s*分)"
    r"|(?<![\d.])(\d{1,3})\s*(?:questions|items)\b",
    re.IGNORECASE,
)
_DIGITS: Final = {sign: number for number, sign in enumerate("零一二三四五六七八九")}


@dataclass(frozen=True, slots=True)
class Figures:
    """What a heading says in figures."""

    each: Fraction | None = None
    total: Fraction | None = None
    count: int | None = None

    @property
    def says_points(self) -> bool:
        """True when it speaks of points at all."""
        return self.each is not None or self.total is not None


def number(text: str) -> Fraction:
    """`5`, `2.5`, `二十五`."""
    text = text.strip()
    if text[0].isdigit():
        return Fraction(text)
    tens, is_ten, ones = text.partition("十")
    if not is_ten:
        return Fraction(_DIGITS.get(text[-1:], 0))
    return Fraction(_DIGITS.get(tens or "一", 1) * 10 + _DIGITS.get(ones, 0))


def figures(text: str) -> Figures:
    """Points of each item, stated total and number of items in a heading (half-width face)."""
    each = next((m.group(1) for p in _EACH if (m := p.search(text))), None)
    total = next((m.group(1) for p in _TOTAL if (m := p.search(text))), None)
    if total is None and each is None and (alone := _ALONE.search(text)):
        total = alone.group(1)
    count = _COUNT.search(text)
    stated = (count.group(1) or count.group(2)) if count else None
    return Figures(_points(each), _points(total), int(number(stated)) if stated else None)


def _points(text: str | None) -> Fraction | None:
    value = number(text) if text else None
    return value if value is not None and value > 0 else None


def kind_in(text: str) -> tuple[bool, ItemType | None]:
    """Whether `text` names a kind of question, and which type that is (None: 选择题 alone)."""
    for kind, pattern in _KIND_PATTERNS:
        if pattern.search(text):
            return True, kind
    return False, None


# ---------------------------------------------------------------- finding headings


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading from `start` to `end`. A heading of an article around the paper is no `is_paper`.

    `is_firm`: certainly one of a paper, also when nothing below it looks like an item. `ordinal`
    is its number, where it has one.
    """

    start: int
    end: int
    title: str
    kind: ItemType | None
    names_kind: bool
    figures: Figures
    is_paper: bool
    is_firm: bool
    intro: str = ""
    ordinal: int | None = None


_ORDINAL: Final = (
    rf"(?:第\s*(?:{CN}|\d{{1,2}})\s*(?:部分|大题|大项|部|节|章)\s*[、.,:]?|{CN}\s*[、.,:)]|[(]\s*{CN}\s*[)]"
    rf"|{_ENGLISH_ORDINAL}\s*[.:、\-)]*|{_ROMAN}\s*[.、:)](?=\s*\S)|{CN}(?=\s*(?:{_ALL_KINDS})))"
)
_LINE: Final = re.compile(rf"[ ]*(?P<open>[【\[]\s*)?(?P<ordinal>{_ORDINAL})[ ]*")
_ARABIC: Final = re.compile(
    rf"[ ]*(?:\d{{1,2}}\s*[.、:]\s*)?[【\[(]?\s*(?P<kind>{KIND})\s*[】\])]?\s*:?\s*"
    r"(?P<rest>\(.*\)|(?:每|共).*分[.。]?|)\s*:?\s*",
    re.IGNORECASE,
)
_GLUED: Final = re.compile(
    rf"(?<=[^\s一二三四五六七八九十第(])\s*(?P<whole>(?P<ordinal>{CN}\s*[、.,:]|[(]\s*{CN}\s*[)]|第\s*{CN}\s*(?:部分|大题)"
    rf"\s*[、.:]?)\s*(?P<title>[^\s，,。；;、()]{{0,8}}?(?:{_ALL_KINDS})题目?)\s*(?=\(|:|$|\s|\d|每|共))",
    re.MULTILINE,
)
_GLUED_ENGLISH: Final = re.compile(
    rf"(?P<whole>(?P<ordinal>{_ENGLISH_ORDINAL})\s*[.:、-]*\s*"
    rf"(?P<title>[A-Za-z /&-]{{0,30}}?{KIND})\s*(?=\([^()]*(?:points?|pts|marks?|total)[^()]*\)))",
    re.IGNORECASE,
)
_BRACKET: Final = re.compile(r"\s*[(\[【]([^()\[\]【】]{0,200})[)\]】]\s*")
_FIRST_ITEM: Final = re.compile(
    r"(?:(?<=[\s)。.:;；】\]])|^)\s*(?:[(]\s*\d{1,3}\s*[)]|\d{1,3}\s*[.、])(?!\d{1,2}(?!\d))"
)
_TITLE_MOST: Final = 40
_NO_TITLE: Final = re.compile(r"[。？?！!；;]")


def find_headings(script: Script) -> list[Heading]:
    """All headings in order: those of the paper, and those of articles around it."""
    found: dict[int, Heading] = {}
    for number_, line in enumerate(script.lines):
        start = script.starts[number_]
        if heading := _at_line(script, start, start + len(line.text)):
            found[heading.start] = heading
    for pattern in (_GLUED, _GLUED_ENGLISH):
        known = sorted(found)
        for match in pattern.finditer(script.norm):
            start = match.start("whole")
            if not _holds(known, start, found):
                found[start] = _glued(script, match)
    headings = [found[at] for at in sorted(found)]
    return [h for n, h in enumerate(headings) if n == 0 or h.start >= headings[n - 1].end]


def _holds(starts: Sequence[int], at: int, found: Mapping[int, Heading]) -> bool:
    """True when one of the headings that begin at `starts` (sorted) goes over this position."""
    place = bisect_right(starts, at) - 1
    return place >= 0 and at < found[starts[place]].end


def _at_line(script: Script, start: int, end: int) -> Heading | None:
    text = script.norm[start:end]
    if not text.strip():
        return None
    if match := _LINE.match(text):
        return _with_ordinal(script, start, end, match)
    match = _ARABIC.fullmatch(text)
    if match is None or len(text) > 120:
        return None
    told = figures(text)
    if match.group("kind").lower() in {
        "选择",
        "分析",
        "应用",
        "案例",
        "综合",
        "计算",
        "开放",
        "written",
        "case",
    }:
        return None
    rest_at = start + match.start("rest")
    return _made(script, (start, rest_at), end, told, is_firm=True)


def _with_ordinal(script: Script, start: int, end: int, match: re.Match[str]) -> Heading | None:
    # The points may stand in brackets that run on over the next lines.
    text = script.norm[start:end]
    if text.count("(") > text.count(")"):
        closing = script.norm.find(")", end, end + 120)
        if closing >= 0 and script.norm.count("\n", end, closing) <= 2:
            end = script.line_end(closing)
            text = script.norm[start:end]
    head_end = _head_end(text, match.end())
    head = text[:head_end]
    told = figures(head)
    title_end = _title_end(head, match.end())
    title = head[match.end() : title_end]
    names, _ = kind_in(head)
    if len(title) > _TITLE_MOST or _NO_TITLE.search(title):
        return None
    begins = _KIND_WORD.match(title.strip()) is not None
    is_paper = begins or told.says_points or ("题" in head and names) or _is_english(head, names)
    if not is_paper and not _is_article_heading(match, text):
        return None
    return _made(
        script,
        (start, start + title_end),
        start + head_end,
        told,
        is_firm=begins and ("题" in head or told.says_points or _is_english(head, names)),
        is_paper=is_paper,
    )


def _is_english(head: str, names: bool) -> bool:
    return (
        names
        and re.match(r"\s*(?:part|section|[IVXⅠ-Ⅹ]+\s*[.、:)])", head, re.IGNORECASE) is not None
    )


def _is_article_heading(match: re.Match[str], text: str) -> bool:
    """`五、总结`: short and of an article; it ends what stands above."""
    is_chinese = re.match(rf"(?:第\s*)?[(]?{CN}", match.group("ordinal").strip()) is not None
    return is_chinese and len(text.strip()) <= _TITLE_MOST


def _title_end(head: str, start: int) -> int:
    found = re.search(r"[(\[:,，。]|\s(?=每|共|本)|(?<=题)(?=每|共|本)", head[start:])
    return start + found.start() if found and found.start() > 0 else len(head)


def _head_end(text: str, start: int) -> int:
    """Where the heading stops and the first item begins on the same line."""
    found = _FIRST_ITEM.search(text, start)
    if found is None or text.count("(", 0, found.start()) > text.count(")", 0, found.start()):
        return len(text)
    return found.start()


def _glued(script: Script, match: re.Match[str]) -> Heading:
    start, end = match.start("whole"), match.end("whole")
    line_end = script.line_end(end)
    title_end = end
    while bracket := _BRACKET.match(script.norm, end):
        end = bracket.end()
    rest = script.norm[end:line_end]
    points = re.match(r"\s*:?\s*(?:每[^。\n]{0,20}分|共[^。\n]{0,12}分|[,，.。;；])*\s*:?", rest)
    end += points.end() if points else 0
    told = figures(script.norm[title_end:end])
    return _made(script, (start, title_end), end, told, is_firm=True)


def _made(
    script: Script,
    title: tuple[int, int],
    end: int,
    told: Figures,
    *,
    is_firm: bool,
    is_paper: bool = True,
) -> Heading:
    start, title_end = title
    head = script.norm[start:end]
    names, kind = kind_in(script.norm[start:title_end])
    if not names:
        names, kind = kind_in(head)
    words = script.text[start:title_end].strip().strip("【】[]：:，,（(").strip()
    rest = script.text[title_end:end]
    return Heading(
        start, end, words, kind, names, told, is_paper, is_firm, _instructions(rest), ordinal(head)
    )


_CLAUSE: Final = re.compile(r"[，,；;。．\n（）()【】\[\]：:]+")


def _instructions(rest: str) -> str:
    """What a heading tells the learner besides its figures."""
    kept = []
    for clause in _CLAUSE.split(rest):
        words = clause.strip()
        said = figures(words.translate({0xFF0E: "."}))
        is_figures = said.says_points or said.count is not None
        if len(words) > 3 and not is_figures and not re.fullmatch(r"[\d\s.分题共每]+", words):
            kept.append(words)
    return "，".join(kept) if any(c >= "\u4e00" for part in kept for c in part) else ", ".join(kept)


def ordinal(head: str) -> int | None:
    """The number of a heading: 二、, Part II."""
    if found := re.match(rf"\s*[【\[(]?\s*第?\s*({CN})", head):
        return int(number(found.group(1)))
    if found := re.match(r"\s*(?:part|section)?\s*([IVX]{1,4}|\d{1,2})\b", head, re.IGNORECASE):
        return _roman(found.group(1))
    return None


def _roman(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    known = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
    return known.index(text.upper()) + 1 if text.upper() in known else None
