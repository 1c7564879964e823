"""What changes for somebody who moves from one version of a track to another."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.progress import due_on
from app.domain.tracks import Activity, Gate, Stage, Track


class Fate(StrEnum):
    """What becomes of one activity. `AGAIN`: an exam was passed, but is another one now."""

    NEW = "new"
    GONE = "gone"
    CARRIED = "carried"
    AGAIN = "again"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Change:
    """One activity or gate (as the new version has it, else the old) with its dates before and
    after. `is_done`: it was done, or the gate was passed."""

    thing: Activity | Gate
    fate: Fate
    is_done: bool
    old_on: date | None
    new_on: date | None

    @property
    def is_moved(self) -> bool:
        """Whether the date of something still to be done changes."""
        both = self.fate in {Fate.SAME, Fate.AGAIN}
        return both and self.old_on != self.new_on


@dataclass(frozen=True, slots=True)
class Moving:
    """All that a move changes, in the order of the new version, what is gone last."""

    changes: tuple[Change, ...]

    def of(self, *fates: Fate) -> list[Change]:
        """Those with one of these fates."""
        return [one for one in self.changes if one.fate in fates]

    @property
    def moved(self) -> list[Change]:
        """Those whose date changes."""
        return [one for one in self.changes if one.is_moved]

    @property
    def moved_gates(self) -> list[Change]:
        """The gates among them."""
        return [one for one in self.moved if isinstance(one.thing, Gate)]

    @property
    def digest(self) -> str:
        """The same for the same changes, in every process: what was shown is what is made."""
        said = [
            (one.thing.id, one.fate.value, one.is_done, str(one.old_on), str(one.new_on))
            for one in self.changes
        ]
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def compare(
    old: Track,
    new: Track,
    *,
    anchor_on: date,
    done: Collection[str],
    passed_gates: Collection[str],
    shift: int = 0,
    renewal_on: date | None = None,
) -> Moving:
    """What a move does to somebody who has done so much. Work carries over by activity id.

    A passed exam carries over where banks, paper and pass mark are the same; else it is sat again.
    `renewal_on`: compare what a renewal begun on that day asks for instead.
    """
    before = _things(_stages(old, renewal_on))
    after = _things(_stages(new, renewal_on))
    finished = {*done, *passed_gates}

    def day(thing: Activity | Gate | None, track: Track) -> date | None:
        start = renewal_on or anchor_on
        return due_on(start, thing.due_day, days=track.days, shift=shift) if thing else None

    found = [
        Change(
            thing,
            _fate(before.get(key), thing, is_done=key in finished),
            key in finished,
            day(before.get(key), old),
            day(thing, new),
        )
        for key, thing in after.items()
    ]
    gone = [
        Change(thing, Fate.GONE, key in finished, day(thing, old), None)
        for key, thing in before.items()
        if key not in after
    ]
    return Moving((*found, *gone))


def _stages(track: Track, renewal_on: date | None) -> tuple[Stage, ...]:
    if renewal_on is None:
        return track.stages
    return (track.renewal,) if track.renewal else ()


def _things(stages: Collection[Stage]) -> dict[str, Activity | Gate]:
    found: dict[str, Activity | Gate] = {}
    for stage in stages:
        found |= {one.id: one for one in stage.activities}
        if stage.gate is not None:
            found[stage.gate.id] = stage.gate
    return found


def _fate(before: Activity | Gate | None, after: Activity | Gate, *, is_done: bool) -> Fate:
    if before is None or type(before) is not type(after):
        return Fate.NEW
    if not is_done:
        return Fate.SAME
    if isinstance(before, Activity) and isinstance(after, Activity):
        return Fate.CARRIED if is_same_work(before, after) else Fate.AGAIN
    return Fate.CARRIED


def is_same_work(before: Activity, after: Activity) -> bool:
    """Whether having done the one is having done the other."""
    if before.kind is not after.kind:
        return False
    if before.exam is None or after.exam is None:
        return True
    one, two = before.exam, after.exam
    return (one.bank, one.draw, one.pass_mark) == (two.bank, two.draw, two.pass_mark)
