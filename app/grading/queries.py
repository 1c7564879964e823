"""The marking queue: one question at a time, in hash order, without names."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select

from app.assessments import content
from app.assessments.frozen import thaw, unpack
from app.assessments.models import (
    Answer,
    Assessment,
    AssessmentMarker,
    Attempt,
    AttemptPaper,
    ItemScore,
)
from app.assessments.queries.rows import owned_by
from app.domain.items import Item, Written
from app.domain.scoring import Outcome, Reason
from app.grading.models import Mark, MarkClaim
from app.kernel.db import session
from app.kernel.errors import NotFoundError
from app.kernel.policy import Actor, allowed_scopes


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question with answers to mark. `waiting`, `done` count answers."""

    assessment_id: int
    item_version_id: int
    title: str
    title_en: str | None
    item: Item
    waiting: int
    done: int


@dataclass(frozen=True, slots=True)
class Place:
    """One answer in the queue of a question, under a code that hides who wrote it."""

    attempt_id: int
    position: int
    code: str
    is_marked: bool


@dataclass(frozen=True, slots=True)
class LastMark:
    """The mark in force."""

    id: int
    number: int
    points: Fraction
    awarded: Mapping[str, str] | None
    comment: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """An answer on the desk: no name, no total, no other answers of this person."""

    assessment_id: int
    item_version_id: int
    title: str
    title_en: str | None
    place: Place
    item: Item
    text: str
    last: LastMark | None


def scope(actor: Actor) -> ColumnElement[bool]:
    """What this actor may mark: own (and shared) assessments, those she is named for; never her own
    answers, never a preview."""
    words = allowed_scopes(actor, "mark.give")
    allowed: list[ColumnElement[bool]] = [false()]
    if "own_assessment" in words:
        allowed.append(owned_by(actor.id))
    if "assigned" in words:
        named = select(AssessmentMarker.assessment_id).where(AssessmentMarker.marker_id == actor.id)
        allowed.append(Assessment.id.in_(named))
    return or_(*allowed) & (Attempt.person_id != actor.id) & Attempt.is_preview.is_(False)


def waiting_count(actor: Actor) -> int:
    """How many answers wait for a mark of this actor. One SELECT."""
    query = (
        select(func.count())
        .select_from(ItemScore)
        .join(Attempt, Attempt.id == ItemScore.attempt_id)
        .join(Assessment, Assessment.id == Attempt.assessment_id)
        .where(
            ItemScore.outcome == Outcome.AWAITING_MARK.value,
            Attempt.voided_at.is_(None),
            scope(actor),
        )
    )
    return session().scalar(query) or 0


_IS_MARKABLE = or_(
    ItemScore.outcome == Outcome.AWAITING_MARK.value, ItemScore.reason == Reason.MARKED.value
)


def questions(actor: Actor) -> list[QuestionRow]:
    """Questions with written answers in the actor's scope, those with most waiting first."""
    waiting = func.count().filter(ItemScore.outcome == Outcome.AWAITING_MARK.value)
    rows = (
        session()
        .execute(
            select(
                Assessment.id,
                ItemScore.item_version_id,
                Assessment.title,
                Assessment.title_en,
                waiting.label("waiting"),
                func.count().label("all"),
                func.min(Attempt.id).label("example"),
            )
            .select_from(ItemScore)
            .join(Attempt, Attempt.id == ItemScore.attempt_id)
            .join(Assessment, Assessment.id == Attempt.assessment_id)
            .where(_IS_MARKABLE, Attempt.voided_at.is_(None), scope(actor))
            .group_by(
                Assessment.id, ItemScore.item_version_id, Assessment.title, Assessment.title_en
            )
            .order_by(waiting.desc(), Assessment.id, ItemScore.item_version_id)
        )
        .all()
    )
    papers = _papers([row.example for row in rows])
    return [
        QuestionRow(
            assessment_id=row[0],
            item_version_id=row.item_version_id,
            title=row.title,
            title_en=row.title_en,
            item=content.items_of(papers[row.example])[row.item_version_id],
            waiting=row.waiting,
            done=row.all - row.waiting,
        )
        for row in rows
    ]


def _papers(attempt_ids: Sequence[int]) -> dict[int, Any]:
    query = select(AttemptPaper.attempt_id, AttemptPaper.body).where(
        AttemptPaper.attempt_id.in_(attempt_ids)
    )
    return {row[0]: thaw(row[1]) for row in session().execute(query)}


