"""What goes out as a file and what comes in: no formula, no other name, no fetch."""

import io
import re
import zipfile
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook

from app.accounts.models import Unit, User
from app.assessments.models import Assessment
from app.competency.models import Evidence
from app.kernel import pdf
from app.reviews.models import Review
from tests.security.routes import pages
from tests.security.scene import ACTORS

PICTURE = 3  # FPDF_PAGEOBJ_IMAGE

FORMULAS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    '=HYPERLINK("http://evil.example","x")',
    "\t=1",
    "=cmd|'/C calc'!A0",
)


@pytest.fixture
def formulas(scene, db_session):
    """Every name that may stand in a sheet is a formula."""
    for model, column in ((User, "name"), (Unit, "name"), (Assessment, "title"), (Review, "name")):
        for n, row in enumerate(db_session.query(model)):
            setattr(row, column, FORMULAS[n % len(FORMULAS)])
    from sqlalchemy import update

    db_session.execute(update(Evidence.__table__).values(label=FORMULAS[0]))
    db_session.commit()


def test_no_cell_of_any_sheet_becomes_a_formula(app, scene, page, formulas, person, db_session):
    cookies = {role: db_session.get(User, scene.people[who]) for role, who in ACTORS.items()}
    opened = set()
    for role, row in cookies.items():
        name = row.name
        row.name = f"reader {role}"
        db_session.commit()
        for line, _label, path in list(pages(app, scene, ACTORS[role])):
            if not line.rule.rule.endswith(".xlsx"):
                continue
            answer = page.raw(path, as_=f"reader {role}")
            if answer.status_code != 200:
                continue
            opened.add(line.rule.rule)
            book = zipfile.ZipFile(io.BytesIO(answer.data))
            for part in book.namelist():
                if part.endswith(".xml"):
                    tags = {
                        node.tag.rpartition("}")[2]
                        for node in ET.fromstring(book.read(part)).iter()
                    }
                    assert not tags & {"f", "externalLink", "ddeLink", "hyperlink"}, (path, part)
            assert not [part for part in book.namelist() if "vba" in part or "external" in part]
            assert CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).sheet_names
        row.name = name
        db_session.commit()
    wanted = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.endswith(".xlsx")}
    assert opened == wanted


def test_the_control_a_name_that_looks_like_a_formula_arrives_as_text(app, scene, page, formulas):
    path = f"/assessments/{scene.ids['released assessment']}/monitor.xlsx"
    from app.kernel.db import session

    session().get(User, scene.people["陈老师"]).name = "陈老师"
    session().commit()
    book = CalamineWorkbook.from_filelike(io.BytesIO(page(path, as_="陈老师").data))
    cells = {
        str(cell)
        for name in book.sheet_names
        for row in book.get_sheet_by_name(name).to_python()
        for cell in row
    }
    assert any(formula.strip() in cell for formula in FORMULAS for cell in cells)


@pytest.mark.parametrize(
    "source",
    [
        "file:///etc/passwd",
        "http://127.0.0.1:9/x.png",
        "https://evil.example/x.png",
        "ftp://evil.example/x",
        "//evil.example/x.png",
        "/etc/passwd",
        "../../etc/passwd",
    ],
)
def test_the_printer_fetches_nothing(app, source):
    """An address in a document is refused: the picture is missing or the document is not made."""
    html = f"<html><body><p>text</p><img src='{source}'></body></html>"
    try:
        document = pdf.render_pdf(html)
    except pdf.PdfError:
        return
    book = pypdfium2.PdfDocument(document)
    kinds = [one.type for one in book[0].get_objects()]
    book.close()
    assert PICTURE not in kinds
    assert b"root:" not in document


SENT = (".xlsx", ".pdf", ".yaml", "/file", "/download")
TWO_NAMES = re.compile(r"attachment; filename=\"([!-~]+)\"; filename\*=UTF-8''(\S+)")


def test_a_file_is_sent_as_a_file(app, scene, page):
    """Downloads carry their own type, are never shown as a page, and have a name that people know
    again, beside one for programs that read ASCII alone."""
    called = {}
    for role in ("learner", "trainer", "manager", "hr", "admin"):
        for line, _label, path in pages(app, scene, ACTORS[role]):
            if line.rule.rule in called or not line.rule.rule.endswith(SENT):
                continue
            answer = page.raw(path, as_=ACTORS[role])
            if answer.status_code == 200:
                found = TWO_NAMES.fullmatch(answer.headers["Content-Disposition"])
                assert found is not None, (path, answer.headers["Content-Disposition"])
                assert answer.mimetype != "text/html"
                called[line.rule.rule] = unquote(found[2])
    for word in ("成绩", "看板", "结果", "评估资料", "评前总览", "逐行说明", "第 1 版", "模板"):
        assert any(word in name for name in called.values()), (word, called)
    assert len(called) >= 16, sorted(called)


def test_every_download_gets_its_name_in_one_place():
    """So that no title becomes a broken header, and no file is called by its number alone."""
    alone = {"kernel/downloads.py", "tracks/views/calendar.py"}  # a feed is not kept by its reader
    app = Path(__file__).resolve().parents[2] / "app"
    own = re.compile(r"Content-Disposition\"\] = (?!disposition\()|download_name=|as_attachment=")
    found = {
        file.relative_to(app).as_posix()
        for file in app.rglob("*.py")
        if own.search(file.read_text(encoding="utf-8"))
    }
    assert found <= alone, found - alone


def test_no_path_leads_out_of_the_static_folder(page):
    for path in (
        "/static/../policy.toml",
        "/static/..%2fpolicy.toml",
        "/static/%2e%2e/policy.toml",
        "/static//etc/passwd",
        "/bootstrap/static/../../../../etc/passwd",
    ):
        answer = page.raw(path)
        assert answer.status_code in {302, 308, 404}, path
        assert b"root:" not in answer.data
        assert b"people.list" not in answer.data


def test_a_body_that_is_too_large_is_refused(app, page):
    answer = page.raw("/account", as_="小王", data={"timezone": "x" * (17 * 1024 * 1024)})
    assert answer.status_code == 413
