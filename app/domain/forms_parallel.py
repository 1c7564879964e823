"""Parallel forms: several papers of the same plan that are expected to be equally hard.

Expected facility of an item (0-1): the measured share of points, drawn towards what the author's
difficulty lets expect as if by 20 more people; below 10 people the expectation alone. Expected
facility of a form: the mean over its items, weighted by points.

Forms share as few items as the pool allows, and this is stated. Then items are exchanged - between
two forms, or against one that no form uses - as long as the widest distance between two forms
shrinks. Everything follows from the seed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import Final

from app.domain.papers import (
    BankPlan,
    Candidate,
    Cell,
    Lack,
    Paper,
    PaperPlan,
    PlanError,
    assemble,
    shuffled,
)

CLOSE: Final = 0.03
FEWEST: Final = 10
PRIOR_PEOPLE: Final = 20
PRIOR: Final[Mapping[int, float]] = {1: 0.90, 2: 0.80, 3: 0.70, 4: 0.55, 5: 0.40}
MOST_FORMS: Final = 8
_STEPS: Final = 400
_LEAST_GAIN: Final = 1e-12
_ALIKE: Final = 0.002  # closer than this is of no use to anybody


@dataclass(frozen=True, slots=True)
class Measured:
    """The mean share of points of an item, and of how many people."""

    mean: float
    n: int


def expected_facility(difficulty: int, measured: Measured | None) -> float:
    """The share of points to expect of an item."""
    prior = PRIOR[difficulty]
    if measured is None or measured.n < FEWEST:
        return prior
    people = measured.n + PRIOR_PEOPLE
    return (measured.mean * measured.n + prior * PRIOR_PEOPLE) / people


@dataclass(frozen=True, slots=True)
class Form:
    """One form: its paper and the share of points to expect."""

    paper: Paper
    facility: float


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many items two forms (by index) share, and of how many."""

    first: int
    second: int
    shared: int
    of: int

    @property
    def is_all(self) -> bool:
        """Whether the two hold the very same items: who saw one has seen the other."""
        return self.shared == self.of > 0

    @property
    def is_most(self) -> bool:
        """Whether the two share half of their items or more."""
        return 0 < self.of <= 2 * self.shared


@dataclass(frozen=True, slots=True)
class Forms:
    """All forms. `spread`: the widest distance between two expected facilities."""

    forms: tuple[Form, ...]
    overlaps: tuple[Overlap, ...]

    @property
    def spread(self) -> float:
        """Widest distance between two forms."""
        return spread_of([form.facility for form in self.forms])

    @property
    def is_close(self) -> bool:
        """Whether all forms are within .03 of each other."""
        return self.spread <= CLOSE


def spread_of(facilities: Sequence[float]) -> float:
    """Highest minus lowest, to nine places: below that it is the arithmetic's own noise."""
    return round(max(facilities) - min(facilities), 9)


def parallel(
    plan: BankPlan | PaperPlan,
    n: int,
    *,
    seed: str,
    pool: Iterable[Candidate] = (),
    facility: Mapping[str, float],
) -> Forms:
    """`n` forms of one plan. `facility` by item id. Raises PlanError, ValueError for a wrong n."""
    if not 1 <= n <= MOST_FORMS:
        raise ValueError(f"1 to {MOST_FORMS} forms")
    known = sorted(pool, key=lambda one: (one.item_id, one.item_version_id))
    groups = _groups(plan, known)
    picks = _Picks(groups, _drawn(groups, n, seed), facility)
    picks.settle()
    forms = []
    for index, taken in enumerate(picks.taken):
        paper = _paper(plan, taken, known, f"{seed}/{index}")
        forms.append(Form(paper, facility_of(paper, facility)))
    return Forms(tuple(forms), overlaps_of([form.paper for form in forms]))


def overlaps_of(papers: Sequence[Paper]) -> tuple[Overlap, ...]:
    """How many items each two papers share."""
    ids = [{entry.item_id for entry in paper.entries} for paper in papers]
    return tuple(
        Overlap(a, b, len(ids[a] & ids[b]), len(ids[b]))
        for a, b in combinations(range(len(ids)), 2)
    )


def facility_of(paper: Paper, facility: Mapping[str, float]) -> float:
    """The share of points to expect of a paper."""
    worth = sum(float(entry.points) * facility[entry.item_id] for entry in paper.entries)
    return worth / float(paper.total) if paper.total else 0.0


# ---------------------------------------------------------------- what may stand where


@dataclass(frozen=True, slots=True)
class _Group:
    """A section or a cell: so many of these. `worth` None: each item counts its own points."""

    n: int
    items: tuple[Candidate, ...]
    worth: Fraction | None = None
    cell: Cell | None = None

    def points(self, one: Candidate) -> float:
        return float(one.points if self.worth is None else self.worth)


