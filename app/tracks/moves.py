"""Many people to another version of their track at once: shown before, reported after."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask_babel import gettext
from sqlalchemy import select

from app.accounts import queries as accounts
from app.accounts.queries import PersonIds
from app.domain.items import text_in
from app.domain.moving import Fate
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.kernel.errors import DomainError, NotFoundError
from app.kernel.i18n import show_day
from app.kernel.xlsx import Sheet
from app.tracks import services
from app.tracks.life import MoveLine, move_parts
from app.tracks.models import Enrolment, TrackVersion
from app.tracks.services.moving import MovePlan

_: Callable[..., str] = gettext

MOST: Final = 200
LONGEST_ID: Final = 10
DIGEST: Final = 16


@dataclass(frozen=True, slots=True)
class Mover:
    """Somebody on another version. `value` names her and what was shown of her; `facts` sum it up,
    `parts` say it in full."""

    value: str
    enrolment_id: int
    name: str
    unit: str
    old_number: int
    facts: tuple[str, ...]
    parts: tuple[tuple[str, str, tuple[MoveLine, ...]], ...]


@dataclass(frozen=True, slots=True)
class MovesPage:
    """Everybody who could be moved to a version; `more` of them are not listed this time."""

    slug: str
    track: str
    to: int
    numbers: tuple[int, ...]
    people: tuple[Mover, ...]
    more: int


def moves_page(
    slug: str, to: int | None, *, reach: PersonIds, leave_out: int, now: datetime, lang: str
) -> MovesPage:
    """The preview, to the newest version where none is named. Raises NotFoundError."""
    versions = list(
        session().scalars(
            select(TrackVersion)
            .where(TrackVersion.slug == slug)
            .order_by(TrackVersion.number.desc())
        )
    )
    if not versions:
        raise NotFoundError
    chosen = versions[0].number if to is None else to
    plans = services.plan_moves(slug, chosen, reach=reach, now=now)
    plans = [one for one in plans if one.person_id != leave_out]
    people = accounts.people({one.person_id for one in plans}, day=organisation_day(now))
    plans.sort(key=lambda one: (one.old_number, people[one.person_id].name, one.enrolment_id))
    return MovesPage(
        slug=slug,
        track=text_in(versions[0].title, lang),
        to=chosen,
        numbers=tuple(one.number for one in versions),
        people=tuple(_mover(one, people[one.person_id], lang) for one in plans[:MOST]),
        more=max(0, len(plans) - MOST),
    )


def _mover(plan: MovePlan, who: accounts.Person, lang: str) -> Mover:
    return Mover(
        value=f"{plan.enrolment_id}:{plan.moving.digest}",
        enrolment_id=plan.enrolment_id,
        name=who.name,
        unit=who.unit_name,
        old_number=plan.old_number,
        facts=tuple(_facts(plan, lang)) or (_("没有变化"),),
        parts=move_parts(plan.moving, lang),
    )


def _facts(plan: MovePlan, lang: str) -> Iterator[str]:
    moving = plan.moving
    for fate, said in (
        (Fate.CARRIED, _("照算 %(n)s 项")),
        (Fate.NEW, _("新增 %(n)s 项")),
        (Fate.AGAIN, _("要重考 %(n)s 项")),
        (Fate.GONE, _("去掉 %(n)s 项")),
    ):
        if found := moving.of(fate):
            yield said % {"n": len(found)}
    for gate in moving.moved_gates:
        yield _(
            "%(gate)s：%(old)s 改为 %(new)s",
            gate=text_in(gate.thing.title, lang),
            old=show_day(gate.old_on) if gate.old_on else _("没有日期"),
            new=show_day(gate.new_on) if gate.new_on else _("没有日期"),
        )


def chosen_of(values: list[str]) -> dict[str, str]:
    """Which enrolments were ticked, each with the digest of what was shown. Raises NotFoundError
    for what no page of ours sends."""
    found: dict[str, str] = {}
    for value in values:
        number, _sign, digest = value.partition(":")
        is_id = number.isascii() and number.isdigit() and len(number) < LONGEST_ID
        if not is_id or len(digest) != DIGEST:
            raise NotFoundError
        found[number] = digest
    return found


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one of those chosen."""

    name: str
    result: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for, by whom; `reach`: whom she may move."""

    slug: str
    to: int
    reason: str
    actor_id: int
    reach: PersonIds
    lang: str


def moved(order: Order, enrolment_id: int, seen: str, *, now: datetime) -> Moved:
    """Move one of those chosen, as it was shown; who is on the version already stays there.

    In a transaction of its own. Raises NotFoundError for whom the actor may not move, and what
    `services.move` refuses.
    """
    row = session().scalar(
        select(Enrolment).where(
            Enrolment.id == enrolment_id,
            Enrolment.track_slug == order.slug,
            Enrolment.person_id.in_(order.reach),
            Enrolment.person_id != order.actor_id,
        )
    )
    if row is None:
        raise NotFoundError
    name = accounts.names([row.person_id])[row.person_id]
    here = session().get_one(TrackVersion, row.track_version_id)
    if here.number == order.to:
        return Moved(name, _("已经在第 %(n)s 版", n=order.to), ())
    plan = services.move(
        enrolment_id=enrolment_id,
        to_number=order.to,
        reason=order.reason,
        actor_id=order.actor_id,
        now=now,
        seen=seen,
    )
    said = _("从第 %(old)s 版换到第 %(new)s 版", old=plan.old_number, new=order.to)
    return Moved(name, said, tuple(_facts(plan, order.lang)))


def not_moved(order: Order, enrolment_id: int, error: DomainError) -> Moved:
    """One who could not be moved, and why; whom the actor may not move is not named."""
    person = session().scalar(
        select(Enrolment.person_id).where(
            Enrolment.id == enrolment_id, Enrolment.person_id.in_(order.reach)
        )
    )
    name = accounts.names([person])[person] if person is not None else "—"
    return Moved(name, str(gettext(error.message, **error.params)), ())


def report(lines: list[Moved]) -> Sheet:
    """Who was moved and what that changed, one line a person."""
    rows = tuple((one.name, one.result, "\n".join(one.facts)) for one in lines)
    return Sheet(_("换版本"), (_("姓名"), _("结果"), _("变了什么")), rows)
