"""The shape shipped to editors says the same as the loader."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from app.banks import loader, shape_bank
from app.banks.loader import load_text
from app.banks.messages import MESSAGES
from app.banks.reader import Source
from app.banks.shape import Shape
from tests.banks.marked import item

SCHEMA = json.loads(
    (Path(loader.__file__).parent / "qbank-1.schema.json").read_text(encoding="utf-8")
)
ROOT = Path(__file__).resolve().parents[2]
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_fields_of_both_are_the_same() -> None:
    readers = shape_bank._BankShape(Shape(Source("", None)))
    defs = SCHEMA["$defs"]
    assert readers.bank_readers.keys() == SCHEMA["properties"].keys()
    assert readers.section_readers.keys() == defs["section"]["properties"].keys()
    assert readers.item_readers.keys() == defs["item"]["properties"].keys()
    assert readers.criterion_readers.keys() == defs["criterion"]["properties"].keys()
    assert (
        readers._defaults_readers().keys() == SCHEMA["properties"]["defaults"]["properties"].keys()
    )


def test_every_shipped_bank_fits_the_shape() -> None:
    files = [*ROOT.glob("question_banks/*.yaml"), ROOT / "tests/banks/data/example-bank.zh.yaml"]
    for path in files:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        if data["schema"] == "qbank/1":
            assert [error.message for error in VALIDATOR.iter_errors(data)] == []


@pytest.mark.parametrize(
    "fields",
    [
        "competences: [insight]",
        "id: Q 1",
        "points: 0",
        "difficulty: 6",
        "shuffle: maybe",
        "scoring: subsets",
        "status: done",
        "tags: [a, a]",
        "options: {A: 甲}",
        "image: ../a.png",
        "max_chars: 0",
        "stem: []",
        "stem: {中文: 甲}",
    ],
)
def test_what_the_shape_refuses_the_loader_refuses(fields: str) -> None:
    text = item(fields)
    assert list(VALIDATOR.iter_errors(yaml.safe_load(text)))
    assert load_text(text).errors


def test_the_page_for_authors_lists_every_code() -> None:
    names = ("bank-format.md", "item-lint.md", "track-format.md")
    page = "\n".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in names)
    missing = {key.partition(".")[0] for key in MESSAGES} - set(re.findall(r"\b[EW]\d{3}\b", page))
    assert missing == set()
