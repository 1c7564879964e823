"""Why somebody on a track does not get on: what waits, since when, and who has to act. Pure.

Everything that is late, and everything that waits for somebody else, is a `Block`. The first of
them is the one to name: what nobody but the one who acts can get out of the way comes before what
the learner can do alone, and among equals what has waited longest. A block that is younger than its
`PATIENCE` is no reason to call somebody stuck: a paper handed in this morning waits for its marks,
and that is as it should be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final

from app.domain.enrolment import RUNNING, State
from app.domain.progress import GateProgress, Progress, StepProgress
from app.domain.tracks import (
    Activity,
    ActivityKind,
    Need,
    NeedsActivity,
    NeedsLevel,
    NeedsSignature,
    Party,
)


class Reason(StrEnum):
    """Why it does not go on, in the order in which they are named."""

    AWAY = "away"
    EXHAUSTED = "exhausted"
    NO_MENTOR = "no_mentor"
    UNPLANNED = "unplanned"
    MARKING = "marking"
    SIGNATURE = "signature"
    SAID_NOT_YET = "said_not_yet"
    DECISION = "decision"
    LATE = "late"
    LEVEL = "level"
    BOOKED = "booked"
    COOLDOWN = "cooldown"


ORDER: Final = tuple(Reason)
# Days something may wait before it is called stuck; None: never, time alone ends it or leave does.
PATIENCE: Final[Mapping[Reason, int | None]] = {
    Reason.AWAY: None,
    Reason.EXHAUSTED: 0,
    Reason.NO_MENTOR: 1,
    Reason.UNPLANNED: 0,
    Reason.MARKING: 2,
    Reason.SIGNATURE: 1,
    Reason.SAID_NOT_YET: 0,
    Reason.DECISION: 0,
    Reason.LATE: 0,
    Reason.LEVEL: 0,
    Reason.BOOKED: None,
    Reason.COOLDOWN: None,
}
RATED: Final = frozenset({ActivityKind.ROLEPLAY, ActivityKind.BATTLE})


@dataclass(frozen=True, slots=True)
class Hold:
    """What an activity waits for, as the room says in which it is done.

    `reason`: MARKING (done, waits for marks), UNPLANNED (assessors or a date are missing), BOOKED
    (it happens on the day `until`), SIGNATURE (filled in, waits for the other's word), LATE (the
    turn of `party`). `people` are ids of those who must act, where they are known by name.
    """

    enrolment_id: int
    activity_id: str
    reason: Reason
    since: date
    party: Party
    people: tuple[int, ...] = ()
    until: date | None = None


@dataclass(frozen=True, slots=True)
class ExamStand:
    """An exam that was sat. `handed_in_on`: it waits for marks or release since; `last_on`: the
    latest attempt; `free_on`: the pause between attempts lasts until; `allowed`: how many attempts
    there are in all."""

    attempts_left: int
    handed_in_on: date | None = None
    last_on: date | None = None
    free_on: date | None = None
    allowed: int = 0


@dataclass(frozen=True, slots=True)
class Word:
    """The latest word of a party at a gate."""

    is_yes: bool
    on: date
    again_on: date | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around an enrolment besides its progress.

    `since`: the day of its state; `away_from`: first day of a leave that still runs;
    `mentor_gone_on`: the last mentor's last day, None: there never was one; `done_on`: activity ->
    the day it was finished, where that is known.
    """

    state: State
    since: date
    away_from: date | None = None
    has_mentor: bool = False
    mentor_gone_on: date | None = None
    exams: Mapping[str, ExamStand] = field(default_factory=dict)
    holds: Sequence[Hold] = ()
    words: Mapping[tuple[str, Party], Word] = field(default_factory=dict)
    done_on: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Block:
    """One thing that keeps somebody. `party` must act; `people` are ids where they are known.

    `activity`, `gate` or `competency` say what it is about; `until`: before that day nothing can be
    done about it; `said_by`: who said "not yet".
    """

    reason: Reason
    since: date
    party: Party
    activity: str = ""
    gate: str = ""
    competency: str = ""
    until: date | None = None
    people: tuple[int, ...] = ()
    said_by: Party | None = None

    def days(self, today: date) -> int:
        """How many days it has waited."""
        return (today - self.since).days

    def is_stuck(self, today: date) -> bool:
        """Whether it has waited longer than it may."""
        patience = PATIENCE[self.reason]
        return patience is not None and self.days(today) >= patience


