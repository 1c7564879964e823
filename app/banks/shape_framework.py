"""The shape and the rules of `framework/1`."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from app.banks.messages import Where
from app.banks.reader import Map, Node
from app.banks.shape import BROKEN, Reader, Shape, closest, first_key
from app.domain.framework import (
    Competency,
    CompetencyKind,
    CompetencyStatus,
    Disagreement,
    EvidenceKind,
    Expectation,
    Formula,
    Framework,
    HalfLife,
    Level,
    LevelName,
    Prior,
    RatedKind,
    RatedParams,
    SingleKind,
    StatusParams,
    TestParams,
)

_RATED: Final = tuple(kind for kind in EvidenceKind if kind.is_rated)
_LEVELS: Final = tuple(Level)
_EXPECTED_LEVELS: Final = _LEVELS[1:]  # L1 always holds, so nothing asks for it
BIG: Final = 1_000_000


def read_framework(shape: Shape, root: Map) -> Framework | None:
    """The framework, or None when there are mistakes (in `shape.problems`)."""
    if lang := root.entries.get("lang"):
        tag = Shape(shape.source).language("lang", lang.value)
        shape.lang = tag if isinstance(tag, str) else shape.lang
    return _FrameworkShape(shape).framework(root)


class _FrameworkShape:
    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.slugs: dict[str, int] = {}
        self.groups: tuple[str, ...] | None = None
        self.group_uses: list[tuple[str, Node]] = []
        self.wanted: list[tuple[str, Node]] = []
        self.expected: dict[tuple[str, str, str], int] = {}

    def framework(self, root: Map) -> Framework | None:
        shape = self.shape
        readers: dict[str, Reader] = {
            "schema": shape.scalar,
            "id": shape.slug,
            "version": shape.integer(1, BIG),
            "lang": shape.language,
            "title": shape.text,
            "levels": self._levels,
            "groups": self._groups,
            "competencies": shape.many(self._competency, least=1, most=200, example="…"),
            "expectations": shape.many(self._expectation, most=5000, example="…"),
            "formula": self._formula,
        }
        required = tuple(name for name in readers if name not in {"schema", "lang", "groups"})
        values, broken = shape.record("schema", root, readers, required)
        self._check_references()
        if broken or any(found.level == "error" for found in shape.problems):
            return None
        values.pop("schema", None)
        values.setdefault("groups", {})
        return Framework(**values)

    def _check_references(self) -> None:
        for slug, node in self.wanted:
            if slug not in self.slugs:
                note_unknown_competency(self.shape, slug, node, tuple(self.slugs))
        for group, node in self.group_uses:
            if self.groups is not None and group not in self.groups:
                self.shape.note("E103.group", node, value=group, known=self.groups)

    def _levels(self, name: str, node: Node) -> Any:
        one = self._record_of(
            LevelName, {"name": self.shape.text, "gist": self.shape.text}, ("name",)
        )
        return self._by(Level, one, _LEVELS)(name, node)

    def _groups(self, name: str, node: Node) -> Any:
        if not isinstance(node, Map):
            return self.shape.not_a_map(name, node)
        self.groups = tuple(node.entries)
        values = {key: self.shape.text(key, entry.value) for key, entry in node.entries.items()}
        return BROKEN if any(value is BROKEN for value in values.values()) else values

    def _record_of(
        self, build: Any, readers: Mapping[str, Reader], required: Iterable[str] | None = None
    ) -> Reader:
        """A record whose fields are all required unless `required` names them."""
        needed = tuple(readers if required is None else required)

        def read(name: str, node: Node) -> Any:
            values, broken = self.shape.record(name, node, readers, needed)
            return BROKEN if broken else build(**values)

        return read

    def _by(self, enum: type[StrEnum], one: Reader, members: Iterable[StrEnum]) -> Reader:
        """A map from every one of `members` to what `one` reads."""
        names = tuple(member.value for member in members)
        read_map = self._record_of(dict, dict.fromkeys(names, one))

        def read(name: str, node: Node) -> Any:
            values = read_map(name, node)
            return values if values is BROKEN else {enum(k): v for k, v in values.items()}

        return read

    def _competency(self, name: str, node: Node) -> Any:
        shape = self.shape
        indicators = shape.many(shape.text, least=1, most=20, example="…")
        readers: dict[str, Reader] = {
            "slug": self._new_slug,
            "code": shape.line(20),
            "group": self._group,
            "kind": shape.choice(CompetencyKind),
            "name": shape.text,
            "short": shape.text,
            "description": shape.text,
            "evidence": shape.unique(
                shape.many(shape.choice(EvidenceKind), least=1, most=10, example="test")
            ),
            "indicators": self._by(Level, indicators, _LEVELS),
            "status": shape.choice(CompetencyStatus),
        }
        required = ("slug", "kind", "name", "evidence")
        return self._record_of(Competency, readers, required)(name, node)

    def _new_slug(self, name: str, node: Node) -> Any:
        slug = self.shape.slug(name, node)
        if not isinstance(slug, str):
            return slug
        if slug in self.slugs:
            return self.shape.note("E201", node, id=slug, first=Where(self.slugs[slug]))
        self.slugs[slug] = node.line
        return slug

    def _group(self, name: str, node: Node) -> Any:
        group = self.shape.slug(name, node)
        if isinstance(group, str):
            self.group_uses.append((group, node))
        return group

    def _expectation(self, name: str, node: Node) -> Any:
        shape = self.shape
        readers: dict[str, Reader] = {
            "role": shape.slug,
            "step": shape.slug,
            "competency": self._wanted_competency,
            "level": shape.choice(Level, _EXPECTED_LEVELS),
            "weight": shape.integer(1, 3),
        }
        found = self._record_of(Expectation, readers)(name, node)
        if not isinstance(found, Expectation):
            return found
        key = (found.role, found.step, found.competency)
        if key in self.expected:
            where = Where(self.expected[key])
            at = first_key(node) if isinstance(node, Map) else node
            return shape.note("E201", at, id=" ".join(key), first=where)
        self.expected[key] = node.line
        return found

    def _wanted_competency(self, name: str, node: Node) -> Any:
        slug = self.shape.slug(name, node)
        if isinstance(slug, str):
            self.wanted.append((slug, node))
        return slug

    # ------------------------------------------------------------ formula

    def _formula(self, name: str, node: Node) -> Any:
        shape, number, whole = self.shape, self.shape.number, self.shape.integer
        prior = {"mean": number(0, 100), "sd": number(0.01, 100)}
        readers: dict[str, Reader] = {
            "version": whole(1, BIG),
            "anchor": number(1, 99),
            "prior": self._record_of(Prior, prior),
            "knowing_is_not_doing": self._by(CompetencyKind, number(0, 100), CompetencyKind),
            "test": self._test(),
            "rated": self._rated(),
            "half_life_days": self._record_of(
                HalfLife, {"test": number(1, BIG), "other": number(1, BIG)}
            ),
            "disagreement": self._record_of(
                Disagreement, {"min": number(1, 100), "max": number(1, 100)}
            ),
            "interval_z": number(0.1, 10),
            "probability_met": number(0.5, 1),
            "probability_gap": number(0, 0.5),
            "status": self._status(),
            "level_cuts": self._cuts,
            "weightless": shape.many(shape.slug, most=50, example="kpi"),
            "use_360_ratings": shape.flag,
        }
        required = [key for key in readers if key not in {"weightless", "use_360_ratings"}]
        return self._record_of(Formula, readers, required)(name, node)

    def _test(self) -> Reader:
        number = self.shape.number
        return self._record_of(
            TestParams,
            {
                "shrink_successes": number(0, 100),
                "shrink_trials": number(0, 100),
                "variance_trials": number(0, 100),
                "seen_item_weight": number(0, 1),
            },
        )

    def _rated(self) -> Reader:
        number, whole = self.shape.number, self.shape.integer
        # A reliability of 0 would divide by nothing.
        kind = self._record_of(RatedKind, {"rho": number(0.01, 1), "tau": number(0, 100)})
        return self._record_of(
            RatedParams,
            {
                "sigma": number(0.01, 100),
                "kinds": self._by(EvidenceKind, kind, _RATED),
                "repeat_window_days": whole(0, 3650),
                "repeat_counts_at_most": whole(1, 100),
            },
        )

    def _status(self) -> Reader:
        number, whole = self.shape.number, self.shape.integer
        single = self._record_of(SingleKind, {"assessors": whole(1, 20), "dates": whole(1, 20)})
        return self._record_of(
            StatusParams,
            {
                "insufficient_sd": number(0.01, 100),
                "settled_sd": number(0.01, 100),
                "stale_days": whole(1, BIG),
                "knowledge_min_items": number(0, 10_000),
                "knowledge_window_days": whole(1, BIG),
                "behaviour_min_kinds": whole(1, 6),
                "behaviour_needs_rated": self.shape.flag,
                "single_kind": single,
            },
        )

    def _cuts(self, name: str, node: Node) -> Any:
        """Lower bounds of L2 to L5, each above the one before."""
        cuts = self._by(Level, self.shape.number(0, 100), _EXPECTED_LEVELS)(name, node)
        if cuts is BROKEN or not isinstance(node, Map):
            return BROKEN
        for lower, upper in pairwise(_EXPECTED_LEVELS):
            if cuts[upper] <= cuts[lower]:
                at = node.entries[upper.value].value
                return self.shape.note("E103.above", at, key=upper.value, value=cuts[lower])
        return cuts


def note_unknown_competency(shape: Shape, slug: str, at: Any, known: tuple[str, ...]) -> None:
    """E202, with the slug that was probably meant."""
    if hint := closest(slug, known):
        shape.note("E202", at, slug=slug, hint=hint)
    else:
        shape.note("E202.list", at, slug=slug, known=known)
