"""Read banks and items. Each function says what it costs."""

import json
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
from app.banks.checking import Surroundings
from app.banks.errors import BankNotFoundError
from app.banks.models import (
    Bank,
    BankDraft,
    BankImage,
    BankVersion,
    BankVersionItem,
    Item,
    ItemImage,
    ItemVersion,
)
from app.banks.outline import Outline, outline
from app.domain import items as domain
from app.domain.framework import Framework
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
    """One line of the list of banks: the newest version, or the working copy where there is none.

    `number` 0: no version yet. `draft` is what its working copy holds that no version does.
    """

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
    is_waiting: bool = False
    has_draft: bool = False
    errors: int = 0


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
    reason: str
    submitted_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    closed_as: str | None
    closed_reason: str

    @property
    def is_waiting(self) -> bool:
        """It waits for a second person."""
        return self.submitted_at is not None and not (self.published_at or self.closed_at)


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A working copy. `revision` 0: there is none yet, `source` is that of the newest version.

    `newest` is the number of the newest version that was not closed, None without any;
    `has_changes`: the text differs from that version's.
    """

    bank_id: int
    slug: str
    source: str
    revision: int
    base_number: int | None
    newest: int | None
    has_changes: bool
    saved_at: datetime | None
    saved_by: str | None
    saved_by_id: int | None
    owner_id: int | None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A version that waits for approval."""

    bank_id: int
    slug: str
    number: int
    title: domain.Text
    reason: str
    submitted_at: datetime
    loaded_by_id: int | None
    edited_by_id: int | None
    loaded_by: str | None
    edited_by: str | None

    @property
    def authors(self) -> set[int | None]:
        """Who wrote or submitted it, and so may not approve it."""
        return {self.loaded_by_id, self.edited_by_id}


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
    """The newest version that was not sent back, published or not. Costs as bank_version."""
    return _snapshot(
        _head()
        .where(Bank.slug == slug, BankVersion.closed_at.is_(None))
        .order_by(BankVersion.number.desc())
        .limit(1)
    )


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


