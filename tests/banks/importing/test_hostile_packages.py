"""Packages and XML built to do harm: nothing outside is read, nothing is read without end."""

import base64
import io
import stat
import time
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

from app.banks.exporting import Format, write
from app.banks.importing import read_file
from app.banks.importing.check import findings
from app.banks.loader import load_path
from app.domain.imports import FoundBank
from app.domain.items import text_in
from tests.banks.exchange.same import EXAMPLE

SECRET = "root:x:0:0"
QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
CP = "http://www.imsglobal.org/xsd/imscp_v1p1"
ITEM = (
    f'<assessmentItem xmlns="{QTI}" identifier="i" title="t" adaptive="false">'
    '<responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier">'
    "<correctResponse><value>A</value></correctResponse></responseDeclaration>"
    '<itemBody><p>先做什么？{}</p><choiceInteraction responseIdentifier="RESPONSE" maxChoices="1">'
    '<simpleChoice identifier="A">约定议程</simpleChoice>'
    '<simpleChoice identifier="B">报价</simpleChoice></choiceInteraction></itemBody>'
    '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/'
    'match_correct"/></assessmentItem>'
)
QUIZ = (
    '<quiz><question type="multichoice"><name><text>n</text></name><questiontext format="html">'
    "<text>{}</text>{}</questiontext><single>true</single>"
    '<answer fraction="100"><text>甲</text></answer><answer fraction="0"><text>乙</text></answer>'
    "</question></quiz>"
)


