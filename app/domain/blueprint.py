"""The two-way table of a plan (双向细目表), and whether its cells can be met together.

Cells compete: an item that two cells admit serves one of them. So a cell's own count of fitting
items says too much; what counts is the largest assignment of items to all cells at once. Where it
falls short, `Clash` names the cells that want more between them than there is (Hall's condition).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Final

from app.domain.items import ItemType
from app.domain.papers import Candidate, Cell, PaperPlan

ANY: Final = ""


@dataclass(frozen=True, slots=True)
class Clash:
    """Cells (by index) that want `wanted` items together and share only `there`."""

    cells: tuple[int, ...]
    wanted: int
    there: int


@dataclass(frozen=True, slots=True)
class CellCheck:
    """One cell: items that fit it, how many it gets when all cells are served at once."""

    index: int
    wanted: int
    fitting: int
    found: int
    clash: Clash | None = None

    @property
    def missing(self) -> int:
        """How many items are missing here."""
        return self.wanted - self.found


def feasibility(plan: PaperPlan, pool: Iterable[Candidate]) -> tuple[CellCheck, ...]:
    """Every cell of a plan against the pool; fixed items are taken away first.

    What is missing in all is the least possible. Which of several rivals goes short is decided by
    the order of the cells: the later one does.
    """
    free = [one for one in pool if one.item_id not in plan.fixed]
    graph = _Graph(plan.cells, sorted(free, key=lambda one: one.item_id))
    graph.fill()
    return tuple(graph.check(index) for index in range(len(plan.cells)))


Kind = tuple[ItemType | None, str, int | None]


def supply(pool: Iterable[Candidate]) -> dict[Kind, int]:
    """How many items there are by type, competency and difficulty; None and ANY: whichever."""
    found: Counter[Kind] = Counter()
    for one in pool:
        found.update(product((None, one.type), (ANY, *one.competencies), (None, one.difficulty)))
    return dict(found)


class _Graph:
    """Cells on one side with as many places as they want, items on the other."""

    def __init__(self, cells: Sequence[Cell], pool: Sequence[Candidate]) -> None:
        self.cells = cells
        self.fits = [[n for n, one in enumerate(pool) if cell.admits(one)] for cell in cells]
        self.holder: dict[int, int] = {}

    def fill(self) -> None:
        for index, cell in enumerate(self.cells):
            for _place in range(cell.n):
                if not self._seat(index, set()):
                    break

    def _seat(self, cell: int, tried: set[int]) -> bool:
        """Give `cell` one more item, moving others on if need be."""
        for item in self.fits[cell]:
            if item in tried:
                continue
            tried.add(item)
            if item not in self.holder or self._seat(self.holder[item], tried):
                self.holder[item] = cell
                return True
        return False

    def found(self, cell: int) -> int:
        return sum(holder == cell for holder in self.holder.values())

    def check(self, index: int) -> CellCheck:
        found, wanted = self.found(index), self.cells[index].n
        clash = None if found == wanted else self._clash(index)
        return CellCheck(index, wanted, len(self.fits[index]), found, clash)

    def _clash(self, index: int) -> Clash | None:
        """The cells reached from a short one through the items they hold."""
        cells, items = {index}, set[int]()
        waiting = [index]
        while waiting:
            for item in self.fits[waiting.pop()]:
                if item in items:
                    continue
                items.add(item)
                holder = self.holder[item]  # free items would have ended the search in `_seat`
                if holder not in cells:
                    cells.add(holder)
                    waiting.append(holder)
        if len(cells) == 1:
            return None
        return Clash(tuple(sorted(cells)), sum(self.cells[one].n for one in cells), len(items))


# ---------------------------------------------------------------- the table


@dataclass(frozen=True, slots=True)
class Column:
    """A column: a type at a difficulty; None means any."""

    type: ItemType | None
    difficulty: int | None


@dataclass(frozen=True, slots=True)
class Square:
    """One square of the table. `points` None: it depends on which items are drawn."""

    n: int = 0
    points: Fraction | None = Fraction(0)
    missing: int = 0

    def __add__(self, other: "Square") -> "Square":
        known = self.points is not None and other.points is not None
        return Square(
            self.n + other.n,
            (self.points or 0) + (other.points or 0) if known else None,  # type: ignore[arg-type]
            self.missing + other.missing,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One competency (ANY: whichever). `share` of all points, of items where points are open."""

    competency: str
    squares: tuple[Square, ...]
    total: Square
    share: Fraction


