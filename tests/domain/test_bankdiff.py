"""What changed between two versions, in a trainer's sentences."""

from dataclasses import replace
from fractions import Fraction

import pytest

from app.domain.bankdiff import compare, sentence
from app.domain.items import (
    Bank,
    Choice,
    Criterion,
    Item,
    ItemStatus,
    Option,
    PassMark,
    Rule,
    Section,
    ShortAnswer,
    TrueFalse,
)

ZH, EN = "zh-CN", "en"


def words(text: str) -> dict[str, str]:
    return {ZH: text}


def choice(name: str, key: str = "B", multiple: bool = False, stem: str = "") -> Item:
    options = tuple(Option(letter, words(f"{name} {letter}")) for letter in "ABCD")
    body = Choice(options, frozenset(key), multiple, Rule.SUBSET)
    return Item(name, words(stem or f"题干 {name}"), body, Fraction(5))


ITEMS = (
    choice("one"),
    choice("two", "AC", multiple=True),
    Item("three", words("一句话"), TrueFalse(key=True), Fraction(5)),
    Item(
        "four",
        words("写一段"),
        ShortAnswer((Criterion("c1", Fraction(5), words("说到价值")),), words("参考")),
        Fraction(5),
    ),
)
BANK = Bank("b", words("题库"), (Section(words("一"), ITEMS),))


def with_item(n: int, **more) -> Bank:
    items = tuple(replace(item, **more) if m == n else item for m, item in enumerate(ITEMS))
    return replace(BANK, sections=(replace(BANK.sections[0], items=items),))


def with_body(n: int, **more) -> Bank:
    return with_item(n, body=replace(ITEMS[n].body, **more))


def said(new: Bank, lang: str = ZH, old: Bank = BANK, **more) -> list[str]:
    return [sentence(change, lang) for change in compare(old, new, **more)]


SENTENCES = [
    (
        with_body(0, key=frozenset("C")),
        "第 1 题答案由 B 改为 C",
        "Key of item 1 changed from B to C",
    ),
    (
        with_body(1, key=frozenset("ABD")),
        "第 2 题答案由 A、C 改为 A、B、D",
        "Key of item 2 changed from A, C to A, B, D",
    ),
    (
        with_body(2, key=False),
        "第 3 题答案由 对 改为 错",
        "Key of item 3 changed from true to false",
    ),
    (
        with_item(0, stem=words("新的")),
        "第 1 题题干改了：题干 one → 新的",
        "Stem of item 1: 题干 one → 新的",
    ),
    (
        with_item(0, points=Fraction(5, 2)),
        "第 1 题由 5 分改为 2.5 分",
        "Item 1 is worth 2.5 points, 5 before",
    ),
    (
        with_item(0, status=ItemStatus.RETIRED),
        "第 1 题由在用变为停用",
        "Item 1 is retired now, active before",
    ),
    (
        with_body(1, rule=Rule.NET),
        "第 2 题的计分由“少选按比例，错选不得分”改为“选对减选错”",
        (
            "Scoring of item 2 changed from “a share for a part, none for a wrong one” to"
            " “right less wrong”"
        ),
    ),
    (
        replace(BANK, pass_mark=PassMark(points=Fraction(12))),
        "及格线由 60% 改为 12 分",
        "Pass mark changed from 60% to 12 points",
    ),
    (
        replace(BANK, time_limit_minutes=30),
        "限时由 0 分钟改为 30 分钟",
        "Time limit changed from 0 to 30 minutes",
    ),
    (
        with_item(3, tags=("拜访",)),
        "第 4 题标签由 无 改为 拜访",
        "Tags of item 4 changed from none to 拜访",
    ),
]


@pytest.mark.parametrize(("new", "zh", "en"), SENTENCES)
def test_one_change_is_one_sentence(new: Bank, zh: str, en: str) -> None:
    assert said(new) == [zh]
    assert said(new, EN) == [en]


def test_equal_banks_differ_in_nothing() -> None:
    assert said(BANK) == []
    assert said(with_item(0, stem=words(" 题干   one "))) == [], "spaces tell nothing apart"


def test_new_and_missing_items_are_counted_and_named() -> None:
    more = replace(
        BANK, sections=(replace(BANK.sections[0], items=(*ITEMS, choice("x"), choice("y"))),)
    )
    assert said(more) == ["新增 2 题：第 5、6 题", "新增第 5 题：题干 x", "新增第 6 题：题干 y"]
    assert said(BANK, old=more)[0] == "去掉 2 题：原第 5、6 题"


def test_an_option_that_moved_with_its_key_is_no_other_key() -> None:
    options = ITEMS[0].body.options
    turned = tuple(
        Option(letter, option.text)
        for letter, option in zip("ABCD", reversed(options), strict=True)
    )
    assert said(with_body(0, options=turned, key=frozenset("C"))) == ["第 1 题的选项换了先后"]


def test_a_changed_option_and_a_new_one_are_told_apart() -> None:
    options = ITEMS[0].body.options
    new = (replace(options[0], text=words("改了")), *options[1:], Option("E", words("第五")))
    assert said(with_body(0, options=new)) == [
        "第 1 题选项 A 改了：one A → 改了",
        "第 1 题新增选项 E：第五",
    ]


def test_rubric_points_are_compared_by_their_id() -> None:
    criterion = Criterion("c1", Fraction(3), words("说到价值"))
    added = Criterion("c2", Fraction(2), words("给了案例"))
    assert said(with_body(3, rubric=(criterion, added))) == [
        "第 4 题评分点“说到价值”由 5 分改为 3 分",
        "第 4 题新增评分点（2 分）：给了案例",
    ]


def test_a_new_picture_under_the_old_name_counts() -> None:
    new = with_item(0, image="a.png")
    assert said(new) == ["第 1 题加了图片"]
    assert said(new, old=new, old_images={"one": "1"}, new_images={"one": "2"}) == [
        "第 1 题换了图片"
    ]


def test_another_key_among_moved_options_is_told_in_the_new_letters() -> None:
    options = ITEMS[0].body.options
    turned = tuple(
        Option(letter, option.text)
        for letter, option in zip("ABCD", reversed(options), strict=True)
    )
    assert said(with_body(0, options=turned, key=frozenset("B"))) == [
        "第 1 题的选项换了先后",
        "第 1 题答案由 C 改为 B",
    ]


def test_a_key_whose_text_was_mended_is_the_same_key() -> None:
    options = ITEMS[0].body.options
    new = (options[0], replace(options[1], text=words("别的")), *options[2:])
    assert said(with_body(0, options=new)) == ["第 1 题选项 B 改了：one B → 别的"]
