"""One company with something of everything in it, its words chosen by the test.

`build(say, folder)` writes people's data through the real services: banks, a framework, a track,
assessments in every state, marks, reviews, plans, snapshots, jobs, notices. `say("Item.why")` gives
the text for a field; plain words, canaries or hostile strings make the three kinds of scene.
"""

import base64
import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pypdfium2
import yaml
from sqlalchemy import select, update

from app.accounts import queries as account_queries
from app.accounts import services as accounts
from app.accounts.models import Leadership, Notice, Unit, User, UserSession
from app.accounts.sessions import token_hash
from app.assessments import services as assessments
from app.assessments.frozen import thaw
from app.assessments.models import (
    Assessment,
    AssessmentMarker,
    Assignment,
    Attempt,
    AttemptPaper,
    ItemReport,
    LateAnswer,
)
from app.assessments.queries import printed
from app.assessments.terms import Feedback, Release, ReportReason, ReportVerdict
from app.banks import queries as banks
from app.banks import services as bank_services
from app.banks.loader import load_bytes
from app.competency import services as competency
from app.deliverables import queries as work_queries
from app.deliverables import services as deliverables
from app.deliverables.models import Document
from app.domain.deliverables import Checked
from app.domain.fieldwork import Verdict
from app.domain.framework import EvidenceKind
from app.domain.imports import FoundBank, FoundItem, FoundSection, Note, Place
from app.domain.items import Criterion, ItemType, PassMark
from app.domain.knowledge import FIELDS, Customer, EntryKind
from app.domain.papers import letters
from app.domain.rated import SeatRole
from app.domain.tracks import Party
from app.fieldwork import queries as field_queries
from app.fieldwork import services as fieldwork
from app.grading import services as marking
from app.imports import services as imports
from app.jobs import services as jobs
from app.jobs.worker import folder_of
from app.kernel.auth import Actor
from app.kernel.config import Settings
from app.kernel.db import session
from app.knowledge import services as knowledge
from app.mailing.models import Mail
from app.ratings import services as ratings
from app.ratings.models import Seat
from app.reports import queries as reports
from app.reports.pack import canonical
from app.reviews import services as reviews
from app.tracks import queries as track_queries
from app.tracks import services as tracks
from app.tracks.models import Credential, Enrolment
from app.tracks.services import cohorts, feeds
from tests import builders

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ZONE = "Asia/Shanghai"
# Who stands for which role of the policy table; everybody is a learner too.
ACTORS = {
    "learner": "小王",
    "trainer": "陈老师",
    "marker": "阅卷人",
    "manager": "李经理",
    "mentor": "带教人",
    "hr": "HR",
    "admin": "admin",
}
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
MISSING = 99_999_999


def _empty_sheet() -> bytes:
    """A real PDF of one empty page: readers open it."""
    document = pypdfium2.PdfDocument.new()
    document.new_page(100, 100)
    made = io.BytesIO()
    document.save(made)
    document.close()
    return made.getvalue()


SHEET = _empty_sheet()
Say = Callable[[str], str]


# What only authors and markers may read: each text of these fields is a canary.
SECRETS = frozenset(
    {
        "Item.why",
        "Option.feedback",
        "ShortAnswer.model_answer",
        "Criterion.point",
        "Criterion.keywords",
        "Criterion.vetoes",
    }
)


class PlainWords:
    """Latin words, each one different, so that an English page holds English alone.

    Secret fields hold a word that stands nowhere else: `CanaryWhy7x1a2b3c4d`.
    """

    def __init__(self) -> None:
        self.fields: dict[str, int] = {}

    def __call__(self, where: str) -> str:
        n = self.fields[where] = self.fields.get(where, 0) + 1
        code = zlib.crc32(f"{where}/{n}".encode())
        if where in SECRETS:
            return f"Canary{where.rsplit('.', 1)[1].capitalize().replace('_', '')}{n}x{code:08x}"
        words = [
            "amber",
            "birch",
            "cedar",
            "delta",
            "ember",
            "fjord",
            "grove",
            "heath",
            "inlet",
            "jetty",
            "knoll",
            "larch",
        ]
        chosen = " ".join(words[code >> shift & 7] for shift in (0, 3, 6, 9, 12))
        return f"{where.rsplit('.', maxsplit=1)[-1].title()} {n} {chosen}"


@dataclass
class Scene:
    """What was built: ids by what they are called in the tests."""

    settings: Settings
    now: datetime
    people: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)
    open_assignments: dict[str, int] = field(default_factory=dict)
    open_attempts: dict[str, int] = field(default_factory=dict)
    finished: dict[str, int] = field(default_factory=dict)
    finished_of: dict[str, int] = field(default_factory=dict)
    enrolments: dict[str, int] = field(default_factory=dict)
    credentials: dict[str, int] = field(default_factory=dict)
    notices: dict[str, int] = field(default_factory=dict)
    sessions: dict[str, int] = field(default_factory=dict)
    jobs: dict[str, int] = field(default_factory=dict)
    failed_jobs: dict[str, int] = field(default_factory=dict)
    open_jobs: dict[str, int] = field(default_factory=dict)
    snapshots: dict[int, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.now.date()


def build(say: Say, settings: Settings, folder: Path, now: datetime) -> Scene:
    """Everything, for a database that holds the cast alone."""
    scene = Scene(settings, now)
    scene.people = {row.name: row.id for row in session().scalars(select(User))}
    scene.units = {row.name: row.id for row in session().scalars(select(Unit))}
    _framework(scene, say)
    _banks(scene, say, folder)
    _assessments(scene, say)
    _track(scene, say)
    _attempts(scene, say)
    _gates(scene, say)
    _printed(scene)
    _rated(scene, say)
    _fieldwork(scene, say)
    _reviews(scene, say)
    _small_things(scene, say)
    _knowledge(scene, say)
    _works(scene, say)
    _staff(scene, say)
    # There is a newer version, to which nobody has moved.
    _load(scene, say, "path", track_yaml(say, "path", "shared-bank"), "lesson", "next")
    session().flush()
    return scene


# ---------------------------------------------------------------- files


def framework_yaml(say: Say) -> str:
    """The shipped framework with other words and fewer competencies."""
    raw = yaml.safe_load((ROOT / "question_banks" / "framework.yaml").read_text("utf-8"))
    raw["title"] = say("Framework.title")
    for level in raw["levels"].values():
        level["name"], level["gist"] = say("LevelName.name"), say("LevelName.gist")
    raw["groups"] = {key: say("Framework.groups") for key in raw["groups"]}
    for one in raw["competencies"]:
        one["name"], one["short"] = say("Competency.name"), say("Competency.short")
        one["description"] = say("Competency.description")
        one["code"] = say("Competency.code")[:20]
        one["indicators"] = {
            level: [say("Competency.indicators") for _ in lines][:1]
            for level, lines in one["indicators"].items()
        }
    return yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)


