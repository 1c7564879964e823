"""Is it alive, can it serve: for supervisors and load balancers."""

import pysqlite3
from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue

from app.kernel import health
from app.kernel.auth import public
from app.kernel.config import Settings
from app.kernel.db import sqlite_version_is_safe

bp = Blueprint("kernel", __name__)


@bp.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """The process answers; shows the SQLite in use."""
    settings: Settings = current_app.extensions["settings"]
    answer: dict[str, object] = {"status": "ok"}
    if settings.is_sqlite:
        answer |= {
            "sqlite": pysqlite3.sqlite_version,
            "wal_reset_bug": not sqlite_version_is_safe(),
        }
    return answer


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """The database answers and its tables are those of this release."""
    problem = health.database_problem()
    if problem:
        return {"status": "not ready", "problem": problem}, 503
    return {"status": "ready"}
