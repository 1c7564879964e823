"""What waits in the deliverables for this reader, for the home page."""

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from app.accounts import queries as people
from app.deliverables import queries
from app.domain.deliverables import Stage
from app.kernel.auth import Actor
from app.kernel.clock import organisation_day
from app.kernel.i18n import show_day
from app.kernel.policy import allowed_scopes
from app.tracks.home import Queue


def waiting(actor: Actor, *, now: datetime, lang: str) -> list[Queue]:  # noqa: ARG001  one shape for all rooms
    """Drafts to comment and work to decide about. One SELECT."""
    if not allowed_scopes(actor, "work.status"):
        return []
    reach = people.people_in_scope(actor, "work.status", day=organisation_day(now))
    rows = [
        one
        for one in queries.waiting(reach, (Stage.DRAFT_IN, Stage.FINAL_IN))
        if one.person_id != actor.id
    ]
    if not rows:
        return []
    return [
        Queue(
            _("交付物"),
            _(
                "%(n)s 份等批注或评审，最早的是 %(since)s",
                n=len(rows),
                since=show_day(rows[0].since),
            ),
            url_for("deliverables.index"),
            _("去看"),
        )
    ]
