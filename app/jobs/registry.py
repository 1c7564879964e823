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

    def now(self) -> datetime:
        """The current instant."""
        return clock.now()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One write transaction."""
        with transaction():
            yield

    def progress(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """Tell how far it is, in a transaction of its own; call it outside `transaction()`."""
        with transaction():
            services.progress(self.job_id, done=done, total=total, message=message, now=clock.now())


# A job function returns the name of the file it wrote into `folder`, or None.
JobFunction = Callable[..., str | None]
F = TypeVar("F", bound=JobFunction)
_functions: Final[dict[str, JobFunction]] = {}


def job(kind: str) -> Callable[[F], F]:
    """Mark `function(context, **params)` as the job of this kind."""

    def mark(function: F) -> F:
        _functions[kind] = function
        return function

    return mark


def function_of(kind: str) -> Callable[..., Any]:
    """The function of a kind. Raises KeyError."""
    return _functions[kind]
