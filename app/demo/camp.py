"""The first month in the rooms: mentors, the signed list, sheets, role-plays before two, gates.

Days count from the day of hiring, 0 being the first. What lies after today does not happen.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from app.accounts import services as accounts
from app.demo import cast
from app.demo.cast import Seller, Staff
from app.demo.company import Company, region_on
from app.demo.diary import Diary
from app.demo.minds import dice
from app.domain.fieldwork import Verdict, highest
from app.domain.framework import EvidenceKind
from app.domain.rated import SeatRole
from app.domain.tracks import Form, Party, Track
from app.fieldwork import services as fieldwork
from app.fieldwork.services import Filled
from app.ratings import services as ratings
from app.ratings.services import NewMark
from app.tracks import queries as tracks
from app.tracks import services as track_services

LIST: Final = "d5-crm-checklist"
SHADOW, WEEKLY, JOINT, SELF = "m-shadowing", "m-weekly", "m-joint", "m-self"
OPENING, NEEDS, PRICE = "m-rp-opening", "m-rp-needs", "m-rp-price"
MONTH: Final = 30
LOOKS: Final = (7, 10, 30, 45)
NAMED: Final = "区里最熟这类客户，先带起来；知识复训本月补上。"
EXEMPT: Final = "入职时带教和演练用纸质表完成，带教人和经理都签了字，原件由人力资源部存档。"


@dataclass(frozen=True, slots=True)
class NotYet:
    """A weekly observation that ends with "not yet": its day, why, and the day of the next look."""

    day: int
    because: str
    again: int


@dataclass(frozen=True, slots=True)
class Play:
    """A role-play: the two agree, the lead decides (`split`), or one mark is late (`waits`)."""

    activity: str
    day: int
    split: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    """What somebody's first month holds. `rows`: how many of the list's rows both have signed."""

    mentor: str = ""
    paired: int = 6
    until: int | None = None
    rows: int = 12
    shadow: tuple[int, ...] = ()
    weekly: tuple[int, ...] = ()
    not_yet: NotYet | None = None
    joint: tuple[int, ...] = ()
    plays: tuple[Play, ...] = ()
    reflects: int | None = None
    signs: tuple[tuple[Party, int], ...] = ()
    extends: tuple[tuple[str, int, str, str], ...] = ()
    pauses: tuple[int, str] | None = None


MONTHS: Final = {
    "panchuqiao": Month(
        "liangjiawen", until=32, shadow=(7, 9, 11), weekly=(9, 16, 23, 27),
        joint=(11, 14, 18, 21, 25),
        plays=(Play(OPENING, 15), Play(NEEDS, 20, split=True), Play(PRICE, 24)),
        reflects=27, signs=((Party.MENTOR, 28), (Party.LEARNER, 28), (Party.MANAGER, 29)),
    ),
    "tengfeiyu": Month(
        "hanliqun", until=42, shadow=(8, 10, 13), weekly=(10, 17, 24, 31),
        joint=(12, 16, 20, 25, 33),
        plays=(Play(OPENING, 18), Play(NEEDS, 23), Play(PRICE, 32, split=True)),
        reflects=29, signs=((Party.MENTOR, 36), (Party.LEARNER, 36), (Party.MANAGER, 37)),
        extends=(
            ("g2", 28, "两周内补一次联合拜访和价格异议演练。", "国庆假期客户约不上"),
        ),
    ),
    "huoqiming": Month(
        "liangjiawen", shadow=(8, 10, 13), weekly=(9, 17), joint=(15, 24, 40),
        plays=(Play(OPENING, 19), Play(NEEDS, 26, split=True)), reflects=29,
        extends=(
            ("g2", 28, "每周一次观察，补价格异议演练；开场先问再讲。", "联合拜访只做了两次"),
        ),
    ),
    "suwanzhou": Month(
        "lujiahe", shadow=(7, 9, 11), weekly=(8, 15, 22, 26), joint=(10, 13, 17, 20, 23),
        plays=(Play(OPENING, 14), Play(NEEDS, 19, split=True), Play(PRICE, 23)),
        reflects=25, signs=((Party.MENTOR, 25), (Party.LEARNER, 26)),
    ),
    "luqingheng": Month(
        "liangjiawen", shadow=(8, 10), weekly=(9,), joint=(12,),
        pauses=(14, "病假，手术后休养，预计两周"),
    ),
    "ningyuan": Month(
        "hanliqun", shadow=(8, 10, 12), weekly=(9,),
        not_yet=NotYet(16, "客户说了“有点麻烦”，没有往下问一个月几次、花多少钱", 21),
        joint=(13, 17), plays=(Play(OPENING, 14), Play(NEEDS, 16, waits=True)),
    ),
    "zhongyingxue": Month(rows=4),
    "wanshuying": Month(
        "hanliqun", rows=7,
        extends=(("g1", 6, "", "借调展会两天，CRM 操作没有做完"),),
    ),
    "fangzhixia": Month("lujiahe", paired=5, rows=5),
    "wusongxian": Month("liangjiawen", paired=1, rows=0),
}  # fmt: skip
# Their first month was on paper, before these forms were in use.
ON_PAPER: Final = frozenset({
    "hewenlan", "tanzhenbang", "tongxiaolan", "jingting", "yaozijin", "haoyinuo", "gongruochen",
    "ganlin",
})  # fmt: skip
ASSESSORS: Final = ("shenyifan", "mengfanxing", "liyonglin")

_SEEN: Final = (
    "客户说“上个月多跑了四十趟”，他接着问了一趟花多少钱。",
    "来意和时间都说了，等对方点头才问第一句。",
    "报价那一句先说“我核实后回复”，当天就回了。",
    "走之前约到了下周二，客户答应带调度主管来。",
    "听得多了，打断少了；影响问题问到第二个。",
)
_KEPT: Final = "说完来意停下来，等对方点头。"
_CHANGED: Final = "客户说麻烦的时候，先问一个月几次，再讲我们。"
_TRIED: Final = "下次拜访前写好三个影响问题，念出声一遍。"
_REFLECTED: Final = {
    "alone": "开场、记录和约下一步能自己做完，客户会确认；报价单先算一遍再请带教人看。",
    "hard": "客户说贵的时候还会急着解释，上周三在连锁便利店那次就卡住了。",
    "plan": "每周请带教人听两通价格沟通，自己标出问原因的那一句，四次里三次做到就算练成。",
}


@dataclass(slots=True)
class Camp:
    """Writes first months into the diary."""

    company: Company
    diary: Diary
    _track: Track | None = field(default=None)

    def write(self, seller: Seller, enrolment: int) -> None:
        """Everything of this seller's month that lies before now."""
        if seller.login in ON_PAPER:
            self._at(seller, 36, 11, partial(self._exempt, enrolment))
        month = MONTHS.get(seller.login)
        if month is None:
            return
        one = _One(seller, enrolment, month)
        for day in LOOKS:
            self._at(seller, day, 8, lambda now: self._look(enrolment, now))
        self._write_mentor(one)
        self._write_list(one)
        self._write_sheets(one)
        for play in month.plays:
            self._at(seller, play.day - 3, 15, partial(self._play, one, play))
        self._write_gates(one)

    def _at(self, seller: Seller, day: int, hour: int, event: Callable[[datetime], object]) -> None:
        """Let something happen on a day after the hire; never on today or later."""
        ago = seller.hired - day
        if ago >= 1:
            minute = dice(seller.login, day, hour).randint(0, 50)
            self.diary.write(self.diary.at(ago, hour, minute), event)

    @property
    def track(self) -> Track:
        """The bootcamp as it is now."""
        if self._track is None:
            version = tracks.newest_version("bootcamp")
            if version is None:
                raise LookupError("bootcamp")
            self._track = tracks.track_of(version)
        return self._track

    def _look(self, enrolment: int, now: datetime) -> None:
        track_services.advance([enrolment], now=now)

    def _exempt(self, enrolment: int, now: datetime) -> None:
        track_services.exempt(
            enrolment_id=enrolment, evidence=EXEMPT, actor_id=self.company.id(cast.HR), now=now
        )

    # ------------------------------------------------------------ mentor

    def _write_mentor(self, one: "_One") -> None:
        mentor = _seller(one.month.mentor)
        if mentor is None:
            return
        self._at(one.seller, one.month.paired, 16, partial(self._pair, one, mentor))
        if one.month.until is not None:
            self._at(one.seller, one.month.until, 18, partial(self._unpair, one))

    def _manager(self, seller: Seller) -> int:
        return self.company.id(cast.MANAGERS[region_on(seller, 0)])

    def _pair(self, one: "_One", mentor: Seller, now: datetime) -> None:
        fieldwork.pair(
            mentor_id=self.company.id(mentor),
            trainee_id=self.company.id(one.seller),
            on=self.diary.day(one.seller.hired - one.month.paired),
            because=NAMED,
            may_name=True,
            actor_id=self._manager(one.seller),
            now=now,
        )

    def _unpair(self, one: "_One", now: datetime) -> None:
        accounts.end_pairing(
            trainee_id=self.company.id(one.seller),
            on=self.diary.day(one.seller.hired - (one.month.until or 0)),
            actor_id=self._manager(one.seller),
            now=now,
        )

    # ------------------------------------------------------------ the list, signed by both

    def _write_list(self, one: "_One") -> None:
        form = self._form(LIST)
        rows = [row.id for row in form.rows][: one.month.rows]
        trainer = cast.TRAINERS[one.seller.hired % 2]
        for day, some in ((4, rows[:7]), (5, rows[7:])):
            for hour, who in ((16, trainer), (17, one.seller)):
                if some:
                    self._at(one.seller, day, hour, partial(self._sign, one, who, some))

    def _sign(self, one: "_One", who: Seller | Staff, rows: list[str], now: datetime) -> None:
        fieldwork.sign(
            enrolment_id=one.enrolment,
            activity_id=LIST,
            row_ids=rows,
            key=_key("list", one.seller.login, rows[0]),
            actor_id=self.company.id(who),
            now=now,
        )

    def _form(self, activity_id: str) -> Form:
        activity = self.track.activity(activity_id)
        form = None if activity is None else self.track.form_of(activity)
        if form is None:
            raise LookupError(activity_id)
        return form

    # ------------------------------------------------------------ sheets

    def _write_sheets(self, one: "_One") -> None:
        month, mentor = one.month, _seller(one.month.mentor)
        if mentor is not None:
            for activity, days in (
                (SHADOW, month.shadow),
                (WEEKLY, month.weekly),
                (JOINT, month.joint),
            ):
                for day in days:
                    self._at(
                        one.seller, day, 17, partial(self._see, one, mentor, activity, day, None)
                    )
            if month.not_yet is not None:
                day = month.not_yet.day
                self._at(
                    one.seller, day, 17,
                    partial(self._see, one, mentor, WEEKLY, day, month.not_yet),
                )  # fmt: skip
        if month.reflects is not None:
            self._at(one.seller, month.reflects, 18, partial(self._reflect, one, month.reflects))

    def _see(
        self,
        one: "_One",
        mentor: Seller,
        activity: str,
        day: int,
        not_yet: NotYet | None,
        now: datetime,
    ) -> None:
        roll = dice(one.seller.login, activity, day)
        usual = 2.7 + 0.4 * one.seller.ability - (0.8 if not_yet else 0)
        marks = {
            row.id: 1 if highest(row) == 1 else min(4, max(1, round(usual + roll.gauss(0, 0.45))))
            for row in self._form(activity).rows
        }
        self._file(
            one,
            activity,
            Filled(
                happened_on=self.diary.day(one.seller.hired - day),
                content={"marks": marks, "notes": {}},
                key=_key(activity, one.seller.login, day),
                verdict=Verdict.YES if not_yet is None else Verdict.NOT_YET,
                because="" if not_yet is None else not_yet.because,
                again_on=None
                if not_yet is None
                else self.diary.day(one.seller.hired - not_yet.again),
                notes=roll.choice(_SEEN),
            ),
            mentor,
            now,
        )

    def _reflect(self, one: "_One", day: int, now: datetime) -> None:
        on = self.diary.day(one.seller.hired - day)
        filled = Filled(on, {"texts": dict(_REFLECTED)}, _key(SELF, one.seller.login, day))
        self._file(one, SELF, filled, one.seller, now)

    def _file(self, one: "_One", activity: str, filled: Filled, who: Seller, now: datetime) -> None:
        fieldwork.file(
            enrolment_id=one.enrolment,
            activity_id=activity,
            filled=filled,
            actor_id=self.company.id(who),
            now=now,
        )

    # ------------------------------------------------------------ role-plays

    def _play(self, one: "_One", play: Play, now: datetime) -> None:
        """The trainer sets the day and asks two assessors; their marks come on the day."""
        activity, form, rules = ratings.roleplay_of(self.track, play.activity)
        lead = self.company.id(cast.LEAD_TRAINER)
        performance = ratings.open_performance(
            person_id=self.company.id(one.seller),
            enrolment_id=one.enrolment,
            activity_id=play.activity,
            kind=EvidenceKind.ROLEPLAY,
            form=form,
            rated_rules=rules,
            occasion="",
            is_blind=False,
            title=activity.title,
            happens_on=self.diary.day(one.seller.hired - play.day),
            actor_id=lead,
            now=now,
        )
        first, second = cast.TRAINERS[play.day % 2], self._colleague(one)
        strict = 2 if play.split else 1
        for who, off, hour in ((first, 1, 15), (second, strict, 16)):
            seat = ratings.seat(
                performance_id=performance,
                assessor_id=self.company.id(who),
                role=SeatRole.MARKER,
                actor_id=lead,
                now=now,
            )
            if not (play.waits and who is second):
                self._at(one.seller, play.day, hour, partial(self._mark, seat, form, who, off))
        if play.split:
            self._at(one.seller, play.day, 17, partial(self._decide, performance, form))

    def _colleague(self, one: "_One") -> Seller | Staff:
        """Somebody experienced who is not the mentor; a trainer where nobody is."""
        here = [found for login in ASSESSORS if (found := _seller(login)) is not None]
        wanted = [found for found in here if found.login != one.month.mentor]
        return wanted[one.seller.hired % len(wanted)] if wanted else cast.MARKERS[0]

    def _mark(self, seat: int, form: Form, who: Seller | Staff, off: int, now: datetime) -> None:
        """`off`: how many marks below the best each row is; the last row is one better."""
        marks = {row.id: max(0, row.points - off) for row in form.rows}
        if off == 1:
            marks[form.rows[dice("best", seat).randrange(len(form.rows))].id] += 1
        ratings.submit(
            seat_id=seat,
            new=NewMark(marks, keep=_KEPT, change=_CHANGED, attempt=_TRIED),
            key=_key("mark", seat, off),
            seen=0,
            actor_id=self.company.id(who),
            now=now,
        )

    def _decide(self, performance: int, form: Form, now: datetime) -> None:
        """The two are further apart than they may be: the head of training decides."""
        seat = ratings.seat(
            performance_id=performance,
            assessor_id=self.company.id(cast.LEAD_TRAINER),
            role=SeatRole.LEAD,
            actor_id=self.company.id(cast.LEAD_TRAINER),
            now=now,
        )
        self._mark(seat, form, cast.LEAD_TRAINER, 1, now)

    # ------------------------------------------------------------ gates, leave

    def _write_gates(self, one: "_One") -> None:
        for gate, day, plan, reason in one.month.extends:
            self._at(one.seller, day, 18, partial(self._extend, one, gate, plan, reason))
        for party, day in one.month.signs:
            self._at(one.seller, day, 18, partial(self._sign_gate, one, party))
        if one.month.pauses is not None:
            day, reason = one.month.pauses
            self._at(one.seller, day, 9, partial(self._pause, one, day, reason))

    def _extend(self, one: "_One", gate: str, plan: str, reason: str, now: datetime) -> None:
        track_services.extend(
            enrolment_id=one.enrolment,
            gate_id=gate,
            plan=plan,
            reason=reason,
            actor_id=self._manager(one.seller),
            now=now,
        )

    def _sign_gate(self, one: "_One", party: Party, now: datetime) -> None:
        mentor = _seller(one.month.mentor)
        signers = {
            Party.LEARNER: self.company.id(one.seller),
            Party.MANAGER: self._manager(one.seller),
        }
        if mentor is not None:
            signers[Party.MENTOR] = self.company.id(mentor)
        if party in signers:
            track_services.sign_gate(
                enrolment_id=one.enrolment,
                gate_id="g2",
                party=party,
                is_yes=True,
                because="",
                again_on=None,
                actor_id=signers[party],
                now=now,
            )

    def _pause(self, one: "_One", day: int, reason: str, now: datetime) -> None:
        track_services.pause(
            enrolment_id=one.enrolment,
            from_on=self.diary.day(one.seller.hired - day),
            reason=reason,
            actor_id=self._manager(one.seller),
            now=now,
        )


@dataclass(frozen=True, slots=True)
class _One:
    """A seller in the middle of a month."""

    seller: Seller
    enrolment: int
    month: Month


def _seller(login: str) -> Seller | None:
    return next((one for one in cast.SELLERS if one.login == login), None)


def _key(*labels: object) -> str:
    """As a device makes it: once a form, at most forty characters."""
    return f"demo-{dice('key', *labels).getrandbits(64):016x}"
