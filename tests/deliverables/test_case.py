"""A case from the first sentence to the knowledge base."""

import pytest
from sqlalchemy import func, select

from app.accounts import queries as people
from app.accounts.models import Notice
from app.competency.models import Evidence
from app.deliverables import queries, services
from app.deliverables.errors import NotConfirmedError, NotReadyError, TooShortError
from app.deliverables.models import AppendOnlyError, DocumentRevision
from app.domain.deliverables import Stage
from app.domain.stuck import Reason
from app.domain.tracks import Party
from app.kernel.auth import Actor
from app.kernel.db import session
from app.knowledge.models import KnowledgeEntry
from app.tracks import services as track_services
from tests.deliverables.conftest import CASE

WORK = "/enrolments/{}/activities/cw-case/work"


@pytest.fixture
def cohort(workshop):
    return workshop.enrol("小王", "小陈", "小赵", "带教人")


def test_the_page_of_somebody_who_has_not_begun(page, cohort):
    found = page(WORK.format(cohort["小王"]), as_="小王").text
    assert "检查并交正式稿" in found
    assert "至少 60 字" in found
    assert "还没有交" in page(WORK.format(cohort["小王"]), as_="陈老师").text
    page(WORK.format(cohort["小王"]), as_="小赵", status=404)


def test_sections_are_kept_as_they_are_written(page, cohort):
    url = WORK.format(cohort["小王"])
    one = {"row": "background", "revision": 1, "text": "第一句"}
    found = page(url, as_="小王", json={"client": "a", "saves": [one]}).get_json()
    assert found["results"] == [{**one, "status": "saved"}]
    assert "第一句" in page(url, as_="小王").text
    page(url, as_="陈老师", json={"client": "a", "saves": [one]}, status=404)


def test_two_windows_and_nothing_is_lost(workshop, cohort):
    mine = cohort["小王"]
    assert workshop.write(mine, {"mine": "甲"}, client="a")[0].status == "saved"
    lost = workshop.write(mine, {"mine": "乙"}, client="b")[0]
    assert (lost.status, lost.text, lost.revision) == ("conflict", "甲", 1)
    assert workshop.write(mine, {"mine": "甲甲"}, client="a")[0].status == "saved"
    assert workshop.write(mine, {"mine": "乙"}, client="b", revision=2)[0].status == "saved"
    assert workshop.write(mine, {"mine": "乙"}, client="a", revision=2)[0].status == "saved"


def test_what_is_too_long_or_no_row_is_refused_whole(page, cohort):
    url = WORK.format(cohort["小王"])
    for bad in (
        {"client": "a", "saves": [{"row": "mine", "revision": 1, "text": "x" * 6001}]},
        {"client": "a", "saves": [{"row": "no", "revision": 1, "text": "x"}]},
        {"client": "a", "saves": [{"row": "mine", "revision": True, "text": "x"}]},
        {"client": "", "saves": []},
        {"saves": 3},
    ):
        page(url, as_="小王", json=bad, status=400)


def test_without_a_script_the_form_saves_too(page, cohort):
    url = WORK.format(cohort["小王"])
    page(url, as_="小王", data={"s-mine": "写了", "rev-mine": "0"})
    assert "写了" in page(url, as_="小王").text


def test_too_short_is_not_handed_in(page, workshop, cohort):
    mine = cohort["小王"]
    workshop.write(mine, CASE | {"again": "短"})
    with pytest.raises(TooShortError):
        workshop.hand_in(mine)
    found = page(f"{WORK.format(mine)}/hand-in", as_="小王").text
    assert "还不能交，差 1 节" in found
    assert "还差 39 字" in found


def test_a_name_in_the_text_is_shown_and_must_be_confirmed(page, workshop, cohort, clock):
    mine = cohort["小王"]
    workshop.write(mine, CASE | {"people": CASE["people"] + "海蓝电梯公司的王总最后点头。"})
    with pytest.raises(NotConfirmedError):
        workshop.hand_in(mine, sure=False)
    url = f"{WORK.format(mine)}/hand-in"
    shown = page(url, as_="小王").text
    assert "<mark>王总</mark>" in shown
    page(url, data={"key": "k1"}, as_="小王", status=422)
    page(url, data={"key": "k1", "sure": "y"}, as_="小王")
    seen = page(WORK.format(mine), as_="陈老师").text
    assert "作者确认过" in seen
    assert "王总" in seen
    assert "海蓝电梯" in queries.earlier_words(workshop.person("小王").id)


