"""Refusals of this room."""

from app.kernel.errors import DomainError


class MarkRangeError(DomainError):
    """A mark outside 0 to the item's points."""

    code = "mark_range"
    status = 422
    message = "分数要在 0 到 %(maximum)s 之间。"
