"""The home page of those who look after others: the board's own list, as each of them reads it."""

import re
from datetime import timedelta

from sqlalchemy import select

from app.accounts.models import Membership, Mentorship, User
from app.domain.enrolment import State
from app.kernel.auth import Actor
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.tracks import board as boards
from app.tracks import duties, queries, services
from app.tracks.models import Enrolment
from tests import builders
from tests.tracks.conftest import MONDAY
from tests.tracks.test_enrolment_page import SIGNED
from tests.tracks.test_one_more import TEST

READERS = {
    "陈老师": "trainer",
    "HR": "hr",
    "李经理": "manager",
    "总监": "manager",
    "带教人": "mentor",
}


def section(text: str, name: str) -> str:
    """The words of one section of a home page; empty when it is not there."""
    found = re.search(rf'<section[^>]*aria-labelledby="{name}".*?</section>', text, re.DOTALL)
    seen = re.sub(r'<span class="visually-hidden">.*?</span>', "", found[0]) if found else ""
    return " ".join(re.sub(r"<[^>]+>", " ", seen).split())


def mentored(person, *names: str) -> None:
    for name in names:
        session().add(
            Mentorship(
                mentor_id=person("带教人").id,
                trainee_id=person(name).id,
                valid_from=MONDAY,
                created_at=builders.START,
            )
        )
    session().flush()


def look(clock) -> None:
    services.advance([row.id for row in session().scalars(select(Enrolment))], now=clock.now)


def actor_of(person, name: str, role: str) -> Actor:
    roles = frozenset({"learner", role})
    return Actor(person(name).id, name, roles, "zh-CN", "Asia/Shanghai")


def on_the_boards(app, person, clock, name: str) -> list[str]:
    """`NAME：why` of every line of every board on which this reader must act."""
    from app.accounts import queries as accounts

    actor = actor_of(person, name, READERS[name])
    today = organisation_day(clock.now)
    found = []
    with app.test_request_context("/"):
        for slug in ("bootcamp", "leadership"):
            reach = accounts.people_in_scope(actor, "board.read", day=today)
            gathered = boards.gather(slug, reach, now=clock.now)
            rows = boards.rows_of(gathered, reader_id=actor.id, today=today, lang="zh-CN")
            found += [
                f"{row.name}：{row.main.why}"
                for row in rows
                if row.main is not None and row.main.is_mine
            ]
    return found


def test_every_line_of_a_board_stands_once_on_the_home_of_who_must_act(
    bootcamp, page, person, clock, app
) -> None:
    bootcamp.enrol("小王", "小陈", "小赵")
    mentored(person, "小王")
    bootcamp.enrol("小陈", slug="leadership")
    told = 0
    for days in (9, 23):
        clock.advance(days=days)
        look(clock)
        for name in READERS:
            work = section(page("/", as_=name).text, "work")
            for line in on_the_boards(app, person, clock, name):
                assert work.count(line) == 1, (name, line, work)
                told += 1
    assert told >= 5


def test_what_nobody_arranged_waits_for_the_trainer_with_its_day_and_a_way_to_do_it(
    bootcamp, page, person, clock
) -> None:
    bootcamp.enrol("小王")
    mentored(person, "小王")
    clock.advance(days=32)
    look(clock)
    work = section(page("/", as_="陈老师").text, "work")
    assert re.search(r"小王：“[^”]+”还没排好评委和时间 .*?从 \d\d-\d\d 起，\d+ 天", work)
    assert "安排评委" in work
    # The mentor's own sheets wait for the mentor, and for nobody else.
    assert "每周" not in work
    assert "每周" in section(page("/", as_="带教人").text, "work")


def test_a_signed_list_that_is_late_is_one_line_with_what_is_left(
    bootcamp, page, person, clock
) -> None:
    bootcamp.enrol("小王")
    mentored(person, "小王")
    clock.advance(days=9)
    work = section(page("/", as_="陈老师").text, "work")
    assert work.count("CRM 十二项操作签字") == 1
    assert "小王：“CRM 十二项操作签字”晚了" in work
    assert "还有 12 项等您签" in work


