"""What must hold on every day of the simulated company; each check says what it compares."""

import random
from bisect import bisect_left
from collections import Counter, defaultdict
from datetime import date, timedelta

from chinese_calendar.constants import holidays, workdays
from sqlalchemy import String, cast, func, select, update

from app.accounts import queries as accounts
from app.accounts.models import Notice, User
from app.assessments.models import Assignment
from app.assessments.queries.cards import passed_pairs
from app.audit.services import check_chain
from app.competency import services as competency
from app.competency.models import Evidence, ProfileLevel
from app.deliverables import queries as deliverables
from app.domain.deliverables import Stage
from app.domain.enrolment import ENDED, RUNNING, THROUGH, Event, State, after
from app.domain.progress import StepState
from app.domain.stuck import Reason
from app.domain.tracks import NeedsActivity, NeedsLevel, NeedsSignature
from app.domain.workdays import Days
from app.fieldwork import queries as fieldwork
from app.kernel.clock import organisation_day
from app.kernel.db import db, session, transaction
from app.mailing.models import Mail
from app.ratings.models import RUNNING as RATING
from app.ratings.models import (
    Appeal,
    AppealState,
    Performance,
    PerformanceState,
    Seat,
    SeatState,
)
from app.tracks import board
from app.tracks.models import (
    Cohort,
    Credential,
    Enrolment,
    EnrolmentEvent,
    GateExtension,
    GatePassage,
    GateSignature,
    LessonRead,
    StepResult,
    TrackExam,
)
from app.tracks.queries.facts import confirmed, known_of, progress_of, track_of, versions_by_id
from tests.simulation.company import HOURS_AHEAD, Company

# Of one periodic step that has nothing to do.
MOST_STATEMENTS = 30
# Beyond the announced years Monday to Friday.
WORKDAYS = [
    day
    for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(900))
    if day in workdays or (day.weekday() < 5 and day not in holidays)
]


def check_day(company: Company) -> None:
    """What is cheap, or can only be seen on the day itself."""
    no_gate_opens_with_a_need_missing(company)


def check_week(company: Company, page) -> None:
    """Once a simulated week."""
    the_story_of_each_enrolment_leads_to_its_state()
    nobody_is_told_twice_or_after_leaving(company)
    credentials_belong_to_those_who_passed(company)
    dates_move_only_by_leave_extension_or_start(company)
    the_ledger_has_one_live_row_a_source(company)
    managers_reach_their_own(company)
    open_seats_are_somebodys_task(company)
    nothing_waits_for_who_left(company)
    days_to_independence_agree(company)
    if company.today.day <= 7:
        pages_open(company, page)


def check_end(company: Company) -> None:
    """At the end of the year."""
    levels_follow_from_the_ledger(company, sorted(company.people))
    found = check_chain()
    assert found.broken_at is None, found
    assert found.events > 100 * len(company.people) / 10
    somebody_lived_through_everything(company)
    what_is_finished_costs_nothing(company)


def what_is_finished_costs_nothing(company: Company) -> None:
    """With nobody on the way the half minute, the hour and the night ask little, whatever has
    been in the year."""
    session().execute(
        update(Enrolment)
        .where(Enrolment.state.in_([*RUNNING, State.PAUSED]))
        .values(state=State.EXPIRED.value, back_to=None)
    )
    session().commit()
    company.at(company.today + timedelta(days=1), 4)
    costs = {}
    for group in ("sweepers", "hourly", "nightly"):
        for room, step in company.app.extensions[group].items():
            for _ in range(2):  # what is new is told the first time
                with company.counted() as counted, transaction():
                    step(company.tick())
            costs[group, room] = counted.n
    print(costs)
    assert not {key: n for key, n in costs.items() if n > MOST_STATEMENTS}


def somebody_lived_through_everything(company: Company) -> None:
    """Else a year would show nothing: G2 passed, certified, ended, renewed, taken back."""
    on = select(EnrolmentEvent.event, EnrolmentEvent.rule, func.count()).group_by(
        EnrolmentEvent.event, EnrolmentEvent.rule
    )
    events = Counter({(event, rule): n for event, rule, n in session().execute(on)})
    wanted = [
        (Event.OPEN_GATE, "g2"),
        (Event.CERTIFY, "independent"),
        (Event.SOON, "credential"),
        (Event.EXPIRE, "credential"),
        (Event.RENEW, "renewal"),
    ]
    print(sorted(events.items()))
    assert all(events[one] for one in wanted), {one: events[one] for one in wanted}
    assert company.deeds["corrected"]


# ---------------------------------------------------------------- enrolments


