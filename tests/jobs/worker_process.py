"""A worker as it really runs, with jobs of the tests and shorter pauses; ended by a signal."""

import os
import socket
import time
from datetime import timedelta
from pathlib import Path

from app import create_app
from app.jobs import registry, services, worker

DIARY = Path(os.environ["LB_DIARY"])


def write(line):
    """One line, whole, whoever else writes."""
    with DIARY.open("a", encoding="utf-8") as diary:
        diary.write(f"{line}\n")


@registry.job("tests.quick")
def quick(context, *, word):
    write(f"quick {word}")


@registry.job("tests.slow")
def slow(context):
    write("begin")
    for number in range(600):
        if DIARY.with_name("go").exists():
            write("end")
            return
        context.progress(number)
        time.sleep(0.05)


@registry.job("tests.again", again=True)
def again(context):
    slow(context)


def main():
    worker.SWEEP_SECONDS = 0.5
    worker.BEAT_SECONDS = 0.3
    worker.RESEND_AFTER = timedelta(seconds=2)
    services.DEAD_AFTER = timedelta(seconds=3)
    host = os.environ.get("LB_HOST")
    if host:
        socket.gethostname = lambda: host
    app = create_app()
    for steps in ("sweepers", "hourly", "nightly", "couriers"):
        app.extensions[steps] = {}
    worker.work(app)


if __name__ == "__main__":
    main()
