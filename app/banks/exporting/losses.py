"""What a format cannot carry, told before the file is made."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.banks.exporting import weights
from app.banks.exporting.content import names_letters, served, texts
from app.banks.messages import Problem
from app.domain.banks import DEFAULT_MAX_CHARS
from app.domain.items import (
    Bank,
    Choice,
    Grading,
    Item,
    ItemStatus,
    Rule,
    ShortAnswer,
    text_in,
)

MOST_IDS: Final = 12


class Format(StrEnum):
    """The formats of an export, by the word of the command line."""

    GIFT = "gift"
    MOODLE = "moodle-xml"
    QTI = "qti"
    XLSX = "xlsx"
    DOCX = "docx"


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that is left out or changed; `items` are the ids that it is about."""

    key: str
    items: tuple[str, ...] = ()
    params: Mapping[str, object] | None = None

    @property
    def code(self) -> str:
        """The published code."""
        return self.key.partition(".")[0]

    def message(self, lang: str) -> str:
        """The sentence, in zh-CN or en; of many ids the first and how many there are."""
        shown = ("、" if lang == "zh-CN" else ", ").join(self.items[:MOST_IDS])
        if len(self.items) > MOST_IDS:
            more = (
                f" 等 {len(self.items)} 题" if lang == "zh-CN" else f" ({len(self.items)} in all)"
            )
            shown += more
        # The sentence is cut where a name is long; a list of ids is not.
        said = Problem(1, 1, self.key, {"items": "\ue000", **(self.params or {})}).message(lang)
        return said.replace("\ue000", shown)


def losses(bank: Bank, to: Format, *, lang: str) -> tuple[Loss, ...]:
    """What is lost when `bank` is written as `to` in `lang`, in the order of the codes."""
    found = [*_of_bank(bank, to, lang), *_of_items(served(bank).items, to)]
    return tuple(sorted(found, key=lambda loss: loss.key))


def _of_bank(bank: Bank, to: Format, lang: str) -> Iterator[Loss]:
    kept = lang if any(lang in text for item in bank.items for text in texts(item)) else bank.lang
    tags = {tag for item in bank.items for text in texts(item) for tag in text}
    if others := tuple(sorted(tags - {kept})):
        yield Loss("W640", params={"langs": others})
    left = tuple(item.id for item in bank.items if item.status is not ItemStatus.ACTIVE)
    if left:
        yield Loss("W641", left)
    drawn = [section for section in bank.sections if section.draw is not None]
    if drawn and to is not Format.QTI:
        names = tuple(text_in(section.title, lang, bank.lang) for section in drawn)
        yield Loss("W647.draw", params={"sections": names})
    yield Loss(_PASS.get(to, "W647"))
    if to is not Format.XLSX or any(item.replaces for item in served(bank).items):
        yield Loss(_LABELS[to])
    if to is Format.GIFT:
        yield Loss("W645")
    if to is Format.XLSX:
        yield Loss("W647.sections")
    if to in _OFFICE:
        yield Loss("W649.shuffle")


_PASS: Final = {Format.QTI: "W647.pass", Format.DOCX: "W647.pass"}
_LABELS: Final = {
    Format.GIFT: "W646",
    Format.MOODLE: "W646",
    Format.QTI: "W646.tags",
    Format.XLSX: "W646.source",
    Format.DOCX: "W646.tags",
}


def _of_items(items: Iterable[Item], to: Format) -> Iterator[Loss]:
    items = tuple(items)
    for key, formats, concerns in _LOSSES:
        if to in formats:
            ids = tuple(item.id for item in items if concerns(item))
            if ids:
                yield Loss(key, ids)


def _is_no_sum(item: Item) -> bool:
    return isinstance(item.body, Choice) and not weights.is_sum(item.body)


def _has_rubric(item: Item) -> bool:
    return isinstance(item.body, ShortAnswer) and bool(item.body.rubric)


def _is_short(item: Item) -> bool:
    return isinstance(item.body, ShortAnswer)


def _has_picture(item: Item) -> bool:
    return item.image is not None


def _is_fixed_for_letters(item: Item) -> bool:
    return isinstance(item.body, Choice) and item.shuffle and names_letters(item)


def _has_feedback(item: Item) -> bool:
    return isinstance(item.body, Choice) and any(option.feedback for option in item.body.options)


def _has_other_rule(item: Item) -> bool:
    body = item.body
    return isinstance(body, Choice) and body.multiple and body.rule is not Rule.SUBSET


def _has_marking(item: Item) -> bool:
    body = item.body
    return isinstance(body, ShortAnswer) and (
        body.grading is not Grading.ASSIST or body.max_chars not in {None, DEFAULT_MAX_CHARS}
    )


_SYSTEMS: Final = frozenset({Format.GIFT, Format.MOODLE, Format.QTI})
_OFFICE: Final = frozenset({Format.XLSX, Format.DOCX})
_LOSSES: Final[tuple[tuple[str, frozenset[Format], Callable[[Item], bool]], ...]] = (
    ("W642", frozenset({Format.GIFT, Format.MOODLE}), _is_no_sum),
    ("W642.none", frozenset({Format.XLSX}), _has_other_rule),
    ("W643", frozenset(Format) - {Format.GIFT}, _has_rubric),
    ("W643.comment", frozenset({Format.GIFT}), _is_short),
    ("W644", frozenset({Format.GIFT, Format.XLSX}), _has_picture),
    ("W648", _SYSTEMS, _is_fixed_for_letters),
    ("W649", _OFFICE, _has_feedback),
    ("W649.rule", frozenset({Format.DOCX}), _has_other_rule),
    ("W649.short", frozenset(Format), _has_marking),
)
