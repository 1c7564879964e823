"""Found values as JSON and back: what a reading child hands over is plain data, never code."""

import base64
import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from app.domain.imports import FoundBank, FoundItem, FoundSection, Note, Place
from app.domain.items import Criterion, Grading, ItemStatus, ItemType, PassMark, Rule

_RECORDS: Final[Mapping[str, type[Any]]] = {
    record.__name__: record
    for record in (FoundBank, FoundSection, FoundItem, Note, Place, Criterion, PassMark)
}
_ENUMS: Final[Mapping[str, type[Any]]] = {
    enum.__name__: enum for enum in (ItemType, ItemStatus, Rule, Grading)
}


def pack(found: FoundBank) -> bytes:
    """The values as JSON."""
    return json.dumps(_out(found), ensure_ascii=True, separators=(",", ":")).encode()


class ParcelError(ValueError):
    """Not what `pack` writes."""


def unpack(data: bytes) -> FoundBank:
    """The values again. Raises ParcelError for anything that `pack` does not write."""
    try:
        value = _in(json.loads(data))
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise ParcelError from error
    if isinstance(value, FoundBank):
        return value
    raise ParcelError


def _out(value: Any) -> Any:
    if value is None or type(value) in {str, int, bool}:
        return value
    name = type(value).__name__
    if name in _RECORDS:
        # Only what says something: most fields of most items are empty.
        pairs = [[slot, _out(getattr(value, slot))] for slot in value.__slots__]
        return {"r": name, "v": [pair for pair in pairs if pair[1] is not None]}
    return _plain(name, value)


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_out(part) for part in value]
    if isinstance(value, Mapping):
        return {"m": [[str(key), _out(part)] for key, part in value.items()]}
    if name in _ENUMS:
        return {"e": name, "v": value.value}
    return {"f": str(value)} if isinstance(value, Fraction) else _bytes(value)


def _bytes(value: Any) -> Any:
    return {"b": base64.b64encode(value).decode()} if isinstance(value, bytes) else str(value)


def _in(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_in(part) for part in value)
    if not isinstance(value, dict):
        return value
    if "m" in value:
        return {key: _in(part) for key, part in value["m"]}
    if "r" in value:
        return _RECORDS[value["r"]](**{name: _in(part) for name, part in value["v"]})
    return _ENUMS[value["e"]](value["v"]) if "e" in value else _exact(value)


def _exact(value: Mapping[str, str]) -> Fraction | bytes:
    return Fraction(value["f"]) if "f" in value else base64.b64decode(value["b"], validate=True)
