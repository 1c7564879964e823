"""Status kept by taking part: which rounds of a track were held, and who was in them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import or_, select

from app.domain.enrolment import THROUGH, holds_status
from app.domain.progress import due_on
from app.domain.tracks import Track
from app.kernel.db import session
from app.tracks.models import Cohort, Credential, Enrolment

Quarter = tuple[int, int]


def quarter_of(day: date) -> Quarter:
    """Year and quarter 1-4."""
    return day.year, (day.month + 2) // 3


def rounds_over(slug: str, track: Track, *, today: date) -> list[Quarter]:
    """The quarters in which the track was held and is over, oldest first. One SELECT.

    Several cohorts of a quarter are one round: nobody has to be in two. A cohort is over when it
    is closed, or the date of its last gate is past, the days it may be extended by included.
    """
    over: dict[Quarter, bool] = defaultdict(lambda: True)
    for cohort in session().scalars(
        select(Cohort)
        .where(Cohort.track_slug == slug, Cohort.starts_on <= today)
        .order_by(Cohort.starts_on)
    ):
        is_over = (cohort.closed_on is not None and cohort.closed_on <= today) or (
            _ends_on(track, cohort.starts_on) < today
        )
        quarter = quarter_of(cohort.starts_on)
        over[quarter] = over[quarter] and is_over
    return [quarter for quarter, is_over in over.items() if is_over]


def _ends_on(track: Track, starts_on: date) -> date:
    ends = [starts_on]
    for stage in track.stages:
        gate = stage.gate
        more = (gate.extend or 0) if gate else 0
        days = [*(one.due_day for one in stage.activities), gate.due_day if gate else None]
        for day in days:
            due = due_on(starts_on, day, days=track.days)
            if due is not None:
                ends.append(due + timedelta(days=more))
    return max(ends)


def rounds_taken(slug: str, person_ids: Collection[int]) -> dict[int, set[Quarter]]:
    """Person -> the quarters whose round was passed. One SELECT."""
    earned = select(Credential.enrolment_id).where(Credential.person_id.in_(person_ids))
    found: dict[int, set[Quarter]] = defaultdict(set)
    for row in session().execute(
        select(Enrolment.person_id, Enrolment.anchor_on).where(
            Enrolment.track_slug == slug,
            Enrolment.person_id.in_(person_ids),
            or_(Enrolment.state.in_(THROUGH), Enrolment.id.in_(earned)),
        )
    ):
        found[row.person_id].add(quarter_of(row.anchor_on))
    return found


def kept_by(
    rows: Sequence[Enrolment], tracks: Mapping[int, Track], *, today: date
) -> dict[int, bool]:
    """Enrolment -> whether the status is kept, of those whose track asks for taking part.

    `tracks` by version. Two SELECTs a track.
    """
    by_track: dict[str, list[Enrolment]] = defaultdict(list)
    for row in rows:
        rules = tracks[row.track_version_id].credential
        if rules is not None and rules.keep is not None:
            by_track[row.track_slug].append(row)
    found = {}
    for slug, those in by_track.items():
        track = tracks[max(row.track_version_id for row in those)]
        over = rounds_over(slug, track, today=today)
        taken = rounds_taken(slug, {row.person_id for row in those})
        for row in those:
            found[row.id] = _holds(track, over, taken[row.person_id])
    return found


def _holds(track: Track, over: Sequence[Quarter], taken: Collection[Quarter]) -> bool:
    rules = track.credential
    if rules is None or rules.keep is None:
        return True
    needed, of = rules.keep
    rounds = [quarter in taken for quarter in sorted({*over, *taken})]
    return holds_status(rounds, needed=needed, of=of)
