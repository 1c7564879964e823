"""A change in one place leaves every other line as its author wrote it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.banks import patch
from app.banks.patch import CannotPatchError, Raw

ROOT = Path(__file__).resolve().parents[2]
BANKS = {
    path.stem: text
    for path in sorted((ROOT / "question_banks").glob("*.yaml"))
    if "qbank/1" in (text := path.read_text(encoding="utf-8"))
}
ODD = """\
# 第一行注
schema: qbank/1   # 种类
id: odd
title: "引号里的 \\"标题\\""
sections:
  # 第一部分之前
  - title: 一
    type: single
    points_each: 5
    items:
      - id: o-1   # 第一题
        stem: 问什么 # 行尾注
        options: {A: 甲, B: '乙''s', C: "丙, 丁"}
        answer: B
        # 难度以后再定
        x-note: 留着

      # 第二题之前
      - {id: o-2, stem: 花括号里的一题, options: {A: 一, B: 二}, answer: A}
      - id: o-3
        stem: |
          两行
          # 不是注
        options:
          # 选项之前
          A: 子  # 甲注
          B: >-
            折起来的
            长句
        answer: [A]
        why: ''
"""
TEXTS = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cn", "Co")),
        min_size=1,
        max_size=40,
    )
    .map(str.strip)
    .filter(lambda text: text and "\ufeff" not in text)
)


def items(text: str) -> list[patch.Path]:
    return [
        ("sections", s, "items", n)
        for s, section in enumerate(patch.plain_text(text)["sections"])
        for n in range(len(section["items"]))
    ]


def value(text: str, path: patch.Path):
    found = patch.plain_text(text)
    for step in path:
        found = found[step]
    return found


def only_changed(old: str, new: str) -> tuple[list[str], list[str]]:
    """The lines between the first and the last one that differ."""
    before, after = old.split("\n"), new.split("\n")
    while before and after and before[0] == after[0]:
        before, after = before[1:], after[1:]
    while before and after and before[-1] == after[-1]:
        before, after = before[:-1], after[:-1]
    return before, after


@pytest.mark.parametrize("name", [*BANKS, "odd"])
def test_one_field_of_any_item_is_one_change_of_the_text(name: str) -> None:
    text = BANKS.get(name, ODD)
    for path in items(text)[::5]:
        old = value(text, path)
        done = patch.edit(text, path, {"source": "新的出处：第 3 章 #4"})
        before, after = only_changed(text, done)
        assert len(before) <= 1
        assert len(after) <= 1
        assert value(done, path) == {**old, "source": "新的出处：第 3 章 #4"} | {}
        back = patch.edit(done, path, {"source": old.get("source")})
        assert patch.plain_text(back) == patch.plain_text(text)


@settings(deadline=None, max_examples=120)
@given(words=TEXTS, n=st.integers(0, 2), field=st.sampled_from(["stem", "x-note", "why"]))
def test_any_text_in_any_field_comes_back_and_comments_stay(words: str, n: int, field: str) -> None:
    path = items(ODD)[n]
    done = patch.edit(ODD, path, {field: words})
    assert value(done, path)[field] == words
    for line in ODD.split("\n"):
        if line.strip().startswith("#") and "不是注" not in line:
            assert line in done.split("\n")
    for other in items(ODD):
        if other != path:
            assert value(done, other) == value(ODD, other)


@settings(deadline=None, max_examples=80)
@given(lines=st.lists(TEXTS, min_size=2, max_size=4), n=st.integers(0, 2))
def test_several_lines_come_back_or_are_refused(lines: list[str], n: int) -> None:
    path, words = items(ODD)[n], "\n".join(lines)
    done = patch.edit(ODD, path, {"stem": words})
    assert value(done, path)["stem"] == words


@settings(deadline=None, max_examples=80)
@given(texts=st.lists(TEXTS, min_size=2, max_size=6, unique=True), n=st.integers(0, 2))
def test_options_are_added_changed_and_taken_away(texts: list[str], n: int) -> None:
    path = items(ODD)[n]
    options = dict(zip("ABCDEF", texts, strict=False))
    done = patch.edit(ODD, path, {"options": options})
    assert value(done, path)["options"] == options
    assert "# 第二题之前" in done


def test_a_changed_option_changes_its_own_words_alone() -> None:
    done = patch.edit(
        ODD, ("sections", 0, "items", 2), {"options": {"A": "丑", "B": "折起来的 长句"}}
    )
    assert only_changed(ODD, done) == (["          A: 子  # 甲注"], ["          A: 丑  # 甲注"])
    done = patch.edit(ODD, ("sections", 0, "items", 0), {"answer": Raw("C")})
    assert only_changed(ODD, done) == (["        answer: B"], ["        answer: C"])


def test_quotes_stay_the_kind_they_were() -> None:
    done = patch.edit(ODD, ("sections", 0, "items", 0, "options"), {"B": "它's", "C": "戊, 己"})
    assert "B: '它''s', C: \"戊, 己\"" in done
    assert 'title: "新 \\"标题\\""' in patch.edit(ODD, (), {"title": '新 "标题"'})


def test_items_move_with_the_comment_above_them() -> None:
    path = ("sections", 0, "items")
    done = patch.move(ODD, path, 1, path, 0)
    assert [one["id"] for one in value(done, path)] == ["o-2", "o-1", "o-3"]
    lines = done.split("\n")
    at = lines.index("      # 第二题之前")
    assert lines[at + 1].startswith("      - {id: o-2")
    assert sorted(lines) == sorted(ODD.split("\n")), "every line is there once"


def test_items_are_put_in_taken_out_and_repeated() -> None:
    path = ("sections", 0, "items")
    more = patch.insert(ODD, path, 3, {"id": "o-4", "stem": "再来", "status": Raw("draft")})
    assert more.startswith(ODD.rstrip("\n"))
    assert patch.remove(more, path, 3) == ODD
    twice = patch.copy(ODD, path, 0, {"id": "o-9"})
    assert [one["id"] for one in value(twice, path)] == ["o-1", "o-9", "o-2", "o-3"]
    assert "x-note: 留着" in twice.split("o-9")[1]


@pytest.mark.parametrize("name", BANKS)
def test_shuffling_items_of_a_real_bank_loses_no_line(name: str) -> None:
    text = BANKS[name]
    last = len(patch.plain_text(text)["sections"]) - 1
    done = patch.move(text, ("sections", 0, "items"), 0, ("sections", last, "items"), 0)
    assert sorted(done.split("\n")) == sorted(text.split("\n"))


@pytest.mark.parametrize("text", ["a: [", "", "- a", "a: &x 1\nb: *x"])
def test_a_text_that_cannot_be_read_is_left_alone(text: str) -> None:
    with pytest.raises(CannotPatchError):
        patch.edit(text, ("sections", 0), {"title": "x"})
