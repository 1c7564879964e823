"""Banks and items as JSON for the database, and back; nothing is lost on the way.

What is part of an item version (`body`) is kept apart from what may change without a new one
(`meta`): the same line that `app.domain.banks.scoring_hash` draws.
"""

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, assert_never

from app.domain.items import (
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


def dump(value: Mapping[str, Any]) -> str:
    """Compact JSON, the same for equal values."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _text(text: Text | None) -> dict[str, str] | None:
    return None if text is None else dict(text)


def _points(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def _fraction(value: str | None) -> Fraction | None:
    return None if value is None else Fraction(value)


# ---------------------------------------------------------------- items


def body_json(item: Item) -> str:
    """The part of an item that is its version."""
    values: dict[str, Any] = {
        "type": item.type.value,
        "stem": _text(item.stem),
        "points": str(item.points),
        "image": item.image,
    }
    return dump(values | _score_values(item.body))


def _score_values(body: Choice | TrueFalse | ShortAnswer) -> dict[str, Any]:
    match body:
        case Choice():
            return {
                # A list, not a map: JSON keys are sorted, options keep the order of the file.
                "options": [[option.id, _text(option.text)] for option in body.options],
                "key": sorted(body.key),
                "rule": body.rule.value,
            }
        case TrueFalse():
            return {"key": body.key}
        case ShortAnswer():
            return {
                "rubric": [_criterion_values(criterion) for criterion in body.rubric],
                "model_answer": _text(body.model_answer),
                "rubric_cap": body.rubric_cap,
                "max_chars": body.max_chars,
            }
        case _ as unreachable:
            assert_never(unreachable)


def _criterion_values(criterion: Criterion) -> dict[str, Any]:
    return {
        "id": criterion.id,
        "points": str(criterion.points),
        "point": _text(criterion.point),
        "keywords": [list(group) for group in criterion.keywords],
        "need": criterion.need,
        "vetoes": list(criterion.vetoes),
    }


def meta_json(item: Item) -> str:
    """The part of an item that may change without a new version."""
    values: dict[str, Any] = {
        "why": _text(item.why),
        "competencies": list(item.competencies),
        "tags": list(item.tags),
        "difficulty": item.difficulty,
        "status": item.status.value,
        "shuffle": item.shuffle,
        "source": item.source,
        "replaces": item.replaces,
    }
    if item.image_alt:
        values["image_alt"] = _text(item.image_alt)
    if isinstance(item.body, Choice):
        values["feedback"] = {
            option.id: _text(option.feedback) for option in item.body.options if option.feedback
        }
    if isinstance(item.body, ShortAnswer):
        values["grading"] = item.body.grading.value
    return dump(values)


def read_item(slug: str, body: str, meta: str) -> Item:
    """The item of its version and its place in a bank."""
    said, more = json.loads(body), json.loads(meta)
    return Item(
        id=slug,
        stem=said["stem"],
        body=_read_body(said, more),
        points=Fraction(said["points"]),
        why=more["why"],
        competencies=tuple(more["competencies"]),
        tags=tuple(more["tags"]),
        difficulty=more["difficulty"],
        status=ItemStatus(more["status"]),
        shuffle=more["shuffle"],
        image=said["image"],
        source=more["source"],
        replaces=more["replaces"],
        image_alt=more.get("image_alt"),
    )


def _read_body(
    said: Mapping[str, Any], more: Mapping[str, Any]
) -> Choice | TrueFalse | ShortAnswer:
    kind = ItemType(said["type"])
    match kind:
        case ItemType.SINGLE | ItemType.MULTI:
            feedback = more.get("feedback", {})
            return Choice(
                options=tuple(
                    Option(letter, text, feedback.get(letter)) for letter, text in said["options"]
                ),
                key=frozenset(said["key"]),
                multiple=kind is ItemType.MULTI,
                rule=Rule(said["rule"]),
            )
        case ItemType.TRUE_FALSE:
            return TrueFalse(said["key"])
        case ItemType.SHORT:
            return ShortAnswer(
                rubric=tuple(_read_criterion(values) for values in said["rubric"]),
                model_answer=said["model_answer"],
                rubric_cap=said["rubric_cap"],
                grading=Grading(more["grading"]),
                max_chars=said["max_chars"],
            )
        case _ as unreachable:
            assert_never(unreachable)


def _read_criterion(values: Mapping[str, Any]) -> Criterion:
    return Criterion(
        id=values["id"],
        points=Fraction(values["points"]),
        point=values["point"],
        keywords=tuple(tuple(group) for group in values["keywords"]),
        need=values["need"],
        vetoes=tuple(values["vetoes"]),
    )


# ---------------------------------------------------------------- banks


def header_json(bank: Bank) -> str:
    """A bank without its items."""
    return dump(
        {
            "title": _text(bank.title),
            "lang": bank.lang,
            "description": _text(bank.description),
            "track": bank.track,
            "tier": bank.tier,
            "pass_share": _points(bank.pass_mark.share),
            "pass_points": _points(bank.pass_mark.points),
            "time_limit_minutes": bank.time_limit_minutes,
            "total": _points(bank.total),
            "license": bank.license,
            "authors": list(bank.authors),
            "sections": [_section_values(section) for section in bank.sections],
        }
    )


def _section_values(section: Section) -> dict[str, Any]:
    return {
        "title": _text(section.title),
        "intro": _text(section.intro),
        "draw": section.draw,
        "shuffle_items": section.shuffle_items,
        "total": _points(section.total),
    }


def read_bank(slug: str, header: str, items: Sequence[Sequence[Item]]) -> Bank:
    """The bank of its header and the items of each section."""
    said = json.loads(header)
    return Bank(
        id=slug,
        title=said["title"],
        sections=tuple(
            Section(
                title=values["title"],
                items=tuple(of_section),
                intro=values["intro"],
                draw=values["draw"],
                shuffle_items=values["shuffle_items"],
                total=_fraction(values["total"]),
            )
            for values, of_section in zip(said["sections"], items, strict=True)
        ),
        lang=said["lang"],
        description=said["description"],
        track=said["track"],
        tier=said["tier"],
        pass_mark=PassMark(
            share=_fraction(said["pass_share"]), points=_fraction(said["pass_points"])
        ),
        time_limit_minutes=said["time_limit_minutes"],
        total=_fraction(said["total"]),
        license=said["license"],
        authors=tuple(said["authors"]),
    )


def read_title(header: str) -> Text:
    """The title alone, for lists."""
    title: dict[str, str] = json.loads(header)["title"]
    return title
