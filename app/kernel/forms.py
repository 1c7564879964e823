"""What WTForms needs and its published types do not know yet."""

from collections.abc import Iterable
from typing import Any

from wtforms import SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # no types
from wtforms.widgets import CheckboxInput, ListWidget


def options(pairs: Iterable[tuple[object, object]]) -> list[Any]:
    """Choices of a select field from (value, label) pairs; plain pairs are deprecated."""
    return [SelectChoice(value, label) for value, label in pairs]


class CheckboxesField(SelectMultipleField):
    """Several of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