def test_homes_say_who_is_stuck_why_since_when_and_who_must_act(
    bootcamp, page, person, clock
) -> None:
    bootcamp.enrol("小王", "小陈", "小赵")
    mentored(person, "小王")
    clock.advance(days=9)
    look(clock)
    text = page("/", as_="HR").text
    assert "3 人在路上，其中 3 人卡住" in re.search(r"<h1>(.*?)</h1>", text)[1]
    stuck = section(text, "stuck")
    assert "小赵 ：没有带教人 从 03-02 起，9 天 等 经理赵经理" in stuck
    assert 'href="/tracks/bootcamp/board"' in text
    own = page("/", as_="李经理").text
    assert "小赵" not in own
    assert "2 人在路上，其中 2 人卡住" in own
    assert "小陈：没有带教人" in section(own, "work")
    assert "小陈" not in section(own, "stuck"), "told above"


def test_a_mentors_home_names_each_trainee_with_the_next_thing(
    bootcamp, page, person, clock
) -> None:
    bootcamp.enrol("小王", "小陈")
    mentored(person, "小王")
    said = section(page("/", as_="带教人").text, "mentees")
    assert re.search(r"小王 第 1 天，共 30 天 下一步：\S+", said)
    assert "等 小王" in said
    assert "小陈" not in said
    assert section(page("/", as_="小王").text, "mentees") == ""


def test_an_administrators_home_names_who_has_no_place(page, person, clock) -> None:
    lone, unit = builders.user("无团队"), builders.unit("新组")
    builders.user("无经理", unit=unit)
    session().flush()
    work = section(page("/", as_="admin").text, "work")
    assert "没有 worker 在运行" in work
    assert "无团队 不在任何团队里" in work
    assert "新组 没有经理" in work
    assert "1 人：无经理" in work
    session().add(Membership(user_id=lone.id, unit_id=unit.id, valid_from=builders.LONG_AGO))
    session().get(User, lone.id).disabled_at = clock.now
    session().flush()
    assert "无团队" not in page("/", as_="admin").text
    assert "不在任何团队里" not in page("/", as_="HR").text


def test_a_leaders_home_costs_as_much_for_many_people_as_for_one(
    bootcamp, page, person, clock
) -> None:
    bootcamp.enrol("小王")
    mentored(person, "小王")
    clock.advance(days=9)
    look(clock)
    costs = []
    for more in ((), ("小陈", "小赵", "阅卷人")):
        if more:
            ids = bootcamp.enrol(*more, on=MONDAY + timedelta(days=1))
            mentored(person, *more)
            services.advance(ids, now=clock.now)
        page("/", as_="陈老师")
        costs.append(len(page.queries))
    assert costs[0] == costs[1], costs
    assert session().scalar(select(Enrolment.state).where(Enrolment.state == State.NOT_YET.value))


def test_the_way_of_every_line_opens_for_its_reader(bootcamp, page, person, clock) -> None:
    """Also that to evidence for a level, which trainers arrange from the tests."""
    ids = bootcamp.enrol("小王", "小陈")
    mentored(person, "小王")
    track = queries.track_of(queries.newest_version("bootcamp"))
    for activity in track.activities:
        services.record_step(
            enrolment_id=ids[0],
            activity_id=activity.id,
            times=activity.times,
            is_done=True,
            source=services.StepSource("test", activity.id),
            actor_id=None,
            now=clock.now,
        )
    clock.advance(days=32)
    look(clock)
    assert "看怎么补" in section(page("/", as_="陈老师").text, "work")
    for name in READERS:
        work = re.findall(
            r'<section[^>]*aria-labelledby="(?:work|stuck|mentees)".*?</section>',
            page("/", as_=name).text,
            re.DOTALL,
        )
        for url in sorted(set(re.findall(r'href="([^"#]+)', "".join(work)))):
            page(url.replace("&amp;", "&"), as_=name)


def test_what_is_not_listed_is_counted_and_nobody_twice(
    load_track, bootcamp, page, clock, monkeypatch
) -> None:
    for text in (SIGNED, TEST):
        load_track(text)
    for slug in ("signed", "tested"):
        bootcamp.enrol("小王", "小陈", slug=slug)
    monkeypatch.setattr(duties, "MOST_LINES", 1)
    for days, shown, rest in (
        (0, "没有人卡住", "/tracks/signed/board"),
        (1, "其中 2 人卡住", "/tracks/signed/board?show=stuck"),
    ):
        clock.advance(days=days)
        home = page("/", as_="李经理").text
        assert "有 2 件事等您；2 人在路上，" + shown in home
        assert "还有 1 处等您" in section(home, "work")
        assert f'href="{rest}"' in home.split('aria-labelledby="work"')[1].split("</section>")[0]
