"""Attachments: told by their bytes, opened only in the limited child, never shown in the page."""

import io
import zipfile

import pytest

from app.deliverables import attachments
from app.deliverables.errors import (
    FileBrokenError,
    FileKindError,
    FileLargeError,
    FileMacroError,
)

pytestmark = pytest.mark.one_database

WORK = "/enrolments/{}/activities/cw-case/work"
PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\0" * 40


def office(*names, types="<Types/>", kind="word"):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("[Content_Types].xml", types)
        for name in (f"{kind}/document.xml", *names):
            archive.writestr(name, "x")
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("方案.pdf", PDF),
        ("x.png", PNG),
        ("x.JPEG", JPG),
        ("x.docx", office()),
        ("x.xlsx", office(kind="xl")),
        ("x.pptx", office(kind="ppt")),
    ],
)
def test_what_is_taken(name, data):
    kept = attachments.check(name, data, kept=0)
    assert kept.data == data
    assert kept.name.endswith(f".{kept.suffix}")


@pytest.mark.parametrize(
    ("name", "data", "refused"),
    [
        ("x.docm", office(), FileKindError),
        ("x.exe", b"MZ" + b"\0" * 100, FileKindError),
        ("x.pdf", b"<html><script>x</script>", FileKindError),
        ("x.png", PDF, FileKindError),
        ("x.html", b"<html>", FileKindError),
        ("x.svg", b"<svg/>", FileKindError),
        ("nosuffix", PDF, FileKindError),
        ("x.pdf", b"", FileKindError),
        ("x.xlsx", office(), FileKindError),
        ("x.docx", office("word/vbaProject.bin"), FileMacroError),
        ("x.docx", office(types="application/macroEnabled.main+xml"), FileMacroError),
        ("x.pdf", PDF + b" /JavaScript (app.alert)", FileMacroError),
        ("x.docx", b"PK\x03\x04 no zip at all", FileBrokenError),
        ("x.pdf", PDF + b"\0" * attachments.MOST_FILE, FileLargeError),
    ],
)
def test_what_is_refused(name, data, refused):
    with pytest.raises(refused):
        attachments.check(name, data, kept=0)


def test_all_together_stay_below_thirty_megabytes():
    with pytest.raises(FileLargeError):
        attachments.check("x.pdf", PDF, kept=attachments.MOST_ALL)


def test_a_path_in_the_name_is_cut_off():
    assert attachments.check("..\\..\\etc/x.pdf", PDF, kept=0).name == "x.pdf"


def test_upload_download_and_take_away(page, workshop):
    mine = workshop.enrol("小王", "小陈", "小赵", "带教人")["小王"]
    url = WORK.format(mine)
    page(f"{url}/files", data={"file": (io.BytesIO(PDF), "方案.pdf")}, as_="小王")
    document = workshop.document(mine)
    (kept,) = [one.id for one in workshop_files(document.id)]
    got = page(f"/documents/{document.id}/files/{kept}/download", as_="陈老师")
    assert got.data == PDF
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    page(f"/documents/{document.id}/files/{kept}/download", as_="小赵", status=404)
    page(f"{url}/files", data={"file": (io.BytesIO(b"MZ"), "x.exe")}, as_="小王")
    assert "没有收下" in page(url, as_="小王").text
    workshop.write(mine)
    workshop.hand_in(mine)
    page(f"/documents/{document.id}/files/{kept}/remove", data={}, as_="小王", status=409)
    seat = workshop.reviewers(mine)[0]
    reader = next(
        name for name in ("小陈", "小赵", "带教人") if workshop.person(name).id == seat.assessor_id
    )
    blind = page(f"/performances/{seat.performance_id}/files/{kept}/download", as_=reader)
    assert "方案" not in blind.headers["Content-Disposition"]
    assert "%E6%96%B9" not in blind.headers["Content-Disposition"]


def workshop_files(document_id):
    from app.deliverables import queries

    return queries.files(document_id)
