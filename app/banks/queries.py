"""Read banks and items. Each function says what it costs."""

import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, false, func, or_, select, true
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.banks import codec
from app.banks.errors import BankNotFoundError
from app.banks.models import Bank, BankVersion, BankVersionItem, Item, ItemImage, ItemVersion
from app.domain import items as domain
from app.kernel.db import session

MAX_KEPT: Final = 128


@dataclass(frozen=True, slots=True)
class BankSnapshot:
    """A bank version as the rules see it. `id` is that of the version.

    `version_ids` maps the id of an item in the file to the id of its version. `token` is unlike any
    other in any database: what was made from this version may be kept in memory by it.
    """

    id: int
    bank_id: int
    number: int
    bank: domain.Bank
    version_ids: Mapping[str, int]
    owner_id: int | None
    published_at: datetime | None
    token: str = ""


@dataclass(frozen=True, slots=True)
class BankRow:
    """One line of the list of banks: the newest version."""

    id: int
    slug: str
    title: domain.Text
    items: int
    number: int
    published_number: int | None
    warnings: int
    loaded_at: datetime
    owner_id: int | None
    owner: str | None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One line of a bank's history, newest first. Names are None for the command line."""

    id: int
    number: int
    items: int
    warnings: int
    loaded_at: datetime
    loaded_by: str | None
    published_at: datetime | None
    published_by: str | None


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of an item."""

    sha256: str
    mime: str
    data: bytes


class _Kept:
    """Bank versions never change, so they are read once per process."""

    def __init__(self) -> None:
        self._banks: OrderedDict[str, tuple[domain.Bank, Mapping[str, int]]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, token: str) -> tuple[domain.Bank, Mapping[str, int]] | None:
        with self._lock:
            if token in self._banks:
                self._banks.move_to_end(token)
            return self._banks.get(token)

    def put(self, token: str, found: tuple[domain.Bank, Mapping[str, int]]) -> None:
        with self._lock:
            self._banks[token] = found
            while len(self._banks) > MAX_KEPT:
                self._banks.popitem(last=False)


_kept: Final = _Kept()

_Head = Select[int, int, int, str, str, str, int | None, datetime | None]


def bank_version(version_id: int) -> BankSnapshot:
    """One bank version. One SELECT, two on the first time. Raises BankNotFoundError."""
    found = _snapshot(_ONE, version_id=version_id)
    if found is None:
        raise BankNotFoundError(bank=version_id)
    return found


def bank_versions(which: _Head, **params: object) -> tuple[BankSnapshot, ...]:
    """The bank versions of a `versions_select`. One SELECT, one more for each read first."""
    return tuple(map(_of_row, session().execute(which, params).all()))


def published_bank(slug: str) -> BankSnapshot | None:
    """The newest published version of the bank with this id in its file. Costs as bank_version."""
    newest = BankVersion.number.desc()
    return _snapshot(
        _head()
        .where(Bank.slug == slug, BankVersion.published_at.is_not(None))
        .order_by(newest)
        .limit(1)
    )


def latest_bank(slug: str) -> BankSnapshot | None:
    """The newest version, published or not. Costs as bank_version."""
    return _snapshot(_head().where(Bank.slug == slug).order_by(BankVersion.number.desc()).limit(1))


def _head() -> _Head:
    return select(
        BankVersion.id,
        BankVersion.bank_id,
        BankVersion.number,
        BankVersion.token,
        BankVersion.header,
        Bank.slug,
        Bank.owner_id,
        BankVersion.published_at,
    ).join(Bank, Bank.id == BankVersion.bank_id)


def versions_select(ids: Select[int]) -> _Head:
    """The bank versions with these ids, by the bank's name. To be built once."""
    return _head().where(BankVersion.id.in_(ids)).order_by(Bank.slug)


_ONE: Final = _head().where(BankVersion.id == bindparam("version_id"))


