"""A released attempt is evidence; a changed score supersedes it; a void one is none."""

from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import select

from app.assessments import services
from app.assessments.models import Attempt
from app.assessments.queries.cards import cards_of, passed_pairs
from app.assessments.services import Release
from app.competency import services as competency
from app.competency.models import Evidence
from app.domain.attempts import Counts
from app.domain.items import PassMark
from app.domain.tracks import ExamRules
from app.grading import services as marks
from app.grading.services import NewMark
from app.kernel.auth import Actor
from tests import builders
from tests.assessments import builders as b

FRAMEWORK = Path(__file__).parents[2] / "question_banks" / "framework.yaml"


@pytest.fixture
def framework(app):
    return competency.load_framework(
        FRAMEWORK.read_bytes(), actor_id=None, now=builders.START, today=builders.START.date()
    )


@pytest.fixture
def sit(app, clock, person):
    """`sit(assessment, "小王", answers)` sits it once and hands it in; gives the attempt's id."""

    def once(made, name, answers, seed="s"):
        who = person(name).id
        assignment = b.assigned(made, who, clock.now)
        attempt = services.start(assignment_id=assignment, person_id=who, seed=seed, now=clock.now)
        services.hand_in(
            attempt_id=attempt,
            person_id=who,
            key="k",
            client="t",
            saves=b.saves(attempt, answers),
            now=clock.now,
        )
        return attempt

    return once


def objective(**wrong):
    answers = {key: value for key, value in b.RIGHT.items() if key != "o-5"}
    return {**answers, **{key.replace("_", "-"): value for key, value in wrong.items()}}


def ledger(db_session):
    rows = db_session.scalars(select(Evidence).order_by(Evidence.id)).all()
    return [(one.competency, one.items_right, one.items, one.is_withdrawn) for one in rows]


def test_items_weigh_one_whatever_their_points(framework, sit, clock, db_session):
    made = b.assessment(None, clock.now, text=b.objective())
    sit(made, "小王", objective(o_3={"A", "B"}, o_4=True))
    found = {
        one.competency: (one.items_right, one.items, one.pass_mark)
        for one in db_session.scalars(select(Evidence))
    }
    # o-1 right, o-3 two of three, o-4 wrong; o-2 right and o-3 again
    assert found["influence"] == pytest.approx((1 + 2 / 3, 3, 60))
    assert found["insight"] == pytest.approx((1 + 2 / 3, 2, 60))


def test_items_whose_key_was_seen_count_a_quarter(framework, sit, clock, db_session):
    made = b.assessment(None, clock.now, text=b.objective(), attempts_allowed=2)
    sit(made, "小王", objective())
    clock.advance(hours=1)
    sit(made, "小王", objective())
    assert ("insight", 0.5, 0.5, False) in ledger(db_session)


def test_keys_that_were_never_shown_keep_their_weight(framework, sit, clock, db_session):
    made = b.assessment(None, clock.now, text=b.objective(), attempts_allowed=2, shows_keys=False)
    sit(made, "小王", objective())
    clock.advance(hours=1)
    sit(made, "小王", objective())
    assert ledger(db_session).count(("insight", 2.0, 2.0, False)) == 2


def test_nothing_before_the_last_mark_and_a_new_mark_supersedes(
    framework, sit, clock, db_session, person
):
    teacher = person("陈老师")
    trainer = Actor(
        teacher.id, "陈老师", frozenset({"learner", "trainer"}), "zh-CN", "Asia/Shanghai"
    )
    attempt = sit(b.assessment(teacher.id, clock.now), "小王", b.RIGHT)
    assert ledger(db_session) == []
    position = b.response(attempt, "o-5", "x")[0]
    for seen, points in ((0, Fraction(5)), (1, Fraction(10))):
        marks.mark(
            attempt_id=attempt,
            position=position,
            new=NewMark(frozenset(), points, "", seen),
            actor=trainer,
            now=clock.now,
        )
    insight = [row for row in ledger(db_session) if row[0] == "insight"]
    assert insight == [("insight", 2.5, 3.0, False), ("insight", 3.0, 3.0, False)]


def test_a_void_attempt_withdraws_its_evidence(framework, sit, clock, db_session, person):
    made = b.assessment(person("陈老师").id, clock.now, text=b.objective())
    attempt = sit(made, "小王", objective())
    services.void(attempt_id=attempt, owner_id=person("陈老师").id, reason="断电", now=clock.now)
    rows = db_session.scalars(select(Evidence).order_by(Evidence.id)).all()
    assert [one.is_withdrawn for one in rows] == [False, False, True, True]
    assert not cards_of(person("小王").id, now=clock.now)[0].attempts_used


def test_a_preview_is_no_evidence(framework, clock, person, db_session):
    teacher = person("陈老师").id
    made = b.assessment(teacher, clock.now, text=b.objective())
    assignment = services.preview(assessment_id=made, owner_id=teacher, now=clock.now)
    attempt = services.start(assignment_id=assignment, person_id=teacher, seed="s", now=clock.now)
    services.hand_in(
        attempt_id=attempt,
        person_id=teacher,
        key="k",
        client="t",
        saves=b.saves(attempt, objective()),
        now=clock.now,
    )
    assert ledger(db_session) == []
    assert cards_of(teacher, now=clock.now) == []


def test_a_trainers_release_writes_the_evidence(framework, sit, clock, db_session, person):
    teacher = person("陈老师").id
    made = b.assessment(teacher, clock.now, text=b.objective(), release_by=Release.TRAINER)
    sit(made, "小王", objective())
    assert ledger(db_session) == []
    services.release_all(assessment_id=made, owner_id=teacher, now=clock.now)
    assert len(ledger(db_session)) == 2


def test_the_best_attempt_decides_passing_where_it_counts(sit, clock, person):
    made = b.assessment(None, clock.now, text=b.objective(), attempts_allowed=2, counts=Counts.BEST)
    sit(made, "小王", {"o-1": {"C"}})
    clock.advance(hours=1)
    sit(made, "小王", objective())
    sit(made, "小陈", {"o-1": {"C"}})
    assert passed_pairs([made], person_ids=[person("小王").id]) == {(made, person("小王").id)}


def test_an_attempt_keeps_the_team_of_the_day_of_submission(sit, clock, db_session):
    made = b.assessment(None, clock.now, text=b.objective())
    attempt = sit(made, "小王", objective())
    assert db_session.get(Attempt, attempt).unit_id is not None


def test_the_latest_attempt_can_take_a_pass_away(sit, clock, person):
    made = b.assessment(
        None, clock.now, text=b.objective(), attempts_allowed=2, counts=Counts.LATEST
    )
    sit(made, "小王", objective())
    clock.advance(hours=1)
    sit(made, "小王", {"o-1": {"C"}})
    assert passed_pairs([made], person_ids=[person("小王").id]) == set()


def test_an_exam_of_a_path_takes_what_is_left_open_from_the_bank(clock, app, person, db_session):
    b.bank(clock.now)
    made = services.define_for_track(
        title={"zh-CN": "结业考试", "en": "Final exam"},
        rules=ExamRules(bank="objections", pass_mark=PassMark(share=Fraction(4, 5)), attempts=2),
        track_slug="bootcamp",
        actor_id=None,
        now=clock.now,
    )
    wang = person("小王").id
    b.assigned(made, wang, clock.now, due_at=clock.now + timedelta(days=7))
    (card,) = cards_of(wang, now=clock.now, lang="en")
    assert card.title == "Final exam"
    assert (card.limit_seconds, card.attempts_left) == (600, 2)
    assert card.is_to_do(clock.now)
