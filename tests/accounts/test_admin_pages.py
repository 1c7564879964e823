"""The administrator's pages, and what nobody may do to herself."""

import re

import pytest
from sqlalchemy import select

from app.accounts import queries
from app.accounts.models import RoleGrant, User
from app.admin import words
from app.audit.models import AuditEvent
from app.kernel.config import ROOT

pytestmark = pytest.mark.one_database

NEW = {
    "name": "钱新",
    "staff_no": "CY2001",
    "email": "qian@chengyu.example",
    "hire_on": "2026-03-02",
    "job_role": "seller",
    "set_step": "",
    "locale": "zh-CN",
    "unit": "0",
}
PAGES = [
    "/admin/people",
    "/admin/people/new",
    "/admin/units",
    "/admin/units/new",
    "/admin/audit",
    "/admin/audit?check=1",
    "/admin/access-log",
    "/jobs/",
]


@pytest.mark.parametrize("url", PAGES)
def test_every_page_opens_for_the_administrator(page, url):
    page(url, as_="admin")


@pytest.mark.parametrize("url", PAGES[:-1])
@pytest.mark.parametrize("who", ["小王", "李经理", "陈老师", "HR"])
def test_nobody_else_gets_in(page, url, who):
    page(url, as_=who, status=403)


def test_the_pages_open_in_english_too(page, person, db_session):
    person("admin").locale = "en"
    for url in PAGES:
        assert '<html lang="en"' in page(url, as_="admin").text


def first_password(text):
    return re.search(r"<output>([a-z2-9-]+)</output>", text)[1]


def test_a_new_person_gets_a_one_time_password_and_sets_her_own(page, db_session):
    password = first_password(page("/admin/people/new", as_="admin", data=NEW, status=200).text)
    page("/sign-in", data={"login": "cy2001", "password": password}, status=302)
    assert page("/account", status=302).location == "/account/password"
    mine = {"current": password, "new": "viel besser 88", "again": "viel besser 88"}
    page("/account/password", data=mine, status=302)
    page("/account")
    actions = db_session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions == ["user.create", "password.change"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"staff_no": "cy1001"}, "已经有人用了"),
        ({"email": "CY1001@x.example", "staff_no": "Cy1001"}, "已经有人用了"),
        ({"email": "", "staff_no": ""}, "至少填一个"),
        ({"name": ""}, "请填姓名"),
        ({"email": "wang"}, "邮箱写得不对"),
    ],
)
def test_a_person_who_cannot_be_is_explained_and_nothing_is_written(page, db_session, change, said):
    answer = page("/admin/people/new", as_="admin", data=NEW | change, status=422)
    assert said in answer.text
    assert db_session.scalar(select(User.id).where(User.name == "钱新")) is None


def test_an_email_cannot_be_somebody_elses_staff_number(page, person, db_session):
    data = NEW | {"email": "xiaowang@chengyu.example"}
    assert "已经有人用了" in page("/admin/people/new", as_="admin", data=data, status=422).text


def test_data_is_corrected_and_the_trail_names_fields_only(page, person, db_session):
    wang = person("小王")
    wang.timezone = "Europe/Berlin"  # her own setting: the form does not ask for it
    data = NEW | {"name": "王小宇", "staff_no": "CY1001", "email": "neu@chengyu.example"}
    page(f"/admin/people/{wang.id}", as_="admin", data=data, status=302)
    event = db_session.scalars(select(AuditEvent)).one()
    assert event.action == "user.edit"
    assert "neu@" not in event.detail
    assert "email" in event.detail
    assert person("王小宇").timezone == "Europe/Berlin"
    assert "王小宇" in page(f"/admin/people/{wang.id}", as_="admin").text


def test_roles_are_granted_and_revoked_with_a_trail(page, person, db_session):
    wang = person("小王")
    page(f"/admin/people/{wang.id}/roles", as_="admin", data={"roles": ["trainer"]}, status=302)
    assert queries.roles_of(wang.id) == {"learner", "trainer"}
    page(f"/admin/people/{wang.id}/roles", as_="admin", data={"roles": ["marker"]}, status=302)
    assert queries.roles_of(wang.id) == {"learner", "marker"}
    said = db_session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert said == ["role.grant", "role.grant", "role.revoke"]


