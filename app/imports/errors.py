"""Refusals of the import page."""

from app.kernel.errors import DomainError, NotFoundError


class ImportNotFoundError(NotFoundError):
    """There is no such import, it is somebody else's, or it is a bank already."""

    code = "import_not_found"
    message = "这份导入不在了：可能已经存成题库，或者放了 7 天以上。请重新粘贴或上传。"


class NothingToImportError(DomainError):
    """Every item was left out."""

    code = "nothing_to_import"
    status = 422
    message = "没有要导入的题目。至少留下一题。"
