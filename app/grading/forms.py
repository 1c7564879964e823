"""The shape of a mark."""

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from unicodedata import normalize

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError

MOST_COMMENT = 500


class MarkForm(FlaskForm):
    """Criteria met, or a free mark; `seen` is the mark that was in force on the page."""

    criteria = SelectMultipleField(_l("评分标准"), validate_choice=False)
    points = StringField(_l("手动给分"), [Length(max=12)])
    comment = StringField(_l("评语"), [Length(max=MOST_COMMENT, message=_l("评语最多 500 字。"))])
    seen = IntegerField(validators=[InputRequired(), NumberRange(min=0)])

    def validate_points(self, _field: StringField) -> None:
        """A decimal with at most two places; 0 is said, never meant by leaving all empty."""
        if self.free_mark() is None and not self.criteria.data:
            raise ValidationError(_l("先给分。什么都没做到，就写 0。"))

    def free_mark(self) -> Fraction | None:
        """The free mark in points, None when the rubric decides."""
        text = normalize("NFKC", self.points.data or "").strip()
        if not text:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation as error:
            raise ValidationError(_l("分数写数字，例如 2.5。")) from error
        if not value.is_finite() or value != round(value, 2):
            raise ValidationError(_l("分数最多两位小数，例如 2.5。"))
        return Fraction(value)
