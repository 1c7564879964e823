"""What a track file says that cannot work out: each finding at its place, and its near miss."""

import re
from pathlib import Path

import pytest

from app.banks.loader import Kind, load_text, load_tree
from app.banks.messages import LANGS

ROOT = Path(__file__).parents[2]
BANKS = ROOT / "question_banks"
PAGE = (ROOT / "docs" / "track-format.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL).group(1)


def codes(text: str) -> list[str]:
    """Code and place of each finding, with what stands there."""
    loaded = load_text(text)
    assert not loaded.errors, loaded.errors
    for problem in loaded.problems:
        for lang in LANGS:
            assert not re.search(r"[{}!！]", problem.message(lang))
    lines = text.splitlines()
    return [f"{one.key} {lines[one.line - 1][one.col - 1 :][:14]}" for one in loaded.problems]


def with_(old: str, new: str) -> str:
    assert old in EXAMPLE
    return EXAMPLE.replace(old, new, 1)


ROLEPLAY = """      - id: rp
        kind: roleplay
        title: 演练
        due: 3
        form: visit
        excludes: [%s]
        panel: [%s]
    gate:
"""


UNUSED = "forms:\n  - {id: other, title: 表, rows: [{id: r, title: 行}]}\n"


def test_the_example_of_the_format_page_loads_without_a_word() -> None:
    assert codes(EXAMPLE) == []


def test_the_shipped_tracks_are_clean() -> None:
    found = [one for one in load_tree([BANKS], root=BANKS) if one.kind is Kind.TRACK]
    assert len(found) == 3
    assert [str(problem) for one in found for problem in one.problems] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (with_("due: 4\n        form", "due: 5\n        form"), ["W420 watched, {comp"]),
        (with_("cooldown: 24h", "cooldown: 5d"), []),
        (with_("cooldown: 24h", "cooldown: 6d"), ["W421 test-product, "]),
        (with_("      extend: 3\n", "").replace("cooldown: 24h", "cooldown: 3d"), [
            "W421 test-product, "
        ]),
        (with_("    gate:\n", ROLEPLAY % ("mentor, trainer, manager, hr", "hr")), [
            "W423 [mentor, train",
            "W423.panel [hr]",
        ]),
        (with_("    gate:\n", ROLEPLAY % ("mentor, trainer, manager", "hr")), []),
        (with_("        anchors:", "        weight: 90\n        anchors:"), [
            "W424.sum 90",
        ]),
        (with_("        anchors:", "        weight: 100\n        anchors:"), []),
        (with_("    rows:\n", "    rows:\n      - {id: extra, title: 多一行, weight: 20}\n"), [
            "W424 opening"
        ]),
        (with_("forms:\n", UNUSED), ["W425 other, title: "]),
        (with_("renewal:", """  - id: later
    title: 以后
    activities:
      - {id: early, kind: seminar, title: 早了, due: -1}
renewal:"""), ["W426 -1}"]),
        (with_("due: 30", "due: 60"), []),
        (with_("due: 30", "due: 61"), ["W427 61"]),
    ],
)  # fmt: skip
def test_what_cannot_work_out_is_named_at_its_place(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


def test_a_row_must_name_a_competency_that_takes_its_kind_of_evidence(tmp_path) -> None:
    file = tmp_path / "track.yaml"
    file.write_text(EXAMPLE.replace("talk-tracks", "data-use"), "utf-8")
    [loaded] = load_tree([file], root=BANKS)
    assert loaded.problems == ()
    review = EXAMPLE.replace(
        "kind: observation\n        title: {zh-CN: 看一次拜访, en: One watched visit}\n"
        "        due: 4\n        form: visit\n        by: [mentor]",
        "kind: deliverable\n        title: 案例\n        due: 4\n        form: visit\n"
        "        reviews: 2\n        review_form: peers",
    ).replace(
        "forms:\n",
        "forms:\n  - {id: peers, title: 互评, rows: [{id: r, title: 行, competency: data-use}]}\n",
    )
    file.write_text(review, "utf-8")
    [loaded] = load_tree([file], root=BANKS)
    assert [(one.key, one.line) for one in loaded.problems] == [("W422", 12), ("W422", 18)]
    assert [str(one.params["kind"][0]) for one in loaded.problems] == ["peer", "work"]
