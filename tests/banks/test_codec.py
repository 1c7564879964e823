"""Whatever an item holds comes back from the database as it was."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.banks import codec
from app.domain.banks import content_hash, scoring_hash
from app.domain.items import (
    Bank,
    Choice,
    Criterion,
    Grading,
    Item,
    ItemStatus,
    Option,
    PassMark,
    Rule,
    Section,
    ShortAnswer,
    TrueFalse,
)

words = st.text(min_size=1, max_size=20)
texts = st.dictionaries(st.sampled_from(["zh-CN", "en", "ja"]), words, min_size=1)
maybe_texts = st.none() | texts
points = st.integers(1, 100_000).map(lambda n: Fraction(n, 100))
slugs = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True)
some_words = st.lists(words, max_size=3).map(tuple)


@st.composite
def choices(draw):
    letters = "ABCDEFGHIJ"[: draw(st.integers(2, 10))]
    options = tuple(Option(letter, draw(texts), draw(maybe_texts)) for letter in letters)
    multiple = draw(st.booleans())
    key = draw(st.frozensets(st.sampled_from(letters)))
    rule = draw(st.sampled_from(Rule)) if multiple else Rule.ALL_OR_NOTHING
    return Choice(options, key, multiple, rule)


criteria = st.builds(
    Criterion,
    id=slugs,
    points=points,
    point=texts,
    keywords=st.lists(st.lists(words, min_size=1, max_size=2).map(tuple), max_size=2).map(tuple),
    need=st.none() | st.integers(1, 5),
    vetoes=some_words,
)
bodies = (
    choices()
    | st.builds(TrueFalse, key=st.none() | st.booleans())
    | st.builds(
        ShortAnswer,
        rubric=st.lists(criteria, max_size=2).map(tuple),
        model_answer=maybe_texts,
        rubric_cap=st.booleans(),
        grading=st.sampled_from(Grading),
        max_chars=st.none() | st.integers(1, 20_000),
    )
)
items = st.builds(
    Item,
    id=slugs,
    stem=texts,
    body=bodies,
    points=points,
    why=maybe_texts,
    competencies=some_words,
    tags=some_words,
    difficulty=st.integers(1, 5),
    status=st.sampled_from(ItemStatus),
    shuffle=st.booleans(),
    image=st.none() | words,
    source=st.none() | words,
    replaces=st.none() | slugs,
)


@given(items)
def test_an_item_comes_back_equal_with_the_same_hashes(item: Item) -> None:
    back = codec.read_item(item.id, codec.body_json(item), codec.meta_json(item))
    assert back == item
    assert content_hash(back) == content_hash(item)
    assert scoring_hash(back) == scoring_hash(item)


@given(
    st.builds(
        Bank,
        id=slugs,
        title=texts,
        sections=st.lists(
            st.builds(
                Section,
                title=texts,
                items=st.lists(items, min_size=1, max_size=2).map(tuple),
                intro=maybe_texts,
                draw=st.none() | st.integers(1, 9),
                shuffle_items=st.booleans(),
                total=st.none() | points,
            ),
            min_size=1,
            max_size=2,
        ).map(tuple),
        lang=st.sampled_from(["zh-CN", "en"]),
        description=maybe_texts,
        track=st.none() | slugs,
        tier=st.none() | slugs,
        pass_mark=points.map(lambda p: PassMark(points=p)) | st.just(PassMark(Fraction(3, 5))),
        time_limit_minutes=st.none() | st.integers(1, 999),
        total=st.none() | points,
        license=st.none() | words,
        authors=some_words,
    )
)
def test_a_bank_comes_back_equal(bank: Bank) -> None:
    back = codec.read_bank(bank.id, codec.header_json(bank), [s.items for s in bank.sections])
    assert back == bank
