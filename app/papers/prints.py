"""A frozen paper as a document: the paper itself, its answer sheet, its key. No database needed."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Final

from flask import current_app
from flask_babel import force_locale, gettext
from markupsafe import Markup

from app.assessments.rules import rule_text
from app.banks.markdown import render, render_inline
from app.domain import papercode, typesetting
from app.domain.items import Choice, Item, ItemType, Rule, ShortAnswer, TrueFalse, text_in
from app.domain.papers import Entry, Paper, letter_of, letters
from app.domain.scoring import shown

_: Callable[..., str] = gettext

LANGS: Final = ("zh-CN", "en")
_FEW_LINES: Final = 4
_CSS: Final = Path(__file__).resolve().parents[1] / "static" / "css" / "exam.css"


class Kind(StrEnum):
    """What is printed."""

    PAPER = "paper"
    ANSWERS = "answers"
    KEY = "key"


# What each kind is called in the name of a file, in the language of the documents.
NAMES: Final = {
    "zh-CN": {Kind.PAPER: "试卷", Kind.ANSWERS: "答题纸", Kind.KEY: "答案"},
    "en": {Kind.PAPER: "paper", Kind.ANSWERS: "answer-sheet", Kind.KEY: "key"},
}


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above a paper. `letter` '' where there is one form only for one person."""

    title: str
    code: str
    letter: str = ""
    person: str = ""
    unit: str = ""
    minutes: int | None = None
    pass_mark: str = ""


@dataclass(frozen=True, slots=True)
class PrintOption:
    """One option under its letter on this paper."""

    letter: str
    html: Markup


@dataclass(frozen=True, slots=True)
class PrintItem:
    """One item; rows hold its options as they stand side by side.

    `paren`: the paper gives it a bracket to answer in. `is_small`: it would look lost on a page.
    """

    number: int
    type: str
    points: str
    stem_html: Markup
    option_rows: tuple[tuple[PrintOption, ...], ...]
    columns: int
    rule: str
    image: str | None
    image_alt: str
    lines: int
    paren: bool
    is_small: bool


@dataclass(frozen=True, slots=True)
class PrintSection:
    """A part with its heading, how many points it is worth and how it is marked.

    `across`: how many items stand side by side on the answer sheet.
    """

    heading: str
    facts: str
    how: tuple[str, ...]
    intro_html: Markup | None
    items: tuple[PrintItem, ...]
    across: int

    @property
    def is_lone(self) -> bool:
        """Whether it holds one small item and nothing else."""
        return len(self.items) == 1 and self.items[0].is_small


@dataclass(frozen=True, slots=True)
class KeyLine:
    """What is right, and why; for a written answer its model answer and rubric."""

    number: int
    key: str
    points: str
    rule: str
    why_html: Markup | None
    model_html: Markup | None
    rubric: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Document:
    """All of it, for any of the three kinds."""

    head: Head
    lang: str
    code: str
    total: str
    items: int
    sections: tuple[PrintSection, ...]
    keys: tuple[KeyLine, ...]
    separate: bool
    page_words: tuple[str, str, str]


Pictures = Callable[[int], tuple[str, bytes] | None]


def no_pictures(_version_id: int) -> None:
    """For papers without images."""
    return


def html(
    kind: Kind,
    paper: Paper,
    items: Mapping[int, Item],
    head: Head,
    *,
    lang: str,
    separate: bool = False,
    pictures: Pictures = no_pictures,
) -> str:
    """The document in its own language, whatever the reader's.

    `separate`: answers go on the answer sheet, so the paper has no room for them. `pictures` gives
    type and bytes of an item version's image.
    """
    with force_locale("en" if lang == "en" else "zh_Hans_CN"):
        document = _document(
            kind, paper, items, _Way(head, lang, separate and kind is Kind.PAPER, pictures)
        )
        # Straight from the environment: a document has no reader, no menu and no request.
        template = current_app.jinja_env.get_template(f"papers/print_{kind.value}.html")
        return template.render(
            d=document,
            css=Markup(_CSS.read_text(encoding="utf-8")),  # noqa: S704  a file of ours
        )


@dataclass(frozen=True, slots=True)
class _Way:
    """How it is to be printed. `separate`: only a paper leaves its answers to another sheet."""

    head: Head
    lang: str
    separate: bool
    pictures: Pictures


def _document(kind: Kind, paper: Paper, items: Mapping[int, Item], way: _Way) -> Document:
    entries = [(entry, items[entry.item_version_id]) for entry in paper.entries]
    keys = tuple(_key(entry, item, way.lang) for entry, item in entries) if kind is Kind.KEY else ()
    return Document(
        head=way.head,
        lang=way.lang,
        code=papercode.shown(way.head.code),
        total=shown(paper.total),
        items=len(entries),
        sections=tuple(
            _section(index, paper, [one for one in entries if one[0].section == index], way)
            for index in range(len(paper.sections))
        ),
        keys=keys,
        separate=way.separate,
        page_words=_page_words(),
    )


def _page_words() -> tuple[str, str, str]:
    """The words before, between and after the two figures in the foot of a page."""
    before, rest = _("第 {n} 页，共 {m} 页").split("{n}")
    between, after = rest.split("{m}")
    return before.strip(), between.strip(), after.strip()


_Served = tuple[Entry, Item]


