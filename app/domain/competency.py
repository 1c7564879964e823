"""From evidence to a level one can defend: a pure function of ledger, date and framework.

Scores are on the scale 0-100 on which every pass mark becomes the anchor (60). A ledger row
(`Evidence`) becomes a `Piece` with a variance and a recency; pieces and a neutral start combine to
a mean and a deviation (`judge`). Every figure comes from the framework's `Formula`. The model and
its reasons stand in docs/competency-model.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import count
from math import ceil, erfc, floor, fsum, inf, sqrt
from typing import Final

from app.domain.framework import Competency, CompetencyKind, EvidenceKind, Formula, Level

ROLE_SELLER: Final = "seller"
ROLE_MANAGER: Final = "manager"
STEP_DAY_30: Final = "day-30"
STEP_DAY_90: Final = "day-90"
STEP_BACKBONE: Final = "backbone"
STEP_MANAGER: Final = "manager"
STEPS: Final = (STEP_DAY_30, STEP_DAY_90, STEP_BACKBONE, STEP_MANAGER)

_LAST_NEW_DAY: Final = 30
# What a page may suggest as the next piece: sizes that can be organised in a week.
_TEST_SIZES: Final = (10, 20)
_MOST_ITEMS: Final = 60
_MOST_PIECES: Final = 8
_ASSESSORS: Final[Mapping[EvidenceKind, int]] = {
    EvidenceKind.ROLEPLAY: 2,
    EvidenceKind.WORK: 2,
    EvidenceKind.OBSERVATION: 1,
    EvidenceKind.PEER: 3,
    EvidenceKind.DIRECT_REPORT: 3,
}


class Status(StrEnum):
    """How much the evidence carries: 不足, 暂定, 充分, 过期."""

    INSUFFICIENT = "insufficient"
    PROVISIONAL = "provisional"
    SUFFICIENT = "sufficient"
    STALE = "stale"


class Call(StrEnum):
    """The call against an expectation, made only on sufficient evidence: 达标, 差距, 未定."""

    MET = "met"
    GAP = "gap"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row of the ledger.

    `score` and `pass_mark` are 0-100. A test carries `items` and `right` (both by weight, right is
    the sum of item shares). A rating carries `assessors`, how many rated independently, and
    `assessor_id` when it was one known person. Rows of one kind with the same `occasion` are
    ratings of the same performance.
    """

    id: int
    kind: EvidenceKind
    score: float
    pass_mark: float
    happened_on: date
    items: float = 0.0
    right: float = 0.0
    assessors: int = 1
    assessor_id: int | None = None
    occasion: str | None = None
    is_360: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """Evidence as the formula weighs it; one piece may be made of several ratings.

    `x` is the rescaled score, `variance` its error, `recency` 0-1. `assessor_ids` are the known
    assessors; `assessors` counts them all.
    """

    kind: EvidenceKind
    x: float
    variance: float
    age: int
    recency: float
    happened_on: date
    dates: frozenset[date]
    evidence_ids: tuple[int, ...]
    items: float = 0.0
    right: float = 0.0
    assessors: int = 0
    assessor_ids: frozenset[int] = frozenset()

    @property
    def weight(self) -> float:
        """What the piece weighs against the others and the start (d / v)."""
        return self.recency / self.variance


@dataclass(frozen=True, slots=True)
class Verdict:
    """The level of one person in one competency on one day.

    `p` is P(true value >= the expected level's cut), None without an expectation. `level` and
    `call` are set on sufficient evidence alone. `information` is 1 / variance before disagreement.
    """

    mean: float
    sd: float
    lo: float
    hi: float
    p: float | None
    status: Status
    call: Call | None
    level: Level | None
    expected: Level | None
    information: float
    pieces: tuple[Piece, ...]
    newest_on: date | None

    @property
    def kinds(self) -> tuple[EvidenceKind, ...]:
        """The kinds of evidence behind it, in the order of the enum."""
        present = {piece.kind for piece in self.pieces}
        return tuple(kind for kind in EvidenceKind if kind in present)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a ledger is judged by: the competency, what is expected, the figures, the day."""

    competency: Competency
    expected: Level | None
    formula: Formula
    today: date


@dataclass(frozen=True, slots=True)
class ExplainedPiece:
    """A piece with its part in the result. `change`: the mean with it minus the mean without."""

    piece: Piece
    share: float
    percent: int
    change: float
    status_without: Status
    call_without: Call | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why the figure is what it is; the percents and the start's add up to exactly 100."""

    pieces: tuple[ExplainedPiece, ...]
    start_share: float
    start_percent: int


