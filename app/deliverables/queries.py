"""Reads of deliverables. Each function says what it costs."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import and_, func, or_, select

from app.accounts import queries as people
from app.deliverables.models import (
    Document,
    DocumentComment,
    DocumentFile,
    DocumentMilestone,
    DocumentRevision,
    DocumentSection,
)
from app.domain.deliverables import Calendar, Handed, Stage, calendar, last_day
from app.domain.enrolment import RUNNING, THROUGH
from app.domain.framework import EvidenceKind
from app.domain.items import Text
from app.domain.progress import due_on
from app.domain.tracks import Activity, ActivityKind, Form, Party, Track
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.kernel.errors import NotFoundError
from app.kernel.policy import Actor
from app.ratings import queries as ratings
from app.ratings.models import RUNNING as BEING_RATED
from app.ratings.models import Performance, PerformanceState, Seat, SeatState
from app.tracks.models import Enrolment, TrackVersion
from app.tracks.queries.facts import (
    Known,
    known_of,
    progress_of,
    rounds_in,
    rounds_of,
    track_of,
    versions_by_id,
)
from app.tracks.services.lifecycle import parties_of

EARLIER: Final = 10


@dataclass(frozen=True, slots=True)
class Place:
    """An enrolment's deliverable: what is asked, by which form, until when."""

    enrolment: Enrolment
    track: Track
    activity: Activity
    form: Form
    dates: Calendar
    document: Document | None

    @property
    def is_published(self) -> bool:
        """Whether accepted work goes to the knowledge base, so that customers must be hidden."""
        return self.activity.publish is not None

    @property
    def is_panel(self) -> bool:
        """Whether it is marked by a panel."""
        return self.activity.rated is not None and bool(self.activity.rated.panel)


def place(
    enrolment_id: int,
    activity_id: str,
    *,
    today: date,
    actor: Actor | None = None,
    action: str = "",
) -> Place:
    """The deliverable of an enrolment within the actor's scope. Raises NotFoundError."""
    query = select(Enrolment).where(Enrolment.id == enrolment_id)
    if actor is not None:
        reach = people.people_in_scope(actor, action, day=today)
        query = query.where(Enrolment.person_id.in_(reach))
    row = session().scalar(query)
    if row is None:
        raise NotFoundError
    track = track_of(versions_by_id([row.track_version_id])[row.track_version_id])
    activity = track.activity(activity_id)
    form = track.form_of(activity) if activity else None
    if activity is None or form is None or activity.kind is not ActivityKind.DELIVERABLE:
        raise NotFoundError
    number = rounds_of(row).of(activity_id)
    document = session().scalar(
        select(Document).where(
            Document.enrolment_id == enrolment_id,
            Document.activity_id == activity_id,
            Document.round == number,
        )
    )
    return Place(
        row, track, activity, form, _dates(row, track, activity, document, today), document
    )


def dated(*, today: date) -> list[Place]:
    """Every deliverable with dates of its own whose person is on the way or has to follow it up.

    Sixteen SELECTs however many; what has no date to come any more is not read.
    """
    works = {
        row.id: [
            one
            for one in track_of(row).activities
            if one.kind is ActivityKind.DELIVERABLE and one.work is not None
        ]
        for row in session().scalars(select(TrackVersion))
    }
    rows = _dated({version: own for version, own in works.items() if own}, today)
    versions = versions_by_id([row.track_version_id for row in rows])
    known = known_of(rows, today=today)
    documents = {
        (one.enrolment_id, one.activity_id, one.round): one
        for one in session().scalars(
            select(Document).where(Document.enrolment_id.in_([row.id for row in rows]))
        )
    }
    drafted = _drafted([one.id for one in documents.values()])
    found = []
    for row in rows:
        track = track_of(versions[row.track_version_id])
        rounds = rounds_in(track, row.renewals)
        for activity in works[row.track_version_id]:
            document = documents.get((row.id, activity.id, rounds.of(activity.id)))
            form = track.form_of(activity)
            if form is None:
                continue
            at = drafted.get(document.id) if document else None
            dates = _calendar(row, track, activity, known[row.id], at, today)
            found.append(Place(row, track, activity, form, dates, document))
    return found


