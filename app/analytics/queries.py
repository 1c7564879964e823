"""Pass rates of a team from kept-up cells, so that they cost the same at any history.

A rate is people who passed of people with a released result, by first attempt; the attempt that
counts stands beside it. A bank's is over the assessments made from it, one per person and
assessment; a track's counts those who have results of all its exams; a team's goes by the team on
the day of submission (spec/03).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, case, func, select

from app.accounts.models import Unit
from app.assessments.models import (
    Assessment,
    AssessmentSource,
    Assignment,
    Attempt,
    RateCell,
    TrackTally,
)
from app.banks import queries as bank_queries
from app.domain.items import DEFAULT_LANG, text_in
from app.domain.rates import Rate, rate
from app.kernel.db import session
from app.tracks.models import Enrolment, TrackExam, TrackVersion

TREND: Final = 6
FEW: Final = 500


@dataclass(frozen=True, slots=True)
class Point:
    """One month of a trend; `percent` None below ten people."""

    month: str
    passed: int
    n: int
    percent: int | None


@dataclass(frozen=True, slots=True)
class RateLine:
    """A pass rate as a page prints it. `counted`: passed by the attempt that counts.

    `not_started`, `under_way`, `waiting`, `void` are people or attempts that are in no rate: asked
    to sit but without an attempt, open, waiting for marks or release, taken out.
    """

    key: str
    name: str
    rate: Rate
    counted: int
    trend: tuple[Point, ...]
    under_way: int = 0
    waiting: int = 0
    void: int = 0
    not_started: int = 0


class Apart(NamedTuple):
    """What is in no rate, for one assessment, bank or track; as in `RateLine`."""

    under_way: int = 0
    waiting: int = 0
    void: int = 0
    not_started: int = 0


NOTHING: Final = Apart()


@dataclass(frozen=True, slots=True)
class Rates:
    """All pass rates of a set of teams."""

    all: RateLine
    tracks: tuple[RateLine, ...]
    assessments: tuple[RateLine, ...]
    banks: tuple[RateLine, ...]
    teams: tuple[RateLine, ...]
    more: int = 0


@dataclass(slots=True)
class _Sum:
    """A rate being added up, by month."""

    n: int = 0
    passed: int = 0
    counted: int = 0
    months: dict[str, list[int]] | None = None

    def add(self, month: str, n: int, passed: int, counted: int) -> None:
        self.n += n
        self.passed += passed
        self.counted += counted
        self.months = {} if self.months is None else self.months
        of_month = self.months.setdefault(month, [0, 0])
        of_month[0] += passed
        of_month[1] += n

    def take(self, other: "_Sum") -> None:
        """Add all of another sum."""
        for month, (passed, n) in (other.months or {}).items():
            self.add(month, n, passed, 0)
        self.counted += other.counted

    def line(self, key: str, name: str, apart: Apart = NOTHING) -> RateLine:
        months = sorted((self.months or {}).items())[-TREND:]
        return RateLine(
            key=key,
            name=name,
            rate=rate(self.passed, self.n),
            counted=self.counted,
            trend=tuple(_point(month, passed, n) for month, (passed, n) in months),
            **apart._asdict(),
        )


def _point(month: str, passed: int, n: int) -> Point:
    share = rate(passed, n).share
    return Point(month, passed, n, None if share is None else round(100 * share))


def rates(
    unit_select: Select[int],
    people: Collection[int],
    *,
    lang: str = DEFAULT_LANG,
    most: int = 12,
) -> Rates:
    """The pass rates of the teams of `unit_select`; what is under way is that of `people` now.

    Of each kind the `most` with the largest number of results. Eleven SELECTs.
    """
    apart = _apart(frozenset(people))
    by_assessment = _sums(RateCell.assessment_id, RateCell.unit_id.in_(unit_select))
    by_unit = _sums(RateCell.unit_id, RateCell.unit_id.in_(unit_select))
    titles = _titles(by_assessment.keys() | apart.keys(), lang)
    whole, by_bank = _Sum(), defaultdict[str, _Sum](_Sum)
    banks_of = _banks_of(titles)
    apart_of_bank = defaultdict[str, Apart](Apart)
    for assessment_id, banks_ in banks_of.items():
        for bank in banks_:
            both = zip(apart_of_bank[bank], apart.get(assessment_id, Apart()), strict=True)
            apart_of_bank[bank] = Apart(*(a + b for a, b in both))
    for assessment_id, found in by_assessment.items():
        whole.take(found)
        for bank in banks_of.get(assessment_id, ()):
            by_bank[bank].take(found)
    teams = _largest(by_unit, most)
    names = _unit_names(teams)
    tests = _largest({key: by_assessment.get(key, _Sum()) for key in titles}, most)
    banks = _largest({bank: by_bank[bank] for bank in apart_of_bank}, most)
    bank_titles = bank_queries.bank_titles(banks)
    return Rates(
        all=whole.line("all", ""),
        tracks=_tracks(unit_select, frozenset(people), lang),
        assessments=_ordered(
            found.line(str(key), titles[key], apart.get(key, Apart()))
            for key, found in tests.items()
        ),
        banks=_ordered(
            found.line(bank, text_in(bank_titles[bank], lang), apart_of_bank[bank])
            for bank, found in banks.items()
        ),
        teams=_ordered(found.line(str(key), names.get(key, "")) for key, found in teams.items()),
        more=max(0, len(titles) - most) + max(0, len(by_bank) - most) + max(0, len(by_unit) - most),
    )


K = TypeVar("K", int, str)


def _largest(sums: Mapping[K, _Sum], most: int) -> dict[K, _Sum]:
    """Those with the most results."""
    return dict(nlargest(most, sums.items(), key=lambda one: one[1].n))


def _sums(key: Any, where: ColumnElement[bool]) -> dict[int, _Sum]:
    """Cells added up by a key and month. One SELECT."""
    rows = session().execute(
        select(
            key,
            RateCell.month,
            func.sum(RateCell.n),
            func.sum(RateCell.passed),
            func.sum(RateCell.passed_counted),
        )
        .where(where)
        .group_by(key, RateCell.month)
    )
    found: dict[int, _Sum] = defaultdict(_Sum)
    for of, month, n, passed, counted in rows:
        found[of].add(month, n, passed, counted)
    return found


def _unit_names(ids: Collection[int]) -> dict[int, str]:
    rows = session().execute(select(Unit.id, Unit.name).where(Unit.id.in_(ids)))
    return {row.id: row.name for row in rows}


def cohort(assessment_ids: Collection[int]) -> dict[int, Rate]:
    """First-attempt pass rates of assessments over everybody. One SELECT."""
    rows = session().execute(
        select(RateCell.assessment_id, func.sum(RateCell.passed), func.sum(RateCell.n))
        .where(RateCell.assessment_id.in_(assessment_ids))
        .group_by(RateCell.assessment_id)
    )
    return {assessment_id: rate(passed, n) for assessment_id, passed, n in rows}


def _ordered(lines: Iterable[RateLine]) -> tuple[RateLine, ...]:
    """Most people first; equal ones by name."""
    return tuple(sorted(lines, key=lambda line: (-line.rate.n, line.name)))


def _titles(ids: Collection[int], lang: str) -> dict[int, str]:
    rows = session().execute(
        select(Assessment.id, Assessment.title, Assessment.title_en).where(Assessment.id.in_(ids))
    )
    return {row.id: (row.title_en if lang == "en" else None) or row.title for row in rows}


def _banks_of(assessment_ids: Collection[int]) -> dict[int, list[str]]:
    rows = session().execute(
        select(AssessmentSource.assessment_id, AssessmentSource.bank)
        .where(AssessmentSource.assessment_id.in_(assessment_ids))
        .distinct()
    )
    found: dict[int, list[str]] = defaultdict(list)
    for assessment_id, bank in rows:
        found[assessment_id].append(bank)
    return found


def _apart(people: frozenset[int]) -> dict[int, Apart]:
    """Assessment -> what these people have in no rate.

    What is under way and what is void come from two partial indexes, little at any history.
    """
    counted: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    rows = session().execute(
        select(Attempt.assessment_id, Attempt.person_id, Attempt.submitted_at.is_not(None)).where(
            Attempt.released_at.is_(None),
            Attempt.voided_at.is_(None),
            Attempt.is_preview.is_(False),
        )
    )
    for assessment_id, person_id, is_submitted in rows:
        if person_id in people:
            counted[assessment_id][1 if is_submitted else 0] += 1
    void = session().execute(
        select(Attempt.assessment_id, Attempt.person_id).where(
            Attempt.voided_at.is_not(None), Attempt.is_preview.is_(False)
        )
    )
    for assessment_id, person_id in void:
        if person_id in people:
            counted[assessment_id][2] += 1
    for assessment_id, person_id in session().execute(_not_started(people)):
        if person_id in people:
            counted[assessment_id][3] += 1
    return {key: Apart(*found) for key, found in counted.items()}


def _not_started(people: frozenset[int]) -> Select[int, int]:
    """Who was asked to sit what and has no attempt; absent or not yet due, both are in no rate."""
    query = (
        select(Assignment.assessment_id, Assignment.person_id)
        .join(Assessment, Assessment.id == Assignment.assessment_id)
        .outerjoin(Attempt, Attempt.assignment_id == Assignment.id)
        .where(
            Attempt.id.is_(None),
            Assignment.is_preview.is_(False),
            Assignment.cancelled_at.is_(None),
            Assessment.cancelled_at.is_(None),
        )
    )
    # A few people are found by index; of a whole company every row is looked at once.
    return query.where(Assignment.person_id.in_(people)) if len(people) <= FEW else query


def _tracks(units: Select[int], people: frozenset[int], lang: str) -> tuple[RateLine, ...]:
    """Per track: who passed all exams first, of those who have results of all of them.

    Of `people`, those on the track without any result have not started.
    """
    enrolled = (
        select(
            Enrolment.person_id,
            Enrolment.track_slug,
            func.max(Enrolment.track_version_id).label("version_id"),
        )
        .where(Enrolment.withdrawn_at.is_(None))
        .group_by(Enrolment.person_id, Enrolment.track_slug)
        .subquery()
    )
    is_first = case((TrackTally.passed == TrackTally.released, 1), else_=0)
    is_counted = case((TrackTally.passed_counted == TrackTally.released, 1), else_=0)
    rows = (
        session()
        .execute(
            select(
                enrolled.c.version_id,
                TrackTally.month,
                TrackTally.released,
                func.count(),
                func.sum(is_first),
                func.sum(is_counted),
            )
            .join(
                enrolled,
                (enrolled.c.person_id == TrackTally.person_id)
                & (enrolled.c.track_slug == TrackTally.track),
            )
            .where(TrackTally.unit_id.in_(units))
            .group_by(enrolled.c.version_id, TrackTally.month, TrackTally.released)
        )
        .all()
    )
    waiting = _without_result(people)
    versions = _versions({row[0] for row in rows} | waiting.keys(), lang)
    not_started: dict[str, int] = defaultdict(int)
    sums: dict[str, _Sum] = defaultdict(_Sum)
    unfinished: dict[str, int] = defaultdict(int)
    names = {}
    for version_id, month, released, n, passed, counted in rows:
        slug, title, exams = versions[version_id]
        names[slug] = title
        if released < exams:
            unfinished[slug] += n
        else:
            sums[slug].add(month, n, passed, counted)
    for version_id, n in waiting.items():
        slug, title, exams = versions[version_id]
        if exams:
            names[slug] = title
            not_started[slug] += n
    return _ordered(
        sums[slug].line(
            slug, title, Apart(under_way=unfinished[slug], not_started=not_started[slug])
        )
        for slug, title in names.items()
    )


def _without_result(people: frozenset[int]) -> dict[int, int]:
    """Track version -> how many of these people are on it without a released exam. One SELECT."""
    query = (
        select(Enrolment.track_version_id, Enrolment.person_id)
        .outerjoin(
            TrackTally,
            (TrackTally.person_id == Enrolment.person_id)
            & (TrackTally.track == Enrolment.track_slug),
        )
        .where(Enrolment.withdrawn_at.is_(None), TrackTally.person_id.is_(None))
    )
    if len(people) <= FEW:
        query = query.where(Enrolment.person_id.in_(people))
    found: dict[int, int] = defaultdict(int)
    for version_id, person_id in session().execute(query):
        found[version_id] += person_id in people
    return {version_id: n for version_id, n in found.items() if n}


def _versions(ids: Collection[int], lang: str) -> dict[int, tuple[str, str, int]]:
    """Track version -> (slug, title, number of exams)."""
    rows: Sequence[tuple[int, str, Mapping[str, str], int]] = [
        (row[0], row[1], row[2], row[3])
        for row in session().execute(
            select(TrackVersion.id, TrackVersion.slug, TrackVersion.title, func.count(TrackExam.id))
            .outerjoin(
                TrackExam,
                (TrackExam.track_version_id == TrackVersion.id) & (TrackExam.round == 1),
            )
            .where(TrackVersion.id.in_(ids))
            .group_by(TrackVersion.id)
        )
    ]
    return {row[0]: (row[1], text_in(row[2], lang), row[3]) for row in rows}
