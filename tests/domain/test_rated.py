"""Marks of several assessors become one outcome: golden cases by hand, then properties."""

from dataclasses import replace
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import rated
from app.domain.framework import EvidenceKind
from app.domain.rated import Conflict, How, Mark, SeatRole, Settled, Standing, Wanted, Why
from app.domain.tracks import Form, FormRow, Marking, Party, RatedRules

# One row of 100 points is a total by itself.
WHOLE = Form("f", {}, (FormRow("t", {}, points=100, competency="insight"),))
TWO = Form(
    "f",
    {},
    (
        FormRow("a", {}, points=4, weight=3, competency="insight"),
        FormRow("b", {}, points=10, weight=1, competency="closing", pass_share=Fraction(6, 10)),
    ),
)
M, L, A, P = SeatRole.MARKER, SeatRole.LEAD, SeatRole.ARBITER, SeatRole.PANEL


def marks(*given):
    return [Mark(role, {"t": total}, id=n) for n, (role, total) in enumerate(given, 1)]


def settle(mode, *given, **more):
    panel = more.pop("panel", ())
    rules = RatedRules(mode, panel=panel)
    return rated.settle(WHOLE, rules, marks(*given), **more)


# ---------------------------------------------------------------- golden cases


@pytest.mark.parametrize(
    ("mode", "given", "how", "total", "independent"),
    [
        # one assessor, far from the pass mark of 60 (SEM = 10/√2 = 7.07)
        (Marking.SINGLE, [(M, 68)], How.SINGLE, "68", 1),
        (Marking.SINGLE, [(M, 52)], How.SINGLE, "52", 1),
        (Marking.SINGLE, [(M, 64), (M, 70)], How.MEAN, "67", 2),
        (Marking.SINGLE, [(M, 55), (M, 70), (L, 61)], How.LEAD_DECIDED, "61", 1),
        # the lead has read the first
        (Marking.LEAD, [(M, 90), (L, 40)], How.LEAD_SAW, "40", 1),
        # two: exactly the tolerance apart is within it
        (Marking.PAIR, [(M, 60), (M, 70)], How.MEAN, "65", 2),
        (Marking.PAIR, [(M, 60), (M, 71), (L, 80)], How.LEAD_DECIDED, "80", 1),
        # two and a lead who marks blind: whoever is near the lead counts with him
        (Marking.PANEL, [(M, 50), (M, 60)], How.MEAN, "55", 2),
        (Marking.PANEL, [(M, 50), (M, 61), (L, 55)], How.WITH_LEAD, "166/3", 3),
        (Marking.PANEL, [(M, 40), (M, 70), (L, 64)], How.WITH_LEAD, "67", 2),
        (Marking.PANEL, [(M, 40), (M, 80), (L, 60), (A, 71)], How.ARBITER, "71", 1),
    ],
)
def test_the_modes_from_both_sides_of_the_tolerance(mode, given, how, total, independent):
    found = settle(mode, *given)
    assert isinstance(found, Settled)
    assert (found.how, found.total * 100) == (how, Fraction(total))
    assert found.independent == independent
    assert found.has_passed == (Fraction(total) >= 60)


@pytest.mark.parametrize(
    ("mode", "given", "role", "n", "why"),
    [
        (Marking.SINGLE, [], M, 1, Why.FIRST),
        (Marking.SINGLE, [(M, 67)], M, 1, Why.NEAR),
        (Marking.SINGLE, [(M, 53)], M, 1, Why.NEAR),
        (Marking.SINGLE, [(M, 55), (M, 70)], L, 1, Why.OUTSIDE),
        (Marking.LEAD, [(M, 90)], L, 1, Why.LEAD_FOLLOWS),
        (Marking.LEAD, [(L, 90)], M, 1, Why.FIRST),
        (Marking.PAIR, [], M, 2, Why.FIRST),
        (Marking.PAIR, [(M, 60)], M, 1, Why.FIRST),
        (Marking.PAIR, [(M, 60), (M, 71)], L, 1, Why.OUTSIDE),
        (Marking.PANEL, [(M, 60), (M, 71)], L, 1, Why.OUTSIDE),
        (Marking.PANEL, [(M, 40), (M, 80), (L, 60)], A, 1, Why.STILL_OUTSIDE),
    ],
)
def test_whose_mark_is_missing_and_why(mode, given, role, n, why):
    assert settle(mode, *given) == Wanted(role, n, why)


@pytest.mark.parametrize(
    ("totals", "how", "total"),
    [
        ((60, 65, 70), How.PANEL_MEAN, "65"),
        ((50, 60, 70), How.PANEL_MEAN, "60"),
        ((40, 62, 70), How.PANEL_PART, "66"),
        ((40, 50, 61), How.PANEL_PART, "45"),
    ],
)
def test_a_panel_counts_those_within_tolerance_of_the_middle_one(totals, how, total):
    found = settle(Marking.PANEL, *((P, one) for one in totals), panel=(Party.HR,))
    assert (found.how, found.total * 100) == (how, Fraction(total))


