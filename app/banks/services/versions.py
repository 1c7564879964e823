"""Put banks into the database: a row per new item version, none ever updated."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.audit.services import record
from app.banks import codec
from app.banks.errors import (
    BankDivergedError,
    BankInvalidError,
    BankNotFoundError,
    BankOwnedError,
    ItemRacedError,
    ItemTakenError,
)
from app.banks.loader import Kind, Loaded, find_below, load_bytes, load_tree
from app.banks.models import (
    Bank,
    BankDraft,
    BankImage,
    BankVersion,
    BankVersionItem,
    Closed,
    ImageType,
    Item,
    ItemImage,
    ItemVersion,
)
from app.domain import items as domain
from app.domain.banks import content_hash, scoring_hash
from app.kernel.db import session, upsert


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What loading a bank did, or with `dry_run` would do; items by their id in the file.

    `is_new` is False when the file is the newest version already. `removed` items stay in older
    versions.
    """

    bank: str
    number: int
    is_new: bool
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    version_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Fresh:
    """An item of the file beside what the database has of it."""

    item: domain.Item
    section: int
    position: int
    content: str
    scoring: str
    image: ItemImage | None


@dataclass(frozen=True, slots=True)
class FromDraft:
    """A version made of a working copy: its pictures by name, and why it was made."""

    pictures: Mapping[str, ItemImage]
    why: str


def import_bank(
    source: bytes | Loaded,
    *,
    now: datetime,
    actor_id: int | None = None,
    owner_id: int | None = None,
    file: str = "",
    folder: Path | None = None,
    dry_run: bool = False,
    beside: Collection[str] = (),
) -> ImportReport:
    """Make a new version of a bank, unless the file is its newest one already.

    `owner_id` matters for a new bank only: None gives it to the group `shared`. `beside` names
    banks loaded in the same transaction, from which items may move here. Raises
    BankInvalidError (file with errors), ItemTakenError (id of another bank's item), BankOwnedError.
    """
    loaded = source if isinstance(source, Loaded) else load_bytes(source, file=file, folder=folder)
    by = _By(owner_id, actor_id, now)
    return _import(loaded, by, _from_folder(folder), dry_run=dry_run, beside=beside)


def import_draft(loaded: Loaded, draft: FromDraft, *, actor_id: int, now: datetime) -> ImportReport:
    """Make a new version of a bank of its working copy. Raises as import_bank."""
    by = _By(None, actor_id, now, draft.why)
    return _import(loaded, by, draft.pictures.get, dry_run=False, beside=())


def _import(
    loaded: Loaded, by: "_By", pictures: "Pictures", *, dry_run: bool, beside: Collection[str]
) -> ImportReport:
    if loaded.bank is None:
        raise BankInvalidError(problems=_lines([loaded]))
    bank = loaded.bank
    row = session().scalar(select(Bank).where(Bank.slug == bank.id))
    if row is not None and by.owner_id is not None and row.owner_id not in {None, by.owner_id}:
        raise BankOwnedError(bank=bank.id)
    latest = None if row is None else _latest(row.id)
    fresh = _fresh_items(bank, pictures)
    report = _report(bank, fresh, latest, loaded.sha256, _next_number(row))
    _refuse_taken(report.new, {bank.id, *beside})
    if dry_run or not report.is_new:
        return report
    return _write(report, loaded, bank, fresh, row, by)


@dataclass(frozen=True, slots=True)
class _By:
    owner_id: int | None
    actor_id: int | None
    now: datetime
    why: str = ""


Pictures = Callable[[str], ItemImage | None]


def _lines(loaded: Iterable[Loaded]) -> str:
    return "\n".join(str(problem) for file in loaded for problem in file.errors)


def _latest(bank_id: int) -> BankVersion | None:
    """The newest version that was not withdrawn or sent back."""
    return session().scalar(
        select(BankVersion)
        .where(BankVersion.bank_id == bank_id, BankVersion.closed_at.is_(None))
        .order_by(BankVersion.number.desc())
        .limit(1)
    )


