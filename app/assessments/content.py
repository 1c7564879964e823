"""What this room reads from the banks: pinned versions, plans, candidates, items with keys."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Final

from sqlalchemy import bindparam, select

from app.assessments.frozen import Frozen
from app.assessments.models import AssessmentSource
from app.banks import queries as banks
from app.banks.queries import BankSnapshot, Picture
from app.domain.items import Item, ItemStatus
from app.domain.papers import BankPlan, Candidate, bank_plan

MOST_BANKS: Final = 128

# A pinned bank version never changes and its token is unlike any other, so the items of a paper
# are read from the database once per process.
_kept: Final[OrderedDict[str, Mapping[int, Item]]] = OrderedDict()
_pins: Final[OrderedDict[str, tuple[BankSnapshot, ...]]] = OrderedDict()
_pools: Final[OrderedDict[str, tuple[Candidate, ...]]] = OrderedDict()
_lock: Final = Lock()


_PINNED: Final = banks.versions_select(
    select(AssessmentSource.bank_version_id).where(
        AssessmentSource.assessment_id == bindparam("assessment_id")
    )
)


def pinned_for(assessment_id: int) -> tuple[BankSnapshot, ...]:
    """The pinned banks of an assessment, in a fixed order. One SELECT."""
    return banks.bank_versions(_PINNED, assessment_id=assessment_id)


def pinned_known(assessment_id: int, tokens: str) -> tuple[BankSnapshot, ...]:
    """As `pinned_for` where the tokens of the banks were read already. No SELECT when kept.

    For their items: who owns a bank, and since when it is published, may be out of date.
    """
    if not tokens:
        return pinned_for(assessment_id)
    with _lock:
        found = _pins.get(tokens)
    if found is None:
        found = pinned_for(assessment_id)
        with _lock:
            _pins[tokens] = found
            while len(_pins) > MOST_BANKS:
                _pins.popitem(last=False)
    return found


def pinned(bank_version_ids: Sequence[int]) -> tuple[BankSnapshot, ...]:
    """The pinned bank versions. One SELECT each."""
    return tuple(banks.bank_version(version_id) for version_id in bank_version_ids)


def items_of(frozen: Frozen) -> Mapping[int, Item]:
    """The items of a frozen paper's banks by version id, with keys. No SELECT when kept."""
    found: dict[int, Item] = {}
    for version_id, token in frozen.banks:
        items = _kept_items(token)
        found |= by_version(banks.bank_version(version_id)) if items is None else items
    return found


def _kept_items(token: str) -> Mapping[int, Item] | None:
    with _lock:
        return _kept.get(token)


def by_version(snapshot: BankSnapshot) -> Mapping[int, Item]:
    """Items by version id."""
    items = _kept_items(snapshot.token)
    if items is None:
        items = {snapshot.version_ids[item.id]: item for item in snapshot.bank.items}
        with _lock:
            _kept[snapshot.token] = items
            while len(_kept) > MOST_BANKS:
                _kept.popitem(last=False)
    return items


def plan_of(snapshot: BankSnapshot) -> BankPlan:
    """The own sections of a bank version."""
    return bank_plan(snapshot.bank, snapshot.version_ids)


def pool(snapshots: Sequence[BankSnapshot]) -> list[Candidate]:
    """All active items of some bank versions."""
    return [one for snapshot in snapshots for one in _candidates(snapshot)]


def _candidates(snapshot: BankSnapshot) -> tuple[Candidate, ...]:
    with _lock:
        found = _pools.get(snapshot.token)
    if found is None:
        bank, ids = snapshot.bank, snapshot.version_ids
        found = tuple(
            Candidate.of(item, item_version_id=ids[item.id], bank=bank.id)
            for item in bank.items
            if item.status is ItemStatus.ACTIVE
        )
        with _lock:
            _pools[snapshot.token] = found
            while len(_pools) > MOST_BANKS:
                _pools.popitem(last=False)
    return found


def picture(version_id: int) -> Picture | None:
    """The image of an item version. One SELECT."""
    return banks.item_image(version_id)
