"""The competency model: its vectors, its properties, and what it says is missing."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import competency as model
from app.domain.competency import Call, Evidence, ItemShare, Need, Rules, Status
from app.domain.framework import (
    Competency,
    CompetencyKind,
    Disagreement,
    EvidenceKind,
    Formula,
    HalfLife,
    Level,
    Prior,
    RatedKind,
    RatedParams,
    SingleKind,
    StatusParams,
    TestParams,
)

TODAY = date(2026, 11, 20)
TEST, ROLEPLAY, WORK = EvidenceKind.TEST, EvidenceKind.ROLEPLAY, EvidenceKind.WORK
OBSERVATION, PEER = EvidenceKind.OBSERVATION, EvidenceKind.PEER

FORMULA = Formula(
    version=1,
    anchor=60,
    prior=Prior(mean=60, sd=25),
    knowing_is_not_doing={CompetencyKind.KNOWLEDGE: 5, CompetencyKind.BEHAVIOUR: 15},
    test=TestParams(1, 2, 3, 0.25),
    rated=RatedParams(
        sigma=15,
        kinds={
            ROLEPLAY: RatedKind(0.50, 10),
            WORK: RatedKind(0.50, 10),
            OBSERVATION: RatedKind(0.50, 5),
            PEER: RatedKind(0.37, 8),
            EvidenceKind.DIRECT_REPORT: RatedKind(0.30, 8),
        },
        repeat_window_days=30,
        repeat_counts_at_most=2,
    ),
    half_life_days=HalfLife(test=180, other=365),
    disagreement=Disagreement(1, 2),
    interval_z=1.645,
    probability_met=0.80,
    probability_gap=0.20,
    status=StatusParams(
        insufficient_sd=18,
        settled_sd=12,
        stale_days=180,
        knowledge_min_items=10,
        knowledge_window_days=365,
        behaviour_min_kinds=2,
        behaviour_needs_rated=True,
        single_kind=SingleKind(assessors=2, dates=2),
    ),
    level_cuts={Level.L2: 40, Level.L3: 60, Level.L4: 75, Level.L5: 90},
)

KNOWLEDGE = Competency(
    "product-knowledge",
    {"zh-CN": "产品知识"},
    CompetencyKind.KNOWLEDGE,
    (TEST, ROLEPLAY, OBSERVATION),
)
BEHAVIOUR = Competency(
    "influence",
    {"zh-CN": "影响力"},
    CompetencyKind.BEHAVIOUR,
    (TEST, ROLEPLAY, WORK, OBSERVATION, PEER),
)
DRIVE = Competency("drive", {"zh-CN": "原动力"}, CompetencyKind.BEHAVIOUR, (OBSERVATION,))


def rules(
    what: Competency = BEHAVIOUR, expected: Level | None = Level.L3, formula: Formula = FORMULA
) -> Rules:
    return Rules(what, expected, formula, TODAY)


def exam(right: float, items: float, age: int = 0, mark: float = 60, id_: int = 1) -> Evidence:
    score = 100 * right / items
    on = TODAY - timedelta(days=age)
    return Evidence(id_, TEST, score, mark, on, items=items, right=right, assessors=0)


def rated(kind: EvidenceKind, x: float, m: int, age: int = 0, id_: int = 2, **more) -> Evidence:
    return Evidence(id_, kind, x, 60, TODAY - timedelta(days=age), assessors=m, **more)


def figures(verdict: model.Verdict) -> tuple[float, float, int, int, float]:
    return (
        round(verdict.mean, 1),
        round(verdict.sd, 1),
        round(verdict.lo),
        round(verdict.hi),
        round(verdict.p or 0, 2),
    )


VECTORS = [
    ("nothing", BEHAVIOUR, [], (60, 25, 19, 100, 0.50), Status.INSUFFICIENT, None, None),
    (
        "a test says little about doing",
        BEHAVIOUR,
        [exam(8, 10, 1)],
        (72.6, 15.3, 47, 98, 0.79),
        Status.PROVISIONAL,
        None,
        None,
    ),
    (
        "the same test of knowledge",
        KNOWLEDGE,
        [exam(8, 10, 1)],
        (75.7, 11.6, 57, 95, 0.91),
        Status.SUFFICIENT,
        Call.MET,
        Level.L3,
    ),
    (
        "two tests of knowledge, pass mark 70",
        KNOWLEDGE,
        [exam(17, 20, 1, 70), exam(12, 15, 90, 70, id_=2)],
        (75.5, 9.1, 61, 90, 0.96),
        Status.SUFFICIENT,
        Call.MET,
        Level.L3,
    ),
    (
        "a test and a role-play by two",
        BEHAVIOUR,
        [exam(8, 10, 10), rated(ROLEPLAY, 72, 2, 5)],
        (72.2, 10.6, 55, 90, 0.87),
        Status.SUFFICIENT,
        Call.MET,
        Level.L3,
    ),
    (
        "three kinds that agree on a gap",
        BEHAVIOUR,
        [exam(4, 10, 5), rated(ROLEPLAY, 48, 2, 5), rated(OBSERVATION, 50, 1, 9, id_=3)],
        (48.6, 8.9, 34, 63, 0.10),
        Status.SUFFICIENT,
        Call.GAP,
        Level.L2,
    ),
]


@pytest.mark.parametrize(
    ("what", "evidence", "expected", "status", "call", "level"),
    [vector[1:] for vector in VECTORS],
    ids=[vector[0] for vector in VECTORS],
)
def test_the_vectors_of_the_model(what, evidence, expected, status, call, level) -> None:
    verdict = model.evaluate(evidence, rules(what))
    assert figures(verdict) == expected
    assert (verdict.status, verdict.call, verdict.level) == (status, call, level)


def test_shares_of_pieces_and_start_add_up_to_one_hundred() -> None:
    by = rules()
    verdict = model.evaluate([exam(8, 10, 10), rated(ROLEPLAY, 72, 2, 5)], by)
    explained = model.explain(verdict, by)
    assert [one.percent for one in explained.pieces] == [29, 53]
    assert explained.start_percent == 18
    assert sum(one.share for one in explained.pieces) + explained.start_share == pytest.approx(1)
    test, roleplay = explained.pieces
    assert test.piece.kind is TEST
    assert test.status_without is Status.PROVISIONAL
    assert test.call_without is None
    alone = model.evaluate([rated(ROLEPLAY, 72, 2, 5)], by)
    assert test.change == pytest.approx(verdict.mean - alone.mean)
    assert roleplay.status_without is Status.PROVISIONAL


@given(st.lists(st.floats(0.001, 1000), min_size=1, max_size=30))
def test_whole_percents_always_make_one_hundred(weights) -> None:
    total = sum(weights)
    percents = model.whole_percents([w / total for w in weights])
    assert sum(percents) == 100
    assert all(abs(p - 100 * w / total) < 1 for p, w in zip(percents, weights, strict=True))


@pytest.mark.parametrize("expected", [Level.L3, Level.L4])
@pytest.mark.parametrize("pass_mark", [50, 55, 60, 65, 70, 75, 80, 85, 90])
@pytest.mark.parametrize("age", [0, 100])
def test_one_more_right_answer_never_turns_the_call_back(expected, pass_mark, age) -> None:
    order = {Call.GAP: 0, None: 1, Call.UNDECIDED: 1, Call.MET: 2}
    for n in range(10, 61):
        calls = [
            order[model.evaluate([exam(r, n, age, pass_mark)], rules(KNOWLEDGE, expected)).call]
            for r in range(n + 1)
        ]
        assert calls == sorted(calls), (n, calls)


@settings(max_examples=200)
@given(
    st.integers(10, 60),
    st.integers(50, 90),
    st.sampled_from([Level.L3, Level.L4]),
    st.integers(0, 180),
    st.data(),
)
def test_partial_credit_never_turns_the_call_back_either(n, pass_mark, expected, age, data) -> None:
    order = {Call.GAP: 0, None: 1, Call.UNDECIDED: 1, Call.MET: 2}
    more, less = sorted(data.draw(st.tuples(st.floats(0, n), st.floats(0, n))), reverse=True)
    high, low = (
        model.evaluate([exam(r, n, age, pass_mark)], rules(KNOWLEDGE, expected)).call
        for r in (more, less)
    )
    assert order[low] <= order[high]


def test_every_pass_mark_becomes_the_anchor() -> None:
    assert model.rescale(70, 70, 60) == (60, 60 / 70)
    assert model.rescale(85, 70, 60) == (pytest.approx(80), 40 / 30)
    assert model.rescale(100, 100, 60)[0] == 60
    assert model.rescale(100, 50, 60)[0] == 100
    assert model.rescale(0, 50, 60)[0] == 0


def test_old_evidence_weighs_less_and_is_not_marked_down() -> None:
    fresh = model.evaluate([exam(9, 10, 0)], rules(KNOWLEDGE))
    old = model.evaluate([exam(9, 10, 180)], rules(KNOWLEDGE))
    assert old.pieces[0].x == fresh.pieces[0].x == 90
    assert old.pieces[0].recency == pytest.approx(0.5)
    assert old.sd > fresh.sd
    assert model.pieces_of([rated(WORK, 70, 2, 365)], rules())[0].recency == pytest.approx(0.5)


def test_evidence_is_stale_after_180_days_and_not_on_the_day() -> None:
    edge = [exam(30, 40, 180), rated(ROLEPLAY, 70, 2, 180), rated(WORK, 70, 2, 200, id_=3)]
    assert model.evaluate(edge, rules()).status is not Status.STALE
    late = [exam(30, 40, 181), rated(ROLEPLAY, 70, 2, 181), rated(WORK, 70, 2, 200, id_=3)]
    verdict = model.evaluate(late, rules())
    assert (verdict.status, verdict.call, verdict.level) == (Status.STALE, None, None)


def test_knowledge_needs_ten_items_of_the_last_year() -> None:
    assert model.evaluate([exam(9, 9)], rules(KNOWLEDGE)).status is Status.PROVISIONAL
    assert model.evaluate([exam(10, 10)], rules(KNOWLEDGE)).status is Status.SUFFICIENT
    old = [exam(20, 20, 366), exam(9, 9, 0, id_=2)]
    assert model.evaluate(old, rules(KNOWLEDGE)).status is Status.PROVISIONAL
    in_time = [exam(20, 20, 365), exam(9, 9, 0, id_=2)]
    assert model.evaluate(in_time, rules(KNOWLEDGE)).status is Status.SUFFICIENT


def test_behaviour_needs_two_kinds_and_one_that_a_person_rated() -> None:
    roleplays = [rated(ROLEPLAY, 80, 2, age, id_=age + 1) for age in (1, 2, 3, 4)]
    assert model.evaluate(roleplays, rules()).status is Status.PROVISIONAL
    both = [*roleplays, exam(8, 10, id_=90)]
    assert model.evaluate(both, rules()).status is Status.SUFFICIENT


def test_drive_needs_two_assessors_on_two_dates() -> None:
    def observed(id_, age, who):
        return rated(OBSERVATION, 75, 1, age, id_=id_, assessor_id=who)

    by = rules(DRIVE)
    assert model.evaluate([observed(1, 3, 7), observed(2, 3, 8)], by).status is Status.PROVISIONAL
    assert model.evaluate([observed(1, 40, 7), observed(2, 3, 7)], by).status is Status.PROVISIONAL
    enough = model.evaluate([observed(1, 5, 7), observed(2, 3, 8)], by)
    assert (enough.status, enough.call) == (Status.SUFFICIENT, Call.MET)
    assert model.evaluate([exam(20, 20)], by).status is Status.INSUFFICIENT


def test_without_an_expectation_the_width_alone_decides() -> None:
    wide = model.evaluate([exam(8, 10, 60)], rules(KNOWLEDGE, None))
    assert wide.sd > 12
    assert (wide.status, wide.p, wide.call) == (Status.PROVISIONAL, None, None)
    narrow = model.evaluate([exam(24, 30)], rules(KNOWLEDGE, None))
    assert (narrow.status, narrow.call, narrow.level) == (Status.SUFFICIENT, None, Level.L3)


def test_an_undecided_call_is_said() -> None:
    verdict = model.evaluate([exam(18, 30)], rules(KNOWLEDGE))
    assert (verdict.status, verdict.call) == (Status.SUFFICIENT, Call.UNDECIDED)
    assert verdict.level is Level.L2


def test_the_lowest_level_always_holds_and_the_highest_can_be_reached() -> None:
    assert model.evaluate([exam(2, 30)], rules(KNOWLEDGE)).level is Level.L1
    assert model.evaluate([exam(60, 60, 0, 60)], rules(KNOWLEDGE)).level is Level.L5


def test_evidence_that_contradicts_itself_widens_the_interval_at_most_twofold() -> None:
    agreeing = [exam(14, 20), exam(14, 20, id_=2)]
    torn = [exam(20, 20), exam(3, 20, id_=2)]
    agreed, split = (model.evaluate(e, rules(KNOWLEDGE)) for e in (agreeing, torn))
    assert agreed.sd == pytest.approx(agreed.information**-0.5)
    assert split.sd == pytest.approx(2 * split.information**-0.5)


def test_one_assessor_who_repeats_counts_at_most_twice() -> None:
    def seen(id_, age, x, who=7):
        return rated(OBSERVATION, x, 1, age, id_=id_, assessor_id=who)

    (three,) = model.pieces_of([seen(1, 30, 60), seen(2, 10, 70), seen(3, 0, 80)], rules())
    assert (three.x, three.assessors, three.happened_on) == (70, 2, TODAY)
    assert three.evidence_ids == (1, 2, 3)
    apart = model.pieces_of([seen(1, 31, 60), seen(2, 0, 80)], rules())
    assert [piece.assessors for piece in apart] == [1, 1]
    others = model.pieces_of([seen(1, 5, 60), seen(2, 0, 80, who=8)], rules())
    assert len(others) == 2
    assert (
        len(model.pieces_of([rated(OBSERVATION, 60, 1), rated(OBSERVATION, 60, 1, id_=3)], rules()))
        == 2
    )


def test_assessors_on_one_occasion_form_one_piece() -> None:
    judged = [
        rated(ROLEPLAY, x, 1, 3, id_=id_, assessor_id=who, occasion="battle-4")
        for id_, (x, who) in enumerate([(60, 7), (72, 8), (84, 9)], start=1)
    ]
    (one,) = model.pieces_of(judged, rules())
    assert (one.x, one.assessors, one.assessor_ids) == (72, 3, frozenset({7, 8, 9}))
    twice = [judged[0], replace(judged[0], id=5, score=80)]
    (same,) = model.pieces_of(twice, rules())
    assert (same.x, same.assessors) == (70, 1)
    assert (
        len(model.pieces_of([*judged, rated(WORK, 60, 1, 3, 9, occasion="battle-4")], rules())) == 2
    )


def test_a_panel_that_repeats_within_a_month_is_one_piece() -> None:
    days = [
        rated(ROLEPLAY, x, 1, age, id_=id_, assessor_id=who, occasion=f"day-{age}")
        for id_, (x, who, age) in enumerate([(60, 7, 9), (64, 8, 9), (70, 7, 2), (74, 8, 2)], 1)
    ]
    (one,) = model.pieces_of(days, rules())
    assert (one.x, one.assessors, len(one.dates)) == (67, 4, 2)


def test_what_the_framework_does_not_take_has_no_weight() -> None:
    assert model.evaluate([rated(PEER, 90, 3)], rules(KNOWLEDGE)).status is Status.INSUFFICIENT
    asked = rated(PEER, 90, 3, is_360=True)
    assert not model.pieces_of([asked], rules())
    let_in = rules(formula=replace(FORMULA, use_360_ratings=True))
    assert len(model.pieces_of([asked], let_in)) == 1


def test_tomorrow_is_not_known_today() -> None:
    assert not model.pieces_of([exam(9, 10, -1)], rules())


def test_the_order_of_the_ledger_does_not_matter() -> None:
    evidence = [
        exam(7, 12, 3),
        rated(ROLEPLAY, 71, 2, 3, id_=2),
        rated(OBSERVATION, 50, 1, 9, id_=3, assessor_id=4),
        rated(OBSERVATION, 58, 1, 2, id_=4, assessor_id=4),
    ]
    assert model.evaluate(evidence, rules()) == model.evaluate(evidence[::-1], rules())


def test_r_and_n_count_items_not_points() -> None:
    shares = [
        ItemShare(("influence", "closing"), Fraction(1)),
        ItemShare(("influence",), Fraction(2, 3)),
        ItemShare(("influence",), Fraction(1), is_key_known=True),
        ItemShare((), Fraction(1)),
    ]
    tallies = model.tally(shares, FORMULA)
    assert set(tallies) == {"influence", "closing"}
    influence = tallies["influence"]
    assert influence.right == 1 + Fraction(2, 3) + Fraction(1, 4)
    assert influence.items == Fraction(9, 4)
    assert influence.score == 100 * influence.right / influence.items
    assert tallies["closing"].score == 100


def test_nothing_at_all_says_what_to_arrange() -> None:
    def lacks(what):
        return model.missing(model.evaluate([], rules(what)), rules(what))

    assert lacks(BEHAVIOUR) == (Need(ROLEPLAY, assessors=2), Need(TEST, items=10))
    assert lacks(DRIVE) == (Need(OBSERVATION, times=2, assessors=1, dates=2),)
    (test,) = lacks(KNOWLEDGE)
    assert test.kind is TEST
    assert test.items == 12


def test_a_few_items_are_asked_for_where_few_are_missing() -> None:
    by = rules(KNOWLEDGE)
    (need,) = model.missing(model.evaluate([exam(6, 6, 2)], by), by)
    assert (need.kind, need.items) == (TEST, 4)
    assert model.missing(model.evaluate([exam(10, 10)], by), by) == ()


def test_stale_knowledge_asks_for_a_whole_test() -> None:
    by = rules(KNOWLEDGE)
    (need,) = model.missing(model.evaluate([exam(32, 40, 190)], by), by)
    assert (need.kind, need.items) == (TEST, 10)
    behaviour = rules()
    old = [exam(32, 40, 190), rated(ROLEPLAY, 75, 2, 190)]
    assert model.missing(model.evaluate(old, behaviour), behaviour) == (
        Need(ROLEPLAY, assessors=2),
    )


def test_a_test_alone_asks_for_a_role_play() -> None:
    verdict = model.evaluate([exam(8, 10, 1)], rules())
    assert model.missing(verdict, rules()) == (Need(ROLEPLAY, assessors=2),)


ledgers = st.lists(
    st.one_of(
        st.builds(
            lambda n, share, age: exam(n * share, n, age),
            st.integers(3, 30), st.floats(0, 1), st.integers(0, 300),
        ),
        st.builds(
            rated,
            st.sampled_from([ROLEPLAY, WORK, OBSERVATION]), st.floats(20, 95),
            st.integers(1, 3), st.integers(0, 300),
        ),
    ),
    max_size=5,
)  # fmt: skip


def numbered(evidence: list[Evidence]) -> list[Evidence]:
    return [replace(row, id=number) for number, row in enumerate(evidence, start=1)]


@settings(max_examples=60, deadline=None)
@given(ledgers, st.sampled_from([BEHAVIOUR, KNOWLEDGE, DRIVE]), st.sampled_from([*Level, None]))
def test_what_is_missing_would_be_enough_if_it_turns_out_like_before(
    ledger, what, expected
) -> None:
    by = rules(what, expected)
    verdict = model.evaluate(numbered(ledger), by)
    needs = model.missing(verdict, by)
    assert bool(needs) is (verdict.status is not Status.SUFFICIENT)
    extra = []
    for need in needs:
        for turn in range(need.times):
            on = TODAY - timedelta(days=turn)
            id_ = 100 + len(extra)
            new = Evidence(id_, need.kind, verdict.mean, 60, on, assessors=need.assessors or 0)
            if need.items:
                new = replace(new, items=need.items, right=need.items * verdict.mean / 100)
            elif need.assessors == 1:
                new = replace(new, assessor_id=id_)
            extra.append(new)
    after = model.evaluate([*numbered(ledger), *extra], by)
    assert after.status is Status.SUFFICIENT or sum(n.times for n in needs) >= 7


@settings(max_examples=40, deadline=None)
@given(ledgers, st.sampled_from([BEHAVIOUR, KNOWLEDGE]))
def test_what_would_settle_it_is_borne_out_by_leaving_it_out(ledger, what) -> None:
    by = rules(what)
    verdict = model.evaluate(numbered(ledger), by)
    settling = model.settle(verdict, by)
    if settling is None:
        return
    for x, call in ((settling.met_from, Call.MET), (settling.gap_to, Call.GAP)):
        if x is None:
            continue
        need = settling.need
        new = Evidence(99, need.kind, x, 60, TODAY, assessors=need.assessors or 0)
        if need.items:
            new = replace(new, items=need.items, right=need.items * x / 100)
        after = model.evaluate([*numbered(ledger), new], by)
        assert after.call is call
        added = next(p for p in model.explain(after, by).pieces if p.piece.evidence_ids == (99,))
        assert added.call_without == verdict.call
        assert added.status_without == verdict.status
        assert after.mean - added.change == pytest.approx(verdict.mean)


def test_one_more_piece_that_settles_an_open_question() -> None:
    by = rules()
    verdict = model.evaluate([exam(8, 10, 1)], by)
    settling = model.settle(verdict, by)
    assert settling is not None
    assert settling.need == Need(ROLEPLAY, assessors=2)
    assert settling.if_alike is Call.MET
    assert settling.met_from is not None
    assert model.settle(model.evaluate([], by), by) is None
    met = model.evaluate([exam(8, 10, 10), rated(ROLEPLAY, 72, 2, 5)], by)
    assert model.settle(met, by) is None
    assert model.settle(replace(verdict, expected=None), by) is None


def test_what_moved_it_is_the_piece_with_the_largest_change() -> None:
    by = rules()
    verdict = model.evaluate([exam(8, 10, 40), rated(ROLEPLAY, 40, 2, 5)], by)
    moved = model.moved(verdict, by)
    assert moved is not None
    assert moved.piece.kind is ROLEPLAY
    assert moved.change < 0
    assert moved.after == verdict.mean
    assert not moved.is_first
    recent = model.moved(verdict, by, since=TODAY - timedelta(days=3))
    assert recent is None
    first = model.moved(model.evaluate([exam(8, 10)], by), by)
    assert first is not None
    assert first.is_first
    assert first.before == 60


@pytest.mark.parametrize(
    ("role", "hired_days_ago", "set_step", "step"),
    [
        ("seller", 0, None, "day-30"),
        ("seller", 30, None, "day-30"),
        ("seller", 31, None, "day-90"),
        ("seller", 400, None, "day-90"),
        ("seller", 3, "backbone", "backbone"),
        ("seller", None, None, "day-90"),
        ("manager", 3, None, "manager"),
        ("trainer", 3, None, None),
    ],
)
def test_the_step_of_a_person(role, hired_days_ago, set_step, step) -> None:
    hired_on = None if hired_days_ago is None else TODAY - timedelta(days=hired_days_ago)
    assert model.step_of(role=role, hired_on=hired_on, set_step=set_step, today=TODAY) == step