def blocks(now: Progress, around: Around) -> tuple[Block, ...]:
    """Everything that keeps this learner, the one to name first.

    Nothing for who is through, exempt or gone. While somebody is away only that counts.
    """
    if around.state is State.PAUSED:
        return (Block(Reason.AWAY, around.away_from or around.since, Party.MANAGER),)
    if around.state not in RUNNING:
        return ()
    found = [*_no_mentor(now, around), *_steps(now, around), *_gate(now, around)]
    # A room may tell of something that begins tomorrow; it has not waited a day yet.
    found = [_not_after(one, now.today) for one in found]
    places = {step.activity.id: n for n, step in enumerate(now.steps)}
    asked = needed(now)
    return tuple(
        sorted(
            found,
            key=lambda one: (
                ORDER.index(one.reason),
                bool(one.activity) and one.activity not in asked,
                one.since,
                places.get(one.activity, len(places)),
                one.gate,
                one.competency,
                one.party,
            ),
        )
    )


def is_stuck(found: Sequence[Block], today: date) -> bool:
    """Whether any of these has waited longer than it may."""
    return any(one.is_stuck(today) for one in found)


def main_block(found: Sequence[Block], today: date) -> Block | None:
    """The one to name: the first that has waited too long, else the first."""
    return next((one for one in found if one.is_stuck(today)), next(iter(found), None))


def _not_after(one: Block, today: date) -> Block:
    if one.since <= today:
        return one
    return replace(one, since=today)


def _no_mentor(now: Progress, around: Around) -> list[Block]:
    if around.has_mentor or now.day_number < 1 or not needs_mentor(now):
        return []
    since = max(around.mentor_gone_on or now.anchor_on, now.anchor_on)
    return [Block(Reason.NO_MENTOR, since, Party.MANAGER)]


def needs_mentor(now: Progress) -> bool:
    """Whether a mentor has anything left to do: what lies behind a passed gate is over."""
    asked = any(Party.MENTOR in one.activity.by and not one.is_finished for one in counting(now))
    return asked or any(
        NeedsSignature(Party.MENTOR) in gate.missing for gate in now.gates if not gate.is_passed
    )


def needed(now: Progress) -> frozenset[str]:
    """The activities that a gate ahead asks for; without any gate all of them."""
    if not now.gates:
        return frozenset(step.activity.id for step in now.steps)
    return frozenset(
        need.activity
        for gate in now.gates
        if not gate.is_passed
        for need in gate.gate.needs
        if isinstance(need, NeedsActivity)
    )


def counting(now: Progress) -> list[StepProgress]:
    """The steps that still count: not those left behind a gate that is passed, unless a gate ahead
    asks for them."""
    asked = needed(now)
    passed = [n for n, one in enumerate(now.stages) if one.gate is not None and one.gate.is_passed]
    ahead = passed[-1] + 1 if passed else 0
    return [
        step
        for number, stage in enumerate(now.stages)
        for step in stage.steps
        if number >= ahead or step.activity.id in asked
    ]


def next_step(now: Progress) -> StepProgress | None:
    """The first unfinished step that still counts: what lies behind a passed gate is over."""
    return next((step for step in counting(now) if not step.is_finished), None)


def _steps(now: Progress, around: Around) -> list[Block]:
    """What is late, and what waits for others; a step that is not due yet and waits for nobody but
    the learner keeps nobody."""
    holds = {one.activity_id: one for one in around.holds}
    asked = needed(now)
    return [
        block
        for step in counting(now)
        if not step.is_finished
        for slug in [step.activity.id]
        for block in _step(step, now.today, around, holds.get(slug), is_needed=slug in asked)
    ]


def _step(
    step: StepProgress, today: date, around: Around, hold: Hold | None, *, is_needed: bool
) -> list[Block]:
    activity, slug = step.activity, step.activity.id
    # Counted from the date that passed, as everywhere: "three days late" has waited three days.
    late_since = step.due_on if step.due_on is not None and step.due_on < today else None
    if hold is not None and (late_since or hold.reason not in {Reason.LATE, Reason.BOOKED}):
        since = _held_since(hold, late_since)
        return [Block(hold.reason, since, hold.party, slug, people=hold.people, until=hold.until)]
    if slug in around.exams:
        found = _exam(around.exams[slug], slug, today, is_needed=is_needed)
        if found is not None:
            return found
    if late_since is None:
        return []
    if activity.kind in RATED:
        return [Block(Reason.UNPLANNED, late_since, Party.TRAINER, slug)]
    party = who_does(activity, has_mentor=around.has_mentor)
    return [Block(Reason.LATE, late_since, party, slug)]


def _held_since(hold: Hold, late_since: date | None) -> date:
    """The day the reason began: whoever has acted on it meanwhile does not make it any younger."""
    if late_since is None:
        return hold.since
    if hold.reason in {Reason.LATE, Reason.BOOKED}:
        return late_since
    return min(hold.since, late_since) if hold.reason is Reason.UNPLANNED else hold.since


