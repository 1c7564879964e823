"""Everybody on a track with what keeps them: gathered for many at once, whatever their number."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, or_, select

from app.accounts import queries as accounts
from app.accounts.queries import Person, PersonIds
from app.assessments.queries import cards
from app.domain.enrolment import RUNNING, State
from app.domain.progress import Progress
from app.domain.stuck import Around, Block, ExamStand, Hold, Word, blocks
from app.domain.tracks import Party, Track
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.tracks.models import Cohort, Credential, Enrolment
from app.tracks.queries.facts import Known, known_of, progress_of, track_of, versions_by_id

# Who is through stays on the board for a year: long enough to see how long it took.
KEPT_DAYS: Final = 400
UNDER_WAY: Final = frozenset({*RUNNING, State.PAUSED}) - {State.RECERTIFYING}
RENEWING: Final = frozenset({State.EXPIRING, State.EXPIRED, State.RECERTIFYING})


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An enrolment as a value."""

    id: int
    person_id: int
    slug: str
    version_id: int
    anchor_on: date
    cohort_id: int | None
    state: State
    since: date


@dataclass(frozen=True, slots=True)
class Placed:
    """A learner on a track with what keeps her. `parties`: who stands in which relation to her.

    `independent_on`: the day the first credential was given, or the last gate was passed.
    """

    enrolment: Enrolled
    person: Person
    track: Track
    progress: Progress
    known: Known
    blocks: tuple[Block, ...]
    parties: Mapping[Party, tuple[int, ...]]
    independent_on: date | None


@dataclass(frozen=True, slots=True)
class Board:
    """The people of a track; `names` of everybody who stands in a relation to one of them."""

    people: tuple[Placed, ...]
    cohorts: Mapping[int, str]
    names: Mapping[int, str]


def enrolments_on(slug: str, reach: PersonIds, *, today: date) -> list[Enrolment]:
    """Enrolments under way, to be renewed, or begun within the kept days, of people within reach.

    One SELECT."""
    return list(
        session().scalars(
            select(Enrolment)
            .where(
                Enrolment.track_slug == slug,
                Enrolment.withdrawn_at.is_(None),
                Enrolment.person_id.in_(reach),
                or_(
                    Enrolment.state.in_([state.value for state in UNDER_WAY | RENEWING]),
                    Enrolment.anchor_on > today - timedelta(days=KEPT_DAYS),
                ),
            )
            .order_by(Enrolment.anchor_on, Enrolment.id)
        )
    )


def people_by_track(reach: PersonIds) -> dict[str, int]:
    """Track -> how many people within reach are on the way on it. One SELECT."""
    rows = session().execute(
        select(Enrolment.track_slug, func.count())
        .where(
            Enrolment.withdrawn_at.is_(None),
            Enrolment.person_id.in_(reach),
            Enrolment.state.in_([state.value for state in UNDER_WAY]),
        )
        .group_by(Enrolment.track_slug)
    )
    return {row[0]: row[1] for row in rows}


def placed(
    rows: Sequence[Enrolment], *, holds: Mapping[int, Sequence[Hold]], now: datetime
) -> Board:
    """These enrolments with what keeps them."""
    today = organisation_day(now)
    if not rows:
        return Board((), {}, {})
    ids = {row.person_id for row in rows}
    versions = versions_by_id([row.track_version_id for row in rows])
    tracks = {row.id: track_of(versions[row.track_version_id]) for row in rows}
    known = known_of(rows, today=today)
    standing = {
        row.id: progress_of(row, tracks[row.id], known[row.id], today=today) for row in rows
    }
    around = around_of(rows, known, holds=holds, now=now)
    parties = parties_for(ids, today)
    people = accounts.people(ids, day=today)
    first = first_credentials([row.id for row in rows])
    found = tuple(
        Placed(
            enrolment=enrolled(row),
            person=people[row.person_id],
            track=tracks[row.id],
            progress=standing[row.id],
            known=known[row.id],
            blocks=blocks(standing[row.id], around[row.id]),
            parties=parties[row.person_id],
            independent_on=first.get(row.id) or through_on(tracks[row.id], known[row.id]),
        )
        for row in rows
    )
    others = {one for of in parties.values() for those in of.values() for one in those}
    others |= {one for of in found for block in of.blocks for one in block.people}
    return Board(found, _cohorts(rows), accounts.names(others))


def enrolled(row: Enrolment) -> Enrolled:
    """The row as a value."""
    return Enrolled(
        id=row.id,
        person_id=row.person_id,
        slug=row.track_slug,
        version_id=row.track_version_id,
        anchor_on=row.anchor_on,
        cohort_id=row.cohort_id,
        state=State(row.state),
        since=organisation_day(row.state_since),
    )


