"""A company of a dozen people behind a real server, made through the real services.

Seven days of a bootcamp lie behind two new hires: lessons read, tests taken and marked. What the
stories are about has not happened yet.
"""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_babel import force_locale, gettext
from sqlalchemy import func, select, update

from app import create_app
from app.accounts import passwords
from app.accounts import services as accounts
from app.assessments import services as assessments
from app.assessments.models import Answer, Assignment, Attempt, ItemScore
from app.banks import queries as banks
from app.banks.services import load_paths
from app.competency import services as competency
from app.domain.items import Item, ShortAnswer
from app.domain.tracks import ActivityKind
from app.grading import services as grading
from app.kernel import clock
from app.kernel.db import Base, db, transaction
from app.kernel.policy import Actor
from app.tracks import queries as tracks
from app.tracks import services as track_services
from tests import servers
from tests.assessments import builders as papers
from tests.world import ROOT, SECRET, settings_for

BANKS = ROOT / "question_banks"
PASSWORD = "a password of the stories"
ONE_TIME = "k7mx-4pqr-n9ta"
ZONE = "Asia/Shanghai"
TEAM = "华东一组"
POST_COURSE = "d7-exam-post-course"
# The new hires sell better than they know the product: with all statements and three questions of
# the product test wrong it is passed by points, and whether the level is reached is still open.
SLIPS = frozenset({"pk-001", "pk-002", "pk-003"})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the company."""

    id: int
    name: str
    staff_no: str


@dataclass
class Company:
    """A running server at `address`, its database, and the people in it by name."""

    app: Flask
    address: str
    folder: Path
    environment: dict[str, str]
    started: datetime = field(default_factory=clock.now)
    people: dict[str, Person] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    exams: dict[str, int] = field(default_factory=dict)

    # ------------------------------------------------------------ hands

    def do(self, deed: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        """Run `deed` in a transaction of its own."""
        with self.app.app_context(), transaction():
            return deed(*arguments, **more)

    def ask(self, query: Any) -> Any:
        """The first value of a query."""
        return self.do(lambda: db.session.scalar(query))

    def say(self, text: str, locale: str = "zh-CN") -> str:
        """A text of the product in a language; English texts are there, not left in Chinese."""
        if locale == "zh-CN":
            return text
        with self.app.test_request_context(), force_locale("en"):
            said = str(gettext(text))
        assert said != text, f"no English for {text}"
        return said

    def id(self, name: str) -> int:
        return self.people[name].id

    def attempt_of(self, name: str, assessment_id: int) -> int:
        """The id of somebody's only attempt."""
        query = select(Attempt.id).where(
            Attempt.person_id == self.id(name), Attempt.assessment_id == assessment_id
        )
        return int(self.ask(query))

    def is_final(self, attempt_id: int) -> bool:
        """The score of an attempt is complete and shown."""
        return self.ask(select(Attempt.released_at).where(Attempt.id == attempt_id)) is not None

    def answered(self, attempt_id: int) -> int:
        """How many items of an attempt have an answer on the server."""
        query = select(func.count()).where(Answer.attempt_id == attempt_id)
        return int(self.ask(query))

    def due_time_passes(self, name: str, assessment_id: int) -> None:
        """What waiting for the due time does."""
        query = (
            update(Assignment)
            .where(Assignment.person_id == self.id(name), Assignment.assessment_id == assessment_id)
            .values(due_at=clock.now() - timedelta(minutes=1))
        )
        self.do(lambda: db.session.execute(query))

    # ------------------------------------------------------------ sitting a test without a browser

    def start(self, name: str, assessment_id: int, now: datetime) -> int:
        """Begin an attempt; its id."""
        assignment = select(Assignment.id).where(
            Assignment.person_id == self.id(name),
            Assignment.assessment_id == assessment_id,
            Assignment.is_preview.is_(False),
        )
        return assessments.start(
            assignment_id=db.session.scalars(assignment).one(),
            person_id=self.id(name),
            seed=f"{name} {assessment_id}",
            now=now,
        )

    def sit(
        self,
        name: str,
        assessment_id: int,
        now: datetime,
        *,
        wrong: Callable[[Item], bool] = lambda _item: False,
    ) -> int:
        """Begin, answer all and hand in; the attempt's id."""
        attempt_id = self.start(name, assessment_id, now)
        answers = {item.id: answer_to(item, is_wrong=wrong(item)) for item in items_of(attempt_id)}
        assessments.hand_in(
            attempt_id=attempt_id,
            person_id=self.id(name),
            key=f"story-{attempt_id}",
            client="story",
            saves=papers.saves(attempt_id, answers),
            now=now + timedelta(minutes=12),
        )
        return attempt_id

    def mark_in_full(self, attempt_id: int, by: str, now: datetime) -> None:
        """Every written answer meets its whole rubric."""
        marker = Actor(self.id(by), by, frozenset({"learner", "trainer"}), "zh-CN", ZONE)
        rows = db.session.scalars(
            select(ItemScore.position).where(
                ItemScore.attempt_id == attempt_id, ItemScore.share.is_(None)
            )
        ).all()
        items = {slot.position: slot.entry for slot in papers.frozen(attempt_id).slots}
        known = banks.item_versions({entry.item_version_id for entry in items.values()})
        for position in rows:
            body = known[items[position].item_version_id].body
            assert isinstance(body, ShortAnswer)
            met = frozenset(one.id for one in body.rubric)
            grading.mark(
                attempt_id=attempt_id,
                position=position,
                new=grading.NewMark(met, None, "", seen=0),
                actor=marker,
                now=now,
            )


