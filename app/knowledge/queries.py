"""Reads of the knowledge base. Each function says what it costs."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import case, func, select

from app.accounts import queries as accounts
from app.domain.knowledge import Customer, EntryKind, Hit, Sheet, Stale, Uses, find, stale, words_of
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.kernel.errors import NotFoundError
from app.knowledge.models import (
    KnowledgeEntry,
    KnowledgeText,
    KnowledgeUse,
    KnowledgeVersion,
    VersionState,
)

RECENT_DAYS: Final = 365
MOST_NOTES: Final = 8


@dataclass(frozen=True, slots=True)
class Words:
    """A version in one language."""

    lang: str
    title: str
    body: Mapping[str, str]
    heads: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A published entry with what came of it; `texts` holds the languages there are."""

    id: int
    kind: EntryKind
    competency: str
    tags: tuple[str, ...]
    version_id: int
    number: int
    published_at: datetime
    texts: Mapping[str, Words]
    uses: Uses
    stale: Stale | None
    is_retired: bool = False

    def words(self, lang: str) -> Words:
        """The text in `lang`, else in the language it was written in."""
        return self.texts.get(lang) or next(iter(self.texts.values()))


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; empty means everything."""

    text: str = ""
    kind: str = ""
    competency: str = ""
    customer: str = ""
    only_stale: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an entry, whatever became of it."""

    id: int
    number: int
    state: VersionState
    author_id: int | None
    author: str
    made_at: datetime
    decided_by: str
    decided_at: datetime | None
    reason: str
    texts: Mapping[str, Words]


