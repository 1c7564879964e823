"""What an importer understood of a file that is not `qbank/1`: values between a reader and a bank.

Every reader (text, Word, Excel, GIFT, Moodle XML, Aiken, QTI) gives the same values, so preview,
findings and the written bank are the same whatever the trainer had. Nothing here is guessed:
None and empty mean that the source did not say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from app.domain.items import (
    DEFAULT_LANG,
    Criterion,
    Grading,
    ItemStatus,
    ItemType,
    PassMark,
    Rule,
    Text,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the source; `line` and `col` count from 1 (in a sheet: row and column).

    `part` names the file inside an archive, or the sheet.
    """

    line: int
    col: int = 1
    part: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell the trainer about a place of the source.

    `key` is a code of the messages (`E301`, `W601.gbk`); `params` fill its sentence. `item` is the
    index of the item it belongs to, over all sections; None for the file or a section.
    """

    key: str
    place: Place
    params: Mapping[str, object] = field(default_factory=dict)
    item: int | None = None


@dataclass(frozen=True, slots=True)
class FoundItem:
    """One item as the source says it, with the source text it was read from.

    `answer` holds option letters (upper case), or one of `true`/`false` for true/false; empty: the
    source gives no key. Letters of `options` run from A. `id` is kept when the source has one that
    a bank may carry. `image` is the name of a picture of `FoundBank.images`. What stands below
    `image` only our own banks say.
    """

    place: Place
    source: str
    stem: Text
    type: ItemType | None = None
    options: tuple[tuple[str, Text], ...] = ()
    answer: tuple[str, ...] = ()
    model_answer: Text | None = None
    rubric: tuple[Criterion, ...] = ()
    points: Fraction | None = None
    rule: Rule | None = None
    shuffle: bool | None = None
    why: Text | None = None
    feedback: Mapping[str, Text] = field(default_factory=dict)
    difficulty: int | None = None
    competencies: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    id: str | None = None
    image: str | None = None
    image_alt: Text | None = None
    status: ItemStatus | None = None
    reference: str | None = None
    replaces: str | None = None
    rubric_cap: bool = False
    grading: Grading | None = None
    max_chars: int | None = None


@dataclass(frozen=True, slots=True)
class FoundSection:
    """A section: its heading's type, points of each item and stated total, as far as it says."""

    place: Place
    items: tuple[FoundItem, ...]
    title: Text | None = None
    type: ItemType | None = None
    points_each: Fraction | None = None
    total: Fraction | None = None
    intro: Text | None = None
    draw: int | None = None
    shuffle_items: bool = False


@dataclass(frozen=True, slots=True)
class FoundBank:
    """A file as understood. `images` maps a file name to its bytes, unchecked."""

    sections: tuple[FoundSection, ...]
    notes: tuple[Note, ...] = ()
    title: Text | None = None
    lang: str = DEFAULT_LANG
    total: Fraction | None = None
    pass_mark: PassMark | None = None
    time_limit_minutes: int | None = None
    images: Mapping[str, bytes] = field(default_factory=dict)
    description: Text | None = None
    track: str | None = None
    tier: str | None = None
    license: str | None = None
    authors: tuple[str, ...] = ()

    @property
    def items(self) -> tuple[FoundItem, ...]:
        """All items in the order of the source."""
        return tuple(item for section in self.sections for item in section.items)