def items_of(attempt_id: int) -> list[Item]:
    """The items of a paper, in its order."""
    entries = [slot.entry for slot in papers.frozen(attempt_id).slots]
    known = banks.item_versions({entry.item_version_id for entry in entries})
    return [known[entry.item_version_id] for entry in entries]


def answer_to(item: Item, *, is_wrong: bool = False) -> Any:
    """An answer by the author's option ids: right, or wholly wrong."""
    if isinstance(item.body, ShortAnswer):
        return "先弄清客户为什么这样说，再用客户自己的数字回应。"
    key = item.body.key
    if isinstance(key, bool):
        return key != is_wrong
    if not is_wrong:
        return set(key)
    return {min({one.id for one in item.body.options} - set(key))}


# ---------------------------------------------------------------- its history


def found(company: Company) -> None:
    """Everything up to the morning of the story."""
    today = clock.organisation_day(company.started)
    long_ago = today - timedelta(days=400)
    now = _morning(long_ago)
    file = BANKS / "framework.yaml"
    competency.load_framework(
        file.read_bytes(), actor_id=None, now=now, today=long_ago, file=file.name
    )
    load_paths([BANKS], root=BANKS, now=now)
    track_services.load_folder(BANKS, actor_id=None, now=now)
    for name, above in (("澄屿软件", None), ("销售中心", "澄屿软件"), (TEAM, "销售中心")):
        company.units[name] = accounts.create_unit(
            name=name,
            parent_id=company.units[above] if above else None,
            since=long_ago,
            actor_id=None,
            now=now,
        )
    hashed = passwords.hash_password(PASSWORD)
    first = passwords.hash_password(ONE_TIME)

    def hire(name: str, staff_no: str, unit: str, on: date, *roles: str, **more: Any) -> None:
        is_new = more.pop("is_new", False)
        more.setdefault("job_role", "seller")
        person_id = accounts.create_person(
            accounts.PersonData(name, f"{staff_no}@chengyu.example", staff_no, hire_on=on, **more),
            password_hash=first if is_new else hashed,
            actor_id=None,
            now=_morning(on),
            roles=roles,
            must_change_password=is_new,
        )
        company.people[name] = Person(person_id, name, staff_no)
        accounts.move_person(
            user_id=person_id, unit_id=company.units[unit], on=on, actor_id=None, now=_morning(on)
        )

    hire("叶老师", "CY0201", "澄屿软件", long_ago, "trainer", job_role="staff")
    hire("周经理", "CY0101", "销售中心", long_ago, "manager", job_role="manager")
    hire("安管理", "CY0001", "澄屿软件", long_ago, "admin", job_role="staff")
    accounts.appoint_leader(
        unit_id=company.units[TEAM],
        user_id=company.id("周经理"),
        on=long_ago,
        actor_id=None,
        now=now,
    )
    for name, staff_no in (("沈知意", "CY1001"), ("陆远航", "CY1002"), ("何以宁", "CY1003")):
        hire(name, staff_no, TEAM, today - timedelta(days=200), set_step=None)
    first_day = today - timedelta(days=6)
    hire("方小满", "CY2001", TEAM, first_day, is_new=True)
    hire("Amy Lin", "CY2002", TEAM, first_day, is_new=True, locale="en")
    for name in ("方小满", "Amy Lin"):
        _bootcamp(company, name, first_day)
    competency.refresh_all(today)


