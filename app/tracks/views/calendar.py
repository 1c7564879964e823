"""One's own calendar address, and the feed behind it."""

import hashlib
import re
import secrets
from typing import Final

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from app.kernel.auth import actor, public, requires
from app.kernel.clock import now
from app.kernel.config import Settings
from app.kernel.errors import NotFoundError
from app.tracks import ics
from app.tracks.services import feeds
from app.tracks.views.blueprint import bp

_TOKEN: Final = re.compile(r"[0-9a-f]{40}")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


@bp.get("/calendar")
@requires("calendar.own")
def calendar() -> ResponseReturnValue:
    """The address, how to use it on a phone, and how to end it."""
    found = feeds.feed_of(actor().id)
    address = ""
    if found is not None:
        token = feeds.token_of(found, _settings().secret_key)
        # After the secret of the installation was changed, an old address leads nowhere.
        if feeds.owner_of(token) == actor().id:
            address = _settings().base_url + url_for(".calendar_feed", token=token)
    return render_template(
        "tracks/calendar.html",
        address=address,
        subscribe=re.sub(r"^https?:", "webcal:", address),
        since=found.created_at if found is not None and address else None,
    )


@bp.post("/calendar")
@requires("calendar.own")
def open_calendar() -> ResponseReturnValue:
    """A new address; an old one ends."""
    was_there = feeds.feed_of(actor().id) is not None
    feeds.open_feed(
        person_id=actor().id,
        nonce=secrets.token_urlsafe(24),
        secret=_settings().secret_key,
        now=now(),
    )
    if was_there:
        flash(_("地址换了新的，旧的已经打不开。在手机上删掉旧日历，再加新的。"))
    else:
        flash(_("日历地址好了。下面有加到手机的办法。"))
    return redirect(url_for(".calendar"))


@bp.post("/calendar/end")
@requires("calendar.own")
def close_calendar() -> ResponseReturnValue:
    """End the address."""
    if feeds.close_feed(person_id=actor().id, now=now()):
        flash(_("日历地址停用了，谁也打不开。"))
    return redirect(url_for(".calendar"))


@bp.get("/calendar/<token>.ics")
@public
def calendar_feed(token: str) -> ResponseReturnValue:
    """The feed: whoever has the address reads this person's own steps, and nothing else."""
    owner = feeds.owner_of(token) if _TOKEN.fullmatch(token) else None
    who = None if owner is None else ics.reader(owner, now=now())
    if who is None:
        raise NotFoundError
    with force_locale("en" if who.locale == "en" else "zh_Hans_CN"):
        body = ics.feed(who, now=now(), base_url=_settings().base_url)
    response = make_response(body)
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = 'inline; filename="lianbing.ics"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    return response.make_conditional(request)
