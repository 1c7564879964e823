"""What happens unasked: enrolment by rule, leavers, facts and days. Services flush."""

from collections import defaultdict
from datetime import date, datetime
from typing import Final

from app.domain.tracks import Anchor
from app.kernel.clock import organisation_day
from app.tracks.models import Cohort
from app.tracks.queries import due
from app.tracks.queries.facts import track_of
from app.tracks.services.enrolling import enrol, withdraw
from app.tracks.services.lifecycle import advance

_AT_ONCE: Final = 200


def follow_facts(*, now: datetime) -> int:
    """Let follow what follows from results and evidence that came since; gives the events."""
    return advance(ids, now=now) if (ids := due.with_new_facts(now)) else 0


def follow_days(*, now: datetime) -> int:
    """Let follow what follows from a new day, for everybody on the way; gives the events."""
    ids = due.moving_with_the_days()
    return sum(
        advance(ids[start : start + _AT_ONCE], now=now) for start in range(0, len(ids), _AT_ONCE)
    )


def withdraw_leavers(*, now: datetime) -> int:
    """Who has left the company is on no track any more; gives their number."""
    ids = due.of_leavers(organisation_day(now))
    for enrolment_id in ids:
        withdraw(enrolment_id=enrolment_id, reason="", rule="left", actor_id=None, now=now)
    return len(ids)


def enrol_by_rule(*, now: datetime) -> int:
    """Enrol whom the rule of a track names; gives the number of new enrolments.

    Where a track counts from a cohort's start, the next cohort with a free seat; without one,
    nobody: they are looked at again.
    """
    day = organisation_day(now)
    count = 0
    for version in due.newest_versions():
        track = track_of(version)
        if track.enrol is None:
            continue
        found = due.to_enrol(
            version.slug, role=track.enrol.role, within=track.enrol.within, day=day
        )
        if not found:
            continue
        rule = f"enrol:{track.enrol.role}:{track.enrol.within}"
        places = (
            _by_cohort(list(found), due.cohorts_with_seats(version.slug, day))
            if track.anchor is Anchor.COHORT_START
            else _by_day(found)
        )
        for (anchor_on, cohort_id), person_ids in places.items():
            made = enrol(
                person_ids=person_ids,
                slug=version.slug,
                anchor_on=anchor_on,
                cohort_id=cohort_id,
                actor_id=None,
                rule=rule,
                now=now,
            )
            count += len(made)
    return count


Place = tuple[date, int | None]


def _by_day(found: dict[int, date]) -> dict[Place, list[int]]:
    places: dict[Place, list[int]] = defaultdict(list)
    for person_id, hire_on in found.items():
        places[hire_on, None].append(person_id)
    return places


def _by_cohort(
    person_ids: list[int], cohorts: list[tuple[Cohort, int | None]]
) -> dict[Place, list[int]]:
    places: dict[Place, list[int]] = {}
    waiting = person_ids
    for cohort, seats in cohorts:
        here = waiting if seats is None else waiting[:seats]
        waiting = waiting[len(here) :]
        if here:
            places[cohort.starts_on, cohort.id] = here
    return places
