"""What is said about a list of people: each finding with its cure, each kind of change."""
# ruff: noqa: E501  a table of texts reads better in long lines

from collections.abc import Callable, Mapping
from typing import Final

from flask_babel import gettext as _

from app.domain.staff import Finding

Words = Callable[[Mapping[str, str]], str]

FINDINGS: Final[Mapping[str, Words]] = {
    # the file
    "file_kind": lambda _p: _("这不是表格文件。请另存为 xlsx 或 csv 再上传。"),
    "file_password": lambda _p: _("文件设了密码。请取消密码，另存一份再上传。"),
    "file_broken": lambda _p: _("文件已损坏，或者不是真正的表格。请用原来的软件打开，另存一份再上传。"),
    "file_large": lambda _p: _("文件解开以后太大。请只留名单那一页再上传。"),
    "file_long": lambda _p: _("一份名单最多 10000 行。请拆成几份。"),
    "no_header": lambda _p: _("没有找到写着“姓名”和“工号”这样列名的一行。请把列名写在表头，或者用我们的模板。"),
    "no_login_column": lambda _p: _("表里没有工号，也没有邮箱。请至少加一列：靠它认人，登录也要用。"),
    "no_rows": lambda _p: _("表头下面没有人。请检查是不是选错了工作表。"),
    # a row by itself
    "no_name": lambda _p: _("没有姓名。请填上。"),
    "no_login": lambda _p: _("工号和邮箱都空着。请至少填一个。"),
    "name_long": lambda p: _("姓名太长：%(what)s。最多 80 个字。", **p),
    "staff_no_long": lambda p: _("工号太长：%(what)s。最多 40 个字符。", **p),
    "email_wrong": lambda p: _("邮箱写得不对：%(what)s。例如 wang@example.com。", **p),
    "day_no_year": lambda p: _("%(column)s“%(what)s”没有年份。请写成 2026-03-01。", **p),
    "day_no_day": lambda p: _("%(column)s“%(what)s”没有写哪一天。请写成 2026-03-01。", **p),
    "day_short_year": lambda p: _("%(column)s“%(what)s”的年份只有两位。请写成 2026-03-01。", **p),
    "day_two_ways": lambda p: _("%(column)s“%(what)s”看不出哪个是月、哪个是日。请写成 2026-03-01。", **p),
    "day_no_such_day": lambda p: _("%(column)s“%(what)s”没有这一天。请检查。", **p),
    "day_not_a_day": lambda p: _("%(column)s“%(what)s”不是日期。请写成 2026-03-01，或者空着。", **p),
    "step_unknown": lambda p: _("职级“%(what)s”对不上职级阶段，这一项不改。", **p),
    "job_unknown": lambda p: _("岗位“%(what)s”看不出是销售、经理还是职能；新人按职能算，不会自动进新人训练。", **p),
    "locale_unknown": lambda p: _("语言“%(what)s”不认识，这一项不改。请写中文或 English。", **p),
    "role_unknown": lambda p: _("角色“%(what)s”不认识，没有读。", **p),
    "no_hire_day": lambda _p: _("没有入职日期：不会按规则自动进新人训练。"),
    "no_team": lambda _p: _("没有写部门或团队：先不属于任何组织。"),
    # a row against the company
    "staff_no_twice": lambda p: _("这个工号写了不止一次：第 %(lines)s 行。请只留一行。", **p),
    "email_twice": lambda p: _("两个人用了同一个邮箱：第 %(lines)s 行。请改成各人自己的。", **p),
    "person_twice": lambda p: _("这几行是同一个人：第 %(lines)s 行。请只留一行。", **p),
    "email_taken": lambda p: _("邮箱 %(email)s 是 %(name)s（%(no)s）的。请改邮箱，或者检查工号。", **p),
    "login_taken": lambda p: _("%(name)s 的登录名和这一行的一样。请换一个工号或邮箱。", **p),
    "zeros": lambda p: _("工号 %(what)s 前面的 0 好像丢了，应是 %(meant)s。请把这一列设成文本再填。", **p),
    "unit_twice": lambda p: _("有不止一个“%(what)s”。请写全路径，例如 销售部/华东/%(what)s。", **p),
    "manager_unknown": lambda p: _("找不到上级“%(what)s”。请写对方的工号，或把对方也放进名单。", **p),
    "manager_twice": lambda p: _("有不止一个人叫“%(what)s”。请写上级的工号。", **p),
    "manager_loop": lambda p: _("上级绕成了一个圈：%(names)s。请改其中一个。", **p),
    "moved_before_hired": lambda p: _("调动日期早于入职日期（%(day)s）。请检查这两天。", **p),
    "left_before_hired": lambda p: _("离职日期早于入职日期（%(day)s）。请检查这两天。", **p),
    "before_last_move": lambda p: _("早于系统里最近一次调动（%(day)s 起）。请选当天或更晚的日期。", **p),
    "self_leaves": lambda _p: _("这是您自己。自己的离职要由另一位管理员来办。"),
    "leaver_unknown": lambda _p: _("已离职，系统里没有这个人，不用导入。"),
    "leave_no_day": lambda p: _("没有写离职日期，按 %(day)s 算。", **p),
    "missing": lambda _p: _("名单里没有这个人。您说了名单是完整的，所以算离职。"),
    "missing_admin": lambda _p: _("这个人是管理员或 HR，要您勾选才算离职。"),
    "other_person": lambda p: _("工号 %(no)s 原来是 %(before)s，现在是 %(after)s：是改名，还是工号给了别人？确定是改名再勾选。", **p),
    "comes_back": lambda p: _("以前离职或停用过（%(day)s）。确定是同一个人回来再勾选。", **p),
    # who leads
    "two_managers": lambda p: _("同一个团队写了不止一位上级：%(names)s。请写一致，或把团队分开；这次不任命。", **p),
    "self_leads": lambda _p: _("这是您自己。自己的任命要由另一位管理员来办。"),
    "manager_left_out": lambda p: _("这位上级自己的那一行（第 %(line)s 行）不导入。", **p),
    "other_tree": lambda p: _("%(name)s 在另一个组织树里（%(unit)s）。请检查上级，或先把组织放到一起。", **p),
}  # fmt: skip


