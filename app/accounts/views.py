"""Sign-in, the own account, sessions and notices."""

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import passwords, queries, services, sessions
from app.accounts.forms import SignInForm
from app.kernel.auth import actor, current_actor, public, reads_first, requires
from app.kernel.clock import now
from app.kernel.web import begin_write

bp = Blueprint("accounts", __name__)


@bp.route("/sign-in", methods=["GET", "POST"])
@public
@reads_first
def sign_in() -> ResponseReturnValue:
    """The door."""
    if current_actor() is not None:
        return redirect(_next_url())
    form = SignInForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("accounts/sign_in.html", form=form), status
    found = queries.credentials(form.login.data)
    fits = passwords.verify(found.password_hash if found else None, form.password.data)
    if found is None or not fits or found.is_disabled:
        form.password.errors = [_("邮箱、工号或密码不对。")]
        return render_template("accounts/sign_in.html", form=form), 422
    begin_write()
    sessions.begin(found.user_id)
    return redirect(_next_url())


def _next_url() -> str:
    """Where she wanted to go, only inside this site."""
    target = request.args.get("next", "")
    parts = urlsplit(target)
    inside = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if inside and not parts.netloc and not parts.scheme else "/"


@bp.post("/sign-out")
@requires("account.sign_out")
def sign_out() -> ResponseReturnValue:
    """End this session at once."""
    services.end_session(session_id=actor().session_id, now=now())
    sessions.forget()
    flash(_("已退出"))
    return redirect(url_for(".sign_in"))
