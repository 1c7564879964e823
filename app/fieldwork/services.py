"""Sheets, signatures, attendance and mentors: what is written, and what follows from it.

Each change tells `tracks` how far the activity is, and the ledger what it says, in the same
transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import select

from app.accounts import queries as people
from app.accounts import services as accounts
from app.accounts.models import User
from app.accounts.services import titled
from app.audit.services import record as audit
from app.competency.services import NewEvidence, Source, record_evidence
from app.domain import fieldwork as rules
from app.domain import mentoring
from app.domain.enrolment import RUNNING
from app.domain.fieldwork import Presence, Sheet, Verdict
from app.domain.framework import EvidenceKind
from app.domain.items import text_in
from app.domain.mentoring import Lacks
from app.domain.tracks import CHECKLIST_SCORE, ActivityKind, Party
from app.fieldwork import queries
from app.fieldwork.errors import (
    AlreadyCorrectedError,
    AlreadySignedError,
    CodeUnknownError,
    EndedError,
    ListCompleteError,
    MentorFullError,
    NeedsReasonError,
    NothingToTakeBackError,
    NotYourPartError,
    SameDayError,
    SeatsTakenError,
    WrongDayError,
)
from app.fieldwork.models import CheckIn, CheckSignature, FieldRecord
from app.fieldwork.queries import Work
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.kernel.errors import BadInputError, NotFoundError
from app.tracks.queries.mentors import standings_of
from app.tracks.services import StepSource, record_step
from app.tracks.services.lifecycle import locked

RECORD: Final = "field_record"
CHECKLIST: Final = "field_checklist"
CODE_MINUTES: Final = (5, 10, 20)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it was filled in.

    `content`, by kind: an observation has `marks` (row -> mark) and `notes` (row -> text), a survey
    `texts` (row -> text), a figure `value` and `source`, an attendance `presence`. `seen` is the
    newest record the page knew of; `anyway`: it is another one, although there is one of that day.
    """

    happened_on: date
    content: Mapping[str, Any]
    key: str
    verdict: Verdict = Verdict.YES
    because: str = ""
    again_on: date | None = None
    notes: str = ""
    seen: int = 0
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """The record; `is_new` False when the device had sent it before."""

    record_id: int
    is_new: bool


def said(row: FieldRecord) -> Filled:
    """A record as it was filled in, under a key of its own."""
    return Filled(
        happened_on=row.happened_on,
        content=row.content,
        key=f"again-{row.id}-{row.version}",
        verdict=Verdict(row.verdict),
        because=row.because,
        again_on=row.again_on,
        notes=row.notes,
    )


# ---------------------------------------------------------------- forms


def file(
    *, enrolment_id: int, activity_id: str, filled: Filled, actor_id: int, now: datetime
) -> Saved:
    """Keep a signed form, once, and let everything follow from it.

    The same key again gives the same record. Raises NotFoundError, NotYourPartError, EndedError,
    WrongDayError, SameDayError, AlreadySignedError, BadInputError.
    """
    today = organisation_day(now)
    locked(enrolment_id)
    one = queries.work(enrolment_id, activity_id, day=today)
    known = session().scalar(
        select(FieldRecord).where(
            FieldRecord.observer_id == actor_id, FieldRecord.key == filled.key
        )
    )
    if known is not None:
        is_elsewhere = (known.enrolment_id, known.activity_id) != (enrolment_id, activity_id)
        again = _filled_row(FieldRecord(), filled, actor_id, now)
        if is_elsewhere or _stored(known) != _stored(again):
            raise AlreadySignedError
        return Saved(known.id, is_new=False)
    party = one.part_of(actor_id)
    if party is None or one.activity.kind is ActivityKind.CHECKLIST:
        raise NotYourPartError
    _check(one, filled, today)
    before = queries.records_of(one)
    _same_day(one, before, filled)
    if one.activity.kind is not ActivityKind.OBSERVATION and before:
        row = _superseding(before[-1], filled, actor_id, party, now, reason="-")
    else:
        row = _new(one, filled, actor_id, party, now)
    session().add(row)
    session().flush()
    _follow(one, row, actor_id=actor_id, now=now)
    _tell(one, row, actor_id=actor_id, now=now)
    return Saved(row.id, is_new=True)


