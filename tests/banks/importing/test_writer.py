"""What is written is read back as the same bank, whatever the texts hold."""

import unicodedata
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.banks.importing.check import findings
from app.banks.loader import load_bytes, load_text
from app.banks.writer import found_of, to_yaml
from app.domain.imports import FoundBank, FoundItem, FoundSection, Place
from app.domain.items import (
    Bank,
    Choice,
    Criterion,
    Grading,
    Item,
    ItemStatus,
    ItemType,
    Option,
    PassMark,
    Rule,
    Section,
    ShortAnswer,
    TrueFalse,
)

ROOT = Path(__file__).resolve().parents[3]
BANKS = sorted((ROOT / "question_banks").glob("*.yaml"))
BANKS += [ROOT / "tests" / "banks" / "data" / "example-bank.zh.yaml"]

NASTY = [
    " # 12",
    "编号 #12 的订单",
    "注意: 先看题",
    "key: ",
    "a：1",
    "zh-CN：x",
    "结尾:",
    "- 选",
    "-1",
    "@全体",
    "% 5",
    "& a",
    "*星*",
    "**不是**",
    "! 重要",
    "{姓名}",
    "[重要]",
    '"引号"开头',
    "'a' 是",
    "`code`",
    "> 5",
    "| a",
    "? 选",
    ", 开头",
    "~",
    "null",
    "yes",
    "No",
    "对",
    "1.10",
    "010",
    "0x1F",
    "12:30",
    "1e3",
    "2024-01-01",
    "=",
    "<<",
    "---",
    "...",
    "\\n",
    'C:\\temp "x"',
    "it's",
    "’",
    "（）：①",
    "e\u0301",
    "A\tB",
    "\u2028",
    "\ufeff",
    "\x00",
    "\x85",
    "多行\n第二行",
    "a\n\n\n  b",
    "a\n  \n- b",
    "x\n\ty",
    "\u3000缩进",
    "😀",
    "#",
]

words = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=30),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=3).map("".join),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=3).map("\n".join),
).filter(lambda text: _normal(text) != "" and not any(0xD800 <= ord(c) <= 0xDFFF for c in text))
short_words = st.text("abc甲乙 ,:#[]{}'\"-*&|", min_size=1, max_size=12).filter(
    lambda text: text.strip() == text and "|" not in text
)
texts = st.one_of(
    words.map(lambda text: {"zh-CN": text}),
    st.tuples(words, words).map(lambda pair: {"zh-CN": pair[0], "en": pair[1]}),
    words.map(lambda text: {"en": text}),
)
points = st.integers(1, 4000).map(lambda n: Fraction(n, 4))


def _normal(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text).strip()


def normal(text):
    return text and {lang: _normal(said) for lang, said in text.items()}


@st.composite
def choices(draw):
    count = draw(st.integers(2, 10))
    written = [f"{draw(words)}{n}" for n in range(count)]
    options = tuple(
        Option("ABCDEFGHIJ"[n], {"zh-CN": _normal(text)}, normal(draw(st.none() | texts)))
        for n, text in enumerate(written)
    )
    letters = "ABCDEFGHIJ"[:count]
    if draw(st.booleans()):
        key = draw(st.sets(st.sampled_from(letters), min_size=1))
        return Choice(options, frozenset(key), True, draw(st.sampled_from(Rule)))
    return Choice(options, frozenset(draw(st.sampled_from(letters))), False, Rule.ALL_OR_NOTHING)


@st.composite
def shorts(draw):
    rubric = tuple(
        Criterion(
            f"c{n}",
            draw(points),
            normal(draw(texts)),
            keywords=tuple((word,) for word in draw(st.lists(short_words, max_size=3))),
            vetoes=tuple(draw(st.lists(short_words, max_size=2))),
        )
        for n in range(draw(st.integers(0, 3)))
    )
    model = normal(draw(texts if not rubric else st.none() | texts))
    return ShortAnswer(rubric, model, True, draw(st.sampled_from(Grading)), draw(st.integers(1, 9)))


@st.composite
def banks(draw):
    sections = []
    for number in range(draw(st.integers(1, 3))):
        items = []
        for place in range(draw(st.integers(1, 3))):
            body = draw(st.one_of(choices(), shorts(), st.booleans().map(TrueFalse)))
            items.append(
                Item(
                    id=f"q{number}-{place}",
                    stem=normal(draw(texts)),
                    body=body,
                    points=draw(points),
                    why=normal(draw(st.none() | texts)),
                    tags=tuple(dict.fromkeys(draw(st.lists(short_words, max_size=3)))),
                    difficulty=draw(st.integers(1, 5)),
                    status=draw(st.sampled_from(ItemStatus)),
                    shuffle=draw(st.booleans()),
                    source=draw(st.none() | short_words),
                )
            )
        sections.append(Section(normal(draw(texts)), tuple(items), normal(draw(st.none() | texts))))
    return Bank(
        id="b",
        title=normal(draw(texts)),
        sections=tuple(sections),
        description=normal(draw(st.none() | texts)),
        pass_mark=PassMark(share=Fraction(draw(st.integers(1, 99)), 100)),
        authors=tuple(dict.fromkeys(draw(st.lists(short_words, max_size=2)))),
    )


