"""How often each rule fires on items that are good: python -m tests.itemlint.rates [FOLDER…]

Without folders it measures the banks that are shipped and the independent items, and writes the
table into docs/item-lint.md (`make lint-rates`).

The rate of a rule is the share of items with at least one finding of it; a finding about a whole
bank counts at one item.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from app.banks.loader import load_tree
from app.domain.itemlint import CODES

ROOT = Path(__file__).resolve().parents[2]
OURS = ROOT / "question_banks"
GOOD = ROOT / "tests" / "content" / "good_items"
PAGE = ROOT / "docs" / "item-lint.md"
TABLE = re.compile(r"^\| rule \|.*\n(?:\|.*\n)+", re.MULTILINE)


def rates(folders: Iterable[Path]) -> tuple[Mapping[str, int], int]:
    """(items with a finding by code, number of items) of all banks below the folders."""
    hit: dict[str, set[tuple[str, str]]] = defaultdict(set)
    n = 0
    for loaded in load_tree(folders):
        if loaded.bank is None:
            continue
        n += len(loaded.bank.items)
        starts = sorted((line, slug) for slug, (line, _col) in loaded.items.items())
        for found in loaded.style:
            before = [slug for line, slug in starts if line <= found.line]
            hit[found.code].add((loaded.file, before[-1] if before else ""))
    return {code: len(hit[code]) for code in CODES}, n


def table(columns: Mapping[str, Path]) -> str:
    """The table of docs/item-lint.md."""
    found = {name: rates([folder]) for name, folder in columns.items()}
    head = "".join(f" {name} ({n} items) |" for name, (_, n) in found.items())
    lines = [f"| rule |{head}", "| --- |" + " ---: |" * len(found)]
    for code in CODES:
        if code.startswith("W58"):
            continue
        cells = "".join(f" {c[code]} ({100 * c[code] / n:.1f} %) |" for c, n in found.values())
        lines.append(f"| {code} |{cells}")
    return "\n".join(lines)


def published() -> str:
    """The table that docs/item-lint.md shows."""
    return table({"our banks": OURS, "independent items": GOOD})


def publish() -> None:
    """Put the table of today into the documentation."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(TABLE.sub(lambda _old: published() + "\n", page, count=1), encoding="utf-8")


if __name__ == "__main__":
    if given := {Path(path).name: Path(path) for path in sys.argv[1:]}:
        print(table(given))
    else:
        publish()
        print(published())
