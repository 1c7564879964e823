"""Items of the test page as HTML: an item version never changes, so its part is drawn once.

The template is drawn with slots in the places that differ from person to person; an answer is put
into a copy. A slot is a random text of this process, so no text of an author can be one.
"""

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from threading import Lock
from typing import Final

from flask import render_template
from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.assessments.frozen import Frozen, Slot, unpack
from app.assessments.queries.sheets import StoredAnswer
from app.assessments.rules import rule_example, rule_text
from app.banks.markdown import render, render_inline
from app.domain.items import (
    Choice,
    Chosen,
    Item,
    ItemType,
    Judged,
    Response,
    Rule,
    Written,
    text_in,
)
from app.domain.papers import letters
from app.domain.scoring import shown

MOST_DRAWN: Final = 4096

_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Slots:
    """The places: number, class of the first, revision, flag, picture, own text, letter, choice,
    and the cut between pieces."""

    n: str
    here: str
    revision: str
    flagged: str
    image: str
    text: str
    letter: str
    checked: str
    cut: str


_S: Final = _Slots(*(f"~{one.name}-{secrets.token_hex(8)}~" for one in fields(_Slots)))


@dataclass(frozen=True, slots=True)
class _Option:
    """`value` is empty where the letter that this person sees is sent."""

    id: str
    value: str
    html: Markup | str


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the template shows of an item: there is no field for a key."""

    type: str
    count: int
    points: str
    stem_html: Markup
    has_image: bool
    image_alt: str
    rule_text: str | None
    rule_example: str | None
    max_chars: int | None
    options: tuple[_Option, ...]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The pieces of an item, the options by id, each to be filled in with `%`."""

    head: str
    options: Mapping[str, str]
    end: str


_kept: Final[OrderedDict[_Key, _Drawn]] = OrderedDict()
_lock: Final = Lock()


def item_html(
    frozen: Frozen,
    slot: Slot,
    item: Item,
    answer: StoredAnswer | None,
    *,
    lang: str,
    image_url: str | None,
) -> Markup:
    """One item of the page with this person's answer to it."""
    drawn = _drawn(frozen, slot, item, lang)
    response = None if answer is None else unpack(answer.body)
    text = response.text if isinstance(response, Written) else ""
    values: dict[str, object] = {
        "n": slot.position,
        "here": " is-here" if slot.position == 1 else "",
        "revision": 0 if answer is None else answer.revision,
        "flagged": " checked" if answer is not None and answer.is_flagged else "",
        "image": "" if image_url is None else escape(image_url),
        "text": escape(text) if text else "",
        "letter": "",
        "checked": "",
    }
    pieces = [drawn.head % values]
    for letter, option, is_chosen in _options(slot, drawn, response):
        values["letter"], values["checked"] = letter, " checked" if is_chosen else ""
        pieces.append(option % values)
    pieces.append(drawn.end % values)
    return Markup("".join(pieces))  # noqa: S704  drawn by the template, what is put in is escaped


@dataclass(frozen=True, slots=True)
class Seen:
    """An item as its author has it at this moment, right or wrong, to be shown as a learner sees
    it. `options` are letters and texts in the order of the file."""

    type: ItemType
    number: int
    count: int
    points: str
    stem_html: Markup
    image_url: str
    image_alt: str
    rule: Rule | None
    worth: Fraction | None
    max_chars: int | None
    options: tuple[tuple[str, Markup], ...]


def seen_html(one: Seen) -> Markup:
    """The item by the very template of the test page, without an answer."""
    judged = (_Option("A", "true", _("对")), _Option("B", "false", _("错")))
    written = tuple(_Option(letter, "", html) for letter, html in one.options)
    found = _draw(
        _Shown(
            type=one.type.value,
            count=one.count,
            points=one.points,
            stem_html=one.stem_html,
            has_image=bool(one.image_url),
            image_alt=one.image_alt,
            rule_text=None if one.rule is None else rule_text(one.rule),
            rule_example=(
                None if one.rule is None or one.worth is None else rule_example(one.rule, one.worth)
            ),
            max_chars=one.max_chars,
            options=judged if one.type is ItemType.TRUE_FALSE else written,
        )
    )
    values: dict[str, object] = {one.name: "" for one in fields(_Slots)}
    values |= {"n": one.number, "here": " is-here", "revision": 0, "image": escape(one.image_url)}
    pieces = [found.head % values]
    pieces += [option % (values | {"letter": name}) for name, option in found.options.items()]
    return Markup("".join((*pieces, found.end % values)))  # noqa: S704  drawn by the template


def _options(slot: Slot, drawn: _Drawn, response: Response | None) -> list[tuple[str, str, bool]]:
    """Letter, piece and choice of each option, in the order of this paper."""
    if slot.type is ItemType.TRUE_FALSE:
        said = str(response.value).lower() if isinstance(response, Judged) else None
        order, chosen = {"A": "true", "B": "false"}, {said}
    else:
        order = dict(letters(slot.entry.options))
        chosen = set(response.options) if isinstance(response, Chosen) else set()
    return [
        (letter, drawn.options[option_id], option_id in chosen)
        for letter, option_id in order.items()
    ]


def _drawn(frozen: Frozen, slot: Slot, item: Item, lang: str) -> _Drawn:
    # The tokens of the pinned banks name their content, in whatever database.
    count, points = len(frozen.slots), slot.entry.points
    key = (frozen.banks, slot.entry.item_version_id, lang, count, points)
    with _lock:
        found = _kept.get(key)
    if found is None:
        found = _draw(_shown(item, slot, count, lang))
        with _lock:
            _kept[key] = found
            while len(_kept) > MOST_DRAWN:
                _kept.popitem(last=False)
    return found


def _draw(shown_item: _Shown) -> _Drawn:
    text = render_template("assessments/_take_item.html", item=shown_item, s=_S)
    text = text.replace("%", "%%")
    for one in fields(_Slots):
        if one.name != "cut":
            text = text.replace(getattr(_S, one.name), f"%({one.name})s")
    head, *options, end = text.split(_S.cut)
    ids = [one.id for one in shown_item.options]
    return _Drawn(head, dict(zip(ids, options, strict=True)), end)


def _shown(item: Item, slot: Slot, count: int, lang: str) -> _Shown:
    rule = item.body.rule if isinstance(item.body, Choice) and item.body.multiple else None
    return _Shown(
        type=slot.type.value,
        count=count,
        points=shown(slot.entry.points),
        stem_html=render(text_in(item.stem, lang)),
        has_image=bool(item.image),
        image_alt=text_in(item.image_alt or {}, lang),
        rule_text=None if rule is None else rule_text(rule),
        rule_example=None if rule is None else rule_example(rule, slot.entry.points),
        max_chars=slot.max_chars,
        options=_shown_options(item, slot, lang),
    )


def _shown_options(item: Item, slot: Slot, lang: str) -> tuple[_Option, ...]:
    if slot.type is ItemType.TRUE_FALSE:
        return (_Option("true", "true", _("对")), _Option("false", "false", _("错")))
    if not isinstance(item.body, Choice):
        return ()
    return tuple(
        _Option(option.id, "", render_inline(text_in(option.text, lang)))
        for option in item.body.options
    )
