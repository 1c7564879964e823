"""What the pages of the editor show: texts chosen, rendered, counted."""

import difflib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from app.assessments.drawn import Seen, seen_html
from app.authoring import queries
from app.authoring.fields import (
    CHOICES,
    ItemFields,
    competency_words,
    is_bilingual,
    item_fields,
    languages,
)
from app.authoring.names import Names
from app.banks import pages as bank_pages
from app.banks import queries as banks
from app.banks.checking import Checked, Surroundings, check_text
from app.banks.formwords import in_form_words
from app.banks.markdown import render, render_inline
from app.banks.messages import Problem
from app.banks.outline import ItemLine, Outline, texts
from app.banks.queries import BankSnapshot, DraftRow, WaitingRow
from app.banks.shape import POINTS
from app.domain import duplicates
from app.domain.bankdiff import Change, compare, sentence
from app.domain.banks import DEFAULT_MAX_CHARS, LETTERS
from app.domain.duplicates import Asked, Index, Likeness
from app.domain.items import Bank, ItemType, Rule, text_in
from app.kernel.i18n import lang as reader_lang

SHOWN_STEM = 60
MOST_DIFF_LINES = 400
MOST_DUPLICATES = 200
_COUNT: Final = re.compile(r"[1-9][0-9]{0,4}")


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding at its line."""

    line: int
    col: int
    code: str
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class PickItem:
    """An item in the list at the left. `mark`: error, warning or nothing."""

    number: int
    id: str
    stem: str
    points: str
    mark: str
    status: str
    is_here: bool
    url: str


@dataclass(frozen=True, slots=True)
class PickSection:
    """A part of the list at the left."""

    index: int
    title: str
    points: str
    items: tuple[PickItem, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """An item as the learner sees it, with the key for its author."""

    html: Markup
    image_url: str
    key: str
    why: Markup | None


@dataclass(frozen=True, slots=True)
class Twin:
    """An item that is like this one."""

    bank: str
    item: str
    stem: str
    percent: int
    same_options: bool
    url: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two texts: sentences, and the lines below them."""

    sentences: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """The frame of the editor's pages."""

    slug: str
    title: str
    revision: int
    saved_at: Any
    saved_by: str
    has_changes: bool
    newest: int
    is_overtaken: bool
    errors: int
    warnings: int
    items: int
    sections: tuple[PickSection, ...]
    findings: tuple[Finding, ...]
    waiting: WaitingRow | None
    is_readable: bool
    why_not: str


def desk(row: DraftRow, checked: Checked, here: str = "") -> Desk:
    """The frame: list, findings, and whether it can be submitted. One SELECT."""
    found = checked.outline
    waits = banks.waiting(row.slug)
    return Desk(
        slug=row.slug,
        title=text_in(found.title, reader_lang(), found.lang) or row.slug,
        revision=row.revision,
        saved_at=row.saved_at,
        saved_by=row.saved_by or "",
        has_changes=row.has_changes,
        newest=row.newest or 0,
        is_overtaken=_is_overtaken(row),
        errors=checked.errors,
        warnings=checked.warnings,
        items=len(found.items),
        sections=tuple(_sections(row.slug, checked, here)),
        findings=findings(checked.problems),
        waiting=waits[0] if waits else None,
        is_readable=found.is_readable,
        why_not=_why_not(row, checked),
    )


def _is_overtaken(row: DraftRow) -> bool:
    return row.revision > 0 and (row.newest or 0) > (row.base_number or 0)


def _why_not(row: DraftRow, checked: Checked) -> str:
    """Why the working copy cannot be submitted; empty when it can."""
    if checked.errors:
        return str(_("改正 %(n)s 处错误后可以提交审核。提醒不挡提交。", n=checked.errors))
    if _is_overtaken(row):
        return str(_("第 %(n)s 版是后来载入的，先看它改了什么。", n=row.newest))
    if not row.has_changes:
        return str(_("和最新版本一样，没有可提交的改动。"))
    return ""


def findings(problems: Sequence[Problem]) -> tuple[Finding, ...]:
    """Findings in the reader's language."""
    return tuple(
        Finding(one.line, one.col, one.code, one.level, one.message(reader_lang()))
        for one in problems
    )


