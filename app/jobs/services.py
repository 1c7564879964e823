"""Start jobs, follow them, and see when one died."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select, update

from app.audit.services import record
from app.jobs.models import CANCELLED, LOST, JobRun, JobState, StepRun, Worker
from app.kernel.db import affected, insert_once, session, upsert
from app.kernel.errors import ConflictError, NotFoundError

DEAD_AFTER: Final = timedelta(minutes=2)
FORGET_WORKERS: Final = timedelta(days=7)
MOST_TRIES: Final = 3
RECORD_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job a worker has taken; `tries` is the number of this claim."""

    id: int
    tries: int
    kind: str
    title: str
    owner_id: int | None
    params: Mapping[str, Any]


class JobRunningError(ConflictError):
    """Only a job that failed is repeated."""

    code = "job_running"
    message = "这个任务还在做或已经做好，不用重做。"


class JobOverError(ConflictError):
    """Only a job that waits or runs is cancelled."""

    code = "job_over"
    message = "这个任务已经结束，不用取消。"


class JobGoneError(ConflictError):
    """Somebody cancelled this job, or its worker was taken for dead: it stops here."""

    code = "job_gone"
    message = "这个任务被取消了，或者已交给别的程序重做。"


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
    values = {
        "kind": kind,
        "key": key,
        "title": title[:200],
        "owner_id": owner_id,
        "params": dict(params),
        "state": JobState.QUEUED,
        "total": total,
        "done": 0,
        "message": "",
        "tries": 0,
        "worker": "",
        "created_at": now,
        "alive_at": now,
    }
    if key is None:
        row = JobRun(**values)
        session().add(row)
        session().flush()
        return row.id
    insert_once(JobRun, values)  # two workers may find the night due in the same moment
    return session().scalars(select(JobRun.id).where(JobRun.key == key)).one()


def claim(job_id: int, *, now: datetime, worker: str = "") -> Claimed | None:
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
            worker=worker,
        )
    )
    if not affected(taken):
        return None
    row = session().get_one(JobRun, job_id, populate_existing=True)
    return Claimed(row.id, row.tries, row.kind, row.title, row.owner_id, row.params)


def progress(
    job_id: int,
    *,
    done: int,
    now: datetime,
    total: int | None = None,
    message: str | None = None,
    tries: int | None = None,
) -> None:
    """How far it is. Raises JobGoneError when the claim `tries` no longer holds the job."""
    values: dict[str, Any] = {"done": done, "alive_at": now}
    if total is not None:
        values["total"] = total
    if message is not None:
        values["message"] = message
    _write(job_id, tries, values)


def finish(job_id: int, *, now: datetime, file_name: str | None, tries: int | None = None) -> None:
    """It worked. Raises JobGoneError as `progress`."""
    values = {
        "state": JobState.DONE,
        "done": JobRun.total,
        "finished_at": now,
        "alive_at": now,
        "file_name": file_name,
        "message": "",
    }
    _write(job_id, tries, values)


def fail(job_id: int, *, message: str, now: datetime, tries: int | None = None) -> None:
    """It did not work; `message` says why in short. Raises JobGoneError as `progress`."""
    values = {"state": JobState.FAILED, "finished_at": now, "message": message[:500]}
    _write(job_id, tries, values)


def _write(job_id: int, tries: int | None, values: Mapping[str, Any]) -> None:
    query = update(JobRun).where(JobRun.id == job_id)
    if tries is not None:
        query = query.where(JobRun.tries == tries, JobRun.state == JobState.RUNNING)
    if not affected(session().execute(query.values(**values))):
        raise JobGoneError


def keep_alive(job_ids: Collection[int], *, now: datetime) -> None:
    """The worker still has these."""
    session().execute(
        update(JobRun)
        .where(JobRun.id.in_(job_ids), JobRun.state == JobState.RUNNING)
        .values(alive_at=now)
    )


def bury_dead(*, now: datetime, again: Collection[str] = ()) -> list[int]:
    """Jobs whose worker is gone become failed, so that somebody sees and repeats them.

    Those of the kinds `again` are queued anew by themselves, until MOST_TRIES. Returns the ids.
    """
    limit = now - DEAD_AFTER
    rows = session().execute(
        select(JobRun.id, JobRun.kind, JobRun.tries).where(
            JobRun.state == JobState.RUNNING, JobRun.alive_at < limit
        )
    )
    return [
        job_id
        for job_id, kind, tries in rows.all()
        if _bury(job_id, limit, now, is_last=kind not in again or tries >= MOST_TRIES)
    ]


