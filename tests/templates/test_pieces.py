"""The shared pieces: icons that exist, charts that say their figures, fields with their errors."""

import re
from pathlib import Path
from types import SimpleNamespace

import html5lib
import pytest
from flask import Flask, render_template_string
from wtforms import BooleanField, Form, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "app" / "static" / "css").glob("*.css"))
SCRIPTS = sorted((ROOT / "app" / "static" / "js").rglob("*.js"))
IMPORTS = '{% import "_ui.html" as ui with context %}{% import "_forms.html" as f with context %}'


@pytest.fixture
def draw(app: Flask):
    def go(source: str, **values: object) -> str:
        with app.test_request_context("/"):
            text = render_template_string(IMPORTS + source, **values)
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        parser.parseFragment(text)
        assert not parser.errors, parser.errors
        return text

    return go


def icons() -> set[str]:
    svg = (ROOT / "app" / "static" / "img" / "icons.svg").read_text(encoding="utf-8")
    return set(re.findall(r'id="i-(\w+)"', svg))


def test_every_icon_that_is_asked_for_is_drawn():
    asked = re.compile(r"""(?:ui\.i|\bi|_icon|iconOf)\(\s*['"](\w+)['"]|#i-(\w+)|icon=['"](\w+)""")
    text = "".join(file.read_text(encoding="utf-8") for file in [*TEMPLATES, *SCRIPTS])
    text += "".join(re.findall(r'Way\("\w*", "[\w.]+", ("\w+")', _navigation())).replace('"', " ")
    found = {name for match in asked.findall(text) for name in match if name}
    ways = set(re.findall(r'Way\("\w*", "[\w.]+", "(\w+)"', _navigation()))
    assert found | ways <= icons()
    assert len(found) > 10


def _navigation() -> str:
    return (ROOT / "app" / "navigation.py").read_text(encoding="utf-8")


DOCUMENTS = {"_print.html", "print.html"}


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_templates_hold_no_inline_code_and_nothing_from_outside(file):
    text = file.read_text(encoding="utf-8")
    if file.name in DOCUMENTS:  # no pages: they carry a file of ours
        text = text.replace("<style>{{ css }}</style>", "", 1)
    if file.name == "mail.html":  # a mail program takes no file from us, and runs nothing
        text = re.sub(r"<style>[^<]*</style>", "", text, count=1)
    assert not re.search(r"\sstyle=|\son[a-z]+=[\"']|<style\b|javascript:", text)
    assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", text)
    assert "\N{MIDDLE DOT}" not in text, "the separator is drawn: <i class='lb-sep'></i>"


@pytest.mark.parametrize("file", STYLES, ids=lambda file: file.name)
def test_style_sheets_load_nothing_and_close_what_they_open(file):
    text = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert "@import" not in text
    assert "url(" not in text
    assert text.count("{") == text.count("}")


def test_style_sheets_use_only_variables_that_exist():
    text = "".join(file.read_text(encoding="utf-8") for file in STYLES)
    used = set(re.findall(r"var\((--lb-[\w-]+)", text))
    assert used <= set(re.findall(r"(--lb-[\w-]+)\s*:", text))


@pytest.mark.parametrize(
    ("status", "words", "draws_point"),
    [
        ("sufficient", "证据充分", True),
        ("provisional", "暂定", False),
        ("stale", "证据过期", False),
    ],
)
def test_an_interval_says_its_figures_and_draws_a_point_only_when_sure(
    draw, status, words, draws_point
):
    line = SimpleNamespace(status=status, lo=52.4, hi=81.5, m=67.0, target=60, call="met")
    text = draw("{{ ui.ev(p.status) }}{{ ui.iv(p, 24, '影响力 52–82') }}", p=line)
    assert words in text
    assert "<title>影响力 52–82</title>" in text
    assert 'x1="52.4%"' in text
    assert ('<circle class="c-pass c-knock"' in text) is draws_point


def test_too_little_evidence_draws_no_figure(draw):
    line = SimpleNamespace(status="insufficient", lo=None, hi=None, m=None, target=60, call=None)
    text = draw("{{ ui.iv(p, 24, '还差 1 次演练') }}{{ ui.call(p.call) }}", p=line)
    assert "stroke-dasharray" not in text
    assert "待补证据" in text


@pytest.mark.parametrize(
    ("call", "words"), [("met", "达标"), ("gap", "差距"), ("undecided", "未定"), (None, "待补证据")]
)
def test_a_call_is_a_word_beside_its_mark(draw, call, words):
    assert words in draw("{{ ui.call(c) }}", c=call)


class Sheet(Form):
    name = StringField("名称", [InputRequired("请填名称")])
    note = StringField("备注", [Length(max=3, message="备注最多 3 个字")])
    kind = SelectField("类型", choices=[SelectChoice("a", "甲"), SelectChoice("b", "乙")])
    way = RadioField("方式", choices=[SelectChoice("x", "一"), SelectChoice("y", "二")])
    sure = BooleanField("确认")


def test_a_field_is_tied_to_its_hint_and_errors_and_the_summary_links_to_it(draw):
    form = Sheet(name="", note="太长的备注", kind="a", way="x")
    assert not form.validate()
    text = draw(
        "{{ f.summary(form) }}{{ f.field(form.name, hint='写给学员看') }}"
        "{{ f.field(form.note, optional=True) }}{{ f.field(form.kind) }}{{ f.field(form.way) }}"
        "{{ f.field(form.sure) }}",
        form=form,
    )
    assert 'aria-describedby="name-hint name-error"' in text
    assert 'aria-invalid="true"' in text
    assert '<div class="invalid-feedback" id="name-error">' in text
    assert '<a href="#note">备注</a>' in text
    assert "（可不写）" in text
    assert "还有" in text
    assert text.count("<label") == 6


def test_what_a_person_wrote_is_text_everywhere(draw):
    bad = "<script>alert(1)</script>"
    text = draw(
        "{{ ui.note(bad, 'warn', bad) }}{{ ui.empty(bad, bad, '/', bad) }}"
        "{{ f.post_button('/', bad, label=bad, hidden={'x': bad}) }}"
        "{{ f.plain('x', bad, bad, bad) }}",
        bad=bad,
    )
    assert "<script" not in text
