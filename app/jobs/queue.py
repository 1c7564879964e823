"""The thin use of huey: it carries job ids from the web to the worker, nothing else.

Store: an SQLite file in the instance folder, or Redis with JOBS_URL=redis://…. A lost message
loses nothing: the worker's sweep finds queued rows and sends them again.
"""

import logging
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from flask import current_app
from huey import Huey, MemoryHuey, RedisHuey, SqliteHuey

from app.kernel.config import Settings
from app.kernel.web import after_commit

log = logging.getLogger(__name__)
_messages: Final[dict[Huey, Any]] = {}


def store(settings: Settings) -> Huey:
    """The queue of this installation."""
    return _store(settings.env == "test", settings.jobs_url, settings.instance_dir)


@lru_cache(maxsize=4)
def _store(is_test: bool, url: str, instance: Path) -> Huey:
    if is_test:
        return MemoryHuey("lianbing")
    if url:
        return RedisHuey("lianbing", url=url)
    # Not WAL: the standard library's SQLite may have the WAL-reset bug, and this file is tiny.
    return SqliteHuey(
        "lianbing",
        filename=str(instance / "jobs.sqlite3"),
        journal_mode="truncate",
        results=False,
    )


def send(job_id: int) -> None:
    """Tell the worker. When the queue cannot be reached the sweep sends it later."""
    queue = store(current_app.extensions["settings"])
    try:
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
