"""Refusals of rated work, each with its reason."""

from collections.abc import Mapping
from typing import Final

from app.domain.rated import Conflict
from app.kernel.errors import DomainError


class AlreadyRunningError(DomainError):
    """The same work is being marked already."""

    code = "already_running"
    message = "这一次还没有评完，不能再安排一次。"


class NoFurtherTryError(DomainError):
    """The rules give no further try, or its days are over."""

    code = "no_further_try"
    message = "按这项活动的规则，不能再交一次。"


class AlreadyMarkedError(DomainError):
    """This seat's mark was given on another device or in another window."""

    code = "already_marked"
    message = "这份评分已经从另一个窗口交过。请刷新页面，看已交的内容。"


class MarkingOverError(DomainError):
    """The performance is settled, released or void."""

    code = "marking_over"
    message = "这次评分已经结束，不再接收新的评分。"


class NotYourTurnError(DomainError):
    """A lead or an arbiter marks only when the others have marked."""

    code = "not_your_turn"
    message = "别的评委还没有评完，还没轮到这个席位。"


class SeatsFullError(DomainError):
    """Every seat of this role is taken."""

    code = "seats_full"
    message = "这个席位已经有人。要换人，先请原来的评委推辞。"


class SeatsRefusedError(DomainError):
    """Some of the assessors asked at once cannot be; nobody was asked. `refused`: which of them (by
    their place) and why."""

    code = "seats_refused"
    message = "有的席位请不了，一位也没有请。看每个席位下面的原因。"

    def __init__(self, refused: Mapping[int, DomainError]) -> None:
        super().__init__()
        self.refused = refused


class ChosenTwiceError(DomainError):
    """The same person for two seats."""

    code = "chosen_twice"
    message = "这位同事已经选在另一个席位上。"


class WrongStateError(DomainError):
    """The performance is not in a state for this."""

    code = "wrong_state"
    message = "目前的状态不能这样做。请刷新页面再看。"


class AppealLateError(DomainError):
    """Appeals are made within seven days of release, once."""

    code = "appeal_late"
    message = "公布满 7 天后不能再申诉，每次评分只能申诉一次。"


class ConflictOfInterestError(DomainError):
    """This person may not assess here; the subclass says why."""

    code = "conflict_of_interest"
    message = "这位同事不能担任评委。"


class SelfError(ConflictOfInterestError):
    """The learner herself."""

    message = "不能评自己。"


class TwiceError(ConflictOfInterestError):
    """Has or had a seat here."""

    message = "已经在这次评分的席位上，或者推辞过。"


class ExcludedError(ConflictOfInterestError):
    """The activity excludes the party."""

    message = "是学员自己的带教人，这项活动不由带教人评。"


class SuperiorError(ConflictOfInterestError):
    """The learner's direct superior."""

    message = "是学员的直接上级。"


class SubordinateError(ConflictOfInterestError):
    """Reports to the learner."""

    message = "是学员的下属。"


class SoleError(ConflictOfInterestError):
    """Would examine his trainee alone at a gate."""

    message = "关口和演练不由培训师或带教人一个人评自己的学员。"


class NotPartyError(ConflictOfInterestError):
    """The seat belongs to another party."""

    message = "这个席位留给另一方。"


class SameUnitError(ConflictOfInterestError):
    """The seat is for another department."""

    message = "这个席位留给另一个部门的人。"


class JuniorError(ConflictOfInterestError):
    """Too short with the company."""

    message = "入职不满 180 天。"


CONFLICTS: Final[Mapping[Conflict, type[ConflictOfInterestError]]] = {
    Conflict.SELF: SelfError,
    Conflict.TWICE: TwiceError,
    Conflict.EXCLUDED: ExcludedError,
    Conflict.SUPERIOR: SuperiorError,
    Conflict.SUBORDINATE: SubordinateError,
    Conflict.SOLE: SoleError,
    Conflict.NOT_PARTY: NotPartyError,
    Conflict.SAME_UNIT: SameUnitError,
    Conflict.JUNIOR: JuniorError,
}
