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


class ItemRacedError(ConflictError):
    """Another bank took an item id of this one while this one was written; nothing was written."""

    code = "item_raced"
    message = "另一个题库刚用了同样的题目编号，什么都没有写入。请再试一次。"


class BankOwnedError(DomainError):
    """The bank belongs to somebody else."""

    code = "bank_owned"
    status = 403
    message = "题库 %(bank)s 属于另一位培训师。请他来载入，或换一个题库 id。"


class BankNotFoundError(NotFoundError):
    """There is no such bank, or it is outside this actor's scope."""

    code = "bank_not_found"
    message = "没有题库 %(bank)s。"


class BankDivergedError(ConflictError):
    """A file on disk leaves out something the database has; nothing was written.

    `params` holds the text of the file, so that the caller can say what differs.
    """

    code = "bank_diverged"
    message = (
        "题库 %(bank)s 的最新版本是第 %(number)s 版，这个文件里没有那一版的改动，什么都没有写入。"
        "先用 bank dump 取出最新版本、把改动并进去再载入；"
        "确实要用这个文件盖过去，加上 --over %(number)s。"
    )


class BankTakenError(ConflictError):
    """A new bank has the id of another one."""

    code = "bank_taken"
    message = "已经有题库用了编号 %(bank)s。换一个 id。"


class BankIdError(DomainError):
    """The text names no usable id, or another one than its bank has."""

    code = "bank_id"
    status = 422
    message = "没有看懂题库的 id。写一行 id: 加小写字母、数字和短横线，如 id: objection-unit。"


class BankIdReservedError(BankIdError):
    """The id is the address of one of our pages: the bank could not be opened."""

    code = "bank_id_reserved"
    message = "编号 %(bank)s 是网站页面的地址，题库不能叫这个。换一个，如 %(bank)s-bank。"


class DraftStaleError(ConflictError):
    """Somebody saved the working copy after this text was opened; nothing was overwritten."""

    code = "draft_stale"
    message = "别人在您打开之后保存过这个题库。您写的还在这一页，先看差别，再决定保存哪些。"


class DraftTooLargeError(DomainError):
    """The text is larger than a bank file may be."""

    code = "draft_too_large"
    status = 413
    message = "题库文字太长，没有保存。请拆成几个题库。"


class NotReadyError(DomainError):
    """The working copy cannot be submitted as it is."""

    code = "not_ready"
    status = 422
    message = "还有 %(n)s 处错误，改好才能提交审核。"


class NothingNewError(DomainError):
    """The working copy says what its version says already."""

    code = "nothing_new"
    status = 422
    message = "和第 %(number)s 版一样，没有可提交的改动。"


class OverTakenError(ConflictError):
    """A newer version appeared after the working copy was begun."""

    code = "over_taken"
    message = "第 %(number)s 版是在您这份之后载入的。先看它改了什么，再提交。"


class NoReasonError(DomainError):
    """Why is not said."""

    code = "no_reason"
    status = 422
    message = "用一句话写明为什么改，审核的人和以后的人都看得到。"


class SamePersonError(DomainError):
    """Who made a version may not approve it."""

    code = "same_person"
    status = 403
    message = "这一版是您写的或提交的，要由另一个人审核。"


class NotWaitingError(ConflictError):
    """The version does not wait for approval any more."""

    code = "not_waiting"
    message = "这一版已经不在等审核：可能刚被审核过，或者被撤回了。"


class PictureError(DomainError):
    """A file is no picture we keep."""

    code = "picture"
    status = 422
    message = "这个文件不是能用的图片。请用 png、jpg 或 webp，不超过 8 MB。"


class PictureHugeError(PictureError):
    """The picture has more pixels than we are willing to unpack."""

    code = "picture_huge"
    message = "图片太大：%(width)s × %(height)s 像素。请缩小到 5000 × 5000 以内再传。"


class PictureNameError(PictureError):
    """The name of a picture cannot stand in a bank."""

    code = "picture_name"
    message = "图片的文件名只能用字母、数字、点和短横线，以 .png、.jpg 或 .webp 结尾。"