def bank_yaml(
    say: Say, slug: str, *, singles: int = 3, short: int = 2, image: bool = False, turn: int = 0
) -> str:
    """All four types, with every field an author may write. `turn` moves the keys on."""

    def choice(n: int, key: str) -> dict[str, Any]:
        options = {letter: say("Option.text") for letter in "ABCD"}
        return {
            "id": f"{slug}-{'m' if len(key) > 1 else 's'}{n}",
            "stem": say("Item.stem"),
            "options": options,
            "answer": [*key] if len(key) > 1 else key,
            "why": say("Item.why"),
            "feedback": {letter: say("Option.feedback") for letter in "ABCD"},
            "competencies": ["influence"],
            "tags": [say("Item.tags")[:40]],
            "source": say("Item.source")[:300],
        }

    one_of = [choice(n, "ABCD"[(n + turn) % 4]) for n in range(singles)]
    if image:
        one_of[0] |= {"image": "pixel.png", "x-alt": say("Item.image_alt")[:200]}
    bank = {
        "schema": "qbank/1",
        "id": slug,
        "title": say("Bank.title"),
        "description": say("Bank.description"),
        "license": say("Bank.license")[:100],
        "authors": [say("Bank.authors")[:100]],
        "pass": "60%",
        "time_limit": "30m",
        "sections": [
            {
                "title": say("Section.title"),
                "intro": say("Section.intro"),
                "type": "single",
                "points_each": 10,
                "items": one_of,
            },
            {
                "title": say("Section.title"),
                "type": "multi",
                "points_each": 10,
                "items": [choice(n, ["AC", "BD"][turn % 2]) for n in range(3)],
            },
            {
                "title": say("Section.title"),
                "type": "true_false",
                "points_each": 5,
                "items": [
                    {
                        "id": f"{slug}-t{n}",
                        "stem": say("Item.stem"),
                        "answer": "true" if (n + turn) % 2 else "false",
                        "why": say("Item.why"),
                        "competencies": ["insight"],
                    }
                    for n in range(2)
                ],
            },
            {
                "title": say("Section.title"),
                "type": "short",
                "points_each": 10,
                "items": [
                    {
                        "id": f"{slug}-w{n}",
                        "stem": say("Item.stem"),
                        "answer": say("ShortAnswer.model_answer"),
                        "why": say("Item.why"),
                        "rubric": [
                            {
                                "id": f"c{m}",
                                "points": 5,
                                "point": say("Criterion.point"),
                                "keywords": [say("Criterion.keywords")[:200].replace("|", "/")],
                                "not": [say("Criterion.vetoes")[:60]],
                            }
                            for m in range(2)
                        ],
                        "competencies": ["insight"],
                        "max_chars": 400,
                    }
                    for n in range(short)
                ],
            },
        ],
    }
    return yaml.safe_dump(bank, allow_unicode=True, sort_keys=False)


def track_yaml(say: Say, slug: str, bank: str) -> str:
    """Two stages: lessons and a gate, then an exam."""
    raw = {
        "schema": "track/1",
        "id": slug,
        "title": say("Track.title"),
        "tier": "new-hire",
        "anchor": "hire_date",
        "credential": {
            "id": f"{slug}-done",
            "title": say("CredentialRules.title"),
            "days": 365,
            "warn": 30,
        },
        "renewal": {
            "id": f"{slug}-again",
            "title": say("Stage.title"),
            "activities": [
                {
                    "id": f"{slug}-refresh",
                    "kind": "seminar",
                    "title": say("Activity.title"),
                    "due": 5,
                    "people": "1-9",
                    "minutes": 60,
                }
            ],
        },
        "stages": [
            {
                "id": f"{slug}-one",
                "title": say("Stage.title"),
                "activities": [
                    {
                        "id": f"{slug}-lesson",
                        "kind": "lesson",
                        "title": say("Activity.title"),
                        "due": 0,
                        "file": "lesson.md",
                        "minutes": 5,
                    },
                    {
                        "id": f"{slug}-next",
                        "kind": "lesson",
                        "title": say("Activity.title"),
                        "due": 1,
                        "file": "lesson.md",
                    },
                ],
                "gate": {
                    "id": f"{slug}-gate",
                    "title": say("Gate.title"),
                    "due": 2,
                    "extend": 7,
                    "plan": True,
                    "needs": [
                        f"{slug}-lesson",
                        {"competency": "influence", "level": "L3"},
                        *({"signed": party} for party in ("learner", "mentor", "manager")),
                    ],
                },
            },
            {
                "id": f"{slug}-two",
                "title": say("Stage.title"),
                "activities": [
                    {
                        "id": f"{slug}-exam",
                        "kind": "exam",
                        "title": say("Activity.title"),
                        "due": 3,
                        "bank": bank,
                        "attempts": 2,
                    },
                    {
                        "id": f"{slug}-play",
                        "kind": "roleplay",
                        "title": say("Activity.title"),
                        "due": 4,
                        "form": f"{slug}-sheet",
                        "marking": "2+1",
                        "minutes": 15,
                    },
                    {
                        "id": f"{slug}-seen",
                        "kind": "observation",
                        "title": say("Activity.title"),
                        "due": 4,
                        "form": f"{slug}-sheet",
                        "by": ["trainer", "manager", "mentor", "learner"],
                        "times": 3,
                    },
                    {
                        "id": f"{slug}-list",
                        "kind": "checklist",
                        "title": say("Activity.title"),
                        "due": 4,
                        "form": f"{slug}-sheet",
                        "by": ["trainer", "manager", "mentor", "learner"],
                    },
                    {
                        "id": f"{slug}-work",
                        "kind": "deliverable",
                        "title": say("Activity.title"),
                        "due": 6,
                        "form": f"{slug}-sheet",
                        "marking": "single",
                        "pass": "60%",
                        "publish": "case",
                    },
                    {
                        "id": f"{slug}-goal",
                        "kind": "kpi_milestone",
                        "title": say("Activity.title"),
                        "due": 6,
                        "target": say("Activity.target"),
                        "by": ["manager"],
                    },
                    {
                        "id": f"{slug}-day",
                        "kind": "seminar",
                        "title": say("Activity.title"),
                        "due": 5,
                        "people": "1-40",
                        "minutes": 60,
                    },
                ],
            },
        ],
        "forms": [
            {
                "id": f"{slug}-sheet",
                "title": say("Form.title"),
                "intro": say("Form.intro"),
                "rows": [
                    {
                        "id": f"row-{n}",
                        "title": say("FormRow.title"),
                        "hint": say("FormRow.hint"),
                        "competency": "influence",
                        "anchors": [say("FormRow.anchors") for _step in range(5)],
                    }
                    for n in range(2)
                ],
                "never": [say("Form.never")],
            }
        ],
    }
    return yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)


