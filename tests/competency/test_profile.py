"""What the rep and the manager read: one frozen view computed from the ledger."""

from datetime import timedelta

import pytest

from app.competency import queries
from app.competency.errors import NoFrameworkError
from app.competency.queries import WhyNotMet
from app.domain.competency import Call, Need, Status
from app.domain.framework import EvidenceKind, Level
from tests.competency.conftest import TODAY


def test_without_a_framework_there_is_no_profile(app, person) -> None:
    with pytest.raises(NoFrameworkError):
        queries.profile(person("小王").id, TODAY)


def test_a_profile_of_nothing_says_what_is_missing(ledger) -> None:
    profile = ledger.profile("小王")
    assert (profile.role, profile.step, profile.as_of) == ("seller", "day-30", TODAY)
    insight = profile.line("insight")
    assert insight is not None
    assert insight.verdict.status is Status.INSUFFICIENT
    assert insight.missing == (
        Need(EvidenceKind.ROLEPLAY, assessors=2),
        Need(EvidenceKind.TEST, items=10),
    )
    assert (insight.ledger, insight.settling, insight.moved) == ((), None, None)
    assert profile.line("closing") is None


def test_a_line_explains_its_figure_down_to_one_hundred_per_cent(ledger) -> None:
    ledger.test("小王", "attempt-1", age=10, influence=(8, 10), passed=True)
    ledger.rated("小王", "battle-1", "influence", 72, age=5)
    line = ledger.profile("小王").line("influence")
    assert line.verdict.call is Call.MET
    assert [piece.percent for piece in line.ledger] == [29, 53]
    assert sum(p.percent for p in line.ledger) + line.explanation.start_percent == 100
    test, roleplay = line.ledger
    assert (test.kind, test.rows[0].label, test.rows[0].passed) == (
        EvidenceKind.TEST, "课后测试", True,
    )  # fmt: skip
    assert (roleplay.age, roleplay.assessors, roleplay.rows[0].source_id) == (5, 2, "battle-1")
    assert test.call_without is None
    assert line.moved_by.source_id == "attempt-1"
    assert line.moved.change == test.change > abs(roleplay.change)
    assert (line.tests_passed, line.tests_finished) == (1, 1)
    assert line.why_not_met is None


def test_a_passed_test_of_a_behaviour_says_why_it_does_not_settle_it(ledger) -> None:
    ledger.test("小王", "attempt-1", age=1, influence=(8, 10), passed=True)
    line = ledger.profile("小王").line("influence")
    assert line.why_not_met is WhyNotMet.NEEDS_RATED
    assert line.missing == (Need(EvidenceKind.ROLEPLAY, assessors=2),)
    assert line.settling.need == Need(EvidenceKind.ROLEPLAY, assessors=2)
    assert line.settling.if_alike is Call.MET


@pytest.mark.parametrize(
    ("right", "n", "age", "why"),
    [
        (6, 6, 1, WhyNotMet.NEEDS_ITEMS),
        (14, 20, 181, WhyNotMet.STALE),
        (13, 20, 1, WhyNotMet.UNDECIDED),
        (3, 20, 1, WhyNotMet.BELOW),
        (7, 11, 90, WhyNotMet.TOO_WIDE),
    ],
)
def test_a_passed_test_of_knowledge_says_why_not_yet(ledger, right, n, age, why) -> None:
    ledger.test("小王", "attempt-1", age=age, product_knowledge=(right, n), passed=True)
    assert ledger.profile("小王").line("product-knowledge").why_not_met is why


def test_a_failed_test_needs_no_such_sentence(ledger) -> None:
    ledger.test("小王", "attempt-1", product_knowledge=(3, 20), passed=False)
    line = ledger.profile("小王").line("product-knowledge")
    assert (line.tests_passed, line.tests_finished, line.why_not_met) == (0, 1, None)
    assert line.gap == 2
    assert line.verdict.level is Level.L1


def test_ratings_of_one_assessor_stand_together_with_all_their_rows(ledger, person) -> None:
    for source, age, score in (("c-1", 20, 60), ("c-2", 3, 70)):
        ledger.rated("小王", source, "insight", score, kind=EvidenceKind.OBSERVATION, m=1, age=age,
                     assessor_id=person("带教人").id, assessor_role="mentor")  # fmt: skip
    (piece,) = ledger.profile("小王").line("insight").ledger
    assert [row.source_id for row in piece.rows] == ["c-1", "c-2"]
    assert (piece.x, piece.assessors) == (65, 2)
    assert piece.rows[0].assessor_role == "mentor"


def test_what_does_not_count_is_shown_apart(ledger) -> None:
    ledger.test("小王", "attempt-1", drive=(9, 10))
    ledger.rated("小王", "360-1", "insight", 90, kind=EvidenceKind.PEER, m=4, is_360=True)
    profile = ledger.profile("小王")
    assert [row.source_id for row in profile.line("drive").uncounted] == ["attempt-1"]
    insight = profile.line("insight")
    assert [row.source_id for row in insight.uncounted] == ["360-1"]
    assert insight.ledger == ()


def test_the_page_and_the_stored_level_agree(ledger, person) -> None:
    ledger.test("小王", "attempt-1", age=40, insight=(7, 12), talk_tracks=(15, 20))
    ledger.rated("小王", "battle-1", "insight", 55, age=12)
    stored = ledger.levels("小王")
    for line in ledger.profile("小王").lines:
        level = stored[line.competency.slug]
        verdict = line.verdict
        assert (level.mean, level.sd, level.lo, level.hi, level.p) == (
            verdict.mean, verdict.sd, verdict.lo, verdict.hi, verdict.p,
        )  # fmt: skip
        assert (level.status, level.call, level.level) == (
            verdict.status, verdict.call, verdict.level,
        )  # fmt: skip
        assert level.gap == line.gap


def test_a_profile_of_an_earlier_day_knows_nothing_later(ledger, person) -> None:
    ledger.test("小王", "attempt-1", product_knowledge=(8, 10))
    before = queries.profile(person("小王").id, TODAY - timedelta(days=1))
    line = before.line("product-knowledge")
    assert line is None or line.ledger == ()


def test_a_manager_is_judged_by_a_managers_expectations(ledger) -> None:
    profile = ledger.profile("李经理")
    assert (profile.role, profile.step) == ("manager", "manager")
    assert profile.line("team-motivation").expected is Level.L3
    assert profile.line("talk-tracks") is None


def test_a_profile_costs_a_known_number_of_queries(ledger, person, queries_of) -> None:
    ledger.test("小王", "attempt-1", product_knowledge=(8, 10), insight=(3, 5))
    person_id = person("小王").id
    with queries_of() as heard:
        queries.profile(person_id, TODAY)
    assert len(heard) <= 5
