"""What is typed about a review, a plan, a comment: shape only."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from app.kernel.forms import CheckboxesField, of_our_time


class ReviewForm(FlaskForm):
    """Name, day, whole teams and single people."""

    name = StringField(
        _l("名称"), [InputRequired(_l("写个名称，例如“2026 下半年”。")), Length(max=120)]
    )
    review_on = DateField(
        _l("评估日"), [InputRequired(_l("写日期，例如 2026-12-04。")), of_our_time]
    )
    units = CheckboxesField(_l("整个团队"), coerce=int)
    people = CheckboxesField(_l("同事"), coerce=int)


class GoalForm(FlaskForm):
    """One goal; an empty `what` means there is none."""

    class Meta:
        """The token stands once in the page's form."""

        csrf = False

    competency = SelectField(_l("对应能力"), validators=[Optional()])
    what = StringField(_l("目标"), [Length(max=400)])
    on_the_job = TextAreaField(_l("在工作中做（约七成）"), [Length(max=400)])
    with_others = TextAreaField(_l("跟人学（约两成）"), [Length(max=400)])
    by_course = TextAreaField(_l("上课或自学（约一成）"), [Length(max=400)])
    proof = StringField(_l("用什么证明"), [Length(max=400)])
    owner = SelectField(_l("负责人"), coerce=int)
    due_on = DateField(_l("期限"), [Optional(), of_our_time])

    def validate(self, extra_validators: object = None) -> bool:
        """A goal has a day; an empty one has none."""
        is_valid = bool(super().validate(extra_validators))
        if (self.what.data or "").strip() and self.due_on.data is None and not self.due_on.errors:
            self.due_on.errors = [_l("写日期，例如 2026-12-04。")]
            return False
        return is_valid

    def validate_what(self, field: Field) -> None:
        """Actions without a goal are a slip."""
        typed = (self.on_the_job, self.with_others, self.by_course, self.proof)
        if not (field.data or "").strip() and any((one.data or "").strip() for one in typed):
            raise ValidationError(_l("写了行动，还没写目标。"))


class CommentForm(FlaskForm):
    """The person's own words."""

    text = TextAreaField(_l("我的意见"), [InputRequired(_l("还没有写内容。")), Length(max=2000)])
    is_appeal = BooleanField(_l("这是申诉，请另一位评价人复核"))