@dataclass(frozen=True, slots=True)
class Need:
    """Evidence to arrange: `times` of a kind, with `items` questions or `assessors` raters each.

    `dates` is set where the ratings must fall on different days by different people.
    """

    kind: EvidenceKind
    times: int = 1
    items: int | None = None
    assessors: int | None = None
    dates: int | None = None


@dataclass(frozen=True, slots=True)
class Settling:
    """One piece that would turn an open question into a call.

    `if_alike` is the call if the result equals the present mean. `met_from` and `gap_to` are the
    lowest result (0-100, anchor scale) that makes it met, and the highest that makes it a gap.
    """

    need: Need
    if_alike: Call | None
    met_from: int | None
    gap_to: int | None


@dataclass(frozen=True, slots=True)
class Moved:
    """The piece that moved the mean most; `before` is the mean without it (the start if alone)."""

    piece: Piece
    before: float
    after: float
    is_first: bool
    call_before: Call | None
    call_after: Call | None

    @property
    def change(self) -> float:
        """Points gained (or lost) through this piece."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class ItemShare:
    """One item of a released attempt: what it tells about its competencies."""

    competencies: tuple[str, ...]
    share: Fraction
    is_key_known: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """r of n by weight, for one competency; `score` is 100 r / n."""

    right: Fraction
    items: Fraction

    @property
    def score(self) -> Fraction:
        """0-100."""
        return 100 * self.right / self.items


def step_of(*, role: str, hired_on: date | None, set_step: str | None, today: date) -> str | None:
    """The career step whose expectations hold today; None for roles that have none.

    A step that was set wins. A seller is on `day-30` up to and including day 30 after the hire
    date, then on `day-90`; without a hire date nobody counts as new.
    """
    if set_step:
        return set_step
    if role == ROLE_MANAGER:
        return STEP_MANAGER
    if role != ROLE_SELLER:
        return None
    if hired_on is not None and (today - hired_on).days <= _LAST_NEW_DAY:
        return STEP_DAY_30
    return STEP_DAY_90


def tally(items: Iterable[ItemShare], formula: Formula) -> dict[str, Tally]:
    """Per competency r and n over the items tagged with it, each of weight 1 whatever its points.

    An item with two tags counts in both; one whose key the person had seen counts less in both.
    """
    right: dict[str, Fraction] = defaultdict(Fraction)
    weight: dict[str, Fraction] = defaultdict(Fraction)
    seen = Fraction(str(formula.test.seen_item_weight))
    for item in items:
        counts = seen if item.is_key_known else Fraction(1)
        for slug in dict.fromkeys(item.competencies):
            right[slug] += counts * item.share
            weight[slug] += counts
    return {slug: Tally(right[slug], n) for slug, n in weight.items() if n}


def rescale(score: float, pass_mark: float, anchor: float) -> tuple[float, float]:
    """`score` on the scale where the pass mark is the anchor, and the slope there (step 1)."""
    if score <= pass_mark and pass_mark > 0:
        slope = anchor / pass_mark
        return score * slope, slope
    slope = (100 - anchor) / (100 - pass_mark)
    return anchor + (score - pass_mark) * slope, slope


def accepted(evidence: Evidence, competency: Competency, formula: Formula) -> bool:
    """Whether a row enters the level: the framework takes its kind, and 360 ratings are let in."""
    return evidence.kind in competency.evidence and (formula.use_360_ratings or not evidence.is_360)


def pieces_of(evidence: Iterable[Evidence], rules: Rules) -> tuple[Piece, ...]:
    """The pieces behind a level on `rules.today`, oldest first.

    Later rows are not known yet on that day. Ratings of one occasion are one piece, and so are the
    ratings of the same assessor (or the same panel) within the repeat window.
    """
    known = [
        row
        for row in evidence
        if row.happened_on <= rules.today and accepted(row, rules.competency, rules.formula)
    ]
    known.sort(key=lambda row: (row.happened_on, row.kind, row.id))
    tests = [_test_piece(row, rules) for row in known if not row.kind.is_rated]
    rated = [row for row in known if row.kind.is_rated]
    panels = _repeats(_occasions(rated, rules.formula), rules.formula)
    pieces = tests + [_rated_piece(panel, rules) for panel in panels]
    return tuple(sorted(pieces, key=lambda p: (p.happened_on, p.kind, p.evidence_ids)))


def evaluate(evidence: Iterable[Evidence], rules: Rules) -> Verdict:
    """The level that a ledger gives."""
    return judge(pieces_of(evidence, rules), rules)


def judge(pieces: Sequence[Piece], rules: Rules) -> Verdict:
    """Steps 4 to 7 of the model: combine, interval, status, call, confirmed level."""
    formula = rules.formula
    mean, sd, information = _combine(pieces, formula)
    p = None
    if rules.expected is not None:
        p = _reaches(mean, sd, _cut(rules.expected, formula))
    newest_on = max((piece.happened_on for piece in pieces), default=None)
    status = _status(pieces, sd, p, rules)
    is_sure = status is Status.SUFFICIENT
    half = formula.interval_z * sd
    return Verdict(
        mean=mean,
        sd=sd,
        lo=max(0.0, mean - half),
        hi=min(100.0, mean + half),
        p=p,
        status=status,
        call=_call(p, formula) if is_sure else None,
        level=_confirmed(mean, sd, formula) if is_sure else None,
        expected=rules.expected,
        information=information,
        pieces=tuple(pieces),
        newest_on=newest_on,
    )


def explain(verdict: Verdict, rules: Rules) -> Explanation:
    """Each piece's share of the result and what would be without it (step 8)."""
    start = 1 / rules.formula.prior.sd**2
    shares = [piece.weight / verdict.information for piece in verdict.pieces]
    start_share = start / verdict.information
    *percents, start_percent = whole_percents([*shares, start_share])
    explained = []
    for index, (share, percent) in enumerate(zip(shares, percents, strict=True)):
        without = judge(_without(verdict.pieces, index), rules)
        explained.append(
            ExplainedPiece(
                piece=verdict.pieces[index],
                share=share,
                percent=percent,
                change=verdict.mean - without.mean,
                status_without=without.status,
                call_without=without.call,
            )
        )
    return Explanation(tuple(explained), start_share, start_percent)