def _fresh_items(bank: domain.Bank, picture: Pictures) -> list[_Fresh]:
    fresh = []
    for number, section in enumerate(bank.sections):
        for position, item in enumerate(section.items):
            image = picture(item.image) if item.image else None
            # The bytes of a picture are part of what a learner sees.
            digest = image.sha256 if image else None
            fresh.append(
                _Fresh(
                    item,
                    number,
                    position,
                    content_hash(item, image_sha256=digest),
                    scoring_hash(item, image_sha256=digest),
                    image,
                )
            )
    return fresh


def _from_folder(folder: Path | None) -> Pictures:
    def picture(name: str) -> ItemImage | None:
        path = find_below(folder, name) if folder else None
        return None if path is None else image_of(name, path.read_bytes())

    return picture


def image_of(name: str, data: bytes) -> ItemImage:
    """A picture as a row, its kind by the ending of its name."""
    kinds = {".png": ImageType.PNG, ".webp": ImageType.WEBP}
    mime = kinds.get(Path(name).suffix.lower(), ImageType.JPEG)
    return ItemImage(sha256=hashlib.sha256(data).hexdigest(), mime=mime.value, data=data)


def _known_hashes(version: BankVersion) -> dict[str, str]:
    rows = session().execute(
        select(Item.slug, ItemVersion.scoring_hash)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .join(BankVersionItem, BankVersionItem.item_version_id == ItemVersion.id)
        .where(BankVersionItem.bank_version_id == version.id)
    )
    return {row.slug: row.scoring_hash for row in rows}


def _report(
    bank: domain.Bank,
    fresh: Sequence[_Fresh],
    latest: BankVersion | None,
    sha256: str,
    following: int,
) -> ImportReport:
    known = _known_hashes(latest) if latest else {}
    slugs = [one.item.id for one in fresh]
    changed = tuple(
        one.item.id for one in fresh if known.get(one.item.id, one.scoring) != one.scoring
    )
    is_same = latest is not None and latest.sha256 == sha256 and not changed
    return ImportReport(
        bank=bank.id,
        number=latest.number if latest and is_same else following,
        is_new=not is_same,
        new=tuple(slug for slug in slugs if slug not in known),
        changed=changed,
        unchanged=tuple(slug for slug in slugs if slug in known and slug not in changed),
        removed=tuple(slug for slug in known if slug not in set(slugs)),
        version_id=latest.id if latest and is_same else None,
    )


def _next_number(row: Bank | None) -> int:
    if row is None:
        return 1
    newest = select(func.max(BankVersion.number)).where(BankVersion.bank_id == row.id)
    return (session().scalar(newest) or 0) + 1


def _refuse_taken(slugs: Sequence[str], banks: Collection[str]) -> None:
    """An item may move to another bank only after that bank's newest version dropped it."""
    newest = (
        select(func.max(BankVersion.id))
        .where(BankVersion.closed_at.is_(None))
        .group_by(BankVersion.bank_id)
    )
    for part in _parts(slugs):
        taken = (
            session()
            .execute(
                select(Item.slug, Bank.slug.label("bank"))
                .join(ItemVersion, ItemVersion.item_id == Item.id)
                .join(BankVersionItem, BankVersionItem.item_version_id == ItemVersion.id)
                .join(BankVersion, BankVersion.id == BankVersionItem.bank_version_id)
                .join(Bank, Bank.id == BankVersion.bank_id)
                .where(Item.slug.in_(part), BankVersion.id.in_(newest), Bank.slug.not_in(banks))
                .limit(1)
            )
            .first()
        )
        if taken is not None:
            raise ItemTakenError(item=taken.slug, bank=taken.bank)


