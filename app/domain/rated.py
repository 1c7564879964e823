"""Rated work: marks of several assessors become one outcome, and how it came about is said.

Marks of a row are whole numbers from 0 to the row's points. A total is the weighted mean of the
rows' shares, 0-1 of the maximum; every figure is an exact fraction.

**Tolerance** is a share of the maximum and judges totals. A row on which two marks differ by more
than it, and by more than one step, is noted: it is shown, it does not send the work on.

**Near the pass mark.** The error variance of one assessor's total is estimated from pairs of blind
marks of the same work, SEM² = Σ d² / 2n (Dahlberg), once there are 50 such performances of a form.
Before that each pair is taken to differ by just the tolerance: SEM² = tolerance² / 2. A total that
only one person gave and that lies within one SEM of the pass mark goes to a second marker.

**Independent marks.** A mean counts the blind marks in it. A decision of somebody who saw the
others' marks (lead of 1+1 and 2+1, arbiter) is one person's figure and counts as one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from statistics import NormalDist, mean, stdev
from typing import Final

from app.domain.framework import EvidenceKind
from app.domain.tracks import Form, FormRow, Marking, Party, RatedRules

PANEL_SEATS: Final = 3
LEAST_FOR_SEM: Final = 50
LEAST_FOR_SEVERITY: Final = 5
APPEAL_DAYS: Final = 7
SENIOR_DAYS: Final = 180


class SeatRole(StrEnum):
    """What an assessor does on one piece of work. `PEER`: one of several equal reviewers."""

    MARKER = "marker"
    LEAD = "lead"
    ARBITER = "arbiter"
    PANEL = "panel"
    PEER = "peer"
    APPEAL = "appeal"


class How(StrEnum):
    """How an outcome came about."""

    SINGLE = "single"
    LEAD_SAW = "lead_saw"
    MEAN = "mean"
    LEAD_DECIDED = "lead_decided"
    WITH_LEAD = "with_lead"
    PANEL_MEAN = "panel_mean"
    PANEL_PART = "panel_part"
    ARBITER = "arbiter"
    PEERS = "peers"
    APPEAL = "appeal"


class Why(StrEnum):
    """Why a further mark is needed."""

    FIRST = "first"
    NEAR = "near"
    LEAD_FOLLOWS = "lead_follows"
    OUTSIDE = "outside"
    STILL_OUTSIDE = "still_outside"


# Who decides after having read what the others gave; everybody else marks without seeing it.
_SEES: Final = {
    (Marking.LEAD, SeatRole.LEAD),
    (Marking.SINGLE, SeatRole.LEAD),
    (Marking.PAIR, SeatRole.LEAD),
}


def sees_others(marking: Marking, role: SeatRole) -> bool:
    """Whether this seat reads the others' marks before giving its own."""
    return role is SeatRole.ARBITER or (marking, role) in _SEES


@dataclass(frozen=True, slots=True)
class Mark:
    """What one assessor gave: row id -> marks. `id` and `assessor` are only carried along."""

    role: SeatRole
    rows: Mapping[str, int]
    id: int = 0
    assessor: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """The outcome. `rows` are shares 0-1 of each row's points; `counted` the marks it rests on."""

    how: How
    total: Fraction
    rows: Mapping[str, Fraction]
    has_passed: bool
    failed_rows: tuple[str, ...]
    independent: int
    counted: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose mark is still missing: `n` of that role."""

    role: SeatRole
    n: int
    why: Why


# ---------------------------------------------------------------- figures


def row_share(row: FormRow, given: int) -> Fraction:
    """Marks of a row as a share of its points."""
    return Fraction(given, row.points)


def total_of(form: Form, shares: Mapping[str, Fraction]) -> Fraction:
    """The weighted mean of the rows' shares, 0-1."""
    weight = sum(row.weight for row in form.rows)
    return sum((row.weight * shares[row.id] for row in form.rows), Fraction()) / weight


def shares_of(form: Form, mark: Mark) -> dict[str, Fraction]:
    """Row id -> share of its points in one mark."""
    return {row.id: row_share(row, mark.rows[row.id]) for row in form.rows}


def total_of_mark(form: Form, mark: Mark) -> Fraction:
    """The total of one mark, 0-1."""
    return total_of(form, shares_of(form, mark))


