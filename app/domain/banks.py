"""Rules of an item bank: keys, letters, totals; the hashes that tell item versions apart.

What an author wrote comes as drafts: typed, but not yet right. `check` lists everything that is
wrong, with the path of each place (`("sections", 0, "items", 3, "answer")`); `build` turns drafts
without errors into the frozen values of `app.domain.items`.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from app.domain.items import (
    DEFAULT_LANG,
    Bank,
    Choice,
    Criterion,
    Grading,
    Item,
    ItemStatus,
    ItemType,
    Option,
    PassMark,
    Rule,
    Section,
    ShortAnswer,
    Text,
    TrueFalse,
)

LETTERS: Final = "ABCDEFGHIJ"
MIN_OPTIONS: Final = 2
DEFAULT_MAX_CHARS: Final = 2000
DEFAULT_DIFFICULTY: Final = 3

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Ref:
    """Stands in a finding for the line of another place of the same file."""

    path: Path


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at `path`: at its value, or `at_key` at its key.

    `key` is a code, or a code and a variant (`E303.unequal`); `params` fill its sentence.
    """

    key: str
    path: Path
    params: Mapping[str, object] = field(default_factory=dict)
    at_key: bool = False


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """An item as written, defaults of section and bank applied.

    None and empty mean: not written. `broken` names fields whose shape is wrong; they are
    reported already, so no rule looks at them.
    """

    path: Path
    id: str | None = None
    type: ItemType | None = None
    stem: Text | None = None
    options: Mapping[str, Text] | None = None
    answer: tuple[str, ...] = ()
    model_answer: Text | None = None
    points: Fraction | None = None
    rule: Rule = Rule.SUBSET
    shuffle: bool = True
    why: Text | None = None
    feedback: Mapping[str, Text] = field(default_factory=dict)
    competencies: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    difficulty: int = DEFAULT_DIFFICULTY
    status: ItemStatus = ItemStatus.ACTIVE
    grading: Grading = Grading.ASSIST
    max_chars: int = DEFAULT_MAX_CHARS
    rubric: tuple[Criterion, ...] = ()
    rubric_cap: bool = False
    image: str | None = None
    image_alt: Text | None = None
    source: str | None = None
    replaces: str | None = None
    broken: frozenset[str] = frozenset()
    lint_off: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_draft(self) -> bool:
        """A draft may lack its key and is never served or counted."""
        return self.status is ItemStatus.DRAFT

    @property
    def worth(self) -> Fraction:
        """Its points: as written, else the sum of its criteria, else 1."""
        if self.points is not None:
            return self.points
        return sum((criterion.points for criterion in self.rubric), Fraction(0)) or Fraction(1)


@dataclass(frozen=True, slots=True)
class SectionDraft:
    """A section as written."""

    path: Path
    items: tuple[ItemDraft, ...]
    title: Text | None = None
    intro: Text | None = None
    total: Fraction | None = None
    draw: int | None = None
    shuffle_items: bool = False
    lint_off: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BankDraft:
    """A bank as written. `lint_off`, here and in its parts: silenced rule -> reason."""

    sections: tuple[SectionDraft, ...]
    id: str | None = None
    title: Text | None = None
    lang: str = DEFAULT_LANG
    description: Text | None = None
    track: str | None = None
    tier: str | None = None
    pass_mark: PassMark = field(default_factory=lambda: PassMark(share=Fraction(3, 5)))
    time_limit_minutes: int | None = None
    total: Fraction | None = None
    license: str | None = None
    authors: tuple[str, ...] = ()
    lint_off: Mapping[str, str] = field(default_factory=dict)

    @property
    def items(self) -> Iterator[ItemDraft]:
        """All items in the order of the file."""
        return (item for section in self.sections for item in section.items)


# ---------------------------------------------------------------- reading keys

_TRUE: Final = frozenset({"对", "正确", "是", "√", "✓", "✔", "t", "true", "yes", "y"})
_FALSE: Final = frozenset({"错", "错误", "否", "×", "✗", "✘", "x", "f", "false", "no", "n"})
_SEPARATORS: Final = re.compile(r"[\s,、;；，/|]+")


def parse_true_false(text: str) -> bool | None:
    """True, False, or None when `text` is neither (NFKC, case folded)."""
    word = unicodedata.normalize("NFKC", text).strip().casefold()
    if word in _TRUE:
        return True
    return False if word in _FALSE else None


