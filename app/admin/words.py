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
    "user.leave": lambda: _("办离职"),
    "user.invite": lambda: _("邀请设密码"),
    "user.away": lambda: _("登记休假"),
    "user.back": lambda: _("休假回来"),
    "staff.import": lambda: _("导入人员名单"),
    "staff.undo": lambda: _("撤销导入名单"),
    "assessment.define": lambda: _("新建测验"),
    "assessment.assign": lambda: _("布置测验"),
    "assessment.cancel": lambda: _("取消测验"),
    "assessment.lengthen": lambda: _("延长测验"),
    "assessment.markers": lambda: _("指定评分人"),
    "assessment.release": lambda: _("公布成绩"),
    "assignment.cancel": lambda: _("取消一个人的测验"),
    "attempt.extra_time": lambda: _("加时"),
    "attempt.give": lambda: _("再给一次测验机会"),
    "attempt.void": lambda: _("答卷作废"),
    "attempt.count_late": lambda: _("补记迟到的答案"),
    "paper.sheets": lambda: _("编卷号"),
    "paper.form": lambda: _("改卷别"),
    "paper.enter": lambda: _("录入纸质作答"),
    "paper.correct": lambda: _("更正纸质作答"),
    "bank.import": lambda: _("导入题库"),
    "bank.load": lambda: _("载入题库"),
    "bank.create": lambda: _("新建题库"),
    "bank.adopt": lambda: _("按旧版接着改题库"),
    "bank.picture": lambda: _("上传题库图片"),
    "bank.submit": lambda: _("提交题库审核"),
    "bank.withdraw": lambda: _("撤回题库审核"),
    "bank.send_back": lambda: _("退回题库"),
    "bank.export": lambda: _("导出题库"),
    "bank.publish": lambda: _("发布题库"),
    "calendar.open": lambda: _("要了一个日历地址"),
    "calendar.close": lambda: _("停用日历地址"),
    "cohort.create": lambda: _("新建一期"),
    "cohort.edit": lambda: _("改一期的内容"),
    "cohort.close": lambda: _("关闭一期"),
    "cohort.open": lambda: _("重新打开一期"),
    "cohort.move": lambda: _("改一期的开始日期"),
    "enrolment.create": lambda: _("报名培训路径"),
    "enrolment.withdraw": lambda: _("退出培训路径"),
    "enrolment.extend": lambda: _("延期一关"),
    "enrolment.waive": lambda: _("免做一项"),
    "enrolment.retry": lambda: _("再给一次测验"),
    "enrolment.pause": lambda: _("暂停培训路径"),
    "enrolment.resume": lambda: _("恢复培训路径"),
    "enrolment.exempt": lambda: _("免修培训路径"),
    "enrolment.readmit": lambda: _("重新加入培训路径"),
    "enrolment.recertify": lambda: _("开始再认证"),
    "enrolment.move": lambda: _("换到另一个路径版本"),
    "credential.recall": lambda: _("作废一批资格证"),
    "credential.restore": lambda: _("恢复一批资格证"),
    "performance.plan": lambda: _("安排演练或评审"),
    "performance.void": lambda: _("评分作废"),
    "performance.close": lambda: _("结束互评"),
    "seat.invite": lambda: _("请评委"),
    "seat.decline": lambda: _("评委推辞"),
    "rating.give": lambda: _("交评分"),
    "rating.settle": lambda: _("定分"),
    "rating.release": lambda: _("公布评分"),
    "answer.appeal": lambda: _("对简答题评分申诉"),
    "answer.appeal_decide": lambda: _("决定简答题申诉"),
    "rating.appeal": lambda: _("对评分申诉"),
    "rating.appeal_decide": lambda: _("决定评分申诉"),
    "gate.sign": lambda: _("在关口签字"),
    "credential.issue": lambda: _("发出资格证"),
    "field.correct": lambda: _("更正带教记录"),
    "mentor.pair": lambda: _("指定带教人"),
    "mentor.end": lambda: _("结束带教"),
    "expectation.edit": lambda: _("改期望等级"),
    "framework.load": lambda: _("载入能力模型"),
    "track.load": lambda: _("载入培训路径"),
    "mark.give": lambda: _("评分"),
    "review.create": lambda: _("安排评估"),
    "review.edit": lambda: _("修改评估"),
    "snapshot.take": lambda: _("生成评估资料"),
    "plan.save": lambda: _("保存发展计划"),
    "item_report.answer": lambda: _("回复题目报告"),
    "plan.appeal": lambda: _("对发展计划提出意见"),
    "job.repeat": lambda: _("重做任务"),
    "job.cancel": lambda: _("取消任务"),
    "job.step": lambda: _("补跑定时步骤"),
    "mail.again": lambda: _("再发一次邮件"),
    "document.hand_in": lambda: _("交付物交稿"),
    "document.accept": lambda: _("交付物通过"),
    "document.send_back": lambda: _("交付物退回"),
    "document.follow_up": lambda: _("回看里程碑"),
    "knowledge.propose": lambda: _("写知识库条目"),
    "knowledge.revise": lambda: _("修改知识库条目"),
    "knowledge.approve": lambda: _("发布知识库条目"),
    "knowledge.send_back": lambda: _("退回知识库条目"),
    "knowledge.retire": lambda: _("停用知识库条目"),
    "knowledge.restore": lambda: _("恢复知识库条目"),
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


