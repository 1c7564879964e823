"""What is typed to arrange evidence: shape only."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField
from wtforms.validators import InputRequired, Optional

from app.kernel.forms import of_our_time


class AssignForm(FlaskForm):
    """A test and its last day."""

    assessment = SelectField(
        _l("测验"), coerce=int, validators=[InputRequired(_l("请选一个测验。"))]
    )
    due_on = DateField(_l("最晚哪天完成"), [Optional(), of_our_time])

    def due_at(self, timezone: str) -> datetime | None:
        """The end of the last day in the reader's zone."""
        if self.due_on.data is None:
            return None
        end = datetime.combine(self.due_on.data, time(23, 59), ZoneInfo(timezone))
        return end.astimezone(UTC)
