"""The rules of the item-writing lint as a trainer knows them: names, examples, and for each
example what the lint itself says of it. One source for the help, the health page and the tests."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Final

from app.banks.loader import load_text
from app.banks.messages import LANGS, MESSAGES

FILE: Final = Path(__file__).with_suffix(".toml")
# What to mend first: a key that may be wrong, what gives a key away, what is misread or disputed,
# what two markers will read differently. The rest follows.
FIRST: Final = (
    ("W581", "W580"),
    ("W521", "W523", "W524", "W525", "W535", "W536", "W541", "W554"),
    ("W510", "W511", "W512", "W515", "W516", "W537", "W538"),
    ("W570", "W571"),
)
# What an example leaves open; nothing in it is found fault with.
_PLAIN: Final[Mapping[str, Mapping[str, Any]]] = {
    "zh": {
        "stem": "客户说价格太高，哪一种回应合乎本课的做法？",
        "options": ("问清比较的对象*", "马上让出折扣", "改谈别的功能", "请经理来接待"),
    },
    "en": {
        "stem": "A customer calls the price too high. Which reply follows the course?",
        "options": (
            "Ask what it is compared with*",
            "Give a discount at once",
            "Speak of other features",
            "Have the manager come in",
        ),
    },
}


@dataclass(frozen=True, slots=True)
class Example:
    """An item, or in `words` what only a whole bank can show. Empty where it makes no matter.

    `options` are (letter, text, is key); `keyed` is the key of a statement.
    """

    lang: str
    words: str = ""
    stem: str = ""
    statement: str = ""
    keyed: bool | None = None
    options: tuple[tuple[str, str, bool], ...] = ()
    criterion: str = ""
    keywords: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in one language. `said`: the lint's own sentences, reason and cure."""

    code: str
    name: str
    said: tuple[str, ...]
    bad: Example
    good: Example


def name_of(code: str, lang: str) -> str:
    """The rule in words; the code itself where it is none of the rules."""
    row = _read().get(code)
    return code if row is None else str(row["name"][_short(lang)])


def urgency(code: str) -> int:
    """0 for the rules to mend first, more for the later ones."""
    return next((n for n, group in enumerate(FIRST) if code in group), len(FIRST))


@cache
def rules(lang: str) -> tuple[Rule, ...]:
    """All rules in the order of their codes."""
    return tuple(_rule(code, row, _short(lang)) for code, row in sorted(_read().items()))


def source_of(example: Example) -> str:
    """The example as the text of a bank with one item; JSON is YAML."""
    plain = _PLAIN[example.lang]
    item: dict[str, Any] = {"id": "q1", "stem": example.stem or plain["stem"]}
    if example.statement:
        item |= {"type": "true_false", "stem": example.statement, "answer": example.keyed}
    elif example.criterion or example.model:
        item |= {"type": "short"}
        item |= {"answer": example.model} if example.model else {}
        if example.criterion:
            point: dict[str, Any] = {"id": "a", "points": 5, "point": example.criterion}
            point |= {"keywords": [example.keywords]} if example.keywords else {}
            item["rubric"] = [point]
    else:
        options = example.options or _options(plain["options"])
        keys = [letter for letter, _text, is_key in options if is_key]
        item |= {"type": "single" if len(keys) == 1 else "multi"}
        item |= {"options": {letter: text for letter, text, _is_key in options}}
        item["answer"] = keys[0] if len(keys) == 1 else keys
    bank = {
        "schema": "qbank/1",
        "id": "example",
        "title": "example",
        "lang": LANGS[0] if example.lang == "zh" else example.lang,
        "sections": [{"title": "example", "points_each": 5, "items": [item]}],
    }
    return json.dumps(bank, ensure_ascii=False)


def _short(lang: str) -> str:
    return "en" if lang == "en" else "zh"


@cache
def _read() -> Mapping[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def _rule(code: str, row: Mapping[str, Any], short: str) -> Rule:
    bad, good = (_example(row[kind][short], short) for kind in ("bad", "good"))
    return Rule(code, row["name"][short], _said(code, bad, short), bad, good)


def _example(row: Mapping[str, Any], short: str) -> Example:
    fields = {**row, "options": _options(row.get("options", ()))}
    return Example(lang=short, **fields)


def _options(texts: tuple[str, ...] | list[str]) -> tuple[tuple[str, str, bool], ...]:
    return tuple(
        (letter, text.removesuffix("*"), text.endswith("*"))
        for letter, text in zip("ABCDEFGHIJ", texts, strict=False)
    )


def _said(code: str, bad: Example, short: str) -> tuple[str, ...]:
    """What the lint says of the example; of a whole bank the sentence with its figures open."""
    lang = LANGS[0] if short == "zh" else "en"
    if bad.words:
        column = LANGS.index(lang)
        keys = [key for key in MESSAGES if key.partition(".")[0] == code]
        return tuple(open_sentence(MESSAGES[key][column]) for key in keys)
    found = load_text(source_of(bad)).style
    return tuple(dict.fromkeys(one.message(lang) for one in found if one.code == code))


def open_sentence(template: str) -> str:
    """A message's template with `…` where a case has its own words."""
    return "".join(
        literal + ("" if field is None else "…")
        for literal, field, _spec, _conversion in Formatter().parse(template)
    )
