"""The organisation and its people: who is hired, moves, leaves, and on which day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Final

from app.accounts import services as accounts
from app.accounts.services import PersonData
from app.demo import cast
from app.demo.cast import Seller, Staff, Story
from app.demo.diary import Diary
from app.kernel.policy import Actor

FIRST_NUMBER: Final = 2001
STAFF_HIRED: Final = 1700
SINCE: Final = 1800


@dataclass(slots=True)
class Company:
    """Ids of units by name and of people by login, filled as the story goes on."""

    diary: Diary
    password_hash: str
    units: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    _numbers: Mapping[str, str] = field(default_factory=dict)

    def id(self, who: Seller | Staff) -> int:
        """The id of somebody who has been hired already."""
        return self.people[who.login]

    def actor(self, who: Staff) -> Actor:
        """One of the staff as the one who acts."""
        return Actor(
            id=self.id(who),
            name=who.name,
            roles=frozenset({"learner", *who.roles}),
            locale="zh-CN",
            timezone=self.diary.timezone,
        )

    @property
    def admin_id(self) -> int:
        """Who makes accounts and moves people."""
        return self.id(cast.ADMIN)

    # ------------------------------------------------------------ setting up

    def found(self, now: datetime) -> None:
        """The tree of units and everybody who worked here before the half year began."""
        self._numbers = _staff_numbers()
        since = self.diary.day(SINCE)
        self._unit(cast.COMPANY, None, since, now)
        for name in (cast.SALES, cast.TRAINING, cast.PEOPLE_OFFICE):
            self._unit(name, cast.COMPANY, since, now)
        for name in cast.REGIONS:
            self._unit(name, cast.SALES, since, now)
        for person in (cast.ADMIN, *(one for one in cast.STAFF if one is not cast.ADMIN)):
            self._employ(person, now)
        for unit, leader in ((cast.SALES, cast.DIRECTOR), *cast.MANAGERS.items()):
            accounts.appoint_leader(
                unit_id=self.units[unit],
                user_id=self.id(leader),
                on=self.diary.day(STAFF_HIRED),
                actor_id=self.admin_id,
                now=now,
            )
        for seller in cast.SELLERS:
            if seller.hired >= cast.HISTORY_DAYS:
                self.hire(seller, now)

    def _unit(self, name: str, parent: str | None, since: date, now: datetime) -> None:
        self.units[name] = accounts.create_unit(
            name=name,
            parent_id=None if parent is None else self.units[parent],
            since=since,
            actor_id=self.people.get(cast.ADMIN.login),
            now=now,
        )

    def _employ(self, person: Staff, now: datetime) -> None:
        hired = self.diary.day(STAFF_HIRED)
        self.people[person.login] = accounts.create_person(
            self._data(person.name, person.login, hired, job_role=person.job_role),
            password_hash=self.password_hash,
            actor_id=self.people.get(cast.ADMIN.login),
            now=now,
            roles=person.roles,
            must_change_password=False,
        )
        self._place(person.login, person.unit, hired, now)

    def hire(self, seller: Seller, now: datetime) -> None:
        """A seller begins, in the team of that time."""
        hired = self.diary.day(seller.hired)
        self.people[seller.login] = accounts.create_person(
            self._data(
                seller.name,
                seller.login,
                hired,
                job_role="seller",
                step="backbone" if seller.is_backbone else None,
            ),
            password_hash=self.password_hash,
            actor_id=self.admin_id,
            now=now,
            must_change_password=False,
        )
        self._place(seller.login, seller.moved_from or seller.region, hired, now)

    def _data(
        self, name: str, login: str, hired: date, *, job_role: str, step: str | None = None
    ) -> PersonData:
        return PersonData(
            name=name,
            email=f"{login}@{cast.DOMAIN}",
            staff_no=self._numbers[login],
            job_role=job_role,
            set_step=step,
            hire_on=hired,
            timezone=self.diary.timezone,
        )

    def _place(self, login: str, unit: str, on: date, now: datetime) -> None:
        accounts.move_person(
            user_id=self.people[login],
            unit_id=self.units[unit],
            on=on,
            actor_id=self.people.get(cast.ADMIN.login),
            now=now,
        )

    # ------------------------------------------------------------ what changes later

    def write_changes(self) -> None:
        """Put the hires, the move and the leaving into the diary."""
        for seller in cast.SELLERS:
            if seller.hired < cast.HISTORY_DAYS:
                self.diary.write(self.diary.at(seller.hired, 8), partial(self.hire, seller))
            if seller.story is Story.MOVES:
                self.diary.write(self.diary.at(seller.until, 9), partial(self._move, seller))
            if seller.story is Story.LEAVES:
                self.diary.write(
                    self.diary.at(seller.until + 1, 9),
                    partial(self._sign_in, seller),
                )
                self.diary.write(self.diary.at(seller.until, 18), partial(self._leave, seller))

    def _move(self, seller: Seller, now: datetime) -> None:
        self._place(seller.login, seller.region, self.diary.day(seller.until), now)

    def _sign_in(self, seller: Seller, now: datetime) -> None:
        """The leaver was signed in on the last day, so that the end of a session can be seen."""
        accounts.open_session(
            user_id=self.id(seller),
            token_hash=f"{seller.login}-{now:%Y%m%d}",
            address="10.0.0.8",
            browser="Chrome, Windows",
            now=now,
        )

    def _leave(self, seller: Seller, now: datetime) -> None:
        on = self.diary.day(seller.until)
        accounts.leave(user_id=self.id(seller), on=on, actor_id=self.admin_id, now=now)


def _staff_numbers() -> dict[str, str]:
    """Numbers in the order of hiring, the staff first."""
    sellers = sorted(cast.SELLERS, key=lambda one: (-one.hired, one.login))
    logins = [one.login for one in cast.STAFF] + [one.login for one in sellers]
    return {login: f"CY{FIRST_NUMBER + n}" for n, login in enumerate(logins)}


def works_here(seller: Seller, ago: int) -> bool:
    """True when the seller is employed so many days before today."""
    return ago <= seller.hired and not (seller.story is Story.LEAVES and ago <= seller.until)


def region_on(seller: Seller, ago: int) -> str:
    """The team so many days before today."""
    return seller.moved_from if seller.moved_from and ago > seller.until else seller.region
