"""Answers tests through the real application in one process; says each acknowledgement on stderr.

Run under strace by test_power_cut.py: `python -m tests.reliability.writer FOLDER [normal]`.
"""

import contextvars
import os
import random
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from flask import Flask
from sqlalchemy import event

from app import create_app
from app.kernel.db import db
from tests.sitter import Reply, Sitter
from tests.world import Learner, settings_for

SAVES = 12


def say(text: str) -> None:
    """One line in one system call, so that it stands in the log where it was said."""
    os.write(2, text.encode() + b"\n")


def weaken(app: Flask) -> None:
    """The control: a setting that is known to lose answers."""
    with app.app_context():

        @event.listens_for(db.engine, "connect")
        def _normal(connection, _record) -> None:
            connection.execute("PRAGMA synchronous=NORMAL")


def main() -> None:
    folder = Path(sys.argv[1])
    app = create_app(settings_for(folder))
    if sys.argv[2:] == ["normal"]:
        weaken(app)
    learners = [
        Learner(*line.split(" ")) for line in (folder / "learners").read_text().splitlines()
    ]
    threads = [threading.Thread(target=work, args=(app, one)) for one in learners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def work(app: Flask, learner: Learner) -> None:
    client = app.test_client(use_cookies=False)

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        answer = client.open(path, method=method, headers=dict(headers), data=body)
        return (
            answer.status_code,
            {key.lower(): value for key, value in answer.headers.items()},
            answer.data,
        )

    def sit() -> None:
        dice = random.Random(learner.cookie)
        sitter = Sitter(learner, send, say)
        sitter.start()
        for turn in range(SAVES):
            item = dice.randint(1, 28)
            key = (sitter.attempt_id, item)
            revision = sitter.acknowledged.get(key, (0, None))[0] + 1
            response = {"options": ["A"]} if item <= 20 else {"value": turn % 2 == 0}
            sitter.save(item, revision, response)
        sitter.hand_in()

    contextvars.Context().run(sit)


if __name__ == "__main__":
    main()
