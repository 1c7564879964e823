"""Where a learner stands in a track: a pure function of track, anchor, today and what is done."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.domain.tracks import Activity, ActivityKind, Gate, NeedsActivity, NeedsLevel, Stage, Track

# The kinds that can be done in the product today; the others are listed by the format only.
SUPPORTED = frozenset({ActivityKind.LESSON, ActivityKind.EXAM})


class StepState(StrEnum):
    """How one activity stands."""

    DONE = "done"
    NOW = "now"
    LATE = "late"
    OPEN = "open"


class StageState(StrEnum):
    """How a whole stage stands."""

    DONE = "done"
    TODAY = "today"
    LATE = "late"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class StepProgress:
    """One activity with its due day (None: no date of its own)."""

    activity: Activity
    state: StepState
    due_on: date | None


@dataclass(frozen=True, slots=True)
class GateProgress:
    """A gate: open when `missing` is empty."""

    gate: Gate
    due_on: date | None
    missing: tuple[NeedsActivity | NeedsLevel, ...]


@dataclass(frozen=True, slots=True)
class StageProgress:
    """One stage with its steps."""

    stage: Stage
    state: StageState
    steps: tuple[StepProgress, ...]
    gate: GateProgress | None

    @property
    def left(self) -> int:
        """Number of steps not done."""
        return sum(step.state is not StepState.DONE for step in self.steps)


@dataclass(frozen=True, slots=True)
class Progress:
    """A learner's standing in one track."""

    track: Track
    anchor_on: date
    day_number: int
    stages: tuple[StageProgress, ...]

    @property
    def current(self) -> StageProgress | None:
        """The stage to work on: the first that is not done; None when all are."""
        return next((stage for stage in self.stages if stage.state is not StageState.DONE), None)

    @property
    def next_step(self) -> StepProgress | None:
        """The first activity that is not done, in the order of the track."""
        steps = [step for stage in self.stages for step in stage.steps]
        return next((step for step in steps if step.state is not StepState.DONE), None)

    @property
    def done(self) -> int:
        """Number of activities done."""
        return self.total - sum(stage.left for stage in self.stages)

    @property
    def total(self) -> int:
        """Number of activities."""
        return sum(len(stage.steps) for stage in self.stages)

    @property
    def is_passed(self) -> bool:
        """True when every activity is done and every gate is open."""
        gates = [stage.gate for stage in self.stages if stage.gate is not None]
        return self.done == self.total and all(not gate.missing for gate in gates)


def due_on(anchor_on: date, due_day: int | None) -> date | None:
    """The calendar day a step is due, until 23:59 local; 0 is the anchor day itself (its day 1)."""
    return None if due_day is None else anchor_on + timedelta(days=due_day)


def progress(
    track: Track,
    *,
    anchor_on: date,
    today: date,
    done: Collection[str],
    levels: Collection[tuple[str, int]] = (),
) -> Progress:
    """Where someone stands.

    `done`: ids of finished activities; `levels`: confirmed levels as (slug, rank 1-5).
    """
    next_id = next((a.id for a in track.activities if a.id not in done), None)
    stages = tuple(
        _stage(stage, anchor_on, today, done, dict(levels), next_id) for stage in track.stages
    )
    return Progress(
        track=track, anchor_on=anchor_on, day_number=(today - anchor_on).days + 1, stages=stages
    )


def _stage(
    stage: Stage,
    anchor_on: date,
    today: date,
    done: Collection[str],
    levels: dict[str, int],
    next_id: str | None,
) -> StageProgress:
    steps = tuple(
        StepProgress(activity, _step_state(activity, anchor_on, today, done, next_id), day)
        for activity in stage.activities
        for day in [due_on(anchor_on, activity.due_day)]
    )
    gate = _gate(stage.gate, anchor_on, done, levels) if stage.gate else None
    return StageProgress(stage, _stage_state(steps, gate, today), steps, gate)


def _step_state(
    activity: Activity,
    anchor_on: date,
    today: date,
    done: Collection[str],
    next_id: str | None,
) -> StepState:
    if activity.id in done:
        return StepState.DONE
    day = due_on(anchor_on, activity.due_day)
    if day is not None and day < today:
        return StepState.LATE
    return StepState.NOW if activity.id == next_id else StepState.OPEN


def _gate(
    gate: Gate, anchor_on: date, done: Collection[str], levels: dict[str, int]
) -> GateProgress:
    missing: list[NeedsActivity | NeedsLevel] = []
    for need in gate.needs:
        match need:
            case NeedsActivity(activity=activity):
                if activity not in done:
                    missing.append(need)
            case NeedsLevel(competency=slug, level=level):
                if levels.get(slug, 0) < level.rank:
                    missing.append(need)
    return GateProgress(gate, due_on(anchor_on, gate.due_day), tuple(missing))


def _stage_state(
    steps: Sequence[StepProgress], gate: GateProgress | None, today: date
) -> StageState:
    if all(step.state is StepState.DONE for step in steps) and not (gate and gate.missing):
        return StageState.DONE
    days = [step.due_on for step in steps if step.due_on is not None]
    if any(step.state is StepState.LATE for step in steps):
        return StageState.LATE
    return StageState.TODAY if today in days else StageState.OPEN
