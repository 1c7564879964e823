"""Mutated files of other systems: each gets an answer or a message, none a crash, all in time."""

import copy
import io
import random
import time
import zipfile

import pytest
from lxml import etree

from app.banks.exporting import Format, write
from app.banks.importing import read_file
from app.banks.loader import load_path
from app.banks.messages import LANGS, Problem
from tests.banks.exchange.same import EXAMPLE
from tests.scale import SCALE, times

FILES = times(500, soak=5_000)
SLOWEST = 2.0
AIKEN = "第一问\nA. 甲\nB. 乙\nANSWER: A\n\n第二问\nA. 甲\nB. 乙\nC. 丙\nANSWER: C\n\n" * 3
BYTES = (
    *(b"<", b">", b"&", b'"', b"{", b"}", b"~", b"=", b"#", b"%", b"\\", b"\n\n", b"::", b"\0"),
    *(b"\xff", b"1e999", b"-1", b"<p>", b"</p>", b"<![CDATA[", b"]]>", b"<!DOCTYPE q [", b"PK\3\4"),
)
TEXTS = (
    *("<p>x<b>", "<table><tr><td>a<td>b</tr></table>", "<ul><li>a<ul><li>b</ul></ul>", "", "100"),
    *("-1", "1e999999999", "$course$/top", "{A}", "|", "```", "<table></table>", "<img>", "**"),
    *('<img src="data:image/png;base64,###">', '<ol start="-3"><li></ol>', "<b>**</b>", "multiple"),
    *("<a>" * 300, "<div>" * 3000 + "x", "`" * 20, "999999999999", "<pre>\n\n</pre>"),
)


def package() -> bytes:
    return write(load_path(EXAMPLE).bank, Format.QTI, lang="zh-CN", images={})


def seed(kind: str) -> bytes:
    bank = load_path(EXAMPLE).bank
    match kind:
        case "gift":
            return write(bank, Format.GIFT, lang="zh-CN", images={})
        case "moodle.xml":
            return write(bank, Format.MOODLE, lang="zh-CN", images={})
        case "qti.xml":
            with zipfile.ZipFile(io.BytesIO(package())) as archive:
                return archive.read("items/disc-005.xml")
        case "qti.zip":
            return package()
        case _:
            return AIKEN.encode()


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Bytes cut out, put in, turned, moved."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        start = chance.randrange(len(out) + 1)
        end = min(len(out), start + chance.randint(1, 60))
        match chance.randrange(5):
            case 0:
                del out[start:end]
            case 1:
                out[start:start] = chance.choice(BYTES)
            case 2:
                out[start:end] = bytes(chance.randrange(256) for _ in range(end - start))
            case 3:
                out[start:start] = out[end : end + 80]
            case _:
                out[start:end] = chance.choice(BYTES)
    return bytes(out)


def changed_tree(data: bytes, chance: random.Random) -> bytes:
    """Still XML, but not what it was: texts, attributes and elements changed, gone or twice."""
    root = etree.fromstring(data)
    for _ in range(chance.randint(1, 12)):
        nodes = list(root.iter("*"))
        node = chance.choice(nodes)
        parent = node.getparent()
        match chance.randrange(5):
            case 0:
                node.text = chance.choice(TEXTS)
            case 1 if parent is not None:
                parent.remove(node)
            case 2 if parent is not None:
                parent.append(copy.deepcopy(node))
            case 3 if node.attrib:
                node.set(chance.choice(list(node.attrib)), chance.choice(TEXTS))
            case _:
                node.tag = chance.choice(nodes).tag
    return etree.tostring(root)


def changed_package(data: bytes, chance: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            member = old.read(name)
            if chance.random() < 0.3:
                change = chance.choice([mutated, changed_tree])
                member = change(member, chance)
            if chance.random() > 0.05:
                new.writestr(name, member)
    return out.getvalue()


CHANGES = {
    "gift": (mutated,),
    "aiken": (mutated,),
    "moodle.xml": (mutated, changed_tree),
    "qti.xml": (mutated, changed_tree),
    "qti.zip": (mutated, changed_package),
}


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.timeout(60 * max(1, SCALE))
def test_a_broken_file_gets_an_answer_in_time(kind) -> None:
    data = seed(kind)
    for number in range(FILES):
        chance = random.Random(f"{kind} {number}")
        broken = chance.choice(CHANGES[kind])(data, chance)
        began = time.monotonic()
        found = read_file(f"file.{kind}", broken)
        assert time.monotonic() - began < SLOWEST, number
        assert found.items or found.notes, number
        for note in found.notes:
            assert note.place.line >= 1
            for lang in LANGS:
                assert Problem(note.place.line, 1, note.key, note.params).message(lang)
