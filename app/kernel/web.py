"""The web edge: one transaction per request, refusals as pages, headers against hostile input."""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from time import time
from typing import Any

from flask import Flask, Request, Response, current_app, g, render_template, request, url_for
from flask import session as cookie
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from itsdangerous import BadData, BadSignature, URLSafeTimedSerializer
from jinja2.runtime import Macro
from markupsafe import Markup
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from app.kernel import auth, db
from app.kernel.errors import BadInputError, DomainError, NotFoundError

log = logging.getLogger(__name__)
csrf = CSRFProtect()
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORM = "application/x-www-form-urlencoded"
MOST_THROWN_AWAY = 160_000_000
OUT_OF_RANGE = "22003"  # the SQLSTATE of a number that is too large for its column
SideWrite = Callable[[], None]


class Cookies(SecureCookieSessionInterface):
    """Flask's signed cookies; the signer is made once, and a signature is checked once a process.

    Every answer to a save brings the same cookie: the key is derived and the HMAC computed for the
    first of them alone. The age is looked at each time.
    """

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The signer of the keys in force."""
        keys = (app.secret_key, tuple(app.config["SECRET_KEY_FALLBACKS"] or ()))
        kept = app.extensions.get("cookie_signer")
        if kept is None or kept[0] != keys:
            kept = app.extensions["cookie_signer"] = (keys, super().get_signing_serializer(app))
        signer: URLSafeTimedSerializer | None = kept[1]
        return signer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The content of the cookie; an empty one for a forged or an old cookie."""
        signer = self.get_signing_serializer(app)
        value = request.cookies.get(self.get_cookie_name(app))
        if signer is None or not value:
            return super().open_session(app, request)
        try:
            payload, signed_at = _unsigned(signer, value)
            if 0 <= time() - signed_at <= app.permanent_session_lifetime.total_seconds():
                return self.session_class(signer.load_payload(payload))
        except BadData:
            pass
        return self.session_class()


class Edge(Flask):
    """Flask with one transaction around every view.

    Committed when the view answered below 400, rolled back otherwise. The reply leaves after the
    commit. Records about the request itself (`side_write`) and queued work (`after_commit`) run
    afterwards, each in a transaction of its own.
    """

    session_interface = Cookies()

    def dispatch_request(self) -> Response:
        """Run the view inside its transaction."""
        view = auth.view_of(self, request.endpoint)
        _allow_size(view)
        if request.method not in SAFE:
            # All of the body is here before the turn to write: whoever sends slowly waits alone.
            request.get_data(parse_form_data=True)
        write = request.method not in SAFE and not getattr(view, "reads_first", False)
        token = db._write_mode.set(write)
        try:
            return self._in_transaction()
        finally:
            db._write_mode.reset(token)
            db.db.session.rollback()
            _run_side_writes()

    def _in_transaction(self) -> Response:
        answer = auth.guard()
        if answer is None:
            if request.method not in SAFE:
                _check_token()  # after the guard, so that a lost session says 401
            answer = super().dispatch_request()
        response = self.make_response(answer)
        if response.status_code < 400 and request.method not in SAFE:
            db.db.session.commit()
            for job in g.pop("after_commit", []):
                job()
        return response


@lru_cache(maxsize=2048)
def _unsigned(signer: URLSafeTimedSerializer, value: str) -> tuple[bytes, float]:
    """What was signed and when (seconds since the epoch). Raises BadData for a forgery."""
    failure: BadData = BadSignature("no key")
    for one in signer.iter_unsigners():
        try:
            payload, moment = one.unsign(value, return_timestamp=True)
        except BadSignature as bad:
            failure = bad
        else:
            return payload, moment.timestamp()
    raise failure


def _check_token() -> None:
    """Refuse a request whose form token does not fit the session.

    A page sends the same token with every save, so one already found genuine is only compared.
    """
    given, expected = request.headers.get("X-CSRFToken"), cookie.get("csrf_token")
    if given and isinstance(expected, str):
        secret = current_app.config.get("WTF_CSRF_SECRET_KEY") or current_app.secret_key
        with suppress(BadData):
            if hmac.compare_digest(_token_content(secret, given), expected.encode()):
                g.csrf_valid = True  # as `protect` says it to the forms
                return
    csrf.protect()


@lru_cache(maxsize=2048)
def _token_content(secret: str, token: str) -> bytes:
    """What a token of Flask-WTF holds. Raises BadData for a forgery."""
    return str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").loads(token)).encode()


def csrf_token() -> str:
    """The form token of this session, for templates: signed once a process, not for each page."""
    kept, own = g.get("csrf_token"), cookie.get("csrf_token")
    if kept is None and isinstance(own, str):
        secret = current_app.config.get("WTF_CSRF_SECRET_KEY") or current_app.secret_key
        kept = g.csrf_token = _token_of(secret, own)  # as `generate_csrf` says it to the forms
    return str(kept or generate_csrf())


