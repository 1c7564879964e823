"""What a credential goes through: it ends, is renewed more than once, is taken back, is kept."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.accounts import services as accounts
from app.accounts.models import Notice, User
from app.kernel.db import session
from app.tracks import queries, services, tasks
from app.tracks.models import Cohort, Credential, Enrolment, EnrolmentEvent
from app.tracks.services import StepSource
from tests.tracks.conftest import MONDAY

RENEWABLE = """
schema: track/1
id: short
title: 短路径
tier: new-hire
anchor: hire_date
credential: {id: short-done, title: 短路径通过, days: 100, warn: 20}
stages:
  - id: one
    title: 一
    activities:
      - {id: s-seminar, kind: seminar, title: 研讨, due: 1, people: 1-9, minutes: 60}
    gate: {id: s-gate, title: 关口, due: 2, needs: [s-seminar]}
renewal:
  id: again
  title: 再认证
  activities:
    - {id: r-exam, kind: exam, title: 再考, due: 5, bank: product-knowledge, attempts: 1, pass: 60%}
    - {id: r-seminar, kind: seminar, title: 再研讨, due: 5, people: 1-9, minutes: 60}
"""


@pytest.fixture
def short(load_track):
    return load_track(RENEWABLE)


def the(db_session, row_id):
    return db_session.get(Enrolment, row_id, populate_existing=True)


def done(clock, enrolment_id, activity_id, source="1", *, is_done=True):
    services.record_step(
        enrolment_id=enrolment_id,
        activity_id=activity_id,
        times=1,
        is_done=is_done,
        source=StepSource("seminar", source),
        actor_id=None,
        now=clock.now,
    )


def at(day: date) -> datetime:
    """Nine in the morning in Shanghai."""
    return datetime(day.year, day.month, day.day, 1, tzinfo=UTC)


def told(person_id, kind):
    return (
        session()
        .scalars(select(Notice).where(Notice.user_id == person_id, Notice.kind == kind))
        .all()
    )


@pytest.fixture
def certified(short, bootcamp, clock, db_session):
    """小王 has passed and holds the credential."""
    clock.set(at(MONDAY))
    (row,) = bootcamp.enrol("小王", slug="short")
    done(clock, row, "s-seminar")
    assert the(db_session, row).state == "certified"
    return row


def renew(bootcamp, clock, row, source):
    bootcamp.sit("小王", "r-exam", slug="short", number=the(session(), row).renewals)
    done(clock, row, "r-seminar", source)
    clock.advance(minutes=1)
    tasks.sweep(clock.now)


def test_a_credential_is_expiring_on_its_day_and_expired_the_day_after_its_last(
    certified, clock, person, db_session
) -> None:
    held = db_session.scalars(select(Credential)).one()
    states = {}
    for day in (79, 80, 99, 100, 101):
        clock.set(at(MONDAY + timedelta(days=day)))
        tasks.nightly(clock.now)
        tasks.nightly(clock.now)
        states[day] = the(db_session, certified).state
    assert states == {
        79: "certified",
        80: "expiring",
        99: "expiring",
        100: "expiring",
        101: "expired",
    }
    assert held.expires_on == MONDAY + timedelta(days=100)
    who = person("小王").id
    assert len(told(who, "expiring")) == len(told(who, "expired")) == 1


def test_a_second_renewal_starts_from_nothing(
    certified, bootcamp, clock, person, db_session
) -> None:
    who = person("小王").id
    for number in (1, 2):
        clock.set(at(MONDAY + timedelta(days=95 * number)))
        tasks.nightly(clock.now)
        services.recertify(enrolment_id=certified, reason="", actor_id=who, now=clock.now)
        row = the(db_session, certified)
        assert (row.state, row.renewals) == ("recertifying", number)
        standing = queries.known_of([row], today=MONDAY)[row.id]
        assert "r-exam" not in standing.facts.done
        assert "r-seminar" not in standing.facts.done
        renew(bootcamp, clock, certified, source=f"round {number}")
        assert the(db_session, certified).state == "certified"
    given = db_session.scalars(select(Credential).order_by(Credential.id)).all()
    assert [one.round for one in given] == [0, 1, 2]
    assert [(one.issued_on - MONDAY).days for one in given] == [0, 95, 190]
    assert len({one.number for one in given}) == 3


def test_work_of_an_earlier_renewal_is_not_counted_again(
    certified, bootcamp, clock, person, db_session
) -> None:
    who = person("小王").id
    for _ in range(2):
        services.recertify(enrolment_id=certified, reason="", actor_id=who, now=clock.now)
        renew(bootcamp, clock, certified, source="the same")
    row = the(db_session, certified)
    assert row.state == "recertifying"
    done(clock, certified, "r-seminar", "another")
    assert the(db_session, certified).state == "certified"


def test_what_is_done_before_a_renewal_begins_does_not_count_for_it(
    certified, clock, person, db_session
) -> None:
    done(clock, certified, "r-seminar", "too early")
    services.recertify(enrolment_id=certified, reason="", actor_id=person("小王").id, now=clock.now)
    row = the(db_session, certified)
    known = queries.known_of([row], today=clock.now.date())[row.id]
    assert known.facts.done == {"s-seminar"}


def test_a_renewal_that_runs_over_the_end_is_not_begun_again(
    certified, bootcamp, clock, person, db_session
) -> None:
    clock.set(at(MONDAY + timedelta(days=99)))
    tasks.nightly(clock.now)
    services.recertify(enrolment_id=certified, reason="", actor_id=person("小王").id, now=clock.now)
    clock.set(at(MONDAY + timedelta(days=120)))
    tasks.nightly(clock.now)
    assert the(db_session, certified).state == "recertifying"
    renew(bootcamp, clock, certified, source="late")
    assert the(db_session, certified).state == "certified"


def test_leave_in_a_renewal_moves_its_dates_and_leave_before_it_does_not(
    short, bootcamp, clock, person, db_session
) -> None:
    clock.set(at(MONDAY))
    (row,) = bootcamp.enrol("小王", slug="short")
    who = person("小王").id
    boss = person("李经理").id
    services.pause(enrolment_id=row, from_on=MONDAY, reason="x", actor_id=boss, now=clock.now)
    clock.advance(days=10)
    back = MONDAY + timedelta(days=10)
    services.resume(enrolment_id=row, back_on=back, actor_id=boss, now=clock.now)
    done(clock, row, "s-seminar")
    services.recertify(enrolment_id=row, reason="", actor_id=who, now=clock.now)

    def due():
        found = the(db_session, row)
        version = queries.versions_by_id([found.track_version_id])[found.track_version_id]
        today = clock.now.date()
        known = queries.known_of([found], today=today)[row]
        track = queries.track_of(version)
        standing = queries.progress_of(found, track, known, today=today)
        return [(one.due_on - back).days for one in standing.steps]

    assert due() == [5, 5]
    services.pause(enrolment_id=row, from_on=back, reason="x", actor_id=boss, now=clock.now)
    clock.advance(days=3)
    assert due() == [8, 8]
    services.resume(
        enrolment_id=row, back_on=back + timedelta(days=3), actor_id=boss, now=clock.now
    )
    assert the(db_session, row).state == "recertifying"
    assert due() == [8, 8]


def test_a_track_without_renewal_cannot_be_renewed(bootcamp, clock, person) -> None:
    (row,) = bootcamp.enrol("小王", slug="leadership")
    with pytest.raises(services.WrongMomentError):
        services.recertify(enrolment_id=row, reason="", actor_id=person("陈老师").id, now=clock.now)


# ---------------------------------------------------------------- taken back


def recall(person, clock):
    title = queries.track_of(queries.newest_version("short")).credential.title
    return services.recall(
        slug="short", title=title, reason="3.0 版上线", actor_id=person("陈老师").id, now=clock.now
    )


def test_a_recall_takes_the_credential_from_everybody_and_can_be_undone_that_day(
    certified, bootcamp, clock, person, db_session
) -> None:
    (other,) = bootcamp.enrol("小陈", slug="short")
    done(clock, other, "s-seminar")
    services.recertify(enrolment_id=other, reason="", actor_id=person("小陈").id, now=clock.now)
    (third,) = bootcamp.enrol("小赵", slug="short")
    recall_id = recall(person, clock)
    assert [the(db_session, one).state for one in (certified, other, third)] == [
        "expired",
        "expired",
        "active",
    ]
    assert services.held_now("short", now=clock.now) == []
    assert len(told(person("小王").id, "recalled")) == 1
    clock.advance(hours=2)
    services.undo_recall(
        recall_id=recall_id, slug="short", actor_id=person("陈老师").id, now=clock.now
    )
    assert [the(db_session, one).state for one in (certified, other)] == [
        "certified",
        "recertifying",
    ]
    assert len(services.held_now("short", now=clock.now)) == 2
    with pytest.raises(services.TooLateToUndoError):
        services.undo_recall(
            recall_id=recall_id, slug="short", actor_id=person("陈老师").id, now=clock.now
        )


def test_the_day_after_a_recall_stays(certified, clock, person) -> None:
    recall_id = recall(person, clock)
    clock.set(at(MONDAY + timedelta(days=1)))
    with pytest.raises(services.TooLateToUndoError):
        services.undo_recall(
            recall_id=recall_id, slug="short", actor_id=person("陈老师").id, now=clock.now
        )
    with pytest.raises(services.NobodyHoldsItError):
        recall(person, clock)


def test_after_a_recall_the_renewal_leads_to_a_new_credential_on_the_same_day(
    certified, bootcamp, clock, person, db_session
) -> None:
    recall(person, clock)
    services.recertify(enrolment_id=certified, reason="", actor_id=person("小王").id, now=clock.now)
    renew(bootcamp, clock, certified, source="new")
    assert the(db_session, certified).state == "certified"
    assert len(services.held_now("short", now=clock.now)) == 1


def test_who_comes_back_keeps_the_dates_of_her_credential(
    certified, clock, person, db_session
) -> None:
    boss = person("陈老师").id
    services.withdraw(enrolment_id=certified, reason="x", actor_id=boss, now=clock.now)
    clock.set(at(MONDAY + timedelta(days=90)))
    services.readmit(enrolment_id=certified, reason="x", actor_id=boss, now=clock.now)
    assert the(db_session, certified).state == "expiring"
    assert len(db_session.scalars(select(Credential)).all()) == 1


# ---------------------------------------------------------------- kept by taking part


QUARTERLY = """
schema: track/1
id: quarterly
title: 季度
tier: backbone
anchor: cohort_start
credential: {id: quarterly, title: 骨干, days: 365, warn: 30, keep: 3/4}
stages:
  - id: one
    title: 一
    activities:
      - {id: q-day, kind: seminar, title: 研讨, due: 0, people: 1-9, minutes: 60}
    gate: {id: q-gate, title: 关口, due: 5, needs: [q-day]}
