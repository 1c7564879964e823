"""What this room asks of accounts: the team on a day, and word to a person."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Date, bindparam

from app.accounts import queries, services
from app.accounts.queries import UnitRow
from app.accounts.services import titled
from app.kernel.clock import organisation_day
from app.kernel.policy import Actor, allowed_scopes

ACTION: Final = "assessment.assign"


# The team of a person on a day, within another statement; its parameters are `unit_params`.
UNIT_ON: Final = queries.unit_select(
    person=bindparam("unit_of"), day=bindparam("unit_on", type_=Date)
).scalar_subquery()


def unit_params(person_id: int, moment: datetime) -> dict[str, Any]:
    """The parameters of `UNIT_ON` for the day of `moment`."""
    return {"unit_of": person_id, "unit_on": organisation_day(moment)}


def tell_assigned(
    assignment_ids: Mapping[int, int],
    *,
    title: Mapping[str, str],
    due_at: datetime | None,
    now: datetime,
) -> None:
    """A notice that there is a test to sit; `assignment_ids` by person."""
    due = "" if due_at is None else organisation_day(due_at).isoformat()
    for person_id, assignment_id in assignment_ids.items():
        services.notify(
            user_id=person_id,
            kind="assigned",
            key=f"assigned:{assignment_id}:{now:%Y%m%d%H%M%S}",
            params=titled(title) | ({"due": due} if due else {}),
            url=f"/assignments/{assignment_id}/start",
            now=now,
        )


def tell_cancelled(
    assignment_ids: Mapping[int, int], *, title: Mapping[str, str], now: datetime
) -> None:
    """A notice that a test need not be sat; `assignment_ids` by person."""
    for person_id, assignment_id in assignment_ids.items():
        services.notify(
            user_id=person_id,
            kind="cancelled",
            key=f"cancelled:{assignment_id}",
            params=titled(title),
            url="/assessments/mine",
            now=now,
        )


def tell_due(
    person_id: int,
    *,
    assignment_id: int,
    title: Mapping[str, str],
    due_on: date,
    days_left: int,
    now: datetime,
) -> bool:
    """A notice that a test falls or fell due; once per due day and days left. True: it is new."""
    return services.notify(
        user_id=person_id,
        kind="overdue" if days_left < 0 else "due",
        key=f"due:{assignment_id}:{due_on}:{days_left}",
        params={**titled(title), "due": due_on.isoformat()},
        url=f"/assignments/{assignment_id}/start",
        now=now,
    )


def tell_given(
    person_id: int,
    *,
    assignment_id: int,
    title: Mapping[str, str],
    number: int,
    reason: str,
    now: datetime,
) -> None:
    """A notice that one more attempt was given; once per attempt."""
    services.notify(
        user_id=person_id,
        kind="retry",
        key=f"retry:{assignment_id}:{number}",
        params=titled(title) | {"reason": reason},
        url=f"/assignments/{assignment_id}/start",
        now=now,
    )


def tell_released(
    person_id: int, *, attempt_id: int, title: Mapping[str, str], now: datetime
) -> None:
    """A notice that a score is there; once per attempt."""
    services.notify(
        user_id=person_id,
        kind="released",
        key=f"released:{attempt_id}",
        params=titled(title),
        url=f"/attempts/{attempt_id}/result",
        now=now,
    )


def tell_reported(
    person_ids: Collection[int],
    *,
    report_id: int,
    title: Mapping[str, str],
    position: int,
    now: datetime,
) -> None:
    """A notice that an item was reported, to those who can answer."""
    for person_id in person_ids:
        services.notify(
            user_id=person_id,
            kind="item_reported",
            key=f"item_reported:{report_id}",
            params={**titled(title), "number": str(position)},
            url=f"/item-reports/{report_id}",
            now=now,
        )


def tell_answered(
    person_id: int,
    *,
    report_id: int,
    attempt_id: int,
    title: Mapping[str, str],
    position: int,
    now: datetime,
) -> None:
    """A notice that one's report was answered; once per report."""
    services.notify(
        user_id=person_id,
        kind="report_answered",
        key=f"report_answered:{report_id}",
        params={**titled(title), "number": str(position)},
        url=f"/attempts/{attempt_id}/result#i{position}",
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Chosen:
    """People picked on the assign page; `unknown`: what was typed and means nobody in scope.

    `ambiguous`: a typed name that several in scope bear, with their numbers and teams.
    """

    person_ids: frozenset[int]
    unknown: tuple[str, ...]
    ambiguous: tuple[tuple[str, tuple[str, ...]], ...] = ()


def may_assign_all(actor: Actor) -> bool:
    """Trainers and HR assign to anybody, a manager to the people below her."""
    return bool({"own", "all"} & allowed_scopes(actor, ACTION))


def units_for(actor: Actor, day: date) -> list[UnitRow]:
    """The teams this actor may assign to, in tree order."""
    if may_assign_all(actor):
        return queries.unit_tree(day)
    return queries.units_in_scope(actor, ACTION, day=day)


def chosen(actor: Actor, unit_ids: Collection[int], logins: Collection[str], day: date) -> Chosen:
    """The active people of teams (with all below) and of typed staff numbers, e-mails, names.

    A name counts where one person in the actor's scope bears it; a staff number wins over a name.
    """
    allowed = {unit.id for unit in units_for(actor, day)}
    found: set[int] = set()
    for unit_id in set(unit_ids) & allowed:
        found |= queries.people_below_unit(unit_id, day)
    meant = {login: _meant(actor, login, day) for login in dict.fromkeys(logins)}
    for ids in meant.values():
        found |= ids if len(ids) == 1 else set()
    within = _within(actor, found, day)
    unknown = tuple(login for login, ids in meant.items() if not ids)
    ambiguous = tuple((login, _teams(ids, day)) for login, ids in meant.items() if len(ids) > 1)
    return Chosen(frozenset(within), unknown, ambiguous)


def _meant(actor: Actor, login: str, day: date) -> set[int]:
    """Who may be meant by what was typed, of those the actor may assign to."""
    person_id = queries.find_id(login)
    ids = queries.named([login]).get(login, []) if person_id is None else [person_id]
    return _within(actor, set(ids), day)


def _teams(person_ids: Collection[int], day: date) -> tuple[str, ...]:
    """Staff number and team of each of the people."""
    found = queries.people(person_ids, day=day).values()
    return tuple(sorted(f"{one.staff_no or ''} {one.unit_name}".strip() for one in found))


def _within(actor: Actor, person_ids: Collection[int], day: date) -> set[int]:
    """Those of the people who are active and in the actor's scope."""
    people = queries.people(person_ids, day=day)
    active = {one for one, person in people.items() if not person.is_disabled}
    if may_assign_all(actor):
        return active
    scope = queries.people(queries.people_in_scope(actor, ACTION, day=day), day=day)
    return active & set(scope)
