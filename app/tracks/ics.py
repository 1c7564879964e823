"""A person's steps as an iCalendar feed (RFC 5545): the own ones alone, each under one UID.

A step is due until 23:59 where the learner is, so it is an event of that whole day, which reads the
same in every time zone. `SEQUENCE` counts what has happened to the enrolment, for a date moves only
with such an event, and days away, which move it daily.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from flask_babel import gettext as _
from icalendar import Alarm, Calendar, Event
from sqlalchemy import or_, select

from app.accounts.models import User
from app.domain import enrolment as life
from app.domain.enrolment import ENDED, State
from app.domain.items import text_in
from app.domain.progress import GateProgress, StepProgress, StepState
from app.domain.tracks import ActivityKind
from app.kernel.clock import local_day
from app.kernel.db import session
from app.tracks.models import Enrolment, EnrolmentEvent, TrackVersion
from app.tracks.queries.facts import (
    Known,
    is_renewing,
    known_of,
    progress_of,
    track_of,
    versions_by_id,
)

PRODUCT: Final = "-//Lianbing//Tracks//ZH"
DOMAIN: Final = "lianbing"
# How long after somebody left a track its steps are still sent, as cancelled.
_CANCELLED_FOR: Final = timedelta(days=60)
_NINE_THE_DAY_BEFORE: Final = timedelta(hours=-15)
_NINE_ON_THE_DAY: Final = timedelta(hours=9)
_QUIET: Final = frozenset({ActivityKind.LESSON, ActivityKind.SURVEY})


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose calendar it is."""

    id: int
    name: str
    locale: str
    timezone: str


def reader(person_id: int, *, now: datetime) -> Reader | None:
    """The person behind an address; None for who has left or is locked out. One SELECT."""
    row = session().get(User, person_id)
    if row is None or row.disabled_at is not None:
        return None
    if row.left_on is not None and row.left_on <= local_day(now, row.timezone):
        return None
    return Reader(row.id, row.name, row.locale, row.timezone)


def feed(who: Reader, *, now: datetime, base_url: str) -> bytes:
    """The calendar, the same bytes as long as nothing has changed. Texts come in the language that
    is in force. Thirteen SELECTs however many tracks."""
    today = local_day(now, who.timezone)
    rows = _enrolments(who.id, now)
    versions = versions_by_id([row.track_version_id for row in rows])
    known = known_of(rows, today=today)
    story = _story([row.id for row in rows])
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("练兵：%(name)s", name=who.name))
    calendar.add("x-wr-timezone", who.timezone)
    calendar.add("x-published-ttl", "PT6H")
    calendar.add("refresh-interval", timedelta(hours=6), parameters={"VALUE": "DURATION"})
    for row in rows:
        one = _Enrolled(
            who, row, versions[row.track_version_id], known[row.id], story[row.id], today, base_url
        )
        for event in one.events():
            calendar.add_component(event)
    return bytes(calendar.to_ical())


def _enrolments(person_id: int, now: datetime) -> list[Enrolment]:
    return list(
        session().scalars(
            select(Enrolment)
            .where(
                Enrolment.person_id == person_id,
                or_(
                    Enrolment.withdrawn_at.is_(None), Enrolment.withdrawn_at > now - _CANCELLED_FOR
                ),
            )
            .order_by(Enrolment.id)
        )
    )


def _story(ids: Collection[int]) -> dict[int, list[EnrolmentEvent]]:
    found: dict[int, list[EnrolmentEvent]] = defaultdict(list)
    query = select(EnrolmentEvent).where(EnrolmentEvent.enrolment_id.in_(ids))
    for event in session().scalars(query.order_by(EnrolmentEvent.id)):
        found[event.enrolment_id].append(event)
    return found