def _sections(slug: str, checked: Checked, here: str) -> Iterator[PickSection]:
    marks: dict[int, str] = {}
    for problem in checked.problems:
        item = checked.outline.item_at(problem.line)
        if item and marks.get(item.number) != "error":
            marks[item.number] = problem.level
    for section in checked.outline.sections:
        yield PickSection(
            index=section.index,
            title=section.title or str(_("第 %(n)s 大题", n=section.index + 1)),
            points=section.points,
            items=tuple(
                PickItem(
                    number=item.number,
                    id=item.id,
                    stem=" ".join(item.stem.split())[:SHOWN_STEM] or item.id,
                    points=item.points,
                    mark=marks.get(item.number, ""),
                    status=item.status,
                    is_here=item.id == here,
                    url=url_for("authoring.edit", slug=slug, item=item.id),
                )
                for item in section.items
            ),
        )


# ---------------------------------------------------------------- one item


@dataclass(frozen=True, slots=True)
class ItemDesk:
    """The form of one item beside its preview."""

    number: int
    fields: ItemFields
    competencies: str
    langs: tuple[str, ...]
    is_bilingual: bool
    section: int
    section_type: str
    section_points: str
    seen: str
    findings: tuple[Finding, ...]
    preview: Preview
    twins: tuple[Twin, ...]
    is_used: bool
    first: int
    is_top: bool
    is_bottom: bool
    previous: str
    following: str


