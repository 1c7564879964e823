"""Taking over what was typed from sheets: answers by the assessments room, marks by the desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from app.assessments import services as assessments
from app.assessments.queries.printed import SheetRow
from app.domain.papers import LETTERS
from app.domain.papersheet import Typed
from app.grading import queries as marks
from app.grading import services as grading
from app.kernel.errors import DomainError
from app.kernel.policy import Actor
from app.papers import queries
from app.papers.errors import NothingTypedError


@dataclass(frozen=True, slots=True)
class Filled:
    """A sheet with what stands on it, one entry for each item of form `letter`.

    `letter` '' or the sheet's own: she sat the form that was meant for her.
    """

    sheet: SheetRow
    typed: tuple[Typed, ...]
    letter: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many sheets were new, corrected, and as they were before."""

    new: int
    corrected: int
    same: int


def take_over(
    filled: Sequence[Filled], *, actor: Actor, sat_at: datetime, reason: str, now: datetime
) -> Taken:
    """All sheets or none. Entering the same again changes nothing.

    The caller has checked that the sheets belong to an assessment of this actor. Raises as
    `assessments.services.enter` and `grading.services.mark`, with the sheet's code in `params`,
    and NothingTypedError.
    """
    if not filled:
        raise NothingTypedError
    new = corrected = 0
    # In one order: two typists who wait for each other's people would wait for ever.
    for one in sorted(filled, key=lambda each: each.sheet.assignment_id):
        try:
            done = assessments.enter(
                sheet=_sat(one, actor, now),
                typed=one.typed,
                owner_id=actor.id,
                sat_at=sat_at,
                reason=reason,
                now=now,
            )
            changed = _mark(done.attempt_id, done.marks, actor=actor, now=now)
        except DomainError as error:
            error.params = {**error.params, "code": one.sheet.code}
            raise
        if changed and not done.is_new and not done.changed:
            assessments.note_correction(
                attempt_id=done.attempt_id,
                owner_id=actor.id,
                reason=reason,
                now=now,
                detail={"marks": changed},
            )
        new += done.is_new
        corrected += bool(not done.is_new and (done.changed or changed))
    return Taken(new, corrected, len(filled) - new - corrected)


def _sat(one: Filled, actor: Actor, now: datetime) -> SheetRow:
    """The sheet, with the form that was really sat."""
    if one.letter in {"", one.sheet.letter}:
        return one.sheet
    return assessments.change_form(
        sheet=one.sheet, form_number=LETTERS.index(one.letter), owner_id=actor.id, now=now
    )


def _mark(
    attempt_id: int, given: Mapping[int, Fraction], *, actor: Actor, now: datetime
) -> dict[str, str]:
    """Give the marks that are not in force yet; position to the mark, of those."""
    changed = {}
    in_force = queries.stored([attempt_id]).get(attempt_id, {})
    for position, points in given.items():
        last = marks.last_mark(attempt_id, position)
        # A mark that was given before counts no more once its answer was corrected.
        counts = position in in_force and in_force[position].mark is not None
        if counts and last is not None and last.points == points:
            continue
        mark = grading.NewMark(frozenset(), points, "", 0 if last is None else last.number)
        grading.mark(attempt_id=attempt_id, position=position, new=mark, actor=actor, now=now)
        changed[str(position)] = str(points)
    return changed
