"""When a notice becomes a mail: groups of kinds, a person's wishes, her hours. Pure rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

# Whoever is working in the product reads the notice there first.
GRACE: Final = timedelta(minutes=2)
SATURDAY: Final = 5


class Mode(StrEnum):
    """When notices of a group are mailed."""

    NOW = "now"
    DIGEST = "digest"
    NEVER = "never"


class Group(StrEnum):
    """Kinds of notices that a person decides about together."""

    TASKS = "tasks"
    RESULTS = "results"
    WORK = "work"
    FILES = "files"
    OTHER = "other"


DEFAULTS: Final[Mapping[Group, Mode]] = {
    Group.TASKS: Mode.NOW,
    Group.RESULTS: Mode.NOW,
    Group.WORK: Mode.DIGEST,
    Group.FILES: Mode.NEVER,
    Group.OTHER: Mode.DIGEST,
}
KINDS: Final[Mapping[str, Group]] = {
    "assigned": Group.TASKS,
    "due": Group.TASKS,
    "overdue": Group.TASKS,
    "cancelled": Group.TASKS,
    "enrolled": Group.TASKS,
    "step_due": Group.TASKS,
    "step_overdue": Group.TASKS,
    "released": Group.RESULTS,
    "report_answered": Group.RESULTS,
    "review_set": Group.RESULTS,
    "plan": Group.RESULTS,
    "plan_appeal": Group.RESULTS,
    "certified": Group.RESULTS,
    "expiring": Group.TASKS,
    "expired": Group.TASKS,
    "recalled": Group.TASKS,
    "recall_undone": Group.RESULTS,
    "renewal": Group.TASKS,
    "moved": Group.TASKS,
    "start_moved": Group.TASKS,
    "mark_waiting": Group.WORK,
    "bank_waiting": Group.WORK,
    "bank_approved": Group.WORK,
    "bank_sent_back": Group.WORK,
    "item_reported": Group.WORK,
    "work_draft": Group.WORK,
    "work_final": Group.WORK,
    "work_panel": Group.WORK,
    "work_reviewed": Group.WORK,
    "work_followed": Group.WORK,
    "work_comment": Group.RESULTS,
    "work_accepted": Group.RESULTS,
    "work_failed": Group.RESULTS,
    "work_sent_back": Group.RESULTS,
    "work_due": Group.TASKS,
    "knowledge_waiting": Group.WORK,
    "knowledge_approved": Group.WORK,
    "knowledge_sent_back": Group.WORK,
    "sheet_yes": Group.RESULTS,
    "sheet_not_yet": Group.RESULTS,
    "list_complete": Group.RESULTS,
    "mentor_new": Group.TASKS,
    "mentee_new": Group.TASKS,
    "sheet_again": Group.WORK,
    "sheet_due": Group.WORK,
    "mentor_gone": Group.WORK,
    "gate_waiting": Group.WORK,
    "not_yet": Group.WORK,
    "job_done": Group.FILES,
    "job_failed": Group.FILES,
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person chose; minutes count from her local midnight."""

    modes: Mapping[str, str] = field(default_factory=dict)
    digest_at: int = 8 * 60 + 30
    quiet_from: int = 21 * 60
    quiet_to: int = 8 * 60
    no_weekends: bool = False

    def mode(self, group: Group) -> Mode:
        """Her choice for a group, else its default."""
        return Mode(self.modes.get(group.value, DEFAULTS[group].value))

    def mode_of(self, kind: str) -> Mode:
        """Her choice for a kind of notice; a kind without a group is one of the others."""
        return self.mode(KINDS.get(kind, Group.OTHER))


def is_quiet(wishes: Wishes, now: datetime, timezone: str) -> bool:
    """True while she wants no mail. Equal ends mean no quiet hours."""
    local = now.astimezone(ZoneInfo(timezone))
    if wishes.no_weekends and local.weekday() >= SATURDAY:
        return True
    return is_within(wishes.quiet_from, wishes.quiet_to, _minute(local))


def is_within(start: int, end: int, minute: int) -> bool:
    """True when `minute` lies in [start, end), which may go over midnight."""
    if start <= end:
        return start <= minute < end
    return minute >= start or minute < end


def is_turn(wishes: Wishes, created_at: datetime, now: datetime, timezone: str) -> bool:
    """True when a notice that is mailed at once may go now."""
    return now - created_at >= GRACE and not is_quiet(wishes, now, timezone)


def digest_day(wishes: Wishes, now: datetime, timezone: str) -> date | None:
    """The local day whose summary may go now; None before its hour and in quiet time."""
    local = now.astimezone(ZoneInfo(timezone))
    if _minute(local) < wishes.digest_at or is_quiet(wishes, now, timezone):
        return None
    return local.date()


def _minute(local: datetime) -> int:
    return local.hour * 60 + local.minute
