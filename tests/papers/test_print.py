"""Real PDFs: every character of every item comes back, and the key stays with who may see it."""

import io
import re
import zipfile
from dataclasses import replace
from fractions import Fraction
from urllib.parse import quote, unquote

import pypdfium2
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from app.assessments import services
from app.assessments.queries import monitor, printed
from app.banks.loader import load_bytes
from app.cli.banks import cli
from app.domain import papercode
from app.domain.items import Choice, Item, ShortAnswer, TrueFalse, text_in
from app.domain.papers import Entry, Paper, PaperSection, letters
from app.jobs.models import JobRun
from app.jobs.worker import folder_of, run_job
from app.kernel.config import ROOT
from app.kernel.pdf import render_many, render_pdf
from app.papers import printing, prints
from app.papers.prints import Kind
from tests.assessments import builders as b
from tests.papers import builders as p

BANKS = ("product-knowledge", "needs-discovery-spin", "objection-handling", "talk-track-basics")
FOLDER = ROOT / "question_banks"
# What is laid out on paper does not depend on the kind of database.
pytestmark = pytest.mark.one_database
SHIPPED = sorted({file.stem for file in FOLDER.glob("*.yaml")} - {"framework", "objections"})
HEADING = re.compile(r"^([一二三四五六七八九]、|Part \d+\.)")
NUMBER = re.compile(r"^(?:[（(]\s*[）)]\s*)?(\d{1,3})(?:\.|\s)")


