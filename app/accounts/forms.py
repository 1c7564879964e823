"""What people type about themselves: shape only."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from app.accounts.passwords import MAX_LENGTH


class SignInForm(FlaskForm):  # type: ignore[misc]
    """E-mail or staff number, and password."""

    login = StringField(_l("邮箱或工号"), [InputRequired(_l("请填邮箱或工号")), Length(max=254)])
    password = PasswordField(_l("密码"), [InputRequired(_l("请填密码")), Length(max=MAX_LENGTH)])
