"""Answers typed in from paper: the same scores and the same evidence as on a phone."""

import json
from fractions import Fraction

import pytest
from sqlalchemy import select

from app.accounts.models import Notice
from app.assessments import services
from app.assessments.errors import (
    CancelledError,
    InTheFutureError,
    MarksGivenError,
    NoAttemptsLeftError,
    OpenOnlineError,
    ReasonMissingError,
    WrongStateError,
)
from app.assessments.models import AnswerEvent, Attempt, ItemScore, PaperEntry, Result
from app.assessments.queries import printed
from app.audit.models import AuditEvent
from app.competency.models import Evidence
from app.domain import papercode
from app.grading import services as grading
from app.grading.models import Mark
from app.papers.errors import NothingTypedError
from app.papers.services import take_over
from tests.assessments import builders as b
from tests.papers import builders as p
from tests.security.scene import PlainWords, framework_yaml


@pytest.fixture
def framework(app, clock):
    from app.competency import services as competency

    today = clock.now.date()
    competency.load_framework(
        framework_yaml(PlainWords()), actor_id=None, now=clock.now, today=today
    )


@pytest.fixture
def trainer(person):
    return person("陈老师").id


@pytest.fixture
def exam(framework, clock, trainer, person):
    """A test with all four types, for 小王 and 小陈."""
    made = b.assessment(trainer, clock.now, attempts_allowed=2, forms=1)
    for name in ("小王", "小陈"):
        b.assigned(made, person(name).id, clock.now)
    return made


ANSWERS = [
    ({**b.RIGHT}, "7.5"),
    ({"o-1": {"B"}, "o-2": {"B"}, "o-3": {"A", "B"}, "o-4": True}, "0"),
    ({"o-3": {"A", "E"}, "o-4": False}, "10"),
]


def scores(db_session, attempt_id):
    rows = db_session.execute(
        select(
            ItemScore.position,
            ItemScore.item_version_id,
            ItemScore.share,
            ItemScore.points,
            ItemScore.maximum,
            ItemScore.outcome,
            ItemScore.reason,
        )
        .where(ItemScore.attempt_id == attempt_id)
        .order_by(ItemScore.position)
    )
    return [tuple(row) for row in rows]


def evidence(db_session, attempt_id):
    columns = [
        column
        for column in Evidence.__table__.columns
        if column.name not in {"id", "person_id", "source_id", "supersedes_id", "source_key"}
    ]
    rows = db_session.execute(
        select(*columns)
        .where(Evidence.source_id == str(attempt_id))
        .order_by(Evidence.competency, Evidence.id)
    )
    return [tuple(row) for row in rows]


def on_the_phone(exam, person_id, answers, mark, trainer, clock, db_session):
    assignment = b.assigned(exam, person_id, clock.now)
    attempt = services.start(assignment_id=assignment, person_id=person_id, seed="x", now=clock.now)
    written = {**answers, "o-5": "写在手机上"}
    services.hand_in(
        attempt_id=attempt,
        person_id=person_id,
        key="k",
        client="phone",
        saves=b.saves(attempt, written),
        now=clock.now,
    )
    position = next(s.position for s in b.frozen(attempt).slots if s.entry.item_id == "o-5")
    grading.mark(
        attempt_id=attempt,
        position=position,
        new=grading.NewMark(frozenset(), Fraction(mark), "", 0),
        actor=p.actor(trainer, clock.now),
        now=clock.now,
    )
    return attempt


@pytest.mark.parametrize(("answers", "mark"), ANSWERS)
def test_the_same_answers_on_a_phone_and_on_paper_count_the_same(
    exam, trainer, person, clock, db_session, answers, mark
):
    online = on_the_phone(exam, person("小陈").id, answers, mark, trainer, clock, db_session)
    sheet = p.sheet(exam, person("小王").id, trainer, clock.now)
    done = p.enter(sheet, p.texts(sheet, answers, {"o-5": mark}), trainer, clock.now)
    assert (done.new, done.corrected) == (1, 0)
    paper = db_session.scalars(select(PaperEntry)).one().attempt_id
    first, second = db_session.get(Attempt, online), db_session.get(Attempt, paper)
    assert (first.medium, second.medium) == ("online", "paper")
    assert (first.total, first.passed, first.maximum) == (
        second.total,
        second.passed,
        second.maximum,
    )
    assert second.released_at is not None
    assert scores(db_session, online) == scores(db_session, paper)
    assert len(evidence(db_session, paper)) == 2
    assert evidence(db_session, online) == evidence(db_session, paper)
    results = [
        (one.number, one.total, one.pass_line, one.passed, one.cause)
        for one in db_session.scalars(select(Result).order_by(Result.attempt_id, Result.number))
    ]
    assert results[0] == results[1]


