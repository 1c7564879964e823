"""A learner, people who may assess her, and a form of two rows."""

from dataclasses import replace
from datetime import date
from itertools import count

import pytest
from sqlalchemy import select

from app.competency.models import Evidence
from app.domain.framework import EvidenceKind
from app.domain.rated import SeatRole
from app.domain.tracks import Form, FormRow, Marking, Party, RatedRules
from app.kernel.db import session
from app.ratings import queries, services
from tests import builders
from tests.browser.conftest import device, sign_in, site
from tests.tracks.conftest import Bootcamp, bootcamp, tracks

__all__ = ["Bootcamp", "bootcamp", "device", "sign_in", "site", "tracks"]

OPENING = Form(
    "rp",
    {"zh-CN": "开场演练", "en": "Opening"},
    (
        FormRow("say", {"zh-CN": "说"}, competency="talk-tracks", weight=3),
        FormRow("ask", {"zh-CN": "问"}, competency="insight", weight=1),
    ),
    never=({"zh-CN": "贬低同行"}, {"zh-CN": "乱承诺"}),
)
ANCHORED = replace(
    OPENING,
    rows=tuple(
        replace(row, anchors=tuple({"zh-CN": text} for text in texts))
        for row, texts in zip(
            OPENING.rows,
            (
                (
                    "没说来意",
                    "说了来意，没说好处",
                    "说了来意和好处",
                    "说了好处，客户点头",
                    "客户复述了好处",
                ),
                ("没有问", "问了一句背景", "问出一个难点", "问出难点的代价", "客户自己说出数字"),
            ),
            strict=True,
        )
    ),
)
PAIR = RatedRules(Marking.PAIR, excludes=(Party.MENTOR,))
_keys = count(1)


class Desk:
    """Rated work in a line each."""

    def __init__(self, person, clock):
        self.person, self.clock = person, clock

    def plan(self, name="小王", rules=PAIR, form=OPENING, **more):
        values = {
            "enrolment_id": None,
            "activity_id": "",
            "kind": EvidenceKind.ROLEPLAY,
            "occasion": "",
            "is_blind": False,
            "actor_id": self.person("陈老师").id,
            "happens_on": date(2026, 3, 2),
        } | more
        return services.open_performance(
            person_id=self.person(name).id,
            form=form,
            rated_rules=rules,
            now=self.clock.now,
            **values,
        )

    def seat(self, performance, name, role=SeatRole.MARKER, party=None):
        return services.seat(
            performance_id=performance,
            assessor_id=self.person(name).id,
            role=role,
            party=party,
            actor_id=self.person("陈老师").id,
            now=self.clock.now,
        )

    def mark(self, seat, name, *rows, form=OPENING, seen=0, key="", **words):
        self.clock.advance(minutes=1)
        return services.submit(
            seat_id=seat,
            new=services.NewMark(
                dict(zip([row.id for row in form.rows], rows, strict=True)), **words
            ),
            key=key or f"key-{next(_keys)}",
            seen=seen,
            actor_id=self.person(name).id,
            now=self.clock.now,
        )

    def done(self, *marks, name="小王", rules=PAIR, by=("周老师", "阅卷人"), **more):
        """A role-play marked by two."""
        performance = self.plan(name, rules, **more)
        seats = [self.seat(performance, who) for who in by]
        for seat, who, rows in zip(seats, by, marks, strict=True):
            self.mark(seat, who, *rows)
        return performance

    def of(self, performance):
        return queries.outcome_of(performance)

    def ledger(self, performance):
        """competency -> the newest row of this performance."""
        rows = session().scalars(
            select(Evidence)
            .where(Evidence.source_type == "performance", Evidence.source_id == str(performance))
            .order_by(Evidence.number)
        )
        return {row.competency: row for row in rows}


@pytest.fixture
def desk(app, person, clock):
    return Desk(person, clock)


@pytest.fixture
def senior(app):
    """Three colleagues long with the company, in another team."""
    team = builders.unit("华北一组")
    return [
        builders.user(name, unit=team, hire_on=date(2024, 1, 1)).name
        for name in ("老吴", "老孙", "老郑")
    ]