def item_desk(
    row: DraftRow,
    checked: Checked,
    item: ItemLine,
    around: Surroundings,
    known: Sequence[Index],
    names: Names,
) -> ItemDesk:
    """Everything about one item of the text."""
    found = checked.outline
    section = found.sections[item.section]
    items = found.items
    lang = found.lang
    return ItemDesk(
        number=item.number,
        fields=item_fields(item, lang),
        langs=languages(lang, items),
        is_bilingual=is_bilingual(lang, items),
        section=item.section,
        section_type=_text(section.values.get("type")),
        section_points=_text(section.values.get("points_each")),
        seen=seen(item),
        findings=item_findings(checked, item, names),
        competencies=_("、").join(names.shown(competency_words(item))),
        preview=preview(row.slug, item, found),
        twins=twins(row.slug, item, found, known),
        is_used=item.id in around.published,
        first=item.first,
        is_top=item.position == 0,
        is_bottom=item.position + 1 == len(section.items),
        previous=items[item.number - 2].id if item.number > 1 else "",
        following=items[item.number].id if item.number < len(items) else "",
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def seen(item: ItemLine) -> str:
    """Tells whether an item is still what a page showed."""
    body = json.dumps(item.values, ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def seen_part(found: Outline, index: int | None) -> str:
    """Tells whether the fields of a section, or of the bank, are still what a page showed."""
    if index is None:
        values = found.values
    else:
        values = found.sections[index].values if index < len(found.sections) else {"gone": index}
    body = json.dumps(values, ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def item_findings(checked: Checked, item: ItemLine, names: Names) -> tuple[Finding, ...]:
    """The findings between the first and the last line of an item, in the form's words."""
    return tuple(
        Finding(one.line, one.col, one.code, one.level, _in_form(one, names))
        for one in checked.problems
        if (at := checked.outline.item_at(one.line)) and at.number == item.number
    )


def _in_form(one: Problem, names: Names) -> str:
    """A competency that nobody knows is answered with the names of those that come near."""
    is_slug = one.key == "E103.slug" and one.params.get("key") == "competencies"
    if not is_slug and one.code != "E202":
        return in_form_words(one, reader_lang())
    said = str(one.params["value" if is_slug else "slug"])
    near = _("、").join(names.near(said))
    return str(_("没有“%(word)s”这项能力。从这些里选：%(names)s", word=said, names=near))


def kinds() -> dict[str, str]:
    """Item types in words."""
    return {
        "single": str(_("单选题")),
        "multi": str(_("多选题")),
        "true_false": str(_("判断题")),
        "short": str(_("简答题")),
    }


def preview(slug: str, item: ItemLine, found: Outline) -> Preview:
    """The item drawn by the test page's own template, right or wrong as it is."""
    fields, lang, reader = item_fields(item, found.lang), found.lang, reader_lang()
    letters = {letter: letter for letter in LETTERS}
    why = text_in(fields.why, reader, lang)
    kind = ItemType(item.type or "single")
    url = url_for("authoring.picture", slug=slug, name=fields.image) if fields.image else ""
    seen_so = Seen(
        type=kind,
        number=item.number,
        count=len(found.items),
        points=item.points or "–",
        stem_html=render(text_in(fields.stem, reader, lang)),
        image_url=url,
        image_alt=text_in(fields.alt, reader, lang),
        rule=_rule(item, found) if kind is ItemType.MULTI else None,
        worth=Fraction(item.points) if POINTS.fullmatch(item.points) else None,
        max_chars=_max_chars(fields),
        options=tuple(
            (one.row, render_inline(text_in(one.texts, reader, lang), letters=letters))
            for one in fields.options
        )
        if item.type in CHOICES
        else (),
    )
    return Preview(
        html=seen_html(seen_so),
        image_url=url,
        key=_key_words(fields),
        why=render(why, letters=letters) if why else None,
    )


def _max_chars(fields: ItemFields) -> int | None:
    if fields.type != ItemType.SHORT:
        return None
    return int(fields.max_chars) if _COUNT.fullmatch(fields.max_chars) else DEFAULT_MAX_CHARS


def _rule(item: ItemLine, found: Outline) -> Rule:
    """The scoring rule in force: of the item, its section or the bank's defaults."""
    defaults = found.values.get("defaults")
    places = (item.values, found.sections[item.section].values, defaults)
    for place in places:
        said = _text(place.get("scoring")).strip() if isinstance(place, Mapping) else ""
        if said in set(Rule):
            return Rule(said)
    return Rule.SUBSET


def _key_words(fields: ItemFields) -> str:
    if fields.type == "true_false":
        return {"true": str(_("对")), "false": str(_("错"))}.get(fields.judged, "")
    return str(_("、").join(one.row for one in fields.options if one.is_key))


def twins(slug: str, item: ItemLine, found: Outline, known: Sequence[Index]) -> tuple[Twin, ...]:
    """Items that ask the same, of this bank and of the others."""
    own = asked_here(slug, found)
    me = next((one for one in own if one.item == item.id), None)
    if me is None:
        return ()
    near = duplicates.nearest(me, [Index(own), *known])
    return tuple(_twin(slug, one) for one in near[:5])


def asked_here(slug: str, found: Outline) -> list[Asked]:
    """What the text itself asks."""
    return [
        Asked(
            slug,
            item.id,
            texts(item.values.get("stem"), found.lang),
            tuple(one.texts for one in item_fields(item, found.lang).options),
        )
        for item in found.items
        if item.status != "retired"
    ]


def _twin(slug: str, one: Likeness) -> Twin:
    other = one.other
    return Twin(
        bank=other.bank,
        item=other.item,
        stem=" ".join(text_in(other.stem, reader_lang()).split()) or other.item,
        percent=round(one.share * 100),
        same_options=one.same_options,
        url=_twin_url(slug, other),
    )


def _twin_url(slug: str, other: Asked) -> str:
    if other.bank == slug:
        return url_for("authoring.edit", slug=slug, item=other.item)
    return url_for("banks.show", slug=other.bank, _anchor=other.item)


@dataclass(frozen=True, slots=True)
class TwinPair:
    """A pair of items on the page of duplicates."""

    one: Twin
    other: Twin
    percent: int
    same_options: bool


def twin_pairs(slug: str, found: Outline, known: Sequence[Index]) -> tuple[TwinPair, ...]:
    """Every pair of this bank with itself and the others, most alike first."""
    near = duplicates.pairs(asked_here(slug, found), known)
    return tuple(
        TwinPair(
            one=_twin(slug, Likeness(one.other, one.one, one.share, one.same_options)),
            other=_twin(slug, one),
            percent=round(one.share * 100),
            same_options=one.same_options,
        )
        for one in near[:MOST_DUPLICATES]
    )


# ---------------------------------------------------------------- differences


def difference(old: str, new: str) -> Difference:
    """What differs between two texts: as sentences when both can be read, and line by line."""
    before, after = check_text(old, Surroundings()), check_text(new, Surroundings())
    sentences: tuple[str, ...] = ()
    if before.loaded.bank and after.loaded.bank:
        sentences = words(compare(before.loaded.bank, after.loaded.bank))
    return Difference(sentences, *_lines(old, new))


def words(changes: Sequence[Change]) -> tuple[str, ...]:
    """Changes in the reader's language; "added" in one line only when there are several."""
    shown = [one for one in changes if not (one.kind in {"added", "gone"} and one.params["n"] == 1)]
    return tuple(sentence(one, reader_lang()) for one in shown)


def _lines(old: str, new: str) -> tuple[tuple[tuple[str, str], ...], bool]:
    raw = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2)
    found = []
    for line in raw:
        if line.startswith(("---", "+++")):
            continue
        found.append(({"+": "new", "-": "old", "@": "at"}.get(line[:1], ""), line))
        if len(found) > MOST_DIFF_LINES:
            return tuple(found[:MOST_DIFF_LINES]), True
    return tuple(found), False


def between(old: BankSnapshot | None, new: BankSnapshot) -> Difference:
    """What differs between two versions; all of it is new where there was none."""
    empty = Bank(
        id=new.bank.id,
        title=new.bank.title,
        sections=(),
        lang=new.bank.lang,
        pass_mark=new.bank.pass_mark,
    )
    changes = compare(
        old.bank if old else empty,
        new.bank,
        old_images=banks.image_shas(old.id) if old else {},
        new_images=banks.image_shas(new.id),
    )
    source = banks.source_of(new.bank.id, number=new.number).decode()
    before = banks.source_of(new.bank.id, number=old.number).decode() if old else ""
    return Difference(words(changes), *_lines(before, source))


# ---------------------------------------------------------------- history


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A version with who, when, why, and the assessments that used it."""

    row: banks.VersionRow
    state: str
    kind: str
    uses: tuple[queries.Use, ...]
    attempts: int
    before: int | None


def history(bank_id: int, versions: Sequence[banks.VersionRow]) -> tuple[HistoryLine, ...]:
    """All versions of a bank, newest first. One SELECT."""
    used: dict[int, list[queries.Use]] = {}
    for use in queries.uses(bank_id):
        used.setdefault(use.number, []).append(use)
    numbers = [row.number for row in versions]
    return tuple(
        HistoryLine(
            row=row,
            state=_state(row)[0],
            kind=_state(row)[1],
            uses=tuple(used.get(row.number, ())),
            attempts=sum(use.attempts for use in used.get(row.number, ())),
            before=numbers[n + 1] if n + 1 < len(numbers) else None,
        )
        for n, row in enumerate(versions)
    )


def _state(row: banks.VersionRow) -> tuple[str, str]:
    if row.published_at:
        return str(_("已发布")), "pass"
    if row.is_waiting:
        return str(_("等审核")), "warn"
    closed: Mapping[str, str] = {
        "withdrawn": str(_("已撤回")),
        "sent_back": str(_("已退回")),
        "replaced": str(_("被后一版代替")),
    }
    return closed.get(row.closed_as or "", str(_("未发布"))), "line"


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a submitted version. `next_step` is published, sent_back or nothing."""

    number: int
    state: str
    kind: str
    who: str
    at: Any
    why: str
    next_step: str


def settled(row: banks.VersionRow) -> Settled:
    """Who decided when, and how."""
    state, kind = _state(row)
    nobody = str(_("命令行"))
    if row.published_at:
        who = row.published_by or nobody
        return Settled(row.number, state, kind, who, row.published_at, row.reason, "published")
    who, step = row.closed_by or nobody, "sent_back" if row.closed_as == "sent_back" else ""
    return Settled(row.number, state, kind, who, row.closed_at, row.closed_reason, step)


def title_of(version: BankSnapshot) -> str:
    """The title of a version for the reader."""
    return text_in(version.bank.title, reader_lang(), version.bank.lang)


# ---------------------------------------------------------------- section, bank, a version


@dataclass(frozen=True, slots=True)
class PartDesk:
    """The form of a section (`index`) or of the bank (None)."""

    index: int | None
    name: str
    seen: str
    heading: str
    langs: tuple[str, ...]
    title: Mapping[str, str]
    words: Mapping[str, str]
    figures: Mapping[str, str]
    findings: tuple[Finding, ...]


def part_desk(checked: Checked, index: int | None) -> PartDesk:
    """The form of a part of the text."""
    found = checked.outline
    values = found.values if index is None else found.sections[index].values
    names = ("pass", "time_limit", "total") if index is None else ("points_each", "total", "draw")
    loose = [one for one in checked.problems if found.item_at(one.line) is None]
    return PartDesk(
        index=index,
        name="bank" if index is None else str(index),
        seen=seen_part(found, index),
        heading=str(_("题库设置") if index is None else _("第 %(n)s 大题", n=index + 1)),
        langs=languages(found.lang, found.items),
        title=texts(values.get("title"), found.lang),
        words=texts(values.get("description" if index is None else "intro"), found.lang),
        figures={name: _text(values.get(name)).strip() for name in names},
        findings=tuple(_in_part(one) for one in loose if _is_of(one, index, found)),
    )


def _is_of(one: Problem, index: int | None, found: Outline) -> bool:
    """Whether a finding outside the items belongs to this section, or to the bank's own fields."""
    begun = [section.index for section in found.sections if section.line <= one.line]
    return (begun[-1] if begun else None) == index


def _in_part(one: Problem) -> Finding:
    return Finding(one.line, one.col, one.code, one.level, in_form_words(one, reader_lang()))


def paper(version: BankSnapshot) -> bank_pages.BankPage:
    """A version with its keys, for who approves it."""
    return bank_pages.bank_page(version, lang=reader_lang(), shows_keys=True)
