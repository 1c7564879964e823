"""Forms of an assessment: made once, dealt out evenly, another one for each retake."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, insert, select

from app.assessments import content
from app.assessments.models import Assessment, Assignment, FormSeat, PaperForm
from app.assessments.papertext import as_text, digest_of, paper_from
from app.assessments.queries import exposure
from app.assessments.queries.rows import insert_ignore
from app.domain import forms_parallel, papercode
from app.domain.papers import BankPlan, Candidate, Paper, PaperPlan, shuffled
from app.kernel.db import session


def make(assessment: Assessment, *, seed: str, now: datetime) -> None:
    """Draw and freeze the forms of a new assessment, whose plan is known to be met."""
    snapshots = content.pinned_for(assessment.id)
    plan: BankPlan | PaperPlan
    if assessment.plan is None:
        plan = content.plan_of(snapshots[0])
    else:
        plan = PaperPlan.from_json(assessment.plan)
    pool = content.pool(snapshots)
    facility = expected(pool)
    forms = forms_parallel.parallel(plan, assessment.forms, seed=seed, pool=pool, facility=facility)
    bodies = [as_text(form.paper) for form in forms.forms]
    rows = [
        {
            "assessment_id": assessment.id,
            "number": number,
            "code": papercode.code_for("form", seed, assessment.id, number),
            "body": body,
            "digest": digest_of(body),
            "facility": form.facility,
            "made_at": now,
        }
        for number, (form, body) in enumerate(zip(forms.forms, bodies, strict=True))
    ]
    session().execute(insert(PaperForm), rows)


def expected(pool: Iterable[Candidate]) -> dict[str, float]:
    """The share of points to expect of each item, by item id."""
    known = list(pool)
    measured = exposure.measured([one.item_version_id for one in known])
    return {
        one.item_id: forms_parallel.expected_facility(
            one.difficulty, measured.get(one.item_version_id)
        )
        for one in known
    }


def deal(assessment: Assessment, assignment_ids: Sequence[int]) -> None:
    """Give people without a form one each, so that all forms have as many people as possible."""
    if not assessment.forms or not assignment_ids:
        return
    db = session()
    # Two deals at once would both see the same numbers.
    db.execute(select(Assessment.id).where(Assessment.id == assessment.id).with_for_update())
    seated = set(
        db.scalars(select(FormSeat.assignment_id).where(FormSeat.assignment_id.in_(assignment_ids)))
    )
    counted = db.execute(
        select(PaperForm.id, func.count(FormSeat.assignment_id))
        .outerjoin(FormSeat, FormSeat.form_id == PaperForm.id)
        .where(PaperForm.assessment_id == assessment.id)
        .group_by(PaperForm.id)
    )
    people = {row[0]: row[1] for row in counted}
    rows = []
    waiting = sorted(set(assignment_ids) - seated)
    for assignment_id in shuffled(waiting, seed=f"deal/{assessment.id}/{len(waiting)}"):
        form_id = min(sorted(people), key=lambda one: people[one])
        people[form_id] += 1
        rows.append({"assignment_id": assignment_id, "form_id": form_id})
    if rows:
        db.execute(insert_ignore(FormSeat), rows)


def deal_all(assessment: Assessment) -> None:
    """Deal to everybody assigned who has no form yet."""
    if assessment.forms:
        ids = session().scalars(
            select(Assignment.id).where(
                Assignment.assessment_id == assessment.id, Assignment.is_preview.is_(False)
            )
        )
        deal(assessment, list(ids))


def form_for(assessment: Assessment, assignment: Assignment, number: int) -> PaperForm | None:
    """The form of a person's attempt; None where everybody gets a draw of her own."""
    if not assessment.forms:
        return None
    if not assignment.is_preview:
        deal(assessment, [assignment.id])
    first = session().scalar(
        select(PaperForm.number)
        .join(FormSeat, FormSeat.form_id == PaperForm.id)
        .where(FormSeat.assignment_id == assignment.id)
    )
    return _numbered(assessment.id, ((first or 0) + number - 1) % assessment.forms)


def paper_for_attempt(assessment: Assessment, assignment: Assignment, number: int) -> Paper | None:
    """The paper of `form_for`, None where everybody gets a draw of her own."""
    form = form_for(assessment, assignment, number)
    return None if form is None else paper_from(form.body)


def _numbered(assessment_id: int, number: int) -> PaperForm:
    return (
        session()
        .scalars(
            select(PaperForm).where(
                PaperForm.assessment_id == assessment_id, PaperForm.number == number
            )
        )
        .one()
    )


def as_met(paper: Paper, seen: frozenset[str]) -> Paper:
    """The paper with the number of items this person has not met."""
    return replace(paper, unseen=sum(entry.item_id not in seen for entry in paper.entries))
