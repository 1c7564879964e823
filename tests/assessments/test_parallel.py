"""Many at once, each with a connection of its own: one attempt, one result, nothing lost."""

from functools import partial

import pytest
from sqlalchemy import func, select

from app.accounts.models import User
from app.assessments import services
from app.assessments.models import AnswerEvent, Assignment, Attempt, ItemScore, Result
from app.competency.models import Evidence
from app.kernel.db import session, transaction
from tests import builders
from tests.assessments import builders as b
from tests.at_once import at_once, committed, copies

__all__ = ["committed", "copies"]

NOW = builders.START
MANY = 50


@pytest.fixture(scope="module")
def furnish():
    def one_assignment():
        builders.cast()
        wang = session().scalars(select(User).where(User.name == "小王")).one().id
        b.assigned(b.assessment(None, NOW, text=b.objective()), wang, NOW)

    return one_assignment


@pytest.fixture
def world(committed):
    """The application, 小王 and an assignment of hers, committed."""
    wang, assignment = session().execute(select(Assignment.person_id, Assignment.id)).one()
    return committed, wang, assignment


def many(app, call, n=MANY):
    """Run `call(index)` n times at once; the results in order."""
    return at_once(app, *(partial(call, index) for index in range(n)))


def count(app, model):
    with app.app_context():
        return session().scalar(select(func.count()).select_from(model))


def started(world):
    app, wang, assignment = world
    with app.app_context(), transaction():
        return services.start(assignment_id=assignment, person_id=wang, seed="s", now=NOW)


def test_twenty_starts_at_once_give_one_attempt(world):
    app, wang, assignment = world
    ids = many(
        app,
        lambda n: services.start(
            assignment_id=assignment, person_id=wang, seed=f"seed-{n}", now=NOW
        ),
    )
    assert len(set(ids)) == 1
    assert count(app, Attempt) == 1


def test_twenty_submits_at_once_give_one_result_and_equal_receipts(world):
    app, wang, _assignment = world
    attempt = started(world)
    with app.app_context():
        batch = b.saves(attempt, {"o-1": {"A"}, "o-3": {"A", "B"}})
    receipts = many(
        app,
        lambda n: services.hand_in(
            attempt_id=attempt,
            person_id=wang,
            key=f"key-{n}",
            client="tab",
            saves=batch,
            now=NOW,
        ),
    )
    assert len(set(receipts)) == 1
    assert count(app, Result) == 1
    assert count(app, ItemScore) == 4
    assert count(app, Evidence) == 0, "no framework is loaded here"


def test_saves_of_many_tabs_end_with_the_highest_revision(world):
    app, wang, _assignment = world
    attempt = started(world)
    with app.app_context():
        bodies = [b.saves(attempt, {"o-1": {letter}}) for letter in "ABCD"]
    replies = many(
        app,
        lambda n: services.save(
            attempt_id=attempt,
            person_id=wang,
            client=f"tab-{n}",
            saves=[{**bodies[n % 4][0], "revision": n + 1}],
            now=NOW,
        ),
    )
    assert {one.results[0].status for one in replies} <= {"saved", "conflict"}
    assert count(app, AnswerEvent) == MANY, "whatever was typed is kept"
    with app.app_context(), transaction():
        last = services.save(
            attempt_id=attempt,
            person_id=wang,
            client="late",
            saves=[{**bodies[0][0], "revision": 1, "response": None}],
            now=NOW,
        ).results[0]
    assert last.revision == MANY


def test_the_sweeper_and_a_submit_at_once_finish_it_once(world):
    app, wang, _assignment = world
    attempt = started(world)
    late = NOW.replace(hour=3)

    def both(n):
        if n % 2:
            return services.sweep(now=late)
        return services.hand_in(
            attempt_id=attempt, person_id=wang, key="k", client="t", saves=[], now=late
        )

    many(app, both, n=8)
    assert count(app, Result) == 1
    with app.app_context():
        row = session().get(Attempt, attempt)
        assert row.submitted_at == row.deadline_at


def test_a_save_that_was_acknowledged_beside_a_submit_is_scored(world):
    app, wang, _assignment = world
    attempt = started(world)
    right = {key: answer for key, answer in b.RIGHT.items() if key != "o-5"}
    with app.app_context():
        bodies = [b.saves(attempt, {key: answer}) for key, answer in right.items()]

    def mixed(n):
        if n == 4:
            services.hand_in(
                attempt_id=attempt, person_id=wang, key="k", client="t", saves=[], now=NOW
            )
            return None
        return services.save(
            attempt_id=attempt, person_id=wang, client=f"c{n}", saves=bodies[n], now=NOW
        ).results[0]

    replies = many(app, mixed, n=5)
    with app.app_context():
        rows = session().execute(select(ItemScore.position, ItemScore.outcome)).all()
    outcomes = dict(rows)
    for reply in replies[:4]:
        wanted = "correct" if reply.status == "saved" else "blank"
        assert outcomes[reply.item] == wanted
