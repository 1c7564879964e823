"""A company that lives through its days: what the worker does by itself, and what people do.

Everything goes through the services the pages call. All chance comes from one seed; each person
has a skill, 0-1, so that some fail. What the company decided is kept beside the database (`team`,
`away`, `extended`, `started`, `anchors`, `renewed`), so that the invariants compare two accounts
of the same year.
"""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import event, select

from app.accounts import queries as accounts
from app.accounts import services as staff
from app.accounts.services import PersonData
from app.assessments import services as assessments
from app.assessments.frozen import thaw
from app.assessments.models import Assignment
from app.assessments.queries.rows import attempt_any
from app.banks import queries as banks
from app.deliverables import queries as works
from app.deliverables import services as deliverables
from app.deliverables.models import Document
from app.domain.deliverables import Stage
from app.domain.enrolment import RUNNING, State, extension_days
from app.domain.fieldwork import Verdict, highest
from app.domain.framework import EvidenceKind
from app.domain.items import Choice, TrueFalse
from app.domain.papers import letter_of
from app.domain.progress import GateProgress, Progress, StepProgress
from app.domain.rated import SeatRole
from app.domain.tracks import ActivityKind, NeedsSignature, Party, Track
from app.fieldwork import queries as field_queries
from app.fieldwork import services as fieldwork
from app.fieldwork.services import Filled
from app.jobs import worker
from app.kernel.db import db, session, transaction
from app.kernel.errors import DomainError
from app.mailing import queries as mails
from app.mailing import services as mailing
from app.ratings import services as ratings
from app.ratings.models import Performance, PerformanceState, Seat, SeatState
from app.tracks import services as track_services
from app.tracks.models import Credential, Enrolment, TrackExam
from app.tracks.queries.facts import known_of, progress_of, track_of, versions_by_id
from app.tracks.services import cohorts
from app.tracks.services.lifecycle import parties_of

HOURS_AHEAD = 8  # the company counts days in Shanghai
FIRST_DAY = date(2026, 3, 2)
WORDS = "那一天我先听客户把难处说完，再用他自己的数算出一个月的代价，然后才谈下一步由谁来做。"


@dataclass(slots=True)
class Someone:
    """A person as the company knows her. `team` is the name of her unit, None after leaving."""

    id: int
    name: str
    skill: float
    team: str | None
    left_on: date | None = None


@dataclass(slots=True)
class Learner:
    """An enrolment on the way at the moment of looking."""

    id: int
    person_id: int
    slug: str
    state: State
    anchor_on: date
    track: Track
    progress: Progress
    renewals: int


@dataclass(slots=True)
class Plan:
    """How big the company is and how restless; rates are chances a day."""

    people: int
    teams: int
    days: int
    seed: int = 20260302
    joining: float = 0.5  # share of the people who come through the year
    leaving: float = 0.004
    moving: float = 0.002
    ill: float = 0.004
    refresher: str = ""  # slug of a track for those long here, whose certificate ends soon


