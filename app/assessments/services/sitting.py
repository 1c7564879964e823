"""What a learner does: start, save, hand in. Saving is the hot path: plain statements, no ORM."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import TextClause, bindparam, func, insert, select, text

from app.assessments.errors import CancelledError
from app.assessments.frozen import (
    Frozen,
    Slot,
    digest,
    on_the_wire,
    pack,
    read_response,
    storable,
    thaw,
)
from app.assessments.models import LateAnswer, Signal
from app.assessments.queries.rows import AttemptRow, attempt_of, insert_ignore
from app.assessments.services import scoring
from app.assessments.terms import SignalKind
from app.domain.attempts import AttemptState
from app.kernel.db import UtcDateTime, core, session
from app.kernel.errors import BadInputError

MOST_SAVES: Final = 200
MOST_SIGNALS: Final = 50
MOST_LATE: Final = 500
MOST_REVISION: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class SaveReply:
    """Answer to one save, as the page understands it."""

    item: int
    status: str
    revision: int
    response: dict[str, Any] | None
    flagged: bool


@dataclass(frozen=True, slots=True)
class SaveReplies:
    """Answer to a batch. `state` is the attempt's as of now."""

    results: tuple[SaveReply, ...]
    state: str
    deadline_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Save:
    slot: Slot
    revision: int
    client: str
    sequence: int
    body: str | None
    is_flagged: bool

    @property
    def position(self) -> int:
        return self.slot.position


def save(
    *, attempt_id: int, person_id: int, client: object, saves: object, now: datetime
) -> SaveReplies:
    """Keep a batch of responses; one result per item.

    Raises NotFoundError for another person's attempt, BadInputError (nothing is kept) for a forged
    body. What comes after the grace is kept as evidence and answered `closed`.
    """
    attempt = attempt_of(attempt_id, person_id, lock=True)
    batch = _read(thaw(attempt.body), client, saves)
    attempt = _settled(attempt, now)
    if attempt.state is AttemptState.OPEN:
        results = _keep(attempt.id, batch, now)
    else:
        _keep_late(attempt, batch, now)
        results = _closed(attempt.id, batch)
    return SaveReplies(results, attempt.state.value, attempt.deadline_at)


def hand_in(
    *, attempt_id: int, person_id: int, key: str, client: object, saves: object, now: datetime
) -> scoring.Receipt:
    """Submit, with what the page still had. Twenty at once give one result and equal receipts.

    Raises as `save`. A late body is kept as evidence; the last saved answers count.
    """
    attempt = attempt_of(attempt_id, person_id, lock=True)
    batch = _read(thaw(attempt.body), client, saves) if saves else []
    attempt = _settled(attempt, now)
    if attempt.state is AttemptState.OPEN:
        _keep(attempt.id, batch, now)
        done = scoring.finish(attempt, submitted_at=now, key=storable(key)[:64], now=now)
        if done is not None:
            return done
        attempt = attempt_of(attempt_id, person_id)
    else:
        _keep_late(attempt, batch, now)
    if attempt.submitted_at is None:  # void before it was handed in
        raise CancelledError
    return scoring.Receipt(attempt.id, attempt.submitted_at, attempt.receipt or "")


def log_signals(*, attempt_id: int, person_id: int, events: object, now: datetime) -> None:
    """Remember what the page noticed, while the attempt is open. Raises BadInputError."""
    attempt = attempt_of(attempt_id, person_id)
    if not isinstance(events, list) or len(events) > MOST_SIGNALS:
        raise BadInputError
    slots = thaw(attempt.body)
    rows = [_signal(attempt.id, slots, event, now) for event in events]
    if rows and attempt.state is AttemptState.OPEN:
        core().execute(insert(Signal), rows)


