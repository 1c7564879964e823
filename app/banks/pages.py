"""What the pages of a bank show: texts chosen, rendered, counted; templates only place them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from flask_babel import gettext as _
from markupsafe import Markup

from app.banks import queries
from app.banks.loader import load_text
from app.banks.markdown import render, render_inline
from app.banks.messages import show_points
from app.domain.items import (
    Bank,
    Choice,
    Item,
    ItemStatus,
    ItemType,
    PassMark,
    Rule,
    Section,
    ShortAnswer,
    Text,
    TrueFalse,
    text_in,
)


@dataclass(frozen=True, slots=True)
class BankLine:
    """One line of the list."""

    slug: str
    title: str
    items: int
    number: int
    published_number: int | None
    warnings: int
    loaded_at: datetime
    owner: str
    is_waiting: bool
    has_draft: bool


@dataclass(frozen=True, slots=True)
class OptionView:
    """An option under its letter in the file. `is_key` is False in the learner's view."""

    letter: str
    text: Markup
    is_key: bool
    feedback: Markup | None


@dataclass(frozen=True, slots=True)
class CriterionView:
    """A rubric point with its keyword groups in words."""

    point: str
    points: str
    keywords: str
    vetoes: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item. What gives the key away is None or empty in the learner's view."""

    number: int
    slug: str
    version: int
    version_id: int
    kind: str
    points: str
    status: str
    is_multiple: bool
    stem: Markup
    has_image: bool
    image_alt: str
    options: tuple[OptionView, ...]
    rule: str
    max_chars: int | None
    key: str
    model_answer: Markup | None
    rubric: tuple[CriterionView, ...]
    why: Markup | None
    competencies: str
    tags: str
    difficulty: int
    source: str


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section with its items."""

    title: str
    intro: Markup | None
    points: str
    draw: int | None
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class ProblemView:
    """A finding in the stored file."""

    code: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class BankPage:
    """A whole bank for its trainer; `shows_keys` is False in the learner's view.

    `style`: how many findings the item-writing lint has; the health page lists them.
    """

    slug: str
    title: str
    description: str
    items: int
    points: str
    pass_mark: str
    minutes: int | None
    track: str
    tier: str
    number: int
    is_published: bool
    shows_keys: bool
    sections: tuple[SectionView, ...]
    problems: tuple[ProblemView, ...]
    style: int
    versions: tuple[queries.VersionRow, ...]


def lines(rows: list[queries.BankRow], lang: str) -> list[BankLine]:
    """The list in the reader's language."""
    return [
        BankLine(
            slug=row.slug,
            title=text_in(row.title, lang),
            items=row.items,
            number=row.number,
            published_number=row.published_number,
            warnings=row.warnings,
            loaded_at=row.loaded_at,
            owner=row.owner or _("共享"),
            is_waiting=row.is_waiting,
            has_draft=row.has_draft,
        )
        for row in rows
    ]


def bank_page(found: queries.BankSnapshot, *, lang: str, shows_keys: bool) -> BankPage:
    """The page of one bank version. Three SELECTs."""
    bank = found.bank
    reader = _Reader(lang, bank.lang, shows_keys, found.version_ids, queries.item_numbers(found.id))
    source = queries.source_of(bank.id, number=found.number).decode()
    loaded = load_text(source)
    return BankPage(
        slug=bank.id,
        title=reader.words(bank.title),
        description=reader.words(bank.description),
        items=len(bank.items),
        points=show_points(sum((section_points(s) for s in bank.sections), start=section_points())),
        pass_mark=_pass_mark(bank.pass_mark),
        minutes=bank.time_limit_minutes,
        track=bank.track or "",
        tier=bank.tier or "",
        number=found.number,
        is_published=found.published_at is not None,
        shows_keys=shows_keys,
        sections=reader.sections(bank),
        problems=tuple(
            ProblemView(problem.code, problem.line, problem.message(lang))
            for problem in loaded.problems
            if not problem.is_style
        ),
        style=len(loaded.style),
        versions=tuple(queries.versions(found.bank_id)),
    )


def _pass_mark(mark: PassMark) -> str:
    if mark.share is not None:
        return f"{show_points(mark.share * 100)}%"
    return _("%(n)s 分", n=show_points(mark.points)) if mark.points is not None else ""