def short_track_yaml(say: Say, slug: str) -> str:
    """One lesson and a signed gate: it can be passed within a day."""
    raw = yaml.safe_load(track_yaml(say, slug, "shared-bank"))
    first = raw["stages"][0]
    first["activities"] = first["activities"][:1]
    first["gate"]["needs"] = [f"{slug}-lesson", {"signed": "manager"}]
    raw |= {"stages": [first], "forms": []}
    return yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)


def lesson_markdown(say: Say) -> str:
    """Headings, lists, a table and a link, with the test's words in each."""
    lines = [f"# {say('Lesson.markdown')}", "", say("Lesson.markdown"), ""]
    lines += [f"- {say('Lesson.markdown')}", "", f"> {say('Lesson.markdown')}", ""]
    lines += ["| a | b |", "| --- | --- |", f"| {say('Lesson.markdown')} | x |"]
    return "\n".join(lines)


# ---------------------------------------------------------------- rooms


def _framework(scene: Scene, say: Say) -> None:
    text = framework_yaml(say)
    competency.load_framework(text, actor_id=None, now=scene.now, today=scene.today)
    for name in ("小王", "小陈", "小赵", "李经理", "陈老师"):
        for n, (slug, kind) in enumerate(
            (("influence", EvidenceKind.TEST), ("influence", EvidenceKind.ROLEPLAY))
        ):
            test = kind is EvidenceKind.TEST
            entry = competency.NewEvidence(
                slug,
                kind,
                pass_mark=60,
                score=None if test else 55,
                items=12 if test else 0,
                right=5 if test else 0,
                assessors=0 if test else 2,
                assessor_role=None if test else "judge",
                label=say("evidence.label")[:200],
                occasion=None if test else say("evidence.occasion")[:80],
            )
            competency.record_evidence(
                person_id=scene.people[name],
                source=competency.Source("scene", f"{name}/{n}"),
                happened_on=scene.today - timedelta(days=3 + n),
                entries=[entry],
                now=scene.now,
                today=scene.today,
            )


def _banks(scene: Scene, say: Say, folder: Path) -> None:
    (folder / "pixel.png").write_bytes(PIXEL)
    owners = {"own-bank": "陈老师", "other-bank": "周老师", "shared-bank": None}
    for slug, owner in owners.items():
        big = {"singles": 11, "short": 4} if slug != "shared-bank" else {}
        text = bank_yaml(say, slug, image=True, **big)
        loaded = load_bytes(text.encode(), file=f"{slug}.yaml", folder=folder)
        owner_id = scene.people[owner] if owner else None
        bank_services.import_bank(loaded, owner_id=owner_id, now=scene.now, folder=folder)
        found = banks.latest_bank(slug)
        assert found is not None
        bank_services.publish(bank_version_id=found.id, actor_id=owner_id, now=scene.now)
        scene.ids[slug] = found.id
        scene.ids[f"{slug} image"] = found.version_ids[f"{slug}-s0"]
        _working_copy(scene, say, slug, text, owner or "周老师")
    _waiting_bank(scene, say, folder)
    for label, who in (("own", "陈老师"), ("other", "周老师")):
        scene.ids[f"{label} import"] = _import(scene, say, label, who)


def _import(scene: Scene, say: Say, label: str, who: str) -> int:
    """A file with something in every field that is shown, with choices made."""
    option = {"en": say("Option.text")}
    item = FoundItem(
        place=Place(3, part=say("Place.part")),
        source=say("FoundItem.source"),
        stem={"en": say("Item.stem")},
        options=tuple((letter, option) for letter in "AB"),
        answer=("A",),
    )
    short = replace(item, options=(), answer=(), type=ItemType.SHORT, model_answer=option)
    section = FoundSection(
        place=Place(1),
        items=(item, replace(short, rubric=(Criterion("c0", Fraction(5), option),))),
        title={"en": say("Section.title")},
        points_each=Fraction(5),
        total=Fraction(25),
    )
    params = {"text": say("Note.params"), "lines": 1}
    found = FoundBank((section,), (Note("W602", Place(1), params),), {"en": say("Bank.title")})
    found = replace(found, lang="en")
    data = f"{label} {say('bank_import.source')}".encode()
    import_id, _ = imports.begin(
        person_id=scene.people[who],
        name=f"{say('bank_import.name')[:190]}.txt",
        data=data,
        found=found,
        now=scene.now,
    )
    return import_id


def _working_copy(scene: Scene, say: Say, slug: str, text: str, who: str) -> None:
    """Every bank is being edited: its title says something else, and a picture was added."""
    raw = yaml.safe_load(text)
    raw["title"] = say("Bank.title")
    banks_text = yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)
    person_id = scene.people[who]
    bank_services.keep_picture(
        slug=slug, data=PIXEL, name="drawn.png", actor_id=person_id, now=scene.now
    )
    bank_services.save_draft(
        slug=slug, source=banks_text, revision=0, actor_id=person_id, now=scene.now
    )


