"""Sitting a test and marking it, through the same services as the pages use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from app.assessments import services as assessments
from app.assessments.frozen import Frozen, thaw
from app.assessments.models import Assignment, Attempt, ItemScore
from app.assessments.queries.rows import attempt_any
from app.banks import queries as banks
from app.demo import minds
from app.demo.diary import Diary
from app.demo.minds import Mind, dice
from app.domain.items import Item, ShortAnswer
from app.domain.scoring import Outcome
from app.grading import services as grading
from app.grading.services import NewMark
from app.kernel.db import session
from app.kernel.policy import Actor

BATCHES: Final = 3
LEARNT: Final = 0.35


@dataclass(frozen=True, slots=True)
class Sitting:
    """One person at one test. `again` counts earlier tries; `tries` is how many she will make."""

    login: str
    person_id: int
    assessment_id: int
    test: str
    ability: Mapping[str, float]
    marker: Actor | None = None
    tries: int = 1
    again: int = 0
    pause: timedelta = timedelta(hours=2)

    @property
    def mind(self) -> Mind:
        """What she knows by now: each try has taught her something."""
        better = {slug: value + LEARNT * self.again for slug, value in self.ability.items()}
        return Mind(self.login, f"{self.test}#{self.again + 1}", better)

    @property
    def once_more(self) -> "Sitting":
        """The same, one try later."""
        return Sitting(
            self.login,
            self.person_id,
            self.assessment_id,
            self.test,
            self.ability,
            self.marker,
            self.tries,
            self.again + 1,
            self.pause,
        )


@dataclass(slots=True)
class Hall:
    """Where tests are sat: starts, saves, hands in, and has written answers marked later."""

    diary: Diary
    assignments: dict[tuple[int, int], int] = field(default_factory=dict)
    _known: dict[int, Item] = field(default_factory=dict)

    def sit(self, sitting: Sitting, now: datetime) -> int:
        """Start and hand in; writes the marking, or another try, into the diary."""
        attempt_id, frozen, responses = self._begin(sitting, now)
        minutes = _minutes(sitting, len(frozen.slots))
        end = now + timedelta(minutes=minutes)
        positions = sorted(responses)
        size = -(-len(positions) // BATCHES)
        for n in range(BATCHES - 1):
            self._save(
                sitting,
                attempt_id,
                [(position, responses[position]) for position in positions[n * size :][:size]],
                now + timedelta(minutes=minutes * (n + 1) / BATCHES),
            )
        rest = [(p, responses[p]) for p in positions[(BATCHES - 1) * size :]]
        assessments.hand_in(
            attempt_id=attempt_id,
            person_id=sitting.person_id,
            key=f"demo-{attempt_id}",
            client="web",
            saves=_saves(rest),
            now=end,
        )
        self._after(sitting, attempt_id, end)
        return attempt_id

    def begin_only(self, sitting: Sitting, answered: int, now: datetime) -> int:
        """Start, answer some items, and leave the attempt open."""
        attempt_id, _frozen, responses = self._begin(sitting, now)
        first = [(position, responses[position]) for position in sorted(responses)[:answered]]
        self._save(sitting, attempt_id, first, now + timedelta(minutes=6))
        return attempt_id

    def _begin(
        self, sitting: Sitting, now: datetime
    ) -> tuple[int, Frozen, dict[int, dict[str, Any]]]:
        attempt_id = assessments.start(
            assignment_id=self._assignment(sitting),
            person_id=sitting.person_id,
            seed=f"{minds.SEED}/{sitting.login}/{sitting.mind.sitting}",
            now=now,
        )
        frozen = thaw(attempt_any(attempt_id).body)
        items = self._items(frozen)
        mind, responses = sitting.mind, {}
        for slot in frozen.slots:
            item = items[slot.entry.item_version_id]
            response = minds.respond(mind, item, slot.entry.options)
            if response is not None:
                responses[slot.position] = response
        return attempt_id, frozen, responses

    def _assignment(self, sitting: Sitting) -> int:
        key = (sitting.assessment_id, sitting.person_id)
        if key not in self.assignments:
            self.assignments[key] = (
                session()
                .execute(
                    select(Assignment.id).where(
                        Assignment.assessment_id == sitting.assessment_id,
                        Assignment.person_id == sitting.person_id,
                        Assignment.is_preview.is_(False),
                    )
                )
                .scalar_one()
            )
        return self.assignments[key]

    def _save(
        self,
        sitting: Sitting,
        attempt_id: int,
        responses: Sequence[tuple[int, dict[str, Any]]],
        now: datetime,
    ) -> None:
        assessments.save(
            attempt_id=attempt_id,
            person_id=sitting.person_id,
            client="web",
            saves=_saves(responses),
            now=now,
        )

    def _items(self, frozen: Frozen) -> Mapping[int, Item]:
        """Item versions never change, so each is read once."""
        wanted = {slot.entry.item_version_id for slot in frozen.slots} - set(self._known)
        if wanted:
            self._known |= banks.item_versions(wanted)
        return self._known

    # ------------------------------------------------------------ afterwards

    def _after(self, sitting: Sitting, attempt_id: int, end: datetime) -> None:
        passed = _passed(attempt_id)
        if passed is None and sitting.marker is not None:
            wait = timedelta(hours=dice(sitting.login, sitting.test, "wait").uniform(16, 30))
            later = self.diary.by_day(end + wait)
            self.diary.write(later, lambda now: self._mark(sitting, attempt_id, now))
        elif passed is False:
            self._perhaps_again(sitting, end)

    def _perhaps_again(self, sitting: Sitting, now: datetime) -> None:
        if sitting.again + 1 < sitting.tries:
            later = self.diary.by_day(now + sitting.pause + timedelta(hours=22))
            self.diary.write(later, lambda then: self._retake(sitting.once_more, then))

    def _retake(self, sitting: Sitting, now: datetime) -> None:
        self.sit(sitting, now)

    def _mark(self, sitting: Sitting, attempt_id: int, now: datetime) -> None:
        """Mark every written answer of an attempt by its rubric."""
        if sitting.marker is None:
            return
        items = self._items(thaw(attempt_any(attempt_id).body))
        waiting = (
            session()
            .execute(
                select(ItemScore.position, ItemScore.item_version_id)
                .where(
                    ItemScore.attempt_id == attempt_id,
                    ItemScore.outcome == Outcome.AWAITING_MARK.value,
                )
                .order_by(ItemScore.position)
            )
            .all()
        )
        for n, row in enumerate(waiting):
            item = items[row.item_version_id]
            met = minds.criteria_met(sitting.mind, item)
            new = NewMark(met, None, minds.comment_for(len(met), _criteria(item)), seen=0)
            grading.mark(
                attempt_id=attempt_id,
                position=row.position,
                new=new,
                actor=sitting.marker,
                now=now + timedelta(minutes=2 * n),
            )
        if _passed(attempt_id) is False:
            self._perhaps_again(sitting, now)


def _criteria(item: Item) -> int:
    return len(item.body.rubric) if isinstance(item.body, ShortAnswer) else 0


def _minutes(sitting: Sitting, items: int) -> float:
    """How long she takes: most of a minute an item, within any limit of ours."""
    return max(5.0, items * dice(sitting.login, sitting.test, "pace").uniform(0.45, 0.85))


def _saves(responses: Sequence[tuple[int, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [
        {"item": position, "revision": 1, "response": response} for position, response in responses
    ]


def _passed(attempt_id: int) -> bool | None:
    """None while a mark is missing."""
    row = (
        session()
        .execute(select(Attempt.passed, Attempt.released_at).where(Attempt.id == attempt_id))
        .one()
    )
    return None if row.released_at is None else bool(row.passed)
