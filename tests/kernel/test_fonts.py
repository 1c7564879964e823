"""PDFs find their Chinese font however the product was started, or say what is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.kernel import fonts, pdf
from app.kernel.health import checks

ROOT = Path(__file__).resolve().parents[2]
FIRST_PDF = """
import sys
from pathlib import Path
from app.kernel import fonts
fonts.CACHE = Path(sys.argv[1])
pin, made = fonts._pin, []
fonts._pin = lambda weight: made.append(weight) or pin(weight)
fonts.ready()
print(*made)
"""


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """Neither folder of the font exists or can be made."""
    blocked = tmp_path / "a file"
    blocked.touch()
    monkeypatch.setattr(fonts, "CACHE", blocked / "fonts")
    monkeypatch.setenv("INSTANCE_DIR", str(blocked / "instance"))


def test_the_first_pdf_makes_the_font_once_whoever_asks_at_the_same_time(tmp_path, monkeypatch):
    """A start without make has no font: several workers may all be asked for their first PDF."""
    folder = tmp_path / "build" / "fonts"
    command = [sys.executable, "-c", FIRST_PDF, str(folder)]
    workers = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(3)]
    made = [worker.communicate()[0].split() for worker in workers]
    assert sorted(made) == [[], [], [b"400", b"700"]]
    monkeypatch.setattr(fonts, "CACHE", folder)
    assert all(path.read_bytes()[:4] == b"\0\1\0\0" for path in fonts.font_files().values())


def test_a_program_that_may_not_be_written_beside_keeps_the_font_with_its_data(
    nowhere, tmp_path, monkeypatch
):
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(fonts, "_pin", lambda weight: b"%d" % weight)
    made = fonts.ready()
    assert {path.parent for path in made.values()} == {tmp_path / "data" / "fonts"}
    assert fonts.font_files() == made


@pytest.mark.one_database
def test_without_a_font_everybody_is_told_what_to_do(app, page, nowhere, caplog):
    with pytest.raises(fonts.FontMissingError):
        pdf.render_pdf("<p>中文</p>")
    with app.test_request_context("/credentials/1/certificate.pdf"):
        told, status = app.handle_user_exception(fonts.FontMissingError())
    assert status == 503
    assert "运行 make setup" in told
    text = page("/admin/jobs", as_="admin").text
    assert "没有 PDF 用的中文字体" in text
    assert "cannot write into" in text
    [sick] = [one for one in checks() if one.name == "chinese font"]
    assert sick.cure == fonts.CURE


def test_without_the_libraries_the_word_is_about_them(monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)  # as when pango cannot be loaded
    with pytest.raises(pdf.LayoutMissingError) as refused:
        pdf._render("<p>中文</p>")
    assert "doctor" in refused.value.message
    assert refused.value.status == 503