def _waiting_bank(scene: Scene, say: Say, folder: Path) -> None:
    """A bank of the group whose second version waits, after one that was sent back."""
    text = bank_yaml(say, "waiting-bank", image=True)
    loaded = load_bytes(text.encode(), file="waiting-bank.yaml", folder=folder)
    bank_services.import_bank(loaded, owner_id=None, now=scene.now, folder=folder)
    found = banks.latest_bank("waiting-bank")
    assert found is not None
    bank_services.publish(bank_version_id=found.id, actor_id=None, now=scene.now)
    scene.ids["waiting-bank image"] = found.version_ids["waiting-bank-s0"]
    author, other = scene.people["周老师"], scene.people["陈老师"]
    for n in range(2):
        raw = yaml.safe_load(text)
        raw["title"] = say("Bank.title")
        revision = bank_services.save_draft(
            slug="waiting-bank",
            source=yaml.safe_dump(raw, allow_unicode=True, sort_keys=False),
            revision=n,
            actor_id=author,
            now=scene.now,
        )
        number = bank_services.submit_for_approval(
            slug="waiting-bank",
            revision=revision,
            reason=say("bank_version.reason")[:500],
            actor_id=author,
            now=scene.now,
        )
        if n == 0:
            bank_services.send_back(
                slug="waiting-bank",
                number=number,
                reason=say("bank_version.closed_reason")[:500],
                actor_id=other,
                now=scene.now,
            )
    scene.ids["waiting number"] = number


def _assessments(scene: Scene, say: Say) -> None:
    wanted = {
        "own": ("陈老师", "own-bank", {}),
        "other": ("周老师", "other-bank", {}),
        "released": ("陈老师", "shared-bank", {"attempts_allowed": 2}),
        "held": ("陈老师", "own-bank", {"release_by": Release.TRAINER, "feedback": Feedback.NEVER}),
        "formed": ("陈老师", "own-bank", {"forms": 2}),
        "other formed": ("周老师", "other-bank", {"forms": 2}),
    }
    for label, (owner, bank, more) in wanted.items():
        owner_id = scene.people[owner]
        scene.ids[f"{label} assessment"] = assessments.define(
            assessments.Definition(
                title=say("assessment.title")[:200],
                title_en=say("assessment.title_en")[:200],
                sources=(assessments.Source(scene.ids[bank], bank),),
                pass_mark=PassMark(share=Fraction(3, 5)),
                limit_seconds=7200,
                **more,
            ),
            owner_id=owner_id,
            actor_id=owner_id,
            now=scene.now,
        )
        session().add(
            AssessmentMarker(
                assessment_id=scene.ids[f"{label} assessment"],
                marker_id=scene.people["阅卷人" if label == "own" else "周老师"],
            )
        )
    session().flush()


def assign(scene: Scene, label: str, *names: str) -> dict[str, int]:
    """Assign; the assignment of each."""
    assessment_id = scene.ids[f"{label} assessment"]
    people = [scene.people[name] for name in names]
    assessments.assign(assessment_id=assessment_id, person_ids=people, actor_id=None, now=scene.now)
    rows = session().scalars(
        select(Assignment).where(
            Assignment.assessment_id == assessment_id, Assignment.person_id.in_(people)
        )
    )
    by_person = {row.person_id: row.id for row in rows}
    return {name: by_person[scene.people[name]] for name in names}


def start(scene: Scene, assignment_id: int, name: str) -> int:
    """A running attempt."""
    return assessments.start(
        assignment_id=assignment_id,
        person_id=scene.people[name],
        seed=f"{name}/{assignment_id}",
        now=scene.now,
    )


def answers(attempt_id: int, say: Say, *, right: bool = True) -> list[dict[str, Any]]:
    """A response to every item of a paper, as the browser sends it."""
    paper = session().get(AttemptPaper, attempt_id)
    assert paper is not None
    saves = []
    for slot in thaw(paper.body).slots:
        item = slot.entry.item_id
        kind = item.rsplit("-", 1)[1][0]
        shown = {option: letter for letter, option in letters(slot.entry.options).items()}
        number = int(item.rsplit("-", 1)[1][1:])
        key = (
            {"s": "ABCD"[number % 4], "m": "AC"}.get(kind, "") if right else "BD"[: number % 2 + 1]
        )
        key = key if kind == "m" else key[:1]
        wire: dict[str, Any] = {
            "t": {"value": item.endswith("1") is right},
            "w": {"text": say("answer.body")[:400]},
        }.get(kind) or {"options": sorted(shown[option] for option in key)}
        saves.append({"item": slot.position, "revision": 1, "response": wire, "flagged": True})
    return saves


def hand_in(scene: Scene, attempt_id: int, name: str, say: Say, *, right: bool = True) -> None:
    """Answer everything and submit."""
    assessments.hand_in(
        attempt_id=attempt_id,
        person_id=scene.people[name],
        key="k",
        client="scene",
        saves=answers(attempt_id, say, right=right),
        now=scene.now,
    )


def written(attempt_id: int) -> list[tuple[int, int]]:
    """(position, item version) of the written answers of a paper."""
    paper = session().get(AttemptPaper, attempt_id)
    assert paper is not None
    return [
        (slot.position, slot.entry.item_version_id)
        for slot in thaw(paper.body).slots
        if slot.entry.item_id.rsplit("-", 1)[1].startswith("w")
    ]


def mark(scene: Scene, attempt_id: int, say: Say) -> None:
    """Mark all written answers of an attempt as its trainer."""
    trainer = Actor(
        scene.people["陈老师"], "陈老师", frozenset({"learner", "trainer"}), "zh-CN", ZONE
    )
    for position, _version in written(attempt_id):
        new = marking.NewMark(frozenset({"c0"}), None, say("mark.comment")[:500], 0)
        marking.mark(
            attempt_id=attempt_id, position=position, new=new, actor=trainer, now=scene.now
        )


def _attempts(scene: Scene, say: Say) -> None:
    """Per person: one open attempt, one handed in that waits, one released."""
    everybody = [*ACTORS.values(), "小陈", "小赵"]
    opened = assign(scene, "own", *everybody)
    scene.open_assignments = opened
    for name, assignment in opened.items():
        scene.open_attempts[name] = start(scene, assignment, name)
    released = assign(scene, "released", *everybody)
    for n, (name, assignment) in enumerate(released.items()):
        attempt = start(scene, assignment, name)
        hand_in(scene, attempt, name, say, right=n % 2 == 0)
        if name != "陈老师":  # nobody marks her own
            mark(scene, attempt, say)
        scene.finished[name] = attempt
    for label, name in (("own", "小吴"), ("other", "小郑"), ("held", "小冯")):
        person = builders.user(name, unit=None, staff_no=f"CY9{label}")
        scene.people[name] = person.id
        accounts.move_person(
            user_id=person.id,
            unit_id=scene.units["华东一组" if label != "other" else "华南一组"],
            on=scene.today,
            actor_id=None,
            now=scene.now,
        )
        attempt = start(scene, assign(scene, label, name)[name], name)
        hand_in(scene, attempt, name, say)
        scene.finished_of[label] = attempt
    attempt = scene.finished_of["own"]
    scene.ids["late"] = _late(attempt, scene, say)
    scene.ids["other late"] = _late(scene.finished_of["other"], scene, say)
    assessments.log_signals(
        attempt_id=scene.open_attempts["小王"],
        person_id=scene.people["小王"],
        events=[{"kind": "left", "item": 1, "at": "2026-03-02T01:00:00Z"}],
        now=scene.now,
    )
    mark(scene, scene.finished_of["held"], say)  # complete, and held back by the trainer
    voided = start(scene, assign(scene, "held", "小陈")["小陈"], "小陈")
    hand_in(scene, voided, "小陈", say)
    assessments.void(
        attempt_id=voided,
        owner_id=scene.people["陈老师"],
        reason=say("attempt.void_reason")[:400],
        now=scene.now,
    )
    scene.ids["voided"] = voided


