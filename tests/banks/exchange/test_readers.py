"""What trainers bring from other systems: each convention, and each thing that is told."""

import base64
import io
import zipfile
from fractions import Fraction

import pytest

from app.banks.importing import aiken, gift, moodle, qti, read_file
from app.banks.importing.archive import MAX_MEMBERS, Archive, RefusedFileError
from app.banks.messages import MESSAGES
from app.domain.items import ItemType, Rule

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def keys(found):
    return [note.key for note in found.notes]


def only(found):
    assert len(found.items) == 1, (found.items, found.notes)
    return found.items[0]


def zh(text):
    return text["zh-CN"]


# ---------------------------------------------------------------- GIFT


def a_gift(text):
    return gift.read(text.encode())


def test_gift_single_choice_with_everything() -> None:
    item = only(
        a_gift(
            "// [id:g-1] [tag:拜访] 老师的注释\n"
            "::第一题::[html]<p>价格 <b>1\\=1</b> 吗？</p>{\n"
            "=对的 \\{甲\\}#很好\n~错的#再想想\n~%0%另一个\n####总的解析\\n第二行}\n"
        )
    )
    assert (item.id, item.tags, item.type) == ("g-1", ("拜访",), ItemType.SINGLE)
    assert zh(item.stem) == "价格 **1=1** 吗？"
    assert [zh(text) for _, text in item.options] == ["对的 {甲}", "错的", "另一个"]
    assert item.answer == ("A",)
    assert {of: zh(text) for of, text in item.feedback.items()} == {"A": "很好", "B": "再想想"}
    assert "总的解析" in zh(item.why)


@pytest.mark.parametrize(
    ("weights", "rule"),
    [
        (("50", "50", "-100"), Rule.SUBSET),
        (("50", "50", "-50"), Rule.NET),
        (("33.33333", "33.33333", "33.33333", "-33.33333"), Rule.NET),
        (("50", "50", "0"), None),
        (("70", "30", "-100"), None),
    ],
)
def test_weights_become_the_rule_that_gives_the_same_points(weights, rule) -> None:
    lines = "\n".join(f"~%{weight}%选项{n}" for n, weight in enumerate(weights))
    found = a_gift(f"选哪些{{\n{lines}\n}}")
    item = only(found)
    assert (item.type, item.rule) == (ItemType.MULTI, rule)
    assert keys(found) == ([] if rule else ["W623"])


def test_gift_true_false_essay_gap_and_missing_word() -> None:
    found = a_gift(
        "天是蓝的。{T#不对#对了####因为}\n\n地是平的 {FALSE}\n\n谈谈看法{}\n\n"
        "首都是{=北京 =京城}吗\n\n水 {=a} 火"
    )
    judged, flat, essay, gap, word = found.items
    assert (judged.answer, flat.answer) == (("true",), ("false",))
    assert zh(judged.why) == "因为\n\n错：不对\n\n对：对了"
    assert (essay.type, essay.model_answer) == (ItemType.SHORT, None)
    assert gap.type is ItemType.SHORT
    assert gap.rubric[0].keywords == (("北京", "京城"),)
    assert zh(word.stem) == "水 ______ 火"
    assert keys(found) == ["W624", "W624"]


def test_what_gift_has_and_we_do_not_is_named() -> None:
    found = a_gift(
        "::数::多少{#3:0.5}\n\n::配::配对{=a -> b\n=c -> d}\n\n只是说明文字\n\n坏的 { =a\n"
    )
    assert found.items == ()
    assert [(n.key, n.params.get("type")) for n in found.notes] == [
        ("W620", "numerical"),
        ("W620", "matching"),
        ("W620", "description"),
        ("E624", None),
    ]
    assert [note.place.line for note in found.notes] == [1, 3, 6, 8]


def test_gift_categories_become_title_section_and_tags() -> None:
    found = a_gift(
        "$CATEGORY: $course$/top/新人/产品/版本\n\n甲{T}\n\n"
        "$CATEGORY: $course$/top/新人/话术\n\n乙{F}"
    )
    assert found.title == {"zh-CN": "新人"}
    assert [zh(section.title) for section in found.sections] == ["版本", "话术"]
    assert [item.tags for item in found.items] == [("产品",), ()]


def test_a_blank_line_between_answers_does_not_end_the_question() -> None:
    assert len(only(a_gift("选{\n~甲\n\n=乙\n}")).options) == 2


# ---------------------------------------------------------------- Aiken


