"""Stems of one bank that ask nearly the same, without comparing every pair."""

from collections.abc import Iterator, Sequence

from app.domain.duplicates import LEAST, Stems, folded, runs


def near_duplicates(
    stems: Sequence[str], *, least: float = LEAST
) -> Iterator[tuple[int, int, float]]:
    """(later, earlier, share) for each stem that is nearly one before it, once per stem.

    Equal stems are left out: within a bank they have a finding of their own. A group of alike
    stems is compared with its first one.
    """
    firsts = Stems()
    places: list[int] = []
    for number, stem in enumerate(stems):
        text = folded(stem)
        of = runs(text)
        found = max(
            firsts.near(text, of, least=least), key=lambda one: (one[1], -one[0]), default=None
        )
        if found is None:
            if text:
                firsts.add(text, of)
                places.append(number)
        elif found[1] < 1:
            yield number, places[found[0]], found[1]
