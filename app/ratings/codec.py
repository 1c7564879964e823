"""Forms and rules of rated work as JSON for the database, and back; nothing is lost on the way."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from app.domain.tracks import Form, RatedRules


@cache
def _forms() -> TypeAdapter[Form]:
    return TypeAdapter(Form)


@cache
def _rules() -> TypeAdapter[RatedRules]:
    return TypeAdapter(RatedRules)


def form_json(form: Form) -> dict[str, Any]:
    """A form as JSON values."""
    found: dict[str, Any] = _forms().dump_python(form, mode="json")
    return found


def form_of(value: Mapping[str, Any]) -> Form:
    """The form back."""
    return _forms().validate_python(dict(value))


def rules_json(rules: RatedRules) -> dict[str, Any]:
    """Rules as JSON values."""
    found: dict[str, Any] = _rules().dump_python(rules, mode="json")
    return found


def rules_of(value: Mapping[str, Any]) -> RatedRules:
    """The rules back."""
    return _rules().validate_python(dict(value))


def version_of(form: Form) -> str:
    """Twelve hexadecimal digits that change with the form."""
    text = json.dumps(form_json(form), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