def test_entering_the_same_again_changes_nothing(exam, trainer, person, clock, db_session):
    def state():
        return [
            len(db_session.scalars(select(table)).all())
            for table in (Attempt, AnswerEvent, Result, Evidence, Mark, AuditEvent, Notice)
        ]

    sheet = p.sheet(exam, person("小王").id, trainer, clock.now)
    cells = p.texts(sheet, b.RIGHT, {"o-5": "8"})
    p.enter(sheet, cells, trainer, clock.now)
    before = state()
    again = printed.latest_sheets(exam)[person("小王").id]
    done = p.enter(again, cells, trainer, clock.advance(hours=1))
    assert (done.new, done.corrected, done.same) == (0, 0, 1)
    assert state() == before


def test_a_correction_needs_a_reason_is_audited_and_moves_score_and_evidence(
    exam, trainer, person, clock, db_session
):
    wang = person("小王").id
    sheet = p.sheet(exam, wang, trainer, clock.now)
    p.enter(sheet, p.texts(sheet, {**b.RIGHT, "o-1": {"B"}}, {"o-5": "8"}), trainer, clock.now)
    attempt = db_session.scalars(select(Attempt)).one()
    assert attempt.total == 33
    again, right = printed.latest_sheets(exam)[wang], p.texts(sheet, b.RIGHT, {"o-5": "9"})
    with pytest.raises(ReasonMissingError), db_session.begin_nested():
        p.enter(again, right, trainer, clock.now)
    other = person("周老师").id
    done = p.enter(again, right, trainer, clock.advance(hours=1), reason="看错了一行")
    db_session.refresh(attempt)
    assert done.corrected == 1
    assert attempt.total == 44
    entry = db_session.get(PaperEntry, attempt.id)
    assert (entry.entered_by_id, entry.corrected_by_id) == (trainer, trainer)
    assert entry.corrected_by_id != other
    event = db_session.scalars(select(AuditEvent).filter_by(action="paper.correct")).one()
    assert event.reason == "看错了一行"
    assert json.loads(event.detail)["1"]["before"] != json.loads(event.detail)["1"]["after"]
    share = {
        row.competency: row.items_right
        for row in db_session.scalars(select(Evidence).order_by(Evidence.id))
    }
    assert share["influence"] == 3


def test_a_mark_alone_can_be_corrected(exam, trainer, person, clock, db_session):
    wang = person("小王").id
    sheet = p.sheet(exam, wang, trainer, clock.now)
    p.enter(sheet, p.texts(sheet, b.RIGHT, {"o-5": "8"}), trainer, clock.now)
    again = printed.latest_sheets(exam)[wang]
    done = p.enter(
        again, p.texts(sheet, b.RIGHT, {"o-5": "2.5"}), trainer, clock.now, reason="改判"
    )
    assert done.corrected == 1
    assert db_session.scalars(select(Attempt)).one().total == Fraction(75, 2)
    marks = db_session.scalars(select(Mark).order_by(Mark.number)).all()
    assert [(one.number, one.points) for one in marks] == [(1, 8), (2, Fraction(5, 2))]


def test_a_question_mark_waits_at_the_desk(exam, trainer, person, clock, db_session):
    wang = person("小王").id
    sheet = p.sheet(exam, wang, trainer, clock.now)
    p.enter(sheet, p.texts(sheet, b.RIGHT, {"o-5": "?"}), trainer, clock.now)
    attempt = db_session.scalars(select(Attempt)).one()
    assert attempt.scored_at is None
    again = printed.latest_sheets(exam)[wang]
    done = p.enter(again, p.texts(sheet, b.RIGHT, {"o-5": "6"}), trainer, clock.now, reason="评完")
    db_session.refresh(attempt)
    assert done.corrected == 1
    assert attempt.total == 41
    assert attempt.released_at is not None