def _late(attempt_id: int, scene: Scene, say: Say) -> int:
    position = written(attempt_id)[0][0]
    row = LateAnswer(
        attempt_id=attempt_id,
        position=position,
        revision=9,
        client="scene",
        digest="late",
        body=None,
        received_at=scene.now,
    )
    first = next(one for one in answers(attempt_id, say) if one["item"] == position)
    import json

    row.body = json.dumps(first["response"], ensure_ascii=False)
    session().add(row)
    session().flush()
    return row.id


def _printed(scene: Scene) -> None:
    """Forms and numbered sheets, none of them filled in."""
    for label, owner, name in (("formed", "陈老师", "小冯"), ("other formed", "周老师", "小郑")):
        assessment_id = scene.ids[f"{label} assessment"]
        assign(scene, label, name)
        assessments.make_sheets(
            assessment_id=assessment_id, owner_id=scene.people[owner], seed=label, now=scene.now
        )
        scene.codes[f"{label} form"] = printed.forms(assessment_id)[0].code
        sheet = printed.latest_sheets(assessment_id)[scene.people[name]]
        scene.codes[f"{label} sheet"] = sheet.code


def _track(scene: Scene, say: Say) -> None:
    for slug in ("path", "second"):
        _load(scene, say, slug, track_yaml(say, slug, "shared-bank"), "lesson", "next")
    tracks.enrol(
        person_ids=[scene.people[name] for name in (*ACTORS.values(), "小陈", "小赵")],
        slug="path",
        anchor_on=scene.today,
        actor_id=scene.people["陈老师"],
        now=scene.now,
    )
    scene.ids["cohort"] = cohorts.make_cohort(
        "path",
        cohorts.CohortData(say("Cohort.title")[:120], say("Cohort.place")[:200], 20),
        starts_on=scene.today,
        actor_id=scene.people["陈老师"],
        now=scene.now,
    )
    names = {number: name for name, number in scene.people.items()}
    for row in session().scalars(select(Enrolment)):
        scene.enrolments[names[row.person_id]] = row.id
    scene.ids["cohort of 小陈"] = cohorts.make_cohort(
        "path",
        cohorts.CohortData("2", "", None),
        starts_on=scene.today,
        actor_id=scene.people["陈老师"],
        now=scene.now,
    )
    mine = session().get(Enrolment, scene.enrolments["小陈"])
    assert mine is not None
    mine.cohort_id = scene.ids["cohort of 小陈"]
    for name in ("小王", "小陈", "小赵"):
        made = Credential(
            number=f"PATH-{scene.people[name]}",
            person_id=scene.people[name],
            enrolment_id=scene.enrolments[name],
            slug="path-credential",
            title={"zh-CN": say("Credential.title"), "en": say("Credential.title")},
            issued_on=scene.today,
            expires_on=scene.today + timedelta(days=365),
        )
        session().add(made)
        session().flush()
        scene.credentials[name] = made.id
    feeds.open_feed(person_id=scene.people["小王"], nonce="n", secret="s", now=scene.now)


def _load(scene: Scene, say: Say, slug: str, text: str, *lessons: str) -> None:
    loaded = load_bytes(text.encode(), file=f"{slug}.yaml")
    assert loaded.track is not None, [str(one) for one in loaded.problems]
    texts = {f"{slug}-{name}": lesson_markdown(say) for name in lessons}
    tracks.load_track(loaded.track, source=text, lessons=texts, actor_id=None, now=scene.now)


def _gates(scene: Scene, say: Say) -> None:
    """小王 is mentored, was away, was told "not yet" and has more time; 小韩 passed a whole track
    and lost its credential again."""
    for name in ("小王", "小陈"):
        accounts.pair(
            mentor_id=scene.people["带教人"],
            trainee_id=scene.people[name],
            on=scene.today,
            because=say("mentorship.named_because")[:400],
            actor_id=scene.people["HR"],
            now=scene.now,
        )
    mine = {"enrolment_id": scene.enrolments["小王"], "now": scene.now}
    by_trainer = {"actor_id": scene.people["陈老师"], **mine}
    tracks.pause(from_on=scene.today, reason=say("enrolment_leave.reason")[:400], **by_trainer)
    tracks.resume(back_on=scene.today, **by_trainer)
    for party, who in ((Party.LEARNER, "小王"), (Party.MENTOR, "带教人")):
        _sign(scene, say, party, who, mine, is_yes=party is Party.LEARNER)
    tracks.extend(
        gate_id="path-gate",
        plan=say("gate_extension.plan")[:2000],
        reason=say("gate_extension.reason")[:400],
        **by_trainer,
    )
    tracks.waive(
        activity_id="path-next",
        is_waived=True,
        reason=say("step_result.reason")[:400],
        **by_trainer,
    )
    _recalled(scene, say)


def _sign(
    scene: Scene, say: Say, party: Party, who: str, at: dict[str, Any], *, is_yes: bool
) -> None:
    tracks.sign_gate(
        **{"gate_id": "path-gate", **at},
        party=party,
        is_yes=is_yes,
        because="" if is_yes else say("gate_signature.because")[:400],
        again_on=None if is_yes else scene.today + timedelta(days=3),
        actor_id=scene.people[who],
    )


