"""Notices by e-mail, over a real server: in the reader's language, at her hours, never twice."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.models import Notice
from app.mailing import services, tasks
from app.mailing.models import Mail, MailNotice
from app.mailing.turns import Wishes
from tests.mailing.server import rude, until_the_end


def states(db_session):
    db_session.expire_all()
    return [row.state for row in db_session.scalars(select(Mail).order_by(Mail.id))]


def parts(mail):
    """Text and HTML."""
    return mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()


def wish(person, name, **more):
    services.set_wishes(person(name).id, Wishes(**more))


def test_a_notice_is_mailed_once_with_its_words_and_its_page(box, tell, later, clock, db_session):
    tell("小王")
    assert later(minutes=1) == 0  # she may be reading it in the product
    assert later(minutes=2) == 1
    assert later(minutes=10) == 0
    ((to, mail),) = box.mails
    assert to == ["xiaowang@chengyu.example"]
    assert mail["Subject"] == "新测验：产品知识，2026-03-09 前完成"
    assert mail["To"] == "小王 <xiaowang@chengyu.example>"
    assert mail["Date"].datetime == clock.now - timedelta(minutes=10)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "<notices.train.chengyu.example>"
    assert mail["Message-ID"].endswith("@chengyu.example>")
    text, html = parts(mail)
    for body in (text, html):
        assert "https://train.chengyu.example/assignments/7/start" in body
        assert "https://train.chengyu.example/account/mail" in body
    assert "新测验：产品知识，2026-03-09 前完成" in html
    assert "prefers-color-scheme: dark" in html
    assert "src=" not in html
    assert "url(" not in html
    assert states(db_session) == ["sent"]
    assert db_session.scalars(select(Mail)).one().words == "250 taken as 42"


def test_it_speaks_the_readers_language(box, tell, later, person):
    person("小王").locale = "en"
    tell("小王", "released")
    later(minutes=3)
    mail = box.mails[0][1]
    assert mail["Subject"] == "Score released: 产品知识"
    assert 'lang="en"' in parts(mail)[1]
    assert "Open" in parts(mail)[1]


def test_a_title_is_in_the_readers_language_where_there_is_one(box, tell, later, person):
    person("小王").locale = "en"
    tell("小王", "released", key="a", title_en="Product knowledge")
    tell("小陈", "released", key="b", title_en="Product knowledge")
    later(minutes=3)
    subjects = {to[0].partition("@")[0]: mail["Subject"] for to, mail in box.mails}
    assert subjects.pop("xiaowang") == "Score released: Product knowledge"
    assert list(subjects.values()) == ["成绩已公布：产品知识"]


def test_what_was_read_in_the_product_is_not_mailed(box, tell, later, person, clock, db_session):
    tell("小王")
    accounts.read_all_notices(user_id=person("小王").id, now=clock.now)
    db_session.commit()
    assert later(minutes=5) == 0
    tell("小王")
    clock.advance(minutes=3)
    services.plan(now=clock.now)
    accounts.read_all_notices(user_id=person("小王").id, now=clock.now)
    db_session.commit()
    assert later(minutes=1) == 0
    assert (box.mails, states(db_session)) == ([], [])


def test_several_at_once_are_one_mail(box, tell, later):
    tell("小王", key="a")
    tell("小王", "released", key="b", url="/attempts/3/result")
    tell("小王", key="told again the next day")
    assert later(minutes=3) == 1
    mail = box.mails[0][1]
    assert mail["Subject"] == "2 条新通知"
    text, html = parts(mail)
    assert "- 成绩已公布：产品知识\n  https://train.chengyu.example/attempts/3/result" in (
        text.replace("\r\n", "\n")
    )
    assert html.count("<li>") == 2


def test_quiet_hours_hold_it_until_the_morning(box, tell, later, clock):
    clock.set(datetime(2026, 3, 2, 13, 5, tzinfo=UTC))  # 21:05 in Shanghai
    tell("小王")
    assert later(minutes=10) == 0
    assert later(hours=10, minutes=40) == 0  # 07:55
    assert later(minutes=6) == 1


def test_the_hours_are_those_of_the_persons_zone(box, tell, later, clock, person):
    person("小王").timezone = "Europe/Berlin"
    clock.set(datetime(2026, 3, 2, 6, 30, tzinfo=UTC))  # 14:30 in Shanghai, 07:30 in Berlin
    tell("小王")
    assert later(minutes=10) == 0
    assert later(minutes=25) == 1


def test_a_weekend_without_mail(box, tell, later, clock, person):
    wish(person, "小王", no_weekends=True)
    clock.set(datetime(2026, 3, 7, 3, 0, tzinfo=UTC))  # Saturday
    tell("小王")
    assert later(hours=2) == 0
    assert later(hours=24) == 0
    assert later(hours=22) == 1  # Monday 11:00


def test_a_summary_comes_once_a_day_at_its_hour(box, tell, later, clock, person, db_session):
    tell("陈老师", "mark_waiting", key="a", count="3")
    tell("陈老师", "bank_waiting", key="b", number="2")
    assert later(hours=3) == 1  # START is 09:00, its hour 08:30
    mail = box.mails[0][1]
    assert mail["Subject"] == "每日汇总：2 条通知"
    tell("陈老师", "mark_waiting", key="c", count="1")
    assert later(hours=3) == 0
    assert later(hours=17, minutes=29) == 0  # 08:29 the next morning
    assert later(minutes=1) == 1
    assert len(box.mails) == 2
    assert "3 份" not in parts(box.mails[1][1])[0]
    assert db_session.scalars(select(Mail.key)).all() == ["digest:2026-03-02", "digest:2026-03-03"]


def test_never_means_never_and_one_may_choose(box, tell, later, person):
    tell("小王", "job_done", key="a")
    assert later(hours=1) == 0
    wish(person, "小王", modes={"files": "now", "tasks": "never"})
    tell("小王", key="b")
    assert later(minutes=5) == 1
    assert box.mails[0][1]["Subject"] == "文件做好了：产品知识"


@pytest.mark.parametrize("change", ["email", "disabled_at"])
def test_who_cannot_be_written_to_is_not(box, tell, later, person, clock, change, db_session):
    tell("小王")
    clock.advance(minutes=3)
    services.plan(now=clock.now)
    setattr(person("小王"), change, None if change == "email" else clock.now)
    db_session.commit()
    assert later(minutes=1) == 0
    assert (box.mails, states(db_session)) == ([], [])
    assert services.plan(now=clock.now) == 0


def test_on_the_day_mail_is_set_up_old_notices_stay_where_they_are(box, tell, later):
    tell("小王")
    assert later(days=4) == 0
    assert box.mails == []


def test_without_a_server_nothing_is_planned(tell, later, db_session):
    tell("小王")
    assert later(hours=1) == 0
    assert states(db_session) == []


def test_a_refused_address_stops_with_the_servers_words(box, tell, later, db_session):
    box.rcpt = "550 5.1.1 no such user here"
    tell("小王")
    assert later(minutes=3) == 0
    box.rcpt = "250 OK"
    assert later(hours=30) == 0
    row = db_session.scalars(select(Mail)).one()
    assert (row.state, row.tries) == ("failed", 1)
    assert "550 5.1.1 no such user here" in row.words


def test_a_server_that_has_no_time_is_asked_again_after_growing_pauses(
    box, tell, later, clock, person, db_session
):
    wish(person, "小王", quiet_from=0, quiet_to=0)
    box.rcpt = "450 4.2.0 try later"
    tell("小王")
    pauses, last = [], None
    for _ in range(24 * 60):
        later(minutes=1)
        row = db_session.scalars(select(Mail)).first()
        if row is not None and row.claimed_at != last:
            pauses.append(row.next_at - row.claimed_at)
            last = row.claimed_at
        db_session.expire_all()
    assert [int(pause.total_seconds() // 60) for pause in pauses] == [1, 5, 15, 60, 240, 480, 720]
    assert "450 4.2.0 try later" in row.words
    box.rcpt = "250 OK"
    assert later(hours=12) == 1
    assert len(box.mails) == 1


def test_one_address_that_must_wait_holds_up_nobody(box, tell, later, db_session):
    tell("小王")
    tell("小陈")
    box.rcpt = "450 4.2.0 greylisted"
    assert later(minutes=3) == 0
    assert [row.tries for row in db_session.scalars(select(Mail))] == [1, 1]
    box.mail, box.rcpt = "550 5.7.1 not your address", "250 OK"
    assert later(minutes=2) == 0  # the same would be said of every mail: it is asked once
    db_session.expire_all()
    assert sorted(row.tries for row in db_session.scalars(select(Mail))) == [1, 2]
    box.mail = "250 OK"
    assert later(minutes=10) == 2


def test_it_gives_up_in_the_end(box, tell, later, person, db_session):
    wish(person, "小王", quiet_from=0, quiet_to=0)
    box.data = "451 try later"
    tell("小王")
    for _ in range(9):
        later(hours=13)
    assert states(db_session) == ["failed"]


def test_when_nobody_knows_it_waits_for_a_person(point_at, tell, later, db_session, page, box):
    good = box.port
    with rude(until_the_end) as port:
        point_at(port)
        tell("小王")
        assert later(minutes=3) == 0
    point_at(good)
    assert later(hours=5) == 0
    row = db_session.scalars(select(Mail)).one()
    assert row.state == "unsure"
    page(f"/admin/jobs/mail/{row.id}/again", as_="admin", data={}, status=302)
    page(f"/admin/jobs/mail/{row.id}/again", as_="admin", data={}, status=409)
    assert later(minutes=1) == 1
    assert states(db_session) == ["sent"]


def test_a_second_copy_is_known_by_its_number(app, box, tell, later, db_session, page):
    tell("小王")
    later(minutes=3)
    first = box.mails[0][1]["Message-ID"]
    row = db_session.scalars(select(Mail)).one()
    row.state = "unsure"
    db_session.commit()
    page(f"/admin/jobs/mail/{row.id}/again", as_="admin", data={})
    assert later(minutes=1) == 1
    assert box.mails[1][1]["Message-ID"] == first


def test_a_worker_that_died_while_sending_leaves_a_doubt(
    box, tell, later, clock, db_session, person
):
    tell("小王")
    clock.advance(minutes=3)
    services.plan(now=clock.now)
    row = db_session.scalars(select(Mail)).one()
    letter = services.claim(row.id, now=clock.now)
    db_session.commit()
    assert services.claim(row.id, now=clock.now) is None
    assert later(minutes=9) == 0
    tasks.sweep(clock.now)
    assert states(db_session) == ["sending"]
    clock.advance(minutes=2)
    tasks.sweep(clock.now)
    assert states(db_session) == ["unsure"]
    assert later(hours=8) == 0
    assert box.mails == []
    assert services.sent(letter, words="250 late", now=clock.now)  # it lived after all
    assert states(db_session) == ["sent"]
    assert not services.refused(letter, words="x", is_final=True, now=clock.now)


def test_a_notice_is_in_one_mail_at_most(box, tell, clock, db_session):
    tell("小王", key="a")
    tell("小王", key="b")
    clock.advance(minutes=3)
    assert services.plan(now=clock.now) == 1
    assert services.plan(now=clock.now) == 0
    held = db_session.scalars(select(MailNotice.notice_id)).all()
    assert sorted(held) == sorted(db_session.scalars(select(Notice.id)).all())


def test_nothing_that_somebody_wrote_becomes_a_header_or_markup(
    box, tell, later, person, db_session
):
    evil = "x\r\nBcc: thief@evil.example\r\n\r\n<img src=x onerror=alert(1)>%(due)s{{7*7}}"
    tell("小王", title=evil, url='/a"><script>')
    person("小王").name = "小王\r\nBcc: thief@evil.example\r\n\r\n<b>"
    db_session.commit()
    assert later(minutes=3) == 1
    to, mail = box.mails[0]
    assert to == ["xiaowang@chengyu.example"]
    assert mail["Bcc"] is None
    _text, html = parts(mail)
    assert "<img" not in html
    assert "<script" not in html
    assert "{{7*7}}" in html
    assert "&lt;img" in html


def test_an_address_that_is_none_fails_alone(box, tell, later, person, db_session):
    person("小王").email = "broken@@chengyu .example"
    tell("小王")
    tell("小陈")
    assert later(minutes=3) == 1
    assert sorted(states(db_session)) == ["failed", "sent"]


def test_old_mails_are_forgotten(box, tell, later, clock, db_session):
    tell("小王")
    later(minutes=3)
    clock.advance(days=89)
    tasks.nightly(clock.now)
    assert states(db_session) == ["sent"]
    clock.advance(days=2)
    tasks.nightly(clock.now)
    assert states(db_session) == []


def test_one_says_what_comes_and_when(page, box, tell, later, person):
    text = page("/account/mail", as_="小王").text
    assert "xiaowang@chengyu.example" in text
    form = {
        "tasks": "digest",
        "results": "now",
        "work": "never",
        "files": "never",
        "other": "digest",
        "digest_at": "17:00",
        "quiet_from": "20:00",
        "quiet_to": "07:00",
        "no_weekends": "y",
    }
    page("/account/mail", as_="小王", data=form, status=302)
    assert 'value="17:00"' in page("/account/mail", as_="小王").text
    tell("小王")
    assert later(hours=7, minutes=59) == 0
    assert later(minutes=1) == 1
    wrong = page("/account/mail", as_="小王", data=form | {"digest_at": "23:00"}, status=422)
    assert "免打扰" in wrong.text
    page("/account/mail", as_="小王", data=form | {"tasks": "always"}, status=422)
    page("/account/mail", as_="小王", data=form | {"quiet_to": "99:00"}, status=422)
    assert "/account/mail" in page("/account", as_="小王").text


def test_without_a_server_the_page_says_so(page):
    assert "还没有设置邮件服务" in page("/account/mail", as_="小王").text


def test_the_command_tries_the_server(app, box, point_at):
    runner = app.test_cli_runner()
    done = runner.invoke(args=["mail", "test", "it@chengyu.example"])
    assert (done.exit_code, "250 taken as 42" in done.output) == (0, True)
    assert box.mails[0][0] == ["it@chengyu.example"]
    box.rcpt = "550 no"
    done = runner.invoke(args=["mail", "test", "it@chengyu.example"])
    assert (done.exit_code, "550 no" in done.output) == (1, True)
    done = runner.invoke(args=["mail", "test", "no address"])
    assert (done.exit_code, "not an address" in done.output) == (1, True)


def test_the_command_says_what_is_missing(app):
    done = app.test_cli_runner().invoke(args=["mail", "test", "it@chengyu.example"])
    assert (done.exit_code, "MAIL_URL" in done.output) == (1, True)
