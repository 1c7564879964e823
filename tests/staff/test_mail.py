"""Invitations go out over a real mail server, once each, in the person's language."""

import re
from dataclasses import replace

import pytest

from app.kernel.config import ROOT
from app.staff import services, tasks
from app.tracks.models import Enrolment, TrackVersion
from tests.builders import START
from tests.mailing.server import taking
from tests.staff import files
from tests.staff.test_story import bring, make, one, paste, preview


@pytest.fixture
def box(app, monkeypatch):
    with taking() as server:
        settings = replace(
            app.extensions["settings"],
            mail_url=f"smtp://127.0.0.1:{server.port}?tls=none",
            mail_from="Lianbing <notices@chengyu.example>",
        )
        monkeypatch.setitem(app.extensions, "settings", settings)
        yield server


def test_the_invitation_arrives_with_a_link_that_works_once(page, db_session, box):
    number = bring(page, files.HR_CSV.encode())
    make(page, number)
    page(f"/admin/staff/{number}/invite", as_="admin", data={"by": "mail"}, status=303)
    assert tasks.deliver() == 2
    assert tasks.deliver() == 0
    mails = {to[0]: mail for to, mail in box.mails}
    assert set(mails) == {"zhouming@chengyu.example", "zhaomin@chengyu.example"}
    text = mails["zhouming@chengyu.example"].get_content()
    assert "周明，您好" in text
    link = re.search(r"/welcome/[\w.\-]+", text)[0]
    page(link, data={"new": "a long password", "again": "a long password"}, status=303)
    page(link, status=404)
    assert "邮件已发" in page(f"/admin/staff/{number}/report", as_="admin").text


def test_who_reads_english_is_invited_in_english(page, db_session, box):
    number = bring(page, files.ENGLISH_TSV.encode())
    make(page, number)
    ann = one(db_session, "CY3001")
    ann.locale = "en"
    db_session.commit()
    secret = page.app.extensions["settings"].secret_key
    services.invite(user_ids=[ann.id], secret=secret, by_mail=True, actor_id=None, now=START)
    db_session.commit()
    assert tasks.deliver() == 1
    assert "Hello Ann Lee" in box.mails[0][1].get_content()


def test_a_refused_address_is_shown_and_not_tried_again(page, db_session, box):
    number = bring(page, files.HR_CSV.encode())
    make(page, number)
    box.rcpt = "550 no such person"
    page(f"/admin/staff/{number}/invite", as_="admin", data={"by": "mail"}, status=303)
    tasks.deliver()
    assert box.mails == []
    assert "no such person" in page(f"/admin/staff/{number}/report", as_="admin").text
    box.rcpt = "250 OK"
    assert tasks.deliver() == 0


def test_the_preview_says_who_joins_and_who_leaves_a_track(page, db_session, person):
    source = (ROOT / "question_banks" / "tracks" / "bootcamp.yaml").read_text("utf-8")
    version = TrackVersion(
        slug="bootcamp",
        number=1,
        sha256="x",
        title={"zh-CN": "新人速成"},
        source=source,
        loaded_at=START,
    )
    db_session.add(version)
    db_session.flush()
    db_session.add(
        Enrolment(
            person_id=person("小王").id,
            track_slug="bootcamp",
            track_version_id=version.id,
            anchor_on=START.date(),
            state="active",
            state_since=START,
            advanced_at=START,
            created_at=START,
        )
    )
    db_session.commit()
    text = "工号,姓名,岗位,入职日期,离职日期\nN1,甲,销售,2026-03-01,\nCY1001,小王,,,2026-03-02\n"
    shown = preview(page, paste(page, text))
    assert "1 人按规则进“新人速成”" in shown
    assert "1 人今晚退出“新人速成”" in shown
