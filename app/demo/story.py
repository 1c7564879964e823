"""The half year itself: who learns what when, what others saw of it, and what is still open."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import Final

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.assessments import services as assessments
from app.assessments.services import Definition, Source
from app.banks import queries as banks
from app.competency import services as competency
from app.competency.services import NewEvidence
from app.competency.services import Source as EvidenceSource
from app.demo import cast
from app.demo.camp import MONTH, MONTHS, Camp
from app.demo.cast import Seller, Staff, Story
from app.demo.company import Company, region_on, works_here
from app.demo.diary import Diary
from app.demo.minds import dice
from app.demo.sittings import Hall, Sitting
from app.demo.workshops import Workshops
from app.domain.framework import EvidenceKind
from app.domain.items import ItemType, PassMark
from app.domain.papers import Cell, PaperPlan
from app.domain.tracks import ActivityKind
from app.kernel.clock import organisation_day
from app.reviews import services as reviews
from app.reviews.services import GoalData, ReviewData
from app.tracks import queries as tracks
from app.tracks import services as track_services

COMPETENCIES: Final = (
    "product-knowledge", "talk-tracks", "crm-operation", "drive", "prospecting", "insight",
    "influence", "closing", "customer-insight", "talk-design", "data-use", "goal-management",
    "team-motivation",
)  # fmt: skip
ENGLISH: Final = {
    "产品知识 年度复训": "Product knowledge, yearly refresher",
    "基础话术 复训": "Core talk tracks refresher",
    "CRM 数据规范 复训": "CRM data standards refresher",
    "需求诊断 复训": "Needs discovery refresher",
    "产品知识 补训测验": "Product knowledge, catch-up test",
    "月度小测：价格与服务": "Monthly quiz: prices and service",
    "月度小测：话术与 CRM": "Monthly quiz: talk tracks and CRM",
}
PRODUCT_COURSE: Final = "产品知识 年度复训"
QUIZ: Final = "月度小测：价格与服务"
OPEN_QUIZ: Final = "月度小测：话术与 CRM"
ABSENT: Final = frozenset({"yinhang", "moshaocong", "tongxiaolan"})
LATE_READER: Final = "wusongxian"
TRAINED_AGAIN: Final = frozenset({"yaozijin", "xianzhuoyan", "huoqiming", "moshaocong"})
OPEN_SITTER: Final = "qianruochuan"
QUIZ_SITTERS: Final = 14
WAITING: Final = ("shiyutong", "ousimin", "bailu", "ranjinghao")
STALE: Final = frozenset({"yujingxing", "liyonglin", "cuixuesong", "longzaitian"})
REVIEW_IN: Final = 14
FINAL: Final = "d7-exam-final"
REVISED: Final = 0.45  # a week's course is fresh in mind, and everybody learns for the final


@dataclass(slots=True)
class HalfYear:
    """Writes the diary of the company. `tests` maps a title to its assessment."""

    company: Company
    diary: Diary
    hall: Hall
    tests: dict[str, int] = field(default_factory=dict)

    def write(self) -> None:
        """Everything that happens, in any order; the diary sorts it."""
        self.company.write_changes()
        self._write_courses()
        for seller in cast.SELLERS:
            if seller.is_new:
                self._write_bootcamp(seller)
            self._write_ratings(seller)
        self._write_managers()
        self._write_review()
        self._write_reading_of_notices()

    # ------------------------------------------------------------ ability

    def ability(self, seller: Seller, ago: int) -> dict[str, float]:
        """What a seller can do so many days before today, by competency."""
        worked = max(0, seller.hired - ago)
        since = min(seller.hired, cast.HISTORY_DAYS)
        gone = 1 - ago / since if since else 1.0
        change = 0.35 * min(1.0, worked / 120)
        if seller.story is Story.RISES:
            change += -0.7 + 2.4 * gone
        if seller.story is Story.FALLS:
            change += 0.5 - 2.3 * gone
        if seller.is_backbone:
            change += 0.2
        region = seller.moved_from or seller.region
        return {
            slug: seller.ability
            + change
            + cast.WEAK_SPOT.get((region, slug), 0.0)
            + dice(seller.login, slug).gauss(0, 0.42)
            for slug in COMPETENCIES
        }

    def staff_ability(self, person: Staff) -> dict[str, float]:
        """The same for a manager, who does not change in half a year."""
        return {
            slug: person.ability + dice(person.login, slug).gauss(0, 0.3) for slug in COMPETENCIES
        }

    # ------------------------------------------------------------ refresher courses

    def _write_courses(self) -> None:
        """Tests the trainers set, mostly for those who went through the bootcamp long ago."""
        first, second = cast.TRAINERS
        veterans = [one for one in cast.SELLERS if not one.is_new]
        self._course(PRODUCT_COURSE, "product-knowledge", second, veterans, opens=176, closes=160)
        self._course("基础话术 复训", "talk-track-basics", first, veterans, opens=150, closes=138)
        self._course("CRM 数据规范 复训", "crm-operations", second, veterans, opens=122, closes=108)
        longer = [one for one in cast.SELLERS if one.hired > 100]
        self._course("需求诊断 复训", "needs-discovery-spin", second, longer, opens=96, closes=82)
        again = [one for one in cast.SELLERS if one.login in TRAINED_AGAIN]
        self._course("产品知识 补训测验", "product-knowledge", first, again, opens=52, closes=42)
        here = [one for one in cast.SELLERS if one.hired > 31]
        self._course(QUIZ, "monthly-quiz", first, here, opens=30, closes=20, tries=1)
        self._write_workshop([one for one in veterans if works_here(one, 0)])
        self._write_open_quiz()

    def _course(
        self,
        title: str,
        bank: str,
        owner: Staff,
        people: Iterable[Seller],
        *,
        opens: int,
        closes: int,
        tries: int = 2,
    ) -> None:
        def begin(now: datetime) -> None:
            there = [one for one in people if works_here(one, opens)]
            self._define(
                title,
                bank,
                owner,
                opens=now,
                closes=self.diary.at(closes, 23, 59),
                tries=tries,
                now=now,
            )
            self._assign(title, owner, there, due=self.diary.at(closes, 23, 59), now=now)
            for seller in there:
                if bank == "monthly-quiz" and seller.login in ABSENT:
                    continue
                roll = dice(seller.login, title)
                day = roll.randint(closes + 4, opens - 1)
                moment = self.diary.at(day, roll.randint(10, 17), roll.randint(0, 59))
                self._sit_later(seller, title, moment, day, owner, tries=tries)

        self.diary.write(self.diary.at(opens, 9, 30), begin)

    def _define(
        self,
        title: str,
        bank: str,
        owner: Staff,
        *,
        opens: datetime,
        closes: datetime,
        tries: int,
        now: datetime,
    ) -> None:
        found = banks.published_bank(bank)
        if found is None:
            raise LookupError(bank)
        minutes = found.bank.time_limit_minutes
        self.tests[title] = assessments.define(
            Definition(
                title=title,
                title_en=ENGLISH[title],
                sources=(Source(found.id, bank),),
                pass_mark=found.bank.pass_mark,
                opens_at=opens,
                closes_at=closes,
                limit_seconds=None if minutes is None else minutes * 60,
                attempts_allowed=tries,
                cooldown_seconds=24 * 3600 if tries > 1 else 0,
            ),
            owner_id=self.company.id(owner),
            actor_id=self.company.id(owner),
            now=now,
        )
        self._name_markers(title, owner, now)

    def _name_markers(self, title: str, owner: Staff, now: datetime) -> None:
        assessments.set_markers(
            assessment_id=self.tests[title],
            marker_ids=[self.company.id(one) for one in cast.MARKERS],
            owner_id=self.company.id(owner),
            now=now,
        )

    def _assign(
        self, title: str, owner: Staff, people: Iterable[Seller], *, due: datetime, now: datetime
    ) -> None:
        assessments.assign(
            assessment_id=self.tests[title],
            person_ids=[self.company.id(one) for one in people],
            actor_id=self.company.id(owner),
            due_at=due,
            now=now,
        )

    def _sit_later(
        self,
        seller: Seller,
        title: str,
        moment: datetime,
        ago: int,
        marker: Staff | None,
        *,
        tries: int,
        pause: timedelta = timedelta(hours=4),
        revised: float = 0.0,
    ) -> None:
        sitting = Sitting(
            login=seller.login,
            person_id=self.company.id(seller),
            assessment_id=self.tests[title],
            test=title,
            ability={slug: value + revised for slug, value in self.ability(seller, ago).items()},
            marker=None if marker is None else self.company.actor(marker),
            tries=tries,
            pause=pause,
        )
        self.diary.write(moment, lambda now: self._sit(sitting, now))

    def _sit(self, sitting: Sitting, now: datetime) -> None:
        self.hall.sit(sitting, now)

    def _write_workshop(self, people: Sequence[Seller]) -> None:
        """The quarterly workshop: two cases to read, then a test on objections."""
        east = [one for one in people if one.region in {cast.EAST, cast.SOUTH}]
        west = [one for one in people if one.region in {cast.NORTH, cast.WEST}]
        self._write_class("秋季研讨班 一班", east, 45)
        self._write_class("秋季研讨班 二班", west, 44)

    def _write_class(self, title: str, people: Sequence[Seller], ago: int) -> None:
        trainer, rooms = cast.LEAD_TRAINER, Workshops(self.company, self.diary)

        def begin(now: datetime) -> None:
            enrolments = rooms.gather("case-workshop", title, people, ago, now)
            rooms.write_class(enrolments, ago)
            exam = self._learn_exam("case-workshop", "cw-exam-objections")
            self._name_markers(exam, trainer, now)
            for seller in people:
                enrolment = enrolments[seller]
                self._read_later(seller, enrolment, "cw-key-account", self.diary.at(ago, 10, 30))
                self._read_later(seller, enrolment, "cw-budget-cut", self.diary.at(ago, 14, 10))
                roll = dice(seller.login, "workshop")
                late = seller.login in WAITING
                day = 1 if late else 45 - roll.randint(2, 7)
                self._sit_later(
                    seller,
                    exam,
                    self.diary.at(day, roll.randint(15, 17), roll.randint(0, 40)),
                    day,
                    None if late else trainer,
                    tries=2,
                    pause=timedelta(days=2),
                )

        self.diary.write(self.diary.at(58, 9), begin)

    def _write_open_quiz(self) -> None:
        """A quiz whose window is open now: some are done, one is at it, the rest have yet to."""
        owner, opens, closes = cast.TRAINERS[0], 5, -9

        def begin(now: datetime) -> None:
            people = [one for one in cast.SELLERS if works_here(one, 0) and one.hired > 31]
            due = self.diary.at(closes, 23, 59)
            self._define_plan(OPEN_QUIZ, owner, opens=now, closes=due, now=now)
            self._assign(OPEN_QUIZ, owner, people, due=due, now=now)
            order = sorted(people, key=lambda one: dice(one.login, OPEN_QUIZ).random())
            sitters = [one for one in order if one.login != OPEN_SITTER][:QUIZ_SITTERS]
            for seller in sitters:
                roll = dice(seller.login, OPEN_QUIZ, "when")
                day = roll.randint(1, opens - 1)
                moment = self.diary.at(day, roll.randint(9, 17), roll.randint(0, 59))
                self._sit_later(seller, OPEN_QUIZ, moment, day, owner, tries=1)

        self.diary.write(self.diary.at(opens, 9, 30), begin)
        self.diary.write(self.diary.now - timedelta(minutes=25), self._leave_open)

    def _leave_open(self, now: datetime) -> None:
        seller = next(one for one in cast.SELLERS if one.login == OPEN_SITTER)
        sitting = Sitting(
            login=seller.login,
            person_id=self.company.id(seller),
            assessment_id=self.tests[OPEN_QUIZ],
            test=OPEN_QUIZ,
            ability=self.ability(seller, 0),
        )
        self.hall.begin_only(sitting, 7, now)

    def _define_plan(
        self, title: str, owner: Staff, *, opens: datetime, closes: datetime, now: datetime
    ) -> None:
        """Items drawn anew for each person, without a limit of time."""
        found = {
            slug: banks.published_bank(slug) for slug in ("talk-track-basics", "crm-operations")
        }
        self.tests[title] = assessments.define(
            Definition(
                title=title,
                title_en=ENGLISH[title],
                sources=tuple(Source(one.id, slug) for slug, one in found.items() if one),
                pass_mark=PassMark(share=Fraction(7, 10)),
                plan=PaperPlan(
                    cells=(
                        Cell(
                            n=6, competency="talk-tracks", type=ItemType.SINGLE, points=Fraction(10)
                        ),
                        Cell(
                            n=4,
                            competency="crm-operation",
                            type=ItemType.SINGLE,
                            points=Fraction(10),
                        ),
                        Cell(
                            n=2,
                            competency="talk-tracks",
                            type=ItemType.TRUE_FALSE,
                            points=Fraction(5),
                        ),
                    ),
                    shuffle_items=True,
                ),
                opens_at=opens,
                closes_at=closes,
            ),
            owner_id=self.company.id(owner),
            actor_id=self.company.id(owner),
            now=now,
        )

    # ------------------------------------------------------------ tracks

    def _enrol(
        self, people: Iterable[Seller | Staff], slug: str, ago: int, by: Staff, now: datetime
    ) -> dict[Seller | Staff, int]:
        """Enrolment ids of people."""
        them = list(people)
        made = track_services.enrol(
            person_ids=[self.company.id(one) for one in them],
            slug=slug,
            anchor_on=self.diary.day(ago),
            actor_id=self.company.id(by),
            now=now,
        )
        return dict(zip(them, made, strict=True))

    def _learn_exam(self, slug: str, activity_id: str) -> str:
        """Remember the assessment of an exam; gives the name it is kept under."""
        name = f"{slug}/{activity_id}"
        if name not in self.tests:
            version = tracks.newest_version(slug)
            if version is None:
                raise LookupError(slug)
            self.tests[name] = tracks.exams_of(version.id)[activity_id]
        return name

    def _read_later(
        self, person: Seller | Staff, enrolment: int, activity_id: str, moment: datetime
    ) -> None:
        person_id = self.company.id(person)
        self.diary.write(
            moment,
            lambda now: track_services.confirm_lesson(
                enrolment_id=enrolment, activity_id=activity_id, person_id=person_id, now=now
            ),
        )

    def _write_bootcamp(self, seller: Seller) -> None:
        """Seven days from the day of hiring; what is due today has not been done yet."""

        def begin(now: datetime) -> None:
            trainer = cast.TRAINERS[seller.hired % 2]
            enrolment = self._enrol([seller], "bootcamp", seller.hired, trainer, now)[seller]
            version = tracks.newest_version("bootcamp")
            if version is None:
                raise LookupError("bootcamp")
            for n, activity in enumerate(tracks.track_of(version).activities):
                ago = seller.hired - (activity.due_day or 0)
                if ago < 1 or (seller.login, activity.id) == (LATE_READER, "d1-customers"):
                    continue
                if activity.kind is ActivityKind.LESSON:
                    self._read_later(
                        seller, enrolment, activity.id, self.diary.at(ago, 10 + n % 4, 5 + n)
                    )
                elif activity.exam is not None and activity.exam.draw:
                    self._sit_later(
                        seller,
                        self._learn_exam("bootcamp", activity.id),
                        self.diary.at(ago, 17, 20 + n % 30),
                        ago,
                        None,
                        tries=activity.exam.attempts or 1,
                        pause=timedelta(minutes=20),
                    )
                elif activity.exam is not None:
                    recent = ago <= 2
                    self._sit_later(
                        seller,
                        self._learn_exam("bootcamp", activity.id),
                        self.diary.at(ago, 17 if activity.id == FINAL else 16, n),
                        ago,
                        None if recent else trainer,
                        tries=activity.exam.attempts or 1,
                        pause=timedelta(hours=3),
                        revised=REVISED if activity.id == FINAL else 0.0,
                    )

            Camp(self.company, self.diary).write(seller, enrolment)

        self.diary.write(self.diary.at(seller.hired, 9), begin)

    # ------------------------------------------------------------ what others saw

    def _write_ratings(self, seller: Seller) -> None:
        plan = _new_seller_ratings if seller.is_new else _veteran_ratings
        # Who has sheets and role-plays of the first month is not rated once more beside them.
        first = seller.hired - MONTH if seller.login in MONTHS else cast.HISTORY_DAYS
        for one in plan(seller):
            if 1 <= one.ago < first and works_here(seller, one.ago):
                self.diary.write(self.diary.at(one.ago, 17, 45), partial(self._rate, seller, one))

    def _rate(self, seller: Seller, one: "Rating", now: datetime) -> None:
        """Evidence of one occasion, in all the competencies it shows."""
        known = self.ability(seller, one.ago)
        by = self._assessor(seller, one)
        self._record(self.company.id(seller), seller.login, known, one, by, now)

    def _assessor(self, seller: Seller, one: "Rating") -> int | None:
        """The id of a single assessor: the manager of that day, or the trainer beside."""
        if one.assessors > 1:
            return None
        if one.beside:
            return self.company.id(cast.LEAD_TRAINER)
        return self.company.id(cast.MANAGERS[region_on(seller, one.ago)])

    def _record(
        self,
        person_id: int,
        login: str,
        known: Mapping[str, float],
        one: "Rating",
        by: int | None,
        now: datetime,
    ) -> None:
        key = f"{login}-{one.ago}-{one.kind.value}-{int(one.beside)}"
        competency.record_evidence(
            person_id=person_id,
            source=EvidenceSource(one.kind.value, key),
            happened_on=organisation_day(now),
            entries=[
                NewEvidence(
                    slug,
                    one.kind,
                    pass_mark=60,
                    score=_score(known[slug], login, slug, one),
                    assessors=one.assessors,
                    assessor_id=by,
                    assessor_role=None if by is None else ("trainer" if one.beside else "manager"),
                    occasion=key,
                    label=one.label,
                )
                for slug in one.slugs
            ],
            now=now,
            today=organisation_day(now),
        )

    def _write_managers(self) -> None:
        """The managers read the workshop's lessons and are observed by the director."""

        managers = cast.MANAGERS
        rooms = Workshops(self.company, self.diary)
        first, second = (
            (managers[cast.NORTH], managers[cast.WEST]),
            (
                managers[cast.EAST],
                managers[cast.SOUTH],
            ),
        )

        def begin(ago: int, title: str, people: Sequence[Staff], now: datetime) -> None:
            enrolments = rooms.gather("leadership", title, people, ago, now)
            rooms.attend(enrolments, "lw-day-1", ago)
            rooms.attend(enrolments, "lw-day-2", ago - 1)
            for n, (manager, enrolment) in enumerate(enrolments.items()):
                self._read_later(manager, enrolment, "lw-goals", self.diary.at(ago, 10, 15 + n))
                if n != 0:
                    late = self.diary.at(ago - 1, 11, 5 + n)
                    self._read_later(manager, enrolment, "lw-motivation", late)
            rooms.look(enrolments, ago - 46)
            if people is first:
                self._sit_managers_exams(managers[cast.WEST], now)
                rooms.write_settled(managers[cast.WEST], enrolments[managers[cast.WEST]], ago)
            else:
                rooms.write_in_revision(managers[cast.EAST], enrolments[managers[cast.EAST]], ago)

        for ago, title, people in (
            (90, "领导力工坊 秋季班", first),
            (28, "领导力工坊 冬季班", second),
        ):
            self.diary.write(self.diary.at(ago, 8), partial(begin, ago, title, people))
        for manager in cast.MANAGERS.values():
            for one in MANAGER_RATINGS:
                self.diary.write(
                    self.diary.at(one.ago, 16, 20),
                    partial(self._rate_manager, manager, one),
                )

    def _sit_managers_exams(self, manager: Staff, now: datetime) -> None:
        marker = self.company.actor(cast.LEAD_TRAINER)
        for n, activity in enumerate(("lw-exam-goals", "lw-exam-motivation")):
            name = self._learn_exam("leadership", activity)
            self._name_markers(name, cast.LEAD_TRAINER, now)
            sitting = Sitting(
                login=manager.login,
                person_id=self.company.id(manager),
                assessment_id=self.tests[name],
                test=name,
                ability=dict.fromkeys(COMPETENCIES, 2.4),
                marker=marker,
                tries=3,
                pause=timedelta(days=2),
            )
            self.diary.write(self.diary.at(84 - n, 15), partial(self._sit, sitting))

    def _rate_manager(self, manager: Staff, one: "Rating", now: datetime) -> None:
        known = self.staff_ability(manager)
        by = None
        if one.assessors == 1:
            by = self.company.id(cast.HR if one.beside else cast.DIRECTOR)
        self._record(self.company.id(manager), manager.login, known, one, by, now)

    # ------------------------------------------------------------ the review ahead

    def _write_review(self) -> None:
        def set_review(now: datetime) -> None:
            people = [
                self.company.id(one)
                for one in cast.SELLERS
                if works_here(one, 0) and not one.is_joiner
            ]
            review_id = reviews.create_review(
                ReviewData(
                    name="季度能力评估",
                    review_on=self.diary.day(-REVIEW_IN),
                    people=frozenset(people),
                ),
                scope=people,
                actor_id=self.company.id(cast.HR),
                now=now,
            )
            for n, goal in enumerate(GOALS):
                self.diary.write(
                    self.diary.at(2, 11, 10 + n),
                    partial(self._plan, review_id, goal),
                )

        self.diary.write(self.diary.at(3, 10), set_review)

    def _plan(self, review_id: int, goal: "PlannedGoal", now: datetime) -> None:
        seller = next(one for one in cast.SELLERS if one.login == goal.login)
        manager = self.company.id(cast.MANAGERS[seller.region])
        reviews.save_plan(
            person_id=self.company.id(seller),
            review_id=review_id,
            goals=[
                GoalData(
                    competency=goal.competency,
                    what=goal.what,
                    on_the_job=goal.on_the_job,
                    with_others=goal.with_others,
                    by_course=goal.by_course,
                    proof=goal.proof,
                    owner_id=manager,
                    due_on=self.diary.day(-goal.due_in),
                )
            ],
            actor_id=manager,
            now=now,
            today=organisation_day(now),
        )

    def _write_reading_of_notices(self) -> None:
        """Everybody has read what is more than a few days old."""

        def read(now: datetime) -> None:
            for user_id in accounts.active_ids(organisation_day(now)):
                account_services.read_all_notices(user_id=user_id, now=now)

        self.diary.write(self.diary.at(4, 8), read)


