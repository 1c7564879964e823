"""The working copy of a bank: made, saved, never overwritten unseen."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, update

from app.audit.services import record
from app.banks import queries
from app.banks.checking import Checked, check_text
from app.banks.errors import (
    BankIdError,
    BankIdReservedError,
    BankNotFoundError,
    BankTakenError,
    DraftStaleError,
    DraftTooLargeError,
)
from app.banks.models import Bank, BankDraft, BankVersion
from app.banks.reader import MAX_BYTES
from app.banks.services.images import keep_picture
from app.banks.shape import SLUG
from app.banks.shape_bank import RESERVED
from app.domain.framework import Framework
from app.kernel.db import affected, insert_once, session
from app.kernel.errors import BadInputError

FIRST: Final = 1


def create_bank(
    *,
    source: str,
    owner_id: int | None,
    actor_id: int | None,
    now: datetime,
    images: Mapping[str, bytes] | None = None,
    framework: Framework | None = None,
) -> str:
    """Make a bank that is a working copy alone; gives its slug, the `id` written in the text.

    The text may have errors as long as the id can be read. Without an owner it belongs to the
    group. Raises BankIdError, BankIdReservedError, BankTakenError, PictureError,
    DraftTooLargeError.
    """
    text = storable(source)
    found = queries.read_outline(text)
    if not SLUG.fullmatch(found.id):
        raise BankIdError
    if found.id in RESERVED:
        raise BankIdReservedError(bank=found.id)
    if session().scalar(select(Bank.id).where(Bank.slug == found.id)) is not None:
        raise BankTakenError(bank=found.id)
    values = {"slug": found.id, "owner_id": owner_id, "created_at": now}
    if not insert_once(Bank, values):  # made at this very moment by somebody else
        raise BankTakenError(bank=found.id)
    bank = queries.bank_row(found.id)
    for name, data in (images or {}).items():
        keep_picture(slug=bank.slug, data=data, name=name, actor_id=actor_id, now=now)
    checked = check_text(text, queries.surroundings(bank.id, bank.slug, framework))
    session().add(BankDraft(**_values(bank.id, text, checked, actor_id, now), revision=FIRST))
    session().flush()
    record(
        action="bank.create",
        object_type="bank",
        object_id=bank.slug,
        actor_id=actor_id,
        now=now,
        detail={"items": len(checked.outline.items)},
    )
    return bank.slug


def save_draft(
    *,
    slug: str,
    source: str,
    revision: int,
    actor_id: int,
    now: datetime,
    framework: Framework | None = None,
) -> int:
    """Save the working copy; gives its new revision. A text with errors is saved too.

    `revision` is the one the text was written over; 0 when there was no working copy. Raises
    DraftStaleError when another save came between, BankNotFoundError, DraftTooLargeError.
    """
    text = storable(source)
    bank = take_turn(slug)
    base = newest_number(bank.id)
    kept = session().get(BankDraft, bank.id, populate_existing=True)
    text = _line_ends_like(kept.source if kept else queries.newest_source(bank.id), text)
    checked = check_text(text, queries.surroundings(bank.id, slug, framework))
    values = _values(bank.id, text, checked, actor_id, now)
    if revision == 0:
        done = insert_once(BankDraft, {**values, "revision": FIRST, "base_number": base})
        if not done:
            raise DraftStaleError
        return FIRST
    statement = update(BankDraft).where(
        BankDraft.bank_id == bank.id, BankDraft.revision == revision
    )
    done_rows = session().execute(statement.values(**values, revision=revision + 1))
    if not affected(done_rows):
        raise DraftStaleError
    session().expire_all()
    return revision + 1


def take_turn(slug: str) -> Bank:
    """The bank, held until the transaction ends: who else changes it waits, then sees the change.

    SQLite lets one write at a time anyway. Raises BankNotFoundError.
    """
    held = select(Bank).where(Bank.slug == slug).with_for_update(key_share=True)
    bank = session().scalar(held.execution_options(populate_existing=True))
    if bank is None:
        raise BankNotFoundError(bank=slug)
    return bank


def adopt_version(*, slug: str, number: int, actor_id: int, now: datetime) -> None:
    """Count the newest version as seen: the working copy goes on from it, its text unchanged.

    Raises DraftStaleError when there is a newer version than the one that was shown.
    """
    bank = take_turn(slug)
    draft = session().get(BankDraft, bank.id, populate_existing=True)
    if draft is None or number != newest_number(bank.id):
        raise DraftStaleError
    draft.base_number = number
    session().flush()
    record(
        action="bank.adopt",
        object_type="bank",
        object_id=slug,
        actor_id=actor_id,
        now=now,
        detail={"version": number},
    )


def newest_number(bank_id: int) -> int | None:
    """Number of the newest version that was not withdrawn or sent back."""
    return session().scalar(
        select(func.max(BankVersion.number)).where(
            BankVersion.bank_id == bank_id, BankVersion.closed_at.is_(None)
        )
    )


def storable(source: str) -> str:
    """The text itself. Raises DraftTooLargeError, and BadInputError for what no database keeps."""
    if "\x00" in source or any("\ud800" <= char <= "\udfff" for char in source):
        raise BadInputError
    if len(source.encode()) > MAX_BYTES:
        raise DraftTooLargeError
    return source


def _line_ends_like(old: str | None, text: str) -> str:
    """A browser sends one kind of line end; the author's file keeps its own."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return plain.replace("\n", "\r\n") if old and "\r\n" in old else plain


def _values(
    bank_id: int, text: str, checked: Checked, actor_id: int | None, now: datetime
) -> dict[str, object]:
    return {
        "bank_id": bank_id,
        "source": text,
        "title": json.dumps(dict(checked.outline.title), ensure_ascii=False),
        "items": len(checked.outline.items),
        "errors": checked.errors,
        "warnings": checked.warnings,
        "saved_at": now,
        "saved_by_id": actor_id,
    }
