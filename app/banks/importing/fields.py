"""Labelled lines of an item (答案、解析、难度 …) and keys in all their spellings."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.banks.importing.script import Script
from app.domain.items import ItemType


class Field(StrEnum):
    """What a label announces."""

    KEY = "key"
    WHY = "why"
    DIFFICULTY = "difficulty"
    TAGS = "tags"
    POINTS = "points"
    KIND = "kind"
    SOURCE = "source"
    # What a learner once chose, in what a course site shows afterwards: never the key.
    REPLY = "reply"


_WORDS: Final = (
    (
        Field.WHY,
        (
            r"答案解析|试题解析|题目解析|解题思路|解析|详解|解答|分析|说明|理由|点评|Explanation|Rationale|Reason|Feedback"
        ),
    ),
    (
        Field.KEY,
        (
            r"正确答案|标准答案|参考答案|参考要点|答题要点|评分要点|评分标准|答案要点|参考答题|正确选项|答案"
            r"|(?:The\s+)?Correct\s+(?:answer|option)s?|Model\s+answer|Answers?(?:\s*key)?|Key|ANSWERS?|ANS|Ans"
        ),
    ),
    (
        Field.DIFFICULTY,
        r"难度系数|难度等级|难易程度|难易度|难度|Difficulty",
    ),
    (
        Field.TAGS,
        r"知识点|考核点|考查点|考察点|考点|能力项|标签|分类|Tags?|Topics?|Category",
    ),
    (Field.POINTS, r"本题分值|分值|分数|Points?|Marks?|Score"),
    (Field.KIND, r"题型|题目类型|Type"),
    (Field.SOURCE, r"出处|来源|Source"),
    (Field.REPLY, r"(?:我|你|您|学员|考生|学生|用户)的(?:答案|回答|选择)|(?:Your|My) answer"),
)
_ALL: Final = "|".join(words for _, words in _WORDS)
_LABEL: Final = re.compile(
    rf"[【\[]\s*(?P<boxed>{_ALL})\s*[:]?\s*[】\]]\s*:?|(?P<open>[(]\s*)?(?P<plain>{_ALL})\s*[】\])]?\s*:"
    r"|(?P<bare>(?:正确|标准|参考)?答案|[Aa]nswer|(?:故|应|因此|所以)?选(?:择)?)(?:是|为)?\s*"
    r"(?=(?:[A-J](?:[\s,、]*[A-J])*|[√×对错TF]|正确|错误)[ ]*[.。]?[ ]*$)"
    r"|(?P<reply>答)\s*:",
    re.MULTILINE,
)
# Words that may also stand in a sentence announce something only at the start of a line.
_IN_LINE: Final = re.compile(
    r"正确答案|标准答案|参考答案|参考要点|正确选项|答案|答案解析|解析|难度|知识点|分值|correct|answer|explanation|rationale|ans$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Label:
    """A label: its text goes from `end` to the next one, or to `close` when it is in brackets."""

    field: Field
    start: int
    end: int
    close: int | None = None
    is_reply: bool = False


def find_labels(script: Script, start: int, end: int, stem_end: int) -> list[Label]:
    """Labels between two positions. Before `stem_end` only those that begin a line count, or that
    stand in 【】, since a question may speak of an answer.
    """
    found: list[Label] = []
    for match in _LABEL.finditer(script.norm, start, end):
        if found and found[-1].close is not None and match.start() < found[-1].close:
            continue
        if _is_label(script, match, start, stem_end):
            found.append(_label(script, match, end))
    return found


def _is_label(script: Script, match: re.Match[str], start: int, stem_end: int) -> bool:
    at = match.start()
    if match["boxed"] or (script.at_line_start(at) and at > start):
        return True
    if match["reply"]:
        return False
    if match["open"]:
        return _IN_LINE.match(match["plain"]) is not None
    word = match["plain"] or match["bare"]
    if at < stem_end or not _IN_LINE.match(word):
        return False
    before = script.norm[at - 1] if at > start else " "
    # 您的答案： inside a sentence announces nothing.
    return before not in "的个该此其一" and not (word[0].isascii() and before.isalpha())


def _label(script: Script, match: re.Match[str], end: int) -> Label:
    word = match["boxed"] or match["plain"] or match["bare"] or match["reply"]
    field = Field.KEY
    for known, words in _WORDS:
        if re.fullmatch(words, word, re.IGNORECASE):
            field = known
            break
    close = None
    if match["open"] and ")" not in match.group():
        at = script.norm.find(")", match.end(), end)
        close = at if at >= 0 else None
    return Label(field, match.start(), match.end(), close, match["reply"] is not None)


# ---------------------------------------------------------------- keys

_TRUE: Final = r"√|对|正确|是|true|yes|t|y|right|correct"
_FALSE: Final = r"×|错误|错|不对|不正确|否|非|false|no|f|n|x|wrong|incorrect"
JUDGED: Final = rf"(?:{_FALSE}|{_TRUE})"
_JUDGEMENT: Final = re.compile(
    rf"[\s(\[【“\"]*(?:(?P<false>{_FALSE})|(?P<true>{_TRUE}))(?![A-Za-z\u4e00-\u9fff√×])[)\]】”\"]*",
    re.IGNORECASE,
)
_LETTERS: Final = re.compile(
    r"[\s(\[【“\":]*(?:选(?:项|择)?\s*:?\s*)?(?P<letters>[A-J](?:(?:[\s,、;/和与及+&|]|and)*[A-J])*)"
    r"(?![A-Za-z0-9])(?!\s+[a-z])(?:\s*(?:项|选项))?[)\]】”\"]*"
)
_SMALL: Final = re.compile(r"\s*(?P<letters>[a-j](?:[\s,、;/]*[a-j]){0,9})\s*[.。]?\s*")
_NOTHING: Final = re.compile(
    r"[\s_＿—\-.。…~()（）]*+(?:略|无|暂无|待补充|见教材|n/?a|tbd|none)?[\s_＿—\-.。…~()（）]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Key:
    """A key as read: letters, or `true`/`false`; `rest` is what stands behind it."""

    answer: tuple[str, ...]
    rest: str = ""


def read_letters(norm: str) -> tuple[tuple[str, ...], int]:
    """Option letters at the start of `norm`, and where they end."""
    match = _LETTERS.match(norm) or _SMALL.fullmatch(norm)
    if match is None:
        return (), 0
    found = re.findall("[A-J]", match["letters"].replace("and", "").upper())
    return tuple(dict.fromkeys(found)), match.end()


def read_judgement(norm: str) -> tuple[tuple[str, ...], int]:
    """`true` or `false` at the start of `norm`, and where it ends."""
    match = _JUDGEMENT.match(norm)
    if match is None:
        return (), 0
    return ("false" if match["false"] else "true",), match.end()


def read_key(text: str, norm: str, kind: ItemType | None, *, has_options: bool) -> Key:
    """The key at the start of a text; empty when it says none."""
    readers = [read_letters, read_judgement]
    if kind is ItemType.TRUE_FALSE or not has_options:
        readers.reverse()
    if kind in {ItemType.SINGLE, ItemType.MULTI} and has_options:
        readers = [read_letters]
    for read in readers:
        answer, end = read(norm)
        if answer:
            return Key(answer, text[end:].strip().lstrip("。.，,；;：:、").strip())
    return Key((), text.strip())


def says_nothing(text: str) -> bool:
    """True for blanks, 略 and 无: a place for an answer, but none."""
    return _NOTHING.fullmatch(text) is not None


_LEVELS: Final = (
    (1, r"很易|很容易|非常容易|极易|very easy"),
    (2, r"较易|较容易|容易|易|简单|低|easy|low"),
    (4, r"较难|偏难|偏高|harder"),
    (5, r"很难|非常难|极难|very (?:hard|difficult)"),
    (3, r"中等|中|适中|一般|medium|moderate|normal"),
    (4, r"难|困难|高|hard|difficult|high"),
)


def difficulty(text: str) -> int | None:
    """1 to 5 from a figure, stars or a word; None when it says something else."""
    text = text.strip().rstrip("。.")
    if re.fullmatch("[1-5]", text):
        return int(text)
    if found := re.fullmatch(r"([★⭐]{1,5})[☆]*", text):
        return len(found.group(1))
    return next((n for n, words in _LEVELS if re.fullmatch(words, text, re.IGNORECASE)), None)


def tags(text: str) -> tuple[str, ...]:
    """Words between commas and the like; each at most 40 characters."""
    words = (word.strip().rstrip("。.") for word in re.split(r"[,，、;；|\n]+", text))
    return tuple(dict.fromkeys(word[:40] for word in words if word))[:30]
