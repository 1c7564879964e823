"""Enrolments for a home page: on the way, at a gate, with a credential that ends."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select

from app.accounts import queries as accounts
from app.accounts.models import User
from app.domain.enrolment import RUNNING, State
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.kernel.policy import Actor
from app.tracks.models import Enrolment

RENEWING: Final = (State.EXPIRING, State.EXPIRED)


def on_the_way(actor: Actor, *, day: date) -> list[Enrolment]:
    """Enrolments under way of the people whose board this actor may read, on all tracks, and her
    own at a gate or past its date. One SELECT."""
    reach = accounts.people_in_scope(actor, "board.read", day=day)
    under_way = sorted(state.value for state in {*RUNNING, State.PAUSED})
    return list(
        session().scalars(
            select(Enrolment)
            .where(
                Enrolment.withdrawn_at.is_(None),
                or_(
                    Enrolment.state.in_(under_way) & Enrolment.person_id.in_(reach),
                    _own_gate(actor.id),
                ),
            )
            .order_by(Enrolment.anchor_on, Enrolment.id)
        )
    )


def own_at_gates(person_id: int) -> list[Enrolment]:
    """One's own enrolments at a gate or past its date. One SELECT."""
    return list(session().scalars(select(Enrolment).where(_own_gate(person_id))))


def _own_gate(person_id: int) -> ColumnElement[bool]:
    return (Enrolment.person_id == person_id) & Enrolment.state.in_(
        [State.AT_GATE.value, State.NOT_YET.value]
    )


@dataclass(frozen=True, slots=True)
class Ending:
    """One's own credential that ends or has ended."""

    enrolment_id: int
    slug: str
    state: State
    since: date


def own_endings(person_id: int) -> list[Ending]:
    """One's own credentials that end or have ended. One SELECT."""
    rows = session().scalars(
        select(Enrolment).where(
            Enrolment.person_id == person_id,
            Enrolment.state.in_([state.value for state in RENEWING]),
        )
    )
    return [
        Ending(row.id, row.track_slug, State(row.state), organisation_day(row.state_since))
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Endings:
    """How many people of a track have a credential that ends or has ended, the first since."""

    slug: str
    people: int
    since: date


def endings_below(actor: Actor, action: str, *, day: date) -> list[Endings]:
    """Credentials that end, of the other people within this right who work here, by track.

    One SELECT."""
    rows = session().execute(
        select(
            Enrolment.track_slug,
            func.count().label("n"),
            func.min(Enrolment.state_since).label("since"),
        )
        .join(User, User.id == Enrolment.person_id)
        .where(
            Enrolment.state.in_([state.value for state in RENEWING]),
            Enrolment.person_id.in_(accounts.people_in_scope(actor, action, day=day)),
            Enrolment.person_id != actor.id,
            User.disabled_at.is_(None),
        )
        .group_by(Enrolment.track_slug)
        .order_by(Enrolment.track_slug)
    )
    return [Endings(row.track_slug, row.n, organisation_day(row.since)) for row in rows]