def the_story_of_each_enrolment_leads_to_its_state() -> None:
    """Replayed by the rules, the events of an enrolment give the state it is in."""
    stories = defaultdict(list)
    for row in session().scalars(select(EnrolmentEvent).order_by(EnrolmentEvent.id)):
        stories[row.enrolment_id].append(row)
    for row in session().scalars(select(Enrolment)):
        state, before = State.ASSIGNED, None
        for one in stories[row.id]:
            assert one.from_state == state, f"{row.id}: {one.event} from {one.from_state}"
            target = after(state, Event(one.event))
            if one.event == Event.RESUME:
                assert before is not None, f"{row.id}: back from no leave"
                target, before = before, None
            elif one.event == Event.PAUSE:
                before = state
            elif one.event == Event.RESTORE:
                target = State(one.to_state)
            state = State(one.to_state)
            assert state is target, f"{row.id}: {one.event} led to {state}, not {target}"
        assert row.state == state, f"{row.id} is {row.state}, its story says {state}"


def no_gate_opens_with_a_need_missing(company: Company) -> None:
    """Each passage of today: its activities done or waived, its words given, its levels there."""
    start = company.now - timedelta(hours=23)
    rows = session().execute(
        select(GatePassage, Enrolment)
        .join(Enrolment, Enrolment.id == GatePassage.enrolment_id)
        .where(GatePassage.passed_at > start)
    )
    for passage, row in rows.all():
        version = versions_by_id([row.track_version_id])[row.track_version_id]
        track = track_of(version)
        gate = next(one.gate for one in track.stages if one.gate and one.gate.id == passage.gate_id)
        for need in gate.needs:
            where = f"{company.today} {row.track_slug} {row.id} {gate.id}: {need}"
            match need:
                case NeedsActivity(activity=activity):
                    assert _was_done(row, activity, passage), where
                case NeedsSignature(party=party):
                    last = session().scalar(
                        select(GateSignature)
                        .where(
                            GateSignature.enrolment_id == row.id,
                            GateSignature.gate_id == gate.id,
                            GateSignature.party == party.value,
                            GateSignature.at <= passage.passed_at,
                        )
                        .order_by(GateSignature.id.desc())
                        .limit(1)
                    )
                    assert last is not None, where
                    assert last.is_yes, where
                case NeedsLevel(competency=slug, level=level):
                    ranks = confirmed(competency.queries.levels_for([row.person_id])[row.person_id])
                    later = session().scalar(
                        select(func.count()).where(
                            Evidence.person_id == row.person_id,
                            Evidence.competency == slug,
                            Evidence.created_at > passage.passed_at,
                        )
                    )
                    assert later or ranks.get(slug, 0) >= level.rank, where


def _was_done(row: Enrolment, activity: str, passage: GatePassage) -> bool:
    step = session().scalar(
        select(StepResult).where(
            StepResult.enrolment_id == row.id,
            StepResult.activity_id == activity,
            StepResult.round == 1,
        )
    )
    if step is not None and (step.is_waived or (step.is_done and step.done_at)):
        return True
    read = select(LessonRead.id).where(
        LessonRead.enrolment_id == row.id, LessonRead.activity_id == activity
    )
    if session().scalar(read) is not None:
        return True
    exam = session().scalar(
        select(TrackExam.assessment_id).where(
            TrackExam.track_version_id == row.track_version_id,
            TrackExam.activity_id == activity,
            TrackExam.round == 1,
        )
    )
    return exam is not None and (exam, row.person_id) in passed_pairs(
        {exam}, person_ids={row.person_id}
    )


def dates_move_only_by_leave_extension_or_start(company: Company) -> None:
    """Due days of steps, gates and exams equal those counted from what the company itself decided,
    along a list of working days of its own."""
    today = company.today
    rows = company._running()
    versions = versions_by_id([row.track_version_id for row in rows])
    known = known_of(rows, today=today)
    granted = {
        (one.enrolment_id, one.gate_id, one.round): one.days
        for one in session().scalars(select(GateExtension))
    }
    assert granted == company.extended
    exams = _exams_due(rows, known)
    hired = dict(session().execute(select(User.id, User.hire_on)).all())
    starts = dict(session().execute(select(Cohort.id, Cohort.starts_on)).all())
    for row in rows:
        track = track_of(versions[row.track_version_id])
        is_renewal = row.state == State.RECERTIFYING
        if row.cohort_id is not None:
            assert starts[row.cohort_id] == company.started[row.cohort_id]
        anchor = (
            company.renewed[row.id]
            if is_renewal
            else company.anchors.get(row.id)
            or company.started.get(row.cohort_id)
            or hired[row.person_id]
        )
        away = sum(
            ((back or today) - since).days
            for since, back in company.leaves[row.id]
            if not is_renewal or since >= anchor
        )
        stages = (track.renewal,) if is_renewal else track.stages
        standing = progress_of(row, track, known[row.id], today=today)
        due = {one.activity.id: one for one in standing.steps}
        gates = {one.gate.id: one.due_on for one in standing.gates}
        for stage in stages:
            gate = stage.gate
            more = company.extended.get((row.id, gate.id, 1), 0) if gate and not is_renewal else 0
            if gate is not None:
                wanted = counted(anchor, gate.due_day, track.days, away + more)
                assert gates[gate.id] == wanted, f"{row.id} {gate.id}: {gates[gate.id]}, {wanted}"
            for activity in stage.activities:
                where = f"{today} {row.track_slug} {row.id} {activity.id}"
                is_done = due[activity.id].state is StepState.DONE
                wanted = counted(anchor, activity.due_day, track.days, away + (not is_done) * more)
                assert due[activity.id].due_on == wanted, f"{where}: {wanted} {due[activity.id]}"
                if (row.id, activity.id) in exams and not is_done:
                    found = exams[row.id, activity.id]
                    assert found == wanted, f"{where}: exam until {found}, not {wanted}"


