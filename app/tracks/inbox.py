"""What of the tracks waits for somebody: signatures, decisions, credentials that end."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Final

from flask import url_for
from flask_babel import gettext

from app.domain.items import text_in
from app.domain.stuck import Reason
from app.kernel.auth import Actor
from app.kernel.clock import organisation_day
from app.kernel.policy import allowed_scopes
from app.tracks import queries
from app.tracks.board import holds_of
from app.tracks.home import Queue
from app.tracks.queries import board
from app.tracks.queries import waiting as lists
from app.tracks.queries.board import Board, Placed
from app.tracks.stuckwords import About, Said, enrolment_url, say
from app.tracks.words import state_name

_: Callable[..., str] = gettext

MOST_LINES: Final = 5
ASKED: Final = {Reason.SIGNATURE, Reason.SAID_NOT_YET, Reason.DECISION}


def waiting(actor: Actor, *, now: datetime, lang: str) -> list[Queue]:
    """Gates that wait for this person's word, people whose next step is to be decided, credentials
    that end. Two to four SELECTs; some thirty more while anybody waits at a gate."""
    today = organisation_day(now)
    found = _gates(actor, now, today, lang)
    found += _own(actor, lang)
    if allowed_scopes(actor, "board.read"):
        found += _endings(actor, today, lang)
    return found


def _gates(actor: Actor, now: datetime, today: date, lang: str) -> list[Queue]:
    rows = lists.at_gates(actor, day=today)
    if not rows:
        return []
    placed = board.placed(rows, holds=holds_of([row.id for row in rows], now=now), now=now)
    mine: list[tuple[Placed, Said]] = []
    for one in placed.people:
        about = _about(one, placed, actor.id, lang)
        told = [say(block, about, today) for block in one.blocks if block.reason in ASKED]
        mine += [(one, said) for said in told if said.is_mine]
    return _lines(mine, actor.id)


def _about(one: Placed, found: Board, reader_id: int, lang: str) -> About:
    return About(
        enrolment_id=one.enrolment.id,
        person_id=one.person.id,
        name=one.person.name,
        progress=one.progress,
        parties=one.parties,
        names=found.names,
        reader_id=reader_id,
        lang=lang,
        framework=None,
    )


def _lines(mine: list[tuple[Placed, Said]], reader_id: int) -> list[Queue]:
    """The longest waiting few, and one line for the others, which leads to the board."""
    mine.sort(key=lambda one: (one[1].since, one[0].person.name))
    lines = [
        Queue(
            title=_("我自己：%(why)s", why=said.why)
            if one.person.id == reader_id
            else _("%(name)s：%(why)s", name=one.person.name, why=said.why),
            meta=_("第 %(n)s 天", n=one.progress.day_number),
            url=said.url or enrolment_url(one.enrolment.id),
            button=said.button,
            since=said.since,
            is_late=said.reason is Reason.DECISION,
        )
        for one, said in mine[:MOST_LINES]
    ]
    rest = mine[MOST_LINES:]
    if rest:
        lines.append(
            Queue(
                title=_("还有 %(n)s 处等您签字或定下一步", n=len(rest)),
                meta=_("在看板上逐个看"),
                url=url_for("tracks.board", slug=rest[0][0].enrolment.slug, show="stuck"),
                button=_("看看板"),
                since=rest[0][1].since,
            )
        )
    return lines


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
