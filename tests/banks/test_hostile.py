"""Broken and hostile files: never a crash, always a place, and a bound on time and memory."""

import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.banks.loader import _parse, forget_all, load_bytes, load_path, parse
from app.banks.messages import LANGS
from app.banks.reader import MAX_BYTES, PurePythonParser
from tests.banks.marked import item
from tests.scale import SCALE, times

EXAMPLE = (Path(__file__).parent / "data" / "example-bank.zh.yaml").read_bytes()
SHIPPED = Path(__file__).resolve().parents[2] / "question_banks"
MUTATIONS = times(10_000, soak=1_000_000)
SIGNS = [
    *[
        ":",
        "#",
        "-",
        "[",
        "]",
        "{",
        "}",
        "&",
        "*",
        "!",
        "|",
        ">",
        "'",
        '"',
        "%",
        "@",
        "`",
        ",",
        "?",
        "：",
        "“",
        "”",
        "\u3000",
    ],
    *["\t", "\n", "\r", "\x00", "\ufeff", "---\n", "<<: ", "answer: ", "  ", "\\", "💥", "zh-CN: "],
]


def mutate(lines: list[bytes], rng: random.Random) -> bytes:
    """One to three small accidents: what a hand, an editor or a merge does to a file."""
    lines = list(lines)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(lines))
        line = lines[at]
        cut = rng.randrange(len(line) + 1)
        match rng.randrange(8):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[rng.randrange(len(lines))])
            case 2:
                other = rng.randrange(len(lines))
                lines[at], lines[other] = lines[other], line
            case 3:
                lines[at] = line[:cut] + rng.choice(SIGNS).encode() + line[cut:]
            case 4:
                lines[at] = line[:cut] + line[cut + rng.randint(1, 4) :]
            case 5:
                lines[at] = b" " * rng.randint(1, 3) + line
            case 6:
                lines[at] = line.removeprefix(b" " * rng.randint(1, 3))
            case _:
                lines[at] = line[:cut] + bytes([rng.randrange(256)]) + line[cut:]
        if not lines:
            return b""
    return b"\n".join(lines)


def example_lines() -> list[bytes]:
    """A short bank with one item of every type, so that ten thousand of them are quick."""
    text = EXAMPLE.split(b"\n")
    keep = [*text[:30], *text[56:66], *text[85:96], *text[101:122]]
    return [line for line in keep if not line.startswith(b"#")]


@pytest.mark.timeout(60 * SCALE)
def test_ten_thousand_broken_banks_and_not_one_crash() -> None:
    rng = random.Random(20261122)
    lines, refused = example_lines(), 0
    for _ in range(MUTATIONS):
        data = mutate(lines, rng)
        parsed = _parse(data, "", None)
        text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
        for found in parsed.problems:
            assert 1 <= found.line <= text.count("\n") + 1
            assert found.col >= 1
            assert all(found.message(lang) for lang in LANGS)
        is_refused = any(found.level == "error" for found in parsed.problems)
        assert is_refused == (parsed.bank is None)
        refused += is_refused
    assert refused > MUTATIONS // 2


def test_both_parsers_agree_on_what_is_refused() -> None:
    rng = random.Random(7)
    lines, differ = example_lines(), []
    for _ in range(300):
        data = mutate(lines, rng)
        fast, slow = _parse(data, "", None), _parse(data, "", PurePythonParser)
        first = [(p.line, p.key) for p in fast.problems], [(p.line, p.key) for p in slow.problems]
        if first[0] != first[1] and b"\t" not in data:
            differ.append(first)
    # libyaml and PyYAML differ on rare broken files; both refuse them.
    assert len(differ) <= 6, differ[:10]
    assert all(fast and slow for fast, slow in differ)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_problems_and_no_crash(data: bytes) -> None:
    assert parse(data).problems


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_as_a_stem_survives_or_is_refused(text: str) -> None:
    quoted = "".join(c if c.isprintable() and c != "'" else " " for c in text).strip()
    bank = load_bytes(item(f"stem: '{quoted or '题'}'").encode("utf-8", "replace")).bank
    assert bank is not None
    assert load_bytes(item("stem: " + text).encode("utf-8", "replace")) is not None


