"""What changed between two versions of a bank, as a trainer would say it.

`compare` gives values, `sentence` words them in zh-CN or en. Items are matched by their id; the
number is where an item stands in the newer version (in the older one when it is gone).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from app.domain.banks import fold
from app.domain.items import (
    Bank,
    Choice,
    Criterion,
    Item,
    ItemStatus,
    ItemType,
    PassMark,
    Rule,
    Section,
    ShortAnswer,
    Text,
    TrueFalse,
    text_in,
)

SHOWN_MOST: Final = 48


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed. `kind` names the sentence, `params` fill it.

    `item` is the id of the item it is about, empty for the bank; `number` its place.
    """

    kind: str
    params: Mapping[str, object] = field(default_factory=dict)
    item: str = ""
    number: int = 0


def compare(
    old: Bank,
    new: Bank,
    *,
    old_images: Mapping[str, str] | None = None,
    new_images: Mapping[str, str] | None = None,
) -> tuple[Change, ...]:
    """Everything that differs, the bank first, then item by item in the order of the newer one.

    `*_images`: item id -> digest of its picture, so that a new picture under the old name counts.
    """
    before = {item.id: item for item in old.items}
    after = {item.id: item for item in new.items}
    places = {item.id: number for number, item in enumerate(new.items, 1)}
    earlier = {item.id: number for number, item in enumerate(old.items, 1)}
    changes = list(_bank(old, new))
    changes += _counted("added", [item for item in new.items if item.id not in before], places)
    changes += _counted("gone", [item for item in old.items if item.id not in after], earlier)
    pictures = (old_images or {}, new_images or {})
    for item in new.items:
        if item.id in before:
            changes += _item(before[item.id], item, places[item.id], pictures)
    return (*changes, *_order(old, new, before, after))


def _counted(kind: str, items: Sequence[Item], places: Mapping[str, int]) -> Iterator[Change]:
    if items:
        yield Change(kind, {"n": len(items), "numbers": tuple(places[one.id] for one in items)})
    for one in items:
        params = {"stem": one.stem, "id": one.id}
        yield Change(f"{kind}.item", params, one.id, places[one.id])


def _order(
    old: Bank, new: Bank, before: Mapping[str, Item], after: Mapping[str, Item]
) -> Iterator[Change]:
    kept_before = [item.id for item in old.items if item.id in after]
    kept_after = [item.id for item in new.items if item.id in before]
    if kept_before != kept_after:
        yield Change("order")


# ---------------------------------------------------------------- bank and sections


def _bank(old: Bank, new: Bank) -> Iterator[Change]:
    pairs: tuple[tuple[str, object, object], ...] = (
        ("title", _plain(old.title), _plain(new.title)),
        ("description", _plain(old.description), _plain(new.description)),
    )
    for kind, before, after in pairs:
        if before != after:
            yield Change(kind, {"old": getattr(old, kind) or {}, "new": getattr(new, kind) or {}})
    if old.pass_mark != new.pass_mark:
        yield Change("pass", {"old": old.pass_mark, "new": new.pass_mark})
    if old.time_limit_minutes != new.time_limit_minutes:
        minutes = (old.time_limit_minutes, new.time_limit_minutes)
        yield Change("time", {"old": minutes[0] or 0, "new": minutes[1] or 0})
    if old.total != new.total:
        yield Change("total", {"old": old.total or 0, "new": new.total or 0})
    if (old.track, old.tier) != (new.track, new.tier):
        yield Change("track", {"old": _place(old), "new": _place(new)})
    if (old.lang, old.license, old.authors) != (new.lang, new.license, new.authors):
        yield Change("imprint")
    yield from _sections(old.sections, new.sections)


def _place(bank: Bank) -> str:
    return " ".join(part for part in (bank.track, bank.tier) if part)