def said(finding: Finding) -> str:
    """The finding with its cure, in the reader's language."""
    return FINDINGS[finding.key](finding.params)


FIELDS: Final[Mapping[str, Callable[[], str]]] = {
    "name": lambda: _("姓名"),
    "staff_no": lambda: _("工号"),
    "email": lambda: _("邮箱"),
    "hire_on": lambda: _("入职日期"),
    "job_role": lambda: _("岗位"),
    "set_step": lambda: _("职级阶段"),
    "locale": lambda: _("语言"),
}
VALUES: Final[Mapping[str, Callable[[], str]]] = {
    "seller": lambda: _("销售"),
    "manager": lambda: _("经理"),
    "staff": lambda: _("职能"),
    "day-30": lambda: _("入职 30 天"),
    "day-90": lambda: _("入职 90 天"),
    "backbone": lambda: _("骨干"),
    "zh-CN": lambda: _("中文"),
    "en": lambda: _("英文"),
    "trainer": lambda: _("培训师"),
    "marker": lambda: _("评分人"),
    "mentor": lambda: _("带教人"),
    "hr": lambda: _("HR"),
    "admin": lambda: _("管理员"),
}
KINDS: Final[Mapping[str, Callable[[], str]]] = {
    "join": lambda: _("新人"),
    "return": lambda: _("回来的人"),
    "move": lambda: _("调动的人"),
    "change": lambda: _("改资料"),
    "leave": lambda: _("离职"),
    "broken": lambda: _("有错，不导入"),
    "same": lambda: _("没有变化"),
}


def value(code: str) -> str:
    """A stored value in words; anything else stands for itself."""
    words = VALUES.get(code)
    return words() if words else code


def field(name: str) -> str:
    """What a field is called on the pages."""
    return FIELDS[name]()


def kind(name: str) -> str:
    """What a kind of change is called."""
    return KINDS[name]()
