"""Pages of the room: the learner's and the trainer's."""

from app.assessments.views import learner, reported, trainer
from app.assessments.views.blueprint import bp

__all__ = ["bp", "learner", "reported", "trainer"]
