"""Every sentence of the import has a file that makes it said."""

import io

import docx
import xlsxwriter
from docx.oxml import parse_xml
from PIL import Image

from app.banks.importing import read_file
from app.banks.importing.check import findings
from app.banks.messages import MESSAGES
from tests.banks.importing.test_files import saved, sheet
from tests.banks.importing.test_papers import PAPERS

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
BOX = (
    f'<w:r xmlns:w="{W}"><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:textbox>'
    "<w:txbxContent><w:p><w:r><w:t>框里的字</w:t></w:r></w:p></w:txbxContent>"
    "</v:textbox></v:shape></w:pict></w:r>"
)
# test_files, test_sandbox, test_scaling
ELSEWHERE = {"E601", "E603", "E604", "E605", "W611.tracked"} | {
    key for key in MESSAGES if key.startswith("E609")
}


def picture(kind: str, colour: str) -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (6, 6), colour).save(out, kind)
    return io.BytesIO(out.getvalue())


def word() -> bytes:
    document = docx.Document()
    document.add_paragraph("1. 图里是什么？")._p.append(parse_xml(BOX))
    for kind, colour in (("PNG", "red"), ("JPEG", "blue"), ("GIF", "green")):
        document.add_picture(picture(kind, colour))
    document.add_paragraph("A. 红 B. 蓝")
    return saved(document)


def book() -> bytes:
    out = io.BytesIO()
    pages = xlsxwriter.Workbook(out, {"in_memory": True})
    pages.add_worksheet("说明").write_row(0, 0, ("随便写的",))
    pages.add_worksheet("题").write_row(
        0, 0, ("题型", "题干", "选项", "答案", "难度", "分值", "备注")
    )
    pages.worksheets()[1].write_row(1, 0, ("连线", "题", "甲乙", "见书", "玄", "五", "x"))
    pages.worksheets()[1].write_row(2, 0, ("单选", "", "甲乙"))
    pages.close()
    return out.getvalue()


FILES = [
    word(),
    book(),
    sheet(("甲",), ("乙",)),
    b"%PDF-1.7",
    "一、填空题\n1. 首访之后要____。\n".encode(),
    "一、单选题\n1. A. 甲 B.  C. 丙\n".encode(),
    "1. 甲？\nA. 一 B. 二\n答案：A\n".encode() + b"\xff\xff\n",
    "1. 甲？\nA. 一 B. 二\n答案：A\n难度：玄\n分值：几分\n".encode("gbk"),
    *(path.read_bytes() for path in PAPERS),
]


def test_every_code_of_the_text_import_is_said_somewhere() -> None:
    told = {problem.key for data in FILES for problem in findings(read_file("x", data))}
    ours = {key for key in MESSAGES if key[:3] in {"E60", "W60", "W61"}}
    assert ours - told - ELSEWHERE == set()


def test_pictures_and_boxes_of_word_are_named() -> None:
    found = read_file("x", word())
    said = {note.key: note.params for note in found.notes}
    assert said["W611"] == {"text": "框里的字"}
    assert said["W610"]["names"] == ("image3.gif",)
    assert said["W610.many"]["names"] == ("image-2.jpg",)
    assert found.items[0].image == "image-1.png"
    assert set(found.images) == {"image-1.png"}


def test_book_marks_stay_unless_they_hold_the_whole_title():
    body = "\n一、单选题（每题5分）\n1. 首访要问（B）\nA. 价格\nB. 背景\n".encode()
    for said, title in (("《销售》课后测试", "《销售》课后测试"), ("《课后测试》", "课后测试")):
        found = read_file("a.txt", said.encode() + body)
        assert found.title == {"zh-CN": title}
