"""What changes deliverables. Services flush; the edges commit."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select, update

from app.accounts import queries as people
from app.accounts import services as accounts
from app.accounts.services import titled
from app.audit.services import record
from app.deliverables import queries
from app.deliverables.errors import (
    FileLargeError,
    NobodyError,
    NotConfirmedError,
    NotReadyError,
    NoTryLeftError,
    NotWritableError,
    TooShortError,
)
from app.deliverables.models import (
    Document,
    DocumentComment,
    DocumentFile,
    DocumentMilestone,
    DocumentRevision,
    DocumentSection,
)
from app.deliverables.queries import Place
from app.domain.deliverables import (
    MOST_SECTION,
    WRITABLE,
    Checked,
    Finding,
    Handed,
    Milestone,
    Stage,
    choose_reviewers,
    next_handing,
    stems,
    too_short,
    traces,
)
from app.domain.framework import EvidenceKind
from app.domain.items import text_in
from app.domain.knowledge import EntryKind
from app.domain.rated import SeatRole
from app.domain.tracks import Party, Publish, RatedRules
from app.kernel.clock import organisation_day
from app.kernel.db import affected, insert_once, session
from app.kernel.errors import BadInputError, NotFoundError
from app.knowledge import services as knowledge
from app.ratings import queries as ratings
from app.ratings import services as rating
from app.ratings.models import PerformanceState
from app.tracks import services as tracks
from app.tracks.queries.facts import rounds_of
from app.tracks.services import StepSource
from app.tracks.services.lifecycle import parties_of

SOURCE: Final = "document"
MOST_SAVES: Final = 20
TOLD_FOR: Final = 2
_TOLD_OF: Final = frozenset({3, 0, -1})  # days before a date, and after it, on which it is told of
MOST_COMMENT: Final = 2000
MOST_QUOTE: Final = 300
MOST_MILESTONES: Final = 12


@dataclass(frozen=True, slots=True)
class Save:
    """One section as the page sends it: `revision` is the one it last saw, plus one."""

    row: str
    revision: int
    text: str


@dataclass(frozen=True, slots=True)
class Saved:
    """`saved`; `conflict`: `text` is what stands there; `closed`: nothing can be saved now."""

    row: str
    status: str
    revision: int
    text: str


# ---------------------------------------------------------------- writing


def open_document(place: Place, *, now: datetime) -> Document:
    """The document of a place, made when there is none."""
    row = place.enrolment
    number = rounds_of(row).of(place.activity.id)
    where = (
        Document.enrolment_id == row.id,
        Document.activity_id == place.activity.id,
        Document.round == number,
    )
    insert_once(
        Document,
        {
            "enrolment_id": row.id,
            "activity_id": place.activity.id,
            "round": number,
            "person_id": row.person_id,
            "stage": Stage.WRITING.value,
            "stage_since": now,
            "reason": "",
            "created_at": now,
        },
    )
    found = session().scalars(select(Document).where(*where).with_for_update())
    return found.one()


def save(
    place: Place, saves: Sequence[Save], *, client: str, actor_id: int, now: datetime
) -> list[Saved]:
    """Keep sections as they are written; what another window saved meanwhile is not overwritten.

    Raises NotFoundError for anybody but the author, BadInputError for rows the form does not have.
    """
    if place.enrolment.person_id != actor_id or place.enrolment.withdrawn_at is not None:
        raise NotFoundError
    rows = {row.id for row in place.form.rows}
    if len(saves) > MOST_SAVES or any(
        one.row not in rows or len(one.text) > MOST_SECTION for one in saves
    ):
        raise BadInputError
    document = open_document(place, now=now)
    known = queries.sections(document.id)
    if not _is_writable(document, place, now):
        return [_kept("closed", one.row, known.get(one.row)) for one in saves]
    return [_save(document, one, known.get(one.row), client, now) for one in saves]


def _save(
    document: Document, one: Save, row: DocumentSection | None, client: str, now: datetime
) -> Saved:
    values = {"text": one.text, "client": client, "saved_at": now}
    if row is None:
        made = insert_once(
            DocumentSection,
            {
                "document_id": document.id,
                "row_id": one.row,
                "revision": max(one.revision, 1),
                **values,
            },
        )
        if made:
            return Saved(one.row, "saved", max(one.revision, 1), one.text)
        row = queries.sections(document.id)[one.row]
    is_mine = row.client == client and one.revision >= row.revision
    if one.revision > row.revision or is_mine:
        done = session().execute(
            update(DocumentSection)
            .where(DocumentSection.id == row.id, DocumentSection.revision == row.revision)
            .values(revision=max(one.revision, row.revision), **values)
        )
        session().expire(row)
        if affected(done):
            return Saved(one.row, "saved", max(one.revision, row.revision), one.text)
    same = row.text == one.text
    return _kept("saved" if same else "conflict", one.row, row)


def _kept(status: str, row_id: str, row: DocumentSection | None) -> Saved:
    return Saved(row_id, status, row.revision if row else 0, row.text if row else "")


def _is_writable(document: Document, place: Place, now: datetime) -> bool:
    if Stage(document.stage) not in WRITABLE:
        return False
    return document.stage != Stage.FAILED or _tries_until(document, place) >= organisation_day(now)


def _tries_until(document: Document, place: Place) -> date:
    """The last day of the one resubmission; long ago when the rules give none."""
    rules = place.activity.rated
    days = rules.resubmit if rules else None
    if days is None:
        return date.min
    return organisation_day(document.stage_since) + timedelta(days=days)


def last_try_on(place: Place) -> date | None:
    """Until when failed work may be handed in again; None: it did not fail, or not again."""
    document = place.document
    if document is None or document.stage != Stage.FAILED:
        return None
    found = _tries_until(document, place)
    return None if found == date.min else found


def is_writable(place: Place, *, now: datetime) -> bool:
    """Whether the author may write now."""
    return place.document is None or _is_writable(place.document, place, now)


# ---------------------------------------------------------------- handing in


def findings(place: Place, texts: Mapping[str, str], *, company: str = "") -> list[Finding]:
    """What may give a customer away; nothing where the work is not published."""
    if not place.is_published:
        return []
    earlier = queries.earlier_words(place.enrolment.person_id)
    return traces(texts, earlier=earlier, own={company} if company else ())


def hand_in(
    place: Place,
    *,
    is_confirmed: bool,
    key: str,
    actor_id: int,
    now: datetime,
    company: str = "",
) -> DocumentRevision:
    """Make what is written a revision that never changes, and ask those who come next.

    `key` is made by the page: handed in twice, it is one revision. Raises NotFoundError,
    NotWritableError, NoTryLeftError, TooShortError, NotConfirmedError.
    """
    if place.enrolment.person_id != actor_id or place.document is None:
        raise NotFoundError
    document = _locked(place.document.id)
    known = session().scalar(
        select(DocumentRevision).where(
            DocumentRevision.document_id == document.id, DocumentRevision.key == key
        )
    )
    if known is not None:
        return known
    if not _is_writable(document, place, now):
        raise NoTryLeftError if document.stage == Stage.FAILED else NotWritableError
    texts = {one: row.text for one, row in queries.sections(document.id).items()}
    body = {row.id: texts.get(row.id, "") for row in place.form.rows}
    _check_complete(place, body)
    found = findings(place, body, company=company)
    if found and not is_confirmed:
        raise NotConfirmedError
    before = queries.revisions(document.id)
    handed = next_handing(place.activity, Stage(document.stage), len(before))
    revision = DocumentRevision(
        document_id=document.id,
        number=len(before) + 1,
        handed=handed.value,
        body=body,
        files=[one.id for one in queries.files(document.id)],
        findings=[
            *([one.row, one.trace.value, one.words] for one in found),
            *(["", "earlier", word] for word in sorted(stems(found)) if len(word) > 2),
        ],
        key=key,
        submitted_at=now,
    )
    session().add(revision)
    session().flush()
    _move(document, Stage.DRAFT_IN if handed is Handed.DRAFT else Stage.FINAL_IN, now)
    _audit("document.hand_in", document, actor_id=actor_id, now=now, number=revision.number)
    _ask_next(document, place, handed, now)
    return revision


def _check_complete(place: Place, body: Mapping[str, str]) -> None:
    missing = too_short(place.form, body)
    if missing:
        raise TooShortError(n=len(missing))


def _ask_next(document: Document, place: Place, handed: Handed, now: datetime) -> None:
    """A draft goes to those who comment; final work to the peers, the panel or the trainer."""
    who = parties_of(place.enrolment, organisation_day(now))
    if handed is Handed.DRAFT:
        _tell((*who[Party.MANAGER], *who[Party.TRAINER]), document, place, "work_draft", now)
        return
    if place.activity.reviews and place.activity.review_form:
        _open_review(document, place, now)
        return
    if place.is_panel:
        _open_panel(document, place, now)
        _tell((*who[Party.HR], *who[Party.TRAINER]), document, place, "work_panel", now)
        return
    _tell(who[Party.TRAINER], document, place, "work_final", now)


def _open_review(document: Document, place: Place, now: datetime) -> None:
    form = place.track.forms[str(place.activity.review_form)]
    rules = place.activity.rated or RatedRules()
    document.review_id = rating.open_performance(
        person_id=document.person_id,
        enrolment_id=document.enrolment_id,
        activity_id=document.activity_id,
        kind=EvidenceKind.PEER,
        form=form,
        rated_rules=RatedRules(rules.marking, rules.tolerance, rules.pass_share),
        occasion=f"{SOURCE}:{document.id}",
        is_blind=True,
        actor_id=None,
        now=now,
        title=place.activity.title,
    )
    session().flush()
    invite_peers(document, place, needed=place.activity.reviews, actor_id=None, now=now)
    _tell(
        parties_of(place.enrolment, organisation_day(now))[Party.TRAINER],
        document,
        place,
        "work_final",
        now,
    )


def invite_peers(
    document: Document, place: Place, *, needed: int, actor_id: int | None, now: datetime
) -> int:
    """Ask so many more peers, least asked so far first; gives how many were found.

    Never the author, her direct superior or subordinate, nor anybody asked before.
    """
    if document.review_id is None:
        raise NotFoundError
    row = place.enrolment
    peers = queries.peers_of(row)
    chosen = choose_reviewers(
        peers,
        loads=queries.review_loads(row, document.activity_id, peers),
        excluded=queries.near(row.person_id, peers, organisation_day(now))
        | queries.asked(document.review_id),
        needed=needed,
        turn=document.id,
    )
    for person_id in chosen:
        rating.seat(
            performance_id=document.review_id,
            assessor_id=person_id,
            role=SeatRole.PEER,
            actor_id=actor_id,
            now=now,
        )
    return len(chosen)


def invite_one_more(document_id: int, place: Place, *, actor_id: int, now: datetime) -> None:
    """One peer more, where one declined or none was to be had. Raises NobodyError."""
    document = _locked(document_id)
    if not invite_peers(document, place, needed=1, actor_id=actor_id, now=now):
        raise NobodyError


def _open_panel(document: Document, place: Place, now: datetime) -> None:
    document.panel_id = rating.open_performance(
        person_id=document.person_id,
        enrolment_id=document.enrolment_id,
        activity_id=document.activity_id,
        kind=EvidenceKind.WORK,
        form=place.form,
        rated_rules=place.activity.rated or RatedRules(),
        occasion=f"{SOURCE}:{document.id}",
        is_blind=True,
        actor_id=None,
        now=now,
        title=place.activity.title,
        happens_on=max(place.dates.defence or place.dates.due or date.min, organisation_day(now)),
    )
    session().flush()


# ---------------------------------------------------------------- what becomes of it


def follow(*, now: datetime) -> int:
    """Take over what panels and peers came to; gives how many documents moved on."""
    rows = queries.running()
    ids = [one for row in rows for one in (row.panel_id, row.review_id) if one is not None]
    outcomes = ratings.outcomes_of(ids) if ids else {}
    moved, reviewed = 0, []
    for row in rows:
        panel = outcomes.get(row.panel_id or 0)
        if panel is not None and panel.state == PerformanceState.RELEASED:
            moved += 1
            _settle_panel(row.id, has_passed=bool(panel.has_passed), now=now)
        review = outcomes.get(row.review_id or 0)
        if panel is None and review is not None and _is_new(review, now):
            reviewed.append(row)
    if reviewed:
        _tell_reviewed(reviewed, now)
    return moved


def _is_new(review: ratings.OutcomeOf, now: datetime) -> bool:
    """A decision that is put off is not looked at for ever."""
    return (
        review.state == PerformanceState.RELEASED
        and review.released_at is not None
        and now - review.released_at < timedelta(days=TOLD_FOR)
    )


def _tell_reviewed(rows: Sequence[Document], now: datetime) -> None:
    """Trainers are told once; who was told costs nothing more, every half a minute for two days."""
    trainers = people.holders("trainer")
    keys = {row.id: f"reviewed:{row.id}:{row.review_id}" for row in rows}
    told = people.told(trainers, keys.values())
    for row in rows:
        untold = [one for one in trainers if (one, keys[row.id]) not in told]
        if untold:
            place = queries.place_of(row, today=organisation_day(now))
            _tell(untold, row, place, "work_reviewed", now, key=keys[row.id])


def _settle_panel(document_id: int, *, has_passed: bool, now: datetime) -> None:
    document = _locked(document_id)
    if document.stage != Stage.FINAL_IN:
        return
    place = queries.place_of(document, today=organisation_day(now))
    _move(document, Stage.ACCEPTED if has_passed else Stage.FAILED, now)
    _say_step(document, is_done=has_passed, actor_id=None, now=now)
    kind = "work_accepted" if has_passed else "work_failed"
    _tell([document.person_id], document, place, kind, now)


def accept(document_id: int, place: Place, *, actor_id: int, now: datetime) -> None:
    """The trainer takes the work; what is to be published is in the knowledge base at once.

    Raises NotReadyError while reviews are missing or below the pass mark, NotWritableError for
    work that is not in, NotFoundError for one's own.
    """
    document = _locked(document_id)
    if document.person_id == actor_id:
        raise NotFoundError
    if document.stage != Stage.FINAL_IN or document.panel_id is not None:
        raise NotReadyError
    if document.review_id is not None:
        review = ratings.outcome_of(document.review_id)
        if review.state != PerformanceState.RELEASED or not review.has_passed:
            raise NotReadyError
    document.accepted_by_id = actor_id
    _move(document, Stage.ACCEPTED, now)
    if place.activity.publish is not None:
        document.entry_id = _publish(document, place, actor_id=actor_id, now=now)
    session().flush()
    _audit("document.accept", document, actor_id=actor_id, now=now)
    _say_step(document, is_done=True, actor_id=actor_id, now=now)
    _tell([document.person_id], document, place, "work_accepted", now)


def _publish(document: Document, place: Place, *, actor_id: int, now: datetime) -> int:
    last = queries.revisions(document.id)[0]
    lang = people.locale_of(document.person_id)
    first = next((text for text in last.body.values() if text.strip()), "")
    kind = EntryKind.CASE if place.activity.publish is Publish.CASE else EntryKind.METHOD
    review = place.track.forms.get(place.activity.review_form or "")
    slugs = [row.competency for row in review.rows if row.competency] if review else []
    return knowledge.publish(
        kind=kind,
        texts=[
            knowledge.Draft(
                lang,
                " ".join(first.split())[:40],
                last.body,
                {row.id: text_in(row.title, lang) for row in place.form.rows},
            )
        ],
        competency=slugs[0] if slugs else "",
        tags=(),
        source=(SOURCE, str(document.id)),
        author_id=document.person_id,
        actor_id=actor_id,
        now=now,
    )


def send_back(document_id: int, place: Place, *, reason: str, actor_id: int, now: datetime) -> None:
    """The author writes again, and reads why. Raises NotReadyError, NotFoundError."""
    document = _locked(document_id)
    if document.person_id == actor_id:
        raise NotFoundError
    is_defended = document.panel_id is not None and document.stage == Stage.FINAL_IN
    if document.stage not in {Stage.FINAL_IN, Stage.DRAFT_IN} or is_defended:
        raise NotReadyError
    if document.review_id is not None:
        review = ratings.outcome_of(document.review_id)
        if review.state not in {PerformanceState.RELEASED, PerformanceState.VOID}:
            rating.void(
                performance_id=document.review_id, reason=reason, actor_id=actor_id, now=now
            )
    _move(document, Stage.SENT_BACK, now, reason=reason)
    _audit("document.send_back", document, actor_id=actor_id, now=now, reason=reason)
    _tell([document.person_id], document, place, "work_sent_back", now)


def _say_step(document: Document, *, is_done: bool, actor_id: int | None, now: datetime) -> None:
    tracks.record_step(
        enrolment_id=document.enrolment_id,
        activity_id=document.activity_id,
        times=1 if is_done else 0,
        is_done=is_done,
        source=StepSource(SOURCE, str(document.id)),
        actor_id=actor_id,
        now=now,
    )


def _move(document: Document, stage: Stage, now: datetime, *, reason: str = "") -> None:
    document.stage, document.stage_since, document.reason = stage.value, now, reason
    session().flush()


def _locked(document_id: int) -> Document:
    row = session().scalar(
        select(Document)
        .where(Document.id == document_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFoundError
    return row


def _tell(
    who: Sequence[int], document: Document, place: Place, kind: str, now: datetime, key: str = ""
) -> None:
    """The name stands in it only for those who know whose work it is."""
    params = titled(place.activity.title) | {
        "person": people.names([document.person_id])[document.person_id]
    }
    for person_id in dict.fromkeys(who):
        accounts.notify(
            user_id=person_id,
            kind=kind,
            key=key or f"{kind}:{document.id}:{now:%Y%m%d%H%M%S}",
            params=params,
            url=f"/enrolments/{document.enrolment_id}/activities/{document.activity_id}/work",
            now=now,
        )


def _audit(
    action: str,
    document: Document,
    *,
    actor_id: int | None,
    now: datetime,
    reason: str = "",
    **detail: Any,
) -> None:
    record(
        action=action,
        object_type="person",
        object_id=document.person_id,
        actor_id=actor_id,
        now=now,
        detail={"document": document.id, "activity": document.activity_id} | detail,
        reason=reason,
    )


# ---------------------------------------------------------------- comments


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said about a place: the revision's number, the section, the words meant."""

    number: int
    row_id: str
    quote: str
    text: str
    key: str


