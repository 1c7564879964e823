"""Shapes of what the track pages post."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # no types
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
)

from app.kernel.forms import CheckboxesField, of_our_time


class EnrolForm(FlaskForm):
    """People to put on a track, counted from a day."""

    people = SelectMultipleField(
        _l("人员"), coerce=int, validators=[InputRequired(_l("至少选一个人。"))]
    )
    anchor_on = DateField(
        _l("第 1 天"), validators=[DataRequired(_l("写日期，例如 2026-11-23。")), of_our_time]
    )


class WithdrawForm(FlaskForm):
    """Why someone leaves a track."""

    reason = StringField(_l("原因"), validators=[DataRequired(_l("写一句原因。")), Length(max=400)])


class ReasonForm(FlaskForm):
    """Why something is changed for everybody."""

    reason = StringField(
        _l("为什么改"), validators=[DataRequired(_l("写一句原因。")), Length(max=400)]
    )


class CohortForm(FlaskForm):
    """A cohort: what it is called, where it meets, how many fit."""

    title = StringField(
        _l("名称"),
        validators=[DataRequired(_l("写一个名称，例如 2027 年第 1 期。")), Length(max=120)],
    )
    place = StringField(_l("地点"), validators=[Optional(), Length(max=200)])
    seats = IntegerField(
        _l("名额"),
        validators=[Optional(), NumberRange(1, 1000, _l("名额写 1 到 1000 的整数，不限就空着。"))],
    )


class NewCohortForm(CohortForm):
    """A new cohort has a start."""

    starts_on = DateField(
        _l("开始日期"), validators=[DataRequired(_l("写日期，例如 2026-11-23。")), of_our_time]
    )


class CohortPeopleForm(FlaskForm):
    """People to put into a cohort."""

    people = CheckboxesField(_l("人员"), coerce=int)

    def validate_people(self, field: CheckboxesField) -> None:
        """One at least; a browser that is told "required" would want every box ticked."""
        if not field.data:
            raise ValidationError(_l("至少选一个人。"))


class StartForm(FlaskForm):
    """Another start of a cohort, and why."""

    starts_on = DateField(
        _l("新的开始日期"), validators=[DataRequired(_l("写日期，例如 2026-11-23。")), of_our_time]
    )
    reason = StringField(
        _l("为什么改"), validators=[DataRequired(_l("写一句原因。")), Length(max=400)]
    )


_WHY = (DataRequired(_l("写一句原因。")), Length(max=400, message=_l("最多 400 字。")))
_DAY = (DataRequired(_l("写日期，例如 2026-11-23。")), of_our_time)


class SignForm(FlaskForm):
    """A word at a gate: yes, or not yet, because …, again on …."""

    party = HiddenField(validators=[DataRequired(), Length(max=20)])
    word = HiddenField(validators=[DataRequired(), Length(max=10)])
    because = StringField(
        _l("还不行，因为"), validators=[Length(max=400, message=_l("最多 400 字。"))]
    )
    again_on = DateField(_l("哪天再看"), validators=[Optional(), of_our_time])

    def validate_because(self, field: StringField) -> None:
        """Who says "not yet" says why: the learner works on that."""
        if self.word.data != "yes" and not (field.data or "").strip():
            raise ValidationError(_l("写一句还差什么，学员照着补。"))


class ExtendForm(FlaskForm):
    """A gate's date moves once, by the days of the file."""

    plan = TextAreaField(
        _l("补齐计划"), validators=[Length(max=2000, message=_l("最多 2000 字。"))]
    )
    reason = StringField(_l("原因"), validators=_WHY)
    needs_plan = False

    def validate_plan(self, field: TextAreaField) -> None:
        """A gate that asks for a plan is not extended without one."""
        if self.needs_plan and not (field.data or "").strip():
            raise ValidationError(_l("这一关延期要先写补齐计划：做什么、哪天、谁来看。"))


class PauseForm(FlaskForm):
    """Leave, from a day on."""

    from_on = DateField(_l("从哪天起"), validators=_DAY)
    reason = StringField(_l("原因"), validators=_WHY)


class ResumeForm(FlaskForm):
    """Back from leave."""

    back_on = DateField(_l("哪天返岗"), validators=_DAY)


class WaiveForm(FlaskForm):
    """One activity need not be done, or must be after all."""

    activity = SelectField(_l("哪一项活动"), validators=[InputRequired(_l("选一项。"))])
    undo = SelectField(
        _l("改成"), choices=[SelectChoice("", _l("免做")), SelectChoice("1", _l("还是要做"))]
    )
    reason = StringField(_l("原因"), validators=_WHY)


class RetryForm(FlaskForm):
    """One more attempt at an exam."""

    activity = SelectField(_l("哪一场测验"), validators=[InputRequired(_l("选一场。"))])
    reason = StringField(_l("原因"), validators=_WHY)


class ExemptForm(FlaskForm):
    """Somebody need not go through the track."""

    evidence = StringField(_l("凭什么证据"), validators=_WHY)


class WhyForm(FlaskForm):
    """Why something is decided about somebody."""

    reason = StringField(_l("原因"), validators=_WHY)


class RecertifyForm(FlaskForm):
    """A renewal begins."""

    reason = StringField(_l("备注"), validators=[Length(max=400, message=_l("最多 400 字。"))])


class MovesForm(FlaskForm):
    """Many people move to another version; who, comes with what was shown of each."""

    reason = StringField(_l("原因"), validators=_WHY)


class MoveForm(FlaskForm):
    """Somebody moves to another version."""

    to = SelectField(_l("换到"), coerce=int)
    reason = StringField(_l("原因"), validators=_WHY)
