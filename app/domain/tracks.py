"""Training tracks as the rules see them: stages, activities, gates. Frozen values of one version.

Days count from the track's anchor (day 0 is the anchor itself); shares are 0-1; points exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.domain.framework import Level
from app.domain.items import DEFAULT_LANG, PassMark, Text


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


@dataclass(frozen=True, slots=True)
class ExamRules:
    """How an exam of a track is taken. `bank` is the id of an item bank; None: as the bank says."""

    bank: str
    pass_mark: PassMark | None = None
    attempts: int | None = None
    cooldown_minutes: int | None = None
    unseen: Fraction | None = None


@dataclass(frozen=True, slots=True)
class LessonRules:
    """What is read: a file below the track's folder, and the minutes it takes."""

    file: str
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing to do; `due_day` days after the anchor, None: no date of its own."""

    id: str
    kind: ActivityKind
    title: Text
    due_day: int | None = None
    exam: ExamRules | None = None
    lesson: LessonRules | None = None


@dataclass(frozen=True, slots=True)
class NeedsActivity:
    """A gate opens only when this activity is done (an exam: passed)."""

    activity: str


@dataclass(frozen=True, slots=True)
class NeedsLevel:
    """A gate opens only when this level of a competency is confirmed."""

    competency: str
    level: Level


Need = NeedsActivity | NeedsLevel


@dataclass(frozen=True, slots=True)
class Gate:
    """The check at the end of a stage; every need must be met."""

    id: str
    title: Text
    needs: tuple[Need, ...]
    due_day: int | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a track; without a gate it is over when its activities are done."""

    id: str
    title: Text
    activities: tuple[Activity, ...]
    gate: Gate | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """A whole track file."""

    id: str
    title: Text
    tier: str
    anchor: Anchor
    stages: tuple[Stage, ...]
    lang: str = DEFAULT_LANG

    @property
    def activities(self) -> Sequence[Activity]:
        """All activities in the order of the file."""
        return [activity for stage in self.stages for activity in stage.activities]