def counted(anchor: date, day: int | None, how: Days, later: int) -> date | None:
    """A due day by a list: so many places after the anchor, then the days of leave."""
    if day is None:
        return None
    if how is Days.CALENDAR:
        return anchor + timedelta(days=day + later)
    return WORKDAYS[bisect_left(WORKDAYS, anchor) + day] + timedelta(days=later)


def _exams_due(rows: list[Enrolment], known: dict) -> dict[tuple[int, str], date]:
    """(enrolment, activity) -> the local day until which its exam may be sat, the open ones."""
    due = {
        (exam, person): at
        for exam, person, at in session().execute(
            select(Assignment.assessment_id, Assignment.person_id, Assignment.due_at).where(
                Assignment.person_id.in_([row.person_id for row in rows]),
                Assignment.cancelled_at.is_(None),
                Assignment.due_at.is_not(None),
            )
        )
    }
    return {
        (row.id, activity): organisation_day(due[exam, row.person_id])
        for row in rows
        for activity, exam in known[row.id].exams.items()
        if (exam, row.person_id) in due
    }


def credentials_belong_to_those_who_passed(company: Company) -> None:
    """A credential stands on an enrolment that finished; its round was begun and renewed."""
    finished = set(
        session().scalars(
            select(EnrolmentEvent.enrolment_id).where(EnrolmentEvent.event == Event.FINISH)
        )
    )
    renewed = Counter(
        session().scalars(
            select(EnrolmentEvent.enrolment_id).where(EnrolmentEvent.event == Event.RENEW)
        )
    )
    rows = session().execute(
        select(Credential, Enrolment).join(Enrolment, Enrolment.id == Credential.enrolment_id)
    )
    for one, row in rows.all():
        assert one.enrolment_id in finished, one.number
        assert one.person_id == row.person_id
        assert one.round == 0 or renewed[one.enrolment_id] >= 1, one.number
        assert row.state in THROUGH | {State.WITHDRAWN, State.PAUSED}, (one.number, row.state)


# ---------------------------------------------------------------- notices and mails


def nobody_is_told_twice_or_after_leaving(company: Company) -> None:
    """Nothing is said twice in a day, and nothing to somebody who had left."""
    twice = [key for key, times in company.mailed.items() if times > 1]
    assert not twice, twice[:5]
    same = (Notice.user_id, Notice.kind, Notice.url, cast(Notice.params, String), _day(Notice))
    said = session().execute(select(*same).group_by(*same).having(func.count() > 1)).all()
    assert not said, said[:5]
    for table, who in ((Notice, Notice.user_id), (Mail, Mail.person_id)):
        late = session().execute(
            select(User.name, User.left_on, table.key, table.created_at)
            .join(User, User.id == who)
            .where(User.left_on.is_not(None))
        )
        told = [(name, on, key, at) for name, on, key, at in late if organisation_day(at) > on]
        assert not told, told[:5]


def _day(table) -> object:
    return func.date(table.created_at, f"+{HOURS_AHEAD} hours")


# ---------------------------------------------------------------- evidence


def the_ledger_has_one_live_row_a_source(company: Company) -> None:
    """Of each source, competency and person one row is in force; a chain has no two ends."""
    superseded = select(Evidence.supersedes_id).where(Evidence.supersedes_id.is_not(None))
    twice = session().execute(
        select(Evidence.person_id, Evidence.source_type, Evidence.source_id, Evidence.competency)
        .where(Evidence.id.not_in(superseded))
        .group_by(Evidence.person_id, Evidence.source_type, Evidence.source_id, Evidence.competency)
        .having(func.count() > 1)
    )
    assert not twice.all()
    some = random.Random(str(company.today)).sample(sorted(company.people), 4)
    levels_follow_from_the_ledger(company, some)


