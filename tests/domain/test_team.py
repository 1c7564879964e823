"""What a team lacks: rules that hold for every set of levels."""

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import team
from app.domain.competency import Call, Status
from app.domain.framework import Level


@dataclass(frozen=True)
class Judged:
    competency: str
    expected: Level | None
    weight: int | None
    status: Status
    call: Call | None
    level: Level | None


def _judged(draw):
    """Only what the model can say: calls and levels on sufficient evidence alone."""
    expected = draw(st.none() | st.sampled_from([Level.L2, Level.L3, Level.L4, Level.L5]))
    status = draw(st.sampled_from(Status))
    level = call = None
    if status is Status.SUFFICIENT:
        level = draw(st.sampled_from(Level))
        if expected is not None:
            met = level.rank >= expected.rank
            call = Call.MET if met else draw(st.sampled_from([Call.GAP, Call.UNDECIDED]))
    weight = None if expected is None else draw(st.integers(1, 3))
    return Judged(draw(st.text(max_size=3)), expected, weight, status, call, level)


judged = st.composite(_judged)()
people = st.lists(judged, max_size=13)


@given(people)
def test_every_expected_competency_is_counted_once_by_status_and_by_call(levels) -> None:
    found = team.summarise(levels)
    assert found.expected == sum(one.expected is not None for one in levels)
    assert found.sufficient + found.provisional + found.insufficient + found.stale == found.expected
    assert found.met + found.gaps + found.undecided == found.sufficient
    assert found.met + found.gaps + found.undecided + found.lacking == found.expected


@given(people)
def test_the_lists_agree_with_the_numbers(levels) -> None:
    found = team.summarise(levels)
    gaps = team.confirmed_gaps(levels)
    assert len(gaps) == found.gaps
    assert sum(team.need(one) for one in gaps) == found.weighted_gap
    assert len(team.to_prove(levels)) == found.lacking
    assert len(team.coaching(levels)) == found.coaching
    assert found.is_complete == (found.expected > 0 and not team.to_prove(levels))


@given(people)
def test_what_nobody_expects_changes_nothing(levels) -> None:
    asked = [one for one in levels if one.expected is not None]
    assert team.summarise(levels) == team.summarise(asked)


@given(people)
def test_gaps_are_listed_by_weight_and_the_first_is_talked_about_first(levels) -> None:
    gaps = team.confirmed_gaps(levels)
    needs = [team.need(one) for one in gaps]
    assert needs == sorted(needs, reverse=True)
    first = team.focus(levels)
    if gaps:
        assert first is gaps[0]
    if first is None:
        assert not gaps
        assert not team.to_prove(levels)


@given(people, people)
def test_a_larger_weighted_gap_always_stands_first(left, right) -> None:
    one, other = team.summarise(left), team.summarise(right)
    if one.weighted_gap > other.weighted_gap:
        assert team.order(one) < team.order(other)


@given(people, judged)
def test_one_more_confirmed_gap_never_makes_a_need_smaller(levels, more) -> None:
    assert team.summarise([*levels, more]).weighted_gap >= team.summarise(levels).weighted_gap


@pytest.mark.parametrize(
    ("gaps", "people", "is_common"),
    [(3, 10, True), (3, 11, False), (2, 2, False), (4, 12, True), (0, 0, False), (30, 100, True)],
)
def test_a_gap_is_common_from_three_people_and_thirty_per_cent(gaps, people, is_common) -> None:
    assert team.is_common(gaps, people) is is_common


def test_evidence_is_arranged_three_days_before_the_review() -> None:
    assert team.last_useful_day(date(2026, 12, 4)) == date(2026, 12, 1)


@given(st.floats(0, 100), st.floats(1, 25), st.floats(0, 100), st.floats(1, 25))
def test_a_change_is_told_only_when_it_is_more_than_chance(m1, sd1, m2, sd2) -> None:
    told = team.has_changed((m1, sd1), (m2, sd2), 1.645)
    assert told == team.has_changed((m2, sd2), (m1, sd1), 1.645)
    if abs(m2 - m1) <= 1.645 * max(sd1, sd2):
        assert not told
