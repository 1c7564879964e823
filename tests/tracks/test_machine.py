"""An enrolment under everything that can happen to it, in any order: what always holds."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from app.accounts import services as accounts
from app.accounts.models import Notice
from app.domain.enrolment import ENDED, HOLDING, RULES, Event, State
from app.domain.tracks import NeedsActivity, NeedsSignature, Party
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.kernel.errors import DomainError
from app.tracks import queries, services
from app.tracks.models import (
    Credential,
    Enrolment,
    EnrolmentEvent,
    GateExtension,
    GatePassage,
    GateSignature,
)
from app.tracks.services import StepSource
from tests.tracks.conftest import MONDAY
from tests.tracks.test_renewal import at

ANY = """
schema: track/1
id: any
title: 随便
tier: new-hire
anchor: hire_date
credential: {id: any-done, title: 通过, days: 60, warn: 10}
stages:
  - id: one
    title: 一
    activities:
      - {id: a, kind: seminar, title: 甲, due: 1, people: 1-9, minutes: 60}
      - {id: b, kind: seminar, title: 乙, due: 2, people: 1-9, minutes: 60}
    gate: {id: g1, title: 第一关, due: 6, needs: [a, b], extend: 3}
  - id: two
    title: 二
    activities:
      - {id: c, kind: seminar, title: 丙, due: 9, people: 1-9, minutes: 60}
    gate:
      id: g2
      title: 第二关
      due: 12
      needs: [c, b, {signed: mentor}, {signed: learner}]
      extend: 5
renewal:
  id: again
  title: 再认证
  activities:
    - {id: r, kind: seminar, title: 再来, due: 5, people: 1-9, minutes: 60}
