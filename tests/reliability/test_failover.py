"""The database server dies under people who answer; its follower takes over with all of it."""

import random
import time
from pathlib import Path

import pytest

from tests import servers, world
from tests.reliability.cluster import cluster
from tests.reliability.crowd import Crowd, not_in
from tests.scale import SCALE, times

CLIENTS = 8
FAILOVERS = times(2, soak=20)
pytestmark = pytest.mark.timeout(120 * SCALE)


def test_a_dead_database_server_takes_no_acknowledged_answer_along(tmp_path: Path, capsys) -> None:
    dice, gaps = random.Random(11), []
    with cluster() as pair:
        pair.first.ask("CREATE DATABASE world")
        made = world.build(tmp_path, learners=CLIENTS, database_url=pair.url("world"))
        with servers.gunicorn(environment=made.environment) as (address, server):
            crowd = Crowd(made, address)
            with crowd.at_work():
                for _ in range(FAILOVERS):
                    time.sleep(dice.uniform(1, 2))
                    before, begun = len(crowd.times), time.monotonic()
                    assert before
                    pair.fail_over()
                    count = len(crowd.times)
                    while len(crowd.times) < count + CLIENTS:
                        assert time.monotonic() - begun < 60
                        time.sleep(0.05)
                    gaps.append(time.monotonic() - begun)
            assert server.poll() is None
        found = not_in(lambda query: pair.first.ask(query, "world"), crowd)
    with capsys.disabled():
        print(
            f"\n{FAILOVERS} failovers, {crowd.saves} saves sent, {len(crowd.times)} acknowledged, "
            f"longest pause {max(gaps):.1f} s"
        )
    assert found == []
