"""Two people at the same moment, each with a connection of her own, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import select

from app import create_app
from app.accounts import services as accounts
from app.accounts.models import User
from app.banks.loader import load_text
from app.banks.services import load_paths
from app.domain.tracks import Party
from app.kernel.config import Settings
from app.kernel.db import Base, db, session, transaction
from app.kernel.errors import DomainError
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
from tests import builders, servers
from tests.tracks.conftest import BANKS, MONDAY
from tests.tracks.test_enrolment_page import SIGNED
from tests.tracks.test_renewal import RENEWABLE, at

NOW = at(MONDAY)
MENTOR, MANAGER, LEARNER = "小陈", "李经理", "小王"


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL for this module."""
    with servers.postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def company(request, tmp_path):
    """An application on a committed database: the cast, their tracks; gives name -> id."""
    if request.param == "sqlite":
        url = f"sqlite+pysqlite:///{tmp_path / 'once.sqlite3'}"
    else:
        url = servers.new_database(request.getfixturevalue("server"), f"l{uuid4().hex[:8]}")
    app = create_app(
        Settings(
            env="test",
            secret_key="a secret of the tests alone, 32 characters",
            database_url=url,
            instance_dir=tmp_path,
            log_level="WARNING",
        )
    )
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with transaction():
            builders.cast()
            load_paths([BANKS / "product-knowledge.yaml"], root=BANKS, now=builders.START)
            for text in (SIGNED, RENEWABLE):
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
        yield app, people
        session().rollback()
        db.engine.dispose()


def at_once(app, *deeds):
    """Run deeds at the same moment, each in its own transaction; what each was refused with."""
    barrier = Barrier(len(deeds))

    def one(deed):
        with app.app_context():
            barrier.wait()
            try:
                with transaction():
                    deed()
            except DomainError as refused:
                return refused.code
            finally:
                db.session.remove()
        return ""

    session().rollback()
    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(one, deeds))


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
    refused = at_once(
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
    refused = at_once(
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

    assert sorted(at_once(app, extend, extend)) == ["", "already_extended"]
    assert count(GateExtension) == 1
    assert events(row).count("extend") == 1


def test_two_renewals_at_once_share_the_exams_of_their_round(company) -> None:
    app, people = company
    rows = enrolled(people, (LEARNER, MENTOR), slug="short")
    with transaction():
        for row in rows:
            seminar(row, "s-seminar")
    for _ in range(2):  # the second round has no exams yet
        refused = at_once(
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
    exams = session().scalars(select(TrackExam).order_by(TrackExam.round)).all()
    assert [one.round for one in exams] == [1, 2]


def test_the_sweep_and_a_fact_at_once_tell_the_story_once(company) -> None:
    app, people = company
    (row,) = enrolled(people)
    at_once(
        app,
        lambda: seminar(row, "a-seminar"),
        lambda: services.advance([row], now=NOW),
        lambda: services.follow_days(now=NOW),
    )
    assert state_of(row) == "at_gate"
    assert events(row) == ["enrol", "begin", "reach_gate"]
