"""Reads about jobs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, func, select

from app.accounts.models import User
from app.jobs.models import CANCELLED, LOST, JobRun, JobState, StepRun, Worker
from app.kernel.db import session
from app.kernel.errors import NotFoundError

MOST_JUDGED: Final = 5000


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
    tries: int
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
        tries=row.tries,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


# ---------------------------------------------------------------- the administrator's page


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker; `is_lost`: it neither beats nor said that it stops."""

    host: str
    pid: int
    store: str
    started_at: datetime
    alive_at: datetime
    stopped_at: datetime | None
    is_lost: bool
    jobs: tuple[tuple[int, str, str], ...]

    @property
    def is_alive(self) -> bool:
        """It works."""
        return not self.is_lost and self.stopped_at is None


@dataclass(frozen=True, slots=True)
class Step:
    """The latest run of a periodic step; without `ran_at` it has not run yet."""

    name: str
    ran_at: datetime | None
    took_ms: int
    is_ok: bool
    message: str
    ok_at: datetime | None
    failures: int


@dataclass(frozen=True, slots=True)
class Kind:
    """How jobs of one kind did. Times in whole seconds; None where none has ended well."""

    kind: str
    runs: int
    failures: int
    died: int
    usual: int | None
    longest: int | None
    failed_at: datetime | None
    failed_id: int | None
    message: str


@dataclass(frozen=True, slots=True)
class JobFilter:
    """What the list is narrowed to. `standing`: one of STANDINGS, or empty for all."""

    standing: str = ""
    kind: str = ""


# What an administrator asks for; a job that died or was cancelled is stored as a failed one.
STANDINGS: Final = ("waiting", "running", "failed", "died", "cancelled", "done")


def workers(*, now: datetime, lost_after: timedelta) -> list[WorkerRow]:
    """Who works or worked lately, the living first."""
    held: dict[str, list[tuple[int, str, str]]] = {}
    for job_id, kind, title, worker in session().execute(
        select(JobRun.id, JobRun.kind, JobRun.title, JobRun.worker)
        .where(JobRun.state == JobState.RUNNING)
        .order_by(JobRun.id)
    ):
        held.setdefault(worker, []).append((job_id, kind, title))
    rows = [
        WorkerRow(
            host=row.host,
            pid=row.pid,
            store=row.store,
            started_at=row.started_at,
            alive_at=row.alive_at,
            stopped_at=row.stopped_at,
            is_lost=row.stopped_at is None and row.alive_at < now - lost_after,
            jobs=tuple(held.get(row.name, ())),
        )
        for row in session().scalars(select(Worker).order_by(Worker.alive_at.desc()).limit(20))
    ]
    return sorted(rows, key=lambda row: not row.is_alive)


def steps(names: Iterable[str]) -> list[Step]:
    """Every periodic step of this release, the ones that never ran too."""
    known = {row.name: row for row in session().scalars(select(StepRun))}
    return [_step_row(name, known.get(name)) for name in names]


def _step_row(name: str, row: StepRun | None) -> Step:
    if row is None:
        return Step(name, None, 0, is_ok=True, message="", ok_at=None, failures=0)
    return Step(name, row.ran_at, row.took_ms, row.is_ok, row.message, row.ok_at, row.failures)


def standing_counts(*, since: datetime) -> Mapping[str, int]:
    """How many jobs stand where: all open ones, and those that ended since then."""
    ends = (
        select(JobRun.state, _ending())
        .where(JobRun.finished_at.is_(None) | (JobRun.finished_at >= since))
        .subquery()
    )
    found = dict.fromkeys(STANDINGS, 0)
    for state, ending, n in session().execute(
        select(ends.c.state, ends.c.ending, func.count()).group_by(ends.c.state, ends.c.ending)
    ):
        found[standing_of(state, ending)] += n
    return found


def _ending() -> ColumnElement[str]:
    """Only the two messages that say how a job ended; the others are free text."""
    return case((JobRun.message.in_([LOST, CANCELLED]), JobRun.message), else_="").label("ending")


def standing_of(state: str, ending: str) -> str:
    """One of STANDINGS, from what is stored of a job."""
    if state == JobState.FAILED:
        return {LOST: "died", CANCELLED: "cancelled"}.get(ending, "failed")
    return {JobState.QUEUED: "waiting", JobState.RUNNING: "running"}.get(JobState(state), "done")


def all_jobs(want: JobFilter, *, before: int | None = None, limit: int = 50) -> list[Job]:
    """Everybody's latest jobs of a filter, a page at a time (`before` = the last id seen)."""
    query = _jobs().order_by(JobRun.id.desc()).limit(limit)
    if want.standing:
        query = query.where(*_where(want.standing))
    if want.kind:
        query = query.where(JobRun.kind == want.kind)
    if before is not None:
        query = query.where(JobRun.id < before)
    return [_job(row[0], row[1]) for row in session().execute(query)]


def _where(standing: str) -> tuple[ColumnElement[bool], ...]:
    endings = {"died": LOST, "cancelled": CANCELLED}
    if standing in endings:
        return (JobRun.state == JobState.FAILED, JobRun.message == endings[standing])
    if standing == "failed":
        return (JobRun.state == JobState.FAILED, JobRun.message.not_in(list(endings.values())))
    states = {"waiting": JobState.QUEUED, "running": JobState.RUNNING, "done": JobState.DONE}
    return (JobRun.state == states.get(standing, JobState.QUEUED),)


def job_kinds(*, since: datetime) -> list[Kind]:
    """Per kind of job that was started since then: how often, how long, its last failure."""
    rows = session().execute(
        select(
            JobRun.id,
            JobRun.kind,
            JobRun.state,
            JobRun.message,
            JobRun.started_at,
            JobRun.finished_at,
        )
        .where(JobRun.created_at >= since)
        .order_by(JobRun.kind, JobRun.id)
        .limit(MOST_JUDGED)
    )
    return [_kind(kind, list(group)) for kind, group in groupby(rows.all(), lambda row: row.kind)]


def _kind(kind: str, rows: list[Any]) -> Kind:
    standings = [standing_of(row.state, row.message) for row in rows]
    bad = [row for row, at in zip(rows, standings, strict=True) if at in {"failed", "died"}]
    took = sorted(
        round((row.finished_at - row.started_at).total_seconds())
        for row in rows
        if row.state == JobState.DONE and row.started_at and row.finished_at
    )
    last = bad[-1] if bad else None
    return Kind(
        kind=kind,
        runs=len(rows),
        failures=standings.count("failed"),
        died=standings.count("died"),
        usual=took[len(took) // 2] if took else None,
        longest=took[-1] if took else None,
        failed_at=last.finished_at if last else None,
        failed_id=last.id if last else None,
        message=last.message if last else "",
    )
