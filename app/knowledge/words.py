"""Kinds, fields and customers of the knowledge base in the reader's language."""

from collections.abc import Callable, Mapping
from typing import Final

from flask_babel import gettext as _
from flask_babel import pgettext

from app.domain.knowledge import Customer, EntryKind, Stale
from app.knowledge.models import VersionState
from app.knowledge.services import QuizWords

_KINDS: Final[Mapping[EntryKind, Callable[[], str]]] = {
    EntryKind.OBJECTION: lambda: pgettext("entry", "异议"),
    EntryKind.METHOD: lambda: _("方法论卡片"),
    EntryKind.CASE: lambda: pgettext("entry", "案例"),
}
_FIELDS: Final[Mapping[str, Callable[[], str]]] = {
    "says": lambda: _("客户会说"),
    "when": lambda: _("什么时候用"),
    "empathy": lambda: _("共情"),
    "value": lambda: _("价值"),
    "case": lambda: pgettext("entry", "案例"),
    "proof": lambda: pgettext("entry", "案例"),
    "limits": lambda: _("边界：什么时候不用"),
    "never": lambda: _("不要说"),
    "background": lambda: _("背景"),
    "people": lambda: _("关键人"),
    "turning": lambda: _("转折"),
    "mine": lambda: _("做法"),
    "result": lambda: _("结果数据"),
    "again": lambda: _("如果重来"),
}
_HINTS: Final[Mapping[str, Callable[[], str]]] = {
    "says": lambda: _("客户的原话，一两句。"),
    "when": lambda: _("客户说了哪句话、出现哪个信号。"),
    "empathy": lambda: _("先让客户觉得被听懂的一句。"),
    "value": lambda: _("用客户的数讲清值在哪里。"),
    "case": lambda: _("一个匿名的真实结果，有前后数字。"),
    "proof": lambda: _("一个匿名的真实结果，有前后数字。"),
    "limits": lambda: _("什么情况下不要用。"),
    "never": lambda: _("一行一句，写原话。"),
    "background": lambda: _("行业、规模、当时的处境，用数字说。"),
    "people": lambda: _("角色、各自要什么、怕什么。"),
    "turning": lambda: _("哪一刻事情变了，怎么知道的。"),
    "mine": lambda: _("按先后写，当时的原话最好。"),
    "result": lambda: _("没达到的也写。"),
    "again": lambda: _("一件会改的事和理由。"),
}
_CUSTOMERS: Final[Mapping[Customer, Callable[[], str]]] = {
    Customer.NEW: lambda: _("新客户"),
    Customer.EXISTING: lambda: _("老客户"),
    Customer.KEY_ACCOUNT: lambda: _("大客户"),
    Customer.RENEWAL: lambda: _("续约客户"),
}
_STALE: Final[Mapping[Stale, Callable[[], str]]] = {
    Stale.UNUSED: lambda: _("半年没人用过"),
    Stale.FAILS: lambda: _("多半没管用"),
}
_STATES: Final[Mapping[VersionState, Callable[[], str]]] = {
    VersionState.WAITING: lambda: _("等另一位培训师审核"),
    VersionState.PUBLISHED: lambda: _("已发布"),
    VersionState.SENT_BACK: lambda: _("退回"),
    VersionState.REPLACED: lambda: _("被更新的一版取代"),
}


def kind(one: EntryKind) -> str:
    """What an entry is."""
    return _KINDS[one]()


def field(name: str) -> str:
    """The heading of a field; of one from a form of one's own, its id."""
    words = _FIELDS.get(name)
    return words() if words else name


def hint(name: str) -> str:
    """What belongs into a field."""
    return _HINTS[name]()


def customer(one: Customer) -> str:
    """A kind of customer."""
    return _CUSTOMERS[one]()


def stale(one: Stale | None) -> str:
    """Why an entry should be looked at again; empty: it need not be."""
    return _STALE[one]() if one else ""


def state(one: VersionState) -> str:
    """What became of a version."""
    return _STATES[one]()


def quiz(lang: str, title: str) -> QuizWords:
    """The sentences of a quiz; the bank is in the language of who makes it."""
    return QuizWords(
        lang=lang,
        title=title,
        choice=_("一、选哪张卡"),
        judged=_("二、判断"),
        which=_("遇到下面的情形，用哪一张卡最合适？\n\n{about}").replace("{about}", "%s"),
        when=_("“{card}”用在这样的情形：\n\n{about}")
        .replace("{card}", "%s", 1)
        .replace("{about}", "%s", 1),
        why=_("见知识库“{card}”。").replace("{card}", "%s"),
    )
