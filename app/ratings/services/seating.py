"""Who assesses: seats are offered, refused with the reason, taken, declined."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from app.accounts import queries as people
from app.accounts.models import User
from app.domain import rated
from app.domain.rated import SeatRole
from app.domain.tracks import Marking, Party
from app.kernel.clock import organisation_day
from app.kernel.db import insert_once, session
from app.kernel.errors import DomainError, NotFoundError
from app.ratings.errors import (
    CONFLICTS,
    ChosenTwiceError,
    MarkingOverError,
    SeatsFullError,
    SeatsRefusedError,
)
from app.ratings.models import RUNNING, Performance, PerformanceState, Seat, SeatState
from app.ratings.queries.assessors import standing_of
from app.ratings.queries.outcomes import frozen, marks_of
from app.ratings.services.common import LEFT, audit, filled, locked, organisers, restate, tell


def seat(
    *,
    performance_id: int,
    assessor_id: int,
    role: SeatRole,
    actor_id: int | None,
    now: datetime,
    party: Party | None = None,
) -> int:
    """Ask somebody to assess; returns the seat's id and tells her.

    `party` is the panel's place: one of the rules' parties, None for another department. Raises a
    ConflictOfInterestError with its reason, SeatsFullError, MarkingOverError, NotFoundError.
    """
    row = locked(performance_id)
    _check(row, Asked(assessor_id, role, party), day=organisation_day(now))
    values = {
        "performance_id": performance_id,
        "assessor_id": assessor_id,
        "role": role.value,
        "party": None if party is None else party.value,
        "state": SeatState.INVITED.value,
        "because": "",
        "invited_at": now,
        "invited_by_id": actor_id,
    }
    if not insert_once(Seat, values):
        raise SeatsFullError
    made = (
        session()
        .scalars(
            select(Seat.id).where(
                Seat.performance_id == performance_id, Seat.assessor_id == assessor_id
            )
        )
        .one()
    )
    restate(row)
    tell(
        [assessor_id],
        row,
        "seat_invited",
        key=f"seat:{made}",
        url=f"/seats/{made}",
        now=now,
    )
    audit("seat.invite", row, actor_id=actor_id, now=now, assessor=assessor_id, role=role.value)
    return made


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who is asked to a seat; `party` as in `seat`."""

    assessor_id: int
    role: SeatRole
    party: Party | None = None


def _check(row: Performance, one: Asked, *, day: date) -> None:
    """Raises what `seat` raises."""
    is_appeal = one.role is SeatRole.APPEAL
    if is_appeal != (row.state == PerformanceState.RELEASED) or (
        not is_appeal and row.state not in RUNNING
    ):
        raise MarkingOverError
    _form, rules = frozen(row)
    if (one.party is not None) and (one.role is not SeatRole.PANEL or one.party not in rules.panel):
        raise NotFoundError
    if _is_full(row, one.role, one.party):
        raise SeatsFullError
    standing = standing_of(row, one.assessor_id, day)
    if standing is None:
        raise NotFoundError
    found = rated.conflict(standing, rules, one.role, party=one.party, is_gate=row.is_gate)
    if found is not None:
        raise CONFLICTS[found]


def seat_all(
    *, performance_id: int, asked: Mapping[int, Asked], actor_id: int | None, now: datetime
) -> list[int]:
    """Ask several assessors at once: all of them or, with one that cannot be, nobody.

    `asked` by the place in the form. Gives the seats. Raises SeatsRefusedError with every reason,
    and what `seat` raises where another was quicker.
    """
    row = locked(performance_id)
    refused: dict[int, DomainError] = {}
    chosen: set[int] = set()
    for place, one in asked.items():
        try:
            _check(row, one, day=organisation_day(now))
        except DomainError as error:
            refused[place] = error
        else:
            if one.assessor_id in chosen:
                refused[place] = ChosenTwiceError()
        chosen.add(one.assessor_id)
    if refused:
        raise SeatsRefusedError(refused)
    return [
        seat(
            performance_id=performance_id,
            assessor_id=one.assessor_id,
            role=one.role,
            party=one.party,
            actor_id=actor_id,
            now=now,
        )
        for one in asked.values()
    ]


def _is_full(row: Performance, role: SeatRole, party: Party | None) -> bool:
    """Markers: two (one more where a single mark lies near the pass mark); panel: three."""
    taken = filled(row.id).get(role, 0)
    match role:
        case SeatRole.PEER:
            return False
        case SeatRole.PANEL:
            _form, rules = frozen(row)
            if party is None:
                others = rated.PANEL_SEATS - len(rules.panel)
                return _without_party(row.id) >= others
            return False  # one of each party: the database says so
        case SeatRole.MARKER:
            return taken >= _markers(row)
        case _:
            return taken >= 1


def _without_party(performance_id: int) -> int:
    rows = session().scalars(
        select(Seat.id).where(
            Seat.performance_id == performance_id,
            Seat.role == SeatRole.PANEL,
            Seat.party.is_(None),
            Seat.state != SeatState.DECLINED,
        )
    )
    return len(list(rows))


def _markers(row: Performance) -> int:
    _form, rules = frozen(row)
    first = dict(rated.seats_at_start(rules, row.evidence_kind)).get(SeatRole.MARKER, 0)
    given = len(marks_of([row.id]).get(row.id, []))
    return 2 if first == 1 and given and rules.marking is not Marking.LEAD else first


def decline(*, seat_id: int, because: str, actor_id: int, now: datetime) -> None:
    """An assessor says no, with a reason; who planned it is asked for somebody else.

    Raises NotFoundError for anybody else's seat, MarkingOverError once the mark is given.
    """
    one = session().get(Seat, seat_id, populate_existing=True)
    if one is None or one.assessor_id != actor_id:
        raise NotFoundError
    row = locked(one.performance_id)
    session().refresh(one)
    if one.state != SeatState.INVITED or row.state == PerformanceState.VOID:
        raise MarkingOverError
    _free(row, one, because=because, actor_id=actor_id, now=now)


def free_of_leavers(*, now: datetime) -> int:
    """The open invitations of those who have left are free again; who planned the work is told.

    Nobody else may decline for them, and the work would wait for ever. Gives how many there were.
    """
    found = session().execute(
        select(Seat.id, Seat.performance_id)
        .join(User, User.id == Seat.assessor_id)
        .join(Performance, Performance.id == Seat.performance_id)
        .where(
            Seat.state == SeatState.INVITED.value,
            User.left_on <= organisation_day(now),
            Performance.state != PerformanceState.VOID.value,
        )
        .order_by(Seat.performance_id, Seat.id)
    )
    count = 0
    for seat_id, performance_id in found.all():
        row = locked(performance_id)
        one = session().get(Seat, seat_id, populate_existing=True)
        if one is not None and one.state == SeatState.INVITED:
            _free(row, one, because=LEFT, actor_id=None, now=now)
            count += 1
    return count


def _free(
    row: Performance, one: Seat, *, because: str, actor_id: int | None, now: datetime
) -> None:
    one.state, one.because, one.answered_at = SeatState.DECLINED.value, because, now
    session().flush()
    restate(row)
    tell(
        organisers(row),
        row,
        "seat_declined",
        key=f"declined:{one.id}",
        url=f"/performances/{row.id}",
        now=now,
        person=people.names([one.assessor_id]).get(one.assessor_id, ""),
    )
    audit("seat.decline", row, actor_id=actor_id, now=now, reason=because, role=one.role)
