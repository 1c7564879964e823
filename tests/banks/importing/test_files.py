"""Word, Excel, csv and encodings: containers made by real writers, read through one entrance."""

import io
import zipfile

import docx
import pytest
import xlsxwriter
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from PIL import Image

from app.banks.importing import MAX_BYTES, read_file
from app.banks.importing.check import findings
from app.banks.importing.naming import suggested_id
from app.banks.importing.sheets import template_xlsx
from app.banks.writer import to_yaml
from app.domain.items import ItemType
from tests.banks.importing.test_papers import PAPERS, outline

TEXT = "一、单选题（每题5分，共5分）\n1. 首访最重要的是（B）\nA. 价格\nB. 信任\n"


def saved(document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def codes(found) -> set[str]:
    return {problem.code for problem in findings(found, style=False)}


# ---------------------------------------------------------------- encodings


@pytest.mark.parametrize(
    ("codec", "mark", "told"),
    [
        ("utf-8", b"", None),
        ("utf-8-sig", b"", None),
        ("utf-16", b"", "UTF-16"),
        ("utf-16-be", b"\xfe\xff", "UTF-16"),
        ("gb18030", b"", "GBK"),
        ("gbk", b"", "GBK"),
    ],
)
def test_every_usual_encoding_is_read_and_said(codec: str, mark: bytes, told) -> None:
    found = read_file("卷.txt", mark + TEXT.encode(codec))
    assert outline(found) == ["single 5 5 | 2B"]
    said = [note.params["encoding"] for note in found.notes if note.key == "W601"]
    assert said == ([told] if told else [])


def test_a_damaged_byte_is_said_with_its_place() -> None:
    found = read_file("卷.txt", TEXT.encode() + b"C. \xff\xfe\n")
    assert [(note.key, note.place.line) for note in found.notes if note.key[:4] == "W601"] == [
        ("W601.damaged", 5)
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "E601"),
        (b"\x00\x01\x02\x03" * 50, "E601"),
        (b"%PDF-1.7 ...", "E602"),
        (b"<!DOCTYPE html><html></html>", "E602"),
        (b"PK\x03\x04 broken", "E621"),
        (b"x" * (MAX_BYTES + 1), "E603"),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_raised(data: bytes, code: str) -> None:
    found = read_file("卷", data)
    assert found.items == ()
    assert code in codes(found)


# ---------------------------------------------------------------- Word


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.stem)
def test_a_paper_typed_in_word_is_the_same_as_its_text(path) -> None:
    document = docx.Document()
    for line in path.read_text(encoding="utf-8").splitlines():
        document.add_paragraph(line)
    found = read_file("卷.docx", saved(document))
    # Word has no broken lines, and paragraphs with tabs are no sheet.
    if path.stem in {"wrapped-lines", "messy-excel-pasted"}:
        return
    assert outline(found) == outline(read_file("卷.txt", path.read_bytes()))


def numbered(document, pattern: str, form: str) -> str:
    """A list definition of one level; gives its numId."""
    root = document.part.numbering_part.element
    number = str(900 + len(root.findall(qn("w:num"))))
    abstract = OxmlElement("w:abstractNum")
    abstract.set(qn("w:abstractNumId"), number)
    level = OxmlElement("w:lvl")
    level.set(qn("w:ilvl"), "0")
    for tag, value in (("w:start", "1"), ("w:numFmt", form), ("w:lvlText", pattern)):
        child = OxmlElement(tag)
        child.set(qn("w:val"), value)
        level.append(child)
    abstract.append(level)
    root.insert(0, abstract)
    num = OxmlElement("w:num")
    num.set(qn("w:numId"), number)
    target = OxmlElement("w:abstractNumId")
    target.set(qn("w:val"), number)
    num.append(target)
    root.append(num)
    return number


def listed(document, text: str, number: str):
    paragraph = document.add_paragraph(text)
    properties = paragraph._p.get_or_add_pPr()
    own = OxmlElement("w:numPr")
    for tag, value in (("w:ilvl", "0"), ("w:numId", number)):
        child = OxmlElement(tag)
        child.set(qn("w:val"), value)
        own.append(child)
    properties.append(own)
    return paragraph


def test_numbers_that_word_makes_itself_are_made_again() -> None:
    document = docx.Document()
    heads = numbered(document, "%1、", "chineseCounting")
    items = numbered(document, "%1.", "decimal")
    listed(document, "单选题（每题5分，共10分）", heads)
    for stem, key in (("首访最重要的是", "B"), ("复盘最重要的是", "A")):
        listed(document, f"{stem}（{key}）", items)
        letters = numbered(document, "%1.", "upperLetter")
        for option in ("数据", "信任", "赠品"):
            listed(document, option, letters)
    listed(document, "判断题（每题5分，共5分）", heads)
    more = numbered(document, "%1.", "decimal")
    listed(document, "记录要写客户说的话。（√）", more)
    found = read_file("卷.docx", saved(document))
    assert outline(found) == ["single 5 10 | 3B 3A", "true_false 5 5 | T"]
    assert [section.title["zh-CN"] for section in found.sections] == ["一、单选题", "二、判断题"]


def test_tables_of_two_columns_and_lists_of_items_are_read() -> None:
    document = docx.Document()
    document.add_paragraph("一、单选题")
    document.add_paragraph("1. 哪个是利益？（A）")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        (c for row in table.rows for c in row.cells),
        ("A. 省下 20 小时", "B. 三层结构", "C. 蓝色", "D. 国产"),
        strict=True,
    ):
        cell.text = text
    more = document.add_table(rows=2, cols=4)
    for row, texts in zip(
        more.rows,
        (("题干", "选项A", "选项B", "答案"), ("哪个是特点？", "三层结构", "省钱", "A")),
        strict=True,
    ):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    found = read_file("卷.docx", saved(document))
    assert outline(found) == ["single - - | 4A", "single - - | 2A"]


