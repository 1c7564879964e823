"""What can go wrong with sheets of paper."""

from app.kernel.errors import DomainError


class WorkbookError(DomainError):
    """The workbook cannot be read."""

    code = "workbook"
    status = 422
    message = "这个文件读不出来。请上传从这一页下载的 xlsx 表格，填好后不要另存成别的格式。"


class WorkbookTooLargeError(DomainError):
    """The workbook is larger than any real one."""

    code = "workbook_too_large"
    status = 422
    message = "这个表格太大。一场测验的录入表不会超过 %(most)s MB。"


class NothingTypedError(DomainError):
    """Nothing stands in any cell."""

    code = "nothing_typed"
    status = 422
    message = "还没有填任何作答。"
