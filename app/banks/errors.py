"""Refusals of the banks room."""

from app.kernel.errors import ConflictError, DomainError, NotFoundError


class BankInvalidError(DomainError):
    """A file has errors; nothing was written. `params["problems"]` holds them as lines."""

    code = "bank_invalid"
    status = 422
    message = "题库文件有错误，什么都没有写入：\n%(problems)s"


class ItemTakenError(ConflictError):
    """An item id belongs to another bank."""

    code = "item_taken"
    message = "题目编号 %(item)s 已属于题库 %(bank)s。换一个编号，或先从那个题库里去掉它。"


class BankOwnedError(DomainError):
    """The bank belongs to somebody else."""

    code = "bank_owned"
    status = 403
    message = "题库 %(bank)s 属于另一位培训师。请他来载入，或换一个题库 id。"


class BankNotFoundError(NotFoundError):
    """There is no such bank, or it is outside this actor's scope."""

    code = "bank_not_found"
    message = "没有题库 %(bank)s。"
