"""Start, save, hand in, and what the clock does."""

from datetime import timedelta
from fractions import Fraction
from random import Random

import pytest
from sqlalchemy import func, select

from app.assessments import services
from app.assessments.models import AnswerEvent, Attempt, ItemScore, LateAnswer, Result
from app.domain.attempts import Current, Save, decide_save
from app.domain.items import Chosen
from app.kernel.errors import BadInputError, NotFoundError
from tests.assessments import builders as b


@pytest.fixture
def sitting(app, clock, person):
    """小王 has started a paper of 10 minutes without written items."""
    wang = person("小王").id
    assessment = b.assessment(person("陈老师").id, clock.now, text=b.objective())
    assignment = b.assigned(assessment, wang, clock.now)
    return services.start(assignment_id=assignment, person_id=wang, seed="s", now=clock.now), wang


def keep(sitting, clock, answers, *, revision=1, client="tab"):
    attempt, wang = sitting
    return services.save(
        attempt_id=attempt,
        person_id=wang,
        client=client,
        saves=b.saves(attempt, answers, revision=revision),
        now=clock.now,
    )


def hand_in(sitting, clock, answers=None, key="k"):
    attempt, wang = sitting
    return services.hand_in(
        attempt_id=attempt,
        person_id=wang,
        key=key,
        client="tab",
        saves=b.saves(attempt, answers or {}, revision=9),
        now=clock.now,
    )


def row(db_session, sitting) -> Attempt:
    db_session.expire_all()
    return db_session.get(Attempt, sitting[0])


def test_all_right_is_full_marks_released_with_a_receipt(sitting, clock, db_session):
    keep(sitting, clock, {k: v for k, v in b.RIGHT.items() if k != "o-5"})
    receipt = hand_in(sitting, clock)
    attempt = row(db_session, sitting)
    assert attempt.total == attempt.maximum == Fraction(35)
    assert attempt.passed
    assert attempt.released_at == clock.now
    assert len(receipt.receipt) == 64
    assert hand_in(sitting, clock, key="other") == receipt
    assert db_session.scalar(select(func.count()).select_from(Result)) == 1


def test_a_save_at_599_seconds_counts(sitting, clock, db_session):
    clock.advance(seconds=599)
    assert keep(sitting, clock, {"o-1": {"A"}}).results[0].status == "saved"
    clock.advance(seconds=600)
    services.sweep(now=clock.now)
    attempt = row(db_session, sitting)
    assert attempt.total == 10
    assert attempt.is_timed_out
    assert attempt.submitted_at == attempt.deadline_at


def test_a_final_body_within_the_grace_counts(sitting, clock, db_session):
    clock.advance(seconds=603)
    hand_in(sitting, clock, {"o-1": {"A"}})
    assert row(db_session, sitting).total == 10


def test_a_final_body_after_the_grace_is_evidence_and_no_points(sitting, clock, db_session):
    keep(sitting, clock, {"o-2": {"B"}})
    clock.advance(seconds=606)
    hand_in(sitting, clock, {"o-1": {"A"}})
    attempt = row(db_session, sitting)
    assert attempt.total == 10
    assert attempt.submitted_at == attempt.deadline_at
    late = db_session.scalars(select(LateAnswer)).one()
    assert late.position == b.response(sitting[0], "o-1", {"A"})[0]


def test_a_longer_limit_moves_the_deadline_of_an_open_attempt(sitting, clock, db_session, person):
    assessment = row(db_session, sitting).assessment_id
    trainer = person("陈老师").id
    services.lengthen(
        assessment_id=assessment,
        owner_id=trainer,
        limit_seconds=900,
        closes_at=None,
        now=clock.now,
    )
    clock.advance(seconds=850)
    assert keep(sitting, clock, {"o-1": {"A"}}).results[0].status == "saved"


def test_the_trainer_counts_a_late_answer_with_a_reason(sitting, clock, db_session, person):
    trainer = person("陈老师").id
    clock.advance(seconds=700)
    reply = keep(sitting, clock, {"o-1": {"A"}})
    assert (reply.results[0].status, reply.state) == ("closed", "released")
    late = db_session.scalars(select(LateAnswer)).one()
    services.count_late(
        late_id=late.id, attempt_id=sitting[0], owner_id=trainer, reason="断网", now=clock.now
    )
    attempt = row(db_session, sitting)
    assert attempt.total == 10
    rows = db_session.scalars(select(Result).order_by(Result.number)).all()
    assert [(one.number, one.total) for one in rows] == [(1, 0), (2, 10)]
    assert rows[1].supersedes_id == rows[0].id


def test_two_tabs_conflict_and_nothing_typed_is_lost(sitting, clock, db_session):
    keep(sitting, clock, {"o-1": {"A"}}, revision=1, client="one")
    reply = keep(sitting, clock, {"o-1": {"B"}, "o-2": {"B"}}, revision=1, client="two")
    assert [one.status for one in reply.results] == ["conflict", "saved"]
    assert reply.results[0].response == b.response(sitting[0], "o-1", {"A"})[1]
    assert db_session.scalar(select(func.count()).select_from(AnswerEvent)) == 3
    again = keep(sitting, clock, {"o-1": {"B"}}, revision=2, client="two")
    assert again.results[0].status == "saved"


def test_saves_out_of_order_never_go_back(sitting, clock):
    keep(sitting, clock, {"o-1": {"B"}}, revision=3)
    reply = keep(sitting, clock, {"o-1": {"A"}}, revision=2).results[0]
    assert (reply.status, reply.revision) == ("saved", 3)
    assert reply.response == b.response(sitting[0], "o-1", {"B"})[1]