def test_aiken_reads_its_own_and_tells_each_stray_line() -> None:
    found = aiken.read(
        "第一问？\nA. 甲\nB) 乙\nANSWER: B\n\n第二问\nA. 甲\nC. 丙\n\n第三问没有选项\nANSWER: A\n\n"
        "第四问\nA. 甲\nB. 乙\nANSWER: 甲\n\nANSWER: C\n".encode()
    )
    assert [item.answer for item in found.items] == [("B",), (), ()]
    assert [(note.key, note.place.line) for note in found.notes] == [
        ("E626.letter", 8),
        ("E626.none", 9),
        ("E626", 10),
        ("E626.unclear", 16),
        ("E626.answer", 18),
    ]
    assert [note.item for note in found.notes] == [1, 1, None, 2, None]


# ---------------------------------------------------------------- Moodle


def a_moodle(body):
    return moodle.read(f'<?xml version="1.0" encoding="UTF-8"?><quiz>{body}</quiz>'.encode())


def question(kind, more, text="题干"):
    return (
        f'<question type="{kind}"><name><text>名</text></name><questiontext format="html"><text>'
        f"<![CDATA[{text}]]></text></questiontext>{more}</question>"
    )


def answer(fraction, text, feedback=""):
    said = f"<feedback><text>{feedback}</text></feedback>"
    return f'<answer fraction="{fraction}" format="html"><text>{text}</text>{said}</answer>'


def test_moodle_multichoice_with_picture_points_tags_and_feedback() -> None:
    encoded = base64.b64encode(PNG).decode()
    more = (
        "<defaultgrade>2.5000000</defaultgrade><single>false</single>"
        "<shuffleanswers>true</shuffleanswers><idnumber>m-1</idnumber>"
        "<generalfeedback><text>解析</text></generalfeedback>"
        + answer("50", "甲", "好")
        + answer("50", "乙")
        + answer("-50", "丙")
        + "<tags><tag><text>拜访</text></tag></tags>"
    )
    text = '<p>看图 <img src="@@PLUGINFILE@@/a%20b.png"></p><p><a href="http://x">链接</a></p>'
    body = question("multichoice", more, text).replace(
        "</questiontext>", f'<file name="a b.png" encoding="base64">{encoded}</file></questiontext>'
    )
    found = a_moodle(body)
    item = only(found)
    assert (item.id, item.points, item.rule, item.shuffle) == (
        "m-1",
        Fraction(5, 2),
        Rule.NET,
        True,
    )
    assert (item.answer, item.tags, zh(item.why)) == (("A", "B"), ("拜访",), "解析")
    assert zh(item.stem) == "看图\n\n链接"
    assert found.images == {item.image: PNG}
    assert keys(found) == ["W621"]


def test_moodle_all_or_nothing_plugin_true_false_essay_and_gap() -> None:
    found = a_moodle(
        question("multichoiceset", answer("100", "甲") + answer("100", "乙") + answer("0", "丙"))
        + question("truefalse", answer("100", "true", "对") + answer("0", "false", "错"))
        + question("essay", '<graderinfo format="html"><text>要点一</text></graderinfo>')
        + question("shortanswer", answer("100", "北京*") + answer("50", "京"))
    )
    assert [item.type for item in found.items] == [
        ItemType.MULTI,
        ItemType.TRUE_FALSE,
        ItemType.SHORT,
        ItemType.SHORT,
    ]
    assert found.items[0].rule is Rule.ALL_OR_NOTHING
    assert zh(found.items[1].why) == "对：对\n\n错：错"
    assert zh(found.items[2].model_answer) == "要点一"
    assert found.items[3].rubric[0].keywords == (("北京",),)
    assert keys(found) == ["W624"]


@pytest.mark.parametrize(
    "kind", ["matching", "cloze", "numerical", "calculated", "ddwtos", "description"]
)
def test_other_moodle_types_are_named_with_their_line(kind) -> None:
    found = a_moodle("\n\n" + question(kind, ""))
    assert found.items == ()
    assert [(n.key, n.params["type"], n.params["name"], n.place.line) for n in found.notes] == [
        ("W620", kind, "名", 3)
    ]


def test_part_of_the_points_in_a_single_choice_is_told() -> None:
    more = "<single>true</single>" + answer("100", "甲") + answer("50", "乙") + answer("0", "丙")
    found = a_moodle(question("multichoice", more))
    assert only(found).answer == ("A",)
    assert [(note.key, note.params["letters"]) for note in found.notes] == [("W623.single", ("B",))]


