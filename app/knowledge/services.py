"""What changes the knowledge base. Services flush; the edges commit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import yaml
from sqlalchemy import func, select

from app.accounts import queries as people
from app.accounts import services as accounts
from app.accounts.services import titled
from app.audit.services import record
from app.banks import services as banks
from app.banks.errors import BankTakenError
from app.domain import knowledge as rules
from app.domain.framework import Framework
from app.domain.knowledge import FIELDS, MAY_BE_EMPTY, Card, DraftItem, EntryKind
from app.kernel.clock import organisation_day
from app.kernel.db import insert_once, session, upsert
from app.kernel.errors import NotFoundError
from app.knowledge import queries
from app.knowledge.errors import (
    FewCardsError,
    LibraryError,
    NotWaitingError,
    OwnVersionError,
    RetiredError,
)
from app.knowledge.models import (
    KnowledgeEntry,
    KnowledgeText,
    KnowledgeUse,
    KnowledgeVersion,
    VersionState,
)

LIBRARY: Final = "objections/1"
MOST_TEXT: Final = 4000
MOST_TITLE: Final = 120
_MOST_TRIES: Final = 50
_LANGS: Final = ("zh-CN", "en")


@dataclass(frozen=True, slots=True)
class Draft:
    """What an entry says in one language. `heads`: field -> heading, where it is no usual one."""

    lang: str
    title: str
    body: Mapping[str, str]
    heads: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading the library did."""

    fresh: int = 0
    changed: int = 0
    same: int = 0


# ---------------------------------------------------------------- writing and approving


def propose(
    *,
    kind: EntryKind,
    texts: Sequence[Draft],
    competency: str = "",
    tags: Sequence[str] = (),
    actor_id: int | None,
    now: datetime,
    source: tuple[str, str] | None = None,
) -> int:
    """A new entry that waits for a second person; gives its id. Approvers are told.

    `source` (type, id) is the work it came from: the same again is a further version of it.
    """
    known = queries.entry_of_source(*source) if source else None
    if known is not None:
        revise(
            entry_id=known,
            texts=texts,
            competency=competency,
            tags=tags,
            actor_id=actor_id,
            now=now,
        )
        return known
    row = KnowledgeEntry(
        kind=kind.value,
        competency=competency,
        tags=_tags(tags),
        source_type=source[0] if source else None,
        source_id=source[1] if source else None,
        created_at=now,
        created_by_id=actor_id,
    )
    session().add(row)
    session().flush()
    _add_version(row, texts, actor_id=actor_id, now=now)
    _audit("knowledge.propose", row, actor_id=actor_id, now=now)
    return row.id


def publish(
    *,
    kind: EntryKind,
    texts: Sequence[Draft],
    competency: str,
    tags: Sequence[str],
    source: tuple[str, str],
    author_id: int,
    actor_id: int,
    now: datetime,
) -> int:
    """Put accepted work into the base: `actor_id` is the second person, so it shows at once.

    Raises OwnVersionError when somebody would publish her own work.
    """
    entry_id = propose(
        kind=kind,
        texts=texts,
        competency=competency,
        tags=tags,
        actor_id=author_id,
        now=now,
        source=source,
    )
    approve(entry_id=entry_id, actor_id=actor_id, now=now)
    return entry_id


def revise(
    *,
    entry_id: int,
    texts: Sequence[Draft],
    competency: str,
    tags: Sequence[str],
    actor_id: int | None,
    now: datetime,
) -> int:
    """A further version that waits for a second person; gives its number.

    A language that `texts` leaves out is carried over from the version before. One that still
    waited is replaced. Raises NotFoundError, RetiredError.
    """
    row = _locked(entry_id)
    if row.retired_at is not None:
        raise RetiredError
    before = session().scalar(
        select(KnowledgeVersion)
        .where(KnowledgeVersion.entry_id == row.id)
        .order_by(KnowledgeVersion.number.desc())
        .limit(1)
    )
    written = {one.lang for one in texts}
    carried = [
        Draft(one.lang, one.title, one.body, one.heads)
        for one in (queries.texts_of([before.id])[before.id].values() if before else ())
        if one.lang not in written
    ]
    for old in session().scalars(
        select(KnowledgeVersion).where(
            KnowledgeVersion.entry_id == row.id, KnowledgeVersion.state == VersionState.WAITING
        )
    ):
        old.state = VersionState.REPLACED.value
    row.competency, row.tags = competency, _tags(tags)
    session().flush()
    number = _add_version(row, [*texts, *carried], actor_id=actor_id, now=now)
    _audit("knowledge.revise", row, actor_id=actor_id, now=now, number=number)
    return number


