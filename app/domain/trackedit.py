"""The figures of a track that are changed without touching its file, and what two versions differ
in. A figure is text as the file writes it; an empty one is not written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Final

from app.domain.items import PassMark, Text
from app.domain.tracks import Activity, ActivityKind, Gate, RatedRules, Stage, Track

_HOUR: Final = 60
_DAY: Final = 24 * 60


class Of(StrEnum):
    """What a figure belongs to."""

    CREDENTIAL = "credential"
    ACTIVITY = "activity"
    GATE = "gate"


# These cannot be left empty: the format has a value of its own for them, which would come instead.
ALWAYS: Final = frozenset({"days", "warn", "times", "needed", "marking", "tolerance"})


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a credential, an activity or a gate (`thing` is its id)."""

    of: Of
    thing: str
    key: str
    text: str
    is_required: bool

    @property
    def name(self) -> str:
        """Unique in a track; the name of its field."""
        return f"{self.of.value}:{self.thing}:{self.key}"


@dataclass(frozen=True, slots=True)
class Thing:
    """What has figures, with its title; `stage` is its part of the track."""

    of: Of
    id: str
    title: Text
    stage: Text
    figures: tuple[Figure, ...]
    kind: ActivityKind | None = None


class ChangeKind(StrEnum):
    """In what two versions differ."""

    FIGURE = "figure"
    ADDED = "added"
    REMOVED = "removed"
    TITLE = "title"
    NEEDS = "needs"
    FORM = "form"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `key`, `old`, `new` of a figure alone."""

    kind: ChangeKind
    of: Of | None
    thing: str
    title: Text
    key: str = ""
    old: str = ""
    new: str = ""


# ---------------------------------------------------------------- reading


def things(track: Track) -> list[Thing]:
    """Everything with figures, in the order of the file, the credential first."""
    found = []
    if track.credential is not None:
        rules = track.credential
        figures: tuple[Figure, ...] = (
            Figure(Of.CREDENTIAL, rules.id, "days", str(rules.days), is_required=True),
            Figure(Of.CREDENTIAL, rules.id, "warn", str(rules.warn), is_required=True),
        )
        found.append(Thing(Of.CREDENTIAL, rules.id, rules.title, rules.title, figures))
    for stage in stages(track):
        for one in stage.activities:
            figures = tuple(_of_activity(one))
            found.append(Thing(Of.ACTIVITY, one.id, one.title, stage.title, figures, one.kind))
        if stage.gate is not None:
            gate = stage.gate
            found.append(Thing(Of.GATE, gate.id, gate.title, stage.title, tuple(_of_gate(gate))))
    return found


def stages(track: Track) -> Sequence[Stage]:
    """All stages, the renewal last."""
    return [*track.stages, *([track.renewal] if track.renewal else [])]


def figures(track: Track) -> dict[str, Figure]:
    """All figures by name."""
    return {one.name: one for thing in things(track) for one in thing.figures}


def _of_activity(one: Activity) -> Iterator[Figure]:
    values: dict[str, str] = {"due": _number(one.due_day)}
    if one.exam is not None:
        values["pass"] = _pass_text(one.exam.pass_mark)
        values["attempts"] = _number(one.exam.attempts)
        values["cooldown"] = duration_text(one.exam.cooldown_minutes)
    if one.kind is ActivityKind.OBSERVATION:
        values |= {"times": str(one.times), "needed": str(one.needed), "every": _number(one.every)}
    needs_pass = False
    if one.rated is not None:
        values["marking"] = one.rated.marking.value
        values["tolerance"] = share_text(one.rated.tolerance)
        values["pass"] = share_text(one.rated.pass_share)
        values["resubmit"] = _number(one.rated.resubmit)
        needs_pass = True
    for key, text in values.items():
        required = key in ALWAYS or (key == "pass" and needs_pass)
        yield Figure(Of.ACTIVITY, one.id, key, text, is_required=required)


def _of_gate(gate: Gate) -> Iterator[Figure]:
    for key, value in (("due", gate.due_day), ("extend", gate.extend)):
        yield Figure(Of.GATE, gate.id, key, _number(value), is_required=False)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def share_text(share: Fraction) -> str:
    """A share as the file writes it: 70%, 12.5%."""
    return f"{_decimal(share * 100)}%"


def _pass_text(mark: PassMark | None) -> str:
    if mark is None:
        return ""
    if mark.share is not None:
        return share_text(mark.share)
    return "" if mark.points is None else _decimal(mark.points)


def _decimal(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    return f"{value.numerator / value.denominator:.4f}".rstrip("0").rstrip(".")


def duration_text(minutes: int | None) -> str:
    """A duration as the file writes it: 30m, 24h, 2d."""
    if minutes is None:
        return ""
    if minutes and minutes % _DAY == 0 and minutes > _DAY:
        return f"{minutes // _DAY}d"
    return f"{minutes // _HOUR}h" if minutes and minutes % _HOUR == 0 else f"{minutes}m"


# ---------------------------------------------------------------- comparing


def compare(old: Track, new: Track) -> list[Change]:
    """In what `new` differs from `old`, in the order of `new`; what is gone comes last."""
    found: list[Change] = []
    if old.title != new.title:
        found.append(Change(ChangeKind.TITLE, None, new.id, new.title))
    before = {(one.of, one.id): one for one in things(old)}
    after = {(one.of, one.id): one for one in things(new)}
    for key, thing in after.items():
        if key not in before:
            found.append(Change(ChangeKind.ADDED, thing.of, thing.id, thing.title))
            continue
        found += _figure_changes(before[key], thing)
        found += _other_changes(thing, old, new)
    found += [
        Change(ChangeKind.REMOVED, thing.of, thing.id, thing.title)
        for key, thing in before.items()
        if key not in after
    ]
    for form in new.forms.values():
        if form != old.forms.get(form.id):
            found.append(Change(ChangeKind.FORM, None, form.id, form.title))
    return found


def _figure_changes(old: Thing, new: Thing) -> Iterator[Change]:
    was = {one.key: one.text for one in old.figures}
    for one in new.figures:
        before = was.get(one.key, "")
        if before != one.text:
            yield Change(
                ChangeKind.FIGURE, new.of, new.id, new.title, key=one.key, old=before, new=one.text
            )


def _other_changes(thing: Thing, old: Track, new: Track) -> Iterator[Change]:
    if thing.of is Of.ACTIVITY:
        one, other = old.activity(thing.id), new.activity(thing.id)
        if one and other and _without_figures(one) != _without_figures(other):
            yield Change(ChangeKind.OTHER, thing.of, thing.id, thing.title)
    if thing.of is Of.GATE:
        one_gate, other_gate = _gate(old, thing.id), _gate(new, thing.id)
        if one_gate.needs != other_gate.needs:
            yield Change(ChangeKind.NEEDS, thing.of, thing.id, thing.title)
        if _bare(one_gate) != _bare(other_gate):
            yield Change(ChangeKind.OTHER, thing.of, thing.id, thing.title)


def _gate(track: Track, gate_id: str) -> Gate:
    return next(one.gate for one in stages(track) if one.gate and one.gate.id == gate_id)


def _bare(gate: Gate) -> Gate:
    return replace(gate, due_day=None, extend=None, needs=())


def _without_figures(one: Activity) -> Activity:
    exam = one.exam and replace(one.exam, pass_mark=None, attempts=None, cooldown_minutes=None)
    rated = one.rated and RatedRules(excludes=one.rated.excludes, panel=one.rated.panel)
    return replace(one, due_day=None, exam=exam, rated=rated, times=1, needed=1, every=None)
