"""Sheets and checklists: what counts, what is evidence, what is kept of a correction."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.competency.models import Evidence
from app.domain.fieldwork import Verdict
from app.domain.tracks import CHECKLIST_SCORE, Party
from app.fieldwork import queries, services
from app.fieldwork.errors import (
    AlreadyCorrectedError,
    AlreadySignedError,
    ListCompleteError,
    NothingToTakeBackError,
    NotYourPartError,
    SameDayError,
    WrongDayError,
)
from app.fieldwork.services import Filled
from app.kernel.db import session
from app.kernel.errors import BadInputError
from app.tracks.models import StepResult
from tests.fieldwork.conftest import MONDAY, key

pytestmark = pytest.mark.one_database

DAY = timedelta(days=1)


def step(field, activity):
    """The stored standing of an activity: (times, done)."""
    row = session().scalar(
        select(StepResult).where(
            StepResult.enrolment_id == field.enrolment_id, StepResult.activity_id == activity
        ),
        execution_options={"populate_existing": True},
    )
    return (row.times, row.is_done) if row else (0, False)


def evidence(source):
    """Rows of the ledger in force from one kind of source, by competency."""
    rows = session().scalars(select(Evidence).where(Evidence.source_type == source))
    gone = set(session().scalars(select(Evidence.supersedes_id)))
    return {
        (row.competency, row.source_id): row
        for row in rows
        if row.id not in gone and not row.is_withdrawn
    }


def waiting(field, activity):
    found = queries.waiting_for([field.enrolment_id], now=field.clock.now)
    return [one for one in found if one.activity.id == activity]


def notices(field, who):
    return [one.kind for one in accounts.notices(field.person(who).id)]


def test_day_12_the_mentor_says_not_yet(field):
    field.on(12)
    again = field.clock.now.date() + 5 * DAY
    field.sheet("m-joint", yes=False, because="客户没有说到一半", again=again)
    assert step(field, "m-joint") == (0, False)
    assert notices(field, "小王")[0] == "sheet_not_yet"
    seen = evidence("field_record")
    assert {slug for slug, _id in seen} == {"insight", "talk-tracks", "closing", "crm-operation"}
    assert all(row.assessor_id == field.person("带教人").id for row in seen.values())
    assert waiting(field, "m-joint") == [], "it waits from the day agreed on"
    field.on(16)
    assert services.remind(now=field.clock.now) == 0
    field.on(17)
    (one,) = waiting(field, "m-joint")
    assert (one.since, one.because, one.party) == (again, "客户没有说到一半", Party.MENTOR)
    assert services.remind(now=field.clock.now) == 2
    assert services.remind(now=field.clock.now) == 0, "nothing is told twice"
    assert "sheet_again" in notices(field, "带教人")
    field.sheet("m-joint")
    assert step(field, "m-joint") == (1, False)
    assert services.remind(now=field.clock.now) == 0


def test_two_weekly_sheets_in_one_week_count_once(field):
    field.on(9).sheet()
    field.on(12).sheet()
    assert step(field, "m-weekly") == (1, False)
    assert len({source for _slug, source in evidence("field_record")}) == 2, "both were seen"
    assert waiting(field, "m-weekly") == []
    field.on(16).sheet()
    assert step(field, "m-weekly") == (2, False)
    field.on(23).sheet()
    assert step(field, "m-weekly") == (3, True)


def test_the_same_sheet_sent_twice_is_one(field):
    field.on(9)
    mine = key()
    first = field.sheet(key=mine)
    again = field.sheet(key=mine)
    assert (first.record_id, False) == (again.record_id, again.is_new)
    assert step(field, "m-weekly") == (1, False)


def test_the_key_of_one_activity_is_no_receipt_of_another(field):
    mine = key()
    field.on(8).sheet(key=mine)
    with pytest.raises(AlreadySignedError):
        field.sheet("m-joint", key=mine)


def test_a_second_sheet_of_the_day_is_shown_before_it_is_kept(field):
    first = field.on(9).sheet("m-joint")
    with pytest.raises(SameDayError):
        field.sheet("m-joint")
    field.sheet("m-joint", seen=first.record_id)
    field.sheet("m-joint", anyway=True)
    assert step(field, "m-joint") == (3, False)


@pytest.mark.parametrize("who", ["小王", "小陈", "陈老师", "李经理", "HR"])
def test_only_the_mentor_signs_a_weekly_sheet(field, who):
    with pytest.raises(NotYourPartError):
        field.on(9).sheet(who=who)


def test_a_sheet_is_about_a_day_that_has_been(field):
    field.on(9)
    with pytest.raises(WrongDayError):
        field.sheet(on=field.clock.now.date() + DAY)
    with pytest.raises(WrongDayError):
        field.sheet(on=MONDAY - DAY)
    field.sheet(on=MONDAY)


@pytest.mark.parametrize(
    "marks", [{}, {"opening": 5}, {"opening": -1}, {"no-such-row": 3}, {"opening": "3"}]
)
def test_marks_that_mean_nothing_are_refused(field, marks):
    with pytest.raises(BadInputError):
        field.on(9).sheet(marks=marks)
    assert step(field, "m-weekly") == (0, False)


def test_not_yet_needs_its_because_and_its_day(field):
    field.on(9)
    for more in ({}, {"because": "x"}, {"again": MONDAY + 20 * DAY}):
        with pytest.raises(BadInputError):
            field.sheet(yes=False, **more)
    with pytest.raises(BadInputError):
        field.sheet(yes=True, because="x")


def test_what_was_not_met_is_no_evidence(field):
    field.on(9).sheet(marks={"opening": 4, "objection": 1})
    found = {slug: row.score for (slug, _id), row in evidence("field_record").items()}
    assert found == {"talk-tracks": 100, "influence": 25}


def test_a_correction_supersedes_and_is_shown_before(field):
    field.on(9)
    first = field.sheet(marks={"opening": 4, "objection": 4}).record_id
    row = queries.record(first)
    one = queries.work(field.enrolment_id, "m-weekly", day=field.clock.now.date())
    fixed = Filled(
        happened_on=row.happened_on,
        content={"marks": {"opening": 1}, "notes": {}},
        key=key(),
        verdict=Verdict.NOT_YET,
        because="记错了",
        again_on=row.happened_on + 3 * DAY,
    )
    change = services.consequences(one, row, fixed)
    assert (change.times_before, change.times_after) == (1, 0)
    assert change.shares_after["talk-tracks"] < change.shares_before["talk-tracks"]
    assert step(field, "m-weekly") == (1, False), "looking changes nothing"
    mentor = field.person("带教人").id
    put = {"reason": "看错了人", "now": field.clock.now}
    with pytest.raises(NotYourPartError):
        services.correct(record_id=first, filled=fixed, actor_id=field.person("陈老师").id, **put)
    second = services.correct(record_id=first, filled=fixed, actor_id=mentor, **put)
    assert step(field, "m-weekly") == (0, False)
    assert {s for s, _id in evidence("field_record")} == {"talk-tracks"}
    with pytest.raises(AlreadyCorrectedError):
        services.correct(record_id=first, filled=None, actor_id=mentor, **put)
    services.correct(record_id=second, filled=None, actor_id=mentor, **put)
    assert evidence("field_record") == {}
    assert [r.version for r in queries.history_of(row)] == [1, 2, 3]
    assert queries.records_of(one) == []


# ---------------------------------------------------------------- checklist


def test_a_list_is_done_when_both_have_signed_every_row(field):
    field.on(5).sign("陈老师")
    assert step(field, "d5-crm-checklist") == (0, False)
    (one,) = waiting(field, "d5-crm-checklist")
    assert (one.party, one.left, one.person_ids) == (
        Party.LEARNER,
        12,
        (field.person("小王").id,),
    )
    field.sign("小王", "dedupe", "customer")
    assert evidence("field_checklist") == {}
    field.sign("小王")
    assert step(field, "d5-crm-checklist") == (1, True)
    found = evidence("field_checklist")
    assert {slug for slug, _id in found} == {"crm-operation", "data-use"}
    assert {(row.score, row.assessors, row.assessor_id) for row in found.values()} == {
        (CHECKLIST_SCORE, 1, field.person("陈老师").id)
    }
    assert "list_complete" in notices(field, "小王")


def test_two_trainers_on_one_list_are_two_assessors(field):
    field.on(5).sign("陈老师", "dedupe")
    field.sign("周老师")
    field.sign("小王")
    rows = evidence("field_checklist").values()
    assert {(row.assessors, row.assessor_id) for row in rows} == {(2, None)}


def test_nobody_signs_in_anothers_place(field):
    field.on(5)
    for who in ("带教人", "李经理", "小陈"):
        with pytest.raises(NotYourPartError):
            field.sign(who)


def take_back(field, who, row, reason="手滑", with_key=None):
    services.take_back(
        enrolment_id=field.enrolment_id,
        activity_id="d5-crm-checklist",
        row_id=row,
        reason=reason,
        key=with_key or key(),
        actor_id=field.person(who).id,
        now=field.clock.now,
    )


def test_a_signature_is_taken_back_with_a_reason_until_the_list_is_complete(field):
    field.on(5)
    mine = key()
    field.sign("陈老师", "dedupe", with_key=mine)
    with pytest.raises(NothingToTakeBackError):
        take_back(field, "陈老师", "dedupe", reason=" ")
    with pytest.raises(NothingToTakeBackError):
        take_back(field, "周老师", "dedupe")
    take_back(field, "陈老师", "dedupe")
    one = queries.work(field.enrolment_id, "d5-crm-checklist", day=field.clock.now.date())
    assert queries.signatures_of(one) == {}
    assert field.sign("陈老师", "dedupe", with_key=mine) == 0, "an old message signs nothing anew"
    assert queries.signatures_of(one) == {}
    field.sign("陈老师")
    field.sign("小王")
    with pytest.raises(ListCompleteError):
        take_back(field, "陈老师", "dedupe")


# ---------------------------------------------------------------- a mentor away


def test_mentor_on_leave_another_stands_in_from_a_day(field):
    field.on(9).sheet()
    field.on(16)
    account_services.pair(
        mentor_id=field.person("小陈").id,
        trainee_id=field.person("小王").id,
        on=field.clock.now.date(),
        because="带教人休假",
        actor_id=field.person("李经理").id,
        now=field.clock.now,
    )
    with pytest.raises(NotYourPartError):
        field.sheet()
    field.sheet(who="小陈")
    assert step(field, "m-weekly") == (2, False), "what the first mentor saw still counts"
    (one,) = waiting(field, "m-joint")
    assert one.person_ids == (field.person("小陈").id,)


def test_a_mentor_who_left_is_a_task_for_the_manager(field):
    account_services.leave(
        user_id=field.person("带教人").id,
        on=field.clock.now.date(),
        actor_id=field.person("admin").id,
        now=field.clock.now,
    )
    field.on(9)
    services.tell_waiting(now=field.clock.now)
    services.tell_waiting(now=field.clock.now)
    assert notices(field, "李经理").count("mentor_gone") == 1
    assert notices(field, "HR").count("mentor_gone") == 1


def test_the_mentor_is_told_once_what_waits(field):
    field.on(8)
    assert services.tell_waiting(now=field.clock.now) == 3
    assert services.tell_waiting(now=field.clock.now) == 0
    assert notices(field, "带教人").count("sheet_due") == 3