def comment(place: Place, remark: Remark, *, party: Party, actor_id: int, now: datetime) -> None:
    """Say something about a place of a revision; sent twice, it is one. Raises NotFoundError."""
    document = place.document
    if document is None or remark.row_id not in {row.id for row in place.form.rows}:
        raise NotFoundError
    revision = session().scalar(
        select(DocumentRevision).where(
            DocumentRevision.document_id == document.id, DocumentRevision.number == remark.number
        )
    )
    if revision is None:
        raise NotFoundError
    quote = remark.quote.strip()
    made = insert_once(
        DocumentComment,
        {
            "document_id": document.id,
            "revision_id": revision.id,
            "row_id": remark.row_id,
            "quote": quote if quote in revision.body.get(remark.row_id, "") else "",
            "text": remark.text.strip(),
            "party": party.value,
            "author_id": actor_id,
            "at": now,
            "key": remark.key,
        },
    )
    if made and actor_id != document.person_id:
        day = organisation_day(now)
        _tell(
            [document.person_id],
            document,
            place,
            "work_comment",
            now,
            key=f"work_comment:{document.id}:{actor_id}:{day}",
        )


def answer(
    place: Place,
    comment_id: int,
    *,
    text: str,
    party: Party,
    key: str,
    actor_id: int,
    now: datetime,
) -> None:
    """Answer a remark. Raises NotFoundError."""
    head = _head(place, comment_id)
    insert_once(
        DocumentComment,
        {
            "document_id": head.document_id,
            "revision_id": head.revision_id,
            "row_id": head.row_id,
            "quote": "",
            "text": text.strip(),
            "party": party.value,
            "author_id": actor_id,
            "at": now,
            "key": key,
            "parent_id": head.id,
        },
    )


