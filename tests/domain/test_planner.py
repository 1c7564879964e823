"""What clashes in a calendar: each kind from both sides, and what holds whatever the dates."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.domain.items import PassMark
from app.domain.planner import ClashKind, Dated, Staff, What, clashes, is_guess
from app.domain.tracks import (
    Activity,
    ActivityKind,
    Anchor,
    ExamRules,
    Gate,
    Marking,
    NeedsActivity,
    Party,
    Stage,
    Track,
)
from app.domain.workdays import ANNOUNCED_UNTIL

MONDAY = date(2026, 3, 2)
SATURDAY = MONDAY + timedelta(days=5)
TITLE = {"zh-CN": "事"}
MANY = Staff(frozenset(range(100, 110)))


def dated(day=MONDAY, thing="a", what=What.EXAM, person=1, track="t", **more) -> Dated:
    return Dated(day, track, thing, {"zh-CN": thing}, what, person, **more)


def kinds(*found, staff=MANY, tracks=None, today=MONDAY, **more):
    return [
        one.kind for one in clashes(found, today=today, staff=staff, tracks=tracks or {}, **more)
    ]


def track(cooldown: int | None, attempts: int | None = 2) -> Track:
    rules = ExamRules(
        "b", PassMark(share=Fraction(1, 2)), attempts=attempts, cooldown_minutes=cooldown
    )
    exam = Activity("exam", ActivityKind.EXAM, TITLE, due_day=0, exam=rules)
    gate = Gate("gate", TITLE, (NeedsActivity("exam"),), due_day=0)
    return Track("t", TITLE, "x", Anchor.HIRE_DATE, (Stage("s", TITLE, (exam,), gate),))


def test_an_exam_on_a_day_off_says_the_working_days_around_it() -> None:
    [found] = clashes([dated(SATURDAY)], today=MONDAY, staff=MANY, tracks={})
    assert found.kind is ClashKind.DAY_OFF
    assert (found.before, found.after) == (date(2026, 3, 6), date(2026, 3, 9))


def test_national_day_moves_to_before_and_after_the_whole_holiday() -> None:
    [found] = clashes([dated(date(2026, 10, 3))], today=MONDAY, staff=MANY, tracks={})
    assert (found.before, found.after) == (date(2026, 9, 30), date(2026, 10, 8))


def test_a_lesson_can_be_read_on_any_day_and_what_is_done_or_past_clashes_no_more() -> None:
    assert kinds(dated(SATURDAY, what=What.LESSON)) == []
    assert kinds(dated(SATURDAY, is_done=True)) == []
    assert kinds(dated(SATURDAY), today=SATURDAY + timedelta(days=1)) == []


def test_two_appointments_on_a_day_clash_for_who_has_both_alone() -> None:
    both = (dated(thing="a", what=What.MEETING), dated(thing="b", what=What.RATED))
    assert kinds(*both) == [ClashKind.TWO_THINGS]
    assert kinds(both[0], dated(thing="b", what=What.RATED, person=2)) == []
    assert kinds(dated(thing="a"), dated(thing="b")) == []
    assert kinds(dated(thing="a"), dated(thing="b", track="u")) == [ClashKind.TWO_THINGS]


def test_people_with_the_same_two_things_are_told_of_once() -> None:
    found = [dated(thing=t, what=What.MEETING, person=p) for t in "ab" for p in (1, 2, 3)]
    [told] = clashes(found, today=MONDAY, staff=MANY, tracks={})
    assert told.people == (1, 2, 3)


def test_a_gate_must_leave_time_for_the_second_attempt() -> None:
    def days(gate: int, **rules) -> list[ClashKind]:
        there = (
            dated(thing="exam"),
            dated(MONDAY + timedelta(days=gate), thing="gate", what=What.GATE),
        )
        return kinds(*there, tracks={"t": track(**rules)})

    assert days(0, cooldown=24 * 60) == [ClashKind.COOLDOWN]
    assert days(1, cooldown=24 * 60) == []
    assert days(1, cooldown=25 * 60) == [ClashKind.COOLDOWN]
    assert days(0, cooldown=None) == days(0, cooldown=24 * 60, attempts=1) == []


def test_assessors_the_mentor_does_not_count_where_he_is_excluded() -> None:
    one = dated(what=What.RATED, marking=Marking.PAIR, excludes=(Party.MENTOR,))
    two = Staff(frozenset({8, 9}), {1: 9})
    assert kinds(one, staff=two) == [ClashKind.ASSESSORS]
    assert kinds(one, staff=Staff(frozenset({7, 8, 9}), {1: 9})) == []
    alone = dated(what=What.RATED, marking=Marking.SINGLE, excludes=(Party.MENTOR,))
    assert kinds(alone, staff=two) == []


def test_more_role_plays_than_a_week_of_assessors() -> None:
    staff = Staff(frozenset({8, 9}))
    there = [dated(what=What.RATED, marking=Marking.PAIR, person=n) for n in range(10, 31)]
    assert kinds(*there[:20], staff=staff) == []
    assert kinds(*there, staff=staff) == [ClashKind.ASSESSORS]


def test_mentors_are_named_or_found() -> None:
    staff = Staff(mentor_of={1: 9}, load={9: 2})
    assert kinds(staff=staff, needs_mentor=[1]) == []
    assert kinds(staff=staff, needs_mentor=[1, 2]) == [ClashKind.NO_MENTOR]
    assert kinds(staff=staff, needs_mentor=[1, 2, 3]) == [ClashKind.MENTORS]


def test_seats() -> None:
    assert kinds(people=3, seats=3) == kinds(people=9, seats=None) == []
    assert kinds(people=4, seats=3) == [ClashKind.SEATS]


def test_beyond_the_announced_calendar_is_a_guess() -> None:
    assert not is_guess(ANNOUNCED_UNTIL)
    assert is_guess(ANNOUNCED_UNTIL + timedelta(days=1))


DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
FOUND = st.lists(
    st.builds(
        Dated,
        DAYS,
        st.sampled_from("tu"),
        st.sampled_from("abc"),
        st.just(TITLE),
        st.sampled_from(What),
        st.integers(1, 4),
        marking=st.sampled_from(Marking),
    ),
    max_size=12,
)


@given(FOUND, DAYS)
def test_clashes_are_ahead_in_order_and_name_working_days(found, today) -> None:
    told = clashes(found, today=today, staff=MANY, tracks={})
    days = [one.day for one in told if one.day is not None]
    assert days == sorted(days)
    assert all(day >= today for day in days)
    for one in told:
        if one.kind is ClashKind.DAY_OFF:
            assert one.before < one.day < one.after
    again = clashes(list(reversed(found)), today=today, staff=MANY, tracks={})
    assert sorted((one.kind, one.day, one.people) for one in again) == sorted(
        (one.kind, one.day, one.people) for one in told
    )
