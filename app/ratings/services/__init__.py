"""What changes rated work. Services flush; the edges commit.

For the rooms above (deliverables): `open_performance`, `seat`, `close`, `release`, `void`, and
`queries.outcome_of`: they ask how the work stands, nothing calls them back.
"""

from app.ratings.services.answers import answer_appeal_until, appeal_answer, decide_answer
from app.ratings.services.appeals import (
    appeal,
    appeal_until,
    assign_appeal,
    decide,
    keep_of_leavers,
    may_appeal,
    preview,
)
from app.ratings.services.marking import (
    NewMark,
    close,
    is_turn,
    release,
    submit,
    void,
    void_of_leavers,
)
from app.ratings.services.opening import open_performance, roleplay_of
from app.ratings.services.seating import Asked, decline, free_of_leavers, seat, seat_all

__all__ = [
    "Asked",
    "NewMark",
    "answer_appeal_until",
    "appeal",
    "appeal_answer",
    "appeal_until",
    "assign_appeal",
    "close",
    "decide",
    "decide_answer",
    "decline",
    "free_of_leavers",
    "is_turn",
    "keep_of_leavers",
    "may_appeal",
    "open_performance",
    "preview",
    "release",
    "roleplay_of",
    "seat",
    "seat_all",
    "submit",
    "void",
    "void_of_leavers",
]
