"""Our QTI package in the hands of another program: pyslet reads it and scores it by itself."""

import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from app.banks.exporting import Format, write
from app.banks.exporting.content import served
from app.banks.loader import load_path
from app.domain.items import Bank, Choice, Chosen, Item, Option, Rule, Section, TrueFalse
from app.domain.scoring import score
from tests.banks.exchange.same import BANKS, EXAMPLE

READER = Path(__file__).with_name("pyslet_reader.py")


def elsewhere(data: bytes, folder: Path):
    """What pyslet makes of a package. It is old: its warnings are its own."""
    path = folder / "package.zip"
    path.write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", READER, path],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def package(bank) -> bytes:
    return write(bank, Format.QTI, lang="zh-CN", images={})


@pytest.mark.parametrize("path", [*BANKS, EXAMPLE], ids=lambda path: path.stem)
def test_another_program_reads_every_item_its_key_and_its_points(path, tmp_path) -> None:
    bank = load_path(path).bank
    found = elsewhere(package(bank), tmp_path)
    wanted = served(bank).items
    assert found["strangers"] == []
    assert found["manifest"] == "Manifest"
    assert found["order"] == [f"items/{item.id}.xml" for item in wanted]
    assert {kind for kind, _ in found["resources"].values()} == {
        "imsqti_test_xmlv2p1",
        "imsqti_item_xmlv2p1",
    }
    assert len(found["resources"]) == len(wanted) + 1
    for item in wanted:
        one = found["items"][item.id]
        match item.body:
            case Choice(key=key):
                assert one["interactions"] == ["ChoiceInteraction"]
                assert one["key"] == sorted(key)
                compare(item, one["scores"])
            case TrueFalse(key=key):
                right = "true" if key else "false"
                assert one["key"] == [right]
                assert one["scores"][right] == float(item.points)
                assert sum(one["scores"].values()) == float(item.points)
            case _:
                assert one["interactions"] == ["ExtendedTextInteraction"]


def compare(item, found):
    for ticks, points in found.items():
        ours = score(item, Chosen(frozenset(ticks.split(",")))).points
        assert abs(float(ours) - points) < 1e-6, (item.id, ticks, float(ours), points)


@pytest.mark.parametrize("rule", list(Rule))
@pytest.mark.parametrize("key", ["A", "AC", "BCE", "ABCDE"])
def test_each_rule_gives_our_points_there_for_every_set_of_ticks(rule, key, tmp_path) -> None:
    options = tuple(Option(letter, {"zh-CN": f"选项{letter}"}) for letter in "ABCDE")
    body = Choice(options, frozenset(key), True, rule)
    item = Item("r-1", {"zh-CN": "选哪些"}, body, Fraction(5, 2), why={"zh-CN": "见 {A}"})
    bank = Bank("rules", {"zh-CN": "规则"}, (Section({"zh-CN": "一"}, (item,)),))
    found = elsewhere(package(bank), tmp_path)["items"]["r-1"]["scores"]
    assert len(found) == 2**5 - 1
    compare(item, found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("choiceInteraction", "choiseInteraction"),
        ('mappedValue="5"', 'mappedValue="4"'),
        ('cardinality="single"', 'cardinality="only"'),
    ],
)
def test_the_other_program_sees_a_broken_package(old, new, tmp_path) -> None:
    """The check above would notice: a wrong element, wrong points, a word that QTI lacks."""
    bank = load_path(EXAMPLE).bank
    one = replace(bank, sections=(replace(bank.sections[0], items=bank.items[:1]),))
    whole = tmp_path / "whole.zip"
    whole.write_bytes(package(one))
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(whole) as before, zipfile.ZipFile(broken, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).decode().replace(old, new))
    with pytest.raises(AssertionError):
        look_at(bank.items[0], broken.read_bytes(), tmp_path)


def look_at(item, data, folder):
    found = elsewhere(data, folder)
    assert found["strangers"] == []
    compare(item, found["items"][item.id]["scores"])
