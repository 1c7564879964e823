"""Reports of items: a learner's own, the trainers' list, one with what the item did so far."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from app.accounts import queries as accounts
from app.accounts.models import User
from app.assessments.frozen import unpack
from app.assessments.models import Answer, Assessment, Attempt, ItemReport, ItemScore
from app.assessments.queries import rows
from app.assessments.terms import ReportReason, ReportVerdict
from app.banks.models import Bank, BankVersion, BankVersionItem, Item, ItemVersion
from app.domain.items import Chosen, Judged, text_in
from app.kernel.db import session
from app.kernel.errors import NotFoundError

MOST_LINES: Final = 200
MOST_ANSWERS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Reported:
    """What a learner said about one item of her paper, and the answer to it."""

    position: int
    reason: ReportReason
    text: str
    reported_at: datetime
    verdict: ReportVerdict | None
    reply: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One line of the trainers' list, open ones first. `others`: reports of the same item."""

    id: int
    title: str
    bank: str
    item: str
    position: int
    reason: ReportReason
    text: str
    reported_at: datetime
    verdict: ReportVerdict | None
    others: int


@dataclass(frozen=True, slots=True)
class OpenReport:
    """A report with what leads to its paper and its bank; nobody's name."""

    id: int
    attempt_id: int
    position: int
    item_version_id: int
    item: str
    bank: str
    title: str
    said: Reported
    answered_by: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How an item version was answered in attempts that were handed in.

    `options` counts choices by the author's letter, or `true`/`false`; `facility` is the mean
    share over the `scored` ones, None when there is none.
    """

    answered: int
    blank: int
    scored: int
    facility: Fraction | None
    options: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of an item: when it came, with which bank version, by whom (None: command)."""

    version_id: int
    number: int
    bank_number: int
    at: datetime
    by: str | None


def of_attempt(attempt_id: int) -> Mapping[int, Reported]:
    """The learner's reports of one paper, by position. One SELECT."""
    found_rows = session().scalars(select(ItemReport).where(ItemReport.attempt_id == attempt_id))
    return {row.position: _reported(row) for row in found_rows}


def _reported(row: ItemReport) -> Reported:
    return Reported(
        position=row.position,
        reason=ReportReason(row.reason),
        text=row.text,
        reported_at=row.reported_at,
        verdict=None if row.verdict is None else ReportVerdict(row.verdict),
        reply=row.reply,
        answered_at=row.answered_at,
    )


def _within(actor_id: int, scopes: Collection[str]) -> ColumnElement[bool]:
    """Reports from one's own tests, and of items in banks one keeps."""
    allowed: list[ColumnElement[bool]] = [false()]
    if "own_assessment" in scopes:
        allowed.append(rows.owned_by(actor_id))
    if "own" in scopes:
        allowed.append(Bank.owner_id == actor_id)
    if "shared" in scopes:
        allowed.append(Bank.owner_id.is_(None))
    return or_(*allowed)


def _joined(statement: Any) -> Any:
    return (
        statement.join(Attempt, Attempt.id == ItemReport.attempt_id)
        .join(Assessment, Assessment.id == Attempt.assessment_id)
        .join(Item, Item.slug == ItemReport.item_id)
        .join(Bank, Bank.id == Item.bank_id)
    )


def lines(actor_id: int, scopes: Collection[str], lang: str) -> list[ReportLine]:
    """The reports in this actor's scope, open ones first, at most 200. One SELECT."""
    same = ItemReport.__table__.alias("same")
    others = (
        select(func.count() - 1)
        .select_from(same)
        .where(same.c.item_id == ItemReport.item_id)
        .scalar_subquery()
    )
    found = _joined(
        select(
            ItemReport,
            Assessment.title,
            Assessment.title_en,
            Bank.slug.label("bank"),
            others.label("others"),
        )
    )
    found_rows = session().execute(
        found.where(_within(actor_id, scopes))
        .order_by(ItemReport.answered_at.is_not(None), ItemReport.id.desc())
        .limit(MOST_LINES)
    )
    return [
        ReportLine(
            id=row.ItemReport.id,
            title=_title(row, lang),
            bank=row.bank,
            item=row.ItemReport.item_id,
            position=row.ItemReport.position,
            reason=ReportReason(row.ItemReport.reason),
            text=row.ItemReport.text,
            reported_at=row.ItemReport.reported_at,
            verdict=ReportVerdict(row.ItemReport.verdict) if row.ItemReport.verdict else None,
            others=row.others,
        )
        for row in found_rows
    ]