def parse_letters(texts: Iterable[str]) -> tuple[str, ...]:
    """Option letters in `B`, `AC`, `A、C` or a list; what is no letter comes back as written."""
    found: dict[str, None] = {}
    for text in texts:
        for part in _SEPARATORS.split(unicodedata.normalize("NFKC", text).strip()):
            if part.isascii() and part.isalpha():
                found.update(dict.fromkeys(part.upper()))
            elif part:
                found[part] = None
    return tuple(found)


# ---------------------------------------------------------------- rules


def check(bank: BankDraft) -> list[Finding]:
    """Every finding of the cross rules, in no order."""
    findings: list[Finding] = []
    for section in bank.sections:
        for item in section.items:
            findings.extend(_check_item(item, bank.lang))
        findings.extend(_check_section(section))
    findings.extend(_check_totals(bank))
    findings.extend(_check_ids(bank))
    findings.extend(_check_stems(bank))
    return findings


def _check_item(item: ItemDraft, lang: str) -> Iterator[Finding]:
    rules: dict[ItemType, Callable[[ItemDraft], Iterator[Finding]]] = {
        ItemType.SINGLE: _check_choice,
        ItemType.MULTI: _check_choice,
        ItemType.TRUE_FALSE: _check_true_false,
        ItemType.SHORT: _check_short,
    }
    if item.type is not None:
        yield from rules[item.type](item)
    elif "type" not in item.broken:
        yield _missing(item, "E103.type")
    yield from _check_image(item)
    yield from _check_languages(item, lang)


def _missing(item: ItemDraft, key: str, **params: object) -> Finding:
    """What is missing is reported at the first key of the item."""
    return Finding(key, item.path, params, at_key=True)


def _check_choice(item: ItemDraft) -> Iterator[Finding]:
    if "options" in item.broken:
        return
    if not item.options:
        yield _missing(item, "E103.options")
        return
    yield from _check_letters(item.path, item.options)
    yield from _check_equal_options(item.path, item.options)
    for letter in item.feedback:
        if letter not in item.options:
            yield Finding(
                "E213",
                (*item.path, "feedback", letter),
                {"letter": letter, "letters": tuple(item.options)},
                at_key=True,
            )
    if "answer" not in item.broken:
        yield from _check_key(item, item.options)
    yield from _check_pointless(item, ("rubric",))
    yield from _check_bare_letters(item, item.options)


def _check_letters(path: Path, options: Mapping[str, Text]) -> Iterator[Finding]:
    for number, letter in enumerate(options):
        place = (*path, "options", letter)
        if number >= len(LETTERS):
            yield Finding("E211.many", place, {"letter": letter, "count": number + 1}, at_key=True)
            return
        if letter != LETTERS[number]:
            yield Finding("E211", place, {"letter": letter, "want": LETTERS[number]}, at_key=True)
            return
    if len(options) < MIN_OPTIONS:
        count = {"key": "options", "count": len(options), "least": MIN_OPTIONS}
        yield Finding("E103.count", (*path, "options"), {**count, "most": len(LETTERS)}, True)


def _check_equal_options(path: Path, options: Mapping[str, Text]) -> Iterator[Finding]:
    seen: dict[tuple[str, str], str] = {}
    for letter, text in options.items():
        for lang, words in text.items():
            first = seen.setdefault((lang, fold(words)), letter)
            if first != letter:
                params = {"letter": letter, "first": first}
                yield Finding("E212", (*path, "options", letter), params)
                break


def _check_key(item: ItemDraft, options: Mapping[str, Text]) -> Iterator[Finding]:
    key = parse_letters(item.answer)
    place = (*item.path, "answer")
    if not key:
        if not item.is_draft:
            example = "B" if item.type is ItemType.SINGLE else "[A, C]"
            yield _missing(item, "E220", example=example)
        return
    if strange := tuple(letter for letter in key if letter not in options):
        yield Finding("E222", place, {"letter": strange, "letters": tuple(options)})
    if item.type is ItemType.SINGLE:
        if len(key) > 1:
            yield Finding("E224", place, {"count": len(key)})
        if _offers_true_and_false(options):
            yield Finding("W403", (*item.path, "options"), at_key=True)
    elif len(key) == 1:
        yield Finding("W402", place)


def _offers_true_and_false(options: Mapping[str, Text]) -> bool:
    readings = [{parse_true_false(words) for words in text.values()} for text in options.values()]
    return len(readings) == MIN_OPTIONS and {True} in readings and {False} in readings


