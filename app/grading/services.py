"""Giving marks: a mark, the total and, with the last one, the release are one transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from sqlalchemy import delete

from app.assessments import services as assessments
from app.assessments.errors import MarkTakenError
from app.assessments.queries.rows import insert_ignore
from app.audit.services import record
from app.domain.items import Item, ShortAnswer
from app.domain.scoring import MarkOutOfRangeError, marked, shown
from app.grading import queries
from app.grading.errors import MarkRangeError
from app.grading.models import Mark, MarkClaim
from app.kernel.db import session, upsert
from app.kernel.errors import BadInputError, NotFoundError
from app.kernel.policy import Actor

CLAIM: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class NewMark:
    """What a marker decided: criteria met, or a free mark in points, and a word to the learner.

    `seen` is the number of the mark that was in force when the answer was opened, 0 for none.
    """

    criteria: frozenset[str]
    points: Fraction | None
    comment: str
    seen: int


def mark(*, attempt_id: int, position: int, new: NewMark, actor: Actor, now: datetime) -> None:
    """Mark one answer; the last missing mark makes the attempt final.

    Raises NotFoundError outside the scope, MarkTakenError when somebody marked it since it was
    opened, MarkRangeError, BadInputError for criteria that are not the item's.
    """
    sheet = queries.sheet(actor, attempt_id, position)
    awarded = _awarded(sheet.item, new.criteria)
    points = _points(sheet.item, awarded, new)
    try:
        score = marked(sheet.item, points)
    except MarkOutOfRangeError as error:
        raise MarkRangeError(maximum=shown(sheet.item.points)) from error
    is_by_rubric = new.points is None or new.points == _capped(sheet.item, awarded)
    given = {key: str(value) for key, value in awarded.items()} if is_by_rubric else None
    row = {
        "attempt_id": attempt_id,
        "position": position,
        "number": new.seen + 1,
        "supersedes_id": _supersedes(attempt_id, position, new.seen),
        "marker_id": actor.id,
        "points": points,
        "awarded": given,
        "comment": new.comment,
        "marked_at": now,
    }
    if session().scalar(insert_ignore(Mark).returning(Mark.id), row) is None:
        raise MarkTakenError
    assessments.put_mark(
        attempt_id=attempt_id,
        position=position,
        mark=assessments.Marked(score, given, new.comment),
        marker_id=actor.id,
        now=now,
    )
    _unclaim(attempt_id, position)
    record(
        action="mark.give",
        object_type="attempt",
        object_id=attempt_id,
        actor_id=actor.id,
        now=now,
        detail={"position": position, "points": str(points), "number": new.seen + 1},
    )


def _supersedes(attempt_id: int, position: int, seen: int) -> int | None:
    """The id of the mark that was seen. Raises MarkTakenError when another is in force."""
    last = queries.last_mark(attempt_id, position)
    if (0 if last is None else last.number) != seen:
        raise MarkTakenError
    return None if last is None else last.id


def _awarded(item: Item, criteria: Collection[str]) -> dict[str, Fraction]:
    """Points by criterion, those not met with 0; empty without a rubric."""
    if not isinstance(item.body, ShortAnswer):
        raise BadInputError
    known = {one.id: one.points for one in item.body.rubric}
    if not set(criteria) <= set(known):
        raise BadInputError
    return {key: points if key in criteria else Fraction(0) for key, points in known.items()}


def _capped(item: Item, awarded: dict[str, Fraction]) -> Fraction:
    return min(sum(awarded.values(), Fraction(0)), item.points)


def _points(item: Item, awarded: dict[str, Fraction], new: NewMark) -> Fraction:
    return _capped(item, awarded) if new.points is None else new.points


# ---------------------------------------------------------------- who is at work on what


def claim_next(
    *, actor: Actor, assessment_id: int, item_version_id: int, now: datetime
) -> tuple[int, int] | None:
    """Take the next answer nobody has marked or has on the desk; None when all are done.

    Raises NotFoundError for a question outside the actor's scope.
    """
    places = queries.places(actor, assessment_id, item_version_id)
    if not places:
        raise NotFoundError
    taken = queries.claimed_by_others(actor.id, now)
    for place in places:
        found = (place.attempt_id, place.position)
        if not place.is_marked and found not in taken:
            upsert(
                MarkClaim,
                {
                    "attempt_id": place.attempt_id,
                    "position": place.position,
                    "marker_id": actor.id,
                    "until_at": now + CLAIM,
                },
                keys=("attempt_id", "position"),
            )
            return found
    return None


def release_claims(*, actor: Actor) -> None:
    """Give back what the actor has on the desk."""
    session().execute(delete(MarkClaim).where(MarkClaim.marker_id == actor.id))


def _unclaim(attempt_id: int, position: int) -> None:
    session().execute(
        delete(MarkClaim).where(MarkClaim.attempt_id == attempt_id, MarkClaim.position == position)
    )
