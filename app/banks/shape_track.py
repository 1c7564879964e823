"""The shape and the rules of `track/1`."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from app.banks.messages import Where
from app.banks.reader import Map, Node, Scalar
from app.banks.shape import BROKEN, Reader, Shape, closest, first_key
from app.domain.framework import Level
from app.domain.items import ItemType, PassMark
from app.domain.tracks import (
    RATED_PASS,
    TOLERANCE,
    Activity,
    ActivityKind,
    Anchor,
    CredentialRules,
    DrawRules,
    EnrolRules,
    ExamRules,
    Form,
    FormRow,
    Gate,
    LessonRules,
    Marking,
    Need,
    NeedsActivity,
    NeedsLevel,
    NeedsSignature,
    Party,
    Publish,
    RatedRules,
    Stage,
    Track,
    WorkDays,
)
from app.domain.workdays import Days

DURATION: Final = re.compile(r"(0|[1-9][0-9]{0,4})([mhd])")
MINUTES_OF: Final = {"m": 1, "h": 60, "d": 24 * 60}
FILE: Final = re.compile(r"(?!/)(?!.*\.\.)[\w./-]+\.(md|pdf)")
RANGE: Final = re.compile(r"([1-9][0-9]{0,3})\s*[-–~至]\s*([1-9][0-9]{0,3})")
OUT_OF: Final = re.compile(r"([1-9][0-9]?)\s*/\s*([1-9][0-9]?)")
MAX_DAYS: Final = 3650
MAX_DAYS_BEFORE: Final = 365
K: Final = ActivityKind
_RATED: Final = ("marking", "tolerance", "pass", "excludes", "panel", "resubmit")
_WORK: Final = ("draft", "comments", "revision", "defence", "follow_up")
# Which kind has which fields, beside id, kind, title and due; the first are those it must have.
_FIELDS: Final[Mapping[ActivityKind, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    K.LESSON: (("file",), ("minutes",)),
    K.EXAM: (("bank",), ("pass", "attempts", "cooldown", "unseen", "draw")),
    K.CHECKLIST: (("form", "by"), ()),
    K.OBSERVATION: (("form", "by"), ("times", "needed", "every")),
    K.ROLEPLAY: (("form",), (*_RATED, "minutes")),
    K.BATTLE: (("form",), (*_RATED, "minutes")),
    K.DELIVERABLE: (
        ("form",),
        (*_RATED, *_WORK, "reviews", "review_form", "publish"),
    ),
    K.SEMINAR: ((), ("people", "minutes")),
    K.SURVEY: (("form",), ("by",)),
    K.KPI_MILESTONE: (("target",), ("by",)),
}
_WHO: Final = (Party.MENTOR, Party.TRAINER, Party.MANAGER, Party.HR)
# Who fills in a form, where the file leaves it open.
_BY: Final[Mapping[ActivityKind, tuple[Party, ...]]] = {
    K.SURVEY: (Party.LEARNER,),
    K.KPI_MILESTONE: (Party.MANAGER,),
}


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
        self.forms: dict[str, Form] = {}
        # Needs may name an activity of a later stage, forms stand anywhere: looked up at the end.
        self.wanted: list[tuple[str, Scalar]] = []
        self.wanted_forms: list[tuple[str, Scalar]] = []

    def track(self, root: Map) -> Track | None:
        shape = self.shape
        readers: dict[str, Reader] = {
            "schema": shape.scalar,
            "id": shape.slug,
            "title": shape.text,
            "lang": shape.language,
            "tier": shape.slug,
            "anchor": shape.choice(Anchor),
            "days": shape.choice(Days),
            "enrol": self._enrol,
            "credential": self._credential,
            "forms": shape.many(self._form, most=100, example="…"),
            "stages": shape.many(self._stage, least=1, most=100, example="…"),
            "renewal": self._stage,
        }
        required = ("id", "title", "tier", "anchor", "stages")
        values, broken = shape.record("schema", root, readers, required)
        self._look_up("needs", self.wanted, tuple(self.activities))
        self._look_up("form", self.wanted_forms, tuple(self.forms))
        if "renewal" in values and "credential" not in root.entries:
            shape.note("E103.missing", first_key(root), key="credential")
        if broken or any(found.level == "error" for found in shape.problems):
            return None
        values.pop("schema", None)
        values["forms"] = self.forms
        return Track(**values)

    def _look_up(self, name: str, wanted: list[tuple[str, Scalar]], known: tuple[str, ...]) -> None:
        for slug, node in wanted:
            if slug in known:
                continue
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

    # ------------------------------------------------------------ enrolling, credential

    def _enrol(self, name: str, node: Node) -> Any:
        readers: dict[str, Reader] = {
            "role": self.shape.choice(_JobRole),
            "within": self.shape.integer(1, MAX_DAYS),
        }
        values, broken = self.shape.record(name, node, readers, ("role", "within"))
        return BROKEN if broken else EnrolRules(values["role"].value, values["within"])

    def _credential(self, name: str, node: Node) -> Any:
        shape = self.shape
        readers: dict[str, Reader] = {
            "id": shape.slug,
            "title": shape.text,
            "days": shape.integer(1, MAX_DAYS),
            "warn": shape.integer(0, MAX_DAYS),
            "keep": self._keep,
        }
        values, broken = shape.record(name, node, readers, ("id", "title", "days"))
        if broken or not isinstance(node, Map):
            return BROKEN
        warn = values.get("warn", min(30, values["days"]))
        if warn > values["days"]:
            entry = node.entries["warn"].value
            return shape.note(
                "E103.integer", entry, key="warn", value=warn, least=0, most=values["days"]
            )
        return CredentialRules(
            values["id"], values["title"], values["days"], warn, values.get("keep")
        )

    def _keep(self, name: str, node: Node) -> Any:
        return self._pair(name, node, OUT_OF, example=("3/4",))

    def _people(self, name: str, node: Node) -> Any:
        return self._pair(name, node, RANGE, example=("6-16",))

    def _pair(
        self, name: str, node: Node, form: re.Pattern[str], *, example: tuple[str, ...]
    ) -> Any:
        text = self.shape.scalar(name, node)
        if not isinstance(text, str):
            return text
        found = form.fullmatch(text)
        if found and int(found.group(1)) <= int(found.group(2)):
            return int(found.group(1)), int(found.group(2))
        return self.shape.note("E103.form", node, key=name, value=text, example=example)

    # ------------------------------------------------------------ forms

    def _form(self, name: str, node: Node) -> Any:
        shape = self.shape
        rows: dict[str, int] = {}
        readers: dict[str, Reader] = {
            "id": self._unique,
            "title": shape.text,
            "intro": shape.text,
            "rows": shape.many(
                lambda key, row: self._row(key, row, rows), least=1, most=60, example="…"
            ),
            "never": shape.many(shape.text, most=20, example="…"),
        }
        values, broken = shape.record(name, node, readers, ("id", "title", "rows"))
        # Known even when broken: one mistake must not make every use of the form another.
        if "id" in values:
            self.forms[values["id"]] = Form(
                values["id"],
                values.get("title", {}),
                values.get("rows", ()),
                values.get("intro"),
                values.get("never", ()),
            )
        return BROKEN if broken else self.forms[values["id"]]

    def _row(self, name: str, node: Node, rows: dict[str, int]) -> Any:
        shape = self.shape
        readers: dict[str, Reader] = {
            "id": shape.slug,
            "title": shape.text,
            "hint": shape.text,
            "competency": self._competency,
            "weight": shape.integer(1, 100),
            "points": shape.integer(1, 100),
            "anchors": shape.many(shape.text, least=2, most=11, example="…"),
            "least": shape.integer(1, 20_000),
            "pass": shape.share,
        }
        values, broken = shape.record(name, node, readers, ("id", "title"))
        if broken or not isinstance(node, Map):
            return BROKEN
        slug = values["id"]
        if slug in rows:
            return shape.note("E201", node.entries["id"].value, id=slug, first=Where(rows[slug]))
        rows[slug] = node.line
        anchors = values.get("anchors", ())
        points = values.get("points", max(len(anchors) - 1, 0) or 4)
        if anchors and len(anchors) != points + 1:
            entry = node.entries["anchors"].value
            return shape.note(
                "E103.count",
                entry,
                key="anchors",
                count=len(anchors),
                least=points + 1,
                most=points + 1,
            )
        return FormRow(
            id=slug,
            title=values["title"],
            hint=values.get("hint"),
            competency=values.get("competency"),
            weight=values.get("weight", 1),
            points=points,
            anchors=anchors,
            least=values.get("least"),
            pass_share=values.get("pass"),
        )

    def _form_id(self, name: str, node: Node) -> Any:
        slug = self.shape.slug(name, node)
        if isinstance(slug, str) and isinstance(node, Scalar):
            self.wanted_forms.append((slug, node))
        return slug

    # ------------------------------------------------------------ stages, activities

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
        day = shape.integer(-MAX_DAYS_BEFORE, MAX_DAYS)
        return {
            "id": self._unique,
            "kind": shape.choice(ActivityKind),
            "title": shape.text,
            "due": day,
            "bank": self._bank,
            "pass": shape.pass_mark,
            "attempts": shape.integer(1, 100),
            "cooldown": self._duration,
            "unseen": shape.share,
            "draw": shape.many(self._draw, least=1, most=20, example="{n: 5}"),
            "file": self._file,
            "minutes": shape.integer(1, 10_000),
            "form": self._form_id,
            "by": self._parties(Party),
            "times": shape.integer(1, 50),
            "needed": shape.integer(1, 50),
            "every": shape.integer(1, MAX_DAYS),
            "marking": shape.choice(Marking),
            "tolerance": shape.share,
            "excludes": self._parties(Party),
            "panel": self._parties(Party, _WHO),
            "resubmit": shape.integer(1, MAX_DAYS),
            "draft": day,
            "comments": shape.integer(1, MAX_DAYS),
            "revision": day,
            "defence": day,
            "follow_up": shape.integer(1, MAX_DAYS),
            "people": self._people,
            "reviews": shape.integer(1, 20),
            "review_form": self._form_id,
            "publish": shape.choice(Publish),
            "target": shape.text,
        }

    def _parties(self, enum: type[Party], among: tuple[Party, ...] | None = None) -> Reader:
        return self.shape.many(self.shape.choice(enum, among), least=1, most=6, example="[mentor]")

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
        is_right = self._fits(values["kind"], node) and self._adds_up(values, node)
        if broken or not is_right:
            return BROKEN
        return _activity_of(values)

    def _fits(self, kind: ActivityKind, node: Map) -> bool:
        """Fields of another kind would be ignored without a word; so they are refused."""
        needed, more = _FIELDS[kind]
        is_right = True
        for name in needed:
            if name not in node.entries:
                self.shape.note("E103.missing", first_key(node), key=name)
                is_right = False
        known = {"id", "kind", "title", "due", *needed, *more}
        for name in sorted(set(self._activity_readers()) & set(node.entries) - known):
            owners = [owner.value for owner, own in _FIELDS.items() if name in (*own[0], *own[1])]
            entry = node.entries[name]
            self.shape.note("E101.kind", entry, key=name, kind=kind.value, hint=", ".join(owners))
            is_right = False
        return is_right

    def _adds_up(self, values: Mapping[str, Any], node: Map) -> bool:
        """Figures of one activity that contradict each other."""
        is_right = True
        if values.get("needed", 1) > values.get("times", 1):
            self.shape.note(
                "E103.integer",
                node.entries["needed"].value,
                key="needed",
                value=values["needed"],
                least=1,
                most=values.get("times", 1),
            )
            is_right = False
        if "reviews" in values and "review_form" not in values:
            self.shape.note("E103.missing", first_key(node), key="review_form")
            is_right = False
        mark = values.get("pass")
        if values["kind"] is not K.EXAM and mark is not None and mark.share is None:
            self.shape.note(
                "E103.form", node.entries["pass"].value, key="pass", value="…", example="60%"
            )
            is_right = False
        return is_right

    def _draw(self, name: str, node: Node) -> Any:
        readers: dict[str, Reader] = {
            "n": self.shape.integer(1, 500),
            "competency": self._competency,
            "difficulty": self.shape.integer(1, 5),
            "type": self.shape.choice(ItemType),
            "points": self.shape.points,
            "banks": self.shape.many(self._bank, least=1, most=20, example="[product-knowledge]"),
        }
        values, broken = self.shape.record(name, node, readers, ("n",))
        return BROKEN if broken else DrawRules(**values)

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

    # ------------------------------------------------------------ gates

    def _gate(self, name: str, node: Node) -> Any:
        readers: dict[str, Reader] = {
            "id": self._unique,
            "title": self.shape.text,
            "due": self.shape.integer(0, MAX_DAYS),
            "needs": self.shape.many(self._need, least=1, most=100, example="d1-exam"),
            "extend": self.shape.integer(1, MAX_DAYS),
            "plan": self.shape.flag,
            "review": self._parties(Party, _WHO),
        }
        values, broken = self.shape.record(name, node, readers, ("id", "title", "needs"))
        if broken:
            return BROKEN
        return Gate(
            id=values["id"],
            title=values["title"],
            needs=values["needs"],
            due_day=values.get("due"),
            extend=values.get("extend"),
            needs_plan=values.get("plan", False),
            review=values.get("review", ()),
        )

    def _need(self, name: str, node: Node) -> Need | Any:
        if isinstance(node, Scalar):
            slug = self.shape.slug(name, node)
            if not isinstance(slug, str):
                return slug
            self.wanted.append((slug, node))
            return NeedsActivity(slug)
        if isinstance(node, Map) and "signed" in node.entries:
            readers: dict[str, Reader] = {
                "signed": self.shape.choice(Party, (Party.LEARNER, *_WHO)),
            }
            values, broken = self.shape.record(name, node, readers, ("signed",))
            return BROKEN if broken else NeedsSignature(values["signed"])
        readers = {
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


class _JobRole(StrEnum):
    """The roles of the framework that a rule may enrol."""

    SELLER = "seller"
    MANAGER = "manager"


def _activity_of(values: Mapping[str, Any]) -> Activity:
    kind = values["kind"]
    exam = lesson = rated = work = None
    pass_mark: PassMark | None = values.get("pass")
    if kind is K.EXAM:
        exam = ExamRules(
            bank=values["bank"],
            pass_mark=pass_mark,
            attempts=values.get("attempts"),
            cooldown_minutes=values.get("cooldown"),
            unseen=values.get("unseen"),
            draw=values.get("draw", ()),
        )
    if kind is K.LESSON:
        lesson = LessonRules(values["file"], values.get("minutes"))
    if kind in {K.ROLEPLAY, K.BATTLE, K.DELIVERABLE}:
        rated = _rated_of(values, pass_mark)
    if kind is K.DELIVERABLE:
        work = WorkDays(**{name: values.get(name) for name in _WORK})
    times = values.get("times", 1)
    return Activity(
        id=values["id"],
        kind=kind,
        title=values["title"],
        due_day=values.get("due"),
        exam=exam,
        lesson=lesson,
        form=values.get("form"),
        by=values.get("by", _BY.get(kind, ())),
        times=times,
        needed=values.get("needed", times),
        every=values.get("every"),
        rated=rated,
        work=work,
        people=values.get("people"),
        minutes=values.get("minutes"),
        reviews=values.get("reviews", 0),
        review_form=values.get("review_form"),
        publish=values.get("publish"),
        target=values.get("target"),
    )


def _rated_of(values: Mapping[str, Any], pass_mark: PassMark | None) -> RatedRules:
    share = pass_mark.share if pass_mark else None
    return RatedRules(
        marking=values.get("marking", Marking.PAIR),
        tolerance=values.get("tolerance", TOLERANCE),
        pass_share=RATED_PASS if share is None else share,
        excludes=values.get("excludes", ()),
        panel=values.get("panel", ()),
        resubmit=values.get("resubmit"),
    )
