"""What was seen in rated work: on the page, in the pack, down to its source; and the ladder."""

import re
from io import BytesIO

from python_calamine import CalamineWorkbook

from app.competency import services as competency
from app.competency.services import NewEvidence, Source
from app.domain.framework import EvidenceKind
from app.kernel.db import db
from tests.competency.conftest import TODAY


def section(text: str, name: str) -> str:
    found = re.search(rf'<section[^>]*aria-labelledby="{name}".*?</section>', text, re.DOTALL)[0]
    return re.sub(r"<[^>]+>", " ", found)


def role_play(person, clock, *, source="performance", number="41"):
    """Two assessors saw 小王 in a role-play: three behaviours."""
    entries = [
        NewEvidence(
            competency=slug,
            kind=EvidenceKind.ROLEPLAY,
            score=score,
            pass_mark=60,
            assessors=2,
            occasion=number,
            label="角色演练 价格异议",
        )
        for slug, score in (("insight", 82), ("closing", 75), ("influence", 40))
    ]
    competency.record_evidence(
        person_id=person("小王").id,
        source=Source(source, number),
        happened_on=TODAY,
        entries=entries,
        now=clock.now,
        today=TODAY,
    )
    competency.renew_levels([person("小王").id], TODAY)
    db.session.commit()


def test_the_first_rung_that_gives_way_is_named(page, person, review) -> None:
    said = section(page(f"/people/{person('小王').id}/profile", as_="李经理").text, "ladder")
    assert "先看技能：差距在影响力" in said
    assert said.count("未评估：目标与业绩数据还没有接入") == 2


def test_an_occasion_shows_what_it_said_of_each_competency_with_who_saw_it(
    page, person, review, clock
) -> None:
    role_play(person, clock)
    said = " ".join(
        section(page(f"/people/{person('小王').id}/profile", as_="李经理").text, "seen").split()
    )
    assert "角色演练 价格异议 角色演练 2 位评价人" in said
    assert re.search(r"洞察力 82 / 60", said)
    assert re.search(r"影响力 40 / 60", said)
    assert said.count("价格异议") == 1


def test_an_occasion_opens_its_source_from_the_list_and_from_the_ledger(
    page, person, review, clock
) -> None:
    role_play(person, clock)
    text = page(f"/people/{person('小王').id}/profile?competency=insight", as_="李经理").text
    assert text.count('href="/performances/41"') == 2
    role_play(person, clock, source="elsewhere", number="42")
    text = page(f"/people/{person('小王').id}/profile?competency=insight", as_="李经理").text
    assert "/42" not in text


def test_the_ends_are_named_only_where_enough_was_seen(page, person, review, clock) -> None:
    where = f"/people/{person('小王').id}/profile"
    assert "最低" not in section(page(where, as_="小王").text, "seen")
    role_play(person, clock)
    competency.record_evidence(
        person_id=person("小王").id,
        source=Source("performance", "43"),
        happened_on=TODAY,
        entries=[
            NewEvidence(
                competency="prospecting",
                kind=EvidenceKind.ROLEPLAY,
                score=66,
                pass_mark=60,
                assessors=2,
                label="角色演练 开场",
            )
        ],
        now=clock.now,
        today=TODAY,
    )
    db.session.commit()
    said = " ".join(section(page(where, as_="小王").text, "seen").split())
    assert re.search(r"最高 洞察力 82 、 成交力 75 最低 影响力 [\d.]+ 、 开拓力 66", said)


def test_the_pack_and_its_workbook_say_the_same(page, person, review, clock) -> None:
    role_play(person, clock)
    where = f"/people/{person('小王').id}"
    found = page(f"{where}/snapshots", as_="李经理", data={"review": review}, status=302)
    code = found.headers["Location"].rsplit("=", 1)[1]
    body = page(f"/snapshots/{code}.xlsx", as_="李经理").data
    book = CalamineWorkbook.from_filelike(BytesIO(body))
    rows = book.get_sheet_by_name("演练、观察与作品").to_python()[1:]
    assert [str(TODAY), "角色演练 价格异议", "角色演练", "2 位评价人", "洞察力", 82, 60] in rows
    cover = {row[0]: row[1] for row in book.get_sheet_by_name("封面").to_python()}
    assert cover["诊断阶梯 技能"] == "差距在影响力"
    assert cover["演练、观察与作品"].startswith("3 次，最近")


def test_without_rated_work_the_page_says_so(page, person, review) -> None:
    text = page(f"/people/{person('小陈').id}/profile", as_="李经理").text
    assert "还没有演练、观察或作品。" in section(text, "seen")
    assert "未评估：还没有演练、观察或作品" in section(text, "ladder")
