"""The own mail settings."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as people
from app.kernel.auth import actor, requires
from app.kernel.clock import now
from app.mailing import queries, services
from app.mailing.forms import MailForm

bp = Blueprint("mailing", __name__)


@bp.route("/account/mail", methods=["GET", "POST"])
@requires("account.own")
def wishes() -> ResponseReturnValue:
    """Which notices come by e-mail, and when."""
    me = actor()
    form = MailForm(data=MailForm.filled(queries.wishes_of([me.id])[me.id]))
    if form.validate_on_submit():
        services.set_wishes(me.id, form.wishes())
        flash(_("已保存"))
        return redirect(url_for(".wishes"))
    page = render_template(
        "mailing/wishes.html",
        form=form,
        address=people.person(me.id, day=now().date()).email,
        timezone=me.timezone,
        is_on=bool(current_app.extensions["settings"].mail_url),
    )
    return page, 422 if form.is_submitted() else 200
