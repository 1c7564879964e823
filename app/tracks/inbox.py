"""What of the tracks waits for somebody beside the boards: credentials that end."""

from collections.abc import Callable
from datetime import date, datetime

from flask import url_for
from flask_babel import gettext

from app.domain.items import text_in
from app.kernel.auth import Actor
from app.kernel.clock import organisation_day
from app.kernel.policy import allowed_scopes
from app.tracks import queries
from app.tracks.duties import Queue
from app.tracks.queries import waiting as lists
from app.tracks.stuckwords import enrolment_url
from app.tracks.words import state_name

_: Callable[..., str] = gettext


def waiting(actor: Actor, *, now: datetime, lang: str) -> list[Queue]:
    """Credentials that end; what the boards say comes to the home page by `duties.sight`. One to
    three SELECTs."""
    found = _own(actor, lang)
    if allowed_scopes(actor, "board.read"):
        found += _endings(actor, organisation_day(now), lang)
    return found


def _own(actor: Actor, lang: str) -> list[Queue]:
    """One's own credentials that end."""
    found = lists.own_endings(actor.id)
    titles = queries.titles() if found else {}
    return [
        Queue(
            title=text_in(titles[one.slug], lang),
            meta=state_name(one.state),
            url=enrolment_url(one.enrolment_id),
            button=_("开始再认证"),
            since=one.since,
        )
        for one in found
    ]


def _endings(actor: Actor, today: date, lang: str) -> list[Queue]:
    """Credentials that end, of those whom the reader looks after."""
    found = lists.endings_below(actor, "board.read", day=today)
    titles = queries.titles() if found else {}
    return [
        Queue(
            title=_("%(n)s 人要再认证", n=one.people),
            meta=_("%(track)s，证书快到期或已过期", track=text_in(titles[one.slug], lang)),
            url=url_for("tracks.board", slug=one.slug, show="renew"),
            button=_("看名单"),
            since=one.since,
        )
        for one in found
    ]
