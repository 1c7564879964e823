"""What is to be said about a file that was understood: its notes, and the rules of every bank.

The same rules as for a bank on disk, with two differences: places are those of the source, and an
item without a key is a draft and no error. Totals count every item, drafts too: the source says
what the paper is to be.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from app.banks.messages import Problem, Where
from app.banks.writer import is_draft, item_ids, item_type
from app.domain.banks import (
    BankDraft,
    Finding,
    ItemDraft,
    PlainText,
    Ref,
    SectionDraft,
    check,
)
from app.domain.imports import FoundBank, FoundItem, FoundSection, Note, Place
from app.domain.itemlint import lint
from app.domain.items import ItemStatus, ItemType, PassMark, Rule, Text

# E220, E230 and W570 are said as W608: the item is a draft. Difficulties (W556) and competencies
# (W552) are chosen after an import.
_SAID = frozenset({"E220", "E230", "W552", "W556", "W570"})
_SIXTY: PassMark = PassMark(share=Fraction(3, 5))


def findings(found: FoundBank, *, style: bool = True) -> list[Problem]:
    """Everything to tell about the file, sorted by place. `file` is the part of the source.

    `style`: with the findings of the item-writing lint.
    """
    told = (problem for _, problem in item_findings(found))
    problems = [problem for problem in told if style or not problem.is_style]
    return sorted(set_apart(problems), key=lambda problem: problem.order)


def set_apart(problems: list[Problem]) -> list[Problem]:
    """Without the same sentence twice at one place."""
    seen: dict[tuple[object, ...], Problem] = {}
    for problem in problems:
        params = tuple(sorted((name, str(value)) for name, value in problem.params.items()))
        seen.setdefault((problem.file, problem.line, problem.col, problem.key, params), problem)
    return list(seen.values())


def item_findings(found: FoundBank) -> list[tuple[int | None, Problem]]:
    """The same with the index of the item (over all sections), None for the file or a section."""
    return [*_of_notes(found), *_of_rules(found), *_of_keys(found)]


def _of_notes(found: FoundBank) -> Iterator[tuple[int | None, Problem]]:
    for note in found.notes:
        yield note.item, _problem(note.key, note.place, note.params)
    if not found.items and not any(note.key.startswith("E") for note in found.notes):
        yield None, _problem("E606", Place(1), {})


def _problem(key: str, place: Place, params: Mapping[str, object]) -> Problem:
    return Problem(max(1, place.line), max(1, place.col), key, params, place.part)


def _of_keys(found: FoundBank) -> Iterator[tuple[int | None, Problem]]:
    index = 0
    for section in found.sections:
        for item in section.items:
            for note in (*_about_texts(item), *_about_key(section, item)):
                yield index, _problem(note.key, note.place, note.params)
            index += 1


def _about_texts(item: FoundItem) -> Iterator[Note]:
    """A file must have words here; the rules of a bank only see that a text is there."""
    if not any(words.strip() for words in item.stem.values()):
        yield Note("E608", item.place)
    for letter, text in item.options:
        if not any(words.strip() for words in text.values()):
            yield Note("E608.option", item.place, {"letter": letter})


def _about_key(section: FoundSection, item: FoundItem) -> Iterator[Note]:
    kind = item_type(item, section)
    if item.status is not None or not is_draft(item, section):
        return
    if (item.type or section.type) is None:
        yield Note("W609", item.place, {"kind": kind.value})
    if kind is ItemType.SHORT:
        yield Note("W608.short", item.place)
    elif not item.answer:
        yield Note("W608", item.place)


# ---------------------------------------------------------------- the rules of every bank


def _of_rules(found: FoundBank) -> Iterator[tuple[int | None, Problem]]:
    draft = as_draft(found)
    if not found.items:
        return
    for finding in (*check(draft), *lint(draft).findings):
        if finding.key in _SAID:
            continue
        index = _item_at(found, finding.path)
        params = {
            name: Where(_place(found, value.path).line) if isinstance(value, Ref) else value
            for name, value in finding.params.items()
        }
        yield index, _problem(finding.key, _place_of(found, finding), params)


def as_draft(found: FoundBank) -> BankDraft:
    """The bank as the rules read it, all items counted."""
    ids = iter(item_ids(found, "x"))
    sections = tuple(
        SectionDraft(
            path=("sections", s),
            items=tuple(
                _item(("sections", s, "items", i), item, section, next(ids))
                for i, item in enumerate(section.items)
            ),
            title=section.title,
            intro=section.intro,
            total=section.total,
            draw=section.draw,
        )
        for s, section in enumerate(found.sections)
    )
    return BankDraft(
        sections=tuple(section for section in sections if section.items),
        lang=found.lang,
        total=found.total,
        pass_mark=found.pass_mark or _SIXTY,
    )


def _item(
    path: tuple[str | int, ...], item: FoundItem, section: FoundSection, id_: str
) -> ItemDraft:
    kind = item_type(item, section)
    is_choice = kind in {ItemType.SINGLE, ItemType.MULTI}
    options = {letter: _plain(text) for letter, text in item.options}
    return ItemDraft(
        path=path,
        id=id_,
        type=kind,
        stem=_plain(item.stem),
        options=options if options or is_choice else None,
        answer=item.answer,
        model_answer=item.model_answer,
        points=item.points if item.points is not None else section.points_each,
        rule=item.rule or Rule.SUBSET,
        shuffle=item.shuffle is not False,
        why=_plain(item.why) if item.why else None,
        feedback={letter: text for letter, text in item.feedback.items() if text},
        rubric=item.rubric,
        rubric_cap=item.rubric_cap,
        status=ItemStatus.RETIRED if item.status is ItemStatus.RETIRED else ItemStatus.ACTIVE,
    )


def _plain(text: Text) -> Text:
    return PlainText(text) if len(text) == 1 else text


def _item_at(found: FoundBank, path: tuple[str | int, ...]) -> int | None:
    if len(path) < 4 or path[2] != "items":
        return None
    section, item = int(path[1]), int(path[3])
    return sum(len(one.items) for one in found.sections[:section]) + item


def _place(found: FoundBank, path: tuple[str | int, ...]) -> Place:
    if len(path) < 2:
        return Place(1)
    section = found.sections[int(path[1])]
    return section.items[int(path[3])].place if len(path) > 3 else section.place


def _place_of(found: FoundBank, finding: Finding) -> Place:
    return _place(found, finding.path)


def with_key(item: FoundItem, answer: tuple[str, ...], model: Text | None = None) -> FoundItem:
    """The item with a key that the trainer filled in."""
    return replace(item, answer=answer, model_answer=model or item.model_answer)
