"""Forms, the two-way table, codes and cells: rules as properties."""

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import forms_parallel, papercode, typesetting
from app.domain.blueprint import ANY, feasibility, two_way
from app.domain.forms_parallel import Measured, expected_facility, parallel
from app.domain.items import Chosen, ItemType, Judged, Written
from app.domain.papers import BankPlan, Candidate, Cell, Entry, PaperPlan, PlanError, SectionPlan
from app.domain.papersheet import ON_PAPER, CellError, Slip, Typed, read_cell, write_cell

KINDS = list(ItemType)
SLUGS = ("insight", "closing")


def candidate(
    n: int, *, difficulty: int = 2, kind: ItemType = ItemType.SINGLE, slug: str = "insight"
):
    return Candidate(
        n, f"i-{n:03}", "bank", kind, Fraction(2), difficulty, (slug,), ("A", "B", "C", "D")
    )


candidates = st.lists(
    st.builds(
        lambda d, k, s: (d, k, s),
        st.integers(1, 5),
        st.sampled_from(KINDS[:2]),
        st.sampled_from(SLUGS),
    ),
    max_size=14,
).map(lambda rows: [candidate(n, difficulty=d, kind=k, slug=s) for n, (d, k, s) in enumerate(rows)])
cells = st.lists(
    st.builds(
        Cell,
        n=st.integers(1, 4),
        competency=st.none() | st.sampled_from(SLUGS),
        difficulty=st.none() | st.integers(1, 3),
        type=st.none() | st.sampled_from(KINDS[:2]),
    ),
    min_size=1,
    max_size=4,
)


# ---------------------------------------------------------------- the two-way table


def deficiency(plan, pool):
    """König's formula, by trying every group of cells."""
    worst = 0
    for size in range(1, len(plan.cells) + 1):
        for group in combinations(plan.cells, size):
            wanted = sum(cell.n for cell in group)
            there = sum(any(cell.admits(one) for cell in group) for one in pool)
            worst = max(worst, wanted - there)
    return worst


@given(cells, candidates)
def test_what_is_missing_in_all_is_the_least_possible(chosen, pool):
    plan = PaperPlan(tuple(chosen))
    checks = feasibility(plan, pool)
    assert sum(one.missing for one in checks) == deficiency(plan, pool)
    for one, cell in zip(checks, plan.cells, strict=True):
        assert one.fitting == sum(cell.admits(each) for each in pool)
        assert one.found <= min(one.fitting, one.wanted)
        if one.clash is not None:
            assert one.clash.wanted > one.clash.there
            assert one.index in one.clash.cells


@given(cells, candidates)
def test_the_table_adds_up_both_ways(chosen, pool):
    table = two_way(PaperPlan(tuple(chosen)), pool, SLUGS)
    assert table.total.n == sum(cell.n for cell in chosen)
    for part in ([line.total for line in table.rows], table.totals):
        assert sum(one.n for one in part) == table.total.n
        assert sum(one.missing for one in part) == table.total.missing
    assert sum(line.share for line in table.rows) == 1
    assert sum(table.shares) == 1


def test_cells_that_want_the_same_items_are_named_together():
    pool = [candidate(n, difficulty=n % 2 + 1) for n in range(5)]
    plan = PaperPlan((Cell(3, "insight"), Cell(3, type=ItemType.SINGLE), Cell(1, "closing")))
    first, second, third = feasibility(plan, pool)
    assert (first.missing, second.missing, second.fitting) == (0, 1, 5)
    assert (second.clash.cells, second.clash.wanted, second.clash.there) == ((0, 1), 6, 5)
    assert (third.missing, third.clash) == (1, None)


def test_fixed_items_stand_in_the_table_and_are_drawn_by_nobody_else():
    pool = [candidate(n) for n in range(3)]
    plan = PaperPlan((Cell(3, points=Fraction(5)),), fixed=("i-000", "gone"))
    table = two_way(plan, pool, SLUGS)
    assert (table.total.n, table.total.missing, table.total.points) == (5, 2, None)
    assert {line.competency for line in table.rows} == {"insight", ANY}
    assert feasibility(plan, pool)[0].found == 2


# ---------------------------------------------------------------- parallel forms


def pool_of(n, cells_of=5):
    return [candidate(i, difficulty=i % cells_of + 1, slug=SLUGS[i % 2]) for i in range(n)]


def hardness(pool):
    return {one.item_id: expected_facility(one.difficulty, None) for one in pool}