def tokens_select(ids: Select[int]) -> Select[str | None]:
    """The tokens of the bank versions with these ids in one text, for use in another statement."""
    return select(func.aggregate_strings(BankVersion.token, ",")).where(BankVersion.id.in_(ids))


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
    """Items by version id, with keys; explanation and tags as the newest published version of a
    bank has them, or where there is none the newest.

    One SELECT. Ids that do not exist are left out.
    """
    of_version = BankVersionItem.bank_version_id
    published = func.max(of_version).filter(BankVersion.published_at.is_not(None))
    newest = (
        select(
            BankVersionItem.item_version_id,
            func.coalesce(published, func.max(of_version)).label("bank_version_id"),
        )
        .join(BankVersion, BankVersion.id == of_version)
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
    else:
        statement = statement.where(BankVersion.closed_at.is_(None))
    source = session().scalar(statement)
    if source is None:
        raise BankNotFoundError(bank=slug)
    return source.encode()


# ---------------------------------------------------------------- pages


def bank_rows(actor_id: int, scopes: Collection[str]) -> list[BankRow]:
    """Banks in this actor's scope, by id. One SELECT.

    `scopes` are words of the policy: `own`, `shared`, `all`.
    """
    open_ = BankVersion.closed_at.is_(None)
    newest = (
        select(
            BankVersion.bank_id,
            func.max(BankVersion.number).filter(open_).label("number"),
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
            BankVersion.submitted_at,
            BankVersion.published_at,
            newest.c.published,
            User.name.label("owner"),
            BankDraft.title.label("draft_title"),
            BankDraft.items.label("draft_items"),
            BankDraft.errors.label("draft_errors"),
            BankDraft.warnings.label("draft_warnings"),
            BankDraft.saved_at,
            (BankDraft.source != BankVersion.source).label("differs"),
        )
        .outerjoin(newest, newest.c.bank_id == Bank.id)
        .outerjoin(
            BankVersion,
            (BankVersion.bank_id == Bank.id) & (BankVersion.number == newest.c.number),
        )
        .outerjoin(BankDraft, BankDraft.bank_id == Bank.id)
        .outerjoin(User, User.id == Bank.owner_id)
        .where(
            _within(actor_id, scopes),
            or_(BankVersion.id.is_not(None), BankDraft.bank_id.is_not(None)),
        )
        .order_by(Bank.slug)
    )
    return [_bank_row(row) for row in rows]


def _bank_row(row: Any) -> BankRow:
    is_new = row.number is None
    return BankRow(
        id=row.id,
        slug=row.slug,
        title=_draft_title(row.draft_title, row.slug) if is_new else codec.read_title(row.header),
        items=row.draft_items if is_new else row.items,
        number=row.number or 0,
        published_number=row.published,
        warnings=row.draft_warnings if is_new else row.warnings,
        loaded_at=row.saved_at if is_new else row.loaded_at,
        owner_id=row.owner_id,
        owner=row.owner,
        is_waiting=row.submitted_at is not None and row.published_at is None,
        has_draft=row.saved_at is not None and (is_new or bool(row.differs)),
        errors=row.draft_errors or 0,
    )


def _draft_title(title: str, slug: str) -> domain.Text:
    return json.loads(title) or {domain.DEFAULT_LANG: slug}


def bank_titles(slugs: Collection[str]) -> dict[str, domain.Text]:
    """Titles of the newest versions, by bank id. One SELECT."""
    newest = (
        select(BankVersion.bank_id, func.max(BankVersion.number).label("number"))
        .where(BankVersion.closed_at.is_(None))
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


def is_within(owner_id: int | None, actor_id: int, scopes: Collection[str]) -> bool:
    """Whether a bank of that owner is in this actor's scope."""
    own = "own" in scopes and owner_id == actor_id
    return own or "all" in scopes or ("shared" in scopes and owner_id is None)


def visible_bank(slug: str, actor_id: int, scopes: Collection[str]) -> BankSnapshot:
    """The newest version of a bank in this actor's scope. Raises BankNotFoundError."""
    found = _snapshot(
        _head()
        .where(Bank.slug == slug, _within(actor_id, scopes), BankVersion.closed_at.is_(None))
        .order_by(BankVersion.number.desc())
        .limit(1)
    )
    if found is None:
        raise BankNotFoundError(bank=slug)
    return found


def versions(bank_id: int) -> list[VersionRow]:
    """A bank's versions, newest first. One SELECT."""
    loader, publisher, closer = aliased(User), aliased(User), aliased(User)
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
            BankVersion.reason,
            BankVersion.submitted_at,
            BankVersion.closed_at,
            closer.name.label("closed_by"),
            BankVersion.closed_as,
            BankVersion.closed_reason,
        )
        .outerjoin(closer, closer.id == BankVersion.closed_by_id)
        .outerjoin(loader, loader.id == BankVersion.loaded_by_id)
        .outerjoin(publisher, publisher.id == BankVersion.published_by_id)
        .where(BankVersion.bank_id == bank_id)
        .order_by(BankVersion.number.desc())
    )
    return [VersionRow(*tuple(row)) for row in rows]


def item_numbers(bank_version_id: int) -> dict[str, int]:
    """Item id in the file -> number of its version. One SELECT."""
    rows = session().execute(
        select(Item.slug, ItemVersion.number)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .join(BankVersionItem, BankVersionItem.item_version_id == ItemVersion.id)
        .where(BankVersionItem.bank_version_id == bank_version_id)
    )
    return {row.slug: row.number for row in rows}


# ---------------------------------------------------------------- the working copy


def bank_row(slug: str) -> Bank:
    """The row of a bank. One SELECT. Raises BankNotFoundError."""
    found = session().scalar(select(Bank).where(Bank.slug == slug))
    if found is None:
        raise BankNotFoundError(bank=slug)
    return found


def read_outline(text: str) -> Outline:
    """What stands where in a text."""
    return outline(text)


def newest_source(bank_id: int) -> str | None:
    """The text of the newest version that was not closed. One SELECT."""
    return session().scalar(
        select(BankVersion.source)
        .where(BankVersion.bank_id == bank_id, BankVersion.closed_at.is_(None))
        .order_by(BankVersion.number.desc())
        .limit(1)
    )


