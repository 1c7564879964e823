"""A person's calendar feed: own steps alone, one UID each, a date that moves is told as moved."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from icalendar import Calendar
from sqlalchemy import select, update

from app.accounts.models import User
from app.tracks import services
from app.tracks.models import CalendarFeed, Enrolment
from app.tracks.services import cohorts
from app.tracks.services.cohorts import CohortData
from tests.tracks.conftest import MONDAY

pytestmark = pytest.mark.one_database

REASON = "出差"


def open_feed(page, name="小王") -> str:
    """The path of the address that a person gets."""
    page("/calendar", as_=name, data={}, status=302)
    text = page("/calendar", as_=name).text
    address = text.split('id="address" value="', 1)[1].split('"', 1)[0]
    return urlsplit(address).path


def events(page, path) -> dict[str, dict]:
    """UID -> event, as another program reads it."""
    answer = page(path)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    parsed = Calendar.from_ical(answer.data)
    assert not parsed.errors
    found = {str(one["UID"]): one for one in parsed.walk("VEVENT")}
    assert len(found) == len(list(parsed.walk("VEVENT")))
    return found


def ending(found, uid):
    return next(one for key, one in found.items() if key.split("-", 1)[1] == f"{uid}@lianbing")


@pytest.fixture
def path(bootcamp, page):
    bootcamp.enrol("小王")
    return open_feed(page)


def test_the_feed_holds_every_dated_step_and_gate_on_its_day(path, page) -> None:
    found = events(page, path)
    gate = ending(found, "gate-g1")
    assert gate["DTSTART"].dt == MONDAY + timedelta(days=6)
    assert gate["DTEND"].dt == MONDAY + timedelta(days=7)
    assert gate["SUMMARY"] == "G1 速成营结业"
    assert "Asia/Shanghai" in gate["DESCRIPTION"]
    assert [one["TRIGGER"].dt for one in gate.walk("VALARM")] == [
        timedelta(hours=-15),
        timedelta(hours=9),
    ]
    assert ending(found, "step-d1-product").walk("VALARM") == []


def test_its_lines_are_as_the_standard_wants_them(path, page, db_session) -> None:
    db_session.execute(update(User).where(User.name == "小王").values(name="王；,\\" + "小" * 60))
    data = page(path).data
    assert Calendar.from_ical(data)["X-WR-CALNAME"].endswith("小" * 60)
    assert data.endswith(b"END:VCALENDAR\r\n")
    lines = data.split(b"\r\n")
    assert all(b"\n" not in line and b"\r" not in line for line in lines)
    assert max(map(len, lines)) <= 75
    assert sum(line.startswith(b" ") for line in lines) == 2
    for line in lines:
        line.decode("utf-8")
    text = data.decode()
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    for needed in ("VERSION:2.0", "PRODID:", "METHOD:PUBLISH", "X-WR-TIMEZONE:Asia/Shanghai"):
        assert needed in text


def test_a_second_look_costs_nothing_until_something_changes(path, page, bootcamp, clock) -> None:
    first = page(path)
    assert first.headers["Cache-Control"] == "private, no-cache"
    tag = first.headers["ETag"]
    again = page.raw(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    enrolment = int(next(iter(events(page, path))).split("-", 1)[0])
    bootcamp.read("小王", "d1-product", enrolment)
    later = page.raw(path, headers={"If-None-Match": tag})
    assert later.status_code == 200
    found = events(page, path)
    assert not any(uid.endswith("step-d1-product@lianbing") for uid in found), (
        "a lesson that is read"
    )
    exam = next(uid for uid in found if uid.endswith("step-d7-exam-final@lianbing"))
    bootcamp.sit("小王", "d7-exam-final")
    services.advance([enrolment], now=clock.now)
    assert found[exam]["SUMMARY"] == "结业考试"


def test_a_date_that_moves_keeps_its_uid_and_raises_its_sequence(
    bootcamp, page, person, clock
) -> None:
    trainer = person("陈老师").id
    cohort = cohorts.make_cohort(
        "bootcamp",
        CohortData("期", "", None),
        starts_on=MONDAY,
        actor_id=trainer,
        now=clock.now,
    )
    cohorts.put_in(cohort, [person("小王").id], actor_id=trainer, now=clock.now)
    path = open_feed(page)
    before = events(page, path)
    later = MONDAY + timedelta(days=7)
    cohorts.move_start(cohort, later, reason="x", actor_id=trainer, now=clock.now)
    after = events(page, path)
    assert before.keys() == after.keys()
    for uid, one in after.items():
        assert one["DTSTART"].dt == before[uid]["DTSTART"].dt + timedelta(days=7)
        assert one["SEQUENCE"] > before[uid]["SEQUENCE"]


def test_the_sequence_never_shrinks_through_leave_and_return(
    path, page, bootcamp, person, clock, db_session
) -> None:
    enrolment = db_session.scalar(select(Enrolment.id))
    seen = [ending(events(page, path), "gate-g2")]
    services.pause(
        enrolment_id=enrolment,
        from_on=MONDAY,
        reason=REASON,
        actor_id=person("陈老师").id,
        now=clock.now,
    )
    for _day in range(3):
        clock.advance(days=1)
        seen.append(ending(events(page, path), "gate-g2"))
    services.resume(
        enrolment_id=enrolment,
        back_on=MONDAY + timedelta(days=1),
        actor_id=person("陈老师").id,
        now=clock.now,
    )
    seen.append(ending(events(page, path), "gate-g2"))
    numbers = [one["SEQUENCE"] for one in seen]
    assert numbers == sorted(numbers)
    for one, other in pairwise(seen):
        if one["DTSTART"].dt != other["DTSTART"].dt:
            assert other["SEQUENCE"] > one["SEQUENCE"]


def test_who_leaves_the_track_has_its_steps_cancelled_then_gone(
    path, page, person, clock, db_session
) -> None:
    services.withdraw(
        enrolment_id=db_session.scalar(select(Enrolment.id)),
        reason=REASON,
        actor_id=person("陈老师").id,
        now=clock.now,
    )
    found = events(page, path)
    assert {str(one["STATUS"]) for one in found.values()} == {"CANCELLED"}
    assert all(one.walk("VALARM") == [] for one in found.values())
    clock.advance(days=61)
    assert events(page, path) == {}


def test_the_feed_speaks_the_language_of_its_owner(path, page, db_session) -> None:
    values = {"locale": "en", "timezone": "America/New_York"}
    db_session.execute(update(User).where(User.name == "小王").values(**values))
    gate = ending(events(page, path), "gate-g1")
    assert gate["SUMMARY"] == "G1: bootcamp passed"
    assert "23:59 (America/New_York)" in gate["DESCRIPTION"]


def test_nobody_elses_steps_are_in_it(bootcamp, page, path, db_session) -> None:
    bootcamp.enrol("小陈")
    own = db_session.scalar(
        select(Enrolment.id).join(User, User.id == Enrolment.person_id).where(User.name == "小王")
    )
    assert {uid.split("-", 1)[0] for uid in events(page, path)} == {str(own)}
    assert "小陈" not in page(path).text


def test_an_address_is_ended_or_replaced_at_once(path, page, db_session) -> None:
    page("/calendar", as_="小王", data={}, status=302)
    page(path, status=404)
    fresh = open_feed(page)
    page(fresh)
    page("/calendar/end", as_="小王", data={}, status=302)
    page(fresh, status=404)
    assert db_session.scalars(select(CalendarFeed)).all() == []
    assert "给我一个地址" in page("/calendar", as_="小王").text


def test_only_the_whole_secret_opens_it_and_it_is_stored_nowhere(path, page, db_session) -> None:
    token = path.rsplit("/", 1)[1].removesuffix(".ics")
    row = db_session.scalar(select(CalendarFeed))
    assert token not in f"{row.nonce} {row.token_hash}"
    for wrong in (token[:-1], token.upper(), "0" * 40, "x", row.token_hash[:40]):
        page(f"/calendar/{wrong}.ics", status=404)


def test_who_has_left_or_is_locked_out_has_no_feed(path, page, db_session) -> None:
    db_session.execute(update(User).where(User.name == "小王").values(left_on=date(2026, 3, 2)))
    page(path, status=404)
    db_session.execute(
        update(User)
        .where(User.name == "小王")
        .values(left_on=None, disabled_at=datetime(2026, 3, 1).astimezone())
    )
    page(path, status=404)
