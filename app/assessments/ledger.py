"""How a released attempt becomes rows of the evidence ledger."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

from app.assessments.frozen import Frozen
from app.assessments.queries.rows import AttemptRow
from app.competency import queries, services
from app.competency.services import NewEvidence, Source
from app.domain import scoring
from app.domain.competency import ItemShare, tally
from app.domain.framework import EvidenceKind
from app.kernel.clock import organisation_day


def record(
    attempt: AttemptRow,
    frozen: Frozen,
    shares: Mapping[int, Fraction | None],
    *,
    submitted_at: datetime,
    passed: bool,
    is_first: bool,
    now: datetime,
) -> None:
    """One row per competency; after a changed score the rows supersede the earlier ones.

    r and n count items of every type with weight 1 whatever their points, and those whose key was
    seen with the framework's smaller weight (spec/03). Nothing before a framework is loaded.
    `is_first`: this attempt was never released before.
    """
    today = organisation_day(now)
    ground = queries.ground_of(attempt.person_id, today)
    if ground is None or not attempt.maximum:
        return
    line = scoring.line(attempt.pass_mark, attempt.maximum)
    items = [
        ItemShare(slot.competencies, shares[slot.position] or Fraction(0), slot.key_seen)
        for slot in frozen.slots
    ]
    entries = [
        NewEvidence(
            competency=slug,
            kind=EvidenceKind.TEST,
            pass_mark=100 * line / attempt.maximum,
            items=found.items,
            right=found.right,
            has_passed=passed,
            label=attempt.title,
        )
        for slug, found in tally(items, ground.current.framework.formula).items()
    ]
    services.record_evidence(
        person_id=attempt.person_id,
        source=_source(attempt),
        happened_on=organisation_day(submitted_at),
        entries=entries,
        now=now,
        today=today,
        ground=ground,
        is_first=is_first,
    )


def withdraw(attempt: AttemptRow, *, now: datetime) -> None:
    """A void attempt is no evidence."""
    services.withdraw_evidence(
        person_id=attempt.person_id,
        source=_source(attempt),
        happened_on=organisation_day(attempt.submitted_at or now),
        now=now,
        today=organisation_day(now),
    )


def _source(attempt: AttemptRow) -> Source:
    return Source("attempt", str(attempt.id))