def text_of(pdf):
    """The text of all pages, and each page's own."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    return pages


def bare(text):
    """Without white space, soft hyphens and the marks of Markdown."""
    return re.sub(r"[\s\u00ad\u200b\ufffe]|\*\*|`", "", text)


def plain(text):
    """What a stem says once Markdown is drawn: list signs and table bars are gone."""
    lines = [re.sub(r"^\s*(?:[-*]|\d+\.)\s+", "", line) for line in text.splitlines()]
    lines = [line for line in lines if not re.fullmatch(r"[\s|:-]*-[\s|:-]*", line)]
    return bare("".join(lines).replace("|", ""))


def bank_of(name):
    found = load_bytes((ROOT / "question_banks" / f"{name}.yaml").read_bytes(), file=name)
    assert found.bank is not None
    return found.bank


@pytest.fixture(autouse=True)
def same_children(monkeypatch):
    """The command ends its children; the tests go on with theirs."""
    monkeypatch.setattr("app.kernel.pdf.close", lambda: None)


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
@pytest.mark.parametrize("name", BANKS)
def test_every_item_of_a_shipped_bank_is_on_its_paper_word_for_word(app, tmp_path, name, lang):
    out = tmp_path / "out.pdf"
    file = str(ROOT / "question_banks" / f"{name}.yaml")
    done = CliRunner().invoke(cli, ["paper", file, "--pdf", str(out), "--lang", lang])
    assert done.exit_code == 0, done.output
    pages = text_of(out.read_bytes())
    whole = bare("".join(pages))
    bank = bank_of(name)
    for item in bank.items:
        assert plain(text_in(item.stem, lang)) in whole, item.id
        if isinstance(item.body, Choice):
            for option in item.body.options:
                assert bare(text_in(option.text, lang)) in whole, (item.id, option.id)
    words = {"zh-CN": ("第", "页，共", "页"), "en": ("Page", "of", "")}[lang]
    for n, page in enumerate(pages, 1):
        assert f"{words[0]}{n}{words[1]}{len(pages)}{words[2]}" in bare(page)
        assert re.search(r"[1-9A-Z]{3}-[1-9A-Z]{4}", page), "the code stands on each page"
    secrets = [text_in(item.why, lang) for item in bank.items if item.why]
    assert not [one for one in secrets if plain(one) in whole]


def test_no_item_is_broken_over_a_page(app, tmp_path):
    out = tmp_path / "out.pdf"
    file = str(ROOT / "question_banks" / "product-knowledge.yaml")
    CliRunner().invoke(cli, ["paper", file, "--pdf", str(out)])
    pages = [bare(page) for page in text_of(out.read_bytes())]
    for item in bank_of("product-knowledge").items:
        stem = bare(text_in(item.stem, "zh-CN"))
        on = [n for n, page in enumerate(pages) if stem in page]
        assert len(on) == 1, item.id
        if isinstance(item.body, Choice):
            texts = [bare(text_in(option.text, "zh-CN")) for option in item.body.options]
            assert all(one in pages[on[0]] for one in texts), item.id


def test_the_key_of_a_file_says_what_is_right_and_why(app, tmp_path):
    file = str(ROOT / "question_banks" / "product-knowledge.yaml")
    out = tmp_path / "key.pdf"
    assert CliRunner().invoke(cli, ["paper", file, "--pdf", str(out), "--key"]).exit_code == 0
    whole = bare("".join(text_of(out.read_bytes())))
    bank = bank_of("product-knowledge")
    for item in bank.items:
        if isinstance(item.body, ShortAnswer):
            for one in item.body.rubric:
                assert bare(text_in(one.point, "zh-CN")) in whole
    assert "只给阅卷人" in whole
    answers = tmp_path / "answers.pdf"
    assert (
        CliRunner().invoke(cli, ["paper", file, "--pdf", str(answers), "--answers"]).exit_code == 0
    )
    sheet = bare("".join(text_of(answers.read_bytes())))
    assert "答题纸" in sheet
    assert bare(text_in(bank.items[0].stem, "zh-CN")) not in sheet


def test_the_command_says_what_it_cannot_do(app, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("schema: qbank/1\nid: x\n", encoding="utf-8")
    out = str(tmp_path / "x.pdf")
    assert CliRunner().invoke(cli, ["paper", str(bad), "--pdf", out]).exit_code == 1
    track = str(ROOT / "question_banks" / "framework.yaml")
    assert CliRunner().invoke(cli, ["paper", track, "--pdf", out]).exit_code == 2
    good = str(ROOT / "question_banks" / "product-knowledge.yaml")
    both = ["paper", good, "--pdf", out, "--key", "--answers"]
    assert CliRunner().invoke(cli, both).exit_code == 2
    nowhere = str(tmp_path / "no" / "x.pdf")
    assert CliRunner().invoke(cli, ["paper", good, "--pdf", nowhere]).exit_code == 2


# ---------------------------------------------------------------- pages


def laid_out(pdf):
    """Of each page the lines between head and foot."""
    found = []
    for page in text_of(pdf):
        lines = [line.strip() for line in page.splitlines() if line.strip()]
        found.append(
            [one for one in lines if not re.search(r"^第 \d+ 页|^Page \d|^\w{3}-\w{4}$", one)]
        )
    return found


def nothing_stands_alone(pages, written):
    """No heading ends a page, and nobody turns the page for one small item."""
    for lines in pages:
        headed = [at for at, line in enumerate(lines) if HEADING.match(line)]
        if headed:
            assert any(NUMBER.match(line) for line in lines[headed[-1] + 1 :]), lines[-4:]
    last = {int(m[1]) for line in pages[-1] if (m := NUMBER.match(line))}
    assert len(last) > 1 or last & written, pages[-1]


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_bank_takes_few_pages_and_nothing_stands_alone(app, tmp_path, name, lang):
    pages = {}
    for kind in ("paper", "answers"):
        out = tmp_path / f"{kind}.pdf"
        asked = ["paper", str(FOLDER / f"{name}.yaml"), "--pdf", str(out), "--lang", lang]
        done = CliRunner().invoke(cli, [*asked, *(["--answers"] if kind == "answers" else [])])
        assert done.exit_code == 0, done.output
        pages[kind] = laid_out(out.read_bytes())
    items = bank_of(name).items
    written = {n for n, item in enumerate(items, 1) if isinstance(item.body, ShortAnswer)}
    for found in pages.values():
        nothing_stands_alone(found, written)
    # About as many as somebody would need who sets it by hand.
    assert len(pages["paper"]) <= 4
    assert len(pages["answers"]) <= (2 if written else 1)


def test_wherever_a_page_ends_the_last_part_is_not_left_alone(app):
    """One statement in a part of its own, behind any number of statements."""
    ones = {
        n: Item(f"i-{n}", {"zh-CN": f"第 {n} 句说得对"}, TrueFalse(key=True), Fraction(2))
        for n in range(1, 40)
    }
    sections = (PaperSection({"zh-CN": "判断题"}), PaperSection({"zh-CN": "附加题"}))
    papers = [
        Paper(
            "1",
            sections,
            tuple(Entry(n, f"i-{n}", n, Fraction(2), int(n == count)) for n in range(1, count + 1)),
            count,
        )
        for count in range(24, 38)
    ]
    head = prints.Head("测验", "1234567")
    htmls = [prints.html(Kind.PAPER, one, ones, head, lang="zh-CN") for one in papers]
    lengths = set()
    for pdf in render_many(htmls):
        pages = laid_out(pdf)
        lengths.add(len(pages))
        nothing_stands_alone(pages, set())
    assert lengths == {1, 2}, "page ends fell among these"


# ---------------------------------------------------------------- forms and people


@pytest.fixture
def trainer(person):
    return person("陈老师").id


@pytest.fixture
def exam(app, clock, trainer, person):
    made = b.assessment(trainer, clock.now, forms=2)
    for name in ("小王", "小陈"):
        b.assigned(made, person(name).id, clock.now)
    return made


def test_a_persons_paper_bears_name_form_and_code(exam, trainer, person, clock, page):
    sheet = p.sheet(exam, person("小王").id, trainer, clock.now)
    url = f"/assessments/{exam}/papers/{sheet.code}"
    whole = bare("".join(text_of(page(f"{url}/paper.pdf", as_="陈老师").data)))
    for text in ("小王", "华东一组", f"{sheet.letter}卷", papercode.shown(sheet.code), "一、单选"):
        assert text in whole
    assert "少选按比例给分" in whole, "the marking rule is printed"
    assert "共2题，每题10分，共20分" in whole
    assert "姓名：" in whole
    assert "得分：" in whole
    assert "KEYWHY" not in whole
    assert "MODELANSWER" not in whole
    assert "（）" in whole
    separate = page(f"{url}/paper.pdf?separate=1&lang=en", as_="陈老师").data
    other = bare("".join(text_of(separate)))
    assert "（）" not in other
    assert "Part1." in other
    sheet_text = bare("".join(text_of(page(f"{url}/answers.pdf", as_="陈老师").data)))
    assert "小王" in sheet_text
    assert "客户说" not in sheet_text


def test_the_printed_key_names_the_letters_of_this_form(exam, trainer, page, clock, db_session):
    """Over both forms: the letters on the key are those the engine scores as right."""
    for form in printed.forms(exam):
        data = page(f"/assessments/{exam}/papers/{form.code}/key.pdf", as_="陈老师").data
        whole = bare("".join(text_of(data)))
        assert "KEYWHY-1" in whole
        assert "MODELANSWER" in whole
        for entry in form.paper.entries:
            if entry.item_id in {"o-1", "o-2", "o-3"}:
                right = "".join(
                    k for k, o in letters(entry.options).items() if o in b.RIGHT[entry.item_id]
                )
                assert f"{entry.position}{right}10" in whole
        first = next(e for e in form.paper.entries if e.item_id == "o-1")
        shown = next(k for k, o in letters(first.options).items() if o == "A")
        assert f"{shown}先共情" in whole, "letters in explanations are the form's own"


def test_the_key_sends_nobody_to_a_rubric_that_is_not_there(exam, trainer, clock):
    form = printed.forms(exam)[0]
    found = printing.one(exam, trainer, form.code, lang="zh-CN", now=clock.now)
    items = printing.items_of(exam)
    bare_items = {
        key: replace(item, body=replace(item.body, rubric=()))
        if isinstance(item.body, ShortAnswer)
        else item
        for key, item in items.items()
    }
    with_rubric, without = (
        printing.html(found, Kind.KEY, one, lang="zh-CN", separate=True)
        for one in (items, bare_items)
    )
    assert "见评分标准" in with_rubric
    assert "见参考答案" in without
    assert "见评分标准" not in without
    assert "答案写在答题纸上" not in without
    paper = printing.html(found, Kind.PAPER, items, lang="zh-CN", separate=True)
    assert "答案写在答题纸上" in paper


def test_forms_are_dealt_evenly_and_a_retake_takes_the_next(exam, trainer, person, clock, page):
    people = {row.letter: row.people for row in printed.forms(exam)}
    assert people == {"A": 1, "B": 1}
    shown = page(f"/assessments/{exam}/papers", as_="陈老师").text
    assert "题目完全相同，只有选项次序不同" in shown
    assert "A 卷和 B 卷共用 5 题，共 5 题" in shown
    wang = person("小王").id
    first = p.sheet(exam, wang, trainer, clock.now)
    b_assignment = b.assigned(exam, wang, clock.now)
    attempt = services.start(assignment_id=b_assignment, person_id=wang, seed="x", now=clock.now)
    assert [e.options for e in b.frozen(attempt).paper.entries] == [
        e.options for e in first.paper.entries
    ], "online she sits the same form"


def test_all_papers_come_as_one_zip(app, exam, trainer, page, db_session, person):
    data = {"by": "people", "kinds": ["paper", "key"], "language": "zh-CN"}
    reply = page(f"/assessments/{exam}/papers/zip", as_="陈老师", data=data, status=302)
    job_id = int(reply.headers["Location"].rstrip("/").rsplit("/", 1)[1])
    db_session.commit()
    run_job(app, job_id)
    db_session.expire_all()
    job = db_session.get(JobRun, job_id)
    assert job.state == "done", job.message
    assert (job.done, job.total) == (4, 4)
    title = monitor.head(exam, job.owner_id, "zh-CN").title
    assert job.file_name == f"{title} 纸质卷 2026-03-02.zip"
    file = page(f"/jobs/{job_id}/file", as_="陈老师").headers["Content-Disposition"]
    assert quote(job.file_name, safe="") in file
    path = folder_of(app.extensions["settings"], job_id) / job.file_name
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert len(names) == 4
        paper = next(one for one in names if one.startswith("试卷/小王-"))
        assert "小王" in "".join(text_of(archive.read(paper)))
        keys = [one for one in names if one.startswith("答案/")]
        assert "KEYWHY-1" in bare("".join(text_of(archive.read(keys[0]))))


def names_of(reply):
    """A download's name for old programs, and its real one."""
    found = re.fullmatch(
        r"attachment; filename=\"([ -~]+)\"; filename\*=UTF-8''(\S+)",
        reply.headers["Content-Disposition"],
    )
    assert found is not None, reply.headers["Content-Disposition"]
    return found[1], unquote(found[2])