def resolve(
    place: Place, comment_id: int, *, is_resolved: bool, actor_id: int, now: datetime
) -> None:
    """A remark is dealt with, or is not after all. Raises NotFoundError."""
    head = _head(place, comment_id)
    head.resolved_at = now if is_resolved else None
    head.resolved_by_id = actor_id if is_resolved else None
    session().flush()


def _head(place: Place, comment_id: int) -> DocumentComment:
    row = session().scalar(
        select(DocumentComment).where(DocumentComment.id == comment_id).with_for_update()
    )
    document = place.document
    if row is None or document is None or row.document_id != document.id or row.parent_id:
        raise NotFoundError
    return row


# ---------------------------------------------------------------- attachments


def attach(place: Place, file: Checked, *, actor_id: int, now: datetime) -> None:
    """Keep a checked file. Raises NotFoundError, NotWritableError, FileLargeError."""
    if place.enrolment.person_id != actor_id:
        raise NotFoundError
    document = open_document(place, now=now)
    if not _is_writable(document, place, now):
        raise NotWritableError
    if kept_bytes(document.id) + len(file.data) > 30 * 1024 * 1024:
        raise FileLargeError(name=file.name)
    session().add(
        DocumentFile(
            document_id=document.id,
            name=file.name,
            suffix=file.suffix,
            size=len(file.data),
            sha256=hashlib.sha256(file.data).hexdigest(),
            data=file.data,
            added_at=now,
        )
    )
    session().flush()


