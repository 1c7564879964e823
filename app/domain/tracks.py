"""Training tracks as the rules see them: stages, activities, forms, gates. Values of one version.

Days count from the track's anchor (day 0 is the anchor itself, before it is negative); shares are
0-1; marks of a row are whole numbers from 0 to the row's `points`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Final

from app.domain.framework import Level
from app.domain.items import DEFAULT_LANG, ItemType, PassMark, Text
from app.domain.workdays import Days

# A fully signed checklist says that routine work was done right under somebody's eyes, which is
# the level "independent" and no more; see docs/adr/0010.
CHECKLIST_SCORE: Final = 70
RATED_PASS: Final = Fraction(60, 100)
TOLERANCE: Final = Fraction(10, 100)


class Anchor(StrEnum):
    """The date from which the days of a track are counted."""

    HIRE_DATE = "hire_date"
    COHORT_START = "cohort_start"


class ActivityKind(StrEnum):
    """What a learner does in a stage."""

    LESSON = "lesson"
    EXAM = "exam"
    CHECKLIST = "checklist"
    OBSERVATION = "observation"
    ROLEPLAY = "roleplay"
    BATTLE = "battle"
    DELIVERABLE = "deliverable"
    SEMINAR = "seminar"
    SURVEY = "survey"
    KPI_MILESTONE = "kpi_milestone"


class Party(StrEnum):
    """Who acts, seen from the learner."""

    LEARNER = "learner"
    MENTOR = "mentor"
    TRAINER = "trainer"
    MANAGER = "manager"
    HR = "hr"
    PEER = "peer"


class Marking(StrEnum):
    """How many assessors mark rated work, and who settles a difference (spec: rated work)."""

    SINGLE = "single"
    LEAD = "1+1"
    PAIR = "2+1"
    PANEL = "2+1+1"


class Publish(StrEnum):
    """Where accepted work is published."""

    CASE = "case"
    METHOD = "method"


@dataclass(frozen=True, slots=True)
class DrawRules:
    """So many items of a kind, of the named banks (none: of the exam's own); None: any.

    `points`: what each of them counts, None: as its bank says.
    """

    n: int
    competency: str | None = None
    difficulty: int | None = None
    type: ItemType | None = None
    points: Fraction | None = None
    banks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExamRules:
    """How an exam of a track is taken. `bank` is the id of an item bank; None: as the bank says.

    With `draw` the paper is drawn anew for everybody, from these cells.
    """

    bank: str
    pass_mark: PassMark | None = None
    attempts: int | None = None
    cooldown_minutes: int | None = None
    unseen: Fraction | None = None
    draw: tuple[DrawRules, ...] = ()

    @property
    def banks(self) -> tuple[str, ...]:
        """Every bank the paper may take items from, the exam's own first."""
        return tuple(dict.fromkeys((self.bank, *(b for cell in self.draw for b in cell.banks))))


@dataclass(frozen=True, slots=True)
class LessonRules:
    """What is read: a file below the track's folder, and the minutes it takes."""

    file: str
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class FormRow:
    """One line of a form: a task, a behaviour to rate, a question, or a section to write.

    `points` is the highest mark; `anchors` say what each mark from 0 on looks like; `weight` counts
    in the total; `least` is the fewest characters of a written section; `pass_share` a pass mark of
    this row alone.
    """

    id: str
    title: Text
    hint: Text | None = None
    competency: str | None = None
    weight: int = 1
    points: int = 4
    anchors: tuple[Text, ...] = ()
    least: int | None = None
    pass_share: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """What is filled in: rows in the order of the page; `never` is what must not be said."""

    id: str
    title: Text
    rows: tuple[FormRow, ...]
    intro: Text | None = None
    never: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class RatedRules:
    """How rated work (role-play, deliverable) is marked and passed. Shares 0-1 of the maximum.

    `excludes` are the parties who may not assess this learner. `panel` are the parties of which one
    each sits on it; empty: any assessor. `resubmit` days for one further try (None: none).
    """

    marking: Marking = Marking.PAIR
    tolerance: Fraction = TOLERANCE
    pass_share: Fraction = RATED_PASS
    excludes: tuple[Party, ...] = ()
    panel: tuple[Party, ...] = ()
    resubmit: int | None = None


@dataclass(frozen=True, slots=True)
class WorkDays:
    """The further dates of a deliverable, as days after the anchor; `comments`, `follow_up` are
    days after the draft and after the end."""

    draft: int | None = None
    comments: int | None = None
    revision: int | None = None
    defence: int | None = None
    follow_up: int | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing to do; `due_day` days after the anchor, None: no date of its own.

    `form` is the id of a form of the track. `by` are the parties who fill it in (a checklist: each
    of them signs every row). It is done when `needed` of `times` are done; `every` days apart.
    `people` are the fewest and the most of a seminar. `reviews` is how many peers review a
    deliverable, by the form `review_form`.
    """

    id: str
    kind: ActivityKind
    title: Text
    due_day: int | None = None
    exam: ExamRules | None = None
    lesson: LessonRules | None = None
    form: str | None = None
    by: tuple[Party, ...] = ()
    times: int = 1
    needed: int = 1
    every: int | None = None
    rated: RatedRules | None = None
    work: WorkDays | None = None
    people: tuple[int, int] | None = None
    minutes: int | None = None
    reviews: int = 0
    review_form: str | None = None
    publish: Publish | None = None
    target: Text | None = None


@dataclass(frozen=True, slots=True)
class NeedsActivity:
    """A gate opens only when this activity is done (an exam: passed)."""

    activity: str


@dataclass(frozen=True, slots=True)
class NeedsLevel:
    """A gate opens only when this level of a competency is confirmed."""

    competency: str
    level: Level


@dataclass(frozen=True, slots=True)
class NeedsSignature:
    """A gate opens only when this party has agreed (the learner: has acknowledged)."""

    party: Party


Need = NeedsActivity | NeedsLevel | NeedsSignature


@dataclass(frozen=True, slots=True)
class Gate:
    """The check at the end of a stage; every need must be met.

    `extend`: days its date may be moved, once (None: it may not); `needs_plan`: only with a plan.
    `review`: who looks at a gate that was not reached even so.
    """

    id: str
    title: Text
    needs: tuple[Need, ...]
    due_day: int | None = None
    extend: int | None = None
    needs_plan: bool = False
    review: tuple[Party, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a track; without a gate it is over when its activities are done."""

    id: str
    title: Text
    activities: tuple[Activity, ...]
    gate: Gate | None = None


@dataclass(frozen=True, slots=True)
class CredentialRules:
    """What passing the track is worth: valid `days`; `warn` days before its end it expires soon.

    `keep`: (needed, of) of the last rounds, for a status that is kept by taking part.
    """

    id: str
    title: Text
    days: int
    warn: int
    keep: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class EnrolRules:
    """Who is enrolled without being asked: the job role, hired at most `within` days ago."""

    role: str
    within: int


@dataclass(frozen=True, slots=True)
class Track:
    """A whole track file. `renewal` is what has to be done again before the credential ends; its
    days count from the day the renewal starts."""

    id: str
    title: Text
    tier: str
    anchor: Anchor
    stages: tuple[Stage, ...]
    lang: str = DEFAULT_LANG
    days: Days = Days.CALENDAR
    forms: Mapping[str, Form] = field(default_factory=dict)
    enrol: EnrolRules | None = None
    credential: CredentialRules | None = None
    renewal: Stage | None = None

    @property
    def activities(self) -> Sequence[Activity]:
        """All activities in the order of the file, those of the renewal apart."""
        return [activity for stage in self.stages for activity in stage.activities]

    @property
    def all_activities(self) -> Sequence[Activity]:
        """All activities, those of the renewal last."""
        return [*self.activities, *(self.renewal.activities if self.renewal else ())]

    def activity(self, activity_id: str) -> Activity | None:
        """The activity with this id, None when the track has none."""
        return next((one for one in self.all_activities if one.id == activity_id), None)

    def form_of(self, activity: Activity) -> Form | None:
        """The form of an activity."""
        return None if activity.form is None else self.forms[activity.form]