@lru_cache(maxsize=2048)
def _token_of(secret: str, content: str) -> str:
    return str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(content))


def accepts_upload(max_bytes: int) -> Callable[[auth.F], auth.F]:
    """Mark a view that takes more than an ordinary form: up to `max_bytes` in all.

    Every other view refuses a body above MAX_CONTENT_LENGTH, or a form above
    MAX_FORM_MEMORY_SIZE, with 413 before anything of it is kept.
    """

    def mark(view: auth.F) -> auth.F:
        view.max_bytes = max_bytes  # type: ignore[attr-defined]
        return view

    return mark


def _allow_size(view: Callable[..., object] | None) -> None:
    max_bytes: int | None = getattr(view, "max_bytes", None)
    if max_bytes is not None:
        request.max_content_length = request.max_form_memory_size = max_bytes
    elif request.mimetype == FORM:  # of Werkzeug's two limits such a form meets the wider alone
        request.max_content_length = request.max_form_memory_size


def begin_write() -> None:
    """Switch a `@reads_first` view to writing: ends the read, next statement waits its turn."""
    db.session().rollback()
    db._write_mode.set(True)  # reset by the edge


def after_commit(job: Callable[[], None]) -> None:
    """Run `job` once the request's transaction is committed; dropped when it rolls back."""
    g.setdefault("after_commit", []).append(job)


def side_write(write: SideWrite) -> None:
    """Record something about the request itself, also on GET and on refusal."""
    g.setdefault("side_writes", []).append(write)


def _run_side_writes() -> None:
    for write in g.pop("side_writes", []):
        try:
            with db.transaction():
                write()
        except Exception:  # a lost log line must not lose the user's answer
            log.exception("side write failed")


def init_app(app: Flask) -> None:
    """Hook up tokens, headers, errors and template helpers."""
    csrf.init_app(app)
    app.after_request(_headers)
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_error)
    app.register_error_handler(OverflowError, _too_large)
    app.register_error_handler(DataError, _bad_data)
    app.register_error_handler(Exception, _crash)
    app.jinja_env.globals.update(
        asset=asset,
        icon=icon,
        csrf_token=csrf_token,
        csrf_slot=f"csrf-{secrets.token_hex(8)}",
        csp_nonce=csp_nonce,
        may=auth.may,
        current_actor=auth.current_actor,
    )
    app.context_processor(_piece_makers)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


@lru_cache(maxsize=256)
def _digest(path: Path, _mtime: float) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """Address of one of our own static files, changing with its content."""
    # A page asks for the icon file 50 times; while the product runs its files stay as they are.
    known = g if current_app.jinja_env.auto_reload else current_app
    kept: dict[str, str] = _assets_of(known)
    if name not in kept:
        path = Path(current_app.static_folder or "") / name
        kept[name] = url_for("static", filename=name, v=_digest(path, path.stat().st_mtime))
    return kept[name]


def _assets_of(holder: Any) -> dict[str, str]:
    found: dict[str, str] | None = getattr(holder, "known_assets", None)
    if found is None:
        found = holder.known_assets = {}
    return found


MOST_KEPT = 16_384


def _piece_makers() -> dict[str, object]:
    """`kept` and `drawn` of templates, bound to the language: which it is, is asked once a page."""
    app = current_app
    known: dict[object, Markup] = app.extensions.setdefault("kept_pieces", {})
    pieces = {} if app.jinja_env.auto_reload else known
    locale = get_locale()
    language = None if locale is None else locale.language

    def kept(macro: Macro, *key: object) -> Markup:
        """What a macro without arguments draws, drawn once a process and language for each `key`.

        For the parts of the frame that look the same to many people: `key` names everything that
        the macro reads of the person or the request. A form's token is drawn as `csrf_slot`, which
        the page replaces.
        """
        return _kept(pieces, (macro.name, language, *key), macro)

    def drawn(macro: Macro, *values: object) -> Markup:
        """What a macro draws of `values`, once a process and language; it reads nothing else."""
        # Safe HTML and a text that reads the same are two things.
        key = (macro.name, language, values, tuple(map(type, values)))
        found = pieces.get(key)
        return _kept(pieces, key, partial(macro, *values)) if found is None else found

    return {"kept": kept, "drawn": drawn}


def _kept(pieces: dict[object, Markup], name: object, draw: Callable[[], str]) -> Markup:
    found = pieces.get(name)
    if found is None:
        if len(pieces) >= MOST_KEPT:
            pieces.clear()
        found = pieces[name] = Markup(draw())  # noqa: S704  a macro escapes what it is given
    return found