def _recalled(scene: Scene, say: Say) -> None:
    _load(scene, say, "third", short_track_yaml(say, "third"), "lesson")
    person = builders.user("小韩", staff_no="CY9recall")
    scene.people["小韩"] = person.id
    accounts.move_person(
        user_id=person.id,
        unit_id=scene.units["华东一组"],
        on=scene.today,
        actor_id=None,
        now=scene.now,
    )
    (enrolment_id,) = tracks.enrol(
        person_ids=[person.id],
        slug="third",
        anchor_on=scene.today,
        actor_id=scene.people["陈老师"],
        now=scene.now,
    )
    scene.ids["recalled enrolment"] = enrolment_id
    at = {"enrolment_id": enrolment_id, "now": scene.now}
    tracks.confirm_lesson(activity_id="third-lesson", person_id=person.id, **at)
    _sign(scene, say, Party.MANAGER, "李经理", {**at, "gate_id": "third-gate"}, is_yes=True)
    scene.ids["recall"] = tracks.recall(
        slug="third",
        title={"zh-CN": say("Credential.title"), "en": say("Credential.title")},
        reason=say("recall.reason")[:400],
        actor_id=scene.people["HR"],
        now=scene.now,
    )


def _rated(scene: Scene, say: Say) -> None:
    """Role-plays: one released of everybody, running ones, a held one, an appeal, a void one, and
    peers' reviews in which everybody has a seat."""
    everybody = [*ACTORS.values(), "小陈", "小赵"]
    for name in everybody:
        scene.ids[f"{name} played"] = _performance(scene, say, name, "")
    for name in ("小陈", "小赵"):
        scene.ids[f"{name} planned"] = _performance(scene, say, name, "planned", marks=0)
        scene.ids[f"{name} held"] = _performance(scene, say, name, "held", is_held=True)
        ratings.void(
            performance_id=_performance(scene, say, name, "void"),
            reason=say("performance.void_reason")[:400],
            actor_id=scene.people["陈老师"],
            now=scene.now,
        )
    appealed = _performance(scene, say, "小陈", "appealed")
    ratings.appeal(
        performance_id=appealed,
        reason=say("rated_appeal.reason")[:400],
        actor_id=scene.people["小陈"],
        now=scene.now,
    )
    place = ratings.assign_appeal(
        performance_id=appealed,
        assessor_id=scene.people["HR"],
        actor_id=scene.people["陈老师"],
        now=scene.now,
    )
    _marks(scene, say, place, "HR")
    scene.ids["appealed"] = appealed
    _answer_appeal(scene, say)
    reviewed = _performance(scene, say, "小郑", "peers", marks=0, kind=EvidenceKind.PEER)
    for name in everybody:
        scene.ids[f"{name} seat"] = ratings.seat(
            performance_id=reviewed,
            assessor_id=scene.people[name],
            role=SeatRole.PEER,
            actor_id=None,
            now=scene.now,
        )
    declined = ratings.seat(
        performance_id=reviewed,
        assessor_id=scene.people["周老师"],
        role=SeatRole.PEER,
        actor_id=None,
        now=scene.now,
    )
    ratings.decline(
        seat_id=declined,
        because=say("seat.because")[:400],
        actor_id=scene.people["周老师"],
        now=scene.now,
    )


def _fieldwork(scene: Scene, say: Say) -> None:
    """A sheet of everybody's on herself, corrected once, a signature taken back, an open check-in,
    and somebody who meets the rules for mentors."""
    for name in (*ACTORS.values(), "小陈", "小赵"):
        scene.ids[f"{name} sheet"] = _sheet(scene, say, name)
    by = {"actor_id": scene.people["小陈"], "now": scene.now}
    place = {"enrolment_id": scene.enrolments["小陈"], "activity_id": "path-list"}
    fieldwork.sign(**place, row_ids=["row-0", "row-1"], key="scene-key-1", **by)
    reason = say("check_signature.reason")[:400]
    fieldwork.take_back(**place, row_id="row-1", reason=reason, key="scene-key-2", **by)
    room = field_queries.seminar(
        "path", "path-day", scene.today, reach=account_queries.everybody_select()
    )
    fieldwork.open_check_in(
        seminar=room,
        code="123456",
        minutes=20,
        late_minutes=None,
        actor_id=scene.people["陈老师"],
        now=scene.now,
    )
    veteran = builders.user("老师傅", unit=session().get(Unit, scene.units["华东一组"]))
    veteran.hire_on = scene.today - timedelta(days=400)
    for slug in ("product-knowledge", "talk-tracks"):
        competency.record_evidence(
            person_id=veteran.id,
            source=competency.Source("attempt", f"veteran {slug}"),
            happened_on=scene.today,
            entries=[
                competency.NewEvidence(slug, EvidenceKind.TEST, pass_mark=60, items=60, right=57)
            ],
            now=scene.now,
            today=scene.today,
        )
    scene.people["老师傅"] = veteran.id


def _sheet(scene: Scene, say: Say, name: str) -> int:
    """Signed, then corrected: the record in force."""
    on = {"actor_id": scene.people[name], "now": scene.now}
    content = {"marks": {"row-0": 2, "row-1": 3}, "notes": {"row-0": say("field_record.content")}}
    filled = fieldwork.Filled(
        happened_on=scene.today,
        content=content,
        key=f"first-{scene.people[name]:06d}",
        verdict=Verdict.NOT_YET,
        because=say("field_record.because")[:400],
        again_on=scene.today + timedelta(days=3),
        notes=say("field_record.notes")[:2000],
    )
    saved = fieldwork.file(
        enrolment_id=scene.enrolments[name], activity_id="path-seen", filled=filled, **on
    )
    return fieldwork.correct(
        record_id=saved.record_id,
        filled=replace(filled, key=f"again-{scene.people[name]:06d}"),
        reason=say("field_record.reason")[:400],
        **on,
    )


def _answer_appeal(scene: Scene, say: Say) -> None:
    """小许 appeals against a mark of 陈老师; 阅卷人 marks that test too."""
    person = builders.user("小许", unit=None, staff_no="CY9appeal")
    scene.people["小许"] = person.id
    attempt = start(scene, assign(scene, "own", "小许")["小许"], "小许")
    hand_in(scene, attempt, "小许", say)
    mark(scene, attempt, say)
    scene.ids["answer appeal"] = ratings.appeal_answer(
        attempt_id=attempt,
        position=written(attempt)[0][0],
        reason=say("answer_appeal.reason")[:400],
        actor_id=person.id,
        now=scene.now,
    )


