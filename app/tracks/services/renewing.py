"""Credentials renewed, taken back and given back. Services flush; the edges commit."""

from datetime import datetime

from sqlalchemy import select

from app.accounts import queries as staff
from app.accounts import services as accounts
from app.assessments import services as assessments
from app.audit.services import record
from app.domain.enrolment import Event, State, may
from app.domain.items import Text
from app.domain.tracks import Track
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.kernel.errors import DomainError, NotFoundError
from app.tracks.models import Credential, Enrolment, EnrolmentEvent, Recall, TrackExam, TrackVersion
from app.tracks.queries.facts import is_renewing, track_of, versions_by_id
from app.tracks.services.dates import assign_exams
from app.tracks.services.lifecycle import (
    WrongMomentError,
    advance,
    audit,
    end_leave,
    happen,
    locked,
)


class NobodyHoldsItError(DomainError):
    """There is no valid credential to take back."""

    code = "nobody_holds_it"
    message = "现在没有人持有这条路径的有效资格证，没有可以作废的。"


class TooLateToUndoError(DomainError):
    """A recall is taken back on its own day only."""

    code = "too_late_to_undo"
    message = "作废只能在当天撤回。"


def recertify(*, enrolment_id: int, reason: str, actor_id: int | None, now: datetime) -> None:
    """Begin a renewal of the credential: its exams are assigned, its dates count from today.

    What was done for an earlier renewal does not count. Raises WrongMomentError, also where the
    track says nothing about renewal.
    """
    row = locked(enrolment_id)
    version = versions_by_id([row.track_version_id])[row.track_version_id]
    track = track_of(version)
    if track.renewal is None or not may(State(row.state), Event.RECERTIFY):
        raise WrongMomentError
    row.renewals += 1
    row.renewal_on = organisation_day(now)
    happen(
        row,
        Event.RECERTIFY,
        rule="renewal",
        reason=reason,
        actor_id=actor_id,
        now=now,
        detail={"number": row.renewals},
    )
    define_exams(version, track, row.renewals, actor_id=actor_id, now=now)
    assign_exams([row], actor_id=actor_id, now=now)
    if actor_id != row.person_id:
        accounts.notify(
            user_id=row.person_id,
            kind="renewal",
            key=f"renewal:{row.id}:{row.renewals}",
            params=accounts.titled(track.title),
            url=f"/enrolments/{row.id}",
            now=now,
        )
    audit("enrolment.recertify", row, actor_id=actor_id, now=now, reason=reason, n=row.renewals)
    advance([enrolment_id], now=now)


def define_exams(
    version: TrackVersion, track: Track, number: int, *, actor_id: int | None, now: datetime
) -> None:
    """The exams of the `number`-th renewal, where this version does not have them yet."""
    if track.renewal is None or number < 1:
        return
    # Whoever is first makes them; another waits here and finds them.
    session().execute(
        select(TrackVersion.id).where(TrackVersion.id == version.id).with_for_update()
    )
    known = set(
        session().scalars(
            select(TrackExam.activity_id).where(
                TrackExam.track_version_id == version.id, TrackExam.round == number
            )
        )
    )
    for activity in track.renewal.activities:
        if activity.exam is None or activity.id in known:
            continue
        assessment_id = assessments.define_for_track(
            title=dict(activity.title),
            rules=activity.exam,
            track_slug=track.id,
            actor_id=actor_id,
            now=now,
        )
        made = TrackExam(
            track_version_id=version.id,
            activity_id=activity.id,
            round=number,
            assessment_id=assessment_id,
        )
        session().add(made)
    session().flush()


def held_now(slug: str, *, now: datetime) -> list[Credential]:
    """The valid credentials of a track, those that end first first. One SELECT."""
    return list(
        session().scalars(
            select(Credential)
            .join(Enrolment, Enrolment.id == Credential.enrolment_id)
            .where(
                Enrolment.track_slug == slug,
                Credential.voided_at.is_(None),
                Credential.expires_on >= organisation_day(now),
            )
            .order_by(Credential.expires_on, Credential.id)
        )
    )


