"""Refusals of this room."""

from app.kernel.errors import ConflictError, DomainError


class PlanCannotBeMetError(DomainError):
    """The plan asks for more items than there are; the message names every cell."""

    code = "plan_lacks_items"
    status = 422
    message = "题目不够，试卷组不成：%(lacks)s"


class NotYetOpenError(DomainError):
    """The window has not begun."""

    code = "not_yet"
    message = "这场测验还没有开始。"


class WindowClosedError(DomainError):
    """The window is over."""

    code = "window_closed"
    message = "这场测验已经结束。需要补考请联系培训师。"


class NoAttemptsLeftError(DomainError):
    """All attempts are used."""

    code = "no_attempts_left"
    message = "次数已用完。"


class NotUsedUpError(DomainError):
    """One more attempt is given to who has none left, no score to wait for, and has not passed."""

    code = "not_used_up"
    message = "现在不用再给一次：还有次数、成绩还没出来，或者已经通过。请刷新页面再看。"


class OverError(DomainError):
    """One more attempt would be of no use: the window is over."""

    code = "over"
    message = "关闭时间已过，再给一次也考不了。请先在“加长时间”里改关闭时间，再给。"


class CoolingDownError(DomainError):
    """The pause between two attempts is not over."""

    code = "cooling_down"
    message = "两次之间要隔一段时间，现在还不能开始。"


class CancelledError(DomainError):
    """The assessment or the assignment was cancelled."""

    code = "cancelled"
    message = "这场测验已经取消。"


class NothingToReleaseError(DomainError):
    """No complete score waits for release."""

    code = "nothing_to_release"
    message = "没有等待公布的成绩。"


class WrongStateError(ConflictError):
    """The attempt is in another state meanwhile."""

    code = "wrong_state"
    message = "这份答卷的状态已经变了。请刷新后再看。"


class MarkTakenError(ConflictError):
    """Somebody else marked this answer since it was opened."""

    code = "mark_conflict"
    message = "别人刚给这份作答评了分。请先看那次评分，再决定要不要改。"


class ShorterError(DomainError):
    """A limit or window may only become longer once somebody has started."""

    code = "shorter"
    status = 422
    message = "已经有人开始，时间只能加长，不能缩短。"


class ReasonMissingError(DomainError):
    """This change needs a reason for the record."""

    code = "reason_missing"
    status = 422
    message = "请写明原因，它会留在记录里。"


class PassMarkError(DomainError):
    """The pass mark cannot be reached, or everybody would pass."""

    code = "pass_mark"
    status = 422
    message = "及格线要大于 0，并且不超过满分 %(total)s 分。"


class OpenOnlineError(ConflictError):
    """The person is sitting the same assessment online right now."""

    code = "open_online"
    message = "有人正在线上作答这场测验，纸质卷先不能录入。等交卷，或先把那份答卷作废。"


class InTheFutureError(DomainError):
    """A sheet cannot have been sat later than now."""

    code = "in_the_future"
    status = 422
    message = "作答时间不能晚于现在。"


class MarksGivenError(ConflictError):
    """A complete score is not taken back: written answers need their mark at once."""

    code = "marks_given"
    message = "成绩已经评完，简答的分数不能改回问号。请直接写新的分数。"


class ReportTextMissingError(DomainError):
    """A report for another reason says nothing."""

    code = "report_text_missing"
    status = 422
    message = "请写一句哪里不对。"


class ReportReplyMissingError(DomainError):
    """A report is answered without a word to the learner."""

    code = "report_reply_missing"
    status = 422
    message = "请写一句回复，报告的人会看到。"


class ReportAnsweredError(ConflictError):
    """Somebody answered the report meanwhile."""

    code = "report_answered"
    message = "这条报告已经有人回复了。请刷新后再看。"
