"""Four times the text costs four times the CPU, whatever the text is like; too much is refused.

Ratios of CPU time, not wall time: a busy machine changes nothing. A rule that looks over the same
stretch again at each place in it would cost sixteen times as much.
"""

import random
import time

import pytest

from app.banks.importing import read_file
from app.banks.importing.check import findings
from app.banks.importing.numbers import MOST_NUMBERS
from app.banks.importing.text import MOST_CHARACTERS, MOST_PARTS
from app.banks.messages import LANGS
from tests.scale import times

SIZE = 8_000
ITEM = "1. 题 A. 甲 B. 乙\n"
# What stands before, what is repeated, what stands behind.
SHAPES = {
    "one line": ("", "客户需求", ""),
    "blanks": ("1. 题", " ", "x"),
    "blanks of two kinds": ("1. 题", "\t ", "x\nA. 甲\nB. 乙"),
    "wide blanks": ("1. 题", "\u3000", "？"),
    "blanks in a heading": ("一、", " ", "单选题"),
    "blanks in the points": ("单选题 (", " ", "5 分"),
    "blanks before a heading": ("甲", " ", "一、单选题（每题5分）"),
    "blanks in a key": ("1. 题\nA. 甲\nB. 乙\n答案：", " ", "x"),
    "blanks in an option": ("1. 题\nA. 甲", " ", "x\nB. 乙"),
    "blanks in a range": (ITEM + "参考答案\n1-5", " ", "ABCDE"),
    "blanks in a table": ("题号", " ", "1\n答案 A"),
    "blank lines": (ITEM, "\n", "答案：A"),
    "blank lines above": ("", "\n", ITEM),
    "open brackets": ("一、单选题", "(", ""),
    "brackets": ("一、单选题", "()", ""),
    "brackets of two kinds": ("1. 题", "(【", "A"),
    "brackets with letters": ("1. 题", "（A", "\nA. 甲\nB. 乙"),
    "brackets with points": ("1. 题", "（5", ""),
    "underscores": ("1. 题", "_", "？"),
    "underscores apart": ("1. 题\n答案：", "_ ", "x"),
    "dots": ("1. 题", "…", "x"),
    "numbers alone": ("", "1.\n\n", ""),
    "numbers in a line": ("", "1.", ""),
    "digits": ("", "1", ""),
    "Chinese digits": ("", "一 ", ""),
    "bullets": ("", "- ", "1. 题"),
    "quotes": ("", "> ", "1. 题"),
    "bold": ("", "**", "答案"),
    "bold words": ("", "__答", "："),
    "rules": ("", "—·", "x"),
    "escapes": ("", "\\", ""),
    "keys in a line": (ITEM + "参考答案\n", "1 ", ""),
    "keys that lead nowhere": (ITEM + "参考答案\n", "1-5 ABCDE ", ""),
    "key letters": ("1. 题\nA. 甲\nB. 乙\n答案：", "A ", "x"),
    "key labels": ("", "答案：A\n", ""),
    "key titles": ("", "参考答案\n", ""),
    "open key labels": ("1. 题\n", "（答案：A", ""),
    "options": ("1. 题 ", "A. 甲 B. 乙 ", ""),
    "listed letters": ("1. 题 ", "A、B", ""),
    "items without numbers": ("一、单选题（每题5分）\n", "题目\nA. 甲\nB. 乙\n", ""),
    "statements": ("三、判断题（每题5分）\n", "题目（ ）\n", ""),
    "articles": ("", "五、总结\n一些话。\n", ""),
    "forms": ("", "姓名：____ ", ""),
    "tags": ("1. ", "（单选，", ""),
    "rows": ("题型,题干,选项A,选项B,答案\n", "单选题,题,甲,乙,A\n", ""),
    "commas": ("题型,题干,选项A,选项B,答案\n", ",", ""),
    "open cell": ('题型,题干,选项A,选项B,答案\n"', "x,", ""),
    "open GIFT": ("", "::q:: x {", ""),
    "GIFT answers": ("::q:: x {", "=a ~b ", "}"),
    "GIFT escapes": ("::q:: x {", "\\=", "}"),
    "Aiken options": ("Q\n", "A. x\n", "ANSWER: A\n"),
    "Aiken": ("", "Q\nA. x\nB. y\nANSWER: A\n\n", ""),
}
PIECES = (
    *("1.", "2、", "（1）", "A.", "B.", "C、", "（", "）", "(", "[", "【", "】", "A", "√"),
    *("答案", "答案：", "【答案】", "一、", "二、", "单选题", "判断题", "简答题", "每题"),
    *("(每题5分", "，共25分)", " ", "\n", "\t", "\n\n", "\u3000", "_", "__", "**", "*", "-", "- "),
    *("> ", "# ", "|", "1-5", "ABCDE", "\n参考答案\n", "解析：", "题号", "第", "题", "Part"),
    *("Answer:", "客户", "？", "。", ",", "：", "《", "》", "\\", "<br>", "姓名：", "满分", "时间"),
    *("…", "=", "×", "①", "2024.", "3.5", "a)", "五、总结", "{", "}", "~", "::", "ANSWER: A\n"),
    *("I", "Q1", "5", "对", "共", "分", '"'),
)  # fmt: skip


