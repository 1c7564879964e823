"""A learner reports an item of her paper; a trainer answers; the learner is told."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import select

from app.assessments import people
from app.assessments.errors import (
    ReportAnsweredError,
    ReportReplyMissingError,
    ReportTextMissingError,
)
from app.assessments.frozen import thaw
from app.assessments.models import ItemReport
from app.assessments.queries import reported, rows, sheets
from app.assessments.terms import ReportReason, ReportVerdict
from app.audit.services import record
from app.kernel.db import session
from app.kernel.errors import NotFoundError

MOST_CHARS: Final = 1000


def report_item(
    *,
    attempt_id: int,
    person_id: int,
    position: int,
    reason: ReportReason,
    text: str,
    now: datetime,
) -> int:
    """Report an item that the learner may see in review; once per item of a paper.

    A second report of the same item changes nothing and gives the first one's id. Raises
    NotFoundError (not hers, or not to be seen), ReportTextMissingError (`OTHER` without words).
    """
    attempt = rows.attempt_of(attempt_id, person_id)
    if attempt.is_preview or not sheets.sight_of(attempt, now).answers:
        raise NotFoundError
    slots = thaw(attempt.body).slots
    if not 1 <= position <= len(slots):
        raise NotFoundError
    said = text.strip()[:MOST_CHARS]
    if reason is ReportReason.OTHER and not said:
        raise ReportTextMissingError
    earlier = session().scalar(
        select(ItemReport.id).where(
            ItemReport.attempt_id == attempt_id, ItemReport.position == position
        )
    )
    if earlier is not None:
        return earlier
    entry = slots[position - 1].entry
    row = ItemReport(
        attempt_id=attempt_id,
        position=position,
        item_version_id=entry.item_version_id,
        item_id=entry.item_id,
        reason=reason.value,
        text=said,
        reported_at=now,
    )
    session().add(row)
    session().flush()
    people.tell_reported(
        reported.keepers(attempt.owner_id, entry.item_id),
        report_id=row.id,
        title=attempt.titles,
        position=position,
        now=now,
    )
    return row.id


def answer_report(
    *,
    report_id: int,
    actor_id: int,
    scopes: Collection[str],
    verdict: ReportVerdict,
    reply: str,
    now: datetime,
) -> None:
    """Answer a report for good; the learner gets a notice with the reply.

    Raises NotFoundError, ReportReplyMissingError, ReportAnsweredError (somebody was faster).
    """
    found = reported.report(report_id, actor_id, scopes, "zh-CN")
    said = reply.strip()[:MOST_CHARS]
    if not said:
        raise ReportReplyMissingError
    row = session().get_one(ItemReport, report_id, with_for_update=True)
    if row.answered_at is not None:
        raise ReportAnsweredError
    row.verdict, row.reply = verdict.value, said
    row.answered_at, row.answered_by_id = now, actor_id
    session().flush()
    attempt = rows.attempt_any(found.attempt_id)
    people.tell_answered(
        attempt.person_id,
        report_id=report_id,
        attempt_id=found.attempt_id,
        title=attempt.titles,
        position=found.position,
        now=now,
    )
    record(
        action="item_report.answer",
        object_type="item_report",
        object_id=report_id,
        actor_id=actor_id,
        now=now,
        detail={"item": found.item, "bank": found.bank, "verdict": verdict.value},
        reason=said,
    )
