"""The page of an import as values: items with their source, findings, and what is still open."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final

from flask_babel import gettext as _

from app.banks.formwords import in_form_words
from app.banks.importing.check import item_findings, set_apart
from app.banks.importing.encodings import decoded
from app.banks.messages import Problem, show_points
from app.banks.writer import is_draft, item_type
from app.domain.duplicates import LEAST, Asked, Index, nearest
from app.domain.imports import FoundBank, FoundItem, FoundSection, Place
from app.domain.items import ItemType, Text
from app.imports.choices import (
    CHOICE_TYPES,
    EACH,
    KEEP,
    OWN,
    SUM,
    Choices,
    Decided,
    ItemChoice,
    SectionChoice,
    decided,
    points_of,
    share_of,
)
from app.imports.queries import Import

MAX_LINES: Final = 40
LIKE: Final = "W553"
# What was not taken over, as against what was understood with a doubt.
_LEFT_OUT: Final = frozenset(
    {"W602", "W607", "W610", "W611", "W612", "W613", "W615", "W620", "W621", "W622", "E625"}
)
# Said by the form itself, and only as long as it is true.
_OPEN: Final = frozenset({"W608", "W608.short", "W609"})


@dataclass(frozen=True, slots=True)
class FindingView:
    """One sentence with its cure. `is_elsewhere`: it is about an item of another bank."""

    code: str
    is_error: bool
    text: str
    place: str
    lines: str = ""
    is_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class OptionView:
    """An option with its letter; `is_key` as chosen now."""

    letter: str
    text: str
    is_key: bool


@dataclass(frozen=True, slots=True)
class TypeView:
    """A type to choose. `key` chooses it on the keyboard."""

    value: str
    label: str
    key: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item: what was understood, what it was read from, what is open."""

    index: int
    number: int
    kind: str
    types: tuple[TypeView, ...]
    is_type_known: bool
    stem: str
    options: tuple[OptionView, ...]
    judged: str
    model: str
    rubric: tuple[str, ...]
    points: str
    source: str
    place: str
    has_key: bool
    is_left_out: bool
    findings: tuple[FindingView, ...]


@dataclass(frozen=True, slots=True)
class CureView:
    """A way to settle points that do not add up."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section with its heading, points and items."""

    index: int
    title: str
    points: str
    sum: str
    stated: str
    cures: tuple[CureView, ...]
    uneven: str
    findings: tuple[FindingView, ...]
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What the page says first. `points` is None when no item stays."""

    items: int
    without_key: int
    errors: int
    warnings: int
    points: str
    undecided: int
    first_undecided: int | None
    first_open: int | None


@dataclass(frozen=True, slots=True)
class ImportPage:
    """The whole preview."""

    id: int
    name: str
    is_pasted: bool
    title: str
    bank_id: str
    owner: str
    summary: Summary
    sections: tuple[SectionView, ...]
    findings: tuple[FindingView, ...]
    left_out: tuple[FindingView, ...]
    changed_at: datetime


def import_page(kept: Import, lang: str, known: Sequence[Index] = ()) -> ImportPage:
    """The preview as it stands with the choices made so far. `known` are the items of the banks
    that its reader may see."""
    return _Reader(kept, lang, known).page()


def file_findings(found: FoundBank, lang: str) -> tuple[FindingView, ...]:
    """Everything about a file of which no item was understood."""
    problems = set_apart([problem for _n, problem in item_findings(found)])
    return tuple(_view(problem, lang) for problem in problems)


def type_label(kind: ItemType) -> str:
    """A type in the reader's language."""
    words: dict[ItemType, str] = {
        ItemType.SINGLE: _("单选题"),
        ItemType.MULTI: _("多选题"),
        ItemType.TRUE_FALSE: _("判断题"),
        ItemType.SHORT: _("简答题"),
    }
    return words[kind]


def place_in_words(place: Place | Problem) -> str:
    """Where it stands: sheet or file, and line."""
    part = place.part if isinstance(place, Place) else place.file
    line = str(_("第 %(n)s 行", n=place.line))
    return f"{part} {line}" if part else line


def _view(problem: Problem, lang: str, lines: str = "") -> FindingView:
    is_error = problem.level == "error"
    return FindingView(
        problem.code, is_error, in_form_words(problem, lang), place_in_words(problem), lines
    )


