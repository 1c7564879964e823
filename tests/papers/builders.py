"""Sheets of an assessment, and what somebody types from them."""

from typing import Any

from app.accounts.queries import person as person_of
from app.assessments import services
from app.assessments.queries import printed
from app.domain.items import Item
from app.domain.papers import letters
from app.domain.papersheet import read_cell
from app.kernel.auth import Actor
from app.kernel.clock import organisation_day
from app.papers import services as papers
from app.papers.services import Filled


def actor(person_id: int, now: Any) -> Actor:
    """Somebody with her real roles."""
    who = person_of(person_id, day=organisation_day(now))
    return Actor(who.id, who.name, who.roles, "zh-CN", "Asia/Shanghai")


def sheet(assessment_id: int, person_id: int, owner_id: int, now: Any) -> printed.SheetRow:
    """The newest sheet of a person, made when there is none to fill in."""
    services.make_sheets(assessment_id=assessment_id, owner_id=owner_id, seed="s", now=now)
    return printed.latest_sheets(assessment_id)[person_id]


def texts(found: printed.SheetRow, answers: dict[str, Any], marks: dict[str, str]) -> list[str]:
    """Cells for answers by item id, given by the author's option ids; "" for the rest."""
    cells = []
    for entry in found.paper.entries:
        answer = answers.get(entry.item_id)
        if entry.item_id in marks:
            cells.append(marks[entry.item_id])
        elif isinstance(answer, bool):
            cells.append("√" if answer else "×")
        elif isinstance(answer, set):
            by_letter = letters(entry.options)
            cells.append("".join(sorted(k for k, option in by_letter.items() if option in answer)))
        else:
            cells.append("")
    return cells


def enter(
    found: printed.SheetRow, cells: list[str], owner_id: int, now: Any, **more: Any
) -> papers.Taken:
    """Type a row in."""
    items = printed.items_of(_assessment(found))
    given = {"sat_at": now, "reason": "", "now": now, **more}
    letter = given.pop("letter", "")
    one = filled(found, cells, items, letter)
    return papers.take_over([one], actor=actor(owner_id, now), **given)


def filled(
    found: printed.SheetRow, cells: list[str], items: dict[int, Item], letter: str = ""
) -> Filled:
    """A sheet with what was typed for it."""
    typed = tuple(
        read_cell(text, entry, items[entry.item_version_id].type)
        for entry, text in zip(found.paper.entries, cells, strict=True)
    )
    return Filled(found, typed, letter)


def take(rows: list[Filled], owner_id: int, now: Any) -> papers.Taken:
    """Take several rows over at once."""
    return papers.take_over(rows, actor=actor(owner_id, now), sat_at=now, reason="", now=now)


def _assessment(found: printed.SheetRow) -> int:
    from app.assessments.models import Assignment
    from app.kernel.db import session

    return session().get_one(Assignment, found.assignment_id).assessment_id
