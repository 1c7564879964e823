"""Where a learner stands in a track: a pure function of track, anchor, today and the facts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from app.domain.enrolment import Event, State
from app.domain.tracks import (
    Activity,
    Gate,
    Need,
    NeedsActivity,
    NeedsLevel,
    NeedsSignature,
    Party,
    Stage,
    Track,
)
from app.domain.workdays import Days, add_days


class StepState(StrEnum):
    """How one activity stands. `WAIVED`: it need not be done."""

    DONE = "done"
    NOW = "now"
    LATE = "late"
    OPEN = "open"
    WAIVED = "waived"


class StageState(StrEnum):
    """How a whole stage stands."""

    DONE = "done"
    TODAY = "today"
    LATE = "late"
    OPEN = "open"


FINISHED = frozenset({StepState.DONE, StepState.WAIVED})


@dataclass(frozen=True, slots=True)
class Facts:
    """What has happened on one enrolment.

    `done`: ids of finished activities; `times`: how often, of those done several times; `signed`:
    who has agreed at which gate; `passed_gates` stay passed whatever happens later; `levels`:
    confirmed levels as competency -> rank 1-5; `shift` days of leave; `extensions`: gate -> days.
    """

    done: Collection[str] = ()
    times: Mapping[str, int] = field(default_factory=dict)
    waived: Collection[str] = ()
    signed: Collection[tuple[str, Party]] = ()
    passed_gates: Collection[str] = ()
    levels: Mapping[str, int] = field(default_factory=dict)
    shift: int = 0
    extensions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepProgress:
    """One activity with its due day (None: no date of its own); `times` done of those needed."""

    activity: Activity
    state: StepState
    due_on: date | None
    times: int = 0

    @property
    def is_finished(self) -> bool:
        """Done, or need not be done."""
        return self.state in FINISHED


@dataclass(frozen=True, slots=True)
class GateProgress:
    """A gate: open when `missing` is empty. `is_passed`: it was open and stays so."""

    gate: Gate
    due_on: date | None
    missing: tuple[Need, ...]
    is_passed: bool
    is_extended: bool = False

    @property
    def may_extend(self) -> bool:
        """Whether its date can still be moved: the file allows it, and it was not done before."""
        return self.gate.extend is not None and not self.is_extended

    @property
    def waits_for_people(self) -> bool:
        """Everything is there but somebody's agreement."""
        return bool(self.missing) and all(isinstance(one, NeedsSignature) for one in self.missing)


@dataclass(frozen=True, slots=True)
class StageProgress:
    """One stage with its steps."""

    stage: Stage
    state: StageState
    steps: tuple[StepProgress, ...]
    gate: GateProgress | None

    @property
    def left(self) -> int:
        """Number of steps not finished."""
        return sum(not step.is_finished for step in self.steps)


@dataclass(frozen=True, slots=True)
class Progress:
    """A learner's standing in one track."""

    track: Track
    anchor_on: date
    day_number: int
    stages: tuple[StageProgress, ...]
    today: date

    @property
    def current(self) -> StageProgress | None:
        """The stage to work on: the first that is not done; None when all are."""
        return next((stage for stage in self.stages if stage.state is not StageState.DONE), None)

    @property
    def steps(self) -> Sequence[StepProgress]:
        """All steps in the order of the track."""
        return [step for stage in self.stages for step in stage.steps]

    @property
    def gates(self) -> Sequence[GateProgress]:
        """All gates in the order of the track."""
        return [stage.gate for stage in self.stages if stage.gate is not None]

    @property
    def next_gate(self) -> GateProgress | None:
        """The first gate that is not passed."""
        return next((gate for gate in self.gates if not gate.is_passed), None)

    @property
    def done(self) -> int:
        """Number of activities finished."""
        return self.total - sum(stage.left for stage in self.stages)

    @property
    def total(self) -> int:
        """Number of activities."""
        return sum(len(stage.steps) for stage in self.stages)

    @property
    def is_passed(self) -> bool:
        """True when every gate is passed; without any gate, when every activity is finished."""
        if self.gates:
            return all(gate.is_passed for gate in self.gates)
        return self.done == self.total


def due_on(
    anchor_on: date, due_day: int | None, *, days: Days = Days.CALENDAR, shift: int = 0
) -> date | None:
    """The day a step is due, until 23:59 local; 0 is the anchor day itself (its day 1).

    `shift`: calendar days of leave, put on at the end.
    """
    if due_day is None:
        return None
    return add_days(anchor_on, due_day, days) + timedelta(days=shift)


def progress(track: Track, *, anchor_on: date, today: date, facts: Facts) -> Progress:
    """Where someone stands on a track."""
    return _progress(track, track.stages, anchor_on, today, facts)


def renewal_progress(track: Track, *, started_on: date, today: date, facts: Facts) -> Progress:
    """Where someone stands with what has to be done again; its days count from its start."""
    stages = (track.renewal,) if track.renewal else ()
    return _progress(track, stages, started_on, today, facts)


