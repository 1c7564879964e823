"""An import inside a function says why it is not at the top, as an exception from a rule should."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BARE = re.compile(r"# noqa: PLC0415\s*$")


def test_every_late_import_says_why():
    files = [ROOT / "run.py", *(ROOT / "app").rglob("*.py")]
    assert len(files) > 100
    bare = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if BARE.search(line)
    ]
    assert not bare, bare
