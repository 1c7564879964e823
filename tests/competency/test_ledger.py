"""Evidence goes into an append-only ledger; stored levels follow from it alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import IntegrityError

from app.competency import queries, services, tasks
from app.competency.models import AppendOnlyError, Evidence, ProfileLevel
from app.competency.services import NewEvidence, Source
from app.domain.competency import Call, Status
from app.domain.framework import EvidenceKind, Level
from app.jobs.models import JobRun
from app.jobs.worker import run_job
from tests import builders
from tests.competency.conftest import TODAY


def rows(db_session) -> list[dict]:
    """All stored levels without their ids."""
    table = ProfileLevel.__table__
    columns = [column for column in table.columns if column.name != "id"]
    query = select(*columns).order_by(table.c.person_id, table.c.competency)
    return [dict(row._mapping) for row in db_session.execute(query)]


def count(db_session) -> int:
    return db_session.scalar(select(func.count()).select_from(Evidence))


def test_a_new_hire_stands_at_nothing_and_every_expectation_says_so(ledger) -> None:
    levels = ledger.levels("小王")
    assert list(levels) == [
        "product-knowledge", "talk-tracks", "crm-operation", "drive", "insight", "influence",
    ]  # fmt: skip
    assert {level.status for level in levels.values()} == {Status.INSUFFICIENT}
    assert {level.step for level in levels.values()} == {"day-30"}
    assert (levels["drive"].expected, levels["drive"].weight) == (Level.L2, 1)


def test_a_released_test_becomes_a_level_in_the_same_transaction(ledger) -> None:
    assert ledger.test("小王", "attempt-1", age=1, product_knowledge=(8, 10)) == 1
    level = ledger.levels("小王")["product-knowledge"]
    assert (round(level.mean, 1), round(level.sd, 1)) == (75.7, 11.6)
    assert (level.status, level.call, level.level) == (Status.SUFFICIENT, Call.MET, Level.L3)
    assert (level.kinds, level.pieces, level.newest_on) == (1, 1, TODAY - timedelta(days=1))
    assert level.as_of == TODAY


def test_the_same_source_twice_writes_nothing_more(ledger, db_session) -> None:
    ledger.test("小王", "attempt-1", product_knowledge=(8, 10), talk_tracks=(3, 5))
    before = rows(db_session)
    assert ledger.test("小王", "attempt-1", product_knowledge=(8, 10), talk_tracks=(3, 5)) == 0
    assert count(db_session) == 2
    assert rows(db_session) == before


def test_a_changed_mark_supersedes_and_the_old_row_stays(ledger, db_session) -> None:
    ledger.test("小王", "attempt-1", product_knowledge=(4, 10))
    assert ledger.levels("小王")["product-knowledge"].call is Call.GAP
    ledger.test("小王", "attempt-1", product_knowledge=(9, 10))
    assert ledger.levels("小王")["product-knowledge"].call is Call.MET
    assert ledger.levels("小王")["product-knowledge"].pieces == 1
    first, second = db_session.scalars(select(Evidence).order_by(Evidence.id))
    assert (first.items_right, second.items_right) == (4, 9)
    assert (second.number, second.supersedes_id) == (2, first.id)


def test_a_void_attempt_leaves_the_level_and_keeps_its_trace(ledger, db_session, person) -> None:
    ledger.test("小王", "attempt-1", product_knowledge=(8, 10))
    source = {"person_id": person("小王").id, "source": Source("test", "attempt-1")}
    when = {"happened_on": TODAY, "now": builders.START, "today": TODAY}
    assert services.withdraw_evidence(**source, **when) == 1
    assert services.withdraw_evidence(**source, **when) == 0
    assert ledger.levels("小王")["product-knowledge"].status is Status.INSUFFICIENT
    assert count(db_session) == 2
    ledger.test("小王", "attempt-1", product_knowledge=(8, 10))
    assert ledger.levels("小王")["product-knowledge"].status is Status.SUFFICIENT


def test_a_competency_that_a_correction_no_longer_names_is_withdrawn(ledger) -> None:
    ledger.test("小王", "attempt-1", product_knowledge=(8, 10), closing=(2, 4))
    assert "closing" in ledger.levels("小王")
    ledger.test("小王", "attempt-1", product_knowledge=(8, 10))
    assert "closing" not in ledger.levels("小王")


def test_a_rebuild_gives_identical_rows(ledger, db_session, person) -> None:
    ledger.test("小王", "attempt-1", age=3, product_knowledge=(8, 10), insight=("6.5", 9))
    ledger.rated("小王", "battle-1", "insight", 71, age=2)
    ledger.test("小王", "attempt-1", age=3, product_knowledge=(7, 10), insight=("6.5", 9))
    ledger.rated("小王", "check-1", "drive", 66, kind=EvidenceKind.OBSERVATION, m=1,
                 assessor_id=person("李经理").id)  # fmt: skip
    ledger.test("小赵", "attempt-2", closing=(5, 12))
    before = rows(db_session)
    assert len(before) > 6
    for name in ("小王", "小赵"):
        services.rebuild(person(name).id, TODAY)
    assert rows(db_session) == before


def test_evidence_of_one_competency_leaves_the_rows_of_a_rebuild(
    ledger, db_session, person, monkeypatch
) -> None:
    ledger.test("小王", "attempt-1", age=3, product_knowledge=(8, 10), insight=("6.5", 9))
    read = []
    real = queries.ledger_rows
    monkeypatch.setattr(
        queries, "ledger_rows", lambda ids, slugs=None: read.append(slugs) or real(ids, slugs)
    )
    ledger.test("小王", "attempt-2", insight=(9, 9))
    ledger.test("小王", "attempt-3", closing=(2, 9))
    assert read == [{"insight"}, {"closing"}]
    before = rows(db_session)
    services.rebuild(person("小王").id, TODAY)
    assert rows(db_session) == before


def test_evidence_of_a_later_day_renews_the_rows_of_the_other_competencies(
    ledger, db_session, person
) -> None:
    ledger.test("小王", "attempt-1", age=3, product_knowledge=(8, 10), insight=("6.5", 9))
    tomorrow = TODAY + timedelta(days=1)
    services.record_evidence(
        person_id=person("小王").id,
        source=services.Source("attempt", "attempt-2"),
        happened_on=tomorrow,
        entries=[
            services.NewEvidence(
                competency="insight", kind=EvidenceKind.TEST, pass_mark=80, items=9, right=9
            )
        ],
        now=builders.START + timedelta(days=1),
        today=tomorrow,
        is_first=True,
    )
    before = rows(db_session)
    services.rebuild(person("小王").id, tomorrow)
    assert rows(db_session) == before


def test_the_night_lets_evidence_age_and_steps_move_on(ledger, person) -> None:
    ledger.test("小王", "attempt-1", product_knowledge=(8, 10))
    later = TODAY + timedelta(days=100)
    services.refresh_all(later)
    level = ledger.levels("小王")["product-knowledge"]
    assert (level.as_of, level.step) == (later, "day-90")
    assert level.sd > 12
    assert "closing" in ledger.levels("小王")
    services.refresh_all(TODAY + timedelta(days=181))
    assert ledger.levels("小王")["product-knowledge"].status is Status.STALE


def test_the_nightly_task_does_the_same_for_the_organisations_day(ledger) -> None:
    ledger.test("小王", "attempt-1", product_knowledge=(8, 10))
    late_evening = builders.START + timedelta(hours=16)  # already tomorrow in Shanghai
    tasks.nightly(late_evening)
    assert ledger.levels("小王")["product-knowledge"].as_of == TODAY + timedelta(days=1)


def test_a_large_company_is_renewed_by_a_job_in_pieces(
    ledger, app, clock, db_session, monkeypatch
) -> None:
    ledger.test("小王", "attempt-1", product_knowledge=(8, 10))
    before = rows(db_session)
    monkeypatch.setattr(queries, "CHUNK", 5)
    monkeypatch.setattr(tasks, "CHUNK", 5)
    tomorrow = clock.advance(days=1)
    tasks.nightly(tomorrow)
    assert rows(db_session) == before
    waiting = db_session.scalars(select(JobRun)).one()
    db_session.commit()
    run_job(app, waiting.id)
    db_session.expire_all()
    assert db_session.get(JobRun, waiting.id).state == "done"
    assert {row["as_of"] for row in rows(db_session)} == {TODAY + timedelta(days=1)}


def test_who_left_is_renewed_no_more(ledger, person, db_session) -> None:
    person("小王").left_on = TODAY
    db_session.flush()
    services.refresh_all(TODAY + timedelta(days=1))
    assert ledger.levels("小王")["influence"].as_of == TODAY
    assert ledger.levels("小陈")["influence"].as_of == TODAY + timedelta(days=1)


def test_a_renewal_of_what_is_right_writes_nothing(ledger) -> None:
    ledger.test("小王", "attempt-1", product_knowledge=(8, 10))
    assert services.refresh_all(TODAY) == 0


def test_drive_is_judged_by_two_assessors_on_two_dates_only(ledger, person) -> None:
    def seen(source, who, age):
        ledger.rated("小王", source, "drive", 62, kind=EvidenceKind.OBSERVATION, m=1, age=age,
                     assessor_id=person(who).id)  # fmt: skip

    ledger.test("小王", "attempt-1", drive=(10, 10))
    assert ledger.levels("小王")["drive"].status is Status.INSUFFICIENT
    seen("check-1", "李经理", 4)
    assert ledger.levels("小王")["drive"].status is Status.PROVISIONAL
    seen("check-2", "带教人", 1)
    level = ledger.levels("小王")["drive"]
    assert (level.status, level.call) == (Status.SUFFICIENT, Call.MET)


def test_the_ledger_is_only_ever_added_to(ledger, db_session) -> None:
    ledger.test("小王", "attempt-1", product_knowledge=(8, 10))
    row = db_session.scalars(select(Evidence)).one()
    row.score = 100
    with pytest.raises(AppendOnlyError):
        db_session.flush()
    db_session.rollback()


def test_two_first_rows_of_one_source_are_refused_by_the_database(ledger, db_session) -> None:
    ledger.test("小王", "attempt-1", product_knowledge=(8, 10))
    row = db_session.scalars(select(Evidence)).one()
    names = [c.key for c in inspect(Evidence).columns if c.key != "id"]
    twin = Evidence(**{name: getattr(row, name) for name in names})
    db_session.add(twin)
    with pytest.raises(IntegrityError):
        db_session.flush()
    db_session.rollback()


GOOD = NewEvidence("insight", EvidenceKind.ROLEPLAY, pass_mark=60, score=70, assessors=2)


@pytest.mark.parametrize(
    "entry",
    [
        replace(GOOD, score=101),
        replace(GOOD, score=None),
        replace(GOOD, pass_mark=-1),
        replace(GOOD, assessors=0),
        replace(GOOD, assessor_id=1),
        replace(GOOD, kind=EvidenceKind.TEST),
        replace(GOOD, kind=EvidenceKind.TEST, items=5, right=6),
    ],
)
def test_evidence_that_means_nothing_is_refused(ledger, db_session, entry) -> None:
    with pytest.raises(services.EvidenceInvalidError):
        ledger.write("小王", "x", [entry])
    assert count(db_session) == 0


def test_levels_of_many_people_cost_the_same_few_queries(ledger, person, queries_of) -> None:
    ids = [person(name).id for name in ("小王", "小陈", "小赵")]
    with queries_of() as one:
        services.renew_levels(ids[:1], TODAY + timedelta(days=1))
    with queries_of() as three:
        services.renew_levels(ids, TODAY + timedelta(days=2))
    assert len(three) == len(one) <= 9
    with queries_of() as read:
        queries.levels_for(ids)
    assert len(read) == 2


def test_recording_a_test_costs_few_statements(ledger, queries_of) -> None:
    with queries_of() as heard:
        ledger.test("小王", "attempt-9", product_knowledge=(8, 10), talk_tracks=(3, 5))
    assert len(heard) <= 13, heard  # PostgreSQL takes a lock on top