def kept_bytes(document_id: int) -> int:
    """How much the files of a document take."""
    return (
        session().scalar(
            select(func.sum(DocumentFile.size)).where(
                DocumentFile.document_id == document_id, DocumentFile.removed_at.is_(None)
            )
        )
        or 0
    )


def detach(place: Place, file_id: int, *, actor_id: int, now: datetime) -> None:
    """Take a file away; revisions that were handed in with it keep it. Raises NotFoundError."""
    row = session().get(DocumentFile, file_id)
    document = place.document
    if row is None or document is None or row.document_id != document.id:
        raise NotFoundError
    if place.enrolment.person_id != actor_id:
        raise NotFoundError
    if not _is_writable(document, place, now):
        raise NotWritableError
    row.removed_at = now
    session().flush()


# ---------------------------------------------------------------- milestones


@dataclass(frozen=True, slots=True)
class Planned:
    """A milestone as its author plans it."""

    what: str
    owner: str
    due_on: date
    money: str


def plan_milestones(place: Place, rows: Sequence[Planned], *, actor_id: int, now: datetime) -> None:
    """The milestones of a plan, all of them; later ones only before anything was followed up.

    Raises NotFoundError, NotWritableError.
    """
    if place.enrolment.person_id != actor_id:
        raise NotFoundError
    document = open_document(place, now=now)
    before = queries.milestones(document.id)
    if any(one.state for one in before) or len(rows) > MOST_MILESTONES:
        raise NotWritableError
    for old in before:
        session().delete(old)
    session().flush()
    for number, one in enumerate(rows, start=1):
        session().add(
            DocumentMilestone(
                document_id=document.id,
                number=number,
                what=one.what,
                owner=one.owner,
                due_on=one.due_on,
                money=one.money,
            )
        )
    session().flush()