def _check(one: Work, filled: Filled, today: date) -> None:
    if not one.is_open:
        raise EndedError
    if not one.anchor_on <= filled.happened_on <= today:
        raise WrongDayError(first=one.anchor_on.isoformat(), last=today.isoformat())
    is_not_yet = filled.verdict is Verdict.NOT_YET
    if is_not_yet != bool(filled.because.strip()) or is_not_yet != (filled.again_on is not None):
        raise BadInputError
    if filled.again_on is not None and filled.again_on <= filled.happened_on:
        raise BadInputError
    if not 8 <= len(filled.key) <= 40 or not is_filled(one, filled.content):
        raise BadInputError


def is_filled(one: Work, content: Mapping[str, Any]) -> bool:
    """Whether the content is what the form asks for, and nothing else."""
    match one.activity.kind:
        case ActivityKind.OBSERVATION:
            return _are_marks(one, content)
        case ActivityKind.SURVEY:
            texts = content.get("texts", {})
            return one.form is not None and all(
                len(str(texts.get(row.id, "")).strip()) >= (row.least or 1) for row in one.form.rows
            )
        case ActivityKind.KPI_MILESTONE:
            return bool(content.get("value")) and bool(content.get("source"))
        case ActivityKind.SEMINAR:
            return content.get("presence") in set(Presence)
        case _:
            return False


def _are_marks(one: Work, content: Mapping[str, Any]) -> bool:
    marks = content.get("marks", {})
    rows = {row.id: row for row in one.form.rows} if one.form else {}
    return bool(marks) and all(
        row_id in rows and isinstance(mark, int) and 0 <= mark <= rules.highest(rows[row_id])
        for row_id, mark in marks.items()
    )


def _same_day(one: Work, before: Sequence[FieldRecord], filled: Filled) -> None:
    if filled.anyway or one.activity.kind is not ActivityKind.OBSERVATION:
        return
    unseen = [
        row for row in before if row.happened_on == filled.happened_on and row.id > filled.seen
    ]
    if unseen:
        name = people.names([unseen[-1].observer_id])[unseen[-1].observer_id]
        raise SameDayError(on=filled.happened_on.isoformat(), name=name)


def _new(one: Work, filled: Filled, actor_id: int, party: Party, now: datetime) -> FieldRecord:
    numbers = session().scalars(
        select(FieldRecord.number).where(
            FieldRecord.enrolment_id == one.enrolment_id,
            FieldRecord.activity_id == one.activity.id,
            FieldRecord.round == one.round,
        )
    )
    return _filled_row(
        FieldRecord(
            enrolment_id=one.enrolment_id,
            activity_id=one.activity.id,
            round=one.round,
            kind=one.activity.kind.value,
            number=max(numbers, default=0) + 1,
            version=1,
            observer_id=actor_id,
            party=party.value,
        ),
        filled,
        actor_id,
        now,
    )


def _filled_row(row: FieldRecord, filled: Filled, actor_id: int, now: datetime) -> FieldRecord:
    row.happened_on, row.content = filled.happened_on, dict(filled.content)
    row.verdict, row.because = filled.verdict.value, filled.because
    row.again_on, row.notes = filled.again_on, filled.notes
    row.signed_by_id, row.signed_at, row.key = actor_id, now, filled.key
    return row


def _superseding(
    old: FieldRecord, filled: Filled, actor_id: int, party: Party, now: datetime, *, reason: str
) -> FieldRecord:
    return _filled_row(
        FieldRecord(
            enrolment_id=old.enrolment_id,
            activity_id=old.activity_id,
            round=old.round,
            kind=old.kind,
            number=old.number,
            version=old.version + 1,
            supersedes_id=old.id,
            observer_id=old.observer_id if old.kind == ActivityKind.OBSERVATION else actor_id,
            party=party.value,
            reason=reason,
        ),
        filled,
        actor_id,
        now,
    )