def test_nobody_grants_herself_a_role(page, person, db_session):
    me = person("admin")
    page(f"/admin/people/{me.id}/roles", as_="admin", data={"roles": ["admin", "hr"]}, status=403)
    held = db_session.scalars(select(RoleGrant.role).where(RoleGrant.user_id == me.id)).all()
    assert held == ["admin"]


@pytest.mark.parametrize("what", ["disable", "enable", "reset-password"])
def test_nobody_changes_her_own_status(page, person, what):
    url = f"/admin/people/{person('admin').id}/{what}"
    page(url, as_="admin", data={"reason": "x"}, status=403)


def test_disabling_ends_the_sessions_at_once(page, person):
    wang = person("小王")
    page("/account", as_="小王")
    page(f"/admin/people/{wang.id}/disable", as_="admin", data={"reason": "离职"}, status=302)
    page("/account", as_="小王", status=302)
    page(f"/admin/people/{wang.id}/enable", as_="admin", data={}, status=302)
    page("/account", as_="小王", status=302)


def test_a_reset_shows_the_new_password_once_and_signs_out(page, person, db_session):
    wang = person("小王")
    page("/account", as_="小王")
    url = f"/admin/people/{wang.id}/reset-password"
    password = first_password(page(url, as_="admin", data={}, status=200).text)
    page("/account", as_="小王", status=302)
    page("/sign-in", data={"login": "cy1001", "password": password}, status=302)
    assert password not in page(f"/admin/people/{wang.id}", as_="admin").text
    assert all(password not in row.detail for row in db_session.scalars(select(AuditEvent)))


def test_people_are_found_by_name_number_role_unit_and_status(page, person):
    east = queries.unit_of(person("小王").id, person("小王").hire_on)
    for query, expected in {
        "text=小王": {"小王"},
        "text=cy1001": {"小王"},
        "text=XIAOWANG": {"小王"},
        "text=%25": set(),
        "role=trainer": {"陈老师", "周老师"},
        f"unit={east.id}": {"小王", "小陈", "李经理", "带教人"},
        "status=disabled": set(),
    }.items():
        text = page(f"/admin/people?{query}", as_="admin").text
        assert set(re.findall(r"/admin/people/\d+\">([^<]+)", text)) == expected, query


def test_a_unit_is_made_named_moved_led_and_closed(page, person, db_session):
    data = {"name": "华北一组", "parent": "0", "since": "2026-03-02"}
    url = page("/admin/units/new", as_="admin", data=data, status=302).location
    company = queries.unit_of(person("HR").id, person("HR").hire_on)
    page(url, as_="admin", data={"name": "华北组"}, status=302)
    page(f"{url}/move", as_="admin", data={"unit": company.id, "on": "2026-03-02"}, status=302)
    page(f"{url}/leaders", as_="admin", data={"login": "cy0102", "on": "2026-03-02"}, status=302)
    text = page(url, as_="admin").text
    assert "华北组" in text
    assert "赵经理" in text
    end = re.search(r'action="([^"]+/end)"', text)[1]
    page(end, as_="admin", data={}, status=302)
    page(f"{url}/close", as_="admin", data={}, status=302)
    assert "华北组" not in page("/admin/units", as_="admin").text


def test_nobody_makes_herself_a_leader(page, person):
    unit = queries.unit_of(person("小王").id, person("小王").hire_on)
    data = {"login": "cy0001", "on": "2026-03-02"}
    page(f"/admin/units/{unit.id}/leaders", as_="admin", data=data, status=403)


def test_missing_people_and_units_are_not_found(page):
    page("/admin/people/99999", as_="admin", status=404)
    page("/admin/units/99999", as_="admin", status=404)


def test_the_access_log_shows_failed_sign_ins(page, person):
    page("/sign-in", data={"login": "cy1001", "password": "nope nope"}, status=422)
    text = page("/admin/access-log?kind=sign_in_failed&who=cy1001", as_="admin").text
    assert "登录没成功" in text.split("<tbody>")[1]
    assert "<tbody>" not in page("/admin/access-log?who=cy1003", as_="admin").text


def test_every_kind_of_change_the_code_records_has_words():
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "app").rglob("*.py"))
    recorded = set(re.findall(r'(?:action=|_audit\(\s*|_note\(\s*)"([a-z_]+\.[a-z_]+)"', code))
    assert len(recorded) > 30
    assert recorded <= set(words.ACTIONS)