def picture_rows(bank_id: int) -> dict[str, ItemImage]:
    """The pictures of a working copy, by name. One SELECT."""
    rows = session().execute(
        select(BankImage.name, ItemImage)
        .join(ItemImage, ItemImage.sha256 == BankImage.sha256)
        .where(BankImage.bank_id == bank_id)
    )
    return {row.name: row.ItemImage for row in rows}


def picture_names(bank_id: int) -> frozenset[str]:
    """Names of the pictures of a working copy. One SELECT."""
    return frozenset(session().scalars(select(BankImage.name).where(BankImage.bank_id == bank_id)))


def draft_picture(bank_id: int, name: str) -> Picture | None:
    """A picture of a working copy. One SELECT."""
    row = (
        session()
        .execute(
            select(ItemImage.sha256, ItemImage.mime, ItemImage.data)
            .join(BankImage, BankImage.sha256 == ItemImage.sha256)
            .where(BankImage.bank_id == bank_id, BankImage.name == name)
        )
        .first()
    )
    return None if row is None else Picture(row.sha256, row.mime, row.data)


def surroundings(bank_id: int, slug: str, framework: Framework | None) -> Surroundings:
    """What a working copy is checked against. Two SELECTs."""
    newest = (
        select(func.max(BankVersion.number))
        .where(BankVersion.bank_id == bank_id, BankVersion.published_at.is_not(None))
        .scalar_subquery()
    )
    rows = (
        session()
        .execute(
            select(Item.slug, BankVersion.number)
            .join(ItemVersion, ItemVersion.item_id == Item.id)
            .join(BankVersionItem, BankVersionItem.item_version_id == ItemVersion.id)
            .join(BankVersion, BankVersion.id == BankVersionItem.bank_version_id)
            .where(BankVersion.bank_id == bank_id, BankVersion.number == newest)
        )
        .all()
    )
    return Surroundings(
        slug=slug,
        pictures=picture_names(bank_id),
        published=frozenset(row.slug for row in rows),
        number=rows[0].number if rows else 0,
        framework=framework,
    )


def working_copy(slug: str, actor_id: int, scopes: Collection[str]) -> DraftRow:
    """The working copy of a bank in this actor's scope, or what it would begin with.

    Three SELECTs. Raises BankNotFoundError.
    """
    row = (
        session()
        .execute(
            select(Bank.id, Bank.slug, Bank.owner_id, BankDraft, User.name.label("saved_by"))
            .outerjoin(BankDraft, BankDraft.bank_id == Bank.id)
            .outerjoin(User, User.id == BankDraft.saved_by_id)
            .where(Bank.slug == slug, _within(actor_id, scopes))
            .execution_options(populate_existing=True)  # read again after waiting for a turn
        )
        .first()
    )
    if row is None:
        raise BankNotFoundError(bank=slug)
    newest = (
        session()
        .execute(
            select(BankVersion.number, BankVersion.source)
            .where(BankVersion.bank_id == row.id, BankVersion.closed_at.is_(None))
            .order_by(BankVersion.number.desc())
            .limit(1)
        )
        .first()
    )
    draft: BankDraft | None = row.BankDraft
    if draft is None and newest is None:
        raise BankNotFoundError(bank=slug)
    number, source = (newest.number, newest.source) if newest else (None, None)
    return DraftRow(
        bank_id=row.id,
        slug=row.slug,
        source=draft.source if draft else str(source),
        revision=draft.revision if draft else 0,
        base_number=draft.base_number if draft else number,
        newest=number,
        has_changes=draft is not None and draft.source != source,
        saved_at=draft.saved_at if draft else None,
        saved_by=row.saved_by,
        saved_by_id=draft.saved_by_id if draft else None,
        owner_id=row.owner_id,
    )


_WAITS: Final = (
    BankVersion.submitted_at.is_not(None)
    & BankVersion.published_at.is_(None)
    & BankVersion.closed_at.is_(None)
)


