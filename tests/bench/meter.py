"""Measuring: CPU of a process group, medians, percentiles, a table."""

import os
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

_TICK = os.sysconf("SC_CLK_TCK")


def group_cpu(group: int) -> float:
    """CPU seconds (user and system) of all living processes of a group and their dead children."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(") ", 1)[1].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            total += sum(int(ticks) for ticks in fields[11:15])
    return total / _TICK


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of the report. `limit` is what we reach for, None: for information."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    more_is_better: bool = False

    @property
    def verdict(self) -> str:
        """Whether the limit was reached."""
        if self.limit is None:
            return ""
        reached = self.value >= self.limit if self.more_is_better else self.value <= self.limit
        sign = "≥" if self.more_is_better else "≤"
        return f"{'ok  ' if reached else 'MISS'} {sign} {self.limit:g}"


def show(title: str, lines: Iterable[Line]) -> None:
    """Print a part of the report."""
    print(f"\n{title}")
    for line in lines:
        print(f"  {line.name:<58} {line.value:>10.2f} {line.unit:<8} {line.verdict}", flush=True)


def cpu_of(work: Callable[[], object], *, times: int = 5) -> float:
    """Median CPU seconds of this process for a piece of work."""
    took = []
    for _ in range(times):
        start = process_time()
        work()
        took.append(process_time() - start)
    return statistics.median(took)


def seconds_of(work: Callable[[], object], *, times: int = 5) -> float:
    """Median wall seconds of a piece of work."""
    took = []
    for _ in range(times):
        start = perf_counter()
        work()
        took.append(perf_counter() - start)
    return statistics.median(took)
