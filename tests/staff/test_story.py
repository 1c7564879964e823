"""An admin brings the company's list: sees what it means, makes it, invites, takes it back."""
# ruff: noqa: E501

import io
import re

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.accounts import queries as people
from app.accounts.models import Leadership, Membership, RoleGrant, Unit, User, UserSession
from app.kernel.db import Base
from app.staff import services
from app.staff.models import Invitation, StaffImport
from tests.builders import START
from tests.staff import files

TODAY = START.date()
NOT_COMPARED = {"audit_event", "staff_import", "user_session", "access_log"}


def bring(page, data, name="people.csv"):
    answer = page("/admin/staff", as_="admin", data={"file": (io.BytesIO(data), name), "text": ""})
    return int(re.search(r"/admin/staff/(\d+)", answer.headers["Location"])[1])


def paste(page, text):
    answer = page("/admin/staff", as_="admin", data={"text": text})
    return int(re.search(r"/admin/staff/(\d+)", answer.headers["Location"])[1])


def preview(page, number):
    return page(f"/admin/staff/{number}", as_="admin").text


def make(page, number, status=303):
    seen = re.search(r'name="seen" value="(\w+)"', preview(page, number))
    assert seen, "nothing can be made"
    return page(f"/admin/staff/{number}/apply", as_="admin", data={"seen": seen[1]}, status=status)


def choose(page, number, **more):
    text = preview(page, number)
    shown = re.findall(r'name="shown" value="([^"]+)"', text)
    chosen = re.findall(r'name="chosen" value="([^"]+)" id="\w+" checked', text)
    data = {"on": str(TODAY), "shown": shown, "chosen": chosen} | more
    return page(f"/admin/staff/{number}/choose", as_="admin", data=data)


def dump(db_session):
    db_session.expire_all()
    return {
        table.name: sorted(map(repr, db_session.execute(select(table)).all()))
        for table in Base.metadata.sorted_tables
        if table.name not in NOT_COMPARED
    }


def one(db_session, staff_no):
    return db_session.scalars(select(User).where(User.staff_no == staff_no)).one()


def test_the_list_of_the_hr_department(page, db_session, person):
    number = bring(page, files.HR_CSV.encode("gbk"))
    text = preview(page, number)
    for said in ("周明", "赵敏", "华北一组，在 澄屿软件 下", "第 3 行", "手机号码", "华东一组 → 华南一组",
                 "小王 → 王小", "起负责 华北一组"):  # fmt: skip
        assert said in text, said
    assert "13800000000" not in text
    make(page, number)
    new = one(db_session, "CY2001")
    unit = people.unit_of(new.id, TODAY)
    assert unit.name == "华北一组"
    assert new.hire_on.isoformat() == "2026-03-01"
    boss = one(db_session, "CY2009")
    assert people.leaders_of(new.id, TODAY) == [boss.id]
    assert people.roles_of(boss.id) == {"learner", "manager"}
    assert people.leaders_of(boss.id, TODAY) == [person("总监").id]
    moved = one(db_session, "CY1001")
    assert moved.name == "王小"
    assert people.unit_of(moved.id, TODAY).name == "华南一组"
    assert "13800000000" not in db_session.scalar(
        select(StaffImport.rows).where(StaffImport.id == number)
    )


def test_the_same_file_twice_changes_nothing(page, db_session):
    data = files.HR_CSV.encode("utf-8-sig")
    make(page, bring(page, data))
    before = dump(db_session)
    number = bring(page, data)
    assert "没有要改的" in preview(page, number)
    assert dump(db_session) == before


def test_a_sheet_with_two_header_rows_and_merged_cells(page, db_session):
    number = bring(page, files.workbook(), "名单.xlsx")
    make(page, number)
    new = one(db_session, "CY4001")
    assert new.hire_on.isoformat() == "2026-03-02"
    assert people.unit_of(new.id, TODAY).name == "华北二组"
    assert people.leaders_of(new.id, TODAY) == [one(db_session, "CY4002").id]


def test_an_english_list_pasted(page, db_session, person):
    person("小陈")
    page("/", as_="小陈")
    number = paste(page, files.ENGLISH_TSV)
    text = preview(page, number)
    assert "离职" in text
    assert "1 个已登录的设备退出" in text
    make(page, number)
    ann = one(db_session, "CY3001")
    assert (ann.name, ann.job_role) == ("Ann Lee", "seller")
    gone = one(db_session, "CY1002")
    assert gone.left_on == TODAY
    assert gone.disabled_at is not None
    assert not db_session.scalars(
        select(UserSession).where(UserSession.user_id == gone.id, UserSession.ended_at.is_(None))
    ).all()


@pytest.mark.parametrize("style", ["csv", "xlsx", "tsv"])
def test_taken_back_everything_is_as_before(page, db_session, style):
    before = dump(db_session)
    data = {
        "csv": files.HR_CSV.encode(),
        "xlsx": files.workbook(),
        "tsv": files.ENGLISH_TSV.encode(),
    }
    number = bring(page, data[style], f"x.{style}")
    make(page, number)
    assert dump(db_session) != before
    page(f"/admin/staff/{number}/undo", as_="admin", data={})
    assert dump(db_session) == before
    assert "已经撤销" in page(f"/admin/staff/{number}/report", as_="admin").text