def _sections(old: Sequence[Section], new: Sequence[Section]) -> Iterator[Change]:
    if len(old) != len(new):
        yield Change("sections", {"old": len(old), "new": len(new)})
        return
    for n, (before, after) in enumerate(zip(old, new, strict=True), 1):
        params: dict[str, object] = {"n": n}
        if _plain(before.title) != _plain(after.title):
            yield Change("section.title", {**params, "old": before.title, "new": after.title})
        if _plain(before.intro) != _plain(after.intro):
            yield Change("section.intro", params)
        if before.draw != after.draw:
            yield Change(
                "section.draw", {**params, "old": before.draw or 0, "new": after.draw or 0}
            )
        if before.total != after.total:
            totals = {"old": before.total or 0, "new": after.total or 0}
            yield Change("section.total", {**params, **totals})
        if before.shuffle_items != after.shuffle_items:
            yield Change("section.shuffle", params)


# ---------------------------------------------------------------- items


def _item(
    old: Item, new: Item, number: int, pictures: tuple[Mapping[str, str], Mapping[str, str]]
) -> Iterator[Change]:
    for kind, params in _differences(old, new):
        yield Change(kind, params, new.id, number)
    before, after = pictures[0].get(new.id, old.image), pictures[1].get(new.id, new.image)
    if _plain(old.image_alt) != _plain(new.image_alt) and old.image and new.image:
        params = {"old": old.image_alt or {}, "new": new.image_alt or {}}
        yield Change("alt", params, new.id, number)
    if before != after:
        kind = "image" if before and after else ("image.new" if after else "image.gone")
        yield Change(kind, {}, new.id, number)


Difference = tuple[str, Mapping[str, object]]


def _differences(old: Item, new: Item) -> Iterator[Difference]:
    yield from _plain_fields(old, new, ("type",))
    yield from _text_fields(old, new, ("stem",))
    yield from _body(old, new)
    yield from _plain_fields(old, new, ("points", "status"))
    yield from _text_fields(old, new, ("why",))
    yield from _plain_fields(old, new, ("difficulty", "competencies", "tags"))
    if old.shuffle != new.shuffle:
        yield ("shuffle.on" if new.shuffle else "shuffle.off"), {}
    if (old.source, old.replaces) != (new.source, new.replaces):
        yield "source", {}


def _plain_fields(old: Item, new: Item, names: Sequence[str]) -> Iterator[Difference]:
    for name in names:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield name, {"old": before, "new": after}


def _text_fields(old: Item, new: Item, names: Sequence[str]) -> Iterator[Difference]:
    for name in names:
        before, after = getattr(old, name), getattr(new, name)
        if _plain(before) != _plain(after):
            yield name, {"old": before or {}, "new": after or {}}


def _body(old: Item, new: Item) -> Iterator[Difference]:
    match (old.body, new.body):
        case Choice() as before, Choice() as after:
            yield from _choice(before, after)
        case TrueFalse() as before, TrueFalse() as after:
            if before.key != after.key:
                yield "key", {"old": _judged(before), "new": _judged(after)}
        case ShortAnswer() as before, ShortAnswer() as after:
            yield from _short(before, after)
        case _:
            return


def _judged(body: TrueFalse) -> object:
    return "" if body.key is None else body.key


def _choice(old: Choice, new: Choice) -> Iterator[Difference]:
    yield from _options(old, new)
    before = tuple(sorted(_moved(old, new) if _is_reordered(old, new) else old.key))
    after = tuple(sorted(new.key))
    if before != after:
        yield "key", {"old": before, "new": after}
    if old.multiple and new.multiple and old.rule is not new.rule:
        yield "rule", {"old": old.rule, "new": new.rule}


def _said_by(body: Choice) -> list[frozenset[tuple[str, str]]]:
    return [frozenset(_plain(option.text).items()) for option in body.options]


def _is_reordered(old: Choice, new: Choice) -> bool:
    before, after = _said_by(old), _said_by(new)
    return before != after and set(before) == set(after)