THINGS: Final[Mapping[str, Callable[[], str]]] = {
    "user": lambda: _("人员"),
    "person": lambda: _("人员"),
    "unit": lambda: _("组织"),
    "staff_import": lambda: _("人员名单"),
    "assessment": lambda: _("测验"),
    "assignment": lambda: _("测验安排"),
    "attempt": lambda: _("答卷"),
    "bank": lambda: _("题库"),
    "track": lambda: _("培训路径"),
    "cohort": lambda: _("培训期次"),
    "framework": lambda: _("能力模型"),
    "expectation": lambda: _("期望等级"),
    "review": lambda: _("评估"),
    "snapshot": lambda: _("快照"),
    "plan": lambda: _("发展计划"),
    "knowledge": lambda: _("知识库"),
    "job": lambda: _("任务"),
    "mail": lambda: _("邮件"),
    "performance": lambda: _("演练与评审"),
}
LABELS: Final[Mapping[str, Callable[[], str]]] = {
    "fields": lambda: _("改了"),
    "before": lambda: _("原来"),
    "after": lambda: _("现在"),
    "from": lambda: _("原来"),
    "to": lambda: _("现在"),
    "role": lambda: _("角色"),
    "unit": lambda: _("组织"),
    "parent": lambda: _("上级"),
    "user": lambda: _("人员"),
    "person": lambda: _("人员"),
    "people": lambda: _("人员"),
    "added": lambda: _("加入"),
    "removed": lambda: _("移出"),
    "markers": lambda: _("评分人"),
    "owner_id": lambda: _("负责人"),
    "on": lambda: _("从"),
    "from_on": lambda: _("从"),
    "back_on": lambda: _("回来"),
    "join": lambda: _("新人"),
    "move": lambda: _("调动"),
    "change": lambda: _("改资料"),
    "leave": lambda: _("离职"),
    "review_on": lambda: _("评估日"),
    "anchor_on": lambda: _("开始日"),
    "due_on": lambda: _("期限"),
    "name": lambda: _("名称"),
    "title": lambda: _("名称"),
    "banks": lambda: _("题库"),
    "track": lambda: _("培训路径"),
    "cohort": lambda: _("培训期次"),
    "place": lambda: _("地点"),
    "seats": lambda: _("名额"),
    "version": lambda: _("版本"),
    "points": lambda: _("得分"),
    "position": lambda: _("第几题"),
    "competency": lambda: _("对应能力"),
    "sessions_ended": lambda: _("退出的设备数"),
    "expectations": lambda: _("改了几项期望"),
    "kept": lambda: _("保留页面上改过的"),
    "limit": lambda: _("限时（秒）"),
    "closes": lambda: _("关闭时间"),
    "attempts": lambda: _("答卷"),
    "review": lambda: _("评估"),
    "job": lambda: _("任务"),
}
CODES: Final[Mapping[str, Callable[[], str]]] = {
    "learner": lambda: _("学员"),
    "trainer": lambda: _("培训师"),
    "marker": lambda: _("评分人"),
    "manager": lambda: _("经理"),
    "mentor": lambda: _("带教人"),
    "hr": lambda: _("HR"),
    "admin": lambda: _("管理员"),
    "seller": lambda: _("销售"),
    "staff": lambda: _("职能"),
    "day-30": lambda: _("新人第 30 天"),
    "day-90": lambda: _("新人第 90 天"),
    "backbone": lambda: _("骨干"),
    "left": lambda: _("离职"),
    "name": lambda: _("姓名"),
    "email": lambda: _("邮箱"),
    "staff_no": lambda: _("工号"),
    "job_role": lambda: _("岗位"),
    "set_step": lambda: _("阶段"),
    "hire_on": lambda: _("入职日期"),
    "locale": lambda: _("语言"),
    "timezone": lambda: _("时区"),
}


def thing(kind_: str) -> str:
    """What kind of thing was changed; an unknown code stands for itself."""
    words = THINGS.get(kind_)
    return words() if words else kind_


def label(key: str) -> str:
    """What a fact of a change is called; empty for one that is shown in the raw record alone."""
    words = LABELS.get(key)
    if words is None and key.isdigit():
        return str(_("目标 %(n)s", n=key))
    return words() if words else ""


def code(value: str) -> str:
    """A code in words; anything else stands for itself."""
    words = CODES.get(value)
    return words() if words else value
