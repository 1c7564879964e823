"""A stage with the shipped tracks, somebody on the bootcamp, and hands to fill in sheets."""

import itertools
from datetime import date, timedelta

import pytest

from app.accounts import services as accounts
from app.domain.fieldwork import Verdict
from app.fieldwork import services
from app.fieldwork.services import Filled
from tests.tracks.conftest import Bootcamp, tracks

__all__ = ["tracks"]

MONDAY = date(2026, 3, 2)
_keys = itertools.count(1)


def key() -> str:
    return f"key-{next(_keys):06d}"


class Field:
    """小王 on the bootcamp since Monday, mentored by 带教人; one line a deed."""

    def __init__(self, person, clock, enrolment_id) -> None:
        self.person, self.clock, self.enrolment_id = person, clock, enrolment_id

    def on(self, day: int):
        """Nine in the morning of the day-th day (day 1 is Monday)."""
        self.clock.set(self.clock.now.replace(hour=1) + timedelta(days=0))
        passed = (self.clock.now.date() - MONDAY).days
        self.clock.advance(days=day - 1 - passed)
        return self

    def sheet(
        self,
        activity="m-weekly",
        *,
        marks=None,
        who="带教人",
        yes=True,
        because="",
        again=None,
        on=None,
        **more,
    ):
        """Sign a sheet; every row gets 3 of 4 (or 1 of 1) unless `marks` says otherwise."""
        today = self.clock.now.date()
        rows = services.queries.work(self.enrolment_id, activity, day=today).form.rows
        usual = {row.id: 3 if services.rules.highest(row) > 1 else 1 for row in rows}
        return services.file(
            enrolment_id=self.enrolment_id,
            activity_id=activity,
            filled=Filled(
                happened_on=on or today,
                content={"marks": usual if marks is None else marks, "notes": {}},
                key=more.pop("key", None) or key(),
                verdict=Verdict.YES if yes else Verdict.NOT_YET,
                because=because,
                again_on=again,
                **more,
            ),
            actor_id=self.person(who).id,
            now=self.clock.now,
        )

    def sign(self, who, *rows, activity="d5-crm-checklist", with_key=None):
        """Sign rows of the checklist (all when none is named)."""
        one = services.queries.work(self.enrolment_id, activity, day=self.clock.now.date())
        return services.sign(
            enrolment_id=self.enrolment_id,
            activity_id=activity,
            row_ids=rows or [row.id for row in one.form.rows],
            key=with_key or key(),
            actor_id=self.person(who).id,
            now=self.clock.now,
        )


@pytest.fixture
def field(tracks, person, clock):
    enrolment_id = Bootcamp(person, clock).enrol("小王")[0]
    accounts.pair(
        mentor_id=person("带教人").id,
        trainee_id=person("小王").id,
        on=MONDAY,
        because="",
        actor_id=person("李经理").id,
        now=clock.now,
    )
    return Field(person, clock, enrolment_id)
