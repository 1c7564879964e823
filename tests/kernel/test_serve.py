"""`python run.py`: one command starts web and worker, and one signal stops both."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pysqlite3
import pytest
from flask_migrate import stamp

from app import create_app
from app.kernel.config import ROOT
from app.kernel.db import db
from tests import servers, world
from tests.sitter import Sitter, over_http

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def serve(tmp_path):
    started = []

    def start(*, port, instance=tmp_path / "instance", ready=True, **more):
        environment = {
            "PATH": os.environ["PATH"],
            "INSTANCE_DIR": str(instance),
            "PORT": str(port),
            "WEB_CONCURRENCY": "1",
            "APP_ENV": "development",
            **more,
        }
        log = (tmp_path / f"log{len(started)}.txt").open("w+b")
        process = subprocess.Popen(
            [sys.executable, "run.py"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,  # a process group of its own, as a terminal gives it
        )
        process.log = log
        started.append(process)
        if ready:
            wait_for(lambda: "is ready" in said(process) or process.poll() is not None)
            assert "is ready" in said(process), said(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=30)
        process.log.close()


def said(process):
    process.log.seek(0)
    return process.log.read().decode()


def wait_for(what, seconds=60):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


def children(process):
    """name -> pid of the two children."""
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    found = {}
    for pid in map(int, path.read_text().split()):
        try:
            name = Path(f"/proc/{pid}/comm").read_text().strip()
        except FileNotFoundError:
            continue
        found[name.removeprefix("lianbing-")] = pid
    return found


def is_gone(pid):
    try:
        return "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True


def answers(port, path="/readyz"):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.status


def night_of(instance):
    """How far the worker is with the first nightly job: it went through the real queue."""
    with closing(pysqlite3.connect(instance / "lianbing.sqlite3")) as connection:
        row = connection.execute("SELECT state FROM job_run WHERE kind = 'nightly'").fetchone()
    return row and row[0]


def test_it_serves_survives_its_worker_and_stops_both_on_ctrl_c(serve, tmp_path):
    port = servers.free_port()
    process = serve(port=port)
    assert answers(port) == 200
    assert answers(port, "/sign-in") == 200
    wait_for(lambda: night_of(tmp_path / "instance") == "done")
    both = children(process)
    os.kill(both["worker"], signal.SIGKILL)
    wait_for(lambda: children(process).get("worker") not in {None, both["worker"]})
    assert answers(port) == 200
    both = children(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
    assert all(is_gone(pid) for pid in both.values())
    assert "Stopped." in said(process)


def all_of(instance):
    """pid -> command line of every process that serves this instance, whoever is its parent."""
    mark, found = f"INSTANCE_DIR={instance}".encode(), {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0") and not is_gone(folder.name):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def printers(instance):
    """The processes that lay out PDFs, and the one that minds their semaphores."""
    return {pid for pid, command in all_of(instance).items() if b"multiprocessing" in command}


@pytest.fixture
def with_a_result(tmp_path):
    """Settings of an instance in which a learner has handed in: there is something to print."""
    folder = tmp_path / "instance"
    folder.mkdir()
    made = world.build(folder, learners=1)
    app = create_app(made.settings)
    with app.app_context():
        stamp(revision="head")
        db.engine.dispose()
    return made


def test_ctrl_c_after_a_pdf_ends_clean_and_quickly(serve, with_a_result, tmp_path):
    port = servers.free_port()
    process = serve(port=port, **with_a_result.environment | {"APP_ENV": "development"})
    sitter = Sitter(with_a_result.learners[0], over_http(f"http://127.0.0.1:{port}", timeout=60))
    path = f"/attempts/{sitter.start()}/result.pdf"
    sitter.hand_in()
    assert sitter.request("GET", path)[2].startswith(b"%PDF")
    printing = printers(tmp_path / "instance")
    assert printing
    # A worker that is killed outright takes its children along.
    os.kill(workers_of(children(process)["web"])[0], signal.SIGKILL)
    wait_for(lambda: not printing & printers(tmp_path / "instance"), 10)
    process.log.truncate(0)
    wait_for(lambda: sitter_answers(sitter, path))
    begun = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=30) == 0
    assert time.monotonic() - begun < 5
    assert all_of(tmp_path / "instance") == {}
    assert said(process).strip("\0\n") == "Stopped."


def sitter_answers(sitter, path):
    try:
        return sitter.request("GET", path)[0] == 200
    except OSError:
        return False


def workers_of(pid):
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_without_its_web_server_it_ends_and_leaves_no_worker(serve, tmp_path):
    process = serve(port=servers.free_port())
    both = children(process)
    os.kill(both["web"], signal.SIGKILL)
    assert process.wait(timeout=30) == 1
    assert is_gone(both["worker"])


def test_a_taken_port_is_named_with_its_cure(serve):
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        process = serve(port=other.getsockname()[1], ready=False)
        assert process.wait(timeout=30) == 2
    assert "PORT=8001" in said(process)


def test_a_wrong_setting_ends_the_start_with_its_cure(tmp_path):
    environment = {"PATH": os.environ["PATH"], "INSTANCE_DIR": str(tmp_path), "PORT": "none"}
    done = subprocess.run(
        [sys.executable, "run.py"], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert b"PORT=none" in done.stderr