def _snapshot(statement: _Head, **params: object) -> BankSnapshot | None:
    row = session().execute(statement, params).first()
    return None if row is None else _of_row(row)


def _of_row(row: Any) -> BankSnapshot:
    kept = _kept.get(row.token)
    if kept is None:
        kept = _read(row.id, row.slug, row.header)
        _kept.put(row.token, kept)
    bank, version_ids = kept
    return BankSnapshot(
        row.id,
        row.bank_id,
        row.number,
        bank,
        version_ids,
        row.owner_id,
        row.published_at,
        row.token,
    )


def _read(version_id: int, slug: str, header: str) -> tuple[domain.Bank, Mapping[str, int]]:
    rows = session().execute(
        select(
            BankVersionItem.section,
            BankVersionItem.meta,
            ItemVersion.id,
            ItemVersion.body,
            Item.slug,
        )
        .join(ItemVersion, ItemVersion.id == BankVersionItem.item_version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(BankVersionItem.bank_version_id == version_id)
        .order_by(BankVersionItem.section, BankVersionItem.position)
    )
    sections: dict[int, list[domain.Item]] = {}
    version_ids: dict[str, int] = {}
    for row in rows:
        sections.setdefault(row.section, []).append(codec.read_item(row.slug, row.body, row.meta))
        version_ids[row.slug] = row.id
    return codec.read_bank(slug, header, list(sections.values())), version_ids


def item_versions(version_ids: Collection[int]) -> dict[int, domain.Item]:
    """Items by version id, with keys; explanation and tags as the newest bank version has them.

    One SELECT. Ids that do not exist are left out.
    """
    newest = (
        select(
            BankVersionItem.item_version_id,
            func.max(BankVersionItem.bank_version_id).label("bank_version_id"),
        )
        .where(BankVersionItem.item_version_id.in_(version_ids))
        .group_by(BankVersionItem.item_version_id)
        .subquery()
    )
    rows = session().execute(
        select(ItemVersion.id, ItemVersion.body, BankVersionItem.meta, Item.slug)
        .join(Item, Item.id == ItemVersion.item_id)
        .join(newest, newest.c.item_version_id == ItemVersion.id)
        .join(
            BankVersionItem,
            (BankVersionItem.item_version_id == newest.c.item_version_id)
            & (BankVersionItem.bank_version_id == newest.c.bank_version_id),
        )
    )
    return {row.id: codec.read_item(row.slug, row.body, row.meta) for row in rows}


def item_image(item_version_id: int) -> Picture | None:
    """The image of an item version. One SELECT."""
    row = (
        session()
        .execute(
            select(ItemImage.sha256, ItemImage.mime, ItemImage.data)
            .join(ItemVersion, ItemVersion.image_sha256 == ItemImage.sha256)
            .where(ItemVersion.id == item_version_id)
        )
        .first()
    )
    return None if row is None else Picture(row.sha256, row.mime, row.data)


def source_of(slug: str, *, number: int | None = None) -> bytes:
    """The file of a bank as its author wrote it; the newest version unless `number` says.

    One SELECT. Raises BankNotFoundError.
    """
    statement = (
        select(BankVersion.source)
        .join(Bank, Bank.id == BankVersion.bank_id)
        .where(Bank.slug == slug)
        .order_by(BankVersion.number.desc())
        .limit(1)
    )
    if number is not None:
        statement = statement.where(BankVersion.number == number)
    source = session().scalar(statement)
    if source is None:
        raise BankNotFoundError(bank=slug)
    return source.encode()


# ---------------------------------------------------------------- pages


def bank_rows(actor_id: int, scopes: Collection[str]) -> list[BankRow]:
    """Banks in this actor's scope, by id. One SELECT.

    `scopes` are words of the policy: `own`, `shared`, `all`.
    """
    newest = (
        select(
            BankVersion.bank_id,
            func.max(BankVersion.number).label("number"),
            func.max(BankVersion.number)
            .filter(BankVersion.published_at.is_not(None))
            .label("published"),
        )
        .group_by(BankVersion.bank_id)
        .subquery()
    )
    rows = session().execute(
        select(
            Bank.id,
            Bank.slug,
            Bank.owner_id,
            BankVersion.header,
            BankVersion.items,
            BankVersion.number,
            BankVersion.warnings,
            BankVersion.loaded_at,
            newest.c.published,
            User.name.label("owner"),
        )
        .join(newest, newest.c.bank_id == Bank.id)
        .join(
            BankVersion,
            (BankVersion.bank_id == Bank.id) & (BankVersion.number == newest.c.number),
        )
        .outerjoin(User, User.id == Bank.owner_id)
        .where(_within(actor_id, scopes))
        .order_by(Bank.slug)
    )
    return [
        BankRow(
            id=row.id,
            slug=row.slug,
            title=codec.read_title(row.header),
            items=row.items,
            number=row.number,
            published_number=row.published,
            warnings=row.warnings,
            loaded_at=row.loaded_at,
            owner_id=row.owner_id,
            owner=row.owner,
        )
        for row in rows
    ]


def bank_titles(slugs: Collection[str]) -> dict[str, domain.Text]:
    """Titles of the newest versions, by bank id. One SELECT."""
    newest = (
        select(BankVersion.bank_id, func.max(BankVersion.number).label("number"))
        .group_by(BankVersion.bank_id)
        .subquery()
    )
    rows = session().execute(
        select(Bank.slug, BankVersion.header)
        .join(BankVersion, BankVersion.bank_id == Bank.id)
        .join(
            newest,
            (newest.c.bank_id == Bank.id) & (newest.c.number == BankVersion.number),
        )
        .where(Bank.slug.in_(slugs))
    )
    return {row.slug: codec.read_title(row.header) for row in rows}


def _within(actor_id: int, scopes: Collection[str]) -> ColumnElement[bool]:
    if "all" in scopes:
        return true()
    allowed: list[ColumnElement[bool]] = [false()]
    if "own" in scopes:
        allowed.append(Bank.owner_id == actor_id)
    if "shared" in scopes:
        allowed.append(Bank.owner_id.is_(None))
    return or_(*allowed)


def visible_bank(slug: str, actor_id: int, scopes: Collection[str]) -> BankSnapshot:
    """The newest version of a bank in this actor's scope. Raises BankNotFoundError."""
    found = _snapshot(
        _head()
        .where(Bank.slug == slug, _within(actor_id, scopes))
        .order_by(BankVersion.number.desc())
        .limit(1)
    )
    if found is None:
        raise BankNotFoundError(bank=slug)
    return found


def versions(bank_id: int) -> list[VersionRow]:
    """A bank's versions, newest first. One SELECT."""
    loader, publisher = aliased(User), aliased(User)
    rows = session().execute(
        select(
            BankVersion.id,
            BankVersion.number,
            BankVersion.items,
            BankVersion.warnings,
            BankVersion.loaded_at,
            loader.name.label("loaded_by"),
            BankVersion.published_at,
            publisher.name.label("published_by"),
        )
        .outerjoin(loader, loader.id == BankVersion.loaded_by_id)
        .outerjoin(publisher, publisher.id == BankVersion.published_by_id)
        .where(BankVersion.bank_id == bank_id)
        .order_by(BankVersion.number.desc())
    )
    return [VersionRow(*row) for row in rows]


def item_numbers(bank_version_id: int) -> dict[str, int]:
    """Item id in the file -> number of its version. One SELECT."""
    rows = session().execute(
        select(Item.slug, ItemVersion.number)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .join(BankVersionItem, BankVersionItem.item_version_id == ItemVersion.id)
        .where(BankVersionItem.bank_version_id == bank_version_id)
    )
    return {row.slug: row.number for row in rows}
