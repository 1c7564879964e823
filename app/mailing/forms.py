"""How a person wants her mail: shape, and hours that leave room for the summary."""

from datetime import time

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, TimeField
from wtforms.validators import InputRequired, ValidationError

from app.kernel.forms import options
from app.mailing.turns import Group, Mode, Wishes, is_within

MODES = [
    (Mode.NOW.value, _l("马上发")),
    (Mode.DIGEST.value, _l("每天汇总")),
    (Mode.NEVER.value, _l("不发")),
]
_time = _l("请填时间，写成 08:30 这样")


class MailForm(FlaskForm):
    """When which notices are mailed."""

    tasks = SelectField(_l("要做的事和期限"), choices=options(MODES))
    results = SelectField(_l("成绩和评估"), choices=options(MODES))
    work = SelectField(_l("等我处理的事"), choices=options(MODES))
    files = SelectField(_l("做好的文件"), choices=options(MODES))
    other = SelectField(_l("其他"), choices=options(MODES))
    digest_at = TimeField(_l("汇总几点发"), [InputRequired(_time)])
    quiet_from = TimeField(_l("免打扰从"), [InputRequired(_time)])
    quiet_to = TimeField(_l("到"), [InputRequired(_time)])
    no_weekends = BooleanField(_l("周六周日不发，攒到周一"))

    def validate_digest_at(self, field: TimeField) -> None:
        """In the quiet hours it would never be sent."""
        hours = (self.quiet_from.data, self.quiet_to.data, field.data)
        if None in hours:
            return
        start, end, at = (minute(one) for one in hours if one is not None)
        if is_within(start, end, at):
            raise ValidationError(_l("这个时间在免打扰里，汇总发不出去。请换一个时间"))

    @staticmethod
    def filled(wishes: Wishes) -> dict[str, object]:
        """Data of the form from what is kept."""
        return {
            **{group.value: wishes.mode(group).value for group in Group},
            "digest_at": clock_time(wishes.digest_at),
            "quiet_from": clock_time(wishes.quiet_from),
            "quiet_to": clock_time(wishes.quiet_to),
            "no_weekends": wishes.no_weekends,
        }

    def wishes(self) -> Wishes:
        """What was chosen; only of a valid form."""
        return Wishes(
            modes={group.value: str(self[group.value].data) for group in Group},
            digest_at=minute(self.digest_at.data),
            quiet_from=minute(self.quiet_from.data),
            quiet_to=minute(self.quiet_to.data),
            no_weekends=bool(self.no_weekends.data),
        )


def minute(at: time | None) -> int:
    """Minutes since midnight."""
    return 0 if at is None else at.hour * 60 + at.minute


def clock_time(minutes: int) -> time:
    """The time of day of `minute`."""
    return time(minutes // 60, minutes % 60)
