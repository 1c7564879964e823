"""Lists as companies keep them, in three styles."""
# ruff: noqa: E501

import io
from datetime import date

import xlsxwriter

# A: the HR department's sheet, saved as csv in GBK: a title above, phone numbers, a total below.
HR_CSV = """澄屿软件人员花名册,,,,,,,,,
序号,工号,姓名,手机号码,公司邮箱,部门,团队,直接上级,入职日期,岗位
1,CY2001,周明,13800000000,zhouming@chengyu.example,澄屿软件,华北一组,CY2009,2026年3月1日,销售顾问
2,CY2009,赵敏,13800000001,zhaomin@chengyu.example,澄屿软件,华北一组,总监,46000,销售经理
3,CY1001,王小,13800000002,xiaowang@chengyu.example,澄屿软件,华南一组,赵经理(CY0102),2026/2/23,销售
合计,3,,,,,,,,
"""

# C: an English export, pasted with tabs.
ENGLISH_TSV = "\n".join(
    "\t".join(cells)
    for cells in (
        ("Employee ID", "First name", "Last name", "Work email", "Team", "Manager", "Hire date", "Job title", "Status"),
        ("CY3001", "Ann", "Lee", "ann@chengyu.example", "华东一组", "李经理", "2-Mar-2026", "Account Executive", "active"),
        ("CY1002", "", "", "", "", "", "", "", "left"),
    )
)  # fmt: skip


def workbook() -> bytes:
    """B: a sheet with two header rows, merged cells, real days, a merged team."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet("在职")
    day = book.add_format({"num_format": "yyyy/m/d"})
    page.merge_range(0, 0, 0, 2, "基本信息")
    page.merge_range(0, 3, 0, 4, "组织")
    page.merge_range(0, 5, 1, 5, "入职日期")
    page.write_row(1, 0, ("员工编号", "姓名", "邮箱", "团队", "直属上级"))
    page.merge_range(2, 3, 3, 3, "华北二组")
    rows = (
        ("CY4001", "孙宇", "sunyu@chengyu.example", None, "CY4002", date(2026, 3, 2)),
        ("CY4002", "钱进", "qianjin@chengyu.example", None, "CY0103", date(2024, 7, 1)),
    )
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row):
            if isinstance(value, date):
                page.write_datetime(number, column, value, day)
            elif value is not None:
                page.write(number, column, value)
    page.write_row(4, 0, ("总计", "2 人"))
    book.close()
    return out.getvalue()
