"""The wall between live papers and practice: an item somebody may still be tested on stays out.

An assessment is live while it is not cancelled, somebody is assigned and it can still be sat: until
its window closes, or, without an end, until everybody assigned has handed in. Whatever offers items
to learners outside a paper (practice, a preview) asks here, and offers only what comes back.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select

from app.assessments import content
from app.assessments.models import Assessment, Assignment, Attempt, PaperForm
from app.assessments.papertext import paper_from
from app.banks.queries import BankSnapshot
from app.domain.papers import Candidate, PaperPlan
from app.kernel.db import session


def live_assessments(now: datetime) -> Sequence[Assessment]:
    """Assessments that can still be sat. One SELECT."""
    handed_in = (
        select(Attempt.id)
        .where(
            Attempt.assignment_id == Assignment.id,
            Attempt.submitted_at.is_not(None),
            Attempt.voided_at.is_(None),
        )
        .correlate(Assignment)
        .exists()
    )
    is_under_way = (
        select(Attempt.id)
        .where(
            Attempt.assessment_id == Assessment.id,
            Attempt.submitted_at.is_(None),
            Attempt.voided_at.is_(None),
            Attempt.is_preview.is_(False),
        )
        .correlate(Assessment)
        .exists()
    )
    mine = and_(
        Assignment.assessment_id == Assessment.id,
        Assignment.is_preview.is_(False),
        Assignment.cancelled_at.is_(None),
    )
    assigned = select(Assignment.id).where(mine).correlate(Assessment).exists()
    waiting = select(Assignment.id).where(mine, ~handed_in).correlate(Assessment).exists()
    longest = (
        select(func.max(Assignment.extra_seconds))
        .where(mine)
        .correlate(Assessment)
        .scalar_subquery()
    )
    rows = session().execute(
        select(Assessment, longest).where(
            or_(
                is_under_way,
                and_(
                    Assessment.cancelled_at.is_(None),
                    or_(and_(Assessment.closes_at.is_not(None), assigned), waiting),
                ),
            )
        )
    )
    return [
        row
        for row, extra in rows
        if row.closes_at is None or now <= row.closes_at + timedelta(seconds=extra or 0)
    ]


def live_items(now: datetime) -> frozenset[str]:
    """Ids of all items that a live assessment has given out or may still draw."""
    found: set[str] = set()
    for assessment in live_assessments(now):
        found |= reach(assessment)
    return frozenset(found)


def for_practice(snapshots: Sequence[BankSnapshot], now: datetime) -> list[Candidate]:
    """The active items of some bank versions that may be practised now."""
    return without_live(content.pool(snapshots), now)


def without_live(candidates: Iterable[Candidate], now: datetime) -> list[Candidate]:
    """Those of the candidates that no live assessment may give out."""
    live = live_items(now)
    return [one for one in candidates if one.item_id not in live]


def reach(assessment: Assessment) -> frozenset[str]:
    """What an assessment can put before somebody."""
    if assessment.forms:
        bodies = session().scalars(
            select(PaperForm.body).where(PaperForm.assessment_id == assessment.id)
        )
        return frozenset(entry.item_id for body in bodies for entry in paper_from(body).entries)
    pool = content.pool(content.pinned_for(assessment.id))
    if assessment.plan is None:
        return frozenset(one.item_id for one in pool)
    plan = PaperPlan.from_json(assessment.plan)
    drawn = {one.item_id for one in pool if any(cell.admits(one) for cell in plan.cells)}
    return frozenset(drawn | set(plan.fixed))
