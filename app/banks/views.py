"""A trainer's pages of item banks; read only."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from app.banks import pages, queries
from app.banks.errors import BankNotFoundError
from app.kernel.auth import actor, requires, scopes
from app.kernel.i18n import lang

bp = Blueprint("banks", __name__, url_prefix="/banks")


@bp.get("")
@requires("bank.read")
def index() -> ResponseReturnValue:
    """Banks this trainer may read: own ones and those of the group."""
    rows = queries.bank_rows(actor().id, scopes("bank.read"))
    return render_template("banks/index.html", banks=pages.lines(rows, lang()))


@bp.get("/<slug>")
@requires("bank.read")
def show(slug: str) -> ResponseReturnValue:
    """One bank with keys, or with `?view=learner` as a learner sees it."""
    found = queries.visible_bank(slug, actor().id, scopes("bank.read"))
    shows_keys = request.args.get("view") != "learner"
    page = pages.bank_page(found, lang=lang(), shows_keys=shows_keys)
    return render_template("banks/show.html", bank=page)


@bp.get("/<slug>/images/<int:item_version_id>")
@requires("bank.read")
def image(slug: str, item_version_id: int) -> ResponseReturnValue:
    """The picture of an item that stands in this bank."""
    found = queries.visible_bank(slug, actor().id, scopes("bank.read"))
    picture = queries.item_image(item_version_id)
    if picture is None or item_version_id not in found.version_ids.values():
        raise BankNotFoundError(bank=slug)
    return Response(picture.data, mimetype=picture.mime)
