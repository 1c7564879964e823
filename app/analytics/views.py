"""A bank's health page."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.analytics.health import health_page
from app.banks import queries as banks
from app.kernel.auth import actor, may, requires, scopes
from app.kernel.i18n import lang

bp = Blueprint("analytics", __name__, url_prefix="/banks")


@bp.get("/<slug>/health")
@requires("bank.health")
def health(slug: str) -> ResponseReturnValue:
    """How well the items of a bank are written, and how they did."""
    mine = scopes("bank.health")
    found = banks.visible_bank(slug, actor().id, mine)
    page = health_page(
        found,
        actor_id=actor().id,
        scopes=mine,
        lang=lang(),
        may_edit=may("bank.edit")
        and banks.is_within(found.owner_id, actor().id, scopes("bank.edit")),
    )
    return render_template("analytics/health.html", p=page)
