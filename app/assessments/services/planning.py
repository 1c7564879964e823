"""What a trainer decides: define, copy, assign, cancel, longer times."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import delete, insert, select, update

from app.accounts.models import User
from app.assessments import content, people
from app.assessments.errors import (
    CancelledError,
    PassMarkError,
    ReasonMissingError,
    ShorterError,
)
from app.assessments.models import (
    Assessment,
    AssessmentMarker,
    AssessmentSource,
    Assignment,
    Attempt,
    SeenItem,
)
from app.assessments.queries.rows import assessment_by_owner, insert_ignore, owned_by, sources
from app.assessments.services import forms
from app.assessments.services.starting import deadline_of, paper_for
from app.assessments.terms import Display, Feedback, Release
from app.audit.services import record
from app.banks import queries as banks
from app.domain import attempts
from app.domain.attempts import Counts
from app.domain.items import DEFAULT_LANG, PassMark, text_in
from app.domain.papers import Cell, PaperPlan
from app.domain.reminders import REMIND_WITH, days_left_to_tell
from app.domain.scoring import line, shown
from app.domain.tracks import ExamRules
from app.kernel.clock import local_day
from app.kernel.db import session
from app.kernel.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Source:
    """A pinned bank version; `bank` is the bank's id as authors write it."""

    bank_version_id: int
    bank: str


@dataclass(frozen=True, slots=True)
class Definition:
    """All that makes an assessment. `plan` None: the one source's own sections."""

    title: str
    sources: tuple[Source, ...]
    pass_mark: PassMark
    plan: PaperPlan | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    limit_seconds: int | None = None
    grace_seconds: int = 5
    attempts_allowed: int = 1
    cooldown_seconds: int = 0
    counts: Counts = Counts.BEST
    feedback: Feedback = Feedback.AFTER_SUBMIT
    shows_keys: bool = True
    release_by: Release = Release.AUTO
    display: Display = Display.ONE
    unseen_share: Fraction = Fraction(0)
    title_en: str | None = None
    track: str | None = None
    forms: int = 0


def define(
    definition: Definition,
    *,
    owner_id: int | None,
    actor_id: int | None,
    now: datetime,
    seed: str = "",
) -> int:
    """Make an assessment; its banks are pinned, its forms drawn by `seed` (else by its number).

    Raises PlanCannotBeMetError, PassMarkError.
    """
    if not definition.sources:
        raise NotFoundError
    row = Assessment(
        owner_id=owner_id,
        plan=None if definition.plan is None else definition.plan.to_json(),
        pass_share=definition.pass_mark.share,
        pass_points=definition.pass_mark.points,
        created_at=now,
        **_settings(definition),
    )
    pinned = content.pinned([source.bank_version_id for source in definition.sources])
    paper = paper_for(row, pinned, seed="0", seen=frozenset())  # what cannot be met is told now
    if not 0 < line(definition.pass_mark, paper.total) <= paper.total:
        raise PassMarkError(total=shown(paper.total))
    db = session()
    db.add(row)
    db.flush()
    db.add_all(
        AssessmentSource(
            assessment_id=row.id, bank_version_id=source.bank_version_id, bank=source.bank
        )
        for source in definition.sources
    )
    db.flush()
    if row.forms:
        forms.make(row, seed=seed or f"assessment/{row.id}", now=now)
    record(
        action="assessment.define",
        object_type="assessment",
        object_id=row.id,
        actor_id=actor_id,
        now=now,
        detail={"title": row.title, "banks": [source.bank for source in definition.sources]},
    )
    return row.id


def define_for_track(
    *,
    title: Mapping[str, str],
    rules: ExamRules,
    track_slug: str,
    actor_id: int | None,
    now: datetime,
) -> int:
    """The assessment of an exam in a training path; what the path leaves open is as the bank says.

    Raises NotFoundError when the bank is not published, PlanCannotBeMetError.
    """
    found = banks.published_bank(rules.bank)
    sources = [banks.published_bank(bank) for bank in rules.banks]
    if found is None or None in sources:
        raise NotFoundError
    minutes = found.bank.time_limit_minutes
    definition = Definition(
        title=text_in(title, DEFAULT_LANG),
        title_en=title.get("en"),
        sources=tuple(Source(one.id, one.bank.id) for one in sources if one is not None),
        plan=_drawn(rules),
        pass_mark=rules.pass_mark or found.bank.pass_mark,
        limit_seconds=None if minutes is None else minutes * 60,
        attempts_allowed=rules.attempts or 1,
        cooldown_seconds=(rules.cooldown_minutes or 0) * 60,
        unseen_share=rules.unseen or Fraction(0),
        track=track_slug,
    )
    return define(definition, owner_id=None, actor_id=actor_id, now=now)


