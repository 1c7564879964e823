"""The thin use of huey: it carries job ids from the web to the worker, nothing else.

Store: an SQLite file in the instance folder; Redis or PostgreSQL with JOBS_URL=redis://… or
postgresql://…, for workers on several machines. A lost message loses nothing: the worker's sweep
finds queued rows and sends them again.
"""

import logging
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from flask import current_app
from huey import Huey, MemoryHuey, PostgresHuey, RedisHuey, SqliteHuey

from app.kernel.config import Settings
from app.kernel.web import after_commit

log = logging.getLogger(__name__)
CONNECT_SECONDS: Final = 5
TABLES_LOCK: Final = 0x6C62_6A6F  # any number that nothing else in the database locks
_messages: Final[dict[Huey, Any]] = {}


def store(settings: Settings) -> Huey:
    """The queue of this installation."""
    return _store(settings.env == "test", settings.jobs_url, settings.instance_dir)


@lru_cache(maxsize=4)
def _store(is_test: bool, url: str, instance: Path) -> Huey:
    if is_test:
        return MemoryHuey("lianbing")
    if url.startswith("postgresql"):
        return _postgres(url)
    if url:
        return RedisHuey("lianbing", url=url, results=False)
    # Not WAL: the standard library's SQLite may have the WAL-reset bug, and this file is tiny.
    return SqliteHuey(
        "lianbing",
        filename=str(instance / "jobs.sqlite3"),
        journal_mode="truncate",
        results=False,
    )


def _postgres(url: str) -> Huey:
    """Huey's own tables (`huey_…`), in the product's database or another."""
    queue = PostgresHuey(
        "lianbing", dsn=url, create_tables=False, results=False, connect_timeout=CONNECT_SECONDS
    )
    # Two processes that start at once would both make the tables, and one of them fail.
    with queue.storage.db(commit=True, close=True) as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (TABLES_LOCK,))
        for statement in queue.storage.ddl:
            cursor.execute(statement)
    return queue


def store_name(settings: Settings) -> str:
    """Which kind of store carries the messages."""
    return settings.jobs_url.partition(":")[0].partition("+")[0] or "sqlite"


def send(job_id: int) -> None:
    """Tell the worker. When the queue cannot be reached the sweep sends it later."""
    try:
        queue = store(current_app.extensions["settings"])
        queue.enqueue(message(queue).s(job_id))
    except Exception:
        log.exception("job %s could not be sent; the next sweep will", job_id)


def send_after_commit(job_id: int) -> None:
    """In a request: tell the worker once the job's row is committed."""
    after_commit(lambda: send(job_id))


def message(queue: Huey, run: Callable[[int], None] | None = None) -> Any:
    """The one message there is, "run the job with this id"; the worker gives what runs it."""
    if queue not in _messages:
        deed = run or _only_the_worker

        # Huey names a message by the module of its function: it must be the same one, this one,
        # where it is sent and where it is run.
        def run_job(job_id: int) -> None:
            deed(job_id)

        _messages[queue] = queue.task(name="run_job")(run_job)
    return _messages[queue]


def _only_the_worker(job_id: int) -> None:
    raise RuntimeError(f"job {job_id}: only the worker runs jobs")