def test_downloads_are_called_what_a_trainer_calls_them(app, clock, trainer, person, page):
    made = b.assessment(trainer, clock.now, forms=1, title='异议处理 "三月/四月" 测验')
    wang = person("小王").id
    b.assigned(made, wang, clock.now)
    code = p.sheet(made, wang, trainer, clock.now).code
    base = f"/assessments/{made}"
    title = "异议处理 _三月_四月_ 测验"
    shown = papercode.shown(code)
    assert names_of(page(f"{base}/papers/{code}/paper.pdf", as_="陈老师")) == (
        f"paper-{code}.pdf",
        f"{title} 试卷 小王-{shown}.pdf",
    )
    key = names_of(page(f"{base}/papers/{code}/key.pdf?lang=en", as_="陈老师"))[1]
    assert key.endswith(f" key 小王-{shown}.pdf")
    assert names_of(page(f"{base}/papers/entry.xlsx", as_="陈老师"))[1] == f"{title} 录入表.xlsx"
    assert names_of(page(f"{base}/monitor.xlsx", as_="陈老师"))[1] == f"{title} 测验情况.xlsx"


def test_a_zip_is_not_made_for_who_lost_the_right(app, exam, trainer, page, db_session):
    from app.accounts.models import RoleGrant

    data = {"by": "forms", "kinds": ["paper"], "language": "en"}
    reply = page(f"/assessments/{exam}/papers/zip", as_="陈老师", data=data, status=302)
    job_id = int(reply.headers["Location"].rstrip("/").rsplit("/", 1)[1])
    for grant in db_session.scalars(select(RoleGrant).filter_by(user_id=trainer)):
        db_session.delete(grant)
    db_session.commit()
    run_job(app, job_id)
    db_session.expire_all()
    assert db_session.get(JobRun, job_id).state == "failed"