def cost(text: str) -> float:
    """CPU seconds of reading it and of what is said about it."""
    data = text.encode()
    start = time.process_time()
    findings(read_file("x.txt", data))
    return time.process_time() - start


def assert_cost_grows_with_size(before: str, unit: str, after: str) -> None:
    count = max(1, SIZE // len(unit))
    first = cost(before + unit * count + after)
    if first < 0.01:
        return  # sixteen times of it would still be nothing
    first = min(first, cost(before + unit * count + after))
    for _ in range(3):
        ratio = cost(before + unit * count * 4 + after) / first
        if ratio < 9:
            return
    raise AssertionError(f"four times the text, {ratio:.0f} times the CPU")


@pytest.mark.parametrize("name", SHAPES)
def test_a_degenerate_text_costs_in_proportion(name: str) -> None:
    assert_cost_grows_with_size(*SHAPES[name])


def test_whatever_is_repeated_costs_in_proportion() -> None:
    chance = random.Random(4)
    heads = ("", "1. 题", "一、单选题(每题5分)\n", ITEM + "答案：", ITEM + "参考答案\n")

    def some(least: int, most: int) -> str:
        return "".join(chance.choices(PIECES, k=chance.randint(least, most)))

    for _ in range(times(40, soak=3_000)):
        shape = (chance.choice(heads) + some(0, 2), some(1, 5), some(0, 3))
        try:
            assert_cost_grows_with_size(*shape)
        except AssertionError as slow:
            raise AssertionError(f"{shape}: {slow}") from slow


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("客户" * (MOST_CHARACTERS // 2 + 1), "E609"),
        ("1.\n\n" * 100_000, "E609.numbers"),
        ("1. x A. " * 200_000, "E609.numbers"),
        ("一、单选题（每题5分）\n1. 题\nA. 甲\nB. 乙\n" * 2_000, "E609.sections"),
        ("1. 题 A. 甲 B. 乙\n1-2 AB\n" * 2_000, "E609.sections"),
    ],
    ids=["characters", "numbers", "numbers in a line", "sections", "blocks of keys"],
)
def test_more_than_any_test_holds_is_refused_in_words_and_early(text: str, key: str) -> None:
    start = time.process_time()
    found = read_file("x.txt", text.encode())
    assert time.process_time() - start < 6
    assert found.items == ()
    (problem,) = findings(found)
    assert problem.key == key
    assert all(problem.message(lang) for lang in LANGS)


def test_two_megabytes_of_one_line_take_a_moment() -> None:
    start = time.process_time()
    read_file("x.txt", ("客户需求" * 170_000).encode())
    assert time.process_time() - start < 4


def test_the_largest_test_that_is_taken_is_still_read() -> None:
    """As many items as half the limit, in sections as long as they are in practice."""
    section = "".join(f"{n}. 客户先看什么（A）\nA. 甲\nB. 乙\n" for n in range(1, 101))
    text = "".join(f"{'一二三'[n % 3]}、单选题（每题5分）\n{section}" for n in range(20))
    found = read_file("x.txt", text.encode())
    assert len(found.items) == 2_000 < MOST_NUMBERS
    assert len(found.sections) == 20 < MOST_PARTS
