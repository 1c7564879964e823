"""Keeps an import until it is a bank, with every choice as it is made."""

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select

from app.audit.services import record
from app.banks import queries as banks
from app.banks import services as bank_services
from app.banks.errors import BankNotFoundError, PictureError
from app.banks.importing import parcel
from app.banks.shape_bank import IMAGE
from app.banks.writer import is_draft, to_yaml
from app.domain.imports import FoundBank, FoundItem, Note
from app.imports import queries
from app.imports.choices import OWN, Choices, Sent, decided, from_json, one_line, read_form, to_json
from app.imports.errors import NothingToImportError
from app.imports.models import BankImport
from app.kernel.db import session

KEEP_DAYS: Final = 7
MAX_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of saving. `is_new`: a bank was made; else one was changed, or nothing.

    `revision` is set when a bank of this id says something else and nobody has agreed to change it:
    the revision of its working copy, `source` the text that would be saved over it.
    """

    bank: str
    is_new: bool = False
    is_changed: bool = False
    revision: int | None = None
    source: str = ""

    @property
    def asks(self) -> bool:
        """The trainer has to agree first."""
        return self.revision is not None


def begin(
    *, person_id: int, name: str, data: bytes, found: FoundBank, now: datetime
) -> tuple[int, bool]:
    """Keep a file that was understood; gives its id, and whether it was there already.

    The same file is kept once while it waits. The choices of an earlier import of it are taken
    over; a file of the same name is suggested for the same bank.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    waiting = session().scalar(
        select(BankImport.id).where(
            BankImport.person_id == person_id,
            BankImport.sha256 == sha256,
            BankImport.saved_at.is_(None),
        )
    )
    if waiting is not None:
        return waiting, True
    clean = usable(found)
    plain = replace(clean, images={})
    row = BankImport(
        person_id=person_id,
        name=one_line(name)[:MAX_NAME],
        sha256=sha256,
        source=data,
        found=zlib.compress(parcel.pack(plain)),
        pictures=_packed(clean) if clean.images else None,
        choices="",
        items=len(clean.items),
        made_at=now,
        changed_at=now,
    )
    row.choices = to_json(_first_choices(row, clean, now))
    session().add(row)
    session().flush()
    return row.id, False


def _first_choices(row: BankImport, found: FoundBank, now: datetime) -> Choices:
    earlier = queries.known(row.sha256, row.name, row.person_id)
    if earlier is not None and earlier.is_same:
        return earlier.choices
    title = (found.title or {}).get(found.lang) or next(iter((found.title or {}).values()), "")
    if earlier is not None:
        return Choices(title=title, bank_id=earlier.bank, owner=earlier.choices.owner)
    return Choices(title=title[:200], bank_id=_free_id(now), owner=OWN)


def _free_id(now: datetime) -> str:
    """A bank id nobody uses: titles are mostly Chinese, and an id is not."""
    stem = f"bank-{now:%y%m%d}"
    taken = queries.taken_ids(stem)
    number = 1
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


def usable(found: FoundBank) -> FoundBank:
    """The bank without pictures that no bank can keep; each one is said at its item."""
    kept: dict[str, bytes] = {}
    for name, data in found.images.items():
        try:
            if IMAGE.fullmatch(name):
                kept[name] = bank_services.check_picture(data).data
        except PictureError:
            continue
    notes: list[Note] = []
    index = 0
    sections = []
    for section in found.sections:
        items: list[FoundItem] = []
        for item in section.items:
            if item.image is not None and item.image not in kept:
                notes.append(Note("W610", item.place, {"names": item.image}, index))
                item = replace(item, image=None)  # noqa: PLW2901
            items.append(item)
            index += 1
        sections.append(replace(section, items=tuple(items)))
    wanted = {item.image for section in sections for item in section.items}
    return replace(
        found,
        sections=tuple(sections),
        notes=(*found.notes, *notes),
        images={name: data for name, data in kept.items() if name in wanted},
    )


def _packed(found: FoundBank) -> bytes:
    return json.dumps(
        {name: base64.b64encode(data).decode() for name, data in found.images.items()}
    ).encode()


