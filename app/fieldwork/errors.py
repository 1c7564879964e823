"""Refusals of this room."""

from app.kernel.errors import ConflictError, DomainError


class NotYourPartError(DomainError):
    """Only the party the track names fills this in."""

    code = "not_your_part"
    status = 403
    message = "这张表不由您填写。该谁填，写在这一页上面。"


class EndedError(ConflictError):
    """The enrolment has ended: nothing more is signed on it."""

    code = "enrolment_ended"
    message = "这个报名已经结束，不再收表。"


class WrongDayError(DomainError):
    """A sheet is about a day that has been, not before the learner began."""

    code = "wrong_day"
    status = 422
    message = "日期要在 %(first)s 到 %(last)s 之间。改好再送。"


class SameDayError(ConflictError):
    """There is a sheet of that day that this page did not know of."""

    code = "same_day"
    message = "%(on)s 已经有一张表（%(name)s 签）。是另一次，就再送一次；是同一次，就不用送了。"


class AlreadySignedError(ConflictError):
    """The same sheet came again, with something else in it: what was signed stays as it was."""

    code = "already_signed"
    message = "这张表已经签过字了，改动没有存。要改，请打开签好的那张更正；是另一次，请重新填一张。"


class AlreadyCorrectedError(ConflictError):
    """Somebody corrected the record meanwhile."""

    code = "already_corrected"
    message = "这张表刚刚被更正过。请打开最新的那张再改。"


class ListCompleteError(ConflictError):
    """A complete checklist is evidence; no signature is taken back."""

    code = "list_complete"
    message = "清单已经全部签完，签字不能再撤回。"


class NothingToTakeBackError(DomainError):
    """Only one's own signature is taken back, and with a reason."""

    code = "nothing_to_take_back"
    status = 422
    message = "只能撤回自己签过的，并写一句原因。"


class CodeUnknownError(DomainError):
    """No check-in of the learner's is open under this code."""

    code = "code_unknown"
    status = 422
    message = "这个签到码不对，或者已经过时。看培训师屏幕上的新码。"


class SeatsTakenError(ConflictError):
    """The seminar has as many people as it may."""

    code = "seats_taken"
    message = "人已满（最多 %(most)s 人）。请找培训师登记。"


class MentorFullError(ConflictError):
    """A mentor has at most three trainees at a time."""

    code = "mentor_full"
    message = "%(name)s 已经带 %(n)s 位学员，最多 %(n)s 位。请另选一位，或先换走一位。"


class NeedsReasonError(DomainError):
    """Who does not meet the rules is named by the manager, with a reason."""

    code = "needs_reason"
    status = 422
    message = "%(name)s 不满足带教条件。要由经理或 HR 指定，并写一句理由。"
