"""`bank import`: streams, exit codes, the file, and that it needs no database."""

import io
from pathlib import Path

import docx
import pytest
from PIL import Image

from app.banks import importing
from app.banks.importing import sandbox
from app.banks.loader import load_path
from tests.banks.importing.test_files import saved
from tests.banks.importing.test_papers import PAPERS

BY_NAME = {path.stem: path for path in PAPERS}


@pytest.fixture
def run(app):
    def call(*words: str):
        result = app.test_cli_runner().invoke(args=("bank", "import", *words))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return call


def test_the_course_paper_is_written_and_its_slip_is_told(run, tmp_path: Path) -> None:
    out = tmp_path / "bank.yaml"
    source = BY_NAME["course-paper"]
    code, stdout, stderr = run(str(source), "--out", str(out))
    assert (code, stdout) == (1, "")
    (slip,) = [line for line in stderr.splitlines() if " E" in line]
    assert slip.startswith(
        f"{source}:7:1: E301 本节写明共 25 分，但 3 题合计 30 分。把 total 改为 30"
    )
    text = out.read_text(encoding="utf-8")
    assert "total: 25" in text
    assert [found.code for found in load_path(out).errors] == ["E301"]
    assert run(str(source), "--out", str(out))[0] == 1
    assert out.read_text(encoding="utf-8") == text, "the same file twice changes nothing"


def test_a_paper_without_errors_gives_0_and_a_bank_that_loads(run, tmp_path: Path) -> None:
    out = tmp_path / "b.yaml"
    code, _, stderr = run(str(BY_NAME["bracket-keys"]), "--out", str(out), "--id", "my-bank")
    assert code == 0
    assert {line.split(" ")[1][:2] for line in stderr.splitlines()} == {"W5"}, "style alone"
    loaded = load_path(out)
    assert (loaded.errors, loaded.bank.id, len(loaded.bank.items)) == ((), "my-bank", 8)


def test_without_out_the_bank_is_shown(run) -> None:
    code, stdout, _ = run(str(BY_NAME["bracket-keys"]))
    assert code == 0
    assert stdout.startswith("schema: qbank/1\nid: bracket-keys\n")


def test_english_sentences_on_demand(run) -> None:
    _, _, stderr = run(str(BY_NAME["course-paper"]), "--lang", "en")
    assert "E301 This section states 25 points, but its 3 items sum to 30." in stderr


def test_nothing_understood_writes_nothing(run, tmp_path: Path) -> None:
    out = tmp_path / "b.yaml"
    code, _, stderr = run(str(BY_NAME["nothing-here"]), "--out", str(out))
    assert code == 1
    assert "E606" in stderr
    assert not out.exists()


def test_unusable_calls_give_2(run, tmp_path: Path) -> None:
    assert run(str(tmp_path / "none.txt"))[0] == 2
    assert run(str(BY_NAME["english"]), "--id", "Bad Id")[0] == 2
    assert run(str(BY_NAME["english"]), "--out", str(tmp_path / "no" / "b.yaml"))[0] == 2


def test_pictures_lie_beside_the_bank(run, tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(picture, "PNG")
    document = docx.Document()
    document.add_paragraph("1. 图里是什么？")
    document.add_picture(io.BytesIO(picture.getvalue()))
    document.add_paragraph("A. 红 B. 蓝")
    document.add_paragraph("答案：A")
    source, out = tmp_path / "red.docx", tmp_path / "red.yaml"
    source.write_bytes(saved(document))
    assert run(str(source), "--out", str(out))[0] == 0
    assert load_path(out).errors == ()
    assert load_path(out).bank.items[0].image == "image-1.png"


def test_the_file_is_read_in_a_limited_child(run, tmp_path: Path, monkeypatch) -> None:
    def nobody(*_: object) -> None:
        raise AssertionError("read by the command itself")

    monkeypatch.setattr(importing, "read_file", nobody)
    out = tmp_path / "b.yaml"
    assert run(str(BY_NAME["bracket-keys"]), "--out", str(out))[0] == 0
    assert len(load_path(out).bank.items) == 8


def test_a_file_beyond_the_limits_is_told_in_the_form_of_the_lint(
    run, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setitem(sandbox.understand.__kwdefaults__, "seconds", 0.0)
    source, out = BY_NAME["bracket-keys"], tmp_path / "b.yaml"
    code, stdout, stderr = run(str(source), "--out", str(out))
    assert (code, stdout) == (1, "")
    assert stderr.startswith(f"{source}:1:1: E605 读这个文件用的时间或内存超过了限度。拆成几个文件")
    assert len(stderr.splitlines()) == 1
    assert not out.exists()
    large = tmp_path / "large.txt"
    large.write_bytes(b"x" * (importing.MAX_BYTES + 1))
    assert (
        f"{large}:1:1: E603 large.txt is too large; 20 MiB is the most"
        in run(str(large), "--lang", "en")[2]
    )


def test_another_picture_beside_the_bank_is_left_alone(run, tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("1. 图里是什么？")
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "blue").save(picture, "PNG")
    document.add_picture(io.BytesIO(picture.getvalue()))
    document.add_paragraph("A. 红 B. 蓝")
    source, out = tmp_path / "blue.docx", tmp_path / "blue.yaml"
    source.write_bytes(saved(document))
    other = tmp_path / "image-1.png"
    other.write_bytes(b"of another bank")
    code, _, stderr = run(str(source), "--out", str(out))
    assert code == 2
    assert "image-1.png 已经是另一张图片" in stderr
    assert other.read_bytes() == b"of another bank"
    assert not out.exists()
