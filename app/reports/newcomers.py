"""Levels of people whose profile was not stored yet: what is expected of them, without evidence.

Levels are stored with evidence, with changes of a person and every night; somebody who came in
between is on the team page all the same.
"""

from collections.abc import Collection
from datetime import date

from app.competency import queries as competency
from app.competency.queries import StoredLevel, Wanted
from app.domain import competency as model
from app.domain.competency import Rules
from app.domain.framework import Competency, Framework


def unproved(person_ids: Collection[int], today: date) -> dict[int, tuple[StoredLevel, ...]]:
    """person -> her expected competencies, each without evidence, in framework order.

    Three SELECTs. Raises NoFrameworkError.
    """
    framework = competency.required().framework
    wanted = competency.expectations(today)
    standings = competency.standings(person_ids, today)
    return {
        person_id: tuple(
            _level(person_id, standing, found, mine[found.slug], framework, today)
            for found in competency.slugs_of(framework, mine, ())
        )
        for person_id, standing in standings.items()
        for mine in [wanted.get((standing.role, standing.step or ""), {})]
    }


def _level(
    person_id: int,
    standing: competency.StandingOf,
    found: Competency,
    want: Wanted,
    framework: Framework,
    today: date,
) -> StoredLevel:
    nothing = model.evaluate((), Rules(found, want.level, framework.formula, today))
    return StoredLevel(
        person_id=person_id,
        competency=found.slug,
        as_of=today,
        role=standing.role,
        step=standing.step,
        mean=nothing.mean,
        sd=nothing.sd,
        lo=nothing.lo,
        hi=nothing.hi,
        p=nothing.p,
        status=nothing.status,
        call=nothing.call,
        level=nothing.level,
        expected=want.level,
        weight=want.weight,
        kinds=0,
        pieces=0,
        newest_on=None,
    )
