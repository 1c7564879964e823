"""Reads of rated work. Each function says what it costs."""

from app.ratings.queries.assessors import Candidate, candidates, standing_of
from app.ratings.queries.outcomes import (
    OutcomeOf,
    outcome_of,
    outcomes_of,
    seat_of,
    sem_squared_of,
)

__all__ = [
    "Candidate",
    "OutcomeOf",
    "candidates",
    "outcome_of",
    "outcomes_of",
    "seat_of",
    "sem_squared_of",
    "standing_of",
]
