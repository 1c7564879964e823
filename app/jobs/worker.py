"""The worker: runs jobs, sweeps every 30 s, refreshes every night. An edge of its own.

Its parts run beside one another, each in a thread: the job, the sweep, the couriers (what talks to
another server and may have to wait for it), and the beat, by which others see that it lives.
"""

import logging
import os
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from flask import Flask
from flask_babel import force_locale, gettext
from huey import Huey

from app.accounts import queries as people
from app.accounts.services import notify
from app.jobs import queries, queue, services
from app.jobs.registry import JobContext, function_of, job, kinds_again
from app.kernel import clock, pdf
from app.kernel.config import Settings
from app.kernel.db import db, one_at_a_time, transaction
from app.kernel.errors import DomainError

log = logging.getLogger(__name__)
SWEEP_SECONDS: Final = 30
BEAT_SECONDS: Final = 15
COURIER_SECONDS: Final = 10
RESEND_AFTER: Final = timedelta(seconds=60)
NIGHT_HOUR: Final = 3
KEEP_FILES: Final = timedelta(days=7)

Periodic = Callable[[datetime], object]
Courier = Callable[[], object]
_running: set[int] = set()


def _own_name() -> str:
    """Other than that of any worker before, also on another machine."""
    return f"{socket.gethostname()[:80]}:{os.getpid()}:{secrets.token_hex(4)}"


def folder_of(settings: Settings, job_id: int) -> Path:
    """Where a job's file lies."""
    return settings.instance_dir / "jobs" / str(job_id)


def run_job(app: Flask, job_id: int, worker: str = "") -> None:
    """Run one queued job to its end; what it raises is written into its row."""
    with app.app_context():
        with transaction():
            claimed = services.claim(job_id, now=clock.now(), worker=worker)
        if claimed is None:
            return
        _running.add(job_id)
        try:
            locale = people.locale_of(claimed.owner_id)
            with force_locale("en" if locale == "en" else "zh_Hans_CN"):
                _run(app, claimed)
        finally:
            _running.discard(job_id)


def _run(app: Flask, claimed: services.Claimed) -> None:
    try:
        kind = _run_to_its_end(app, claimed)
    except services.JobGoneError:
        log.warning("job %s (%s) was cancelled or given away", claimed.id, claimed.kind)
        return
    if claimed.owner_id is not None:
        moment = clock.now()
        with transaction():
            notify(
                user_id=claimed.owner_id,
                kind=kind,
                key=f"{kind}:{claimed.id}:{moment.timestamp():.0f}",
                params={"title": claimed.title},
                url=f"/jobs/{claimed.id}",
                now=moment,
            )


def _run_to_its_end(app: Flask, claimed: services.Claimed) -> str:
    """The kind of notice for its owner. Raises JobGoneError when it is no longer ours."""
    folder = folder_of(app.extensions["settings"], claimed.id)
    context = JobContext(claimed.id, claimed.owner_id, folder, claimed.tries)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file_name = function_of(claimed.kind)(context, **claimed.params)
        with transaction():
            services.finish(claimed.id, now=clock.now(), file_name=file_name, tries=claimed.tries)
    except services.JobGoneError:
        db.session.rollback()
        raise
    except Exception as error:
        db.session.rollback()
        if not isinstance(error, DomainError):
            log.exception("job %s (%s) failed", claimed.id, claimed.kind)
        with transaction():
            services.fail(claimed.id, message=_said(error), now=clock.now(), tries=claimed.tries)
        return "job_failed"
    return "job_done"


def _said(error: Exception) -> str:
    """A refusal in words; of a mistake its name alone, since its text may hold anybody's data."""
    if isinstance(error, DomainError):
        return str(gettext(error.message, **error.params))
    return type(error).__name__


def sweep(app: Flask) -> None:
    """What is due now: dead and forgotten jobs, then each room's own `tasks.sweep(now)`."""
    with app.app_context():
        moment = clock.now()
        with transaction():
            if _running:
                services.keep_alive(list(_running), now=moment)
            services.bury_dead(now=moment, again=kinds_again())
        for job_id in queries.waiting(since=moment - RESEND_AFTER):
            queue.send(job_id)
        for name, step in app.extensions["sweepers"].items():
            _step(f"sweep:{name}", step, moment)
        for name, step in app.extensions["hourly"].items():
            if queries.is_new_hour(f"hourly:{name}", moment):
                _step(f"hourly:{name}", step, moment)
        _start_night(app, moment)


def _step(name: str, step: Periodic, moment: datetime) -> bool:
    """Run a periodic step in one transaction and write down how it went.

    Two workers never run the same one at once: each would write what the other is writing.
    """
    began = time.monotonic()
    try:
        with transaction():
            one_at_a_time(name)
            step(moment)
            _record(name, "", began, moment)
    except Exception as error:
        log.exception("%s failed", name)
        with transaction():
            _record(name, _said(error), began, moment, is_ok=False)
        return False
    return True


