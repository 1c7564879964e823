"""Lint of 10,000 items, the first time and unchanged, beside bare PyYAML."""

import re
import tempfile
from pathlib import Path

import yaml

from app.banks import loader
from tests.bench.meter import Line, cpu_of, seconds_of, show

ROOT = Path(__file__).resolve().parents[2]
COPIES = 417  # of the 24 items of the CRM bank


def ten_thousand() -> str:
    """A bank whose sections hold the items of the CRM bank again and again, each its own."""
    text = (ROOT / "question_banks" / "crm-operations.yaml").read_text(encoding="utf-8")
    head, _, body = text.partition("sections:\n")
    parts = [head.replace("total: 100\n", ""), "sections:\n"]
    for section in re.split(r"(?m)^(?=  - title:)", body)[1:]:
        top, _, items = section.partition("    items:\n")
        parts += [re.sub(r"(?m)^    total:.*\n", "", top), "    items:\n"]
        for number in range(COPIES):
            own = items.replace("id: crm-", f"id: c{number:03d}-")
            parts.append(re.sub(r"stem: (?=[^\"'|>\n{])", f"stem: 第 {number} 组：", own))
    return "".join(parts)


def run() -> None:
    """Print the figures of reading banks."""
    folder = Path(tempfile.mkdtemp(prefix="lb-bench-"))
    path = folder / "big.yaml"
    path.write_text(ten_thousand(), encoding="utf-8")
    data = path.read_bytes()

    def fresh() -> None:
        loader.forget_all()
        found = loader.load_path(path)
        assert found.bank is not None, found.problems[:3]
        assert len(found.bank.items) >= 10_000

    first = cpu_of(fresh, times=3)
    loader.load_path(path)
    again = seconds_of(lambda: loader.load_path(path), times=9)
    bare = cpu_of(lambda: yaml.load(data, Loader=yaml.CSafeLoader), times=3)
    show(
        "Lint of 10,000 items",
        [
            Line("size", len(data) / 1024**2, "MB"),
            Line("CPU, first time", first, "s", 2),
            Line("bare yaml.load with the C loader", bare, "s"),
            Line("ratio to bare yaml.load", first / bare, "x"),
            Line("unchanged reload", 1000 * again, "ms"),
            Line("faster when unchanged", first / again, "x", 50, more_is_better=True),
        ],
    )
