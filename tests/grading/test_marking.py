"""Marking: names hidden, a conflict keeps what was typed, the last mark makes the score final."""

import re
from fractions import Fraction

import pytest
from sqlalchemy import func, select

from app.assessments import services
from app.assessments.errors import MarkTakenError
from app.assessments.models import Attempt, Result
from app.grading import queries as grading
from app.grading import services as marks
from app.grading.models import Mark
from app.kernel.auth import Actor
from app.kernel.errors import NotFoundError
from tests.assessments import builders as b


def actor(row, *roles):
    return Actor(row.id, row.name, frozenset({"learner", *roles}), "zh-CN", "Asia/Shanghai")


@pytest.fixture
def waiting(app, clock, person):
    """小王 handed in a paper whose written answer waits for a mark."""
    wang = person("小王").id
    assessment = b.assessment(person("陈老师").id, clock.now)
    assignment = b.assigned(assessment, wang, clock.now)
    attempt = services.start(assignment_id=assignment, person_id=wang, seed="s", now=clock.now)
    services.hand_in(
        attempt_id=attempt,
        person_id=wang,
        key="k",
        client="t",
        saves=b.saves(attempt, b.RIGHT),
        now=clock.now,
    )
    return attempt, b.response(attempt, "o-5", "x")[0]


def give(waiting, who, clock, *, points=None, criteria=(), seen=0):
    new = marks.NewMark(frozenset(criteria), points, "继续", seen)
    marks.mark(attempt_id=waiting[0], position=waiting[1], new=new, actor=who, now=clock.now)


def attempt_row(db_session, waiting):
    db_session.expire_all()
    return db_session.get(Attempt, waiting[0])


def test_the_attempt_waits_until_the_last_mark(waiting, clock, person, db_session):
    row = attempt_row(db_session, waiting)
    assert row.scored_at is None
    assert row.passed is None
    give(waiting, actor(person("陈老师"), "trainer"), clock, criteria={"who", "how"})
    row = attempt_row(db_session, waiting)
    assert row.total == 42
    assert row.passed
    assert row.released_at == clock.now


def test_a_mark_of_2_9_stays_2_9(waiting, clock, person, db_session):
    give(waiting, actor(person("陈老师"), "trainer"), clock, points=Fraction("2.9"))
    assert attempt_row(db_session, waiting).total == Fraction("37.9")


def test_marking_twice_does_not_add_twice(waiting, clock, person, db_session):
    trainer = actor(person("陈老师"), "trainer")
    give(waiting, trainer, clock, points=Fraction(5))
    give(waiting, trainer, clock, points=Fraction(6), seen=1)
    assert attempt_row(db_session, waiting).total == 41
    results = db_session.scalars(select(Result).order_by(Result.number)).all()
    assert [one.total for one in results] == [40, 41]


def test_two_markers_on_one_answer_conflict(waiting, clock, person, db_session):
    give(waiting, actor(person("陈老师"), "trainer"), clock, points=Fraction(5))
    services.set_markers(
        assessment_id=attempt_row(db_session, waiting).assessment_id,
        marker_ids=[person("阅卷人").id],
        owner_id=person("陈老师").id,
        now=clock.now,
    )
    with pytest.raises(MarkTakenError):
        give(waiting, actor(person("阅卷人"), "marker"), clock, points=Fraction(9))
    assert db_session.scalar(select(func.count()).select_from(Mark)) == 1


def test_only_named_markers_and_own_trainers_see_the_answer(waiting, person):
    for who in (actor(person("周老师"), "trainer"), actor(person("阅卷人"), "marker")):
        assert grading.waiting_count(who) == 0
        with pytest.raises(NotFoundError):
            grading.sheet(who, *waiting)


def test_nobody_marks_her_own_answer(app, clock, person):
    teacher = person("陈老师")
    assessment = b.assessment(teacher.id, clock.now)
    assignment = b.assigned(assessment, teacher.id, clock.now)
    attempt = services.start(
        assignment_id=assignment, person_id=teacher.id, seed="s", now=clock.now
    )
    services.hand_in(
        attempt_id=attempt,
        person_id=teacher.id,
        key="k",
        client="t",
        saves=b.saves(attempt, b.RIGHT),
        now=clock.now,
    )
    assert grading.waiting_count(actor(teacher, "trainer")) == 0