def test_a_text_on_paper_is_marked_by_the_code_of_its_sheet(
    exam, trainer, person, clock, db_session, page
):
    sheet = p.sheet(exam, person("小王").id, trainer, clock.now)
    p.enter(sheet, p.texts(sheet, b.RIGHT, {"o-5": "?"}), trainer, clock.now)
    attempt = db_session.scalars(select(Attempt)).one().id
    position = next(e.position for e in sheet.paper.entries if e.item_id == "o-5")
    desk = page(f"/marking/answers/{attempt}/{position}", as_="陈老师").text
    assert f"卷号 {papercode.shown(sheet.code)}" in desk
    assert "（写在纸质答卷上）" in desk
    assert "written on the paper" not in desk
    assert "38 字" not in desk
    again = printed.latest_sheets(exam)[person("小王").id]
    p.enter(again, p.texts(sheet, b.RIGHT, {"o-5": "6"}), trainer, clock.now, reason="评完")
    result = page(f"/attempts/{attempt}/result", as_="小王").text
    assert "written on the paper" not in result


def test_a_mark_taken_away_and_typed_again_counts_while_another_is_missing(
    clock, trainer, person, db_session
):
    written = b.BANK[b.BANK.index("      - id: o-5") :].replace("o-5", "o-6")
    exam = b.assessment(trainer, clock.now, text=b.BANK + written)
    wang = person("小王").id
    b.assigned(exam, wang, clock.now)
    for five in ("3", "", "3"):
        sheet = p.sheet(exam, wang, trainer, clock.now)
        cells = p.texts(sheet, {**b.RIGHT, "o-5": None}, {"o-5": five, "o-6": "?"})
        p.enter(sheet, cells, trainer, clock.now, reason="看错了行")
    sheet = printed.latest_sheets(exam)[wang]
    cells = p.texts(sheet, b.RIGHT, {"o-5": "3", "o-6": "4"})
    p.enter(sheet, cells, trainer, clock.now, reason="评完")
    attempt = db_session.scalars(select(Attempt)).one()
    assert (attempt.total, attempt.released_at is not None) == (42, True)


def test_a_blank_written_answer_can_get_its_mark_after_the_release(
    exam, trainer, person, clock, db_session
):
    wang = person("小王").id
    sheet = p.sheet(exam, wang, trainer, clock.now)
    p.enter(sheet, p.texts(sheet, {**b.RIGHT, "o-5": None}, {}), trainer, clock.now)
    attempt = db_session.scalars(select(Attempt)).one()
    assert (attempt.total, attempt.released_at is not None) == (35, True)
    again = printed.latest_sheets(exam)[wang]
    with pytest.raises(MarksGivenError), db_session.begin_nested():
        p.enter(again, p.texts(sheet, b.RIGHT, {"o-5": "?"}), trainer, clock.now, reason="漏了")
    p.enter(again, p.texts(sheet, b.RIGHT, {"o-5": "4"}), trainer, clock.now, reason="漏了背面")
    db_session.refresh(attempt)
    assert attempt.total == 39
    back = printed.latest_sheets(exam)[wang]
    p.enter(back, p.texts(sheet, {**b.RIGHT, "o-5": None}, {}), trainer, clock.now, reason="别人的")
    db_session.refresh(attempt)
    assert attempt.total == 35


def test_nobody_sits_more_often_than_allowed(exam, trainer, person, clock, db_session):
    """Two attempts are allowed: one on the phone, one on paper, and no third."""
    wang = person("小王").id
    early = p.sheet(exam, wang, trainer, clock.now)
    on_the_phone(exam, wang, b.RIGHT, "5", trainer, clock, db_session)
    p.enter(early, p.texts(early, b.RIGHT, {"o-5": "5"}), trainer, clock.now)
    assert [one.number for one in db_session.scalars(select(Attempt).order_by(Attempt.number))] == [
        1,
        2,
    ]
    assert services.make_sheets(assessment_id=exam, owner_id=trainer, seed="t", now=clock.now) == 0
    assignment = b.assigned(exam, wang, clock.now)
    with pytest.raises(NoAttemptsLeftError), db_session.begin_nested():
        services.start(assignment_id=assignment, person_id=wang, seed="y", now=clock.now)