def _stored(row: FieldRecord) -> tuple[object, ...]:
    """What somebody wrote on a sheet."""
    on, again_on = row.happened_on, row.again_on
    return on, dict(row.content), row.verdict, row.because, again_on, row.notes


@dataclass(frozen=True, slots=True)
class Change:
    """What a correction would change: how often the activity counts, shares 0-1 by competency."""

    times_before: int
    times_after: int
    needed: int
    shares_before: Mapping[str, Fraction]
    shares_after: Mapping[str, Fraction]


def consequences(one: Work, row: FieldRecord, filled: Filled | None) -> Change:
    """What would follow from correcting a record (None: from taking it out). Writes nothing."""
    before = [queries.sheet(found) for found in queries.records_of(one)]
    after = [sheet for sheet in before if sheet.id != row.id]
    if filled is not None:
        after.append(Sheet(row.id, filled.happened_on, filled.verdict))
    marks = dict(filled.content.get("marks", {})) if filled is not None else {}
    form = one.form
    return Change(
        times_before=len(rules.counted(before, one.activity.every)),
        times_after=len(rules.counted(after, one.activity.every)),
        needed=one.activity.needed,
        shares_before=rules.shares(form, row.content.get("marks", {})) if form else {},
        shares_after=rules.shares(form, marks) if form else {},
    )


def correct(
    *, record_id: int, filled: Filled | None, reason: str, actor_id: int, now: datetime
) -> int:
    """A further record that supersedes this one (None: takes it out), with a reason. Gives its id.

    Only who signed it corrects a sheet. Raises AlreadyCorrectedError, NotYourPartError and what
    `file` raises.
    """
    today = organisation_day(now)
    row = queries.record(record_id)
    locked(row.enrolment_id)
    one = queries.work(row.enrolment_id, row.activity_id, day=today)
    if row.id not in {found.id for found in queries.records_of(one)}:
        raise AlreadyCorrectedError
    if actor_id != row.observer_id or one.round != row.round:
        raise NotYourPartError
    if not reason.strip():
        raise BadInputError
    if filled is not None:
        _check(one, filled, today)
    further = _superseding(
        row, filled or said(row), actor_id, Party(row.party), now, reason=reason.strip()
    )
    further.is_withdrawn = filled is None
    session().add(further)
    session().flush()
    _follow(one, further, actor_id=actor_id, now=now)
    audit(
        action="field.correct",
        object_type="person",
        object_id=one.person_id,
        actor_id=actor_id,
        now=now,
        detail={"record": row.id, "by": further.id, "withdrawn": filled is None},
        reason=reason.strip(),
    )
    return further.id


# ---------------------------------------------------------------- what follows


def _follow(one: Work, row: FieldRecord, *, actor_id: int, now: datetime) -> None:
    """Tell the ledger what the form says, and the track how far the activity is."""
    found = queries.records_of(one)
    if one.activity.kind is ActivityKind.OBSERVATION:
        _observe(one, row, now=now)
        times = len(rules.counted([queries.sheet(sheet) for sheet in found], one.activity.every))
    elif one.activity.kind is ActivityKind.SEMINAR:
        times = sum(sheet.content.get("presence") in rules.WAS_THERE for sheet in found)
    else:
        times = len(found)
    record_step(
        enrolment_id=one.enrolment_id,
        activity_id=one.activity.id,
        times=times,
        is_done=times >= one.activity.needed,
        source=StepSource(RECORD, str(row.id)),
        actor_id=actor_id,
        now=now,
    )


