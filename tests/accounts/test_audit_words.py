"""The trail is read in words; codes and ids stand in the folded raw record alone."""

import re

from app.accounts import queries


def table(page, query="") -> str:
    return page(f"/admin/audit?{query}", as_="admin").text.split("<tbody>")[1]


def without_raw(html: str) -> str:
    return re.sub(r"<details>.*?</details>", "", html, flags=re.DOTALL)


def test_a_move_and_a_role_are_told_with_names(page, person) -> None:
    wang = person("小王").id
    south = queries.unit_of(person("小赵").id, person("小赵").hire_on)
    page(f"/admin/people/{wang}/move", as_="admin", data={"unit": south.id, "on": "2026-03-02"})
    page(f"/admin/people/{wang}/roles", as_="admin", data={"roles": ["mentor"]})
    html = table(page)
    said = without_raw(html)
    assert "人员 小王" in said
    assert "组织：华南一组" in said
    assert "角色：带教人" in said
    assert f'"unit": {south.id}'.replace('"', "&#34;") in html
    assert "unit=" not in said
    assert "mentor" not in said


def test_changed_fields_and_units_have_their_labels(page, person) -> None:
    wang = person("小王")
    form = {"name": "小王", "staff_no": wang.staff_no, "email": wang.email, "job_role": "seller",
            "set_step": "backbone", "hire_on": "2026-01-05", "locale": "zh-CN"}  # fmt: skip
    page(f"/admin/people/{wang.id}", as_="admin", data=form)
    said = without_raw(table(page, "action=user.edit"))
    assert "改了：" in said
    assert "入职日期" in said
    assert "阶段" in said
    assert "hire_on" not in said


def test_the_same_in_english(page, person, db_session) -> None:
    person("admin").locale = "en"
    db_session.commit()
    page(f"/admin/people/{person('小王').id}/roles", as_="admin", data={"roles": ["mentor"]})
    assert "Role" in without_raw(table(page))
    assert "角色" not in without_raw(table(page))
