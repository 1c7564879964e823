"""The life of an enrolment: its states, what moves it on, and who must act next.

`assigned → active → at_gate → passed → certified → expiring → expired → recertifying`, beside them
`extended` (once a gate), `not_yet`, `paused`, `withdrawn`, `exempt`. Being late fails nobody:
it becomes `not_yet`, and a task for the manager.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where an enrolment stands."""

    ASSIGNED = "assigned"
    ACTIVE = "active"
    AT_GATE = "at_gate"
    PASSED = "passed"
    CERTIFIED = "certified"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    RECERTIFYING = "recertifying"
    EXTENDED = "extended"
    NOT_YET = "not_yet"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"
    EXEMPT = "exempt"


class Event(StrEnum):
    """What happens to an enrolment. After the first, what follows from facts and dates alone; then
    what people decide."""

    ENROL = "enrol"
    BEGIN = "begin"
    REACH_GATE = "reach_gate"
    LEAVE_GATE = "leave_gate"
    OPEN_GATE = "open_gate"
    MISS = "miss"
    FINISH = "finish"
    CERTIFY = "certify"
    SOON = "soon"
    EXPIRE = "expire"
    RENEW = "renew"

    EXTEND = "extend"
    PAUSE = "pause"
    RESUME = "resume"
    WITHDRAW = "withdraw"
    EXEMPT = "exempt"
    RECERTIFY = "recertify"
    VOID = "void"
    RESTORE = "restore"
    READMIT = "readmit"
    MOVE = "move"
    WAIVE = "waive"
    RETRY = "retry"


_LEARNING: Final = frozenset(
    {State.ASSIGNED, State.ACTIVE, State.AT_GATE, State.EXTENDED, State.NOT_YET}
)
# Through the track, or further: what follows is about the credential alone.
THROUGH: Final = frozenset(
    {State.PASSED, State.CERTIFIED, State.EXPIRING, State.EXPIRED, State.RECERTIFYING}
)
# In these the learner has something to do; days run.
RUNNING: Final = _LEARNING | {State.RECERTIFYING}
ENDED: Final = frozenset({State.WITHDRAWN, State.EXEMPT})
HOLDING: Final = frozenset({State.CERTIFIED, State.EXPIRING})

# Event -> the states it may come in, and the state it leads to (None: the state stays, or the
# service says which: after a pause the state from before).
RULES: Final[Mapping[Event, tuple[frozenset[State], State | None]]] = {
    Event.ENROL: (frozenset({State.ASSIGNED}), State.ASSIGNED),
    Event.BEGIN: (frozenset({State.ASSIGNED}), State.ACTIVE),
    Event.REACH_GATE: (
        frozenset({State.ACTIVE, State.EXTENDED, State.NOT_YET}),
        State.AT_GATE,
    ),
    Event.LEAVE_GATE: (frozenset({State.AT_GATE}), State.ACTIVE),
    Event.OPEN_GATE: (
        frozenset({State.ACTIVE, State.AT_GATE, State.EXTENDED, State.NOT_YET}),
        State.ACTIVE,
    ),
    Event.MISS: (frozenset({State.ACTIVE, State.AT_GATE, State.EXTENDED}), State.NOT_YET),
    Event.FINISH: (
        frozenset({State.ACTIVE, State.AT_GATE, State.EXTENDED, State.NOT_YET}),
        State.PASSED,
    ),
    Event.CERTIFY: (frozenset({State.PASSED, State.RECERTIFYING}), State.CERTIFIED),
    Event.SOON: (frozenset({State.CERTIFIED}), State.EXPIRING),
    # Not while it is being renewed: who is at work on it would start from nothing again.
    Event.EXPIRE: (HOLDING, State.EXPIRED),
    Event.RENEW: (frozenset({State.RECERTIFYING}), State.CERTIFIED),
    Event.EXTEND: (frozenset({State.ACTIVE, State.AT_GATE, State.NOT_YET}), State.EXTENDED),
    Event.PAUSE: (RUNNING, State.PAUSED),
    Event.RESUME: (frozenset({State.PAUSED}), None),
    Event.WITHDRAW: (frozenset(State) - ENDED, State.WITHDRAWN),
    Event.EXEMPT: (_LEARNING | {State.PAUSED}, State.EXEMPT),
    Event.RECERTIFY: (
        frozenset({State.EXPIRING, State.EXPIRED, State.CERTIFIED}),
        State.RECERTIFYING,
    ),
    # Paused: in the middle of the renewal, which then starts again too.
    Event.VOID: (HOLDING | {State.RECERTIFYING, State.PAUSED}, State.EXPIRED),
    Event.RESTORE: (frozenset({State.EXPIRED, State.RECERTIFYING}), None),
    Event.READMIT: (ENDED, State.ASSIGNED),
    Event.MOVE: (RUNNING | {State.PAUSED}, None),
    Event.WAIVE: (RUNNING | {State.PAUSED}, None),
    Event.RETRY: (RUNNING | {State.PAUSED}, None),
}


