"""Damaged, lying and hostile containers: a message each, never a crash, within the limits."""

import io
import random
import zipfile

import docx
import pytest

from app.banks.importing import read_file
from app.banks.importing.check import findings
from app.banks.importing.sheets import template_xlsx
from tests.banks.importing.test_files import saved
from tests.banks.importing.test_papers import PAPERS

MUTANTS = 60


def word() -> bytes:
    document = docx.Document()
    for line in PAPERS[0].read_text(encoding="utf-8").splitlines():
        document.add_paragraph(line, style="List Number" if "题" in line else None)
    document.add_table(2, 2).cell(0, 0).text = "A. 甲"
    return saved(document)


def repacked(data: bytes, change) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(name, change(name, source.read(name)))
    return out.getvalue()


def mutated(data: bytes, chance: random.Random) -> bytes:
    text = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text) or 1)
        kind = chance.random()
        if kind < 0.4:
            text[at : at + chance.randint(1, 60)] = b""
        elif kind < 0.7:
            text[at : at + 1] = bytes([chance.randrange(256)])
        else:
            text[at:at] = chance.choice([b"<", b'"', b"&", b"-1", b"99999999999", b"\x00", b"/>"])
    return bytes(text)


@pytest.mark.parametrize("make", [word, template_xlsx], ids=["docx", "xlsx"])
@pytest.mark.parametrize("seed", range(4))
def test_mutated_members_give_items_or_a_message(make, seed: int) -> None:
    chance = random.Random(seed)
    whole = make()
    names = zipfile.ZipFile(io.BytesIO(whole)).namelist()
    for _ in range(MUTANTS // 4):
        hit = chance.choice(names)
        data = repacked(
            whole, lambda name, old, hit=hit: mutated(old, chance) if name == hit else old
        )
        found = read_file("x", data)
        told = findings(found)
        assert found.items or any(problem.level == "error" for problem in told)
        assert all(problem.message("en") for problem in told)


@pytest.mark.parametrize("make", [word, template_xlsx], ids=["docx", "xlsx"])
def test_mutated_archives_give_items_or_a_message(make) -> None:
    chance = random.Random(7)
    whole = make()
    for _ in range(MUTANTS):
        found = read_file("x", mutated(whole, chance))
        assert found.items or any(p.level == "error" for p in findings(found))


@pytest.mark.parametrize(
    ("name", "member"), [("docx", "word/document.xml"), ("xlsx", "xl/worksheets/sheet1.xml")]
)
def test_a_bomb_is_refused_before_it_is_unpacked(name: str, member: str) -> None:
    whole = word() if name == "docx" else template_xlsx()
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(whole)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for old in source.namelist():
            data = b" " * 100_000_000 if old == member else source.read(old)
            target.writestr(old, data)
    found = read_file("x", out.getvalue())
    assert [note.key for note in found.notes] == ["E622"]


def test_entities_in_word_are_not_followed() -> None:
    head = (
        b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "lol"><!ENTITY f SYSTEM "file:///etc/passwd">'
        b'<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    )

    def poison(name: str, data: bytes) -> bytes:
        if name != "word/document.xml":
            return data
        body = data.partition(b"?>")[2]
        return head + body.replace(b"<w:t>", b"<w:t>&f;&b;", 1)

    found = read_file("x", repacked(word(), poison))
    assert "root:" not in "".join(item.source for item in found.items) + str(found.notes)


@pytest.mark.parametrize("path", PAPERS[:12], ids=lambda path: path.stem)
def test_mutated_bytes_of_text_give_items_or_a_message(path) -> None:
    chance = random.Random(path.stem)
    for codec in ("utf-8", "gb18030", "utf-16"):
        whole = path.read_text(encoding="utf-8").replace("✅", "").encode(codec, "replace")
        for _ in range(10):
            found = read_file("x.txt", mutated(whole, chance))
            assert found.items or any(p.level == "error" for p in findings(found))
