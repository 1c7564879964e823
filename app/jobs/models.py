"""Work that takes longer than a request. The row is the truth; the queue only carries its id.

Beside it who works and how the periodic steps did: what an admin asks when something is missing.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UtcDateTime, enum_check

# How a job that failed may have ended; any other message is a refusal or the name of a mistake.
LOST: Final = "worker stopped"
CANCELLED: Final = "cancelled"


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobRun(Base):
    """One job. `alive_at` moves while `worker` has it; `key` keeps two of the same out.

    `tries` counts the claims: a worker that was taken for dead finds another number there, and
    writes nothing any more.
    """

    __tablename__ = "job_run"
    __table_args__ = (
        enum_check("state", JobState),
        CheckConstraint("done >= 0 AND total >= 0", name="progress"),
        Index("ix_job_run_state_alive_at", "state", "alive_at"),
        Index("ix_job_run_owner_id_id", "owner_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    key: Mapped[str | None] = mapped_column(String(120), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    params: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10), default=JobState.QUEUED)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(Text, default="")
    file_name: Mapped[str | None] = mapped_column(String(200))
    tries: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str] = mapped_column(String(120), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    alive_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Worker(Base):
    """A worker process, seen by its beats. `stopped_at` is set when it ended in good order."""

    __tablename__ = "worker"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    host: Mapped[str] = mapped_column(String(80))
    pid: Mapped[int]
    store: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    alive_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class StepRun(Base):
    """The latest run of a periodic step (`sweep:accounts`), and when it last went well."""

    __tablename__ = "step_run"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    ran_at: Mapped[datetime] = mapped_column(UtcDateTime)
    took_ms: Mapped[int]
    is_ok: Mapped[bool]
    message: Mapped[str] = mapped_column(String(500), default="")
    ok_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(default=0)
