"""The rules of an enrolment: states, working days, gates from both sides, credentials."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.enrolment import (
    ENDED,
    HOLDING,
    RULES,
    Event,
    Pause,
    State,
    WrongStateError,
    after,
    credential_dates,
    credential_event,
    holds_status,
    is_kept,
    may,
    shift,
)
from app.domain.framework import Level
from app.domain.moving import Fate, compare
from app.domain.progress import Facts, due_on, next_event, progress
from app.domain.tracks import (
    Activity,
    ActivityKind,
    Anchor,
    ExamRules,
    Gate,
    NeedsActivity,
    NeedsLevel,
    NeedsSignature,
    Party,
    Stage,
    Track,
)
from app.domain.workdays import ANNOUNCED_UNTIL, Days, add_days, is_announced, is_workday

MONDAY = date(2026, 3, 2)
NEEDS = (
    NeedsActivity("visit"),
    NeedsLevel("talk-tracks", Level.L3),
    NeedsSignature(Party.MENTOR),
    NeedsSignature(Party.LEARNER),
)
GATE = Gate("g", {"zh-CN": "关"}, NEEDS, due_day=6, extend=3)
VISIT = Activity("visit", ActivityKind.OBSERVATION, {"zh-CN": "拜访"}, due_day=3)
TRACK = Track(
    id="t",
    title={"zh-CN": "路径"},
    tier="new-hire",
    anchor=Anchor.HIRE_DATE,
    stages=(Stage("s", {"zh-CN": "一"}, (VISIT,), GATE),),
)
FULL = Facts(
    done={"visit"},
    levels={"talk-tracks": 3},
    signed={("g", Party.MENTOR), ("g", Party.LEARNER)},
)


def follows(state, facts, day):
    return next_event(state, progress(TRACK, anchor_on=MONDAY, today=day, facts=facts))


# ---------------------------------------------------------------- states


@given(st.sampled_from(State), st.sampled_from(Event))
def test_an_event_happens_exactly_where_the_table_allows_it(state, event) -> None:
    if may(state, event):
        assert after(state, event) in {RULES[event][1], state}
    else:
        with pytest.raises(WrongStateError):
            after(state, event)


def test_ended_states_are_left_by_being_taken_up_again_alone() -> None:
    for state in ENDED:
        assert [event for event in Event if may(state, event)] == [Event.READMIT]


# ---------------------------------------------------------------- gates, both sides of each need


def test_with_every_need_the_gate_opens_even_on_a_day_that_is_too_late() -> None:
    late = MONDAY + timedelta(days=40)
    assert follows(State.ACTIVE, FULL, late) == (Event.OPEN_GATE, "g")
    assert follows(State.NOT_YET, FULL, late) == (Event.OPEN_GATE, "g")


@pytest.mark.parametrize(
    "lacking",
    [
        replace(FULL, done=()),
        replace(FULL, levels={"talk-tracks": 2}),
        replace(FULL, levels={}),
        replace(FULL, signed={("g", Party.MENTOR)}),
        replace(FULL, signed={("g", Party.LEARNER)}),
        replace(FULL, signed={("other", Party.MENTOR), ("g", Party.LEARNER)}),
        replace(FULL, signed={("g", Party.MANAGER), ("g", Party.LEARNER)}),
    ],
)
def test_with_one_need_missing_it_stays_shut(lacking) -> None:
    for day in range(10):
        event = follows(State.ACTIVE, lacking, MONDAY + timedelta(days=day))
        assert event is None or event[0] is not Event.OPEN_GATE


def test_a_waived_activity_is_no_need_and_a_waived_level_does_not_exist() -> None:
    waived = replace(FULL, done=(), waived={"visit"})
    assert follows(State.ACTIVE, waived, MONDAY) == (Event.OPEN_GATE, "g")
    assert follows(State.ACTIVE, replace(FULL, levels={}, waived={"talk-tracks"}), MONDAY) is None


def test_lacking_signatures_alone_it_waits_for_people_and_is_not_missed() -> None:
    unsigned = replace(FULL, signed=())
    late = MONDAY + timedelta(days=40)
    for day in (MONDAY, late):
        assert follows(State.ACTIVE, unsigned, day) == (Event.REACH_GATE, "g")
        assert follows(State.AT_GATE, unsigned, day) is None
    undone = replace(unsigned, done=())
    assert follows(State.AT_GATE, undone, MONDAY) == (Event.LEAVE_GATE, "g")


def test_a_gate_is_missed_the_day_after_its_last_and_not_on_it() -> None:
    nothing = Facts()
    last = MONDAY + timedelta(days=6)
    assert follows(State.ACTIVE, nothing, last) is None
    assert follows(State.ACTIVE, nothing, last + timedelta(days=1)) == (Event.MISS, "g")
    extended = replace(nothing, extensions={"g": 3})
    assert follows(State.EXTENDED, extended, last + timedelta(days=3)) is None
    assert follows(State.EXTENDED, extended, last + timedelta(days=4)) == (Event.MISS, "g")
    away = replace(nothing, shift=10)
    assert follows(State.ACTIVE, away, last + timedelta(days=10)) is None
    assert follows(State.ACTIVE, away, last + timedelta(days=11)) == (Event.MISS, "g")


# ---------------------------------------------------------------- leave


days = st.dates(date(2024, 1, 1), date(2028, 12, 31))


@given(st.lists(st.tuples(days, st.integers(0, 60)), max_size=4), days)
def test_leave_never_moves_a_deadline_back(pauses, today) -> None:
    leaves = tuple(Pause(start, start + timedelta(days=n)) for start, n in pauses)
    moved = due_on(MONDAY, 6, shift=shift(leaves, today=today))
    assert moved >= MONDAY + timedelta(days=6)
    more = (*leaves, Pause(today - timedelta(days=3)))
    assert shift(more, today=today) == shift(leaves, today=today) + 3


def test_a_leave_that_still_runs_grows_by_a_day_a_day() -> None:
    pause = (Pause(MONDAY),)
    assert [shift(pause, today=MONDAY + timedelta(days=n)) for n in (-1, 0, 1, 5)] == [0, 0, 1, 5]


def test_leave_over_the_date_of_a_gate_moves_it_by_the_days_away() -> None:
    pause = Pause(MONDAY + timedelta(days=5), MONDAY + timedelta(days=12))
    today = MONDAY + timedelta(days=12)
    facts = Facts(shift=shift((pause,), today=today))
    assert follows(State.ACTIVE, facts, today) is None
    found = progress(TRACK, anchor_on=MONDAY, today=today, facts=facts)
    assert found.gates[0].due_on == MONDAY + timedelta(days=13)


# ---------------------------------------------------------------- days


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        # Spring Festival 2026: 15 to 23 February off, 14 and 28 February worked.
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
        (date(2026, 2, 13), 2, date(2026, 2, 24)),
        (date(2026, 2, 26), 2, date(2026, 2, 28)),
        # National Day 2026: 1 to 7 October off, 20 September and 10 October worked.
        (date(2026, 9, 18), 1, date(2026, 9, 20)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 10, 1), 0, date(2026, 10, 8)),
        (date(2026, 10, 10), -3, date(2026, 9, 30)),
    ],
)
def test_working_days_know_holidays_and_the_weekends_worked_for_them(start, n, end) -> None:
    assert add_days(start, n, Days.WORKING) == end


def test_beyond_the_announced_calendar_monday_to_friday_are_taken_and_it_says_so() -> None:
    beyond = date(ANNOUNCED_UNTIL.year + 1, 10, 1)
    assert is_announced(ANNOUNCED_UNTIL)
    assert not is_announced(ANNOUNCED_UNTIL + timedelta(days=1))
    assert not is_announced(beyond)
    assert is_workday(beyond) is (beyond.weekday() < 5)
    over = add_days(ANNOUNCED_UNTIL - timedelta(days=3), 10, Days.WORKING)
    assert over > ANNOUNCED_UNTIL


@given(days, st.integers(0, 60), st.sampled_from(Days))
def test_more_days_never_end_earlier_and_working_days_end_on_one(start, n, how) -> None:
    end = add_days(start, n, how)
    assert add_days(start, n + 1, how) > end
    assert end >= start
    if how is Days.WORKING:
        assert is_workday(end)


def test_a_leap_day_is_a_day() -> None:
    assert due_on(date(2028, 2, 28), 1) == date(2028, 2, 29)
    assert due_on(date(2028, 2, 29), 365) == date(2029, 2, 28)
    dates = credential_dates(date(2028, 2, 29), days=365, warn=60)
    assert (dates.expires_on, dates.warns_on) == (date(2029, 2, 28), date(2028, 12, 30))


# ---------------------------------------------------------------- credentials


@given(st.sampled_from(State), st.integers(-20, 140))
def test_a_credential_ends_by_its_dates_and_only_where_it_is_held(state, day) -> None:
    dates = credential_dates(MONDAY, days=100, warn=20)
    event = credential_event(state, dates, MONDAY + timedelta(days=day))
    if state not in HOLDING:
        assert event is None
    elif day > 100:
        assert event is Event.EXPIRE
    elif day >= 80 and state is State.CERTIFIED:
        assert event is Event.SOON
    else:
        assert event is None
    assert event is None or may(state, event)


def test_without_a_valid_credential_nobody_stays_certified() -> None:
    assert credential_event(State.CERTIFIED, None, MONDAY) is Event.EXPIRE


@given(st.lists(st.booleans(), max_size=12))
def test_a_status_is_held_exactly_while_three_of_the_last_four_are_there(rounds) -> None:
    held = holds_status(rounds, needed=3, of=4)
    if rounds and rounds[-1] and not any(rounds[:-1]):
        assert held
    if not any(rounds[-2:]) and len(rounds) > 1:
        assert not held
    if len(rounds) >= 4 and rounds[-4:].count(True) >= 3 and rounds[-4]:
        assert held or not is_kept(tuple(rounds), needed=3, of=4)
    assert not holds_status([], needed=3, of=4)


# ---------------------------------------------------------------- another version


def exam(bank, pass_mark=None, attempts=1):
    return Activity(
        "exam",
        ActivityKind.EXAM,
        {"zh-CN": "考试"},
        due_day=2,
        exam=ExamRules(bank, pass_mark=pass_mark, attempts=attempts),
    )


def version(*activities, gate=GATE):
    return replace(TRACK, stages=(Stage("s", {"zh-CN": "一"}, activities, gate),))


def fates(old, new, **facts):
    known = {"done": (), "passed_gates": ()} | facts
    moving = compare(old, new, anchor_on=MONDAY, **known)
    return {one.thing.id: one.fate for one in moving.changes}, moving


def test_a_move_says_what_is_new_gone_carried_and_sat_again() -> None:
    added = replace(VISIT, id="added")
    dropped = replace(VISIT, id="dropped")
    old, new = version(VISIT, dropped, exam("a")), version(VISIT, added, exam("b"))
    found, _moving = fates(old, new, done={"visit", "dropped", "exam"})
    assert found == {
        "visit": Fate.CARRIED,
        "added": Fate.NEW,
        "exam": Fate.AGAIN,
        "g": Fate.SAME,
        "dropped": Fate.GONE,
    }


def test_an_exam_passed_carries_over_where_only_its_attempts_changed() -> None:
    found, _moving = fates(version(exam("a")), version(exam("a", attempts=3)), done={"exam"})
    assert found["exam"] is Fate.CARRIED


def test_dates_are_compared_with_leave_and_only_of_what_is_left_to_do() -> None:
    later = replace(VISIT, due_day=5)
    _found, moving = fates(version(VISIT), version(later, gate=replace(GATE, due_day=9)))
    assert [(one.thing.id, one.old_on, one.new_on) for one in moving.moved] == [
        ("visit", MONDAY + timedelta(days=3), MONDAY + timedelta(days=5)),
        ("g", MONDAY + timedelta(days=6), MONDAY + timedelta(days=9)),
    ]
    _found, moving = fates(version(VISIT), version(later), done={"visit"})
    assert moving.moved == []


def test_a_gate_that_was_passed_stays_passed_in_the_new_version() -> None:
    harder = replace(GATE, needs=(*NEEDS, NeedsActivity("added")))
    found, _moving = fates(
        version(VISIT), version(VISIT, replace(VISIT, id="added"), gate=harder), passed_gates={"g"}
    )
    assert found["g"] is Fate.CARRIED
    assert found["added"] is Fate.NEW