def test_nothing_chosen_to_print_is_said(exam, page):
    reply = page(f"/assessments/{exam}/papers/zip", as_="陈老师", data={"by": "people"}, status=422)
    assert "至少选一样" in reply.text


def test_an_image_is_printed(app, clock, trainer, tmp_path):
    from app.banks import queries as banks
    from app.banks import services as bank_services
    from tests.security.scene import PIXEL

    (tmp_path / "pixel.png").write_bytes(PIXEL)
    text = b.BANK.replace("      - id: o-2\n", "        image: pixel.png\n      - id: o-2\n", 1)
    loaded = load_bytes(text.encode(), file="x.yaml", folder=tmp_path)
    bank_services.import_bank(loaded, now=clock.now, folder=tmp_path)
    found = banks.latest_bank("objections")
    bank_services.publish(bank_version_id=found.id, actor_id=None, now=clock.now)
    made = b.assessment(
        trainer, clock.now, forms=1, sources=(services.Source(found.id, "objections"),)
    )
    one = printed.forms(made)[0]
    each = printing.one(made, trainer, one.code, lang="zh-CN", now=clock.now)
    html = printing.html(each, Kind.PAPER, printing.items_of(made), lang="zh-CN", separate=False)
    assert html.count("data:image/png;base64,") == 1
    document = pypdfium2.PdfDocument(io.BytesIO(render_pdf(html)))
    kinds = [thing.type for page in document for thing in page.get_objects(max_depth=3)]
    assert pypdfium2.raw.FPDF_PAGEOBJ_IMAGE in kinds
    document.close()
