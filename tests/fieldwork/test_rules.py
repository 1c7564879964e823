"""The rules of sheets and codes, for any input."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.domain import fieldwork as rules
from app.domain.fieldwork import Line, Sheet, Verdict
from app.domain.papercode import SIGNS
from app.domain.tracks import Form, FormRow, Party
from tests.tracks.conftest import BANKS

DAY = timedelta(days=1)
FIRST = date(2026, 3, 2)
sheets = st.lists(st.tuples(st.integers(0, 60), st.sampled_from(list(Verdict))), max_size=20).map(
    lambda found: [Sheet(n, FIRST + day * DAY, verdict) for n, (day, verdict) in enumerate(found)]
)


@given(sheets, st.sampled_from([None, 1, 7, 14]))
def test_what_counts_is_far_enough_apart_and_as_much_as_there_can_be(found, every):
    ids = rules.counted(found, every)
    kept = sorted(one.happened_on for one in found if one.id in ids)
    assert all(one.verdict is Verdict.YES for one in found if one.id in ids)
    if every:
        assert all((b - a).days >= every for a, b in pairwise(kept))
        left = [s for s in found if s.id not in ids and s.verdict is Verdict.YES]
        for one in left:  # none of the others would still fit in
            assert any(abs((one.happened_on - day).days) < every for day in kept)
    else:
        assert len(ids) == sum(one.verdict is Verdict.YES for one in found)


@given(sheets, st.randoms())
def test_the_order_in_which_sheets_arrive_changes_nothing(found, dice):
    mixed = list(found)
    dice.shuffle(mixed)
    assert rules.counted(mixed, 7) == rules.counted(found, 7)


@given(sheets)
def test_one_more_sheet_on_the_next_day_counts(found):
    day = rules.next_on(found, 7)
    if day is not None and not any(one.happened_on >= day for one in found):
        more = [*found, Sheet(99, day, Verdict.YES)]
        assert len(rules.counted(more, 7)) == len(rules.counted(found, 7)) + 1
        soon = [*found, Sheet(99, day - DAY, Verdict.YES)]
        assert len(rules.counted(soon, 7)) == len(rules.counted(found, 7))


def test_a_sheet_gives_the_weighted_share_of_each_competency():
    title = {"zh-CN": "x"}
    form = Form(
        "f",
        title,
        (
            FormRow("a", title, competency="x", weight=3),
            FormRow("b", title, competency="x", weight=1),
            FormRow("c", title, competency="y"),
            FormRow("d", title),
        ),
    )
    found = rules.shares(form, {"a": 4, "b": 0, "d": 1})
    assert found == {"x": Fraction(3, 4)}, "y was not met, d is of no competency"


@given(st.integers(1, 2**31 - 1), st.sampled_from(["m-weekly", "d5-crm-checklist", "x" * 64]))
def test_a_code_leads_back_and_a_slip_is_noticed(number, activity):
    code = rules.code_of(number, activity)
    assert rules.read_code(f" {code[:3]}-{code[3:].lower()} ") == rules.read_code(code)
    assert rules.read_code(code)[0] == number
    for place in range(len(code)):
        for sign in SIGNS:
            if sign != code[place]:
                assert rules.read_code(code[:place] + sign + code[place + 1 :]) is None


def test_no_two_activities_of_a_shipped_track_share_a_mark():
    from app.banks.loader import load_text

    for path in sorted((BANKS / "tracks").glob("*.yaml")):
        track = load_text(path.read_text("utf-8"), name=path.name).track
        for one in track.all_activities:
            if one.kind in rules.KINDS:
                mark = rules.read_code(rules.code_of(7, one.id))[1]
                assert rules.activity_by_mark(track, mark) == one


def test_a_list_is_complete_with_every_row_and_both_parties():
    title = {"zh-CN": "x"}
    form = Form("f", title, (FormRow("a", title), FormRow("b", title)))
    both = {Party.TRAINER, Party.LEARNER}
    assert rules.complete(form, both, [Line("a", both), Line("b", both)])
    assert not rules.complete(form, both, [Line("a", both), Line("b", {Party.TRAINER})])
    assert not rules.complete(form, both, [Line("a", both)])
