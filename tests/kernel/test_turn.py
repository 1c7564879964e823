"""The turn to write, across processes: a lock opened before a fork would be held by both."""

import os
import time
from pathlib import Path

from app.kernel.db import _WriteTurn


def test_a_forked_process_waits_for_its_turn(tmp_path: Path) -> None:
    turn = _WriteTurn(tmp_path / "world.turn")
    turn.take()  # opens the file here, before the fork
    turn.give_back()
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        turn.take()
        os.write(told, b"x")
        time.sleep(0.3)
        turn.give_back()
        os._exit(0)
    os.read(ready, 1)
    start = time.monotonic()
    turn.take()
    waited = time.monotonic() - start
    turn.give_back()
    os.waitpid(child, 0)
    assert waited > 0.15


def test_a_turn_taken_twice_is_given_back_once(tmp_path: Path) -> None:
    turn = _WriteTurn(tmp_path / "world.turn")
    turn.take()
    turn.take()
    turn.give_back()
    turn.give_back()
    turn.take()
    turn.give_back()
