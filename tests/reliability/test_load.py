"""A slow disk, and a whole company sitting a test at once: late, perhaps, but nothing is lost."""

import time
from pathlib import Path

import pytest

from tests import servers, world
from tests.reliability.crowd import Crowd, not_in, percentile
from tests.reliability.test_kills import CLIENTS, stored_in
from tests.scale import IS_SOAK, SCALE, times

SLOW = 0.1  # seconds that each wait for the disk takes longer
SLOW_SECONDS = times(6, soak=120)
# A test of the whole company saves as often a second as a short one of few people.
EXAMINEES, EVERY, SECONDS = (300, 10.0, 120.0) if IS_SOAK else (30, 1.0, 6.0)
P99_SOAK = 0.25
pytestmark = pytest.mark.timeout(200 * SCALE)


def test_on_a_slow_disk_everybody_waits_and_nobody_loses(tmp_path: Path, capsys) -> None:
    made = world.build(tmp_path, learners=CLIENTS)
    delay = f"inject=fdatasync,fsync:delay_enter={int(SLOW * 1_000_000)}"
    strace = ["strace", "-f", "-qqq", "--seccomp-bpf", "-e", "trace=fdatasync,fsync", "-e", delay]
    strace += ["-o", tmp_path / "strace.log"]
    with servers.gunicorn(environment=made.environment, under=strace) as (address, server):
        crowd = Crowd(made, address, timeout=30)
        with crowd.at_work():
            time.sleep(SLOW_SECONDS)
            assert server.poll() is None
    syncs = (tmp_path / "strace.log").read_text().count("(DELAYED)")
    assert syncs >= 10
    # One disk, one queue: each of the eight waits for the others alone.
    p99 = percentile(crowd.times, 0.99)
    with capsys.disabled():
        print(f"\nslow disk: {len(crowd.times)} saves, {syncs} slow syncs, p99 {p99 * 1000:.0f} ms")
    assert p99 < CLIENTS * SLOW * 8
    assert sum(len(tries) for one in crowd.sitters for tries in one.sent.values()) == len(
        crowd.times
    ), "a save had to be repeated"
    assert not_in(stored_in(tmp_path), crowd) == []


def test_a_company_that_saves_at_the_same_time(tmp_path: Path, capsys) -> None:
    made = world.build(tmp_path, learners=EXAMINEES)
    with servers.gunicorn(environment=made.environment) as (address, _server):
        crowd = Crowd(made, address, every=EVERY, timeout=30)
        with crowd.at_work():
            time.sleep(SECONDS)
    p50, p99 = percentile(crowd.times, 0.5), percentile(crowd.times, 0.99)
    with capsys.disabled():
        print(
            f"\n{EXAMINEES} examinees, a save each {EVERY:.0f} s: {len(crowd.times)} saves, "
            f"median {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms"
        )
    assert len(crowd.times) >= EXAMINEES * (SECONDS / EVERY - 2)
    assert not_in(stored_in(tmp_path), crowd) == []
    if IS_SOAK:  # in the ordinary run other tests share the processor
        assert p99 < P99_SOAK
