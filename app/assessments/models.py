"""Assessment, assignment, attempt with its frozen paper, answers, scores and results.

What must not happen twice is a UNIQUE here, never a check before an insert: two attempts with one
number, two marks of one revision, two results of one number.
"""

from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    Float,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.assessments.terms import (
    Cause,
    Display,
    Feedback,
    Medium,
    Release,
    ReportReason,
    ReportVerdict,
    SignalKind,
)
from app.domain.attempts import Counts
from app.kernel.db import Base, Points, UtcDateTime, enum_check


class Assessment(Base):
    """The scheduled thing. `plan` null: the one source's own sections make the paper.

    Exactly one of `pass_share` (0-1) and `pass_points` is set. Times in seconds. Without an owner
    it is shared by all trainers. `track`: slug of the training path it is an exam of. `forms` 0:
    everybody gets her own draw; 1: all get the same paper; more: so many parallel forms.
    """

    __tablename__ = "assessment"
    __table_args__ = (
        enum_check("counts", Counts),
        enum_check("feedback", Feedback),
        enum_check("release_by", Release),
        enum_check("display", Display),
        CheckConstraint("(pass_share IS NULL) <> (pass_points IS NULL)", name="one_pass_mark"),
        CheckConstraint("limit_seconds IS NULL OR limit_seconds > 0", name="limit"),
        CheckConstraint("attempts_allowed >= 1", name="attempts"),
        CheckConstraint("grace_seconds >= 0 AND cooldown_seconds >= 0", name="seconds"),
        CheckConstraint("forms BETWEEN 0 AND 8", name="forms"),
        CheckConstraint(
            "opens_at IS NULL OR closes_at IS NULL OR opens_at < closes_at", name="window"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str | None] = mapped_column(String(200))
    track: Mapped[str | None] = mapped_column(String(64), index=True)
    plan: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    limit_seconds: Mapped[int | None]
    grace_seconds: Mapped[int] = mapped_column(default=5)
    attempts_allowed: Mapped[int] = mapped_column(default=1)
    cooldown_seconds: Mapped[int] = mapped_column(default=0)
    counts: Mapped[str] = mapped_column(String(10), default=Counts.BEST)
    pass_share: Mapped[Fraction | None] = mapped_column(Points)
    pass_points: Mapped[Fraction | None] = mapped_column(Points)
    feedback: Mapped[str] = mapped_column(String(20), default=Feedback.AFTER_SUBMIT)
    shows_keys: Mapped[bool] = mapped_column(default=True)
    release_by: Mapped[str] = mapped_column(String(10), default=Release.AUTO)
    display: Mapped[str] = mapped_column(String(10), default=Display.ONE)
    unseen_share: Mapped[Fraction] = mapped_column(Points, default=Fraction(0))
    forms: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def titles(self) -> dict[str, str]:
        """The title by language, for notices."""
        return {"zh-CN": self.title, "en": self.title_en or ""}


class AssessmentSource(Base):
    """A bank the paper is drawn from, in the version pinned when the assessment was made."""

    __tablename__ = "assessment_source"

    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    bank_version_id: Mapped[int] = mapped_column(
        ForeignKey("bank_version.id"), primary_key=True, index=True
    )
    bank: Mapped[str] = mapped_column(String(64), index=True)


class AssessmentMarker(Base):
    """Somebody beside the trainers who marks the written answers of an assessment."""

    __tablename__ = "assessment_marker"

    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    marker_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)


