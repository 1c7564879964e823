"""Every text a reader meets has its English, and says the same with the same figures in it."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from app.kernel.config import ROOT
from app.kernel.i18n import TRANSLATIONS

PO = TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po"
HAN = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[.0-9]*[a-z]|%%|%|\{[a-z_]*\}")
# Words shown as Chinese in English sentences too: none so far.
QUOTED: frozenset[str] = frozenset()


@cache
def sources() -> frozenset[str]:
    """The texts marked in the sources, found as `make messages` finds them."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    return frozenset(
        text[-1] if isinstance(text, tuple) else text
        for _file, _line, text, _comments, _context in extract_from_dir(ROOT, methods, options)
        if text
    )


@cache
def catalogue() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="en")


def english() -> dict[str, str]:
    return {
        str(m.id): str(m.string)
        for m in catalogue()
        if m.id and m.string and "fuzzy" not in m.flags
    }


def test_every_source_text_has_its_english():
    assert sorted(sources() - english().keys()) == []


def test_the_catalogue_holds_nothing_that_the_sources_no_longer_say():
    assert sorted({str(m.id) for m in catalogue() if m.id} - sources()) == []
    assert not catalogue().obsolete


def test_english_keeps_every_placeholder():
    changed = {
        text: said
        for text, said in english().items()
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(said))
    }
    assert changed == {}


def test_english_holds_no_chinese():
    assert {said for said in english().values() if HAN.search(said)} - QUOTED == set()


def test_english_keeps_the_tone():
    loud = re.compile(
        r"!|\b(successful|successfully|invalid|illegal|system error|are you sure)\b", re.IGNORECASE
    )
    assert [said for said in english().values() if loud.search(said)] == []


def test_refusals_are_found_although_nobody_marks_them():
    """They are translated from a variable at the edge, where no extraction can see the text."""
    assert "次数已用完。" in sources()
    assert "这一页打不开。链接可能有误，或者没有分享给您。" in sources()


@pytest.mark.parametrize("kind", ["html", "py"])
def test_no_separator_goes_round_the_catalogue(kind):
    """`join("，")` with a bare Chinese mark reads as Chinese in an English page."""
    bare = re.compile(r"""join\((["'])[，、；：。]\1\)|(["'])[，、；：。]\2\.join\(""")
    folder = {"html": ROOT / "templates", "py": ROOT / "app"}[kind]
    own_language: set[Path] = {ROOT / "app" / "demo", ROOT / "app" / "cli", ROOT / "app" / "banks"}
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in sorted(folder.rglob(f"*.{kind}"))
        if not own_language & set(file.parents)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if bare.search(line)
    ]
    assert found == []


def test_signing_in_speaks_english_to_an_english_browser(app):
    said = app.test_client().get("/sign-in", headers={"Accept-Language": "en"}).text
    assert '<html lang="en"' in said
    assert "Enter your password" not in said
    assert "Email or staff number" in said