def _drawn(rules: ExamRules) -> PaperPlan | None:
    """The plan of an exam drawn from cells; None where the bank's own sections make the paper."""
    if not rules.draw:
        return None
    cells = tuple(
        Cell(
            n=one.n,
            competency=one.competency,
            difficulty=one.difficulty,
            type=one.type,
            points=one.points,
            banks=one.banks or (rules.bank,),
        )
        for one in rules.draw
    )
    return PaperPlan(cells=cells)


def _settings(definition: Definition) -> dict[str, Any]:
    return {
        "title": definition.title,
        "title_en": definition.title_en,
        "track": definition.track,
        "opens_at": definition.opens_at,
        "closes_at": definition.closes_at,
        "limit_seconds": definition.limit_seconds,
        "grace_seconds": definition.grace_seconds,
        "attempts_allowed": definition.attempts_allowed,
        "cooldown_seconds": definition.cooldown_seconds,
        "counts": definition.counts.value,
        "feedback": definition.feedback.value,
        "shows_keys": definition.shows_keys,
        "release_by": definition.release_by.value,
        "display": definition.display.value,
        "unseen_share": definition.unseen_share,
        "forms": definition.forms,
    }


def definition_of(row: Assessment) -> Definition:
    """The definition of an assessment as it stands."""
    return Definition(
        title=row.title,
        sources=tuple(Source(s.bank_version_id, s.bank) for s in sources(row.id)),
        pass_mark=PassMark(share=row.pass_share, points=row.pass_points),
        plan=None if row.plan is None else PaperPlan.from_json(row.plan),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        limit_seconds=row.limit_seconds,
        grace_seconds=row.grace_seconds,
        attempts_allowed=row.attempts_allowed,
        cooldown_seconds=row.cooldown_seconds,
        counts=Counts(row.counts),
        feedback=Feedback(row.feedback),
        shows_keys=row.shows_keys,
        release_by=Release(row.release_by),
        display=Display(row.display),
        unseen_share=row.unseen_share,
        title_en=row.title_en,
        forms=row.forms,
    )


def copy(*, assessment_id: int, owner_id: int, title: str, now: datetime) -> int:
    """A new assessment with the same settings and pinned banks, without its window and people.

    Raises NotFoundError.
    """
    definition = definition_of(assessment_by_owner(assessment_id, owner_id))
    fresh = replace(definition, title=title, title_en=None, opens_at=None, closes_at=None)
    return define(fresh, owner_id=owner_id, actor_id=owner_id, now=now)


def assign(
    *,
    assessment_id: int,
    person_ids: Collection[int],
    actor_id: int | None,
    now: datetime,
    due_at: datetime | None = None,
) -> Sequence[int]:
    """Ids of the people newly assigned; doing it twice changes nothing, a cancelled one comes back.

    The caller has checked that the actor may assign these people. Raises NotFoundError,
    CancelledError.
    """
    assessment = session().get(Assessment, assessment_id)
    if assessment is None:
        raise NotFoundError
    if assessment.cancelled_at is not None:
        raise CancelledError
    wanted = sorted(set(person_ids))
    if not wanted:
        return []
    rows = [
        {
            "assessment_id": assessment_id,
            "person_id": person_id,
            "is_preview": False,
            "due_at": due_at,
            "extra_seconds": 0,
            "assigned_by_id": actor_id,
            "assigned_at": now,
        }
        for person_id in wanted
    ]
    made = _assign_new(rows) | _assign_again(assessment_id, wanted, due_at)
    if made:
        forms.deal(assessment, sorted(made.values()))
        people.tell_assigned(made, title=assessment.titles, due_at=due_at, now=now)
        record(
            action="assessment.assign",
            object_type="assessment",
            object_id=assessment_id,
            actor_id=actor_id,
            now=now,
            detail={"people": sorted(made)},
        )
    return sorted(made)


def move_due(*, assessment_id: int, person_id: int, due_at: datetime | None) -> None:
    """Another date for one person's assignment; nothing where there is none."""
    session().execute(
        update(Assignment)
        .where(
            Assignment.assessment_id == assessment_id,
            Assignment.person_id == person_id,
            Assignment.is_preview.is_(False),
        )
        .values(due_at=due_at)
    )


