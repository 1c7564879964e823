"""The framework file in force, and expectations that HR edits on the page."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEvent
from app.competency import queries, services
from app.competency.errors import (
    ExpectationChangedError,
    FrameworkInvalidError,
    FrameworkVersionTakenError,
    UnknownExpectationError,
)
from app.competency.models import Expectation, FrameworkVersion
from app.competency.services import ExpectationEdit
from app.domain.competency import Call
from app.domain.framework import Level
from tests import builders
from tests.competency.conftest import FRAMEWORK, TODAY

DAY_30 = {"role": "seller", "step": "day-30"}


def load(text: str, day=TODAY) -> services.LoadedFramework:
    return services.load_framework(text, actor_id=None, now=builders.START, today=day)


def newer(*changes: tuple[str, str]) -> str:
    text = FRAMEWORK.read_text(encoding="utf-8")
    for old, new in (("\nversion: 1\n", "\nversion: 2\n"), *changes):
        assert old in text
        text = text.replace(old, new, 1)
    return text


def wanted(role="seller", step="day-30", day=TODAY):
    return queries.expectations(day)[role, step]


def edit(slug: str, level: Level | None, weight: int = 2, who: int = 1, **more) -> bool:
    return services.set_expectation(
        **(DAY_30 | more),
        edit=ExpectationEdit(slug, level, weight),
        actor_id=who,
        now=builders.START,
        today=TODAY,
    )


def test_the_shipped_framework_is_in_force_with_its_expectations(framework) -> None:
    assert len(framework.competencies) == 13
    assert (wanted()["influence"].level, wanted()["influence"].weight) == (Level.L2, 1)
    assert len(wanted(step="backbone")) == 11
    assert "closing" not in wanted()


def test_the_same_file_twice_changes_nothing(framework, db_session) -> None:
    again = load(FRAMEWORK.read_text(encoding="utf-8"))
    assert not again.is_new
    assert db_session.scalar(select(func.count()).select_from(FrameworkVersion)) == 1


def test_a_changed_file_needs_a_new_version(framework) -> None:
    changed = FRAMEWORK.read_text(encoding="utf-8") + "\n# 一行注释\n"
    with pytest.raises(FrameworkVersionTakenError):
        load(changed)
    assert load(newer()).is_new


def test_a_broken_file_says_where_and_changes_nothing(framework, db_session) -> None:
    with pytest.raises(FrameworkInvalidError) as refused:
        load(newer(("kind: knowledge", "kind: wisdom")))
    assert ":28:11: E103 " in refused.value.params["problems"]
    assert db_session.scalar(select(func.count()).select_from(FrameworkVersion)) == 1


def test_a_new_version_brings_its_expectations_but_not_over_those_set_on_the_page(
    framework, person
) -> None:
    edit("influence", Level.L3, who=person("HR").id)
    influence, insight = (
        f"step: day-30, competency: {s}, level: " for s in ("influence", "insight")
    )
    text = newer((f"{influence}L2", f"{influence}L4"), (f"{insight}L2", f"{insight}L3"))
    loaded = load(text)
    assert (loaded.expectations_changed, loaded.kept) == (1, 1)
    assert wanted()["influence"].level is Level.L3
    assert wanted()["insight"].level is Level.L3


def test_the_figures_of_an_old_version_can_still_be_had(framework, ledger) -> None:
    first = queries.in_force()
    load(newer(("settled_sd: 12", "settled_sd: 11")))
    assert queries.in_force().framework.formula.status.settled_sd == 11
    assert queries.framework_of(first.version_id).formula.status.settled_sd == 12


def test_a_higher_expectation_turns_the_call_at_once(ledger, person) -> None:
    ledger.test("小王", "attempt-1", product_knowledge=(15, 20))
    assert ledger.levels("小王")["product-knowledge"].call is Call.MET
    assert edit("product-knowledge", Level.L5, who=person("HR").id)
    level = ledger.levels("小王")["product-knowledge"]
    assert (level.expected, level.call) == (Level.L5, Call.GAP)


def test_what_is_no_longer_required_is_not_a_zero(ledger, person) -> None:
    edit("influence", None, who=person("HR").id)
    assert "influence" not in wanted()
    assert "influence" not in ledger.levels("小王")
    assert not edit("influence", None, who=person("HR").id)


def test_every_change_is_kept_with_day_and_person(framework, person, db_session) -> None:
    hr = person("HR").id
    edit("influence", Level.L3, 3, who=hr)
    edit("influence", Level.L2, 1, who=hr)
    history = db_session.scalars(
        select(Expectation)
        .where(Expectation.step == "day-30", Expectation.competency == "influence")
        .order_by(Expectation.number)
    ).all()
    assert [(row.number, row.level, row.changed_by_id) for row in history] == [
        (1, "L2", None), (2, "L3", hr), (3, "L2", hr),
    ]  # fmt: skip
    assert [change.level for change in queries.expectation_changes()] == [Level.L2, Level.L3]
    event = db_session.scalars(
        select(AuditEvent).where(AuditEvent.action == "expectation.edit").order_by(AuditEvent.id)
    ).first()
    assert event.actor_id == hr
    assert json.loads(event.detail) == {"influence": {"from": ["L2", 1], "to": ["L3", 3]}}


def test_a_profile_of_an_earlier_day_keeps_the_expectation_of_that_day(framework, person) -> None:
    services.set_expectation(
        **DAY_30,
        edit=ExpectationEdit("influence", Level.L4, 3),
        actor_id=person("HR").id,
        now=builders.START,
        today=TODAY + timedelta(days=5),
    )
    assert wanted()["influence"].level is Level.L2
    assert wanted(day=TODAY + timedelta(days=5))["influence"].level is Level.L4


def test_two_people_editing_one_step_do_not_overwrite_each_other(framework, person) -> None:
    opened = queries.newest_change("seller", "day-30")
    edit("influence", Level.L3, who=person("HR").id)
    with pytest.raises(ExpectationChangedError):
        services.set_expectations(
            **DAY_30,
            edits=[ExpectationEdit("insight", Level.L4, 2)],
            opened_with=opened,
            actor_id=person("HR").id,
            now=builders.START,
            today=TODAY,
        )
    assert wanted()["insight"].level is Level.L2


@pytest.mark.parametrize(
    ("slug", "level", "weight", "more"),
    [
        ("juggling", Level.L3, 2, {}),
        ("influence", Level.L1, 2, {}),
        ("influence", Level.L3, 4, {}),
        ("influence", Level.L3, 2, {"role": "seller", "step": "manager"}),
        ("influence", Level.L3, 2, {"role": "cook"}),
    ],
)
def test_an_expectation_the_framework_does_not_know_is_refused(
    framework, slug, level, weight, more
) -> None:
    with pytest.raises(UnknownExpectationError):
        edit(slug, level, weight, **more)