@settings(max_examples=40)
@given(st.integers(2, 4), st.integers(3, 10), st.randoms(use_true_random=False), st.integers(0, 9))
def test_forms_are_alike_where_the_pool_allows_it(n, size, dice, seed):
    pool = pool_of(80)
    plan = PaperPlan((Cell(size, "insight"), Cell(size, "closing")))
    facility = {one.item_id: 0.3 + 0.6 * dice.random() for one in pool}
    found = parallel(plan, n, seed=str(seed), pool=pool, facility=facility)
    assert found.is_close
    assert all(one.shared == 0 for one in found.overlaps), "80 items are enough for all"
    for form in found.forms:
        slugs = [next(c for c in pool if c.item_id == e.item_id) for e in form.paper.entries]
        assert sum(one.competencies == ("insight",) for one in slugs) == size
        assert len({e.item_id for e in form.paper.entries}) == 2 * size
        expected = sum(facility[e.item_id] for e in form.paper.entries) / (2 * size)
        assert form.facility == pytest.approx(expected)
    again = parallel(plan, n, seed=str(seed), pool=list(reversed(pool)), facility=facility)
    assert again == found


@given(candidates, st.integers(1, 3), st.integers(1, 4))
def test_every_form_meets_the_plan_and_shares_no_more_than_it_must(pool, n, size):
    plan = PaperPlan((Cell(size, "insight"),))
    fitting = [one for one in pool if one.competencies == ("insight",)]
    if len(fitting) < size:
        with pytest.raises(PlanError):
            parallel(plan, n, seed="s", pool=pool, facility=hardness(pool))
        return
    found = parallel(plan, n, seed="s", pool=pool, facility=hardness(pool))
    used = [entry.item_id for form in found.forms for entry in form.paper.entries]
    assert len(used) == n * size
    assert len(set(used)) == min(n * size, len(fitting))


def test_competing_cells_leave_all_forms_different_when_they_can():
    """One cell takes any item, the other only four: the first must not take those."""
    pool = [candidate(n, difficulty=1 if n < 4 else 2) for n in range(8)]
    plan = PaperPlan((Cell(2), Cell(2, difficulty=1)))
    found = parallel(plan, 2, seed="s", pool=pool, facility=hardness(pool))
    assert [one.shared for one in found.overlaps] == [0]


def test_a_pool_too_uneven_says_how_far_apart_the_forms_are():
    pool = [candidate(0, difficulty=1), candidate(1, difficulty=5)]
    plan = PaperPlan((Cell(1),))
    found = parallel(plan, 2, seed="s", pool=pool, facility=hardness(pool))
    assert not found.is_close
    assert found.spread == pytest.approx(0.5)


def test_a_banks_own_sections_make_forms_too():
    items = tuple(pool_of(20))
    plan = BankPlan(
        (
            SectionPlan({"zh-CN": "抽"}, items[:14], draw=5),
            SectionPlan({"zh-CN": "全"}, items[14:]),
        )
    )
    found = parallel(plan, 2, seed="s", facility=hardness(items))
    assert [len(form.paper.entries) for form in found.forms] == [11, 11]
    assert [one.shared for one in found.overlaps] == [6], "the second section is everybody's"
    assert found.is_close
    with pytest.raises(PlanError):
        parallel(
            BankPlan((SectionPlan({"zh-CN": "x"}, items[:2], draw=3),)),
            2,
            seed="s",
            facility=hardness(items),
        )


def test_a_wrong_number_of_forms_and_a_missing_fixed_item_are_refused():
    for n in (0, forms_parallel.MOST_FORMS + 1):
        with pytest.raises(ValueError, match="forms"):
            parallel(PaperPlan(), n, seed="s", pool=[], facility={})
    with pytest.raises(PlanError):
        parallel(PaperPlan(fixed=("gone",)), 2, seed="s", pool=[], facility={})


@given(st.integers(1, 5), st.floats(0, 1), st.integers(0, 5000))
def test_expected_facility_lies_between_what_was_measured_and_the_prior(difficulty, mean, n):
    prior = forms_parallel.PRIOR[difficulty]
    found = expected_facility(difficulty, Measured(mean, n))
    assert min(prior, mean) - 1e-9 <= found <= max(prior, mean) + 1e-9
    if n < forms_parallel.FEWEST:
        assert found == prior
    if n > 2000:
        assert abs(found - mean) < 0.01


# ---------------------------------------------------------------- codes


@given(st.integers(), st.integers(0, 6), st.sampled_from(papercode.SIGNS))
def test_one_wrong_sign_is_always_noticed(number, place, sign):
    code = papercode.code_for(number)
    assert papercode.read(papercode.shown(code).lower()) == code
    wrong = code[:place] + sign + code[place + 1 :]
    assert papercode.read(wrong) == (code if wrong == code else None)


@given(st.integers(), st.integers(0, 5))
def test_two_exchanged_signs_are_always_noticed(number, place):
    code = papercode.code_for(number)
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert papercode.read(wrong) == (code if wrong == code else None)


def test_a_code_that_is_taken_gives_another_one():
    assert papercode.code_for("x", turn=1) != papercode.code_for("x")


# ---------------------------------------------------------------- cells

ENTRY = Entry(1, "x", 1, Fraction(10), 0, ("C", "A", "D", "B"))


