"""The shape and the rules of `track/1`."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from app.banks.messages import Where
from app.banks.reader import Map, Node, Scalar
from app.banks.shape import BROKEN, Reader, Shape, closest, first_key
from app.domain.framework import Level
from app.domain.items import PassMark
from app.domain.tracks import (
    Activity,
    ActivityKind,
    Anchor,
    ExamRules,
    Gate,
    LessonRules,
    Need,
    NeedsActivity,
    NeedsLevel,
    Stage,
    Track,
)

DURATION: Final = re.compile(r"(0|[1-9][0-9]{0,4})([mhd])")
MINUTES_OF: Final = {"m": 1, "h": 60, "d": 24 * 60}
FILE: Final = re.compile(r"(?!/)(?!.*\.\.)[\w./-]+\.(md|pdf)")
MAX_DAYS: Final = 3650
_EXAM: Final = ("bank", "pass", "attempts", "cooldown", "unseen")
_LESSON: Final = ("file", "minutes")


def read_track(shape: Shape, root: Map) -> Track | None:
    """The track, or None when there are mistakes (in `shape.problems`)."""
    if lang := root.entries.get("lang"):
        tag = Shape(shape.source).language("lang", lang.value)
        shape.lang = tag if isinstance(tag, str) else shape.lang
    return _TrackShape(shape).track(root)


class _TrackShape:
    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.seen: dict[str, int] = {}
        self.activities: dict[str, int] = {}
        # Needs may name an activity of a later stage, so they are looked up at the end.
        self.wanted: list[tuple[str, Scalar]] = []

    def track(self, root: Map) -> Track | None:
        shape = self.shape
        readers: dict[str, Reader] = {
            "schema": shape.scalar,
            "id": shape.slug,
            "title": shape.text,
            "lang": shape.language,
            "tier": shape.slug,
            "anchor": shape.choice(Anchor),
            "stages": shape.many(self._stage, least=1, most=100, example="…"),
        }
        required = ("id", "title", "tier", "anchor", "stages")
        values, broken = shape.record("schema", root, readers, required)
        for slug, node in self.wanted:
            if slug not in self.activities:
                self._no_reference("needs", node, slug, tuple(self.activities))
        if broken or any(found.level == "error" for found in shape.problems):
            return None
        values.pop("schema", None)
        return Track(**values)

    def _no_reference(self, name: str, node: Node, slug: str, known: tuple[str, ...]) -> None:
        if hint := closest(slug, known):
            self.shape.note("E103.reference", node, key=name, value=slug, hint=hint)
        else:
            self.shape.note("E103.references", node, key=name, value=slug, known=known)

    def _unique(self, name: str, node: Node) -> Any:
        slug = self.shape.slug(name, node)
        if not isinstance(slug, str):
            return slug
        if slug in self.seen:
            return self.shape.note("E201", node, id=slug, first=Where(self.seen[slug]))
        self.seen[slug] = node.line
        return slug

    def _stage(self, name: str, node: Node) -> Any:
        shape = self.shape
        readers: dict[str, Reader] = {
            "id": self._unique,
            "title": shape.text,
            "activities": shape.many(self._activity, least=1, most=200, example="…"),
            "gate": self._gate,
        }
        values, broken = shape.record(name, node, readers, ("id", "title", "activities"))
        return BROKEN if broken else Stage(**values)

    def _activity_readers(self) -> dict[str, Reader]:
        shape = self.shape
        return {
            "id": self._unique,
            "kind": shape.choice(ActivityKind),
            "title": shape.text,
            "due": shape.integer(0, MAX_DAYS),
            "bank": self._bank,
            "pass": shape.pass_mark,
            "attempts": shape.integer(1, 100),
            "cooldown": self._duration,
            "unseen": shape.share,
            "file": self._file,
            "minutes": shape.integer(1, 10_000),
        }

    def _activity(self, name: str, node: Node) -> Any:
        values, broken = self.shape.record(
            name, node, self._activity_readers(), ("id", "kind", "title")
        )
        if "*" in broken or not isinstance(node, Map):
            return BROKEN
        if "id" in values:
            self.activities[values["id"]] = node.line
        if "kind" not in values:
            return BROKEN
        is_right = self._fits(values["kind"], node)
        if broken or not is_right:
            return BROKEN
        return _activity_of(values)

    def _fits(self, kind: ActivityKind, node: Map) -> bool:
        """Fields of another kind would be ignored without a word; so they are refused."""
        is_right = True
        for fields, owner, needed in (
            (_EXAM, ActivityKind.EXAM, "bank"),
            (_LESSON, ActivityKind.LESSON, "file"),
        ):
            if kind is owner and needed not in node.entries:
                self.shape.note("E103.missing", first_key(node), key=needed)
                is_right = False
            for name in fields:
                if kind is not owner and name in node.entries:
                    entry = node.entries[name]
                    self.shape.note("E101.kind", entry, key=name, kind=kind.value, hint=owner.value)
                    is_right = False
        return is_right

    def _bank(self, name: str, node: Node) -> Any:
        slug = self.shape.slug(name, node)
        if isinstance(slug, str):
            self.shape.banks.append((slug, node.line, node.col))
        return slug

    def _file(self, name: str, node: Node) -> Any:
        text = self.shape.line(200)(name, node)
        if not isinstance(text, str):
            return text
        if not FILE.fullmatch(text):
            return self.shape.note("E240.file", node, value=text)
        self.shape.files.append((text, node.line, node.col))
        return text

    def _duration(self, name: str, node: Node) -> Any:
        text = self.shape.scalar(name, node)
        if not isinstance(text, str):
            return text
        if found := DURATION.fullmatch(text):
            return int(found.group(1)) * MINUTES_OF[found.group(2)]
        example = ("30m", "24h", "2d")
        return self.shape.note("E103.form", node, key=name, value=text, example=example)

    def _gate(self, name: str, node: Node) -> Any:
        readers: dict[str, Reader] = {
            "id": self._unique,
            "title": self.shape.text,
            "due": self.shape.integer(0, MAX_DAYS),
            "needs": self.shape.many(self._need, least=1, most=100, example="d1-exam"),
        }
        values, broken = self.shape.record(name, node, readers, ("id", "title", "needs"))
        if broken:
            return BROKEN
        return Gate(values["id"], values["title"], values["needs"], values.get("due"))

    def _need(self, name: str, node: Node) -> Need | Any:
        if isinstance(node, Scalar):
            slug = self.shape.slug(name, node)
            if not isinstance(slug, str):
                return slug
            self.wanted.append((slug, node))
            return NeedsActivity(slug)
        readers: dict[str, Reader] = {
            "competency": self._competency,
            "level": self.shape.choice(Level),
        }
        values, broken = self.shape.record(name, node, readers, ("competency", "level"))
        return BROKEN if broken else NeedsLevel(**values)

    def _competency(self, name: str, node: Node) -> Any:
        slug = self.shape.slug(name, node)
        if isinstance(slug, str):
            self.shape.uses.setdefault(slug, []).append((node.line, node.col))
        return slug


def _activity_of(values: Mapping[str, Any]) -> Activity:
    exam = lesson = None
    if values["kind"] is ActivityKind.EXAM:
        pass_mark: PassMark | None = values.get("pass")
        unseen: Fraction | None = values.get("unseen")
        exam = ExamRules(
            values["bank"], pass_mark, values.get("attempts"), values.get("cooldown"), unseen
        )
    if values["kind"] is ActivityKind.LESSON:
        lesson = LessonRules(values["file"], values.get("minutes"))
    return Activity(
        id=values["id"],
        kind=values["kind"],
        title=values["title"],
        due_day=values.get("due"),
        exam=exam,
        lesson=lesson,
    )
