"""Who is asking and what she may do: one policy table, deny by default.

The table is `app/policy.toml`: action -> role -> scope words. Every route names one action
(`@requires`) or is `@public`; `create_app` refuses to start with a route that does neither.
A scope word is enforced by the query that reads the object, which calls `scopes(action)`.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.kernel.errors import ForbiddenError
from app.kernel.policy import ROLES, Actor, Policy, allowed_scopes, policies

__all__ = ["ROLES", "Actor", "Policy", "allowed_scopes", "policies"]

PUBLIC: Final = "public"
OPEN_BEFORE_CHANGE: Final = frozenset({"account.password", "account.sign_out"})

F = TypeVar("F", bound=Callable[..., object])


def scopes(action: str) -> frozenset[str]:
    """Scope words of the current actor."""
    return allowed_scopes(actor(), action)


def may(action: str) -> bool:
    """True when some role of the current actor has the right (for showing a link or button)."""
    current = current_actor()
    return current is not None and bool(allowed_scopes(current, action))


def actor() -> Actor:
    """The signed-in person. Only below `@requires`."""
    found = current_actor()
    if found is None:
        abort(401)
    return found


def current_actor() -> Actor | None:
    """The signed-in person or None. Loads the session once a request."""
    if "actor" not in g:
        g.actor = current_app.extensions["load_actor"]()
    found: Actor | None = g.actor
    return found


def requires(action: str) -> Callable[[F], F]:
    """Mark a view with its action of the policy table."""

    def mark(view: F) -> F:
        view.policy = action  # type: ignore[attr-defined]
        return view

    return mark


def public(view: F) -> F:
    """Mark a view that needs no sign-in."""
    view.policy = PUBLIC  # type: ignore[attr-defined]
    return view


def reads_first(view: F) -> F:
    """Mark an unsafe view that calls `kernel.web.begin_write()` itself, after slow work
    (hashing, parsing, rendering), so that it does not hold the turn to write meanwhile."""
    view.reads_first = True  # type: ignore[attr-defined]
    return view


def view_of(app: Flask, endpoint: str | None) -> Callable[..., object] | None:
    """The view function behind an endpoint."""
    return app.view_functions.get(endpoint) if endpoint else None


def check_routes(app: Flask) -> None:
    """Raise when a route has no line in the policy table."""
    bad = []
    for rule in app.url_map.iter_rules():
        action = getattr(app.view_functions[rule.endpoint], "policy", None)
        if action != PUBLIC and action not in policies():
            bad.append(f"{rule.endpoint} ({rule.rule}): {action or 'no @requires'}")
    if bad:
        raise RuntimeError("routes without a line in app/policy.toml:\n" + "\n".join(bad))


def wants_json() -> bool:
    """True for the JSON endpoints and fetch calls."""
    return request.is_json or request.accept_mimetypes.best == "application/json"


def guard() -> ResponseReturnValue | None:
    """Deny by default, before every view."""
    view = view_of(current_app, request.endpoint)
    action = getattr(view, "policy", None)
    if view is None or action == PUBLIC:
        return None  # without a view the router answers 404 or 405
    current = current_actor()
    if current is None:
        return _signed_out()
    if action is None or not allowed_scopes(current, action):
        raise ForbiddenError
    if current.must_change_password and action not in OPEN_BEFORE_CHANGE:
        if wants_json():
            return {"code": "password_change", "message": gettext("请先设置自己的密码。")}, 403
        return redirect(url_for("accounts.change_password"))
    return None


def _signed_out() -> ResponseReturnValue:
    if wants_json():
        return {"code": "signed_out", "message": gettext("登录已结束，请重新登录。")}, 401
    target = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return redirect(url_for("accounts.sign_in", next=target))