def _signal(attempt_id: int, frozen: Frozen, event: object, now: datetime) -> dict[str, Any]:
    if not isinstance(event, dict) or event.get("kind") not in set(SignalKind):
        raise BadInputError
    item = event.get("item")
    return {
        "attempt_id": attempt_id,
        "kind": event["kind"],
        "position": None if item is None else frozen.slot(item).position,
        "client_at": storable(str(event.get("at", "")))[:40],
        "received_at": now,
    }


def _settled(attempt: AttemptRow, now: datetime) -> AttemptRow:
    """The attempt with its deadline stored when the grace is over: nobody comes back."""
    if not attempt.is_due(now):
        return attempt
    scoring.finish_at_deadline(attempt, now=now)
    return attempt_of(attempt.id, attempt.person_id)


# ---------------------------------------------------------------- reading a body


def _read(frozen: Frozen, client: object, saves: object) -> list[_Save]:
    if not isinstance(client, str) or not 1 <= len(client) <= 64:
        raise BadInputError
    if not isinstance(saves, list) or len(saves) > MOST_SAVES:
        raise BadInputError
    storable(client)
    batch = [_read_save(frozen, client, raw) for raw in saves]
    if len({one.position for one in batch}) != len(batch):
        raise BadInputError
    return batch


def _read_save(frozen: Frozen, client: str, raw: object) -> _Save:
    if not isinstance(raw, Mapping):
        raise BadInputError
    slot, revision = frozen.slot(raw.get("item")), raw.get("revision")
    flagged, sequence = raw.get("flagged", False), raw.get("sequence", 0)
    if type(revision) is not int or not 1 <= revision <= MOST_REVISION:
        raise BadInputError
    if type(sequence) is not int or not 0 <= sequence <= MOST_REVISION:
        raise BadInputError
    if not isinstance(flagged, bool):
        raise BadInputError
    body = pack(read_response(slot, raw.get("response")))
    return _Save(slot, revision, client, sequence, body, flagged)


# ---------------------------------------------------------------- the hot path


def _keep(attempt_id: int, batch: Sequence[_Save], now: datetime) -> tuple[SaveReply, ...]:
    """Append the events and move the current answers on: two statements, one more on a conflict."""
    if not batch:
        return ()
    db = core()
    params = _params(attempt_id, batch, now)
    fresh = {row[0] for row in db.execute(_events(len(batch)), params)}
    news = [one for one in batch if one.position in fresh]
    moved: set[int] = set()
    if news:
        params = params if len(news) == len(batch) else _params(attempt_id, news, now)
        moved = {row[0] for row in db.execute(_upsert(len(news)), params)}
    if len(moved) == len(batch):
        return tuple(_saved(one) for one in batch)
    current = _current(attempt_id, [one.position for one in batch if one.position not in moved])
    return tuple(
        _saved(one) if one.position in moved else _compared(one, current[one.position])
        for one in batch
    )


def _params(attempt_id: int, batch: Sequence[_Save], now: datetime) -> dict[str, Any]:
    params: dict[str, Any] = {"attempt": attempt_id, "client": batch[0].client, "now": now}
    for n, one in enumerate(batch):
        params[f"p{n}"] = one.position
        params[f"r{n}"] = one.revision
        params[f"s{n}"] = one.sequence
        params[f"b{n}"] = one.body
        params[f"f{n}"] = one.is_flagged
        params[f"d{n}"] = digest(f"{one.body}/{one.is_flagged:d}")
    return params


@lru_cache(maxsize=MOST_SAVES)
def _events(n: int) -> TextClause:
    """Append n events; gives back the positions that were new (a repetition is not)."""
    rows = ", ".join(
        f"(:attempt, :p{i}, :r{i}, :client, :d{i}, :b{i}, :f{i}, :now)" for i in range(n)
    )
    return text(
        "INSERT INTO answer_event (attempt_id, position, revision, client, digest, body, "  # noqa: S608  no value of a user in the text
        f"is_flagged, received_at) VALUES {rows} ON CONFLICT DO NOTHING RETURNING position"
    ).bindparams(bindparam("now", type_=UtcDateTime))


