"""Refusals of this room."""

from app.kernel.errors import DomainError


class NobodyError(DomainError):
    """A review without people."""

    code = "review_nobody"
    status = 422
    message = "评估里还没有人。至少选一位同事或一个团队。"


class OutsideScopeError(DomainError):
    """Somebody chosen is not in the actor's scope."""

    code = "review_outside_scope"
    status = 422
    message = "选的人里有 %(n)s 位不在您的团队，没有保存。"


class NotReviewedError(DomainError):
    """The person is not in the review."""

    code = "not_reviewed"
    status = 409
    message = "这位同事不在这次评估里。请先把她或他加进评估。"


class DueBeforeTodayError(DomainError):
    """A goal's due date has passed already."""

    code = "goal_due_past"
    status = 422
    message = "期限早于今天（%(today)s）。请写一个将来的日子。"


class EmptyCommentError(DomainError):
    """Nothing was written."""

    code = "comment_empty"
    status = 422
    message = "还没有写内容。"