def _add_version(
    row: KnowledgeEntry, texts: Sequence[Draft], *, actor_id: int | None, now: datetime
) -> int:
    last = session().scalar(
        select(func.max(KnowledgeVersion.number)).where(KnowledgeVersion.entry_id == row.id)
    )
    version = KnowledgeVersion(
        entry_id=row.id,
        number=(last or 0) + 1,
        state=VersionState.WAITING.value,
        author_id=actor_id,
        made_at=now,
    )
    session().add(version)
    session().flush()
    for one in texts:
        body = {field: text.strip() for field, text in one.body.items() if text.strip()}
        session().add(
            KnowledgeText(
                version_id=version.id,
                lang=one.lang,
                title=" ".join(one.title.split())[:MOST_TITLE],
                body=body,
                heads=dict(one.heads or {}),
            )
        )
    session().flush()
    for person_id in people.holders("trainer"):
        if person_id != actor_id and actor_id is not None:
            accounts.notify(
                user_id=person_id,
                kind="knowledge_waiting",
                key=f"knowledge:{version.id}",
                params=titled({one.lang: one.title for one in texts}),
                url=f"/knowledge/{row.id}/versions",
                now=now,
            )
    return version.number


def approve(*, entry_id: int, actor_id: int | None, now: datetime) -> None:
    """What waits becomes what readers see. Raises NotWaitingError, OwnVersionError."""
    row, version = _waiting(entry_id, actor_id)
    version.state = VersionState.PUBLISHED.value
    version.decided_by_id, version.decided_at = actor_id, now
    row.published_id = version.id
    session().flush()
    _audit("knowledge.approve", row, actor_id=actor_id, now=now, number=version.number)
    _tell_author(version, "knowledge_approved", f"/knowledge/{row.id}", actor_id, now)


def send_back(*, entry_id: int, reason: str, actor_id: int, now: datetime) -> None:
    """What waits is not published, and why. Raises NotWaitingError, OwnVersionError."""
    row, version = _waiting(entry_id, actor_id)
    version.state, version.reason = VersionState.SENT_BACK.value, reason
    version.decided_by_id, version.decided_at = actor_id, now
    session().flush()
    _audit("knowledge.send_back", row, actor_id=actor_id, now=now, reason=reason)
    _tell_author(version, "knowledge_sent_back", f"/knowledge/{row.id}/versions", actor_id, now)


def _tell_author(
    version: KnowledgeVersion, kind: str, url: str, actor_id: int | None, now: datetime
) -> None:
    if version.author_id is None or version.author_id == actor_id:
        return
    texts = queries.texts_of([version.id])[version.id]
    accounts.notify(
        user_id=version.author_id,
        kind=kind,
        key=f"{kind}:{version.id}",
        params=titled({one.lang: one.title for one in texts.values()}),
        url=url,
        now=now,
    )


def _waiting(entry_id: int, actor_id: int | None) -> tuple[KnowledgeEntry, KnowledgeVersion]:
    row = _locked(entry_id)
    version = session().scalar(
        select(KnowledgeVersion).where(
            KnowledgeVersion.entry_id == row.id, KnowledgeVersion.state == VersionState.WAITING
        )
    )
    if version is None:
        raise NotWaitingError
    if actor_id is not None and version.author_id == actor_id:
        raise OwnVersionError
    return row, version


def retire(*, entry_id: int, reason: str, actor_id: int, now: datetime) -> None:
    """Readers no longer find it; its address still opens and says why. Twice changes nothing."""
    row = _locked(entry_id)
    if row.retired_at is not None:
        return
    row.retired_at, row.retired_by_id, row.retire_reason = now, actor_id, reason
    session().flush()
    _audit("knowledge.retire", row, actor_id=actor_id, now=now, reason=reason)


def restore(*, entry_id: int, actor_id: int, now: datetime) -> None:
    """Back among what readers find."""
    row = _locked(entry_id)
    if row.retired_at is None:
        return
    row.retired_at, row.retired_by_id, row.retire_reason = None, None, ""
    session().flush()
    _audit("knowledge.restore", row, actor_id=actor_id, now=now)


