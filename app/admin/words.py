"""Codes of the trail and of the access log in the reader's language."""

from collections.abc import Callable, Mapping
from typing import Final

from flask_babel import gettext as _

ACTIONS: Final[Mapping[str, Callable[[], str]]] = {
    "user.create": lambda: _("新建人员"),
    "user.edit": lambda: _("修改人员资料"),
    "user.disable": lambda: _("停用账号"),
    "user.enable": lambda: _("恢复账号"),
    "password.reset": lambda: _("重设密码"),
    "password.change": lambda: _("本人换密码"),
    "role.grant": lambda: _("授予角色"),
    "role.revoke": lambda: _("收回角色"),
    "membership.move": lambda: _("调动"),
    "unit.create": lambda: _("新建组织"),
    "unit.rename": lambda: _("组织改名"),
    "unit.move": lambda: _("组织换上级"),
    "unit.close": lambda: _("停用组织"),
    "unit.leader_start": lambda: _("任命负责人"),
    "unit.leader_end": lambda: _("负责人卸任"),
}
KINDS: Final[Mapping[str, Callable[[], str]]] = {
    "sign_in": lambda: _("登录"),
    "sign_in_failed": lambda: _("登录没成功"),
    "profile": lambda: _("看能力档案"),
    "pack": lambda: _("看评估资料"),
    "result": lambda: _("看成绩"),
    "export": lambda: _("导出"),
}


def action(code: str) -> str:
    """A change in words; an unknown code stands for itself."""
    words = ACTIONS.get(code)
    return words() if words else code


def kind(code: str) -> str:
    """A look in words; an unknown code stands for itself."""
    words = KINDS.get(code)
    return words() if words else code
