"""HR edits what each step needs and who is on which step, in the browser."""

import re

import pytest

from app.competency import queries
from app.domain.framework import Level
from tests.competency.conftest import TODAY

pytestmark = pytest.mark.one_database

DAY_30 = "/competency/expectations?role=seller&step=day-30"


def opened_form(page, as_="HR") -> dict[str, str]:
    """The form of the page as the browser would send it back unchanged."""
    html = page(DAY_30, as_=as_).text
    data = {"opened_with": re.search(r'name="opened_with"[^>]* value="(\d+)"', html)[1]}
    for select in re.finditer(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', select[2])
        data[select[1]] = chosen[1]
    return data


def wanted(slug: str):
    return queries.expectations(TODAY)["seller", "day-30"].get(slug)


def test_the_form_holds_what_is_wanted_today(framework, page) -> None:
    data = opened_form(page)
    assert (data["level.influence"], data["weight.influence"]) == ("L2", "1")
    assert data["level.closing"] == ""
    assert len(data) == 1 + 2 * 13


def test_hr_raises_one_expectation_and_adds_another(framework, page) -> None:
    data = opened_form(page)
    changed = data | {"level.influence": "L3", "level.closing": "L2", "weight.closing": "3"}
    page(DAY_30, as_="HR", data=changed, status=302)
    assert (wanted("influence").level, wanted("influence").weight) == (Level.L3, 1)
    assert (wanted("closing").level, wanted("closing").weight) == (Level.L2, 3)
    again = page(DAY_30, as_="HR").text
    assert "已改 2 项期望" in again
    assert again.count("<td>HR</td>") == 2


def test_an_unchanged_form_changes_nothing(framework, page) -> None:
    page(DAY_30, as_="HR", data=opened_form(page), status=302)
    assert "没有改动" in page(DAY_30, as_="HR").text
    assert queries.expectation_changes() == []


def test_a_form_opened_before_somebody_elses_change_is_refused(framework, page) -> None:
    old = opened_form(page)
    page(DAY_30, as_="HR", data=old | {"level.influence": "L3"}, status=302)
    refused = page(DAY_30, as_="HR", data=old | {"level.insight": "L4"}, status=409)
    assert "别人刚改过这一阶段的期望" in refused.text
    assert wanted("insight").level is Level.L2


@pytest.mark.parametrize(
    "forged", [{"level.influence": "L9"}, {"weight.influence": "7"}, {"opened_with": "x"}]
)
def test_a_forged_form_is_shown_again_and_nothing_is_saved(framework, page, forged) -> None:
    page(DAY_30, as_="HR", data=opened_form(page) | {"level.insight": "L4"} | forged, status=422)
    assert wanted("insight").level is Level.L2


def test_a_manager_reads_expectations_and_cannot_change_them(framework, page) -> None:
    html = page(DAY_30, as_="李经理").text
    assert "L3 独立" in html
    assert "<select" not in html
    page(DAY_30, as_="李经理", data=opened_form(page), status=403)
    page(DAY_30, as_="小王", status=403)


def test_every_step_has_its_page_and_others_have_none(framework, page) -> None:
    assert "团队激励" in page("/competency/expectations?role=manager&step=manager", as_="HR").text
    page("/competency/expectations?role=seller&step=manager", as_="HR", status=404)
    page("/competency/expectations?role=cook", as_="HR", status=404)


def step_form(person_id: int, step: str) -> dict[str, str]:
    return {f"p{person_id}-step": step}


def test_a_manager_makes_one_of_his_people_backbone(ledger, page, person) -> None:
    wang = person("小王").id
    assert "新人第 30 天" in page("/competency/steps?q=小王", as_="李经理").text
    page(f"/competency/steps/{wang}", as_="李经理", data=step_form(wang, "backbone"), status=302)
    assert "已改 小王 的阶段" in page("/competency/steps", as_="李经理").text
    assert ledger.profile("小王").step == "backbone"
    assert ledger.levels("小王")["influence"].expected is Level.L4
    page(f"/competency/steps/{wang}", as_="李经理", data=step_form(wang, ""), status=302)
    assert ledger.profile("小王").step == "day-30"


def test_only_those_with_a_choice_of_steps_get_one(ledger, page, person) -> None:
    html = page("/competency/steps", as_="HR").text
    assert f'name="p{person("小王").id}-step"' in html
    assert f'name="p{person("李经理").id}-step"' not in html
    assert html.count("由岗位决定") == 3
    assert "这个岗位没有期望" in html


def test_a_manager_of_another_team_sees_and_changes_nothing(ledger, page, person) -> None:
    wang = person("小王").id
    assert "小王" not in page("/competency/steps", as_="赵经理").text
    page(f"/competency/steps/{wang}", as_="赵经理", data=step_form(wang, "backbone"), status=404)
    page(f"/competency/steps/{wang}", as_="小王", data=step_form(wang, "backbone"), status=403)
    assert ledger.profile("小王").step == "day-30"


def test_a_step_that_a_role_does_not_have_is_not_saved(ledger, page, person) -> None:
    wang = person("小王").id
    page(f"/competency/steps/{wang}", as_="HR", data=step_form(wang, "manager"), status=302)
    assert "没有保存" in page("/competency/steps", as_="HR").text
    assert ledger.profile("小王").step == "day-30"


def test_without_a_framework_the_page_says_what_to_do(app, page) -> None:
    assert "framework load" in page(DAY_30, as_="HR", status=409).text