def _groups(plan: BankPlan | PaperPlan, pool: Sequence[Candidate]) -> list[_Group]:
    """Raises PlanError where a bank's section draws more than it has, or a fixed item is gone."""
    if isinstance(plan, BankPlan):
        _check_sections(plan)
        return [
            _Group(len(one.items) if one.draw is None else one.draw, one.items)
            for one in plan.sections
        ]
    by_id = {one.item_id: one for one in pool}
    lacks = [Lack(1, 0, item_id=item_id) for item_id in plan.fixed if item_id not in by_id]
    if lacks:
        raise PlanError(lacks)
    fixed = tuple(by_id[item_id] for item_id in dict.fromkeys(plan.fixed))
    free = [one for one in pool if one.item_id not in plan.fixed]
    cells = [
        _Group(cell.n, tuple(one for one in free if cell.admits(one)), cell.points, cell)
        for cell in plan.cells
    ]
    return [_Group(len(fixed), fixed), *cells]


def _check_sections(plan: BankPlan) -> None:
    lacks = [
        Lack(one.draw, len(one.items), index=index, section=one.title)
        for index, one in enumerate(plan.sections)
        if one.draw is not None and one.draw > len(one.items)
    ]
    if lacks:
        raise PlanError(lacks)


# ---------------------------------------------------------------- drawing


_Taken = list[list[Candidate]]  # by group


def _drawn(groups: Sequence[_Group], n: int, seed: str) -> list[_Taken]:
    """A first draw: different items for every form as far as they reach, then the least used.

    All forms are matched at once, so that no form takes an item which another needs to be
    different; what could be matched is dealt out in turn, and each form is then completed.
    """
    apart = _apart(groups, n, seed)
    used = Counter(item_id for dealt in apart for item_id in dealt)
    forms = []
    for index, dealt in enumerate(apart):
        taken = _completed(groups, dealt, used, f"{seed}/form/{index}")
        fresh = (one.item_id for picked in taken for one in picked if one.item_id not in dealt)
        used.update(fresh)
        forms.append(taken)
    return forms


def _apart(groups: Sequence[_Group], n: int, seed: str) -> list[dict[str, int]]:
    """For every form the items that it alone gets, each with its group."""
    slots = [number for number, group in enumerate(groups) for _place in range(n * group.n)]
    wishes = [shuffled(group.items, seed=f"{seed}/{at}") for at, group in enumerate(groups)]
    holder: dict[str, int] = {}
    _seated(range(len(slots)), slots, wishes, holder)
    dealt: list[dict[str, int]] = [{} for _form in range(n)]
    turn = 0
    for number in range(len(groups)):
        for item_id in sorted(one for one, slot in holder.items() if slots[slot] == number):
            dealt[turn % n][item_id] = number
            turn += 1
    return dealt


def _completed(
    groups: Sequence[_Group], dealt: Mapping[str, int], used: Mapping[str, int], seed: str
) -> _Taken:
    """A whole form around what was dealt to it; more used items only where it needs them.

    In each round only items used up to so many times may be taken; what is seated stays seated.
    """
    slots = [number for number, group in enumerate(groups) for _place in range(group.n)]
    wishes = [shuffled(group.items, seed=f"{seed}/{at}") for at, group in enumerate(groups)]
    free = list(range(len(slots)))
    holder: dict[str, int] = {}
    for item_id, number in dealt.items():
        place = next((slot for slot in free if slots[slot] == number), None)
        if place is not None:
            free.remove(place)
            holder[item_id] = place
    for most in sorted({used.get(one.item_id, 0) for group in groups for one in group.items}):
        allowed = [
            [one for one in wish if one.item_id in dealt or used.get(one.item_id, 0) <= most]
            for wish in wishes
        ]
        free = _seated(free, slots, allowed, holder)
    taken = [
        [one for one in group.items if one.item_id in holder and slots[holder[one.item_id]] == at]
        for at, group in enumerate(groups)
    ]
    lacks = [
        Lack(group.n, len(taken[at]), index=at - 1, cell=group.cell)
        for at, group in enumerate(groups)
        if len(taken[at]) < group.n
    ]
    if lacks:
        raise PlanError(lacks)
    return taken


def _seated(
    places: Iterable[int],
    slots: Sequence[int],
    wishes: Sequence[Sequence[Candidate]],
    holder: dict[str, int],
) -> list[int]:
    """Seat all places that can be; gives those left over.

    Where one place of a group finds nothing, no other of its places will: all want the same.
    """
    short: set[int] = set()
    left = []
    for place in places:
        if slots[place] in short or not _seat(place, slots, wishes, holder, set()):
            short.add(slots[place])
            left.append(place)
    return left