def places(actor: Actor, assessment_id: int, item_version_id: int) -> list[Place]:
    """All answers to one question, in hash order: never by name or time. One SELECT."""
    rows = session().execute(
        select(ItemScore.attempt_id, ItemScore.position, ItemScore.outcome)
        .join(Attempt, Attempt.id == ItemScore.attempt_id)
        .join(Assessment, Assessment.id == Attempt.assessment_id)
        .where(
            ItemScore.item_version_id == item_version_id,
            Assessment.id == assessment_id,
            _IS_MARKABLE,
            Attempt.voided_at.is_(None),
            scope(actor),
        )
    )
    found = [
        Place(
            attempt_id=row.attempt_id,
            position=row.position,
            code=code_of(item_version_id, row.attempt_id),
            is_marked=row.outcome != Outcome.AWAITING_MARK.value,
        )
        for row in rows
    ]
    return sorted(found, key=lambda place: place.code)


def first_marked(actor: Actor, assessment_id: int, item_version_id: int) -> Place:
    """The first marked answer to a question, in hash order. Raises NotFoundError when none is."""
    found = places(actor, assessment_id, item_version_id)
    marked = next((place for place in found if place.is_marked), None)
    if marked is None:
        raise NotFoundError
    return marked


def code_of(item_version_id: int, attempt_id: int) -> str:
    """What an answer is called on the desk: other for each question, so that no one is followed."""
    text = f"desk/{item_version_id}/{attempt_id}"
    return hashlib.sha256(text.encode()).hexdigest()[:6].upper()


def claimed_by_others(marker_id: int, now: datetime) -> set[tuple[int, int]]:
    """(attempt, position) that another marker has on the desk now. One SELECT."""
    rows = session().execute(
        select(MarkClaim.attempt_id, MarkClaim.position).where(
            MarkClaim.marker_id != marker_id, MarkClaim.until_at > now
        )
    )
    return {(row[0], row[1]) for row in rows}


def sheet(actor: Actor, attempt_id: int, position: int) -> Sheet:
    """One answer. Raises NotFoundError outside the actor's scope."""
    row = (
        session()
        .execute(
            select(
                Assessment.id,
                Assessment.title,
                Assessment.title_en,
                ItemScore.item_version_id,
                ItemScore.outcome,
                AttemptPaper.body.label("paper"),
                Answer.body.label("answer"),
            )
            .select_from(ItemScore)
            .join(Attempt, Attempt.id == ItemScore.attempt_id)
            .join(Assessment, Assessment.id == Attempt.assessment_id)
            .join(AttemptPaper, AttemptPaper.attempt_id == Attempt.id)
            .outerjoin(
                Answer,
                (Answer.attempt_id == ItemScore.attempt_id)
                & (Answer.position == ItemScore.position),
            )
            .where(
                ItemScore.attempt_id == attempt_id,
                ItemScore.position == position,
                _IS_MARKABLE,
                Attempt.voided_at.is_(None),
                scope(actor),
            )
        )
        .first()
    )
    if row is None:
        raise NotFoundError
    response = unpack(row.answer)
    return Sheet(
        assessment_id=row[0],
        item_version_id=row.item_version_id,
        title=row.title,
        title_en=row.title_en,
        place=Place(
            attempt_id,
            position,
            code_of(row.item_version_id, attempt_id),
            row.outcome != Outcome.AWAITING_MARK.value,
        ),
        item=content.items_of(thaw(row.paper))[row.item_version_id],
        text=response.text if isinstance(response, Written) else "",
        last=last_mark(attempt_id, position),
    )


def last_mark(attempt_id: int, position: int) -> LastMark | None:
    """The mark in force. One SELECT."""
    row = session().scalar(
        select(Mark)
        .where(Mark.attempt_id == attempt_id, Mark.position == position)
        .order_by(Mark.number.desc())
        .limit(1)
    )
    return (
        None if row is None else LastMark(row.id, row.number, row.points, row.awarded, row.comment)
    )


def spread(assessment_id: int, item_version_id: int) -> list[tuple[Fraction, int]]:
    """How often each mark was given to a question, lowest first. One SELECT."""
    marks = session().scalars(
        select(ItemScore.points)
        .join(Attempt, Attempt.id == ItemScore.attempt_id)
        .where(
            Attempt.assessment_id == assessment_id,
            Attempt.voided_at.is_(None),
            ItemScore.item_version_id == item_version_id,
            ItemScore.reason == Reason.MARKED.value,
        )
    )
    counts = Counter(points for points in marks if points is not None)
    return sorted(counts.items())
