"""All that happened on one enrolment, for its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import select

from app.accounts.queries import PersonIds
from app.kernel.db import session
from app.kernel.errors import NotFoundError
from app.tracks.models import (
    Cohort,
    Credential,
    Enrolment,
    EnrolmentEvent,
    GateSignature,
    Recall,
    TrackVersion,
)

# What views pass on without looking into tables.
EnrolmentRow: TypeAlias = Enrolment


@dataclass(frozen=True, slots=True)
class Story:
    """The rows of one enrolment, oldest first. `versions` are the numbers there are, newest first;
    `number` the one it has."""

    row: Enrolment
    number: int
    versions: Sequence[int]
    cohort: Cohort | None
    events: Sequence[EnrolmentEvent]
    signatures: Sequence[GateSignature]
    credentials: Sequence[Credential]


def within(enrolment_id: int, reach: PersonIds) -> Enrolment:
    """The enrolment, or NotFoundError where it is missing or not within reach. One SELECT."""
    row = session().scalar(
        select(Enrolment).where(Enrolment.id == enrolment_id, Enrolment.person_id.in_(reach))
    )
    if row is None:
        raise NotFoundError
    return row


def story_of(row: Enrolment) -> Story:
    """All that happened. Five SELECTs however long the story."""
    versions = session().execute(
        select(TrackVersion.id, TrackVersion.number)
        .where(TrackVersion.slug == row.track_slug)
        .order_by(TrackVersion.number.desc())
    )
    numbers = {one.id: one.number for one in versions}
    return Story(
        row=row,
        number=numbers[row.track_version_id],
        versions=list(numbers.values()),
        cohort=session().get(Cohort, row.cohort_id) if row.cohort_id else None,
        events=list(
            session().scalars(
                select(EnrolmentEvent)
                .where(EnrolmentEvent.enrolment_id == row.id)
                .order_by(EnrolmentEvent.id)
            )
        ),
        signatures=list(
            session().scalars(
                select(GateSignature)
                .where(GateSignature.enrolment_id == row.id)
                .order_by(GateSignature.id)
            )
        ),
        credentials=list(
            session().scalars(
                select(Credential).where(Credential.enrolment_id == row.id).order_by(Credential.id)
            )
        ),
    )


def recalls_of(slug: str) -> list[Recall]:
    """The recalls of a track, newest first. One SELECT."""
    return list(
        session().scalars(
            select(Recall).where(Recall.track_slug == slug).order_by(Recall.id.desc()).limit(20)
        )
    )
