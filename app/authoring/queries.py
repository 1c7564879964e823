"""Reads that join banks with what is above them."""

from dataclasses import dataclass

from sqlalchemy import func, select

from app.assessments.models import Assessment, AssessmentSource, Attempt
from app.banks.models import BankVersion
from app.competency import queries as competency
from app.domain.framework import Framework
from app.kernel.db import session


@dataclass(frozen=True, slots=True)
class Use:
    """An assessment that pins a version of a bank, with its attempts; previews do not count."""

    number: int
    assessment_id: int
    title: str
    owner_id: int | None
    attempts: int


def framework() -> Framework | None:
    """The framework in force, or None before one was loaded. Kept by its content."""
    found = competency.in_force()
    return None if found is None else found.framework


def uses(bank_id: int) -> list[Use]:
    """Which assessments used which version of a bank, newest version first. One SELECT."""
    rows = session().execute(
        select(
            BankVersion.number,
            Assessment.id,
            Assessment.title,
            Assessment.owner_id,
            func.count(Attempt.id).label("attempts"),
        )
        .join(AssessmentSource, AssessmentSource.bank_version_id == BankVersion.id)
        .join(Assessment, Assessment.id == AssessmentSource.assessment_id)
        .outerjoin(
            Attempt, (Attempt.assessment_id == Assessment.id) & Attempt.is_preview.is_(False)
        )
        .where(BankVersion.bank_id == bank_id)
        .group_by(BankVersion.number, Assessment.id, Assessment.title, Assessment.owner_id)
        .order_by(BankVersion.number.desc(), Assessment.id)
    )
    return [Use(row.number, row.id, row.title, row.owner_id, row.attempts) for row in rows]
