"""Start jobs, follow them, and see when one died."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update

from app.jobs.models import JobRun, JobState
from app.kernel.db import affected, session
from app.kernel.errors import ConflictError, NotFoundError

DEAD_AFTER: Final = timedelta(minutes=2)
LOST: Final = "worker stopped"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job a worker has taken."""

    id: int
    kind: str
    title: str
    owner_id: int | None
    params: Mapping[str, Any]


class JobRunningError(ConflictError):
    """Only a job that failed is repeated."""

    code = "job_running"
    message = "这个任务还在做或已经做好，不用重做。"


def start_job(
    *,
    kind: str,
    title: str,
    owner_id: int | None,
    params: Mapping[str, Any],
    now: datetime,
    total: int = 0,
    key: str | None = None,
) -> int:
    """Write a job down. The edge then calls `app.jobs.queue.send_after_commit(id)`.

    `kind` names the function marked `@job(kind)`, `params` (JSON values) are its arguments,
    `title` is what the owner sees. With a `key` the same job is started once: its id comes back.
    """
    if key is not None:
        known = session().scalar(select(JobRun.id).where(JobRun.key == key))
        if known is not None:
            return known
    row = JobRun(
        kind=kind,
        key=key,
        title=title[:200],
        owner_id=owner_id,
        params=dict(params),
        total=total,
        created_at=now,
        alive_at=now,
    )
    session().add(row)
    session().flush()
    return row.id


def claim(job_id: int, *, now: datetime) -> Claimed | None:
    """Take a queued job; None when somebody else has it."""
    taken = session().execute(
        update(JobRun)
        .where(JobRun.id == job_id, JobRun.state == JobState.QUEUED)
        .values(
            state=JobState.RUNNING,
            started_at=now,
            alive_at=now,
            done=0,
            message="",
            tries=JobRun.tries + 1,
        )
    )
    if not affected(taken):
        return None
    row = session().get_one(JobRun, job_id)
    return Claimed(row.id, row.kind, row.title, row.owner_id, row.params)


def progress(
    job_id: int, *, done: int, now: datetime, total: int | None = None, message: str | None = None
) -> None:
    """How far it is."""
    values: dict[str, Any] = {"done": done, "alive_at": now}
    if total is not None:
        values["total"] = total
    if message is not None:
        values["message"] = message
    session().execute(update(JobRun).where(JobRun.id == job_id).values(**values))


def finish(job_id: int, *, now: datetime, file_name: str | None) -> None:
    """It worked."""
    session().execute(
        update(JobRun)
        .where(JobRun.id == job_id)
        .values(
            state=JobState.DONE,
            done=JobRun.total,
            finished_at=now,
            alive_at=now,
            file_name=file_name,
            message="",
        )
    )


def fail(job_id: int, *, message: str, now: datetime) -> None:
    """It did not work; `message` says why in short."""
    session().execute(
        update(JobRun)
        .where(JobRun.id == job_id)
        .values(state=JobState.FAILED, finished_at=now, message=message[:500])
    )


def keep_alive(job_ids: Collection[int], *, now: datetime) -> None:
    """The worker still has these."""
    session().execute(update(JobRun).where(JobRun.id.in_(job_ids)).values(alive_at=now))


def bury_dead(*, now: datetime) -> list[int]:
    """Jobs whose worker is gone become failed, so that somebody sees and repeats them."""
    dead = list(
        session().scalars(
            select(JobRun.id).where(
                JobRun.state == JobState.RUNNING, JobRun.alive_at < now - DEAD_AFTER
            )
        )
    )
    for job_id in dead:
        fail(job_id, message=LOST, now=now)
    return dead


def repeat(job_id: int, *, owner_id: int | None, now: datetime) -> None:
    """Queue a failed job again; of `owner_id` alone, or anybody's with None.

    Raises NotFoundError, JobRunningError.
    """
    row = session().get(JobRun, job_id)
    if row is None or (owner_id is not None and row.owner_id != owner_id):
        raise NotFoundError
    if row.state != JobState.FAILED:
        raise JobRunningError
    row.state, row.done, row.message, row.finished_at, row.alive_at = (
        JobState.QUEUED,
        0,
        "",
        None,
        now,
    )
    session().flush()


def forget_files(*, before: datetime) -> list[int]:
    """Jobs finished before then lose their file; returns the ids whose folders may go."""
    old = list(
        session().scalars(
            select(JobRun.id).where(JobRun.file_name.is_not(None), JobRun.finished_at < before)
        )
    )
    session().execute(update(JobRun).where(JobRun.id.in_(old)).values(file_name=None))
    return old
