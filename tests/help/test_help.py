"""The help says what the pages say: every quoted word is on a button or a label, every code is
explained, both languages have the same parts, and the links from the pages lead to a part."""

import re
from functools import cache
from pathlib import Path

import pytest

from app.banks.lintrules import FIRST
from app.banks.loader import load_text
from app.banks.messages import MESSAGES
from app.domain.itemlint import CODES
from app.help import pages
from app.kernel.config import ROOT
from tests.i18n.test_catalogue import catalogue, sources

LANGS = ("zh-CN", "en")
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
QUOTED = re.compile("“([^”]*)”")
HOLE = re.compile(r"%\([a-z_]+\)[.0-9]*[sdf]|\{[a-z_]+\}")
LETTER = re.compile(r"[^\W\d_]")
LINK = re.compile(r"ui\.help\('([a-z]+)', '([a-z-]*)'\)")


def text(name: str, lang: str) -> str:
    return (pages.TEXTS / lang / f"{name}.md").read_text(encoding="utf-8")


@cache
def labels(lang: str) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """What the product says in that language: whole texts, and those with holes as patterns."""
    said = (
        sources()
        if lang == "zh-CN"
        else frozenset(str(m.string) for m in catalogue() if m.id and m.string)
    )
    whole = frozenset(one.strip().replace("%%", "%") for one in said if not HOLE.search(one))
    holed = tuple(
        re.compile(".+".join(re.escape(part.replace("%%", "%")) for part in HOLE.split(one)))
        for one in sorted(said - whole)
        if len(LETTER.findall(HOLE.sub("", one))) >= 2
    )
    return whole, holed


def is_said(quoted: str, lang: str) -> bool:
    whole, holed = labels(lang)
    titles = {pages.page(name, lang).title for name in pages.NAMES}
    return quoted in whole | titles or any(one.fullmatch(quoted) for one in holed)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", pages.NAMES)
def test_what_the_help_quotes_stands_on_a_page(name, lang):
    quoted = QUOTED.findall(CODE.sub("", text(name, lang)))
    assert [one for one in quoted if not is_said(one, lang)] == []


def test_words_that_no_page_has_are_noticed():
    assert not is_said("按这里就行", "zh-CN")
    assert not is_said("Press here", "en")
    assert is_said("给 12 人编卷号", "zh-CN")


@pytest.mark.parametrize("name", pages.NAMES)
def test_both_languages_have_the_same_parts_in_the_same_order(name):
    here, there = (pages.page(name, lang) for lang in LANGS)
    assert [one.anchor for one in here.parts] == [one.anchor for one in there.parts]
    assert here.title != there.title
    assert len({one.anchor for one in here.parts}) == len(here.parts)


@pytest.mark.parametrize("lang", LANGS)
def test_every_code_of_the_product_is_explained_once(lang):
    told = [code.code for chapter in pages.chapters(lang) for code in chapter.codes]
    assert sorted(told) == sorted({key.partition(".")[0] for key in MESSAGES})
    assert all(chapter.codes for chapter in pages.chapters(lang))


def test_a_code_is_told_without_the_words_of_one_case():
    codes = {code.code: code for one in pages.chapters("zh-CN") for code in one.codes}
    assert codes["E020"].sentences == ("键“…”重复。第一次出现在第 … 行",)
    variants = [key for key in MESSAGES if key.partition(".")[0] == "E301"]
    assert 2 <= len(codes["E301"].sentences) <= len(variants)
    said = " ".join(" ".join(code.sentences) for code in codes.values())
    assert not re.search(r"\{[a-z_]+\}", said)


@pytest.mark.parametrize("lang", LANGS)
def test_the_example_of_the_format_is_a_bank_without_a_finding(lang):
    example = re.search(r"```yaml\n(.*?)```", text("format", lang), re.DOTALL)
    assert example is not None
    found = load_text(example[1])
    # A bank of four items says nothing about a level: that is style, and true.
    assert [str(one) for one in found.problems if not one.is_style] == []
    assert found.bank is not None
    assert [len(section.items) for section in found.bank.sections] == [1, 1, 1, 1]


@pytest.mark.parametrize("lang", LANGS)
def test_every_rule_of_the_lint_has_its_place_on_the_page_of_rules(page, db_session, lang):
    groups = pages.rule_groups(lang)
    told = [rule.code for group in groups for rule in group.rules]
    assert told == sorted(CODES)
    assert all(rule.said and rule.name for group in groups for rule in group.rules)
    said = page("/help/rules", as_="陈老师").text
    assert {code for code in CODES if f'id="{code}"' not in said} == set()
    assert "最有效的做法" in said
    # The code page leads there with the rule in words.
    assert 'href="/help/rules#W512">判断没有依据' in page("/help/codes", as_="陈老师").text


@pytest.mark.parametrize("lang", LANGS)
def test_what_to_mend_first_is_the_order_of_the_health_page(lang):
    parts = {part.anchor: str(part.html) for part in pages.page("rules", lang).parts}
    items = re.findall(r"<li>(.*?)</li>", parts["first"], re.DOTALL)
    told = [frozenset(re.findall(r"W5\d\d", item)) for item in items]
    assert told[: len(FIRST)] == [frozenset(group) for group in FIRST]


def test_links_from_the_pages_lead_to_a_part_of_the_help():
    links = {
        (file.name, *found)
        for file in (ROOT / "templates").rglob("*.html")
        for found in LINK.findall(file.read_text(encoding="utf-8"))
    }
    anchors = {
        (name, part.anchor) for name in pages.NAMES for part in pages.page(name, "zh-CN").parts
    }
    assert len(links) >= 8
    assert {one for one in links if one[2] and one[1:] not in anchors} == set()
    assert {one[1] for one in links} <= set(pages.NAMES)


def test_ones_own_pages_stand_first(page):
    said = page("/help", as_="小王").text
    own, others = said.index('id="mine"'), said.index('id="others"')
    assert own < said.index("/help/learner") < others < said.index("/help/manager")


def test_a_page_of_the_help_is_read_in_ones_language(page, db_session):
    said = page("/help/import", as_="小王").text
    assert 'id="keys"' in said
    assert "读一读" in said
    page("/help/nothing", as_="小王", status=404)


def test_every_text_belongs_to_a_page_of_the_table():
    found = {file.relative_to(pages.TEXTS) for file in pages.TEXTS.rglob("*.md")}
    assert found == {Path(lang, f"{name}.md") for lang in LANGS for name in pages.NAMES}