# ---------------------------------------------------------------- QTI

V2 = 'xmlns="http://www.imsglobal.org/xsd/imsqti_v2p{n}"'
ITEM_2 = """<?xml version="1.0"?>
<assessmentItem {ns} identifier="q-1" title="t" adaptive="false" timeDependent="false">
<responseDeclaration identifier="R" cardinality="multiple" baseType="identifier">
<correctResponse><value>x</value><value>y</value></correctResponse>
<mapping lowerBound="0" upperBound="4" defaultValue="-2">
<mapEntry mapKey="x" mappedValue="2"/><mapEntry mapKey="y" mappedValue="2"/></mapping>
</responseDeclaration>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
<itemBody><p>题<b>干</b></p><choiceInteraction responseIdentifier="R" shuffle="true" maxChoices="0">
<prompt>选哪些</prompt><simpleChoice identifier="x">甲</simpleChoice>
<simpleChoice identifier="y">乙
<feedbackInline outcomeIdentifier="F" identifier="y">好</feedbackInline></simpleChoice>
<simpleChoice identifier="z">丙</simpleChoice></choiceInteraction></itemBody>
<responseProcessing
 template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"/>
<modalFeedback outcomeIdentifier="F" identifier="any" showHide="show">解析</modalFeedback>
</assessmentItem>"""
ITEM_3 = """<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
 identifier="q-3" title="t" adaptive="false" time-dependent="false">
<qti-response-declaration identifier="RESPONSE" cardinality="single"
 base-type="identifier">
<qti-correct-response><qti-value>F</qti-value></qti-correct-response></qti-response-declaration>
<qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float"
 normal-maximum="3"/>
<qti-item-body><p>地是平的。</p>
<qti-choice-interaction response-identifier="RESPONSE" max-choices="1">
<qti-simple-choice identifier="T">正确</qti-simple-choice>
<qti-simple-choice identifier="F">错误</qti-simple-choice></qti-choice-interaction></qti-item-body>
<qti-response-processing
 template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"/>
</qti-assessment-item>"""


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_qti_2_item(version) -> None:
    found = qti.read(ITEM_2.format(ns=V2.format(n=version)).encode())
    item = only(found)
    assert (item.type, item.answer, item.rule) == (ItemType.MULTI, ("A", "B"), Rule.NET)
    assert (item.points, item.shuffle, item.id) == (Fraction(4), True, "q-1")
    assert zh(item.stem) == "题**干**\n\n选哪些"
    assert zh(item.why) == "解析"
    assert {of: zh(text) for of, text in item.feedback.items()} == {"B": "好"}
    assert found.notes == ()


def test_a_qti_3_item_of_two_judgements_is_true_false() -> None:
    item = only(qti.read(ITEM_3.encode()))
    assert (item.type, item.answer, item.points) == (ItemType.TRUE_FALSE, ("false",), Fraction(3))


def packed(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


def test_a_package_keeps_the_order_sections_weights_and_draw_of_its_test() -> None:
    first = ITEM_2.format(ns=V2.format(n="1")).replace("<p>题", '<p><img src="../i/a.png"/>题')
    test = (
        f'<assessmentTest {V2.format(n="1")} identifier="t" title="卷"><timeLimits maxTime="1800"/>'
        '<testPart identifier="p"><assessmentSection identifier="s" title="第一节" visible="true">'
        '<selection select="1"/><rubricBlock view="candidate"><p>说明</p></rubricBlock>'
        '<assessmentItemRef identifier="b" href="items/b.xml"/>'
        '<assessmentItemRef identifier="a" href="items/a.xml"><weight identifier="W" value="2"/>'
        '</assessmentItemRef><assessmentItemRef identifier="c" href="items/none.xml"/>'
        "</assessmentSection></testPart></assessmentTest>"
    )
    manifest = (
        '<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"><resources>'
        '<resource identifier="1" type="x" href="items/a.xml"/>'
        '<resource identifier="2" type="x" href="items/b.xml"/></resources></manifest>'
    )
    data = packed(
        **{"imsmanifest.xml": manifest, "test.xml": test, "i__a.png": PNG},
        **{"items__a.xml": first, "items__b.xml": ITEM_3},
    )
    found = read_file("p.zip", data)
    (section,) = found.sections
    assert [item.id for item in found.items] == ["q-3", "q-1"]
    assert (zh(found.title), zh(section.title), section.draw) == ("卷", "第一节", 1)
    assert (zh(section.intro), found.time_limit_minutes) == ("说明", 30)
    assert found.items[1].points == 8
    assert found.images == {found.items[1].image: PNG}
    assert [(note.key, note.params["file"]) for note in found.notes] == [("E625", "items/none.xml")]


def test_other_interactions_are_named() -> None:
    text = ITEM_2.format(ns=V2.format(n="1")).replace("choiceInteraction", "orderInteraction")
    found = qti.read(text.encode())
    assert [(note.key, note.params["type"]) for note in found.notes] == [
        ("W620", "orderInteraction")
    ]


# ---------------------------------------------------------------- what cannot be read


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"<quiz><question>", "E620"),
        (b'<!DOCTYPE q [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><quiz>&b;</quiz>', "E620.entity"),
        (b'<!DOCTYPE q [<!ENTITY a SYSTEM "file:///etc/passwd">]><quiz>&a;</quiz>', "E620.entity"),
        (b"<questestinterop/>", "E623.old"),
        (b"<somethingelse/>", "E623"),
        (b"PK\x03\x04 no zip", "E621"),
        (packed(**{"a.txt": "x"}), "E623.empty"),
    ],
)
def test_each_broken_file_gets_its_message(data, key) -> None:
    found = read_file("file", data)
    assert found.items == ()
    assert keys(found) == [key]
    assert key in MESSAGES


