"""What WTForms needs and its published types do not know yet."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from flask_babel import gettext as _
from wtforms import Field, Form, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # no types
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

FIRST_DAY: Final = date(1950, 1, 1)
LAST_DAY: Final = date(2099, 12, 31)


def options(pairs: Iterable[tuple[object, object]]) -> list[Any]:
    """Choices of a select field from (value, label) pairs; plain pairs are deprecated."""
    return [SelectChoice(value, label) for value, label in pairs]


def of_our_time(_form: Form, field: Field) -> None:
    """A validator of days: a year typed as 26 or 20266 is a slip, and moves every date after it."""
    if field.data is not None and not FIRST_DAY <= field.data <= LAST_DAY:
        raise ValidationError(_("年份不对。年份写四位，例如 2026-11-23。"))


class CheckboxesField(SelectMultipleField):
    """Several of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
