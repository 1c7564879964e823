"""What is computed of people, when a list of people changed them."""

from collections.abc import Collection
from datetime import date

from app.competency import queries, services


def follow(person_ids: Collection[int], day: date) -> None:
    """Judge them by what role, hire date and step expect from now on."""
    ids = sorted(person_ids)
    for start in range(0, len(ids), queries.CHUNK):
        services.renew_levels(ids[start : start + queries.CHUNK], day)


def forget(person_ids: Collection[int]) -> None:
    """Drop the stored levels of accounts that are taken back."""
    services.forget_levels(person_ids)