def _check_true_false(item: ItemDraft) -> Iterator[Finding]:
    if item.options is not None or "options" in item.broken:
        yield Finding("E226", (*item.path, "options"), at_key=True)
    if "answer" not in item.broken:
        if not item.answer:
            if not item.is_draft:
                yield _missing(item, "E220", example="对")
        elif len(item.answer) > 1 or parse_true_false(item.answer[0]) is None:
            yield Finding("E225", (*item.path, "answer"), {"value": item.answer})
    yield from _check_pointless(item, ("feedback", "rubric"))


def _check_short(item: ItemDraft) -> Iterator[Finding]:
    broken = {"answer", "rubric"} & item.broken
    if not (item.rubric or item.model_answer or broken or item.is_draft):
        yield _missing(item, "E230")
    if item.rubric and "rubric" not in item.broken:
        yield from _check_rubric(item)
    yield from _check_pointless(item, ("options", "feedback"))


def _check_rubric(item: ItemDraft) -> Iterator[Finding]:
    total = sum((criterion.points for criterion in item.rubric), Fraction(0))
    if not item.rubric_cap and total != item.worth and not {"points", "rubric_cap"} & item.broken:
        params = {"sum": total, "points": item.worth}
        yield Finding("E232", (*item.path, "rubric"), params, at_key=True)
    seen: dict[str, int] = {}
    for number, criterion in enumerate(item.rubric):
        place = (*item.path, "rubric", number)
        if criterion.id in seen:
            first = Ref((*item.path, "rubric", seen[criterion.id], "id"))
            yield Finding("E201", (*place, "id"), {"id": criterion.id, "first": first})
        seen.setdefault(criterion.id, number)
        count = len(criterion.keywords)
        if criterion.need is not None and criterion.need > count:
            counts = {"need": criterion.need, "count": count}
            yield Finding("E103.need", (*place, "need"), counts)


def _check_pointless(item: ItemDraft, fields: Sequence[str]) -> Iterator[Finding]:
    """Fields that mean nothing for this type would be lost without a word."""
    written: dict[str, bool] = {
        "options": item.options is not None,
        "feedback": bool(item.feedback),
        "rubric": bool(item.rubric),
    }
    for name in fields:
        if written.get(name):
            params = {"type": item.type.value if item.type else "", "key": name}
            yield Finding("E103.pointless", (*item.path, name), params, at_key=True)


# "A" as an article, "I" as a pronoun and letters that are part of a name are no option letters.
_LETTER: Final = r"((?![AI] [a-z])[A-J])(?![A-Za-z0-9}+/&_'’-])(?!\.[A-Za-z])"
_BARE: Final = re.compile(
    r"(?<![A-Za-z0-9{+/&._-])(?<![A-Za-z] )" + _LETTER + r"(?! ?[端轮股型级类])"
)
_BARE_AFTER_WORD: Final = re.compile(
    r"\b(?i:options?|answer|choice|choose|pick|and|or|both|than|not) " + _LETTER
)


def bare_letters(text: str, letters: Iterable[str]) -> tuple[str, ...]:
    """Option letters named outright in `text`, where `{A}` belongs."""
    found = {m.group(1) for pattern in (_BARE, _BARE_AFTER_WORD) for m in pattern.finditer(text)}
    return tuple(sorted(found & set(letters)))


def _check_bare_letters(item: ItemDraft, options: Mapping[str, Text]) -> Iterator[Finding]:
    if item.why is None or not item.shuffle:
        return
    for text in item.why.values():
        if found := bare_letters(text, options):
            yield Finding("W405", (*item.path, "why"), {"letter": found[0]})
            return


def _check_image(item: ItemDraft) -> Iterator[Finding]:
    if item.image and not item.image_alt and not {"image", "x-alt"} & item.broken:
        yield Finding("W411", (*item.path, "image"))


def _check_languages(item: ItemDraft, lang: str) -> Iterator[Finding]:
    texts = list(_texts(item))
    everywhere = dict.fromkeys(tag for _, text in texts for tag in text)
    if len(everywhere) < 2:  # one language in the whole item: nothing can be missing
        return
    for path, text in texts:
        # A plain string carries the bank's language alone and asks for no other.
        if isinstance(text, PlainText):
            continue
        if lacking := tuple(tag for tag in everywhere if tag not in text):
            shown = lang if lang in text else next(iter(text))
            yield Finding("W410", path, {"langs": lacking, "lang": shown})


class PlainText(dict[str, str]):
    """A text written as a plain string, in the language of its bank."""

    __slots__ = ()