def _dated(works: Mapping[int, Sequence[Activity]], today: date) -> list[Enrolment]:
    """Who is on the way on these versions, and who is through with a date that may be to come.

    One SELECT.
    """
    if not works:
        return []
    # Twice the days, which may be working days, and a year that leave may have moved them by.
    last = 2 * max(last_day(one) for own in works.values() for one in own) + 366
    return list(
        session().scalars(
            select(Enrolment)
            .where(
                Enrolment.track_version_id.in_(list(works)),
                Enrolment.withdrawn_at.is_(None),
                or_(
                    Enrolment.state.in_(RUNNING),
                    and_(
                        Enrolment.state.in_(THROUGH),
                        Enrolment.anchor_on >= today - timedelta(days=last),
                    ),
                ),
            )
            .order_by(Enrolment.id)
        )
    )


def place_of(document: Document, *, today: date) -> Place:
    """Where a document belongs."""
    return place(document.enrolment_id, document.activity_id, today=today)


def document_in_scope(
    document_id: int, actor: Actor, action: str, *, today: date
) -> tuple[Document, Place]:
    """A document of a person within the actor's scope. Raises NotFoundError."""
    row = session().get(Document, document_id)
    if row is None:
        raise NotFoundError
    found = place(row.enrolment_id, row.activity_id, today=today, actor=actor, action=action)
    if found.document is None or found.document.id != row.id:
        raise NotFoundError
    return row, found


def _dates(
    row: Enrolment, track: Track, activity: Activity, document: Document | None, today: date
) -> Calendar:
    known = known_of([row], today=today)[row.id]
    drafted = _drafted([document.id]).get(document.id) if document else None
    return _calendar(row, track, activity, known, drafted, today)


def _drafted(document_ids: Sequence[int]) -> dict[int, datetime]:
    """Document -> when its draft was handed in. One SELECT."""
    rows = session().execute(
        select(DocumentRevision.document_id, DocumentRevision.submitted_at).where(
            DocumentRevision.document_id.in_(document_ids),
            DocumentRevision.handed == Handed.DRAFT,
        )
    )
    return {row.document_id: row.submitted_at for row in rows}


def _calendar(
    row: Enrolment,
    track: Track,
    activity: Activity,
    known: Known,
    drafted: datetime | None,
    today: date,
) -> Calendar:
    standing = progress_of(row, track, known, today=today)
    step = next((one for one in standing.steps if one.activity.id == activity.id), None)
    due = step.due_on if step else due_on(row.anchor_on, activity.due_day, days=track.days)
    return calendar(
        activity,
        anchor_on=row.anchor_on,
        days=track.days,
        due_on=due,
        draft_in_on=organisation_day(drafted) if drafted else None,
        shift=known.facts.shift,
    )


def sections(document_id: int) -> dict[str, DocumentSection]:
    """Row id -> what is being written there. One SELECT."""
    rows = session().scalars(
        select(DocumentSection).where(DocumentSection.document_id == document_id)
    )
    return {row.row_id: row for row in rows}