def _moved(old: Choice, new: Choice) -> list[str]:
    """The old key under the letters of the new order: a key that moved with its option stays."""
    keys = {
        said
        for option, said in zip(old.options, _said_by(old), strict=True)
        if option.id in old.key
    }
    return [
        option.id for option, said in zip(new.options, _said_by(new), strict=True) if said in keys
    ]


def _options(old: Choice, new: Choice) -> Iterator[Difference]:
    before = {option.id: option for option in old.options}
    after = {option.id: option for option in new.options}
    if _is_reordered(old, new):
        yield "options.order", {}
        return
    for letter, option in after.items():
        if letter not in before:
            yield "option.new", {"letter": letter, "new": option.text}
            continue
        if _plain(before[letter].text) != _plain(option.text):
            texts = {"old": before[letter].text, "new": option.text}
            yield "option", {"letter": letter, **texts}
        if _plain(before[letter].feedback) != _plain(option.feedback):
            yield "feedback", {"letter": letter}
    for letter, option in before.items():
        if letter not in after:
            yield "option.gone", {"letter": letter, "old": option.text}


def _short(old: ShortAnswer, new: ShortAnswer) -> Iterator[Difference]:
    if _plain(old.model_answer) != _plain(new.model_answer):
        yield "model", {"old": old.model_answer or {}, "new": new.model_answer or {}}
    before = {one.id: one for one in old.rubric}
    after = {one.id: one for one in new.rubric}
    for name, criterion in after.items():
        if name not in before:
            yield "criterion.new", {"new": criterion.point, "points": criterion.points}
        else:
            yield from _criterion(before[name], criterion)
    for name, criterion in before.items():
        if name not in after:
            yield "criterion.gone", {"old": criterion.point, "points": criterion.points}
    settings = (old.rubric_cap, old.grading, old.max_chars)
    if settings != (new.rubric_cap, new.grading, new.max_chars):
        yield "marking", {}


def _criterion(old: Criterion, new: Criterion) -> Iterator[Difference]:
    if old.points != new.points:
        yield "criterion.points", {"point": new.point, "old": old.points, "new": new.points}
    if _plain(old.point) != _plain(new.point):
        yield "criterion", {"old": old.point, "new": new.point}
    if (old.keywords, old.need, old.vetoes) != (new.keywords, new.need, new.vetoes):
        yield "criterion.keywords", {"point": new.point}


def _plain(text: Text | None) -> dict[str, str]:
    """Texts that read the same are the same."""
    return {} if text is None else {lang: fold(words) for lang, words in text.items()}