def test_a_panel_all_apart_goes_to_the_arbiter():
    panel = (Party.MANAGER, Party.HR)
    three = [(P, 30), (P, 50), (P, 70)]
    assert settle(Marking.PANEL, *three, panel=panel) == Wanted(A, 1, Why.OUTSIDE)
    assert settle(Marking.PANEL, *three, (A, 58), panel=panel).total == Fraction(58, 100)
    assert settle(Marking.PANEL, *three[:2], panel=panel) == Wanted(P, 1, Why.FIRST)


def test_rows_are_averaged_and_a_rows_own_pass_mark_counts():
    rules = RatedRules(Marking.PAIR, tolerance=Fraction(1, 2))
    found = rated.settle(
        TWO, rules, [Mark(M, {"a": 4, "b": 4}), Mark(M, {"a": 3, "b": 7})], kind=EvidenceKind.WORK
    )
    # a: (4/4 + 3/4)/2 = 7/8; b: (4/10 + 7/10)/2 = 11/20 < 6/10; total (3·7/8 + 11/20)/4
    assert found.rows == {"a": Fraction(7, 8), "b": Fraction(11, 20)}
    assert found.total == Fraction(127, 160)
    assert (found.has_passed, found.failed_rows) == (False, ("b",))
    scores = rated.competency_scores(TWO, found.rows)
    assert scores == {"insight": Fraction(175, 2), "closing": Fraction(55)}


def test_a_row_is_noted_beyond_the_tolerance_and_more_than_one_step():
    form = replace(TWO, rows=(*TWO.rows, FormRow("c", {}, points=4)))
    pair = [Mark(M, {"a": 2, "b": 5, "c": 1}), Mark(M, {"a": 3, "b": 7, "c": 3})]
    assert rated.noted_rows(form, pair, Fraction(1, 10)) == ("b", "c")
    assert rated.noted_rows(form, pair, Fraction(1, 4)) == ("c",)
    assert rated.noted_rows(form, pair[:1], Fraction(0)) == ()


def test_the_error_is_taken_from_the_tolerance_until_fifty_pairs_are_there():
    tolerance = Fraction(1, 10)
    assert rated.sem_squared(tolerance, [Fraction(0)] * 49) == Fraction(1, 200)
    assert rated.sem_squared(tolerance, [Fraction(2, 100)] * 50) == Fraction(1, 5000)
    assert rated.is_near_pass(Fraction(62, 100), Fraction(60, 100), Fraction(4, 10_000))
    assert not rated.is_near_pass(Fraction(621, 1000), Fraction(60, 100), Fraction(4, 10_000))


# ---------------------------------------------------------------- properties

figures = st.integers(0, 100)
modes = st.sampled_from(list(Marking))
roles = st.sampled_from([M, M, M, L, A])


@given(modes, st.lists(st.tuples(roles, figures), max_size=5))
def test_an_outcome_lies_between_the_marks_it_rests_on(mode, given_):
    found = settle(mode, *given_)
    if isinstance(found, Wanted):
        assert found.n > 0
        return
    counted = [one.rows["t"] for one in found.counted]
    assert min(counted) <= found.total * 100 <= max(counted)
    assert found.independent == len(counted)
    assert found.has_passed == (found.total >= Fraction(60, 100))


@given(modes, figures, figures, figures)
def test_the_order_in_which_marks_arrive_changes_nothing(mode, one, two, lead):
    given_ = [(M, one), (M, two), (L, lead)]
    outcomes = {
        (found.how, found.total) if isinstance(found, Settled) else found
        for order in permutations(given_)
        for found in [settle(mode, *order)]
        if mode is not Marking.LEAD
    }
    assert len(outcomes) <= 1


@given(figures, figures, figures)
def test_a_panels_figure_is_the_same_for_every_order(one, two, three):
    outcomes = {
        (found.how, found.total) if isinstance(found, Settled) else found
        for order in permutations([(P, one), (P, two), (P, three)])
        for found in [settle(Marking.PANEL, *order, panel=(Party.HR,))]
    }
    assert len(outcomes) == 1


@given(st.sampled_from([Marking.PAIR, Marking.PANEL]), figures, figures)
def test_the_lead_is_called_exactly_beyond_the_tolerance(mode, one, two):
    found = settle(mode, (M, one), (M, two))
    assert isinstance(found, Wanted) == (abs(one - two) > 10)


@given(figures)
def test_one_assessor_is_enough_exactly_beyond_one_sem(total):
    found = settle(Marking.SINGLE, (M, total))
    assert isinstance(found, Settled) == (2 * (total - 60) ** 2 > 100)