def revisions(document_id: int) -> list[DocumentRevision]:
    """What was handed in, newest first. One SELECT."""
    return list(
        session().scalars(
            select(DocumentRevision)
            .where(DocumentRevision.document_id == document_id)
            .order_by(DocumentRevision.number.desc())
        )
    )


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark with its answers."""

    id: int
    revision: int
    row_id: str
    quote: str
    text: str
    party: Party
    author_id: int
    author: str
    at: datetime
    is_resolved: bool
    answers: tuple["Comment", ...] = ()


def comments(document_id: int) -> list[Comment]:
    """Remarks with their answers, oldest first. Two SELECTs."""
    rows = (
        session()
        .execute(
            select(DocumentComment, DocumentRevision.number)
            .join(DocumentRevision, DocumentRevision.id == DocumentComment.revision_id)
            .where(DocumentComment.document_id == document_id)
            .order_by(DocumentComment.id)
        )
        .all()
    )
    names = people.names({one.author_id for one, _number in rows})
    answers: dict[int, list[Comment]] = defaultdict(list)
    heads = []
    for one, number in rows:
        if one.parent_id is None:
            heads.append((one, number))
        else:
            answers[one.parent_id].append(_comment(one, number, names, ()))
    return [_comment(one, number, names, answers[one.id]) for one, number in heads]


def _comment(
    row: DocumentComment, number: int, names: Mapping[int, str], answers: Sequence[Comment]
) -> Comment:
    return Comment(
        id=row.id,
        revision=number,
        row_id=row.row_id,
        quote=row.quote,
        text=row.text,
        party=Party(row.party),
        author_id=row.author_id,
        author=names.get(row.author_id, ""),
        at=row.at,
        is_resolved=row.resolved_at is not None,
        answers=tuple(answers),
    )


def files(document_id: int, ids: Collection[int] | None = None) -> list[DocumentFile]:
    """The attachments there are now, or those of a revision. One SELECT, without their bytes."""
    query = select(DocumentFile).where(DocumentFile.document_id == document_id)
    if ids is None:
        query = query.where(DocumentFile.removed_at.is_(None))
    else:
        query = query.where(DocumentFile.id.in_(ids))
    return list(session().scalars(query.order_by(DocumentFile.id)))


def milestones(document_id: int) -> list[DocumentMilestone]:
    """The milestones of a plan in order. One SELECT."""
    return list(
        session().scalars(
            select(DocumentMilestone)
            .where(DocumentMilestone.document_id == document_id)
            .order_by(DocumentMilestone.number)
        )
    )


def earlier_words(person_id: int) -> set[str]:
    """What this author's earlier hand-ins were stopped for: looked for again. One SELECT."""
    rows = session().scalars(
        select(DocumentRevision.findings)
        .join(Document, Document.id == DocumentRevision.document_id)
        .where(Document.person_id == person_id)
        .order_by(DocumentRevision.id.desc())
        .limit(EARLIER)
    )
    return {str(one[2]) for row in rows for one in row if len(one) == 3}


def party_of(place: Place, actor: Actor, *, today: date) -> Party | None:
    """As what this reader speaks about the work; None: may only read. A few SELECTs."""
    if actor.id == place.enrolment.person_id:
        return Party.LEARNER
    parties = parties_of(place.enrolment, today)
    for party in (Party.MANAGER, Party.MENTOR, Party.TRAINER, Party.HR):
        if actor.id in parties[party]:
            return party
    return Party.MANAGER if actor.has("manager") else None


# ---------------------------------------------------------------- reviewers


def work_of_performance(performance_id: int, assessor_id: int) -> Document:
    """The document that somebody with a seat reads. Raises NotFoundError. Two SELECTs."""
    seat = session().scalar(
        select(Seat.id).where(
            Seat.performance_id == performance_id,
            Seat.assessor_id == assessor_id,
            Seat.state != SeatState.DECLINED,
        )
    )
    row = session().scalar(
        select(Document).where(
            or_(Document.review_id == performance_id, Document.panel_id == performance_id)
        )
    )
    if seat is None or row is None:
        raise NotFoundError
    return row


def peers_of(row: Enrolment) -> list[int]:
    """Those who are on the track together: of the same cohort, else from the same day.

    Locked, so that two who hand in at once do not ask the same people. One SELECT.
    """
    query = select(Enrolment).where(
        Enrolment.track_slug == row.track_slug, Enrolment.withdrawn_at.is_(None)
    )
    if row.cohort_id is not None:
        query = query.where(Enrolment.cohort_id == row.cohort_id)
    else:
        query = query.where(Enrolment.anchor_on == row.anchor_on)
    rows = session().scalars(query.order_by(Enrolment.id).with_for_update())
    return [one.person_id for one in rows if one.state not in {"paused", "exempt", "withdrawn"}]