@dataclass(frozen=True, slots=True)
class ByCustomer:
    """Uses at one kind of customer."""

    customer: Customer
    n: int
    worked: int


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote after using it; the reader is not told who."""

    used_on: date
    customer: Customer
    has_worked: bool
    text: str


def published(*, today: date, ids: Collection[int] | None = None) -> list[Entry]:
    """All published entries in use. Three SELECTs however many there are."""
    query = (
        select(KnowledgeEntry, KnowledgeVersion)
        .join(KnowledgeVersion, KnowledgeVersion.id == KnowledgeEntry.published_id)
        .where(KnowledgeEntry.retired_at.is_(None))
        .order_by(KnowledgeEntry.id)
    )
    if ids is not None:
        query = query.where(KnowledgeEntry.id.in_(ids))
    return _entries(session().execute(query).all(), today=today)


def _entries(rows: Sequence[Any], *, today: date) -> list[Entry]:
    texts = texts_of([version.id for _entry, version in rows])
    uses = uses_of([entry.id for entry, _version in rows], today=today)
    return [
        Entry(
            id=entry.id,
            kind=EntryKind(entry.kind),
            competency=entry.competency,
            tags=split_tags(entry.tags),
            version_id=version.id,
            number=version.number,
            published_at=version.decided_at or version.made_at,
            texts=texts[version.id],
            uses=uses.get(entry.id, Uses()),
            stale=stale(
                uses.get(entry.id, Uses()),
                confirmed_on=organisation_day(version.decided_at or version.made_at),
                today=today,
            ),
            is_retired=entry.retired_at is not None,
        )
        for entry, version in rows
        if texts[version.id]
    ]


def split_tags(tags: str) -> tuple[str, ...]:
    """The tags of an entry."""
    return tuple(tag for tag in tags.split(",") if tag)


def texts_of(version_ids: Collection[int]) -> dict[int, dict[str, Words]]:
    """Version -> language -> its words, the language it was written in first. One SELECT."""
    found: dict[int, dict[str, Words]] = defaultdict(dict)
    query = (
        select(KnowledgeText)
        .where(KnowledgeText.version_id.in_(version_ids))
        .order_by(KnowledgeText.id)
    )
    for row in session().scalars(query):
        found[row.version_id][row.lang] = Words(row.lang, row.title, row.body, row.heads)
    return found


def uses_of(ids: Collection[int], *, today: date, customer: str = "") -> dict[int, Uses]:
    """Entry -> its uses of the last year. One SELECT."""
    query = (
        select(
            KnowledgeUse.entry_id,
            func.count().label("n"),
            func.sum(case((KnowledgeUse.has_worked, 1), else_=0)).label("worked"),
            func.max(KnowledgeUse.used_on).label("last_on"),
        )
        .where(
            KnowledgeUse.entry_id.in_(ids),
            KnowledgeUse.used_on > today - timedelta(days=RECENT_DAYS),
        )
        .group_by(KnowledgeUse.entry_id)
    )
    if customer:
        query = query.where(KnowledgeUse.customer == customer)
    return {row.entry_id: Uses(row.n, row.worked, row.last_on) for row in session().execute(query)}


def look_up(want: Filter, *, today: date, lang: str) -> list[tuple[Entry, Hit]]:
    """What fits, best first; at equal fit what worked oftener, then by title. Four SELECTs."""
    words = words_of(want.text)
    entries = published(today=today)
    at_customer = (
        uses_of([one.id for one in entries], today=today, customer=want.customer)
        if want.customer
        else {one.id: one.uses for one in entries}
    )
    hits = []
    for entry in entries:
        if want.kind and entry.kind != want.kind:
            continue
        if want.competency and entry.competency != want.competency:
            continue
        if want.only_stale and entry.stale is None:
            continue
        sheets = [Sheet(one.title, one.body, entry.tags) for one in entry.texts.values()]
        hit = find(words, sheets, at_customer.get(entry.id, Uses()))
        if hit is not None:
            hits.append((entry, hit))
    return sorted(hits, key=lambda one: (-one[1].score, one[0].words(lang).title, one[0].id))


def entry(entry_id: int, *, today: date) -> Entry:
    """One published entry, retired or not. Raises NotFoundError. Three SELECTs."""
    rows = (
        session()
        .execute(
            select(KnowledgeEntry, KnowledgeVersion)
            .join(KnowledgeVersion, KnowledgeVersion.id == KnowledgeEntry.published_id)
            .where(KnowledgeEntry.id == entry_id)
        )
        .all()
    )
    found = _entries(rows, today=today)
    if not found:
        raise NotFoundError
    return found[0]


@dataclass(frozen=True, slots=True)
class Desk:
    """An entry as those who keep the base see it, published or not."""

    id: int
    kind: EntryKind
    competency: str
    tags: tuple[str, ...]
    published_id: int | None
    retired_at: datetime | None
    retire_reason: str
    versions: tuple[Version, ...]

    @property
    def newest(self) -> Version:
        """The latest version."""
        return self.versions[0]

    @property
    def waiting(self) -> Version | None:
        """The version that waits for a second person."""
        return next((one for one in self.versions if one.state is VersionState.WAITING), None)


def desk(entry_id: int) -> Desk:
    """An entry with all versions, newest first. Raises NotFoundError. Four SELECTs."""
    row = session().get(KnowledgeEntry, entry_id)
    if row is None:
        raise NotFoundError
    return Desk(
        id=row.id,
        kind=EntryKind(row.kind),
        competency=row.competency,
        tags=split_tags(row.tags),
        published_id=row.published_id,
        retired_at=row.retired_at,
        retire_reason=row.retire_reason,
        versions=tuple(
            _versions(
                session()
                .scalars(
                    select(KnowledgeVersion)
                    .where(KnowledgeVersion.entry_id == entry_id)
                    .order_by(KnowledgeVersion.number.desc())
                )
                .all()
            )
        ),
    )


def _versions(rows: Sequence[KnowledgeVersion]) -> list[Version]:
    people = {row.author_id for row in rows} | {row.decided_by_id for row in rows}
    names = accounts.names({one for one in people if one is not None})
    texts = texts_of([row.id for row in rows])
    return [
        Version(
            id=row.id,
            number=row.number,
            state=VersionState(row.state),
            author_id=row.author_id,
            author=names.get(row.author_id or 0, ""),
            made_at=row.made_at,
            decided_by=names.get(row.decided_by_id or 0, ""),
            decided_at=row.decided_at,
            reason=row.reason,
            texts=texts[row.id],
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A version that waits for a second person."""

    entry_id: int
    kind: EntryKind
    version: Version