def follow_up(
    place: Place,
    states: Mapping[int, tuple[Milestone, str]],
    *,
    actor_id: int,
    now: datetime,
) -> None:
    """What became of each milestone; whoever leads the author and HR are told once.

    Raises NotFoundError, BadInputError when a reason is missing.
    """
    document = place.document
    if document is None or place.enrolment.person_id != actor_id:
        raise NotFoundError
    for one in queries.milestones(document.id):
        if one.number not in states:
            continue
        state, reason = states[one.number]
        if state is not Milestone.REACHED and not reason.strip():
            raise BadInputError
        one.state, one.reason, one.followed_at = state.value, reason.strip(), now
    session().flush()
    _audit("document.follow_up", document, actor_id=actor_id, now=now)
    who = parties_of(place.enrolment, organisation_day(now))
    _tell(
        (*who[Party.MANAGER], *who[Party.HR]),
        document,
        place,
        "work_followed",
        now,
        key=f"work_followed:{document.id}",
    )


# ---------------------------------------------------------------- dates


def remind(*, now: datetime) -> int:
    """Tell authors and coaches of the dates of a deliverable: three days before, on the day, late.

    The dates of its own (draft, comments, revision, defence, follow-up); that of the step itself
    is told of by the track. Twice on a day changes nothing. Gives the number told.
    """
    today = organisation_day(now)
    return sum(_remind(place, today, now) for place in queries.dated(today=today))


