"""The pages of the help as values, read from `texts/<language>/<name>.md`.

A page begins with `# Title`; each part with `## Heading {#anchor}`, the same anchors in both
languages. Words on buttons and labels stand in “…”, exactly as the product shows them; a test
looks each of them up. The rest is the Markdown of lessons.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.banks.lintrules import Rule, open_sentence, rules
from app.banks.markdown import render_lesson
from app.banks.messages import LANGS, MESSAGES

TEXTS: Final = Path(__file__).parent / "texts"
_HEADING: Final = re.compile(r"^## (?P<title>.+?) \{#(?P<anchor>[a-z-]+)\}$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the table: whose page it is, and where its work is done."""

    name: str
    roles: frozenset[str] = frozenset()
    endpoint: str = ""
    action: str = ""
    label: object = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page, with the anchor that other pages link to."""

    anchor: str
    title: str
    html: Markup


@dataclass(frozen=True, slots=True)
class HelpPage:
    """A page in one language."""

    name: str
    title: str
    intro: Markup
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A code with all sentences it is said in; figures and words of the case are left open."""

    code: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """Codes of one kind."""

    anchor: str
    title: object
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Rules of the item-writing lint about one thing."""

    anchor: str
    title: object
    rules: tuple[Rule, ...]


CODES: Final = "codes"
RULES: Final = "rules"
_TRAINS: Final = frozenset({"trainer"})
ENTRIES: Final = (
    Entry("learner", frozenset({"learner"}), "assessments.mine", "attempt.answer", _l("测验")),
    Entry("import", _TRAINS, "imports.index", "bank.import", _l("导入题目")),
    Entry("papers", _TRAINS, "assessments.index", "assessment.define", _l("测验安排")),
    Entry("marking", _TRAINS | {"marker"}, "grading.queue", "mark.give", _l("评分")),
    Entry("format", _TRAINS, "banks.index", "bank.read", _l("题库")),
    Entry(RULES, _TRAINS),
    Entry(CODES, _TRAINS),
    Entry("mentor", frozenset({"mentor"}), "fieldwork.mentees", "field.mentor", _l("我带的人")),
    Entry(
        "assessor",
        _TRAINS | {"mentor", "marker"},
        "ratings.queue",
        "rating.give",
        _l("演练评分"),
    ),
    Entry("cases", frozenset({"learner"}), "knowledge.index", "knowledge.read", _l("知识库")),
    Entry(
        "board", frozenset({"manager", "hr"}), "tracks.boards_index", "board.read", _l("培训看板")
    ),
    Entry("manager", frozenset({"manager", "hr"}), "reports.teams", "team.read", _l("团队")),
    Entry("staff", frozenset({"admin"}), "staff.index", "staff.import", _l("导入名单")),
    Entry("admin", frozenset({"hr", "admin"}), "admin.people", "people.edit", _l("人员")),
)
NAMES: Final = tuple(entry.name for entry in ENTRIES)

# The first code of each chapter, in the order of the page.
_CHAPTERS: Final = (
    ("reading", _l("文件读不懂"), ("E0",)),
    ("fields", _l("字段写得不对"), ("E1",)),
    ("items", _l("题目和答案"), ("E2",)),
    ("totals", _l("分数对不上"), ("E3",)),
    ("doubts", _l("读得懂，但可能不是您的意思"), ("W4",)),
    ("writing", _l("命题检查"), ("W5",)),
    ("importing", _l("导入试题"), ("E60", "W60", "W61")),
    ("systems", _l("导入别的系统的题库"), ("E62", "W62")),
    ("exporting", _l("导出带不走的"), ("W64",)),
)

_RULE_GROUPS: Final = (
    ("stem", _l("题干"), "W51"),
    ("options", _l("选项写法"), "W52"),
    ("statements", _l("判断题"), "W53"),
    ("multiple", _l("多选题"), "W54"),
    ("paper", _l("整套题"), "W55"),
    ("written", _l("简答题"), "W57"),
    ("used", _l("用过之后"), "W58"),
)


@cache
def page(name: str, lang: str) -> HelpPage:
    """The page of that name; KeyError for a name that is not in ENTRIES."""
    if name not in NAMES:
        raise KeyError(name)
    folder = lang if lang in LANGS else LANGS[0]
    text = (TEXTS / folder / f"{name}.md").read_text(encoding="utf-8")
    head, *rest = _HEADING.split(text)
    title, _newline, intro = head.partition("\n")
    return HelpPage(name, title.removeprefix("# ").strip(), render_lesson(intro), (*_parts(rest),))


def _parts(pieces: list[str]) -> Iterator[Part]:
    for title, anchor, body in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
        yield Part(anchor, title, render_lesson(body))


@cache
def chapters(lang: str) -> tuple[Chapter, ...]:
    """All codes of the product, from the messages themselves."""
    column = LANGS.index(lang) if lang in LANGS else 0
    found: dict[str, list[str]] = {}
    for key in MESSAGES:
        said = open_sentence(MESSAGES[key][column])
        sentences = found.setdefault(key.partition(".")[0], [])
        if said not in sentences:
            sentences.append(said)
    return tuple(
        Chapter(
            anchor,
            title,
            tuple(Code(c, tuple(found[c])) for c in sorted(found) if c.startswith(starts)),
        )
        for anchor, title, starts in _CHAPTERS
    )


@cache
def rule_groups(lang: str) -> tuple[RuleGroup, ...]:
    """All rules of the item-writing lint with their examples."""
    found = rules(lang)
    return tuple(
        RuleGroup(anchor, title, tuple(one for one in found if one.code.startswith(start)))
        for anchor, title, start in _RULE_GROUPS
    )


def rule_names(lang: str) -> dict[str, str]:
    """The rules in words, by code."""
    return {one.code: one.name for one in rules(lang)}
