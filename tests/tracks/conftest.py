"""A stage with the shipped framework, banks and tracks."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from app.assessments import services as assessments
from app.assessments.frozen import thaw
from app.assessments.models import Assignment, Attempt
from app.assessments.queries.rows import attempt_any
from app.banks import queries as banks
from app.banks.loader import load_text
from app.domain.items import Choice, TrueFalse
from app.domain.papers import letter_of
from app.kernel.db import session
from app.tracks import queries, services
from app.tracks.models import TrackExam
from tests import builders

BANKS = Path(__file__).parents[2] / "question_banks"
MONDAY = date(2026, 3, 2)
ZONE = "Asia/Shanghai"


@pytest.fixture
def tracks(app):
    """The shipped tracks: whoever asks for them stands on the furnished stage."""
    return queries.track_list()


@pytest.fixture
def load_track(tracks):
    """Load a track from its text, without lessons."""

    def load(text):
        loaded = load_text(text, name="track")
        assert loaded.track is not None, [str(one) for one in loaded.problems]
        return services.load_track(
            loaded.track, source=text, lessons={}, actor_id=None, now=builders.START
        )

    return load


class Bootcamp:
    """Someone on the bootcamp, in a line."""

    def __init__(self, person, clock) -> None:
        self.person, self.clock = person, clock

    def enrol(self, *names, slug="bootcamp", on=MONDAY):
        return services.enrol(
            person_ids=[self.person(name).id for name in names],
            slug=slug,
            anchor_on=on,
            actor_id=self.person("陈老师").id,
            now=self.clock.now,
        )

    def read(self, name, activity_id, enrolment_id):
        services.confirm_lesson(
            enrolment_id=enrolment_id,
            activity_id=activity_id,
            person_id=self.person(name).id,
            now=self.clock.now,
        )

    def exam(self, activity_id, slug="bootcamp"):
        """The assessment of an exam."""
        return queries.exams_of(queries.newest_version(slug).id)[activity_id]

    def sit(self, name, activity_id, *, right=True, slug="bootcamp", number=1, text=""):
        """Answer every objective item, all right or all wrong, and hand in; gives the attempt.

        `number` is the round of a renewal; `text` answers what is marked by people.
        """
        person = self.person(name).id
        exam = session().scalar(
            select(TrackExam.assessment_id).where(
                TrackExam.track_version_id == queries.newest_version(slug).id,
                TrackExam.activity_id == activity_id,
                TrackExam.round == number,
            )
        )
        assignment = session().scalar(
            select(Assignment.id).where(
                Assignment.person_id == person, Assignment.assessment_id == exam
            )
        )
        start = {"assignment_id": assignment, "person_id": person, "now": self.clock.now}
        attempt = assessments.start(**start, seed=f"{name}/{activity_id}/{number}")
        frozen = thaw(attempt_any(attempt).body)
        items = banks.item_versions({slot.entry.item_version_id for slot in frozen.slots})
        saves = [
            {"item": slot.position, "revision": 1, "response": response}
            for slot in frozen.slots
            for response in [
                _response(items[slot.entry.item_version_id].body, slot, right=right, text=text)
            ]
            if response is not None
        ]
        self.clock.advance(minutes=10)
        assessments.hand_in(
            attempt_id=attempt,
            person_id=person,
            key="k",
            client="test",
            saves=saves,
            now=self.clock.now,
        )
        return session().get(Attempt, attempt, populate_existing=True)


def _response(body, slot, *, right, text):
    if isinstance(body, TrueFalse):
        return {"value": body.key is right}
    if isinstance(body, Choice):
        wrong = [o for o in slot.entry.options if o not in body.key]
        chosen = sorted(body.key) if right else wrong[:1]
        return {"options": sorted(letter_of(slot.entry.options, o) for o in chosen)}
    return {"text": text} if text else None


@pytest.fixture
def bootcamp(tracks, person, clock):
    return Bootcamp(person, clock)
