"""A learner reports an item; the trainer sees what it did, answers, and the learner is told."""

import re

import pytest
from sqlalchemy import select

from app.accounts.models import Notice
from app.assessments import services
from app.assessments.models import Attempt, ItemReport
from app.assessments.queries import reported
from app.assessments.terms import Feedback, ReportReason
from app.audit.models import AuditEvent
from app.kernel.errors import NotFoundError
from tests.assessments import builders as b

WRONG = {**b.RIGHT, "o-1": {"B"}}


def sat(page, person, clock, db_session, who="小王", answers=WRONG, **more):
    assessment = more.pop("assessment", None) or b.assessment(
        person("陈老师").id, clock.now, text=b.objective(), **more
    )
    assignment = b.assigned(assessment, person(who).id, clock.now)
    page(f"/assignments/{assignment}/start", as_=who, data={}, status=302)
    attempt = db_session.scalar(select(Attempt.id).where(Attempt.person_id == person(who).id))
    picked = {item: said for item, said in answers.items() if item != "o-5"}
    body = {"client": "tab", "saves": b.saves(attempt, picked)}
    page(f"/attempts/{attempt}/responses", as_=who, json=body)
    page(f"/attempts/{attempt}/submit", as_=who, data={"key": "k"}, status=302)
    return assessment, attempt


def position_of(attempt, item):
    return next(s.position for s in b.frozen(attempt).slots if s.entry.item_id == item)


def report(page, attempt, position, *, who="小王", status=302, **more):
    data = {"item": position, "reason": "key", "text": "应该选 B", **more}
    return page(f"/attempts/{attempt}/report", as_=who, data=data, status=status)


def notices(db_session, person_id, kind):
    rows = db_session.scalars(select(Notice).where(Notice.user_id == person_id))
    return [row for row in rows if row.kind == kind]


def test_a_reported_item_reaches_the_trainer_and_the_answer_reaches_the_learner(
    page, person, clock, db_session
):
    _, attempt = sat(page, person, clock, db_session)
    position = position_of(attempt, "o-1")
    report(page, attempt, position)
    (told,) = notices(db_session, person("陈老师").id, "item_reported")
    assert str(position) in told.params["number"]
    assert "应该选 B" in page("/item-reports", as_="陈老师").text
    shown = page(told.url, as_="陈老师").text
    assert "应该选 B" in shown
    assert "KEYWHY-1" in shown, "the explanation stands beside the report"
    assert person("小王").name not in shown, "who reported it does not matter"
    report_id = told.url.rsplit("/", 1)[1]
    data = {"verdict": "kept", "reply": "先问清谁拍板，所以选 A。"}
    page(f"/item-reports/{report_id}/answer", as_="陈老师", data=data, status=302)
    (heard,) = notices(db_session, person("小王").id, "report_answered")
    assert heard.url == f"/attempts/{attempt}/result#i{position}"
    result = page(f"/attempts/{attempt}/result", as_="小王").text
    assert "先问清谁拍板，所以选 A。" in result
    assert "题目没有问题" in result
    actions = db_session.scalars(select(AuditEvent.action)).all()
    assert actions.count("item_report.answer") == 1


def test_an_answer_needs_a_word_and_is_given_once(page, person, clock, db_session):
    _, attempt = sat(page, person, clock, db_session)
    report(page, attempt, 1)
    (row,) = db_session.scalars(select(ItemReport))
    url = f"/item-reports/{row.id}/answer"
    refused = page(url, as_="陈老师", data={"verdict": "kept", "reply": "  "}, status=422)
    assert "请写一句回复" in refused.text
    page(url, as_="陈老师", data={"verdict": "changed", "reply": "改了"}, status=302)
    page(url, as_="陈老师", data={"verdict": "kept", "reply": "没改"}, status=409)
    db_session.refresh(row)
    assert (row.verdict, row.reply) == ("changed", "改了")


