"""What is typed about a deliverable: shape only."""

from typing import Final

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from app.deliverables import words
from app.deliverables.services import MOST_COMMENT, MOST_QUOTE
from app.domain.deliverables import Milestone
from app.kernel.forms import of_our_time, options

ROWS: Final = 6


class CommentForm(FlaskForm):
    """A remark at a place."""

    number = IntegerField(validators=[InputRequired()])
    row = SelectField(_l("哪一节"))
    quote = StringField(_l("针对哪句话"), [Length(max=MOST_QUOTE)])
    text = TextAreaField(_l("批注"), [DataRequired(_l("写一句批注。")), Length(max=MOST_COMMENT)])
    key = HiddenField(validators=[DataRequired(), Length(max=64)])


class AnswerForm(FlaskForm):
    """An answer to a remark."""

    text = TextAreaField(_l("回复"), [DataRequired(_l("写一句回复。")), Length(max=MOST_COMMENT)])
    key = HiddenField(validators=[DataRequired(), Length(max=64)])


class HandInForm(FlaskForm):
    """Hand in; `sure` where a customer may be recognised."""

    sure = BooleanField(_l("上面每一处都看过：不是客户的真名或联系方式。"))
    key = HiddenField(validators=[DataRequired(), Length(max=64)])


class ReasonForm(FlaskForm):
    """Why it goes back."""

    reason = StringField(_l("要改什么"), [DataRequired(_l("写一句要改什么。")), Length(max=400)])


class MilestoneForm(FlaskForm):
    """One milestone; an empty `what` means there is none."""

    class Meta:
        """The token stands once in the page's form."""

        csrf = False

    what = StringField(_l("做什么"), [Length(max=200)])
    owner = StringField(_l("责任人"), [Length(max=80)])
    due_on = DateField(_l("日期"), [Optional(), of_our_time])
    money = StringField(_l("预算"), [Length(max=40)])

    def validate_what(self, field: Field) -> None:
        """A milestone has an owner and a day."""
        if (field.data or "").strip() and not (
            self.due_on.data and (self.owner.data or "").strip()
        ):
            raise ValidationError(_l("写上责任人和日期。"))


class FollowForm(FlaskForm):
    """What became of one milestone."""

    class Meta:
        """The token stands once in the page's form."""

        csrf = False

    state = SelectField(_l("结果"), validators=[Optional()])
    reason = StringField(_l("原因"), [Length(max=400)])

    def __init__(self, **more: object) -> None:
        super().__init__(**more)
        self.state.choices = options(
            [("", "—"), *((one.value, words.milestone(one)) for one in Milestone)]
        )

    def validate_reason(self, field: Field) -> None:
        """What was not reached has a reason."""
        wants = self.state.data not in {"", None, Milestone.REACHED.value}
        if wants and not (field.data or "").strip():
            raise ValidationError(_l("没做到的写一句原因。"))
