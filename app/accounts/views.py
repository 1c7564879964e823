"""Sign-in, the own account, sessions and notices."""

import hashlib
from datetime import timedelta
from math import ceil
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from app.accounts import passwords, queries, services, sessions
from app.accounts.forms import LANGUAGES, ChangePasswordForm, PreferencesForm, SignInForm
from app.accounts.notices import sentence
from app.accounts.throttle import ACCOUNT_LIMIT, ADDRESS_LIMIT, wait
from app.kernel.auth import actor, current_actor, public, reads_first, requires
from app.kernel.clock import local_day, now
from app.kernel.web import begin_write, client_address, json_body, refusal, side_write

bp = Blueprint("accounts", __name__)


# ---------------------------------------------------------------- the door


@bp.route("/sign-in", methods=["GET", "POST"])
@public
@reads_first
def sign_in() -> ResponseReturnValue:
    """The door."""
    if current_actor() is not None:
        return redirect(_next_url())
    form = SignInForm()
    if not form.validate_on_submit():
        return _door(form, 422 if form.is_submitted() else 200)
    login, password = form.login.data or "", form.password.data or ""
    found = queries.credentials(login)
    key = f"user:{found.user_id}" if found else _unknown_key(login)
    pause = _pause(key)
    if pause:
        form.password.errors = [_("试得太多了，请 %(n)s 秒后再试。", n=pause)]
        return _door(form, 429)
    fits = passwords.verify(found.password_hash if found else None, password)
    if found is None or not fits or found.is_disabled:
        _count_failure(key, found.user_id if found else None)
        form.password.errors = [_("邮箱、工号或密码不对。忘了密码请找管理员重设。")]
        return _door(form, 422)
    begin_write()
    sessions.begin(found.user_id)
    services.forget_failures(key=key)
    services.log_access(kind="sign_in", now=now(), actor_id=found.user_id, address=client_address())
    return redirect(_next_url())


def _door(form: SignInForm, status: int) -> ResponseReturnValue:
    form.password.data = None
    return render_template("accounts/sign_in.html", form=form, languages=LANGUAGES), status


@bp.post("/sign-in/again")
@public
@reads_first
def sign_in_again() -> ResponseReturnValue:
    """Whose session ended while a page was open signs in again without leaving it.

    JSON `{"password": …}` -> `{"csrf_token": …}`. Only the person whom this browser's cookie
    names, also when that session has ended: answers kept on the device stay with their owner.
    """
    password = json_body().get("password")
    user_id = queries.session_owner(sessions.own_token_hash())
    if user_id is None or not isinstance(password, str):
        return refusal(401, "signed_out", _("登录已结束，请重新登录。"))
    key = f"user:{user_id}"
    pause = _pause(key)
    if pause:
        return refusal(429, "slow_down", _("试得太多了，请 %(n)s 秒后再试。", n=pause))
    if not passwords.verify(queries.password_hash_of(user_id), password):
        _count_failure(key, user_id)
        return refusal(401, "wrong_password", _("密码不对。"))
    begin_write()
    sessions.begin(user_id)
    services.forget_failures(key=key)
    return {"csrf_token": generate_csrf()}


def _unknown_key(login: str) -> str:
    # Hashed: what people type here by mistake is sometimes their password.
    return "login:" + hashlib.sha256(queries.fold(login).encode()).hexdigest()[:32]


def _address_key() -> str:
    return f"address:{client_address()}"


def _pause(key: str) -> int:
    """Whole seconds this account or this address must still wait; 0 = go on."""
    moment = now()
    failures = queries.failures([key, _address_key()])
    pause = max(
        wait(failures.get(key), limit=ACCOUNT_LIMIT, now=moment),
        wait(failures.get(_address_key()), limit=ADDRESS_LIMIT, now=moment),
        timedelta(0),
    )
    return ceil(pause.total_seconds())


def _count_failure(key: str, user_id: int | None) -> None:
    keys, moment, address = [key, _address_key()], now(), client_address()

    def write() -> None:
        services.record_failure(keys=keys, now=moment)
        services.log_access(kind="sign_in_failed", now=moment, subject_id=user_id, address=address)

    side_write(write)


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
    services.end_session(session_id=actor().session_id, user_id=actor().id, now=now())
    sessions.forget()
    flash(_("已退出"))
    return redirect(url_for(".sign_in"))


@bp.post("/language")
@public
def language() -> ResponseReturnValue:
    """Choose the language before signing in."""
    chosen = request.form.get("locale", "")
    if chosen in dict(LANGUAGES):
        cookie["locale"] = chosen
    return redirect(url_for(".sign_in", next=_next_url()))


