"""What the administrator types: shape only."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError
from wtforms.widgets import CheckboxInput

from app.accounts.forms import LANGUAGES
from app.accounts.queries import UnitRow
from app.kernel.forms import of_our_time, options

ROLE_NAMES = [
    ("trainer", _l("培训师")),
    ("marker", _l("评分人")),
    ("manager", _l("经理")),
    ("mentor", _l("带教人")),
    ("hr", _l("HR")),
    ("admin", _l("管理员")),
]
JOB_ROLES = [("seller", _l("销售")), ("manager", _l("销售经理")), ("staff", _l("职能"))]
STEPS = [
    ("", _l("按入职日期推算")),
    ("day-30", _l("入职 30 天")),
    ("day-90", _l("入职 90 天")),
    ("backbone", _l("骨干")),
    ("manager", _l("管理者")),
]


class PersonForm(FlaskForm):
    """A person's data; at least one of e-mail and staff number (the service says so)."""

    name = StringField(_l("姓名"), [InputRequired(_l("请填姓名")), Length(max=80)])
    staff_no = StringField(_l("工号"), [Optional(), Length(max=40)])
    email = StringField(
        _l("邮箱"),
        [
            Optional(),
            Length(max=254),
            Regexp(
                r"[^@\s]+@[^@\s]+\.[^@\s]+\Z", message=_l("邮箱写得不对，例如 wang@example.com")
            ),
        ],
    )
    hire_on = DateField(_l("入职日期"), [Optional(), of_our_time])
    job_role = SelectField(_l("岗位"), choices=options(JOB_ROLES))
    set_step = SelectField(_l("职级阶段"), choices=options(STEPS))
    locale = SelectField(_l("语言"), choices=options(LANGUAGES))


class NewPersonForm(PersonForm):
    """A person with a first unit and roles."""

    unit = SelectField(_l("所属组织"), coerce=int)
    roles = SelectMultipleField(
        _l("角色"), choices=options(ROLE_NAMES), option_widget=CheckboxInput()
    )


class RolesForm(FlaskForm):
    """Roles beside learner."""

    roles = SelectMultipleField(
        _l("角色"), choices=options(ROLE_NAMES), option_widget=CheckboxInput()
    )


class MoveForm(FlaskForm):
    """Another unit from a day on; 0 = none."""

    unit = SelectField(_l("调到"), coerce=int)
    on = DateField(_l("从这天起"), [InputRequired(_l("请选日期")), of_our_time])


class DisableForm(FlaskForm):
    """Why a person may no longer sign in."""

    reason = TextAreaField(_l("原因"), [InputRequired(_l("请写原因")), Length(max=400)])


class LeaveForm(FlaskForm):
    """Days away."""

    from_on = DateField(_l("从哪天起"), [InputRequired(_l("请选日期")), of_our_time])
    back_on = DateField(_l("哪天回来上班"), [Optional(), of_our_time])
    # The page has another reason on it.
    reason = StringField(
        _l("原因"), [InputRequired(_l("请写原因")), Length(max=400)], id="leave-reason"
    )

    def validate_back_on(self, field: DateField) -> None:
        """Nobody is back before going."""
        if field.data and self.from_on.data and field.data < self.from_on.data:
            raise ValidationError(_l("回来的日期不能早于开始那天"))


class UnitForm(FlaskForm):
    """A unit's name."""

    name = StringField(_l("名称"), [InputRequired(_l("请填名称")), Length(max=80)])


class NewUnitForm(UnitForm):
    """A new unit below another."""

    parent = SelectField(_l("上级"), coerce=int)
    since = DateField(_l("从这天起"), [InputRequired(_l("请选日期")), of_our_time])


class LeaderForm(FlaskForm):
    """Who leads the unit, by e-mail or staff number."""

    login = StringField(_l("负责人的邮箱或工号"), [InputRequired(_l("请填邮箱或工号"))])
    on = DateField(_l("从这天起"), [InputRequired(_l("请选日期")), of_our_time])


class DayForm(FlaskForm):
    """A day."""

    on = DateField(_l("日期"), [InputRequired(_l("请选日期")), of_our_time])


def unit_choices(tree: list[UnitRow], none: str) -> list[Any]:
    """The tree as options, indented; 0 = none."""
    indent = "\N{IDEOGRAPHIC SPACE}"
    return options([(0, none), *((row.id, indent * row.depth + row.name) for row in tree)])


def day_of(field: DateField) -> date:
    """The day of a required field after validation."""
    day = field.data
    if day is None:
        raise ValueError("field was not validated")
    return day
