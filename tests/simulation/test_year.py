"""A year of a company, simulated: whatever people do, what must always hold does hold."""

import time
from datetime import timedelta

import pytest

from tests.scale import IS_SOAK, times
from tests.simulation import invariants
from tests.simulation.company import FIRST_DAY, Company, Plan

pytestmark = [pytest.mark.timeout(5400 if IS_SOAK else 600), pytest.mark.one_database]
PEOPLE = times(15, soak=200)
DAYS = 365 if IS_SOAK else 33


@pytest.fixture
def courses(request) -> str:
    """The small company has a short bootcamp, so that certificates end before its month does."""
    return request.getfixturevalue("refresher" if IS_SOAK else "short_bootcamp")


def test_whatever_happens_in_a_year_what_must_hold_does(app, tracks, courses, clock, page) -> None:
    began, cpu = time.monotonic(), time.process_time()
    plan = Plan(
        people=PEOPLE,
        teams=max(3, PEOPLE // 16),
        days=DAYS,
        joining=0.5 if IS_SOAK else 0.7,
        refresher=courses if IS_SOAK else "",
    )
    company = Company(app, clock, plan)
    company.found()
    for number in range(DAYS):
        company.live(FIRST_DAY + timedelta(days=number))
        invariants.check_day(company)
        if number % 7 == 6:
            invariants.check_week(company, page)
            print(f"day {number + 1}: {time.process_time() - cpu:.1f} s CPU")
    invariants.check_end(company)
    print(company.deeds, company.refusals, sep="\n")  # shown when it fails, or with -s
    print(f"{time.process_time() - cpu:.1f} s CPU, {time.monotonic() - began:.1f} s")
