"""What every form of the product keeps to."""

import importlib
import pkgutil

import pytest
from wtforms import DateField, Form

import app
from app.kernel.forms import of_our_time


def kinds(above=Form):
    for one in above.__subclasses__():
        yield one
        yield from kinds(one)


@pytest.fixture(scope="module")
def day_fields():
    """`Form.field` -> validators of every field of a day."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name.endswith(".forms"):
            importlib.import_module(module.name)
    return {
        f"{kind.__name__}.{name}": field.kwargs.get("validators") or field.args[1:2][0]
        for kind in kinds()
        if kind.__module__.startswith("app.")
        for name, field in vars(kind).items()
        if issubclass(getattr(field, "field_class", Form), DateField)
    }


def test_a_slip_in_a_year_is_refused_wherever_a_day_is_written(day_fields):
    assert len(day_fields) > 15
    assert [name for name, found in day_fields.items() if of_our_time not in found] == []
