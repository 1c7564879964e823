"""Leave entered once for a person: all her tracks pause on its first day and go on after it."""

from collections.abc import Collection
from datetime import date, datetime

from app.kernel.clock import organisation_day
from app.staff import queries, services
from app.staff.queries import Away
from app.tracks import services as track_services
from app.tracks.queries import leave as tracks


def enter(
    *,
    user_id: int,
    from_on: date,
    back_on: date | None,
    reason: str,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Keep a leave and follow it as far as its days have come."""
    services.be_away(
        user_id=user_id,
        from_on=from_on,
        back_on=back_on,
        reason=reason,
        actor_id=actor_id,
        now=now,
    )
    follow(now=now, user_ids=[user_id], actor_id=actor_id)


def end(
    *, absence_id: int, user_id: int, back_on: date, actor_id: int | None, now: datetime
) -> None:
    """She is back at work on a day. Raises NotFoundError for another's leave."""
    services.come_to_work(
        absence_id=absence_id, user_id=user_id, back_on=back_on, actor_id=actor_id, now=now
    )
    follow(now=now, user_ids=[user_id], actor_id=actor_id)


def follow(
    *, now: datetime, user_ids: Collection[int] | None = None, actor_id: int | None = None
) -> int:
    """Pause and resume what is due by today. Gives the number of leaves followed."""
    day = organisation_day(now)
    found = [
        one for one in queries.absences_due(day) if user_ids is None or one.user_id in user_ids
    ]
    for one in found:
        if not one.is_paused:
            _pause(one, actor_id, now)
        if one.back_on is not None and one.back_on <= day and not one.is_over:
            _resume(one, one.back_on, actor_id, now)
    return len(found)


def _pause(one: Away, actor_id: int | None, now: datetime) -> None:
    for enrolment_id in tracks.may_pause(one.user_id):
        try:
            track_services.pause(
                enrolment_id=enrolment_id,
                from_on=one.from_on,
                reason=one.reason,
                actor_id=actor_id,
                now=now,
            )
        except track_services.BadDayError:
            continue  # another leave of this track covers the day
    services.mark_paused(absence_id=one.id, now=now)


def _resume(one: Away, back_on: date, actor_id: int | None, now: datetime) -> None:
    for enrolment_id in tracks.on_leave(one.user_id, since=one.from_on):
        track_services.resume(
            enrolment_id=enrolment_id, back_on=back_on, actor_id=actor_id, now=now
        )
    services.mark_resumed(absence_id=one.id, now=now)
