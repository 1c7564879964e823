"""The first load of the demo company is killed: the next start makes it whole by itself."""

import signal
import subprocess
import sys
import time
from contextlib import closing

import pysqlite3
import pytest

from app.demo import cast
from app.kernel.config import ROOT
from tests.demo.small import FEW

pytestmark = pytest.mark.timeout(200)


def start(folder):
    command = [sys.executable, "-m", "tests.demo.start", str(folder)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def ask(folder, question):
    """The answer of the database, None while it has no such table."""
    try:
        with closing(pysqlite3.connect(folder / "lianbing.sqlite3")) as connection:
            row = connection.execute(question).fetchone()
    except pysqlite3.OperationalError:
        return None
    return row[0] if row else None


def kill_when(folder, question):
    """Start, kill outright as soon as the question is answered with something."""
    process = start(folder)
    until = time.monotonic() + 60
    while not ask(folder, question):
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()


def test_a_killed_first_load_is_made_whole_by_the_next_start(tmp_path):
    # Twice: what mends a broken load may be killed too.
    kill_when(tmp_path, "SELECT count(*) FROM demo_load")
    kill_when(tmp_path, "SELECT count(*) FROM attempt HAVING count(*) > 10")
    assert ask(tmp_path, "SELECT count(*) FROM demo_load WHERE finished_at IS NULL") == 1
    again = start(tmp_path)
    said = again.communicate(timeout=100)[0]
    assert again.returncode == 0, said
    assert "上一次装入演示公司时中断了" in said
    assert ask(tmp_path, "SELECT count(*) FROM demo_load WHERE finished_at IS NOT NULL") == 1
    assert ask(tmp_path, "SELECT count(*) FROM user") == len(cast.STAFF) + len(FEW)
    attempts = ask(tmp_path, "SELECT count(*) FROM attempt")
    # A finished company is left alone by every later start.
    later = start(tmp_path)
    assert "中断" not in later.communicate(timeout=100)[0]
    assert ask(tmp_path, "SELECT count(*) FROM attempt") == attempts