HOSTILE = {
    "many anchors": b"a: &a [x,x]\nb: &b [*a,*a]\n" + b"c: [*b,*b]\n" * 1000,
    "deep lists": b"[" * 2_000_000,
    "deep maps": b"{a: " * 1_000_000,
    "deep dashes": b"- " * 2_000_000,
    "one long line": b"a: " + b"x" * 5_000_000,
    "one long key": b"x" * 5_000_000 + b": a",
    "one long quote": b'a: "' + b"\\u4e2d" * 800_000,
    "many keys": b"".join(b"k%d: v\n" % n for n in range(500_000))[: MAX_BYTES - 1],
    "many documents": b"---\n" * 500_000,
    "many comments": b"#\n" * 2_000_000,
    "many blank lines": b"\n" * 4_000_000,
    "many question marks": b"? " * 1_000_000,
    "many digits": b"schema: qbank/1\ntotal: " + b"9" * 19_000,
    "code": b"!!python/object/apply:os.system ['echo']",
}


def resident(line: str) -> int:
    """Bytes of this process in memory: `VmRSS` now, `VmHWM` the most since it was reset."""
    found = re.search(rf"{line}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_little(name: str) -> None:
    """The memory is that of the process: what the parser takes in C counts too."""
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    started = time.process_time()
    problems = _parse(HOSTILE[name], "", None).problems
    seconds = time.process_time() - started
    peak = resident("VmHWM") - before
    assert problems
    assert any(found.level == "error" for found in problems)
    assert seconds < 5
    assert peak < 700 * 1024 * 1024


def test_the_control_memory_that_was_taken_and_given_back_is_noticed() -> None:
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    assert len(bytearray(b"x") * (100 * 1024 * 1024)) > 0
    assert resident("VmHWM") - before > 90 * 1024 * 1024


def ten_thousand_items() -> bytes:
    rows = ["schema: qbank/1\nid: big\ntitle: 大题库\nsections:"]
    for number in range(10_000):
        if number % 1000 == 0:
            rows.append(f"  - title: 第 {number} 节\n    type: single\n    items:")
        rows.append(
            f"      - id: item-{number:05d}\n"
            f"        stem: 第 {number} 题：客户在第一次拜访时说“预算今年没有了”，"
            "销售人员最应该先做的一件事是什么？\n"
            "        options:\n"
            "          A: 完整介绍公司历史与荣誉\n"
            "          B: 说明来意并征得对方同意的议程与时间\n"
            "          C: 直接报出最低折扣\n"
            "          D: 询问对方竞品的合同价格，以便给出更有力的报价\n"
            "        answer: B\n"
            "        why: 先对齐议程与时间，客户才愿意进入提问环节；{A}、{C} 都跳过了客户视角。\n"
            "        competencies: [insight, influence]\n"
            "        tags: [拜访, 第1课]\n"
            "        difficulty: 2\n"
        )
    return "\n".join(rows).encode()


def test_ten_thousand_items_are_read_once_and_kept_while_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(ten_thousand_items())
    forget_all()
    first = load_path(path)
    assert [found for found in first.problems if not found.is_style] == []
    assert len(first.bank.items) == 10_000
    assert load_path(path).bank is first.bank
    path.write_bytes(path.read_bytes().replace(b"item-00000", b"item-first"))
    assert load_path(path).bank is not first.bank
    forget_all()


def test_the_shipped_banks_survive_being_cut_anywhere() -> None:
    data = (SHIPPED / "needs-discovery-spin.yaml").read_bytes()[:8000]
    for length in range(0, len(data), 97):
        parsed = _parse(data[:length], "", None)
        assert parsed.problems
