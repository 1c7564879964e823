"""Shapes of what the pages of rated work post."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.kernel.forms import of_our_time, options


class PlanForm(FlaskForm):
    """When a role-play takes place."""

    happens_on = DateField(
        _l("日期"), validators=[DataRequired(_l("写日期，例如 2026-11-23。")), of_our_time]
    )


class ReasonForm(FlaskForm):
    """Why somebody declines, or something is made void."""

    reason = StringField(
        _l("原因"),
        validators=[DataRequired(_l("写一句原因。")), Length(max=400, message=_l("最多 400 字。"))],
    )


class AppealForm(FlaskForm):
    """What the learner asks to be looked at again."""

    reason = TextAreaField(
        _l("哪里请另一位评委再看"),
        validators=[
            DataRequired(_l("写明哪一项、为什么。")),
            Length(max=1000, message=_l("最多 1000 字。")),
        ],
    )


class DecideForm(FlaskForm):
    """How an appeal is decided."""

    verdict = RadioField(
        _l("决定"),
        choices=options(
            [("changed", _l("按我的评分改结果")), ("kept", _l("维持原来的结果"))],
        ),
        validators=[InputRequired(_l("选一个决定。"))],
    )
    reason = StringField(
        _l("理由，学员会看到"),
        validators=[DataRequired(_l("写一句理由。")), Length(max=400, message=_l("最多 400 字。"))],
    )


class AnswerAppealForm(AppealForm):
    """The same of one written answer."""

    position = IntegerField(validators=[InputRequired()])


class AnswerMarkForm(FlaskForm):
    """Another marker's own mark of an answer."""

    points = StringField(
        _l("我给的分"), validators=[DataRequired(_l("写一个分数。")), Length(max=12)]
    )
    reason = StringField(
        _l("理由，学员会看到"),
        validators=[DataRequired(_l("写一句理由。")), Length(max=400, message=_l("最多 400 字。"))],
    )


class MarkForm(FlaskForm):
    """The scoring form without scripts; the rows are read by their names `row-ID`."""

    keep = TextAreaField(_l("保持"), validators=[Optional(), Length(max=1000)])
    change = TextAreaField(_l("改进"), validators=[Optional(), Length(max=1000)])
    attempt = TextAreaField(_l("试试"), validators=[Optional(), Length(max=1000)])
    key = HiddenField(validators=[DataRequired(), Length(max=64)])
    seen = IntegerField(validators=[InputRequired()])
