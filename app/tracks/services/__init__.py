"""What changes tracks and enrolments. Services flush; the edges commit."""

from app.tracks.services.dates import due_at
from app.tracks.services.enrolling import confirm_lesson, enrol, withdraw
from app.tracks.services.lifecycle import (
    AlreadyExtendedError,
    BadDayError,
    CannotExtendError,
    NotYourSignatureError,
    StepSource,
    WrongMomentError,
    advance,
    exempt,
    extend,
    pause,
    readmit,
    record_step,
    resume,
    sign_gate,
    waive,
)
from app.tracks.services.loading import (
    BankMissingError,
    LessonMissingError,
    LoadedTrack,
    TrackInvalidError,
    load_folder,
    load_track,
)

__all__ = [
    "AlreadyExtendedError",
    "BadDayError",
    "BankMissingError",
    "CannotExtendError",
    "LessonMissingError",
    "LoadedTrack",
    "NotYourSignatureError",
    "StepSource",
    "TrackInvalidError",
    "WrongMomentError",
    "advance",
    "confirm_lesson",
    "due_at",
    "enrol",
    "exempt",
    "extend",
    "load_folder",
    "load_track",
    "pause",
    "readmit",
    "record_step",
    "resume",
    "sign_gate",
    "waive",
    "withdraw",
]