def test_a_newer_move_stands_in_the_way_of_taking_back(page, db_session, person):
    number = bring(page, files.HR_CSV.encode())
    make(page, number)
    south = db_session.scalars(select(Unit).where(Unit.name == "华南一组")).one()
    east = db_session.scalars(select(Unit).where(Unit.name == "华东一组")).one()
    user = one(db_session, "CY1001")
    page.clock.advance(days=3)
    page(f"/admin/people/{user.id}/move", as_="admin", data={"unit": east.id, "on": "2026-03-05"})
    assert south.id != east.id
    assert "撤销不了" in page(f"/admin/staff/{number}/report", as_="admin").text
    page(f"/admin/staff/{number}/undo", as_="admin", data={}, status=303)
    db_session.expire_all()
    assert people.unit_of(user.id, page.clock.now.date()).name == "华东一组"


def test_whoever_signed_in_stands_in_the_way_of_taking_back(page, db_session):
    number = bring(page, files.HR_CSV.encode())
    make(page, number)
    page("/", as_="周明", status=302)
    page(f"/admin/staff/{number}/undo", as_="admin", data={}, status=303)
    assert one(db_session, "CY2001").disabled_at is None


def test_two_admins_at_once(page, db_session, person):
    number = bring(page, files.HR_CSV.encode())
    text = preview(page, number)
    seen = re.search(r'name="seen" value="(\w+)"', text)[1]
    person("小王").name = "王小小"
    db_session.commit()
    answer = page(f"/admin/staff/{number}/apply", as_="admin", data={"seen": seen}, status=303)
    assert answer.headers["Location"].endswith(f"/admin/staff/{number}")
    assert "请再看一遍" in preview(page, number)
    assert not db_session.scalars(select(User).where(User.staff_no == "CY2001")).all()
    make(page, number)
    page(f"/admin/staff/{number}/apply", as_="admin", data={"seen": seen}, status=404)


def test_who_is_missing_leaves_only_from_a_complete_list(page, db_session, person):
    number = bring(page, files.HR_CSV.encode())
    assert "名单里没有这个人" not in preview(page, number)
    choose(page, number, complete="y")
    text = preview(page, number)
    assert "名单里没有这个人" in text
    make(page, number)
    db_session.expire_all()
    assert person("小赵").left_on == TODAY
    assert person("admin").disabled_at is None, "nobody removes herself"
    assert person("HR").disabled_at is None, "HR only when ticked"


def test_nobody_leaves_whose_number_or_address_stands_on_a_row_with_errors(page, person):
    number = paste(page, f"工号,姓名,邮箱\nCY1001,小赵,{person('小赵').email}\n")
    choose(page, number, complete="y")
    leaving = re.findall(r'name="shown" value="missing:(\d+)"', preview(page, number))
    assert str(person("小陈").id) in leaving
    assert not {str(person(name).id) for name in ("小王", "小赵")} & set(leaving)


def test_a_row_left_out_is_not_made(page, db_session):
    number = bring(page, files.HR_CSV.encode())
    choose(page, number, chosen=["4", "5"])
    make(page, number)
    assert not db_session.scalars(select(User).where(User.staff_no == "CY2001")).all()
    assert one(db_session, "CY2009").name == "赵敏"


def test_roles_are_given_only_when_ticked_and_never_to_oneself(page, db_session, person):
    text = "工号,姓名,角色\nCY1001,小王,师傅\nCY0001,admin,HR\n"
    number = paste(page, text)
    assert "没有要改的" in preview(page, number) or "导入</button>" not in preview(page, number)
    choose(page, number, chosen=["2#mentor"])
    make(page, number)
    assert "mentor" in people.roles_of(person("小王").id)
    assert "hr" not in people.roles_of(person("admin").id)


def test_all_that_is_wrong_is_said_at_once(page, db_session):
    before = dump(db_session)
    text = (
        "工号,姓名,邮箱,团队,上级,入职日期,离职日期,调动日期\n"
        "N1,甲,a@x.example,华东一组,N9,2026-03-01,,\n"
        "N2,乙,not-mail,华东一组,,3月1日,,\n"
        "N2,丙,c@x.example,,,2026-13-01,,\n"
        "N4,丁,same@x.example,,,03/04/2026,,\n"
        "N5,戊,same@x.example,,,2026-03-01,,\n"
        "N6,己,f@x.example,华东一组,N7,2026-03-01,,\n"
        "N7,庚,g@x.example,华东一组,N6,2026-03-01,,\n"
        "CY1002,小陈,,,,2026-02-23,2026-01-01,\n"
        "CY1003,小赵,,华东一组,,2026-02-23,,2025-06-01\n"
        ",,h@x.example,,,,,\n"
        "N10,壬,also-not-mail,,N77,2026年3月,,\n"
        "N8,辛,xiaowang@chengyu.example,,,2026-03-01,,\n"
    )
    shown = preview(page, paste(page, text))
    for said in ("找不到上级“N9”", "邮箱写得不对：not-mail", "没有年份", "没有这一天", "看不出哪个是月",
                 "同一个邮箱：第 5, 6 行", "绕成了一个圈", "离职日期早于入职日期", "调动日期早于入职日期",
                 "没有姓名", "xiaowang@chengyu.example 是 小王（CY1001）的",
                 # Of one row all at once, in the order of its columns.
                 "没有写哪一天", "邮箱写得不对：also-not-mail", "找不到上级“N77”"):  # fmt: skip
        assert said in shown, said
    assert dump(db_session) == before