def _observe(one: Work, row: FieldRecord, *, now: datetime) -> None:
    """One observation row per competency of the sheet, by its observer.

    The sheet says what was seen, whether the answer was "yes" or "not yet"; two sheets of one week
    are both evidence (the model weighs repeats of one observer), though one counts as done.
    """
    first = queries.history_of(row)[0]
    entries = []
    if not row.is_withdrawn and one.form is not None:
        pass_mark = 100 * rules.pass_share(one.activity)
        entries = [
            NewEvidence(
                competency=slug,
                kind=EvidenceKind.OBSERVATION,
                pass_mark=pass_mark,
                score=100 * share,
                assessors=1,
                assessor_id=row.observer_id,
                assessor_role=row.party,
                occasion=f"{RECORD}:{first.id}",
                label=text_in(one.activity.title, one.track.lang),
            )
            for slug, share in rules.shares(one.form, row.content.get("marks", {})).items()
        ]
    record_evidence(
        person_id=one.person_id,
        source=Source(RECORD, str(first.id)),
        happened_on=row.happened_on,
        entries=entries,
        now=now,
        today=organisation_day(now),
    )


def _tell(one: Work, row: FieldRecord, *, actor_id: int, now: datetime) -> None:
    if one.activity.kind is not ActivityKind.OBSERVATION or actor_id == one.person_id:
        return
    is_yes = row.verdict == Verdict.YES
    again = row.again_on.isoformat() if row.again_on else ""
    accounts.notify(
        user_id=one.person_id,
        kind="sheet_yes" if is_yes else "sheet_not_yet",
        key=f"sheet:{row.id}",
        params=_words(one, {"person": people.names([actor_id])[actor_id], "due": again}),
        url=f"/field-records/{row.id}",
        now=now,
    )


def _words(one: Work, more: Mapping[str, str]) -> dict[str, str]:
    return {**titled(one.activity.title), **more}


def _address(one: Work) -> str:
    return f"/enrolments/{one.enrolment_id}/activities/{one.activity.id}/field"


# ---------------------------------------------------------------- checklists


def sign(
    *,
    enrolment_id: int,
    activity_id: str,
    row_ids: Sequence[str],
    key: str,
    actor_id: int,
    now: datetime,
) -> int:
    """Sign rows of a checklist in one's own part; signing twice changes nothing. Gives how many.

    Raises NotFoundError, NotYourPartError, EndedError, BadInputError.
    """
    one, party = _listed(enrolment_id, activity_id, actor_id, now)
    rows = {row.id for row in one.form.rows} if one.form else set()
    if not row_ids or not set(row_ids) <= rows or not 8 <= len(key) <= 40:
        raise BadInputError
    signed = queries.signatures_of(one)
    fresh = [row_id for row_id in dict.fromkeys(row_ids) if (row_id, party) not in signed]
    if _was_sent(actor_id, key):
        return 0  # sent again by the device: what was taken back since is not signed anew
    for row_id in fresh:
        session().add(_signature(one, party, row_id, key, actor_id, now, is_signed=True))
    session().flush()
    if fresh:
        _listed_follow(one, actor_id=actor_id, now=now)
    return len(fresh)


def take_back(
    *,
    enrolment_id: int,
    activity_id: str,
    row_id: str,
    reason: str,
    key: str,
    actor_id: int,
    now: datetime,
) -> None:
    """Take one's own signature on a row back, while the list is not complete.

    Raises ListCompleteError, NothingToTakeBackError and what `sign` raises.
    """
    one, party = _listed(enrolment_id, activity_id, actor_id, now)
    if _was_sent(actor_id, key):
        return
    signed = queries.signatures_of(one)
    if _is_complete(one, signed):
        raise ListCompleteError
    mine = signed.get((row_id, party))
    if mine is None or mine.person_id != actor_id or not reason.strip():
        raise NothingToTakeBackError
    row = _signature(one, party, row_id, key, actor_id, now, is_signed=False)
    row.reason = reason.strip()
    session().add(row)
    session().flush()
    _listed_follow(one, actor_id=actor_id, now=now)


def _listed(
    enrolment_id: int, activity_id: str, actor_id: int, now: datetime
) -> tuple[Work, Party]:
    locked(enrolment_id)
    one = queries.work(enrolment_id, activity_id, day=organisation_day(now))
    if one.activity.kind is not ActivityKind.CHECKLIST or one.form is None:
        raise NotFoundError
    party = one.part_of(actor_id)
    if party is None:
        raise NotYourPartError
    if not one.is_open:
        raise EndedError
    return one, party


def _was_sent(actor_id: int, key: str) -> bool:
    query = select(CheckSignature.id).where(
        CheckSignature.person_id == actor_id, CheckSignature.key == key
    )
    return session().scalar(query.limit(1)) is not None


def _signature(
    one: Work,
    party: Party,
    row_id: str,
    key: str,
    actor_id: int,
    now: datetime,
    *,
    is_signed: bool,
) -> CheckSignature:
    return CheckSignature(
        enrolment_id=one.enrolment_id,
        activity_id=one.activity.id,
        round=one.round,
        row_id=row_id,
        party=party.value,
        person_id=actor_id,
        is_signed=is_signed,
        reason="",
        at=now,
        key=key,
    )


def _is_complete(one: Work, signed: queries.Signed) -> bool:
    if one.form is None:
        return False
    return rules.complete(one.form, queries.writers(one.activity), queries.lines(one.form, signed))


def _listed_follow(one: Work, *, actor_id: int, now: datetime) -> None:
    signed = queries.signatures_of(one)
    is_done = _is_complete(one, signed)
    if is_done:
        _complete(one, signed, now=now)
        accounts.notify(
            user_id=one.person_id,
            kind="list_complete",
            key=f"list:{one.enrolment_id}:{one.activity.id}:{one.round}",
            params=_words(one, {}),
            url=_address(one),
            now=now,
        )
    record_step(
        enrolment_id=one.enrolment_id,
        activity_id=one.activity.id,
        times=int(is_done),
        is_done=is_done,
        source=StepSource(CHECKLIST, str(one.enrolment_id)),
        actor_id=actor_id,
        now=now,
    )


def _complete(one: Work, signed: queries.Signed, *, now: datetime) -> None:
    """One observation row per competency of the list, by whoever watched; see docs/adr/0010."""
    watched = {row.person_id for row in signed.values() if row.party != Party.LEARNER}
    if one.form is None or not watched:
        return
    party = next(row.party for row in signed.values() if row.party != Party.LEARNER)
    slugs = dict.fromkeys(row.competency for row in one.form.rows if row.competency)
    source = str(min(row.id for row in signed.values()))
    record_evidence(
        person_id=one.person_id,
        source=Source(CHECKLIST, source),
        happened_on=max(organisation_day(row.at) for row in signed.values()),
        entries=[
            NewEvidence(
                competency=slug,
                kind=EvidenceKind.OBSERVATION,
                pass_mark=100 * rules.pass_share(one.activity),
                score=CHECKLIST_SCORE,
                assessors=len(watched),
                assessor_id=next(iter(watched)) if len(watched) == 1 else None,
                assessor_role=party,
                occasion=f"{CHECKLIST}:{source}",
                label=text_in(one.activity.title, one.track.lang),
            )
            for slug in slugs
        ],
        now=now,
        today=organisation_day(now),
    )


# ---------------------------------------------------------------- seminars


def open_check_in(
    *,
    seminar: queries.Seminar,
    code: str,
    minutes: int,
    late_minutes: int | None,
    actor_id: int,
    now: datetime,
) -> int:
    """Show a code for some minutes; the one before closes. `code`: six digits, drawn by the caller.

    Who checks in later than `late_minutes` from now is late. Gives the id.
    """
    last = queries.latest_check_in(seminar.slug, seminar.activity.id, seminar.anchor_on)
    if last is not None and last.opened_at < now < last.closes_at:
        last.closes_at = now
    row = CheckIn(
        track_slug=seminar.slug,
        activity_id=seminar.activity.id,
        anchor_on=seminar.anchor_on,
        code=code,
        opened_by_id=actor_id,
        opened_at=now,
        late_after=None if late_minutes is None else now + timedelta(minutes=late_minutes),
        closes_at=now + timedelta(minutes=minutes),
    )
    session().add(row)
    session().flush()
    return row.id


def check_in(*, code: str, person_id: int, key: str, now: datetime) -> Saved:
    """The learner was there. Raises CodeUnknownError, SeatsTakenError."""
    for row in queries.open_check_ins(code, now=now):
        enrolment_id = queries.own_enrolment(person_id, row.track_slug, row.anchor_on)
        if enrolment_id is None:
            continue
        locked(enrolment_id)
        one = queries.work(enrolment_id, row.activity_id, day=organisation_day(now))
        before = queries.records_of(one)
        if before and before[-1].content.get("presence") in rules.WAS_THERE:
            return Saved(before[-1].id, is_new=False)
        room = queries.seminar(
            row.track_slug, row.activity_id, row.anchor_on, reach=people.everybody_select()
        )
        most = one.activity.people[1] if one.activity.people else None
        if most is not None and room.present >= most:
            raise SeatsTakenError(most=most)
        is_late = row.late_after is not None and now > row.late_after
        presence = Presence.LATE if is_late else Presence.PRESENT
        return _attend(
            one, presence, actor_id=person_id, party=Party.LEARNER, notes="", key=key, now=now
        )
    raise CodeUnknownError


def attend(
    *,
    enrolment_id: int,
    activity_id: str,
    presence: Presence,
    notes: str,
    key: str,
    actor_id: int,
    now: datetime,
) -> Saved:
    """Who runs the seminar says who was there. Raises EndedError, NotFoundError."""
    locked(enrolment_id)
    one = queries.work(enrolment_id, activity_id, day=organisation_day(now))
    if one.activity.kind is not ActivityKind.SEMINAR:
        raise NotFoundError
    if not one.is_open:
        raise EndedError
    return _attend(
        one, presence, actor_id=actor_id, party=Party.TRAINER, notes=notes, key=key, now=now
    )


def _attend(
    one: Work,
    presence: Presence,
    *,
    actor_id: int,
    party: Party,
    notes: str,
    key: str,
    now: datetime,
) -> Saved:
    before = queries.records_of(one)
    if before and before[-1].content.get("presence") == presence and before[-1].notes == notes:
        return Saved(before[-1].id, is_new=False)
    filled = Filled(organisation_day(now), {"presence": presence.value}, key, notes=notes)
    if before:
        row = _superseding(before[-1], filled, actor_id, party, now, reason=notes or "-")
    else:
        row = _new(one, filled, actor_id, party, now)
    session().add(row)
    session().flush()
    _follow(one, row, actor_id=actor_id, now=now)
    return Saved(row.id, is_new=True)


# ---------------------------------------------------------------- mentors


def pair(
    *,
    mentor_id: int,
    trainee_id: int,
    on: date,
    because: str,
    may_name: bool,
    actor_id: int,
    now: datetime,
) -> None:
    """Somebody mentors a trainee from a day on; a mentor before ends that day.

    Who does not meet the rules is named by whoever `may_name` with a reason; room for one more
    there must be in any case. Raises MentorFullError, NeedsReasonError and what
    `accounts.services.pair` raises.
    """
    mentor = session().scalar(select(User).where(User.id == mentor_id).with_for_update())
    if mentor is None or mentor.disabled_at is not None:
        raise NotFoundError
    standing = standings_of([mentor_id], on, but=trainee_id)[mentor_id]
    missing = mentoring.lacks(standing)
    if Lacks.ROOM in missing:
        raise MentorFullError(name=mentor.name, n=mentoring.MOST_TRAINEES)
    if missing and not (may_name and because.strip()):
        raise NeedsReasonError(name=mentor.name)
    accounts.pair(
        mentor_id=mentor_id,
        trainee_id=trainee_id,
        on=on,
        because=because.strip() if missing else "",
        actor_id=actor_id,
        now=now,
    )
    if mentor_id != actor_id:
        accounts.grant_role(user_id=mentor_id, role="mentor", actor_id=actor_id, now=now)
    names = people.names([mentor_id, trainee_id])
    told = (
        (mentor_id, trainee_id, "mentee_new", "/mentees"),
        (trainee_id, mentor_id, "mentor_new", "/path"),
    )
    for user_id, other_id, kind, url in told:
        accounts.notify(
            user_id=user_id,
            kind=kind,
            key=f"pair:{trainee_id}:{mentor_id}:{on}",
            params={"person": names[other_id], "due": on.isoformat()},
            url=url,
            now=now,
        )


def end_pairing(*, trainee_id: int, on: date, actor_id: int, now: datetime) -> None:
    """The trainee has no mentor from a day on. Raises DateOrderError."""
    accounts.end_pairing(trainee_id=trainee_id, on=on, actor_id=actor_id, now=now)


# ---------------------------------------------------------------- what time brings


def end_finished(*, now: datetime) -> int:
    """A mentor is a mentor for the first month: with the last gate of the track (or when it was
    left) the pairing ends, the day after. Calling it again changes nothing; gives how many."""
    found = queries.over(organisation_day(now))
    for one in found:
        accounts.end_pairing(
            trainee_id=one.trainee_id, on=one.on + timedelta(days=1), actor_id=None, now=now
        )
    return len(found)


def remind(*, now: datetime) -> int:
    """On the day agreed after a "not yet", tell who looks again and the learner; once."""
    today = organisation_day(now)
    told = 0
    for place, rows in queries.due_again(today).items():
        enrolment_id, activity_id, _round = place
        one = queries.work(enrolment_id, activity_id, day=today)
        step_done = len(rules.counted([queries.sheet(row) for row in rows], one.activity.every))
        last = rows[-1]
        if last.again_on != today or step_done >= one.activity.needed or one.state not in RUNNING:
            continue
        names = people.names([one.person_id])
        for user_id in {one.person_id, *one.parties.get(Party(last.party), ())}:
            told += accounts.notify(
                user_id=user_id,
                kind="sheet_again",
                key=f"again:{last.id}",
                params=_words(one, {"person": names[one.person_id]}),
                url=_address(one),
                now=now,
            )
    return told


def tell_waiting(*, now: datetime) -> int:
    """Tell mentors and managers once what waits for them, and who lost a mentor."""
    waiting = queries.waiting_for(queries.under_way(), now=now)
    names = people.names({one.person_id for one in waiting})
    words = [
        accounts.Word(
            user_id=user_id,
            kind="sheet_due",
            key=f"field:{one.enrolment_id}:{one.activity.id}:{one.since}"[:120],
            params={**titled(one.activity.title), "person": names[one.person_id]},
            url=f"/enrolments/{one.enrolment_id}/activities/{one.activity.id}/field",
        )
        for one in waiting
        if one.party is Party.MENTOR
        for user_id in one.person_ids
    ]
    return accounts.notify_each(words, now=now) + _tell_lost(now)


def _tell_lost(now: datetime) -> int:
    """A mentor who left the company leaves a task to the trainee's manager and to HR."""
    today = organisation_day(now)
    told = 0
    for one in queries.trainees(people.everybody_select(), day=today):
        if one.pairing is None or not one.pairing.mentor_left:
            continue
        told_to = {*people.leaders_of(one.person_id, today), *people.holders("hr")}
        for user_id in sorted(told_to):
            told += accounts.notify(
                user_id=user_id,
                kind="mentor_gone",
                key=f"mentor_gone:{one.person_id}:{one.pairing.mentor_id}",
                params={"person": one.name},
                url=f"/mentoring/{one.person_id}",
                now=now,
            )
    return told
