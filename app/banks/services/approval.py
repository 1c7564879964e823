"""A working copy becomes a version when it is submitted, and is served once another approves it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select

from app.accounts import queries as accounts
from app.accounts.services import notify, titled
from app.audit.services import record
from app.banks import codec, queries
from app.banks.checking import check_text
from app.banks.errors import (
    DraftStaleError,
    NoReasonError,
    NothingNewError,
    NotReadyError,
    NotWaitingError,
    OverTakenError,
    SamePersonError,
)
from app.banks.models import Bank, BankDraft, BankVersion, Closed
from app.banks.services.drafts import newest_number, take_turn
from app.banks.services.versions import FromDraft, close_waiting, import_draft, publish
from app.domain.framework import Framework
from app.kernel.db import session

MAX_REASON: Final = 500


def submit_for_approval(
    *,
    slug: str,
    revision: int,
    reason: str,
    actor_id: int,
    now: datetime,
    framework: Framework | None = None,
) -> int:
    """Make the working copy a version that waits for a second person; gives its number.

    What waited before is replaced. Raises DraftStaleError, OverTakenError, NothingNewError,
    NotReadyError, NoReasonError, and what import_bank raises.
    """
    why = _said(reason)
    bank = take_turn(slug)
    draft = session().get(BankDraft, bank.id, populate_existing=True)
    if draft is None or draft.revision != revision:
        raise DraftStaleError
    newest = newest_number(bank.id)
    if newest is not None and newest > (draft.base_number or 0):
        raise OverTakenError(number=newest)
    if newest is not None and draft.source == queries.newest_source(bank.id):
        raise NothingNewError(number=newest)
    checked = check_text(draft.source, queries.surroundings(bank.id, slug, framework))
    if checked.errors or checked.loaded.bank is None:
        raise NotReadyError(n=max(1, checked.errors))
    close_waiting(bank.id, how=Closed.REPLACED, actor_id=actor_id, now=now)
    draft_made = FromDraft(queries.picture_rows(bank.id), why)
    report = import_draft(checked.loaded, draft_made, actor_id=actor_id, now=now)
    if not report.is_new or report.version_id is None:
        raise NothingNewError(number=report.number)
    version = session().get_one(BankVersion, report.version_id)
    version.submitted_at, version.edited_by_id = now, draft.saved_by_id
    draft.base_number = version.number
    session().flush()
    _tell(approvers(version), "bank_waiting", bank, version, now)
    _note("bank.submit", bank, version, actor_id, now, why)
    return version.number


def approvers(version: BankVersion) -> list[int]:
    """Who may approve it: the other trainers, and when there is none, the administrators."""
    return possible_approvers({version.loaded_by_id, version.edited_by_id})


def possible_approvers(authors: Collection[int | None]) -> list[int]:
    """Who may approve what these people wrote; nobody only where there is nobody else."""
    for role in ("trainer", "admin"):
        if others := [one for one in accounts.holders(role) if one not in authors]:
            return others
    return []


def approve(*, slug: str, number: int, actor_id: int, now: datetime) -> None:
    """Publish a waiting version. Raises SamePersonError for whoever made it, NotWaitingError."""
    bank, version = _waiting(slug, number)
    if actor_id in {version.loaded_by_id, version.edited_by_id}:
        raise SamePersonError
    publish(bank_version_id=version.id, actor_id=actor_id, now=now, reason=version.reason)
    _tell(_authors(version), "bank_approved", bank, version, now)


def send_back(*, slug: str, number: int, reason: str, actor_id: int, now: datetime) -> None:
    """Decline a waiting version and say why. Raises NoReasonError, SamePersonError."""
    why = _said(reason)
    bank, version = _waiting(slug, number)
    if actor_id in {version.loaded_by_id, version.edited_by_id}:
        raise SamePersonError
    close_waiting(bank.id, how=Closed.SENT_BACK, actor_id=actor_id, now=now, reason=why)
    _tell(_authors(version), "bank_sent_back", bank, version, now)
    _note("bank.send_back", bank, version, actor_id, now, why)


def withdraw(*, slug: str, number: int, actor_id: int, now: datetime) -> None:
    """Take a waiting version back; the working copy stays as it is. Raises NotWaitingError."""
    bank, version = _waiting(slug, number)
    close_waiting(bank.id, how=Closed.WITHDRAWN, actor_id=actor_id, now=now)
    _note("bank.withdraw", bank, version, actor_id, now, "")


def _said(reason: str) -> str:
    words = " ".join(reason.split())[:MAX_REASON]
    if not words:
        raise NoReasonError
    return words


def _waiting(slug: str, number: int) -> tuple[Bank, BankVersion]:
    bank = take_turn(slug)
    wanted = select(BankVersion).where(BankVersion.bank_id == bank.id, BankVersion.number == number)
    version = session().scalar(wanted.execution_options(populate_existing=True))
    is_open = version is not None and version.submitted_at is not None
    if version is None or not is_open or version.published_at or version.closed_at:
        raise NotWaitingError
    return bank, version


def _authors(version: BankVersion) -> list[int]:
    found = dict.fromkeys([version.loaded_by_id, version.edited_by_id])
    return [one for one in found if one is not None]


def _tell(
    people: Sequence[int], kind: str, bank: Bank, version: BankVersion, now: datetime
) -> None:
    """One notice each."""
    page = "approval" if kind == "bank_waiting" else "history"
    url = f"/banks/{bank.slug}/{page}"
    for person_id in people:
        notify(
            user_id=person_id,
            kind=kind,
            key=f"{kind}:{version.id}",
            params=titled(codec.read_title(version.header)) | {"number": str(version.number)},
            url=f"{url}/{version.number}" if kind == "bank_waiting" else url,
            now=now,
        )


def _note(
    action: str, bank: Bank, version: BankVersion, actor_id: int, now: datetime, reason: str
) -> None:
    record(
        action=action,
        object_type="bank",
        object_id=bank.slug,
        actor_id=actor_id,
        now=now,
        detail={"version": version.number},
        reason=reason,
    )