def waiting() -> list[Waiting]:
    """What waits for approval, longest first. Three SELECTs."""
    rows = (
        session()
        .execute(
            select(KnowledgeEntry, KnowledgeVersion)
            .join(KnowledgeVersion, KnowledgeVersion.entry_id == KnowledgeEntry.id)
            .where(KnowledgeVersion.state == VersionState.WAITING)
            .order_by(KnowledgeVersion.made_at, KnowledgeVersion.id)
        )
        .all()
    )
    versions = _versions([version for _entry, version in rows])
    return [
        Waiting(entry.id, EntryKind(entry.kind), version)
        for (entry, _row), version in zip(rows, versions, strict=True)
        if version.texts
    ]


def waiting_for(actor_id: int) -> tuple[int, datetime | None]:
    """How many versions of others wait for this approver, and since when. One SELECT."""
    row = (
        session()
        .execute(
            select(func.count(), func.min(KnowledgeVersion.made_at)).where(
                KnowledgeVersion.state == VersionState.WAITING,
                func.coalesce(KnowledgeVersion.author_id, 0) != actor_id,
            )
        )
        .one()
    )
    return row[0], row[1]


def by_customer(entry_id: int, *, today: date) -> list[ByCustomer]:
    """Uses of the last year by kind of customer. One SELECT."""
    rows = session().execute(
        select(
            KnowledgeUse.customer,
            func.count().label("n"),
            func.sum(case((KnowledgeUse.has_worked, 1), else_=0)).label("worked"),
        )
        .where(
            KnowledgeUse.entry_id == entry_id,
            KnowledgeUse.used_on > today - timedelta(days=RECENT_DAYS),
        )
        .group_by(KnowledgeUse.customer)
    )
    found = {row.customer: ByCustomer(Customer(row.customer), row.n, row.worked) for row in rows}
    return [found[one] for one in Customer if one in found]


def notes(entry_id: int) -> list[Note]:
    """The latest remarks of those who used it. One SELECT."""
    rows = session().scalars(
        select(KnowledgeUse)
        .where(KnowledgeUse.entry_id == entry_id, KnowledgeUse.note != "")
        .order_by(KnowledgeUse.at.desc(), KnowledgeUse.id.desc())
        .limit(MOST_NOTES)
    )
    return [Note(row.used_on, Customer(row.customer), row.has_worked, row.note) for row in rows]


def unpublished() -> list[Desk]:
    """Entries that have no published version or are retired, newest first; a handful of SELECTs."""
    ids = session().scalars(
        select(KnowledgeEntry.id)
        .where(KnowledgeEntry.published_id.is_(None) | KnowledgeEntry.retired_at.is_not(None))
        .order_by(KnowledgeEntry.id.desc())
        .limit(50)
    )
    return _desks(list(ids))


def _desks(ids: Sequence[int]) -> list[Desk]:
    rows = {
        row.id: row
        for row in session().scalars(select(KnowledgeEntry).where(KnowledgeEntry.id.in_(ids)))
    }
    of_entry: dict[int, list[Version]] = defaultdict(list)
    versions = session().scalars(
        select(KnowledgeVersion)
        .where(KnowledgeVersion.entry_id.in_(ids))
        .order_by(KnowledgeVersion.number.desc())
    )
    found = list(versions)
    for row, version in zip(found, _versions(found), strict=True):
        of_entry[row.entry_id].append(version)
    return [
        Desk(
            id=row.id,
            kind=EntryKind(row.kind),
            competency=row.competency,
            tags=split_tags(row.tags),
            published_id=row.published_id,
            retired_at=row.retired_at,
            retire_reason=row.retire_reason,
            versions=tuple(of_entry[row.id]),
        )
        for entry_id in ids
        for row in [rows[entry_id]]
        if of_entry[row.id] and of_entry[row.id][0].texts
    ]


def entry_of_source(source_type: str, source_id: str) -> int | None:
    """The entry that came from a piece of work, None: not published yet. One SELECT."""
    return session().scalar(
        select(KnowledgeEntry.id).where(
            KnowledgeEntry.source_type == source_type, KnowledgeEntry.source_id == source_id
        )
    )