"""
MORE = "      - {id: d, kind: seminar, title: 丁, due: 9, people: 1-9, minutes: 60}\n"
LATER = (
    ANY.replace("      - {id: c,", f"{MORE}      - {{id: c,")
    .replace("needs: [c, b,", "needs: [c, d,")
    .replace("due: 12", "due: 15")
)
ACTIVITIES = ("a", "b", "c", "d", "r")
WORKS = {Party.MENTOR: "小陈", Party.LEARNER: "小王"}


class Life(RuleBasedStateMachine):
    """One enrolment. `people`, `clock` are set from outside."""

    people: dict[str, int]
    clock = None

    @initialize(is_through=st.booleans())
    def enrol(self, is_through: bool) -> None:
        self.inner = session().begin_nested()
        self.clock.set(at(MONDAY))
        self.sources = 0
        self.before_leave: dict[str, date | None] = {}
        (self.id,) = services.enrol(
            person_ids=[self.people["小王"]],
            slug="any",
            anchor_on=MONDAY,
            actor_id=self.people["李经理"],
            now=self.clock.now,
        )
        services.move(
            enrolment_id=self.id, to_number=1, reason="x", actor_id=self.boss, now=self.clock.now
        )
        if is_through:  # half of the lives are about what comes after the last gate
            self.everything_of_both_gates()

    def teardown(self) -> None:
        if hasattr(self, "inner"):
            session().rollback() if not self.inner.is_active else self.inner.rollback()
            session().expire_all()

    # ------------------------------------------------------------ looking

    @property
    def boss(self) -> int:
        return self.people["李经理"]

    @property
    def today(self) -> date:
        return organisation_day(self.clock.now)

    @property
    def row(self) -> Enrolment:
        return session().get(Enrolment, self.id, populate_existing=True)

    @property
    def state(self) -> State:
        return State(self.row.state)

    def look(self):
        row = self.row
        track = queries.track_of(
            queries.versions_by_id([row.track_version_id])[row.track_version_id]
        )
        known = queries.known_of([row], today=self.today)[self.id]
        return track, known, queries.progress_of(row, track, known, today=self.today)

    def rows(self, table):
        return list(session().scalars(select(table).where(table.enrolment_id == self.id)))

    def dues(self) -> dict[str, date | None]:
        return {gate.gate.id: gate.due_on for gate in self.look()[2].gates}

    def do(self, deed, **more) -> bool:
        """Do it as a request would: refused, nothing of it stays; gives whether it was done."""
        passed = {one.gate_id for one in self.rows(GatePassage)}
        ended = self.state if self.state in ENDED else None
        inner = session().begin_nested()
        try:
            deed(enrolment_id=self.id, now=self.clock.now, **more)
        except DomainError:
            inner.rollback()
            session().expire_all()
            return False
        inner.commit()
        self.no_gate_was_passed_with_a_need_missing(passed)
        if ended is not None and deed is not services.readmit:
            assert self.state is ended, "ended states stay"
        return True

    def no_gate_was_passed_with_a_need_missing(self, before: set[str]) -> None:
        track, known, _standing = self.look()
        gates = {stage.gate.id: stage.gate for stage in track.stages if stage.gate}
        for gate_id in {one.gate_id for one in self.rows(GatePassage)} - before:
            for need in gates[gate_id].needs:
                if isinstance(need, NeedsActivity):
                    fine = need.activity in {*known.facts.done, *known.facts.waived}
                else:
                    assert isinstance(need, NeedsSignature)
                    fine = known.signatures[gate_id, need.party].is_yes
                assert fine, (gate_id, need)

    # ------------------------------------------------------------ what happens

    @rule(n=st.sampled_from([1, 2, 5, 15, 30, 55]))
    def days_pass(self, n: int) -> None:
        ended = self.state if self.state in ENDED else None
        self.clock.advance(days=n)
        services.advance([self.id], now=self.clock.now)
        assert ended is None or self.state is ended

    @rule(activity=st.sampled_from(ACTIVITIES), is_done=st.sampled_from([True, True, True, False]))
    def fact(self, activity: str, is_done: bool) -> None:
        self.sources += 1
        source = StepSource("seminar", str(self.sources))
        self.do(
            services.record_step,
            activity_id=activity,
            times=int(is_done),
            is_done=is_done,
            source=source,
            actor_id=None,
        )

    @rule()
    def everything_of_the_first_gate(self) -> None:
        for activity in ("a", "b"):
            self.fact(activity, is_done=True)

    @rule()
    def everything_of_both_gates(self) -> None:
        for activity in ("a", "b", "c", "d"):
            self.fact(activity, is_done=True)
        for party in WORKS:
            self.sign("g2", party, is_yes=True)

    @precondition(lambda self: self.state is State.RECERTIFYING)
    @rule()
    def what_the_renewal_asks_for(self) -> None:
        self.fact("r", is_done=True)
        assert self.state is State.CERTIFIED

    @rule(
        gate=st.sampled_from(["g1", "g2"]),
        party=st.sampled_from([*WORKS, Party.MANAGER]),
        is_yes=st.sampled_from([True, True, False]),
    )
    def sign(self, gate: str, party: Party, is_yes: bool) -> None:
        done = self.do(
            services.sign_gate,
            gate_id=gate,
            party=party,
            is_yes=is_yes,
            because="" if is_yes else "还差一次",
            again_on=None,
            actor_id=self.people[WORKS.get(party, "李经理")],
        )
        assert not done or (gate == "g2" and party in WORKS)

    @rule(gate=st.sampled_from(["g1", "g2"]))
    def extend(self, gate: str) -> None:
        before = self.dues()
        if self.do(services.extend, gate_id=gate, plan="p", reason="x", actor_id=self.boss):
            assert self.dues()[gate] > before[gate]
            assert self.dues()[gate] > self.today

    @rule(ago=st.integers(0, 3))
    def pause(self, ago: int) -> None:
        before, state = self.dues(), self.state
        day = self.today - timedelta(days=ago)
        if self.do(services.pause, from_on=day, reason="x", actor_id=self.boss):
            assert state not in ENDED
            self.before_leave = before
            self.never_earlier(before)

    @rule(ago=st.integers(0, 3))
    def resume(self, ago: int) -> None:
        day = self.today - timedelta(days=ago)
        if self.do(services.resume, back_on=day, actor_id=self.boss):
            self.never_earlier(self.before_leave)

    def never_earlier(self, before) -> None:
        now = self.dues()
        for gate, due in before.items():
            assert gate not in now or now[gate] >= due, "leave moved a deadline back"

    @rule(activity=st.sampled_from(ACTIVITIES), is_waived=st.booleans())
    def waive(self, activity: str, is_waived: bool) -> None:
        self.do(
            services.waive,
            activity_id=activity,
            is_waived=is_waived,
            reason="x",
            actor_id=self.boss,
        )

    @rule(number=st.sampled_from([1, 2]))
    def move(self, number: int) -> None:
        passed = {one.gate_id for one in self.rows(GatePassage)}
        self.do(services.move, to_number=number, reason="x", actor_id=self.boss)
        assert passed <= {one.gate_id for one in self.rows(GatePassage)}

    @rule()
    def recertify(self) -> None:
        if self.do(services.recertify, reason="", actor_id=self.people["小王"]):
            assert "r" not in self.look()[1].facts.done, "an earlier renewal counted"

    @precondition(lambda self: self.state in HOLDING)
    @rule(is_undone=st.booleans())
    def recall(self, is_undone: bool) -> None:
        state = self.state
        made = services.recall(
            slug="any", title={"zh-CN": "x"}, reason="新版", actor_id=self.boss, now=self.clock.now
        )
        assert self.state is State.EXPIRED
        if is_undone:
            services.undo_recall(recall_id=made, slug="any", actor_id=self.boss, now=self.clock.now)
            assert self.state is state

    @precondition(lambda self: len(self.rows(EnrolmentEvent)) > 6)
    @rule(deed=st.sampled_from(["exempt", "withdraw", "readmit", "readmit"]))
    def end(self, deed: str) -> None:
        more = {"evidence": "x"} if deed == "exempt" else {"reason": "x"}
        self.do(getattr(services, deed), actor_id=self.boss, **more)

    # ------------------------------------------------------------ what always holds

    @invariant()
    def the_story_replays_to_the_state(self) -> None:
        if not hasattr(self, "id"):
            return
        events = sorted(self.rows(EnrolmentEvent), key=lambda one: one.id)
        state = State.ASSIGNED
        for one in events:
            allowed, target = RULES[Event(one.event)]
            assert State(one.from_state) is state
            assert state in allowed
            assert target is None or one.to_state == target
            state = State(one.to_state)
        assert self.state is state

    @invariant()
    def looking_again_changes_nothing_and_tells_nobody(self) -> None:
        if not hasattr(self, "id"):
            return
        told = session().scalar(select(func.count(Notice.id)))
        state = self.state
        assert services.advance([self.id], now=self.clock.now) == 0
        assert self.state is state
        assert session().scalar(select(func.count(Notice.id))) == told

    @invariant()
    def nothing_is_told_more_often_than_it_happened(self) -> None:
        if not hasattr(self, "id"):
            return
        events = [one.event for one in self.rows(EnrolmentEvent)]
        told = session().scalars(select(Notice).where(Notice.created_at >= at(MONDAY))).all()
        for kind, event in (("not_yet", Event.MISS), ("expired", Event.EXPIRE)):
            mine = [one for one in told if one.kind == kind]
            assert len(mine) <= events.count(event.value), kind
        assert len({(one.user_id, one.kind, one.key) for one in told}) == len(told)

    @invariant()
    def a_gate_is_extended_once(self) -> None:
        if not hasattr(self, "id"):
            return
        gates = [(one.gate_id, one.round) for one in self.rows(GateExtension)]
        assert len(set(gates)) == len(gates)

    @invariant()
    def who_holds_it_has_a_valid_credential(self) -> None:
        if not hasattr(self, "id"):
            return
        rounds = [one.round for one in self.rows(Credential)]
        assert len(set(rounds)) == len(rounds)
        if self.state in HOLDING:
            held = self.look()[1].credential
            assert held is not None
            assert held.expires_on >= self.today

    @invariant()
    def words_are_kept_whatever_comes(self) -> None:
        if not hasattr(self, "id"):
            return
        assert all(one.is_yes or one.because for one in self.rows(GateSignature))


@pytest.fixture
def life(load_track, person, clock, db_session):
    load_track(ANY)
    load_track(LATER)
    names = ("小王", "小陈", "李经理", "HR")
    people = {name: person(name).id for name in names}
    accounts.pair(
        trainee_id=people["小王"],
        mentor_id=people["小陈"],
        on=MONDAY - timedelta(days=60),
        because="x",
        actor_id=people["HR"],
        now=clock.now,
    )
    return type("Life", (Life,), {"people": people, "clock": clock})


@pytest.mark.timeout(240)
def test_whatever_happens_to_an_enrolment_in_whatever_order(life) -> None:
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
