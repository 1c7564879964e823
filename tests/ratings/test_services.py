"""Rated work as stories: who may assess, what marks lead to, what becomes evidence."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.models import Notice
from app.domain.framework import EvidenceKind
from app.domain.rated import How, SeatRole
from app.domain.tracks import Marking, Party, RatedRules
from app.kernel.db import session
from app.kernel.errors import BadInputError, NotFoundError
from app.ratings import errors, services, tasks
from app.ratings.models import Appeal, AppendOnlyError, Outcome, PerformanceState, RatedMark, Seat
from app.tracks import queries as tracks
from app.tracks.models import StepResult

SINGLE = RatedRules(Marking.SINGLE)


def test_two_assessors_agree_and_the_mean_becomes_one_row_of_evidence_per_competency(desk):
    performance = desk.plan()
    assert desk.of(performance).state is PerformanceState.PLANNED
    first, second = desk.seat(performance, "周老师"), desk.seat(performance, "阅卷人")
    assert desk.of(performance).state is PerformanceState.OPEN
    desk.mark(first, "周老师", 3, 2)
    assert desk.of(performance).state is PerformanceState.MARKING
    assert desk.ledger(performance) == {}
    assert desk.mark(second, "阅卷人", 3, 3) is PerformanceState.RELEASED
    found = desk.of(performance)
    # (3·3/4 + 1·2/4) / 4 = 11/16 and (3·3/4 + 1·3/4) / 4 = 12/16
    assert (found.how, found.total, found.has_passed) == (How.MEAN, Fraction(23, 32), True)
    rows = desk.ledger(performance)
    assert {slug: (row.score, row.assessors, row.pass_mark) for slug, row in rows.items()} == {
        "talk-tracks": (75.0, 2, 60.0),
        "insight": (62.5, 2, 60.0),
    }
    assert rows["insight"].kind == EvidenceKind.ROLEPLAY
    assert rows["insight"].happened_on == date(2026, 3, 2)
    assert rows["insight"].occasion == f"performance:{performance}"


def test_marks_far_apart_call_the_lead_who_decides(desk, person):
    performance = desk.done((4, 4), (2, 2))
    assert desk.of(performance).state is PerformanceState.MARKING
    lead = desk.seat(performance, "HR", SeatRole.LEAD)
    desk.mark(lead, "HR", 3, 3)
    found = desk.of(performance)
    assert (found.how, found.total, found.independent) == (How.LEAD_DECIDED, Fraction(3, 4), 1)
    row = desk.ledger(performance)["insight"]
    assert (row.assessors, row.assessor_id) == (1, person("HR").id)
    told = session().scalars(select(Notice).where(Notice.kind == "seat_wanted")).all()
    assert [one.user_id for one in told] == [person("陈老师").id]


def test_a_lead_waits_for_the_others(desk):
    performance = desk.plan(rules=RatedRules(Marking.LEAD))
    marker = desk.seat(performance, "周老师")
    lead = desk.seat(performance, "HR", SeatRole.LEAD)
    with pytest.raises(errors.NotYourTurnError):
        desk.mark(lead, "HR", 3, 3)
    desk.mark(marker, "周老师", 4, 4)
    desk.mark(lead, "HR", 2, 4)
    assert desk.of(performance).total == Fraction(10, 16)


def test_one_mark_near_the_pass_mark_goes_to_a_second_marker(desk):
    performance = desk.plan(rules=SINGLE, kind=EvidenceKind.WORK)
    desk.mark(desk.seat(performance, "周老师"), "周老师", 2, 4)  # 10/16 = .625, SEM = .0707
    assert desk.of(performance).state is PerformanceState.MARKING
    desk.mark(desk.seat(performance, "阅卷人"), "阅卷人", 2, 4)
    assert desk.of(performance).how is How.MEAN
    clear = desk.plan(rules=SINGLE, kind=EvidenceKind.WORK, occasion="2")
    desk.mark(desk.seat(clear, "周老师"), "周老师", 3, 3)  # .75
    assert desk.of(clear).how is How.SINGLE


def test_the_same_mark_sent_twice_is_one(desk):
    performance = desk.plan()
    seat = desk.seat(performance, "周老师")
    desk.seat(performance, "阅卷人")
    desk.mark(seat, "周老师", 3, 3, key="phone-1")
    desk.mark(seat, "周老师", 3, 3, key="phone-1")
    assert len(session().scalars(select(RatedMark)).all()) == 1
    with pytest.raises(errors.AlreadyMarkedError):
        desk.mark(seat, "周老师", 1, 1, key="tablet-1")
    desk.mark(seat, "周老师", 2, 3, key="phone-2", seen=1)
    assert desk.of(performance).submitted == 1


def test_an_acknowledged_mark_is_acknowledged_again_after_all_is_settled(desk):
    performance = desk.plan()
    first, second = desk.seat(performance, "周老师"), desk.seat(performance, "阅卷人")
    desk.mark(first, "周老师", 3, 3, key="phone-1")
    desk.mark(second, "阅卷人", 3, 3)
    assert desk.mark(first, "周老师", 3, 3, key="phone-1") is PerformanceState.RELEASED
    with pytest.raises(errors.MarkingOverError):
        desk.mark(first, "周老师", 0, 0, seen=1)


@pytest.mark.parametrize(
    "rows",
    [{"say": 3}, {"say": 3, "ask": 5}, {"say": -1, "ask": 0}, {"say": 3, "ask": 3, "more": 1}],
)
def test_marks_that_are_not_the_forms_are_refused(desk, person, clock, rows):
    seat = desk.seat(desk.plan(), "周老师")
    with pytest.raises(BadInputError):
        services.submit(
            seat_id=seat,
            new=services.NewMark(rows),
            key="k",
            seen=0,
            actor_id=person("周老师").id,
            now=clock.now,
        )


def test_nobody_marks_for_somebody_else(desk):
    seat = desk.seat(desk.plan(), "周老师")
    with pytest.raises(NotFoundError):
        desk.mark(seat, "阅卷人", 3, 3)


def test_conflicts_are_refused_each_with_its_reason(desk, person, clock, senior):
    accounts.pair(
        mentor_id=person("带教人").id,
        trainee_id=person("小王").id,
        on=date(2026, 3, 1),
        because="",
        actor_id=None,
        now=clock.now,
    )
    performance = desk.plan()
    desk.seat(performance, senior[0])
    for name, refusal in (
        ("小王", errors.SelfError),
        ("带教人", errors.ExcludedError),
        (senior[0], errors.TwiceError),
        ("小陈", errors.JuniorError),
    ):
        with pytest.raises(refusal):
            desk.seat(performance, name)
    alone = desk.plan(rules=SINGLE, occasion="single")
    for name in ("带教人", "周老师"):
        with pytest.raises(errors.SoleError):
            desk.seat(alone, name)
    assert desk.seat(alone, senior[0])


def test_a_panel_has_its_places_and_no_subordinate(desk, senior):
    rules = RatedRules(Marking.PANEL, panel=(Party.MANAGER, Party.HR))
    performance = desk.plan("李经理", rules, kind=EvidenceKind.WORK, is_blind=True)
    with pytest.raises(errors.NotPartyError):
        desk.seat(performance, "HR", SeatRole.PANEL, Party.MANAGER)
    with pytest.raises(errors.SubordinateError):
        desk.seat(performance, "小王", SeatRole.PANEL)
    with pytest.raises(errors.SuperiorError):
        desk.seat(performance, "总监", SeatRole.PANEL)
    seats = [
        desk.seat(performance, "总监", SeatRole.PANEL, Party.MANAGER),
        desk.seat(performance, "HR", SeatRole.PANEL, Party.HR),
        desk.seat(performance, senior[0], SeatRole.PANEL),
    ]
    with pytest.raises(errors.SeatsFullError):
        desk.seat(performance, senior[1], SeatRole.PANEL)
    for seat, name, rows in zip(
        seats, ("总监", "HR", senior[0]), ((3, 3), (3, 4), (0, 0)), strict=True
    ):
        desk.mark(seat, name, *rows)
    found = desk.of(performance)
    assert (found.how, found.independent) == (How.PANEL_PART, 2)
    assert found.total == Fraction(25, 32)


def test_who_declines_is_replaced_and_not_asked_again(desk, person, clock):
    performance = desk.plan()
    seat = desk.seat(performance, "周老师")
    desk.seat(performance, "阅卷人")
    services.decline(seat_id=seat, because="出差", actor_id=person("周老师").id, now=clock.now)
    assert desk.of(performance).state is PerformanceState.PLANNED
    with pytest.raises(errors.TwiceError):
        desk.seat(performance, "周老师")
    desk.seat(performance, "HR")
    assert desk.of(performance).state is PerformanceState.OPEN


def test_an_appeal_changes_total_evidence_and_level_and_is_shown_before(desk, person, clock):
    performance = desk.done((2, 2), (2, 2))
    assert desk.of(performance).has_passed is False
    clock.advance(days=7)
    services.appeal(
        performance_id=performance,
        reason="议程说清了",
        actor_id=person("小王").id,
        now=clock.now,
    )
    with pytest.raises(errors.TwiceError):
        _assign(desk, performance, "周老师")
    seat = _assign(desk, performance, "HR")
    with pytest.raises(errors.WrongStateError):
        services.preview(performance)
    desk.mark(seat, "HR", 4, 3)
    shown = services.preview(performance)
    assert (shown.before, shown.after) == (Fraction(1, 2), Fraction(15, 16))
    assert (shown.passed_before, shown.passed_after) == (False, True)
    assert desk.of(performance).total == Fraction(1, 2)
    before = desk.ledger(performance)["talk-tracks"]
    services.decide(
        performance_id=performance,
        is_changed=True,
        reason="录音里说了",
        actor_id=person("HR").id,
        now=clock.now,
    )
    after = desk.ledger(performance)["talk-tracks"]
    assert (before.score, after.score, after.supersedes_id) == (50.0, 100.0, before.id)
    assert desk.of(performance).how is How.APPEAL


def _assign(desk, performance, name):
    return services.assign_appeal(
        performance_id=performance,
        assessor_id=desk.person(name).id,
        actor_id=desk.person("陈老师").id,
        now=desk.clock.now,
    )


def test_appeals_are_in_time_once_and_ones_own(desk, person, clock):
    performance = desk.done((2, 2), (2, 2))
    ask = {"performance_id": performance, "reason": "再看一次"}
    with pytest.raises(NotFoundError):
        services.appeal(**ask, actor_id=person("小陈").id, now=clock.now)
    with pytest.raises(errors.AppealLateError):
        services.appeal(**ask, actor_id=person("小王").id, now=clock.now + timedelta(days=8))
    services.appeal(**ask, actor_id=person("小王").id, now=clock.now)
    with pytest.raises(errors.AppealLateError):
        services.appeal(**ask, actor_id=person("小王").id, now=clock.now)


def test_void_takes_the_evidence_back(desk, person, clock):
    performance = desk.done((4, 4), (4, 4))
    services.void(
        performance_id=performance,
        reason="题目错了",
        actor_id=person("陈老师").id,
        now=clock.now,
    )
    assert all(row.is_withdrawn for row in desk.ledger(performance).values())
    assert desk.of(performance).state is PerformanceState.VOID


def test_a_held_outcome_waits_for_its_release(desk, person, clock):
    performance = desk.done((3, 3), (3, 3), kind=EvidenceKind.WORK, is_held=True)
    assert desk.of(performance).state is PerformanceState.SETTLED
    assert desk.ledger(performance) == {}
    services.release(performance_id=performance, actor_id=person("HR").id, now=clock.now)
    assert desk.ledger(performance)["insight"].kind == EvidenceKind.WORK


def test_peers_are_averaged_and_silent_ones_not_waited_for(desk, person, clock):
    performance = desk.plan(kind=EvidenceKind.PEER, is_blind=True)
    seats = [desk.seat(performance, name, SeatRole.PEER) for name in ("小陈", "小赵", "周老师")]
    desk.mark(seats[0], "小陈", 4, 4)
    desk.mark(seats[1], "小赵", 1, 0)
    assert desk.of(performance).state is PerformanceState.MARKING
    services.close(performance_id=performance, actor_id=person("陈老师").id, now=clock.now)
    found = desk.of(performance)
    assert (found.how, found.independent, found.total) == (How.PEERS, 2, Fraction(19, 32))


def test_one_attempt_at_a_time_and_one_resubmission_within_its_days(desk, clock):
    rules = RatedRules(Marking.PAIR, resubmit=14)
    first = desk.plan(rules=rules)
    with pytest.raises(errors.AlreadyRunningError):
        desk.plan(rules=rules)
    for name in ("周老师", "阅卷人"):
        desk.mark(desk.seat(first, name), name, 1, 1)
    second = desk.done((1, 1), (1, 1), rules=rules)
    assert desk.of(second).number == 2
    with pytest.raises(errors.NoFurtherTryError):
        desk.plan(rules=rules)
    late = desk.done((1, 1), (1, 1), rules=rules, occasion="late")
    clock.advance(days=15)
    with pytest.raises(errors.NoFurtherTryError):
        desk.plan(rules=rules, occasion="late")
    assert desk.of(late).number == 1


@pytest.mark.parametrize("table", [RatedMark, Outcome])
def test_marks_and_outcomes_are_never_changed(desk, table):
    desk.done((3, 3), (3, 3))
    row = session().scalars(select(table)).first()
    row.total = Fraction(1)
    with pytest.raises(AppendOnlyError):
        session().flush()
    session().rollback()


def test_a_passed_roleplay_is_a_done_step_of_the_track(desk, bootcamp, clock):
    (enrolment,) = bootcamp.enrol("小王")
    track = tracks.track_of(tracks.newest_version("bootcamp"))
    activity = track.activity("m-rp-opening")
    form = track.form_of(activity)
    planned = {"enrolment_id": enrolment, "activity_id": activity.id, "form": form}
    failed = desk.plan(rules=activity.rated, **planned)
    for name in ("周老师", "阅卷人"):
        desk.mark(desk.seat(failed, name), name, 1, 1, 1, 1, form=form)
    step = session().scalar(select(StepResult).where(StepResult.activity_id == activity.id))
    assert (step.times, step.is_done, step.source_id) == (0, False, str(failed))
    again = desk.plan(rules=activity.rated, **planned)
    for name in ("周老师", "阅卷人"):
        desk.mark(desk.seat(again, name), name, 3, 3, 3, 3, form=form)
    session().refresh(step)
    assert (step.times, step.is_done, step.source_id) == (1, True, str(again))
    services.void(performance_id=again, reason="错", actor_id=None, now=clock.now)
    session().refresh(step)
    assert step.is_done is False


def test_the_seat_of_an_assessor_who_left_is_free_for_another(desk, person, clock) -> None:
    performance = desk.plan()
    desk.seat(performance, "周老师")
    gone = desk.seat(performance, "阅卷人")
    accounts.leave(user_id=person("阅卷人").id, on=clock.now.date(), actor_id=None, now=clock.now)
    assert (services.free_of_leavers(now=clock.now), services.free_of_leavers(now=clock.now)) == (
        1,
        0,
    )
    seat = session().get(Seat, gone)
    assert (seat.state, "已离职" in seat.because) == ("declined", True)
    told = session().scalars(select(Notice.user_id).where(Notice.key == f"declined:{gone}")).all()
    assert told == [person("陈老师").id]
    assert desk.seat(performance, "HR")


@pytest.mark.one_database
def test_nobody_has_to_mark_somebody_who_left(desk, person, clock) -> None:
    asked, done = desk.plan(), desk.done((3, 3), (3, 3), occasion="before")
    desk.seat(asked, "周老师")
    wang = person("小王").id
    services.appeal(performance_id=done, reason="重听", actor_id=wang, now=clock.now)
    again = services.assign_appeal(
        performance_id=done, assessor_id=person("HR").id, actor_id=None, now=clock.now
    )
    accounts.leave(user_id=person("小王").id, on=clock.now.date(), actor_id=None, now=clock.now)
    clock.advance(days=2)
    tasks.nightly(clock.now)
    assert desk.of(asked).state is PerformanceState.VOID
    assert desk.of(done).state is PerformanceState.RELEASED
    assert session().get(Seat, again).state == "declined"
    assert session().scalars(select(Appeal.state)).all() == ["kept"]
    tasks.hourly(clock.now)
    told = session().scalars(select(Notice.kind).where(Notice.created_at == clock.now)).all()
    assert told == []
