"""Whoever joins is on the team page at once, and is judged at once by what changed about her."""

import pytest
from sqlalchemy import delete, select

from app.accounts import queries as accounts
from app.competency import queries as competency
from app.competency.models import ProfileLevel, ProfileSummary
from app.domain.competency import Status
from app.kernel.db import db
from app.reports import matrix
from app.reports.matrix import Want
from tests import builders
from tests.competency.conftest import TODAY

NEW = {
    "name": "方知夏",
    "staff_no": "CY2001",
    "email": "",
    "job_role": "seller",
    "set_step": "",
    "hire_on": "2026-03-02",
    "locale": "zh-CN",
}


@pytest.fixture
def east(person):
    return accounts.unit_of(person("小王").id, TODAY)


def hire(page, unit_id: int, **more) -> int:
    """Made by the admin on her page; the id."""
    page("/admin/people/new", as_="admin", data=NEW | {"unit": str(unit_id)} | more)
    found = accounts.find_id(NEW["staff_no"])
    assert found is not None
    return found


def levels(person_id: int):
    return competency.levels_for([person_id])[person_id]


def team_of(unit):
    return matrix.page(unit, review_id=None, want=Want(), today=TODAY)


def test_somebody_hired_today_is_on_the_team_page_with_nothing_proved(page, evidence, east):
    new = hire(page, east.id)
    row = next(row for row in team_of(east).rows if row.person_id == new)
    assert (row.sufficient, row.expected) == (0, len(levels(new)))
    shown = [cell.level for cell in row.cells if cell.level is not None]
    assert shown
    assert {level.status for level in shown} == {Status.INSUFFICIENT}
    assert "方知夏" in page("/teams/2", as_="李经理").text


def test_also_somebody_whose_levels_nobody_stored_yet(page, evidence, east) -> None:
    unit = db.session.get(builders.Unit, east.id)
    new = builders.user("刚来的", unit=unit).id
    db.session.commit()
    assert levels(new) == ()
    before = team_of(east)
    row = next(row for row in before.rows if row.person_id == new)
    assert row.expected > 0
    assert before.head.to_prove == 4
    assert any(one.person_id == new and one.missing for one in before.to_prove)
    text = page("/teams/2", as_="李经理").text
    assert 'aria-label="刚来的 产品知识：证据不足，还差' in text
    page("/teams/2/export.xlsx", as_="李经理")
    assert levels(new) == ()  # looking stores nothing


def test_the_same_person_counts_the_same_stored_or_not(page, evidence, east, person) -> None:
    stored = team_of(east)
    chen = person("带教人").id
    for table in (ProfileLevel, ProfileSummary):
        db.session.execute(delete(table).where(table.person_id == chen))
    db.session.flush()
    seen = team_of(east)
    assert (seen.head.people, seen.head.to_prove) == (stored.head.people, stored.head.to_prove)
    assert seen.columns == stored.columns
    assert {row.person_id: row for row in seen.rows} == {row.person_id: row for row in stored.rows}


@pytest.mark.parametrize(
    ("change", "step"),
    [({"hire_on": "2025-06-01"}, "day-90"), ({"job_role": "manager"}, "manager"),
     ({"set_step": "backbone"}, "backbone")],
)  # fmt: skip
def test_a_changed_hire_date_role_or_step_is_judged_in_the_same_request(
    page, evidence, east, change, step
) -> None:
    new = hire(page, east.id)
    assert {level.step for level in levels(new)} == {"day-30"}
    page(f"/admin/people/{new}", as_="admin", data=NEW | change)
    asked = [level for level in levels(new) if level.expected]
    assert {level.step for level in asked} == {step}
    wanted = competency.expectations(TODAY)
    role = change.get("job_role", "seller")
    assert {level.competency: level.expected for level in asked} == {
        slug: want.level for slug, want in wanted[role, step].items()
    }


def test_a_role_nothing_is_expected_of_leaves_the_team_page(page, evidence, east) -> None:
    new = hire(page, east.id)
    page(f"/admin/people/{new}", as_="admin", data=NEW | {"job_role": "staff"})
    assert levels(new) == ()
    assert new not in {row.person_id for row in team_of(east).rows}


def test_a_move_shows_on_both_teams_at_once(page, evidence, east, person) -> None:
    new = hire(page, east.id)
    south = accounts.unit_of(person("小赵").id, TODAY)
    page(f"/admin/people/{new}/move", as_="admin", data={"unit": south.id, "on": "2026-03-02"})
    assert new not in {row.person_id for row in team_of(east).rows}
    assert new in {row.person_id for row in team_of(south).rows}


def test_an_edited_expectation_renews_everybody_in_the_request(page, evidence, person) -> None:
    chen = person("小陈").id
    before = {one.competency: one.expected for one in levels(chen)}
    form = {"opened_with": str(competency.newest_change("seller", "day-30")), "reason": "新口径"}
    wanted = competency.expectations(TODAY)["seller", "day-30"]
    for found in competency.required().framework.competencies:
        want = wanted.get(found.slug)
        level = "L4" if found.slug == "product-knowledge" else want.level.value if want else ""
        form |= {
            f"level.{found.slug}": level,
            f"weight.{found.slug}": want.weight if want else 2,
        }
    page("/competency/expectations?role=seller&step=day-30", as_="HR", data=form)
    after = {one.competency: one.expected for one in levels(chen)}
    assert before["product-knowledge"] != "L4"
    assert after["product-knowledge"] == "L4"
    summary = db.session.scalars(
        select(ProfileSummary).where(ProfileSummary.person_id == chen)
    ).one()
    assert summary.as_of == TODAY
