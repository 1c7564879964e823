"""The team page: head, people × competencies, work lists, common gaps.

Head, lists and gaps are over everybody and read one row a person (`profile_summary`); matrix and
lists read the levels of the people they show. So the page costs the same at any length of history.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from heapq import nsmallest
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, func, select

from app.accounts import queries as accounts
from app.accounts.models import Leadership, User
from app.competency import queries as competency
from app.competency.models import ProfileSummary
from app.competency.queries import StoredLevel
from app.domain import competency as model
from app.domain import team
from app.domain.competency import Call, Need, Rules, Status
from app.domain.framework import Competency, CompetencyStatus, Framework
from app.kernel.db import session
from app.kernel.errors import NotFoundError
from app.reports import newcomers
from app.reviews import queries as reviews
from app.reviews.queries import ReviewRow

PAGE: Final = 50
COLUMNS: Final = 12
LIST: Final = 6
SORTS: Final = ("need", "evidence", "name")
_CALLS: Final = {Call.MET: "met", Call.GAP: "gaps", Call.UNDECIDED: "undecided"}
_STATUSES: Final = {
    Status.SUFFICIENT: "sufficient",
    Status.PROVISIONAL: "provisional",
    Status.INSUFFICIENT: "insufficient",
    Status.STALE: "stale",
}


class _Person(NamedTuple):
    """A person in numbers; `asked` and `gaps_in` are slugs joined by commas.

    A tuple, since a company has ten thousand of them on one page.
    """

    id: int
    name: str
    asked: str
    gaps_in: str
    expected: int
    sufficient: int
    provisional: int
    insufficient: int
    stale: int
    met: int
    gaps: int
    undecided: int
    coaching: int
    weighted_gap: int

    @property
    def lacking(self) -> int:
        """As `Summary.lacking`."""
        return self.expected - self.sufficient


_Key = Callable[[_Person], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Want:
    """What the matrix is narrowed to and how it is sorted."""

    text: str = ""
    call: Call | None = None
    status: Status | None = None
    sort: str = "need"
    page: int = 1
    columns: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """The team in numbers; `complete` of `people` have sufficient evidence everywhere."""

    people: int
    complete: int
    with_gaps: int
    gaps: int
    to_prove: int
    coaches: int
    as_of: date | None


@dataclass(frozen=True, slots=True)
class Column:
    """One competency of the matrix with its foot: people with a gap of people it is asked of."""

    competency: Competency
    gaps: int
    people: int

    @property
    def is_common(self) -> bool:
        """A gap of many."""
        return team.is_common(self.gaps, self.people)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell; `level` None: neither expected nor known. `lacking` counts missing pieces."""

    slug: str
    level: StoredLevel | None
    lacking: int = 0


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person of the matrix."""

    person_id: int
    name: str
    step: str | None
    sufficient: int
    expected: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ListRow:
    """One line of a work list."""

    person_id: int
    name: str
    levels: tuple[StoredLevel, ...]
    missing: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class TeamPage:
    """All of the page but the pass rates."""

    unit: accounts.UnitRef
    review: ReviewRow | None
    reviews: tuple[ReviewRow, ...]
    today: date
    last_useful_on: date | None
    formula: int
    head: Head
    want: Want
    columns: tuple[Column, ...]
    more_columns: int
    rows: tuple[PersonRow, ...]
    total: int
    pages: int
    people: frozenset[int]
    gaps: tuple[ListRow, ...]
    to_prove: tuple[ListRow, ...]
    coaches: tuple[ListRow, ...]
    common: tuple[Column, ...]
    framework: Framework

    @property
    def days_left(self) -> int | None:
        """Days to the review, None without one or after it."""
        if self.review is None or self.review.review_on < self.today:
            return None
        return (self.review.review_on - self.today).days


def members(unit_id: int, today: date, *, review_id: int | None = None) -> Select[int]:
    """SELECT of the people the page is about: below the unit, its own leaders left out."""
    leaders = select(Leadership.user_id).where(
        Leadership.unit_id == unit_id,
        Leadership.valid_from <= today,
        (Leadership.valid_to.is_(None)) | (Leadership.valid_to > today),
    )
    query = select(User.id).where(
        User.id.in_(_below(unit_id, today)),
        User.id.not_in(leaders),
        User.disabled_at.is_(None),
        (User.left_on.is_(None)) | (User.left_on > today),
    )
    if review_id is not None:
        query = query.where(User.id.in_(reviews.people_select(review_id)))
    return query


def _below(unit_id: int, today: date) -> accounts.PersonIds:
    return accounts.people_of_units_select(accounts.units_below_select(unit_id, today), today)


def last_useful(review: ReviewRow, today: date) -> date | None:
    """The last day evidence still counts, None when it has passed."""
    day = team.last_useful_day(review.review_on)
    return day if day >= today else None


def page(unit: accounts.UnitRef, *, review_id: int | None, want: Want, today: date) -> TeamPage:
    """The page of a team, of all its people or of those in a review. About ten SELECTs.

    Raises NoFrameworkError; NotFoundError when nobody of the team is in the review.
    """
    framework = competency.required().framework
    found = reviews.reviews_among(_below(unit.id, today))
    review = _review(found, review_id, today)
    everyone = _everyone(unit.id, today, review_id)
    columns = _columns(everyone, framework)
    shown = columns[want.columns * COLUMNS :][:COLUMNS] or columns[:COLUMNS]
    filtered = _sorted([one for one in everyone if _fits(one, want)], want.sort)
    pages = max(1, -(-len(filtered) // PAGE))
    start = (min(want.page, pages) - 1) * PAGE
    listed = filtered[start : start + PAGE]
    gaps, to_prove, coaches = (_top(everyone, key) for key in _LISTS)
    levels = _levels({one.id for one in (*listed, *gaps, *to_prove, *coaches)}, today)
    gauge = _Gauge(framework, today, levels)
    gauge.read([one.id for one in listed], [one.id for one in to_prove])
    in_order = sorted(shown, key=lambda one: _place(framework, one.competency))
    return TeamPage(
        unit=unit,
        review=review,
        reviews=tuple(found),
        today=today,
        last_useful_on=last_useful(review, today) if review else None,
        formula=framework.formula.version,
        head=_head(everyone),
        want=want,
        columns=tuple(in_order),
        more_columns=len(columns) - len(shown),
        rows=tuple(_row(one, in_order, gauge) for one in listed),
        total=len(filtered),
        pages=pages,
        people=frozenset(one.id for one in everyone),
        gaps=tuple(
            ListRow(one.id, one.name, tuple(team.confirmed_gaps(levels[one.id]))) for one in gaps
        ),
        to_prove=_to_prove(to_prove, gauge),
        coaches=tuple(
            ListRow(one.id, one.name, tuple(team.coaching(levels[one.id]))) for one in coaches
        ),
        common=tuple(one for one in columns if one.is_common),
        framework=framework,
    )


def ids(unit: accounts.UnitRef, *, review_id: int | None, today: date) -> list[int]:
    """Everybody the page is about, by name. One SELECT."""
    return [one.id for one in _sorted(_everyone(unit.id, today, review_id), "name")]


def everybody(
    unit: accounts.UnitRef, *, review_id: int | None, today: date
) -> list[tuple[PersonRow, Mapping[str, StoredLevel]]]:
    """All people by need with their levels by competency, for the workbook."""
    rows = _sorted(_everyone(unit.id, today, review_id), "need")
    levels = _levels([one.id for one in rows], today)
    found: list[tuple[PersonRow, Mapping[str, StoredLevel]]] = []
    for one in rows:
        mine = {level.competency: level for level in levels[one.id]}
        step = next(iter(mine.values())).step if mine else None
        person = PersonRow(one.id, one.name, step, one.sufficient, one.expected, ())
        found.append((person, mine))
    return found


def _everyone(unit_id: int, today: date, review_id: int | None) -> list[_Person]:
    """One row a person, whatever the history. One SELECT, two more where somebody is new.

    Whoever has no stored levels yet is shown by what her step expects, all of it without evidence.
    """
    s = ProfileSummary
    columns = [getattr(s, name) for name in _Person._fields[2:]]
    rows = session().execute(
        select(User.id, User.name, *columns)
        .outerjoin(s, s.person_id == User.id)
        .where(
            User.id.in_(members(unit_id, today, review_id=review_id)),
            (s.expected > 0) | s.person_id.is_(None),
        )
    )
    found, new = [], {}
    for row in rows:
        if row.expected is None:
            new[row.id] = row.name
        else:
            found.append(_Person._make(row))
    if new:
        levels = newcomers.unproved(new, today)
        found += [_unproved(key, new[key], mine) for key, mine in levels.items() if mine]
    return found


def _unproved(person_id: int, name: str, levels: Sequence[StoredLevel]) -> _Person:
    """A person without stored levels in numbers."""
    numbers = asdict(team.summarise(levels))
    asked = ",".join(sorted(level.competency for level in levels))
    return _Person(id=person_id, name=name, asked=asked, gaps_in="", **numbers)


def _levels(people: Collection[int], today: date) -> Mapping[int, Sequence[StoredLevel]]:
    """Stored levels, and where there are none what is expected without evidence."""
    stored = competency.levels_for(people)
    new = [person_id for person_id, levels in stored.items() if not levels]
    return stored if not new else {**stored, **newcomers.unproved(new, today)}


def _as_of(people: Sequence[_Person]) -> date | None:
    """The day of the levels shown: every night brings all to the same."""
    ids = [one.id for one in people[:PAGE]]
    return session().scalar(
        select(func.min(ProfileSummary.as_of)).where(ProfileSummary.person_id.in_(ids))
    )


def _fits(one: _Person, want: Want) -> bool:
    """Whether a person passes the filter."""
    if want.text and want.text.strip().casefold() not in one.name.casefold():
        return False
    if want.call is not None and not getattr(one, _CALLS[want.call]):
        return False
    return want.status is None or bool(getattr(one, _STATUSES[want.status]))


def _sorted(people: Iterable[_Person], sort: str) -> list[_Person]:
    """By need, by evidence that is missing, or by name; equal ones by name."""
    by_name = sorted(people, key=lambda one: (one.name, one.id))
    if sort == "need":
        by_name.sort(key=team.order)
    elif sort == "evidence":
        by_name.sort(key=lambda one: (-one.lacking, -one.weighted_gap))
    return by_name


def _review(found: Sequence[ReviewRow], wanted: int | None, today: date) -> ReviewRow | None:
    """The review asked for, else the next one. Raises NotFoundError."""
    if wanted is not None:
        asked = [review for review in found if review.id == wanted]
        if not asked:
            raise NotFoundError
        return asked[0]
    coming = [review for review in found if review.review_on >= today]
    return coming[-1] if coming else None


def _place(framework: Framework, one: Competency) -> int:
    return next(i for i, c in enumerate(framework.competencies) if c.slug == one.slug)


def _head(everyone: Sequence[_Person]) -> Head:
    return Head(
        people=len(everyone),
        complete=sum(one.lacking == 0 for one in everyone),
        with_gaps=sum(one.gaps > 0 for one in everyone),
        gaps=sum(one.gaps for one in everyone),
        to_prove=sum(one.lacking > 0 for one in everyone),
        coaches=sum(one.coaching > 0 for one in everyone),
        as_of=_as_of(everyone),
    )


def _columns(everyone: Sequence[_Person], framework: Framework) -> list[Column]:
    """Competencies asked of somebody; with more than fit, those asked of most first."""
    asked, gaps = _count(one.asked for one in everyone), _count(one.gaps_in for one in everyone)
    active = [
        Column(found, gaps[found.slug], asked[found.slug])
        for found in framework.competencies
        if asked[found.slug] and found.status is CompetencyStatus.ACTIVE
    ]
    if len(active) <= COLUMNS:
        return active
    return sorted(active, key=lambda one: -one.people)


def _count(joined: Iterable[str]) -> Counter[str]:
    """How often each slug stands in the lists; equal lists are split once."""
    found: Counter[str] = Counter()
    for slugs, n in Counter(joined).items():
        for slug in filter(None, slugs.split(",")):
            found[slug] += n
    return found


def _top(everyone: Sequence[_Person], key: _Key) -> list[_Person]:
    """The first few of a work list: those the key is positive for, largest first."""
    found = [one for one in everyone if key(one)[0] > 0]
    return nsmallest(LIST, found, key=lambda one: (*(-n for n in key(one)), one.name))


_LISTS: Final[tuple[_Key, ...]] = (
    lambda one: (one.weighted_gap, one.gaps),
    lambda one: (one.lacking, one.weighted_gap),
    lambda one: (one.coaching, one.met),
)


class _Gauge:
    """Says what is missing where there is not enough, for the people who are shown alone."""

    def __init__(
        self,
        framework: Framework,
        today: date,
        levels: Mapping[int, Sequence[StoredLevel]],
    ) -> None:
        self.framework, self.today, self.levels = framework, today, levels
        self._ledger: Mapping[tuple[int, str], Sequence[Any]] = {}

    def read(self, in_matrix: Iterable[int], in_list: Iterable[int]) -> None:
        """Read the ledgers that will be asked for; one SELECT, none when they are all empty."""
        wanted = [
            one
            for person_id in in_matrix
            for one in self.levels[person_id]
            if one.status is Status.INSUFFICIENT and one.pieces and one.expected
        ]
        wanted += [
            one
            for person_id in in_list
            for one in team.to_prove(self.levels[person_id])[:1]
            if one.pieces
        ]
        if wanted:
            people: Collection[int] = {one.person_id for one in wanted}
            self._ledger = competency.ledger_rows(people, {one.competency for one in wanted})

    def missing(self, level: StoredLevel) -> tuple[Need, ...]:
        """What to arrange for this person and competency."""
        found = self.framework.competency(level.competency)
        if found is None:
            return ()
        rules = Rules(found, level.expected, self.framework.formula, self.today)
        rows = self._ledger.get((level.person_id, level.competency), ())
        verdict = model.evaluate([competency.observed(row) for row in rows], rules)
        return model.missing(verdict, rules)


def _row(row: _Person, columns: Sequence[Column], gauge: _Gauge) -> PersonRow:
    levels = {level.competency: level for level in gauge.levels[row.id]}
    step = next(iter(levels.values())).step if levels else None
    cells = []
    for column in columns:
        slug = column.competency.slug
        level = levels.get(slug)
        if level is not None and level.expected is None:
            level = None
        lacking = 0
        if level is not None and level.status is Status.INSUFFICIENT:
            lacking = sum(need.times for need in gauge.missing(level))
        cells.append(Cell(slug, level, lacking))
    return PersonRow(row.id, row.name, step, row.sufficient, row.expected, tuple(cells))


def _to_prove(rows: Sequence[_Person], gauge: _Gauge) -> tuple[ListRow, ...]:
    found = []
    for row in rows:
        lacking = team.to_prove(gauge.levels[row.id])
        if lacking:
            found.append(ListRow(row.id, row.name, tuple(lacking), gauge.missing(lacking[0])))
    return tuple(found)
