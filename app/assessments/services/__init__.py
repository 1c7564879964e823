"""What other rooms and the edges may change here."""

from app.assessments.errors import ReportReplyMissingError, ReportTextMissingError
from app.assessments.services.adjusting import (
    Marked,
    count_late,
    give_attempt,
    put_mark,
    release_all,
    void,
)
from app.assessments.services.entering import (
    Entered,
    change_form,
    enter,
    make_sheets,
    note_correction,
)
from app.assessments.services.planning import (
    Definition,
    Source,
    assign,
    cancel,
    cancel_assignment,
    copy,
    define,
    define_for_track,
    definition_of,
    give_time,
    lengthen,
    move_due,
    preview,
    remind,
    set_markers,
)
from app.assessments.services.reporting import answer_report, report_item
from app.assessments.services.scoring import Receipt, sweep
from app.assessments.services.sitting import (
    SaveReplies,
    SaveReply,
    hand_in,
    log_signals,
    save,
)
from app.assessments.services.starting import start
from app.assessments.terms import Display, Feedback, Release

__all__ = [
    "Definition",
    "Display",
    "Entered",
    "Feedback",
    "Marked",
    "Receipt",
    "Release",
    "ReportReplyMissingError",
    "ReportTextMissingError",
    "SaveReplies",
    "SaveReply",
    "Source",
    "answer_report",
    "assign",
    "cancel",
    "cancel_assignment",
    "change_form",
    "copy",
    "count_late",
    "define",
    "define_for_track",
    "definition_of",
    "enter",
    "give_attempt",
    "give_time",
    "hand_in",
    "lengthen",
    "log_signals",
    "make_sheets",
    "move_due",
    "note_correction",
    "preview",
    "put_mark",
    "release_all",
    "remind",
    "report_item",
    "save",
    "set_markers",
    "start",
    "sweep",
    "void",
]