def _locked(entry_id: int) -> KnowledgeEntry:
    row = session().scalar(
        select(KnowledgeEntry)
        .where(KnowledgeEntry.id == entry_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFoundError
    return row


def _tags(tags: Sequence[str]) -> str:
    plain = (tag.replace(",", " ").strip() for tag in tags)
    return ",".join(dict.fromkeys(tag for tag in plain if tag))[:200].rstrip(",")


def _audit(
    action: str,
    row: KnowledgeEntry,
    *,
    actor_id: int | None,
    now: datetime,
    reason: str = "",
    **detail: Any,
) -> None:
    record(
        action=action,
        object_type="knowledge",
        object_id=row.id,
        actor_id=actor_id,
        now=now,
        detail={"kind": row.kind} | detail,
        reason=reason,
    )


# ---------------------------------------------------------------- using


def say_used(
    *,
    entry_id: int,
    person_id: int,
    has_worked: bool,
    customer: rules.Customer,
    note: str,
    now: datetime,
) -> None:
    """Somebody tried it today. Said again for the same kind of customer, the later word counts.

    Raises NotFoundError for an entry that is not published, RetiredError.
    """
    row = session().get(KnowledgeEntry, entry_id)
    if row is None or row.published_id is None:
        raise NotFoundError
    if row.retired_at is not None:
        raise RetiredError
    values = {
        "entry_id": entry_id,
        "version_id": row.published_id,
        "person_id": person_id,
        "used_on": organisation_day(now),
        "customer": customer.value,
        "has_worked": has_worked,
        "note": note.strip(),
        "at": now,
    }
    upsert(KnowledgeUse, values, keys=("entry_id", "person_id", "used_on", "customer"))


# ---------------------------------------------------------------- the library in a file


def load_library(text: str, *, now: datetime) -> Loaded:
    """Publish the objections of a file; the same text again changes nothing.

    What was rewritten on the page since stays: the file brings only entries nobody changed here.
    Raises LibraryError; then nothing is written.
    """
    fresh = changed = same = 0
    for one in _read_library(text):
        drafts = [_objection(one, lang) for lang in _LANGS if lang in one["title"]]
        row = session().scalar(select(KnowledgeEntry).where(KnowledgeEntry.slug == one["id"]))
        if row is None:
            insert_once(
                KnowledgeEntry,
                {
                    "kind": EntryKind.OBJECTION.value,
                    "slug": one["id"],
                    "competency": one.get("competency", ""),
                    "tags": _tags(one.get("tags", ())),
                    "created_at": now,
                    "retire_reason": "",
                },
            )
            row = (
                session()
                .scalars(select(KnowledgeEntry).where(KnowledgeEntry.slug == one["id"]))
                .one()
            )
            _add_version(row, drafts, actor_id=None, now=now)
            approve(entry_id=row.id, actor_id=None, now=now)
            fresh += 1
        elif _is_as_loaded(row, drafts):
            same += 1
        else:
            revise(
                entry_id=row.id,
                texts=drafts,
                competency=one.get("competency", ""),
                tags=one.get("tags", ()),
                actor_id=None,
                now=now,
            )
            approve(entry_id=row.id, actor_id=None, now=now)
            changed += 1
    return Loaded(fresh, changed, same)


def _is_as_loaded(row: KnowledgeEntry, drafts: Sequence[Draft]) -> bool:
    """Whether the file has nothing new for this entry: the same text, or people changed it."""
    if row.retired_at is not None:
        return True
    versions = session().scalars(
        select(KnowledgeVersion)
        .where(KnowledgeVersion.entry_id == row.id)
        .order_by(KnowledgeVersion.number.desc())
    )
    for version in versions:
        if version.author_id is not None:
            return True
        texts = queries.texts_of([version.id])[version.id]
        return {lang: (one.title, dict(one.body)) for lang, one in texts.items()} == {
            one.lang: (one.title, {f: t.strip() for f, t in one.body.items() if t.strip()})
            for one in drafts
        }
    return False


def _objection(one: Mapping[str, Any], lang: str) -> Draft:
    def said(field: str) -> str:
        value = one.get(field) or ""
        if isinstance(value, dict):
            value = value.get(lang) or value.get(_LANGS[0]) or ""
        return "\n".join(f"- {line}" for line in value) if isinstance(value, list) else str(value)

    return Draft(lang, said("title"), {field: said(field) for field in FIELDS[EntryKind.OBJECTION]})


def _read_library(text: str) -> list[dict[str, Any]]:
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise LibraryError(where=" ".join(str(error).split())[:200]) from error
    if not isinstance(raw, dict) or raw.get("schema") != LIBRARY:
        raise LibraryError(where=f"schema: {LIBRARY}")
    entries = raw.get("objections") or raw.get("entries") or raw.get("items")
    if not isinstance(entries, list):
        raise LibraryError(where="objections: [...]")
    seen: set[str] = set()
    for n, one in enumerate(entries, start=1):
        _check_objection(n, one, seen)
    return entries


def _check_objection(n: int, one: object, seen: set[str]) -> None:
    if not isinstance(one, dict) or not isinstance(one.get("id"), str):
        raise LibraryError(where=f"{n}: id")
    name = one["id"]
    if name in seen or len(name) > 64:
        raise LibraryError(where=f"{name}: id")
    seen.add(name)
    if not isinstance(one.get("title"), dict) or _LANGS[0] not in one["title"]:
        raise LibraryError(where=f"{name}: title")
    for field in FIELDS[EntryKind.OBJECTION]:
        if field not in MAY_BE_EMPTY and not one.get(field):
            raise LibraryError(where=f"{name}: {field}")


# ---------------------------------------------------------------- a quiz from cards


@dataclass(frozen=True, slots=True)
class QuizWords:
    """The sentences of a quiz in its language; each has one place for the text of a card."""

    lang: str
    title: str
    choice: str
    judged: str
    which: str
    when: str
    why: str


def draft_quiz(
    *,
    card_ids: Collection[int],
    words: QuizWords,
    actor_id: int,
    now: datetime,
    framework: Framework | None = None,
) -> str:
    """A working copy of a bank with a draft item for each thing the cards say; gives its slug.

    Nothing of it can be sat before the trainer has finished each item and somebody else has
    approved the bank. Raises FewCardsError.
    """
    today = organisation_day(now)
    cards = [_card(one, words.lang) for one in queries.published(today=today, ids=card_ids)]
    choice, judged = rules.quiz(cards)
    if not choice:
        raise FewCardsError
    for n in range(1, _MOST_TRIES):
        slug = f"cards-{today:%Y%m%d}" + (f"-{n}" if n > 1 else "")
        try:
            return banks.create_bank(
                source=_bank_text(slug, words, choice, judged),
                owner_id=actor_id,
                actor_id=actor_id,
                now=now,
                framework=framework,
            )
        except BankTakenError:
            continue
    raise BankTakenError(bank=slug)


def _card(entry: queries.Entry, lang: str) -> Card:
    said = entry.words(lang)
    when = said.body.get("when") or said.body.get("says") or said.body.get("background") or ""
    return Card(
        id=entry.id,
        number=entry.number,
        title=said.title,
        when=when,
        limits=said.body.get("limits", ""),
        competency=entry.competency,
    )


def _bank_text(
    slug: str, words: QuizWords, choice: Sequence[DraftItem], judged: Sequence[DraftItem]
) -> str:
    sections = [
        {
            "title": words.choice,
            "type": "single",
            "points_each": 5,
            "items": [_choice(slug, n, item, words) for n, item in enumerate(choice, start=1)],
        },
        {
            "title": words.judged,
            "type": "true_false",
            "points_each": 5,
            "items": [_judged(slug, n, item, words) for n, item in enumerate(judged, start=1)],
        },
    ]
    bank = {
        "schema": "qbank/1",
        "id": slug,
        "title": words.title,
        "lang": words.lang,
        "pass": "70%",
        "sections": sections,
    }
    return str(yaml.safe_dump(bank, allow_unicode=True, sort_keys=False, width=1000))


def _common(slug: str, mark: str, n: int, item: DraftItem, words: QuizWords) -> dict[str, Any]:
    card = item.card
    found: dict[str, Any] = {
        "id": f"{slug}-{mark}{n:02}",
        "status": "draft",
        "why": words.why % card.title,
        "tags": [f"card-{card.id}"],
        "source": f"{card.title} #{card.id} v{card.number}"[:300],
    }
    return found | ({"competencies": [card.competency]} if card.competency else {})


def _choice(slug: str, n: int, item: DraftItem, words: QuizWords) -> dict[str, Any]:
    letters = "ABCD"
    return _common(slug, "s", n, item, words) | {
        "stem": words.which % item.about,
        "options": dict(zip(letters, item.options, strict=False)),
        "answer": letters[item.key],
    }


def _judged(slug: str, n: int, item: DraftItem, words: QuizWords) -> dict[str, Any]:
    return _common(slug, "t", n, item, words) | {
        "stem": words.when % (item.card.title, item.about),
        "answer": item.is_true,
    }
