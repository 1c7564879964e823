"""Examples with the expected findings written into them: `⟨E222⟩F` means E222 at the letter F."""

import re
import textwrap

from app.banks.loader import Loaded, load_text

MARK = re.compile(r"⟨([A-Z]\d{3}(?:\.\w+)?)⟩")


def unmarked(text: str) -> tuple[str, list[str]]:
    """The text without its marks, and what they expect, as `LINE:COL CODE`."""
    expected = []
    while found := MARK.search(text):
        before = text[: found.start()]
        line, col = before.count("\n") + 1, found.start() - before.rfind("\n")
        expected.append(f"{line}:{col} {found.group(1)}")
        text = before + text[found.end() :]
    return text, sorted(expected)


def findings(loaded: Loaded) -> list[str]:
    """What was found about the format, in the same form, with variants.

    The examples are as short as can be; how well they are written is tested in tests/itemlint.
    """
    return sorted(f"{p.line}:{p.col} {p.key}" for p in loaded.problems if not p.is_style)


def lint(text: str) -> list[str]:
    return findings(load_text(text))


def item(fields: str, kind: str = "single", section: str = "", bank: str = "") -> str:
    """A bank with one item. `fields` replaces or adds fields of that item."""
    usual = {
        "single": {"options": "{A: 甲, B: 乙, C: 丙}", "answer": "A"},
        "multi": {"options": "{A: 甲, B: 乙, C: 丙}", "answer": "[A, B]"},
        "true_false": {"answer": "对"},
        "short": {"answer": "答出要点即可"},
    }[kind]
    fields = textwrap.dedent(fields).strip("\n")
    written = {line.split(":")[0] for line in MARK.sub("", fields).splitlines() if line[:1] != " "}
    lines = [] if "id" in written else ["id: q1"]
    lines += [] if "stem" in written else ["stem: 选哪一个"]
    lines += [f"{key}: {value}" for key, value in usual.items() if key not in written]
    lines += [line for line in fields.splitlines() if line != "-"]
    lines = [line for line in lines if not line.startswith("no-")]
    body = textwrap.indent("\n".join(lines), "        ")
    head = [f"type: {kind}", "points_each: 5", *filter(None, section.split("\n"))]
    return (
        "schema: qbank/1\nid: example\ntitle: 例子\n"
        + (bank and bank + "\n")
        + "sections:\n  - title: 一\n"
        + textwrap.indent("\n".join(head), "    ")
        + "\n    items:\n      - "
        + body.lstrip()
        + "\n"
    )


def without(fields: str, text: str) -> str:
    """`text` without the lines of these fields (their names, separated by spaces)."""
    names = tuple(f"{name}:" for name in fields.split())
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.strip().startswith(names))
