"""The pages as each of the people beside a learner sees them."""

import re
from datetime import timedelta

import pypdfium2
import pytest
from sqlalchemy import select

from app.domain import fieldwork as rules
from app.domain.fieldwork import Presence
from app.domain.stuck import Reason
from app.fieldwork import inbox, queries
from app.fieldwork.models import CheckIn, FieldRecord
from app.kernel.db import db, session
from tests.fieldwork.conftest import MONDAY, key
from tests.tracks.conftest import Bootcamp

pytestmark = pytest.mark.one_database

DAY = timedelta(days=1)


def at(field, activity):
    return f"/enrolments/{field.enrolment_id}/activities/{activity}/field"


def sheet(field, **more):
    """What a mentor's phone sends for the weekly sheet."""
    day = field.clock.now.date()
    form = queries.work(field.enrolment_id, "m-weekly", day=day).form
    marks = {f"m-{row.id}": "3" for row in form.rows}
    return {"key": key(), "happened_on": day.isoformat(), "verdict": "yes", **marks, **more}


def rows():
    return list(session().scalars(select(FieldRecord).order_by(FieldRecord.id)))


def test_a_mentor_signs_a_sheet_and_the_learner_reads_it(field, page):
    field.on(9)
    assert "签字送出" in page(at(field, "m-weekly"), as_="带教人").text
    page(at(field, "m-weekly"), as_="带教人", data=sheet(field, notes="很稳"))
    text = page(at(field, "m-weekly"), as_="小王").text
    assert "签字送出" not in text
    assert "还差 2 次" in text
    assert "很稳" in page(f"/field-records/{rows()[0].id}", as_="小王").text


def test_after_the_signature_it_says_what_was_recorded_and_what_comes_next(field, page):
    field.on(9)
    posted = sheet(field)
    signed = page(at(field, "m-weekly"), as_="带教人", data=posted).headers["Location"]
    text = page(signed, as_="带教人").text
    assert "已签字，双方都能看到。" in text
    assert f"小王，{field.clock.now.date()}：可以，算一次" in text
    assert "还差 2 次" in text
    assert "学员收到了通知" in text
    assert 'href="/mentees">我带的人</a>' in text
    assert "再填一张" in text
    assert "已签字，双方都能看到。" not in page(signed, as_="小王").text, "she signed nothing"
    # The way back leads to the same sheet: sent again it is there once, changed it is refused.
    assert page(at(field, "m-weekly"), as_="带教人", data=posted).headers["Location"] == signed
    changed = posted | {"m-opening": "0"}
    assert (
        "已经签过字了" in page(at(field, "m-weekly"), as_="带教人", data=changed, status=409).text
    )
    assert len(rows()) == 1


def test_a_sheet_with_gaps_says_what_is_missing_and_keeps_what_was_chosen(field, page):
    field.on(9)
    posted = sheet(field, verdict="not_yet")
    del posted["m-opening"]
    text = page(at(field, "m-weekly"), as_="带教人", data=posted, status=422).text
    assert "没有遇到就点" in text
    assert "写一句差在哪里" in text
    assert "约一天再看" in text
    assert re.search(r'name="m-facts" value="3"[^>]*checked', text)
    assert rows() == []


def test_a_sheet_on_which_nothing_was_met_is_not_taken(field, page):
    field.on(9)
    posted = {name: "" if name.startswith("m-") else v for name, v in sheet(field).items()}
    assert (
        "至少给一行打分" in page(at(field, "m-weekly"), as_="带教人", data=posted, status=422).text
    )


def test_a_device_gets_json_and_may_send_again(field, page):
    field.on(9)
    posted, headers = sheet(field), {"Accept": "application/json"}
    first = page.raw(at(field, "m-weekly"), as_="带教人", data=posted, headers=headers)
    again = page.raw(at(field, "m-weekly"), as_="带教人", data=posted, headers=headers)
    assert first.json == again.json
    assert first.json["saved"] == rows()[0].id
    other = page.raw(at(field, "m-weekly"), as_="带教人", data=sheet(field), headers=headers)
    assert (other.status_code, other.json["code"]) == (409, "same_day")
    late = page.raw(
        at(field, "m-weekly"), as_="带教人", data=sheet(field, anyway="1"), headers=headers
    )
    assert late.status_code == 200
    assert len(rows()) == 2
    bad = page.raw(at(field, "m-weekly"), as_="带教人", data={"key": key()}, headers=headers)
    assert (bad.status_code, bad.json["code"]) == (422, "form")


