"""What this room reads from the banks: plans, candidates and item versions."""

from collections.abc import Collection, Mapping, Sequence

from app.banks import queries as banks
from app.domain.items import Item, ItemStatus
from app.domain.papers import BankPlan, Candidate, bank_plan


def items(version_ids: Collection[int]) -> Mapping[int, Item]:
    """Items by version id, with keys: for scoring, marking and release alone."""
    return banks.item_versions(version_ids)


def plan_of(bank_version_id: int) -> BankPlan:
    """The own sections of a pinned bank version."""
    found = banks.bank_version(bank_version_id)
    return bank_plan(found.bank, found.version_ids)


def pool(bank_version_ids: Sequence[int]) -> list[Candidate]:
    """All active items of some pinned bank versions."""
    candidates = []
    for version_id in bank_version_ids:
        found = banks.bank_version(version_id)
        candidates += [
            Candidate.of(item, item_version_id=found.version_ids[item.id], bank=found.bank.id)
            for item in found.bank.items
            if item.status is ItemStatus.ACTIVE
        ]
    return candidates
