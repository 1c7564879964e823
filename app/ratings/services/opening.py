"""Planning a performance: what is rated, by which form and rules, frozen from now on."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from app.domain.framework import EvidenceKind
from app.domain.items import Text
from app.domain.tracks import Activity, ActivityKind, Form, NeedsActivity, RatedRules, Track
from app.kernel.clock import organisation_day
from app.kernel.db import insert_once, session
from app.kernel.errors import NotFoundError
from app.ratings.codec import form_json, rules_json, version_of
from app.ratings.errors import AlreadyRunningError, NoFurtherTryError
from app.ratings.models import RUNNING, Performance, PerformanceState
from app.ratings.services.common import audit
from app.tracks import queries as tracks


def open_performance(  # noqa: PLR0913  what is rated, by what, for whom: a form of its own would hide it
    *,
    person_id: int,
    enrolment_id: int | None,
    activity_id: str,
    kind: EvidenceKind,
    form: Form,
    rated_rules: RatedRules,
    occasion: str,
    is_blind: bool,
    actor_id: int | None,
    now: datetime,
    title: Text | None = None,
    happens_on: date | None = None,
    is_held: bool = False,
) -> int:
    """Plan one performance; returns its id.

    `occasion` tells several works of one activity and kind apart; equal ones are attempts in order.
    `is_blind`: assessors see a number, not the name. `is_held`: the outcome waits for `release`;
    else it is released as soon as it is settled. `title` is shown (None: the form's own).

    Raises AlreadyRunningError while the attempt before is not settled, NoFurtherTryError where the
    rules' `resubmit` allows none.
    """
    before = list(
        session().scalars(
            select(Performance)
            .where(
                Performance.person_id == person_id,
                Performance.enrolment_id == enrolment_id,
                Performance.activity_id == activity_id,
                Performance.kind == kind.value,
                Performance.occasion == occasion,
            )
            .order_by(Performance.number)
        )
    )
    counted = [one for one in before if one.state != PerformanceState.VOID]
    if counted and counted[-1].state in RUNNING:
        raise AlreadyRunningError
    if counted:
        _may_try_again(counted, rated_rules, organisation_day(now))
    number = before[-1].number + 1 if before else 1
    values = {
        "person_id": person_id,
        "enrolment_id": enrolment_id,
        "activity_id": activity_id,
        "kind": kind.value,
        "occasion": occasion,
        "number": number,
        "resubmission_of_id": counted[-1].id if counted else None,
        "title": dict(title or form.title),
        "form_id": form.id,
        "form_version": version_of(form),
        "form": form_json(form),
        "rules": rules_json(rated_rules),
        "is_blind": is_blind,
        "is_gate": kind is EvidenceKind.ROLEPLAY or _is_needed(enrolment_id, activity_id),
        "is_held": is_held,
        "happens_on": happens_on or organisation_day(now),
        "state": PerformanceState.PLANNED.value,
        "created_at": now,
        "created_by_id": actor_id,
        "void_reason": "",
    }
    if not insert_once(Performance, values):
        raise AlreadyRunningError
    row = (
        session()
        .scalars(
            select(Performance)
            .where(
                Performance.person_id == person_id,
                Performance.enrolment_id == enrolment_id,
                Performance.activity_id == activity_id,
                Performance.kind == kind.value,
                Performance.occasion == occasion,
                Performance.number == number,
            )
            .order_by(Performance.id.desc())
        )
        .first()
    )
    if row is None:
        raise NotFoundError
    audit("performance.plan", row, actor_id=actor_id, now=now, number=number, on=row.happens_on)
    return row.id


def _may_try_again(counted: list[Performance], rules: RatedRules, today: date) -> None:
    """One resubmission, within its days. Without `resubmit` a role-play may be tried again."""
    if rules.resubmit is None:
        return
    released = counted[-1].released_at
    ends = None if released is None else organisation_day(released) + timedelta(rules.resubmit)
    if len(counted) > 1 or ends is None or today > ends:
        raise NoFurtherTryError


def _is_needed(enrolment_id: int | None, activity_id: str) -> bool:
    """Whether a gate or the credential hangs on the activity."""
    version = None if enrolment_id is None else tracks.version_of_enrolment(enrolment_id)
    if version is None:
        return False
    track = tracks.track_of(version)
    stages = [*track.stages, *([track.renewal] if track.renewal else [])]
    return any(
        NeedsActivity(activity_id) in stage.gate.needs for stage in stages if stage.gate is not None
    )


def roleplay_of(track: Track, activity_id: str) -> tuple[Activity, Form, RatedRules]:
    """A role-play of a track with its form and rules. Raises NotFoundError for anything else."""
    activity = track.activity(activity_id)
    if activity is None or activity.kind is not ActivityKind.ROLEPLAY:
        raise NotFoundError
    form = track.form_of(activity)
    if form is None:
        raise NotFoundError
    return activity, form, activity.rated or RatedRules()
