"""The signed-in browser: the cookie holds a random token, the database its SHA-256."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from flask import request
from flask import session as cookie
from flask_babel import gettext as _

from app.accounts import queries, services
from app.kernel.auth import Actor
from app.kernel.clock import now
from app.kernel.web import SAFE, side_write

KEY: Final = "sid"
SEEN_EVERY: Final = timedelta(minutes=10)


def token_hash(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def own_token_hash() -> str:
    """The hash of this browser's token, live or ended; of nothing without one."""
    return token_hash(str(cookie.get(KEY, "")))


def load_actor() -> Actor | None:
    """The person behind this request's cookie. One statement; None without a live session."""
    token = cookie.get(KEY)
    if not isinstance(token, str):
        return None
    moment = now()
    found = queries.session_actor(token_hash(token), now=moment)
    if found is None:
        return None
    actor, seen_at = found
    # A GET changes nothing, so "last seen" moves with what she does, not with what she reads.
    if request.method not in SAFE and moment - seen_at > SEEN_EVERY:
        session_id = actor.session_id
        side_write(lambda: services.touch_session(session_id=session_id, now=moment))
    return actor


_BROWSERS: Final = (
    ("MicroMessenger/", "WeChat"), ("wxwork/", "WeCom"), ("Edg/", "Edge"), ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS: Final = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def device(user_agent: str) -> str:
    """`Chrome, Android`; the start of the text when neither is known."""
    known = [
        next((name for sign, name in signs if sign in user_agent), "")
        for signs in (_BROWSERS, _SYSTEMS)
    ]
    own_name = {"WeChat": _("微信"), "WeCom": _("企业微信")}
    return ", ".join(own_name.get(name, name) for name in known if name) or user_agent[:40]


def begin(user_id: int) -> None:
    """Sign this browser in as `user_id`; what an earlier session left in the cookie is dropped."""
    token = secrets.token_urlsafe(32)
    services.open_session(
        user_id=user_id,
        token_hash=token_hash(token),
        address=request.remote_addr or "-",
        browser=request.headers.get("User-Agent", ""),
        now=now(),
    )
    locale = cookie.get("locale")
    cookie.clear()
    cookie[KEY] = token
    if locale:
        cookie["locale"] = locale
    cookie.permanent = True


def forget() -> None:
    """Drop the cookie's content; the language stays."""
    locale = cookie.get("locale")
    cookie.clear()
    if locale:
        cookie["locale"] = locale
