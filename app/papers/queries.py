"""What was typed in before: answers and marks of attempts sat on paper."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select

from app.assessments.frozen import unpack
from app.assessments.models import Answer, ItemScore
from app.domain.items import Response
from app.domain.scoring import Reason
from app.kernel.db import session


@dataclass(frozen=True, slots=True)
class Stored:
    """The current response to an item, and its mark if a rater gave one."""

    response: Response | None
    mark: Fraction | None


def stored(attempt_ids: Collection[int]) -> Mapping[int, Mapping[int, Stored]]:
    """By attempt and position; what was left blank is not there. Two SELECTs."""
    marks = {
        (row[0], row[1]): row[2]
        for row in session().execute(
            select(ItemScore.attempt_id, ItemScore.position, ItemScore.points).where(
                ItemScore.attempt_id.in_(attempt_ids), ItemScore.reason == Reason.MARKED.value
            )
        )
    }
    found: dict[int, dict[int, Stored]] = defaultdict(dict)
    rows = session().execute(
        select(Answer.attempt_id, Answer.position, Answer.body).where(
            Answer.attempt_id.in_(attempt_ids), Answer.body.is_not(None)
        )
    )
    for attempt_id, position, body in rows:
        mark = marks.get((attempt_id, position))
        found[attempt_id][position] = Stored(unpack(body), mark)
    return found
