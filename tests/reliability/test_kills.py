"""Workers and whole servers are killed while people answer: nothing acknowledged is lost."""

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pysqlite3
import pytest

from tests import servers, world
from tests.scale import SCALE, times
from tests.sitter import Sitter, over_http, some_response

CLIENTS = 8
WORKER_KILLS = times(200, soak=5000)
GROUP_KILLS = times(10, soak=1000)
pytestmark = [pytest.mark.timeout(400 * SCALE), pytest.mark.xdist_group("kills")]


class Crowd:
    """Eight people who answer until told to stop, each item again and again."""

    def __init__(self, made: world.World, address: str) -> None:
        self.stop = threading.Event()
        self.sitters = [Sitter(one, over_http(address, timeout=5)) for one in made.learners]
        self.failures: list[BaseException] = []
        self.threads = [threading.Thread(target=self._work, args=(one,)) for one in self.sitters]

    @contextmanager
    def at_work(self) -> Iterator[None]:
        for thread in self.threads:
            thread.start()
        try:
            yield
        finally:
            self.stop.set()
            for thread in self.threads:
                thread.join(timeout=60)
        assert not self.failures, self.failures[0]

    def _work(self, sitter: Sitter) -> None:
        dice = random.Random(sitter.learner.id)
        try:
            self._until_answered(sitter.start)
            revision = 0
            while not self.stop.is_set():
                item = dice.randint(1, 30)
                revision += 1
                response = some_response(item, dice)
                self._until_answered(lambda: sitter.save(item, revision, response))  # noqa: B023
            self._until_answered(sitter.hand_in)
        except Exception as failure:  # noqa: BLE001  told by the main thread
            self.failures.append(failure)

    def _until_answered(self, step: Callable[[], object]) -> None:
        """As the page does: the same body again until the server acknowledged it."""
        for _ in range(600):
            try:
                step()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("no answer in half a minute")

    @property
    def saves(self) -> int:
        return sum(len(tries) for one in self.sitters for tries in one.sent.values())


def not_in(database: str, crowd: Crowd) -> list[str]:
    """Acknowledged answers that the database does not have, and attempts it has twice."""
    connection = pysqlite3.connect(database)
    stored = {
        (row[0], row[1]): row[2]
        for row in connection.execute("SELECT attempt_id, position, revision FROM answer")
    }
    submitted = dict(connection.execute("SELECT id, submitted_at FROM attempt"))
    attempts = connection.execute("SELECT count(*) FROM attempt").fetchone()[0]
    results = connection.execute(
        "SELECT attempt_id FROM result GROUP BY attempt_id HAVING count(*) > 1"
    ).fetchall()
    connection.close()
    missing = [
        f"{key} revision {revision}: stored {stored.get(key)}"
        for one in crowd.sitters
        for key, (revision, _response) in one.acknowledged.items()
        if stored.get(key, 0) < revision
    ]
    missing += [
        f"attempt {one.attempt_id} was handed in"
        for one in crowd.sitters
        if one.handed_in and submitted.get(one.attempt_id) is None
    ]
    if attempts != len(crowd.sitters) or results:
        missing.append(f"{attempts} attempts for {len(crowd.sitters)} people, {results}")
    return missing


def workers_of(server: subprocess.Popen[bytes]) -> list[int]:
    """The worker processes of a gunicorn master."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
    return [int(pid) for pid in children.read_text().split()]


def test_200_killed_workers_lose_no_acknowledged_answer(tmp_path: Path) -> None:
    made = world.build(tmp_path, learners=CLIENTS)
    dice = random.Random(7)
    with servers.gunicorn(environment=made.environment, workers=2) as (address, server):
        crowd = Crowd(made, address)
        with crowd.at_work():
            killed = 0
            while killed < WORKER_KILLS:
                time.sleep(dice.uniform(0.05, 0.25))
                for pid in workers_of(server)[:1]:
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
    assert crowd.saves > 500
    assert not_in(str(tmp_path / "world.sqlite3"), crowd) == []


def test_10_killed_servers_lose_no_acknowledged_answer(tmp_path: Path) -> None:
    made = world.build(tmp_path, learners=CLIENTS)
    port, dice = servers.free_port(), random.Random(8)
    address = f"http://127.0.0.1:{port}"
    start = {"environment": made.environment, "workers": 2, "threads": 4, "port": port}
    server = servers.start_gunicorn(**start)
    crowd = Crowd(made, address)
    try:
        with crowd.at_work():
            for _ in range(GROUP_KILLS):
                servers.wait_for_http(f"{address}/healthz", server)
                time.sleep(dice.uniform(0.3, 1.2))
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()
                server = servers.start_gunicorn(**start)
            servers.wait_for_http(f"{address}/healthz", server)
            time.sleep(1)
    finally:
        servers.stop_group(server)
    assert crowd.saves > 500
    assert not_in(str(tmp_path / "world.sqlite3"), crowd) == []


def test_a_server_that_answers_before_it_stores_is_found_out(tmp_path: Path) -> None:
    """The control: with the commit after the reply, killed workers do lose answers."""
    made = world.build(tmp_path, learners=CLIENTS)
    dice = random.Random(9)
    app = "tests.reliability.careless:app"
    with servers.gunicorn(environment=made.environment, workers=2, app=app) as (address, server):
        crowd = Crowd(made, address)
        with crowd.at_work():
            for _ in range(40):
                time.sleep(dice.uniform(0.05, 0.25))
                for pid in workers_of(server)[:1]:
                    os.kill(pid, signal.SIGKILL)
    assert not_in(str(tmp_path / "world.sqlite3"), crowd) != []
