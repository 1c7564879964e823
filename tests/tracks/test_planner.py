"""The calendar pages: a month with what clashes and what would cure it."""

from datetime import UTC, date, datetime

import pytest

from app.competency.services import NewEvidence, Source, record_evidence
from app.domain.framework import EvidenceKind
from app.tracks.planner import month_of
from app.tracks.services import cohorts as services
from app.tracks.services.cohorts import CohortData
from tests.builders import START

pytestmark = pytest.mark.one_database


@pytest.fixture
def planned(bootcamp, person, clock):
    """Make a cohort that starts on a day, with people."""

    def make(starts_on, *names, seats=None, slug="bootcamp"):
        trainer = person("陈老师").id
        cohort = services.make_cohort(
            slug,
            CohortData(f"期 {starts_on}", "", seats),
            starts_on=starts_on,
            actor_id=trainer,
            now=clock.now,
        )
        ids = [person(name).id for name in names]
        services.put_in(cohort, ids, actor_id=trainer, now=clock.now)
        return cohort

    return make


def test_a_month_shows_every_dated_step_and_what_clashes_with_its_cure(planned, page) -> None:
    cohort = planned(date(2026, 3, 2), "小王", "小陈")
    text = page(f"/cohorts/{cohort}/plan", as_="陈老师").text
    assert "G1 速成营结业" in text
    assert "来不及再考一次" in text
    assert "让测验不晚于 3-7" in text
    assert "还没有带教人" in text
    assert "2 人在学" in text


def test_a_cohort_nobody_is_in_has_its_calendar_too(planned, page) -> None:
    cohort = planned(date(2026, 9, 28))
    text = page(f"/cohorts/{cohort}/plan?month=2026-10", as_="HR").text
    assert "国庆节" in text
    assert "不是工作日" in text


def test_dates_beyond_the_announced_calendar_are_marked_as_a_guess(planned, page) -> None:
    cohort = planned(date(2027, 3, 1))
    text = page(f"/cohorts/{cohort}/plan", as_="HR").text
    assert "推算" in text
    assert "公布的放假安排到 2026-12-31 为止" in text
    assert "推算" not in page("/tracks/plan?month=2026-03", as_="HR").text


def test_the_year_holds_all_tracks_and_the_cohorts_to_come(planned, page, clock) -> None:
    planned(date(2026, 3, 2), "小王")
    planned(date(2026, 6, 1), slug="leadership")
    text = page("/tracks/plan?month=2026-03", as_="陈老师").text
    assert "G1 速成营结业" in text
    assert "小王" in text
    text = page("/tracks/plan?month=2026-06", as_="陈老师").text
    assert "按天看" in text
    clock.set(datetime(2026, 12, 1, 1, 0, tzinfo=UTC))
    assert "这个月没有安排" in page("/tracks/plan?month=2029-01", as_="陈老师").text


def test_the_year_asks_as_much_for_many_as_for_one(planned, page) -> None:
    planned(date(2026, 3, 2), "小王", "小陈", "小赵", "HR")
    page("/tracks/plan?month=2026-03", as_="陈老师")
    one = len(page.queries)
    planned(date(2026, 3, 3), "周老师", "阅卷人", "李经理", "赵经理", "总监")
    page("/tracks/plan?month=2026-03", as_="陈老师")
    assert len(page.queries) <= one + 1


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "x-y", "-1-2", "0001-01", "２０２６-03"])
def test_a_month_that_is_none_shows_the_usual_one(planned, page, text) -> None:
    assert month_of(text, date(2026, 3, 2)) is None
    page(f"/tracks/plan?month={text}", as_="陈老师")


def test_who_could_be_a_mentor_counts_as_room_for_a_trainee(planned, page, person) -> None:
    person("带教人").left_on = date(2026, 3, 1)
    cohort = planned(date(2026, 3, 2), "小王", "小陈")
    assert (
        "2 人还没有带教人，带教人和够条件的人最多再带 0 人"
        in page(f"/cohorts/{cohort}/plan", as_="陈老师").text
    )
    for slug in ("product-knowledge", "talk-tracks"):
        record_evidence(
            person_id=person("小赵").id,
            source=Source("attempt", slug),
            happened_on=date(2026, 2, 1),
            entries=[NewEvidence(slug, EvidenceKind.TEST, pass_mark=60, items=60, right=57)],
            now=START,
            today=date(2026, 2, 1),
        )
    person("小赵").hire_on = date(2024, 3, 1)
    text = page(f"/cohorts/{cohort}/plan", as_="陈老师").text
    assert "最多再带" not in text
    assert "2 人还没有带教人" in text
