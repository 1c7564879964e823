"""A trainer's pages of item banks; read only."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from app.banks import exports, pages, queries
from app.banks.errors import BankNotFoundError
from app.banks.exporting import FILES
from app.banks.services.exports import record_export
from app.kernel.auth import actor, reads_first, requires, scopes
from app.kernel.clock import now
from app.kernel.downloads import attachment
from app.kernel.i18n import lang
from app.kernel.web import begin_write

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


@bp.get("/<slug>/export")
@requires("bank.export")
def export(slug: str) -> ResponseReturnValue:
    """What a format cannot carry, and the button that makes the file."""
    found = queries.visible_bank(slug, actor().id, scopes("bank.export"))
    to = exports.chosen(request.args.get("to"))
    of_file = exports.chosen_lang(request.args.get("lang", lang()), found)
    page = exports.export_page(found, to, lang=of_file, reader=lang())
    return render_template("banks/export.html", page=page)


@bp.post("/<slug>/export/<to>")
@requires("bank.export")
@reads_first
def export_file(slug: str, to: str) -> ResponseReturnValue:
    """The bank as a file with its keys; kept in the trail."""
    found = queries.visible_bank(slug, actor().id, scopes("bank.export"))
    format_ = exports.chosen(to)
    of_file = exports.chosen_lang(request.form.get("lang"), found)
    with_key = request.form.get("key") == "1"
    body = exports.made(found, format_, lang=of_file, key=with_key)
    begin_write()
    record_export(
        slug,
        number=found.number,
        to=format_.value,
        with_key=with_key,
        actor_id=actor().id,
        now=now(),
    )
    return attachment(
        body,
        FILES[format_].mime,
        name=exports.file_name(found, format_),
        plain=exports.plain_name(found, format_),
    )