def _is_open(section: SectionView) -> bool:
    """Whether a total waits for the trainer's word."""
    return bool(section.cures) and not any(cure.is_chosen for cure in section.cures)


def _uneven(section: FoundSection) -> str:
    """Why the stated total cannot be shared out evenly; empty when it can."""
    if section.total is None or share_of(section) is not None:
        return ""
    count = section.draw or len(section.items)
    total = show_points(section.total)
    return str(_("%(total)s 分不能平分给 %(n)s 题", total=total, n=count))


class _Reader:
    """Draws one import for one reader."""

    def __init__(self, kept: Import, lang: str, known: Sequence[Index]) -> None:
        self.kept, self.lang = kept, lang
        self.known = known
        self.found: FoundBank = kept.found
        self.choices: Choices = kept.choices
        self.decided: Decided = decided(kept.found, kept.choices)
        self.of_item: dict[int, list[Problem]] = defaultdict(list)
        self.of_section: dict[int, list[Problem]] = defaultdict(list)
        self.of_file: list[Problem] = []
        self._sort()
        self.now = {n: place for place, n in enumerate(self.decided.kept)}
        self.flat = [
            (section, item) for section in self.decided.bank.sections for item in section.items
        ]

    def _sort(self) -> None:
        sections = {
            (one.place.line, one.place.col, one.place.part): s
            for s, one in enumerate(self.found.sections)
        }
        seen: set[tuple[object, ...]] = set()
        for n, problem in item_findings(self.decided.bank):
            same = (n, problem.key, problem.line, problem.col, problem.file, str(problem.params))
            if same in seen:
                continue
            seen.add(same)
            if n is not None:
                self.of_item[self.decided.kept[n]].append(problem)
            elif problem.key.startswith("E30") and self._section_of(problem, sections) is not None:
                self.of_section[self._section_of(problem, sections) or 0].append(problem)
            else:
                self.of_file.append(problem)

    @staticmethod
    def _section_of(problem: Problem, sections: Mapping[tuple[int, int, str], int]) -> int | None:
        if problem.code == "E302":
            return None
        return sections.get((problem.line, problem.col, problem.file))

    def page(self) -> ImportPage:
        """All of it."""
        sections = tuple(self._sections())
        views = [item for section in sections for item in section.items]
        stay = [item for item in views if not item.is_left_out]
        without = [item for item in stay if not item.has_key]
        said = [*self.of_file, *(p for many in self.of_item.values() for p in many)]
        errors = [p for many in self.of_section.values() for p in many]
        errors += [p for p in said if p.level == "error"]
        total = sum((points_of(one) for one in self.decided.bank.sections), Fraction(0))
        left = [p for p in self.of_file if p.code in _LEFT_OUT]
        return ImportPage(
            id=self.kept.id,
            name=self.kept.name,
            is_pasted=not self.kept.name,
            title=self.choices.title,
            bank_id=self.choices.bank_id,
            owner=self.choices.owner or OWN,
            summary=Summary(
                items=len(stay),
                without_key=len(without),
                errors=len(errors),
                warnings=sum(p.level != "error" and p.key not in _OPEN for p in said)
                + sum(one.is_elsewhere for item in stay for one in item.findings),
                points=show_points(total),
                undecided=sum(_is_open(one) for one in sections),
                first_undecided=next((one.index for one in sections if _is_open(one)), None),
                first_open=without[0].index if without else None,
            ),
            sections=sections,
            findings=tuple(_view(p, self.lang) for p in self.of_file if p not in left),
            left_out=tuple(_view(p, self.lang, self._lines(p)) for p in left),
            changed_at=self.kept.changed_at,
        )

    def _lines(self, problem: Problem) -> str:
        """The lines themselves, when the file is a plain text."""
        count = problem.params.get("lines")
        if self.kept.name and not self.kept.name.lower().endswith((".txt", ".md")):
            return ""
        if not isinstance(count, int):
            return ""
        text, _notes = decoded(self.kept.source)
        first = problem.line - 1
        return "\n".join(text.splitlines()[first : first + min(count, MAX_LINES)])

    def _words(self, text: Text | None) -> str:
        said = text or {}
        return said.get(self.found.lang) or next(iter(said.values()), "")

    # ------------------------------------------------------------ sections and items

    def _sections(self) -> Iterator[SectionView]:
        index = 0
        for s, section in enumerate(self.found.sections):
            choice = self.choices.sections.get(s, SectionChoice())
            place = self.decided.places.get(s)
            now = self.decided.bank.sections[place] if place is not None else section
            items = []
            for item in section.items:
                items.append(self._item(index, section, item))
                index += 1
            yield SectionView(
                index=s,
                title=self._words(now.title),
                points=choice.points
                or (show_points(now.points_each) if now.points_each is not None else ""),
                sum=show_points(points_of(now)),
                stated=show_points(section.total) if section.total is not None else "",
                cures=(cures := self._cures(s, choice)),
                uneven=_uneven(now) if cures else "",
                findings=tuple(_view(p, self.lang) for p in self.of_section[s]),
                items=tuple(items),
            )

    def _cures(self, s: int, choice: SectionChoice) -> tuple[CureView, ...]:
        """Ways to settle a total that does not fit; they stay to be chosen again."""
        place = self.decided.places.get(s)
        if place is None:
            return ()
        undone = Choices(
            items=self.choices.items,
            sections={**self.choices.sections, s: SectionChoice(choice.title, choice.points)},
        )
        section = decided(self.found, undone).bank.sections[place]
        if section.total is None or points_of(section) == section.total:
            return ()
        found = [
            CureView(
                SUM,
                _("总分改为 %(n)s 分", n=show_points(points_of(section))),
                choice.total == SUM,
            )
        ]
        if (share := share_of(section)) is not None:
            label = _("每题改为 %(n)s 分", n=show_points(share))
            found.append(CureView(EACH, label, choice.total == EACH))
        found.append(CureView(KEEP, _("先不改，提交审核前再定"), choice.total == KEEP))
        return tuple(found)

    def _item(self, index: int, section: FoundSection, item: FoundItem) -> ItemView:
        place = self.now.get(index)
        of, shown = (section, item) if place is None else self.flat[place]
        choice = self.choices.items.get(index, ItemChoice())
        known = shown.type or of.type
        kind = item_type(shown, of)
        return ItemView(
            index=index,
            number=index + 1,
            kind=kind.value,
            types=self._types(known, item),
            is_type_known=known is not None,
            stem=self._words(item.stem),
            options=tuple(
                OptionView(
                    letter,
                    self._words(text),
                    letter in shown.answer if kind in CHOICE_TYPES else False,
                )
                for letter, text in item.options
            ),
            judged=next(iter(shown.answer), "") if kind is ItemType.TRUE_FALSE else "",
            model=self._words(shown.model_answer) if kind is ItemType.SHORT else "",
            rubric=tuple(self._words(one.point) for one in item.rubric),
            points=show_points(self._points(of, shown)),
            source=item.source.strip("\n"),
            place=place_in_words(item.place),
            has_key=not is_draft(shown, of),
            is_left_out=choice.is_left_out,
            findings=(
                *(_view(p, self.lang) for p in self.of_item[index] if p.key not in _OPEN),
                *self._likes(item, is_left_out=choice.is_left_out),
            ),
        )

    def _likes(self, item: FoundItem, *, is_left_out: bool) -> Iterator[FindingView]:
        """The item of another bank that this one is most like; who leaves it out has seen it."""
        if is_left_out or not self.known:
            return
        asked = Asked("", "", item.stem, tuple(text for _letter, text in item.options))
        for one in nearest(asked, self.known)[:1]:
            if one.share >= LEAST:
                text = _(
                    "与题库 %(bank)s 的 %(item)s 有 %(n)s%% 相同，可能是同一题。不要就勾“不导入”",
                    bank=one.other.bank,
                    item=one.other.item,
                    n=int(100 * one.share),
                )
                yield FindingView(LIKE, False, text, place_in_words(item.place), is_elsewhere=True)

    @staticmethod
    def _points(section: FoundSection, item: FoundItem) -> Fraction:
        if item.points is not None:
            return item.points
        return section.points_each if section.points_each is not None else Fraction(1)

    @staticmethod
    def _types(known: ItemType | None, item: FoundItem) -> tuple[TypeView, ...]:
        offered = [
            kind for kind in ItemType if kind not in CHOICE_TYPES or item.options or kind is known
        ]
        keys = {ItemType.SINGLE: "1", ItemType.MULTI: "2", ItemType.TRUE_FALSE: "3"}
        return tuple(
            TypeView(kind.value, type_label(kind), keys.get(kind, "4"), kind is known)
            for kind in offered
        )
