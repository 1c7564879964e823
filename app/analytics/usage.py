"""How the items of a bank did in real sittings: first attempts, released, previews left out."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Final, NamedTuple

from sqlalchemy import select

from app.analytics.timing import seconds_per_position
from app.assessments.frozen import unpack
from app.assessments.models import Answer, AnswerEvent, Attempt, ItemScore
from app.assessments.terms import Medium
from app.banks.models import Item, ItemVersion
from app.domain.items import Bank, Choice, Chosen
from app.domain.items import Item as DomainItem
from app.domain.itemstats import ItemStats, Sat, item_stats
from app.kernel.db import session

# The newest rows alone: what an item does today is not what it did years ago, and the page
# costs the same at any history.
MOST_SCORES: Final = 40_000
MOST_TIMED: Final = 500


class _Row(NamedTuple):
    """An item score with its attempt and the response."""

    attempt_id: int
    position: int
    version_id: int
    share: Fraction
    points: Fraction
    maximum: Fraction
    total: Fraction
    whole: Fraction
    is_online: bool
    body: str | None


def bank_stats(bank: Bank, version_ids: Mapping[str, int]) -> dict[str, ItemStats]:
    """Statistics by item id, n = 0 where nobody has met the item. Three SELECTs.

    They follow the content: versions of an item that read the same count together.
    """
    by_version = _same_content(version_ids)
    rows = _scores(by_version)
    times = _times(rows)
    sat: dict[str, list[Sat]] = defaultdict(list)
    for row in rows:
        rest, response = row.whole - row.maximum, unpack(row.body)
        seen = Sat(
            share=float(row.share),
            rest=float((row.total - row.points) / rest) if rest > 0 else None,
            chosen=response.options if isinstance(response, Chosen) else frozenset(),
            seconds=times.get((row.attempt_id, row.position)) if row.is_online else None,
        )
        sat[by_version[row.version_id]].append(seen)
    return {item.id: _stats(item, sat[item.id]) for item in bank.items}


def _stats(item: DomainItem, sat: list[Sat]) -> ItemStats:
    if isinstance(item.body, Choice):
        return item_stats(sat, [option.id for option in item.body.options], item.body.key)
    return item_stats(sat)


def _same_content(version_ids: Mapping[str, int]) -> dict[int, str]:
    """Item version -> item id, for all versions that read as those given."""
    ids = list(version_ids.values())
    shown = (
        select(ItemVersion.item_id, ItemVersion.content_hash)
        .where(ItemVersion.id.in_(ids))
        .subquery()
    )
    rows = session().execute(
        select(ItemVersion.id, Item.slug)
        .join(Item, Item.id == ItemVersion.item_id)
        .join(
            shown,
            (shown.c.item_id == ItemVersion.item_id)
            & (shown.c.content_hash == ItemVersion.content_hash),
        )
    )
    return {row[0]: row[1] for row in rows}


def _scores(versions: Collection[int]) -> list[_Row]:
    rows = session().execute(
        select(
            ItemScore.attempt_id,
            ItemScore.position,
            ItemScore.item_version_id,
            ItemScore.share,
            ItemScore.points,
            ItemScore.maximum,
            Attempt.total,
            Attempt.maximum,
            (Attempt.medium == Medium.ONLINE),
            Answer.body,
        )
        .join(Attempt, Attempt.id == ItemScore.attempt_id)
        .outerjoin(
            Answer,
            (Answer.attempt_id == ItemScore.attempt_id) & (Answer.position == ItemScore.position),
        )
        .where(
            ItemScore.item_version_id.in_(versions),
            ItemScore.share.is_not(None),
            Attempt.number == 1,
            Attempt.is_preview.is_(False),
            Attempt.voided_at.is_(None),
            Attempt.released_at.is_not(None),
        )
        .order_by(Attempt.submitted_at.desc(), ItemScore.attempt_id, ItemScore.position)
        .limit(MOST_SCORES)
    )
    return [_Row(*values) for values in map(tuple, rows)]


def _times(scores: Iterable[_Row]) -> dict[tuple[int, int], float]:
    """Seconds by attempt and position, of the newest attempts on a screen."""
    online = dict.fromkeys(row.attempt_id for row in scores if row.is_online)
    newest = list(online)[:MOST_TIMED]
    rows = session().execute(
        select(
            AnswerEvent.attempt_id,
            Attempt.started_at,
            AnswerEvent.position,
            AnswerEvent.received_at,
        )
        .join(Attempt, Attempt.id == AnswerEvent.attempt_id)
        .where(AnswerEvent.attempt_id.in_(newest))
        .order_by(AnswerEvent.attempt_id, AnswerEvent.received_at)
    )
    saves: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
    began: dict[int, datetime] = {}
    for attempt_id, started_at, position, received_at in rows:
        saves[attempt_id].append((position, received_at))
        began[attempt_id] = started_at
    return {
        (attempt_id, position): seconds
        for attempt_id, events in saves.items()
        for position, seconds in seconds_per_position(began[attempt_id], events).items()
    }
