"""Refusals of the knowledge base."""

from app.kernel.errors import DomainError


class NotWaitingError(DomainError):
    """Nothing of this entry waits for approval any more."""

    code = "not_waiting"
    message = "这一版已经有人处理过了。请刷新页面看结果。"


class OwnVersionError(DomainError):
    """Nobody approves what she wrote."""

    code = "own_version"
    status = 403
    message = "自己写的要由另一位培训师审核。"


class RetiredError(DomainError):
    """The entry is no longer in use."""

    code = "retired"
    message = "这一条已经停用。恢复以后才能改。"


class FewCardsError(DomainError):
    """A quiz takes two cards that say when to use them."""

    code = "few_cards"
    status = 422
    message = "至少选两张写了“什么时候用”的卡片，才能互相作选项。"


class LibraryError(DomainError):
    """The file of objections cannot be used; `where` says which entry and why."""

    code = "library"
    status = 422
    message = "异议库文件没有装入：%(where)s"
