"""What of this room waits for somebody: on the home page, and on the board of a track."""

from collections.abc import Collection
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.domain.items import text_in
from app.domain.stuck import Hold, Reason
from app.domain.tracks import ActivityKind, Party
from app.fieldwork import queries
from app.kernel.auth import may
from app.kernel.clock import organisation_day
from app.kernel.policy import Actor
from app.tracks.duties import Queue

MOST_LINES = 20


def waiting(actor: Actor, *, now: datetime, lang: str) -> list[Queue]:
    """A mentor's sheets, lists for trainers to sign, trainees without a mentor for who pairs.

    At most 48 SELECTs however many people; none for who is none of these.
    """
    found: list[Queue] = []
    if may("field.mentor"):
        found += _mentor(actor, now, lang)
    if actor.has("trainer"):
        found += _lists(now, lang)
    if may("mentor.pair"):
        found += _pairs(actor, now)
    return found


def _lists(now: datetime, lang: str) -> list[Queue]:
    """Checklists that trainers have to sign, those waiting longest first."""
    today = organisation_day(now)
    mine = [
        one
        for one in queries.waiting_for(queries.under_way(), now=now)
        if one.party is Party.TRAINER and one.activity.kind is ActivityKind.CHECKLIST
    ]
    names = accounts.names({one.person_id for one in mine})
    return [
        Queue(
            title=_(
                "%(name)s：%(title)s",
                name=names[one.person_id],
                title=text_in(one.activity.title, lang),
            ),
            meta=_("还有 %(n)s 项等您签", n=one.left),
            url=url_for(
                "fieldwork.activity", enrolment_id=one.enrolment_id, activity_id=one.activity.id
            ),
            button=_("去签字"),
            since=min(one.since, today),
            about=(one.enrolment_id, one.activity.id),
        )
        for one in mine[:MOST_LINES]
    ]


def _mentor(actor: Actor, now: datetime, lang: str) -> list[Queue]:
    today = organisation_day(now)
    ids = queries.mentees(actor.id, today)
    enrolments = [one for of in queries.enrolments_of(ids).values() for one in of]
    mine = [
        one
        for one in queries.waiting_for(enrolments, now=now)
        if one.party is Party.MENTOR and actor.id in one.person_ids
    ]
    names = accounts.names({one.person_id for one in mine})
    return [
        Queue(
            title=_(
                "%(name)s：%(title)s",
                name=names[one.person_id],
                title=text_in(one.activity.title, lang),
            ),
            meta=_("约好再看，因为：%(why)s", why=one.because)
            if one.because
            else _("还差 %(n)s 次", n=one.left),
            url=url_for(
                "fieldwork.activity", enrolment_id=one.enrolment_id, activity_id=one.activity.id
            ),
            button=_("填表"),
            since=one.since,
            about=(one.enrolment_id, one.activity.id),
        )
        for one in mine[:MOST_LINES]
    ]


def _pairs(actor: Actor, now: datetime) -> list[Queue]:
    """Their manager chooses, and whoever may where they have none."""
    today = organisation_day(now)
    reach = accounts.people_in_scope(actor, "mentor.pair", day=today)
    lone = [
        one
        for one in queries.trainees(reach, day=today)
        if one.pairing is None or one.pairing.mentor_left
    ]
    leaders = accounts.leaders_for([one.person_id for one in lone], today)
    lone = [one for one in lone if actor.id in (leaders.get(one.person_id) or (actor.id,))]
    return [
        Queue(
            title=_("%(name)s 还没有带教人", name=one.name)
            if one.pairing is None
            else _("%(name)s 的带教人离职了", name=one.name),
            meta=_("入营第 1 天 %(on)s", on=one.anchor_on.isoformat()),
            url=url_for("fieldwork.pairing", person_id=one.person_id),
            button=_("选带教人"),
            since=min(one.anchor_on, today),
            about=(one.enrolment_id, Reason.NO_MENTOR.value),
        )
        for one in lone[:MOST_LINES]
    ]


def holds(enrolment_ids: Collection[int], *, now: datetime) -> list[Hold]:
    """What the activities of this room wait for; sixteen SELECTs however many."""
    return [
        Hold(
            enrolment_id=one.enrolment_id,
            activity_id=one.activity.id,
            reason=Reason.SIGNATURE if _is_half_signed(one) else Reason.LATE,
            since=one.since,
            party=one.party,
            people=one.person_ids,
        )
        for one in queries.waiting_for(enrolment_ids, now=now)
    ]


def _is_half_signed(one: queries.Waiting) -> bool:
    return one.activity.kind is ActivityKind.CHECKLIST and one.party is Party.LEARNER