def waiting(slug: str | None = None, number: int | None = None) -> list[WaitingRow]:
    """Versions that wait for approval, oldest first: all, of a bank, or one. One SELECT."""
    submitter, editor = aliased(User), aliased(User)
    statement = (
        select(
            Bank.id.label("bank_id"),
            Bank.slug,
            BankVersion.number,
            BankVersion.header,
            BankVersion.reason,
            BankVersion.submitted_at,
            BankVersion.loaded_by_id,
            BankVersion.edited_by_id,
            submitter.name.label("loaded_by"),
            editor.name.label("edited_by"),
        )
        .join(Bank, Bank.id == BankVersion.bank_id)
        .outerjoin(submitter, submitter.id == BankVersion.loaded_by_id)
        .outerjoin(editor, editor.id == BankVersion.edited_by_id)
        .where(_WAITS)
        .order_by(BankVersion.submitted_at, Bank.slug)
    )
    if slug is not None:
        statement = statement.where(Bank.slug == slug)
    if number is not None:
        statement = statement.where(BankVersion.number == number)
    return [
        WaitingRow(
            row.bank_id,
            row.slug,
            row.number,
            codec.read_title(row.header),
            row.reason,
            row.submitted_at,
            row.loaded_by_id,
            row.edited_by_id,
            row.loaded_by,
            row.edited_by,
        )
        for row in session().execute(statement)
    ]


def numbered(bank_id: int, number: int) -> BankSnapshot | None:
    """One version of a bank by its number. Costs as bank_version."""
    return _snapshot(_head().where(BankVersion.bank_id == bank_id, BankVersion.number == number))


def published_before(bank_id: int, number: int) -> BankSnapshot | None:
    """The newest published version below a number: what a waiting one is compared with."""
    return _snapshot(
        _head()
        .where(
            BankVersion.bank_id == bank_id,
            BankVersion.number < number,
            BankVersion.published_at.is_not(None),
        )
        .order_by(BankVersion.number.desc())
        .limit(1)
    )


def pictures_of(slug: str, *, number: int | None = None) -> dict[str, bytes]:
    """The pictures of a version (the newest one unless `number` says), by name. One SELECT."""
    found = latest_bank(slug) if number is None else numbered(bank_row(slug).id, number)
    if found is None:
        return {}
    rows = session().execute(
        select(ItemVersion.id, ItemImage.data)
        .join(ItemImage, ItemImage.sha256 == ItemVersion.image_sha256)
        .where(ItemVersion.id.in_(list(found.version_ids.values())))
    )
    data = {row.id: row.data for row in rows}
    return {
        item.image: data[found.version_ids[item.id]]
        for item in found.bank.items
        if item.image and found.version_ids[item.id] in data
    }


def image_shas(version_id: int) -> dict[str, str]:
    """Item id in the file -> digest of its picture, of one bank version. One SELECT."""
    rows = session().execute(
        select(Item.slug, ItemVersion.image_sha256)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .join(BankVersionItem, BankVersionItem.item_version_id == ItemVersion.id)
        .where(BankVersionItem.bank_version_id == version_id, ItemVersion.image_sha256.is_not(None))
    )
    return {row.slug: row.image_sha256 for row in rows}


def readable_slugs(actor_id: int, scopes: Collection[str]) -> list[str]:
    """Ids of the banks in this actor's scope. One SELECT."""
    return list(
        session().scalars(select(Bank.slug).where(_within(actor_id, scopes)).order_by(Bank.slug))
    )


def newest_tokens(actor_id: int, scopes: Collection[str]) -> list[tuple[str, int, str]]:
    """(bank, version, token) of the newest version that was not sent back, for each bank in this
    actor's scope. One SELECT."""
    newest = (
        select(BankVersion.bank_id, func.max(BankVersion.number).label("number"))
        .where(BankVersion.closed_at.is_(None))
        .group_by(BankVersion.bank_id)
        .subquery()
    )
    rows = session().execute(
        select(Bank.slug, BankVersion.id, BankVersion.token)
        .join(Bank, Bank.id == BankVersion.bank_id)
        .join(
            newest,
            (newest.c.bank_id == BankVersion.bank_id) & (newest.c.number == BankVersion.number),
        )
        .where(_within(actor_id, scopes))
        .order_by(Bank.slug)
    )
    return [(row.slug, row.id, row.token) for row in rows]


def has_open_draft(slug: str) -> bool:
    """True when the working copy of a bank says something that its newest version does not."""
    row = (
        session()
        .execute(
            select(BankDraft.source, Bank.id)
            .join(Bank, Bank.id == BankDraft.bank_id)
            .where(Bank.slug == slug)
        )
        .first()
    )
    return row is not None and row.source != newest_source(row.id)
