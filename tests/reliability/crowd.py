"""Several people who answer at the same time and never give up before the server acknowledged."""

import math
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from tests import world
from tests.sitter import Sitter, over_http, some_response


class Crowd:
    """People who answer until told to stop, each item again and again.

    `times` are the seconds of each acknowledged save, with the tries before it.
    """

    def __init__(
        self, made: world.World, address: str, *, every: float = 0, timeout: float = 5
    ) -> None:
        self.stop = threading.Event()
        self.every = every
        self.sitters = [Sitter(one, over_http(address, timeout=timeout)) for one in made.learners]
        self.failures: list[BaseException] = []
        self.times: list[float] = []
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
            self.stop.wait(dice.uniform(0, self.every))
            self._until_answered(sitter.start)
            revision = 0
            while not self.stop.is_set():
                item = dice.randint(1, 30)
                revision += 1
                response = some_response(item, dice)
                begun = time.monotonic()
                self._until_answered(lambda: sitter.save(item, revision, response))  # noqa: B023
                self.times.append(time.monotonic() - begun)
                if self.every:
                    self.stop.wait(self.every)
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

    def wait_for(self, saves: int) -> None:
        """Until so many more saves are acknowledged: whoever kills next does not kill idlers."""
        wanted, end = len(self.times) + saves, time.monotonic() + 60
        while len(self.times) < wanted:
            assert not self.failures, self.failures[0]
            assert time.monotonic() < end, "nobody could save for a minute"
            time.sleep(0.005)

    @property
    def saves(self) -> int:
        return sum(len(tries) for one in self.sitters for tries in one.sent.values())


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def not_in(rows: Callable[[str], Sequence[Sequence[object]]], crowd: Crowd) -> list[str]:
    """Acknowledged answers that the database does not have, and attempts it has twice.

    `rows` runs a query.
    """
    stored = {
        (row[0], row[1]): row[2]
        for row in rows("SELECT attempt_id, position, revision FROM answer")
    }
    submitted = {row[0]: row[1] for row in rows("SELECT id, submitted_at FROM attempt")}
    twice = rows("SELECT attempt_id FROM result GROUP BY attempt_id HAVING count(*) > 1")
    missing = [
        f"{key} revision {revision}: stored {stored.get(key)}"
        for one in crowd.sitters
        for key, (revision, _response) in one.acknowledged.items()
        if int(str(stored.get(key, 0))) < revision
    ]
    missing += [
        f"attempt {one.attempt_id} was handed in"
        for one in crowd.sitters
        if one.handed_in and submitted.get(one.attempt_id) is None
    ]
    if len(submitted) != len(crowd.sitters) or twice:
        missing.append(f"{len(submitted)} attempts for {len(crowd.sitters)} people, {twice}")
    return missing
