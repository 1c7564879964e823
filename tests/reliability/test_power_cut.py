"""The power goes at any moment: no acknowledged answer is lost. With a weaker setting some are."""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pysqlite3
import pytest

from tests import world
from tests.reliability.disk import CALLS, Event, Said, crash, lay_out, read_log
from tests.scale import SCALE, times

ROOT = Path(__file__).resolve().parents[2]
CUTS = times(300, soak=1000)
pytestmark = pytest.mark.timeout(300 * SCALE)


def record(folder: Path, *more: str) -> tuple[list[Event], dict[str, bytes]]:
    """Run the writer under strace: its events, and the files as they were before."""
    made = world.build(folder, learners=4)
    lines = [f"{one.id} {one.assignment_id} {one.cookie}" for one in made.learners]
    (folder / "learners").write_text("\n".join(lines))
    start = {str(path): path.read_bytes() for path in folder.glob("world.sqlite3*")}
    log = folder.parent / f"{folder.name}.strace"
    command = ["strace", "-f", "-y", "-xx", "-s", "200000", "-e", f"trace={CALLS}", "-o", log]
    command += [sys.executable, "-m", "tests.reliability.writer", folder, *more]
    done = subprocess.run(  # noqa: PLW1510  the next line says what went wrong
        command, cwd=ROOT, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr[-2000:]
    with log.open(encoding="ascii") as file:
        return list(read_log(file, str(folder / "world.sqlite3"))), start


def lost(events: Sequence[Event], start: dict[str, bytes], cuts: int, tmp: Path) -> list[str]:
    """What was acknowledged before a cut and is not there after it, over many cuts."""
    dice = random.Random(20260301)
    missing = []
    for number in range(cuts):
        files, said = crash(events, dice.randint(1, len(events)), start, dice)
        folder = tmp / f"cut{number}"
        folder.mkdir()
        lay_out(files, folder)
        missing += [f"cut {number}: {line}" for line in _missing(folder / "world.sqlite3", said)]
        shutil.rmtree(folder)
    return missing


def _missing(database: Path, said: Sequence[str]) -> list[str]:
    connection = pysqlite3.connect(str(database))
    try:
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            return ["the database is damaged"]
        answers = {
            (row[0], row[1]): row[2]
            for row in connection.execute("SELECT attempt_id, position, revision FROM answer")
        }
        done = dict(connection.execute("SELECT id, receipt FROM attempt"))
    except pysqlite3.DatabaseError as error:
        return [f"the database is damaged: {error}"]
    finally:
        connection.close()
    return [line for text in said for line in text.splitlines() if _is_lost(line, answers, done)]


def _is_lost(line: str, answers: dict[tuple[int, int], int], done: dict[int, str | None]) -> bool:
    kind, _, rest = line.partition(" ")
    if kind == "SAVED":
        attempt, item, revision, _response = json.loads(rest)
        return answers.get((attempt, item), 0) < revision
    if kind == "DONE":
        attempt, receipt = rest.split(" ")
        return not (done.get(int(attempt)) or "").startswith(receipt)
    return kind == "START" and int(rest.split(" ")[1]) not in done


def test_no_acknowledged_answer_is_lost_in_300_power_cuts(tmp_path: Path) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    events, start = record(folder)
    said = [line for event in events if isinstance(event, Said) for line in event.text.splitlines()]
    assert sum(line.startswith("SAVED") for line in said) >= 48
    assert lost(events, start, CUTS, tmp_path) == []


def test_the_same_cuts_do_lose_answers_under_a_weaker_setting(tmp_path: Path) -> None:
    """The control: were the replay too kind, this test would fail."""
    folder = tmp_path / "normal"
    folder.mkdir()
    events, start = record(folder, "normal")
    assert len(lost(events, start, 60, tmp_path)) > 10
