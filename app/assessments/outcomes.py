"""Pass rates kept up: first results, cells of team and month, tallies of tracks.

`keep` runs in the transaction of a release (or of a void) and costs three statements, five for an
exam of a track. `rebuild` makes all of it again from the attempts, with equal result.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Row, Select, and_, bindparam, delete, insert, select, update

from app.assessments.models import Assessment, Attempt, FirstResult, RateCell, TrackTally
from app.domain import attempts
from app.domain.attempts import Counts
from app.kernel.clock import organisation_day
from app.kernel.db import core, insert_into, session, upsert

NO_UNIT: Final = 0
_CHUNK: Final = 1000

_Cell = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a person's attempts at one assessment come to."""

    person_id: int
    assessment_id: int
    attempt_id: int
    unit_id: int | None
    day: date
    passed: bool
    passed_counted: bool

    @property
    def cell(self) -> _Cell:
        """Where it is counted."""
        return (self.unit_id or NO_UNIT, self.assessment_id, f"{self.day:%Y-%m}")

    @property
    def counts(self) -> tuple[int, int, int]:
        """(n, passed, passed_counted) it adds there."""
        return (1, int(self.passed), int(self.passed_counted))

    def values(self) -> dict[str, Any]:
        """As columns of `FirstResult`."""
        return {name: getattr(self, name) for name in self.__slots__}


def keep_first(outcome: Outcome, track: str | None) -> None:
    """As `keep` for the release of a person's very first attempt: there is nothing to read."""
    upsert(FirstResult, outcome.values(), keys=("person_id", "assessment_id"))
    _move(None, outcome)
    if track is not None:
        _keep_track(outcome.person_id, track)


def keep(person_id: int, assessment_id: int) -> None:
    """Bring the aggregates up to the attempts of one person at one assessment."""
    db = session()
    mine = {"person": person_id, "assessment": assessment_id}
    rows = core().execute(_MINE, mine).all()
    fresh = _outcome(rows) if rows else None
    old = _kept(rows[0] if rows else core().execute(_KNOWN, mine).first())
    if fresh == old:
        return
    keys = ("person_id", "assessment_id")
    if fresh is None:
        db.execute(
            delete(FirstResult)
            .where(FirstResult.person_id == person_id, FirstResult.assessment_id == assessment_id)
            .execution_options(synchronize_session=False)
        )
    else:
        upsert(FirstResult, fresh.values(), keys=keys)
    _move(old, fresh)
    track = rows[0].track if rows else db.scalar(_track_of(assessment_id))
    if track is not None:
        _keep_track(person_id, track)


