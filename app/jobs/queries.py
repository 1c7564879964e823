"""Reads about jobs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from app.accounts.models import User
from app.jobs.models import JobRun, JobState, StepRun
from app.kernel.db import session
from app.kernel.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Job:
    """A job as pages show it. `share` is how far it is, 0-100, None while the end is unknown."""

    id: int
    kind: str
    title: str
    owner_id: int | None
    owner: str
    state: str
    total: int
    done: int
    message: str
    file_name: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def share(self) -> int | None:
        """Whole per cent done."""
        return self.done * 100 // self.total if self.total else None

    @property
    def is_open(self) -> bool:
        """Not finished yet."""
        return self.state in {JobState.QUEUED, JobState.RUNNING}


def job(job_id: int, *, owner_id: int | None) -> Job:
    """One job; of `owner_id` alone, or of anybody with None. Raises NotFoundError."""
    query = _jobs().where(JobRun.id == job_id)
    if owner_id is not None:
        query = query.where(JobRun.owner_id == owner_id)
    row = session().execute(query).first()
    if row is None:
        raise NotFoundError
    return _job(row[0], row[1])


def jobs(*, owner_id: int | None, limit: int = 50) -> list[Job]:
    """The latest jobs, of `owner_id` or of everybody."""
    query = _jobs().order_by(JobRun.id.desc()).limit(limit)
    if owner_id is not None:
        query = query.where(JobRun.owner_id == owner_id)
    return [_job(row[0], row[1]) for row in session().execute(query)]


def waiting(*, since: datetime) -> list[int]:
    """Ids of queued jobs nobody took since then (the queue lost them, or the worker was off)."""
    return list(
        session().scalars(
            select(JobRun.id)
            .where(JobRun.state == JobState.QUEUED, JobRun.alive_at <= since)
            .order_by(JobRun.id)
        )
    )


def is_new_hour(step: str, moment: datetime) -> bool:
    """True when this step has not run since the hour of `moment` began."""
    ran_at = session().scalar(select(StepRun.ran_at).where(StepRun.name == step))
    return ran_at is None or ran_at < moment.replace(minute=0, second=0, microsecond=0)


def key_exists(key: str) -> bool:
    """True when a job with this key was ever started."""
    return session().scalar(select(JobRun.id).where(JobRun.key == key)) is not None


def _jobs() -> Select[JobRun, str]:
    return select(JobRun, User.name).outerjoin(User, User.id == JobRun.owner_id)


def _job(row: JobRun, owner: str | None) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        title=row.title,
        owner_id=row.owner_id,
        owner=owner or "",
        state=row.state,
        total=row.total,
        done=row.done,
        message=row.message,
        file_name=row.file_name,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