def _performance(
    scene: Scene, say: Say, name: str, occasion: str, *, marks: int = 2, **more: Any
) -> int:
    """A role-play of somebody, marked by so many."""
    version = track_queries.newest_version("path")
    assert version is not None
    activity, sheet, rules = ratings.roleplay_of(track_queries.track_of(version), "path-play")
    values = {"kind": EvidenceKind.ROLEPLAY, "is_blind": False} | more
    made = ratings.open_performance(
        person_id=scene.people[name],
        enrolment_id=scene.enrolments.get(name),
        activity_id="path-play",
        form=sheet,
        rated_rules=rules,
        occasion=occasion,
        title=activity.title,
        actor_id=scene.people["陈老师"],
        now=scene.now,
        **values,
    )
    for assessor in ("周老师", "总监")[:marks]:
        place = ratings.seat(
            performance_id=made,
            assessor_id=scene.people[assessor],
            role=SeatRole.MARKER,
            actor_id=None,
            now=scene.now,
        )
        _marks(scene, say, place, assessor)
    return made


def _marks(scene: Scene, say: Say, place: int, name: str) -> None:
    ratings.submit(
        seat_id=place,
        new=ratings.NewMark(
            {"row-0": 1, "row-1": 1},
            *(say(f"rated_mark.{one}")[:400] for one in ("keep", "change", "attempt")),
            said=(0,),
        ),
        key="scene",
        seen=0,
        actor_id=scene.people[name],
        now=scene.now,
    )


def _reviews(scene: Scene, say: Say) -> None:
    for label, boss, names in (
        ("own", "李经理", ("小王", "小陈")),
        ("other", "赵经理", ("小赵",)),
    ):
        boss_id = scene.people[boss]
        people = frozenset(scene.people[name] for name in names)
        data = reviews.ReviewData(
            say("review.name")[:120], scene.today + timedelta(days=20), people
        )
        review_id = reviews.create_review(data, scope=people, actor_id=boss_id, now=scene.now)
        scene.ids[f"{label} review"] = review_id
        for person_id in people:
            _plan(scene, say, review_id, person_id, boss_id)
            pack = reports.pack(person_id, review_id=review_id, now=scene.now)
            ref = reviews.take_snapshot(
                person_id=person_id,
                review_id=review_id,
                body=canonical(pack),
                data_through=scene.now,
                actor_id=boss_id,
                now=scene.now,
            )
            scene.snapshots[person_id] = ref.code


def _plan(scene: Scene, say: Say, review_id: int, person_id: int, boss_id: int) -> None:
    goals = [
        reviews.GoalData(
            competency=slug,
            owner_id=boss_id,
            due_on=scene.today + timedelta(days=30),
            **{
                name: say(f"goal.{name}")[:400]
                for name in ("what", "on_the_job", "with_others", "by_course", "proof")
            },
        )
        for slug in ("influence", "insight")
    ]
    reviews.save_plan(
        person_id=person_id,
        review_id=review_id,
        goals=goals,
        actor_id=boss_id,
        now=scene.now,
        today=scene.today,
    )
    for is_appeal in (False, True):
        reviews.comment(
            person_id=person_id,
            review_id=review_id,
            text=say("plan_comment.text")[:2000],
            is_appeal=is_appeal,
            now=scene.now,
        )


def _small_things(scene: Scene, say: Say) -> None:
    for n, name in enumerate((*ACTORS.values(), "小陈", "小赵")):
        person_id = scene.people[name]
        accounts.notify(
            user_id=person_id,
            kind="assigned",
            key=f"scene:{n}",
            params={"title": say("notice.params"), "due": "2026-03-09"},
            url="/assessments/mine",
            now=scene.now,
        )
        scene.notices[name] = (
            session()
            .scalars(
                select(Notice.id).where(Notice.user_id == person_id, Notice.key == f"scene:{n}")
            )
            .one()
        )
        row = UserSession(
            token_hash=token_hash(f"spare {n}"),
            user_id=person_id,
            created_at=scene.now,
            seen_at=scene.now,
            address="127.0.0.1",
            browser=say("user_session.browser")[:200],
        )
        session().add(row)
        session().flush()
        scene.sessions[name] = row.id
        _jobs(scene, say, name)
    _mail(scene, say)
    accounts.log_access(
        kind="profile",
        now=scene.now,
        actor_id=scene.people["李经理"],
        subject_id=scene.people["小王"],
        address=say("access_log.address")[:64],
    )
    _item_reports(scene, say)
    led = select(Leadership.id, Leadership.unit_id)
    scene.ids["leaderships"] = {row.unit_id: row.id for row in session().execute(led)}


def _staff(scene: Scene, say: Say) -> None:
    """A list of people that waits, one that was imported, somebody away."""
    from app.domain.staff import StaffRow, StaffTable
    from app.staff import queries as staff_queries
    from app.staff import services as staff

    def bring(number: int) -> int:
        row = StaffRow(2, "", f"S{number}", say("User.name")[:80], team=(say("Unit.name")[:80],))
        table = StaffTable((row,), {"name": say("staff.column")}, unknown=(say("staff.column"),))
        data = f"{number}".encode()
        name = say("staff_import.name")[:200]
        kept, _again = staff.begin(
            person_id=scene.people["admin"], name=name, data=data, table=table, now=scene.now
        )
        return kept

    who = {"today": scene.today, "actor_id": scene.people["admin"]}
    made = bring(1)
    plan = staff.planned(staff_queries.open_import(made, today=scene.today), **who)
    staff.apply(import_id=made, seen=plan.digest, password_hash="!", now=scene.now, **who)
    scene.ids["made staff list"] = made
    scene.ids["invitable"] = staff.made_people(made)[0]
    staff.invite(
        user_ids=[scene.ids["invitable"]],
        secret="s",
        by_mail=True,
        actor_id=scene.people["admin"],
        now=scene.now,
    )
    scene.ids["staff list"] = bring(2)
    scene.ids["absence"] = staff.be_away(
        user_id=scene.people["小陈"],
        from_on=scene.today,
        back_on=None,
        reason=say("absence.reason")[:400],
        actor_id=scene.people["admin"],
        now=scene.now,
    )


