"""What waits for a manager or HR, for the top of the home page: reviews, gaps, missing evidence."""

from datetime import date, datetime

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import func, select

from app.accounts import queries as accounts
from app.accounts.models import User
from app.competency.models import ProfileSummary
from app.kernel.auth import may
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.kernel.policy import Actor
from app.reviews import queries as reviews
from app.tracks.duties import Queue

MOST_REVIEWS = 3


def waiting(actor: Actor, *, now: datetime, lang: str) -> list[Queue]:  # noqa: ARG001  the same for all rooms
    """Nearest review first, then the people. Four SELECTs; none for who leads nobody."""
    if not may("team.read"):
        return []
    today = organisation_day(now)
    units = accounts.units_in_scope(actor, "team.read", day=today)
    if not units:
        return []
    url = (
        url_for("reports.team", unit_id=units[0].id)
        if len(units) == 1
        else url_for("reports.teams")
    )
    return [*_reviews(actor, today), *_people(actor, today, url)]


def _reviews(actor: Actor, today: date) -> list[Queue]:
    coming = [r for r in reviews.reviews_in_scope(actor, day=today) if r.review_on >= today]
    coming.sort(key=lambda r: (r.review_on, r.id))
    return [
        Queue(
            title=_("评估：%(name)s", name=one.name),
            meta=_(
                "%(day)s，还有 %(n)s 天，%(people)s 人",
                day=one.review_on.isoformat(),
                n=(one.review_on - today).days,
                people=one.people,
            ),
            url=url_for("reviews.index"),
            button=_("准备评估"),
        )
        for one in coming[:MOST_REVIEWS]
    ]


def _people(actor: Actor, today: date, url: str) -> list[Queue]:
    s = ProfileSummary
    row = session().execute(
        select(
            func.count(),
            func.count().filter(s.gaps > 0),
            func.count().filter(s.sufficient < s.expected),
        )
        .select_from(s)
        .join(User, User.id == s.person_id)
        .where(
            s.person_id.in_(accounts.people_in_scope(actor, "team.read", day=today)),
            s.person_id != actor.id,
            s.expected > 0,
            User.disabled_at.is_(None),
            (User.left_on.is_(None)) | (User.left_on > today),
        )
    )
    people, gaps, lacking = row.one()
    if not people:
        return []
    return [
        Queue(
            title=_("%(n)s 人有确认差距", n=gaps) if gaps else _("没有确认的差距"),
            meta=_("团队 %(n)s 人，%(k)s 人要先补证据", n=people, k=lacking),
            url=url,
            button=_("看团队"),
            is_info=True,
        )
    ]
