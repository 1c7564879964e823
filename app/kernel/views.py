"""Is it alive, can it serve: for supervisors and load balancers."""

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue

from app.kernel import health
from app.kernel.auth import public
from app.kernel.config import Settings

bp = Blueprint("kernel", __name__)


@bp.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """The process answers; shows the SQLite in use."""
    settings: Settings = current_app.extensions["settings"]
    answer: dict[str, object] = {"status": "ok"}
    if settings.is_sqlite:
        check = health.sqlite_version()
        answer |= {"sqlite": check.found, "wal_reset_bug": not check.is_ok}
    return answer


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """The database answers and its tables are those of this release."""
    problem = health.database_problem()
    if problem:
        return {"status": "not ready", "problem": problem}, 503
    return {"status": "ready"}