def test_a_zip_may_not_unpack_to_more_than_it_may() -> None:
    bomb = packed(**{"a.xml": b"0" * (2 * 1024 * 1024)})
    assert keys(qti.read(bomb)) == ["E623.empty"] or len(bomb) > 10_000
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", b"0" * (8 * 1024 * 1024))
    assert keys(qti.read(out.getvalue())) == ["E622"]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(MAX_MEMBERS + 1):
            archive.writestr(f"{number}", b"")
    assert keys(qti.read(out.getvalue())) == ["E622.members"]


def test_members_outside_of_the_folder_are_not_there() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("../a.xml", "/b.xml", "c:/d.xml", "ok.xml"):
            archive.writestr(name, b"<a/>")
    assert Archive(out.getvalue()).names == ("ok.xml",)


def test_a_member_that_lies_about_its_size_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", b"0" * 1000)
    data = out.getvalue().replace((1000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(RefusedFileError):
        Archive(data).read("a.xml")


# ---------------------------------------------------------------- the rarer notes


def test_pictures_beyond_the_first_are_named() -> None:
    text = '<img src="@@PLUGINFILE@@/gone.png"><img src="http://elsewhere/x.png">题'
    more = "<single>true</single>" + answer("100", "甲") + answer("0", "乙")
    found = a_moodle(question("multichoice", more, text))
    (note,) = found.notes
    assert (note.key, note.item) == ("W622", 0)
    assert note.params["names"] == ("@@PLUGINFILE@@/gone.png", "http://elsewhere/x.png")


def test_feedback_for_right_and_wrong_and_odd_grades_are_told() -> None:
    more = (
        "<defaultgrade>nothing</defaultgrade><single>true</single>"
        "<correctfeedback><text>太好了，继续</text></correctfeedback>"
        "<incorrectfeedback><text>Your answer is incorrect.</text></incorrectfeedback>"
    )
    found = a_moodle(question("multichoice", more + answer("100", "甲") + answer("0", "乙")))
    assert [(n.key, n.item) for n in found.notes] == [("W625", 0), ("W626", 0)]
    assert found.notes[0].params["text"] == "太好了，继续"


def test_processing_that_is_none_of_our_rules_is_told() -> None:
    text = ITEM_2.format(ns=V2.format(n="1")).replace('mappedValue="2"', 'mappedValue="1"', 1)
    found = qti.read(text.encode())
    assert only(found).rule is None
    assert keys(found) == ["W623.processing"]


def test_a_brace_too_many_and_a_locked_archive() -> None:
    assert keys(a_gift("选 {=甲 ~乙}}")) == ["E624.closed"]
    data = bytearray(packed(**{"a.xml": "<a/>"}))
    for at in (data.find(b"PK\x03\x04") + 6, data.find(b"PK\x01\x02") + 8):
        data[at] |= 1
    assert keys(qti.read(bytes(data)))[0] == "E621.locked"


def test_plain_text_is_shown_as_it_stands() -> None:
    item = only(a_gift("1. 不是列表 a*b 与 `x`{T}"))
    assert zh(item.stem) == r"1\. 不是列表 a*b 与 \`x\`"