def _texts(item: ItemDraft) -> Iterator[tuple[Path, Text]]:
    singles = {
        "stem": item.stem,
        "x-alt": item.image_alt,
        "why": item.why,
        "answer": item.model_answer,
    }
    for name, text in singles.items():
        if text:
            yield (*item.path, name), text
    for name, texts in (("options", item.options or {}), ("feedback", item.feedback)):
        for letter, text in texts.items():
            if text:
                yield (*item.path, name, letter), text
    for number, criterion in enumerate(item.rubric):
        if criterion.point:
            yield (*item.path, "rubric", number, "point"), criterion.point


def _counted(section: SectionDraft) -> list[ItemDraft]:
    return [item for item in section.items if item.status is ItemStatus.ACTIVE]


def _planned(section: SectionDraft) -> list[ItemDraft]:
    """What a total is compared with: a section of drafts alone is judged by what it is to be."""
    drafts = [item for item in section.items if item.is_draft]
    return _counted(section) or ([] if section.draw is not None else drafts)


def _left_out(section: SectionDraft) -> list[ItemDraft]:
    """Drafts that a total does not count yet."""
    if section.draw is not None or not _counted(section):
        return []
    return [item for item in section.items if item.is_draft]


def _sum(section: SectionDraft) -> Fraction:
    items = _planned(section)
    if section.draw is not None and items:
        return items[0].worth * section.draw
    return sum((item.worth for item in items), Fraction(0))


def _has_sure_points(section: SectionDraft) -> bool:
    doubtful = {"points", "status", "rubric", "item"}
    return not any(doubtful & item.broken for item in section.items)


def _check_section(section: SectionDraft) -> Iterator[Finding]:
    if not _has_sure_points(section):
        return
    items = _planned(section)
    if section.draw is not None:
        place = (*section.path, "draw")
        if section.draw > len(items):
            yield Finding("E303", place, {"draw": section.draw, "count": len(items)})
            return
        different = tuple(sorted({item.worth for item in items}))
        if len(different) > 1:
            yield Finding("E303.unequal", place, {"points": different})
            return
    total = _sum(section)
    if section.total is None or section.total == total:
        return
    params: dict[str, object] = {"stated": section.total, "sum": total, "count": len(items)}
    key = "E301"
    if section.draw is not None:
        params |= {"count": section.draw, "each": items[0].worth}
        key = "E301.draw"
    elif left := _left_out(section):
        whole = total + sum((item.worth for item in left), Fraction(0))
        params |= {"drafts": len(left), "with_drafts": whole}
        key = "E301.drafts" if whole == section.total else "E301.both"
    yield Finding(key, (*section.path, "total"), params)


def _check_totals(bank: BankDraft) -> Iterator[Finding]:
    if not all(_has_sure_points(section) for section in bank.sections):
        return
    total = sum((_sum(section) for section in bank.sections), Fraction(0))
    if bank.total is not None and bank.total != total:
        left = [item for section in bank.sections for item in _left_out(section)]
        params: dict[str, object] = {"stated": bank.total, "sum": total}
        if left:
            whole = total + sum((item.worth for item in left), Fraction(0))
            params |= {"drafts": len(left), "with_drafts": whole}
        yield Finding("E302.drafts" if left else "E302", ("total",), params)
    wanted = bank.pass_mark.points
    if wanted is not None and wanted > total:
        yield Finding("E103.pass", ("pass",), {"value": wanted, "total": total})


def _check_ids(bank: BankDraft) -> Iterator[Finding]:
    seen: dict[str, Path] = {}
    for item in bank.items:
        if item.id is None:
            continue
        first = seen.setdefault(item.id, item.path)
        if first != item.path:
            params = {"id": item.id, "first": Ref((*first, "id"))}
            yield Finding("E201", (*item.path, "id"), params)


def _check_stems(bank: BankDraft) -> Iterator[Finding]:
    seen: dict[str, ItemDraft] = {}
    for item in bank.items:
        if not item.stem:
            continue
        words = item.stem.get(bank.lang) or next(iter(item.stem.values()))
        first = seen.setdefault(fold(words), item)
        if first is not item:
            params = {"id": first.id or "?", "first": Ref((*first.path, "stem"))}
            yield Finding("W404", (*item.path, "stem"), params)


# ---------------------------------------------------------------- building


def build(bank: BankDraft) -> Bank:
    """The frozen bank. Only for drafts that `check` found no error in."""
    return Bank(
        id=bank.id or "",
        title=bank.title or {},
        sections=tuple(_build_section(section) for section in bank.sections),
        lang=bank.lang,
        description=bank.description,
        track=bank.track,
        tier=bank.tier,
        pass_mark=bank.pass_mark,
        time_limit_minutes=bank.time_limit_minutes,
        total=bank.total,
        license=bank.license,
        authors=bank.authors,
    )


