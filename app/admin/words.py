"""Codes of the trail and of the access log in the reader's language."""

from collections.abc import Callable, Mapping
from typing import Final

from flask_babel import gettext as _

ACTIONS: Final[Mapping[str, Callable[[], str]]] = {
    "user.create": lambda: _("新建人员"),
    "user.edit": lambda: _("修改人员资料"),
    "user.disable": lambda: _("停用账号"),
    "user.enable": lambda: _("恢复账号"),
    "password.reset": lambda: _("重设密码"),
    "password.change": lambda: _("本人换密码"),
    "role.grant": lambda: _("授予角色"),
    "role.revoke": lambda: _("收回角色"),
    "membership.move": lambda: _("调动"),
    "user.step": lambda: _("改职级阶段"),
    "assessment.define": lambda: _("新建测验"),
    "assessment.assign": lambda: _("布置测验"),
    "assessment.cancel": lambda: _("取消测验"),
    "assessment.lengthen": lambda: _("延长测验"),
    "assessment.markers": lambda: _("指定评分人"),
    "assessment.release": lambda: _("公布成绩"),
    "assignment.cancel": lambda: _("取消一个人的测验"),
    "attempt.extra_time": lambda: _("加时"),
    "attempt.void": lambda: _("答卷作废"),
    "attempt.count_late": lambda: _("补记迟到的答案"),
    "bank.load": lambda: _("载入题库"),
    "bank.publish": lambda: _("发布题库"),
    "enrolment.create": lambda: _("报名培训路径"),
    "enrolment.withdraw": lambda: _("退出培训路径"),
    "expectation.edit": lambda: _("改期望等级"),
    "framework.load": lambda: _("载入能力模型"),
    "track.load": lambda: _("载入培训路径"),
    "mark.give": lambda: _("评分"),
    "review.create": lambda: _("安排评估"),
    "review.edit": lambda: _("修改评估"),
    "snapshot.take": lambda: _("生成评估资料"),
    "plan.save": lambda: _("保存发展计划"),
    "plan.appeal": lambda: _("对发展计划提出意见"),
    "unit.create": lambda: _("新建组织"),
    "unit.rename": lambda: _("组织改名"),
    "unit.move": lambda: _("组织换上级"),
    "unit.close": lambda: _("停用组织"),
    "unit.leader_start": lambda: _("任命负责人"),
    "unit.leader_end": lambda: _("负责人卸任"),
}
KINDS: Final[Mapping[str, Callable[[], str]]] = {
    "sign_in": lambda: _("登录"),
    "sign_in_failed": lambda: _("登录没成功"),
    "profile": lambda: _("看能力档案"),
    "pack": lambda: _("看评估资料"),
    "pack_pdf": lambda: _("导出评估资料"),
    "team": lambda: _("看团队页"),
    "result": lambda: _("看成绩"),
    "export": lambda: _("导出"),
}


def action(code: str) -> str:
    """A change in words; an unknown code stands for itself."""
    words = ACTIONS.get(code)
    return words() if words else code


def kind(code: str) -> str:
    """A look in words; an unknown code stands for itself."""
    words = KINDS.get(code)
    return words() if words else code
