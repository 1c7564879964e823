"""Stems that ask nearly the same, without comparing every pair of a large bank."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from rapidfuzz import fuzz, process

from app.domain.duplicates import LEAST, folded

# Up to here every pair is compared; above, only stems with shingles in common.
EXACT: Final = 400
SHINGLE: Final = 5
CROWDED: Final = 40
CANDIDATES: Final = 8


def near_duplicates(
    stems: Sequence[str], *, least: float = LEAST, equal: bool = False
) -> Iterator[tuple[int, int, float]]:
    """(later, earlier, share) for each stem that is nearly one before it, once per stem.

    Equal stems are left out unless `equal`: within a bank they have a finding of their own. A group
    of alike stems is compared with its first one. Up to `EXACT` stems the result is exact; above,
    pairs without a run of characters in common may be missed.
    """
    texts = [folded(stem) for stem in stems]
    compare = _all_before if len(texts) <= EXACT else _with_shingles
    return (found for found in compare(texts, least) if equal or found[2] < 1)


def _all_before(texts: Sequence[str], least: float) -> Iterator[tuple[int, int, float]]:
    firsts: list[str] = []
    places: list[int] = []
    for number, text in enumerate(texts):
        if not text:
            continue
        found = process.extractOne(
            text, firsts, scorer=fuzz.ratio, processor=None, score_cutoff=least * 100
        )
        if found:
            yield number, places[found[2]], found[1] / 100
        else:
            firsts.append(text)
            places.append(number)


def _with_shingles(texts: Sequence[str], least: float) -> Iterator[tuple[int, int, float]]:
    holders: dict[str, list[int]] = defaultdict(list)
    for number, text in enumerate(texts):
        runs = [text[at : at + SHINGLE] for at in range(max(1, len(text) - SHINGLE + 1))]
        met: Counter[int] = Counter()
        for run in runs:
            if 0 < len(among := holders.get(run, ())) <= CROWDED:
                met.update(among)
        best, place = 0.0, -1
        for other, _shared in met.most_common(CANDIDATES):
            share = fuzz.ratio(text, texts[other], score_cutoff=least * 100) / 100
            if share > best:
                best, place = share, other
        if best >= least:
            yield number, place, best
            continue
        for run in runs:
            holders[run].append(number)
