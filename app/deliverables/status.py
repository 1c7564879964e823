"""Lists over many people: deliverables that wait, and who keeps a status by taking part."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts import queries as people
from app.deliverables import queries, words
from app.domain.deliverables import Stage
from app.domain.enrolment import holds_status
from app.domain.items import text_in
from app.domain.tracks import Track
from app.kernel.auth import Actor
from app.kernel.db import session
from app.tracks.models import Enrolment
from app.tracks.queries.facts import track_of, versions_by_id
from app.tracks.queries.rounds import Quarter, rounds_over, rounds_taken

SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class WorkLine:
    """A deliverable in a list."""

    person: str
    title: str
    url: str
    stage: str
    since: datetime


@dataclass(frozen=True, slots=True)
class WorkGroup:
    """Deliverables that stand alike."""

    title: str
    lines: tuple[WorkLine, ...]


def work_list(actor: Actor, *, today: date, lang: str) -> list[WorkGroup]:
    """Deliverables of the actor's people by what they wait for. Five SELECTs."""
    reach = people.people_in_scope(actor, "work.status", day=today)
    rows = [one for one in queries.waiting(reach, list(Stage)) if one.person_id != actor.id]
    names = people.names({one.person_id for one in rows})
    tracks = _tracks({one.enrolment_id for one in rows})

    def line(one: queries.Waiting) -> WorkLine:
        activity = tracks[one.enrolment_id].activity(one.activity_id)
        return WorkLine(
            person=names[one.person_id],
            title=text_in(activity.title, lang) if activity else one.activity_id,
            url=url_for(
                "deliverables.activity",
                enrolment_id=one.enrolment_id,
                activity_id=one.activity_id,
            ),
            stage=words.stage(one.stage),
            since=one.since,
        )

    groups = (
        (_("等批注、等评审"), {Stage.DRAFT_IN, Stage.FINAL_IN}),
        (_("作者在写"), {Stage.WRITING, Stage.SENT_BACK, Stage.FAILED}),
        (_("已通过"), {Stage.ACCEPTED}),
    )
    found = [
        WorkGroup(title, tuple(line(one) for one in rows if one.stage in stages))
        for title, stages in groups
    ]
    return [group for group in found if group.lines]


def _tracks(enrolment_ids: Collection[int]) -> dict[int, Track]:
    rows = list(session().scalars(select(Enrolment).where(Enrolment.id.in_(enrolment_ids))))
    versions = versions_by_id([row.track_version_id for row in rows])
    return {row.id: track_of(versions[row.track_version_id]) for row in rows}


# ---------------------------------------------------------------- status kept by taking part


@dataclass(frozen=True, slots=True)
class KeptLine:
    """One person: which rounds she was in, and whether the status holds.

    `is_at_risk`: it holds now, and is lost if she misses the next round.
    """

    person_id: int
    name: str
    rounds: tuple[bool, ...]
    holds: bool
    is_at_risk: bool
    say: str


@dataclass(frozen=True, slots=True)
class KeptTrack:
    """A track whose status is kept by taking part."""

    title: str
    rule: str
    quarters: tuple[str, ...]
    lines: tuple[KeptLine, ...]
    kept: int
    at_risk: int


def kept_list(actor: Actor, *, today: date, lang: str) -> list[KeptTrack]:
    """The tracks that ask for taking part, with the actor's people. A few SELECTs a track."""
    reach = people.people_in_scope(actor, "work.status", day=today)
    rows = list(
        session().scalars(
            select(Enrolment)
            .where(Enrolment.person_id.in_(reach), Enrolment.withdrawn_at.is_(None))
            .order_by(Enrolment.id)
        )
    )
    versions = versions_by_id([row.track_version_id for row in rows])
    by_slug: dict[str, list[Enrolment]] = {}
    for row in rows:
        rules = track_of(versions[row.track_version_id]).credential
        if rules is not None and rules.keep is not None:
            by_slug.setdefault(row.track_slug, []).append(row)
    names = people.names({row.person_id for of in by_slug.values() for row in of})
    found = []
    for slug, those in sorted(by_slug.items()):
        track = track_of(versions[max(row.track_version_id for row in those)])
        found.append(_kept(slug, track, {row.person_id for row in those}, names, today, lang))
    return found


def _kept(
    slug: str,
    track: Track,
    person_ids: Collection[int],
    names: dict[int, str],
    today: date,
    lang: str,
) -> KeptTrack:
    rules = track.credential
    needed, of = (rules.keep if rules else None) or (1, 1)
    over = rounds_over(slug, track, today=today)
    taken = rounds_taken(slug, person_ids)
    lines = [
        _line(one, names[one], sorted({*over, *taken[one]}), taken[one], needed, of)
        for one in person_ids
    ]
    lines.sort(key=lambda one: (not one.is_at_risk, not one.holds, one.name))
    shown = sorted({*over, *(quarter for of_one in taken.values() for quarter in of_one)})[-SHOWN:]
    return KeptTrack(
        title=text_in(rules.title if rules else track.title, lang),
        rule=_("最近 %(of)s 期里参加 %(n)s 期", of=of, n=needed),
        quarters=tuple(f"{year} Q{quarter}" for year, quarter in shown),
        lines=tuple(
            KeptLine(
                one.person_id,
                one.name,
                tuple(quarter in taken[one.person_id] for quarter in shown),
                one.holds,
                one.is_at_risk,
                one.say,
            )
            for one in lines
        ),
        kept=sum(one.holds for one in lines),
        at_risk=sum(one.is_at_risk for one in lines),
    )


def _line(
    person_id: int,
    name: str,
    rounds: list[Quarter],
    taken: Collection[Quarter],
    needed: int,
    of: int,
) -> KeptLine:
    took = [quarter in taken for quarter in rounds]
    holds = holds_status(took, needed=needed, of=of)
    survives = holds_status([*took, False], needed=needed, of=of)
    if holds and not survives:
        say = _("下一期再缺席就失去")
    elif holds:
        say = _("保持中")
    else:
        say = _("没有保持，通过下一期可重新取得")
    return KeptLine(person_id, name, tuple(took), holds, holds and not survives, say)


__all__ = ["kept_list", "work_list"]