def recall(*, slug: str, title: Text, reason: str, actor_id: int, now: datetime) -> int:
    """Everybody who holds the credential of a track loses it; gives the id of the recall.

    Who has left the company loses it too and is not told.
    `title` is what the credential is called. Raises NobodyHoldsItError.
    """
    held = held_now(slug, now=now)
    if not held:
        raise NobodyHoldsItError
    people = {one.person_id for one in held}
    made = Recall(track_slug=slug, reason=reason, people=len(people), at=now, actor_id=actor_id)
    session().add(made)
    session().flush()
    rule = _rule(made)
    for one in held:
        one.voided_at, one.voided_by_id, one.void_reason = now, actor_id, reason
        one.recall_id = made.id
    session().flush()
    for enrolment_id in sorted({one.enrolment_id for one in held}):
        row = locked(enrolment_id)
        state = State(row.state)
        if not may(state, Event.VOID) or (state is State.PAUSED and not is_renewing(row)):
            continue
        if state is State.PAUSED:
            end_leave(row, now=now)
        happen(row, Event.VOID, rule=rule, reason=reason, actor_id=actor_id, now=now)
    for person_id in sorted(people & set(staff.active_ids(organisation_day(now)))):
        accounts.notify(
            user_id=person_id,
            kind="recalled",
            key=f"recalled:{made.id}",
            params=accounts.titled(title) | {"reason": reason},
            url="/path",
            now=now,
        )
    _trail("credential.recall", made, actor_id=actor_id, now=now)
    return made.id


def undo_recall(*, recall_id: int, slug: str, actor_id: int, now: datetime) -> None:
    """On the same day: everybody has the credential again, as if it had not been taken back.

    Raises NotFoundError, TooLateToUndoError.
    """
    made = session().get(Recall, recall_id, with_for_update=True, populate_existing=True)
    if made is None or made.track_slug != slug:
        raise NotFoundError
    if made.undone_at is not None or organisation_day(made.at) != organisation_day(now):
        raise TooLateToUndoError
    made.undone_at, made.undone_by_id = now, actor_id
    back = list(session().scalars(select(Credential).where(Credential.recall_id == made.id)))
    here = set(staff.active_ids(organisation_day(now)))
    for one in back:
        one.voided_at, one.voided_by_id, one.void_reason = None, None, ""
        if one.person_id not in here:
            continue
        accounts.notify(
            user_id=one.person_id,
            kind="recall_undone",
            key=f"recall_undone:{made.id}",
            params=accounts.titled(one.title) | {"due": one.expires_on.isoformat()},
            url="/path",
            now=now,
        )
    session().flush()
    ids = sorted({one.enrolment_id for one in back})
    before = _before(ids, _rule(made))
    for enrolment_id in ids:
        row = locked(enrolment_id)
        state = State(row.state)
        if enrolment_id in before and may(state, Event.RESTORE):
            # Who has begun a renewal meanwhile goes on with it.
            to = before[enrolment_id] if state is State.EXPIRED else state
            happen(row, Event.RESTORE, rule=_rule(made), actor_id=actor_id, now=now, to=to)
    _trail("credential.restore", made, actor_id=actor_id, now=now)
    advance(ids, now=now)


def _before(enrolment_ids: list[int], rule: str) -> dict[int, State]:
    """The state each was in when the recall came; a leave ended then."""
    rows = session().scalars(
        select(EnrolmentEvent).where(
            EnrolmentEvent.enrolment_id.in_(enrolment_ids),
            EnrolmentEvent.event == Event.VOID,
            EnrolmentEvent.rule == rule,
        )
    )
    found = {row.enrolment_id: State(row.from_state) for row in rows}
    return {
        key: State.RECERTIFYING if state is State.PAUSED else state for key, state in found.items()
    }


def _rule(made: Recall) -> str:
    return f"recall:{made.id}"


def _trail(action: str, made: Recall, *, actor_id: int, now: datetime) -> None:
    record(
        action=action,
        object_type="track",
        object_id=made.track_slug,
        actor_id=actor_id,
        now=now,
        detail={"recall": made.id, "people": made.people},
        reason=made.reason,
    )
