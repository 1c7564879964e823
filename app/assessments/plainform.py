"""A test page without scripts posts one form: its fields as the saves of a batch."""

from collections.abc import Mapping
from typing import Any, Protocol

from app.assessments.frozen import Slot, on_the_wire, thaw
from app.assessments.queries import sheets
from app.assessments.queries.rows import AttemptRow
from app.assessments.queries.sheets import StoredAnswer
from app.domain.items import ItemType
from app.kernel.errors import BadInputError


class Fields(Protocol):
    """What a posted form offers."""

    def get(self, key: str, default: str) -> str:
        """One value."""

    def getlist(self, key: str) -> list[str]:
        """All values of a name."""


def saves_of(attempt: AttemptRow, form: Fields) -> list[dict[str, Any]]:
    """A save for each item whose answer on the form differs from the stored one.

    Fields: `r-N` the response to item N, `rev-N` the revision the page was made with. Raises
    BadInputError.
    """
    stored = sheets.answers_of(attempt.id)
    found = [_save(slot, form, stored) for slot in thaw(attempt.body).slots]
    return [one for one in found if one is not None]


def _save(slot: Slot, form: Fields, stored: Mapping[int, StoredAnswer]) -> dict[str, Any] | None:
    number = slot.position
    if not form.get(f"rev-{number}", ""):
        return None
    response = _response(slot, form.getlist(f"r-{number}"))
    current = stored.get(number)
    before = None if current is None else on_the_wire(slot, current.body)
    if response == before or (before is None and _is_blank(response)):
        return None
    return {
        "item": number,
        "revision": _revision(form.get(f"rev-{number}", "")),
        "response": response,
        "flagged": current.is_flagged if current else False,
    }


def _revision(text: str) -> int:
    """One after the revision the page was made with."""
    if not text.isdecimal() or len(text) > 9:
        raise BadInputError
    return int(text) + 1


def _response(slot: Slot, values: list[str]) -> dict[str, Any] | None:
    match slot.type:
        case ItemType.SINGLE | ItemType.MULTI:
            return {"options": sorted(values)}
        case ItemType.TRUE_FALSE:
            if not values:
                return None
            if values not in (["true"], ["false"]):
                raise BadInputError
            return {"value": values == ["true"]}
        case ItemType.SHORT:
            return {"text": "\n".join(values).replace("\r\n", "\n")}


def _is_blank(response: dict[str, Any] | None) -> bool:
    return response is None or (not any(response.values()) and "value" not in response)