def _assign_new(rows: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Assignment ids by person for the rows that were new."""
    statement = insert_ignore(Assignment).returning(Assignment.person_id, Assignment.id)
    return {row[0]: row[1] for row in session().execute(statement, list(rows))}


def _assign_again(
    assessment_id: int, person_ids: Sequence[int], due_at: datetime | None
) -> dict[int, int]:
    """Take cancelled assignments up again."""
    statement = (
        update(Assignment)
        .where(
            Assignment.assessment_id == assessment_id,
            Assignment.person_id.in_(person_ids),
            Assignment.is_preview.is_(False),
            Assignment.cancelled_at.is_not(None),
        )
        .values(cancelled_at=None, due_at=due_at)
        .returning(Assignment.person_id, Assignment.id)
        .execution_options(synchronize_session=False)
    )
    return {row[0]: row[1] for row in session().execute(statement)}


def cancel(*, assessment_id: int, owner_id: int, reason: str, now: datetime) -> None:
    """Nobody may start any more; who has started may finish. Raises NotFoundError."""
    row = assessment_by_owner(assessment_id, owner_id)
    if row.cancelled_at is not None:
        return
    row.cancelled_at = now
    session().flush()
    people.tell_cancelled(_not_begun(assessment_id), title=row.titles, now=now)
    record(
        action="assessment.cancel",
        object_type="assessment",
        object_id=row.id,
        actor_id=owner_id,
        now=now,
        reason=_reason(reason),
    )


def _not_begun(assessment_id: int) -> dict[int, int]:
    """Assignment ids by person, of those who have not started."""
    started = select(Attempt.id).where(Attempt.assignment_id == Assignment.id).exists()
    rows = session().execute(
        select(Assignment.person_id, Assignment.id).where(
            Assignment.assessment_id == assessment_id,
            Assignment.is_preview.is_(False),
            Assignment.cancelled_at.is_(None),
            ~started,
        )
    )
    return {row[0]: row[1] for row in rows}


def remind(*, now: datetime) -> int:
    """Tell people what falls due, or fell due, and is not handed in, on the days to do so.

    Days are those of each person; twice on the same day changes nothing. Gives the number told.
    """
    handed_in = (
        select(Attempt.id)
        .where(
            Attempt.assignment_id == Assignment.id,
            Attempt.submitted_at.is_not(None),
            Attempt.voided_at.is_(None),
        )
        .exists()
    )
    rows = (
        session()
        .execute(
            select(
                Assignment.person_id, Assignment.id, Assignment.due_at, Assessment, User.timezone
            )
            .join(Assessment, Assessment.id == Assignment.assessment_id)
            .join(User, User.id == Assignment.person_id)
            .where(
                # Two days more than are asked for: midnight is not the same everywhere.
                Assignment.due_at > now + timedelta(days=min(REMIND_WITH) - 2),
                Assignment.due_at < now + timedelta(days=max(REMIND_WITH) + 2),
                Assignment.is_preview.is_(False),
                Assignment.cancelled_at.is_(None),
                Assessment.cancelled_at.is_(None),
                ~handed_in,
            )
        )
        .all()
    )
    told = 0
    for person_id, assignment_id, due_at, assessment, timezone in rows:
        due_on = local_day(due_at or now, timezone)
        left = days_left_to_tell(due_on, local_day(now, timezone))
        if left is not None:
            told += people.tell_due(
                person_id,
                assignment_id=assignment_id,
                title=assessment.titles,
                due_on=due_on,
                days_left=left,
                now=now,
            )
    return told


def cancel_assignment(
    *, assessment_id: int, person_id: int, owner_id: int | None, now: datetime
) -> None:
    """One person need not sit it. Raises NotFoundError."""
    row = _assignment(assessment_id, person_id, owner_id)
    if row.cancelled_at is None:
        row.cancelled_at = now
        session().flush()
        record(
            action="assignment.cancel",
            object_type="assessment",
            object_id=assessment_id,
            actor_id=owner_id,
            now=now,
            detail={"person": person_id},
        )


def give_time(
    *,
    assessment_id: int,
    person_id: int,
    extra_seconds: int,
    owner_id: int,
    reason: str,
    now: datetime,
) -> None:
    """Extra time for one person, in all; moves the deadline of an open attempt.

    Raises NotFoundError, ShorterError, ReasonMissingError.
    """
    row = _assignment(assessment_id, person_id, owner_id)
    if extra_seconds < row.extra_seconds:
        raise ShorterError
    before, row.extra_seconds = row.extra_seconds, extra_seconds
    session().flush()
    _move_deadlines(assessment_id)
    record(
        action="attempt.extra_time",
        object_type="assessment",
        object_id=assessment_id,
        actor_id=owner_id,
        now=now,
        detail={"person": person_id, "before": before, "after": extra_seconds},
        reason=_reason(reason),
    )


def lengthen(
    *,
    assessment_id: int,
    owner_id: int,
    limit_seconds: int | None,
    closes_at: datetime | None,
    now: datetime,
) -> None:
    """A longer limit or window; open attempts get it too. Raises NotFoundError, ShorterError."""
    row = assessment_by_owner(assessment_id, owner_id)
    started = session().scalar(
        select(Attempt.id)
        .where(Attempt.assessment_id == assessment_id, Attempt.is_preview.is_(False))
        .limit(1)
    )
    if started is not None and (
        _is_shorter(limit_seconds, row.limit_seconds) or _is_shorter(closes_at, row.closes_at)
    ):
        raise ShorterError
    before = {"limit": row.limit_seconds, "closes": row.closes_at}
    _keys_show_at(row, closes_at)
    row.limit_seconds, row.closes_at = limit_seconds, closes_at
    session().flush()
    _move_deadlines(assessment_id)
    record(
        action="assessment.lengthen",
        object_type="assessment",
        object_id=assessment_id,
        actor_id=owner_id,
        now=now,
        detail={"before": before, "after": {"limit": limit_seconds, "closes": closes_at}},
    )


def _keys_show_at(row: Assessment, closes_at: datetime | None) -> None:
    """Keys that were to show at the old end of the window show at the new one."""
    if row.feedback != Feedback.AFTER_CLOSE or row.closes_at == closes_at:
        return
    sat = select(Attempt.person_id).where(Attempt.assessment_id == row.id)
    session().execute(
        update(SeenItem)
        .where(SeenItem.key_at == row.closes_at, SeenItem.person_id.in_(sat))
        .values(key_at=closes_at)
        .execution_options(synchronize_session=False)
    )


def _is_shorter(new: Any, old: Any) -> bool:
    """None means without bound."""
    return new is not None and (old is None or new < old)


def _move_deadlines(assessment_id: int) -> None:
    """Later deadlines for open attempts; nothing moves earlier."""
    db = session()
    rows = db.execute(
        select(Attempt, Assignment, Assessment)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .join(Assessment, Assessment.id == Attempt.assessment_id)
        .where(
            Attempt.assessment_id == assessment_id,
            Attempt.submitted_at.is_(None),
            Attempt.voided_at.is_(None),
        )
        .with_for_update(of=Attempt)
        .execution_options(populate_existing=True)
    ).all()
    for attempt, assignment, assessment in rows:
        computed = deadline_of(assignment, assessment, started_at=attempt.started_at)
        attempt.deadline_at = attempts.extended(attempt.deadline_at, computed)
    db.flush()


def preview(*, assessment_id: int, owner_id: int, now: datetime) -> int:
    """The trainer's own assignment for trying the paper; it never counts. Raises NotFoundError."""
    assessment_by_owner(assessment_id, owner_id)
    db = session()
    row = {
        "assessment_id": assessment_id,
        "person_id": owner_id,
        "is_preview": True,
        "extra_seconds": 0,
        "assigned_by_id": owner_id,
        "assigned_at": now,
    }
    made = db.scalar(insert_ignore(Assignment).returning(Assignment.id), row)
    if made is not None:
        return int(made)
    return db.execute(
        select(Assignment.id).where(
            Assignment.assessment_id == assessment_id,
            Assignment.person_id == owner_id,
            Assignment.is_preview.is_(True),
        )
    ).scalar_one()


def set_markers(
    *, assessment_id: int, marker_ids: Collection[int], owner_id: int, now: datetime
) -> None:
    """Who marks the written answers beside the trainers. Raises NotFoundError."""
    assessment_by_owner(assessment_id, owner_id)
    db = session()
    db.execute(delete(AssessmentMarker).where(AssessmentMarker.assessment_id == assessment_id))
    rows = [{"assessment_id": assessment_id, "marker_id": one} for one in sorted(set(marker_ids))]
    if rows:
        db.execute(insert(AssessmentMarker), rows)
    record(
        action="assessment.markers",
        object_type="assessment",
        object_id=assessment_id,
        actor_id=owner_id,
        now=now,
        detail={"markers": sorted(set(marker_ids))},
    )


def _assignment(assessment_id: int, person_id: int, owner_id: int | None) -> Assignment:
    """One person's assignment; with `owner_id` None of an assessment all trainers share."""
    whose = Assessment.owner_id.is_(None) if owner_id is None else owned_by(owner_id)
    found = session().scalar(
        select(Assignment)
        .join(Assessment, Assessment.id == Assignment.assessment_id)
        .where(
            Assessment.id == assessment_id,
            whose,
            Assignment.person_id == person_id,
            Assignment.is_preview.is_(False),
        )
    )
    if found is None:
        raise NotFoundError
    return found


def _reason(text: str) -> str:
    if not text.strip():
        raise ReasonMissingError
    return text.strip()
