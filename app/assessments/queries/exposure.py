"""How often items were met, how hard they turned out, and what is new to a person."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import func, select

from app.assessments.models import Attempt, ItemScore, SeenItem
from app.domain.forms_parallel import Measured
from app.kernel.db import session


@dataclass(frozen=True, slots=True)
class Exposure:
    """An item: people who met it, sittings handed in with it, when it was last given out."""

    people: int = 0
    sittings: int = 0
    last_at: datetime | None = None


def exposure(item_ids: Collection[str]) -> dict[str, Exposure]:
    """By item id, for every id asked. Previews do not count, void attempts do: it was seen.

    Two SELECTs.
    """
    met = session().execute(
        select(SeenItem.item_id, func.count(), func.max(SeenItem.first_at))
        .where(SeenItem.item_id.in_(item_ids))
        .group_by(SeenItem.item_id)
    )
    people = {row[0]: (row[1], row[2]) for row in met}
    given = session().execute(
        select(ItemScore.item_id, func.count(), func.max(Attempt.started_at))
        .join(Attempt, Attempt.id == ItemScore.attempt_id)
        .where(ItemScore.item_id.in_(item_ids), Attempt.is_preview.is_(False))
        .group_by(ItemScore.item_id)
    )
    sittings = {row[0]: (row[1], row[2]) for row in given}
    found = {}
    for item_id in item_ids:
        n, first = people.get(item_id, (0, None))
        times, last = sittings.get(item_id, (0, None))
        moments = [moment for moment in (first, last) if moment is not None]
        found[item_id] = Exposure(n, times, max(moments, default=None))
    return found


def measured(item_version_ids: Collection[int]) -> dict[int, Measured]:
    """Mean share of points of released first attempts, by item version. One SELECT.

    First attempts alone: who meets an item again knows it.
    """
    rows = session().execute(
        select(ItemScore.item_version_id, ItemScore.share, func.count())
        .join(Attempt, Attempt.id == ItemScore.attempt_id)
        .where(
            ItemScore.item_version_id.in_(item_version_ids),
            ItemScore.share.is_not(None),
            Attempt.number == 1,
            Attempt.is_preview.is_(False),
            Attempt.voided_at.is_(None),
            Attempt.released_at.is_not(None),
        )
        .group_by(ItemScore.item_version_id, ItemScore.share)
    )
    totals: dict[int, Fraction] = defaultdict(Fraction)
    people: dict[int, int] = defaultdict(int)
    for version_id, share, n in rows:
        totals[version_id] += (share or 0) * n
        people[version_id] += n
    return {one: Measured(float(totals[one] / n), n) for one, n in people.items()}


def seen_by(person_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Items each person met before. One SELECT."""
    met: dict[int, set[str]] = defaultdict(set)
    rows = session().execute(
        select(SeenItem.person_id, SeenItem.item_id).where(SeenItem.person_id.in_(person_ids))
    )
    for person_id, item_id in rows:
        met[person_id].add(item_id)
    return {one: frozenset(met[one]) for one in person_ids}
