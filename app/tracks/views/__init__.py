"""Pages of the room, one module a part: each is imported here, so that its routes exist."""

from app.tracks.views import board, calendar, certificates, cohorts, editor, life, planner, tracks
from app.tracks.views.blueprint import bp

__all__ = [
    "board",
    "bp",
    "calendar",
    "certificates",
    "cohorts",
    "editor",
    "life",
    "planner",
    "tracks",
]
