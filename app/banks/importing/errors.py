"""Refusals of the importers: a file that nothing can be read from."""

from app.kernel.errors import DomainError


class ImportRefusedError(DomainError):
    """The file cannot be imported; `key` is the code of the messages that says why."""

    code = "import_refused"
    status = 422
    key = "E601"
    message = "这个文件读不了。请另存为 docx、xlsx、csv 或文本文件再试。"


class ImportUnreadableError(ImportRefusedError):
    """No text in it, or not in the format it seems to be."""

    key = "E601"
    message = "这个文件里没有读得出的文字。请另存为 docx、xlsx、csv 或 UTF-8 文本再试。"


class ImportFormatError(ImportRefusedError):
    """A format that nobody here reads."""

    key = "E602"
    message = "不支持 %(kind)s 文件。请另存为 docx、xlsx、csv 或文本文件再试。"


class ImportTooLargeError(ImportRefusedError):
    """Larger than allowed, packed or unpacked."""

    key = "E603"
    status = 413
    message = "文件太大：%(what)s 超过 %(most)s。请拆成几个文件再导入。"


class ImportBrokenError(ImportRefusedError):
    """The container is damaged or not what it says."""

    key = "E604"
    message = "文件已损坏，或者不是真正的 %(kind)s 文件。请用原来的软件打开，另存一份再试。"


class ImportSlowError(ImportRefusedError):
    """Reading took too long or too much memory; the child was ended."""

    key = "E605"
    message = "读这个文件用的时间或内存超过了限度。请拆成几个文件，或把文字粘贴进来。"
