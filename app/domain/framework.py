"""The competency framework as the rules see it: competencies, expectations, the formula.

Every figure of the computation is data of the framework file (`formula:`), never a constant in
code. Scores and standard deviations are on the scale 0-100, shares and probabilities 0-1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.items import DEFAULT_LANG, Text


class Level(StrEnum):
    """Proficiency levels, lowest first."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"
    L5 = "L5"

    @property
    def rank(self) -> int:
        """1-5, for comparing and for drawing."""
        return int(self.value[1])


class CompetencyKind(StrEnum):
    """Knowledge is known; behaviour is done. A test says less about the second."""

    KNOWLEDGE = "knowledge"
    BEHAVIOUR = "behaviour"


class EvidenceKind(StrEnum):
    """The kinds of evidence a competency may accept."""

    TEST = "test"
    ROLEPLAY = "roleplay"
    WORK = "work"
    OBSERVATION = "observation"
    PEER = "peer"
    DIRECT_REPORT = "direct_report"

    @property
    def is_rated(self) -> bool:
        """True for what a person rates; a test is scored."""
        return self is not EvidenceKind.TEST


class CompetencyStatus(StrEnum):
    """A retired competency keeps its history and is asked of nobody any more."""

    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class LevelName:
    """How a level is called and what it means in one line."""

    name: Text
    gist: Text | None = None


@dataclass(frozen=True, slots=True)
class Competency:
    """One competency; `indicators`: observable behaviour per level, `short`: a name for axes."""

    slug: str
    name: Text
    kind: CompetencyKind
    evidence: tuple[EvidenceKind, ...]
    group: str | None = None
    code: str | None = None
    short: Text | None = None
    description: Text | None = None
    indicators: Mapping[Level, tuple[Text, ...]] = field(default_factory=dict)
    status: CompetencyStatus = CompetencyStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a role needs at a step: the level, and how much it weighs (1-3)."""

    role: str
    step: str
    competency: str
    level: Level
    weight: int


@dataclass(frozen=True, slots=True)
class Prior:
    """The neutral start of every profile."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class TestParams:
    """Shrinkage and variance of a test's share: p~ = (r + successes) / (n + trials)."""

    __test__ = False  # pytest collects classes by this name otherwise

    shrink_successes: float
    shrink_trials: float
    variance_trials: float
    seen_item_weight: float


@dataclass(frozen=True, slots=True)
class RatedKind:
    """Reliability of one rater (`rho`) and what a situation adds to the deviation (`tau`)."""

    rho: float
    tau: float


@dataclass(frozen=True, slots=True)
class RatedParams:
    """How ratings by people become a variance."""

    sigma: float
    kinds: Mapping[EvidenceKind, RatedKind]
    repeat_window_days: int
    repeat_counts_at_most: int


@dataclass(frozen=True, slots=True)
class HalfLife:
    """Days after which evidence weighs half."""

    test: float
    other: float


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Bounds of the factor by which contradicting evidence widens the deviation."""

    min: float
    max: float


@dataclass(frozen=True, slots=True)
class SingleKind:
    """What counts as enough where a competency accepts one kind of evidence only."""

    assessors: int
    dates: int


@dataclass(frozen=True, slots=True)
class StatusParams:
    """When a profile is insufficient, provisional, sufficient or stale."""

    insufficient_sd: float
    settled_sd: float
    stale_days: int
    knowledge_min_items: float
    knowledge_window_days: int
    behaviour_min_kinds: int
    behaviour_needs_rated: bool
    single_kind: SingleKind


@dataclass(frozen=True, slots=True)
class Formula:
    """All figures of the computation, as `formula:` in the framework file names them."""

    version: int
    anchor: float
    prior: Prior
    knowing_is_not_doing: Mapping[CompetencyKind, float]
    test: TestParams
    rated: RatedParams
    half_life_days: HalfLife
    disagreement: Disagreement
    interval_z: float
    probability_met: float
    probability_gap: float
    status: StatusParams
    level_cuts: Mapping[Level, float]
    weightless: tuple[str, ...] = ()
    use_360_ratings: bool = False


@dataclass(frozen=True, slots=True)
class Framework:
    """A whole framework file of one version."""

    id: str
    version: int
    title: Text
    levels: Mapping[Level, LevelName]
    groups: Mapping[str, Text]
    competencies: tuple[Competency, ...]
    expectations: tuple[Expectation, ...]
    formula: Formula
    lang: str = DEFAULT_LANG

    def competency(self, slug: str) -> Competency | None:
        """The competency of that slug, or None."""
        return next((c for c in self.competencies if c.slug == slug), None)

    def expected(self, *, role: str, step: str) -> dict[str, Expectation]:
        """Expectations of a role at a step, by competency slug; what is missing is not required."""
        return {e.competency: e for e in self.expectations if (e.role, e.step) == (role, step)}
