"""The exams of enrolments and the dates they are due. Services flush; the edges commit."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from app.accounts import queries as people
from app.assessments import services as assessments
from app.assessments.queries.cards import assigned_among
from app.domain.progress import StepProgress
from app.kernel.clock import organisation_day
from app.tracks.models import Enrolment
from app.tracks.queries.facts import known_of, progress_of, track_of, versions_by_id


def assign_exams(rows: Sequence[Enrolment], *, actor_id: int | None, now: datetime) -> None:
    """Assign the exams of these enrolments that are not passed, each due on its day.

    Who has one from an earlier round keeps it, and has until the day of this one.
    """
    zones = people.timezones([row.person_id for row in rows])
    for row, exams, steps in _exam_steps(rows, organisation_day(now)):
        for step in steps:
            if step.is_finished:
                continue
            exam, until = exams[step.activity.id], due_at(step.due_on, zones[row.person_id])
            made = assessments.assign(
                assessment_id=exam,
                person_ids=[row.person_id],
                due_at=until,
                actor_id=actor_id,
                now=now,
            )
            if not made:
                assessments.move_due(assessment_id=exam, person_id=row.person_id, due_at=until)


def move_exams(rows: Sequence[Enrolment], *, now: datetime) -> None:
    """Give the exams of these enrolments the due dates that follow now."""
    zones = people.timezones([row.person_id for row in rows])
    for row, exams, steps in _exam_steps(rows, organisation_day(now)):
        for step in steps:
            assessments.move_due(
                assessment_id=exams[step.activity.id],
                person_id=row.person_id,
                due_at=due_at(step.due_on, zones[row.person_id]),
            )


def cancel_exams(
    row: Enrolment, *, actor_id: int | None, now: datetime, only_open: bool = False
) -> None:
    """The exams of an enrolment need not be sat any more; `only_open`: those not passed."""
    version = versions_by_id([row.track_version_id])[row.track_version_id]
    track = track_of(version)
    known = known_of([row], today=organisation_day(now))[row.id]
    assigned = assigned_among(row.person_id, set(known.exams.values()))
    for activity in track.all_activities:
        if known.exams.get(activity.id) not in assigned:
            continue
        if only_open and activity.id in known.facts.done:
            continue
        assessments.cancel_assignment(
            assessment_id=known.exams[activity.id],
            person_id=row.person_id,
            owner_id=actor_id,
            now=now,
        )


def _exam_steps(
    rows: Sequence[Enrolment], today: date
) -> list[tuple[Enrolment, Mapping[str, int], list[StepProgress]]]:
    """Each enrolment with its exams by activity and the steps that are exams."""
    versions = versions_by_id([row.track_version_id for row in rows])
    known = known_of(rows, today=today)
    found = []
    for row in rows:
        exams = known[row.id].exams
        standing = progress_of(
            row, track_of(versions[row.track_version_id]), known[row.id], today=today
        )
        found.append((row, exams, [one for one in standing.steps if one.activity.id in exams]))
    return found


def due_at(day: date | None, timezone: str) -> datetime | None:
    """23:59:59 local on the day a step is due."""
    if day is None:
        return None
    return datetime.combine(day, time(23, 59, 59), tzinfo=ZoneInfo(timezone))