@given(st.lists(figures, min_size=1, max_size=6), st.integers(0, 3))
def test_peers_are_averaged_once_all_have_answered(totals, silent):
    given_ = marks(*((SeatRole.PEER, one) for one in totals))
    found = rated.settle(
        WHOLE, RatedRules(), given_, kind=EvidenceKind.PEER, seats=len(totals) + silent
    )
    if silent:
        assert found == Wanted(SeatRole.PEER, silent, Why.FIRST)
    else:
        assert found.total * 100 == Fraction(sum(totals), len(totals))


# ---------------------------------------------------------------- who may sit

SENIOR = Standing(tenure=400)


@pytest.mark.parametrize(
    ("who", "rules", "role", "more", "reason"),
    [
        (SENIOR, RatedRules(), M, {}, None),
        (Standing(tenure=180), RatedRules(), M, {}, None),
        (Standing(tenure=179), RatedRules(), M, {}, Conflict.JUNIOR),
        (Standing(tenure=None), RatedRules(), M, {}, Conflict.JUNIOR),
        (Standing(tenure=3, is_assessor=True), RatedRules(), M, {}, None),
        (Standing(tenure=3), RatedRules(), SeatRole.PEER, {}, None),
        (replace(SENIOR, is_self=True), RatedRules(), SeatRole.PEER, {}, Conflict.SELF),
        (replace(SENIOR, has_seat=True), RatedRules(), M, {}, Conflict.TWICE),
        (
            replace(SENIOR, parties=frozenset({Party.MENTOR})),
            RatedRules(excludes=(Party.MENTOR,)),
            M,
            {},
            Conflict.EXCLUDED,
        ),
        (replace(SENIOR, parties=frozenset({Party.MENTOR})), RatedRules(), M, {}, None),
        (
            replace(SENIOR, parties=frozenset({Party.TRAINER})),
            RatedRules(Marking.SINGLE),
            M,
            {"is_gate": True},
            Conflict.SOLE,
        ),
        (
            replace(SENIOR, parties=frozenset({Party.TRAINER})),
            RatedRules(Marking.SINGLE),
            M,
            {"is_gate": False},
            None,
        ),
        (
            replace(SENIOR, parties=frozenset({Party.TRAINER})),
            RatedRules(Marking.PAIR),
            M,
            {"is_gate": True},
            None,
        ),
        (replace(SENIOR, is_superior=True), RatedRules(), SeatRole.PEER, {}, Conflict.SUPERIOR),
        (
            replace(SENIOR, is_subordinate=True),
            RatedRules(),
            SeatRole.PEER,
            {},
            Conflict.SUBORDINATE,
        ),
        (replace(SENIOR, is_superior=True), RatedRules(), M, {}, None),
        (
            replace(SENIOR, is_superior=True, parties=frozenset({Party.MANAGER})),
            RatedRules(panel=(Party.MANAGER,)),
            P,
            {"party": Party.MANAGER},
            None,
        ),
        (
            replace(SENIOR, is_subordinate=True),
            RatedRules(panel=(Party.MANAGER,)),
            A,
            {},
            Conflict.SUBORDINATE,
        ),
        (SENIOR, RatedRules(panel=(Party.HR,)), P, {"party": Party.HR}, Conflict.NOT_PARTY),
        (
            replace(SENIOR, is_same_unit=True),
            RatedRules(panel=(Party.HR,)),
            P,
            {},
            Conflict.SAME_UNIT,
        ),
    ],
)
def test_who_may_take_which_seat(who, rules, role, more, reason):
    assert rated.conflict(who, rules, role, **more) is reason


# ---------------------------------------------------------------- severity


def test_severity_is_the_mean_difference_from_co_assessors_with_its_interval():
    # 1 is 2, 4, 6, 8, 10 points above 2 on five works: mean 6, s = √10, t(4) = 2.132
    works = [{1: Fraction(60 + d, 100), 2: Fraction(60, 100)} for d in (2, 4, 6, 8, 10)]
    strict, mild = rated.severities(works)
    assert (strict.assessor, mild.assessor) == (2, 1)
    assert (mild.n, mild.difference) == (5, pytest.approx(6))
    half = 2.132 * 10**0.5 / 5**0.5
    assert (mild.lo, mild.hi) == (
        pytest.approx(6 - half, abs=0.05),
        pytest.approx(6 + half, abs=0.05),
    )


def test_too_few_shared_works_say_nothing():
    works = [{1: Fraction(1, 2), 2: Fraction(1, 4)}] * 4 + [{1: Fraction(1, 2)}]
    assert all(one.difference is None and one.n == 4 for one in rated.severities(works))


@given(st.lists(st.dictionaries(st.integers(1, 4), figures, max_size=4), max_size=12))
def test_of_every_pair_who_is_milder_the_other_is_stricter(works):
    shares = [{key: Fraction(n, 100) for key, n in work.items()} for work in works]
    found = rated.severities(shares)
    assert sum(one.n for one in found) == sum(len(work) for work in works if len(work) > 1)
    said = [one for one in found if one.difference is not None]
    assert [one.difference for one in said] == sorted(one.difference for one in said)
    assert all(one.lo <= one.difference <= one.hi for one in said)
