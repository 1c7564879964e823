"""Words of the rubric in an answer: found, in one language, never lost or made into markup."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.domain.items import Criterion
from app.grading import hits

WORDS = st.text("ab谁拍板<&.|( ", min_size=1, max_size=4)


def point(*group: str) -> Criterion:
    return Criterion("c", Fraction(1), {"zh-CN": "要点"}, (group,))


def marked(line: str, *rubric: Criterion) -> list[tuple[str, int]]:
    return [(one.text, one.number) for one in hits.pieces(line, rubric) if one.number]


def test_a_word_is_numbered_by_its_rubric_point() -> None:
    rubric = point("拍板", "决策人"), point("Priorit")
    found = marked("谁拍板？priorities first, 谁是决策人", *rubric)
    assert found == [("拍板", 1), ("priorit", 2), ("决策人", 1)]


def test_of_overlapping_words_the_longer_one_counts() -> None:
    assert marked("132600 元", point("132"), point("132600")) == [("132600", 2)]


def test_a_latin_word_does_not_begin_within_another() -> None:
    assert marked("husband and band", point("band")) == [("band", 1)]


@given(st.text("ab谁拍板<&.|( ", max_size=30), st.lists(WORDS, max_size=4))
def test_the_pieces_are_the_answer(line: str, words: list[str]) -> None:
    assert "".join(one.text for one in hits.pieces(line, [point(*words)])) == line


def test_synonyms_are_shown_in_the_language_of_the_answer() -> None:
    group = ("先签", "SLA", "132600", "start with")
    assert hits.in_language(group, "zh-CN") == ["先签", "SLA", "132600"]
    assert hits.in_language(group, "en") == ["SLA", "132600", "start with"]
    assert hits.in_language(("start with",), "zh-CN") == ("start with",)
    assert hits.language_of("先签 SLA", "en") == "zh-CN"
    assert hits.language_of("START", "zh-CN") == "en"
    assert hits.language_of("42", "zh-CN") == "zh-CN"
