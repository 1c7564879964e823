"""Refusals of the demo commands."""

from app.kernel.errors import DomainError


class NotADemoError(DomainError):
    """The settings say that this is no demo."""

    code = "not_a_demo"
    message = (
        "演示数据只装入演示库，现在的环境是 APP_ENV=%(env)s。"
        "要试用，请不设 DATABASE_URL，并设 APP_ENV=demo。"
    )


class NotEmptyError(DomainError):
    """There are people in the database who are not of the demo."""

    code = "not_empty"
    message = (
        "数据库里已有 %(n)s 人，演示数据没有装入，什么都没改。"
        "换一个空库：设 INSTANCE_DIR 到另一个文件夹。"
    )


class AlreadyLoadedError(DomainError):
    """The demo company is there already."""

    code = "already_loaded"
    message = "演示公司已经在库里了（%(at)s 装入）。要重新来过：flask --app run demo reset"


class NotTheDemoError(DomainError):
    """Only a database that is marked as demo may be emptied."""

    code = "not_the_demo"
    message = "这个数据库没有演示标记，不会清空，什么都没改。"
