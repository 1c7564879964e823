"""The full scene inside one test's transaction."""

import pytest

from tests.security import scene as scenes


@pytest.fixture
def words():
    return scenes.PlainWords()


@pytest.fixture
def scene(app, settings, words, clock, tmp_path):
    found = scenes.build(words, settings, tmp_path, clock.now)
    from app.kernel.db import session

    session().commit()
    return found
