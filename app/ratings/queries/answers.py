"""Appeals against marks of written answers, and who has marked them."""

from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select

from app.assessments.models import Assessment, Attempt
from app.grading import queries as grading
from app.grading.models import Mark
from app.kernel.db import session
from app.kernel.policy import Actor
from app.ratings.models import AnswerAppeal, AppealState


def markers(attempt_id: int, position: int) -> frozenset[int]:
    """Everybody who marked this answer. One SELECT."""
    rows = session().scalars(
        select(Mark.marker_id).where(Mark.attempt_id == attempt_id, Mark.position == position)
    )
    return frozenset(rows)


@dataclass(frozen=True, slots=True)
class MarkedAnswer:
    """The mark in force of one written answer, and the appeal against it."""

    position: int
    points: Fraction
    comment: str
    appeal: AnswerAppeal | None


def marked_answers(attempt_id: int) -> list[MarkedAnswer]:
    """The written answers of an attempt that were marked, in order. Two SELECTs."""
    marks = session().scalars(
        select(Mark).where(Mark.attempt_id == attempt_id).order_by(Mark.position, Mark.number)
    )
    last = {row.position: row for row in marks}
    rows = session().scalars(select(AnswerAppeal).where(AnswerAppeal.attempt_id == attempt_id))
    appeals = {row.position: row for row in rows}
    return [
        MarkedAnswer(position, row.points, row.comment, appeals.get(position))
        for position, row in sorted(last.items())
    ]


@dataclass(frozen=True, slots=True)
class WaitingAnswer:
    """An appeal that this marker may decide: no name, only the test."""

    appeal_id: int
    position: int
    title: str
    title_en: str | None
    row: AnswerAppeal


def waiting_answers(actor: Actor) -> list[WaitingAnswer]:
    """Open appeals in the marker's scope on answers she has not marked, oldest first. One
    SELECT."""
    mine = (
        select(Mark.id)
        .where(
            Mark.attempt_id == AnswerAppeal.attempt_id,
            Mark.position == AnswerAppeal.position,
            Mark.marker_id == actor.id,
        )
        .exists()
    )
    rows = session().execute(
        select(AnswerAppeal, Assessment.title, Assessment.title_en)
        .join(Attempt, Attempt.id == AnswerAppeal.attempt_id)
        .join(Assessment, Assessment.id == Attempt.assessment_id)
        .where(AnswerAppeal.state == AppealState.OPEN, grading.scope(actor), ~mine)
        .order_by(AnswerAppeal.at)
    )
    return [
        WaitingAnswer(row[0].id, row[0].position, row.title, row.title_en, row[0]) for row in rows
    ]


def appeal(appeal_id: int) -> AnswerAppeal | None:
    """One appeal. One SELECT."""
    return session().get(AnswerAppeal, appeal_id)
