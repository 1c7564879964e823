"""The five rules of multiple choice, exact sums and the pass line."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import scoring
from app.domain.items import (
    Choice,
    Chosen,
    Item,
    Judged,
    Option,
    PassMark,
    Rule,
    ShortAnswer,
    TrueFalse,
    Written,
)
from app.domain.scoring import ForgedResponseError, Misfit, Outcome, Reason, score, shown

F = Fraction
RULES = [Rule.ALL_OR_NOTHING, Rule.SUBSET, Rule.SUBSET_HALF, Rule.NET, Rule.EACH_OPTION]


def multi(key: str, rule: Rule = Rule.SUBSET, *, letters: str = "ABCDE", points: str = "5") -> Item:
    options = tuple(Option(letter, {"zh-CN": f"选项{letter}"}) for letter in letters)
    body = Choice(options, frozenset(key), multiple=True, rule=rule)
    return Item("m-1", {"zh-CN": "哪些做法对？"}, body, F(points))


def single(key: str = "B") -> Item:
    options = tuple(Option(letter, {"zh-CN": letter}) for letter in "ABCD")
    return Item("s-1", {"zh-CN": "哪一个？"}, Choice(options, frozenset(key), multiple=False), F(5))


def judge(*, key: bool | None = True) -> Item:
    return Item("t-1", {"zh-CN": "对吗？"}, TrueFalse(key), F(5))


def short(points: str = "10", max_chars: int | None = None) -> Item:
    return Item("w-1", {"zh-CN": "写三条。"}, ShortAnswer(max_chars=max_chars), F(points))


def pick(letters: str) -> Chosen:
    return Chosen(frozenset(letters))


@pytest.mark.parametrize(
    ("key", "chosen", "shares"),
    [
        ("ABCD", "ABCDE", ["0", "0", "0", "3/4", "4/5"]),
        ("AB", "ABCDE", ["0", "0", "0", "0", "2/5"]),
        ("ABC", "AB", ["0", "2/3", "1/2", "2/3", "4/5"]),
        ("ABC", "ABD", ["0", "0", "0", "1/3", "3/5"]),
        ("ABC", "", ["0", "0", "0", "0", "0"]),
        ("E", "", ["0", "0", "0", "0", "0"]),
        ("ABC", "ABC", ["1", "1", "1", "1", "1"]),
    ],
)
def test_the_worked_cases(key: str, chosen: str, shares: list[str]) -> None:
    got = [score(multi(key, rule), pick(chosen)).share for rule in RULES]
    assert got == [F(share) for share in shares]


def test_a_blank_is_not_a_wrong_answer() -> None:
    blank, wrong = score(single(), pick("")), score(single(), pick("A"))
    assert blank.points == wrong.points == 0
    assert (blank.outcome, wrong.outcome) == (Outcome.BLANK, Outcome.WRONG)
    assert score(multi("AB"), None).outcome is Outcome.BLANK
    assert score(judge(), None).outcome is Outcome.BLANK
    assert score(short(), Written("  　\n")).outcome is Outcome.BLANK


def test_single_choice_and_true_false_are_all_or_nothing() -> None:
    assert score(single("B"), pick("B")).points == 5
    assert score(single("B"), pick("C")).points == 0
    assert score(judge(key=False), Judged(value=False)).points == 5
    assert score(judge(key=False), Judged(value=True)).outcome is Outcome.WRONG
    assert score(judge(), pick("")).outcome is Outcome.BLANK


def test_a_written_answer_waits_for_a_rater_and_keeps_the_mark() -> None:
    waiting = score(short(), Written("先共情，再问清原因"))
    assert waiting.needs_rater
    assert (waiting.share, waiting.points) == (None, None)
    mark = scoring.marked(short(), F("2.9"))
    assert mark.points == F("2.9")
    assert shown(F("2.9")) == "2.9"
    assert mark.outcome is Outcome.PARTIAL
    assert not mark.needs_rater
    assert not score(short(), Written("")).needs_rater


@pytest.mark.parametrize("mark", ["-0.1", "10.01"])
def test_a_mark_beyond_the_points_is_refused(mark: str) -> None:
    with pytest.raises(scoring.MarkOutOfRangeError):
        scoring.marked(short("10"), F(mark))


def test_a_paper_may_give_an_item_other_points() -> None:
    assert score(multi("ABC"), pick("AB"), points=F(3)).points == 2
    assert score(multi("ABC"), pick("AB"), points=F(3)).maximum == 3


@pytest.mark.parametrize(
    ("item", "response", "misfit"),
    [
        (single(), Chosen(frozenset("Z")), Misfit.UNKNOWN_OPTION),
        (single(), Chosen(frozenset("AB")), Misfit.TOO_MANY_OPTIONS),
        (single(), Judged(value=True), Misfit.KIND),
        (multi("AB"), Written("AB"), Misfit.KIND),
        (judge(), Chosen(frozenset("A")), Misfit.KIND),
        (short(), Chosen(frozenset()), Misfit.KIND),
        (short(max_chars=3), Written("超过三个字"), Misfit.TOO_LONG),
    ],
)
def test_a_forged_response_is_named_and_never_scored(item, response, misfit) -> None:
    with pytest.raises(ForgedResponseError) as refused:
        score(item, response)
    assert refused.value.misfit is misfit


def test_a_draft_without_a_key_cannot_be_scored() -> None:
    with pytest.raises(scoring.NoKeyError):
        score(judge(key=None), Judged(value=True))
    with pytest.raises(scoring.NoKeyError):
        score(multi(""), pick("A"))


@pytest.mark.parametrize(
    ("rule", "chosen", "expression", "reason"),
    [
        (Rule.SUBSET, "AB", "5 × 2 ÷ 3 = 3.33", Reason.SHARE_OF_KEY),
        (Rule.SUBSET, "ABD", None, Reason.WRONG_CHOSEN),
        (Rule.SUBSET, "ABC", None, Reason.ALL_RIGHT),
        (Rule.SUBSET_HALF, "A", "5 ÷ 2 = 2.5", Reason.HALF),
        (Rule.NET, "ABD", "5 × (2 − 1) ÷ 3 = 1.67", Reason.RIGHT_MINUS_WRONG),
        (Rule.NET, "ADE", "1 − 2 < 0 → 0", Reason.RIGHT_MINUS_WRONG),
        (Rule.NET, "DE", None, Reason.NONE_RIGHT),
        (Rule.EACH_OPTION, "ABD", "5 × 3 ÷ 5 = 3", Reason.EACH_OPTION),
        (Rule.ALL_OR_NOTHING, "AB", None, Reason.INCOMPLETE),
        (Rule.NET, "", None, Reason.BLANK),
    ],
)
def test_the_page_can_show_the_sum(rule, chosen, expression, reason) -> None:
    working = scoring.explain(score(multi("ABC", rule), pick(chosen)))
    assert (working.expression, working.reason, working.rule) == (expression, reason, rule)


def test_sums_are_exact_and_the_line_compares_what_was_earned() -> None:
    seventh = [scoring.marked(short(str(F(100, 7))), F(100, 7)) for _ in range(7)]
    assert scoring.total(seventh).points == 100
    assert not scoring.passed(F("79.6"), F(80))
    assert shown(F("79.6"), F(80)) == "79.6"
    assert shown(F("79.996"), F(80)) == "79.99"
    assert shown(F("79.996")) == "80"
    assert shown(F(80), F(80)) == "80"


def test_a_total_counts_what_awaits_a_mark() -> None:
    scores = [score(single(), pick("B")), score(short(), Written("三条建议"))]
    before = scoring.total(scores)
    assert (before.points, before.maximum, before.awaiting) == (5, 15, 1)
    assert not before.is_complete
    after = scoring.total([scores[0], scoring.marked(short(), F("7.5"))])
    assert (after.points, after.is_complete) == (F("12.5"), True)
    assert after.share == F("12.5") / 15
    assert scoring.total([]).share == 0


def test_a_pass_mark_is_a_share_or_points() -> None:
    assert scoring.line(PassMark(share=F(4, 5)), F(100)) == 80
    assert scoring.line(PassMark(points=F("72.5")), F(100)) == F("72.5")
    with pytest.raises(ValueError, match="share or points"):
        scoring.line(PassMark(), F(100))


def test_ticking_everything_is_worth_what_the_lint_says() -> None:
    item = multi("ABCD", Rule.NET)
    assert isinstance(item.body, Choice)
    assert scoring.share_for_everything(item.body) == F(3, 4)


@st.composite
def sittings(draw: st.DrawFn) -> tuple[str, str, str]:
    """Letters of the options, key and choice of one multiple choice item."""
    letters = "ABCDEFGHIJ"[: draw(st.integers(2, 10))]
    some = st.sets(st.sampled_from(letters), min_size=1)
    return letters, "".join(draw(some)), "".join(draw(st.sets(st.sampled_from(letters))))


@given(sittings(), st.sampled_from(RULES))
def test_a_score_lies_between_nothing_and_all_and_only_the_key_earns_all(sitting, rule) -> None:
    letters, key, chosen = sitting
    share = score(multi(key, rule, letters=letters), pick(chosen)).share
    assert share is not None
    assert 0 <= share <= 1
    assert (share == 1) is (set(chosen) == set(key))


@given(sittings())
def test_rules_are_ordered_by_their_strictness(sitting) -> None:
    letters, key, chosen = sitting
    strict, subset, half, net, each = (
        score(multi(key, rule, letters=letters), pick(chosen)).share or F(0) for rule in RULES
    )
    assert strict <= subset <= net
    assert strict <= half
    assert (half > 0) is (subset > 0)
    assert each >= strict


@given(sittings(), st.sampled_from(RULES), st.data())
def test_one_more_right_option_never_costs_points(sitting, rule, data) -> None:
    letters, key, chosen = sitting
    missed = sorted(set(key) - set(chosen))
    if not missed or not chosen:
        return
    more = chosen + data.draw(st.sampled_from(missed))
    item = multi(key, rule, letters=letters)
    assert (score(item, pick(more)).share or 0) >= (score(item, pick(chosen)).share or 0)


@given(sittings(), st.sampled_from(RULES), st.data())
def test_the_score_follows_options_not_letters(sitting, rule, data) -> None:
    letters, key, chosen = sitting
    renamed = dict(zip(letters, data.draw(st.permutations(letters)), strict=True))
    item = multi(key, rule, letters=letters)
    assert isinstance(item.body, Choice)
    other = replace(item, body=replace(item.body, key=frozenset(renamed[k] for k in key)))
    moved = pick("".join(renamed[c] for c in chosen))
    assert score(item, pick(chosen)).share == score(other, moved).share


points = st.fractions(min_value=0, max_value=1000, max_denominator=5000)


@given(points, points)
def test_what_is_shown_agrees_with_what_is_decided(earned: F, pass_line: F) -> None:
    number, bar = F(shown(earned, pass_line)), F(shown(pass_line, pass_line))
    assert abs(number - earned) < F(1, 100)
    assert (number >= bar) is scoring.passed(earned, pass_line)
    assert (number >= pass_line) is scoring.passed(earned, pass_line)


@given(points)
def test_shown_has_at_most_two_places_and_no_idle_zero(earned: F) -> None:
    text = shown(earned)
    whole, _, places = text.partition(".")
    assert len(places) <= 2
    assert not places.endswith("0")
    assert "." not in text or places
    assert whole.isdigit()


def test_a_loss_is_shown_with_its_sign() -> None:
    assert shown(F("-1.5")) == "-1.5"
    assert shown(F("-0.001")) == "0"
