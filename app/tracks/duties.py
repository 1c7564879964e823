"""What the board says, for the home page of its reader: what waits for her, who else is stuck.

The list is the board's own, of every track at once: nothing that a board shows as somebody's turn
can be missing on that person's home.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from flask import url_for
from flask_babel import gettext

from app.domain.framework import Framework
from app.domain.items import text_in
from app.domain.stuck import Block, Reason, is_stuck, main_block, next_step, who_does
from app.domain.tracks import Party
from app.kernel.auth import Actor
from app.kernel.clock import organisation_day
from app.kernel.i18n import show_day
from app.kernel.policy import allowed_scopes
from app.tracks import queries
from app.tracks.board import day_of, holds_of, plan_days
from app.tracks.queries import board
from app.tracks.queries import waiting as lists
from app.tracks.queries.board import UNDER_WAY, Board, Placed
from app.tracks.stuckwords import About, Said, enrolment_url, framework_now, say, who

_: Callable[..., str] = gettext

# So many lines of the board stand on a home page; the rest is one line that leads to the board.
MOST_LINES: Final = 60
MOST_OTHERS: Final = 5
# What a learner's own home says of her blocks: the rest is on her path.
ASKED: Final = frozenset({Reason.SIGNATURE, Reason.SAID_NOT_YET, Reason.DECISION})


@dataclass(frozen=True, slots=True)
class Queue:
    """Work that waits for somebody: `since` the day it started to wait (None: it has no such day);
    `is_late`: it should have been done by now. `about`: the enrolment and the activity (or what
    else it is about), so that two rooms that tell of the same thing are one line. `is_info`: good
    to know, but nothing to do. `count`: how many things the line stands for."""

    title: str
    meta: str
    url: str
    button: str
    since: date | None = None
    is_late: bool = False
    about: tuple[int, str] | None = None
    is_info: bool = False
    count: int = 1


@dataclass(frozen=True, slots=True)
class StuckLine:
    """Somebody who does not get on and waits for another than the reader: why, since when, who."""

    name: str
    url: str
    track: str
    why: str
    waits: str
    who: str


@dataclass(frozen=True, slots=True)
class MenteeLine:
    """A trainee of the reader with the next thing: what it is, when, and whose turn it is."""

    name: str
    url: str
    day: str
    what: str
    when: str
    who: str
    is_stuck: bool


@dataclass(frozen=True, slots=True)
class BoardLine:
    """A board that the reader may open: how many are on the way and stuck there."""

    title: str
    url: str
    say: str


@dataclass(frozen=True, slots=True)
class Sight:
    """What the boards say to one reader. `say` is it in a sentence, empty: nobody is on the way."""

    mine: tuple[Queue, ...] = ()
    mentees: tuple[MenteeLine, ...] = ()
    stuck: tuple[StuckLine, ...] = ()
    more: int = 0
    boards: tuple[BoardLine, ...] = ()
    say: str = ""


@dataclass(frozen=True, slots=True)
class _One:
    """Somebody on a track with all that keeps her; put into words as far as it is shown."""

    placed: Placed
    about: About
    main: Block | None
    is_stuck: bool
    today: date

    def say(self, block: Block) -> Said:
        """A block in the reader's words."""
        return say(block, self.about, self.today)

    def waits_for_reader(self, block: Block) -> bool:
        """As `Said.is_mine`."""
        people = block.people or self.about.parties.get(block.party, ())
        return self.about.reader_id in people


