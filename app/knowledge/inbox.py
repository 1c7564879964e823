"""What waits in the knowledge base for this reader, for the home page."""

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from app.kernel.auth import Actor
from app.kernel.clock import organisation_day
from app.kernel.policy import allowed_scopes
from app.knowledge import queries
from app.tracks.duties import Queue


def waiting(actor: Actor, *, now: datetime, lang: str) -> list[Queue]:  # noqa: ARG001  one shape for all rooms
    """Versions of others that wait for approval. One SELECT."""
    if not allowed_scopes(actor, "knowledge.edit"):
        return []
    count, since = queries.waiting_for(actor.id)
    if not count:
        return []
    return [
        Queue(
            _("知识库审核"),
            _("%(n)s 条等您看", n=count),
            url_for("knowledge.waiting"),
            _("去审核"),
            since=None if since is None else organisation_day(since),
        )
    ]