# ---------------------------------------------------------------- the own account


@bp.route("/account", methods=["GET", "POST"])
@requires("account.own")
def account() -> ResponseReturnValue:
    """Language, time zone, look, password, sessions."""
    me = actor()
    form = PreferencesForm(data={"locale": me.locale, "timezone": me.timezone, "theme": me.theme})
    if form.validate_on_submit():
        services.set_preferences(
            user_id=me.id,
            locale=form.locale.data,
            timezone=form.timezone.data or me.timezone,
            theme=form.theme.data,
        )
        flash(_("已保存"))
        return redirect(url_for(".account"))
    moment = now()
    page = render_template(
        "accounts/account.html",
        form=form,
        person=queries.person(me.id, day=moment.date()),
        sessions=[
            (one, sessions.device(one.browser)) for one in queries.open_sessions(me.id, now=moment)
        ],
        here=me.session_id,
    )
    return page, 422 if form.is_submitted() else 200


@bp.route("/account/password", methods=["GET", "POST"])
@requires("account.password")
@reads_first
def change_password() -> ResponseReturnValue:
    """A new password; the other sessions end."""
    me = actor()
    form = ChangePasswordForm()
    if form.validate_on_submit() and _is_current(form):
        fresh = passwords.hash_password(form.new.data or "")
        begin_write()
        services.change_password(
            user_id=me.id, password_hash=fresh, session_id=me.session_id, now=now()
        )
        flash(_("新密码已启用，其他设备已退出"))
        return redirect("/" if me.must_change_password else url_for(".account"))
    page = render_template("accounts/password.html", form=form, is_first=me.must_change_password)
    return page, 422 if form.is_submitted() else 200


def _is_current(form: ChangePasswordForm) -> bool:
    me = actor()
    key = f"user:{me.id}"
    pause = _pause(key)
    if pause:
        form.current.errors = [_("试得太多了，请 %(n)s 秒后再试。", n=pause)]
        return False
    if passwords.verify(queries.password_hash_of(me.id), form.current.data or ""):
        return True
    _count_failure(key, me.id)
    form.current.errors = [_("现在的密码不对")]
    return False


@bp.post("/account/sessions/<int:session_id>/end")
@requires("account.own")
def end_session(session_id: int) -> ResponseReturnValue:
    """Sign one of the own browsers out."""
    services.end_session(session_id=session_id, user_id=actor().id, now=now())
    flash(_("那台设备已退出"))
    return redirect(url_for(".account"))


@bp.post("/account/sessions/end-others")
@requires("account.own")
def end_other_sessions() -> ResponseReturnValue:
    """Sign out everywhere but here."""
    services.end_sessions(user_id=actor().id, now=now(), but=actor().session_id)
    flash(_("其他设备都已退出"))
    return redirect(url_for(".account"))


# ---------------------------------------------------------------- colleagues


@bp.get("/people")
@requires("people.list")
def people() -> ResponseReturnValue:
    """Name and team of the people in the actor's scope, and nothing else about them."""
    me, text = actor(), request.args.get("text", "")[:100]
    day = local_day(now(), me.timezone)
    found = queries.people_list(
        queries.people_in_scope(me, "people.list", day=day),
        queries.PeopleFilter(text=text),
        page=request.args.get("page", 1, type=int),
        day=day,
    )
    return render_template("accounts/people.html", found=found, text=text)


# ---------------------------------------------------------------- notices


@bp.get("/notices")
@requires("notice.read")
def notices() -> ResponseReturnValue:
    """What there is to know, latest first."""
    rows = queries.notices(actor().id, before=request.args.get("before", type=int))
    lines = [(row, sentence(row.kind, row.params)) for row in rows]
    more = rows[-1].id if len(rows) == queries.PAGE else None
    return render_template("accounts/notices.html", lines=lines, more=more)


@bp.post("/notices/<int:notice_id>/open")
@requires("notice.read")
def open_notice(notice_id: int) -> ResponseReturnValue:
    """Mark it read and go to its page."""
    url = services.read_notice(notice_id=notice_id, user_id=actor().id, now=now())
    return redirect(url if url.startswith("/") and not url.startswith("//") else "/notices")


@bp.post("/notices/read")
@requires("notice.read")
def read_notices() -> ResponseReturnValue:
    """Mark all read."""
    services.read_all_notices(user_id=actor().id, now=now())
    return redirect(url_for(".notices"))
