"""What waits for an administrator, for the home page: the machine, and people with no place."""

from collections.abc import Iterable
from datetime import date, datetime

from flask import current_app, url_for
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.accounts.queries import UnitRef, UnitRow
from app.admin import machine
from app.kernel.auth import Actor, may
from app.kernel.clock import organisation_day
from app.tracks.duties import Queue

MOST_PEOPLE = 5
MOST_NAMES = 4


def waiting(actor: Actor, *, now: datetime, lang: str) -> list[Queue]:  # noqa: ARG001  one shape for all rooms
    """What stands still in the background, sellers without a team, teams without a manager. Ten
    SELECTs or so; none for anybody else."""
    found: list[Queue] = []
    if may("job.manage"):
        found += _machine(now)
    if may("org.edit") and may("people.edit"):
        found += _people(organisation_day(now))
    return found


def _machine(now: datetime) -> list[Queue]:
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy hides it
    return [
        Queue(
            title=one.what,
            meta=one.then,
            url=url_for("admin.jobs", _anchor=one.anchor or None),
            button=_("去处理"),
            since=None if one.since is None else organisation_day(one.since),
            is_late=True,
        )
        for one in machine.troubles(app, now=now)
    ]


def _people(day: date) -> list[Queue]:
    lone = accounts.sellers_without_unit(day)
    found = [
        Queue(
            title=_("%(name)s 不在任何团队里", name=one.name),
            meta=_("没有团队就没有经理，也没有人替这个人签字"),
            url=url_for("admin.person", user_id=one.id),
            button=_("调到团队"),
            is_late=True,
        )
        for one in lone[:MOST_PEOPLE]
    ]
    if len(lone) > MOST_PEOPLE:
        found.append(
            Queue(
                title=_("还有 %(n)s 人不在任何团队里", n=len(lone) - MOST_PEOPLE),
                meta=_names(lone[MOST_PEOPLE:]),
                url=url_for("admin.people"),
                button=_("看人员"),
                is_late=True,
                count=len(lone) - MOST_PEOPLE,
            )
        )
    led = _leaderless(accounts.unit_tree(day))
    sellers = accounts.sellers_of_units(led, day) if led else {}
    return [
        *found,
        *(
            Queue(
                title=_("%(unit)s 没有经理", unit=led[unit_id]),
                meta=_("%(n)s 人：%(names)s", n=len(there), names=_names(there)),
                url=url_for("admin.unit", unit_id=unit_id),
                button=_("定经理"),
                is_late=True,
            )
            for unit_id, there in sellers.items()
        ),
    ]


def _leaderless(tree: Iterable[UnitRow]) -> dict[int, str]:
    """The units that nobody leads, nor any unit above them: id -> name. Parents come first."""
    found: dict[int, str] = {}
    for row in tree:
        is_led_above = row.parent_id is not None and row.parent_id not in found
        if not row.leaders and not is_led_above:
            found[row.id] = row.name
    return found


def _names(people: list[UnitRef]) -> str:
    said = str(_("、")).join(one.name for one in people[:MOST_NAMES])
    if len(people) <= MOST_NAMES:
        return said
    return str(_("%(names)s 等 %(n)s 人", names=said, n=len(people)))
