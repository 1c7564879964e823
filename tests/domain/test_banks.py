"""Rules of a bank without a file: keys, letters, hashes."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.banks import (
    BankDraft,
    Finding,
    ItemDraft,
    SectionDraft,
    bare_letters,
    build,
    check,
    content_hash,
    fold,
    parse_letters,
    parse_true_false,
    scoring_hash,
)
from app.domain.items import (
    Choice,
    Criterion,
    Item,
    ItemType,
    Option,
    Rule,
    ShortAnswer,
    TrueFalse,
)

ZH = "zh-CN"


def choice(**more) -> Item:
    options = tuple(Option(letter, {ZH: f"选项{letter}"}) for letter in "ABC")
    body = Choice(options=options, key=frozenset("AB"), multiple=True)
    return replace(Item("q1", {ZH: "题干"}, body, Fraction(5)), **more)


@pytest.mark.parametrize(
    ("written", "letters"),
    [
        (["B"], ("B",)),
        (["A", "C"], ("A", "C")),
        (["AC"], ("A", "C")),
        (["A、C"], ("A", "C")),
        (["a, c"], ("A", "C")),
        (["Ａ；Ｃ"], ("A", "C")),
        (["A/B/A"], ("A", "B")),
        (["甲"], ("甲",)),
        (["1"], ("1",)),
        ([""], ()),
    ],
)
def test_keys_are_read_as_people_write_them(written, letters) -> None:
    assert parse_letters(written) == letters


@given(st.text(max_size=20))
def test_no_text_breaks_the_reading_of_keys(text: str) -> None:
    parse_letters([text])
    assert parse_true_false(text) in {True, False, None}


@given(st.sets(st.sampled_from("ABCDEFGHIJ")), st.sampled_from(["", ",", "、", " ", "；"]))
def test_every_way_of_joining_letters_reads_the_same(letters, joint) -> None:
    assert parse_letters([joint.join(sorted(letters))]) == tuple(sorted(letters))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{A} 与 {C} 都不对", ()),
        ("选 C 的人", ("C",)),
        ("A、B 都对", ("A", "B")),
        ("Option B is wrong", ("B",)),
        ("B is tempting", ("B",)),
        ("A seller asks first", ()),
        ("CRM、B2B、A/B 测试、A.I.、T 型", ()),
        ("专做 C 端", ()),
        ("选 J", ()),
    ],
)
def test_letters_named_outright_are_found_and_names_are_not(text, found) -> None:
    assert bare_letters(text, "ABC") == found


def test_rules_work_on_drafts_alone() -> None:
    item = ItemDraft(("items", 0), id="q", type=ItemType.TRUE_FALSE, answer=("maybe",))
    bank = BankDraft((SectionDraft(("sections", 0), (item,)),))
    assert check(bank) == [Finding("E225", ("items", 0, "answer"), {"value": ("maybe",)})]
    right = replace(item, answer=("对",))
    fine = BankDraft((SectionDraft(("sections", 0), (right,), total=Fraction(1)),), id="b")
    assert check(fine) == []
    assert build(fine).items[0].body == TrueFalse(key=True)


def test_points_left_out_are_those_of_the_criteria_else_one() -> None:
    criteria = (Criterion("a", Fraction(2), {}), Criterion("b", Fraction(1, 2), {}))
    assert ItemDraft((), rubric=criteria).worth == Fraction(5, 2)
    assert ItemDraft(()).worth == 1


CONTENT = {
    "stem": choice(stem={ZH: "另一题"}),
    "language": choice(stem={ZH: "题干", "en": "stem"}),
    "image": choice(image="a.png"),
    "option": choice(body=replace(choice().body, options=choice().body.options[:2])),
}
SCORING = {
    "key": choice(body=replace(choice().body, key=frozenset("AC"))),
    "rule": choice(body=replace(choice().body, rule=Rule.NET)),
    "points": choice(points=Fraction(4)),
}
NEITHER = {
    "why": choice(why={ZH: "理由"}),
    "tags": choice(tags=("a",), competencies=("insight",), difficulty=5, shuffle=False),
    "spaces": choice(stem={ZH: "  题干 "}),
    "nfc": choice(),
    "id": choice(id="q2"),
}


@pytest.mark.parametrize("name", CONTENT)
def test_what_a_learner_sees_moves_both_hashes(name) -> None:
    assert content_hash(CONTENT[name]) != content_hash(choice())
    assert scoring_hash(CONTENT[name]) != scoring_hash(choice())


@pytest.mark.parametrize("name", SCORING)
def test_what_scores_moves_the_scoring_hash_alone(name) -> None:
    assert content_hash(SCORING[name]) == content_hash(choice())
    assert scoring_hash(SCORING[name]) != scoring_hash(choice())


@pytest.mark.parametrize("name", NEITHER)
def test_the_rest_moves_neither(name) -> None:
    assert content_hash(NEITHER[name]) == content_hash(choice())
    assert scoring_hash(NEITHER[name]) == scoring_hash(choice())


def test_hashes_do_not_depend_on_how_unicode_spells_a_letter() -> None:
    composed, spelled = choice(stem={"en": "caf\u00e9"}), choice(stem={"en": "cafe\u0301"})
    assert content_hash(composed) == content_hash(spelled)
    wide = choice(stem={ZH: "①（）："})
    assert content_hash(wide) != content_hash(choice(stem={ZH: "1():"})), "NFC, never NFKC"


def test_every_part_of_a_rubric_scores() -> None:
    criterion = Criterion("a", Fraction(2), {ZH: "要点"}, (("甲", "乙"),), 1, ("丙",))
    short = replace(choice(), body=ShortAnswer((criterion,), {ZH: "参考"}, max_chars=100))
    seen = {scoring_hash(short)}
    for change in (
        {"id": "b"},
        {"points": Fraction(3)},
        {"point": {ZH: "别的"}},
        {"keywords": (("甲",), ("乙",))},
        {"need": None},
        {"vetoes": ()},
    ):
        body = replace(short.body, rubric=(replace(criterion, **change),))
        seen.add(scoring_hash(replace(short, body=body)))
    for change in ({"rubric_cap": True}, {"model_answer": None}, {"max_chars": 50}):
        seen.add(scoring_hash(replace(short, body=replace(short.body, **change))))
    assert len(seen) == 10


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