def around_of(
    rows: Sequence[Enrolment],
    known: Mapping[int, Known],
    *,
    holds: Mapping[int, Sequence[Hold]],
    now: datetime,
) -> dict[int, Around]:
    """What stands around these enrolments. Four SELECTs, one of them per 500 people."""
    today = organisation_day(now)
    ids = {row.person_id for row in rows}
    mentors = accounts.mentors_of(ids, today)
    gone = accounts.last_mentored(ids, today)
    asked = {exam for row in rows for exam in known[row.id].exams.values()}
    stands = cards.stands(asked, person_ids=ids, now=now)
    found = {}
    for row in rows:
        mine = known[row.id]
        away = next((one for one in mine.leaves if one.back_on is None), None)
        found[row.id] = Around(
            state=State(row.state),
            since=organisation_day(row.state_since),
            away_from=away.from_on if away else None,
            has_mentor=row.person_id in mentors,
            mentor_gone_on=gone.get(row.person_id),
            exams={
                activity: _exam(stands[exam, row.person_id])
                for activity, exam in mine.exams.items()
                if (exam, row.person_id) in stands
            },
            holds=tuple(holds.get(row.id, ())),
            words={
                key: Word(one.is_yes, organisation_day(one.at), one.again_on)
                for key, one in mine.signatures.items()
            },
            done_on=_done_on(
                mine, {one: stands.get((exam, row.person_id)) for one, exam in mine.exams.items()}
            ),
        )
    return found


def _exam(one: cards.ExamStand) -> ExamStand:
    def day(moment: datetime | None) -> date | None:
        return None if moment is None else organisation_day(moment)

    return ExamStand(
        attempts_left=one.attempts_left,
        handed_in_on=day(one.waiting_since),
        last_on=day(one.last_at),
        free_on=day(one.free_at),
        allowed=one.allowed,
    )


def _done_on(mine: Known, sat: Mapping[str, cards.ExamStand | None]) -> dict[str, date]:
    """Activity -> the day it was finished: read, reported by its room, or passed at the latest."""
    found = dict(mine.read_at)
    found |= {slug: one.done_at for slug, one in mine.steps.items() if one.done_at is not None}
    found |= {
        slug: one.last_at
        for slug, one in sat.items()
        if slug in mine.facts.done and one is not None and one.last_at is not None
    }
    return {slug: organisation_day(at) for slug, at in found.items()}


def parties_for(ids: Collection[int], day: date) -> dict[int, dict[Party, tuple[int, ...]]]:
    """Who stands in which relation to each of these people on a day. Six SELECTs."""
    mentors = accounts.mentors_of(ids, day)
    leaders = accounts.leaders_for(ids, day)
    trainers, hr = tuple(accounts.holders("trainer")), tuple(accounts.holders("hr"))
    return {
        one: {
            Party.LEARNER: (one,),
            Party.MENTOR: (mentors[one],) if one in mentors else (),
            Party.MANAGER: leaders.get(one, ()),
            Party.TRAINER: trainers,
            Party.HR: hr,
            Party.PEER: (),
        }
        for one in ids
    }


def through_on(track: Track, known: Known) -> date | None:
    """The day the last gate was passed, of a track without a credential."""
    gates = [stage.gate.id for stage in track.stages if stage.gate is not None]
    if track.credential is not None or not gates:
        return None
    days = [known.passages[gate] for gate in gates if gate in known.passages]
    return organisation_day(max(days)) if len(days) == len(gates) else None


def first_credentials(ids: Collection[int]) -> dict[int, date]:
    """Enrolment -> the day its first credential was given; one made void was given all the same.

    One SELECT."""
    rows = session().execute(
        select(Credential.enrolment_id, Credential.issued_on)
        .where(Credential.enrolment_id.in_(ids))
        .order_by(Credential.id.desc())
    )
    return {row.enrolment_id: row.issued_on for row in rows}


def _cohorts(rows: Sequence[Enrolment]) -> dict[int, str]:
    """Titles of the cohorts of these enrolments, the latest first. One SELECT."""
    ids = {row.cohort_id for row in rows if row.cohort_id is not None}
    found = session().execute(
        select(Cohort.id, Cohort.title).where(Cohort.id.in_(ids)).order_by(Cohort.starts_on.desc())
    )
    return {row.id: row.title for row in found}


def by_enrolment(found: Sequence[Hold]) -> dict[int, list[Hold]]:
    """Holds by enrolment."""
    grouped: dict[int, list[Hold]] = defaultdict(list)
    for one in found:
        grouped[one.enrolment_id].append(one)
    return grouped
