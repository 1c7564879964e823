"""The rules of multiple choice items in words and by an example."""

from collections.abc import Callable
from fractions import Fraction

from app.domain.items import Rule
from app.domain.scoring import shown
from app.kernel.i18n import said

_: Callable[..., str] = said

EXAMPLE_OPTIONS, EXAMPLE_KEYS, EXAMPLE_HITS = 5, 3, 2


def rule_text(rule: Rule) -> str:
    """The rule of a multiple choice item, as printed under its stem."""
    match rule:
        case Rule.ALL_OR_NOTHING:
            return _("全对才得分。")
        case Rule.SUBSET:
            return _("少选按比例给分，错选不得分。")
        case Rule.SUBSET_HALF:
            return _("少选得一半分，错选不得分。")
        case Rule.NET:
            return _("选对的减去选错的，按比例给分，最低 0 分。")
        case Rule.EACH_OPTION:
            return _("逐项计分：每个选项判断对了都得一份。什么都不选得 0 分。")


def rule_example(rule: Rule, points: Fraction) -> str:
    """The rule in figures, by an example that tells nothing about this item's key."""
    hits, keys, options = EXAMPLE_HITS, EXAMPLE_KEYS, EXAMPLE_OPTIONS
    worth = shown(points)
    share = _("比如 5 个选项里有 3 个正确项，选中其中 2 个，没有错选：")
    match rule:
        case Rule.ALL_OR_NOTHING:
            return share + _("得 0 分。3 个都选中才得 %(p)s 分。", p=worth)
        case Rule.SUBSET:
            got = shown(points * hits / keys)
            return share + _("得 %(sum)s 分。", sum=f"{worth} × {hits} ÷ {keys} = {got}")
        case Rule.SUBSET_HALF:
            return share + _("得 %(sum)s 分。", sum=f"{worth} ÷ 2 = {shown(points / 2)}")
        case Rule.NET:
            got = shown(points * (hits - 1) / keys)
            text = f"{worth} × ({hits} − 1) ÷ {keys} = {got}"
            return _(
                "比如 5 个选项里有 3 个正确项，选中其中 2 个，又错选 1 个：得 %(sum)s 分。",
                sum=text,
            )
        case Rule.EACH_OPTION:
            right = options - 1
            got = shown(points * right / options)
            return share + _("得 %(sum)s 分。", sum=f"{worth} × {right} ÷ {options} = {got}")