@dataclass
class Company:
    """Lives day by day: `live(day)`."""

    app: object
    clock: object
    plan: Plan
    people: dict[int, Someone] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    leaders: dict[str, int] = field(default_factory=dict)
    away: dict[int, date] = field(default_factory=dict)  # person -> back on
    leaves: dict[int, list[tuple[date, date | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    extended: dict[tuple[int, str, int], int] = field(default_factory=dict)
    started: dict[int, date] = field(default_factory=dict)  # cohort -> start
    anchors: dict[int, date] = field(default_factory=dict)  # enrolment -> day 1 that was named
    renewed: dict[int, date] = field(default_factory=dict)  # enrolment -> the latest renewal began
    mailed: Counter = field(default_factory=Counter)  # (day, address, what it says) -> times
    independent: dict[int, date] = field(default_factory=dict)  # enrolment -> day
    refusals: Counter = field(default_factory=Counter)
    deeds: Counter = field(default_factory=Counter)
    nights: list[tuple[date, int, int]] = field(default_factory=list)
    later: dict[date, list[Callable[[], None]]] = field(default_factory=lambda: defaultdict(list))
    recalled_on: date | None = None
    exhausted: set[int] = field(default_factory=set)  # assignments without an attempt left

    def __post_init__(self) -> None:
        self.random = random.Random(self.plan.seed)
        self.number = self.depth = 0
        self.refreshed: set[int] = set()

    # ------------------------------------------------------------ time

    @property
    def now(self) -> datetime:
        return self.clock.now

    @property
    def today(self) -> date:
        return (self.now + timedelta(hours=HOURS_AHEAD)).date()

    def at(self, day: date, hour: int, minute: int = 0) -> None:
        """Set the clock to a local time of a day."""
        local = datetime.combine(day, time(hour, minute), tzinfo=UTC)
        self.clock.set(local - timedelta(hours=HOURS_AHEAD))

    def tick(self) -> datetime:
        """A minute later."""
        return self.clock.advance(seconds=20)

    def key(self) -> str:
        self.number += 1
        return f"sim-key-{self.number:07d}"

    def happens(self, chance: float) -> bool:
        return self.random.random() < chance

    def pick(self, among):
        return self.random.choice(sorted(among))

    # ------------------------------------------------------------ the beginning

    def found(self) -> None:
        """Teams, managers, trainers, HR and those who have been here long."""
        plan = self.plan
        self.at(FIRST_DAY, 0, 10)
        top = self._unit("总部", None)
        for number in range(plan.teams):
            self._unit(f"{number + 1}组", top)
        self.director = self.hire("总经理", "总部", "manager", job="manager", skill=0.95)
        self._lead("总部", self.director)
        self.trainers = [
            self.hire(f"讲师{n}", "总部", "trainer", job="staff", skill=0.9) for n in range(3)
        ]
        self.hr = [self.hire(f"人事{n}", "总部", "hr", job="staff", skill=0.9) for n in range(2)]
        for team in list(self.units)[1:]:
            boss = self.hire(f"{team}经理", team, "manager", job="manager", skill=0.85)
            self._lead(team, boss)
        rest = max(plan.people - len(self.people), 4)
        joining = round(rest * plan.joining)
        for number in range(rest - joining):
            self.hire(f"老员工{number}", self._team(), "mentor", skill=self._skill() * 0.5 + 0.5)
        self.veterans = [one.id for one in self.people.values() if one.name.startswith("老员工")]
        days = max(plan.days - 20, 1)
        self.joins = Counter(
            FIRST_DAY + timedelta(days=1 + number * days // max(joining, 1))
            for number in range(joining)
        )
        db.session.commit()

    def _skill(self) -> float:
        return self.random.betavariate(5, 2)

    def _team(self) -> str:
        return self.pick(name for name in self.units if name != "总部")

    def _unit(self, name: str, parent_id: int | None) -> int:
        self.units[name] = staff.create_unit(
            name=f"模拟{name}", parent_id=parent_id, since=date(2024, 1, 1), actor_id=None,
            now=self.now,
        )  # fmt: skip
        return self.units[name]

    def _lead(self, team: str, person_id: int) -> None:
        self.leaders[team] = person_id
        staff.appoint_leader(
            unit_id=self.units[team], user_id=person_id, on=self.today, actor_id=None, now=self.now
        )

    def hire(
        self, name: str, team: str, *roles: str, job: str = "seller", skill: float, on=None
    ) -> int:
        """Somebody works here from `on` (None: since long ago)."""
        self.number += 1
        made = staff.create_person(
            PersonData(
                name=name,
                email=f"sim{self.number}@chengyu.example",
                staff_no=f"SIM{self.number}",
                job_role=job,
                hire_on=on or date(2024, 1, 1),
            ),
            password_hash="!",
            actor_id=None,
            now=self.now,
            roles=roles,
            must_change_password=False,
        )
        staff.move_person(
            user_id=made, unit_id=self.units[team], on=on or date(2024, 1, 1), actor_id=None,
            now=self.now,
        )  # fmt: skip
        self.people[made] = Someone(made, name, skill, team)
        return made

    # ------------------------------------------------------------ a day

    def live(self, day: date) -> None:
        """The night, the morning, what people do, the evening."""
        self.at(day, 3, 10)
        with self.counted() as counted:
            self._steps("nightly")
        self.nights.append((day, counted.n, len(self._running())))
        self.at(day, 8)
        self._steps("hourly")
        self.at(day, 9, 30)
        self._change(day)
        if day.weekday() < 6:
            for deed in self.later.pop(day, []):
                self.do(deed)
            self._learn()
        else:
            self.later[day + timedelta(days=1)] = self.later.pop(day, []) + self.later.pop(
                day + timedelta(days=1), []
            )
        self.at(day, 20)
        self._by_itself()
        db.session.expire_all()
        self._note_independent()

    def _by_itself(self) -> None:
        """What the worker does at the end of the day: sweeps; every second day the mails."""
        self._steps("sweepers")
        if self.today.toordinal() % 2:
            return
        with transaction():
            mailing.plan(now=self.now)
        while waiting := mails.due(now=self.now):  # so many at a time
            for mail_id in waiting:
                self._send(mail_id)

    def _send(self, mail_id: int) -> None:
        with transaction():
            letter = mailing.claim(mail_id, now=self.now)
            if letter is None:
                return
            mailing.sent(letter, words="250 ok", now=self.now)
        self.deeds["mail"] += 1
        self.mailed.update(
            (self.today, letter.address, line.kind, line.url, json.dumps(line.params))
            for line in letter.lines
        )

    def _steps(self, group: str) -> None:
        word = {"sweepers": "sweep"}.get(group, group)
        for room, step in self.app.extensions[group].items():
            assert worker._step(f"{word}:{room}", step, self.now), f"{word}:{room} on {self.today}"
            self.tick()

    def counted(self) -> "Counted":
        return Counted()

    def do(self, deed: Callable[[], None]) -> bool:
        """One deed in its own transaction; a refusal is counted by its name."""
        self.tick()
        self.depth += 1
        try:
            with db.session.begin_nested():
                deed()
        except DomainError as refused:
            self.refusals[refused.code] += 1
            return False
        finally:
            self.depth -= 1
        if not self.depth:
            db.session.commit()
        return True

    # ------------------------------------------------------------ people come and go

    def active(self, person_id: int) -> bool:
        one = self.people.get(person_id)
        return one is not None and one.left_on is None

    def here(self, person_id: int) -> bool:
        """Works here and is not on leave."""
        return self.active(person_id) and person_id not in self.away

    def _change(self, day: date) -> None:
        for _ in range(self.joins.pop(day, 0)):
            self._join(day)
        for one in list(self.people.values()):
            if one.left_on is not None or one.id in self.leaders.values():
                continue
            if one.id in self.away:
                if self.away[one.id] <= day:
                    self._back(one.id, day)
            elif self.happens(self.plan.ill):
                self._leave_of_absence(one.id, day)
            elif self.happens(self.plan.moving) and one.team != "总部":
                self._move(one, day)
            elif self.happens(self.plan.leaving) and one.team != "总部":
                self._quit(one, day)
        start = (day - FIRST_DAY).days
        if start % 91 == 14:
            self._workshop(day)
        if start == 21:
            self._leadership(day)
        if self.plan.refresher and start % 21 == 7:
            self._refresh(day)
        if start == self.plan.days * 5 // 6:
            self._recall(day)
        db.session.commit()

    def _join(self, day: date) -> None:
        person_id = self.hire(f"新人{self.number}", self._team(), skill=self._skill(), on=day)
        db.session.commit()
        self.deeds["join"] += 1
        self._pair(person_id, day)

    def _pair(self, person_id: int, day: date) -> None:
        team = self.people[person_id].team
        if team is None:
            return
        mentors = [one for one in self.veterans if self.here(one) and one != person_id]
        self.random.shuffle(mentors)
        mentors.sort(key=lambda one: self.people[one].team != team)
        for mentor in mentors:
            done = self.do(
                lambda mentor=mentor: fieldwork.pair(
                    mentor_id=mentor, trainee_id=person_id, on=day, because="有经验，愿意带",
                    may_name=True, actor_id=self.leaders[team], now=self.now,
                )
            )  # fmt: skip
            if done:
                self.deeds["pair"] += 1
                return

    def _move(self, one: Someone, day: date) -> None:
        one.team = self.pick(set(self.units) - {"总部", one.team})
        staff.move_person(
            user_id=one.id, unit_id=self.units[one.team], on=day, actor_id=self.hr[0], now=self.now
        )
        self.deeds["move"] += 1

    def _quit(self, one: Someone, day: date) -> None:
        one.left_on, one.team = day, None
        staff.announce_leave(user_id=one.id, on=day, actor_id=self.hr[0], now=self.now)
        staff.disable_person(user_id=one.id, actor_id=self.hr[0], reason="left", now=self.now)
        self.deeds["quit"] += 1
        for mentored, mentor in self._mentored().items():
            if mentor == one.id and self.active(mentored):
                self.later[day + timedelta(days=3)].append(
                    lambda mentored=mentored: self._pair(mentored, self.today)
                )

    def _mentored(self) -> dict[int, int]:
        return accounts.mentors_of(list(self.people), self.today - timedelta(days=1))

    def _leave_of_absence(self, person_id: int, day: date) -> None:
        self.away[person_id] = day + timedelta(days=self.random.randint(3, 12))
        self.deeds["leave"] += 1
        for row in self._running(person_id):
            row_id = row.id
            if self.do(
                lambda row_id=row_id: track_services.pause(
                    enrolment_id=row_id, from_on=day, reason="病假", actor_id=self.hr[0],
                    now=self.now,
                )
            ):  # fmt: skip
                self.leaves[row_id].append((day, None))

    def _back(self, person_id: int, day: date) -> None:
        del self.away[person_id]
        paused = session().scalars(
            select(Enrolment.id).where(
                Enrolment.person_id == person_id, Enrolment.state == State.PAUSED.value
            )
        )
        for row_id in list(paused):
            if self.do(
                lambda row_id=row_id: track_services.resume(
                    enrolment_id=row_id, back_on=day, actor_id=self.hr[0], now=self.now
                )
            ):
                self.leaves[row_id][-1] = (self.leaves[row_id][-1][0], day)

    # ------------------------------------------------------------ rounds

    def _cohort(self, slug: str, day: date, people: list[int], after: int) -> None:
        starts_on = day + timedelta(days=after)

        def make() -> None:
            made = cohorts.make_cohort(
                slug, cohorts.CohortData(f"{starts_on} 期", "会议室", None), starts_on=starts_on,
                actor_id=self.trainers[0], now=self.now,
            )  # fmt: skip
            cohorts.put_in(made, people, actor_id=self.trainers[0], now=self.now)
            self.started[made] = starts_on
            if self.happens(0.5):
                self.later[day + timedelta(days=4)].append(lambda: self._shift(made))

        self.do(make)
        for activity in ("cw-day", "lw-day-1", "lw-day-2"):
            self.deeds["cohort"] += activity == "cw-day"

    def _shift(self, cohort_id: int) -> None:
        new_on = self.started[cohort_id] + timedelta(days=2)
        cohorts.move_start(
            cohort_id, new_on, reason="会议室冲突", actor_id=self.trainers[0], now=self.now
        )
        self.started[cohort_id] = new_on
        self.deeds["start moved"] += 1

    def _workshop(self, day: date) -> None:
        able = [one for one in self.veterans if self.here(one)]
        self.random.shuffle(able)
        for start in range(0, min(len(able), self.plan.people // 5), 14):
            self._cohort("case-workshop", day + timedelta(days=start // 14), able[start:][:14], 15)

    def _leadership(self, day: date) -> None:
        self._cohort("leadership", day, sorted(self.leaders.values()), 5)

    def _refresh(self, day: date) -> None:
        """Some more of those who have been here long, from next Monday on."""
        start = day + timedelta(days=7 - day.weekday())
        able = [one for one in self.veterans if self.here(one) and one not in self.refreshed]
        some = able[: max(len(self.veterans) // 8, 1)]
        self.refreshed.update(some)

        def put() -> None:
            made = track_services.enrol(
                person_ids=some, slug=self.plan.refresher, anchor_on=start,
                actor_id=self.trainers[0], now=self.now,
            )  # fmt: skip
            self.anchors.update(dict.fromkeys(made, start))

        self.do(put)
        self.deeds["refresher"] += len(some)

    def _recall(self, day: date) -> None:
        title = {"zh-CN": "独立上岗", "en": "Works independently"}
        if self.do(
            lambda: track_services.recall(
                slug="bootcamp", title=title, reason="产品出了新版本", actor_id=self.trainers[0],
                now=self.now,
            )
        ):  # fmt: skip
            self.recalled_on = day
            self.deeds["recall"] += 1

    # ------------------------------------------------------------ learning

    def _running(self, person_id: int | None = None) -> list[Enrolment]:
        query = select(Enrolment).where(
            Enrolment.state.in_([one.value for one in RUNNING]),
            Enrolment.person_id.in_(list(self.people)),
        )
        if person_id is not None:
            query = query.where(Enrolment.person_id == person_id)
        return list(session().scalars(query.order_by(Enrolment.id)))

    def learners(self) -> list[Learner]:
        """Everybody on the way, looked at together."""
        rows = self._running()
        versions = versions_by_id([row.track_version_id for row in rows])
        known = known_of(rows, today=self.today)
        found = []
        for row in rows:
            track = track_of(versions[row.track_version_id])
            standing = progress_of(row, track, known[row.id], today=self.today)
            found.append(
                Learner(
                    row.id, row.person_id, row.track_slug, State(row.state), row.anchor_on, track,
                    standing, row.renewals,
                )
            )  # fmt: skip
        return found

    def _learn(self) -> None:
        for one in self.learners():
            if not self.here(one.person_id):
                continue
            for step in one.progress.steps:
                if not step.is_finished and self._is_time(step):
                    self._work_on(one, step)
            gate = one.progress.next_gate
            if gate is not None and gate.missing:
                self._at_gate(one, gate)
        self._renew()
        self._accept_works()

    def _is_time(self, step: StepProgress) -> bool:
        if step.due_on is None:
            return self.happens(0.3)
        ahead = {
            ActivityKind.OBSERVATION: 18, ActivityKind.ROLEPLAY: 6, ActivityKind.SURVEY: 3,
            ActivityKind.DELIVERABLE: 20, ActivityKind.CHECKLIST: 2,
        }.get(step.activity.kind, 0)  # fmt: skip
        left = (step.due_on - self.today).days
        if left > ahead:
            return False
        return self.happens({ActivityKind.OBSERVATION: 0.45}.get(step.activity.kind, 0.85))

    def _work_on(self, one: Learner, step: StepProgress) -> None:
        ways = {
            ActivityKind.LESSON: self._read,
            ActivityKind.EXAM: self._sit,
            ActivityKind.CHECKLIST: self._tick_off,
            ActivityKind.OBSERVATION: self._observe,
            ActivityKind.ROLEPLAY: self._play,
            ActivityKind.SURVEY: self._survey,
            ActivityKind.SEMINAR: self._attend,
            ActivityKind.DELIVERABLE: self._write,
        }
        ways[step.activity.kind](one, step)
        self.deeds[step.activity.kind.value] += 1

    def _read(self, one: Learner, step: StepProgress) -> None:
        self.do(
            lambda: track_services.confirm_lesson(
                enrolment_id=one.id, activity_id=step.activity.id, person_id=one.person_id,
                now=self.now,
            )
        )  # fmt: skip

    def _sit(self, one: Learner, step: StepProgress) -> None:
        row = session().get(Enrolment, one.id)
        number = max(one.renewals, 1) if one.state is State.RECERTIFYING else 1
        assignment = session().scalar(
            select(Assignment.id)
            .join(TrackExam, TrackExam.assessment_id == Assignment.assessment_id)
            .where(
                Assignment.person_id == one.person_id,
                TrackExam.track_version_id == row.track_version_id,
                TrackExam.activity_id == step.activity.id,
                TrackExam.round == number,
            )
        )
        if assignment is None:
            self.refusals["no assignment"] += 1
        elif assignment not in self.exhausted:
            before = self.refusals["no_attempts_left"]
            self.do(lambda: self._exam(assignment, one.person_id))
            if self.refusals["no_attempts_left"] > before:
                self.exhausted.add(assignment)

    def _exam(self, assignment: int, person_id: int) -> None:
        seed = f"{assignment}/{self.number}"
        attempt = assessments.start(
            assignment_id=assignment, person_id=person_id, seed=seed, now=self.now
        )
        frozen = thaw(attempt_any(attempt).body)
        items = banks.item_versions({slot.entry.item_version_id for slot in frozen.slots})
        able = 0.6 + 0.4 * self.people[person_id].skill
        saves = [
            {"item": slot.position, "revision": 1, "response": response}
            for slot in frozen.slots
            for response in [
                _response(items[slot.entry.item_version_id].body, slot, right=self.happens(able))
            ]
            if response is not None
        ]
        self.tick()
        assessments.hand_in(
            attempt_id=attempt, person_id=person_id, key=self.key(), client="sim", saves=saves,
            now=self.now,
        )  # fmt: skip
        self.deeds["exam sat"] += 1

    def _tick_off(self, one: Learner, step: StepProgress) -> None:
        rows = [row.id for row in one.track.forms[step.activity.form].rows]
        for who in (one.person_id, self.pick(self.trainers)):
            if self.here(who):
                self.do(
                    lambda who=who: fieldwork.sign(
                        enrolment_id=one.id, activity_id=step.activity.id, row_ids=rows,
                        key=self.key(), actor_id=who, now=self.now,
                    )
                )  # fmt: skip

    def _file(self, one: Learner, step: StepProgress, who: int, content, **more) -> None:
        filled = Filled(happened_on=self.today, content=content, key=self.key(), **more)
        self.do(
            lambda: fieldwork.file(
                enrolment_id=one.id, activity_id=step.activity.id, filled=filled, actor_id=who,
                now=self.now,
            )
        )  # fmt: skip

    def _observer(self, one: Learner, step: StepProgress) -> int | None:
        if step.activity.by == (Party.MANAGER,):
            return next(iter(accounts.leaders_of(one.person_id, self.today)), None)
        return accounts.mentors_of([one.person_id], self.today).get(one.person_id)

    def _observe(self, one: Learner, step: StepProgress) -> None:
        mentor = self._observer(one, step)
        if mentor is None or not self.here(mentor):
            return
        skill = self.people[one.person_id].skill
        marks = {
            row.id: max(0, min(highest(row), round(highest(row) * (skill + 0.25))))
            for row in one.track.forms[step.activity.form].rows
        }
        content = {"marks": marks, "notes": {}}
        if self.happens(0.25 * (1 - skill) + 0.05):
            self._file(
                one, step, mentor, content, verdict=Verdict.NOT_YET, because="没有问出代价",
                again_on=self.today + timedelta(days=3),
            )  # fmt: skip
            self.deeds["not yet"] += 1
        else:
            self._file(one, step, mentor, content)
            if self.happens(0.08):
                enrolment, activity = one.id, step.activity.id
                self.later[self.today + timedelta(days=2)].append(
                    lambda: self._correct(enrolment, activity, mentor)
                )

    def _correct(self, enrolment_id: int, activity_id: str, mentor: int) -> None:
        """The latest sheet was wrong: other marks, or it is taken out."""
        work = field_queries.work(enrolment_id, activity_id, day=self.today)
        mine = [one for one in field_queries.records_of(work) if one.observer_id == mentor]
        if not mine or not self.here(mentor):
            return
        filled = None
        if self.happens(0.7):
            said = fieldwork.said(mine[-1])
            marks = {row: max(0, mark - 1) for row, mark in said.content["marks"].items()}
            filled = replace(said, content={**said.content, "marks": marks}, key=self.key())
        fieldwork.correct(
            record_id=mine[-1].id, filled=filled, reason="填错了一行", actor_id=mentor,
            now=self.now,
        )  # fmt: skip
        self.deeds["corrected"] += 1

    def _survey(self, one: Learner, step: StepProgress) -> None:
        texts = {row.id: WORDS for row in one.track.forms[step.activity.form].rows}
        self._file(one, step, one.person_id, {"texts": texts})

    def _attend(self, one: Learner, step: StepProgress) -> None:
        trainer = self.trainers[0]
        code = f"{self.random.randrange(10**6):06d}"

        def check() -> None:
            actor_reach = accounts.everybody_select()
            room = field_queries.seminar(
                one.slug, step.activity.id, one.anchor_on, reach=actor_reach
            )
            fieldwork.open_check_in(
                seminar=room, code=code, minutes=5, late_minutes=None, actor_id=trainer,
                now=self.now,
            )  # fmt: skip
            fieldwork.check_in(code=code, person_id=one.person_id, key=self.key(), now=self.tick())

        if step.due_on == self.today:
            self.do(check)
        elif step.due_on is not None and step.due_on < self.today:
            self.do(
                lambda: fieldwork.attend(
                    enrolment_id=one.id, activity_id=step.activity.id,
                    presence=field_queries.rules.Presence.LATE, notes="补签", key=self.key(),
                    actor_id=trainer, now=self.now,
                )
            )  # fmt: skip

    # ------------------------------------------------------------ rated work

    def _play(self, one: Learner, step: StepProgress) -> None:
        running = session().scalar(
            select(Performance.id).where(
                Performance.enrolment_id == one.id,
                Performance.activity_id == step.activity.id,
                Performance.state.in_(["planned", "open", "marking", "settled"]),
            )
        )
        if running is not None:
            return
        _activity, form, rules = ratings.roleplay_of(one.track, step.activity.id)
        made: list[int] = []
        self.do(
            lambda: made.append(
                ratings.open_performance(
                    person_id=one.person_id, enrolment_id=one.id, activity_id=step.activity.id,
                    kind=EvidenceKind.ROLEPLAY, form=form, rated_rules=rules, occasion="",
                    is_blind=False, actor_id=self.trainers[0], now=self.now,
                )
            )
        )  # fmt: skip
        for _ in range(2):
            if made:
                self._seat(made[0], SeatRole.MARKER)

    def _seat(self, performance: int, role: SeatRole, party: Party | None = None) -> bool:
        pool = [*self.trainers, *self.leaders.values(), *self.veterans, *self.hr]
        pool = [one for one in dict.fromkeys(pool) if self.here(one)]
        self.random.shuffle(pool)
        if party is Party.HR:
            pool = list(self.hr)
        if party is Party.MANAGER:
            row = session().get(Performance, performance)
            pool = accounts.leaders_of(row.person_id, self.today)
        for who in pool:
            seats: list[int] = []
            if self.do(
                lambda who=who, seats=seats: seats.append(
                    ratings.seat(
                        performance_id=performance, assessor_id=who, role=role, party=party,
                        actor_id=self.trainers[0], now=self.now,
                    )
                )
            ):  # fmt: skip
                day = self.today + timedelta(days=self.random.randint(0, 2))
                self.later[max(day, self.today + timedelta(days=1))].append(
                    lambda seat=seats[0]: self._mark(seat)
                )
                return True
        return False

    def _mark(self, seat_id: int) -> None:
        seat = session().get(Seat, seat_id)
        if not self.active(seat.assessor_id):
            performance, role = seat.performance_id, SeatRole(seat.role)
            if role is not SeatRole.PEER:
                self.later[self.today + timedelta(days=2)].append(
                    lambda: self._seat(performance, role)
                )
            return
        if seat.state != SeatState.INVITED:
            return
        if seat.assessor_id in self.away:
            self.later[self.away[seat.assessor_id] + timedelta(days=1)].append(
                lambda: self._mark(seat_id)
            )
            return
        if self.happens(0.05) and seat.role == SeatRole.MARKER:
            ratings.decline(
                seat_id=seat_id, because="出差", actor_id=seat.assessor_id, now=self.now
            )
            wanted = seat.performance_id
            self.later[self.today + timedelta(days=1)].append(
                lambda: self._seat(wanted, SeatRole.MARKER)
            )
            self.deeds["declined"] += 1
            return
        row = session().get(Performance, seat.performance_id)
        skill = self.people[row.person_id].skill
        slack = self.random.choice([0.0, 0.0, 0.05, -0.35]) if seat.role == "marker" else 0.0
        rows = {
            one["id"]: max(0, min(one["points"], round(one["points"] * (skill + 0.1 + slack))))
            for one in row.form["rows"]
        }
        state = ratings.submit(
            seat_id=seat_id, new=ratings.NewMark(rows), key=self.key(), seen=0,
            actor_id=seat.assessor_id, now=self.now,
        )  # fmt: skip
        self.deeds[f"mark by {seat.role}"] += 1
        performance, person_id, kind = row.id, row.person_id, row.kind
        waits = session().scalar(
            select(Seat.id).where(Seat.performance_id == performance, Seat.state == "invited")
        )
        if state is PerformanceState.MARKING and waits is None and kind != EvidenceKind.PEER:
            role = SeatRole.ARBITER if kind == EvidenceKind.WORK else SeatRole.LEAD
            self.later[self.today + timedelta(days=1)].append(
                lambda: self._seat(performance, role) and self.deeds.update([f"{role} asked"])
            )
        if (
            state is PerformanceState.RELEASED
            and kind == EvidenceKind.ROLEPLAY
            and self.here(person_id)
            and self.happens(0.12)
        ):
            self.later[self.today + timedelta(days=2)].append(
                lambda: self._appeal(performance, person_id)
            )

    def _appeal(self, performance: int, person_id: int) -> None:
        ratings.appeal(
            performance_id=performance, reason="第二段录音没有听", actor_id=person_id, now=self.now
        )
        self.deeds["appeal"] += 1
        self.later[self.today + timedelta(days=1)].append(lambda: self._assign_appeal(performance))

    def _assign_appeal(self, performance: int) -> None:
        for who in self.random.sample([*self.trainers, *self.hr, *self.leaders.values()], 5):
            made: list[int] = []
            if self.do(
                lambda who=who, made=made: made.append(
                    ratings.assign_appeal(
                        performance_id=performance, assessor_id=who, actor_id=self.trainers[0],
                        now=self.now,
                    )
                )
            ):  # fmt: skip
                self.later[self.today + timedelta(days=1)].append(
                    lambda who=who, seat=made[0]: self._decide(performance, seat, who)
                )
                return

    def _decide(self, performance: int, seat_id: int, who: int) -> None:
        row = session().get(Performance, performance)
        rows = {one["id"]: max(1, round(one["points"] * 0.7)) for one in row.form["rows"]}
        ratings.submit(
            seat_id=seat_id, new=ratings.NewMark(rows), key=self.key(), seen=0, actor_id=who,
            now=self.now,
        )  # fmt: skip
        ratings.decide(
            performance_id=performance, is_changed=self.happens(0.5), reason="重听了录音",
            actor_id=who, now=self.now,
        )  # fmt: skip
        self.deeds["appeal decided"] += 1

    # ------------------------------------------------------------ works

    def _write(self, one: Learner, step: StepProgress) -> None:
        stage = session().scalar(
            select(Document.stage).where(
                Document.enrolment_id == one.id, Document.activity_id == step.activity.id
            )
        )
        if stage in {Stage.FINAL_IN, Stage.ACCEPTED}:
            return
        if stage == Stage.DRAFT_IN and (step.due_on - self.today).days > 8:
            return
        place = works.place(one.id, step.activity.id, today=self.today)
        texts = {row.id: WORDS * (1 + (row.least or 1) // len(WORDS)) for row in place.form.rows}

        def write() -> None:
            saves = [
                deliverables.Save(row, self.number + 1, text[:1900]) for row, text in texts.items()
            ]
            deliverables.save(place, saves, client=self.key(), actor_id=one.person_id, now=self.now)
            fresh = works.place(one.id, step.activity.id, today=self.today)
            deliverables.hand_in(
                fresh, is_confirmed=True, key=self.key(), actor_id=one.person_id, now=self.now
            )

        if not self.do(write):
            return
        self.deeds["work handed in"] += 1
        document = works.place(one.id, step.activity.id, today=self.today).document
        performance = document.review_id or document.panel_id
        if document.stage != Stage.FINAL_IN or performance is None:
            return
        if document.panel_id is not None:
            for party in (Party.MANAGER, Party.HR, None):
                self._seat(performance, SeatRole.PANEL, party)
            return
        seats = session().scalars(
            select(Seat.id).where(Seat.performance_id == performance, Seat.state == "invited")
        )
        for seat in list(seats):
            day = self.today + timedelta(days=self.random.randint(1, 3))
            self.later[day].append(lambda seat=seat: self._mark(seat))

    def _accept_works(self) -> None:
        waiting = session().execute(
            select(Document.id, Document.enrolment_id, Document.activity_id)
            .join(Performance, Performance.id == Document.review_id)
            .where(
                Document.stage == Stage.FINAL_IN.value,
                Performance.state == PerformanceState.RELEASED.value,
            )
        )
        for document, enrolment, activity in waiting.all():
            place = works.place(enrolment, activity, today=self.today)
            trainer = self.pick(self.trainers)
            if self.do(
                lambda document=document, place=place, trainer=trainer: deliverables.accept(
                    document, place, actor_id=trainer, now=self.now
                )
            ):
                self.deeds["work accepted"] += 1

    # ------------------------------------------------------------ gates and credentials

    def _at_gate(self, one: Learner, gate: GateProgress) -> None:
        if gate.waits_for_people:
            row = session().get(Enrolment, one.id)
            parties = parties_of(row, self.today)
            for need in gate.missing:
                if isinstance(need, NeedsSignature) and parties[need.party]:
                    self._sign(one, gate, need.party, parties[need.party][0])
            return
        if one.state is not State.NOT_YET:
            return
        late = (self.today - gate.due_on).days
        boss = accounts.leaders_of(one.person_id, self.today)
        number = one.renewals if one.state is State.RECERTIFYING else 1
        place = (one.id, gate.gate.id, number)
        if not boss:
            return
        if gate.gate.extend is not None and place not in self.extended and self.happens(0.5):
            if self.do(
                lambda: track_services.extend(
                    enrolment_id=one.id, gate_id=gate.gate.id, plan="每周两次陪练",
                    reason="差一点，再给时间", actor_id=boss[0], now=self.now,
                )
            ):  # fmt: skip
                self.extended[place] = extension_days(
                    gate.gate.extend, due_on=gate.due_on, today=self.today
                )
                self.deeds["extension"] += 1
        elif late > 20 and self.happens(0.1):
            for need in gate.missing:
                activity = getattr(need, "activity", None)
                if activity is not None and self.do(
                    lambda activity=activity: track_services.waive(
                        enrolment_id=one.id, activity_id=activity, is_waived=True,
                        reason="有同等的实际业绩", actor_id=boss[0], now=self.now,
                    )
                ):  # fmt: skip
                    self.deeds["waiver"] += 1
                    break
        elif (
            late > 60
            and self.happens(0.2)
            and self.do(
                lambda: track_services.withdraw(
                    enrolment_id=one.id, reason="转岗", actor_id=boss[0], now=self.now
                )
            )
        ):
            self.deeds["withdrawn"] += 1

    def _sign(self, one: Learner, gate: GateProgress, party: Party, who: int) -> None:
        if not self.here(who) or self.happens(0.3):
            return
        is_yes = party is Party.LEARNER or self.happens(0.85)
        self.do(
            lambda: track_services.sign_gate(
                enrolment_id=one.id, gate_id=gate.gate.id, party=party, is_yes=is_yes,
                because="" if is_yes else "报价还要人看",
                again_on=None if is_yes else self.today + timedelta(days=4),
                actor_id=who, now=self.now,
            )
        )  # fmt: skip
        self.deeds["signed" if is_yes else "signature refused"] += 1

    def _renew(self) -> None:
        """Every second one waits until the certificate has ended."""
        rows = session().execute(
            select(Enrolment.id, Enrolment.person_id, Enrolment.state).where(
                Enrolment.track_slug.in_(["bootcamp", self.plan.refresher]),
                Enrolment.state.in_([State.EXPIRING.value, State.EXPIRED.value]),
            )
        )
        for row_id, person_id, state in rows.all():
            if state == State.EXPIRING and person_id % 2:
                continue
            if self.here(person_id) and self.happens(0.3) and self.do(
                lambda row_id=row_id: track_services.recertify(
                    enrolment_id=row_id, reason="再认证", actor_id=self.trainers[0], now=self.now
                )
            ):  # fmt: skip
                self.renewed[row_id] = self.today
                self.deeds["renewal"] += 1

    def _note_independent(self) -> None:
        """Who became independent today, as the company itself would note it."""
        fresh = session().scalars(
            select(Credential.enrolment_id)
            .join(Enrolment, Enrolment.id == Credential.enrolment_id)
            .where(Enrolment.track_slug == "bootcamp", Credential.round == 0)
        )
        for enrolment in fresh:
            self.independent.setdefault(enrolment, self.today)


def _response(body, slot, *, right):
    if isinstance(body, TrueFalse):
        return {"value": body.key is right}
    if isinstance(body, Choice):
        wrong = [o for o in slot.entry.options if o not in body.key]
        chosen = sorted(body.key) if right else wrong[:1]
        return {"options": sorted(letter_of(slot.entry.options, o) for o in chosen)}
    return None


class Counted:
    """The statements run within."""

    def __enter__(self) -> "Counted":
        self.n = 0
        self.where = db.engines[None]
        event.listen(self.where, "before_cursor_execute", self._hear)
        return self

    def __exit__(self, *_more: object) -> None:
        event.remove(self.where, "before_cursor_execute", self._hear)

    def _hear(self, _c, _cursor, statement: str, *_more) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "PRAGMA")):
            self.n += 1