def _progress(
    track: Track, stages: Sequence[Stage], anchor_on: date, today: date, facts: Facts
) -> Progress:
    activities = [activity for stage in stages for activity in stage.activities]
    finished = set(facts.done) | set(facts.waived)
    next_id = next((one.id for one in activities if one.id not in finished), None)
    at = _At(track.days, anchor_on, today, next_id, facts)
    found = tuple(_stage(stage, at) for stage in stages)
    return Progress(
        track=track,
        anchor_on=anchor_on,
        day_number=(today - anchor_on).days + 1 - facts.shift,
        stages=found,
        today=today,
    )


@dataclass(frozen=True, slots=True)
class _At:
    """What every step is judged by."""

    days: Days
    anchor_on: date
    today: date
    next_id: str | None
    facts: Facts

    def due(self, due_day: int | None, *, more: int = 0) -> date | None:
        return due_on(self.anchor_on, due_day, days=self.days, shift=self.facts.shift + more)


def _stage(stage: Stage, at: _At) -> StageProgress:
    more = at.facts.extensions.get(stage.gate.id, 0) if stage.gate else 0
    # With a gate's date the unfinished steps before it move too: else they stay late for ever.
    steps = tuple(_step(activity, at, more) for activity in stage.activities)
    gate = _gate(stage.gate, at, more) if stage.gate else None
    return StageProgress(stage, _stage_state(steps, gate, at.today), steps, gate)


def _step(activity: Activity, at: _At, more: int) -> StepProgress:
    times = at.facts.times.get(activity.id, 0)
    if activity.id in at.facts.done:
        state, times = StepState.DONE, max(times, activity.needed)
        return StepProgress(activity, state, at.due(activity.due_day), times)
    day = at.due(activity.due_day, more=more)
    if activity.id in at.facts.waived:
        return StepProgress(activity, StepState.WAIVED, day, times)
    if day is not None and day < at.today:
        return StepProgress(activity, StepState.LATE, day, times)
    state = StepState.NOW if activity.id == at.next_id else StepState.OPEN
    return StepProgress(activity, state, day, times)


def _gate(gate: Gate, at: _At, more: int) -> GateProgress:
    is_passed = gate.id in at.facts.passed_gates
    missing = () if is_passed else tuple(need for need in gate.needs if _lacks(need, gate, at))
    return GateProgress(
        gate, at.due(gate.due_day, more=more), missing, is_passed, is_extended=more > 0
    )


def _lacks(need: Need, gate: Gate, at: _At) -> bool:
    match need:
        case NeedsActivity(activity=activity):
            return activity not in at.facts.done and activity not in at.facts.waived
        case NeedsLevel(competency=slug, level=level):
            return at.facts.levels.get(slug, 0) < level.rank
        case NeedsSignature(party=party):
            return (gate.id, party) not in at.facts.signed


def _stage_state(
    steps: Sequence[StepProgress], gate: GateProgress | None, today: date
) -> StageState:
    if all(step.is_finished for step in steps) and (gate is None or gate.is_passed):
        return StageState.DONE
    days = [step.due_on for step in steps if step.due_on is not None]
    if any(step.state is StepState.LATE for step in steps):
        return StageState.LATE
    return StageState.TODAY if today in days else StageState.OPEN


def next_event(state: State, now: Progress) -> tuple[Event, str] | None:
    """What follows from the facts alone, with the rule that says so; None: nothing.

    Called again after each event until nothing follows. A gate that is open is passed before the
    calendar is looked at, so that nobody misses a gate on the day it opens.
    """
    if state is State.ASSIGNED and (now.done or now.day_number >= 1):
        return Event.BEGIN, "started"
    if state not in {State.ACTIVE, State.AT_GATE, State.EXTENDED, State.NOT_YET}:
        return None
    if now.is_passed:
        return Event.FINISH, "all_gates"
    gate = now.next_gate
    if gate is None:
        return None
    if not gate.missing:
        return Event.OPEN_GATE, gate.gate.id
    return _at_gate(state, gate, now.today)


def _at_gate(state: State, gate: GateProgress, today: date) -> tuple[Event, str] | None:
    if state is State.AT_GATE and not gate.waits_for_people:
        return Event.LEAVE_GATE, gate.gate.id
    is_late = gate.due_on is not None and gate.due_on < today
    if gate.waits_for_people and state in {State.ACTIVE, State.EXTENDED, State.NOT_YET}:
        # Who has done everything is not "not yet": the agreement is other people's work.
        return Event.REACH_GATE, gate.gate.id
    if is_late and state in {State.ACTIVE, State.EXTENDED}:
        return Event.MISS, gate.gate.id
    return None


def gate_needs_level(needs: Sequence[Need]) -> list[NeedsLevel]:
    """The levels among the needs of a gate."""
    return [one for one in needs if isinstance(one, NeedsLevel)]
