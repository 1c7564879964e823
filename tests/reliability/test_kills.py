"""Workers and whole servers are killed while people answer: nothing acknowledged is lost."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pysqlite3
import pytest

from tests import servers, world
from tests.reliability.crowd import Crowd, not_in
from tests.scale import SCALE, times

CLIENTS = 8
WORKER_KILLS = times(200, soak=5000)
GROUP_KILLS = times(10, soak=1000)
pytestmark = pytest.mark.timeout(400 * SCALE)


def stored_in(folder: Path) -> Callable[[str], list[tuple]]:
    """Asks the database of a world."""

    def rows(query: str) -> list[tuple]:
        with closing(pysqlite3.connect(folder / "world.sqlite3")) as connection:
            return connection.execute(query).fetchall()

    return rows


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
                crowd.wait_for(saves=dice.randint(2, 6))
                time.sleep(dice.uniform(0, 0.03))
                for pid in workers_of(server)[:1]:
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
    assert crowd.saves > 500
    assert not_in(stored_in(tmp_path), crowd) == []


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
                crowd.wait_for(saves=dice.randint(50, 80))
                time.sleep(dice.uniform(0, 0.03))
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()
                server = servers.start_gunicorn(**start)
            servers.wait_for_http(f"{address}/healthz", server)
            time.sleep(1)
    finally:
        servers.stop_group(server)
    assert crowd.saves > 500
    assert not_in(stored_in(tmp_path), crowd) == []


def test_a_server_that_answers_before_it_stores_is_found_out(tmp_path: Path) -> None:
    """The control: with the commit after the reply, killed workers do lose answers."""
    made = world.build(tmp_path, learners=CLIENTS)
    dice = random.Random(9)
    app = "tests.reliability.careless:app"
    with servers.gunicorn(environment=made.environment, workers=2, app=app) as (address, server):
        crowd = Crowd(made, address)
        with crowd.at_work():
            for _ in range(40):
                crowd.wait_for(saves=dice.randint(2, 6))
                time.sleep(dice.uniform(0, 0.03))
                for pid in workers_of(server)[:1]:
                    os.kill(pid, signal.SIGKILL)
    assert not_in(stored_in(tmp_path), crowd) != []