def test_pictures_breaks_and_changes_are_kept_or_told() -> None:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(picture, "PNG")
    document = docx.Document()
    document.add_paragraph("1. 图中的漏斗哪一步最弱？")
    document.add_picture(io.BytesIO(picture.getvalue()))
    paragraph = document.add_paragraph("A. 线索")
    paragraph.add_run().add_break()
    paragraph.add_run("B. 成交")
    deleted = OxmlElement("w:del")
    run = OxmlElement("w:r")
    gone = OxmlElement("w:delText")
    gone.text = "删掉的字"
    run.append(gone)
    deleted.append(run)
    paragraph._p.append(deleted)
    document.add_paragraph("答案：A")
    found = read_file("卷.docx", saved(document))
    (item,) = found.items
    assert item.stem == {"zh-CN": "图中的漏斗哪一步最弱？"}
    assert [text["zh-CN"] for _, text in item.options] == ["线索", "成交"]
    assert found.images == {"image-1.png": picture.getvalue()}
    assert item.image == "image-1.png"
    assert "W611" in codes(found)


def test_a_word_file_with_an_archive_inside_is_refused() -> None:
    out = io.BytesIO(saved(docx.Document()))
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x", "x")
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("word/more.zip", inner.getvalue())
    assert codes(read_file("卷.docx", out.getvalue())) == {"E604", "E606"} - {"E606"}


# ---------------------------------------------------------------- Excel and csv


def sheet(*rows, merge=None) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet("题目")
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    if merge:
        page.merge_range(*merge)
    book.close()
    return out.getvalue()


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_the_template_is_read_back_without_a_word(lang: str) -> None:
    found = read_file("模板.xlsx", template_xlsx(lang))
    assert outline(found) == [
        "single 5 - | 4B", "multi 5 - | 4AC", "true_false 5 - | F", "short 10 - | m",
    ]  # fmt: skip
    assert findings(found, style=False) == []
    assert found.lang == lang


def test_the_template_is_the_same_every_time() -> None:
    assert template_xlsx() == template_xlsx()


@pytest.mark.parametrize(
    "names",
    [
        ("题型", "题干", "选项A", "选项B", "正确答案", "答案解析", "分数", "难度", "知识点"),
        ("类型", "试题", "A", "B", "答案", "解析", "分值", "难易度", "标签"),
        ("Type", "Question", "Option 1", "Option 2", "Correct answer", "Explanation", "Marks",
         "Difficulty", "Tags"),
    ],
)  # fmt: skip
def test_columns_are_known_by_many_names(names) -> None:
    row = ("单选题", "哪个是利益？", "省时", "蓝色", "A", "因为", 2.5, "难", "提问、价值")
    (item,) = read_file("表.xlsx", sheet(names, row)).items
    assert (item.type, item.answer, item.difficulty) == (ItemType.SINGLE, ("A",), 4)
    assert (str(item.points), item.tags, item.why) == ("5/2", ("提问", "价值"), {"zh-CN": "因为"})


def test_each_row_that_is_not_read_is_told_with_row_and_column() -> None:
    found = read_file(
        "表.xlsx",
        sheet(
            ("公司题库",),
            ("题干", "选项", "答案", "分值", "备注"),
            ("好题", "A. 甲 B. 乙", "B", "5", "x"),
            ("", "A. 甲 B. 乙", "B", "5", ""),
            ("坏分值", "甲|乙|丙", "AC", "五分", ""),
            ("坏答案", "甲\n乙", "见书", "5", ""),
            ("没有分隔", "甲乙丙", "A", "5", ""),
            ("判断题", "", "错", "5", ""),
        ),
    )
    told = {(p.key, p.line, p.col) for p in findings(found) if p.key.startswith("W6")}
    assert {
        ("W612", 2, 5), ("W613", 4, 1), ("W603.points", 5, 4), ("W603.key", 6, 3),
        ("W614", 7, 2), ("W608", 6, 1),
    } <= told  # fmt: skip
    assert [item.stem["zh-CN"] for item in found.items][:2] == ["好题", "没有分隔"]


def test_a_merged_type_counts_for_all_its_rows_and_formulas_are_text() -> None:
    data = sheet(
        ("题型", "题干", "选项A", "选项B", "答案"),
        ("", "一", "甲", "=1+1", "A"),
        ("", "二", "甲", "乙", "B"),
        merge=(1, 0, 2, 0, "单选题"),
    )
    assert outline(read_file("表.xlsx", data)) == ["single - - | 2A 2B"]


def test_a_sheet_without_column_names_says_what_to_do() -> None:
    assert "E607" in codes(read_file("表.xlsx", sheet(("甲", "乙"), ("丙", "丁"))))


@pytest.mark.parametrize("sign", [",", "\t", ";"])
@pytest.mark.parametrize("codec", ["utf-8-sig", "gbk"])
def test_csv_in_its_dialects(sign: str, codec: str) -> None:
    rows = [("题型", "题干", "选项A", "选项B", "答案"), ("单选", '"引号和换\n行"', "甲", "乙", "B")]
    text = "\r\n".join(sign.join(row) for row in rows)
    found = read_file("表.csv", text.encode(codec))
    (item,) = found.items
    assert item.stem == {"zh-CN": "引号和换\n行"}
    assert (item.answer, item.place.line) == (("B",), 2)


def test_the_same_file_twice_gives_the_same_text() -> None:
    for data in (TEXT.encode(), template_xlsx()):
        one, two = (
            to_yaml(read_file("卷", data), bank_id=suggested_id("卷.docx"), title="卷")
            for _ in range(2)
        )
        assert one == two