def zipped(*members: tuple[str | zipfile.ZipInfo, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, body in members:
            target.writestr(name, body)
    return out.getvalue()


def manifest(*hrefs: str) -> str:
    files = "".join(f'<resource type="imsqti_item_xmlv2p1" href="{href}"/>' for href in hrefs)
    return f'<manifest xmlns="{CP}"><resources>{files}</resources></manifest>'


def keys(found: FoundBank) -> set[str]:
    assert all(problem.message("zh-CN") and problem.message("en") for problem in findings(found))
    return {note.key for note in found.notes}


def stems(found: FoundBank) -> list[str]:
    return [text_in(item.stem, found.lang) for item in found.items]


@pytest.mark.parametrize(
    "href",
    ["../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:9/x.xml",
     "..%2f..%2fetc/passwd", "\\\\host\\share\\x.xml", "C:\\x.xml", "items/../../x.xml"],
)  # fmt: skip
def test_a_manifest_that_points_outside_finds_nothing_there(href: str) -> None:
    data = zipped(
        ("imsmanifest.xml", manifest(href, "a.xml")),
        ("a.xml", ITEM.format("里")),
        (href, ITEM.format("外")),
    )
    assert stems(read_file("p.zip", data)) == ["先做什么？里"]


def test_a_link_in_a_package_is_no_file() -> None:
    link = zipfile.ZipInfo("b.xml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    data = zipped(("imsmanifest.xml", manifest("b.xml")), (link, "/etc/passwd"),
                  ("a.xml", ITEM.format("")))  # fmt: skip
    found = read_file("p.zip", data)
    assert len(found.items) == 1
    assert SECRET not in repr(found)


def test_two_files_of_one_name_are_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped(("a.xml", ITEM.format("一")), ("a.xml", ITEM.format("二")))
    found = read_file("p.zip", data)
    assert found.items == ()
    assert keys(found) == {"E621.twice"}


def test_a_package_within_a_package_stays_packed() -> None:
    inner = zipped(("a.xml", ITEM.format("")))
    assert keys(read_file("p.zip", zipped(("inner.zip", inner)))) == {"E623.empty"}


def test_sections_that_name_each_other_are_read_once() -> None:
    refs = '<assessmentSectionRef identifier="r" href="s.xml"/>' * 8
    head = f'xmlns="{QTI}" identifier="s" title="节" visible="true"'
    section = f"<assessmentSection {head}>{refs}</assessmentSection>"
    ref = '<assessmentItemRef identifier="i" href="a.xml"/>'
    test = (
        f'<assessmentTest xmlns="{QTI}" identifier="t" title="卷"><testPart identifier="p">'
        f"<assessmentSection {head}>{refs}{ref}</assessmentSection></testPart></assessmentTest>"
    )
    data = zipped(("t.xml", test), ("s.xml", section), ("a.xml", ITEM.format("")))
    start = time.process_time()
    assert len(read_file("p.zip", data).items) == 1
    assert time.process_time() - start < 1, "eight to the twelfth sections would take years"


LETTERS = "abcdefghij"
LAUGHS = "".join(f'<!ENTITY {here} "{f"&{below};" * 10}">' for below, here in pairwise(LETTERS))
INCLUDE = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>'
OUTSIDE = {
    "entity": ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "&e;"),
    "parameter": ('<!DOCTYPE x [<!ENTITY % e SYSTEM "file:///etc/passwd"> %e;]>', "题"),
    "dtd over http": ('<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">', "题"),
    "dtd in a file": ('<!DOCTYPE x SYSTEM "file:///etc/passwd">', "题"),
    "xinclude": ("", INCLUDE),
    "stylesheet": ('<?xml-stylesheet href="file:///etc/passwd"?>', "题"),
    "billion laughs": (f'<!DOCTYPE x [<!ENTITY a "ha">{LAUGHS}]>', "&j;"),
    "quadratic": (f'<!DOCTYPE x [<!ENTITY a "{"h" * 50_000}">]>', "&a;" * 20_000),
}
MAKERS = {"qti": ITEM.format, "moodle": lambda text: QUIZ.format(text, "")}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize(("head", "body"), OUTSIDE.values(), ids=OUTSIDE)
def test_xml_reads_nothing_from_outside_and_grows_nothing(make, head: str, body: str) -> None:
    start = time.process_time()
    found = read_file("x.xml", (head + make(body)).encode())
    assert time.process_time() - start < 1
    assert SECRET not in repr(found)
    assert len(repr(found)) < 20_000
    assert found.items or any(key.startswith("E") for key in keys(found))


def test_a_huge_attribute_is_refused_or_cut() -> None:
    data = ITEM.replace('title="t"', f'title="{"长" * 4_000_000}"').format("").encode()
    start = time.process_time()
    found = read_file("x.xml", data)
    assert time.process_time() - start < 3
    assert keys(found) == {"E620"}
    assert len(repr(found)) < 5_000


@pytest.mark.parametrize("codec", ["gbk", "gb18030", "big5", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("is_declared", [True, False])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_xml_in_other_encodings_is_read_right_or_refused_with_the_cure(
    make, codec: str, is_declared: bool
) -> None:
    head = f'<?xml version="1.0" encoding="{codec.removesuffix("-sig")}"?>' if is_declared else ""
    text = (head + make("客戶需求")).translate(str.maketrans("么约议", "麼約議"))
    found = read_file("x.xml", text.encode(codec, "replace"))
    if found.items:
        assert "客戶需求" in stems(found)[0]
    else:
        assert not is_declared
        assert keys(found) == {"E620.encoding"}


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_mixed_line_ends_change_nothing(end: str) -> None:
    text = "1. 先做什么？\nA. 议程\r\nB. 报价\r答案：A\n".replace("\n", end, 1)
    (item,) = read_file("x.txt", text.encode()).items
    assert (item.answer, [said["zh-CN"] for _, said in item.options]) == (("A",), ["议程", "报价"])
    aiken = f"先做什么？{end}A. 议程\r\nB. 报价\rANSWER: A\n"
    assert [one.answer for one in read_file("x.aiken", aiken.encode()).items] == [("A",)]
    gift = f"::q:: 先做什么？{{{end}=议程\r~报价\r\n}}\n"
    assert [one.answer for one in read_file("x.gift", gift.encode()).items] == [("A",)]


def moodle_file(name: str, body: bytes) -> bytes:
    picture = f'<file name="{name}" encoding="base64">{base64.b64encode(body).decode()}</file>'
    text = f'&lt;p&gt;图里&lt;img src="@@PLUGINFILE@@/{name}"&gt;&lt;/p&gt;'
    return QUIZ.format(text, picture).encode()


@pytest.mark.parametrize(
    "name", ["../../evil.png", "/etc/cron.d/x.png", "..\\..\\evil.png", "a b&quot;.png", "x.svg",
             "..", "%2e%2e%2fevil.png"],
)  # fmt: skip
def test_the_name_of_a_file_in_moodle_xml_leads_nowhere(name: str) -> None:
    found = read_file("m.xml", moodle_file(name, b"\x89PNG\r\n\x1a\nabc"))
    assert len(found.items) == 1
    for kept in found.images:
        assert Path(kept).name == kept
        assert not kept.startswith((".", "-"))
        assert kept.isascii()


def test_a_broken_or_endless_file_in_moodle_xml_is_named_and_left_out() -> None:
    for body in ("!!!", "A", "AAAA" * 3_000_000 + "="):
        picture = f'<file name="x.png" encoding="base64">{body}</file>'
        text = '&lt;img src="@@PLUGINFILE@@/x.png"&gt;图'
        found = read_file("m.xml", QUIZ.format(text, picture).encode())
        assert found.images == {} or len(found.images["x.png"]) < 16 * 1024 * 1024
        assert found.items or keys(found)


def test_our_own_package_still_comes_back_whole() -> None:
    bank = load_path(EXAMPLE).bank
    found = read_file("p.zip", write(bank, Format.QTI, lang="zh-CN", images={}))
    assert len(found.items) == len(bank.items)
