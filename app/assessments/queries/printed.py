"""Forms, printed sheets and who typed them in, as the pages and services need them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from app.assessments import content
from app.assessments.models import (
    Assessment,
    Assignment,
    Attempt,
    FormSeat,
    PaperEntry,
    PaperForm,
    PaperSheet,
)
from app.assessments.papertext import paper_from
from app.assessments.queries.rows import attempts_allowed
from app.domain.items import Item
from app.domain.papers import LETTERS, Paper
from app.kernel.db import session


@dataclass(frozen=True, slots=True)
class FormRow:
    """One form. `people`: how many begin with it."""

    id: int
    number: int
    code: str
    paper: Paper
    facility: float
    people: int

    @property
    def letter(self) -> str:
        """A, B, C …"""
        return LETTERS[self.number]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One printed sheet and, once it was typed in, its attempt and who did that."""

    id: int
    code: str
    assignment_id: int
    person_id: int
    number: int
    form_id: int | None
    letter: str
    paper: Paper
    attempt_id: int | None
    entered_by_id: int | None
    entered_at: datetime | None
    corrected_by_id: int | None
    corrected_at: datetime | None


@dataclass(frozen=True, slots=True)
class EntryRow:
    """Who typed in an attempt, and who corrected it last."""

    code: str
    entered_by_id: int
    entered_at: datetime
    corrected_by_id: int | None
    corrected_at: datetime | None


def forms(assessment_id: int) -> list[FormRow]:
    """All forms of an assessment by number. One SELECT."""
    rows = session().execute(
        select(PaperForm, func.count(FormSeat.assignment_id))
        .outerjoin(FormSeat, FormSeat.form_id == PaperForm.id)
        .where(PaperForm.assessment_id == assessment_id)
        .group_by(PaperForm.id)
        .order_by(PaperForm.number)
    )
    return [
        FormRow(row.id, row.number, row.code, paper_from(row.body), row.facility, people)
        for row, people in rows
    ]


def sheets(assessment_id: int, person_ids: Collection[int] | None = None) -> list[SheetRow]:
    """Printed sheets of an assessment, in the order they were made. One SELECT."""
    where = [Assignment.assessment_id == assessment_id]
    if person_ids is not None:
        where.append(Assignment.person_id.in_(person_ids))
    return _sheets(*where)


def latest_sheets(assessment_id: int) -> dict[int, SheetRow]:
    """The newest sheet of each person. One SELECT."""
    return {row.person_id: row for row in sheets(assessment_id)}


def sheet_coded(assessment_id: int, code: str) -> SheetRow | None:
    """The sheet with this code, if it belongs to this assessment. One SELECT."""
    found = _sheets(Assignment.assessment_id == assessment_id, PaperSheet.code == code)
    return found[0] if found else None


def _sheets(*where: ColumnElement[bool]) -> list[SheetRow]:
    rows: Any = session().execute(
        select(PaperSheet, Assignment.person_id, PaperForm.number, PaperEntry)
        .join(Assignment, Assignment.id == PaperSheet.assignment_id)
        .outerjoin(PaperForm, PaperForm.id == PaperSheet.form_id)
        .outerjoin(PaperEntry, PaperEntry.sheet_id == PaperSheet.id)
        .where(*where)
        .order_by(PaperSheet.number, PaperSheet.id)
    )
    return [
        SheetRow(
            id=sheet.id,
            code=sheet.code,
            assignment_id=sheet.assignment_id,
            person_id=person_id,
            number=sheet.number,
            form_id=sheet.form_id,
            letter="" if form is None else LETTERS[form],
            paper=paper_from(sheet.body),
            attempt_id=None if entry is None else entry.attempt_id,
            entered_by_id=None if entry is None else entry.entered_by_id,
            entered_at=None if entry is None else entry.entered_at,
            corrected_by_id=None if entry is None else entry.corrected_by_id,
            corrected_at=None if entry is None else entry.corrected_at,
        )
        for sheet, person_id, form, entry in rows
    ]


def entry_of(attempt_id: int) -> EntryRow | None:
    """Who typed in an attempt sat on paper; None for one sat online. One SELECT."""
    row = (
        session()
        .execute(
            select(PaperEntry, PaperSheet.code)
            .join(PaperSheet, PaperSheet.id == PaperEntry.sheet_id)
            .where(PaperEntry.attempt_id == attempt_id)
        )
        .first()
    )
    if row is None:
        return None
    entry, code = row
    return EntryRow(
        code, entry.entered_by_id, entry.entered_at, entry.corrected_by_id, entry.corrected_at
    )


def seats(assessment_id: int) -> dict[int, int]:
    """The number of the form each person begins with. One SELECT."""
    rows = session().execute(
        select(Assignment.person_id, PaperForm.number)
        .join(FormSeat, FormSeat.assignment_id == Assignment.id)
        .join(PaperForm, PaperForm.id == FormSeat.form_id)
        .where(Assignment.assessment_id == assessment_id)
    )
    return {row[0]: row[1] for row in rows}


def form_coded(assessment_id: int, code: str) -> FormRow | None:
    """The form with this code, if it belongs to this assessment. One SELECT."""
    return next((form for form in forms(assessment_id) if form.code == code), None)


def used(assessment_id: int) -> dict[int, int]:
    """How many attempts of each person count, by person. One SELECT."""
    rows = session().execute(
        select(Attempt.person_id, func.count())
        .where(
            Attempt.assessment_id == assessment_id,
            Attempt.is_preview.is_(False),
            Attempt.voided_at.is_(None),
        )
        .group_by(Attempt.person_id)
    )
    return {row[0]: row[1] for row in rows}


def allowed(assessment_id: int) -> dict[int, int]:
    """How often each may sit it of everybody who is to, by person in the order they were assigned.

    One SELECT."""
    rows = session().execute(
        select(Assignment, Assessment)
        .join(Assessment, Assessment.id == Assignment.assessment_id)
        .where(
            Assignment.assessment_id == assessment_id,
            Assignment.is_preview.is_(False),
            Assignment.cancelled_at.is_(None),
        )
        .order_by(Assignment.id)
    )
    return {row[0].person_id: attempts_allowed(row[0], row[1]) for row in rows}


def sitting(assessment_id: int) -> set[int]:
    """Who has begun online and not handed in yet. One SELECT."""
    rows = session().scalars(
        select(Attempt.person_id).where(
            Attempt.assessment_id == assessment_id,
            Attempt.is_preview.is_(False),
            Attempt.voided_at.is_(None),
            Attempt.submitted_at.is_(None),
        )
    )
    return set(rows)


def items_of(assessment_id: int) -> dict[int, Item]:
    """Items of the pinned banks by version id, with keys. One SELECT when they are kept."""
    snapshots = content.pinned_for(assessment_id)
    return {key: item for one in snapshots for key, item in content.by_version(one).items()}
