"""The Excel template of a list of people: example rows and how to fill in."""
# ruff: noqa: E501  a table of texts reads better in long lines

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import xlsxwriter

from app.domain.items import DEFAULT_LANG

_TEMPLATE: Final[Mapping[str, Mapping[str, Any]]] = {
    "zh-CN": {
        "sheet": "人员",
        "help": "填写说明",
        "columns": (
            "工号", "姓名", "邮箱", "部门", "团队", "上级", "入职日期", "调动日期", "离职日期", "岗位",
        ),
        "jobs": ("销售", "销售经理", "职能"),
        "rows": (
            ("E0101", "示例一", "one@example.com", "销售部", "华东一组", "", "2024-05-06", "", "", "销售经理"),
            ("E0102", "示例二", "two@example.com", "销售部", "华东一组", "E0101", "2026-03-01", "", "", "销售"),
            ("E0103", "示例三", "", "销售部", "华东一组", "E0101", "2025-07-01", "", "2026-03-31", "销售"),
        ),
        "lines": (
            "一行一人。列可以少、可以换顺序；工号和邮箱至少有一列。",
            "部门和团队写名称；几级部门可以写成 销售部/华东/一组。系统里没有的会新建，先给您看。",
            "上级写对方的工号、邮箱或姓名；同一团队的上级写同一个人，他就是团队负责人。",
            "日期写成 2026-03-01。空着的格子不会清掉系统里已有的内容。",
            "离职日期写了才算离职；名单里没有的人不算离职，除非导入时说名单是完整的。",
            "手机、身份证、薪资用不着，请不要放进来。示例三行请删掉。",
        ),
    },
    "en": {
        "sheet": "People",
        "help": "How to fill in",
        "columns": (
            "Staff no.", "Name", "Email", "Department", "Team", "Manager", "Hire date",
            "Effective date", "Leave date", "Job",
        ),
        "jobs": ("Sales", "Sales manager", "Staff"),
        "rows": (
            ("E0101", "Example One", "one@example.com", "Sales", "East 1", "", "2024-05-06", "", "", "Sales manager"),
            ("E0102", "Example Two", "two@example.com", "Sales", "East 1", "E0101", "2026-03-01", "", "", "Sales"),
            ("E0103", "Example Three", "", "Sales", "East 1", "E0101", "2025-07-01", "", "2026-03-31", "Sales"),
        ),
        "lines": (
            "One person a row. Columns may be fewer and in any order; there must be staff numbers or emails.",
            "Write departments and teams by name, several levels as Sales/East/East 1. New ones are shown first.",
            "Manager: staff number, email or name. All members of a team name the same person, who leads it.",
            "Dates as 2026-03-01. An empty cell never clears what the system already has.",
            "Somebody leaves only by a leave date; who is missing stays, unless you say the list is complete.",
            "Phone, ID card and pay are not needed: please leave them out. Delete the three examples.",
        ),
    },
}  # fmt: skip
_WIDTHS: Final = (12, 14, 28, 16, 16, 14, 14, 14, 14, 14)
_JOB: Final = 9


def template_xlsx(lang: str = DEFAULT_LANG) -> bytes:
    """A workbook to fill in; all cells are text, so that no zero and no date is changed."""
    said = _TEMPLATE["zh-CN" if lang == DEFAULT_LANG else "en"]
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    # The same bytes on every day.
    book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001  a file's date has no zone
    head = book.add_format({"bold": True, "bg_color": "#E7EEF6", "border": 1})
    text = book.add_format({"num_format": "@"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    page = book.add_worksheet(said["sheet"])
    for column, width in enumerate(_WIDTHS):
        page.set_column(column, column, width, text)
    page.write_row(0, 0, said["columns"], head)
    for number, row in enumerate(said["rows"], start=1):
        for column, value in enumerate(row):
            page.write_string(number, column, value, text)
    page.freeze_panes(1, 0)
    page.data_validation(1, _JOB, 5000, _JOB, {"validate": "list", "source": list(said["jobs"])})
    notes = book.add_worksheet(said["help"])
    notes.set_column(0, 0, 100, wrap)
    for number, line in enumerate(said["lines"]):
        notes.write_string(number, 0, line)
    book.close()
    return out.getvalue()