def sight(actor: Actor, *, now: datetime, lang: str) -> Sight:
    """Everything the boards have for this reader. Two SELECTs; some fifty more, however many
    people, while anybody within reach is on the way."""
    today = organisation_day(now)
    reads = bool(allowed_scopes(actor, "board.read"))
    rows = lists.on_the_way(actor, day=today) if reads else lists.own_at_gates(actor.id)
    if not rows:
        return Sight()
    found = board.placed(rows, holds=holds_of([row.id for row in rows], now=now), now=now)
    ones = _ones(found, actor.id, today, lang)
    mine = _mine(ones, actor.id, today)
    if not reads:
        return Sight(mine=mine)
    others = [one for one in ones if one.placed.person.id != actor.id]
    mentees = [one for one in others if actor.id in one.placed.parties[Party.MENTOR]]
    titles = {slug: text_in(title, lang) for slug, title in queries.titles().items()}
    elsewhere = _elsewhere(others, mentees)
    return Sight(
        mine=mine,
        mentees=tuple(_mentee(one) for one in mentees),
        stuck=tuple(_stuck(one, titles) for one in elsewhere[:MOST_OTHERS]),
        more=max(len(elsewhere) - MOST_OTHERS, 0),
        boards=tuple(_boards(others, titles)),
        say=_say(others),
    )


def _ones(found: Board, reader_id: int, today: date, lang: str) -> list[_One]:
    framework = framework_now()
    return [_one(one, found, framework, reader_id, today, lang) for one in found.people]


def _one(
    placed: Placed,
    found: Board,
    framework: Framework | None,
    reader_id: int,
    today: date,
    lang: str,
) -> _One:
    about = About(
        enrolment_id=placed.enrolment.id,
        person_id=placed.person.id,
        name=placed.person.name,
        progress=placed.progress,
        parties=placed.parties,
        names=found.names,
        reader_id=reader_id,
        lang=lang,
        framework=framework,
        blocks=placed.blocks,
    )
    return _One(
        placed=placed,
        about=about,
        main=main_block(placed.blocks, today),
        is_stuck=is_stuck(placed.blocks, today),
        today=today,
    )


# ---------------------------------------------------------------- what waits for the reader


def _mine(ones: Iterable[_One], reader_id: int, today: date) -> tuple[Queue, ...]:
    """Every line of a board on which the reader must act, the longest waiting first."""
    found = [
        (one, block)
        for one in ones
        for block in one.placed.blocks
        if one.waits_for_reader(block) and _is_shown(one, block, reader_id, today)
    ]
    found.sort(key=lambda line: (not line[1].is_stuck(today), line[1].since, line[0].about.name))
    lines = [_line(one, block, reader_id, today) for one, block in found[:MOST_LINES]]
    if len(found) > MOST_LINES:
        lines.append(_rest(found[MOST_LINES:], today))
    return tuple(lines)


def _is_shown(one: _One, block: Block, reader_id: int, today: date) -> bool:
    """What a board names first for somebody, and all that has waited too long; of one's own only
    what the path does not say."""
    if one.placed.person.id == reader_id:
        return block.reason in ASKED
    return block is one.main or block.is_stuck(today)


def _line(one: _One, block: Block, reader_id: int, today: date) -> Queue:
    name, said = one.about.name, one.say(block)
    return Queue(
        title=_("我自己：%(why)s", why=said.why)
        if one.placed.person.id == reader_id
        else _("%(name)s：%(why)s", name=name, why=said.why),
        meta=_day(one.placed),
        url=said.url or enrolment_url(one.placed.enrolment.id),
        button=said.button,
        since=said.since,
        is_late=block.is_stuck(today),
        about=(one.placed.enrolment.id, block.activity or _thing(block)),
    )


def _thing(block: Block) -> str:
    """What a block is about when it is no activity."""
    if block.reason is Reason.NO_MENTOR:
        return Reason.NO_MENTOR.value
    return f"{block.gate}/{block.competency or block.reason}"


def _rest(found: Sequence[tuple[_One, Block]], today: date) -> Queue:
    slug, first = found[0][0].placed.enrolment.slug, found[0][1]
    is_stuck = first.is_stuck(today)  # else nobody of them is
    return Queue(
        title=_("还有 %(n)s 处等您", n=len(found)),
        meta=_("在看板上逐个看"),
        url=url_for("tracks.board", slug=slug, show="stuck" if is_stuck else None),
        button=_("看看板"),
        since=first.since,
        is_late=is_stuck,
        count=len(found),
    )


