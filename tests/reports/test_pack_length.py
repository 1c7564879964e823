"""A pack's first part is two pages at most, whatever was written; nothing is lost on the way."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pypdfium2
import pytest
from flask import g

from app.kernel import clock
from app.kernel.auth import Actor
from app.kernel.pdf import render_pdf
from app.reports import documents, layout, queries
from app.reports.pack import CommentLine, GoalLine, TestLine, WeakPoint
from app.reports.words import Words
from app.reviews.queries import SnapshotRef
from tests.reports.test_person import text_of

# What is laid out on paper does not depend on the kind of database.
pytestmark = pytest.mark.one_database
APPENDIX = {"zh-CN": "证据账本", "en": "Evidenceledger"}
DAY = date(2026, 3, 2)


def long(sign: str, n: int) -> str:
    """n characters of short sentences, each of which can be found again."""
    return "".join(f"{sign}句{k:03d}谈付款条件，" for k in range(n))[:n]


def english(sign: str, n: int) -> str:
    return "".join(f"{sign} says {k:03d} about terms, " for k in range(n))[:n]


def sentences(text: str) -> list[str]:
    """The whole sentences of a text, without white space."""
    return ["".join(one.split()) for one in re.split("[，,]", text)[:-1]]


def worst(pack, write):
    """The same person with everything the forms and the framework let one write."""
    goal = GoalLine(
        position=1,
        competency="influence",
        what=write("甲1", 400),
        on_the_job=write("甲2", 400),
        with_others=write("甲3", 400),
        by_course=write("甲4", 400),
        proof=write("甲5", 400),
        owner="欧阳修文若",
        owner_id=1,
        due_on=DAY,
        checks=tuple(DAY + timedelta(days=n) for n in (30, 60, 90)),
    )
    tests = tuple(
        TestLine(
            assessment_id=n,
            title={"zh-CN": write(f"测{n}", 200), "en": write(f"测{n}", 200)},
            first=51.3,
            latest=58.7,
            pass_mark=60,
            attempts=3,
            passed_first=False,
            passed_latest=False,
            latest_on=DAY,
            attempt_id=n,
            cohort=None,
        )
        for n in range(9)
    )
    weak = tuple(WeakPoint(write(f"点{n}", 60), 1.5, 7) for n in range(5))
    with_evidence = max(pack.lines, key=lambda line: len(line.ledger))
    lines = tuple(
        replace(
            with_evidence if n % 2 else pack.lines[0],
            competency=f"c-{n}",
            name={"zh-CN": write(f"能{n}", 40), "en": write(f"能{n}", 40)},
        )
        for n in range(16)
    )
    return replace(
        pack,
        head=replace(
            pack.head,
            name=write("名", 80),
            unit=write("组", 80),
            review=write("评", 120),
            managers=tuple(write(f"经{n}", 40) for n in range(3)),
        ),
        focus="c-1",
        lines=lines,
        tests=tests,
        weak_points=weak,
        prompts=queries.prompts(lines, tests, weak, DAY),
        goals=(goal, replace(goal, position=2, what=write("乙1", 400), proof=write("乙5", 400))),
        comments=tuple(CommentLine(write(f"意{n}", 700), n == 1, DAY) for n in range(4)),
    )


def front_pages(pdf: bytes, heading: str) -> int:
    """How many pages come before the ledger."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        for number in range(len(document)):
            text = document[number].get_textpage().get_text_range()
            if heading in "".join(text.split()):
                return number
    finally:
        document.close()
    raise AssertionError("no ledger")


@pytest.fixture
def printed(app, review, person):
    """Print a pack for a reader in a language."""
    pack = queries.pack(person("小王").id, review_id=review, now=clock.now())
    ref = SnapshotRef(1, "S-0123ABCD", "a" * 64, 1, review, clock.now(), 1, clock.now())

    def make(lang, change=lambda one: one):
        with app.test_request_context("/"):
            g.actor = Actor(1, "李经理", frozenset({"manager"}), lang, "Asia/Shanghai")
            html = documents.pack_html(change(pack), ref, reader="李经理", printed_at=clock.now())
        return render_pdf(html)

    return make


@pytest.mark.parametrize(("lang", "write"), [("zh-CN", long), ("en", english), ("en", long)])
def test_the_longest_pack_keeps_two_pages_and_loses_nothing(printed, lang, write) -> None:
    shown = {}

    def change(pack):
        shown["pack"] = worst(pack, write)
        return shown["pack"]

    pdf = printed(lang, change)
    assert front_pages(pdf, APPENDIX[lang]) <= 2
    said, pack = text_of(pdf), shown["pack"]
    texts = [one.text for one in pack.comments] + [one.title[lang] for one in pack.tests]
    texts += [line.name[lang] for line in pack.lines] + [one.tag for one in pack.weak_points]
    for goal in pack.goals:
        texts += [goal.what, goal.on_the_job, goal.with_others, goal.by_course, goal.proof]
    whole = said.replace("\ufffe", "")
    lost = [one for text in texts for one in sentences(text) if one not in whole]
    assert len(texts) > 40
    assert len(lost) <= 8, lost  # a sentence may stand on two pages, with their heads between


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_a_usual_pack_is_two_pages_and_cuts_nothing(printed, lang) -> None:
    pdf = printed(lang)
    assert front_pages(pdf, APPENDIX[lang]) <= 2
    assert "见附" not in text_of(pdf)


def test_a_text_is_cut_at_its_width_and_says_so() -> None:
    assert layout.cut("价格抗拒", 8) == "价格抗拒"
    assert layout.cut("价格抗拒之后", 8) == "价格抗…"
    assert layout.cut("objection", 8) == "object…"
    assert layout.width("价格 a1") == 7


def test_what_is_cut_stands_in_full_in_the_appendix(app, review, person) -> None:
    pack = worst(queries.pack(person("小王").id, review_id=review, now=clock.now()), long)
    with app.test_request_context("/"):
        front = layout.front(pack, Words(pack, "zh-CN"))
    assert front.is_tight
    full = {one.text for one in front.moved}
    for goal in pack.goals:
        assert {goal.what, goal.on_the_job, goal.proof} <= full
    assert {one.text for one in pack.comments} <= full
    assert [line.competency for line in front.more_lines] == ["c-13", "c-14", "c-15"]
    assert len(front.tests) + len(front.more_tests) == len(pack.tests)