# ---------------------------------------------------------------- ratings as data


@dataclass(frozen=True, slots=True)
class Rating:
    """One occasion on which somebody was seen at work. `beside`: by the one who is not the boss."""

    ago: int
    kind: EvidenceKind
    slugs: tuple[str, ...]
    label: str
    assessors: int = 1
    beside: bool = False


def _score(ability: float, login: str, slug: str, one: Rating) -> float:
    """0-100 with a pass mark of 60, as people rate: in whole points, not too low."""
    noise = dice(login, slug, one.kind.value, one.ago, one.beside).gauss(0, 4.5)
    return float(min(97, max(24, round(61 + 13 * ability + noise))))


def _new_seller_ratings(seller: Seller) -> list[Rating]:
    """First month: watched every week, two role-plays; then joint visits and battles."""
    play, see, work = EvidenceKind.ROLEPLAY, EvidenceKind.OBSERVATION, EvidenceKind.WORK
    days = seller.hired
    ratings = [
        Rating(days - 7, see, ("drive", "crm-operation"), "第 1 周带教观察"),
        Rating(days - 10, play, ("talk-tracks", "insight"), "角色演练：首访开场", 2),
        Rating(days - 16, see, ("drive",), "培训观察", beside=True),
        Rating(days - 21, see, ("drive", "crm-operation"), "第 3 周带教观察"),
        Rating(days - 24, play, ("influence", "product-knowledge"), "角色演练：价格异议", 2),
        Rating(days - 36, see, ("prospecting", "insight"), "联合拜访"),
        Rating(days - 58, play, ("influence", "closing", "insight"), "月度模拟战役：客户拒签", 2),
        Rating(days - 66, see, ("prospecting", "closing"), "联合拜访"),
        Rating(days - 88, work, ("customer-insight", "prospecting"), "客户画像作业", 2),
        Rating(days - 101, play, ("influence", "closing"), "月度模拟战役：预算缩减", 2),
    ]
    return [one for one in ratings if dice(seller.login, one.label, one.ago).random() < 0.92]


