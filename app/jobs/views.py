"""Own jobs: how far they are, their files, doing a failed one again."""

from flask import Blueprint, current_app, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.jobs import queries, queue, services
from app.jobs.worker import folder_of
from app.kernel.auth import actor, requires, scopes, wants_json
from app.kernel.clock import now
from app.kernel.downloads import disposition
from app.kernel.errors import NotFoundError

bp = Blueprint("jobs", __name__, url_prefix="/jobs")


def _owner() -> int | None:
    """Whose jobs the actor sees: her own, or everybody's as admin."""
    return None if "all" in scopes("job.read") else actor().id


@bp.get("/")
@requires("job.read")
def index() -> ResponseReturnValue:
    """The latest jobs."""
    return render_template("jobs/index.html", jobs=queries.jobs(owner_id=_owner()))


@bp.get("/<int:job_id>")
@requires("job.read")
def show(job_id: int) -> ResponseReturnValue:
    """One job; as JSON for the progress bar."""
    job = queries.job(job_id, owner_id=_owner())
    may_fetch = job.file_name is not None and job.owner_id == actor().id
    if wants_json():
        return {
            "state": job.state,
            "done": job.done,
            "total": job.total,
            "message": job.message,
            "file": url_for(".file", job_id=job_id) if may_fetch else None,
        }
    return render_template("jobs/show.html", job=job, may_fetch=may_fetch)


@bp.get("/<int:job_id>/file")
@requires("job.read")
def file(job_id: int) -> ResponseReturnValue:
    """What the job made; for its owner alone, since an admin sees no scores."""
    job = queries.job(job_id, owner_id=actor().id)
    if job.file_name is None:
        raise NotFoundError
    path = folder_of(current_app.extensions["settings"], job_id) / job.file_name
    if not path.is_file():
        raise NotFoundError
    response = send_file(path)  # in pieces, however large
    plain = f"job-{job_id}{path.suffix}"
    response.headers["Content-Disposition"] = disposition(name=job.file_name, plain=plain)
    return response


@bp.post("/<int:job_id>/repeat")
@requires("job.read")
def repeat(job_id: int) -> ResponseReturnValue:
    """Queue a failed job again."""
    services.repeat(job_id, owner_id=_owner(), now=now())
    queue.send_after_commit(job_id)
    flash(_("已重新排队"))
    return redirect(url_for(".show", job_id=job_id))