def levels_follow_from_the_ledger(company: Company, people: list[int]) -> None:
    """The stored levels equal those rebuilt from the ledger on the day they are of."""
    for person_id in people:
        if not company.active(person_id):
            continue
        stored = _levels(person_id)
        days = {row[3] for row in stored}
        for day in days:
            competency.rebuild(person_id, day)
            fresh = [row for row in _levels(person_id) if row[3] == day]
            assert sorted(row for row in stored if row[3] == day) == sorted(fresh), person_id
        db.session.rollback()


def _levels(person_id: int) -> list[tuple]:
    columns = [one for one in ProfileLevel.__table__.columns if one.name != "id"]
    rows = session().execute(
        select(*columns)
        .where(ProfileLevel.person_id == person_id)
        .order_by(ProfileLevel.competency)
    )
    return [tuple(row) for row in rows]


# ---------------------------------------------------------------- who may, who must


def managers_reach_their_own(company: Company) -> None:
    """Each leader reaches exactly those the company has in the teams below that day."""
    today = company.today
    for team, leader in company.leaders.items():
        below = {
            one.id
            for one in company.people.values()
            if one.team is not None and team in {one.team, "总部"} and one.id != leader
        }
        assert accounts.subtree_people(leader, today) == below, team


def nothing_waits_for_who_left(company: Company) -> None:
    """From the night after: nothing of theirs, and nothing about them, is waited for."""
    gone = {
        one.id for one in company.people.values() if one.left_on and one.left_on < company.today
    }
    on = select(Enrolment.id).where(
        Enrolment.person_id.in_(gone), Enrolment.state.not_in(sorted(ENDED))
    )
    assert not session().scalars(on).all()
    asked = select(Performance.id).where(
        Performance.person_id.in_(gone),
        Performance.state.in_([*RATING, PerformanceState.SETTLED.value]),
    )
    assert not session().scalars(asked).all()
    appeals = select(Appeal.id).join(Performance, Performance.id == Appeal.performance_id)
    marking = appeals.where(Performance.person_id.in_(gone), Appeal.state == AppealState.MARKING)
    assert not session().scalars(marking).all()
    waiting = fieldwork.waiting_for(fieldwork.under_way(), now=company.now)
    assert not [one for one in waiting if gone & {one.person_id, *one.person_ids}]
    works = deliverables.waiting(accounts.everybody_select(), [Stage.DRAFT_IN, Stage.FINAL_IN])
    assert not [one for one in works if one.person_id in gone]
    mentors = accounts.mentors_of(sorted(company.people), company.today)
    assert not gone & {*mentors, *mentors.values()}


def open_seats_are_somebodys_task(company: Company) -> None:
    """An open seat is an active person's from the night after somebody left; a free one is a task
    on the board."""
    seats = session().execute(
        select(Seat.assessor_id, Seat.id)
        .join(Performance, Performance.id == Seat.performance_id)
        .where(
            Seat.state == SeatState.INVITED.value, Performance.state != PerformanceState.VOID.value
        )
    )
    for assessor, seat in seats.all():
        one = company.people[assessor]
        assert one.left_on is None or one.left_on >= company.today, f"seat {seat}: {one}"
    found = {
        one.enrolment.id: one
        for one in board.gather("bootcamp", accounts.everybody_select(), now=company.now).people
    }
    wanting = session().execute(
        select(Performance.enrolment_id, Performance.activity_id).where(
            Performance.state == PerformanceState.PLANNED.value,
            Performance.happens_on <= company.today,
        )
    )
    for enrolment, activity in wanting.all():
        one = found.get(enrolment)
        if one is None or one.enrolment.state not in RUNNING:
            continue
        assert any(
            block.activity == activity and block.reason is Reason.UNPLANNED for block in one.blocks
        ), f"{activity} of {enrolment} has no assessor, and the board does not say so"


def days_to_independence_agree(company: Company) -> None:
    """The dashboard counts the days to independence as the company does, leave taken off."""
    found = board.gather("bootcamp", accounts.everybody_select(), now=company.now)
    for one in found.people:
        on = company.independent.get(one.enrolment.id)
        if on is None:
            assert board._used(one) is None, one.person
            continue
        hired = session().get(User, one.person.id).hire_on
        away = sum(
            ((back or company.today) - since).days
            for since, back in company.leaves[one.enrolment.id]
            if since < on
        )
        assert board._used(one) == (on - hired).days + 1 - away, one.person


def pages_open(company: Company, page) -> None:
    """Home of three people, and the dashboards of a manager and HR."""
    chance = random.Random(str(company.today))
    some = chance.sample([one.name for one in company.people.values() if one.left_on is None], 3)
    for name in some:
        page("/", as_=name, status=200)
    boss = company.people[chance.choice(sorted(company.leaders.values()))].name
    for slug in ("bootcamp", "case-workshop"):
        page(f"/tracks/{slug}/board", as_=boss, status=200)
    page("/tracks/bootcamp/board", as_=company.people[company.hr[0]].name, status=200)
