"""Cohorts: made, filled, moved to another start with its consequences shown, taken back, closed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Notice
from app.assessments.models import Assignment
from app.domain.enrolment import State
from app.kernel.db import session
from app.tracks.models import Cohort, Enrolment, EnrolmentEvent
from app.tracks.services import cohorts as services
from app.tracks.services.cohorts import CohortData
from tests.tracks.conftest import MONDAY

LATER = MONDAY + timedelta(days=7)


@pytest.fixture
def made(bootcamp, person, clock):
    """A cohort of the bootcamp with two people."""
    cohort = services.make_cohort(
        "bootcamp",
        CohortData("第 1 期", "上海", 3),
        starts_on=MONDAY,
        actor_id=person("陈老师").id,
        now=clock.now,
    )
    put(cohort, person, clock, "小王", "小陈")
    return cohort


def put(cohort, person, clock, *names):
    return services.put_in(
        cohort,
        [person(name).id for name in names],
        actor_id=person("陈老师").id,
        now=clock.now,
    )


def move(cohort, person, clock, day):
    return services.move_start(
        cohort, day, reason="教室没空", actor_id=person("陈老师").id, now=clock.now
    )


def anchors(db_session):
    return set(db_session.scalars(select(Enrolment.anchor_on)))


def deadlines(db_session):
    return sorted(db_session.scalars(select(Assignment.due_at)))


def test_a_cohort_is_made_on_its_page_and_filled_several_at_once(bootcamp, page, person) -> None:
    form = {"title": "第 2 期", "starts_on": "2026-03-09", "place": "", "seats": "6"}
    where = page("/tracks/bootcamp/cohorts", as_="陈老师", data=form, status=302).location
    text = page(f"{where}?q=小", as_="陈老师").text
    assert "还没有人" in text
    people = [person("小王").id, person("小陈").id]
    page(f"{where}/people", as_="陈老师", data={"people": people}, status=302)
    text = page(where, as_="陈老师").text
    assert "2 / 6" in text
    assert "落后的在前" in text
    text = page("/tracks/bootcamp/cohorts", as_="HR", data=form, status=422).text
    assert "已经有一期叫“第 2 期”" in text


@pytest.mark.parametrize(
    "wrong", [{"title": ""}, {"seats": "0"}, {"seats": "many"}, {"starts_on": "soon"}]
)
def test_what_is_wrong_is_said_and_nothing_made(bootcamp, page, db_session, wrong) -> None:
    form = {"title": "第 2 期", "starts_on": "2026-03-09", "place": "", "seats": "6"} | wrong
    page("/tracks/bootcamp/cohorts", as_="陈老师", data=form, status=422)
    assert db_session.scalars(select(Cohort)).all() == []


def test_people_are_put_in_as_long_as_there_are_seats(made, person, clock, page) -> None:
    with pytest.raises(services.CohortFullError):
        put(made, person, clock, "小赵", "阅卷人")
    ids = [person("小赵").id, person("阅卷人").id]
    text = page(f"/cohorts/{made}/people", as_="陈老师", data={"people": ids}, status=422).text
    assert "只剩 1 个名额，选了 2 人" in text
    assert len(put(made, person, clock, "小赵")) == 1


def test_another_start_is_shown_then_moves_everybody_and_is_taken_back(
    made, page, person, clock, db_session
) -> None:
    before = deadlines(db_session)
    form = {"starts_on": LATER.isoformat(), "reason": "教室没空"}
    text = page(f"/cohorts/{made}/start", as_="陈老师", data=form).text
    assert "2 人的日期会变" in text
    assert "全部 2 人" in text
    assert "G1 速成营结业" in text
    assert deadlines(db_session) == before
    page(f"/cohorts/{made}/start", as_="陈老师", data=form | {"sure": "1"}, status=302)
    assert anchors(db_session) == {LATER}
    assert deadlines(db_session) == [one + timedelta(days=7) for one in before]
    told = db_session.scalars(select(Notice.user_id).where(Notice.kind == "start_moved")).all()
    assert set(told) == {person("小王").id, person("小陈").id}
    assert "撤销，改回原来" in page(f"/cohorts/{made}", as_="陈老师").text
    clock.advance(minutes=1)
    page(f"/cohorts/{made}/start/undo", as_="陈老师", data={}, status=302)
    assert anchors(db_session) == {MONDAY}
    assert deadlines(db_session) == before
    assert "撤销，改回原来" not in page(f"/cohorts/{made}", as_="陈老师").text
    events = db_session.scalars(
        select(EnrolmentEvent.detail).where(EnrolmentEvent.rule == services.START_MOVED)
    ).all()
    assert len(events) == 4


@pytest.mark.one_database
def test_an_exam_left_over_from_an_earlier_round_is_due_in_the_new_one(bootcamp, db_session):
    (first,) = bootcamp.enrol("小王", slug="case-workshop")
    db_session.get(Enrolment, first).state = "certified"  # the exam was waived
    db_session.flush()
    before = deadlines(db_session)
    quarter = timedelta(days=91)
    bootcamp.enrol("小王", slug="case-workshop", on=MONDAY + quarter)
    db_session.expire_all()
    assert before
    assert deadlines(db_session) == [one + quarter for one in before]


def test_who_is_through_or_there_already_stays_where_she_is(
    made, bootcamp, person, clock, db_session
) -> None:
    row = db_session.scalar(select(Enrolment).where(Enrolment.person_id == person("小王").id))
    row.state = "certified"
    db_session.flush()
    plan = move(made, person, clock, LATER)
    assert plan.staying == (person("小王").id,)
    assert anchors(db_session) == {MONDAY, LATER}


def test_a_start_moved_into_the_past_says_what_is_late(made, person, clock, page) -> None:
    clock.set(datetime(2026, 3, 5, 1, 0, tzinfo=UTC))
    form = {"starts_on": "2026-02-23", "reason": "记错了"}
    assert "已经过了" in page(f"/cohorts/{made}/start", as_="陈老师", data=form).text


def test_nobody_is_put_into_a_closed_cohort(made, page, person, clock) -> None:
    page(f"/cohorts/{made}/close", as_="陈老师", data={"closed": "1"}, status=302)
    with pytest.raises(services.CohortClosedError):
        put(made, person, clock, "小赵")
    with pytest.raises(services.CohortClosedError):
        move(made, person, clock, LATER)
    assert "已关闭" in page(f"/cohorts/{made}", as_="陈老师").text
    page(f"/cohorts/{made}/close", as_="陈老师", data={"closed": "0"}, status=302)
    assert len(put(made, person, clock, "小赵")) == 1


def test_who_does_not_run_tracks_has_no_such_page(made, page) -> None:
    for name in ("小王", "带教人"):
        page(f"/cohorts/{made}", as_=name, status=403)
    page("/cohorts/999999", as_="陈老师", status=404)


def test_a_manager_reads_the_cohorts_his_people_are_in_and_no_more(
    made, page, person, clock
) -> None:
    put(made, person, clock, "小赵")
    east, south = (page(f"/cohorts/{made}", as_=name).text for name in ("李经理", "赵经理"))
    assert "小王" in east
    assert "小赵" not in east
    assert "小赵" in south
    assert "小王" not in south
    for path in (f"/cohorts/{made}/plan", "/tracks/plan?month=2026-03", "/tracks/bootcamp/cohorts"):
        text = page(path, as_="赵经理").text
        assert "小王" not in text, path
        assert "<form" not in text.partition("<main")[2].partition("</main")[0], path
    assert "小赵" in page(f"/cohorts/{made}/plan", as_="赵经理").text
    assert "1 人" in page("/tracks/bootcamp/cohorts", as_="赵经理").text
    page(f"/cohorts/{made}/close", as_="李经理", data={"closed": "1"}, status=403)
    page("/tracks/leadership/cohorts", as_="赵经理", status=404)
    strange = services.make_cohort(
        "bootcamp",
        CohortData("空的一期", "", None),
        starts_on=MONDAY,
        actor_id=person("HR").id,
        now=clock.now,
    )
    for path in (f"/cohorts/{strange}", f"/cohorts/{strange}/plan"):
        page(path, as_="赵经理", status=404)


def test_a_page_asks_as_much_for_many_as_for_two(made, page, person, clock) -> None:
    page(f"/cohorts/{made}", as_="陈老师")
    two = len(page.queries)
    services.edit_cohort(
        made, CohortData("第 1 期", "", None), actor_id=person("HR").id, now=clock.now
    )
    put(made, person, clock, "小赵", "阅卷人", "李经理", "带教人")
    page(f"/cohorts/{made}", as_="陈老师")
    assert len(page.queries) == two
    page(f"/cohorts/{made}/plan", as_="陈老师")
    assert len(page.queries) < 50


def test_the_day_of_the_start_is_no_guess(made, db_session) -> None:
    assert db_session.get(Cohort, made).starts_on == date(2026, 3, 2)


def test_who_is_through_has_no_late_step_in_the_lists(made, page, person, clock) -> None:
    put(made, person, clock, "小赵")
    mine = (
        session().scalars(select(Enrolment).where(Enrolment.person_id == person("小赵").id)).one()
    )
    mine.state = State.CERTIFIED.value
    session().flush()
    clock.advance(days=40)
    for path in (f"/cohorts/{made}", "/tracks/bootcamp"):
        text = page(path, as_="陈老师").text
        row = text.partition("小赵")[2].partition("</tr>")[0]
        assert "已认证" in row, path
        assert "已晚" not in row, path


def test_a_slip_in_the_year_moves_no_date(page, bootcamp, person) -> None:
    (row,) = bootcamp.enrol("小王")
    people = [person("小陈").id]
    for day in ("0026-03-09", "9999-12-31"):
        for url, data in (
            ("/tracks/bootcamp/cohorts", {"title": "春季", "starts_on": day}),
            ("/tracks/bootcamp/enrolments", {"people": people, "anchor_on": day}),
            (f"/enrolments/{row}/pause", {"from_on": day, "reason": "病假"}),
        ):
            assert "年份不对" in page(url, as_="陈老师", data=data, status=422).text
    page("/tracks/plan", as_="陈老师")
