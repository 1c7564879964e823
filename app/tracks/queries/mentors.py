"""Who could be a mentor: tenure, confirmed knowledge and room, of many people at once."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import Final

from sqlalchemy import and_, func, or_, select

from app.accounts import queries as accounts
from app.accounts.models import Mentorship, User
from app.competency import queries as competency
from app.domain import mentoring
from app.domain.competency import Rules
from app.domain.enrolment import RUNNING, State
from app.domain.framework import Competency, Level
from app.kernel.db import session
from app.tracks.models import Enrolment

_AT_ONCE: Final = 200


def _through(person: object) -> object:
    """Whether somebody has been through: enrolments, and none of them under way."""
    on = [State.PAUSED, *sorted(RUNNING)]
    mine = select(Enrolment.id).where(Enrolment.person_id == person).correlate(Mentorship)
    return and_(mine.exists(), ~mine.where(Enrolment.state.in_(on)).exists())


def loads(mentor_ids: Collection[int], day: date, *, but: int | None = None) -> dict[int, int]:
    """Mentor -> trainees who are under way, on `day` or agreed for later; `but` left out."""
    query = (
        select(Mentorship.mentor_id, func.count(Mentorship.trainee_id.distinct()))
        .where(
            Mentorship.mentor_id.in_(mentor_ids),
            or_(Mentorship.valid_to.is_(None), Mentorship.valid_to > day),
            ~_through(Mentorship.trainee_id),  # type: ignore[operator]  # an EXISTS
        )
        .group_by(Mentorship.mentor_id)
    )
    if but is not None:
        query = query.where(Mentorship.trainee_id != but)
    return {row[0]: row[1] for row in session().execute(query)}


def standings_of(
    ids: Collection[int], day: date, *, but: int | None = None
) -> dict[int, mentoring.Standing]:
    """What is known of people who could be mentors. Six SELECTs however many."""
    people = {row.id: row for row in accounts.jobs(ids)}
    load = loads(ids, day, but=but)
    confirmed = _confirmed(ids, day)
    return {
        person_id: mentoring.Standing(
            tenure=(day - people[person_id].hire_on).days if people[person_id].hire_on else None,
            confirmed_on=confirmed.get(person_id, {}),
            load=load.get(person_id, 0),
        )
        for person_id in ids
        if person_id in people
    }


def _confirmed(ids: Collection[int], day: date) -> dict[int, dict[str, date | None]]:
    ground = competency.ground(ids, day)
    if ground is None:
        return {}
    framework = ground.current.framework
    slugs = mentoring.wanted(framework)
    ledger = competency.ledger_rows(ids, slugs)
    found: dict[int, dict[str, date | None]] = {}
    for person_id in ids:
        standing = ground.standings.get(person_id)
        wanted = ground.wanted.get((standing.role, standing.step or ""), {}) if standing else {}
        mine: dict[str, date | None] = {}
        for slug in slugs:
            one = framework.competency(slug)
            if one is None:
                continue
            want = wanted.get(slug)

            def on(
                then: date,
                one: Competency = one,
                level: Level | None = want.level if want else None,
            ) -> Rules:
                return Rules(one, level, framework.formula, then)

            rows = [competency.observed(row) for row in ledger.get((person_id, slug), [])]
            mine[slug] = mentoring.confirmed_on(rows, on, today=day)
        found[person_id] = mine
    return found


def could_mentor(day: date, *, but: Collection[int]) -> Iterator[int]:
    """Sellers who meet every rule for a mentor, those here longest first; `but` left out.

    Looked through as far as they are asked for: seven SELECTs for each 200.
    """
    pool = list(
        session().scalars(
            select(User.id)
            .where(
                User.job_role == "seller",
                User.disabled_at.is_(None),
                or_(User.left_on.is_(None), User.left_on > day),
                User.hire_on <= day - timedelta(days=mentoring.TENURE_DAYS),
            )
            .order_by(User.hire_on, User.id)
        )
    )
    wanted = [one for one in pool if one not in set(but)]
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        known = standings_of(some, day)
        yield from (one for one in some if one in known and not mentoring.lacks(known[one]))
