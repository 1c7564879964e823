"""Enrolments that wait for a word: at a gate, past its date, with a credential that ends."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select

from app.accounts import queries as accounts
from app.accounts.models import User
from app.domain.enrolment import State
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.kernel.policy import Actor
from app.tracks.models import Enrolment

# The longest waiting of them; what stands behind them comes up when these are done.
MOST: Final = 200
RENEWING: Final = (State.EXPIRING, State.EXPIRED)


def at_gates(actor: Actor, *, day: date) -> list[Enrolment]:
    """Enrolments at a gate or past its date of people this actor has to do with: herself, those
    she mentors or leads; trainers and HR: everybody. Longest waiting first. One SELECT."""
    return list(
        session().scalars(
            select(Enrolment)
            .where(
                Enrolment.state.in_([State.AT_GATE.value, State.NOT_YET.value]),
                _mine(actor, day),
            )
            .order_by(Enrolment.state_since, Enrolment.id)
            .limit(MOST)
        )
    )


def _mine(actor: Actor, day: date) -> ColumnElement[bool]:
    if actor.roles & {"trainer", "hr"}:
        return Enrolment.person_id > 0
    return or_(
        Enrolment.person_id == actor.id,
        Enrolment.person_id.in_(accounts.mentees_select(actor.id, day)),
        Enrolment.person_id.in_(accounts.subtree_people_select(actor.id, day)),
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
