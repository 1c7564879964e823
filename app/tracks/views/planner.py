"""The calendar of a cohort and of the year."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.kernel.auth import actor, requires
from app.kernel.clock import now, organisation_day
from app.kernel.i18n import lang
from app.tracks import planner
from app.tracks.queries.cohorts import reach_of
from app.tracks.views.blueprint import bp


@bp.get("/cohorts/<int:cohort_id>/plan")
@requires("cohort.read")
def cohort_plan(cohort_id: int) -> ResponseReturnValue:
    """Every dated step of a cohort by day, and what will clash."""
    today = organisation_day(now())
    month = planner.month_of(request.args.get("month", ""), today)
    reach = reach_of(actor(), day=today)
    plan = planner.cohort_plan(cohort_id, month, reach, today=today, lang=lang())
    return _page(plan)


@bp.get("/tracks/plan")
@requires("cohort.read")
def year_plan() -> ResponseReturnValue:
    """Everything on all tracks, month by month."""
    today = organisation_day(now())
    month = planner.month_of(request.args.get("month", ""), today)
    reach = reach_of(actor(), day=today)
    return _page(planner.year_plan(month, reach, today=today, lang=lang()))


def _page(plan: planner.Plan) -> str:
    before, after = planner.neighbours(plan.month)
    return render_template("tracks/planner.html", plan=plan, before=before, after=after)
