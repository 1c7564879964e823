"""How gunicorn serves the product; `python run.py` uses it, and so may a service unit."""

import gc
import os
from pathlib import Path
from typing import Any

wsgi_app = "run:app"
bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or '8000'}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = "gthread"
threads = 4
# Loaded once, then forked: a worker that dies is back in milliseconds.
preload_app = True
timeout = 60
graceful_timeout = 15
keepalive = 5
loglevel = "warning"
# Heartbeats in memory: on a slow disk a worker would look dead.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
# The control socket would be made in the home folder.
control_socket_disable = True


def post_fork(_server: Any, _worker: Any) -> None:
    """A database connection must not be shared with the parent."""
    from app.kernel.db import db  # noqa: PLC0415  after the fork
    from run import app  # noqa: PLC0415

    with app.app_context():
        db.engine.dispose(close=False)
    gc.freeze()  # what was loaded before the fork stays: the collector need not walk it
    gc.set_threshold(20_000, 20, 20)  # a page makes thousands of objects and keeps none


def worker_exit(_server: Any, _worker: Any) -> None:
    """The children that lay out PDFs end with their worker."""
    from app.kernel.pdf import close  # noqa: PLC0415  after the fork

    close()