def _exam(exam: ExamStand, slug: str, today: date, *, is_needed: bool) -> list[Block] | None:
    """None: nothing about its attempts; it may be late all the same."""
    if exam.handed_in_on is not None:
        return [Block(Reason.MARKING, exam.handed_in_on, Party.TRAINER, slug)]
    since = exam.last_on or today
    if exam.attempts_left <= 0:
        # A quiz that no gate asks for was failed for good: nobody has to do anything about it.
        return [Block(Reason.EXHAUSTED, since, Party.TRAINER, slug)] if is_needed else []
    if exam.free_on is not None and exam.free_on > today:
        return [Block(Reason.COOLDOWN, since, Party.LEARNER, slug, until=exam.free_on)]
    return None


def who_does(activity: Activity, *, has_mentor: bool = True) -> Party:
    """Who has to move for this activity: who fills in its form, else the learner.

    Rated work waits until the trainer seats assessors. Where the mentor should act but there is
    none, it is up to the manager, who names one.
    """
    if activity.kind in RATED:
        return Party.TRAINER
    others = [party for party in activity.by if party is not Party.LEARNER]
    party = others[0] if others else Party.LEARNER
    return Party.MANAGER if party is Party.MENTOR and not has_mentor else party


def _gate(now: Progress, around: Around) -> list[Block]:
    gate = now.next_gate
    if gate is None or not gate.missing:
        return []
    found = _decision(gate, now.today, around)
    rest = [one for one in gate.missing if not isinstance(one, NeedsSignature)]
    if not any(isinstance(one, NeedsActivity) for one in rest) or _over_since(gate, now.today):
        found += [_level(one, gate, now, around) for one in rest if isinstance(one, NeedsLevel)]
    found += [
        block
        for one in gate.missing
        if isinstance(one, NeedsSignature)
        for block in _signature(one, gate, now, around, rest)
    ]
    return found


def _decision(gate: GateProgress, today: date, around: Around) -> list[Block]:
    """The date of the gate has passed: somebody says what happens now."""
    if around.state is not State.NOT_YET or _is_with_markers(gate, around):
        return []
    review = gate.gate.review
    party = Party.MANAGER if gate.may_extend or not review else review[0]
    # Not the day of the state: after a leave that would be the day of the return.
    since = _over_since(gate, today) or around.since
    return [Block(Reason.DECISION, since, party, gate=gate.gate.id)]


def _is_with_markers(gate: GateProgress, around: Around) -> bool:
    """Whether all work the gate lacks is handed in and waits for marks: then whoever marks decides
    first, and the rest follows from that."""
    lacks = {need.activity for need in gate.missing if isinstance(need, NeedsActivity)}
    marked = {one.activity_id for one in around.holds if one.reason is Reason.MARKING}
    marked |= {slug for slug, exam in around.exams.items() if exam.handed_in_on is not None}
    return bool(lacks) and lacks <= marked


def _over_since(gate: GateProgress, today: date) -> date | None:
    """The gate's date, once that has passed."""
    return gate.due_on if gate.due_on is not None and gate.due_on < today else None


def _level(need: NeedsLevel, gate: GateProgress, now: Progress, around: Around) -> Block:
    """It keeps her from the day the last activity was done, or the date of the gate passed."""
    asked = [one.activity for one in gate.gate.needs if isinstance(one, NeedsActivity)]
    done = [around.done_on[one] for one in asked if one in around.done_on]
    is_work_done = not any(isinstance(one, NeedsActivity) for one in gate.missing)
    over = _over_since(gate, now.today)
    since = max(done, default=over) if is_work_done else over
    since = since or around.since
    return Block(Reason.LEVEL, since, Party.TRAINER, gate=gate.gate.id, competency=need.competency)


def _signature(
    need: NeedsSignature,
    gate: GateProgress,
    now: Progress,
    around: Around,
    rest: Sequence[Need],
) -> list[Block]:
    """A signature waits when all else is there; a "not yet" stands from the day it was said."""
    word = around.words.get((gate.gate.id, need.party))
    party = need.party
    if party is Party.MENTOR and not around.has_mentor:
        return []  # told by the missing mentor
    if word is not None and not word.is_yes:
        # Until the day agreed on it is the learner's turn, from then on theirs who spoke.
        is_due = word.again_on is None or word.again_on <= now.today
        since = word.again_on if is_due and word.again_on is not None else word.on
        return [
            Block(
                Reason.SIGNATURE if is_due and not rest else Reason.SAID_NOT_YET,
                since,
                party if is_due else Party.LEARNER,
                gate=gate.gate.id,
                until=word.again_on,
                said_by=party,
            )
        ]
    if rest:
        return []
    since = around.since if around.state is State.AT_GATE else now.today
    return [Block(Reason.SIGNATURE, since, party, gate=gate.gate.id)]
