"""Pages of the room: the learner's and the trainer's."""

from app.assessments.views import learner, trainer
from app.assessments.views.blueprint import bp

__all__ = ["bp", "learner", "trainer"]