def _veteran_ratings(seller: Seller) -> list[Rating]:
    """Monthly battles, joint visits, cases for the workshop; not everybody comes to everything."""
    play, see, work = EvidenceKind.ROLEPLAY, EvidenceKind.OBSERVATION, EvidenceKind.WORK
    power = ("influence", "insight", "closing")
    stale = seller.login in STALE
    ratings = [
        Rating(193, see, ("prospecting",), "联合拜访"),
        Rating(192, work, ("prospecting",), "重点客户名单", 2),
        Rating(170, see, ("drive",), "季度观察"),
        Rating(152, play, power, "月度模拟战役：客户拒签", 2),
        Rating(124, work, ("customer-insight", "talk-design", "data-use"), "研讨班案例", 2),
        Rating(104, see, ("drive", "closing"), "培训观察", beside=True),
        Rating(92, play, power, "月度模拟战役：预算缩减", 2),
        Rating(64, see, ("drive", "customer-insight", "data-use"), "季度观察"),
        Rating(41, work, ("customer-insight", "talk-design"), "研讨班案例", 2),
        Rating(33, play, power, "月度模拟战役：客户拒签", 2),
    ]
    if not stale:
        ratings += [
            Rating(70, see, ("prospecting", "crm-operation"), "联合拜访"),
            Rating(27, play, ("prospecting", "talk-tracks"), "角色演练：约访", 2),
        ]
    always = (193, 192) if stale else ()
    return [
        one
        for one in ratings
        if one.ago in always or dice(seller.login, one.label, one.ago).random() < 0.8
    ]


