"""A stage with the shipped framework in force."""

from contextlib import contextmanager
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import event

from app.competency import queries, services
from app.competency.services import NewEvidence, Source
from app.domain.framework import EvidenceKind
from app.kernel.db import db
from tests import builders

FRAMEWORK = Path(__file__).parents[2] / "question_banks" / "framework.yaml"
TODAY = date(2026, 3, 2)


@pytest.fixture
def framework(app):
    """The shipped framework, loaded."""
    loaded = services.load_framework(
        FRAMEWORK.read_bytes(), actor_id=None, now=builders.START, today=TODAY
    )
    return queries.framework_of(loaded.version_id)


class Ledger:
    """Writes evidence about one of the cast in a line."""

    def __init__(self, person) -> None:
        self.person = person
        self.today = TODAY

    def test(self, name, source, *, age=0, mark=60, passed=None, **shares):
        """`influence=(8, 10)`: eight of ten items right."""
        return self.write(
            name,
            source,
            [
                NewEvidence(
                    slug.replace("_", "-"),
                    EvidenceKind.TEST,
                    pass_mark=mark,
                    right=Fraction(str(right)),
                    items=n,
                    has_passed=passed,
                    label="课后测试",
                )
                for slug, (right, n) in shares.items()
            ],
            age=age,
        )

    def rated(self, name, source, slug, score, *, kind=EvidenceKind.ROLEPLAY, m=2, age=0, **more):
        """A rating by m assessors, or by one who is known (`assessor_id`)."""
        new = NewEvidence(slug, kind, pass_mark=60, score=score, assessors=m, **more)
        return self.write(name, source, [new], age=age)

    def write(self, name, source, entries, *, age=0):
        return services.record_evidence(
            person_id=self.person(name).id,
            source=Source("test", source),
            happened_on=self.today - timedelta(days=age),
            entries=entries,
            now=builders.START,
            today=self.today,
        )

    def levels(self, name):
        """slug -> stored level."""
        person_id = self.person(name).id
        found = queries.levels_for([person_id])[person_id]
        return {level.competency: level for level in found}

    def profile(self, name):
        return queries.profile(self.person(name).id, self.today)


@pytest.fixture
def ledger(framework, person):
    return Ledger(person)


@pytest.fixture
def queries_of(app):
    """`with queries_of() as heard:` lists the statements inside."""

    @contextmanager
    def listen():
        heard: list[str] = []

        def hear(_c, _cursor, statement, *_more):
            if not statement.startswith(("SAVEPOINT", "RELEASE", "BEGIN")):
                heard.append(statement)

        connection = db.engines[None]
        event.listen(connection, "before_cursor_execute", hear)
        yield heard
        event.remove(connection, "before_cursor_execute", hear)

    return listen
