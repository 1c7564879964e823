"""Refusals with a name. The edge turns them into a page or JSON; nobody else catches them."""

from collections.abc import Mapping
from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal the user can understand.

    `code` is stable and English, `status` the HTTP status, `message` the zh-CN source string of
    the catalogue, filled with `params`. `cure` says what to do, also a source string.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    message: str = "这一步没有做成。"

    def __init__(self, message: str | None = None, **params: Any) -> None:
        super().__init__(message or self.message)
        if message is not None:
            self.message = message
        self.params: Mapping[str, Any] = params


class NotFoundError(DomainError):
    """Missing, or outside this actor's scope: the two look the same."""

    code = "not_found"
    status = 404
    message = "这一页打不开。链接可能有误，或者没有分享给您。"


class ForbiddenError(DomainError):
    """The role lacks the right."""

    code = "forbidden"
    status = 403
    message = "这一页打不开。链接可能有误，或者没有分享给您。"


class ConflictError(DomainError):
    """Somebody changed the same thing meanwhile."""

    code = "conflict"
    status = 409
    message = "别人刚改过这里。请先看最新内容，再决定怎样保存。"


class BadInputError(DomainError):
    """The body does not mean anything here (forged or broken); nothing of it was saved."""

    code = "bad_input"
    status = 400
    message = "收到的内容不对，没有保存。请刷新页面再试。"
