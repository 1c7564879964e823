"""Shapes of what HR and managers post: a step's expectations, and a person's step."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length
from wtforms.widgets import HiddenInput

from app.competency.services import LEVELS_TO_EXPECT, ExpectationEdit
from app.domain.framework import Competency, Level

NOT_REQUIRED: Final = ""


class ExpectationsForm(FlaskForm):
    """One level and one weight per competency; the fields are added by `expectations_form`."""

    opened_with = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    reason = StringField(_l("为什么改（可不写）"), validators=[Length(max=200)])

    def level(self, slug: str) -> Any:
        """The level field of a competency."""
        return self[f"level.{slug}"]

    def weight(self, slug: str) -> Any:
        """The weight field of a competency."""
        return self[f"weight.{slug}"]

    def edits(self, competencies: Sequence[Competency]) -> list[ExpectationEdit]:
        """What the form says, one edit per competency."""
        return [
            ExpectationEdit(
                competency=competency.slug,
                level=Level(said) if (said := self.level(competency.slug).data) else None,
                weight=self.weight(competency.slug).data,
            )
            for competency in competencies
        ]


def expectations_form(competencies: Sequence[Competency], names: Sequence[str]) -> ExpectationsForm:
    """The form for these competencies; `names` label the fields for those who hear the page."""
    levels = [
        SelectChoice(NOT_REQUIRED, _l("不要求")),
        *(SelectChoice(level.value, level.value) for level in LEVELS_TO_EXPECT),
    ]
    weights = [
        SelectChoice("1", _l("1 打底")),
        SelectChoice("2", _l("2 常规")),
        SelectChoice("3", _l("3 重点")),
    ]
    fields: dict[str, Any] = {}
    for competency, name in zip(competencies, names, strict=True):
        fields[f"level.{competency.slug}"] = SelectField(
            _("%(name)s：期望等级", name=name), choices=levels
        )
        fields[f"weight.{competency.slug}"] = SelectField(
            _("%(name)s：权重", name=name), choices=weights, coerce=int
        )
    return type("StepForm", (ExpectationsForm,), fields)()  # type: ignore[no-any-return]


class StepForm(FlaskForm):
    """The step of one person; empty: by hire date."""

    step = SelectField(_l("阶段"))

    def offer(self, steps: Mapping[str, str]) -> None:
        """The steps to choose from, and what they are called."""
        self.step.choices = [
            SelectChoice("", _l("按入职日期")),
            *(SelectChoice(step, name) for step, name in steps.items()),
        ]