def keep_choices(*, kept: queries.Import, person_id: int, sent: Sent, now: datetime) -> None:
    """Take over what a form says about an import that was read before the turn to write.

    Choices of another window that came in between stay. Raises ImportNotFoundError.
    """
    row = queries.import_row(kept.id, person_id, is_whole=False)
    choices = to_json(read_form(sent, kept.found, from_json(row.choices)))
    if choices != row.choices:
        row.choices, row.changed_at = choices, now
        session().flush()


def save(
    *, import_id: int, person_id: int, over: int | None, scopes: frozenset[str], now: datetime
) -> Outcome:
    """Make a bank of it, or change the one of this id when `over` is its revision.

    The same text changes nothing. Raises ImportNotFoundError, NothingToImportError, BankIdError,
    BankTakenError (a bank the person cannot see), DraftStaleError (saved by somebody in between).
    """
    row = queries.import_row(import_id, person_id)
    kept = queries.of_row(row)
    ready = decided(kept.found, kept.choices).bank
    if not ready.items:
        raise NothingToImportError
    slug = kept.choices.bank_id
    text = to_yaml(ready, bank_id=slug, title=kept.choices.title or slug)
    digest = hashlib.sha256(text.encode()).hexdigest()
    pictures = {
        name: data
        for name, data in queries.pictures_of(row.id).items()
        if name in {item.image for item in ready.items}
    }
    with session().begin_nested():  # all of a bank or nothing, also when the choices are kept
        outcome = _into_bank(kept, text, digest, pictures, over, person_id, scopes, now)
    if outcome.asks:
        return outcome
    _close(row, digest, banks.bank_row(slug).id, now)
    if outcome.is_new or outcome.is_changed:
        _record(ready, row, slug, person_id, now)
    return outcome


def _into_bank(
    kept: queries.Import,
    text: str,
    digest: str,
    pictures: Mapping[str, bytes],
    over: int | None,
    person_id: int,
    scopes: frozenset[str],
    now: datetime,
) -> Outcome:
    slug = kept.choices.bank_id
    there = _there(slug, person_id, scopes)
    if there is None:
        bank_services.create_bank(
            source=text,
            owner_id=person_id if kept.choices.owner == OWN else None,
            actor_id=person_id,
            now=now,
            images=pictures,
        )
        return Outcome(slug, is_new=True)
    if there.source == text or queries.was_saved(there.bank_id, digest):
        return Outcome(slug)
    if over != there.revision:
        return Outcome(slug, revision=there.revision, source=text)
    for name, data in pictures.items():
        bank_services.keep_picture(slug=slug, data=data, name=name, actor_id=person_id, now=now)
    bank_services.save_draft(
        slug=slug, source=text, revision=there.revision, actor_id=person_id, now=now
    )
    return Outcome(slug, is_changed=True)


def _there(slug: str, person_id: int, scopes: frozenset[str]) -> banks.DraftRow | None:
    try:
        return banks.working_copy(slug, person_id, scopes)
    except BankNotFoundError:
        return None


def _close(row: BankImport, digest: str, bank_id: int, now: datetime) -> None:
    row.saved_at, row.bank_id, row.text_sha256 = now, bank_id, digest
    row.source = row.found = row.pictures = None
    session().flush()


def _record(ready: FoundBank, row: BankImport, slug: str, person_id: int, now: datetime) -> None:
    drafts = sum(is_draft(item, section) for section in ready.sections for item in section.items)
    record(
        action="bank.import",
        object_type="bank",
        object_id=slug,
        actor_id=person_id,
        now=now,
        detail={"items": len(ready.items), "drafts": drafts, "file": row.sha256[:12]},
    )


def discard(*, import_id: int, person_id: int) -> None:
    """Forget an import that is not saved. Raises ImportNotFoundError."""
    session().delete(queries.import_row(import_id, person_id))
    session().flush()


def forget_old(*, now: datetime) -> int:
    """Delete what nobody saved in KEEP_DAYS days; gives how many."""
    old = delete(BankImport).where(
        BankImport.saved_at.is_(None), BankImport.changed_at < now - timedelta(days=KEEP_DAYS)
    )
    result = session().execute(old)
    return int(getattr(result, "rowcount", 0))
