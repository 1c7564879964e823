"""How gunicorn serves the product; `python run.py` uses it, and so may a service unit."""

import gc
import logging
import os
import socket
import struct
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
# Who is silent in the middle of a request for this long gives his thread back (seconds).
SILENT_MOST = 15
UNREAD_MOST = 60


def _shortened(record: logging.LogRecord) -> bool:
    """A stalled connection is a line of the log, not a page."""
    if record.exc_info and isinstance(record.exc_info[1], BlockingIOError):
        record.msg, record.args, record.exc_info = "A client stalled in a request.", (), None
    return True


def when_ready(server: Any) -> None:
    """Connections take these limits over from the socket they arrive at.

    The threads of gunicorn wait for the rest of a request without end: eight people who stall
    would stop everybody.
    """
    server.log.error_log.addFilter(_shortened)
    for listener in server.LISTENERS:
        for option, seconds in (
            (socket.SO_RCVTIMEO, SILENT_MOST),
            (socket.SO_SNDTIMEO, UNREAD_MOST),
        ):
            listener.sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", seconds, 0))


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
