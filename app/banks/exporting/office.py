"""Words that the paper and the sheet share: types, rules, rubrics, in Chinese or English."""

from collections.abc import Mapping
from typing import Final

from app.banks.exporting.content import Words
from app.banks.messages import show_points
from app.domain.items import Choice, Item, ItemType, Rule, ShortAnswer, TrueFalse

KINDS: Final[Mapping[ItemType, tuple[str, str]]] = {
    ItemType.SINGLE: ("单项选择题", "Single choice questions"),
    ItemType.MULTI: ("多项选择题", "Multiple answers questions"),
    ItemType.TRUE_FALSE: ("判断题", "True/false questions"),
    ItemType.SHORT: ("简答题", "Short answer questions"),
}
RULES: Final[Mapping[Rule, tuple[str, str]]] = {
    Rule.ALL_OR_NOTHING: ("全部选对才得分", "All right or no points"),
    Rule.SUBSET: (
        "少选按比例得分，选错不得分",
        "A share for some of the key, nothing with a wrong one",
    ),
    Rule.SUBSET_HALF: (
        "少选得一半分，选错不得分",
        "Half for some of the key, nothing with a wrong one",
    ),
    Rule.NET: ("选对的减去选错的，按比例得分", "Right minus wrong, as a share of the key"),
    Rule.EACH_OPTION: ("每个选项判断对就得一份分", "Each option treated rightly earns its part"),
}


def said(words: tuple[str, str], lang: str) -> str:
    """The word of the language."""
    return words[0] if lang == "zh-CN" else words[1]


def key_of(item: Item, lang: str) -> str:
    """The key as a trainer writes it: B, ACE, 对; empty for a written answer."""
    match item.body:
        case Choice(key=key):
            return "".join(sorted(key))
        case TrueFalse(key=key):
            return said(("对", "True") if key else ("错", "False"), lang)
        case ShortAnswer():
            return ""


def rubric_lines(short: ShortAnswer, words: Words) -> list[str]:
    """One line per criterion: points, what is wanted, keywords."""
    lines = []
    for criterion in short.rubric:
        points = show_points(criterion.points)
        line = said((f"（{points} 分）", f"({points} points) "), words.lang) + words.plain(
            criterion.point
        )
        if criterion.keywords:
            groups = said(("；", "; "), words.lang).join("/".join(g) for g in criterion.keywords)
            line += said((f"（关键词：{groups}）", f" (keywords: {groups})"), words.lang)
        lines.append(line)
    return lines
