"""The rules as a trainer reads them: the lint itself finds fault with each bad example, and with no
good one."""

import re

import pytest

from app.banks.lintrules import FIRST, name_of, rules, source_of
from app.banks.loader import load_text
from app.banks.messages import LANGS, MESSAGES
from app.domain.itemlint import CODES
from tests.itemlint.rates import ROOT

EXAMPLES = [
    pytest.param(rule, id=f"{rule.code}-{lang}")
    for lang in LANGS
    for rule in rules(lang)
    if not rule.bad.words
]


@pytest.mark.parametrize("lang", LANGS)
def test_every_rule_is_there_with_a_name_of_its_own(lang):
    found = rules(lang)
    assert [one.code for one in found] == sorted(CODES)
    assert len({one.name for one in found}) == len(CODES)
    assert all(name_of(one.code, lang) == one.name for one in found)
    assert name_of("W999", lang) == "W999"


@pytest.mark.parametrize("rule", EXAMPLES)
def test_the_bad_example_is_told_with_the_sentence_shown(rule):
    loaded = load_text(source_of(rule.bad))
    assert not loaded.errors
    assert {one.code for one in loaded.style} == {rule.code}
    assert rule.said


@pytest.mark.parametrize("rule", EXAMPLES)
def test_the_good_example_is_left_alone(rule):
    loaded = load_text(source_of(rule.good))
    assert loaded.problems == ()


def test_what_a_whole_bank_shows_is_told_in_all_sentences_of_the_rule():
    by_code = {one.code: one for one in rules("en")}
    keys = [key for key in MESSAGES if key.startswith("W522")]
    assert len(by_code["W522"].said) == len(keys) == 2
    assert all("{" not in said for one in by_code.values() for said in one.said)


def test_the_first_rules_to_mend_are_rules():
    told = [code for group in FIRST for code in group]
    assert len(set(told)) == len(told)
    assert set(told) <= set(CODES)


def test_the_documentation_has_a_row_for_every_rule():
    page = (ROOT / "docs" / "item-lint.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| (W5\d\d) \| [^|]+ \| [^|]* \| [^|]+ \|$", page, re.MULTILINE)
    assert sorted(told) == [*sorted(CODES), "W590"]