def review_loads(row: Enrolment, activity_id: str, person_ids: Collection[int]) -> dict[int, int]:
    """Person -> how many reviews of this activity were asked of her. One SELECT."""
    rows = session().execute(
        select(Seat.assessor_id, func.count())
        .join(Performance, Performance.id == Seat.performance_id)
        .where(
            Performance.activity_id == activity_id,
            Performance.kind == EvidenceKind.PEER,
            Seat.assessor_id.in_(person_ids),
            Seat.state != SeatState.DECLINED,
            Seat.invited_at > _since(row),
        )
        .group_by(Seat.assessor_id)
    )
    return {row[0]: row[1] for row in rows}


def _since(row: Enrolment) -> datetime:
    return row.created_at - timedelta(days=120)


def asked(performance_id: int) -> set[int]:
    """Everybody who has or had a seat. One SELECT."""
    rows = session().scalars(select(Seat.assessor_id).where(Seat.performance_id == performance_id))
    return set(rows)


def near(person_id: int, candidates: Collection[int], day: date) -> set[int]:
    """Herself, who leads her directly, and whom she leads directly among these."""
    found = {person_id, *people.leaders_of(person_id, day)}
    below = people.subtree_people(person_id, day) & set(candidates)
    return found | {one for one in below if person_id in people.leaders_of(one, day)}


# ---------------------------------------------------------------- work lists


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document that waits for somebody who runs the track."""

    document_id: int
    enrolment_id: int
    activity_id: str
    person_id: int
    stage: Stage
    since: datetime


def waiting(person_ids: people.PersonIds, stages: Collection[Stage]) -> list[Waiting]:
    """Documents of these people in these stages, longest first; not of those taken off the track,
    unless accepted before. One SELECT."""
    rows = session().scalars(
        select(Document)
        .join(Enrolment, Enrolment.id == Document.enrolment_id)
        .where(
            Document.stage.in_(stages),
            Document.person_id.in_(person_ids),
            or_(Enrolment.withdrawn_at.is_(None), Document.stage == Stage.ACCEPTED),
        )
        .order_by(Document.stage_since, Document.id)
    )
    return [_waiting(row) for row in rows]


def _waiting(row: Document) -> Waiting:
    return Waiting(
        row.id, row.enrolment_id, row.activity_id, row.person_id, Stage(row.stage), row.stage_since
    )


def undecided(enrolment_ids: Collection[int]) -> list[Waiting]:
    """Final work of these enrolments that no peer or panel has in hand. Four SELECTs."""
    rows = list(
        session().scalars(
            select(Document).where(
                Document.stage == Stage.FINAL_IN, Document.enrolment_id.in_(enrolment_ids)
            )
        )
    )
    rated = {one for row in rows for one in (row.panel_id, row.review_id) if one is not None}
    in_hand = {
        key
        for key, one in (ratings.outcomes_of(rated) if rated else {}).items()
        if one.state in {*BEING_RATED, PerformanceState.SETTLED}
    }
    return [_waiting(row) for row in rows if not {row.panel_id, row.review_id} & in_hand]


def titles_of(found: Sequence[Waiting]) -> dict[int, Text]:
    """Document -> what its activity is called. Two SELECTs."""
    ids = {one.enrolment_id for one in found}
    rows = list(session().scalars(select(Enrolment).where(Enrolment.id.in_(ids))))
    versions = versions_by_id([row.track_version_id for row in rows])
    tracks = {row.id: track_of(versions[row.track_version_id]) for row in rows}
    titles = {}
    for one in found:
        activity = tracks[one.enrolment_id].activity(one.activity_id)
        titles[one.document_id] = activity.title if activity else {"zh-CN": one.activity_id}
    return titles


def running() -> list[Document]:
    """Documents that are being reviewed or defended by somebody on the track. One SELECT."""
    return list(
        session().scalars(
            select(Document)
            .join(Enrolment, Enrolment.id == Document.enrolment_id)
            .where(Document.stage == Stage.FINAL_IN, Enrolment.withdrawn_at.is_(None))
            .order_by(Document.id)
        )
    )


def number_of(document: Document) -> str:
    """What a blind reader calls the work."""
    return f"W{document.id:04d}"


__all__ = ["Document", "Place", "place"]