def whole_percents(shares: Sequence[float]) -> list[int]:
    """Shares that add up to 1 as whole per cent that add up to exactly 100 (largest remainder)."""
    exact = [100 * share for share in shares]
    whole = [floor(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (whole[i] - exact[i], i))
    for index in by_remainder[: 100 - sum(whole)]:
        whole[index] += 1
    return whole


def missing(verdict: Verdict, rules: Rules) -> tuple[Need, ...]:
    """What to arrange so that the evidence becomes sufficient; empty when it is.

    Each need is supposed to turn out like the present mean (the neutral start without evidence),
    and needs are added until the status would be sufficient.
    """
    supposed: list[Piece] = []
    needs: list[Need] = []
    now = verdict
    while now.status is not Status.SUFFICIENT and len(supposed) < _MOST_PIECES:
        need = _next_need(now, rules)
        if need is None:
            break
        needs.append(need)
        supposed += _supposed(need, verdict.mean, rules, first=len(supposed))
        now = judge([*verdict.pieces, *supposed], rules)
    return _collected(needs)


def settle(verdict: Verdict, rules: Rules) -> Settling | None:
    """One piece that would settle an open call, preferably even if it turns out as before.

    None when the call is made, nothing is expected, or no single piece is enough. That the piece
    alone does it follows from leave-one-out: without it the verdict is `verdict` again.
    """
    if verdict.expected is None or verdict.call in {Call.MET, Call.GAP} or not verdict.pieces:
        return None
    needs = _suggestions(rules)
    alike = [need for need in needs if _call_after(need, verdict.mean, verdict, rules) is not None]
    tried = (_tried(need, verdict, rules) for need in alike or needs)
    return next((settling for settling in tried if settling is not None), None)


def moved(verdict: Verdict, rules: Rules, *, since: date | None = None) -> Moved | None:
    """The piece after `since` that moved the mean most, None when there is none."""
    biggest: Moved | None = None
    for index, piece in enumerate(verdict.pieces):
        if since is not None and piece.happened_on <= since:
            continue
        without = judge(_without(verdict.pieces, index), rules)
        one = Moved(
            piece=piece,
            before=without.mean,
            after=verdict.mean,
            is_first=not without.pieces,
            call_before=without.call,
            call_after=verdict.call,
        )
        if biggest is None or abs(one.change) > abs(biggest.change):
            biggest = one
    return biggest


@dataclass(frozen=True, slots=True)
class _Panel:
    """Ratings that count as one: who rated, on which days, with the mean on the anchor scale."""

    kind: EvidenceKind
    x: float
    dates: frozenset[date]
    assessor_ids: frozenset[int]
    assessors: int
    evidence_ids: tuple[int, ...]

    @property
    def is_known(self) -> bool:
        """True when every assessor is known by id, so that a repeat can be told."""
        return len(self.assessor_ids) == self.assessors


def _test_piece(row: Evidence, rules: Rules) -> Piece:
    """Steps 1 to 3 for a test."""
    params, formula = rules.formula.test, rules.formula
    score = 100 * row.right / row.items if row.items else row.score
    x, slope = rescale(score, row.pass_mark, formula.anchor)
    p = (row.right + params.shrink_successes) / (row.items + params.shrink_trials)
    tau = formula.knowing_is_not_doing[rules.competency.kind]
    age = (rules.today - row.happened_on).days
    return Piece(
        kind=row.kind,
        x=x,
        variance=1e4 * p * (1 - p) / (row.items + params.variance_trials) * slope**2 + tau**2,
        age=age,
        recency=2 ** (-age / formula.half_life_days.test),
        happened_on=row.happened_on,
        dates=frozenset({row.happened_on}),
        evidence_ids=(row.id,),
        items=row.items,
        right=row.right,
    )


def _rated_piece(panel: _Panel, rules: Rules) -> Piece:
    """Steps 1 to 3 for ratings."""
    formula = rules.formula
    kind = formula.rated.kinds[panel.kind]
    spread = formula.rated.sigma**2 * (1 - kind.rho) / (kind.rho * panel.assessors)
    newest = max(panel.dates)
    age = (rules.today - newest).days
    return Piece(
        kind=panel.kind,
        x=panel.x,
        variance=spread + kind.tau**2,
        age=age,
        recency=2 ** (-age / formula.half_life_days.other),
        happened_on=newest,
        dates=panel.dates,
        evidence_ids=panel.evidence_ids,
        assessors=panel.assessors,
        assessor_ids=panel.assessor_ids,
    )


def _occasions(rows: Sequence[Evidence], formula: Formula) -> list[_Panel]:
    """Different assessors on one occasion form one panel; each assessor counts once in its mean."""
    groups: dict[tuple[EvidenceKind, str], list[Evidence]] = defaultdict(list)
    for row in rows:
        groups[row.kind, row.occasion or f"row {row.id}"].append(row)
    panels = []
    for (kind, _), together in groups.items():
        by_person: dict[int, list[float]] = defaultdict(list)
        unnamed: list[tuple[float, int]] = []
        for row in together:
            x, _slope = rescale(row.score, row.pass_mark, formula.anchor)
            if row.assessor_id is None:
                unnamed.append((x, row.assessors))
            else:
                by_person[row.assessor_id].append(x)
        heads = len(by_person) + sum(m for _, m in unnamed)
        total = fsum(fsum(xs) / len(xs) for xs in by_person.values())
        total += fsum(x * m for x, m in unnamed)
        panels.append(
            _Panel(
                kind=kind,
                x=total / heads,
                dates=frozenset(row.happened_on for row in together),
                assessor_ids=frozenset(by_person),
                assessors=heads,
                evidence_ids=tuple(row.id for row in together),
            )
        )
    return panels


def _repeats(panels: Sequence[_Panel], formula: Formula) -> list[_Panel]:
    """The same people rating again within the window form one panel, and count twice at most.

    The window starts at the first rating, so a later one never regroups earlier ones.
    """
    window = timedelta(days=formula.rated.repeat_window_days)
    same: dict[tuple[EvidenceKind, frozenset[int]], list[list[_Panel]]] = defaultdict(list)
    alone = [panel for panel in panels if not panel.is_known]
    known = [panel for panel in panels if panel.is_known]
    for panel in sorted(known, key=lambda one: (max(one.dates), one.evidence_ids)):
        runs = same[panel.kind, panel.assessor_ids]
        if runs and max(panel.dates) - max(runs[-1][0].dates) <= window:
            runs[-1].append(panel)
        else:
            runs.append([panel])
    merged = [_merged(run, formula) for runs in same.values() for run in runs]
    return alone + merged


def _merged(run: Sequence[_Panel], formula: Formula) -> _Panel:
    """One panel for a run of ratings by the same people: their mean."""
    counts = min(formula.rated.repeat_counts_at_most, len(run))
    return replace(
        run[0],
        x=fsum(panel.x for panel in run) / len(run),
        dates=frozenset().union(*(panel.dates for panel in run)),
        assessors=run[0].assessors * counts,
        evidence_ids=tuple(i for panel in run for i in panel.evidence_ids),
    )


def _combine(pieces: Sequence[Piece], formula: Formula) -> tuple[float, float, float]:
    """Step 4: mean, deviation (widened by disagreement) and information."""
    start = 1 / formula.prior.sd**2
    weights = [piece.weight for piece in pieces]
    information = fsum([start, *weights])
    pulled = fsum(piece.x * weight for piece, weight in zip(pieces, weights, strict=True))
    mean = (formula.prior.mean * start + pulled) / information
    return mean, _disagreement(pieces, formula) / sqrt(information), information


def _disagreement(pieces: Sequence[Piece], formula: Formula) -> float:
    """The factor by which pieces that contradict each other widen the deviation."""
    if len(pieces) < 2:
        return formula.disagreement.min
    total = fsum(piece.weight for piece in pieces)
    centre = fsum(piece.weight * piece.x for piece in pieces) / total
    spread = fsum(piece.weight * (piece.x - centre) ** 2 for piece in pieces)
    factor = sqrt(spread / (len(pieces) - 1))
    return min(formula.disagreement.max, max(formula.disagreement.min, factor))


def _reaches(mean: float, sd: float, cut: float) -> float:
    """P(true value >= cut) under a normal distribution."""
    return 0.5 * erfc((cut - mean) / (sd * sqrt(2)))


def _cut(level: Level, formula: Formula) -> float:
    """The lower cut of a level; the lowest level has none."""
    return formula.level_cuts.get(level, -inf)


def _confirmed(mean: float, sd: float, formula: Formula) -> Level:
    """The highest level whose cut is reached with enough probability; the lowest always holds."""
    return max(
        (
            level
            for level in Level
            if _reaches(mean, sd, _cut(level, formula)) >= formula.probability_met
        ),
        key=lambda level: level.rank,
        default=Level.L1,
    )


def _call(p: float | None, formula: Formula) -> Call | None:
    """The call that a probability makes."""
    if p is None:
        return None
    if p >= formula.probability_met:
        return Call.MET
    return Call.GAP if p <= formula.probability_gap else Call.UNDECIDED


def _status(pieces: Sequence[Piece], sd: float, p: float | None, rules: Rules) -> Status:
    """Step 6; the order of the questions is the order of the model."""
    limits = rules.formula.status
    if not pieces or sd > limits.insufficient_sd:
        return Status.INSUFFICIENT
    if min(piece.age for piece in pieces) > limits.stale_days:
        return Status.STALE
    is_settled = sd <= limits.settled_sd or _call(p, rules.formula) in {Call.MET, Call.GAP}
    if is_settled and _gate(pieces, rules) is None:
        return Status.SUFFICIENT
    return Status.PROVISIONAL


def _gate(pieces: Sequence[Piece], rules: Rules) -> Need | None:
    """What the gates of step 6 still ask for, one need at a time; None when they are passed."""
    if rules.competency.kind is CompetencyKind.KNOWLEDGE:
        return _knowledge_gate(pieces, rules)
    if len(rules.competency.evidence) == 1:
        return _single_kind_gate(pieces, rules)
    return _behaviour_gate(pieces, rules)


def _knowledge_gate(pieces: Sequence[Piece], rules: Rules) -> Need | None:
    """Enough items by weight, recent enough."""
    limits = rules.formula.status
    recent = fsum(piece.items for piece in pieces if piece.age <= limits.knowledge_window_days)
    lack = limits.knowledge_min_items - recent
    return Need(EvidenceKind.TEST, items=ceil(lack)) if lack > 0 else None


def _single_kind_gate(pieces: Sequence[Piece], rules: Rules) -> Need | None:
    """Where one kind is all there is: enough assessors on enough dates."""
    kind, enough = rules.competency.evidence[0], rules.formula.status.single_kind
    known = frozenset().union(*(piece.assessor_ids for piece in pieces))
    # Unnamed assessors may be people counted already, so only the largest panel of them is sure.
    unnamed = max((p.assessors for p in pieces if not p.assessor_ids), default=0)
    dates = frozenset().union(*(piece.dates for piece in pieces))
    lack = max(enough.assessors - max(len(known), unnamed), enough.dates - len(dates))
    if lack <= 0:
        return None
    return Need(kind, times=lack, assessors=1, dates=lack if lack > 1 else None)


def _behaviour_gate(pieces: Sequence[Piece], rules: Rules) -> Need | None:
    """Enough kinds, one of them rated."""
    limits = rules.formula.status
    present = {piece.kind for piece in pieces}
    if limits.behaviour_needs_rated and not any(kind.is_rated for kind in present):
        return _rated_need(rules, besides=present)
    if len(present) >= limits.behaviour_min_kinds:
        return None
    if EvidenceKind.TEST in rules.competency.evidence and EvidenceKind.TEST not in present:
        return Need(EvidenceKind.TEST, items=_TEST_SIZES[0])
    return _rated_need(rules, besides=present)


def _rated_need(rules: Rules, *, besides: Iterable[EvidenceKind] = ()) -> Need | None:
    """The first rated kind the framework accepts that is not there yet."""
    absent = set(besides)
    kind = next((k for k in _arrangeable(rules) if k.is_rated and k not in absent), None)
    return None if kind is None else Need(kind, assessors=_ASSESSORS[kind])


def _arrangeable(rules: Rules) -> list[EvidenceKind]:
    """The kinds a manager can arrange, the most telling first; a 360 has its own calendar."""
    kinds = [EvidenceKind.ROLEPLAY, EvidenceKind.WORK, EvidenceKind.OBSERVATION, EvidenceKind.TEST]
    if rules.formula.use_360_ratings:
        kinds += [EvidenceKind.PEER, EvidenceKind.DIRECT_REPORT]
    return [kind for kind in kinds if kind in rules.competency.evidence]


def _next_need(now: Verdict, rules: Rules) -> Need | None:
    """The gate that is shut, else whatever narrows the interval."""
    gate = _gate(now.pieces, rules)
    if rules.competency.kind is CompetencyKind.KNOWLEDGE:
        fewest = (gate.items or 1) if gate else 1
        if now.status is Status.STALE:
            # One fresh item would do by the letter; a level wants a fresh look.
            fewest = max(fewest, ceil(rules.formula.status.knowledge_min_items))
        return _enough_items(now, rules, at_least=fewest)
    return gate or _rated_need(rules)


def _enough_items(now: Verdict, rules: Rules, *, at_least: int) -> Need:
    """The smallest test that would do if it turns out like the present mean."""
    for items in range(at_least, _MOST_ITEMS):
        need = Need(EvidenceKind.TEST, items=items)
        after = judge([*now.pieces, *_supposed(need, now.mean, rules)], rules)
        if after.status is Status.SUFFICIENT:
            return need
    return Need(EvidenceKind.TEST, items=_MOST_ITEMS)


def _supposed(need: Need, x: float, rules: Rules, *, first: int = 0) -> list[Piece]:
    """The pieces a need would bring today with result `x`; people and days are new ones."""
    numbers = count(-1 - first * _MOST_PIECES, -1)
    made = []
    for number, _ in zip(numbers, range(need.times), strict=False):
        row = Evidence(
            id=number,
            kind=need.kind,
            score=x,
            pass_mark=rules.formula.anchor,
            happened_on=rules.today,
            items=float(need.items or 0),
            right=(need.items or 0) * x / 100,
            assessors=need.assessors or 1,
        )
        if not row.kind.is_rated:
            made.append(_test_piece(row, rules))
            continue
        (panel,) = _occasions([row], rules.formula)
        piece = _rated_piece(panel, rules)
        someone = frozenset({number}) if need.assessors == 1 else frozenset()
        day = rules.today + timedelta(days=-number)
        made.append(replace(piece, assessor_ids=someone, dates=frozenset({day})))
    return made


def _collected(needs: Sequence[Need]) -> tuple[Need, ...]:
    """Needs of one kind as one line: tests add their items up, ratings their times."""
    lines: dict[EvidenceKind, Need] = {}
    for need in needs:
        before = lines.get(need.kind)
        if before is None:
            lines[need.kind] = need
        elif need.items is not None:
            lines[need.kind] = replace(before, items=(before.items or 0) + need.items)
        else:
            times = before.times + need.times
            lines[need.kind] = replace(before, times=times, dates=before.dates and times)
    return tuple(lines.values())


def _suggestions(rules: Rules) -> list[Need]:
    """Single pieces to try, the easiest to arrange first."""
    needs = []
    if EvidenceKind.TEST in rules.competency.evidence:
        needs += [Need(EvidenceKind.TEST, items=size) for size in _TEST_SIZES]
    rated = [kind for kind in _arrangeable(rules) if kind.is_rated]
    needs += [Need(kind, assessors=_ASSESSORS[kind]) for kind in rated]
    if rules.competency.kind is CompetencyKind.BEHAVIOUR:
        # A test says little about doing: ask for the performance first.
        needs.sort(key=lambda need: not need.kind.is_rated)
    return needs


def _tried(need: Need, verdict: Verdict, rules: Rules) -> Settling | None:
    """What the calls would be if `need` turned out like the present, better or worse."""
    middle = round(verdict.mean)
    calls = {x: _call_after(need, x, verdict, rules) for x in range(101)}
    met_from = next((x for x in range(middle, 101) if calls[x] is Call.MET), None)
    gap_to = next((x for x in range(middle, -1, -1) if calls[x] is Call.GAP), None)
    if met_from is None and gap_to is None:
        return None
    return Settling(need, _call_after(need, verdict.mean, verdict, rules), met_from, gap_to)


def _call_after(need: Need, x: float, verdict: Verdict, rules: Rules) -> Call | None:
    """The call that one more piece with result `x` would make; None when it stays open."""
    after = judge([*verdict.pieces, *_supposed(need, x, rules)], rules)
    return after.call if after.call in {Call.MET, Call.GAP} else None


def _without(pieces: Sequence[Piece], index: int) -> list[Piece]:
    """All pieces but one."""
    return [piece for i, piece in enumerate(pieces) if i != index]