# ---------------------------------------------------------------- words

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("标题由“{old}”改为“{new}”", "Title changed from “{old}” to “{new}”"),
    "description": ("说明改了：{old} → {new}", "Description changed: {old} → {new}"),
    "pass": ("及格线由 {old} 改为 {new}", "Pass mark changed from {old} to {new}"),
    "time": ("限时由 {old} 分钟改为 {new} 分钟", "Time limit changed from {old} to {new} minutes"),
    "total": ("全卷总分由 {old} 改为 {new}", "Total of the paper changed from {old} to {new}"),
    "track": ("培训路径由 {old} 改为 {new}", "Training path changed from {old} to {new}"),
    "imprint": (
        "语言、许可或作者改了",
        "Language, licence or authors changed",
    ),
    "sections": ("大题由 {old} 个变为 {new} 个", "Sections: {old} before, {new} now"),
    "section.title": (
        "第 {n} 大题的标题由“{old}”改为“{new}”",
        "Title of section {n} changed from “{old}” to “{new}”",
    ),
    "section.intro": ("第 {n} 大题的说明改了", "Introduction of section {n} changed"),
    "section.draw": (
        "第 {n} 大题抽题数由 {old} 改为 {new}（0 为不抽）",
        "Section {n} draws {new} items, {old} before (0: all of them)",
    ),
    "section.total": (
        "第 {n} 大题合计由 {old} 分改为 {new} 分",
        "Total of section {n} changed from {old} to {new}",
    ),
    "section.shuffle": (
        "第 {n} 大题改了题目是否打乱",
        "Whether section {n} shuffles its items changed",
    ),
    "added": ("新增 {n} 题：第 {numbers} 题", "{n} added: {numbers}"),
    "added.item": ("新增第 {number} 题：{stem}", "Item {number} is new: {stem}"),
    "gone": ("去掉 {n} 题：原第 {numbers} 题", "{n} taken out, formerly {numbers}"),
    "gone.item": (
        "去掉了原第 {number} 题：{stem}",
        "Former item {number} was taken out: {stem}",
    ),
    "order": ("题目的先后改了", "The order of the items changed"),
    "type": (
        "第 {number} 题的题型由{old}改为{new}",
        "Type of item {number} changed from {old} to {new}",
    ),
    "stem": ("第 {number} 题题干改了：{old} → {new}", "Stem of item {number}: {old} → {new}"),
    "option": (
        "第 {number} 题选项 {letter} 改了：{old} → {new}",
        "Option {letter} of item {number}: {old} → {new}",
    ),
    "option.new": (
        "第 {number} 题新增选项 {letter}：{new}",
        "Item {number} has a new option {letter}: {new}",
    ),
    "option.gone": (
        "第 {number} 题去掉了选项 {letter}：{old}",
        "Item {number} lost option {letter}: {old}",
    ),
    "options.order": (
        "第 {number} 题的选项换了先后",
        "The options of item {number} are in another order",
    ),
    "key": (
        "第 {number} 题答案由 {old} 改为 {new}",
        "Key of item {number} changed from {old} to {new}",
    ),
    "rule": (
        "第 {number} 题的计分由“{old}”改为“{new}”",
        "Scoring of item {number} changed from “{old}” to “{new}”",
    ),
    "feedback": (
        "第 {number} 题选项 {letter} 的反馈改了",
        "Feedback on option {letter} of item {number} changed",
    ),
    "points": (
        "第 {number} 题由 {old} 分改为 {new} 分",
        "Item {number} is worth {new} points, {old} before",
    ),
    "status": (
        "第 {number} 题由{old}变为{new}",
        "Item {number} is {new} now, {old} before",
    ),
    "why": (
        "第 {number} 题解析改了：{old} → {new}",
        "Explanation of item {number}: {old} → {new}",
    ),
    "difficulty": (
        "第 {number} 题预设难度由 {old} 改为 {new}",
        "Difficulty of item {number} changed from {old} to {new}",
    ),
    "competencies": (
        "第 {number} 题考的能力由 {old} 改为 {new}",
        "Competencies of item {number} changed from {old} to {new}",
    ),
    "tags": (
        "第 {number} 题标签由 {old} 改为 {new}",
        "Tags of item {number} changed from {old} to {new}",
    ),
    "shuffle.on": (
        "第 {number} 题的选项改为打乱",
        "The options of item {number} are shuffled now",
    ),
    "shuffle.off": (
        "第 {number} 题的选项改为不打乱",
        "The options of item {number} are no longer shuffled",
    ),
    "source": ("第 {number} 题的出处改了", "The source of item {number} changed"),
    "image": ("第 {number} 题换了图片", "Item {number} has another picture"),
    "alt": (
        "第 {number} 题图片的替代文字改了：{old} → {new}",
        "Alt text of item {number}: {old} → {new}",
    ),
    "image.new": ("第 {number} 题加了图片", "Item {number} has a picture now"),
    "image.gone": ("第 {number} 题去掉了图片", "Item {number} lost its picture"),
    "model": (
        "第 {number} 题参考答案改了：{old} → {new}",
        "Model answer of item {number}: {old} → {new}",
    ),
    "criterion": (
        "第 {number} 题评分点改了：{old} → {new}",
        "Rubric point of item {number}: {old} → {new}",
    ),
    "criterion.new": (
        "第 {number} 题新增评分点（{points} 分）：{new}",
        "Item {number} has a new rubric point ({points}): {new}",
    ),
    "criterion.gone": (
        "第 {number} 题去掉了评分点（{points} 分）：{old}",
        "Item {number} lost a rubric point ({points}): {old}",
    ),
    "criterion.points": (
        "第 {number} 题评分点“{point}”由 {old} 分改为 {new} 分",
        "Rubric point “{point}” of item {number} is worth {new}, {old} before",
    ),
    "criterion.keywords": (
        "第 {number} 题评分点“{point}”的关键词改了",
        "Keywords of the rubric point “{point}” of item {number} changed",
    ),
    "marking": (
        "第 {number} 题的评分方式或字数改了",
        "How item {number} is marked, or its length, changed",
    ),
}
_TYPES: Final[Mapping[ItemType, tuple[str, str]]] = {
    ItemType.SINGLE: ("单选题", "single choice"),
    ItemType.MULTI: ("多选题", "multiple choice"),
    ItemType.TRUE_FALSE: ("判断题", "true or false"),
    ItemType.SHORT: ("简答题", "short answer"),
}
_STATES: Final[Mapping[ItemStatus, tuple[str, str]]] = {
    ItemStatus.DRAFT: ("草稿", "a draft"),
    ItemStatus.ACTIVE: ("在用", "active"),
    ItemStatus.RETIRED: ("停用", "retired"),
}
_RULES: Final[Mapping[Rule, tuple[str, str]]] = {
    Rule.ALL_OR_NOTHING: ("全对才得分", "all or nothing"),
    Rule.SUBSET: ("少选按比例，错选不得分", "a share for a part, none for a wrong one"),
    Rule.SUBSET_HALF: ("少选得一半，错选不得分", "half for a part, none for a wrong one"),
    Rule.NET: ("选对减选错", "right less wrong"),
    Rule.EACH_OPTION: ("逐项计分", "option by option"),
}