class WrongStateError(ValueError):
    """This event does not happen in this state."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{event} in {state}")
        self.state, self.event = state, event


def may(state: State, event: Event) -> bool:
    """Whether the event can happen now."""
    return state in RULES[event][0]


def after(state: State, event: Event) -> State:
    """The state that follows; the same where the event changes none. Raises WrongStateError."""
    allowed, target = RULES[event]
    if state not in allowed:
        raise WrongStateError(state, event)
    return target or state


@dataclass(frozen=True, slots=True)
class Pause:
    """Leave, from the first day to the day back (None: still away)."""

    from_on: date
    back_on: date | None = None


def shift(pauses: tuple[Pause, ...], *, today: date) -> int:
    """Days by which the pauses move every deadline; one that still runs counts until today."""
    return sum(
        max(((pause.back_on or today) - pause.from_on).days, 0)
        for pause in pauses
        if pause.from_on <= today
    )


def extension_days(allowed: int, *, due_on: date | None, today: date) -> int:
    """Calendar days to add to a gate's date so that `allowed` days are left from it, or from
    today when it has passed."""
    late = 0 if due_on is None else max((today - due_on).days, 0)
    return allowed + late


@dataclass(frozen=True, slots=True)
class Dates:
    """A credential from the day it is given."""

    issued_on: date
    expires_on: date
    warns_on: date


def credential_dates(issued_on: date, *, days: int, warn: int) -> Dates:
    """Valid for `days` days; from `warns_on` on it is expiring."""
    ends = issued_on + timedelta(days=days)
    return Dates(issued_on, ends, ends - timedelta(days=warn))


def credential_event(state: State, dates: Dates | None, today: date) -> Event | None:
    """What follows from the dates of the credential held; `dates` None: none is valid.

    It holds through its last day, as every deadline does.
    """
    if state not in HOLDING:
        return None
    if dates is None or dates.expires_on < today:
        return Event.EXPIRE
    return Event.SOON if state is State.CERTIFIED and dates.warns_on <= today else None


def holds_status(rounds: Sequence[bool], *, needed: int, of: int) -> bool:
    """Whether a status kept by taking part is held after these rounds, oldest first.

    It is earned by one round, lost by too many misses, and earned anew by the next one.
    """
    run: list[bool] = []
    for took_part in rounds:
        if run or took_part:
            run.append(took_part)
        if run and not is_kept(tuple(run), needed=needed, of=of):
            run = []
    return bool(run)


def is_kept(rounds: tuple[bool, ...], *, needed: int, of: int) -> bool:
    """Status kept by taking part: in at least `needed` of the last `of` rounds (newest last).

    Before `of` rounds have been held nobody can have missed too many: only misses beyond
    `of - needed` lose it.
    """
    last = rounds[-of:]
    return last.count(False) <= of - needed