def _remind(place: Place, today: date, now: datetime) -> int:
    dates = place.dates
    asked = (dates.draft, dates.comments, dates.revision, dates.defence, dates.follow_up)
    if not any(_is_told_of(on, today) for on in asked):
        return 0  # before anybody is asked for: mostly there is nothing to say
    who = parties_of(place.enrolment, today)
    document = place.document
    stage = Stage(document.stage) if document else Stage.WRITING
    author = (place.enrolment.person_id,)
    wanted = (
        (dates.draft, stage is Stage.WRITING, author),
        (dates.comments, stage is Stage.DRAFT_IN, who[Party.MANAGER] or who[Party.TRAINER]),
        (dates.revision, stage in {Stage.DRAFT_IN, Stage.SENT_BACK}, author),
        (dates.defence, stage is Stage.FINAL_IN and place.is_panel, author),
        (dates.follow_up, stage is Stage.ACCEPTED and not _is_followed(place), author),
    )
    told = 0
    for on, holds, people_told in wanted:
        if on is None or not holds or not _is_told_of(on, today):
            continue
        for person_id in people_told:
            told += accounts.notify(
                user_id=person_id,
                kind="work_due",
                key=f"work_due:{place.enrolment.id}:{place.activity.id}:{on}:{(on - today).days}",
                params=titled(place.activity.title) | {"due": on.isoformat()},
                url=f"/enrolments/{place.enrolment.id}/activities/{place.activity.id}/work",
                now=now,
            )
    return told


def _is_told_of(on: date | None, today: date) -> bool:
    return on is not None and (on - today).days in _TOLD_OF


def _is_followed(place: Place) -> bool:
    document = place.document
    return document is not None and any(one.state for one in queries.milestones(document.id))