@dataclass(frozen=True, slots=True)
class TwoWay:
    """The table; `shares` are the columns' own."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: tuple[Square, ...]
    shares: tuple[Fraction, ...]
    total: Square


def two_way(plan: PaperPlan, pool: Iterable[Candidate], order: Sequence[str] = ()) -> TwoWay:
    """The table of a plan: rows in the order of the framework, columns by type and difficulty."""
    known = list(pool)
    squares: dict[tuple[str, Column], Square] = {}
    for row, column, square in [*_of_fixed(plan, known), *_of_cells(plan, known)]:
        squares[row, column] = squares.get((row, column), Square()) + square
    rank = {slug: n for n, slug in enumerate(order)}
    names = sorted({row for row, _c in squares}, key=lambda s: (s == ANY, rank.get(s, 999), s))
    columns = sorted({column for _r, column in squares}, key=_place)
    total = _sum(squares.values())
    table = [[squares.get((name, one), Square()) for one in columns] for name in names]
    sums = [_sum(line) for line in table]
    feet = [_sum(line[n] for line in table) for n in range(len(columns))]
    return TwoWay(
        columns=tuple(columns),
        rows=tuple(
            Row(name, tuple(line), whole, _share(whole, total))
            for name, line, whole in zip(names, table, sums, strict=True)
        ),
        totals=tuple(feet),
        shares=tuple(_share(one, total) for one in feet),
        total=total,
    )


def _place(column: Column) -> tuple[int, int]:
    kinds = list(ItemType)
    return (
        len(kinds) if column.type is None else kinds.index(column.type),
        9 if column.difficulty is None else column.difficulty,
    )


def _sum(squares: Iterable[Square]) -> Square:
    total = Square()
    for one in squares:
        total += one
    return total


def _share(part: Square, whole: Square) -> Fraction:
    if part.points is not None and whole.points:
        return part.points / whole.points
    return Fraction(part.n, whole.n) if whole.n else Fraction(0)


_Entry = tuple[str, Column, Square]


def _of_fixed(plan: PaperPlan, pool: Sequence[Candidate]) -> list[_Entry]:
    """Fixed items stand at their first competency; one that is not there is missing."""
    by_id: Mapping[str, Candidate] = {one.item_id: one for one in pool}
    found: list[_Entry] = []
    for item_id in dict.fromkeys(plan.fixed):
        one = by_id.get(item_id)
        if one is None:
            found.append((ANY, Column(None, None), Square(1, None, 1)))
        else:
            where = one.competencies[0] if one.competencies else ANY
            found.append((where, Column(one.type, one.difficulty), Square(1, one.points)))
    return found


def _of_cells(plan: PaperPlan, pool: Sequence[Candidate]) -> list[_Entry]:
    checks = feasibility(plan, pool)
    return [
        (
            cell.competency or ANY,
            Column(cell.type, cell.difficulty),
            Square(cell.n, _points(cell, pool), check.missing),
        )
        for cell, check in zip(plan.cells, checks, strict=True)
    ]


def _points(cell: Cell, pool: Sequence[Candidate]) -> Fraction | None:
    """What the cell is worth; known without `points` when all that fit are worth the same."""
    if cell.points is not None:
        return cell.n * cell.points
    worths = {one.points for one in pool if cell.admits(one)}
    return cell.n * worths.pop() if len(worths) == 1 else None
