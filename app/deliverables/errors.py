"""Refusals about deliverables."""

from app.kernel.errors import DomainError


class NotWritableError(DomainError):
    """What is in is read by others and stands still."""

    code = "not_writable"
    message = "这份已经交上去，现在不能改。等批注、评审或退回以后再写。"


class TooShortError(DomainError):
    """Sections have fewer characters than the form asks for."""

    code = "too_short"
    status = 422
    message = "还不能交，差 %(n)s 节"


class NotConfirmedError(DomainError):
    """The text may give a customer away, and the author has not said that it does not."""

    code = "not_confirmed"
    status = 422
    message = "文中可能有客户的真名或联系方式。先改掉，或逐处看过后确认。"


class NoTryLeftError(DomainError):
    """The days for one more try are over."""

    code = "no_try_left"
    message = "重交的期限过了，不能再交。请找培训师。"


class FileRefusedError(DomainError):
    """An attachment that is not kept; the subclass says why."""

    code = "file_refused"
    status = 422
    message = "这个文件没有收下。"


class FileKindError(FileRefusedError):
    """Neither of the kinds that are taken, or not what its name says."""

    message = "文件“%(name)s”没有收下：只收 pdf、docx、xlsx、pptx、png、jpg，内容要和后缀一致。"


class FileMacroError(FileRefusedError):
    """It carries a program."""

    message = "文件“%(name)s”带宏或程序，没有收下。另存为不带宏的格式再传。"


class FileLargeError(FileRefusedError):
    """Too large alone or together with the others."""

    message = "文件“%(name)s”没有收下：每个不超过 10 MB，一份材料合起来不超过 30 MB。"


class FileBrokenError(FileRefusedError):
    """It cannot be opened within the limits."""

    message = "文件“%(name)s”打不开，可能损坏或加了密，没有收下。"


class NotReadyError(DomainError):
    """The reviews are not in, or did not pass."""

    code = "not_ready"
    message = "互评还没评完，或者没有过线，现在不能通过。可以退回，或再请一位互评人。"


class NobodyError(DomainError):
    """There is nobody to ask."""

    code = "nobody"
    message = "同期里没有合适的人了。可以请培训师把这份退回，或换到下一期。"