def test_the_same_save_twice_is_one_event(sitting, clock, db_session):
    first = keep(sitting, clock, {"o-1": {"A"}})
    assert keep(sitting, clock, {"o-1": {"A"}}).results == first.results
    assert db_session.scalar(select(func.count()).select_from(AnswerEvent)) == 1


def test_typing_on_after_a_lost_reply_is_kept(sitting, clock):
    keep(sitting, clock, {"o-1": {"A"}}, revision=1)
    reply = keep(sitting, clock, {"o-1": {"B"}}, revision=1).results[0]
    assert reply.response == b.response(sitting[0], "o-1", {"B"})[1]


def test_an_older_save_of_the_same_page_that_was_held_up_undoes_nothing(sitting, clock):
    attempt, wang = sitting

    def send(choice, sequence):
        [one] = b.saves(attempt, {"o-1": {choice}})
        numbered = [{**one, "sequence": sequence}]
        found = services.save(
            attempt_id=attempt, person_id=wang, client="tab", saves=numbered, now=clock.now
        )
        return found.results[0]

    send("A", 1)
    newer = send("C", 3)
    assert newer.response == b.response(sitting[0], "o-1", {"C"})[1]
    late = send("B", 2)
    assert (late.status, late.response) == ("saved", newer.response)
    assert send("C", 3) == newer
    assert send("D", 4).response == b.response(sitting[0], "o-1", {"D"})[1]


@pytest.mark.parametrize(
    "forged",
    [
        [{"item": 99, "revision": 1, "response": None}],
        [{"item": 1, "revision": 1, "response": None, "sequence": -1}],
        [{"item": 1, "revision": 1, "response": None, "sequence": "2"}],
        [{"item": 1, "revision": 1, "response": {"options": ["Z"]}}],
        [{"item": 1, "revision": 1, "response": {"options": ["A", "B"]}}],
        [{"item": 1, "revision": 1, "response": {"options": "A"}}],
        [{"item": 1, "revision": 1, "response": {"value": True}}],
        [{"item": 1, "revision": 0, "response": None}],
        [{"item": True, "revision": 1, "response": None}],
        [{"item": 4, "revision": 1, "response": {"value": "yes"}}],
        [{"item": 1, "revision": 1, "response": {"options": ["A"], "value": True}}],
        [{"item": 1, "revision": 1, "response": {"options": ["A"]}}] * 10,
        "everything",
        [17],
    ],
)
def test_a_forged_body_is_refused_whole(sitting, clock, db_session, forged):
    attempt, wang = sitting
    good = b.saves(attempt, {"o-2": {"B"}})
    body = good + forged if isinstance(forged, list) else forged
    with pytest.raises(BadInputError):
        services.save(attempt_id=attempt, person_id=wang, client="tab", saves=body, now=clock.now)
    assert db_session.scalar(select(func.count()).select_from(AnswerEvent)) == 0


def test_another_persons_attempt_does_not_exist(sitting, clock, person):
    with pytest.raises(NotFoundError):
        services.save(
            attempt_id=sitting[0],
            person_id=person("小陈").id,
            client="tab",
            saves=[],
            now=clock.now,
        )


def test_starting_twice_goes_on_with_the_same_attempt(sitting, clock, db_session):
    attempt = row(db_session, sitting)
    again = services.start(
        assignment_id=attempt.assignment_id, person_id=sitting[1], seed="x", now=clock.now
    )
    assert again == sitting[0]


def test_a_blank_item_is_not_a_wrong_one(sitting, clock, db_session):
    hand_in(sitting, clock, {"o-1": {"C"}})
    outcomes = dict(db_session.execute(select(ItemScore.item_id, ItemScore.outcome)).all())
    assert outcomes == {"o-1": "wrong", "o-2": "blank", "o-3": "blank", "o-4": "blank"}


def test_window_end_closes_before_the_limit(app, clock, person, db_session):
    wang = person("小王").id
    closes = clock.now + timedelta(minutes=3)
    assessment = b.assessment(person("陈老师").id, clock.now, text=b.objective(), closes_at=closes)
    assignment = b.assigned(assessment, wang, clock.now)
    attempt = services.start(assignment_id=assignment, person_id=wang, seed="s", now=clock.now)
    assert db_session.get(Attempt, attempt).deadline_at == closes
    services.give_time(
        assessment_id=assessment,
        person_id=wang,
        extra_seconds=120,
        owner_id=person("陈老师").id,
        reason="左手受伤",
        now=clock.now,
    )
    db_session.expire_all()
    assert db_session.get(Attempt, attempt).deadline_at == closes + timedelta(minutes=2)


def test_whatever_two_tabs_do_the_database_decides_as_the_rule_says(sitting, clock):
    """Random saves of two pages against `domain.attempts.decide_save`, the rule in words."""
    rng = Random(7)
    current, known, own = None, set(), {"a": 0, "b": 0}
    for _ in range(150):
        tab = rng.choice("ab")
        own[tab] = max(own[tab], current.revision if current and rng.random() < 0.3 else 0) + 1
        revision = rng.choice([own[tab], own[tab], max(1, own[tab] - 1)])
        answer = {rng.choice("ABCD")}
        if any(seen[:2] == (tab, revision) for seen in known):
            continue  # a page counts up with each change
        response = Chosen(frozenset(answer))
        decision = decide_save(current, Save(revision, revision - 1, tab, response), is_open=True)
        reply = keep(sitting, clock, {"o-1": answer}, revision=revision, client=tab).results[0]
        assert reply.status == decision.result.value
        known.add((tab, revision))
        if decision.moves:
            current = Current(revision, tab, response)
        assert current is not None
        assert reply.revision == current.revision
