"""What performances came to, for the rooms that had the work rated."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Final

from sqlalchemy import select

from app.domain import rated
from app.domain.rated import How, SeatRole, Settled
from app.domain.tracks import Form, Marking, RatedRules
from app.kernel.db import session
from app.kernel.errors import NotFoundError
from app.ratings.codec import form_of, rules_of
from app.ratings.models import Outcome, Performance, PerformanceState, RatedMark, Seat, SeatState

MOST_PAIRS: Final = 500


@dataclass(frozen=True, slots=True)
class OutcomeOf:
    """How one performance stands. `total`, `rows` are shares 0-1; None and empty before it is
    settled. Show them to the learner only when `state` is released."""

    performance_id: int
    person_id: int
    state: PerformanceState
    number: int
    happens_on: date
    seats: int
    submitted: int
    total: Fraction | None = None
    has_passed: bool | None = None
    rows: Mapping[str, Fraction] | None = None
    how: How | None = None
    independent: int = 0
    released_at: datetime | None = None


def outcomes_of(performance_ids: Collection[int]) -> dict[int, OutcomeOf]:
    """How performances stand, by id. Three SELECTs."""
    rows = session().scalars(select(Performance).where(Performance.id.in_(performance_ids)))
    latest = latest_outcomes(performance_ids)
    seats: dict[int, list[str]] = {}
    for performance_id, state in session().execute(
        select(Seat.performance_id, Seat.state).where(Seat.performance_id.in_(performance_ids))
    ):
        seats.setdefault(performance_id, []).append(state)
    return {row.id: _outcome(row, latest.get(row.id), seats.get(row.id, [])) for row in rows}


def _outcome(row: Performance, last: Outcome | None, seats: Sequence[str]) -> OutcomeOf:
    return OutcomeOf(
        performance_id=row.id,
        person_id=row.person_id,
        state=PerformanceState(row.state),
        number=row.number,
        happens_on=row.happens_on,
        seats=sum(state != SeatState.DECLINED for state in seats),
        submitted=sum(state == SeatState.SUBMITTED for state in seats),
        total=None if last is None else last.total,
        has_passed=None if last is None else last.has_passed,
        rows=None if last is None else shares(last),
        how=None if last is None else How(last.how),
        independent=0 if last is None else last.independent,
        released_at=row.released_at,
    )


def outcome_of(performance_id: int) -> OutcomeOf:
    """How one performance stands. Raises NotFoundError. Three SELECTs."""
    found = outcomes_of([performance_id]).get(performance_id)
    if found is None:
        raise NotFoundError
    return found


def shares(row: Outcome) -> dict[str, Fraction]:
    """Row id -> share of an outcome."""
    return {key: Fraction(value) for key, value in row.rows.items()}


def latest_outcomes(performance_ids: Collection[int]) -> dict[int, Outcome]:
    """The outcome in force, by performance. One SELECT."""
    rows = session().scalars(
        select(Outcome)
        .where(Outcome.performance_id.in_(performance_ids))
        .order_by(Outcome.performance_id, Outcome.number)
    )
    return {row.performance_id: row for row in rows}


def marks_of(performance_ids: Collection[int]) -> dict[int, list[tuple[Seat, RatedMark]]]:
    """The marks in force with their seats, by performance, first given first. One SELECT."""
    rows = session().execute(
        select(Seat, RatedMark)
        .join(RatedMark, RatedMark.seat_id == Seat.id)
        .where(Seat.performance_id.in_(performance_ids))
        .order_by(RatedMark.number, RatedMark.id)
    )
    last = {seat.id: (seat, mark) for seat, mark in rows}
    found: dict[int, list[tuple[Seat, RatedMark]]] = {}
    for seat, mark in sorted(last.values(), key=lambda pair: (pair[0].answered_at, pair[0].id)):
        found.setdefault(seat.performance_id, []).append((seat, mark))
    return found


def seat_of(performance_id: int, assessor_id: int) -> int | None:
    """The id of somebody's seat on a performance, not a declined one. One SELECT."""
    return session().scalar(
        select(Seat.id).where(
            Seat.performance_id == performance_id,
            Seat.assessor_id == assessor_id,
            Seat.state != SeatState.DECLINED,
        )
    )


def domain_mark(seat: Seat, mark: RatedMark) -> rated.Mark:
    """A stored mark as the rules see it."""
    return rated.Mark(SeatRole(seat.role), mark.rows, id=mark.id, assessor=seat.assessor_id)


class Errors:
    """The error variance by form, asked once each: a list holds many works of few forms."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Fraction] = {}

    def of(self, row: Performance, rules: RatedRules) -> Fraction | None:
        """The variance where it matters, with one assessor; one SELECT a form."""
        if rules.marking is not Marking.SINGLE or rules.panel:
            return None
        key = (row.form_id, row.form_version)
        if key not in self._known:
            self._known[key] = sem_squared_of(*key, rules)
        return self._known[key]


def settlement(
    row: Performance,
    pairs: Sequence[tuple[Seat, RatedMark]],
    *,
    seats: int,
    errors: Errors | None = None,
) -> Settled | rated.Wanted:
    """What the marks of a performance lead to; those of an appeal are left out. At most one
    SELECT."""
    form, rules = form_of(row.form), rules_of(row.rules)
    marks = [domain_mark(seat, mark) for seat, mark in pairs if seat.role != SeatRole.APPEAL]
    return rated.settle(
        form,
        rules,
        marks,
        kind=row.evidence_kind,
        seats=seats,
        sem2=(errors or Errors()).of(row, rules),
    )


def sem_squared_of(form_id: str, version: str, rules: RatedRules) -> Fraction:
    """The error variance of one assessor on a form, from its last 500 blind pairs. One SELECT."""
    rows = session().execute(
        select(Seat.performance_id, RatedMark.total)
        .join(RatedMark, RatedMark.seat_id == Seat.id)
        .join(Performance, Performance.id == Seat.performance_id)
        .where(
            Performance.form_id == form_id,
            Performance.form_version == version,
            Performance.state != PerformanceState.VOID,
            Seat.role.in_([SeatRole.MARKER, SeatRole.PANEL]),
        )
        .order_by(Seat.performance_id.desc(), Seat.id, RatedMark.number)
        .limit(4 * MOST_PAIRS)
    )
    totals: dict[int, list[Fraction]] = {}
    for performance_id, total in rows:
        totals.setdefault(performance_id, []).append(total)
    pairs = [given[0] - given[1] for given in totals.values() if len(given) > 1]
    return rated.sem_squared(rules.tolerance, pairs[:MOST_PAIRS])


def frozen(row: Performance) -> tuple[Form, RatedRules]:
    """The form and the rules a performance was planned with."""
    return form_of(row.form), rules_of(row.rules)