@lru_cache(maxsize=MOST_SAVES)
def _upsert(n: int) -> TextClause:
    """Move n current answers on; gives back the positions that moved.

    A higher revision wins. Of equal revisions only the same page may replace its own: its earlier
    reply was lost on the way and the learner typed on meanwhile. That page numbers its saves, so
    that an older one which was held up on the way does not undo a newer one.
    """
    rows = ", ".join(
        f"(:attempt, :p{i}, :r{i}, :client, :s{i}, :b{i}, :f{i}, :now)" for i in range(n)
    )
    return text(
        "INSERT INTO answer "  # noqa: S608  no value of a user in the text
        "(attempt_id, position, revision, client, sequence, body, is_flagged, saved_at) "
        f"VALUES {rows} ON CONFLICT (attempt_id, position) DO UPDATE SET "
        "revision = excluded.revision, client = excluded.client, sequence = excluded.sequence, "
        "body = excluded.body, is_flagged = excluded.is_flagged, saved_at = excluded.saved_at "
        "WHERE excluded.revision > answer.revision OR "
        "(excluded.revision = answer.revision AND excluded.client = answer.client "
        "AND (excluded.sequence = 0 OR excluded.sequence > answer.sequence)) "
        "RETURNING position"
    ).bindparams(bindparam("now", type_=UtcDateTime))


@dataclass(frozen=True, slots=True)
class _Current:
    revision: int
    client: str
    body: str | None
    is_flagged: bool


def _current(attempt_id: int, positions: Sequence[int]) -> dict[int, _Current]:
    rows = core().execute(
        text(
            "SELECT position, revision, client, body, is_flagged FROM answer "
            "WHERE attempt_id = :attempt AND position IN :positions"
        ).bindparams(bindparam("positions", expanding=True)),
        {"attempt": attempt_id, "positions": list(positions)},
    )
    return {row[0]: _Current(row[1], row[2], row[3], bool(row[4])) for row in rows}


def _saved(one: _Save) -> SaveReply:
    wire = on_the_wire(one.slot, one.body)
    return SaveReply(one.position, "saved", one.revision, wire, one.is_flagged)


def _compared(one: _Save, current: _Current) -> SaveReply:
    """A save that moved nothing: the same page's older one, the same value, or a conflict."""
    is_ours = current.client == one.client or current.body == one.body
    return SaveReply(
        one.position,
        "saved" if is_ours else "conflict",
        current.revision,
        on_the_wire(one.slot, current.body),
        current.is_flagged,
    )


# ---------------------------------------------------------------- after the end


def _keep_late(attempt: AttemptRow, batch: Sequence[_Save], now: datetime) -> None:
    """Keep what came too late as evidence, once each and not without end."""
    if not batch or attempt.state is AttemptState.VOID:
        return
    db = session()
    stored = _current(attempt.id, [one.position for one in batch])
    news = [
        one for one in batch if one.position not in stored or stored[one.position].body != one.body
    ]
    count = select(func.count()).where(LateAnswer.attempt_id == attempt.id)
    room = max(0, MOST_LATE - (db.scalar(count) or 0))
    rows = [
        {
            "attempt_id": attempt.id,
            "position": one.position,
            "revision": one.revision,
            "client": one.client,
            "digest": digest(one.body),
            "body": one.body,
            "received_at": now,
        }
        for one in news[:room]
    ]
    if rows:
        db.execute(insert_ignore(LateAnswer), rows)


def _closed(attempt_id: int, batch: Sequence[_Save]) -> tuple[SaveReply, ...]:
    current = _current(attempt_id, [one.position for one in batch]) if batch else {}
    return tuple(_closed_one(one, current.get(one.position)) for one in batch)


def _closed_one(one: _Save, current: _Current | None) -> SaveReply:
    if current is None:
        return SaveReply(one.position, "closed", 0, None, flagged=False)
    wire = on_the_wire(one.slot, current.body)
    return SaveReply(one.position, "closed", current.revision, wire, current.is_flagged)
