"""Papers as trainers really have them: every item, type, key, total and finding is as expected.

`NAME.want` says it in lines: a line for each section (type, points of each, stated total, and of
each item the number of options and the key; `m` is a model answer, `-` nothing), `codes` all codes
that are told, `stem N`, `opt N LETTER`, `why N`, `points N` single texts of item N.
"""

from fractions import Fraction
from pathlib import Path

import pytest

from app.banks.importing import read_file
from app.banks.importing.check import findings
from app.banks.importing.naming import suggested_title
from app.banks.loader import load_text
from app.banks.writer import to_yaml
from app.domain.imports import FoundBank, FoundItem
from app.domain.items import text_in

PAPERS = sorted((Path(__file__).parent / "papers").glob("*.txt"))


def shown(item: FoundItem) -> str:
    letters = "".join({"true": "T", "false": "F"}.get(one, one) for one in item.answer)
    key = letters or ("m" if item.model_answer else "-")
    return f"{len(item.options) or ''}{key}"


def outline(found: FoundBank) -> list[str]:
    lines = []
    for section in found.sections:
        head = (section.type.value if section.type else "none", section.points_each, section.total)
        words = " ".join("-" if part is None else str(part) for part in head)
        lines.append(f"{words} | {' '.join(shown(item) for item in section.items)}")
    return lines


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.stem)
def test_a_paper_is_understood(path: Path) -> None:
    found = read_file(path.name, path.read_bytes())
    want = path.with_suffix(".want").read_text(encoding="utf-8").splitlines()
    sections = [line for line in want if " | " in line]
    assert outline(found) == sections
    told = {problem.code for problem in findings(found, style=False)}
    for line in want:
        word, _, rest = line.partition(" ")
        if word == "codes":
            assert sorted(told) == rest.split()
        elif word == "title":
            assert suggested_title(found, path.name) == rest
        elif word == "lang":
            assert found.lang == rest
        elif word in {"stem", "opt", "why", "points"}:
            assert_item(found, word, rest)


def assert_item(found: FoundBank, word: str, rest: str) -> None:
    number, _, text = rest.partition(" ")
    item = found.items[int(number) - 1]
    if word == "stem":
        assert text_in(item.stem, found.lang) == text
    elif word == "opt":
        letter, _, text = text.partition(" ")
        assert text_in(dict(item.options)[letter], found.lang) == text
    elif word == "why":
        assert text in text_in(item.why, found.lang)
    else:
        assert item.points == Fraction(text)


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.stem)
def test_what_is_written_loads_and_says_no_more_than_the_import_did(path: Path) -> None:
    found = read_file(path.name, path.read_bytes())
    if not found.items:
        return
    text = to_yaml(found, bank_id="b", title=suggested_title(found, path.name))
    assert to_yaml(found, bank_id="b", title=suggested_title(found, path.name)) == text
    loaded = load_text(text)
    told = {problem.code for problem in findings(found, style=False)}
    # A section of which only some items are drafts has its total checked without them.
    assert {problem.code for problem in loaded.errors} - {"E301", "E302"} <= told
    if loaded.bank is not None:
        assert len(loaded.bank.items) == len(found.items)