def test_the_desk_hides_the_name_and_goes_on_to_the_next(page, waiting):
    text = page("/marking", as_="陈老师").text
    assert "待评 1 份" in text
    url = f"/marking/answers/{waiting[0]}/{waiting[1]}"
    desk = page(url, as_="陈老师").text
    assert "先弄清谁拍板" in re.sub(r"<sup.*?</sup>|<[^>]+>", "", desk)
    assert re.search(r'<mark class="m1"[^>]*>拍板<', desk)
    assert "MODELANSWER" in desk
    assert "小王" not in desk
    page(url, as_="小王", status=403)
    page(url, as_="周老师", status=404)
    done = page(
        url, as_="陈老师", data={"criteria": ["who"], "points": "", "seen": "0"}, status=302
    )
    assert done.headers["Location"] == "/marking"
    shown = page(f"/attempts/{waiting[0]}/result", as_="小王").text
    assert "MODELANSWER" in shown


def test_a_conflict_page_keeps_the_typed_mark(page, waiting):
    url = f"/marking/answers/{waiting[0]}/{waiting[1]}"
    page(url, as_="陈老师", data={"points": "5", "seen": "0"}, status=302)
    reply = page(
        url, as_="陈老师", data={"points": "7.5", "comment": "讲得好", "seen": "0"}, status=409
    )
    assert 'value="7.5"' in reply.text
    assert "讲得好" in reply.text


def test_a_nought_is_said_never_meant_by_an_empty_form(page, waiting, db_session):
    url = f"/marking/answers/{waiting[0]}/{waiting[1]}"
    fresh = page(url, as_="陈老师").text
    assert re.search(r"data-button>先给分<", fresh)
    assert "记 0 分" not in fresh
    reply = page(url, as_="陈老师", data={"points": " ", "seen": "0"}, status=422)
    assert "先给分。什么都没做到，就写 0。" in reply.text
    assert attempt_row(db_session, waiting).scored_at is None
    page(url, as_="陈老师", data={"points": "0", "seen": "0"}, status=302)
    assert attempt_row(db_session, waiting).total == 35
    assert "记 0 分，下一份" in page(url, as_="陈老师").text


def test_what_is_marked_is_found_again_and_marked_anew(page, waiting, db_session):
    url = f"/marking/answers/{waiting[0]}/{waiting[1]}"
    assessment = attempt_row(db_session, waiting).assessment_id
    review = f"/assessments/{assessment}/attempts/{waiting[0]}"
    assert f'href="{url}">去评分' in page(review, as_="陈老师").text
    assert "改评" not in page("/marking", as_="陈老师").text
    page(url, as_="陈老师", data={"points": "5", "seen": "0"}, status=302)
    queue = page("/marking", as_="陈老师").text
    assert "已评完" in queue
    again = re.search(r'action="(/marking/[^"]+/next)"', queue)[1]
    reply = page(again, as_="陈老师", data={"again": "1"}, status=302)
    assert reply.headers["Location"] == url
    page(again, as_="周老师", data={"again": "1"}, status=404)
    assert f'href="{url}">改评' in page(review, as_="陈老师").text
    page(url, as_="陈老师", data={"points": "6", "seen": "1"}, status=302)
    assert attempt_row(db_session, waiting).total == 41


def test_no_way_to_a_mark_where_none_may_be_given(page, waiting, person, db_session, clock):
    attempt = attempt_row(db_session, waiting)
    services.void(
        attempt_id=attempt.id, owner_id=person("陈老师").id, reason="考场断电", now=clock.now
    )
    db_session.commit()
    review = f"/assessments/{attempt.assessment_id}/attempts/{attempt.id}"
    assert "/marking/answers/" not in page(review, as_="陈老师").text


@pytest.mark.parametrize("points", ["11", "-1", "1.234", "abc", "NaN"])
def test_a_mark_outside_the_item_is_told_at_the_field(page, waiting, points):
    url = f"/marking/answers/{waiting[0]}/{waiting[1]}"
    reply = page(url, as_="陈老师", data={"points": points, "seen": "0"}, status=422)
    assert "points-error" in reply.text
