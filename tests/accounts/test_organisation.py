"""Who belongs where on which day, and who may see whom because of it."""

from datetime import date, timedelta

import pytest

from app.accounts import queries, services
from app.accounts.errors import DateOrderError, UnitInUseError, UnitLoopError
from app.kernel.errors import NotFoundError
from app.kernel.policy import Actor
from tests import builders
from tests.builders import START

TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


def actor_of(user, *roles):
    return Actor(user.id, user.name, frozenset({"learner", *roles}), "zh-CN", "Asia/Shanghai")


def names(ids):
    return sorted(queries.names(ids).values())


def test_a_manager_has_the_people_below_and_not_herself(person):
    assert names(queries.subtree_people(person("李经理").id, TODAY)) == ["小王", "小陈", "带教人"]


def test_who_leads_the_company_has_everybody_in_every_team(person):
    below = names(queries.subtree_people(person("总监").id, TODAY))
    assert {"小王", "小赵", "李经理", "赵经理", "HR"} <= set(below)
    assert "总监" not in below


def test_a_move_changes_the_managers_from_its_day_on(person, db_session):
    wang, li, zhao = person("小王"), person("李经理"), person("赵经理")
    south = queries.unit_of(zhao.id, TODAY)
    services.move_person(
        user_id=wang.id, unit_id=south.id, on=TODAY + DAY, actor_id=None, now=START
    )
    assert wang.id in queries.subtree_people(li.id, TODAY)
    assert wang.id not in queries.subtree_people(zhao.id, TODAY)
    assert wang.id not in queries.subtree_people(li.id, TODAY + DAY)
    assert wang.id in queries.subtree_people(zhao.id, TODAY + DAY)
    assert queries.leaders_of(wang.id, TODAY) == [li.id]
    assert queries.leaders_of(wang.id, TODAY + DAY) == [zhao.id]


def test_a_move_back_before_the_last_one_is_refused(person, db_session):
    wang = person("小王")
    with pytest.raises(DateOrderError):
        services.move_person(
            user_id=wang.id, unit_id=None, on=date(2020, 1, 1), actor_id=None, now=START
        )


def test_two_moves_on_one_day_leave_the_last(person, db_session):
    wang = person("小王")
    east, south = queries.unit_of(wang.id, TODAY), queries.unit_of(person("小赵").id, TODAY)
    for target in (south, east):
        services.move_person(user_id=wang.id, unit_id=target.id, on=TODAY, actor_id=None, now=START)
    assert queries.unit_of(wang.id, TODAY) == east


def test_a_subtree_follows_the_dated_edges_at_any_depth(person, db_session):
    li = person("李经理")
    parent = queries.unit_of(li.id, TODAY)
    unit_id = parent.id
    for depth in range(5):
        unit_id = services.create_unit(
            name=f"小组{depth}", parent_id=unit_id, since=TODAY, actor_id=None, now=START
        )
    deep = builders.user("深处的人")
    services.move_person(user_id=deep.id, unit_id=unit_id, on=TODAY, actor_id=None, now=START)
    assert deep.id in queries.subtree_people(li.id, TODAY)
    assert deep.id not in queries.subtree_people(li.id, TODAY - DAY)


def test_a_unit_never_lies_below_itself(person, db_session):
    east = queries.unit_of(person("小王").id, TODAY)
    child = services.create_unit(
        name="小组", parent_id=east.id, since=TODAY, actor_id=None, now=START
    )
    for parent in (child, east.id):
        with pytest.raises(UnitLoopError):
            services.move_unit(
                unit_id=east.id, parent_id=parent, on=TODAY, actor_id=None, now=START
            )


def test_only_an_empty_unit_closes(person, db_session):
    east = queries.unit_of(person("小王").id, TODAY)
    with pytest.raises(UnitInUseError):
        services.close_unit(unit_id=east.id, on=TODAY, actor_id=None, now=START)


def test_the_scope_of_a_team_is_the_own_team(person):
    wang = actor_of(person("小王"))
    found = queries.people(queries.people_in_scope(wang, "people.list", day=TODAY), day=TODAY)
    assert sorted(row.name for row in found.values()) == ["小王", "小陈", "带教人", "李经理"]


@pytest.mark.parametrize(
    ("who", "role", "whom", "may"),
    [
        ("小王", "learner", "小王", True),
        ("小王", "learner", "小陈", False),
        ("李经理", "manager", "小王", True),
        ("李经理", "manager", "李经理", True),
        ("李经理", "manager", "小赵", False),
        ("赵经理", "manager", "小王", False),
        ("HR", "hr", "小王", True),
        ("admin", "admin", "小王", False),
        ("陈老师", "trainer", "小王", False),
        ("带教人", "mentor", "小王", False),
    ],
)
def test_who_may_read_whose_profile(person, who, role, whom, may):
    actor = actor_of(person(who), role)
    if may:
        found = queries.person_in_scope(actor, "profile.read", person(whom).id, day=TODAY)
        assert found.name == whom
    else:
        with pytest.raises(NotFoundError):
            queries.person_in_scope(actor, "profile.read", person(whom).id, day=TODAY)


def test_a_leader_without_the_role_manager_sees_nobody(person):
    li = actor_of(person("李经理"))
    with pytest.raises(NotFoundError):
        queries.unit_in_scope(
            li, "team.read", queries.unit_of(person("李经理").id, TODAY).id, day=TODAY
        )


def test_a_manager_has_the_units_below_hr_has_all(person):
    li, boss = actor_of(person("李经理"), "manager"), actor_of(person("HR"), "hr")
    assert [u.name for u in queries.units_in_scope(li, "team.read", day=TODAY)] == ["华东一组"]
    tree = queries.units_in_scope(boss, "team.read", day=TODAY)
    assert [(u.name, u.depth) for u in tree] == [("澄屿软件", 0), ("华东一组", 1), ("华南一组", 1)]
    assert [leader.name for leader in tree[1].leaders] == ["李经理"]


def test_the_subtree_costs_one_statement(person, queries):
    li = person("李经理")
    queries.clear()
    from app.accounts.queries import subtree_people

    subtree_people(li.id, TODAY)
    assert len(queries) == 1


def test_a_leaver_is_gone_from_the_subtree_and_cannot_sign_in(page, person, db_session):
    wang, li = person("小王"), person("李经理")
    page("/account", as_="小王")
    services.leave(user_id=wang.id, on=TODAY, actor_id=None, now=START)
    db_session.commit()
    assert wang.id in queries.subtree_people(li.id, TODAY - DAY)
    assert wang.id not in queries.subtree_people(li.id, TODAY)
    page("/account", as_="小王", status=302)


def test_the_list_of_colleagues_shows_the_scope_and_nothing_but_name_and_team(page):
    text = page("/people", as_="小王").text
    assert "小陈" in text
    assert "小赵" not in text
    assert "CY1002" not in text
    assert "小赵" in page("/people", as_="HR").text
    assert "小赵" not in page("/people", as_="李经理").text
