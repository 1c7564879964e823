"""Two items side by side: what was written and what came back."""

import re
from pathlib import Path

from app.banks.loader import load_path
from app.banks.markdown import render
from app.domain.items import Choice, ItemType, ShortAnswer, TrueFalse

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "tests" / "banks" / "data" / "example-bank.zh.yaml"
BANKS = tuple(
    path
    for path in sorted((ROOT / "question_banks").glob("*.yaml"))
    if load_path(path).bank is not None
)


def shown(text, lang="zh-CN"):
    """What a learner sees of a text; runs of spaces are one, as in every browser."""
    words = "" if not text else text.get(lang) or next(iter(text.values()))
    # A fence that nobody closed ends without a line break.
    return re.sub(r"\s+", " ", str(render(words.strip()))).replace(" </code>", "</code>")


def criteria(rubric, lang):
    return [
        (one.id, one.points, shown(one.point, lang), one.keywords, one.need, one.vetoes)
        for one in rubric
    ]


def of_item(item, lang="zh-CN"):
    """An item of a bank as values to compare."""
    body = item.body
    values = {
        "id": item.id,
        "type": item.type,
        "stem": shown(item.stem, lang),
        "points": item.points,
        "why": shown(item.why, lang),
    }
    match body:
        case Choice():
            values |= {
                "options": [shown(option.text, lang) for option in body.options],
                "key": tuple(sorted(body.key)),
                "feedback": {o.id: shown(o.feedback, lang) for o in body.options if o.feedback},
                "rule": body.rule if body.multiple else None,
            }
        case TrueFalse():
            values["key"] = ("true" if body.key else "false",)
        case ShortAnswer():
            values["model"] = shown(body.model_answer, lang)
            values["rubric"] = criteria(body.rubric, lang)
    return values


def of_found(item, lang="zh-CN"):
    """An item that a reader understood, as the same values."""
    values = {
        "id": item.id,
        "type": item.type,
        "stem": shown(item.stem, lang),
        "points": item.points,
        "why": shown(item.why, lang),
    }
    if item.type in {ItemType.SINGLE, ItemType.MULTI}:
        values |= {
            "options": [shown(text, lang) for _, text in item.options],
            "key": tuple(sorted(item.answer)),
            "feedback": {of: shown(text, lang) for of, text in item.feedback.items()},
            "rule": item.rule if item.type is ItemType.MULTI else None,
        }
    elif item.type is ItemType.TRUE_FALSE:
        values["key"] = item.answer
    else:
        values["model"] = shown(item.model_answer, lang)
        values["rubric"] = criteria(item.rubric, lang)
    return values


def bare(html):
    """The signs of a text alone: the office formats keep words, not their Markdown."""
    return re.sub(r"<[^<>]*>|[\s　•]|\*\*", "", html or "")