def competency_scores(form: Form, shares: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Competency -> 0-100: the weighted mean of the rows that speak of it."""
    found: dict[str, list[FormRow]] = {}
    for row in form.rows:
        if row.competency is not None:
            found.setdefault(row.competency, []).append(row)
    return {
        slug: 100
        * sum((row.weight * shares[row.id] for row in rows), Fraction())
        / sum(row.weight for row in rows)
        for slug, rows in found.items()
    }


def noted_rows(form: Form, marks: Sequence[Mark], tolerance: Fraction) -> tuple[str, ...]:
    """Rows on which the marks lie more than the tolerance and more than one step apart."""
    if len(marks) < 2:
        return ()
    found = []
    for row in form.rows:
        given = [mark.rows[row.id] for mark in marks]
        apart = max(given) - min(given)
        if apart > 1 and Fraction(apart, row.points) > tolerance:
            found.append(row.id)
    return tuple(found)


def sem_squared(tolerance: Fraction, differences: Sequence[Fraction] = ()) -> Fraction:
    """The error variance of one assessor's total (the module says how it is estimated)."""
    if len(differences) < LEAST_FOR_SEM:
        return tolerance**2 / 2
    return sum((d**2 for d in differences), Fraction()) / (2 * len(differences))


def is_near_pass(total: Fraction, pass_share: Fraction, sem2: Fraction) -> bool:
    """Within one SEM of the pass mark, both ends included."""
    return (total - pass_share) ** 2 <= sem2


# ---------------------------------------------------------------- settling


def seats_at_start(rules: RatedRules, kind: EvidenceKind) -> tuple[tuple[SeatRole, int], ...]:
    """The seats to fill before the work can be marked; peers are as many as are invited."""
    if kind is EvidenceKind.PEER:
        return ((SeatRole.PEER, 1),)
    if rules.panel:
        return ((SeatRole.PANEL, PANEL_SEATS),)
    match rules.marking:
        case Marking.SINGLE:
            return ((SeatRole.MARKER, 1),)
        case Marking.LEAD:
            return ((SeatRole.MARKER, 1), (SeatRole.LEAD, 1))
        case Marking.PAIR | Marking.PANEL:
            return ((SeatRole.MARKER, 2),)


@dataclass(frozen=True, slots=True)
class _Given:
    """The marks there are, sorted by what their seats do."""

    form: Form
    rules: RatedRules
    by_role: Mapping[SeatRole, Sequence[Mark]]
    sem2: Fraction

    def of(self, role: SeatRole) -> Sequence[Mark]:
        return self.by_role.get(role, ())

    def first(self, role: SeatRole) -> Mark | None:
        return next(iter(self.of(role)), None)


def settle(
    form: Form,
    rules: RatedRules,
    marks: Sequence[Mark],
    *,
    kind: EvidenceKind = EvidenceKind.ROLEPLAY,
    seats: int = 0,
    sem2: Fraction | None = None,
) -> Settled | Wanted:
    """What the marks given so far lead to, in whatever order they came.

    `seats` is how many peers are asked (kind peer: the mean of all of them, there is no tolerance
    among peers). `sem2` is the form's error variance, None: from the tolerance.
    """
    by_role: dict[SeatRole, list[Mark]] = {}
    for mark in marks:
        by_role.setdefault(mark.role, []).append(mark)
    given = _Given(form, rules, by_role, sem_squared(rules.tolerance) if sem2 is None else sem2)
    if kind is EvidenceKind.PEER:
        return _peers(given, seats)
    arbiter = given.first(SeatRole.ARBITER)
    if arbiter is not None:
        return _outcome(form, rules, How.ARBITER, [arbiter])
    return _panel(given) if rules.panel else _BY_MODE[rules.marking](given)


def after_appeal(form: Form, rules: RatedRules, mark: Mark) -> Settled:
    """The outcome when the appeal's marker, who has seen no other mark, is followed."""
    return _outcome(form, rules, How.APPEAL, [mark])


def _peers(given: _Given, seats: int) -> Settled | Wanted:
    marks = given.of(SeatRole.PEER)
    missing = max(seats, 1) - len(marks)
    if missing > 0:
        return Wanted(SeatRole.PEER, missing, Why.FIRST)
    return _outcome(given.form, given.rules, How.PEERS, marks)


def _single(given: _Given) -> Settled | Wanted:
    markers = given.of(SeatRole.MARKER)
    if not markers:
        return Wanted(SeatRole.MARKER, 1, Why.FIRST)
    if len(markers) > 1:
        return _pair(given)
    total = total_of_mark(given.form, markers[0])
    if is_near_pass(total, given.rules.pass_share, given.sem2):
        return Wanted(SeatRole.MARKER, 1, Why.NEAR)
    return _outcome(given.form, given.rules, How.SINGLE, markers)


def _lead(given: _Given) -> Settled | Wanted:
    lead = given.first(SeatRole.LEAD)
    if not given.of(SeatRole.MARKER):
        return Wanted(SeatRole.MARKER, 1, Why.FIRST)
    if lead is None:
        return Wanted(SeatRole.LEAD, 1, Why.LEAD_FOLLOWS)
    return _outcome(given.form, given.rules, How.LEAD_SAW, [lead])


def _pair(given: _Given) -> Settled | Wanted:
    found, lead = _of_two(given), given.first(SeatRole.LEAD)
    if isinstance(found, Settled) or found.role is SeatRole.MARKER or lead is None:
        return found
    return _outcome(given.form, given.rules, How.LEAD_DECIDED, [lead])


def _pair_lead_arbiter(given: _Given) -> Settled | Wanted:
    found, lead = _of_two(given), given.first(SeatRole.LEAD)
    if isinstance(found, Settled) or found.role is SeatRole.MARKER or lead is None:
        return found
    near = [one for one in given.of(SeatRole.MARKER)[:2] if _are_near(given, one, lead)]
    if not near:
        return Wanted(SeatRole.ARBITER, 1, Why.STILL_OUTSIDE)
    return _outcome(given.form, given.rules, How.WITH_LEAD, [*near, lead])


def _of_two(given: _Given) -> Settled | Wanted:
    """Two markers: their mean within tolerance, else the lead is wanted."""
    markers = given.of(SeatRole.MARKER)[:2]
    if len(markers) < 2:
        return Wanted(SeatRole.MARKER, 2 - len(markers), Why.FIRST)
    if _are_near(given, markers[0], markers[1]):
        return _outcome(given.form, given.rules, How.MEAN, markers)
    return Wanted(SeatRole.LEAD, 1, Why.OUTSIDE)


def _panel(given: _Given) -> Settled | Wanted:
    """The mean of the marks within tolerance of the middle one; if none is, the arbiter."""
    marks = given.of(SeatRole.PANEL)[:PANEL_SEATS]
    if len(marks) < PANEL_SEATS:
        return Wanted(SeatRole.PANEL, PANEL_SEATS - len(marks), Why.FIRST)
    three = sorted(marks, key=lambda one: (total_of_mark(given.form, one), one.id))
    middle = three[PANEL_SEATS // 2]
    near = [one for one in three if _are_near(given, one, middle)]
    if len(near) == 1:
        return Wanted(SeatRole.ARBITER, 1, Why.OUTSIDE)
    how = How.PANEL_MEAN if len(near) == PANEL_SEATS else How.PANEL_PART
    return _outcome(given.form, given.rules, how, near)


_BY_MODE: Final[Mapping[Marking, Callable[[_Given], Settled | Wanted]]] = {
    Marking.SINGLE: _single,
    Marking.LEAD: _lead,
    Marking.PAIR: _pair,
    Marking.PANEL: _pair_lead_arbiter,
}


def _are_near(given: _Given, one: Mark, other: Mark) -> bool:
    apart = abs(total_of_mark(given.form, one) - total_of_mark(given.form, other))
    return apart <= given.rules.tolerance


def _outcome(form: Form, rules: RatedRules, how: How, marks: Sequence[Mark]) -> Settled:
    """The mean of these marks, row by row, against the pass marks."""
    shares_each = [shares_of(form, mark) for mark in marks]
    shares = {
        row.id: sum((one[row.id] for one in shares_each), Fraction()) / len(marks)
        for row in form.rows
    }
    total = total_of(form, shares)
    failed = tuple(
        row.id
        for row in form.rows
        if row.pass_share is not None and shares[row.id] < row.pass_share
    )
    return Settled(
        how=how,
        total=total,
        rows=shares,
        has_passed=total >= rules.pass_share and not failed,
        failed_rows=failed,
        independent=len(marks),
        counted=tuple(marks),
    )


# ---------------------------------------------------------------- who may sit


class Conflict(StrEnum):
    """Why somebody may not assess this learner here."""

    SELF = "self"
    TWICE = "twice"
    EXCLUDED = "excluded"
    SUPERIOR = "superior"
    SUBORDINATE = "subordinate"
    SOLE = "sole"
    NOT_PARTY = "not_party"
    SAME_UNIT = "same_unit"
    JUNIOR = "junior"


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody seen from the learner. `tenure` days since hiring, None: not known.

    `is_assessor`: holds a role that assesses by itself (trainer, manager, HR, marker, mentor).
    """

    parties: frozenset[Party] = frozenset()
    is_self: bool = False
    has_seat: bool = False
    is_superior: bool = False
    is_subordinate: bool = False
    is_same_unit: bool = False
    tenure: int | None = None
    is_assessor: bool = False


def conflict(
    who: Standing,
    rules: RatedRules,
    role: SeatRole,
    *,
    party: Party | None = None,
    is_gate: bool = False,
) -> Conflict | None:
    """Why this person may not take the seat; None: may.

    `party` is the panel's place (None: another department). `is_gate`: the work counts at a gate,
    in a role-play or for a credential, where a trainer or mentor never examines alone.
    """
    reasons = (
        (Conflict.SELF, who.is_self),
        (Conflict.TWICE, who.has_seat),
        (Conflict.EXCLUDED, bool(who.parties & set(rules.excludes))),
        *_too_near(who, rules, role, party),
        *_unfit(who, rules, role, party, is_gate=is_gate),
    )
    return next((reason for reason, holds in reasons if holds), None)


def _too_near(
    who: Standing, rules: RatedRules, role: SeatRole, party: Party | None
) -> tuple[tuple[Conflict, bool], ...]:
    """Superior and subordinate: among peers never, on a panel only the superior in his place."""
    asked = role in {SeatRole.PANEL, SeatRole.PEER} or bool(rules.panel)
    in_place = role is SeatRole.PANEL and party is Party.MANAGER
    return (
        (Conflict.SUBORDINATE, asked and who.is_subordinate),
        (Conflict.SUPERIOR, asked and who.is_superior and not in_place),
    )


def _unfit(
    who: Standing, rules: RatedRules, role: SeatRole, party: Party | None, *, is_gate: bool
) -> tuple[tuple[Conflict, bool], ...]:
    if role is SeatRole.PEER:
        return ()
    if role is SeatRole.PANEL:
        return (
            (Conflict.NOT_PARTY, party is not None and party not in who.parties),
            (Conflict.SAME_UNIT, party is None and who.is_same_unit),
        )
    alone = is_gate and rules.marking is Marking.SINGLE and role is SeatRole.MARKER
    is_new = who.tenure is None or who.tenure < SENIOR_DAYS
    return (
        (Conflict.SOLE, alone and bool(who.parties & {Party.MENTOR, Party.TRAINER})),
        (Conflict.JUNIOR, is_new and not who.is_assessor),
    )


# ---------------------------------------------------------------- severity of assessors


@dataclass(frozen=True, slots=True)
class Severity:
    """How far somebody's totals lie from those of co-assessors, in points of 100 (+: milder).

    `lo`, `hi` are the 90 % interval; all three None when `n` is too small to say.
    """

    assessor: int
    n: int
    difference: float | None
    lo: float | None
    hi: float | None


def severities(performances: Iterable[Mapping[int, Fraction]]) -> list[Severity]:
    """Of each assessor, from blind totals (assessor -> share) of the same performances.

    On each performance an assessor is compared with the mean of the others'. The interval is
    mean ± t·s/√n, t from a normal quantile corrected for n-1 degrees (Cornish-Fisher, exact to 1 %
    from n = 5 on). Below five shared performances nothing is said. Strictest first.
    """
    found: dict[int, list[float]] = {}
    for totals in performances:
        if len(totals) < 2:
            continue
        for assessor, total in totals.items():
            others = [share for one, share in totals.items() if one != assessor]
            apart = 100 * (total - sum(others, Fraction()) / len(others))
            found.setdefault(assessor, []).append(float(apart))
    rows = [_severity(assessor, apart) for assessor, apart in sorted(found.items())]
    return sorted(rows, key=lambda one: (one.difference is None, one.difference or 0.0))


def _severity(assessor: int, apart: Sequence[float]) -> Severity:
    n = len(apart)
    if n < LEAST_FOR_SEVERITY:
        return Severity(assessor, n, None, None, None)
    centre, half = mean(apart), _t90(n - 1) * stdev(apart) / n**0.5
    return Severity(assessor, n, centre, centre - half, centre + half)


def _t90(degrees: int) -> float:
    """The 95 % quantile of Student's t (Cornish-Fisher expansion to the third term)."""
    z, v = NormalDist().inv_cdf(0.95), degrees
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )
