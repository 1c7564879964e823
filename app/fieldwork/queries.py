"""Reads: whose form it is, what was filled in, what waits for whom, who could be a mentor."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import aliased

from app.accounts import queries as accounts
from app.accounts.models import Membership, Mentorship, User
from app.accounts.queries import PersonIds
from app.competency import queries as competency
from app.domain import fieldwork as rules
from app.domain import mentoring
from app.domain.enrolment import ENDED, RUNNING, State
from app.domain.fieldwork import KINDS, Line, Sheet, Verdict
from app.domain.progress import Progress, StepProgress
from app.domain.stuck import needs_mentor
from app.domain.tracks import Activity, ActivityKind, Form, Party, Track
from app.fieldwork.models import CheckIn, CheckSignature, FieldRecord
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.kernel.errors import NotFoundError
from app.tracks.models import Enrolment, TrackVersion
from app.tracks.queries.board import first_credentials
from app.tracks.queries.facts import known_of, progress_of, rounds_in, track_of, versions_by_id
from app.tracks.queries.mentors import standings_of
from app.tracks.services.lifecycle import parties_of

MOST_CANDIDATES: Final = 40


@dataclass(frozen=True, slots=True)
class Work:
    """One activity of one learner: what is filled in, by whom, in which round."""

    enrolment_id: int
    person_id: int
    slug: str
    state: State
    anchor_on: date
    track: Track
    activity: Activity
    form: Form | None
    round: int
    parties: Mapping[Party, tuple[int, ...]] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether something may still be signed; a leave does not undo what was seen before it."""
        return self.state not in ENDED

    def part_of(self, person_id: int) -> Party | None:
        """The party in which somebody fills this in, None: only reads."""
        wanted = writers(self.activity)
        return next((one for one in wanted if person_id in self.parties.get(one, ())), None)

    def may_read(self, person_id: int) -> bool:
        """A survey is between the learner and her mentor; others see that it was handed in."""
        if self.activity.kind is not ActivityKind.SURVEY:
            return True
        return person_id in {self.person_id, *self.parties.get(Party.MENTOR, ())}


def writers(activity: Activity) -> tuple[Party, ...]:
    """Who fills in an activity; what the track leaves open follows from its kind."""
    if activity.by:
        return activity.by
    usual = {
        ActivityKind.SURVEY: (Party.LEARNER,),
        ActivityKind.KPI_MILESTONE: (Party.MANAGER,),
        ActivityKind.SEMINAR: (Party.TRAINER,),
        ActivityKind.CHECKLIST: (Party.TRAINER, Party.LEARNER),
    }
    return usual.get(activity.kind, (Party.MENTOR,))


def work(enrolment_id: int, activity_id: str, *, day: date, reach: PersonIds | None = None) -> Work:
    """An activity of this room. Raises NotFoundError outside `reach`, or for another kind."""
    query = select(Enrolment).where(Enrolment.id == enrolment_id)
    if reach is not None:
        query = query.where(Enrolment.person_id.in_(reach))
    row = session().scalar(query)
    if row is None:
        raise NotFoundError
    track = track_of(versions_by_id([row.track_version_id])[row.track_version_id])
    activity = track.activity(activity_id)
    if activity is None or activity.kind not in KINDS:
        raise NotFoundError
    return Work(
        enrolment_id=row.id,
        person_id=row.person_id,
        slug=row.track_slug,
        state=State(row.state),
        anchor_on=row.anchor_on,
        track=track,
        activity=activity,
        form=track.form_of(activity),
        round=rounds_in(track, row.renewals).of(activity_id),
        parties=parties_of(row, day),
    )


def by_code(typed: str, *, reach: PersonIds) -> tuple[int, str]:
    """Enrolment and activity of a printed code. Raises NotFoundError."""
    found = rules.read_code(typed)
    if found is None or found[0] > 2**31 - 1:
        raise NotFoundError
    row = session().scalar(
        select(Enrolment).where(Enrolment.id == found[0], Enrolment.person_id.in_(reach))
    )
    if row is None:
        raise NotFoundError
    track = track_of(versions_by_id([row.track_version_id])[row.track_version_id])
    activity = rules.activity_by_mark(track, found[1])
    if activity is None:
        raise NotFoundError
    return row.id, activity.id


# ---------------------------------------------------------------- records


def _in_force() -> Select[FieldRecord]:
    later = aliased(FieldRecord)
    return (
        select(FieldRecord)
        .outerjoin(later, later.supersedes_id == FieldRecord.id)
        .where(later.id.is_(None), FieldRecord.is_withdrawn.is_(False))
        .order_by(FieldRecord.happened_on, FieldRecord.id)
    )


def records(enrolment_ids: Collection[int]) -> dict[tuple[int, str, int], list[FieldRecord]]:
    """(enrolment, activity, round) -> records in force, by the day they are about. One SELECT."""
    found: dict[tuple[int, str, int], list[FieldRecord]] = defaultdict(list)
    for row in session().scalars(_in_force().where(FieldRecord.enrolment_id.in_(enrolment_ids))):
        found[row.enrolment_id, row.activity_id, row.round].append(row)
    return found


def records_of(one: Work) -> list[FieldRecord]:
    """The records in force of one activity. One SELECT."""
    return records([one.enrolment_id])[one.enrolment_id, one.activity.id, one.round]


def history_of(row: FieldRecord) -> list[FieldRecord]:
    """A record with all it corrected and was corrected by, oldest first. One SELECT."""
    found = session().scalars(
        select(FieldRecord)
        .where(
            FieldRecord.enrolment_id == row.enrolment_id,
            FieldRecord.activity_id == row.activity_id,
            FieldRecord.round == row.round,
            FieldRecord.number == row.number,
        )
        .order_by(FieldRecord.version)
    )
    return list(found)


def record(
    record_id: int, *, reach: PersonIds | None = None, observer_id: int | None = None
) -> FieldRecord:
    """One record, of this observer where one is named. Raises NotFoundError."""
    query = select(FieldRecord).where(FieldRecord.id == record_id)
    if observer_id is not None:
        query = query.where(FieldRecord.observer_id == observer_id)
    if reach is not None:
        query = query.join(Enrolment, Enrolment.id == FieldRecord.enrolment_id).where(
            Enrolment.person_id.in_(reach)
        )
    row = session().scalar(query)
    if row is None:
        raise NotFoundError
    return row


def sheet(row: FieldRecord) -> Sheet:
    """A record as it counts."""
    return Sheet(row.id, row.happened_on, Verdict(row.verdict))


# ---------------------------------------------------------------- checklists

Signed = Mapping[tuple[str, Party], CheckSignature]


def signatures(enrolment_ids: Collection[int]) -> dict[tuple[int, str, int], Signed]:
    """(enrolment, activity, round) -> (row, party) -> the signature in force. One SELECT."""
    latest: dict[tuple[int, str, int], dict[tuple[str, Party], CheckSignature]] = defaultdict(dict)
    rows = session().scalars(
        select(CheckSignature)
        .where(CheckSignature.enrolment_id.in_(enrolment_ids))
        .order_by(CheckSignature.id)
    )
    for row in rows:
        place = row.enrolment_id, row.activity_id, row.round
        latest[place][row.row_id, Party(row.party)] = row
    return {
        place: {key: row for key, row in found.items() if row.is_signed}
        for place, found in latest.items()
    }


def signatures_of(one: Work) -> Signed:
    """The signatures in force of one checklist. One SELECT."""
    found = signatures([one.enrolment_id])
    return found.get((one.enrolment_id, one.activity.id, one.round), {})


def lines(form: Form, signed: Signed) -> list[Line]:
    """A checklist as the rules see it."""
    return [
        Line(row.id, {party for (row_id, party) in signed if row_id == row.id}) for row in form.rows
    ]


# ---------------------------------------------------------------- seminars


def open_check_ins(code: str, *, now: datetime) -> list[CheckIn]:
    """What is open under a code now."""
    return list(
        session().scalars(
            select(CheckIn).where(
                CheckIn.code == code, CheckIn.opened_at <= now, CheckIn.closes_at > now
            )
        )
    )


def latest_check_in(slug: str, activity_id: str, anchor_on: date) -> CheckIn | None:
    """The newest check-in of a seminar."""
    return session().scalar(
        select(CheckIn)
        .where(
            CheckIn.track_slug == slug,
            CheckIn.activity_id == activity_id,
            CheckIn.anchor_on == anchor_on,
        )
        .order_by(CheckIn.id.desc())
        .limit(1)
    )


@dataclass(frozen=True, slots=True)
class Seat:
    """One person of a seminar; `record`: the attendance in force."""

    enrolment_id: int
    person_id: int
    name: str
    record: FieldRecord | None


@dataclass(frozen=True, slots=True)
class Seminar:
    """A seminar of everybody who began on the same day."""

    slug: str
    activity: Activity
    track: Track
    anchor_on: date
    seats: tuple[Seat, ...]

    @property
    def present(self) -> int:
        """How many were there, late ones too."""
        return sum(
            one.record is not None and one.record.content.get("presence") in rules.WAS_THERE
            for one in self.seats
        )


def seminar(slug: str, activity_id: str, anchor_on: date, *, reach: PersonIds) -> Seminar:
    """The people of a seminar, by name. Raises NotFoundError when there is nobody within reach."""
    rows = session().execute(
        select(Enrolment, User.name)
        .join(User, User.id == Enrolment.person_id)
        .where(
            Enrolment.track_slug == slug,
            Enrolment.anchor_on == anchor_on,
            Enrolment.state.not_in(ENDED),
            Enrolment.person_id.in_(reach),
        )
        .order_by(User.name, User.id)
    )
    found = list(rows)
    versions = versions_by_id([row.track_version_id for row, _name in found])
    tracks = {row.id: track_of(versions[row.track_version_id]) for row, _name in found}
    here = [
        (row, name)
        for row, name in found
        for activity in [tracks[row.id].activity(activity_id)]
        if activity is not None and activity.kind is ActivityKind.SEMINAR
    ]
    if not here:
        raise NotFoundError
    filled = records([row.id for row, _name in here])
    seats = []
    for row, name in here:
        of = filled.get(
            (row.id, activity_id, rounds_in(tracks[row.id], row.renewals).of(activity_id))
        )
        seats.append(Seat(row.id, row.person_id, name, of[-1] if of else None))
    track = tracks[here[0][0].id]
    activity = track.activity(activity_id)
    if activity is None:
        raise NotFoundError
    return Seminar(slug, activity, track, anchor_on, tuple(seats))


def own_enrolment(person_id: int, slug: str, anchor_on: date) -> int | None:
    """The enrolment with which somebody takes part in a seminar."""
    return session().scalar(
        select(Enrolment.id).where(
            Enrolment.person_id == person_id,
            Enrolment.track_slug == slug,
            Enrolment.anchor_on == anchor_on,
            Enrolment.state.not_in(ENDED),
        )
    )


# ---------------------------------------------------------------- what waits for whom


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for one party to do it, since a day.

    `person_ids` are known for the learner and the mentor (none: there is no mentor); of trainers
    and managers anybody may. `again_on`: the day agreed after a "not yet". `left`: how many times
    or rows are missing.
    """

    enrolment_id: int
    person_id: int
    activity: Activity
    party: Party
    person_ids: tuple[int, ...]
    since: date
    left: int
    again_on: date | None = None
    because: str = ""


def waiting_for(enrolment_ids: Collection[int], *, now: datetime) -> list[Waiting]:
    """What of this room waits for whom on these enrolments, longest first.

    Sixteen SELECTs however many enrolments (and two more per 500 people).
    """
    today = organisation_day(now)
    rows = list(
        session().scalars(
            select(Enrolment).where(Enrolment.id.in_(enrolment_ids), Enrolment.state.in_(RUNNING))
        )
    )
    if not rows:
        return []
    versions = versions_by_id([row.track_version_id for row in rows])
    known = known_of(rows, today=today)
    filled, signed = records([row.id for row in rows]), signatures([row.id for row in rows])
    mentors = accounts.mentors_of([row.person_id for row in rows], today)
    found: list[Waiting] = []
    for row in rows:
        track = track_of(versions[row.track_version_id])
        standing = progress_of(row, track, known[row.id], today=today)
        rounds = rounds_in(track, row.renewals)
        for step in standing.steps:
            if step.is_finished or step.activity.kind not in KINDS:
                continue
            place = row.id, step.activity.id, rounds.of(step.activity.id)
            opened = _opened(track, standing, step)
            mine = _waits(
                row, track, step, opened, filled.get(place, []), signed.get(place, {}), mentors
            )
            found += [one for one in mine if one.since <= today]
    return sorted(found, key=lambda one: (one.since, one.enrolment_id, one.activity.id))


def _opened(track: Track, standing: Progress, step: StepProgress) -> date:
    due = {one.activity.id: one.due_on for one in standing.steps}
    return max(rules.open_on(track, step.activity, due) or standing.anchor_on, standing.anchor_on)


def _waits(
    row: Enrolment,
    track: Track,
    step: StepProgress,
    opened: date,
    filled: Sequence[FieldRecord],
    signed: Signed,
    mentors: Mapping[int, int],
) -> list[Waiting]:
    if step.activity.kind is not ActivityKind.CHECKLIST:
        return [_sheet_waits(row, step, opened, filled, mentors)]
    form = track.form_of(step.activity)
    return [] if form is None else _list_waits(row, step.activity, form, opened, signed, mentors)


def _sheet_waits(
    row: Enrolment,
    step: StepProgress,
    opened: date,
    filled: Sequence[FieldRecord],
    mentors: Mapping[int, int],
) -> Waiting:
    activity, party = step.activity, writers(step.activity)[0]
    last = filled[-1] if filled else None
    since, again_on, because = opened, None, ""
    if last is not None:
        since = rules.next_on([sheet(one) for one in filled], activity.every) or last.happened_on
        again_on, because = last.again_on, last.because
    return Waiting(
        enrolment_id=row.id,
        person_id=row.person_id,
        activity=activity,
        party=party,
        person_ids=_ids_of(party, row, mentors),
        since=max(again_on or since, opened),
        left=max(activity.needed - step.times, 1),
        again_on=again_on,
        because=because,
    )


def _list_waits(
    row: Enrolment,
    activity: Activity,
    form: Form,
    opened: date,
    signed: Signed,
    mentors: Mapping[int, int],
) -> list[Waiting]:
    """A learner is waited for only where somebody has signed before her."""
    parties = writers(activity)
    found = []
    for party in parties:
        mine = [one.id for one in form.rows if (one.id, party) not in signed]
        half = [
            organisation_day(signed[row_id, other].at)
            for row_id in mine
            for other in parties
            if (row_id, other) in signed
        ]
        if mine and (half or party is not Party.LEARNER):
            found.append(
                Waiting(
                    enrolment_id=row.id,
                    person_id=row.person_id,
                    activity=activity,
                    party=party,
                    person_ids=_ids_of(party, row, mentors),
                    since=min(half, default=opened),
                    left=len(mine),
                )
            )
    return found


def _ids_of(party: Party, row: Enrolment, mentors: Mapping[int, int]) -> tuple[int, ...]:
    if party is Party.LEARNER:
        return (row.person_id,)
    mentor = mentors.get(row.person_id)
    return (mentor,) if party is Party.MENTOR and mentor is not None else ()


# ---------------------------------------------------------------- mentors


def _now(day: date) -> list[object]:
    return [
        Mentorship.valid_from <= day,
        or_(Mentorship.valid_to.is_(None), Mentorship.valid_to > day),
    ]


@dataclass(frozen=True, slots=True)
class Pairing:
    """Who mentors a trainee; `mentor_left`: the mentor no longer works here."""

    trainee_id: int
    mentor_id: int
    since: date
    because: str
    mentor_left: bool


def pairings(trainee_ids: Collection[int], day: date) -> dict[int, Pairing]:
    """Trainee -> the pairing on a day. One SELECT."""
    rows = session().execute(
        select(Mentorship, User.disabled_at, User.left_on)
        .join(User, User.id == Mentorship.mentor_id)
        .where(Mentorship.trainee_id.in_(trainee_ids), *_now(day))  # type: ignore[arg-type]  # columns of a class
    )
    return {
        one.trainee_id: Pairing(
            one.trainee_id,
            one.mentor_id,
            one.valid_from,
            one.named_because,
            disabled is not None or (left is not None and left <= day),
        )
        for one, disabled, left in rows
    }


def pairing_history(trainee_id: int) -> list[Mentorship]:
    """Everybody who mentored somebody, latest first. One SELECT."""
    return list(
        session().scalars(
            select(Mentorship)
            .where(Mentorship.trainee_id == trainee_id)
            .order_by(Mentorship.valid_from.desc(), Mentorship.id.desc())
        )
    )


@dataclass(frozen=True, slots=True)
class Trainee:
    """Somebody on a track with a mentor in it."""

    person_id: int
    name: str
    enrolment_id: int
    slug: str
    anchor_on: date
    pairing: Pairing | None


def wants_mentor(track: Track) -> bool:
    """Whether a track has anything for a mentor."""
    return any(Party.MENTOR in one.by for one in track.activities)


def trainees(reach: PersonIds, *, day: date) -> list[Trainee]:
    """The people within reach whose track wants a mentor, those without one first; of these only
    who still needs one. Three SELECTs, fourteen where anybody has none."""
    rows = session().execute(
        select(Enrolment, User.name, TrackVersion)
        .join(User, User.id == Enrolment.person_id)
        .join(TrackVersion, TrackVersion.id == Enrolment.track_version_id)
        .where(
            Enrolment.person_id.in_(reach),
            Enrolment.state.in_([*sorted(RUNNING - {State.RECERTIFYING}), State.PAUSED]),
        )
        .order_by(Enrolment.anchor_on.desc(), User.name)
    )
    wanted = [(row, name) for row, name, version in rows if wants_mentor(track_of(version))]
    paired = pairings([row.person_id for row, _name in wanted], day)
    lone = [row for row, _name in wanted if _is_lone(paired.get(row.person_id))]
    over = _without_need(lone, day)
    found = [
        Trainee(
            row.person_id, name, row.id, row.track_slug, row.anchor_on, paired.get(row.person_id)
        )
        for row, name in wanted
        if row.id not in over
    ]
    return sorted(found, key=lambda one: (not _is_lone(one.pairing),))


def _is_lone(pairing: Pairing | None) -> bool:
    return pairing is None or pairing.mentor_left


def _without_need(rows: Sequence[Enrolment], day: date) -> set[int]:
    """The enrolments on which nothing is left for a mentor to do, as the board says it."""
    versions = versions_by_id([row.track_version_id for row in rows]) if rows else {}
    known = known_of(rows, today=day)
    return {
        row.id
        for row in rows
        for track in [track_of(versions[row.track_version_id])]
        if not needs_mentor(progress_of(row, track, known[row.id], today=day))
    }


def enrolments_of(person_ids: Collection[int]) -> dict[int, list[int]]:
    """Person -> the enrolments under way. One SELECT."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = session().execute(
        select(Enrolment.person_id, Enrolment.id).where(
            Enrolment.person_id.in_(person_ids), Enrolment.state.in_(RUNNING)
        )
    )
    for row in rows:
        found[row.person_id].append(row.id)
    return found


@dataclass(frozen=True, slots=True)
class Over:
    """The mentor's work with somebody is over: the day the track was gone through (or left), and
    whether it ended with a credential. The pairing itself ran from `since` until `until` (not
    including; None: it still runs)."""

    trainee_id: int
    mentor_id: int
    on: date
    is_independent: bool
    since: date
    until: date | None


def over(day: date, *, mentor_id: int | None = None, running: bool = True) -> list[Over]:
    """Pairings whose trainee is through every track with a mentor in it, or off it, since they
    began; `running`: those without an end alone. Latest first. Four SELECTs."""
    query = select(Mentorship).where(Mentorship.valid_from <= day)
    if running:
        query = query.where(Mentorship.valid_to.is_(None))
    if mentor_id is not None:
        query = query.where(Mentorship.mentor_id == mentor_id)
    pairs = list(session().scalars(query))
    rows = list(
        session().scalars(
            select(Enrolment).where(Enrolment.person_id.in_({one.trainee_id for one in pairs}))
        )
    )
    versions = versions_by_id([row.track_version_id for row in rows])
    rows = [row for row in rows if wants_mentor(track_of(versions[row.track_version_id]))]
    first = first_credentials([row.id for row in rows])
    mine: dict[int, list[Enrolment]] = defaultdict(list)
    for row in rows:
        mine[row.person_id].append(row)
    found = [_over(one, mine[one.trainee_id], first) for one in pairs]
    return sorted(
        (one for one in found if one is not None and one.on >= one.since),
        key=lambda one: (one.on, one.trainee_id),
        reverse=True,
    )


def _over(pair: Mentorship, rows: Sequence[Enrolment], first: Mapping[int, date]) -> Over | None:
    under_way = {*RUNNING, State.PAUSED} - {State.RECERTIFYING}
    if not rows or any(row.state in under_way for row in rows):
        return None
    last = max(rows, key=lambda row: first.get(row.id, organisation_day(row.state_since)))
    return Over(
        trainee_id=pair.trainee_id,
        mentor_id=pair.mentor_id,
        on=first.get(last.id, organisation_day(last.state_since)),
        is_independent=last.id in first,
        since=pair.valid_from,
        until=pair.valid_to,
    )


def mentees(mentor_id: int, day: date) -> list[int]:
    """The people somebody mentors on a day."""
    return list(session().scalars(accounts.mentees_select(mentor_id, day)))


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could be the mentor, with what is met and missed."""

    person_id: int
    name: str
    unit: str
    is_near: bool
    standing: mentoring.Standing
    lacks: tuple[mentoring.Lacks, ...]
    levels: Mapping[str, competency.StoredLevel]


def candidates(trainee_id: int, *, day: date, text: str = "") -> list[Candidate]:
    """Who could be the mentor of a trainee: of her team and the teams beside it, or by name.

    Fifteen SELECTs. Levels are confirmed on the day looked at or any day of the year before,
    computed from the ledger as it stands now, by what is expected now.
    """
    home = accounts.unit_of(trainee_id, day)
    ids = _pool(trainee_id, home.id if home else None, day, text)
    people = accounts.people(ids, day=day)
    standings = standings_of(ids, day, but=trainee_id)
    levels = competency.levels_for(ids)
    found = []
    for person_id in ids:
        person, one = people[person_id], standings[person_id]
        is_near = home is not None and person.unit_name == home.name
        found.append(
            Candidate(
                person_id=person_id,
                name=person.name,
                unit=person.unit_name,
                is_near=is_near,
                standing=one,
                lacks=mentoring.lacks(one),
                levels={
                    level.competency: level
                    for level in levels[person_id]
                    if level.competency in one.confirmed_on
                },
            )
        )
    found.sort(key=lambda one: (*mentoring.order(one.standing, is_near=one.is_near), one.name))
    return found


def _pool(trainee_id: int, unit_id: int | None, day: date, text: str) -> list[int]:
    works = [User.disabled_at.is_(None), or_(User.left_on.is_(None), User.left_on > day)]
    query = select(User.id).where(User.id != trainee_id, *works)
    if text:
        query = query.where(User.name.contains(text, autoescape=True))
    else:
        units = [unit_id] if unit_id is not None else []
        tree = {row.id: row for row in accounts.unit_tree(day)}
        parent = tree[unit_id].parent_id if unit_id in tree else None
        units += [row.id for row in tree.values() if parent is not None and row.parent_id == parent]
        here = select(Membership.user_id).where(
            Membership.unit_id.in_(units),
            Membership.valid_from <= day,
            or_(Membership.valid_to.is_(None), Membership.valid_to > day),
        )
        query = query.where(User.id.in_(here), User.job_role == "seller")
    query = query.order_by(User.hire_on.asc().nulls_last(), User.id).limit(MOST_CANDIDATES)
    return list(session().scalars(query))


def due_again(today: date) -> dict[tuple[int, str, int], list[FieldRecord]]:
    """The records of every activity that has a "not yet" with this day agreed. Two SELECTs."""
    places = session().scalars(
        select(FieldRecord.enrolment_id).where(FieldRecord.again_on == today)
    )
    found = records(set(places))
    return {
        place: rows for place, rows in found.items() if any(row.again_on == today for row in rows)
    }


def starts(enrolment_ids: Collection[int]) -> dict[int, date]:
    """Enrolment -> its day 1. One SELECT."""
    rows = session().execute(
        select(Enrolment.id, Enrolment.anchor_on).where(Enrolment.id.in_(enrolment_ids))
    )
    return {row.id: row.anchor_on for row in rows}


def under_way() -> list[int]:
    """All enrolments under way. One SELECT."""
    return list(session().scalars(select(Enrolment.id).where(Enrolment.state.in_(RUNNING))))