def test_a_sheet_printed_before_the_last_attempt_is_refused(
    exam, trainer, person, clock, db_session
):
    wang = person("小王").id
    sheet = p.sheet(exam, wang, trainer, clock.now)
    for _turn in range(2):
        on_the_phone(exam, wang, b.RIGHT, "5", trainer, clock, db_session)
    with pytest.raises(NoAttemptsLeftError), db_session.begin_nested():
        p.enter(sheet, p.texts(sheet, b.RIGHT, {"o-5": "5"}), trainer, clock.now)


def test_who_is_sitting_online_is_not_entered_meanwhile(exam, trainer, person, clock, db_session):
    wang = person("小王").id
    sheet = p.sheet(exam, wang, trainer, clock.now)
    services.start(assignment_id=sheet.assignment_id, person_id=wang, seed="x", now=clock.now)
    with pytest.raises(OpenOnlineError), db_session.begin_nested():
        p.enter(sheet, p.texts(sheet, b.RIGHT, {"o-5": "5"}), trainer, clock.now)


def test_refusals_leave_nothing_behind(exam, trainer, person, clock, db_session):
    wang = person("小王").id
    sheet = p.sheet(exam, wang, trainer, clock.now)
    cells = p.texts(sheet, b.RIGHT, {"o-5": "5"})
    with pytest.raises(InTheFutureError), db_session.begin_nested():
        p.enter(sheet, cells, trainer, clock.now, sat_at=clock.now.replace(year=2030))
    with pytest.raises(NothingTypedError), db_session.begin_nested():
        take_over([], actor=p.actor(trainer, clock.now), sat_at=clock.now, reason="", now=clock.now)
    services.cancel(assessment_id=exam, owner_id=trainer, reason="x", now=clock.now)
    with pytest.raises(CancelledError), db_session.begin_nested():
        p.enter(sheet, cells, trainer, clock.now)
    assert db_session.scalars(select(Attempt)).all() == []


def test_a_void_sheet_stays_and_the_next_one_counts(exam, trainer, person, clock, db_session):
    wang = person("小王").id
    sheet = p.sheet(exam, wang, trainer, clock.now)
    cells = p.texts(sheet, b.RIGHT, {"o-5": "5"})
    p.enter(sheet, cells, trainer, clock.now)
    attempt = db_session.scalars(select(Attempt)).one().id
    services.void(attempt_id=attempt, owner_id=trainer, reason="调包", now=clock.now)
    old = printed.latest_sheets(exam)[wang]
    with pytest.raises(WrongStateError), db_session.begin_nested():
        p.enter(old, cells, trainer, clock.now, reason="x")
    fresh = p.sheet(exam, wang, trainer, clock.now)
    assert fresh.id != old.id
    assert p.enter(fresh, cells, trainer, clock.now).new == 1


def test_after_a_void_attempt_the_same_draw_is_typed_in_again(
    framework, trainer, person, clock, db_session, page
):
    """Everybody has a draw of her own: what is on the old paper must fit the new sheet."""
    made = b.assessment(trainer, clock.now, attempts_allowed=2)
    wang = person("小王").id
    b.assigned(made, wang, clock.now)
    old = p.sheet(made, wang, trainer, clock.now)
    assert old.form_id is None
    cells = p.texts(old, b.RIGHT, {"o-5": "5"})
    p.enter(old, cells, trainer, clock.now)
    attempt = db_session.scalars(select(Attempt)).one()
    shown = page(f"/assessments/{made}/attempts/{attempt.id}", as_="陈老师").text
    assert "题目和这份卷子一样" in shown
    services.void(attempt_id=attempt.id, owner_id=trainer, reason="录错人", now=clock.now)
    services.make_sheets(assessment_id=made, owner_id=trainer, seed="other", now=clock.now)
    fresh = printed.latest_sheets(made)[wang]
    assert fresh.code != old.code
    assert fresh.paper == old.paper
    assert p.enter(fresh, cells, trainer, clock.now).new == 1
    # A real second sitting is drawn anew.
    services.make_sheets(assessment_id=made, owner_id=trainer, seed="third", now=clock.now)
    third = printed.latest_sheets(made)[wang]
    assert third.paper.seed != old.paper.seed


