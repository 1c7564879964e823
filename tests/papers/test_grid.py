"""The grid says how far each row is, and who cannot be typed in, without holding up the others."""

import re

import pytest
from sqlalchemy import select

from app.assessments import services
from app.assessments.models import Attempt
from tests.assessments import builders as b
from tests.papers import builders as p


@pytest.fixture
def trainer(person):
    return person("陈老师").id


@pytest.fixture
def exam(app, clock, trainer, person):
    made = b.assessment(trainer, clock.now, text=b.objective(), forms=1, attempts_allowed=1)
    for name in ("小王", "小陈"):
        b.assigned(made, person(name).id, clock.now)
    return made


def begin(exam, person_id, clock):
    assignment = b.assigned(exam, person_id, clock.now)
    return services.start(assignment_id=assignment, person_id=person_id, seed="x", now=clock.now)


def hand_in(exam, person_id, clock):
    attempt = begin(exam, person_id, clock)
    saves = b.saves(attempt, {"o-4": True})
    services.hand_in(
        attempt_id=attempt, person_id=person_id, key="k", client="c", saves=saves, now=clock.now
    )


def fields(sheet):
    cells = p.texts(sheet, b.RIGHT, {})
    return {f"c-{sheet.code}-{n}": text for n, text in enumerate(cells, 1)}


def test_a_row_says_how_much_of_it_is_filled(exam, page, clock, trainer, person):
    sheet = p.sheet(exam, person("小王").id, trainer, clock.now)
    shown = page(f"/assessments/{exam}/papers/entry", as_="陈老师").text
    everything = len(sheet.paper.entries)
    assert f"已填 0 / {everything}" in shown
    p.enter(sheet, p.texts(sheet, {"o-1": {"B"}}, {}), trainer, clock.now)
    assert f"已填 1 / {everything}" in page(f"/assessments/{exam}/papers/entry", as_="陈老师").text


def test_who_handed_in_online_is_locked_and_the_others_are_saved(
    exam, page, clock, trainer, person, db_session
):
    wang, chen = person("小王").id, person("小陈").id
    early, other = (p.sheet(exam, one, trainer, clock.now) for one in (wang, chen))
    hand_in(exam, wang, clock)
    shown = page(f"/assessments/{exam}/papers/entry", as_="陈老师").text
    assert "线上已交" in shown
    assert f'name="c-{early.code}-1"' not in shown
    assert f'name="c-{other.code}-1"' in shown
    papers = page(f"/assessments/{exam}/papers", as_="陈老师").text
    assert papers.count("线上已交") == papers.count("等待录入") == 1
    # A page that was opened before she handed in still has her fields.
    data = {**fields(early), **fields(other), "sat_at": "2026-03-02T08:30", "reason": ""}
    page(f"/assessments/{exam}/papers/entry", as_="陈老师", data=data, status=302)
    rows = db_session.execute(select(Attempt.person_id, Attempt.medium).order_by(Attempt.id)).all()
    assert [tuple(row) for row in rows] == [(wang, "online"), (chen, "paper")]
    assert "没有录入：小王（线上已交）" in page(f"/assessments/{exam}/papers", as_="陈老师").text


def test_who_is_sitting_online_is_locked_too(exam, page, clock, trainer, person):
    sheet = p.sheet(exam, person("小王").id, trainer, clock.now)
    begin(exam, person("小王").id, clock)
    shown = page(f"/assessments/{exam}/papers/entry", as_="陈老师").text
    assert "正在线上作答" in shown
    assert f'name="c-{sheet.code}-1"' not in shown


def test_a_refusal_names_the_person(exam, page, clock, trainer, person):
    sheet = p.sheet(exam, person("小王").id, trainer, clock.now)
    p.enter(sheet, p.texts(sheet, {"o-1": {"B"}}, {}), trainer, clock.now)
    data = {**fields(sheet), "sat_at": "2026-03-02T08:30", "reason": ""}
    url = f"/assessments/{exam}/papers/entry"
    said = page(url, as_="陈老师", data=data, status=422).text
    assert re.search("小王：请写明原因", said)