def _title(row: Any, lang: str) -> str:
    return text_in({"zh-CN": row.title, "en": row.title_en or ""}, lang)


def report(report_id: int, actor_id: int, scopes: Collection[str], lang: str) -> OpenReport:
    """One report in this actor's scope. One SELECT. Raises NotFoundError."""
    found = _joined(
        select(
            ItemReport,
            Assessment.title,
            Assessment.title_en,
            Bank.slug.label("bank"),
            User.name.label("by"),
        )
    ).outerjoin(User, User.id == ItemReport.answered_by_id)
    row = (
        session()
        .execute(found.where(ItemReport.id == report_id, _within(actor_id, scopes)))
        .first()
    )
    if row is None:
        raise NotFoundError
    said = row.ItemReport
    return OpenReport(
        id=said.id,
        attempt_id=said.attempt_id,
        position=said.position,
        item_version_id=said.item_version_id,
        item=said.item_id,
        bank=row.bank,
        title=_title(row, lang),
        said=_reported(said),
        answered_by=row.by,
    )


def keepers(owner_id: int | None, item: str) -> list[int]:
    """Who is told of a report: the test's owner, else the bank's, else every trainer."""
    if owner_id is not None:
        return [owner_id]
    bank_owner = session().scalar(
        select(Bank.owner_id).join(Item, Item.bank_id == Bank.id).where(Item.slug == item)
    )
    return accounts.holders("trainer") if bank_owner is None else [bank_owner]


def others(item: str, *, but: int) -> Sequence[Reported]:
    """What others said about the same item, newest first. One SELECT."""
    found_rows = session().scalars(
        select(ItemReport)
        .where(ItemReport.item_id == item, ItemReport.id != but)
        .order_by(ItemReport.id.desc())
        .limit(MOST_LINES)
    )
    return [_reported(row) for row in found_rows]


def tally(item_version_id: int) -> Tally:
    """How this version was answered, over the newest 5,000 that were handed in. One SELECT."""
    found_rows = (
        session()
        .execute(
            select(Answer.body, ItemScore.share)
            .select_from(ItemScore)
            .join(Attempt, Attempt.id == ItemScore.attempt_id)
            .outerjoin(
                Answer,
                and_(
                    Answer.attempt_id == ItemScore.attempt_id,
                    Answer.position == ItemScore.position,
                ),
            )
            .where(
                ItemScore.item_version_id == item_version_id,
                Attempt.is_preview.is_(False),
                Attempt.voided_at.is_(None),
                Attempt.submitted_at.is_not(None),
            )
            .order_by(ItemScore.attempt_id.desc())
            .limit(MOST_ANSWERS)
        )
        .all()
    )
    counts: Counter[str] = Counter()
    blank = 0
    for row in found_rows:
        said = None if row.body is None else unpack(row.body)
        if isinstance(said, Chosen) and said.options:
            counts.update(said.options)
        elif isinstance(said, Judged):
            counts["true" if said.value else "false"] += 1
        elif said is None or isinstance(said, Chosen):
            blank += 1
    shares = [row.share for row in found_rows if row.share is not None]
    mean = sum(shares, Fraction(0)) / len(shares) if shares else None
    return Tally(len(found_rows) - blank, blank, len(shares), mean, counts)


def editions(item: str) -> list[Edition]:
    """The versions of an item, newest first. One SELECT."""
    first = (
        select(
            BankVersionItem.item_version_id,
            func.min(BankVersionItem.bank_version_id).label("bank_version_id"),
        )
        .join(ItemVersion, ItemVersion.id == BankVersionItem.item_version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(Item.slug == item)
        .group_by(BankVersionItem.item_version_id)
        .subquery()
    )
    found_rows = session().execute(
        select(
            ItemVersion.id,
            ItemVersion.number,
            ItemVersion.created_at,
            BankVersion.number.label("bank_number"),
            User.name,
        )
        .join(first, first.c.item_version_id == ItemVersion.id)
        .join(BankVersion, BankVersion.id == first.c.bank_version_id)
        .outerjoin(User, User.id == BankVersion.loaded_by_id)
        .order_by(ItemVersion.number.desc())
    )
    return [
        Edition(row.id, row.number, row.bank_number, row.created_at, row.name) for row in found_rows
    ]
