"""Two typists at the same sheets at the same moment, each with a connection of her own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from app.accounts.models import User
from app.assessments import services
from app.assessments.models import AnswerEvent, Attempt, PaperEntry
from app.assessments.queries import printed
from app.kernel.db import session, transaction
from app.kernel.errors import ConflictError
from app.papers.services import Taken
from tests.assessments import builders as b
from tests.assessments.test_parallel import NOW, furnish, world
from tests.at_once import committed, copies
from tests.papers import builders as p

__all__ = ["committed", "copies", "furnish", "world"]

TYPISTS = 2


@pytest.fixture
def exam(world):
    """A test that may be sat twice, with a sheet each for 小王 and 小陈."""
    app, wang, _assignment = world
    with app.app_context(), transaction():
        trainer, chen = (
            session().scalars(select(User.id).where(User.name == name)).one()
            for name in ("陈老师", "小陈")
        )
        made = b.assessment(trainer, NOW, text=b.objective(), attempts_allowed=2)
        for person in (wang, chen):
            b.assigned(made, person, NOW)
        services.make_sheets(assessment_id=made, owner_id=trainer, seed="s", now=NOW)
    return app, made, trainer, (wang, chen)


def type_in(exam, barrier, turn):
    """Everything as the page does it: read the sheets, then take them over, all or none."""
    app, made, trainer, people = exam
    with app.app_context():
        found = printed.latest_sheets(made)
        items = printed.items_of(made)
        order = people if turn % 2 else people[::-1]
        filled = [p.filled(found[one], p.texts(found[one], b.RIGHT, {}), items) for one in order]
        session().rollback()
        barrier.wait()
        try:
            with transaction():
                return p.take(filled, trainer, NOW)
        except ConflictError as error:
            return error


def count(app, model):
    with app.app_context():
        return session().scalar(select(func.count()).select_from(model))


def test_who_comes_second_is_told_of_the_conflict_and_nothing_is_there_twice(exam):
    app, _made, _trainer, people = exam
    barrier = Barrier(TYPISTS)
    with ThreadPoolExecutor(TYPISTS) as pool:
        replies = list(pool.map(lambda turn: type_in(exam, barrier, turn), range(TYPISTS)))
    won = [one for one in replies if isinstance(one, Taken)]
    lost = [one for one in replies if isinstance(one, ConflictError)]
    assert [one.new for one in won] == [2], replies
    assert len(lost) == 1
    assert lost[0].status == 409
    assert lost[0].params["code"], "the page says whose row it was"
    assert count(app, Attempt) == len(people)
    assert count(app, PaperEntry) == len(people)
    assert count(app, AnswerEvent) == 4 * len(people)