def _parts(slugs: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    return (slugs[start : start + size] for start in range(0, len(slugs), size))


def _write(
    report: ImportReport,
    loaded: Loaded,
    bank: domain.Bank,
    fresh: Sequence[_Fresh],
    row: Bank | None,
    by: _By,
) -> ImportReport:
    db = session()
    if row is None:
        row = Bank(slug=bank.id, owner_id=by.owner_id, created_at=by.now)
        db.add(row)
        db.flush()
    version = BankVersion(
        bank_id=row.id,
        number=report.number,
        source=loaded.data.decode("utf-8"),
        sha256=loaded.sha256,
        token=uuid4().hex,
        file=Path(loaded.file).name[:255],
        header=codec.header_json(bank),
        items=len(fresh),
        warnings=len(loaded.warnings),
        loaded_at=by.now,
        loaded_by_id=by.actor_id,
        reason=by.why,
    )
    db.add(version)
    db.flush()
    version_ids = _item_versions(fresh, row.id, by.now)
    db.add_all(
        BankVersionItem(
            bank_version_id=version.id,
            section=one.section,
            position=one.position,
            item_version_id=version_ids[one.item.id],
            meta=codec.meta_json(one.item),
        )
        for one in fresh
    )
    db.flush()
    record(
        action="bank.load",
        object_type="bank",
        object_id=bank.id,
        actor_id=by.actor_id,
        now=by.now,
        detail={
            "version": report.number,
            "sha256": loaded.sha256,
            "new": len(report.new),
            "changed": list(report.changed),
            "removed": list(report.removed),
        },
    )
    return ImportReport(
        bank=report.bank,
        number=report.number,
        is_new=True,
        new=report.new,
        changed=report.changed,
        unchanged=report.unchanged,
        removed=report.removed,
        version_id=version.id,
    )


def _item_versions(fresh: Sequence[_Fresh], bank_id: int, now: datetime) -> Mapping[str, int]:
    """Ids of the item versions of the file, by item id; rows are made for those not seen before."""
    db = session()
    items = _items([one.item.id for one in fresh], bank_id, now)
    known, numbers = _known_versions([row.id for row in items.values()])
    _keep_images(fresh)
    _name_images(fresh, bank_id)
    made: list[tuple[str, ItemVersion]] = []
    ids: dict[str, int] = {}
    for one in fresh:
        row = items[one.item.id]
        found = known.get((row.id, one.scoring))
        if found is not None:
            ids[one.item.id] = found
            continue
        numbers[row.id] = numbers.get(row.id, 0) + 1
        version = ItemVersion(
            item_id=row.id,
            number=numbers[row.id],
            content_hash=one.content,
            scoring_hash=one.scoring,
            body=codec.body_json(one.item),
            image_sha256=one.image.sha256 if one.image else None,
            created_at=now,
        )
        made.append((one.item.id, version))
    db.add_all(version for _, version in made)
    db.flush()
    return ids | {slug: version.id for slug, version in made}


def _items(slugs: Sequence[str], bank_id: int, now: datetime) -> dict[str, Item]:
    db = session()
    found = {
        row.slug: row
        for part in _parts(slugs)
        for row in db.scalars(select(Item).where(Item.slug.in_(part)))
    }
    for slug in slugs:
        if slug in found:
            found[slug].bank_id = bank_id  # it moved here; refused above when it may not
        else:
            found[slug] = Item(slug=slug, bank_id=bank_id, created_at=now)
            db.add(found[slug])
    try:
        db.flush()
    except IntegrityError as error:  # another bank made one of them at this very moment
        raise ItemRacedError from error
    return found


def _known_versions(item_ids: Sequence[int]) -> tuple[dict[tuple[int, str], int], dict[int, int]]:
    known: dict[tuple[int, str], int] = {}
    numbers: dict[int, int] = {}
    for start in range(0, len(item_ids), 500):
        rows = session().execute(
            select(
                ItemVersion.id, ItemVersion.item_id, ItemVersion.scoring_hash, ItemVersion.number
            ).where(ItemVersion.item_id.in_(item_ids[start : start + 500]))
        )
        for row in rows:
            known[row.item_id, row.scoring_hash] = row.id
            numbers[row.item_id] = max(row.number, numbers.get(row.item_id, 0))
    return known, numbers


def _name_images(fresh: Sequence[_Fresh], bank_id: int) -> None:
    """The pictures of the working copy are those of the newest version."""
    for name, sha256 in {one.item.image: one.image.sha256 for one in fresh if one.image}.items():
        values = {"bank_id": bank_id, "name": name, "sha256": sha256}
        upsert(BankImage, values, keys=("bank_id", "name"))


def _keep_images(fresh: Sequence[_Fresh]) -> None:
    db = session()
    for one in fresh:
        if one.image and db.get(ItemImage, one.image.sha256) is None:
            db.add(one.image)
            db.flush()


def publish(*, bank_version_id: int, actor_id: int | None, now: datetime, reason: str = "") -> None:
    """Approve a bank version for use; doing it twice changes nothing. Raises BankNotFoundError."""
    version = session().get(BankVersion, bank_version_id)
    if version is None:
        raise BankNotFoundError(bank=bank_version_id)
    if version.published_at is not None:
        return
    version.published_at = now
    version.published_by_id = actor_id
    session().flush()
    bank = session().get_one(Bank, version.bank_id)
    record(
        action="bank.publish",
        object_type="bank",
        object_id=bank.slug,
        actor_id=actor_id,
        now=now,
        detail={"version": version.number},
        reason=reason,
    )


def _waits(version_id: int) -> bool:
    """A version written in the browser is approved there, by a second person."""
    row = session().get_one(BankVersion, version_id)
    return row.submitted_at is not None and row.published_at is None


def _settle(
    loaded: Loaded, over: int | None, *, actor_id: int | None, now: datetime, dry_run: bool
) -> None:
    """Refuse a file that would undo something unseen; close what waits when it is put over that."""
    row = session().scalar(select(Bank).where(Bank.slug == loaded.bank.id)) if loaded.bank else None
    latest = None if row is None else _latest(row.id)
    if row is None or latest is None or loaded.sha256 == latest.sha256:
        return
    is_old = _is_old(latest, loaded.sha256)
    if (latest.submitted_at is not None or is_old) and over != latest.number:
        raise BankDivergedError(
            bank=row.slug, number=latest.number, is_old=is_old, source=loaded.data.decode("utf-8")
        )
    if not dry_run:
        close_waiting(row.id, how=Closed.REPLACED, actor_id=actor_id, now=now)
        _drop_untouched(row.id)


def _is_old(latest: BankVersion, sha256: str) -> bool:
    same = select(BankVersion.id).where(
        BankVersion.bank_id == latest.bank_id,
        BankVersion.sha256 == sha256,
        BankVersion.number < latest.number,
        BankVersion.closed_at.is_(None),
    )
    return session().scalar(same.limit(1)) is not None


def _drop_untouched(bank_id: int) -> None:
    """A working copy without a change of its own must not hide the new version."""
    draft = session().get(BankDraft, bank_id)
    if draft is None or draft.base_number is None:
        return
    base = session().scalar(
        select(BankVersion.source).where(
            BankVersion.bank_id == bank_id, BankVersion.number == draft.base_number
        )
    )
    if base == draft.source:
        session().delete(draft)
        session().flush()


def close_waiting(
    bank_id: int, *, how: Closed, actor_id: int | None, now: datetime, reason: str = ""
) -> None:
    """Take the version that waits for approval, if there is one, out of the queue."""
    row = session().scalar(
        select(BankVersion).where(
            BankVersion.bank_id == bank_id,
            BankVersion.submitted_at.is_not(None),
            BankVersion.published_at.is_(None),
            BankVersion.closed_at.is_(None),
        )
    )
    if row is not None:
        row.closed_at, row.closed_by_id = now, actor_id
        row.closed_as, row.closed_reason = how.value, reason
        session().flush()


def load_paths(
    paths: Iterable[Path | str],
    *,
    now: datetime,
    root: Path | None = None,
    actor_id: int | None = None,
    owner_id: int | None = None,
    dry_run: bool = False,
    over: int | None = None,
) -> list[ImportReport]:
    """Load the banks of files and folders and publish them, approved by whoever asked for it.

    A file that leaves out what was written in the browser, or that is an old version, is refused
    (BankDivergedError) unless `over` names the newest version, which it is then put over. Raises
    BankInvalidError when any file has an error. Refused means: nothing is written.
    """
    files = load_tree(paths, root=root)
    if broken := [loaded for loaded in files if loaded.errors]:
        raise BankInvalidError(problems=_lines(broken))
    reports = []
    banks = [loaded for loaded in files if loaded.kind is Kind.BANK]
    beside = {loaded.bank.id for loaded in banks if loaded.bank}
    for loaded in banks:
        _settle(loaded, over, actor_id=actor_id, now=now, dry_run=dry_run)
        report = import_bank(
            loaded,
            now=now,
            actor_id=actor_id,
            owner_id=owner_id,
            folder=loaded.folder,
            dry_run=dry_run,
            beside=beside,
        )
        if report.version_id is not None and not dry_run and not _waits(report.version_id):
            publish(
                bank_version_id=report.version_id, actor_id=actor_id, now=now, reason="bank load"
            )
        reports.append(report)
    return reports
