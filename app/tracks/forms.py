"""Shapes of what the track pages post."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length


class EnrolForm(FlaskForm):
    """People to put on a track, counted from a day."""

    people = SelectMultipleField(
        _l("人员"), coerce=int, validators=[InputRequired(_l("至少选一个人。"))]
    )
    anchor_on = DateField(_l("第 1 天"), validators=[DataRequired(_l("写日期，例如 2026-11-23。"))])


class WithdrawForm(FlaskForm):
    """Why someone leaves a track."""

    reason = StringField(_l("原因"), validators=[DataRequired(_l("写一句原因。")), Length(max=400)])


class ReasonForm(FlaskForm):
    """Why something is changed for everybody."""

    reason = StringField(
        _l("为什么改"), validators=[DataRequired(_l("写一句原因。")), Length(max=400)]
    )