class Assignment(Base):
    """A person is to sit an assessment. A trainer's preview has an assignment of its own kind.

    `extra_attempts`: given to this person beside those of the assessment.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        UniqueConstraint("assessment_id", "person_id", "is_preview"),
        CheckConstraint("extra_seconds >= 0", name="extra"),
        CheckConstraint("extra_attempts >= 0", name="extra_attempts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    is_preview: Mapped[bool] = mapped_column(default=False)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    extra_seconds: Mapped[int] = mapped_column(default=0)
    extra_attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    assigned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Attempt(Base):
    """One sitting. Its state follows from the times: nothing says the same thing twice.

    `deadline_at` null: no limit and no window end. `total` counts what is scored so far while
    `scored_at` is null. `unit_id` is the team of the person on the day of submission.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("assignment_id", "number"),
        Index("ix_attempt_open", "submitted_at", "deadline_at"),
        Index("ix_attempt_assessment_person", "assessment_id", "person_id"),
        Index("ix_attempt_released_at", "released_at"),
        # Few rows whatever the history: what is under way, and what was taken out.
        Index(
            "ix_attempt_under_way",
            "assessment_id",
            "person_id",
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
        Index(
            "ix_attempt_void",
            "assessment_id",
            "person_id",
            sqlite_where=text("voided_at IS NOT NULL"),
            postgresql_where=text("voided_at IS NOT NULL"),
        ),
        CheckConstraint("scored_at IS NULL OR submitted_at IS NOT NULL", name="scored"),
        CheckConstraint("released_at IS NULL OR scored_at IS NOT NULL", name="released"),
        CheckConstraint("number >= 1", name="number"),
        enum_check("medium", Medium),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    number: Mapped[int]
    is_preview: Mapped[bool] = mapped_column(default=False)
    medium: Mapped[str] = mapped_column(
        String(10), default=Medium.ONLINE, server_default=Medium.ONLINE.value
    )
    seed: Mapped[str] = mapped_column(String(64))
    engine: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deadline_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_timed_out: Mapped[bool] = mapped_column(default=False)
    submit_key: Mapped[str | None] = mapped_column(String(64))
    receipt: Mapped[str | None] = mapped_column(String(64))
    scored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_reason: Mapped[str | None] = mapped_column(Text)
    total: Mapped[Fraction | None] = mapped_column(Points)
    maximum: Mapped[Fraction] = mapped_column(Points)
    passed: Mapped[bool | None]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)


class AttemptPaper(Base):
    """The frozen paper as JSON text, written once. `digest` is the SHA-256 of `body`."""

    __tablename__ = "attempt_paper"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)


class PaperForm(Base):
    """One of an assessment's forms, written once; `number` 0 is form A.

    `body` is the frozen paper as JSON text, `facility` the share of points to expect of it.
    """

    __tablename__ = "paper_form"
    __table_args__ = (UniqueConstraint("assessment_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    number: Mapped[int]
    code: Mapped[str] = mapped_column(String(10), unique=True)
    body: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    facility: Mapped[float] = mapped_column(Float)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FormSeat(Base):
    """The form a person begins with; a retake takes the next one."""

    __tablename__ = "form_seat"

    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), primary_key=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("paper_form.id"), index=True)


class PaperSheet(Base):
    """A printed paper of one person for one of her attempts, with the code that stands on it.

    `body` is the frozen paper as JSON text; `form_id` null: a draw of her own.
    """

    __tablename__ = "paper_sheet"
    __table_args__ = (UniqueConstraint("assignment_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    number: Mapped[int]
    form_id: Mapped[int | None] = mapped_column(ForeignKey("paper_form.id"), index=True)
    code: Mapped[str] = mapped_column(String(10), unique=True)
    body: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PaperEntry(Base):
    """Who typed in the answers of a sheet, and who corrected them last."""

    __tablename__ = "paper_entry"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("paper_sheet.id"), unique=True)
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    corrected_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    corrected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AnswerEvent(Base):
    """Every save as it came, append only. The UNIQUE is the idempotency key of a save."""

    __tablename__ = "answer_event"
    __table_args__ = (UniqueConstraint("attempt_id", "position", "revision", "client", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    position: Mapped[int]
    revision: Mapped[int]
    client: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(32))
    body: Mapped[str | None] = mapped_column(Text)
    is_flagged: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Answer(Base):
    """The current response to one item of a paper; `body` null: taken back.

    `sequence`: which save of its page it is, 0 when the page does not count (no script).
    """

    __tablename__ = "answer"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int]
    client: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    body: Mapped[str | None] = mapped_column(Text)
    is_flagged: Mapped[bool] = mapped_column(default=False)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LateAnswer(Base):
    """A response that came after the grace: kept as evidence, counted by a trainer or not."""

    __tablename__ = "late_answer"
    __table_args__ = (UniqueConstraint("attempt_id", "position", "revision", "client", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    position: Mapped[int]
    revision: Mapped[int]
    client: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(32))
    body: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    counted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str | None] = mapped_column(Text)


class ItemScore(Base):
    """The score of one item of a submitted paper; `share` and `points` null: awaits a mark.

    `awarded` (points by rubric criterion) and `comment` are the marker's, for the learner to read.
    """

    __tablename__ = "item_score"
    __table_args__ = (Index("ix_item_score_waiting", "outcome", "item_version_id"),)

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), index=True)
    item_id: Mapped[str] = mapped_column(String(64), index=True)
    share: Mapped[Fraction | None] = mapped_column(Points)
    points: Mapped[Fraction | None] = mapped_column(Points)
    maximum: Mapped[Fraction] = mapped_column(Points)
    outcome: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(30))
    awarded: Mapped[dict[str, str] | None] = mapped_column(JSON)
    comment: Mapped[str | None] = mapped_column(Text)


