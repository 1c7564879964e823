"""The dashboard of a track: who is stuck, why, since when, who must act; and how it went for HR."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.accounts import queries as accounts
from app.accounts.models import Mentorship
from app.domain.enrolment import State
from app.domain.stuck import Reason
from app.domain.tracks import Party
from app.kernel.db import db, session
from app.tracks import board, queries, services
from app.tracks.models import (
    Cohort,
    Credential,
    Enrolment,
    GatePassage,
    GateSignature,
    Leave,
    StepResult,
)
from app.tracks.stuckwords import action_name, reason_name
from tests import builders
from tests.ratings.conftest import Desk
from tests.tracks.conftest import MONDAY


def lines(text: str) -> dict[str, str]:
    """Name -> what the line of that person says."""
    _head, *found = text.split('<div class="lb-board__who">')
    bodies = [one.partition("</section>")[0] for one in found]
    said = [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in bodies]
    return {one.split()[0]: one for one in said}


def mentor(person, name: str) -> None:
    session().add(
        Mentorship(
            mentor_id=person("带教人").id,
            trainee_id=person(name).id,
            valid_from=MONDAY,
            created_at=builders.START,
        )
    )
    session().flush()


def everything_done(enrolment_id: int, clock, *, but=()) -> None:
    """Every step of the bootcamp, as far as the track itself is told of it."""
    track = queries.track_of(queries.newest_version("bootcamp"))
    for activity in track.activities:
        if activity.id in but:
            continue
        session().add(
            StepResult(
                enrolment_id=enrolment_id,
                activity_id=activity.id,
                times=activity.times,
                is_done=True,
                done_at=clock.now,
                changed_at=clock.now,
            )
        )
    session().flush()
    session().expire_all()


def test_each_line_says_why_since_when_and_who_must_act(bootcamp, page, person, clock) -> None:
    bootcamp.enrol("小王", "小陈")
    mentor(person, "小王")
    clock.advance(days=9)
    services.advance([row.id for row in session().scalars(select(Enrolment))], now=clock.now)
    text = page("/tracks/bootcamp/board", as_="HR").text
    said = lines(text)
    assert "没有带教人 从 03-02 起，9 天 等 经理李经理" in said["小陈"]
    trainers = "，等培训师陈老师、周老师"
    needs = f"到期没过，还差：CRM 十二项操作签字{trainers}；结业考试 从 03-08 起，3 天"
    assert f"“G1 速成营结业”{needs}" in said["小王"]
    assert "等 经理李经理" in said["小王"]
    assert "第 10 天，共 30 天" in said["小王"]
    assert "<h1>2 人在路上，其中 2 人卡住</h1>" in text


def test_what_waits_for_a_signature_names_who_signs_and_offers_it_to_them_alone(
    bootcamp, page, person, clock, monkeypatch
) -> None:
    [enrolment] = bootcamp.enrol("小王")
    mentor(person, "小王")
    everything_done(enrolment, clock)
    monkeypatch.setattr(
        "app.tracks.queries.facts.confirmed",
        lambda _levels: {"product-knowledge": 3, "talk-tracks": 3, "crm-operation": 3},
    )
    services.advance([enrolment], now=clock.now)
    clock.advance(days=3)
    for name in ("带教人", "李经理"):
        said = lines(page("/tracks/bootcamp/board", as_=name).text)["小王"]
        assert "“G2 独立上岗”等" in said
        assert "从 03-02 起，3 天" in said
        assert "去签字" in page("/", as_=name).text
    assert "去签字" not in lines(page("/tracks/bootcamp/board", as_="HR").text)["小王"]
    services.sign_gate(
        enrolment_id=enrolment,
        gate_id="g2",
        party=Party.MENTOR,
        is_yes=True,
        because="",
        again_on=None,
        actor_id=person("带教人").id,
        now=clock.now,
    )
    assert "去签字" not in page("/", as_="带教人").text
    assert "G2 独立上岗" in page("/", as_="李经理").text


def test_a_decision_offers_what_is_possible_and_says_why_not_the_extension(
    bootcamp, page, person, clock
) -> None:
    [enrolment] = bootcamp.enrol("小王")
    mentor(person, "小王")
    clock.advance(days=9)
    services.advance([enrolment], now=clock.now)
    text = page("/tracks/bootcamp/board", as_="李经理").text
    assert "延期 小王" in lines(text)["小王"]
    assert f'href="/enrolments/{enrolment}?do=extend#acts"' in text
    for who in ("HR", "带教人"):
        assert "查看 小王" in lines(page("/tracks/bootcamp/board", as_=who).text)["小王"]
    opened = page(f"/enrolments/{enrolment}?do=extend", as_="李经理").text
    assert 'id="act-extend" open' in opened
    assert "不能再延" not in opened
    data = {"reason": "病了", "plan": ""}
    page(f"/enrolments/{enrolment}/extend", as_="李经理", data=data)
    clock.advance(days=5)
    services.advance([enrolment], now=clock.now)
    said = lines(page("/tracks/bootcamp/board", as_="李经理").text)["小王"]
    assert "“G1 速成营结业”到期没过（延期用过了），还差：" in said
    assert "从 03-15 起" in said
    assert "免做或移出 小王" in said
    used = page(f"/enrolments/{enrolment}?do=waive", as_="李经理").text
    assert "不能再延：3 月 11 日 周三 由李经理延过 6 天，只能延一次" in used
    assert 'id="act-waive" open' in used
    assert "act-extend" not in used


def test_a_role_play_waits_for_the_trainer_then_for_its_day_then_for_its_assessors(
    bootcamp, page, person, clock
) -> None:
    """Whoever only reads is offered nothing to mark, and a date set late makes nothing younger."""
    [enrolment] = bootcamp.enrol("小王")
    mentor(person, "小王")
    everything_done(enrolment, clock, but=("m-rp-opening",))
    clock.advance(days=24)

    def said(who):
        return lines(page("/tracks/bootcamp/board", as_=who).text)["小王"]

    waits = "“角色演练 开场”还没排好评委和时间 从 03-22 起，4 天 等 培训师"
    assert waits in said("HR")
    assert "安排评委 小王" in said("HR")
    needs = page(f"/enrolments/{enrolment}", as_="HR").text
    assert "等培训师安排评委" in needs
    assert "要小王来做" not in needs
    assert "等培训师安排评委" in page("/path", as_="小王").text
    desk = Desk(person, clock)
    performance = desk.plan(
        enrolment_id=enrolment, activity_id="m-rp-opening", happens_on=MONDAY + timedelta(days=26)
    )
    assert waits in said("HR")
    for who in ("周老师", "阅卷人"):
        desk.seat(performance, who)
    assert "“角色演练 开场”排在 03-28 从 03-22 起，4 天 等 评委周老师、阅卷人" in said("HR")
    assert "排在 3 月 28 日" in page(f"/enrolments/{enrolment}", as_="HR").text
    clock.advance(days=3)
    marks = "“角色演练 开场”已完成，等评分 从 03-28 起，1 天 等 评委周老师、阅卷人"
    assert marks in said("HR")
    assert "查看 小王" in said("HR")
    assert "去评分" not in said("HR")
    assert "去评分 小王" in said("周老师")
    assert "等评委周老师、阅卷人评分" in page(f"/enrolments/{enrolment}", as_="HR").text


def test_what_waits_for_marks_is_told_alike_on_every_page_and_is_not_the_learners_delay(
    bootcamp, page, person, clock
) -> None:
    [enrolment] = bootcamp.enrol("小王")
    mentor(person, "小王")
    everything_done(enrolment, clock, but=("d7-exam-post-course",))
    clock.advance(days=6)
    bootcamp.sit("小王", "d7-exam-post-course", text="先问一句")
    clock.advance(days=3)
    marks = "“速成营 课后测试”已完成，等评分"
    said = lines(page("/tracks/bootcamp/board", as_="HR").text)["小王"]
    assert marks in said
    assert "晚了" not in said
    own = page(f"/enrolments/{enrolment}", as_="HR").text
    assert marks in own
    assert "从 03-08 起，3 天" in own
    assert "已完成，等评分" in own
    assert "已晚" not in own
    assert "测验，晚了" not in page("/path", as_="小王").text


def test_a_mentor_is_wanted_only_while_something_is_left_for_one(
    bootcamp, page, person, clock
) -> None:
    """Who lacks a level alone, her mentor having signed, is nobody's to pair; and no activity that
    one could let her off would help."""
    [enrolment] = bootcamp.enrol("小王")
    everything_done(enrolment, clock)
    assert "没有带教人" in page("/", as_="李经理").text
    session().add(
        GateSignature(
            enrolment_id=enrolment,
            gate_id="g2",
            party=Party.MENTOR.value,
            person_id=person("带教人").id,
            is_yes=True,
            at=clock.now,
        )
    )
    session().flush()
    clock.advance(days=50)
    services.advance([enrolment], now=clock.now)
    assert "没有带教人" not in page("/tracks/bootcamp/board", as_="HR").text
    assert "没有带教人" not in page("/", as_="李经理").text
    assert "小王" not in page("/mentoring", as_="HR").text
    services.extend(
        enrolment_id=enrolment,
        gate_id="g2",
        plan="补",
        reason="补",
        actor_id=person("李经理").id,
        now=clock.now,
    )
    clock.advance(days=20)
    services.advance([enrolment], now=clock.now)
    assert "免修或移出 小王" in lines(page("/tracks/bootcamp/board", as_="李经理").text)["小王"]


def test_the_boards_open_where_most_people_of_the_reader_stand(bootcamp, page) -> None:
    bootcamp.enrol("小王")
    bootcamp.enrol("小赵", "赵经理", slug="case-workshop")
    opened = {
        who: page("/boards", as_=who, status=302).headers["Location"]
        for who in ("HR", "李经理", "赵经理", "带教人")
    }
    assert opened == {
        "HR": "/tracks/case-workshop/board",
        "李经理": "/tracks/bootcamp/board",
        "赵经理": "/tracks/case-workshop/board",
        "带教人": "/tracks/bootcamp/board",
    }


def test_everybody_sees_the_people_of_their_right_and_no_others(
    bootcamp, page, person, clock
) -> None:
    bootcamp.enrol("小王", "小陈", "小赵")
    mentor(person, "小陈")
    seen = {
        name: set(lines(page("/tracks/bootcamp/board", as_=name).text))
        for name in ("HR", "陈老师", "李经理", "赵经理", "带教人")
    }
    everybody = {"小王", "小陈", "小赵"}
    assert seen == {
        "HR": everybody,
        "陈老师": everybody,
        "李经理": {"小王", "小陈"},
        "赵经理": {"小赵"},
        "带教人": {"小陈"},
    }
    page("/tracks/bootcamp/board", as_="小王", status=403)
    page("/tracks/bootcamp/outcomes", as_="李经理", status=403)


def test_filters_sorting_and_the_workbook_agree(bootcamp, page, person, clock) -> None:
    bootcamp.enrol("小王", "小赵")
    [late] = bootcamp.enrol("小陈", on=MONDAY - timedelta(days=20))
    cohort = Cohort(
        track_slug="bootcamp", title="三月班", starts_on=MONDAY, created_at=builders.START
    )
    session().add(cohort)
    session().flush()
    session().get(Enrolment, late).cohort_id = cohort.id
    db.session.commit()
    assert set(lines(page("/tracks/bootcamp/board?show=late", as_="HR").text)) == {"小陈"}
    assert set(lines(page(f"/tracks/bootcamp/board?cohort={cohort.id}", as_="HR").text)) == {"小陈"}
    assert set(lines(page("/tracks/bootcamp/board?q=小赵", as_="HR").text)) == {"小赵"}
    assert next(iter(lines(page("/tracks/bootcamp/board?sort=day", as_="HR").text))) == "小陈"
    assert "没有符合的人" in page("/tracks/bootcamp/board?show=away", as_="HR").text
    body = page("/tracks/bootcamp/board.xlsx?show=late", as_="HR").data
    rows = CalamineWorkbook.from_filelike(BytesIO(body)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:]] == ["小陈"]
    assert rows[1][rows[0].index("该谁做")] == "经理李经理"


def test_a_count_at_the_top_is_as_long_as_its_list(bootcamp, page, person, clock) -> None:
    bootcamp.enrol("小王", "小陈", "小赵")
    mentor(person, "小王")
    clock.advance(days=5)
    text = page("/tracks/bootcamp/board", as_="HR").text
    counts = re.findall(r'class="lb-tally__one[^"]*" href="([^"]+)"[^>]*><b>(\d+)</b>', text)
    assert len(counts) == 7
    for url, n in counts:
        assert len(lines(page(url.replace("&amp;", "&"), as_="HR").text)) == int(n), url


@pytest.fixture
def many(bootcamp, clock):
    """Two hundred more people on the bootcamp, with mentors, steps done, leaves."""
    team = builders.unit("新人大队")
    people = [builders.user(f"新人{n:03}", unit=team) for n in range(200)]
    made = services.enrol(
        person_ids=[one.id for one in people[:5]],
        slug="bootcamp",
        anchor_on=MONDAY,
        actor_id=None,
        now=clock.now,
    )
    first = session().get(Enrolment, made[0])
    for n, one in enumerate(people[5:]):
        session().add(
            Enrolment(
                person_id=one.id,
                track_slug="bootcamp",
                track_version_id=first.track_version_id,
                anchor_on=MONDAY - timedelta(days=n % 40),
                state=State.ACTIVE.value,
                state_since=clock.now,
                advanced_at=clock.now,
                created_at=clock.now,
            )
        )
    session().flush()
    return people


def test_two_hundred_people_cost_as_many_statements_as_three(bootcamp, page, clock, many) -> None:
    def cost(url: str) -> int:
        page(url, as_="HR")
        return len(page.queries)

    cost("/tracks/bootcamp/board")
    all_of_them = cost("/tracks/bootcamp/board")
    few = session().scalars(select(Enrolment.id).order_by(Enrolment.id).limit(3)).all()
    for row in session().scalars(select(Enrolment).where(Enrolment.id.not_in(few))):
        row.withdrawn_at = clock.now
    db.session.commit()
    assert cost("/tracks/bootcamp/board") == all_of_them
    assert all_of_them <= 60


def test_the_days_it_took_are_a_median_from_five_people_on(
    bootcamp, page, person, clock, many
) -> None:
    def through(rows, days):
        for row, n in zip(rows, days, strict=True):
            row.state = State.CERTIFIED.value
            session().add(
                Credential(
                    number=f"IND-{row.id}",
                    person_id=row.person_id,
                    enrolment_id=row.id,
                    slug="independent",
                    title={"zh-CN": "独立上岗"},
                    issued_on=row.anchor_on + timedelta(days=n - 1),
                    expires_on=row.anchor_on + timedelta(days=n + 364),
                )
            )
        db.session.commit()

    rows = session().scalars(select(Enrolment).order_by(Enrolment.id)).all()
    through(rows[:4], [26, 28, 30, 31])
    text = page("/tracks/bootcamp/board", as_="HR").text
    assert "走完的才 4 人，人数太少，不算中位数" in text
    through(rows[4:5], [45])
    text = page("/tracks/bootcamp/board", as_="HR").text
    assert "中位数 30 天（90% 区间 26–45，5 人）" in text
    assert "新人004 45 天" in text


def test_outcomes_count_a_gate_against_its_first_date_and_no_share_below_ten(
    bootcamp, page, person, clock, many, db_session
) -> None:
    rows = db_session.scalars(select(Enrolment).order_by(Enrolment.id)).all()[:12]
    for row in db_session.scalars(select(Enrolment).where(Enrolment.id > rows[-1].id)):
        db_session.delete(row)
    for n, row in enumerate(rows):
        row.anchor_on = MONDAY - timedelta(days=40 + n)
        if n < 9:
            on_time = row.anchor_on + timedelta(days=6 if n < 6 else 8)
            moment = builders.START.replace(year=on_time.year, month=on_time.month, day=on_time.day)
            db_session.add(GatePassage(enrolment_id=row.id, gate_id="g1", passed_at=moment))
    db.session.commit()
    text = " ".join(
        re.sub(r"<[^>]+>", " ", page("/tracks/bootcamp/outcomes", as_="HR").text).split()
    )
    assert re.search(r"G1 速成营结业 50% \d+–\d+% 6 / 12", text)
    for row in rows[:3]:
        row.withdrawn_at, row.state = builders.START - timedelta(days=60), "withdrawn"
    db.session.commit()
    text = " ".join(
        re.sub(r"<[^>]+>", " ", page("/tracks/bootcamp/outcomes", as_="HR").text).split()
    )
    assert "%" not in re.search(r"G2 独立上岗 .*? (?=\d+ \d+ )", text)[0]
    body = page("/tracks/bootcamp/outcomes.xlsx", as_="HR").data
    assert CalamineWorkbook.from_filelike(BytesIO(body)).sheet_names == ["关口", "期次"]


def test_every_reason_has_words_and_an_action(app) -> None:
    with app.test_request_context("/"):
        for reason in Reason:
            assert reason_name(reason)
            assert action_name(reason)


def test_a_track_without_people_says_what_will_be_here(bootcamp, page) -> None:
    assert "这条路径上还没有您管的人" in page("/tracks/leadership/board", as_="HR").text
    assert "还没有人走过这条路径" in page("/tracks/leadership/outcomes", as_="HR").text
    page("/boards", as_="HR", status=302)
    page("/tracks/nothing/board", as_="HR", status=404)


def test_who_leads_whom_is_found_at_once_for_many_as_for_one(bootcamp, person) -> None:
    ids = [person(name).id for name in ("小王", "小赵", "李经理", "陈老师", "总监")]
    at_once = accounts.leaders_for(ids, MONDAY)
    assert {one: list(at_once.get(one, ())) for one in ids} == {
        one: accounts.leaders_of(one, MONDAY) for one in ids
    }


@pytest.mark.one_database
def test_leave_after_the_certificate_makes_the_days_until_it_no_fewer(bootcamp, clock, db_session):
    (enrolment,) = bootcamp.enrol("小王")
    row = db_session.get(Enrolment, enrolment)
    row.state, given = "certified", MONDAY + timedelta(days=29)
    db_session.add(
        Credential(
            number="INDEPENDENT-1",
            person_id=row.person_id,
            enrolment_id=row.id,
            slug="independent",
            title={"zh-CN": "独立上岗"},
            issued_on=given,
            expires_on=given + timedelta(days=365),
        )
    )
    for start, days in ((10, 2), (300, 9)):
        day = MONDAY + timedelta(days=start)
        leave = Leave(
            enrolment_id=row.id, from_on=day, back_on=day + timedelta(days), reason="病假"
        )
        db_session.add(leave)
    db_session.flush()
    clock.advance(days=320)
    (found,) = board.gather("bootcamp", accounts.everybody_select(), now=clock.now).people
    assert board._used(found) == 28
