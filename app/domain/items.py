"""Items and banks as the rules see them: frozen values, no position in a file, no database row.

A `Text` maps a language tag to a string: `{"zh-CN": "…", "en": "…"}`. Points are exact
(`Fraction`); option ids are the letters of the author's file, never the letters on a page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Final

Text = Mapping[str, str]

DEFAULT_LANG: Final = "zh-CN"


class ItemType(StrEnum):
    """The four item types of `qbank/1`."""

    SINGLE = "single"
    MULTI = "multi"
    TRUE_FALSE = "true_false"
    SHORT = "short"


class Rule(StrEnum):
    """How a multiple choice item is scored (spec: the five named rules)."""

    ALL_OR_NOTHING = "all_or_nothing"
    SUBSET = "subset"
    SUBSET_HALF = "subset_half"
    NET = "net"
    EACH_OPTION = "each_option"


class ItemStatus(StrEnum):
    """What the author's file says; approval by a second person lives elsewhere."""

    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"


class Grading(StrEnum):
    """What the marker is shown for a short answer; none of them gives a final mark."""

    ASSIST = "assist"
    KEYWORDS = "keywords"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Option:
    """One option; `id` is its letter in the author's file."""

    id: str
    text: Text
    feedback: Text | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Single (`multiple=False`, exactly one key) or multiple choice. `key` holds option ids."""

    options: tuple[Option, ...]
    key: frozenset[str]
    multiple: bool
    rule: Rule = Rule.SUBSET


@dataclass(frozen=True, slots=True)
class TrueFalse:
    """A statement; `key` is None only in a draft."""

    key: bool | None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One rubric point. `keywords`: groups of synonyms; `need` groups must be hit (None: all)."""

    id: str
    points: Fraction
    point: Text
    keywords: tuple[tuple[str, ...], ...] = ()
    need: int | None = None
    vetoes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """A written answer that a rater marks against the rubric."""

    rubric: tuple[Criterion, ...] = ()
    model_answer: Text | None = None
    rubric_cap: bool = False
    grading: Grading = Grading.ASSIST
    max_chars: int | None = None


Body = Choice | TrueFalse | ShortAnswer


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a bank, author's view (with key)."""

    id: str
    stem: Text
    body: Body
    points: Fraction
    why: Text | None = None
    competencies: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    difficulty: int = 2
    status: ItemStatus = ItemStatus.ACTIVE
    shuffle: bool = True
    image: str | None = None
    source: str | None = None
    replaces: str | None = None
    image_alt: Text | None = None

    @property
    def type(self) -> ItemType:
        """The item type, from the body."""
        match self.body:
            case Choice(multiple=multiple):
                return ItemType.MULTI if multiple else ItemType.SINGLE
            case TrueFalse():
                return ItemType.TRUE_FALSE
            case ShortAnswer():
                return ItemType.SHORT


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a bank; `draw` picks n of its items (all of equal points)."""

    title: Text
    items: tuple[Item, ...]
    intro: Text | None = None
    draw: int | None = None
    shuffle_items: bool = False
    total: Fraction | None = None


@dataclass(frozen=True, slots=True)
class PassMark:
    """Either a share of the total (0-1) or points; exactly one is set."""

    share: Fraction | None = None
    points: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Bank:
    """A whole item bank, which is also a usable paper."""

    id: str
    title: Text
    sections: tuple[Section, ...]
    lang: str = DEFAULT_LANG
    description: Text | None = None
    track: str | None = None
    tier: str | None = None
    pass_mark: PassMark = field(default_factory=lambda: PassMark(share=Fraction(3, 5)))
    time_limit_minutes: int | None = None
    total: Fraction | None = None
    license: str | None = None
    authors: tuple[str, ...] = ()

    @property
    def items(self) -> Sequence[Item]:
        """All items in the order of the file."""
        return [item for section in self.sections for item in section.items]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Options picked, by option id (author's letter). Empty = blank."""

    options: frozenset[str]


@dataclass(frozen=True, slots=True)
class Judged:
    """True or false as the learner judged it."""

    value: bool


@dataclass(frozen=True, slots=True)
class Written:
    """A written answer; white space alone = blank."""

    text: str


Response = Chosen | Judged | Written


def text_in(text: Text, lang: str, fallback: str = DEFAULT_LANG) -> str:
    """`text` in `lang`, else in `fallback`, else in the first language there is."""
    return text.get(lang) or text.get(fallback) or next(iter(text.values()), "")
