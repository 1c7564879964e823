"""What would change in a bank: sentences where both texts can be read, lines where not."""

from dataclasses import dataclass
from difflib import unified_diff
from typing import Final

from app.banks.loader import load_text
from app.domain.bankdiff import compare, sentences

MAX_LINES: Final = 400


@dataclass(frozen=True, slots=True)
class Differences:
    """Either sentences, or lines that begin with + or -."""

    sentences: tuple[str, ...] = ()
    lines: str = ""


def said(old: str, new: str, lang: str) -> Differences:
    """How `new` differs from `old`."""
    before, after = load_text(old).bank, load_text(new).bank
    if before is not None and after is not None and (changes := compare(before, after)):
        return Differences(tuple(sentences(changes, lang)))
    lines = [
        line
        for line in unified_diff(old.splitlines(), new.splitlines(), n=1, lineterm="")
        if not line.startswith(("---", "+++"))
    ]
    return Differences(lines="\n".join(lines[:MAX_LINES]))
