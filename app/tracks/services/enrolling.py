"""Put people on tracks and take them off; confirm lessons. Services flush; the edges commit."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.services import titled
from app.audit.services import record
from app.domain.enrolment import Event, State
from app.kernel.db import insert_once, session
from app.kernel.errors import NotFoundError
from app.tracks import queries
from app.tracks.models import Enrolment, LessonRead, TrackVersion
from app.tracks.services.dates import assign_exams, cancel_exams
from app.tracks.services.lifecycle import advance, happen, locked


def enrol(
    *,
    person_ids: Sequence[int],
    slug: str,
    anchor_on: date,
    actor_id: int | None,
    now: datetime,
    cohort_id: int | None = None,
    rule: str = "",
) -> list[int]:
    """Put people on the newest version of a track and assign its exams.

    Each is due at 23:59 where the learner is. Returns the ids of the new enrolments; who is on the
    track already is left alone. `rule`: what enrolled them, where nobody did. The caller has
    checked that the actor may enrol these people. Raises NotFoundError for an unknown track.
    """
    version = queries.newest_version(slug)
    if version is None:
        raise NotFoundError
    known = {
        row.person_id: row
        for row in session().scalars(
            select(Enrolment)
            .where(
                Enrolment.track_slug == slug,
                Enrolment.person_id.in_(person_ids),
                (Enrolment.withdrawn_at.is_(None)) | (Enrolment.anchor_on == anchor_on),
            )
            .order_by(Enrolment.withdrawn_at.is_(None))
        )
    }
    fresh = []
    for person_id in dict.fromkeys(person_ids):
        row = known.get(person_id)
        if row is not None and row.withdrawn_at is None:
            continue
        if row is None:
            row = Enrolment(
                person_id=person_id,
                track_slug=slug,
                anchor_on=anchor_on,
                track_version_id=version.id,
                state=State.ASSIGNED.value,
                state_since=now,
                advanced_at=now,
                created_at=now,
                created_by_id=actor_id,
            )
            session().add(row)
        else:
            row.track_version_id, row.created_at, row.created_by_id = version.id, now, actor_id
            row.withdrawn_at, row.withdrawn_reason = None, ""
            happen(row, Event.READMIT, rule=rule, actor_id=actor_id, now=now)
        row.cohort_id = cohort_id
        fresh.append(row)
    session().flush()
    assign_exams(fresh, actor_id=actor_id, now=now)
    for row in fresh:
        _tell(row, version, now)
        record(
            action="enrolment.create",
            object_type="person",
            object_id=row.person_id,
            actor_id=actor_id,
            now=now,
            detail={
                "track": slug,
                "version": version.number,
                "anchor_on": anchor_on,
                **({"rule": rule} if rule else {}),
            },
        )
    advance([row.id for row in fresh], now=now)
    return [row.id for row in fresh]


def _tell(row: Enrolment, version: TrackVersion, now: datetime) -> None:
    accounts.notify(
        user_id=row.person_id,
        kind="enrolled",
        key=f"enrolled:{row.id}:{now:%Y%m%d%H%M%S}",
        params=titled(version.title),
        url="/path",
        now=now,
    )


def withdraw(*, enrolment_id: int, reason: str, actor_id: int | None, now: datetime) -> None:
    """Take someone off a track: its exams need not be sat, what was done stays as evidence.

    Doing it twice changes nothing. Raises NotFoundError.
    """
    row = locked(enrolment_id)
    if row.withdrawn_at is not None:
        return
    row.withdrawn_at, row.withdrawn_reason, row.back_to = now, reason, None
    happen(row, Event.WITHDRAW, reason=reason, actor_id=actor_id, now=now)
    cancel_exams(row, actor_id=actor_id, now=now)
    record(
        action="enrolment.withdraw",
        object_type="person",
        object_id=row.person_id,
        actor_id=actor_id,
        now=now,
        detail={"track": row.track_slug},
        reason=reason,
    )


def confirm_lesson(*, enrolment_id: int, activity_id: str, person_id: int, now: datetime) -> None:
    """The learner says she has read it; saying so twice changes nothing. Raises NotFoundError."""
    row = session().get(Enrolment, enrolment_id)
    if row is None or row.person_id != person_id or row.withdrawn_at is not None:
        raise NotFoundError
    if queries.lesson_markdown(row.track_version_id, activity_id) is None:
        raise NotFoundError
    values = {"enrolment_id": enrolment_id, "activity_id": activity_id, "read_at": now}
    if insert_once(LessonRead, values):
        advance([enrolment_id], now=now)