def _bootcamp(company: Company, name: str, first_day: date) -> None:
    """Six days of lessons and tests, each on its day; the seventh is today."""
    (enrolment,) = track_services.enrol(
        person_ids=[company.id(name)],
        slug="bootcamp",
        anchor_on=first_day,
        actor_id=company.id("叶老师"),
        now=_morning(first_day),
    )
    version = tracks.newest_version("bootcamp")
    assert version is not None
    company.exams = tracks.exams_of(version.id)
    for activity in tracks.track_of(version).activities:
        day = activity.due_day or 0
        now = _morning(first_day + timedelta(days=day)) + timedelta(hours=1)
        if day > 5:
            continue
        if activity.kind is ActivityKind.LESSON:
            track_services.confirm_lesson(
                enrolment_id=enrolment,
                activity_id=activity.id,
                person_id=company.id(name),
                now=now,
            )
        elif activity.exam is not None and activity.exam.draw:
            # Asked aloud in the room that week: the story's figures are those of the tests.
            track_services.waive(
                enrolment_id=enrolment,
                activity_id=activity.id,
                is_waived=True,
                reason="当天口头问答",
                actor_id=company.id("叶老师"),
                now=now,
            )
        elif activity.exam is not None:
            attempt_id = company.sit(name, company.exams[activity.id], now, wrong=_slips)
            company.mark_in_full(attempt_id, "叶老师", now + timedelta(hours=1))


def _slips(item: Item) -> bool:
    is_statement = not isinstance(item.body, ShortAnswer) and isinstance(item.body.key, bool)
    return item.id in SLIPS or (item.id.startswith("pk-") and is_statement)


def _morning(day: date) -> datetime:
    """Nine o'clock in Shanghai."""
    return datetime.combine(day, time(1, 0), UTC)


# ---------------------------------------------------------------- servers


@contextlib.contextmanager
def open_for_business(folder: Path, database_url: str = "") -> Iterator[Company]:
    """The company behind gunicorn, over an empty database in `folder` or at `database_url`."""
    settings = settings_for(folder, database_url)
    app = create_app(settings)
    environment = {
        "APP_ENV": "development",  # in `test` the queue ends with its process
        "SECRET_KEY": SECRET,
        "DATABASE_URL": settings.database_url,
        "INSTANCE_DIR": str(folder),
        "LOG_LEVEL": "WARNING",
    }
    company = Company(app, "", folder, environment)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with transaction():
            found(company)
    try:
        with servers.gunicorn(environment=environment, workers=1) as (address, _server):
            company.address = address
            yield company
    finally:
        with app.app_context():
            db.engine.dispose()


@contextlib.contextmanager
def worker(company: Company) -> Iterator[None]:
    """The job worker, as `make run` has it beside the web server."""
    base = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "run", "worker"],
        env={**base, **company.environment},
        cwd=ROOT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        servers.stop_group(process)
