"""Change the figures of a track in its own text; each change is a new version. Services flush."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from app.banks import patch
from app.banks.loader import load_text
from app.banks.messages import Problem
from app.banks.reader import Map, Node, Scalar, Seq, read
from app.domain.trackedit import Change, Figure, Of, compare, figures
from app.domain.tracks import Track
from app.kernel.db import session
from app.kernel.errors import DomainError, NotFoundError
from app.tracks import queries
from app.tracks.models import TrackVersion
from app.tracks.queries.lessons import lessons_of
from app.tracks.services.loading import LoadedTrack, load_track

# What a figure may be made of; everything else would be another piece of YAML.
_SAFE: Final = re.compile(r"-?[0-9][0-9.]{0,9}[%mhd]?|[0-9]\+[0-9](\+[0-9])?|single")
MOST: Final = 20


class EditedMeanwhileError(DomainError):
    """Somebody stored a version after the one this change was made on."""

    code = "edited_meanwhile"
    status = 409
    message = "这条路径在另一个窗口改过，已经是第 %(number)s 版。先看那边改了什么，再决定。"


@dataclass(frozen=True, slots=True)
class Draft:
    """A change that was tried and not stored. `track` None: it has errors.

    `at_field`: figure name -> what is wrong or doubtful there; `at_thing` the same by the id of an
    activity, a gate or the credential; `elsewhere`: what belongs to none of them. `text` is the
    file with the change.
    """

    text: str
    track: Track | None
    changes: Sequence[Change]
    at_field: Mapping[str, Sequence[Problem]]
    at_thing: Mapping[str, Sequence[Problem]]
    elsewhere: Sequence[Problem]
    unreadable: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()

    @property
    def is_right(self) -> bool:
        """Whether it can be stored."""
        return self.track is not None and not self.unreadable and not self.empty


def try_figures(source: str, wanted: Mapping[str, str]) -> Draft:
    """What the file would be with these figures (name -> text); unknown names are left alone.

    Raises CannotPatchError where the file is written in a way that no figure can be changed in.
    """
    before = load_text(source).track
    if before is None:
        raise patch.CannotPatchError
    known = figures(before)
    changed = {
        name: text.strip()
        for name, text in wanted.items()
        if name in known and text.strip() != known[name].text
    }
    unreadable = frozenset(
        name for name, text in changed.items() if text and not _SAFE.fullmatch(text)
    )
    empty = frozenset(
        name for name, text in changed.items() if not text and known[name].is_required
    )
    if unreadable or empty:
        return Draft(source, None, (), {}, {}, (), unreadable, empty)
    text = _written(source, known, changed)
    after = load_text(text)
    if after.track is not None:
        # A default that hung on a changed figure would change with it; it is written down instead.
        moved = {
            name: known[name].text
            for name, one in figures(after.track).items()
            if name in known and name not in changed and one.text != known[name].text
        }
        text = _written(text, known, moved)
        after = load_text(text)
    at_field, at_thing, elsewhere = _placed(text, known, after.problems)
    changes = compare(before, after.track) if after.track is not None else []
    return Draft(text, after.track, changes, at_field, at_thing, elsewhere)


def change_figures(
    *,
    slug: str,
    base: int,
    wanted: Mapping[str, str],
    reason: str,
    actor_id: int,
    now: datetime,
) -> LoadedTrack:
    """Store a new version with these figures, for new enrolments alone.

    Raises NotFoundError, EditedMeanwhileError when `base` is not the newest version any more,
    CannotPatchError when the figures are not right, BankMissingError.
    """
    session().scalar(
        select(TrackVersion.id)
        .where(TrackVersion.slug == slug, TrackVersion.number == 1)
        .with_for_update()
    )
    version = queries.newest_version(slug)
    if version is None:
        raise NotFoundError
    if version.number != base:
        raise EditedMeanwhileError(number=version.number)
    draft = try_figures(version.source, wanted)
    if draft.track is None or not draft.is_right:
        raise patch.CannotPatchError
    if not draft.changes:
        return LoadedTrack(slug, version.number, is_new=False)
    texts = lessons_of(version.id)
    own = draft.track.lang
    return load_track(
        draft.track,
        source=draft.text,
        lessons={of: text for (of, tag), text in texts.items() if tag == own},
        translated={key: text for key, text in texts.items() if key[1] != own},
        actor_id=actor_id,
        now=now,
        reason=reason,
    )


def _written(text: str, known: Mapping[str, Figure], changed: Mapping[str, str]) -> str:
    by_thing: dict[tuple[Of, str], dict[str, Any]] = {}
    for name, value in changed.items():
        one = known[name]
        by_thing.setdefault((one.of, one.thing), {})[one.key] = patch.Raw(value) if value else None
    for (of, thing), fields in by_thing.items():
        text = patch.edit(text, _path(patch.plain_text(text), of, thing), fields)
    return text


def _path(root: Any, of: Of, thing: str) -> patch.Path:
    """Where a thing stands in the file."""
    if of is Of.CREDENTIAL:
        return ("credential",)
    spots: list[tuple[patch.Path, Any]] = [
        (("stages", n), stage) for n, stage in enumerate(root["stages"])
    ]
    if "renewal" in root:
        spots.append((("renewal",), root["renewal"]))
    for path, stage in spots:
        if of is Of.GATE and stage.get("gate", {}).get("id") == thing:
            return (*path, "gate")
        for n, activity in enumerate(stage["activities"] if of is Of.ACTIVITY else ()):
            if activity["id"] == thing:
                return (*path, "activities", n)
    raise patch.CannotPatchError


Placed = tuple[dict[str, list[Problem]], dict[str, list[Problem]], list[Problem]]


def _placed(text: str, known: Mapping[str, Figure], problems: Sequence[Problem]) -> Placed:
    """Each finding at its field, else at its thing, else apart."""
    at, starts = _places(text, known)
    at_field: dict[str, list[Problem]] = {}
    at_thing: dict[str, list[Problem]] = {}
    elsewhere: list[Problem] = []
    for found in problems:
        above = [one for one in starts if one[0] <= found.line]
        if (found.line, found.col) in at:
            at_field.setdefault(at[found.line, found.col], []).append(found)
        elif above and not found.key.startswith(("W424", "W425")):
            at_thing.setdefault(max(above)[1], []).append(found)
        else:
            elsewhere.append(found)
    return at_field, at_thing, elsewhere


def _places(
    text: str, known: Mapping[str, Figure]
) -> tuple[dict[tuple[int, int], str], list[tuple[int, str]]]:
    """The value of each figure by its place, and the line each thing begins on."""
    root = read(text.encode()).root
    plain = {} if root is None else patch.plain(root)
    at: dict[tuple[int, int], str] = {}
    starts: dict[tuple[Of, str], tuple[int, str]] = {}
    for name, one in known.items():
        node = _node(root, _path(plain, one.of, one.thing))
        if not isinstance(node, Map):
            continue
        starts[one.of, one.thing] = (node.line, one.thing)
        entry = node.entries.get(one.key)
        if entry is not None and isinstance(entry.value, Scalar):
            at[entry.value.line, entry.value.col] = name
    return at, list(starts.values())


def _node(root: Node | None, path: patch.Path) -> Node | None:
    node = root
    for step in path:
        if isinstance(step, int) and isinstance(node, Seq):
            node = node.items[step]
        elif isinstance(step, str) and isinstance(node, Map):
            entry = node.entries.get(step)
            node = entry.value if entry else None
    return node
