"""The calendar of a cohort and of the year."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.kernel.auth import requires
from app.kernel.clock import now, organisation_day
from app.kernel.i18n import lang
from app.tracks import planner
from app.tracks.views.blueprint import bp


@bp.get("/cohorts/<int:cohort_id>/plan")
@requires("cohort.edit")
def cohort_plan(cohort_id: int) -> ResponseReturnValue:
    """Every dated step of a cohort by day, and what will clash."""
    today = organisation_day(now())
    month = planner.month_of(request.args.get("month", ""), today)
    plan = planner.cohort_plan(cohort_id, month, today=today, lang=lang())
    return _page(plan)


@bp.get("/tracks/plan")
@requires("cohort.edit")
def year_plan() -> ResponseReturnValue:
    """Everything on all tracks, month by month."""
    today = organisation_day(now())
    month = planner.month_of(request.args.get("month", ""), today)
    return _page(planner.year_plan(month, today=today, lang=lang()))


def _page(plan: planner.Plan) -> str:
    before, after = planner.neighbours(plan.month)
    return render_template("tracks/planner.html", plan=plan, before=before, after=after)
