"""States, clocks, saves of two tabs, retakes: one function decides each."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import attempts
from app.domain.attempts import (
    AttemptState,
    Counts,
    Current,
    Event,
    Facts,
    Result,
    Save,
    SaveResult,
    StartRefusal,
    StartRules,
    TransitionError,
)
from app.domain.items import Chosen, Written

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TEN_MINUTES = timedelta(seconds=600)
EXTRA = timedelta(seconds=120)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_objective_items_are_scored_and_released_by_the_submit() -> None:
    assert attempts.after(AttemptState.OPEN, Event.SUBMIT) is AttemptState.RELEASED
    assert attempts.after(AttemptState.OPEN, Event.EXPIRE) is AttemptState.RELEASED


def test_short_answers_wait_and_the_last_mark_releases() -> None:
    waiting = attempts.after(AttemptState.OPEN, Event.SUBMIT, awaiting=2)
    assert waiting is AttemptState.SUBMITTED
    assert attempts.after(waiting, Event.MARK, awaiting=1) is AttemptState.SUBMITTED
    assert attempts.after(waiting, Event.MARK, awaiting=0) is AttemptState.RELEASED


def test_the_trainer_may_hold_the_release_back() -> None:
    held = attempts.after(AttemptState.OPEN, Event.SUBMIT, trainer_releases=True)
    assert held is AttemptState.SCORED
    assert attempts.after(held, Event.RELEASE) is AttemptState.RELEASED
    assert attempts.after(held, Event.MARK, awaiting=1) is AttemptState.SUBMITTED


def test_only_these_transitions_exist() -> None:
    allowed = set()
    for state, event in product(AttemptState, Event):
        try:
            attempts.after(state, event)
        except TransitionError:
            continue
        else:
            allowed.add((state.value, event.value))
    assert allowed == {
        ("open", "submit"), ("open", "expire"), ("open", "void"),
        ("submitted", "mark"), ("submitted", "void"),
        ("scored", "mark"), ("scored", "release"), ("scored", "void"),
        ("released", "mark"), ("released", "void"),
    }  # fmt: skip
    with pytest.raises(TransitionError):
        attempts.after(AttemptState.RELEASED, Event.MARK, awaiting=1)


@pytest.mark.parametrize(
    ("seconds", "counts"), [(599, True), (603, True), (605, True), (606, False)]
)
def test_late_clocks(seconds, counts) -> None:
    closes = attempts.deadline(START, TEN_MINUTES)
    assert attempts.may_save(AttemptState.OPEN, closes, at(seconds)) is counts


def test_a_raised_limit_extends_an_open_attempt_and_nothing_shortens_it() -> None:
    first = attempts.deadline(START, TEN_MINUTES)
    raised = attempts.extended(first, attempts.deadline(START, TEN_MINUTES, EXTRA))
    assert raised == at(720)
    assert attempts.may_save(AttemptState.OPEN, raised, at(700))
    assert attempts.extended(raised, attempts.deadline(START, timedelta(seconds=60))) == at(720)
    assert attempts.extended(raised, None) is None
    assert attempts.extended(None, raised) is None


def test_the_window_ends_an_attempt_too_and_extra_time_is_added_to_both() -> None:
    assert attempts.deadline(START, TEN_MINUTES, window_end=at(300)) == at(300)
    assert attempts.deadline(START, TEN_MINUTES, EXTRA, at(300)) == at(420)
    assert attempts.deadline(START, TEN_MINUTES, EXTRA, at(3000)) == at(720)
    assert attempts.deadline(START, None) is None
    assert attempts.deadline(START, None, window_end=at(300)) == at(300)


def test_nothing_is_saved_outside_an_open_attempt() -> None:
    for state in AttemptState:
        assert attempts.may_save(state, None, at(1)) is (state is AttemptState.OPEN)


def test_a_read_after_the_deadline_shows_the_attempt_as_finished_at_the_deadline() -> None:
    facts = Facts(AttemptState.OPEN, START, deadline_at=at(600))
    early, grace, late = (attempts.standing(facts, at(s)) for s in (300, 603, 606))
    assert (early.state, early.left, early.is_time_up) == (
        AttemptState.OPEN,
        at(600) - at(300),
        False,
    )
    assert (grace.state, grace.is_time_up, grace.is_due) == (AttemptState.OPEN, True, False)
    assert grace.finished_at == at(600)
    assert (late.state, late.finished_at, late.is_due) == (AttemptState.SUBMITTED, at(600), True)
    assert late.left == timedelta(0)
    assert attempts.state_at(facts, at(606)) is AttemptState.SUBMITTED


def test_the_clock_does_nothing_to_a_finished_or_unlimited_attempt() -> None:
    done = Facts(AttemptState.RELEASED, START, deadline_at=at(600), submitted_at=at(500))
    assert attempts.standing(done, at(9000)).finished_at == at(500)
    assert attempts.state_at(done, at(9000)) is AttemptState.RELEASED
    free = attempts.standing(Facts(AttemptState.OPEN, START), at(10**7))
    assert (free.state, free.left, free.is_due) == (AttemptState.OPEN, None, False)


@given(st.integers(0, 2000), st.integers(0, 60))
def test_what_is_due_is_never_saved(seconds: int, grace: int) -> None:
    facts = Facts(AttemptState.OPEN, START, deadline_at=at(600))
    seen = attempts.standing(facts, at(seconds), timedelta(seconds=grace))
    saved = attempts.may_save(facts.state, at(600), at(seconds), timedelta(seconds=grace))
    assert saved is not seen.is_due
    assert seen.is_time_up or not seen.is_due


def test_a_start_is_refused_with_its_reason() -> None:
    rules = StartRules(at(0), at(1000), attempts=2, cool_down=timedelta(seconds=100))

    def decide(now, used=0, last=None):
        return attempts.may_start(rules, used=used, last_finished_at=last, now=now)

    assert decide(at(-1)).refusal is StartRefusal.NOT_YET
    assert decide(at(1000)).refusal is StartRefusal.WINDOW_CLOSED
    assert decide(at(500), used=2).refusal is StartRefusal.NO_ATTEMPTS_LEFT
    cooling = decide(at(500), used=1, last=at(450))
    assert (cooling.refusal, cooling.at) == (StartRefusal.COOLING_DOWN, at(550))
    free = decide(at(550), used=1, last=at(450))
    assert (free.refusal, free.attempts_left) == (None, 1)
    unbounded = StartRules(attempts=None)
    endless = attempts.may_start(unbounded, used=9, last_finished_at=None, now=at(0))
    assert (endless.refusal, endless.attempts_left) == (None, None)


def test_the_attempt_that_counts() -> None:
    results = [
        Result(3, 3, Fraction(7, 10), passed=False),
        Result(1, 1, Fraction(2, 3), passed=False),
        Result(2, 2, Fraction(7, 10), passed=False),
    ]
    assert [attempts.counted(results, which).number for which in (Counts.BEST, Counts.LATEST)] == [
        2,
        3,
    ]
    assert attempts.counted(results, Counts.FIRST).attempt_id == 1
    assert attempts.counted([], Counts.BEST) is None
    passed = Result(4, 4, Fraction(6, 10), passed=True)
    assert attempts.counted([*results, passed], Counts.BEST) == passed


A, B = Chosen(frozenset("A")), Chosen(frozenset("B"))


def test_one_page_saves_in_any_order_and_never_goes_back() -> None:
    current = Current(5, "tab-1", A)
    older = attempts.decide_save(current, Save(4, 3, "tab-1", B), is_open=True)
    assert (older.result, older.appends, older.moves) == (SaveResult.SAVED, True, False)
    newer = attempts.decide_save(current, Save(6, 3, "tab-1", B), is_open=True)
    assert newer.moves
    first = attempts.decide_save(None, Save(1, 0, "tab-1", A), is_open=True)
    assert (first.result, first.moves) == (SaveResult.SAVED, True)


def test_a_repeated_request_is_answered_alike_and_stored_once() -> None:
    again = attempts.decide_save(
        Current(5, "tab-2", B), Save(4, 3, "tab-1", A), is_open=False, is_known=True
    )
    assert (again.result, again.appends, again.moves) == (SaveResult.SAVED, False, False)


def test_a_second_page_that_did_not_know_gets_the_current_value() -> None:
    current = Current(5, "tab-1", A)
    stale = attempts.decide_save(current, Save(9, 3, "tab-2", B), is_open=True)
    assert (stale.result, stale.appends, stale.moves) == (SaveResult.CONFLICT, False, False)
    knew = attempts.decide_save(current, Save(6, 5, "tab-2", B), is_open=True)
    assert (knew.result, knew.moves) == (SaveResult.SAVED, True)
    same = attempts.decide_save(current, Save(4, 3, "tab-2", A), is_open=True)
    assert (same.result, same.moves) == (SaveResult.SAVED, False)


def test_after_the_end_a_save_is_answered_closed() -> None:
    late = attempts.decide_save(None, Save(1, 0, "tab-1", Written("…")), is_open=False)
    assert (late.result, late.appends) == (SaveResult.CLOSED, False)


@given(st.permutations(range(1, 8)))
def test_the_last_revision_wins_whatever_the_order(order) -> None:
    current = None
    for revision in order:
        save = Save(revision, 0, "tab-1", Written(str(revision)))
        if attempts.decide_save(current, save, is_open=True).moves:
            current = Current(revision, save.tab, save.response)
    assert current == Current(7, "tab-1", Written("7"))


def test_seven_days_later_is_the_same_time_on_the_wall() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before_dst = datetime(2026, 3, 27, 8, 0, tzinfo=UTC)  # 09:00 in Berlin, summer time follows
    later = attempts.plus_days(before_dst, 7, berlin)
    assert later == datetime(2026, 4, 3, 7, 0, tzinfo=UTC)
    assert later.astimezone(berlin).hour == 9


def test_a_window_that_closes_in_shanghai_closes_for_someone_in_berlin() -> None:
    shanghai, berlin = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
    closes = datetime(2026, 11, 20, 23, 59, tzinfo=shanghai).astimezone(UTC)
    rules = StartRules(closes_at=closes)
    just_before = datetime(2026, 11, 20, 16, 58, 59, tzinfo=berlin)
    ask = {"used": 0, "last_finished_at": None}
    assert attempts.may_start(rules, now=just_before, **ask).refusal is None
    after_it = just_before + timedelta(seconds=1)
    assert attempts.may_start(rules, now=after_it, **ask).refusal is StartRefusal.WINDOW_CLOSED


def test_days_are_counted_by_local_dates() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    hired = datetime(2026, 1, 1, 23, 30, tzinfo=shanghai)
    assert attempts.local_days_between(hired, hired + timedelta(hours=1), shanghai) == 1
    assert attempts.local_days_between(hired, hired + timedelta(minutes=20), shanghai) == 0
