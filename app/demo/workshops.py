"""The workshops in the rooms: classes, cases, reviews, method cards, and the growth plans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import yaml
from sqlalchemy import select

from app.deliverables import queries as works
from app.deliverables import services as deliverables
from app.deliverables.models import Document
from app.deliverables.queries import Place
from app.deliverables.services import Planned, Remark, Save
from app.demo import cast
from app.demo.cast import Seller, Staff
from app.demo.company import Company
from app.demo.diary import Diary
from app.demo.minds import dice
from app.domain.fieldwork import Presence
from app.domain.items import text_in
from app.domain.knowledge import Customer
from app.domain.rated import SeatRole
from app.domain.tracks import Party
from app.fieldwork import services as fieldwork
from app.kernel import clock
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.knowledge import services as knowledge
from app.ratings import services as ratings
from app.ratings.models import Performance, Seat
from app.ratings.queries.outcomes import frozen
from app.ratings.services import NewMark
from app.tracks import services as track_services
from app.tracks.services import cohorts
from app.tracks.services.cohorts import CohortData

Person = Seller | Staff
DATA: Final = Path(__file__).parent / "data"
CASE, CARD, DAY, PLAN = "cw-case", "cw-card", "cw-day", "lw-plan"
LANGS: Final = ("zh-CN", "en")
TOGETHER: Final = "小组合写一份，由%s执笔，当天一起讲过。"
MISSED: Final = "moshaocong"
AUTHORS: Final = {
    "case-stop-the-demo": "liangjiawen",
    "case-budget-cut": "hanliqun",
    "card-stop-the-demo": "liangjiawen",
    "card-three-questions": "hanliqun",
    "card-smaller-scope": "shenyifan",
}
USED: Final = (("shenyifan", True), ("mengfanxing", True), ("qianruochuan", False))


@dataclass(frozen=True, slots=True)
class Work:
    """A work of the data: section -> text by language."""

    id: str
    activity: str
    title: Mapping[str, str]
    body: Mapping[str, Mapping[str, str]]
    competency: str
    tags: tuple[str, ...]
    comments: tuple[Mapping[str, str], ...]


def works_in(name: str) -> dict[str, Work]:
    """The works of a file of the data, by id."""
    raw: dict[str, Any] = yaml.safe_load((DATA / name).read_text(encoding="utf-8"))
    return {
        one["id"]: Work(
            one["id"],
            one["activity"],
            one["title"],
            one["body"],
            one.get("competency", ""),
            tuple(one.get("tags", ())),
            tuple(one.get("comments", ())),
        )
        for one in raw["works"]
    }


@dataclass(slots=True)
class Workshops:
    """Writes what classes do into the diary."""

    company: Company
    diary: Diary

    # ------------------------------------------------------------ classes

    def gather(
        self, slug: str, title: str, people: Sequence[Person], ago: int, now: datetime
    ) -> dict[Person, int]:
        """A class that starts `ago` days before today; gives the enrolments."""
        cohort = cohorts.make_cohort(
            slug,
            CohortData(title=title, place="三楼培训室", seats=16),
            starts_on=self.diary.day(ago),
            actor_id=self.company.id(cast.LEAD_TRAINER),
            now=now,
        )
        made = cohorts.put_in(
            cohort,
            [self.company.id(one) for one in people],
            actor_id=self.company.id(cast.LEAD_TRAINER),
            now=now,
        )
        return dict(zip(people, made, strict=True))

    def attend(self, enrolments: Mapping[Person, int], activity: str, ago: int) -> None:
        """The trainer's list of the day."""
        for n, (person, enrolment) in enumerate(enrolments.items()):
            presence = Presence.ABSENT if person.login == MISSED else Presence.PRESENT
            self.diary.write(
                self.diary.at(ago, 9, 5 + n % 40),
                partial(self._attend, enrolment, activity, presence),
            )

    def _attend(self, enrolment: int, activity: str, presence: Presence, now: datetime) -> None:
        fieldwork.attend(
            enrolment_id=enrolment,
            activity_id=activity,
            presence=presence,
            notes="当天出差，没有来" if presence is Presence.ABSENT else "",
            key=_key("attend", enrolment, activity),
            actor_id=self.company.id(cast.LEAD_TRAINER),
            now=now,
        )

    def look(self, enrolments: Mapping[Person, int], ago: int) -> None:
        """A morning on which the track is looked at, as the night job does."""
        ids = list(enrolments.values())
        self.diary.write(self.diary.at(ago, 8), lambda now: track_services.advance(ids, now=now))

    # ------------------------------------------------------------ the case workshop

    def write_class(self, enrolments: Mapping[Person, int], ago: int) -> None:
        """Cases before the day, the day itself, cards after it; the rest hand in together."""
        found = works_in("workshop.yaml")
        by_login = {person.login: person for person in enrolments}
        self.attend(enrolments, DAY, ago)
        wrote: dict[str, Person] = {}
        for n, (work_id, login) in enumerate(AUTHORS.items()):
            work, author = found[work_id], by_login.get(login)
            if author is None:
                continue
            wrote.setdefault(work.activity, author)
            before = ago + 6 if work.activity == CASE else ago - 3
            one = _Writing(work, author, enrolments[author])
            self.diary.write(self.diary.at(before, 15, 10 + n), partial(self._hand_in, one))
            self.diary.write(self.diary.at(before - 1, 16, 5 + n), partial(self._review, one))
            self.diary.write(self.diary.at(before - 2, 11, 20 + n), partial(self._publish, one))
        for later in (8, 15):
            self.look(enrolments, ago - later)
        authors = {(AUTHORS[one.id], one.activity) for one in found.values()}
        for activity, author in wrote.items():
            rest = [
                enrolment
                for person, enrolment in enrolments.items()
                if (person.login, activity) not in authors
            ]
            reason = TOGETHER % author.name
            self.diary.write(
                self.diary.at(ago - 2, 17, 10), partial(self._together, rest, activity, reason)
            )

    def _together(
        self, enrolments: Sequence[int], activity: str, reason: str, now: datetime
    ) -> None:
        for enrolment in enrolments:
            track_services.waive(
                enrolment_id=enrolment,
                activity_id=activity,
                is_waived=True,
                reason=reason,
                actor_id=self.company.id(cast.LEAD_TRAINER),
                now=now,
            )

    def _place(self, enrolment: int, activity: str) -> Place:
        return works.place(enrolment, activity, today=organisation_day(clock.now()))

    def _save(self, one: "_Writing", now: datetime, *, revision: int = 1) -> None:
        place = self._place(one.enrolment, one.work.activity)
        deliverables.save(
            place,
            [
                Save(row.id, revision, one.work.body[row.id][LANGS[0]].strip())
                for row in place.form.rows
            ],
            client="web",
            actor_id=self.company.id(one.author),
            now=now,
        )

    def _hand_in(self, one: "_Writing", now: datetime) -> None:
        self._save(one, now)
        deliverables.hand_in(
            self._place(one.enrolment, one.work.activity),
            is_confirmed=True,
            key=_key("hand", one.work.id, now),
            actor_id=self.company.id(one.author),
            now=now,
        )

    def _review(self, one: "_Writing", now: datetime) -> None:
        document = self._document(one)
        if document.review_id is not None:
            self._mark_all(document.review_id, now)

    def _document(self, one: "_Writing") -> Document:
        document = self._place(one.enrolment, one.work.activity).document
        if document is None:
            raise LookupError(one.work.id)
        return document

    def _mark_all(self, performance_id: int, now: datetime) -> None:
        """Everybody asked gives a mark, three of four or a little more."""
        performance = session().get_one(Performance, performance_id)
        form, _rules = frozen(performance)
        seats = session().scalars(
            select(Seat).where(Seat.performance_id == performance_id).order_by(Seat.id)
        )
        for seat in list(seats):
            roll = dice("seat", form.id, seat.id)
            marks = {
                row.id: row.points - (1 if row.points < 10 else roll.choice((2, 3)))
                for row in form.rows
            }
            ratings.submit(
                seat_id=seat.id,
                new=NewMark(
                    marks,
                    keep="转折那一段有当时的原话，看得出是怎么知道的。",
                    change="做法里再写一句客户当时怎么答。",
                    attempt="拿这一步去跟另一类客户试一次，记下结果。",
                ),
                key=_key("seat", seat.id),
                seen=0,
                actor_id=seat.assessor_id,
                now=now,
            )

    def _publish(self, one: "_Writing", now: datetime) -> None:
        """The trainer accepts; then the entry gets its title, its English and its tags."""
        deliverables.follow(now=now)
        document = self._document(one)
        lead = self.company.id(cast.LEAD_TRAINER)
        place = self._place(one.enrolment, one.work.activity)
        if document.review_id is not None and not self._is_reviewed(document.review_id):
            return
        deliverables.accept(document.id, place, actor_id=lead, now=now)
        entry = self._document(one).entry_id
        if entry is None:
            return
        knowledge.revise(
            entry_id=entry,
            texts=[
                knowledge.Draft(
                    lang,
                    one.work.title[lang],
                    {row: said[lang] for row, said in one.work.body.items()},
                    {row.id: text_in(row.title, lang) for row in place.form.rows},
                )
                for lang in LANGS
            ],
            competency=one.work.competency,
            tags=one.work.tags,
            actor_id=self.company.id(one.author),
            now=now,
        )
        knowledge.approve(entry_id=entry, actor_id=lead, now=now)
        if one.work.activity == CARD:
            self.diary.write(self.diary.at(20, 18, 10), partial(self._use, entry))

    def _is_reviewed(self, performance_id: int) -> bool:
        return session().get_one(Performance, performance_id).released_at is not None

    def _use(self, entry: int, now: datetime) -> None:
        """Some tried it at a customer's and say how it went."""
        here = {one.login: one for one in cast.SELLERS}
        for login, has_worked in USED:
            if login in here:
                knowledge.say_used(
                    entry_id=entry,
                    person_id=self.company.id(here[login]),
                    has_worked=has_worked,
                    customer=Customer.NEW,
                    note="客户自己说出了那个数" if has_worked else "对方赶时间，只问了一句",
                    now=now,
                )

    # ------------------------------------------------------------ growth plans

    def write_settled(self, manager: Staff, enrolment: int, ago: int) -> None:
        """A plan from the draft to the panel's word. `ago`: when the workshop started."""
        [work] = works_in("growth-plan.yaml").values()
        one = _Writing(work, manager, enrolment)
        self.diary.write(self.diary.at(ago - 19, 16), partial(self._hand_in, one))
        self.diary.write(self.diary.at(ago - 20, 10), partial(self._plan, one))
        self.diary.write(self.diary.at(ago - 34, 17), partial(self._hand_in_again, one))
        self.diary.write(self.diary.at(ago - 36, 10), partial(self._seat_panel, one))
        self.diary.write(self.diary.at(ago - 45, 16), partial(self._defend, one))

    def _hand_in_again(self, one: "_Writing", now: datetime) -> None:
        self._save(one, now, revision=2)
        deliverables.hand_in(
            self._place(one.enrolment, PLAN),
            is_confirmed=True,
            key=_key("final", one.work.id, now),
            actor_id=self.company.id(one.author),
            now=now,
        )

    def _plan(self, one: "_Writing", now: datetime) -> None:
        start = now.date()
        deliverables.plan_milestones(
            self._place(one.enrolment, PLAN),
            [
                Planned(what, owner, _later(start, days), "5,800 元")
                for what, owner, days in (
                    ("每人交过 4 段诊断录音，都讲评过", one.author.name, 30),
                    ("到 S2 的每条都附纪要，S1→S2 到 57%", "甲", 60),
                    ("S1→S2 到 60%，累计 34 单", one.author.name, 90),
                )
            ],
            actor_id=self.company.id(one.author),
            now=now,
        )

    def _seat_panel(self, one: "_Writing", now: datetime) -> None:
        """The superior, HR, and somebody of another department."""
        document = self._document(one)
        if document.panel_id is None:
            raise LookupError(one.work.id)
        panel = (
            (cast.DIRECTOR, Party.MANAGER), (cast.HR, Party.HR), (cast.LEAD_TRAINER, None),
        )  # fmt: skip
        for who, party in panel:
            ratings.seat(
                performance_id=document.panel_id,
                assessor_id=self.company.id(who),
                role=SeatRole.PANEL,
                party=party,
                actor_id=self.company.id(cast.LEAD_TRAINER),
                now=now,
            )

    def _defend(self, one: "_Writing", now: datetime) -> None:
        document = self._document(one)
        if document.panel_id is not None:
            self._mark_all(document.panel_id, now)
        deliverables.follow(now=now)

    def write_in_revision(self, manager: Staff, enrolment: int, ago: int) -> None:
        """A draft that was commented at its places and is being written on."""
        [work] = works_in("growth-plan-east.yaml").values()
        one = _Writing(work, manager, enrolment)
        self.diary.write(self.diary.at(ago - 20, 17), partial(self._hand_in, one))
        self.diary.write(self.diary.at(ago - 23, 11), partial(self._comment, one))

    def _comment(self, one: "_Writing", now: datetime) -> None:
        for n, said in enumerate(one.work.comments):
            deliverables.comment(
                self._place(one.enrolment, PLAN),
                Remark(1, said["row"], said["quote"], said["text"], _key("remark", one.work.id, n)),
                party=Party.MANAGER,
                actor_id=self.company.id(cast.DIRECTOR),
                now=now,
            )


@dataclass(frozen=True, slots=True)
class _Writing:
    """Somebody's work for an enrolment."""

    work: Work
    author: Person
    enrolment: int


def _later(day: date, days: int) -> date:
    return date.fromordinal(day.toordinal() + days)


def _key(*labels: object) -> str:
    return f"demo-{dice('key', *labels).getrandbits(64):016x}"