def icon(name: str, cls: str = "") -> Markup:
    """An icon of the sprite (`ui.i` in templates); `cls` are further classes."""
    return _icon(asset("img/icons.svg"), name, cls)


@lru_cache(maxsize=1024)
def _icon(sprite: str, name: str, cls: str) -> Markup:
    classes = f"lb-i {cls}" if cls else "lb-i"
    return Markup(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#i-{}"/></svg>'
    ).format(classes, sprite, name)


def csp_nonce() -> str:
    """The nonce of this response's policy."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def _headers(response: Response) -> Response:
    nonce = f" 'nonce-{g.nonce}'" if "nonce" in g else ""
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'none'; script-src 'self'{nonce}; style-src 'self'{nonce}; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.endpoint not in {"static", "bootstrap.static"}:
        response.headers.setdefault("Cache-Control", "no-store")
    elif request.args.get("v") and response.status_code == 200:  # `asset`: changes with its content
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def refusal(status: int, code: str, message: str) -> ResponseReturnValue:
    """A refusal as JSON or as a page, by what the caller asked for."""
    if auth.wants_json():
        return {"code": code, "message": message}, status
    return render_template("errors/refused.html", status=status, code=code, message=message), status


def _refused(error: DomainError) -> ResponseReturnValue:
    if error.status >= 500:  # ours to mend, not the user's: who runs the server must find it
        log.error("%s: %s", request.path, error.code, exc_info=error)
    return refusal(error.status, error.code, gettext(error.message, **error.params))


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is not None and error.code < 400:
        return error.get_response()
    if isinstance(error, SecurityError):  # a foreign Host header: no address can be built
        return Response("unknown host\n", 400, mimetype="text/plain")
    if isinstance(error, CSRFError):
        return refusal(400, "csrf", gettext("这一页放得太久了，没有保存。请刷新后再做一次。"))
    status = error.code or 500
    if status == 413:
        _throw_away_body()
    texts = {
        400: gettext("收到的内容不对，没有保存。请刷新页面再试。"),
        405: gettext("这个地址不能这样打开。请从页面上的按钮进入。"),
        413: gettext("内容太大，没有收下。这里一次最多收 %(most)s，请分几次送。", most=_most()),
        429: gettext("请求太多，请稍等一会儿再试。"),
    }
    page = gettext("这一页打不开。链接可能有误，或者没有分享给您。")
    return refusal(status, error.name.lower().replace(" ", "_"), texts.get(status, page))


def _throw_away_body() -> None:
    """Read on without keeping: a browser that is still sending would not show our page."""
    stream, left = request.environ["wsgi.input"], MOST_THROWN_AWAY
    while left > 0 and (piece := stream.read(65_536)):
        left -= len(piece)


def _most() -> str:
    """The limit that this request went beyond, to be read."""
    kilobytes = (request.max_content_length or 0) // 1000
    return f"{kilobytes // 1000} MB" if kilobytes >= 1000 else f"{kilobytes} kB"


def _too_large(error: Exception) -> ResponseReturnValue:
    """A number that no table holds names nothing."""
    cookie.pop("_flashes", None)
    log.warning("a number that is too large", exc_info=error)
    return _refused(NotFoundError())


def _bad_data(error: DataError) -> ResponseReturnValue:
    # SQLite's driver says OverflowError, PostgreSQL has a code for it.
    is_number = getattr(error.orig, "sqlstate", None) == OUT_OF_RANGE
    return _too_large(error) if is_number else _crash(error)


def _database_error(error: OperationalError) -> ResponseReturnValue:
    cookie.pop("_flashes", None)  # else the next page would say "saved"
    if "full" in str(error.orig):
        log.error("database disk is full")
        text = gettext("服务器的磁盘满了，刚才的内容没有存上。答案还在您的设备里，会自动再送。")
        return refusal(507, "disk_full", text)
    log.error("database error", exc_info=error)
    # The database may be gone: neither her language nor the menu of her page can be asked for.
    g.setdefault("actor", None)
    text = gettext("服务器正忙，没有存上。请再试一次。")
    g.actor = None
    return refusal(503, "busy", text)


def _crash(error: Exception) -> ResponseReturnValue:
    cookie.pop("_flashes", None)
    if current_app.testing:
        raise error
    log.error("unexpected error", exc_info=error)
    text = gettext("出了意外，没有保存。我们已记下，请再试一次。")
    return refusal(500, "unexpected", text)


def client_address() -> str:
    """The peer's address, as the throttle sees it."""
    return request.remote_addr or "-"


def json_body() -> dict[str, Any]:
    """The request's JSON object. Raises BadInputError otherwise."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BadInputError
    return body