def _section(index: int, paper: Paper, served: Sequence[_Served], way: _Way) -> PrintSection:
    section, number = paper.sections[index], index + 1
    no = str(number) if way.lang == "en" else typesetting.chinese(min(number, 99))
    title = typesetting.unnumbered(text_in(section.title, way.lang))
    rules = _rules(served)
    return PrintSection(
        heading=_("%(no)s、%(title)s", no=no, title=title),
        facts=_facts([entry.points for entry, _item in served]),
        how=_how(served, rules, separate=way.separate),
        intro_html=None if section.intro is None else render(text_in(section.intro, way.lang)),
        items=tuple(_item(entry, item, way, several=len(rules) > 1) for entry, item in served),
        across=typesetting.across(max((len(e.options) or 2 for e, _item in served), default=0)),
    )


def _rules(served: Sequence[_Served]) -> set[Rule]:
    return {rule for _entry, item in served if (rule := _rule(item)) is not None}


def _rule(item: Item) -> Rule | None:
    is_multi = isinstance(item.body, Choice) and item.body.multiple
    return item.body.rule if isinstance(item.body, Choice) and is_multi else None


def _facts(points: Sequence[Fraction]) -> str:
    """How many items, what each is worth, what all are."""
    total = shown(sum(points, Fraction(0)))
    if len(set(points)) == 1:
        return _(
            "共 %(n)s 题，每题 %(p)s 分，共 %(t)s 分", n=len(points), p=shown(points[0]), t=total
        )
    return _("共 %(n)s 题，共 %(t)s 分", n=len(points), t=total)


def _how(served: Sequence[_Served], rules: set[Rule], *, separate: bool) -> tuple[str, ...]:
    """What a learner must know to answer this part, the marking rule with it."""
    kinds = {item.type for _entry, item in served}
    texts = []
    if ItemType.SINGLE in kinds:
        texts.append(_("单选题每题只有一个正确答案。"))
    if ItemType.MULTI in kinds:
        texts.append(_("多选题每题可能有多个正确答案。") + "".join(map(rule_text, _only(rules))))
    if ItemType.TRUE_FALSE in kinds:
        texts.append(_("判断题对的打 √，错的打 ×。"))
    if ItemType.SHORT in kinds:
        texts.append(_("简答题按评分点给分。"))
    if separate:
        texts.append(_("答案写在答题纸上。"))
    return tuple(texts)


def _only(rules: set[Rule]) -> list[Rule]:
    """The rule of the whole part; where items differ, it stands with each."""
    return list(rules) if len(rules) == 1 else []


def _item(entry: Entry, item: Item, way: _Way, *, several: bool) -> PrintItem:
    options, count = _options(entry, item, way.lang)
    rule = _rule(item) if several else None
    max_chars = item.body.max_chars if isinstance(item.body, ShortAnswer) else None
    stem = text_in(item.stem, way.lang)
    is_written = item.type is ItemType.SHORT
    lines = typesetting.lines_for(entry.points, max_chars)
    return PrintItem(
        number=entry.position,
        type=item.type.value,
        points=shown(entry.points),
        stem_html=render(stem),
        option_rows=tuple(
            tuple(options[start : start + count]) for start in range(0, len(options), count)
        ),
        columns=count,
        rule="" if rule is None else rule_text(rule),
        image=_image(entry.item_version_id, way.pictures) if item.image else None,
        image_alt=text_in(item.image_alt or {}, way.lang),
        lines=lines,
        paren=not is_written and not way.separate and not typesetting.has_blank(stem),
        is_small=not is_written or way.separate or lines <= _FEW_LINES,
    )


def _options(entry: Entry, item: Item, lang: str) -> tuple[list[PrintOption], int]:
    if not isinstance(item.body, Choice):
        return [], 1
    texts = {option.id: text_in(option.text, lang) for option in item.body.options}
    shown_texts = [texts[option_id] for option_id in entry.options]
    options = [
        PrintOption(letter, render_inline(texts[option_id]))
        for letter, option_id in letters(entry.options).items()
    ]
    return options, typesetting.columns(shown_texts)


def _image(version_id: int, pictures: Pictures) -> str | None:
    """The image inside the document: a PDF loads nothing."""
    found = pictures(version_id)
    if found is None:
        return None
    mime, data = found
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


# ---------------------------------------------------------------- the key


def _key(entry: Entry, item: Item, lang: str) -> KeyLine:
    by_author = {o: letter for o in entry.options if (letter := letter_of(entry.options, o))}
    rule = _rule(item)
    why = None if item.why is None else text_in(item.why, lang)
    return KeyLine(
        number=entry.position,
        key=_right(entry, item),
        points=shown(entry.points),
        rule="" if rule is None else rule_text(rule),
        why_html=render(why, letters=by_author) if why else None,
        model_html=_model(item, lang),
        rubric=_rubric(item, lang),
    )


def _right(entry: Entry, item: Item) -> str:
    match item.body:
        case Choice(key=key):
            by_letter = letters(entry.options)
            return "".join(letter for letter, option in by_letter.items() if option in key)
        case TrueFalse(key=key):
            return "√" if key else "×"
        case ShortAnswer():
            return _("见评分标准") if item.body.rubric else _("见参考答案")


def _model(item: Item, lang: str) -> Markup | None:
    if not isinstance(item.body, ShortAnswer) or item.body.model_answer is None:
        return None
    return render(text_in(item.body.model_answer, lang))


def _rubric(item: Item, lang: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(item.body, ShortAnswer):
        return ()
    return tuple((text_in(one.point, lang), shown(one.points)) for one in item.body.rubric)
