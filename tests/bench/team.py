"""The team page of a manager with 10,000 people, with 100,000 and with 2 million responses."""

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

from flask import current_app
from flask.testing import FlaskClient
from sqlalchemy import event, insert, select

from app import create_app
from app.accounts.models import Leadership, Membership, UnitEdge, User
from app.assessments.models import (
    Assessment,
    AssessmentSource,
    Assignment,
    Attempt,
    FirstResult,
    ItemScore,
    RateCell,
)
from app.competency.models import FrameworkVersion, ProfileLevel, ProfileSummary
from app.kernel import clock
from app.kernel.db import Base, db, transaction
from tests import builders, world
from tests.bench.meter import Line, seconds_of, show

PEOPLE, TEAMS, ITEMS = 10_000, 100, 20
SLUGS = [
    "product-knowledge",
    "talk-tracks",
    "crm-operation",
    "drive",
    "prospecting",
    "insight",
    "influence",
    "closing",
    "customer-insight",
    "data-use",
]


def run() -> None:
    """Print the figures of the team page."""
    folder = Path(tempfile.mkdtemp(prefix="lb-bench-"))
    made = world.build(folder, learners=1)
    app = create_app(made.settings)
    with app.app_context():
        manager = _company(made.assessment_id)
        took = {}
        _responses(range(2), people=PEOPLE // 4)
        took["100k"] = _page(app, manager)
        _responses(range(2, 12), people=PEOPLE)
        took["2M"] = _page(app, manager)
        db.engine.dispose()
    small, large = took["100k"], took["2M"]
    show(
        "Team page of a manager with 10,000 people, SQLite, in process",
        [
            Line("with 100,000 responses", 1000 * small["seconds"], "ms", 300),
            Line("with 2 million responses", 1000 * large["seconds"], "ms", 300),
            Line("ratio 2 M to 100 k", large["seconds"] / small["seconds"], "x", 1.3),
            Line("of it in the database", 1000 * large["database"], "ms"),
            Line("SQL statements", large["statements"], ""),
            Line("page size", large["bytes"] / 1024, "KB"),
        ],
    )


def _company(assessment_id: int) -> world.Learner:
    now, long_ago, dice = clock.now(), builders.LONG_AGO, random.Random(1)
    with transaction():
        region = builders.unit("全国")
        boss = builders.user("总经理", "manager", leads=region)
        teams = [builders.unit(f"团队{n}") for n in range(TEAMS)]
        session = db.session
        session.add_all(
            UnitEdge(unit_id=team.id, parent_id=region.id, valid_from=long_ago) for team in teams
        )
        first = boss.id + 1
        _many(User, (_user(first + n) for n in range(PEOPLE)))
        _many(
            Membership,
            (
                {
                    "user_id": first + n,
                    "unit_id": teams[n % TEAMS].id,
                    "valid_from": long_ago,
                }
                for n in range(PEOPLE)
            ),
        )
        version = session.scalar(select(FrameworkVersion.id))
        levels = list(_levels(first, version, now.date(), dice))
        _many(ProfileLevel, levels)
        _many(ProfileSummary, _summaries(levels))
        cookie = world.sign_in(current_app, boss.id)
    return world.Learner(boss.id, first, cookie)


def _user(n: int) -> dict[str, Any]:
    return {
        "id": n,
        "name": f"销售{n}",
        "staff_no": f"B{n}",
        "staff_no_key": f"b{n}",
        "password_hash": "!",
        "must_change_password": False,
        "locale": "zh-CN",
        "timezone": "Asia/Shanghai",
        "theme": "auto",
        "job_role": "seller",
        "hire_on": date(2026, 1, 1),
        "created_at": builders.START,
    }


def _levels(first: int, version: int, today: date, dice: random.Random) -> Iterator[dict[str, Any]]:
    for n in range(PEOPLE):
        for slug in SLUGS:
            status = dice.choice(["sufficient"] * 5 + ["provisional", "insufficient", "stale"])
            call = dice.choice(["met", "met", "gap", "undecided"])
            mean = dice.uniform(40, 90)
            yield {
                "person_id": first + n,
                "competency": slug,
                "framework_version_id": version,
                "as_of": today,
                "role": "seller",
                "step": "day-90",
                "mean": mean,
                "sd": 9.0,
                "lo": mean - 15,
                "hi": mean + 10,
                "p": 0.7,
                "status": status,
                "call": call if status == "sufficient" else None,
                "level": {"gap": "L2", "met": dice.choice(["L3", "L4"]), "undecided": "L2"}[call]
                if status == "sufficient"
                else None,
                "expected": "L3",
                "weight": dice.randint(1, 3),
                "kinds": 2,
                "pieces": 4,
                "newest_on": today - timedelta(days=dice.randint(1, 100)),
            }


def _summaries(levels: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for start in range(0, len(levels), len(SLUGS)):
        mine = levels[start : start + len(SLUGS)]
        statuses = Counter(one["status"] for one in mine)
        calls = Counter(one["call"] for one in mine)
        yield {
            "person_id": mine[0]["person_id"],
            "as_of": mine[0]["as_of"],
            "expected": len(SLUGS),
            "sufficient": statuses["sufficient"],
            "provisional": statuses["provisional"],
            "insufficient": statuses["insufficient"],
            "stale": statuses["stale"],
            "met": calls["met"],
            "gaps": calls["gap"],
            "undecided": calls["undecided"],
            "coaching": sum(one["level"] == "L4" for one in mine),
            "weighted_gap": sum(one["weight"] for one in mine if one["call"] == "gap"),
            "asked": ",".join(sorted(SLUGS)),
            "gaps_in": ",".join(sorted(x["competency"] for x in mine if x["call"] == "gap")),
        }


def _responses(assessments: Iterable[int], *, people: int) -> None:
    """Everybody's released attempt of 20 items at each assessment, and the cells kept with them."""
    now, dice = clock.now(), random.Random(2)
    with transaction() as session:
        template = session.scalars(select(Assessment)).first()
        source = session.scalars(select(AssessmentSource)).first()
        columns = {c.key: getattr(template, c.key) for c in Assessment.__table__.c if c.key != "id"}
        people_ids = list(session.scalars(select(User.id).where(User.staff_no.like("B%"))))[:people]
        team = dict(session.execute(select(Membership.user_id, Membership.unit_id)).all())
        top = session.scalar(select(Attempt.id).order_by(Attempt.id.desc()).limit(1)) or 0
        for _ in assessments:
            made = session.scalar(insert(Assessment).values(**columns).returning(Assessment.id))
            session.execute(
                insert(AssessmentSource).values(
                    assessment_id=made, bank_version_id=source.bank_version_id, bank=source.bank
                )
            )
            top = _sat(made, people_ids, team, top, now, dice)


def _sat(
    assessment: int,
    people: Sequence[int],
    team: dict[int, int],
    top: int,
    now: Any,
    dice: random.Random,
) -> int:
    session = db.session
    base = (session.scalar(select(Assignment.id).order_by(Assignment.id.desc()).limit(1)) or 0) + 1
    _many(
        Assignment,
        (
            {
                "id": base + n,
                "assessment_id": assessment,
                "person_id": person,
                "is_preview": False,
                "extra_seconds": 0,
                "assigned_at": now,
            }
            for n, person in enumerate(people)
        ),
    )
    passed = [dice.random() < 0.7 for _ in people]
    _many(
        Attempt,
        (
            {
                "id": top + 1 + n,
                "assignment_id": base + n,
                "assessment_id": assessment,
                "person_id": person,
                "number": 1,
                "is_preview": False,
                "seed": "0",
                "engine": "1",
                "started_at": now,
                "submitted_at": now,
                "scored_at": now,
                "released_at": now,
                "is_timed_out": False,
                "total": 70,
                "maximum": 100,
                "passed": passed[n],
                "unit_id": team[person],
            }
            for n, person in enumerate(people)
        ),
    )
    _many(
        ItemScore,
        (
            {
                "attempt_id": top + 1 + n,
                "position": position,
                "item_version_id": position,
                "item_id": f"pk-{position:03d}",
                "share": 1,
                "points": 5,
                "maximum": 5,
                "outcome": "correct",
                "reason": "right",
            }
            for n in range(len(people))
            for position in range(1, ITEMS + 1)
        ),
    )
    _many(
        FirstResult,
        (
            {
                "person_id": person,
                "assessment_id": assessment,
                "attempt_id": top + 1 + n,
                "unit_id": team[person],
                "day": now.date(),
                "passed": passed[n],
                "passed_counted": passed[n],
            }
            for n, person in enumerate(people)
        ),
    )
    cells: dict[int, list[int]] = {}
    for person, did in zip(people, passed, strict=True):
        cell = cells.setdefault(team[person], [0, 0])
        cell[0] += 1
        cell[1] += did
    _many(
        RateCell,
        (
            {
                "unit_id": unit,
                "assessment_id": assessment,
                "month": f"{now:%Y-%m}",
                "n": n,
                "passed": k,
                "passed_counted": k,
            }
            for unit, (n, k) in cells.items()
        ),
    )
    return top + len(people)


def _many(model: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    source = iter(rows)
    while part := list(islice(source, 20_000)):
        db.session.execute(insert(model.__table__), part)


def _page(app: Any, manager: world.Learner) -> dict[str, float]:
    client: FlaskClient = app.test_client(use_cookies=False)
    headers = {"Cookie": f"lianbing={manager.cookie}"}
    with app.app_context():
        unit = db.session.scalar(select(Leadership.unit_id).where(Leadership.user_id == manager.id))
    heard: list[str] = []
    spent = [0.0]

    def before(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        heard.append(statement)
        spent[0] -= perf_counter()

    def after(*_more: Any) -> None:
        spent[0] += perf_counter()

    get: Callable[[], Any] = lambda: client.get(f"/teams/{unit}", headers=headers)  # noqa: E731
    answer = get()
    assert answer.status_code == 200, answer.status_code
    seconds = seconds_of(get, times=7)
    event.listen(db.engine, "before_cursor_execute", before)
    event.listen(db.engine, "after_cursor_execute", after)
    get()
    event.remove(db.engine, "before_cursor_execute", before)
    event.remove(db.engine, "after_cursor_execute", after)
    return {
        "seconds": seconds,
        "database": spent[0],
        "statements": len(heard),
        "bytes": len(answer.data),
    }