@settings(max_examples=120, deadline=None)
@given(banks())
def test_any_bank_written_and_read_is_the_same_bank(bank: Bank) -> None:
    text = to_yaml(found_of(bank), bank_id="b", title=next(iter(bank.title.values())))
    loaded = load_text(text)
    assert [found for found in loaded.errors if found.code != "E212"] == []
    if loaded.bank is not None:
        assert loaded.bank == bank


@pytest.mark.parametrize("text", NASTY)
def test_each_nasty_text_survives_as_stem_option_tag_and_in_two_languages(text: str) -> None:
    if not _normal(text):
        return
    found = _one(text, {"zh-CN": text, "en": text})
    bank = load_text(to_yaml(found, bank_id="b", title=text)).bank
    assert bank is not None
    assert bank.title == {"zh-CN": _normal(text)}
    assert bank.items[0].stem == {"zh-CN": _normal(text), "en": _normal(text)}
    assert bank.items[0].body.options[0].text == {"zh-CN": _normal(text)}


def _one(option, stem, **more):
    item = FoundItem(
        place=Place(1),
        source="",
        stem=stem,
        type=ItemType.SINGLE,
        options=(("A", {"zh-CN": option}), ("B", {"zh-CN": "另一项 b"})),
        answer=("A",),
        **more,
    )
    return FoundBank((FoundSection(Place(1), (item,)),))


@pytest.mark.parametrize("path", BANKS, ids=lambda path: path.stem)
def test_our_own_banks_written_again_are_equal(path: Path) -> None:
    bank = load_bytes(path.read_bytes()).bank
    if bank is not None:  # the framework lies in the same folder
        title = bank.title["zh-CN"]
        again = load_text(to_yaml(found_of(bank), bank_id=bank.id, title=title))
        assert again.bank == bank


def test_the_file_is_readable_and_quotes_only_what_needs_it() -> None:
    found = _one("10 个", {"zh-CN": "编号 #12 的订单（  ）"}, why={"zh-CN": "先\n后"})
    assert to_yaml(found, bank_id="my-bank", title="小测") == (
        "schema: qbank/1\nid: my-bank\ntitle: 小测\nlang: zh-CN\n\nsections:\n"
        "  - title: 单选题\n    type: single\n    items:\n      - id: my-bank-001\n"
        '        stem: "编号 #12 的订单（  ）"\n        options:\n          A: 10 个\n'
        "          B: 另一项 b\n        answer: A\n        why: |-\n          先\n          后\n"
    )


def test_ids_of_the_source_stay_and_the_rest_is_numbered() -> None:
    one = _one("甲", {"zh-CN": "题"}).items[0]
    items = tuple(replace(one, id=name) for name in ("q-7", None, "q-7", "题", "b-002"))
    found = FoundBank((FoundSection(Place(1), items),))
    text = to_yaml(found, bank_id="b", title="卷")
    loaded = load_text(text)
    assert [item.id for item in loaded.bank.items] == ["q-7", "b-002x", "b-003", "b-004", "b-002"]
    assert to_yaml(found, bank_id="b", title="卷") == text


def test_what_has_no_words_keeps_its_place_and_is_told() -> None:
    item = replace(_one("甲", {"zh-CN": ""}).items[0], why={"zh-CN": " "})
    found = FoundBank(
        (FoundSection(Place(3), (replace(item, options=(("A", {}), *item.options[1:])),)),)
    )
    loaded = load_text(to_yaml(found, bank_id="b", title="卷"))
    assert [problem.key for problem in loaded.errors] == ["E103.empty", "E103.empty"]
    assert {"E608", "E608.option"} <= {problem.key for problem in findings(found)}


def test_what_lacks_a_key_or_a_type_is_a_draft() -> None:
    one = _one("甲", {"zh-CN": "题一"}).items[0]
    items = (
        one,
        replace(one, stem={"zh-CN": "题二"}, answer=()),
        replace(one, stem={"zh-CN": "题三"}, type=None),
        FoundItem(Place(1), "", {"zh-CN": "题四"}, ItemType.SHORT),
        FoundItem(Place(1), "", {"zh-CN": "题五"}, ItemType.SHORT, model_answer={"zh-CN": "要点"}),
        FoundItem(Place(1), "", {"zh-CN": "题六"}, ItemType.TRUE_FALSE),
    )
    loaded = load_text(
        to_yaml(FoundBank((FoundSection(Place(1), items),)), bank_id="b", title="卷")
    )
    assert loaded.errors == ()
    drafts = [item.status is ItemStatus.DRAFT for item in loaded.bank.items]
    assert drafts == [False, True, True, True, False, True]