def _record(name: str, message: str, began: float, moment: datetime, *, is_ok: bool = True) -> None:
    took_ms = round((time.monotonic() - began) * 1000)
    services.record_step(name=name, message=message, took_ms=took_ms, now=moment, is_ok=is_ok)


def steps_of(app: Flask) -> dict[str, Periodic]:
    """Every periodic step by its name, in the order of the page that shows them."""
    groups = {"nightly": "nightly", "hourly": "hourly", "sweepers": "sweep"}
    return {
        f"{word}:{room}": step
        for group, word in groups.items()
        for room, step in app.extensions[group].items()
    }


@job("step", again=True)
def run_step(_context: JobContext, *, name: str) -> None:
    """One periodic step again, because somebody asked for it. Fails when the step does."""
    from flask import current_app  # noqa: PLC0415  only in the worker

    app = current_app._get_current_object()  # type: ignore[attr-defined]
    step = steps_of(app).get(name)
    if step is None or not _step(name, step, clock.now()):
        raise StepError(step=name)


class StepError(DomainError):
    """A periodic step did not go well again."""

    code = "step"
    message = "这一步又没有做成：%(step)s"


def _start_night(app: Flask, moment: datetime) -> None:
    settings: Settings = app.extensions["settings"]
    day = clock.local_day(moment - timedelta(hours=NIGHT_HOUR), settings.timezone)
    key = f"nightly:{day}"
    if queries.key_exists(key):
        return
    with transaction():
        job_id = services.start_job(
            kind="nightly", title="nightly", owner_id=None, params={}, now=moment, key=key
        )
    queue.send(job_id)


@job("nightly", again=True)
def nightly(context: JobContext) -> None:
    """Each room's `tasks.nightly(now)`, and old files away. Fails when one of them failed."""
    from flask import current_app  # noqa: PLC0415  only in the worker

    steps: dict[str, Periodic] = current_app.extensions["nightly"]
    failed = []
    for number, (name, step) in enumerate(steps.items(), 1):
        context.progress(number - 1, total=len(steps), message=name)
        if not _step(f"nightly:{name}", step, context.now()):
            failed.append(name)
    with context.transaction():
        old = services.forget_files(before=context.now() - KEEP_FILES)
        services.forget_workers(now=context.now())
    for job_id in old:
        shutil.rmtree(folder_of(current_app.extensions["settings"], job_id), ignore_errors=True)
    if failed:
        raise NightlyError(rooms=", ".join(failed))


class NightlyError(DomainError):
    """Some rooms could not do their nightly work."""

    code = "nightly"
    message = "夜间更新没有全部做完：%(rooms)s"


def work(app: Flask) -> None:
    """Run until told to stop (SIGINT, SIGTERM)."""
    settings: Settings = app.extensions["settings"]
    huey: Huey = queue.store(settings)
    name = _own_name()
    queue.message(huey, lambda job_id: run_job(app, job_id, name))
    stop = threading.Event()
    started_at = clock.now()
    beat(app, name, started_at)  # a message may be waiting: whoever takes it is known by then
    threads = [
        _every(BEAT_SECONDS, lambda: beat(app, name, started_at), "beat", stop),
        _every(SWEEP_SECONDS, lambda: sweep(app), "sweep", stop),
    ]
    threads += [
        _every(COURIER_SECONDS, partial(courier, app, room, run), f"courier {room}", stop)
        for room, run in app.extensions["couriers"].items()
    ]
    consumer = huey.create_consumer(
        workers=1,
        periodic=False,
        max_delay=1.0,
        check_worker_health=True,
        graceful_signal="TERM",
        shutdown_timeout=10,
    )
    try:
        consumer.run()
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=5)
        with app.app_context(), transaction():
            services.stop_worker(name=name, now=clock.now())
        pdf.close()


def beat(app: Flask, name: str, started_at: datetime) -> None:
    """Say that this worker lives, and that it still has its jobs."""
    host, pid, _rest = name.rsplit(":", 2)
    with app.app_context(), transaction():
        moment = clock.now()
        store = queue.store_name(app.extensions["settings"])
        services.beat(
            name=name, host=host, pid=int(pid), store=store, started_at=started_at, now=moment
        )
        if _running:
            services.keep_alive(list(_running), now=moment)


def courier(app: Flask, room: str, run: Courier) -> None:
    """One round of a room's `tasks.deliver()`, which opens its own transactions."""
    with app.app_context():
        began, moment, error = time.monotonic(), clock.now(), ""
        try:
            run()
        except Exception as failure:
            db.session.rollback()
            log.exception("deliver:%s failed", room)
            error = _said(failure)
        with transaction():
            _record(f"deliver:{room}", error, began, moment, is_ok=not error)


def _every(
    seconds: float, deed: Callable[[], object], name: str, stop: threading.Event
) -> threading.Thread:
    def go_on() -> None:
        pause = 0.5
        while not stop.wait(pause):
            try:
                deed()
            except Exception:
                log.exception("%s failed", name)
            pause = seconds

    thread = threading.Thread(target=go_on, name=name, daemon=True)
    thread.start()
    return thread
