"""The worker: runs jobs, sweeps every 30 s, refreshes every night. An edge of its own."""

import logging
import shutil
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from flask import Flask
from flask_babel import force_locale, gettext
from huey import Huey

from app.accounts import queries as people
from app.accounts.services import notify
from app.jobs import queries, queue, services
from app.jobs.registry import JobContext, function_of, job
from app.kernel import clock, pdf
from app.kernel.config import Settings
from app.kernel.db import db, transaction
from app.kernel.errors import DomainError

log = logging.getLogger(__name__)
SWEEP_SECONDS: Final = 30
RESEND_AFTER: Final = timedelta(seconds=60)
NIGHT_HOUR: Final = 3
KEEP_FILES: Final = timedelta(days=7)

Periodic = Callable[[datetime], object]
_running: set[int] = set()


def folder_of(settings: Settings, job_id: int) -> Path:
    """Where a job's file lies."""
    return settings.instance_dir / "jobs" / str(job_id)


def run_job(app: Flask, job_id: int) -> None:
    """Run one queued job to its end; what it raises is written into its row."""
    with app.app_context():
        with transaction():
            claimed = services.claim(job_id, now=clock.now())
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
    folder = folder_of(app.extensions["settings"], claimed.id)
    context = JobContext(claimed.id, claimed.owner_id, folder)
    kind = "job_done"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file_name = function_of(claimed.kind)(context, **claimed.params)
        with transaction():
            services.finish(claimed.id, now=clock.now(), file_name=file_name)
    except Exception as error:
        db.session.rollback()
        kind, text = "job_failed", type(error).__name__
        if isinstance(error, DomainError):
            text = gettext(error.message, **error.params)
        else:
            log.exception("job %s (%s) failed", claimed.id, claimed.kind)
        with transaction():
            services.fail(claimed.id, message=text, now=clock.now())
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


def sweep(app: Flask) -> None:
    """What is due now: dead and forgotten jobs, then each room's own `tasks.sweep(now)`."""
    with app.app_context():
        moment = clock.now()
        with transaction():
            if _running:
                services.keep_alive(list(_running), now=moment)
            services.bury_dead(now=moment)
        for job_id in queries.waiting(since=moment - RESEND_AFTER):
            queue.send(job_id)
        for name, step in app.extensions["sweepers"].items():
            _step(name, step, moment)
        _start_night(app, moment)


def _step(name: str, step: Periodic, moment: datetime) -> bool:
    try:
        with transaction():
            step(moment)
    except Exception:
        log.exception("sweep of %s failed", name)
        return False
    return True


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


@job("nightly")
def nightly(context: JobContext) -> None:
    """Each room's `tasks.nightly(now)`, and old files away. Fails when one of them failed."""
    from flask import current_app  # noqa: PLC0415  only in the worker

    steps: dict[str, Periodic] = current_app.extensions["nightly"]
    failed = []
    for number, (name, step) in enumerate(steps.items(), 1):
        context.progress(number - 1, total=len(steps), message=name)
        if not _step(name, step, context.now()):
            failed.append(name)
    with context.transaction():
        old = services.forget_files(before=context.now() - KEEP_FILES)
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
    queue.message(huey, lambda job_id: run_job(app, job_id))
    stop = threading.Event()
    sweeper = threading.Thread(target=_sweep_on, args=(app, stop), name="sweep", daemon=True)
    sweeper.start()
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
        sweeper.join(timeout=5)
        pdf.close()


def _sweep_on(app: Flask, stop: threading.Event) -> None:
    while not stop.wait(0.5):
        try:
            sweep(app)
        except Exception:
            log.exception("sweep failed")
        if stop.wait(SWEEP_SECONDS):
            return
