"""The life of an attempt: its states, its clock, its saves, and which attempt counts.

The server's clock is the only one. A read never changes anything: what the clock has done to an
open attempt is computed from the row (`standing`), and the sweeper or the next write stores it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from app.domain.items import Response

DEFAULT_GRACE: Final = timedelta(seconds=5)


class AttemptState(StrEnum):
    """Where an attempt stands. `SUBMITTED` waits for marks, `SCORED` for the trainer's release."""

    OPEN = "open"
    SUBMITTED = "submitted"
    SCORED = "scored"
    RELEASED = "released"
    VOID = "void"


class Event(StrEnum):
    """What can happen to an attempt."""

    SUBMIT = "submit"
    EXPIRE = "expire"
    MARK = "mark"
    RELEASE = "release"
    VOID = "void"


class Counts(StrEnum):
    """Which of several released attempts decides passing."""

    BEST = "best"
    LATEST = "latest"
    FIRST = "first"


class SaveResult(StrEnum):
    """The answer to one saved response."""

    SAVED = "saved"
    CONFLICT = "conflict"
    CLOSED = "closed"


class StartRefusal(StrEnum):
    """Why an attempt cannot be started now."""

    NOT_YET = "not_yet"
    WINDOW_CLOSED = "window_closed"
    NO_ATTEMPTS_LEFT = "no_attempts_left"
    COOLING_DOWN = "cooling_down"


class TransitionError(ValueError):
    """The event cannot happen to an attempt in this state."""

    def __init__(self, state: AttemptState, event: Event) -> None:
        super().__init__(f"{event.value} is not possible while {state.value}")
        self.state = state
        self.event = event


def after(
    state: AttemptState, event: Event, *, awaiting: int = 0, trainer_releases: bool = False
) -> AttemptState:
    """THE transition. `awaiting` counts the responses still without a mark after the event.

    A score that is complete is released at once, unless the trainer releases. A mark may change a
    released score (that is a correction, the state stays), but cannot be taken away from it.

    Raises `TransitionError`.
    """
    complete = AttemptState.SCORED if trainer_releases else AttemptState.RELEASED
    match state, event:
        case AttemptState.OPEN, Event.SUBMIT | Event.EXPIRE:
            return AttemptState.SUBMITTED if awaiting else complete
        case AttemptState.SUBMITTED, Event.MARK:
            return AttemptState.SUBMITTED if awaiting else complete
        case AttemptState.SCORED, Event.MARK:
            return AttemptState.SUBMITTED if awaiting else AttemptState.SCORED
        case AttemptState.RELEASED, Event.MARK if not awaiting:
            return AttemptState.RELEASED
        case AttemptState.SCORED, Event.RELEASE:
            return AttemptState.RELEASED
        case (
            AttemptState.OPEN
            | AttemptState.SUBMITTED
            | AttemptState.SCORED
            | AttemptState.RELEASED,
            Event.VOID,
        ):
            return AttemptState.VOID
        case _:
            raise TransitionError(state, event)


def deadline(
    started_at: datetime,
    limit: timedelta | None,
    extra: timedelta = timedelta(0),
    window_end: datetime | None = None,
) -> datetime | None:
    """When the time is up: min(start + limit + extra, window end + extra); None without either."""
    ends = [] if limit is None else [started_at + limit + extra]
    if window_end is not None:
        ends.append(window_end + extra)
    return min(ends, default=None)


def extended(current: datetime | None, computed: datetime | None) -> datetime | None:
    """The deadline of an open attempt after the settings changed: it moves later or stays."""
    if current is None or computed is None:
        return None
    return max(current, computed)


def may_save(
    state: AttemptState,
    deadline_at: datetime | None,
    now: datetime,
    grace: timedelta = DEFAULT_GRACE,
) -> bool:
    """Saves and the submit count while open, up to and including the grace after the deadline."""
    return state is AttemptState.OPEN and (deadline_at is None or now <= deadline_at + grace)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the row of an attempt says."""

    state: AttemptState
    started_at: datetime
    deadline_at: datetime | None = None
    submitted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What an attempt is at a moment.

    `is_time_up`: the page shows it as finished at `finished_at`. `is_due`: the grace is over too,
    so nothing more is accepted and the sweeper hands it in; only then may keys be shown. `left` is
    None without a limit.
    """

    state: AttemptState
    is_time_up: bool
    is_due: bool
    finished_at: datetime | None
    left: timedelta | None


