"""What a list of people leads to on the tracks, said before it is made."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, timedelta

from sqlalchemy import func, select

from app.domain.enrolment import ENDED
from app.domain.items import Text
from app.kernel.db import session
from app.staff.foresight import Foreseen
from app.tracks.models import Enrolment
from app.tracks.queries import due
from app.tracks.queries.facts import track_of


def foresee(
    joiners: Sequence[tuple[str, date]], leavers: Collection[int], *, day: date, lang: str
) -> Foreseen:
    """Tracks that people with this job and hire date join by rule; tracks that leavers go off."""
    versions = due.newest_versions()
    titles = {version.slug: _title(version.title, lang) for version in versions}
    joined: Counter[str] = Counter()
    for version in versions:
        rule = track_of(version).enrol
        if rule is None:
            continue
        first = day - timedelta(days=rule.within)
        count = sum(role == rule.role and first <= hired for role, hired in joiners)
        if count:
            joined[titles[version.slug]] += count
    left = session().execute(
        select(Enrolment.track_slug, func.count())
        .where(Enrolment.person_id.in_(leavers), Enrolment.state.not_in(sorted(ENDED)))
        .group_by(Enrolment.track_slug)
    )
    return Foreseen(
        joined=tuple(joined.items()),
        withdrawn=tuple((titles.get(slug, slug), count) for slug, count in left),
    )


def _title(title: Text, lang: str) -> str:
    return title.get(lang) or next(iter(title.values()), "")
