"""Two people at the same moment, each with a connection of her own, on both databases."""

import pytest
from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.models import User
from app.assessments.models import Assignment, Attempt
from app.banks.loader import load_text
from app.banks.services import load_paths
from app.domain.tracks import Party
from app.kernel.db import session, transaction
from app.tracks import services
from app.tracks.models import (
    Credential,
    Enrolment,
    EnrolmentEvent,
    GateExtension,
    GatePassage,
    TrackExam,
)
from app.tracks.services import StepSource
from tests import builders
from tests.at_once import at_once, committed, copies
from tests.tracks.conftest import BANKS, MONDAY
from tests.tracks.test_enrolment_page import SIGNED
from tests.tracks.test_one_more import TEST
from tests.tracks.test_renewal import RENEWABLE, at

__all__ = ["committed", "copies"]

NOW = at(MONDAY)
MENTOR, MANAGER, LEARNER = "小陈", "李经理", "小王"


@pytest.fixture(scope="module")
def furnish():
    return short_tracks


@pytest.fixture
def company(committed):
    """An application on a committed database: the cast, their tracks; gives name -> id."""
    return committed, {row.name: row.id for row in session().scalars(select(User))}


def short_tracks():
    """Two tracks with nothing but what is met at the same moment, and a mentor."""
    builders.cast()
    load_paths([BANKS / "product-knowledge.yaml"], root=BANKS, now=builders.START)
    for text in (SIGNED, RENEWABLE, TEST):
        track = load_text(text, name="track").track
        services.load_track(track, source=text, lessons={}, actor_id=None, now=NOW)
    people = {row.name: row.id for row in session().scalars(select(User))}
    accounts.pair(
        trainee_id=people[LEARNER],
        mentor_id=people[MENTOR],
        on=MONDAY,
        because="x",
        actor_id=people[MANAGER],
        now=NOW,
    )


def refusals(app, *deeds):
    """The code each deed was refused with, empty where it was done."""
    return [getattr(one, "code", "") for one in at_once(app, *deeds)]


def enrolled(people, names=(LEARNER,), slug="signed"):
    with transaction():
        return services.enrol(
            person_ids=[people[name] for name in names],
            slug=slug,
            anchor_on=MONDAY,
            actor_id=people["陈老师"],
            now=NOW,
        )


def ready(people):
    """小王 at her gate: only the three signatures are missing, the learner's is given."""
    (row,) = enrolled(people)
    with transaction():
        seminar(row, "a-seminar")
        sign(people, row, LEARNER, Party.LEARNER)
    return row


def seminar(row, activity):
    services.record_step(
        enrolment_id=row,
        activity_id=activity,
        times=1,
        is_done=True,
        source=StepSource("seminar", "1"),
        actor_id=None,
        now=NOW,
    )


def sign(people, row, who, party):
    services.sign_gate(
        enrolment_id=row,
        gate_id="a-gate",
        party=party,
        is_yes=True,
        because="",
        again_on=None,
        actor_id=people[who],
        now=NOW,
    )


def withdraw(people, row):
    services.withdraw(enrolment_id=row, reason="x", actor_id=people[MANAGER], now=NOW)


def state_of(row):
    session().rollback()
    return session().get(Enrolment, row, populate_existing=True).state


def events(row):
    return [
        one.event
        for one in session().scalars(
            select(EnrolmentEvent)
            .where(EnrolmentEvent.enrolment_id == row)
            .order_by(EnrolmentEvent.id)
        )
    ]


def count(table):
    session().rollback()
    return len(session().scalars(select(table)).all())


def test_two_signatures_at_once_open_the_gate_once(company) -> None:
    app, people = company
    row = ready(people)
    refused = refusals(
        app,
        lambda: sign(people, row, MENTOR, Party.MENTOR),
        lambda: sign(people, row, MANAGER, Party.MANAGER),
    )
    assert refused == ["", ""]
    assert state_of(row) == "certified"
    assert events(row).count("open_gate") == events(row).count("certify") == 1
    assert count(GatePassage) == count(Credential) == 1


