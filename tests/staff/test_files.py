"""Days in all forms, columns by many names, and files that somebody broke."""
# ruff: noqa: E501

import random
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.staff import DayError, field_of, from_plain, read_day, to_plain
from app.staff import tables
from app.staff.reading import read_staff
from app.staff.template import template_xlsx
from tests.scale import times
from tests.staff import files


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01", "2026/3/1", "2026.3.1", "2026年3月1日", "2026 年 3 月 1 日", "20260301",
        "46082", "46082.0", "2026-03-01 00:00:00", "2026年3月1日 星期日", "２０２６－０３－０１",
        "1 March 2026", "1-Mar-2026", "Mar 1, 2026", "March 1st, 2026", "2026-03-01T00:00:00Z",
        "'2026-03-01", "2026年3月1号",
    ],
)  # fmt: skip
def test_a_day_in_all_its_forms(text):
    assert read_day(text) == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("3月1日", "no_year"), ("3/1", "no_year"), ("2026年3月", "no_day"), ("26/3/1", "short_year"),
        ("3/4/2026", "two_ways"), ("2026-02-30", "no_such_day"), ("下周一", "not_a_day"),
        ("1000-01-01", "no_such_day"), ("99999", "no_such_day"), ("13/13/2026", "no_such_day"),
    ],
)  # fmt: skip
def test_what_could_be_another_day_is_refused(text, why):
    with pytest.raises(DayError) as refused:
        read_day(text)
    assert refused.value.key == why


@pytest.mark.parametrize("text", ["", " ", "-", "—", "无", "N/A", "至今"])
def test_nothing_is_no_day(text):
    assert read_day(text) is None


def test_a_day_that_says_itself_which_is_the_month():
    assert read_day("25/3/2026") == read_day("3/25/2026") == date(2026, 3, 25)


@given(st.dates(date(1954, 10, 4), date(2099, 12, 31)))
def test_every_day_is_read_in_every_form(day):
    serial = (day - date(1899, 12, 30)).days
    for text in (
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
        f"{day:%d %B %Y}",
        str(serial),
    ):
        assert read_day(text) == day


@given(st.text(max_size=40))
def test_any_text_is_a_day_nothing_or_refused(text):
    with suppress(DayError):
        assert read_day(text) is None or isinstance(read_day(text), date)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("工号", "staff_no"), ("员工编号（必填）", "staff_no"), ("Employee ID", "staff_no"), ("*姓名", "name"),
        ("公司邮箱", "email"), ("E-mail", "email"), ("直接上级", "manager"), ("Reports to", "manager"),
        ("上级工号", "manager_no"), ("入职日期", "hire_on"), ("Date of joining", "hire_on"),
        ("最后工作日", "leave_on"), ("二级部门", "level2"), ("手机号码", "-"), ("身份证号", "-"),
        ("Phone number", "-"), ("月薪", "-"), ("序号", "~"), ("喜欢的颜色", ""),
    ],
)  # fmt: skip
def test_columns_are_found_by_many_names(name, field):
    assert field_of(name) == field


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_every_usual_encoding(codec):
    table = read_staff("x.csv", files.HR_CSV.encode(codec))
    assert [row.name for row in table.rows] == ["周明", "赵敏", "王小"]
    assert table.refused == ("手机号码",)
    assert [one.line for one in table.skipped] == [6]


def test_the_template_can_be_read_back():
    for lang in ("zh-CN", "en"):
        table = read_staff("people.xlsx", template_xlsx(lang))
        assert [row.staff_no for row in table.rows] == ["E0101", "E0102", "E0103"]
        assert not [one for row in table.rows for one in row.findings]
        assert table.rows[1].manager == "E0101"
        assert len(table.columns) == 10


def test_a_table_survives_being_kept():
    table = tables.read(files.HR_CSV.encode())
    assert from_plain(to_plain(table)) == table


def _mutant(data: bytes, chance: random.Random) -> bytes:
    broken = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(broken))
        match chance.randrange(4):
            case 0:
                broken[at] = chance.randrange(256)
            case 1:
                del broken[at : at + chance.randint(1, 40)]
            case 2:
                broken[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 20)))
            case _:
                broken[at:at] = broken[at : at + chance.randint(1, 60)]
        if not broken:
            return b"x"
    return bytes(broken)


def test_broken_files_are_read_or_refused_and_never_break_us():
    """Each is rows, findings, or both; nothing is raised. `make soak` reads ten times as many."""
    chance = random.Random(20260302)
    sources = [
        files.HR_CSV.encode("gbk"),
        files.HR_CSV.encode("utf-16"),
        files.ENGLISH_TSV.encode(),
        files.workbook(),
        template_xlsx("zh-CN"),
    ]
    for number in range(times(500, soak=5_000)):
        table = tables.read(_mutant(sources[number % len(sources)], chance))
        assert table.rows or table.findings
        assert from_plain(to_plain(table)) == table


def test_a_broken_file_in_the_limited_child():
    for data in (b"PK\x03\x04 nothing", b"%PDF-1.4", b"\x00\x01\x02" * 50, b"<html>x</html>"):
        assert read_staff("x.xlsx", data).findings
