"""From a response to exact points: the five rules for multiple choice, and the other item types.

Points are `Fraction`; nothing is rounded before `shown`. A blank response earns 0 under every rule
and stays distinct from a wrong one. A written answer waits for a rater (`marked`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from typing import Final, assert_never

from app.domain.items import (
    Choice,
    Chosen,
    Item,
    Judged,
    PassMark,
    Response,
    Rule,
    ShortAnswer,
    TrueFalse,
    Written,
)

_NOTHING: Final = Fraction(0)
_ALL: Final = Fraction(1)


class Outcome(StrEnum):
    """What became of a response; `BLANK` was not attempted, which is not the same as wrong."""

    CORRECT = "correct"
    PARTIAL = "partial"
    WRONG = "wrong"
    BLANK = "blank"
    AWAITING_MARK = "awaiting_mark"


class Reason(StrEnum):
    """Which branch of a rule decided, for the sentence on the page."""

    BLANK = "blank"
    ALL_RIGHT = "all_right"
    NONE_RIGHT = "none_right"
    INCOMPLETE = "incomplete"  # all_or_nothing: not exactly the key
    WRONG_CHOSEN = "wrong_chosen"  # subset, subset_half: a wrong option takes everything
    SHARE_OF_KEY = "share_of_key"
    HALF = "half"
    RIGHT_MINUS_WRONG = "right_minus_wrong"
    EACH_OPTION = "each_option"
    NOT_THE_KEY = "not_the_key"  # single choice, true/false
    MARKED = "marked"
    AWAITING_MARK = "awaiting_mark"


class Misfit(StrEnum):
    """Why a response cannot belong to an item."""

    KIND = "kind"
    UNKNOWN_OPTION = "unknown_option"
    TOO_MANY_OPTIONS = "too_many_options"
    TOO_LONG = "too_long"


class ForgedResponseError(ValueError):
    """The response does not fit the item, so no page of ours sent it."""

    def __init__(self, item_id: str, misfit: Misfit) -> None:
        super().__init__(f"response to {item_id}: {misfit.value}")
        self.item_id = item_id
        self.misfit = misfit


class NoKeyError(ValueError):
    """The item is a draft without a key: it may not be served, so it cannot be scored."""

    def __init__(self, item_id: str) -> None:
        super().__init__(f"{item_id} has no key")
        self.item_id = item_id


class MarkOutOfRangeError(ValueError):
    """A rater's mark lies outside 0 to the item's points."""

    def __init__(self, points: Fraction, maximum: Fraction) -> None:
        super().__init__(f"mark {points} is not within 0 and {maximum}")
        self.points = points
        self.maximum = maximum


@dataclass(frozen=True, slots=True)
class Tally:
    """What a rule counts in a choice: h right and f wrong options chosen, c keys, n options."""

    right: int
    wrong: int
    key: int
    options: int

    @property
    def decisions(self) -> int:
        """Options treated rightly: chosen if right, left if wrong."""
        return self.right + (self.options - self.key - self.wrong)


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one response.

    `share` is the part of the item's points earned (0-1), `points` = share x `maximum`; both are
    None while a rater has yet to decide. `rule` is set for multiple choice alone.
    """

    share: Fraction | None
    maximum: Fraction
    outcome: Outcome
    reason: Reason
    rule: Rule | None = None
    tally: Tally | None = None

    @property
    def points(self) -> Fraction | None:
        """Exact points, or None while a mark is awaited."""
        return None if self.share is None else self.share * self.maximum

    @property
    def needs_rater(self) -> bool:
        """True for a written answer that nobody has marked."""
        return self.outcome is Outcome.AWAITING_MARK


@dataclass(frozen=True, slots=True)
class Total:
    """Exact sum of scores; `awaiting` counts the responses without a mark (not in `points`)."""

    points: Fraction
    maximum: Fraction
    awaiting: int

    @property
    def is_complete(self) -> bool:
        """True when nothing awaits a mark."""
        return self.awaiting == 0

    @property
    def share(self) -> Fraction:
        """Points over maximum, 0 for an empty paper."""
        return self.points / self.maximum if self.maximum else _NOTHING


@dataclass(frozen=True, slots=True)
class Working:
    """The rule applied, for the page; `expression` is the sum in figures ("5 × 2 ÷ 3 = 3.33").

    It is None where there is no sum to show (all right, nothing right, a mark, a blank).
    """

    rule: Rule | None
    reason: Reason
    expression: str | None
    tally: Tally | None


