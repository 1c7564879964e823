"""Putting a paper together: which items, in which order, with which letters.

A paper is a pure function of plan, candidates and seed, and is stored frozen; a restart, another
database order or a new Python version gives the same paper again. Every decision has a generator
of its own, `random.Random(f"{seed}/{purpose}")`, of which only `random()` is used: its sequence
for a string seed is guaranteed by Python, that of `shuffle` and `sample` is not. So a change in
one section or option list moves nothing elsewhere.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from random import Random
from typing import Any, Final, Self, TypeVar

from app.domain.items import Bank, Choice, Item, ItemStatus, ItemType, Text

FORMAT: Final = "paper/1"
LETTERS: Final = "ABCDEFGHIJ"

TYPE_TITLES: Final[Mapping[ItemType, Text]] = {
    ItemType.SINGLE: {"zh-CN": "单选题", "en": "Single choice"},
    ItemType.MULTI: {"zh-CN": "多选题", "en": "Multiple choice"},
    ItemType.TRUE_FALSE: {"zh-CN": "判断题", "en": "True or false"},
    ItemType.SHORT: {"zh-CN": "简答题", "en": "Short answer"},
}

_PLACEHOLDER: Final = re.compile(r"\{([A-J])\}")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item version that may be served, without text or key.

    `options` are option ids in the order of the author's file, empty for true/false and short.
    """

    item_version_id: int
    item_id: str
    bank: str
    type: ItemType
    points: Fraction
    difficulty: int = 2
    competencies: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    shuffle: bool = True

    @classmethod
    def of(cls, item: Item, *, item_version_id: int, bank: str) -> Self:
        """The candidate for one item of a bank."""
        options = tuple(o.id for o in item.body.options) if isinstance(item.body, Choice) else ()
        return cls(
            item_version_id=item_version_id,
            item_id=item.id,
            bank=bank,
            type=item.type,
            points=item.points,
            difficulty=item.difficulty,
            competencies=item.competencies,
            options=options,
            shuffle=item.shuffle,
        )


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """One section of a bank; `draw` picks that many of its items at random."""

    title: Text
    items: tuple[Candidate, ...]
    intro: Text | None = None
    draw: int | None = None
    shuffle_items: bool = False