def standing(facts: Facts, now: datetime, grace: timedelta = DEFAULT_GRACE) -> Standing:
    """The attempt as seen at `now`, without writing anything.

    An open attempt whose grace is over reads as submitted at its deadline, whoever looks.
    """
    if facts.state is not AttemptState.OPEN:
        return Standing(facts.state, is_time_up=False, is_due=False,
                        finished_at=facts.submitted_at, left=None)  # fmt: skip
    if facts.deadline_at is None:
        return Standing(facts.state, is_time_up=False, is_due=False, finished_at=None, left=None)
    is_time_up = now > facts.deadline_at
    is_due = not may_save(facts.state, facts.deadline_at, now, grace)
    return Standing(
        state=AttemptState.SUBMITTED if is_due else AttemptState.OPEN,
        is_time_up=is_time_up,
        is_due=is_due,
        finished_at=facts.deadline_at if is_time_up else None,
        left=max(timedelta(0), facts.deadline_at - now),
    )


def state_at(facts: Facts, now: datetime, grace: timedelta = DEFAULT_GRACE) -> AttemptState:
    """The state at `now`: a pure function of row and clock."""
    return standing(facts, now, grace).state


@dataclass(frozen=True, slots=True)
class StartRules:
    """When and how often an assessment may be started; None means no bound."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None
    attempts: int | None = 1
    cool_down: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class StartDecision:
    """`refusal` None: may start. `at` is when it opens, closed, or the cool-down ends."""

    refusal: StartRefusal | None
    attempts_left: int | None
    at: datetime | None = None


def may_start(
    rules: StartRules, *, used: int, last_finished_at: datetime | None, now: datetime
) -> StartDecision:
    """Whether another attempt may start now. `used` counts attempts that are not void."""
    left = None if rules.attempts is None else max(0, rules.attempts - used)
    if rules.opens_at is not None and now < rules.opens_at:
        return StartDecision(StartRefusal.NOT_YET, left, rules.opens_at)
    if rules.closes_at is not None and now >= rules.closes_at:
        return StartDecision(StartRefusal.WINDOW_CLOSED, left, rules.closes_at)
    if left == 0:
        return StartDecision(StartRefusal.NO_ATTEMPTS_LEFT, left)
    free_at = None if last_finished_at is None else last_finished_at + rules.cool_down
    if free_at is not None and now < free_at:
        return StartDecision(StartRefusal.COOLING_DOWN, left, free_at)
    return StartDecision(None, left)


@dataclass(frozen=True, slots=True)
class Result:
    """A released attempt, for deciding which one counts. `share` is points over maximum, exact."""

    attempt_id: int
    number: int
    share: Fraction
    passed: bool


def counted(results: Iterable[Result], which: Counts) -> Result | None:
    """The released attempt that decides; of equally good ones the earliest."""
    ordered: Sequence[Result] = sorted(results, key=lambda result: result.number)
    if not ordered:
        return None
    match which:
        case Counts.FIRST:
            return ordered[0]
        case Counts.LATEST:
            return ordered[-1]
        case Counts.BEST:
            # A pass beats a higher share that failed: attempts may differ in their pass mark.
            return max(ordered, key=lambda r: (r.passed, r.share, -r.number))
        case _ as unreachable:
            assert_never(unreachable)


@dataclass(frozen=True, slots=True)
class Current:
    """The current answer row of one item. `tab` names the page that wrote it."""

    revision: int
    tab: str
    response: Response | None


@dataclass(frozen=True, slots=True)
class Save:
    """One save as it arrives: the page's own `revision`, and the last one it knew (`base`)."""

    revision: int
    base: int
    tab: str
    response: Response | None


@dataclass(frozen=True, slots=True)
class SaveDecision:
    """What to answer and do. `appends`: write the event; `moves`: make it the current answer."""

    result: SaveResult
    appends: bool
    moves: bool


def decide_save(
    current: Current | None, save: Save, *, is_open: bool, is_known: bool = False
) -> SaveDecision:
    """Decide one save of a batch.

    `is_known`: an event of this tab and revision is stored already (a repeated request). The same
    page's saves may arrive in any order: an older one is kept as an event and never goes back.
    Another page's save counts only if it had seen the current answer, or says the same.
    """
    if is_known:
        return SaveDecision(SaveResult.SAVED, appends=False, moves=False)
    if not is_open:
        return SaveDecision(SaveResult.CLOSED, appends=False, moves=False)
    if current is None:
        return SaveDecision(SaveResult.SAVED, appends=True, moves=True)
    is_newer = save.revision > current.revision
    if save.tab == current.tab or (is_newer and save.base >= current.revision):
        return SaveDecision(SaveResult.SAVED, appends=True, moves=is_newer)
    if save.response == current.response:
        return SaveDecision(SaveResult.SAVED, appends=True, moves=is_newer)
    return SaveDecision(SaveResult.CONFLICT, appends=False, moves=False)


def plus_days(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """`days` later at the same time on the wall in `zone`, as UTC; a DST change moves nothing."""
    return (at.astimezone(zone) + timedelta(days=days)).astimezone(UTC)


def local_days_between(earlier: datetime, later: datetime, zone: ZoneInfo) -> int:
    """Whole days counted by local dates: "within 30 days" is a matter of calendars."""
    return (later.astimezone(zone).date() - earlier.astimezone(zone).date()).days
