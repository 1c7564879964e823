"""Why somebody does not get on: each reason from both sides, and what holds for any facts."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.banks.loader import load_text
from app.domain.enrolment import RUNNING, State
from app.domain.progress import Facts, progress
from app.domain.stuck import (
    ORDER,
    Around,
    Block,
    ExamStand,
    Hold,
    Reason,
    Word,
    blocks,
    is_stuck,
    main_block,
    next_step,
)
from app.domain.tracks import Party

FILE = Path(__file__).parents[2] / "question_banks" / "tracks" / "bootcamp.yaml"
BOOTCAMP = load_text(FILE.read_text(encoding="utf-8"), name="bootcamp").track
START = date(2026, 3, 2)
IDS = [one.id for one in BOOTCAMP.activities]
EXAMS = [one.id for one in BOOTCAMP.activities if one.exam is not None]
G1 = {"d5-crm-checklist", "d7-exam-final"}
LEVELS = {"product-knowledge": 3, "talk-tracks": 3, "crm-operation": 3}
ACTIVE = Around(State.ACTIVE, START, has_mentor=True)


def on_day(number: int) -> date:
    return START + timedelta(days=number - 1)


def found(number, around=ACTIVE, **facts):
    now = progress(BOOTCAMP, anchor_on=START, today=on_day(number), facts=Facts(**facts))
    return blocks(now, around)


def first(number, around=ACTIVE, **facts):
    return found(number, around, **facts)[0]


def test_on_the_first_day_nothing_keeps_anybody() -> None:
    assert found(1) == ()


def test_a_step_is_late_the_day_after_its_date_and_counts_from_it() -> None:
    late = [one for one in found(2) if one.activity == "d1-quiz"]
    assert late == [Block(Reason.LATE, on_day(1), Party.LEARNER, "d1-quiz")]
    assert (late[0].days(on_day(2)), late[0].is_stuck(on_day(2))) == (1, True)
    assert not [one for one in found(1) if one.activity == "d1-quiz"]


def test_what_a_gate_asks_for_is_named_before_what_it_does_not() -> None:
    assert first(9).activity == "d5-crm-checklist"


def test_what_was_left_behind_a_passed_gate_keeps_nobody() -> None:
    assert found(9, done=G1, passed_gates={"g1"}) == ()
    assert found(9, done=G1)  # the gate is not passed yet: then it does
    behind = progress(
        BOOTCAMP, anchor_on=START, today=on_day(9), facts=Facts(done=G1, passed_gates={"g1"})
    )
    assert next_step(behind).activity.id == "m-shadowing"


def test_without_a_mentor_the_manager_must_name_one() -> None:
    alone = replace(ACTIVE, has_mentor=False)
    assert first(3, alone) == Block(Reason.NO_MENTOR, START, Party.MANAGER)
    left = replace(alone, mentor_gone_on=on_day(9))
    assert first(10, left).since == on_day(9)
    assert all(one.reason is not Reason.NO_MENTOR for one in found(10))
    needs_none = found(20, alone, done=IDS, signed={("g2", Party.MENTOR)}, passed_gates={"g1"})
    assert all(one.reason is not Reason.NO_MENTOR for one in needs_none)


def test_nobody_misses_a_mentor_whose_work_is_over() -> None:
    """What was left behind a passed gate is over; a word at a gate ahead is not."""
    alone = replace(ACTIVE, has_mentor=False)
    over = {"done": {*G1, "m-weekly", "m-joint"}, "passed_gates": {"g1", "g2"}}
    assert all(one.reason is not Reason.NO_MENTOR for one in found(40, alone, **over))
    mine = [one.id for one in BOOTCAMP.activities if Party.MENTOR in one.by]
    signs = {"done": {*G1, *mine}, "passed_gates": {"g1"}}
    assert any(one.reason is Reason.NO_MENTOR for one in found(20, alone, **signs))


def test_who_acts_on_a_reason_does_not_make_it_younger() -> None:
    """A date for a role-play, another visit, a return from leave: each began when it fell due."""
    facts = {"done": {*G1, "m-shadowing"}, "passed_gates": {"g1"}}
    dated = Hold(1, "m-rp-opening", Reason.UNPLANNED, on_day(25), Party.TRAINER)
    told = first(26, replace(ACTIVE, holds=(dated,)), **facts)
    assert (told.reason, told.since) == (Reason.UNPLANNED, on_day(21))
    early = replace(dated, since=on_day(18))
    assert first(26, replace(ACTIVE, holds=(early,)), **facts).since == on_day(18)
    visited = Hold(1, "m-shadowing", Reason.LATE, on_day(24), Party.MENTOR, (7,))
    late = found(26, replace(ACTIVE, holds=(visited,)), done=G1, passed_gates={"g1"})
    [told] = [one for one in late if one.activity == "m-shadowing"]
    assert (told.since, told.people) == (on_day(14), (7,))
    returned = Around(State.NOT_YET, on_day(20), has_mentor=True)
    [told] = [one for one in found(22, returned) if one.reason is Reason.DECISION]
    assert told.since == on_day(7)


def test_a_level_keeps_from_the_day_the_last_activity_was_done() -> None:
    low = {**ALL_DONE, "levels": {"product-knowledge": 3, "talk-tracks": 2, "crm-operation": 3}}
    when = {"m-rp-price": on_day(24), "m-joint": on_day(22)}
    around = replace(ACTIVE, since=on_day(8), done_on=when)
    [told] = [one for one in found(26, around, **low) if one.reason is Reason.LEVEL]
    assert told.since == on_day(24)


def test_a_role_play_with_its_day_fixed_is_late_and_keeps_nobody_stuck() -> None:
    facts = {"done": {*G1, "m-shadowing"}, "passed_gates": {"g1"}}
    booked = Hold(
        1, "m-rp-opening", Reason.BOOKED, on_day(20), Party.TRAINER, (7, 8), until=on_day(25)
    )
    around = replace(ACTIVE, holds=(booked,))
    assert found(21, around, **facts) == ()
    [told] = found(22, around, **facts)
    assert (told.reason, told.since, told.until) == (Reason.BOOKED, on_day(21), on_day(25))
    assert not told.is_stuck(on_day(24))


def test_a_late_visit_is_the_mentors_turn_and_without_a_mentor_the_managers() -> None:
    facts = {"done": G1, "passed_gates": {"g1"}}
    late = [one for one in found(16, **facts) if one.activity == "m-shadowing"]
    assert late == [Block(Reason.LATE, on_day(14), Party.MENTOR, "m-shadowing")]
    alone = replace(ACTIVE, has_mentor=False)
    late = [one for one in found(16, alone, **facts) if one.activity == "m-shadowing"]
    assert late[0].party is Party.MANAGER


def test_a_role_play_past_its_day_without_assessors_is_the_trainers_turn() -> None:
    facts = {"done": {*G1, "m-shadowing"}, "passed_gates": {"g1"}}
    assert first(22, **facts) == Block(Reason.UNPLANNED, on_day(21), Party.TRAINER, "m-rp-opening")
    assert found(21, **facts) == ()


def test_a_room_says_what_its_activity_waits_for() -> None:
    hold = Hold(1, "m-rp-opening", Reason.MARKING, on_day(20), Party.TRAINER, (7, 8))
    facts = {"done": {*G1, "m-shadowing"}, "passed_gates": {"g1"}}
    told = first(22, replace(ACTIVE, holds=(hold,)), **facts)
    assert told == Block(Reason.MARKING, on_day(20), Party.TRAINER, "m-rp-opening", people=(7, 8))
    done = {**facts, "done": {*facts["done"], "m-rp-opening"}}
    assert found(22, replace(ACTIVE, holds=(hold,)), **done) == ()


def test_marks_may_take_two_days_before_somebody_is_stuck() -> None:
    around = replace(ACTIVE, exams={"d7-exam-final": ExamStand(1, handed_in_on=on_day(6))})
    told = next(one for one in found(7, around) if one.activity == "d7-exam-final")
    assert told.reason is Reason.MARKING
    assert not told.is_stuck(on_day(7))
    assert told.is_stuck(on_day(8))


def test_used_up_attempts_keep_only_where_a_gate_asks_for_the_exam() -> None:
    def told(slug):
        around = replace(ACTIVE, exams={slug: ExamStand(0, last_on=on_day(6))})
        return [one for one in found(8, around) if one.activity == slug]

    assert told("d7-exam-final") == [
        Block(Reason.EXHAUSTED, on_day(6), Party.TRAINER, "d7-exam-final")
    ]
    assert told("d1-quiz") == []


def test_the_pause_between_attempts_is_told_but_is_nobodys_fault() -> None:
    around = replace(
        ACTIVE, exams={"d7-exam-final": ExamStand(1, last_on=on_day(7), free_on=on_day(8))}
    )
    told = next(one for one in found(7, around) if one.activity == "d7-exam-final")
    assert (told.reason, told.until) == (Reason.COOLDOWN, on_day(8))
    assert not told.is_stuck(on_day(7))
    after = next(one for one in found(8, around) if one.activity == "d7-exam-final")
    assert after.reason is Reason.LATE


ALL_DONE = {"done": IDS, "passed_gates": {"g1"}, "levels": LEVELS}


def test_signatures_wait_from_the_day_everything_else_was_there() -> None:
    around = Around(State.AT_GATE, on_day(26), has_mentor=True)
    told = found(28, around, **ALL_DONE)
    assert {one.party for one in told} == {Party.MENTOR, Party.MANAGER, Party.LEARNER}
    assert {(one.reason, one.since) for one in told} == {(Reason.SIGNATURE, on_day(26))}
    signed = {("g2", Party.MENTOR), ("g2", Party.LEARNER)}
    assert [one.party for one in found(28, around, **ALL_DONE, signed=signed)] == [Party.MANAGER]


def test_nobody_is_asked_to_sign_while_something_else_is_missing() -> None:
    missing = {**ALL_DONE, "done": [one for one in IDS if one != "m-rp-price"]}
    assert not [one for one in found(26, **missing) if one.reason is Reason.SIGNATURE]


def test_not_yet_is_the_learners_turn_until_the_day_agreed_then_theirs_who_said_it() -> None:
    words = {("g2", Party.MENTOR): Word(is_yes=False, on=on_day(24), again_on=on_day(28))}
    around = Around(State.AT_GATE, on_day(23), has_mentor=True, words=words)
    told = next(one for one in found(26, around, **ALL_DONE) if one.said_by is Party.MENTOR)
    assert (told.reason, told.party, told.since) == (
        Reason.SAID_NOT_YET,
        Party.LEARNER,
        on_day(24),
    )
    told = next(one for one in found(28, around, **ALL_DONE) if one.said_by is Party.MENTOR)
    assert (told.reason, told.party, told.since) == (Reason.SIGNATURE, Party.MENTOR, on_day(28))


def test_a_missed_gate_is_the_managers_decision_and_after_an_extension_the_review() -> None:
    around = Around(State.NOT_YET, on_day(8), has_mentor=True)
    told = next(one for one in found(9, around) if one.reason is Reason.DECISION)
    assert (told.party, told.gate, told.since) == (Party.MANAGER, "g1", on_day(7))
    late = {"done": G1, "passed_gates": {"g1"}, "extensions": {"g2": 14}}
    around = Around(State.NOT_YET, on_day(45), has_mentor=True)
    told = next(one for one in found(46, around, **late) if one.reason is Reason.DECISION)
    assert (told.party, told.gate) == (Party.MANAGER, "g2")


def test_nobody_decides_about_a_gate_while_all_it_lacks_lies_with_a_marker() -> None:
    handed_in = {"d7-exam-final": ExamStand(0, handed_in_on=on_day(7))}
    around = Around(State.NOT_YET, on_day(8), has_mentor=True, exams=handed_in)
    told = found(9, around, done={"d5-crm-checklist"})
    assert [one.reason for one in told if one.gate == "g1"] == []
    assert (told[0].reason, told[0].activity) == (Reason.MARKING, "d7-exam-final")
    assert any(one.reason is Reason.DECISION for one in found(9, around)), "the checklist is hers"


def test_a_level_is_named_when_all_work_is_done_or_the_date_has_passed() -> None:
    low = {**ALL_DONE, "levels": {"product-knowledge": 3, "talk-tracks": 2}}
    told = [one for one in found(26, **low) if one.reason is Reason.LEVEL]
    assert [one.competency for one in told] == ["crm-operation", "talk-tracks"]
    early = {"done": G1, "passed_gates": {"g1"}}
    assert not [one for one in found(12, **early) if one.reason is Reason.LEVEL]
    assert [one for one in found(31, **early) if one.reason is Reason.LEVEL]


def test_while_away_only_that_counts_and_it_is_not_stuck() -> None:
    around = Around(State.PAUSED, on_day(5), away_from=on_day(4))
    told = found(20, around)
    assert told == (Block(Reason.AWAY, on_day(4), Party.MANAGER),)
    assert not is_stuck(told, on_day(20))


@pytest.mark.parametrize("state", sorted(set(State) - RUNNING - {State.PAUSED}))
def test_who_is_through_or_gone_is_kept_by_nothing(state) -> None:
    assert found(60, Around(state, START)) == ()


# ---------------------------------------------------------------- for any facts

DAYS = st.integers(1, 80)
FACTS = st.builds(
    Facts,
    done=st.sets(st.sampled_from(IDS)),
    waived=st.sets(st.sampled_from(IDS), max_size=3),
    signed=st.sets(st.tuples(st.just("g2"), st.sampled_from(list(Party)))),
    passed_gates=st.sampled_from([frozenset(), frozenset({"g1"}), frozenset({"g1", "g2"})]),
    levels=st.dictionaries(st.sampled_from(list(LEVELS)), st.integers(0, 5)),
    shift=st.integers(0, 20),
    extensions=st.dictionaries(st.sampled_from(["g1", "g2"]), st.integers(1, 14)),
)
SOME_DAY = DAYS.map(on_day)
AROUND = st.builds(
    Around,
    state=st.sampled_from(list(State)),
    since=SOME_DAY,
    away_from=st.none() | SOME_DAY,
    has_mentor=st.booleans(),
    mentor_gone_on=st.none() | SOME_DAY,
    exams=st.dictionaries(
        st.sampled_from(EXAMS),
        st.builds(
            ExamStand,
            attempts_left=st.integers(0, 3),
            handed_in_on=st.none() | SOME_DAY,
            last_on=st.none() | SOME_DAY,
            free_on=st.none() | SOME_DAY,
        ),
    ),
    holds=st.lists(
        st.builds(
            Hold,
            enrolment_id=st.just(1),
            activity_id=st.sampled_from(IDS),
            reason=st.sampled_from([Reason.MARKING, Reason.UNPLANNED, Reason.LATE]),
            since=SOME_DAY,
            party=st.sampled_from(list(Party)),
        ),
        max_size=4,
    ),
    words=st.dictionaries(
        st.tuples(st.just("g2"), st.sampled_from(list(Party))),
        st.builds(Word, is_yes=st.booleans(), on=SOME_DAY, again_on=st.none() | SOME_DAY),
    ),
)


@given(FACTS, AROUND, DAYS)
def test_what_holds_for_any_facts(facts, around, number) -> None:
    now = progress(BOOTCAMP, anchor_on=START, today=on_day(number), facts=facts)
    told = blocks(now, around)
    assert told == blocks(now, around)
    if around.state is State.PAUSED:
        assert [one.reason for one in told] == [Reason.AWAY]
        return
    if around.state not in RUNNING:
        assert told == ()
        return
    unfinished = {step.activity.id for step in now.steps if not step.is_finished}
    ahead = {gate.gate.id for gate in now.gates if not gate.is_passed}
    order = [ORDER.index(one.reason) for one in told]
    assert order == sorted(order)
    for one in told:
        assert one.since <= now.today
        assert not one.activity or one.activity in unfinished
        assert not one.gate or one.gate in ahead
        assert one.activity or one.gate or one.reason is Reason.NO_MENTOR
    assert (main_block(told, now.today) is None) == (not told)
    if is_stuck(told, now.today):
        assert main_block(told, now.today).is_stuck(now.today)


@given(FACTS, AROUND, DAYS, st.sampled_from(IDS))
def test_finishing_something_never_leaves_it_among_the_blocks(facts, around, number, slug) -> None:
    more = replace(facts, done={*facts.done, slug})
    now = progress(BOOTCAMP, anchor_on=START, today=on_day(number), facts=more)
    assert slug not in {one.activity for one in blocks(now, around)}


@given(FACTS, AROUND, DAYS)
def test_waiting_longer_never_makes_anybody_less_stuck(facts, around, number) -> None:
    now = progress(BOOTCAMP, anchor_on=START, today=on_day(number), facts=facts)
    for one in blocks(now, around):
        if one.is_stuck(now.today):
            assert one.is_stuck(now.today + timedelta(days=1))