def test_the_reasons_go_along_as_a_file_before_and_after(page, db_session):
    text = "工号,姓名,邮箱,上级,入职日期\nN1,甲,,,2026-03-01\nN2,乙,not-mail,N99,3月1日\n"
    number = paste(page, text)
    wrong = ("没有年份", "邮箱写得不对：not-mail", "找不到上级“N99”")

    def file_rows():
        answer = page(f"/admin/staff/{number}/rows.xlsx", as_="admin")
        assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
        return CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(
            0
        ).to_python()[1:]  # fmt: skip

    before = file_rows()
    make(page, number)
    shown, after = page(f"/admin/staff/{number}/report", as_="admin").text, file_rows()
    for rows in (before, after):
        assert [row[:3] for row in rows] == [
            ["第 3 行", "乙", "有错，不导入"],
            ["第 2 行", "甲", "新人"],
        ]
        assert all(said in rows[0][3] for said in wrong)
    assert all(said in shown for said in wrong)


def test_a_manager_of_another_tree_is_not_appointed(page, db_session):
    other = Unit(name="别的公司")
    db_session.add(other)
    db_session.flush()
    from tests import builders

    builders.user("外人", unit=other, staff_no="X1")
    db_session.commit()
    number = paste(page, "工号,姓名,团队,上级\nCY1001,小王,华东一组,X1\n")
    assert "在另一个组织树里" in preview(page, number)


def test_an_invitation_sets_the_first_password_once(page, db_session, clock):
    number = bring(page, files.HR_CSV.encode())
    make(page, number)
    assert "2 人还没有密码" in page(f"/admin/staff/{number}/report", as_="admin").text
    sheet = page(f"/admin/staff/{number}/invite", as_="admin", data={"by": "sheet"}).text
    links = re.findall(r"/welcome/[\w.\-]+", sheet)
    assert len(links) == 2
    assert "欢迎" in page(links[0]).text
    page(links[0], data={"new": "short", "again": "short"}, status=422)
    page(links[0], data={"new": "a long password", "again": "a long password"}, status=303)
    page(links[0], status=404)
    clock.advance(days=8)
    page(links[1], status=404)
    assert db_session.scalars(select(Invitation).where(Invitation.used_at.is_not(None))).one()


def test_a_newer_invitation_ends_the_one_before(page, db_session):
    make(page, bring(page, files.HR_CSV.encode()))
    user = one(db_session, "CY2001")
    first = page(f"/admin/people/{user.id}/invite", as_="admin", data={}).text
    second = page(f"/admin/people/{user.id}/invite", as_="admin", data={}).text
    old, new = (re.search(r"/welcome/[\w.\-]+", text)[0] for text in (first, second))
    page(old, status=404)
    page(new)
    page(f"/admin/people/{user.id}/invite", as_="小赵", data={}, status=403)


def test_a_last_day_to_come_ends_the_account_on_that_day(page, db_session, person, clock):
    number = paste(page, "工号,姓名,离职日期\nCY1001,小王,2026-03-20\n")
    make(page, number)
    db_session.expire_all()
    assert person("小王").disabled_at is None
    place = db_session.scalars(
        select(Membership).where(Membership.user_id == person("小王").id)
    ).one()
    assert str(place.valid_to) == "2026-03-20"
    clock.advance(days=18)
    assert services.end_leavers(today=clock.now.date(), now=clock.now) == 1
    assert person("小王").disabled_at is not None


def test_a_leader_is_replaced_from_the_day(page, db_session, person):
    number = paste(
        page, "工号,姓名,团队,上级\nCY1001,小王,华东一组,CY1002\nCY1002,小陈,华东一组,总监\n"
    )
    assert "原来的负责人卸任" in preview(page, number)
    make(page, number)
    assert people.leaders_of(person("小王").id, TODAY) == [person("小陈").id]
    rows = db_session.scalars(
        select(Leadership).where(Leadership.user_id == person("李经理").id)
    ).all()
    assert [row.valid_to for row in rows] == [TODAY]
    assert (
        db_session.scalars(select(RoleGrant).where(RoleGrant.user_id == person("小陈").id))
        .one()
        .role
        == "manager"
    )


def test_the_preview_costs_a_fixed_number_of_statements(page, queries):
    head = "工号,姓名,团队,上级,入职日期\n"

    def cost(count):
        rows = "".join(f"P{n},人{n},华东一组,CY0101,2026-03-01\n" for n in range(count))
        number = paste(page, head + rows)
        preview(page, number)
        return len(queries)

    assert cost(3) == cost(60)