def test_handed_in_twice_by_the_same_page_is_one_revision(workshop, cohort):
    mine = cohort["小王"]
    workshop.write(mine)
    assert workshop.hand_in(mine).id == workshop.hand_in(mine).id
    assert workshop.write(mine, {"mine": "改"}, revision=9)[0].status == "closed"
    revision = session().scalars(select(DocumentRevision)).one()
    revision.body = {}
    with pytest.raises(AppendOnlyError):
        session().flush()
    session().rollback()


def test_two_peers_are_asked_never_the_author_and_load_is_even(workshop, cohort):
    for mine in cohort.values():
        workshop.write(mine)
        workshop.hand_in(mine)
    asked = []
    for name, mine in cohort.items():
        seats = workshop.reviewers(mine)
        assert len(seats) == 2
        assert workshop.person(name).id not in {seat.assessor_id for seat in seats}
        asked += [seat.assessor_id for seat in seats]
    assert {asked.count(one) for one in asked} == {2}


def test_superior_and_subordinate_do_not_review_each_other(workshop):
    found = workshop.enrol("小王", "李经理", "小赵", "带教人")
    workshop.write(found["小王"])
    workshop.hand_in(found["小王"])
    workshop.write(found["李经理"])
    workshop.hand_in(found["李经理"])
    boss, staff = workshop.person("李经理").id, workshop.person("小王").id
    assert boss not in {seat.assessor_id for seat in workshop.reviewers(found["小王"])}
    assert staff not in {seat.assessor_id for seat in workshop.reviewers(found["李经理"])}


def test_a_reviewer_reads_without_the_name(page, workshop, cohort):
    mine = cohort["小王"]
    workshop.write(mine)
    workshop.hand_in(mine)
    seat = workshop.reviewers(mine)[0]
    names = {workshop.person(name).id: name for name in cohort}
    reader = names[seat.assessor_id]
    found = page(f"/performances/{seat.performance_id}/work", as_=reader).text
    assert "第三次去的时候我没有开电脑" in found
    assert "小王" not in found
    assert f"/seats/{seat.id}" in found
    page(f"/performances/{seat.performance_id}/work", as_="小王", status=404)
    page(WORK.format(mine), as_=reader, status=404 if reader != "带教人" else None)


def test_reviewed_accepted_published_and_the_step_is_done(page, workshop, cohort, clock):
    mine = cohort["小王"]
    workshop.write(mine)
    workshop.hand_in(mine)
    document = workshop.document(mine)
    trainer = workshop.person("陈老师").id
    with pytest.raises(NotReadyError):
        services.accept(document.id, workshop.place(mine), actor_id=trainer, now=clock.now)
    for seat in workshop.reviewers(mine):
        workshop.mark(seat)
    services.follow(now=clock.now)
    assert "互评完了" in page("/notices", as_="陈老师").text
    page(f"/documents/{document.id}/accept", data={}, as_="陈老师")
    assert workshop.document(mine).stage == Stage.ACCEPTED
    assert workshop.is_done(mine, "cw-case")
    entry = session().scalars(select(KnowledgeEntry)).one()
    assert (entry.source_type, entry.source_id) == ("document", str(document.id))
    assert "第二趟" in page(f"/knowledge/{entry.id}", as_="小赵").text
    kinds = session().scalars(
        select(Evidence.kind).where(Evidence.person_id == workshop.person("小王").id)
    )
    assert set(kinds) == {"peer"}


def test_below_the_pass_mark_it_goes_back_and_comes_again(page, workshop, cohort, clock):
    mine = cohort["小王"]
    workshop.write(mine)
    workshop.hand_in(mine)
    for seat in workshop.reviewers(mine):
        workshop.mark(seat, points=1)
    document = workshop.document(mine)
    page(f"/documents/{document.id}/accept", data={}, as_="陈老师", status=409)
    page(f"/documents/{document.id}/send-back", data={"reason": ""}, as_="陈老师", status=422)
    page(f"/documents/{document.id}/send-back", data={"reason": "补上数字"}, as_="陈老师")
    assert "补上数字" in page(WORK.format(mine), as_="小王").text
    workshop.write(mine, CASE | {"result": CASE["result"] + "一年九十万元。"}, revision=2)
    clock.advance(hours=1)
    workshop.hand_in(mine, key="again")
    assert [one.number for one in queries.revisions(document.id)] == [2, 1]
    compared = page(f"/documents/{document.id}/compare?old=1&new=2", as_="陈老师").text
    assert "<ins>" in compared
    assert "一年九十万元" in compared