@dataclass(frozen=True, slots=True)
class _Enrolled:
    """One enrolment with all that its events are made of."""

    who: Reader
    row: Enrolment
    version: TrackVersion
    known: Known
    story: Sequence[EnrolmentEvent]
    today: date
    base_url: str

    @property
    def sequence(self) -> int:
        """Grows whenever a date can have moved, and never shrinks."""
        days, since = 0, None
        for event in self.story:
            if event.event == life.Event.PAUSE:
                since = local_day(event.at, self.who.timezone)
            elif since is not None and event.from_state == State.PAUSED:
                days += (local_day(event.at, self.who.timezone) - since).days
                since = None
        if since is not None:
            days += (self.today - since).days
        return len(self.story) + max(days, 0)

    @property
    def changed_at(self) -> datetime:
        """When something last happened to the enrolment."""
        return self.story[-1].at if self.story else self.row.created_at

    def events(self) -> list[Event]:
        """Every dated step and gate, and the end of the credential. A lesson that is read is over:
        it leaves the calendar."""
        track = track_of(self.version)
        standing = progress_of(self.row, track, self.known, today=self.today)
        is_over = State(self.row.state) in ENDED
        found = [
            self._step(step, is_over=is_over)
            for step in standing.steps
            if step.due_on is not None and not _is_read(step)
        ]
        found += [
            self._gate(gate, is_over=is_over) for gate in standing.gates if gate.due_on is not None
        ]
        credential = self.known.credential
        if credential is not None and not is_over:
            title = text_in(credential.title, self.who.locale)
            event = self._event(
                f"credential-{credential.id}",
                credential.expires_on,
                _("%(title)s 到期", title=title),
                _("证书编号 %(number)s。到期前完成再认证。", number=credential.number),
            )
            _alarm(event, _NINE_ON_THE_DAY)
            found.append(event)
        return found

    def _step(self, step: StepProgress, *, is_over: bool) -> Event:
        title = text_in(step.activity.title, self.who.locale)
        said = _("%(title)s（已完成）", title=title) if step.state is StepState.DONE else title
        event = self._event(f"step-{step.activity.id}", step.due_on, said, self._about())
        if is_over or step.state is StepState.WAIVED:
            event["STATUS"] = "CANCELLED"
        elif not step.is_finished and step.activity.kind not in _QUIET:
            _alarm(event, _NINE_THE_DAY_BEFORE)
            _alarm(event, _NINE_ON_THE_DAY)
        return event

    def _gate(self, gate: GateProgress, *, is_over: bool) -> Event:
        title = text_in(gate.gate.title, self.who.locale)
        said = _("%(title)s（已通过）", title=title) if gate.is_passed else title
        event = self._event(f"gate-{gate.gate.id}", gate.due_on, said, self._about())
        if is_over:
            event["STATUS"] = "CANCELLED"
        elif not gate.is_passed:
            _alarm(event, _NINE_THE_DAY_BEFORE)
            _alarm(event, _NINE_ON_THE_DAY)
        return event

    def _about(self) -> str:
        track = text_in(track_of(self.version).title, self.who.locale)
        zone = self.who.timezone
        return str(_("%(track)s，当天 23:59（%(zone)s）截止。", track=track, zone=zone))

    def _event(self, thing: str, day: date | None, title: str, about: str) -> Event:
        round_ = f"-r{self.row.renewals}" if is_renewing(self.row) else ""
        event = Event()
        event.add("uid", f"{self.row.id}{round_}-{thing}@{DOMAIN}")
        event.add("dtstamp", self.changed_at)
        event.add("last-modified", self.changed_at)
        event.add("sequence", self.sequence)
        event.add("dtstart", day)
        event.add("dtend", (day or self.today) + timedelta(days=1))
        event.add("summary", title)
        event.add("description", about)
        event.add("url", f"{self.base_url}/path")
        event.add("status", "CONFIRMED")
        event.add("transp", "TRANSPARENT")
        event.add("class", "PRIVATE")
        return event


def _is_read(step: StepProgress) -> bool:
    return step.activity.kind is ActivityKind.LESSON and step.state is StepState.DONE


def _alarm(event: Event, trigger: timedelta) -> None:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", str(event["SUMMARY"]))
    alarm.add("trigger", trigger)
    event.add_component(alarm)
