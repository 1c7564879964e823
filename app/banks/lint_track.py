"""What a track file says that cannot work out in practice, though each line of it is right.

Called for a file without errors, so every place that is looked for is there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.banks.messages import Problem, problem
from app.banks.reader import Map, Node, Seq
from app.domain.framework import EvidenceKind
from app.domain.items import text_in
from app.domain.tracks import (
    Activity,
    ActivityKind,
    Form,
    Gate,
    NeedsActivity,
    Party,
    Stage,
    Track,
)

MINUTES_A_DAY: Final = 24 * 60
PERCENT: Final = 100
# From this weight on the author is thinking of per cent, not of "twice as much".
LOOKS_LIKE_PERCENT: Final = 10
ASSESSORS: Final = frozenset({Party.MENTOR, Party.TRAINER, Party.MANAGER, Party.HR})
# What the work of an activity is worth as evidence; a survey is worth none.
EVIDENCE_OF: Final[Mapping[ActivityKind, EvidenceKind]] = {
    ActivityKind.CHECKLIST: EvidenceKind.OBSERVATION,
    ActivityKind.OBSERVATION: EvidenceKind.OBSERVATION,
    ActivityKind.ROLEPLAY: EvidenceKind.ROLEPLAY,
    ActivityKind.BATTLE: EvidenceKind.ROLEPLAY,
    ActivityKind.DELIVERABLE: EvidenceKind.WORK,
}


@dataclass(frozen=True, slots=True)
class RowUse:
    """A row of a form that is to speak for a competency, by the evidence its activities give."""

    competency: str
    kinds: frozenset[EvidenceKind]
    line: int
    col: int


def lint_track(track: Track, root: Map) -> Iterator[Problem]:
    """All findings of one file; W422 needs the framework and is found by `rows_used`."""
    places = _Places(root)
    yield from _gates(track, places)
    yield from _assessors(track, places)
    yield from _forms(track, places)
    yield from _order(track, places)
    yield from _renewal(track, places)


def rows_used(track: Track, root: Map) -> tuple[RowUse, ...]:
    """The rows with a competency and what kinds of evidence they would become."""
    places = _Places(root)
    return tuple(
        RowUse(row.competency, kinds, *places.at("forms", form.id, "rows", row.id, "competency"))
        for form in track.forms.values()
        for kinds in [_kinds_of(track, form)]
        if kinds
        for row in form.rows
        if row.competency is not None
    )


def _kinds_of(track: Track, form: Form) -> frozenset[EvidenceKind]:
    found = set()
    for activity in track.all_activities:
        if activity.form == form.id and activity.kind in EVIDENCE_OF:
            found.add(EVIDENCE_OF[activity.kind])
        if activity.review_form == form.id:
            found.add(EvidenceKind.PEER)
    return frozenset(found)


def _stages(track: Track) -> list[Stage]:
    return [*track.stages, *([track.renewal] if track.renewal else [])]


# ---------------------------------------------------------------- one check each


def _gates(track: Track, places: "_Places") -> Iterator[Problem]:
    for stage in _stages(track):
        if stage.gate is None or stage.gate.due_day is None:
            continue
        for need in stage.gate.needs:
            activity = track.activity(need.activity) if isinstance(need, NeedsActivity) else None
            if activity is None or activity.due_day is None:
                continue
            yield from _in_time(stage.gate, activity, track, places)


def _in_time(gate: Gate, activity: Activity, track: Track, places: "_Places") -> Iterator[Problem]:
    due, last = activity.due_day, gate.due_day
    if due is None or last is None:
        return
    at = places.of(gate.id, "needs", activity.id)
    title = text_in(activity.title, track.lang)
    if due > last:
        yield problem("W420", *at, id=activity.id, title=title, due=due, last=last)
        return
    exam = activity.exam
    if exam is None or not exam.attempts or not exam.cooldown_minutes:
        return
    # From the morning of its day on; the last sitting may begin on the evening of the last day.
    waits = (exam.attempts - 1) * exam.cooldown_minutes
    room = last + (gate.extend or 0) - due
    days = -(-waits // MINUTES_A_DAY)
    if waits > (room + 1) * MINUTES_A_DAY - 1:
        yield problem(
            "W421", *at, id=activity.id, attempts=exam.attempts, days=days, room=room, due=due
        )


def _assessors(track: Track, places: "_Places") -> Iterator[Problem]:
    for activity in track.all_activities:
        rated = activity.rated
        if rated is None:
            continue
        if set(rated.excludes) >= ASSESSORS:
            yield problem("W423", *places.of(activity.id, "excludes"), id=activity.id)
        both = [party.value for party in rated.panel if party in rated.excludes]
        if both:
            at = places.of(activity.id, "panel")
            yield problem("W423.panel", *at, id=activity.id, party=both[0])


def _forms(track: Track, places: "_Places") -> Iterator[Problem]:
    used = {one.form for one in track.all_activities} | {
        one.review_form for one in track.all_activities
    }
    for form in track.forms.values():
        if form.id not in used:
            yield problem("W425", *places.at("forms", form.id, "id"), id=form.id)
        yield from _weights(form, places)


def _weights(form: Form, places: "_Places") -> Iterator[Problem]:
    if max(row.weight for row in form.rows) < LOOKS_LIKE_PERCENT:
        return
    for row in form.rows:
        if not places.has("forms", form.id, "rows", row.id, "weight"):
            at = places.at("forms", form.id, "rows", row.id, "id")
            yield problem("W424", *at, id=row.id, form=form.id)
            return
    total = sum(row.weight for row in form.rows)
    if total != PERCENT:
        at = places.at("forms", form.id, "rows", form.rows[0].id, "weight")
        yield problem("W424.sum", *at, form=form.id, total=total)


def _order(track: Track, places: "_Places") -> Iterator[Problem]:
    for before, stage in zip(track.stages, track.stages[1:], strict=False):
        days = [one.due_day for one in before.activities if one.due_day is not None]
        for activity in stage.activities:
            if days and activity.due_day is not None and activity.due_day < min(days):
                yield problem(
                    "W426",
                    *places.of(activity.id, "due"),
                    id=activity.id,
                    due=activity.due_day,
                    stage=text_in(before.title, track.lang),
                    first=min(days),
                )


def _renewal(track: Track, places: "_Places") -> Iterator[Problem]:
    if track.renewal is None or track.credential is None:
        return
    for activity in track.renewal.activities:
        if activity.due_day is not None and activity.due_day > track.credential.warn:
            yield problem(
                "W427",
                *places.of(activity.id, "due"),
                id=activity.id,
                due=activity.due_day,
                warn=track.credential.warn,
            )


# ---------------------------------------------------------------- where things stand


class _Places:
    """Lines and columns by ids: `at("forms", form, "rows", row, "weight")`."""

    def __init__(self, root: Map) -> None:
        self.root = root
        self.by_id: dict[str, Map] = {}
        for entry in (root.entries.get("stages"), root.entries.get("renewal")):
            found = entry.value if entry else None
            for stage in found.items if isinstance(found, Seq) else [found]:
                self._stage(stage)

    def _stage(self, stage: Node | None) -> None:
        if not isinstance(stage, Map):
            return
        gate = stage.entries.get("gate")
        activities = stage.entries.get("activities")
        for one in [
            *(activities.value.items if activities and isinstance(activities.value, Seq) else ()),
            *([gate.value] if gate else ()),
        ]:
            if isinstance(one, Map):
                self.by_id[_id(one)] = one

    def of(self, thing: str, key: str, member: str = "") -> tuple[int, int]:
        """The value of a field of an activity or gate; with `member` that element of its list."""
        node = self.by_id[thing]
        entry = node.entries.get(key)
        if entry is None:
            return node.line, node.col
        value = entry.value
        if member and isinstance(value, Seq):
            value = next((one for one in value.items if getattr(one, "text", "") == member), value)
        return value.line, value.col

    def at(self, *path: str) -> tuple[int, int]:
        """The value at a path of keys and ids."""
        found = self._find(path)
        return (found.line, found.col) if found else (1, 1)

    def has(self, *path: str) -> bool:
        """Whether the file writes this at all."""
        return self._find(path) is not None

    def _find(self, path: tuple[str, ...]) -> Node | None:
        node: Node | None = self.root
        for step in path:
            if isinstance(node, Map):
                entry = node.entries.get(step)
                node = entry.value if entry else None
            elif isinstance(node, Seq):
                node = next(
                    (one for one in node.items if isinstance(one, Map) and _id(one) == step), None
                )
        return node


def _id(node: Map) -> str:
    entry = node.entries.get("id")
    return getattr(entry.value, "text", "") if entry else ""