def test_comments_stand_at_their_place_and_are_answered_and_resolved(page, workshop, cohort):
    mine = cohort["小王"]
    workshop.write(mine)
    workshop.hand_in(mine)
    document = workshop.document(mine)
    form = {
        "number": 1,
        "row": "mine",
        "quote": "先停演示去现场",
        "text": "这句好，写出当时的原话",
        "key": "c1",
    }
    url = f"/documents/{document.id}/comments"
    page(url, data=form, as_="李经理")
    page(url, data=form, as_="李经理")
    page(url, data=form | {"key": "c2", "text": ""}, as_="李经理", status=422)
    page(url, data=form | {"key": "c3"}, as_="小赵", status=404)
    (said,) = queries.comments(document.id)
    assert (said.quote, said.party) == ("先停演示去现场", "manager")
    page(f"{url}/{said.id}/answer", data={"text": "补上了", "key": "a1"}, as_="小王")
    page(f"{url}/{said.id}/resolve", data={}, as_="小王")
    (said,) = queries.comments(document.id)
    assert said.is_resolved
    assert [one.text for one in said.answers] == ["补上了"]
    assert "补上了" in page(WORK.format(mine), as_="李经理").text


def test_nobody_decides_about_her_own(page, workshop):
    found = workshop.enrol("陈老师", "小陈", "小赵")
    workshop.write(found["陈老师"])
    workshop.hand_in(found["陈老师"])
    document = workshop.document(found["陈老师"])
    page(f"/documents/{document.id}/send-back", data={"reason": "x"}, as_="陈老师", status=404)


def test_the_lists_of_those_who_run_it(page, workshop, cohort, app, clock):
    from app.deliverables import inbox

    mine = cohort["小王"]
    workshop.write(mine)
    workshop.hand_in(mine)
    assert "小王" in page("/work", as_="李经理").text
    assert "小王" not in page("/work", as_="赵经理").text
    assert (
        "案例研讨" in page("/backbone", as_="HR").text or "骨干" in page("/backbone", as_="HR").text
    )

    def seen(name, *roles):
        actor = Actor(workshop.person(name).id, name, frozenset(roles), "zh-CN", "Asia/Shanghai")
        with app.test_request_context():
            return [one.title for one in inbox.waiting(actor, now=clock.now, lang="zh-CN")]

    def held():
        return [(one.reason, one.party) for one in inbox.holds([mine], now=clock.now)]

    # The peers have it in hand: it is nobody else's turn, until they are done.
    assert seen("陈老师", "learner", "trainer") == held() == []
    for seat in workshop.reviewers(mine):
        workshop.mark(seat)
    services.follow(now=clock.now)
    assert seen("陈老师", "learner", "trainer") == ["小王：交一个案例，客户匿名"]
    assert held() == [(Reason.MARKING, Party.TRAINER)]
    assert seen("李经理", "learner", "manager") == [], "he comments drafts alone"
    workshop.document(mine).stage = Stage.DRAFT_IN.value
    assert seen("李经理", "learner", "manager") == ["小王：交一个案例，客户匿名"]
    assert seen("赵经理", "learner", "manager") == []


@pytest.mark.one_database
def test_reviewed_work_is_told_once_and_waits_no_more_when_its_author_is_off_the_track(
    page, workshop, cohort, clock
):
    mine = cohort["小王"]
    workshop.write(mine)
    workshop.hand_in(mine)
    for seat in workshop.reviewers(mine):
        workshop.mark(seat)
    services.follow(now=clock.now)
    told = select(func.count()).where(Notice.kind == "work_reviewed")
    before = session().scalar(told)
    page.queries.clear()
    services.follow(now=clock.now)
    assert len(page.queries) <= 6  # documents, outcomes, trainers, what they were told
    assert session().scalar(told) == before > 0
    waiting = (people.everybody_select(), [Stage.FINAL_IN])
    assert [one.enrolment_id for one in queries.waiting(*waiting)] == [mine]
    track_services.withdraw(enrolment_id=mine, reason="转岗", actor_id=None, now=clock.now)
    assert (queries.waiting(*waiting), queries.running()) == ([], [])


def test_the_list_costs_the_same_for_many(page, workshop, cohort):
    workshop.write(cohort["小王"])
    page("/work", as_="陈老师")
    few = len(page.queries)
    for name in ("小陈", "小赵", "带教人"):
        workshop.write(cohort[name])
    page("/work", as_="陈老师")
    assert len(page.queries) == few