@pytest.mark.parametrize(
    ("text", "kind", "response", "mark"),
    [
        ("a", ItemType.SINGLE, Chosen(frozenset("C")), None),
        ("Ｂ，a d", ItemType.MULTI, Chosen(frozenset("CAB")), None),
        ("√", ItemType.TRUE_FALSE, Judged(value=True), None),
        ("错", ItemType.TRUE_FALSE, Judged(value=False), None),
        ("f", ItemType.TRUE_FALSE, Judged(value=False), None),
        ("7.5", ItemType.SHORT, Written(ON_PAPER), Fraction(15, 2)),
        ("０", ItemType.SHORT, Written(ON_PAPER), Fraction(0)),
        ("？", ItemType.SHORT, Written(ON_PAPER), None),
        (" — ", ItemType.SHORT, None, None),
        ("", ItemType.MULTI, None, None),
    ],
)
def test_a_cell_means_what_a_trainer_means(text, kind, response, mark):
    assert read_cell(text, ENTRY, kind) == Typed(response, mark)


@pytest.mark.parametrize(
    ("text", "kind", "slip"),
    [
        ("E", ItemType.SINGLE, Slip.NO_SUCH_LETTER),
        ("AB", ItemType.SINGLE, Slip.ONE_LETTER),
        ("AAB", ItemType.MULTI, Slip.TWICE),
        ("也许", ItemType.TRUE_FALSE, Slip.NOT_TRUE_FALSE),
        ("10.5", ItemType.SHORT, Slip.OVER_MAXIMUM),
        ("-1", ItemType.SHORT, Slip.NOT_A_MARK),
        ("1e1", ItemType.SHORT, Slip.NOT_A_MARK),
        ("1_0", ItemType.SHORT, Slip.NOT_A_MARK),
        ("NaN", ItemType.SHORT, Slip.NOT_A_MARK),
        ("A" * 50, ItemType.MULTI, Slip.TOO_LONG),
        (".", ItemType.SINGLE, Slip.NO_SUCH_LETTER),
    ],
)
def test_what_is_not_understood_is_never_guessed(text, kind, slip):
    with pytest.raises(CellError) as error:
        read_cell(text, ENTRY, kind)
    assert error.value.slip is slip


@given(st.text(max_size=60), st.sampled_from(KINDS))
def test_any_text_gives_a_response_or_a_slip_and_comes_back_the_same(text, kind):
    try:
        found = read_cell(text, ENTRY, kind)
    except CellError:
        return
    again = write_cell(found.response, ENTRY, found.mark)
    assert read_cell(again, ENTRY, kind) == found


# ---------------------------------------------------------------- layout


def test_options_stand_side_by_side_by_their_length():
    assert typesetting.columns(["72%", "74%", "78%", "81%"]) == 4
    assert typesetting.columns(["作为单独的服务费结算", "在实施验收款里抵扣一半"]) == 2
    assert typesetting.columns(["一" * 30, "二"]) == 1
    assert typesetting.columns(["一行\n两行", "x", "y"]) == 1
    assert typesetting.columns(["是", "否"]) == 2


@pytest.mark.parametrize(
    ("number", "text"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五")]
)
def test_sections_are_numbered_in_chinese(number, text):
    assert typesetting.chinese(number) == text


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("一、单选题", "单选题"),
        ("第二部分 多选", "多选"),
        ("3. 判断", "判断"),
        ("Part II: Cases", "Cases"),
        ("一线话术", "一线话术"),
        ("十大异议", "十大异议"),
        ("5G 产品", "5G 产品"),
        ("一、", "一、"),
    ],
)
def test_the_authors_own_number_is_not_printed_twice(title, plain):
    assert typesetting.unnumbered(title) == plain


def test_lines_follow_the_limit_or_the_points():
    assert typesetting.lines_for(Fraction(2), None) == 3
    assert typesetting.lines_for(Fraction(10), None) == 7
    assert typesetting.lines_for(Fraction(8), 200) == 6
    assert typesetting.lines_for(Fraction(8), 4000) == 8


@pytest.mark.parametrize(
    "stem",
    [
        "续约时可以先谈价格（ ）",
        "续约时可以先谈价格。（　　）",
        "第一步是（ ）。",
        "The first step is ( ).",
        "先问（____），再报价",
        "价格（）",
        "Call the customer first. ()",
        "**（  ）**",
    ],
)
def test_an_empty_bracket_in_a_stem_is_one_to_answer_in(stem):
    assert typesetting.has_blank(stem)


@pytest.mark.parametrize(
    "stem", ["价格（含税）是多少", "`close()` ends it", "call f() twice", "对"]
)
def test_other_brackets_are_none_to_answer_in(stem):
    assert not typesetting.has_blank(stem)


def test_boxes_of_an_answer_sheet_stand_as_many_side_by_side_as_fit():
    assert [typesetting.across(n) for n in (0, 2, 4, 5, 6, 10)] == [5, 5, 5, 4, 3, 2]