@dataclass(frozen=True, slots=True)
class BankPlan:
    """A bank used as a paper, by its own sections."""

    sections: tuple[SectionPlan, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """So many items of a kind; None means "any". `points` None keeps each item's own points.

    Short answers are marked against a rubric in points, so a cell with `points` takes only those
    short answers that are worth exactly that; any other item counts what the cell says.
    """

    n: int
    competency: str | None = None
    difficulty: int | None = None
    type: ItemType | None = None
    points: Fraction | None = None
    banks: tuple[str, ...] = ()

    def admits(self, candidate: Candidate) -> bool:
        """Whether this cell may draw `candidate`."""
        return (
            (not self.banks or candidate.bank in self.banks)
            and (self.competency is None or self.competency in candidate.competencies)
            and (self.difficulty is None or self.difficulty == candidate.difficulty)
            and (self.type is None or self.type is candidate.type)
            and not self._misprices(candidate)
        )

    def _misprices(self, candidate: Candidate) -> bool:
        """True for a short answer whose rubric does not add up to the cell's points."""
        return (
            candidate.type is ItemType.SHORT
            and self.points is not None
            and self.points != candidate.points
        )


@dataclass(frozen=True, slots=True)
class PaperPlan:
    """Fixed items (by item id) and cells to draw, over the items of several banks.

    The paper gets one section per item type, in the order single, multi, true/false, short.
    """

    cells: tuple[Cell, ...] = ()
    fixed: tuple[str, ...] = ()
    shuffle_items: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain data for storage and for the paper's audit."""
        return {
            "cells": [_cell_json(cell) for cell in self.cells],
            "fixed": list(self.fixed),
            "shuffle_items": self.shuffle_items,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(
            cells=tuple(_cell_from_json(cell) for cell in data["cells"]),
            fixed=tuple(data["fixed"]),
            shuffle_items=data["shuffle_items"],
        )


@dataclass(frozen=True, slots=True)
class Lack:
    """What a plan asks for and does not find: `cell` or section by index, or a fixed item by id."""

    wanted: int
    found: int
    index: int | None = None
    cell: Cell | None = None
    section: Text | None = None
    item_id: str | None = None

    @property
    def missing(self) -> int:
        """How many items are missing."""
        return self.wanted - self.found


class PlanError(ValueError):
    """The plan cannot be met; `lacks` names every place at once."""

    def __init__(self, lacks: Sequence[Lack]) -> None:
        super().__init__("; ".join(_lack_text(lack) for lack in lacks))
        self.lacks = tuple(lacks)


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a paper. `options` are option ids in the order this person sees."""

    position: int
    item_id: str
    item_version_id: int
    points: Fraction
    section: int
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperSection:
    """The heading of a part of the paper."""

    title: Text
    intro: Text | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A frozen paper; `unseen` counts the items this person had not met before."""

    seed: str
    sections: tuple[PaperSection, ...]
    entries: tuple[Entry, ...]
    unseen: int

    @property
    def total(self) -> Fraction:
        """What the whole paper is worth."""
        return sum((entry.points for entry in self.entries), Fraction(0))

    def to_json(self) -> dict[str, Any]:
        """Plain data, exact: points are fractions written as text."""
        return {
            "format": FORMAT,
            "seed": self.seed,
            "unseen": self.unseen,
            "sections": [
                {"title": dict(s.title), "intro": None if s.intro is None else dict(s.intro)}
                for s in self.sections
            ],
            "entries": [
                [e.position, e.item_id, e.item_version_id, str(e.points), e.section, [*e.options]]
                for e in self.entries
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`. Raises ValueError for another format."""
        if data.get("format") != FORMAT:
            raise ValueError("the stored paper has an unknown format")
        return cls(
            seed=data["seed"],
            sections=tuple(PaperSection(s["title"], s["intro"]) for s in data["sections"]),
            entries=tuple(
                Entry(position, item_id, version, Fraction(points), section, tuple(options))
                for position, item_id, version, points, section, options in data["entries"]
            ),
            unseen=data["unseen"],
        )


def bank_plan(bank: Bank, version_ids: Mapping[str, int]) -> BankPlan:
    """The plan of a bank's own sections; drafts and retired items are left out.

    `version_ids` maps the id of each active item to the version row to be served.
    """
    return BankPlan(
        tuple(
            SectionPlan(
                title=section.title,
                items=tuple(
                    Candidate.of(item, item_version_id=version_ids[item.id], bank=bank.id)
                    for item in section.items
                    if item.status is ItemStatus.ACTIVE
                ),
                intro=section.intro,
                draw=section.draw,
                shuffle_items=section.shuffle_items,
            )
            for section in bank.sections
        )
    )


def assemble(
    plan: BankPlan | PaperPlan,
    *,
    seed: str,
    pool: Iterable[Candidate] = (),
    seen: Collection[str] = frozenset(),
    unseen: Fraction = Fraction(0),
) -> Paper:
    """The paper of one person.

    `pool` are the candidates of a `PaperPlan`. `seen` holds item ids this person met before; each
    draw takes at least the share `unseen` (0-1) from the others as far as there are enough, the
    rest at random from all. `Paper.unseen` says how many it became.

    Raises `PlanError` naming every section, cell or fixed item that cannot be met.
    """
    taste = _Taste(seed, frozenset(seen), unseen)
    if isinstance(plan, BankPlan):
        parts = _from_sections(plan, taste)
    else:
        parts = _from_cells(plan, sorted(pool, key=_identity), taste)
    entries = tuple(
        Entry(
            position=position,
            item_id=pick.candidate.item_id,
            item_version_id=pick.candidate.item_version_id,
            points=pick.points,
            section=section,
            options=_option_order(pick.candidate, seed),
        )
        for position, (section, pick) in enumerate(
            ((index, pick) for index, part in enumerate(parts) for pick in part.picks), start=1
        )
    )
    return Paper(
        seed=seed,
        sections=tuple(part.heading for part in parts),
        entries=entries,
        unseen=sum(entry.item_id not in taste.seen for entry in entries),
    )


def letters(options: Sequence[str]) -> dict[str, str]:
    """Letter on the page to option id, from the frozen order. THE mapping: nobody else letters."""
    return dict(zip(LETTERS, options, strict=False))


def letter_of(options: Sequence[str], option_id: str) -> str | None:
    """The letter this reader saw for an option, or None when it was not on the paper."""
    return next((letter for letter, o in letters(options).items() if o == option_id), None)


def relabel(text: str, options: Sequence[str]) -> str:
    """Put the letters this reader saw for `{A}` in an explanation (the author's option ids)."""
    return _PLACEHOLDER.sub(lambda m: letter_of(options, m[1]) or m[0], text)


def shuffled(things: Iterable[T], *, seed: str) -> list[T]:
    """A new list in an order that depends on `seed` alone (Fisher-Yates on `random()`)."""
    order = list(things)
    rng = Random(seed)  # noqa: S311  an order to look at, not a secret
    for last in range(len(order) - 1, 0, -1):
        other = int(rng.random() * (last + 1))
        order[last], order[other] = order[other], order[last]
    return order


@dataclass(frozen=True, slots=True)
class _Taste:
    """What steers a draw: the seed, what was met before, and how much must be new."""

    seed: str
    seen: frozenset[str]
    unseen: Fraction

    def order(self, candidates: Sequence[Candidate], purpose: str) -> list[Candidate]:
        """All candidates in random order."""
        ordered = sorted(candidates, key=_identity)
        return shuffled(ordered, seed=f"{self.seed}/{purpose}")

    def new_first(self, ordered: Sequence[Candidate]) -> list[Candidate]:
        """The unseen ahead of the seen, else as they were."""
        return sorted(ordered, key=lambda c: c.item_id in self.seen)

    def owed(self, n: int) -> int:
        """How many of n draws must be new if possible."""
        return ceil(self.unseen * n)


@dataclass(frozen=True, slots=True)
class _Pick:
    """One chosen item and what it counts."""

    candidate: Candidate
    points: Fraction


@dataclass(frozen=True, slots=True)
class _Part:
    """A section in the making."""

    heading: PaperSection
    picks: list[_Pick] = field(default_factory=list)


def _from_sections(plan: BankPlan, taste: _Taste) -> list[_Part]:
    """One part per section of the bank."""
    lacks = [
        Lack(section.draw, len(section.items), index=index, section=section.title)
        for index, section in enumerate(plan.sections)
        if section.draw is not None and section.draw > len(section.items)
    ]
    if lacks:
        raise PlanError(lacks)
    parts = []
    for index, section in enumerate(plan.sections):
        chosen = _drawn(section, taste, f"section/{index}")
        picks = [_Pick(candidate, candidate.points) for candidate in chosen]
        if picks:
            parts.append(_Part(PaperSection(section.title, section.intro), picks))
    return parts


def _drawn(section: SectionPlan, taste: _Taste, purpose: str) -> list[Candidate]:
    """The items of one section in the order of the paper."""
    chosen = list(section.items)
    if section.draw is not None:
        ordered = taste.order(section.items, f"{purpose}/draw")
        new = taste.new_first(ordered)[: taste.owed(section.draw)]
        # A dict keeps the first place of each, so the promised new ones come before the rest.
        kept = list(dict.fromkeys([*new, *ordered]))[: section.draw]
        chosen = [candidate for candidate in section.items if candidate in kept]
    if section.shuffle_items:
        chosen = taste.order(chosen, f"{purpose}/items")
    return chosen


def _from_cells(plan: PaperPlan, pool: Sequence[Candidate], taste: _Taste) -> list[_Part]:
    """One part per item type: fixed items first, then what the cells drew."""
    by_id = {candidate.item_id: candidate for candidate in pool}
    missing = [Lack(1, 0, item_id=item_id) for item_id in plan.fixed if item_id not in by_id]
    fixed = [by_id[item_id] for item_id in dict.fromkeys(plan.fixed) if item_id in by_id]
    free = [candidate for candidate in pool if candidate.item_id not in plan.fixed]
    drawn, lacks = _match(plan.cells, free, taste)
    if missing or lacks:
        raise PlanError([*missing, *lacks])
    picks = [_Pick(candidate, candidate.points) for candidate in fixed] + drawn
    return _by_type(picks, taste, shuffle_items=plan.shuffle_items)


def _by_type(picks: Sequence[_Pick], taste: _Taste, *, shuffle_items: bool) -> list[_Part]:
    """Group picks by item type, in the order every paper has."""
    parts = []
    for kind, title in TYPE_TITLES.items():
        own = [pick for pick in picks if pick.candidate.type is kind]
        if shuffle_items:
            by_version = {pick.candidate.item_version_id: pick for pick in own}
            order = taste.order([pick.candidate for pick in own], f"type/{kind.value}/items")
            own = [by_version[candidate.item_version_id] for candidate in order]
        if own:
            parts.append(_Part(PaperSection(title), own))
    return parts


def _match(
    cells: Sequence[Cell], pool: Sequence[Candidate], taste: _Taste
) -> tuple[list[_Pick], list[Lack]]:
    """Give every cell its items, none twice: a bipartite matching by augmenting paths.

    A greedy draw would fail where one cell took the only item another could use. Slots keep
    their random preference as long as nobody else needs the item.
    """
    slots = [index for index, cell in enumerate(cells) for _ in range(cell.n)]
    holder: dict[str, int] = {}
    wishes = _wishes(cells, pool, taste)
    for slot in range(len(slots)):
        _seat(slot, wishes, holder, set())
    by_id = {candidate.item_id: candidate for candidate in pool}
    picks: list[list[_Pick]] = [[] for _ in cells]
    for item_id, slot in sorted(holder.items(), key=lambda held: held[1]):
        candidate, worth = by_id[item_id], cells[slots[slot]].points
        picks[slots[slot]].append(_Pick(candidate, candidate.points if worth is None else worth))
    lacks = [
        Lack(cell.n, len(got), index=index, cell=cell)
        for index, (cell, got) in enumerate(zip(cells, picks, strict=True))
        if len(got) < cell.n
    ]
    return [pick for got in picks for pick in got], lacks


def _wishes(
    cells: Sequence[Cell], pool: Sequence[Candidate], taste: _Taste
) -> list[Sequence[Candidate]]:
    """For every slot of every cell the candidates it would take, dearest first."""
    wishes: list[Sequence[Candidate]] = []
    for index, cell in enumerate(cells):
        fitting = taste.order([c for c in pool if cell.admits(c)], f"cell/{index}")
        new, owed = taste.new_first(fitting), taste.owed(cell.n)
        wishes += [new if slot < owed else fitting for slot in range(cell.n)]
    return wishes


def _seat(
    slot: int, wishes: Sequence[Sequence[Candidate]], holder: dict[str, int], tried: set[str]
) -> bool:
    """Find an item for `slot`, moving other slots on if need be; True when it has one."""
    for candidate in wishes[slot]:
        if candidate.item_id not in holder:
            holder[candidate.item_id] = slot
            return True
    for candidate in wishes[slot]:
        if candidate.item_id in tried:
            continue
        tried.add(candidate.item_id)
        if _seat(holder[candidate.item_id], wishes, holder, tried):
            holder[candidate.item_id] = slot
            return True
    return False


def _option_order(candidate: Candidate, seed: str) -> tuple[str, ...]:
    """The options as this person sees them."""
    if not candidate.shuffle:
        return candidate.options
    return tuple(shuffled(candidate.options, seed=f"{seed}/options/{candidate.item_id}"))


def _identity(candidate: Candidate) -> tuple[str, int]:
    """The order draws start from: never that of the database."""
    return candidate.item_id, candidate.item_version_id


def _cell_json(cell: Cell) -> dict[str, Any]:
    """A cell as plain data."""
    return {
        "n": cell.n,
        "competency": cell.competency,
        "difficulty": cell.difficulty,
        "type": None if cell.type is None else cell.type.value,
        "points": None if cell.points is None else str(cell.points),
        "banks": list(cell.banks),
    }


def _cell_from_json(data: Mapping[str, Any]) -> Cell:
    """The inverse of `_cell_json`."""
    return Cell(
        n=data["n"],
        competency=data["competency"],
        difficulty=data["difficulty"],
        type=None if data["type"] is None else ItemType(data["type"]),
        points=None if data["points"] is None else Fraction(data["points"]),
        banks=tuple(data["banks"]),
    )


def _lack_text(lack: Lack) -> str:
    """One line for logs; pages make their own sentence."""
    if lack.item_id is not None:
        return f"item {lack.item_id} cannot be served"
    place = f"cell {lack.index}" if lack.cell is not None else f"section {lack.index}"
    return f"{place} wants {lack.wanted}, finds {lack.found}"
