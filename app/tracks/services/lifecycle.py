"""The life of an enrolment: what follows from facts, and what people decide. Services flush."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from app.accounts import queries as people
from app.accounts import services as accounts
from app.accounts.services import titled
from app.assessments import services as assessments
from app.assessments.errors import CancelledError, NotUsedUpError
from app.audit.services import record
from app.domain.enrolment import (
    HOLDING,
    RUNNING,
    Dates,
    Event,
    State,
    WrongStateError,
    after,
    credential_event,
    extension_days,
    may,
)
from app.domain.items import Text
from app.domain.progress import GateProgress, Progress, next_event
from app.domain.tracks import Gate, NeedsSignature, Party, Track
from app.kernel.clock import organisation_day
from app.kernel.db import insert_once, session, upsert
from app.kernel.errors import DomainError, NotFoundError
from app.tracks.models import (
    Credential,
    Enrolment,
    EnrolmentEvent,
    GateExtension,
    GatePassage,
    GateSignature,
    Leave,
    StepResult,
)
from app.tracks.queries.facts import (
    Known,
    known_of,
    progress_of,
    rounds_in,
    track_of,
    versions_by_id,
)
from app.tracks.queries.rounds import kept_by
from app.tracks.services.credentials import issue, tell_of_end
from app.tracks.services.dates import assign_exams, cancel_exams, move_exams

_MOST_STEPS: Final = 50  # a chain of events from one look; a longer one would be a loop


class WrongMomentError(DomainError):
    """The enrolment is not in a state for this."""

    code = "wrong_moment"
    message = "这个报名现在不能这样做。请刷新页面，看它目前的状态。"


class AlreadyExtendedError(DomainError):
    """A gate's date is moved once."""

    code = "already_extended"
    message = "这一关已经延期过一次，不能再延。"


class CannotExtendError(DomainError):
    """This gate's date is not moved, or not without a plan."""

    code = "cannot_extend"
    status = 422
    message = "这一关不能延期，或者延期要先写出补齐计划。"


class BadDayError(DomainError):
    """A day of leave that cannot be: in the future, before it began, or within an earlier leave."""

    code = "bad_day"
    status = 422
    message = "请假日期不对：%(on)s。从今天或更早的一天算起，不能与上一次请假重叠。"


class NotYourSignatureError(DomainError):
    """Only who stands in that relation to the learner signs there."""

    code = "not_your_signature"
    status = 403
    message = "这一处要由另一方签字。"


# ---------------------------------------------------------------- what follows from the facts


