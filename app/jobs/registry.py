"""What can be run as a job: other rooms mark their functions here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from app.jobs import services
from app.kernel import clock
from app.kernel.db import transaction


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a job function gets: who asked, where its file goes, how to tell how far it is.

    A job is an edge: it opens its own transactions (`with job.transaction():`), reads the clock
    (`job.now()`) and hands both down as arguments.
    """

    job_id: int
    owner_id: int | None
    folder: Path
    tries: int | None = None

    def now(self) -> datetime:
        """The current instant."""
        return clock.now()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One write transaction."""
        with transaction():
            yield

    def progress(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """Tell how far it is, in a transaction of its own; call it outside `transaction()`.

        Raises JobGoneError when the job was cancelled or given to another worker: let it through.
        """
        with transaction():
            services.progress(
                self.job_id,
                done=done,
                total=total,
                message=message,
                now=clock.now(),
                tries=self.tries,
            )


# A job function returns the name of the file it wrote into `folder`, or None.
JobFunction = Callable[..., str | None]
F = TypeVar("F", bound=JobFunction)
_functions: Final[dict[str, JobFunction]] = {}
_again: Final[set[str]] = set()


def job(kind: str, *, again: bool = False) -> Callable[[F], F]:
    """Mark `function(context, **params)` as the job of this kind.

    `again`: begun anew by itself when its worker died, because doing it twice does no harm. Any
    other job waits for somebody who presses "repeat".
    """

    def mark(function: F) -> F:
        _functions[kind] = function
        if again:
            _again.add(kind)
        return function

    return mark


def function_of(kind: str) -> Callable[..., Any]:
    """The function of a kind. Raises KeyError."""
    return _functions[kind]


def kinds_again() -> frozenset[str]:
    """The kinds that are begun anew by themselves."""
    return frozenset(_again)
