"""Every periodic step has words: an administrator reads what it does, not what it is called."""

from app.admin.machine import RHYTHMS, STEP_WORDS
from app.jobs.worker import steps_of


def test_every_step_of_every_room_has_words_and_a_rhythm(app):
    names = {*steps_of(app), *(f"deliver:{room}" for room in app.extensions["couriers"])}
    assert names == set(STEP_WORDS)
    assert {name.partition(":")[0] for name in names} <= set(RHYTHMS)
