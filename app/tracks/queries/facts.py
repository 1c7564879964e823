"""What has happened on enrolments, gathered for many at once: the input of `domain.progress`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Select, bindparam, select

from app.assessments.queries.cards import passed_pairs
from app.banks.loader import load_text
from app.competency import queries as competency
from app.competency.queries import StoredLevel
from app.domain.competency import Status
from app.domain.enrolment import Pause, State, shift
from app.domain.progress import Facts, Progress, progress, renewal_progress
from app.domain.tracks import Party, Track
from app.kernel.db import session
from app.tracks.models import (
    Credential,
    Enrolment,
    GateExtension,
    GatePassage,
    GateSignature,
    Leave,
    LessonRead,
    StepResult,
    TrackExam,
    TrackVersion,
)

Row = TypeVar(
    "Row", StepResult, GatePassage, GateExtension, GateSignature, Leave, LessonRead, Credential
)


@dataclass(frozen=True, slots=True)
class Known:
    """All that is stored about one enrolment. `steps`: activity -> its row, `signatures`: gate and
    party -> the latest word, `passages`: gate -> when it was passed, all of the round that counts.

    `credential`: the latest that is not void. `shift_renewal`: days of leave since the renewal
    began, which alone move its dates."""

    facts: Facts
    exams: Mapping[str, int]
    read_at: Mapping[str, datetime] = field(default_factory=dict)
    steps: Mapping[str, StepResult] = field(default_factory=dict)
    signatures: Mapping[tuple[str, Party], GateSignature] = field(default_factory=dict)
    passages: Mapping[str, datetime] = field(default_factory=dict)
    extensions: Mapping[str, GateExtension] = field(default_factory=dict)
    leaves: Sequence[Leave] = ()
    credential: Credential | None = None
    shift_renewal: int = 0

    def away_before(self, day: date) -> int:
        """Days of leave before a day."""
        return sum(max((min(one.back_on or day, day) - one.from_on).days, 0) for one in self.leaves)


# Built once: everything that happens on a track looks at them, several times a request.
_VERSIONS: Final = select(TrackVersion).where(TrackVersion.id.in_(bindparam("ids", expanding=True)))
_OF_ENROLMENTS: Final[Mapping[type, Select[Any]]] = {
    table: select(table)
    .where(table.enrolment_id.in_(bindparam("ids", expanding=True)))
    .order_by(table.id)
    for table in (
        StepResult,
        GatePassage,
        GateExtension,
        GateSignature,
        Leave,
        LessonRead,
        Credential,
    )
}
_MOST_PARSED: Final = 64
_parsed: Final[dict[tuple[int, str], Track]] = {}


def track_of(version: TrackVersion) -> Track:
    """The track of a stored version, read and parsed once per process."""
    key = version.id, version.sha256
    found = _parsed.get(key)
    if found is None:
        found = load_text(version.source, name=f"track version {version.id}").track
        if found is None:
            raise ValueError(f"stored track version {version.id} can no longer be read")
        if len(_parsed) >= _MOST_PARSED:
            _parsed.clear()
        _parsed[key] = found
    return found


def versions_by_id(ids: Collection[int]) -> dict[int, TrackVersion]:
    """Versions by id, without their text. One SELECT."""
    return {row.id: row for row in session().scalars(_VERSIONS, {"ids": sorted(set(ids))})}


def confirmed(levels: Iterable[StoredLevel]) -> dict[str, int]:
    """Competency -> rank of the confirmed level, of those with sufficient evidence."""
    return {
        one.competency: one.level.rank
        for one in levels
        if one.status is Status.SUFFICIENT and one.level is not None
    }


def known_of(rows: Sequence[Enrolment], *, today: date) -> dict[int, Known]:
    """What is known of these enrolments, by id. Eleven SELECTs (two of them per 500 people)."""
    if not rows:
        return {}
    ids = [row.id for row in rows]
    versions = versions_by_id([row.track_version_id for row in rows])
    people = {row.person_id for row in rows}
    exams = _exams(versions)
    passed = passed_pairs({one[2] for of in exams.values() for one in of}, person_ids=people)
    levels = competency.levels_for(people)
    reads = _grouped(LessonRead, ids)
    steps = _grouped(StepResult, ids)
    passages = _grouped(GatePassage, ids)
    extensions = _grouped(GateExtension, ids)
    signatures = _grouped(GateSignature, ids)
    leaves = _grouped(Leave, ids)
    credentials = _grouped(Credential, ids)
    found = {}
    for row in rows:
        rounds = rounds_in(track_of(versions[row.track_version_id]), row.renewals)
        known = Known(
            facts=Facts(levels=confirmed(levels[row.person_id])),
            exams={
                activity: assessment
                for activity, number, assessment in exams[row.track_version_id]
                if number == rounds.of(activity)
            },
            read_at={
                one.activity_id: one.read_at
                for one in reads[row.id]
                if rounds.has(one.activity_id, one)
            },
            steps={
                one.activity_id: one for one in steps[row.id] if rounds.has(one.activity_id, one)
            },
            signatures={
                (one.gate_id, Party(one.party)): one
                for one in signatures[row.id]
                if rounds.has(one.gate_id, one)
            },
            passages={
                one.gate_id: one.passed_at
                for one in passages[row.id]
                if rounds.has(one.gate_id, one)
            },
            extensions={
                one.gate_id: one for one in extensions[row.id] if rounds.has(one.gate_id, one)
            },
            leaves=leaves[row.id],
            credential=next(
                (one for one in reversed(credentials[row.id]) if one.voided_at is None), None
            ),
            shift_renewal=shift(
                tuple(
                    Pause(one.from_on, one.back_on)
                    for one in leaves[row.id]
                    if row.renewal_on is not None and one.from_on >= row.renewal_on
                ),
                today=today,
            ),
        )
        done = {one for one, exam in known.exams.items() if (exam, row.person_id) in passed}
        found[row.id] = replace(known, facts=_facts(known, done, today))
    return found


def _facts(known: Known, passed: Collection[str], today: date) -> Facts:
    """The rows as the rules want them; `passed` are the exams passed."""
    steps = known.steps.values()
    done = {*known.read_at, *passed, *(step.activity_id for step in steps if step.is_done)}
    pauses = tuple(Pause(one.from_on, one.back_on) for one in known.leaves)
    return replace(
        known.facts,
        done=done,
        times={step.activity_id: step.times for step in steps},
        waived={step.activity_id for step in steps if step.is_waived},
        signed={key for key, one in known.signatures.items() if one.is_yes},
        passed_gates=set(known.passages),
        shift=shift(pauses, today=today),
        extensions={gate: one.days for gate, one in known.extensions.items()},
    )


def progress_of(row: Enrolment, track: Track, known: Known, *, today: date) -> Progress:
    """Where an enrolment stands: with the track, or with the renewal while that is going on."""
    if row.renewal_on is not None and is_renewing(row):
        facts = replace(known.facts, shift=known.shift_renewal)
        return renewal_progress(track, started_on=row.renewal_on, today=today, facts=facts)
    return progress(track, anchor_on=row.anchor_on, today=today, facts=known.facts)


def is_renewing(row: Enrolment) -> bool:
    """Whether the renewal is what the learner works on; a leave in the middle changes nothing."""
    return State.RECERTIFYING in {row.state, row.back_to}


@dataclass(frozen=True, slots=True)
class Rounds:
    """Which round of each activity and gate counts: the first, or that of the latest renewal.

    `renewed` are the ids of what is done again in each renewal.
    """

    renewed: frozenset[str]
    renewals: int

    def of(self, thing_id: str) -> int:
        """The round of an activity or a gate; 0 for what comes before any renewal has begun."""
        return self.renewals if thing_id in self.renewed else 1

    def has(self, thing_id: str, row: "Rounded") -> bool:
        """Whether this row belongs to the round that counts."""
        return row.round == self.of(thing_id)


Rounded = StepResult | GatePassage | GateExtension | GateSignature | LessonRead


def rounds_in(track: Track, renewals: int) -> Rounds:
    """The rounds of somebody who has begun so many renewals."""
    stage = track.renewal
    if stage is None:
        return Rounds(frozenset(), renewals)
    gate = {stage.gate.id} if stage.gate else set()
    return Rounds(frozenset({one.id for one in stage.activities} | gate), renewals)


def rounds_of(row: Enrolment) -> Rounds:
    """The rounds of one enrolment. One SELECT."""
    version = versions_by_id([row.track_version_id])[row.track_version_id]
    return rounds_in(track_of(version), row.renewals)


def _grouped(table: type[Row], ids: Sequence[int]) -> dict[int, list[Row]]:
    """Rows by enrolment, oldest first. One SELECT."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row in session().scalars(_OF_ENROLMENTS[table], {"ids": ids}):
        found[row.enrolment_id].append(row)
    return found


def _exams(version_ids: Collection[int]) -> dict[int, list[tuple[str, int, int]]]:
    """Version -> its (activity, round, assessment)."""
    found: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
    for row in session().scalars(
        select(TrackExam).where(TrackExam.track_version_id.in_(version_ids))
    ):
        found[row.track_version_id].append((row.activity_id, row.round, row.assessment_id))
    return found