def _build_section(section: SectionDraft) -> Section:
    return Section(
        title=section.title or {},
        items=tuple(build_item(item) for item in section.items),
        intro=section.intro,
        draw=section.draw,
        shuffle_items=section.shuffle_items,
        total=section.total,
    )


def build_item(item: ItemDraft) -> Item:
    """The frozen item of a draft without errors."""
    return Item(
        id=item.id or "",
        stem=item.stem or {},
        body=_build_body(item),
        points=item.worth,
        why=item.why,
        competencies=item.competencies,
        tags=item.tags,
        difficulty=item.difficulty,
        status=item.status,
        shuffle=item.shuffle,
        image=item.image,
        image_alt=item.image_alt,
        source=item.source,
        replaces=item.replaces,
    )


def _build_body(item: ItemDraft) -> Choice | TrueFalse | ShortAnswer:
    match item.type:
        case ItemType.SINGLE | ItemType.MULTI:
            multiple = item.type is ItemType.MULTI
            return Choice(
                options=tuple(
                    Option(letter, text, item.feedback.get(letter))
                    for letter, text in (item.options or {}).items()
                ),
                key=frozenset(parse_letters(item.answer)),
                multiple=multiple,
                # With one key every rule gives the same score; one name keeps versions still
                # when the bank's default rule changes.
                rule=item.rule if multiple else Rule.ALL_OR_NOTHING,
            )
        case ItemType.TRUE_FALSE:
            return TrueFalse(parse_true_false(item.answer[0]) if item.answer else None)
        case ItemType.SHORT:
            return ShortAnswer(
                rubric=item.rubric,
                model_answer=item.model_answer,
                rubric_cap=item.rubric_cap,
                grading=item.grading,
                max_chars=item.max_chars,
            )
        case None:
            raise ValueError("an item without a type has errors")


# ---------------------------------------------------------------- versions


def fold(text: str) -> str:
    """NFC with runs of white space as one space: two texts that read the same are equal."""
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.split())


def _folded(text: Text) -> dict[str, str]:
    # Line by line: a line break makes a table or a list, so it is more than a space.
    return {lang: "\n".join(map(fold, words.strip().split("\n"))) for lang, words in text.items()}


def canonical_content(item: Item, *, image_sha256: str | None = None) -> dict[str, Any]:
    """What a learner sees: type, stem, image and options in source order, in all languages."""
    options = item.body.options if isinstance(item.body, Choice) else ()
    return {
        "type": item.type.value,
        "stem": _folded(item.stem),
        "image": image_sha256 or item.image,
        "options": [_folded(option.text) for option in options],
    }


def canonical_scoring(item: Item, *, image_sha256: str | None = None) -> dict[str, Any]:
    """Content and all that a score depends on: key, points, rule, rubric."""
    content = canonical_content(item, image_sha256=image_sha256)
    return {**content, "points": str(item.points), "score": _scoring(item)}


def _scoring(item: Item) -> dict[str, Any]:
    match item.body:
        case Choice(key=key, rule=rule):
            return {"key": sorted(key), "rule": rule.value}
        case TrueFalse(key=judged):
            return {"key": judged}
        case ShortAnswer() as short:
            return {
                "model_answer": _folded(short.model_answer) if short.model_answer else None,
                "rubric": [_criterion(criterion) for criterion in short.rubric],
                "rubric_cap": short.rubric_cap,
                "max_chars": short.max_chars,
            }


def _criterion(criterion: Criterion) -> dict[str, Any]:
    return {
        "id": criterion.id,
        "points": str(criterion.points),
        "point": _folded(criterion.point),
        "keywords": [[fold(word) for word in group] for group in criterion.keywords],
        "need": criterion.need,
        "not": [fold(word) for word in criterion.vetoes],
    }


def _digest(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def content_hash(item: Item, *, image_sha256: str | None = None) -> str:
    """SHA-256 (hex) of what a learner sees; item statistics are kept per content.

    `image_sha256` stands for the bytes of its picture, so that a new picture is a new content.
    """
    return _digest(canonical_content(item, image_sha256=image_sha256))


def scoring_hash(item: Item, *, image_sha256: str | None = None) -> str:
    """SHA-256 (hex) of all that a score depends on; equal hashes are the same item version."""
    return _digest(canonical_scoring(item, image_sha256=image_sha256))
