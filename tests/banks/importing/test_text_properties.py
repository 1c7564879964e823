"""Whatever is typed, nothing crashes or is lost; a paper made by rule is read back exactly."""

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from app.banks.importing import read_file
from app.banks.importing.check import findings
from app.banks.importing.script import Script, is_fence, is_page_number, plain_lines, tidy
from app.banks.importing.text import Use, _Paper
from app.banks.loader import load_text
from app.banks.writer import to_yaml
from app.domain.items import ItemType

HAN_SIGNS = re.compile("[\u4e00-\u9fff]")
PAPERS = Path(__file__).parent / "papers"
LINES = sorted(
    {
        line
        for path in PAPERS.glob("*.txt")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    }
)
WHOLE = [path.read_text(encoding="utf-8") for path in sorted(PAPERS.glob("*.txt"))]


def assert_nothing_is_lost(source: str) -> None:
    lines = plain_lines(tidy(source))
    paper = _Paper(Script(lines), ())
    found = paper.read()
    script = paper.script
    left = "\n".join(str(n.params["text"]) for n in found.notes if n.key == "W602")
    covered = sorted((start, end) for start, end, _ in paper.uses)
    at = 0
    for start, end in [*covered, (len(script.text),) * 2]:
        for piece in script.text[at : max(at, start)].split("\n"):
            assert piece.strip() in left
        at = max(at, end)
    # What an item claims is shown beside it.
    shown = "\n".join(item.source for item in found.items)
    for start, end, use in paper.uses:
        if use is Use.ITEM:
            assert script.text[start:end].strip() in shown
    # Marks of chat programs go; characters stay.
    rows = tidy(source).split("\n")
    kept = [line for line in rows if not (is_fence(line) or is_page_number(line))]
    assert HAN_SIGNS.findall("\n".join(kept)) == HAN_SIGNS.findall(script.text)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(LINES), st.just(""), st.text(max_size=20)), max_size=25))
def test_rowsof_papers_in_any_order_are_never_lost(lines: list[str]) -> None:
    assert_nothing_is_lost("\n".join(lines))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_mutated_paper_never_crashes_and_is_always_writable(data) -> None:
    text = data.draw(st.sampled_from(WHOLE))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 40)))
        new = data.draw(
            st.one_of(st.text(max_size=6), st.sampled_from(["\n", "A.", "1.", "（", "答案："]))
        )
        text = text[:start] + new + text[end:]
    assert_nothing_is_lost(text)
    found = read_file("x.txt", text.encode("utf-8", "replace"))
    told = findings(found)
    assert all(problem.message("zh-CN") and problem.message("en") for problem in told)
    if found.items:
        loaded = load_text(to_yaml(found, bank_id="b", title="卷"))
        assert [problem for problem in loaded.problems if problem.code.startswith("E0")] == []


# ---------------------------------------------------------------- papers made by rule

HAN = "客户需求价值提问倾听记录跟进复盘目标流程能力报价合同拜访"
phrases = st.text(HAN, min_size=4, max_size=12)


@st.composite
def papers(draw):
    """A paper's text and what must be read from it."""
    number = draw(st.sampled_from([".", "、", "．", ". "]))
    letter = draw(st.sampled_from([".", "、", "．", ". ", "："]))
    between = draw(st.sampled_from(["\n", " ", "", "\t"]))
    gap = draw(st.sampled_from(["\n", "", "\n\n"]))
    kinds = draw(st.permutations(["单选题", "多选题", "判断题"]))
    where = draw(st.sampled_from(["bracket", "line", "none"]))
    text, wanted = "", []
    for place, kind in enumerate(kinds):
        each = draw(st.integers(1, 10))
        text += ("\n" if gap or place == 0 else "") + f"{'一二三'[place]}、{kind}（每题{each}分）\n"
        for n in range(1, draw(st.integers(2, 5))):
            stem, key, options = draw(phrases), (), []
            if kind == "判断题":
                key = draw(st.sampled_from([("true",), ("false",)]))
            else:
                count = draw(st.integers(3, 6))
                options = [draw(phrases) for _ in range(count)]
                most = 1 if kind == "单选题" else count
                letters = st.sets(st.sampled_from("ABCDEF"[:count]), min_size=1, max_size=most)
                key = tuple(sorted(draw(letters)))
            said = {"true": "√", "false": "×"}.get(key[0], "".join(key))
            bracket = said if where == "bracket" else "  "
            text += f"{n}{number}{stem}（{bracket}）" + ("\n" if options else "")
            text += between.join(f"{'ABCDEF'[i]}{letter}{one}" for i, one in enumerate(options))
            text += f"\n答案：{said}\n" if where == "line" else gap or ("" if options else "\n")
            wanted.append((kind, stem, options, key if where != "none" else ()))
        text += "" if text.endswith("\n") or not gap else "\n"
    return text, wanted


NAMES = {"单选题": ItemType.SINGLE, "多选题": ItemType.MULTI, "判断题": ItemType.TRUE_FALSE}


@settings(max_examples=200, deadline=None)
@given(papers())
def test_a_paper_made_by_rule_is_read_back_exactly(paper) -> None:
    text, wanted = paper
    found = read_file("x.txt", text.encode())
    got = [
        (
            item.type or section.type,
            item.stem["zh-CN"].replace("（  ）", ""),
            [said["zh-CN"] for _, said in item.options],
            item.answer,
        )
        for section in found.sections
        for item in section.items
    ]
    assert got == [(NAMES[kind], stem, options, key) for kind, stem, options, key in wanted], text
