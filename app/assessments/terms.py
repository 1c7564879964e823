"""The closed sets of this room."""

from enum import StrEnum


class Feedback(StrEnum):
    """When answers and explanations of a paper show (total and pass show on release)."""

    NEVER = "never"
    AFTER_SUBMIT = "after_submit"
    AFTER_CLOSE = "after_close"


class Release(StrEnum):
    """Who releases a complete score."""

    AUTO = "auto"
    TRAINER = "trainer"


class Display(StrEnum):
    """How the paper is laid out on the page."""

    ONE = "one"
    ALL = "all"


class Medium(StrEnum):
    """How an attempt was sat."""

    ONLINE = "online"
    PAPER = "paper"


class SignalKind(StrEnum):
    """What an integrity signal tells; none of them fails anybody."""

    LEFT = "left"
    BACK = "back"
    COPY = "copy"
    PASTE = "paste"
    FAST = "fast"


class Cause(StrEnum):
    """Why a result row was written."""

    COMPLETE = "complete"
    LATE_ANSWER = "late_answer"
    REGRADE = "regrade"


class ReportReason(StrEnum):
    """What a learner thinks is wrong with an item."""

    KEY = "key"
    UNCLEAR = "unclear"
    TYPO = "typo"
    OUTDATED = "outdated"
    OTHER = "other"


class ReportVerdict(StrEnum):
    """What a trainer decided about a reported item."""

    CHANGED = "changed"
    KEPT = "kept"
