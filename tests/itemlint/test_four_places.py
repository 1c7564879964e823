"""One bank with one of every mistake: the command line, the editor, the health page and the preview
of an import say the same about the same item."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

import pytest

from app.banks.exporting import gift
from app.banks.importing import read_file
from app.banks.importing.check import item_findings
from app.banks.lintrules import rules, source_of
from app.banks.loader import load_text
from app.banks.services import import_bank
from app.domain.itemlint import CODES
from tests.banks.test_pages import NOW
from tests.itemlint.test_rules import POINT, item, many, options

SLUG = "every-mistake"
TRAINER = "陈老师"
# What is found after use, and what is chosen after an import: competencies, difficulties, the
# rubric, and the time limit, which no file of another system carries.
AFTER_USE = {"W580", "W581", "W582", "W583"}
AFTER_IMPORT = {"W552", "W555", "W556", "W570"}


def examples() -> list[dict]:
    """The bad example of every rule that one item can break."""
    found = []
    for rule in rules("zh-CN"):
        if not rule.bad.words:
            (section,) = json.loads(source_of(rule.bad))["sections"]
            found.append({**section["items"][0], "id": rule.code.lower()})
    return found


def longest_key(items: Iterable[dict]) -> list[dict]:
    return [{**one, "options": {**one["options"], "A": "问清客户比较的对象"}} for one in items]


def statements(*, true: int) -> list[dict]:
    return [
        {"id": f"t{n}", "type": "true_false", "stem": f"第 {n} 条守则写在手册里。", "answer": "对"}
        for n in range(true)
    ]


def every_mistake() -> str:
    """Keys all at A, one competency of one item, a minute for all of it, one difficulty."""
    alike = [
        item("zh-CN", id=f"n{n}", stem=f"客户在电话里说价格太{word}了，哪一种回应合乎做法？")
        for n, word in enumerate("高贵")
    ]
    told = [
        item(
            "zh-CN",
            id="k1",
            stem="报价之后客户一直沉默，第一步是什么？",
            options=options(
                "先问清客户拿什么来比较",
                "马上让出百分之五折扣",
                "改谈另外的几项功能",
                "请区域经理出面接待",
            ),
        ),
        item("zh-CN", id="k2", stem="销售先问清客户拿什么来比较，这属于哪一类问题？"),
    ]
    multi = [
        {**one, "id": f"m{n}", "type": "multi", "answer": ["A", "BCD"[n]]}
        for n, one in enumerate(many(3))
    ]
    first = {
        **examples()[0],
        "id": "c1",
        "competencies": ["insight"],
        "stem": "报价单由谁签字才算数？",
    }
    parts = [
        [*examples(), *alike, *told, first, *longest_key(many(40)[3:]), *statements(true=9)],
        multi,
    ]
    bank = {
        "schema": "qbank/1",
        "id": SLUG,
        "title": "每种毛病一题",
        "lang": "zh-CN",
        "time_limit": "1m",
        "sections": [
            {"title": f"第 {n} 部分", "points_each": 5, "items": items}
            for n, items in enumerate(parts, start=1)
        ],
    }
    lines = json.dumps(bank, ensure_ascii=False, indent=1)
    assert POINT["id"] in lines
    return lines


@pytest.fixture(scope="module")
def source() -> str:
    return every_mistake()


@pytest.fixture(scope="module")
def expected(source) -> Mapping[int, set[str]]:
    """Codes by line, as the reading of the file finds them."""
    loaded = load_text(source)
    assert not loaded.errors, [str(one) for one in loaded.errors]
    return by_line((one.line, one.code) for one in loaded.style)


def by_line(pairs: Iterable[tuple[int, str]]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for line, code in pairs:
        if code.startswith("W5"):
            found[line].add(code)
    return dict(found)


def test_every_rule_fires_in_this_bank(expected) -> None:
    assert set().union(*expected.values()) == set(CODES) - AFTER_USE


def test_the_command_line_says_the_same(app, source, expected, tmp_path) -> None:
    file = tmp_path / "every.yaml"
    file.write_text(source, encoding="utf-8")
    said = app.test_cli_runner().invoke(args=["bank", "lint", str(file)])
    told = re.findall(r":(\d+):\d+: (W5\d\d) ", said.output)
    assert by_line((int(line), code) for line, code in told) == expected


def test_the_editor_says_the_same(page, app, source, expected) -> None:
    import_bank(source.encode(), owner_id=None, now=NOW)
    said = page(f"/banks/{SLUG}/check", as_=TRAINER, json={"source": source}).json
    assert by_line((one["line"], one["code"]) for one in said["findings"]) == expected


def test_the_health_page_says_the_same(page, app, source, expected) -> None:
    import_bank(source.encode(), owner_id=None, now=NOW)
    text = page(f"/banks/{SLUG}/health", as_=TRAINER).text
    told = re.findall(r'第 (\d+) 行 <a href="/help/rules#(W5\d\d)"', text)
    assert by_line((int(line), code) for line, code in told) == expected


def test_the_preview_of_an_import_says_the_same_of_each_item(source) -> None:
    loaded = load_text(source)
    assert loaded.bank is not None
    starts = sorted((line, slug) for slug, (line, _col) in loaded.items.items())
    names = [one.id for one in loaded.bank.items]
    wanted: dict[str, set[str]] = defaultdict(set)
    for one in loaded.style:
        before = [slug for line, slug in starts if line <= one.line]
        if one.code not in AFTER_IMPORT:
            wanted[before[-1] if before else ""].add(one.code)
    found = read_file("every.gift", gift.write(loaded.bank, lang="zh-CN", images={}))
    told: dict[str, set[str]] = defaultdict(set)
    for index, one in item_findings(found):
        if one.is_style:
            told["" if index is None else names[index]].add(one.code)
    assert told == wanted


def test_a_like_item_of_another_bank_is_named_in_all_places(page, app) -> None:
    """The reader's language does not matter: this bank is English, the other one has both."""
    both = {
        "zh-CN": "客户嫌贵，先做哪一步？",
        "en": "A customer says it is dear. Which step is first?",
    }
    other = item("zh-CN", id="like-1", stem=both, options=options("甲", "乙", "丙", "丁"))
    mine = item("en", id="mine-1", stem="A customer says it is dear. Which step is the first?")
    for name, lang, one in (("there", "zh-CN", other), ("here", "en", mine)):
        bank = {"schema": "qbank/1", "id": name, "title": name, "lang": lang}
        bank["sections"] = [{"title": "x", "points_each": 5, "items": [one]}]
        import_bank(json.dumps(bank).encode(), owner_id=None, now=NOW)
    for path in ("here/edit?item=mine-1", "here/duplicates", "here/health"):
        assert "like-1" in page(f"/banks/{path}", as_=TRAINER).text, path
    text = "1. A customer says it is dear. Which step is the first?\nA. x\nB. y\nC. z\nAnswer: A\n"
    preview = page("/banks/import", as_=TRAINER, data={"text": text}, status=303).location
    said = page(preview, as_=TRAINER).text
    assert "与题库 here 的 mine-1 有 100% 相同" in said
    assert "like-1" not in said, "the most alike one is named alone"
