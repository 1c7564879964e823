"""Refusals of this room."""

from app.kernel.errors import ConflictError, DomainError, ForbiddenError


class LoginTakenError(DomainError):
    """E-mail or staff number belongs to somebody else."""

    code = "login_taken"
    status = 422
    message = "这个邮箱或工号已经有人用了。请换一个，或者找到那个人直接修改。"


class NoLoginError(DomainError):
    """Neither e-mail nor staff number."""

    code = "no_login"
    status = 422
    message = "邮箱和工号至少填一个，登录要用。"


class SelfChangeError(ForbiddenError):
    """Nobody grants herself a role, disables herself or resets her own password as an admin."""

    code = "self_change"
    message = "自己的角色和状态要由另一位管理员来改。"


class UnitLoopError(DomainError):
    """A unit cannot lie below itself."""

    code = "unit_loop"
    status = 422
    message = "不能放到自己的下级里。请另选上级。"


class DateOrderError(DomainError):
    """A dated edge would start before the one it follows."""

    code = "date_order"
    status = 422
    message = "这一天早于已有的记录（%(since)s 起）。请选当天或更晚的日期。"


class UnitInUseError(ConflictError):
    """A unit with members or units below it is not closed."""

    code = "unit_in_use"
    message = "还有成员或下级在这里。请先把他们调走，再停用。"


class SelfMentorError(DomainError):
    """Nobody mentors herself."""

    code = "self_mentor"
    status = 422
    message = "带教人不能是学员本人。请另选一位。"