def test_a_question_mark_over_a_mark_takes_it_back(clock, trainer, person, db_session, framework):
    written = b.BANK[b.BANK.index("      - id: o-5") :].replace("o-5", "o-6")
    exam = b.assessment(trainer, clock.now, text=b.BANK + written)
    wang = person("小王").id
    b.assigned(exam, wang, clock.now)
    sheet = p.sheet(exam, wang, trainer, clock.now)

    def typed(five, six):
        cells = p.texts(sheet, {**b.RIGHT, "o-5": None}, {"o-5": five, "o-6": six})
        found = printed.latest_sheets(exam)[wang]
        return p.enter(found, cells, trainer, clock.now, reason="看错了行")

    typed("3", "?")
    five = next(e.position for e in sheet.paper.entries if e.item_id == "o-5")
    done = typed("?", "?")
    assert (done.corrected, done.same) == (1, 0)
    score = db_session.scalars(select(ItemScore).filter_by(position=five)).one()
    db_session.refresh(score)
    assert (score.points, score.reason) == (None, "awaiting_mark")
    assert typed("?", "?").same == 1
    typed("4", "6")
    attempt = db_session.scalars(select(Attempt)).one()
    db_session.refresh(attempt)
    assert (attempt.total, attempt.released_at is not None) == (45, True)
    with pytest.raises(MarksGivenError), db_session.begin_nested():
        typed("?", "6")


def test_the_learner_is_told_and_sees_that_it_was_typed_in(
    exam, trainer, person, clock, db_session, page
):
    wang = person("小王").id
    sheet = p.sheet(exam, wang, trainer, clock.now)
    p.enter(sheet, p.texts(sheet, {**b.RIGHT, "o-5": None}, {}), trainer, clock.now)
    kinds = [one.kind for one in db_session.scalars(select(Notice).filter_by(user_id=wang))]
    assert "released" in kinds
    attempt = db_session.scalars(select(Attempt)).one().id
    shown = page(f"/attempts/{attempt}/result", as_="小王").text
    assert "纸质作答" in shown
    assert "陈老师" in shown
    assert "陈老师" in page(f"/assessments/{exam}/attempts/{attempt}", as_="陈老师").text


def test_an_attempt_on_paper_has_no_time_of_its_own(exam, trainer, person, clock, db_session, page):
    wang = person("小王").id
    sheet = p.sheet(exam, wang, trainer, clock.now)
    p.enter(sheet, p.texts(sheet, b.RIGHT, {"o-5": "5"}), trainer, clock.now)
    attempt = db_session.scalars(select(Attempt)).one().id
    for path, who in (
        (f"/attempts/{attempt}/result", "小王"),
        (f"/assessments/{exam}/attempts/{attempt}", "陈老师"),
    ):
        shown = page(path, as_=who).text
        assert "用时" not in shown
        assert "00:00" not in shown


def test_a_mark_for_the_item_as_a_whole_says_so_beside_the_rubric(
    exam, trainer, person, clock, db_session, page
):
    wang = person("小王").id
    sheet = p.sheet(exam, wang, trainer, clock.now)
    p.enter(sheet, p.texts(sheet, b.RIGHT, {"o-5": "7.5"}), trainer, clock.now)
    attempt = db_session.scalars(select(Attempt)).one().id
    shown = page(f"/attempts/{attempt}/result", as_="小王").text
    rubric = shown[shown.index("lb-rev__rubric") :].partition("</table>")
    assert "—" not in rubric[0]
    assert "按整题给分" in rubric[2]
    assert "按整题给分" in page(f"/assessments/{exam}/attempts/{attempt}", as_="陈老师").text
