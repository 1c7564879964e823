"""What is kept of imports, for their owner alone."""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import undefer

from app.banks.importing import parcel
from app.banks.models import Bank
from app.domain.imports import FoundBank
from app.imports.choices import Choices, from_json
from app.imports.errors import ImportNotFoundError
from app.imports.models import BankImport
from app.kernel.db import session


@dataclass(frozen=True, slots=True)
class OpenImport:
    """An import that waits to be saved."""

    id: int
    name: str
    items: int
    made_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Import:
    """One import with what was understood. `found` has no pictures: ask `pictures_of`."""

    id: int
    name: str
    sha256: str
    source: bytes
    found: FoundBank
    choices: Choices
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """The same file, or one of the same name, saved earlier as a bank."""

    bank: str
    choices: Choices
    saved_at: datetime
    is_same: bool


def open_imports(person_id: int) -> list[OpenImport]:
    """Imports of a person that are not saved yet, newest first. One SELECT."""
    rows = session().execute(
        select(
            BankImport.id,
            BankImport.name,
            BankImport.items,
            BankImport.made_at,
            BankImport.changed_at,
        )
        .where(BankImport.person_id == person_id, BankImport.saved_at.is_(None))
        .order_by(BankImport.id.desc())
    )
    return [OpenImport(*row) for row in rows]


def import_row(import_id: int, person_id: int, *, is_whole: bool = True) -> BankImport:
    """The row of an import that is not saved yet, to be changed. `is_whole`: with its contents.

    One SELECT. Raises ImportNotFoundError.
    """
    return _row(_whole(import_id, person_id, is_whole=is_whole).with_for_update())


def _whole(import_id: int, person_id: int, *, is_whole: bool = True) -> Select[BankImport]:
    statement = select(BankImport).where(
        BankImport.id == import_id,
        BankImport.person_id == person_id,
        BankImport.saved_at.is_(None),
    )
    if not is_whole:
        return statement
    return statement.options(undefer(BankImport.source), undefer(BankImport.found))


def _row(statement: Select[BankImport]) -> BankImport:
    found = session().scalar(statement)
    if found is None:
        raise ImportNotFoundError
    return found


def open_import(import_id: int, person_id: int) -> Import:
    """An import that is not saved yet. One SELECT. Raises ImportNotFoundError."""
    return of_row(_row(_whole(import_id, person_id)))


def of_row(row: BankImport) -> Import:
    """The values of a row."""
    return Import(
        id=row.id,
        name=row.name,
        sha256=row.sha256,
        source=row.source or b"",
        found=parcel.unpack(zlib.decompress(row.found or b"")),
        choices=from_json(row.choices),
        changed_at=row.changed_at,
    )


def pictures_of(import_id: int) -> dict[str, bytes]:
    """The pictures that came with an import. One SELECT."""
    packed = session().scalar(select(BankImport.pictures).where(BankImport.id == import_id))
    kept: Mapping[str, str] = json.loads(packed) if packed else {}
    return {name: base64.b64decode(data) for name, data in kept.items()}


def known(sha256: str, name: str, person_id: int) -> Known | None:
    """What this person saved of the same file or, failing that, of one of the same name."""
    row = (
        session()
        .execute(
            select(Bank.slug, BankImport.choices, BankImport.saved_at, BankImport.sha256)
            .join(Bank, Bank.id == BankImport.bank_id)
            .where(
                BankImport.person_id == person_id,
                (BankImport.sha256 == sha256)
                | ((BankImport.name == name) & (BankImport.name != "")),
            )
            .order_by((BankImport.sha256 == sha256).desc(), BankImport.id.desc())
            .limit(1)
        )
        .first()
    )
    if row is None or row.saved_at is None:
        return None
    return Known(row.slug, from_json(row.choices), row.saved_at, row.sha256 == sha256)


def was_saved(bank_id: int, text_sha256: str) -> bool:
    """True when just this text was saved into this bank by an import. One SELECT."""
    return (
        session().scalar(
            select(BankImport.id)
            .where(BankImport.bank_id == bank_id, BankImport.text_sha256 == text_sha256)
            .limit(1)
        )
        is not None
    )


def taken_ids(stem: str) -> frozenset[str]:
    """Ids of banks that begin like this. One SELECT."""
    return frozenset(
        session().scalars(select(Bank.slug).where(Bank.slug.startswith(stem, autoescape=True)))
    )
