"""A team with evidence, and a review of it."""

from datetime import date

import pytest

from app.competency import services as competency
from app.kernel.db import db
from app.reviews import services as reviews
from app.reviews.services import ReviewData
from tests import builders
from tests.competency.conftest import TODAY, framework, ledger, queries_of  # noqa: F401

REVIEW_ON = date(2026, 3, 20)


@pytest.fixture
def evidence(ledger, person):  # noqa: F811
    """小王: a gap in influence, met in product knowledge; 小陈: knowledge above expectation."""
    ledger.test("小王", "1", product_knowledge=(18, 20), influence=(1, 10), passed=True)
    ledger.rated("小王", "2", "influence", 15, age=3)
    ledger.rated("小王", "3", "influence", 18, age=8)
    ledger.test("小王", "4", prospecting=(8, 10), age=1, passed=True)
    ledger.test("小陈", "5", product_knowledge=(40, 40), talk_tracks=(13, 20))
    ids = [person(name).id for name in ("小王", "小陈", "小赵", "李经理", "赵经理", "总监")]
    competency.renew_levels(ids, TODAY)
    db.session.commit()
    return ledger


@pytest.fixture
def review(evidence, person):
    """小王 and 小陈 are reviewed on 20 March."""
    people = frozenset({person("小王").id, person("小陈").id})
    data = ReviewData("2026 上半年", REVIEW_ON, people)
    review_id = reviews.create_review(
        data, scope=people, actor_id=person("李经理").id, now=builders.START
    )
    db.session.commit()
    return review_id