_SEE, _WORK, _PLAY = EvidenceKind.OBSERVATION, EvidenceKind.WORK, EvidenceKind.ROLEPLAY
MANAGER_RATINGS: Final = (
    Rating(165, _SEE, ("drive", "goal-management", "team-motivation"), "总监随访"),
    Rating(130, _PLAY, ("influence", "closing"), "大客户谈判演练", 2),
    Rating(110, _SEE, ("drive",), "人力资源观察", beside=True),
    Rating(75, _SEE, ("drive", "customer-insight", "team-motivation"), "总监随访"),
    Rating(44, _WORK, ("goal-management", "team-motivation", "data-use"), "季度经营计划", 3),
    Rating(30, _WORK, ("customer-insight", "talk-design"), "大客户规划", 2),
)


@dataclass(frozen=True, slots=True)
class PlannedGoal:
    """A goal of somebody's plan; `due_in` days from today."""

    login: str
    competency: str
    what: str
    on_the_job: str
    with_others: str
    by_course: str
    proof: str
    due_in: int


GOALS: Final = (
    PlannedGoal(
        "gumingshan", "influence", "价格异议先问原因，再用客户的数字回应",
        "每周两通价格沟通录音，自己标出问原因的那一句", "每两周与陆嘉禾互听一通",
        "重读“先问一句，再走三步”", "下次角色演练两位评委给到 60 以上", 45,
    ),
    PlannedGoal(
        "longzaitian", "product-knowledge", "独立算对含阶梯与预付的报价",
        "每份报价先自己算一遍，再请经理核对", "请罗开元讲一次报价复核",
        "重读“报价：逐层连乘，守住底线”", "产品知识复训重考 80 分以上", 30,
    ),
    PlannedGoal(
        "xianzhuoyan", "insight", "每次首访问出一个带数字的后果",
        "每周三次首访，纪要当天发客户确认", "经理每两周随访一次",
        "重读“算代价：用客户的数”", "四份客户书面确认的需求纪要", 60,
    ),
    PlannedGoal(
        "yaozijin", "closing", "每次会面得到一个客户承诺",
        "会前写下要拿到的承诺，会后记结果", "与钱若川对练收尾",
        "重读“复述与收尾”", "连续三次会面有动作、责任人、日期", 45,
    ),
)  # fmt: skip
