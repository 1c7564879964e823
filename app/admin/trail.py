"""The trail in the reader's words: names for ids, labels for codes; the raw record stays beside."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask_babel import gettext as _

from app.accounts import queries as people
from app.admin import words
from app.audit.queries import Event
from app.competency.queries import in_force
from app.domain.items import text_in
from app.kernel.i18n import lang
from app.tracks.queries import titles

_PEOPLE: Final = frozenset({"person", "people", "user", "markers", "owner_id"})
_ADDED: Final = frozenset({"added", "removed"})
_UNITS: Final = frozenset({"unit", "parent"})


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One change: who did what to which thing, the facts as label and text, and the raw record."""

    event: Event
    who: str
    action: str
    thing: str
    facts: tuple[tuple[str, str], ...]
    raw: str


def lines(rows: Sequence[Event], *, today: date) -> list[TrailLine]:
    """The rows in words. Four SELECTs whatever their number."""
    names = people.names(_person_ids(rows))
    units = {unit.id: unit.name for unit in people.unit_tree(today, with_closed=True)}
    said = _Said(names, units, {"competency": _competencies(), "track": _tracks()})
    return [
        TrailLine(
            event=row,
            who=names.get(row.actor_id or 0, ""),
            action=words.action(row.action),
            thing=said.thing(row.object_type, row.object_id),
            facts=tuple(said.facts(row.detail)),
            raw=json.dumps(row.detail, ensure_ascii=False, sort_keys=True) if row.detail else "",
        )
        for row in rows
    ]


def _competencies() -> dict[str, str]:
    """What the competencies are called now."""
    found = in_force()
    known = found.framework.competencies if found is not None else ()
    return {one.slug: text_in(one.name, lang()) for one in known}


def _tracks() -> dict[str, str]:
    return {slug: text_in(title, lang()) for slug, title in titles().items()}


def _person_ids(rows: Iterable[Event]) -> set[int]:
    found = {row.actor_id for row in rows if row.actor_id is not None}
    for row in rows:
        first = row.object_id.partition("/")[0]
        if row.object_type in {"user", "person", "plan"} and first.isdigit():
            found.add(int(first))
        found |= set(_ids(row.detail))
    return found


def _ids(detail: object, *, are_people: bool = False) -> Iterator[int]:
    """All ids of people in a record, however deep."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            yield from _ids(value, are_people=key in _PEOPLE | _ADDED)
    elif isinstance(detail, list):
        for one in detail:
            yield from _ids(one, are_people=are_people)
    elif are_people and isinstance(detail, int) and not isinstance(detail, bool):
        yield detail


class _Said:
    """Values in words; what has none stands for itself."""

    def __init__(
        self,
        names: Mapping[int, str],
        units: Mapping[int, str],
        slugs: Mapping[str, Mapping[str, str]],
    ) -> None:
        self._names, self._units, self._slugs = names, units, slugs

    def thing(self, kind: str, key: str) -> str:
        """What was changed: a name where it has one, else its kind and number."""
        first = key.partition("/")[0]
        known: Mapping[int, str] = {}
        if kind in {"user", "person", "plan"}:
            known = self._names
        elif kind == "unit":
            known = self._units
        if first.isdigit() and int(first) in known:
            name = known[int(first)]
            return f"{words.thing(kind)} {name}"
        return f"{words.thing(kind)} {key}"

    def facts(self, detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Label and text of each fact; what has no label stays in the raw record alone."""
        for key, value in detail.items():
            label = words.label(key)
            if label and value not in (None, "", [], {}):
                yield label, self.value(key, value)

    def value(self, key: str, value: object) -> str:
        """One value in words."""
        if isinstance(value, list):
            return str(_("、")).join(self.value(key, one) for one in value)
        if isinstance(value, Mapping):
            return str(_("，")).join(
                f"{words.label(k) or k}{_('：')}{self.value(k, v)}"
                for k, v in value.items()
                if v not in (None, "", [], {})
            )
        if isinstance(value, int):
            known = self._names if key in _PEOPLE | _ADDED else {}
            known = self._units if key in _UNITS else known
            return known.get(value, str(value))
        return self._slugs.get(key, {}).get(str(value)) or words.code(str(value))
