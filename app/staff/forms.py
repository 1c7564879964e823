"""What the admin and the invited person type: shape only."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

from app.accounts.passwords import MAX_LENGTH, MIN_LENGTH
from app.kernel.forms import of_our_time


class WishesForm(FlaskForm):
    """From which day, and whether who is missing has left."""

    on = DateField(_l("没写日期的改动从这天起"), [InputRequired(_l("请选日期")), of_our_time])
    complete = BooleanField(_l("这份名单是完整的：不在里面的人都离职了"))


class WelcomeForm(FlaskForm):
    """The first password, twice."""

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
