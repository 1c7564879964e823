"""Exporting on the command line and on the page: the losses first, then the file; who may."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from docx import Document
from docx.oxml.ns import qn
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.banks import services
from app.banks.exporting import Format, losses, write
from app.banks.importing import read_file
from app.banks.loader import load_path
from app.banks.messages import MESSAGES
from app.domain.items import ItemStatus, ItemType, TrueFalse
from app.kernel.db import session
from tests.banks.exchange.same import EXAMPLE

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
WORDS = [one.value for one in Format]


@pytest.fixture
def run(app):
    def call(*words: str):
        result = app.test_cli_runner().invoke(args=words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return call


@pytest.fixture
def loaded(app):
    return services.load_paths([EXAMPLE], now=NOW)


# ---------------------------------------------------------------- the command


@pytest.mark.parametrize("to", WORDS)
def test_a_file_on_disk_is_exported_and_its_losses_told(run, tmp_path, to) -> None:
    out = tmp_path / "out"
    code, stdout, stderr = run(
        "bank", "export", str(EXAMPLE), "--to", to, "--out", str(out), "--key"
    )
    assert (code, stdout) == (0, "")
    assert f"{EXAMPLE}: W640 只写一种语言，en 的文字不在文件里" in stderr
    assert len(read_file("out", out.read_bytes()).items) == 10


def test_losses_are_told_in_english_too(run, tmp_path) -> None:
    out = tmp_path / "out"
    words = ("--to", "gift", "--out", str(out), "--lang", "en")
    code, _, stderr = run("bank", "export", str(EXAMPLE), *words)
    assert code == 0
    assert "W642 The rule of these items is no sum of weights" in stderr
    assert "disc-005" in stderr


def test_a_bank_of_the_database_is_exported_by_its_id(run, loaded, tmp_path) -> None:
    out = tmp_path / "out.gift"
    code, _, _ = run("bank", "export", "bootcamp-discovery", "--to", "gift", "--out", str(out))
    assert code == 0
    assert "[id:disc-001]" in out.read_text(encoding="utf-8")


def test_exit_codes_are_those_of_lint(run, tmp_path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("schema: qbank/1\nid: b\ntitle: x\n", encoding="utf-8")
    out = tmp_path / "out"
    assert run("bank", "export", str(bad), "--to", "gift", "--out", str(out))[0] == 1
    assert run("bank", "export", "no-such", "--to", "gift", "--out", str(out))[0] == 2
    assert run("bank", "export", str(tmp_path), "--to", "gift", "--out", str(out))[0] == 2
    assert run("bank", "export", str(EXAMPLE), "--to", "pdf", "--out", str(out))[0] == 2
    assert not out.exists()


# ---------------------------------------------------------------- what is lost


def test_each_loss_has_its_sentence_in_both_languages() -> None:
    bank = load_path(EXAMPLE).bank
    for to in Format:
        found = losses(bank, to, lang="zh-CN")
        assert found
        for loss in found:
            assert loss.key in MESSAGES
            assert loss.message("zh-CN") != loss.message("en")


def test_drafts_and_retired_items_stay_and_are_named() -> None:
    bank = load_path(EXAMPLE).bank
    items = (replace(bank.items[0], status=ItemStatus.RETIRED), *bank.items[1:3])
    one = replace(bank, sections=(replace(bank.sections[0], items=items),))
    for to in Format:
        (left,) = [loss for loss in losses(one, to, lang="zh-CN") if loss.key == "W641"]
        assert left.items == ("disc-001",)
        found = read_file("x", write(one, to, lang="zh-CN", images={}, key=True))
        assert len(found.items) == 2


def test_only_a_rule_that_is_no_sum_of_weights_is_lost() -> None:
    bank = load_path(EXAMPLE).bank
    for to in (Format.GIFT, Format.MOODLE):
        (lost,) = [loss for loss in losses(bank, to, lang="zh-CN") if loss.key == "W642"]
        assert lost.items == ("disc-005",)
    assert not [loss for loss in losses(bank, Format.QTI, lang="zh-CN") if loss.key == "W642"]


# ---------------------------------------------------------------- the files


def test_the_word_paper_looks_like_the_ordinary_test() -> None:
    bank = load_path(EXAMPLE).bank
    paper = Document(io.BytesIO(write(bank, Format.DOCX, lang="zh-CN", images={})))
    lines = [paragraph.text for paragraph in paper.paragraphs]
    assert lines[0] == bank.title["zh-CN"]
    assert [word.partition("：")[0] for word in lines[1].split()] == ["姓名", "部门", "得分"]
    assert "一、单项选择题（每题 5 分，共 15 分）" in lines
    assert "二、多项选择题（每题 5 分，共 10 分；少选按比例得分，选错不得分）" in lines
    assert not any("答案" in line for line in lines)
    fonts = paper.styles["Normal"].element.rPr.find(qn("w:rFonts"))
    assert fonts.get(qn("w:eastAsia")) == "宋体"
    footer = paper.sections[0].footer._element.xml
    assert 'w:instr="PAGE"' in footer
    assert 'w:instr="NUMPAGES"' in footer
    assert len(paper.tables) == 1


@pytest.mark.parametrize(
    ("stem", "line"),
    [
        ("续约时先谈价格（ ）", "1. 续约时先谈价格（ ）"),
        ("续约时先谈价格。( )", "1. 续约时先谈价格。( )"),
        ("续约时先谈价格。", "1. 续约时先谈价格。\t（    ）"),
    ],
)
def test_a_statement_has_one_bracket_to_answer_in(stem, line) -> None:
    bank = load_path(EXAMPLE).bank
    first = replace(bank.items[0], stem={"zh-CN": stem}, body=TrueFalse(key=True))
    one = replace(bank, sections=(replace(bank.sections[0], items=(first,)),))
    paper = Document(io.BytesIO(write(one, Format.DOCX, lang="zh-CN", images={})))
    assert line in [paragraph.text for paragraph in paper.paragraphs]


def test_short_options_stand_in_four_columns_long_ones_alone() -> None:
    bank = load_path(EXAMPLE).bank
    body = bank.items[0].body

    def tabs(*texts):
        options = tuple(
            replace(o, text={"zh-CN": t}) for o, t in zip(body.options, texts, strict=False)
        )
        item = replace(bank.items[0], body=replace(body, options=options))
        one = replace(bank, sections=(replace(bank.sections[0], items=(item,)),))
        paper = Document(io.BytesIO(write(one, Format.DOCX, lang="zh-CN", images={})))
        return [p.text.count("\t") for p in paper.paragraphs if p.text.startswith(("A. ", "C. "))]

    assert tabs("甲", "乙", "丙", "丁") == [3]
    assert tabs("十个字的选项文字在此", "乙", "丙", "丁") == [1, 1]
    assert tabs("二十多个字的选项，一行里放不下两个，要独占一行", "乙", "丙", "丁") == [0, 0]


def test_a_cell_that_looks_like_a_formula_stays_text() -> None:
    bank = load_path(EXAMPLE).bank
    item = replace(bank.items[0], stem={"zh-CN": '=HYPERLINK("http://x","y")'})
    one = replace(bank, sections=(replace(bank.sections[0], items=(item,)),))
    data = write(one, Format.XLSX, lang="zh-CN", images={})
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert rows[1][1] == '=HYPERLINK("http://x","y")'


# ---------------------------------------------------------------- the page


def test_the_page_names_what_is_lost_before_the_file(page, loaded) -> None:
    text = page("/banks/bootcamp-discovery", as_="陈老师").text
    assert "/banks/bootcamp-discovery/export" in text
    text = page("/banks/bootcamp-discovery/export?to=gift", as_="陈老师").text
    assert "GIFT 带不走的" in text
    assert "disc-005" in text
    assert 'action="/banks/bootcamp-discovery/export/gift"' in text
    assert "加一页答案" in page("/banks/bootcamp-discovery/export?to=docx", as_="陈老师").text


@pytest.mark.parametrize("to", WORDS)
def test_the_button_gives_the_file_and_the_trail_keeps_it(page, loaded, to) -> None:
    path = f"/banks/bootcamp-discovery/export/{to}"
    answer = page.raw(path, as_="陈老师", method="POST", data={"lang": "zh-CN", "key": "1"})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith(
        'attachment; filename="bootcamp-discovery.'
    )
    assert quote("新人训练营·客户需求挖掘 课后测试") in answer.headers["Content-Disposition"]
    found = read_file("x", answer.data)
    assert len(found.items) == 10
    assert sum(item.type is ItemType.SHORT for item in found.items) == 2
    event = session().scalars(select(AuditEvent).where(AuditEvent.action == "bank.export")).one()
    assert event.object_id == "bootcamp-discovery"
    assert json.loads(event.detail) == {"format": to, "key": True, "version": 1}


@pytest.mark.parametrize("who", ["小王", "李经理", "HR", "阅卷人"])
def test_nobody_without_keys_exports(page, loaded, who) -> None:
    assert page.raw("/banks/bootcamp-discovery/export", as_=who).status_code == 403
    answer = page.raw("/banks/bootcamp-discovery/export/gift", as_=who, method="POST", data={})
    assert answer.status_code == 403


def test_a_sheet_tells_that_rules_sections_and_rubrics_are_lost() -> None:
    bank = load_path(EXAMPLE).bank
    found = {loss.key: loss.items for loss in losses(bank, Format.XLSX, lang="zh-CN")}
    assert found["W642.none"] == ("disc-005",)
    assert found["W643"] == ("disc-009", "disc-010")
    assert found["W649"] == ("disc-001",)
    assert "W647.sections" in found
    assert {loss.key for loss in losses(bank, Format.DOCX, lang="zh-CN")} >= {"W649.rule", "W643"}