def check(item: Item, response: Response) -> None:
    """Raise `ForgedResponseError` unless `response` has the shape of an answer to `item`."""
    misfit = _misfit(item, response)
    if misfit is not None:
        raise ForgedResponseError(item.id, misfit)


def is_blank(response: Response | None) -> bool:
    """True for no response, no option chosen, or white space alone."""
    match response:
        case None:
            return True
        case Chosen(options=options):
            return not options
        case Judged():
            return False
        case Written(text=text):
            return not text.strip()
        case _ as unreachable:
            assert_never(unreachable)


def score(item: Item, response: Response | None, *, points: Fraction | None = None) -> Score:
    """Score `response` to `item`; `points` is what the item counts on this paper (else its own).

    Raises `ForgedResponseError` when the response cannot belong to the item, `NoKeyError` when the
    item is a draft without a key.
    """
    maximum = item.points if points is None else points
    if response is not None:
        check(item, response)
    match item.body, response:
        case Choice(key=key), _ if not key:
            raise NoKeyError(item.id)
        case TrueFalse(key=None), _:
            raise NoKeyError(item.id)
        case _ if response is None or is_blank(response):
            rule = item.body.rule if isinstance(item.body, Choice) and item.body.multiple else None
            return Score(_NOTHING, maximum, Outcome.BLANK, Reason.BLANK, rule)
        case Choice(multiple=True) as choice, Chosen(options=options):
            return _score_multiple(choice, options, maximum)
        case Choice(key=key), Chosen(options=options):
            return _score_exact(right=options == key, maximum=maximum)
        case TrueFalse(key=key), Judged(value=value):
            return _score_exact(right=value is key, maximum=maximum)
        case _:
            return Score(None, maximum, Outcome.AWAITING_MARK, Reason.AWAITING_MARK)


def marked(item: Item, mark: Fraction) -> Score:
    """The score a rater gave: `mark` in points of the item, kept as it is (2.9 stays 2.9).

    Raises `MarkOutOfRangeError` outside 0 to the item's points.
    """
    if not 0 <= mark <= item.points:
        raise MarkOutOfRangeError(mark, item.points)
    share = mark / item.points if item.points else _NOTHING
    return Score(share, item.points, _outcome(share), Reason.MARKED)


def share_of(rule: Rule, tally: Tally) -> Fraction:
    """The part of the points (0-1) `rule` gives for what was chosen; nothing chosen gives 0."""
    h, f, c, n = tally.right, tally.wrong, tally.key, tally.options
    if h + f == 0:
        return _NOTHING
    match rule:
        case Rule.ALL_OR_NOTHING:
            return Fraction(h == c and f == 0)
        case Rule.SUBSET:
            return Fraction(h, c) if f == 0 else _NOTHING
        case Rule.SUBSET_HALF:
            return Fraction(1 + (h == c), 2) if f == 0 else _NOTHING
        case Rule.NET:
            return Fraction(max(0, h - f), c)
        case Rule.EACH_OPTION:
            return Fraction(tally.decisions, n)
        case _ as unreachable:
            assert_never(unreachable)


def share_for_everything(choice: Choice) -> Fraction:
    """What ticking every option earns (0-1): the lint warns where that would pass."""
    return share_of(choice.rule, _tally(choice, frozenset(o.id for o in choice.options)))


def total(scores: Iterable[Score]) -> Total:
    """Exact sum over a paper or a part of it."""
    points, maximum, awaiting = _NOTHING, _NOTHING, 0
    for one in scores:
        maximum += one.maximum
        if one.points is None:
            awaiting += 1
        else:
            points += one.points
    return Total(points, maximum, awaiting)


def line(pass_mark: PassMark, maximum: Fraction) -> Fraction:
    """The pass mark in points of a paper that is worth `maximum`. Raises ValueError when unset."""
    if pass_mark.points is not None:
        return pass_mark.points
    if pass_mark.share is None:
        raise ValueError("a pass mark is a share or points")
    return pass_mark.share * maximum


def passed(points: Fraction, pass_line: Fraction) -> bool:
    """Exact comparison: what `shown` prints never decides."""
    return points >= pass_line