def rebuild() -> int:
    """Make all aggregates again from the attempts. Returns the number of first results."""
    db = session()
    for table in (TrackTally, RateCell, FirstResult):
        db.execute(delete(table).execution_options(synchronize_session=False))
    rows = db.execute(_released()).all()
    outcomes, tracks = [], {}
    for _key, group in groupby(rows, key=lambda row: (row.person_id, row.assessment_id)):
        same = list(group)
        outcomes.append(_outcome(same))
        tracks[same[0].assessment_id] = same[0].track
    _insert(FirstResult, [outcome.values() for outcome in outcomes])
    cells: dict[_Cell, Counter[str]] = defaultdict(Counter)
    exams: dict[tuple[int, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        cells[outcome.cell].update(dict(zip(_COUNTS, outcome.counts, strict=True)))
        track = tracks[outcome.assessment_id]
        if track is not None:
            exams[outcome.person_id, track].append(outcome)
    _insert(RateCell, [_cell_values(cell, counts) for cell, counts in cells.items()])
    _insert(TrackTally, [_tally(person, track, of) for (person, track), of in exams.items()])
    return len(outcomes)


_COUNTS: Final = ("n", "passed", "passed_counted")


def _released() -> Any:
    return (
        select(
            Attempt.id,
            Attempt.person_id,
            Attempt.assessment_id,
            Attempt.number,
            Attempt.submitted_at,
            Attempt.unit_id,
            Attempt.total,
            Attempt.maximum,
            Attempt.passed,
            Assessment.counts,
            Assessment.track,
        )
        .join(Assessment, Assessment.id == Attempt.assessment_id)
        .where(
            Attempt.is_preview.is_(False),
            Attempt.voided_at.is_(None),
            Attempt.released_at.is_not(None),
        )
        .order_by(Attempt.person_id, Attempt.assessment_id, Attempt.number, Attempt.id)
    )


# Built once: `keep` runs with every submit. What is kept already stands beside each attempt.
_KEPT: Final = [column.label(f"kept_{column.key}") for column in FirstResult.__table__.columns]
_KNOWN: Final = select(*_KEPT).where(
    FirstResult.person_id == bindparam("person"),
    FirstResult.assessment_id == bindparam("assessment"),
)
_MINE: Final = (
    _released()
    .add_columns(*_KEPT)
    .outerjoin(
        FirstResult,
        and_(
            FirstResult.person_id == Attempt.person_id,
            FirstResult.assessment_id == Attempt.assessment_id,
        ),
    )
    .where(
        Attempt.person_id == bindparam("person"), Attempt.assessment_id == bindparam("assessment")
    )
)


def _kept(row: Row[Any] | None) -> Outcome | None:
    """The first result that stands in the table."""
    if row is None or row.kept_person_id is None:
        return None
    return Outcome(**{name: getattr(row, f"kept_{name}") for name in Outcome.__slots__})


def _outcome(rows: Sequence[Row[Any]]) -> Outcome:
    first = rows[0]
    results = [
        attempts.Result(row.id, row.number, (row.total or 0) / row.maximum, bool(row.passed))
        for row in rows
        if row.maximum
    ]
    counted = attempts.counted(results, Counts(first.counts))
    return Outcome(
        person_id=first.person_id,
        assessment_id=first.assessment_id,
        attempt_id=first.id,
        unit_id=first.unit_id,
        day=organisation_day(first.submitted_at),
        passed=bool(first.passed),
        passed_counted=counted is not None and counted.passed,
    )


def _track_of(assessment_id: int) -> Select[Any]:
    return select(Assessment.track).where(Assessment.id == assessment_id)


def _move(old: Outcome | None, fresh: Outcome | None) -> None:
    """Count a result where it belongs now, and no longer where it was."""
    db = session()
    if old is not None:
        unit_id, assessment_id, month = old.cell
        here = (
            RateCell.unit_id == unit_id,
            RateCell.assessment_id == assessment_id,
            RateCell.month == month,
        )
        less = {
            name: getattr(RateCell, name) - count
            for name, count in zip(_COUNTS, old.counts, strict=True)
        }
        db.execute(
            update(RateCell).where(*here).values(less).execution_options(synchronize_session=False)
        )
    if fresh is not None:
        _add(fresh.cell, Counter(dict(zip(_COUNTS, fresh.counts, strict=True))))
    if old is not None and (fresh is None or fresh.cell != old.cell):
        db.execute(
            delete(RateCell)
            .where(*here, RateCell.n == 0)
            .execution_options(synchronize_session=False)
        )


def _cell_values(cell: _Cell, counts: Counter[str]) -> dict[str, Any]:
    unit_id, assessment_id, month = cell
    return {
        "unit_id": unit_id,
        "assessment_id": assessment_id,
        "month": month,
        **{name: counts[name] for name in _COUNTS},
    }


def _add(cell: _Cell, counts: Counter[str]) -> None:
    """Two people of one team may be released at once: the sum is made in the database."""
    connection = core()
    connection.execute(_sum_up(connection.dialect.name), _cell_values(cell, counts))


@cache
def _sum_up(_dialect: str) -> Any:
    statement = insert_into(RateCell)
    sums = {name: getattr(RateCell, name) + statement.excluded[name] for name in _COUNTS}
    return statement.on_conflict_do_update(
        index_elements=["unit_id", "assessment_id", "month"], set_=sums
    )


def _keep_track(person_id: int, track: str) -> None:
    db = session()
    rows = db.execute(
        select(*FirstResult.__table__.columns)
        .join(Assessment, Assessment.id == FirstResult.assessment_id)
        .where(FirstResult.person_id == person_id, Assessment.track == track)
    )
    exams = [Outcome(**row._mapping) for row in rows]
    if not exams:
        db.execute(
            delete(TrackTally)
            .where(TrackTally.person_id == person_id, TrackTally.track == track)
            .execution_options(synchronize_session=False)
        )
        return
    upsert(TrackTally, _tally(person_id, track, exams), keys=("person_id", "track"))


def _tally(person_id: int, track: str, exams: Iterable[Outcome]) -> dict[str, Any]:
    done = list(exams)
    latest = max(done, key=lambda one: (one.day, one.attempt_id))
    return {
        "person_id": person_id,
        "track": track,
        "unit_id": latest.unit_id or NO_UNIT,
        "month": f"{latest.day:%Y-%m}",
        "released": len(done),
        "passed": sum(one.passed for one in done),
        "passed_counted": sum(one.passed_counted for one in done),
    }


def _insert(table: Any, rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _CHUNK):
        session().execute(insert(table), rows[start : start + _CHUNK])
