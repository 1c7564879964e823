"""What of the deliverables waits for somebody: on the home page, and on the board of a track."""

from collections.abc import Collection
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from app.accounts import queries as people
from app.deliverables import queries
from app.domain.deliverables import Stage
from app.domain.items import text_in
from app.domain.stuck import Hold, Reason
from app.domain.tracks import Party
from app.kernel.auth import Actor
from app.kernel.clock import organisation_day
from app.tracks.duties import Queue

MOST_LINES = 20


def waiting(actor: Actor, *, now: datetime, lang: str) -> list[Queue]:
    """Drafts for those who comment, for trainers also work that nobody has in hand, longest waiting
    first. Eight SELECTs. What peers or a panel have is told by the ratings."""
    if not (actor.has("trainer") or actor.has("manager")):
        return []
    reach = people.people_in_scope(actor, "work.status", day=organisation_day(now))
    stages = (Stage.DRAFT_IN, Stage.FINAL_IN) if actor.has("trainer") else (Stage.DRAFT_IN,)
    rows = [one for one in queries.waiting(reach, stages) if one.person_id != actor.id]
    final = {one.enrolment_id for one in rows if one.stage is Stage.FINAL_IN}
    open_ = {one.document_id for one in queries.undecided(final)} if final else set()
    rows = [one for one in rows if one.stage is Stage.DRAFT_IN or one.document_id in open_]
    shown = rows[:MOST_LINES]
    names = people.names({one.person_id for one in shown})
    titles = queries.titles_of(shown)
    found = [
        Queue(
            title=_(
                "%(name)s：%(title)s",
                name=names[one.person_id],
                title=text_in(titles[one.document_id], lang),
            ),
            meta=_("草稿等批注") if one.stage is Stage.DRAFT_IN else _("终稿等评审"),
            url=url_for(
                "deliverables.activity",
                enrolment_id=one.enrolment_id,
                activity_id=one.activity_id,
            ),
            button=_("去看"),
            since=organisation_day(one.since),
            about=(one.enrolment_id, one.activity_id),
        )
        for one in shown
    ]
    if len(rows) > MOST_LINES:
        found.append(
            Queue(
                title=_("还有 %(n)s 份交付物", n=len(rows) - MOST_LINES),
                meta=_("等批注、等评审"),
                url=url_for("deliverables.index"),
                button=_("去看"),
                since=organisation_day(rows[MOST_LINES].since),
                count=len(rows) - MOST_LINES,
            )
        )
    return found


def holds(enrolment_ids: Collection[int], *, now: datetime) -> list[Hold]:  # noqa: ARG001  one shape for all rooms
    """Final work that no peer or panel has in hand: the trainer decides. Four SELECTs."""
    return [
        Hold(
            enrolment_id=one.enrolment_id,
            activity_id=one.activity_id,
            reason=Reason.MARKING,
            since=organisation_day(one.since),
            party=Party.TRAINER,
        )
        for one in queries.undecided(enrolment_ids)
    ]
