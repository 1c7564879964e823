"""Each kind of notice as a sentence in the reader's language."""

from collections.abc import Callable, Mapping
from typing import Final

from flask_babel import gettext as _

from app.kernel.i18n import is_english

Sentence = Callable[[Mapping[str, str]], str]

# `params` are plain strings, filled in when the notice was made: dates, counts, and a title with
# its English where there is one (`accounts.services.titled`).
KINDS: Final[Mapping[str, Sentence]] = {
    "assigned": lambda p: _("新测验：%(title)s，%(due)s 前完成", **p),
    "due": lambda p: _("快到期：%(title)s，%(due)s 截止", **p),
    "cancelled": lambda p: _("测验取消了：%(title)s", **p),
    "released": lambda p: _("成绩已公布：%(title)s", **p),
    "mark_waiting": lambda p: _("有简答题等着评分：%(title)s，%(count)s 份", **p),
    "review_set": lambda p: _("评估已安排：%(title)s，%(due)s", **p),
    "plan_appeal": lambda p: _("有人对评估提出申诉：%(title)s", **p),
    "plan": lambda p: _("发展计划更新了：%(title)s", **p),
    "enrolled": lambda p: _("已报名培训路径：%(title)s", **p),
    "overdue": lambda p: _("过期了：%(title)s，%(due)s 截止", **p),
    "step_due": lambda p: _("培训路径有一步快到期：%(title)s，%(due)s 截止", **p),
    "step_overdue": lambda p: _("培训路径有一步过期了：%(title)s，%(due)s 截止", **p),
    "bank_waiting": lambda p: _("题库等您审核：%(title)s，第 %(number)s 版", **p),
    "bank_approved": lambda p: _("题库审核通过了：%(title)s，第 %(number)s 版", **p),
    "bank_sent_back": lambda p: _("题库被退回，请看原因：%(title)s，第 %(number)s 版", **p),
    "item_reported": lambda p: _("有人报告题目：%(title)s，第 %(number)s 题", **p),
    "report_answered": lambda p: _("您报告的题目有回复：%(title)s，第 %(number)s 题", **p),
    "gate_waiting": lambda p: _("%(person)s 的“%(title)s”等您签字", **p),
    "not_yet": lambda p: _("%(person)s 到期还没过“%(title)s”，请安排下一步", **p),
    "sheet_yes": lambda p: _("%(person)s 给“%(title)s”签了“可以”", **p),
    "sheet_not_yet": lambda p: _("“%(title)s”还不行，%(due)s 再看一次。原因写在表上", **p),
    "sheet_again": lambda p: _("今天约好再看一次 %(person)s 的“%(title)s”", **p),
    "sheet_due": lambda p: _("%(person)s 的“%(title)s”等您填", **p),
    "list_complete": lambda p: _("“%(title)s”全部签完了", **p),
    "mentee_new": lambda p: _("从 %(due)s 起您带 %(person)s", **p),
    "mentor_new": lambda p: _("从 %(due)s 起由 %(person)s 带您", **p),
    "mentor_gone": lambda p: _("%(person)s 的带教人离职了，请另指定一位", **p),
    "certified": lambda p: _("您获得了“%(title)s”，有效期到 %(due)s", **p),
    "expiring": lambda p: _("“%(title)s”快到期：%(due)s。请安排再认证", **p),
    "expired": lambda p: _("“%(title)s”到期了：%(due)s", **p),
    "recalled": lambda p: _("“%(title)s”作废了，需要重新认证：%(reason)s", **p),
    "recall_undone": lambda p: _("“%(title)s”恢复有效，有效期到 %(due)s", **p),
    "renewal": lambda p: _("再认证开始了：%(title)s", **p),
    "start_moved": lambda p: _("“%(title)s”改到 %(due)s 开始，各项日期跟着改了", **p),
    "retry": lambda p: _("“%(title)s”可以再考一次：%(reason)s", **p),
    "moved": lambda p: _("培训路径换到了另一个版本：%(title)s", **p),
    "seat_invited": lambda p: _("请您担任评委：%(title)s，%(due)s", **p),
    "seat_turn": lambda p: _("轮到您评分：%(title)s", **p),
    "seat_late": lambda p: _("还等您的评分：%(title)s，%(due)s", **p),
    "seat_wanted": lambda p: _("还要再请一位评委：%(title)s", **p),
    "seat_declined": lambda p: _("%(person)s 不能担任评委，请换一位：%(title)s", **p),
    "rated": lambda p: _("评分结果已公布：%(title)s", **p),
    "rating_settled": lambda p: _("评分已定，等您公布：%(title)s", **p),
    "rating_void": lambda p: _("这次评分作废了：%(title)s", **p),
    "rating_appeal": lambda p: _("有人对评分提出申诉：%(title)s", **p),
    "rating_appeal_decided": lambda p: _("评分申诉有结果了：%(title)s", **p),
    "work_draft": lambda p: _("%(person)s 交了“%(title)s”的草稿，等您批注", **p),
    "work_final": lambda p: _("%(person)s 交了“%(title)s”，等您看", **p),
    "work_panel": lambda p: _("%(person)s 交了“%(title)s”，请排评审组", **p),
    "work_reviewed": lambda p: _("%(person)s 的“%(title)s”互评完了，等您决定", **p),
    "work_comment": lambda p: _("“%(title)s”里有新批注", **p),
    "work_accepted": lambda p: _("“%(title)s”通过了", **p),
    "work_failed": lambda p: _("“%(title)s”没有过线，可以按期限重交一次", **p),
    "work_sent_back": lambda p: _("“%(title)s”退回修改，请看原因", **p),
    "work_followed": lambda p: _("%(person)s 回看了“%(title)s”的里程碑", **p),
    "work_due": lambda p: _("“%(title)s”有一步到期：%(due)s", **p),
    "knowledge_waiting": lambda p: _("知识库有一条等您审核：%(title)s", **p),
    "knowledge_approved": lambda p: _("您写的已发布到知识库：%(title)s", **p),
    "knowledge_sent_back": lambda p: _("您写的知识库条目被退回，请看原因：%(title)s", **p),
    "job_done": lambda p: _("文件做好了：%(title)s", **p),
    "job_failed": lambda p: _("文件没有做成：%(title)s。可以在任务页重做。", **p),
}


def sentence(kind: str, params: Mapping[str, str]) -> str:
    """The notice in words; a missing parameter shows as a dash, an unknown kind its title."""
    known = {
        "title": "—",
        "due": "—",
        "count": "—",
        "number": "—",
        "person": "—",
        "reason": "—",
    } | dict(params)
    if is_english() and known.get("title_en"):
        known["title"] = known["title_en"]
    words = KINDS.get(kind)
    return words(known) if words else known["title"]
