"""Who may take a seat: each colleague seen from the learner, with what stands against it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import func, select

from app.accounts import queries as people
from app.competency import queries as competency
from app.domain.competency import Status
from app.domain.framework import Level
from app.domain.rated import SENIOR_DAYS, Conflict, SeatRole, Standing, conflict
from app.domain.tracks import Party
from app.kernel.db import session
from app.ratings.models import Performance, Seat, SeatState
from app.ratings.queries.outcomes import frozen

_ROLES: Final = ("trainer", "manager", "hr", "marker", "mentor")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could assess. `conflict` None: may. `levels` of the form's competencies are
    confirmed at L3 or more, of `asked`; `load` is how many other works wait for her mark."""

    id: int
    name: str
    unit: str
    tenure: int | None
    levels: int
    asked: int
    load: int
    roles: frozenset[str]
    conflict: Conflict | None

    @property
    def is_senior(self) -> bool:
        """With the company for half a year or more."""
        return self.tenure is not None and self.tenure >= SENIOR_DAYS


@dataclass(frozen=True, slots=True)
class _Ground:
    """What is asked once for all candidates."""

    person_id: int
    unit_id: int | None
    mentor: int | None
    superiors: frozenset[int]
    subordinates: frozenset[int]
    roles: Mapping[int, frozenset[str]]
    seated: frozenset[int]


def _ground(row: Performance, day: date) -> _Ground:
    """Ten SELECTs or so, whatever the number of candidates."""
    roles: dict[int, set[str]] = {}
    for role in _ROLES:
        for person_id in people.holders(role):
            roles.setdefault(person_id, set()).add(role)
    unit = people.unit_of(row.person_id, day)
    seated = session().scalars(select(Seat.assessor_id).where(Seat.performance_id == row.id))
    return _Ground(
        person_id=row.person_id,
        unit_id=None if unit is None else unit.id,
        mentor=people.mentors_of([row.person_id], day).get(row.person_id),
        superiors=frozenset(people.leaders_of(row.person_id, day)),
        subordinates=people.subtree_people(row.person_id, day),
        roles={key: frozenset(value) for key, value in roles.items()},
        seated=frozenset(seated),
    )


def _standing(ground: _Ground, person: people.Person, day: date) -> Standing:
    roles = ground.roles.get(person.id, frozenset())
    parties = {
        Party.MENTOR: person.id == ground.mentor,
        Party.MANAGER: person.id in ground.superiors,
        Party.TRAINER: "trainer" in roles,
        Party.HR: "hr" in roles,
    }
    return Standing(
        parties=frozenset(party for party, holds in parties.items() if holds),
        is_self=person.id == ground.person_id,
        has_seat=person.id in ground.seated,
        is_superior=person.id in ground.superiors,
        is_subordinate=person.id in ground.subordinates,
        is_same_unit=person.unit_id is not None and person.unit_id == ground.unit_id,
        tenure=None if person.hire_on is None else (day - person.hire_on).days,
        is_assessor=bool(roles),
    )


def standing_of(row: Performance, assessor_id: int, day: date) -> Standing | None:
    """One colleague seen from the learner of a performance; None for somebody who left."""
    person = people.people([assessor_id], day=day).get(assessor_id)
    if person is None or person.is_disabled or (person.left_on and person.left_on <= day):
        return None
    return _standing(_ground(row, day), person, day)


def candidates(
    row: Performance, role: SeatRole, party: Party | None, *, day: date, text: str = ""
) -> list[Candidate]:
    """Everybody who works here, who may first: seniors, who are good at it, with least to do.

    `text` narrows to names that contain it. A fixed number of SELECTs (levels: one per 500).
    """
    form, rules = frozen(row)
    ground = _ground(row, day)
    found = people.people(people.active_ids(day), day=day).values()
    wanted = [one for one in found if text in one.name]
    slugs = {one.competency for one in form.rows if one.competency is not None}
    levels = _levels([one.id for one in wanted], slugs)
    loads = _loads()
    rows = [
        Candidate(
            id=one.id,
            name=one.name,
            unit=one.unit_name,
            tenure=None if one.hire_on is None else (day - one.hire_on).days,
            levels=levels.get(one.id, 0),
            asked=len(slugs),
            load=loads.get(one.id, 0),
            roles=ground.roles.get(one.id, frozenset()),
            conflict=conflict(
                _standing(ground, one, day), rules, role, party=party, is_gate=row.is_gate
            ),
        )
        for one in wanted
    ]
    return sorted(
        rows,
        key=lambda one: (
            one.conflict is not None,
            not one.is_senior,
            -one.levels,
            one.load,
            one.name,
        ),
    )


def _levels(ids: Collection[int], slugs: Collection[str]) -> dict[int, int]:
    """Person -> how many of the competencies are confirmed at L3 or more."""
    if not ids or not slugs:
        return {}
    return {
        person_id: sum(
            one.competency in slugs
            and one.status is Status.SUFFICIENT
            and one.level is not None
            and one.level.rank >= Level.L3.rank
            for one in levels
        )
        for person_id, levels in competency.levels_for(ids).items()
    }


def _loads() -> dict[int, int]:
    """Assessor -> invitations not answered yet. One SELECT."""
    rows = session().execute(
        select(Seat.assessor_id, func.count())
        .where(Seat.state == SeatState.INVITED)
        .group_by(Seat.assessor_id)
    )
    return {row[0]: row[1] for row in rows}
