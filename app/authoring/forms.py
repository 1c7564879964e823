"""Shapes of what the editor posts beside the fields of an item."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NoneOf, NumberRange, Optional, Regexp

from app.banks.shape_bank import RESERVED
from app.kernel.forms import options


class NewBankForm(FlaskForm):
    """A bank from nothing."""

    title = StringField(_l("标题"), validators=[InputRequired(), Length(max=200)])
    slug = StringField(
        _l("编号"),
        validators=[
            Optional(),
            Regexp(
                r"^[a-z0-9][a-z0-9._-]{0,57}$",
                message=_l("用小写字母、数字和短横线，以字母或数字开头，如 objection-unit。"),
            ),
            NoneOf(
                RESERVED,
                message=_l("这是网站页面的地址，题库不能叫这个。加上内容，如 sales-import。"),
            ),
        ],
        description=_l("小写字母、数字和短横线，定了就不改。不写就自动起一个。"),
    )
    belongs = SelectField(
        _l("归属"),
        choices=options([("shared", _l("共享：培训师都能读、能改")), ("own", _l("只归我"))]),
    )


class SourceForm(FlaskForm):
    """The whole text."""

    source = TextAreaField(validators=[InputRequired()])
    revision = IntegerField(validators=[InputRequired(), NumberRange(min=0)])


class SubmitForm(FlaskForm):
    """Why a version is made."""

    revision = IntegerField(validators=[InputRequired(), NumberRange(min=0)])
    reason = StringField(_l("为什么改"), validators=[Length(max=500)])


class ReasonForm(FlaskForm):
    """Why a version is sent back."""

    reason = StringField(_l("退回的原因"), validators=[Length(max=500)])


class AdoptForm(FlaskForm):
    """The version that was looked at."""

    number = IntegerField(validators=[InputRequired(), NumberRange(min=1)])


class CompareForm(FlaskForm):
    """Two versions of a bank; 0: the working copy."""

    class Meta:
        """Sent as a query."""

        csrf = False

    old = IntegerField(_l("旧"), validators=[Optional(), NumberRange(min=1)])
    new = IntegerField(_l("新"), validators=[Optional(), NumberRange(min=0)])
