"""Immutable track versions, cohorts, and the life of each enrolment: an append-only story."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.enrolment import Event, State
from app.domain.tracks import Party
from app.kernel.db import Base, UtcDateTime, enum_check


class TrackVersion(Base):
    """A published version of a track file; never updated. `source` is the YAML text, read when it
    is asked for.

    `reason`: why it was changed on the page of figures; empty when a file was loaded.
    """

    __tablename__ = "track_version"
    __table_args__ = (UniqueConstraint("slug", "number"), UniqueConstraint("slug", "sha256"))

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64))
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(Text, deferred=True)
    loaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    loaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(String(400), default="", server_default="")


class LessonText(Base):
    """The text of a lesson as it was when its track version was loaded (closed Markdown), in the
    language of the track and in each it was translated into."""

    __tablename__ = "lesson_text"
    __table_args__ = (UniqueConstraint("track_version_id", "activity_id", "lang"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    track_version_id: Mapped[int] = mapped_column(ForeignKey("track_version.id"))
    activity_id: Mapped[str] = mapped_column(String(64))
    lang: Mapped[str] = mapped_column(String(10), default="zh-CN", server_default="zh-CN")
    markdown: Mapped[str] = mapped_column(Text)


class TrackExam(Base):
    """The assessment that stands for an exam activity of a track version.

    `round` 1 for the first time; a further renewal has its own assessment, made when the first
    person reaches that round, so that the sittings of earlier years neither count nor are used up.
    """

    __tablename__ = "track_exam"
    __table_args__ = (
        UniqueConstraint("track_version_id", "activity_id", "round"),
        CheckConstraint("round >= 1", name="round"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    track_version_id: Mapped[int] = mapped_column(ForeignKey("track_version.id"))
    activity_id: Mapped[str] = mapped_column(String(64))
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), unique=True)


class Cohort(Base):
    """People who go through a track together, counted from the day it starts.

    `moved_from`: where the start stood before it was last moved, so that this can be taken back.
    """

    __tablename__ = "cohort"
    __table_args__ = (
        UniqueConstraint("track_slug", "title"),
        CheckConstraint("seats IS NULL OR seats > 0", name="seats"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    track_slug: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(120))
    starts_on: Mapped[date] = mapped_column(Date)
    place: Mapped[str] = mapped_column(String(200), default="")
    seats: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    closed_on: Mapped[date | None] = mapped_column(Date)
    moved_from: Mapped[date | None] = mapped_column(Date)


class CalendarFeed(Base):
    """The secret address of a person's calendar. The address is made from `nonce` and the secret of
    the installation; a request is known by its digest. A new one ends the one before."""

    __tablename__ = "calendar_feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), unique=True)
    nonce: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Enrolment(Base):
    """A person on a track version, counted from `anchor_on`.

    `state` is what the last `EnrolmentEvent` led to. `back_to` is the state a pause returns to.
    `renewals` counts the renewals of the credential begun so far, the latest on `renewal_on`; what
    is done for the n-th carries `round` n, so that a later one starts from nothing.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("person_id", "track_slug", "anchor_on"),
        Index("ix_enrolment_state_advanced_at", "state", "advanced_at"),
        enum_check("state", State),
        enum_check("back_to", State),
        CheckConstraint("(state = 'paused') = (back_to IS NOT NULL)", name="paused"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    track_slug: Mapped[str] = mapped_column(String(64))
    track_version_id: Mapped[int] = mapped_column(ForeignKey("track_version.id"), index=True)
    anchor_on: Mapped[date] = mapped_column(Date)
    cohort_id: Mapped[int | None] = mapped_column(ForeignKey("cohort.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default=State.ASSIGNED)
    back_to: Mapped[str | None] = mapped_column(String(20))
    state_since: Mapped[datetime] = mapped_column(UtcDateTime)
    advanced_at: Mapped[datetime] = mapped_column(UtcDateTime)
    renewal_on: Mapped[date | None] = mapped_column(Date)
    renewals: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(String(400), default="")


class EnrolmentEvent(Base):
    """What happened to an enrolment; only ever added. `rule` says what it followed from: the id of
    a gate, the name of a date rule; `actor_id` null: the calendar or the facts themselves."""

    __tablename__ = "enrolment_event"
    __table_args__ = (
        enum_check("event", Event),
        enum_check("from_state", State),
        enum_check("to_state", State),
        Index("ix_enrolment_event_enrolment_id_id", "enrolment_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    event: Mapped[str] = mapped_column(String(20))
    from_state: Mapped[str] = mapped_column(String(20))
    to_state: Mapped[str] = mapped_column(String(20))
    rule: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[str] = mapped_column(String(400), default="")
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Leave(Base):
    """Days away: deadlines move by as many. `back_on` null: still away."""

    __tablename__ = "enrolment_leave"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "from_on"),
        CheckConstraint("back_on IS NULL OR back_on >= from_on", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    from_on: Mapped[date] = mapped_column(Date)
    back_on: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(400))


class StepResult(Base):
    """How far one activity of an enrolment is, as the room it is done in says.

    `is_waived`: it need not be done, for `reason`. `source_type`, `source_id` lead to the work.
    Lessons and exams are looked up where they are; only their waivers stand here. `round`: 1, or
    the number of the renewal it was done for.
    """

    __tablename__ = "step_result"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "activity_id", "round"),
        CheckConstraint("times >= 0", name="times"),
        CheckConstraint("is_done = (done_at IS NOT NULL)", name="done"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    activity_id: Mapped[str] = mapped_column(String(64))
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    times: Mapped[int] = mapped_column(default=0)
    is_done: Mapped[bool] = mapped_column(default=False)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_waived: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(400), default="")
    source_type: Mapped[str] = mapped_column(String(40), default="")
    source_id: Mapped[str] = mapped_column(String(64), default="")
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class GatePassage(Base):
    """A gate that was passed stays passed."""

    __tablename__ = "gate_passage"
    __table_args__ = (UniqueConstraint("enrolment_id", "gate_id", "round"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    gate_id: Mapped[str] = mapped_column(String(64))
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    passed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class GateExtension(Base):
    """A gate's date moved, once."""

    __tablename__ = "gate_extension"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "gate_id", "round"),
        CheckConstraint("days > 0", name="days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    gate_id: Mapped[str] = mapped_column(String(64))
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    days: Mapped[int]
    plan: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(String(400))
    actor_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class GateSignature(Base):
    """Somebody's word at a gate: yes, or not yet, because …, again on …. The latest counts."""

    __tablename__ = "gate_signature"
    __table_args__ = (
        Index("ix_gate_signature_enrolment_id_gate_id", "enrolment_id", "gate_id"),
        enum_check("party", Party),
        CheckConstraint("is_yes OR because <> ''", name="because"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    gate_id: Mapped[str] = mapped_column(String(64))
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    party: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    is_yes: Mapped[bool]
    because: Mapped[str] = mapped_column(String(400), default="")
    again_on: Mapped[date | None] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Recall(Base):
    """A credential was taken back from everybody who held it, because the product changed.

    It can be taken back itself on the same day; `people` is how many lost it.
    """

    __tablename__ = "recall"
    __table_args__ = (
        CheckConstraint("(undone_at IS NULL) = (undone_by_id IS NULL)", name="undone"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    track_slug: Mapped[str] = mapped_column(String(64), index=True)
    reason: Mapped[str] = mapped_column(String(400))
    people: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Credential(Base):
    """What somebody earned on a track, with its number and its end; renewed by a further row.

    `round` 0 for the first, n for what the n-th renewal gave. It holds through `expires_on`.
    """

    __tablename__ = "credential"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "round"),
        Index("ix_credential_person_id_slug", "person_id", "slug"),
        CheckConstraint("expires_on > issued_on", name="order"),
        CheckConstraint("(voided_at IS NULL) = (void_reason = '')", name="void"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), index=True)
    round: Mapped[int] = mapped_column(default=0, server_default="0")
    slug: Mapped[str] = mapped_column(String(64))
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    issued_on: Mapped[date] = mapped_column(Date)
    expires_on: Mapped[date] = mapped_column(Date)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    void_reason: Mapped[str] = mapped_column(String(400), default="")
    recall_id: Mapped[int | None] = mapped_column(ForeignKey("recall.id"), index=True)


class LessonRead(Base):
    """A learner confirmed that the lesson was read."""

    __tablename__ = "lesson_read"
    __table_args__ = (UniqueConstraint("enrolment_id", "activity_id", "round"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    activity_id: Mapped[str] = mapped_column(String(64))
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