def _bury(job_id: int, limit: datetime, now: datetime, *, is_last: bool) -> bool:
    values: dict[str, Any] = {"state": JobState.QUEUED, "done": 0, "alive_at": now}
    if is_last:
        values = {"state": JobState.FAILED, "finished_at": now}
    # Asked again in the statement: another worker's sweep may have been faster.
    done = session().execute(
        update(JobRun)
        .where(JobRun.id == job_id, JobRun.state == JobState.RUNNING, JobRun.alive_at < limit)
        .values(message=LOST, **values)
    )
    return affected(done) > 0


def repeat(job_id: int, *, owner_id: int | None, now: datetime) -> None:
    """Queue a failed job again; of `owner_id` alone, or anybody's with None.

    Raises NotFoundError, JobRunningError.
    """
    row = _job(job_id, owner_id)
    # In one statement: of two who press at once the second must not take it from its worker.
    done = session().execute(
        update(JobRun)
        .where(JobRun.id == row.id, JobRun.state == JobState.FAILED)
        .values(state=JobState.QUEUED, done=0, message="", finished_at=None, alive_at=now)
    )
    if not affected(done):
        raise JobRunningError
    session().expire(row)


def cancel(job_id: int, *, now: datetime) -> None:
    """A job that waits is not run; one that runs stops where it next tells how far it is.

    Raises NotFoundError, JobOverError.
    """
    row = _job(job_id, None)
    done = session().execute(
        update(JobRun)
        .where(JobRun.id == row.id, JobRun.state.in_([JobState.QUEUED, JobState.RUNNING]))
        .values(state=JobState.FAILED, finished_at=now, message=CANCELLED)
    )
    if not affected(done):
        raise JobOverError
    session().expire(row)


def _job(job_id: int, owner_id: int | None) -> JobRun:
    row = session().get(JobRun, job_id)
    if row is None or (owner_id is not None and row.owner_id != owner_id):
        raise NotFoundError
    return row


def record_deed(action: str, *, job_id: int, kind: str, actor_id: int, now: datetime) -> None:
    """A line of the trail: an admin repeated or cancelled a job, or ran a step (`kind`) again."""
    record(
        action=action,
        object_type="job",
        object_id=job_id,
        actor_id=actor_id,
        now=now,
        detail={"job": kind},
    )


# ---------------------------------------------------------------- workers and steps


def beat(
    *, name: str, host: str, pid: int, store: str, started_at: datetime, now: datetime
) -> None:
    """This worker lives."""
    values = {
        "name": name[:120],
        "host": host[:80],
        "pid": pid,
        "store": store,
        "started_at": started_at,
        "alive_at": now,
    }
    upsert(Worker, values, keys=("name",))


def stop_worker(*, name: str, now: datetime) -> None:
    """This worker ended in good order."""
    session().execute(update(Worker).where(Worker.name == name[:120]).values(stopped_at=now))


def forget_workers(*, now: datetime) -> None:
    """Workers that are long gone."""
    session().execute(delete(Worker).where(Worker.alive_at < now - FORGET_WORKERS))


def record_step(
    *, name: str, message: str, took_ms: int, now: datetime, is_ok: bool = True
) -> None:
    """How the latest run of a periodic step went; `message` says why it did not.

    That all is well is written once a minute at most.
    """
    known = session().get(StepRun, name)
    if known is not None and known.is_ok and is_ok and now - known.ran_at < RECORD_EVERY:
        return  # a write every few seconds would say nothing new
    values = {
        "name": name,
        "ran_at": now,
        "took_ms": took_ms,
        "is_ok": is_ok,
        "message": message[:500],
        "ok_at": now if is_ok else (known and known.ok_at),
        "failures": 0 if is_ok else (known.failures if known else 0) + 1,
    }
    upsert(StepRun, values, keys=("name",))
    if known is not None:
        session().expire(known)


def forget_files(*, before: datetime) -> list[int]:
    """Jobs finished before then lose their file; returns the ids whose folders may go."""
    old = list(
        session().scalars(
            select(JobRun.id).where(JobRun.file_name.is_not(None), JobRun.finished_at < before)
        )
    )
    session().execute(update(JobRun).where(JobRun.id.in_(old)).values(file_name=None))
    return old