def _seat(
    slot: int,
    slots: Sequence[int],
    wishes: Sequence[Sequence[Candidate]],
    holder: dict[str, int],
    tried: set[str],
) -> bool:
    """An item for one place, moving other places on if need be."""
    for one in wishes[slots[slot]]:
        if one.item_id not in holder:
            holder[one.item_id] = slot
            return True
    for one in wishes[slots[slot]]:
        if one.item_id not in tried:
            tried.add(one.item_id)
            if _seat(holder[one.item_id], slots, wishes, holder, tried):
                holder[one.item_id] = slot
                return True
    return False


# ---------------------------------------------------------------- making them alike


@dataclass(frozen=True, slots=True)
class _Move:
    """Put `new` in place of `old` in a form's group; in `other` the other way round, if any."""

    form: int
    group: int
    old: Candidate
    new: Candidate
    other: int | None


class _Picks:
    """What each form has taken, and the moves that bring them closer."""

    def __init__(
        self, groups: Sequence[_Group], taken: list[_Taken], facility: Mapping[str, float]
    ) -> None:
        self.groups, self.taken, self.facility = groups, taken, facility
        # A move exchanges items of equal worth, so these never change.
        self.totals = [self._sum(form, lambda _one: 1.0) for form in range(len(taken))]

    def settle(self) -> None:
        """Take the best move until the forms are alike or none helps."""
        for _step in range(_STEPS):
            now = self._means()
            if spread_of(now) <= _ALIKE:
                return
            best = min(self._moves(now), key=lambda found: found[0], default=None)
            if best is None or best[0] >= _unevenness(now) - _LEAST_GAIN:
                return
            self._do(best[1])

    def _sum(self, form: int, of: Callable[[Candidate], float]) -> float:
        return sum(
            group.points(one) * of(one)
            for group, picked in zip(self.groups, self.taken[form], strict=True)
            for one in picked
        )

    def _means(self) -> list[float]:
        return [
            self._sum(form, lambda one: self.facility[one.item_id]) / total if total else 0.0
            for form, total in enumerate(self.totals)
        ]

    def _moves(self, now: Sequence[float]) -> Iterator[tuple[float, _Move]]:
        """Every exchange of items of equal worth between or into the two outermost forms."""
        low, high = now.index(min(now)), now.index(max(now))
        ids = [{one.item_id for picked in form for one in picked} for form in self.taken]
        everywhere = set().union(*ids)
        for form, other in ((low, high), (high, low)):
            for number, picked in enumerate(self.taken[form]):
                unused = [one for one in self.groups[number].items if one.item_id not in everywhere]
                theirs = [one for one in self.taken[other][number] if one.item_id not in ids[form]]
                for old in picked:
                    for new in unused:
                        yield from self._weighed(_Move(form, number, old, new, None), now)
                    if old.item_id not in ids[other]:
                        for new in theirs:
                            yield from self._weighed(_Move(form, number, old, new, other), now)

    def _weighed(self, move: _Move, now: Sequence[float]) -> Iterator[tuple[float, _Move]]:
        """The move with the unevenness it leaves; nothing when it would change a total."""
        group = self.groups[move.group]
        if move.old.type is not move.new.type or group.points(move.old) != group.points(move.new):
            return
        step = self.facility[move.new.item_id] - self.facility[move.old.item_id]
        step *= group.points(move.old)
        means = list(now)
        means[move.form] += step / self.totals[move.form]
        if move.other is not None:
            means[move.other] -= step / self.totals[move.other]
        yield _unevenness(means), move

    def _do(self, move: _Move) -> None:
        self._put(move.form, move.group, move.old, move.new)
        if move.other is not None:
            self._put(move.other, move.group, move.new, move.old)

    def _put(self, form: int, group: int, old: Candidate, new: Candidate) -> None:
        picked = self.taken[form][group]
        picked[picked.index(old)] = new


def _unevenness(means: Sequence[float]) -> float:
    """Squared distances from the middle: falls too when one of several extremes moves in."""
    middle = sum(means) / len(means)
    return sum((mean - middle) ** 2 for mean in means)


# ---------------------------------------------------------------- the papers


def _paper(
    plan: BankPlan | PaperPlan,
    taken: _Taken,
    pool: Sequence[Candidate],
    seed: str,
) -> Paper:
    """The paper of what was taken, by the same rules as any other."""
    if isinstance(plan, BankPlan):
        sections = tuple(
            replace(
                section,
                items=tuple(one for one in section.items if one in picked),
                draw=None,
            )
            for section, picked in zip(plan.sections, taken, strict=True)
        )
        return assemble(BankPlan(sections), seed=seed)
    chosen = {one.item_id for picked in taken for one in picked}
    return assemble(plan, seed=seed, pool=[one for one in pool if one.item_id in chosen])