"""


@pytest.mark.parametrize(
    ("rounds", "held"),
    [
        ("1", True),
        ("1011", True),
        ("10", True),
        ("1010", False),
        ("100", False),
        ("1001", True),
        ("0", False),
    ],
)
def test_a_status_is_kept_by_three_of_the_last_four_quarters(
    load_track, bootcamp, clock, person, db_session, rounds, held
) -> None:
    load_track(QUARTERLY)
    starts = [date(2026, 2, 2), date(2026, 5, 4), date(2026, 8, 3), date(2026, 11, 2)]
    for n, (start, took_part) in enumerate(zip(starts, rounds, strict=False)):
        clock.set(at(start))
        # Two classes in one quarter are one round.
        for letter in "AB":
            cohort = Cohort(
                track_slug="quarterly", title=f"{n}{letter}", starts_on=start, created_at=clock.now
            )
            db_session.add(cohort)
        db_session.flush()
        if took_part == "1":
            (row,) = bootcamp.enrol("小王", slug="quarterly", on=start)
            done(clock, row, "q-day")
        clock.set(at(start + timedelta(days=30)))
        tasks.nightly(clock.now)
    rows = db_session.scalars(
        select(Enrolment).where(Enrolment.track_slug == "quarterly"),
        execution_options={"populate_existing": True},
    )
    assert any(row.state in {"certified", "expiring"} for row in rows) is held


def test_a_round_that_is_still_running_is_not_missed(
    load_track, bootcamp, clock, db_session
) -> None:
    load_track(QUARTERLY)
    starts = [date(2026, 2, 2), date(2026, 5, 4), date(2026, 8, 3)]
    for start in starts:
        db_session.add(
            Cohort(track_slug="quarterly", title=str(start), starts_on=start, created_at=clock.now)
        )
    clock.set(at(starts[0]))
    (row,) = bootcamp.enrol("小王", slug="quarterly", on=starts[0])
    done(clock, row, "q-day")
    states = []
    for day in (5, 6):  # the gate's last day, and the day after
        clock.set(at(starts[2] + timedelta(days=day)))
        tasks.nightly(clock.now)
        states.append(the(db_session, row).state)
    assert states == ["certified", "expired"]
    last = db_session.scalars(
        select(EnrolmentEvent)
        .where(EnrolmentEvent.enrolment_id == row)
        .order_by(-EnrolmentEvent.id)
    ).first()
    assert (last.event, last.rule) == ("expire", "keep")


# ---------------------------------------------------------------- who comes and goes


def nobody_new(db_session):
    """Everybody was hired long ago."""
    db_session.execute(update(User).values(hire_on=date(2020, 1, 1)))


def test_whoever_the_rule_names_is_enrolled_once_and_by_name(
    tracks, person, clock, db_session
) -> None:
    day = clock.now.date()
    nobody_new(db_session)
    hires = {"小王": day, "小陈": day - timedelta(days=30), "小赵": day - timedelta(days=31)}
    for name, on in hires.items():
        person(name).hire_on = on
    person("陈老师").hire_on, person("陈老师").job_role = day, "manager"
    db_session.flush()
    tasks.sweep(clock.now)
    tasks.nightly(clock.now)
    rows = db_session.scalars(select(Enrolment).order_by(Enrolment.person_id)).all()
    assert {(row.person_id, row.anchor_on) for row in rows} == {
        (person(name).id, hires[name]) for name in ("小王", "小陈")
    }
    first = db_session.scalars(select(EnrolmentEvent).where(EnrolmentEvent.event == "enrol")).all()
    assert {(one.rule, one.actor_id) for one in first} == {("enrol:seller:30", None)}


def test_who_was_taken_off_is_not_put_on_again_by_the_rule(
    tracks, person, clock, db_session
) -> None:
    nobody_new(db_session)
    person("小王").hire_on = clock.now.date()
    db_session.flush()
    tasks.sweep(clock.now)
    row = db_session.scalars(select(Enrolment)).one()
    services.withdraw(enrolment_id=row.id, reason="x", actor_id=person("陈老师").id, now=clock.now)
    tasks.nightly(clock.now)
    assert [one.state for one in db_session.scalars(select(Enrolment))] == ["withdrawn"]


def test_a_cohort_track_takes_the_next_cohort_with_a_free_seat(
    load_track, person, clock, db_session
) -> None:
    load_track(
        QUARTERLY.replace("id: quarterly\ntitle: 季度", "id: joining\ntitle: 加入", 1).replace(
            "anchor: cohort_start", "anchor: cohort_start\nenrol: {role: seller, within: 30}"
        )
    )
    day = clock.now.date()
    nobody_new(db_session)
    for name in ("小王", "小陈", "小赵"):
        person(name).hire_on = day
    cohorts = [
        Cohort(
            track_slug="joining",
            title=title,
            starts_on=day + timedelta(days=n),
            seats=seats,
            created_at=clock.now,
            closed_on=closed,
        )
        for title, n, seats, closed in (
            ("past", -1, None, None),
            ("closed", 1, None, day),
            ("small", 2, 1, None),
            ("next", 9, 1, None),
        )
    ]
    db_session.add_all(cohorts)
    db_session.flush()
    tasks.sweep(clock.now)
    rows = db_session.scalars(
        select(Enrolment).where(Enrolment.track_slug == "joining").order_by(Enrolment.id)
    ).all()
    assert [(row.cohort_id, row.anchor_on) for row in rows] == [
        (cohorts[2].id, cohorts[2].starts_on),
        (cohorts[3].id, cohorts[3].starts_on),
    ]


def test_leaving_the_company_ends_the_enrolment(
    tracks, bootcamp, person, clock, db_session
) -> None:
    (row,) = bootcamp.enrol("小王")
    accounts.leave(user_id=person("小王").id, on=clock.now.date(), actor_id=None, now=clock.now)
    tasks.nightly(clock.now)
    tasks.nightly(clock.now)
    assert the(db_session, row).state == "withdrawn"
    events = db_session.scalars(
        select(EnrolmentEvent).where(
            EnrolmentEvent.enrolment_id == row, EnrolmentEvent.event == "withdraw"
        )
    ).all()
    assert [(one.rule, one.actor_id) for one in events] == [("left", None)]


def test_who_has_left_loses_the_credential_too_and_is_told_of_nothing(
    certified, person, clock, db_session
) -> None:
    who = person("小王").id
    accounts.leave(user_id=who, on=clock.now.date(), actor_id=None, now=clock.now)
    made = recall(person, clock)
    assert db_session.scalars(select(Credential)).one().voided_at is not None
    services.undo_recall(recall_id=made, slug="short", actor_id=person("陈老师").id, now=clock.now)
    assert told(who, "recalled") == told(who, "recall_undone") == []
