"""What follows from a list of people in the rooms above, as values."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Foreseen:
    """(track, number of people): who joins by rule, who is taken off."""

    joined: tuple[tuple[str, int], ...] = ()
    withdrawn: tuple[tuple[str, int], ...] = ()


def together(parts: Iterable[Foreseen]) -> Foreseen:
    """All rooms' words."""
    found = list(parts)
    return Foreseen(
        tuple(one for part in found for one in part.joined),
        tuple(one for part in found for one in part.withdrawn),
    )
