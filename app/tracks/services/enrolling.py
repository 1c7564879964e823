"""Put people on tracks and take them off; confirm lessons. Services flush; the edges commit."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.services import titled
from app.audit.services import record
from app.domain.enrolment import THROUGH, Event, State, may
from app.domain.tracks import Anchor
from app.kernel.db import insert_once, session
from app.kernel.errors import NotFoundError
from app.tracks import queries
from app.tracks.models import Enrolment, LessonRead, TrackVersion
from app.tracks.queries.facts import rounds_of
from app.tracks.services.dates import assign_exams, cancel_exams
from app.tracks.services.lifecycle import WrongMomentError, advance, end_leave, happen, locked


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
    # A round of a cohort track is gone through again by who has finished an earlier one.
    is_round = queries.track_of(version).anchor is Anchor.COHORT_START
    known: dict[int, list[Enrolment]] = defaultdict(list)
    for row in session().scalars(
        select(Enrolment).where(Enrolment.track_slug == slug, Enrolment.person_id.in_(person_ids))
    ):
        known[row.person_id].append(row)
    by = _By(version, anchor_on, rule, actor_id, now)
    fresh = [
        by.readmit(row) if row is not None else by.enrol(person_id)
        for person_id in dict.fromkeys(person_ids)
        if not any(_is_in_the_way(one, anchor_on, is_round=is_round) for one in known[person_id])
        for row in [next((one for one in known[person_id] if one.anchor_on == anchor_on), None)]
    ]
    for row in fresh:
        row.cohort_id = cohort_id
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


@dataclass(frozen=True, slots=True)
class _By:
    """What all who are enrolled together share."""

    version: TrackVersion
    anchor_on: date
    rule: str
    actor_id: int | None
    now: datetime

    def enrol(self, person_id: int) -> Enrolment:
        row = Enrolment(
            person_id=person_id,
            track_slug=self.version.slug,
            anchor_on=self.anchor_on,
            track_version_id=self.version.id,
            state=State.ASSIGNED.value,
            state_since=self.now,
            advanced_at=self.now,
            created_at=self.now,
            created_by_id=self.actor_id,
            renewals=0,
        )
        session().add(row)
        session().flush()
        happen(row, Event.ENROL, rule=self.rule, actor_id=self.actor_id, now=self.now)
        return row

    def readmit(self, row: Enrolment) -> Enrolment:
        row.track_version_id = self.version.id
        row.created_at, row.created_by_id = self.now, self.actor_id
        row.withdrawn_at, row.withdrawn_reason = None, ""
        happen(row, Event.READMIT, rule=self.rule, actor_id=self.actor_id, now=self.now)
        return row


def _is_in_the_way(row: Enrolment, anchor_on: date, *, is_round: bool) -> bool:
    """Whether this enrolment forbids another on the same track, counted from that day."""
    if row.withdrawn_at is not None:
        return False
    return not (is_round and row.state in THROUGH and row.anchor_on != anchor_on)


def _tell(row: Enrolment, version: TrackVersion, now: datetime) -> None:
    accounts.notify(
        user_id=row.person_id,
        kind="enrolled",
        key=f"enrolled:{row.id}:{now:%Y%m%d%H%M%S}",
        params=titled(version.title),
        url="/path",
        now=now,
    )


def withdraw(
    *, enrolment_id: int, reason: str, actor_id: int | None, now: datetime, rule: str = ""
) -> None:
    """Take someone off a track: its exams need not be sat, what was done stays as evidence.

    `rule`: why, where nobody decided it. Doing it twice changes nothing. Raises NotFoundError,
    WrongMomentError.
    """
    row = locked(enrolment_id)
    if row.withdrawn_at is not None:
        return
    if not may(State(row.state), Event.WITHDRAW):
        raise WrongMomentError
    row.withdrawn_at, row.withdrawn_reason = now, reason
    end_leave(row, now=now)
    happen(row, Event.WITHDRAW, rule=rule, reason=reason, actor_id=actor_id, now=now)
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
    values = {
        "enrolment_id": enrolment_id,
        "activity_id": activity_id,
        "round": rounds_of(row).of(activity_id),
        "read_at": now,
    }
    if insert_once(LessonRead, values):
        advance([enrolment_id], now=now)