def test_the_same_item_is_reported_once(page, person, clock, db_session):
    _, attempt = sat(page, person, clock, db_session)
    report(page, attempt, 1)
    report(page, attempt, 1, text="再说一次")
    (row,) = db_session.scalars(select(ItemReport))
    assert row.text == "应该选 B"
    assert len(notices(db_session, person("陈老师").id, "item_reported")) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"reason": "nonsense"}, {"item": ""}, {"reason": "other", "text": " "}, {"text": "x" * 1001}],
)
def test_a_report_that_says_nothing_is_not_kept(page, person, clock, db_session, wrong):
    _, attempt = sat(page, person, clock, db_session)
    report(page, attempt, 1, **wrong)
    assert not db_session.scalars(select(ItemReport)).all()
    text = page(f"/attempts/{attempt}/result", as_="小王").text
    assert "没有送出" in text or "请写一句" in text


def test_an_item_that_may_not_be_seen_cannot_be_reported(page, person, clock, db_session):
    _, attempt = sat(page, person, clock, db_session, feedback=Feedback.NEVER)
    assert "data-report" not in page(f"/attempts/{attempt}/result", as_="小王").text
    report(page, attempt, 1, status=404)
    report(page, attempt, 99, status=404)
    report(page, attempt, 1, who="小陈", status=404)
    assert not db_session.scalars(select(ItemReport)).all()


def test_the_trainer_sees_how_the_item_was_answered_and_its_history(
    page, person, clock, db_session
):
    assessment, attempt = sat(page, person, clock, db_session)
    sat(page, person, clock, db_session, who="小陈", answers=b.RIGHT, assessment=assessment)
    report(page, attempt, position_of(attempt, "o-1"))
    (row,) = db_session.scalars(select(ItemReport))
    tally = reported.tally(row.item_version_id)
    assert (tally.answered, tally.blank, tally.scored) == (2, 0, 2)
    assert tally.options == {"A": 1, "B": 1}
    assert float(tally.facility) == 0.5
    b.bank(clock.advance(hours=1), b.objective().replace("先做什么", "第一步做什么"))
    text = page(f"/item-reports/{row.id}", as_="陈老师").text
    assert "这道题后来改过" in text
    assert "先做什么" in text
    assert "第一步做什么" in text
    assert "说不准" in text, "two answers say nothing about the facility"


def test_one_letter_means_one_option_on_the_whole_report(page, person, clock, db_session):
    _, attempt = sat(page, person, clock, db_session)
    for item in ("o-1", "o-2", "o-3"):
        report(page, attempt, position_of(attempt, item))
        row = db_session.scalars(select(ItemReport).where(ItemReport.item_id == item)).one()
        told, table = page(f"/item-reports/{row.id}", as_="陈老师").text.split('id="use"')
        on_paper = dict(re.findall(r"<b>([A-E])</b><span>(.*?)</span>", told))
        in_table = dict(re.findall(r'<th scope="row">([A-E])\. (.*?)(?: <span|</th>)', table))
        assert len(on_paper) > 1
        assert in_table == on_paper
        assert ("正确答案" in told) is (item == "o-1")
        assert "漏选" not in told


def test_only_those_who_keep_the_test_or_the_bank_see_a_report(page, person, clock, db_session):
    _, attempt = sat(page, person, clock, db_session)
    report(page, attempt, 1)
    (row,) = db_session.scalars(select(ItemReport))
    assert reported.lines(person("陈老师").id, {"own_assessment"}, "zh-CN")
    assert not reported.lines(person("周老师").id, {"own_assessment", "own"}, "zh-CN")
    assert reported.lines(person("周老师").id, {"shared"}, "zh-CN"), "the bank is the group's"
    page(f"/item-reports/{row.id}", as_="小王", status=403)


def test_a_preview_is_not_reported(page, person, clock, db_session):
    assessment = b.assessment(person("陈老师").id, clock.now, text=b.objective())
    page(f"/assessments/{assessment}/preview", as_="陈老师", data={}, status=302)
    attempt = db_session.scalars(select(Attempt)).one().id
    page(f"/attempts/{attempt}/submit", as_="陈老师", data={"key": "k"}, status=302)
    with pytest.raises(NotFoundError):
        services.report_item(
            attempt_id=attempt,
            person_id=person("陈老师").id,
            position=1,
            reason=ReportReason.KEY,
            text="",
            now=clock.now,
        )
