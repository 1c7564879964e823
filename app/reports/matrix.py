"""The team page: head, people × competencies, work lists, common gaps.

Head, lists and gaps are over everybody and read one row a person (`profile_summary`) or one index
(`profile_level`); the matrix reads the fifty people it shows. So the page costs the same at any
length of history.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, func, select

from app.accounts import queries as accounts
from app.accounts.models import Leadership, User
from app.competency import queries as competency
from app.competency.models import ProfileLevel, ProfileSummary
from app.competency.queries import StoredLevel
from app.domain import competency as model
from app.domain import team
from app.domain.competency import Call, Need, Rules, Status
from app.domain.framework import Competency, CompetencyStatus, Framework
from app.kernel.db import session
from app.kernel.errors import NotFoundError
from app.reviews import queries as reviews
from app.reviews.queries import ReviewRow

PAGE: Final = 50
COLUMNS: Final = 12
LIST: Final = 6
SORTS: Final = ("need", "evidence", "name")
_CALLS: Final = {
    Call.MET: ProfileSummary.met,
    Call.GAP: ProfileSummary.gaps,
    Call.UNDECIDED: ProfileSummary.undecided,
}
_STATUSES: Final = {
    Status.SUFFICIENT: ProfileSummary.sufficient,
    Status.PROVISIONAL: ProfileSummary.provisional,
    Status.INSUFFICIENT: ProfileSummary.insufficient,
    Status.STALE: ProfileSummary.stale,
}


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
    below = accounts.people_of_units_select(accounts.units_below_select(unit_id, today), today)
    query = (
        select(User.id)
        .where(User.id.in_(below), User.id.not_in(leaders), User.disabled_at.is_(None))
        .where((User.left_on.is_(None)) | (User.left_on > today))
    )
    if review_id is not None:
        query = query.where(User.id.in_(reviews.people_select(review_id)))
    return query


def last_useful(review: ReviewRow, today: date) -> date | None:
    """The last day evidence still counts, None when it has passed."""
    day = team.last_useful_day(review.review_on)
    return day if day >= today else None


def page(unit: accounts.UnitRef, *, review_id: int | None, want: Want, today: date) -> TeamPage:
    """The page of a team, of all its people or of those in a review. About fifteen SELECTs.

    Raises NoFrameworkError; NotFoundError when nobody of the team is in the review.
    """
    framework = competency.required().framework
    found = reviews.reviews_among(members(unit.id, today))
    review = _review(found, review_id, today)
    people = members(unit.id, today, review_id=review_id)
    columns = _columns(people, framework)
    shown = columns[want.columns * COLUMNS :][:COLUMNS] or columns[:COLUMNS]
    total, listed = _listed(people, want)
    lists = [_top(people, by) for by in _LISTS]
    ids = {row.id for row in listed} | {row.id for of in lists for row in of}
    levels = competency.levels_for(ids)
    gauge = _Gauge(framework, today, levels)
    gauge.read([row.id for row in listed], [row.id for row in lists[1]])
    in_order = sorted(shown, key=lambda one: _place(framework, one.competency))
    return TeamPage(
        unit=unit,
        review=review,
        reviews=tuple(found),
        today=today,
        last_useful_on=last_useful(review, today) if review else None,
        formula=framework.formula.version,
        head=_head(people),
        want=want,
        columns=tuple(in_order),
        more_columns=len(columns) - len(shown),
        rows=tuple(_row(row, in_order, gauge) for row in listed),
        total=total,
        pages=max(1, -(-total // PAGE)),
        gaps=tuple(
            ListRow(row.id, row.name, tuple(team.confirmed_gaps(levels[row.id])))
            for row in lists[0]
        ),
        to_prove=_to_prove(lists[1], gauge),
        coaches=tuple(
            ListRow(row.id, row.name, tuple(team.coaching(levels[row.id]))) for row in lists[2]
        ),
        common=tuple(one for one in columns if one.is_common),
        framework=framework,
    )


def ids(unit: accounts.UnitRef, *, review_id: int | None, today: date) -> list[int]:
    """Everybody the page is about, by name. One SELECT."""
    people = members(unit.id, today, review_id=review_id)
    rows = session().execute(_people_select(people).order_by(User.name, User.id))
    return [row.id for row in rows]


def everybody(
    unit: accounts.UnitRef, *, review_id: int | None, today: date
) -> list[tuple[PersonRow, Mapping[str, StoredLevel]]]:
    """All people by need with their levels by competency, for the workbook."""
    people = members(unit.id, today, review_id=review_id)
    s = ProfileSummary
    rows = (
        session()
        .execute(
            _people_select(people).order_by(
                s.weighted_gap.desc(),
                s.gaps.desc(),
                (s.expected - s.sufficient).desc(),
                User.name,
                User.id,
            )
        )
        .all()
    )
    levels = competency.levels_for([row.id for row in rows])
    found: list[tuple[PersonRow, Mapping[str, StoredLevel]]] = []
    for row in rows:
        mine = {level.competency: level for level in levels[row.id]}
        step = next(iter(mine.values())).step if mine else None
        person = PersonRow(row.id, row.name, step, row.sufficient, row.expected, ())
        found.append((person, mine))
    return found


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


def _head(people: Select[int]) -> Head:
    def how_many(condition: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    s = ProfileSummary
    row = (
        session()
        .execute(
            select(
                func.count(),
                how_many(s.sufficient == s.expected),
                how_many(s.gaps > 0),
                func.coalesce(func.sum(s.gaps), 0),
                how_many(s.sufficient < s.expected),
                how_many(s.coaching > 0),
                func.min(s.as_of),
            ).where(s.person_id.in_(people), s.expected > 0)
        )
        .one()
    )
    return Head(*row)


def _columns(people: Select[int], framework: Framework) -> list[Column]:
    """Competencies asked of somebody, those asked of most first, then as the framework says."""
    rows = session().execute(
        select(
            ProfileLevel.competency,
            func.sum(case((ProfileLevel.call == Call.GAP.value, 1), else_=0)),
            func.count(),
        )
        .where(ProfileLevel.person_id.in_(people), ProfileLevel.expected.is_not(None))
        .group_by(ProfileLevel.competency)
    )
    found = {row[0]: Column(_known(framework, row[0]), row[1], row[2]) for row in rows}
    active = [
        found[c.slug]
        for c in framework.competencies
        if c.slug in found and c.status is CompetencyStatus.ACTIVE
    ]
    if len(active) <= COLUMNS:
        return active
    return sorted(active, key=lambda one: -one.people)


def _known(framework: Framework, slug: str) -> Competency:
    found = framework.competency(slug)
    if found is None:
        raise LookupError(slug)
    return found


def _people_select(people: Select[int]) -> Any:
    return (
        select(User.id, User.name, ProfileSummary.sufficient, ProfileSummary.expected)
        .join(ProfileSummary, ProfileSummary.person_id == User.id)
        .where(User.id.in_(people), ProfileSummary.expected > 0)
    )


def _filters(want: Want) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if want.text.strip():
        escaped = want.text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        where.append(User.name.ilike(f"%{escaped}%", escape="\\"))
    if want.call is not None:
        where.append(_CALLS[want.call] > 0)
    if want.status is not None:
        where.append(_STATUSES[want.status] > 0)
    return where


def _listed(people: Select[int], want: Want) -> tuple[int, Sequence[Any]]:
    """How many people there are after the filter, and the page of them."""
    db, where = session(), _filters(want)
    total = db.scalar(
        select(func.count())
        .select_from(ProfileSummary)
        .join(User, User.id == ProfileSummary.person_id)
        .where(User.id.in_(people), ProfileSummary.expected > 0, *where)
    )
    s = ProfileSummary
    by = {
        "need": (s.weighted_gap.desc(), s.gaps.desc(), (s.expected - s.sufficient).desc()),
        "evidence": ((s.expected - s.sufficient).desc(), s.weighted_gap.desc()),
        "name": (),
    }[want.sort]
    pages = max(1, -(-(total or 0) // PAGE))
    start = (min(max(want.page, 1), pages) - 1) * PAGE
    rows = db.execute(
        _people_select(people)
        .where(*where)
        .order_by(*by, User.name, User.id)
        .limit(PAGE)
        .offset(start)
    ).all()
    return total or 0, rows


_LISTS: Final = (
    (ProfileSummary.weighted_gap, ProfileSummary.gaps),
    (ProfileSummary.expected - ProfileSummary.sufficient, ProfileSummary.weighted_gap),
    (ProfileSummary.coaching, ProfileSummary.met),
)


def _top(people: Select[int], by: Any) -> Sequence[Any]:
    return (
        session()
        .execute(
            _people_select(people)
            .where(by[0] > 0)
            .order_by(by[0].desc(), by[1].desc(), User.name, User.id)
            .limit(LIST)
        )
        .all()
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


def _row(row: Any, columns: Sequence[Column], gauge: _Gauge) -> PersonRow:
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


def _to_prove(rows: Sequence[Any], gauge: _Gauge) -> tuple[ListRow, ...]:
    found = []
    for row in rows:
        lacking = team.to_prove(gauge.levels[row.id])
        if lacking:
            found.append(ListRow(row.id, row.name, tuple(lacking), gauge.missing(lacking[0])))
    return tuple(found)
