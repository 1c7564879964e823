"""The stage of the simulated company: the shipped tracks, and a short one."""

from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from app import create_app
from app.kernel.db import Base, db
from tests import builders, world
from tests.scale import IS_SOAK
from tests.tracks.conftest import load_track, tracks

__all__ = ["load_track", "tracks"]

SHORT = (Path(__file__).parent / "short.yaml").read_text(encoding="utf-8")


@contextmanager
def own_stage(folder):
    """A database in which the company commits as the edges do: in one transaction, which a month
    may well be, SQLite would get slower by the day.

    What is committed need not outlive a power cut here: that has tests of its own.
    """
    app = create_app(world.settings_for(folder))
    with app.app_context():
        event.listen(db.engine, "connect", lambda it, _row: it.execute("PRAGMA synchronous=OFF"))
        Base.metadata.create_all(db.engine)
        builders.cast()
        builders.shipped()
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


if IS_SOAK:

    @pytest.fixture
    def app(tmp_path, clock):
        """A whole year has a database of its own."""
        with own_stage(tmp_path) as found:
            yield found


@pytest.fixture
def short_bootcamp(load_track):
    """Who comes from now on is on the short track in place of the shipped bootcamp."""
    return load_track(SHORT).slug


@pytest.fixture
def refresher(load_track):
    """A short track for those who have been here long: no mentor in it, a quarter's certificate."""
    text = (
        SHORT.replace("id: bootcamp\n", "id: refresher\n")
        .replace("id: independent\n", "id: refreshed\n")
        .replace("enrol: {role: seller, within: 30}\n", "")
        .replace("by: [mentor]", "by: [manager]")
        .replace("        - {signed: mentor}\n", "")
        .replace("days: 9\n  warn: 4", "days: 60\n  warn: 20")
    )
    return load_track(text).slug
