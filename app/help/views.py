"""The help: a list of pages, one's own first, and each page."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.help import pages
from app.kernel.auth import actor, requires
from app.kernel.errors import NotFoundError
from app.kernel.i18n import lang

bp = Blueprint("help", __name__, url_prefix="/help")


@bp.get("")
@requires("help.read")
def index() -> ResponseReturnValue:
    """All pages; those for what this person does stand first."""
    roles = actor().roles
    found = [(entry, pages.page(entry.name, lang())) for entry in pages.ENTRIES]
    return render_template(
        "help/index.html",
        mine=[page for entry, page in found if entry.roles & roles],
        others=[page for entry, page in found if not entry.roles & roles],
    )


@bp.get("/<name>")
@requires("help.read")
def show(name: str) -> ResponseReturnValue:
    """One page."""
    if name not in pages.NAMES:
        raise NotFoundError
    place = pages.NAMES.index(name)
    around = {
        "before": pages.NAMES[place - 1 : place],
        "after": pages.NAMES[place + 1 : place + 2],
    }
    return render_template(
        "help/show.html",
        page=pages.page(name, lang()),
        entry=pages.ENTRIES[place],
        chapters=pages.chapters(lang()) if name == pages.CODES else (),
        groups=pages.rule_groups(lang()) if name == pages.RULES else (),
        rule_codes=pages.rule_names(lang()) if name == pages.CODES else {},
        **{key: [pages.page(one, lang()) for one in names] for key, names in around.items()},
    )