def test_the_last_signature_and_the_withdrawal_at_once_leave_one_true_story(company) -> None:
    app, people = company
    row = ready(people)
    with transaction():
        sign(people, row, MENTOR, Party.MENTOR)
    refused = refusals(
        app,
        lambda: sign(people, row, MANAGER, Party.MANAGER),
        lambda: withdraw(people, row),
    )
    assert state_of(row) == "withdrawn"
    assert events(row)[-1] == "withdraw"
    assert events(row).count("withdraw") == 1
    # Signed first: certified, then withdrawn. Withdrawn first: the signature came too late.
    assert refused in (["", ""], ["wrong_moment", ""])
    assert count(GatePassage) == (1 if refused[0] == "" else 0)


def test_two_managers_extend_at_once_and_one_of_them_did(company) -> None:
    app, people = company
    (row,) = enrolled(people)

    def extend():
        services.extend(
            enrolment_id=row,
            gate_id="a-gate",
            plan="p",
            reason="x",
            actor_id=people[MANAGER],
            now=NOW,
        )

    assert sorted(refusals(app, extend, extend)) == ["", "already_extended"]
    assert count(GateExtension) == 1
    assert events(row).count("extend") == 1


def test_two_renewals_at_once_share_the_exams_of_their_round(company) -> None:
    app, people = company
    rows = enrolled(people, (LEARNER, MENTOR), slug="short")
    with transaction():
        for row in rows:
            seminar(row, "s-seminar")
    for _ in range(2):  # the second round has no exams yet
        refused = refusals(
            app,
            *[
                lambda row=row: services.recertify(
                    enrolment_id=row, reason="", actor_id=people["陈老师"], now=NOW
                )
                for row in rows
            ],
        )
        assert refused == ["", ""]
        with transaction():
            for row in rows:
                for activity in ("r-exam", "r-seminar"):
                    services.waive(
                        enrolment_id=row,
                        activity_id=activity,
                        is_waived=True,
                        reason="x",
                        actor_id=people["陈老师"],
                        now=NOW,
                    )
    assert [state_of(row) for row in rows] == ["certified", "certified"]
    session().rollback()
    mine = select(TrackExam).where(TrackExam.activity_id == "r-exam")
    exams = session().scalars(mine.order_by(TrackExam.round)).all()
    assert [one.round for one in exams] == [1, 2]


def test_the_sweep_and_a_fact_at_once_tell_the_story_once(company) -> None:
    app, people = company
    (row,) = enrolled(people)
    refusals(
        app,
        lambda: seminar(row, "a-seminar"),
        lambda: services.advance([row], now=NOW),
        lambda: services.follow_days(now=NOW),
    )
    assert state_of(row) == "at_gate"
    assert events(row) == ["enrol", "begin", "reach_gate"]


def test_two_who_give_one_more_attempt_give_one(company):
    """The trainer and the manager press at the same moment."""
    app, people = company
    (row,) = enrolled(people, slug="tested")
    with transaction():
        exam = session().scalars(
            select(TrackExam.assessment_id).where(TrackExam.activity_id == "t-exam")
        )
        assignment = (
            session()
            .scalars(select(Assignment).where(Assignment.assessment_id == exam.one()))
            .one()
        )
        for number in (1, 2):
            session().add(failed(assignment, number))

    def give(who):
        return lambda: services.retry(
            enrolment_id=row, activity_id="t-exam", reason="x", actor_id=people[who], now=NOW
        )

    assert sorted(refusals(app, give("陈老师"), give(MANAGER))) == ["", "wrong_moment"]
    assert session().scalars(select(Assignment.extra_attempts)).all().count(1) == 1


def failed(assignment, number):
    return Attempt(
        assignment_id=assignment.id,
        assessment_id=assignment.assessment_id,
        person_id=assignment.person_id,
        number=number,
        seed="s",
        engine="1",
        started_at=NOW,
        submitted_at=NOW,
        scored_at=NOW,
        released_at=NOW,
        total=0,
        maximum=3,
        passed=False,
    )
