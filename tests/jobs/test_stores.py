"""The three stores for real: SQLite, Redis, PostgreSQL, with workers that are killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest
from sqlalchemy import select, text

from app import create_app
from app.jobs import queries, queue, services, worker
from app.jobs.models import LOST, JobRun, Worker
from app.kernel import clock
from app.kernel.config import ROOT, Settings
from app.kernel.db import Base, db, transaction
from tests import servers

pytestmark = pytest.mark.timeout(240)
SECRET = "a secret of the tests alone, 32 characters"


class Yard:
    """The product with a store, and workers that are started and killed here."""

    def __init__(self, folder, database_url, jobs_url):
        self.folder, self.diary = folder, folder / "diary"
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "APP_ENV": "development",
            "SECRET_KEY": SECRET,
            "DATABASE_URL": database_url,
            "JOBS_URL": jobs_url,
            "INSTANCE_DIR": str(folder),
            "LB_DIARY": str(self.diary),
        }
        self.app = create_app(Settings.from_env(self.environment))
        self.running = []

    def start(self, host=""):
        """A worker process; `host` another machine's name, with a folder of its own."""
        more = {}
        if host:
            more = {"LB_HOST": host}
            # Machines share servers, and no file; SQLite's two workers are on one machine.
            if self.environment["JOBS_URL"]:
                more["INSTANCE_DIR"] = str(self.folder / host)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.worker_process"],
            cwd=ROOT,
            env=self.environment | more,
            stdout=subprocess.DEVNULL,
            stderr=None if "LB_TEST_LOG" in os.environ else subprocess.DEVNULL,
        )
        self.running.append(process)
        return process

    def order(self, kind="tests.quick", *, send=True, **params):
        """A job as a request would start it."""
        with transaction():
            job_id = services.start_job(
                kind=kind, title="t", owner_id=None, params=params, now=clock.now()
            )
        if send:
            queue.send(job_id)
        return job_id

    def wait(self, job_id, state, message=None, seconds=60):
        """Until the job is in this state."""
        job = None
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            db.session.rollback()
            db.session.expire_all()
            job = queries.job(job_id, owner_id=None)
            if job.state == state and message in (None, job.message):
                return job
            time.sleep(0.1)
        raise AssertionError(f"still {job}")

    def wait_for(self, line):
        end = time.monotonic() + 60
        while line not in self.lines():
            assert time.monotonic() < end, self.lines()
            time.sleep(0.05)

    def wait_for_workers(self, hosts):
        end = time.monotonic() + 60
        while set(db.session.scalars(select(Worker.host))) != hosts:
            assert time.monotonic() < end
            db.session.rollback()
            time.sleep(0.1)
        db.session.rollback()

    def lines(self):
        return self.diary.read_text(encoding="utf-8").splitlines() if self.diary.exists() else []

    def kill(self, process):
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)

    def end(self):
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.kill(process)


@pytest.fixture(scope="module", params=["sqlite", "redis", "postgresql"])
def installation(request):
    """The kind of an installation, its database and its store."""
    if request.param == "postgresql":
        database = servers.new_database(request.getfixturevalue("postgres"), "jobs")
        yield request.param, database, database
    elif request.param == "redis":
        with servers.redis() as url:
            yield request.param, "", url
    else:
        yield request.param, "", ""


@pytest.fixture
def yard(installation, tmp_path):
    _kind, database_url, jobs_url = installation
    database_url = database_url or f"sqlite:///{tmp_path / 'lianbing.sqlite3'}"
    made = Yard(tmp_path, database_url, jobs_url)
    with made.app.app_context():
        Base.metadata.create_all(db.engine)
        try:
            yield made
        finally:
            made.end()
            storage = queue.store(made.app.extensions["settings"]).storage
            storage.flush_queue()
            storage.close()
            db.session.remove()
            with db.engine.begin() as connection:
                for table in ("job_run", "worker", "step_run"):
                    connection.execute(text(f"DELETE FROM {table}"))
            db.engine.dispose()


def test_a_job_is_delivered_and_a_lost_message_is_swept_up(yard, installation):
    lost = yard.order(word="lost", send=False)
    sent = yard.order(word="sent")
    process = yard.start()
    yard.wait(sent, "done")
    yard.wait(lost, "done")
    assert sorted(yard.lines()) == ["quick lost", "quick sent"]
    row = db.session.scalars(select(Worker)).one()
    assert (row.pid, row.store) == (process.pid, installation[0].replace("redis", "unix"))
    assert db.session.get(JobRun, sent).worker == row.name
    db.session.rollback()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    db.session.expire_all()
    assert db.session.scalars(select(Worker.stopped_at)).one() is not None


def test_a_killed_worker_is_seen_and_its_job_repeated_by_hand_or_by_itself(yard):
    by_hand = yard.order("tests.slow")
    first = yard.start()
    yard.wait_for("begin")
    yard.kill(first)
    assert yard.wait(by_hand, "running").finished_at is None
    second = yard.start()
    yard.wait(by_hand, "failed", LOST)
    by_itself = yard.order("tests.again")
    yard.wait(by_itself, "running")
    yard.kill(second)
    yard.start()
    with transaction():
        services.repeat(by_hand, owner_id=None, now=clock.now())
    queue.send(by_hand)
    (yard.folder / "go").touch()
    yard.wait(by_hand, "done")
    yard.wait(by_itself, "done")
    assert Counter(yard.lines()) == {"begin": 4, "end": 2}
    assert db.session.get(JobRun, by_itself).tries == 2


def test_two_workers_on_two_machines_never_run_one_job_twice(yard):
    yard.start("machine-a")
    yard.start("machine-b")
    yard.wait_for_workers({"machine-a", "machine-b"})
    jobs = [yard.order(word=f"{number}", send=False) for number in range(30)]
    for job_id in jobs * 2:  # each message comes twice, and the sweeps send more
        queue.send(job_id)
    for job_id in jobs:
        yard.wait(job_id, "done", seconds=60)
    assert Counter(yard.lines()) == {f"quick {number}": 1 for number in range(30)}


def test_a_worker_that_was_taken_for_dead_writes_nothing_any_more(yard):
    job_id = yard.order("tests.slow", send=False)
    with transaction():
        old = services.claim(job_id, now=clock.now())
        services.cancel(job_id, now=clock.now())
        services.repeat(job_id, owner_id=None, now=clock.now())
        new = services.claim(job_id, now=clock.now())
    for call in (
        lambda: services.progress(job_id, done=1, now=clock.now(), tries=old.tries),
        lambda: services.finish(job_id, now=clock.now(), file_name=None, tries=old.tries),
        lambda: services.fail(job_id, message="x", now=clock.now(), tries=old.tries),
    ):
        with pytest.raises(services.JobGoneError), transaction():
            call()
    with transaction():
        services.finish(job_id, now=clock.now(), file_name=None, tries=new.tries)
    yard.wait(job_id, "done")


def test_two_workers_never_run_the_same_step_at_once(yard):
    seen = []

    def step(_moment):
        seen.append("in")
        time.sleep(0.3)
        seen.append("out")

    def sweep():
        with yard.app.app_context():
            assert worker._step("sweep:test", step, clock.now())

    threads = [threading.Thread(target=sweep) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert seen == ["in", "out"] * 3
