"""Out and back gives the same items, types and keys: our banks, and banks full of strange signs."""

import json
import re
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings

from app.banks.exporting import FILES, Format, weights, write
from app.banks.exporting.content import served
from app.banks.importing import gift, moodle, qti, read_file
from app.banks.importing.richtext import from_html, from_plain
from app.banks.loader import load_path
from app.banks.markdown import render
from app.domain.items import Choice, Rule
from app.domain.scoring import Tally, share_of
from tests.banks.exchange.banks import banks
from tests.banks.exchange.same import BANKS, EXAMPLE, bare, of_found, of_item

SYSTEMS = {Format.GIFT: gift.read, Format.MOODLE: moodle.read, Format.QTI: qti.read}
OFFICE = (Format.XLSX, Format.DOCX)
NAMED = {path.stem: path for path in (*BANKS, EXAMPLE)}


def back(bank, to, **more):
    data = write(bank, to, lang="zh-CN", images={}, **more)
    return read_file(f"bank.{FILES[to].suffix}", data)


def gives_the_same(one, rule_a, rule_b):
    """True when two rules give the same points for every set of ticks of this item."""
    letters = [option.id for option in one.options]
    for size in range(1, len(letters) + 1):
        for chosen in map(frozenset, combinations(letters, size)):
            right = len(chosen & one.key)
            tally = Tally(right, len(chosen) - right, len(one.key), len(letters))
            if share_of(rule_a, tally) != share_of(rule_b, tally):
                return False
    return True


def as_written(item, to):
    """The item as the format can hold it: rules that are no sum of weights become the nearest."""
    body = item.body
    if not isinstance(body, Choice) or not body.multiple:
        return item
    rule = body.rule
    if to is not Format.QTI and not weights.is_sum(body):
        rule = Rule.NET if rule is Rule.EACH_OPTION else Rule.SUBSET
    # Of rules that give the same points for every set of ticks a reader names the first.
    same = [one for one in (Rule.SUBSET, *Rule) if gives_the_same(body, rule, one)]
    return replace(item, body=replace(body, rule=same[0]))


@pytest.mark.parametrize("to", SYSTEMS)
@pytest.mark.parametrize("name", NAMED)
def test_a_bank_comes_back_from_another_system_as_it_was(name, to) -> None:
    bank = load_path(NAMED[name]).bank
    found = back(bank, to)
    want = [of_item(as_written(item, to)) for item in served(bank).items]
    assert [of_found(item) for item in found.items] == want
    assert found.title == {"zh-CN": bank.title["zh-CN"]}
    assert not [note.key for note in found.notes]
    assert [section.title["zh-CN"] for section in found.sections] == [
        section.title["zh-CN"] for section in bank.sections
    ]


@pytest.mark.parametrize("to", OFFICE)
@pytest.mark.parametrize("name", NAMED)
def test_a_bank_comes_back_from_word_and_excel_with_its_keys(name, to) -> None:
    bank = load_path(NAMED[name]).bank
    found = back(bank, to, key=True)
    # Both stand by type; stems tell the items apart.
    want = {bare(of_item(item)["stem"]): of_item(item) for item in served(bank).items}
    got = {bare(of_found(item)["stem"]): of_found(item) for item in found.items}
    assert got.keys() == want.keys()
    for stem, item in want.items():
        assert got[stem]["type"] is item["type"]
        assert got[stem].get("key") == item.get("key"), item["id"]
        assert list(map(bare, got[stem].get("options", ()))) == list(
            map(bare, item.get("options", ()))
        )
    if to is Format.XLSX:
        assert {item.id for item in found.items} == {item.id for item in served(bank).items}
        assert all(item.points for item in found.items)


@pytest.mark.parametrize("to", SYSTEMS)
@settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(bank=banks())
def test_signs_that_a_format_reads_as_its_own_survive(to, bank) -> None:
    found = SYSTEMS[to](write(bank, to, lang="zh-CN", images={}))
    got = [of_found(item, found.lang) for item in found.items]
    want = [of_item(as_written(item, to)) for item in bank.items]
    if to is Format.QTI:  # its lists begin at 1
        want = json.loads(re.sub(r' start=\\"\d+\\"', "", json.dumps(want, default=str)))
        got = json.loads(json.dumps(got, default=str))
    assert got == want
    if to is not Format.QTI:
        assert [item.tags for item in found.items] == [item.tags for item in bank.items]


def test_the_table_of_a_stem_and_code_come_back_from_every_system() -> None:
    bank = load_path(EXAMPLE).bank
    table = "| 阶段 | 数量 |\n| --- | --- |\n| 线索 | 200 |"
    stem = f"看表：\n\n{table}\n\n```\nx = {{1: 2}}\n```\n\n- 甲\n- **乙**"
    item = replace(bank.items[0], stem={"zh-CN": stem})
    one = replace(bank, sections=(replace(bank.sections[0], items=(item,)),))
    for to, read in SYSTEMS.items():
        found = read(write(one, to, lang="zh-CN", images={}))
        assert found.items[0].stem == {"zh-CN": stem}, to


def test_pictures_travel_with_moodle_and_qti() -> None:
    bank = load_path(EXAMPLE).bank
    item = replace(bank.items[0], image="pics/funnel.png")
    one = replace(bank, sections=(replace(bank.sections[0], items=(item,)),))
    data = b"\x89PNG\r\n\x1a\n" + bytes(40)
    for to in (Format.MOODLE, Format.QTI):
        found = SYSTEMS[to](write(one, to, lang="zh-CN", images={"pics/funnel.png": data}))
        assert list(found.images.values()) == [data], to
        assert found.items[0].image in found.images


def test_english_is_written_in_english() -> None:
    bank = load_path(BANKS[0]).bank
    for to in Format:
        found = read_file("x", write(bank, to, lang="en", images={}, key=True))
        assert len(found.items) == len(served(bank).items), to


@pytest.mark.parametrize("stem", ["盘符 C:\\ \n第二行", "{=~#:}\\ \n客户说", "# 一\\ \n二"])
def test_a_backslash_before_a_line_break_stays_a_backslash(stem) -> None:
    """The ends of lines are stripped; a backslash that ends one would be eaten by the break."""
    assert "\\ <br" in str(render(from_plain(stem)))
    assert "\\ <br" in str(render(from_html(f"<p>{stem.replace(chr(10), '<br>')}</p>").text))
