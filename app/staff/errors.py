"""Refusals of the staff pages."""

from app.kernel.errors import ConflictError, DomainError, NotFoundError


class ImportGoneError(NotFoundError):
    """There is no such list, or it is not open any more."""

    code = "staff_import_gone"
    message = "这份名单不在了：可能已经导入，或者被删掉了。请重新上传。"


class ChangedMeanwhileError(ConflictError):
    """The company is not as it was when the preview was drawn."""

    code = "staff_changed"
    message = "您看过预览之后，人员或组织有了变化。下面是新的预览，请再看一遍。"


class NothingChosenError(DomainError):
    """No change is chosen."""

    code = "staff_nothing"
    status = 422
    message = "没有要做的改动。至少选一行。"


class CannotUndoError(ConflictError):
    """Something newer depends on the import."""

    code = "staff_undo"
    message = "撤销不了：%(names)s 之后又有了新的改动。请在人员页逐个修改。"


class InvitationGoneError(NotFoundError):
    """The link was used, has expired, or a newer one took its place."""

    code = "invitation_gone"
    message = "这个链接用过了，或者已经过期。请让管理员再发一个。"


class NoInvitationError(ConflictError):
    """Who has a password of her own already, or may not sign in, is not invited."""

    code = "no_invitation"
    message = "这个人已经设过自己的密码，或者账号停用了，不用邀请。忘了密码请用“重设密码”。"