def _knowledge(scene: Scene, say: Say) -> None:
    """Two published entries with a use each, a retired one, and one that waits."""
    for name, kind in (
        ("entry", EntryKind.OBJECTION),
        ("card", EntryKind.METHOD),
        ("retired entry", EntryKind.CASE),
        ("waiting entry", EntryKind.OBJECTION),
    ):
        body = {field: say("knowledge.body") for field in FIELDS[kind]}
        entry_id = knowledge.propose(
            kind=kind,
            texts=[knowledge.Draft("en", say("knowledge.title"), body)],
            tags=[say("knowledge.tags")[:60]],
            actor_id=scene.people["周老师"],
            now=scene.now,
        )
        scene.ids[name] = entry_id
        if name == "waiting entry":
            continue
        knowledge.approve(entry_id=entry_id, actor_id=scene.people["HR"], now=scene.now)
        knowledge.say_used(
            entry_id=entry_id,
            person_id=scene.people["小王"],
            has_worked=True,
            customer=Customer.NEW,
            note=say("knowledge_use.note"),
            now=scene.now,
        )
        if name == "retired entry":
            knowledge.retire(
                entry_id=entry_id,
                reason=say("knowledge.reason")[:400],
                actor_id=scene.people["陈老师"],
                now=scene.now,
            )


def _works(scene: Scene, say: Say) -> None:
    """A deliverable of everybody's with all that is said about it: sent back, but for two."""
    for name in (*ACTORS.values(), "小陈", "小赵"):
        scene.ids[f"{name} work"] = _work(scene, say, name)
    # Everybody has a seat there: what reviewers read is this work.
    reviewed = session().get(Seat, scene.ids["小王 seat"])
    document = session().get(Document, scene.ids["小赵 work"])
    assert reviewed is not None
    assert document is not None
    document.review_id = scene.ids["reviewed"] = reviewed.performance_id


def _work(scene: Scene, say: Say, name: str) -> int:
    by = {"actor_id": scene.people[name], "now": scene.now}

    def place() -> work_queries.Place:
        return work_queries.place(scene.enrolments[name], "path-work", today=scene.today)

    saves = [deliverables.Save(f"row-{n}", 1, say("document_section.text")) for n in range(2)]
    deliverables.save(place(), saves, client="scene", **by)
    deliverables.attach(place(), Checked("file.pdf", "pdf", SHEET), **by)
    planned = [
        deliverables.Planned(
            say("document_milestone.what")[:200],
            say("document_milestone.owner")[:80],
            scene.today,
            say("document_milestone.money")[:40],
        )
    ]
    deliverables.plan_milestones(place(), planned, **by)
    deliverables.hand_in(place(), is_confirmed=True, key="scene", **by)
    remark = deliverables.Remark(1, "row-0", "", say("document_comment.text"), "scene")
    boss = {"party": Party.MANAGER, "actor_id": scene.people["总监"], "now": scene.now}
    deliverables.comment(place(), remark, **boss)
    document = place().document
    assert document is not None
    (said,) = work_queries.comments(document.id)
    answer = say("document_comment.text")
    deliverables.answer(place(), said.id, text=answer, key="answer", **boss)
    (file,) = work_queries.files(document.id)
    scene.ids[f"{name} comment"], scene.ids[f"{name} file"] = said.id, file.id
    if name not in {"小陈", "小赵"}:
        deliverables.send_back(
            document.id,
            place(),
            reason=say("document.reason")[:400],
            actor_id=scene.people["总监"] if name != "总监" else scene.people["HR"],
            now=scene.now,
        )
    return document.id


def _item_reports(scene: Scene, say: Say) -> None:
    """One that waits and one that was answered on each paper."""
    papers = {**scene.finished_of, "shared": scene.finished["小王"]}
    for label in ("own", "other", "shared"):
        paper = session().get(AttemptPaper, papers[label])
        assert paper is not None
        for n, slot in enumerate(thaw(paper.body).slots[:2]):
            is_answered = n == 1
            row = ItemReport(
                attempt_id=papers[label],
                position=slot.position,
                item_version_id=slot.entry.item_version_id,
                item_id=slot.entry.item_id,
                reason=ReportReason.OTHER.value,
                text=say("item_report.text"),
                reported_at=scene.now,
                verdict=ReportVerdict.KEPT.value if is_answered else None,
                reply=say("item_report.reply") if is_answered else None,
                answered_at=scene.now if is_answered else None,
            )
            session().add(row)
            session().flush()
            scene.ids[f"{label} report{' answered' if is_answered else ''}"] = row.id


def _jobs(scene: Scene, say: Say, name: str) -> None:
    books = ((scene.jobs, "done"), (scene.failed_jobs, "failed"), (scene.open_jobs, "queued"))
    for book, state in books:
        job_id = jobs.start_job(
            kind="renew_levels",
            title=say("job_run.title")[:200],
            owner_id=scene.people[name],
            params={},
            now=scene.now,
            total=3,
        )
        book[name] = job_id
        if state == "queued":
            continue
        jobs.claim(job_id, now=scene.now)
        if state == "done":
            place = folder_of(scene.settings, job_id)
            place.mkdir(parents=True, exist_ok=True)
            (place / "made.txt").write_text("made", encoding="utf-8")
            jobs.finish(job_id, now=scene.now, file_name="made.txt")
        else:
            jobs.fail(job_id, message=say("job_run.message")[:500], now=scene.now)


def _mail(scene: Scene, say: Say) -> None:
    """A mail that was refused: a foreign server's words stand on the page."""
    row = Mail(
        person_id=scene.people["小王"],
        kind="notice",
        key="notice:1",
        state="failed",
        tries=1,
        words=say("mail.words")[:500],
        created_at=scene.now,
        next_at=scene.now,
        ended_at=scene.now,
    )
    session().add(row)
    session().flush()
    scene.ids["unsent mail"] = row.id


def latin_names() -> None:
    """Give the cast and its teams Latin names: an English page then holds no Chinese.

    Notices keep the names of the day they were made, so those are changed with them.
    """
    latin = {}
    for n, row in enumerate(session().scalars(select(User).order_by(User.id))):
        if not row.name.isascii():
            latin[row.name] = row.name = f"Person {chr(65 + n % 26)}{n}"
    for n, unit in enumerate(session().scalars(select(Unit).order_by(Unit.id)).all()):
        unit.name = f"Team {n}"
    for notice in session().scalars(select(Notice)):
        notice.params = {key: latin.get(said, said) for key, said in notice.params.items()}
    session().flush()


def release(scene: Scene, label: str) -> None:
    """Let the trainer release what is complete."""
    assessments.release_all(
        assessment_id=scene.ids[f"{label} assessment"],
        owner_id=scene.people["陈老师"],
        now=scene.now,
    )


def lines_of(model: type[Any]) -> int:
    """How many rows a table has."""
    return len(session().execute(select(*model.__table__.primary_key.columns)).all())


__all__ = ["ACTORS", "Assessment", "Attempt", "PlainWords", "Scene", "build", "update"]
