"""The item-writing lint: what a well-formed item may still do wrong (Haladyna, Downing and

Rodriguez 2002). Warnings all; `x-lint-off` on an item, a section or the bank silences a rule with
a reason. Each language of an item is looked at by itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.domain.banks import BankDraft, Finding, ItemDraft, Path, PlainText, parse_true_false
from app.domain.itemlint import words
from app.domain.itemlint.papers import is_counted, key_of, look_at_bank
from app.domain.itemlint.wording import Hit, Said, look
from app.domain.itemlint.written import look_at_written
from app.domain.items import ItemType, Text

CODES: Final = (
    *(f"W51{n}" for n in range(7)),
    *(f"W52{n}" for n in range(9)),
    *("W535", "W536", "W537", "W538"),
    *("W541", "W542"),
    *(f"W55{n}" for n in range(7)),
    *("W570", "W571", "W572"),
    *("W580", "W581", "W582", "W583"),
)


@dataclass(frozen=True, slots=True)
class Silenced:
    """A finding that is not shown, and why; `on` is `item`, `section` or `bank`."""

    finding: Finding
    reason: str
    on: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the rules found, and what of it was silenced."""

    findings: tuple[Finding, ...]
    silenced: tuple[Silenced, ...]


def lint(bank: BankDraft) -> Report:
    """All findings of the rules that need no answers, in no order."""
    shown: list[Finding] = []
    silenced: list[Silenced] = []
    for finding in _everything(bank):
        off = silenced_by(bank, finding.path, finding.key.partition(".")[0])
        if off is None:
            shown.append(finding)
        else:
            silenced.append(Silenced(finding, *off))
    return Report(tuple(shown), tuple(silenced))


def silenced_by(bank: BankDraft, path: Path, code: str) -> tuple[str, str] | None:
    """(reason, where) when a rule is silenced at this place, the nearest first."""
    places: list[tuple[Mapping[str, str], str]] = [(bank.lint_off, "bank")]
    if len(path) >= 2 and isinstance(path[1], int):
        section = bank.sections[path[1]]
        places.insert(0, (section.lint_off, "section"))
        if len(path) >= 4 and isinstance(path[3], int):
            places.insert(0, (section.items[path[3]].lint_off, "item"))
    return next(((off[code], on) for off, on in places if code in off), None)


def _everything(bank: BankDraft) -> Iterator[Finding]:
    for item in bank.items:
        if is_counted(item):
            yield from _item(item)
    yield from look_at_bank(bank)


def _item(item: ItemDraft) -> Iterator[Finding]:
    for lang in item.stem or ():
        tongue = words.tongue(lang)
        if tongue is None:
            continue
        for hit in look(_said(item, lang, tongue)):
            yield Finding(hit.key, _place(item, hit, lang), dict(hit.params))
    if item.type is ItemType.MULTI and len(item.options or {}) == len(key_of(item)) > 0:
        yield Finding("W541", (*item.path, "answer"))
    if item.type is ItemType.SHORT:
        yield from look_at_written(item)


def _said(item: ItemDraft, lang: str, tongue: words.Tongue) -> Said:
    options: tuple[tuple[str, str], ...] = ()
    key = ""
    if item.type in {ItemType.SINGLE, ItemType.MULTI} and item.options:
        options = tuple((letter, _text(text, lang)) for letter, text in item.options.items())
        key = "".join(key_of(item))
    elif item.type is ItemType.TRUE_FALSE and item.answer:
        judged = parse_true_false(item.answer[0])
        key = "" if judged is None else "T" if judged else "F"
    return Said(
        type=item.type or ItemType.SINGLE,
        tongue=tongue,
        stem=(item.stem or {})[lang],
        options=options,
        key=key,
        has_source=bool(item.source),
        parts=len(item.rubric),
    )


def _text(text: Text, lang: str) -> str:
    """An option in this language; figures are often written once for all."""
    return text.get(lang) or next(iter(text.values()), "")


def _place(item: ItemDraft, hit: Hit, lang: str) -> Path:
    path: Path = (*item.path, *hit.field)
    text: Text | None = None
    if hit.field == ("stem",):
        text = item.stem
    elif len(hit.field) > 1 and item.options:
        text = item.options[hit.field[1]]
    is_map = text is not None and not isinstance(text, PlainText) and lang in text
    return (*path, lang) if is_map else path
