"""Limits of a child process that handles what strangers wrote."""

import resource
from typing import Final

_FILES: Final = 256


def limit(*, memory: int, may_write: bool = True) -> None:
    """Cap address space, forbid core dumps and, if so wanted, files that grow."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not may_write:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, _FILES))


def limit_cpu(seconds: int) -> None:
    """Allow this much more CPU time from now on; the process is ended when it is used up."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + 1 + seconds, hard))
