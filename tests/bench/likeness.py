"""The search for items that are alike: one item, and a bank, among 50,000 items of 250 banks."""

import random
from itertools import islice

from app.banks.loader import load_tree
from app.domain.duplicates import Asked, Index, across, nearest
from tests.bench.meter import Line, cpu_of, show
from tests.itemlint.rates import GOOD, OURS

BANKS, EACH = 250, 200


def made() -> list[list[Asked]]:
    """Banks whose stems are put together of thirds of shipped ones, in both languages."""
    rng = random.Random(3)
    items = [item for one in load_tree([OURS, GOOD]) if one.bank for item in one.bank.items]
    stems = {
        lang: [one.stem[lang] for one in items if lang in one.stem] for lang in ("zh-CN", "en")
    }

    def mixed(lang: str) -> str:
        one, two, three = rng.choices(stems[lang], k=3)
        return (
            one[: len(one) // 3] + two[len(two) // 3 : -len(two) // 3] + three[-len(three) // 3 :]
        )

    return [
        [Asked(f"b{bank}", f"q{n}", {lang: mixed(lang) for lang in stems}) for n in range(EACH)]
        for bank in range(BANKS)
    ]


def run() -> None:
    """Print the figures of the search."""
    banks = made()
    indexes = [Index(items) for items in banks]
    asked = list(islice((items[0] for items in banks), 50))
    build = cpu_of(lambda: Index(banks[0]), times=5)
    one = cpu_of(lambda: [nearest(item, indexes) for item in asked], times=3) / len(asked)
    whole = cpu_of(lambda: across(banks[0], indexes[1:]), times=3)
    show(
        "Items that are alike, among 50,000 in 250 banks and two languages",
        [
            Line("CPU, index of one bank of 200", 1000 * build, "ms"),
            Line("CPU, one item among all", 1000 * one, "ms", 100),
            Line("CPU, a bank of 200 among all", whole, "s", 10),
        ],
    )