@lru_cache(maxsize=4096)
def shown(points: Fraction, pass_line: Fraction | None = None) -> str:
    """`points` for reading: at most two places, never on the other side of the pass line.

    Half a hundredth rounds up. 79.996 with the line at 80 reads 79.99. The line itself reads
    `shown(line, line)`, so that what is printed above or below agrees with `passed`.
    """
    hundredths = floor(points * 100 + Fraction(1, 2))
    if pass_line is not None:
        if points < pass_line <= Fraction(hundredths, 100):
            hundredths = floor(points * 100)
        elif points >= pass_line > Fraction(hundredths, 100):
            hundredths = ceil(points * 100)
    whole, rest = divmod(abs(hundredths), 100)
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else f"{sign}{whole}"


def explain(one: Score) -> Working:
    """The rule applied to this score, as data for the page; the sentence is the page's work."""
    return Working(one.rule, one.reason, _expression(one), one.tally)


def _misfit(item: Item, response: Response) -> Misfit | None:
    """What is wrong with the shape of `response`, or None."""
    match item.body, response:
        case Choice(options=options, multiple=multiple), Chosen(options=chosen):
            if not chosen <= {option.id for option in options}:
                return Misfit.UNKNOWN_OPTION
            return Misfit.TOO_MANY_OPTIONS if len(chosen) > 1 and not multiple else None
        case TrueFalse(), Judged():
            return None
        case TrueFalse(), Chosen(options=chosen) if not chosen:
            return None  # the page's way of taking a judgement back
        case ShortAnswer(max_chars=limit), Written(text=text):
            return Misfit.TOO_LONG if limit is not None and len(text) > limit else None
        case _:
            return Misfit.KIND


def _tally(choice: Choice, chosen: frozenset[str]) -> Tally:
    """Count right and wrong options in `chosen`."""
    right = len(chosen & choice.key)
    return Tally(right, len(chosen) - right, len(choice.key), len(choice.options))


def _score_multiple(choice: Choice, chosen: frozenset[str], maximum: Fraction) -> Score:
    """Multiple choice under the item's own rule."""
    tally = _tally(choice, chosen)
    share = share_of(choice.rule, tally)
    reason = _reason(choice.rule, tally)
    return Score(share, maximum, _outcome(share), reason, choice.rule, tally)


def _score_exact(*, right: bool, maximum: Fraction) -> Score:
    """Single choice and true/false: all or nothing."""
    if right:
        return Score(_ALL, maximum, Outcome.CORRECT, Reason.ALL_RIGHT)
    return Score(_NOTHING, maximum, Outcome.WRONG, Reason.NOT_THE_KEY)


def _outcome(share: Fraction) -> Outcome:
    """Name a share that was earned by an attempt."""
    if share >= 1:
        return Outcome.CORRECT
    return Outcome.PARTIAL if share > 0 else Outcome.WRONG


def _reason(rule: Rule, tally: Tally) -> Reason:
    """Which branch of `rule` decided; the order of the questions is the order of the rule."""
    if tally.right == tally.key and tally.wrong == 0:
        return Reason.ALL_RIGHT
    match rule:
        case Rule.ALL_OR_NOTHING:
            return Reason.INCOMPLETE
        case Rule.SUBSET:
            return Reason.WRONG_CHOSEN if tally.wrong else Reason.SHARE_OF_KEY
        case Rule.SUBSET_HALF:
            return Reason.WRONG_CHOSEN if tally.wrong else Reason.HALF
        case Rule.NET:
            return Reason.RIGHT_MINUS_WRONG if tally.right else Reason.NONE_RIGHT
        case Rule.EACH_OPTION:
            return Reason.EACH_OPTION
        case _ as unreachable:
            assert_never(unreachable)


def _expression(one: Score) -> str | None:
    """The sum in figures, or None where there is none to show."""
    tally = one.tally
    if tally is None or one.points is None:
        return None
    h, f, worth, got = tally.right, tally.wrong, shown(one.maximum), shown(one.points)
    match one.reason:
        case Reason.SHARE_OF_KEY:
            text = f"{worth} × {h} ÷ {tally.key} = {got}"
        case Reason.HALF:
            text = f"{worth} ÷ 2 = {got}"
        case Reason.RIGHT_MINUS_WRONG if f > h:
            text = f"{h} − {f} < 0 → 0"
        case Reason.RIGHT_MINUS_WRONG:
            text = f"{worth} × ({h} − {f}) ÷ {tally.key} = {got}"
        case Reason.EACH_OPTION:
            text = f"{worth} × {tally.decisions} ÷ {tally.options} = {got}"
        case _:
            return None
    return text