def test_a_correction_is_shown_before_it_is_made(field, page):
    field.on(9)
    page(at(field, "m-weekly"), as_="带教人", data=sheet(field))
    url = f"/field-records/{rows()[0].id}"
    fixed = sheet(field, **{"m-opening": "0"}, reason="看错了", deed="correct")
    assert (
        "写一句为什么更正"
        in page(url, as_="带教人", data={**fixed, "reason": " "}, status=422).text
    )
    shown = page(url, as_="带教人", data=fixed, status=200).text
    assert "75 / 100 → 0 / 100" in shown
    assert len(rows()) == 1
    digest = re.search(r'name="shown" value="(\w+)"', shown).group(1)
    other = {**fixed, "m-opening": "1", "shown": digest}
    assert "25 / 100" in page(url, as_="带教人", data=other, status=200).text, "changed since"
    page(url, as_="带教人", data={**fixed, "shown": digest})
    assert [row.version for row in rows()] == [1, 2]
    page(url, as_="带教人", data={**fixed, "shown": digest}, status=409)


def test_both_sign_the_list_each_in_her_own_account(field, page):
    field.on(5)
    url, signs = at(field, "d5-crm-checklist"), at(field, "d5-crm-checklist") + "/signatures"
    page(signs, as_="陈老师", data={"key": key(), "rows": ["dedupe", "customer"]})
    text = page(url, as_="小王").text
    assert "陈老师" in text
    assert "还差 12 项没有双方签字" in text
    page(signs, as_="小王", data={"key": key(), "rows": ["dedupe"]})
    assert "还差 11 项没有双方签字" in page(url, as_="陈老师").text
    page(signs, as_="陈老师", data={"key": key(), "back": "customer", "reason": "没看清"})
    one = queries.work(field.enrolment_id, "d5-crm-checklist", day=field.clock.now.date())
    assert {row for row, _party in queries.signatures_of(one)} == {"dedupe"}
    page(signs, as_="带教人", data={"key": key(), "rows": ["dedupe"]}, status=403)
    page(signs, as_="小王", data={"key": key(), "rows": ["no-such"]}, status=400)


def test_who_is_nothing_to_the_learner_finds_nothing(field, page):
    for who in ("小陈", "赵经理"):
        page(at(field, "m-weekly"), as_=who, status=404)
    for who in ("李经理", "HR", "陈老师", "小王", "带教人"):
        page(at(field, "m-weekly"), as_=who)
    page(at(field, "d1-product"), as_="小王", status=404)
    page(at(field, "no-such"), as_="小王", status=404)


def test_a_survey_is_the_learners_and_no_evidence(field, page):
    field.on(30)
    posted = {"key": key(), "happened_on": field.clock.now.date().isoformat()}
    texts = {
        f"t-{name}": "这里写得足够长，超过二十个字才算是认真写过的。"
        for name in ("alone", "hard", "plan")
    }
    page(at(field, "m-self"), as_="小王", data={**posted, **texts, "t-plan": "短"}, status=422)
    page(at(field, "m-self"), as_="小王", data={**posted, **texts})
    page(at(field, "m-self"), as_="带教人", data={**posted, **texts, "key": key()}, status=403)
    assert "已经交了" in page(at(field, "m-self"), as_="小王").text
    again = {**posted, **texts, "key": key(), "t-plan": texts["t-plan"] + "改过。"}
    page(at(field, "m-self"), as_="小王", data=again)
    assert [row.version for row in rows()] == [1, 2]


def test_the_printed_code_opens_the_sheet_for_those_who_may(field, page):
    code = rules.code_of(field.enrolment_id, "m-weekly")
    answer = page(f"/f/{code.lower()}", as_="带教人", status=302)
    assert answer.location == at(field, "m-weekly")
    page(f"/f/{code}", as_="小陈", status=404)
    page(f"/f/{code[:-1]}{'1' if code[-1] != '1' else '2'}", as_="带教人", status=404)
    page(f"/f/{code}", status=302)


def test_the_mentors_page_says_what_waits_since_when(field, page, queries):
    field.on(17)
    text = page("/mentees", as_="带教人").text
    assert "有 3 件事等您" in text
    assert "等了 9 天" in text
    assert len(queries) < 40
    assert "小王：每周观察" in page("/", as_="带教人").text


# ---------------------------------------------------------------- seminars


def workshop(person, clock, *names):
    return Bootcamp(person, clock).enrol(*names, slug="case-workshop", on=MONDAY)