def merged(duties: Iterable[Queue], others: Iterable[Queue]) -> list[Queue]:
    """The lines of the boards with those of the rooms; two about the same thing become one, which
    says why and since when as the board does, and leads where the room that does it says."""
    by_thing: dict[tuple[int, str], list[Queue]] = defaultdict(list)
    loose = []
    for one in others:
        if one.about is None:
            loose.append(one)
        else:
            by_thing[one.about].append(one)
    found = []
    for duty in duties:
        same = by_thing[duty.about] if duty.about is not None else []
        found.append(_both(duty, same.pop(0)) if same else duty)
    return [*found, *loose, *(one for same in by_thing.values() for one in same)]


def _both(duty: Queue, room: Queue) -> Queue:
    return replace(
        duty,
        meta=_("%(day)s，%(more)s", day=duty.meta, more=room.meta) if duty.meta else room.meta,
        url=room.url,
        button=room.button,
        since=duty.since or room.since,
        is_late=duty.is_late or room.is_late,
    )


# ---------------------------------------------------------------- who else


def _elsewhere(others: Iterable[_One], mentees: Sequence[_One]) -> list[_One]:
    """Who is stuck and is not told elsewhere on the page, the longest waiting first."""
    told = {one.placed.enrolment.id for one in mentees}
    found = [
        one
        for one in others
        if one.is_stuck
        and one.main is not None
        and not one.waits_for_reader(one.main)
        and one.placed.enrolment.id not in told
    ]
    return sorted(found, key=lambda one: (one.main.since if one.main else date.max, one.about.name))


def _stuck(one: _One, titles: Mapping[str, str]) -> StuckLine:
    said = one.say(one.main) if one.main is not None else None
    return StuckLine(
        name=one.about.name,
        url=enrolment_url(one.placed.enrolment.id),
        track=titles.get(one.placed.enrolment.slug, ""),
        why=said.why if said else "",
        waits=said.waits if said else "",
        who=said.who if said else "",
    )


def _mentee(one: _One) -> MenteeLine:
    """What keeps a trainee, else the next step with its date."""
    url = enrolment_url(one.placed.enrolment.id)
    name, day = one.about.name, _day(one.placed)
    if one.main is not None:
        said = one.say(one.main)
        return MenteeLine(name, url, day, said.why, said.waits, said.who, one.is_stuck)
    step = next_step(one.placed.progress)
    if step is None:
        return MenteeLine(name, url, day, _("现在没有要做的"), "", "", is_stuck=False)
    party = who_does(step.activity)
    return MenteeLine(
        name=name,
        url=url,
        day=day,
        what=text_in(step.activity.title, one.about.lang),
        when=_("%(day)s 前", day=show_day(step.due_on)) if step.due_on else "",
        who=who(party, one.placed.parties.get(party, ()), one.about),
        is_stuck=False,
    )


def _day(placed: Placed) -> str:
    number, plan = placed.progress.day_number, plan_days(placed.track)
    if number < 1:
        return _("还有 %(n)s 天开始", n=1 - number)
    return day_of(number, plan) if plan is not None else _("第 %(n)s 天", n=number)


def _boards(others: Sequence[_One], titles: Mapping[str, str]) -> Iterable[BoardLine]:
    by_track: dict[str, list[_One]] = defaultdict(list)
    for one in others:
        if one.placed.enrolment.state in UNDER_WAY:
            by_track[one.placed.enrolment.slug].append(one)
    for slug, there in sorted(by_track.items(), key=lambda entry: -len(entry[1])):
        yield BoardLine(titles.get(slug, slug), url_for("tracks.board", slug=slug), _say(there))


def _say(people: Sequence[_One]) -> str:
    """As the board's headline says it; who is on two tracks is one person."""
    on = [one for one in people if one.placed.enrolment.state in UNDER_WAY]
    under_way = {one.placed.person.id for one in on}
    stuck = len({one.placed.person.id for one in on if one.is_stuck})
    if not under_way:
        return ""
    if not stuck:
        return _("%(n)s 人在路上，没有人卡住", n=len(under_way))
    return _("%(n)s 人在路上，其中 %(k)s 人卡住", n=len(under_way), k=stuck)