def sentence(change: Change, lang: str) -> str:
    """The change in words, `lang` being zh-CN or en."""
    words = _WORDS[change.kind][0 if lang == "zh-CN" else 1]
    shown = {name: _shown(value, lang) for name, value in change.params.items()}
    return words.format(number=change.number, **shown)


def sentences(changes: Sequence[Change], lang: str) -> list[str]:
    """All of them; a text about items in one go says the same as the lines that follow it."""
    return [sentence(change, lang) for change in changes]


_CLOSED_SETS: Final[dict[str, tuple[str, str]]] = {
    **{str(kind): words for kind, words in _TYPES.items()},
    **{str(state): words for state, words in _STATES.items()},
    **{str(rule): words for rule, words in _RULES.items()},
}


def _shown(value: object, lang: str) -> str:
    column = 0 if lang == "zh-CN" else 1
    if isinstance(value, bool):
        return ("错", "false")[column] if not value else ("对", "true")[column]
    if isinstance(value, ItemType | ItemStatus | Rule):
        return _CLOSED_SETS[str(value)][column]
    if isinstance(value, PassMark):
        return _pass_mark(value, lang)
    if isinstance(value, Fraction):
        return _points(value)
    return _words(value, lang) or ("无", "none")[column]


def _words(value: object, lang: str) -> str:
    if isinstance(value, tuple):
        return ("、" if lang == "zh-CN" else ", ").join(_shown(part, lang) for part in value)
    return _cut(text_in(value, lang) if isinstance(value, Mapping) else str(value))


def _pass_mark(mark: PassMark, lang: str) -> str:
    if mark.share is not None:
        return f"{_points(mark.share * 100)}%"
    points = _points(mark.points or Fraction(0))
    return f"{points} 分" if lang == "zh-CN" else f"{points} points"


def _points(value: Fraction) -> str:
    return (
        f"{float(value):g}"
        if value.denominator in {1, 2, 4, 5, 10, 20, 25, 50, 100}
        else str(value)
    )


def _cut(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= SHOWN_MOST else words[: SHOWN_MOST - 1] + "…"