class _Reader:
    """Items as one reader sees them."""

    def __init__(
        self,
        lang: str,
        fallback: str,
        shows_keys: bool,
        version_ids: Mapping[str, int],
        numbers: Mapping[str, int],
    ) -> None:
        self.lang = lang
        self.fallback = fallback
        self.shows_keys = shows_keys
        self.version_ids = version_ids
        self.numbers = numbers

    def words(self, text: Text | None) -> str:
        return "" if text is None else text_in(text, self.lang, self.fallback)

    def html(self, text: Text | None) -> Markup | None:
        # Letters stay those of the file: this page shows the options in that order.
        return None if text is None else render(self.words(text), letters=_SAME_LETTERS)

    def sections(self, bank: Bank) -> tuple[SectionView, ...]:
        views, number = [], 0
        for section in bank.sections:
            items = []
            for item in section.items:
                number += 1
                items.append(self.item(item, number))
            views.append(
                SectionView(
                    title=self.words(section.title),
                    intro=self.html(section.intro),
                    points=show_points(section_points(section)),
                    draw=section.draw,
                    items=tuple(items),
                )
            )
        return tuple(views)

    def item(self, item: Item, number: int) -> ItemView:
        body = item.body
        keyed = self.shows_keys
        short = body if isinstance(body, ShortAnswer) else None
        return ItemView(
            number=number,
            slug=item.id,
            version=self.numbers[item.id],
            version_id=self.version_ids[item.id],
            kind=_kind(item.type),
            points=show_points(item.points),
            status=_status(item.status),
            is_multiple=isinstance(body, Choice) and body.multiple,
            stem=self.html(item.stem) or Markup(),
            has_image=item.image is not None,
            image_alt=self.words(item.image_alt),
            options=self.options(body),
            rule=_rule(body.rule) if isinstance(body, Choice) and body.multiple else "",
            max_chars=short.max_chars if short else None,
            key=_judged(body) if keyed else "",
            model_answer=self.html(short.model_answer) if short and keyed else None,
            rubric=self.rubric(short) if short and keyed else (),
            why=self.html(item.why) if keyed else None,
            competencies=_("、").join(item.competencies),
            tags=_("、").join(item.tags),
            difficulty=item.difficulty,
            source=(item.source or "") if keyed else "",
        )

    def options(self, body: Choice | TrueFalse | ShortAnswer) -> tuple[OptionView, ...]:
        if not isinstance(body, Choice):
            return ()
        return tuple(
            OptionView(
                letter=option.id,
                text=render_inline(self.words(option.text), letters=_SAME_LETTERS),
                is_key=self.shows_keys and option.id in body.key,
                feedback=self.html(option.feedback) if self.shows_keys else None,
            )
            for option in body.options
        )

    def rubric(self, short: ShortAnswer) -> tuple[CriterionView, ...]:
        return tuple(
            CriterionView(
                point=self.words(criterion.point),
                points=show_points(criterion.points),
                keywords=_("；").join(" / ".join(group) for group in criterion.keywords),
                vetoes=_("、").join(criterion.vetoes),
            )
            for criterion in short.rubric
        )


_SAME_LETTERS = {letter: letter for letter in "ABCDEFGHIJ"}


def section_points(section: Section | None = None) -> Fraction:
    """Points of the paper that a section gives: what is active, or what is drawn of it."""
    items = [item for item in section.items if item.status is ItemStatus.ACTIVE] if section else []
    if section and section.draw is not None and items:
        return items[0].points * section.draw
    return sum((item.points for item in items), Fraction(0))


def _kind(kind: ItemType) -> str:
    words: dict[ItemType, str] = {
        ItemType.SINGLE: _("单选题"),
        ItemType.MULTI: _("多选题"),
        ItemType.TRUE_FALSE: _("判断题"),
        ItemType.SHORT: _("简答题"),
    }
    return words[kind]


def _status(status: ItemStatus) -> str:
    words: dict[ItemStatus, str] = {
        ItemStatus.DRAFT: _("草稿"),
        ItemStatus.ACTIVE: "",
        ItemStatus.RETIRED: _("停用"),
    }
    return words[status]


def _rule(rule: Rule) -> str:
    words: dict[Rule, str] = {
        Rule.ALL_OR_NOTHING: _("全对才得分"),
        Rule.SUBSET: _("少选按比例，错选不得分"),
        Rule.SUBSET_HALF: _("少选得一半，错选不得分"),
        Rule.NET: _("选对减选错"),
        Rule.EACH_OPTION: _("逐项计分"),
    }
    return words[rule]


def _judged(body: Choice | TrueFalse | ShortAnswer) -> str:
    if isinstance(body, TrueFalse) and body.key is not None:
        return str(_("对") if body.key else _("错"))
    return ""