class Result(Base):
    """A complete total, append only; a later row supersedes the one numbered before it."""

    __tablename__ = "result"
    __table_args__ = (UniqueConstraint("attempt_id", "number"), enum_check("cause", Cause))

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    number: Mapped[int]
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("result.id"), unique=True)
    cause: Mapped[str] = mapped_column(String(20))
    total: Mapped[Fraction] = mapped_column(Points)
    maximum: Mapped[Fraction] = mapped_column(Points)
    pass_line: Mapped[Fraction] = mapped_column(Points)
    passed: Mapped[bool]
    engine: Mapped[str] = mapped_column(String(20))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Signal(Base):
    """Something the page noticed: shown to the learner too, never a penalty."""

    __tablename__ = "signal"
    __table_args__ = (enum_check("kind", SignalKind),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    position: Mapped[int | None]
    client_at: Mapped[str] = mapped_column(String(40), default="")
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SeenItem(Base):
    """An item a person met on a paper, and from when its key may have been seen (null: not yet).

    It follows from the person's attempts and their feedback policies; kept so that a start reads
    one small index instead of every earlier paper.
    """

    __tablename__ = "seen_item"

    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    key_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FirstResult(Base):
    """One person's first released attempt at an assessment, kept up with every release.

    `unit_id` and `day` are those of its submission; `passed_counted` is by the attempt that counts.
    An aggregate of attempts: `outcomes.rebuild` makes it, `RateCell` and `TrackTally` again.
    """

    __tablename__ = "first_result"

    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    day: Mapped[date] = mapped_column(Date)
    passed: Mapped[bool]
    passed_counted: Mapped[bool]


class RateCell(Base):
    """First results of a team at an assessment in a month (`2026-03`); unit 0: without a team."""

    __tablename__ = "rate_cell"
    __table_args__ = (CheckConstraint("passed <= n AND passed_counted <= n", name="counts"),)

    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    assessment_id: Mapped[int] = mapped_column(
        ForeignKey("assessment.id"), primary_key=True, autoincrement=False
    )
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    n: Mapped[int]
    passed: Mapped[int]
    passed_counted: Mapped[int]


class TrackTally(Base):
    """How many exams of a track one person has results of, and how many of them passed first.

    `unit_id` and `month` are those of the latest of them.
    """

    __tablename__ = "track_tally"
    __table_args__ = (Index("ix_track_tally_unit", "unit_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    track: Mapped[str] = mapped_column(String(64), primary_key=True)
    unit_id: Mapped[int]
    month: Mapped[str] = mapped_column(String(7))
    released: Mapped[int]
    passed: Mapped[int]
    passed_counted: Mapped[int]


class ItemReport(Base):
    """A learner says that an item of her paper is not right; a trainer answers once, for good.

    The UNIQUE: one report per item of a paper.
    """

    __tablename__ = "item_report"
    __table_args__ = (
        UniqueConstraint("attempt_id", "position"),
        enum_check("reason", ReportReason),
        enum_check("verdict", ReportVerdict),
        CheckConstraint("(answered_at IS NULL) = (verdict IS NULL)", name="answered"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    position: Mapped[int]
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), index=True)
    item_id: Mapped[str] = mapped_column(String(64), index=True)
    reason: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    verdict: Mapped[str | None] = mapped_column(String(10))
    reply: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