def test_the_code_on_the_wall_lets_people_in_for_some_minutes(tracks, person, page, clock):
    ids = workshop(person, clock, "小王", "小陈", "小赵")
    room = f"/seminars/case-workshop/cw-day/{MONDAY}"
    room = room.replace("cw-day", seminar_id())
    assert "少于最少 6 人" in page(room, as_="陈老师").text
    page(f"{room}/code", as_="陈老师", data={"minutes": "5", "late": "2"}, status=303)
    code = session().scalars(select(CheckIn.code)).one()
    wall = page(f"{room}/code", as_="陈老师").text
    assert f"{code[:3]} {code[3:]}" in wall
    assert "<svg" in wall
    page("/check-in", as_="小王", data={"code": f"{code[:3]} {code[3:]}"})
    page("/check-in", as_="小王", data={"code": code})
    assert len(rows()) == 1, "twice is once"
    clock.advance(minutes=3)
    page("/check-in", as_="小陈", data={"code": code})
    assert rows()[-1].content["presence"] == Presence.LATE
    page("/check-in", as_="带教人", data={"code": code}, status=422)
    page("/check-in", as_="小赵", data={"code": "12"}, status=422)
    clock.advance(minutes=3)
    page("/check-in", as_="小赵", data={"code": code}, status=422)
    posted = {"presence": "excused", "notes": "客户现场"}
    url = f"/enrolments/{ids[2]}/activities/{seminar_id()}/field/presence"
    page(url, as_="陈老师", data=posted)
    text = page(room, as_="陈老师").text
    assert "2 / 3 人到了" in text
    assert "客户现场" in text
    page(url, as_="小赵", data=posted, status=403)


def seminar_id():
    from app.tracks import queries as tracks
    from app.tracks.queries import track_of

    track = track_of(tracks.newest_version("case-workshop"))
    return next(one.id for one in track.activities if one.kind == "seminar")


def test_a_self_assessment_is_read_by_the_learner_and_the_mentor_alone(field, page):
    field.on(30)
    texts = dict.fromkeys(
        ("t-alone", "t-hard", "t-plan"), "一个人拜访时还会紧张，这里写得够二十个字。"
    )
    posted = {"key": key(), "happened_on": field.clock.now.date().isoformat(), **texts}
    page(at(field, "m-self"), as_="小王", data=posted)
    url = f"/field-records/{rows()[0].id}"
    for who in ("小王", "带教人"):
        assert "还会紧张" in page(url, as_=who).text
    for who in ("李经理", "HR", "陈老师"):
        page(url, as_=who, status=404)
        text = page(at(field, "m-self"), as_=who).text
        assert "已经交了" in text
        assert "还会紧张" not in text


@pytest.mark.parametrize(("lang", "word"), [("zh-CN", "哪天再看"), ("en", "Again on")])
def test_a_sheet_on_paper_carries_its_rows_and_its_code_in_both_languages(field, page, lang, word):
    answer = page(f"{at(field, 'm-weekly')}/sheet.pdf?lang={lang}", as_="带教人")
    document = pypdfium2.PdfDocument(answer.data)
    text = "".join(one.get_textpage().get_text_bounded() for one in document)
    document.close()
    code = rules.code_of(field.enrolment_id, "m-weekly")
    assert f"{code[:3]}-{code[3:]}" in text
    assert f"/f/{code}" in text.replace("\r\n", "")
    assert word in text
    day = field.clock.now.date()
    form = queries.work(field.enrolment_id, "m-weekly", day=day).form
    for row in form.rows:
        assert re.sub(r"\s", "", row.title[lang])[:8] in re.sub(r"\s", "", text)


def test_what_waits_costs_the_same_for_one_and_for_many(tracks, person, clock, app):
    from sqlalchemy import event

    heard = []
    engine = db.engines[None]

    def hear(_c, _cursor, statement, *_more):
        heard.append(statement)

    ids = Bootcamp(person, clock).enrol("小王", "小陈", "小赵", "带教人")
    clock.advance(days=12)
    event.listen(engine, "before_cursor_execute", hear)
    counts = []
    for some in (ids[:1], ids):
        session().expire_all()
        heard.clear()
        found = queries.waiting_for(some, now=clock.now)
        counts.append(len(heard))
        assert {one.enrolment_id for one in found} == set(some)
    event.remove(engine, "before_cursor_execute", hear)
    assert counts[0] == counts[1] <= 18


def test_the_home_page_of_each_says_what_waits_for_her(field, page):
    field.on(9)
    assert "小王：“CRM 十二项操作签字”晚了" in page("/", as_="陈老师").text
    assert "没有带教人" not in page("/", as_="李经理").text
    Bootcamp(field.person, field.clock).enrol("小陈")
    assert "小陈：没有带教人" in page("/", as_="李经理").text
    # It is her manager's turn: nobody else is told that it waits for them.
    trainer = page("/", as_="陈老师").text
    assert trainer.count("没有带教人") == 1
    assert "等 经理李经理" in trainer


def test_the_board_hears_whose_turn_it_is(field):
    field.on(9).sign("陈老师", "dedupe")
    found = {one.activity_id: one for one in inbox.holds([field.enrolment_id], now=field.clock.now)}
    mine = {one.reason for one in inbox.holds([field.enrolment_id], now=field.clock.now)}
    assert mine == {Reason.LATE, Reason.SIGNATURE}
    assert found["m-weekly"].people == (field.person("带教人").id,)
