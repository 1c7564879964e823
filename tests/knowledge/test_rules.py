"""What is found and in which order, when an entry is stale, what a quiz is made of."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.domain.knowledge import (
    Card,
    Sheet,
    Stale,
    Uses,
    find,
    quiz,
    stale,
    usefulness,
    words_of,
)

DAY = date(2026, 3, 2)
PRICE = Sheet("太贵了", {"says": "你们比别家贵三成", "value": "一年省 108 万元"}, ("价格",))
LATER = Sheet("再考虑考虑", {"says": "等明年预算再说", "value": "先把账算清"}, ("拖延",))
NONE = Uses()


def score(query, sheet, uses=NONE):
    hit = find(words_of(query), [sheet], uses)
    return None if hit is None else hit.score


def test_a_piece_of_a_chinese_word_finds_and_all_words_must():
    assert score("贵", PRICE) is not None
    assert score("贵 108", PRICE) is not None
    assert score("贵、拖延", PRICE) is None
    assert score("完全没有的话", LATER) is None


def test_width_and_capitals_do_not_matter():
    sheet = Sheet("CRM 太复杂", {"says": "录入要半天"})
    assert score("ｃｒｍ", sheet) is not None


def test_title_before_tag_before_what_the_customer_says_before_the_rest():
    word = "预算"
    sheets = [
        Sheet("预算砍了", {}),
        Sheet("x", {}, ("预算",)),
        Sheet("x", {"says": "没有预算"}),
        Sheet("x", {"value": "预算"}),
    ]
    scores = [score(word, sheet) for sheet in sheets]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4


def test_a_slip_of_one_character_still_finds_by_the_title():
    assert score("再考虑考绿", LATER) is not None


def test_the_place_is_shown():
    hit = find(("108",), [PRICE], NONE)
    assert hit is not None
    assert hit.snippet == "一年省 108 万元"


def test_among_equals_what_worked_comes_first_and_one_lucky_use_is_no_proof():
    often, once, never = Uses(20, 18), Uses(1, 1), Uses(4, 0)
    assert score("贵", PRICE, often) > score("贵", PRICE, once) > score("贵", PRICE, never)


@given(st.integers(0, 50), st.integers(0, 50))
def test_usefulness_lies_between_and_grows_with_success(n, worked):
    worked = min(n, worked)
    found = usefulness(Uses(n, worked))
    assert 0 < found < 1
    if worked < n:
        assert usefulness(Uses(n, worked + 1)) - found == Fraction(1, n + 2)


def test_stale_after_half_a_year_without_use_on_both_sides_of_the_day():
    def on(days, uses=NONE):
        return stale(uses, confirmed_on=DAY, today=DAY + timedelta(days))

    assert on(180) is None
    assert on(181) is Stale.UNUSED
    assert on(181, Uses(1, 1, DAY + timedelta(30))) is None


def test_stale_when_it_mostly_fails_but_not_before_five_uses():
    def of(n, worked):
        return stale(Uses(n, worked, DAY), confirmed_on=DAY, today=DAY)

    assert of(4, 0) is None
    assert of(5, 2) is Stale.FAILS
    assert of(6, 3) is None


cards = st.lists(
    st.builds(
        Card,
        id=st.integers(1, 999),
        number=st.just(1),
        title=st.text("abc", min_size=1, max_size=4),
        when=st.sampled_from(["", "when"]),
        limits=st.sampled_from(["", "limits"]),
    ),
    max_size=7,
    unique_by=lambda card: card.id,
)


@given(cards)
def test_every_key_of_a_scaffold_is_its_own_card(chosen):
    choice, judged = quiz(chosen)
    for item in choice:
        assert item.options[item.key] == item.card.title
        assert 2 <= len(item.options) <= 4
    assert all(item.is_true == (item.stem_of == "when") for item in judged)
    speaking = [card for card in chosen if card.when]
    assert len(choice) == (len(speaking) if len(speaking) > 1 else 0)
