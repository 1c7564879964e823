"""Refusals of this room."""

from app.kernel.errors import ConflictError, DomainError


class FrameworkVersionTakenError(ConflictError):
    """The file changed but kept its version number."""

    code = "framework_version_taken"
    message = "能力模型 %(slug)s 第 %(version)s 版已经载入过，内容不同。改了内容请把 version 加 1。"


class FrameworkInvalidError(DomainError):
    """The file has errors; `problems` lists them with their places."""

    code = "framework_invalid"
    status = 422
    message = "能力模型没有载入：%(problems)s"


class NoFrameworkError(DomainError):
    """No framework was loaded yet."""

    code = "no_framework"
    status = 409
    message = "还没有载入能力模型。请管理员先运行 flask --app run framework load。"


class UnknownExpectationError(DomainError):
    """The role, step, competency, level or weight is not one the framework knows."""

    code = "unknown_expectation"
    status = 422
    message = "这个期望写不了：能力模型里没有这样的角色、阶段、能力或等级。"


class UnknownStepError(DomainError):
    """This person's role does not have that step."""

    code = "unknown_step"
    status = 422
    message = "这位同事的岗位没有这个阶段，没有保存。"


class ExpectationChangedError(ConflictError):
    """Somebody changed the same expectation since the page was opened."""

    code = "expectation_changed"
    message = "别人刚改过这一阶段的期望，您的改动没有保存。请刷新后再改。"


class EvidenceInvalidError(ValueError):
    """A source handed in evidence that means nothing: a fault of ours, not of the user's."""
