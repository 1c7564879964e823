"""What people type about themselves: shape only."""

from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, ValidationError

from app.accounts.passwords import MAX_LENGTH, MIN_LENGTH
from app.kernel.forms import options

LANGUAGES = [("zh-CN", "中文"), ("en", "English")]


class SignInForm(FlaskForm):
    """E-mail or staff number, and password."""

    login = StringField(_l("邮箱或工号"), [InputRequired(_l("请填邮箱或工号")), Length(max=254)])
    password = PasswordField(_l("密码"), [InputRequired(_l("请填密码")), Length(max=MAX_LENGTH)])


class ChangePasswordForm(FlaskForm):
    """The old password once, the new one twice."""

    current = PasswordField(
        _l("现在的密码"), [InputRequired(_l("请填现在的密码")), Length(max=MAX_LENGTH)]
    )
    new = PasswordField(
        _l("新密码"),
        [
            InputRequired(_l("请填新密码")),
            Length(
                min=MIN_LENGTH,
                max=MAX_LENGTH,
                message=_l("新密码至少 %(min)d 个字符", min=MIN_LENGTH),
            ),
        ],
    )
    again = PasswordField(
        _l("再填一次新密码"),
        [InputRequired(_l("请再填一次新密码")), EqualTo("new", _l("两次填的新密码不一样"))],
    )

    def validate_new(self, field: PasswordField) -> None:
        """A new password differs from the old one."""
        if field.data == self.current.data:
            raise ValidationError(_l("新密码和现在的一样，请换一个"))


class PreferencesForm(FlaskForm):
    """Language, time zone, light or dark."""

    locale = SelectField(_l("语言"), choices=options(LANGUAGES))
    timezone = StringField(_l("时区"), [InputRequired(_l("请填时区")), Length(max=64)])
    theme = SelectField(
        _l("外观"),
        choices=options([("auto", _l("跟随系统")), ("light", _l("浅色")), ("dark", _l("深色"))]),
    )

    def validate_timezone(self, field: StringField) -> None:
        """An IANA name."""
        if field.data not in available_timezones():
            raise ValidationError(_l("没有这个时区。写成 Asia/Shanghai 这样的名字"))
