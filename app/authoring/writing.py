"""Changes that the buttons and forms of the editor make in a bank's text: text in, text out."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from app.authoring.fields import PartForm, Sent, changes
from app.banks import patch
from app.banks.outline import ItemLine, Outline, SectionLine, outline
from app.banks.patch import CannotPatchError, Raw
from app.banks.shape import SLUG
from app.banks.shape_bank import RESERVED
from app.banks.writer import scalar
from app.domain.items import ItemStatus, ItemType
from app.kernel.errors import BadInputError

LINT_OFF: Final = "x-lint-off"
MOST_TRIES: Final = 100
_NUMBERED: Final = re.compile(r"(?P<stem>.*?)(?P<number>[0-9]+)$")
_WORDS: Final[Mapping[bool, Mapping[str, str]]] = {
    True: {"stem": "新题目", "one": "选项一", "two": "选项二", "section": "新的大题"},
    False: {"stem": "New item", "one": "One", "two": "Two", "section": "New section"},
}


def item_path(item: ItemLine) -> patch.Path:
    """Where an item stands in the text."""
    return ("sections", item.section, "items", item.position)


def list_path(section: int) -> patch.Path:
    """Where the items of a section stand."""
    return ("sections", section, "items")


def saved(text: str, found: Outline, item: ItemLine, sent: Sent, image: str = "") -> str:
    """The text with what the form of an item asks for. `image` is a picture just uploaded."""
    section = found.sections[item.section].values
    wanted = changes(sent, item, section, found.lang)
    if image:
        wanted["image"] = image
    if not (wanted["image"] if "image" in wanted else item.values.get("image")):
        wanted.pop("x-alt", None)
        if "x-alt" in item.values:  # it spoke of a picture that is gone
            wanted["x-alt"] = None
    return _edited(text, item_path(item), wanted) if wanted else text


def _edited(text: str, path: patch.Path, wanted: Mapping[str, Any]) -> str:
    return _changed(text, lambda plain: patch.edit(plain, path, wanted))


def _changed(text: str, change: Callable[[str], str]) -> str:
    """Line ends are one kind while the text is worked on, and its own again afterwards."""
    plain = text.replace("\r\n", "\n")
    mark = "\ufeff" if plain.startswith("\ufeff") else ""
    done = mark + change(plain.removeprefix("\ufeff"))
    return done.replace("\n", "\r\n") if "\r\n" in text else done


def added(text: str, found: Outline, section: int, kind: str) -> tuple[str, str]:
    """The text with a new item at the end of a section, and its id.

    It is no draft: that it lacks its key is an error until it has one, where a draft that nobody
    turned on would be missing from the paper without a word.
    """
    part = _section(found, section)
    if kind not in {one.value for one in ItemType}:
        raise BadInputError
    name = new_id(found, part)
    words = _WORDS[found.lang.startswith("zh")]
    value: dict[str, Any] = {"id": name}
    if part.values.get("type") != kind:
        value["type"] = Raw(kind)
    value["stem"] = words["stem"]
    if kind in {"single", "multi"}:
        value["options"] = {"A": words["one"], "B": words["two"]}
    path, count = list_path(section), len(part.items)
    return _changed(text, lambda plain: patch.insert(plain, path, count, value)), name


def written(text: str, found: Outline, item_id: str, sent: Sent, image: str = "") -> str:
    """The text with what the form of an item asks for; one that was taken out meanwhile is at the
    end of its section again. Raises BadInputError for what was no item of this form.
    """
    item = found.item(item_id)
    if item is None:
        if SLUG.fullmatch(item_id) is None or not found.sections:
            raise BadInputError
        section = str(sent.get("section") or "")
        index = int(section) if section.isascii() and section.isdigit() else 0
        last = len(found.sections) - 1
        text, name = added(text, found, min(index, last), str(sent.get("type")))
        text = _edited(text, item_path(_item(read(text), name)), {"id": item_id})
        found = read(text)
        item = _item(found, item_id)
    return saved(text, found, item, sent, image)


def _item(found: Outline, item_id: str) -> ItemLine:
    item = found.item(item_id)
    if item is None:
        raise BadInputError
    return item


def copied(text: str, found: Outline, item: ItemLine) -> tuple[str, str]:
    """The text with a second item like this one right after it, a draft under a new id."""
    name = new_id(found, found.sections[item.section])
    wanted = {"id": name, "status": Raw("draft"), "replaces": None}
    path, place = list_path(item.section), item.position
    return _changed(text, lambda plain: patch.copy(plain, path, place, wanted)), name


def moved(text: str, found: Outline, item: ItemLine, way: int) -> str:
    """One place up (-1) or down (1); past the end of its section into the next one."""
    path, target, section = list_path(item.section), item.position + way, item.section
    count = len(found.sections[section].items)
    place = item.position
    if 0 <= target < count:
        return _changed(text, lambda plain: patch.move(plain, path, place, path, target))
    section += way
    if not 0 <= section < len(found.sections) or count == 1:
        return text
    goal, end = list_path(section), len(found.sections[section].items) if way < 0 else 0
    return _changed(text, lambda plain: patch.move(plain, path, place, goal, end))


def removed(text: str, found: Outline, item: ItemLine) -> str:
    """Without the item; the last one of a section stays, a section needs one."""
    if len(found.sections[item.section].items) == 1:
        raise CannotPatchError("一个大题至少留 1 题。先加一题，再去掉这一题。")
    path, place = list_path(item.section), item.position
    return _changed(text, lambda plain: patch.remove(plain, path, place))


def with_status(text: str, item: ItemLine, status: ItemStatus) -> str:
    """The item in another state; active is what an item is when nothing is written."""
    value = None if status is ItemStatus.ACTIVE else Raw(status.value)
    return _edited(text, item_path(item), {"status": value})


def checked_again(text: str, found: Outline, code: str, item: ItemLine | None, on: str) -> str:
    """The text in which a rule of the item-writing lint is no longer switched off: on the `item`,
    on its `section`, or on the `bank`. The same text where it is not switched off there."""
    if on == "bank":
        path: patch.Path = ()
        values = found.values
    elif item is None:
        raise BadInputError
    elif on == "section":
        path, values = ("sections", item.section), found.sections[item.section].values
    else:
        path, values = item_path(item), item.values
    off = values.get(LINT_OFF)
    if not isinstance(off, Mapping) or code not in off:
        return text
    kept = {key: value for key, value in off.items() if key != code}
    return _edited(text, path, {LINT_OFF: kept or None})


def with_part(text: str, found: Outline, part: int | None, sent: Sent) -> str:
    """The text with what the form of a section, or of the bank, asks for."""
    old = found.values if part is None else _section(found, part).values
    wanted: dict[str, Any] = {}
    texts = ("title", "description") if part is None else ("title", "intro")
    figures = ("pass", "time_limit", "total") if part is None else ("points_each", "total", "draw")
    item = ItemLine(0, 0, 0, 0, 0, "", "", "", "", "", old)
    for name, value in PartForm(sent, item, found.lang).part(texts, figures).items():
        if name == "title" and value is None:
            continue
        if value != old.get(name):
            wanted[name] = value
    path: patch.Path = () if part is None else ("sections", part)
    return _edited(text, path, wanted) if wanted else text


def section_added(text: str, found: Outline) -> str:
    """The text with a new section of one item."""
    name = new_id(found, found.sections[-1]) if found.sections else f"{found.id}-001"
    words = _WORDS[found.lang.startswith("zh")]
    value = {
        "title": words["section"],
        "type": Raw("single"),
        "points_each": Raw("5"),
        "items": [
            {
                "id": name,
                "stem": words["stem"],
                "options": {"A": words["one"], "B": words["two"]},
            }
        ],
    }
    count = len(found.sections)
    return _changed(text, lambda plain: patch.insert(plain, ("sections",), count, value))


def new_id(found: Outline, section: SectionLine) -> str:
    """An id like those of the neighbours, with the next number that is free in this bank."""
    taken = {item.id for item in found.items}
    near = [*(item.id for item in section.items), *(item.id for item in found.items)]
    match = next((m for name in reversed(near) if (m := _NUMBERED.fullmatch(name))), None)
    stem, digits = (match["stem"], len(match["number"])) if match else (f"{found.id}-", 3)
    number = 1
    while f"{stem[:60]}{number:0{digits}}" in taken:
        number += 1
    return f"{stem[:60]}{number:0{digits}}"


def _section(found: Outline, index: int) -> SectionLine:
    if not 0 <= index < len(found.sections):
        raise BadInputError
    return found.sections[index]


def new_bank(slug: str, title: str, lang: str) -> str:
    """The text of a bank with one item."""
    words = _WORDS[lang.startswith("zh")]
    first = "一、单选题" if lang.startswith("zh") else "Single choice"
    return (
        f"schema: qbank/1\nid: {slug}\ntitle: {scalar(title)}\nlang: {lang}\npass: 60%\n\n"
        f"sections:\n  - title: {first}\n    type: single\n    points_each: 5\n    items:\n"
        f"      - id: {slug[:58]}-001\n        stem: {words['stem']}\n        options:\n"
        f"          A: {words['one']}\n          B: {words['two']}\n"
    )


def slugs_for(title: str, today: date) -> Iterator[str]:
    """Ids to try for a bank whose author named none: of the title's letters, else of the day."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-")
    base = words if len(words) > 2 and words not in RESERVED else f"bank-{today:%Y%m%d}"
    yield base
    yield from (f"{base}-{n}" for n in range(2, MOST_TRIES))


def read(text: str) -> Outline:
    """The outline of a text."""
    return outline(text)