def advance(enrolment_ids: Collection[int], *, now: datetime) -> int:
    """Let everything follow that follows from facts and dates; returns the number of events.

    Calling it again at once changes nothing. Days are those of the organisation. About fifteen
    SELECTs however many enrolments, and as many again for each event.
    """
    today = organisation_day(now)
    # In one order, so that two who advance the same people wait for each other and do not block.
    rows = list(
        session().scalars(
            select(Enrolment)
            .where(Enrolment.id.in_(enrolment_ids))
            .order_by(Enrolment.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
    versions = versions_by_id([row.track_version_id for row in rows])
    known = known_of(rows, today=today)
    holding = [row for row in rows if row.state in HOLDING]
    kept = kept_by(holding, {key: track_of(one) for key, one in versions.items()}, today=today)
    count = 0
    for row in rows:
        look = _Look(
            track_of(versions[row.track_version_id]),
            known[row.id],
            is_kept=kept.get(row.id, True),
            today=today,
        )
        count += _advance(row, look, now=now)
        row.advanced_at = now
    session().flush()
    return count


@dataclass(frozen=True, slots=True)
class _Look:
    """What is known of an enrolment at the moment of looking."""

    track: Track
    known: Known
    is_kept: bool
    today: date


def _look_again(row: Enrolment, track: Track, today: date) -> _Look:
    known = known_of([row], today=today)[row.id]
    is_kept = True
    if row.state in HOLDING:
        is_kept = kept_by([row], {row.track_version_id: track}, today=today).get(row.id, True)
    return _Look(track, known, is_kept=is_kept, today=today)


def _advance(row: Enrolment, look: _Look, *, now: datetime) -> int:
    for count in range(_MOST_STEPS):
        standing = progress_of(row, look.track, look.known, today=look.today)
        found = _follows(row, look, standing)
        if found is None:
            return count
        event, rule = found
        happen(row, event, rule=rule, actor_id=None, now=now)
        _consequences(row, event, rule, look, standing, now=now)
        look = _look_again(row, look.track, look.today)
    raise RuntimeError(f"enrolment {row.id} does not come to rest")


def _follows(row: Enrolment, look: _Look, standing: Progress) -> tuple[Event, str] | None:
    state = State(row.state)
    rules = look.track.credential
    if state is State.PASSED and rules is not None:
        return Event.CERTIFY, rules.id
    if state is State.RECERTIFYING and standing.total and standing.done == standing.total:
        gate = standing.next_gate
        if gate is None or not gate.missing:
            return Event.RENEW, "renewal"
    if state in HOLDING:
        return _follows_credential(state, look)
    return next_event(state, standing)


def _follows_credential(state: State, look: _Look) -> tuple[Event, str] | None:
    held = look.known.credential
    dates = None if held is None or look.track.credential is None else _dates(held, look.track)
    event = credential_event(state, dates, look.today)
    if event is Event.EXPIRE:
        return event, "credential"
    if not look.is_kept:
        return Event.EXPIRE, "keep"
    return None if event is None else (event, "credential")


def _dates(held: Credential, track: Track) -> Dates:
    warn = track.credential.warn if track.credential else 0
    return Dates(held.issued_on, held.expires_on, held.expires_on - timedelta(days=warn))


def _consequences(
    row: Enrolment, event: Event, rule: str, look: _Look, standing: Progress, *, now: datetime
) -> None:
    track, today = look.track, look.today
    match event:
        case Event.OPEN_GATE:
            passage = {"enrolment_id": row.id, "gate_id": rule, "round": 1, "passed_at": now}
            insert_once(GatePassage, passage)
        case Event.CERTIFY:
            issue(row, track, number=0, now=now, today=today)
        case Event.RENEW:
            issue(row, track, number=row.renewals, now=now, today=today)
        case Event.REACH_GATE:
            gate = standing.next_gate
            if gate is not None:
                _ask_to_sign(row, gate, now=now, today=today)
        case Event.MISS:
            _tell_manager(row, track, rule, now=now, today=today)
        case Event.SOON | Event.EXPIRE:
            tell_of_end(row, track, event, look.known.credential, now=now)
        case _:
            pass


def _ask_to_sign(row: Enrolment, gate: GateProgress, *, now: datetime, today: date) -> None:
    wanted = [one.party for one in gate.missing if isinstance(one, NeedsSignature)]
    for party, ids in parties_of(row, today).items():
        for person_id in ids if party in wanted else ():
            accounts.notify(
                user_id=person_id,
                kind="gate_waiting",
                key=f"gate:{row.id}:{gate.gate.id}:{party}:{today}",
                params=_words(row, gate.gate.title),
                url=f"/enrolments/{row.id}",
                now=now,
            )


def _tell_manager(
    row: Enrolment, track: Track, gate_id: str, *, now: datetime, today: date
) -> None:
    gate = _gate(track, gate_id)
    for person_id in parties_of(row, today)[Party.MANAGER]:
        accounts.notify(
            user_id=person_id,
            kind="not_yet",
            key=f"not_yet:{row.id}:{gate_id}:{today}",
            params=_words(row, gate.title),
            url=f"/enrolments/{row.id}",
            now=now,
        )


def _words(row: Enrolment, title: Text) -> dict[str, str]:
    return titled(title) | {"person": people.names([row.person_id])[row.person_id]}


def parties_of(row: Enrolment, day: date) -> dict[Party, tuple[int, ...]]:
    """Who stands in which relation to this learner on a day. A few SELECTs."""
    mentor = people.mentors_of([row.person_id], day).get(row.person_id)
    return {
        Party.LEARNER: (row.person_id,),
        Party.MENTOR: () if mentor is None else (mentor,),
        Party.MANAGER: tuple(people.leaders_of(row.person_id, day)),
        Party.TRAINER: tuple(people.holders("trainer")),
        Party.HR: tuple(people.holders("hr")),
        Party.PEER: (),
    }


def _gate(track: Track, gate_id: str) -> Gate:
    stages = [*track.stages, *([track.renewal] if track.renewal else [])]
    for stage in stages:
        if stage.gate is not None and stage.gate.id == gate_id:
            return stage.gate
    raise NotFoundError


def happen(
    row: Enrolment,
    event: Event,
    *,
    rule: str = "",
    reason: str = "",
    actor_id: int | None,
    now: datetime,
    to: State | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write one event and move the enrolment on. Raises WrongMomentError."""
    before = State(row.state)
    try:
        follows = after(before, event)
    except WrongStateError as wrong:
        raise WrongMomentError from wrong
    state = to or follows
    session().add(
        EnrolmentEvent(
            enrolment_id=row.id,
            at=now,
            event=event.value,
            from_state=before.value,
            to_state=state.value,
            rule=rule,
            reason=reason,
            actor_id=actor_id,
            detail=dict(detail or {}),
        )
    )
    if state is not before:
        row.state, row.state_since = state.value, now
    session().flush()


def locked(enrolment_id: int) -> Enrolment:
    """The enrolment as it is now, held until the transaction ends. Raises NotFoundError."""
    row = session().scalar(
        select(Enrolment)
        .where(Enrolment.id == enrolment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFoundError
    return row


def audit(
    action: str, row: Enrolment, *, actor_id: int | None, now: datetime, reason: str, **detail: Any
) -> None:
    """Into the trail, under the person whose enrolment it is."""
    record(
        action=action,
        object_type="person",
        object_id=row.person_id,
        actor_id=actor_id,
        now=now,
        detail={"track": row.track_slug, "enrolment": row.id} | detail,
        reason=reason,
    )


# ---------------------------------------------------------------- what other rooms report


@dataclass(frozen=True, slots=True)
class StepSource:
    """Where the work lies: `type` such as `performance`, `id` unique within it."""

    type: str
    id: str


def record_step(
    *,
    enrolment_id: int,
    activity_id: str,
    times: int,
    is_done: bool,
    source: StepSource,
    actor_id: int | None,
    now: datetime,
) -> None:
    """How far one activity is, as the room says in which it is done; then what follows from it.

    The room calls it in the transaction of the thing itself, with the whole truth each time: it
    replaces what was said before. What a renewal asks for counts for the renewal that is going on:
    a source that counted for an earlier one changes nothing more. Raises NotFoundError for an
    unknown activity.
    """
    row = locked(enrolment_id)
    version = versions_by_id([row.track_version_id])[row.track_version_id]
    if track_of(version).activity(activity_id) is None:
        raise NotFoundError
    number = rounds_in(track_of(version), row.renewals).of(activity_id)
    steps = _steps(enrolment_id, activity_id)
    if any(
        (one.source_type, one.source_id) == (source.type, source.id)
        for key, one in steps.items()
        if key < number
    ):
        return
    known = steps.get(number)
    done_at = (known.done_at if known and known.is_done else now) if is_done else None
    values = {
        "enrolment_id": enrolment_id,
        "activity_id": activity_id,
        "round": number,
        "times": times,
        "is_done": is_done,
        "done_at": done_at,
        "source_type": source.type,
        "source_id": source.id,
        "actor_id": actor_id,
        "changed_at": now,
    }
    if known is None:
        values |= {"is_waived": False, "reason": ""}
    upsert(StepResult, values, keys=("enrolment_id", "activity_id", "round"))
    session().expire_all()
    advance([enrolment_id], now=now)


def _steps(enrolment_id: int, activity_id: str) -> dict[int, StepResult]:
    """What is known of one activity, by round."""
    rows = session().scalars(
        select(StepResult).where(
            StepResult.enrolment_id == enrolment_id, StepResult.activity_id == activity_id
        )
    )
    return {row.round: row for row in rows}


# ---------------------------------------------------------------- what people decide


def sign_gate(
    *,
    enrolment_id: int,
    gate_id: str,
    party: Party,
    is_yes: bool,
    because: str,
    again_on: date | None,
    actor_id: int,
    now: datetime,
) -> None:
    """One party's word at a gate: yes, or not yet, because …, again on ….

    Raises NotFoundError for an unknown gate, NotYourSignatureError for anybody else's place,
    WrongMomentError where nobody is on the way or the gate is passed.
    """
    row = locked(enrolment_id)
    version = versions_by_id([row.track_version_id])[row.track_version_id]
    gate = _gate(track_of(version), gate_id)
    if NeedsSignature(party) not in gate.needs:
        raise NotFoundError
    number = rounds_in(track_of(version), row.renewals).of(gate_id)
    if (
        row.state not in RUNNING
        or gate_id in known_of([row], today=organisation_day(now))[row.id].passages
    ):
        raise WrongMomentError
    if actor_id not in parties_of(row, organisation_day(now))[party]:
        raise NotYourSignatureError
    session().add(
        GateSignature(
            enrolment_id=enrolment_id,
            gate_id=gate_id,
            round=number,
            party=party.value,
            person_id=actor_id,
            is_yes=is_yes,
            because=because,
            again_on=again_on,
            at=now,
        )
    )
    session().flush()
    audit(
        "gate.sign",
        row,
        actor_id=actor_id,
        now=now,
        reason=because,
        gate=gate_id,
        party=party.value,
        yes=is_yes,
    )
    advance([enrolment_id], now=now)


def extend(
    *,
    enrolment_id: int,
    gate_id: str,
    plan: str,
    reason: str,
    actor_id: int,
    now: datetime,
) -> None:
    """Give a gate the further days its file allows, once: from its date, or from today when that
    has passed, so that the new date is never behind us.

    Raises AlreadyExtendedError, CannotExtendError, WrongMomentError, NotFoundError.
    """
    row = locked(enrolment_id)
    version = versions_by_id([row.track_version_id])[row.track_version_id]
    gate = _gate(track_of(version), gate_id)
    if gate.extend is None or (gate.needs_plan and not plan.strip()):
        raise CannotExtendError
    known = known_of([row], today=organisation_day(now))[row.id]
    following = progress_of(row, track_of(version), known, today=organisation_day(now)).next_gate
    if following is None or following.gate.id != gate_id:
        raise WrongMomentError
    days = extension_days(gate.extend, due_on=following.due_on, today=organisation_day(now))
    values = {
        "enrolment_id": enrolment_id,
        "gate_id": gate_id,
        "round": rounds_in(track_of(version), row.renewals).of(gate_id),
        "days": days,
        "plan": plan,
        "reason": reason,
        "actor_id": actor_id,
        "at": now,
    }
    if not insert_once(GateExtension, values):
        raise AlreadyExtendedError
    detail = {"days": days, "plan": plan}
    happen(
        row, Event.EXTEND, rule=gate_id, reason=reason, actor_id=actor_id, now=now, detail=detail
    )
    audit("enrolment.extend", row, actor_id=actor_id, now=now, reason=reason, gate=gate_id)
    move_exams([row], now=now)
    advance([enrolment_id], now=now)


def waive(
    *,
    enrolment_id: int,
    activity_id: str,
    is_waived: bool,
    reason: str,
    actor_id: int,
    now: datetime,
) -> None:
    """One activity need not be done (or must be after all). Raises NotFoundError."""
    row = locked(enrolment_id)
    version = versions_by_id([row.track_version_id])[row.track_version_id]
    if track_of(version).activity(activity_id) is None:
        raise NotFoundError
    happen(
        row,
        Event.WAIVE,
        rule=activity_id,
        reason=reason,
        actor_id=actor_id,
        now=now,
        detail={"waived": is_waived},
    )
    number = rounds_in(track_of(version), row.renewals).of(activity_id)
    known = _steps(enrolment_id, activity_id).get(number)
    if known is None:
        known = StepResult(
            enrolment_id=enrolment_id, activity_id=activity_id, round=number, changed_at=now
        )
        session().add(known)
    known.is_waived, known.reason = is_waived, reason
    known.actor_id, known.changed_at = actor_id, now
    session().flush()
    audit(
        "enrolment.waive",
        row,
        actor_id=actor_id,
        now=now,
        reason=reason,
        activity=activity_id,
        waived=is_waived,
    )
    advance([enrolment_id], now=now)


def retry(
    *, enrolment_id: int, activity_id: str, reason: str, actor_id: int, now: datetime
) -> None:
    """One more attempt at an exam whose attempts are used up; the learner is told.

    It is never taken back. Raises NotFoundError, WrongMomentError (not on the way, or the exam is
    passed, waits for its score or has an attempt left).
    """
    row = locked(enrolment_id)
    version = versions_by_id([row.track_version_id])[row.track_version_id]
    exam = known_of([row], today=organisation_day(now))[row.id].exams.get(activity_id)
    if track_of(version).activity(activity_id) is None or exam is None:
        raise NotFoundError
    try:
        number = assessments.give_attempt(
            assessment_id=exam,
            person_id=row.person_id,
            owner_id=actor_id,
            reason=reason,
            now=now,
        )
    except (NotUsedUpError, CancelledError) as refused:
        raise WrongMomentError from refused
    happen(
        row,
        Event.RETRY,
        rule=activity_id,
        reason=reason,
        actor_id=actor_id,
        now=now,
        detail={"number": number},
    )
    audit(
        "enrolment.retry",
        row,
        actor_id=actor_id,
        now=now,
        reason=reason,
        activity=activity_id,
        attempts=number,
    )


def pause(
    *, enrolment_id: int, from_on: date, reason: str, actor_id: int | None, now: datetime
) -> None:
    """Leave: from that day on no day counts. Raises WrongMomentError, BadDayError."""
    row = locked(enrolment_id)
    if not may(State(row.state), Event.PAUSE):
        raise WrongMomentError
    last = session().scalar(
        select(Leave).where(Leave.enrolment_id == row.id).order_by(Leave.from_on.desc()).limit(1)
    )
    if from_on > organisation_day(now) or (last and last.back_on and from_on < last.back_on):
        raise BadDayError(on=from_on.isoformat())
    row.back_to = row.state
    detail = {"from": from_on.isoformat()}
    happen(row, Event.PAUSE, reason=reason, actor_id=actor_id, now=now, detail=detail)
    if last is not None and last.from_on == from_on:
        last.back_on, last.reason = None, reason
    else:
        session().add(Leave(enrolment_id=row.id, from_on=from_on, reason=reason))
    session().flush()
    audit("enrolment.pause", row, actor_id=actor_id, now=now, reason=reason, from_on=from_on)


def resume(*, enrolment_id: int, back_on: date, actor_id: int | None, now: datetime) -> None:
    """Back from leave: every deadline has moved by the days away.

    Raises WrongMomentError, BadDayError for a day to come or before the leave.
    """
    row = locked(enrolment_id)
    leave = _open_leave(row)
    if leave is None or row.back_to is None:
        raise WrongMomentError
    if not leave.from_on <= back_on <= organisation_day(now):
        raise BadDayError(on=back_on.isoformat())
    since = _reached_at(row, row.back_to)
    leave.back_on = back_on
    state, row.back_to = State(row.back_to), None
    detail = {"back": leave.back_on.isoformat()}
    happen(row, Event.RESUME, actor_id=actor_id, now=now, to=state, detail=detail)
    # What waited before the leave has waited since then, not since the return.
    row.state_since = since or now
    session().flush()
    audit("enrolment.resume", row, actor_id=actor_id, now=now, reason="", back_on=back_on)
    move_exams([row], now=now)
    advance([enrolment_id], now=now)


def _reached_at(row: Enrolment, state: str) -> datetime | None:
    """When the enrolment last came into a state otherwise than by a return from leave."""
    return session().scalar(
        select(EnrolmentEvent.at)
        .where(
            EnrolmentEvent.enrolment_id == row.id,
            EnrolmentEvent.to_state == state,
            EnrolmentEvent.from_state != state,
            EnrolmentEvent.event != Event.RESUME.value,
        )
        .order_by(EnrolmentEvent.id.desc())
        .limit(1)
    )


def _open_leave(row: Enrolment) -> Leave | None:
    return session().scalar(
        select(Leave).where(Leave.enrolment_id == row.id, Leave.back_on.is_(None))
    )


def end_leave(row: Enrolment, *, now: datetime) -> None:
    """A leave that still runs ends with what it interrupted; else its days would count for ever."""
    leave = _open_leave(row)
    if leave is not None:
        leave.back_on = max(leave.from_on, organisation_day(now))
    row.back_to = None


def exempt(*, enrolment_id: int, evidence: str, actor_id: int, now: datetime) -> None:
    """Somebody need not go through the track, on evidence. Raises WrongMomentError."""
    row = locked(enrolment_id)
    if not may(State(row.state), Event.EXEMPT):
        raise WrongMomentError
    end_leave(row, now=now)
    happen(row, Event.EXEMPT, reason=evidence, actor_id=actor_id, now=now)
    cancel_exams(row, actor_id=actor_id, now=now)
    audit("enrolment.exempt", row, actor_id=actor_id, now=now, reason=evidence)


def readmit(*, enrolment_id: int, reason: str, actor_id: int, now: datetime) -> None:
    """Somebody who left the track, or was exempt from it, is on it again; nothing done is lost.

    Raises WrongMomentError.
    """
    row = locked(enrolment_id)
    happen(row, Event.READMIT, reason=reason, actor_id=actor_id, now=now)
    row.withdrawn_at, row.withdrawn_reason = None, ""
    assign_exams([row], actor_id=actor_id, now=now)
    audit("enrolment.readmit", row, actor_id=actor_id, now=now, reason=reason)
    advance([enrolment_id], now=now)
